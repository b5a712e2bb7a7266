using MyTorch.Differentiation;
using MyTorch.Symbolic;

namespace MyTorch.Tests.Differentiation;

public class DifferentiateTests
{
    static Tensor X(params double[] values) => Tensor.From(values, DType.Float64);

    static Tensor Scalar(double value) => Tensor.From(value, DType.Float64);

    static Tensor Rosenbrock(Tensor x) => (1 - x[0]).Square() + 100 * (x[1] - x[0].Square()).Square();

    [Test]
    public void TheGradientOfTheLecture()
    {
        Tensor gradient = Differentiate.Gradient(x => x[0].Log() + x[0] * x[1] - x[1].Sin(), X(2, 5));
        Assert.That(gradient.ToArray(), Is.EqualTo(new[] { 5.5, 2 - Math.Cos(5) }).Within(1e-15));
    }

    [TestCase(0, 5.5)]
    [TestCase(1, 1.7163378145367738)]
    public void OneForwardPassPerInput(int input, double expected)
    {
        double[] direction = new double[2];
        direction[input] = 1;
        var (value, tangent) = Differentiate.Jvp(x => x[0].Log() + x[0] * x[1] - x[1].Sin(), X(2, 5), X(direction));
        Assert.That(value.Item(), Is.EqualTo(Math.Log(2) + 10 - Math.Sin(5)).Within(1e-15));
        Assert.That(tangent.Item(), Is.EqualTo(expected).Within(1e-15));
    }

    [Test]
    public void RosenbrocksHessianAndNewtonStep()
    {
        Tensor x = X(-1.5, 2);
        Tensor gradient = Differentiate.Gradient(Rosenbrock, x), hessian = Differentiate.Hessian(Rosenbrock, x);
        Assert.That(gradient.ToArray(), Is.EqualTo(new[] { -2 * 2.5 + 400 * 1.5 * (2 - 2.25), 200 * (2 - 2.25) }).Within(1e-11));
        Assert.That(hessian.Shape, Is.EqualTo((Shape)new[] { 2, 2 }));
        Assert.That(hessian.ToArray(), Is.EqualTo(new[] { 2 - 400 * 2 + 1200 * 2.25, 600, 600, 200.0 }).Within(1e-10));

        var step = hessian.ToMatrix().Solve(gradient.Unsqueeze(1).ToMatrix());
        double determinant = 1902 * 200 - 600 * 600.0;
        double[] g = gradient.ToArray();
        Assert.That(step[0, 0], Is.EqualTo((200 * g[0] - 600 * g[1]) / determinant).Within(1e-10));
        Assert.That(step[1, 0], Is.EqualTo((1902 * g[1] - 600 * g[0]) / determinant).Within(1e-10));
    }

    [Test]
    public void AHessianVectorProductIsTheHessianTimesTheVector()
    {
        Tensor x = X(0.3, -1.2), v = X(2, -0.5);
        Tensor product = Differentiate.HessianVectorProduct(Rosenbrock, x, v);
        Assert.That(product.ToArray(), Is.EqualTo(Differentiate.Hessian(Rosenbrock, x).MatMul(v).ToArray()).Within(1e-9));
    }

    [TestCase(2, 5)]
    [TestCase(5, 2)]
    public void AJacobianHasTheResultsDimensionsThenTheInputs(int outputs, int inputs)
    {
        Tensor w = Tensor.Randn([outputs, inputs], DType.Float64, new Generator(1)), x = Tensor.Randn([inputs], DType.Float64, new Generator(2));
        Tensor jacobian = Differentiate.Jacobian(t => w.MatMul(t).Tanh(), x);
        Tensor slope = 1 - w.MatMul(x).Tanh().Square();
        Assert.That(jacobian.Shape, Is.EqualTo((Shape)new[] { outputs, inputs }));
        Assert.That(jacobian.ToArray(), Is.EqualTo((slope.Unsqueeze(1) * w).ToArray()).Within(1e-14));
    }

    [Test]
    public void DerivativesOfOrderFive()
    {
        Func<Tensor, Tensor>[] functions = [x => x.Sin() * x.Exp(), x => x.Tanh(), x => x.Pow(7)];
        // The fifth derivatives by hand: −4·eˣ(sin x + cos x); of tanh in t = tanh x; 7·6·5·4·3·x².
        Func<double, double>[] fifth =
        [
            x => -4 * Math.Exp(x) * (Math.Sin(x) + Math.Cos(x)),
            x =>
            {
                double t = Math.Tanh(x), s = 1 - t * t;
                return s * (16 * s * s - 88 * s * t * t + 16 * t * t * t * t);
            },
            x => 2520 * x * x,
        ];
        foreach (double x in new[] { -0.7, 0.4, 1.3 })
            for (int i = 0; i < functions.Length; i++)
            {
                Func<Tensor, Tensor> reverse = functions[i], forward = functions[i], mixed = functions[i];
                for (int order = 1; order <= 5; order++)
                {
                    Func<Tensor, Tensor> r = reverse, f = forward, m = mixed;
                    reverse = t => Differentiate.Gradient(r, t);
                    forward = t => Differentiate.Jvp(f, t, Tensor.OnesLike(t)).Tangent;
                    mixed = order % 2 == 0 ? t => Differentiate.Gradient(m, t) : t => Differentiate.Jvp(m, t, Tensor.OnesLike(t)).Tangent;
                }
                foreach (Func<Tensor, Tensor> derivative in new[] { reverse, forward, mixed })
                    Assert.That(derivative(Scalar(x)).Item(), Is.EqualTo(fifth[i](x)).Within(1e-9 * Math.Max(1, Math.Abs(fifth[i](x)))), $"function {i} at {x}");
            }
    }

    [Test]
    public void VariablesOfDifferentLevelsDoNotMix()
    {
        // d/dx [x · d/dy (x + y)] = 1: an engine that confuses the two perturbations gives 2.
        static Tensor Inner(Tensor x) => x * Differentiate.Gradient(y => x + y, Tensor.From(1, DType.Float64));
        static Tensor InnerForward(Tensor x) => x * Differentiate.Jvp(y => x + y, Tensor.From(1, DType.Float64), Tensor.From(1, DType.Float64)).Tangent;
        static Tensor InnerAtX(Tensor x) => x * Differentiate.Gradient(y => x * y, x);
        foreach (double x in new[] { 1.0, 3 })
        {
            Assert.That(Differentiate.Gradient(Inner, Scalar(x)).Item(), Is.EqualTo(1));
            Assert.That(Differentiate.Jvp(InnerForward, Scalar(x), Scalar(1)).Tangent.Item(), Is.EqualTo(1));
            Assert.That(Differentiate.Gradient(InnerAtX, Scalar(x)).Item(), Is.EqualTo(2 * x), "d/dx (x·x)");
        }
    }

    [Test]
    public void AGradientPenaltyInsideAUsersScope()
    {
        // L = |∇f|² for f = Σ w·x³ has ∂L/∂w = 2·w·9x⁴.
        Tensor w = X(2, -1, 0.5), x = X(1, 2, 3);
        w.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor gradient = Differentiate.Gradient(t => (w * t * t * t).Sum(), x);
        autograd.Backward(gradient.Square().Sum());
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(new[] { 2 * 2 * 9.0, 2 * -1 * 9 * 16, 2 * 0.5 * 9 * 81 }).Within(1e-12));
    }

    [Test]
    public void InsideAPauseADerivativeIsStillRightAndAPlainValue()
    {
        Tensor x = X(3);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor result;
        using (Autograd.Pause())
            result = Differentiate.Gradient(t => t.Square().Sum(), x);
        Assert.That(result.Item(), Is.EqualTo(6));
        Assert.That(result.RequiresGrad, Is.False);
        Assert.That(autograd.Operations, Is.Empty);
        Assert.That(Autograd.Current, Is.SameAs(autograd));
    }

    [Test]
    public void AFunctionThatDoesNotUseItsInputHasDerivativeZero()
    {
        Assert.That(Differentiate.Gradient(_ => Scalar(4), X(1, 2)).ToArray(), Is.EqualTo(new[] { 0.0, 0 }));
        Assert.That(Differentiate.Jvp(_ => Scalar(4), X(1, 2), X(1, 1)).Tangent.Item(), Is.EqualTo(0));
        Assert.That(Differentiate.Gradient(x => x, Scalar(4)).Item(), Is.EqualTo(1), "the identity");
    }

    // Results that do not depend on the input, inside an outer scope and without one.
    static IEnumerable<TestCaseData> Independent()
    {
        Tensor parameter = X(2, 3), constant = X(4, 5);
        parameter.RequiresGrad = true;
        yield return Case("a constant", _ => constant);
        yield return Case("a leaf that requires a gradient", _ => parameter);
        yield return Case("a result of one", _ => parameter * 2);
        yield return Case("one detached", _ => parameter.Detach());
        yield return Case("one computed under a pause", _ => { using (Autograd.Pause()) return parameter * 2; });
        yield return Case("a comparison", x => (x > 1).To(DType.Float64));
        yield return Case("a comparison of what is detached", x => (x.Detach() > 1).To(DType.Float64));
        yield return Case("positions", x => x.ArgMax(0).To(DType.Float64) * parameter);
        yield return Case("the sign", x => x.Sign());
        yield return Case("the shape", x => Tensor.OnesLike(x) * parameter);
        yield return Case("numbers, of which no derivative is known", x => Tensor.From([x.Item(0), x.Item(1)], DType.Float64));
        yield return Case("a rule that says so", x => new Stairs(x).Apply());

        static TestCaseData Case(string name, Func<Tensor, Tensor> f) => new TestCaseData(f).SetArgDisplayNames(name);
    }

    static readonly double[] s_zeros2 = [0, 0], s_zeros4 = [0, 0, 0, 0];

    [TestCaseSource(nameof(Independent))]
    public void WhatDoesNotDependOnTheInputHasDerivativeZero(Func<Tensor, Tensor> f)
    {
        Tensor x = X(1.5, 2.5), v = X(3, 4);
        Check();
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Check();
        x = (x * 2).Exp();
        Check();

        void Check()
        {
            Func<Tensor, Tensor> sum = t => f(t).Sum();
            Assert.That(Differentiate.Gradient(sum, x).ToArray(), Is.EqualTo(s_zeros2), "Gradient");
            Assert.That(Differentiate.Vjp(f, x, v).ToArray(), Is.EqualTo(s_zeros2), "Vjp");
            Assert.That(Differentiate.Jvp(f, x, v).Tangent.ToArray(), Is.EqualTo(s_zeros2), "Jvp");
            Assert.That(Differentiate.Jacobian(f, x).ToArray(), Is.EqualTo(s_zeros4), "Jacobian");
            Assert.That(Differentiate.Jacobian(t => Tensor.Concat([f(t), f(t), f(t)]), x).ToArray(), Is.EqualTo(new double[12]), "Jacobian by forward passes");
            Assert.That(Differentiate.Hessian(sum, x).ToArray(), Is.EqualTo(s_zeros4), "Hessian");
            Assert.That(Differentiate.HessianVectorProduct(sum, x, v).ToArray(), Is.EqualTo(s_zeros2), "HessianVectorProduct");
            Tensor[] both = Differentiate.Gradients(xs => f(xs[0]).Sum() + xs[1].Square().Sum(), [x, v]);
            Assert.That(both.Select(g => g.ToArray()), Is.EqualTo(new[] { s_zeros2, [6, 8] }), "Gradients");
        }
    }

    [Test]
    public void AResultOfAScopeAroundHasDerivativeZero()
    {
        Tensor w = X(2, 3);
        w.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor outside = w.Exp();
        Assert.That(Differentiate.Gradient(_ => outside.Sum(), X(1, 2)).ToArray(), Is.EqualTo(s_zeros2));
        Tensor sum = outside.Sum();
        Assert.That(Differentiate.Gradient(_ => sum, X(1, 2)).ToArray(), Is.EqualTo(s_zeros2));
        Assert.That(Differentiate.Jvp(_ => outside, X(1, 2), X(1, 1)).Tangent.ToArray(), Is.EqualTo(s_zeros2));
        Assert.That(Differentiate.Jacobian(_ => outside, X(1, 2)).ToArray(), Is.EqualTo(s_zeros4));
        Assert.That(Differentiate.Gradients(xs => xs[1].Sum(), [w, outside]).Select(g => g.ToArray()), Is.EqualTo(new[] { s_zeros2, [1, 1] }));
    }

    // Every path from the input to the result is cut, and by what.
    static IEnumerable<TestCaseData> Cut()
    {
        Tensor other = X(2, 3);
        other.RequiresGrad = true;
        yield return Case("Detach", x => x.Detach(), x => x);
        yield return Case("Detach", x => x.Exp().Detach() * other, x => x.Exp() * other);
        yield return Case("Clone", x => x.Clone().Sin(), x => x.Sin());
        yield return Case("CopyFrom", x => { Tensor copy = Tensor.ZerosLike(x); copy.CopyFrom(x); return copy * other; }, x => x * other);
        yield return Case("paused", x => { using (Autograd.Pause()) return x * 2; }, x => x * 2);
        yield return Case("paused", x => { Tensor y; using (Autograd.Pause()) y = x.Exp(); return y + other; }, x => x.Exp() + other);
        yield return Case("thread", x => OnAnotherThread(() => x * 2), x => x * 2);
        yield return Case("Detach", x => Tensor.Where(x > 0, x.Detach(), 0), x => Tensor.Where(x > 0, x, 0));

        static TestCaseData Case(string word, Func<Tensor, Tensor> f, Func<Tensor, Tensor> mended) => new TestCaseData(f, mended, word);
    }

    static Tensor OnAnotherThread(Func<Tensor> compute)
    {
        Tensor? result = null;
        Exception? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = compute();
            }
            catch (InvalidOperationException e)
            {
                error = e;
            }
        });
        thread.Start();
        thread.Join();
        return result ?? throw new InvalidOperationException(error!.Message, error);
    }

    [TestCaseSource(nameof(Cut))]
    public void WhatIsCutFromTheInputIsAnErrorThatSaysByWhat(Func<Tensor, Tensor> f, Func<Tensor, Tensor> mended, string word)
    {
        Tensor x = X(1.5, 2.5), v = X(3, 4);
        foreach (Func<Func<Tensor, Tensor>, Tensor> derivative in (Func<Func<Tensor, Tensor>, Tensor>[])
        [
            g => Differentiate.Gradient(t => g(t).Sum(), x), g => Differentiate.Vjp(g, x, v), g => Differentiate.Jvp(g, x, v).Tangent,
            g => Differentiate.Jacobian(g, x), g => Differentiate.Jacobian(t => Tensor.Concat([g(t), g(t)]), x),
            g => Differentiate.Hessian(t => g(t).Sum(), x), g => Differentiate.HessianVectorProduct(t => g(t).Sum(), x, v),
            g => Differentiate.Gradients(xs => g(xs[1]).Sum() + xs[0].Sum(), [v, x])[1],
        ])
        {
            Assert.That(() => derivative(f), Throws.InvalidOperationException.With.Message.Contains(word));
            Assert.That(derivative(mended), Is.Not.Null, "the fix works");
        }
        // Differences do not see a cut.
        Assert.That(Numerical.Jacobian(f, x).ToArray(), Is.EqualTo(Differentiate.Jacobian(mended, x).ToArray()).Within(1e-6));
    }

    [Test]
    public void ADetachOnOneOfSeveralPathsIsMeant()
    {
        Tensor x = X(1.5, 2.5);
        Assert.That(Differentiate.Gradient(t => (t * t.Detach()).Sum(), x).ToArray(), Is.EqualTo(x.ToArray()));
        Assert.That(Differentiate.Jvp(t => t + t.Detach(), x, X(3, 4)).Tangent.ToArray(), Is.EqualTo(new double[] { 3, 4 }));
        Tensor[] gradients = Differentiate.Gradients(xs => (xs[0] * xs[0].Detach()).Sum(), [x, X(1, 2)]);
        Assert.That(gradients[1].ToArray(), Is.EqualTo(s_zeros2), "an input that is not used, beside one that is detached");
        Assert.That(() => Differentiate.Gradients(xs => (xs[0] * xs[1].Detach()).Sum(), [x, X(1, 2)]),
            Throws.InvalidOperationException.With.Message.Contains("input 1").And.Message.Contains("Detach"));
    }

    [Test]
    public void WhatAnEarlierCallCutIsAConstantForTheNext()
    {
        Tensor? kept = null;
        Differentiate.Gradient(t => { kept = t.Detach(); return t.Sum(); }, X(1, 2));
        Assert.That(Differentiate.Gradient(_ => kept!.Sum(), X(1, 2)).ToArray(), Is.EqualTo(s_zeros2));
        Assert.That(Differentiate.Gradient(t => (kept! * t).Sum(), X(3, 4)).ToArray(), Is.EqualTo(new double[] { 1, 2 }));
    }

    [Test]
    public void OfManyInputsEachIsJudgedAlone()
    {
        Tensor[] inputs = [.. Enumerable.Range(0, 200).Select(i => X(i))];
        double[] gradients = [.. Differentiate.Gradients(xs => xs.Where((_, i) => i % 3 == 0).Aggregate((a, b) => a + b * b.Detach()).Sum(), inputs).Select(g => g.Item())];
        Assert.That(gradients, Is.EqualTo(Enumerable.Range(0, 200).Select(i => i % 3 != 0 ? 0.0 : i == 0 ? 1 : i)));
        Assert.That(() => Differentiate.Gradients(xs => xs[7] * xs[30].Detach(), inputs), Throws.InvalidOperationException.With.Message.Contains("input 30"));
    }

    [Test]
    public void AResultThatIsNotAScalarIsRefusedWhateverItDependsOn()
    {
        Assert.That(() => Differentiate.Gradient(_ => X(1, 2), X(1, 2)), Throws.InvalidOperationException.With.Message.Contains("Gradient: ").And.Message.Contains("scalar"));
        Assert.That(() => Differentiate.Vjp(_ => X(1, 2), X(1, 2), X(1)), Throws.ArgumentException.With.Message.Contains("Vjp: "));
        Assert.That(() => Differentiate.Gradient(_ => null!, X(1, 2)), Throws.InvalidOperationException.With.Message.Contains("null"));
        Assert.That(() => Differentiate.Jvp(_ => null!, X(1, 2), X(1, 2)), Throws.InvalidOperationException.With.Message.Contains("null"));
    }

    [Test]
    public void ASymbolicDerivativeDoesNotCallACutInputAConstant()
    {
        Assert.That(() => Expression.Of(x => x[0].Detach() * 2, [Scalar(3)]), Throws.InvalidOperationException.With.Message.Contains("Detach"));
        Assert.That(() => Expression.Of(x => x[0] * x[1].Detach(), [Scalar(3), Scalar(4)]), Throws.InvalidOperationException.With.Message.Contains("input 1"));
        Tensor parameter = Scalar(5);
        parameter.RequiresGrad = true;
        Assert.That(Expression.Of(_ => parameter, [Scalar(3)]).ToString(), Is.EqualTo("5"));
    }

    [Test]
    public void AGradientCheckOfWhatDoesNotDependOnTheInputPasses()
    {
        Tensor parameter = X(2, 3);
        parameter.RequiresGrad = true;
        GradientCheck.Verify(_ => parameter, X(1, 2));
        GradientCheck.Verify(_ => parameter * 2, X(1, 2));
        GradientCheck.Verify(x => x, X(1, 2));
    }

    [Test]
    public void TheSecondDerivativeOfALineIsZero()
    {
        Func<Tensor, Tensor> slope = x => Differentiate.Gradient(t => 1 * t, x);
        Assert.That(slope(Scalar(3)).Item(), Is.EqualTo(1));
        Assert.That(Differentiate.Gradient(slope, Scalar(3)).Item(), Is.EqualTo(0));
        Assert.That(Differentiate.Jvp(slope, Scalar(3), Scalar(1)).Tangent.Item(), Is.EqualTo(0));
    }

    [Test]
    public void AJacobianRunsItsFunctionOnce()
    {
        // The rows of one Jacobian share one dropout mask: the matrix is diagonal with 0 and 2.
        var dropout = new MyTorch.Nn.Dropout(0.5, new Generator(3));
        int runs = 0;
        Tensor jacobian = Differentiate.Jacobian(
            x =>
            {
                runs++;
                return dropout.Forward(x);
            },
            Tensor.Ones([8], DType.Float64));
        Assert.That(runs, Is.EqualTo(1));
        double[] diagonal = [.. Enumerable.Range(0, 8).Select(i => jacobian.Item(i, i))];
        Assert.That(diagonal.Distinct().Order(), Is.EqualTo(new[] { 0.0, 2 }), "some elements were dropped, the others doubled");
        Assert.That(jacobian.Sum().Item(), Is.EqualTo(diagonal.Sum()));
    }

    [Test]
    public void ATangentAfterAChangeIsRefused()
    {
        Tensor x = X(1, 2);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        _ = x.Square();
        x.Fill(5);
        var seeds = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [x] = X(1, 1) };
        Assert.That(Assert.Throws<InvalidOperationException>(() => ForwardMode.Run(autograd, seeds))!.Message, Does.Contain("Square").And.Contain("changed"));
    }

    [Test]
    public void ADirectionOfATensorOffTheTapeIsRefused()
    {
        Tensor x = X(1, 2);
        using var autograd = new Autograd();
        _ = x.Square();
        var seeds = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [x] = X(1, 1) };
        Assert.That(Assert.Throws<ArgumentException>(() => ForwardMode.Run(autograd, seeds))!.Message, Does.Contain("RequiresGrad"));
    }

    [Test]
    public void ARuleThatIgnoresItsUpstreamHasTangentZero()
    {
        var (_, tangent) = Differentiate.Jvp(x => new Stairs(x).Apply(), X(1.5, 2.5), X(1, 1));
        Assert.That(tangent.ToArray(), Is.EqualTo(new double[] { 0, 0 }));
    }

    sealed class Stairs(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => X.Sign();

        public override Tensor?[] Backward(Tensor gradient) => [Tensor.ZerosLike(X)];
    }

    [Test]
    public void AUsersOperationHasATangentWithoutSayingHow()
    {
        var (_, tangent) = Differentiate.Jvp(x => new Cube(x).Apply(), X(2, -1), X(1, 10));
        Assert.That(tangent.ToArray(), Is.EqualTo(new[] { 12.0, 30 }));
        Tensor second = Differentiate.Jvp(y => Differentiate.Jvp(x => new Cube(x).Apply(), y, X(1)).Tangent, X(2), X(1)).Tangent;
        Assert.That(second.Item(), Is.EqualTo(12));
    }

    [Test]
    public void ADirectionOfAnotherShapeIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => Differentiate.Jvp(x => x.Sin(), X(1, 2), X(1, 2, 3)))!;
        Assert.That(error.Message, Does.Contain("(3,)").And.Contain("(2,)"));
    }

    sealed class Cube(Tensor x) : Operation(x)
    {
        protected override Tensor Forward() => X * X * X;

        public override Tensor?[] Backward(Tensor gradient) => [gradient * 3 * X.Square()];
    }
}
