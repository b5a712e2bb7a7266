using MyTorch.Kernels;

namespace MyTorch.Data;

// Errors of predicted numbers, as scikit-learn defines them.
public static partial class Metrics
{
    /// <summary>MAE, the mean of |y − ŷ|, averaged over the targets; in their units.</summary>
    /// <param name="predictions">(N) or (N, targets), floating point.</param>
    /// <param name="targets">The true values, of the same shape, at least one row.</param>
    /// <param name="weights">The weight of each row, (N), 0 or more; 1 if omitted.</param>
    /// <exception cref="ArgumentException">The shapes or types do not match, there is no row, or a number is NaN.</exception>
    public static double MeanAbsoluteError(Tensor predictions, Tensor targets, Tensor? weights = null) =>
        PerTarget(predictions, targets, weights, nameof(MeanAbsoluteError), Math.Abs).Average();

    /// <summary>
    /// RMSE, √ of the mean of (y − ŷ)², averaged over the targets; in their units. Large errors count more than in the MAE.
    /// </summary>
    /// <inheritdoc cref="MeanAbsoluteError"/>
    public static double RootMeanSquaredError(Tensor predictions, Tensor targets, Tensor? weights = null) =>
        PerTarget(predictions, targets, weights, nameof(RootMeanSquaredError), error => error * error).Average(Math.Sqrt);

    /// <summary>
    /// R² = 1 − Σ w·(y − ŷ)² / Σ w·(y − mean y)² with row weights w and their weighted mean, averaged over the targets. For a constant
    /// target 1 if it is predicted exactly, else 0.
    /// </summary>
    /// <inheritdoc cref="MeanAbsoluteError"/>
    public static double R2(Tensor predictions, Tensor targets, Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        double[] errors = PerTarget(predictions, targets, weights, nameof(R2), error => error * error);
        double[] y = targets.ToArray(), w = RowWeights(weights, targets.Shape[0], nameof(R2));
        int columns = errors.Length;
        double[] means = PerTarget(Tensor.ZerosLike(targets), targets, weights, nameof(R2), value => value);
        double total = 0, all = w.Sum();
        for (int c = 0; c < columns; c++)
        {
            double spread = 0, lost = 0;
            for (int i = 0; i < w.Length; i++)
                Summation.AddKeepingRest(ref spread, w[i] * (y[i * columns + c] - means[c]) * (y[i * columns + c] - means[c]), ref lost);
            total += spread != 0 ? 1 - errors[c] / (spread / all) : errors[c] == 0 ? 1 : 0;
        }
        return total / columns;
    }

    /// <summary>The weighted mean of a function of y − ŷ for each target.</summary>
    static double[] PerTarget(Tensor predictions, Tensor targets, Tensor? weights, string metric, Func<double, double> of)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(targets);
        if (!predictions.DType.IsFloat() || !targets.DType.IsFloat())
            throw Invalid.Argument(
                nameof(predictions), $"{metric}: the predictions are {predictions.DType} and the targets {targets.DType}; expected " +
                    $"floating point. Use Accuracy for classes.");
        if (predictions.Shape != targets.Shape || targets.Rank is 0 or > 2 || targets.ElementCount == 0)
            throw Invalid.Argument(
                nameof(predictions),
                $"{metric}: the predictions have shape {predictions.Shape} and the targets {targets.Shape}; expected the same, (N,) " +
                $"or (N, targets), " +
                $"with at least one row. Reshape one.");
        double[] y = targets.ToArray(), p = predictions.ToArray(), w = RowWeights(weights, targets.Shape[0], metric);
        int columns = y.Length / w.Length;
        int wrong = Array.FindIndex(y, double.IsNaN) is >= 0 and var missing ? missing : Array.FindIndex(p, double.IsNaN);
        if (wrong >= 0)
            throw Invalid.Argument(
                nameof(predictions), $"{metric}: the {(double.IsNaN(y[wrong]) ? "target" : "prediction")} of row {wrong / columns} " +
                    $"is NaN. {NaNAdvice}");
        double[] sums = new double[columns], lost = new double[columns];
        for (int i = 0; i < y.Length; i++)
            Summation.AddKeepingRest(ref sums[i % columns], w[i / columns] * of(y[i] - p[i]), ref lost[i % columns]);
        double all = w.Sum();
        return [.. sums.Zip(lost, (sum, rest) => (sum + rest) / all)];
    }
}
