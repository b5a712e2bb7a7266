using System.Globalization;
using System.Text;
using BrowserTests;
using BrowserTests.Playground;

// Exit codes: 0 every page is in order; 1 one is not; 2 there is no Chromium. The last line is "N passed, N failed".
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

// A lesson by itself, for the tests of the page of lessons: each needs a process.
if (args is ["--lesson", string lesson])
{
    if (!Playground.Lessons.LessonPrograms.TryFind(lesson, out Action<TextWriter>? run)) return 2;
    run(Console.Out);
    return 0;
}

string? playground = null, only = null, kept = null;
for (int i = 0; i < args.Length; i += 2)
{
    string? value = args.ElementAtOrDefault(i + 1);
    if (value is not null && args[i] == "--playground") playground = value;
    else if (value is not null && args[i] == "--only") only = value;
    else if (value is not null && args[i] == "--keep") kept = value;
    else
    {
        Console.Error.WriteLine(
            $"{args[i]}{(value is null ? "" : $" {value}")} is not an option. The options are --playground FOLDER, which tests a published playground (its wwwroot) " +
            "instead of the reports, with --only PAGE one page of it, and --keep FOLDER, which keeps the pages and a picture of each.");
        return 2;
    }
}
if (Browser.Find() is not { } chromium)
{
    Console.Error.WriteLine(
        "There is no Chromium: install it (on Debian: apt-get install chromium), or name it in the environment variable CHROMIUM.");
    return 2;
}

if (playground is not null) return await PlaygroundTests.Run(chromium, playground, only, kept);

string folder = kept ?? Directory.CreateTempSubdirectory("mytorch-pages-").FullName;
Directory.CreateDirectory(folder);
try
{
    (IReadOnlyList<string> reports, IReadOnlyList<string> grader) = await Pages.Write(folder);
    return await Browser.Run(chromium, reports, [.. grader.Select(page => "grader/" + page)], folder, pictures: kept is not null);
}
finally
{
    if (kept is null) Directory.Delete(folder, recursive: true);
}
