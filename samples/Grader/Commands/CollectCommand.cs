using System.CommandLine;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary><c>collect ASSIGNMENT HANDINS -o DIR</c>: code by question and student, for MOSS or JPlag.</summary>
static class CollectCommand
{
    public static Command Create()
    {
        var assignment = new Argument<string>("ASSIGNMENT") { Description = "The folder that holds assignment.json" };
        var handins = new Argument<string>("HANDINS") { Description = "The folder of handins, as a platform exports it" };
        var output = new Option<string>("--output", "-o") { Description = "The folder to write", HelpName = "DIR", Required = true };
        var command = new Command("collect", "Sorts the code of a class by questions, for a comparison by MOSS or JPlag") { assignment,
            handins, output };
        command.SetAction(result =>
            Run(result.GetRequiredValue(assignment), result.GetRequiredValue(handins), result.GetRequiredValue(output), Console.Out,
                Console.Error));
        return command;
    }

    internal static int Run(string assignment, string handins, string target, TextWriter output, TextWriter error)
    {
        try
        {
            AssignmentFolder folder = AssignmentFolder.Load(assignment);
            int count = Collecting.Write(folder, handins, target, error.WriteLine);
            string question = folder.Assignment.Questions.FirstOrDefault(one => one.Blank.Count > 0)?.Id ?? "1.1";
            output.WriteLine(FormattableString.Invariant($"{count} students: a folder for each question in {target}. The reference is public: compare it too, as one more suspect."));
            output.WriteLine($"  moss -l csharp -b {target}/base/{question}/base.cs {target}/{question}/*.cs");
            output.WriteLine($"  java -jar jplag.jar -l csharp -bc {target}/base/{question} {target}/{question}");
            return 0;
        }
        catch (Exception e) when (e is AssignmentException or SourceException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return 2;
        }
    }
}
