using MyTorch.Data;
using MyTorch.Nn;

namespace MyTorch.Reports;

/// <summary>What the score loses when a column's values are shuffled among the rows: permutation importance (Breiman, 2001).</summary>
/// <param name="Name">The column, or a block of pixels.</param>
/// <param name="Loss">The mean loss of the score, in its units.</param>
/// <param name="Deviation">The standard deviation between the shuffles.</param>
/// <param name="Features">The features that were shuffled.</param>
sealed record Importance(string Name, double Loss, double Deviation, IReadOnlyList<int> Features);

/// <summary>The importance of every column, on a bounded number of rows.</summary>
sealed class Importances
{
    const int MostRows = 2000, MostRepeats = 5;

    // About a second or two of arithmetic: twice the parameters for each row.
    const double MostWork = 4e10;

    Importances(IReadOnlyList<Importance> columns, int rows, int repeats)
    {
        (Columns, Rows, Repeats) = (columns, rows, repeats);
    }

    /// <summary>The most important first.</summary>
    internal IReadOnlyList<Importance> Columns { get; }

    internal int Rows { get; }

    internal int Repeats { get; }

    /// <summary>The loss by feature.</summary>
    internal double[] Map(int features)
    {
        double[] map = new double[features];
        foreach (Importance one in Columns)
            foreach (int feature in one.Features) map[feature] = one.Loss;
        return map;
    }

    /// <summary>Shuffles each column of the test rows; null if there are too many columns for a useful number of rows.</summary>
    internal static Importances? Of(
        Module model, Dataset test, IReadOnlyList<(string Name, int[] Features)> columns, int seed, CancellationToken cancellation)
    {
        double perRow = 2.0 * model.ParameterCount + 4 * test.FeatureCount + 200;
        int repeats = (int)Math.Clamp(MostWork / (perRow * columns.Count * Math.Min(MostRows, test.Count)), 1, MostRepeats);
        int rows = (int)Math.Clamp(MostWork / (perRow * columns.Count * repeats), 0, Math.Min(MostRows, test.Count));
        if (columns.Count == 0 || rows < Math.Min(50, test.Count) || rows < 2) return null;

        var generator = new Generator(seed);
        Dataset sample = rows < test.Count ? test.Select(generator.Permutation(test.Count).AsSpan(0, rows)) : test;
        double whole = Score(model, sample);
        if (!double.IsFinite(whole)) return null;
        double[] inputs = sample.Inputs.ToArray();
        int features = sample.FeatureCount;
        var found = new List<Importance>();
        foreach (var (name, changed) in columns)
        {
            cancellation.ThrowIfCancellationRequested();
            double[] losses = new double[repeats];
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                int[] order = generator.Permutation(rows);
                double[] shuffled = [.. inputs];
                for (int row = 0; row < rows; row++)
                    foreach (int f in changed) shuffled[row * features + f] = inputs[order[row] * features + f];
                losses[repeat] = whole - Score(model, sample.With(Tensor.From(shuffled, [rows, features], sample.Inputs.DType), null));
            }
            double mean = losses.Average();
            found.Add(new Importance(name, mean, Math.Sqrt(losses.Sum(l => (l - mean) * (l - mean)) / Math.Max(1, repeats - 1)), changed));
        }
        return new Importances([.. found.OrderByDescending(one => one.Loss)], rows, repeats);
    }

    static double Score(Module model, Dataset rows)
    {
        if (rows.IsClassification) return new ClassPredictions(model, rows).Accuracy;
        var predictions = new NumberPredictions(model, rows);
        return Enumerable.Range(0, rows.OutputCount).Average(predictions.R2);
    }
}
