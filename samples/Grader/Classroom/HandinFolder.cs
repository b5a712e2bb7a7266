using System.Globalization;
using System.Text.RegularExpressions;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Classroom;

/// <summary>One handin of a class. No text of it has control characters, line breaks, or characters that turn the direction.</summary>
/// <param name="Key">A name for its files, different from every other's.</param>
/// <param name="Students">Whose it is: several for a group.</param>
/// <param name="Path">A folder or an archive.</param>
/// <param name="Entry">What it is called in the class's folder.</param>
/// <param name="Late">Whether the platform says that it was late.</param>
/// <param name="SubmittedAt">When it was handed in, where the platform tells it.</param>
/// <param name="Id">The platform's number for the student; empty where the name has none.</param>
sealed record ClassroomHandin(string Key,
    IReadOnlyList<string> Students, string Path, string Entry, bool Late, DateTimeOffset? SubmittedAt, string Id = "");

/// <summary>Something in a class's folder that is not graded, and why.</summary>
sealed record LeftOutHandin(string Entry, string Reason);

/// <summary>What a class's folder holds.</summary>
/// <param name="Handins">The latest handin of each student, by their names.</param>
/// <param name="LeftOut">Everything else.</param>
sealed record HandinListing(IReadOnlyList<ClassroomHandin> Handins, IReadOnlyList<LeftOutHandin> LeftOut);

/// <summary>A folder of handins as platforms export it.</summary>
static partial class HandinFolder
{
    const string Metadata = "submission_metadata.yml";

    /// <summary>Whether a folder holds handins, and is not one itself.</summary>
    public static bool IsClass(string path, Assignment assignment)
    {
        if (!Directory.Exists(path) || assignment.ReadingSet.Any(file => File.Exists(Path.Combine(path, file)))) return false;
        return Directory.EnumerateFiles(path)
            .Any(file => HandinName.IsArchive(file) || Path.GetFileName(file) == Metadata) ||
            Directory.EnumerateDirectories(path)
                .Count(folder => Path.GetFileName(folder) is not ("MyTorch" or "Given" or "Check" or ['.', ..] or "__MACOSX") &&
                (HandinName.Parse(Path.GetFileName(folder)).Platform.Length > 0
                    || assignment.ReadingSet.Any(file => File.Exists(Path.Combine(folder, file))))) > 1;
    }

    /// <summary>The handins, the latest of each student, and what was left out.</summary>
    public static HandinListing Read(string path)
    {
        var submissions = ReadGradescope(Path.Combine(path, Metadata));
        FileSystemInfo[] entries = [.. new DirectoryInfo(path).EnumerateFileSystemInfos()
            .Where(entry => entry.Name is not (['.', ..] or "__MACOSX" or Metadata)).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        var leftOut = new List<LeftOutHandin>();
        var found = new List<Found>();
        IReadOnlyList<HandinName> names =
            HandinName.ParseAll([.. entries.Select(entry => ReportText.Line(entry.Name, 300))], submissions.ContainsKey);
        foreach ((FileSystemInfo entry, HandinName name) in entries.Zip(names))
        {
            string file = entry is DirectoryInfo ? Unwrapped(entry.FullName) : entry.FullName;
            string shown = ReportText.Line(Path.GetRelativePath(path, file).Replace('\\', '/'), 500);
            if (!CanBeOpened(entry))
                leftOut.Add(new(shown, "it cannot be opened. Is it a broken link, or is its name not UTF-8? Rename it."));
            else if (entry is DirectoryInfo || name.Platform.Length > 0 || HandinName.IsArchive(entry.Name))
                found.Add(new(name, file, shown));
            else leftOut.Add(new(shown, "it is not a folder, a zip or a tar."));
        }
        return new(Latest(found, submissions, leftOut), leftOut);
    }

    // A link to nothing exists, too.
    static bool CanBeOpened(FileSystemInfo entry)
    {
        try
        {
            return Path.Exists(entry.FullName) && entry.ResolveLinkTarget(returnFinalTarget: true) is var target && (target?.Exists ?? true);
        }
        catch (IOException)
        {
            return false;
        }
    }

    sealed record Found(HandinName Name, string Path, string Entry);

    static List<ClassroomHandin> Latest(
        List<Found> found, Dictionary<string, (List<string> Students, DateTimeOffset? At)> submissions, List<LeftOutHandin> leftOut)
    {
        var handins = new List<ClassroomHandin>();
        HashSet<string> keys = new(StringComparer.OrdinalIgnoreCase), shown = [];
        // The same name with another number is another student.
        bool Twice(HandinName name) =>
            name.Id.Length > 0 && found.Any(other => other.Name.Student == name.Student && other.Name.Id != name.Id);
        foreach (var student in found.GroupBy(one => (one.Name.Student, one.Name.Id))
            .OrderBy(group => group.Key.Student, StringComparer.Ordinal).ThenBy(group => group.Key.Id, StringComparer.Ordinal))
        {
            Found taken = student.OrderBy(one => one.Name.Attempt).ThenBy(one => one.Path, StringComparer.Ordinal).Last();
            HandinName name = taken.Name;
            leftOut.AddRange(student.Where(one => one != taken).Select(other => new LeftOutHandin(other.Entry,
                other.Name.Attempt < name.Attempt ? $"{taken.Entry} is later."
                    : $"{taken.Entry} has the same student's name and is taken. Rename one of them if it is another student's.")));
            IReadOnlyList<string> students = [Twice(name) ? $"{name.Student} ({name.Id})" : name.Student];
            DateTimeOffset? at = null;
            if (name.Platform == "gradescope" && submissions.TryGetValue(name.Student, out var submission))
                (students, at) = (submission.Students.Count > 0 ? submission.Students : students, submission.At);
            students = [.. students.Select(one => Unique(ReportText.Line(one, 200), shown, " ({0})"))];
            handins.Add(new ClassroomHandin(Key(students[0], keys), students, taken.Path, taken.Entry, name.Late, at, name.Id));
        }
        return handins;
    }

    /// <summary>The archive where a platform's folder holds one, and beside it files only; the folder itself otherwise.</summary>
    public static string Unwrapped(string folder)
    {
        if (!Directory.Exists(folder)) return folder;
        string[] entries = [.. Directory.EnumerateFileSystemEntries(folder)
            .Where(entry => Path.GetFileName(entry) is not (['.', ..] or "__MACOSX"))];
        string[] archives = [.. entries.Where(entry => File.Exists(entry) && HandinName.IsArchive(entry))];
        return archives is [{ } one] && !entries.Any(Directory.Exists)
            && !entries.Any(entry => entry.EndsWith(".cs", StringComparison.OrdinalIgnoreCase)) ? one : folder;
    }

    // Letters, digits and a few signs that every file system and every link takes as they are.
    static string Key(string student, HashSet<string> taken)
    {
        string key = Other().Replace(student, "-").Trim('-', '.');
        if (key.Length > 80) key = key[..80];
        if (key.Length == 0 || Reserved().IsMatch(key)) key = "student-" + key;
        return Unique(key, taken, "-{0}");
    }

    static string Unique(string name, HashSet<string> taken, string ending)
    {
        string unique = name;
        for (int i = 2; !taken.Add(unique); i++) unique = name + string.Format(CultureInfo.InvariantCulture, ending, i);
        return unique;
    }

    // The few lines of YAML that Gradescope's export has: submissions, submitters below them, and the time.
    static Dictionary<string, (List<string> Students, DateTimeOffset? At)> ReadGradescope(string file)
    {
        var submissions = new Dictionary<string, (List<string> Students, DateTimeOffset? At)>();
        if (!File.Exists(file)) return submissions;
        string current = "", name = "", email = "";
        bool submitters = false;
        void Submitter()
        {
            if (current.Length > 0 && (email.Length > 0 || name.Length > 0))
                submissions[current].Students.Add(email.Length > 0 ? email : name);
            (name, email) = ("", "");
        }

        foreach (string line in File.ReadLines(file))
        {
            if (Submission().Match(line) is { Success: true } start)
            {
                Submitter();
                (current, submitters) = (start.Groups[1].Value, false);
                submissions[current] = ([], null);
                continue;
            }
            if (current.Length == 0 || Entry().Match(line) is not { Success: true } entry) continue;
            string key = entry.Groups["key"].Value, value = entry.Groups["value"].Value.Trim().Trim('\'', '"');
            // What stands two spaces deep belongs to the submission, what stands deeper to a submitter or to tests.
            bool ofSubmission = entry.Groups["indent"].Length <= 2 && !entry.Groups["dash"].Success;
            if (entry.Groups["dash"].Success || ofSubmission) Submitter();
            if (ofSubmission) submitters = key == "submitters";
            if (submitters && key == "name") name = value;
            else if (submitters && key == "email") email = value;
            else if (ofSubmission && key == "created_at" &&
                DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                    out DateTimeOffset at)) submissions[current] = (submissions[current].Students, at);
        }
        Submitter();
        return submissions;
    }

    [GeneratedRegex(@"^(submission_\d+):\s*$")]
    private static partial Regex Submission();

    [GeneratedRegex(@"^(?<indent>\s+)(?<dash>-\s+)?:?(?<key>\w+):(\s+(?<value>.*))?$")]
    private static partial Regex Entry();

    [GeneratedRegex(@"[^\p{L}\p{N}@._-]+")]
    private static partial Regex Other();

    [GeneratedRegex(@"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}
