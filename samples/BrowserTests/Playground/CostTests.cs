using System.Globalization;
using System.Numerics;
using System.Text.Json;
using MyTorch.Teaching;
using PuppeteerSharp;

namespace BrowserTests.Playground;

/// <summary>The page about costs.</summary>
internal sealed class CostTests(Learner learner) : PageTests(learner)
{
    public override async Task All()
    {
        await Test("cost: the race runs by itself", Alive);
        await Test("cost: forth and back by key, button and slider", Steps);
        await Test("cost: every way, by the lecture's product of fifty", Ways);
        await Test("cost: other sizes", Sizes);
        await Test("cost: how the price grows, as table and plot", Growth);
        await Test("cost: diamonds", Diamonds);
        await Test("cost: windows, light and dark, axe", () => Windows("cost", "page=cost&n=12&m=2&diamonds=6"));
    }

    static string N(BigInteger number) => number.ToString("N0", CultureInfo.InvariantCulture);

    static string Total(FunctionCosts costs, int passes, Func<int, CountedPass> pass) =>
        N(costs.ValueMultiplications + Enumerable.Range(0, passes).Sum(i => pass(i).Multiplications));

    static string Forward(FunctionCosts costs) => Total(costs, costs.Inputs, costs.Column);

    static string Reverse(FunctionCosts costs) => Total(costs, costs.Outputs, costs.Row);

    static string Numerical(FunctionCosts costs) => Total(costs, costs.Inputs, i => costs.Difference(i));

    static string Symbolic(FunctionCosts costs, Func<SymbolicCost, BigInteger?> of)
    {
        BigInteger? sum = 0;
        for (int j = 0; j < costs.Outputs; j++)
            for (int i = 0; i < costs.Inputs; i++) sum += of(costs.Symbolic(j, i));
        return sum is { } total ? N(total) : "";
    }

    async Task Wait(string condition, int seconds = 40)
    {
        try
        {
            await Page.WaitForFunctionAsync($"() => {condition}", new WaitForFunctionOptions { Timeout = 1000 * seconds });
        }
        catch (WaitTaskTimeoutException)
        {
            Problems.Add($"after {seconds} seconds it is not so that {condition}");
        }
    }

    async Task Alive()
    {
        await Open("page=cost&n=8&m=3");
        await Page.WaitForSelectorAsync("#race-says");
        Equal("the open page", await Text(".site [aria-current]"), "Cost");
        await Wait("document.querySelectorAll('.lane.done').length === 2");
        FunctionCosts costs = FunctionCosts.OfProducts(8, 3);
        Equal("the sentence at the end", await Text("#race-says"),
            $"Reverse mode took 3 sweeps and {Reverse(costs)} multiplications, forward mode 8 passes and {Forward(costs)}, " +
            "for the same 24 derivatives.");
        Equal("forward mode", await Text("#tangent-work"), Forward(costs));
        Equal("reverse mode", await Text("#adjoint-work"), Reverse(costs));
        Equal("what reverse mode keeps", await Text("#adjoint-kept"), N(costs.KeptByReverseMode));
        Equal("what forward mode has", await Text("#tangent-kept"), N(2 * costs.KeptByForwardMode));
        string[] forward =
            [.. from j in Enumerable.Range(0, 3) from i in Enumerable.Range(0, 8) select Cell(costs.Column(i).Derivatives[j])];
        string[] reverse = [.. Enumerable.Range(0, 3).SelectMany(j => costs.Row(j).Derivatives.Select(Cell))];
        Equal("the Jacobian by columns", await Cells(".tangent"), string.Join(" ", forward));
        Equal("the Jacobian by rows", await Cells(".adjoint"), string.Join(" ", reverse));
        if (await Page.EvaluateExpressionAsync<bool>("location.hash.includes('step=')")) Problems.Add("a link would not run the race");
    }

    async Task<string> Cells(string lane) => string.Join(" ", await Page.EvaluateExpressionAsync<string[]>(
        $"[...document.querySelectorAll('.lane{lane} .jacobian text')].map(one => one.textContent)"));

    static string Cell(double value) => FunctionTrace.Shown(value) is { Length: > 5 } text ? text[..5] : FunctionTrace.Shown(value);

    async Task Steps()
    {
        await Open("page=cost&n=8&m=3&step=4");
        FunctionCosts costs = FunctionCosts.OfProducts(8, 3);
        (int columns, int rows) = (0, 0);
        (long forward, long reverse) = (costs.ValueMultiplications, costs.ValueMultiplications);
        for (int step = 0; step < 11; step++)
        {
            if (step >= 4)
            {
                await Until("#tangent-runs", $"{columns} {(columns == 1 ? "pass" : "passes")}");
                Equal($"sweeps after {step}", await Text("#adjoint-runs"), $"{rows} sweep{(rows == 1 ? "" : "s")}");
                Equal($"work of forward mode after {step}", await Text("#tangent-work"), N(forward));
                Equal($"work of reverse mode after {step}", await Text("#adjoint-work"), N(reverse));
                await Page.EvaluateExpressionAsync("document.activeElement.blur()");
                await Page.Keyboard.PressAsync("ArrowRight");
            }
            // Who has done less goes next.
            if (columns == 8 || (rows < 3 && reverse < forward)) reverse += costs.Row(rows++).Multiplications;
            else forward += costs.Column(columns++).Multiplications;
        }
        await Page.Keyboard.PressAsync("Home");
        await Until("#race-says",
            $"The values are computed: {costs.ValueMultiplications} multiplications. Now both ways fill the same 3 × 8 Jacobian.");
        await Page.ClickAsync("#race-forth");
        await Until("#race-says", "Forward mode, pass 1 of 8: tangent 1 for x₁ gives column 1.");
        await Type("race-step", "11");
        await Until("#tangent-runs", "8 passes");
        await Page.ClickAsync("#race-back");
        await Wait("location.hash.includes('step=10')");
        await Page.ClickAsync("#race-play");
        await Wait("document.querySelectorAll('.lane.done').length === 2");
    }

    async Task Ways()
    {
        await Open("page=cost&n=50&m=1&step=0");
        await Wait("document.querySelector('#ways').getAttribute('aria-busy') === 'false'");
        FunctionCosts costs = FunctionCosts.OfProducts(50, 1);
        string[] expected =
        [
            Numerical(costs), Forward(costs), Reverse(costs), Symbolic(costs, one => one.ProductRule), Symbolic(costs, one => one.FromOne),
            Symbolic(costs, one => one.Simplified),
        ];
        string[] shown = await Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('#ways tbody tr')].map(row => row.cells[2].textContent)");
        Equal("multiplications", string.Join(" ", shown), string.Join(" ", expected));
        Equal("the lecture's", string.Join(" ", shown.Skip(2)), "147 63,700 2,450 2,400");
        Equal("the cheapest", await Page.EvaluateExpressionAsync<string>("document.querySelector('#ways tr.best th').innerText.trim()"), "reverse mode ✓");
        Equal("how often", await Text("#ways tr.best td"), "1 sweep");
        double error = Enumerable.Range(0, 50).Max(i => Math.Abs(costs.Difference(i).Derivatives[0] - costs.Row(0).Derivatives[i]));
        string written = error.ToString("0.#e+0", CultureInfo.InvariantCulture).Replace("e-", "e−", StringComparison.Ordinal);
        if ((await Text("#ways tbody tr td:last-child"))?.EndsWith($"off by up to {written}", StringComparison.Ordinal) != true)
            Problems.Add($"the error of differences, {written}, is not in \"{await Text("#ways tbody tr td:last-child")}\"");
        await EveryWordIsExplained("#ways");
    }

    async Task Sizes()
    {
        await Open("page=cost&n=8&m=3&step=0");
        await Page.ClickAsync(".sizes .quick button:nth-of-type(3)");
        await Wait("document.querySelectorAll('.lane.done').length === 2");
        FunctionCosts curve = FunctionCosts.OfProducts(1, 100);
        Equal("forward mode of a curve", await Text("#tangent-work"), Forward(curve));
        Equal("reverse mode of a curve", await Text("#adjoint-work"), Reverse(curve));
        await Type("slide-n", "3");
        await Page.EvaluateExpressionAsync(
            "{ const m = document.getElementById('size-m'); m.value = 2; m.dispatchEvent(new Event('change', { bubbles: true })); }");
        await Wait("location.hash.includes('n=4&m=2')");
        Equal("the address", await Page.EvaluateExpressionAsync<string>("location.hash"), "#page=cost&n=4&m=2&diamonds=6");
        await Page.ClickAsync(".sizes a");
        await Wait("document.querySelector('#formula')?.value === 'y1 = x1*x2*x3*x4; y1, y1*x4'");
        await Open("page=cost&n=1000&m=1000&step=3");
        string limited = await Page.EvaluateExpressionAsync<string>("document.getElementById('size-m').value");
        Equal("no more cells than can be filled in", limited, "10");
    }

    async Task Growth()
    {
        await Open("page=cost&n=4&m=2&step=0");
        await Page.EvaluateExpressionAsync(
            "{ window.held = []; new PerformanceObserver(all => all.getEntries().forEach(one => held.push(one.duration))).observe({ type: 'longtask' }); }");
        foreach ((string growth, bool inputs, bool outputs) in ((string, bool, bool)[])
            [("inputs", true, false), ("outputs", false, true), ("both", true, true)])
        {
            await Page.ClickAsync($"label:has(#grow-{growth})");
            string head = inputs ? outputs ? "n = m" : "n" : "m";
            await Wait($"document.querySelector('#growth-table th').textContent === '{head}'");
            await Wait("!document.querySelector('#growth-table').textContent.includes('…')", 90);
            string[][] shown = await Page.EvaluateExpressionAsync<string[][]>(
                "[...document.querySelectorAll('#growth-table tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))");
            if (shown.Length != 7) Problems.Add($"{growth}: {shown.Length} sizes");
            foreach (string[] row in shown.Take(6))
            {
                int size = int.Parse(row[0], CultureInfo.InvariantCulture);
                FunctionCosts costs = FunctionCosts.OfProducts(inputs ? size : 1, outputs ? size : 1);
                bool isSymbolic = row[4].Length > 0;
                string[] expected =
                [
                    row[0], Numerical(costs), Forward(costs), Reverse(costs), isSymbolic ? Symbolic(costs, one => one.ProductRule) : "",
                    .. outputs ? Array.Empty<string>() : [Symbolic(costs, one => one.FromOne)],
                    isSymbolic ? Symbolic(costs, one => one.Simplified) : "",
                ];
                Equal($"{growth}, {size}", string.Join(" ", row), string.Join(" ", expected));
            }
            // What is drawn is what is written.
            await Page.EvaluateExpressionAsync("new Promise(done => setTimeout(done, 200))");
            string drawn = await Page.EvaluateExpressionAsync<string>("JSON.stringify(document.querySelector('log-plot').plot.data)");
            double?[][] columns = JsonSerializer.Deserialize<double?[][]>(drawn)!;
            for (int c = 0; c < columns.Length; c++)
                for (int r = 0; r < shown.Length; r++)
                {
                    double written = double.TryParse(shown[r][c], NumberStyles.Number, CultureInfo.InvariantCulture, out double n) ? n : 0;
                    if ((columns[c][r] ?? 0) != written) Problems.Add($"{growth}: {columns[c][r]} is drawn, {shown[r][c]} is written");
                }
        }
        await Page.ClickAsync("label:has(#grow-inputs)");
        double[] blocks = await Page.EvaluateExpressionAsync<double[]>("window.held");
        Console.WriteLine(FormattableString.Invariant(
            $"      while it counted {blocks.Length} tasks took 50 ms or more, the longest {blocks.DefaultIfEmpty(0).Max():0}"));
    }

    async Task Diamonds()
    {
        await Open("page=cost&n=4&m=2&step=0&diamonds=5");
        foreach (int count in new[] { 5, 9 })
        {
            await Type("diamonds", count.ToString(CultureInfo.InvariantCulture));
            await Wait($"document.getElementById('diamond-count').textContent === '{count}'");
            await Wait("document.querySelector('#diamonds-say').textContent.startsWith('The same')");
            FunctionTrace trace = FunctionTrace.Of(FunctionPaths.Diamonds(count), [0.5]);
            var paths = new FunctionPaths(trace, 0);
            Equal("paths", await Text("#paths"), N(paths.Count));
            Equal("walked", await Text("#walked"), N(paths.WalkedEdges));
            Equal("swept", await Text("#swept"), N(paths.SweptEdges));
            string derivative = FunctionTrace.Shown(trace.Rows[0].Adjoint!.Item()).Replace('-', '−');
            Equal("the sum over the paths", await Text("#sum"), derivative);
            Equal("the adjoint", await Text("#adjoint"), derivative);
        }
        await Type("diamonds", "30");
        await Wait("/(days|hours|minutes) more/.test(document.querySelector('#diamonds-say').textContent)");
        Equal("paths of thirty", await Text(".chain-frame:has(.walk-all) ~ .tally span"), $"of {N(BigInteger.Pow(2, 30))} paths");
        await Page.ClickAsync("#diamonds-play");
        await Wait("location.hash.includes('diamonds=30')");
        await Type("diamonds", "6");
    }
}
