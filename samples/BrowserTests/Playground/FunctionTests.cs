using System.Globalization;
using System.Text.Json;
using MyTorch;
using MyTorch.Differentiation;
using MyTorch.Teaching;
using PuppeteerSharp;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>The page about a function.</summary>
internal sealed class FunctionTests(Learner learner) : PageTests(learner)
{
    public const string Lecture = "f=ln(x1)+x1*x2-sin(x2)";

    public override async Task All()
    {
        await Test("the lecture's numbers", LecturesNumbers);
        await Test("every function of the gallery", Gallery);
        await Test("forth and back by key, button and slider", Steps);
        await Test("a text that is no function", NoFunction);
        await Test("the address holds function, values and step", Addresses);
        await Test("overwrite instead of add", Overwrite);
        await Test("predictions, directions, four ways, second derivatives", Questions);
        await Test("rows: highlight and order", Rows);
        await Test("an adjoint with its numbers, term by term, and back", Terms);
        await Test("secant, tangent and the V follow h", Secant);
        await Test("formula tree and shared graph", Growth);
        await Test("what is this?", WhatIsThis);
        await Test("projector, scenes, light and dark by choice", Projector);
        await Test("by keyboard alone", Keyboard);
        await Test("by ear", () => ByEar("function", Lecture + "&x1=2&x2=5&view.step=12&view.growth=nested&view.open=extension"));
        await Test("typing, and what blocks", Times);
        await Test("the picture in the README", Picture);
        await Test("windows, light and dark, axe", () => Windows("function", Lecture + "&x1=2&x2=5&view.step=12&view.growth=nested"));
        await Test("the projector's windows", () =>
            Windows("function-projector", Lecture + "&x1=2&x2=5&view.step=12&view.projector=1&view.scene=graph"));
        await Open(Lecture + "&x1=2&x2=5&view.projector=0");
    }

    async Task LecturesNumbers()
    {
        Equal("the adjoint of x2", await Text("#a2"), "1.716");
        Equal("the adjoint of x1", await Text("#a1"), "5.5");
        Equal("written out", await Tex("#written-out tex-math"), @"x_{1} - \cos x_{2}");
        await SameAsTheLibrary(FunctionGallery.All[0]);
    }

    async Task Gallery()
    {
        for (int i = 0; i < FunctionGallery.All.Count; i++)
        {
            await Page.SelectAsync("#gallery", i.ToString(CultureInfo.InvariantCulture));
            await Page.WaitForFunctionAsync(
                "text => document.getElementById('formula').value === text && document.getElementById('main').ariaBusy !== 'true'",
                FunctionGallery.All[i].Text);
            await SameAsTheLibrary(FunctionGallery.All[i]);
        }
    }

    // Values, tangents and adjoints in the table and in the graph.
    async Task SameAsTheLibrary(GalleryFunction one)
    {
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse(one.Text), one.At);
        string[][] rows = await Page.EvaluateExpressionAsync<string[][]>(
            "[...document.querySelectorAll('table.values tbody tr')].map(row => [...row.cells].slice(1, 4).map(cell => cell.textContent))");
        string[][] boxes = await Page.EvaluateExpressionAsync<string[][]>(
            "[...document.querySelectorAll('.node')].map(box => ['.value', '.tangent', '.adjoint'].map(part => " +
            "[...box.querySelector(part).childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('').trim()))");
        string[][] expected =
        [
            .. trace.Rows.Select(
                row => new[] { row.Value.Item(), row.Tangents[0].Item(), row.Adjoint?.Item() ?? 0 }.Select(Shown).ToArray()),
        ];
        Equal($"{one.Name}, table", JsonSerializer.Serialize(rows), JsonSerializer.Serialize(expected));
        Equal($"{one.Name}, graph", JsonSerializer.Serialize(boxes), JsonSerializer.Serialize(expected));
        string[] partials = await Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.partial')].map(one => one.textContent)");
        Equal($"{one.Name}, edges", string.Join(" ", partials.Order(StringComparer.Ordinal)),
            string.Join(" ", trace.Edges.Where(edge => edge.Partial is not null).Select(edge => Shown(edge.Partial!.Value.Item())).Order(
                StringComparer.Ordinal)));
        double[][] overlaps = await Page.EvaluateFunctionAsync<double[][]>(Overlaps);
        if (overlaps.Length > 0) Problems.Add($"{one.Name}: texts overlap in the graph at {JsonSerializer.Serialize(overlaps)}");
    }

    const string Overlaps = """
        () => {
          const all = [...document.querySelectorAll(".on-wire, .node")].map(one => one.getBoundingClientRect()), found = [];
          all.forEach((a, i) => all.slice(i + 1).forEach(b => {
            if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) found.push([a.left, a.top, b.left, b.top]);
          }));
          for (const node of document.querySelectorAll(".node"))
            for (const part of node.querySelectorAll(".head, .marks"))
              if (part.scrollWidth > node.clientWidth + 1) found.push([part.scrollWidth, node.clientWidth]);
          return found;
        }
        """;

    async Task Steps()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("Home");
        await Until("#a2", "");
        Walkthrough walk = Walkthrough.Of(FunctionTrace.Of(FunctionText.Parse("ln(x1)+x1*x2-sin(x2)"), [2, 5]), Sweep.Adjoints);
        for (int i = 0; i < walk.Steps.Count; i++)
        {
            await Page.Keyboard.PressAsync("ArrowRight");
            Equal($"step {i}", await Text("#sentence"), walk.Words(i));
            Equal($"line of step {i}", await Text(".listing li.now code"), walk.Listing[walk.Steps[i].Line].Trim());
            Equal($"node_to_grad[v2] after step {i}", await Text("#l2"),
                walk.NodeToGrad(2, i) is { } list ? $"[{string.Join(", ", list.Select(Shown))}]" : "");
        }
        Equal("the adjoint of x2", await Text("#a2"), "1.716");
        await Page.ClickAsync("#back");
        await Page.ClickAsync("#back");
        Equal("after two steps back", await Text("#a1"), "");
        await Page.EvaluateExpressionAsync("{ const step = document.getElementById('step'); step.value = 1; step.dispatchEvent(new " +
            "Event('input', { bubbles: true })); }");
        Equal("the slider at 1", await Text(".listing li.now code"), walk.Listing[0]);
        await Page.ClickAsync(".segments .tangents");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("End");
        Equal("the tangent of the result", await Text("#t7"), "5.5");
        await Page.ClickAsync(".segments .values");
        Equal("values are not known at the start", await Text("#v7"), "");
    }

    async Task NoFunction()
    {
        await Open(Lecture + "&x1=2&x2=5");
        foreach ((string text, string marked) in new[]
        {
            ("ln(x1) + * x2", "*"), ("2,5*x1", "2,5"), ("ln(-1) + x1", "ln(-1)"), ("ln(x1) + x3x1*", "\u00a0"), ("sine(x1)", "sine"), ("3*(x1", "("),
        })
        {
            await Type(text);
            await Page.WaitForSelectorAsync("mark");
            Equal(text, await Text("mark"), marked);
            if (FunctionText.TryParse(text, out _, out FunctionTextException? error)) Problems.Add($"{text} is a function");
            else if ((await Text("#formula-says"))?.Contains(error!.Message, StringComparison.Ordinal) != true)
                Problems.Add($"{text}: the message is not shown");
        }
        Equal("the last function stays", await Text("#a2"), "1.716");
        await Type("x1x2");
        await Page.WaitForFunctionAsync("() => document.getElementById('formula-says').textContent.includes('write x1*x2')");
        await Type("x1*x2");
        await Until("#v3", "10");
    }

    async Task Addresses()
    {
        await Open(Lecture + "&x1=2&x2=3");
        Equal("the adjoint of x2 at 3", await Text("#a2"), Shown(2 - Math.Cos(3)));
        await Page.EvaluateExpressionAsync("{ const x = document.getElementById('slide-x2'); x.value = 5; x.dispatchEvent(new " +
            "Event('input', { bubbles: true })); }");
        await Until("#a2", "1.716");
        string address = await Page.EvaluateExpressionAsync<string>("location.hash");
        if (!address.Contains("x2=5", StringComparison.Ordinal)) Problems.Add($"the address is {address} after the slider");
        await Open("f=ln(x1)%20%2B%20x1*x2%20-%20sin(x2)&x1=2&x2=5&view.sweep=tangents&view.step=4&tangent.x1=0&tangent.x2=1");
        Equal("the tangent of v4 for x2", await Text("#t4"), "2");
        Equal("v5 is not reached", await Text("#t5"), "");
        // Another page with the same address shows the same.
        Equal("the address after loading", await Page.EvaluateExpressionAsync<string>("location.hash.includes('tangents') ? 'tangents' " +
            ": location.hash"), "tangents");
    }

    async Task Overwrite()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await Page.ClickAsync("#overwrite");
        await Until("#a2", "2");
        Equal("the adjoint of x1", await Text("#a1"), "0.5");
        string[] lost = await Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.on-wire.lost')].map(one => one.textContent)");
        Equal("struck out", string.Join(" ", lost.Order(StringComparer.Ordinal)),
            $"5 {Shown(-Math.Cos(5))}");
        await Page.ClickAsync("#overwrite");
        await Until("#a2", "1.716");
    }

    // Predicted numbers are graded by the drills' matcher; a direction and an adjoint are chosen; the ways agree; second derivatives.
    async Task Questions()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await Page.ClickAsync("#predict");
        await Page.ClickAsync("#forth");
        await Page.ClickAsync("#forth");
        for (int i = 0; i < 4; i++) await Page.ClickAsync(".ask button[type=button]");
        Equal("nothing is given away", await Text("#l2"), "");
        await Answer("2");
        DrillCell cell = FunctionTrace.Of(FunctionText.Parse("ln(x1)+x1*x2-sin(x2)"), [2, 5]).Question(2, DrillColumn.Adjoint);
        await Until("#verdict", FunctionTrace.Pretty(cell.Explain(2)[0].Explanation));
        await Answer("1,72");
        await Until("#a2", "1.716");
        await Page.ClickAsync("#predict");

        await Page.ClickAsync(".segments .tangents");
        await Page.ClickAsync(".quick button:nth-of-type(2)");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("End");
        Equal("the tangent by x2", await Text("#t7"), "1.716");

        int softmax = FunctionGallery.All.ToList().FindIndex(one => one.Name.StartsWith("Softmax", StringComparison.Ordinal));
        await Page.SelectAsync("#gallery", softmax.ToString(CultureInfo.InvariantCulture));
        await Page.ClickAsync(".segments .adjoints");
        await Page.ClickAsync(".quick button:nth-of-type(2)");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("End");
        double p = 1 / (1 + Math.E);
        Equal("the other row of the Jacobian", await Text("#a1"), Shown(-p * (1 - p)));

        await Open(Lecture + "&x1=2&x2=5&view.h=6");
        // They follow a moment later.
        await Page.WaitForFunctionAsync("() => document.querySelector('table.ways " +
            "td')?.textContent.startsWith('1.716')", new WaitForFunctionOptions { Timeout = 20_000 });
        string[] ways = await Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('table.ways tbody tr')].map(row => row.cells[1].textContent.slice(0, 5))");
        Equal("four ways", string.Join(" ", ways), "1.716 1.716 1.716 1.716 1.716");
        await Page.ClickAsync(".extension summary");
        await Page.WaitForSelectorAsync("#hessian");
        string[] second = await Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('#hessian td')].map(cell => cell.textContent)");
        Equal("second derivatives", string.Join(" ", second), $"−0.25 1 1 {Shown(Math.Sin(5))}");
        await Page.ClickAsync(".extension summary");
    }

    // The table's rows: hover lights a value everywhere; another order is taken if it is topological.
    async Task Rows()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await Page.HoverAsync("tr[data-row='4']");
        Equal("what is lit", string.Join(" ", await Page.EvaluateExpressionAsync<string[]>(
            "[...new Set([...document.querySelectorAll('[data-lit]')].map(one => one.matches('tr') ? 'row' : one.matches('.node') ? " +
                "'box' : one.matches('.wire') ? 'edge' : 'number'))].sort()")),
            "box edge number row");
        await Page.ClickAsync("#reorder");
        await Page.ClickAsync("tr[data-row='6'] .moves button");
        Equal("sin after +", await Tex("tr[data-row='6'] tex-math"), @"v_{6} = \sin v_{2}");
        Equal("the adjoint of x2", await Text("#a2"), "1.716");
        await Page.ClickAsync("tr[data-row='4'] .moves button:nth-of-type(2)");
        if ((await Text("#refused"))?.Contains("v₅ = v₃ + v₄ uses v₄", StringComparison.Ordinal) != true)
            Problems.Add($"moved before what it uses: {await Text("#refused")}");
        Equal("the edge lights up", await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('.wire.refused')].map(one => one.dataset.from + one.dataset.to).join()"), "45");
        await Page.ClickAsync("#reorder");
    }

    async Task Answer(string text)
    {
        await Page.EvaluateFunctionAsync(
            "text => { const field = document.getElementById('answer'); field.value = text; field.dispatchEvent(new Event('input', { " +
                "bubbles: true })); }", text);
        await Page.ClickAsync(".ask button[type=submit]");
    }

    // The numbers are plugged in; a term leads to the adjoint in it; Escape goes back up.
    async Task Terms()
    {
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse("ln(x1)+x1*x2-sin(x2)"), [2, 5]);
        await Open(Lecture + "&x1=2&x2=5");
        string[] equal = [trace.AdjointText(2), trace.AdjointPluggedIn(2), trace.AdjointInNumbers(2),
            FunctionTrace.Shown(trace.Rows[1].Adjoint!.Item())];
        Equal("with numbers", await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('#plugged-in .equal tex-math')].map(one => one.getAttribute('tex')).join(' = ')"),
            string.Join(" = ", equal.Select(text => FormulaTex.Of(text, inline: true))));
        Equal("terms", await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('.terms li')].map(one => one.dataset.to).join()"), "5,4");
        await Page.ClickAsync(".terms li:nth-child(2) .expand");
        await Page.ClickAsync(".terms .expand");
        Equal("the way", await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('.path tex-math')].map(one => one.getAttribute('tex')).join(' ')"),
            @"\bar{v}_{2} \bar{v}_{4} \bar{v}_{6}");
        string address = await Page.EvaluateExpressionAsync<string>("location.hash.slice(1)");
        await Page.Keyboard.PressAsync("Escape");
        Equal("one back", await Tex("#where-from tex-math"), @"\bar{v}_{4}");
        await Page.Keyboard.PressAsync("Escape");
        Equal("back again", await Tex("#where-from tex-math"), @"\bar{v}_{2}");
        await Open(address);
        Equal("the address holds the way", await Tex("#where-from tex-math"), @"\bar{v}_{6}");
    }

    const string PlotData = "id => document.querySelector(`#${id} line-plot`)?.plot?.data ?? []";

    // What is drawn is what the library computes, for every h, in both types; the table has the same numbers.
    async Task Secant()
    {
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse("ln(x1)+x1*x2-sin(x2)"), [2, 5]);
        await Open(Lecture + "&x1=2&x2=5&view.h=0.5&view.by=x2");
        foreach ((double digits, DType type) in new[]
        {
            (0, DType.Float64), (1.5, DType.Float64), (13, DType.Float64), (13, DType.Float32), (4.0, DType.Float32),
        })
        {
            await Page.SelectAsync("#ways-type", type == DType.Float32 ? "32" : "64");
            await Page.EvaluateFunctionAsync("(id, text) => { const field = document.getElementById(id); field.value = text; " +
                "field.dispatchEvent(new Event('input', { bubbles: true })); }", "ways-h",
                    (-digits).ToString(CultureInfo.InvariantCulture));
            FunctionSecant secant = FunctionSecant.Of(trace, 1, Math.Pow(10, -digits), type);
            IReadOnlyList<double>[] expected = [secant.At, secant.Curve, secant.Tangent, secant.OneSided, secant.Central];
            string where = Invariant($"10^-{digits} in {type}");
            await Until($"the secant at {where}", async () =>
            {
                double?[][] data = await Page.EvaluateFunctionAsync<double?[][]>(PlotData, "secant");
                return data.Length == 6
                    && expected.Zip(data).All(pair => pair.First.Zip(pair.Second).All(two => Same(two.First, two.Second)));
            });
            // The errors follow a moment later.
            StepError[] errors = [.. FunctionWays.Errors(trace, 1, type).Reverse()];
            await Until($"the V at {where}", async () =>
            {
                double?[][] data = await Page.EvaluateFunctionAsync<double?[][]>(PlotData, "v-plot");
                return data.Length == 3 && errors.Length == data[0].Length
                    && errors.Zip(data[2]).All(pair => Same(Math.Max(pair.First.Central, 1e-16), pair.Second));
            });
        }
        await Page.ClickAsync("#secant summary");
        await Page.WaitForSelectorAsync("#secant details tbody tr");
        string[][] table = await Page.EvaluateExpressionAsync<string[][]>(
            "[...document.querySelectorAll('#secant details tbody tr')].map(row => [...row.cells].map(cell => " +
                "cell.textContent.replaceAll('−', '-')))");
        double?[][] drawn = await Page.EvaluateFunctionAsync<double?[][]>(PlotData, "secant");
        if (table.Length != drawn[0].Length)
            Problems.Add($"the table behind the secant has {table.Length} rows, the plot {drawn[0].Length} points");
        for (int i = 0; i < Math.Min(table.Length, drawn[0].Length); i++)
            Equal($"row {i} of the table", table[i][1], drawn[1][i]?.ToString("G6", CultureInfo.InvariantCulture) ?? "");
        await Page.ClickAsync("#secant summary");

        // Where f has no value near the point there is a gap, and no error.
        await Open("f=ln(x)&x=0.5&view.h=0");
        await Until("ln near 0", async () => (await Page.EvaluateFunctionAsync<double?[][]>(PlotData, "secant")) is [_, [null, ..], ..]);
    }

    static bool Same(double expected, double? drawn) => double.IsFinite(expected)
        ? drawn is { } number && Math.Abs(number - expected) <= 1e-12 * Math.Max(Math.Abs(expected), 1e-3)
        : drawn is null;

    async Task Growth()
    {
        await Open(Lecture + "&x1=2&x2=5&view.growth=nested&view.n=3");
        foreach ((GrowingFunction family, int n) in new[]
        {
            (GrowingFunction.Nested, 3), (GrowingFunction.Nested, 9), (GrowingFunction.Product, 4), (GrowingFunction.Product, 50),
        })
        {
            await Open(Invariant($"{Lecture}&x1=2&x2=5&view.growth={family.ToString().ToLowerInvariant()}&view.n={n}"));
            FormulaSize size = FormulaGrowth.Of(family, n);
            string expected = family == GrowingFunction.Nested
                ? Invariant($"{n} {size.Rules.Total:#,0} {size.Simplified.Total:#,0} {size.Shared.Total:#,0} {size.Reverse.Total:#,0}")
                : Invariant($"{n} {size.Rules.Multiplications:#,0} {size.Simplified.Multiplications:#,0} ") +
                    Invariant($"{size.Reverse.Multiplications:#,0}");
            await Until($"sizes of {family} {n}", async () => await Page.EvaluateExpressionAsync<string>(
                "[...(document.querySelector('#sizes tr.now')?.cells ?? [])].map(cell => cell.textContent).join(' ')") == expected, 20_000);
            if (n > 4) continue;
            int[] drawn = await Page.EvaluateExpressionAsync<int[]>(
                "[...document.querySelectorAll('svg.formula')].map(one => one.querySelectorAll('.operation').length)");
            if (family == GrowingFunction.Nested)
                Equal("operations drawn", string.Join(" ", drawn), Invariant($"{size.Function.Total} {size.FunctionShared.Total}"));
            else Equal("operations of the trees", drawn.FirstOrDefault().ToString(CultureInfo.InvariantCulture),
                size.Simplified.Total.ToString(CultureInfo.InvariantCulture));
        }
        await Open(Lecture + "&x1=2&x2=5");
    }

    // In this mode a click explains and does nothing else; every word is in the glossary.
    async Task WhatIsThis()
    {
        await Open(Lecture + "&x1=2&x2=5&view.growth=nested&view.open=extension");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("?");
        await Page.WaitForSelectorAsync("#what");
        await Page.ClickAsync(".node .adjoint");
        await Until("#what-says h2", "adjoint");
        if ((await Text("#what-says p:last-child"))?.Contains(Glossary.Find("adjoint")!.Meaning, StringComparison.Ordinal) != true)
            Problems.Add("the meaning is not that of the glossary");
        string before = await Page.EvaluateExpressionAsync<string>("location.hash");
        await Page.ClickAsync("#forth, #back");
        await Page.ClickAsync(".segments .tangents .mode");
        await Until("#what-says h2", "forward mode");
        await Page.EvaluateExpressionAsync("document.querySelector('.segments .tangents').click()");
        await Until("#what-says h2", "tangent");
        Equal("nothing is done", await Page.EvaluateExpressionAsync<string>("location.hash"), before);
        await Page.FocusAsync("figure.listing");
        await Until("#what-says h2", "node_to_grad");
        await Page.ClickAsync("#what summary");
        await Page.ClickAsync("#what a");
        await Until("#what-says h2", "node_to_grad");
        await Page.Keyboard.PressAsync("Escape");
        await Until("the panel closes", async () => await Page.QuerySelectorAsync("#what") is null);
        Equal("focus is left as it was",
            await Page.EvaluateExpressionAsync<string>("document.querySelectorAll('[data-reached]').length + ''"), "0");
        await Page.EvaluateExpressionAsync("document.getElementById('formula').focus()");
        await Page.Keyboard.PressAsync("?");
        Equal("in a field ? is a sign", await Page.EvaluateExpressionAsync<string>("document.getElementById('what') === null ? " +
            "'closed' : 'open'"), "closed");
    }

    async Task Projector()
    {
        await Open(Lecture + "&x1=2&x2=5&view.step=3");
        double usual = await Page.EvaluateExpressionAsync<double>("parseFloat(getComputedStyle(document.documentElement).fontSize)");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("p");
        await Page.WaitForSelectorAsync(".scenes");
        double large = await Page.EvaluateExpressionAsync<double>("parseFloat(getComputedStyle(document.documentElement).fontSize)");
        if (large < 1.2 * usual) Problems.Add(Invariant($"the type is {large} pixels with a projector, {usual} without"));
        const string Seen = "[...document.querySelectorAll('.scene')].filter(one => !one.hidden).map(one => one.dataset.scene).join()";
        Equal("one scene", await Page.EvaluateExpressionAsync<string>(Seen), "graph");
        await ProjectedGraph();
        await Page.ClickAsync(".scenes li:nth-child(3) button");
        Equal("another scene", await Page.EvaluateExpressionAsync<string>(Seen), "table");
        string step = (await Text("#sentence"))!;
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("PageDown");
        Walkthrough walk = Walkthrough.Of(FunctionTrace.Of(FunctionText.Parse("ln(x1)+x1*x2-sin(x2)"), [2, 5]), Sweep.Adjoints);
        Equal("before the remote", step, walk.Words(2));
        Equal("the presenter's remote steps", await Text("#sentence"), walk.Words(3));
        await Page.SelectAsync("#theme", "dark");
        Equal("dark by choice", await Page.EvaluateExpressionAsync<string>("getComputedStyle(document.documentElement).colorScheme"),
            "dark");
        string address = await Page.EvaluateExpressionAsync<string>("location.hash.slice(1)");
        foreach (string part in new[] { "view.projector=1", "view.theme=dark", "view.scene=table", "view.step=4" })
            if (!address.Contains(part, StringComparison.Ordinal)) Problems.Add($"the address {address} lacks {part}");
        await Page.SelectAsync("#theme", "");
        await Page.ClickAsync("#projector");
        Equal("all scenes again", await Page.EvaluateExpressionAsync<string>("[...document.querySelectorAll('.scene')].filter(one => " +
            "one.hidden).length + ''"), "0");
        await Open(address);
        Equal("the address opens it", await Page.EvaluateExpressionAsync<string>(Seen), "table");
        await Open(Lecture + "&x1=2&x2=5&view.projector=0&view.theme=system");
        Equal("the address ends it", await Page.EvaluateExpressionAsync<string>("document.documentElement.dataset.projector ?? 'none'"),
            "none");
    }

    // In a projector's window the lecture's graph is larger than on the page, with all its values in sight and the whole function above it.
    async Task ProjectedGraph()
    {
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 720 });
        foreach (int step in new[] { 0, 9, 17 })
        {
            await Open(Lecture + Invariant($"&x1=2&x2=5&view.step={step}&view.projector=1&view.scene=graph"));
            await Page.EvaluateExpressionAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
            double[] seen = await Page.EvaluateExpressionAsync<double[]>("""
                [...document.querySelectorAll(".node")].map(one => one.getBoundingClientRect()).reduce(
                  ([right, bottom], box) => [Math.max(right, box.right), Math.max(bottom, box.bottom)], [0, 0]).concat(
                  parseFloat(getComputedStyle(document.querySelector("fit-width")).getPropertyValue("--scale")), formula.scrollWidth - formula.clientWidth)
                """);
            if (seen[0] > 1280 || seen[1] > 720)
                Problems.Add(Invariant($"at step {step} the projected graph ends at {seen[0]:0}, {seen[1]:0} in a window of 1280 x 720"));
            if (seen[2] <= 0.9) Problems.Add(Invariant($"at step {step} the projected graph is drawn at {seen[2]:0.00} of its size"));
            if (seen[3] > 0) Problems.Add(Invariant($"with a projector {seen[3]} pixels of the function are out of sight"));
        }
        // So is every graph of the gallery, with letters that are read from afar: 12 pixels of 720.
        await Open(Lecture + "&x1=2&x2=5&view.projector=1&view.scene=graph");
        for (int i = 0; i < FunctionGallery.All.Count; i++)
        {
            await Page.SelectAsync("#gallery", i.ToString(CultureInfo.InvariantCulture));
            await Page.WaitForFunctionAsync("text => document.getElementById('formula').value === text && !document.querySelector('#main[aria-busy=true]')",
                null, FunctionGallery.All[i].Text);
            await Page.EvaluateExpressionAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
            double[] seen = await Page.EvaluateExpressionAsync<double[]>("""
                [...document.querySelectorAll(".node")].map(one => one.getBoundingClientRect()).reduce(([right, bottom], box) => [Math.max(right, box.right), Math.max(bottom, box.bottom)], [0, 0])
                  .concat(parseFloat(getComputedStyle(document.querySelector("fit-width")).getPropertyValue("--scale")) * parseFloat(getComputedStyle(document.querySelector(".node .head")).fontSize))
                """);
            string name = FunctionGallery.All[i].Name;
            if (seen[0] > 1280 || seen[1] > 720)
                Problems.Add(Invariant($"{name}: the projected graph ends at {seen[0]:0}, {seen[1]:0} in a window of 1280 x 720"));
            if (seen[2] < 12) Problems.Add(Invariant($"{name}: with a projector the letters are {seen[2]:0.0} pixels high"));
            double[][] overlaps = await Page.EvaluateFunctionAsync<double[][]>(Overlaps);
            if (overlaps.Length > 0) Problems.Add($"{name}: with a projector texts overlap at {JsonSerializer.Serialize(overlaps)}");
        }
        // A graph that cannot fit scrolls in its frame, and shows the value whose turn it is.
        await Type($"{new string('(', 10)}x + 1{string.Concat(Enumerable.Repeat(")*x + 1", 9))})*x");
        await Page.WaitForFunctionAsync("() => document.querySelectorAll('.node').length === 21 && !document.querySelector('#main[aria-busy=true]')");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("Home");
        for (int i = 0; i < 2; i++) await Page.Keyboard.PressAsync("ArrowRight");
        await Page.EvaluateExpressionAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        Equal("the value whose turn it is", await Page.EvaluateExpressionAsync<string>("""
            (() => {
              const box = document.querySelector(".node.now, .node.receives").getBoundingClientRect(), frame = document.querySelector(".graph").getBoundingClientRect();
              return box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 1 && box.bottom <= Math.min(frame.bottom, innerHeight) + 1 ? "in sight" : JSON.stringify([box, frame]);
            })()
            """), "in sight");
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
        await Open(Lecture + "&x1=2&x2=5&view.step=3&view.projector=1&view.scene=graph");
    }

    // Tab reaches everything that can be operated, in the order of the page, and one sees where it is.
    async Task Keyboard()
    {
        await Open(Lecture + "&x1=2&x2=5&view.growth=nested&view.open=extension&view.step=3");
        await Page.EvaluateExpressionAsync("{ document.activeElement.blur(); window.scrollTo(0, 0); " +
            "window.getSelection().removeAllRanges(); }");
        await Page.EvaluateExpressionAsync("document.querySelector('.skip').focus()");
        string controls = await Page.EvaluateExpressionAsync<string>("""
            (() => {
              let k = 0;
              for (const one of document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']"))
                if (!one.disabled && one.tabIndex >= 0 && one.offsetParent !== null && one.checkVisibility() && !(one.type === "radio" && !one.checked)) one.dataset.tab = k++;
              return String(k);
            })()
            """);
        int count = int.Parse(controls, CultureInfo.InvariantCulture), unseen = 0;
        var reached = new HashSet<string>();
        for (int i = 0; i < count + 5; i++)
        {
            string[] now = await Page.EvaluateExpressionAsync<string[]>("""
                (() => {
                  const one = document.activeElement, shown = one.type === "radio" ? one.closest("label") : one, style = getComputedStyle(shown);
                  return [one.dataset.tab ?? "", style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 ? "seen" : "unseen", one.outerHTML.slice(0, 80)];
                })()
                """);
            if (now[0].Length > 0) reached.Add(now[0]);
            // The first has the focus from the script.
            if (i > 0 && now[0].Length > 0 && now[1] == "unseen" && unseen++ < 3) Problems.Add($"the focus is not to be seen on {now[2]}");
            await Page.Keyboard.PressAsync("Tab");
        }
        string[] missed = await Page.EvaluateFunctionAsync<string[]>(
            "reached => [...document.querySelectorAll('[data-tab]')].filter(one => !reached.includes(one.dataset.tab)).map(one => " +
                "one.outerHTML.slice(0, 90))", (object)reached.ToArray());
        if (missed.Length > 0) Problems.Add($"not reached by Tab: {string.Join("; ", missed.Take(4))}");
        Console.WriteLine(Invariant($"      {reached.Count} of {count} controls were reached with the Tab key"));
    }

    // The picture is compared by what stands on it, which is kept inside the file: fonts differ from machine to machine.
    async Task Picture()
    {
        const string Request = "MYTORCH_REWRITE";
        if (Repository() is not { } repository)
        {
            Console.WriteLine("      left out: there is no repository above this program");
            return;
        }
        string file = Path.Combine(repository, "samples", "Playground", "function.png");
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 970 });
        await Page.Mouse.MoveAsync(2, 2);
        await Page.EmulateMediaFeaturesAsync(
        [
            new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = "light" },
            new MediaFeatureValue { MediaFeature = MediaFeature.PrefersReducedMotion, Value = "reduce" },
        ]);
        await Open(Lecture + "&x1=2&x2=5&view.step=12");
        await Page.EvaluateExpressionAsync("{ document.activeElement.blur(); window.scrollTo(0, 0); }");
        string text = await Page.EvaluateExpressionAsync<string>("""
            [document.getElementById("formula").value, document.getElementById("sentence").textContent.trim(), document.querySelector(".count").textContent,
              ...[...document.querySelectorAll("table.values tr")].map(row => [...row.cells].slice(1).map(cell => cell.textContent.trim()).join(" ")),
              ...[...document.querySelectorAll(".node")].map(box => [...box.children].map(part => part.textContent.trim()).join(" ")),
              ...[...document.querySelectorAll(".on-wire")].map(one => one.textContent), ...[...document.querySelectorAll(".listing li")].map(one => one.textContent)]
              .map(line => line.replace(/\s+/g, " ")).join("\n")
            """);
        if (Environment.GetEnvironmentVariable(Request) == "1")
        {
            await Page.EvaluateExpressionAsync("document.fonts.ready.then(() => true)");
            await File.WriteAllBytesAsync(file, PngText.With(await Page.ScreenshotDataAsync(), text));
        }
        string? kept = File.Exists(file) ? PngText.Read(await File.ReadAllBytesAsync(file)) : null;
        if (kept != text)
            Problems.Add($"samples/Playground/function.png shows something else than the page. Set the environment variable {Request} " +
                $"to 1, run this once more, look at the picture, and commit it.");
    }

    static string? Repository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "MyTorch.sln"))) return folder.FullName;
        return null;
    }

    // Times are printed, not judged: the machine may be busy.
    async Task Times()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await Page.EvaluateFunctionAsync("""
            () => {
              window.blocks = [];
              new PerformanceObserver(list => { for (const one of list.getEntries()) window.blocks.push([one.duration,
                one.scripts.reduce((sum, script) => sum + script.duration, 0), one.startTime + one.duration - one.styleAndLayoutStart]); })
                .observe({ type: "long-animation-frame", buffered: false });
            }
            """);
        await Timed("from a key to the picture", """
            async next => {
              const field = document.getElementById("formula");
              for (let round = 0; round < 4; round++)
                for (const text of ["ln(x1)+x1*x2-sin(x2)*2", "ln(x1)+x1*x2-sin(x2)*x1", "ln(x1)+x1*x2-sin(x2)+x1", "ln(x1)*x1*x2-sin(x2)", "ln(x1)+x1*x2-sin(x2)"])
                  await next(() => { field.value = text; field.dispatchEvent(new Event("input", { bubbles: true })); });
            }
            """);
        await Timed("from a key until all is shown", """
            async next => {
              const field = document.getElementById("formula"), main = document.getElementById("main");
              for (let round = 0; round < 4; round++)
                for (const text of ["ln(x1)+x1*x2-sin(x2)*2", "ln(x1)+x1*x2-sin(x2)*x1", "ln(x1)+x1*x2-sin(x2)+x1", "ln(x1)*x1*x2-sin(x2)", "ln(x1)+x1*x2-sin(x2)"])
                  await next(async () => {
                    field.value = text;
                    field.dispatchEvent(new Event("input", { bubbles: true }));
                    do await new Promise(done => setTimeout(done)); while (main.ariaBusy === "true");
                  });
            }
            """);
        await Timed("a drag of x2", """
            async next => {
              const slider = document.getElementById("slide-x2");
              for (let i = 0; i < 20; i++) await next(() => { slider.value = 4 + i / 10; slider.dispatchEvent(new Event("input", { bubbles: true })); });
            }
            """);
        await Timed("a step", """
            async next => {
              const slider = document.getElementById("step");
              for (let i = 0; i <= Number(slider.max); i++) await next(() => { slider.value = i; slider.dispatchEvent(new Event("input", { bubbles: true })); });
            }
            """);
        await Page.EvaluateExpressionAsync("new Promise(done => setTimeout(done, 1500))");
        await Timed("a drag of h", """
            async next => {
              const slider = document.getElementById("ways-h");
              for (let i = 0; i <= 20; i++) await next(() => { slider.value = -i * .75; slider.dispatchEvent(new Event("input", { bubbles: true })); });
            }
            """);
    }

    async Task Timed(string what, string script)
    {
        double[] times = await Page.EvaluateFunctionAsync<double[]>($$"""
            async () => {
              const times = [];
              window.blocks.length = 0;
              await ({{script}})(async act => {
                const start = performance.now();
                await act();
                await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                times.push(performance.now() - start);
              });
              await new Promise(done => setTimeout(done, 1200));
              return times;
            }
            """);
        double[][] blocks = await Page.EvaluateExpressionAsync<double[][]>("window.blocks.sort((a, b) => b[0] - a[0])");
        double[] ordered = [.. times.Order()];
        Console.WriteLine(
            Invariant($"      {what}: {ordered[ordered.Length / 2]:0} ms, the median of {ordered.Length}, at most {ordered[^1]:0}; ") +
            (blocks.Length == 0 ? "no frame took 50 ms"
                : Invariant($"{blocks.Length} frames took 50 ms or more, the longest {blocks[0][0]:0}: {blocks[0][1]:0} in scripts, ") +
                    Invariant($"{blocks[0][2]:0} in layout and paint")));
    }

    Task Type(string text) => Type("formula", text);

    static string Shown(double number) => FunctionTrace.Shown(number).Replace('-', '−');
}
