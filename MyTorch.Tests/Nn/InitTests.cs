using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>Initial values: bounds, mean and deviation of the distributions, and the values that a seed gives.</summary>
public sealed class InitTests
{
    static readonly double[] s_uniform = [0.4913100357426827, -0.5419465940073546, 0.8319139842337753, 1.1784439427004056];
    static readonly double[] s_normal = [0.9643618527255184, -0.3039301238656567, 0.30479435832638674, -1.7010190714940672];

    static readonly Shape s_shape = Shape.Create([300, 200]);

    static IEnumerable<TestCaseData> Distributions()
    {
        // (out, in) = (300, 200): deviation √(2/500), times the gain; gain/√200 or gain/√300.
        yield return Case("XavierUniform", w => Init.XavierUniform(w, 2, new Generator(1)), 2 * Math.Sqrt(2 / 500.0), bounded: true);
        yield return Case("XavierNormal", w => Init.XavierNormal(w, 2, new Generator(1)), 2 * Math.Sqrt(2 / 500.0), bounded: false);
        yield return Case("KaimingUniform", w => Init.KaimingUniform(w, generator: new Generator(1)), Math.Sqrt(2 / 200.0), bounded: true);
        yield return Case("KaimingUniform out", w => Init.KaimingUniform(w, 0.5, Fan.Out, generator: new Generator(1)), Math.Sqrt(2 / 1.25 / 300), bounded: true);
        yield return Case("KaimingNormal", w => Init.KaimingNormal(w, generator: new Generator(1)), Math.Sqrt(2 / 200.0), bounded: false);
        yield return Case("KaimingNormal tanh, out", w => Init.KaimingNormal(w, 0, Fan.Out, Nonlinearity.Tanh, new Generator(1)), 5 / 3.0 / Math.Sqrt(300), bounded: false);
        yield return Case("Normal", w => Init.Normal(w, 0, 0.5, new Generator(1)), 0.5, bounded: false);
        yield return Case("Uniform", w => Init.Uniform(w, -3, 3, new Generator(1)), Math.Sqrt(3), bounded: true);

        static TestCaseData Case(string name, Func<Tensor, Tensor> fill, double deviation, bool bounded) =>
            new TestCaseData(fill, deviation, bounded).SetName($"TheDistributionIsAsItsFormulaSays({name})");
    }

    [TestCaseSource(nameof(Distributions))]
    public void TheDistributionIsAsItsFormulaSays(Func<Tensor, Tensor> fill, double deviation, bool bounded)
    {
        var weight = new Parameter(Tensor.Zeros(s_shape, DType.Float64));
        Assert.That(fill(weight), Is.SameAs(weight));
        double[] x = weight.ToArray();
        Assert.That(x.Average(), Is.EqualTo(0).Within(5 * deviation / Math.Sqrt(x.Length)));
        Assert.That(Math.Sqrt(x.Average(v => v * v)), Is.EqualTo(deviation).Within(0.02 * deviation));
        double largest = x.Max(Math.Abs), bound = Math.Sqrt(3) * deviation;
        if (bounded) Assert.That(largest, Is.LessThanOrEqualTo(bound).And.GreaterThan(0.999 * bound));
        else Assert.That(largest, Is.InRange(3.5 * deviation, 6 * deviation));
        double kurtosis = x.Average(v => v * v * v * v) / Math.Pow(deviation, 4);
        Assert.That(kurtosis, Is.EqualTo(bounded ? 1.8 : 3).Within(0.1), "9/5 for a uniform distribution, 3 for a normal one");

        double[] again = fill(new Parameter(Tensor.Zeros(s_shape, DType.Float64))).ToArray();
        Assert.That(again, Is.EqualTo(x), "the seed decides");
        var single = new Parameter(Tensor.Zeros(s_shape, DType.Float32));
        Assert.That(fill(single).ToArray().Zip(x).Max(pair => Math.Abs(pair.First - pair.Second)), Is.LessThan(1e-6), "in both types");
    }

    [Test]
    public void TheValuesOfASeedStay()
    {
        // Kept from the first version: a model that was made with a seed must be made again in later ones.
        Tensor Weight() => Tensor.Zeros([2, 2], DType.Float64);
        Assert.That(Init.XavierUniform(Weight(), generator: new Generator(7)).ToArray(), Is.EqualTo(s_uniform).Within(1e-15));
        Assert.That(Init.KaimingNormal(Weight(), generator: new Generator(7)).ToArray(), Is.EqualTo(s_normal).Within(1e-15));
        Generator.Seed(7);
        Assert.That(Init.Normal(Weight(), 1, 2).ToArray(), Is.EqualTo(Init.Normal(Weight(), 1, 2, new Generator(7)).ToArray()), "without a generator, the thread's");
    }

    [Test]
    public void ConstantsFill()
    {
        Tensor x = Tensor.Zeros([2, 3]);
        Assert.That(Init.Ones(x).ToArray(), Has.All.EqualTo(1));
        Assert.That(Init.Constant(x, -2.5).ToArray(), Has.All.EqualTo(-2.5));
        Assert.That(Init.Zeros(x).ToArray(), Has.All.Zero);
    }

    [Test]
    public void AReceptiveFieldCountsForBothSides()
    {
        // (4, 2, 3, 5): fan in 2·15, fan out 4·15.
        double bound = Math.Sqrt(6.0 / (30 + 60));
        double[] x = Init.XavierUniform(Tensor.Zeros([4, 2, 3, 5], DType.Float64), generator: new Generator(1)).ToArray();
        Assert.That(x.Max(Math.Abs), Is.LessThanOrEqualTo(bound).And.GreaterThan(0.97 * bound));
    }

    [TestCase(30, 20, 1.0)]
    [TestCase(20, 30, 2.0)]
    [TestCase(25, 25, 0.5)]
    public void OrthogonalRowsOrColumnsArePerpendicular(int rows, int columns, double gain)
    {
        Tensor w = Init.Orthogonal(Tensor.Zeros([rows, columns], DType.Float64), gain, new Generator(1));
        Tensor product = rows > columns ? w.T.MatMul(w) : w.MatMul(w.T);
        Assert.That((product - gain * gain * Tensor.Eye(Math.Min(rows, columns), dtype: DType.Float64)).Abs().Max().Item(), Is.LessThan(1e-13));
    }

    [Test]
    public void GainsAreThoseOfPyTorch()
    {
        Assert.That(Init.Gain(Nonlinearity.Linear), Is.EqualTo(1));
        Assert.That(Init.Gain(Nonlinearity.Sigmoid), Is.EqualTo(1));
        Assert.That(Init.Gain(Nonlinearity.Tanh), Is.EqualTo(5.0 / 3));
        Assert.That(Init.Gain(Nonlinearity.ReLU), Is.EqualTo(Math.Sqrt(2)));
        Assert.That(Init.Gain(Nonlinearity.LeakyReLU), Is.EqualTo(Math.Sqrt(2 / (1 + 0.0001))));
        Assert.That(Init.Gain(Nonlinearity.LeakyReLU, 0.2), Is.EqualTo(Math.Sqrt(2 / 1.04)));
        Assert.That(() => Init.Gain((Nonlinearity)9), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("9"));
    }

    [Test]
    public void DeepReLUNetworksKeepTheirScaleWithKaimingAndLoseItWithout()
    {
        double Scale(bool kaiming)
        {
            var generator = new Generator(3);
            Tensor x = Tensor.Randn([64, 128], DType.Float64, generator);
            for (int layer = 0; layer < 20; layer++)
            {
                var linear = new Linear(128, 128, bias: false, DType.Float64, generator);
                if (kaiming) Init.KaimingNormal(linear.Weight, nonlinearity: Nonlinearity.ReLU, generator: generator);
                x = linear.Forward(x).ReLU();
            }
            return Math.Sqrt(x.Square().Mean().Item());
        }

        Assert.That(Scale(kaiming: true), Is.InRange(0.2, 5));
        Assert.That(Scale(kaiming: false), Is.LessThan(1e-5));
    }

    [Test]
    public void WhatCannotBeInitializedIsNamed()
    {
        Assert.That(() => Init.XavierUniform(Tensor.Zeros([3])), Throws.ArgumentException.With.Message.Contains("(3,)").And.Message.Contains("for a bias"));
        Assert.That(() => Init.KaimingNormal(Tensor.Zeros([3, 0])), Throws.ArgumentException.With.Message.Contains("(3, 0)"));
        Assert.That(() => Init.Ones(Tensor.Indices(1)), Throws.ArgumentException.With.Message.Contains("Int64"));
        Assert.That(() => Init.Normal(Tensor.Zeros([3]), deviation: -1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("-1"));
        Assert.That(() => Init.Uniform(Tensor.Zeros([3]), 2, 1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("which is 1"));
        Assert.That(() => Init.Constant(Tensor.Zeros([3]), double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("NaN"));
        Assert.That(() => Init.XavierNormal(Tensor.Zeros([3, 3]), double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
