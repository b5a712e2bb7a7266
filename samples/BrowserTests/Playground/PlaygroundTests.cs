using System.Diagnostics;
using System.Text.Json;
using PuppeteerSharp;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>Uses the published playground in Chromium as a learner does, and compares what it shows with the library.</summary>
internal sealed class PlaygroundTests(Learner learner, StaticFiles site, string? only) : PageTests(learner)
{
    /// <summary>Tests the files of a folder, or the page <paramref name="only"/> of them, and prints a line for each test; returns the
    /// exit code.</summary>
    public static async Task<int> Run(string chromium, string folder, string? only, string? pictures)
    {
        if (!File.Exists(Path.Combine(folder, "index.html")))
        {
            Console.Error.WriteLine($"{folder} has no index.html: publish the playground, dotnet publish samples/Playground -o FOLDER, " +
                $"and name FOLDER/wwwroot.");
            return 2;
        }
        if (pictures is not null) Directory.CreateDirectory(pictures);
        await using IBrowser browser = await Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = chromium, Headless = true, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        });
        // Below a path, as a course would host it.
        using var site = new StaticFiles(folder, "/courses/learning/");
        var clock = Stopwatch.StartNew();
        var learner = new Learner(await browser.NewPageAsync(), pictures);
        await new PlaygroundTests(learner, site, only).All();
        Console.WriteLine(Invariant($"{learner.Passed} passed, {learner.Failed} failed in {clock.Elapsed.TotalSeconds:0.0} s"));
        Console.WriteLine(Invariant($"{learner.Passed} passed, {learner.Failed} failed"));
        return learner.Failed == 0 ? 0 : 1;
    }

    public override async Task All()
    {
        await Test("the first load", FirstLoad);
        if (only is null or "function") await Test("the first load on a slow line", SlowLoad);
        (string Name, PageTests Tests)[] pages =
        [
            ("function", new FunctionTests(Learner)),
            ("function", new FunctionReadingTests(Learner)),
            ("shell", new ShellTests(Learner)),
            ("shapes", new ShapesTests(Learner)),
            ("network", new NetworkTests(Learner)),
            ("explain", new NetworkExplainTests(Learner)),
            ("cost", new CostTests(Learner)),
            ("puzzles", new PuzzleTests(Learner)),
            ("lessons", new LessonTests(Learner)),
            ("instructors", new InstructorTests(Learner)),
        ];
        foreach ((string name, PageTests tests) in pages)
            if (only is null || only == name) await tests.All();
        if (only is null) await Test("without a network", Offline);
    }

    async Task FirstLoad()
    {
        Page.Console += (_, e) =>
        {
            if (e.Message.Type == ConsoleType.Error) Problems.Add($"console: {e.Message.Text}");
        };
        Page.PageError += (_, e) => Problems.Add($"script: {e.Message}");
        Page.Request += (_, e) =>
        {
            if (!e.Request.Url.StartsWith(site.Address, StringComparison.Ordinal)
                && !e.Request.Url.StartsWith("data:", StringComparison.Ordinal))
                Problems.Add($"a request elsewhere: {e.Request.Url}");
        };
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
        await Page.EvaluateFunctionOnNewDocumentAsync("""
            () => {
              window.said = new Set();
              addEventListener("DOMContentLoaded", () => {
                const doing = document.getElementById("doing");
                if (doing) new MutationObserver(() => window.said.add(doing.textContent)).observe(doing, { childList: true, characterData: true, subtree: true });
              });
            }
            """);
        await Page.GoToAsync(site.Address, WaitUntilNavigation.DOMContentLoaded);
        await Page.WaitForSelectorAsync("#a2");
        string[] said = await Page.EvaluateExpressionAsync<string[]>("[...window.said]");
        if (!said.Any(one => one.Contains(" files", StringComparison.Ordinal)))
            Problems.Add($"it does not say what it loads, but {string.Join("; ", said)}");
        if (site.Bytes > 6_000_000) Problems.Add(Invariant($"the first load is {site.Bytes / 1e6:0.0} MB, more than 6"));
        Console.WriteLine(Invariant($"      {site.Bytes / 1e6:0.00} MB were sent for the first screen"));
    }

    // 3.2 megabits a second with 150 ms on the way, and nothing in the browser's cache.
    async Task SlowLoad()
    {
        await using IBrowserContext context = await Page.Browser.CreateBrowserContextAsync();
        await using IPage slow = await context.NewPageAsync();
        await slow.EmulateNetworkConditionsAsync(new NetworkConditions { Download = 400_000, Upload = 100_000, Latency = 150 });
        await slow.EvaluateFunctionOnNewDocumentAsync("""
            () => {
              window.said = [];
              addEventListener("DOMContentLoaded", () => {
                const doing = document.getElementById("doing"), say = () => window.said.push([performance.now(), doing.textContent]);
                say();
                new MutationObserver(say).observe(doing, { childList: true, characterData: true, subtree: true });
              });
            }
            """);
        await slow.GoToAsync(site.Address, new NavigationOptions { WaitUntil = [WaitUntilNavigation.DOMContentLoaded], Timeout = 60_000 });
        await slow.WaitForSelectorAsync("#a2", new WaitForSelectorOptions { Timeout = 60_000 });
        double ready = await slow.EvaluateExpressionAsync<double>("performance.now()");
        JsonElement[] said = [.. JsonDocument.Parse(
            await slow.EvaluateExpressionAsync<string>("JSON.stringify(window.said)")).RootElement.EnumerateArray()];
        (double At, string Text)[] lines = [.. said.Select(one => (one[0].GetDouble(), one[1].GetString()!)).DistinctBy(one => one.Item2)];
        string[] loading = [.. lines.Select(one => one.Text).Where(text => text.Contains(" files, ", StringComparison.Ordinal))];
        if (loading.Length < 5) Problems.Add($"it says what it loads {loading.Length} times: " +
            $"{string.Join("; ", lines.Select(one => one.Text))}");
        if (lines.Length == 0 || lines[0].Text.Length == 0) Problems.Add("it says nothing at first");
        else
        {
            double[] times = [.. lines.Select(one => one.At), ready];
            double silence = times.Skip(1).Zip(times, (next, before) => next - before).Max();
            Console.WriteLine(Invariant($"      it says something after {times[0] / 1000:0.0} s, {lines.Length} times in all; ") +
                Invariant($"the longest silence is {silence / 1000:0.0} s; ready after {ready / 1000:0.0} s"));
        }
    }

    async Task Offline()
    {
        // The worker has everything when it is active.
        await Page.EvaluateExpressionAsync("navigator.serviceWorker.ready.then(() => true)");
        site.Dispose();
        await Page.GoToAsync("about:blank");
        await Page.GoToAsync(site.Address + "#" + FunctionTests.Lecture + "&x1=2&x2=5");
        await Page.WaitForSelectorAsync("#a2");
        Equal("the adjoint of x2", await Text("#a2"), "1.716");
    }
}
