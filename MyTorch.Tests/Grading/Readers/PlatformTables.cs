using System.Globalization;
using System.Text;

namespace MyTorch.Tests.Grading;

/// <summary>Comma-separated values after RFC 4180, and nothing but: no mark at the beginning, a quote only around a whole cell, rows of one length.</summary>
static class CommaSeparated
{
    public static IReadOnlyList<IReadOnlyList<string>> Read(string text)
    {
        Assert.That(text[0], Is.Not.EqualTo('\uFEFF'), "a platform takes the mark for a part of the first column's name");
        var rows = new List<List<string>> { new() };
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[++i]);
            else if (c == '"')
            {
                Assert.That(quoted || cell.Length == 0, Is.True, $"a quote inside a cell, at {i}");
                quoted = !quoted;
                Assert.That(quoted || i + 1 == text.Length || text[i + 1] is ',' or '\n' or '\r', Is.True, $"text behind a quote, at {i}");
            }
            else if (!quoted && c is ',' or '\n' && !quoted)
            {
                rows[^1].Add(cell.ToString());
                cell.Clear();
                if (c == '\n') rows.Add([]);
            }
            else if (quoted || c != '\r') cell.Append(c);
        }
        Assert.That(quoted, Is.False, "a quote is never closed");
        Assert.That(rows[^1], Is.Empty, "the last line has no end");
        rows.RemoveAt(rows.Count - 1);
        Assert.That(rows.Select(row => row.Count).Distinct().Count(), Is.EqualTo(1), "rows of several lengths");
        return rows;
    }

    public static double? Number(string cell) => cell.Length == 0 ? null : double.Parse(cell, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}

/// <summary>
/// Reads a gradebook as Canvas documents its import: columns Student, ID, SIS User ID (may be missing), SIS Login ID, Section, in this order,
/// then the assignments; the row "    Points Possible" first; each student known by ID, SIS User ID or SIS Login ID.
/// </summary>
static class CanvasReader
{
    public static IReadOnlyList<(string Student, string Id, string Login, double? Score)> Read(string text, out string column, out double most)
    {
        var rows = CommaSeparated.Read(text);
        string[] header = [.. rows[0]];
        int sis = header[2] == "SIS User ID" ? 1 : 0;
        int assignment = 4 + sis;
        Assert.That(header.Take(assignment).Where(name => name != "SIS User ID"), Is.EqualTo(new[] { "Student", "ID", "SIS Login ID", "Section" }));
        Assert.That(header, Has.Length.EqualTo(assignment + 1));
        Assert.That(rows[1][0], Is.EqualTo("    Points Possible"));
        Assert.That(rows[1].Skip(1).Take(assignment - 1), Is.All.Empty);
        (column, most) = (header[assignment], CommaSeparated.Number(rows[1][assignment])!.Value);
        foreach (IReadOnlyList<string> row in rows.Skip(2)) Assert.That(row[1].Length + row[2].Length + row[2 + sis].Length, Is.Positive, "nobody");
        return [.. rows.Skip(2).Select(row => (row[0], row[1], row[2 + sis], CommaSeparated.Number(row[assignment])))];
    }
}

/// <summary>Reads a table as Moodle's import of grades does: a column that maps to a user, by address or ID number, and one that maps to a grade.</summary>
static class MoodleReader
{
    public static IReadOnlyList<(string Email, string Number, double? Grade)> Read(string text, string item)
    {
        var rows = CommaSeparated.Read(text);
        string[] header = [.. rows[0]];
        Assert.That(header, Is.Unique);
        int email = Array.IndexOf(header, "Email address"), number = Array.IndexOf(header, "ID number"), grade = Array.IndexOf(header, item);
        Assert.That(new[] { email, number, grade }, Is.All.Not.Negative);
        Assert.That(rows.Skip(1).Select(row => row[email].Length > 0 ? row[email] : row[number]), Is.Unique.And.None.Empty);
        return [.. rows.Skip(1).Select(row => (row[email], row[number], CommaSeparated.Number(row[grade])))];
    }
}

/// <summary>
/// Reads a table of scores with the columns that Gradescope's export of an assignment begins with (behind them it has the submission's
/// number, time and lateness). They are those that published programs for such exports name; Gradescope's guides describe no import.
/// </summary>
static class GradescopeScoresReader
{
    public static IReadOnlyList<(string Sid, string Email, double? Score, double Most, string Status)> Read(string text)
    {
        var rows = CommaSeparated.Read(text);
        Assert.That(rows[0], Is.EqualTo(new[] { "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status" }));
        foreach (IReadOnlyList<string> row in rows.Skip(1))
        {
            Assert.That(row[7], Is.AnyOf("Graded", "Ungraded", "Missing"));
            Assert.That(row[5].Length > 0, Is.EqualTo(row[7] == "Graded"));
        }
        return [.. rows.Skip(1).Select(row => (row[2], row[3], CommaSeparated.Number(row[5]), CommaSeparated.Number(row[6])!.Value, row[7]))];
    }
}
