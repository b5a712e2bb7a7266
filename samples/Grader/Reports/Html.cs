using System.Globalization;
using System.Net;
using System.Text;

namespace MyTorch.Grader.Reports;

/// <summary>The frame of every page: readable at any size and in the dark, without a script, and nothing loaded from elsewhere.</summary>
static class Html
{
    // Contrast of every pair of colours is 7:1 or more, in the light and in the dark.
    const string Style = """
        :root { color-scheme: light dark; --line: #767676; --full: #0b5d1e; --lost: #8c1515; --back: #f4f4f4; }
        @media (prefers-color-scheme: dark) { :root { --line: #9a9a9a; --full: #7ee29a; --lost: #ffb3ab; --back: #1d1d1d; } }
        body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 75rem; padding: 0 1rem; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; }
        caption { text-align: left; font-weight: bold; padding: .25rem 0; }
        th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top; }
        td.number { text-align: right; font-variant-numeric: tabular-nums; }
        pre { background: var(--back); padding: .5rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
        .full { color: var(--full); } .lost { color: var(--lost); }
        .beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1rem; }
        @media print { :root { color-scheme: light; } body { max-width: none; } h2, h3, caption { break-after: avoid; } tr, li { break-inside: avoid; } .beside { display: block; } }
        a:focus-visible, pre:focus-visible, .wide:focus-visible { outline: 3px solid; outline-offset: 2px; }
        """;

    public static string Page(string title, string main, string language = "en") => $"""
        <!DOCTYPE html>
        <html lang="{Encode(language)}">
        <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>{Encode(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <main>
        {main}
        </main>
        </body>
        </html>

        """;

    public static string Encode(string text) => WebUtility.HtmlEncode(ReportText.Clean(text, 20_000));

    /// <summary>A block of code or output, which the keyboard can scroll.</summary>
    public static string Block(string text, string label) => $"<pre tabindex=\"0\" role=\"region\" aria-label=\"{Encode(label)}\">{Encode(text)}</pre>";

    /// <summary>A table with a caption, headings of columns, and the first cell of each row as its heading.</summary>
    /// <param name="caption">What it shows.</param>
    /// <param name="columns">The headings.</param>
    /// <param name="rows">Cells as HTML.</param>
    /// <param name="numbers">Which columns hold numbers.</param>
    public static string Table(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, params int[] numbers)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{Encode(caption)}\"><table>\n<caption>{Encode(caption)}</caption>\n<thead><tr>");
        foreach (string column in columns) text.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{Encode(column)}</th>");
        text.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{row[0]}</th>");
            for (int i = 1; i < row.Count; i++) text.Append(numbers.Contains(i) ? $"<td class=\"number\">{row[i]}</td>" : $"<td>{row[i]}</td>");
            text.Append("</tr>\n");
        }
        return text.Append("</tbody>\n</table></div>").ToString();
    }
}
