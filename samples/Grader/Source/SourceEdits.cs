using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace MyTorch.Grader.Source;

/// <summary>
/// Changes to the declarations of one source, gathered and then applied at once. The syntax tree says where; what is not changed keeps its
/// text to the letter.
/// </summary>
sealed class SourceEdits(SourceTree source)
{
    readonly Dictionary<string, IReadOnlyList<TextChange>> _changes = new(StringComparer.Ordinal);

    /// <summary>
    /// Replaces each body by a statement that throws <see cref="NotImplementedException"/>; a second time for the same member changes
    /// nothing.
    /// </summary>
    /// <exception cref="SourceException">The member has no body.</exception>
    public void Blank(SourceMember member, string message) => ReplaceBodies(member, nameof(NotImplementedException), message);

    /// <summary>Replaces each body that no question asks for by a statement that throws <see cref="NotSupportedException"/>.</summary>
    /// <exception cref="SourceException">The member has no body.</exception>
    public void Withhold(SourceMember member) =>
        ReplaceBodies(member, nameof(NotSupportedException),
            $"{member.ShortName} is not part of this handout: it answers a question of a homework.");

    /// <summary>Puts an expression in the place of the body.</summary>
    public void Begin(SourceMember member, string expression) => Change(member.Path,
        TextSpan.FromBounds(member.Bodies[0].SpanStart, member.Syntax.Span.End), $"=> {expression};");

    void ReplaceBodies(SourceMember member, string exception, string message)
    {
        if (member.Bodies.Count == 0)
            throw new SourceException($"{member.FullName} has no body to write: name a method, or a property with code.");
        string statement = $"throw new {exception}({SymbolDisplay.FormatLiteral(message, quote: true)});";
        foreach (SyntaxNode body in member.Bodies)
        {
            if (body.Parent is AccessorDeclarationSyntax accessor)
                Change(member.Path, new(body.SpanStart, accessor.Span.End - body.SpanStart), $"{{ {statement} }}");
            else if (member.Syntax is BaseMethodDeclarationSyntax) ReplaceBody(member, body, statement);
            else Change(member.Path, new(body.SpanStart, member.Syntax.Span.End - body.SpanStart), "=> " + statement);
        }
        DropComments(member);
    }

    void ReplaceBody(SourceMember member, SyntaxNode body, string statement)
    {
        string indent = IndentOf(member.Syntax), line = LineEnd(member.Path);
        int start = body.GetFirstToken().GetPreviousToken().Span.End;
        Change(member.Path, TextSpan.FromBounds(start, member.Syntax.Span.End),
            $"{line}{indent}{{{line}{indent}    {statement}{line}{indent}}}");
    }

    // A comment above a member may explain the code that is no longer there; its documentation stays.
    void DropComments(SourceMember member)
    {
        SyntaxTriviaList trivia = member.Syntax.GetLeadingTrivia();
        SourceText text = source.Syntax(member.Path).GetText();
        foreach (SyntaxTrivia comment in trivia.Where(t => t.IsKind(SyntaxKind.SingleLineCommentTrivia)))
            Change(member.Path, text.Lines.GetLineFromPosition(comment.SpanStart).SpanIncludingLineBreak, "");
    }

    /// <summary>Takes a declaration out, with its documentation and comments.</summary>
    public void Remove(SourceMember member)
    {
        SourceText text = source.Syntax(member.Path).GetText();
        int start = member.Syntax.FullSpan.Start, end = member.Syntax.FullSpan.End;
        // The first of a block leaves no empty line at its top.
        bool first = member.Syntax.GetFirstToken().GetPreviousToken().IsKind(SyntaxKind.OpenBraceToken);
        if (first)
            while (text.Lines.GetLineFromPosition(end) is { } line && line.End < text.Length && line.Start >= end
                && string.IsNullOrWhiteSpace(line.ToString()))
                end = line.EndIncludingLineBreak;
        Change(member.Path, TextSpan.FromBounds(start, end), "");
    }

    /// <summary>Puts another declaration in the place of this one; its documentation stays.</summary>
    /// <param name="member">What is replaced.</param>
    /// <param name="declaration">The new declaration, modifiers and body included.</param>
    public void Replace(SourceMember member, string declaration) => Change(member.Path, member.Syntax.Span, declaration);

    /// <summary>Adds declarations behind this one, in the same type.</summary>
    public void AddAfter(SourceMember member, string declarations)
    {
        string line = LineEnd(member.Path);
        Change(member.Path, new(member.Syntax.Span.End, 0), $"{line}{line}{IndentOf(member.Syntax)}{declarations}");
    }

    /// <summary>Replaces any stretch of a file.</summary>
    public void Change(string path, TextSpan span, string text)
    {
        var change = new TextChange(span, text);
        IReadOnlyList<TextChange> before = _changes.GetValueOrDefault(path, []);
        // The same member may be named twice; what is inside a removed one is removed with it.
        if (before.Any(other => other.Span == span || (other.Span.Contains(span) && other.NewText?.Length == 0))) return;
        _changes[path] = [.. before.Where(other => !(span.Contains(other.Span) && span.Length > 0 && text.Length == 0)), change];
    }

    /// <summary>The source with all changes made.</summary>
    public SourceTree Apply() => source.Edited(_changes);

    static string IndentOf(SyntaxNode node)
    {
        string line = node.SyntaxTree.GetText().Lines.GetLineFromPosition(node.SpanStart).ToString();
        return line[..(line.Length - line.TrimStart().Length)];
    }

    string LineEnd(string path) => source[path].Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
}
