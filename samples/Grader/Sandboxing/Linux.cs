using System.Runtime.InteropServices;

namespace MyTorch.Grader.Sandboxing;

/// <summary>
/// What the sandbox asks of Linux: constants by the names that the kernel's headers give them, and the calls that take them. The grader
/// uses it, and it is compiled into the child process too.
/// </summary>
static unsafe partial class Linux
{
    public static readonly bool IsArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public static readonly bool IsX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    // errno.h
    public const int EPERM = 1, ENOSYS = 38;

    // signal.h
    public const int SIGKILL = 9, SIGSTOP = 19;

    // wait.h
    public const int WNOHANG = 1;

    // prctl.h
    public const int PR_SET_PDEATHSIG = 1, PR_SET_DUMPABLE = 4, PR_SET_CHILD_SUBREAPER = 36, PR_SET_NO_NEW_PRIVS = 38;

    // resource.h
    public const int RLIMIT_CPU = 0, RLIMIT_FSIZE = 1, RLIMIT_DATA = 2, RLIMIT_CORE = 4, RLIMIT_NPROC = 6, RLIMIT_NOFILE = 7, RLIMIT_AS = 9;

    // fcntl.h; __O_TMPFILE is the part of O_TMPFILE that is not O_DIRECTORY.
    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_TRUNC = 0x200, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000,
        O_PATH = 0x200000, __O_TMPFILE = 0x400000;

    public const int F_SETLK = 6, F_SETLKW = 7, F_SETOWN = 8, F_SETSIG = 10, F_SETOWN_EX = 15, F_OFD_SETLK = 37, F_OFD_SETLKW = 38,
        F_SETLEASE = 1024, F_NOTIFY = 1026, F_SETPIPE_SZ = 1031;

    // ioctls.h
    public const int TIOCSTI = 0x5412;

    // close_range.h
    public const int CLOSE_RANGE_CLOEXEC = 4;

    // sched.h
    public const int CLONE_THREAD = 0x10000;

    // stat.h: the type of a file in its mode.
    public const int S_IFMT = 0xF000, S_IFREG = 0x8000, S_IFLNK = 0xA000;

    // landlock.h
    public const int LANDLOCK_CREATE_RULESET_VERSION = 1, LANDLOCK_RULE_PATH_BENEATH = 1;

    public const ulong LANDLOCK_ACCESS_FS_EXECUTE = 1 << 0, LANDLOCK_ACCESS_FS_WRITE_FILE = 1 << 1, LANDLOCK_ACCESS_FS_READ_FILE = 1 << 2,
        LANDLOCK_ACCESS_FS_READ_DIR = 1 << 3, LANDLOCK_ACCESS_FS_REMOVE_DIR = 1 << 4, LANDLOCK_ACCESS_FS_REMOVE_FILE = 1 << 5,
        LANDLOCK_ACCESS_FS_MAKE_CHAR = 1 << 6, LANDLOCK_ACCESS_FS_MAKE_DIR = 1 << 7, LANDLOCK_ACCESS_FS_MAKE_REG = 1 << 8,
        LANDLOCK_ACCESS_FS_MAKE_SOCK = 1 << 9, LANDLOCK_ACCESS_FS_MAKE_FIFO = 1 << 10, LANDLOCK_ACCESS_FS_MAKE_BLOCK = 1 << 11,
        LANDLOCK_ACCESS_FS_MAKE_SYM = 1 << 12, LANDLOCK_ACCESS_FS_REFER = 1 << 13, LANDLOCK_ACCESS_FS_TRUNCATE = 1 << 14,
        LANDLOCK_ACCESS_FS_IOCTL_DEV = 1 << 15;

    public const ulong LANDLOCK_ACCESS_NET_BIND_TCP = 1 << 0, LANDLOCK_ACCESS_NET_CONNECT_TCP = 1 << 1;

    public const ulong LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, LANDLOCK_SCOPE_SIGNAL = 1 << 1;

    // seccomp.h
    public const int SECCOMP_SET_MODE_FILTER = 1, SECCOMP_FILTER_FLAG_TSYNC = 1;

    public const uint SECCOMP_RET_ALLOW = 0x7FFF0000, SECCOMP_RET_ERRNO = 0x00050000;

    // audit.h
    public const uint AUDIT_ARCH_X86_64 = 0xC000003E, AUDIT_ARCH_AARCH64 = 0xC00000B7;

    // unistd.h: numbers from this one on belong to the x32 interface of x86-64.
    public const uint __X32_SYSCALL_BIT = 0x40000000;

    // bpf_common.h
    public const ushort BPF_LD = 0x00, BPF_JMP = 0x05, BPF_RET = 0x06, BPF_W = 0x00, BPF_ABS = 0x20, BPF_K = 0x00, BPF_JEQ = 0x10,
        BPF_JGE = 0x30,
        BPF_JSET = 0x40;

    [DllImport("libc")] public static extern int setsid();
    [DllImport("libc")] public static extern uint geteuid();
    [DllImport("libc")] public static extern int setgroups(nint count, nint groups);
    [DllImport("libc")] public static extern int setresuid(uint real, uint effective, uint saved);
    [DllImport("libc")] public static extern int setresgid(uint real, uint effective, uint saved);
    [DllImport("libc")] public static extern int getrlimit(int resource, ulong* limit);
    [DllImport("libc")] public static extern int setrlimit(int resource, ulong* limit);
    [DllImport("libc")] public static extern int prctl(int option, nint a, nint b, nint c, nint d);
    [DllImport("libc")] public static extern int kill(int process, int signal);
    [DllImport("libc")] public static extern int waitpid(int process, nint status, int options);
    [DllImport("libc")] public static extern int open(byte[] path, int flags);
    [DllImport("libc")] public static extern int lchown(byte[] path, uint user, uint group);
    [DllImport("libc")] public static extern int execve(byte* path, byte** arguments, byte** environment);
    [DllImport("libc")] public static extern long syscall(long number, long a, long b, long c);
    [DllImport("libc")] public static extern long syscall(long number, long a, long b, long c, long d);

    /// <summary>A path or another string as C takes it: UTF-8, ended by a zero.</summary>
    public static byte[] CString(string text) => [.. System.Text.Encoding.UTF8.GetBytes(text), 0];
}
