using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary><c>find-the-bug N</c>: one of the known mistakes, put into the library's source, for a learner to find.</summary>
static class FindTheBugCommand
{
    public static Command Create()
    {
        var number = new Argument<int?>("N")
        {
            Description = "Which exercise; without it, how many there are",
            Arity = ArgumentArity.ZeroOrOne
        };
        var assignment = new Option<string?>("--assignment")
        {
            Description =
            "The folder whose mistakes are used; samples/Homework1/hw1 if left out"
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The folder to write; find-the-bug-N if left out",
            HelpName = "DIR"
        };
        var solution = new Option<bool>("--solution") { Description = "Print where the bug is and how the lines should read" };
        var command = new Command("find-the-bug",
            "Makes an exercise: code with one bug in it, and the checks that fail because of it") { number, assignment, output, solution };
        command.SetAction(result =>
            Run(result.GetValue(number), result.GetValue(assignment), result.GetValue(output), result.GetValue(solution), Console.Out,
                Console.Error));
        return command;
    }

    internal static int Run(int? number, string? assignment, string? target, bool solution, TextWriter output, TextWriter error)
    {
        try
        {
            AssignmentFolder folder =
                AssignmentFolder.Load(assignment
                    ?? Path.Combine(Repository.Root(Environment.CurrentDirectory), "samples", "Homework1", "hw1"));
            IReadOnlyList<Mistake> mistakes = Ordered(MistakeFiles.Read(Path.Combine(folder.Path, "mistakes")));
            if (number is null)
                output.WriteLine(FormattableString.Invariant($"{mistakes.Count} exercises of {folder.Assignment.Id}, find-the-bug 1 to find-the-bug {mistakes.Count}: code of the library with one wrong spot, and what fails because of it."));
            else if (number < 1 || number > mistakes.Count)
            {
                error.WriteLine(FormattableString.Invariant($"There is no exercise {number}; {folder.Assignment.Id} has 1 to {mistakes.Count}."));
                return 2;
            }
            else if (solution) output.Write(Solution(folder, mistakes[number.Value - 1]));
            else output.Write(Exercise(folder, mistakes[number.Value - 1], number.Value,
                target ?? FormattableString.Invariant($"find-the-bug-{number}")));
            return 0;
        }
        catch (Exception e) when (e is AssignmentException or SourceException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return 2;
        }
    }

    // As it is called from the root of a checkout.
    const string Program = "dotnet run -c Release --project samples/Grader --";

    // Shuffled, always in the same way, so that a number says nothing about where the mistake is.
    static IReadOnlyList<Mistake> Ordered(IReadOnlyList<Mistake> mistakes) =>
        [.. mistakes.Where(mistake => !mistake.IsRight && mistake.IsFirstForm).OrderBy(mistake => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(mistake.Id))), StringComparer.Ordinal)];

    static string Exercise(AssignmentFolder folder, Mistake mistake, int number, string target)
    {
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new SourceException($"{target} holds files already. Remove it, or name another folder: -o DIR.");
        using var grader = new HandinGrader(folder, new GradeOptions { Question = mistake.Question });
        SourceTree wrong = WithMistake(grader.Sources.Reference, mistake);
        // The reading set may use what the handout leaves out; a copy of the repository has it.
        foreach (string path in folder.Assignment.ReadingSet.Where(wrong.Contains)
            .Concat(folder.Reference.Paths.Where(path => !folder.IsHandedOut(path))))
        {
            string file = Path.Combine(target, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, wrong.Contains(path) ? wrong[path] : folder.Reference[path]);
        }
        GradeReport report = grader.Grade(target);
        QuestionReport question = report.Questions.Single();
        var text = new StringBuilder();
        string[] members = [.. folder.Assignment.Questions.First(one => one.Id == question.Id).Blank.SelectMany(wrong.Find)
            .Select(member => $"{member.ShortName} ({member.Path})").Distinct()];
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Exercise {number}. One spot in the code in {target} is wrong, in {string.Join(", or ", members)}. This is what fails:");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"  {ReportText.Title(question)}: {ReportText.Points(question.Score)} of {ReportText.PointsWord(question.MaxScore)}");
        foreach (TestReport test in question.Tests.Where(test => test.Score < test.MaxScore))
            text.AppendLine(CultureInfo.InvariantCulture, $"    {ReportText.Lost(question, test)}");
        text.AppendLine("Which line is it, and how should it read?");
        string assignment = Path.GetRelativePath(Environment.CurrentDirectory, folder.Path);
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Try your repair, which answers with a hint while it is not right yet: {Program} grade {assignment} {target} --question " +
            $"{question.Id}");
        text.AppendLine(CultureInfo.InvariantCulture, $"The answer: {Program} find-the-bug {number} --solution{(folder.Path.EndsWith(Path.Combine("Homework1", "hw1"), StringComparison.Ordinal) ? "" : $" --assignment {assignment}")}");
        return text.ToString();
    }

    static string Solution(AssignmentFolder folder, Mistake mistake)
    {
        SourceTree right = folder.Reference, wrong = WithMistake(right, mistake);
        var text = new StringBuilder(FormattableString.Invariant($"{mistake.Id}: {folder.Hints.Mistakes.GetValueOrDefault(mistake.Id, "")}\n"));
        foreach (string path in right.Paths.Where(path => right[path] != wrong[path]))
        {
            (string[] before, string[] after) = (right[path].Split('\n'), wrong[path].Split('\n'));
            int head = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
            int tail = before.Reverse().Zip(after.Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
            tail = Math.Min(tail, Math.Min(before.Length, after.Length) - head);
            text.Append(CultureInfo.InvariantCulture, $"\n{path}, from line {head + 1}, is wrong:\n");
            foreach (string line in after[head..^tail]) text.Append("- ").Append(line.TrimEnd('\r')).Append('\n');
            text.Append("It should read:\n");
            foreach (string line in before[head..^tail]) text.Append("+ ").Append(line.TrimEnd('\r')).Append('\n');
        }
        return text.ToString();
    }

    // The variant instead of the original, without comments, which might give the mistake away.
    internal static SourceTree WithMistake(SourceTree source, Mistake mistake)
    {
        var edits = new SourceEdits(source);
        var helpers = new List<string>();
        SourceMember? last = null;
        foreach (MemberDeclarationSyntax member in mistake.Members)
        {
            string name = SourceMember.NamesOf(member).First();
            name = name[(name.LastIndexOf('.') + 1)..];
            string parameters = new SourceMember(name, "", member).Parameters;
            string declaration = Indented(member);
            if (source.Find($"{mistake.Type}.{name}")
                .FirstOrDefault(one => one.Parameters == parameters
                    && one.Syntax.Kind() == member.Kind()) is { } original) edits.Replace(last = original, declaration);
            else helpers.Add(declaration);
        }
        if (last is null) throw new SourceException($"Mistake {mistake.Id}: {mistake.Type} has none of its members.");
        if (helpers.Count > 0) edits.AddAfter(last, string.Join("\n\n    ", helpers));
        string[] there = [.. ((CompilationUnitSyntax)source.Syntax(last.Path).GetRoot()).Usings.Select(one => one.ToString())];
        string missing = string.Concat(mistake.Usings.Except(there).Select(one => one + "\n"));
        if (missing.Length > 0) edits.Change(last.Path, new(0, 0), missing);
        return edits.Apply();
    }

    static string Indented(MemberDeclarationSyntax member)
    {
        var comments = member.DescendantTrivia()
            .Where(trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia));
        string[] lines = member.ReplaceTrivia(comments, (_, _) => default).ToString().ReplaceLineEndings("\n").Split('\n');
        return string.Join('\n', lines.Select(line => line.TrimEnd()).Where((line, i) => i == 0 || line.Length > 0));
    }
}
