namespace MyTorch.Nn;

/// <summary>Class labels against (N, C, …) scores: which score each label picks, and what it counts.</summary>
sealed class ClassTargets
{
    readonly bool[]? _ignored;
    readonly DType _dtype;
    readonly Tensor? _perClass;

    ClassTargets(int dim, Tensor labels, bool[]? ignored, DType dtype, Tensor? perClass) =>
        (Dim, Labels, _ignored, _dtype, _perClass) = (dim, labels, ignored, dtype, perClass);

    // A weight of 0 anywhere; else a row counts nothing only if its label is ignored.
    bool AnyWeightless => _perClass is not null && Array.Exists(_perClass.ToArray(), weight => weight == 0);

    /// <summary>The dimension of the classes.</summary>
    internal int Dim { get; }

    /// <summary>The labels, with 0 in place of ignored ones.</summary>
    internal Tensor Labels { get; }

    /// <summary>1 for each label that counts, 0 for ignored ones.</summary>
    internal Tensor Counted => field ??= _ignored is null
        ? Tensor.Ones(Labels.Shape, _dtype)
        : Tensor.From(Array.ConvertAll(_ignored, ignored => ignored ? 0.0 : 1), Labels.Shape, _dtype);

    /// <summary>The weight of each label's class, 0 for ignored ones.</summary>
    internal Tensor Weights => field ??= _perClass is null
        ? Counted
        : _perClass.Reshape([_perClass.ElementCount]).IndexSelect(0, Labels.Reshape([Labels.ElementCount])).Reshape(Labels.Shape) * Counted;

    internal bool AnyIgnored => _ignored is not null;

    /// <summary>
    /// The scores with 0 in the rows that count nothing, because their label is ignored or has the weight 0. A loss masked afterwards
    /// would be 0 too, but not its gradient: the softmax of NaN or ∞ times 0 is NaN.
    /// </summary>
    internal Tensor WithoutIdleRows(Tensor scores, bool weightless = true) =>
        AnyIgnored || (weightless && AnyWeightless)
            ? Tensor.Where((weightless ? Weights : Counted).EqualTo(0).Unsqueeze(Dim), Tensor.ZerosLike(scores), scores)
            : scores;

    /// <summary>The log-probabilities with 0 in place of −∞ and NaN where the class has the weight 0, which times 0 would be NaN.</summary>
    internal Tensor WithoutWeightless(Tensor logs) => AnyWeightless
        ? Tensor.Where(_perClass!.EqualTo(0), Tensor.ZerosLike(logs), logs)
        : logs;

    internal static ClassTargets Of(string loss, Tensor scores, Tensor labels, Tensor? weight, int ignoreIndex)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.DType != DType.Int64)
            throw new InvalidOperationException($"{loss}: the labels are {labels.DType}; classes are Int64 (Tensor.Indices, or .To(DType.Int64)). (Are predictions and labels swapped?)");
        if (scores.Rank == 0) throw new ArgumentException($"{loss}: the predictions are a scalar; expected (N, C).");
        int dim = scores.Rank == 1 ? 0 : 1;
        if (labels.Shape != scores.Shape.Without(dim))
            throw new ArgumentException(
                $"{loss}: predictions {scores.Shape} need labels {scores.Shape.Without(dim)}, one for each row, but the labels are {labels.Shape}.");

        int classes = scores.Shape[dim];
        RequireClasses(loss, scores, classes);
        long[] safe = labels.ToInt64Array();
        bool[]? ignored = null;
        for (int i = 0; i < safe.Length; i++)
        {
            if (safe[i] == ignoreIndex) (safe[i], (ignored ??= new bool[safe.Length])[i]) = (0, true);
            else if (safe[i] < 0 || safe[i] >= classes)
                throw Invalid.OutOfRange(nameof(labels),
                    $"{loss}: label {safe[i]} at place {i} is outside 0 … {classes - 1}, the {classes} classes of predictions {scores.Shape}.");
        }
        return new ClassTargets(
            dim, Tensor.Own(safe, labels.Shape, DType.Int64), ignored, scores.DType, weight is null ? null : PerClass(weight, scores, loss));
    }

    /// <summary>Refuses scores above 0 in rows that count: the logarithm of a probability is never positive.</summary>
    internal void RequireLogProbabilities(Tensor scores)
    {
        int classes = scores.Shape[Dim], inner = 1;
        foreach (int size in scores.Shape.AsSpan()[(Dim + 1)..]) inner *= size;
        for (int i = 0; i < scores.ElementCount; i++)
        {
            // Rounding may carry a computed logarithm a little past 0.
            if (!(scores.ValueAt(i) is var value and > 1e-4)) continue;
            int row = i / inner / classes * inner + i % inner;
            if (_ignored?[row] != true)
                throw new ArgumentException(FormattableString.Invariant(
                    $"NLLLoss: prediction {value} at index {i} is not the logarithm of a probability, which is 0 or less. Apply LogSoftmax first, or use CrossEntropyLoss on the logits."), nameof(scores));
        }
    }

    internal static void RequireClasses(string loss, Tensor scores, int classes)
    {
        if (classes == 0 && scores.Shape[0] > 0)
            throw new ArgumentException($"{loss}: the predictions {scores.Shape} have no classes; expected (N, C) with at least one.");
    }

    /// <summary>The score of each label's class; 0 for ignored labels, whatever the scores are.</summary>
    internal Tensor Pick(Tensor scores)
    {
        Tensor picked = scores.Gather(Dim, Labels.Unsqueeze(Dim)).Squeeze(Dim);
        return Masked(picked);
    }

    /// <summary>The numbers of the rows, with 0 in place of those whose label is ignored, whatever they are.</summary>
    internal Tensor Masked(Tensor rows) => AnyIgnored ? Tensor.Where(Counted.EqualTo(0), Tensor.ZerosLike(rows), rows) : rows;

    /// <summary>Class weights (C) in a shape that broadcasts along the class dimension of the scores.</summary>
    internal static Tensor PerClass(Tensor weight, Tensor scores, string loss)
    {
        int dim = scores.Rank == 1 ? 0 : 1;
        if (weight.Rank != 1 || weight.ElementCount != scores.Shape[dim])
            throw new ArgumentException($"{loss}: the class weights have shape {weight.Shape}; the {scores.Shape[dim]} classes of predictions {scores.Shape} need ({scores.Shape[dim]},).");
        return weight.Reshape([weight.ElementCount, .. Enumerable.Repeat(1, scores.Rank - dim - 1)]);
    }
}
