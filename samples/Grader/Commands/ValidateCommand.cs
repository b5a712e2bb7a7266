using System.CommandLine;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary><c>validate ASSIGNMENT</c>: whether an assignment's files fit together.</summary>
static class ValidateCommand
{
    public static Command Create()
    {
        var assignment = new Argument<string>("ASSIGNMENT") { Description = "The folder that holds assignment.json" };
        var command = new Command("validate",
            "Lists the errors of an assignment, each with its file, its line or key, and a fix") { assignment };
        command.SetAction(result => Run(result.GetRequiredValue(assignment), Console.Out, Console.Error));
        return command;
    }

    internal static int Run(string folder, TextWriter output, TextWriter error)
    {
        try
        {
            AssignmentFolder assignment = AssignmentFolder.Load(folder);
            IReadOnlyList<AssignmentProblem> problems = AssignmentCheck.Run(assignment);
            if (problems.Count == 0)
            {
                (problems, Reference? reference) = AssignmentTrial.Run(assignment);
                reference?.Dispose();
            }
            foreach (AssignmentProblem problem in problems) error.WriteLine(problem);
            if (problems.Count > 0)
            {
                error.WriteLine(FormattableString.Invariant($"{problems.Count} {(problems.Count == 1 ? "error" : "errors")}."));
                return 1;
            }
            output.WriteLine(FormattableString.Invariant(
                $"{assignment.Assignment.Id}: {assignment.Assignment.Questions.Count} questions, {assignment.Assignment.MaxScore} points, no errors."));
            foreach (string note in AssignmentCheck.Notes(assignment)) output.WriteLine("Note: " + note);
            return 0;
        }
        catch (Exception exception) when (exception is AssignmentException or SourceException)
        {
            error.WriteLine(exception.Message);
            return 1;
        }
    }
}
