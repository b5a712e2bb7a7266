using System.Text.RegularExpressions;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Reports;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>Turns what a question's cases returned into points and sentences. A pure function: it runs nothing.</summary>
static partial class Judge
{
    /// <summary>How near a rule comes that is written in another way, relative to the largest number of an array.</summary>
    const double NearExact = 1e-13;

    // What a few operations in Float32 come to.
    const double LeastOfSingle = 2e-9, MostOfSingle = 2e-7;

    /// <summary>The question's parts, by ids that no other question's part has; one part for all where it names none.</summary>
    public static IReadOnlyList<Part> Parts(Question question) =>
        question.Parts.Count > 0 ? [.. question.Parts.Select(part => part with { Id = $"{question.Id}.{part.Id}" })]
            : [new Part(question.Id, question.Title, question.Points, ["*"])];

    /// <summary>Judges a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cases">Its cases; visible ones are the first to be spoken of, small ones before large.</param>
    /// <param name="expected">What the reference returned.</param>
    /// <param name="got">What the student's code returned.</param>
    public static IReadOnlyList<TestReport> Tests(
        Question question, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> expected,
        IReadOnlyDictionary<int, CaseResult> got)
    {
        var ordered = cases.OrderBy(one => one.Hidden).ThenBy(one => one.Single)
            .ThenBy(one => expected[one.Id].Returned.Sum(array => array.Values.Length)).ToList();
        // How long a hidden case took is the student's to choose, too.
        int ms = (int)(1000 * cases.Where(one => !one.Hidden).Sum(one => got.GetValueOrDefault(one.Id, CaseResult.NotRun).Seconds));
        IReadOnlyList<Part> parts = Parts(question);
        return [.. parts.Select((part, index) => Test(question, part, ordered, expected, got) with { Ms = index == 0 ? ms : 0 })];
    }

    /// <summary>Whether every array of a case is as expected.</summary>
    public static bool IsRight(ProbeCase one, CaseResult expected, CaseResult got) =>
        got.Ending == Ending.Completed
            && expected.Returned.All(array => Comparison.Compare(array, Find(got, array.Name), one.Tolerance) is null);

    /// <summary>
    /// Whether right answers to a part of a question look as if they were computed by differences: no array is nearer to the reference's
    /// than a difference gets, while rules that are written out differ by the rounding of a few operations. An error as large as Float32
    /// rounds does not count, and a derivative that is carried forwards is as exact as a rule.
    /// </summary>
    public static bool LooksNumerical(Question question, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> expected,
        IReadOnlyDictionary<int, CaseResult> got) => Parts(question).Any(part => LooksNumerical(part, cases, expected, got));

    static bool LooksNumerical(Part part, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> expected,
        IReadOnlyDictionary<int, CaseResult> got)
    {
        int far = 0;
        foreach (ProbeCase one in cases.Where(one => !one.Single))
            foreach (Returned array in expected[one.Id].Returned.Where(array => Matches(part, array.Name) && IsOfSeveralFractions(array)))
            {
                double[] values = Find(got.GetValueOrDefault(one.Id, CaseResult.NotRun), array.Name)?.Values ?? [];
                if (values.Length != array.Values.Length) return false;
                double error = values.Zip(array.Values).Max(pair => Math.Abs(pair.First - pair.Second)) / array.Values.Max(Math.Abs);
                if (error <= NearExact) return false;
                if (error is < LeastOfSingle or > MostOfSingle) far++;
            }
        return far >= 2;
    }

    // A single number, or a whole one, may be right by chance.
    static bool IsOfSeveralFractions(Returned array) => array.Values.Count(value => value != Math.Round(value)) >= 4;

    /// <summary>
    /// Whether a case that did not end may still give points: a part's results came, and are right, and others are missing. A case that
    /// returned everything and did not end answers nothing.
    /// </summary>
    public static bool MayGivePoints(ProbeCase one, CaseResult expected, CaseResult got) =>
        !HasReturnedAll(expected, got) && Parts(one.Question)
            .Select(part => expected.Returned.Where(array => Matches(part, array.Name)).ToList())
            .Any(mine => mine.Count > 0 && mine.All(array => Comparison.Compare(array, Find(got, array.Name), one.Tolerance) is null));

    static bool HasReturnedAll(CaseResult expected, CaseResult got) => expected.Returned.All(array => Find(got, array.Name) is not null);

    static TestReport Test(Question question, Part part, IReadOnlyList<ProbeCase> cases,
        IReadOnlyDictionary<int, CaseResult> expected, IReadOnlyDictionary<int, CaseResult> got)
    {
        var report = new TestReport
        {
            Id = part.Id,
            Name = part.Title,
            MaxScore = part.Points,
            Outcome = Outcome.Passed,
            Score = part.Points,
        };
        // A part counts where a case of each kind was right; one that was not run says nothing.
        (HashSet<CaseKind> asked, HashSet<CaseKind> right) = ([], []);
        foreach (ProbeCase one in cases)
        {
            CaseResult answer = got.GetValueOrDefault(one.Id, CaseResult.NotRun);
            var mine = expected[one.Id].Returned.Where(array => Matches(part, array.Name)).ToList();
            if (mine.Count == 0) continue;
            asked.Add(one.Kind);
            if (answer.Ending == Ending.NotRun) continue;
            // Otherwise it seems that the visible ones were right.
            string unseen = one.Hidden && cases.Any(other => !other.Hidden && IsNotRun(other)) ? " Visible cases were not run after it." : "";
            bool shown = !one.Hidden && question.Visibility == "visible";
            foreach (Returned array in mine)
            {
                Returned? returned = Find(answer, array.Name);
                if (returned is null && answer.Ending != Ending.Completed) return Failed(report, question, one, answer, shown, unseen);
                if (Comparison.Compare(array, returned, one.Tolerance) is not { } difference) continue;
                if (TooLarge(returned) is { } size) difference = difference with { Kind = "it is too large", Detail = size };
                return Different(report, one, difference, shown);
            }
            if (answer.Ending != Ending.Completed && HasReturnedAll(expected[one.Id], answer))
                return Failed(report, question, one, answer, shown, unseen);
            right.Add(one.Kind);
        }
        return asked.Count > 0 && right.SetEquals(asked)
            ? report
            : report with { Outcome = Outcome.NotRun, Score = 0, Message = "not run (time budget)" };

        bool IsNotRun(ProbeCase other) => got.GetValueOrDefault(other.Id, CaseResult.NotRun).Ending == Ending.NotRun;
    }

    // A result whose values the host kept back.
    static string? TooLarge(Returned? returned)
    {
        if (returned?.Shape is not { } shape || returned.Values.Length > 0) return null;
        double bytes = shape.Aggregate((double)sizeof(double), (product, size) => product * size);
        string size = FormattableString.Invariant($"{bytes / (1 << 20):0.0} MB");
        return bytes == 0 ? null : $"it is too large: with shape {Comparison.Shape(returned)} it has {size}, and the results of a case may " +
            $"have {ProbeHost.MostAnswerBytes >> 20} MB";
    }

    static TestReport Different(TestReport report, ProbeCase one, Difference difference, bool shown) => report with
    {
        Outcome = Outcome.Failed,
        Score = 0,
        Message = shown ? $"{difference.Name}: {difference.Detail}; visible case {one.Seed}{(one.Single ? " in Float32" : "")}."
            : $"{difference.Name}: {difference.Kind}, in a hidden case.",
        Staff = $"{(one.Hidden ? "hidden" : "visible")} case {one.Seed}: {difference.Name}: {difference.Detail}",
    };

    static TestReport Failed(TestReport report, Question question, ProbeCase one, CaseResult answer, bool shown, string unseen)
    {
        (Outcome outcome, string message) = What(question, one, answer, shown);
        string staff = $"{(one.Hidden ? "hidden" : "visible")} case {one.Seed}: {answer.Ending} {answer.Message}\n{answer.Trace}".Trim();
        return report with
        {
            Outcome = outcome,
            Score = 0,
            Message = ReportText.Clean(message + unseen),
            Staff = outcome == Outcome.NotImplemented ? "" : staff,
        };
    }

    // What was seen: a limit, an exit code, a signal, an exception; a cause is asked for, not named. Which exception it is, where it was
    // thrown, and how a process ended are the student's to choose, and could tell the numbers of a hidden case.
    static (Outcome, string) What(Question question, ProbeCase one, CaseResult answer, bool shown)
    {
        string Told(string seen, string otherwise) => shown ? seen : $"{otherwise}, in a hidden case";
        return answer.Ending switch
        {
            Ending.Timeout => (Outcome.Timeout, $"{Told(answer.Message, answer.Message)}. Is there a loop that never ends?"),
            Ending.Memory => (Outcome.Memory, $"{Told(answer.Message, answer.Message)}. Does something grow without end?"),
            Ending.Crashed => (Outcome.Crashed, $"crashed: {Told(answer.Message, "its process ended")}."),
            Ending.Exited => (Outcome.Exited,
                $"{Told(answer.Message, "its process ended")}, before the case did. Is there an Environment.Exit?"),
            _ when answer.Threw("System.NotImplementedException") =>
                (Outcome.NotImplemented, NotImplemented(question, answer, one.Hidden)),
            _ when answer.Threw("System.MissingMemberException") || answer.Threw("System.TypeLoadException")
                || answer.Threw("System.MemberAccessException") => (Outcome.MissingApi, Missing(answer, one.Hidden)),
            _ => (Outcome.Error, shown ? Thrown(question, answer) : "an exception, in a hidden case."),
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

    /// <summary>
    /// A test that waits for a question of which the reason is known: "waiting for 3.5: the handout's empty body was run, …". Otherwise the
    /// test as it is.
    /// </summary>
    public static TestReport WaitingBecause(TestReport test, Func<string, string?> reasonOf) =>
        QuestionId().Match(test.Message[Waiting.Length..]) is { Success: true } id && reasonOf(id.Groups[1].Value) is { } reason
            ? test with { Message = $"{Waiting}{id.Groups[1].Value}: {reason}" }
            : test;

    // The text of an exception is the student's to choose, and could tell the numbers of a hidden case.
    static string NotImplemented(Question question, CaseResult answer, bool hidden)
    {
        string waiting = WaitsFor(answer) is { } id && id != question.Id ? Waiting : "";
        if (hidden) return waiting.Length > 0 ? $"{waiting}another question, in a hidden case." : "not implemented, in a hidden case.";
        return waiting + (answer.Message.Length > 200 ? answer.Message[..200] : answer.Message);
    }

    static string Missing(CaseResult answer, bool hidden) =>
        $"{(hidden ? "something is missing, in a hidden case." : answer.Message)} Is its name, namespace, access or signature changed?";

    // The library may be what throws: of the trace, the line in what the question asks for is where to look.
    static string Thrown(Question question, CaseResult answer)
    {
        string type = answer.Exception.Count > 0 ? answer.Exception[0] : "exception";
        type = type[(type.LastIndexOf('.') + 1)..];
        Match[] frames = [.. answer.Trace.Split('\n').Select(line => Frame().Match(line)).Where(match => match.Success)];
        Match? frame = frames.FirstOrDefault(one => question.Blank.Any(member => member.Split('(')[0] == one.Groups[1].Value))
            ?? frames.FirstOrDefault();
        string place = frame is not null
            ? $" in {frame.Groups[1].Value}{(frame.Groups[2].Success ? $", {frame.Groups[2].Value} line {frame.Groups[3].Value}" : "")}"
            : "";
        return $"{type}{place}: {answer.Message}";
    }

    static bool Matches(Part part, string name) => part.Returns.Any(pattern => Stubs.Matches(pattern, name));

    static Returned? Find(CaseResult result, string name) => result.Returned.FirstOrDefault(array => array.Name == name);

    [GeneratedRegex(@"^(\d{1,2}\.\d{1,2})\b")]
    private static partial Regex QuestionId();

    [GeneratedRegex(@"^\s*at (MyTorch\.(?!Probes\.)[\w.+`]+)\(.*?\)(?: in (.+):line (\d+))?")]
    private static partial Regex Frame();
}
