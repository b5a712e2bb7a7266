using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// A usual wrong answer to a question, as code: members that stand in for the reference's while its number is switched on.
/// </summary>
/// <param name="Id">The key of its hint in <c>hints.en.json</c>: "4.3-transposed".</param>
/// <param name="Question">The question that it answers wrongly.</param>
/// <param name="Type">The full name of the type that its members belong to.</param>
/// <param name="Number">Its number in the switch, from 1.</param>
/// <param name="Members">Its members.</param>
/// <param name="Usings">The usings of its file.</param>
sealed record Mistake(string Id, string Question, string Type, int Number,
    IReadOnlyList<MemberDeclarationSyntax> Members, IReadOnlyList<string> Usings)
{
    /// <summary>Whether a place of a file of <c>mistakes/</c> is inside one of its members.</summary>
    public bool Holds(FileLinePositionSpan place) => Members.Select(member => member.SyntaxTree.GetLineSpan(member.FullSpan)).Any(span =>
        span.Path == place.Path && span.StartLinePosition <= place.StartLinePosition && place.StartLinePosition <= span.EndLinePosition);
}

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

    /// <summary>Reads the classes with <c>[Mistake("id", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]</c>.</summary>
    /// <exception cref="SourceException">An attribute lacks a value, or two mistakes have the same id.</exception>
    public static IReadOnlyList<Mistake> Read(string folder)
    {
        var mistakes = new List<Mistake>();
        if (!Directory.Exists(folder)) return mistakes;
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs").Order(StringComparer.Ordinal))
        {
            string name = $"mistakes/{Path.GetFileName(file)}";
            SyntaxTree tree = SourceTree.Parse(name, File.ReadAllText(file));
            if (tree.GetDiagnostics().FirstOrDefault(d => d.Severity == DiagnosticSeverity.Error) is { } error)
                throw new SourceException(Compiling.Describe(error));
            var root = (CompilationUnitSyntax)tree.GetRoot();
            IReadOnlyList<string> usings = [.. root.DescendantNodes().OfType<UsingDirectiveSyntax>().Select(one => one.ToString())];
            foreach (TypeDeclarationSyntax type in root.DescendantNodes().OfType<TypeDeclarationSyntax>())
                foreach (AttributeSyntax attribute in type.AttributeLists.SelectMany(list => list.Attributes)
                    .Where(one => one.Name.ToString() is "Mistake"))
                {
                    string? id = Text(attribute, null), question = Text(attribute, "Question"), member = Text(attribute, "Member");
                    if (id is null || question is null || member is null)
                        throw new SourceException($"{name}: a mistake needs [Mistake(\"id\", Question = \"…\", Member = \"…\")]; given: " +
                            $"[{attribute}].");
                    if (mistakes.Exists(other => other.Id == id))
                        throw new SourceException($"{name}: two mistakes have the id {id}. Rename one.");
                    string full = member.Split('(')[0];
                    mistakes.Add(new Mistake(id, question, full[..full.LastIndexOf('.')], mistakes.Count + 1, [.. type.Members], usings));
                }
        }
        return mistakes;
    }

    static string? Text(AttributeSyntax attribute, string? name) => attribute.ArgumentList?.Arguments
        .FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.Text == name)?.Expression is LiteralExpressionSyntax literal
            ? literal.Token.ValueText
            : null;

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
                    if (Original(source, type.Key, member) is { } original)
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
                    + (first ? string.Concat(helpers.Select(helper => AtHome(helper, helper.FullSpan))) : ""));
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

    static SourceMember? Original(SourceTree source, string type, MemberDeclarationSyntax member)
    {
        string name = SourceMember.NamesOf(member).FirstOrDefault() ?? "";
        name = name[(name.LastIndexOf('.') + 1)..];
        string parameters = new SourceMember(name, "", member).Parameters;
        return source.Find($"{type}.{name}")
            .FirstOrDefault(original => original.Parameters == parameters && original.Syntax.Kind() == member.Kind());
    }

    // The original's signature over a switch between bodies.
    static string Dispatch(MemberDeclarationSyntax original, IReadOnlyList<(Mistake Mistake, MemberDeclarationSyntax Member)> variants)
    {
        var text = new StringBuilder();
        switch (original)
        {
            case MethodDeclarationSyntax method:
                string call = $"({string.Join(", ", method.ParameterList.Parameters.Select(Argument))});";
                bool isVoid = method.ReturnType.ToString() == "void";
                string Result(int number) =>
                    isVoid ? $"{Variant(method.Identifier, number)}{call} return;" : $"return {Variant(method.Identifier, number)}{call}";
                text.Append(method.WithBody(null).WithExpressionBody(null).WithSemicolonToken(default).WithLeadingTrivia()
                    .WithTrailingTrivia().ToFullString());
                AppendSwitch(text, variants.Select(one => (one.Mistake.Number, Result(one.Mistake.Number))), Result(0));
                text.AppendLine().Append(Private(method, 0));
                foreach (var (mistake, member) in variants)
                    text.AppendLine().Append(Private((MethodDeclarationSyntax)member, mistake.Number, atHome: true));
                break;

            case PropertyDeclarationSyntax property when property.AccessorList?.Accessors.All(accessor =>
                accessor.IsKind(SyntaxKind.GetAccessorDeclaration)) ?? true:
                text.Append(property.WithAccessorList(null).WithExpressionBody(null).WithInitializer(null).WithSemicolonToken(default)
                    .WithLeadingTrivia().WithTrailingTrivia().ToFullString());
                text.Append(" { get ");
                AppendSwitch(text, variants.Select(one =>
                    (one.Mistake.Number, $"return {Variant(property.Identifier, one.Mistake.Number)};")),
                        $"return {Variant(property.Identifier, 0)};");
                text.Append(" }").AppendLine().Append(Private(property, 0));
                foreach (var (mistake, member) in variants)
                    text.AppendLine().Append(Private((PropertyDeclarationSyntax)member, mistake.Number, atHome: true));
                break;

            case ConstructorDeclarationSyntax constructor:
                text.Append(constructor.WithBody(null).WithExpressionBody(null).WithSemicolonToken(default).WithLeadingTrivia()
                    .WithTrailingTrivia().ToFullString());
                AppendSwitch(text, variants.Select(one => (one.Mistake.Number, Inline((ConstructorDeclarationSyntax)one.Member))),
                    Inline(constructor));
                break;

            default:
                throw new SourceException($"Mistake {variants[0].Mistake.Id}: a mistake varies methods, constructors and properties that " +
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

    static void AppendSwitch(StringBuilder text, IEnumerable<(int Number, string Statement)> cases, string otherwise)
    {
        text.Append(CultureInfo.InvariantCulture, $" {{ switch ({SwitchType}.Current) {{ ");
        foreach ((int number, string statement) in cases) text.Append(CultureInfo.InvariantCulture, $"case {number}: {statement} ");
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
