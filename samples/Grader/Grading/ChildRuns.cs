using System.Text.RegularExpressions;
using MyTorch.Grader.Sandboxing;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Runs cases on a handed-in library in child processes. One child runs all cases; where it dies, the next child runs those that are left.
/// </summary>
/// <param name="probes">The assembly of the probes and their host.</param>
/// <param name="library">The assembly of the handed-in library.</param>
/// <param name="dependencies">The assemblies that the library needs.</param>
/// <param name="megabytes">The limit of a child's managed heap.</param>
/// <param name="isolation">How children are isolated.</param>
sealed partial class ChildRuns(byte[] probes, byte[] library, IReadOnlyList<string> dependencies, int megabytes, Isolation isolation)
{
    // Exit codes: a signal's number is added to 128.
    const int Aborted = 128 + 6, Killed = 128 + 9;

    bool _triedTimeoutAgain;

    /// <summary>The layers around the last child, as it told: "user, no new privileges, landlock, seccomp".</summary>
    public string Confinement { get; private set; } = "";

    /// <summary>Processes that were found and ended beside the children themselves.</summary>
    public int Strays { get; private set; }

    /// <summary>Runs cases in order.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="limit">The wall time of a case, in seconds.</param>
    /// <param name="deadline">When nothing more may run, by the clock's ticks in milliseconds.</param>
    /// <param name="skip">Asked before a case that a new child would begin with: whether it is not needed any more.</param>
    /// <param name="results">Receives the results.</param>
    public void Run(
        IReadOnlyList<ProbeCase> cases, Func<ProbeCase, double> limit, long deadline, Func<ProbeCase, bool> skip, Action<ProbeCase, CaseResult> results)
    {
        IReadOnlyList<ProbeCase> rest = cases;
        while (rest.Count > 0 && Environment.TickCount64 < deadline)
        {
            rest = [.. rest.Where(one => !skip(one))];
            if (rest.Count > 0) rest = [.. RunOneChild(rest, limit, deadline, results)];
        }
    }

    // The cases that are left.
    IEnumerable<ProbeCase> RunOneChild(
        IReadOnlyList<ProbeCase> cases, Func<ProbeCase, double> limit, long deadline, Action<ProbeCase, CaseResult> results)
    {
        using var folder = new ChildFolder(probes, library, dependencies, isolation);
        using var child = new ChildRun(folder, megabytes, isolation.OwnUser, cases, limit, deadline, results);
        ChildEnd end = child.Run();
        Confinement = end.Confinement ?? Confinement;
        Strays += end.Strays;
        if (end.Ending is Ending.Completed or Ending.NotRun) return [];

        // A child that died before its first case died of loading, or could not be confined.
        if (Confinement.Length == 0 && end.Next == 0 && !end.Running && isolation.Weaken(end.Code)) return cases;
        // Where nothing follows the end of a case, that case keeps its process from continuing.
        if (end.Ending == Ending.Timeout && !end.Running && end.Next > 0)
        {
            results(cases[end.Next - 1], new CaseResult { Ending = Ending.Timeout, Seconds = end.Seconds });
            return cases.Skip(end.Next);
        }
        CaseResult result = Describe(end);
        if (IsTriedAgain(end, result)) return cases.Skip(end.Next);
        results(cases[Math.Min(end.Next, cases.Count - 1)], result);
        return cases.Skip(end.Next + 1);
    }

    // A thread that an earlier case left behind may have killed the process: a death counts where the case is the first of its process. A
    // timeout takes long, so that only one is tried again.
    bool IsTriedAgain(ChildEnd end, CaseResult result)
    {
        if (end.Next == 0) return false;
        if (result.Ending != Ending.Timeout) return true;
        bool again = !_triedTimeoutAgain;
        _triedTimeoutAgain = true;
        return again;
    }

    static CaseResult Describe(ChildEnd end)
    {
        CaseResult result = end.Message.Length > 0
            ? new CaseResult { Ending = end.Ending, Message = end.Message }
            : Describe(end.Ending, end.Code, end.Complaint);
        return result with { Returned = end.Returned, Seconds = end.Seconds };
    }

    static CaseResult Describe(Ending ending, int? code, string errors)
    {
        if (ending == Ending.Memory) return new CaseResult { Ending = Ending.Memory };
        // A runtime takes long to write down a stack overflow.
        if (ending == Ending.Timeout && errors.Contains("\nStack overflow.\n", StringComparison.Ordinal))
            (ending, code) = (Ending.Exited, Aborted);
        if (ending != Ending.Exited) return new CaseResult { Ending = ending };
        Match overflow = OverflowFrame().Match(errors);
        if (code == Aborted && errors.Contains("Stack overflow", StringComparison.Ordinal))
            return new CaseResult
            {
                Ending = Ending.Crashed,
                Message = overflow.Success ? $"stack overflow in {overflow.Groups[1].Value}" : "stack overflow"
            };
        if (errors.Contains("Out of memory", StringComparison.OrdinalIgnoreCase)) return new CaseResult { Ending = Ending.Memory };
        return code switch
        {
            null => new CaseResult { Ending = Ending.Crashed, Message = "it stopped answering" },
            Aborted => new CaseResult { Ending = Ending.Crashed, Message = "it was aborted: FailFast, or an exception outside the call" },
            // The kernel sends this signal to a process that needs more memory than there is.
            Killed => new CaseResult { Ending = Ending.Crashed, Message = "its process was killed" },
            > 128 => new CaseResult { Ending = Ending.Crashed, Message = $"signal {code - 128}" },
            _ => new CaseResult { Ending = Ending.Exited, Message = $"exit code {code}" },
        };
    }

    [GeneratedRegex(@"(?m)^\s+at (MyTorch\.[\w.+`]+)\(")]
    private static partial Regex OverflowFrame();
}
