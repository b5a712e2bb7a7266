using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Several questions may run one body. An exception in it is reported at the first of them; the others only say where.
/// </summary>
/// <param name="questions">All questions of the assignment.</param>
sealed class ExceptionBlame(IReadOnlyList<Question> questions)
{
    // The question that an exception was reported at, by its type and place.
    readonly Dictionary<(string Type, string Place), string> _reported = [];

    readonly string[] _members = [.. questions.SelectMany(question => question.Blank).Select(Name).Distinct()];

    /// <summary>The tests of a question; those that an exception ended that was reported before say at which question.</summary>
    public IReadOnlyList<TestReport> Once(Question question, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> got,
        IReadOnlyList<TestReport> tests)
    {
        if (!tests.Any(test => test.Outcome == Outcome.Error)) return tests;
        // Of a hidden case the type and the place are not told, so another question must not point to it.
        CaseResult? thrown = cases.Where(one => !one.Hidden).Select(one => got.GetValueOrDefault(one.Id, CaseResult.NotRun))
            .FirstOrDefault(answer => answer.Ending == Ending.Threw && Place(answer) is not null);
        if (thrown is null) return tests;
        (string member, string line) = Place(thrown)!.Value;
        (string Type, string Place) key = (thrown.Exception.Count > 0 ? thrown.Exception[0] : "", line);
        if (_reported.TryAdd(key, question.Id) || _reported[key] == question.Id) return tests;
        string why = question.Blank.Select(Name).Contains(member) ? "the same code answers both questions"
            : "this question runs the same code";
        return [.. tests.Select(test => test.Outcome != Outcome.Error ? test : test with
        {
            Message = $"stopped by the exception that is reported at {_reported[key]}: {why}.",
        })];
    }

    // The innermost line of the trace that is in a body to write: "at MyTorch.Operations.Linear.Backward(Tensor gradient) in … line 12".
    (string Member, string Line)? Place(CaseResult answer)
    {
        foreach (string line in answer.Trace.Split('\n').Select(line => line.Trim()))
            if (_members.FirstOrDefault(member => CaseRunner.IsIn(line, member)) is { } member)
                return (member, line);
        return null;
    }

    static string Name(string member) => member.Split('(')[0];
}
