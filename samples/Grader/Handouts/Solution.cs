using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts;

/// <summary>
/// The handout's library with all bodies written. Where the reference's answer uses what the handout leaves out, as a student cannot, the
/// answer of a variant stands there that does without.
/// </summary>
static class Solution
{
    /// <summary>The library of a solved handout.</summary>
    /// <exception cref="HandoutException">To one question there is no answer that compiles in the handout.</exception>
    public static SourceTree Of(AssignmentFolder folder)
    {
        Assignment assignment = folder.Assignment;
        SourceTree source = assignment.ReadingSet.Aggregate(Stubs.Of(folder), (all, path) => all.With(path, folder.Reference[path]));
        CSharpCompilation compilation = source.CompileLibrary();
        HashSet<SyntaxNode> withheld = [.. Stubs.Withheld(folder, source).Select(one => one.Member.Syntax)];
        var edits = new SourceEdits(source);
        foreach (SourceMember rule in Stubs.RulesInOnePass(assignment, folder.Reference, source)) edits.Remove(rule);
        foreach ((Question question, SourceMember member) in Stubs.Blanked(assignment, source))
        {
            if (IsPossible(compilation, member, withheld)) continue;
            string answer = Answers(folder, member).FirstOrDefault(one => IsPossible(compilation, source, member, one, withheld))
                ?? throw new HandoutException($"The answer to {question.Id}, {member.ShortName}, uses what the handout leaves out, and " +
                    $"no variant has one that does without it: add one to {Path.Combine(folder.Path, "variants")}.");
            edits.Replace(member, answer);
        }
        return edits.Apply();
    }

    static IEnumerable<string> Answers(AssignmentFolder folder, SourceMember member) => folder.Variants
        .SelectMany(variant => variant.Files.Find(member.FullName))
        .Where(answer => answer.Parameters == member.Parameters)
        .Select(answer => answer.Syntax.ToString());

    static bool IsPossible(
        CSharpCompilation compilation, SourceTree source, SourceMember member, string answer, IReadOnlySet<SyntaxNode> withheld)
    {
        var edits = new SourceEdits(source);
        edits.Replace(member, answer);
        SourceTree changed = edits.Apply();
        return changed.Find(member.FullName).FirstOrDefault(one => one.Parameters == member.Parameters) is { } now
            && IsPossible(compilation.ReplaceSyntaxTree(member.Syntax.SyntaxTree, changed.Syntax(member.Path)), now, withheld);
    }

    // It compiles, and neither it nor a helper in its file calls what is withheld.
    static bool IsPossible(CSharpCompilation compilation, SourceMember member, IReadOnlySet<SyntaxNode> withheld)
    {
        SemanticModel model = compilation.GetSemanticModel(member.Syntax.SyntaxTree);
        var seen = new HashSet<SyntaxNode> { member.Syntax };
        var waiting = new Queue<SyntaxNode>(seen);
        while (waiting.TryDequeue(out SyntaxNode? code))
        {
            if (model.GetDiagnostics(code.Span).Any(one => one.Severity == DiagnosticSeverity.Error)) return false;
            foreach (SyntaxNode called in code.DescendantNodes().OfType<SimpleNameSyntax>()
                .SelectMany(name => model.GetSymbolInfo(name).Symbol?.OriginalDefinition.DeclaringSyntaxReferences ?? [])
                .Select(declared => declared.GetSyntax()))
            {
                if (withheld.Contains(called)) return false;
                if (called is MethodDeclarationSyntax && called.SyntaxTree == code.SyntaxTree && seen.Add(called)) waiting.Enqueue(called);
            }
        }
        return true;
    }
}
