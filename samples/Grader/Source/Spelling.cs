namespace MyTorch.Grader.Source;

/// <summary>Names that somebody may have meant.</summary>
static class Spelling
{
    /// <summary>" Did you mean a, b or c?", nearest first; empty if no name is near.</summary>
    public static string DidYouMean(string given, IEnumerable<string> names)
    {
        string last = given[(given.LastIndexOf('.') + 1)..];
        string[] near = [.. names.Distinct(StringComparer.Ordinal)
            .Select(name => (name, distance: Math.Min(
                Distance(given, name), last.Length > 2 && given != last && name.EndsWith("." + last, StringComparison.Ordinal) ? 3 : int.MaxValue)))
            .Where(pair => pair.distance <= Math.Max(3, given.Length / 6))
            .OrderBy(pair => pair.distance).ThenBy(pair => Distance(given, pair.name)).ThenBy(pair => pair.name, StringComparer.Ordinal).Take(3).Select(pair => pair.name)];
        return near.Length == 0 ? "" : $" Did you mean {(near.Length == 1 ? near[0] : $"{string.Join(", ", near[..^1])} or {near[^1]}")}?";
    }

    /// <summary>How many letters to change, add or drop (Levenshtein, 1966), without regard to case.</summary>
    internal static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
