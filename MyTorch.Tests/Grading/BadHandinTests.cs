using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>
/// Handins that loop, crash, lie and look around: each a folder of <c>bad/</c> with members that stand in for the reference's, further
/// files, and <c>expected.json</c>. What it does not name keeps full points.
/// </summary>
[TestFixture, Category("Long")]
public sealed class BadHandinTests
{
    static IEnumerable<string> Folders() => Directory.EnumerateDirectories(TinyAssignment.BadHandins).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    const string Takes = "takes a minute or more; the cases beside it are the ones that differ most";

    [TestCaseSource(nameof(Folders))]
    public void LosesItsOwnPointsAndNoOthers(string name)
    {
        using JsonDocument expected = Expected(name);
        // Such a handin reads /proc, sends signals or fills /tmp: elsewhere there is nothing for it to attack.
        if (expected.RootElement.TryGetProperty("linux", out _) && !OperatingSystem.IsLinux()) Assert.Ignore("what it tries exists on Linux only");
        (SourceTree source, (string, string)[] files) = Handin(name);
        string[] before = Left();

        GradeReport report = TinyAssignment.GradeSource(source, files);

        AssertIsAsExpected(report, expected.RootElement);
        Assert.That(Left().Except(before), Is.Empty, "a folder was left");
        Assert.That(Process.GetProcesses().Where(IsOurs), Is.Empty, "a process was left");
    }

    /// <summary>
    /// The same in another setting: as a user without rights, without the kernel's layers. Of those that need the layers where the user is
    /// shared, only the ones marked "everywhere" are tried without.
    /// </summary>
    [TestCase("root", "None", false, Explicit = true, Reason = Takes)]
    [TestCase("nobody", "All", false)]
    [TestCase("root", "Seccomp", false, Explicit = true, Reason = Takes)]
    [TestCase("nobody", "None", false, Explicit = true, Reason = Takes)]
    [TestCase("nobody", "All", true, Explicit = true, Reason = Takes)]
    public void HoldsAsAnotherUserAndWithFewerLayers(string user, string layers, bool all)
    {
        // Only root may give a process another user; setpriv of util-linux does it without a login.
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !File.Exists("/usr/bin/setpriv"))
            Assert.Ignore("to start a grader as one user or another takes root's rights and setpriv, on Linux");
        string place = Directory.CreateTempSubdirectory("everywhere").FullName;
        try
        {
            // A checkout and a grader that everybody can read, and folders that the user can write.
            foreach (string folder in new[] { "handins", "out", "home" }) Directory.CreateDirectory(Path.Combine(place, folder));
            Copy(Path.Combine(TinyAssignment.Folder, "..", "..", "..", "..", "MyTorch"), Path.Combine(place, "MyTorch"), "*.cs*");
            Copy(TinyAssignment.Folder, Path.Combine(place, "tiny"), "*");
            Copy(AppContext.BaseDirectory, Path.Combine(place, "grader"), "*");
            var names = new List<string>();
            foreach (string name in Folders())
            {
                using JsonDocument expected = Expected(name);
                if (!all && !expected.RootElement.TryGetProperty("everywhere", out _)) continue;
                (SourceTree source, (string, string)[] files) = Handin(name);
                TinyAssignment.Write(Path.Combine(place, "handins", name), source, files);
                names.Add(name);
            }
            uint uid = user == "root" ? 0u : 65534;
            Run("/bin/chmod", "-R", "a+rX", place);
            Run("/bin/chown", "-R", $"{uid}", Path.Combine(place, "out"), Path.Combine(place, "home"));

            string said = Run("/usr/bin/setpriv", $"--reuid={uid}", $"--regid={uid}", "--clear-groups", "env", "-i", "PATH=/usr/bin:/bin", $"HOME={place}/home", $"TMPDIR={place}/home", DotnetProgram.Location, "exec",
                Path.Combine(place, "grader", "mytorch-grader.dll"), "grade", Path.Combine(place, "tiny"), Path.Combine(place, "handins"), "-o", Path.Combine(place, "out"), "--parallel", "1", "--layers", layers);

            Assert.Multiple(() =>
            {
                foreach (string name in names)
                {
                    using JsonDocument expected = Expected(name);
                    string grade = Path.Combine(place, "out", "grades", name, "grade.json");
                    Assert.That(grade, Does.Exist, said);
                    AssertIsAsExpected(JsonReport.Read(File.ReadAllText(grade)), expected.RootElement, name);
                }
            });
            Assert.That(Directory.GetFileSystemEntries(Path.Combine(place, "home")).Where(entry => !Path.GetFileName(entry).StartsWith('.')), Is.Empty, "something was left");
            Assert.That(Process.GetProcesses().Where(process => Line(process).Contains(place, StringComparison.Ordinal)), Is.Empty, "a process was left");
        }
        finally
        {
            Scratch.Remove(place);
        }
    }

    static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{output}");
        return output;
    }

    static void Copy(string from, string to, string pattern)
    {
        foreach (string file in Directory.EnumerateFiles(from, pattern, SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(from, file);
            if (path.Split('/').Any(part => part is "bin" or "obj" or "runtimes")) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, path))!);
            File.Copy(file, Path.Combine(to, path));
        }
    }

    static JsonDocument Expected(string name) => JsonDocument.Parse(Read(Path.Combine(TinyAssignment.BadHandins, name, "expected.json")));

    // What a handin starts and writes bears the number of this process: another run of these tests on the machine leaves things too.
    static string Read(string file) => File.ReadAllText(file).Replace("PROCESS", $"{Environment.ProcessId:D10}", StringComparison.Ordinal);

    static (SourceTree Source, (string, string)[] Files) Handin(string name)
    {
        string folder = Path.Combine(TinyAssignment.BadHandins, name);
        using JsonDocument document = Expected(name);
        string? Text(string key) => document.RootElement.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;
        string members = Path.Combine(folder, "Members.cs");
        SourceTree source = TinyAssignment.Edited(TinyAssignment.Grader.Sources.Reference, File.Exists(members) ? Read(members) : "");
        if (Text("replace") is { } replaced) source = Replace(source, replaced, Text("by")!, Text("behind") ?? "", Text("in"));
        // What several handins do alike stands beside their folders.
        IEnumerable<(string, string)> shared = Text("with") is { } with ? [($"MyTorch/{with}", File.ReadAllText(Path.Combine(TinyAssignment.BadHandins, with)))] : [];
        return (source, [.. shared, .. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => file != members).Select(file => (Path.GetRelativePath(folder, file), File.ReadAllText(file)))]);
    }

    static void AssertIsAsExpected(GradeReport report, JsonElement expected, string name = "")
    {
        string? Text(string key) => expected.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;
        Assert.That(report.Status.ToString().ToLowerInvariant(), Is.EqualTo((Text("status") ?? "graded").Replace("_", "", StringComparison.Ordinal)), report.Message + report.Staff);
        Assert.That(() => JsonDocument.Parse(JsonReport.Write(report)), Throws.Nothing);
        JsonElement tests = expected.GetProperty("tests");
        string[] any = expected.TryGetProperty("any", out JsonElement listed) ? [.. listed.EnumerateArray().Select(one => one.GetString()!)] : [];
        foreach (TestReport test in report.Questions.SelectMany(question => question.Tests))
        {
            if (any.Contains(test.Id)) continue;
            string said = $"{name} {test.Id}: {test.Outcome}: {test.Message}\n{test.Staff}\n{string.Join('\n', report.Build.Errors)}";
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
        if (expected.TryGetProperty("clean", out _)) AssertNothingUnseen(report);
        if (Text("leaves") is { } left) AssertNothingLeft(left);
    }

    // What turns the direction of writing, moves a cursor or has no width reaches no reader.
    static void AssertNothingUnseen(GradeReport report)
    {
        foreach ((string format, Func<GradeReport, string> write) in ReportFormats.All)
            Assert.That(write(report).Where(c => c != '\n' && char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator), Is.Empty, format);
    }

    // Folders of graders that are gone: a living one holds its lock.
    static string[] Left() => [.. Directory.EnumerateDirectories(Path.GetTempPath(), "mytorch-grading-*").Where(folder =>
    {
        try
        {
            using var held = new FileStream(Path.Combine(folder, "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    })];

    static SourceTree Replace(SourceTree source, string what, string by, string behind, string? path)
    {
        path ??= TinyAssignment.ReadingSet.First(one => source[one].Contains(behind.Length > 0 ? behind : what, StringComparison.Ordinal));
        string text = source[path];
        int start = Math.Max(0, text.IndexOf(behind, StringComparison.Ordinal)), at = text.IndexOf(what, start, StringComparison.Ordinal);
        Assert.That(at, Is.GreaterThanOrEqualTo(0), $"{what} is not in {path}");
        return source.With(path, text[..at] + by + text[(at + what.Length)..]);
    }

    // Children run probes.dll, wherever they are by now.
    static bool IsOurs(Process process) => Line(process).Contains("mytorch-grading-", StringComparison.Ordinal) &&
        File.Exists($"/proc/{process.Id}/status") && File.ReadAllText($"/proc/{process.Id}/status").Contains($"PPid:\t{Environment.ProcessId}\n", StringComparison.Ordinal);

    static string Line(Process process)
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText($"/proc/{process.Id}/cmdline").Replace('\0', ' ') : "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    static void AssertNothingLeft(string name)
    {
        Assert.That(Directory.EnumerateFileSystemEntries(Path.GetTempPath(), name + "*"), Is.Empty);
        if (!OperatingSystem.IsLinux()) return;
        foreach (Process process in Process.GetProcesses())
            Assert.That(Line(process), Does.Not.StartWith(name));
    }
}
