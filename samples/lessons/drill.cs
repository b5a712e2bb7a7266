#:project ../../MyTorch/MyTorch.csproj
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using MyTorch.Inspection;
using MyTorch.Symbolic;
using MyTorch.Teaching;
using static Blackboard;

// Drills. A random function, its values, tangents and adjoints, and some of them left for you:
//   dotnet run samples/lessons/drill.cs -- --level 2                          asks cell by cell and says what went wrong
//   dotnet run samples/lessons/drill.cs -- --costs                            asks what a network costs: shapes, parameters, bytes, multiply-adds
//   dotnet run samples/lessons/drill.cs -- --paper --students 30 --seed 1     writes a sheet for each student, and the solutions
const string Usage = """
    dotnet run samples/lessons/drill.cs -- [--costs] [--seed N] [--level 1|2|3]
    dotnet run samples/lessons/drill.cs -- [--costs] --paper [--students N] [--seed N] [--level 1|2|3] [--out FOLDER]
      --costs       shapes, parameters, bytes and multiply-adds of a network (lesson 13) instead of derivatives
      --seed N      the same number gives the same drill; without it, a new one
      --level L     1: whole numbers; 2: sin, ln and others, with a pocket calculator; 3: quotients and more paths.
                    With --costs: 1: two layers; 2: normalization and optimizers; 3: an embedding, a layer used twice
      --paper       writes sheets.html and solutions.html, to be printed from a browser
      --students N  how many sheets, 1 to 500, each with its own function (default 1)
      --out FOLDER  where they are written (default artifacts/drills)
    """;
int seed = Random.Shared.Next(100_000), level = 1, students = 1;
bool paper = false, costs = false;
string folder = Path.Combine("artifacts", "drills");
for (int i = 0; i < args.Length; i++)
    switch (args[i])
    {
        case "--help" or "-h": Console.WriteLine(Usage); return 0;
        case "--paper": paper = true; break;
        case "--costs": costs = true; break;
        case "--seed" when Whole(i + 1, int.MinValue, int.MaxValue) is { } n: seed = n; i++; break;
        case "--level" when Whole(i + 1, 1, Drill.Levels) is { } n: level = n; i++; break;
        case "--students" when Whole(i + 1, 1, 500) is { } n: students = n; i++; break;
        case "--out" when i + 1 < args.Length: folder = args[++i]; break;
        default:
            Console.Error.WriteLine($"{string.Join(' ', args[i..Math.Min(i + 2, args.Length)])}: not understood.\n{Usage}");
            return 2;
    }
if (paper && costs) Paper.WriteCosts(seed, level, students, folder);
else if (paper) Paper.Write(seed, level, students, folder);
else if (costs) AskCosts(seed, level);
else AskDerivatives(seed, level);
return 0;

int? Whole(int i, int least, int most) =>
    i < args.Length && int.TryParse(args[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n) && n >= least && n <= most ? n : null;

static void AskDerivatives(int seed, int level)
{
    Drill drill = Drill.Create(seed, level);
    Heading($"Drill {seed}, level {level}: y = {drill.Formula}");
    PrintTable(drill, cell => "?");
    Say();
    Say($"The tangent is d/dv1, the adjoint dy/dv. {Paper.Precision(level)}");
    Asked[] asked = [.. drill.Cells.Select(cell => new Asked(
        cell.Label, cell.Formula, Paper.Digits(cell.Answer),
        line => Answer.Read(line, out string problem) is null ? problem : null,
        line => Answer.Read(line, out _) is { } answer && cell.Accepts(answer),
        line => Answer.Read(line, out _) is { } answer ? cell.Explain(answer).Select(mistake => (Paper.Words(mistake.Kind), mistake.Explanation)) : []))];
    Ask(asked, $"--seed {seed} --level {level}", () =>
    {
        Heading("The whole table");
        PrintTable(drill, cell => Paper.Digits(cell.Answer));
    });
}

static void AskCosts(int seed, int level)
{
    CostDrill drill = CostDrill.Create(seed, level);
    Heading($"Drill {seed}, level {level}: what this network costs in one training step");
    Say("  " + drill.Network.Replace("\n", "\n  "));
    Say();
    Say("The loss is the mean of the outputs. Write a number as 32 or 7*4+4, a shape as (5, 4) or 5x4. Each answer is exact.");
    Asked[] asked = [.. drill.Questions.Select(question => new Asked(
        question.Text, question.Formula, question.Answer,
        line => question.Understands(line) ? null : question.IsShape ? $"\"{line}\" is not a shape. Type one such as (5, 4)." : $"\"{line}\" is not a whole number. Type one such as 32 or 7*4+4.",
        question.Accepts,
        line => question.Explain(line).Select(mistake => (Paper.Words(mistake.Kind), mistake.Explanation))))];
    Ask(asked, $"--costs --seed {seed} --level {level}", () => { });
}

static void Ask(Asked[] questions, string again, Action atTheEnd)
{
    const int FormulaAfter = 2, ToldAfter = 3;
    Say("Type ? for the formula, and once more for the answer; q to stop.");
    int[] rightAfter = new int[ToldAfter + 1];
    var mistakes = new List<string>();
    foreach (Asked question in questions)
    {
        Say();
        for (int misses = 0; ;)
        {
            Console.Write($"{question.Label} = ");
            string? line = Console.ReadLine()?.Trim();
            if (Console.IsInputRedirected) Console.WriteLine(line);
            if (line is null or "q")
            {
                Summarize();
                return;
            }
            if (line == "?") misses = Math.Max(misses, FormulaAfter - 1);
            else if (question.Problem(line) is { } problem)
            {
                Say($"  {problem}");
                continue;
            }
            else if (question.Accepts(line))
            {
                Say($"  Right: {question.Answer}.");
                rightAfter[misses]++;
                break;
            }
            else
            {
                (string Kind, string Text)[] found = [.. question.Explain(line)];
                foreach ((_, string text) in found.Take(2)) Say($"  {text}");
                if (found.Length == 0) Say("  Not right, and none of the usual mistakes.");
                mistakes.AddRange(found.Take(1).Select(mistake => mistake.Kind));
            }
            misses++;
            if (misses == FormulaAfter) Say($"  The formula: {question.Label} = {question.Formula}");
            if (misses < ToldAfter) continue;
            Say($"  It is {question.Answer}.");
            rightAfter[ToldAfter]++;
            break;
        }
    }
    atTheEnd();
    Summarize();

    void Summarize()
    {
        Say();
        Say($"{rightAfter[0]} of {questions.Length} right at once, {rightAfter[1]} after a hint, {rightAfter[2]} with the formula, {rightAfter[3]} told, {questions.Length - rightAfter.Sum()} not asked.");
        if (mistakes.Count > 0)
            Say("Mistakes: " + string.Join(", ", mistakes.GroupBy(kind => kind).OrderByDescending(group => group.Count()).Select(group => $"{group.Key} ({group.Count()})")) + ".");
        Say($"The same drill again: {again}");
    }
}

static void PrintTable(Drill drill, Func<DrillCell, string> blank) => Table(["value", "equation", "v", "tangent", "adjoint"],
    drill.Trace.Rows.Select(row => (object?[])
        [row.Label, row.Expression, .. Paper.Numbers(row).Select(number => drill.Blank(row.Index, number.Column) is { } cell ? blank(cell) : Paper.Digits(number.Value))]));

/// <summary>A question at the prompt.</summary>
/// <param name="Label">What is asked for.</param>
/// <param name="Formula">How it is computed.</param>
/// <param name="Answer">The right answer, as it is shown.</param>
/// <param name="Problem">Why a line cannot be read as an answer; null if it can.</param>
/// <param name="Accepts">Whether a line is right.</param>
/// <param name="Explain">The usual mistakes that give a line: their kind in words, and what went wrong.</param>
sealed record Asked(
    string Label, string Formula, string Answer, Func<string, string?> Problem, Func<string, bool> Accepts, Func<string, IEnumerable<(string Kind, string Text)>> Explain);

/// <summary>What is typed for a number.</summary>
static class Answer
{
    /// <summary>A number, or a fraction of two; null with what is wrong.</summary>
    public static double? Read(string line, out string problem)
    {
        string[] parts = line.Replace('−', '-').Split('/');
        problem = line.Contains(',')
            ? $"Write a decimal point: {line.Replace(',', '.')} for {line}."
            : $"\"{line}\" is not a number. Type one such as -0.284 or 1/3, ? for the formula, q to stop.";
        double[] numbers = [.. parts.Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
        double answer = numbers.Length switch { 1 => numbers[0], 2 => numbers[0] / numbers[1], _ => double.NaN };
        return double.IsFinite(answer) ? answer : null;
    }
}

/// <summary>Sheets and solutions as pages of HTML, to be printed.</summary>
static partial class Paper
{
    public static void Write(int seed, int level, int students, string folder)
    {
        // Sheets of neighbouring seeds have no drill in common.
        (int Sheet, int Seed, Drill Drill)[] drills = [.. Enumerable.Range(1, students).Select(sheet => (sheet, Seed: unchecked(seed * 1000 + sheet))).Select(one => (one.sheet, one.Seed, Drill.Create(one.Seed, level)))];
        Directory.CreateDirectory(folder);
        Save(folder, "sheets.html", "Differentiation drills", drills.Select(one => Sheet(one.Drill, one.Sheet, level)));
        Save(folder, "solutions.html", "Differentiation drills: solutions", drills.Select(one => Solution(one.Drill, one.Sheet, level, one.Seed)));
    }

    static void Save(string folder, string name, string title, IEnumerable<string> sections)
    {
        string path = Path.GetFullPath(Path.Combine(folder, name));
        File.WriteAllText(path, Page(title, sections));
        Console.WriteLine(path);
    }

    public static void WriteCosts(int seed, int level, int students, string folder)
    {
        (int Sheet, int Seed, CostDrill Drill)[] drills = [.. Enumerable.Range(1, students).Select(sheet => (sheet, Seed: unchecked(seed * 1000 + sheet))).Select(one => (one.sheet, one.Seed, CostDrill.Create(one.Seed, level)))];
        Directory.CreateDirectory(folder);
        Save(folder, "sheets.html", "Drills: what a step costs", drills.Select(one => CostSheet(one.Drill, one.Sheet, level)));
        Save(folder, "solutions.html", "Drills: what a step costs, solutions", drills.Select(one => CostSolution(one.Drill, one.Sheet, level, one.Seed)));
    }

    static string CostSheet(CostDrill drill, int sheet, int level) => $"""
        <section class="sheet">
        <header><h1>What a step costs</h1><p>Sheet {sheet}, level {level}</p></header>
        <p class="fields"><span>Name</span><span>Date</span><span class="points">Points&emsp;&emsp;/ {drill.Questions.Count}</span></p>
        <pre>{WebUtility.HtmlEncode(drill.Network)}</pre>
        <p>One training step of this network; the loss is the mean of its outputs. Every answer is a whole number or a shape.</p>
        <table class="trace"><thead><tr><th scope="col">question</th><th scope="col">answer</th></tr></thead>
        <tbody>
        {string.Join('\n', drill.Questions.Select(question => $"<tr><th scope=\"row\">{WebUtility.HtmlEncode(question.Text)}</th><td class=\"blank\"><span>to fill in</span></td></tr>"))}
        </tbody></table>
        <p class="working">Working</p>
        </section>
        """;

    static string CostSolution(CostDrill drill, int sheet, int level, int seed) => $"""
        <section class="solution">
        <header><h1>Sheet {sheet}</h1><p>--costs --seed {seed} --level {level}</p></header>
        <pre>{WebUtility.HtmlEncode(drill.Network)}</pre>
        <table class="steps"><thead><tr><th scope="col">question</th><th scope="col">solution</th><th scope="col">wrong answers and what led to them</th></tr></thead>
        <tbody>
        {string.Join('\n', drill.Questions.Select(question => $"<tr><th scope=\"row\">{WebUtility.HtmlEncode(question.Text)}</th><td>{(question.IsShape ? "" : $"{question.Formula} = ")}<b>{question.Answer}</b></td><td class=\"wrong\">{string.Join("; ", question.Mistakes.GroupBy(mistake => mistake.Answer).Select(same => $"<span>{same.Key} ({string.Join(", ", same.Select(mistake => Words(mistake.Kind)).Distinct())})</span>"))}</td></tr>"))}
        </tbody></table>
        </section>
        """;

    static string Sheet(Drill drill, int sheet, int level) => $"""
        <section class="sheet">
        <header><h1>Differentiation drill</h1><p>Sheet {sheet}, level {level}</p></header>
        <p class="fields"><span>Name</span><span>Date</span><span class="points">Points&emsp;&emsp;/ {drill.Cells.Count}</span></p>
        {Function(drill)}
        <p>Fill in the empty cells: the value <i>v</i>, the tangent <i>v̇</i> = ∂<i>v</i>/∂<i>v</i><sub>1</sub> (forward mode), and the adjoint
        <i>v̄</i> = ∂<i>y</i>/∂<i>v</i> (reverse mode). {Precision(level)}</p>
        {Cells(drill, _ => "<td class=\"blank\"><span>to fill in</span></td>")}
        <p class="working">Working</p>
        </section>
        """;

    static string Solution(Drill drill, int sheet, int level, int seed)
    {
        var lines = new StringBuilder();
        foreach (DrillCell cell in drill.Cells)
        {
            string numbers = cell.Column == DrillColumn.Adjoint && drill.Trace.Rows[cell.Index - 1].Partials is { Count: > 1 } partials
                ? Formula(string.Join(" + ", partials.Select(partial => Digits(partial.Value.Item()))).Replace("+ -", "- ")) + " = "
                : "";
            IEnumerable<string> wrong = cell.Mistakes.GroupBy(mistake => Digits(mistake.Answer))
                .Select(same => $"<span>{Formula(same.Key)} ({string.Join(", ", same.Select(mistake => Words(mistake.Kind)).Distinct())})</span>");
            lines.Append($"<tr><th scope=\"row\">{Formula(cell.Label)}</th><td>{Formula(cell.Formula)} = {numbers}<b>{Formula(Digits(cell.Answer))}</b></td><td class=\"wrong\">{string.Join("; ", wrong)}</td></tr>\n");
        }
        return $"""
            <section class="solution">
            <header><h1>Sheet {sheet}</h1><p>--seed {seed} --level {level}</p></header>
            {Function(drill)}
            {Cells(drill, cell => $"<td><b>{Formula(Digits(cell.Answer))}</b></td>")}
            <table class="steps"><thead><tr><th scope="col">cell</th><th scope="col">solution</th><th scope="col">wrong numbers and what led to them</th></tr></thead>
            <tbody>
            {lines}</tbody></table>
            </section>
            """;
    }

    static string Function(Drill drill) => $"""
        <p class="function"><i>y</i> = {Formula(drill.Formula)}<span class="at">at {string.Join(", ", drill.Trace.Rows.Where(row => row.Operation is null).Select(row => $"{Formula(row.Label)} = {Digits(row.Value.Item())}"))}</span></p>
        """;

    static string Cells(Drill drill, Func<DrillCell, string> blank)
    {
        var rows = new StringBuilder();
        foreach (TraceRow row in drill.Trace.Rows)
        {
            rows.Append($"<tr><th scope=\"row\">{Formula(row.Label)}{(row.Operation is null ? "" : $" = {Formula(row.Expression)}")}</th>");
            foreach ((DrillColumn column, double value) in Numbers(row))
                rows.Append(drill.Blank(row.Index, column) is { } cell ? blank(cell) : $"<td>{Formula(Digits(value))}</td>");
            rows.Append("</tr>\n");
        }
        return $"""
            <table class="trace"><thead><tr><th scope="col">equation</th><th scope="col">value <i>v</i></th><th scope="col">tangent <i>v̇</i></th><th scope="col">adjoint <i>v̄</i></th></tr></thead>
            <tbody>
            {rows}</tbody></table>
            """;
    }

    public static string Precision(int level) => level == 1
        ? "All are whole numbers."
        : "Compute with four significant digits and write down three, such as -0.284, or 1/3. Angles are in radians, and ln is the natural logarithm.";

    public static IEnumerable<(DrillColumn Column, double Value)> Numbers(TraceRow row) =>
        [(DrillColumn.Value, row.Value.Item()), (DrillColumn.Tangent, row.Tangents[0].Item()), (DrillColumn.Adjoint, row.Adjoint!.Item())];

    /// <summary>Four significant digits.</summary>
    public static string Digits(double number) => (number == 0 ? 0 : number).ToString(Math.Abs(number) < 1000 ? "G4" : "F0", CultureInfo.InvariantCulture);

    /// <summary><c>OnlyOnePath</c> as "only one path".</summary>
    public static string Words(Enum kind) => WordStart().Replace(kind.ToString(), " $0").ToLowerInvariant();

    // Names get their index, bar and dot, and minus its own sign.
    static string Formula(string plain) => Names().Replace(WebUtility.HtmlEncode(plain).Replace('-', '−'), match =>
        $"<i>v{match.Groups["kind"].Value switch { "adj(" => "\u0304", "tangent(" => "\u0307", _ => "" }}</i><sub>{match.Groups["number"].Value}</sub>");

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
        @page { size: A4; margin: 18mm; }
        :root { color-scheme: light dark; }
        body { font: 11pt/1.45 Georgia, "DejaVu Serif", serif; max-width: 174mm; margin: 0 auto; padding: 1em; }
        header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 1.5pt solid; }
        h1 { font-size: 17pt; margin: 0; } header p { margin: 0; }
        .fields { display: flex; gap: 6mm; margin: 8mm 0; } .fields span { flex: 1; border-bottom: .5pt solid; } .fields .points { flex: .5; }
        .function { font-size: 15pt; margin: 6mm 0 4mm; } .at { margin-left: 3em; font-size: 12pt; }
        table { border-collapse: collapse; width: 100%; } th, td { border: .5pt solid; padding: 1.5mm 2.5mm; } thead th { font-weight: normal; font-size: 10pt; text-align: left; }
        .trace td { text-align: right; font-variant-numeric: tabular-nums; width: 22%; } tbody th { font-weight: normal; text-align: left; }
        .sheet .trace tbody tr { height: 11mm; } .blank { border: 1.5pt solid; }
        .blank span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .working { margin: 8mm 0 30mm; font-size: 10pt; } .sheet { break-after: page; } .sheet:last-child { break-after: auto; }
        .solution { margin-bottom: 14mm; } .solution header, .solution .function, .solution tr { break-inside: avoid; break-after: avoid-page; }
        .solution .trace td, .solution .trace th { padding: .6mm 2.5mm; } .solution .steps { margin-top: 4mm; font-size: 9.5pt; } .steps td:nth-child(2) { width: 42%; } .wrong { font-size: 8.5pt; }
        i + sub, sub { font-size: .7em; line-height: 0; }
        @media print { body { padding: 0; max-width: none; } }
        </style>
        </head>
        <body>
        {{string.Join('\n', sections)}}
        </body>
        </html>
        """;
}
