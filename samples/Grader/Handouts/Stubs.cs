using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts;

/// <summary>
/// The library as a student gets it: the bodies to write replaced by one statement that names the question, and everything taken out that
/// says the same thing elsewhere.
/// </summary>
static partial class Stubs
{
    /// <summary>
    /// The other forms of a rule, all of them overrides that an operation need not have: forwards, in symbols, in one pass. They go where a
    /// body of their class is to be written.
    /// </summary>
    static readonly HashSet<string> s_otherForms = ["Tangent", "Text", "ValueText", "DerivativeText", "AdjointText", "BackwardInOnePass"];

    static readonly HashSet<string> s_inOnePass = ["BackwardInOnePass"];

    /// <summary>The handout's library: of an assignment that <see cref="AssignmentCheck"/> finds nothing wrong with.</summary>
    public static SourceTree Of(AssignmentFolder folder)
    {
        Assignment assignment = folder.Assignment;
        SourceTree source = folder.Reference.Without(path => !folder.IsHandedOut(path));
        var edits = new SourceEdits(source);
        foreach (string name in assignment.Remove.Concat(assignment.Questions.SelectMany(question => question.Remove)))
            foreach (SourceMember member in source.Find(name)) edits.Remove(member);
        foreach (SourceMember member in Blanked(assignment, source).SelectMany(pair => OtherForms(source, pair.Member)).Distinct())
            edits.Remove(member);
        foreach ((Question question, SourceMember member) in Blanked(assignment, source))
            edits.Blank(member, MessageOf(question, member));
        foreach ((string name, string code) in assignment.Questions.SelectMany(question => question.Begins))
            foreach (SourceMember member in source.Find(name)) edits.Begin(member, code);
        foreach ((Question question, SourceMember member) in Blanked(assignment, source))
            if (question.Docs == "blank-derivative") BlankDerivatives(source, member, edits);
        foreach ((SourceMember member, bool whole, bool derivative) in Withheld(folder, source))
        {
            if (whole) edits.Remove(member);
            else edits.Withhold(member);
            if (derivative) BlankDerivatives(source, member, edits);
        }
        return edits.Apply();
    }

    /// <summary>
    /// Members that give an answer away though nobody is asked to write them here, and what other assignments ask for or take out; what
    /// this one hands out to be read is its own. Each with whether all of it goes or its bodies only, and whether documented derivatives
    /// do.
    /// </summary>
    public static IEnumerable<(SourceMember Member, bool Whole, bool Derivative)> Withheld(AssignmentFolder folder, SourceTree source)
    {
        bool Own(SourceMember member) => folder.Assignment.ReadingSet.Contains(member.Path);
        foreach (string name in folder.Others.Prepend(folder.Assignment).SelectMany(assignment => assignment.Withhold))
            foreach (SourceMember member in source.Find(name).Where(member => !Own(member))) yield return (member, false, false);
        foreach (Assignment other in folder.Others)
        {
            foreach (string name in other.Remove.Concat(other.Questions.SelectMany(question => question.Remove)))
                foreach (SourceMember member in source.Find(name).Where(member => !Own(member))) yield return (member, true, false);
            foreach ((Question question, SourceMember member) in Blanked(other, source).Where(pair => !Own(pair.Member)))
            {
                yield return (member, false, question.Docs == "blank-derivative");
                foreach (SourceMember form in OtherForms(source, member)) yield return (form, true, false);
            }
        }
    }

    /// <summary>What the handout does not have of the reference: bodies to write, and members taken out.</summary>
    public static IEnumerable<SourceMember> TakenOut(AssignmentFolder folder)
    {
        Assignment assignment = folder.Assignment;
        SourceTree source = folder.Reference;
        SourceMember[] blanked = [.. Blanked(assignment, source).Select(pair => pair.Member)];
        return blanked
            .Concat(blanked.SelectMany(member => OtherForms(source, member)))
            .Concat(assignment.Remove.Concat(assignment.Questions.SelectMany(question => question.Remove)).SelectMany(source.Find))
            .Distinct();
    }

    /// <summary>
    /// The rules in one pass of a source that belong to the classes of members to write. An engine runs them in place of the rules that are
    /// asked for.
    /// </summary>
    public static IEnumerable<SourceMember> RulesInOnePass(Assignment assignment, SourceTree reference, SourceTree source)
    {
        HashSet<string> owners = [.. Blanked(assignment, reference).Select(pair => pair.Member.Owner)];
        return source.Members.Values.SelectMany(members => members)
            .Where(member => member.Overrides(s_inOnePass) && owners.Contains(member.Owner));
    }

    /// <summary>The members to write, each with the first question that names it.</summary>
    public static IEnumerable<(Question Question, SourceMember Member)> Blanked(Assignment assignment, SourceTree source) =>
        assignment.Questions
        .SelectMany(question => question.Blank.SelectMany(source.Find).Select(member => (Question: question, Member: member)))
        .DistinctBy(pair => pair.Member);

    /// <summary>Whether a pattern, in which a star stands for any text, matches a text.</summary>
    public static bool Matches(string pattern, string text) =>
        pattern == text || (pattern.Contains('*', StringComparison.Ordinal)
            && Regex.IsMatch(text, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$",
                RegexOptions.CultureInvariant | RegexOptions.Singleline));

    /// <summary>"4.2 Linear.Backward: not written yet". What helps is told step by step, on demand.</summary>
    static string MessageOf(Question question, SourceMember member) => $"{question.Id} {member.ShortName}: not written yet";

    static IEnumerable<SourceMember> OtherForms(SourceTree source, SourceMember member) => source.Members
        .Where(pair => pair.Key.StartsWith(member.Owner + ".", StringComparison.Ordinal))
        .SelectMany(pair => pair.Value)
        .Where(other => other.Owner == member.Owner && other.Overrides(s_otherForms) && other != member);

    static void BlankDerivatives(SourceTree source, SourceMember member, SourceEdits edits)
    {
        foreach (SourceMember type in source.Find(member.Owner).Append(member))
        {
            var documentation = type.Syntax.GetLeadingTrivia().Select(trivia => trivia.GetStructure())
                .OfType<DocumentationCommentTriviaSyntax>().FirstOrDefault();
            foreach (XmlElementSyntax element in documentation?.Content.OfType<XmlElementSyntax>() ?? [])
            {
                string tag = element.StartTag.Name.ToString(), text = element.Content.ToFullString();
                if (tag is not ("summary" or "remarks") || Derivative().Match(text) is not { Success: true } derivative) continue;
                if (tag == "remarks") edits.Change(type.Path, LinesOf(element), "");
                else
                {
                    string kept = text[..derivative.Index].TrimEnd(' ', '\n', '\r', '/', ';', ':', ',', '.');
                    bool several = kept.Contains('\n', StringComparison.Ordinal);
                    edits.Change(type.Path, TextSpan.FromBounds(element.StartTag.Span.End, element.EndTag.SpanStart),
                        several ? $"{kept}.\n{IndentOf(element)}/// " : kept.Trim() + ".");
                }
            }
        }
    }

    static TextSpan LinesOf(XmlElementSyntax element)
    {
        SourceText text = element.SyntaxTree.GetText();
        return TextSpan.FromBounds(text.Lines.GetLineFromPosition(element.SpanStart).Start,
            text.Lines.GetLineFromPosition(element.Span.End - 1).EndIncludingLineBreak);
    }

    static string IndentOf(SyntaxNode node)
    {
        string line = node.SyntaxTree.GetText().Lines.GetLineFromPosition(node.SpanStart).ToString();
        return line[..(line.Length - line.TrimStart().Length)];
    }

    /// <summary>Where a derivative begins: ∂z/∂a, dy/dx, dX =, ∇, x̄ =.</summary>
    [GeneratedRegex(@"∂|∇|\bd[A-Za-z]/d[A-Za-z]\b|\bd[A-Za-z]\s*=|\b[A-Za-z]\u0304\s*=")]
    private static partial Regex Derivative();
}
