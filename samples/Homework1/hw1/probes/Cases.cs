using MyTorch;
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

    /// <summary>The tensor, as one that requires a gradient.</summary>
    public static Tensor Leaf(Tensor values)
    {
        values.RequiresGrad = true;
        return values;
    }

    /// <summary>Whole numbers 0 … 10⁶ are exact in either type: a yes or a no as 1 or 0.</summary>
    public static double Mark(bool answer) => answer ? 1 : 0;

    /// <summary>
    /// Applies an operation, hands its rule an upstream gradient drawn at random, and returns what the rule says for each input that has a name.
    /// </summary>
    public static void Rule(Probe probe, Operation operation, params string?[] names)
    {
        Tensor output = operation.Apply();
        Tensor?[] gradients = operation.Backward(probe.Draw(output.Shape));
        probe.Return($"entries ({names.First(name => name is not null)})", gradients.Length);
        for (int i = 0; i < names.Length && i < gradients.Length; i++)
            if (names[i] is { } name) probe.Return(name, Fitted(gradients[i], operation.Inputs[i]));
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
