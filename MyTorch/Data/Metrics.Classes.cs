
namespace MyTorch.Data;

/// <summary>How the scores of the classes become one number.</summary>
public enum Averaging
{
    /// <summary>The mean over the classes: each counts the same.</summary>
    Macro,

    /// <summary>The mean weighted by the rows of each class.</summary>
    Weighted,
}

/// <summary>How well one class is recognized.</summary>
/// <param name="Precision">
/// The share of the rows predicted as this class that are of it; 0 if none is predicted, NaN if the class has no rows either.
/// </param>
/// <param name="Recall">The share of the rows of this class that are predicted as it; NaN if the class has no rows.</param>
/// <param name="F1">
/// 2·precision·recall / (precision + recall) = 2·TP/(2·TP + FP + FN); NaN if the class has no rows and is never predicted.
/// </param>
/// <param name="Support">The number of rows of this class, or the sum of their weights.</param>
public readonly record struct ClassScore(double Precision, double Recall, double F1, double Support);

/// <summary>Rows of one class that were predicted as another one.</summary>
/// <param name="Label">The true class.</param>
/// <param name="Predicted">The predicted class.</param>
/// <param name="Rows">The number of such rows.</param>
public readonly record struct Confusion(int Label, int Predicted, int Rows);

// Scores of predicted classes. The definitions are those of scikit-learn, except that what is not defined is NaN or an error.
public static partial class Metrics
{
    /// <summary>Precision, recall, F1 and number of rows of each class.</summary>
    /// <param name="predictions">Classes, Int64 (N); or floating-point scores (N, classes), of which the largest is the prediction.</param>
    /// <param name="labels">Int64 (N), the true classes.</param>
    /// <param name="classes">The number of classes; if omitted, that of the scores, or one more than the largest class.</param>
    /// <param name="weights">The weight of each row, (N), 0 or more; 1 if omitted.</param>
    /// <exception cref="ArgumentException">
    /// The shapes or types do not match, a score or weight is NaN, or a class is out of range.
    /// </exception>
    public static IReadOnlyList<ClassScore> PerClass(Tensor predictions, Tensor labels, int? classes = null, Tensor? weights = null)
    {
        (double Right, double Support, double Predicted)[] counts = Counts(predictions, labels, classes, weights, nameof(PerClass));
        var scores = new ClassScore[counts.Length];
        for (int c = 0; c < scores.Length; c++)
        {
            (double right, double support, double predicted) = counts[c];
            scores[c] = new(
                predicted > 0 ? right / predicted : support > 0 ? 0 : double.NaN,
                support > 0 ? right / support : double.NaN,
                support + predicted > 0 ? 2 * right / (support + predicted) : double.NaN,
                support);
        }
        return scores;
    }

    /// <summary>The precision of the classes, averaged. The parameters are those of <see cref="Recall"/>.</summary>
    /// <inheritdoc cref="Recall"/>
    public static double Precision(
        Tensor predictions, Tensor labels, Averaging averaging = Averaging.Macro, int? classes = null, Tensor? weights = null,
        bool skipAbsent = false) =>
        Average(PerClass(predictions, labels, classes, weights), score => score.Precision, averaging, skipAbsent, nameof(Precision));

    /// <summary>The recall of the classes, averaged.</summary>
    /// <param name="predictions">Classes, Int64 (N); or floating-point scores (N, classes), of which the largest is the prediction.</param>
    /// <param name="labels">Int64 (N), the true classes.</param>
    /// <param name="averaging">How the classes are averaged. For one class see <see cref="PerClass"/>.</param>
    /// <param name="classes">The number of classes; if omitted, that of the scores, or one more than the largest class.</param>
    /// <param name="weights">The weight of each row, (N), 0 or more; 1 if omitted.</param>
    /// <param name="skipAbsent">Whether a class without rows is left out of the mean. If not, it is an error.</param>
    /// <exception cref="ArgumentException">
    /// The shapes or types do not match, a score or weight is NaN, a class is out of range, or a class has no rows.
    /// </exception>
    public static double Recall(
        Tensor predictions, Tensor labels, Averaging averaging = Averaging.Macro, int? classes = null, Tensor? weights = null,
        bool skipAbsent = false) =>
        Average(PerClass(predictions, labels, classes, weights), score => score.Recall, averaging, skipAbsent, nameof(Recall));

    /// <summary>The F1 score of the classes, averaged. The parameters are those of <see cref="Recall"/>.</summary>
    /// <inheritdoc cref="Recall"/>
    public static double F1(
        Tensor predictions, Tensor labels, Averaging averaging = Averaging.Macro, int? classes = null, Tensor? weights = null,
        bool skipAbsent = false) =>
        Average(PerClass(predictions, labels, classes, weights), score => score.F1, averaging, skipAbsent, nameof(F1));

    /// <summary>
    /// The balanced accuracy: the mean of the recalls of the classes. It is 1/classes for a constant answer, whatever the shares of the
    /// classes.
    /// </summary>
    /// <inheritdoc cref="Recall"/>
    public static double BalancedAccuracy(
        Tensor predictions, Tensor labels, int? classes = null, Tensor? weights = null, bool skipAbsent = false) =>
        Average(
            PerClass(predictions, labels, classes, weights), score => score.Recall, Averaging.Macro, skipAbsent, nameof(BalancedAccuracy));

    /// <summary>The accuracy with weights: the weight of the rows whose class was predicted, divided by the weight of all.</summary>
    /// <param name="predictions">Classes, Int64 (N); or floating-point scores (N, classes), of which the largest is the prediction.</param>
    /// <param name="labels">Int64 (N), the true classes.</param>
    /// <param name="weights">The weight of each row, (N), 0 or more.</param>
    /// <exception cref="ArgumentException">The shapes or types do not match, or a score or weight is NaN.</exception>
    public static double Accuracy(Tensor predictions, Tensor labels, Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var counts = Counts(predictions, labels, null, weights, nameof(Accuracy));
        return counts.Sum(count => count.Right) / counts.Sum(count => count.Support);
    }

    static double Average(
        IReadOnlyList<ClassScore> scores, Func<ClassScore, double> of, Averaging averaging, bool skipAbsent, string metric)
    {
        if (averaging == Averaging.Macro && !skipAbsent) RequireAllPresent([.. scores.Select(score => score.Support)], metric);
        double sum = 0, weights = 0;
        foreach (ClassScore score in scores)
        {
            if (score.Support == 0) continue;
            double weight = averaging == Averaging.Macro ? 1 : score.Support;
            sum += weight * of(score);
            weights += weight;
        }
        return sum / weights;
    }

    static void RequireAllPresent(double[] supports, string metric)
    {
        int[] absent = [.. Enumerable.Range(0, supports.Length).Where(c => supports[c] == 0)];
        if (absent.Length == 0) return;
        string listed = string.Join(", ", absent.Take(5)) + (absent.Length > 5 ? ", …" : "");
        throw Invalid.Argument(
            "labels",
            $"{metric}: {absent.Length} of {supports.Length} classes have no rows ({listed}), so a mean over all classes is not defined. " +
            $"Pass skipAbsent: true to leave them out, or give rows of every class.");
    }

    /// <summary>For each class the weight of the rows that are of it and predicted as it, of those that are of it, and of those predicted as it.</summary>
    static (double Right, double Support, double Predicted)[] Counts(Tensor predictions, Tensor labels, int? classes, Tensor? weights, string metric)
    {
        var (predicted, actual) = Classes(predictions, labels, metric);
        if (predicted is null)
            throw new ArgumentException($"{metric}: the scores of row {FirstNaN(predictions)} hold NaN, which is of no class. " +
                $"{NaNAdvice}", nameof(predictions));
        bool scores = predictions.DType.IsFloat();
        long size = classes ?? (scores ? predictions.Shape[1] : Math.Max(predicted.Max(), actual.Max()) + 1);
        if (size < 1) throw Invalid.OutOfRange(nameof(classes), $"{metric}: {size} classes; expected at least 1.");
        if (size > MostClasses)
            throw Invalid.OutOfRange(nameof(classes), $"{metric}: {size} classes; expected at most {MostClasses}. Are the labels something " +
                $"else than classes?");
        double[] weight = RowWeights(weights, actual.Length, metric);
        var counts = new (double Right, double Support, double Predicted)[size];
        for (int i = 0; i < actual.Length; i++)
        {
            if ((ulong)actual[i] >= (ulong)size || (ulong)predicted[i] >= (ulong)size)
                throw Invalid.Argument(nameof(labels),
                    $"{metric}: row {i} has the class {actual[i]} and the prediction {predicted[i]}; expected 0 to {size - 1}, as " +
                    $"there are {size} classes.");
            counts[actual[i]].Support += weight[i];
            counts[predicted[i]].Predicted += weight[i];
            if (actual[i] == predicted[i]) counts[actual[i]].Right += weight[i];
        }
        return counts;
    }

    // More are ids.
    const int MostClasses = 10_000_000;

    /// <summary>The weights of the rows; 1 if there are none.</summary>
    static double[] RowWeights(Tensor? weights, int rows, string metric)
    {
        if (weights is null)
        {
            double[] ones = new double[rows];
            Array.Fill(ones, 1);
            return ones;
        }
        if (weights.DType == DType.Bool || weights.Rank != 1 || weights.ElementCount != rows)
            throw Invalid.Argument(nameof(weights), $"{metric}: the weights are {weights.Shape} {weights.DType}; expected numbers " +
                $"({rows},), one for each row.");
        double[] values = weights.ToArray();
        int wrong = Array.FindIndex(values, weight => !(weight >= 0 && double.IsFinite(weight)));
        if (wrong >= 0)
            throw Invalid.Argument(nameof(weights), $"{metric}: the weight of row {wrong} is {values[wrong]}; expected a finite " +
                $"number, 0 or more.");
        if (values.Sum() is not > 0)
            throw Invalid.Argument(nameof(weights), $"{metric}: all weights are 0; give at least one row a weight.");
        return values;
    }
}
