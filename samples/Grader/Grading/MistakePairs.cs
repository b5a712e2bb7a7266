using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>Puts known mistakes of one question together, two at a time, where they change different parts of its code.</summary>
sealed class MistakePairs
{
    readonly SourceTree _source;
    readonly IReadOnlyList<Mistake> _known;

    MistakePairs(SourceTree source, IReadOnlyList<Mistake> known) => (_source, _known) = (source, known);

    /// <summary>The pairs, numbered on from the mistakes.</summary>
    /// <param name="source">The source that the mistakes are made in.</param>
    /// <param name="known">The known mistakes.</param>
    /// <param name="questions">The questions. Two that ask for the same members are answered by one piece of code.</param>
    public static IReadOnlyList<Mistake> Of(SourceTree source, IReadOnlyList<Mistake> known, IReadOnlyList<Question> questions)
    {
        var together = new MistakePairs(source, known);
        var pairs = new List<Mistake>();
        // Two forms of one mistake may become the same code.
        var made = new HashSet<string>(StringComparer.Ordinal);
        Mistake[] wrong = [.. known.Where(mistake => !mistake.IsRight && mistake.Of.Count == 1)];
        foreach ((int i, Mistake first) in wrong.Index())
            foreach (Mistake second in wrong.Skip(i + 1))
                if (first.Type == second.Type && AreAnsweredTogether(questions, first.Question, second.Question)
                    && !first.Of.SequenceEqual(second.Of))
                    foreach (IReadOnlyList<MemberDeclarationSyntax> members in together.Together(first, second)
                        .Where(members => made.Add($"{string.Join(' ', first.Of.Concat(second.Of))} {CodeOf(members)}")))
                        pairs.Add(new Mistake($"{first.Id} and {second.Id}", first.Question, first.Type, known.Count + pairs.Count + 1,
                            members, [.. first.Usings.Union(second.Usings)])
                        {
                            Of = [.. first.Of, .. second.Of],
                        });
        return pairs;
    }

    /// <summary>Whether two questions ask for the same member, at least one.</summary>
    public static bool AreAnsweredTogether(IReadOnlyList<Question> questions, string one, string other)
    {
        if (one == other) return true;
        IReadOnlyList<string> Blank(string id) => questions.FirstOrDefault(question => question.Id == id)?.Blank ?? [];
        return Blank(one).Intersect(Blank(other)).Any();
    }

    // The members that have both changes, in each way in which they can be put together.
    List<IReadOnlyList<MemberDeclarationSyntax>> Together(Mistake first, Mistake second)
    {
        MemberDeclarationSyntax[] more =
            [.. second.Members.Where(member => !first.Members.Any(one => NameOf(one) == NameOf(member)))];
        List<IReadOnlyList<MemberDeclarationSyntax>> ways = [[]];
        foreach (MemberDeclarationSyntax member in first.Members)
        {
            MemberDeclarationSyntax? other = second.Members.FirstOrDefault(one => NameOf(one) == NameOf(member));
            IReadOnlyList<MemberDeclarationSyntax> choices = other is null ? [member]
                : Mistake.Original(_source, first.Type, member) is not { } original ? []
                : Merged(original, member, other, $"{first.Id} and {second.Id}");
            ways = [.. ways.SelectMany(way => choices.Select(choice => (IReadOnlyList<MemberDeclarationSyntax>)[.. way, choice]))];
        }
        return [.. ways.Select(way => (IReadOnlyList<MemberDeclarationSyntax>)[.. way, .. more])];
    }

    // Of the first form of the right answer that both vary.
    List<MemberDeclarationSyntax> Merged(SourceMember original, MemberDeclarationSyntax first, MemberDeclarationSyntax second, string id)
    {
        var ways = new List<MemberDeclarationSyntax>();
        if (BodyOf(first) is not { } one || BodyOf(second) is not { } other) return ways;
        foreach (MemberDeclarationSyntax before in _known.Where(known => known.IsRight && known.Type == original.Owner)
            .SelectMany(known => known.Members).Where(member => NameOf(member) == NameOf(first)).Append(original.Syntax))
        {
            if (ways.Count > 0) break;
            if (BodyOf(before) is not { } body) continue;
            foreach (string code in SyntaxMerge.Merge(body, one, other))
            {
                string end = one is BlockSyntax ? "" : ";";
                SyntaxTree tree = SourceTree.Parse(
                    $"mistakes/{id}, {ways.Count + 1}", $"class Merged\n{{\n    {HeadOf(first)} {code.Trim()}{end}\n}}\n");
                if (tree.GetDiagnostics().Any()) continue;
                var merged = tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>().Single().Members.Single();
                // One change may contain the other.
                if (!IsSame(merged, first) && !IsSame(merged, second) && !ways.Exists(way => IsSame(way, merged))) ways.Add(merged);
            }
        }
        return ways;
    }

    static string CodeOf(IEnumerable<MemberDeclarationSyntax> members) =>
        string.Join(' ', members.SelectMany(member => member.DescendantTokens()).Select(token => token.Text));

    static bool IsSame(MemberDeclarationSyntax a, MemberDeclarationSyntax b) => SyntaxFactory.AreEquivalent(BodyOf(a), BodyOf(b));

    static string NameOf(MemberDeclarationSyntax member)
    {
        string name = SourceMember.NamesOf(member).FirstOrDefault() ?? "";
        name = name[(name.LastIndexOf('.') + 1)..];
        return name + new SourceMember(name, "", member).Parameters;
    }

    static SyntaxNode? BodyOf(MemberDeclarationSyntax member) =>
        new SourceMember("", "", member).Bodies is [var body] ? body : null;

    static string HeadOf(MemberDeclarationSyntax member) =>
        member.SyntaxTree.GetText().ToString(TextSpan.FromBounds(member.SpanStart, BodyOf(member)!.SpanStart)).Trim();
}
