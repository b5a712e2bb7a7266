using System.Text.Json;
using Deque.AxeCore.Commons;
using PuppeteerSharp;
using PuppeteerSharp.Media;
using static System.FormattableString;

namespace BrowserTests;

/// <summary>Opens each page in Chromium, wide, narrow and zoomed, light and dark, and looks for what is not in order.</summary>
internal static partial class Browser
{
    static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome"];

    // 640 pixels with two device pixels each are a window of 1280 pixels at 200 % zoom.
    static readonly (int Width, int Zoom)[] s_windows = [(1280, 1), (640, 2), (480, 1)];

    // Students read their pages on a telephone.
    static readonly (int Width, int Zoom)[] s_narrowToo = [(1280, 1), (360, 1)];

    /// <summary>The path of Chromium: named by the environment variable CHROMIUM, or found on the PATH; null if there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named) return File.Exists(named) ? named : null;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => s_names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Checks the pages of a folder and prints a line for each; returns the exit code.</summary>
    /// <param name="chromium">The browser.</param>
    /// <param name="reports">Pages with plots.</param>
    /// <param name="texts">Pages without.</param>
    /// <param name="folder">Their folder.</param>
    /// <param name="pictures">Whether to keep a picture of each.</param>
    public static async Task<int> Run(
        string chromium, IReadOnlyList<string> reports, IReadOnlyList<string> texts, string folder, bool pictures)
    {
        int passed = 0, failed = 0;
        // Pages of this repository alone are opened, so that Chromium may run without its sandbox, which root cannot have.
        await using IBrowser browser = await Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = chromium, Headless = true, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        });
        string axe = new BundledAxeScriptProvider().GetScript();
        foreach ((string page, bool plots) in reports.Select(page => (page, true)).Concat(texts.Select(page => (page, false))))
            foreach (var (width, zoom) in plots ? s_windows : s_narrowToo)
                foreach (string scheme in zoom == 1 ? new[] { "light", "dark" } : ["light"])
                {
                    string name = Invariant($"{page}, {width * zoom} pixels{(zoom == 1 ? "" : Invariant($" at {100 * zoom} %"))}, {scheme}");
                    string path = Path.Combine(folder, page + ".html");
                    IReadOnlyList<string> problems = await Problems(browser, path, plots, width, zoom, scheme, axe, pictures
                        ? Path.Combine(folder, Invariant($"{page.Replace('/', '-')}-{width}-{scheme}.png"))
                        : null);
                    if (problems.Count == 0) passed++;
                    else failed++;
                    Console.WriteLine(problems.Count == 0 ? $"fine: {name}" : $"FAILED: {name}\n  {string.Join("\n  ", problems)}");
                }
        Console.WriteLine(Invariant($"{passed} passed, {failed} failed"));
        return failed == 0 ? 0 : 1;
    }

    static async Task<IReadOnlyList<string>> Problems(
        IBrowser browser, string path, bool plots, int width, int zoom, string scheme, string axe, string? picture)
    {
        var problems = new List<string>();
        await using IPage page = await browser.NewPageAsync();
        string address = new Uri(path).AbsoluteUri;
        page.Console += (_, e) =>
        {
            if (e.Message.Type == ConsoleType.Error) problems.Add($"console: {e.Message.Text}");
        };
        page.PageError += (_, e) => problems.Add($"script: {e.Message}");
        page.Dialog += async (_, e) =>
        {
            problems.Add($"a script of the data ran: {e.Dialog.Message}");
            await e.Dialog.Dismiss();
        };
        page.Request += (_, e) =>
        {
            if (e.Request.Url != address && !e.Request.Url.StartsWith("data:", StringComparison.Ordinal))
                problems.Add($"request: {e.Request.Url}");
        };
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 900, DeviceScaleFactor = zoom });
        await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme }]);
        await page.GoToAsync(address, WaitUntilNavigation.Load);

        if (plots) problems.AddRange(await page.EvaluateFunctionAsync<string[]>(PlotsMatchTables));
        // Another window draws the plots again.
        await page.SetViewportAsync(new ViewPortOptions { Width = width - 100, Height = 900, DeviceScaleFactor = zoom });
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 900, DeviceScaleFactor = zoom });
        await page.EvaluateExpressionAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        if (plots) problems.AddRange(await page.EvaluateFunctionAsync<string[]>(PlotsMatchTables));
        problems.AddRange(await page.EvaluateFunctionAsync<string[]>(FitsTheWindow));
        if (!plots && scheme == "light" && width > 480)
            problems.AddRange(await OnPaper(page, isSheet: path.Contains("/sheets/", StringComparison.Ordinal)));
        // What is folded must be in order too.
        await page.EvaluateExpressionAsync("document.querySelectorAll('details').forEach(one => { one.open = true; })");
        problems.AddRange(await Axe(page, axe));
        if (picture is not null)
        {
            await page.EvaluateExpressionAsync("document.querySelectorAll('details').forEach(one => { one.open = false; })");
            await page.ScreenshotAsync(picture, new ScreenshotOptions { FullPage = true });
            if (scheme == "dark")
                await page.PdfAsync(Path.ChangeExtension(picture, ".pdf"),
                    new PdfOptions { Format = PaperFormat.A4, PrintBackground = false });
        }
        return problems;
    }

    // An A4 page of 96 pixels an inch is 794 wide. A sheet is one page, and with its answers two.
    static async Task<IReadOnlyList<string>> OnPaper(IPage page, bool isSheet)
    {
        var problems = new List<string>();
        await page.EmulateMediaTypeAsync(MediaType.Print);
        await page.SetViewportAsync(new ViewPortOptions { Width = 794, Height = 1123 });
        problems.AddRange((await page.EvaluateFunctionAsync<string[]>(FitsTheWindow)).Select(problem => $"print: {problem}"));
        if (isSheet)
        {
            if (await Pages() is not 1 and var one) problems.Add($"print: the sheet has {one} pages");
            await page.EvaluateExpressionAsync("document.querySelectorAll('details').forEach(one => { one.open = true; })");
            if (await Pages() is not 2 and var two) problems.Add($"print: the sheet with its answers has {two} pages");
            await page.EvaluateExpressionAsync("document.querySelectorAll('details').forEach(one => { one.open = false; })");
        }
        await page.EmulateMediaTypeAsync(MediaType.Screen);
        await page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
        return problems;

        async Task<int> Pages() => PageOfPdf().Count(System.Text.Encoding.Latin1.GetString(await page.PdfDataAsync(new PdfOptions
        {
            Format = PaperFormat.A4, MarginOptions = new MarginOptions { Top = "12mm", Bottom = "12mm", Left = "12mm", Right = "12mm" },
        })));
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"/Type\s*/Page\b")]
    private static partial System.Text.RegularExpressions.Regex PageOfPdf();

    /// <summary>What axe finds on a page.</summary>
    internal static async Task<IEnumerable<string>> Axe(IPage page, string script)
    {
        await page.EvaluateExpressionAsync(script);
        string found = await page.EvaluateFunctionAsync<string>(
            "async () => JSON.stringify((await axe.run()).violations.map(v => ({ id: v.id, impact: v.impact, help: v.help, where: " +
            "v.nodes[0].target.join(' '), html: v.nodes[0].html.slice(0, 160), why: v.nodes[0].failureSummary ?? '' })))");
        return JsonDocument.Parse(found).RootElement.EnumerateArray().Select(violation =>
            $"axe: {violation.GetProperty("impact")}: {violation.GetProperty("id")}: {violation.GetProperty("help")}: " +
            $"{violation.GetProperty("where")}: {violation.GetProperty("html")}: {violation.GetProperty("why")}").ToArray();
    }

    // The plot's numbers are those of the table, and something is drawn.
    const string PlotsMatchTables = """
        () => {
          const problems = [], figures = [...document.querySelectorAll("figure[data-plot]")];
          if (figures.length === 0) problems.push("plots: the page has none");
          for (const figure of figures) {
            const title = figure.querySelector("h3").textContent, table = figure.querySelector(":scope > details table"),
                plot = figure.plot;
            if (!plot) { problems.push(`plots: "${title}" is not drawn`); continue; }
            const rows = [...table.tBodies[0].rows];
            if (plot.data[0].length !== rows.length)
                problems.push(`plots: "${title}" has ${plot.data[0].length} points and ${rows.length} rows`);
            const drawnColumns = Number(figure.dataset.drawn ?? 99);
            rows.forEach((row, r) => [...row.cells].slice(0, drawnColumns).forEach((cell, c) => {
              const text = cell.textContent, drawn = plot.data[c]?.[r] ?? null, number = text === "" ? null : Number(text);
              if (drawn !== number && Number.isFinite(number ?? 0))
                  problems.push(`plots: "${title}", row ${r}, column ${c}: ${drawn} is drawn, ${text} is written`);
            }));
            const canvas = figure.querySelector("canvas"),
                pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            if (!pixels.some(value => value !== 0)) problems.push(`plots: "${title}" is empty`);
          }
          return problems.slice(0, 10);
        }
        """;

    // Wide tables scroll inside themselves.
    internal const string FitsTheWindow = """
        () => {
          const width = document.documentElement.clientWidth, wide = document.documentElement.scrollWidth;
          if (wide <= width) return [];
          const out = [...document.querySelectorAll("main *")].filter(
              one => one.getBoundingClientRect().right > width + 1 && !one.closest(".wide, pre, .canvas")).slice(0, 3);
          return [`window: the page is ${wide} pixels wide in a window of ${width}: ${out.map(one => one.outerHTML.slice(0, 100)).join(
              "; ")}`];
        }
        """;
}
