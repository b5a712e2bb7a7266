using static MyTorch.Grader.Sandboxing.Linux;

namespace MyTorch.Grader.Sandboxing;

/// <summary>Landlock: rights on the file system that a thread gives up for itself and for every program that it becomes.</summary>
static unsafe class Landlock
{
    // Every right of the interface's first version.
    const ulong FirstVersion = LANDLOCK_ACCESS_FS_REFER - 1;

    const ulong Read = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

    const ulong ReadAndWrite = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;

    // No programs, sockets, pipes, links or devices in the folder to work in.
    const ulong NotForWork = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
        LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

    // Rights of folders on a file are an error.
    const ulong OfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE;

    /// <summary>
    /// Restricts the calling thread: it may read some paths and write below one folder. TCP, abstract sockets and signals to others are
    /// refused too, where the kernel can.
    /// </summary>
    /// <returns>Whether the kernel took it.</returns>
    public static bool Restrict(string work, IEnumerable<string> readable)
    {
        long version = syscall(SystemCalls.LandlockCreateRuleset.Number, 0, 0, LANDLOCK_CREATE_RULESET_VERSION);
        if (version < 1) return false;
        // What is handled and not allowed is forbidden.
        ulong handled = FirstVersion;
        if (version >= 2) handled |= LANDLOCK_ACCESS_FS_REFER;
        if (version >= 3) handled |= LANDLOCK_ACCESS_FS_TRUNCATE;
        if (version >= 5) handled |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
        // struct landlock_ruleset_attr, of which older versions know the beginning: handled_access_fs, handled_access_net, scoped.
        ulong* attributes = stackalloc ulong[3];
        attributes[0] = handled;
        attributes[1] = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
        attributes[2] = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
        long size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
        long ruleset = syscall(SystemCalls.LandlockCreateRuleset.Number, (long)attributes, size, 0);
        if (ruleset < 0) return false;
        foreach (string path in readable) Allow(ruleset, path, Read);
        Allow(ruleset, work, handled & ~NotForWork);
        Allow(ruleset, "/dev/null", ReadAndWrite);
        return syscall(SystemCalls.LandlockRestrictSelf.Number, ruleset, 0, 0) == 0;
    }

    static void Allow(long ruleset, string path, ulong rights)
    {
        int parent = open(CString(path), O_PATH | O_CLOEXEC);
        if (parent < 0) return;
        if (!Directory.Exists(path)) rights &= OfFiles;
        // struct landlock_path_beneath_attr, packed: the rights, then the descriptor.
        byte* rule = stackalloc byte[12];
        *(ulong*)rule = rights;
        *(int*)(rule + 8) = parent;
        syscall(SystemCalls.LandlockAddRule.Number, ruleset, LANDLOCK_RULE_PATH_BENEATH, (long)rule, 0);
    }
}
