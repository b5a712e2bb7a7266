using System.CommandLine;

namespace MyTorch.Grader.Commands;

/// <summary><c>merge ASSIGNMENT HANDINS PART… -o DIR</c>: the grades of a class's parts to the results of the whole class.</summary>
static class MergeCommand
{
    public static Command Create()
    {
        var assignment = new Argument<string>("ASSIGNMENT") { Description = "The folder that holds assignment.json" };
        var handins = new Argument<string>("HANDINS") { Description = "The folder of handins that the parts were graded from" };
        var parts = new Argument<string[]>("PART")
        {
            Description = "The folders that grade --part has written, all of them, in any order",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o") { Description = "The folder for the results", HelpName = "DIR", Required = true };
        var secret = new Option<string?>("--secret")
        {
            Description = "The file that hidden cases derive from, if the parts were graded with it",
        };
        var choices = new ClassroomCommand.Choices();
        var command = new Command("merge", "Makes one class's results out of the parts that grade --part has graded. (To sort code for a " +
            "comparison of handins, use collect.)") { assignment, handins, parts, output, secret };
        choices.AddTablesTo(command);
        command.SetAction((parsed, stop) =>
            ClassroomCommand.Run(choices.Read(parsed, parsed.GetRequiredValue(assignment), parsed.GetRequiredValue(handins),
                parsed.GetRequiredValue(output), parsed.GetValue(secret)) with
            { Merged = parsed.GetRequiredValue(parts) }, Console.Out, Console.Error, stop));
        return command;
    }
}
