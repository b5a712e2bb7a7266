#:project ../../MyTorch/MyTorch.csproj
using System.Globalization;
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
if (paper) Write(folder, costs ? DrillPaper.CostSheets(seed, level, students) : DrillPaper.Sheets(seed, level, students),
    costs ? DrillPaper.CostSolutions(seed, level, students) : DrillPaper.Solutions(seed, level, students));
else if (costs) AskCosts(seed, level);
else AskDerivatives(seed, level);
return 0;

int? Whole(int i, int least, int most) =>
    i < args.Length && int.TryParse(args[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n) && n >= least && n <= most ? n : null;

static void Write(string folder, string sheets, string solutions)
{
    Directory.CreateDirectory(folder);
    foreach ((string name, string page) in new[] { ("sheets.html", sheets), ("solutions.html", solutions) })
    {
        string path = Path.GetFullPath(Path.Combine(folder, name));
        File.WriteAllText(path, page);
        Console.WriteLine(path);
    }
}

static void AskDerivatives(int seed, int level)
{
    Drill drill = Drill.Create(seed, level);
    Heading($"Drill {seed}, level {level}: y = {drill.Formula}");
    PrintTable(drill, cell => "?");
    Say();
    Say($"The tangent is d/dv1, the adjoint dy/dv. {DrillPaper.Precision(level)}");
    Ask(DrillQuestion.Of(drill), $"--seed {seed} --level {level}", () =>
    {
        Heading("The whole table");
        PrintTable(drill, cell => DrillPaper.Digits(cell.Answer));
    });
}

static void AskCosts(int seed, int level)
{
    CostDrill drill = CostDrill.Create(seed, level);
    Heading($"Drill {seed}, level {level}: what this network costs in one training step");
    Say("  " + drill.Network.Replace("\n", "\n  "));
    Say();
    Say("The loss is the mean of the outputs. Write a number as 32 or 7*4+4, a shape as (5, 4) or 5x4. Each answer is exact.");
    Ask(DrillQuestion.Of(drill), $"--costs --seed {seed} --level {level}", () => { });
}

static void Ask(IReadOnlyList<DrillQuestion> questions, string again, Action atTheEnd)
{
    const int FormulaAfter = 2, ToldAfter = 3;
    Say("Type ? for the formula, and once more for the answer; q to stop.");
    int[] rightAfter = new int[ToldAfter + 1];
    var mistakes = new List<string>();
    foreach (DrillQuestion question in questions)
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
            else if (question.Reply(line) is var reply && reply.Problem is { } problem)
            {
                Say($"  {problem}");
                continue;
            }
            else if (reply.IsRight)
            {
                Say($"  Right: {question.Answer}.");
                rightAfter[misses]++;
                break;
            }
            else
            {
                foreach (DrillRemark remark in reply.Remarks.Take(2)) Say($"  {remark.Explanation}");
                if (reply.Remarks.Count == 0) Say("  Not right, and none of the usual mistakes.");
                mistakes.AddRange(reply.Remarks.Take(1).Select(remark => remark.Kind));
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
        Say($"{rightAfter[0]} of {questions.Count} right at once, {rightAfter[1]} after a hint, {rightAfter[2]} with the formula, {rightAfter[3]} told, {questions.Count - rightAfter.Sum()} not asked.");
        if (mistakes.Count > 0)
            Say("Mistakes: " + string.Join(", ", mistakes.GroupBy(kind => kind).OrderByDescending(group => group.Count()).Select(group => $"{group.Key} ({group.Count()})")) + ".");
        Say($"The same drill again: {again}");
    }
}

static void PrintTable(Drill drill, Func<DrillCell, string> blank) => Table(["value", "equation", "v", "tangent", "adjoint"],
    drill.Trace.Rows.Select(row => (object?[])
        [row.Label, row.Expression, .. DrillPaper.Numbers(row).Select(number => drill.Blank(row.Index, number.Column) is { } cell ? blank(cell) : DrillPaper.Digits(number.Value))]));
