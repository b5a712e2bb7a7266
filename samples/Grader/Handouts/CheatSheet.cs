using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts;

/// <summary>CHEATSHEET.md: the signatures that a student may need, by type, each with the first sentence of its documentation.</summary>
static partial class CheatSheet
{
    /// <summary>The text for an assignment.</summary>
    /// <param name="folder">The assignment, which names the members.</param>
    /// <param name="library">The library as it is handed out.</param>
    public static string Of(AssignmentFolder folder, SourceTree library)
    {
        var text = new StringBuilder("# Cheat sheet\n\nAll that the homework needs of the library. Tensors and numbers also take `+ - * " +
            "/` and the comparisons `< <= > >=`, element by element.\n");
        if (folder.Assignment.CheatSheet.Any(member => member.Split('(')[0] == "MyTorch.Tensor.From"))
            text.Append("\nA tensor made of C# numbers is **Float32** unless a type is named, even if they are `double`; and two tensors " +
                "of different types are refused. "
                + "The checks compute in Float64, so keep the type: `Tensor.From(numbers, x.Shape, x.DType)`. A plain number beside a " +
                    "tensor takes the tensor's type: `1 - x`, `0.5 * x`.\n");
        foreach (IGrouping<string, SourceMember[]> type in folder.Assignment.CheatSheet.Select(name => library.Find(name).ToArray())
            .Where(found => found.Length > 0).GroupBy(found => found[0].Owner))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {type.Key}\n\n| member | what it does |\n|---|---|\n");
            foreach (SourceMember[] overloads in type)
            {
                // Beside each signature its description; overloads of one description follow each other.
                var groups = overloads.GroupBy(member => SummaryOf(member, overloads)).ToList();
                IEnumerable<string> signatures = groups.SelectMany(same => same).Select(member => $"`{Short(member.Signature)}`");
                IEnumerable<string> summaries = groups.SelectMany(same => same.Select((_, i) => i == 0 ? same.Key : "the same"));
                text.Append(CultureInfo.InvariantCulture,
                    $"| {string.Join("<br>", signatures)} | {string.Join("<br>", summaries)} |\n");
            }
        }
        return text.ToString();
    }

    static string Short(string signature) => Keywords().Replace(signature, "$3").Replace("|", "\\|", StringComparison.Ordinal);

    static string SummaryOf(SourceMember member, IReadOnlyList<SourceMember> overloads)
    {
        string comment = string.Concat(member.Syntax.GetLeadingTrivia()
            .Where(trivia => trivia.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia)).Select(trivia => trivia.ToFullString()));
        string xml = CommentStart().Replace(comment, "");
        XElement? summary;
        try
        {
            var doc = XElement.Parse($"<doc>{xml}</doc>");
            summary = doc.Element("summary");
            // <inheritdoc cref="From(double[], DType?, bool)"/>
            if (summary is null && (string?)doc.Element("inheritdoc")?.Attribute("cref") is { } other
                && overloads.FirstOrDefault(one => one != member && $"{one.Name}{one.Parameters}" == Written(other)) is { } described)
                return SummaryOf(described, overloads);
        }
        catch (System.Xml.XmlException)
        {
            return "";
        }
        string text = string.Concat(summary?.DescendantNodes().Select(node => node switch
        {
            XText words => words.Parent!.Name.LocalName is "c" or "code" ? $"`{words.Value}`" : words.Value,
            XElement { Name.LocalName: "see" or "paramref" } link =>
                $"`{((link.Attribute("cref") ?? link.Attribute("name") ?? link.Attribute("langword"))?.Value ?? "").Split('.')[^1]}`",
            _ => "",
        }) ?? []);
        text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Replace("|", "\\|", StringComparison.Ordinal);
        return FirstSentence().Match(text) is { Success: true } sentence ? sentence.Value : text;
    }

    // A reference as the source writes parameters.
    static string Written(string reference) =>
        reference.Replace(" ", "", StringComparison.Ordinal).Replace('{', '<').Replace('}', '>');

    [GeneratedRegex(@"^(public|protected|internal|private)( protected| internal)? (static )?((sealed|override|virtual|abstract|readonly) )*")]
    private static partial Regex Keywords();

    [GeneratedRegex(@"^\s*///\s?", RegexOptions.Multiline)]
    private static partial Regex CommentStart();

    [GeneratedRegex(@"^.*?[.](?=\s[A-Z]|$)")]
    private static partial Regex FirstSentence();
}
