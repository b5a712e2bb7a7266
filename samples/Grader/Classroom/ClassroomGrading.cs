using System.Collections.Concurrent;
using System.Diagnostics;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

sealed record ClassroomOptions
{
    /// <summary>The folder of the assignment.</summary>
    public required string Assignment { get; init; }

    /// <summary>The folder of handins.</summary>
    public required string Handins { get; init; }

    /// <summary>The folder to write: <c>scores.csv</c>, <c>mistakes.csv</c>, <c>index.html</c>, <c>pages/</c> and <c>grades/</c>.</summary>
    public required string Output { get; init; }

    /// <summary>The file of the secret; the assignment's own if null and there.</summary>
    public string? Secret { get; init; }

    /// <summary>How many handins are graded at once; each takes its own half gigabyte.</summary>
    public int Parallel { get; init; } = 2;

    /// <summary>The kernel's layers around handed-in code.</summary>
    public Layers Layers { get; init; } = Layers.All;

    /// <summary>Whether to grade also what is graded already.</summary>
    public bool Again { get; init; }

    /// <summary>
    /// The tables that people write, by their names: manual.csv, overrides.csv, roster.csv and others of <see
    /// cref="ClassroomTables.Names"/>. One that is not named is taken from the output's folder, if it is there.
    /// </summary>
    public IReadOnlyDictionary<string, string> Tables { get; init; } = new Dictionary<string, string>();

    /// <summary>What a platform calls the assignment's column of grades; the assignment's title if null.</summary>
    public string? Column { get; init; }

    /// <summary>The part of the class to grade; null for all.</summary>
    public ClassPart? Part { get; init; }

    /// <summary>The folders of the parts to merge; null to grade.</summary>
    public IReadOnlyList<string>? Merged { get; init; }

    /// <summary>The scores.csv of an earlier grading, to compare with.</summary>
    public string? Against { get; init; }
}

/// <summary>
/// Grades a class. Each handin's grade is saved as soon as it is known, with a hash of everything that its points depend on. When grading
/// is started again, it continues where it was stopped, and grades again only what has changed.
/// </summary>
sealed class ClassroomGrading(ClassroomOptions options, TextWriter progress)
{
    string Output { get; } = Path.GetFullPath(options.Output);

    /// <summary>
    /// Grades, writes everything, and returns the results in the order of the handins. Of a part, only grades are written.
    /// </summary>
    /// <exception cref="SourceException">The assignment, the folder, a part or a table cannot be used.</exception>
    public async Task<IReadOnlyList<ClassroomResult>> Run(CancellationToken stop = default)
    {
        AssignmentFolder folder = AssignmentFolder.Load(options.Assignment);
        HandinListing listing = Listing(options.Handins, Output, progress);
        string? secret = Secret(folder, options.Secret);
        // Read before anything is graded: a mistake in a table costs no waiting.
        ClassroomTables? tables = options.Part is null ? ClassroomTables.Read(options, folder, listing.Handins, progress.WriteLine) : null;

        var store = new GradeStore(Output, folder, secret);
        store.Claim(options.Part);
        using FileStream alone = store.Alone();
        IReadOnlyList<ClassroomHandin> handins = [.. listing.Handins.Where(handin => options.Part?.Holds(handin) ?? true)];
        if (options.Merged is { } parts) new PartMerging(folder, options.Handins, secret).Merge(parts, handins, store);
        else await GradeAll(folder, secret, store, handins, tables?.Requests.Open ?? new HashSet<string>(), stop);
        GradeReport Grade(ClassroomHandin handin) =>
            store.Read(handin) ?? GradeReports.Failed(folder.Assignment, "Its grade could not be read.");
        if (tables is null)
            return [.. from handin in handins from student in handin.Students select new ClassroomResult(handin, student, Grade(handin))];
        ClassroomOutcome outcome = tables.Assemble(folder, listing,
            handin => (Grade(handin), MemberPrints.Read(Path.Combine(store.Folder(handin), "members.json"))));
        ClassroomFiles.Write(Output, outcome, progress.WriteLine);
        return outcome.Results;
    }

    /// <summary>The handins of a class, whose results go to another folder.</summary>
    /// <exception cref="SourceException">There is no such folder, it holds no handins, or the results would lie in it.</exception>
    public static HandinListing Listing(string handins, string output, TextWriter progress)
    {
        string handinsAt = Path.GetFullPath(handins);
        if (!Directory.Exists(handinsAt)) throw new SourceException($"There is no folder {handins}.");
        if ((output + Path.DirectorySeparatorChar)
            .StartsWith(Path.TrimEndingDirectorySeparator(handinsAt) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new SourceException("The results need a folder outside the folder of handins. Name one: -o DIR.");
        HandinListing listing = HandinFolder.Read(handins);
        foreach (LeftOutHandin one in listing.LeftOut) progress.WriteLine($"{one.Entry}: left out, {one.Reason}");
        return listing.Handins.Count > 0 ? listing : throw new SourceException(
            $"{handins} holds no handins. Expected folders, zips or tars, one for each student, as a platform exports them.");
    }

    /// <summary>The file of the secret; the assignment's own if none is named and there is one.</summary>
    /// <exception cref="SourceException">The file that is named does not exist.</exception>
    public static string? Secret(AssignmentFolder folder, string? named)
    {
        if (named is { } file && !File.Exists(file)) throw new SourceException($"There is no file {file} for the secret.");
        return named ?? (Path.Combine(folder.Path, "secret") is var own && File.Exists(own) ? own : null);
    }

    async Task GradeAll(AssignmentFolder folder, string? secret, GradeStore store, IReadOnlyList<ClassroomHandin> handins,
        IReadOnlySet<string> again, CancellationToken stop)
    {
        ClassroomHandin[] open = [.. handins.Where(handin => options.Again || handin.Students.Any(again.Contains)
            || !store.IsKept(handin))];
        if (open.Length < handins.Count) progress.WriteLine($"{handins.Count - open.Length} of {handins.Count} are graded already.");
        if (open.Length == 0) return;

        var queue = new ConcurrentQueue<ClassroomHandin>(open);
        int done = 0;
        var watch = Stopwatch.StartNew();
        using var failure = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] workers =
            [.. Enumerable.Range(0, Math.Clamp(options.Parallel, 1, open.Length)).Select(_ => Task.Run(Work, CancellationToken.None))];
        await WaitForAll(workers);

        async Task Work()
        {
            using var worker = new GradingWorker.Client(GradingWorker.Verb, folder.Path, secret, options.Layers);
            try
            {
                while (!failure.IsCancellationRequested && queue.TryDequeue(out ClassroomHandin? handin))
                {
                    GradeReport report = GradeOne(worker, folder.Assignment, store, handin, failure.Token);
                    lock (progress) progress.WriteLine(Line(handin, report, ++done, open.Length, watch.Elapsed));
                }
            }
            catch
            {
                await failure.CancelAsync();
                throw;
            }
        }
    }

    static async Task WaitForAll(Task[] workers)
    {
        try
        {
            await Task.WhenAll(workers);
        }
        catch (Exception)
        {
            // The one that found the assignment broken, rather than those that were stopped because of it.
            if (workers.Select(worker => worker.Exception?.InnerException).OfType<SourceException>().FirstOrDefault() is { } broken)
                throw broken;
            throw;
        }
    }

    static GradeReport GradeOne(
        GradingWorker.Client worker, Assignment assignment, GradeStore store, ClassroomHandin handin, CancellationToken stop)
    {
        store.Begin(handin);
        // Without any answer, the machine may be the cause: a second try.
        (string? told, bool finished) = worker.Ask(handin.Path, store.Folder(handin), stop);
        if (told is null) (told, finished) = worker.Ask(handin.Path, store.Folder(handin), stop);
        return store.Keep(handin, told is null
            ? GradeReports.Failed(assignment, "The grader crashed or took too long on this handin, twice.")
            : JsonReport.Read(told), finished);
    }

    // "[3/100] jane: 48 of 50; 12 minutes left"
    static string Line(ClassroomHandin handin, GradeReport report, int done, int all, TimeSpan passed)
    {
        string result = report.Status == GradeStatus.GraderError ? "the grader failed"
            : $"{ReportText.Points(report.Score)} of {ReportText.Points(report.MaxScore)}" +
                (report.Status == GradeStatus.Graded ? "" : $" ({GradescopeReport.StatusName(report.Status)})");
        double left = passed.TotalMinutes / done * (all - done);
        string soon = left < 1 ? "" : FormattableString.Invariant($"; about {Math.Ceiling(left)} minutes left");
        return FormattableString.Invariant($"[{done}/{all}] {string.Join(", ", handin.Students)}: {result}{soon}");
    }
}
