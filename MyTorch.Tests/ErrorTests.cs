using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>Errors are behaviour: each message names the operation, what it was given, and a fix.</summary>
public class ErrorTests
{
    static Tensor Single(params int[] shape) => Tensor.Ones(shape);

    static Tensor Double(params int[] shape) => Tensor.Ones(shape, DType.Float64);

    static Tensor Whole(params int[] shape) => Tensor.Ones(shape, DType.Int64);

    static Tensor Truth(params int[] shape) => Tensor.Ones(shape, DType.Bool);

    static TestCaseData Case(string name, Func<object?> action, params string[] named) => new TestCaseData(action, named).SetArgDisplayNames(name);

    static void Expect<T>(Func<object?> action, string[] named) where T : Exception
    {
        Exception thrown = Assert.Catch<T>(() => action())!;
        foreach (string part in named) Assert.That(thrown.Message, Does.Contain(part));
    }

    /// <summary>Every case here, for tests of all messages.</summary>
    internal static IEnumerable<TestCaseData> AllCases => [.. WrongShapes(), .. NothingToReduce(), .. WrongTypes(), .. WrongLabels(), .. Nulls(), .. WrongSettings()];

    static IEnumerable<TestCaseData> WrongShapes()
    {
        (string Name, Func<Tensor, Tensor, Tensor> Of)[] broadcasting =
        [
            ("Add", (a, b) => a + b), ("Subtract", (a, b) => a - b), ("Multiply", (a, b) => a * b), ("Divide", (a, b) => a / b),
            ("Power", (a, b) => a.Pow(b)), ("Maximum", Tensor.Maximum), ("Minimum", Tensor.Minimum),
            ("<", (a, b) => a < b), ("<=", (a, b) => a <= b), (">", (a, b) => a > b), (">=", (a, b) => a >= b),
            ("EqualTo", (a, b) => a.EqualTo(b)), ("NotEqualTo", (a, b) => a.NotEqualTo(b)),
            ("Where", (a, b) => Tensor.Where(Truth(1), a, b)),
        ];
        foreach ((string name, Func<Tensor, Tensor, Tensor> of) in broadcasting)
        {
            yield return Case($"{name} of (2, 3) and (4,)", () => of(Single(2, 3), Single(4)), $"{name}: ", "(2, 3)", "(4,)", "sizes 3 and 4", "Reshape");
            yield return Case($"{name} of (2, 1, 3) and (5, 3, 3)", () => of(Single(2, 1, 3), Single(5, 3, 3)), $"{name}: ", "(2, 1, 3)", "(5, 3, 3)", "sizes 2 and 5");
        }
        yield return Case("Where with another condition", () => Tensor.Where(Truth(3), Single(2), Single(2)), "Where: ", "(3,)", "(2,)");
        yield return Case("And", () => Truth(2).And(Truth(3)), "(2,)", "(3,)");

        yield return Case("MatMul, inner sizes", () => Single(32, 64).MatMul(Single(32, 10)), "MatMul: ", "(32, 64)", "(32, 10)", "64 and 32", "Transpose the left operand?");
        yield return Case("MatMul, the right one transposed", () => Single(2, 3).MatMul(Single(4, 3)), "MatMul: ", "(2, 3)", "(4, 3)", "Transpose the right operand?");
        yield return Case("MatMul, nothing fits", () => Single(2, 3).MatMul(Single(4, 5)), "MatMul: ", "3 and 4", "rows");
        yield return Case("MatMul, read transposed", () => Single(2, 3).MatMul(Single(3, 4), transposeThis: true), "(2, 3)ᵀ", "(3, 4)", "2 and 3");
        yield return Case("MatMul of a vector", () => Single(3).MatMul(Single(4, 5)), "MatMul: ", "3 and 4");
        yield return Case("MatMul of a scalar", () => Single().MatMul(Single(2, 2)), "MatMul: ", "()", "(2, 2)", "*");
        yield return Case("MatMul, batches", () => Single(2, 3, 4).MatMul(Single(5, 4, 6)), "MatMul", "batch", "(2,)", "(5,)");
        yield return Case("Linear, features", () => Single(8, 3).Linear(Single(5, 4)), "Linear: ", "(8, 3)", "(5, 4)", "4 input features");
        yield return Case("Linear, weight", () => Single(8, 3).Linear(Single(3)), "Linear: ", "(3,)", "(out, in)");
        yield return Case("Linear, bias", () => Single(8, 3).Linear(Single(5, 3), Single(3)), "Linear: ", "(3,)", "(5,)");
        yield return Case("Linear of a scalar", () => Single().Linear(Single(5, 3)), "Linear: ", "()");

        yield return Case("Reshape", () => Single(2, 3).Reshape([4, 2]), "Reshape: ", "(2, 3)", "6 elements", "(4, 2)", "8");
        yield return Case("Expand", () => Single(2, 3).Expand([4, 3]), "Expand: ", "(2, 3)", "(4, 3)", "size 1");
        yield return Case("Expand to fewer dimensions", () => Single(2, 3).Expand([3]), "Expand: ", "(2, 3)", "(3,)");
        yield return Case("SumTo", () => Single(2, 3).SumTo([2]), "SumTo: ", "(2,)", "(2, 3)");
        yield return Case("Transpose", () => Single(2, 3).Transpose(0, 2), "Transpose: ", "dimension 2", "(2, 3)", "-2 to 1");
        yield return Case("Permute, too few", () => Single(2, 3, 4).Permute(1, 0), "Permute: ", "(1, 0)", "3 dimensions", "(2, 3, 4)");
        yield return Case("Permute, twice", () => Single(2, 3).Permute(0, -2), "Permute: ", "(2, 3)", "once");
        yield return Case("Squeeze", () => Single(2, 3).Squeeze(5), "Squeeze: ", "dimension 5", "(2, 3)");
        yield return Case("Unsqueeze", () => Single(2, 3).Unsqueeze(4), "Unsqueeze: ", "4", "(2, 3)", "-3 to 2");
        yield return Case("Flatten", () => Single(2, 3).Flatten(2), "Flatten: ", "dimension 2", "(2, 3)");
        yield return Case("Concat", () => Tensor.Concat([Single(2, 3), Single(2, 4)]), "Concat: ", "(2, 3)", "(2, 4)", "dimension 0");
        yield return Case("Concat, ranks", () => Tensor.Concat([Single(2, 3), Single(2)], 1), "Concat: ", "(2, 3)", "(2,)");
        yield return Case("Concat, dimension", () => Tensor.Concat([Single(2), Single(2)], 1), "Concat: ", "dimension 1");
        yield return Case("Concat of nothing", () => Tensor.Concat([]), "Concat: ", "at least one");
        yield return Case("Concat of scalars", () => Tensor.Concat([Single(), Single()]), "Concat: ", "Stack");
        yield return Case("Stack", () => Tensor.Stack([Single(2), Single(3)]), "Stack: ", "(2,)", "(3,)");
        yield return Case("Stack of nothing", () => Tensor.Stack([]), "Stack: ", "at least one");
        yield return Case("Stack, place", () => Tensor.Stack([Single(2), Single(2)], 3), "3", "(2,)");
        yield return Case("IndexSelect, dimension", () => Single(2, 3).IndexSelect(2, Whole(1)), "IndexSelect: ", "dimension 2");
        yield return Case("IndexSelect, matrix of positions", () => Single(2, 3).IndexSelect(0, Whole(1, 1)), "IndexSelect: ", "(1, 1)", "vector");
        yield return Case("IndexSelect of a scalar", () => Single().IndexSelect(0, Whole(1)), "IndexSelect: ", "scalar");
        yield return Case("IndexSelect, index", () => Single(2, 3).IndexSelect(0, Tensor.Indices(0, 2)), "IndexSelect: ", "index 2", "element 1", "0 … 1", "(2, 3)");
        yield return Case("IndexSelect, negative", () => Single(2, 3).IndexSelect(1, Tensor.Indices(-1)), "IndexSelect: ", "index -1", "0 … 2");
        yield return Case("Gather, rank", () => Single(2, 3).Gather(1, Whole(2)), "Gather: ", "(2,)", "(2, 3)", "number of dimensions", "index.Unsqueeze(1)");
        yield return Case("Gather, size", () => Single(2, 3).Gather(1, Whole(3, 1)), "Gather: ", "(3, 1)", "(2, 3)", "dimension 0");
        yield return Case("Gather, index", () => Single(2, 3).Gather(1, Tensor.Indices([0, 3], [2, 1])), "Gather: ", "index 3", "0 … 2");
        yield return Case("OneHot", () => Tensor.Indices(0, 5).OneHot(5), "OneHot: ", "class 5", "element 1", "0 … 4");

        (string Name, Func<Tensor, int, Tensor> Of)[] along =
        [
            ("Softmax", (x, d) => x.Softmax(d)), ("LogSoftmax", (x, d) => x.LogSoftmax(d)), ("LogSumExp", (x, d) => x.LogSumExp(d)),
            ("Sum", (x, d) => x.Sum(d)), ("Mean", (x, d) => x.Mean(d)), ("AMax", (x, d) => x.AMax(d)), ("AMin", (x, d) => x.AMin(d)), ("Prod", (x, d) => x.Prod(d)),
            ("Var", (x, d) => x.Var(d)), ("Std", (x, d) => x.Std(d)), ("Max", (x, d) => x.Max(d).Values), ("Min", (x, d) => x.Min(d).Values),
            ("ArgMax", (x, d) => x.ArgMax(d)), ("ArgMin", (x, d) => x.ArgMin(d)), ("CumSum", (x, d) => x.CumSum(d)), ("Norm", (x, d) => x.Norm(2, d)),
            ("Sort", (x, d) => x.Sort(d).Values), ("TopK", (x, d) => x.TopK(1, d).Values), ("Split", (x, d) => x.Split(1, d)[0]), ("Chunk", (x, d) => x.Chunk(1, d)[0]),
            ("Flip", (x, d) => x.Flip(d)), ("Any", (x, d) => (x > 0).Any(d)), ("All", (x, d) => (x > 0).All(d)),
        ];
        foreach ((string name, Func<Tensor, int, Tensor> of) in along)
        {
            yield return Case($"{name} along dimension 2", () => of(Single(2, 3), 2), $"{name}: ", "dimension 2", "(2, 3)", "-2 to 1");
            yield return Case($"{name} along dimension -3", () => of(Single(2, 3), -3), $"{name}: ", "dimension -3");
        }
        yield return Case("Sum, twice", () => Single(2, 3).Sum([1, -1]), "Sum: ", "dimension 1", "twice");
    }

    [TestCaseSource(nameof(WrongShapes))]
    public void WrongShapesAreNamed(Func<object?> action, string[] named) => Expect<ArgumentException>(action, named);

    static IEnumerable<TestCaseData> NothingToReduce()
    {
        yield return Case("AMax", () => Single(2, 0).AMax(1), "AMax: ", "(2, 0)", "no elements");
        yield return Case("AMin", () => Single(0).AMin(), "AMin: ", "(0,)", "no elements");
        yield return Case("ArgMin", () => Single(2, 0).ArgMin(1), "ArgMin: ", "(2, 0)", "dimension 1");
        yield return Case("ArgMax of everything", () => Single(0).ArgMax(), "ArgMax: ", "no elements");
        yield return Case("Max along a dimension", () => Single(2, 0).Max(1), "Max: ", "no elements");
    }

    [TestCaseSource(nameof(NothingToReduce))]
    public void AnExtremeOfNothingIsAnError(Func<object?> action, string[] named) => Expect<InvalidOperationException>(action, named);

    static IEnumerable<TestCaseData> WrongTypes()
    {
        (string Name, Func<Tensor, Tensor, object> Of)[] two =
        [
            ("Add", (a, b) => a + b), ("Subtract", (a, b) => a - b), ("Multiply", (a, b) => a * b), ("Divide", (a, b) => a / b),
            ("Power", (a, b) => a.Pow(b)), ("Maximum", Tensor.Maximum), ("Minimum", Tensor.Minimum), ("MatMul", (a, b) => a.MatMul(b)),
            ("Linear", (a, b) => a.Linear(b)),
        ];
        foreach ((string name, Func<Tensor, Tensor, object> of) in two)
        {
            yield return Case($"{name} of Float32 and Float64", () => of(Single(2, 2), Double(2, 2)), $"{name}: ", "Float32", "Float64", ".To(DType.Float64)");
            yield return Case($"{name} of Float64 and Float32", () => of(Double(2, 2), Single(2, 2)), $"{name}: ", "Float64 (2, 2)", "Float32 (2, 2)", ".To(DType.Float64)");
            yield return Case($"{name} of Int64", () => of(Whole(2, 2), Whole(2, 2)), $"{name}: ", "Int64", ".To(DType.Float32)");
            yield return Case($"{name} of Float32 and Int64", () => of(Single(2, 2), Whole(2, 2)), $"{name}: ", "Int64");
            yield return Case($"{name} of Bool", () => of(Truth(2, 2), Truth(2, 2)), $"{name}: ", "Bool");
        }
        foreach ((string name, Func<Tensor, Tensor, object> of) in new (string, Func<Tensor, Tensor, object>)[]
            {
                ("<", (a, b) => a < b), ("EqualTo", (a, b) => a.EqualTo(b)), ("Where", (a, b) => Tensor.Where(Truth(2, 2), a, b)), ("Concat", (a, b) => Tensor.Concat([a, b])),
            })
            yield return Case($"{name} of Float32 and Float64", () => of(Single(2, 2), Double(2, 2)), $"{name}: ", "Float32", "Float64");
        yield return Case("Linear with a bias of another type", () => Single(2, 3).Linear(Single(4, 3), Double(4)), "Linear: ", "Float32", "Float64");

        (string Name, Func<Tensor, object> Of)[] one =
        [
            ("Negate", x => -x), ("Abs", x => x.Abs()), ("Exp", x => x.Exp()), ("Log", x => x.Log()), ("Sqrt", x => x.Sqrt()), ("Square", x => x.Square()),
            ("Reciprocal", x => x.Reciprocal()), ("Sin", x => x.Sin()), ("Cos", x => x.Cos()), ("Tanh", x => x.Tanh()), ("Sigmoid", x => x.Sigmoid()),
            ("ReLU", x => x.ReLU()), ("ELU", x => x.ELU()), ("Softplus", x => x.Softplus()), ("Erf", x => x.Erf()), ("Sign", x => x.Sign()),
            ("Norm", x => x.Norm()), ("Prod", x => x.Prod()), ("AMax", x => x.AMax()), ("Var", x => x.Var()), ("Std", x => x.Std()),
            ("LogSumExp", x => x.LogSumExp()), ("Softmax", x => x.Softmax(0)), ("LogSoftmax", x => x.LogSoftmax(0)),
        ];
        foreach ((string name, Func<Tensor, object> of) in one)
        {
            yield return Case($"{name} of Int64", () => of(Whole(3)), $"{name}: ", "Int64", ".To(DType.Float32)");
            yield return Case($"{name} of Bool", () => of(Truth(3)), $"{name}: ", "Bool");
        }
        yield return Case("Int64 and a number", () => Whole(3) * 0.5, "Int64", ".To(DType.Float32)");
        yield return Case("Where, condition", () => Tensor.Where(Single(2), Single(2), Single(2)), "Where: ", "Float32", "Bool", "comparison");
        yield return Case("IndexSelect", () => Single(2).IndexSelect(0, Single(1)), "IndexSelect: ", "Float32", "Int64");
        yield return Case("Gather", () => Single(2).Gather(0, Single(1)), "Gather: ", "Float32", "Int64");
        yield return Case("OneHot", () => Single(2).OneHot(3), "OneHot: ", "Float32", "Int64");
        yield return Case("CrossEntropyLoss, labels swapped", () => new CrossEntropyLoss().Forward(Whole(4), Single(4, 3)), "CrossEntropyLoss: ");
        yield return Case("NLLLoss, float labels", () => new NLLLoss().Forward(Single(4, 3), Single(4)), "NLLLoss: ", "Float32", "Int64", "swapped");
    }

    [TestCaseSource(nameof(WrongTypes))]
    public void WrongTypesAreNamed(Func<object?> action, string[] named)
    {
        Exception thrown = Assert.Catch(() => action())!;
        Assert.That(thrown, Is.InstanceOf<InvalidOperationException>().Or.InstanceOf<ArgumentException>());
        foreach (string part in named) Assert.That(thrown.Message, Does.Contain(part));
    }

    static IEnumerable<TestCaseData> WrongLabels()
    {
        foreach ((string name, Loss loss) in new (string, Loss)[] { ("CrossEntropyLoss", new CrossEntropyLoss()), ("NLLLoss", new NLLLoss()) })
        {
            yield return Case($"{name}, too large", () => loss.Forward(Single(2, 3), Tensor.Indices(0, 3)), $"{name}: ", "label 3", "element 1", "0 … 2", "3 classes", "(2, 3)");
            yield return Case($"{name}, negative", () => loss.Forward(Single(2, 3), Tensor.Indices(-1, 0)), $"{name}: ", "label -1", "element 0");
            yield return Case($"{name}, rows", () => loss.Forward(Single(2, 3), Tensor.Indices(0, 1, 2)), $"{name}: ", "(2, 3)", "(2,)", "(3,)");
            yield return Case($"{name}, a column of labels", () => loss.Forward(Single(2, 3), Tensor.Indices([0, 1], [2, 1])), $"{name}: ", "(2,)", "(2, 1)");
        }
        yield return Case("class weights", () => new CrossEntropyLoss(weight: Single(4)).Forward(Single(2, 3), Tensor.Indices(0, 1)), "CrossEntropyLoss: ", "(4,)", "3 classes");
        yield return Case("float labels", () => new CrossEntropyLoss().Forward(Single(2, 3), Single(2)), "CrossEntropyLoss: ", "(2, 3)", "(2,)", "Int64");
        foreach ((string name, Loss loss) in new (string, Loss)[]
            {
                ("MSELoss", new MSELoss()), ("L1Loss", new L1Loss()), ("HuberLoss", new HuberLoss()), ("SmoothL1Loss", new SmoothL1Loss()),
                ("BCELoss", new BCELoss()), ("BCEWithLogitsLoss", new BCEWithLogitsLoss()), ("KLDivLoss", new KLDivLoss()),
            })
            yield return Case($"{name} of (4, 1) and (4,)", () => loss.Forward(Single(4, 1), Single(4)), $"{name}: ", "(4, 1)", "(4,)", "prediction.Reshape([4");
    }

    [TestCaseSource(nameof(WrongLabels))]
    public void TargetsThatDoNotFitAreNamed(Func<object?> action, string[] named) => Expect<ArgumentException>(action, named);

    [Test]
    public void AnIgnoredLabelIsNotAnError() =>
        Assert.That(new CrossEntropyLoss().Forward(Single(2, 3), Tensor.Indices(-100, 1)).Item(), Is.EqualTo(Math.Log(3)).Within(1e-6));

    static IEnumerable<TestCaseData> Nulls()
    {
        Tensor x = Single(2, 2), none = null!;
        yield return Case("x + null", () => x + none, "Add", "operand 2 of 2");
        yield return Case("null + x", () => none + x, "Add");
        yield return Case("null + 1", () => none + 1);
        yield return Case("x - null", () => x - none, "Subtract");
        yield return Case("x * null", () => x * none, "Multiply");
        yield return Case("x / null", () => x / none, "Divide");
        yield return Case("Pow", () => x.Pow(none), "Power");
        yield return Case("Maximum", () => Tensor.Maximum(x, none), "Maximum");
        yield return Case("Minimum", () => Tensor.Minimum(none, x), "Minimum");
        yield return Case("x < null", () => x < none);
        yield return Case("null > 1", () => none > 1);
        yield return Case("EqualTo", () => x.EqualTo(none));
        yield return Case("And", () => Truth(2).And(none));
        yield return Case("MatMul", () => x.MatMul(none));
        yield return Case("Linear, weight", () => x.Linear(none), "Linear");
        yield return Case("Where, condition", () => Tensor.Where(none, x, x));
        yield return Case("Where, value", () => Tensor.Where(Truth(2, 2), x, none), "Where");
        yield return Case("Concat, list", () => Tensor.Concat(null!));
        yield return Case("Concat, first", () => Tensor.Concat([none, x]));
        yield return Case("Concat, second", () => Tensor.Concat([x, none]), "parts");
        yield return Case("Stack, list", () => Tensor.Stack(null!));
        yield return Case("Stack, first", () => Tensor.Stack([none, x]));
        yield return Case("Stack, second", () => Tensor.Stack([x, none]));
        yield return Case("IndexSelect", () => x.IndexSelect(0, none));
        yield return Case("Gather", () => x.Gather(0, none));
        yield return Case("AllClose", () => x.AllClose(none));
        yield return Case("CopyFrom", () => { x.CopyFrom(none); return null; });
        yield return Case("ZerosLike", () => Tensor.ZerosLike(none));
        yield return Case("OnesLike", () => Tensor.OnesLike(none));
        yield return Case("From double[]", () => Tensor.From((double[])null!));
        yield return Case("From float[]", () => Tensor.From((float[])null!));
        yield return Case("From double[,]", () => Tensor.From((double[,])null!));
        yield return Case("FromMatrix", () => Tensor.FromMatrix(null!));
        yield return Case("Linear layer", () => new Linear(2, 2).Forward(none));
        yield return Case("Sequential", () => new Sequential(new MyTorch.Nn.ReLU()).Forward(none));
        yield return Case("Parameter", () => new Parameter(none));
        yield return Case("MLP, hidden", () => new MLP(2, null!, 2));
        yield return Case("SGD", () => new SGD(null!, 0.1));
        yield return Case("MSELoss, prediction", () => new MSELoss().Forward(none, x));
        yield return Case("MSELoss, target", () => new MSELoss().Forward(x, none));
        yield return Case("CrossEntropyLoss", () => new CrossEntropyLoss().Forward(x, none));
        yield return Case("NLLLoss", () => new NLLLoss().Forward(none, Tensor.Indices(0, 1)));
    }

    [TestCaseSource(nameof(Nulls))]
    public void NullIsNamedNotDereferenced(Func<object?> action, string[] named) => Expect<ArgumentNullException>(action, named);

    static IEnumerable<TestCaseData> WrongSettings()
    {
        Tensor[] parameters = [new Parameter(Single(2))];
        yield return Case("negative learning rate", () => new SGD(parameters, learningRate: -0.1), "SGD: ", "learningRate", "0 or more");
        yield return Case("NaN learning rate", () => new SGD(parameters, learningRate: double.NaN), "SGD: ");
        yield return Case("negative momentum", () => new SGD(parameters, 0.1, momentum: -1), "SGD: ", "momentum");
        yield return Case("Nesterov alone", () => new SGD(parameters, 0.1, nesterov: true), "SGD: ", "Nesterov", "momentum greater than 0");
        yield return Case("nothing to optimize", () => new SGD([], 0.1), "SGD: ", "nothing to optimize", "lists or arrays");
        yield return Case("a parameter twice", () => new SGD([parameters[0], parameters[0]], 0.1), "SGD: ", "twice");
        yield return Case("not a parameter", () => new SGD([Single(2)], 0.1), "SGD: ", "(2,)", "RequiresGrad = true");
        yield return Case("Clamp without bounds", () => Single(2).Clamp(), "Clamp: ", "min, max or both");
        yield return Case("an integer parameter", () => new Parameter(Whole(2)), "Int64", "Float32");
        yield return Case("Linear of no inputs", () => new Linear(0, 2), "Linear: ", "input feature");
        yield return Case("Dropout(2)", () => new Dropout(2), "Dropout: ", "0 to 1");
    }

    [TestCaseSource(nameof(WrongSettings))]
    public void WrongSettingsAreNamed(Func<object?> action, string[] named) => Expect<ArgumentException>(action, named);

    [Test]
    public void AGradientThatNeverArrivedIsNamed()
    {
        Tensor w = new Parameter(Single(2, 3));
        Assert.That(() => w.AddToGrad(null!, createGraph: false), Throws.ArgumentNullException.With.Message.Contains("AddToGrad: no gradient arrived for").And.Message.Contains("(2, 3)").And.Message.Contains("skip"));
    }

    [Test]
    public void AnErrorInsideAScopeLeavesTheTapeUsable()
    {
        Tensor w = new Parameter(Single(2, 2));
        using var autograd = new Autograd();
        foreach (TestCaseData data in WrongShapes())
            Assert.Catch(() => ((Func<object?>)data.Arguments[0]!)());
        Assert.That(Autograd.IsRecording, Is.True);
        autograd.Backward((w * w).Sum());
        Assert.That(w.Grad!.ToArray(), Is.All.EqualTo(2));
    }
}
