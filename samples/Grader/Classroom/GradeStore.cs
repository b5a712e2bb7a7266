using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// The folder <c>grades/</c> of a class's results: for each handin its report, its code, and a mark of everything that its points depend
/// on. Nothing in it depends on when or where it was graded but <c>times.json</c>.
/// </summary>
/// <param name="output">The folder of the results.</param>
/// <param name="folder">The assignment.</param>
/// <param name="secret">The file of the secret; null for none.</param>
sealed class GradeStore(string output, AssignmentFolder folder, string? secret)
{
    const string Times = "times.json";

    readonly string _marks = Marks(folder, secret);

    /// <summary>The folder of the results.</summary>
    public string Output => output;

    /// <summary>The folder of a handin's files.</summary>
    public string Folder(ClassroomHandin handin) => Path.Combine(output, "grades", handin.Key);

    // "hw1" or "hw1, part 3/10"; null where nothing was graded.
    static string? ReadClaim(string output) => Path.Combine(output, "grades", "assignment.txt") is var file && File.Exists(file)
        ? File.ReadAllText(file).Trim() : null;

    /// <summary>Which assignment a folder of results is of, and which part of the class; null for a folder without results.</summary>
    public static (string Assignment, ClassPart? Part)? Claimed(string output) => ReadClaim(output)?.Split(", part ") switch
    {
        null => null,
        [{ } assignment, { } part] => (assignment, ClassPart.Parse(part)),
        [{ } assignment, ..] => (assignment, null),
        _ => null,
    };

    /// <summary>A folder holds the results of one assignment, of a whole class or of one of its parts.</summary>
    /// <exception cref="SourceException">It holds other results.</exception>
    public void Claim(ClassPart? part)
    {
        string mine = folder.Assignment.Id + (part is null ? "" : $", part {part}");
        if (ReadClaim(output) is { } other && other != mine)
            throw new SourceException($"{output} holds the results of {other}. Name another folder for those of {mine}: -o DIR.");
        if (ReadClaim(output) is null) GradeCommand.Write(Path.Combine(output, "grades", "assignment.txt"), mine + "\n");
    }

    /// <summary>
    /// Keeps other gradings out of the folder, which would overwrite these files. The system releases the lock when the process ends,
    /// even if it is killed.
    /// </summary>
    public FileStream Alone()
    {
        try
        {
            return new FileStream(Path.Combine(output, "grades", ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            throw new SourceException($"Another grading writes into {output}. Wait for its end, or name another folder: -o DIR.");
        }
    }

    /// <summary>Forgets that a handin was graded.</summary>
    public void Begin(ClassroomHandin handin)
    {
        Directory.CreateDirectory(Folder(handin));
        // The mark first, so that nothing is taken for whole in between.
        foreach (string name in (string[])["kept", "grade.json", "code.json", "members.json", Times])
            File.Delete(Path.Combine(Folder(handin), name));
    }

    /// <summary>Writes a handin's report, and marks it as kept if it would get the same grade again.</summary>
    public GradeReport Keep(ClassroomHandin handin, GradeReport report, bool finished)
    {
        string at = Folder(handin);
        GradeCommand.Write(Path.Combine(at, Times), JsonReport.Text(json =>
        {
            json.WriteStartObject();
            json.WriteString("host", Environment.MachineName);
            json.WriteNumber("seconds", Math.Round(report.Seconds, 3));
            json.WriteStartObject("milliseconds");
            foreach (TestReport test in report.Questions.SelectMany(question => question.Tests)) json.WriteNumber(test.Id, test.Ms);
            json.WriteEndObject();
            json.WriteEndObject();
        }, indented: true) + "\n");
        report = WithoutTimes(report);
        GradeCommand.Write(Path.Combine(at, "grade.json"), JsonReport.Write(report));
        if (finished && report.Status != GradeStatus.GraderError)
            GradeCommand.Write(Path.Combine(at, "kept"), Kept(report.Handin.Length > 0 ? report.Handin : report.Message, _marks));
        return report;
    }

    static GradeReport WithoutTimes(GradeReport report) => report with
    {
        Seconds = 0,
        Questions = [.. report.Questions.Select(question => question with
        {
            Tests = [.. question.Tests.Select(test => test with { Ms = 0 })],
        })],
    };

    /// <summary>Whether a handin has the grade that it would get now.</summary>
    public bool IsKept(ClassroomHandin handin)
    {
        string mark = Path.Combine(Folder(handin), "kept");
        if (!File.Exists(mark)) return false;
        string what;
        try
        {
            what = Handin.Read(handin.Path, folder.Assignment).Hash;
        }
        catch (InvalidHandinException e)
        {
            what = e.Message;
        }
        return File.ReadAllText(mark) == Kept(what, _marks) && Read(handin) is not null;
    }

    /// <summary>Whether a handin was graded with other files of the assignment, another secret or another grader.</summary>
    public bool HasOtherMarks(ClassroomHandin handin) => Path.Combine(Folder(handin), "kept") is var mark && File.Exists(mark)
        && !File.ReadAllText(mark).EndsWith($" {_marks}\n", StringComparison.Ordinal);

    /// <summary>The report on a handin; null if its file is missing or cannot be read.</summary>
    public GradeReport? Read(ClassroomHandin handin)
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

    /// <summary>Takes a handin's files from another folder of results.</summary>
    public void Take(ClassroomHandin handin, GradeStore other)
    {
        Begin(handin);
        // The mark last: without it, what was taken is taken once more.
        foreach (string file in Directory.GetFiles(other.Folder(handin)).OrderBy(file => Path.GetFileName(file) == "kept"))
            File.Copy(file, Path.Combine(Folder(handin), Path.GetFileName(file)), overwrite: true);
    }

    // An invalid handin has no hash; the reason why it is invalid is used instead.
    static string Kept(string hashOrMessage, string marks) => $"{hashOrMessage} {marks}\n";

    // Equal where equal handins get equal reports: the assignment with all its files, the library, the secret, and the grader itself.
    internal static string Marks(AssignmentFolder folder, string? secret)
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
}
