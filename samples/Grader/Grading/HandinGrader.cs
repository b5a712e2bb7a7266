using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>How a grading run is set up, beside what the assignment says.</summary>
sealed record GradeOptions
{
    /// <summary>What hidden seeds derive from. Whoever knows it knows the hidden cases.</summary>
    public byte[] Secret { get; init; } = [];

    /// <summary>Grade only this question, and those of a group where it names one.</summary>
    public string? Question { get; init; }

    /// <summary>The kernel's layers around children; fewer in tests of what must hold without them.</summary>
    public Layers Layers { get; init; } = Layers.All;

    /// <summary>
    /// Called before a handin is read: with the report that stands if reading and compiling it never comes to an end, and how much time of a
    /// processor, in seconds, that may take.
    /// </summary>
    public Action<GradeReport, double>? Reading { get; init; }

    /// <summary>Called with what is known so far: once the handin is compiled, and after each question.</summary>
    public Action<GradeReport>? Progress { get; init; }
}

/// <summary>
/// Grades handins of one assignment. What is needed for it (probes, reference, expected answers) is made once; after that no file of the
/// assignment is read any more.
/// </summary>
sealed class HandinGrader : IDisposable
{
    // To read and compile an honest handin takes a small part of what was needed to get ready, the runtime's own start included.
    const double ReadingSeconds = 15, ReadingShare = 4;

    // After so many timeouts in a row without a single answer, what is left gets a second each.
    const int TimeoutsInARow = 3;

    readonly Assignment _assignment;
    readonly GradeOptions _options;
    readonly AssignmentSources _sources;
    readonly Reference _reference;
    readonly IReadOnlyList<ProbeCase> _cases;
    readonly IReadOnlyDictionary<int, CaseResult> _expected;
    readonly Hints _hints;
    readonly double _readingSeconds;
    readonly Dictionary<string, IReadOnlyDictionary<int, CaseResult>> _mistaken = [];

    /// <exception cref="SourceException">The assignment is broken: what, is in the message.</exception>
    public HandinGrader(AssignmentFolder folder, GradeOptions options)
    {
        Assignment assignment = folder.Assignment;
        (_assignment, _options, _hints) = (assignment, options, folder.Hints);
        _sources = new AssignmentSources(folder);
        _reference = new Reference(folder, _sources);
        _cases = [.. assignment.Questions.Where(IsGraded).SelectMany(Cases).Select((one, id) => one with { Id = id })];
        _expected = _reference.Run(_cases);
        foreach (ProbeCase one in _cases)
            if (Reference.Complaint(one, Named(one), _expected.GetValueOrDefault(one.Id)) is { } complaint) throw new SourceException(complaint);
        // A slow machine took longer to get here, too.
        _readingSeconds = Math.Max(ReadingSeconds, ReadingShare * Environment.CpuUsage.TotalTime.TotalSeconds);
    }

    public AssignmentSources Sources => _sources;

    /// <summary>What staff should know before any handin is graded; empty if there is nothing.</summary>
    public string Warning => _options.Secret.Length > 0 || _assignment.Seeds.Hidden == 0 ? "" :
        $"hidden cases derive from no secret, so that whoever has the assignment knows them: keep one in {Path.Combine(_assignment.Folder, "secret")} or name it with --secret.";

    public IReadOnlyList<Mistake> Mistakes => _reference.Mistakes;

    bool IsGraded(Question question) => !question.Manual && question.Probe is not null &&
        (_options.Question is null || question.Id == _options.Question || question.Group == _options.Question);

    IEnumerable<ProbeCase> Cases(Question question)
    {
        // Hidden cases first: where one of them uses up the time, it is known what it was that did.
        for (int i = 0; i < _assignment.Seeds.Hidden; i++) yield return new ProbeCase(0, question, HiddenSeed($"{question.Id}|{i}"), Single: false, Hidden: true);
        foreach (int seed in _assignment.Seeds.Visible) yield return new ProbeCase(0, question, seed, Single: false, Hidden: false);
        if (_assignment.Seeds.Visible.Count > 0) yield return new ProbeCase(0, question, _assignment.Seeds.Visible[0], Single: true, Hidden: false);
    }

    // "hidden case 1": its seed says nothing to an author.
    string Named(ProbeCase one)
    {
        int number = 1 + _cases.Where(other => other.Question == one.Question && other.Hidden == one.Hidden && other.Single == one.Single).TakeWhile(other => other != one).Count();
        return FormattableString.Invariant($"{(one.Hidden ? "hidden" : "visible")} case {number}{(one.Single ? " in Float32" : "")}");
    }

    byte[] Derived(string what) => SHA256.HashData([.. _options.Secret, .. Encoding.UTF8.GetBytes($"|{_assignment.Id}|{_assignment.Version}|{what}")]);

    int HiddenSeed(string what) => BitConverter.ToInt32(Derived(what)) & int.MaxValue | 1 << 20;

    /// <summary>The text for a known mistake; its id where the hints have none.</summary>
    public string Hint(Mistake mistake) => _hints.Mistakes.GetValueOrDefault(mistake.Id, mistake.Id);

    /// <summary>Grades a handin. It always ends with a report.</summary>
    public GradeReport Grade(string path) => Grade(() => Handin.Read(path, _assignment));

    /// <summary>Grades the graded files of a source.</summary>
    public GradeReport Grade(SourceTree source) =>
        Grade(() => Handin.Of(_assignment.ReadingSet.Where(source.Contains).Select(path => (path, source[path]))));

    /// <summary>Grades what is read.</summary>
    public GradeReport Grade(Func<Handin> read)
    {
        var watch = Stopwatch.StartNew();
        GradeReport report = Empty(_assignment) with { Seed = Convert.ToHexStringLower(Derived("mark"))[..8] };
        // Hostile source can bring down a compiler, or keep it busy for ever.
        GradeReport undigested = report with
        {
            Status = GradeStatus.CompileError,
            Message = FormattableString.Invariant(
                $"The handin could not be compiled: that brought down the compiler, or took more than {_readingSeconds:0} s of a processor. Is something nested hundreds deep, or one expression thousands of terms long?"),
            Questions = Zero("the handin does not compile"),
        };
        try
        {
            _options.Reading?.Invoke(undigested, _readingSeconds);
            return new Run(this, report, watch).Grade(read());
        }
        catch (InsufficientExecutionStackException)
        {
            return undigested with { Seconds = watch.Elapsed.TotalSeconds };
        }
        catch (InvalidHandinException e)
        {
            return report with { Status = GradeStatus.InvalidHandin, Message = e.Message, Questions = Zero("invalid handin"), Seconds = watch.Elapsed.TotalSeconds };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return report with
            {
                Status = GradeStatus.GraderError,
                Message = "The grader failed; this is no fault of the handin, and no points were recorded.",
                Staff = e is SourceException ? e.Message : e.ToString(),
                Seconds = watch.Elapsed.TotalSeconds,
            };
        }
    }

    /// <summary>A report without results.</summary>
    public static GradeReport Empty(Assignment assignment) => new()
    {
        Assignment = assignment.Id,
        Title = assignment.Title,
        Version = assignment.Version,
        Status = GradeStatus.Graded,
        Manual = [.. assignment.Questions.Where(question => question.Manual).Select(question => new ManualReport(question.Id, question.Title, question.Points))],
    };

    IReadOnlyList<QuestionReport> Zero(string message) =>
        [.. _assignment.Questions.Where(IsGraded).Select(question => Unrun(question, message))];

    QuestionReport Unrun(Question question, string message) => Describe(question) with
    {
        Tests = [.. Judge.Parts(question).Select(part => new TestReport { Id = part.Id, Name = part.Title, Outcome = Outcome.NotRun, Score = 0, MaxScore = part.Points, Message = message })],
    };

    QuestionReport Describe(Question question) => new()
    {
        Id = question.Id,
        Name = question.Title,
        Visibility = question.Visibility,
        Group = _assignment.Groups.FirstOrDefault(group => group.Id == question.Group)?.Title ?? "",
    };

    double Limit(Question question) => question.Seconds ?? _assignment.Limits.Seconds;

    /// <summary>The known mistake whose answers these are, in every case that was answered; null if there is none.</summary>
    Mistake? Recognise(Question question, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> got)
    {
        var answered = cases.Where(one => got.TryGetValue(one.Id, out CaseResult? answer) && answer.Ending is Ending.Completed or Ending.Threw).ToList();
        if (answered.Count == 0 || answered.All(one => got[one.Id].Threw("System.NotImplementedException"))) return null;
        foreach (Mistake mistake in _reference.Mistakes.Where(mistake => mistake.Question == question.Id))
        {
            if (!_mistaken.TryGetValue(mistake.Id, out var wrong)) _mistaken[mistake.Id] = wrong = _reference.Run(cases, mistake);
            if (answered.All(one => Alike(one, wrong[one.Id], got[one.Id])) && answered.Any(one => !Judge.IsRight(one, _expected[one.Id], wrong[one.Id]))) return mistake;
        }
        return null;
    }

    /// <summary>What a known mistake would get, and as which one it would be recognised.</summary>
    public (double Score, double MaxScore, string? Recognised) Try(Mistake mistake)
    {
        Question question = _assignment.Questions.FirstOrDefault(one => one.Id == mistake.Question)
            ?? throw new SourceException($"Mistake {mistake.Id}: there is no question {mistake.Question}.");
        var cases = _cases.Where(one => one.Question == question).ToList();
        IReadOnlyDictionary<int, CaseResult> wrong = _reference.Run(cases, mistake);
        return (Judge.Tests(question, cases, _expected, wrong, Limit(question)).Sum(test => test.Score), question.Points, Recognise(question, cases, wrong)?.Id);
    }

    static bool Alike(ProbeCase one, CaseResult mistaken, CaseResult got) =>
        mistaken.Ending == got.Ending && Kind(mistaken) == Kind(got) && mistaken.Returned.Count == got.Returned.Count &&
        mistaken.Returned.All(array => AlikeArrays(array, got.Returned.FirstOrDefault(other => other.Name == array.Name), one.Tolerance));

    static string? Kind(CaseResult result) => result.Exception is [var type, ..] ? type : null;

    // Here NaN is like NaN: a mistake may well give it.
    static bool AlikeArrays(Probes.Returned a, Probes.Returned? b, Probes.Tolerance tolerance) =>
        b is not null && (a.Shape is null ? b.Shape is null : b.Shape is not null && a.Shape.AsSpan().SequenceEqual(b.Shape)) && a.Values.Length == b.Values.Length &&
        a.Values.Zip(b.Values).All(pair => double.IsNaN(pair.First) && double.IsNaN(pair.Second) || tolerance.Accepts(pair.Second, pair.First));

    public void Dispose() => _reference.Dispose();

    /// <summary>The grading of one handin.</summary>
    sealed class Run(HandinGrader grader, GradeReport report, Stopwatch watch)
    {
        readonly long _deadline = Environment.TickCount64 + (long)(1000 * grader._assignment.Limits.TotalSeconds) - watch.ElapsedMilliseconds;
        readonly Dictionary<int, CaseResult> _got = [];
        readonly HashSet<Question> _apart = [];
        readonly Isolation _isolation = new() { Layers = grader._options.Layers };
        readonly List<string> _notes = [];
        const string Strays = "Processes were left behind, and ended.";
        int _timeouts;
        string _made = "";

        Assignment Assignment => grader._assignment;

        public GradeReport Grade(Handin handin)
        {
            report = report with { Handin = handin.Hash };
            if (handin.Assignment is { } id && id != Assignment.Id) throw new InvalidHandinException($"This is {id}, expected {Assignment.Id}.");
            if (handin.Version is { } version && version != Assignment.Version)
            {
                if (!Assignment.Accepts.Contains(version))
                    return report with
                    {
                        Status = GradeStatus.InvalidHandin,
                        Message = $"This was made from version {version} of {Assignment.Id}; expected version {Assignment.Version}. Copy your files into the newer handout.",
                        Staff = $"If both versions ask for the same members, write \"accepts\": [\"{version}\"] into assignment.json: then it is graded as version {Assignment.Version}.",
                        Questions = grader.Zero("invalid handin"),
                        Seconds = watch.Elapsed.TotalSeconds,
                    };
                _made = $"Made from version {version}; graded as version {Assignment.Version}.";
            }

            StudentBuild build = StudentBuild.Make(Assignment, grader._sources, handin);
            BuildReport buildReport = build.Report with { Forbidden = ForbiddenScan.Scan(Assignment, grader._sources.Library, build) };
            report = report with { Build = buildReport };
            if (buildReport.Forbidden.Count > 0 && Assignment.Policy.Forbidden == "reject")
                return report with
                {
                    Status = GradeStatus.Rejected,
                    Questions = grader.Zero("rejected: the code uses what the assignment forbids"),
                    Seconds = watch.Elapsed.TotalSeconds,
                    Message = $"The handin uses what the assignment forbids: {buildReport.Forbidden[0]}{(buildReport.Forbidden.Count > 1 ? $" and {buildReport.Forbidden.Count - 1} more" : "")}.",
                };
            if (build.Broken.Count > 0)
            {
                report = report with { Status = GradeStatus.CompileError, Message = Uncompiled(build.Broken) };
                if (Assignment.Policy.CompileError == "zero")
                    return report with { Questions = grader.Zero("the handin does not compile"), Seconds = watch.Elapsed.TotalSeconds };
            }

            Tell(build);
            RunCases(build.Image, grader._cases, (one, result) =>
            {
                _got[one.Id] = result;
                if (grader._cases.Where(other => other.Question == one.Question).All(other => _got.ContainsKey(other.Id))) Tell(build);
            });
            RunApart(build.Image);
            RunAgain(build.Image);
            if (_made.Length > 0) report = report with { Message = $"{report.Message} {_made}".Trim() };
            report = report with { Questions = Questions(build, last: true), Staff = string.Join("\n", _notes.Append(_isolation.Note).Append(grader.Warning).Where(note => note.Length > 0)) };
            return report with { Seconds = Math.Round(watch.Elapsed.TotalSeconds, 2) };
        }

        string Uncompiled(IReadOnlySet<string> broken)
        {
            // A file of the student's own has no other to stand in for it.
            IEnumerable<string> Sentences(bool asked, string one, string several)
            {
                string[] files = [.. broken.Where(path => Assignment.ReadingSet.Contains(path) == asked).Order(StringComparer.Ordinal)];
                if (files.Length > 0) yield return $"{string.Join(", ", files.Take(8))}{(files.Length > 8 ? FormattableString.Invariant($" and {files.Length - 8} more") : "")} {(files.Length == 1 ? one : several)}";
            }
            return string.Join(" ", Sentences(true, "does not compile: the handout's file was graded in its place.", "do not compile: the handout's files were graded in their place.")
                .Concat(Sentences(false, "does not compile: it was left out.", "do not compile: they were left out.")));
        }

        // If nothing follows, this is the report, and says why it is short.
        void Tell(StudentBuild build) => grader._options.Progress?.Invoke(report with
        {
            Message = $"{report.Message} The grading was ended before its end: what was not run has no points.".Trim(),
            Questions = Questions(build, last: false),
            Seconds = watch.Elapsed.TotalSeconds,
        });

        IReadOnlyDictionary<int, CaseResult> RunCases(byte[] image, IReadOnlyList<ProbeCase> cases, Action<ProbeCase, CaseResult> results, int? megabytes = null)
        {
            var all = new Dictionary<int, CaseResult>();
            foreach (var group in cases.GroupBy(one => one.Question.Megabytes ?? Assignment.Limits.Megabytes))
            {
                var children = new ChildRuns(grader._reference.Probes, image, Compiling.Dependencies, megabytes ?? group.Key, _isolation);
                children.Run(
                    [.. group], one => _timeouts >= TimeoutsInARow ? Math.Min(1, grader.Limit(one.Question)) : grader.Limit(one.Question), _deadline,
                    // One timeout of a question is enough.
                    one => cases.Any(other => other.Question == one.Question && all.TryGetValue(other.Id, out CaseResult? result) && result.Ending == Ending.Timeout),
                    (one, result) =>
                    {
                        if (result.Ending == Ending.Timeout) _timeouts++;
                        else if (result.Ending is Ending.Completed) _timeouts = 0;
                        all[one.Id] = result;
                        results(one, result);
                    });
                if (children.Strays > 0 && !_notes.Contains(Strays)) _notes.Add(Strays);
            }
            return all;
        }

        // What an earlier question left behind in the process, such as a static field, is no fault of a later one: that is tried in a process of its own.
        void RunApart(byte[] image)
        {
            foreach (var cases in grader._cases.GroupBy(one => one.Question).Skip(1))
            {
                bool IsWrong(ProbeCase one) => _got.TryGetValue(one.Id, out CaseResult? result) && result.Ending is Ending.Completed or Ending.Threw &&
                    !result.Threw("System.NotImplementedException") && !Judge.IsRight(one, grader._expected[one.Id], result);
                if (!cases.Any(IsWrong) || Environment.TickCount64 + 2000 > _deadline) continue;
                IReadOnlyDictionary<int, CaseResult> apart = RunCases(image, [.. cases], (_, _) => { });
                if (cases.All(one => apart.TryGetValue(one.Id, out CaseResult? result) && Judge.IsRight(one, grader._expected[one.Id], result)))
                {
                    foreach (ProbeCase one in cases) _got[one.Id] = apart[one.Id];
                    _apart.Add(cases.Key);
                }
            }
        }

        // What is right once and wrong the next time is not right; another order of summation, within the tolerance, is.
        void RunAgain(byte[] image)
        {
            var right = grader._cases.Where(one => _got.TryGetValue(one.Id, out CaseResult? first) && Judge.IsRight(one, grader._expected[one.Id], first)).ToList();
            if (right.Count == 0) return;
            foreach (var together in right.GroupBy(one => _apart.Contains(one.Question) ? one.Question : null)) RunCases(image, [.. together], Compare);

            void Compare(ProbeCase one, CaseResult second)
            {
                if (Judge.IsRight(one, grader._expected[one.Id], second)) return;
                _got[one.Id] = second.Ending == Ending.Completed ? new CaseResult
                {
                    Ending = Ending.Threw,
                    Exception = ["not deterministic"],
                    Seconds = second.Seconds,
                    Message = "not deterministic: two runs of the same case gave different results. Is there a random number, or a race between threads?",
                } : second;
            }
        }

        List<QuestionReport> Questions(StudentBuild build, bool last)
        {
            var reports = new List<QuestionReport>();
            foreach (Question question in Assignment.Questions.Where(grader.IsGraded))
            {
                var cases = grader._cases.Where(one => one.Question == question).ToList();
                if (!last && !cases.All(one => _got.ContainsKey(one.Id)))
                {
                    reports.Add(grader.Unrun(question, "not run yet"));
                    continue;
                }
                QuestionReport result = grader.Describe(question) with { Tests = Explained(question, build, Judge.Tests(question, cases, grader._expected, _got, grader.Limit(question))) };
                if (last && result.Score < result.MaxScore) result = Feedback(question, cases, build, result, reports);
                reports.Add(result);
            }
            return reports;
        }

        QuestionReport Feedback(Question question, List<ProbeCase> cases, StudentBuild build, QuestionReport result, List<QuestionReport> before)
        {
            if (grader.Recognise(question, cases, _got) is { } mistake) result = result with { Mistake = mistake.Id, Hint = grader.Hint(mistake) };
            if (!AloneMayBeBetter(question, result, before) || Environment.TickCount64 + 2000 > _deadline) return result;
            if (AloneSource(question, build) is not { } source || StudentBuild.TryEmit(source) is not { } image) return result;
            IReadOnlyDictionary<int, CaseResult> got = RunCases(image, cases, (_, _) => { });
            IReadOnlyList<TestReport> tests = Judge.Tests(question, cases, grader._expected, got, grader.Limit(question));
            if (tests.Sum(test => test.Score) <= result.Score)
            {
                // With the rest right, a mistake may show that was hidden behind another one.
                return result.Mistake is null && grader.Recognise(question, cases, got) is { } alone ? result with { Mistake = alone.Id, Hint = grader.Hint(alone) } : result;
            }
            string? left = grader.Recognise(question, cases, got)?.Id;
            return result with { Tests = tests, GradedAlone = true, Mistake = left, Hint = left is null ? null : grader.Hint(grader.Mistakes.First(one => one.Id == left)) };
        }

        // Only what an earlier question got wrong can be to blame for this one.
        bool AloneMayBeBetter(Question question, QuestionReport result, List<QuestionReport> before)
        {
            if (question.Composite || question.Blank.Count == 0) return false;
            if (result.Tests.All(test => test.Score == test.MaxScore || test.Outcome == Outcome.NotImplemented && !test.Message.StartsWith("waiting for ", StringComparison.Ordinal)))
                return false;
            var needed = new HashSet<string>();
            var open = new Stack<string>(question.DependsOn);
            while (open.TryPop(out string? id))
                if (needed.Add(id))
                    foreach (string other in Assignment.Questions.FirstOrDefault(one => one.Id == id)?.DependsOn ?? []) open.Push(other);
            return before.Any(other => needed.Contains(other.Id) && other.Score < other.MaxScore);
        }

        // The reference with this question's members, and the helpers beside them, as the student wrote them.
        SourceTree? AloneSource(Question question, StudentBuild build)
        {
            // Without the helpers that this question's own body is made of: they are the answer.
            var helping = new SourceEdits(grader._sources.Reference);
            foreach (SourceMember helper in question.Remove.SelectMany(grader._sources.Reference.Find)) helping.Remove(helper);
            SourceTree reference = helping.Apply();
            var edits = new SourceEdits(reference);
            var types = new HashSet<string>();
            var usings = new Dictionary<string, HashSet<string>>();
            SourceMember? Theirs(SourceMember mine) => build.Source.Find(mine.FullName).FirstOrDefault(member => member.Parameters == mine.Parameters && build.Graded.Contains(member.Path));
            foreach (SourceMember mine in question.Blank.SelectMany(reference.Find))
            {
                if (Theirs(mine) is not { } theirs) return null;
                edits.Replace(mine, theirs.Syntax.ToString());
                if (types.Add(mine.Owner))
                {
                    var helpers = build.Source.Members.Values.SelectMany(members => members)
                        .Where(member => member.Owner == mine.Owner && build.Graded.Contains(member.Path) && !reference.Find(member.FullName).Any(other => other.Parameters == member.Parameters))
                        .Select(member => member.Syntax).Distinct().ToList();
                    if (helpers.Count > 0) edits.AddAfter(mine, string.Join("\n\n", helpers.Select(helper => helper.ToString())));
                }
                if (!usings.TryGetValue(mine.Path, out var set)) usings[mine.Path] = set = [];
                set.UnionWith(((Microsoft.CodeAnalysis.CSharp.Syntax.CompilationUnitSyntax)theirs.Syntax.SyntaxTree.GetRoot()).Usings.Select(one => one.ToString()));
            }
            foreach ((string path, HashSet<string> wanted) in usings)
            {
                wanted.ExceptWith(((Microsoft.CodeAnalysis.CSharp.Syntax.CompilationUnitSyntax)reference.Syntax(path).GetRoot()).Usings.Select(one => one.ToString()));
                if (wanted.Count > 0) edits.Change(path, new(0, 0), string.Concat(wanted.Order(StringComparer.Ordinal).Select(one => one + " ")));
            }
            SourceTree alone = edits.Apply();
            foreach (string path in build.Graded)
                if (!Assignment.ReadingSet.Contains(path)) alone = alone.With(path, build.Source[path]);
            return alone;
        }

        // A question whose file is the handout's is not implemented for a reason worth naming.
        IReadOnlyList<TestReport> Explained(Question question, StudentBuild build, IReadOnlyList<TestReport> tests)
        {
            var paths = question.Blank.SelectMany(grader._sources.Reference.Find).Select(member => member.Path).ToHashSet();
            string? reason = paths.FirstOrDefault(build.Missing.Contains) is { } missing ? $"missing file: {missing}"
                : paths.FirstOrDefault(build.Broken.Contains) is { } broken ? $"{broken} does not compile" : null;
            return reason is null ? tests : [.. tests.Select(test => test.Outcome == Outcome.NotImplemented ? test with { Message = $"{reason} ({test.Message})" } : test)];
        }
    }
}
