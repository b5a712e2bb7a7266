using System.Collections;
using System.Runtime.InteropServices;
using static MyTorch.Grader.Sandboxing.Linux;

namespace MyTorch.Grader.Sandboxing;

/// <summary>
/// What a child process does to itself before it loads handed-in code (Linux): it changes its user where it may, takes on limits, and
/// restricts itself with Landlock (files) and seccomp (system calls) where the kernel has them. Without Landlock, the seccomp filter
/// refuses to open any file for writing.
/// </summary>
/// <remarks>
/// None of it decides a verdict: it keeps the machine and the grader's files out of reach. The order of the steps matters: each is the last
/// moment at which the process may still take the next one.
/// </remarks>
static unsafe class Sandbox
{
    /// <summary>Exit codes of a child that could not be confined.</summary>
    public const int CannotChangeUser = 97, CannotExecute = 98;

    /// <summary>How a child says that a layer holds.</summary>
    public const string UserChanged = "user", NoNewPrivileges = "no new privileges", LandlockHolds = "landlock", SeccompHolds = "seccomp";

    // A limit for each, in this order. Address space and data come last: this runtime, which started without limits, has more of them
    // already.
    static readonly int[] s_resources = [RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_AS, RLIMIT_DATA];

    // The process that runs out of memory first is the child, not the grader.
    const string OomScoreFile = "/proc/self/oom_score_adj", HighestOomScore = "1000";

    const int LastStandardDescriptor = 2;

    /// <summary>Confines this process, which then becomes the program that runs the cases.</summary>
    /// <param name="args">launch DESCRIPTOR LAYERS USER FSIZE,CPU,NPROC,NOFILE,CORE,AS,DATA WORK READABLE DOTNET PROGRAM</param>
    /// <returns>An exit code: it returns only where it failed.</returns>
    /// <remarks>
    /// Landlock and the signal at the parent's death belong to a thread. This thread takes them on and then becomes the program, so that
    /// they hold for every thread of it.
    /// </remarks>
    public static int Launch(string[] args)
    {
        (string layers, uint user, string work, string dotnet, string program) =
            (args[2], uint.Parse(args[3], null), args[5], args[7], args[8]);
        int descriptor = int.Parse(args[1], null);
        ulong[] limits = [.. args[4].Split(',').Select(limit => ulong.Parse(limit, null))];
        string[] readable = args[6].Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var holds = new List<string>();

        setsid();
        BeFirstToRunOutOfMemory();
        if (user != 0)
        {
            if (!ChangeUser(user)) return CannotChangeUser;
            holds.Add(UserChanged);
        }
        // After the change of user, which would clear it.
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) holds.Add(NoNewPrivileges);
        if (layers is "All" or "Landlock" && Landlock.Restrict(work, readable)) holds.Add(LandlockHolds);
        CloseOnExecuteAllBut(descriptor);
        LimitAndExecute([dotnet, "exec", program, "run", args[1], layers, string.Join(", ", holds)], limits);
        return CannotExecute;
    }

    /// <summary>Forbids what the start of a program itself needs: starting programs, reaching other processes, and the network.</summary>
    /// <param name="layers">The layers to use.</param>
    /// <returns>The layers that hold now.</returns>
    public static string Seal(string layers)
    {
        string before = Environment.GetCommandLineArgs().LastOrDefault() ?? "";
        if (!OperatingSystem.IsLinux()) return before;
        // No other process of its user may look into it, and a crash leaves no dump.
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        bool writes = before.Contains(LandlockHolds, StringComparison.Ordinal);
        return layers is "All" or "Seccomp" && SeccompFilter.Install(writes) ? $"{before}, {SeccompHolds}" : before;
    }

    static void BeFirstToRunOutOfMemory()
    {
        try
        {
            File.WriteAllText(OomScoreFile, HighestOomScore);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    // Groups first: afterwards they could not be given up.
    static bool ChangeUser(uint user) => setgroups(0, 0) == 0 && setresgid(user, user, user) == 0 && setresuid(user, user, user) == 0;

    // Descriptors that the grader itself was started with are closed by execve; standard input, output and error, and the records' pipe
    // stay.
    static void CloseOnExecuteAllBut(int descriptor)
    {
        const int first = LastStandardDescriptor + 1;
        if (descriptor > first) syscall(SystemCalls.CloseRange.Number, first, descriptor - 1, CLOSE_RANGE_CLOEXEC);
        syscall(SystemCalls.CloseRange.Number, descriptor + 1, uint.MaxValue, CLOSE_RANGE_CLOEXEC);
    }

    static void LimitAndExecute(string[] command, ulong[] limits)
    {
        using var arguments = new CStrings(command);
        using var environment = new CStrings(
            [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => $"{variable.Key}={variable.Value}")]);
        // This one fails. It binds the call, for which there may be no memory under the limits.
        execve(null, arguments.Pointers, environment.Pointers);
        for (int i = 0; i < s_resources.Length; i++) Limit(s_resources[i], limits[i]);
        execve(arguments.Pointers[0], arguments.Pointers, environment.Pointers);
    }

    static void Limit(int resource, ulong value)
    {
        // struct rlimit: the soft limit, the hard limit.
        ulong* now = stackalloc ulong[2];
        if (getrlimit(resource, now) != 0) return;
        ulong limit = Math.Min(value, now[1]);
        now[0] = now[1] = limit;
        setrlimit(resource, now);
    }

    /// <summary>Strings as C takes them: pointers to them, ended by a null.</summary>
    sealed class CStrings : IDisposable
    {
        readonly IReadOnlyList<string> _strings;

        public CStrings(IReadOnlyList<string> strings)
        {
            _strings = strings;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(strings.Count + 1), (nuint)sizeof(byte*));
            for (int i = 0; i < strings.Count; i++) Pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        public byte** Pointers { get; }

        public void Dispose()
        {
            for (int i = 0; i < _strings.Count; i++) Marshal.FreeCoTaskMem((nint)Pointers[i]);
            NativeMemory.Free(Pointers);
        }
    }
}
