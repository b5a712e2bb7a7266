namespace MyTorch.Operations;

/// <summary>y = ½x² for |x| ≤ δ, δ(|x| − ½δ) beyond;  dy/dx = x limited to [−δ, δ]</summary>
/// <param name="x">The difference of a prediction from its target.</param>
/// <param name="delta">δ &gt; 0, where the square becomes a line.</param>
/// <remarks>Huber, 1964.</remarks>
/// <exception cref="ArgumentOutOfRangeException">δ is not a finite number greater than 0.</exception>
public sealed class Huber(Tensor x, double delta) : PointwiseOperation(x)
{
    readonly double _delta = Width(delta);

    internal static double Width(double delta) => delta > 0 && double.IsFinite(delta)
        ? delta
        : throw Invalid.Setting(nameof(delta), delta, "HuberLoss: δ must be a finite number greater than 0.");

    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Each(X, Name, v => Math.Abs(v) <= _delta ? 0.5 * v * v : _delta * (Math.Abs(v) - 0.5 * _delta));

    /// <inheritdoc/>
    public override Tensor Derivative() => X.Clamp(-_delta, _delta);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y)
    {
        string d = Notation.Number(_delta);
        return ($"0.5·{x}² if |{x}| ≤ {d} else {d}·(|{x}| - {Notation.Number(0.5 * _delta)})", $"min(max({x}, -{d}), {d})");
    }
}

/// <summary>y = ½x²/β for |x| &lt; β, |x| − ½β beyond;  dy/dx = x/β limited to [−1, 1]</summary>
/// <param name="x">The difference of a prediction from its target.</param>
/// <param name="beta">β &gt; 0, where the square becomes a line.</param>
/// <remarks>Girshick, Fast R-CNN, 2015.</remarks>
/// <exception cref="ArgumentOutOfRangeException">β is not a finite number greater than 0.</exception>
public sealed class SmoothL1(Tensor x, double beta) : PointwiseOperation(x)
{
    readonly double _beta = beta > 0 && double.IsFinite(beta)
        ? beta
        : throw Invalid.Setting(nameof(beta), beta, "SmoothL1: β must be a finite number greater than 0.");

    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Each(X, Name, v => Math.Abs(v) < _beta ? 0.5 * v * (v / _beta) : Math.Abs(v) - 0.5 * _beta);

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
    protected override Tensor Forward() => -(B * LogOf(A) + (1 - B) * LogOfRest());

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

    Tensor WithRespectToTarget() => LogOfRest() - LogOf(A);

    static Tensor LogOf(Tensor x) => x.Log().Clamp(min: LowestLog);

    // ln(1 − p), also for a p that 1 − p would round away.
    Tensor LogOfRest() => (-A).Log1p().Clamp(min: LowestLog);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) => ($"-({b}·ln {a} + (1 - {b})·ln(1 - {a}))", $"({a} - {b})/({a}·(1 - {a}))", $"ln(1 - {a}) - ln {a}");
}

/// <summary>
/// The binary cross entropy straight from logits: l = −(p·t·ln σ(z) + (1 − t)·ln σ(−z));  ∂l/∂z = (1 − t)·σ(z) − p·t·σ(−z).
/// Neither takes a difference of near numbers, so a small loss and its gradient keep their digits.
/// </summary>
/// <param name="logits">z.</param>
/// <param name="target">t, of the same shape.</param>
/// <param name="positiveWeight">p, what a positive target counts; broadcasts.</param>
public sealed class BinaryCrossEntropyWithLogits(Tensor logits, Tensor target, Tensor positiveWeight) : BinaryOperation(logits, target)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Settings => [positiveWeight];

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        Tensor one = A.LogSigmoid(), other = (-A).LogSigmoid();
        Tensor losses = -(positiveWeight * B * one + (1 - B) * other);
        // A logit of ±∞ leaves one of them infinite, beside a share that may be 0.
        return losses.EqualTo(losses).Read<bool>().Contains(false) ? -(Times(positiveWeight * B, one) + Times(1 - B, other)) : losses;
    }

    // What a target or a weight rules out is 0, also for an infinite logit: 0·∞ would be NaN.
    static Tensor Times(Tensor share, Tensor value)
    {
        Tensor ruledOut = share.EqualTo(0).And(value.EqualTo(double.PositiveInfinity).Or(value.EqualTo(double.NegativeInfinity)));
        return share * Tensor.Where(ruledOut, Tensor.From(0, value.DType), value);
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

    // (1 − p)·ln σ(z) − z, written with ln σ(z) = z + ln σ(−z) on the negative side, where the first form would be ∞ − ∞ at −∞.
    Tensor WithRespectToTarget() => Tensor.Where(
        A > 0,
        Times(1 - positiveWeight, A.LogSigmoid()) - A,
        Times(1 - positiveWeight, (-A).LogSigmoid()) - Times(positiveWeight, A));

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
