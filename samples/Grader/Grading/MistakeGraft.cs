using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Adds known mistakes to the reference: every wrong variant becomes a member beside the right one, and a switch selects which of them is
/// called. So all of them are one assembly, compiled once.
/// </summary>
static class MistakeGraft
{
    public const string SwitchType = "MyTorch.MistakeSwitch";

    const string Switch = """
        namespace MyTorch;

        /// <summary>Which known mistake is made; 0 for none.</summary>
        public static class MistakeSwitch
        {
            public static int Current;
        }
        """;

    /// <summary>The source with all mistakes in it, none of them switched on.</summary>
    /// <exception cref="SourceException">A mistake belongs to no type, or varies no member of it.</exception>
    public static SourceTree Apply(SourceTree source, IReadOnlyList<Mistake> mistakes)
    {
        if (mistakes.Count == 0) return source;
        var edits = new SourceEdits(source);
        var usings = new Dictionary<string, SortedSet<string>>();
        foreach (var type in mistakes.GroupBy(mistake => mistake.Type))
        {
            var variants = new Dictionary<SourceMember, List<(Mistake Mistake, MemberDeclarationSyntax Member)>>();
            var helpers = new List<MemberDeclarationSyntax>();
            if (source.Find(type.Key) is not [{ } owner, ..])
                throw new SourceException($"Mistake {type.First().Id}: there is no type {type.Key}.{source.Nearest(type.Key)}");
            foreach (Mistake mistake in type)
            {
                bool any = false;
                foreach (MemberDeclarationSyntax member in mistake.Members)
                    if (Mistake.Original(source, type.Key, member) is { } original)
                    {
                        any = true;
                        if (!variants.TryGetValue(original, out var list)) variants[original] = list = [];
                        list.Add((mistake, member));
                    }
                    else helpers.Add(member);
                if (!any)
                    throw new SourceException(
                        $"Mistake {mistake.Id}: {type.Key} has none of its members " +
                        $"{string.Join(", ", mistake.Members.SelectMany(SourceMember.NamesOf))}; are the parameters the same?");
                foreach (string path in variants.Keys.Select(member => member.Path).Append(owner.Path).Distinct())
                {
                    if (!usings.TryGetValue(path, out var set)) usings[path] = set = new(StringComparer.Ordinal);
                    set.UnionWith(mistake.Usings);
                }
            }
            bool first = true;
            foreach ((SourceMember original, var list) in variants)
            {
                edits.Replace(original, Dispatch(original.Syntax, list)
                    + (first ? string.Concat(helpers.Distinct().Select(helper => AtHome(helper, helper.FullSpan))) : ""));
                first = false;
            }
        }
        foreach ((string path, SortedSet<string> wanted) in usings)
        {
            string[] there = [.. source.Syntax(path).GetRoot().DescendantNodes().OfType<UsingDirectiveSyntax>()
                .Select(one => one.ToString())];
            string missing = string.Concat(wanted.Except(there).Select(one => one + " "));
            if (missing.Length > 0) edits.Change(path, new(0, 0), missing);
        }
        return edits.Apply().With("MyTorch/MistakeSwitch.cs", Switch);
    }

    // The original's signature over a switch between bodies. Two mistakes that are put together have a body of one of them where the other
    // changes nothing.
    static string Dispatch(MemberDeclarationSyntax original, IReadOnlyList<(Mistake Mistake, MemberDeclarationSyntax Member)> all)
    {
        var text = new StringBuilder();
        (int[] Numbers, MemberDeclarationSyntax Member)[] variants = [.. all.GroupBy(one => one.Member)
            .Select(group => (group.Select(one => one.Mistake.Number).ToArray(), group.Key))];
        switch (original)
        {
            case MethodDeclarationSyntax method:
                string call = $"({string.Join(", ", method.ParameterList.Parameters.Select(Argument))});";
                bool isVoid = method.ReturnType.ToString() == "void";
                string Result(int number) =>
                    isVoid ? $"{Variant(method.Identifier, number)}{call} return;" : $"return {Variant(method.Identifier, number)}{call}";
                text.Append(method.WithBody(null).WithExpressionBody(null).WithSemicolonToken(default).WithLeadingTrivia()
                    .WithTrailingTrivia().ToFullString());
                AppendSwitch(text, variants.Select(one => (one.Numbers, Result(one.Numbers[0]))), Result(0));
                text.AppendLine().Append(Private(method, 0));
                foreach (var (numbers, member) in variants)
                    text.AppendLine().Append(Private((MethodDeclarationSyntax)member, numbers[0], atHome: true));
                break;

            case OperatorDeclarationSyntax operation:
                string operands = $"({string.Join(", ", operation.ParameterList.Parameters.Select(Argument))});";
                string Computed(int number) => $"return {Variant(NameOf(operation), number)}{operands}";
                text.Append(operation.WithBody(null).WithExpressionBody(null).WithSemicolonToken(default).WithLeadingTrivia()
                    .WithTrailingTrivia().ToFullString());
                AppendSwitch(text, variants.Select(one => (one.Numbers, Computed(one.Numbers[0]))), Computed(0));
                text.AppendLine().Append(Private(operation, 0));
                foreach (var (numbers, member) in variants)
                    text.AppendLine().Append(Private((OperatorDeclarationSyntax)member, numbers[0], atHome: true));
                break;

            case PropertyDeclarationSyntax property when property.AccessorList?.Accessors.All(accessor =>
                accessor.IsKind(SyntaxKind.GetAccessorDeclaration)) ?? true:
                text.Append(property.WithAccessorList(null).WithExpressionBody(null).WithInitializer(null).WithSemicolonToken(default)
                    .WithLeadingTrivia().WithTrailingTrivia().ToFullString());
                text.Append(" { get ");
                AppendSwitch(text, variants.Select(one =>
                    (one.Numbers, $"return {Variant(property.Identifier, one.Numbers[0])};")),
                        $"return {Variant(property.Identifier, 0)};");
                text.Append(" }").AppendLine().Append(Private(property, 0));
                foreach (var (numbers, member) in variants)
                    text.AppendLine().Append(Private((PropertyDeclarationSyntax)member, numbers[0], atHome: true));
                break;

            case ConstructorDeclarationSyntax constructor:
                text.Append(constructor.WithBody(null).WithExpressionBody(null).WithSemicolonToken(default).WithLeadingTrivia()
                    .WithTrailingTrivia().ToFullString());
                AppendSwitch(text, variants.Select(one => (one.Numbers, Inline((ConstructorDeclarationSyntax)one.Member))),
                    Inline(constructor));
                break;

            default:
                throw new SourceException($"Mistake {all[0].Mistake.Id}: a mistake varies methods, operators, constructors and properties that " +
                    $"are only read.");
        }
        return text.ToString();
    }

    static string Inline(ConstructorDeclarationSyntax constructor) =>
        (constructor.Body is { } body
            ? AtHome(body, body.FullSpan)
            : $"{{ {AtHome(constructor.ExpressionBody!.Expression, constructor.ExpressionBody.Expression.FullSpan)}; }}") + " return;";

    // Code from a file of mistakes on separate lines, with a directive that names that file and line, so that errors name them.
    static string AtHome(SyntaxNode node, TextSpan span)
    {
        string text = node.SyntaxTree.GetText().ToString(span);
        FileLinePositionSpan place = node.SyntaxTree.GetLineSpan(span);
        LinePosition from = place.StartLinePosition, to = place.EndLinePosition;
        return FormattableString.Invariant($"\n#line ({from.Line + 1},{from.Character + 1})-({to.Line + 1},{to.Character + 1}) \"{place.Path}\"\n{text}\n#line default\n");
    }

    static void AppendSwitch(StringBuilder text, IEnumerable<(int[] Numbers, string Statement)> cases, string otherwise)
    {
        text.Append(CultureInfo.InvariantCulture, $" {{ switch ({SwitchType}.Current) {{ ");
        foreach ((int[] numbers, string statement) in cases)
        {
            foreach (int number in numbers) text.Append(CultureInfo.InvariantCulture, $"case {number}: ");
            text.Append(statement).Append(' ');
        }
        text.Append(CultureInfo.InvariantCulture, $"default: {otherwise} }} }}");
    }

    static string Variant(SyntaxToken name, int number) => $"{name.Text}__m{number}";

    static string Argument(ParameterSyntax parameter)
    {
        string modifier = parameter.Modifiers.FirstOrDefault(one =>
            one.Kind() is SyntaxKind.RefKeyword or SyntaxKind.OutKeyword or SyntaxKind.InKeyword).Text ?? "";
        return modifier.Length == 0 ? parameter.Identifier.Text : $"{modifier} {parameter.Identifier.Text}";
    }

    static string Private(MethodDeclarationSyntax method, int number, bool atHome = false)
    {
        SyntaxNode code = (SyntaxNode?)method.Body ?? method.ExpressionBody!;
        return Headed(method.WithBody(null).WithExpressionBody(null).WithSemicolonToken(default)
            .WithAttributeLists(default).WithModifiers(Own(method.Modifiers))
            .WithIdentifier(SyntaxFactory.Identifier(Variant(method.Identifier, number)))
            .WithReturnType(method.ReturnType.WithLeadingTrivia(SyntaxFactory.Space)), method, code, atHome);
    }

    // An operator's variants are methods.
    static string Private(OperatorDeclarationSyntax operation, int number, bool atHome = false)
    {
        SyntaxNode code = (SyntaxNode?)operation.Body ?? operation.ExpressionBody!;
        return Headed(SyntaxFactory.MethodDeclaration(operation.ReturnType.WithLeadingTrivia().WithTrailingTrivia(SyntaxFactory.Space),
            Variant(NameOf(operation), number)).WithModifiers(Own(operation.Modifiers)).WithParameterList(operation.ParameterList),
            operation, code, atHome);
    }

    static SyntaxToken NameOf(OperatorDeclarationSyntax operation) => SyntaxFactory.Identifier(operation.OperatorToken.Kind().ToString());

    static string Private(PropertyDeclarationSyntax property, int number, bool atHome = false)
    {
        SyntaxNode code = (SyntaxNode?)property.AccessorList ?? property.ExpressionBody!;
        return Headed(property.WithAccessorList(null).WithExpressionBody(null).WithInitializer(null).WithSemicolonToken(default)
            .WithAttributeLists(default).WithModifiers(Own(property.Modifiers))
            .WithIdentifier(SyntaxFactory.Identifier(Variant(property.Identifier, number)).WithTrailingTrivia(SyntaxFactory.Space))
            .WithType(property.Type.WithTrailingTrivia(SyntaxFactory.Space)), property, code, atHome);
    }

    static string Headed(SyntaxNode head, SyntaxNode member, SyntaxNode code, bool atHome)
    {
        var body = TextSpan.FromBounds(code.SpanStart, member.Span.End);
        return head.WithLeadingTrivia().ToFullString() + (atHome ? AtHome(member, body) : member.SyntaxTree.GetText().ToString(body));
    }

    // What makes a member part of the face of its type stays with the original.
    static SyntaxTokenList Own(SyntaxTokenList modifiers) => [.. modifiers
        .Where(modifier => modifier.Kind() is SyntaxKind.StaticKeyword or SyntaxKind.UnsafeKeyword)
        .Select(modifier => modifier.WithLeadingTrivia().WithTrailingTrivia(SyntaxFactory.Space))];
}
