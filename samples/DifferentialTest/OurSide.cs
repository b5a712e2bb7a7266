using MyTorch;
using MyTorch.Differentiation;
using M = MyTorch.Tensor;

namespace DifferentialTest;

/// <summary>What MyTorch makes of a program.</summary>
/// <param name="Observations">Values of the steps, gradients, second gradients, tangents.</param>
/// <param name="Values">The values of leaves and steps, for a look at each step alone.</param>
sealed record OurRun(List<Observation> Observations, Observation[] Values);

/// <summary>Runs programs with MyTorch.</summary>
static class OurSide
{
    internal static OurRun Run(TensorProgram program)
    {
        DType type = program.Single ? DType.Float32 : DType.Float64;
        M[] leaves = Array.ConvertAll(program.Leaves, leaf => M.From(leaf.Values, leaf.Shape, type));
        foreach (M leaf in leaves) leaf.RequiresGrad = true;
        var observations = new List<Observation>();
        using var outer = new Autograd();
        using Autograd? inner = program.Nested ? new Autograd() : null;
        M[] values = Forward(program, leaves, out bool mayRefuse);
        M output = values[^1];
        for (int i = 0; i < program.Steps.Length; i++) observations.Add(See($"value of {program.NameOf(leaves.Length + i)}", values[leaves.Length + i]));
        var run = new OurRun(observations, [.. values.Select(value => See("", value))]);
        if (!output.RequiresGrad)
        {
            foreach (Leaf leaf in program.Leaves) observations.Add(Zero($"gradient of {leaf.Name}", leaf));
            return run;
        }

        try
        {
            Gradients(program, inner ?? outer, leaves, values, observations);
        }
        catch (InvalidOperationException e) when (mayRefuse && e.Message.Contains("changed", StringComparison.Ordinal))
        {
            // What was handed over was changed, and the library says so: as good as the right gradient.
            observations.RemoveAll(seen => !seen.Name.StartsWith("value", StringComparison.Ordinal));
        }
        return run;
    }

    /// <summary>All values, leaves first.</summary>
    internal static M[] Forward(TensorProgram program, M[] leaves, out bool mayRefuse)
    {
        var values = new List<M>(leaves);
        mayRefuse = false;
        foreach (Step step in program.Steps)
        {
            M[] operands = Array.ConvertAll(step.Operands, operand => values[operand]);
            M value;
            if (step.HandedOver && step.Op.Construct is { } construct)
            {
                var handed = new HandedOver();
                value = construct(operands, step.Settings, handed).Apply();
                handed.Change();
                mayRefuse |= handed.AnyTensor;
            }
            else if (step.Paused)
            {
                using (Autograd.Pause()) value = step.Op.Ours(operands, step.Settings);
            }
            else
            {
                value = step.Op.Ours(operands, step.Settings);
            }
            if (step.Retained && value.RequiresGrad) value.RetainGrad();
            values.Add(value);
        }
        return [.. values];
    }

    static void Gradients(TensorProgram program, Autograd scope, M[] leaves, M[] values, List<Observation> observations)
    {
        M output = values[^1];
        M upstream = Pattern(output, TensorProgram.Upstream);
        for (int i = 0; i < program.Backwards; i++) scope.Backward(output, upstream);
        for (int i = 0; i < leaves.Length; i++) observations.Add(See($"gradient of {program.Leaves[i].Name}", leaves[i].Grad, program.Leaves[i].Shape));
        for (int i = 0; i < program.Steps.Length; i++)
            if (program.Steps[i].Retained && values[leaves.Length + i] is { RequiresGrad: true } value)
                observations.Add(See($"gradient of {program.NameOf(leaves.Length + i)}", value.Grad, value.Shape.ToArray()));
        if (!program.SecondOrder) return;

        var seeds = new Dictionary<M, M>(ReferenceEqualityComparer.Instance);
        foreach (M leaf in leaves) seeds.Add(leaf, Pattern(leaf, TensorProgram.Direction));
        using (Autograd.Pause()) observations.Add(See($"tangent of {program.NameOf(program.ValueCount - 1)}", ForwardMode.Run(scope, seeds).Of(output), output.Shape.ToArray()));

        M?[] gradients = scope.Gradients(output, leaves, upstream, createGraph: true);
        for (int i = 0; i < leaves.Length; i++) observations.Add(See($"recorded gradient of {program.Leaves[i].Name}", gradients[i], program.Leaves[i].Shape));
        M? product = null;
        for (int i = 0; i < leaves.Length; i++)
            if (gradients[i] is { RequiresGrad: true } gradient)
            {
                M term = (gradient * Pattern(leaves[i], TensorProgram.Direction)).Sum();
                product = product is null ? term : product + term;
            }
        M?[] second = product is null ? new M?[leaves.Length] : scope.Gradients(product, leaves);
        for (int i = 0; i < leaves.Length; i++) observations.Add(See($"second gradient of {program.Leaves[i].Name}", second[i], program.Leaves[i].Shape));
    }

    static M Pattern(M like, Func<int, double> element) => M.From(TensorProgram.Filled(like.ElementCount, element), like.Shape, like.DType);

    static Observation See(string name, M value) => new(name, value.Shape.ToArray(), value.ToArray());

    static Observation See(string name, M? value, int[] shape) =>
        value is null ? new(name, shape, new double[shape.Aggregate(1, (a, b) => a * b)]) : See(name, value);

    static Observation Zero(string name, Leaf leaf) => new(name, leaf.Shape, new double[leaf.Values.Length]);
}
