using System.Globalization;

namespace MyTorch.Inspection;

/// <summary>
/// Names the tensors of a tape v1, v2, … as the lecture does, inputs first, and writes operations as lines.
/// </summary>
static class TapePrinter
{
    const int MostArguments = 20;

    internal static string Line(Operation operation)
    {
        TapeNumbers? numbers = operation.Tape is { } tape ? NumbersOf(tape) : null;
        IEnumerable<string> references = operation.Inputs.Take(operation.Inputs.Count <= MostArguments ? MostArguments : MostArguments / 2).Select(input => Reference(input, numbers));
        if (operation.Inputs.Count > MostArguments)
            references = [.. references, string.Create(CultureInfo.InvariantCulture, $"… {operation.Inputs.Count - MostArguments / 2 - 1} more …"), Reference(operation.Inputs[^1], numbers)];
        Tensor output = operation.Output;
        string value = output.Rank == 0 ? $"= {output}" : $": {output.Shape} {output.DType}";
        return $"{Reference(output, numbers)} = {Notation.Shown(operation.Name)}({string.Join(", ", references)}) {value}";
    }

    /// <summary>The numbers of a tape's leaves and results, as it stands now.</summary>
    internal static TapeNumbers NumbersOf(Tape tape)
    {
        tape.Numbers ??= new TapeNumbers(tape);
        tape.Numbers.Update();
        return tape.Numbers;
    }

    static string Reference(Tensor tensor, TapeNumbers? numbers)
    {
        if (tensor.Name is { } name) return Notation.Shown(name);
        if (numbers?.Of(tensor) is { } number) return $"v{Notation.Number(number)}";
        return tensor.Rank == 0 ? tensor.ToString() : $"{tensor.DType} {tensor.Shape}";
    }
}

/// <summary>The numbers of the values of a tape: its leaves in the order of their first use, then its results in the order of the recording.</summary>
/// <remarks>A tape that has grown is read on from where it was: to print every operation as it is recorded costs no more than to print them at the end.</remarks>
sealed class TapeNumbers(Tape tape)
{
    readonly Dictionary<Tensor, int> _leaves = new(ReferenceEqualityComparer.Instance);
    int _seen;

    internal void Update()
    {
        for (; _seen < tape.Count; _seen++)
            foreach (Tensor input in tape[_seen].InputArray)
                if (input.RequiresGrad && input.IsLeaf) _leaves.TryAdd(input, _leaves.Count + 1);
    }

    /// <summary>The number of a value, counted from 1; null for what the tape does not number.</summary>
    internal int? Of(Tensor tensor) =>
        tensor.Producer is { } producer && producer.Tape == tape ? _leaves.Count + producer.Index + 1
        : _leaves.TryGetValue(tensor, out int leaf) ? leaf
        : null;
}
