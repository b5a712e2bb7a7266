using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Finds the largest part of a handin that compiles: it takes the graded files, leaves out those with syntax errors, and then leaves out
/// file after file until the rest compiles. <see cref="Make"/> is the list of steps.
/// </summary>
sealed class StudentCompilation(Assignment assignment, AssignmentSources sources, Handin handin)
{
    // Each compiles the library once.
    const int MostAttempts = 24;

    const int MostSuspects = 8;
    const int MostErrorsPerFile = 5;

    // So many of the student's own files in folders that no homework compiles are named; the others are counted.
    const int MostOwnNamed = 20;

    const string GivenFolder = "Given/";

    readonly List<string> _ignored = [], _errors = [];
    readonly HashSet<string> _broken = [];
    SourceTree _taken = SourceTree.Empty;
    int _attempts, _own;

    public StudentBuild Make()
    {
        TakeGradedFiles();
        var missing = assignment.ReadingSet.Where(path => !_taken.Contains(path) && !_broken.Contains(path)).ToHashSet();
        LeaveOutSyntaxErrors();
        SourceTree whole = ApiRepair.Repair(_taken.Without(_broken.Contains), sources.Handout, assignment.ReadingSet);
        Attempt attempt = TryOnBothGrounds(whole);
        while (attempt.Image is null) attempt = LeaveOutBlamed(attempt, whole);
        return new StudentBuild
        {
            Source = attempt.Source,
            Compilation = attempt.Compilation,
            Image = attempt.Image,
            Missing = missing,
            Broken = _broken,
            Graded = _taken.Paths.Where(path => !_broken.Contains(path)).ToHashSet(),
            Report = new BuildReport
            {
                Ok = _broken.Count == 0,
                Errors = [.. _errors.Distinct()],
                StubbedFiles = [.. missing.Concat(_broken).Order(StringComparer.Ordinal)],
                IgnoredFiles = _ignored,
            },
        };
    }

    // What is graded: the reading set, and files that the library does not have.
    void TakeGradedFiles()
    {
        int files = 0;
        foreach ((string path, string text) in handin.Files)
        {
            string inLibrary = path.StartsWith(GivenFolder, StringComparison.Ordinal) ? path[GivenFolder.Length..] : path;
            if (!inLibrary.StartsWith("MyTorch/", StringComparison.Ordinal) || inLibrary.Split('/').Any(part => part is "bin" or "obj"))
                continue;
            if (AssignmentFolder.IsBesideHomework(inLibrary)) NameBesideHomework(path, inLibrary, text);
            else if (assignment.ReadingSet.Contains(path) || !sources.Library.Contains(inLibrary) && path == inLibrary)
            {
                if (++files > SourceBounds.MostFiles)
                    throw new InvalidHandinException($"The handin has more than {SourceBounds.MostFiles} C# files in the folder MyTorch.");
                Take(path, text);
            }
            else if (IsChanged(inLibrary, text)) _ignored.Add($"You changed {path}: it is not graded.");
        }
        if (_own > MostOwnNamed)
            _ignored.Add(FormattableString.Invariant($"{_own - MostOwnNamed} more files of yours in such folders are not graded."));
    }

    // A handin that is a whole checkout has the library's files of these folders: only what differs from them is worth a remark.
    void NameBesideHomework(string path, string inLibrary, string text)
    {
        if (sources.BesideHomework.TryGetValue(inLibrary, out string? original))
        {
            if (!IsSameText(original, text)) _ignored.Add($"You changed {path}: it is not graded.");
        }
        else if (++_own <= MostOwnNamed)
            _ignored.Add($"{path} is yours and is not graded: no homework compiles the files of " +
                $"{inLibrary[..inLibrary.LastIndexOf('/')]}. Move it to the folder MyTorch.");
    }

    void Take(string path, string text)
    {
        if (SourceBounds.Exceeded(path, text) is { } exceeded)
        {
            _errors.Add(exceeded);
            _broken.Add(path);
        }
        else _taken = _taken.With(path, WithoutLineDirectives(path, text));
    }

    // An error, or the trace of an exception, names the line where the code is, not one that a directive pretends.
    static string WithoutLineDirectives(string path, string text)
    {
        SyntaxNode root = SourceTree.Parse(path, text).GetRoot();
        if (!root.ContainsDirectives) return text;
        IEnumerable<SyntaxTrivia> directives = root.DescendantTrivia()
            .Where(trivia => trivia.GetStructure() is LineOrSpanDirectiveTriviaSyntax or PragmaChecksumDirectiveTriviaSyntax)
            .OrderByDescending(trivia => trivia.SpanStart);
        foreach (SyntaxTrivia directive in directives) text = text.Insert(directive.SpanStart, "//");
        return text;
    }

    bool IsChanged(string path, string text) =>
        !new[] { sources.Library, sources.Handout }.Any(source => source.Contains(path) && IsSameText(source[path], text));

    static bool IsSameText(string a, string b) => a.ReplaceLineEndings("\n").TrimEnd() == b.ReplaceLineEndings("\n").TrimEnd();

    void LeaveOutSyntaxErrors()
    {
        foreach (string path in _taken.Paths)
        {
            List<Diagnostic> wrong = [.. _taken.Syntax(path).GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error)];
            if (wrong.Count == 0) continue;
            _errors.AddRange(wrong.Take(MostErrorsPerFile).Select(Compiling.Describe));
            _broken.Add(path);
        }
    }

    // A whole checkout may use what the handout leaves out; but not the other forms of the rules, which would do the work of a wrong one.
    Attempt TryOnBothGrounds(SourceTree whole)
    {
        Attempt onHandout = Try(sources.Handout, whole, []);
        if (onHandout.Image is not null) return onHandout;
        Attempt onReference = Try(sources.Reference, whole, []);
        return onReference.Image is not null || onReference.Errors.Count < onHandout.Errors.Count ? onReference : onHandout;
    }

    Attempt Try(SourceTree ground, SourceTree whole, IEnumerable<string> leftOut)
    {
        SourceTree taken = whole.Without(path => _broken.Contains(path) || leftOut.Contains(path));
        return new Attempt(ground, Completed(ground, taken));
    }

    // The handout's file stands in for each file of the reading set that is not taken.
    SourceTree Completed(SourceTree ground, SourceTree taken)
    {
        SourceTree all = ground.With(taken);
        foreach (string path in assignment.ReadingSet)
            if (!taken.Contains(path) && sources.Handout.Contains(path))
                all = all.With(path, ApiRepair.WithoutMoved(sources.Handout, path, taken)[path]);
        return all;
    }

    Attempt LeaveOutBlamed(Attempt attempt, SourceTree whole)
    {
        string[] left = [.. _taken.Paths.Where(path => !_broken.Contains(path))];
        if (left.Length == 0)
            throw new SourceException(
                $"The handout does not compile:\n{string.Join('\n', attempt.Errors.Take(MostErrorsPerFile).Select(Compiling.Describe))}");
        string[] erring = [.. left.Where(path => attempt.Errors.Any(error => PathOf(error) == path))];
        string[] blamed = erring.Length > 0 ? erring : left;
        Attempt? next = null;
        // Errors in several files, or in given ones, may have their cause in one file, such as a type that takes the name of the library's.
        if (erring.Length != 1 || attempt.Errors.Any(error => PathOf(error) != erring[0]))
            foreach (string[] suspect in Suspects(left).Take(MostAttempts - _attempts))
            {
                _attempts++;
                Attempt without = Try(attempt.Ground, whole, suspect);
                if (without.Errors.Count >= (next ?? attempt).Errors.Count) continue;
                (next, blamed) = (without, suspect);
                if (without.Image is not null) break;
            }
        _errors.AddRange(Described(attempt, blamed));
        _broken.UnionWith(blamed);
        return next ?? Try(attempt.Ground, whole, []);
    }

    // Files that may be the cause, those that the student added first; many of these together.
    IEnumerable<string[]> Suspects(string[] left)
    {
        string[] own = [.. left.Where(path => !assignment.ReadingSet.Contains(path))], asked = [.. left.Except(own)];
        IEnumerable<string[]> together = own.Length > MostSuspects ? [own] : own.Select(path => new[] { path });
        return together.Concat(asked.Select(path => new[] { path }));
    }

    static IEnumerable<string> Described(Attempt attempt, string[] blamed)
    {
        List<Diagnostic> own =
        [
            .. attempt.Errors.Where(error => blamed.Contains(PathOf(error))).GroupBy(PathOf)
            .SelectMany(group => group.Take(MostErrorsPerFile)),
        ];
        string cause = blamed is [var one] ? one : "the handin";
        return own.Count > 0
            ? own.Select(Compiling.Describe)
            : attempt.Errors.Take(MostErrorsPerFile)
                .Select(error => $"{cause} causes an error in another file: {Compiling.Describe(error)}");
    }

    static string PathOf(Diagnostic error) => error.Location.SourceTree?.FilePath ?? "";

    /// <summary>Sources compiled.</summary>
    sealed class Attempt
    {
        public Attempt(SourceTree ground, SourceTree source)
        {
            (Ground, Source) = (ground, source);
            Compilation = StudentBuild.Compile(source);
            (Image, IEnumerable<Diagnostic> said) = StudentBuild.Emit(Compilation);
            if (Image is null)
                Errors =
                [
                    .. said.Where(error => error.Severity == DiagnosticSeverity.Error)
                        .OrderBy(PathOf, StringComparer.Ordinal).ThenBy(error => error.Location.SourceSpan.Start),
                ];
        }

        /// <summary>What lies below the handed-in files: the handout or the reference.</summary>
        public SourceTree Ground { get; }

        public SourceTree Source { get; }

        public CSharpCompilation Compilation { get; }

        public byte[]? Image { get; }

        public IReadOnlyList<Diagnostic> Errors { get; } = [];
    }
}
