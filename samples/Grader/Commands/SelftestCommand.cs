using System.CommandLine;
using System.Globalization;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts.Leaks;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary><c>selftest ASSIGNMENT</c>: whether an assignment grades as it should, before a student meets it.</summary>
static class SelftestCommand
{
    public static IEnumerable<Command> Create()
    {
        var assignment = new Argument<string>("assignment") { Description = "The assignment's folder, which holds assignment.json." };
        var question = new Option<string?>("--question") { Description = "Try only this question (4.2) or group (4)." };
        var leaks = new Option<bool>("--leaks")
        {
            Description = "Try whether something in the handout computes an answer, by calling everything that a student could call"
        };
        var plant = new Option<string?>("--plant")
        {
            Description = "With --leaks: a C# file that is added to the handout, to see whether it is found",
            HelpName = "FILE"
        };
        var effort = new Option<int>("--effort")
        {
            Description = "With --leaks: how many times the usual calls and seconds it may take, 1 to 1000. More pairs of calls are tried to the end",
            DefaultValueFactory = _ => 1,
            HelpName = "N",
        };
        effort.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }]
                && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int times) && times is >= 1 and <= 1000))
                result.AddError($"--effort {text}: expected a whole number from 1 to 1000.");
        });
        var command = new Command(
            "selftest", "Tries an assignment: the reference must get every point and the handout none, each known mistake must lose " +
            "points and get its hint, " +
            "and no correct variant may lose any.")
        { assignment, question, leaks, plant, effort };
        command.SetAction(parsed => parsed.GetValue(leaks)
            ? RunLeaks(parsed.GetValue(assignment)!, Console.Out, parsed.GetValue(question), parsed.GetValue(plant), parsed.GetValue(effort))
            : Run(parsed.GetValue(assignment)!, Console.Out, parsed.GetValue(question)));
        yield return command;

        var folder = new Argument<string>("folder");
        var searching = new Command(LeakProof.Verb) { folder };
        searching.Hidden = true;
        searching.SetAction(parsed => LeakChild.Run(parsed.GetValue(folder)!));
        yield return searching;
    }

    /// <summary>Writes a line for each check and what is wrong; 0 if nothing is.</summary>
    internal static int Run(string folder, TextWriter output, string? asked = null) => new Selftest(output, asked).Run(folder);

    /// <summary>Writes a line for each member to write; 0 if nothing gives its answer away.</summary>
    internal static int RunLeaks(string folder, TextWriter output, string? asked = null, string? planted = null, int effort = 1)
    {
        int wrong = 0;
        var all = new List<LeakFindings>();
        try
        {
            SourceTree more = planted is null ? SourceTree.Empty : SourceTree.Of([("MyTorch/Planted.cs", File.ReadAllText(planted))]);
            foreach (LeakFindings found in LeakProof.Run(AssignmentFolder.Load(folder), asked is null ? null : [asked], more, effort))
            {
                wrong += found.Leaks.Count + (found.HasFailed ? 1 : 0);
                all.Add(found);
                foreach (string line in LeakProof.Describe(found)) output.WriteLine(line);
            }
        }
        catch (Exception e) when (e is SourceException or AssignmentException or IOException)
        {
            output.WriteLine("WRONG  " + e.Message);
            return 1;
        }
        foreach (string line in LeakProof.DescribeNotTried(all)) output.WriteLine(line);
        output.WriteLine(wrong == 0 ? "Nothing that was tried gives an answer away." : $"{wrong} {(wrong == 1 ? "leak" : "leaks")}. " +
            "Name the member in remove or withhold of assignment.json, or leave its file out of take.");
        return wrong == 0 ? 0 : 1;
    }
}
