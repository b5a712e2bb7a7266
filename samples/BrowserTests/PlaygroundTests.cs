using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Deque.AxeCore.Commons;
using MyTorch.Teaching;
using PuppeteerSharp;
using PuppeteerSharp.Media;
using static System.FormattableString;

namespace BrowserTests;

/// <summary>Uses the published playground in Chromium as a learner does, and compares what it shows with the library.</summary>
internal sealed class PlaygroundTests(IBrowser browser, StaticFiles site, string? pictures)
{
    const string Lecture = "f=ln(x1)+x1*x2-sin(x2)";

    readonly List<string> _problems = [];
    IPage _page = null!;
    int _passed, _failed;

    /// <summary>Tests the files of a folder, and prints a line for each test; returns the exit code.</summary>
    public static async Task<int> Run(string chromium, string folder, string? pictures)
    {
        if (!File.Exists(Path.Combine(folder, "index.html")))
        {
            Console.Error.WriteLine($"{folder} has no index.html: publish the playground, dotnet publish samples/Playground -o FOLDER, and name FOLDER/wwwroot.");
            return 2;
        }
        if (pictures is not null) Directory.CreateDirectory(pictures);
        await using IBrowser browser = await Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = chromium, Headless = true, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        });
        // Below a path, as a course would host it.
        using var site = new StaticFiles(folder, "/courses/learning/");
        return await new PlaygroundTests(browser, site, pictures).All();
    }

    async Task<int> All()
    {
        var clock = Stopwatch.StartNew();
        await Test("the first load", FirstLoad);
        await Test("the lecture's numbers", LecturesNumbers);
        await Test("every function of the gallery", Gallery);
        await Test("forth and back by key, button and slider", Steps);
        await Test("a text that is no function", NoFunction);
        await Test("the address holds function, values and step", Addresses);
        await Test("overwrite instead of add", Overwrite);
        await Test("predictions, directions, four ways, second derivatives", Questions);
        await Test("rows: highlight and order", Rows);
        await Test("typing", Times);
        await Test("windows, light and dark, axe", Windows);
        await Test("without a network", Offline);
        Console.WriteLine(Invariant($"{_passed} passed, {_failed} failed in {clock.Elapsed.TotalSeconds:0.0} s"));
        Console.WriteLine(Invariant($"{_passed} passed, {_failed} failed"));
        return _failed == 0 ? 0 : 1;
    }

    async Task Test(string name, Func<Task> test)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await test();
        }
        catch (Exception e) when (e is PuppeteerException or InvalidOperationException or TimeoutException)
        {
            _problems.Add(e.Message);
        }
        if (_problems.Count == 0) _passed++;
        else _failed++;
        string time = Invariant($"{clock.Elapsed.TotalSeconds:0.0} s");
        Console.WriteLine(_problems.Count == 0 ? $"fine: {name}, {time}" : $"FAILED: {name}, {time}\n  {string.Join("\n  ", _problems.Take(8))}");
        _problems.Clear();
    }

    void Equal(string what, string? is_, string expected)
    {
        if (is_ != expected) _problems.Add($"{what}: the page shows {is_ ?? "nothing"}, expected {expected}");
    }

    async Task FirstLoad()
    {
        _page = await browser.NewPageAsync();
        _page.Console += (_, e) =>
        {
            if (e.Message.Type == ConsoleType.Error) _problems.Add($"console: {e.Message.Text}");
        };
        _page.PageError += (_, e) => _problems.Add($"script: {e.Message}");
        _page.Request += (_, e) =>
        {
            if (!e.Request.Url.StartsWith(site.Address, StringComparison.Ordinal) && !e.Request.Url.StartsWith("data:", StringComparison.Ordinal))
                _problems.Add($"a request elsewhere: {e.Request.Url}");
        };
        await _page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
        await _page.EvaluateFunctionOnNewDocumentAsync("""
            () => {
              window.said = new Set();
              addEventListener("DOMContentLoaded", () => {
                const doing = document.getElementById("doing");
                if (doing) new MutationObserver(() => window.said.add(doing.textContent)).observe(doing, { childList: true, characterData: true, subtree: true });
              });
            }
            """);
        await _page.GoToAsync(site.Address, WaitUntilNavigation.DOMContentLoaded);
        await _page.WaitForSelectorAsync("#a2");
        string[] said = await _page.EvaluateExpressionAsync<string[]>("[...window.said]");
        if (!said.Any(one => one.Contains(" files", StringComparison.Ordinal))) _problems.Add($"it does not say what it loads, but {string.Join("; ", said)}");
        if (site.Bytes > 6_000_000) _problems.Add(Invariant($"the first load is {site.Bytes / 1e6:0.0} MB, more than 6"));
        Console.WriteLine(Invariant($"      {site.Bytes / 1e6:0.00} MB were sent for the first screen"));
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
            await _page.SelectAsync("#gallery", i.ToString(CultureInfo.InvariantCulture));
            await _page.WaitForFunctionAsync("text => document.getElementById('formula').value === text", FunctionGallery.All[i].Text);
            await SameAsTheLibrary(FunctionGallery.All[i]);
        }
    }

    // Values, tangents and adjoints in the table and in the graph.
    async Task SameAsTheLibrary(GalleryFunction one)
    {
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse(one.Text), one.At);
        string[][] rows = await _page.EvaluateExpressionAsync<string[][]>(
            "[...document.querySelectorAll('table.values tbody tr')].map(row => [...row.cells].slice(1, 4).map(cell => cell.textContent))");
        string[][] boxes = await _page.EvaluateExpressionAsync<string[][]>(
            "[...document.querySelectorAll('.node')].map(box => ['.value', '.tangent', '.adjoint'].map(part => " +
            "[...box.querySelector(part).childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('').trim()))");
        string[][] expected =
        [
            .. trace.Rows.Select(row => new[] { row.Value.Item(), row.Tangents[0].Item(), row.Adjoint?.Item() ?? 0 }.Select(Shown).ToArray()),
        ];
        Equal($"{one.Name}, table", JsonSerializer.Serialize(rows), JsonSerializer.Serialize(expected));
        Equal($"{one.Name}, graph", JsonSerializer.Serialize(boxes), JsonSerializer.Serialize(expected));
        string[] partials = await _page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.partial')].map(one => one.textContent)");
        Equal($"{one.Name}, edges", string.Join(" ", partials.Order(StringComparer.Ordinal)),
            string.Join(" ", trace.Edges.Where(edge => edge.Partial is not null).Select(edge => Shown(edge.Partial!.Value.Item())).Order(StringComparer.Ordinal)));
        double[][] overlaps = await _page.EvaluateFunctionAsync<double[][]>(Overlaps);
        if (overlaps.Length > 0) _problems.Add($"{one.Name}: texts overlap in the graph at {JsonSerializer.Serialize(overlaps)}");
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
        await _page.EvaluateExpressionAsync("document.activeElement.blur()");
        await _page.Keyboard.PressAsync("Home");
        await Until("#a2", "");
        Walkthrough walk = Walkthrough.Of(FunctionTrace.Of(FunctionText.Parse("ln(x1)+x1*x2-sin(x2)"), [2, 5]), Sweep.Adjoints);
        for (int i = 0; i < walk.Steps.Count; i++)
        {
            await _page.Keyboard.PressAsync("ArrowRight");
            Equal($"step {i}", await Text("#sentence"), walk.Words(i));
            Equal($"line of step {i}", await Text(".listing li.now code"), walk.Listing[walk.Steps[i].Line].Trim());
            Equal($"node_to_grad[v2] after step {i}", await Text("#l2"),
                walk.NodeToGrad(2, i) is { } list ? $"[{string.Join(", ", list.Select(Shown))}]" : "");
        }
        Equal("the adjoint of x2", await Text("#a2"), "1.716");
        await _page.ClickAsync("#back");
        await _page.ClickAsync("#back");
        Equal("after two steps back", await Text("#a1"), "");
        await _page.EvaluateExpressionAsync("{ const step = document.getElementById('step'); step.value = 1; step.dispatchEvent(new Event('input', { bubbles: true })); }");
        Equal("the slider at 1", await Text(".listing li.now code"), walk.Listing[0]);
        await _page.ClickAsync(".segments .tangents");
        await _page.EvaluateExpressionAsync("document.activeElement.blur()");
        await _page.Keyboard.PressAsync("End");
        Equal("the tangent of the result", await Text("#t7"), "5.5");
        await _page.ClickAsync(".segments .values");
        Equal("values are not known at the start", await Text("#v7"), "");
    }

    async Task NoFunction()
    {
        await Open(Lecture + "&x1=2&x2=5");
        foreach ((string text, string marked) in new[] { ("ln(x1) + * x2", "*"), ("ln(x1) + x3x1*", "\u00a0"), ("sine(x1)", "sine"), ("3*(x1", "(") })
        {
            await Type(text);
            await _page.WaitForSelectorAsync("mark");
            Equal(text, await Text("mark"), marked);
            FunctionText.TryParse(text, out _, out FunctionTextException? error);
            if ((await Text("#formula-says"))?.Contains(error!.Message, StringComparison.Ordinal) != true) _problems.Add($"{text}: the message is not shown");
        }
        Equal("the last function stays", await Text("#a2"), "1.716");
        await Type("x1*x2");
        await Until("#v3", "10");
    }

    async Task Addresses()
    {
        await Open(Lecture + "&x1=2&x2=3");
        Equal("the adjoint of x2 at 3", await Text("#a2"), Shown(2 - Math.Cos(3)));
        await _page.EvaluateExpressionAsync("{ const x = document.getElementById('slide-x2'); x.value = 5; x.dispatchEvent(new Event('input', { bubbles: true })); }");
        await Until("#a2", "1.716");
        string address = await _page.EvaluateExpressionAsync<string>("location.hash");
        if (!address.Contains("x2=5", StringComparison.Ordinal)) _problems.Add($"the address is {address} after the slider");
        await Open("f=ln(x1)%20%2B%20x1*x2%20-%20sin(x2)&x1=2&x2=5&view.sweep=tangents&view.step=4&tangent.x1=0&tangent.x2=1");
        Equal("the tangent of v4 for x2", await Text("#t4"), "2");
        Equal("v5 is not reached", await Text("#t5"), "");
        // Another page with the same address shows the same.
        Equal("the address after loading", await _page.EvaluateExpressionAsync<string>("location.hash.includes('tangents') ? 'tangents' : location.hash"), "tangents");
    }

    async Task Overwrite()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await _page.ClickAsync("#overwrite");
        await Until("#a2", "2");
        Equal("the adjoint of x1", await Text("#a1"), "0.5");
        Equal("struck out", string.Join(" ", (await _page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.on-wire.lost')].map(one => one.textContent)")).Order(StringComparer.Ordinal)),
            $"5 {Shown(-Math.Cos(5))}");
        await _page.ClickAsync("#overwrite");
        await Until("#a2", "1.716");
    }

    // Predicted numbers are graded by the drills' matcher; a direction and an adjoint are chosen; the ways agree; second derivatives.
    async Task Questions()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await _page.ClickAsync("#predict");
        await _page.ClickAsync("#forth");
        await _page.ClickAsync("#forth");
        for (int i = 0; i < 4; i++) await _page.ClickAsync(".ask button[type=button]");
        Equal("nothing is given away", await Text("#l2"), "");
        await Answer("2");
        DrillCell cell = FunctionTrace.Of(FunctionText.Parse("ln(x1)+x1*x2-sin(x2)"), [2, 5]).Question(2, DrillColumn.Adjoint);
        await Until("#verdict", FunctionTrace.Pretty(cell.Explain(2)[0].Explanation));
        await Answer("1,72");
        await Until("#a2", "1.716");
        await _page.ClickAsync("#predict");

        await _page.ClickAsync(".segments .tangents");
        await _page.ClickAsync(".quick button:nth-of-type(2)");
        await _page.EvaluateExpressionAsync("document.activeElement.blur()");
        await _page.Keyboard.PressAsync("End");
        Equal("the tangent by x2", await Text("#t7"), "1.716");

        await _page.SelectAsync("#gallery", FunctionGallery.All.ToList().FindIndex(one => one.Name.StartsWith("Softmax", StringComparison.Ordinal)).ToString(CultureInfo.InvariantCulture));
        await _page.ClickAsync(".segments .adjoints");
        await _page.ClickAsync(".quick button:nth-of-type(2)");
        await _page.EvaluateExpressionAsync("document.activeElement.blur()");
        await _page.Keyboard.PressAsync("End");
        double p = 1 / (1 + Math.E);
        Equal("the other row of the Jacobian", await Text("#a1"), Shown(-p * (1 - p)));

        await Open(Lecture + "&x1=2&x2=5");
        // They follow a moment later.
        await _page.WaitForFunctionAsync("() => document.querySelector('table.ways td')?.textContent.startsWith('1.716')", new WaitForFunctionOptions { Timeout = 5000 });
        string[] ways = await _page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('table.ways tbody tr')].map(row => row.cells[1].textContent.slice(0, 5))");
        Equal("four ways", string.Join(" ", ways), "1.716 1.716 1.716 1.716 1.716");
        await _page.ClickAsync(".extension summary");
        await _page.WaitForSelectorAsync("#hessian");
        string[] second = await _page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('#hessian td')].map(cell => cell.textContent)");
        Equal("second derivatives", string.Join(" ", second), $"−0.25 1 1 {Shown(Math.Sin(5))}");
        await _page.ClickAsync(".extension summary");
    }

    // The table's rows: hover lights a value everywhere; another order is taken if it is topological.
    async Task Rows()
    {
        await Open(Lecture + "&x1=2&x2=5");
        await _page.HoverAsync("tr[data-row='4']");
        Equal("what is lit", string.Join(" ", await _page.EvaluateExpressionAsync<string[]>(
            "[...new Set([...document.querySelectorAll('[data-lit]')].map(one => one.matches('tr') ? 'row' : one.matches('.node') ? 'box' : one.matches('.wire') ? 'edge' : 'number'))].sort()")),
            "box edge number row");
        await _page.ClickAsync("tr[data-row='6'] .moves button");
        Equal("sin after +", await Tex("tr[data-row='6'] tex-math"), @"v_{6} = \sin v_{2}");
        Equal("the adjoint of x2", await Text("#a2"), "1.716");
        await _page.ClickAsync("tr[data-row='4'] .moves button:nth-of-type(2)");
        if ((await Text("#refused"))?.Contains("v₅ = v₃ + v₄ uses v₄", StringComparison.Ordinal) != true) _problems.Add($"moved before what it uses: {await Text("#refused")}");
        Equal("the edge lights up", await _page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('.wire.refused')].map(one => one.dataset.from + one.dataset.to).join()"), "45");
    }

    async Task Answer(string text)
    {
        await _page.EvaluateFunctionAsync(
            "text => { const field = document.getElementById('answer'); field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })); }", text);
        await _page.ClickAsync(".ask button[type=submit]");
    }

    // Times are printed, not judged: the machine may be busy.
    async Task Times()
    {
        await Open(Lecture + "&x1=2&x2=5");
        double[] times = await _page.EvaluateFunctionAsync<double[]>("""
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

    async Task Windows()
    {
        string axe = new BundledAxeScriptProvider().GetScript();
        foreach ((int width, int zoom, string scheme) in new[] { (1280, 1, "light"), (1280, 1, "dark"), (640, 2, "light"), (360, 1, "light"), (360, 1, "dark") })
        {
            await _page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 900, DeviceScaleFactor = zoom });
            await _page.EmulateMediaFeaturesAsync(
            [
                new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme },
                new MediaFeatureValue { MediaFeature = MediaFeature.PrefersReducedMotion, Value = "reduce" },
            ]);
            await Open(Lecture + "&x1=2&x2=5&view.step=12");
            await _page.EvaluateExpressionAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
            string where = Invariant($"{width} pixels, {scheme}: ");
            _problems.AddRange((await _page.EvaluateFunctionAsync<string[]>(Browser.FitsTheWindow)).Select(one => where + one));
            if ((width, scheme) is (640, "light") or (360, "dark")) _problems.AddRange((await Browser.Axe(_page, axe)).Select(one => where + one));
            if (pictures is not null)
                await _page.ScreenshotAsync(Path.Combine(pictures, Invariant($"function-{width}-{scheme}.png")), new ScreenshotOptions { FullPage = true });
        }
    }

    async Task Offline()
    {
        // The worker has everything when it is active.
        await _page.EvaluateExpressionAsync("navigator.serviceWorker.ready.then(() => true)");
        site.Dispose();
        await _page.GoToAsync("about:blank");
        await _page.GoToAsync(site.Address + "#" + Lecture + "&x1=2&x2=5");
        await _page.WaitForSelectorAsync("#a2");
        Equal("the adjoint of x2", await Text("#a2"), "1.716");
    }

    async Task Open(string address)
    {
        await _page.EvaluateFunctionAsync("address => { location.hash = ''; location.hash = address; }", address);
        await _page.EvaluateExpressionAsync("new Promise(done => setTimeout(done, 30))");
    }

    Task Type(string text) => _page.EvaluateFunctionAsync(
        "text => { const field = document.getElementById('formula'); field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })); }", text);

    async Task<string?> Text(string selector) =>
        (await _page.EvaluateFunctionAsync<string?>("selector => document.querySelector(selector)?.textContent", selector))?.Trim(' ', '\n', '\r');

    Task<string?> Tex(string selector) => _page.EvaluateFunctionAsync<string?>("selector => document.querySelector(selector)?.getAttribute('tex')", selector);

    async Task Until(string selector, string expected)
    {
        try
        {
            await _page.WaitForFunctionAsync("(selector, text) => document.querySelector(selector)?.textContent.trim() === text",
                new WaitForFunctionOptions { Timeout = 3000 }, selector, expected);
        }
        catch (Exception e) when (e is WaitTaskTimeoutException or TimeoutException)
        {
            Equal(selector, await Text(selector), expected);
        }
    }

    static string Shown(double number) => FunctionTrace.Shown(number).Replace('-', '−');
}
