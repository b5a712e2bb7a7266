using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>Arrays as small tables, beside each other while the line is wide enough.</summary>
public static class Tables
{
    const int Width = 110, Largest = 64;

    /// <summary>Lines of text.</summary>
    public static IEnumerable<string> Of(IEnumerable<(string Title, Returned Value)> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        var row = new List<string[]>();
        foreach ((string title, Returned value) in arrays)
        {
            string[] block = Block(title, value);
            if (row.Count > 0 && row.Append(block).Sum(other => other[0].Length + 3) > Width)
            {
                foreach (string line in Beside(row)) yield return line;
                row.Clear();
            }
            row.Add(block);
        }
        foreach (string line in Beside(row)) yield return line;
    }

    static IEnumerable<string> Beside(List<string[]> blocks) =>
        Enumerable.Range(0, blocks.Select(block => block.Length).DefaultIfEmpty(0).Max())
        .Select(i => string.Join(" | ", blocks.Select(block => i < block.Length ? block[i] : new string(' ', block[0].Length))).TrimEnd());

    // A title, and a line for each row; a matrix of a stack is parted from the next by an empty line. All lines are of one width.
    static string[] Block(string title, Returned value)
    {
        var lines = new List<string> { value.Shape is null ? title : $"{title} {Comparison.Shape(value)}" };
        if (value.Shape is null) lines.Add("null");
        else if (value.Values.Length > Largest) lines.Add("(too large to show)");
        else if (value.Values.Length > 0)
        {
            string[] numbers = [.. value.Values.Select(Comparison.Number)];
            int columns = value.Shape.Length == 0 ? 1 : value.Shape[^1], rows = value.Shape.Length < 2 ? 1 : value.Shape[^2];
            int width = numbers.Max(number => number.Length);
            foreach ((int i, string[] line) in numbers.Chunk(columns).Index())
            {
                if (i > 0 && i % rows == 0) lines.Add("");
                lines.Add(string.Join("  ", line.Select(number => number.PadLeft(width))));
            }
        }
        int widest = lines.Max(line => line.Length);
        return [.. lines.Select(line => line.PadRight(widest))];
    }
}
