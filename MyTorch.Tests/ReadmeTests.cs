using System.Text.RegularExpressions;

namespace MyTorch.Tests;

/// <summary>The README's code is compiled here and prints what the README says, and the links of all pages lead somewhere.</summary>
public class ReadmeTests
{
    static readonly string s_readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md")).ReplaceLineEndings("\n");

    static readonly string s_tour = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ReadmeTour.cs")).ReplaceLineEndings("\n");

    static Dictionary<string, string> Snippets() => Regex
        .Matches(s_tour, @"^( *)// README: (?!end)(.+)\n((?:.*\n)*?)\1// README: end", RegexOptions.Multiline)
        .ToDictionary(match => match.Groups[2].Value, match => Unindent(match.Groups[3].Value, match.Groups[1].Length));

    static string Unindent(string code, int by) =>
        string.Join('\n', code.TrimEnd('\n').Split('\n').Select(line => line.Length >= by ? line[by..] : line.TrimStart()));

    static IEnumerable<string> CodeBlocks() => Regex
        .Matches(s_readme, "^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)
        .Select(match => match.Groups[1].Value.TrimEnd('\n'));

    [Test]
    public void EveryCodeBlockIsMadeOfCompiledSnippets()
    {
        var snippets = Snippets().Values.ToHashSet();
        Assert.That(CodeBlocks().Count(), Is.GreaterThanOrEqualTo(4));
        foreach (string block in CodeBlocks())
        {
            string rest = block;
            foreach (string snippet in snippets) rest = rest.Replace(snippet, "", StringComparison.Ordinal);
            rest = Regex.Replace(rest, @"^using MyTorch.*$", "", RegexOptions.Multiline);
            Assert.That(rest.Trim(), Is.Empty, "this part of a README code block is not compiled by ReadmeTour.cs");
        }
    }

    [Test]
    public void EverySnippetIsInTheReadme()
    {
        string all = string.Join('\n', CodeBlocks());
        foreach ((string name, string snippet) in Snippets())
            Assert.That(all, Does.Contain(snippet), $"the snippet '{name}' is not in the README");
    }

    [TestCase(nameof(ReadmeTour.Tape))]
    [TestCase(nameof(ReadmeTour.Own))]
    [TestCase(nameof(ReadmeTour.OwnModule))]
    [TestCase(nameof(ReadmeTour.Values))]
    [TestCase(nameof(ReadmeTour.Derivatives))]
    [TestCase(nameof(ReadmeTour.Closer))]
    public void TheTourPrintsWhatTheReadmeSays(string part)
    {
        string printed = Printed(part switch
        {
            nameof(ReadmeTour.Tape) => ReadmeTour.Tape,
            nameof(ReadmeTour.Own) => ReadmeTour.Own,
            nameof(ReadmeTour.OwnModule) => ReadmeTour.OwnModule,
            nameof(ReadmeTour.Derivatives) => ReadmeTour.Derivatives,
            nameof(ReadmeTour.Closer) => ReadmeTour.Closer,
            _ => ReadmeTour.Values,
        });
        Assert.That(s_readme, Does.Contain("```text\n" + printed + "```"));
    }

    [Test]
    public void TheTrainingLoopReachesWhatTheReadmeSays()
    {
        string folder = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = GeneratedFile.Repository;
            Generator.Seed(0);
            string printed = Printed(ReadmeTour.Train);
            Assert.That(double.Parse(printed, System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(0.96));
        }
        finally
        {
            Environment.CurrentDirectory = folder;
        }
    }

    [Test]
    public void AKeptModelPredictsWhatTheReadmeSays()
    {
        string before = Environment.CurrentDirectory, folder = Directory.CreateTempSubdirectory("mytorch-readme-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "data"));
            File.Copy(Path.Combine(GeneratedFile.Repository, "data", "penguins.csv"), Path.Combine(folder, "data", "penguins.csv"));
            Environment.CurrentDirectory = folder;
            Assert.That(s_readme, Does.Contain("It prints `" + Printed(ReadmeTour.Keep).TrimEnd() + "`."));
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Directory.Delete(folder, recursive: true);
        }
    }

    static IEnumerable<string> Pages() => new[] { "MyTorch", "samples", "data", ".github" }
        .Select(folder => Path.Combine(GeneratedFile.Repository, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories))
        .Append(Path.Combine(GeneratedFile.Repository, "README.md"))
        // A write-up links to files that stand beside it in the handout.
        .Where(page => Path.GetFileName(page) != "writeup.md")
        .Where(page => !page.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .Select(page => Path.GetRelativePath(GeneratedFile.Repository, page).Replace('\\', '/'));

    [TestCaseSource(nameof(Pages))]
    public void EveryLinkOfAPageLeadsSomewhere(string page)
    {
        string file = Path.Combine(GeneratedFile.Repository, page);
        var broken = new List<string>();
        foreach (Match link in Regex.Matches(File.ReadAllText(file), @"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)"))
        {
            string target = link.Groups[1].Length == 0 ? file : Path.GetFullPath(link.Groups[1].Value, Path.GetDirectoryName(file)!);
            bool leads = Path.Exists(target)
                && (link.Groups[2].Length == 0 || Headings(target).Contains(link.Groups[2].Value));
            if (!leads) broken.Add(link.Value);
        }
        Assert.That(broken, Is.Empty);
    }

    // The anchors that GitHub makes: lower case, without punctuation, with - for each space.
    static HashSet<string> Headings(string page) => Regex.Matches(File.ReadAllText(page), "^#+ (.*)$", RegexOptions.Multiline)
        .Select(heading => Regex.Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-')).ToHashSet();

    static string Printed(Action action)
    {
        TextWriter before = Console.Out;
        var text = new StringWriter { NewLine = "\n" };
        Console.SetOut(text);
        try
        {
            action();
        }
        finally
        {
            Console.SetOut(before);
        }
        return text.ToString();
    }
}
