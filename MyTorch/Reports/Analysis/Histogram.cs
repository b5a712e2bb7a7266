namespace MyTorch.Reports;

/// <summary>Counts of numbers in bins of equal width.</summary>
static class Histogram
{
    /// <summary>The centre of each bin and its count; values that are not finite are left out.</summary>
    internal static (double[] Centres, int[] Counts) Of(IEnumerable<double> values, int bins)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0) return ([], []);
        double low = finite.Min(), high = finite.Max();
        if (low == high) return ([low], [finite.Length]);
        double width = high / bins - low / bins;
        int[] counts = new int[bins];
        foreach (double value in finite) counts[Math.Clamp((int)((value - low) / width), 0, bins - 1)]++;
        return ([.. Enumerable.Range(0, bins).Select(i => low + (i + 0.5) * width)], counts);
    }
}
