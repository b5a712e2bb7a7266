using System.Diagnostics;
using System.Text;
using Deque.AxeCore.Commons;
using MyTorch.Teaching;
using PuppeteerSharp;
using PuppeteerSharp.PageAccessibility;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>The tests of one page of the playground.</summary>
internal abstract class PageTests(Learner learner)
{
    /// <summary>Runs all tests of the page.</summary>
    public abstract Task All();

    protected Learner Learner => learner;

    protected IPage Page => learner.Page;

    protected List<string> Problems => learner.Problems;

    protected Task Test(string name, Func<Task> test) => learner.Test(name, test);

    protected void Equal(string what, string? shown, string expected)
    {
        if (shown != expected) Problems.Add($"{what}: the page shows {shown ?? "nothing"}, expected {expected}");
    }

    /// <summary>Looks at an address in wide and narrow windows, light and dark: nothing overflows, axe finds nothing, a picture of each is
    /// kept.</summary>
    protected async Task Windows(string name, string address)
    {
        string axe = new BundledAxeScriptProvider().GetScript();
        foreach ((int width, int zoom, string scheme) in new[]
        {
            (1280, 1, "light"), (1280, 1, "dark"), (640, 2, "light"), (360, 1, "light"), (360, 1, "dark"),
        })
        {
            // The other two only differ in colours, which are for the eye.
            if (learner.Pictures is null && (width, scheme) is (1280, "dark") or (360, "light")) continue;
            await Page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 900, DeviceScaleFactor = zoom });
            await Page.EmulateMediaFeaturesAsync(
            [
                new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme },
                new MediaFeatureValue { MediaFeature = MediaFeature.PrefersReducedMotion, Value = "reduce" },
            ]);
            await Open(address);
            await Page.EvaluateExpressionAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
            string where = Invariant($"{name}, {width} pixels, {scheme}: ");
            Problems.AddRange((await Page.EvaluateFunctionAsync<string[]>(Browser.FitsTheWindow)).Select(one => where + one));
            if (width == 360) Problems.AddRange((await Page.EvaluateExpressionAsync<string[]>(SmallTargets)).Select(one => where + one));
            string[] words = await Page.EvaluateExpressionAsync<string[]>(
                "[...new Set([...document.querySelectorAll('[data-what]')].map(one => one.dataset.what))]");
            Problems.AddRange(words.Where(word => Glossary.Find(word) is null).Select(
                word => $"{where}data-what=\"{word}\" is not a word of the glossary"));
            if ((width, scheme) is (640, "light") or (360, "dark"))
                Problems.AddRange((await Browser.Axe(Page, axe)).Select(one => where + one));
            // What follows a moment later is on the picture too.
            if (learner.Pictures is not null) await Task.Delay(1500);
            if (learner.Pictures is not null)
                await Page.ScreenshotAsync(
                    Path.Combine(learner.Pictures, Invariant($"{name}-{width}-{scheme}.png")), new ScreenshotOptions { FullPage = true });
        }
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
    }

    // What a finger is to hit: a control without its label counts with it; a number of a matrix is as large as a finger's tip.
    const string SmallTargets = """
        [...document.querySelectorAll("a[href], button, input, select, summary, [role=grid] td")].filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".sr, [aria-hidden=true]") && !one.matches(".skip"))
          .map(one => {
            const box = (one.matches("[type=radio], [type=checkbox]") ? one.closest("label") ?? one : one).getBoundingClientRect(), least = one.matches("td") ? 35 : 23.5;
            return Math.min(box.width, box.height) < least ? `${one.id || one.className || one.tagName} "${one.textContent.trim().slice(0, 30)}" is ${Math.round(box.width)} x ${Math.round(box.height)} pixels` : null;
          }).filter(Boolean).slice(0, 4)
        """;

    static readonly HashSet<string> s_operable =
    [
        "button", "link", "slider", "spinbutton", "textbox", "combobox", "checkbox", "radio", "radiogroup", "progressbar", "image", "img",
        "region", "navigation",
    ];

    /// <summary>Reads an address as a screen reader does: all that can be operated has a name, and headings leave out no level.</summary>
    /// <remarks>With <c>--keep</c> what is read is kept as a text, to be listened to by a person.</remarks>
    protected async Task ByEar(string name, string address)
    {
        await Open(address);
        SerializedAXNode root = await Page.Accessibility.SnapshotAsync();
        var text = new StringBuilder();
        int level = 0;
        Read(root, 0);
        if (learner.Pictures is not null)
            await File.WriteAllTextAsync(Path.Combine(learner.Pictures, $"{name}-by-ear.txt"), text.ToString());

        void Read(SerializedAXNode node, int depth)
        {
            text.Append(' ', 2 * depth).Append(node.Role).Append(": ").Append(node.Name)
                .Append(string.IsNullOrEmpty(node.ValueText ?? node.Value) ? "" : $" = {node.ValueText ?? node.Value}")
                .Append(string.IsNullOrEmpty(node.Description) ? "" : $" ({node.Description})").Append('\n');
            if (s_operable.Contains(node.Role) && string.IsNullOrWhiteSpace(node.Name)) Problems.Add($"{name}: a {node.Role} has no name");
            if (node.Role == "heading")
            {
                if (node.Level > level + 1) Problems.Add($"{name}: the heading {node.Name} has level {node.Level} after {level}");
                level = node.Level;
            }
            foreach (SerializedAXNode child in node.Children ?? []) Read(child, depth + 1);
        }
    }

    /// <summary>Opens an address of the playground, given without #.</summary>
    protected async Task Open(string address)
    {
        await Page.EvaluateFunctionAsync("address => { location.hash = 'page='; location.hash = address; }", address);
        await Page.EvaluateExpressionAsync("new Promise(done => setTimeout(done, 30))");
        await Page.WaitForFunctionAsync("() => !document.querySelector('#main[aria-busy=true]')");
    }

    /// <summary>Types a text into a field, or moves a slider.</summary>
    protected Task Type(string id, string text) => Page.EvaluateFunctionAsync(
        "(id, text) => { const field = document.getElementById(id); field.value = text; field.dispatchEvent(new Event('input', { " +
            "bubbles: true })); }", id, text);

    /// <summary>Every word that the open page offers to explain is in the glossary.</summary>
    protected async Task EveryWordIsExplained(string selector)
    {
        await Page.WaitForSelectorAsync(selector);
        string[] words = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('[data-what]')].map(one => one.dataset.what)");
        if (words.Length == 0) Problems.Add("nothing can be explained");
        Problems.AddRange(words.Distinct().Where(word => Glossary.Find(word) is null).Select(word => $"the glossary has no {word}"));
    }

    /// <summary>The text of an element; null if there is none.</summary>
    protected async Task<string?> Text(string selector) =>
        (await Page.EvaluateFunctionAsync<string?>("selector => document.querySelector(selector)?.textContent", selector))?.Trim(
            ' ', '\n', '\r');

    /// <summary>The formula of an element as TeX.</summary>
    protected Task<string?> Tex(string selector) =>
        Page.EvaluateFunctionAsync<string?>("selector => document.querySelector(selector)?.getAttribute('tex')", selector);

    /// <summary>Waits until something holds; names it as a problem after the time.</summary>
    protected async Task Until(string what, Func<Task<bool>> holds, int milliseconds = 20_000)
    {
        var clock = Stopwatch.StartNew();
        while (!await holds())
        {
            if (clock.ElapsedMilliseconds > milliseconds)
            {
                Problems.Add(Invariant($"{what}: not so after {milliseconds} ms"));
                return;
            }
            await Task.Delay(30);
        }
    }

    /// <summary>Waits until an element has this text.</summary>
    protected async Task Until(string selector, string expected)
    {
        try
        {
            await Page.WaitForFunctionAsync("(selector, text) => document.querySelector(selector)?.textContent.trim() === text",
                new WaitForFunctionOptions { Timeout = 20_000 }, selector, expected);
        }
        catch (Exception e) when (e is WaitTaskTimeoutException or TimeoutException)
        {
            Equal(selector, await Text(selector), expected);
        }
    }
}
