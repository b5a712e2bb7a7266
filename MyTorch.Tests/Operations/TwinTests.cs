using MyTorch.Differentiation;
using MyTorch.Nn;

namespace MyTorch.Tests.Operations;

/// <summary>
/// A primitive and the same function composed of others must agree in value, gradient and second derivative: two rules
/// written apart, each judging the other without a step size.
/// </summary>
[TestFixture(Engines.Tape)]
[TestFixture(Engines.Naive)]
public sealed class TwinTests(string engine)
{
    readonly IBackwardEngine _engine = Engines.Named(engine);

    static IEnumerable<TestCaseData> Twins()
    {
        yield return Of("Tanh", x => x.Tanh(), x => (x.Exp() - (-x).Exp()) / (x.Exp() + (-x).Exp()));
        yield return Of("Sigmoid", x => x.Sigmoid(), x => 1 / (1 + (-x).Exp()));
        yield return Of("Sigmoid by Tanh", x => x.Sigmoid(), x => (x / 2).Tanh() / 2 + 0.5);
        yield return Of("SiLU", x => x.SiLU(), x => x * x.Sigmoid());
        yield return Of("GELU by tanh", x => x.GELU(tanh: true), x => 0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.Pow(3))).Tanh()));
        yield return Of("Softplus", x => x.Softplus(2), x => (1 + (2 * x).Exp()).Log() / 2);
        yield return Of("ELU", x => x.ELU(0.7), x => Tensor.Where(x > 0, x, 0.7 * (x.Exp() - 1)));
        yield return Of("LeakyReLU", x => x.LeakyReLU(0.1), x => x.ReLU() - 0.1 * (-x).ReLU());
        yield return Of("Abs", x => x.Abs(), x => x.ReLU() + (-x).ReLU());
        yield return Of("Clamp", x => x.Clamp(-0.6, 0.8), x => (x + 0.6).ReLU() - (x - 0.8).ReLU() - 0.6);
        yield return Of("Square", x => x.Square(), x => x * x);
        yield return Of("Pow 3", x => x.Pow(3), x => x * x * x);
        yield return Of("Pow -1.5", x => x.Abs().Pow(-1.5), x => 1 / (x.Abs() * x.Abs().Sqrt()));
        yield return Of("Pow of a number", x => Tensor.Pow(3, x), x => (x * Math.Log(3)).Exp());
        yield return Of("Reciprocal", x => x.Reciprocal(), x => 1 / x);
        yield return Of("Cos", x => x.Cos(), x => (x + Math.PI / 2).Sin());
        yield return Of("Sqrt", x => x.Abs().Sqrt(), x => (x.Abs().Log() / 2).Exp());
        yield return Of("Subtraction", x => x - x.Exp(), x => x + -x.Exp());
        yield return Of("Division", x => x / x.Exp(), x => x * x.Exp().Reciprocal());
        yield return Of("Maximum", x => Tensor.Maximum(x, x.Sin() * 0.5), x => x.Sin() * 0.5 + (x - x.Sin() * 0.5).ReLU());
        yield return Of("Minimum", x => Tensor.Minimum(x, x.Sin() * 0.5), x => -Tensor.Maximum(-x, -(x.Sin() * 0.5)));

        yield return Of("Softmax", x => x.Softmax(1), x => x.Exp() / x.Exp().Sum(1, keepDim: true));
        yield return Of("Softmax less its maximum", x => x.Softmax(0), x =>
        {
            Tensor shifted = (x - x.Max(0, keepDim: true).Values).Exp();
            return shifted / shifted.Sum(0, keepDim: true);
        });
        yield return Of("LogSoftmax", x => x.LogSoftmax(1), x => x.Softmax(1).Log());
        yield return Of("LogSumExp", x => x.LogSumExp(1), x => x.Exp().Sum(1).Log());
        yield return Of("LogSumExp and LogSoftmax", x => x.LogSoftmax(0), x => x - x.LogSumExp(0, keepDim: true));

        yield return Of("Mean", x => x.Mean(0), x => x.Sum(0) / x.Shape[0]);
        yield return Of("Var", x => x.Var(1), x => (x - x.Mean(1, keepDim: true)).Square().Sum(1) / (x.Shape[1] - 1));
        yield return Of("Var of a population", x => x.Var(0, unbiased: false), x => x.Square().Mean(0) - x.Mean(0).Square());
        yield return Of("Std", x => x.Std(1), x => x.Var(1).Sqrt());
        yield return Of("Prod", x => x.Prod(0), x => x[0] * x[1] * x[2]);
        yield return Of("Prod by logarithms", x => x.Exp().Prod(1), x => x.Sum(1).Exp());
        yield return Of("AMax and Max", x => x.AMax(1), x => x.Max(1).Values);
        yield return Of("AMin and AMax", x => x.AMin(0), x => -(-x).AMax(0));

        yield return Of("MatMul", x => x.MatMul(x.T), x => (x.Unsqueeze(1) * x.Unsqueeze(0)).Sum(2));
        yield return Of("Linear", x => x.Linear(x.Sin(), x[.., 0]), x => x.MatMul(x.Sin().T) + x[.., 0]);
        yield return Of("Transpose and Permute", x => x.T * x.T, x => x.Permute(1, 0).Square());
        yield return Of("Stack and Concat", x => Tensor.Stack([x, x.Exp()]), x => Tensor.Concat([x.Unsqueeze(0), x.Exp().Unsqueeze(0)]));
        yield return Of("Slicing and IndexSelect", x => x[.., 1..3].Exp(), x => x.IndexSelect(1, Tensor.Indices(1, 2)).Exp());
        yield return Of("Gather and a mask", x => x.Gather(1, Tensor.Indices([2, 0, 1], [3, 1])).Exp(),
            x => (x * Tensor.Indices(2, 0, 1).OneHot(4, DType.Float64)).Sum(1, keepDim: true).Exp());
        yield return Of("Expand and broadcasting", x => x.Unsqueeze(0).Expand([2, 3, 4]).Exp(), x => (Tensor.Zeros([2, 1, 1], DType.Float64) + x).Exp());

        yield return Of("CrossEntropyLoss", x => new CrossEntropyLoss().Forward(x, Tensor.Indices(3, 0, 2)),
            x => -x.LogSoftmax(1).Gather(1, Tensor.Indices([3, 0, 2], [3, 1])).Mean());
        yield return Of("CrossEntropyLoss and NLLLoss", x => new CrossEntropyLoss().Forward(x, Tensor.Indices(3, 0, 2)),
            x => new NLLLoss().Forward(x.LogSoftmax(1), Tensor.Indices(3, 0, 2)));
        yield return Of("BCEWithLogitsLoss", x => new BCEWithLogitsLoss().Forward(x, Halves(x)), x => new BCELoss().Forward(x.Sigmoid(), Halves(x)));
        yield return Of("MSELoss", x => new MSELoss().Forward(x, Halves(x)), x => (x - Halves(x)).Square().Mean());
        yield return Of("HuberLoss and SmoothL1Loss", x => new HuberLoss(delta: 0.5).Forward(x, Halves(x)), x => 0.5 * new SmoothL1Loss(beta: 0.5).Forward(x, Halves(x)));

        static TestCaseData Of(string name, Func<Tensor, Tensor> primitive, Func<Tensor, Tensor> composed) =>
            new TestCaseData(primitive, composed).SetArgDisplayNames(name);

        static Tensor Halves(Tensor x) => Tensor.Full(x.Shape, 0.5, x.DType);
    }

    [TestCaseSource(nameof(Twins))]
    public void AgreeInValueAndBothDerivatives(Func<Tensor, Tensor> primitive, Func<Tensor, Tensor> composed)
    {
        (double[] value, double[] first, double[] second) = Derive(primitive);
        (double[] twinValue, double[] twinFirst, double[] twinSecond) = Derive(composed);
        Assert.That(value, Is.EqualTo(twinValue).Within(1e-12), "value");
        Assert.That(first, Is.EqualTo(twinFirst).Within(1e-12), "gradient");
        Assert.That(second, Is.EqualTo(twinSecond).Within(1e-10), "second derivative");
        Assert.That(first, Has.Some.Not.Zero, "a gradient of zeros would compare nothing");
    }

    (double[] Value, double[] First, double[] Second) Derive(Func<Tensor, Tensor> f)
    {
        Tensor x = Tensor.From([0.9, -1.3, 0.4, 1.7, -0.5, 0.7, 1.1, -0.8, 1.4, 0.3, -1.6, 0.6], [3, 4], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = f(x);
        Tensor first = _engine.Gradients(autograd, y, [x], GradientCheck.RandomLike(y, 3), createGraph: true)[0]!;
        Tensor? second = first.RequiresGrad
            ? _engine.Gradients(autograd, (first * GradientCheck.RandomLike(x, 4)).Sum(), [x])[0]
            : null;
        return (y.ToArray(), first.ToArray(), (second ?? Tensor.ZerosLike(x)).ToArray());
    }
}
