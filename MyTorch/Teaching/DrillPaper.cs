using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using MyTorch.Inspection;

namespace MyTorch.Teaching;

/// <summary>
/// Drills on paper: sheets and solutions as pages of HTML, to be printed. A screen and a prompt write their numbers in the same way.
/// </summary>
public static partial class DrillPaper
{
    /// <summary>The largest number of sheets.</summary>
    public const int MostStudents = 500;

    const string Blank = "<td class=\"blank\"><span>to fill in</span></td>";

    /// <summary>A sheet for each student, each with its own function: a page of HTML.</summary>
    /// <param name="seed">The seed. Sheets of neighbouring seeds have no drill in common.</param>
    /// <param name="level">1 to <see cref="Drill.Levels"/>.</param>
    /// <param name="students">1 to <see cref="MostStudents"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level, or there are too few or too many students.</exception>
    public static string Sheets(int seed, int level, int students) => Page("Differentiation drills",
        Numbered(seed, students).Select(one => SheetOf(Drill.Create(one.Seed, level), one.Sheet, level)));

    /// <summary>The solutions of <see cref="Sheets"/>, with the wrong numbers that usual mistakes give: a page of HTML.</summary>
    /// <inheritdoc cref="Sheets"/>
    public static string Solutions(int seed, int level, int students) => Page("Differentiation drills: solutions",
        Numbered(seed, students).Select(one => SolutionOf(Drill.Create(one.Seed, level), one.Sheet, level, one.Seed)));

    /// <summary>A sheet about what a network costs for each student: a page of HTML.</summary>
    /// <inheritdoc cref="Sheets"/>
    public static string CostSheets(int seed, int level, int students) => Page("Drills: what a step costs",
        Numbered(seed, students).Select(one => SheetOf(CostDrill.Create(one.Seed, level), one.Sheet, level)));

    /// <summary>The solutions of <see cref="CostSheets"/>: a page of HTML.</summary>
    /// <inheritdoc cref="Sheets"/>
    public static string CostSolutions(int seed, int level, int students) => Page("Drills: what a step costs, solutions",
        Numbered(seed, students).Select(one => SolutionOf(CostDrill.Create(one.Seed, level), one.Sheet, level, one.Seed)));

    /// <summary>The sheet of one drill and its solution, each a page of HTML.</summary>
    /// <param name="seed">The seed of the drill itself, unlike in <see cref="Sheets"/>.</param>
    /// <param name="level">1 to <see cref="Drill.Levels"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
    public static (string Sheet, string Solution) Of(int seed, int level)
    {
        Drill drill = Drill.Create(seed, level);
        return (Page("Differentiation drill", [SheetOf(drill, 1, level)]),
            Page("Differentiation drill: solution", [SolutionOf(drill, 1, level, seed)]));
    }

    /// <summary>The sheet of one drill about costs and its solution, each a page of HTML.</summary>
    /// <inheritdoc cref="Of"/>
    public static (string Sheet, string Solution) OfCosts(int seed, int level)
    {
        CostDrill drill = CostDrill.Create(seed, level);
        return (Page("Drill: what a step costs", [SheetOf(drill, 1, level)]),
            Page("Drill: what a step costs, solution", [SolutionOf(drill, 1, level, seed)]));
    }

    /// <summary>How precise the numbers of a level are to be, in words.</summary>
    /// <param name="level">1 to <see cref="Drill.Levels"/>.</param>
    public static string Precision(int level) => level == 1
        ? "All are whole numbers."
        : "Compute with four significant digits and write down three, such as -0.284, or 1/3. Angles are in radians, and ln is the " +
            "natural logarithm.";

    /// <summary>The three numbers of a row of a drill's table.</summary>
    public static IEnumerable<(DrillColumn Column, double Value)> Numbers(TraceRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return
        [
            (DrillColumn.Value, row.Value.Item()), (DrillColumn.Tangent, row.Tangents[0].Item()),
            (DrillColumn.Adjoint, row.Adjoint?.Item() ?? 0),
        ];
    }

    /// <summary>A number with four significant digits.</summary>
    public static string Digits(double number) =>
        (number == 0 ? 0 : number).ToString(Math.Abs(number) < 1000 ? "G4" : "F0", CultureInfo.InvariantCulture);

    /// <summary>A kind of mistake in words: <see cref="DrillMistakeKind.OnlyOnePath"/> as <c>only one path</c>.</summary>
    public static string Words(Enum kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return WordStart().Replace(kind.ToString(), " $0").ToLowerInvariant();
    }

    /// <summary>
    /// What is typed for a number: a number, or a fraction of two such as 1/3. A long minus is read as a short one.
    /// </summary>
    /// <param name="text">What was typed.</param>
    /// <param name="problem">What is wrong with it, in a sentence; empty if it is a number.</param>
    /// <returns>The number; null if it is not a number.</returns>
    public static double? Read(string text, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        string line = text.Trim();
        double[] numbers = [.. line.Replace('−', '-').Split('/').Select(Parsed)];
        double answer = numbers.Length switch { 1 => numbers[0], 2 => numbers[0] / numbers[1], _ => double.NaN };
        problem = double.IsFinite(answer) ? ""
            : line.Contains(',', StringComparison.Ordinal)
                ? $"Write a decimal point: {line.Replace(',', '.')} for {line}."
                : $"\"{line}\" is not a number. Type one such as -0.284 or 1/3.";
        return double.IsFinite(answer) ? answer : null;

        static double Parsed(string part) =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
    }

    static IEnumerable<(int Sheet, int Seed)> Numbered(int seed, int students)
    {
        if (students is < 1 or > MostStudents)
            throw Invalid.Setting(nameof(students), students, $"DrillPaper: 1 to {Notation.Number(MostStudents)} sheets.");
        return Enumerable.Range(1, students).Select(sheet => (sheet, unchecked(seed * 1000 + sheet)));
    }

    static string N(int number) => Notation.Number(number);

    static string Encoded(string text) => WebUtility.HtmlEncode(text);

    static string SheetOf(CostDrill drill, int sheet, int level) => $"""
        <section class="sheet">
        <header><h1>What a step costs</h1><p>Sheet {N(sheet)}, level {N(level)}</p></header>
        <p class="fields"><span>Name</span><span>Date</span><span class="points">Points&emsp;&emsp;/ {N(drill.Questions.Count)}</span></p>
        <pre>{Encoded(drill.Network)}</pre>
        <p>One training step of this network; the loss is the mean of its outputs. Every answer is a whole number or a shape.</p>
        <table class="trace"><thead><tr><th scope="col">question</th><th scope="col">answer</th></tr></thead>
        <tbody>
        {string.Join('\n', drill.Questions.Select(question => $"<tr><th scope=\"row\">{Encoded(question.Text)}</th>{Blank}</tr>"))}
        </tbody></table>
        <p class="working">Working</p>
        </section>
        """;

    static string SolutionOf(CostDrill drill, int sheet, int level, int seed) => $"""
        <section class="solution">
        <header><h1>Sheet {N(sheet)}</h1><p>--costs --seed {N(seed)} --level {N(level)}</p></header>
        <pre>{Encoded(drill.Network)}</pre>
        {Steps("question", "wrong answers and what led to them", drill.Questions.Select(CostLine))}
        </section>
        """;

    static string CostLine(CostDrillQuestion question)
    {
        string formula = question.IsShape ? "" : $"{question.Formula} = ";
        IEnumerable<string> wrong = question.Mistakes.GroupBy(mistake => mistake.Answer)
            .Select(same => $"<span>{same.Key} ({Kinds(same.Select(mistake => (Enum)mistake.Kind))})</span>");
        return Line(Encoded(question.Text), $"{formula}<b>{question.Answer}</b>", wrong);
    }

    static string Steps(string first, string last, IEnumerable<string> lines) => $"""
        <table class="steps"><thead><tr><th scope="col">{first}</th><th scope="col">solution</th><th scope="col">{last}</th></tr></thead>
        <tbody>
        {string.Join('\n', lines)}
        </tbody></table>
        """;

    static string Line(string head, string solution, IEnumerable<string> wrong) =>
        $"<tr><th scope=\"row\">{head}</th><td>{solution}</td><td class=\"wrong\">{string.Join("; ", wrong)}</td></tr>";

    static string Kinds(IEnumerable<Enum> kinds) => string.Join(", ", kinds.Select(Words).Distinct());

    static string SheetOf(Drill drill, int sheet, int level) => $"""
        <section class="sheet">
        <header><h1>Differentiation drill</h1><p>Sheet {N(sheet)}, level {N(level)}</p></header>
        <p class="fields"><span>Name</span><span>Date</span><span class="points">Points&emsp;&emsp;/ {N(drill.Cells.Count)}</span></p>
        {Function(drill)}
        <p>Fill in the empty cells: the value <i>v</i>, the tangent <i>v̇</i> = ∂<i>v</i>/∂<i>v</i><sub>1</sub> (forward mode), and
        the adjoint <i>v̄</i> = ∂<i>y</i>/∂<i>v</i> (reverse mode). {Precision(level)}</p>
        {Cells(drill, _ => Blank)}
        <p class="working">Working</p>
        </section>
        """;

    static string SolutionOf(Drill drill, int sheet, int level, int seed) => $"""
        <section class="solution">
        <header><h1>Sheet {N(sheet)}</h1><p>--seed {N(seed)} --level {N(level)}</p></header>
        {Function(drill)}
        {Cells(drill, cell => $"<td><b>{Formula(Digits(cell.Answer))}</b></td>")}
        {Steps("cell", "wrong numbers and what led to them", drill.Cells.Select(cell => CellLine(drill, cell)))}
        </section>
        """;

    static string CellLine(Drill drill, DrillCell cell)
    {
        string numbers = cell.Column == DrillColumn.Adjoint && drill.Trace.Rows[cell.Index - 1].Partials is { Count: > 1 } partials
            ? Formula(Notation.Sum(partials.Select(partial => Digits(partial.Value.Item())))) + " = "
            : "";
        IEnumerable<string> wrong = cell.Mistakes.GroupBy(mistake => Digits(mistake.Answer))
            .Select(same => $"<span>{Formula(same.Key)} ({Kinds(same.Select(mistake => (Enum)mistake.Kind))})</span>");
        return Line(Formula(cell.Label), $"{Formula(cell.Formula)} = {numbers}<b>{Formula(Digits(cell.Answer))}</b>", wrong);
    }

    static string Function(Drill drill)
    {
        IEnumerable<string> inputs = drill.Trace.Rows.Where(row => row.Operation is null)
            .Select(row => $"{Formula(row.Label)} = {Digits(row.Value.Item())}");
        return $"""
            <p class="function"><i>y</i> = {Formula(drill.Formula)}<span class="at">at {string.Join(", ", inputs)}</span></p>
            """;
    }

    static string Cells(Drill drill, Func<DrillCell, string> blank)
    {
        var rows = new StringBuilder();
        foreach (TraceRow row in drill.Trace.Rows)
        {
            string expression = row.Operation is null ? "" : $" = {Formula(row.Expression)}";
            rows.Append("<tr><th scope=\"row\">").Append(Formula(row.Label)).Append(expression).Append("</th>");
            foreach ((DrillColumn column, double value) in Numbers(row))
                rows.Append(drill.Blank(row.Index, column) is { } cell ? blank(cell) : $"<td>{Formula(Digits(value))}</td>");
            rows.Append("</tr>\n");
        }
        return $"""
            <table class="trace"><thead><tr><th scope="col">equation</th><th scope="col">value <i>v</i></th>
            <th scope="col">tangent <i>v̇</i></th><th scope="col">adjoint <i>v̄</i></th></tr></thead>
            <tbody>
            {rows}</tbody></table>
            """;
    }

    // Names get their index, bar and dot, and minus its own sign.
    static string Formula(string plain) => Names().Replace(Encoded(plain).Replace('-', '−'), match =>
    {
        string mark = match.Groups["kind"].Value switch { "adj(" => "\u0304", "tangent(" => "\u0307", _ => "" };
        return $"<i>v{mark}</i><sub>{match.Groups["number"].Value}</sub>";
    });

    [GeneratedRegex(@"(?<kind>adj\(|tangent\()v(?<number>\d+)\)|v(?<number>\d+)")]
    private static partial Regex Names();

    [GeneratedRegex(@"(?<=[a-z])[A-Z0-9]+")]
    private static partial Regex WordStart();

    static string Page(string title, IEnumerable<string> sections) => $$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}</title>
        <style>
        {{Style}}
        </style>
        </head>
        <body>
        {{string.Join('\n', sections)}}
        </body>
        </html>
        """;

    const string Style = """
        @page { size: A4; margin: 18mm; }
        :root { color-scheme: light dark; }
        body { font: 11pt/1.45 Georgia, "DejaVu Serif", serif; max-width: 174mm; margin: 0 auto; padding: 1em; }
        header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 1.5pt solid; }
        h1 { font-size: 17pt; margin: 0; } header p { margin: 0; }
        .fields { display: flex; gap: 6mm; margin: 8mm 0; }
        .fields span { flex: 1; border-bottom: .5pt solid; } .fields .points { flex: .5; }
        .function { font-size: 15pt; margin: 6mm 0 4mm; } .at { margin-left: 3em; font-size: 12pt; }
        table { border-collapse: collapse; width: 100%; } th, td { border: .5pt solid; padding: 1.5mm 2.5mm; }
        thead th { font-weight: normal; font-size: 10pt; text-align: left; }
        .trace td { text-align: right; font-variant-numeric: tabular-nums; width: 22%; } tbody th { font-weight: normal; text-align: left; }
        .sheet .trace tbody tr { height: 11mm; } .blank { border: 1.5pt solid; }
        .blank span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .working { margin: 8mm 0 30mm; font-size: 10pt; } .sheet { break-after: page; } .sheet:last-child { break-after: auto; }
        .solution { margin-bottom: 14mm; }
        .solution header, .solution .function, .solution tr { break-inside: avoid; break-after: avoid-page; }
        .solution .trace td, .solution .trace th { padding: .6mm 2.5mm; } .solution .steps { margin-top: 4mm; font-size: 9.5pt; }
        .steps td:nth-child(2) { width: 42%; } .wrong { font-size: 8.5pt; }
        i + sub, sub { font-size: .7em; line-height: 0; }
        @media print { body { padding: 0; max-width: none; } }
        """;
}
