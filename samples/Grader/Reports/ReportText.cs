using System.Globalization;
using System.Text;

namespace MyTorch.Grader.Reports;

/// <summary>Texts that all formats share, and the cleaning of texts that come from a handin.</summary>
static class ReportText
{
    /// <summary>The longest message that a report passes on.</summary>
    public const int MostMessage = 2000;

    /// <summary>
    /// A text that any format can hold: no control characters but line breaks, none that turn the direction of writing, no half of a
    /// surrogate pair, and not longer than <paramref name="most"/>.
    /// </summary>
    public static string Clean(string text, int most = MostMessage)
    {
        int end = Math.Min(text.Length, most);
        if (end < text.Length && char.IsHighSurrogate(text[end - 1])) end--;
        var clean = new StringBuilder(end + 40);
        for (int i = 0; i < end; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < end && char.IsLowSurrogate(text[i + 1])) clean.Append(c).Append(text[++i]);
            else if (c == '\r') clean.Append(i + 1 < text.Length && text[i + 1] == '\n' ? "" : "\n");
            else if (c == '\t') clean.Append(' ');
            else if (c == '\n' || !(char.IsControl(c) || char.IsSurrogate(c)
                || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' or '\u2028' or '\u2029' or >= '\uFFFE'))
                clean.Append(c);
            else clean.Append('\uFFFD');
        }
        if (end < text.Length) clean.Append(CultureInfo.InvariantCulture, $" … (cut; {text.Length} characters)");
        return clean.ToString();
    }

    /// <summary>The same, on one line.</summary>
    public static string Line(string text, int most = MostMessage) => Clean(text, most).ReplaceLineEndings(" ").Trim();

    /// <summary>2.5</summary>
    public static string Points(double points) => points.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>"1 point", "2.5 points"</summary>
    public static string PointsWord(double points) => points == 1 ? "1 point" : $"{Points(points)} points";

    public static string Word(Outcome outcome) => outcome switch
    {
        Outcome.NotImplemented => "not implemented",
        Outcome.MissingApi => "missing",
        Outcome.NotRun => "not run",
        Outcome.Memory => "out of memory",
        _ => outcome.ToString().ToLowerInvariant(),
    };

    /// <summary>"4.2 Linear: dX"</summary>
    public static string Title(QuestionReport question) => $"{Line(question.Id, 40)} {Line(question.Name, 120)}";

    /// <summary>"4 Linear"</summary>
    public static string Group(QuestionReport question) => $"{Line(question.Id.Split('.')[0], 40)} {Line(question.Group, 120)}".TrimEnd();

    /// <summary>What a part lost its points for: "dX: failed: it is transposed".</summary>
    public static string Lost(QuestionReport question, TestReport test, int most = MostMessage) =>
        (question.Tests.Count > 1 ? Line(test.Name, 120) + ": " : "") + Word(test.Outcome)
            + (test.Message.Length > 0 ? ": " + Line(test.Message, most) : "");

    /// <summary>Everything a student is told about a question, a line each.</summary>
    public static IEnumerable<string> Lines(QuestionReport question, int most = MostMessage)
    {
        foreach (TestReport test in question.Tests.Where(test => test.Score < test.MaxScore)) yield return Lost(question, test, most);
        if (question.Hint is { } hint) yield return "hint: " + Line(hint, most);
        if (question.GradedAlone) yield return "(graded alone, inside the reference: a question that it needs is not right yet)";
        if (question.Override is { } set)
            yield return $"({PointsWord(set.Score)}, set by {Line(set.Author, 200)}: {Line(set.Reason, 500)})";
    }

    /// <summary>What a student is told about the build.</summary>
    public static IEnumerable<string> Lines(BuildReport build)
    {
        foreach (string error in build.Errors) yield return Line(error);
        foreach (string file in build.IgnoredFiles) yield return Line(file);
        foreach (string use in build.Forbidden) yield return "noted: " + Line(use);
    }

    public static bool IsFull(QuestionReport question) => question.Score >= question.MaxScore;
}
