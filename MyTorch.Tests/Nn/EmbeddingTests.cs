using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>Embedding, Flatten, Residual, and parameters that two modules share.</summary>
public sealed class EmbeddingTests
{
    static Embedding Numbered(int? paddingIndex = null)
    {
        var layer = new Embedding(4, 2, paddingIndex, DType.Float64, new Generator(1));
        if (paddingIndex is null) layer.Weight.CopyFrom(Tensor.From([0, 1, 10, 11, 20, 21, 30, 31], [4, 2], DType.Float64));
        return layer;
    }

    [Test]
    public void EachIndexBecomesItsVector()
    {
        Embedding layer = Numbered();
        Tensor output = layer.Forward(Tensor.Indices([3, 0, 0, 2, 1, 3], [2, 3]));
        Assert.That(output.Shape, Is.EqualTo(Shape.Create([2, 3, 2])));
        Assert.That(output.ToArray(), Is.EqualTo(new double[] { 30, 31, 0, 1, 0, 1, 20, 21, 10, 11, 30, 31 }));
        Assert.That(layer.Forward(Tensor.Indices([2])).Shape, Is.EqualTo(Shape.Create([1, 2])));
        Assert.That(layer.Forward(Tensor.Indices([2])[0]).ToArray(), Is.EqualTo(new double[] { 20, 21 }), "a scalar index");
        Assert.That(layer.Forward(Tensor.Indices([], [0, 3])).Shape, Is.EqualTo(Shape.Create([0, 3, 2])));
    }

    [Test]
    public void TheGradientOfAVectorIsTheSumOverItsPositions()
    {
        Embedding layer = Numbered();
        using var autograd = new Autograd();
        Tensor output = layer.Forward(Tensor.Indices(1, 3, 1, 1));
        autograd.Backward((output * Tensor.From([1, 2, 3, 4, 5, 6, 7, 8], [4, 2], DType.Float64)).Sum());
        Assert.That(layer.Weight.Grad!.ToArray(), Is.EqualTo(new double[] { 0, 0, 1 + 5 + 7, 2 + 6 + 8, 0, 0, 3, 4 }));
    }

    [Test]
    public void GradientsMatchDifferences([Values(null, 1)] int? padding)
    {
        Embedding layer = Numbered(padding);
        if (padding is null) layer.Weight.CopyFrom(Tensor.Randn([4, 2], DType.Float64, new Generator(2)));
        Tensor indices = padding is null ? Tensor.Indices([1, 3, 1, 0], [2, 2]) : Tensor.Indices([2, 3, 2, 0], [2, 2]);
        NumericalGradient.AssertMatches(() => layer.Forward(indices).Tanh(), layer.Weight);
    }

    [TestCase(1)]
    [TestCase(-3)]
    public void ThePaddingStartsWithZerosAndHasNoGradient(int paddingIndex)
    {
        Embedding layer = Numbered(paddingIndex);
        Assert.That(layer.PaddingIndex, Is.EqualTo(1));
        double[] values = layer.Weight.ToArray();
        Assert.That(values[2..4], Is.EqualTo(new double[] { 0, 0 }));
        Assert.That(values.Where(value => value == 0).Count(), Is.EqualTo(2));
        using var autograd = new Autograd();
        autograd.Backward(layer.Forward(Tensor.Indices(1, 0, 1)).Sum());
        Assert.That(layer.Weight.Grad!.ToArray(), Is.EqualTo(new double[] { 1, 1, 0, 0, 0, 0, 0, 0 }));
        layer.Weight.CopyFrom(Tensor.Ones([4, 2], DType.Float64));
        Assert.That(layer.Forward(Tensor.Indices(1)).ToArray(), Is.EqualTo(new double[] { 1, 1 }), "as in PyTorch, a vector that was set is used");
    }

    [Test]
    public void AnIndexOutOfRangeIsNamedWithItsRow()
    {
        Embedding layer = Numbered();
        Assert.That(() => layer.Forward(Tensor.Indices([0, 1, 2, 7, 0, 0], [3, 2])), Throws.InstanceOf<ArgumentOutOfRangeException>()
            .With.Message.Contains("index 7 in row 1 of the input (3, 2)").And.Message.Contains("0 … 3").And.Message.Contains("8 vectors"));
        Assert.That(() => layer.Forward(Tensor.Indices(0, -1)), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("index -1 in row 1"));
        Assert.That(() => layer.Forward(Tensor.Ones([2])), Throws.ArgumentException.With.Message.Contains("Float32").And.Message.Contains(".To(DType.Int64)"));
        Assert.That(() => new Embedding(0, 2), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("0"));
        Assert.That(() => new Embedding(2, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Embedding(4, 2, 4), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("-4 to 3"));
        Assert.That(() => new Embedding(4, 2, -5), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void FlattenKeepsTheBatch()
    {
        Assert.That(new Flatten().Forward(Tensor.Ones([5, 2, 3, 4])).Shape, Is.EqualTo(Shape.Create([5, 24])));
        Assert.That(new Flatten(0, 1).Forward(Tensor.Ones([5, 2, 3])).Shape, Is.EqualTo(Shape.Create([10, 3])));
        var net = new Sequential(new Flatten(), new Linear(6, 2));
        Assert.That(net.Forward(Tensor.Ones([4, 2, 3])).Shape, Is.EqualTo(Shape.Create([4, 2])));
    }

    [Test]
    public void ResidualAddsItsInputAndItsGradientReachesBoth()
    {
        var inner = new Linear(2, 2, dtype: DType.Float64, generator: new Generator(1));
        Tensor x = NumericalGradient.Leaf([3, 2], 2);
        var layer = new Residual(inner);
        Assert.That(layer.Forward(x).ToArray(), Is.EqualTo((x + inner.Forward(x)).ToArray()));
        NumericalGradient.AssertMatches(() => layer.Forward(x), x, inner.Weight, inner.Bias!);
        var wide = new Residual(new Linear(2, 5, dtype: DType.Float64), new Linear(2, 5, bias: false, DType.Float64));
        Assert.That(wide.Forward(x).Shape, Is.EqualTo(Shape.Create([3, 5])));
        Assert.That(wide.NamedParameters().Select(named => named.Name), Is.EqualTo(new[] { "body.weight", "body.bias", "shortcut.weight" }));
        foreach (int width in (int[])[3, 1])
            Assert.That(() => new Residual(new Linear(2, width, dtype: DType.Float64)).Forward(x), Throws.ArgumentException
                .With.Message.Contains($"(3, {width})").And.Message.Contains("(3, 2)").And.Message.Contains("shortcut"), "shapes that broadcast are refused too");
    }

    /// <summary>A model whose table of words is also its last layer.</summary>
    sealed class Tied : Module
    {
        readonly Embedding _words = new(5, 3, dtype: DType.Float64, generator: new Generator(1));
        readonly Projection _output;

        public Tied() => _output = new Projection(_words.Weight);

        protected override Tensor ForwardCore(Tensor input) => _output.Forward(_words.Forward(input));
    }

    sealed class Projection(Parameter weight) : Module
    {
        public Parameter Weight { get; } = weight;

        protected override Tensor ForwardCore(Tensor input) => input.Linear(Weight);
    }

    [Test]
    public void AParameterOfTwoModulesIsCountedSavedAndMovedOnce()
    {
        var model = new Tied();
        Assert.That(model.Parameters(), Has.Count.EqualTo(1));
        Assert.That(model.ParameterCount, Is.EqualTo(15));
        Parameter weight = (Parameter)model.Parameters()[0];
        double[] before = weight.ToArray();
        var optimizer = new SGD(model.Parameters(), learningRate: 0.5);
        using (var autograd = new Autograd())
            autograd.Backward(new CrossEntropyLoss().Forward(model.Forward(Tensor.Indices(0, 4)), Tensor.Indices(1, 2)));
        double[] gradient = weight.Grad!.ToArray();
        optimizer.Step();
        Assert.That(weight.ToArray(), Is.EqualTo(before.Zip(gradient, (w, g) => w - 0.5 * g)).Within(1e-15));
        Assert.That(gradient, Has.All.Not.Zero, "the sum over both uses");
        Assert.That(optimizer.Parameters.ClipGradNorm(double.PositiveInfinity), Is.EqualTo(Math.Sqrt(gradient.Sum(g => g * g))).Within(1e-12));

        var again = new Tied();
        Dictionary<string, Tensor> saved = model.StateDict();
        Assert.That(saved.Keys, Is.SupersetOf(new[] { "words.weight" }));
        again.LoadStateDict(saved);
        Assert.That(again.Parameters()[0].ToArray(), Is.EqualTo(weight.ToArray()));
        Assert.That(again.Parameters(), Has.Count.EqualTo(1), "still shared");
        Assert.That(() => new SGD([.. model.Parameters(), weight], 0.1), Throws.ArgumentException.With.Message.Contains("twice"));
    }
}
