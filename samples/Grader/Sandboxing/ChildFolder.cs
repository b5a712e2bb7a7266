using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace MyTorch.Grader.Sandboxing;

/// <summary>The folders of one child process: programs that it may read, and a folder to work in, both removed with it.</summary>
sealed class ChildFolder : IDisposable
{
    // One process is started at a time: another one must not inherit its pipe.
    static readonly Lock s_starting = new();

    static readonly EnumerationOptions s_withoutLinks = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    // The least space that a file takes.
    const int DiskBlock = 4096;

    /// <summary>
    /// What the runtime is told, as a handout's projects tell it (Directory.Build.props): a program that runs there runs here. There may be
    /// no ICU, so that all cultures are the invariant one.
    /// </summary>
    internal static readonly IReadOnlyDictionary<string, bool> RuntimeOptions = new Dictionary<string, bool>
    {
        ["System.Globalization.Invariant"] = true,
        ["System.Globalization.PredefinedCulturesOnly"] = false,
        ["System.GC.Concurrent"] = false,
        ["System.Runtime.TieredPGO"] = false,
    };

    readonly Scratch _scratch = new();
    readonly string _bin;
    readonly string _work;
    readonly Layers _layers;

    public ChildFolder(byte[] probes, byte[] library, IReadOnlyList<string> dependencies, Isolation isolation)
    {
        (_bin, _work) = (Path.Combine(_scratch.Folder, "bin"), Path.Combine(_scratch.Folder, "work"));
        _layers = isolation.Layers;
        Directory.CreateDirectory(_bin);
        Directory.CreateDirectory(_work);
        WritePrograms(probes, library, dependencies);
        if (OperatingSystem.IsWindows()) return;
        LetOthersReadPrograms();
        if (isolation.User != 0 && !Processes.ChangeOwner(isolation.User, _work)) isolation.GiveUpUser();
        User = isolation.User;
    }

    /// <summary>The user that the child runs as; 0 for the grader's own.</summary>
    public uint User { get; }

    void WritePrograms(byte[] probes, byte[] library, IReadOnlyList<string> dependencies)
    {
        File.WriteAllBytes(Path.Combine(_bin, "probes.dll"), probes);
        File.WriteAllBytes(Path.Combine(_bin, "MyTorch.dll"), library);
        foreach (string file in dependencies) File.Copy(file, Path.Combine(_bin, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(_bin, "probes.runtimeconfig.json"), RuntimeConfiguration);
    }

    /// <summary>The text of a program's runtimeconfig.json.</summary>
    internal static string RuntimeConfiguration => new JsonObject
    {
        ["runtimeOptions"] = new JsonObject
        {
            ["tfm"] = $"net{Environment.Version.Major}.0",
            ["framework"] = new JsonObject { ["name"] = "Microsoft.NETCore.App", ["version"] = $"{Environment.Version}" },
            ["configProperties"] =
                new JsonObject(RuntimeOptions.Select(option => KeyValuePair.Create(option.Key, (JsonNode?)option.Value))),
        },
    }.ToJsonString();

    [UnsupportedOSPlatform("windows")]
    void LetOthersReadPrograms()
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode others = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.SetUnixFileMode(_bin, owner | others);
        foreach (string file in Directory.EnumerateFiles(_bin))
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(_work, owner);
    }

    /// <summary>Starts the child.</summary>
    /// <param name="records">The pipe that it writes its records to.</param>
    /// <param name="megabytes">The limit of its managed heap.</param>
    /// <param name="cpuSeconds">How long it may run at most.</param>
    public Process Start(AnonymousPipeServerStream records, int megabytes, double cpuSeconds)
    {
        var start = new ProcessStartInfo(DotnetProgram.Location, Arguments(records.GetClientHandleAsString(), megabytes, cpuSeconds))
        {
            WorkingDirectory = _work,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        SetVariables(start.Environment, megabytes);
        Processes.AdoptOrphans();
        lock (s_starting)
        {
            Process process = Process.Start(start)!;
            records.DisposeLocalCopyOfClientHandle();
            return process;
        }
    }

    string[] Arguments(string descriptor, int megabytes, double cpuSeconds)
    {
        string program = Path.Combine(_bin, "probes.dll");
        // ProbeHost.Start and Sandbox.Launch read these.
        return OperatingSystem.IsLinux()
            ?
            [
                "exec", program, "launch", descriptor, $"{_layers}", $"{User}", Limits(megabytes, cpuSeconds), _work,
                string.Join(Path.PathSeparator, Readable()), DotnetProgram.Location, program,
            ]
            : ["exec", program, "run", descriptor, $"{_layers}", ""];
    }

    // In the order of Sandbox.s_resources: bytes of a file, seconds of a processor, processes, open files, bytes of a dump, of address
    // space, of data.
    string Limits(int megabytes, double cpuSeconds)
    {
        const long fileBytes = 16 << 20, openFiles = 256, dumpBytes = 0;
        // Where the user is shared, the limit counts the user's other threads too.
        int processes = 96 + (User == 0 && !Processes.IsRoot ? Processes.ThreadsOfThisUser() : 0);
        // A runtime reserves far more address space than it ever uses.
        long address = (2048L + 4L * megabytes) << 20, data = (256L + 2L * megabytes) << 20;
        return FormattableString.Invariant($"{fileBytes},{(long)(2 * cpuSeconds + 10)},{processes},{openFiles},{dumpBytes},{address},{data}");
    }

    // Nothing of the grader's own environment: there may be secrets in it.
    void SetVariables(IDictionary<string, string?> variables, int megabytes)
    {
        foreach (string name in variables.Keys.ToList())
            if (name is not ("SystemRoot" or "windir")) variables.Remove(name);
        foreach ((string name, string value) in new[]
        {
            ("PATH", "/usr/bin:/bin"), ("TERM", "xterm"), ("LANG", "C.UTF-8"), ("HOME", _work),
            ("TMPDIR", _work), ("TEMP", _work), ("TMP", _work),
            ("DOTNET_ROOT", Path.GetDirectoryName(DotnetProgram.Location)!),
            ("DOTNET_GCHeapHardLimit", $"0x{(long)megabytes << 20:X}"), ("DOTNET_EnableDiagnostics", "0"),
            // Memory that is mapped twice is a file to the limit on files, and slows the start.
            ("DOTNET_EnableWriteXorExecute", "0"), ("DOTNET_NOLOGO", "1"),
        }) variables[name] = value;
    }

    // What a runtime reads: its own files, the system's libraries, and what the kernel tells about the machine and the process itself.
    IEnumerable<string> Readable() =>
        new[]
        {
            _bin, Path.GetDirectoryName(DotnetProgram.Location)!, "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib",
            "/etc/ld.so.cache",
            // Time zones, and the width of a terminal. A handin has no use for the names of the machine's accounts.
            "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/terminfo", "/etc/terminfo",
            "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/sys",
            "/sys/fs/cgroup",
            "/sys/devices/system", "/dev/zero", "/dev/urandom", "/dev/random",
        }.Where(Path.Exists);

    /// <summary>Whether the files in the folder to work in take up more than a number of bytes, each at least a block.</summary>
    public bool IsOver(long limit)
    {
        try
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(_work).EnumerateFileSystemInfos("*", s_withoutLinks))
                if ((limit -= DiskBlock + (entry is FileInfo file ? file.Length : 0)) < 0) break;
        }
        // A child that makes unreadable folders does not write much more into them.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException) { }
        return limit < 0;
    }

    public void Dispose() => _scratch.Dispose();
}
