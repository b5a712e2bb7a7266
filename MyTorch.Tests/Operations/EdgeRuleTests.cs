using System.Reflection;
using MyTorch.Differentiation;
using MyTorch.Nn;

namespace MyTorch.Tests.Operations;

/// <summary>
/// Rules where one factor is 0 and another infinite, or a branch was not taken: a zero times an infinity would be NaN and would say
/// nothing. First, second and third derivatives, in reverse and in forward mode.
/// </summary>
public sealed class EdgeRuleTests
{
    const double Infinity = double.PositiveInfinity;
    const double NaN = double.NaN;

    static readonly DType[] s_floats = [DType.Float32, DType.Float64];

    static Shape Of(params int[] sizes) => sizes;

    static Tensor Leaf(DType dtype, params double[] values)
    {
        Tensor leaf = Tensor.From(values, dtype);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static double[] Gradient(Func<Tensor, Tensor> f, DType dtype, params double[] at)
    {
        Tensor x = Leaf(dtype, at);
        using var autograd = new Autograd();
        autograd.Backward(f(x).Sum());
        return x.Grad!.ToArray();
    }

    static double[] Tangent(Func<Tensor, Tensor> f, DType dtype, params double[] at)
    {
        Tensor x = Leaf(dtype, at);
        using var autograd = new Autograd();
        Tensor y = f(x);
        return ForwardMode.Run(autograd, new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [x] = Tensor.OnesLike(x) }).Of(y)!.ToArray();
    }

    static double[] Second(Func<Tensor, Tensor> f, DType dtype, params double[] at)
    {
        Tensor x = Leaf(dtype, at);
        using var autograd = new Autograd();
        Tensor first = autograd.Gradients(f(x).Sum(), [x], createGraph: true)[0]!;
        return first.RequiresGrad ? autograd.Gradients(first.Sum(), [x])[0]!.ToArray() : new double[at.Length];
    }

    /// <summary>A function of one number at a point where its rule meets 0·∞: its value, slope and curvature there.</summary>
    public sealed record Edge(string Name, Func<Tensor, Tensor> Run, double At, double Value, double Slope, double Curvature = 0)
    {
        public override string ToString() => $"{Name} at {At}";
    }

    static IEnumerable<TestCaseData> Edges()
    {
        foreach (Edge edge in new Edge[]
                 {
                     new("GELU", x => x.GELU(), -Infinity, 0, 0), new("GELU", x => x.GELU(), Infinity, Infinity, 1),
                     new("GELU", x => x.GELU(), -1e30, 0, 0), new("GELU", x => x.GELU(), 1e30, 1e30, 1),
                     new("GELU by tanh", x => x.GELU(tanh: true), -Infinity, 0, 0), new("GELU by tanh", x => x.GELU(tanh: true), Infinity, Infinity, 1),
                     new("GELU by tanh", x => x.GELU(tanh: true), -1e30, 0, 0), new("GELU by tanh", x => x.GELU(tanh: true), 1e30, 1e30, 1),
                     new("SiLU", x => x.SiLU(), -Infinity, 0, 0), new("SiLU", x => x.SiLU(), Infinity, Infinity, 1),
                     new("SiLU", x => x.SiLU(), -1e30, 0, 0), new("SiLU", x => x.SiLU(), 1e30, 1e30, 1),
                     new("Swish 2", x => x.Swish(2), 3e38, 3e38, 1), new("Swish -2", x => x.Swish(-2), Infinity, 0, 0),
                     new("Swish -2", x => x.Swish(-2), -Infinity, -Infinity, 1), new("Swish 0", x => x.Swish(0), Infinity, Infinity, 0.5),
                     new("Softplus", x => x.Softplus(), -Infinity, 0, 0), new("Softplus", x => x.Softplus(), Infinity, Infinity, 1),
                     new("Softplus without a threshold", x => x.Softplus(threshold: Infinity), Infinity, Infinity, 1),
                     new("Softplus without a threshold", x => x.Softplus(threshold: Infinity), 1e30, 1e30, 1),
                     new("ELU", x => x.ELU(0.5), -Infinity, -0.5, 0), new("ELU", x => x.ELU(0.5), Infinity, Infinity, 1),
                     new("LeakyReLU", x => x.LeakyReLU(0.5), -Infinity, -Infinity, 0.5), new("LeakyReLU 0", x => x.LeakyReLU(0), -Infinity, 0, 0),
                     new("Erf", x => x.Erf(), -Infinity, -1, 0), new("Erf", x => x.Erf(), Infinity, 1, 0), new("Erf", x => x.Erf(), 1e30, 1, 0),
                     new("Sigmoid", x => x.Sigmoid(), -Infinity, 0, 0), new("Tanh", x => x.Tanh(), Infinity, 1, 0),
                     new("Exp", x => x.Exp(), -Infinity, 0, 0), new("Log", x => x.Log(), Infinity, Infinity, 0),
                     new("Atan", x => x.Atan(), -Infinity, -Math.PI / 2, 0), new("Atan", x => x.Atan(), Infinity, Math.PI / 2, 0),
                     new("ReLU", x => x.ReLU(), -Infinity, 0, 0), new("ReLU", x => x.ReLU(), Infinity, Infinity, 1),
                     new("Clamp", x => x.Clamp(-1, 1), -Infinity, -1, 0), new("Clamp", x => x.Clamp(-1, 1), Infinity, 1, 0),
                     new("Maximum", x => Tensor.Maximum(x, 0), -Infinity, 0, 0), new("Minimum", x => Tensor.Minimum(x, 0), Infinity, 0, 0),
                     new("Abs", x => x.Abs(), -Infinity, Infinity, -1),
                     new("Huber", x => new HuberLoss(Reduction.Sum, 2).Forward(x, Tensor.ZerosLike(x)), Infinity, Infinity, 2),
                     new("Huber", x => new HuberLoss(Reduction.Sum, 2).Forward(x, Tensor.ZerosLike(x)), -Infinity, Infinity, -2),
                     new("Huber", x => new HuberLoss(Reduction.Sum, 2).Forward(x, Tensor.ZerosLike(x)), 1, 0.5, 1, 1),
                     new("Huber, far", x => new HuberLoss(Reduction.Sum, 2).Forward(x, Tensor.ZerosLike(x)), 1e30, 2e30, 2),
                     new("Huber of a tiny delta", x => new HuberLoss(Reduction.Sum, 1e-30).Forward(x, Tensor.ZerosLike(x)), -3, 3e-30, -1e-30),
                     new("SmoothL1", x => new SmoothL1Loss(Reduction.Sum, 2).Forward(x, Tensor.ZerosLike(x)), Infinity, Infinity, 1),
                     new("SmoothL1", x => new SmoothL1Loss(Reduction.Sum, 2).Forward(x, Tensor.ZerosLike(x)), -Infinity, Infinity, -1),
                     new("SmoothL1", x => new SmoothL1Loss(Reduction.Sum, 2).Forward(x, Tensor.ZerosLike(x)), 1, 0.25, 0.5, 0.5),
                     new("SmoothL1 of a tiny beta", x => new SmoothL1Loss(Reduction.Sum, 1e-300).Forward(x, Tensor.ZerosLike(x)), -3, 3, -1),
                     new("SmoothL1 of a tiny beta", x => new SmoothL1Loss(Reduction.Sum, 1e-300).Forward(x, Tensor.ZerosLike(x)), 0, 0, 0, NaN),
                     new("SmoothL1 of beta 0", x => new SmoothL1Loss(Reduction.Sum, 0).Forward(x, Tensor.ZerosLike(x)), -Infinity, Infinity, -1),
                     new("L1", x => new L1Loss(Reduction.Sum).Forward(x, Tensor.ZerosLike(x)), -Infinity, Infinity, -1),
                     new("BCE with logits, sure and right", x => new BCEWithLogitsLoss(reduction: Reduction.Sum).Forward(x, Tensor.OnesLike(x)), Infinity, 0, 0),
                     new("BCE with logits, sure and wrong", x => new BCEWithLogitsLoss(reduction: Reduction.Sum).Forward(x, Tensor.ZerosLike(x)), Infinity, Infinity, 1),
                     new("BCE with logits, sure and right below", x => new BCEWithLogitsLoss(reduction: Reduction.Sum).Forward(x, Tensor.ZerosLike(x)), -Infinity, 0, 0),
                     new("KL divergence of what the target rules out", x => new KLDivLoss(reduction: Reduction.Sum).Forward(x, Tensor.ZerosLike(x)), -Infinity, 0, 0),
                     new("KL divergence of what a target's logarithm rules out", x => new KLDivLoss(Reduction.Sum, logTarget: true).Forward(x, Tensor.Full(x.Shape, -Infinity, x.DType)), -Infinity, 0, 0),
                     new("AMax", x => Tensor.Concat([x, Tensor.Full([1], 4, x.DType)]).AMax(), -Infinity, 4, 0),
                     new("AMax of an infinite gradient", x => Tensor.Concat([x, Tensor.Zeros([1], x.DType)]).AMax().Sqrt(), -1, 0, 0),
                     new("Std of an infinite gradient", x => Tensor.Concat([x, x]).Std().Sqrt(), 3, 0, 0),
                     new("Dropout of everything", x => new Dropout(1).Forward(x), Infinity, 0, 0),
                 })
            yield return new TestCaseData(edge).SetArgDisplayNames(edge.ToString());
    }

    [TestCaseSource(nameof(Edges))]
    public void AtAnEdge(Edge edge)
    {
        foreach (DType dtype in s_floats)
        {
            Tensor value = edge.Run(Tensor.From([edge.At], dtype));
            Assert.That(value.Sum().Item(), Is.EqualTo(edge.Value).Within(1e-4).Percent, $"value in {dtype}");
            Assert.That(Gradient(edge.Run, dtype, edge.At)[0], Is.EqualTo(edge.Slope).Within(1e-5).Percent, $"slope in {dtype}");
            // In forward mode the root comes last, and its slope times a tangent of 0 is NaN.
            if (!edge.Name.Contains("infinite gradient", StringComparison.Ordinal))
                Assert.That(Tangent(edge.Run, dtype, edge.At)[0], Is.EqualTo(edge.Slope).Within(1e-5).Percent, $"tangent in {dtype}");
            if (!double.IsNaN(edge.Curvature)) Assert.That(Second(edge.Run, dtype, edge.At)[0], Is.EqualTo(edge.Curvature).Within(1e-6), $"curvature in {dtype}");
        }
    }

    /// <summary>Every function of one tensor, found by reflection, at the ends of its type's range and at both zeros.</summary>
    [Test]
    public void WhereAValueIsANumberItsDerivativesAreNumbers([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        double largest = dtype == DType.Float32 ? float.MaxValue : double.MaxValue;
        double[] at = [-Infinity, -largest, -0.0, 0, largest, Infinity];
        var tried = new List<string>();
        foreach (MethodInfo method in typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.ReturnType == typeof(Tensor) && !method.IsSpecialName && method.GetParameters().All(one => one.HasDefaultValue)))
        {
            Tensor Run(Tensor x) => (Tensor)method.Invoke(x, [.. method.GetParameters().Select(one => one.DefaultValue)])!;
            Tensor x = Leaf(dtype, at), y;
            using var autograd = new Autograd();
            try
            {
                y = Run(x);
            }
            catch (TargetInvocationException)
            {
                // It needs more dimensions, a mask, or one of its arguments.
                continue;
            }
            if (!y.RequiresGrad || y.Shape != x.Shape || method.Name is "CumSum") continue;
            tried.Add(method.Name);
            double[] first = Gradient(Run, dtype, at), second = Second(Run, dtype, at);
            for (int i = 0; i < at.Length; i++)
                if (!double.IsNaN(y.ToArray()[i]))
                    Assert.That((first[i], second[i]), Is.Not.EqualTo((NaN, second[i])).And.Not.EqualTo((first[i], NaN)), $"{method.Name} at {at[i]}");
        }
        Assert.That(tried, Has.Count.GreaterThan(30).And.Contains("Atan"));
    }

    static IEnumerable<TestCaseData> OfNaN()
    {
        foreach ((string name, Func<Tensor, Tensor> run) in new (string, Func<Tensor, Tensor>)[]
                 {
                     ("GELU", x => x.GELU()), ("GELU by tanh", x => x.GELU(tanh: true)), ("SiLU", x => x.SiLU()), ("Softplus", x => x.Softplus()), ("ELU", x => x.ELU()),
                     ("LeakyReLU", x => x.LeakyReLU()), ("LeakyReLU 0", x => x.LeakyReLU(0)), ("Erf", x => x.Erf()), ("Abs", x => x.Abs()), ("ReLU", x => x.ReLU()),
                     ("Clamp", x => x.Clamp(-1, 1)), ("Huber", x => new HuberLoss(reduction: Reduction.None).Forward(x, Tensor.ZerosLike(x))),
                     ("SmoothL1", x => new SmoothL1Loss(reduction: Reduction.None).Forward(x, Tensor.ZerosLike(x))),
                     ("BCE with logits", x => new BCEWithLogitsLoss(reduction: Reduction.None).Forward(x, Tensor.ZerosLike(x))),
                 })
            yield return new TestCaseData(run).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(OfNaN))]
    public void NaNStaysNaN(Func<Tensor, Tensor> run)
    {
        foreach (DType dtype in s_floats)
            Assert.That(run(Tensor.From([1, NaN, -1], dtype))[1].Item(), Is.NaN, $"{dtype}");
    }

    [Test]
    public void ALossFarAwayStillTrainsWhatIsNear()
    {
        foreach (DType dtype in s_floats)
            foreach (Reduction reduction in new[] { Reduction.Mean, Reduction.Sum, Reduction.None })
            {
                double share = reduction == Reduction.Mean ? 1.0 / 4 : 1;
                Assert.That(
                    Gradient(x => new HuberLoss(reduction, 1).Forward(x, Tensor.From([0, 0, -Infinity, Infinity], dtype)), dtype, 0.5, 3, 1, 1),
                    Is.EqualTo(new[] { 0.5 * share, share, share, -share }), $"{dtype} {reduction}");
                Assert.That(
                    Gradient(x => new SmoothL1Loss(reduction, 1).Forward(x, Tensor.From([0, 0, -Infinity, Infinity], dtype)), dtype, 0.5, 3, 1, 1),
                    Is.EqualTo(new[] { 0.5 * share, share, share, -share }), $"{dtype} {reduction}");
            }
    }

    static double Mixed(DType dtype, double a, double b, bool baseFirst)
    {
        Tensor x = Leaf(dtype, a), y = Leaf(dtype, b);
        using var autograd = new Autograd();
        Tensor first = autograd.Gradients(x.Pow(y).Sum(), [baseFirst ? x : y], createGraph: true)[0]!;
        return autograd.Gradients(first.Sum(), [baseFirst ? y : x])[0]?.Item() ?? 0;
    }

    [Test]
    public void TheMixedDerivativeOfAPower([Values(0.25, 1, 2, 1e-10, 1e10, 0.7)] double a, [Values(0, -0.0, 1, 2, -1.5, 1e-3)] double b)
    {
        double expected = Math.Pow(a, b - 1) * (1 + b * Math.Log(a));
        Assert.That(Mixed(DType.Float64, a, b, baseFirst: true), Is.EqualTo(expected).Within(1e-10).Percent);
        Assert.That(Mixed(DType.Float64, a, b, baseFirst: false), Is.EqualTo(expected).Within(1e-10).Percent);
        Assert.That(Mixed(DType.Float32, a, b, baseFirst: true), Is.EqualTo(expected).Within(0.01).Percent);
        Assert.That(Mixed(DType.Float32, a, b, baseFirst: false), Is.EqualTo(expected).Within(0.01).Percent);
    }

    [Test]
    public void AtAZeroBaseTheMixedDerivativeIsNotNaN([Values] bool baseFirst)
    {
        foreach (DType dtype in s_floats)
        {
            Assert.That(Mixed(dtype, 0, 0, baseFirst), Is.Zero, $"{dtype}");
            Assert.That(Mixed(dtype, 0, 2, baseFirst), Is.Zero, $"{dtype}");
            Assert.That(Mixed(dtype, 0, 3, baseFirst), Is.Zero, $"{dtype}");
        }
    }

    [Test]
    public void APowerOfMixedExponentsInEveryMode()
    {
        double[] a = [2, 0.5, 3, 0.25], b = [0, 0, 2, -1];
        Tensor x = Leaf(DType.Float64, a), y = Leaf(DType.Float64, b);
        using var autograd = new Autograd();
        Tensor first = autograd.Gradients(x.Pow(y).Sum(), [x], createGraph: true)[0]!;
        Tensor second = autograd.Gradients(first.Sum(), [y], createGraph: true)[0]!;
        Tensor[] third = [.. autograd.Gradients(second.Sum(), [x, y]).Select(gradient => gradient!)];
        for (int i = 0; i < a.Length; i++)
        {
            double log = Math.Log(a[i]);
            Assert.That(second.ToArray()[i], Is.EqualTo(Math.Pow(a[i], b[i] - 1) * (1 + b[i] * log)).Within(1e-12));
            Assert.That(third[0].ToArray()[i], Is.EqualTo(Math.Pow(a[i], b[i] - 2) * ((b[i] - 1) * (1 + b[i] * log) + b[i])).Within(1e-12), "∂³/∂a²∂b");
            Assert.That(third[1].ToArray()[i], Is.EqualTo(Math.Pow(a[i], b[i] - 1) * (2 * log + b[i] * log * log)).Within(1e-12), "∂³/∂a∂b²");
        }

        // Forward over reverse.
        var seeds = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [y] = Tensor.OnesLike(y) };
        Assert.That(ForwardMode.Run(autograd, seeds).Of(first)!.ToArray(), Is.EqualTo(second.ToArray()).Within(1e-12));
    }

    [Test]
    public void ANegativeBaseWithWholeExponents()
    {
        foreach (DType dtype in s_floats)
        {
            Assert.That(Gradient(x => x.Pow(Tensor.From([0, 1, 2, 3], dtype)), dtype, -2, -2, -2, -2), Is.EqualTo(new double[] { 0, 1, -4, 12 }));
            Assert.That(Second(x => x.Pow(Tensor.From([0, 1, 2, 3], dtype)), dtype, -2, -2, -2, -2), Is.EqualTo(new double[] { 0, 0, 2, -12 }));
            Assert.That(Second(x => x.Pow(0), dtype, 0, 1e-30, NaN, Infinity), Is.All.Zero, "x⁰ is 1 everywhere");
        }
    }

    [Test]
    public void TheGradientOfALargestNaNGoesToTheNaNs()
    {
        foreach (DType dtype in s_floats)
        {
            Assert.That(Gradient(x => x.Max(), dtype, 1, NaN, 3), Is.EqualTo(new double[] { 0, 1, 0 }));
            Assert.That(Gradient(x => x.Min(), dtype, 1, NaN, 3), Is.EqualTo(new double[] { 0, 1, 0 }));
            Assert.That(Gradient(x => x.AMax(), dtype, NaN, NaN, 3), Is.EqualTo(new double[] { 0.5, 0.5, 0 }), "ties share");
            Assert.That(Gradient(x => x.AMin(0), dtype, NaN, NaN, 3), Is.EqualTo(new double[] { 0.5, 0.5, 0 }), "ties share");
            Assert.That(Gradient(x => x.Max(0).Values, dtype, 1, NaN, NaN), Is.EqualTo(new double[] { 0, 1, 0 }), "the first of equal ones");
            Assert.That(Gradient(x => x.Min(0).Values, dtype, 1, NaN, NaN), Is.EqualTo(new double[] { 0, 1, 0 }), "the first of equal ones");
            Assert.That(Gradient(x => x.Reshape([2, 3]).AMax(1), dtype, 1, NaN, 3, 4, 4, 1), Is.EqualTo(new double[] { 0, 1, 0, 0.5, 0.5, 0 }), "row by row");
            Assert.That(Tangent(x => x.Max(), dtype, 1, NaN, 3), Is.EqualTo(new double[] { 1 }));
            Assert.That(Gradient(x => x.Max(), dtype, 1, Infinity, Infinity), Is.EqualTo(new double[] { 0, 0.5, 0.5 }));
        }
    }

    [Test]
    public void AProductOfNothingIsRecordedAsOthersAre()
    {
        Tensor x = Tensor.Zeros([0, 3]);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor product = x.Prod(0);
        Assert.That((product.ToArray(), product.RequiresGrad), Is.EqualTo((new double[] { 1, 1, 1 }, true)));
        autograd.Backward(product.Sum());
        Assert.That(x.Grad!.Shape, Is.EqualTo(Of(0, 3)));
        Assert.That((x.Prod().Item(), x.Prod().RequiresGrad, x.Prod(1).Shape), Is.EqualTo((1.0, true, Of(0))));
        Assert.That(Tensor.Zeros([2, 0], DType.Float64).Prod(-1, keepDim: true).ToArray(), Is.EqualTo(new double[] { 1, 1 }));
    }

    /// <summary>∂l/∂t = (1 − p)·ln σ(z) − z, which grows as −z does on the right and as −p·z on the left.</summary>
    [Test]
    public void TheGradientOfABinaryTargetHasItsLimit(
        [ValueSource(nameof(s_floats))] DType dtype, [Values(0.25, 1, 3)] double positiveWeight, [Values(Infinity, -Infinity)] double logit)
    {
        Tensor weight = Tensor.From(positiveWeight, dtype), logits = Tensor.From([logit, -2, 0.5], dtype);
        double[] gradient = Gradient(target => new MyTorch.Operations.BinaryCrossEntropyWithLogits(logits, target, weight).Apply().Sum(), dtype, 0.5, 0.5, 0.5);
        Assert.That(gradient[0], Is.EqualTo(-logit));
        foreach ((int i, double z) in new[] { (1, -2.0), (2, 0.5) })
            Assert.That(gradient[i], Is.EqualTo((1 - positiveWeight) * -Math.Log(1 + Math.Exp(-z)) - z).Within(1e-4).Percent);
    }
}
