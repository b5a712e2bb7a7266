using System.Runtime.CompilerServices;

namespace MyTorch.Tests;

/// <summary>The tape and its sweep: what is recorded, where, for how long, and what Backward makes of it.</summary>
public class AutogradTests
{
    static Tensor Leaf(double value) => Leaf(Tensor.From(value, DType.Float64));

    static Tensor Leaf(double[] values) => Leaf(Tensor.From(values, DType.Float64));

    static Tensor Leaf(Tensor values)
    {
        values.RequiresGrad = true;
        return values;
    }

    /// <summary>Runs on a separate thread, so that scopes left open on purpose stay there; what it throws is thrown here.</summary>
    static void OnAnotherThread(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            try { action(); }
            catch (Exception e) { thrown = e; }
        });
        thread.Start();
        thread.Join();
        if (thrown is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(thrown);
    }

    [Test]
    public void TheLecturesExamplePrintsItsTapeAndGradients()
    {
        Tensor x1 = 2, x2 = 5;
        x1.RequiresGrad = x2.RequiresGrad = true;
        using var autograd = new Autograd();
        var (v3, v4, v5) = (x1.Log(), x1 * x2, x2.Sin());
        var y = v3 + v4 - v5;
        Assert.That(autograd.Operations.Select(operation => operation.ToString()), Is.EqualTo(new[]
        {
            "v3 = Log(v1) = 0.6931472",
            "v4 = Multiply(v1, v2) = 10",
            "v5 = Sin(v2) = -0.9589243",
            "v6 = Add(v3, v4) = 10.693148",
            "v7 = Subtract(v6, v5) = 11.652072",
        }));
        autograd.Backward(y);
        Assert.That($"{x1.Grad} {x2.Grad}", Is.EqualTo("5.5 1.7163378"));
    }

    [Test]
    public void TheLecturesExampleInDoublePrecision()
    {
        Tensor x1 = Leaf(2), x2 = Leaf(5);
        using var autograd = new Autograd();
        autograd.Backward(x1.Log() + x1 * x2 - x2.Sin());
        Assert.That(x1.Grad!.Item(), Is.EqualTo(5.5).Within(1e-15));
        Assert.That(x2.Grad!.Item(), Is.EqualTo(2 - Math.Cos(5)).Within(1e-15));
    }

    [Test]
    public void ATapeOfMatricesPrintsShapes()
    {
        Tensor x = Tensor.Ones([4, 3]), w = Leaf(Tensor.Ones([2, 3]));
        w.Name = "w";
        using var autograd = new Autograd();
        _ = x.Linear(w).Square().Sum() * 2;
        Assert.That(autograd.Operations.Select(operation => operation.ToString()), Is.EqualTo(new[]
        {
            "v2 = Linear(Float32 (4, 3), w) : (4, 2) Float32",
            "v3 = Square(v2) : (4, 2) Float32",
            "v4 = Sum(v3) = 72",
            "v5 = Multiply(v4, 2) = 144",
        }));
    }

    [Test]
    public void AnOperationStillPrintsAfterTheEnd()
    {
        Tensor x = Leaf(3);
        Operation operation;
        using (var autograd = new Autograd())
        {
            _ = x * x;
            operation = autograd.Operations[0];
        }
        Assert.That(operation.ToString(), Is.EqualTo("9 = Multiply(3, 3) = 9"));
    }

    [Test]
    public void OnlyOperationsThatInvolveAGradientAreRecorded()
    {
        Tensor x = Leaf(2), constant = Tensor.From(3, DType.Float64);
        using var autograd = new Autograd();
        Tensor plain = constant * constant;
        Assert.That(autograd.Operations, Is.Empty);
        Tensor y = plain * x;
        _ = y > 1;
        _ = y.ArgMax();
        _ = y.Sign();
        Assert.That(autograd.Operations.Select(operation => operation.Name), Is.EqualTo(new[] { "Multiply" }));
        Assert.That((plain.RequiresGrad, y.RequiresGrad, y.IsLeaf), Is.EqualTo((false, true, false)));
        Assert.That(y.Producer, Is.SameAs(autograd.Operations[0]));
    }

    [Test]
    public void OutsideAnyScopeNothingIsRecorded()
    {
        Tensor x = Leaf(2), y = x * x;
        Assert.That((y.RequiresGrad, y.Producer), Is.EqualTo((false, (Operation?)null)));
        Assert.That(Autograd.Current, Is.Null);
        Assert.That(Autograd.IsRecording, Is.False);
    }

    [Test]
    public void ATapeCanBeReadByIndex()
    {
        Tensor x = Leaf(2);
        using var autograd = new Autograd();
        _ = x.Exp().Log();
        IReadOnlyList<Operation> operations = autograd.Operations;
        Assert.That((operations.Count, operations[1].Name), Is.EqualTo((2, "Log")));
        Assert.That(operations[1].Inputs[0], Is.SameAs(operations[0].Output));
        Assert.That(() => operations[2], Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("2 operations"));
        Assert.That(() => operations[-1], Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void PauseStopsRecordingAndNests()
    {
        Tensor x = Leaf(2);
        using var autograd = new Autograd();
        using (Autograd.Pause())
        {
            Assert.That(Autograd.IsRecording, Is.False);
            using (Autograd.Pause()) _ = x * x;
            Assert.That((x * x).RequiresGrad, Is.False, "the outer pause still holds");
        }
        Assert.That(Autograd.IsRecording, Is.True);
        Assert.That(autograd.Operations, Is.Empty);
        PauseScope twice = Autograd.Pause();
        twice.Dispose();
        twice.Dispose();
        Tensor y = x * x;
        autograd.Backward(y);
        Assert.That(x.Grad!.Item(), Is.EqualTo(4));
    }

    [Test]
    public void RecordingGoesOnAfterAnOperationThatFailed()
    {
        Tensor x = Leaf([1, 2, 3]);
        using var autograd = new Autograd();
        Assert.That(() => x + Leaf([1, 2]), Throws.ArgumentException);
        Assert.That(autograd.Operations, Is.Empty);
        autograd.Backward(x.Sum());
        Assert.That(x.Grad!.ToArray(), Is.All.EqualTo(1));
    }

    [Test]
    public void SourceLinesAreKeptOnlyIfAsked()
    {
        Tensor x = Leaf(2);
        using (var autograd = new Autograd(recordSources: true))
        {
            _ = x.Exp(); int here = Line();
            string source = autograd.Operations[0].Source!;
            Assert.That(source, Does.EndWith($"AutogradTests.cs:{here}"));
        }
        using (var autograd = new Autograd())
        {
            _ = x.Exp();
            Assert.That(autograd.Operations[0].Source, Is.Null);
        }

        static int Line([CallerLineNumber] int line = 0) => line;
    }

    [Test]
    public void GradientsAccumulateOverScopesUntilTheyAreZeroed()
    {
        Tensor x = Leaf(3);
        for (int i = 1; i <= 3; i++)
        {
            using var autograd = new Autograd();
            autograd.Backward(x * x);
            Assert.That(x.Grad!.Item(), Is.EqualTo(6 * i));
        }
        x.ZeroGrad();
        Assert.That(x.Grad, Is.Null);
        using (var autograd = new Autograd()) autograd.Backward(x * x);
        Assert.That(x.Grad!.Item(), Is.EqualTo(6));
    }

    [Test]
    public void BackwardTwiceAddsTwice()
    {
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor y = x * x * x;
        autograd.Backward(y);
        autograd.Backward(y);
        Assert.That(x.Grad!.Item(), Is.EqualTo(54));
    }

    [Test]
    public void BackwardAddsToAnAssignedGradientWithoutChangingIt()
    {
        Tensor x = Leaf(3), mine = Tensor.From(100, DType.Float64);
        x.Grad = mine;
        using var autograd = new Autograd();
        autograd.Backward(x * x);
        Assert.That((x.Grad!.Item(), mine.Item()), Is.EqualTo((106.0, 100.0)));
        Assert.That(() => x.Grad = Tensor.Zeros([2], DType.Float64), Throws.ArgumentException.With.Message.Contains("(2,)").And.Message.Contains("()"));
        Assert.That(() => x.Grad = Tensor.From(1, DType.Float32), Throws.ArgumentException.With.Message.Contains("Float32").And.Message.Contains("Float64"));
    }

    [Test]
    public void ACloneOfAGradientOutlivesTheNextBackward()
    {
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor y = x * x;
        autograd.Backward(y);
        Tensor kept = x.Grad!.Clone();
        x.ZeroGrad();
        autograd.Backward(y * 2);
        Assert.That((kept.Item(), x.Grad!.Item()), Is.EqualTo((6.0, 12.0)));
    }

    [Test]
    public void LossBackwardIsTheSameCall()
    {
        Tensor x = Leaf([1, 2]);
        using var outer = new Autograd();
        Tensor y = x.Square();
        using var inner = new Autograd();
        Tensor z = y.Sum();
        z.Backward();
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[] { 2, 4 }), "the outermost scope has the whole gradient history");
    }

    [Test]
    public void AScopePrintsItsTape()
    {
        Tensor x = Leaf(2);
        var autograd = new Autograd();
        Tensor y = x.Square();
        for (int i = 0; i < 200; i++) y += 1;
        string[] lines = autograd.ToString().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(101));
        Assert.That(lines[0], Is.EqualTo("v2 = Square(v1) = 4"));
        Assert.That(lines[50], Is.EqualTo("… 101 more operations …"));
        Assert.That(lines[^1], Does.EndWith("= 204"));
        autograd.Dispose();
        Assert.That(autograd.ToString(), Does.Contain("ended"));
    }

    [Test]
    public void AnInnerScopeSaysThatTheGradientHistoryStartsOutsideIt()
    {
        Tensor x = Leaf([1, 2]);
        using var outer = new Autograd();
        Tensor y = x.Square();
        y.Name = "y";
        using var inner = new Autograd();
        Tensor z = y.Sum();
        var error = Assert.Throws<InvalidOperationException>(() => inner.Backward(z))!;
        Assert.That(error.Message, Does.Contain("y (2,)").And.Contain("scope around").And.Contain("Gradients"));
        y.RetainGrad();
        inner.Backward(z);
        Assert.That(y.Grad!.ToArray(), Is.EqualTo(new double[] { 1, 1 }));
    }

    [Test]
    public void AScopeForgottenInAPauseEndsWithTheScopeAroundIt()
    {
        Tensor x = Leaf(3);
        using (var outer = new Autograd())
        {
            using (Autograd.Pause()) _ = new Autograd();
        }
        Assert.That(Autograd.Current, Is.Null);
        using var next = new Autograd();
        next.Backward(x.Square());
        Assert.That(x.Grad!.Item(), Is.EqualTo(6));
    }

    [Test]
    public void RecordingOnAStaleScopeWhileItEndsElsewhereDisturbsNothing() => WhileAnotherThreadEndsScopes(capacity: 1, hand =>
    {
        Tensor x = Leaf(2);
        for (int round = 0; round < 5_000; round++)
        {
            hand(new Autograd());
            for (int i = 0; i < 10; i++) _ = x * x;
        }
    });

    [Test]
    public void AGivenGradientWeighsTheOutputs()
    {
        Tensor x = Leaf([1, 2, 3]);
        using var autograd = new Autograd();
        Tensor upstream = Tensor.From([1, 10, 100], DType.Float64);
        autograd.Backward(x.Square(), upstream);
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[] { 2, 40, 600 }));
        Assert.That(upstream.ToArray(), Is.EqualTo(new double[] { 1, 10, 100 }));
    }

    [Test]
    public void GradientsReturnsAndTouchesNoGrad()
    {
        Tensor x = Leaf(2), y = Leaf(5), unused = Leaf(1);
        using var autograd = new Autograd();
        Tensor inner = x * y, z = inner.Square();
        Tensor?[] gradients = autograd.Gradients(z, [y, unused, inner, x, z, y]);
        Assert.That(gradients.Select(g => g?.Item()), Is.EqualTo(new double?[] { 40, null, 20, 100, 1, 40 }));
        Assert.That(new[] { x.Grad, y.Grad, unused.Grad, inner.Grad, z.Grad }, Is.All.Null);
        Assert.That(autograd.Operations, Has.Count.EqualTo(2), "without createGraph the sweep records nothing");
        Assert.That(gradients.Any(g => g is { RequiresGrad: true }), Is.False);
    }

    [Test]
    public void RetainGradStoresAnInnerGradient()
    {
        Tensor x = Leaf(2);
        using var autograd = new Autograd();
        Tensor asked = x * 3, silent = asked + 1, y = silent * silent;
        asked.RetainGrad();
        autograd.Backward(y);
        Assert.That((asked.Grad!.Item(), silent.Grad, x.Grad!.Item()), Is.EqualTo((14.0, (Tensor?)null, 42.0)));
        autograd.Backward(y);
        Assert.That(asked.Grad!.Item(), Is.EqualTo(28));
    }

    [Test]
    public void OperationsThatDoNotLeadToTheOutputAreLeftOut()
    {
        Tensor x = Leaf(2);
        using var autograd = new Autograd();
        Tensor y = x * x;
        _ = x.Exp();
        autograd.Backward(y);
        Assert.That(x.Grad!.Item(), Is.EqualTo(4));
    }

    [Test]
    public void CreateGraphRecordsTheSweepForHigherDerivatives()
    {
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor y = x.Pow(4);
        Tensor first = autograd.Gradients(y, [x], createGraph: true)[0]!;
        Tensor second = autograd.Gradients(first, [x], createGraph: true)[0]!;
        Tensor third = autograd.Gradients(second, [x])[0]!;
        Assert.That(first.Item(), Is.EqualTo(108).Within(1e-12));
        Assert.That(second.Item(), Is.EqualTo(108).Within(1e-12));
        Assert.That(third.Item(), Is.EqualTo(72).Within(1e-12));
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void BackwardWithCreateGraphLeavesAGradThatCanBeDifferentiated()
    {
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor y = x * x * x;
        autograd.Backward(y, createGraph: true);
        Assert.That(x.Grad!.RequiresGrad, Is.True);
        Tensor second = autograd.Gradients(x.Grad, [x])[0]!;
        Assert.That(second.Item(), Is.EqualTo(18));
        autograd.Backward(y, createGraph: true);
        Assert.That(x.Grad!.Item(), Is.EqualTo(54));
        Assert.That(autograd.Gradients(x.Grad, [x])[0]!.Item(), Is.EqualTo(36));
        autograd.Backward(y);
        Assert.That((x.Grad!.Item(), x.Grad.RequiresGrad), Is.EqualTo((81.0, false)));
    }

    [Test]
    public void AGradientCanBePartOfALoss()
    {
        // Gradient penalty: L = y + (dy/dx)², y = a·x²; dL/da = x² + 8ax², dL/dx = 2ax + 8a²x.
        Tensor x = Leaf(3), a = Leaf(2);
        using var autograd = new Autograd();
        Tensor y = a * x * x;
        Tensor slope = autograd.Gradients(y, [x], createGraph: true)[0]!;
        autograd.Backward(y + slope.Square());
        Assert.That(a.Grad!.Item(), Is.EqualTo(9 + 8 * 2 * 9));
        Assert.That(x.Grad!.Item(), Is.EqualTo(12 + 8 * 4 * 3));
    }

    sealed class Cube(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => X * X * X;

        public override Tensor?[] Backward(Tensor gradient) => [gradient * 3 * X * X];
    }

    sealed class Returning(Tensor a, Tensor b, Func<Tensor, Tensor?[]> rule) : Operation(a, b)
    {
        public override string Name => "MyRule";

        protected override Tensor Forward() => Inputs[0] + Inputs[1];

        public override Tensor?[] Backward(Tensor gradient) => rule(gradient);
    }

    [Test]
    public void AUsersOwnOperationIsRecordedAsOneAndDifferentiatesTwice()
    {
        Tensor x = Leaf(2);
        using var autograd = new Autograd();
        Tensor y = new Cube(x).Apply();
        Assert.That(autograd.Operations.Select(operation => operation.ToString()), Is.EqualTo(new[] { "v2 = Cube(v1) = 8" }));
        Tensor first = autograd.Gradients(y, [x], createGraph: true)[0]!;
        Assert.That(first.Item(), Is.EqualTo(12));
        Assert.That(autograd.Gradients(first, [x])[0]!.Item(), Is.EqualTo(12));
    }

    [Test]
    public void AnOperationHasNoOutputBeforeItIsApplied() =>
        Assert.That(() => new Cube(1).Output, Throws.InvalidOperationException.With.Message.Contains("Cube").And.Message.Contains("Apply()"));

    [Test]
    public void ARuleThatReturnsTheWrongNumberOfGradientsIsNamed()
    {
        Tensor a = Leaf([1, 2]), b = Leaf([3, 4]);
        using var autograd = new Autograd();
        Tensor tooFew = new Returning(a, b, g => [g]).Apply(), none = new Returning(a, b, _ => null!).Apply();
        Assert.That(() => autograd.Backward(tooFew.Sum()), Throws.InvalidOperationException.With.Message.Contains("MyRule.Backward returned 1 gradients for 2 inputs"));
        Assert.That(() => autograd.Backward(none.Sum()), Throws.InvalidOperationException.With.Message.Contains("MyRule.Backward returned null"));
        Assert.That(a.Grad, Is.Null, "a Backward that fails leaves no half of the gradients");
    }

    [Test]
    public void ARuleThatReturnsTheWrongShapeOrTypeIsNamed()
    {
        Tensor a = Leaf([1, 2]), b = Leaf([3, 4]);
        using var autograd = new Autograd();
        Tensor shape = new Returning(a, b, g => [g, Tensor.Ones([3], DType.Float64)]).Apply(), type = new Returning(a, b, g => [g, g.To(DType.Float32)]).Apply();
        Assert.That(() => autograd.Backward(shape.Sum()), Throws.InvalidOperationException.With.Message.Contains("MyRule.Backward").And.Message.Contains("(3,)").And.Message.Contains("input 1").And.Message.Contains("(2,)"));
        Assert.That(() => autograd.Backward(type.Sum()), Throws.InvalidOperationException.With.Message.Contains("MyRule.Backward").And.Message.Contains("Float32").And.Message.Contains("Float64"));
        Assert.That((a.Grad, b.Grad), Is.EqualTo(((Tensor?)null, (Tensor?)null)));
    }

    [Test]
    public void ADerivativeReturnedForAGradientIsToldFromIt()
    {
        Tensor a = Leaf([1, 2, 3, 4, 5, 6]), b = Leaf([3, 4, 5]);
        using var autograd = new Autograd();
        Tensor matrix = a.Reshape([2, 3]);
        Tensor derivative = new Returning(matrix, b, g => [g.T, null]).Apply(), other = new Returning(matrix, b, g => [g.Reshape([6]), null]).Apply();
        Assert.That(() => autograd.Backward(derivative.Sum()), Throws.InvalidOperationException.With.Message.Contains("gradient is its transpose").And.Message.Contains(".T"));
        Assert.That(() => autograd.Backward(other.Sum()), Throws.InvalidOperationException.With.Message.Not.Contains("transpose"));
    }

    [Test]
    public void ARuleMayReturnNullAndABroadcastGradient()
    {
        Tensor a = Leaf([1, 2]), b = Leaf(5);
        using var autograd = new Autograd();
        autograd.Backward(new Returning(a, b, g => [null, g]).Apply().Sum());
        Assert.That((a.Grad, b.Grad!.Item()), Is.EqualTo(((Tensor?)null, 2.0)));
    }

    [Test]
    public void AnOperationIsRecordedOnEveryOpenScope()
    {
        Tensor x = Leaf(2);
        using var outer = new Autograd();
        Tensor a = x.Exp();
        using (var inner = new Autograd())
        {
            _ = a.Log();
            Assert.That(inner.Operations.Select(operation => operation.Name), Is.EqualTo(new[] { "Log" }));
            Assert.That(outer.Operations.Select(operation => operation.Name), Is.EqualTo(new[] { "Exp", "Log" }));
            Assert.That(Autograd.Current, Is.SameAs(inner));
        }
        Assert.That(Autograd.Current, Is.SameAs(outer));
        _ = a.Sin();
        Assert.That(outer.Operations.Select(operation => operation.Name), Is.EqualTo(new[] { "Exp", "Log", "Sin" }));
    }

    static Tensor Derivative(Func<Tensor, Tensor> function, Tensor x)
    {
        using var autograd = new Autograd();
        return autograd.Gradients(function(x), [x], createGraph: true)[0]!;
    }

    [Test]
    public void AFunctionThatTakesAGradientInsideCanItselfBeDifferentiated()
    {
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor slope = Derivative(v => v * v * v, x);
        Assert.That(slope.Item(), Is.EqualTo(27));
        Assert.That(autograd.Gradients(slope, [x])[0]!.Item(), Is.EqualTo(18));
    }

    [Test]
    public void ThreeScopesDeepGiveTheThirdDerivative()
    {
        Tensor x = Leaf(2);
        Tensor third = Derivative(a => Derivative(b => Derivative(c => c.Pow(5), b), a), x);
        Assert.That(third.Item(), Is.EqualTo(60 * 4).Within(1e-10));
        Assert.That(third.RequiresGrad, Is.False, "the outermost scope has ended");
    }

    [Test]
    public void AnInnerResultOfTheOuterScopeIsALeafOfTheInnerOne()
    {
        Tensor x = Leaf(2);
        using var outer = new Autograd();
        Tensor a = x * x;
        using var inner = new Autograd();
        Tensor b = a * a;
        Assert.That(inner.Gradients(b, [a])[0]!.Item(), Is.EqualTo(8));
        Assert.That(outer.Gradients(b, [x])[0]!.Item(), Is.EqualTo(32));
        Assert.That(() => inner.Backward(a), Throws.InvalidOperationException.With.Message.Contains("scope around this one"));
    }

    [Test]
    public void EndingAnOuterScopeEndsTheInnerOnes()
    {
        Tensor x = Leaf(2);
        var outer = new Autograd();
        var forgotten = new Autograd();
        Tensor y = x * x;
        outer.Dispose();
        Assert.That(Autograd.Current, Is.Null);
        Assert.That(y.RequiresGrad, Is.False);
        Assert.That(() => forgotten.Backward(y), Throws.InvalidOperationException.With.Message.Contains("ended"));
        Assert.That((x * x).RequiresGrad, Is.False);
    }

    [Test]
    public void ResultsBecomePlainValuesAtTheEnd()
    {
        Tensor x = Leaf(2), y;
        using (var autograd = new Autograd())
        {
            y = x * x;
            Assert.That((y.RequiresGrad, y.IsLeaf), Is.EqualTo((true, false)));
        }
        Assert.That((y.Item(), y.RequiresGrad, y.IsLeaf, y.Producer), Is.EqualTo((4.0, false, true, (Operation?)null)));
        y.Fill(7);
        using (var autograd = new Autograd())
        {
            autograd.Backward(x * y);
            Assert.That((x.Grad!.Item(), y.Grad), Is.EqualTo((7.0, (Tensor?)null)));
        }
    }

    [Test]
    public void BackwardAndOperationsAfterTheEndAreErrors()
    {
        Tensor x = Leaf(2);
        var autograd = new Autograd();
        Tensor y = x * x;
        IReadOnlyList<Operation> operations = autograd.Operations;
        autograd.Dispose();
        autograd.Dispose();
        Assert.That(() => autograd.Backward(y), Throws.InvalidOperationException.With.Message.Contains("Backward").And.Message.Contains("ended").And.Message.Contains("using block"));
        Assert.That(() => autograd.Gradients(y, [x]), Throws.InvalidOperationException.With.Message.Contains("Gradients").And.Message.Contains("ended"));
        Assert.That(() => autograd.Operations, Throws.InstanceOf<ObjectDisposedException>().With.Message.Contains("ended"));
        Assert.That(operations, Is.Empty, "a list taken before the end holds nothing any more");
        Assert.That(() => y.Backward(), Throws.InvalidOperationException.With.Message.Contains("using var autograd = new Autograd()"));
    }

    [Test]
    public void DisposingTwiceDoesNotEndALaterScope()
    {
        Tensor x = Leaf(2);
        var first = new Autograd();
        first.Dispose();
        using var second = new Autograd();
        Tensor y = x * x;
        first.Dispose();
        Assert.That(Autograd.Current, Is.SameAs(second));
        second.Backward(y);
        Assert.That(x.Grad!.Item(), Is.EqualTo(4));
    }

    [Test]
    public void ForgettingUsingIsNoticed()
    {
        OnAnotherThread(() =>
        {
            var scopes = new List<Autograd>();
            for (int i = 0; i < 64; i++) scopes.Add(new Autograd());
            Assert.That(() => new Autograd(), Throws.InvalidOperationException.With.Message.Contains("64").And.Message.Contains("using"));
            scopes[0].Dispose();
            using var again = new Autograd();
            Tensor x = Leaf(2);
            again.Backward(x * x);
            Assert.That(x.Grad!.Item(), Is.EqualTo(4));
        });
    }

    [Test]
    public void AScopeRecordsItsOwnThreadOnly()
    {
        Tensor x = Leaf(2);
        using var autograd = new Autograd();
        OnAnotherThread(() =>
        {
            Assert.That(Autograd.Current, Is.Null);
            Assert.That((x * x).RequiresGrad, Is.False);
        });
        Assert.That(autograd.Operations, Is.Empty);
    }

    /// <summary>A scope that another thread ended leaves plain values at once, before its own thread cleans up.</summary>
    [Test]
    public void ResultsArePlainValuesOnceAnotherThreadHasEndedTheirScope()
    {
        Tensor x = Tensor.From(3, DType.Float64);
        x.RequiresGrad = true;
        var autograd = new Autograd(recordSources: true);
        Tensor y = x * 2, z = y + 1;
        OnAnotherThread(() =>
        {
            autograd.Dispose();
            Assert.That((y.RequiresGrad, y.IsLeaf, y.Producer), Is.EqualTo((false, true, (Operation?)null)));
            Assert.That((y + z).Item(), Is.EqualTo(13), "no scope: a plain value");
            using var own = new Autograd();
            Assert.That((y * x).RequiresGrad, Is.True, "a constant times a leaf");
            y.RequiresGrad = true;
            Tensor loss = y * y;
            loss.Backward();
            Assert.That(y.Grad!.Item(), Is.EqualTo(12));
        });
        Assert.That(Autograd.Current, Is.Null);
        using var next = new Autograd();
        Tensor again = y * 5;
        Assert.That((y.RequiresGrad, y.IsLeaf, again.RequiresGrad), Is.EqualTo((true, true, true)), "cleaning up takes nothing back");
        next.Backward(again);
        Assert.That(y.Grad!.Item(), Is.EqualTo(17));
        Assert.That(z.RequiresGrad, Is.False);
    }

    [Test]
    public void UsingAScopeOnAnotherThreadIsAnError()
    {
        Tensor x = Leaf(2);
        using var autograd = new Autograd();
        Tensor y = x * x;
        int here = Environment.CurrentManagedThreadId;
        OnAnotherThread(() =>
        {
            Assert.That(() => autograd.Backward(y), Throws.InvalidOperationException
                .With.Message.Contains($"thread {here}").And.Message.Contains($"thread {Environment.CurrentManagedThreadId}").And.Message.Contains("await"));
            Assert.That(() => autograd.Gradients(y, [x]), Throws.InvalidOperationException.With.Message.Contains("Gradients"));
            Assert.That(() => y.Backward(), Throws.InvalidOperationException.With.Message.Contains("no Autograd scope is open on this thread"));
        });
        autograd.Backward(y);
        Assert.That(x.Grad!.Item(), Is.EqualTo(4));
    }

    [Test]
    public void ATensorOnAnotherThreadsLiveTapeIsAnError()
    {
        Tensor x = Leaf(2), y;
        int here = Environment.CurrentManagedThreadId;
        using (var autograd = new Autograd())
        {
            y = x * x;
            y.Name = "activations";
            OnAnotherThread(() =>
            {
                using var own = new Autograd();
                Assert.That(() => y.Exp(), Throws.InvalidOperationException
                    .With.Message.Contains("Exp").And.Message.Contains("activations").And.Message.Contains($"thread {here}").And.Message.Contains(".Detach()"));
                Assert.That(y.Detach().Exp().Item(), Is.EqualTo(Math.Exp(4)).Within(1e-12));
                Assert.That((x * x).Item(), Is.EqualTo(4), "a leaf may be used by every thread");
            });
        }
        OnAnotherThread(() =>
        {
            using var own = new Autograd();
            Assert.That(y.Exp().RequiresGrad, Is.False, "after the end it is a plain value everywhere");
        });
    }

    [Test]
    public void DisposeEndsTheTapeFromAnotherThread()
    {
        Tensor x = Leaf(2);
        var autograd = new Autograd();
        Tensor y = x * x;
        OnAnotherThread(autograd.Dispose);
        Assert.That((y.RequiresGrad, Autograd.Current), Is.EqualTo((false, (Autograd?)null)));
        Assert.That(() => autograd.Backward(y), Throws.InvalidOperationException.With.Message.Contains("ended"));
        Assert.That((x * x).RequiresGrad, Is.False);
        using var next = new Autograd();
        next.Backward(x * x);
        Assert.That(x.Grad!.Item(), Is.EqualTo(4));
    }

    [Test]
    public void AScopeOpenedMeanwhileSurvivesTheEndOfAStaleOneFromElsewhere()
    {
        // As after an await: this thread took up other work inside the stale scope, which another thread then ends.
        Tensor x = Leaf(2);
        var stale = new Autograd();
        _ = x.Exp();
        using (var mine = new Autograd())
        {
            Tensor y = x * x;
            OnAnotherThread(stale.Dispose);
            Assert.That(Autograd.Current, Is.SameAs(mine));
            Tensor z = y * x;
            Assert.That(mine.Operations.Select(operation => operation.Name), Is.EqualTo(new[] { "Multiply", "Multiply" }));
            mine.Backward(z);
            Assert.That(x.Grad!.Item(), Is.EqualTo(12));
        }
        Assert.That(Autograd.Current, Is.Null);
        Assert.That((x * x).RequiresGrad, Is.False, "nothing is left open");
    }

    /// <summary>One thread that runs what is posted to it, in order: a thread pool small enough to be followed.</summary>
    sealed class OneThread : SynchronizationContext, IDisposable
    {
        readonly System.Collections.Concurrent.BlockingCollection<Action> _work = [];
        readonly Thread _thread;

        internal OneThread()
        {
            _thread = new Thread(() =>
            {
                foreach (Action action in _work.GetConsumingEnumerable()) action();
            });
            _thread.Start();
        }

        internal void Run(Action action)
        {
            Exception? thrown = null;
            using var done = new ManualResetEventSlim();
            _work.Add(() =>
            {
                try { action(); }
                catch (Exception e) { thrown = e; }
                done.Set();
            });
            done.Wait();
            if (thrown is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(thrown);
        }

        public void Dispose()
        {
            _work.CompleteAdding();
            _thread.Join();
            _work.Dispose();
        }
    }

    [Test]
    public void AfterAnAwaitTheStaleScopeDoesNotSwallowLaterWorkOfItsThread()
    {
        using OneThread before = new(), after = new();
        Tensor x = Leaf(2);
        Autograd? stale = null;
        Tensor? y = null;
        before.Run(() =>
        {
            stale = new Autograd();
            y = x * x;
        });
        after.Run(() =>
        {
            Assert.That(() => stale!.Backward(y!), Throws.InvalidOperationException.With.Message.Contains("await"));
            stale!.Dispose();
        });
        before.Run(() =>
        {
            Assert.That(Autograd.Current, Is.Null);
            Assert.That(Autograd.IsRecording, Is.False);
            Assert.That((x * x).RequiresGrad, Is.False, "later work on the old thread is recorded nowhere");
            using var next = new Autograd();
            next.Backward(x * x * x);
            Assert.That(next.Operations, Has.Count.EqualTo(2), "the stale scope's operations are gone");
        });
        Assert.That(x.Grad!.Item(), Is.EqualTo(12));
    }

    [Test]
    public void EndingStaleScopesWhileTheirThreadWorksOnDisturbsNothing() => WhileAnotherThreadEndsScopes(capacity: 4, hand =>
    {
        Tensor x = Leaf(2);
        for (int round = 0; round < 20_000; round++)
        {
            hand(new Autograd());
            using var mine = new Autograd();
            Tensor y = x * x * x;
            Assert.That(mine.Gradients(y, [x])[0]!.Item(), Is.EqualTo(12), $"round {round}");
        }
    });

    // Runs work on a separate thread; the scopes it hands over are ended by another one, at a moment of that one's choosing.
    static void WhileAnotherThreadEndsScopes(int capacity, Action<Action<Autograd>> work)
    {
        using var handed = new System.Collections.Concurrent.BlockingCollection<Autograd>(capacity);
        Exception? ending = null;
        var ender = new Thread(() =>
        {
            foreach (Autograd stale in handed.GetConsumingEnumerable())
                try
                {
                    stale.Dispose();
                }
                catch (Exception e)
                {
                    // The error is stored and the loop continues, because the worker waits until its scopes are taken.
                    ending ??= e;
                }
        });
        ender.Start();
        try
        {
            OnAnotherThread(() => work(handed.Add));
        }
        finally
        {
            handed.CompleteAdding();
            ender.Join();
        }
        Assert.That(ending, Is.Null);
    }

    [Test]
    public async Task AScopeHeldOverARealAwaitSaysSo()
    {
        Tensor x = Leaf(2);
        Exception? thrown = null;
        int opened = 0, resumed = 0;
        await Task.Run(async () =>
        {
            using var autograd = new Autograd();
            Tensor y = x * x;
            opened = Environment.CurrentManagedThreadId;
            // Resumes on the thread that completes the source, which is not the one that opened the scope.
            var source = new TaskCompletionSource();
            var completer = new Thread(source.SetResult);
            completer.Start();
            await new ResumeOnCompletion(source.Task);
            resumed = Environment.CurrentManagedThreadId;
            try { autograd.Backward(y); }
            catch (InvalidOperationException e) { thrown = e; }
        });
        Assert.That(resumed, Is.Not.EqualTo(opened));
        Assert.That(thrown!.Message, Does.Contain("await").And.Contain($"thread {opened}"));
        Assert.That(x.Grad, Is.Null);
    }

    /// <summary>An await that always yields and resumes on a new thread.</summary>
    sealed class ResumeOnCompletion(Task task) : INotifyCompletion
    {
        public ResumeOnCompletion GetAwaiter() => this;

        public bool IsCompleted => false;

        public void OnCompleted(Action continuation) => new Thread(() =>
        {
            task.Wait();
            continuation();
        }).Start();

        public void GetResult() => task.GetAwaiter().GetResult();
    }

    [Test]
    public void BackwardOutsideAScopeSaysHowToOpenOne()
    {
        Tensor y = Leaf(2).Square();
        Assert.That(() => y.Backward(), Throws.InvalidOperationException.With.Message.Contains("no Autograd scope").And.Message.Contains("using var autograd = new Autograd();"));
    }

    [Test]
    public void BackwardOnAnOutputItNeverSawSaysWhy()
    {
        Tensor x = Leaf(2), before = x * x, paused;
        using var autograd = new Autograd();
        using (Autograd.Pause()) paused = x * x;
        Tensor constant = Tensor.From(1.0) * 2;
        foreach (Tensor unseen in new[] { before, paused, constant, x })
            Assert.That(() => autograd.Backward(unseen), Throws.InvalidOperationException
                .With.Message.Contains("was not recorded in this scope").And.Message.Contains("before the scope").And.Message.Contains("paused").And.Message.Contains("RequiresGrad"));
        Assert.That(() => autograd.Gradients(before, [x]), Throws.InvalidOperationException.With.Message.Contains("Gradients: "));
        Assert.That(() => before.Backward(), Throws.InvalidOperationException.With.Message.Contains("was not recorded"));
        Assert.That(() => autograd.Backward(null!), Throws.ArgumentNullException);
        Assert.That(() => autograd.Gradients(before, null!), Throws.ArgumentNullException);
    }

    [Test]
    public void BackwardOfSomethingOtherThanAScalarNeedsAGradient()
    {
        Tensor x = Leaf([1, 2]);
        x.Name = "x";
        using var autograd = new Autograd();
        Tensor y = x.Square();
        Assert.That(() => autograd.Backward(y), Throws.InvalidOperationException.With.Message.Contains("(2,)").And.Message.Contains("not a scalar").And.Message.Contains(".Sum()"));
        Assert.That(() => autograd.Gradients(y, [x]), Throws.InvalidOperationException.With.Message.Contains("(2,)"));
        autograd.Backward(y.Sum(keepDim: true));
        Assert.That(x.Grad!.ToArray(), Is.EqualTo(new double[] { 2, 4 }), "one element of any rank is a scalar enough");
    }

    [Test]
    public void AGivenGradientNeedsTheOutputsShapeAndType()
    {
        Tensor x = Leaf([1, 2]);
        using var autograd = new Autograd();
        Tensor y = x.Square();
        Assert.That(() => autograd.Backward(y, Tensor.Ones([3], DType.Float64)), Throws.ArgumentException.With.Message.Contains("(3,)").And.Message.Contains("(2,)"));
        Assert.That(() => autograd.Backward(y, Tensor.Ones([1], DType.Float64)), Throws.ArgumentException.With.Message.Contains("(1,)"));
        Assert.That(() => autograd.Backward(y, Tensor.Ones([2], DType.Float32)), Throws.ArgumentException.With.Message.Contains("Float32").And.Message.Contains("Float64"));
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void AnInputThatChangedAfterRecordingIsNamedWithItsOperation()
    {
        Tensor w = Leaf([1, 2]), x = Tensor.From([3, 4], DType.Float64);
        w.Name = "layers.0.weight";
        using var autograd = new Autograd();
        Tensor y = (w * x).Sum();
        w.Fill(0);
        Assert.That(() => autograd.Backward(y), Throws.InvalidOperationException
            .With.Message.Contains("layers.0.weight (2,) Float64").And.Message.Contains("input of Multiply").And.Message.Contains("optimizer.Step()"));
        Assert.That(w.Grad, Is.Null);
        autograd.Backward((w * x).Sum());
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(new double[] { 3, 4 }), "computed again it is right again");
    }

    [Test]
    public void AConstantThatChangedAfterRecordingIsAnErrorToo()
    {
        Tensor w = Leaf([1, 2]), x = Tensor.From([3, 4], DType.Float64);
        using var autograd = new Autograd();
        Tensor y = (w * x).Sum();
        x.CopyFrom(Tensor.Zeros([2], DType.Float64));
        Assert.That(() => autograd.Backward(y), Throws.InvalidOperationException.With.Message.Contains("input of Multiply"));
    }

    [Test]
    public void AChangeThroughAViewIsSeen()
    {
        Tensor w = Leaf([1, 2]);
        using var autograd = new Autograd();
        Tensor y = w.Exp();
        y.Detach().Fill(0);
        Assert.That(() => autograd.Backward(y.Sum()), Throws.InvalidOperationException.With.Message.Contains("changed after").And.Message.Contains("Exp"));
        Tensor z = w.Square();
        w.Detach().Reshape([2, 1]).Fill(5);
        Assert.That(() => autograd.Backward(z.Sum()), Throws.InvalidOperationException.With.Message.Contains("input of Square"));
    }

    [Test]
    public void AChangeBeforeRecordingIsFine()
    {
        Tensor w = Leaf([1, 2]);
        using var autograd = new Autograd();
        w.Fill(3);
        autograd.Backward(w.Square().Sum());
        w.Fill(4);
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(new double[] { 6, 6 }));
    }

    [Test]
    public void AConditionOrIndexThatChangesAfterwardsDoesNotChangeTheGradient()
    {
        Tensor x = Leaf([1, 2, 3]), mask = Tensor.Mask(true, false, true), rows = Tensor.Indices(0, 0, 2);
        using var autograd = new Autograd();
        Tensor chosen = Tensor.Where(mask, x, x * 10).Sum(), selected = x.IndexSelect(0, rows).Sum(), gathered = x.Gather(0, rows).Sum();
        mask.Fill(0);
        rows.Fill(1);
        Assert.That(autograd.Gradients(chosen, [x])[0]!.ToArray(), Is.EqualTo(new double[] { 1, 10, 1 }));
        Assert.That(autograd.Gradients(selected, [x])[0]!.ToArray(), Is.EqualTo(new double[] { 2, 0, 1 }));
        Assert.That(autograd.Gradients(gathered, [x])[0]!.ToArray(), Is.EqualTo(new double[] { 2, 0, 1 }));
    }
}
