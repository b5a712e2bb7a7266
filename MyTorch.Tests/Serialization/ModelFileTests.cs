using System.Globalization;
using MyTorch.Nn;
using MyTorch.Serialization;

namespace MyTorch.Tests.Serialization;

/// <summary>State dictionaries, files of models, and models restored from files.</summary>
[TestFixture]
public sealed class ModelFileTests : TestsWithFolder
{
    // The keys of state_dict() in PyTorch 2 for the same layers.
    static readonly (Func<Module> Make, string[] Keys)[] s_layers =
    [
        (() => new Linear(3, 2), ["weight", "bias"]),
        (() => new Linear(3, 2, bias: false), ["weight"]),
        (() => new Linear(3, 2, dtype: DType.Float64), ["weight", "bias"]),
        (() => new BatchNorm1d(3), ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]),
        (() => new BatchNorm1d(3, epsilon: 1e-3, momentum: 0.3, affine: false, dtype: DType.Float64),
            ["running_mean", "running_var", "num_batches_tracked"]),
        (() => new LayerNorm([3]), ["weight", "bias"]),
        (() => new LayerNorm([2, 3], epsilon: 1e-4, dtype: DType.Float64), ["weight", "bias"]),
        (() => new LayerNorm([3], affine: false), []),
        (() => new Dropout(0.25), []),
        (() => new Identity(), []), (() => new ReLU(), []), (() => new LeakyReLU(0.2), []), (() => new ELU(0.7), []),
            (() => new GELU(), []),
        (() => new GELU(tanh: true), []), (() => new SiLU(), []), (() => new Swish(1.5), []), (() => new Sigmoid(), []),
            (() => new Tanh(), []),
        (() => new Softplus(2, double.PositiveInfinity), []), (() => new Softmax(1), []), (() => new LogSoftmax(), []),
        (() => new MLP(3, [4], 2), ["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"]),
        (() => new MLP(3, [4, 5], 2, () => new LeakyReLU(0.3), DType.Float64),
            ["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias", "layers.4.weight", "layers.4.bias"]),
        (() => new Sequential(new Linear(3, 4), new BatchNorm1d(4), new ReLU(), new Sequential(new Linear(4, 2, bias: false))),
            ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked", "3.0.weight"]),
        (() => new Sequential(), []),
        (() => new Flatten(), []), (() => new Flatten(0, 1), []),
        (() => new Embedding(5, 2), ["weight"]), (() => new Embedding(5, 2, paddingIndex: -1, DType.Float64), ["weight"]),
        (() => new Residual(new Linear(3, 3)), ["body.weight", "body.bias"]),
        (() => new Sequential(new Residual(new Sequential(new Linear(3, 2), new ReLU()), new Linear(3, 2, bias: false))),
            ["0.body.0.weight", "0.body.0.bias", "0.shortcut.weight"]),
    ];

    static IEnumerable<TestCaseData> Layers => s_layers.Select((layer, i) => new TestCaseData(layer.Make, layer.Keys).SetArgDisplayNames(
        $"{i} {layer.Make().Describe()}"));

    internal static IEnumerable<TestCaseData> LayerMakers => s_layers.Select((layer, i) => new TestCaseData(layer.Make).SetArgDisplayNames($"{i} {layer.Make().Describe()}"));

    [TestCaseSource(nameof(Layers))]
    public void KeysAreThoseOfPyTorch(Func<Module> make, string[] keys) => Assert.That(make().StateDict().Keys, Is.EqualTo(keys));

    [TestCaseSource(nameof(Layers))]
    public void AFileAloneRestoresTheLayerWithItsOptions(Func<Module> make, string[] keys)
    {
        Module model = make();
        var random = new Generator(7);
        DType dtype = model.NamedParameters().FirstOrDefault().Tensor?.DType
            ?? model.NamedBuffers().Select(b => b.Tensor).FirstOrDefault()?.DType ?? DType.Float32;
        Tensor input = Tensor.Randn([4, 2, 3], dtype, random);
        if (model is not LayerNorm) input = input.Flatten(0, 1);
        if (model is Embedding) input = Tensor.Indices([0, 4, 2, 4], [2, 2]);
        // Training steps move the running estimates away from their first values.
        if (model.NamedBuffers().Any()) model.Forward(input);
        model.Eval();
        model.Save(InFolder("model.safetensors"));
        double before = Generator.Default.GetState().ToInt64Array()[0];

        Module restored = Module.FromFile(InFolder("model.safetensors"));

        Assert.That(Generator.Default.GetState().ToInt64Array()[0], Is.EqualTo(before), "restoring draws no random numbers of the program");
        Assert.That(restored.ToString(), Is.EqualTo(model.ToString()));
        Assert.That(restored.Training, Is.False);
        Assert.That(restored.StateDict().Keys, Is.EqualTo(keys));
        Assert.That(restored.Forward(input).ToArray(), Is.EqualTo(model.Forward(input).ToArray()));
        Assert.That(Architecture.Write(restored), Is.EqualTo(Architecture.Write(model)), "all options");
    }

    [Test]
    public void EveryLayerOfTheLibraryHasARow()
    {
        Type[] layers = [.. typeof(Module).Assembly.GetTypes().Where(type => typeof(Module).IsAssignableFrom(type) && !type.IsAbstract
            && type.IsPublic)];
        Assert.That(Architecture.Types, Is.EquivalentTo(layers));
        Assert.That(s_layers.Select(layer => layer.Make().GetType()).Distinct(), Is.EquivalentTo(layers));
    }

    [Test]
    public void TrainedDropoutWithItsGeneratorIsRestored()
    {
        var shared = new Generator(3);
        var model = new Sequential(new Dropout(0.5, shared), new Dropout(0.25), new Dropout(0.1, shared),
            new Dropout(0.1, new Generator(4)));
        model.Save(InFolder("a"));
        var restored = (Sequential)Module.FromFile(InFolder("a"));
        Generator?[] generators = [.. restored.Modules.Cast<Dropout>().Select(layer => layer.Generator)];
        Assert.That(generators[0], Is.Not.Null.And.SameAs(generators[2]).And.Not.SameAs(generators[3]));
        Assert.That(generators[1], Is.Null);
    }

    sealed class Net(int width) : Module
    {
        readonly Linear _hidden = new(2, width), _output = new(width, 1);

        protected override Tensor ForwardCore(Tensor input) => _output.Forward(_hidden.Forward(input).Tanh());
    }

    [Test]
    public void AnOwnModuleIsBuiltByTheProgramAndLoaded()
    {
        Net model = new(3), other = new(3);
        model.Save(InFolder("net.safetensors"));

        string message = Assert.Throws<ModelFileException>(() => Module.FromFile(InFolder("net.safetensors")))!.Message;
        Assert.That(message, Does.Contain("Net, a class of the program").And.Contain("Build the model").And.Contain(
            "model.Load(\"net.safetensors\")"));

        other.Load(InFolder("net.safetensors"));
        Assert.That(other.Forward(Tensor.Ones([1, 2])).Item(), Is.EqualTo(model.Forward(Tensor.Ones([1, 2])).Item()));
    }

    sealed class Linear2 : Sequential;

    [Test]
    public void AClassOfTheProgramIsNotTakenForOneOfTheLibrary()
    {
        new Sequential(new ReLU(), new Linear2()).Save(InFolder("a"));
        Assert.That(() => Module.FromFile(InFolder("a")), Throws.TypeOf<ModelFileException>().With.Message.Contains(
            "the module '1' is a").And.Message.Contains("Linear2"));
    }

    [Test]
    public void OneErrorListsAllDifferencesAndNothingChanges()
    {
        var saved = new Sequential(new Linear(3, 4), new BatchNorm1d(4), new Linear(4, 2, bias: false, dtype: DType.Float64));
        saved.Save(InFolder("model.safetensors"));
        var model = new Sequential(new Linear(3, 5), new ReLU(), new Linear(4, 2));
        double[] before = [.. model.Parameters().SelectMany(parameter => parameter.ToArray())];

        string message = Assert.Throws<ModelFileException>(() => model.Load(InFolder("model.safetensors")))!.Message;

        Assert.That(message, Is.EqualTo(
            $"{InFolder("model.safetensors")}: the file does not fit this Sequential: missing: '2.bias'; " +
            "unexpected: '1.num_batches_tracked', '1.bias', '1.running_mean', '1.running_var', '1.weight'; " +
            "'2.weight' is (2, 4) Float64, in this model (2, 4) Float32; '0.bias' is (4,) Float32, in this model (5,) Float32; " +
            "'0.weight' is (4, 3) Float32, in this model (5, 3) Float32. Build the model with the sizes, names and type it was saved with."));
        Assert.That(model.Parameters().SelectMany(parameter => parameter.ToArray()), Is.EqualTo(before));
        Assert.That(() => model.LoadStateDict(saved.StateDict()), Throws.ArgumentException.With.Message.Contains("missing: '2.bias'"));
    }

    sealed class Tied : Module
    {
        readonly Linear _first = new(2, 2);
        readonly List<Module> _again = [];
        readonly Parameter _weight;

        public Tied()
        {
            _again.Add(_first);
            _weight = _first.Weight;
        }

        protected override Tensor ForwardCore(Tensor input) => _first.Forward(input) * _weight.Sum();
    }

    [Test]
    public void SharedWeightsAreWrittenOnceAndFoundUnderEachName()
    {
        var model = new Tied();
        Assert.That(model.StateDict().Keys, Is.EquivalentTo(new[] { "first.weight", "first.bias" }));
        model.Save(InFolder("tied"));
        SafetensorsFile file = Safetensors.Load(InFolder("tied"));
        Assert.That(file.Metadata["again.0.weight"], Is.EqualTo("first.weight"));
        Assert.That(file.Metadata["weight"], Is.EqualTo("first.weight"));

        // PyTorch's state_dict() has every name.
        Tensor weight = Tensor.Ones([2, 2]), bias = Tensor.Zeros([2]);
        var all = new Dictionary<string, Tensor>
        {
            ["first.weight"] = weight,
            ["first.bias"] = bias,
            ["again.0.weight"] = weight,
            ["again.0.bias"] = bias,
            ["weight"] = weight,
        };
        model.LoadStateDict(all);
        Assert.That(model.Forward(Tensor.Ones([1, 2])).ToArray(), Is.EqualTo(new[] { 8.0, 8 }));

        all["weight"] = Tensor.Zeros([2, 2]);
        Assert.That(() => model.LoadStateDict(all), Throws.ArgumentException.With.Message.Contains(
            "'weight' has other values than 'first.weight'"));
        model.LoadStateDict(new Dictionary<string, Tensor> { ["again.0.bias"] = Tensor.Ones([2]), ["weight"] = weight });
        Assert.That(model.Forward(Tensor.Ones([1, 2])).ToArray(), Is.EqualTo(new[] { 12.0, 12 }));
    }

    [Test]
    public void ALayerThatIsUsedTwiceIsRestoredAsOne()
    {
        var layer = new Linear(2, 2);
        var model = new Sequential(layer, new Sequential(new Tanh(), layer));
        model.Save(InFolder("a"));
        var restored = (Sequential)Module.FromFile(InFolder("a"));
        Assert.That(((Sequential)restored.Modules[1]).Modules[1], Is.SameAs(restored.Modules[0]));
        Assert.That(restored.Forward(Tensor.Ones([1, 2])).ToArray(), Is.EqualTo(model.Forward(Tensor.Ones([1, 2])).ToArray()));
    }

    [TestCase("""{"format":2,"model":{"type":"ReLU"}}""", "format 2")]
    [TestCase("""[]""", "not an object with format and model")]
    [TestCase("""{"format":1,"model":{"type":"Transformer"}}""", "the model is a Transformer, which this version of MyTorch does not have")]
    [TestCase("""{"format":1,"model":{"type":"Sequential","modules":[{"type":"ReLU"},{"type":"Dropout","p":1.5}]}}""", "impossible layer", "probability")]
    [TestCase("""{"format":1,"model":{"type":"Sequential","modules":[{"type":"Dropout"}]}}""", "the module '0' has no p")]
    [TestCase("""{"format":1,"model":{"type":"Sequential","modules":{}}}""", "modules {}; expected a list of modules")]
    [TestCase("""{"format":1,"model":{"type":"Sequential","modules":[{"same_as":"0"}]}}""", "does not come before it")]
    [TestCase("""{"format":1,"model":{"type":"Linear","in_features":2000000000,"out_features":2000000000,"bias":true,"dtype":"Float32"}}""", "weight is (2000000000, 2000000000)", "'weight' is missing")]
    [TestCase("""{"format":1,"model":{"type":"Softplus","beta":"NaN","threshold":1}}""", "beta \"NaN\"; expected a number")]
    [TestCase("""{"format":1,"model":{"type":"ReLU","type":"Tanh"}}""", "not valid JSON")]
    [TestCase("""{"format":1,"model":{"type":"ReLU"}} x""", "not valid JSON")]
    [TestCase("\u0007\n", "not valid JSON")]
    public void DamagedArchitectureIsOneClearError(string json, params string[] words)
    {
        Safetensors.Save(InFolder("a"), new Dictionary<string, Tensor>(), new Dictionary<string,
            string>
        { ["mytorch.format"] = "1", ["mytorch.architecture"] = json });
        string message = Assert.Throws<ModelFileException>(() => Module.FromFile(InFolder("a")))!.Message;
        foreach (string word in words) Assert.That(message, Does.Contain(word));
        Assert.That(message.Any(char.IsControl), Is.False);
    }

    [Test]
    public void NestingWithoutEndIsAnError()
    {
        string json = """{"format":1,"model":""" + string.Concat(Enumerable.Repeat("""{"type":"Sequential","modules":[""", 100_000));
        Safetensors.Save(InFolder("a"), new Dictionary<string, Tensor>(), new Dictionary<string,
            string>
        { ["mytorch.architecture"] = json });
        Assert.That(() => Module.FromFile(InFolder("a")), Throws.TypeOf<ModelFileException>().With.Message.Contains("not valid JSON"));
    }

    [Test]
    public void DeeplyNestedModelsAreRestored()
    {
        Module model = new Linear(1, 1);
        for (int i = 0; i < 200; i++) model = new Sequential(model);
        model.Save(InFolder("a"));
        Assert.That(Module.FromFile(InFolder("a")).ParameterCount, Is.EqualTo(2));
    }

    [Test]
    public void AFileWithoutArchitectureAndANewerFormatSayWhatToDo()
    {
        Safetensors.Save(InFolder("pytorch"), new Linear(2, 3).StateDict());
        Assert.That(() => Module.FromFile(InFolder("pytorch")),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("model.Load(path)"));
        var model = new Linear(2, 3);
        model.Load(InFolder("pytorch"));
        Assert.That(model.Weight.ToArray(), Is.EqualTo(Safetensors.Load(InFolder("pytorch")).Tensors["weight"].ToArray()));

        Safetensors.Save(InFolder("newer"), model.StateDict(), new Dictionary<string, string> { ["mytorch.format"] = "2" });
        Assert.That(() => Module.FromFile(InFolder("newer")), Throws.TypeOf<ModelFileException>().With.Message.Contains(
            "format '2'").And.Message.Contains("reads format 1"));
    }

    [Test]
    public void SettingsAreWrittenInvariantly()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            Assert.That(Architecture.Write(new Sequential(new LeakyReLU(0.25), new Softplus(1, double.PositiveInfinity))), Is.EqualTo(
                """{"format":1,"model":{"type":"Sequential","modules":[{"type":"LeakyReLU","negative_slope":0.25},{"type":"Softplus","beta":1,"threshold":"Infinity"}]}}"""));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void LoadingMarksTheParametersAsChanged()
    {
        var model = new Linear(1, 1, bias: false);
        model.Save(InFolder("a"));
        using var autograd = new Autograd();
        Tensor loss = model.Forward(Tensor.From([2f], [1, 1], requiresGrad: true)).Sum();
        model.Load(InFolder("a"));
        Assert.That(() => autograd.Backward(loss), Throws.InvalidOperationException, "a tape that used the old values");
    }
}
