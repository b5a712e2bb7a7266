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
                EditDistance.Between(given, name), last.Length > 2 && given != last && name.EndsWith("." + last, StringComparison.Ordinal)
                    ? 3
                    : int.MaxValue)))
            .Where(pair => pair.distance <= Math.Max(3, given.Length / 6))
            .OrderBy(pair => pair.distance).ThenBy(pair => EditDistance.Between(given, pair.name))
            .ThenBy(pair => pair.name, StringComparer.Ordinal).Take(3).Select(pair => pair.name)];
        return near.Length == 0 ? "" : $" Did you mean {(near.Length == 1 ? near[0] : $"{string.Join(", ", near[..^1])} or {near[^1]}")}?";
    }
}
