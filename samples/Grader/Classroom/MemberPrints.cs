using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>A member that a student wrote, as a hash that stays the same when names, comments and layout change.</summary>
/// <param name="Member">Type and name.</param>
/// <param name="Hash">The hash of its tokens.</param>
/// <param name="Tokens">How many tokens its body has.</param>
/// <param name="Like">handout or reference where it equals theirs; empty for code of the student's own.</param>
sealed record MemberPrint(string Member, string Hash, int Tokens, string Like)
{
    /// <summary>Bodies shorter than this come out alike by chance: a rule of one line is often written in one way only.</summary>
    public const int Short = 25;

    public bool IsShort => Tokens < Short;
}

/// <summary>Takes the prints of a handin, and stores them with its grade.</summary>
static class MemberPrints
{
    const string Own = "own";

    /// <summary>The prints of the members to write, and of the student's own helpers, in the order of their names.</summary>
    /// <param name="assignment">The assignment.</param>
    /// <param name="reference">The solution, with everything that was given beside it.</param>
    /// <param name="handout">What was given out.</param>
    /// <param name="handedIn">The graded files of the handin.</param>
    public static IReadOnlyList<MemberPrint> Of(Assignment assignment, SourceTree reference, SourceTree handout, SourceTree handedIn)
    {
        string[] asked = [.. assignment.Questions.SelectMany(question => question.Blank).SelectMany(reference.Find)
            .Select(member => member.FullName).Distinct()];
        SourceMember[] all = [.. handedIn.Members.Values.SelectMany(one => one)];
        // Helpers may be called anything: their names count as one.
        SourceMember[] helpers = [.. all.Where(member => member.Bodies.Count > 0 && reference.Find(member.FullName).Count == 0)];
        HashSet<string> own = [.. helpers.Select(helper => helper.Name)];
        var prints = new List<MemberPrint>();
        foreach (SourceMember member in asked.SelectMany(handedIn.Find).Where(member => member.Bodies.Count > 0).Distinct())
        {
            string hash = Hash(member, own);
            bool Is(SourceTree tree) => tree.Find(member.FullName).Any(other => other.Bodies.Count > 0 && Hash(other, own) == hash);
            prints.Add(new(member.ShortName, hash, Tokens(member).Count(), Is(handout) ? "handout" : Is(reference) ? "reference" : ""));
        }
        prints.AddRange(helpers.Select(helper => new MemberPrint(Own, Hash(helper, own), Tokens(helper).Count(), "")));
        return [.. prints.OrderBy(print => print.Member, StringComparer.Ordinal).ThenBy(print => print.Hash, StringComparer.Ordinal)];
    }

    static IEnumerable<SyntaxToken> Tokens(SourceMember member) => member.Bodies.SelectMany(body => body.DescendantTokens());

    // Local names are numbered in the order in which they first occur; names of the library say what the code does, and stay.
    static string Hash(SourceMember member, IReadOnlySet<string> helpers)
    {
        HashSet<string> locals = [.. member.Syntax.DescendantNodes().SelectMany(Declared)];
        var numbers = new Dictionary<string, int>();
        var text = new StringBuilder();
        foreach (SyntaxToken token in Tokens(member))
        {
            // Whether a body is a block or an arrow is layout.
            if (token.Text is "{" or "}" or ";" or "=>" or "return") continue;
            // So is whether a local's type is written out.
            if (token.Parent?.FirstAncestorOrSelf<VariableDeclarationSyntax>()?.Type.Span.Contains(token.Span) == true) continue;
            bool isName = token.IsKind(SyntaxKind.IdentifierToken);
            // A member behind a dot is the library's, even where a local has its name.
            bool isMember = token.Parent?.Parent is MemberAccessExpressionSyntax access && access.Name == token.Parent;
            if (isName && locals.Contains(token.ValueText) && !isMember)
            {
                if (!numbers.TryGetValue(token.ValueText, out int number)) numbers.Add(token.ValueText, number = numbers.Count + 1);
                text.Append(CultureInfo.InvariantCulture, $"local{number} ");
            }
            else text.Append(isName && helpers.Contains(token.ValueText) ? Own : token.ValueText).Append(' ');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..24];
    }

    static IEnumerable<string> Declared(SyntaxNode node) => node switch
    {
        ParameterSyntax parameter => [parameter.Identifier.ValueText],
        VariableDeclaratorSyntax variable => [variable.Identifier.ValueText],
        SingleVariableDesignationSyntax designation => [designation.Identifier.ValueText],
        ForEachStatementSyntax loop => [loop.Identifier.ValueText],
        LocalFunctionStatementSyntax function => [function.Identifier.ValueText],
        CatchDeclarationSyntax caught => [caught.Identifier.ValueText],
        FromClauseSyntax from => [from.Identifier.ValueText],
        _ => [],
    };

    /// <summary>The text of a file that holds prints.</summary>
    public static string Write(IReadOnlyList<MemberPrint> prints) => JsonReport.Text(json =>
    {
        json.WriteStartArray();
        foreach (MemberPrint print in prints)
        {
            json.WriteStartObject();
            json.WriteString("member", print.Member);
            json.WriteString("hash", print.Hash);
            json.WriteNumber("tokens", print.Tokens);
            json.WriteString("like", print.Like);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }, indented: true) + "\n";

    /// <summary>The prints in a file; none if it does not exist.</summary>
    public static IReadOnlyList<MemberPrint> Read(string file) => !File.Exists(file) ? []
        : JsonSerializer.Deserialize<MemberPrint[]>(File.ReadAllText(file), JsonSerializerOptions.Web) ?? [];
}
