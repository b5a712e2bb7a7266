namespace MyTorch.Operations;

/// <summary>
/// y = (x − x̄)/√(s² + ε) over some dimensions, with the mean x̄ and the population variance s²;
/// x̄ᵍ = (g − mean(g) − y·mean(g·y))/√(s² + ε) for the upstream gradient g
/// </summary>
/// <param name="x">The input.</param>
/// <param name="dims">The dimensions over which mean and variance are computed, ascending.</param>
/// <param name="epsilon">ε &gt; 0, added to the variance so that a constant input does not divide by zero.</param>
/// <remarks>Ioffe and Szegedy, 2015 (over the batch); Ba, Kiros and Hinton, 2016 (over the features).</remarks>
/// <exception cref="ArgumentOutOfRangeException">ε is not a finite number greater than 0.</exception>
public sealed class Normalize(Tensor x, int[] dims, double epsilon) : Operation(x)
{
    readonly int[] _dims = Copy(dims);
    readonly double _epsilon = epsilon > 0 && double.IsFinite(epsilon)
        ? epsilon
        : throw Invalid.Setting(nameof(epsilon), epsilon, "Normalize: ε must be a finite number greater than 0.");

    /// <inheritdoc/>
    protected override Tensor Forward() => new Center(X, _dims).Apply() / Spread();

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) => [Project(gradient)];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Project(tangents[0]!);

    // The Jacobian is symmetric, so the backward rule and the tangent are the same product.
    Tensor Project(Tensor direction)
    {
        Tensor along = Output * (direction * Output).Mean(_dims, keepDim: true);
        return (new Center(direction, _dims).Apply() - along) / Spread();
    }

    // √(s² + ε). Computed again from x, not saved: only then does the rule itself have a derivative. Where the squares of large numbers overflow,
    // it is computed from x·c, whose squares do not; ε is far too small to matter there. c is a power of two, so it rounds nothing.
    Tensor Spread()
    {
        Tensor variance = Variance(X), finite = variance.IsFinite(), spread = (variance + _epsilon).Sqrt();
        if (finite.All().Item() != 0) return spread;
        double c = Math.ScaleB(1, X.DType == DType.Float32 ? -66 : -515);
        return Tensor.Where(finite, spread, Variance(X * c).Sqrt() / c);
    }

    Tensor Variance(Tensor x) => x.Var(_dims, unbiased: false, keepDim: true);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) =>
        $"({x[0]} - mean {x[0]})/√(var {x[0]} + {Notation.Number(_epsilon)})";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) =>
        $"({upstream} - mean {upstream} - {y}·mean({upstream}·{y}))/√(var {x[0]} + {Notation.Number(_epsilon)})";
}
