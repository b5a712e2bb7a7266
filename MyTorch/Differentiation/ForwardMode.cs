namespace MyTorch.Differentiation;

/// <summary>
/// Forward-mode differentiation of a recorded tape: the tangent v̇ of every value, in the order of recording.
/// </summary>
/// <remarks>
/// Griewank and Walther, Evaluating Derivatives, 2008, ch. 3. One pass gives the derivative in one direction of the inputs.
/// </remarks>
public sealed class ForwardMode
{
    readonly Dictionary<Tensor, Tensor> _tangents = new(ReferenceEqualityComparer.Instance);

    ForwardMode() { }

    /// <summary>Computes the tangents of all operations that a scope has recorded so far.</summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="seeds">The tangents ẋ of the inputs, each of the shape and type of its tensor; 0 for inputs without one.</param>
    /// <exception cref="ArgumentException">
    /// A seed does not have the shape and type of its tensor, or the tensor does not require a gradient.
    /// </exception>
    /// <exception cref="InvalidOperationException">A tensor was changed after it was recorded.</exception>
    public static ForwardMode Run(Autograd autograd, IReadOnlyDictionary<Tensor, Tensor> seeds)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        ArgumentNullException.ThrowIfNull(seeds);
        var pass = new ForwardMode();
        foreach ((Tensor tensor, Tensor seed) in seeds)
        {
            if (seed.Shape != tensor.Shape || seed.DType != tensor.DType)
                throw new ArgumentException(
                    $"ForwardMode: the seed is {seed.Shape} {seed.DType}, the tensor {tensor.Shape} {tensor.DType}; shape and type " +
                    $"must be equal.",
                    nameof(seeds));
            if (!tensor.RequiresGrad)
                throw new ArgumentException(
                    $"ForwardMode: {tensor.Describe()} does not require a gradient, so operations on it alone are not on the tape; " +
                    $"set RequiresGrad = true before the computation.", nameof(seeds));
            pass._tangents.Add(tensor, seed);
        }

        // The pass may itself be recorded in this scope and in outer ones; the operations it adds are not visited.
        IReadOnlyList<Operation> operations = autograd.Operations;
        int count = operations.Count;
        for (int i = 0; i < count; i++) pass.Visit(operations[i]);
        return pass;
    }

    void Visit(Operation operation)
    {
        bool changes = false;
        var tangents = new Tensor?[operation.Inputs.Count];
        for (int k = 0; k < tangents.Length; k++)
        {
            tangents[k] = _tangents.GetValueOrDefault(operation.Inputs[k]);
            changes |= tangents[k] is not null;
        }
        if (!changes || _tangents.ContainsKey(operation.Output)) return;
        operation.CheckUnchanged();
        Tensor tangent = operation.Tangent(tangents);
        RequireFit(operation, tangent);
        _tangents.Add(operation.Output, tangent.Shape == operation.Output.Shape ? tangent : tangent.Expand(operation.Output.Shape));
    }

    /// <summary>Throws unless a tangent has the type of its output and a shape that broadcasts to the output's.</summary>
    internal static void RequireFit(Operation operation, Tensor? tangent)
    {
        Tensor output = operation.Output;
        if (tangent is null)
            throw new InvalidOperationException(
                $"{Notation.Shown(operation.Name)}.Tangent returned null for an output {output.Shape} {output.DType}; " +
                "return a tangent, with zeros where the output does not change.");
        if (!tangent.Shape.BroadcastsTo(output.Shape) || tangent.DType != output.DType)
            throw new InvalidOperationException(
                $"{Notation.Shown(operation.Name)}.Tangent returned {tangent.Shape} {tangent.DType} for an output {output.Shape} " +
                $"{output.DType}; " +
                "a tangent must have its output's type and shape.");
    }

    /// <summary>The tangent of a value; null where it does not depend on the seeded tensors.</summary>
    public Tensor? Of(Tensor value) => _tangents.GetValueOrDefault(value);
}
