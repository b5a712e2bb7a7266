using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using MyTorch.Inspection;
using MyTorch.Teaching;

namespace MyTorch.Tests.Samples;

/// <summary>The drills as a learner meets them on the terminal and a teacher on paper.</summary>
[TestFixture]
[Category("Long")]
public sealed class DrillProgramTests
{
    const string Program = "drill.cs";
    const int Seed = 7, Level = 2;

    static string Text(double number) => number.ToString("G4", CultureInfo.InvariantCulture);

    [Test]
    public void EachCellIsAskedAndWrongAnswersAreExplained()
    {
        Drill drill = Drill.Create(Seed, Level);
        DrillCell first = drill.Cells[0], second = drill.Cells[1], third = drill.Cells[2];
        string[] answers =
        [
            "2,5", "two", Text(first.Mistakes[0].Answer), Text(first.Answer),
            "?", Text(second.Answer),
            "12345", "-12345", "1/3",
            .. drill.Cells.Skip(3).Select(cell => Text(cell.Answer)),
        ];
        ProgramRun run = FileBasedPrograms.Run(Program, ["--seed", $"{Seed}", "--level", $"{Level}"], string.Join('\n', answers) + "\n");

        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        Assert.That(run.Error, Is.Empty);
        Assert.That(run.Output.All(char.IsAscii), "the output is ASCII");
        using (Assert.EnterMultipleScope())
            foreach (string part in (string[])
                [
                    $"Drill {Seed}, level {Level}: y = ",
                    $"{first.Label} = 2,5\n  Write a decimal point: 2.5 for 2,5.\n",
                    $"{first.Label} = two\n  \"two\" is not a number.",
                    $"{first.Label} = {Text(first.Mistakes[0].Answer)}\n  {first.Mistakes[0].Explanation.Replace("·", "*")}\n",
                    $"{first.Label} = {Text(first.Answer)}\n  Right: {Text(first.Answer)}.\n",
                    $"{second.Label} = ?\n  The formula: {second.Label} = {second.Formula.Replace("·", "*")}\n",
                    $"{third.Label} = 12345\n  Not right, and none of the usual mistakes.\n",
                    $"{third.Label} = -12345\n  Not right, and none of the usual mistakes.\n  The formula: {third.Label} = {third.Formula.Replace("·", "*")}\n",
                    $"{third.Label} = 1/3\n",
                    $"  It is {Text(third.Answer)}.\n",
                    $"\n{drill.Cells.Count - 3} of {drill.Cells.Count} right at once, 1 after a hint, 1 with the formula, 1 told, 0 not asked.\n",
                    $"The same drill again: --seed {Seed} --level {Level}\n",
                ])
                Assert.That(run.Output, Does.Contain(part));
    }

    [Test]
    public void TheEndOfTheInputAndQEndPolitely()
    {
        Drill drill = Drill.Create(Seed, Level);
        ProgramRun ended = FileBasedPrograms.Run(Program, ["--seed", $"{Seed}", "--level", $"{Level}"]);
        ProgramRun left = FileBasedPrograms.Run(Program, ["--seed", $"{Seed}", "--level", $"{Level}"], "q\n");
        foreach (ProgramRun run in new[] { ended, left })
        {
            Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
            Assert.That(run.Output, Does.Contain($"0 told, {drill.Cells.Count} not asked."));
            Assert.That(run.Output, Does.Not.Contain("The whole table"));
        }
    }

    [Test]
    public void WhatIsNotUnderstoodIsSaidWithTheUsage()
    {
        ProgramRun run = FileBasedPrograms.Run(Program, ["--level", "9"]);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("--level 9: not understood").And.Contain("--students N"));
    }

    [Test]
    public void ThePaperHasASheetForEachStudentAndNoSolutionOnIt()
    {
        const int Students = 3;
        string folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"drills-{Guid.NewGuid():N}");
        ProgramRun run = FileBasedPrograms.Run(Program, ["--paper", "--students", $"{Students}", "--seed", "1", "--level", $"{Level}", "--out", folder]);
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        Assert.That(run.Output, Does.Contain(Path.Combine(folder, "sheets.html")).And.Contain(Path.Combine(folder, "solutions.html")));
        string sheets = File.ReadAllText(Path.Combine(folder, "sheets.html")), solutions = File.ReadAllText(Path.Combine(folder, "solutions.html"));
        Directory.Delete(folder, recursive: true);

        string[] pages = [.. Sections(sheets)], keys = [.. Sections(solutions)];
        Assert.That(pages, Has.Length.EqualTo(Students).And.Unique);
        Assert.That(keys, Has.Length.EqualTo(Students));
        for (int student = 0; student < Students; student++)
        {
            Drill drill = Drill.Create(1000 + student + 1, Level);
            Assert.That(keys[student], Does.Contain($"--seed {1000 + student + 1} --level {Level}"));
            Assert.That(sheets, Does.Not.Contain("--seed"), "who knows the seed knows the solution");
            Assert.That(pages[student], Does.Contain($"Sheet {student + 1}, level {Level}").And.Contain($"/ {drill.Cells.Count}"));

            string[][] sheet = Cells(pages[student]), solved = Cells(keys[student]);
            IReadOnlyList<TraceRow> rows = drill.Trace.Rows;
            Assert.That((sheet.Length, solved.Length), Is.EqualTo((rows.Count, rows.Count)));
            for (int r = 0; r < rows.Count; r++)
            {
                double[] numbers = [rows[r].Value.Item(), rows[r].Tangents[0].Item(), rows[r].Adjoint!.Item()];
                Assert.That(solved[r], Is.EqualTo(numbers.Select(Text)));
                Assert.That(sheet[r], Is.EqualTo(numbers.Select((number, c) => drill.Blank(r + 1, (DrillColumn)c) is null ? Text(number) : "to fill in")));
            }
            Assert.That(pages[student], Does.Not.Contain("adj(").And.Not.Contain("<b>"), "no formula of a derivative");
        }
        Assert.That(sheets, Does.Contain("<html lang=\"en\">").And.Contain("scope=\"col\"").And.Contain("<title>"));
    }

    [Test]
    public void CostsAreAskedForTooAndOnPaper()
    {
        CostDrill drill = CostDrill.Create(Seed, 1);
        CostDrillQuestion first = drill.Questions[0], second = drill.Questions[1];
        ProgramRun run = FileBasedPrograms.Run(Program, ["--costs", "--seed", $"{Seed}"],
            string.Join('\n', ["five", first.Mistakes[0].Answer, first.Answer, "?", second.Answer, .. drill.Questions.Skip(2).Select(question => question.Answer)]) + "\n");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")), run.Output);
        Assert.That(run.Output.All(char.IsAscii), "the output is ASCII");
        using (Assert.EnterMultipleScope())
            foreach (string part in (string[])
                [
                    $"layer 1  {drill.Network.Split('\n')[1][9..]}\n",
                    "\"five\" is not a shape. Type one such as (5, 4).\n",
                    $"{first.Text} = {first.Mistakes[0].Answer}\n  {first.Mistakes[0].Explanation}\n",
                    $"  Right: {first.Answer}.\n",
                    $"  The formula: {second.Text} = {second.Formula.Replace("·", "*", StringComparison.Ordinal)}\n",
                    $"\n{drill.Questions.Count - 2} of {drill.Questions.Count} right at once, 1 after a hint, 1 with the formula, 0 told, 0 not asked.\nMistakes: transposed (1).\n",
                    $"The same drill again: --costs --seed {Seed} --level 1\n",
                ])
                Assert.That(run.Output, Does.Contain(part));

        string folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"drills-{Guid.NewGuid():N}");
        ProgramRun paper = FileBasedPrograms.Run(Program, ["--costs", "--paper", "--students", "2", "--seed", "1", "--level", "3", "--out", folder]);
        Assert.That(paper.ExitCode, Is.Zero, paper.Output + paper.Error);
        string sheets = File.ReadAllText(Path.Combine(folder, "sheets.html")), solutions = File.ReadAllText(Path.Combine(folder, "solutions.html"));
        Directory.Delete(folder, recursive: true);
        CostDrill second3 = CostDrill.Create(1002, 3);
        foreach (CostDrillQuestion question in second3.Questions)
        {
            Assert.That(sheets, Does.Contain(WebUtility.HtmlEncode(question.Text)));
            Assert.That(solutions, Does.Contain($"<b>{question.Answer}</b>").And.Contain(question.Mistakes[0].Answer));
        }
        Assert.That(sheets, Does.Not.Contain("--seed").And.Not.Contain("<b>"), "who knows the seed knows the solution");
    }

    static IEnumerable<string> Sections(string page) => Regex.Matches(page, "<section.*?</section>", RegexOptions.Singleline).Select(match => match.Value);

    // The text of the number cells of a section's first table.
    static string[][] Cells(string section) =>
    [
        .. Regex.Matches(Regex.Match(section, "<tbody>.*?</tbody>", RegexOptions.Singleline).Value, "<tr>.*?</tr>", RegexOptions.Singleline)
            .Select(row => Regex.Matches(row.Value, "<td.*?</td>").Select(cell => WebUtility.HtmlDecode(Regex.Replace(cell.Value, "<.*?>", "")).Replace('−', '-')).ToArray()),
    ];
}
