using System.Text.RegularExpressions;
using MyTorch.Inspection;
using MyTorch.Teaching;

namespace MyTorch.Tests;

/// <summary>
/// The lecture's function has one numbering wherever it is shown: v3 = ln v1, v4 = v1·v2, v5 = sin v2, v6 = v3 + v4, v7 = v6 − v5.
/// </summary>
public sealed partial class LectureNumberingTests
{
    // By what a line computes, the value that it must be.
    static readonly (string Name, Regex Line)[] s_table =
    [
        ("v3", new(@"\b(v\d)(?: = |\s+operation\s+)(?:ln v1\b|Log\(v1\)(?! \+))")), ("v4", new(@"\b(v\d)(?: = |\s+operation\s+)(?:v1\s?[·*]\s?v2\b|Multiply\(v1, v2\))")),
        ("v5", new(@"\b(v\d)(?: = |\s+operation\s+)(?:sin v2\b|Sin\(v2\))")), ("v6", new(@"\b(v\d)(?: = |\s+operation\s+)(?:v3 \+ v4\b|Add\(v3, v4\))")),
        ("v7", new(@"\b(v\d)(?: = |\s+operation\s+)(?:v6 - v5\b|Subtract\(v6, v5\))")),
    ];

    static IEnumerable<string> Files()
    {
        string root = GeneratedFile.Repository;
        IEnumerable<string> Below(string folder, params string[] kinds) => Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories)
            .Where(file => kinds.Contains(Path.GetExtension(file)) && !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"));
        return Below("MyTorch", ".md", ".cs").Concat(Below("samples", ".md", ".svg", ".razor", ".cs")).Append(Path.Combine(root, "README.md"))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(file => !file.StartsWith("samples/Benchmarks", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    /// <summary>Texts, pictures and outputs that show the table. In lesson 01 the one-line form is shown as the other order.</summary>
    [Test]
    public void EveryTextThatShowsTheTableHasTheLecturesNumbers()
    {
        var shown = new List<string>();
        Assert.Multiple(() =>
        {
            foreach (string file in Files())
            {
                string text = File.ReadAllText(Path.Combine(GeneratedFile.Repository, file));
                // Of other functions some lines are the same; the lecture's has ln v1 and sin v2.
                if (!s_table[2].Line.IsMatch(text) || !s_table[0].Line.IsMatch(text)) continue;
                shown.Add(file);
                foreach ((string name, Regex line) in s_table)
                    foreach (Match match in line.Matches(text))
                        Assert.That(match.Groups[1].Value, Is.EqualTo(name), $"{file}: {match.Value}");
                Assert.That(OtherSum().Matches(text).Select(match => match.Value), Is.Empty, $"{file}: the other order");
            }
        });
        Assert.That(shown, Is.SupersetOf(new[] { "README.md", "MyTorch/Docs/package.md", "samples/Homework1/hw1/writeup.md", "samples/lessons/pictures/lecture.svg", "samples/lessons/pictures/README.md" }));
    }

    [GeneratedRegex(@"v5(?: = |\s+operation\s+)(?:v3 \+ v4\b|Add\(v3, v4\))|v6(?: = |\s+operation\s+)(?:sin v2\b|Sin\(v2\))|(?:v5 - v6\b|Subtract\(v5, v6\))")]
    private static partial Regex OtherSum();

    /// <summary>Programs that compute it from named statements, and the playground's text.</summary>
    [Test]
    public void EveryProgramRecordsItInTheLecturesOrder()
    {
        string[] table = ["v1", "v2", "ln v1", "v1·v2", "sin v2", "v3 + v4", "v6 - v5"];
        IReadOnlyList<TraceRow> rows = Trace.Of(x => { (Tensor v3, Tensor v4, Tensor v5) = (x[0].Log(), x[0] * x[1], x[1].Sin()); return v3 + v4 - v5; }, [2, 5]).Rows;
        Assert.That(rows.Skip(2).Select(row => row.Expression), Is.EqualTo(table.Skip(2)));
        Assert.That(FunctionTrace.Of(FunctionText.Parse(FunctionGallery.All[0].Text), FunctionGallery.All[0].At).Rows.Skip(2).Select(row => row.Expression), Is.EqualTo(table.Skip(2)));
        foreach (string file in new[] { "README.md", "MyTorch/Docs/package.md", "samples/Homework1/hw1/try/Program.cs" })
            Assert.That(File.ReadAllText(Path.Combine(GeneratedFile.Repository, file)), Does.Match(@"\(v3, v4, v5\) = \(\w+\.Log\(\), \w+ \* \w+, \w+\.Sin\(\)\);\s+(?:return|var y =|Tensor y =) v3 \+ v4 - v5;"), file);
        foreach (string lesson in Directory.EnumerateFiles(Path.Combine(GeneratedFile.Repository, "samples", "lessons"), "0[1-9]*.cs"))
        {
            string text = File.ReadAllText(lesson);
            Assert.That(Regex.Matches(text, @"\b(v\d) = \w+\.Sin\(\)").Select(match => match.Groups[1].Value), Is.All.EqualTo("v5"), lesson);
        }
    }
}
