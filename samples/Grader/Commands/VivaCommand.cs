using System.CommandLine;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;
using MyTorch.Grader.Viva;

namespace MyTorch.Grader.Commands;

/// <summary><c>viva ASSIGNMENT HANDINS -o DIR</c>: a one-page sheet for a talk of five minutes about each handin.</summary>
static class VivaCommand
{
    public static Command Create()
    {
        var assignment = new Argument<string>("ASSIGNMENT") { Description = "The folder that holds assignment.json" };
        var handins = new Argument<string>("HANDINS") { Description = "The folder of handins, as a platform exports it" };
        var output = new Option<string>("--output", "-o") { Description = "The folder for the sheets", HelpName = "DIR", Required = true };
        var secret = new Option<string?>("--secret")
        {
            Description = "The file that the sheets are drawn from; if left out, the file \"secret\" of the assignment, if it exists",
        };
        var parallel = new Option<int>("--parallel")
        {
            Description = "How many handins are worked on at once. Each takes half a gigabyte.",
            DefaultValueFactory = _ => 2,
        };
        var again = new Option<bool>("--again") { Description = "Also make the sheets that are made already." };
        var command = new Command("viva", "Makes a sheet for a talk about each handin of a class: a drill, questions on the " +
            "student's own code, a mistake in it to find, and the answers for staff") { assignment, handins, output, secret, parallel, again };
        command.SetAction((parsed, stop) => Run(new VivaOptions
        {
            Assignment = parsed.GetRequiredValue(assignment),
            Handins = parsed.GetRequiredValue(handins),
            Output = parsed.GetRequiredValue(output),
            Secret = parsed.GetValue(secret),
            Parallel = parsed.GetValue(parallel),
            Again = parsed.GetValue(again),
        }, Console.Out, Console.Error, stop));
        return command;
    }

    /// <summary>The process that makes one sheet after another.</summary>
    public static Command CreateWorker()
    {
        var assignment = new Argument<string>("ASSIGNMENT");
        var secret = new Argument<string?>("SECRET") { Arity = ArgumentArity.ZeroOrOne };
        var layers = new Option<Layers>("--layers") { DefaultValueFactory = _ => Layers.All };
        var command = new Command(VivaClass.Verb, "Makes sheets for another process") { assignment, secret, layers };
        command.Hidden = true;
        command.SetAction(parsed => VivaClass.Serve(parsed.GetRequiredValue(assignment), parsed.GetValue(secret), parsed.GetValue(layers)));
        return command;
    }

    /// <returns>0; 2 if no sheet could be made.</returns>
    internal static async Task<int> Run(VivaOptions options, TextWriter output, TextWriter error, CancellationToken stop)
    {
        try
        {
            IReadOnlyList<VivaResult> results = await new VivaClass(options, error).Run(stop);
            output.WriteLine(FormattableString.Invariant(
                $"{results.Count} {(results.Count == 1 ? "sheet" : "sheets")}. Open {Path.Combine(options.Output, "index.html")}."));
            return 0;
        }
        catch (Exception e) when (e is SourceException or AssignmentException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Stopped. Finished sheets are saved; the same command continues from here.");
            return 130;
        }
    }
}
