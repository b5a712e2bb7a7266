using MyTorch.Kernels;
using MyTorch.Nn;

namespace MyTorch.Data;

/// <summary>
/// Metrics of predictions. Methods that take a model run it in batches, without recording and in evaluation mode
/// (<see cref="Module.InEvaluationMode"/>), which does not change the mode of the modules.
/// </summary>
public static partial class Metrics
{
    /// <summary>The accuracy of a model: the fraction of rows, 0 to 1, whose class has the largest output.</summary>
    /// <param name="model">A model, (rows, features) → (rows, classes).</param>
    /// <param name="dataset">A classification.</param>
    /// <param name="batchSize">The number of rows per forward pass.</param>
    /// <returns>NaN if an output is NaN, because such a row has no largest output.</returns>
    /// <exception cref="InvalidOperationException">The data set is a regression, or the model's output has the wrong shape.</exception>
    public static double Accuracy(Module model, Dataset dataset, int batchSize = 1024)
    {
        (Tensor? predictions, _) = PredictClasses(model, dataset, batchSize, nameof(Accuracy));
        return predictions is null ? double.NaN : Accuracy(predictions, dataset.Labels);
    }

    /// <summary>The accuracy: the fraction of rows, 0 to 1, whose class was predicted.</summary>
    /// <param name="predictions">Classes, Int64 (N); or floating-point scores (N, classes), of which the largest is the prediction.</param>
    /// <param name="labels">Int64 (N), the true classes.</param>
    /// <returns>NaN if a score is NaN, because such a row has no largest score.</returns>
    /// <exception cref="ArgumentException">The shapes or types do not match, or there is no score for a label.</exception>
    public static double Accuracy(Tensor predictions, Tensor labels)
    {
        var (predicted, actual) = Classes(predictions, labels, nameof(Accuracy));
        if (predicted is null) return double.NaN;
        int right = 0;
        for (int i = 0; i < actual.Length; i++)
            if (predicted[i] == actual[i]) right++;
        return (double)right / actual.Length;
    }

    /// <summary>
    /// The confusion matrix: the number of rows of each true class (first index) and predicted class (second index), (classes, classes).
    /// </summary>
    /// <param name="model">A model, (rows, features) → (rows, classes).</param>
    /// <param name="dataset">A classification.</param>
    /// <param name="batchSize">The number of rows per forward pass.</param>
    /// <exception cref="InvalidOperationException">
    /// The data set is a regression, the model's output has another shape, or an output is NaN.
    /// </exception>
    public static int[,] ConfusionMatrix(Module model, Dataset dataset, int batchSize = 1024) =>
        ConfusionMatrix(RequireClasses(PredictClasses(model, dataset, batchSize, nameof(ConfusionMatrix)), nameof(ConfusionMatrix)),
            dataset.Labels, dataset.ClassCount);

    /// <summary>
    /// The confusion matrix: the number of rows of each true class (first index) and predicted class (second index), (classes, classes).
    /// </summary>
    /// <param name="predictions">Classes, Int64 (N); or floating-point scores (N, classes), of which the largest is the prediction.</param>
    /// <param name="labels">Int64 (N), the true classes.</param>
    /// <param name="classes">The number of classes.</param>
    /// <exception cref="ArgumentException">
    /// The shapes or types do not match, a score is NaN, or a class is not 0 … <paramref name="classes"/> − 1.
    /// </exception>
    public static int[,] ConfusionMatrix(Tensor predictions, Tensor labels, int classes)
    {
        // The matrix takes the square of the number of classes.
        if (classes is < 1 or > MostClassesOfMatrix)
            throw Invalid.OutOfRange(nameof(classes), $"ConfusionMatrix: {classes} classes; expected at least 1 and at most {MostClassesOfMatrix}. For more, use Confusions.");
        var (predicted, actual) = Classes(predictions, labels, nameof(ConfusionMatrix));
        if (predicted is null)
            throw new ArgumentException(
                $"ConfusionMatrix: the scores of row {FirstNaN(predictions)} hold NaN, which is of no class. " +
                $"{NaNAdvice}", nameof(predictions));
        int[,] counts = new int[classes, classes];
        for (int i = 0; i < actual.Length; i++)
        {
            if ((ulong)actual[i] >= (ulong)classes || (ulong)predicted[i] >= (ulong)classes)
                throw Invalid.Argument(nameof(labels),
                    $"ConfusionMatrix: row {i} has the class {actual[i]} and the prediction {predicted[i]}; expected 0 to {classes - 1}, " +
                    $"as there are {classes} classes.");
            counts[actual[i], predicted[i]]++;
        }
        return counts;
    }

    const int MostClassesOfMatrix = 20_000;

    /// <summary>
    /// The confusions that occur, the most frequent first: the pairs of a true class and another one that was predicted. Its memory grows
    /// with them, and not with the square of the number of classes as that of <see cref="ConfusionMatrix(Tensor, Tensor, int)"/> does.
    /// </summary>
    /// <param name="predictions">Classes, Int64 (N); or floating-point scores (N, classes), of which the largest is the prediction.</param>
    /// <param name="labels">Int64 (N), the true classes.</param>
    /// <exception cref="ArgumentException">The shapes or types do not match, or a score is NaN.</exception>
    public static IReadOnlyList<Confusion> Confusions(Tensor predictions, Tensor labels)
    {
        var (predicted, actual) = Classes(predictions, labels, nameof(Confusions));
        if (predicted is null)
            throw new ArgumentException($"Confusions: the scores of row {FirstNaN(predictions)} hold NaN, which is of no class. {NaNAdvice}", nameof(predictions));
        return [.. actual.Zip(predicted).Where(pair => pair.First != pair.Second).CountBy(pair => pair)
            .OrderByDescending(count => count.Value).ThenBy(count => count.Key.First).ThenBy(count => count.Key.Second)
            .Select(count => new Confusion(checked((int)count.Key.First), checked((int)count.Key.Second), count.Value))];
    }

    /// <summary>
    /// The coefficient of determination R² = 1 − Σ(y − ŷ)² / Σ(y − mean y)² of a model's predictions, averaged over the targets. It is the
    /// same in standardized and original units. 1 is perfect, 0 is as good as predicting the mean, and it can be negative.
    /// </summary>
    /// <param name="model">A model, (rows, features) → (rows, targets).</param>
    /// <param name="dataset">
    /// A regression with at least two rows: standardized, or with <paramref name="standardizer"/> in original units.
    /// </param>
    /// <param name="standardizer">The standardizer of the training data. Not needed if <paramref name="dataset"/> is standardized.</param>
    /// <param name="batchSize">The number of rows per forward pass.</param>
    /// <exception cref="InvalidOperationException">The data set is a classification, or the model's output has the wrong shape.</exception>
    /// <exception cref="ArgumentException">The data set was standardized with another standardizer.</exception>
    public static double R2(Module model, Dataset dataset, Standardizer? standardizer = null, int batchSize = 1024)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (dataset.IsClassification)
            throw new InvalidOperationException($"R2: the data set ({dataset}) is a classification; use Accuracy.");
        if (standardizer is not null && dataset.Standardizer is null)
            dataset = standardizer.Apply(dataset);
        else if (standardizer is not null && dataset.Standardizer != standardizer)
            throw new ArgumentException(
                "R2: the data set was standardized with another Standardizer than the one passed. Omit it, or pass the original data set.",
                nameof(standardizer));
        // R² is the same in every unit; in standardized units a large mean does not cost precision.
        using (Autograd.Pause())
            return R2(Outputs(model, dataset, batchSize, nameof(R2)), dataset.Targets);
    }

    /// <summary>R² = 1 − Σ(y − ŷ)² / Σ(y − mean y)², averaged over the targets.</summary>
    /// <param name="predictions">(N) or (N, targets), floating point.</param>
    /// <param name="targets">The true values, of the same shape, at least two rows.</param>
    /// <remarks>For a constant target R² is 1 if it is predicted exactly and 0 otherwise, as in scikit-learn's r2_score.</remarks>
    /// <exception cref="ArgumentException">The shapes differ, or there are fewer than two rows.</exception>
    public static double R2(Tensor predictions, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(targets);
        if (!predictions.DType.IsFloat() || !targets.DType.IsFloat())
            throw new ArgumentException(
                $"R2: the predictions are {predictions.DType} and the targets {targets.DType}; expected floating point. Use Accuracy " +
                $"for classes.",
                nameof(predictions));
        if (predictions.Shape != targets.Shape || targets.Rank is 0 or > 2)
            throw new ArgumentException(
                $"R2: the predictions have shape {predictions.Shape} and the targets {targets.Shape}; expected the same, (N,) or (N, " +
                $"targets). " +
                "Reshape one.", nameof(predictions));
        int rows = targets.Shape[0], columns = targets.Rank == 1 ? 1 : targets.Shape[1];
        if (rows < 2 || columns < 1)
            throw new ArgumentException(
                $"R2: the targets have shape {targets.Shape}; expected at least two rows, because one row has no " +
                $"variance.", nameof(targets));
        double[] y = targets.ToArray(), p = predictions.ToArray(), means = Columns.Means(targets.View([rows, columns])).Mean;
        double total = 0;
        for (int c = 0; c < columns; c++)
        {
            double mean = means[c], errors = 0, spread = 0, lostErrors = 0, lostSpread = 0;
            for (int i = c; i < y.Length; i += columns)
            {
                Summation.AddKeepingRest(ref errors, (y[i] - p[i]) * (y[i] - p[i]), ref lostErrors);
                Summation.AddKeepingRest(ref spread, (y[i] - mean) * (y[i] - mean), ref lostSpread);
            }
            // For a constant target NaN predictions give NaN, not 0.
            total += spread != 0 || double.IsNaN(errors) ? 1 - errors / spread : errors == 0 ? 1 : 0;
        }
        return total / columns;
    }

    /// <summary>
    /// The predictions of a model: for a classification the class of the largest output, Int64 (N); for a regression the targets, (N,
    /// targets), in original units if the data set is standardized.
    /// </summary>
    /// <param name="model">A model, (rows, features) → (rows, classes) or (rows, targets).</param>
    /// <param name="dataset">The rows to predict.</param>
    /// <param name="batchSize">The number of rows per forward pass.</param>
    /// <exception cref="InvalidOperationException">
    /// The model's output has another shape, or an output of a classification is NaN.
    /// </exception>
    public static Tensor Predict(Module model, Dataset dataset, int batchSize = 1024)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (dataset.IsClassification) return RequireClasses(PredictClasses(model, dataset, batchSize, nameof(Predict)), nameof(Predict));
        using (Autograd.Pause())
        {
            Tensor all = Outputs(model, dataset, batchSize, nameof(Predict));
            return dataset.Standardizer?.InverseTargets(all) ?? all;
        }
    }

    static Tensor Outputs(Module model, Dataset dataset, int batchSize, string metric)
    {
        var outputs = new List<Tensor>();
        Evaluate(model, dataset, batchSize, metric, outputs.Add);
        return outputs.Count == 1 ? outputs[0] : Tensor.Concat(outputs);
    }

    const string NaNAdvice =
        "If the training diverged, try a smaller learning rate; otherwise look for NaN or ∞ in the inputs and parameters.";

    static Tensor RequireClasses((Tensor? Classes, int FirstNaN) predicted, string metric) => predicted.Classes
        ?? throw new InvalidOperationException(
            $"{metric}: the model's outputs for row {predicted.FirstNaN} hold NaN, which is of no class. {NaNAdvice}");

    /// <summary>The first row that holds NaN; −1 if none does.</summary>
    static int FirstNaN(Tensor scores)
    {
        for (int i = 0; i < scores.ElementCount; i++)
            if (double.IsNaN(scores.ValueAt(i))) return i / scores.Shape[1];
        return -1;
    }

    /// <summary>
    /// The class of each row; null if an output is NaN, with the row. ArgMax would take the first NaN for the largest output.
    /// </summary>
    static (Tensor? Classes, int FirstNaN) PredictClasses(Module model, Dataset dataset, int batchSize, string metric)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (!dataset.IsClassification)
            throw new InvalidOperationException($"{metric}: the data set ({dataset}) is a regression; use R2.");
        var classes = new List<long>(dataset.Count);
        int firstNaN = -1;
        Evaluate(model, dataset, batchSize, metric, output =>
        {
            if (firstNaN < 0 && FirstNaN(output) is >= 0 and var row) firstNaN = classes.Count + row;
            classes.AddRange(output.ArgMax(1).ToInt64Array());
        });
        return (firstNaN < 0 ? Tensor.Indices(classes.ToArray()) : null, firstNaN);
    }

    static void Evaluate(Module model, Dataset dataset, int batchSize, string metric, Action<Tensor> see)
    {
        ArgumentNullException.ThrowIfNull(model);
        var loader = new DataLoader(dataset, batchSize);
        using (model.InEvaluationMode())
        using (Autograd.Pause())
            foreach (Batch batch in loader)
            {
                Tensor output = model.Forward(batch.Inputs);
                if (output.Rank != 2 || output.Shape[0] != batch.Count || output.Shape[1] != dataset.OutputCount)
                    throw new InvalidOperationException(
                        $"{metric}: the model gives {output.Shape} for a batch of {batch.Count} row(s); expected ({batch.Count}, " +
                        $"{dataset.OutputCount}), one " +
                        $"{(dataset.IsClassification ? "score for each class" : "number for each target")}. " +
                        $"Give its last layer {dataset.OutputCount} output(s).");
                see(output);
            }
    }

    /// <summary>The predicted and the true classes; no predicted ones if a score is NaN.</summary>
    static (long[]? Predicted, long[] Actual) Classes(Tensor predictions, Tensor labels, string metric)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.DType != DType.Int64 || labels.Rank != 1 || labels.ElementCount == 0)
            throw new ArgumentException(
                $"{metric}: the labels are {labels.Shape} {labels.DType}; expected Int64 (N,), at least one.", nameof(labels));
        bool scores = predictions.DType.IsFloat();
        if (predictions.DType == DType.Bool || predictions.Rank != (scores ? 2 : 1) || predictions.Shape[0] != labels.ElementCount)
            throw new ArgumentException(
                $"{metric}: the predictions are {predictions.Shape} {predictions.DType} for {labels.ElementCount} label(s); expected " +
                $"Int64 ({labels.ElementCount},), " +
                $"or floating-point scores ({labels.ElementCount}, classes).", nameof(predictions));
        if (scores && predictions.Shape[1] == 0)
            throw new ArgumentException(
                $"{metric}: the predictions are {predictions.Shape}; expected a score for at least one class.", nameof(predictions));
        using (Autograd.Pause())
        {
            bool anyNaN = scores && FirstNaN(predictions) >= 0;
            long[] actual = labels.ToInt64Array();
            // Labels from 1 would only look like a bad model.
            int wrong = scores ? Array.FindIndex(actual, label => (ulong)label >= (ulong)predictions.Shape[1]) : -1;
            if (wrong >= 0)
                throw Invalid.Argument(nameof(labels),
                    $"{metric}: row {wrong} has the class {actual[wrong]}; expected 0 to {predictions.Shape[1] - 1}, as the scores are " +
                    $"{predictions.Shape}. Count classes from 0, or give the model an output for each class.");
            return (anyNaN ? null : (scores ? predictions.ArgMax(1) : predictions).ToInt64Array(), actual);
        }
    }
}
