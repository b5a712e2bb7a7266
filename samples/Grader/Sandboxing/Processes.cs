using static MyTorch.Grader.Sandboxing.Linux;

namespace MyTorch.Grader.Sandboxing;

/// <summary>
/// What the grader asks of the system about processes (Linux): orphans of its children become its own children, no other process may look
/// into its memory, and every descendant can be found and ended. On other systems there is only .NET's process tree.
/// </summary>
static class Processes
{
    // How long ending a child and its descendants is tried.
    const int MillisecondsToEnd = 5000;

    static readonly Lock s_lock = new();
    static readonly HashSet<int> s_started = [];
    static HashSet<int>? s_childrenBefore;

    /// <summary>A process as /proc describes it.</summary>
    readonly record struct Entry(int Id, int Parent, uint User, bool Ended);

    public static bool IsRoot => OperatingSystem.IsLinux() && geteuid() == 0;

    /// <summary>
    /// Makes orphaned descendants children of this process, so that they can be found. Children that exist already are left alone.
    /// </summary>
    public static void AdoptOrphans()
    {
        lock (s_lock)
        {
            if (s_childrenBefore is not null || !OperatingSystem.IsLinux()) return;
            s_childrenBefore = [.. All().Where(child => child.Parent == Environment.ProcessId).Select(child => child.Id)];
            prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        }
    }

    /// <summary>
    /// Refuses other processes of the same user a look into this one: memory and descriptors under /proc, tracing, and the runtime's
    /// diagnostic ports. It cannot be taken back: for a process that only grades.
    /// </summary>
    public static void RefuseInspection()
    {
        if (!OperatingSystem.IsLinux()) return;
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        foreach (string kind in new[] { "dotnet-diagnostic", "clr-debug-pipe" })
            foreach (string port in Directory.EnumerateFiles(Path.GetTempPath(), $"{kind}-{Environment.ProcessId}-*"))
                Try(() => File.Delete(port));
    }

    /// <summary>
    /// Leaves the session and the process group that this process was started in, so that a signal to them, as from a terminal, does not
    /// reach it.
    /// </summary>
    public static void LeaveSession()
    {
        if (OperatingSystem.IsLinux()) setsid();
    }

    /// <summary>Ends a child, all its descendants, and every orphan that was adopted from it. It returns when all are gone.</summary>
    /// <param name="child">The child, ended already or not; null for all children.</param>
    /// <param name="user">The user that it ran as, if nothing else runs as that user; 0 otherwise.</param>
    /// <returns>How many processes there were beside the child.</returns>
    public static int EndAll(int? child, uint user)
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var seen = new HashSet<int>();
        for (long deadline = Environment.TickCount64 + MillisecondsToEnd; Environment.TickCount64 < deadline; Thread.Sleep(1))
        {
            if (user != 0) EndUser(user);
            List<Entry> toEnd = ToEnd(child, user);
            bool alive = false, unseen = false;
            foreach (Entry one in toEnd)
            {
                if (one.Id != child) unseen |= seen.Add(one.Id) && !one.Ended;
                if (!one.Ended)
                {
                    // A stopped process starts no other while the rest is looked for.
                    kill(one.Id, SIGSTOP);
                    alive = true;
                }
                // .NET itself waits for the child.
                else if (one.Id != child && one.Parent == Environment.ProcessId) alive |= waitpid(one.Id, 0, WNOHANG) == 0;
            }
            if (!alive) break;
            if (unseen) continue;
            foreach (Entry one in toEnd)
                if (!one.Ended) kill(one.Id, SIGKILL);
        }
        return seen.Count;
    }

    // The child, the processes of its user, the orphans adopted from it, and all descendants of these.
    static List<Entry> ToEnd(int? child, uint user)
    {
        List<Entry> all = All();
        var found = new HashSet<int>();
        lock (s_lock)
            foreach (Entry one in all)
                if (one.Id == child || user != 0 && one.User == user || IsAdopted(one, child)) found.Add(one.Id);
        for (int before = -1; before != found.Count;)
        {
            before = found.Count;
            foreach (Entry one in all)
                if (found.Contains(one.Parent)) found.Add(one.Id);
        }
        return [.. all.Where(one => found.Contains(one.Id))];
    }

    // A child of this process that it did not start, or of all children any that was not there before.
    static bool IsAdopted(Entry one, int? child) =>
        one.Parent == Environment.ProcessId && s_childrenBefore is { } before && !before.Contains(one.Id)
        && (child is null || !s_started.Contains(one.Id));

    // All processes of a user at once, so that none starts another meanwhile. A thread can change its own user; this one ends with it.
    static void EndUser(uint user)
    {
        var thread = new Thread(() =>
        {
            if (syscall(SystemCalls.SetResUid.Number, user, user, user) == 0) kill(-1, SIGKILL);
        });
        thread.Start();
        thread.Join();
    }

    /// <summary>Records a child that runs: the end of another one does not end it.</summary>
    public static void Started(int id)
    {
        lock (s_lock) s_started.Add(id);
    }

    /// <summary>Records that a child has ended.</summary>
    public static void Ended(int id)
    {
        lock (s_lock) s_started.Remove(id);
    }

    /// <summary>How many threads this process's user has in all processes, for a limit on their number.</summary>
    public static int ThreadsOfThisUser()
    {
        int count = 0;
        foreach (Entry one in All())
            if (one.User == geteuid())
                Try(() => count += Directory.GetDirectories($"/proc/{one.Id}/task").Length);
        return count;
    }

    /// <summary>
    /// How long each thread of a process has waited for a processor, in milliseconds; nothing where the system does not tell.
    /// </summary>
    public static Dictionary<string, long> WaitedForProcessor(int process)
    {
        var waited = new Dictionary<string, long>();
        if (OperatingSystem.IsLinux())
            Try(() =>
            {
                foreach (string task in Directory.EnumerateDirectories($"/proc/{process}/task"))
                    if (File.ReadAllText(task + "/schedstat").Split(' ') is [_, var nanoseconds, ..])
                        waited[task] = long.Parse(nanoseconds, null) / 1_000_000;
            });
        return waited;
    }

    /// <summary>Gives a file or folder to a user; false where this process may not.</summary>
    public static bool ChangeOwner(uint user, string path) => lchown(CString(path), user, user) == 0;

    /// <summary>Does something whose failure does not matter: a file that is gone already, or that this process may not touch.</summary>
    public static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    static List<Entry> All()
    {
        var found = new List<Entry>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out int id))
                Try(() => found.Add(Read(id, folder + "/status")));
        return found;
    }

    // Of the lines, those named State, PPid and Uid. A name of a process cannot hold a line break unescaped.
    static Entry Read(int id, string status)
    {
        (char state, int parent, uint user) = (' ', 0, 0u);
        foreach (string line in File.ReadLines(status))
            if (line.StartsWith("State:", StringComparison.Ordinal)) state = line[6..].TrimStart()[0];
            else if (line.StartsWith("PPid:", StringComparison.Ordinal)) parent = int.Parse(line[5..], null);
            else if (line.StartsWith("Uid:", StringComparison.Ordinal))
            {
                user = uint.Parse(line[4..].Split('\t', StringSplitOptions.RemoveEmptyEntries)[0], null);
                break;
            }
        return new Entry(id, parent, user, state is 'Z' or 'X');
    }
}
