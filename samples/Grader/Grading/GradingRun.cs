using System.Diagnostics;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>The grading of one handin, step by step: <see cref="Grade"/> is the list of steps.</summary>
sealed class GradingRun(HandinGrader grader, GradeReport report, Stopwatch watch)
{
    // After so many timeouts in a row without an answer, each case that is left gets a second.
    const int TimeoutsInARow = 3;

    // What is tried once more is not begun with less time left than this.
    const int MillisecondsToTryMore = 2000;

    const string Strays = "The code left processes running. They were ended.";

    readonly long _deadline = Environment.TickCount64 + (long)(1000 * grader.Assignment.Limits.TotalSeconds) - watch.ElapsedMilliseconds;
    readonly Dictionary<int, CaseResult> _got = [];
    readonly HashSet<Question> _apart = [];
    readonly Isolation _isolation = new() { Layers = grader.Options.Layers };
    readonly List<string> _notes = [];
    int _timeouts;

    Assignment Assignment => grader.Assignment;

    public GradeReport Grade(Handin handin)
    {
        report = report with { Handin = handin.Hash };
        if (handin.Assignment is { } id && id != Assignment.Id)
            throw new InvalidHandinException($"This handin is for {id}; expected one for {Assignment.Id}.");
        if (!IsAccepted(handin.Version)) return OtherVersion(handin.Version!);

        StudentBuild build = Compile(handin);
        if (report.Build.Forbidden.Count > 0 && Assignment.Policy.Forbidden == "reject") return Rejected();
        if (build.Broken.Count > 0)
        {
            report = report with { Status = GradeStatus.CompileError, Message = NotCompiled(build.Broken) };
            if (Assignment.Policy.CompileError == "zero")
                return report with { Questions = grader.Zero("the handin does not compile"), Seconds = watch.Elapsed.TotalSeconds };
        }

        TellProgress(build);
        RunAllCases(build);
        RunWrongQuestionsApart(build.Image);
        RunRightCasesAgain(build.Image);
        return Final(build, handin);
    }

    bool IsAccepted(string? version) => version is null || version == Assignment.Version || Assignment.Accepts.Contains(version);

    GradeReport OtherVersion(string version) => report with
    {
        Status = GradeStatus.InvalidHandin,
        Message = $"This handin was made from version {version} of {Assignment.Id}; expected version {Assignment.Version}. " +
            "Copy your files into the newer handout.",
        Staff = $"If both versions ask for the same members, write \"accepts\": [\"{version}\"] into assignment.json. " +
            $"The handin is then graded as version {Assignment.Version}.",
        Questions = grader.Zero("invalid handin"),
        Seconds = watch.Elapsed.TotalSeconds,
    };

    StudentBuild Compile(Handin handin)
    {
        StudentBuild build = StudentBuild.Make(Assignment, grader.Sources, handin);
        IReadOnlyList<string> forbidden = ForbiddenScan.Scan(Assignment, grader.Sources.Library, build);
        report = report with { Build = build.Report with { Forbidden = forbidden } };
        return build;
    }

    GradeReport Rejected()
    {
        IReadOnlyList<string> forbidden = report.Build.Forbidden;
        string more = forbidden.Count > 1 ? FormattableString.Invariant($" and {forbidden.Count - 1} more") : "";
        return report with
        {
            Status = GradeStatus.Rejected,
            Questions = grader.Zero("rejected: the code uses what the assignment forbids"),
            Seconds = watch.Elapsed.TotalSeconds,
            Message = $"The handin uses what the assignment forbids: {forbidden[0]}{more}.",
        };
    }

    string NotCompiled(IReadOnlySet<string> broken)
    {
        // For a file that the student added, the handout has no replacement.
        return string.Join(" ", Sentences(true, "does not compile: the handout's file was graded instead.",
            "do not compile: the handout's files were graded instead.")
            .Concat(Sentences(false, "does not compile: it was left out.", "do not compile: they were left out.")));

        IEnumerable<string> Sentences(bool asked, string one, string several)
        {
            string[] files = [.. broken.Where(path => Assignment.ReadingSet.Contains(path) == asked).Order(StringComparer.Ordinal)];
            if (files.Length == 0) yield break;
            string more = files.Length > 8 ? FormattableString.Invariant($" and {files.Length - 8} more") : "";
            yield return $"{string.Join(", ", files.Take(8))}{more} {(files.Length == 1 ? one : several)}";
        }
    }

    // If nothing follows, this is the report, and says why it is short.
    void TellProgress(StudentBuild build) => grader.Options.Progress?.Invoke(report with
    {
        Message = $"{report.Message} Grading was stopped early: tests that were not run have no points.".Trim(),
        Questions = Questions(build, last: false),
        Seconds = watch.Elapsed.TotalSeconds,
    });

    void RunAllCases(StudentBuild build) => RunCases(build.Image, grader.Cases, (one, result) =>
    {
        _got[one.Id] = result;
        if (grader.Cases.Where(other => other.Question == one.Question).All(other => _got.ContainsKey(other.Id))) TellProgress(build);
    });

    IReadOnlyDictionary<int, CaseResult> RunCases(byte[] image, IReadOnlyList<ProbeCase> cases, Action<ProbeCase, CaseResult> results)
    {
        var all = new Dictionary<int, CaseResult>();
        foreach (var group in cases.GroupBy(one => one.Question.Megabytes ?? Assignment.Limits.Megabytes))
        {
            var children = new ChildRuns(grader.Probes, image, Compiling.Dependencies, group.Key, _isolation);
            children.Run([.. group], Limit, _deadline, TimedOutBefore, Take);
            if (children.Strays > 0 && !_notes.Contains(Strays)) _notes.Add(Strays);
        }
        return all;

        double Limit(ProbeCase one) => _timeouts >= TimeoutsInARow ? Math.Min(1, grader.Limit(one.Question)) : grader.Limit(one.Question);

        // One timeout of a question is enough.
        bool TimedOutBefore(ProbeCase one) => cases.Any(
            other => other.Question == one.Question && all.TryGetValue(other.Id, out CaseResult? result)
                && result.Ending == Ending.Timeout);

        void Take(ProbeCase one, CaseResult result)
        {
            if (result.Ending == Ending.Timeout) _timeouts++;
            else if (result.Ending is Ending.Completed) _timeouts = 0;
            all[one.Id] = result;
            results(one, result);
        }
    }

    bool IsRight(ProbeCase one, CaseResult result) => Judge.IsRight(one, grader.Expected[one.Id], result);

    // What an earlier question left in the process, such as a static field, must not cost a later question points: a wrong one gets another
    // process.
    void RunWrongQuestionsApart(byte[] image)
    {
        foreach (var cases in grader.Cases.GroupBy(one => one.Question).Skip(1))
        {
            if (!cases.Any(IsWrong) || Environment.TickCount64 + MillisecondsToTryMore > _deadline) continue;
            IReadOnlyDictionary<int, CaseResult> apart = RunCases(image, [.. cases], (_, _) => { });
            if (!cases.All(one => apart.TryGetValue(one.Id, out CaseResult? result) && IsRight(one, result))) continue;
            foreach (ProbeCase one in cases) _got[one.Id] = apart[one.Id];
            _apart.Add(cases.Key);
        }

        bool IsWrong(ProbeCase one) =>
            _got.TryGetValue(one.Id, out CaseResult? result) && result.Ending is Ending.Completed or Ending.Threw &&
            !result.Threw("System.NotImplementedException") && !IsRight(one, result);
    }

    // An answer that is right once and wrong the next time is wrong. Another order of summation, within the tolerance, is right.
    void RunRightCasesAgain(byte[] image)
    {
        var right = grader.Cases.Where(one => _got.TryGetValue(one.Id, out CaseResult? first) && IsRight(one, first)).ToList();
        if (right.Count == 0) return;
        foreach (var together in right.GroupBy(one => _apart.Contains(one.Question) ? one.Question : null))
            RunCases(image, [.. together], (one, second) =>
            {
                if (!IsRight(one, second)) _got[one.Id] = second.Ending == Ending.Completed ? NotDeterministic(second) : second;
            });
    }

    static CaseResult NotDeterministic(CaseResult second) => new()
    {
        Ending = Ending.Threw,
        Exception = ["not deterministic"],
        Seconds = second.Seconds,
        Message = "not deterministic: two runs of the same case gave different results. Is there a random number, or a race between " +
            "threads?",
    };

    GradeReport Final(StudentBuild build, Handin handin)
    {
        if (handin.Version is { } version && version != Assignment.Version)
            report = report with
            {
                Message =
                $"{report.Message} Made from version {version}; graded as version {Assignment.Version}.".Trim()
            };
        report = report with { Questions = Questions(build, last: true) };
        return report with
        {
            Staff = string.Join("\n", _notes.Append(_isolation.Note).Append(grader.Warning).Where(note => note.Length > 0)),
            Seconds = Math.Round(watch.Elapsed.TotalSeconds, 2),
        };
    }

    List<QuestionReport> Questions(StudentBuild build, bool last)
    {
        var reports = new List<QuestionReport>();
        foreach (Question question in Assignment.Questions.Where(grader.IsGraded))
        {
            var cases = grader.Cases.Where(one => one.Question == question).ToList();
            if (!last && !cases.All(one => _got.ContainsKey(one.Id)))
            {
                reports.Add(GradeReports.NotRun(Assignment, question, "not run yet"));
                continue;
            }
            IReadOnlyList<TestReport> tests = Judge.Tests(question, cases, grader.Expected, _got, grader.Limit(question));
            QuestionReport result = GradeReports.Of(Assignment, question) with { Tests = Explained(question, build, tests) };
            if (last && result.Score < result.MaxScore) result = WithFeedback(question, cases, build, result, reports);
            reports.Add(result);
        }
        return reports;
    }

    // If the question's file is the handout's, the reason for "not implemented" is named.
    IReadOnlyList<TestReport> Explained(Question question, StudentBuild build, IReadOnlyList<TestReport> tests)
    {
        var paths = question.Blank.SelectMany(grader.Sources.Reference.Find).Select(member => member.Path).ToHashSet();
        string? reason = paths.FirstOrDefault(build.Missing.Contains) is { } missing ? $"missing file: {missing}"
            : paths.FirstOrDefault(build.Broken.Contains) is { } broken ? $"{broken} does not compile" : null;
        return reason is null ? tests
            : [.. tests.Select(test =>
                test.Outcome == Outcome.NotImplemented ? test with { Message = $"{reason} ({test.Message})" } : test)];
    }

    // The known mistake, and the better score that the question's code has inside the reference.
    QuestionReport WithFeedback(Question question,
        List<ProbeCase> cases, StudentBuild build, QuestionReport result, List<QuestionReport> before)
    {
        if (grader.Recognise(question, cases, _got) is { } mistake) result = WithHint(result, mistake);
        if (!MayBeBetterAlone(question, result, before) || Environment.TickCount64 + MillisecondsToTryMore > _deadline) return result;
        if (SourceGraft.IntoReference(question, grader.Sources.Reference, build, Assignment.ReadingSet) is not { } source) return result;
        if (StudentBuild.TryEmit(source) is not { } image) return result;

        IReadOnlyDictionary<int, CaseResult> got = RunCases(image, cases, (_, _) => { });
        IReadOnlyList<TestReport> tests = Judge.Tests(question, cases, grader.Expected, got, grader.Limit(question));
        Mistake? alone = grader.Recognise(question, cases, got);
        if (tests.Sum(test => test.Score) > result.Score) return WithHint(result with { Tests = tests, GradedAlone = true }, alone);
        // With the rest right, a mistake may show that was hidden behind another one.
        return result.Mistake is null && alone is not null ? WithHint(result, alone) : result;
    }

    QuestionReport WithHint(QuestionReport result, Mistake? mistake) =>
        result with { Mistake = mistake?.Id, Hint = mistake is null ? null : grader.Hint(mistake) };

    // Only a wrong answer to a question that this one needs can be the cause.
    bool MayBeBetterAlone(Question question, QuestionReport result, List<QuestionReport> before)
    {
        if (question.Composite || question.Blank.Count == 0) return false;
        if (result.Tests.All(test => test.Score == test.MaxScore || test.Outcome == Outcome.NotImplemented && !Judge.IsWaiting(test)))
            return false;
        IReadOnlySet<string> needed = Needed(question);
        return before.Any(other => needed.Contains(other.Id) && other.Score < other.MaxScore);
    }

    // The questions whose code this one's code needs, directly or not.
    HashSet<string> Needed(Question question)
    {
        var needed = new HashSet<string>();
        var open = new Stack<string>(question.DependsOn);
        while (open.TryPop(out string? id))
            if (needed.Add(id))
                foreach (string other in Assignment.Questions.FirstOrDefault(one => one.Id == id)?.DependsOn ?? []) open.Push(other);
        return needed;
    }
}
