using System.Runtime.InteropServices;

namespace MyTorch.Grader.Grading;

/// <summary>
/// What the grader asks of the system (Linux): orphans of its children become its own, nothing may look into its memory, and every descendant can
/// be found and ended. Elsewhere .NET's own process tree is all there is.
/// </summary>
static class Processes
{
    static readonly Lock s_lock = new();
    static HashSet<int>? s_own;

    public static bool IsRoot => OperatingSystem.IsLinux() && geteuid() == 0;

    /// <summary>Orphaned descendants become children of this process, and so stay findable. Children that are there already are left alone.</summary>
    public static void AdoptOrphans()
    {
        lock (s_lock)
        {
            if (s_own is not null || !OperatingSystem.IsLinux()) return;
            s_own = [.. Children().Where(child => child.Parent == Environment.ProcessId).Select(child => child.Id)];
            // PR_SET_CHILD_SUBREAPER
            prctl(36, 1, 0, 0, 0);
        }
    }

    /// <summary>
    /// Closes the ways into a process of one's own user: memory and descriptors under /proc, tracing, and the runtime's diagnostic doors. Not
    /// undone: for a process that does nothing but grade.
    /// </summary>
    public static void CloseDoors()
    {
        if (!OperatingSystem.IsLinux()) return;
        // PR_SET_DUMPABLE
        prctl(4, 0, 0, 0, 0);
        foreach (string kind in new[] { "dotnet-diagnostic", "clr-debug-pipe" })
            foreach (string door in Directory.EnumerateFiles(Path.GetTempPath(), $"{kind}-{Environment.ProcessId}-*"))
                Try(() => File.Delete(door));
    }

    /// <summary>Out of the session and the group that this process was started in: signals to them, as from a terminal, are not for it.</summary>
    public static void TakeSession()
    {
        if (OperatingSystem.IsLinux()) setsid();
    }

    /// <summary>Ends a child, everything that descends from it, and every orphan that was adopted from it; returns when all are gone.</summary>
    /// <param name="child">The child, already ended or not; null for all children there are.</param>
    /// <param name="uid">The user that it ran as, if that is nobody else's; 0 otherwise.</param>
    /// <returns>How many processes there were beside the child.</returns>
    public static int EndAll(int? child, uint uid)
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var seen = new HashSet<int>();
        for (long deadline = Environment.TickCount64 + 5000; Environment.TickCount64 < deadline; Thread.Sleep(1))
        {
            if (uid != 0) EndUser(uid);
            List<(int Id, int Parent, uint User, bool Ended)> all = Children(), doomed = Doomed(all, child, uid);
            bool alive = false, unseen = false;
            foreach ((int id, int parent, _, bool ended) in doomed)
            {
                if (id != child) unseen |= seen.Add(id) && !ended;
                if (!ended)
                {
                    // One that is stopped starts no other while the rest is looked for.
                    kill(id, 19);
                    alive = true;
                }
                // The child itself is .NET's to wait for.
                else if (id != child && parent == Environment.ProcessId) alive |= waitpid(id, 0, 1) == 0;
            }
            if (!alive) break;
            if (unseen) continue;
            foreach ((int id, _, _, bool ended) in doomed)
                if (!ended) kill(id, 9);
        }
        return seen.Count;
    }

    static List<(int Id, int Parent, uint User, bool Ended)> Doomed(List<(int Id, int Parent, uint User, bool Ended)> all, int? child, uint uid)
    {
        var doomed = new HashSet<int>();
        lock (s_lock)
            foreach ((int id, int parent, uint user, _) in all)
                if (id == child || uid != 0 && user == uid || parent == Environment.ProcessId && s_own is { } own && !own.Contains(id) && (child is null || !s_started.Contains(id)))
                    doomed.Add(id);
        for (int before = -1; before != doomed.Count;)
        {
            before = doomed.Count;
            foreach ((int id, int parent, _, _) in all)
                if (doomed.Contains(parent)) doomed.Add(id);
        }
        return [.. all.Where(one => doomed.Contains(one.Id))];
    }

    // All processes of a user at once: none is born meanwhile. A thread can take on a user of its own, and this one ends with it.
    static void EndUser(uint uid)
    {
        var thread = new Thread(() =>
        {
            if (syscall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 147 : 117, uid, uid, uid) == 0) kill(-1, 9);
        });
        thread.Start();
        thread.Join();
    }

    static readonly HashSet<int> s_started = [];

    /// <summary>Children under way, which another's end must not touch.</summary>
    public static void Started(int id)
    {
        lock (s_lock) s_started.Add(id);
    }

    public static void Ended(int id)
    {
        lock (s_lock) s_started.Remove(id);
    }

    /// <summary>How many processes and threads a user has, for a limit on their number.</summary>
    public static int ThreadsOfThisUser()
    {
        int count = 0;
        foreach ((int id, _, uint user, _) in Children())
            if (user == geteuid())
                try
                {
                    count += Directory.GetDirectories($"/proc/{id}/task").Length;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        return count;
    }

    /// <summary>How long each thread of a process has stood in line for a processor, in milliseconds; nothing where the system does not tell.</summary>
    public static Dictionary<string, long> Waited(int process)
    {
        var waited = new Dictionary<string, long>();
        if (OperatingSystem.IsLinux())
            Try(() =>
            {
                foreach (string task in Directory.EnumerateDirectories($"/proc/{process}/task"))
                    if (File.ReadAllText(task + "/schedstat").Split(' ') is [_, var nanoseconds, ..]) waited[task] = long.Parse(nanoseconds, null) / 1_000_000;
            });
        return waited;
    }

    public static bool GiveTo(uint uid, string path) => lchown(path, uid, uid) == 0;

    public static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    static List<(int Id, int Parent, uint User, bool Ended)> Children()
    {
        var found = new List<(int, int, uint, bool)>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int id)) continue;
            try
            {
                // Of the lines, those named State, PPid and Uid; a name cannot hold a line break unescaped.
                char state = ' ';
                int parent = 0;
                uint user = 0;
                foreach (string line in File.ReadLines(folder + "/status"))
                    if (line.StartsWith("State:", StringComparison.Ordinal)) state = line[6..].TrimStart()[0];
                    else if (line.StartsWith("PPid:", StringComparison.Ordinal)) parent = int.Parse(line[5..], null);
                    else if (line.StartsWith("Uid:", StringComparison.Ordinal))
                    {
                        user = uint.Parse(line[4..].Split('\t', StringSplitOptions.RemoveEmptyEntries)[0], null);
                        break;
                    }
                found.Add((id, parent, user, state is 'Z' or 'X'));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        }
        return found;
    }

    [DllImport("libc")] static extern int prctl(int option, nint a, nint b, nint c, nint d);
    [DllImport("libc")] static extern int setsid();
    [DllImport("libc")] static extern long syscall(long number, long a, long b, long c);
    [DllImport("libc")] static extern int kill(int process, int signal);
    [DllImport("libc")] static extern int waitpid(int process, nint status, int options);
    [DllImport("libc")] static extern uint geteuid();
    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false)] static extern int lchown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);
}
