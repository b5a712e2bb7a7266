using System.Diagnostics;
using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary>
/// The command <c>grade</c> in the watched process: it reads the assignment, grades one handin, and tells the watching process each report
/// that it has so far. <see cref="Run"/> is the list of steps.
/// </summary>
sealed class OneHandin
{
    // If memory runs out, the kernel ends handed-in code first, then this process, and last the watching one, which prints the report.
    const string OomScoreFile = "/proc/self/oom_score_adj", OomScore = "500";

    readonly HashSet<string> _shown = [];
    Assignment? _assignment;
    DateTimeOffset? _submittedAt;
    Stream _told = Stream.Null;
    string? _unwritten;

    /// <summary>The assignment's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The handin: a folder or an archive.</summary>
    public required string Handin { get; init; }

    /// <summary>The question or group to grade; null for all.</summary>
    public string? Question { get; init; }

    /// <summary>The format of the report.</summary>
    public required string Format { get; init; }

    /// <summary>The file for the report; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>The file of the secret; null for the assignment's own.</summary>
    public string? SecretFile { get; init; }

    /// <summary>Whether to delete the secret, the assignment and the library's source before handed-in code runs.</summary>
    public bool Burn { get; init; }

    /// <summary>Gradescope's file about the submission; null for none.</summary>
    public string? Metadata { get; init; }

    /// <summary>Whether the report has colours.</summary>
    public bool Colour { get; init; }

    /// <summary>The kernel's layers around children.</summary>
    public Layers Layers { get; init; } = Layers.All;

    /// <summary>
    /// The steps of compiling the handin that processes before this one did not finish; null for the first, which makes no steps.
    /// </summary>
    public IReadOnlyList<string>? Unfinished { get; init; }

    /// <summary>How long processes before this one took.</summary>
    public TimeSpan Spent { get; init; }

    /// <summary>The folder for the handin's code by question; null for none.</summary>
    public string? Code { get; init; }

    /// <returns>The exit code.</returns>
    public int Run()
    {
        ProtectThisProcess();
        WatchedProcess.Requests();
        // Read before anything of the handin runs.
        _submittedAt = Metadata is not null && File.Exists(Metadata) ? GradescopeReport.SubmittedAt(File.ReadAllText(Metadata)) : null;
        using Stream told = Console.OpenStandardOutput();
        _told = told;
        if (Grade() is not { } report) return GradeCommand.Unusable;
        Publish(report, 0);
        if (_unwritten is not null) Console.Error.WriteLine(_unwritten);
        return report.Status == GradeStatus.GraderError ? GradeCommand.Failed : _unwritten is null ? 0 : GradeCommand.Unusable;
    }

    static void ProtectThisProcess()
    {
        if (OperatingSystem.IsLinux()) Processes.Try(() => File.WriteAllText(OomScoreFile, OomScore));
        Processes.RefuseInspection();
    }

    // The report; null if the command cannot be carried out, which is said.
    GradeReport? Grade()
    {
        try
        {
            var folder = AssignmentFolder.Load(Folder);
            _assignment = folder.Assignment;
            string secret = SecretFile ?? Path.Combine(_assignment.Folder, "secret");
            if (Complaint() is { } complaint)
            {
                Console.Error.WriteLine(complaint);
                return null;
            }
            string handin = HandinFolder.Unwrapped(Handin);
            if (Unfinished is not null) Survey(folder, handin);
            Action? burn = Burn ? () => BurnFiles(secret, _assignment.Folder, Path.Combine(folder.Root, "MyTorch")) : null;
            // Not earlier: where the compiler does not finish the handin, another process needs the files.
            using var grader = new HandinGrader(folder, Options(secret) with { Compiled = burn });
            if (grader.Warning.Length > 0) Console.Error.WriteLine($"warning: {grader.Warning}");
            GradeReport report = grader.Grade(handin);
            // A handin that cannot be read is not compiled.
            burn?.Invoke();
            if (Code is not null) GradingWorker.WriteCode(folder, grader, handin, Code);
            return report;
        }
        catch (Exception e) when (e is SourceException or IOException or UnauthorizedAccessException or JsonException or AssignmentException)
        {
            if (_assignment is not null) return GradeReports.Failed(_assignment, e.Message);
            Console.Error.WriteLine(e.Message);
            return null;
        }
    }

    // Before the reference is compiled: a process that is ended in a step costs little.
    void Survey(AssignmentFolder folder, string handin)
    {
        try
        {
            Grading.Handin read = Grading.Handin.Read(handin, folder.Assignment);
            new StudentCompilation(folder.Assignment, new AssignmentSources(folder), read, new CompilerTime(0))
            {
                Unfinished = Unfinished!,
            }.Survey((step, seconds) => WatchedProcess.TellStep(_told, step, seconds));
        }
        catch (InvalidHandinException)
        {
            // Which the grading says.
        }
    }

    string? Complaint()
    {
        if (Question is not null && !_assignment!.Questions.Any(one => one.Id == Question || one.Group == Question))
            return $"There is no question or group {Question}. The questions are " +
                $"{string.Join(", ", _assignment.Questions.Select(one => one.Id))}.";
        return SecretFile is not null && !File.Exists(SecretFile)
            ? $"There is no file {SecretFile} for the secret of the hidden cases."
            : null;
    }

    GradeOptions Options(string secret) => new()
    {
        Secret = File.Exists(secret) ? File.ReadAllBytes(secret) : [],
        Question = Question,
        Layers = Layers,
        Reading = Publish,
        // What takes the time is found by making the steps one by one. Where that was done, a compiler that stops has its answer.
        Late = stopped =>
        {
            if (!stopped || Unfinished is null) Process.GetCurrentProcess().Kill();
        },
        Unfinished = Unfinished ?? [],
        Spent = () => Unfinished is null ? default : Spent + (DateTime.Now - Process.GetCurrentProcess().StartTime),
        Progress = report => Publish(report, 0),
    };

    // After a second call nothing is left to delete.
    static void BurnFiles(string secret, string assignment, string library)
    {
        if (File.Exists(secret)) File.Delete(secret);
        foreach (string folder in new[] { assignment, library })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        // The grader's own copy of the library, loaded by now, is a reference too.
        Processes.Try(() => File.Delete(Path.Combine(AppContext.BaseDirectory, "MyTorch.dll")));
    }

    // Writes the report to its file and tells it to the watching process; the last one stands.
    void Publish(GradeReport report, double processorSeconds)
    {
        report = report with { SubmittedAt = _submittedAt };
        if (Format == "autolab") ShowProgress(report);
        WriteFile(report);
        WatchedProcess.Tell(_told, Text(report), WatchedProcess.SecondsLeft(_assignment!, report), processorSeconds);
    }

    // Autolab shows a run while it lasts; only the end counts.
    void ShowProgress(GradeReport report)
    {
        foreach (QuestionReport question in report.Questions)
            if (question.Visibility == "visible" && question.Tests.Any(test => test.Outcome != Outcome.NotRun) && _shown.Add(question.Id))
            {
                string points = $"{ReportText.Points(question.Score)} of {ReportText.PointsWord(question.MaxScore)}";
                WatchedProcess.TellLine(_told, $"{ReportText.Title(question)}: {points}{(ReportText.IsFull(question) ? "" : ", so far")}");
            }
    }

    void WriteFile(GradeReport report)
    {
        try
        {
            if (Output is not null) GradeCommand.Write(Output, ReportFormats.All[Format == "text" ? "json" : Format](report));
            _unwritten = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _unwritten = $"{Output} cannot be written: {e.Message} The report is only in the standard output. Name another file: -o FILE.";
        }
    }

    string Text(GradeReport report) => Format switch
    {
        "text" => TextReport.Write(report, Colour),
        // A workflow must not take what a student's code prints for a command.
        "github" => GitHubReport.Wrap(TextReport.Write(report), Guid.NewGuid().ToString("N"))
            + (Output is null ? GitHubReport.Write(report) : ""),
        _ => ReportFormats.All[Format](report),
    };
}
