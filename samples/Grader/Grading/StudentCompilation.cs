using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Takes the graded files of a handin, and finds the largest part of them that compiles. <see cref="Make"/> is the list of steps.
/// </summary>
sealed class StudentCompilation(Assignment assignment, AssignmentSources sources, Handin handin, CompilerTime time)
{
    /// <summary>The steps of a <see cref="CompilerSurvey"/> that were not finished. What they are about is left out.</summary>
    public IReadOnlyList<string> Unfinished { get; init; } = [];

    const int MostErrorsPerFile = 5;

    // So many of the student's own files in folders that no homework compiles are named; the others are counted.
    const int MostOwnNamed = 20;

    const string GivenFolder = "Given/";

    readonly List<string> _ignored = [], _errors = [];
    readonly HashSet<string> _broken = [];
    readonly List<LeftOutDeclaration> _partly = [];
    SourceTree _taken = SourceTree.Empty;
    int _own;

    public StudentBuild Make()
    {
        TakeGradedFiles();
        var missing = assignment.ReadingSet.Where(path => !_taken.Contains(path) && !_broken.Contains(path)).ToHashSet();
        SourceTree whole = WithoutUnfinished(Compilable());
        var search = new CompilableSearch(assignment, sources, whole, IsCheckout, time);
        CompileAttempt attempt = search.Run();
        _errors.AddRange(search.Errors);
        _broken.UnionWith(search.Broken);
        return new StudentBuild
        {
            Source = attempt.Source,
            Compilation = attempt.Compilation,
            Image = attempt.Image!,
            Missing = missing,
            Broken = _broken,
            Partly = [.. search.Partly, .. _partly],
            OnWholeLibrary = attempt.Ground == sources.Reference,
            Graded = _taken.Paths.Where(path => !_broken.Contains(path)).ToHashSet(),
            Report = new BuildReport
            {
                Ok = _broken.Count == 0 && search.Partly.Count == 0 && _partly.Count == 0,
                Errors = [.. _errors.Distinct()],
                StubbedFiles = [.. missing.Concat(_broken).Order(StringComparer.Ordinal)],
                MissingFiles = [.. missing.Order(StringComparer.Ordinal)],
                IgnoredFiles = _ignored,
            },
        };
    }

    /// <summary>Tells each step of compiling before it is made, and makes it.</summary>
    /// <param name="step">Receives each step, and how much time of a processor it may take, in seconds.</param>
    public void Survey(Action<string, double> step)
    {
        TakeGradedFiles();
        new CompilerSurvey(IsCheckout ? sources.Reference : sources.Handout, Compilable(), Unfinished, step).Run();
    }

    SourceTree Compilable()
    {
        LeaveOutSyntaxErrors();
        return ApiRepair.Repair(WithoutRulesInOnePass(_taken.Without(_broken.Contains)), sources.Handout, assignment.ReadingSet);
    }

    SourceTree WithoutUnfinished(SourceTree whole)
    {
        foreach (SourcePiece piece in CompilerSurvey.Pieces(whole, Unfinished))
        {
            if (piece.IsFile) _broken.Add(piece.Path);
            else _partly.AddRange(piece.Names.Select(name => new LeftOutDeclaration(piece.Path, name)));
            IEnumerable<(string Place, string Name)> places = piece.IsFile ? [(piece.Path, "this file")]
                : piece.Nodes.Zip(piece.Names, (node, name) => (Compiling.Describe(node.GetLocation().GetLineSpan()), name));
            foreach ((string place, string name) in places)
                _errors.Add($"{place}: the compiler does not finish {name}: it takes too long, or its stack overflows. Write it in " +
                    "shorter statements, with fewer lambdas inside lambdas and fewer nested types.");
            whole = piece.LeftOut(whole, sources.Handout);
        }
        return whole;
    }

    /// <summary>
    /// Whether most of the library's files that the handout leaves out are there, at their own paths: a copy of the repository. Where the
    /// handout leaves out no file, most of all others are asked for, which a handout has elsewhere.
    /// </summary>
    bool IsCheckout
    {
        get
        {
            string[] others = [.. sources.Library.Paths.Except(assignment.ReadingSet)];
            string[] leftOut = [.. others.Where(path => !sources.Handout.Contains(path))];
            string[] telling = leftOut.Length > 0 ? leftOut : others;
            return 2 * telling.Count(handin.Files.ContainsKey) > telling.Length;
        }
    }

    // An engine would run such a rule in place of the member that is asked for, which would then count without being right.
    SourceTree WithoutRulesInOnePass(SourceTree whole)
    {
        var edits = new SourceEdits(whole);
        foreach (SourceMember member in Stubs.RulesInOnePass(assignment, sources.Library, whole))
        {
            FileLinePositionSpan place = member.Syntax.GetLocation().GetLineSpan();
            // The lines below stay where they are.
            string lines = new('\n', place.EndLinePosition.Line - place.StartLinePosition.Line);
            edits.Change(member.Path, member.Syntax.Span, lines);
            string asked = Stubs.Blanked(assignment, sources.Library).First(pair => pair.Member.Owner == member.Owner).Member.ShortName;
            _ignored.Add($"{Compiling.Describe(place)}: {member.ShortName} is not graded. The rule that counts is {asked}.");
        }
        return edits.Apply();
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
            if (sources.BesideHomework.ContainsKey(inLibrary) || sources.IsBeside(inLibrary)) NameBesideHomework(path, inLibrary, text);
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
            _ignored.Add($"{path} is yours and is not graded: this homework compiles no file of " +
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
        foreach (string path in _taken.Paths.ToList())
        {
            List<Diagnostic> wrong = [.. Errors(_taken, path)];
            if (wrong.Count == 0) continue;
            _errors.AddRange(wrong.Take(MostErrorsPerFile).Select(Compiling.Describe));
            // Where the parser finds its way again, only the members in which it lost it are left out.
            SourcePiece piece = SourcePiece.WithSyntaxErrors(path, _taken);
            SourceTree rest = _taken;
            if (!piece.IsFile && piece.Nodes.All(node => node is MemberDeclarationSyntax and not BaseTypeDeclarationSyntax)
                && !Errors(rest = piece.LeftOut(_taken, sources.Handout), path).Any())
            {
                _taken = rest;
                _partly.AddRange(piece.Names.Select(name => new LeftOutDeclaration(path, name)));
            }
            else _broken.Add(path);
        }

        static IEnumerable<Diagnostic> Errors(SourceTree source, string path) =>
            source.Syntax(path).GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error);
    }
}
