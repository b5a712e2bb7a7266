using System.Text.Json;
using MyTorch.Teaching;
using PuppeteerSharp;

namespace BrowserTests.Playground;

/// <summary>The page of puzzles and drills: every puzzle and every level.</summary>
internal sealed class PuzzleTests(Learner learner) : PageTests(learner)
{
    public override async Task All()
    {
        await Test("puzzles: a right answer to each", RightAnswers);
        await Test("puzzles: each of the usual mistakes", Mistakes);
        await Test("puzzles: from a seed", AtRandom);
        await Test("puzzles: a text that is not a formula, other numbers, the address", Other);
        foreach (int level in new[] { 1, 2, 3 })
        {
            await Test($"puzzles: the drill of level {level}", () => Drilled("derivatives", level));
            await Test($"puzzles: the drill about costs, level {level}", () => Drilled("costs", level));
        }
        await Test("puzzles: mistakes, formulas and the streak of a drill", Explained);
        await Test("puzzles: sheets to print", Sheets);
        await Test("puzzles: windows, light and dark, axe", () =>
            Windows("puzzles", "page=puzzles&puzzle=linear-input&numbers=2&answer1=w11*g1+w12*g2&answer2=w21*g1+w22*g2"));
        await Test("puzzles: windows of a drill", () => Windows("drill", "page=puzzles&drill=derivatives&level=2&seed=7"));
    }

    async Task Fill(IReadOnlyList<string> answer)
    {
        for (int i = 0; i < answer.Count; i++) await Type($"part-{i}", answer[i]);
        await Page.ClickAsync("#check");
    }

    async Task Wait(string condition)
    {
        try
        {
            await Page.WaitForFunctionAsync($"() => {condition}", new WaitForFunctionOptions { Timeout = 20_000 });
        }
        catch (WaitTaskTimeoutException)
        {
            Problems.Add($"it is not so that {condition}; the page says {await Text("#verdict") ?? await Text("#drill-says")}");
        }
    }

    Task<string[]> Cells() => Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('#jacobian tbody td')].map(cell => cell.querySelector('.sign').textContent + " +
        "[...cell.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('').trim())");

    static string[] Expected(FormulaVerdict verdict) => [.. verdict.Jacobian.SelectMany(row => row)
        .Select(cell => (cell.IsRight ? "✓" : "✗") + FunctionTrace.Shown(cell.Given).Replace('-', '−'))];

    async Task EqualCells(string what, FormulaVerdict verdict) =>
        Equal(what, JsonSerializer.Serialize(await Cells()), JsonSerializer.Serialize(Expected(verdict)));

    async Task RightAnswers()
    {
        await Open("page=puzzles&puzzle=square&numbers=1");
        for (int i = 0; i < FormulaPuzzle.All.Count; i++)
        {
            FormulaPuzzle puzzle = FormulaPuzzle.All[i];
            await Page.ClickAsync($"#puzzle-{puzzle.Id}");
            await Wait($"location.hash.includes('puzzle={puzzle.Id}&')");
            await Fill(puzzle.Answer);
            await Wait("document.querySelector('#verdict').classList.contains('right')");
            await EqualCells($"{puzzle.Id}: the Jacobian", puzzle.Grade(puzzle.Answer, 1));
            Equal("the score", await Text("#score"), $"{i + 1} of {FormulaPuzzle.All.Count} solved");
        }
        await Page.ClickAsync($"#puzzle-{FormulaPuzzle.All[0].Id}");
        Equal("a solved puzzle", await Text($"#puzzle-{FormulaPuzzle.All[0].Id}"), "1 ✓");
    }

    async Task Mistakes()
    {
        foreach (FormulaPuzzle puzzle in FormulaPuzzle.All)
        {
            await Open($"page=puzzles&puzzle={puzzle.Id}&numbers=2");
            foreach (FormulaMistake mistake in puzzle.Mistakes)
            {
                await Fill(mistake.Answer);
                await Wait($"document.querySelector('#verdict').textContent.startsWith('Not yet: {DrillPaper.Words(mistake.Kind)}. ')");
                await EqualCells($"{puzzle.Id}, {mistake.Kind}", puzzle.Grade(mistake.Answer, 2));
            }
        }
    }

    async Task AtRandom()
    {
        await Open("page=puzzles&puzzle=random-1&numbers=1");
        for (int seed = 1; seed <= 8; seed++)
        {
            FormulaPuzzle puzzle = FormulaPuzzle.Create(seed);
            await Wait($"location.hash.includes('puzzle=random-{seed}')");
            await Wait($"document.querySelector('#puzzle-title').textContent.includes('No. {seed}.')");
            foreach (FormulaMistake mistake in puzzle.Mistakes)
            {
                await Fill(mistake.Answer);
                await Wait($"document.querySelector('#verdict').textContent.startsWith('Not yet: {DrillPaper.Words(mistake.Kind)}. ')");
                await EqualCells($"{puzzle.Rule}, {mistake.Kind}", puzzle.Grade(mistake.Answer, 1));
            }
            await Fill(puzzle.Answer);
            await Wait("document.querySelector('#verdict').classList.contains('right')");
            await Page.ClickAsync("#another");
        }
        Equal("the score", await Text("#score"), $"{FormulaPuzzle.All.Count} of {FormulaPuzzle.All.Count} solved, and 8 at random");
    }

    async Task Other()
    {
        await Open("page=puzzles&puzzle=tanh&numbers=5");
        await EveryWordIsExplained("#check");
        await Fill(["1 - z"]);
        await Until("#problem-0", FormulaPuzzle.All.Single(one => one.Id == "tanh").Problem("1 - z")!);
        // Before it is checked, the Jacobian follows what is typed, without a mark.
        await Type("part-0", "2*x");
        await Wait("document.querySelectorAll('#jacobian td.typed').length === 9");
        await Wait("document.querySelectorAll('#jacobian .sign').length === 0");
        await Page.ClickAsync("#check");
        await Wait("document.querySelector('#verdict').textContent.includes('none of the usual mistakes')");
        FormulaPuzzle puzzle = FormulaPuzzle.All.Single(one => one.Id == "tanh");
        Equal("at numbers 5", string.Join(" ", await Cells()), string.Join(" ", Expected(puzzle.Grade(["2*x"], 5))));
        await Page.EvaluateExpressionAsync("document.querySelector('.numbers').open = true");
        await Page.ClickAsync("#renumber");
        await Wait("location.hash === '#page=puzzles&puzzle=tanh&numbers=6&answer1=2*x'");
        Equal("at numbers 6", string.Join(" ", await Cells()), string.Join(" ", Expected(puzzle.Grade(["2*x"], 6))));
        // By keyboard alone: into the field, an answer, Enter.
        await Page.FocusAsync("#part-0");
        await Page.Keyboard.DownAsync("Control");
        await Page.Keyboard.PressAsync("a");
        await Page.Keyboard.UpAsync("Control");
        await Page.Keyboard.TypeAsync("1 - y²");
        await Page.Keyboard.PressAsync("Enter");
        await Wait("document.querySelector('#verdict').classList.contains('right')");
        await Page.ClickAsync("#next");
        await Wait("location.hash.includes('puzzle=sigmoid')");
        await Page.ClickAsync("#tell");
        await Wait("document.querySelector('#verdict').textContent.startsWith('This is the answer.')");
    }

    async Task Drilled(string kind, int level)
    {
        int seed = 10 + level;
        await Open($"page=puzzles&drill={kind}&level={level}&seed={seed}");
        IReadOnlyList<DrillQuestion> questions = kind == "costs"
            ? DrillQuestion.Of(CostDrill.Create(seed, level))
            : DrillQuestion.Of(Drill.Create(seed, level));
        await Page.WaitForSelectorAsync("#item-0");
        int fields = await Page.EvaluateExpressionAsync<int>("document.querySelectorAll('.cell input').length");
        if (fields != questions.Count) Problems.Add($"{fields} fields for {questions.Count} questions");
        for (int i = 0; i < questions.Count; i++)
        {
            await Type($"item-{i}", questions[i].Answer);
            await Page.ClickAsync("#drill-check");
            await Wait($"document.querySelectorAll('.cell.right').length === {i + 1}");
        }
        string? summary = await Text("#drill-summary");
        if (summary?.Contains($"{questions.Count} right at once", StringComparison.Ordinal) != true)
            Problems.Add($"the summary is {summary}");
    }

    async Task Explained()
    {
        await Open("page=puzzles&drill=derivatives&level=2&seed=7");
        Drill drill = Drill.Create(7, 2);
        await Page.WaitForSelectorAsync("#item-0");
        DrillCell first = drill.Cells[0], second = drill.Cells[1];
        await Type("item-0", "two");
        await Page.ClickAsync("#drill-check");
        await Until("#drill-says", "\"two\" is not a number. Type one such as -0.284 or 1/3.");
        await Type("item-0", DrillPaper.Digits(first.Mistakes[0].Answer));
        await Page.ClickAsync("#drill-check");
        await Until("#drill-says", FunctionTrace.Pretty(first.Explain(first.Mistakes[0].Answer)[0].Explanation));
        await Type("item-0", DrillPaper.Digits(first.Answer));
        await Page.ClickAsync("#drill-check");
        await Wait("document.querySelectorAll('.cell.right').length === 1");
        // By keyboard: the next field has the focus.
        Equal("the focus", await Page.EvaluateExpressionAsync<string>("document.activeElement.id"), "item-1");
        await Page.ClickAsync("#drill-help");
        await Until("#drill-says", $"The formula: {FunctionTrace.Pretty(second.Label)} = {FunctionTrace.Pretty(second.Formula)}.");
        await Page.ClickAsync("#drill-help");
        await Wait("document.querySelectorAll('.cell.told').length === 1");
        for (int i = 2; i < 5; i++) await Type($"item-{i}", DrillPaper.Digits(drill.Cells[i].Answer));
        await Page.ClickAsync("#drill-check");
        await Wait("document.querySelector('#score').textContent.startsWith('3 right in a row')");
        await Page.ClickAsync("#new-drill");
        await Wait("location.hash === '#page=puzzles&drill=derivatives&level=2&seed=8'");
        await Page.ClickAsync("label:has(#level-3)");
        await Wait("location.hash.includes('level=3&seed=8')");
        await Page.ClickAsync("label:has(#exercise-costs)");
        await Until("#network", CostDrill.Create(8, 3).Network.Trim());
    }

    async Task Sheets()
    {
        await Open("page=puzzles&drill=derivatives&level=1&seed=3");
        await Page.WaitForSelectorAsync("#print");
        await Page.EvaluateExpressionAsync("{ window.printed = []; playground.printer = frame => printed.push(frame.srcdoc); }");
        await Page.ClickAsync("#print");
        await Page.ClickAsync("#print-solution");
        await Wait("window.printed.length === 2");
        string[] pages = await Page.EvaluateExpressionAsync<string[]>("window.printed");
        (string sheet, string solution) = DrillPaper.Of(3, 1);
        Equal("the sheet", pages.FirstOrDefault(), sheet);
        Equal("the solution", pages.LastOrDefault(), solution);
        await Page.ClickAsync("label:has(#exercise-puzzle)");
        await Page.WaitForSelectorAsync("#check");
    }
}
