using MyTorch;
using MyTorch.Operations;
using MyTorch.Probes;

/// <summary>What several probes share: special draws, and calling one operation's rule without any engine.</summary>
static class Cases
{
    /// <summary>Numbers of both signs that keep away from 0: something to divide by.</summary>
    public static Tensor AwayFromZero(Probe probe, Shape shape)
    {
        double[] numbers = probe.Numbers(shape.ElementCount, 0.5, 2);
        for (int i = 0; i < numbers.Length; i++)
            if (probe.Next() < 0.5) numbers[i] = -numbers[i];
        return Leaf(Tensor.From(numbers, shape, probe.DType));
    }

    /// <summary>Sizes from 1 to 5, as many as drawn: a rule that knows the sizes of the other cases fails here.</summary>
    public static Shape DrawnShape(Probe probe, int lowestRank, int highestRank) =>
        Enumerable.Range(0, probe.Next(lowestRank, highestRank)).Select(_ => probe.Next(1, 5)).ToArray();

    /// <summary>A shape that broadcasts with another: with fewer dimensions, and with sizes of 1.</summary>
    public static Shape Smaller(Probe probe, Shape shape) =>
        shape.Skip(probe.Next(0, shape.Rank)).Select(size => probe.Next() < 0.4 ? 1 : size).ToArray();

    /// <summary>A leaf of mixed numbers.</summary>
    public static Tensor Mixed(Probe probe, Shape shape, double limit) =>
        Leaf(Tensor.From(probe.Mixed(shape.ElementCount, limit), shape, probe.DType));

    /// <summary>The rule of an operation on two operands of drawn shapes, the smaller of which is the left or the right one.</summary>
    public static void Broadcast(Probe probe, Func<Tensor, Tensor, Operation> operation, bool divides = false)
    {
        Shape large = DrawnShape(probe, 1, 4), small = Smaller(probe, large);
        bool left = probe.Next() < 0.5;
        Tensor a = Mixed(probe, left ? small : large, 100);
        Tensor b = divides ? AwayFromZero(probe, left ? large : small) : Mixed(probe, left ? large : small, 100);
        Rule(probe, operation(a, b), "drawn dA", "drawn dB");
    }

    /// <summary>The tensor, as one that requires a gradient.</summary>
    public static Tensor Leaf(Tensor values)
    {
        values.RequiresGrad = true;
        return values;
    }

    /// <summary>Whole numbers 0 … 10⁶ are exact in either type: a yes or a no as 1 or 0.</summary>
    public static double Mark(bool answer) => answer ? 1 : 0;

    /// <summary>Shows an operation's inputs and returns its value.</summary>
    public static void Value(Probe probe, string name, Operation operation)
    {
        ShowInputs(probe, operation);
        probe.Return(name, operation.Apply());
    }

    /// <summary>
    /// Applies an operation, hands its rule an upstream gradient drawn at random, and returns what the rule says for each input that has a name.
    /// Where all have one, it returns first how many gradients there are; a question about one of several inputs does not ask for the others.
    /// </summary>
    public static void Rule(Probe probe, Operation operation, params string?[] names)
    {
        Tensor?[] gradients = Gradients(probe, operation);
        if (names.Length == operation.Inputs.Count && !names.Contains(null))
            probe.Return($"gradients returned for {names.Length} {(names.Length == 1 ? "input" : "inputs")} (case {names[0]})", gradients.Length);
        for (int i = 0; i < names.Length && i < gradients.Length; i++)
            if (names[i] is { } name) probe.Return(name, Fitted(gradients[i], operation.Inputs[i]));
    }

    /// <summary>What the rule makes of an upstream gradient drawn at random; nothing if it returns null instead of an array.</summary>
    public static Tensor?[] Gradients(Probe probe, Operation operation)
    {
        ShowInputs(probe, operation);
        Tensor output = operation.Apply();
        Tensor upstream = probe.Draw(output.Shape);
        probe.Show("gradient", upstream);
        Tensor[] given = [.. operation.Inputs, upstream];
        double[][] before = [.. given.Select(tensor => tensor.ToArray())];
        Tensor?[] gradients = operation.Backward(upstream) ?? [];
        // Another operation of the tape has the same tensors still to read.
        for (int i = 0; i < given.Length; i++)
            if (!given[i].ToArray().SequenceEqual(before[i]))
                throw new InvalidOperationException($"{operation.Name}.Backward wrote into {(i == given.Length - 1 ? "the gradient that it was given" : $"its input {i}")}; return new tensors instead.");
        return gradients;
    }

    /// <summary>Notes what stands on the tape.</summary>
    public static void Tape(Probe probe, Autograd autograd)
    {
        for (int i = 0; i < autograd.Operations.Count; i++)
        {
            Operation operation = autograd.Operations[i];
            probe.Note($"tape[{i}] {operation.Name}({string.Join(", ", operation.Inputs.Select(input => input.Shape))}) -> {operation.Output.Shape}");
        }
    }

    static void ShowInputs(Probe probe, Operation operation)
    {
        string[] names = operation is Linear ? ["X", "W", "b"] : operation.Inputs.Count == 1 ? ["X"] : ["A", "B"];
        for (int i = 0; i < operation.Inputs.Count; i++) probe.Show(names[i], operation.Inputs[i]);
    }

    /// <summary>
    /// A rule may hand back the shape to which its input was broadcast, since the engine sums it; one that has summed it itself is right too.
    /// Any other shape is returned as it is.
    /// </summary>
    static Tensor? Fitted(Tensor? gradient, Tensor input)
    {
        if (gradient is null || gradient.Shape == input.Shape || !Broadcasts(input.Shape, gradient.Shape)) return gradient;
        return gradient.SumTo(input.Shape);
    }

    static bool Broadcasts(Shape small, Shape large)
    {
        if (small.Rank > large.Rank) return false;
        for (int d = 1; d <= small.Rank; d++)
            if (small[^d] != 1 && small[^d] != large[^d]) return false;
        return true;
    }
}
