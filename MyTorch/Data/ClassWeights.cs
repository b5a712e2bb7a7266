namespace MyTorch.Data;

/// <summary>Weights of classes for a loss such as <see cref="Nn.CrossEntropyLoss"/>, against imbalance.</summary>
public static class ClassWeights
{
    /// <summary>
    /// N/(C·n) for each of C classes with n of the N rows: every class has the same weight in total, and the mean weight of a row is 1. As
    /// <c>class_weight='balanced'</c> in scikit-learn: <c>new CrossEntropyLoss(ClassWeights.Balanced(data.Labels, data.ClassCount))</c>.
    /// </summary>
    /// <param name="labels">Int64 (N), the classes of the training rows.</param>
    /// <param name="classes">C, the number of classes.</param>
    /// <param name="dtype">The type of the weights, that of the logits; <see cref="Tensor.DefaultDType"/> if omitted.</param>
    /// <returns>(C). A class without rows has weight 0 and is not counted in C.</returns>
    /// <exception cref="ArgumentException">The labels are not Int64 (N), there is none, or one is not 0 … C − 1.</exception>
    public static Tensor Balanced(Tensor labels, int classes, DType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.DType != DType.Int64 || labels.Rank != 1 || labels.ElementCount == 0)
            throw Invalid.Argument(nameof(labels), $"ClassWeights.Balanced: the labels are {labels.Shape} {labels.DType}; expected " +
                $"Int64 (N,), at least one.");
        if (classes < 1)
            throw Invalid.Setting(nameof(classes), classes, $"ClassWeights.Balanced: the number of classes must be at least 1.");
        var counts = new int[classes];
        long[] all = labels.ToInt64Array();
        for (int i = 0; i < all.Length; i++)
        {
            if ((ulong)all[i] >= (ulong)classes)
                throw Invalid.Argument(nameof(labels), $"ClassWeights.Balanced: row {i} has the class {all[i]}; expected 0 to " +
                    $"{classes - 1}, as there are {classes} classes.");
            counts[all[i]]++;
        }
        int present = counts.Count(count => count > 0);
        return Tensor.From([.. counts.Select(count => count == 0 ? 0 : (double)all.Length / present / count)], dtype);
    }
}
