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
        if (Thrown(cases.Where(one => !one.Hidden), got) is not { } thrown) return tests;
        (string member, string line) = Place(thrown)!.Value;
        (string Type, string Place) key = (thrown.Exception.Count > 0 ? thrown.Exception[0] : "", line);
        if (_reported.TryAdd(key, question.Id) || _reported[key] == question.Id) return tests;
        string why = IsIn(member, question) ? "the same code answers both questions"
            : "this question runs the same code";
        return [.. tests.Select(test => test.Outcome != Outcome.Error ? test : test with
        {
            Message = $"stopped by the exception that is reported at {_reported[key]}: {why}.",
        })];
    }

    /// <summary>Whether an exception ended cases of a question in a body that another question asks for.</summary>
    public bool IsElsewhere(Question question, IEnumerable<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> got) =>
        Thrown(cases, got) is { } thrown && !IsIn(Place(thrown)!.Value.Member, question);

    CaseResult? Thrown(IEnumerable<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> got) => cases
        .Select(one => got.GetValueOrDefault(one.Id, CaseResult.NotRun))
        .FirstOrDefault(answer => answer.Ending == Ending.Threw && Place(answer) is not null);

    static bool IsIn(string member, Question question) => question.Blank.Select(Name).Contains(member);

    /// <summary>A question is reported without its exception: the next one that has it reports it.</summary>
    public void Forget(Question question)
    {
        foreach (var key in _reported.Where(one => one.Value == question.Id).Select(one => one.Key).ToList()) _reported.Remove(key);
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
