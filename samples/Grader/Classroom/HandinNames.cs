using System.Globalization;
using System.Text.RegularExpressions;

namespace MyTorch.Grader.Classroom;

/// <summary>What the name of a downloaded handin says.</summary>
/// <param name="Student">Whose it is, as the platform writes it.</param>
/// <param name="Id">The platform's number for the student; empty if the name has none.</param>
/// <param name="Attempt">Larger for a later handin of the same student.</param>
/// <param name="Late">Whether the platform says that it was late.</param>
/// <param name="Platform">autolab, canvas, moodle or gradescope; empty for a name of no known form.</param>
sealed record HandinName(string Student, string Id, long Attempt, bool Late, string Platform)
{
    const long AttemptsOfASubmission = 1000;

    public static readonly string[] Archives = [".zip", ".tar", ".tgz", ".tar.gz"];

    public static bool IsArchive(string file) => Archives.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Reads the names of all handins of a folder. A platform's form is believed only where more than half of the names have it, since a
    /// name that people chose may look alike; and Canvas's only if no student has two submissions, of which Canvas keeps one.
    /// </summary>
    /// <param name="names">The names.</param>
    /// <param name="known">Whether the platform's own list has the name, which proves its form.</param>
    public static IReadOnlyList<HandinName> ParseAll(IReadOnlyList<string> names, Func<string, bool> known)
    {
        HandinName[] parsed = [.. names.Select(Parse)];
        bool canvasKeepsOne = parsed.Where(name => name.Platform == "canvas").GroupBy(name => (name.Student, name.Id))
            .All(group => group.Select(name => name.Attempt / AttemptsOfASubmission).Distinct().Count() == 1);
        bool IsBelieved(HandinName name) => 2 * parsed.Count(other => other.Platform == name.Platform) > parsed.Length
            && (name.Platform != "canvas" || canvasKeepsOne);
        return [.. parsed.Select((name, i) => known(names[i]) || IsBelieved(name) ? name : Plain(names[i]))];
    }

    /// <summary>Reads the name of a file or folder, without its path.</summary>
    public static HandinName Parse(string name)
    {
        // Jane Doe_1234567_assignsubmission_file_, a folder; or with the file's name behind it.
        if (HandinNames.Moodle().Match(name) is { Success: true } moodle)
            return new(moodle.Groups["student"].Value, moodle.Groups["id"].Value, 0, false, "moodle");
        // submission_123456, a folder; submission_metadata.yml names the student.
        if (HandinNames.Gradescope().Match(name) is { Success: true } gradescope)
            return new(name, gradescope.Groups["id"].Value, 0, false, "gradescope");
        // jane@example.edu_3_handin.tar
        if (HandinNames.Autolab().Match(name) is { Success: true } autolab)
            return new(autolab.Groups["student"].Value, "", Number(autolab.Groups["version"]), false, "autolab");
        // doe_jane_LATE_123_456_handin-2.zip
        if (HandinNames.Canvas().Match(name) is { Success: true } canvas)
            return new(canvas.Groups["student"].Value, canvas.Groups["id"].Value,
                AttemptsOfASubmission * Number(canvas.Groups["submission"]) + Number(canvas.Groups["again"]),
                canvas.Groups["late"].Success, "canvas");
        return Plain(name);
    }

    /// <summary>A name that says nothing but whose the handin is.</summary>
    public static HandinName Plain(string name)
    {
        string bare = Archives.FirstOrDefault(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } found
            ? name[..^found.Length]
            : name;
        if (bare.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)) bare = bare[..^4];
        return new(bare, "", 0, false, "");
    }

    static long Number(Group group) =>
        long.TryParse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number < long.MaxValue / 2000
            ? number
            : 0;
}

static partial class HandinNames
{
    [GeneratedRegex(@"^(?<student>.+?)_(?<id>\d+)_assignsubmission_(file|onlinetext)(_|$)")]
    public static partial Regex Moodle();

    [GeneratedRegex(@"^submission_(?<id>\d+)$")]
    public static partial Regex Gradescope();

    [GeneratedRegex(@"^(?<student>[^@]+@[^@]+?)_(?<version>\d+)_[^@]+$")]
    public static partial Regex Autolab();

    [GeneratedRegex(@"^(?<student>.+?)(?<late>_LATE)?_(?<id>\d+)_(?<submission>\d+)_[^/]*?(-(?<again>\d+))?(\.\w+)*$")]
    public static partial Regex Canvas();
}
