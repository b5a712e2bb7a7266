namespace MyTorch.Operations;

/// <summary>y = ½x² for |x| ≤ δ, else δ(|x| − ½δ);  dy/dx = x clamped to [−δ, δ]</summary>
/// <param name="x">Prediction minus target.</param>
/// <param name="delta">δ &gt; 0, the distance from which the loss is linear.</param>
/// <remarks>Huber, 1964.</remarks>
/// <exception cref="ArgumentOutOfRangeException">δ is not a finite number greater than 0.</exception>
public sealed class Huber(Tensor x, double delta) : PointwiseOperation(x)
{
    readonly double _delta = RequireDelta(delta);

    internal static double RequireDelta(double delta) => delta > 0 && double.IsFinite(delta)
        ? delta
        : throw Invalid.Setting(nameof(delta), delta, "HuberLoss: δ must be a finite number greater than 0.");

    /// <inheritdoc/>
    protected override Tensor Forward() =>
        ElementwiseDispatch.Each(X, Name, v => Math.Abs(v) <= _delta ? 0.5 * v * v : _delta * (Math.Abs(v) - 0.5 * _delta));

    /// <inheritdoc/>
    public override Tensor Derivative() => X.Clamp(-_delta, _delta);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string d = Notation.Number(_delta);
        return ($"0.5·{x}² if |{x}| ≤ {d} else {d}·(|{x}| - {Notation.Number(0.5 * _delta)})", $"min(max({x}, -{d}), {d})");
    }
}

/// <summary>y = ½x²/β for |x| &lt; β, else |x| − ½β;  dy/dx = x/β clamped to [−1, 1]</summary>
/// <param name="x">Prediction minus target.</param>
/// <param name="beta">β &gt; 0, the distance from which the loss is linear.</param>
/// <remarks>Girshick, Fast R-CNN, 2015.</remarks>
/// <exception cref="ArgumentOutOfRangeException">β is not a finite number greater than 0.</exception>
public sealed class SmoothL1(Tensor x, double beta) : PointwiseOperation(x)
{
    readonly double _beta = beta > 0 && double.IsFinite(beta)
        ? beta
        : throw Invalid.Setting(nameof(beta), beta, "SmoothL1: β must be a finite number greater than 0.");

    /// <inheritdoc/>
    protected override Tensor Forward() =>
        ElementwiseDispatch.Each(X, Name, v => Math.Abs(v) < _beta ? 0.5 * v * (v / _beta) : Math.Abs(v) - 0.5 * _beta);

    /// <inheritdoc/>
    public override Tensor Derivative() => (X / _beta).Clamp(-1, 1);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string b = Notation.Number(_beta);
        return ($"0.5·{x}²/{b} if |{x}| < {b} else |{x}| - {Notation.Number(0.5 * _beta)}", $"min(max({x}/{b}, -1), 1)");
    }
}

/// <summary>
/// Binary cross entropy of probabilities: l = −(t·ln p + (1−t)·ln(1−p)), each logarithm clamped to at least −100;
/// ∂l/∂p = (p − t)/max(p(1−p), ε) with ε = 10⁻¹². PyTorch clamps in the same way.
/// </summary>
/// <param name="p">Probabilities, 0 to 1.</param>
/// <param name="target">t, 0 to 1, of the same shape.</param>
public sealed class BinaryCrossEntropy(Tensor p, Tensor target) : BinaryOperation(p, target)
{
    const double LowestLog = -100;
    const double Epsilon = 1e-12f;

    /// <inheritdoc/>
    protected override Tensor Forward() => -(B * LogOf(A) + (1 - B) * LogOfComplement());

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

    Tensor WithRespectToTarget() => LogOfComplement() - LogOf(A);

    static Tensor LogOf(Tensor x) => x.Log().Clamp(min: LowestLog);

    // ln(1 − p) as log1p(−p), accurate for a p so small that 1 − p rounds to 1.
    Tensor LogOfComplement() => (-A).Log1p().Clamp(min: LowestLog);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) =>
        ($"-({b}·ln {a} + (1 - {b})·ln(1 - {a}))", $"({a} - {b})/({a}·(1 - {a}))", $"ln(1 - {a}) - ln {a}");
}

/// <summary>
/// Binary cross entropy of logits: l = −(p·t·ln σ(z) + (1 − t)·ln σ(−z));  ∂l/∂z = (1 − t)·σ(z) − p·t·σ(−z).
/// Neither formula subtracts nearly equal numbers, so a small loss and its gradient are accurate.
/// </summary>
/// <param name="logits">z, of any shape.</param>
/// <param name="target">t, 0 to 1, of the same shape.</param>
/// <param name="positiveWeight">p, the weight of positive targets (PyTorch's pos_weight); broadcasts.</param>
public sealed class BinaryCrossEntropyWithLogits(Tensor logits, Tensor target, Tensor positiveWeight) : BinaryOperation(logits, target)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Settings => [positiveWeight];

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        Tensor logPositive = A.LogSigmoid(), logNegative = (-A).LogSigmoid();
        Tensor losses = -(positiveWeight * B * logPositive + (1 - B) * logNegative);
        // For a logit of ±∞ one logarithm is infinite, and its weight may be 0: then the products are formed again without 0·∞.
        return losses.EqualTo(losses).Read<bool>().Contains(false)
            ? -(Times(positiveWeight * B, logPositive) + Times(1 - B, logNegative))
            : losses;
    }

    // weight · value, with 0·∞ = 0 instead of NaN.
    static Tensor Times(Tensor weight, Tensor value)
    {
        Tensor isZero = weight.EqualTo(0).And(value.EqualTo(double.PositiveInfinity).Or(value.EqualTo(double.NegativeInfinity)));
        return weight * Tensor.Where(isZero, Tensor.From(0, value.DType), value);
    }

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

    Tensor WithRespectToLogits() => (1 - B) * A.Sigmoid() - positiveWeight * B * (-A).Sigmoid();

    // (1 − p)·ln σ(z) − z. For z ≤ 0 it is rewritten with ln σ(z) = z + ln σ(−z), because at z = −∞ the first form is ∞ − ∞.
    Tensor WithRespectToTarget() => Tensor.Where(
        A > 0,
        Times(1 - positiveWeight, A.LogSigmoid()) - A,
        Times(1 - positiveWeight, (-A).LogSigmoid()) - Times(positiveWeight, A));

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z)
    {
        // A weight with several elements is written as p.
        double? one = positiveWeight.ElementCount == 1 ? positiveWeight.Item() : null;
        if (one == 1) return ($"(1 - {b})·{a} + ln(1 + exp(-{a}))", $"σ({a}) - {b}", $"-{a}");
        string p = one is { } number ? Notation.Number(number) : "p", w = $"(1 + ({p} - 1)·{b})";
        return ($"(1 - {b})·{a} + {w}·ln(1 + exp(-{a}))", $"{w}·σ({a}) - {p}·{b}", $"({p} - 1)·ln(1 + exp(-{a})) - {a}");
    }
}
