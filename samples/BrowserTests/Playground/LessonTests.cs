using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PuppeteerSharp;
using static System.FormattableString;
using LessonPrograms = global::Playground.Lessons.LessonPrograms;

namespace BrowserTests.Playground;

/// <summary>The page of lessons: each runs in the browser and prints what it prints here.</summary>
internal sealed partial class LessonTests(Learner learner) : PageTests(learner)
{
    /// <summary>
    /// Lines whose numbers are times, or bytes that the runtime allocates: they differ from machine to machine. The words of these lines
    /// are compared, and the list may only become shorter.
    /// </summary>
    static readonly Dictionary<string, string> s_measured = new()
    {
        // What is allocated also depends on the width of a pointer, which is 4 bytes in WebAssembly.
        ["12-the-real-engine"] = @"^  (?:lesson 04|MyTorch) +\d+ +\d+ |^  x\.(?:MatMul|Linear)|time|[Bb]ytes|Backward in step"
            + "|^  (?:tensors|scopes|gradient memory|fused rules) ",
        ["13-what-a-step-costs"] = @"^  \d+-\d+.* %$",
    };

    static readonly string s_repository = Repository();

    public override async Task All()
    {
        await Test("lessons: the list has every program", List);
        await Test("lessons: one is also what dotnet run prints", AlsoByItself);
        foreach (string name in LessonPrograms.Names) await Test($"lessons: {name} prints the same", () => Runs(name));
        await Test("lessons: from one to the next, and back to what was printed", Way);
        await Test("lessons: a run can be ended", Stops);
        await Test("lessons: windows of the list", () => Windows("lessons", "page=lessons&lesson=all"));
        await Test("lessons: windows, light and dark, axe", RunAndLook);
    }

    async Task List()
    {
        await Open("page=lessons&lesson=all");
        await Page.WaitForSelectorAsync(".lesson-list a");
        string[] keys = await Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.lesson-list a')].map(one => one.hash.replace('#page=lessons&lesson=', ''))");
        string[] files =
        [
            .. Directory.GetFiles(Path.Combine(s_repository, "samples", "lessons"), "*.cs")
                .Select(file => Path.GetFileNameWithoutExtension(file)).Where(name => name != "drill").Order(StringComparer.Ordinal),
        ];
        Equal("the lessons", string.Join(" ", keys), string.Join(" ", files.Select(Key)));
        Equal("the programs of the build", string.Join(" ", LessonPrograms.Names.Order(StringComparer.Ordinal)), string.Join(" ", files));
    }

    static string Key(string name) => char.IsDigit(name[0]) ? Invariant($"{int.Parse(name[..2], CultureInfo.InvariantCulture)}") : name;

    // The build makes a class of a program; nothing may be changed by that.
    async Task AlsoByItself()
    {
        const string name = "05-why-backward";
        string printed = await Output("dotnet", s_repository, "run", Path.Combine("samples", "lessons", name + ".cs"));
        Same(name, Lines(printed), Lines((await Run(name)).Text));
    }

    async Task Runs(string name)
    {
        (string expected, string[] titles) = await Run(name);
        await Open($"page=lessons&lesson={Key(name)}");
        await Page.WaitForSelectorAsync("#run-lesson");
        await Page.WaitForSelectorAsync(".lesson-part");
        var clock = Stopwatch.StartNew();
        await Page.ClickAsync("#run-lesson");
        await Page.WaitForFunctionAsync("() => ['done', 'failed'].includes(document.getElementById('lesson-says').dataset.phase)",
            new WaitForFunctionOptions { Timeout = 180_000 });
        string says = await Text("#lesson-says") ?? "";
        Console.WriteLine(Invariant($"      {name}: {says} {clock.Elapsed.TotalSeconds:0.0} s with the start of its engine"));
        if (!says.StartsWith("Ran in", StringComparison.Ordinal)) Problems.Add(says);
        string[] shown = await Page.EvaluateExpressionAsync<string[]>("""
            [...document.querySelectorAll('.lesson-part:has(.printed)')].flatMap(part =>
              [part.querySelector('h2').textContent, ...[...part.querySelectorAll('samp')].map(one => one.textContent)])
            """);
        Same(name, Lines(string.Join('\n', shown)), Lines(expected));
        string[] pictures = await Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.printed img')].filter(one => one.naturalWidth > 100).map(one => one.alt)");
        Equal($"{name}, pictures", string.Join("; ", pictures), string.Join("; ", titles));
        // The code of the page is the program.
        string[] code = await Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.lesson-part .code')].map(one => one.textContent)");
        string file = await File.ReadAllTextAsync(Path.Combine(s_repository, "samples", "lessons", name + ".cs"));
        string[] listed = [.. Lines(string.Join('\n', code))];
        string[] written = [.. Lines(file)];
        string[] left = [.. written.Except(listed)];
        if (left.Any(line => !line.StartsWith("//", StringComparison.Ordinal)) || listed.Except(written).Any())
            Problems.Add($"{name}: the page's code is not the program: {string.Join(" | ", left.Concat(listed.Except(written)).Take(3))}");
    }

    // Lines that are not empty and underline nothing.
    static IEnumerable<string> Lines(string text) =>
        text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())
            .Where(line => line.Length > 0 && line.Trim('-', ' ').Length > 0);

    // Words are the same, and numbers to three digits; what is less than 1e-9 is a rounding error.
    void Same(string name, IEnumerable<string> shown, IEnumerable<string> expected)
    {
        string[] a = [.. shown], b = [.. expected];
        if (a.Length != b.Length) Problems.Add($"{name}: {a.Length} lines, expected {b.Length}");
        for (int i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            bool isMeasured = s_measured.TryGetValue(name, out string? pattern) && Regex.IsMatch(b[i], pattern);
            if (a[i] != b[i] && !AlmostEqual(a[i], b[i], isMeasured)) Problems.Add($"{name}: \"{a[i]}\", expected \"{b[i]}\"");
        }
    }

    static bool AlmostEqual(string a, string b, bool isMeasured)
    {
        // A number of another length moves the columns.
        if (Words(a) != Words(b)) return false;
        if (isMeasured) return true;
        double[] x = [.. Numbers(a)], y = [.. Numbers(b)];
        return x.Length == y.Length && x.Zip(y, (one, other) =>
            Math.Abs(one - other) <= Math.Max(1e-3 * Math.Max(Math.Abs(one), Math.Abs(other)), 1e-9)).All(isSame => isSame);
    }

    static string Words(string line) => Regex.Replace(Number().Replace(line, "0"), " +", " ");

    static IEnumerable<double> Numbers(string line) =>
        Number().Matches(line).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")]
    private static partial Regex Number();

    // In a separate process and folder, as from a terminal: what it printed, and the titles of its pictures.
    static async Task<(string Text, string[] Titles)> Run(string name)
    {
        string folder = Directory.CreateTempSubdirectory("mytorch-lesson-").FullName;
        try
        {
            string text = await Output(Environment.ProcessPath!, folder, "--lesson", name);
            return (text,
            [
                .. Directory.GetFiles(folder, "*.svg").Order(StringComparer.Ordinal)
                    .Select(file => XDocument.Load(file).Root!.Elements().First(element => element.Name.LocalName == "title").Value),
            ]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task<string> Output(string program, string folder, params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        string printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? printed
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {printed}");
    }

    async Task Way()
    {
        await Open("page=lessons&lesson=2");
        await Until("h1", "2 Forward mode");
        await Page.ClickAsync(".lesson-way a:last-child");
        await Until("h1", "3 Reverse mode");
        if (!await Page.EvaluateExpressionAsync<bool>("location.hash.endsWith('lesson=3')"))
            Problems.Add("the address does not name the lesson");
        // Printed by an earlier test.
        if ((await Text(".lesson-part .printed samp"))?.Length is not > 10) Problems.Add("what was printed is gone");
        string[] links = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.links a')].map(one => one.hash)");
        if (links.Length < 2) Problems.Add($"it links to {links.Length} states of the other pages");
        await Page.ClickAsync(".links a");
        await Page.WaitForSelectorAsync("#formula");
    }

    async Task Stops()
    {
        await Open("page=lessons&lesson=11");
        await Page.WaitForSelectorAsync("#run-lesson");
        await Page.ClickAsync("#run-lesson");
        await Page.WaitForSelectorAsync("#lesson-says[data-phase=running]", new WaitForSelectorOptions { Timeout = 60_000 });
        // The page answers meanwhile.
        double blocked = await Page.EvaluateExpressionAsync<double>("""
            new Promise(done => {
              let last = performance.now(), most = 0, count = 0;
              const tick = () => {
                const now = performance.now();
                most = Math.max(most, now - last);
                last = now;
                if (++count < 60) setTimeout(tick, 10); else done(most);
              };
              tick();
            })
            """);
        Console.WriteLine(Invariant($"      the page was busy for at most {blocked:0} ms while lesson 11 ran"));
        if (await Page.QuerySelectorAsync("#stop-lesson") is null) return;
        await Page.ClickAsync("#stop-lesson");
        await Page.WaitForSelectorAsync("#lesson-says[data-phase=stopped]");
        await Page.ClickAsync("#run-lesson");
        await Page.WaitForSelectorAsync("#lesson-says[data-phase=running]", new WaitForSelectorOptions { Timeout = 60_000 });
        await Page.ClickAsync("#stop-lesson");
    }

    async Task RunAndLook()
    {
        await Windows("lesson-3", "page=lessons&lesson=3");
        await Windows("lesson-6", "page=lessons&lesson=6");
    }

    static string Repository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "MyTorch.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds MyTorch.sln.");
    }
}
