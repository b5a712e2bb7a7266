using System.CommandLine;
using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary><c>grade ASSIGNMENT HANDIN</c>: one handin to one report; a folder of handins goes to <see cref="ClassroomCommand"/>.</summary>
static class GradeCommand
{
    public static Command Create()
    {
        var assignment = new Argument<string>("assignment") { Description = "The assignment's folder, which holds assignment.json." };
        var handin = new Argument<string>("handin") { Description = "A folder (a handout or a whole checkout), a zip or a tar; or a folder of handins, as a platform exports it, with -o DIR." };
        var question = new Option<string?>("--question") { Description = "Grade only this question (4.2) or group (4)." };
        var format = new Option<string>("--format") { Description = $"What is written to standard output: {string.Join(", ", ReportFormats.All.Keys)}.", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong([.. ReportFormats.All.Keys]);
        var output = new Option<string?>("--output", "-o") { Description = "Write the report to this file as well, anew after each question: in the format asked for, or as grade.json with text. For a class, the folder for its tables and pages." };
        var metadata = new Option<string?>("--metadata") { Description = "Gradescope's submission_metadata.json, for the time of submission." };
        var secret = new Option<string?>("--secret") { Description = "The file that hidden cases derive from; the assignment's file \"secret\" if left out and there." };
        var burn = new Option<bool>("--burn") { Description = "Delete the secret, the assignment and the library's source once they are read, before handed-in code runs. For packages, whose files are copies." };
        var layers = new Option<Layers>("--layers") { Description = "The kernel's layers around handed-in code: to try what holds where a machine has none.", Hidden = true, DefaultValueFactory = _ => Layers.All };
        var watched = new Option<string?>("--watched") { Description = "Tells its report to the process that watches over it.", Hidden = true };
        var command = new Command("grade", "Grades a handin: points, and what is wrong where points are missing.") { assignment, handin, question, format, output, secret, burn, metadata, layers, watched };
        var choices = new ClassroomCommand.Choices();
        choices.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            if (parsed.GetValue(watched) is { } face)
                return Task.FromResult(Run(
                    parsed.GetValue(assignment)!, parsed.GetValue(handin)!, parsed.GetValue(question), parsed.GetValue(format)!, parsed.GetValue(output), parsed.GetValue(secret),
                    parsed.GetValue(burn), parsed.GetValue(metadata), face == Coloured, parsed.GetValue(layers)));
            // On a platform a student gets a report even so.
            if (!parsed.GetValue(burn) && !Path.Exists(parsed.GetValue(handin)))
            {
                Console.Error.WriteLine($"There is no file or folder {parsed.GetValue(handin)}.");
                return Task.FromResult(2);
            }
            // A platform gives one handin, whatever it looks like.
            if (!parsed.GetValue(burn) && IsClass(parsed.GetValue(assignment)!, parsed.GetValue(handin)!))
            {
                Processes.RefuseInspection();
                if (parsed.GetValue(output) is { } folder)
                    return ClassroomCommand.Run(choices.Read(parsed, parsed.GetValue(assignment)!, parsed.GetValue(handin)!, folder, parsed.GetValue(secret)) with { Layers = parsed.GetValue(layers) }, Console.Out, Console.Error, stop);
                Console.Error.WriteLine($"{parsed.GetValue(handin)} is a folder of handins. Say where the tables and pages go: -o DIR.");
                return Task.FromResult(Unusable);
            }
            string colours = TextReport.WantsColour(parsed.GetValue(TextReport.Plain), Console.IsOutputRedirected) ? Coloured : "plain";
            return Task.FromResult(Watch([.. parsed.Tokens.Select(token => token.Value), "--watched", colours]));
        });
        return command;
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

    const string Coloured = "coloured";

    // Exit codes beside 0, a handin graded whatever it is worth: of a command that cannot be carried out, and of a grader that failed.
    const int Unusable = 2;
    const int Failed = 3;

    // Whatever a handin does to the process that compiles and judges it, there is a report.
    static int Watch(string[] arguments)
    {
        (string? Text, int? Code, string Errors) watched;
        try
        {
            // Nothing that could write after it is left when it is disposed.
            using var grader = new WatchedProcess(arguments, line =>
            {
                Console.Out.WriteLine(line);
                Console.Out.Flush();
            });
            watched = (grader.Wait().Text, grader.Code, grader.Errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"Grading needs a folder for temporary files, and {Path.GetTempPath()} is none that can be written ({e.Message}). Set TMPDIR to one.");
            return Unusable;
        }
        (string? text, int? code, string errors) = watched;
        // Before the report, whose last line may mean something. What a process says that was brought down is no reader's business.
        if (text is null || code is 0 or Unusable or Failed) Console.Error.Write(errors);
        if (text is null) return code is null or 0 ? Unusable : code.Value;
        Console.Out.Write(text);
        Console.Out.Flush();
        // Whatever a handin did to the other process is a result.
        return code is Unusable or Failed ? code.Value : 0;
    }

    static int Run(string folder, string handin, string? question, string format, string? output, string? secretFile, bool burn, string? metadata, bool colour, Layers layers)
    {
        // Where memory is short, this process goes before the one that prints its report, and after the handed-in code.
        if (OperatingSystem.IsLinux()) Processes.Try(() => File.WriteAllText("/proc/self/oom_score_adj", "500"));
        Processes.RefuseInspection();
        WatchedProcess.Requests();
        Assignment? assignment = null;
        GradeReport report;
        // Read before anything of the handin runs.
        DateTimeOffset? submittedAt = metadata is not null && File.Exists(metadata) ? GradescopeReport.SubmittedAt(File.ReadAllText(metadata)) : null;
        using Stream told = Console.OpenStandardOutput();
        string? unwritten = null;
        var shown = new HashSet<string>();
        void Save(GradeReport one, double processorSeconds)
        {
            one = one with { SubmittedAt = submittedAt };
            // Autolab shows a run while it lasts; what counts is the end.
            if (format == "autolab")
                foreach (QuestionReport done in one.Questions.Where(done => done.Visibility == "visible" && done.Tests.Any(test => test.Outcome != Outcome.NotRun) && shown.Add(done.Id)))
                    WatchedProcess.TellLine(told, $"{ReportText.Title(done)}: {ReportText.Points(done.Score)} of {ReportText.PointsWord(done.MaxScore)}{(ReportText.IsFull(done) ? "" : ", so far")}");
            try
            {
                if (output is not null) Write(output, ReportFormats.All[format == "text" ? "json" : format](one));
                unwritten = null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                unwritten = $"{output} cannot be written: {e.Message} The report stands in the standard output only; name another file: -o FILE.";
            }
            WatchedProcess.Tell(told, format switch
            {
                "text" => TextReport.Write(one, colour),
                // What a student's code says must not be taken for a command of the workflow.
                "github" => GitHubReport.Wrap(TextReport.Write(one), Guid.NewGuid().ToString("N")) + (output is null ? GitHubReport.Write(one) : ""),
                _ => ReportFormats.All[format](one),
            }, WatchedProcess.SecondsLeft(assignment!, one), processorSeconds);
        }

        try
        {
            var read = AssignmentFolder.Load(folder);
            assignment = read.Assignment;
            if (question is not null && !assignment.Questions.Any(one => one.Id == question || one.Group == question))
            {
                Console.Error.WriteLine($"There is no question or group {question}; there are {string.Join(", ", assignment.Questions.Select(one => one.Id))}.");
                return Unusable;
            }
            string secret = secretFile ?? Path.Combine(assignment.Folder, "secret");
            if (secretFile is not null && !File.Exists(secretFile))
            {
                Console.Error.WriteLine($"There is no file {secretFile} for hidden cases to derive from.");
                return Unusable;
            }
            using var grader = new HandinGrader(read, new GradeOptions
            {
                Secret = File.Exists(secret) ? File.ReadAllBytes(secret) : [],
                Question = question,
                Layers = layers,
                Reading = Save,
                Progress = one => Save(one, 0),
            });
            if (grader.Warning.Length > 0) Console.Error.WriteLine($"warning: {grader.Warning}");
            if (burn) Burn(secret, assignment.Folder, Path.Combine(read.Root, "MyTorch"));
            report = grader.Grade(HandinFolder.Unwrapped(handin));
        }
        catch (Exception e) when (e is SourceException or IOException or UnauthorizedAccessException or JsonException or AssignmentException)
        {
            if (assignment is null)
            {
                Console.Error.WriteLine(e.Message);
                return Unusable;
            }
            report = GradeReports.Empty(assignment) with
            {
                Status = GradeStatus.GraderError,
                Message = "The grader failed; this is no fault of the handin, and no points were recorded.",
                Staff = e.Message,
            };
        }
        Save(report, 0);
        if (unwritten is not null) Console.Error.WriteLine(unwritten);
        return report.Status == GradeStatus.GraderError ? Failed : unwritten is null ? 0 : Unusable;
    }

    // A reader sees the old file or the new one, never half of one; a link in its place is replaced, not followed.
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

    static void Burn(string secret, string assignment, string library)
    {
        File.Delete(secret);
        foreach (string folder in new[] { assignment, library })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        // The grader's own copy of the library, loaded by now, is a reference too.
        Processes.Try(() => File.Delete(Path.Combine(AppContext.BaseDirectory, "MyTorch.dll")));
    }
}
