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
        var output = new Option<string>("--output", "-o")
        {
            Description = "The folder to write; it must not exist or must be empty",
            HelpName = "DIR",
            Required = true
        };
        var offline = new Option<bool>("--offline") { Description = "Include the packages, so that the handout builds without a network" };
        var noBuild = new Option<bool>("--no-build") { Description = "Check it in memory only, without building it as a student will" };
        var solved = new Option<bool>("--solved")
        {
            Description =
            "Write it with all bodies, as a handin with full marks to try a platform with; not for students"
        };
        var command = new Command("handout", "Makes the handout of an assignment, and checks it before it is written") { assignment, output,
            offline, noBuild, solved };
        command.SetAction(result => Run(
            result.GetRequiredValue(assignment), result.GetRequiredValue(output), result.GetValue(offline), !result.GetValue(noBuild),
            Console.Out, Console.Error, result.GetValue(solved)));
        return command;
    }

    internal static int Run(string assignment, string target, bool offline, bool build, TextWriter output, TextWriter error,
        bool solved = false)
    {
        try
        {
            AssignmentFolder folder = AssignmentFolder.Load(assignment);
            HandoutWriter.Written written = new HandoutWriter(folder, output).Write(target, offline, build, solved);
            double byHand = folder.Assignment.Questions.Where(question => question.Manual)
                .Sum(question => question.Points), proven = folder.Assignment.MaxScore - byHand;
            string more = byHand > 0 ? FormattableString.Invariant($"; {byHand} more {(byHand == 1 ? "point is" : "points are")} given by hand") : "";
            int read = folder.Assignment.ReadingSet.Count;
            output.WriteLine(solved
                ? FormattableString.Invariant($"{target}: {written.Files} files, with all bodies: {proven} points{more}. `dotnet check.cs handin` there makes a handin of it. Keep it private.")
                : FormattableString.Invariant($"{target}: {written.Files} files; a student reads {read} {(read == 1 ? "file" : "files")} of {written.Lines} lines. It scores 0 as it is, and {proven} with its bodies{more}."));
            return 0;
        }
        catch (Exception exception) when (exception is AssignmentException or HandoutException or SourceException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(exception.Message);
            return 1;
        }
    }
}
