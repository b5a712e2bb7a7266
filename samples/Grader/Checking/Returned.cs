using System.Globalization;

namespace MyTorch.Probes;

/// <summary>A result of a probe.</summary>
/// <param name="Name">Its name; parts of a question list names.</param>
/// <param name="Shape">Its shape; null for a null.</param>
/// <param name="DType">The name of its type.</param>
/// <param name="Values">Its elements in row-major order.</param>
public sealed record Returned(string Name, int[]? Shape, string DType, double[] Values)
{
    /// <summary>Whether a part of a question lists this result: by its name, in which a star stands for any text.</summary>
    public bool IsListedAs(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        string[] pieces = pattern.Split('*');
        if (pieces.Length == 1) return Name == pattern;
        if (!Name.StartsWith(pieces[0], StringComparison.Ordinal) || !Name.EndsWith(pieces[^1], StringComparison.Ordinal)) return false;
        int at = pieces[0].Length, end = Name.Length - pieces[^1].Length;
        foreach (string piece in pieces[1..^1])
        {
            int found = at <= end ? Name.IndexOf(piece, at, end - at, StringComparison.Ordinal) : -1;
            if (found < 0) return false;
            at = found + piece.Length;
        }
        return at <= end;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Name}: {(Shape is null ? "null" : $"({string.Join(", ", Shape)}) {DType}")}");
}
