namespace MyTorch.Teaching;

/// <summary>
/// How often numbers of a layer fall into ranges of the same width: activations or gradients, to see whether they vanish, explode or
/// saturate.
/// </summary>
public sealed class NetworkHistogram
{
    NetworkHistogram(double low, double high, int[] counts, int zeros, int notFinite) =>
        (Low, High, Counts, Zeros, NotFinite) = (low, high, counts.AsReadOnly(), zeros, notFinite);

    /// <summary>The lower end of the first range.</summary>
    public double Low { get; }

    /// <summary>The upper end of the last range.</summary>
    public double High { get; }

    /// <summary>
    /// How many numbers are in each range; a number between two ranges is in the upper one, and <see cref="High"/> in the last.
    /// </summary>
    public IReadOnlyList<int> Counts { get; }

    /// <summary>How many numbers are exactly 0.</summary>
    public int Zeros { get; }

    /// <summary>How many numbers are NaN or infinite; they are in no range.</summary>
    public int NotFinite { get; }

    /// <summary>Counts numbers.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="ranges">The number of ranges, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no range.</exception>
    public static NetworkHistogram Of(IReadOnlyList<double> values, int ranges = 21)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (ranges < 1) throw Invalid.Setting(nameof(ranges), ranges, "NetworkHistogram: there must be at least 1 range.");
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        int zeros = 0, bad = 0;
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
            {
                bad++;
                continue;
            }
            if (value == 0) zeros++;
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }
        if (low > high) (low, high) = (0, 0);
        int[] counts = new int[ranges];
        foreach (double value in values)
        {
            if (!double.IsFinite(value)) continue;
            // Numbers that are all the same are in the middle.
            int range = high > low ? (int)(ranges * ((value - low) / (high - low))) : ranges / 2;
            counts[Math.Min(ranges - 1, range)]++;
        }
        return new NetworkHistogram(low, high, counts, zeros, bad);
    }
}
