using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>The grading of one handin, step by step: <see cref="Grade"/> is the list of steps.</summary>
sealed partial class GradingRun(HandinGrader grader, GradeReport report, Stopwatch watch)
{
    // After so many timeouts in a row without an answer, each case that is left gets a second.
    const int TimeoutsInARow = 3;

    // What is tried once more is not begun with less time left than this.
    const int MillisecondsToTryMore = 2000;

    const string OnWholeLibrary = "A copy of the repository that does not compile on the handout: it was compiled on the whole library.";

    const string LooksNumerical = "looks numerical. All results are within the tolerance, and none is as near as rounding comes: are " +
        "they computed by differences instead of a rule?";

    const string LooksComplex = "looks numerical. It computes with complex numbers: are the results those of a complex step instead of a " +
        "rule?";

    const string Strays = "The code left processes running. They were ended.";

    readonly long _deadline = Environment.TickCount64 + (long)(1000 * grader.Assignment.Limits.TotalSeconds)
        - watch.ElapsedMilliseconds - (long)(grader.Options.Spent?.Invoke() ?? default).TotalMilliseconds;
    readonly Dictionary<int, CaseResult> _got = [];
    readonly HashSet<Question> _apart = [];
    readonly HashSet<string> _complex = [];
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
        grader.Options.Compiled?.Invoke();
        if (report.Build.Forbidden.Count > 0 && Assignment.Policy.Forbidden == "reject") return Rejected();
        if (!build.Report.Ok)
        {
            report = report with { Status = GradeStatus.CompileError, Message = NotCompiled(build) };
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
        StudentBuild build = StudentBuild.Make(Assignment, grader.Sources, handin, grader.ReadingSeconds, grader.Options);
        IReadOnlyList<string> forbidden = ForbiddenScan.Scan(Assignment, grader.Sources.Library, build);
        IReadOnlyList<string> beyond = build.OnWholeLibrary ? ForbiddenScan.BeyondHandout(grader.Sources, build) : [];
        report = report with { Build = build.Report with { Forbidden = forbidden, BeyondHandout = beyond } };
        if (build.OnWholeLibrary) _notes.Add(OnWholeLibrary);
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

    string NotCompiled(StudentBuild build)
    {
        // For a file that the student added, the handout has no replacement.
        return string.Join(" ", Sentences(build.Broken.Where(Assignment.ReadingSet.Contains),
            "does not compile: the handout's file was graded instead.", "do not compile: the handout's files were graded instead.")
            .Concat(Sentences(build.Broken.Where(path => !Assignment.ReadingSet.Contains(path)),
                "does not compile: it was left out.", "do not compile: they were left out."))
            .Concat(Sentences(build.Partly.Select(one => $"{one}"),
                "does not compile: it was left out, and the rest of the file was graded.",
                "do not compile: they were left out, and the rest of the files was graded.")));

        static IEnumerable<string> Sentences(IEnumerable<string> names, string one, string several)
        {
            string[] files = [.. names.Order(StringComparer.Ordinal)];
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

        // One timeout of a question is enough, and one of each kind of case where a part of it may still be right.
        bool TimedOutBefore(ProbeCase one) => cases.Any(
            other => other.Question == one.Question && all.TryGetValue(other.Id, out CaseResult? result) && result.Ending == Ending.Timeout
                && (other.Kind == one.Kind || !Judge.MayGivePoints(other, grader.Expected[other.Id], result)));

        void Take(ProbeCase one, CaseResult result)
        {
            if (result.Ending == Ending.Timeout) _timeouts++;
            else if (result.Ending is Ending.Completed) _timeouts = 0;
            all[one.Id] = result;
            results(one, result);
        }
    }

    bool HasTime() => Environment.TickCount64 + MillisecondsToTryMore <= _deadline;

    bool IsRight(ProbeCase one, CaseResult result) => Judge.IsRight(one, grader.Expected[one.Id], result);

    // What an earlier question left in the process, such as a static field, must not cost a later question points: a wrong one gets another
    // process.
    void RunWrongQuestionsApart(byte[] image)
    {
        foreach (var cases in grader.Cases.GroupBy(one => one.Question).Skip(1))
        {
            if (!cases.Any(IsWrong) || !HasTime()) continue;
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
        string[] numerical = [.. report.Questions.Where(question => question.LooksNumerical).Select(question => question.Id)];
        string[] complex = [.. numerical.Where(_complex.Contains)], different = [.. numerical.Except(complex)];
        if (different.Length > 0) _notes.Add($"{string.Join(", ", different)}: {LooksNumerical}");
        if (complex.Length > 0) _notes.Add($"{string.Join(", ", complex)}: {LooksComplex}");
        return report with
        {
            Staff = string.Join("\n", _notes.Append(_isolation.Note).Append(grader.Warning).Where(note => note.Length > 0)),
            Seconds = Math.Round(watch.Elapsed.TotalSeconds, 2),
        };
    }

    List<QuestionReport> Questions(StudentBuild build, bool last)
    {
        var reports = new List<QuestionReport>();
        var blame = new ExceptionBlame(Assignment.Questions);
        foreach (Question question in Assignment.Questions.Where(grader.IsGraded))
        {
            var cases = grader.Cases.Where(one => one.Question == question).ToList();
            if (!last && !cases.All(one => _got.ContainsKey(one.Id)))
            {
                reports.Add(GradeReports.NotRun(Assignment, question, "not run yet"));
                continue;
            }
            IReadOnlyList<TestReport> tests = Judge.Tests(question, cases, grader.Expected, _got);
            QuestionReport result = GradeReports.Of(Assignment, question) with
            {
                Tests = blame.Once(question, cases, _got, Explained(question, build, tests))
            };
            if (last && result.Score < result.MaxScore)
            {
                result = WithFeedback(question, cases, build, result, reports, blame.IsElsewhere(question, cases, _got));
                if (result.GradedAlone && !result.Tests.Any(test => test.Outcome == Outcome.Error)) blame.Forget(question);
            }
            else if (last && question.Blank.Count > 0)
            {
                if (ForbiddenScan.ComputesWithComplexNumbers(build, question.Blank)) _complex.Add(question.Id);
                result = result with
                {
                    LooksNumerical = _complex.Contains(question.Id) || Judge.LooksNumerical(question, cases, grader.Expected, _got),
                };
            }
            reports.Add(result);
        }
        return reports;
    }

    // If the question's file is the handout's, the reason for "not implemented" is named; what waits for it did not find it unwritten.
    IReadOnlyList<TestReport> Explained(Question question, StudentBuild build, IReadOnlyList<TestReport> tests)
    {
        string? reason = NotRunBecause(question, build);
        return [.. tests.Select(test => test.Outcome != Outcome.NotImplemented ? WithWhatIsForbidden(test)
            : reason is not null ? test with { Message = reason }
            : Judge.IsWaiting(test) ? Judge.WaitingBecause(test, id =>
                Assignment.Questions.FirstOrDefault(other => other.Id == id) is { } other ? NotRunBecause(other, build) : null)
            : test)];
    }

    // Why the handout's empty body stands in the place of what was handed in; null if it does not.
    string? NotRunBecause(Question question, StudentBuild build)
    {
        SourceMember[] members = [.. question.Blank.SelectMany(grader.Sources.Reference.Find)];
        var paths = members.Select(member => member.Path).ToHashSet();
        if (paths.FirstOrDefault(build.Missing.Contains) is { } missing)
            return $"missing file: {missing}, so the handout's empty body was run.";
        string? broken = paths.FirstOrDefault(build.Broken.Contains)
            ?? build.Partly.FirstOrDefault(left => members.Any(member => IsOf(left, member)))?.ToString();
        return broken is null ? null : $"the handout's empty body was run, because {broken} does not compile.";

        static bool IsOf(LeftOutDeclaration left, SourceMember member) => left.Path == member.Path
            && (left.Name == member.ShortName || member.Owner.EndsWith($".{left.Name}", StringComparison.Ordinal));
    }

    // An exception of a line that uses what the sandbox refuses: that it is refused here is said, since it is not at home.
    TestReport WithWhatIsForbidden(TestReport test)
    {
        if (test.Outcome != Outcome.Error) return test;
        return report.Build.Forbidden.FirstOrDefault(use => ForbiddenUse().Match(use) is { Success: true } found
            && test.Message.Contains($"{found.Groups[1].Value} line {found.Groups[2].Value}:", StringComparison.Ordinal)) is { } use
            ? test with { Message = $"{test.Message} The grader forbids this: {use}." }
            : test;
    }

    // "MyTorch/Operations/Products.cs(12,9): System.IO.File.ReadAllText (files)"
    [GeneratedRegex(@"^(.+)\((\d+),\d+\): ")]
    private static partial Regex ForbiddenUse();

    // The known mistake, and the better score that the question's code has inside the reference.
    QuestionReport WithFeedback(Question question,
        List<ProbeCase> cases, StudentBuild build, QuestionReport result, List<QuestionReport> before, bool threwElsewhere)
    {
        bool alone = MayBeBetterAlone(question, build, result, before);
        // An exception in the body of another question shows no mistake of this one.
        if (!threwElsewhere || !alone) result = WithHints(result, grader.Explain(question, cases, _got, HasTime), before);
        if (question.Composite && result.Mistakes.Count == 0) return result with { Needs = WrongBefore(question, before)?.Id };
        if (!alone || !HasTime()) return result;
        SourceTree ground = SourceGraft.WithoutOthers(Assignment, question, Assignment.Needed(question), grader.Sources.Reference);
        if (SourceGraft.IntoReference(question, ground, build, Assignment.ReadingSet) is not { } source) return result;
        if (StudentBuild.TryEmit(source) is not { } image) return result;

        IReadOnlyDictionary<int, CaseResult> got = RunCases(image, cases, (_, _) => { });
        IReadOnlyList<TestReport> tests = Judge.Tests(question, cases, grader.Expected, got);
        IReadOnlyList<Finding> findings = grader.Explain(question, cases, got, HasTime);
        if (tests.Sum(test => test.Score) > result.Score)
            return WithHints(result with { Tests = tests, GradedAlone = true }, findings, before);
        // With the rest right, a mistake may show that was hidden behind another one, or that was one of several.
        return result.Mistakes.Count == 0 || findings is [{ Results: [], Mistakes: [_], Negative: false }]
            ? WithHints(result, findings, before)
            : result;
    }

    // What was said at an earlier question is not said again.
    QuestionReport WithHints(QuestionReport result, IReadOnlyList<Finding> findings, List<QuestionReport> before)
    {
        string Hint(string mistake) => before.FirstOrDefault(other => other.Mistakes.Contains(mistake)) is { } other
            ? $"the mistake that is named at {other.Id} shows here too."
            : grader.Hint(mistake);
        // Of several that would explain it, the one that is known to be there.
        findings = [.. findings.Select(finding => finding.Mistakes.Where(one => before.Exists(other => other.Mistakes.Contains(one)))
            .Take(1).ToArray() is { Length: 1 } known ? finding with { Mistakes = known } : finding)];
        return result with
        {
            Mistakes = [.. findings.SelectMany(finding => finding.Mistakes).Distinct()],
            Hints = [.. findings.Select(finding => finding.Text(Hint)).Distinct()],
        };
    }

    // Only a wrong answer to a question that this one needs can be the cause, where there is an answer to this one.
    bool MayBeBetterAlone(Question question, StudentBuild build, QuestionReport result, List<QuestionReport> before)
    {
        if (question.Composite || question.Blank.Count == 0 || IsUnwritten(question, build)) return false;
        if (result.Tests.All(test => test.Score == test.MaxScore || test.Outcome == Outcome.NotImplemented && !Judge.IsWaiting(test)))
            return false;
        return WrongBefore(question, before) is not null;
    }

    QuestionReport? WrongBefore(Question question, List<QuestionReport> before)
    {
        IReadOnlySet<string> needed = Assignment.Needed(question);
        return before.FirstOrDefault(other => needed.Contains(other.Id) && other.Score < other.MaxScore);
    }

    // All members that it asks for are as in the handout.
    bool IsUnwritten(Question question, StudentBuild build) => question.Blank.All(name =>
    {
        (IReadOnlyList<SourceMember> written, IReadOnlyList<SourceMember> given) = (build.Source.Find(name), grader.Sources.Handout.Find(name));
        return written.Count == given.Count
            && written.Zip(given).All(pair => SyntaxFactory.AreEquivalent(pair.First.Syntax, pair.Second.Syntax));
    });
}
