namespace MyTorch;

// An operation differentiated forwards, and at other inputs than the recorded ones.
public abstract partial class Operation
{
    /// <summary>
    /// The Jacobian-vector product: from the directions ẋ in which the inputs change, the direction in which the output does.
    /// </summary>
    /// <param name="tangents">One entry per input, of its shape; null where an input does not change. At least one is given.</param>
    /// <returns>The tangent, of the output's shape or one that broadcasts to it.</returns>
    /// <remarks>
    /// An operation that does not say gets it from <see cref="Backward"/>, which is linear in the upstream gradient u: the derivative of
    /// ⟨Jᵀu, ẋ⟩ with respect to u is J·ẋ.
    /// </remarks>
    public virtual Tensor Tangent(Tensor?[] tangents)
    {
        ArgumentNullException.ThrowIfNull(tangents);
        Tensor upstream = Tensor.ZerosLike(Output);
        upstream.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor?[] gradients = Backward(upstream);
        Tensor? product = null;
        for (int i = 0; i < gradients.Length; i++)
            if (gradients[i] is { } gradient && tangents[i] is { } tangent) product = Total(product, (gradient * tangent).Sum());
        // A rule that does not depend on its upstream gradient has the derivative 0.
        return product is { RequiresGrad: true } && autograd.Gradients(product, [upstream], createGraph: true)[0] is { } result
            ? result
            : Tensor.ZerosLike(Output);
    }

    /// <summary>The sum of the terms that are there; for <see cref="Tangent"/> rules.</summary>
    /// <exception cref="ArgumentException">Every term is null.</exception>
    protected static Tensor Total(params ReadOnlySpan<Tensor?> terms)
    {
        Tensor? sum = null;
        foreach (Tensor? term in terms)
            if (term is not null) sum = sum is null ? term : sum + term;
        return sum ?? throw new ArgumentException("Tangent: no input changes; give at least one tangent.", nameof(terms));
    }

    /// <summary>The value of an operation that is not to be recorded.</summary>
    internal Tensor Compute() => _output = ForwardUnrecorded(Tape.OfThisThread, lease: null).Detach();

    /// <summary>
    /// This operation with other inputs, not applied: so a check can ask for its value and its rules at another point. Settings such as
    /// masks and indices are shared.
    /// </summary>
    internal Operation WithInputs(ReadOnlySpan<Tensor> inputs)
    {
        var copy = (Operation)MemberwiseClone();
        (copy._inputs, copy._readOnlyInputs, copy._output, copy._tape) = (inputs.ToArray(), null, null, null);
        return copy;
    }
}
