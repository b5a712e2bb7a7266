using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>A declaration that was left out of a file that is compiled without it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Name">What it is called in its file: "Linear.Backward".</param>
sealed record LeftOutDeclaration(string Path, string Name)
{
    public override string ToString() => $"{Name} ({Path})";
}

/// <summary>
/// What can be left out of a handin: declarations of a file, or its directives and attributes; without any nodes, the whole file.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Nodes">The stretches of it, none inside another.</param>
sealed record SourcePiece(string Path, IReadOnlyList<SyntaxNode> Nodes)
{
    /// <summary>Whether it is all of its file.</summary>
    public bool IsFile => Nodes.Count == 0;

    /// <summary>Whether an error stands in it.</summary>
    public bool Holds(Diagnostic error) => CompileAttempt.PathOf(error) == Path
        && (IsFile || Nodes.Any(node => node.FullSpan.Contains(error.Location.SourceSpan)));

    /// <summary>"Tensor, Linear.Backward": the names of what is declared.</summary>
    public IEnumerable<string> Names => Nodes.Select(node => node is MemberDeclarationSyntax member
        && SourceMember.NamesOf(member).FirstOrDefault() is { } name
        ? new SourceMember(name, Path, member).ShortName
        : node is UsingDirectiveSyntax ? node.ToString()
        : node is GlobalStatementSyntax ? "a statement outside of any type" : "an attribute");

    /// <summary>The handed-in files without this: the handout's declaration stands in where it has one.</summary>
    public SourceTree LeftOut(SourceTree whole, SourceTree handout)
    {
        if (IsFile) return whole.Without(path => path == Path);
        var edits = new SourceEdits(whole);
        foreach (SyntaxNode node in Nodes) edits.Change(Path, node.Span, Given(node, handout)?.ToString() ?? "");
        return edits.Apply();
    }

    /// <summary>Whether the handout declares each of these.</summary>
    public bool IsGiven(SourceTree handout) => !IsFile && Nodes.All(node => Given(node, handout) is not null);

    SyntaxNode? Given(SyntaxNode node, SourceTree handout)
    {
        if (node is not MemberDeclarationSyntax member || SourceMember.NamesOf(member).FirstOrDefault() is not { } name) return null;
        var own = new SourceMember(name, Path, member);
        return handout.Find(name).FirstOrDefault(other =>
            other.Path == Path && other.Parameters == own.Parameters && other.Syntax.RawKind == member.RawKind)?.Syntax;
    }

    /// <summary>What the errors of an attempt stand in, a piece for each handed-in file that has any.</summary>
    public static IEnumerable<SourcePiece> WithErrors(IEnumerable<Diagnostic> errors, SourceTree whole) => errors
        .Where(error => whole.Contains(CompileAttempt.PathOf(error)))
        .GroupBy(CompileAttempt.PathOf)
        .Select(group => new SourcePiece(group.Key, Outermost(group.Select(Around).OfType<SyntaxNode>())))
        .Where(piece => !piece.IsFile);

    /// <summary>The innermost declarations of a file in which the parser found errors.</summary>
    public static SourcePiece WithSyntaxErrors(string path, SourceTree whole)
    {
        SyntaxNode[] found = [.. whole.Syntax(path).GetRoot().DescendantNodes().Where(node => IsWhole(node) && HasErrors(node))];
        HashSet<SyntaxNode> around = [.. found.SelectMany(node => node.Ancestors())];
        return new SourcePiece(path, [.. found.Where(node => !around.Contains(node))]);

        static bool HasErrors(SyntaxNode node) => node.ContainsDiagnostics
            && node.GetDiagnostics().Any(one => one.Severity == DiagnosticSeverity.Error);
    }

    static SyntaxNode? Around(Diagnostic error) => error.Location.SourceTree!.GetRoot()
        .FindNode(error.Location.SourceSpan, getInnermostNodeForTie: true).AncestorsAndSelf().FirstOrDefault(IsWhole);

    // A member of an enumeration shares its comma with the next.
    static bool IsWhole(SyntaxNode node) => node is UsingDirectiveSyntax or AttributeListSyntax { Parent: CompilationUnitSyntax }
        or MemberDeclarationSyntax and not (BaseNamespaceDeclarationSyntax or EnumMemberDeclarationSyntax);

    static List<SyntaxNode> Outermost(IEnumerable<SyntaxNode> nodes)
    {
        HashSet<SyntaxNode> all = [.. nodes];
        return [.. all.Where(node => !node.Ancestors().Any(all.Contains)).OrderBy(node => node.SpanStart)];
    }

    /// <summary>
    /// What the student added and may do without: whole files, types and directives first, then what stands beside the handout's members.
    /// </summary>
    public static IEnumerable<SourcePiece> Added(SourceTree whole, SourceTree handout, IReadOnlyList<string> readingSet)
    {
        foreach (string path in whole.Paths.Where(path => !readingSet.Contains(path))) yield return new SourcePiece(path, []);
        string[] asked = [.. whole.Paths.Where(readingSet.Contains)];
        foreach (string path in asked)
        {
            HashSet<string> given = handout.Contains(path) ? [.. Outer(handout, path).Select(Name)] : [];
            foreach (SyntaxNode one in Outer(whole, path).Where(node => !given.Contains(Name(node))))
                yield return new SourcePiece(path, [one]);
        }
        foreach (string path in asked)
            foreach (TypeDeclarationSyntax type in Outer(whole, path).OfType<TypeDeclarationSyntax>())
            {
                SyntaxNode[] members = [.. type.Members.Where(member => member is not EnumMemberDeclarationSyntax
                    && new SourcePiece(path, [member]).Given(member, handout) is null)];
                if (members.Length > 0) yield return new SourcePiece(path, members);
            }
    }

    /// <summary>The declarations and directives of this file, where there are several.</summary>
    public IEnumerable<SourcePiece> Parts(SourceTree whole)
    {
        SyntaxNode[] outer = IsFile ? [.. Outer(whole, Path)] : [];
        return outer.Length > 1 ? outer.Select(one => new SourcePiece(Path, [one])) : [];
    }

    // What stands in a file outside of any type.
    static IEnumerable<SyntaxNode> Outer(SourceTree source, string path) => source.Syntax(path).GetRoot()
        .DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax).Where(IsWhole);

    static string Name(SyntaxNode node) => node is MemberDeclarationSyntax member
        ? SourceMember.NamesOf(member).FirstOrDefault() ?? node.ToString()
        : node.ToString();
}
