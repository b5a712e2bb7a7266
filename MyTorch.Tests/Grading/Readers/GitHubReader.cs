using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MyTorch.Tests.Grading;

/// <summary>
/// Reads outputs of steps as GitHub Classroom's reporter does, and takes both of its sums: the table's by passed tests, the notice's by
/// points.
/// </summary>
sealed class GitHubReader
{
    public double Table { get; private set; }

    public double Notice { get; private set; }

    public double Most { get; private set; }

    public List<(string Runner, string Status, IReadOnlyList<(string Name, string Status, double Score, string Message)> Tests)> Runners { get; } = [];

    public static GitHubReader Read(string outputs)
    {
        var reader = new GitHubReader();
        foreach (string line in outputs.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string runner = line[..equals];
            Assert.That(runner, Does.Match("^[a-zA-Z0-9]+$"), "the reporter's input runners takes letters and digits between commas");
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(line[(equals + 1)..])));
            JsonElement root = document.RootElement;
            Assert.That(root.GetProperty("version").GetInt32(), Is.EqualTo(1));
            Assert.That(root.GetProperty("status").GetString(), Is.AnyOf("pass", "fail", "error"));
            double most = root.GetProperty("max_score").GetDouble();
            var tests = root.GetProperty("tests").EnumerateArray().Select(test => (
                Name: test.GetProperty("name").GetString()!, Status: test.GetProperty("status").GetString()!, Score: test.GetProperty("score").GetDouble(), Message: test.GetProperty("message").GetString()!)).ToList();
            Assert.That(tests.Select(test => test.Status), Is.All.AnyOf("pass", "fail", "error"));
            Assert.That(tests, Is.Not.Empty);
            reader.Runners.Add((runner, root.GetProperty("status").GetString()!, tests));
            reader.Table += tests.Count(test => test.Status == "pass") / (double)tests.Count * most;
            reader.Notice += tests.Sum(test => test.Score);
            reader.Most += most;
        }
        return reader;
    }

    /// <summary>The lines of a log that a runner would take for commands.</summary>
    public static IReadOnlyList<string> Commands(string log)
    {
        var commands = new List<string>();
        string? stopped = null;
        foreach (string line in log.Split('\n'))
        {
            string trimmed = line.TrimStart();
            if (stopped is not null)
            {
                if (trimmed == $"::{stopped}::") stopped = null;
            }
            else if (Regex.Match(trimmed, "^::stop-commands::(.+)$") is { Success: true } stop) stopped = stop.Groups[1].Value;
            else if (trimmed.StartsWith("::", StringComparison.Ordinal) || trimmed.StartsWith("##[", StringComparison.Ordinal)) commands.Add(line);
        }
        Assert.That(stopped, Is.Null, "commands were never allowed again");
        return commands;
    }
}
