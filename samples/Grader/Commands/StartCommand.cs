using System.Diagnostics;
using System.Text.RegularExpressions;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary><c>dotnet run samples/start.cs</c>: a learner without a teacher makes a handout and sees its first check.</summary>
static partial class StartCommand
{
    /// <summary>What a learner types.</summary>
    internal const string Command = "dotnet run samples/start.cs";

    const string Usage = $"""
        {Command}                   makes my-engine/ out of homework 1: you write MyTorch's own engine
        {Command} -- scalar         makes my-scalar-engine/: a whole engine for numbers, in seven short steps
        {Command} -- FOLDER         makes it in this folder, which must not exist or must be empty
        {Command} -- scalar FOLDER
        """;

    /// <summary>0 if it was made and its first check says that nothing is written; 1 if not; 2 if the line is not understood.</summary>
    internal static int Run(string[] args, string samples, TextWriter output, TextWriter error)
    {
        if (args.Any(arg => arg.StartsWith('-')) || args.Length > 2 || args is [not "scalar", _])
        {
            (args is ["-h" or "--help" or "-?"] ? output : error).WriteLine(Usage);
            return args is ["-h" or "--help" or "-?"] ? 0 : 2;
        }
        bool scalar = args is ["scalar", ..];
        string named = (scalar ? args[1..] : args) is [var folder] ? folder : scalar ? "my-scalar-engine" : "my-engine";
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(named));
        if (File.Exists(target) || Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            error.WriteLine($"{target} is there and is not empty. Nothing was changed. If it is yours, work on in it: cd {named}, then " +
                $"{CheckProgram.Command}.");
            error.WriteLine($"To begin anew, name another folder: {Command} -- {(scalar ? "scalar " : "")}my-second-engine");
            return 1;
        }
        try
        {
            Make(AssignmentFolder.Load(Path.Combine(samples, "Homework1", scalar ? "scalar" : "hw1")), target, named, output);
            return 0;
        }
        catch (Exception exception) when (exception is AssignmentException or HandoutException or SourceException or IOException
            or UnauthorizedAccessException)
        {
            error.WriteLine(exception.Message);
            return 1;
        }
    }

    static void Make(AssignmentFolder folder, string target, string named, TextWriter output)
    {
        var time = Stopwatch.StartNew();
        output.WriteLine($"Making {target} out of \"{folder.Assignment.Title}\". It takes " +
            $"{(folder.HasTensors ? "one to three minutes" : "less than a minute")}.");
        new HandoutWriter(folder, output).Write(target, offline: false, build: false);
        // In place: what is built now need not be built when the learner begins.
        output.WriteLine("Building its check, and running it once …");
        string said = HandoutWriter.Run(target, ["run", "check.cs", "--", "--plain"], expected: 1);
        if (!NothingYet().IsMatch(said))
            throw new HandoutException($"The first check of {target} does not say that nothing is written yet:\n{said}");
        Assignment assignment = folder.Assignment;
        string hours = Hours(assignment.Questions.Sum(question => question.Minutes));
        output.WriteLine(FormattableString.Invariant($"Made in {time.Elapsed.TotalSeconds:0} seconds: 0 of {assignment.MaxScore} points, ") +
            FormattableString.Invariant($"and {assignment.Questions.Count} questions for you, about {hours}."));
        output.WriteLine();
        output.WriteLine("What next:");
        output.WriteLine($"  cd {named}");
        Question first = assignment.Questions[0];
        output.WriteLine($"  {CheckProgram.Command + " " + first.Id,-28} checks the first question: {first.Title}");
        output.WriteLine($"  {CheckProgram.Command,-28} checks everything, and says what comes next");
        output.WriteLine($"  {CheckProgram.Command + " hint " + first.Id,-28} helps, in three steps");
        output.WriteLine("README.md there tells the whole.");
    }

    static string Hours(int minutes) => minutes < 100
        ? FormattableString.Invariant($"{minutes} minutes") : FormattableString.Invariant($"{Math.Round(minutes / 60.0)} hours");

    [GeneratedRegex(@"^0 of [\d.]+ points in the visible cases; 0 of \d+ questions are right", RegexOptions.Multiline)]
    private static partial Regex NothingYet();
}
