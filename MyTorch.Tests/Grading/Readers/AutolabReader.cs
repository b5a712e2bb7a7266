using System.Text.Json;
using System.Text.RegularExpressions;

namespace MyTorch.Tests.Grading;

/// <summary>
/// Reads a captured output as Autolab does: the last line with letters and digits before colons put into quotes, the line before it for the
/// tables, problem names that must exist.
/// </summary>
sealed class AutolabReader
{
    /// <summary>The scores saved, also those before an unknown name ended the reading.</summary>
    public Dictionary<string, double> Scores { get; } = [];

    /// <summary>Why no or not all scores were saved; null if they were.</summary>
    public string? Error { get; private set; }

    /// <summary>By stage and test whether it passed, and its hint; null if there are no tables.</summary>
    public Dictionary<string, Dictionary<string, (bool Passed, string? Hint)>>? Tables { get; private set; }

    public static AutolabReader Read(string capture, IReadOnlyCollection<string> problems)
    {
        var reader = new AutolabReader();
        string[] lines = (capture.EndsWith('\n') ? capture[..^1] : capture).Split('\n');
        reader.ReadScores(Regex.Replace(lines[^1], "([a-zA-Z0-9]+):", "\"$1\":"), problems);
        if (lines.Length > 1) reader.ReadTables(lines[^2]);
        return reader;
    }

    void ReadScores(string line, IReadOnlyCollection<string> problems)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("scores", out JsonElement scores) || scores.ValueKind != JsonValueKind.Object || !scores.EnumerateObject().Any())
            {
                Error = "no scores";
                return;
            }
            foreach (JsonProperty score in scores.EnumerateObject())
            {
                if (!problems.Contains(score.Name))
                {
                    Error = $"unknown problem {score.Name}";
                    return;
                }
                Scores[score.Name] = score.Value.GetDouble();
            }
        }
        catch (JsonException e)
        {
            Error = "parse: " + e.Message;
        }
    }

    void ReadTables(string line)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            return;
        }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("_presentation", out JsonElement kind) || kind.GetString() != "semantic") return;
            Tables = [];
            foreach (string stage in document.RootElement.GetProperty("stages").EnumerateArray().Select(name => name.GetString()!))
            {
                // hash[stage].key?: a stage that is no key of an object breaks the page.
                JsonElement tests = document.RootElement.GetProperty(stage);
                Assert.That(tests.ValueKind, Is.EqualTo(JsonValueKind.Object), stage);
                var table = Tables[stage] = [];
                IEnumerable<string> order = tests.TryGetProperty("_order", out JsonElement names) ? names.EnumerateArray().Select(name => name.GetString()!) : tests.EnumerateObject().Select(one => one.Name);
                foreach (string name in order.Where(name => !name.StartsWith('_')))
                {
                    JsonElement test = tests.GetProperty(name);
                    table[name] = (test.GetProperty("passed").GetBoolean(), test.TryGetProperty("hint", out JsonElement hint) ? hint.GetString() : null);
                }
            }
        }
    }
}
