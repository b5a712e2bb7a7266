using System.Text.Json;

namespace MyTorch.Tests.Conformance;

/// <summary>
/// Finds the oracle cases to run: the committed folder, or the one <c>MYTORCH_ORACLE</c> names. Whatever is wrong with a
/// folder, a file or a case becomes an entry whose test fails, so that a bad path can never look like a green run.
/// </summary>
public static class OracleFolder
{
    /// <summary>A case to run, or the <paramref name="Problem"/> that is reported instead of cases.</summary>
    public sealed record Entry(string Name, OracleCase? Case, string? Problem);

    /// <summary>
    /// The folder of this run: <c>MYTORCH_ORACLE</c> if it is set, even to an empty text; otherwise the cases beside the test program.
    /// </summary>
    public static string Current =>
        Environment.GetEnvironmentVariable("MYTORCH_ORACLE") ?? Path.Combine(AppContext.BaseDirectory, "Conformance", "cases");

    /// <summary>Every case of every *.json file in <paramref name="folder"/>, named file/id.</summary>
    public static IReadOnlyList<Entry> Read(string folder)
    {
        if (!Path.IsPathFullyQualified(folder))
            return [Bad("folder", $"MYTORCH_ORACLE is '{folder}', a relative path. Give the absolute path of a folder of oracle files.")];
        if (!Directory.Exists(folder))
            return [Bad("folder", $"The oracle folder '{folder}' does not exist.")];

        string[] files = Directory.GetFiles(folder, "*.json");
        if (files.Length == 0)
            return [Bad("folder", $"The oracle folder '{folder}' holds no *.json file.")];

        Array.Sort(files, StringComparer.Ordinal);
        var entries = new List<Entry>();
        var taken = new HashSet<string>();
        foreach (string file in files)
            foreach (Entry entry in ReadFile(file))
            {
                // Two tests of one name hide each other in reports: number the later ones.
                string name = entry.Name;
                for (int copy = 2; !taken.Add(name); copy++) name = $"{entry.Name}#{copy}";
                entries.Add(entry with { Name = name });
            }
        return entries;
    }

    static List<Entry> ReadFile(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            JsonElement root = document.RootElement;
            JsonElement cases = root.ValueKind == JsonValueKind.Array ? root
                : root.ValueKind == JsonValueKind.Object && root.TryGetProperty("cases", out JsonElement list) ? list
                : default;
            if (cases.ValueKind != JsonValueKind.Array || cases.GetArrayLength() == 0)
                return [Bad(stem, $"The oracle file '{file}' holds no cases.")];
            return [.. cases.EnumerateArray().Select((json, position) => ReadCase(stem, json, position))];
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return [Bad(stem, $"The oracle file '{file}' cannot be read: {error.Message}")];
        }
    }

    static Entry ReadCase(string stem, JsonElement json, int position)
    {
        string id = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("id", out JsonElement value)
            ? value.ToString()
            : $"[{position}]";
        try
        {
            // A clone outlives the document that the arguments of the case are read from.
            return new Entry($"{stem}/{id}", OracleCase.Parse(json.Clone()), null);
        }
        catch (JsonException error)
        {
            return Bad($"{stem}/{id}", $"The case cannot be read: {error.Message}");
        }
    }

    static Entry Bad(string name, string problem) => new(name, null, problem);
}
