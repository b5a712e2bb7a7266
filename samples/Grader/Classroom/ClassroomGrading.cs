using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
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

    /// <summary>Points of manual questions; the output's manual.csv if null and there.</summary>
    public string? Manual { get; init; }

    /// <summary>Points in the place of the grader's; the output's overrides.csv if null and there.</summary>
    public string? Overrides { get; init; }

    /// <summary>The scores.csv of an earlier grading, to compare with.</summary>
    public string? Against { get; init; }
}

/// <summary>A student's result: the report with what people decided laid over it.</summary>
sealed record ClassroomResult(ClassroomHandin Handin, string Student, GradeReport Report)
{
    public double Score => Math.Round(Report.Score + Report.Manual.Sum(manual => manual.Score ?? 0), 6);
}

/// <summary>
/// Grades a class. Each handin's grade is saved as soon as it is known, with a hash of everything that its points depend on. When grading
/// is started again, it continues where it was stopped, and grades again only what has changed.
/// </summary>
sealed class ClassroomGrading(ClassroomOptions options, TextWriter progress)
{
    string Output { get; } = Path.GetFullPath(options.Output);

    /// <summary>Grades, writes everything, and returns the results in the order of the handins.</summary>
    /// <exception cref="SourceException">The assignment, the folder or a table cannot be used.</exception>
    public async Task<IReadOnlyList<ClassroomResult>> Run(CancellationToken stop = default)
    {
        AssignmentFolder folder = AssignmentFolder.Load(options.Assignment);
        Assignment assignment = folder.Assignment;
        string handinsAt = Path.GetFullPath(options.Handins);
        if (!Directory.Exists(handinsAt)) throw new SourceException($"There is no folder {options.Handins}.");
        if ((Output + Path.DirectorySeparatorChar)
            .StartsWith(Path.TrimEndingDirectorySeparator(handinsAt) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new SourceException("The results need a folder outside the folder of handins. Name one: -o DIR.");
        if (options.Secret is { } file && !File.Exists(file)) throw new SourceException($"There is no file {file} for the secret.");
        Adjustments adjustments =
            Adjustments.Read(assignment, Table(options.Manual, "manual.csv"), Table(options.Overrides, "overrides.csv"),
                progress.WriteLine);
        OldScores? old = options.Against is { } against ? OldScores.Read(against) : null;
        IReadOnlyList<ClassroomHandin> handins = HandinFolder.Read(options.Handins, progress.WriteLine);
        if (handins.Count == 0)
            throw new SourceException($"{options.Handins} holds no handins. Expected folders, zips or tars, one for each student, as a " +
                $"platform exports them.");
        string[] students = [.. handins.SelectMany(handin => handin.Students)];
        foreach (string student in adjustments.Students.Except(students))
            progress.WriteLine($"manual.csv or overrides.csv names {student}, who has no handin.{Spelling.DidYouMean(student, students)}");

        Claim(assignment);
        using FileStream alone = Alone();
        await GradeAll(folder, handins, stop);
        var results = new List<ClassroomResult>();
        foreach (ClassroomHandin handin in handins)
        {
            GradeReport report = ReadGrade(handin) ?? GradeReports.Failed(assignment, "Its grade could not be read.");
            results.AddRange(handin.Students.Select(student =>
                new ClassroomResult(handin, student,
                    adjustments.Apply(report with { SubmittedAt = report.SubmittedAt ?? handin.SubmittedAt }, student))));
        }
        ClassroomFiles.Write(Output, folder, results, old);
        return results;
    }

    string? Table(string? file, string name)
    {
        if (file is not null) return File.Exists(file) ? file : throw new SourceException($"There is no file {file}.");
        string beside = Path.Combine(Output, name);
        if (File.Exists(beside)) return beside;
        // Points that people gave for the earlier grading still count.
        if (options.Against is not { } against || Path.Combine(Path.GetDirectoryName(Path.GetFullPath(against))!, name) is var before
            && !File.Exists(before)) return null;
        progress.WriteLine($"{before} is used, because {options.Output} has no {name}.");
        return before;
    }

    string Folder(ClassroomHandin handin) => Path.Combine(Output, "grades", handin.Key);

    // A folder holds the results of one assignment.
    void Claim(Assignment assignment)
    {
        string name = Path.Combine(Output, "grades", "assignment.txt");
        if (File.Exists(name) && File.ReadAllText(name).Trim() is var other && other != assignment.Id)
            throw new SourceException($"{options.Output} holds the results of {other}. Name another folder for those of {assignment.Id}: " +
                $"-o DIR.");
        if (!File.Exists(name)) GradeCommand.Write(name, assignment.Id + "\n");
    }

    // Two gradings into one folder would overwrite each other's files. The system releases the lock when the process ends, even if it is
    // killed.
    FileStream Alone()
    {
        try
        {
            return new FileStream(Path.Combine(Output, "grades", ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            throw new SourceException($"Another grading writes into {options.Output}. Wait for its end, or name another folder: -o DIR.");
        }
    }

    async Task GradeAll(AssignmentFolder folder, IReadOnlyList<ClassroomHandin> handins, CancellationToken stop)
    {
        string? secret = options.Secret ?? (File.Exists(Path.Combine(folder.Path, "secret")) ? Path.Combine(folder.Path, "secret") : null);
        string marks = Marks(folder, secret);
        ClassroomHandin[] open = [.. handins.Where(handin => options.Again || !IsKept(folder.Assignment, handin, marks))];
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
            using var worker = new GradingWorker.Client(folder.Path, secret, options.Layers);
            try
            {
                while (!failure.IsCancellationRequested && queue.TryDequeue(out ClassroomHandin? handin))
                {
                    GradeReport report = GradeOne(worker, folder.Assignment, handin, marks, failure.Token);
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

    // Grades a handin, writes its grade, and marks it as kept if it would get the same grade again.
    GradeReport GradeOne(GradingWorker.Client worker, Assignment assignment, ClassroomHandin handin, string marks, CancellationToken stop)
    {
        string folder = Folder(handin);
        Directory.CreateDirectory(folder);
        File.Delete(Path.Combine(folder, "kept"));
        // Without any answer, the machine may be the cause: a second try.
        (string? told, bool finished) = worker.Grade(handin.Path, folder, stop);
        if (told is null) (told, finished) = worker.Grade(handin.Path, folder, stop);
        told ??= JsonReport.Write(GradeReports.Failed(assignment, "The grader crashed or took too long on this handin, twice."));
        GradeCommand.Write(Path.Combine(folder, "grade.json"), told);
        GradeReport report = ReadGrade(handin) ?? GradeReports.Failed(assignment, "Its grade could not be read.");
        if (finished && report.Status != GradeStatus.GraderError)
            GradeCommand.Write(Path.Combine(folder, "kept"), Kept(report.Handin.Length > 0 ? report.Handin : report.Message, marks));
        return report;
    }

    // "[3/100] jane: 48 of 50; 12 minutes left"
    static string Line(ClassroomHandin handin, GradeReport report, int done, int all, TimeSpan passed)
    {
        string result = report.Status == GradeStatus.GraderError ? "the grader failed"
            : $"{ReportText.Points(report.Score)} of {ReportText.Points(report.MaxScore)}{(report.Status == GradeStatus.Graded ? "" : $" ({GradescopeReport.StatusName(report.Status)})")}";
        double left = passed.TotalMinutes / done * (all - done);
        string soon = left < 1 ? "" : FormattableString.Invariant($"; about {Math.Ceiling(left)} minutes left");
        return FormattableString.Invariant($"[{done}/{all}] {string.Join(", ", handin.Students)}: {result}{soon}");
    }

    // Equal where equal handins get equal reports: the assignment with all its files, the library, the secret, and the grader itself.
    static string Marks(AssignmentFolder folder, string? secret)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string name, byte[] bytes)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{bytes.Length}\n"));
            hash.AppendData(bytes);
        }

        Add("grader", typeof(ClassroomGrading).Module.ModuleVersionId.ToByteArray());
        Add("secret", secret is null ? [] : File.ReadAllBytes(secret));
        foreach (SourceTree sources in new[] { folder.Reference, folder.Probes, SourceTree.Load(folder.Path, "mistakes") })
            foreach (string path in sources.Paths) Add(path, Encoding.UTF8.GetBytes(sources[path]));
        foreach (string name in new[] { "assignment.json", $"hints.{folder.Assignment.Language}.json" })
            if (Path.Combine(folder.Path, name) is var path && File.Exists(path)) Add(name, File.ReadAllBytes(path));
        return $"{folder.Assignment.Id} {folder.Assignment.Version} {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }

    // An invalid handin has no hash; the reason why it is invalid is used instead.
    static string Kept(string hashOrMessage, string marks) => $"{hashOrMessage} {marks}\n";

    bool IsKept(Assignment assignment, ClassroomHandin handin, string marks)
    {
        string mark = Path.Combine(Folder(handin), "kept");
        if (!File.Exists(mark)) return false;
        string what;
        try
        {
            what = Handin.Read(handin.Path, assignment).Hash;
        }
        catch (InvalidHandinException e)
        {
            what = e.Message;
        }
        return File.ReadAllText(mark) == Kept(what, marks) && ReadGrade(handin) is not null;
    }

    GradeReport? ReadGrade(ClassroomHandin handin)
    {
        string file = Path.Combine(Folder(handin), "grade.json");
        try
        {
            return File.Exists(file) ? JsonReport.Read(File.ReadAllText(file)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
