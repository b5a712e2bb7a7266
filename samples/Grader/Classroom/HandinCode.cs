using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>Takes a handin apart by questions.</summary>
static class HandinCode
{
    /// <summary>The handed-in files that are graded, parsed; but none that would bring a parser down.</summary>
    public static SourceTree Graded(Assignment assignment, SourceTree reference, Handin handin)
    {
        var tree = SourceTree.Empty;
        foreach ((string path, string text) in handin.Files)
            if ((assignment.ReadingSet.Contains(path) || path.StartsWith("MyTorch/", StringComparison.Ordinal) && !reference.Contains(path))
                && SourceBounds.Exceeded(path, text) is null)
                tree = tree.With(path, text);
        return tree;
    }

    /// <summary>
    /// By the question's id the members to write as they were handed in, with helpers beside them and helper classes that they name.
    /// </summary>
    public static IReadOnlyDictionary<string, string> ByQuestion(Assignment assignment, SourceTree reference, SourceTree handedIn)
    {
        var code = new Dictionary<string, string>();
        foreach (Question question in assignment.Questions.Where(question => question.Blank.Count > 0))
        {
            SourceMember[] asked = [.. question.Blank.SelectMany(reference.Find)];
            var members = asked.SelectMany(mine => handedIn.Find(mine.FullName).Where(theirs => theirs.Parameters == mine.Parameters))
                .Distinct().ToList();
            if (members.Count == 0) continue;
            members.AddRange(handedIn.Members.Values.SelectMany(all => all)
                .Where(member => asked.Any(mine => mine.Owner == member.Owner) && reference.Find(member.FullName).Count == 0));
            string text = string.Join("\n\n", members.Select(Text));
            foreach (SourceMember type in handedIn.Members.Values.SelectMany(all => all))
                if (type.Syntax is BaseTypeDeclarationSyntax && reference.Find(type.FullName).Count == 0
                    && type.Syntax.Parent is not BaseTypeDeclarationSyntax &&
                    text.Contains(type.Name, StringComparison.Ordinal)) text += "\n\n" + Text(type);
            code[question.Id] = text;
        }
        return code;
    }

    // Documentation is the handout's; comments inside are the student's.
    static string Text(SourceMember member)
    {
        string text = member.Syntax.ToString().ReplaceLineEndings("\n");
        int indent = member.Syntax.GetLocation().GetLineSpan().StartLinePosition.Character;
        string[] lines = text.Split('\n');
        for (int i = 1; i < lines.Length; i++)
            lines[i] = lines[i][Math.Min(indent, lines[i].Length - lines[i].TrimStart().Length)..];
        return $"// {member.Path}\n{string.Join('\n', lines)}";
    }
}
