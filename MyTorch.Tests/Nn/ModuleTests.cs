using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>How a module finds its parameters, names them as PyTorch does, and passes its mode on.</summary>
public sealed class ModuleTests
{
    static string[] Names(Module module) => [.. module.NamedParameters().Select(p => p.Name)];

    class InFields : Module
    {
        readonly Linear _hidden = new(4, 3);
        readonly Linear _outputLayer = new(3, 2, bias: false);

        protected override Tensor ForwardCore(Tensor input) => _outputLayer.Forward(_hidden.Forward(input).ReLU());
    }

    [Test]
    public void LayersInFieldsAreNamedAsInPyTorch() =>
        Assert.That(Names(new InFields()), Is.EqualTo(new[] { "hidden.weight", "hidden.bias", "output_layer.weight" }));

    sealed class InProperties : Module
    {
        public Linear First { get; } = new(2, 2, bias: false);
        public Linear? Second { get; set; }

        protected override Tensor ForwardCore(Tensor input) => First.Forward(input);
    }

    [Test]
    public void LayersInPropertiesAreFoundOnceTheyAreSet()
    {
        var net = new InProperties();
        Assert.That(Names(net), Is.EqualTo(new[] { "first.weight" }));
        net.Second = new Linear(2, 2, bias: false);
        Assert.That(Names(net), Is.EqualTo(new[] { "first.weight", "second.weight" }));
    }

    sealed class Holding(object? layers) : Module
    {
        readonly object? _layers = layers;

        protected override Tensor ForwardCore(Tensor input) => _layers is null ? input : input * 1;
    }

    static Linear Small() => new(1, 1, bias: false);

    sealed class Blocks : List<Linear>;

    static IEnumerable<TestCaseData> Containers()
    {
        yield return new TestCaseData(new[] { Small(), Small() }, new[] { "layers.0.weight", "layers.1.weight" }).SetArgDisplayNames("array");
        yield return new TestCaseData(new List<Module> { Small(), new ReLU(), Small() }, new[] { "layers.0.weight", "layers.2.weight" }).SetArgDisplayNames("list");
        yield return new TestCaseData(new Dictionary<string, Module> { ["encoder"] = Small(), ["head"] = Small() }, new[] { "layers.encoder.weight", "layers.head.weight" }).SetArgDisplayNames("dictionary");
        yield return new TestCaseData(new List<Linear[]> { new[] { Small() }, new[] { Small(), Small() } }, new[] { "layers.0.0.weight", "layers.1.0.weight", "layers.1.1.weight" }).SetArgDisplayNames("nested");
        yield return new TestCaseData((Small(), "name", Small()), new[] { "layers.0.weight", "layers.2.weight" }).SetArgDisplayNames("tuple");
        yield return new TestCaseData(new Blocks { Small() }, new[] { "layers.0.weight" }).SetArgDisplayNames("own list");
        yield return new TestCaseData(new HashSet<Module> { Small() }, new[] { "layers.0.weight" }).SetArgDisplayNames("set");
        yield return new TestCaseData(new InFields(), new[] { "layers.hidden.weight", "layers.hidden.bias", "layers.output_layer.weight" }).SetArgDisplayNames("module");
        yield return new TestCaseData(new Sequential(Small(), new Tanh(), Small()), new[] { "layers.0.weight", "layers.2.weight" }).SetArgDisplayNames("sequential");
        yield return new TestCaseData(null, Array.Empty<string>()).SetArgDisplayNames("nothing");
    }

    [TestCaseSource(nameof(Containers))]
    public void LayersInContainersAreFound(object? layers, string[] names) => Assert.That(Names(new Holding(layers)), Is.EqualTo(names));

    sealed class TypedHolders : Module
    {
        readonly (Linear A, Linear B) _pair = (Small(), Small());
        readonly Blocks _blocks = [Small()];
        readonly IReadOnlyList<Module> _list = [Small()];
        readonly IEnumerable<int> _endless = Endless();
        readonly string _text = "not a layer";

        static IEnumerable<int> Endless()
        {
            for (int i = 0; ; i++) yield return i;
        }

        protected override Tensor ForwardCore(Tensor input) => _pair.A.Forward(_pair.B.Forward(_blocks[0].Forward(_list[0].Forward(input)))) * _endless.First() * _text.Length;
    }

    [Test]
    public void FieldsOfTheContainersOwnTypesAreReadAndEndlessSequencesAreLeftAlone() =>
        Assert.That(Names(new TypedHolders()), Is.EqualTo(new[] { "pair.0.weight", "pair.1.weight", "blocks.0.weight", "list.0.weight" }));

    [Test]
    public void ASequentialNamesItsModulesByPlace() =>
        Assert.That(Names(new Sequential(new Linear(2, 3), new ReLU(), new Linear(3, 1))), Is.EqualTo(new[] { "0.weight", "0.bias", "2.weight", "2.bias" }));

    [Test]
    public void AnMlpNamesItsParametersAsPyTorchDoes() =>
        Assert.That(Names(new MLP(2, [3], 1)), Is.EqualTo(new[] { "layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias" }));

    sealed class Lazy(IEnumerable<Module> layers) : Module
    {
        readonly IEnumerable<Module> _layers = layers;

        protected override Tensor ForwardCore(Tensor input) => _layers.Aggregate(input, (x, layer) => layer.Forward(x));
    }

    [Test]
    public void AQueryThatMakesNewLayersAtEachReadingIsAnError()
    {
        int[] sizes = [2, 2];
        Assert.That(() => new Lazy(sizes.Select(n => new Linear(n, n))).Parameters(),
            Throws.InvalidOperationException.With.Message.Contains("layers creates new layers each time").And.Message.Contains(".ToArray()"));
        Assert.That(new Lazy(sizes.Select(n => new Linear(n, n)).ToArray()).Parameters(), Has.Count.EqualTo(4));
    }

    sealed class Derived : InFields
    {
        readonly Linear _extra = new(2, 1, bias: false);

        protected override Tensor ForwardCore(Tensor input) => _extra.Forward(base.ForwardCore(input));
    }

    [Test]
    public void PrivateLayersOfABaseClassComeFirst() =>
        Assert.That(Names(new Derived()), Is.EqualTo(new[] { "hidden.weight", "hidden.bias", "output_layer.weight", "extra.weight" }));

    [Test]
    public void ASharedLayerCountsOnce()
    {
        Linear shared = new(3, 3);
        var net = new Sequential(shared, new ReLU(), shared);
        Assert.That(Names(net), Is.EqualTo(new[] { "0.weight", "0.bias" }));
        Assert.That(net.ParameterCount, Is.EqualTo(12));

        Tensor x = Tensor.Ones([1, 3]);
        using var autograd = new Autograd();
        autograd.Backward(net.Forward(x).Sum());
        Assert.That(shared.Weight.Grad, Is.Not.Null);
    }

    sealed class Handmade : Module
    {
        public readonly Tensor Slope = Learned(2), Constant = 3;
        public Tensor? LastOutput { get; private set; }

        protected override Tensor ForwardCore(Tensor input) => LastOutput = Slope * input + Constant;

        static Tensor Learned(double value)
        {
            Tensor tensor = value;
            tensor.RequiresGrad = true;
            return tensor;
        }
    }

    [Test]
    public void AHandmadeTensorIsAParameterIfItRequiresAGradientAndResultsAreNone()
    {
        var net = new Handmade();
        Assert.That(Names(net), Is.EqualTo(new[] { "slope" }));
        Assert.That(net.Slope.Name, Is.EqualTo("slope"), "parameters are given their names");
        using var autograd = new Autograd();
        net.Forward(1);
        Assert.That(Names(net), Is.EqualTo(new[] { "slope" }), "a recorded result that a module keeps is not learned");
    }

    [Test]
    public void AParameterCopiesItsValuesAndRefusesIntegers()
    {
        Tensor values = Tensor.Ones([2]);
        var parameter = new Parameter(values);
        values.Fill(5);
        Assert.That(parameter.ToArray(), Is.EqualTo(new[] { 1.0, 1 }));
        Assert.That(parameter.RequiresGrad);
        Assert.That(() => new Parameter(Tensor.Indices(1, 2)), Throws.ArgumentException.With.Message.Contains("Int64"));
    }

    [Test]
    public void AFrozenParameterStaysListedAndDoesNotMove()
    {
        var net = new Sequential(new Linear(2, 2), new Linear(2, 1));
        var frozen = (Linear)net.Modules[0];
        frozen.Weight.RequiresGrad = frozen.Bias!.RequiresGrad = false;
        Assert.That(net.NamedParameters().Count(), Is.EqualTo(4));

        double[] before = frozen.Weight.ToArray();
        double[] moving = ((Linear)net.Modules[1]).Weight.ToArray();
        var optimizer = new SGD(net.Parameters(), learningRate: 0.1, weightDecay: 0.1);
        using (var autograd = new Autograd()) autograd.Backward(net.Forward(Tensor.Ones([3, 2])).Sum());
        optimizer.Step();
        Assert.That(frozen.Weight.Grad, Is.Null);
        Assert.That(frozen.Weight.ToArray(), Is.EqualTo(before));
        Assert.That(((Linear)net.Modules[1]).Weight.ToArray(), Is.Not.EqualTo(moving));
    }

    sealed class WithBuffers : Module
    {
        [Buffer] readonly Tensor _count = 0;
        public BatchNorm1d Norm { get; } = new(2);

        protected override Tensor ForwardCore(Tensor input) => Norm.Forward(input) + _count;
    }

    [Test]
    public void BuffersAreStateButNotLearned()
    {
        var net = new WithBuffers();
        Assert.That(net.NamedBuffers().Select(b => b.Name), Is.EqualTo(new[] { "count", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked" }));
        Assert.That(Names(net), Is.EqualTo(new[] { "norm.weight", "norm.bias" }));
    }

    [Test]
    public void TrainAndEvalReachEveryModuleBelow()
    {
        var inner = new Dropout();
        var net = new Sequential(new Holding(new List<Module> { new Sequential(inner) }));
        Assert.That(inner.Training, "training is the mode to begin with");
        Assert.That(net.Eval(), Is.SameAs(net));
        Assert.That(net.NamedModules().Select(m => m.Module.Training), Has.All.False.And.Exactly(4).Items);
        net.Train();
        Assert.That(inner.Training);
    }

    /// <summary>A network as a user writes it, with its layers in a list.</summary>
    sealed class ListNet : Module
    {
        readonly List<Linear> _layers = [new(1, 8, generator: new Generator(1)), new(8, 8, generator: new Generator(2)), new(8, 1, generator: new Generator(3))];

        public IReadOnlyList<Linear> Layers => _layers;

        protected override Tensor ForwardCore(Tensor input)
        {
            for (int i = 0; i < _layers.Count; i++)
            {
                input = _layers[i].Forward(input);
                if (i < _layers.Count - 1) input = input.Tanh();
            }
            return input;
        }
    }

    [Test]
    public void LayersHeldInAListTrain()
    {
        var net = new ListNet();
        double[][] before = [.. net.Layers.Select(l => l.Weight.ToArray())];
        Tensor x = Tensor.Arange(-1, 1, 0.125).Unsqueeze(1), y = (3 * x).Sin();
        var optimizer = new SGD(net.Parameters(), learningRate: 0.1, momentum: 0.9);
        var criterion = new MSELoss();
        double first = criterion.Forward(net.Forward(x), y).Item();
        for (int step = 0; step < 200; step++)
        {
            using var autograd = new Autograd();
            autograd.Backward(criterion.Forward(net.Forward(x), y));
            optimizer.Step();
            optimizer.ZeroGrad();
        }
        Assert.That(criterion.Forward(net.Forward(x), y).Item(), Is.LessThan(first / 20));
        for (int i = 0; i < before.Length; i++)
            Assert.That(net.Layers[i].Weight.ToArray(), Is.Not.EqualTo(before[i]), $"layer {i} never moved");
    }

    [Test]
    public void ZeroGradClearsTheGradientsOfAllParameters()
    {
        var net = new MLP(2, [3], 1);
        using var autograd = new Autograd();
        autograd.Backward(net.Forward(Tensor.Ones([1, 2])).Sum());
        Assert.That(net.Parameters().Select(p => p.Grad), Has.All.Not.Null);
        net.ZeroGrad();
        Assert.That(net.Parameters().Select(p => p.Grad), Has.All.Null);
    }

    [Test]
    public void TheSummaryHasALineAModuleWithCountsAndIndents()
    {
        Assert.That(new MLP(64, [32], 10).ToString(), Is.EqualTo(
            "MLP(64-32-10), 2,410 parameters\n  (layers.0) Linear(64, 32), 2,080 parameters\n  (layers.1) ReLU\n  (layers.2) Linear(32, 10), 330 parameters"));
        Assert.That(new Sequential(new Linear(2, 1, bias: false), new Sequential(new Dropout(0.25))).ToString(), Is.EqualTo(
            "Sequential, 2 parameters\n  (0) Linear(2, 1, no bias), 2 parameters\n  (1) Sequential\n    (1.0) Dropout(0.25)"));
    }

    [Test]
    public void ModulesThatHoldThemselvesOrEachOtherAreGoneThroughOnce()
    {
        var list = new List<object>();
        var net = new Holding(list);
        list.AddRange([net, Small(), list]);
        Assert.That(Names(net), Is.EqualTo(new[] { "layers.1.weight" }));
        Assert.That(net.NamedModules().Count(), Is.EqualTo(2));
        Assert.That(net.Eval().Training, Is.False);
        Assert.That(net.ToString(), Is.EqualTo("Holding, 1 parameters\n  (layers.1) Linear(1, 1, no bias), 1 parameters"));
    }
}
