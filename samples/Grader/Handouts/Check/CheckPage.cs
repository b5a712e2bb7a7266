using System.Security.Cryptography;
using System.Text;
using MyTorch.Probes;
using static MyTorch.Check.Grids;

namespace MyTorch.Check;

/// <summary>The page about a failing check: the result, the reason and the next step first, then the case as pictures.</summary>
/// <param name="data">The handout's questions.</param>
/// <param name="root">The folder of the handout; the page is written there.</param>
public sealed class CheckPage(CheckData data, string root)
{
    const string Page = "check.html", Version = "check.version.js";

    /// <summary>Whether the page asks for a newer one of itself.</summary>
    public bool Watched { get; init; }

    /// <summary>Writes the page, all of it or nothing, and returns its path.</summary>
    /// <param name="results">What was checked.</param>
    /// <param name="changed">Signatures that were changed.</param>
    public string Write(IReadOnlyList<QuestionResult> results, IReadOnlyList<string> changed)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(changed);
        QuestionResult[] failing = [.. results
            .Where(result => result.Ending is Ending.Failed or Ending.Error or Ending.Timeout or Ending.Died)];
        string title = failing is [var first, ..] ? $"{first.Question.Id} {first.Question.Title}: {Said(first)}" : "Nothing fails";
        var main = new StringBuilder();
        if (failing.Length == 0) Nothing(main, results);
        else Failing(main, failing[0], "h1");
        foreach (string signature in changed)
            main.Html($"<p class=\"lost\">You changed the signature of <code>{Encode(signature)}</code>. ")
                .Append("The grader calls the original one.</p>\n");
        foreach (QuestionResult other in failing.Skip(1))
        {
            main.Append("<details class=\"other\"><summary>")
                .Append(Encode($"{other.Question.Id} {other.Question.Title}: {Said(other)}")).Append("</summary>\n");
            Failing(main, other, "h2");
            main.Append("</details>\n");
        }
        if (results.Count > 1) All(main, results);
        return Save(title, main.ToString());
    }

    static string Said(QuestionResult result) => result.Ending switch
    {
        Ending.Passed => "right",
        Ending.Error => "an exception",
        Ending.Timeout => "no answer",
        Ending.Died => "the program was ended",
        Ending.NotImplemented => "not written yet",
        Ending.Waiting => result.Message,
        _ => "wrong",
    };

    static void Nothing(StringBuilder main, IReadOnlyList<QuestionResult> results)
    {
        QuestionResult? next = results.FirstOrDefault(result => result.Ending != Ending.Passed);
        main.Append("<h1><span class=\"full\">✓</span> Nothing fails</h1>\n<p>").Append(next is null
            ? "Everything that was checked is right."
            : Encode($"Next: {next.Question.Id} {next.Question.Title}, {Said(next)}.")).Append("</p>\n");
    }

    static void Failing(StringBuilder main, QuestionResult result, string heading)
    {
        CheckQuestion question = result.Question;
        string below = heading == "h1" ? "h2" : "h3";
        main.Html($"<{heading}>{Encode($"{question.Id} {question.Title}")} ")
            .Html($"<span class=\"chip\">✗ {Encode(Said(result))}</span></{heading}>\n");
        main.Html($"<p class=\"reason\">{Encode(result.Message)}</p>\n");
        if (result.Also is { } also) main.Html($"<p>Also wrong: {Encode(also)}.</p>\n");
        if (result.Hint is { } hint) main.Html($"<p class=\"known\"><strong>A known mistake.</strong> {Encode(hint)}</p>\n");
        if (CheckWriter.PartsOf(result) is { Length: > 0 } parts)
            main.Html($"<p>{Encode(FormattableString.Invariant($"{result.Score} of {question.Points} points; {parts}"))}.</p>\n");
        Next(main, question, below);
        if (result.Got is { } got && result.Expected is { } expected) Compared(main, result, got, expected, below);
        if (result.Steps is { } steps) Tapes(main, result, steps.Got, steps.Expected, below);
        if (result.Given is { Count: > 0 } given)
        {
            main.Html($"<{below}>What your code was given</{below}>\n<div class=\"grids\">\n");
            foreach (Returned one in given) main.Append(Of(one.Name, question.Id, one, SizeOf([one])));
            main.Append("</div>\n");
        }
        if (result.Printed is { Count: > 0 } printed)
            main.Html($"<details><summary>What your code printed ({printed.Count} {(printed.Count == 1 ? "line" : "lines")})</summary>\n")
                .Append("<pre class=\"wrapped\">").Append(Encode(string.Join('\n', printed))).Append("</pre></details>\n");
    }

    static void Next(StringBuilder main, CheckQuestion question, string heading)
    {
        main.Html($"<{heading}>Next step</{heading}>\n<ol>\n");
        foreach (var file in question.Places.Select(place => place.Split(": ")).GroupBy(place => place[0], place => place[1]))
            main.Html($"<li>Open <code>{Encode(file.Key)}</code>: <code>{Encode(string.Join(", ", file))}</code>.</li>\n");
        main.Append("<li>Work through the first number that differs on paper. If that does not help: ")
            .Html($"<code>{CheckProgram.Command} hint {Encode(question.Id)}</code>.</li>\n")
            .Html($"<li>Save, and <code>{CheckProgram.Command} {Encode(question.Id)}</code>.</li>\n</ol>\n");
    }

    static void Compared(StringBuilder main, QuestionResult result, Returned got, Returned expected, string heading)
    {
        Tolerance tolerance = got.DType == "Float32" ? new(1e-5, 1e-5) : new(1e-8, 1e-6);
        double size = SizeOf([expected, got]);
        string where = result.Question.Id;
        main.Html($"<{heading}>{Encode(expected.Name)}: yours, and what is expected</{heading}>\n<div class=\"grids\">\n")
            .Append(Of("Yours", where, got, size, expected, tolerance)).Append(Of("Expected", where, expected, size, got, tolerance))
            .Append("</div>\n<p class=\"quiet\">Orange is above zero, blue is below, and the deeper the colour, the larger the number. ")
            .Append("≠ marks what differs; the first is ringed.</p>\n")
            .Append(Recognition.Of(got, expected, result.Given ?? [], tolerance));
    }

    const int MostSteps = 60;

    static void Tapes(StringBuilder main, QuestionResult result, string[] got, string[] expected, string heading)
    {
        int same = 0;
        while (same < got.Length && same < expected.Length && got[same] == expected[same]) same++;
        string graph = StepGraph.Of(got, expected, same);
        string of = result.Expected is { } expectedResult ? $", for {Encode(expectedResult.Name)}" : "";
        main.Html($"<{heading}>Step by step{of}, until the first step that differs</{heading}>\n");
        if (graph.Length > 0)
            main.Append("<figure class=\"steps\"><div class=\"wide\" tabindex=\"0\" role=\"region\" ")
                .Html($"aria-label=\"Graph of question {result.Question.Id}\">{graph}</div>")
                .Append("<figcaption><p>✓: the backward rule ran as expected. Solid ring: where your code is. ")
                .Append("Dashed ring: the step that is expected.</p></figcaption></figure>\n");
        main.Append("<div class=\"beside\">\n");
        Tape("What your code did", got);
        Tape("What is expected", expected);
        main.Append("</div>\n");

        void Tape(string title, string[] steps)
        {
            main.Html($"<div><p><strong>{title}</strong></p>\n<ol class=\"tape\">\n");
            foreach (string step in steps.Take(Math.Min(same, MostSteps))) main.Html($"<li>{Encode(step)}</li>\n");
            main.Html($"<li class=\"first\"><b>first ≠ </b>{Encode(same < steps.Length ? steps[same] : "nothing more")}</li>\n</ol>\n");
            if (steps.Length > same + 1)
            {
                main.Html($"<details><summary>{steps.Length - same - 1} more, after the difference</summary>")
                    .Html($"<ol class=\"tape\" start=\"{same + 2}\">\n");
                foreach (string step in steps.Skip(same + 1).Take(MostSteps)) main.Html($"<li>{Encode(step)}</li>\n");
                main.Append("</ol></details>\n");
            }
            main.Append("</div>\n");
        }
    }

    void All(StringBuilder main, IReadOnlyList<QuestionResult> results)
    {
        string points = FormattableString.Invariant(
            $"{results.Sum(result => result.Score)} of {results.Sum(result => result.Question.Points)} points");
        main.Html($"<details class=\"all\"><summary>All {results.Count} questions that were checked: {points}</summary>\n")
            .Append("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"All questions\"><table><caption>")
            .Append(Encode(data.Title))
            .Append("</caption><thead><tr><th scope=\"col\">Question</th><th scope=\"col\" class=\"number\">Points</th>")
            .Append("<th scope=\"col\" class=\"number\">Of</th><th scope=\"col\">Result</th></tr></thead>\n<tbody>\n");
        foreach (QuestionResult result in results)
            main.Html($"<tr><th scope=\"row\">{Encode($"{result.Question.Id} {result.Question.Title}")}</th>")
                .Html(FormattableString.Invariant($"<td class=\"number\">{result.Score}</td>"))
                .Html(FormattableString.Invariant($"<td class=\"number\">{result.Question.Points}</td>"))
                .Html($"<td class=\"{Class(result)}\">{Encode(Said(result))}</td></tr>\n");
        main.Append("</tbody></table></div></details>\n");
    }

    static string Class(QuestionResult result) => result.Ending switch
    {
        Ending.Passed => "full",
        Ending.NotImplemented or Ending.Waiting => "quiet",
        _ => "lost",
    };

    string Save(string title, string main)
    {
        string sheet = Path.Combine(root, "Check", "page.css"), style = File.Exists(sheet) ? File.ReadAllText(sheet).TrimEnd() : "";
        string version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(title + main)))[..16];
        string text = $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <title>{Encode(title)}</title>
            <style>
            {style}
            </style>
            </head>
            <body>
            <main>
            {main.TrimEnd()}
            </main>
            {(Watched ? Refresh(version) : "")}
            </body>
            </html>

            """;
        string path = Path.Combine(root, Page), partial = $"{path}.{Environment.ProcessId}.part";
        File.WriteAllText(partial, text);
        File.Move(partial, path, overwrite: true);
        if (Watched) File.WriteAllText(Path.Combine(root, Version), $"window.checkIs && checkIs('{version}');\n");
        return path;
    }

    // A page that is a file may load a script that is a file: it names the newest version.
    static string Refresh(string version) => $$"""
        <script>
        window.checkIs = version => { if (version !== "{{version}}") location.reload(); };
        setInterval(() => {
          const script = document.createElement("script");
          script.src = "{{Version}}?" + Date.now();
          script.onload = script.onerror = () => script.remove();
          document.head.append(script);
        }, 500);
        </script>
        """;
}
