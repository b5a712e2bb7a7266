using System.Text.RegularExpressions;

namespace MyTorch.Tests;

/// <summary>The README's code is the code that is compiled here, and prints what the README says it prints.</summary>
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
