using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts;

/// <summary>Checks a handout against its assignment before it is written. Each check returns sentences about what is wrong.</summary>
static class HandoutProof
{
    /// <summary>The shortest statement that must not turn up again, in tokens.</summary>
    public const int LongestRepeat = 25;

    /// <summary>
    /// Public and protected members that the reference has and the handout has not, or the other way round. Types of left-out files are not
    /// asked for, and an override may fall back to what it overrides.
    /// </summary>
    public static IEnumerable<string> Api(AssignmentFolder folder, CSharpCompilation handout, CSharpCompilation reference)
    {
        Dictionary<string, ISymbol> expected = PublicMembers(reference), got = PublicMembers(handout);
        foreach ((string id, ISymbol symbol) in expected)
            if (!got.ContainsKey(id) && !symbol.IsOverride && !IsLeftOut(symbol))
                yield return $"{id} is missing: it is public, and code that uses the library needs it. Blank it instead of removing it.";
        foreach (string id in got.Keys.Where(id => !expected.ContainsKey(id)))
            yield return $"{id} is new in the handout.";

        bool IsLeftOut(ISymbol symbol) => symbol.Locations.All(place => !folder.IsHandedOut(place.SourceTree?.FilePath ?? ""));
    }

    static Dictionary<string, ISymbol> PublicMembers(CSharpCompilation compilation)
    {
        var members = new Dictionary<string, ISymbol>(StringComparer.Ordinal);
        Walk(compilation.Assembly.GlobalNamespace);
        return members;

        void Walk(INamespaceOrTypeSymbol container)
        {
            foreach (ISymbol member in container.GetMembers())
            {
                if (member is INamespaceSymbol inner) Walk(inner);
                else if (!member.IsImplicitlyDeclared
                    && member.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal)
                {
                    members[member.GetDocumentationCommentId() + (member is IMethodSymbol method ? $" -> {method.ReturnType}" : "")] =
                        member;
                    if (member is INamedTypeSymbol type) Walk(type);
                }
            }
        }
    }

    /// <summary>
    /// A handout scores nothing, because every body is missing and for no other reason; the same handout with its bodies scores everything.
    /// </summary>
    public static IEnumerable<string> Scores(LoadedHandout handout, LoadedHandout reference, CheckData data)
    {
        foreach ((string id, (Ending ending, double score, string message)) in handout.Check(data))
            if (score != 0 || ending is not (Ending.NotImplemented or Ending.Waiting))
                yield return FormattableString.Invariant($"{id}: the untouched handout gets {score} points and ends as {ending} ({message}); it must get none, because its body is missing. Name the member that the probe calls in blank.");
        foreach ((string id, (Ending ending, double _, string message)) in reference.Check(data))
            if (ending != Ending.Passed) yield return $"{id}: the reference itself ends as {ending}: {message}.";
    }

    /// <summary>The compiler's errors for the program of try/, with the library that a student has.</summary>
    public static IEnumerable<string> Try(AssignmentFolder folder, CSharpCompilation library)
    {
        if (folder.Try.Paths.Count == 0) return [];
        CSharpCompilation program = folder.Try.Compile("Try", Compiling.LibraryReferences.Append(library.ToMetadataReference()));
        return program.WithOptions(program.Options.WithOutputKind(OutputKind.ConsoleApplication)).GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(Compiling.Describe);
    }

    /// <summary>Statements of removed code that are still in the handout, identifiers ignored.</summary>
    public static IEnumerable<string> Repeats(AssignmentFolder folder, IReadOnlyDictionary<string, string> files)
    {
        var wanted = Stubs.TakenOut(folder).Concat(Stubs.Withheld(folder, folder.Reference).Select(pair => pair.Member)).Distinct()
            .SelectMany(member => StatementsOf(member.Syntax).Select(node => (member, text: Normalised(node.DescendantTokens()))))
            .Where(pair => pair.text.Length >= LongestRepeat)
            .ToArray();
        foreach ((string path, string text) in files)
        {
            string[] tokens = Normalised(SyntaxFactory.ParseTokens(text));
            foreach ((SourceMember member, string[] statement) in wanted)
                if (tokens.AsSpan().IndexOf(statement) is >= 0 and int at)
                    yield return $"{path} holds a statement of {member.FullName}, which was taken out: " +
                        $"{string.Join(' ', tokens.Skip(at).Take(12))} …; take that out as well, or leave the file out.";
        }
    }

    // The smallest statements: those that hold no other. A member behind an arrow is one.
    static IEnumerable<SyntaxNode> StatementsOf(SyntaxNode member) => member.DescendantNodes()
        .Where(node => node is ArrowExpressionClauseSyntax or StatementSyntax and not BlockSyntax
            && !node.DescendantNodes().OfType<StatementSyntax>().Any())
        .Select(node => node is ArrowExpressionClauseSyntax arrow ? arrow.Expression : node);

    static string[] Normalised(IEnumerable<SyntaxToken> tokens) => [.. tokens
        .Where(token => !token.IsKind(SyntaxKind.EndOfFileToken))
        .Select(token => token.IsKind(SyntaxKind.IdentifierToken) ? "name" : token.Text)];
}
