using MyTorch.Teaching;
using PuppeteerSharp;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>What a newcomer reads on the page about a function: where a number comes from, what is wrong, what does not
/// exist.</summary>
internal sealed class FunctionReadingTests(Learner learner) : PageTests(learner)
{
    const string Lecture = FunctionTests.Lecture + "&x1=2&x2=5";

    public override async Task All()
    {
        await Test("a chosen value is explained in the window, and heard", Chosen);
        await Test("the mistake is named wherever it shows", Mistake);
        await Test("no sentence holds for another point only", Hints);
        await Test("where there is no derivative", NoDerivative);
        await Test("a text that is no function greys the last one", Greyed);
        await Test("the focus stays after every action", Focus);
        await Test("one stop for a graph and a table, and arrows inside", Arrows);
        await Test("numbers with a comma, and what is not a number", Numbers);
        await Test("nothing is clipped, and no column moves", Clipped);
    }

    async Task Chosen()
    {
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
        await Open(Lecture);
        await Page.ClickAsync(".node[data-row='1']");
        await Until("#where-heard", "v̄₁ = v̄₄·v₂ + v̄₃/v₁ = 1·5 + 1·0.5 = 5 + 0.5 = 5.5");
        foreach (string part in new[] { ".notations", "#overwrite", ".node.output", "table.values", ".listing" })
            if (await Page.EvaluateFunctionAsync<double>("part => { window.scrollTo(0, 0); return " +
                "document.querySelector(part).getBoundingClientRect()[part === '.listing' ? 'top' : 'bottom']; }", part) > 900)
                Problems.Add($"{part} is below a window of 900 pixels");
        // It says no more than the step shows.
        await Open(Lecture + "&view.step=11&view.row=2");
        Equal("so far", await Text("#plugged-in .quiet"), "; so far −0.2837");
        Equal("a term that has not arrived", await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('.terms b')].map(one => one.textContent).join(' ')"), "−0.2837 …");
        await Page.SetViewportAsync(new ViewPortOptions { Width = 360, Height = 740 });
        await Open(Lecture);
        double[] ends = await Page.EvaluateExpressionAsync<double[]>(
            "[document.querySelector('.graph-part').getBoundingClientRect().bottom, " +
            "document.querySelector('.notations').getBoundingClientRect().top]");
        if (ends[1] - ends[0] is < 0 or > 40) Problems.Add(Invariant(
            $"on a phone the explanation is {ends[1] - ends[0]} pixels below the graph"));
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
    }

    async Task Mistake()
    {
        await Open(Lecture);
        await Page.ClickAsync("#overwrite");
        await Until("#a2", "2");
        Equal("the last step", await Text("#sentence"), "∂y/∂x₁ = v̄₁ = 0.5, wrong: it is 5.5; ∂y/∂x₂ = v̄₂ = 2, wrong: it is 1.716");
        if ((await Text("#mistake"))?.EndsWith("∂y/∂x₁ comes out as 0.5, wrong: it is 5.5; ∂y/∂x₂ comes out as 2, wrong: it is 1.716.",
            StringComparison.Ordinal) != true)
            Problems.Add($"the banner says {await Text("#mistake")}");
        Equal("the true rule has both terms", await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('#chain-rule > span:has(tex-math) tex-math')].length + ''"), "3");
        Equal("the lost one is struck out and named", await Page.EvaluateExpressionAsync<string>(
            "document.querySelectorAll('#chain-rule .lost-term').length + ' ' + document.querySelector('#chain-rule " +
                ".lost-word').textContent.trim()"), "1 lost");
        Equal("what it would be", await Text("#written-out .lost"), "= 1.716, and not 2");
        await Until("reverse mode is wrong among the four ways", async () => await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('table.ways tbody tr')].find(row => row.textContent.startsWith('reverse " +
                "mode'))?.cells[1].textContent ?? ''") == "2");
        await Page.ClickAsync("#overwrite");
        await Until("#a2", "1.716");
        Equal("no banner", await Text("#mistake"), "");
    }

    async Task Hints()
    {
        await Open(FunctionTests.Lecture + "&x1=2&x2=3");
        await Until("#a2", "2.99");
        string text = await Page.EvaluateExpressionAsync<string>("document.querySelector('.asks').innerText + " +
            "document.querySelector('.stage').innerText");
        if (text.Contains("1.716", StringComparison.Ordinal)) Problems.Add("1.716 stands on the page at x2 = 3");
        await Open(Lecture);
        await Page.ClickAsync("#predict");
        await Page.ClickAsync("#forth");
        await Page.ClickAsync("#forth");
        Equal("the box that is asked for is marked", await Page.EvaluateExpressionAsync<string>(
            "document.querySelector('.node.now')?.dataset.row"), "6");
        await Page.ClickAsync(".ask button[type=button]");
        string asked = await Page.EvaluateExpressionAsync<string>("document.querySelector('.ask label .sr').textContent");
        string marked = await Page.EvaluateExpressionAsync<string>("document.querySelector('.node.now').dataset.row");
        Equal("and again", $"v̄{"₀₁₂₃₄₅₆₇"[marked[0] - '0']}", asked);
        await Page.ClickAsync("#predict");
    }

    async Task NoDerivative()
    {
        foreach ((string address, string[] said) in new (string, string[])[]
        {
            ("f=ln(-x1)&x1=2", ["v₃ = ln v₂ has no value at v₂ = −2"]),
            ("f=x1%5Ex1&x1=0", ["has no derivative at v₁ = 0", "−∞"]),
            ("f=abs(x)&x=0", ["v₂ = |v₁| has no derivative at v₁ = 0: its slope is −1 to the left and 1 to the right."]),
            ("f=max(x1,x2)&x1=3&x2=3", ["no derivative at v₁ = 3: its slope is 0 to the left and 1 to the right"]),
            ("f=sqrt(x)&x=0", ["one side"]),
            ("f=1/(x1-x1)&x1=1", ["is infinite at v₂ = 0"]),
        })
        {
            await Open(address);
            await Until($"{address}: {string.Join(", ", said)}", async () => await Text(".remark") is { } remark && said.All(
                part => remark.Contains(part, StringComparison.Ordinal)), 5000);
        }
        await Open("f=ln(-x1)&x1=2");
        await Until("no error is claimed", async () => await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('table.ways tbody tr')].slice(2, 4).map(row => row.cells[2].textContent).join(' ')") == "– –");
        await Until("no tangent where there is no function", async () => (await Page.EvaluateExpressionAsync<double?[]>(
            "document.querySelector('#secant line-plot')?.plot?.data[2] ?? [1]")).All(one => one is null));
        await Open(Lecture + "&view.h=0");
        await Until("at h = 1 no digits cancel", async () => (await Text("#cancels"))?.Contains("none cancels",
            StringComparison.Ordinal) == true);
        if (await Page.QuerySelectorAsync(".remark") is not null) Problems.Add("a remark where there is a derivative");
    }

    async Task Greyed()
    {
        await Open(Lecture);
        await Type("formula", "softmax");
        await Until("#v1", "1");
        await Type("formula", "softmax(x1,x2)");
        await Page.WaitForSelectorAsync(".stage.old");
        if ((await Text("#formula-says"))?.EndsWith("Greyed below: softmax", StringComparison.Ordinal) != true) Problems.Add(await Text(
            "#formula-says") ?? "nothing is said");
        string clipped = await Page.EvaluateExpressionAsync<string>("(one => one.scrollHeight > one.clientHeight ? 'clipped' : " +
            "'whole')(document.querySelector('.underlined'))");
        Equal("the mark", clipped, "whole");
        await Type("formula", "ln(x1) + x1*x2 - sin(x2)");
        await Page.WaitForFunctionAsync("() => !document.querySelector('.stage.old')");

        // An address with such a text keeps the function, and chooses the sweep all the same.
        await Open(Lecture);
        await Open("f=ln(x1&view.sweep=tangents");
        Walkthrough walk = Walkthrough.Of(FunctionTrace.Of(FunctionText.Parse("ln(x1)+x1*x2-sin(x2)"), [2, 5]), Sweep.Tangents);
        Equal("the sentence of the chosen sweep", await Text("#sentence"), walk.Words(walk.Steps.Count - 1));
        Equal("its steps", await Text(".walk .count"), Invariant($"{walk.Steps.Count} / {walk.Steps.Count}"));
    }

    async Task Focus()
    {
        async Task<string> Now() => await Page.EvaluateExpressionAsync<string>(
            "document.activeElement.id || document.activeElement.tagName");
        async Task Press(string selector)
        {
            await Page.FocusAsync(selector);
            await Page.Keyboard.PressAsync("Enter");
            await Task.Delay(60);
        }
        await Open(Lecture);
        foreach (string button in new[] { "first", "back", "last", "forth" })
        {
            await Press($"#{button}");
            Equal($"after {button}", await Now(), button);
        }
        await Press(".terms li:nth-child(2) .expand");
        Equal("after going on", await Now(), "where-from");
        await Press(".terms .expand");
        await Press(".terms .expand");
        Equal("at the end", await Now(), "where-from");
        await Press(".path button");
        Equal("after going back", await Now(), "where-from");
        await Press(".terms .expand");
        await Page.Keyboard.PressAsync("Escape");
        await Task.Delay(60);
        Equal("after Escape", await Now(), "where-from");
        // The arrows step also from a switch.
        await Open(Lecture + "&view.step=3");
        await Page.FocusAsync("#predict");
        await Page.Keyboard.PressAsync("ArrowLeft");
        await Until(".count", "2 / 17");
    }

    async Task Arrows()
    {
        await Open(Lecture);
        foreach ((string where, string start, (string Key, string Row)[] way) in new (string, string, (string, string)[])[]
        {
            (".graph", ".node[tabindex='0']", [("ArrowDown", "5"), ("ArrowLeft", "4"), ("ArrowLeft", "3"), ("ArrowUp", "1")]),
            ("table.values", "table.values [data-stop][tabindex='0']", [("ArrowDown", "3"), ("ArrowUp", "2"), ("ArrowUp", "1")]),
        })
        {
            Equal($"stops of {where}", await Page.EvaluateFunctionAsync<string>(
                "where => [...document.querySelectorAll(`${where} [data-stop]`)].filter(one => one.tabIndex === 0).length + ''", where),
                "1");
            await Page.FocusAsync(start);
            foreach ((string key, string row) in way)
            {
                await Page.Keyboard.PressAsync(key);
                string at = await Page.EvaluateExpressionAsync<string>("document.activeElement.closest('[data-row]')?.dataset.row");
                // Below x2 are the product and the sine, as far away.
                if (at != row && !(key == "ArrowDown" && at == "4")) Equal($"{where}, {key}", at, row);
            }
        }
        await Page.Keyboard.PressAsync("Enter");
        await Until("chosen", async () => await Page.EvaluateExpressionAsync<string>(
            "document.querySelector('.node.selected').dataset.row") == "1");
    }

    async Task Numbers()
    {
        async Task Enter(string text)
        {
            await Page.EvaluateFunctionAsync("text => { const field = document.getElementById('value-x2'); field.value = text; " +
                "field.dispatchEvent(new Event('change', { bubbles: true })); }", text);
            await Task.Delay(60);
        }
        await Open(Lecture);
        await Enter("2,5");
        await Until("#v2", "2.5");
        foreach ((string text, string says) in new[] { ("abc", "not a number"), ("1e400", "too large") })
        {
            await Enter(text);
            await Until("#value-x2-says", says);
            Equal($"after {text}", await Text("#v2"), "2.5");
        }
        await Enter("5");
        await Until("#a2", "1.716");
        if (await Page.QuerySelectorAsync(".no-number") is not null) Problems.Add("the message stays");
    }

    async Task Clipped()
    {
        foreach (int width in new[] { 1280, 360 })
        {
            await Page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 900 });
            await Open(Lecture);
            await Page.WaitForSelectorAsync("table.ways tbody tr");
            string[] clipped = await Page.EvaluateExpressionAsync<string[]>(
                "['table.values', 'table.ways', '.listing ol', '.notations', '.graph'].filter(one => { const box = " +
                    "document.querySelector(one).closest('.wide, .listing, .notations, .graph'); return box.scrollWidth > " +
                    "box.clientWidth + 1; })");
            if (clipped.Length > 0) Problems.Add(Invariant($"clipped at {width} pixels: {string.Join(", ", clipped)}"));
            string[] small = await Page.EvaluateExpressionAsync<string[]>("""
                (() => {
                  const scale = Number(document.querySelector('fit-width').style.getPropertyValue('--scale'));
                  return [...document.querySelectorAll('.canvas .value, .canvas .marks, .on-wire')].filter(one => parseFloat(getComputedStyle(one).fontSize) * scale < 11).map(one => one.className);
                })()
                """);
            if (small.Length > 0) Problems.Add(Invariant($"type below 11 pixels at {width}: {string.Join(", ", small.Distinct())}"));
        }
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
        await Open(Lecture + "&view.step=0");
        var columns = new HashSet<string>();
        for (int i = 0; i < 17; i++)
        {
            await Page.ClickAsync("#forth");
            columns.Add(await Page.EvaluateExpressionAsync<string>("[...document.querySelectorAll('table.values thead th')].map(one " +
                "=> Math.round(one.getBoundingClientRect().left)).join()"));
        }
        if (columns.Count > 1) Problems.Add($"the columns move: {string.Join(" | ", columns)}");
    }
}
