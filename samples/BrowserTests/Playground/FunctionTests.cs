using System.Globalization;
using System.Text.Json;
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
        await Test("typing", Times);
        await Test("windows, light and dark, axe", () => Windows("function", Lecture + "&x1=2&x2=5&view.step=12"));
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
            await Page.WaitForFunctionAsync("text => document.getElementById('formula').value === text", FunctionGallery.All[i].Text);
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
            .. trace.Rows.Select(row => new[] { row.Value.Item(), row.Tangents[0].Item(), row.Adjoint?.Item() ?? 0 }.Select(Shown).ToArray()),
        ];
        Equal($"{one.Name}, table", JsonSerializer.Serialize(rows), JsonSerializer.Serialize(expected));
        Equal($"{one.Name}, graph", JsonSerializer.Serialize(boxes), JsonSerializer.Serialize(expected));
        string[] partials = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.partial')].map(one => one.textContent)");
        Equal($"{one.Name}, edges", string.Join(" ", partials.Order(StringComparer.Ordinal)),
            string.Join(" ", trace.Edges.Where(edge => edge.Partial is not null).Select(edge => Shown(edge.Partial!.Value.Item())).Order(StringComparer.Ordinal)));
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
        await Page.EvaluateExpressionAsync("{ const step = document.getElementById('step'); step.value = 1; step.dispatchEvent(new Event('input', { bubbles: true })); }");
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
        foreach ((string text, string marked) in new[] { ("ln(x1) + * x2", "*"), ("ln(x1) + x3x1*", "\u00a0"), ("sine(x1)", "sine"), ("3*(x1", "(") })
        {
            await Type(text);
            await Page.WaitForSelectorAsync("mark");
            Equal(text, await Text("mark"), marked);
            FunctionText.TryParse(text, out _, out FunctionTextException? error);
            if ((await Text("#formula-says"))?.Contains(error!.Message, StringComparison.Ordinal) != true) Problems.Add($"{text}: the message is not shown");
        }
        Equal("the last function stays", await Text("#a2"), "1.716");
        await Type("x1*x2");
        await Until("#v3", "10");
    }

    async Task Addresses()
    {
        await Open(Lecture + "&x1=2&x2=3");
        Equal("the adjoint of x2 at 3", await Text("#a2"), Shown(2 - Math.Cos(3)));
        await Page.EvaluateExpressionAsync("{ const x = document.getElementById('slide-x2'); x.value = 5; x.dispatchEvent(new Event('input', { bubbles: true })); }");
        await Until("#a2", "1.716");
        string address = await Page.EvaluateExpressionAsync<string>("location.hash");
        if (!address.Contains("x2=5", StringComparison.Ordinal)) Problems.Add($"the address is {address} after the slider");
        await Open("f=ln(x1)%20%2B%20x1*x2%20-%20sin(x2)&x1=2&x2=5&view.sweep=tangents&view.step=4&tangent.x1=0&tangent.x2=1");
        Equal("the tangent of v4 for x2", await Text("#t4"), "2");
        Equal("v5 is not reached", await Text("#t5"), "");
        // Another page with the same address shows the same.
        Equal("the address after loading", await Page.EvaluateExpressionAsync<string>("location.hash.includes('tangents') ? 'tangents' : location.hash"), "tangents");
    }

    async Task Overwrite()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await Page.ClickAsync("#overwrite");
        await Until("#a2", "2");
        Equal("the adjoint of x1", await Text("#a1"), "0.5");
        Equal("struck out", string.Join(" ", (await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.on-wire.lost')].map(one => one.textContent)")).Order(StringComparer.Ordinal)),
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

        await Page.SelectAsync("#gallery", FunctionGallery.All.ToList().FindIndex(one => one.Name.StartsWith("Softmax", StringComparison.Ordinal)).ToString(CultureInfo.InvariantCulture));
        await Page.ClickAsync(".segments .adjoints");
        await Page.ClickAsync(".quick button:nth-of-type(2)");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("End");
        double p = 1 / (1 + Math.E);
        Equal("the other row of the Jacobian", await Text("#a1"), Shown(-p * (1 - p)));

        await Open(Lecture + "&x1=2&x2=5");
        // They follow a moment later.
        await Page.WaitForFunctionAsync("() => document.querySelector('table.ways td')?.textContent.startsWith('1.716')", new WaitForFunctionOptions { Timeout = 5000 });
        string[] ways = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('table.ways tbody tr')].map(row => row.cells[1].textContent.slice(0, 5))");
        Equal("four ways", string.Join(" ", ways), "1.716 1.716 1.716 1.716 1.716");
        await Page.ClickAsync(".extension summary");
        await Page.WaitForSelectorAsync("#hessian");
        string[] second = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('#hessian td')].map(cell => cell.textContent)");
        Equal("second derivatives", string.Join(" ", second), $"−0.25 1 1 {Shown(Math.Sin(5))}");
        await Page.ClickAsync(".extension summary");
    }

    // The table's rows: hover lights a value everywhere; another order is taken if it is topological.
    async Task Rows()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await Page.HoverAsync("tr[data-row='4']");
        Equal("what is lit", string.Join(" ", await Page.EvaluateExpressionAsync<string[]>(
            "[...new Set([...document.querySelectorAll('[data-lit]')].map(one => one.matches('tr') ? 'row' : one.matches('.node') ? 'box' : one.matches('.wire') ? 'edge' : 'number'))].sort()")),
            "box edge number row");
        await Page.ClickAsync("tr[data-row='6'] .moves button");
        Equal("sin after +", await Tex("tr[data-row='6'] tex-math"), @"v_{6} = \sin v_{2}");
        Equal("the adjoint of x2", await Text("#a2"), "1.716");
        await Page.ClickAsync("tr[data-row='4'] .moves button:nth-of-type(2)");
        if ((await Text("#refused"))?.Contains("v₅ = v₃ + v₄ uses v₄", StringComparison.Ordinal) != true) Problems.Add($"moved before what it uses: {await Text("#refused")}");
        Equal("the edge lights up", await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('.wire.refused')].map(one => one.dataset.from + one.dataset.to).join()"), "45");
    }

    async Task Answer(string text)
    {
        await Page.EvaluateFunctionAsync(
            "text => { const field = document.getElementById('answer'); field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })); }", text);
        await Page.ClickAsync(".ask button[type=submit]");
    }

    // Times are printed, not judged: the machine may be busy.
    async Task Times()
    {
        await Open(Lecture + "&x1=2&x2=5");
        double[] times = await Page.EvaluateFunctionAsync<double[]>("""
            async () => {
              const field = document.getElementById("formula"), times = [];
              for (const text of ["ln(x1)+x1*x2-sin(x2)*2", "ln(x1)+x1*x2-sin(x2)*x1", "ln(x1)+x1*x2-sin(x2)+x1", "ln(x1)*x1*x2-sin(x2)", "ln(x1)+x1*x2-sin(x2)"]) {
                const start = performance.now();
                field.value = text;
                field.dispatchEvent(new Event("input", { bubbles: true }));
                await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                times.push(performance.now() - start);
              }
              return times;
            }
            """);
        Console.WriteLine(Invariant($"      from a key to the picture: {string.Join(", ", times.Select(time => time.ToString("0", CultureInfo.InvariantCulture)))} ms"));
    }

    Task Type(string text) => Type("formula", text);

    static string Shown(double number) => FunctionTrace.Shown(number).Replace('-', '−');
}
