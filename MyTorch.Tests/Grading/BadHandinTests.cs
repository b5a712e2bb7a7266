using System.Diagnostics;
using System.Text.Json;
using MyTorch.Grader.Commands;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Tests;

/// <summary>
/// Handins that loop, crash, lie and look around: each a folder of <c>bad/</c> with members that stand in for the reference's, further files, and
/// <c>expected.json</c>. What it does not name keeps full points.
/// </summary>
[TestFixture, Category("Long")]
public sealed class BadHandinTests
{
    static IEnumerable<string> Folders() => Directory.EnumerateDirectories(TinyAssignment.BadHandins).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Folders))]
    public void LosesItsOwnPointsAndNoOthers(string name)
    {
        string folder = Path.Combine(TinyAssignment.BadHandins, name);
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        JsonElement expected = document.RootElement;
        string? Text(string key) => expected.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;
        // Such a handin reads /proc, sends signals or fills /tmp: elsewhere there is nothing for it to attack.
        if (expected.TryGetProperty("linux", out _) && !OperatingSystem.IsLinux()) Assert.Ignore("what it tries exists on Linux only");
        string members = Path.Combine(folder, "Members.cs");
        SourceTree source = TinyAssignment.Edited(TinyAssignment.Grader.Sources.Reference, File.Exists(members) ? File.ReadAllText(members) : "");
        if (Text("replace") is { } replaced) source = Replace(source, replaced, Text("by")!, Text("behind") ?? "", Text("in"));
        (string, string)[] files = [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => file != members).Select(file => (Path.GetRelativePath(folder, file), File.ReadAllText(file)))];

        GradeReport report = TinyAssignment.GradeSource(source, files);

        Assert.That(report.Status.ToString().ToLowerInvariant(), Is.EqualTo((Text("status") ?? "graded").Replace("_", "", StringComparison.Ordinal)), report.Message + report.Staff);
        Assert.That(() => JsonDocument.Parse(JsonReport.Write(report)), Throws.Nothing);
        JsonElement tests = expected.GetProperty("tests");
        string[] any = expected.TryGetProperty("any", out JsonElement listed) ? [.. listed.EnumerateArray().Select(one => one.GetString()!)] : [];
        foreach (TestReport test in report.Questions.SelectMany(question => question.Tests))
        {
            if (any.Contains(test.Id)) continue;
            string said = $"{test.Id}: {test.Outcome}: {test.Message}\n{test.Staff}\n{string.Join('\n', report.Build.Errors)}";
            if (!tests.TryGetProperty(test.Id, out JsonElement one))
            {
                Assert.That(test.Outcome, Is.EqualTo(Outcome.Passed), said);
                Assert.That(test.Score, Is.EqualTo(test.MaxScore), said);
                continue;
            }
            Assert.That(test.Score, Is.Zero, said);
            JsonElement outcome = one.GetProperty("outcome");
            string[] outcomes = outcome.ValueKind == JsonValueKind.Array ? [.. outcome.EnumerateArray().Select(value => value.GetString()!)] : [outcome.GetString()!];
            Assert.That(outcomes, Does.Contain(JsonSerializer.SerializeToElement(test.Outcome).GetString()), said);
            if (one.TryGetProperty("message", out JsonElement message)) Assert.That(test.Message, Does.Contain(message.GetString()), said);
        }
        if (Text("forbidden") is { } forbidden) Assert.That(string.Join('\n', report.Build.Forbidden), Does.Contain(forbidden).And.Match(@"MyTorch/Operations/\w+\.cs\(\d+,\d+\)|MyTorch/\w+\.cs\(\d+,\d+\)"));
        if (expected.TryGetProperty("alone", out JsonElement alone))
            Assert.That(report.Questions.Where(question => question.GradedAlone).Select(question => question.Id), Is.EqualTo(alone.EnumerateArray().Select(one => one.GetString())));
        if (Text("error") is { } error) Assert.That(string.Join('\n', report.Build.Errors), Does.Contain(error));
        if (Text("leaves") is { } left) AssertNothingLeft(left);
        Assert.That(Process.GetProcesses().Where(IsOurs), Is.Empty, "a process was left");
    }

    static SourceTree Replace(SourceTree source, string what, string by, string behind, string? path)
    {
        path ??= TinyAssignment.ReadingSet.First(one => source[one].Contains(behind.Length > 0 ? behind : what, StringComparison.Ordinal));
        string text = source[path];
        int start = Math.Max(0, text.IndexOf(behind, StringComparison.Ordinal)), at = text.IndexOf(what, start, StringComparison.Ordinal);
        Assert.That(at, Is.GreaterThanOrEqualTo(0), $"{what} is not in {path}");
        return source.With(path, text[..at] + by + text[(at + what.Length)..]);
    }

    // Children run probes.dll, wherever they are by now.
    static bool IsOurs(Process process)
    {
        try
        {
            return OperatingSystem.IsLinux() && File.ReadAllText($"/proc/{process.Id}/cmdline") is var line && line.Contains("mytorch-grading-", StringComparison.Ordinal) &&
                File.ReadAllText($"/proc/{process.Id}/status").Contains($"PPid:\t{Environment.ProcessId}\n", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    static void AssertNothingLeft(string name)
    {
        Assert.That(Directory.EnumerateFileSystemEntries(Path.GetTempPath(), name + "*"), Is.Empty);
        if (!OperatingSystem.IsLinux()) return;
        foreach (Process process in Process.GetProcesses())
            try
            {
                Assert.That(File.ReadAllText($"/proc/{process.Id}/cmdline").Replace('\0', ' '), Does.Not.StartWith(name));
            }
            catch (IOException) { }
    }
}
