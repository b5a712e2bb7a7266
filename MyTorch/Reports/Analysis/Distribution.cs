namespace MyTorch.Reports;

/// <summary>How the numbers of some tensors are distributed at one time: quantiles, and counts in bins of equal width.</summary>
sealed class Distribution
{
    const int Bins = 40;

    // Sorting more numbers than this would be felt in a training; fewer are taken, evenly spaced.
    const int MostNumbers = 100_000;

    static readonly double[] s_shares = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

    Distribution(double[] sorted, int notFinite)
    {
        (Count, NotFinite) = (sorted.Length, notFinite);
        Quantiles = sorted.Length == 0 ? [] : [.. s_shares.Select(share => sorted[(int)Math.Round(share * (sorted.Length - 1))])];
        (_, Counts) = Histogram.Of(sorted, Bins);
    }

    /// <summary>The number of finite values that were counted.</summary>
    internal int Count { get; }

    /// <summary>The number of values that are NaN or infinite.</summary>
    internal int NotFinite { get; }

    /// <summary>
    /// The least value, the 5 %, 25 %, 50 %, 75 % and 95 % quantiles, and the greatest value; empty without a finite value.
    /// </summary>
    internal IReadOnlyList<double> Quantiles { get; }

    /// <summary>The counts from the least to the greatest value; a single one if all values are equal.</summary>
    internal IReadOnlyList<int> Counts { get; }

    internal double Least => Quantiles[0];

    internal double Greatest => Quantiles[^1];

    /// <summary>The distribution of all elements together.</summary>
    internal static Distribution Of(IEnumerable<Tensor> tensors)
    {
        Tensor[] all = [.. tensors];
        long count = all.Sum(tensor => (long)tensor.ElementCount);
        int step = (int)((count + MostNumbers - 1) / MostNumbers), notFinite = 0;
        var values = new List<double>((int)Math.Min(count, MostNumbers + all.Length));
        foreach (Tensor tensor in all)
            for (int i = 0; i < tensor.ElementCount; i += step)
            {
                double value = tensor.ValueAt(i);
                if (double.IsFinite(value)) values.Add(value);
                else notFinite++;
            }
        values.Sort();
        return new Distribution([.. values], notFinite);
    }
}

/// <summary>The distributions of a layer's weights and gradients at the first step of an epoch.</summary>
sealed record LayerSnapshot(int Epoch, IReadOnlyList<Distribution> Weights, IReadOnlyList<Distribution> Gradients);
