namespace MyTorch.Inspection;

/// <summary>
/// The values of a recorded function numbered as the lecture does, inputs first as v1, v2, …, then every result in recorded order, and
/// the operations written with those names. Constants that are single numbers are written as such; others are c1, c2, ….
/// </summary>
sealed class Numbering
{
    readonly Dictionary<Tensor, int> _values = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<Tensor, int> _constants = new(ReferenceEqualityComparer.Instance);
    (Operation? Operation, string[] Labels) _labelled = (null, []);

    /// <summary>Numbers what a scope has recorded, up to the output.</summary>
    /// <param name="autograd">The scope.</param>
    /// <param name="output">A result recorded in it.</param>
    /// <param name="first">The tensors that come first, in order; other inputs follow in the order in which they are used.</param>
    /// <param name="seeded">Tensors that are inputs although no gradient of theirs is wanted.</param>
    internal Numbering(Autograd autograd, Tensor output, IEnumerable<Tensor> first, ICollection<Tensor> seeded)
    {
        int count = output.Producer!.Index - autograd.Start + 1;
        IReadOnlyList<Operation> recorded = autograd.Operations;
        Operations = [.. Enumerable.Range(0, count).Select(i => recorded[i])];

        foreach (Tensor input in first) _values.TryAdd(input, _values.Count + 1);
        foreach (Operation operation in Operations)
            foreach (Tensor input in operation.InputArray)
                if (seeded.Contains(input) || input.RequiresGrad) { if (!autograd.Recorded(input)) _values.TryAdd(input, _values.Count + 1); }
                else if (input.ElementCount != 1) _constants.TryAdd(input, _constants.Count + 1);
        Inputs = [.. _values.Keys];
        foreach (Operation operation in Operations) _values.Add(operation.Output, _values.Count + 1);
    }

    internal IReadOnlyList<Tensor> Inputs { get; }

    internal IReadOnlyList<Operation> Operations { get; }

    internal IEnumerable<Tensor> Constants => _constants.Keys;

    internal bool Contains(Tensor value) => _values.ContainsKey(value);

    /// <summary>The number of a value, counted from 1.</summary>
    internal int this[Tensor value] => _values[value];

    internal string Label(Tensor tensor) =>
        _values.TryGetValue(tensor, out int value) ? $"v{Notation.Number(value)}"
        : _constants.TryGetValue(tensor, out int constant) ? $"c{Notation.Number(constant)}"
        : Notation.InParenthesesIfNegative(Notation.Exact(tensor));

    internal string ValueText(Operation operation) => operation.ValueText(Labels(operation));

    /// <summary>What undoing an operation hands to one of its inputs, with whatever is written for the output's adjoint.</summary>
    internal string AdjointText(Operation operation, int position, string upstream, bool wasRepeated)
    {
        string text = operation.AdjointText(position, upstream, Labels(operation), Label(operation.Output));
        return !wasRepeated ? text : Notation.IsSum(text) ? $"Σ({text})" : $"Σ {text}";
    }

    /// <summary>The value with numbers in place of names, <c>2·5</c>; null unless all are single numbers.</summary>
    internal static string? ValueInNumbers(Operation operation) => IsScalar(operation) ? operation.ValueText(Numbers(operation)) : null;

    /// <summary>One term of the tangent in symbols, for an operation that works element by element; null for others.</summary>
    string? TangentText(Operation operation, int position)
    {
        string[] labels = Labels(operation);
        string y = Label(operation.Output);
        return operation.DerivativeText(position, labels, y) is { } derivative
            ? Notation.Times(Notation.Tangent(labels[position]), derivative)
            : null;
    }

    /// <summary>The tangent in symbols; empty for an operation that does not work element by element.</summary>
    internal string TangentText(Operation operation) => Notation.Sum(
        Enumerable.Range(0, operation.InputArray.Length).Where(k => Contains(operation.InputArray[k])).Select(k => TangentText(operation, k)).OfType<string>());

    /// <summary>The same term with numbers; null unless all are single numbers.</summary>
    internal static string? TangentInNumbers(Operation operation, int position, Tensor tangent)
    {
        if (!IsScalar(operation)) return null;
        string y = Notation.InParenthesesIfNegative(Notation.Short(operation.Output));
        return operation.DerivativeText(position, Numbers(operation), y) is { } derivative
            ? Notation.Times(Notation.InParenthesesIfNegative(Notation.Short(tangent)), derivative)
            : null;
    }

    /// <summary>How the inputs of an operation are written, kept until another is asked for: a rule with many inputs is described input by input.</summary>
    internal string[] Labels(Operation operation)
    {
        if (_labelled.Operation != operation) _labelled = (operation, Array.ConvertAll(operation.InputArray, Label));
        return _labelled.Labels;
    }

    static string[] Numbers(Operation operation) =>
        Array.ConvertAll(operation.InputArray, input => Notation.InParenthesesIfNegative(Notation.Short(input)));

    internal static bool IsScalar(Operation operation)
    {
        if (operation.Output.ElementCount != 1) return false;
        foreach (Tensor input in operation.InputArray)
            if (input.ElementCount != 1) return false;
        return true;
    }
}
