namespace MyTorch;

/// <summary>
/// Names the tensors of a tape v1, v2, … as the lecture does, inputs first, and writes operations as lines.
/// </summary>
static class TapePrinter
{
    internal static string Line(Operation operation)
    {
        Dictionary<Tensor, int>? numbers = operation.Tape is { } tape ? NumbersOf(tape) : null;
        string arguments = string.Join(", ", operation.Inputs.Select(input => Reference(input, numbers)));
        Tensor output = operation.Output;
        string value = output.Rank == 0 ? $"= {output}" : $": {output.Shape} {output.DType}";
        return $"{Reference(output, numbers)} = {operation.Name}({arguments}) {value}";
    }

    /// <summary>The numbers of a tape's leaves and results.</summary>
    internal static Dictionary<Tensor, int> NumbersOf(Tape tape) => tape.Numbers ??= Number(tape);

    static string Reference(Tensor tensor, Dictionary<Tensor, int>? numbers)
    {
        if (tensor.Name is { } name) return name;
        if (numbers is not null && numbers.TryGetValue(tensor, out int number)) return $"v{number}";
        return tensor.Rank == 0 ? tensor.ToString() : $"{tensor.DType} {tensor.Shape}";
    }

    static Dictionary<Tensor, int> Number(Tape tape)
    {
        var numbers = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < tape.Count; i++)
            foreach (Tensor input in tape[i].Inputs)
                if (input.RequiresGrad && input.IsLeaf) numbers.TryAdd(input, numbers.Count + 1);
        for (int i = 0; i < tape.Count; i++)
            numbers[tape[i].Output] = numbers.Count + 1;
        return numbers;
    }
}
