using System.Runtime.CompilerServices;
using MyTorch.Diagnostics;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests.Differentiation;

/// <summary>
/// A forward pass of which a part was not recorded: an error, or named by <see cref="AutogradDiagnostics.Explain"/>, never silent.
/// </summary>
public sealed class PartialGradientTests
{
    static Tensor X(params double[] values) => Tensor.From(values, DType.Float64);

    static Tensor Leaf(params double[] values)
    {
        Tensor leaf = X(values);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static T OnAnotherThread<T>(Func<T> compute)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try { result = compute(); }
            catch (Exception e) { failure = e; }
        });
        thread.Start();
        thread.Join();
        Assert.That(failure, Is.Null);
        return result!;
    }

    static GradientExplanation ExpectPartial(Autograd autograd, Tensor tensor, GradientReason reason, params string[] words)
    {
        GradientExplanation explanation = autograd.Explain(tensor);
        Assert.That((explanation.Reason, explanation.IsPartial), Is.EqualTo((reason, true)), explanation.Sentence);
        Assert.That(explanation.Gradient, Is.Not.Null);
        Assert.That(explanation.Sentence, Does.Not.Contain("ordinary size").And.Contain("partial"));
        foreach (string word in words) Assert.That(explanation.Sentence, Does.Contain(word));
        return explanation;
    }

    static void ExpectWhole(Autograd autograd, Tensor tensor)
    {
        GradientExplanation explanation = autograd.Explain(tensor);
        Assert.That((explanation.Reason, explanation.IsPartial), Is.EqualTo((GradientReason.Ordinary, false)), explanation.Sentence);
    }

    static void Differentiated(Autograd autograd, Tensor loss) => autograd.Backward(loss);

    [Test]
    public void AUseBeforeTheScopeIsNamedWithItsOperation()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4);
        Tensor hidden = w.Tanh() * 2 + 1;
        using var autograd = new Autograd(recordSources: true);
        Differentiated(autograd, (w * hidden * v).Sum());
        GradientExplanation explanation = ExpectPartial(autograd, w, GradientReason.OutsideScope,
            "this tensor was also used by Tanh while no scope was open", "v3 = Multiply(v1, Float64 (2,))", "PartialGradientTests.cs:", "do not count", "Detach()", "largest element");
        Assert.That((explanation.Operation!.Name, explanation.Position), Is.EqualTo(("Multiply", 0)));
        // The other leaf's gradient is whole, and the library knows it.
        ExpectWhole(autograd, v);
    }

    [Test]
    public void EachUseOutsideIsToldApart()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4), other = Leaf(5, 6);
        Tensor ofW = w.Exp(), ofV = v.Sigmoid(), both = ofW * ofV + other.Square() * w.Log();
        using var autograd = new Autograd();
        Differentiated(autograd, (w * v * other * both).Sum());
        ExpectPartial(autograd, w, GradientReason.OutsideScope, "used by");
        ExpectPartial(autograd, v, GradientReason.OutsideScope, "used by Sigmoid");
        ExpectPartial(autograd, other, GradientReason.OutsideScope, "used by Square");
    }

    [Test]
    public void ALayerWhoseOutputIsReadAsAConstantAlso()
    {
        var layer = new Linear(2, 2, dtype: DType.Float64, generator: new Generator(1));
        var head = new MLP(2, [30, 30, 30, 30, 30, 30, 30], 2, () => new Tanh(), DType.Float64, new Generator(2));
        Tensor target = head.Forward(layer.Forward(Tensor.Ones([3, 2], DType.Float64)));
        using var autograd = new Autograd();
        Differentiated(autograd, new MSELoss().Forward(layer.Forward(Tensor.Ones([3, 2], DType.Float64)), target));
        ExpectPartial(autograd, layer.Weight, GradientReason.OutsideScope, "Linear", "while no scope was open");
        ExpectPartial(autograd, layer.Bias!, GradientReason.OutsideScope, "Linear");
    }

    [Test]
    public void ATeacherOutsideTheScopeLeavesTheStudentsGradientsWhole()
    {
        Tensor student = Leaf(1, 2), teacher = Leaf(3, 4);
        Tensor target = teacher.Tanh();
        using var autograd = new Autograd();
        Differentiated(autograd, (student - target).Square().Sum());
        ExpectWhole(autograd, student);
    }

    [Test]
    public void AMissingGradientNamesTheOperationToo()
    {
        Tensor w = Leaf(1, 2), v = Leaf(3, 4);
        Tensor hidden = w.Tanh();
        using var autograd = new Autograd();
        Differentiated(autograd, (v * hidden).Sum());
        GradientExplanation explanation = autograd.Explain(w);
        Assert.That(explanation.Reason, Is.EqualTo(GradientReason.OutsideScope));
        Assert.That(explanation.Sentence, Does.Contain("by Tanh while no scope was open").And.Contain("it came from this tensor"));
        Assert.That(autograd.Explain(hidden).Sentence, Does.Contain("by Tanh while no scope was open"));
    }

    [Test]
    public void AValueThatIsMadeALeafStartsANewHistory()
    {
        Tensor w = Leaf(1, 2), start = w.Tanh();
        start.RequiresGrad = true;
        using var autograd = new Autograd(strict: true);
        Tensor mask = (start > 0).To(DType.Float64), loss = (w * start).Sum();
        Differentiated(autograd, loss + (start * mask).Sum());
        Assert.That(start.Grad, Is.Not.Null);
        Assert.That(autograd.Explain(w, loss).IsPartial, Is.False);
    }

    [Test]
    public void AnOverwrittenTensorIsAConstant()
    {
        Tensor w = Leaf(1, 2), filled = w.Tanh(), copied = w.Tanh();
        filled.Fill(3);
        copied.CopyFrom(X(5, 6));
        using var autograd = new Autograd(strict: true);
        Differentiated(autograd, (w * filled * copied).Sum());
        ExpectWhole(autograd, w);
    }

    [Test]
    public void EveryOtherKindIsNamed()
    {
        Tensor w = Leaf(1, 2), ended;
        using (new Autograd(recordSources: true)) ended = w.Tanh();
        using (var autograd = new Autograd())
        {
            Differentiated(autograd, (w * ended).Sum());
            ExpectPartial(autograd, w, GradientReason.ScopeEnded, "by Tanh", "PartialGradientTests.cs:", "a scope that has ended");
        }
        using (var autograd = new Autograd())
        {
            Tensor paused;
            using (Autograd.Pause()) paused = w.Tanh();
            Differentiated(autograd, (w * paused).Sum());
            ExpectPartial(autograd, w, GradientReason.Paused, "while recording was paused");
        }
        using (var autograd = new Autograd())
        {
            Differentiated(autograd, (w * w.Detach()).Sum());
            ExpectPartial(autograd, w, GradientReason.Detached, "Detach or Clone", "The gradient is partial", "values of this tensor");
        }
        using (var autograd = new Autograd())
        {
            Differentiated(autograd, (w * w.Tanh().Clone()).Sum());
            ExpectPartial(autograd, w, GradientReason.Detached, "Detach or Clone");
        }
        using (var autograd = new Autograd())
        {
            Differentiated(autograd, (w * (w > 1).To(DType.Float64)).Sum());
            ExpectPartial(autograd, w, GradientReason.NotDifferentiable, "not differentiable", "adds nothing");
        }
        using (var autograd = new Autograd())
        {
            Differentiated(autograd, (w * w.To(DType.Int64).To(DType.Float64)).Sum());
            ExpectPartial(autograd, w, GradientReason.NotDifferentiable, "conversion to integers");
        }
    }

    [Test]
    public void AScopeUnderAPauseGivesPlainValuesAndThatWasSaid()
    {
        Tensor w = Leaf(1, 2), inner;
        using var autograd = new Autograd(strict: true);
        using (Autograd.Pause())
        using (new Autograd()) inner = w.Tanh();
        Differentiated(autograd, (w * inner).Sum());
        ExpectPartial(autograd, w, GradientReason.Paused, "paused");
    }

    [Test]
    public void ANestedScopeLosesNothing()
    {
        Tensor w = Leaf(1, 2), inner;
        using var autograd = new Autograd(strict: true);
        using (new Autograd()) inner = w.Tanh();
        Differentiated(autograd, (w * inner).Sum());
        ExpectWhole(autograd, w);
    }

    [Test]
    public void AnyGradientThatIsNotOrdinarySaysWhatIsMissingAsWell()
    {
        Tensor w = Leaf(-1, -2), hidden = w.Tanh();
        using var autograd = new Autograd();
        Differentiated(autograd, (w.ReLU() * hidden).Sum());
        ExpectPartial(autograd, w, GradientReason.DeadReLU, "ReLU", "also used by Tanh");
        w.ZeroGrad();
        Tensor loss = (w * hidden).Sum();
        GradientExplanation notCalled = autograd.Explain(w, loss);
        Assert.That((notCalled.Reason, notCalled.IsPartial), Is.EqualTo((GradientReason.BackwardNotCalled, true)));
        Assert.That(notCalled.Sentence, Does.Contain("Backward has not been called").And.Contain("also used by Tanh"));
    }

    [Test]
    public void AStrictScopeRefusesWhatWasComputedOutside()
    {
        Tensor w = Leaf(1, 2), hidden = w.Tanh() * 2, ended;
        using (new Autograd()) ended = w.Exp();
        using var autograd = new Autograd(strict: true);
        Assert.That(() => w * hidden, Throws.InvalidOperationException.With.Message.Contains("Multiply: operand 2").And.Message.Contains("by Tanh")
            .And.Message.Contains("while no scope was open").And.Message.Contains("strict").And.Message.Contains("Detach()"));
        Assert.That(() => w * ended, Throws.InvalidOperationException.With.Message.Contains("Multiply").And.Message.Contains("a scope that has ended").And.Message.Contains("Detach()"));
        using (var nested = new Autograd()) Assert.That(() => w * hidden, Throws.InvalidOperationException.With.Message.Contains("strict"), "nested scopes too");
        // The fix of the message works, and so does computing it inside.
        autograd.Backward((w * hidden.Detach() * (w.Tanh() * 2) * ended.Clone()).Sum());
        Assert.That(w.Grad, Is.Not.Null);
    }

    [Test]
    public void WhatSaysThatAConstantIsMeantStaysSilentInAStrictScope()
    {
        Tensor w = Leaf(1, 2), outside = w.Tanh();
        var model = new Sequential(new Linear(2, 2, dtype: DType.Float64, generator: new Generator(1)), new BatchNorm1d(2, dtype: DType.Float64), new Dropout(0.5));
        var optimizer = new SGD([w, .. model.Parameters()], learningRate: 0.1, momentum: 0.9);
        for (int step = 0; step < 3; step++)
        {
            using var autograd = new Autograd(strict: true);
            Tensor paused;
            using (Autograd.Pause()) paused = w.Tanh() + outside;
            Tensor chosen = Tensor.Where(outside > 0, w, paused), mask = (outside > 0).To(DType.Float64);
            autograd.Backward((w * paused * w.Detach() * chosen * mask).Sum() + model.Forward(X(1, 2, 3, 4).Reshape([2, 2])).Sum());
            optimizer.Step();
            optimizer.ZeroGrad();
            Assert.That((w * 2).RequiresGrad, Is.True, "after Step");
        }
    }

    [Test]
    public void AScopeThatIsNotStrictTakesConstants()
    {
        Tensor w = Leaf(1, 2), hidden = w.Tanh();
        using var autograd = new Autograd();
        autograd.Backward((w * hidden).Sum());
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(hidden.ToArray()));
    }

    [Test]
    public void AnOperandFromAnotherThreadWhileTheScopeIsOpenIsAnError([Values] bool scopeOfItsOwn, [Values] bool furtherComputed)
    {
        Tensor w = Leaf(1, 2);
        using var autograd = new Autograd();
        Tensor hidden = OnAnotherThread(() =>
        {
            if (!scopeOfItsOwn) return w.Tanh();
            using var own = new Autograd();
            return w.Tanh();
        });
        if (furtherComputed) hidden = (hidden * 2).Reshape([2, 1]).Sum(1);
        Assert.That(() => w * hidden, Throws.InvalidOperationException.With.Message.Contains("Multiply: operand 2").And.Message.Contains("on another thread while this Autograd scope was open")
            .And.Message.Contains("Detach()").And.Message.Contains("Parallel.For"));
        autograd.Backward((w * hidden.Detach()).Sum());
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(hidden.ToArray()));
    }

    [Test]
    public void AParallelForInsideAScopeIsAnErrorOrComputesEverything()
    {
        Tensor w = Leaf(1, 2);
        using var together = new Barrier(2);
        using var autograd = new Autograd();
        var parts = new Tensor[2];
        // Two parts that wait for each other: one of them is on another thread.
        Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            together.SignalAndWait(TimeSpan.FromSeconds(20));
            parts[i] = w * (i + 1);
        });
        Assert.That(() => parts[0] + parts[1], Throws.InvalidOperationException.With.Message.Contains("Add").And.Message.Contains("another thread").And.Message.Contains("Detach()"));
    }

    [Test]
    public void WhatAnotherThreadComputedBeforeTheScopeOrSaidToBeAConstantIsOne()
    {
        Tensor w = Leaf(1, 2);
        Tensor before = OnAnotherThread(() => w.Tanh()), beforeInScope = OnAnotherThread(() =>
        {
            using var own = new Autograd();
            return w.Exp();
        });
        using var autograd = new Autograd();
        Tensor paused = OnAnotherThread(() =>
        {
            using (Autograd.Pause()) return w.Tanh();
        });
        Tensor detached = OnAnotherThread(() => w.Tanh().Detach()), data = OnAnotherThread(() => X(1, 2) * 3);
        autograd.Backward((w * before * beforeInScope * paused * detached * data).Sum());
        ExpectPartial(autograd, w, GradientReason.OutsideScope, "also used by Tanh");
    }

    [Test]
    public void ScopesOfOneThreadAfterAnotherTakeConstantsOfTheirOwnThread()
    {
        Tensor w = Leaf(1, 2);
        for (int step = 0; step < 3; step++)
        {
            Tensor hidden = w.Tanh(), state;
            using (var autograd = new Autograd()) state = w * hidden;
            using (var autograd = new Autograd()) Assert.That((w * state).RequiresGrad, Is.True);
        }
    }

    [Test]
    public void KnowingWhereAValueComesFromKeepsNothingAlive()
    {
        var (leaf, values, held) = Outside();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That((leaf.IsAlive, values.IsAlive), Is.EqualTo((false, false)));
        GC.KeepAlive(held);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (WeakReference, WeakReference, Tensor) Outside()
        {
            Tensor w = Leaf(1, 2), hidden = w.Tanh();
            return (new WeakReference(w), new WeakReference(hidden), hidden * w);
        }
    }

    [Test]
    public void EvaluatingOutsideAScopeAllocatesTheSameEachTime()
    {
        var model = new MLP(2, [8, 8, 8], 1, () => new Tanh(), DType.Float64, new Generator(1));
        Tensor x = Tensor.Ones([1, 2], DType.Float64), state = Tensor.Ones([2], DType.Float64), w = Leaf(0.5, 0.5);
        for (int i = 0; i < 50; i++) Evaluate();
        Lineage? lineage = model.Forward(x).Lineage, ofState = state.Lineage;
        for (int i = 0; i < 50; i++) Evaluate();
        Assert.That(model.Forward(x).Lineage, Is.SameAs(lineage).And.Not.Null);
        Assert.That(state.Lineage, Is.SameAs(ofState).And.Not.Null, "a loop over its own result");

        void Evaluate()
        {
            _ = model.Forward(x);
            state = (state * w).Tanh();
        }
    }

    [Test]
    public void WhatIsKnownOfALongComputationIsBounded()
    {
        Tensor sum = X(0, 0);
        for (int i = 0; i < 20_000; i++) sum += Leaf(i % 2 - 0.5, 1).Tanh() / 20_000;
        Tensor many = Tensor.Concat([.. Enumerable.Range(0, 2000).Select(i => Leaf(i / 2e5).Tanh())]);
        Tensor w = Leaf(1, 2);
        using var autograd = new Autograd();
        Differentiated(autograd, (w * sum * many.Sum()).Sum());
        ExpectPartial(autograd, w, GradientReason.OutsideScope, "if that came from this tensor");
    }
}
