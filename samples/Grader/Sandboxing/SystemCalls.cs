namespace MyTorch.Grader.Sandboxing;

/// <summary>A system call: its name and its number on each architecture, <see cref="None"/> where it does not exist.</summary>
readonly record struct SystemCall(string Name, int X64, int Arm64)
{
    public const int None = -1;

    /// <summary>The number on an architecture.</summary>
    public int NumberOn(bool arm64) => arm64 ? Arm64 : X64;

    /// <summary>The number on this machine.</summary>
    public int Number => NumberOn(Linux.IsArm64);
}

/// <summary>The system calls that the sandbox uses or filters.</summary>
static class SystemCalls
{
    const int None = SystemCall.None;

    // Called by number: the C library has no function for them, or changes more than the calling thread.
    public static readonly SystemCall SetResUid = new("setresuid", 117, 147);
    public static readonly SystemCall CloseRange = new("close_range", 436, 436);
    public static readonly SystemCall LandlockCreateRuleset = new("landlock_create_ruleset", 444, 444);
    public static readonly SystemCall LandlockAddRule = new("landlock_add_rule", 445, 445);
    public static readonly SystemCall LandlockRestrictSelf = new("landlock_restrict_self", 446, 446);
    public static readonly SystemCall Seccomp = new("seccomp", 317, 277);

    // The filter looks at their arguments.
    public static readonly SystemCall Open = new("open", 2, None);
    public static readonly SystemCall OpenAt = new("openat", 257, 56);
    public static readonly SystemCall Clone = new("clone", 56, 220);
    public static readonly SystemCall Clone3 = new("clone3", 435, 435);
    public static readonly SystemCall Kill = new("kill", 62, 129);
    public static readonly SystemCall TgKill = new("tgkill", 234, 131);
    public static readonly SystemCall PrLimit64 = new("prlimit64", 302, 261);
    public static readonly SystemCall SchedSetAffinity = new("sched_setaffinity", 203, 122);
    public static readonly SystemCall Fcntl = new("fcntl", 72, 25);
    public static readonly SystemCall Ioctl = new("ioctl", 16, 29);

    /// <summary>
    /// Calls that are answered as if they had been carried out, and change nothing. Ordinary code makes them, as <c>Thread.Priority</c>,
    /// <c>FileStream.Lock</c> and <c>File.Copy</c> do, and it must not fail for it; but each of them reaches what other processes of the
    /// machine use, and Landlock does not look at them.
    /// </summary>
    public static readonly IReadOnlyList<SystemCall> WithoutEffect =
    [
        // Priorities.
        new("setpriority", 141, 140), new("sched_setscheduler", 144, 119), new("sched_setparam", 142, 118), new("sched_setattr", 314, 274),
        new("ioprio_set", 251, 30),
        // Locks: every program of the machine opens the runtime's files.
        new("flock", 73, 32),
        // Rights, owners, times and attributes of files, by path or of any file that can be read.
        new("chmod", 90, None), new("fchmod", 91, 52), new("fchmodat", 268, 53), new("fchmodat2", 452, 452), new("chown", 92, None),
        new("fchown", 93, 55), new("lchown", 94, None), new("fchownat", 260, 54),
        new("utime", 132, None), new("utimes", 235, None), new("futimesat", 261, None), new("utimensat", 280, 88),
    ];

    /// <summary>Calls that a child never needs.</summary>
    public static readonly IReadOnlyList<SystemCall> Refused =
    [
        // Start a program or a process.
        new("fork", 57, None), new("vfork", 58, None), new("execve", 59, 221), new("execveat", 322, 281),
        // Send a signal other than with kill and tgkill.
        new("rt_sigqueueinfo", 129, 138), new("tkill", 200, 130), new("rt_tgsigqueueinfo", 297, 240), new("pidfd_send_signal", 424, 424),
        // Look into another process.
        new("ptrace", 101, 117), new("process_vm_readv", 310, 270), new("process_vm_writev", 311, 271), new("process_madvise", 440, 440),
        new("kcmp", 312, 272), new("pidfd_open", 434, 434), new("pidfd_getfd", 438, 438),
        // Sockets.
        new("socket", 41, 198), new("socketpair", 53, 199), new("connect", 42, 203), new("bind", 49, 200), new("listen", 50, 201),
        new("accept", 43, 202),
        // Ways around a filter, and parts of the kernel with a history of vulnerabilities.
        new("io_uring_setup", 425, 425), new("io_uring_enter", 426, 426), new("io_uring_register", 427, 427), new("bpf", 321, 280),
        new("perf_event_open", 298, 241), new("userfaultfd", 323, 282),
        // Leave the session or the process group, or take back what the sandbox set.
        new("setsid", 112, 157), new("setpgid", 109, 154), new("prctl", 157, 167),
        // Namespaces and mounts.
        new("unshare", 272, 97), new("setns", 308, 268), new("mount", 165, 40), new("umount2", 166, 39), new("pivot_root", 155, 41),
        new("chroot", 161, 51), new("open_tree", 428, 428), new("move_mount", 429, 429), new("fsopen", 430, 430), new("fsmount", 432, 432),
        new("mount_setattr", 442, 442),
        // Keys, and files by handle.
        new("keyctl", 250, 219), new("add_key", 248, 217), new("request_key", 249, 218), new("open_by_handle_at", 304, 265),
        new("name_to_handle_at", 303, 264),
        // Kernel modules.
        new("init_module", 175, 105), new("delete_module", 176, 106), new("finit_module", 313, 273), new("kexec_load", 246, 104),
        new("kexec_file_load", 320, 294),
        // What a system has a limited number of, for all programs or for all of a user: watches of files, and operations without waiting.
        new("inotify_init", 253, None), new("inotify_init1", 294, 26), new("fanotify_init", 300, 262), new("io_setup", 206, 0),
        // The memory of other processes on other nodes, and an end to it.
        new("migrate_pages", 256, 238), new("move_pages", 279, 239), new("process_mrelease", 448, 448),
        // Attributes of files, and lengths by path, which older Landlock does not look at.
        new("setxattr", 188, 5), new("lsetxattr", 189, 6), new("fsetxattr", 190, 7), new("setxattrat", 463, 463),
        new("removexattr", 197, 14), new("lremovexattr", 198, 15), new("fremovexattr", 199, 16), new("removexattrat", 466, 466),
        new("file_setattr", 469, 469), new("truncate", 76, 45),
        // The machine's own settings: clock, name, swap, log, ports, and writing out all disks.
        new("settimeofday", 164, 170), new("clock_settime", 227, 112), new("clock_adjtime", 305, 266), new("adjtimex", 159, 171),
        new("sethostname", 170, 161), new("setdomainname", 171, 162), new("swapon", 167, 224), new("swapoff", 168, 225),
        new("reboot", 169, 142), new("syslog", 103, 116), new("acct", 163, 89), new("quotactl", 179, 60), new("quotactl_fd", 443, 443),
        new("iopl", 172, None), new("ioperm", 173, None), new("vhangup", 153, 58), new("personality", 135, 92), new("sync", 162, 81),
        new("syncfs", 306, 267),
        // Shared memory, semaphores and queues that outlive a process.
        new("shmget", 29, 194), new("semget", 64, 190), new("msgget", 68, 186), new("mq_open", 240, 180),
        // Files in memory, which no limit on memory counts.
        new("memfd_create", 319, 279), new("memfd_secret", 447, 447),
    ];

    /// <summary>Calls that create, change, rename or remove files: refused where Landlock cannot tell one folder from another.</summary>
    public static readonly IReadOnlyList<SystemCall> Writing =
    [
        new("creat", 85, None), new("mkdir", 83, None), new("mkdirat", 258, 34), new("mknod", 133, None), new("mknodat", 259, 33),
        new("symlink", 88, None), new("symlinkat", 266, 36), new("link", 86, None), new("linkat", 265, 37),
        new("rename", 82, None), new("renameat", 264, 38), new("renameat2", 316, 276), new("unlink", 87, None), new("unlinkat", 263, 35),
        new("rmdir", 84, None), new("openat2", 437, 437),
    ];
}
