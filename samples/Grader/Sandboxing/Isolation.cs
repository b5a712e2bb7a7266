namespace MyTorch.Grader.Sandboxing;

/// <summary>The kernel's layers around a child, beside users and limits.</summary>
[Flags]
enum Layers
{
    None = 0,
    Landlock = 1,
    Seccomp = 2,
    All = Landlock | Seccomp,
}

/// <summary>How well children are isolated. Where the machine does not allow a step it is given up, and a note tells staff.</summary>
sealed class Isolation
{
    // The user that Linux calls nobody: for machines that know no other numbers.
    const uint Nobody = 65534;

    // Numbers for users that no system gives to accounts: one for each grader that runs.
    const uint FirstUser = 400_000, Users = 1_000_000;

    // A shell's exit code is this plus the signal that ended the program.
    const int Signalled = 128;

    // The code of a program that cannot be executed.
    const int NotExecutable = 126;

    /// <summary>The kernel's layers to use, as far as it has them.</summary>
    public Layers Layers { get; init; } = Layers.All;

    /// <summary>
    /// The user that children run as: a number that nothing else runs as, so that limits and signals reach only them. 0 is the grader's own
    /// user.
    /// </summary>
    public uint User { get; private set; } = UserOf(Environment.ProcessId);

    /// <summary>The user for the children of a grader; 0 where the grader cannot change its user.</summary>
    public static uint UserOf(int grader) => Processes.IsRoot ? FirstUser + (uint)grader % Users : 0;

    /// <summary>The user, if every process of that user is a child's; 0 otherwise.</summary>
    public uint OwnUser => User == Nobody ? 0 : User;

    /// <summary>What could not be done, for staff.</summary>
    public string Note { get; private set; } = "";

    /// <summary>Gives up a step that a child could not take before its first case.</summary>
    /// <param name="code">The child's exit code.</param>
    /// <returns>Whether a child may succeed now; false if there is nothing left to give up.</returns>
    public bool Weaken(int? code)
    {
        if (User == 0 || code is not (Sandbox.CannotChangeUser or Sandbox.CannotExecute or NotExecutable or > Signalled)) return false;
        User = User == Nobody ? 0 : Nobody;
        Note = User == 0 ? "Children ran as the grader's own user, because the grader could not change to another user." : "";
        return true;
    }

    /// <summary>Runs children as the grader's own user.</summary>
    public void GiveUpUser() =>
        (User, Note) = (0, "Children ran as the grader's own user, because their working folder could not be given to another user.");
}
