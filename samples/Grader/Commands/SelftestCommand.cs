using System.CommandLine;
using MyTorch.Grader.Assignments;

namespace MyTorch.Grader.Commands;

/// <summary><c>selftest ASSIGNMENT</c>: whether an assignment grades as it should, before a student meets it.</summary>
static class SelftestCommand
{
    public static Command Create()
    {
        var assignment = new Argument<string>("assignment") { Description = "The assignment's folder, which holds assignment.json." };
        var question = new Option<string?>("--question") { Description = "Try only this question (4.2) or group (4)." };
        var command = new Command(
            "selftest", "Tries an assignment: the reference must get every point and the handout none, each known mistake must lose " +
            "points and get its hint, " +
            "and no correct variant may lose any.")
        { assignment, question };
        command.SetAction(parsed => Run(parsed.GetValue(assignment)!, Console.Out, parsed.GetValue(question)));
        return command;
    }

    /// <summary>Writes a line for each check and what is wrong; 0 if nothing is.</summary>
    internal static int Run(string folder, TextWriter output, string? asked = null) => new Selftest(output, asked).Run(folder);
}
