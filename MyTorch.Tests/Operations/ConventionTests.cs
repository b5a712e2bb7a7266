using MyTorch.Nn;

namespace MyTorch.Tests.Operations;

/// <summary>
/// Where a function has a kink, a tie or an edge, libraries choose. This table is the choice made here: PyTorch's.
/// </summary>
public sealed class ConventionTests
{
    const double Infinity = double.PositiveInfinity;
    const double NaN = double.NaN;

    static IEnumerable<TestCaseData> Kinks()
    {
        //                 function, at, value, derivative
        yield return Row("Abs at 0 is flat", x => x.Abs(), 0, 0, 0);
        yield return Row("ReLU at 0 is flat", x => x.ReLU(), 0, 0, 0);
        yield return Row("ReLU lets NaN through", x => x.ReLU(), NaN, NaN, 1);
        yield return Row("LeakyReLU at 0 has its negative slope", x => x.LeakyReLU(0.2), 0, 0, 0.2);
        yield return Row("ELU at 0 has alpha", x => x.ELU(0.5), 0, 0, 0.5);
        yield return Row("Clamp passes at its lower bound", x => x.Clamp(-1, 1), -1, -1, 1);
        yield return Row("Clamp passes at its upper bound", x => x.Clamp(-1, 1), 1, 1, 1);
        yield return Row("Clamp stops below", x => x.Clamp(-1, 1), -2, -1, 0);
        yield return Row("Sign has no slope", x => x.Sign() + 0 * x, 3, 1, 0);
        yield return Row("Sqrt at 0 is vertical", x => x.Sqrt(), 0, 0, Infinity);
        yield return Row("Sqrt below 0", x => x.Sqrt(), -1, NaN, NaN);
        yield return Row("Log at 0", x => x.Log(), 0, -Infinity, Infinity);
        yield return Row("Log below 0", x => x.Log(), -1, NaN, -1);
        yield return Row("0 to the power 0", x => x.Pow(0), 0, 1, 0);
        yield return Row("0 to the power 1", x => x.Pow(1), 0, 0, 1);
        yield return Row("0 to the power 2", x => x.Pow(2), 0, 0, 0);
        yield return Row("A negative base and a fraction", x => x.Pow(0.5), -1, NaN, NaN);
        yield return Row("Softplus is the identity above its threshold", x => x.Softplus(1, 20), 21, 21, 1);
        yield return Row("Sigmoid far below", x => x.Sigmoid(), -1000, 0, 0);
        yield return Row("Sigmoid far above", x => x.Sigmoid(), 1000, 1, 0);
        yield return Row("Tanh far above", x => x.Tanh(), 1000, 1, 0);
        yield return Row("SiLU far below", x => x.SiLU(), -1000, 0, 0);
        yield return Row("GELU far below", x => x.GELU(), -1000, 0, 0);
        yield return Row("GELU by tanh far below", x => x.GELU(tanh: true), -1000, 0, 0);
        yield return Row("ReLU stops an infinite gradient", x => x.ReLU().Sqrt(), -1, 0, 0);
        yield return Row("Clamp stops an infinite gradient", x => x.Clamp(min: 0).Sqrt(), -1, 0, 0);
        yield return Row("Maximum stops an infinite gradient", x => Tensor.Maximum(x, Tensor.ZerosLike(x)).Sqrt(), -1, 0, 0);
        yield return Row("Minimum stops an infinite gradient", x => Tensor.Minimum(x, Tensor.ZerosLike(x)).Sqrt(), 1, 0, 0);
        yield return Row("Maximum lets NaN through", x => Tensor.Maximum(x, Tensor.ZerosLike(x)), NaN, NaN, 1);
        yield return Row("Minimum lets NaN through", x => Tensor.Minimum(x, Tensor.ZerosLike(x)), NaN, NaN, 1);
        yield return Row("Huber is linear from delta on", x => Huber(x), 1, 0.5, 1);

        static TestCaseData Row(string name, Func<Tensor, Tensor> f, double at, double value, double slope) =>
            new TestCaseData(f, at, value, slope).SetArgDisplayNames(name);

        static Tensor Huber(Tensor x) => new HuberLoss(1, Reduction.Sum).Forward(x, Tensor.ZerosLike(x));
    }

    [TestCaseSource(nameof(Kinks))]
    public void AtAKink(Func<Tensor, Tensor> f, double at, double value, double slope)
    {
        foreach (DType dtype in new[] { DType.Float64, DType.Float32 })
        {
            Tensor x = Leaf([at], [1], dtype);
            using var autograd = new Autograd();
            Tensor y = f(x).Sum();
            autograd.Backward(y);
            Assert.That(y.Item(), Is.EqualTo(value).Within(1e-6), $"value in {dtype}");
            Assert.That(x.Grad!.Item(), Is.EqualTo(slope).Within(1e-6), $"slope in {dtype}");
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

    static IEnumerable<TestCaseData> Ties()
    {
        yield return Row("AMax spreads evenly over ties", x => x.AMax(1), [0.5, 0.5, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3]);
        yield return Row("AMin spreads evenly over ties", x => x.AMin(1), [0, 0, 1, 1.0 / 3, 1.0 / 3, 1.0 / 3]);
        yield return Row("Max of everything spreads evenly", x => x.Max(), [0.5, 0.5, 0, 0, 0, 0]);
        yield return Row("Min of everything spreads evenly", x => x.Min(), [0, 0, 1, 0, 0, 0]);
        yield return Row("Max over a dimension takes the first", x => x.Max(1).Values, [1, 0, 0, 1, 0, 0]);
        yield return Row("Min over a dimension takes the first", x => x.Min(1).Values, [0, 0, 1, 1, 0, 0]);
        yield return Row("Maximum halves a tie", x => Tensor.Maximum(x, Tensor.Full([2, 3], 3, DType.Float64)), [0.5, 0.5, 0, 0, 0, 0]);
        yield return Row("Minimum halves a tie", x => Tensor.Minimum(x, Tensor.Full([2, 3], 1, DType.Float64)), [0, 0, 0.5, 0, 0, 0]);

        static TestCaseData Row(string name, Func<Tensor, Tensor> f, double[] gradient) =>
            new TestCaseData(f, gradient).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Ties))]
    public void AtATie(Func<Tensor, Tensor> f, double[] gradient)
    {
        Tensor x = Leaf([3, 3, 1, 2, 2, 2], [2, 3], DType.Float64);
        using var autograd = new Autograd();
        autograd.Backward(f(x).Sum());
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(gradient).Within(1e-15));
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
