using MyTorch.Nn;

namespace MyTorch.Tests.Operations;

/// <summary>
/// Where a function has a kink, a tie or an edge, libraries choose. This table is the choice made here: PyTorch's.
/// </summary>
public sealed class ConventionTests
{
    const double Infinity = double.PositiveInfinity;
    const double NaN = double.NaN;

    /// <summary>The value and the slope that an operation, or a function made of some, has at a point where it could have others.</summary>
    public sealed record Kink(string Function, string What, Func<Tensor, Tensor> Run, double At, double Value, double Slope);

    public static IReadOnlyList<Kink> Kinks { get; } =
    [
        new("Abs", "at 0 is flat", x => x.Abs(), 0, 0, 0),
        new("ReLU", "at 0 is flat", x => x.ReLU(), 0, 0, 0),
        new("ReLU", "lets NaN through", x => x.ReLU(), NaN, NaN, 1),
        new("LeakyReLU", "at 0 has its negative slope", x => x.LeakyReLU(0.2), 0, 0, 0.2),
        new("ELU", "at 0 has alpha", x => x.ELU(0.5), 0, 0, 0.5),
        new("Clamp", "passes at its lower bound", x => x.Clamp(-1, 1), -1, -1, 1),
        new("Clamp", "passes at its upper bound", x => x.Clamp(-1, 1), 1, 1, 1),
        new("Clamp", "stops below", x => x.Clamp(-1, 1), -2, -1, 0),
        new("Sign", "has no slope", x => x.Sign() + 0 * x, 3, 1, 0),
        new("Sqrt", "at 0 is vertical", x => x.Sqrt(), 0, 0, Infinity),
        new("Sqrt", "below 0", x => x.Sqrt(), -1, NaN, NaN),
        new("Log", "at 0", x => x.Log(), 0, -Infinity, Infinity),
        new("Log", "below 0", x => x.Log(), -1, NaN, -1),
        new("Power", "0 to the power 0", x => x.Pow(0), 0, 1, 0),
        new("Power", "0 to the power 1", x => x.Pow(1), 0, 0, 1),
        new("Power", "0 to the power 2", x => x.Pow(2), 0, 0, 0),
        new("Power", "of a negative base and a fraction", x => x.Pow(0.5), -1, NaN, NaN),
        new("Softplus", "is the identity above its threshold", x => x.Softplus(1, 20), 21, 21, 1),
        new("Sigmoid", "far below", x => x.Sigmoid(), -1000, 0, 0),
        new("Sigmoid", "far above", x => x.Sigmoid(), 1000, 1, 0),
        new("Tanh", "far above", x => x.Tanh(), 1000, 1, 0),
        new("Swish", "far below", x => x.SiLU(), -1000, 0, 0),
        new("GELU", "far below", x => x.GELU(), -1000, 0, 0),
        new("GELUTanh", "far below", x => x.GELU(tanh: true), -1000, 0, 0),
        new("ReLU", "stops an infinite gradient", x => x.ReLU().Sqrt(), -1, 0, 0),
        new("Clamp", "stops an infinite gradient", x => x.Clamp(min: 0).Sqrt(), -1, 0, 0),
        new("Maximum", "stops an infinite gradient", x => Tensor.Maximum(x, Tensor.ZerosLike(x)).Sqrt(), -1, 0, 0),
        new("Minimum", "stops an infinite gradient", x => Tensor.Minimum(x, Tensor.ZerosLike(x)).Sqrt(), 1, 0, 0),
        new("Maximum", "lets NaN through", x => Tensor.Maximum(x, Tensor.ZerosLike(x)), NaN, NaN, 1),
        new("Minimum", "lets NaN through", x => Tensor.Minimum(x, Tensor.ZerosLike(x)), NaN, NaN, 1),
        new("Norm", "of 0 is flat", x => x.Norm(), 0, 0, 0),
        new("Norm", "of 0 stops an infinite gradient", x => x.Norm().Sqrt(), 0, 0, 0),
        new("Huber", "is linear from delta on", x => Huber(x), 1, 0.5, 1),
    ];

    /// <summary>What a choice among equal elements does to the gradient of [[3, 3, 1], [2, 2, 2]].</summary>
    public sealed record Tie(string Function, string What, Func<Tensor, Tensor> Run, double[] Gradient);

    public static IReadOnlyList<Tie> Ties { get; } =
    [
        new("Extreme", "AMax spreads evenly over ties", x => x.AMax(1), [0.5, 0.5, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3]),
        new("Extreme", "AMin spreads evenly over ties", x => x.AMin(1), [0, 0, 1, 1.0 / 3, 1.0 / 3, 1.0 / 3]),
        new("Extreme", "Max of everything spreads evenly over ties", x => x.Max(), [0.5, 0.5, 0, 0, 0, 0]),
        new("Extreme", "Min of everything spreads evenly over ties", x => x.Min(), [0, 0, 1, 0, 0, 0]),
        new("Max over a dimension", "takes the first", x => x.Max(1).Values, [1, 0, 0, 1, 0, 0]),
        new("Min over a dimension", "takes the first", x => x.Min(1).Values, [0, 0, 1, 1, 0, 0]),
        new("Sort", "keeps the order of equal elements", x => x.Sort(1).Values[.., 2], [0, 1, 0, 0, 0, 1]),
        new("TopK", "takes the first", x => x.TopK(1, 1).Values, [1, 0, 0, 1, 0, 0]),
        new("Norm", "the largest absolute value spreads evenly over ties", x => x.Norm(double.PositiveInfinity, 1), [0.5, 0.5, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3]),
        new("Maximum", "halves a tie", x => Tensor.Maximum(x, Tensor.Full([2, 3], 3, DType.Float64)), [0.5, 0.5, 0, 0, 0, 0]),
        new("Minimum", "halves a tie", x => Tensor.Minimum(x, Tensor.Full([2, 3], 1, DType.Float64)), [0, 0, 0.5, 0, 0, 0]),
    ];

    static Tensor Huber(Tensor x) => new HuberLoss(Reduction.Sum, 1).Forward(x, Tensor.ZerosLike(x));

    static IEnumerable<TestCaseData> KinkCases() => Kinks.Select(kink => new TestCaseData(kink).SetArgDisplayNames($"{kink.Function} {kink.What}"));

    static IEnumerable<TestCaseData> TieCases() => Ties.Select(tie => new TestCaseData(tie).SetArgDisplayNames($"{tie.Function} {tie.What}"));

    [TestCaseSource(nameof(KinkCases))]
    public void AtAKink(Kink kink)
    {
        foreach (DType dtype in new[] { DType.Float64, DType.Float32 })
        {
            Tensor x = Leaf([kink.At], [1], dtype);
            using var autograd = new Autograd();
            Tensor y = kink.Run(x).Sum();
            autograd.Backward(y);
            Assert.That(y.Item(), Is.EqualTo(kink.Value).Within(1e-6), $"value in {dtype}");
            Assert.That(x.Grad!.Item(), Is.EqualTo(kink.Slope).Within(1e-6), $"slope in {dtype}");
        }
    }

    static IEnumerable<TestCaseData> Curvatures()
    {
        yield return Row("0 to the power 0", x => x.Pow(0), 0, 0);
        yield return Row("0 to the power 1", x => x.Pow(1), 0, 0);
        yield return Row("0 to the power 2", x => x.Pow(2), 0, 2);
        yield return Row("0 to the power 3", x => x.Pow(3), 0, 0);
        yield return Row("Abs at 0", x => x.Abs() * x, 0, 0);
        yield return Row("ReLU at 0", x => x.ReLU() * x, 0, 0);
        yield return Row("ELU at 0", x => x.ELU(0.5), 0, 0.5);
        yield return Row("Sigmoid far above", x => x.Sigmoid(), 1000, 0);
        yield return Row("Tanh far below", x => x.Tanh(), -1000, 0);
        yield return Row("Softplus far above", x => x.Softplus(), 1000, 0);
        yield return Row("Softplus far below", x => x.Softplus(), -1000, 0);
        yield return Row("GELU far above", x => x.GELU(), 1000, 0);
        yield return Row("GELU by tanh far below", x => x.GELU(tanh: true), -1000, 0);
        yield return Row("SiLU far below", x => x.SiLU(), -1000, 0);
        yield return Row("ELU far above", x => x.ELU(), 1000, 0);
        yield return Row("Std of equal values", x => Tensor.Concat([x, x]).Std(), 3, 0);

        static TestCaseData Row(string name, Func<Tensor, Tensor> f, double at, double curvature) =>
            new TestCaseData(f, at, curvature).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Curvatures))]
    public void SecondDerivativeAtAnEdge(Func<Tensor, Tensor> f, double at, double curvature)
    {
        Tensor x = Leaf([at], [1], DType.Float64);
        using var autograd = new Autograd();
        Tensor first = autograd.Gradients(f(x).Sum(), [x], createGraph: true)[0]!;
        Tensor? second = first.RequiresGrad ? autograd.Gradients(first.Sum(), [x])[0] : null;
        Assert.That(second?.Item() ?? 0, Is.EqualTo(curvature).Within(1e-12));
    }

    [TestCaseSource(nameof(TieCases))]
    public void AtATie(Tie tie)
    {
        Tensor x = Leaf([3, 3, 1, 2, 2, 2], [2, 3], DType.Float64);
        using var autograd = new Autograd();
        autograd.Backward(tie.Run(x).Sum());
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(tie.Gradient).Within(1e-15));
    }

    [Test]
    public void ProdWithOneZeroReachesOnlyTheZero()
    {
        Tensor x = Leaf([2, 0, 3, 0, 5, 0], [2, 3], DType.Float64);
        using var autograd = new Autograd();
        autograd.Backward(x.Prod(1).Sum());
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[] { 0, 6, 0, 0, 0, 0 }));
    }

    [Test]
    public void WhereKeepsTheBranchNotTakenOutOfTheGradient()
    {
        Tensor x = Leaf([4, -1], [2], DType.Float64);
        using var autograd = new Autograd();
        autograd.Backward(Tensor.Where(x > 0, x.Sqrt(), Tensor.ZerosLike(x)).Sum(), null);
        Assert.That(x.Grad![0].Item(), Is.EqualTo(0.25));
        Assert.That(x.Grad[1].Item(), Is.NaN, "0 times the infinite or undefined slope of the branch: clamp before the root to avoid it");

        Tensor a = Leaf([NaN, 2], [2], DType.Float64);
        autograd.Backward(Tensor.Where(Tensor.Mask([false, true]), a, Tensor.ZerosLike(a)).Sum());
        Assert.That(a.Grad!.ToArray(), Is.EqualTo(new double[] { 0, 1 }));
    }

    static Tensor Leaf(double[] values, int[] shape, DType dtype)
    {
        Tensor leaf = Tensor.From(values, shape, dtype);
        leaf.RequiresGrad = true;
        return leaf;
    }
}
