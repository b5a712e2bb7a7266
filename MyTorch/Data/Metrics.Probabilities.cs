using MyTorch.Kernels;

namespace MyTorch.Data;

// Scores of probabilities, as scikit-learn defines them.
public static partial class Metrics
{
    /// <summary>
    /// The area under the ROC curve: the probability that a row of the class has a higher score than a row of another class, where equal
    /// scores count half. 0.5 is chance, 1 is perfect. For more than two classes the mean of each class against the rest.
    /// </summary>
    /// <param name="scores">
    /// For two classes (N): any number that is higher for class 1. Or probabilities (N, classes), as Softmax gives them.
    /// </param>
    /// <param name="labels">Int64 (N), the true classes.</param>
    /// <param name="averaging">How the classes are averaged, if there are more than two.</param>
    /// <param name="weights">The weight of each row, (N), 0 or more; 1 if omitted.</param>
    /// <param name="skipAbsent">
    /// Whether classes without rows are left out of the mean, with NaN if fewer than two have rows. If not, it is an error.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The shapes or types do not match, a number is NaN, the probabilities of a row do not have the sum 1, a class is out of range or
    /// has no rows.
    /// </exception>
    public static double RocAuc(
        Tensor scores, Tensor labels, Averaging averaging = Averaging.Macro, Tensor? weights = null, bool skipAbsent = false)
    {
        (double[] values, long[] actual, int classes) = Probabilities(scores, labels, nameof(RocAuc), anyNumber: scores?.Rank == 1);
        double[] weight = RowWeights(weights, actual.Length, nameof(RocAuc));
        double[] support = new double[classes];
        for (int i = 0; i < actual.Length; i++) support[actual[i]] += weight[i];
        if (!skipAbsent) RequireAllPresent(support, nameof(RocAuc));
        if (support.Count(rows => rows > 0) < 2) return double.NaN;
        if (classes == 2)
        {
            double[] ofOne = [.. actual.Select((_, i) => scores!.Rank == 1 ? values[i] : values[2 * i + 1])];
            return Area(ofOne, [.. actual.Select(label => label == 1)], weight);
        }
        double sum = 0, all = 0;
        for (int c = 0; c < classes; c++)
        {
            if (support[c] == 0) continue;
            double share = averaging == Averaging.Macro ? 1 : support[c];
            double[] column = new double[actual.Length];
            for (int i = 0; i < column.Length; i++) column[i] = values[i * classes + c];
            sum += share * Area(column, [.. actual.Select(label => label == c)], weight);
            all += share;
        }
        return sum / all;
    }

    /// <summary>Counts the pairs of a row of the class and another row by sorting; rows with equal scores are taken together.</summary>
    static double Area(double[] scores, bool[] ofClass, double[] weights)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort((double[])scores.Clone(), order);
        double below = 0, pairs = 0, inside = 0, outside = 0;
        for (int i = 0; i < order.Length;)
        {
            double equalInside = 0, equalOutside = 0, score = scores[order[i]];
            for (; i < order.Length && scores[order[i]] == score; i++)
                if (ofClass[order[i]]) equalInside += weights[order[i]];
                else equalOutside += weights[order[i]];
            pairs += equalInside * (below + equalOutside / 2);
            below += equalOutside;
            inside += equalInside;
            outside += equalOutside;
        }
        return pairs / (inside * outside);
    }

    /// <summary>
    /// The logarithmic loss: the mean of −ln p of the true class, the cross entropy of the probabilities. 0 is perfect; ln C is the loss of
    /// equal probabilities for C classes.
    /// </summary>
    /// <param name="probabilities">(N, classes), as Softmax gives them; or for two classes (N), the probability of class 1.</param>
    /// <param name="labels">Int64 (N), the true classes.</param>
    /// <param name="weights">The weight of each row, (N), 0 or more; 1 if omitted.</param>
    /// <remarks>
    /// A probability below the machine epsilon of its type counts as that, as in scikit-learn: the loss of one row is finite.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// The shapes or types do not match, a number is NaN, the probabilities of a row do not have the sum 1, or a class is out of range.
    /// </exception>
    public static double LogLoss(Tensor probabilities, Tensor labels, Tensor? weights = null)
    {
        (double[] values, long[] actual, int classes) = Probabilities(probabilities, labels, nameof(LogLoss), anyNumber: false);
        double[] weight = RowWeights(weights, actual.Length, nameof(LogLoss));
        double epsilon = probabilities.DType == DType.Float32 ? MathF.ScaleB(1, -23) : Math.ScaleB(1, -52);
        double sum = 0, lost = 0, all = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double p = probabilities.Rank == 1 ? (actual[i] == 1 ? values[i] : 1 - values[i]) : values[i * classes + actual[i]];
            Summation.AddKeepingRest(ref sum, -weight[i] * Math.Log(Math.Clamp(p, epsilon, 1 - epsilon)), ref lost);
            all += weight[i];
        }
        return (sum + lost) / all;
    }

    static (double[] Values, long[] Labels, int Classes) Probabilities(Tensor? probabilities, Tensor labels, string metric, bool anyNumber)
    {
        ArgumentNullException.ThrowIfNull(probabilities, nameof(probabilities));
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.DType != DType.Int64 || labels.Rank != 1 || labels.ElementCount == 0)
            throw Invalid.Argument(nameof(labels), $"{metric}: the labels are {labels.Shape} {labels.DType}; expected Int64 (N,), " +
                $"at least one.");
        int rows = labels.ElementCount;
        if (!probabilities.DType.IsFloat() || probabilities.Rank is not (1 or 2) || probabilities.Shape[0] != rows
            || (probabilities.Rank == 2 && probabilities.Shape[1] < 2))
            throw Invalid.Argument(
                nameof(probabilities),
                $"{metric}: the probabilities are {probabilities.Shape} {probabilities.DType} for {rows} label(s); expected " +
                $"floating point, " +
                $"({rows}, classes) with two classes or more, or ({rows},) for class 1 of two.");
        int classes = probabilities.Rank == 1 ? 2 : probabilities.Shape[1];
        double[] values = probabilities.ToArray();
        long[] actual = labels.ToInt64Array();
        int columns = values.Length / rows;
        for (int i = 0; i < rows; i++)
        {
            if ((ulong)actual[i] >= (ulong)classes)
                throw Invalid.Argument(nameof(labels), $"{metric}: row {i} has the class {actual[i]}; expected 0 to {classes - 1}, " +
                    $"as there are {classes} classes.");
            double sum = 0;
            foreach (double p in values.AsSpan(i * columns, columns))
            {
                if (double.IsNaN(p)) throw Invalid.Argument(nameof(probabilities), $"{metric}: row {i} holds NaN. {NaNAdvice}");
                if (!anyNumber && p is < 0 or > 1)
                    throw Invalid.Argument(nameof(probabilities), $"{metric}: row {i} holds {p}, which is not a probability. Apply " +
                        $"Softmax(1) to logits first, Sigmoid() to one output.");
                sum += p;
            }
            if (columns > 1 && Math.Abs(sum - 1) > 1e-3)
                throw Invalid.Argument(nameof(probabilities), $"{metric}: the probabilities of row {i} have the sum {sum}; expected " +
                    $"1. Apply Softmax(1) to logits first.");
        }
        return (values, actual, classes);
    }
}
