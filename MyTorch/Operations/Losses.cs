namespace MyTorch.Operations;

/// <summary>
/// The binary cross entropy of probabilities: l = −(t·ln p + (1−t)·ln(1−p)), each logarithm held at −100 or above;
/// ∂l/∂p = (p − t)/max(p(1−p), ε) with ε = 10⁻¹² in single precision, PyTorch's guards
/// </summary>
/// <param name="p">Probabilities.</param>
/// <param name="target">t, of the same shape.</param>
public sealed class BinaryCrossEntropy(Tensor p, Tensor target) : BinaryOperation(p, target)
{
    const double LowestLog = -100;
    const double Epsilon = 1e-12f;

    /// <inheritdoc/>
    protected override Tensor Forward() => -(B * LogOf(A) + (1 - B) * LogOf(1 - A));

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
    [
        A.RequiresGrad ? gradient * WithRespectToProbability() : null,
        B.RequiresGrad ? gradient * WithRespectToTarget() : null,
    ];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(
        tangents[0] is { } a ? a * WithRespectToProbability() : null,
        tangents[1] is { } b ? b * WithRespectToTarget() : null);

    Tensor WithRespectToProbability() => (A - B) / (A * (1 - A)).Clamp(min: Epsilon);

    Tensor WithRespectToTarget() => LogOf(1 - A) - LogOf(A);

    static Tensor LogOf(Tensor x) => x.Log().Clamp(min: LowestLog);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) => ($"-({b}·ln {a} + (1 - {b})·ln(1 - {a}))", $"({a} - {b})/({a}·(1 - {a}))", $"ln(1 - {a}) - ln {a}");
}

/// <summary>
/// The binary cross entropy straight from logits: l = (1 − t)·z + w·log(1 + e⁻ᶻ), w = 1 + (p − 1)·t, stable for large |z|;
/// ∂l/∂z = w·σ(z) − p·t
/// </summary>
/// <param name="logits">z.</param>
/// <param name="target">t, of the same shape.</param>
/// <param name="positiveWeight">p, what a positive target counts; broadcasts.</param>
public sealed class BinaryCrossEntropyWithLogits(Tensor logits, Tensor target, Tensor positiveWeight) : BinaryOperation(logits, target)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => (1 - B) * A + Weight() * Penalty();

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
    [
        A.RequiresGrad ? gradient * WithRespectToLogits() : null,
        B.RequiresGrad ? gradient * WithRespectToTarget() : null,
    ];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(
        tangents[0] is { } a ? a * WithRespectToLogits() : null,
        tangents[1] is { } b ? b * WithRespectToTarget() : null);

    Tensor WithRespectToLogits() => Weight() * A.Sigmoid() - positiveWeight * B;

    Tensor WithRespectToTarget() => (positiveWeight - 1) * Penalty() - A;

    Tensor Weight() => 1 + (positiveWeight - 1) * B;

    Tensor Penalty() => (-A).Softplus(threshold: double.PositiveInfinity);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z)
    {
        // A weight for each class of target would be a tensor of its own in the formula.
        double? one = positiveWeight.ElementCount == 1 ? positiveWeight.Item() : null;
        if (one == 1) return ($"(1 - {b})·{a} + ln(1 + exp(-{a}))", $"σ({a}) - {b}", $"-{a}");
        string p = one is { } number ? Notation.Number(number) : "p", w = $"(1 + ({p} - 1)·{b})";
        return ($"(1 - {b})·{a} + {w}·ln(1 + exp(-{a}))", $"{w}·σ({a}) - {p}·{b}", $"({p} - 1)·ln(1 + exp(-{a})) - {a}");
    }
}
