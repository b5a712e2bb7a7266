using System.Runtime.InteropServices;
using System.Text;

namespace MyTorch.Probes;

/// <summary>
/// What a child process does to itself before it loads handed-in code (Linux): another user where it may, limits, a domain for the file system
/// (Landlock) and a filter for system calls (seccomp) where the kernel has them. Without the domain, the filter refuses to open any file for writing.
/// </summary>
/// <remarks>None of it decides a verdict: it keeps the machine and the grader's files out of reach.</remarks>
public static unsafe class Sandbox
{
    static readonly bool s_arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>launch FD LAYERS UID FSIZE,CPU,NPROC,NOFILE,CORE,ADDRESS,DATA WORK READABLE DOTNET PROGRAM</summary>
    /// <remarks>
    /// Restrictions that belong to a thread (Landlock, the signal at the parent's death) are taken on by this thread, which then becomes the
    /// program: so they hold for every thread of it.
    /// </remarks>
    public static int Launch(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        (string descriptor, string layers, uint uid) = (args[1], args[2], uint.Parse(args[3], null));
        ulong[] limits = [.. args[4].Split(',').Select(limit => ulong.Parse(limit, null))];
        (string work, string readable, string dotnet, string program) = (args[5], args[6], args[7], args[8]);
        setsid();
        var done = new List<string>();
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "1000");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }

        if (uid != 0)
        {
            if (setgroups(0, 0) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0) return 97;
            done.Add("user");
        }
        // After the change of user, which would clear it.
        prctl(1, 9, 0, 0, 0);
        if (prctl(38, 1, 0, 0, 0) == 0) done.Add("no new privileges");
        if (layers is "All" or "Landlock" && Landlock(work, readable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))) done.Add("landlock");

        // Descriptors that the grader itself was started with end at the exec.
        int keep = int.Parse(descriptor, null);
        if (keep > 3) syscall(436, 3, keep - 1, 4);
        syscall(436, keep + 1, 0xFFFFFFFF, 4);

        string[] command = [dotnet, "exec", program, "run", descriptor, layers, string.Join(", ", done)];
        using var arguments = new CStrings(command);
        var variables = new List<string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables()) variables.Add($"{variable.Key}={variable.Value}");
        using var environment = new CStrings(variables);
        // Files' size, processor, processes, open files, core; address space and data last: this runtime, which knew no limit, has more of them already.
        int[] resources = [1, 0, 6, 7, 4, 9, 2];
        execve(null, arguments.Pointers, environment.Pointers);
        for (int i = 0; i < resources.Length; i++) Limit(resources[i], limits[i]);
        execve(arguments.Pointers[0], arguments.Pointers, environment.Pointers);
        return 98;
    }

    /// <summary>What can only be forbidden once the program runs: starting programs, reaching other processes and the network.</summary>
    public static string Seal(string layers)
    {
        string before = Environment.GetCommandLineArgs().LastOrDefault() ?? "";
        if (!OperatingSystem.IsLinux()) return before;
        // No other process of its user looks into it, and what is left of a crash goes to nobody.
        prctl(4, 0, 0, 0, 0);
        bool writes = before.Contains("landlock", StringComparison.Ordinal);
        return layers is "All" or "Seccomp" && Filter(writes) ? $"{before}, seccomp" : before;
    }

    static void Limit(int resource, ulong value)
    {
        ulong* now = stackalloc ulong[2];
        if (getrlimit(resource, now) != 0) return;
        ulong limit = Math.Min(value, now[1]);
        now[0] = now[1] = limit;
        setrlimit(resource, now);
    }

    // Landlock (linux/landlock.h): handled rights per version of the interface; what is handled and not allowed is forbidden.
    static bool Landlock(string work, string[] readable)
    {
        long version = syscall(444, 0, 0, 1);
        if (version < 1) return false;
        ulong all = (1UL << 13) - 1;
        if (version >= 2) all |= 1UL << 13;
        if (version >= 3) all |= 1UL << 14;
        if (version >= 5) all |= 1UL << 15;
        ulong* ruleset = stackalloc ulong[3];
        (ruleset[0], ruleset[1], ruleset[2]) = (all, 3, 3);
        long size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
        long handle = syscall(444, (long)ruleset, size, 0);
        if (handle < 0) return false;
        // execute, read file, read directory
        const ulong read = 1 | 4 | 8;
        foreach (string path in readable) Allow(handle, path, read);
        Allow(handle, work, all & ~1UL & ~(1UL << 6) & ~(1UL << 9) & ~(1UL << 10) & ~(1UL << 11) & ~(1UL << 12));
        Allow(handle, "/dev/null", 2 | 4);
        return syscall(446, handle, 0, 0) == 0;
    }

    static void Allow(long ruleset, string path, ulong rights)
    {
        byte[] name = [.. Encoding.UTF8.GetBytes(path), 0];
        // O_PATH | O_CLOEXEC
        long parent = open(name, 0x200000 | 0x80000);
        if (parent < 0) return;
        // Rights of directories on a file are an error.
        if (!Directory.Exists(path)) rights &= 1 | 2 | 4;
        byte* rule = stackalloc byte[12];
        *(ulong*)rule = rights;
        *(int*)(rule + 8) = (int)parent;
        syscall(445, ruleset, 1, (long)rule, 0);
    }

    // Numbers of system calls: x64, arm64; -1 where there is none.
    static readonly (int X64, int Arm64)[] s_never =
    [
        (57, -1), (58, -1), (59, 221), (322, 281), // fork, vfork, execve, execveat
        (129, 138), (200, 130), (297, 240), (424, 424), // rt_sigqueueinfo, tkill, rt_tgsigqueueinfo, pidfd_send_signal
        (101, 117), (310, 270), (311, 271), (440, 440), (312, 272), // ptrace, process_vm_readv, process_vm_writev, process_madvise, kcmp
        (434, 434), (438, 438), // pidfd_open, pidfd_getfd
        (41, 198), (53, 199), (42, 203), (49, 200), (50, 201), (43, 202), // socket, socketpair, connect, bind, listen, accept
        (425, 425), (426, 426), (427, 427), (321, 280), (298, 241), (323, 282), // io_uring, bpf, perf_event_open, userfaultfd
        (112, 157), (109, 154), (157, 167), // setsid, setpgid, prctl
        (272, 97), (308, 268), (165, 40), (166, 39), (155, 41), (161, 51), (428, 428), (429, 429), (430, 430), (432, 432), (442, 442), // namespaces and mounts
        (250, 219), (248, 217), (249, 218), (304, 265), (303, 264), // keys, file handles
        (175, 105), (176, 106), (313, 273), (246, 104), (320, 294), // modules, kexec
        (141, 140), (144, 119), (142, 118), (314, 274), (251, 30), // priorities of others
        (29, 194), (64, 190), (68, 186), (240, 180), // memory, semaphores and queues that outlive a process
        (319, 279), // memfd_create: files that no limit on memory counts
    ];

    // What makes, changes, renames or removes files: for a kernel that cannot tell one folder from another.
    static readonly (int X64, int Arm64)[] s_writes =
    [
        (85, -1), (83, -1), (258, 34), (133, -1), (259, 33), (88, -1), (266, 36), (86, -1), (265, 37), // creat, mkdir, mknod, symlink, link
        (82, -1), (264, 38), (316, 276), (87, -1), (263, 35), (84, -1), (76, 45), // rename, unlink, rmdir, truncate
        (90, -1), (91, 52), (268, 53), (452, 452), (92, -1), (93, 55), (94, -1), (260, 54), // chmod, chown
        (188, 5), (189, 6), (190, 7), (132, -1), (235, -1), (280, 88), (437, 437), // extended attributes, times, openat2
    ];

    static bool Filter(bool writes)
    {
        if (!s_arm && RuntimeInformation.ProcessArchitecture != Architecture.X64) return false;
        const ushort loadWord = 0x20, jumpEqual = 0x15, jumpAtLeast = 0x35, jumpSet = 0x45, answer = 0x06;
        const uint allow = 0x7fff0000, refuse = 0x00050000 | 1, missing = 0x00050000 | 38;
        var program = new List<(ushort Code, byte True, byte False, uint K)>();
        void Add(ushort code, uint k, byte whenTrue = 0, byte whenFalse = 0) => program.Add((code, whenTrue, whenFalse, k));
        void Answer(uint what) => Add(answer, what);
        void When(int number, Action body)
        {
            int at = program.Count;
            Add(jumpEqual, (uint)number);
            body();
            program[at] = (jumpEqual, 0, (byte)(program.Count - at - 1), (uint)number);
        }

        Add(loadWord, 4);
        Add(jumpEqual, s_arm ? 0xC00000B7 : 0xC000003E, 1, 0);
        Answer(refuse);
        Add(loadWord, 0);
        if (!s_arm)
        {
            // The x32 numbers name the same calls again.
            Add(jumpAtLeast, 0x40000000, 0, 1);
            Answer(refuse);
        }
        foreach ((int x64, int arm64) in s_never)
            if ((s_arm ? arm64 : x64) is var number and >= 0) When(number, () => Answer(refuse));
        if (!writes)
        {
            foreach ((int x64, int arm64) in s_writes)
                if ((s_arm ? arm64 : x64) is var number and >= 0) When(number, () => Answer(refuse));
            // open, openat: O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE
            foreach ((int number, uint flags) in s_arm ? [(56, 32u)] : new[] { (2, 24u), (257, 32u) })
                When(number, () =>
                {
                    Add(loadWord, flags);
                    Add(jumpSet, 0x400243, 0, 1);
                    Answer(refuse);
                    Answer(allow);
                });
        }
        // clone3 keeps its arguments in memory, out of a filter's sight; told that it does not exist, the C library uses clone.
        When(435, () => Answer(missing));
        When(s_arm ? 220 : 56, () =>
        {
            // CLONE_THREAD
            Add(loadWord, 16);
            Add(jumpSet, 0x10000, 1, 0);
            Answer(refuse);
            Answer(allow);
        });
        // kill and tgkill reach this process alone; so do limits and affinities.
        uint self = (uint)Environment.ProcessId;
        foreach (int number in s_arm ? [129, 131] : new[] { 62, 234 })
            When(number, () =>
            {
                Add(loadWord, 16);
                Add(jumpEqual, self, 1, 0);
                Answer(refuse);
                Answer(allow);
            });
        foreach (int number in s_arm ? [261, 122] : new[] { 302, 203 })
            When(number, () =>
            {
                Add(loadWord, 16);
                Add(jumpEqual, 0, 2, 0);
                Add(jumpEqual, self, 1, 0);
                Answer(refuse);
                Answer(allow);
            });
        // fcntl: F_SETOWN, F_SETSIG and F_SETOWN_EX send signals by way of a descriptor.
        When(s_arm ? 25 : 72, () =>
        {
            Add(loadWord, 24);
            Add(jumpEqual, 8, 3, 0);
            Add(jumpEqual, 10, 2, 0);
            Add(jumpEqual, 15, 1, 0);
            Answer(allow);
            Answer(refuse);
        });
        // ioctl: TIOCSTI types on a terminal.
        When(s_arm ? 29 : 16, () =>
        {
            Add(loadWord, 24);
            Add(jumpEqual, 0x5412, 0, 1);
            Answer(refuse);
            Answer(allow);
        });
        Answer(allow);

        byte[] code = new byte[8 * program.Count];
        for (int i = 0; i < program.Count; i++)
        {
            BitConverter.TryWriteBytes(code.AsSpan(8 * i), program[i].Code);
            (code[8 * i + 2], code[8 * i + 3]) = (program[i].True, program[i].False);
            BitConverter.TryWriteBytes(code.AsSpan(8 * i + 4), program[i].K);
        }
        fixed (byte* first = code)
        {
            long* header = stackalloc long[2];
            (header[0], header[1]) = (program.Count, (long)first);
            prctl(38, 1, 0, 0, 0);
            // seccomp(SET_MODE_FILTER, TSYNC): every thread of the process.
            return syscall(s_arm ? 277 : 317, 1, 1, (long)header) == 0;
        }
    }

    /// <summary>Strings as C takes them, ended by a null.</summary>
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

    [DllImport("libc")] static extern int setsid();
    [DllImport("libc")] static extern int setgroups(nint count, nint groups);
    [DllImport("libc")] static extern int setresuid(uint real, uint effective, uint saved);
    [DllImport("libc")] static extern int setresgid(uint real, uint effective, uint saved);
    [DllImport("libc")] static extern int getrlimit(int resource, ulong* limit);
    [DllImport("libc")] static extern int setrlimit(int resource, ulong* limit);
    [DllImport("libc")] static extern int prctl(int option, nint a, nint b, nint c, nint d);
    [DllImport("libc")] static extern int open(byte[] path, int flags);
    [DllImport("libc")] static extern int execve(byte* path, byte** arguments, byte** environment);
    [DllImport("libc")] static extern long syscall(long number, long a, long b, long c);
    [DllImport("libc")] static extern long syscall(long number, long a, long b, long c, long d);
}
