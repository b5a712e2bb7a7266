#if MERGES_MEMBERS
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
#endif

namespace MyTorch.Check;

/// <summary>A file of the new handout with what the student wrote put into it.</summary>
/// <param name="Text">The text; null where it cannot be made.</param>
/// <param name="Members">The members that are the student's.</param>
/// <param name="Both">Those of them that the new handout changed as well: the student's are taken.</param>
/// <param name="Why">Why it cannot be made; empty if it can.</param>
public sealed record MergedFile(string? Text, IReadOnlyList<string> Members, IReadOnlyList<string> Both, string Why);

/// <summary>
/// Puts the members that a student wrote or changed into a new form of their file. Whatever is not understood is a reason not to do it:
/// then the student's file stays as it is.
/// </summary>
public static class MemberMerge
{
#if MERGES_MEMBERS
    static readonly CSharpParseOptions s_language = new(LanguageVersion.Preview, DocumentationMode.Parse);

    sealed class NotMergedException(string why) : Exception(why);

    /// <summary>A file's members that have no members themselves, by type, name and parameters, and what is around them.</summary>
    sealed record Parsed(
        CompilationUnitSyntax Root, Dictionary<string, MemberDeclarationSyntax> Members, Dictionary<string, TypeDeclarationSyntax> Types);

    /// <summary>Merges; line ends are those of Unix.</summary>
    /// <param name="original">The file as it was handed out.</param>
    /// <param name="mine">The student's.</param>
    /// <param name="renewed">The new handout's.</param>
    public static MergedFile Of(string original, string mine, string renewed)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(mine);
        ArgumentNullException.ThrowIfNull(renewed);
        try
        {
            return Merge(Parse(original, null), Parse(mine, null), renewed);
        }
        catch (NotMergedException exception)
        {
            return new MergedFile(null, [], [], exception.Message);
        }
    }

    static MergedFile Merge(Parsed before, Parsed mine, string renewed)
    {
        Parsed after = Parse(renewed, null);
        // What the student added as a whole type is one member.
        mine = Parse(mine.Root.ToFullString(), before.Types.Keys);
        if (Around(mine) != Around(before))
            throw new NotMergedException("you changed something outside of its methods and properties, such as the head of a class");
        var changes = new List<TextChange>();
        List<string> members = [], both = [];
        foreach ((string key, MemberDeclarationSyntax member) in mine.Members)
        {
            before.Members.TryGetValue(key, out MemberDeclarationSyntax? was);
            if (was is not null && Same(was, member)) continue;
            string name = NameOf(key);
            members.Add(name);
            if (after.Members.TryGetValue(key, out MemberDeclarationSyntax? now))
            {
                if (Same(now, member)) continue;
                if (was is not null && !Same(was, now) && !IsBlank(was)) both.Add(name);
                changes.Add(new TextChange(now.FullSpan, Put(was, member, now)));
            }
            else if (was is not null) throw new NotMergedException($"the new version no longer has {name} as you were given it");
            else changes.Add(Added(key, member, after, renewed));
        }
        string usings = string.Concat(mine.Root.Usings.Select(one => one.ToString())
            .Except(before.Root.Usings.Concat(after.Root.Usings).Select(one => one.ToString())).Select(one => one + "\n"));
        if (usings.Length > 0)
            changes.Add(new TextChange(new TextSpan(after.Root.Usings.Count > 0 ? after.Root.Usings[0].SpanStart : 0, 0), usings));
        string text = SourceText.From(renewed).WithChanges(changes.OrderBy(change => change.Span.Start)).ToString();
        Parse(text, null);
        return new MergedFile(text, members, both, "");
    }

    static Parsed Parse(string text, IEnumerable<string>? types)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(text, s_language);
        if (tree.GetDiagnostics().FirstOrDefault(one => one.Severity == DiagnosticSeverity.Error) is { } error)
        {
            int line = error.Location.GetLineSpan().StartLinePosition.Line + 1;
            string what = error.GetMessage(System.Globalization.CultureInfo.InvariantCulture);
            throw new NotMergedException(FormattableString.Invariant($"it does not parse: line {line}, {what}"));
        }
        var root = (CompilationUnitSyntax)tree.GetRoot();
        if (root.ContainsDirectives) throw new NotMergedException("it has lines that begin with #");
        HashSet<string>? known = types?.ToHashSet();
        var parsed = new Parsed(root, [], []);
        Walk(root.Members, "");
        return parsed;

        void Walk(SyntaxList<MemberDeclarationSyntax> members, string owner)
        {
            foreach (MemberDeclarationSyntax member in members)
            {
                if (member is BaseNamespaceDeclarationSyntax space)
                {
                    Walk(space.Members, owner);
                    continue;
                }
                string key = owner + KeyOf(member);
                if (member is TypeDeclarationSyntax type && known?.Contains(key) != false)
                {
                    if (!parsed.Types.TryAdd(key, type)) throw new NotMergedException($"it declares {key} twice");
                    Walk(type.Members, key + ".");
                }
                else if (!parsed.Members.TryAdd(key, member)) throw new NotMergedException($"it declares {NameOf(key)} twice");
            }
        }
    }

    static string KeyOf(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => $"{method.ExplicitInterfaceSpecifier}{method.Identifier.Text}" +
            $"`{method.TypeParameterList?.Parameters.Count}{Parameters(method.ParameterList)}",
        ConstructorDeclarationSyntax constructor => $"{constructor.Modifiers.Any(SyntaxKind.StaticKeyword)} " +
            $"{constructor.Identifier.Text}{Parameters(constructor.ParameterList)}",
        DestructorDeclarationSyntax => "~",
        OperatorDeclarationSyntax one => $"operator {one.OperatorToken.Text}{Parameters(one.ParameterList)}",
        ConversionOperatorDeclarationSyntax one => $"{one.ImplicitOrExplicitKeyword.Text} {one.Type}{Parameters(one.ParameterList)}",
        PropertyDeclarationSyntax property => $"{property.ExplicitInterfaceSpecifier}{property.Identifier.Text}",
        IndexerDeclarationSyntax indexer => $"this{Parameters(indexer.ParameterList)}",
        EventDeclarationSyntax one => one.Identifier.Text,
        BaseFieldDeclarationSyntax field => string.Join(",", field.Declaration.Variables.Select(variable => variable.Identifier.Text)),
        TypeDeclarationSyntax type => $"{type.Identifier.Text}`{type.TypeParameterList?.Parameters.Count}",
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        DelegateDeclarationSyntax one => one.Identifier.Text,
        GlobalStatementSyntax => throw new NotMergedException("it has statements outside of a class"),
        _ => throw new NotMergedException($"it has a {member.Kind()}"),
    };

    static string Parameters(BaseParameterListSyntax list) =>
        $"({string.Join(",", list.Parameters.Select(one => $"{one.Modifiers} {one.Type}".Replace(" ", "", StringComparison.Ordinal)))})";

    // "Autograd.Sweep" of "Autograd`.Sweep`(Adjoints)".
    static string NameOf(string key) => key.Split('(')[0].Replace("`", "", StringComparison.Ordinal)
        .Replace("False ", "", StringComparison.Ordinal).Replace("True ", "static ", StringComparison.Ordinal);

    // The file without members, usings and spaces.
    static string Around(Parsed parsed)
    {
        string text = parsed.Root.ToFullString();
        foreach (TextSpan span in parsed.Members.Values.Select(member => member.FullSpan)
            .Concat(parsed.Root.Usings.Select(one => one.FullSpan)).OrderByDescending(span => span.Start))
            text = text.Remove(span.Start, span.Length);
        return string.Concat(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    static bool Same(SyntaxNode a, SyntaxNode b) => Lines(a.ToFullString()) == Lines(b.ToFullString());

    static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    // A body to write, as it is handed out.
    static bool IsBlank(MemberDeclarationSyntax member) => member.DescendantNodes().OfType<ObjectCreationExpressionSyntax>()
        .Any(made => made.Type.ToString() == nameof(NotImplementedException));

    // The student's body in the new declaration, or the student's declaration where that was changed too.
    static string Put(MemberDeclarationSyntax? was, MemberDeclarationSyntax member, MemberDeclarationSyntax now)
    {
        string leading = was is not null && Lines(was.GetLeadingTrivia().ToFullString()) == Lines(member.GetLeadingTrivia().ToFullString())
            ? now.GetLeadingTrivia().ToFullString() : member.GetLeadingTrivia().ToFullString();
        (string head, string body) = Parts(member);
        (string nowHead, string nowBody) = Parts(now);
        bool headIsGiven = was is not null && body.Length > 0 && nowBody.Length > 0 && Lines(Parts(was).Head) == Lines(head);
        // A block begins on a new line, an arrow behind the head.
        string space = body.StartsWith('{') == nowBody.StartsWith('{') ? "" : body.StartsWith('{') ? "\n" + Indent(now) : " ";
        string given = space.Length > 0 ? nowHead.TrimEnd() + space : nowHead;
        return leading + (headIsGiven ? given : head) + body + member.GetTrailingTrivia().ToFullString();
    }

    static (string Head, string Body) Parts(MemberDeclarationSyntax member)
    {
        SyntaxNode? body = member switch
        {
            BaseMethodDeclarationSyntax method => (SyntaxNode?)method.Body ?? method.ExpressionBody,
            PropertyDeclarationSyntax property => (SyntaxNode?)property.AccessorList ?? property.ExpressionBody,
            IndexerDeclarationSyntax indexer => (SyntaxNode?)indexer.AccessorList ?? indexer.ExpressionBody,
            _ => null,
        };
        string text = member.ToString();
        return body is null ? (text, "") : (text[..(body.SpanStart - member.SpanStart)], text[(body.SpanStart - member.SpanStart)..]);
    }

    static string Indent(SyntaxNode node) => new(' ', node.GetLocation().GetLineSpan().StartLinePosition.Character);

    // A member that the student added goes to the end of its type, a type to the end of the file.
    static TextChange Added(string key, MemberDeclarationSyntax member, Parsed after, string renewed)
    {
        string text = "\n" + member.ToFullString().Trim('\n') + "\n";
        int parenthesis = key.IndexOf('(', StringComparison.Ordinal), dot = (parenthesis < 0 ? key : key[..parenthesis]).LastIndexOf('.');
        if (dot < 0)
        {
            if (member.Parent is NamespaceDeclarationSyntax) throw new NotMergedException($"{NameOf(key)} is new in a namespace with braces");
            return new TextChange(new TextSpan(renewed.Length, 0), text);
        }
        string owner = key[..dot];
        if (!after.Types.TryGetValue(owner, out TypeDeclarationSyntax? type) || type.CloseBraceToken.IsKind(SyntaxKind.None))
            throw new NotMergedException($"the new version has no class {NameOf(owner)} that your {NameOf(key)} could stand in");
        // Before the brace and the spaces in front of it.
        int at = type.CloseBraceToken.SpanStart;
        while (at > 0 && renewed[at - 1] == ' ') at--;
        return new TextChange(new TextSpan(at, 0), text);
    }
#else
    /// <summary>Merges nothing: there is no compiler's library to read C# with.</summary>
    /// <param name="original">The file as it was handed out.</param>
    /// <param name="mine">The student's.</param>
    /// <param name="renewed">The new handout's.</param>
    public static MergedFile Of(string original, string mine, string renewed) =>
        new(null, [], [], "this SDK has no library that reads C#");
#endif
}
