namespace MyTorch.Inspection;

/// <summary>
/// The names of the values of a tape, the same wherever one is printed: v1, v2, … for leaves and results, c1, c2, … for constants.
/// </summary>
/// <remarks>
/// The first request for a name names everything recorded so far: the leaves in the order of their first use, then the results in the
/// order of recording, as in the lecture, where v1 and v2 are the inputs and v3 is the first result. Values recorded later continue the
/// count, again leaves first. A name never changes. Training requests no names, so it has no cost.
/// </remarks>
sealed class ValueNames
{
    readonly Tape _tape;
    readonly Dictionary<Tensor, int> _leaves = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<Tensor, int> _constants = new(ReferenceEqualityComparer.Instance);
    // By index on the tape.
    readonly List<int> _results = [];

    ValueNames(Tape tape) => _tape = tape;

    /// <summary>The names on a tape, after everything recorded so far was named.</summary>
    internal static ValueNames Of(Tape tape)
    {
        ValueNames names = tape.Names ??= new ValueNames(tape);
        names.NameWhatIsNew();
        return names;
    }

    /// <summary>Names tensors before their first use, in this order: the inputs of a traced function.</summary>
    internal static void Declare(Tape tape, IEnumerable<Tensor> leaves)
    {
        ValueNames names = Of(tape);
        foreach (Tensor leaf in leaves) names.AddLeaf(leaf);
    }

    void NameWhatIsNew()
    {
        for (int i = _results.Count; i < _tape.Count; i++)
            foreach (Tensor input in _tape[i].InputArray)
                if (IsResult(input)) continue;
                else if (input.RequiresGrad) AddLeaf(input);
                else if (input.ElementCount != 1 || input.Name is not null) _constants.TryAdd(input, _constants.Count + 1);
        while (_results.Count < _tape.Count) _results.Add(_leaves.Count + _results.Count + 1);
    }

    bool IsResult(Tensor tensor) => tensor.Producer is { } producer && producer.Tape == _tape;

    // A tensor that was named as a constant stays c1, even if it requires a gradient now.
    void AddLeaf(Tensor tensor)
    {
        if (!_constants.ContainsKey(tensor)) _leaves.TryAdd(tensor, _leaves.Count + _results.Count + 1);
    }

    /// <summary>The name of a tensor; null if it was not recorded, or is a constant that is a number without a name.</summary>
    internal string? Of(Tensor tensor) =>
        VariableNumber(tensor) is { } number ? $"v{Notation.Number(number)}"
        : _constants.TryGetValue(tensor, out int constant) ? $"c{Notation.Number(constant)}"
        : null;

    /// <summary>3 for v3; null for a tensor that has no such name.</summary>
    internal int? VariableNumber(Tensor tensor) =>
        IsResult(tensor) ? _results[tensor.Producer!.Index]
        : _leaves.TryGetValue(tensor, out int leaf) ? leaf
        : null;
}

/// <summary>An operation as a line of its tape.</summary>
static class OperationLine
{
    const int MostArguments = 20;

    /// <summary><c>v3 = Log(v1) = 0.693</c>; the shape and the type instead of several numbers.</summary>
    internal static string Of(Operation operation)
    {
        Tensor output = operation.Output;
        return Equation(operation) + (output.Rank == 0 ? $" = {output}" : $" : {output.Shape} {output.DType}");
    }

    /// <summary><c>v3 = Log(v1)</c></summary>
    internal static string Equation(Operation operation)
    {
        ValueNames? names = operation.Tape is { } tape ? ValueNames.Of(tape) : null;
        IReadOnlyList<Tensor> inputs = operation.Inputs;
        int shown = inputs.Count <= MostArguments ? inputs.Count : MostArguments / 2;
        IEnumerable<string> arguments = inputs.Take(shown).Select(input => Reference(input, names));
        if (inputs.Count > MostArguments)
            arguments = [.. arguments, $"… {Notation.Number(inputs.Count - shown - 1)} more …", Reference(inputs[^1], names)];
        return $"{Reference(operation.Output, names)} = {Notation.Shown(operation.Name)}({string.Join(", ", arguments)})";
    }

    /// <summary><c>v1 (2, 3) Float32</c>: an input of a recorded operation, with its name if it has one.</summary>
    internal static string Described(Tensor input, Operation operation) =>
        input.Name is null && operation.Tape is { } tape && ValueNames.Of(tape).VariableNumber(input) is { } number
            ? $"v{Notation.Number(number)} {input.Shape} {input.DType}"
            : input.Describe();

    // Tensors with a name are printed by name. A constant is described, because no line of the tape defines c1.
    static string Reference(Tensor tensor, ValueNames? names)
    {
        if (tensor.Name is { } name) return Notation.Shown(name);
        if (names?.VariableNumber(tensor) is { } number) return $"v{Notation.Number(number)}";
        return tensor.Rank == 0 ? tensor.ToString() : $"{tensor.DType} {tensor.Shape}";
    }
}
