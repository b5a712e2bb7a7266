using System.Globalization;
using System.Text;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using static MyTorch.Grader.Reports.Html;

namespace MyTorch.Grader.Viva;

/// <summary>The pages of a talk: a sheet for each handin, whose answers are folded or on a second page of paper, and the index.</summary>
static class VivaPage
{
    /// <summary>The height of an A4 page within margins of 12 mm, in points: what a sheet is made of is cut so that it is enough.</summary>
    public const double PageHeight = 273 / 25.4 * 72;

    /// <summary>The sheet of a handin.</summary>
    public static string Write(Assignment assignment, VivaResult result)
    {
        string title = $"{assignment.Id}: five minutes with {Names(result)}";
        VivaSheet sheet = result.Sheet;
        var main = new StringBuilder("<article class=\"paper\">\n").Append(CultureInfo.InvariantCulture, $"<h1>{Encode(title)}</h1>\n");
        AppendDrill(main, sheet.Drill);
        for (int i = 0; i < sheet.Questions.Count; i++)
            AppendQuestion(main, i == 0 ? "Your own code" : "", $"Question {i + 1} on this code", sheet.Questions[i]);
        if (sheet.Mistake is { } mistake) AppendQuestion(main, "One mistake in your own code", "The code with a mistake", mistake);
        main.Append("</article>\n<details class=\"answers\">\n")
            .Append("<summary>Answers, for staff only. Printed while this is open, they are on a second page.</summary>\n");
        AppendAnswers(main, sheet);
        main.Append("</details>\n<p class=\"quiet noprint\"><a href=\"../index.html\">The class</a></p>");
        return Page(title, main.ToString());
    }

    static string Names(VivaResult result) => ReportText.Line(string.Join(", ", result.Handin.Students), 80);

    static void AppendDrill(StringBuilder main, VivaDrill? drill)
    {
        if (drill is null) return;
        main.Append("<h2>By hand</h2>\n");
        string given = string.Join(", ", drill.Rows.Where(row => row.IsGiven).Select(row => $"{row.Name} = {row.Answer}"));
        main.Append(CultureInfo.InvariantCulture, $"<p>Given: <strong>{Encode(given)}</strong>. ")
            .Append("Compute in this order, as your code does:</p>\n<ol class=\"blanks\">\n");
        foreach (VivaRow row in drill.Rows.Where(row => !row.IsGiven))
            main.Append(CultureInfo.InvariantCulture, $"<li>{Encode(row.Name)}: <span class=\"blank\"></span></li>\n");
        main.Append("</ol>\n");
    }

    static void AppendQuestion(StringBuilder main, string heading, string label, VivaQuestion question)
    {
        if (heading.Length > 0) main.Append(CultureInfo.InvariantCulture, $"<h2>{heading}</h2>\n");
        main.Append(CultureInfo.InvariantCulture, $"<p>{Marked(question.Ask)} <span class=\"quiet\">{Encode(question.File)}</span></p>\n")
            .Append(Block(Text(question.Lines), label)).Append('\n');
    }

    static void AppendAnswers(StringBuilder main, VivaSheet sheet)
    {
        main.Append("<h2>Answers</h2>\n");
        foreach (string note in sheet.Notes) main.Append(CultureInfo.InvariantCulture, $"<p class=\"look\">{Encode(note)}</p>\n");
        if (sheet.Drill is { } drill)
        {
            if (drill.Complaint.Length > 0) main.Append(CultureInfo.InvariantCulture, $"<p class=\"look\">{Encode(drill.Complaint)}</p>\n");
            main.Append("<h3>By hand</h3>\n<ol class=\"blanks\">\n");
            foreach (VivaRow row in drill.Rows.Where(row => !row.IsGiven))
                main.Append(CultureInfo.InvariantCulture, $"<li>{Encode(row.Name)}: <strong>{Encode(row.Answer)}</strong>")
                    .Append(row.Got.Length > 0 ? $" (the student's code: {Encode(row.Got)})" : "").Append("</li>\n");
            main.Append("</ol>\n");
        }
        foreach (VivaQuestion question in sheet.Questions) AppendAnswer(main, question);
        if (sheet.Mistake is { } mistake) AppendAnswer(main, mistake);
        if (sheet.Questions.Count == 0 && sheet.Mistake is null)
            main.Append("<p>Ask about the drill only, or let the student explain any member that they wrote.</p>\n");
    }

    static void AppendAnswer(StringBuilder main, VivaQuestion question)
    {
        main.Append(CultureInfo.InvariantCulture, $"<h3>{Marked(question.Ask)}</h3>\n<ul>\n");
        foreach (string line in question.Answer) main.Append(CultureInfo.InvariantCulture, $"<li>{Marked(line)}</li>\n");
        main.Append("</ul>\n");
    }

    // Between backticks stands code.
    static string Marked(string text) =>
        string.Concat(text.Split('`').Select((part, i) => i % 2 == 0 ? Encode(part) : $"<code>{Encode(part)}</code>"));

    static string Text(IReadOnlyList<VivaLine> lines)
    {
        int width = lines.Count == 0 ? 0 : lines.Max(line => line.Number).ToString(CultureInfo.InvariantCulture).Length;
        return string.Join('\n', lines.Select(line => (line.IsAsked ? "> " : "  ")
            + line.Number.ToString(CultureInfo.InvariantCulture).PadLeft(width) + "  " + line.Text));
    }

    /// <summary>
    /// The height of the printed sheet without the answers, in points, by the style sheet's sizes for paper: text of 9 points, code of 7.5.
    /// </summary>
    public static double HeightOf(VivaSheet sheet)
    {
        const double Title = 20, Heading = 22, Row = 20, Line = 13.5, Around = 6, CodeLine = 9.75, AroundCode = 12;
        double height = Title;
        static double Text(int letters) => Line * Math.Ceiling((letters + 1) / 105.0) + Around;
        if (sheet.Drill is { } drill)
            height += Heading + Text(60 + drill.Rows.Where(row => row.IsGiven).Sum(row => row.Name.Length + row.Answer.Length + 5))
                + Row * Math.Ceiling(drill.Rows.Count(row => !row.IsGiven) / 2.0);
        foreach (VivaQuestion question in sheet.Mistake is { } mistake ? sheet.Questions.Append(mistake) : sheet.Questions)
            height += Text(question.Ask.Length + question.File.Length) + AroundCode
                + CodeLine * question.Lines.Sum(line => 1 + (line.Text.Length + 6) / 112);
        return height + (sheet.Questions.Count > 0 ? Heading : 0) + (sheet.Mistake is null ? 0 : Heading);
    }

    /// <summary>The page that lists the sheets.</summary>
    public static string WriteIndex(Assignment assignment, IReadOnlyList<VivaResult> results)
    {
        var main = new StringBuilder().Append(CultureInfo.InvariantCulture, $"<h1>{Encode(assignment.Title)}: talks</h1>\n")
            .Append(CultureInfo.InvariantCulture, $"<p class=\"result\"><strong>{results.Count} ")
            .Append(results.Count == 1 ? "sheet.</strong></p>\n" : "sheets.</strong></p>\n")
            .Append("<p><strong>Next:</strong> print a student's sheet, one page, and keep the answers: they are folded at the end of it. ")
            .Append("Do not give the files to students, since the answers are in them.</p>\n")
            .Append("<h2 id=\"sheets\">Sheets</h2>\n")
            .Append(Table("The sheet of each handin", ["Handin", "Drill on their code", "Questions", "Mistake to find", "To know first"],
                results.Select(result => (IReadOnlyList<string>)
                [
                    $"<a href=\"sheets/{Uri.EscapeDataString(result.Handin.Key)}.html\">{Encode(Names(result))}</a>",
                    result.Sheet.Drill is not { } drill ? "none" : drill.Complaint.Length == 0 ? "right"
                        : "<span class=\"look\">not right</span>",
                    $"{result.Sheet.Questions.Count}", result.Sheet.Mistake is null ? "none" : "yes",
                    Encode(string.Join(" ", result.Sheet.Notes.Append(result.Sheet.Drill?.Complaint ?? "")).Trim()),
                ]), 2));
        return Page($"{assignment.Id}: talks", main.ToString());
    }
}
