using System.Diagnostics;

namespace MyTorch.Grader.Sandboxing;

/// <summary>
/// A folder for temporary files. It is removed when its owner disposes of it or, if the owner is killed first, by the next grader that
/// starts.
/// </summary>
sealed class Scratch : IDisposable
{
    const string Prefix = "mytorch-grading-", Lock = "lock";
    readonly FileStream? _held;

    /// <exception cref="IOException">The folder for temporary files cannot be written.</exception>
    public Scratch()
    {
        Folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        if (OperatingSystem.IsWindows()) return;
        // Children of another user pass through it.
        File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        _held = new FileStream(Path.Combine(Folder, Lock), FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    public string Folder { get; }

    /// <summary>Removes what killed graders left behind: the system has released their locks.</summary>
    public static void Sweep()
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (string folder in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
            Processes.Try(() =>
            {
                // One that is just being made has no lock yet.
                if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) < TimeSpan.FromMinutes(1)) return;
                using var dead = new FileStream(Path.Combine(folder, Lock), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                Remove(folder);
            });
    }

    /// <summary>Removes a folder with anything in it. No process may be left that changes it meanwhile.</summary>
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        // Folders that are closed to their owner, deeper than the longest path, or of names that are no text, which .NET takes for
        // arguments out of range.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException) { }
        if (OperatingSystem.IsWindows() || !Directory.Exists(folder)) return;
        Run("/bin/chmod", "-R", "u+rwX", folder);
        Run("/bin/rm", "-rf", folder);
    }

    /// <summary>Removes the folder that a watching process gave this one for its temporary files.</summary>
    public static void RemoveInherited()
    {
        string folder = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
        if (Path.GetFileName(folder).StartsWith(Prefix, StringComparison.Ordinal)) Remove(folder);
    }

    static void Run(string program, params string[] arguments) => Processes.Try(() =>
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        })!;
        Processes.Started(process.Id);
        process.WaitForExit(30_000);
        Processes.Ended(process.Id);
    });

    public void Dispose()
    {
        Remove(Folder);
        _held?.Dispose();
    }
}
