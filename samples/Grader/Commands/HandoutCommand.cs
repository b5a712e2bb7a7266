using System.CommandLine;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary><c>handout ASSIGNMENT -o DIR</c>: what students get.</summary>
static class HandoutCommand
{
    public static Command Create()
    {
        var assignment = new Argument<string>("ASSIGNMENT") { Description = "The folder that holds assignment.json" };
        var output = new Option<string>("--output", "-o") { Description = "The folder to write; not there yet, or empty", HelpName = "DIR", Required = true };
        var offline = new Option<bool>("--offline") { Description = "Add the packages, so that the handout builds without a network" };
        var noBuild = new Option<bool>("--no-build") { Description = "Prove it in memory only, without building it as a student will" };
        var command = new Command("handout", "Makes the handout of an assignment, and proves it before it is written") { assignment, output, offline, noBuild };
        command.SetAction(result => Run(
            result.GetRequiredValue(assignment), result.GetRequiredValue(output), result.GetValue(offline), !result.GetValue(noBuild), Console.Out, Console.Error));
        return command;
    }

    internal static int Run(string assignment, string target, bool offline, bool build, TextWriter output, TextWriter error)
    {
        try
        {
            AssignmentFolder folder = AssignmentFolder.Load(assignment);
            HandoutWriter.Written written = new HandoutWriter(folder, output).Write(target, offline, build);
            output.WriteLine(FormattableString.Invariant(
                $"{target}: {written.Files} files; a student reads {folder.Assignment.ReadingSet.Count} files of {written.Lines} lines. It scores 0 as it is, and {folder.Assignment.MaxScore} with its bodies."));
            return 0;
        }
        catch (Exception exception) when (exception is AssignmentException or HandoutException or SourceException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(exception.Message);
            return 1;
        }
    }
}
