using System.CommandLine;
using System.Diagnostics;
using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Commands;

/// <summary><c>check</c>, <c>hint</c> and <c>handin</c>: a handout's own program, called from outside.</summary>
static class StudentCommands
{
    public static IEnumerable<Command> Create()
    {
        yield return Forwarding("check", "Checks a handout's code against its visible cases", new Argument<string[]>("ID")
        {
            Description = "A question (4.2) or group (4); everything if left out",
            // The handout's own program says how many it takes; an array of at most one is nothing that can be parsed.
            Arity = ArgumentArity.ZeroOrMore,
        });
        yield return Forwarding("hint", "Helps with a question of a handout", new Argument<string[]>("ID")
        {
            Description = "A question (4.2), and the step: idea, formula or shapes",
            Arity = new ArgumentArity(1, 2),
        });
        var output = new Option<string?>("--output", "-o") { Description = "The file to write", HelpName = "FILE" };
        yield return Forwarding("handin", "Writes what a student hands in", null, output);
    }

    static Command Forwarding(string verb, string description, Argument<string[]>? words, Option<string?>? output = null)
    {
        var handout = new Option<string>("--handout")
        {
            Description = "The handout's folder [default: the current one]",
            HelpName = "DIR",
            DefaultValueFactory = _ => "."
        };
        var command = new Command(verb, description) { handout };
        if (words is not null) command.Arguments.Add(words);
        if (output is not null) command.Options.Add(output);
        command.SetAction(result =>
        {
            string folder = result.GetRequiredValue(handout), program = Path.Combine(folder, "check.cs");
            if (!File.Exists(program))
            {
                Console.Error.WriteLine($"{Path.GetFullPath(folder)} holds no check.cs; name the folder of a handout with --handout.");
                return 2;
            }
            List<string> line = ["run", program, "--", verb, .. words is null ? [] : result.GetValue(words) ?? []];
            if (output is not null && result.GetValue(output) is { } file) line.AddRange("-o", Path.GetFullPath(file));
            if (result.GetValue(TextReport.Plain)) line.Add("--plain");
            using Process process = Process.Start(new ProcessStartInfo("dotnet", line))!;
            process.WaitForExit();
            return process.ExitCode;
        });
        return command;
    }
}
