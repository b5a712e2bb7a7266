using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MyTorch.Grader.Source;

/// <summary>A declaration in a source: a method, property, field, constructor, operator or type.</summary>
/// <param name="FullName">Namespace, types and name.</param>
/// <param name="Path">The file that it stands in.</param>
/// <param name="Syntax">The declaration.</param>
sealed record SourceMember(string FullName, string Path, MemberDeclarationSyntax Syntax)
{
    /// <summary>The name without namespace: "Linear.Backward".</summary>
    public string ShortName => Syntax.Parent is BaseTypeDeclarationSyntax type ? $"{type.Identifier.Text}.{Name}" : Name;

    public string Name => FullName[(FullName.LastIndexOf('.') + 1)..];

    /// <summary>
    /// The full name of the type that it is declared in; of a type itself, its namespace, which is empty for a type outside all of them.
    /// </summary>
    public string Owner => FullName[..Math.Max(FullName.LastIndexOf('.'), 0)];

    /// <summary>"(Tensor,int)"; empty for what has no parameters in parentheses.</summary>
    public string Parameters => Syntax switch
    {
        BaseMethodDeclarationSyntax method => $"({string.Join(",", method.ParameterList.Parameters.Select(p => p.Type?.ToString().Replace(" ", "", StringComparison.Ordinal)))})",
        _ => "",
    };

    /// <summary>What a reader needs to call it: the declaration without attributes, documentation and body.</summary>
    public string Signature
    {
        get
        {
            // Of a property what stands before its accessors.
            int end = Syntax is BasePropertyDeclarationSyntax { AccessorList: { } accessors } ? accessors.SpanStart
                : Bodies.Count > 0 ? Bodies[0].SpanStart : Syntax.Span.End;
            SyntaxToken first = Syntax.AttributeLists.Count > 0
                ? Syntax.AttributeLists.Last().GetLastToken().GetNextToken()
                : Syntax.GetFirstToken();
            string text = Syntax.SyntaxTree.GetText().ToString(new(first.SpanStart, Math.Max(0, end - first.SpanStart)));
            return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd(';');
        }
    }

    /// <summary>The blocks and arrows that hold its code: one for a method, one for each accessor of a property.</summary>
    public IReadOnlyList<SyntaxNode> Bodies => Syntax switch
    {
        BaseMethodDeclarationSyntax method => BodyOf(method.Body, method.ExpressionBody),
        BasePropertyDeclarationSyntax { AccessorList: { } accessors } =>
            [.. accessors.Accessors.SelectMany(accessor => BodyOf(accessor.Body, accessor.ExpressionBody))],
        PropertyDeclarationSyntax property => BodyOf(null, property.ExpressionBody),
        IndexerDeclarationSyntax indexer => BodyOf(null, indexer.ExpressionBody),
        _ => [],
    };

    /// <summary>The lines that its code spans, braces of blocks not counted.</summary>
    public int BodyLines => Bodies.Sum(body =>
    {
        FileLinePositionSpan span = body.GetLocation().GetLineSpan();
        return Math.Max(1, span.EndLinePosition.Line - span.StartLinePosition.Line + (body is BlockSyntax ? -1 : 1));
    });

    static SyntaxNode[] BodyOf(SyntaxNode? block, SyntaxNode? arrow) => (block ?? arrow) is { } body ? [body] : [];

    /// <summary>Whether it overrides one of these methods.</summary>
    public bool Overrides(IReadOnlySet<string> names) => Syntax.Modifiers.Any(SyntaxKind.OverrideKeyword) && names.Contains(Name);

    /// <summary>The full names of a declaration: several for a field with several variables.</summary>
    internal static IEnumerable<string> NamesOf(MemberDeclarationSyntax node)
    {
        string prefix = string.Concat(node.Ancestors().Reverse().Select(ancestor => ancestor switch
        {
            BaseNamespaceDeclarationSyntax space => $"{space.Name}.",
            BaseTypeDeclarationSyntax type => $"{type.Identifier.Text}.",
            _ => "",
        }));
        return (node switch
        {
            MethodDeclarationSyntax method => [method.Identifier.Text],
            PropertyDeclarationSyntax property => [property.Identifier.Text],
            BaseFieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => variable.Identifier.Text),
            EventDeclarationSyntax @event => [@event.Identifier.Text],
            ConstructorDeclarationSyntax constructor => [constructor.Identifier.Text],
            DestructorDeclarationSyntax destructor => [$"~{destructor.Identifier.Text}"],
            IndexerDeclarationSyntax => ["this[]"],
            OperatorDeclarationSyntax @operator => [$"operator{@operator.OperatorToken.Text}"],
            ConversionOperatorDeclarationSyntax conversion => [$"{conversion.ImplicitOrExplicitKeyword.Text} {conversion.Type}"],
            BaseTypeDeclarationSyntax type => [type.Identifier.Text],
            DelegateDeclarationSyntax @delegate => [@delegate.Identifier.Text],
            EnumMemberDeclarationSyntax value => [value.Identifier.Text],
            _ => Enumerable.Empty<string>(),
        }).Select(name => prefix + name);
    }
}
