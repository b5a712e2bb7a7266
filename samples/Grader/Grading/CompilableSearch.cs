using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Leaves out of handed-in files what keeps them from compiling, and no more: first an addition that causes errors elsewhere, then the
/// declarations that have errors, and only then whole files. <see cref="Run"/> is the list of steps.
/// </summary>
/// <param name="assignment">The assignment.</param>
/// <param name="sources">Its sources, which compile.</param>
/// <param name="handedIn">The graded files, without errors of syntax.</param>
/// <param name="isCheckout">Whether they are of a copy of the repository.</param>
/// <param name="time">How long the compiler may be asked.</param>
sealed class CompilableSearch(Assignment assignment, AssignmentSources sources, SourceTree handedIn, bool isCheckout, CompilerTime time)
{
    // Each compiles the library's declarations once.
    const int MostAttempts = 40;

    const int MostSuspects = 10;
    const int MostErrorsPerFile = 5;

    readonly HashSet<string> _broken = [];
    readonly List<LeftOutDeclaration> _partly = [];
    readonly List<string> _errors = [];
    SourceTree _whole = handedIn;
    int _attempts;

    /// <summary>What the compiler said of what was left out.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>The files that were left out.</summary>
    public IReadOnlySet<string> Broken => _broken;

    /// <summary>What was left out of files that are compiled.</summary>
    public IReadOnlyList<LeftOutDeclaration> Partly => [.. _partly.Where(one => !_broken.Contains(one.Path)).Distinct()];

    bool MayTry => _attempts < MostAttempts && !time.IsShort;

    /// <exception cref="SourceException">Not even the handout compiles.</exception>
    public CompileAttempt Run()
    {
        CompileAttempt attempt = TryOnBothGrounds();
        while (attempt.Image is null)
            attempt = LeaveOutCause(attempt) ?? LeaveOutDeclarations(attempt) ?? LeaveOutFile(attempt);
        return attempt;
    }

    // A copy of the repository may use what the handout leaves out; but not the other forms of the rules, which would do the work of a
    // wrong one. Nothing else may: what the handout leaves out holds answers.
    CompileAttempt TryOnBothGrounds()
    {
        CompileAttempt onHandout = Try(sources.Handout, _whole);
        if (!isCheckout || onHandout.Image is not null || onHandout.Stage == CompileStage.Nothing) return onHandout;
        CompileAttempt onReference = Try(sources.Reference, _whole);
        return onReference.IsBetterThan(onHandout) ? onReference : onHandout;
    }

    CompileAttempt Try(SourceTree ground, SourceTree taken)
    {
        _attempts++;
        return new CompileAttempt(ground, Completed(ground, taken), taken.Paths, time);
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

    // An addition, such as a type that takes the name of the library's, without which errors outside of it are gone.
    CompileAttempt? LeaveOutCause(CompileAttempt attempt)
    {
        Trial? best = null;
        foreach (SourcePiece piece in SourcePiece.Added(_whole, sources.Handout, assignment.ReadingSet).Take(MostSuspects))
        {
            int outside = attempt.Errors.Count(error => !piece.Holds(error));
            if (!MayTry || attempt.Stage > CompileStage.Nothing && outside == 0) continue;
            Trial trial = Without(piece, attempt);
            bool helps = trial.Attempt.Stage > attempt.Stage
                || trial.Attempt.Stage == attempt.Stage && trial.Attempt.Errors.Count < outside;
            if (!helps || best is { } other && !trial.Attempt.IsBetterThan(other.Attempt)) continue;
            best = trial;
            if (trial.Attempt.Image is not null) break;
        }
        if (best is not { } found) return null;
        // Of a file the one declaration that does it is enough.
        foreach (SourcePiece part in found.Piece.Parts(_whole).Take(MostSuspects))
        {
            if (!MayTry) break;
            Trial trial = Without(part, attempt);
            if (found.Attempt.IsBetterThan(trial.Attempt)) continue;
            found = trial;
            break;
        }
        // Those in what is left out, and those that are due to it.
        var gone = attempt.Errors.Where(error => !found.Attempt.Errors.Any(other => IsSame(error, other))).ToList();
        Drop(found.Piece, found.Whole, attempt, gone);
        foreach (SourcePiece user in found.Users) Drop(user, found.Whole, found.WithUsers!, found.WithUsers!.Errors.Where(user.Holds));
        return found.Attempt;
    }

    // What is left of the handin without a piece of it and without what uses this piece; how far the users came without it.
    sealed record Trial(CompileAttempt Attempt, SourcePiece Piece, SourceTree Whole, SourcePiece[] Users, CompileAttempt? WithUsers);

    // Errors in given code may end where errors in handed-in code begin, which the compiler looks at earlier: in code that used the piece.
    Trial Without(SourcePiece piece, CompileAttempt attempt)
    {
        SourceTree whole = piece.LeftOut(_whole, sources.Handout);
        var alone = new Trial(Try(attempt.Ground, whole), piece, whole, [], null);
        CompileAttempt first = alone.Attempt;
        if (first.Stage >= attempt.Stage || first.Stage == CompileStage.Nothing || !MayTry) return alone;
        SourcePiece[] users = [.. SourcePiece.WithErrors(first.Errors, whole)];
        if (!first.Errors.All(error => users.Any(user => user.Holds(error)))) return alone;
        SourceTree rest = users.Aggregate(whole, (left, user) => user.LeftOut(left, sources.Handout));
        return new Trial(Try(attempt.Ground, rest), piece, rest, users, first);
    }

    static bool IsSame(Diagnostic a, Diagnostic b) => a.Id == b.Id && CompileAttempt.PathOf(a) == CompileAttempt.PathOf(b)
        && a.Location.SourceSpan == b.Location.SourceSpan;

    // The declarations in which errors stand.
    CompileAttempt? LeaveOutDeclarations(CompileAttempt attempt)
    {
        SourcePiece[] pieces = [.. SourcePiece.WithErrors(attempt.Errors, _whole)];
        if (pieces.Length == 0 || !MayTry) return null;
        SourceTree whole = pieces.Aggregate(_whole, (rest, piece) => piece.LeftOut(rest, sources.Handout));
        CompileAttempt without = Try(attempt.Ground, whole);
        if (!without.IsBetterThan(attempt)) return null;
        foreach (SourcePiece piece in pieces) Drop(piece, whole, attempt, attempt.Errors.Where(piece.Holds));
        return without;
    }

    // Where nothing smaller helps: the file without which there are the fewest errors, or all that have any.
    CompileAttempt LeaveOutFile(CompileAttempt attempt)
    {
        if (_whole.Paths.Count == 0)
            throw new SourceException("The handout does not compile:\n" + string.Join('\n',
                attempt.Errors.Take(MostErrorsPerFile).Select(Compiling.Describe).Prepend(attempt.Failure).OfType<string>()));
        string[] erring = [.. _whole.Paths.Where(path => attempt.Errors.Any(error => CompileAttempt.PathOf(error) == path))];
        string[] blamed = erring.Length > 0 ? erring : [.. _whole.Paths];
        CompileAttempt? next = null;
        // Errors in several files, or in given ones, may have their cause in one file.
        if (erring.Length != 1 || attempt.Errors.Any(error => CompileAttempt.PathOf(error) != erring[0]))
            foreach (string[] suspect in Suspects())
            {
                if (!MayTry) break;
                CompileAttempt without = Try(attempt.Ground, _whole.Without(suspect.Contains));
                if (!without.IsBetterThan(next ?? attempt)) continue;
                (next, blamed) = (without, suspect);
                if (without.Image is not null) break;
            }
        _errors.AddRange(Described(attempt, [.. blamed.Select(path => new SourcePiece(path, []))], attempt.Errors));
        _broken.UnionWith(blamed);
        _whole = _whole.Without(blamed.Contains);
        return next ?? Try(attempt.Ground, _whole);
    }

    // Files that may be the cause, those that the student added first; many of these together.
    IEnumerable<string[]> Suspects()
    {
        string[] own = [.. _whole.Paths.Where(path => !assignment.ReadingSet.Contains(path))], asked = [.. _whole.Paths.Except(own)];
        IEnumerable<string[]> together = own.Length > MostSuspects ? [own] : own.Select(path => new[] { path });
        return together.Concat(asked.Select(path => new[] { path }));
    }

    void Drop(SourcePiece piece, SourceTree whole, CompileAttempt attempt, IEnumerable<Diagnostic> errors)
    {
        _errors.AddRange(Described(attempt, [piece], [.. errors]));
        if (piece.IsFile) _broken.Add(piece.Path);
        else _partly.AddRange(piece.Names.Select(name => new LeftOutDeclaration(piece.Path, name)));
        _whole = whole;
    }

    // With what to do about a name that the library knows and the handout does not.
    string Described(Diagnostic error)
    {
        string said = Compiling.Describe(error);
        if (error.Location.SourceTree is not { } file || file.GetText().ToString(error.Location.SourceSpan) is not { Length: > 0 } name) return said;
        bool IsIn(SourceTree tree, string one) => tree.Members.Keys.Any(full => full.EndsWith($".{one}", StringComparison.Ordinal));
        // A type's member is said with the type: another type may have one of this name.
        if (file.GetRoot().FindNode(error.Location.SourceSpan).Parent is MemberAccessExpressionSyntax { Expression: SimpleNameSyntax type } access
            && access.Name.Span == error.Location.SourceSpan
            && $"{type.Identifier.Text}.{name}" is var qualified && IsIn(sources.Library, qualified)) name = qualified;
        return IsIn(sources.Library, name) && !IsIn(sources.Handout, name)
            ? $"{said}{(said[^1] == '.' ? "" : ".")} The handout leaves {name} out, so no answer can use it: write it with the members of the cheat sheet."
            : said;
    }

    // Errors in what is left out; where it has none, those that are due to it.
    IEnumerable<string> Described(CompileAttempt attempt, SourcePiece[] blamed, IReadOnlyList<Diagnostic> errors)
    {
        List<Diagnostic> own =
        [
            .. errors.Where(error => blamed.Any(piece => piece.Holds(error))).GroupBy(CompileAttempt.PathOf)
                .SelectMany(group => group.Take(MostErrorsPerFile)),
        ];
        string cause = blamed is not [var one] ? "the handin"
            : one.IsFile ? one.Path
            : $"{string.Join(", ", one.Names.Take(8))} in {one.Path}";
        if (attempt.Failure is { } failure) return [$"{cause}: {failure}"];
        IEnumerable<string> elsewhere = errors.Where(error => !blamed.Any(piece => piece.Holds(error))).Take(MostErrorsPerFile)
            .Select(error => $"{cause} causes an error elsewhere: {Compiling.Describe(error)}");
        return own.Count > 0 ? own.Select(Described) : elsewhere;
    }
}
