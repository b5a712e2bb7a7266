using System.Globalization;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>The rows of <c>comments.csv</c>: handin (or student), file, line, text, and points.</summary>
static class LineComments
{
    const int Around = 2;

    /// <returns>The comments by the handin's key, in the order of files and lines.</returns>
    /// <exception cref="SourceException">
    /// A row names no handin, file or line of the class; the message names the row and the fix.
    /// </exception>
    public static ILookup<string, LineComment> Read(string? file, Assignment assignment, IReadOnlyList<ClassroomHandin> handins)
    {
        var comments = new List<(string Key, LineComment Comment)>();
        var read = new Dictionary<string, Handin>();
        if (file is not null)
            foreach ((int row, IReadOnlyDictionary<string, string> cells) in Csv.Read(file, "handin", "file", "line", "text"))
            {
                string place = FormattableString.Invariant($"{Path.GetFileName(file)}, line {row}: ");
                string named = cells["handin"];
                ClassroomHandin handin = handins.FirstOrDefault(one => one.Key == named || one.Entry == named
                    || one.Students.Contains(named))
                    ?? throw new SourceException($"{place}there is no handin of {named}." +
                        Spelling.DidYouMean(named, handins.SelectMany(one => one.Students)));
                if (!read.TryGetValue(handin.Key, out Handin? files)) read.Add(handin.Key, files = ReadHandin(place, handin, assignment));
                comments.Add((handin.Key, Comment(place, cells, files)));
            }
        return comments.OrderBy(one => one.Comment.File, StringComparer.Ordinal).ThenBy(one => one.Comment.Line)
            .ToLookup(one => one.Key, one => one.Comment);
    }

    static Handin ReadHandin(string place, ClassroomHandin handin, Assignment assignment)
    {
        try
        {
            return Handin.Read(handin.Path, assignment);
        }
        catch (InvalidHandinException e)
        {
            throw new SourceException($"{place}the handin of {handin.Students[0]} cannot be read: {e.Message}");
        }
    }

    static LineComment Comment(string place, IReadOnlyDictionary<string, string> cells, Handin handin)
    {
        string wanted = cells["file"].Replace('\\', '/');
        string[] paths = [.. handin.Files.Keys.Where(path => path == wanted || path.EndsWith("/" + wanted, StringComparison.Ordinal))];
        if (paths.Length != 1 || wanted.Length == 0)
            throw new SourceException(place + (paths.Length > 1 ? $"{wanted} may be {string.Join(" or ", paths)}. Write the whole path."
                : $"the handin has no file {wanted}.{Spelling.DidYouMean(wanted, handin.Files.Keys)}"));
        string[] lines = handin.Files[paths[0]].ReplaceLineEndings("\n").Split('\n');
        if (!int.TryParse(cells["line"], NumberStyles.None, CultureInfo.InvariantCulture, out int line)
            || line < 1 || line > lines.Length)
            throw new SourceException(FormattableString.Invariant(
                $"{place}{paths[0]} has the lines 1 to {lines.Length}; given: \"{cells["line"]}\"."));
        if (cells["text"].Length == 0) throw new SourceException(place + "the column text is empty. Say something about the line.");
        double? points = cells.GetValueOrDefault("points", "") is not { Length: > 0 } text ? null
            : Csv.IsNumber(text, out double number) ? number
            : throw new SourceException(
                $"{place}points is \"{text}\"; it must be a number, with a point: -0.5. Leave it empty for a remark.");
        int first = Math.Max(1, line - Around), last = Math.Min(lines.Length, line + Around);
        return new(paths[0], line, cells["text"], points,
            [.. Enumerable.Range(first, last - first + 1).Select(i => (i, Shown(lines[i - 1])))]);
    }

    // Its indentation says where it stands.
    static string Shown(string code) => ReportText.Clean(code.Replace("\t", "    ").TrimEnd(), 300).ReplaceLineEndings(" ");
}
