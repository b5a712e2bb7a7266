namespace MyTorch.Nn;

/// <summary>Class labels for (N, C, …) scores: the score that each label selects, and its weight.</summary>
sealed class ClassTargets
{
    readonly bool[]? _ignored;
    readonly DType _dtype;
    readonly Tensor? _perClass;

    ClassTargets(int dim, Tensor labels, bool[]? ignored, DType dtype, Tensor? perClass) =>
        (Dim, Labels, _ignored, _dtype, _perClass) = (dim, labels, ignored, dtype, perClass);

    // Whether some class has weight 0.
    bool AnyZeroWeight => _perClass is not null && Array.Exists(_perClass.ToArray(), weight => weight == 0);

    /// <summary>The dimension of the classes.</summary>
    internal int Dim { get; }

    /// <summary>The labels, with 0 in place of ignored ones.</summary>
    internal Tensor Labels { get; }

    /// <summary>1 for each label, 0 for ignored labels.</summary>
    internal Tensor Counted => field ??= _ignored is null
        ? Tensor.Ones(Labels.Shape, _dtype)
        : Tensor.From(Array.ConvertAll(_ignored, ignored => ignored ? 0.0 : 1), Labels.Shape, _dtype);

    /// <summary>The weight of each label's class, 0 for ignored labels.</summary>
    internal Tensor Weights => field ??= _perClass is null
        ? Counted
        : _perClass.Reshape([_perClass.ElementCount]).IndexSelect(0, Labels.Reshape([Labels.ElementCount])).Reshape(Labels.Shape) * Counted;

    internal bool AnyIgnored => _ignored is not null;

    /// <summary>
    /// The scores with 0 in every row whose label is ignored or has weight 0. Masking only the loss would not be enough: the gradient of a
    /// row with NaN or ∞ would still be 0·NaN = NaN.
    /// </summary>
    internal Tensor MaskIgnoredRows(Tensor scores, bool zeroWeights = true) =>
        AnyIgnored || (zeroWeights && AnyZeroWeight)
            ? Tensor.Where((zeroWeights ? Weights : Counted).EqualTo(0).Unsqueeze(Dim), Tensor.ZerosLike(scores), scores)
            : scores;

    /// <summary>The log-probabilities with 0 for classes of weight 0, where −∞ or NaN times 0 would be NaN.</summary>
    internal Tensor MaskZeroWeights(Tensor logs) => AnyZeroWeight
        ? Tensor.Where(_perClass!.EqualTo(0), Tensor.ZerosLike(logs), logs)
        : logs;

    internal static ClassTargets Of(string loss, Tensor scores, Tensor labels, Tensor? weight, int ignoreIndex)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.DType != DType.Int64)
            throw new InvalidOperationException(
                $"{loss}: the labels are {labels.DType}; they must be Int64 (Tensor.Indices, or .To(DType.Int64)). " +
                "(Are predictions and labels swapped?)");
        if (scores.Rank == 0) throw new ArgumentException($"{loss}: the predictions are a scalar; expected (N, C).");
        int dim = scores.Rank == 1 ? 0 : 1;
        if (labels.Shape != scores.Shape.Without(dim))
            throw new ArgumentException(
                $"{loss}: predictions {scores.Shape} need labels {scores.Shape.Without(dim)}, one for each row, but the labels are " +
                $"{labels.Shape}.");

        int classes = scores.Shape[dim];
        RequireClasses(loss, scores, classes);
        long[] safe = labels.ToInt64Array();
        bool[]? ignored = null;
        for (int i = 0; i < safe.Length; i++)
        {
            if (safe[i] == ignoreIndex) (safe[i], (ignored ??= new bool[safe.Length])[i]) = (0, true);
            else if (safe[i] < 0 || safe[i] >= classes)
                throw Invalid.OutOfRange(nameof(labels),
                    $"{loss}: label {safe[i]} at element {i} is out of range 0 … {classes - 1}, the {classes} classes of predictions " +
                    $"{scores.Shape}.{(safe[i] == classes && !safe.AsSpan().Contains(0) ? " Labels count from 0; if these count from 1, subtract 1." : "")}");
        }
        return new ClassTargets(
            dim, Tensor.Own(safe, labels.Shape, DType.Int64), ignored, scores.DType, weight is null
                ? null
                : PerClass(weight, scores, loss));
    }

    /// <summary>Throws for a score above 0 in a row that is not ignored: the logarithm of a probability is never positive.</summary>
    internal void RequireLogProbabilities(Tensor scores)
    {
        int classes = scores.Shape[Dim], inner = 1;
        foreach (int size in scores.Shape.AsSpan()[(Dim + 1)..]) inner *= size;
        for (int i = 0; i < scores.ElementCount; i++)
        {
            // A computed logarithm may be slightly above 0 through rounding.
            if (!(scores.ValueAt(i) is var value and > 1e-4)) continue;
            int row = i / inner / classes * inner + i % inner;
            if (_ignored?[row] != true)
                throw new ArgumentException(FormattableString.Invariant(
                    $"NLLLoss: prediction {value} at element {i} is not a log-probability, which is 0 or less. ") +
                    "Apply LogSoftmax first, or use CrossEntropyLoss on the logits.", nameof(scores));
        }
    }

    internal static void RequireClasses(string loss, Tensor scores, int classes)
    {
        if (classes == 0 && scores.Shape[0] > 0)
            throw new ArgumentException($"{loss}: the predictions {scores.Shape} have no classes; expected (N, C) with at least one.");
    }

    /// <summary>The score of each label's class; 0 for ignored labels, even if the scores are NaN.</summary>
    internal Tensor Pick(Tensor scores)
    {
        Tensor picked = scores.Gather(Dim, Labels.Unsqueeze(Dim)).Squeeze(Dim);
        return Masked(picked);
    }

    /// <summary>One number per row, with 0 for ignored labels, even where the number is NaN.</summary>
    internal Tensor Masked(Tensor rows) => AnyIgnored ? Tensor.Where(Counted.EqualTo(0), Tensor.ZerosLike(rows), rows) : rows;

    /// <summary>The class weights (C), reshaped to broadcast along the class dimension of the scores.</summary>
    internal static Tensor PerClass(Tensor weight, Tensor scores, string loss)
    {
        int dim = scores.Rank == 1 ? 0 : 1;
        if (weight.Rank != 1 || weight.ElementCount != scores.Shape[dim])
            throw new ArgumentException(
                $"{loss}: the class weights have shape {weight.Shape}; " +
                $"the {scores.Shape[dim]} classes of predictions {scores.Shape} need ({scores.Shape[dim]},).");
        return weight.Reshape([weight.ElementCount, .. Enumerable.Repeat(1, scores.Rank - dim - 1)]);
    }
}
