using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Puts the graded files of a handin over the handout and compiles them by the grader's options: projects, props, analyzers and tests of the handin
/// have no part in it. A file that is missing or does not compile is replaced by the handout's, so that the others are still graded.
/// </summary>
sealed class StudentBuild
{
    static readonly EmitOptions s_emit = new(debugInformationFormat: DebugInformationFormat.Embedded);

    // Each compiles the library once.
    const int MostAttempts = 24;
    const int MostSuspects = 8;

    StudentBuild() { }

    /// <summary>The source that was compiled.</summary>
    public required SourceTree Source { get; init; }

    public required CSharpCompilation Compilation { get; init; }

    public required byte[] Image { get; init; }

    public required BuildReport Report { get; init; }

    /// <summary>The paths of the handed-in files that were compiled.</summary>
    public required IReadOnlySet<string> Graded { get; init; }

    /// <summary>Files that are the handout's because none was handed in.</summary>
    public required IReadOnlySet<string> Missing { get; init; }

    /// <summary>Files that are the handout's because the handed-in one does not compile.</summary>
    public required IReadOnlySet<string> Broken { get; init; }

    public static StudentBuild Make(Assignment assignment, AssignmentSources sources, Handin handin)
    {
        var ignored = new List<string>();
        var missing = new HashSet<string>();
        var broken = new HashSet<string>();
        var errors = new List<string>();
        int files = 0;

        // What is graded: the reading set, and files that the library does not have.
        var taken = SourceTree.Empty;
        foreach ((string path, string text) in handin.Files)
        {
            string inLibrary = path.StartsWith("Given/", StringComparison.Ordinal) ? path[6..] : path;
            if (!inLibrary.StartsWith("MyTorch/", StringComparison.Ordinal) || inLibrary.Split('/').Any(part => part is "bin" or "obj")) continue;
            if (assignment.ReadingSet.Contains(path) || !sources.Library.Contains(inLibrary) && path == inLibrary)
            {
                if (++files > SourceBounds.MostFiles) throw new InvalidHandinException($"The handin has more than {SourceBounds.MostFiles} C# files below MyTorch.");
                if (SourceBounds.Exceeded(path, text) is { } beyond)
                {
                    errors.Add(beyond);
                    broken.Add(path);
                }
                else taken = taken.With(path, WithoutForgedPlaces(path, text));
            }
            else if (IsChanged(sources, inLibrary, text)) ignored.Add($"You changed {path}: it is not graded.");
        }
        foreach (string path in assignment.ReadingSet)
            if (!taken.Contains(path) && !broken.Contains(path)) missing.Add(path);

        foreach (string path in taken.Paths)
        {
            List<Diagnostic> wrong = [.. taken.Syntax(path).GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error)];
            if (wrong.Count == 0) continue;
            errors.AddRange(wrong.Take(5).Select(Compiling.Describe));
            broken.Add(path);
        }

        SourceTree whole = ApiRepair.Repair(taken.Without(broken.Contains), sources.Handout, assignment.ReadingSet);
        // A whole checkout may use what the handout leaves out; but not other forms of the rules, which would do the work of a wrong one.
        Attempt Try(SourceTree ground, IEnumerable<string> also) => new(ground, Completed(ground, sources.Handout, whole.Without(path => broken.Contains(path) || also.Contains(path)), assignment));
        Attempt attempt = Try(sources.Handout, []);
        if (attempt.Image is null && Try(sources.Reference, []) is { } larger && (larger.Image is not null || larger.Errors.Count < attempt.Errors.Count)) attempt = larger;
        for (int attempts = 0; attempt.Image is null;)
        {
            string[] left = [.. taken.Paths.Where(path => !broken.Contains(path))];
            if (left.Length == 0) throw new SourceException($"The handout does not compile:\n{string.Join('\n', attempt.Errors.Take(5).Select(Compiling.Describe))}");
            string[] erring = [.. left.Where(path => attempt.Errors.Any(error => PathOf(error) == path))];
            string[] blamed = erring.Length > 0 ? erring : left;
            Attempt? next = null;
            // What is wrong in several files, or in those that nobody handed in, may be one file's doing: the library's name for something of its own.
            if (erring.Length != 1 || attempt.Errors.Any(error => PathOf(error) != erring[0]))
                foreach (string[] suspect in Suspects(left, assignment).Take(MostAttempts - attempts))
                {
                    attempts++;
                    Attempt without = Try(attempt.Ground, suspect);
                    if (without.Errors.Count >= (next ?? attempt).Errors.Count) continue;
                    (next, blamed) = (without, suspect);
                    if (without.Image is not null) break;
                }
            errors.AddRange(Described(attempt, blamed));
            broken.UnionWith(blamed);
            attempt = next ?? Try(attempt.Ground, []);
        }

        return new StudentBuild
        {
            Source = attempt.Source,
            Compilation = attempt.Compilation,
            Image = attempt.Image,
            Missing = missing,
            Broken = broken,
            Graded = taken.Paths.Where(path => !broken.Contains(path)).ToHashSet(),
            Report = new BuildReport
            {
                Ok = broken.Count == 0,
                Errors = [.. errors.Distinct()],
                StubbedFiles = [.. missing.Concat(broken).Order(StringComparer.Ordinal)],
                IgnoredFiles = ignored,
            },
        };
    }

    /// <summary>Sources compiled.</summary>
    sealed class Attempt
    {
        public Attempt(SourceTree ground, SourceTree source)
        {
            (Ground, Source) = (ground, source);
            Compilation = source.Compile("MyTorch", Compiling.LibraryReferences).WithOptions(Compiling.Options.WithAllowUnsafe(true));
            using var stream = new MemoryStream();
            EmitResult result = Compilation.Emit(stream, options: s_emit);
            if (result.Success) Image = stream.ToArray();
            else Errors = [.. result.Diagnostics.Where(error => error.Severity == DiagnosticSeverity.Error).OrderBy(PathOf, StringComparer.Ordinal).ThenBy(error => error.Location.SourceSpan.Start)];
        }

        /// <summary>What lies below the handed-in files.</summary>
        public SourceTree Ground { get; }

        public SourceTree Source { get; }

        public CSharpCompilation Compilation { get; }

        public byte[]? Image { get; }

        public IReadOnlyList<Diagnostic> Errors { get; } = [];
    }

    // Files that may be to blame, those of the student's own first; many of these together.
    static IEnumerable<string[]> Suspects(string[] left, Assignment assignment)
    {
        string[] own = [.. left.Where(path => !assignment.ReadingSet.Contains(path))], asked = [.. left.Except(own)];
        IEnumerable<string[]> together = own.Length > MostSuspects ? [own] : own.Select(path => new[] { path });
        return together.Concat(asked.Select(path => new[] { path }));
    }

    static IEnumerable<string> Described(Attempt attempt, string[] blamed)
    {
        var own = attempt.Errors.Where(error => blamed.Contains(PathOf(error)))
            .GroupBy(PathOf).SelectMany(group => group.Take(5)).ToList();
        return own.Count > 0 ? own.Select(Compiling.Describe)
            : attempt.Errors.Take(5).Select(error => $"{(blamed is [var one] ? one : "what was handed in")}: it makes others fail: {Compiling.Describe(error)}");
    }

    static string PathOf(Diagnostic error) => error.Location.SourceTree?.FilePath ?? "";

    // An error, or the trace of an exception, names the place where the code stands, not one that a directive makes up for it.
    static string WithoutForgedPlaces(string path, string text)
    {
        var root = SourceTree.Parse(path, text).GetRoot();
        if (!root.ContainsDirectives) return text;
        foreach (SyntaxTrivia directive in root.DescendantTrivia()
            .Where(trivia => trivia.GetStructure() is LineOrSpanDirectiveTriviaSyntax or PragmaChecksumDirectiveTriviaSyntax).OrderByDescending(trivia => trivia.SpanStart))
            text = text.Insert(directive.SpanStart, "//");
        return text;
    }

    /// <summary>Compiles a variation of the source; null if it does not compile.</summary>
    public static byte[]? TryEmit(SourceTree source)
    {
        using var stream = new MemoryStream();
        return source.Compile("MyTorch", Compiling.LibraryReferences).WithOptions(Compiling.Options.WithAllowUnsafe(true)).Emit(stream, options: s_emit).Success
            ? stream.ToArray()
            : null;
    }

    static SourceTree Completed(SourceTree ground, SourceTree handout, SourceTree taken, Assignment assignment)
    {
        SourceTree all = ground.With(taken);
        foreach (string path in assignment.ReadingSet)
            if (!taken.Contains(path) && handout.Contains(path)) all = all.With(path, ApiRepair.WithoutMoved(handout, path, taken)[path]);
        return all;
    }

    static bool IsChanged(AssignmentSources sources, string path, string text) =>
        !new[] { sources.Library, sources.Handout }.Any(source => source.Contains(path) && Same(source[path], text));

    static bool Same(string a, string b) => a.ReplaceLineEndings("\n").TrimEnd() == b.ReplaceLineEndings("\n").TrimEnd();
}
