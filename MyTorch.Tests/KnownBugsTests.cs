using MyTorch.Differentiation;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>The bugs found in well-known educational frameworks, each with the numbers a wrong engine would give.</summary>
public class KnownBugsTests
{
    static Tensor Leaf(double value) => Leaf(Tensor.From(value, DType.Float64));

    static Tensor Leaf(Tensor values)
    {
        values.RequiresGrad = true;
        return values;
    }

    static Tensor Vector(params double[] values) => Tensor.From(values, DType.Float64);

    static Tensor Random(int seed, params int[] shape) => Leaf(Tensor.Randn(shape, DType.Float64, new Generator(seed)));

    static double[] Gradient(Func<Tensor, Tensor> function, Tensor x)
    {
        using var autograd = new Autograd();
        return autograd.Gradients(function(x).Sum(), [x])[0]!.ToArray();
    }

    static double Gradient(Func<Tensor, Tensor> function, double x) => Gradient(function, Leaf(x))[0];

    [Test]
    public void NaiveRecursionInsteadOfAnOrder() =>
        // b = 2a, c = b + b·1: 4; engines that walk paths out of order give 6 or 8.
        Assert.That(Gradient(a =>
        {
            Tensor b = a * 2;
            return b + b * 1;
        }, 3.0), Is.EqualTo(4));

    [Test]
    public void AValueUsedEarlyAndLateIsFinishedBeforeItIsPassedOn() =>
        // The long path reaches b after the short one: c = b³ + b, b = a², at 2: (3b² + 1)·2a.
        Assert.That(Gradient(a =>
        {
            Tensor b = a * a, early = b * 1;
            return b * b * b + early;
        }, 2.0), Is.EqualTo((3 * 16 + 1) * 4));

    sealed class CountedDouble(Tensor x, int[] calls) : Operation(x)
    {
        protected override Tensor Forward() => X * 2;

        public override Tensor?[] Backward(Tensor gradient)
        {
            calls[0]++;
            return [gradient * 2];
        }
    }

    [Test]
    public void DiamondsTwentyLevelsDeepCostLinearWork()
    {
        int[] calls = [0];
        Tensor x = Leaf(1);
        using var autograd = new Autograd();
        Tensor y = x;
        for (int level = 0; level < 20; level++) y = new CountedDouble(y, calls).Apply() + new CountedDouble(y, calls).Apply();
        autograd.Backward(y);
        Assert.That(calls[0], Is.EqualTo(40), "2²⁰ paths, 40 rules");
        Assert.That(autograd.Operations, Has.Count.EqualTo(60));
        Assert.That(x.Grad!.Item(), Is.EqualTo(Math.Pow(4, 20)));
    }

    [Test]
    public void OverwriteInsteadOfAccumulate() => Assert.That(Gradient(x => x + x, 3.0), Is.EqualTo(2));

    [Test]
    public void BackwardTwiceAfterClearingTheLeaves()
    {
        // Engines that keep adjoints in the nodes give 45 the second time.
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor y = x * x * x;
        autograd.Backward(y);
        Assert.That(x.Grad!.Item(), Is.EqualTo(27));
        x.ZeroGrad();
        autograd.Backward(y);
        Assert.That(x.Grad!.Item(), Is.EqualTo(27));
        autograd.Backward(y);
        Assert.That(x.Grad!.Item(), Is.EqualTo(54));
    }

    [Test]
    public void GradientsOfParametersAreClearedWhenAskedAndOnlyThen()
    {
        var layer = new Linear(2, 1, dtype: DType.Float64, generator: new Generator(1));
        var optimizer = new SGD(layer.Parameters(), learningRate: 0);
        double[] Once()
        {
            using var autograd = new Autograd();
            autograd.Backward(layer.Forward(Tensor.Ones([3, 2], DType.Float64)).Sum());
            return layer.Weight.Grad!.ToArray();
        }
        Assert.That(Once(), Is.EqualTo(new double[] { 3, 3 }));
        optimizer.Step();
        Assert.That(Once(), Is.EqualTo(new double[] { 6, 6 }), "Step does not clear");
        optimizer.ZeroGrad();
        Assert.That(layer.Parameters().Select(parameter => parameter.Grad), Is.All.Null);
        Assert.That(Once(), Is.EqualTo(new double[] { 3, 3 }));
        layer.ZeroGrad();
        Assert.That(layer.Parameters().Select(parameter => parameter.Grad), Is.All.Null);
    }

    [Test]
    public void TheSameTensorTwiceAsInput()
    {
        Assert.That(Gradient(x => x + x, 3.0), Is.EqualTo(2));
        Assert.That(Gradient(x => x - x, 3.0), Is.EqualTo(0));
        Assert.That(Gradient(x => x * x, 3.0), Is.EqualTo(6));
        Assert.That(Gradient(x => x / x, 3.0), Is.EqualTo(0).Within(1e-15));
        Assert.That(Gradient(x => x.Pow(x), 3.0), Is.EqualTo(27 * (Math.Log(3) + 1)).Within(1e-12));
        Assert.That(Gradient(x => Tensor.Maximum(x, x), 3.0), Is.EqualTo(1));
        Assert.That(Gradient(x => Tensor.Where(x > 0, x, x), 3.0), Is.EqualTo(1));
        Assert.That(Gradient(x => Tensor.Stack([x, x, x]), 3.0), Is.EqualTo(3));
        GradientCheck.VerifyMany(at => at[0].MatMul(at[0]), [Random(1, 3, 3)], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => Tensor.Concat([at[0], at[0]], 1), [Random(2, 2, 3)], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => at[0].Linear(at[0]), [Random(3, 3, 4)], GradientCheckMode.Reverse);
    }

    static IEnumerable<TestCaseData> ReturningTheirInput()
    {
        (string Name, Func<Tensor, Tensor> Of)[] functions =
        [
            ("Identity", x => new Identity().Forward(x)), ("Reshape", x => x.Reshape([2, 3])), ("Expand", x => x.Expand([2, 3])), ("Squeeze", x => x.Squeeze(0)),
            ("Transpose", x => x.Transpose(1, 1)), ("Slice", x => x[..]), ("Concat", x => Tensor.Concat([x])), ("SumTo", x => x.SumTo([2, 3])),
            ("Dropout in evaluation", x => new Dropout(0.5).Eval().Forward(x)), ("Dropout(0)", x => new Dropout(0).Forward(x)), ("To", x => x.To(DType.Float64)),
            ("Clamp", x => x.Clamp(-1e9, 1e9)), ("empty Sequential", x => new Sequential().Forward(x)), ("Sum over no elements", x => x.Unsqueeze(0).Sum(0)),
            ("a rule of the user's own", x => new Same(x).Apply()),
        ];
        return functions.Select(function => new TestCaseData(function.Of).SetArgDisplayNames(function.Name));
    }

    sealed class Same(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => X;

        public override Tensor?[] Backward(Tensor gradient) => [gradient];
    }

    [TestCaseSource(nameof(ReturningTheirInput))]
    public void AnOperationThatReturnsItsOwnInputDoesNotDoubleGradients(Func<Tensor, Tensor> same)
    {
        Tensor x = Random(4, 2, 3);
        Assert.That(Gradient(same, x), Is.All.EqualTo(1));
        Assert.That(Gradient(v => same(v) + v, x), Is.All.EqualTo(2));
        Assert.That(Gradient(v => same(same(v)), x), Is.All.EqualTo(1));
        Assert.That(Gradient(v => same(v) * v, x), Is.EqualTo(x.ToArray().Select(value => 2 * value)).Within(1e-15));
        Assert.That(Gradient(v => same(v * 3), x), Is.All.EqualTo(3));
        Assert.That(x.IsLeaf, Is.True);
    }

    [Test]
    public void DeepGraphsDoNotRecurse()
    {
        // A stack of 128 KB would overflow after some thousand calls, and that cannot be caught.
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                Tensor x = Leaf(1);
                using var autograd = new Autograd();
                Tensor y = x;
                for (int i = 0; i < 100_000; i++) y = y * 1 + x;
                Assert.That(autograd.Operations[^1].ToString(), Is.EqualTo("v200001 = Add(v200000, v1) = 100001"));
                autograd.Backward(y);
                Assert.That(x.Grad!.Item(), Is.EqualTo(100_001));
                Tensor twice = autograd.Gradients(y * y, [x], createGraph: true)[0]!;
                Assert.That(twice.Item(), Is.EqualTo(2.0 * 100_001 * 100_001));
            }
            catch (Exception e) { thrown = e; }
        }, maxStackSize: 128 * 1024);
        thread.Start();
        thread.Join();
        Assert.That(thrown, Is.Null);
    }

    [Test]
    public void TheSecondDerivativeOfALineIsZero()
    {
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor first = autograd.Gradients(1 * x, [x], createGraph: true)[0]!;
        Assert.That((first.Item(), first.RequiresGrad), Is.EqualTo((1.0, false)), "a constant: it depends on nothing");
        Assert.That(() => autograd.Gradients(first, [x]), Throws.InvalidOperationException.With.Message.Contains("only from tensors without RequiresGrad"), "said, not dereferenced");
        Tensor both = autograd.Gradients(1 * x + x * x, [x], createGraph: true)[0]!;
        Assert.That(autograd.Gradients(both, [x])[0]!.Item(), Is.EqualTo(2));
        Tensor line = autograd.Gradients(1 * x + 0 * x * x, [x], createGraph: true)[0]!;
        Assert.That(autograd.Gradients(line, [x])[0]!.Item(), Is.EqualTo(0));
    }

    [Test]
    public void TheSecondDerivativeIsNotTheFirstAgain()
    {
        // At 3, not at 2, where x³ has the same first and second derivative.
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor first = autograd.Gradients(x * x * x, [x], createGraph: true)[0]!;
        Assert.That(first.Item(), Is.EqualTo(27));
        Assert.That(autograd.Gradients(first, [x])[0]!.Item(), Is.EqualTo(18));
    }

    [Test]
    public void PerturbationConfusion()
    {
        // d/dx (x · d/dy (x + y)) = 1; engines that mix the two variables up give 2.
        Tensor x = Leaf(1);
        using var outer = new Autograd();
        Tensor inner;
        using (var scope = new Autograd())
        {
            Tensor y = Leaf(1);
            inner = scope.Gradients(x + y, [y], createGraph: true)[0]!;
        }
        Assert.That(outer.Gradients(x * inner, [x])[0]!.Item(), Is.EqualTo(1));

        // d/dx (x · d/dy (x·y²)) at y = x: d/dx (x · 2x·x) = 6x², where y is not x.
        Tensor slope;
        Tensor at = Leaf(2);
        using (var scope = new Autograd())
        {
            Tensor y = at.Detach();
            y.RequiresGrad = true;
            slope = scope.Gradients(at * y * y, [y], createGraph: true)[0]!;
        }
        Assert.That(outer.Gradients(at * slope, [at])[0]!.Item(), Is.EqualTo(2 * 2 * 2 * 2), "∂(x·2xy)/∂x = 4xy with y held");
    }

    [TestCase(new[] { 2, 3 }, new[] { 3 })]
    [TestCase(new[] { 3, 1 }, new[] { 1, 4 })]
    [TestCase(new int[0], new[] { 2, 3 })]
    [TestCase(new[] { 2, 3 }, new[] { 1 })]
    [TestCase(new[] { 3 }, new[] { 2, 1, 3 })]
    [TestCase(new[] { 2, 1, 4 }, new[] { 5, 1, 3, 1 })]
    public void BroadcastGradientsAreSummedToTheOperandsShape(int[] shapeA, int[] shapeB)
    {
        Tensor a = Random(5, shapeA), b = Random(6, shapeB);
        using (var autograd = new Autograd()) autograd.Backward((a + b).Sum());
        Assert.That((a.Grad!.Shape, b.Grad!.Shape), Is.EqualTo((a.Shape, b.Shape)));
        int count = (a + b).ElementCount;
        Assert.That(a.Grad.ToArray(), Is.All.EqualTo(count / a.ElementCount));
        Assert.That(b.Grad.ToArray(), Is.All.EqualTo(count / b.ElementCount));
        GradientCheck.VerifyMany(at => at[0] * at[1], [a, b], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => at[0] / (at[1].Square() + 1), [a, b], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => at[0] * at[1].Square(), [a, b], GradientCheckMode.Second);
    }

    [Test]
    public void AColumnAgainstAVectorIsNamedInLosses()
    {
        Tensor column = Tensor.Ones([4, 1]), vector = Tensor.Ones([4]);
        Assert.That((column - vector).Shape.ToString(), Is.EqualTo("(4, 4)"), "what would happen silently");
        foreach (Loss loss in new Loss[] { new MSELoss(), new L1Loss(), new HuberLoss(), new SmoothL1Loss(), new BCELoss(), new BCEWithLogitsLoss(), new KLDivLoss() })
            Assert.That(() => loss.Forward(column, vector), Throws.ArgumentException
                .With.Message.Contains("(4, 1)").And.Message.Contains("(4,)").And.Message.Contains("Reshape"), loss.GetType().Name);
    }

    [Test]
    public void AParameterChangedBetweenForwardAndBackwardIsAnErrorThatNamesTheOperation()
    {
        var layer = new Linear(2, 2, generator: new Generator(1));
        var optimizer = new SGD(layer.Parameters(), learningRate: 0.1);
        using var autograd = new Autograd();
        Tensor loss = layer.Forward(Tensor.Ones([1, 2])).Square().Sum();
        autograd.Backward(loss);
        optimizer.Step();
        Assert.That(() => autograd.Backward(loss), Throws.InvalidOperationException
            .With.Message.Contains("weight").And.Message.Contains("input of Linear").And.Message.Contains("optimizer.Step()"));
    }

    [Test]
    public void ASavedOutputCannotBeChanged()
    {
        Tensor x = Leaf(Vector(1, 2));
        using var autograd = new Autograd();
        foreach (Tensor saved in new[] { x.Exp(), x.Tanh(), x.Sigmoid(), x.Sqrt(), x.Softmax(0) })
            Assert.That(() => saved.Fill(0), Throws.InvalidOperationException.With.Message.Contains(saved.Producer!.Name));
    }

    [Test]
    public void RunningStatisticsMayMoveOnBeforeBackward()
    {
        var norm = new BatchNorm1d(2, dtype: DType.Float64);
        Tensor x = Random(7, 5, 2);
        using var autograd = new Autograd();
        Tensor evaluated = norm.Eval().Forward(x).Square().Sum();
        double[] before = autograd.Gradients(evaluated, [x])[0]!.ToArray();
        norm.Train().Forward(x);
        Assert.That(autograd.Gradients(evaluated, [x])[0]!.ToArray(), Is.EqualTo(before));
    }

    [Test]
    public void LogitsOfTenThousandStayFinite([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Tensor logits = Leaf(Tensor.From([1e4, -1e4, 0, -1e4, 1e4, 0], [2, 3], dtype)), labels = Tensor.Indices(0, 0);
        Assert.That(logits.Softmax(1).ToArray(), Is.EqualTo(new double[] { 1, 0, 0, 0, 1, 0 }));
        Assert.That(logits.LogSoftmax(1).ToArray(), Is.EqualTo(new double[] { 0, -2e4, -1e4, -2e4, 0, -1e4 }).Within(2e-7));
        using var autograd = new Autograd();
        Tensor loss = new CrossEntropyLoss().Forward(logits, labels);
        Assert.That(loss.Item(), Is.EqualTo(1e4), "(0 + 20000) / 2");
        autograd.Backward(loss);
        Assert.That(logits.Grad!.ToArray(), Is.EqualTo(new[] { 0, 0, 0, -0.5, 0.5, 0 }).Within(1e-7));
        Tensor probabilities = new CrossEntropyLoss().Forward(logits, labels.OneHot(3, dtype));
        Assert.That(probabilities.Item(), Is.EqualTo(1e4));
        Assert.That(autograd.Gradients(probabilities, [logits])[0]!.ToArray(), Is.EqualTo(new[] { 0, 0, 0, -0.5, 0.5, 0 }).Within(1e-7));
        Assert.That(autograd.Gradients(logits.LogSoftmax(1)[0, 1], [logits])[0]!.ToArray(), Is.EqualTo(new double[] { -1, 1, 0, 0, 0, 0 }).Within(2e-7));
    }

    [Test]
    public void BinaryCrossEntropyAtZeroAndOne()
    {
        Tensor p = Leaf(Vector(0, 1, 0, 1)), target = Vector(0, 1, 1, 0);
        using var autograd = new Autograd();
        Tensor losses = new BCELoss(reduction: Reduction.None).Forward(p, target);
        Assert.That(losses.ToArray(), Is.EqualTo(new double[] { 0, 0, 100, 100 }));
        double[] gradient = autograd.Gradients(losses.Sum(), [p])[0]!.ToArray();
        Assert.That(gradient, Is.All.Matches<double>(double.IsFinite));
        Assert.That(gradient[..2], Is.EqualTo(new double[] { 0, 0 }));
        Assert.That(gradient[2], Is.LessThan(-1e11));
        Assert.That(gradient[3], Is.GreaterThan(1e11));

        Tensor logits = Leaf(Vector(-1e4, 1e4, -1e4, 1e4));
        Tensor exact = new BCEWithLogitsLoss(reduction: Reduction.None).Forward(logits, target);
        Assert.That(exact.ToArray(), Is.EqualTo(new double[] { 0, 0, 1e4, 1e4 }));
        Assert.That(autograd.Gradients(exact.Sum(), [logits])[0]!.ToArray(), Is.EqualTo(new double[] { 0, 0, -1, 1 }));
    }

    [Test]
    public void WhereWithNaNInTheBranchNotTaken()
    {
        Tensor x = Leaf(Vector(1, 2)), other = Leaf(Vector(double.NaN, double.PositiveInfinity)), taken = Tensor.Mask(true, true);
        using var autograd = new Autograd();
        Tensor y = Tensor.Where(taken, x, other).Square();
        Assert.That(y.ToArray(), Is.EqualTo(new double[] { 1, 4 }));
        autograd.Backward(y.Sum());
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[] { 2, 4 }));
        Assert.That(other.Grad!.ToArray(), Is.EqualTo(new double[] { 0, 0 }), "not 0·NaN");
        Assert.That(autograd.Gradients(Tensor.Where(taken.Not(), other, x).Sum(), [other])[0]!.ToArray(), Is.EqualTo(new double[] { 0, 0 }));
    }

    [Test]
    public void RootAndSpreadAtZero()
    {
        // The root's slope at 0 is ∞, as the calculus book says; guarded where a guard is part of the definition.
        Assert.That(Gradient(x => x.Sqrt(), 0.0), Is.EqualTo(double.PositiveInfinity));
        Assert.That(Gradient(x => x.Std(), Leaf(Vector(3, 3, 3))), Is.EqualTo(new double[] { 0, 0, 0 }));
        Assert.That(Gradient(x => x.Pow(2), 0.0), Is.EqualTo(0));
        Assert.That(Gradient(x => x.Pow(0), 0.0), Is.EqualTo(0));
        Assert.That(Gradient(x => x.Abs(), 0.0), Is.EqualTo(0));
        // A norm is guarded as anywhere: the root is taken of 1 where the sum is 0.
        double[] norm = Gradient(x =>
        {
            Tensor squares = x.Square().Sum(), zero = squares.EqualTo(0);
            return Tensor.Where(zero, Tensor.ZerosLike(squares), Tensor.Where(zero, Tensor.OnesLike(squares), squares).Sqrt());
        }, Leaf(Vector(0, 0)));
        Assert.That(norm, Is.EqualTo(new double[] { 0, 0 }));
        var layer = new LayerNorm([3], dtype: DType.Float64);
        Assert.That(Gradient(x => layer.Forward(x).Square(), Leaf(Tensor.Ones([2, 3], DType.Float64))), Is.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void ZeroTimesInfinity()
    {
        Assert.That((Vector(0) * double.PositiveInfinity).Item(), Is.NaN, "IEEE's answer is not hidden");
        // Where the zero means "does not count", it does not count.
        Tensor impossible = Leaf(Tensor.From([double.NegativeInfinity, 0], [1, 2], DType.Float64));
        Assert.That(new CrossEntropyLoss().Forward(impossible, Tensor.From([0.0, 1], [1, 2], DType.Float64)).Item(), Is.EqualTo(0));
        Assert.That(new KLDivLoss(reduction: Reduction.Sum).Forward(Vector(-1, -2), Vector(0, 1)).Item(), Is.EqualTo(2));
        Assert.That(new NLLLoss().Forward(Tensor.From([double.NegativeInfinity, -1], [1, 2], DType.Float64), Tensor.Indices(1)).Item(), Is.EqualTo(1));
        Assert.That(Gradient(x => x.LogSumExp(), Leaf(Vector(double.NegativeInfinity, 0))), Is.EqualTo(new double[] { 0, 1 }));
        Assert.That(Gradient(x => x.Prod(), Leaf(Vector(0, 2, 3))), Is.EqualTo(new double[] { 6, 0, 0 }), "a product's rule that divides by x gives NaN");
    }

    [Test]
    public void SoftmaxUnderAnUpstreamThatIsNotOnes()
    {
        Tensor x = Random(8, 2, 3, 4);
        Assert.That(Gradient(v => v.Softmax(1), x), Is.All.EqualTo(0).Within(1e-15), "ones would accept a rule that returns zeros");
        foreach (int dim in new[] { 0, 1, 2, -1 })
        {
            GradientCheck.VerifyMany(at => at[0].Softmax(dim), [x], GradientCheckMode.Reverse);
            GradientCheck.VerifyMany(at => at[0].LogSoftmax(dim), [x], GradientCheckMode.Reverse);
        }
    }

    [Test]
    public void ProductsOfMatricesThatAreNotSquare([Values] bool transposeA, [Values] bool transposeB)
    {
        Tensor a = transposeA ? Random(9, 3, 2) : Random(9, 2, 3), b = transposeB ? Random(10, 4, 3) : Random(10, 3, 4);
        Func<IReadOnlyList<Tensor>, Tensor> product = at => at[0].MatMul(at[1], transposeA, transposeB);
        Assert.That(product([a, b]).Shape.ToString(), Is.EqualTo("(2, 4)"));
        GradientCheck.VerifyMany(product, [a, b], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(product, [a, b], GradientCheckMode.Second);
    }

    [Test]
    public void APermutationOfThreeIsInverted()
    {
        Tensor x = Random(11, 2, 3, 4);
        Assert.That(x.Permute(1, 2, 0).Shape.ToString(), Is.EqualTo("(3, 4, 2)"));
        Assert.That(x.Permute(1, 2, 0).Item(2, 3, 1), Is.EqualTo(x.Item(1, 2, 3)));
        GradientCheck.VerifyMany(at => at[0].Permute(1, 2, 0), [x], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => at[0].Permute(2, 0, 1), [x], GradientCheckMode.Reverse);
    }

    [Test]
    public void ExponentsThatTellARightPowerRuleFromAWrongOne()
    {
        Tensor x = Leaf(Vector(0.5, 1.5, 2.5));
        foreach (double exponent in new[] { 3, -1.5, 0.5, 1, 2, 0 })
        {
            GradientCheck.VerifyMany(at => at[0].Pow(exponent), [x], GradientCheckMode.Reverse);
            GradientCheck.VerifyMany(at => at[0].Pow(exponent), [x], GradientCheckMode.Second);
        }
        Assert.That(Gradient(v => v.Pow(3), -2.0), Is.EqualTo(12), "a negative base");
        GradientCheck.VerifyMany(at => at[0].Pow(at[1]), [x, Leaf(Vector(3, -1.5, 0.5))], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => Tensor.Pow(2.5, at[0]), [x], GradientCheckMode.Reverse);
    }

    [Test]
    public void AxisZeroIsNotNoAxis()
    {
        Tensor x = Random(12, 2, 3);
        foreach (Tensor folded in new[] { x.Sum(0), x.Mean(0), x.AMax(0), x.Prod(0), x.Var(0), x.Std(0), x.LogSumExp(0), x.Max(0).Values, x.ArgMax(0), x.Sum(new[] { 0 }) })
            Assert.That(folded.Shape.ToString(), Is.EqualTo("(3,)"));
        Assert.That(x.Softmax(0).Sum(0).ToArray(), Is.All.EqualTo(1).Within(1e-15));
        GradientCheck.VerifyMany(at => at[0].Sum(0), [x], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => at[0].Mean(0), [x], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => at[0].Var(0), [x], GradientCheckMode.Reverse);
    }

    sealed class Holding : Module
    {
        readonly List<Module> _list = [Layer(1)];
        readonly Module[] _array = [Layer(2), new MyTorch.Nn.Tanh()];
        readonly Dictionary<string, Module> _map = new() { ["in"] = Layer(3) };

        static Linear Layer(int seed) => new(2, 2, dtype: DType.Float64, generator: new Generator(seed));

        public Module Property { get; } = Layer(4);

        public Tensor Scale { get; } = Leaf(Tensor.Ones([2], DType.Float64));

        protected override Tensor ForwardCore(Tensor input)
        {
            foreach (Module module in _list.Concat(_array).Append(_map["in"]).Append(Property)) input = module.Forward(input);
            return input * Scale;
        }
    }

    [Test]
    public void LayersHeldInAListOrArrayTrain()
    {
        var model = new Holding();
        IReadOnlyList<Tensor> parameters = model.Parameters();
        Assert.That(parameters, Has.Count.EqualTo(9));
        double[][] before = [.. parameters.Select(parameter => parameter.ToArray())];
        var optimizer = new SGD(parameters, learningRate: 0.1);
        using var autograd = new Autograd();
        autograd.Backward(model.Forward(Random(13, 4, 2)).Square().Sum());
        optimizer.Step();
        for (int i = 0; i < before.Length; i++)
            Assert.That(parameters[i].ToArray(), Is.Not.EqualTo(before[i]), parameters[i].Name);
    }

    [Test]
    public void ALossThatNeverMovesIsNoticed()
    {
        // Every way to train nothing ends in an error, not in a loss that stands still.
        var model = new Linear(2, 1, generator: new Generator(1));
        Tensor x = Tensor.Ones([3, 2]), target = Tensor.Zeros([3, 1]);
        Assert.That(() => new SGD(new MyTorch.Nn.Tanh().Parameters(), 0.1), Throws.ArgumentException.With.Message.Contains("nothing to optimize"));
        Assert.That(() => new MSELoss().Forward(model.Forward(x), target).Backward(), Throws.InvalidOperationException.With.Message.Contains("no Autograd scope"));
        using var autograd = new Autograd();
        Tensor cut = new MSELoss().Forward(model.Forward(x).Detach(), target);
        Assert.That(() => autograd.Backward(cut), Throws.InvalidOperationException.With.Message.Contains("was not recorded"));
        Tensor labels = model.Forward(x).ArgMax(1).To(DType.Float32).Sum();
        Assert.That(() => autograd.Backward(labels), Throws.InvalidOperationException.With.Message.Contains("was not recorded"));

        var optimizer = new SGD(model.Parameters(), learningRate: 0.1);
        var losses = new List<double>();
        for (int step = 0; step < 5; step++)
        {
            Tensor loss = new MSELoss().Forward(model.Forward(x), target);
            autograd.Backward(loss);
            optimizer.Step();
            optimizer.ZeroGrad();
            losses.Add(loss.Item());
        }
        Assert.That(losses, Is.Ordered.Descending);
        Assert.That(losses[^1], Is.LessThan(0.5 * losses[0]));
    }

    [Test]
    public void AMatrixAndItsTransposeDoNotShareASlot()
    {
        Tensor w = Random(14, 3, 3), x = Random(15, 3, 3);
        GradientCheck.VerifyMany(at => at[0].MatMul(at[0].T), [w], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => at[1].MatMul(at[0]).Tanh().MatMul(at[0], transposeOther: true), [w, x], GradientCheckMode.Reverse);
    }

    [Test]
    public void LeavesThatShareMemoryKeepTheirOwnGradients()
    {
        Tensor a = Leaf(Vector(1, 2)), b = Leaf(a.Detach()), c = Leaf(a.Detach().Reshape([2, 1]));
        using var autograd = new Autograd();
        autograd.Backward((a * 2 + b * 3).Sum() + (c * 5).Sum());
        Assert.That(a.Grad!.ToArray(), Is.All.EqualTo(2));
        Assert.That(b.Grad!.ToArray(), Is.All.EqualTo(3));
        Assert.That(c.Grad!.ToArray(), Is.All.EqualTo(5));
    }

    [Test]
    public void GradientsThatARuleReturnsTwiceBelongToEachLeafAlone()
    {
        Tensor a = Leaf(Vector(1, 2)), b = Leaf(Vector(3, 4)), upstream = Vector(10, 20);
        using var autograd = new Autograd();
        Tensor sum = a + b;
        autograd.Backward(sum, upstream);
        a.Grad!.Fill(0);
        Assert.That(b.Grad!.ToArray(), Is.EqualTo(new double[] { 10, 20 }));
        Assert.That(upstream.ToArray(), Is.EqualTo(new double[] { 10, 20 }));
        Tensor?[] returned = autograd.Gradients(sum, [a, b], upstream);
        returned[0]!.Fill(0);
        Assert.That(returned[1]!.ToArray(), Is.EqualTo(new double[] { 10, 20 }));
        Assert.That(upstream.ToArray(), Is.EqualTo(new double[] { 10, 20 }));
    }

    [Test]
    public void TensorsAreToldApartByIdentityNotByAddress()
    {
        Tensor total = Leaf(0);
        Tensor[] leaves = [.. Enumerable.Range(0, 200).Select(i => Leaf(i))];
        using var autograd = new Autograd();
        Tensor sum = total;
        for (int i = 0; i < leaves.Length; i++)
        {
            sum += leaves[i] * (i + 1);
            // Arrays move and addresses are used again.
            if (i % 50 == 0) GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        }
        autograd.Backward(sum);
        Assert.That(leaves.Select(leaf => leaf.Grad!.Item()), Is.EqualTo(Enumerable.Range(1, 200)));
    }

    [Test]
    public void EqualValuesAreNotTheSameTensor()
    {
        Tensor a = Leaf(3), b = Leaf(3);
        using var autograd = new Autograd();
        autograd.Backward(a * a + b);
        Assert.That((a.Grad!.Item(), b.Grad!.Item()), Is.EqualTo((6.0, 1.0)));
    }

    [Test]
    public void WhatIsCopiedInsideAGraphStaysInIt()
    {
        // Slices, stacks, casts and reshapes copy values; the gradient history is kept.
        Tensor x = Random(16, 4, 3);
        GradientCheck.VerifyMany(at => Tensor.Stack([at[0][0], at[0][^1].Reshape([3])]), [x], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => Tensor.Concat([at[0][1..], at[0][..1]]).T.Flatten(), [x], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => at[0].IndexSelect(0, Tensor.Indices(2, 2, 0)).Expand([2, 3, 3]), [x], GradientCheckMode.Reverse);
    }

    [Test]
    public void ALossDoesNotScaleItsOwnGradient()
    {
        // At a loss far from 1 a gradient multiplied by the loss is far off.
        Tensor x = Leaf(Vector(10, -20)), target = Vector(1, 2);
        Assert.That(Gradient(v => new MSELoss().Forward(v, target), x), Is.EqualTo(new double[] { 9, -22 }));
        Assert.That(Gradient(v => new L1Loss(Reduction.Sum).Forward(v, target), x), Is.EqualTo(new double[] { 1, -1 }));
        Assert.That(Gradient(v => new HuberLoss(reduction: Reduction.Sum).Forward(v, target), x), Is.EqualTo(new double[] { 1, -1 }));
        Tensor logits = Random(17, 4, 3);
        GradientCheck.VerifyMany(at => 50 * new CrossEntropyLoss().Forward(at[0], Tensor.Indices(0, 2, 1, 1)), [logits], GradientCheckMode.Reverse);
        GradientCheck.VerifyMany(at => 50 * new NLLLoss().Forward(at[0] - 10, Tensor.Indices(0, 2, 1, 1)), [logits], GradientCheckMode.Reverse);
    }

    [Test]
    public void LabelsAndPredictionsSwappedAreToldApartWhereTheyCanBe()
    {
        Tensor logits = Tensor.From([2.0, -1, 0.5, -3], [2, 2], DType.Float64), labels = Tensor.Indices(0, 1), hot = labels.OneHot(2, DType.Float64);
        Assert.That(() => new CrossEntropyLoss().Forward(labels, logits), Throws.Exception.With.Message.Contains("CrossEntropyLoss"));
        Assert.That(() => new NLLLoss().Forward(labels, logits), Throws.InvalidOperationException.With.Message.Contains("swapped"));
        Assert.That(() => new CrossEntropyLoss().Forward(hot, logits), Throws.ArgumentException.With.Message.Contains("CrossEntropyLoss").And.Message.Contains("target 2 at element 0").And.Message.Contains("swapped"));
        Assert.That(() => new BCEWithLogitsLoss().Forward(hot, logits), Throws.ArgumentException.With.Message.Contains("BCEWithLogitsLoss").And.Message.Contains("swapped"));
        Assert.That(() => new BCELoss().Forward(logits, hot), Throws.ArgumentException.With.Message.Contains("BCELoss").And.Message.Contains("swapped"));
        Assert.That(() => new BCELoss().Forward(hot, logits), Throws.ArgumentException.With.Message.Contains("BCELoss").And.Message.Contains("swapped"));
        Assert.That(() => new KLDivLoss().Forward(hot, logits), Throws.ArgumentException.With.Message.Contains("KLDivLoss").And.Message.Contains("swapped"));
    }

    [Test]
    public void RunningEstimatesComeFromTheInputNotFromTheNormalisedValues()
    {
        var norm = new BatchNorm1d(1, momentum: 0.5, dtype: DType.Float64);
        norm.Forward(Tensor.From([10.0, 14], [2, 1], DType.Float64));
        Assert.That(norm.RunningMean.Item(), Is.EqualTo(0.5 * 12));
        Assert.That(norm.RunningVar.Item(), Is.EqualTo(0.5 * 1 + 0.5 * 8));
    }

    [Test]
    public void TheBatchIsNormalisedWithThePopulationVarianceAndTheEstimateIsUnbiased()
    {
        var norm = new BatchNorm1d(1, epsilon: 1e-12, momentum: 1, dtype: DType.Float64);
        Tensor y = norm.Forward(Tensor.From([1.0, 2, 6], [3, 1], DType.Float64));
        Assert.That(y.Square().Mean().Item(), Is.EqualTo(1).Within(1e-9), "population variance 14/3");
        Assert.That(norm.RunningVar.Item(), Is.EqualTo(7).Within(1e-12), "unbiased variance 14/2");
    }

    [Test]
    public void EvaluationDoesNotUpdateEstimates()
    {
        var norm = new BatchNorm1d(2, dtype: DType.Float64);
        norm.Forward(Random(18, 5, 2));
        double[] mean = norm.RunningMean.ToArray(), variance = norm.RunningVar.ToArray();
        norm.Eval();
        Tensor first = norm.Forward(Random(19, 5, 2)), one = norm.Forward(Random(19, 5, 2)[..1]);
        Assert.That(norm.RunningMean.ToArray(), Is.EqualTo(mean));
        Assert.That(norm.RunningVar.ToArray(), Is.EqualTo(variance));
        Assert.That(one.ToArray(), Is.EqualTo(first[..1].ToArray()), "in evaluation a row does not see its batch");
        norm.Train().Forward(Random(20, 5, 2));
        Assert.That(norm.RunningMean.ToArray(), Is.Not.EqualTo(mean));
    }

    [TestCase(new[] { 0 }, 2), TestCase(new[] { 5, 3, 0 }, 2), TestCase(new[] { 2, 0, 3 }, 2), TestCase(new[] { 4 }, 0)]
    public void ALinearMapOfNoFeaturesIsItsBias(int[] shape, int outputs)
    {
        Tensor x = Leaf(Tensor.Ones(shape, DType.Float64)), w = Leaf(Tensor.Ones([outputs, shape[^1]], DType.Float64)), b = Leaf(Tensor.Full([outputs], 3, DType.Float64));
        using var autograd = new Autograd();
        Tensor y = x.Linear(w, b);
        Assert.That(y.Shape.ToArray(), Is.EqualTo([.. shape[..^1], outputs]));
        Assert.That(y.ToArray(), Is.All.EqualTo(3 + shape[^1]));
        Tensor?[] gradients = autograd.Gradients(y.Sum(), [x, w, b], createGraph: true);
        Assert.Multiple(() =>
        {
            Assert.That(gradients[0]!.Shape, Is.EqualTo(x.Shape));
            Assert.That(gradients[1]!.Shape, Is.EqualTo(w.Shape));
            Assert.That(gradients[2]!.ToArray(), Is.All.EqualTo(shape[..^1].Aggregate(1, (p, q) => p * q)));
        });
    }
}
