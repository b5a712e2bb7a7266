using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Viva;

/// <summary>A small change to the code of one member.</summary>
/// <param name="Member">The member.</param>
/// <param name="Span">What is replaced in its file.</param>
/// <param name="Text">What stands there then.</param>
/// <param name="Kind">What kind of mistake it is.</param>
/// <param name="Shown">What a question calls it: the part that is left out.</param>
sealed record CodeEdit(SourceMember Member, TextSpan Span, string Text, string Kind, string Shown)
{
    // Longer statements are whole loops: to say what fails without them asks for too little.
    const int MostStatementLines = 4;

    /// <summary>Statements and parts of expressions that can be left out. Whether the rest compiles, the compiler says.</summary>
    public static IEnumerable<CodeEdit> LeavingOut(SourceMember member)
    {
        foreach (SyntaxNode node in member.Bodies.SelectMany(body => body.DescendantNodes()))
            if (node is ExpressionStatementSyntax or IfStatementSyntax or ForStatementSyntax or ForEachStatementSyntax
                    or ContinueStatementSyntax
                && node.ToString().Count(letter => letter == '\n') < MostStatementLines)
                yield return new(member, node.Span, node.Parent is BlockSyntax ? "" : ";", "left out", "");
            else if (LeftOut(node) is { } rest)
                yield return Replacing(member, node, rest, "left out") with { Shown = Without(node, rest) };
    }

    // The part of an expression that stands for the whole: x.Sum(0) → x, a * b → a, -x → x.
    static ExpressionSyntax? LeftOut(SyntaxNode node) => node switch
    {
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: var receiver } } => receiver,
        BinaryExpressionSyntax binary when IsArithmetic(binary) => binary.Left,
        PrefixUnaryExpressionSyntax minus when minus.IsKind(SyntaxKind.UnaryMinusExpression) => minus.Operand,
        _ => null,
    };

    static string Without(SyntaxNode node, ExpressionSyntax rest)
    {
        string text = node.ToString();
        int at = rest.SpanStart - node.SpanStart;
        return (at > 0 ? text[..at] : text[(at + rest.Span.Length)..]).Trim();
    }

    /// <summary>The usual mistakes that can be put into a member.</summary>
    public static IEnumerable<CodeEdit> Mistakes(SourceMember member) =>
        member.Bodies.SelectMany(body => body.DescendantNodes()).SelectMany(node => MistakesAt(member, node));

    static IEnumerable<CodeEdit> MistakesAt(SourceMember member, SyntaxNode node)
    {
        switch (node)
        {
            case PrefixUnaryExpressionSyntax minus when minus.IsKind(SyntaxKind.UnaryMinusExpression):
                yield return Replacing(member, node, minus.Operand, "the sign");
                break;
            case PrefixUnaryExpressionSyntax not when not.IsKind(SyntaxKind.LogicalNotExpression) && node.Parent is ArgumentSyntax:
                yield return Replacing(member, node, not.Operand, "transposed");
                break;
            case BinaryExpressionSyntax binary when binary.Kind() is SyntaxKind.AddExpression or SyntaxKind.SubtractExpression:
                yield return Replacing(member, binary.OperatorToken, binary.IsKind(SyntaxKind.AddExpression) ? "-" : "+", "the sign");
                break;
            case BinaryExpressionSyntax binary when binary.Kind() is SyntaxKind.MultiplyExpression or SyntaxKind.DivideExpression:
                yield return Replacing(member, node, binary.Left, "a factor is missing");
                if (binary.IsKind(SyntaxKind.MultiplyExpression))
                    yield return Replacing(member, node, binary.Right, "a factor is missing");
                break;
            case BinaryExpressionSyntax binary when OffByOne(binary.Kind()) is { } other && node.Parent is ForStatementSyntax:
                yield return Replacing(member, binary.OperatorToken, other, "one round too few or too many");
                break;
            case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression } sum:
                yield return Replacing(member, sum.OperatorToken, "=", "overwritten instead of added");
                break;
            case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SubtractAssignmentExpression } difference:
                yield return Replacing(member, difference.OperatorToken, "+=", "the sign");
                break;
            case ConditionalExpressionSyntax { WhenTrue: InvocationExpressionSyntax { ArgumentList.Arguments.Count: 2 } added } choice
                when added.ArgumentList.Arguments[1].ToString() == choice.WhenFalse.ToString():
                yield return Replacing(member, node, choice.WhenFalse, "overwritten instead of added");
                break;
            case MemberAccessExpressionSyntax { Name.Identifier.Text: "T" } turned:
                yield return Replacing(member, node, turned.Expression, "transposed");
                break;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax called } call:
                foreach (CodeEdit edit in MistakesAt(member, call, called)) yield return edit;
                break;
            case IdentifierNameSyntax name when Swapped(name) is { } other:
                yield return Replacing(member, name.Identifier, other, "the wrong one of two");
                break;
        }
    }

    static IEnumerable<CodeEdit> MistakesAt(SourceMember member, InvocationExpressionSyntax call, MemberAccessExpressionSyntax called)
    {
        SeparatedSyntaxList<ArgumentSyntax> arguments = call.ArgumentList.Arguments;
        switch (called.Name.Identifier.Text)
        {
            case "Sum" or "SumTo" or "Mean":
                yield return Replacing(member, call, called.Expression, "the sum is missing");
                if (arguments is [{ Expression: LiteralExpressionSyntax { Token.Value: int dim } literal }, ..])
                    yield return Replacing(member, literal.Token, dim == 0 ? "1" : "0", "summed over the wrong dimension");
                break;
            case "MatMul":
                foreach (ArgumentSyntax argument in arguments)
                    if (argument.Expression is LiteralExpressionSyntax { Token.Value: bool flag } turned)
                        yield return Replacing(member, turned.Token, flag ? "false" : "true", "transposed");
                if (arguments is [var only] && IsSimple(called.Expression) && IsSimple(only.Expression))
                    yield return Replacing(member, call, $"{only}.MatMul({called.Expression})", "the factors are swapped");
                break;
            case "Transpose" or "Detach":
                yield return Replacing(member, call, called.Expression, "transposed");
                break;
        }
    }

    static bool IsSimple(ExpressionSyntax expression) => expression is IdentifierNameSyntax or MemberAccessExpressionSyntax;

    static bool IsArithmetic(BinaryExpressionSyntax binary) => binary.Kind() is SyntaxKind.AddExpression or SyntaxKind.SubtractExpression
        or SyntaxKind.MultiplyExpression or SyntaxKind.DivideExpression;

    static string? OffByOne(SyntaxKind kind) => kind switch
    {
        SyntaxKind.LessThanExpression => "<=",
        SyntaxKind.LessThanOrEqualExpression => "<",
        SyntaxKind.GreaterThanExpression => ">=",
        SyntaxKind.GreaterThanOrEqualExpression => ">",
        _ => null,
    };

    // The two operands of an operation, and its input and output, are the usual ones to be mixed up.
    static string? Swapped(IdentifierNameSyntax name) => name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? null
        : name.Identifier.Text switch { "A" => "B", "B" => "A", "X" => "Output", "Output" => "X", _ => null };

    static CodeEdit Replacing(SourceMember member, SyntaxNode node, SyntaxNode by, string kind) =>
        Replacing(member, node, by.ToString(), kind);

    static CodeEdit Replacing(SourceMember member, SyntaxNodeOrToken old, string text, string kind) =>
        new(member, old.Span, text, kind, "");

    /// <summary>The first and the last line of what is changed, from 1.</summary>
    public (int First, int Last) Lines
    {
        get
        {
            LinePositionSpan lines = Member.Syntax.SyntaxTree.GetText().Lines.GetLinePositionSpan(Span);
            return (lines.Start.Line + 1, lines.End.Line + 1);
        }
    }

    /// <summary>The source with the change.</summary>
    public SourceTree Apply(SourceTree source)
    {
        var edits = new SourceEdits(source);
        edits.Change(Member.Path, Span, Text);
        return edits.Apply();
    }
}
