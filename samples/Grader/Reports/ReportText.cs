using System.Globalization;
using System.Text;

namespace MyTorch.Grader.Reports;

/// <summary>Texts that all formats share, and the cleaning of texts that come from a handin.</summary>
static class ReportText
{
    /// <summary>The longest message that a report passes on.</summary>
    public const int MostMessage = 2000;

    /// <summary>
    /// A text that any format can hold: no control characters but line breaks, none that turn the direction of writing or have no width, no
    /// half of a surrogate pair, and not longer than <paramref name="most"/>.
    /// </summary>
    public static string Clean(string text, int most = MostMessage)
    {
        int end = Math.Min(text.Length, most);
        if (end < text.Length && char.IsHighSurrogate(text[end - 1])) end--;
        var clean = new StringBuilder(end + 40);
        // Halves of surrogate pairs are runes of the replacement character.
        string lines = text[..end].Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace('\t', ' ');
        foreach (Rune rune in lines.EnumerateRunes())
            clean.Append(rune.Value == '\n' || IsJoiner(rune) || !IsUnseen(rune) ? $"{rune}" : "\uFFFD");
        if (end < text.Length) clean.Append(CultureInfo.InvariantCulture, $" … (cut; {text.Length} characters)");
        return clean.ToString();
    }

    // Two letters of Persian or Hindi, or two pictures, that belong together or apart.
    static bool IsJoiner(Rune rune) => rune.Value is 0x200C or 0x200D;

    // Control characters, those that turn the direction of writing or have no width, ends of lines and paragraphs, and numbers that are not
    // characters.
    static bool IsUnseen(Rune rune) => (rune.Value & 0xFFFE) == 0xFFFE || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>
    /// A name that somebody else chose (a student, a file, a folder), on one line of a table, a page or a terminal. What cannot be seen is
    /// written as its number, "&lt;U+202E&gt;", so that no two names look alike for it.
    /// </summary>
    public static string Name(string text, int most = 200)
    {
        var name = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            if (IsUnseen(rune)) name.Append(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
            else name.Append(Rune.IsWhiteSpace(rune) ? " " : $"{rune}");
        return Line(name.ToString(), most);
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
    public static string Lost(QuestionReport question, TestReport test, int most = MostMessage) => Lost(question, [test], most);

    // Several parts for one reason: "value and rule: error: DivideByZeroException …".
    static string Lost(QuestionReport question, IReadOnlyList<TestReport> tests, int most)
    {
        // A title may have commas.
        string parts = tests.Count > 1 && tests.Count == question.Tests.Count ? "all parts"
            : string.Join("; ", tests.Select(test => Line(test.Name, 120)));
        // What waits for another question may itself be written.
        string word = tests[0].Outcome == Outcome.NotImplemented && Grading.Judge.IsWaiting(tests[0]) ? "" : Word(tests[0].Outcome);
        return (question.Tests.Count > 1 ? parts + ": " : "") + word
            + (tests[0].Message.Length > 0 ? (word.Length > 0 ? ": " : "") + Line(Message(), most) : "");

        // What is compared may have the part's name.
        string Message() => question.Tests.Count > 1 && tests.Count == 1
            && tests[0].Message.StartsWith($"{tests[0].Name}: ", StringComparison.Ordinal)
            ? tests[0].Message[(tests[0].Name.Length + 2)..] : tests[0].Message;
    }

    /// <summary>Everything a student is told about a question, a line each.</summary>
    public static IEnumerable<string> Lines(QuestionReport question, int most = MostMessage)
    {
        // One exception may end all parts of a question: it is said once.
        foreach (var same in question.Tests.Where(test => test.Score < test.MaxScore).GroupBy(test => (test.Outcome, test.Message)))
            yield return Lost(question, [.. same], most);
        foreach (string hint in question.Hints) yield return "hint: " + Line(hint, most);
        if (question.Needs is { } needed) yield return $"It needs {Line(needed, 40)}, which is not right yet: correct that first.";
        if (question.GradedAlone) yield return "(graded alone, inside the reference: a question that it needs is not right yet)";
        if (question.Override is { } set)
            yield return $"({PointsWord(set.Score)}, set by {Line(set.Author, 200)}: {Line(set.Reason, 500)})";
    }

    /// <summary>What a student is told about the build.</summary>
    public static IEnumerable<string> Lines(BuildReport build)
    {
        foreach (string error in build.Errors) yield return Line(error);
        foreach (string file in build.IgnoredFiles) yield return Line(file);
        foreach (string use in build.Forbidden.Concat(build.BeyondHandout)) yield return "noted: " + Line(use);
    }

    public static bool IsFull(QuestionReport question) => question.Score >= question.MaxScore;
}
