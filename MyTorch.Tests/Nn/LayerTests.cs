using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>Linear, the activations, Sequential, MLP and Dropout: values, shapes, initial values, errors.</summary>
public sealed class LayerTests
{
    [Test]
    public void LinearIsTheWeightedSumOfTheLecture()
    {
        var layer = new Linear(3, 2, dtype: DType.Float64);
        layer.Weight.CopyFrom(Tensor.From([1, 2, 3, 4, 5, 6], [2, 3], DType.Float64));
        layer.Bias!.CopyFrom(Tensor.From(new double[] { 10, 20 }, DType.Float64));
        Tensor x = Tensor.From([1, 0, -1, 2, 2, 2], [2, 3], DType.Float64);
        Assert.That(layer.Forward(x).ToArray(), Is.EqualTo(new double[] { 8, 18, 22, 50 }));
    }

    [Test]
    public void LinearKeepsLeadingDimensions()
    {
        var layer = new Linear(3, 2);
        Assert.That(layer.Forward(Tensor.Ones([3])).Shape, Is.EqualTo(Shape.Create([2])));
        Assert.That(layer.Forward(Tensor.Ones([5, 3])).Shape, Is.EqualTo(Shape.Create([5, 2])));
        Assert.That(layer.Forward(Tensor.Ones([4, 5, 3])).Shape, Is.EqualTo(Shape.Create([4, 5, 2])));
        Assert.That(layer.Forward(Tensor.Zeros([0, 3])).Shape, Is.EqualTo(Shape.Create([0, 2])));
        Assert.That(layer.Forward(Tensor.Zeros([2, 0, 3])).Shape, Is.EqualTo(Shape.Create([2, 0, 2])));
    }

    [TestCase(new[] { 3 })]
    [TestCase(new[] { 5, 3 })]
    [TestCase(new[] { 2, 4, 3 })]
    public void LinearGradientsMatchDifferences(int[] shape)
    {
        var layer = new Linear(3, 2, dtype: DType.Float64, generator: new Generator(1));
        Tensor x = NumericalGradient.Leaf(shape, 2);
        NumericalGradient.AssertMatches(() => layer.Forward(x), x, layer.Weight, layer.Bias!);
    }

    [Test]
    public void LinearStartsUniformlyWithinOneOverTheRootOfItsInputs()
    {
        var layer = new Linear(16, 500, dtype: DType.Float64, generator: new Generator(3));
        foreach (double[] values in new[] { layer.Weight.ToArray(), layer.Bias!.ToArray() })
        {
            Assert.That(values, Has.All.InRange(-0.25, 0.25));
            Assert.That(values.Max(), Is.GreaterThan(0.24), "the range is used up to its ends");
            Assert.That(values.Min(), Is.LessThan(-0.24));
            Assert.That(values.Average(), Is.EqualTo(0).Within(0.03));
        }
        double spread = Math.Sqrt(layer.Weight.ToArray().Average(v => v * v));
        Assert.That(spread, Is.EqualTo(0.25 / Math.Sqrt(3)).Within(0.004), "the deviation of a uniform distribution");
    }

    [Test]
    public void TheSeedDecidesTheInitialValues()
    {
        double[] Weights(int seed) => new Linear(4, 3, generator: new Generator(seed)).Weight.ToArray();
        Assert.That(Weights(1), Is.EqualTo(Weights(1)));
        Assert.That(Weights(1), Is.Not.EqualTo(Weights(2)));

        Generator.Seed(7);
        double[] first = new Linear(4, 3).Weight.ToArray(), second = new Linear(4, 3).Weight.ToArray();
        Generator.Seed(7);
        Assert.That(new Linear(4, 3).Weight.ToArray(), Is.EqualTo(first));
        Assert.That(second, Is.Not.EqualTo(first), "two layers from one stream differ");
    }

    [Test]
    public void LayersTakeTheTypeAskedFor()
    {
        Module net = new Sequential(new Linear(2, 2, dtype: DType.Float64), new BatchNorm1d(2, dtype: DType.Float64), new LayerNorm([2], dtype: DType.Float64), new MLP(2, [2], 1, dtype: DType.Float64));
        Assert.That(net.Parameters().Select(p => p.DType), Has.All.EqualTo(DType.Float64));
        Assert.That(net.NamedBuffers().Where(b => !b.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Select(b => b.Tensor.DType), Has.All.EqualTo(DType.Float64));
        Assert.That(net.Forward(Tensor.Randn([3, 2], DType.Float64, new Generator(0))).DType, Is.EqualTo(DType.Float64));
        Assert.That(new Linear(2, 2).Weight.DType, Is.EqualTo(DType.Float32));
        Assert.That(() => new Linear(2, 2).Forward(Tensor.Ones([1, 2], DType.Float64)),
            Throws.InvalidOperationException.With.Message.Contains("Linear").And.Message.Contains("Float64").And.Message.Contains("Float32"));
        Assert.That(() => new Linear(2, 2, dtype: DType.Int64), Throws.ArgumentException.With.Message.Contains("Int64"));
    }

    [Test]
    public void LinearNamesShapesThatDoNotMeet()
    {
        var layer = new Linear(3, 2);
        Assert.That(() => layer.Forward(Tensor.Ones([4, 2])), Throws.ArgumentException.With.Message.Contains("(4, 2)").And.Message.Contains("(2, 3)").And.Message.Contains("3 input features"));
        Assert.That(() => layer.Forward(1), Throws.ArgumentException.With.Message.Contains("()"));
        Assert.That(() => layer.Forward(null!), Throws.ArgumentNullException);
        Assert.That(() => new Linear(0, 2), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("input feature"));
        Assert.That(() => new Linear(2, -1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("output feature"));
    }

    static double Erf(double x)
    {
        // The Maclaurin series: exact enough for the small arguments used here.
        double term = x, sum = x;
        for (int n = 1; n < 60; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    static IEnumerable<TestCaseData> Activations()
    {
        static double Logistic(double x) => 1 / (1 + Math.Exp(-x));
        static TestCaseData Case(Module module, Func<double, double> formula) => new TestCaseData(module, formula).SetArgDisplayNames(module.Describe());
        yield return Case(new Identity(), x => x);
        yield return Case(new ReLU(), x => x > 0 ? x : 0);
        yield return Case(new LeakyReLU(), x => x > 0 ? x : 0.01 * x);
        yield return Case(new LeakyReLU(0.3), x => x > 0 ? x : 0.3 * x);
        yield return Case(new ELU(), x => x > 0 ? x : Math.Exp(x) - 1);
        yield return Case(new ELU(0.5), x => x > 0 ? x : 0.5 * (Math.Exp(x) - 1));
        yield return Case(new GELU(), x => x * 0.5 * (1 + Erf(x / Math.Sqrt(2))));
        yield return new TestCaseData(new GELU(tanh: true), (double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))).SetArgDisplayNames("GELU tanh");
        yield return Case(new SiLU(), x => x * Logistic(x));
        yield return Case(new Swish(1.7), x => x * Logistic(1.7 * x));
        yield return Case(new Sigmoid(), Logistic);
        yield return Case(new Tanh(), x => (Math.Exp(2 * x) - 1) / (Math.Exp(2 * x) + 1));
        yield return Case(new Softplus(), x => Math.Log(1 + Math.Exp(x)));
        yield return new TestCaseData(new Softplus(beta: 2, threshold: 3), (double x) => 2 * x > 3 ? x : Math.Log(1 + Math.Exp(2 * x)) / 2).SetArgDisplayNames("Softplus 2");
    }

    [TestCaseSource(nameof(Activations))]
    public void ActivationsFollowTheirFormulasAndKeepTheShape(Module activation, Func<double, double> formula)
    {
        Tensor x = NumericalGradient.Leaf([2, 3, 2], 5);
        Tensor y = activation.Forward(x);
        Assert.That(y.Shape, Is.EqualTo(x.Shape));
        Assert.That(y.ToArray(), Is.EqualTo(x.ToArray().Select(formula)).Within(1e-12));
        Assert.That(activation.Parameters(), Is.Empty);
        NumericalGradient.AssertMatches(() => activation.Forward(x), x);

        Assert.That(activation.Forward(Tensor.From(0.5, DType.Float64)).Item(), Is.EqualTo(formula(0.5)).Within(1e-12), "a scalar");
        Assert.That(activation.Forward(Tensor.Zeros([0, 4])).Shape, Is.EqualTo(Shape.Create([0, 4])), "no rows");
        Assert.That(activation.Forward(Tensor.From(new[] { double.NaN }, DType.Float64)).ToArray(), Is.EqualTo(new[] { double.NaN }), "NaN must not be hidden");
        Assert.That(() => activation.Forward(null!), Throws.ArgumentNullException);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-1)]
    public void SoftmaxLayersSumToOneAlongTheirDimension(int dim)
    {
        Tensor x = NumericalGradient.Leaf([3, 4], 6);
        Tensor y = new Softmax(dim).Forward(x);
        Assert.That(y.Sum(dim).ToArray(), Has.All.EqualTo(1).Within(1e-12));
        Assert.That(new LogSoftmax(dim).Forward(x).Exp().AllClose(y, absolute: 1e-12));
        NumericalGradient.AssertMatches(() => new Softmax(dim).Forward(x), x);
        NumericalGradient.AssertMatches(() => new LogSoftmax(dim).Forward(x), x);
        Assert.That(() => new Softmax(2).Forward(x), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("dimension 2").And.Message.Contains("(3, 4)"));
    }

    [Test]
    public void IdentityIsAResultOfItsOwnAndDoesNotDoubleGradients()
    {
        Tensor x = NumericalGradient.Leaf([2], 7);
        var identity = new Identity();
        using var autograd = new Autograd();
        Tensor y = identity.Forward(x);
        Assert.That(y, Is.Not.SameAs(x));
        autograd.Backward(identity.Forward(y).Sum());
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new[] { 1.0, 1 }));
    }

    [Test]
    public void SequentialAppliesItsModulesInOrder()
    {
        var net = new Sequential(new ReLU(), new Tanh());
        Assert.That(net.Forward(-1).Item(), Is.EqualTo(0));
        Assert.That(new Sequential(new Tanh(), new ReLU()).Forward(0.5).Item(), Is.EqualTo(Math.Tanh(0.5)).Within(1e-6));
        Assert.That(net.Modules, Has.Count.EqualTo(2));
        Assert.That(() => new Sequential(new ReLU(), null!), Throws.ArgumentNullException.With.Message.Contains("null"));
    }

    [Test]
    public void AnMlpAlternatesLinearAndActivation()
    {
        var net = new MLP(4, [5, 6], 3, () => new Tanh(), DType.Float64, new Generator(1));
        Assert.That(net.Layers.Select(l => l.Describe()), Is.EqualTo(new[] { "Linear(4, 5)", "Tanh", "Linear(5, 6)", "Tanh", "Linear(6, 3)" }));
        Assert.That(net.ParameterCount, Is.EqualTo(4 * 5 + 5 + 5 * 6 + 6 + 6 * 3 + 3));
        Tensor x = NumericalGradient.Leaf([2, 4], 2);
        Assert.That(net.Forward(x).Shape, Is.EqualTo(Shape.Create([2, 3])));
        Tensor byHand = x;
        foreach (Module layer in net.Layers) byHand = layer.Forward(byHand);
        Assert.That(net.Forward(x).ToArray(), Is.EqualTo(byHand.ToArray()));
        NumericalGradient.AssertMatches(() => net.Forward(x), [x, .. net.Parameters()]);
    }

    [Test]
    public void AnMlpWithoutHiddenLayersIsLinearAndBadSizesAreNamed()
    {
        Assert.That(new MLP(4, [], 3).Layers.Single().Describe(), Is.EqualTo("Linear(4, 3)"));
        Assert.That(new MLP(4, [8], 3).Layers[1], Is.TypeOf<ReLU>());
        Assert.That(() => new MLP(4, [8, 0], 3), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("output feature"));
        Assert.That(() => new MLP(4, null!, 3), Throws.ArgumentNullException);
        Assert.That(() => new MLP(4, [8], 3).Forward(Tensor.Ones([2, 5])), Throws.ArgumentException.With.Message.Contains("(2, 5)"));
    }

    [Test]
    public void DropoutKeepsTheMeanAndDropsTheShareAskedFor()
    {
        var dropout = new Dropout(0.3, new Generator(1));
        double[] y = dropout.Forward(Tensor.Ones([100_000], DType.Float64)).ToArray();
        Assert.That(y.Distinct().Order(), Is.EqualTo(new[] { 0, 1 / 0.7 }).Within(1e-15));
        Assert.That(y.Count(v => v == 0) / 1e5, Is.EqualTo(0.3).Within(0.01));
        Assert.That(y.Average(), Is.EqualTo(1).Within(0.01));
    }

    [Test]
    public void DropoutDrawsAnewEachTimeAndTheSeedDecides()
    {
        Tensor x = Tensor.Ones([64]);
        var dropout = new Dropout(0.5, new Generator(4));
        double[] first = dropout.Forward(x).ToArray(), second = dropout.Forward(x).ToArray();
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(new Dropout(0.5, new Generator(4)).Forward(x).ToArray(), Is.EqualTo(first));
        double[] inDouble = new Dropout(0.5, new Generator(4)).Forward(Tensor.Ones([64], DType.Float64)).ToArray();
        Assert.That(inDouble, Is.EqualTo(first), "both types drop the same elements");
    }

    [Test]
    public void DropoutsMaskIsTheSameForTheGradientAndConstantForTheSecond()
    {
        Tensor x = NumericalGradient.Leaf([20], 8);
        using var autograd = new Autograd();
        Tensor y = new Dropout(0.4, new Generator(2)).Forward(x);
        Tensor cubed = y.Pow(3).Sum();
        Tensor slope = autograd.Gradients(cubed, [x], createGraph: true)[0]!;
        Tensor bend = autograd.Gradients(slope.Sum(), [x])[0]!;
        for (int i = 0; i < 20; i++)
        {
            double scale = y.Item(i) == 0 ? 0 : 1 / 0.6;
            Assert.That(slope.Item(i), Is.EqualTo(3 * Math.Pow(scale, 3) * Math.Pow(x.Item(i), 2)).Within(1e-12));
            Assert.That(bend.Item(i), Is.EqualTo(6 * Math.Pow(scale, 3) * x.Item(i)).Within(1e-12));
        }
        Assert.That(y.ToArray(), Has.Some.EqualTo(0).And.Some.Not.EqualTo(0));
    }

    [Test]
    public void DropoutInEvaluationChangesNothingAndDoesNotDoubleGradients()
    {
        Tensor x = NumericalGradient.Leaf([4], 9);
        var dropout = new Dropout(0.9);
        dropout.Eval();
        using var autograd = new Autograd();
        Tensor y = dropout.Forward(x);
        Assert.That(y.ToArray(), Is.EqualTo(x.ToArray()));
        autograd.Backward((y + x).Sum());
        Assert.That(x.Grad!.ToArray(), Has.All.EqualTo(2));
    }

    [Test]
    public void DropoutOfNothingAndOfEverything()
    {
        Tensor x = NumericalGradient.Leaf([4], 10);
        Assert.That(new Dropout(0).Forward(x).ToArray(), Is.EqualTo(x.ToArray()));
        using var autograd = new Autograd();
        Tensor none = new Dropout(1).Forward(x);
        Assert.That(none.ToArray(), Has.All.EqualTo(0));
        autograd.Backward(none.Sum());
        Assert.That(x.Grad!.ToArray(), Has.All.EqualTo(0));
        Assert.That(new Dropout(0.5).Forward(Tensor.Zeros([0])).Shape, Is.EqualTo(Shape.Create([0])));
    }

    [TestCase(-0.1)]
    [TestCase(1.5)]
    [TestCase(double.NaN)]
    public void DropoutRefusesWhatIsNoProbability(double p) =>
        Assert.That(() => new Dropout(p), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("probability; it must be 0 to 1"));

    [Test]
    public void DropoutOfIntegersNamesTheirType() =>
        Assert.That(() => new Dropout().Forward(Tensor.Indices(1, 2)), Throws.InvalidOperationException.With.Message.Contains("Dropout").And.Message.Contains("Int64"));
}
