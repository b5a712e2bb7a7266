using System.Globalization;
using System.Numerics;
using MyTorch.Operations;
using MyTorch.Symbolic;

namespace MyTorch.Tests.Differentiation;

public class ExpressionTests
{
    static readonly Expression s_x = Expression.Variable("x"), s_y = Expression.Variable("y"), s_c = Expression.Variable("c");

    static Tensor Scalar(double value, DType dtype = DType.Float64) => Tensor.From(value, dtype);

    static string Derivative(Expression f, string variable = "x") => f.Derivative(variable).Simplify().ToString();

    static string[] Thetas(int n) => [.. Enumerable.Range(1, n).Select(i => $"v{i}")];

    /// <summary>Πθᵢ as a loop over tensors records it.</summary>
    static Expression Product(int n) =>
        Expression.Of(theta => theta.Skip(1).Aggregate(theta[0], (product, t) => product * t), [.. Enumerable.Range(0, n).Select(i => Scalar(1 + 0.01 * i))]);

    static Expression Lecture() => Expression.Of(x => x[0].Log() + x[0] * x[1] - x[1].Sin(), [Scalar(2), Scalar(5)]);

    [Test]
    public void TheLecturesFunctionAndItsDerivatives()
    {
        Expression y = Lecture();
        Assert.That(y.ToString(), Is.EqualTo("ln v1 + v1·v2 - sin v2"));
        Assert.That(y.Derivative("v1").ToString(), Is.EqualTo("1/v1 + (1·v2 + v1·0) - cos(v2)·0"));
        Assert.That(Derivative(y, "v1"), Is.EqualTo("1/v1 + v2"));
        Assert.That(Derivative(y, "v2"), Is.EqualTo("v1 - cos v2"));
        Assert.That(y.Derivative("v1").Simplify().ToText(pretty: true), Is.EqualTo("1/v₁ + v₂"));
        var at = new Dictionary<string, double> { ["v1"] = 2, ["v2"] = 5 };
        Assert.That(y.Evaluate(at), Is.EqualTo(Math.Log(2) + 10 - Math.Sin(5)).Within(1e-15));
        Assert.That(y.Derivative("v1").Evaluate(at), Is.EqualTo(5.5).Within(1e-15));
        Assert.That(y.Derivative("v2").Simplify().Evaluate(at), Is.EqualTo(2 - Math.Cos(5)).Within(1e-15));
    }

    [Test]
    public void AScopesResultIsReadFromItsTape()
    {
        Tensor a = Scalar(3), b = Scalar(4);
        a.RequiresGrad = b.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor unrelated = a.ReLU();
        Tensor y = (a * 2 + b / 0.5).Pow(3);
        Assert.That(Expression.Of(autograd, y).ToString(), Is.EqualTo("(v1·2 + v2/0.5)^3"), unrelated.ToString());
        Assert.That(autograd.Operations, Has.Count.EqualTo(5), "reading records nothing");
    }

    [Test]
    public void NumbersOfATapeKeepTheDigitsTheyWereWrittenWith()
    {
        Expression y = Expression.Of(x => x[0] * 0.1, [Scalar(3, DType.Float32)]);
        Assert.That(y.ToString(), Is.EqualTo("v1·0.1"));
    }

    [Test]
    public void AFunctionThatReturnsItsInputOrANumber()
    {
        Assert.That(Expression.Of(x => x[0], [Scalar(3)]).ToString(), Is.EqualTo("v1"));
        Assert.That(Expression.Of(_ => Scalar(7), [Scalar(3)]).ToString(), Is.EqualTo("7"));
    }

    static IEnumerable<TestCaseData> Rules()
    {
        yield return Rule(s_x + s_y, "1 + 0", "1");
        yield return Rule(s_x - s_y, "1 - 0", "1");
        yield return Rule(s_x * s_x, "1·x + x·1", "2·x");
        yield return Rule(s_x / s_y, "(1·y - x·0)/y²", "1/y");
        yield return Rule(s_y / s_x, "(0·x - y·1)/x²", "-y/x²");
        yield return Rule(s_x.Pow(3), "3·x^(3 - 1)·1", "3·x²");
        yield return Rule(Expression.Constant(2).Pow(s_x), "x·2^(x - 1)·0 + 2^x·ln(2)·1", "2^x·ln 2");
        yield return Rule(-s_x, "-1", "-1");
        yield return Rule(s_x.Log(), "1/x", "1/x");
        yield return Rule(s_x.Exp(), "exp(x)·1", "exp x");
        yield return Rule(s_x.Sqrt(), "1/(2·√x)", "1/(2·√x)");
        yield return Rule(s_x.Square(), "2·x·1", "2·x");
        yield return Rule(s_x.Reciprocal(), "-1/x²", "-1/x²");
        yield return Rule(s_x.Sin(), "cos(x)·1", "cos x");
        yield return Rule(s_x.Cos(), "-sin(x)·1", "-sin x");
        yield return Rule(s_x.Tanh(), "(1 - tanh(x)²)·1", "1 - tanh(x)²");
        yield return Rule(s_x.Sigmoid(), "σ(x)·(1 - σ(x))·1", "σ(x)·(1 - σ(x))");

        static TestCaseData Rule(Expression f, string raw, string simple) => new TestCaseData(f, raw, simple).SetArgDisplayNames(f.ToString());
    }

    [TestCaseSource(nameof(Rules))]
    public void EachRuleAsItIsStatedAndSimplified(Expression f, string raw, string simple)
    {
        Assert.That(f.Derivative("x").ToString(), Is.EqualTo(raw));
        Assert.That(Derivative(f), Is.EqualTo(simple));
    }

    [Test]
    public void SimplifiedDerivativesReadLikeABook()
    {
        Assert.That(Derivative(s_x.Square().Sin()), Is.EqualTo("2·cos(x²)·x"));
        Assert.That(Derivative((3 * s_x + 1).Log()), Is.EqualTo("3/(3·x + 1)"));
        Assert.That(Derivative((s_x / 3).Sin()), Is.EqualTo("cos(x/3)/3"));
        Assert.That(Derivative(s_x.Square() / 2), Is.EqualTo("x"));
        Assert.That(Derivative((s_x.Square() + 1).Sqrt()), Is.EqualTo("x/√(x² + 1)"));
        Assert.That(Derivative(s_x.Sin() / s_c), Is.EqualTo("cos(x)/c"));
        Assert.That(Derivative((-s_x.Square()).Exp()), Is.EqualTo("-2·exp(-x²)·x"));
        Assert.That(Derivative(s_x.Pow(s_y), "y"), Is.EqualTo("x^y·ln x"));
        Assert.That(Derivative(s_y), Is.EqualTo("0"));
    }

    [Test]
    public void NumbersAreDividedOnlyWhereNoFractionIsLeft()
    {
        Expression one = 1, three = 3;
        Assert.That((one / 3).Simplify().ToString(), Is.EqualTo("1/3"));
        Assert.That((three / 9 * s_x).Simplify().ToString(), Is.EqualTo("x/3"));
        Assert.That((three * s_x / 12).Simplify().ToString(), Is.EqualTo("x/4"));
        Assert.That((6 * s_x / (2 * s_y)).Simplify().ToString(), Is.EqualTo("3·x/y"));
        Assert.That((-2 * s_x / -3).Simplify().ToString(), Is.EqualTo("2·x/3"));
        Assert.That((s_x / (one / 3)).Simplify().ToString(), Is.EqualTo("3·x"));
        Assert.That((one / 0).Simplify().ToString(), Is.EqualTo("1/0"));
        Assert.That((one * 0 / 0).Simplify().ToString(), Is.EqualTo("0/0"));
    }

    [Test]
    public void ParenthesesStandWhereTheFormulaCouldBeReadOtherwise()
    {
        Expression two = 2;
        Assert.That(((s_x + s_y) * s_c).ToString(), Is.EqualTo("(x + y)·c"));
        Assert.That((s_x - (s_y - s_c)).ToString(), Is.EqualTo("x - (y - c)"));
        Assert.That((s_x / (s_y * s_c)).ToString(), Is.EqualTo("x/(y·c)"));
        Assert.That((s_x / s_y / s_c).ToString(), Is.EqualTo("x/y/c"));
        Assert.That(s_x.Pow(s_y).Pow(two).ToString(), Is.EqualTo("(x^y)^2"));
        Assert.That(s_x.Pow(s_y.Pow(two)).ToString(), Is.EqualTo("x^(y^2)"));
        Assert.That((s_x * -s_y).ToString(), Is.EqualTo("x·(-y)"));
        Assert.That((s_x + -2).ToString(), Is.EqualTo("x + (-2)"));
        Assert.That((-(s_x + s_y)).ToString(), Is.EqualTo("-(x + y)"));
        Assert.That((-s_x).Square().ToString(), Is.EqualTo("(-x)²"));
        Assert.That((s_x.Log() * s_y).ToString(), Is.EqualTo("ln(x)·y"));
        Assert.That((s_y * s_x.Log()).ToString(), Is.EqualTo("y·ln x"));
        Assert.That((s_y * s_x.Log() * s_c).ToString(), Is.EqualTo("y·ln(x)·c"));
        Assert.That(s_x.Log().Log().ToString(), Is.EqualTo("ln(ln x)"));
        Assert.That(s_x.Sigmoid().Sqrt().ToString(), Is.EqualTo("√(σ(x))"));
        Assert.That((s_x + s_y).Reciprocal().ToString(), Is.EqualTo("1/(x + y)"));
        Assert.That((s_x / s_y.Reciprocal()).ToString(), Is.EqualTo("x/(1/y)"));
    }

    [Test]
    public void NumbersAreWrittenTheSameInEveryCulture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            Assert.That((0.5 * s_x).ToString(), Is.EqualTo("0.5·x"));
            Assert.That(Expression.Of(x => x[0] * 0.5, [Scalar(1)]).ToString(), Is.EqualTo("v1·0.5"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestCase(2)]
    [TestCase(5)]
    [TestCase(50)]
    public void MultiplicationsOfAllPartialsOfAProduct(int n)
    {
        Expression f = Product(n);
        Expression[] raw = [.. Thetas(n).Select(f.Derivative)], simple = [.. raw.Select(partial => partial.Simplify())];
        Expression[] loops = [.. Thetas(n).Select(skip => Thetas(n).Where(theta => theta != skip).Aggregate(Expression.Constant(1), (p, theta) => p * Expression.Variable(theta)))];

        Assert.That(Multiplications(simple), Is.EqualTo((BigInteger)(n * (n - 2))), "simplified");
        Assert.That(Multiplications(loops), Is.EqualTo((BigInteger)(n * (n - 1))), "each product starts from 1");
        Assert.That(Multiplications(raw), Is.EqualTo((BigInteger)(n * (n * (n + 1) / 2 - 1))), "the product rule as it stands");
        Assert.That(loops.Select(loop => loop.Simplify().ToString()), Is.EqualTo(simple.Select(partial => partial.ToString())), "the same formulas");
        Assert.That(Expression.CountOperations(simple).Total, Is.EqualTo(Multiplications(simple)), "nothing but products is left");

        static BigInteger Multiplications(Expression[] formulas) => Expression.CountOperations(formulas).Multiplications;
    }

    [Test]
    public void TheSlidesFifty()
    {
        Expression f = Product(50);
        Expression[] raw = [.. Thetas(50).Select(f.Derivative)];
        Assert.That((int)Expression.CountOperations(raw).Multiplications, Is.EqualTo(63_700));
        Assert.That((int)Expression.CountOperations(raw.Select(partial => partial.Simplify())).Multiplications, Is.EqualTo(2_400));
        Assert.That(f.Derivative("v1").Simplify().CountOperations(), Is.EqualTo(new OperationCount(0, 48, 0, 0)));
    }

    [TestCase(2, 3)]
    [TestCase(5, 12)]
    [TestCase(50, 147)]
    public void ReverseModeTakesThreeMultiplicationsForEachOfTheForwardPass(int n, int expected)
    {
        Tensor[] theta = [.. Enumerable.Range(0, n).Select(i => Scalar(1 + 0.01 * i))];
        foreach (Tensor t in theta) t.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor f = theta.Skip(1).Aggregate(theta[0], (product, t) => product * t);
        int forward = autograd.Operations.Count(operation => operation is Multiply);
        // The sweep is recorded, so that its multiplications can be counted.
        Tensor?[] partials = autograd.Gradients(f, theta, createGraph: true);
        Assert.That(forward, Is.EqualTo(n - 1));
        Assert.That(autograd.Operations.Count(operation => operation is Multiply), Is.EqualTo(expected).And.EqualTo(3 * (n - 1)));
        Assert.That(autograd.Operations, Has.Count.EqualTo(expected), "nothing else was computed");

        Expression formula = Product(n);
        Dictionary<string, double> at = Thetas(n).Select((name, i) => (name, theta[i].Item())).ToDictionary();
        Assert.That(partials.Select(partial => partial!.Item()), Is.EqualTo(Thetas(n).Select(name => formula.Derivative(name).Evaluate(at))).Within(1e-10).Percent);
    }

    [Test]
    public void ReverseModeInSymbolsSharesWhatSymbolicDifferentiationRepeats()
    {
        const int N = 50;
        Expression f = Product(N);
        IReadOnlyList<Expression> partials = f.Gradient(Thetas(N));
        Assert.That((int)Expression.CountOperations([f, .. partials], shared: true).Multiplications, Is.EqualTo(3 * (N - 1)));
        Assert.That((int)Expression.CountOperations(partials.Select(partial => partial.Simplify())).Multiplications, Is.EqualTo(N * (N - 2)), "written out, it is the same formula");
    }

    [Test]
    public void TheGradientOfTheLectureInSymbols()
    {
        IReadOnlyList<Expression> gradient = Lecture().Gradient("v1", "v2", "v3");
        Assert.That(gradient.Select(partial => partial.Simplify().ToString()), Is.EqualTo(new[] { "v2 + 1/v1", "v1 - cos v2", "0" }));
    }

    [Test]
    public void NestingMakesWrittenOutDerivativesExplodeAndSharedOnesGrowEvenly()
    {
        var sizes = new List<(BigInteger Value, BigInteger WrittenOut, BigInteger Shared)>();
        Expression f = s_x;
        for (int depth = 1; depth <= 200; depth++)
        {
            f *= f.Sin();
            if (depth is not (5 or 10 or 20 or 200)) continue;
            Expression derivative = f.Derivative("x").Simplify();
            sizes.Add((f.CountOperations().Total, derivative.CountOperations().Total, derivative.CountOperations(shared: true).Total));
        }
        Assert.That(sizes[0].Value, Is.EqualTo((BigInteger)(2 * (Math.Pow(2, 5) - 1))));
        Assert.That(sizes[3].Value, Is.EqualTo(2 * (BigInteger.Pow(2, 200) - 1)), "each level writes the one below twice");
        Assert.That(sizes.Zip(sizes.Skip(1)).All(pair => pair.Second.WrittenOut > 30 * pair.First.WrittenOut));
        Assert.That(sizes[3].WrittenOut, Is.GreaterThan(sizes[3].Value));
        Assert.That((double)(sizes[2].Shared - sizes[1].Shared), Is.EqualTo((double)(sizes[1].Shared - sizes[0].Shared) * 2), "the same for each level");
        Assert.That((double)(sizes[3].Shared - sizes[2].Shared), Is.EqualTo((double)(sizes[2].Shared - sizes[1].Shared) * 18));
        Assert.That(f.ToString().Split('\n').Length, Is.LessThan(300), "too long to write out, its parts are named");
    }

    [Test]
    public void SharedPartsAreNamedAndWrittenOnce()
    {
        Expression part = (s_x * s_y).Sin(), again = (s_x * s_y).Sin();
        Expression f = part + again * part.Exp();
        Assert.That(f.ToText(shared: true), Is.EqualTo("s1 = sin(x·y)\ns1 + s1·exp s1"));
        Assert.That(f.CountOperations(), Is.EqualTo(new OperationCount(1, 4, 0, 4)));
        Assert.That(f.CountOperations(shared: true), Is.EqualTo(new OperationCount(1, 2, 0, 2)));
        Expression s = Expression.Variable("s1");
        Assert.That((s.Exp() + s.Exp()).ToText(shared: true), Is.EqualTo("ss1 = exp s1\nss1 + ss1"), "a variable's name is not taken");
    }

    [Test]
    public void EverythingWorksTenThousandLevelsDeep() => SmallStack.Run(() =>
    {
        Expression f = s_x;
        for (int i = 0; i < 10_000; i++) f = (f + 0.5 * s_x).Sin();
        Expression derivative = f.Derivative("x"), simple = derivative.Simplify();
        var at = new Dictionary<string, double> { ["x"] = 0.3 };
        double expected = f.Gradient("x")[0].Evaluate(at);
        Assert.That(derivative.Evaluate(at), Is.EqualTo(expected).Within(1e-12));
        Assert.That(simple.Evaluate(at), Is.EqualTo(expected).Within(1e-12));
        Assert.That(f.CountOperations().Functions, Is.EqualTo((BigInteger)10_000));
        Assert.That(f.ToText(), Does.StartWith("sin(sin(").And.EndsWith(" + 0.5·x)"));
        Assert.That(simple.ToText(shared: true), Is.Not.Empty);
    });

    [Test]
    public void AnUnknownOperationIsNamedWithItsValue()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Expression.Of(x => (x[0] * 2).ReLU(), [Scalar(1)]));
        Assert.That(error!.Message, Does.Contain("ReLU in v3 = ReLU(v2) has").And.Contain("Add, Subtract").And.Contain("Sigmoid").And.Contain("Autograd"));
    }

    [Test]
    public void AVectorIsRefusedWithItsShape()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Expression.Of(x => x[0].Sin().Sum(), [Tensor.From(new[] { 1.0, 2, 3 })]));
        Assert.That(error!.Message, Does.Contain("v2 = Sin(v1) has inputs of shape (3,) and an output of shape (3,)").And.Contain("single numbers"));
    }

    [Test]
    public void AResultOfAnotherScopeIsRefused()
    {
        using var autograd = new Autograd();
        Assert.That(() => Expression.Of(autograd, Scalar(1)), Throws.InvalidOperationException.With.Message.Contains("not recorded in this scope"));
    }

    [Test]
    public void AVariableWithoutANumberIsNamed()
    {
        Assert.That(() => (s_x * s_y).Evaluate(new Dictionary<string, double> { ["x"] = 1 }),
            Throws.ArgumentException.With.Message.Contains("variable y").And.Message.Contains("given: x"));
        Assert.That(() => s_x.Evaluate(new Dictionary<string, double>()), Throws.ArgumentException.With.Message.Contains("given: none"));
        Assert.That(() => Expression.Variable(" "), Throws.ArgumentException);
        Assert.That(() => s_x + null!, Throws.ArgumentNullException);
    }

    [Test]
    public void SymbolicAgreesWithReverseModeOn300RandomGraphs()
    {
        var met = new HashSet<Type>();
        for (int seed = 0; seed < 300; seed++)
        {
            int length = 1 + seed % 15;
            var generator = new Generator(seed);
            Tensor[] x = [.. Enumerable.Range(0, 3).Select(_ => Scalar(generator.NextGaussian()))];
            foreach (Tensor input in x) input.RequiresGrad = true;
            using var autograd = new Autograd();
            Tensor y = Graph(x, length, seed);
            met.UnionWith(autograd.Operations.Select(operation => operation.GetType()));
            double[] expected = [.. autograd.Gradients(y, x).Select(gradient => gradient?.Item() ?? 0)];
            double tolerance = 1e-9 * Math.Max(1, expected.Max(Math.Abs));

            Expression formula = Expression.Of(inputs => Graph(inputs, length, seed), x);
            Dictionary<string, double> at = x.Select((t, i) => ($"v{i + 1}", t.Item())).ToDictionary();
            Assert.That(formula.Evaluate(at), Is.EqualTo(y.Item()).Within(1e-9 * Math.Max(1, Math.Abs(y.Item()))), $"value, seed {seed}: {formula}");
            Assert.That(formula.Simplify().Evaluate(at), Is.EqualTo(y.Item()).Within(1e-9 * Math.Max(1, Math.Abs(y.Item()))), $"simplified value, seed {seed}");
            IReadOnlyList<Expression> reverse = formula.Gradient("v1", "v2", "v3");
            for (int i = 0; i < x.Length; i++)
            {
                Expression derivative = formula.Derivative($"v{i + 1}"), simple = derivative.Simplify();
                Assert.That(derivative.Evaluate(at), Is.EqualTo(expected[i]).Within(tolerance), $"input {i}, seed {seed}");
                Assert.That(simple.Evaluate(at), Is.EqualTo(expected[i]).Within(tolerance), $"input {i} simplified, seed {seed}");
                Assert.That(reverse[i].Evaluate(at), Is.EqualTo(expected[i]).Within(tolerance), $"input {i} by reverse accumulation, seed {seed}");
                Assert.That(reverse[i].Simplify().Evaluate(at), Is.EqualTo(expected[i]).Within(tolerance), $"input {i} by reverse accumulation, simplified, seed {seed}");
                Assert.That(simple.CountOperations().Total, Is.LessThanOrEqualTo(derivative.CountOperations().Total));
            }
        }
        Assert.That(met, Is.SupersetOf(new[]
        {
            typeof(Add), typeof(Subtract), typeof(Multiply), typeof(Divide), typeof(Power), typeof(Negate), typeof(Log), typeof(Exp), typeof(Sqrt),
            typeof(Square), typeof(Reciprocal), typeof(Sin), typeof(Cos), typeof(Tanh), typeof(Sigmoid),
        }));
    }

    /// <summary>Smooth steps with bounded results; earlier results are used again and again.</summary>
    static Tensor Graph(IReadOnlyList<Tensor> inputs, int length, int seed)
    {
        var choose = new Generator(1000 + seed);
        List<Tensor> known = [.. inputs];
        for (int i = 0; i < length; i++)
        {
            Tensor a = known[choose.Next(known.Count)], b = known[choose.Next(known.Count)];
            known.Add(choose.Next(14) switch
            {
                0 => a + b,
                1 => a - 0.5 * b,
                2 => a.Tanh() * b,
                3 => a / (1 + b.Square()),
                4 => a.Tanh().Pow(3),
                5 => (1.5 + a.Sin()).Pow(b.Tanh()),
                6 => (1 + a * a).Log(),
                7 => (-a.Square()).Exp(),
                8 => (0.5 + b.Square()).Sqrt(),
                9 => (2 + a.Cos()).Reciprocal(),
                10 => a.Sin() * b.Cos(),
                11 => -a.Sigmoid() / (b.Exp() + 2),
                12 => Tensor.Pow(2, a.Tanh()) - 1,
                _ => (b - a) / 3,
            });
        }
        return known.Skip(known.Count / 2).Aggregate(inputs[0] * inputs[1], (sum, t) => sum + t);
    }
}
