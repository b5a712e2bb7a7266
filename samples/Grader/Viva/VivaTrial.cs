using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Viva;

/// <summary>Runs a handin and variations of it in the sandbox, and says which questions fail.</summary>
sealed class VivaTrial(HandinGrader grader, StudentBuild build)
{
    // Shorter than in grading: nobody loses points, and a handin may be tried many times.
    const double SecondsForCase = 2, SecondsForRun = 100;

    const int LongestReason = 240;

    readonly Isolation _isolation = new() { Layers = grader.Options.Layers };

    // The visible cases say enough, and composite questions take long.
    readonly ProbeCase[] _cases = [.. grader.Cases.Where(one => !one.Hidden && !one.Single && !one.Question.Composite)];

    /// <summary>What the handin itself answers.</summary>
    public IReadOnlyDictionary<int, CaseResult> Baseline { get; private set; } = new Dictionary<int, CaseResult>();

    /// <summary>The questions that the handin answers rightly.</summary>
    public IReadOnlySet<Question> Right { get; private set; } = new HashSet<Question>();

    /// <summary>Whether no question was left out for want of time.</summary>
    public bool IsComplete => _cases.GroupBy(one => one.Question).All(cases => cases.All(one => Baseline.ContainsKey(one.Id))
        || cases.Any(one => Baseline.GetValueOrDefault(one.Id)?.Ending == Ending.Timeout));

    public void RunBaseline()
    {
        Baseline = Run(build.Image, _cases);
        Right = _cases.Select(one => one.Question).Distinct().Where(question => !Fails(question, Baseline)).ToHashSet();
    }

    /// <summary>Runs cases on an assembly.</summary>
    public IReadOnlyDictionary<int, CaseResult> Run(byte[] image, IReadOnlyList<ProbeCase> cases)
    {
        var got = new Dictionary<int, CaseResult>();
        if (cases.Count == 0) return got;
        int megabytes = cases.Max(one => one.Question.Megabytes ?? grader.Assignment.Limits.Megabytes);
        new ChildRuns(grader.Probes, image, Compiling.Dependencies, megabytes, _isolation).Run(cases,
            one => Math.Min(SecondsForCase, grader.Limit(one.Question)), Environment.TickCount64 + (long)(1000 * SecondsForRun),
            one => cases.Any(other => other.Question == one.Question && got.GetValueOrDefault(other.Id)?.Ending == Ending.Timeout),
            (one, result) => got[one.Id] = result);
        return got;
    }

    bool Fails(Question question, IReadOnlyDictionary<int, CaseResult> got) => _cases.Where(one => one.Question == question)
        .Any(one => !Judge.IsRight(one, grader.Expected[one.Id], got.GetValueOrDefault(one.Id, CaseResult.NotRun)));

    /// <summary>Of the questions that the handin answers rightly those that fail with a change; null if it does not compile.</summary>
    public ChangeResult? With(CodeEdit edit)
    {
        SourceTree changed = edit.Apply(build.Source);
        if (Emit(edit.Member, changed) is not { } image) return null;
        IReadOnlyDictionary<int, CaseResult> got = Run(image, [.. _cases.Where(one => Right.Contains(one.Question))]);
        return new(edit, changed, got, [.. grader.Assignment.Questions.Where(question => Right.Contains(question) && Fails(question, got))]);
    }

    /// <summary>The assembly of a changed source; null if it does not compile, which its changed member tells at once.</summary>
    public byte[]? Emit(SourceMember member, SourceTree changed)
    {
        CSharpCompilation compilation = build.Compilation.ReplaceSyntaxTree(member.Syntax.SyntaxTree, changed.Syntax(member.Path));
        SourceMember? now = changed.Find(member.FullName).FirstOrDefault(other => other.Parameters == member.Parameters);
        if (now is null) return null;
        foreach (string path in changed.Paths.Where(path => !build.Source.Contains(path)))
            compilation = compilation.AddSyntaxTrees(changed.Syntax(path));
        SemanticModel model = compilation.GetSemanticModel(now.Syntax.SyntaxTree);
        return model.GetDiagnostics(now.Syntax.Span).Any(one => one.Severity == DiagnosticSeverity.Error) ? null
            : StudentBuild.Emit(compilation).Image;
    }

    /// <summary>"4.4 Linear: db fails: the gradient: failed: db: the shape is (5, 3); expected (3)."</summary>
    public string Describe(Question question, IReadOnlyDictionary<int, CaseResult> got)
    {
        ProbeCase[] cases = [.. _cases.Where(one => one.Question == question)];
        IReadOnlyList<TestReport> tests = Judge.Tests(question, cases, grader.Expected, got);
        TestReport? lost = tests.FirstOrDefault(test => test.Score < test.MaxScore);
        string why = lost is null ? "" : $": {ReportText.Lost(GradeReports.Of(grader.Assignment, question) with { Tests = tests }, lost)}";
        if (why.Length > LongestReason) why = why[..LongestReason] + "…";
        return $"{question.Id} {question.Title} fails{why}";
    }

    /// <summary>What the known mistakes of the assignment say about a changed handin; empty if none explains it.</summary>
    public IReadOnlyList<string> Known(Question question, IReadOnlyDictionary<int, CaseResult> got) =>
        [.. grader.Explain(question, [.. grader.Cases.Where(one => one.Question == question)], got, () => false)
            .SelectMany(finding => finding.Mistakes).Distinct().Select(grader.Hint)];
}

/// <summary>What a change to a handin does.</summary>
/// <param name="Edit">The change.</param>
/// <param name="Source">The source with it.</param>
/// <param name="Got">What it answers.</param>
/// <param name="Failing">The questions that were right and are wrong now.</param>
sealed record ChangeResult(CodeEdit Edit, SourceTree Source, IReadOnlyDictionary<int, CaseResult> Got, IReadOnlyList<Question> Failing);
