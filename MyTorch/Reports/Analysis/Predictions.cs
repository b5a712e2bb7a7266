using MyTorch.Data;
using MyTorch.Nn;

namespace MyTorch.Reports;

/// <summary>Runs a model over rows in batches, in evaluation mode and without recording.</summary>
static class Batches
{
    // A batch's inputs and outputs hold at most about this many numbers each.
    const int MostElements = 1 << 20;

    internal static IEnumerable<(Tensor Output, int Start)> Run(Module model, Dataset rows)
    {
        int size = Math.Clamp(MostElements / Math.Max(rows.FeatureCount, rows.OutputCount), 1, 1024), start = 0;
        using IDisposable evaluation = model.InEvaluationMode();
        foreach (Batch batch in new DataLoader(rows, size))
        {
            // The caller's code runs between two rows of an iterator, so the pause is for the model alone.
            Tensor output;
            using (Autograd.Pause()) output = model.Forward(batch.Inputs);
            if (output.Rank != 2 || output.Shape[0] != batch.Count || output.Shape[1] != rows.OutputCount)
                throw new InvalidOperationException(
                    $"Report: the model gives {output.Shape} for a batch of {batch.Count} row(s); expected ({batch.Count}, " +
                    $"{rows.OutputCount}), one " +
                    $"{(rows.IsClassification ? "score for each class" : "number for each target")}. Give its last layer " +
                    $"{rows.OutputCount} output(s).");
            yield return (output, start);
            start += batch.Count;
        }
    }
}

/// <summary>What a classifier said about each row. Its memory does not grow with the number of classes.</summary>
sealed class ClassPredictions
{
    internal ClassPredictions(Module model, Dataset rows)
    {
        Truth = [.. rows.Labels.ToInt64Array().Select(label => (int)label)];
        ClassCount = rows.ClassCount;
        (Predicted, Confidence, OfTruth) = (new int[rows.Count], new double[rows.Count], new double[rows.Count]);
        if (ClassCount == 2) OfSecond = new double[rows.Count];
        foreach (var (output, start) in Batches.Run(model, rows))
        {
            int batch = output.Shape[0];
            double[] scores = output.ToArray();
            for (int i = 0; i < batch; i++) Add(scores.AsSpan(i * ClassCount, ClassCount), start + i);
        }
        for (int i = 0; i < Truth.Length; i++) if (Predicted[i] == Truth[i]) Right++;
    }

    internal int ClassCount { get; }

    internal int[] Truth { get; }

    internal int[] Predicted { get; }

    /// <summary>The probability of the predicted class, by row.</summary>
    internal double[] Confidence { get; }

    /// <summary>The probability of the true class, by row.</summary>
    internal double[] OfTruth { get; }

    /// <summary>With two classes: the probability of the second, by row.</summary>
    internal double[]? OfSecond { get; }

    internal int Right { get; private set; }

    /// <summary>Whether an output was NaN. Such a model has no score.</summary>
    internal bool IsNaN { get; private set; }

    internal double Accuracy => IsNaN ? double.NaN : (double)Right / Truth.Length;

    // The softmax of a row in Float64: exp(s − max) over their sum.
    void Add(ReadOnlySpan<double> scores, int row)
    {
        int best = 0;
        double sum = 0;
        for (int c = 0; c < scores.Length; c++)
        {
            IsNaN |= double.IsNaN(scores[c]);
            if (scores[c] > scores[best]) best = c;
        }
        foreach (double score in scores) sum += Math.Exp(score - scores[best]);
        Predicted[row] = best;
        Confidence[row] = 1 / sum;
        OfTruth[row] = Math.Exp(scores[Truth[row]] - scores[best]) / sum;
        OfSecond?[row] = Math.Exp(scores[1] - scores[best]) / sum;
    }

    /// <summary>The rows of true class t that were predicted as class p, for pairs that occur.</summary>
    internal IReadOnlyDictionary<(int Truth, int Predicted), int> Confusions()
    {
        var counts = new Dictionary<(int, int), int>();
        for (int i = 0; i < Truth.Length; i++)
            counts[(Truth[i], Predicted[i])] = counts.GetValueOrDefault((Truth[i], Predicted[i])) + 1;
        return counts;
    }

    /// <summary>Precision, recall and F1 of each class, and the number of its rows; NaN where there is nothing to divide by.</summary>
    internal IReadOnlyList<ClassCounts> PerClass()
    {
        int[] rows = new int[ClassCount], named = new int[ClassCount], right = new int[ClassCount];
        for (int i = 0; i < Truth.Length; i++)
        {
            rows[Truth[i]]++;
            named[Predicted[i]]++;
            if (Truth[i] == Predicted[i]) right[Truth[i]]++;
        }
        return [.. Enumerable.Range(0, ClassCount).Select(c => new ClassCounts(
            c, rows[c], named[c], right[c], (double)right[c] / named[c], (double)right[c] / rows[c],
                2.0 * right[c] / (rows[c] + named[c])))];
    }

    /// <summary>
    /// The receiver operating characteristic of two classes: for each threshold the share of the first class that is taken for the second,
    /// and the share of the second class that is found; and the area under it (Fawcett, 2006). Equal probabilities are one point.
    /// </summary>
    internal (IReadOnlyList<(double Threshold, double FalsePositives, double TruePositives)> Points, double Area) Roc()
    {
        int[] order = [.. Enumerable.Range(0, Truth.Length).OrderByDescending(i => OfSecond![i])];
        double positives = Truth.Count(t => t == 1), negatives = Truth.Length - positives;
        var points = new List<(double, double, double)> { (double.PositiveInfinity, 0, 0) };
        double found = 0, wrong = 0, area = 0, lastFound = 0, lastWrong = 0;
        for (int k = 0; k < order.Length; k++)
        {
            if (Truth[order[k]] == 1) found++;
            else wrong++;
            if (k + 1 < order.Length && OfSecond![order[k + 1]] == OfSecond[order[k]]) continue;
            area += (wrong - lastWrong) * (found + lastFound) / 2;
            (lastFound, lastWrong) = (found, wrong);
            points.Add((OfSecond![order[k]], wrong / negatives, found / positives));
        }
        return (points, area / (positives * negatives));
    }

    /// <summary>
    /// The 95 % interval of the area under the ROC curve, on the scale of its logit (DeLong, DeLong and Clarke-Pearson, 1988); null if a
    /// class has fewer than two rows, or all pairs are in order.
    /// </summary>
    internal ScoreInterval? AreaInterval()
    {
        int[] order = [.. Enumerable.Range(0, Truth.Length).OrderBy(i => OfSecond![i])];
        int positives = Truth.Count(t => t == 1), negatives = Truth.Length - positives;
        if (positives < 2 || negatives < 2) return null;
        // For each row the share of the rows of the other class that it is in order with; equal probabilities count half.
        double[] placed = new double[Truth.Length];
        for (int k = 0, below = 0, above = positives; k < order.Length;)
        {
            int end = k, first = 0, second = 0;
            for (; end < order.Length && OfSecond![order[end]] == OfSecond[order[k]]; end++)
                if (Truth[order[end]] == 1) second++;
                else first++;
            above -= second;
            for (; k < end; k++)
                placed[order[k]] = Truth[order[k]] == 1 ? (below + first / 2.0) / negatives : (above + second / 2.0) / positives;
            below += first;
        }
        double[] ofPositives = [.. placed.Where((_, i) => Truth[i] == 1)], ofNegatives = [.. placed.Where((_, i) => Truth[i] == 0)];
        double area = ofPositives.Average();
        double deviation = Math.Sqrt(Variance(ofPositives) / positives + Variance(ofNegatives) / negatives);
        if (!(area > 0 && area < 1 && deviation > 0)) return null;
        double logit = Math.Log(area / (1 - area)), half = ScoreInterval.NormalQuantile(0.975) * deviation / (area * (1 - area));
        return new ScoreInterval(1 / (1 + Math.Exp(half - logit)), 1 / (1 + Math.Exp(-half - logit)), 0.95);

        static double Variance(double[] values)
        {
            double mean = values.Average();
            return values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1);
        }
    }

    /// <summary>
    /// Rows in ten groups by a probability: with two classes that of the second, otherwise that of the predicted class. Each has its mean
    /// probability and the number of rows of which it was true; and the mean difference of the two shares, weighted by rows (expected
    /// calibration error: Guo et al., 2017).
    /// </summary>
    internal (IReadOnlyList<(int Rows, double Said, int True)> Bins, double Error) Calibration()
    {
        const int bins = 10;
        int[] rows = new int[bins], right = new int[bins];
        double[] said = new double[bins], probabilities = OfSecond ?? Confidence;
        for (int i = 0; i < Truth.Length; i++)
        {
            int bin = Math.Clamp((int)(probabilities[i] * bins), 0, bins - 1);
            rows[bin]++;
            said[bin] += probabilities[i];
            if (OfSecond is null ? Truth[i] == Predicted[i] : Truth[i] == 1) right[bin]++;
        }
        var kept = Enumerable.Range(0, bins).Where(b => rows[b] > 0).Select(b => (rows[b], said[b] / rows[b], right[b])).ToArray();
        return (kept, kept.Sum(b => Math.Abs(b.Item1 * b.Item2 - b.Item3)) / Truth.Length);
    }
}

/// <summary>
/// How well a class was recognised, and the counts that this comes from: its rows, those predicted as it, those that were right.
/// </summary>
sealed record ClassCounts(int Class, int Rows, int Named, int Right, double Precision, double Recall, double F1);

/// <summary>What a regression said about each row, one target after the other, in the units of the file.</summary>
sealed class NumberPredictions
{
    internal NumberPredictions(Module model, Dataset rows)
    {
        int targets = rows.OutputCount;
        (Truth, Predicted) = (new double[targets][], new double[targets][]);
        for (int t = 0; t < targets; t++) (Truth[t], Predicted[t]) = (new double[rows.Count], new double[rows.Count]);
        foreach (var (output, start) in Batches.Run(model, rows)) Add(rows, output, Predicted, start);
        Add(rows, rows.Targets, Truth, 0);
    }

    static void Add(Dataset rows, Tensor values, double[][] into, int start)
    {
        double[] flat = (rows.Standardizer?.InverseTargets(values) ?? values).ToArray();
        for (int i = 0; i < flat.Length; i++) into[i % into.Length][start + i / into.Length] = flat[i];
    }

    /// <summary>By target and row.</summary>
    internal double[][] Truth { get; }

    internal double[][] Predicted { get; }

    internal double R2(int target)
    {
        double mean = Truth[target].Average();
        double errors = Truth[target].Zip(Predicted[target], (t, p) => (t - p) * (t - p)).Sum(),
            spread = Truth[target].Sum(t => (t - mean) * (t - mean));
        return spread > 0 ? 1 - errors / spread : errors == 0 ? 1 : double.IsNaN(errors) ? double.NaN : 0;
    }

    /// <summary>The interval of the mean R² of the targets, by bootstrap; fewer samples are drawn of very many rows.</summary>
    internal ScoreInterval? Interval(int seed)
    {
        int rows = Truth[0].Length;
        if (rows < 3 || !double.IsFinite(Enumerable.Range(0, Truth.Length).Average(R2))) return null;
        return ScoreInterval.Bootstrap(Table(Predicted), Table(Truth), (p, y) =>
            Metrics.R2(p, y), samples: Math.Clamp(20_000_000 / rows, 100, 1000), generator: new Generator(seed));

        static Tensor Table(double[][] columns)
        {
            double[] flat = new double[columns.Length * columns[0].Length];
            for (int i = 0; i < flat.Length; i++) flat[i] = columns[i % columns.Length][i / columns.Length];
            return Tensor.From(flat, [columns[0].Length, columns.Length], DType.Float64);
        }
    }

    internal double MeanAbsoluteError(int target) => Truth[target].Zip(Predicted[target], (t, p) => Math.Abs(t - p)).Average();

    internal double RootMeanSquare(int target) => Math.Sqrt(Truth[target].Zip(Predicted[target], (t, p) => (t - p) * (t - p)).Average());
}
