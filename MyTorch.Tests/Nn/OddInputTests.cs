using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>
/// What a hurried user gives the library: nothing, too much, values that are not numbers, calls in the wrong order, code that throws.
/// Each either works or says what is wrong, and leaves the engine fit for what follows.
/// </summary>
public sealed class OddInputTests
{
    static Tensor Learned(params double[] values)
    {
        Tensor tensor = Tensor.From(values, DType.Float64);
        tensor.RequiresGrad = true;
        return tensor;
    }

    sealed class Throwing(Tensor x, bool inForward) : Operation(x)
    {
        protected override Tensor Forward() => inForward ? throw new NotSupportedException("no value") : X * 2;

        public override Tensor?[] Backward(Tensor gradient)
        {
            Tensor _ = gradient * X;
            throw new NotSupportedException("no rule");
        }
    }

    static void AssertEngineWorks(Autograd autograd, Tensor x)
    {
        Assert.That(Autograd.IsRecording);
        Assert.That(Autograd.Current, Is.SameAs(autograd));
        x.ZeroGrad();
        autograd.Backward(x.Square().Sum());
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(x.ToArray().Select(v => 2 * v)));
    }

    [Test]
    public void AnOperationThatThrowsInForwardIsNotRecordedAndRecordingGoesOn()
    {
        Tensor x = Learned(1, 2);
        using var autograd = new Autograd();
        Assert.That(() => new Throwing(x, inForward: true).Apply(), Throws.TypeOf<NotSupportedException>());
        Assert.That(autograd.Operations, Is.Empty);
        AssertEngineWorks(autograd, x);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void ARuleThatThrowsLeavesNoGradientAndRecordingGoesOn(bool createGraph)
    {
        Tensor x = Learned(1, 2), w = Learned(3, 4);
        using var autograd = new Autograd();
        // The rule of the product with w runs before the one that throws.
        Tensor loss = (new Throwing(x, inForward: false).Apply() * w).Sum();
        Assert.That(() => autograd.Backward(loss, createGraph: createGraph), Throws.TypeOf<NotSupportedException>());
        Assert.That(w.Grad, Is.Null, "a failed Backward hands out nothing");
        Assert.That(() => autograd.Gradients(loss, [w], createGraph: createGraph), Throws.TypeOf<NotSupportedException>());
        AssertEngineWorks(autograd, x);
    }

    sealed class Fragile : Module
    {
        public Linear Layer { get; } = new(2, 2, dtype: DType.Float64);

        protected override Tensor ForwardCore(Tensor input) =>
            Layer.Forward(input).Sum().Item() is double.NaN ? throw new NotSupportedException("bad batch") : Layer.Forward(input);
    }

    [Test]
    public void AForwardThatThrowsEndsItsScopeAndTheNextStepTrains()
    {
        var net = new Fragile();
        var optimizer = new SGD(net.Parameters(), learningRate: 0.1);
        void Train(double value)
        {
            using var autograd = new Autograd();
            autograd.Backward(net.Forward(Tensor.Full([1, 2], value, DType.Float64)).Sum());
            optimizer.Step();
            optimizer.ZeroGrad();
        }
        Assert.That(() => Train(double.NaN), Throws.TypeOf<NotSupportedException>());
        Assert.That(Autograd.Current, Is.Null);
        Assert.That(net.Layer.Weight.IsLeaf && net.Layer.Weight.RequiresGrad);
        double[] before = net.Layer.Weight.ToArray();
        Train(1);
        Assert.That(net.Layer.Weight.ToArray(), Is.EqualTo(before.Select(w => w - 0.1)).Within(1e-15));
    }

    [Test]
    public void ALossThatRefusesItsInputLeavesTheScopeUsable()
    {
        Tensor x = Learned(1, 2);
        using var autograd = new Autograd();
        Assert.That(() => new MSELoss().Forward(x, Tensor.Ones([2, 1], DType.Float64)), Throws.ArgumentException);
        Assert.That(() => new BatchNorm1d(2, dtype: DType.Float64).Forward(x.Reshape([1, 2])), Throws.ArgumentException);
        AssertEngineWorks(autograd, x);
    }

    [Test]
    public void AStepBeforeAnyBackwardMovesNothing()
    {
        var layer = new Linear(2, 1);
        var optimizer = new SGD(layer.Parameters(), learningRate: 1, momentum: 0.9, weightDecay: 0.1);
        double[] before = layer.Weight.ToArray();
        optimizer.ZeroGrad();
        optimizer.Step();
        Assert.That(layer.Weight.ToArray(), Is.EqualTo(before));
    }

    [Test]
    public void AForwardBeforeTheScopeSaysWhyNothingWasRecorded()
    {
        var layer = new Linear(2, 1);
        Tensor loss = layer.Forward(Tensor.Ones([1, 2])).Sum();
        Assert.That(() => loss.Backward(), Throws.InvalidOperationException.With.Message.Contains("using var autograd = new Autograd()"));
        using var autograd = new Autograd();
        Assert.That(() => autograd.Backward(loss), Throws.InvalidOperationException.With.Message.Contains("before the scope was opened"));
    }

    [Test]
    public void AModuleUsedManyTimesInOneScopeCollectsAllItsGradients()
    {
        var layer = new Linear(1, 1, bias: false, dtype: DType.Float64);
        layer.Weight.Fill(0.9);
        using var autograd = new Autograd();
        Tensor state = Tensor.Ones([1, 1], DType.Float64);
        for (int i = 0; i < 50; i++) state = layer.Forward(state);
        autograd.Backward(state.Sum());
        Assert.That(layer.Weight.Grad!.Item(), Is.EqualTo(50 * Math.Pow(0.9, 49)).Within(1e-12));
    }

    [Test]
    public void ATrainingThatMeetsInfinityShowsIt()
    {
        var layer = new Linear(1, 1);
        var optimizer = new SGD(layer.Parameters(), learningRate: 0.1);
        using var autograd = new Autograd();
        Tensor loss = new MSELoss().Forward(layer.Forward(Tensor.Full([1, 1], double.PositiveInfinity)), Tensor.Ones([1, 1]));
        autograd.Backward(loss);
        optimizer.Step();
        Assert.That(double.IsFinite(loss.Item()), Is.False);
        Assert.That(layer.Weight.ToArray(), Has.None.Matches<double>(double.IsFinite));
    }

    static IEnumerable<Module> EveryLayer() =>
    [
        new Linear(3, 2), new MLP(3, [4], 2), new Sequential(new Linear(3, 2)), new Sequential(), new Dropout(), new LayerNorm([3]), new BatchNorm1d(3).Eval(),
        new Identity(), new ReLU(), new LeakyReLU(), new ELU(), new GELU(), new GELU(tanh: true), new SiLU(), new Swish(2), new Sigmoid(), new Tanh(), new Softplus(),
        new Softmax(), new LogSoftmax(),
    ];

    [TestCaseSource(nameof(EveryLayer))]
    public void NoRowsGoThroughEveryLayerAndBack(Module layer)
    {
        Tensor x = Tensor.Zeros([0, 3]);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = layer.Forward(x);
        Assert.That(y.Shape[0], Is.EqualTo(0));
        autograd.Backward((y + 0).Sum() + (x * 0).Sum());
        Assert.That(x.Grad!.Shape, Is.EqualTo(x.Shape));
        Assert.That(layer.Parameters().Select(p => p.Grad?.Sum().Item() ?? 0), Has.All.EqualTo(0));
    }

    [TestCaseSource(nameof(EveryLayer))]
    public void NullIsNamedByEveryLayer(Module layer) =>
        Assert.That(() => layer.Forward(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("input"));

    static IEnumerable<TestCaseData> NullCalls()
    {
        Tensor x = Tensor.Ones([2]);
        static TestCaseData Case(string name, Action call) => new TestCaseData(call).SetArgDisplayNames(name);
        yield return Case("+", () => _ = x + (Tensor)null!);
        yield return Case("+ number", () => _ = (Tensor)null! + 1.0);
        yield return Case("<", () => _ = x < (Tensor)null!);
        yield return Case("< number", () => _ = (Tensor)null! < 1.0);
        yield return Case("EqualTo", () => x.EqualTo(null!));
        yield return Case("And", () => Tensor.Mask(true).And(null!));
        yield return Case("Maximum", () => Tensor.Maximum(null!, x));
        yield return Case("Pow", () => x.Pow((Tensor)null!));
        yield return Case("MatMul", () => x.MatMul(null!));
        yield return Case("Linear", () => x.Linear(null!));
        yield return Case("Gather", () => x.Gather(0, null!));
        yield return Case("IndexSelect", () => x.IndexSelect(0, null!));
        yield return Case("Concat", () => Tensor.Concat([x, null!]));
        yield return Case("Concat first", () => Tensor.Concat([null!, x]));
        yield return Case("Stack", () => Tensor.Stack([x, null!]));
        yield return Case("Stack of null", () => Tensor.Stack(null!));
        yield return Case("ZerosLike", () => Tensor.ZerosLike(null!));
        yield return Case("OnesLike", () => Tensor.OnesLike(null!));
        yield return Case("From double[]", () => Tensor.From((double[])null!));
        yield return Case("From float[]", () => Tensor.From((float[])null!));
        yield return Case("From double[,]", () => Tensor.From((double[,])null!));
        yield return Case("CopyFrom", () => x.CopyFrom(null!));
        yield return Case("Parameter", () => new Parameter(null!));
        yield return Case("Sequential", () => new Sequential((IReadOnlyList<Module>)null!));
    }

    [TestCaseSource(nameof(NullCalls))]
    public void NullIsNamedByEveryOperation(Action call) => Assert.That(call, Throws.ArgumentNullException);

    [Test]
    public void AnActivationFunctionThatMakesNothingIsNamed() =>
        Assert.That(() => new MLP(1, [1], 1, () => null!), Throws.ArgumentException.With.Message.Contains("MLP").And.Message.Contains("activation"));

    [Test]
    public void ProductsOverNothingAreZero()
    {
        Assert.That(Tensor.Zeros([2, 0]).MatMul(Tensor.Zeros([0, 3])).ToArray(), Is.EqualTo(new double[6]));
        Assert.That(Tensor.Zeros([0]).MatMul(Tensor.Zeros([0])).Item(), Is.EqualTo(0));
        Assert.That(Tensor.Zeros([0, 2, 3]).MatMul(Tensor.Zeros([3, 4])).Shape, Is.EqualTo(Shape.Create([0, 2, 4])));
        Assert.That(Tensor.Zeros([2, 3]).MatMul(Tensor.Zeros([3, 0])).Shape, Is.EqualTo(Shape.Create([2, 0])));
    }

    [Test]
    public void FoldsOverNothing()
    {
        Tensor none = Tensor.Zeros([2, 0]);
        Assert.That(none.Sum(1).ToArray(), Has.All.EqualTo(0));
        Assert.That(none.Prod(1).ToArray(), Has.All.EqualTo(1));
        Assert.That(none.Mean(1).ToArray(), Has.All.NaN);
        Assert.That(none.LogSumExp(1).ToArray(), Has.All.EqualTo(double.NegativeInfinity));
        foreach (bool unbiased in new[] { true, false })
        {
            Assert.That(none.Var(1, unbiased).ToArray(), Has.All.NaN);
            Assert.That(none.Std(unbiased: unbiased).Item(), Is.NaN);
        }
        Assert.That(Tensor.Ones([1]).Var().Item(), Is.NaN, "one number has no unbiased variance");
        Assert.That(() => none.AMax(1), Throws.InvalidOperationException.With.Message.Contains("AMax").And.Message.Contains("(2, 0)"));
        Assert.That(() => none.ArgMin(1), Throws.InvalidOperationException.With.Message.Contains("ArgMin"));
        Assert.That(none.ArgMax(0).Shape, Is.EqualTo(Shape.Create([0])));
    }

    [Test]
    public void AnIndexThatNamesNothingTakesEverything() =>
        Assert.That(Tensor.Arange(0, 4)[default(TensorIndex)].ToArray(), Is.EqualTo(new double[] { 0, 1, 2, 3 }));

    static IEnumerable<TestCaseData> HugeCalls()
    {
        static TestCaseData Case(string name, Action call) => new TestCaseData(call).SetArgDisplayNames(name);
        Tensor column = Tensor.Zeros([100_000, 1]), row = Tensor.Zeros([1, 100_000]);
        yield return Case("Zeros", () => Tensor.Zeros([100_000, 100_000]));
        yield return Case("Rand", () => Tensor.Rand([100_000, 100_000]));
        yield return Case("Eye", () => Tensor.Eye(100_000));
        yield return Case("Linear", () => new Linear(100_000, 100_000));
        yield return Case("broadcast", () => _ = column + row);
        yield return Case("MatMul", () => column.MatMul(row));
        yield return Case("Expand", () => row.Expand([100_000, 100_000]));
        yield return Case("Reshape", () => row.Reshape([100_000, 100_000]));
        yield return Case("OneHot", () => Tensor.Indices(0, 1, 2).OneHot(int.MaxValue));
        yield return Case("overflow twice", () => Tensor.Zeros([int.MaxValue, int.MaxValue, int.MaxValue]));
    }

    [TestCaseSource(nameof(HugeCalls))]
    public void AShapeThatIsTooLargeIsNamed(Action call) =>
        Assert.That(call, Throws.TypeOf<OverflowException>().With.Message.Contains("Shape (").And.Message.Contains("2147483647"));

    [Test]
    public void ARangeThatIsTooLongIsNamed() =>
        Assert.That(() => Tensor.Arange(0, 1e13), Throws.TypeOf<OverflowException>().With.Message.Contains("Arange").And.Message.Contains("10000000000000 elements"));

    [Test]
    public void AZeroAmongLargeSizesNeedsNoMemory() => Assert.That(Tensor.Zeros([100_000, 100_000, 0]).ElementCount, Is.EqualTo(0));

    [Test]
    public void NegativeSizesAreNamed()
    {
        Assert.That(() => Tensor.Ones([1]).Expand([-5]), Throws.ArgumentException.With.Message.Contains("Expand").And.Message.Contains("-5"));
        Assert.That(() => Tensor.Zeros([2, -1]), Throws.ArgumentException.With.Message.Contains("-1"));
        Assert.That(() => Tensor.Indices(0).OneHot(-1), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void IntegersAreComparedWithFractionsAsNumbers()
    {
        Tensor whole = Tensor.Indices(-3, 2, 3);
        Assert.That((whole < 2.5).ToBoolArray(), Is.EqualTo(new[] { true, true, false }));
        Assert.That((whole <= -2.5).ToBoolArray(), Is.EqualTo(new[] { true, false, false }));
        Assert.That((whole > 2.5).ToBoolArray(), Is.EqualTo(new[] { false, false, true }));
        Assert.That((whole >= -2.5).ToBoolArray(), Is.EqualTo(new[] { false, true, true }));
        Assert.That(whole.EqualTo(2.9).ToBoolArray(), Has.All.False);
        Assert.That(whole.NotEqualTo(2.9).ToBoolArray(), Has.All.True);
        Assert.That(whole.EqualTo(2).ToBoolArray(), Is.EqualTo(new[] { false, true, false }));
        Assert.That((whole < double.PositiveInfinity).ToBoolArray(), Has.All.True);
        double unknown = double.NaN;
        Assert.That((whole < unknown).ToBoolArray(), Has.All.False);
        Assert.That(Tensor.Mask(true, false).EqualTo(0.5).ToBoolArray(), Has.All.False);
        Assert.That(Tensor.Indices((1L << 53) + 1).EqualTo(1L << 53).ToBoolArray(), Has.All.False, "large integers are compared exactly");
    }

    [Test]
    public void LayersAndLossesNameIntegersTheyCannotCalculateWith()
    {
        Tensor whole = Tensor.Indices([1, 2, 3, 4], [2, 2]);
        foreach (Module layer in new Module[] { new Linear(2, 2), new BatchNorm1d(2), new LayerNorm([2]), new ReLU(), new Dropout(), new Softmax() })
            Assert.That(() => layer.Forward(whole), Throws.InvalidOperationException.With.Message.Contains("Int64").And.Message.Contains(".To("), layer.Describe());
        foreach (Loss loss in new Loss[] { new MSELoss(), new L1Loss(), new HuberLoss() })
            Assert.That(() => loss.Forward(Tensor.Ones([2, 2]), whole), Throws.InvalidOperationException.With.Message.Contains("Int64"), loss.GetType().Name);
    }

    [Test]
    public void ALabelThatDoesNotFitAnIntIsOutOfRangeNotWrappedAround() =>
        Assert.That(() => new CrossEntropyLoss().Forward(Tensor.Zeros([1, 2]), Tensor.Indices(1L << 32)),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("4294967296"));
}
