using System.CommandLine;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;

namespace MyTorch.Grader.Commands;

/// <summary><c>grade ASSIGNMENT HANDIN</c>: one handin to one report; a folder of handins goes to <see cref="ClassroomCommand"/>.</summary>
static class GradeCommand
{
    const string Coloured = "coloured";

    /// <summary>
    /// Exit codes beside 0, which a graded handin has whatever its points: of a command that cannot be carried out, and of a grader that
    /// failed.
    /// </summary>
    public const int Unusable = 2, Failed = 3;

    public static Command Create()
    {
        var options = new Options();
        var choices = new ClassroomCommand.Choices();
        var command = new Command("grade", "Grades a handin: points, and what is wrong where points are missing.");
        options.AddTo(command);
        choices.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            if (parsed.GetValue(options.Watched) is { } look) return Task.FromResult(options.Read(parsed, colour: look == Coloured).Run());
            if (IsOnPlatform(parsed, options)) return Task.FromResult(Watch(parsed));
            if (!Path.Exists(parsed.GetValue(options.Handin)))
            {
                Console.Error.WriteLine($"There is no file or folder {parsed.GetValue(options.Handin)}.");
                return Task.FromResult(Unusable);
            }
            if (IsClass(parsed.GetValue(options.Assignment)!, parsed.GetValue(options.Handin)!))
                return GradeClass(parsed, options, choices, stop);
            if (choices.GivenForAClass(parsed) is not { } given) return Task.FromResult(Watch(parsed));
            Console.Error.WriteLine($"{parsed.GetValue(options.Handin)} is one handin. {given} needs a folder of handins.");
            return Task.FromResult(Unusable);
        });
        return command;
    }

    /// <summary>The arguments and options of the command.</summary>
    sealed class Options
    {
        public readonly Argument<string> Assignment =
            new("assignment") { Description = "The assignment's folder, which holds assignment.json." };

        public readonly Argument<string> Handin = new("handin")
        {
            Description = "A folder (a handout or a whole checkout), a zip or a tar; or a folder of handins, as a platform exports it, " +
                "with -o DIR.",
        };

        public readonly Option<string?> Output = new("--output", "-o")
        {
            Description = "Also write the report to this file, again after each question: in the chosen format, or as grade.json with " +
                "text. " +
                "For a class: the folder for its tables and pages.",
        };

        public readonly Option<string?> Secret = new("--secret")
        {
            Description = "The file that hidden cases derive from; if left out, the file \"secret\" of the assignment, if it exists.",
        };

        public readonly Option<bool> Burn = new("--burn")
        {
            Description = "Delete the secret, the assignment and the library's source once they are read, before handed-in code runs. " +
                "For uploads, whose files are copies.",
        };

        public readonly Option<Layers> Layers = new("--layers")
        {
            Description = "The kernel's layers around handed-in code, to try what holds where a machine has none.",
            Hidden = true,
            DefaultValueFactory = _ => Sandboxing.Layers.All,
        };

        public readonly Option<string?> Watched =
            new("--watched") { Description = "Sends its report to the process that watches it.", Hidden = true };

        readonly Option<string?> _question = new("--question") { Description = "Grade only this question (4.2) or group (4)." };

        readonly Option<string> _format = new("--format")
        {
            Description = $"What is written to standard output: {string.Join(", ", ReportFormats.All.Keys)}.",
            DefaultValueFactory = _ => "text",
        };

        readonly Option<string?> _unfinished = new(CarefulGrading.UnfinishedOption)
        {
            Description = "The steps of compiling the handin that were not finished.",
            Hidden = true,
        };

        readonly Option<double> _spent = new(CarefulGrading.SpentOption) { Description = "The seconds that this took.", Hidden = true };

        readonly Option<string?> _code =
            new("--code") { Description = "Also write the handin's code by question to this folder.", Hidden = true };

        readonly Option<string?> _metadata =
            new("--metadata") { Description = "Gradescope's submission_metadata.json, for the time of submission." };

        public void AddTo(Command command)
        {
            _format.AcceptOnlyFromAmong([.. ReportFormats.All.Keys]);
            command.Arguments.Add(Assignment);
            command.Arguments.Add(Handin);
            Option[] all = [_question, _format, Output, Secret, Burn, _metadata, Layers, Watched, _unfinished, _spent, _code];
            foreach (Option option in all)
                command.Options.Add(option);
        }

        public OneHandin Read(ParseResult parsed, bool colour) => new()
        {
            Folder = parsed.GetValue(Assignment)!,
            Handin = parsed.GetValue(Handin)!,
            Question = parsed.GetValue(_question),
            Format = parsed.GetValue(_format)!,
            Output = parsed.GetValue(Output),
            SecretFile = parsed.GetValue(Secret),
            Burn = parsed.GetValue(Burn),
            Metadata = parsed.GetValue(_metadata),
            Colour = colour,
            Layers = parsed.GetValue(Layers),
            Unfinished = parsed.GetValue(_unfinished)?.Split('|', StringSplitOptions.RemoveEmptyEntries),
            Spent = TimeSpan.FromSeconds(parsed.GetValue(_spent)),
            Code = parsed.GetValue(_code),
        };
    }

    // A platform passes one handin, whatever it looks like, and must get a report even if the handin cannot be read.
    static bool IsOnPlatform(ParseResult parsed, Options options) => parsed.GetValue(options.Burn);

    static Task<int> GradeClass(ParseResult parsed, Options options, ClassroomCommand.Choices choices, CancellationToken stop)
    {
        Processes.RefuseInspection();
        (string assignment, string handins) = (parsed.GetValue(options.Assignment)!, parsed.GetValue(options.Handin)!);
        if (parsed.GetValue(options.Output) is not { } folder)
        {
            Console.Error.WriteLine($"{handins} is a folder of handins. Name a folder for the tables and pages: -o DIR.");
            return Task.FromResult(Unusable);
        }
        ClassroomOptions classroom = choices.Read(parsed, assignment, handins, folder, parsed.GetValue(options.Secret));
        return ClassroomCommand.Run(classroom with { Layers = parsed.GetValue(options.Layers) }, Console.Out, Console.Error, stop);
    }

    static int Watch(ParseResult parsed)
    {
        string look = TextReport.WantsColour(parsed.GetValue(TextReport.Plain), Console.IsOutputRedirected) ? Coloured : "plain";
        return Watch([.. parsed.Tokens.Select(token => token.Value), "--watched", look]);
    }

    static bool IsClass(string assignment, string handins)
    {
        try
        {
            return Directory.Exists(handins) && HandinFolder.IsClass(handins, AssignmentFolder.Load(assignment).Assignment);
        }
        catch (Exception e) when (e is AssignmentException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // A handin may bring down the process that compiles and judges it: there is a report all the same.
    static int Watch(string[] arguments)
    {
        (string? Text, bool Finished, int? Code, string Errors) watched;
        try
        {
            // When it is disposed of, nothing is left that could write after the report.
            watched = CarefulGrading.Run(arguments, line =>
            {
                Console.Out.WriteLine(line);
                Console.Out.Flush();
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"Cannot write to the temporary folder {Path.GetTempPath()} ({e.Message.TrimEnd('.')}). Set TMPDIR to " +
                $"a writable folder.");
            return Unusable;
        }
        (string? text, _, int? code, string errors) = watched;
        // Before the report, whose last line may mean something. What a crashed process said does not concern the reader.
        if (text is null || code is 0 or Unusable or Failed) Console.Error.Write(errors);
        if (text is null) return code is null or 0 ? Unusable : code.Value;
        Console.Out.Write(text);
        Console.Out.Flush();
        // What a handin did to the other process is part of the result.
        return code is Unusable or Failed ? code.Value : 0;
    }

    /// <summary>
    /// Writes a file: a reader sees the old text or the new one, never a part. A link in its place is replaced, not followed.
    /// </summary>
    internal static void Write(string file, string text)
    {
        string full = Path.GetFullPath(file), written = $"{full}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        try
        {
            File.WriteAllText(written, text);
            if (Directory.Exists(full) && new DirectoryInfo(full).LinkTarget is null) throw new IOException($"{full} is a folder.");
            File.Move(written, full, overwrite: true);
        }
        catch
        {
            Processes.Try(() => File.Delete(written));
            throw;
        }
    }
}
