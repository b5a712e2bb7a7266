using System.CommandLine;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;
using MyTorch.Grader.Uploads;

namespace MyTorch.Grader.Commands;

/// <summary><c>package ASSIGNMENT --for PLATFORM -o DIR</c>: what the instructor uploads.</summary>
static class PackageCommand
{
    public static Command Create()
    {
        var assignment = new Argument<string>("ASSIGNMENT") { Description = "The folder that holds assignment.json" };
        var platform = new Option<string>("--for")
        {
            Description = "autolab, gradescope or github",
            HelpName = "PLATFORM",
            Required = true
        };
        platform.AcceptOnlyFromAmong("autolab", "gradescope", "github");
        var output = new Option<string>("--output", "-o") { Description = "The folder to write", HelpName = "DIR", Required = true };
        var secret = new Option<string?>("--secret")
        {
            Description =
            "The file that hidden cases derive from; if left out, the file \"secret\" of the assignment"
        };
        var command = new Command("package", "Makes the files to upload to a platform, which then grades each submission") { assignment,
            platform, output, secret };
        command.SetAction(result => Run(
            result.GetRequiredValue(assignment), result.GetRequiredValue(platform), result.GetRequiredValue(output),
            result.GetValue(secret), Console.Out, Console.Error));
        return command;
    }

    internal static int Run(string assignment, string platform, string target, string? secretFile, TextWriter output, TextWriter error)
    {
        try
        {
            AssignmentFolder folder = AssignmentFolder.Load(assignment);
            string secret = secretFile ?? Path.Combine(folder.Path, "secret");
            output.Write(new UploadWriter(folder, File.Exists(secret) || secretFile is not null ? File.ReadAllBytes(secret) : null)
                .Write(platform, target));
            return 0;
        }
        catch (Exception e) when (e is AssignmentException or SourceException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return 2;
        }
    }
}
