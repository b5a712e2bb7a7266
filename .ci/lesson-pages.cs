// Runs every lesson and writes one page for each, with its code beside what it printed, and an index:
//   dotnet run .ci/lesson-pages.cs -- FOLDER
#:property PublishAot=false
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

Console.OutputEncoding = Encoding.UTF8;
if (args.Length != 1)
{
    Console.Error.WriteLine("One argument is expected: the folder to write the pages to. dotnet run .ci/lesson-pages.cs -- artifacts/pages");
    return 2;
}

string root = Directory.GetCurrentDirectory();
while (!File.Exists(Path.Combine(root, "MyTorch.sln")))
    root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException(
        "No folder above this one contains MyTorch.sln. Run the program from inside the repository.");
string lessons = Path.Combine(root, "samples", "lessons"), target = Path.GetFullPath(args[0]);
Directory.CreateDirectory(target);
string style = File.ReadAllText(Path.Combine(root, "MyTorch", "Reports", "Page", "style.css")).TrimEnd();

var pages = new List<(string File, string Title, string Summary)>();
string[] files = [.. Directory.GetFiles(lessons, "??-*.cs").Order(StringComparer.Ordinal)];
foreach (string path in files)
{
    string source = File.ReadAllText(path).ReplaceLineEndings("\n");
    string name = Path.GetFileNameWithoutExtension(path);

    // The first comment is "// Lesson 03. Reverse mode: ..." and has several lines.
    Match opening = Regex.Match(source, @"^// Lesson (\d\d)\. (.*(?:\n// .*)*)", RegexOptions.Multiline);
    string summary = opening.Groups[2].Value.Replace("\n// ", "\n", StringComparison.Ordinal);
    string words = name[3..].Replace('-', ' ');
    string title = $"{name[..2]} {char.ToUpperInvariant(words[0])}{words[1..]}";
    string printed = Run(path, out int exitCode);
    if (exitCode != 0)
    {
        Console.Error.WriteLine($"{name}.cs ended with exit code {exitCode}:\n{printed}");
        return 1;
    }

    pages.Add((name + ".html", title, summary));
    var body = new List<string>();
    body.Add($"{Paragraphs(summary)}\n<div class=\"columns\">\n");
    body.Add(Section("code", "The code", $"<code>{Html(source.TrimEnd())}</code>"));
    body.Add(Section("output", "What it prints", $"<samp>{Lines(printed)}</samp>") + "</div>\n");
    foreach (string picture in Directory.GetFiles(target, "*.svg").Order(StringComparer.Ordinal))
    {
        string svg = Path.GetFileName(picture);
        if (!printed.Contains(svg, StringComparison.Ordinal)) continue;
        string says = WebUtility.HtmlDecode(Regex.Match(File.ReadAllText(picture), "<title[^>]*>([^<]*)</title>").Groups[1].Value);
        body.Add($"<h2>The picture {Html(svg)}</h2>\n<img src=\"{Html(svg)}\" alt=\"{Html(says)}\">\n");
    }
    body.Add($"<p>Run it yourself: <code>dotnet run samples/lessons/{name}.cs</code></p>\n");
    body.Add(Neighbours(path));
    Write(name + ".html", title, string.Concat(body));
    Console.WriteLine(name + ".html");
}

var list = new List<string>
{
    "<p>How a neural network learns, from the inside. Each page shows a program, and beside it what the program prints.</p>\n<ol start=\"0\">\n",
};
foreach (var (file, title, summary) in pages)
    list.Add($"<li><a href=\"{file}\">{Html(title[3..])}</a><br>{Html(FirstSentence(summary, title[3..]))}</li>\n");
Write("index.html", "MyTorch lessons", string.Concat(list) + "</ol>\n");
Console.WriteLine("index.html");
return 0;

// In the target folder, so that the pictures which a lesson leaves are beside its page.
string Run(string path, out int exitCode)
{
    using Process process = Process.Start(new ProcessStartInfo("dotnet", ["run", path])
    {
        WorkingDirectory = target,
        RedirectStandardOutput = true,
        StandardOutputEncoding = Encoding.UTF8,
    })!;
    string output = process.StandardOutput.ReadToEnd().ReplaceLineEndings("\n");
    process.WaitForExit();
    exitCode = process.ExitCode;
    return output;
}

string Neighbours(string path)
{
    int index = Array.IndexOf(files, path);
    string Link(int other, string text) =>
        other < 0 || other >= files.Length ? "" : $" <a href=\"{Path.GetFileNameWithoutExtension(files[other])}.html\">{text}</a>";
    return $"<nav aria-label=\"Lessons\"><a href=\"index.html\">All lessons</a>{Link(index - 1, "Previous lesson")}{Link(index + 1, "Next lesson")}</nav>\n";
}

void Write(string file, string title, string body) => File.WriteAllText(Path.Combine(target, file), $$"""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{{Html(file == "index.html" ? title : title + " - MyTorch lessons")}}</title>
    <style>
    {{style}}
    body { max-width: 110rem; }
    .columns { grid-template-columns: repeat(auto-fit, minmax(min(34rem, 100%), 1fr)); }
    .prose { white-space: pre-wrap; }
    .rule { display: inline-block; max-width: 100%; overflow: hidden; vertical-align: bottom; }
    img { background: #ffffff; }
    </style>
    </head>
    <body>
    <main>
    <h1>{{Html(title)}}</h1>
    {{body}}</main>
    </body>
    </html>

    """);

static string Section(string id, string heading, string content) =>
    $"<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{heading}</h2>\n<pre tabindex=\"0\">{content}</pre></section>\n";

// Lines that are indented are the items of a list.
static string Paragraphs(string text)
{
    string html = Regex.Replace(Html(text), "^ +(.*)$", "<li>$1</li>", RegexOptions.Multiline);
    return $"<p>{Regex.Replace(html, "(?:\n?<li>.*</li>)+\n?", list => $"</p>\n<ul>{list.Value}</ul>\n<p>")}</p>";
}

// Sentences wrap in a narrow column, and the line below a heading ends with it. Tables and drawings, which have runs of spaces, keep their
// layout and scroll.
static string Lines(string text) => string.Join('\n', text.Trim('\n').Split('\n').Select(line =>
    Regex.IsMatch(line, "^-+$") ? $"<span class=\"rule\">{line}</span>"
    : Regex.IsMatch(line.Replace("  ->  ", ": ", StringComparison.Ordinal), @"^(?!.*[^\s:] {2}).*[a-z]+\W+[a-z]+\W+[a-z]+") ? $"<span class=\"prose\">{Html(line)}</span>"
    : Html(line)));

static string Html(string text) => WebUtility.HtmlEncode(text);

// The first sentence without the title; where that is short, the next one too.
static string FirstSentence(string text, string title)
{
    text = Regex.Replace(text.Replace('\n', ' '), $@"^{Regex.Escape(title)}[.:?] ", "", RegexOptions.IgnoreCase);
    text = Regex.Match(text + " ", @"^.{30,}?\.(?= )").Value;
    return char.ToUpperInvariant(text[0]) + text[1..];
}
