using MyTorch.Data;
using MyTorch.Export;
using MyTorch.Nn;

namespace MyTorch.Tests.Export;

/// <summary>
/// The structure of exported files, read by a small reader of the wire format. samples/Interop runs them in ONNX Runtime and compares the
/// numbers.
/// </summary>
public class OnnxTests
{
    [Test]
    public void AnMlpIsAChainOfGemmAndActivations()
    {
        OnnxFile file = Export(new MLP(4, [8], 3));
        Assert.Multiple(() =>
        {
            Assert.That(file.Opset, Is.EqualTo(20));
            Assert.That(file.Nodes, Is.EqualTo(new[]
            {
                "layers.0/Gemm = Gemm(input, layers.0.weight, layers.0.bias)",
                "layers.1/Relu = Relu(layers.0/Gemm)",
                "layers.2/Gemm = Gemm(layers.1/Relu, layers.2.weight, layers.2.bias)",
                "output = Identity(layers.2/Gemm)",
            }));
            Assert.That(file.Inputs, Is.EqualTo(new[] { "input: 1 (batch, 4)" }));
            Assert.That(file.Outputs, Is.EqualTo(new[] { "output: 1 (batch, 3)" }));
            Assert.That(file.Constants.Select(constant => constant.Name),
                Is.EqualTo(new[] { "layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias" }));
        });
    }

    // The list has every layer of the library, as another test sees to. samples/Interop compares their numbers.
    [TestCaseSource(typeof(Serialization.ModelFileTests), nameof(Serialization.ModelFileTests.LayerMakers))]
    public void EveryLayerIsExported(Func<Module> make)
    {
        Module layer = make();
        OnnxFile file = Export(layer, new OnnxOptions { InputShape = layer is LayerNorm norm ? norm.NormalizedShape : [3] });
        Assert.That(file.Outputs.Single(), Does.StartWith("output: "));
    }

    [Test]
    public void WeightsAreStoredToTheLastBit()
    {
        var layer = new Linear(3, 2, generator: new Generator(1));
        Assert.That(Export(layer).Constants[0].Elements, Is.EqualTo(layer.Weight.ToFloatArray().SelectMany(BitConverter.GetBytes)));
    }

    [Test]
    public void TheSameModelGivesTheSameBytes()
    {
        Module model = new Sequential(new Linear(3, 4, generator: new Generator(1)), new BatchNorm1d(4), new Softplus(2, 5), new LayerNorm([4]));
        Assert.That(Bytes(model), Is.EqualTo(Bytes(model)));
    }

    [Test]
    public void ExportLeavesTheModelInItsMode()
    {
        Module model = new Sequential(new Linear(3, 4), new BatchNorm1d(4), new Dropout());
        Tensor estimate = ((BatchNorm1d)((Sequential)model).Modules[1]).RunningMean.Clone();
        Bytes(model);
        Assert.Multiple(() =>
        {
            Assert.That(model.Training);
            Assert.That(((BatchNorm1d)((Sequential)model).Modules[1]).RunningMean.ToArray(), Is.EqualTo(estimate.ToArray()));
        });
    }

    [Test]
    public void ALayerThatIsUsedTwiceHasItsWeightsOnce()
    {
        var layer = new Linear(3, 3);
        OnnxFile file = Export(new Sequential(layer, new Tanh(), layer));
        Assert.Multiple(() =>
        {
            Assert.That(file.Constants, Has.Count.EqualTo(2));
            Assert.That(file.Nodes[2], Is.EqualTo("0/Gemm_1 = Gemm(1/Tanh, 0.weight, 0.bias)"));
        });
    }

    [Test]
    public void AttributesOfFloat64ModelsAreConstants()
    {
        OnnxFile file = Export(new LeakyReLU(0.1), new() { InputShape = [2], DType = DType.Float64 });
        Assert.Multiple(() =>
        {
            Assert.That(file.Nodes.Select(node => node.Split(" = ")[1].Split('(')[0]), Is.EqualTo(new[] { "Less", "Mul", "Where", "Identity" }));
            Assert.That(file.Constants.Single(constant => constant.Name == "slope").Elements, Is.EqualTo(BitConverter.GetBytes(0.1)));
        });
    }

    [Test]
    public void ShapesThatDependOnTheBatchAreOpen()
    {
        OnnxFile file = Export(new Sequential(new Linear(6, 4), new ReLU()), new() { InputShape = [5, 6], BatchName = "N" });
        Assert.Multiple(() =>
        {
            Assert.That(file.Inputs, Is.EqualTo(new[] { "input: 1 (N, 5, 6)" }));
            Assert.That(file.Outputs, Is.EqualTo(new[] { "output: 1 (N, 5, 4)" }));
            Assert.That(file.Nodes[1], Does.Contain("MatMul"));
        });
    }

    [Test]
    public void PreprocessingAndClassesArePartOfTheGraph()
    {
        var rows = new Dataset(Tensor.From(new double[,] { { 1, double.NaN }, { 3, 4 }, { 5, 8 } }), Tensor.Indices(0, 1, 1), ["a", "b\"c"], ["no", "yes"]);
        var imputer = Imputer.Fit(rows);
        OnnxFile file = Export(new MLP(2, [], 2), new()
        {
            Imputer = imputer,
            Standardizer = Standardizer.Fit(imputer.Apply(rows)),
            Classification = true,
            FeatureNames = rows.FeatureNames,
            ClassNames = rows.ClassNames,
        });
        Assert.Multiple(() =>
        {
            Assert.That(file.Inputs, Is.EqualTo(new[] { "input: 11 (batch, 2)" }));
            Assert.That(file.Outputs, Is.EqualTo(new[] { "output: 1 (batch, 2)", "probabilities: 1 (batch, 2)", "label: 7 (batch)" }));
            Assert.That(file.Nodes.Take(5), Is.EqualTo(new[]
            {
                "imputer/IsNaN = IsNaN(input)",
                "imputer/Where = Where(imputer/IsNaN, imputer/mean, input)",
                "standardizer/Sub = Sub(imputer/Where, standardizer/mean)",
                "standardizer/Div = Div(standardizer/Sub, standardizer/scale)",
                "Cast = Cast(standardizer/Div)",
            }));
            Assert.That(file.Constants.Single(constant => constant.Name == "imputer/mean").Elements,
                Is.EqualTo(new[] { 3.0, 6.0 }.SelectMany(BitConverter.GetBytes)));
            Assert.That(file.Metadata, Is.EqualTo(new[] { "mytorch.features=[\"a\",\"b\\\"c\"]", "mytorch.classes=[\"no\",\"yes\"]" }));
        });
    }

    [Test]
    public void AnUnknownModuleIsNamedAndTheFixWorks()
    {
        var net = new Net();
        var inner = Assert.Throws<ArgumentException>(() => Bytes(new Sequential(new Linear(3, 3), net)))!;
        var derived = new Derived();
        var outer = Assert.Throws<ArgumentException>(() => Bytes(derived))!;
        Assert.Multiple(() =>
        {
            Assert.That(inner.Message, Does.Contain("the module '1' (Net)").And.Contain("new Sequential("));
            Assert.That(outer.Message, Does.Contain("the model Derived").And.Contain("new Sequential([.. module.Modules])"));
            Assert.That(() => Bytes(new Sequential([.. derived.Modules])), Throws.Nothing);
        });
    }

    [TestCase(typeof(ReLU), "new OnnxOptions { InputShape = [4] }")]
    public void AModelWithoutWeightsNeedsAShape(Type type, string fix)
    {
        var model = (Module)Activator.CreateInstance(type)!;
        Assert.Multiple(() =>
        {
            Assert.That(() => Bytes(model), Throws.ArgumentException.With.Message.Contains(fix));
            Assert.That(() => Bytes(model, new() { InputShape = [4] }), Throws.Nothing);
        });
    }

    [Test]
    public void WrongOptionsAreErrors()
    {
        Module model = new MLP(4, [], 2);
        var other = new Dataset(Tensor.Randn([5, 3], generator: new Generator(1)), Tensor.Randn([5], generator: new Generator(2)));
        Assert.Multiple(() =>
        {
            Assert.That(() => Bytes(model, new() { InputShape = [5] }),
                Throws.ArgumentException.With.Message.Contains("'layers.0' (Linear) does not take its input of shape (batch, 5)"));
            Assert.That(() => Bytes(model, new() { Standardizer = Standardizer.Fit(other) }),
                Throws.ArgumentException.With.Message.Contains("fitted on 3 features; the model's input has the shape (batch, 4)"));
            Assert.That(() => Bytes(model, new() { Classification = true, ClassNames = ["one"] }),
                Throws.ArgumentException.With.Message.Contains("with 1 class names, but the model's output has the shape (batch, 2)"));
            Assert.That(() => Bytes(model, new() { InputName = "x", OutputName = "x" }),
                Throws.ArgumentException.With.Message.Contains("'x'"));
        });
    }

    [Test]
    public void AFileIsReplacedWhole()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "whole.onnx");
        Module model = new MLP(2, [3], 1);
        model.ExportOnnx(path);
        byte[] before = File.ReadAllBytes(path);
        Assert.Throws<ArgumentException>(() => new Net().ExportOnnx(path, new() { InputShape = [2] }));
        Assert.Multiple(() =>
        {
            Assert.That(before, Is.EqualTo(Bytes(model)));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        });
    }

    static byte[] Bytes(Module model, OnnxOptions? options = null)
    {
        using var stream = new MemoryStream();
        model.ExportOnnx(stream, options);
        return stream.ToArray();
    }

    static OnnxFile Export(Module model, OnnxOptions? options = null) => new(Bytes(model, options));

    sealed class Net : Module
    {
        readonly Linear _layer = new(3, 3);

        protected override Tensor ForwardCore(Tensor input) => _layer.Forward(input).Exp();
    }

    sealed class Derived() : Sequential(new Linear(3, 3), new ReLU());
}
