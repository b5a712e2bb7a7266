using System.Text.RegularExpressions;
using MyTorch.Grader.Reports;
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
    const int Signalled = 128, Aborted = Signalled + 6;

    // The members to write, by their full names.
    HashSet<string> _bodies = [];

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
        IReadOnlyList<ProbeCase> cases, Func<ProbeCase, double> limit, long deadline, Func<ProbeCase, bool> skip,
        Action<ProbeCase, CaseResult> results)
    {
        IReadOnlyList<ProbeCase> rest = cases;
        _bodies = [.. cases.SelectMany(one => one.Question.Blank).Select(member => member.Split('(')[0])];
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
            results(cases[end.Next - 1], new CaseResult { Ending = Ending.Timeout, Message = end.Message, Seconds = end.Seconds });
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

    CaseResult Describe(ChildEnd end)
    {
        (Ending ending, string message) = EndingOf(end);
        return new CaseResult { Ending = ending, Message = message, Returned = end.Returned, Seconds = end.Seconds };
    }

    // What was seen, and not why: an exit code, a signal, a line that the runtime wrote.
    (Ending Ending, string Message) EndingOf(ChildEnd end)
    {
        string said = end.Complaint;
        // A runtime takes long to write down a stack overflow, and is then killed by the grader.
        if (end.Ending is Ending.Timeout or Ending.Exited && end.Code is null or Aborted
            && said.Contains("\nStack overflow.\n", StringComparison.Ordinal))
            return (Ending.Crashed, "stack overflow" + (OverflowIn(said) is { } member ? $" in {member}" : ""));
        if (end.Ending == Ending.Memory)
            return (Ending.Memory, FormattableString.Invariant($"OutOfMemoryException; the heap may have {megabytes} MB"));
        if (end.Ending != Ending.Exited) return (end.Ending, end.Message);
        return end.Code switch
        {
            null => (Ending.Crashed, "its process closed the pipe of its answers, or wrote into it something else"),
            Aborted when said.Contains("\nOut of memory.", StringComparison.Ordinal) =>
                (Ending.Memory, FormattableString.Invariant($"out of memory; the heap may have {megabytes} MB")),
            > Signalled => (Ending.Crashed, $"its process was ended by {Signal(end.Code.Value - Signalled)}{LastWords(said)}"),
            _ => (Ending.Exited, FormattableString.Invariant($"its process ended with exit code {end.Code}{LastWords(said)}")),
        };
    }

    // A member to write, if one calls itself by way of the library; otherwise the innermost of the library.
    string? OverflowIn(string said)
    {
        string[] members = [.. OverflowFrame().Matches(said).Select(frame => frame.Groups[1].Value)];
        return members.FirstOrDefault(_bodies.Contains) ?? members.FirstOrDefault();
    }

    static string Signal(int number) => number switch
    {
        6 => "signal 6 (SIGABRT)",
        9 => "signal 9 (SIGKILL)",
        11 => "signal 11 (SIGSEGV)",
        24 => "signal 24 (SIGXCPU)",
        25 => "signal 25 (SIGXFSZ)",
        _ => FormattableString.Invariant($"signal {number}"),
    };

    // What the runtime says before it ends a process: "Unhandled exception. System.…", or "Process terminated." and a line more.
    static string LastWords(string said) =>
        FinalMessage().Match(said) is { Success: true } last ? $", after \"{ReportText.Line(last.Value, 300)}\"" : "";

    [GeneratedRegex(@"(?m)^(Unhandled exception\. .+|Process terminated\.[^\n]*(\n[^\n]+)?)$")]
    private static partial Regex FinalMessage();

    [GeneratedRegex(@"(?m)^\s+at (MyTorch\.[\w.+`]+)\(")]
    private static partial Regex OverflowFrame();
}
