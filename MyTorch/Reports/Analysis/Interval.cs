namespace MyTorch.Reports;

/// <summary>95 % intervals of scores: where the score on very many rows of the same kind is likely to be.</summary>
static class Interval
{
    const double Z = 1.959963984540054;

    /// <summary>Of a share of rows: the score interval of Wilson (1927), which holds for few rows and for shares near 0 and 1.</summary>
    internal static (double Low, double High) OfShare(long right, long rows)
    {
        if (rows == 0) return (0, 1);
        double n = rows, p = right / n, middle = p + Z * Z / (2 * n);
        double half = Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)), scale = 1 + Z * Z / n;
        return (Math.Max(0, (middle - half) / scale), Math.Min(1, (middle + half) / scale));
    }

    /// <summary>
    /// Of R² = 1 − Σe²/Σd², with errors e and deviations d from the mean, by the delta method: a row moves the quotient by
    /// (e² − q·d²)/Σd², with q = Σe²/Σd², and the rows are independent.
    /// </summary>
    internal static (double Low, double High) OfR2(IReadOnlyList<double> truth, IReadOnlyList<double> predicted)
    {
        double mean = truth.Average(), errors = 0, spread = 0;
        for (int i = 0; i < truth.Count; i++)
        {
            errors += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
            spread += (truth[i] - mean) * (truth[i] - mean);
        }
        if (!(spread > 0)) return (double.NaN, double.NaN);
        double quotient = errors / spread, variance = 0;
        for (int i = 0; i < truth.Count; i++)
        {
            double error = truth[i] - predicted[i], deviation = truth[i] - mean;
            double influence = (error * error - quotient * deviation * deviation) / spread;
            variance += influence * influence;
        }
        double half = Z * Math.Sqrt(variance * truth.Count / Math.Max(1, truth.Count - 1));
        return (1 - quotient - half, Math.Min(1, 1 - quotient + half));
    }
}
