using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Runs cases on a handed-in library in child processes. One child goes through all cases; where it dies, the next takes up the rest. Nothing that
/// a child does but the arrays it returns reaches a verdict.
/// </summary>
sealed partial class ChildRuns(byte[] probes, byte[] library, IReadOnlyList<string> dependencies, int megabytes, Isolation isolation)
{
    const int KeptOutput = 2048;
    const int LongestStretch = 5;
    const long KeptArrays = 4 << 20;
    const long DiskLimit = 64 << 20;
    const string TooManyFiles = "it wrote more files than it may";

    // What a host does between two cases takes it a moment.
    const int BetweenCases = 10_000;

    /// <summary>How the last child said it was confined: "user, no new privileges, landlock, seccomp".</summary>
    public string Confinement { get; private set; } = "";

    /// <summary>Processes that were found and ended beside the children themselves.</summary>
    public int Strays { get; private set; }

    readonly int[] _endings = new int[Enum.GetValues<Ending>().Length];

    /// <summary>Runs cases in order.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="limit">The wall time of a case, in seconds.</param>
    /// <param name="deadline">When nothing more may run, by the clock's ticks in milliseconds.</param>
    /// <param name="skip">Asked before a case that a new child would begin with: whether what is known makes it needless.</param>
    /// <param name="results">Receives the results.</param>
    public void Run(
        IReadOnlyList<ProbeCase> cases, Func<ProbeCase, double> limit, long deadline, Func<ProbeCase, bool> skip, Action<ProbeCase, CaseResult> results)
    {
        var rest = new Queue<ProbeCase>(cases);
        while (rest.Count > 0 && Environment.TickCount64 < deadline)
        {
            var wanted = rest.Where(one => !skip(one)).ToList();
            if (wanted.Count == 0) return;
            rest = new Queue<ProbeCase>(OneChild(wanted, limit, deadline, results));
        }
    }

    // The cases that are left.
    IEnumerable<ProbeCase> OneChild(
        IReadOnlyList<ProbeCase> cases, Func<ProbeCase, double> limit, long deadline, Action<ProbeCase, CaseResult> results)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(16);
        using var room = new Room(probes, library, dependencies, isolation);
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        using var records = new System.Collections.Concurrent.BlockingCollection<ProbeRecord?>(boundedCapacity: 4);
        using Process process = room.Start(pipe, megabytes, (deadline - Environment.TickCount64) / 1000 + 5);
        Processes.Started(process.Id);
        var output = new Kept(process.StandardOutput.BaseStream);
        var errors = new Kept(process.StandardError.BaseStream);
        var reading = new Thread(() =>
        {
            try
            {
                while (ProbeRecord.Read(pipe, nonce) is { } record) records.Add(record);
                records.Add(null);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException) { }
        })
        { IsBackground = true };
        reading.Start();
        try
        {
            process.StandardInput.BaseStream.Write(ProbeCase.Describe(cases, nonce));
            process.StandardInput.Close();
        }
        catch (IOException) { }

        int next = 0;
        bool running = false, done = false;
        var returned = new List<Returned>();
        long kept = 0, started = 0, allowed = 0, latest = 0;
        Dictionary<string, long> waited = [];
        var watch = Stopwatch.StartNew();
        // A host gets ready in a tenth of a second; on a loaded machine in a few.
        long until = Math.Min(Environment.TickCount64 + 30_000, deadline);
        Ending? ending = null;
        string message = "";
        while (!done && ending is null)
        {
            int wait = (int)Math.Clamp(until - Environment.TickCount64, 0, 50);
            bool taken = records.TryTake(out ProbeRecord? record, wait);
            // On a loaded machine a thread stands in line for long: that is not its time. The whole run's deadline holds all the same.
            if (Environment.TickCount64 >= until && running && until < latest)
            {
                long inLine = Processes.Waited(process.Id).Select(task => task.Value - waited.GetValueOrDefault(task.Key)).DefaultIfEmpty(0).Max();
                until = Math.Min(latest, Math.Max(until, started + allowed + inLine));
                if (!taken && Environment.TickCount64 < until) continue;
            }
            if (Environment.TickCount64 >= until)
            {
                ending = Environment.TickCount64 >= deadline && !running ? Ending.NotRun : Ending.Timeout;
                break;
            }
            if (!taken)
            {
                // A process that is gone writes no more, whoever else holds its pipe open.
                if (process.HasExited && !records.TryTake(out record, 200)) ending = Ending.Exited;
                else if (room.IsOver(DiskLimit)) (ending, message) = (Ending.Crashed, TooManyFiles);
                if (record is null) continue;
            }
            if (record is null)
            {
                ending = Ending.Exited;
                break;
            }
            ProbeCase? current = next < cases.Count ? cases[next] : null;
            switch (record.Event)
            {
                case ProbeHost.Event.Ready when next == 0 && !running:
                    Confinement = record.ReadStrings(1)[0];
                    break;
                case ProbeHost.Event.Start when !running && current is not null && record.Case == current.Id:
                    (running, returned, kept, watch) = (true, [], 0, Stopwatch.StartNew());
                    (started, allowed, waited) = (Environment.TickCount64, (long)(1000 * limit(current)), Processes.Waited(process.Id));
                    (until, latest) = (Math.Min(started + allowed, deadline), Math.Min(started + LongestStretch * allowed, deadline));
                    break;
                case ProbeHost.Event.Return when running && record.Case == current!.Id:
                    if (record.ReadReturned() is { } value && (kept += record.Body.Length) <= KeptArrays) returned.Add(value);
                    break;
                case ProbeHost.Event.End or ProbeHost.Event.Threw when running && record.Case == current!.Id:
                    IReadOnlyList<string> texts = record.Event == ProbeHost.Event.Threw ? record.ReadStrings(3) : ["", "", ""];
                    string[] types = texts[0].Split(';', StringSplitOptions.RemoveEmptyEntries);
                    // Memory that one case has used up would be missing to the next.
                    if (types.Contains("System.OutOfMemoryException"))
                    {
                        ending = Ending.Memory;
                        break;
                    }
                    results(current, new CaseResult
                    {
                        Ending = record.Event == ProbeHost.Event.End ? Ending.Completed : Ending.Threw,
                        Returned = returned,
                        Exception = types,
                        Message = texts[1],
                        Trace = texts[2],
                        Seconds = watch.Elapsed.TotalSeconds,
                    });
                    (running, until) = (false, Math.Min(Environment.TickCount64 + BetweenCases, deadline));
                    next++;
                    break;
                case ProbeHost.Event.Done:
                    done = next == cases.Count;
                    if (!done) ending = Ending.Exited;
                    break;
                default:
                    ending = Ending.Crashed;
                    break;
            }
        }

        bool ended = process.WaitForExit(ending is Ending.Exited ? 500 : 0);
        int? code = ended ? process.ExitCode : null;
        if (!ended) process.Kill(entireProcessTree: true);
        process.WaitForExit(5000);
        Strays += Processes.EndAll(process.Id, isolation.OwnUser);
        Processes.Ended(process.Id);
        // Its pipes end with it.
        (string said, string complained) = (output.Text(), errors.Text());
        if (done) return [];
        if (ending == Ending.NotRun) return [];

        // A child that died before its first case died of loading, or could not be confined.
        if (Confinement.Length == 0 && next == 0 && !running && isolation.Weaken(code)) return cases;
        // Where nothing comes after a case's end, that case keeps its process from going on.
        if (ending == Ending.Timeout && !running && next > 0)
        {
            results(cases[next - 1], new CaseResult { Ending = Ending.Timeout, Seconds = watch.Elapsed.TotalSeconds });
            return cases.Skip(next);
        }
        ProbeCase dead = cases[Math.Min(next, cases.Count - 1)];
        CaseResult result = message.Length > 0 ? new CaseResult { Ending = ending!.Value, Message = message } : Describe(ending!.Value, code, complained);
        result = result with { Returned = returned, Seconds = watch.Elapsed.TotalSeconds };
        // A thread that an earlier case left behind may have killed this one: a death counts where the case is the first of its process.
        bool first = next == 0;
        bool again = !first && (result.Ending != Ending.Timeout || _endings[(int)Ending.Timeout]++ == 0);
        if (!again) results(dead, result);
        return cases.Skip(again ? next : next + 1);
    }

    static CaseResult Describe(Ending ending, int? code, string errors)
    {
        if (ending == Ending.Memory) return new CaseResult { Ending = Ending.Memory };
        // To write down an overflow of the stack takes a runtime its time.
        if (ending == Ending.Timeout && errors.Contains("\nStack overflow.\n", StringComparison.Ordinal)) (ending, code) = (Ending.Exited, 134);
        if (ending != Ending.Exited) return new CaseResult { Ending = ending };
        Match overflow = OverflowFrame().Match(errors);
        if (code == 134 && errors.Contains("Stack overflow", StringComparison.Ordinal))
            return new CaseResult { Ending = Ending.Crashed, Message = overflow.Success ? $"stack overflow in {overflow.Groups[1].Value}" : "stack overflow" };
        if (errors.Contains("Out of memory", StringComparison.OrdinalIgnoreCase)) return new CaseResult { Ending = Ending.Memory };
        return code switch
        {
            null => new CaseResult { Ending = Ending.Crashed, Message = "it stopped answering" },
            134 => new CaseResult { Ending = Ending.Crashed, Message = "it was aborted: FailFast, or an exception outside the call" },
            // The kernel ends with this signal whoever needs more memory than there is.
            137 => new CaseResult { Ending = Ending.Crashed, Message = "its process was killed" },
            > 128 => new CaseResult { Ending = Ending.Crashed, Message = $"signal {code - 128}" },
            _ => new CaseResult { Ending = Ending.Exited, Message = $"exit code {code}" },
        };
    }

    [GeneratedRegex(@"(?m)^\s+at (MyTorch\.[\w.+`]+)\(")]
    private static partial Regex OverflowFrame();

    /// <summary>A stream read to its end, of which the beginning and the end are kept.</summary>
    sealed class Kept
    {
        readonly List<byte> _head = [];
        readonly byte[] _tail = new byte[2 * KeptOutput];
        readonly Thread _reading;
        long _count;

        public Kept(Stream stream)
        {
            _reading = new Thread(() =>
            {
                byte[] buffer = new byte[1 << 16];
                try
                {
                    while (stream.Read(buffer) is > 0 and var count)
                        lock (_head)
                        {
                            _head.AddRange(buffer.AsSpan(0, Math.Min(count, KeptOutput - _head.Count)));
                            for (int i = Math.Max(0, count - _tail.Length); i < count; i++) _tail[(_count + i) % _tail.Length] = buffer[i];
                            _count += count;
                        }
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException) { }
            })
            { IsBackground = true };
            _reading.Start();
        }

        public string Text()
        {
            _reading.Join(500);
            lock (_head)
            {
                byte[] tail = new byte[Math.Min(_count, _tail.Length)];
                for (int i = 0; i < tail.Length; i++) tail[i] = _tail[(_count - tail.Length + i) % _tail.Length];
                return "\n" + Encoding.UTF8.GetString([.. _head]) + "\n" + Encoding.UTF8.GetString(tail);
            }
        }
    }
}

/// <summary>How far children are kept apart; weakened, and said so, where the machine does not allow it.</summary>
sealed class Isolation
{
    const uint Nobody = 65534;

    /// <summary>The kernel's further layers to use where they are.</summary>
    public Layers Layers { get; init; } = Layers.All;

    /// <summary>The user for children: a number of their own, so that limits and signals reach nobody else; 0 for the grader's own.</summary>
    public uint User { get; private set; } = UserOf(Environment.ProcessId);

    /// <summary>The number for the children of a grader; 0 where it cannot take on another.</summary>
    public static uint UserOf(int grader) => Processes.IsRoot ? 400_000 + (uint)grader % 1_000_000 : 0;

    /// <summary>The user, if every process of theirs is a child's.</summary>
    public uint OwnUser => User == Nobody ? 0 : User;

    /// <summary>What could not be done, for staff.</summary>
    public string Note { get; private set; } = "";

    /// <summary>Gives up what a child could not do before its first case; false if there is nothing left to give up.</summary>
    public bool Weaken(int? code)
    {
        if (User == 0 || code is not (97 or 98 or > 128 or 126 or 131)) return false;
        User = User == Nobody ? 0 : Nobody;
        Note = User == 0 ? "Children run as the grader's own user: another one could not be taken." : "";
        return true;
    }

    public void NoUser() => (User, Note) = (0, "Children run as the grader's own user: their folder could not be given to another.");
}

/// <summary>The kernel's layers around a child, beside users and limits.</summary>
[Flags]
enum Layers
{
    None = 0,
    Landlock = 1,
    Seccomp = 2,
    All = Landlock | Seccomp,
}

/// <summary>A child's fresh folders: programs that it may read, and a place to work that is removed with it.</summary>
sealed class Room : IDisposable
{
    static readonly string s_dotnet = FindDotnet();
    readonly Scratch _scratch = new();
    readonly string _bin;
    readonly string _work;
    readonly Layers _layers;

    public Room(byte[] probes, byte[] library, IReadOnlyList<string> dependencies, Isolation isolation)
    {
        (_bin, _work) = (Path.Combine(_scratch.Folder, "bin"), Path.Combine(_scratch.Folder, "work"));
        _layers = isolation.Layers;
        Directory.CreateDirectory(_bin);
        Directory.CreateDirectory(_work);
        File.WriteAllBytes(Path.Combine(_bin, "probes.dll"), probes);
        File.WriteAllBytes(Path.Combine(_bin, "MyTorch.dll"), library);
        foreach (string file in dependencies) File.Copy(file, Path.Combine(_bin, Path.GetFileName(file)));
        string framework = $"{{ \"name\": \"Microsoft.NETCore.App\", \"version\": \"{Environment.Version}\" }}";
        File.WriteAllText(
            Path.Combine(_bin, "probes.runtimeconfig.json"), $"{{ \"runtimeOptions\": {{ \"tfm\": \"net{Environment.Version.Major}.0\", \"framework\": {framework} }} }}");
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode pass = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(_bin, owner | pass | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        foreach (string file in Directory.EnumerateFiles(_bin))
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(_work, owner);
        if (isolation.User != 0 && !Processes.GiveTo(isolation.User, _work)) isolation.NoUser();
        User = isolation.User;
    }

    public uint User { get; }

    public Process Start(AnonymousPipeServerStream records, int megabytes, double cpuSeconds)
    {
        string descriptor = records.GetClientHandleAsString();
        string program = Path.Combine(_bin, "probes.dll"), mode = $"{_layers}";
        var start = new ProcessStartInfo(s_dotnet)
        {
            WorkingDirectory = _work,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = ["exec", program, "run", descriptor, mode, ""];
        if (OperatingSystem.IsLinux())
        {
            // Where the user is shared, the limit on processes counts everyone's.
            int processes = 96 + (User == 0 && !Processes.IsRoot ? Processes.ThreadsOfThisUser() : 0);
            // Of the address space, a runtime reserves far more than it ever uses.
            long address = (2048L + 4L * megabytes) << 20, data = (256L + 2L * megabytes) << 20;
            string limits = FormattableString.Invariant($"{16 << 20},{(long)(2 * cpuSeconds + 10)},{processes},256,0,{address},{data}");
            arguments = ["exec", program, "launch", descriptor, mode, $"{User}", limits, _work, string.Join(Path.PathSeparator, Readable()), s_dotnet, program];
        }
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach (string name in start.Environment.Keys.ToList())
            if (name is not ("SystemRoot" or "windir")) start.Environment.Remove(name);
        foreach ((string name, string value) in new[]
        {
            ("PATH", "/usr/bin:/bin"), ("HOME", _work), ("TMPDIR", _work), ("TEMP", _work), ("TMP", _work), ("LANG", "C.UTF-8"),
            ("DOTNET_ROOT", Path.GetDirectoryName(s_dotnet)!),
            ("DOTNET_GCHeapHardLimit", $"0x{(long)megabytes << 20:X}"), ("DOTNET_gcConcurrent", "0"), ("DOTNET_EnableDiagnostics", "0"),
            // A limit on the size of files, and the start, are better served without memory mapped twice.
            ("DOTNET_EnableWriteXorExecute", "0"), ("DOTNET_TieredPGO", "0"), ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"), ("DOTNET_NOLOGO", "1"),
        }) start.Environment[name] = value;
        Processes.AdoptOrphans();
        lock (s_dotnet)
        {
            Process process = Process.Start(start)!;
            records.DisposeLocalCopyOfClientHandle();
            return process;
        }
    }

    // What a runtime reads: itself, the system's libraries, and what the kernel tells about the machine and the process itself.
    IEnumerable<string> Readable() =>
        new[]
        {
            _bin, Path.GetDirectoryName(s_dotnet)!, "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
            "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/sys", "/sys/fs/cgroup", "/sys/devices/system",
            "/dev/zero", "/dev/urandom", "/dev/random",
        }.Where(Path.Exists);

    /// <summary>Whether the files in the place to work take up more than so many bytes, each at least a block.</summary>
    public bool IsOver(long limit)
    {
        try
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(_work).EnumerateFileSystemInfos("*", s_real))
                if ((limit -= 4096 + (entry is FileInfo file ? file.Length : 0)) < 0) break;
        }
        // Whoever makes folders that cannot be read does not write much more into them.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException) { }
        return limit < 0;
    }

    public void Dispose() => _scratch.Dispose();

    static readonly EnumerationOptions s_real = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    internal static string FindDotnet()
    {
        // …/shared/Microsoft.NETCore.App/10.0.0/
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : Environment.ProcessPath is { } path && Path.GetFileName(path) == name ? path : name;
    }
}
