using System.Globalization;

namespace MyTorch.Data;

/// <summary>
/// Where the score of a model probably is on new rows of the same kind: a confidence interval around what a number of test rows gave.
/// </summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
/// <param name="Level">The confidence level, such as 0.95: the share of such intervals that hold the true score.</param>
public readonly record struct ScoreInterval(double Low, double High, double Level)
{
    /// <summary>
    /// Wilson's interval of an accuracy, or of another share of rows. It is right for few rows and near 0 and 1 too. Wilson, 1927.
    /// </summary>
    /// <param name="right">The number of rows that count.</param>
    /// <param name="rows">The number of all rows, 1 or more.</param>
    /// <param name="level">The confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public static ScoreInterval OfShare(int right, int rows, double level = 0.95)
    {
        if (rows < 1) throw Invalid.Setting(nameof(rows), rows, $"ScoreInterval.OfShare: there must be at least one row.");
        if (right < 0 || right > rows)
            throw Invalid.Setting(nameof(right), right, $"ScoreInterval.OfShare: right must be 0 to {rows}, the number of rows.");
        RequireLevel(level, nameof(OfShare));
        double z = NormalQuantile((1 + level) / 2), n = rows, p = right / n;
        double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
        double half = z / (1 + z * z / n) * Math.Sqrt(p * (1 - p) / n + z * z / (4 * n * n));
        return new(right == 0 ? 0 : Math.Max(0, middle - half), right == rows ? 1 : Math.Min(1, middle + half), level);
    }

    /// <summary>
    /// The bootstrap interval of any score: the score of many samples of the rows, drawn with replacement, without the lowest and highest
    /// (1 − level)/2 of them. The same seed gives the same interval. Efron, 1979.
    /// </summary>
    /// <param name="predictions">(N, …), what is scored.</param>
    /// <param name="targets">(N, …), the true values.</param>
    /// <param name="score">The score of a sample: <c>(p, y) => Metrics.R2(p, y)</c>. A sample for which it is NaN is drawn again.</param>
    /// <param name="level">The confidence level, between 0 and 1.</param>
    /// <param name="samples">The number of samples, 100 or more.</param>
    /// <param name="generator">The source of the samples; one with seed 0 if omitted.</param>
    /// <exception cref="ArgumentException">The numbers of rows differ or are 0, or the score of most samples is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    public static ScoreInterval Bootstrap(
        Tensor predictions, Tensor targets, Func<Tensor, Tensor, double> score, double level = 0.95, int samples = 1000,
            Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(score);
        RequireLevel(level, nameof(Bootstrap));
        if (samples < 100) throw Invalid.Setting(nameof(samples), samples, $"ScoreInterval.Bootstrap: the ends need at least 100 samples.");
        if (predictions.Rank == 0 || targets.Rank == 0 || predictions.Shape[0] != targets.Shape[0] || targets.Shape[0] == 0)
            throw Invalid.Argument(
                nameof(predictions),
                $"ScoreInterval.Bootstrap: the predictions have shape {predictions.Shape} and the targets {targets.Shape}; expected " +
                $"(N, …) both, " +
                $"with the same number of rows, at least one.");
        generator ??= new Generator(0);
        int rows = targets.Shape[0], undefined = 0;
        var scores = new double[samples];
        int[] sample = new int[rows];
        using PauseScope pause = Autograd.Pause();
        for (int k = 0; k < samples;)
        {
            for (int i = 0; i < rows; i++) sample[i] = generator.Next(rows);
            scores[k] = score(Columns.Gather(predictions, sample), Columns.Gather(targets, sample));
            if (!double.IsNaN(scores[k])) k++;
            else if (++undefined > samples)
                throw Invalid.Argument(
                    nameof(score), $"ScoreInterval.Bootstrap: the score of {undefined} of {undefined + k} samples is NaN; it is not " +
                        $"defined for these rows.");
        }
        Array.Sort(scores);
        return new(Quantile(scores, (1 - level) / 2), Quantile(scores, (1 + level) / 2), level);
    }

    /// <summary>The interval in brackets, to four decimals: <c>[0.8910, 0.9342]</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Low:F4}, {High:F4}]");

    static void RequireLevel(double level, string method)
    {
        if (level is not (> 0 and < 1))
            throw Invalid.Setting(nameof(level), level, $"ScoreInterval.{method}: the level must be between 0 and 1, such as 0.95.");
    }

    /// <summary>The quantile of sorted numbers, linear between two of them.</summary>
    static double Quantile(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        double part = position - below;
        return part == 0 ? sorted[below] : sorted[below] + part * (sorted[below + 1] - sorted[below]);
    }

    /// <summary>x with Φ(x) = p for p from ½ to 1, by bisection.</summary>
    internal static double NormalQuantile(double p)
    {
        double low = 0, high = 40;
        for (int i = 0; i < 200; i++)
        {
            double middle = (low + high) / 2;
            if (middle == low || middle == high) break;
            if (UpperTail(middle) > 1 - p) low = middle;
            else high = middle;
        }
        return low;
    }

    /// <summary>1 − Φ(x) for x ≥ 0: by the series of Φ near 0, by Laplace's continued fraction beyond.</summary>
    static double UpperTail(double x)
    {
        double density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (x < 3)
        {
            double sum = 0, term = x;
            for (int k = 3; sum + term != sum; k += 2)
            {
                sum += term;
                term *= x * x / k;
            }
            return 0.5 - density * sum;
        }
        double fraction = 0;
        for (int k = 200; k > 0; k--) fraction = k / (x + fraction);
        return density / (x + fraction);
    }
}
