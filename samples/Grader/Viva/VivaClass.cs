using System.Collections.Concurrent;
using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Classroom;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Viva;

sealed record VivaOptions
{
    /// <summary>The folder of the assignment.</summary>
    public required string Assignment { get; init; }

    /// <summary>The folder of handins.</summary>
    public required string Handins { get; init; }

    /// <summary>The folder to write.</summary>
    public required string Output { get; init; }

    /// <summary>The file of the secret; the assignment's own if null and there.</summary>
    public string? Secret { get; init; }

    /// <summary>How many handins are worked on at once.</summary>
    public int Parallel { get; init; } = 2;

    /// <summary>Whether to make again what is made already.</summary>
    public bool Again { get; init; }

    /// <summary>The kernel's layers around handed-in code.</summary>
    public Layers Layers { get; init; } = Layers.All;
}

/// <summary>The sheet of one handin, with the handin.</summary>
sealed record VivaResult(ClassroomHandin Handin, VivaSheet Sheet);

/// <summary>
/// Makes a sheet for each handin of a class, in other processes, as grading does. A sheet is kept with a mark of what it depends on: if
/// making them is started again, it continues.
/// </summary>
sealed class VivaClass(VivaOptions options, TextWriter progress)
{
    /// <summary>The name of the hidden command that works on one handin after another.</summary>
    public const string Verb = "viva-worker";

    // A handin that keeps its process busy has this long for its sheet, the compiler's time not counted.
    const double SecondsForSheet = 500;

    string Output { get; } = Path.GetFullPath(options.Output);

    /// <summary>Makes the sheets and the index, in the order of the handins.</summary>
    /// <exception cref="SourceException">The assignment or the folder cannot be used.</exception>
    public async Task<IReadOnlyList<VivaResult>> Run(CancellationToken stop = default)
    {
        AssignmentFolder folder = AssignmentFolder.Load(options.Assignment);
        IReadOnlyList<ClassroomHandin> handins = ClassroomGrading.Listing(options.Handins, Output, progress).Handins;
        string? secret = ClassroomGrading.Secret(folder, options.Secret);
        if (secret is null)
            progress.WriteLine("There is no secret, so anyone who has the assignment can make the same sheets. Name one with --secret.");
        string marks = GradeStore.Marks(folder, secret);
        ClassroomHandin[] open = [.. handins.Where(handin => options.Again || Kept(folder, handin, marks) is null)];
        if (open.Length < handins.Count) progress.WriteLine($"{handins.Count - open.Length} of {handins.Count} sheets are made already.");
        var queue = new ConcurrentQueue<ClassroomHandin>(open);
        int done = 0;
        int workers = Math.Clamp(options.Parallel, 1, Math.Max(1, open.Length));
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(Work, stop)));

        VivaResult[] results = [.. handins.Select(handin => new VivaResult(handin, Kept(folder, handin, marks, any: true) ?? Failed))];
        foreach (VivaResult result in results)
            GradeCommand.Write(Path.Combine(Output, "sheets", $"{result.Handin.Key}.html"), VivaPage.Write(folder.Assignment, result));
        foreach (string old in Directory.EnumerateFiles(Path.Combine(Output, "sheets"), "*.html")
            .ExceptBy(results.Select(result => $"{result.Handin.Key}.html"), Path.GetFileName)) File.Delete(old!);
        GradeCommand.Write(Path.Combine(Output, "index.html"), VivaPage.WriteIndex(folder.Assignment, results));
        return results;

        void Work()
        {
            using var worker = new GradingWorker.Client(Verb, folder.Path, secret, options.Layers);
            while (!stop.IsCancellationRequested && queue.TryDequeue(out ClassroomHandin? handin))
            {
                (string? told, bool finished) = worker.Ask(handin.Path, handin.Key, stop);
                if (told is null) (told, finished) = worker.Ask(handin.Path, handin.Key, stop);
                VivaSheet sheet = told is null ? Failed : VivaSheet.Read(told);
                Keep(folder, handin, sheet, finished && told is not null ? marks : "");
                lock (progress) progress.WriteLine(FormattableString.Invariant(
                    $"[{++done}/{open.Length}] {string.Join(", ", handin.Students)}: {(sheet.Notes is [{ } note, ..] ? note : "made")}"));
            }
        }
    }

    static VivaSheet Failed { get; } = new()
    {
        Notes = ["The sheet could not be made: the process that makes it ended twice. Start the command again."],
    };

    /// <summary>The process that makes one sheet after another.</summary>
    public static int Serve(string folder, string? secret, Layers layers) => GradingWorker.Serve(folder, secret, layers,
        (_, grader, told, handin, key) =>
        {
            var maker = new VivaMaker(grader, key);
            WatchedProcess.Tell(told, maker.Uncompilable.Write(), SecondsForSheet, grader.ReadingSeconds);
            return maker.Make(handin, sheet => WatchedProcess.Tell(told, (sheet with
            {
                Notes = [.. sheet.Notes, "The rest of this sheet is missing: its code was run for too long."],
            }).Write(), SecondsForSheet)).Write();
        });

    sealed record Made(string Mark, VivaSheet Sheet);

    string FileOf(ClassroomHandin handin) => Path.Combine(Output, "made", $"{handin.Key}.json");

    void Keep(AssignmentFolder folder, ClassroomHandin handin, VivaSheet sheet, string marks) => GradeCommand.Write(FileOf(handin),
        JsonSerializer.Serialize(new Made(marks.Length == 0 ? "" : Mark(folder, handin, marks), sheet), JsonSerializerOptions.Web));

    VivaSheet? Kept(AssignmentFolder folder, ClassroomHandin handin, string marks, bool any = false)
    {
        try
        {
            return File.Exists(FileOf(handin))
                && JsonSerializer.Deserialize<Made>(File.ReadAllText(FileOf(handin)), JsonSerializerOptions.Web) is { } made
                && (any || made.Mark == Mark(folder, handin, marks)) ? made.Sheet : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string Mark(AssignmentFolder folder, ClassroomHandin handin, string marks)
    {
        try
        {
            return $"{Handin.Read(handin.Path, folder.Assignment).Hash} {marks}";
        }
        catch (InvalidHandinException e)
        {
            return $"{e.Message} {marks}";
        }
    }
}
