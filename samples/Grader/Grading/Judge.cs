using System.Text.RegularExpressions;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Reports;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>Turns what a question's cases returned into points and sentences. A pure function: it runs nothing.</summary>
static partial class Judge
{
    /// <summary>The question's parts, by ids that no other question's part has; one part for all where it names none.</summary>
    public static IReadOnlyList<Part> Parts(Question question) =>
        question.Parts.Count > 0 ? [.. question.Parts.Select(part => part with { Id = $"{question.Id}.{part.Id}" })]
            : [new Part(question.Id, question.Title, question.Points, ["*"])];

    /// <summary>Judges a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cases">Its cases; visible ones are the first to be spoken of, small ones before large.</param>
    /// <param name="expected">What the reference returned.</param>
    /// <param name="got">What the student's code returned.</param>
    /// <param name="limit">The limit that a timeout names, in seconds.</param>
    public static IReadOnlyList<TestReport> Tests(
        Question question, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> expected, IReadOnlyDictionary<int, CaseResult> got, double limit)
    {
        var ordered = cases.OrderBy(one => one.Hidden).ThenBy(one => one.Single)
            .ThenBy(one => expected[one.Id].Returned.Sum(array => array.Values.Length)).ToList();
        int ms = (int)(1000 * cases.Sum(one => got.GetValueOrDefault(one.Id, CaseResult.NotRun).Seconds));
        IReadOnlyList<Part> parts = Parts(question);
        return [.. parts.Select((part, index) => Test(question, part, ordered, expected, got, limit) with { Ms = index == 0 ? ms : 0 })];
    }

    /// <summary>Whether every array of a case is as expected.</summary>
    public static bool IsRight(ProbeCase one, CaseResult expected, CaseResult got) =>
        got.Ending == Ending.Completed
            && expected.Returned.All(array => Comparison.Compare(array, Find(got, array.Name), one.Tolerance) is null);

    static TestReport Test(
        Question question, Part part, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> expected, IReadOnlyDictionary<int, CaseResult> got, double limit)
    {
        var report = new TestReport
        {
            Id = part.Id,
            Name = part.Title,
            MaxScore = part.Points,
            Score = part.Points,
            Outcome = Outcome.Passed
        };
        int judged = 0;
        Ending? unjudged = null;
        foreach (ProbeCase one in cases)
        {
            CaseResult answer = got.GetValueOrDefault(one.Id, CaseResult.NotRun);
            var mine = expected[one.Id].Returned.Where(array => Matches(part, array.Name)).ToList();
            if (mine.Count == 0) continue;
            // A case that was left out because an earlier one took its time away says nothing; the earlier one does.
            if (answer.Ending == Ending.NotRun)
            {
                unjudged = Ending.NotRun;
                continue;
            }
            bool shown = !one.Hidden && question.Visibility == "visible";
            foreach (Returned array in mine)
            {
                Returned? returned = Find(answer, array.Name);
                if (returned is null && answer.Ending != Ending.Completed) return Failed(report, question, one, answer, shown, limit);
                if (Comparison.Compare(array, returned, one.Tolerance) is not { } difference) continue;
                string where = shown ? $"{difference.Name}: {difference.Detail}; case {one.Seed}{(one.Single ? " in Float32" : "")}."
                    : $"{difference.Name}: {difference.Kind}, in a hidden case.";
                return report with
                {
                    Outcome = Outcome.Failed,
                    Score = 0,
                    Message = where,
                    Staff = $"{(one.Hidden ? "hidden" : "visible")} case {one.Seed}: {difference.Name}: {difference.Detail}",
                };
            }
            judged++;
        }
        if (judged > 0 && unjudged is null) return report;
        // Enough where every case that was run is right and one of them was hidden; a probe that another part ended leaves the rest unrun.
        bool hiddenSeen = cases.Any(one => one.Hidden && got.GetValueOrDefault(one.Id, CaseResult.NotRun).Ending != Ending.NotRun)
            || !cases.Any(one => one.Hidden);
        return judged > 0 && hiddenSeen
            ? report
            : report with { Outcome = Outcome.NotRun, Score = 0, Message = "not run (time budget)" };
    }

    static TestReport Failed(TestReport report, Question question, ProbeCase one, CaseResult answer, bool shown, double limit)
    {
        string staff = $"{(one.Hidden ? "hidden" : "visible")} case {one.Seed}: {answer.Ending} {answer.Message}\n{answer.Trace}".Trim();
        TestReport With(Outcome outcome, string message) =>
            report with { Outcome = outcome, Score = 0, Message = message, Staff = outcome == Outcome.NotImplemented ? "" : staff };
        return answer.Ending switch
        {
            Ending.Timeout => With(Outcome.Timeout,
                FormattableString.Invariant($"stopped after {limit:0.##} s: is there a loop that never ends?")),
            Ending.Memory => With(Outcome.Memory, "it needs more memory than the limit: does something grow without end?"),
            Ending.Crashed => With(Outcome.Crashed, answer.Message.Length > 0 ? $"crashed: {answer.Message}" : "crashed"),
            Ending.Exited => With(Outcome.Exited, $"the code ended the process ({answer.Message}) instead of returning."),
            _ when answer.Threw("System.NotImplementedException") =>
                With(Outcome.NotImplemented, NotImplemented(question, answer, one.Hidden)),
            _ when answer.Threw("System.MissingMemberException") || answer.Threw("System.TypeLoadException")
                || answer.Threw("System.MemberAccessException") =>
                With(Outcome.MissingApi, Missing(answer, one.Hidden)),
            _ when answer.Threw("System.OutOfMemoryException") =>
                With(Outcome.Memory, "it needs more memory than the limit: does something grow without end?"),
            _ => With(Outcome.Error, Thrown(answer, shown)),
        };
    }

    /// <summary>The question that a message of the handout's stubs begins with.</summary>
    public static string? WaitsFor(CaseResult answer) =>
        answer.Threw("System.NotImplementedException") && QuestionId().Match(answer.Message) is { Success: true } id
            ? id.Groups[1].Value
            : null;

    const string Waiting = "waiting for ";

    /// <summary>Whether a test was not run to its end because another question is not implemented.</summary>
    public static bool IsWaiting(TestReport test) => test.Message.StartsWith(Waiting, StringComparison.Ordinal);

    // The text of an exception is the student's to choose, and could tell the numbers of a hidden case.
    static string NotImplemented(Question question, CaseResult answer, bool hidden)
    {
        string waiting = WaitsFor(answer) is { } id && id != question.Id ? Waiting : "";
        if (hidden) return waiting.Length > 0 ? $"{waiting}{WaitsFor(answer)}, in a hidden case." : "not implemented, in a hidden case.";
        return waiting + (answer.Message.Length > 200 ? answer.Message[..200] : answer.Message);
    }

    static string Missing(CaseResult answer, bool hidden) =>
        $"{(hidden ? "something is missing, in a hidden case." : answer.Message)} Is its name, namespace, access or signature changed?";

    static string Thrown(CaseResult answer, bool shown)
    {
        string type = answer.Exception.Count > 0 ? answer.Exception[0] : "exception";
        type = type[(type.LastIndexOf('.') + 1)..];
        string place = answer.Trace.Split('\n').Select(line => Frame().Match(line)).FirstOrDefault(match => match.Success) is { } frame
            ? $" in {frame.Groups[1].Value}{(frame.Groups[2].Success ? $", {frame.Groups[2].Value} line {frame.Groups[3].Value}" : "")}"
            : "";
        return shown ? $"{type}{place}: {answer.Message}" : $"{type}{place}, in a hidden case.";
    }

    static bool Matches(Part part, string name) => part.Returns.Any(pattern => Stubs.Matches(pattern, name));

    static Returned? Find(CaseResult result, string name) => result.Returned.FirstOrDefault(array => array.Name == name);

    [GeneratedRegex(@"^(\d{1,2}\.\d{1,2})\b")]
    private static partial Regex QuestionId();

    [GeneratedRegex(@"^\s*at (MyTorch\.(?!Probes\.)[\w.+`]+)\(.*?\)(?: in (.+):line (\d+))?")]
    private static partial Regex Frame();
}
