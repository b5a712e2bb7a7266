namespace MyTorch.Inspection;

/// <summary>
/// What a scope recorded up to an output, as rows: inputs first, then results in the order of recording. Has the formulas of each operation.
/// Values have the names of their tape (<see cref="ValueNames"/>). A constant that is a number without a name is written as that number.
/// </summary>
sealed class Formulas
{
    readonly ValueNames _names;
    readonly Dictionary<Tensor, int> _rows = new(ReferenceEqualityComparer.Instance);
    readonly List<Tensor> _constants = [];
    (Operation? Operation, string[] Labels) _labelled = (null, []);

    /// <summary>Reads what a scope has recorded, up to the output.</summary>
    /// <param name="autograd">The scope.</param>
    /// <param name="output">A result recorded in it.</param>
    /// <param name="first">The tensors that come first, in order; other inputs follow in the order in which they are used.</param>
    internal Formulas(Autograd autograd, Tensor output, IEnumerable<Tensor> first)
    {
        int count = output.Producer!.Index - autograd.Start + 1;
        IReadOnlyList<Operation> recorded = autograd.Operations;
        Operations = [.. Enumerable.Range(0, count).Select(i => recorded[i])];
        _names = ValueNames.Of(autograd.Tape);

        var constants = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (Tensor input in first) _rows.TryAdd(input, _rows.Count + 1);
        foreach (Operation operation in Operations)
            foreach (Tensor input in operation.InputArray)
                if (autograd.Recorded(input) || _rows.ContainsKey(input)) continue;
                else if (input.RequiresGrad) _rows.Add(input, _rows.Count + 1);
                else if (_names.Of(input) is not null && constants.Add(input)) _constants.Add(input);
        Inputs = [.. _rows.Keys];
        foreach (Operation operation in Operations) _rows.Add(operation.Output, _rows.Count + 1);
    }

    internal IReadOnlyList<Tensor> Inputs { get; }

    internal IReadOnlyList<Operation> Operations { get; }

    internal IReadOnlyList<Tensor> Constants => _constants;

    internal bool Contains(Tensor value) => _rows.ContainsKey(value);

    /// <summary>The row of a value, counted from 1.</summary>
    internal int this[Tensor value] => _rows[value];

    /// <summary>The text of a tensor in formulas: <c>v3</c>, <c>c1</c>, or a number.</summary>
    internal string Label(Tensor tensor) =>
        _names.Of(tensor) ?? Notation.InParenthesesIfNegative(Notation.Exact(tensor));

    internal string ValueText(Operation operation) => operation.ValueText(Labels(operation));

    /// <summary>What an operation contributes to the adjoint of an input, given how the adjoint of its output is written.</summary>
    internal string AdjointText(Operation operation, int position, string upstream, bool wasRepeated)
    {
        string text = operation.AdjointText(position, upstream, Labels(operation), Label(operation.Output));
        return !wasRepeated ? text : Notation.IsSum(text) ? $"Σ({text})" : $"Σ {text}";
    }

    /// <summary>The value with numbers instead of names, <c>2·5</c>; null unless all are single numbers.</summary>
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
        Enumerable.Range(0, operation.InputArray.Length).Where(k => Contains(operation.InputArray[k]))
            .Select(k => TangentText(operation, k)).OfType<string>());

    /// <summary>The same term with numbers; null unless all are single numbers.</summary>
    internal static string? TangentInNumbers(Operation operation, int position, Tensor tangent)
    {
        if (!IsScalar(operation)) return null;
        string y = Notation.InParenthesesIfNegative(Notation.Short(operation.Output));
        return operation.DerivativeText(position, Numbers(operation), y) is { } derivative
            ? Notation.Times(Notation.InParenthesesIfNegative(Notation.Short(tangent)), derivative)
            : null;
    }

    /// <summary>
    /// The texts of an operation's inputs. The last result is kept, because a rule with many inputs is described input by input.
    /// </summary>
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
