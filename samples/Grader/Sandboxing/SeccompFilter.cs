using static MyTorch.Grader.Sandboxing.Linux;

namespace MyTorch.Grader.Sandboxing;

/// <summary>
/// The filter for a child's system calls: a program in classic BPF that the kernel runs before each call. It sees the call's number and
/// arguments (<c>struct seccomp_data</c>), but not the memory that an argument points to.
/// </summary>
unsafe class SeccompFilter
{
    // Offsets in struct seccomp_data; of an argument its low half, which is first on both architectures.
    const uint Number = 0, Arch = 4, FirstArgument = 16, SecondArgument = 24, ThirdArgument = 32;

    const ushort LoadWord = BPF_LD | BPF_W | BPF_ABS, JumpIfEqual = BPF_JMP | BPF_JEQ | BPF_K, JumpIfAtLeast = BPF_JMP | BPF_JGE | BPF_K,
        JumpIfSet = BPF_JMP | BPF_JSET | BPF_K, Return = BPF_RET | BPF_K;

    // An error number of 0 is success: the call is answered, and not made.
    const uint Allow = SECCOMP_RET_ALLOW, Refuse = SECCOMP_RET_ERRNO | EPERM, Missing = SECCOMP_RET_ERRNO | ENOSYS,
        Ignore = SECCOMP_RET_ERRNO;

    readonly bool _arm64;
    readonly List<(ushort Code, byte True, byte False, uint K)> _program = [];

    SeccompFilter(bool arm64) => _arm64 = arm64;

    /// <summary>Puts this process under the filter, all its threads.</summary>
    /// <param name="writes">Whether files may be opened for writing; then Landlock says which.</param>
    /// <returns>Whether the kernel took it.</returns>
    public static bool Install(bool writes)
    {
        if (!IsArm64 && !IsX64) return false;
        byte[] code = Program(IsArm64, writes, (uint)Environment.ProcessId);
        fixed (byte* first = code)
        {
            // struct sock_fprog: how many instructions, and where they are.
            long* header = stackalloc long[2];
            (header[0], header[1]) = (code.Length / 8, (long)first);
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            return syscall(SystemCalls.Seccomp.Number, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (long)header) == 0;
        }
    }

    /// <summary>The program's instructions, 8 bytes each (<c>struct sock_filter</c>).</summary>
    /// <param name="arm64">For arm64; for x86-64 otherwise.</param>
    /// <param name="writes">Whether files may be opened for writing.</param>
    /// <param name="self">The process that the filter is for.</param>
    internal static byte[] Program(bool arm64, bool writes, uint self)
    {
        var filter = new SeccompFilter(arm64);
        filter.RefuseOtherArchitectures();
        foreach (SystemCall call in SystemCalls.Refused) filter.On(call, () => filter.Answer(Refuse));
        foreach (SystemCall call in SystemCalls.WithoutEffect) filter.On(call, () => filter.Answer(Ignore));
        if (!writes) filter.RefuseWriting();
        filter.AllowThreadsOnly();
        filter.AllowOnlyOn(self);
        filter.LimitDescriptors();
        filter.RefuseTypingOnTerminals();
        filter.Answer(Allow);
        return filter.Bytes();
    }

    void RefuseOtherArchitectures()
    {
        Add(LoadWord, Arch);
        Add(JumpIfEqual, _arm64 ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_X86_64, 1, 0);
        Answer(Refuse);
        Add(LoadWord, Number);
        if (_arm64) return;
        // The x32 numbers name the same calls again.
        Add(JumpIfAtLeast, __X32_SYSCALL_BIT, 0, 1);
        Answer(Refuse);
    }

    void RefuseWriting()
    {
        foreach (SystemCall call in SystemCalls.Writing) On(call, () => Answer(Refuse));
        foreach ((SystemCall call, uint flags) in new[] { (SystemCalls.Open, SecondArgument), (SystemCalls.OpenAt, ThirdArgument) })
            On(call, () =>
            {
                Add(LoadWord, flags);
                Add(JumpIfSet, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | __O_TMPFILE, 0, 1);
                Answer(Refuse);
                Answer(Allow);
            });
    }

    void AllowThreadsOnly()
    {
        // clone3 keeps its arguments in memory, which a filter cannot read; told that it does not exist, the C library uses clone.
        On(SystemCalls.Clone3, () => Answer(Missing));
        On(SystemCalls.Clone, () =>
        {
            Add(LoadWord, FirstArgument);
            Add(JumpIfSet, CLONE_THREAD, 1, 0);
            Answer(Refuse);
            Answer(Allow);
        });
    }

    // Signals, limits and affinities: of this process only. For the latter two, 0 means the caller.
    void AllowOnlyOn(uint self)
    {
        foreach (SystemCall call in new[] { SystemCalls.Kill, SystemCalls.TgKill })
            On(call, () =>
            {
                Add(LoadWord, FirstArgument);
                Add(JumpIfEqual, self, 1, 0);
                Answer(Refuse);
                Answer(Allow);
            });
        foreach (SystemCall call in new[] { SystemCalls.PrLimit64, SystemCalls.SchedSetAffinity })
            On(call, () =>
            {
                Add(LoadWord, FirstArgument);
                Add(JumpIfEqual, 0, 2, 0);
                Add(JumpIfEqual, self, 1, 0);
                Answer(Refuse);
                Answer(Allow);
            });
    }

    // A descriptor can be told to send signals to its owner, to hold up other programs that open its file, and to take a user's share of
    // memory for pipes. Locks are answered without effect, as flock is.
    void LimitDescriptors() => On(SystemCalls.Fcntl, () =>
    {
        Add(LoadWord, SecondArgument);
        foreach (uint command in new uint[] { F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ })
        {
            Add(JumpIfEqual, command, 0, 1);
            Answer(Refuse);
        }
        foreach (uint command in new uint[] { F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW })
        {
            Add(JumpIfEqual, command, 0, 1);
            Answer(Ignore);
        }
        Answer(Allow);
    });

    void RefuseTypingOnTerminals() => On(SystemCalls.Ioctl, () =>
    {
        Add(LoadWord, SecondArgument);
        Add(JumpIfEqual, TIOCSTI, 0, 1);
        Answer(Refuse);
        Answer(Allow);
    });

    // What follows runs for this call only; it must end in an answer.
    void On(SystemCall call, Action body)
    {
        int number = call.NumberOn(_arm64);
        if (number == SystemCall.None) return;
        int at = _program.Count;
        Add(JumpIfEqual, (uint)number);
        body();
        _program[at] = (JumpIfEqual, 0, (byte)(_program.Count - at - 1), (uint)number);
    }

    void Answer(uint what) => Add(Return, what);

    // Jumps are counted from the next instruction.
    void Add(ushort code, uint k, byte whenTrue = 0, byte whenFalse = 0) => _program.Add((code, whenTrue, whenFalse, k));

    byte[] Bytes()
    {
        byte[] bytes = new byte[8 * _program.Count];
        foreach ((int i, var (code, whenTrue, whenFalse, k)) in _program.Index())
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(8 * i), code);
            (bytes[8 * i + 2], bytes[8 * i + 3]) = (whenTrue, whenFalse);
            BitConverter.TryWriteBytes(bytes.AsSpan(8 * i + 4), k);
        }
        return bytes;
    }
}
