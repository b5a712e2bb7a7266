using MyTorch.Nn;
using MyTorch.Operations;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>
/// A setting that would silently give NaN, ∞ or another function is refused: by the method, the operation and the module alike.
/// </summary>
public sealed class SettingTests
{
    const double Infinity = double.PositiveInfinity;

    static readonly Tensor s_x = Tensor.From([-1.0, 0, 1]);

    static IEnumerable<TestCaseData> Refused()
    {
        foreach (double bad in new[] { double.NaN, Infinity, -Infinity })
        {
            yield return Row("LeakyReLU", bad, "slope", () => s_x.LeakyReLU(bad), () => new MyTorch.Operations.LeakyReLU(s_x, bad), () => new MyTorch.Nn.LeakyReLU(bad));
            yield return Row("ELU", bad, "alpha", () => s_x.ELU(bad), () => new MyTorch.Operations.ELU(s_x, bad), () => new MyTorch.Nn.ELU(bad));
            yield return Row("Swish", bad, "beta", () => s_x.Swish(bad), () => new MyTorch.Operations.Swish(s_x, bad), () => new MyTorch.Nn.Swish(bad));
            yield return Row("Softplus", bad, "beta", () => s_x.Softplus(bad), () => new MyTorch.Operations.Softplus(s_x, bad, 20), () => new MyTorch.Nn.Softplus(bad));
            yield return Row("Huber", bad, "delta", () => new Huber(s_x, bad), () => new HuberLoss(delta: bad));
            yield return Row("SmoothL1", bad, "beta", () => new SmoothL1(s_x, bad), () => new SmoothL1Loss(beta: bad));
            yield return Row("BatchNorm1d", bad, "epsilon", () => new BatchNorm1d(3, epsilon: bad));
            yield return Row("BatchNorm1d", bad, "momentum", () => new BatchNorm1d(3, momentum: bad));
            yield return Row("LayerNorm", bad, "epsilon", () => new LayerNorm([3], epsilon: bad));
            yield return Row("Normalize", bad, "epsilon", () => new Normalize(s_x, [0], bad));
            yield return Row("Dropout", bad, "p", () => new Dropout(bad));
            yield return Row("CrossEntropyLoss", bad, "labelSmoothing", () => new CrossEntropyLoss(labelSmoothing: bad));
            yield return Row("SGD", bad, "learningRate", () => Optimizer(learningRate: bad), () => Optimizer().LearningRate = bad);
            yield return Row("SGD", bad, "momentum", () => Optimizer(momentum: bad));
            yield return Row("SGD", bad, "dampening", () => Optimizer(momentum: 0.9, dampening: bad));
            yield return Row("SGD", bad, "weightDecay", () => Optimizer(weightDecay: bad));
        }
        foreach (double bad in new[] { double.NaN, -Infinity })
            yield return Row("Softplus", bad, "threshold", () => s_x.Softplus(1, bad), () => new MyTorch.Operations.Softplus(s_x, 1, bad), () => new MyTorch.Nn.Softplus(1, bad));
        foreach (double bad in new[] { 0, -1.5 })
        {
            yield return Row("Huber", bad, "delta", () => new Huber(s_x, bad), () => new HuberLoss(delta: bad));
            yield return Row("SmoothL1", bad, "beta", () => new SmoothL1(s_x, bad));
            yield return Row("Normalize", bad, "epsilon", () => new Normalize(s_x, [0], bad));
        }
        yield return Row("Softplus", 0, "beta", () => s_x.Softplus(0), () => new MyTorch.Operations.Softplus(s_x, 0, 20), () => new MyTorch.Nn.Softplus(0));
        yield return Row("SmoothL1", -0.5, "beta", () => new SmoothL1Loss(beta: -0.5));
        yield return Row("Clamp", double.NaN, "min", () => s_x.Clamp(min: double.NaN), () => new Clamp(s_x, double.NaN, 1));
        yield return Row("Clamp", double.NaN, "max", () => s_x.Clamp(max: double.NaN), () => new Clamp(s_x, 0, double.NaN));

        static TestCaseData Row(string name, double value, string setting, params Action[] ways) =>
            new TestCaseData(name, value, setting, ways).SetArgDisplayNames($"{name} {setting} {value}");
    }

    static SGD Optimizer(double learningRate = 0.1, double momentum = 0, double dampening = 0, double weightDecay = 0) =>
        new([new Parameter(Tensor.Ones([2]))], learningRate, momentum: momentum, dampening: dampening, weightDecay: weightDecay);

    [TestCaseSource(nameof(Refused))]
    public void IsRefused(string name, double value, string setting, Action[] ways)
    {
        foreach (Action way in ways)
        {
            ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => way())!;
            Assert.That(error.ParamName, Is.EqualTo(setting));
            Assert.That(error.Message, Does.StartWith(name).And.Contain(FormattableString.Invariant($"It was {value}.")));
        }
    }

    /// <summary>C# takes a literal 0 for a reduction, and any number that is cast to one.</summary>
    [Test]
    public void ANumberIsNotTakenForAReduction()
    {
        foreach (Func<Loss> make in new Func<Loss>[]
        {
            () => new HuberLoss(0), () => new SmoothL1Loss(0), () => new MSELoss(0), () => new L1Loss(0), () => new KLDivLoss(0), () => new BCELoss(null, 0),
            () => new BCEWithLogitsLoss(null, 0), () => new NLLLoss(null, -100, 0), () => new CrossEntropyLoss(null, -100, 0), () => new HuberLoss((Reduction)5),
        })
        {
            ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => make())!;
            Assert.That(error.ParamName, Is.EqualTo("reduction"));
            Assert.That(error.Message, Does.Match(@"^\w+Loss: the reduction must be Reduction\.Mean, Sum, None or BatchMean; got [05]\. .*delta: 1"));
        }
        Assert.That(() => new HuberLoss(delta: 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("It was 0."));
        Assert.That(new SmoothL1Loss(beta: 0).Forward(s_x, 0 * s_x).Item(), Is.EqualTo(s_x.Abs().Mean().Item()), "β = 0 is the absolute error");
        Assert.That(Enum.GetValues<Reduction>(), Has.No.Member(default(Reduction)));
    }

    [Test]
    public void ALowerBoundAboveTheUpperIsRefused()
    {
        foreach (Action way in new Action[] { () => s_x.Clamp(2, 1.5), () => _ = new Clamp(s_x, 2, 1.5) })
            Assert.That(way, Throws.ArgumentException.With.Message.StartsWith("Clamp: min 2 is greater than max 1.5").And.Message.Contains("Swap"));
        Assert.That(s_x.Clamp(0.5, 0.5).ToArray(), Is.EqualTo(new[] { 0.5, 0.5, 0.5 }));
        Assert.That(s_x.Clamp(-Infinity, Infinity).ToArray(), Is.EqualTo(s_x.ToArray()), "infinite bounds change nothing");
    }

    [Test]
    public void SettingsAtTheEdgeOfWhatIsAllowed()
    {
        Assert.That(s_x.LeakyReLU(0).ToArray(), Is.EqualTo(s_x.ReLU().ToArray()));
        Assert.That(s_x.Softplus(-1).ToArray()[1], Is.EqualTo(-Math.Log(2)).Within(1e-6), "a negative β bends the other way");
        Assert.That(() => s_x.Softplus(1, Infinity), Throws.Nothing);
    }

    [Test]
    public void ProbabilitiesAreNotLogProbabilities()
    {
        Tensor labels = Tensor.Indices(0, 2), logits = Tensor.From([1.0, 2, 3, 0, -1, 4], [2, 3]);
        Tensor probabilities = logits.Softmax(1);
        Assert.That(() => new NLLLoss().Forward(probabilities, labels),
            Throws.ArgumentException.With.Message.StartsWith("NLLLoss: prediction 0.0900").And.Message.Contains("at element 0").And.Message.Contains("LogSoftmax").And.Message.Contains("CrossEntropyLoss"));
        Assert.That(() => new NLLLoss().Forward(logits, labels), Throws.ArgumentException.With.Message.Contains("LogSoftmax"));

        // The fixes that the message names.
        double right = new CrossEntropyLoss().Forward(logits, labels).Item();
        Assert.That(new NLLLoss().Forward(logits.LogSoftmax(1), labels).Item(), Is.EqualTo(right).Within(1e-6));
        Assert.That(new NLLLoss().Forward(probabilities.Log(), labels).Item(), Is.EqualTo(right).Within(1e-6));

        // What is ignored may hold anything; a logarithm of 1 may be a rounding above 0.
        Assert.That(() => new NLLLoss().Forward(probabilities, Tensor.Indices(-100, -100)), Throws.Nothing);
        Assert.That(new NLLLoss().Forward(Tensor.From([1e-7, -20], [1, 2]), Tensor.Indices(0)).Item(), Is.EqualTo(0).Within(1e-6));
        Assert.That(() => new NLLLoss().Forward(Tensor.From([-1.0, -1, -1, -1, -1, 0.5], [1, 2, 3]), Tensor.Indices([0, 0, 1], [1, 3])),
            Throws.ArgumentException.With.Message.Contains("0.5 at element 5"));
        Assert.That(() => new NLLLoss().Forward(Tensor.From([-1.0, -1, -1, -1, -1, 0.5], [1, 2, 3]), Tensor.Indices([0, 0, -100], [1, 3])), Throws.Nothing);
    }

    [Test]
    public void ProbabilitiesOutside0And1AreRefused()
    {
        foreach (double bad in new[] { -0.01, 1.01, Infinity, -Infinity })
        {
            Assert.That(() => new BCELoss().Forward(Tensor.From([0.5, bad]), Tensor.From([0.0, 1])), Throws.ArgumentException.With.Message.Contains("BCEWithLogitsLoss"));
            Assert.That(() => new BCELoss().Forward(Tensor.From([0.5, 0.5]), Tensor.From([0.0, bad])), Throws.ArgumentException.With.Message.Contains("target"));
            Assert.That(() => new BCEWithLogitsLoss().Forward(Tensor.From([0.5, 0.5]), Tensor.From([0.0, bad])), Throws.ArgumentException.With.Message.Contains("target"));
        }
    }
}
