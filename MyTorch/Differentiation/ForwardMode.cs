namespace MyTorch.Differentiation;

/// <summary>
/// Forward-mode differentiation as a visitor of a recorded tape: the tangent v̇ of every value, in the order of the recording.
/// </summary>
/// <remarks>Griewank and Walther, Evaluating Derivatives, 2008, ch. 3. One pass gives the derivative in one direction of the inputs.</remarks>
public sealed class ForwardMode
{
    readonly Dictionary<Tensor, Tensor> _tangents = new(ReferenceEqualityComparer.Instance);

    ForwardMode() { }

    /// <summary>Runs over the operations that a scope has recorded so far.</summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="seeds">The directions ẋ in which values change, each of its tensor's shape and type: usually of inputs, 0 where none is given.</param>
    /// <exception cref="ArgumentException">A seed has another shape or type than its tensor, or the tensor does not require a gradient.</exception>
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
                    $"ForwardMode: the direction is {seed.Shape} {seed.DType}, the tensor {tensor.Shape} {tensor.DType}; they need the same shape and type.", nameof(seeds));
            if (!tensor.RequiresGrad)
                throw new ArgumentException(
                    $"ForwardMode: {tensor.Describe()} does not require a gradient, so operations on it alone are not on the tape; set RequiresGrad = true before the computation.", nameof(seeds));
            pass._tangents.Add(tensor, seed);
        }

        // The pass may itself be recorded, on this scope and on those around it; what it adds is not part of the program.
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

    /// <summary>Refuses a tangent that is not of its output's type and shape, or one that broadcasts to it.</summary>
    internal static void RequireFit(Operation operation, Tensor? tangent)
    {
        Tensor output = operation.Output;
        if (tangent is null)
            throw new InvalidOperationException($"{Notation.Shown(operation.Name)}.Tangent returned null for an output {output.Shape} {output.DType}; return a tangent, zeros where the output does not change.");
        if (!tangent.Shape.BroadcastsTo(output.Shape) || tangent.DType != output.DType)
            throw new InvalidOperationException(
                $"{Notation.Shown(operation.Name)}.Tangent returned {tangent.Shape} {tangent.DType} for an output {output.Shape} {output.DType}; a tangent has its output's type and shape.");
    }

    /// <summary>The tangent of a value; null where it does not depend on the seeded tensors.</summary>
    public Tensor? Of(Tensor value) => _tangents.GetValueOrDefault(value);
}
