using System.CommandLine;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary><c>grade ASSIGNMENT FOLDER_OF_HANDINS -o DIR</c> and <c>regrade</c>: a class to tables and pages.</summary>
static class ClassroomCommand
{
    /// <summary>The options that both commands take, and what they were set to.</summary>
    public sealed class Choices
    {
        readonly Option<int> _parallel =
            new("--parallel")
            {
                Description = "How many handins of a class are graded at once. Each takes half a gigabyte.",
                DefaultValueFactory = _ => 2
            };
        readonly Option<bool> _again = new("--again") { Description = "Also grade the handins of a class that are graded already." };
        readonly Option<string?> _part = new("--part")
        {
            Description = "Grade one part of a class only, 3/10: which handins belong to it depends on their names. merge joins the parts.",
            HelpName = "NUMBER/COUNT",
        };
        readonly Option<string?> _column = new("--column")
        {
            Description = "What the platform calls the column of grades: \"Homework 1 (98765)\". If left out: the assignment's title.",
            HelpName = "NAME",
        };
        // --roster FILE and so on: each table that people write.
        readonly IReadOnlyList<(string Name, Option<string?> Option)> _tables = [.. ClassroomTables.Names.Select(table =>
            (table.Name, new Option<string?>("--" + Path.GetFileNameWithoutExtension(table.Name))
            {
                Description = $"{table.Holds}." + (table.Name == "roster.csv" ? "" : $" If left out: DIR/{table.Name}, if it exists."),
                HelpName = "FILE",
            }))];

        public Choices() => _part.Validators.Add(result =>
        {
            try
            {
                ClassPart.Parse(result.GetValueOrDefault<string>() ?? "");
            }
            catch (SourceException e)
            {
                result.AddError(e.Message);
            }
        });

        /// <summary>The name of an option that is given and means nothing for one handin; null if none is given.</summary>
        public string? GivenForAClass(ParseResult parsed) => _tables.Select(table => table.Option).Append(_part).Append(_column)
            .FirstOrDefault(option => parsed.GetValue(option) is not null)?.Name;

        public void AddTo(Command command)
        {
            foreach (Option option in new Option[] { _parallel, _again, _part }) command.Options.Add(option);
            AddTablesTo(command);
        }

        public void AddTablesTo(Command command)
        {
            command.Options.Add(_column);
            foreach ((string _, Option<string?> option) in _tables) command.Options.Add(option);
        }

        public ClassroomOptions Read(ParseResult parsed, string assignment, string handins, string output, string? secret) => new()
        {
            Assignment = assignment,
            Handins = handins,
            Output = output,
            Secret = secret,
            Parallel = parsed.GetValue(_parallel),
            Again = parsed.GetValue(_again),
            Part = parsed.GetValue(_part) is { } part ? ClassPart.Parse(part) : null,
            Column = parsed.GetValue(_column),
            Tables = _tables.Where(table => parsed.GetValue(table.Option) is not null)
                .ToDictionary(table => table.Name, table => parsed.GetValue(table.Option)!),
        };
    }

    public static Command CreateRegrade()
    {
        var assignment = new Argument<string>("ASSIGNMENT") { Description = "The folder that holds assignment.json" };
        var handins = new Argument<string>("HANDINS") { Description = "The folder of handins, as a platform exports it" };
        var output = new Option<string>("--output", "-o") { Description = "The folder for the results", HelpName = "DIR", Required = true };
        var against = new Option<string>("--against")
        {
            Description = "The scores.csv of the earlier grading",
            HelpName = "OLD.csv",
            Required = true
        };
        var secret = new Option<string?>("--secret")
        {
            Description =
            "The file that hidden cases derive from; if left out, the file \"secret\" of the assignment, if it exists"
        };
        var choices = new Choices();
        var command = new Command("regrade", "Grades a class, and compares each student's points with an earlier grading") { assignment,
            handins, output, against, secret };
        choices.AddTo(command);
        command.SetAction((parsed, stop) =>
            Run(choices.Read(parsed, parsed.GetRequiredValue(assignment), parsed.GetRequiredValue(handins), parsed.GetRequiredValue(output),
                parsed.GetValue(secret))
            with
            { Against = parsed.GetRequiredValue(against) }, Console.Out, Console.Error, stop));
        return command;
    }

    /// <summary>The process that grades one handin after another for a class.</summary>
    public static Command CreateWorker()
    {
        var assignment = new Argument<string>("ASSIGNMENT");
        var secret = new Argument<string?>("SECRET") { Arity = ArgumentArity.ZeroOrOne };
        var layers = new Option<Layers>("--layers") { DefaultValueFactory = _ => Layers.All };
        var command = new Command(GradingWorker.Verb, "Grades for another process") { assignment, secret, layers };
        command.Hidden = true;
        command.SetAction(parsed =>
            GradingWorker.Serve(parsed.GetRequiredValue(assignment), parsed.GetValue(secret), parsed.GetValue(layers)));
        return command;
    }

    /// <returns>0; 2 if nothing could be graded; 3 if the grader failed on some.</returns>
    internal static async Task<int> Run(ClassroomOptions options, TextWriter output, TextWriter error, CancellationToken stop)
    {
        try
        {
            // Read first: the grading may overwrite this table.
            OldScores? old = options.Against is null ? null : OldScores.Read(options.Against);
            IReadOnlyList<ClassroomResult> results = await new ClassroomGrading(options, error).Run(stop);
            int failed = results.Count(result => result.Report.Status == GradeStatus.GraderError);
            foreach (string line in ClassroomOverview.Lines(results)) output.WriteLine(line);
            foreach (string refused in results.Where(result =>
                result.Report.Status == GradeStatus.InvalidHandin && result.Report.Staff.Length > 0).Select(result => result.Report.Staff)
                    .Distinct())
                output.WriteLine(refused);
            if (options.Part is { } part)
            {
                output.WriteLine($"Part {part} is graded. When all parts are: merge {options.Assignment} {options.Handins} PART... -o DIR");
                return failed > 0 ? 3 : 0;
            }
            output.WriteLine($"Open {Path.Combine(options.Output, "index.html")}. Tables: scores.csv and mistakes.csv beside it.");
            if (old is not null)
            {
                IReadOnlyList<ScoreChange> changes = old.Compare(results);
                output.WriteLine(ClassroomOverview.Summary(changes, results));
                if (changes.Count > 0 && old.Version is { } version && results.All(result => result.Report.Version == version))
                    output.WriteLine($"Both gradings are of version {version}. If it is the assignment that changed, raise its version, " +
                        $"and list {version} in accepts.");
                foreach (ScoreChange change in changes.Where(change => change.Question == "score"))
                    output.WriteLine($"  {change.Student}: {Points(change.Old)} to {Points(change.New)} " +
                        $"({ClassroomOverview.Signed(change.Difference)})");
            }
            return failed > 0 ? 3 : 0;
        }
        catch (Exception e) when (e is SourceException or AssignmentException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Stopped. Finished grades are saved; the same command continues from here.");
            return 130;
        }
    }

    static string Points(double? points) => points is { } value ? ReportText.Points(value) : "nothing";
}
