using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Grades handins of one assignment. What that needs (probes, reference, expected answers) is made once; after that no file of the
/// assignment is read.
/// </summary>
sealed class HandinGrader : IDisposable
{
    // Reading and compiling an honest handin takes a small part of the time that getting ready took, the runtime's start included.
    const double LeastReadingSeconds = 15, ReadingShare = 4;

    // Hidden seeds are at least this, visible ones usually below it.
    const int LowestHiddenSeed = 1 << 20;

    readonly GradeOptions _options;
    readonly Reference _reference;
    readonly Reference? _made;
    readonly Hints _hints;
    readonly KnownMistakes _known;

    /// <param name="folder">The assignment.</param>
    /// <param name="options">How it is graded.</param>
    /// <param name="reference">Its reference, which stays the caller's; if left out, it is made, which takes seconds.</param>
    /// <exception cref="SourceException">The assignment is broken; the message says what to correct.</exception>
    public HandinGrader(AssignmentFolder folder, GradeOptions options, Reference? reference = null)
    {
        (Assignment, _options, _hints) = (folder.Assignment, options, folder.Hints);
        _reference = reference ?? (_made = new Reference(folder, new AssignmentSources(folder)));
        Cases = [.. Assignment.Questions.Where(IsGraded).SelectMany(CasesOf).Select((one, id) => one with { Id = id })];
        Expected = _reference.Run(Cases);
        foreach (ProbeCase one in Cases)
            if (Reference.Complaint(one, Named(one), Expected.GetValueOrDefault(one.Id)) is { } complaint)
                throw new SourceException(complaint);
        _known = new KnownMistakes(_reference, Assignment.Questions);
        // A slow machine took longer to get here, too.
        ReadingSeconds = Math.Max(LeastReadingSeconds, ReadingShare * Environment.CpuUsage.TotalTime.TotalSeconds);
    }

    /// <summary>How much time of a processor reading and compiling a handin may take, in seconds.</summary>
    public double ReadingSeconds { get; }

    public Assignment Assignment { get; }

    public AssignmentSources Sources => _reference.Sources;

    /// <summary>The cases of all graded questions, in order.</summary>
    public IReadOnlyList<ProbeCase> Cases { get; }

    /// <summary>What the reference answers, by the case's number.</summary>
    public IReadOnlyDictionary<int, CaseResult> Expected { get; }

    /// <summary>The probes and their host, as the child process loads them.</summary>
    public byte[] Probes => _reference.Probes;

    public GradeOptions Options => _options;

    /// <summary>What staff should know before any handin is graded; empty if there is nothing.</summary>
    public string Warning => _options.Secret.Length > 0 || Assignment.Seeds.Hidden == 0 ? "" :
        "There is no secret, so anyone who has the assignment can compute the hidden cases. " +
        $"Put a secret into {Path.Combine(Assignment.Folder, "secret")}, or name its file with --secret.";

    public IReadOnlyList<Mistake> Mistakes => [.. _reference.Mistakes.Where(mistake => !mistake.IsRight)];

    /// <summary>Right answers in the form that mistakes vary.</summary>
    public IReadOnlyList<Mistake> RightForms => [.. _reference.Mistakes.Where(mistake => mistake.IsRight)];

    /// <summary>Two known mistakes at once.</summary>
    public IReadOnlyList<Mistake> Pairs => _reference.Pairs;

    /// <summary>Those of the pairs of which this is true; the others need not be compiled.</summary>
    public IReadOnlyList<Mistake> PairsWhere(Func<Mistake, bool> wanted) => _reference.PairsWhere(wanted);

    public bool IsGraded(Question question) => !question.Manual && question.Probe is not null &&
        (_options.Question is null || question.Id == _options.Question || question.Group == _options.Question);

    IEnumerable<ProbeCase> CasesOf(Question question)
    {
        // Hidden cases first: where one of them uses up the time, the report can say so.
        for (int i = 0; i < Assignment.Seeds.Hidden; i++)
            yield return new ProbeCase(0, question, HiddenSeed($"{question.Id}|{i}"), Single: false, Hidden: true);
        foreach (int seed in Assignment.Seeds.Visible) yield return new ProbeCase(0, question, seed, Single: false, Hidden: false);
        if (Assignment.Seeds.Visible.Count > 0)
            yield return new ProbeCase(0, question, Assignment.Seeds.Visible[0], Single: true, Hidden: false);
    }

    // "hidden case 1": its seed says nothing to an author.
    string Named(ProbeCase one)
    {
        int number = 1 + Cases
            .Where(other => other.Question == one.Question && other.Hidden == one.Hidden && other.Single == one.Single)
            .TakeWhile(other => other != one).Count();
        return FormattableString.Invariant($"{(one.Hidden ? "hidden" : "visible")} case {number}{(one.Single ? " in Float32" : "")}");
    }

    /// <summary>What is drawn from the secret for a purpose: the same for every run, and unknown to anyone without the secret.</summary>
    public byte[] Derived(string what) =>
        SHA256.HashData([.. _options.Secret, .. Encoding.UTF8.GetBytes($"|{Assignment.Id}|{Assignment.Version}|{what}")]);

    int HiddenSeed(string what) => BitConverter.ToInt32(Derived(what)) & int.MaxValue | LowestHiddenSeed;

    /// <summary>What the reference answers to a case that is not one of the questions'.</summary>
    /// <exception cref="SourceException">It does not answer; the message names the probe.</exception>
    public CaseResult Answer(ProbeCase one)
    {
        CaseResult? answer = _reference.Run([one]).GetValueOrDefault(one.Id);
        return Reference.Complaint(one, one.Question.Title, answer) is { } complaint ? throw new SourceException(complaint) : answer!;
    }

    /// <summary>The text for a known mistake; its id where the hints have none.</summary>
    public string Hint(string mistake) => _hints.Mistakes.GetValueOrDefault(mistake, mistake);

    /// <summary>The wall time of one case of a question, in seconds.</summary>
    public double Limit(Question question) => question.Seconds ?? Assignment.Limits.Seconds;

    /// <summary>The known mistakes that explain what is wrong in these answers; empty if none does.</summary>
    public IReadOnlyList<Finding> Explain(Question question, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> got,
        Func<bool>? hasTime = null) => _known.Explain(question, cases, Expected, got, hasTime ?? (() => true));

    /// <summary>Grades a handin. It always ends with a report.</summary>
    public GradeReport Grade(string path) => Grade(() => Handin.Read(path, Assignment));

    /// <summary>Grades the graded files of a source, as part of a copy of the repository.</summary>
    public GradeReport Grade(SourceTree source) =>
        Grade(() => Checkout(Assignment.ReadingSet.Where(source.Contains).Select(path => (path, source[path]))));

    /// <summary>A handin that is a copy of the repository with these files in it.</summary>
    public Handin Checkout(IEnumerable<(string Path, string Text)> files) => Handin.Of(Sources.Library.Paths.Except(Assignment.ReadingSet)
        .Select(path => (path, Sources.Library[path])).Concat(files));

    /// <summary>Grades what is read.</summary>
    public GradeReport Grade(Func<Handin> read)
    {
        var watch = Stopwatch.StartNew();
        GradeReport report = GradeReports.Empty(Assignment) with { Seed = Convert.ToHexStringLower(Derived("mark"))[..8] };
        GradeReport uncompilable = Uncompilable(report);
        try
        {
            _options.Reading?.Invoke(uncompilable, ReadingSeconds);
            return new GradingRun(this, report, watch).Grade(read());
        }
        catch (InsufficientExecutionStackException)
        {
            return uncompilable with
            {
                Message = "The handin could not be compiled: the compiler ran out of stack. Deep nesting can be the reason.",
                Seconds = watch.Elapsed.TotalSeconds,
            };
        }
        catch (InvalidHandinException e)
        {
            return report with
            {
                Status = GradeStatus.InvalidHandin,
                Message = e.Message,
                Questions = Zero("invalid handin"),
                Seconds = watch.Elapsed.TotalSeconds,
            };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return report with
            {
                Status = GradeStatus.GraderError,
                Message = GradeReports.FailedMessage,
                Staff = e is SourceException ? e.Message : e.ToString(),
                Seconds = watch.Elapsed.TotalSeconds,
            };
        }
    }

    // Hostile source can crash a compiler, or keep it busy for days.
    GradeReport Uncompilable(GradeReport report) => report with
    {
        Status = GradeStatus.CompileError,
        Message = "The handin could not be compiled: the process that compiles it ended without a report, or " +
            FormattableString.Invariant($"needed more than {ReadingSeconds:0} s of processor time. ") +
            "Deep nesting and very long expressions can be the reason.",
        Questions = Zero("the handin does not compile"),
    };

    /// <summary>All graded questions without points, for one reason.</summary>
    public IReadOnlyList<QuestionReport> Zero(string message) =>
        [.. Assignment.Questions.Where(IsGraded).Select(question => GradeReports.NotRun(Assignment, question, message))];

    /// <summary>How many points a known mistake would get, and how it would be explained.</summary>
    /// <param name="mistake">The mistake.</param>
    /// <param name="asked">The question that it is tried on; its own if left out.</param>
    public Trial Try(Mistake mistake, string? asked = null)
    {
        Question question = Assignment.Questions.FirstOrDefault(one => one.Id == (asked ?? mistake.Question))
            ?? throw new SourceException($"Mistake {mistake.Id}: there is no question {mistake.Question}.");
        var cases = Cases.Where(one => one.Question == question).ToList();
        // A single mistake runs once more than it is recognised by, and so is found out if it answers in another way each time.
        IReadOnlyDictionary<int, CaseResult> wrong =
            mistake.Of.Count > 1 ? _known.Answers(question, cases, mistake) : _reference.Run(cases, mistake);
        IReadOnlyList<TestReport> tests = Judge.Tests(question, cases, Expected, wrong);
        return new Trial(tests.Sum(test => test.Score), question.Points, Explain(question, cases, wrong))
        {
            OnlyThrew = !tests.Any(test => test.Outcome == Outcome.Failed),
        };
    }

    public void Dispose() => _made?.Dispose();
}

/// <summary>What a mistake in the reference costs its question, and what is named.</summary>
/// <param name="Score">The points that are left.</param>
/// <param name="MaxScore">The question's points.</param>
/// <param name="Findings">The mistakes that its answers are explained by.</param>
sealed record Trial(double Score, double MaxScore, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether no wrong number was returned: exceptions alone do not say which two mistakes were made.</summary>
    public bool OnlyThrew { get; init; }
}
