using System.Globalization;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>SGD against steps worked out by hand, its settings, and what it does around a tape.</summary>
public sealed class SGDTests
{
    static Tensor Learned(params double[] values)
    {
        Tensor tensor = Tensor.From(values, DType.Float64);
        tensor.RequiresGrad = true;
        return tensor;
    }

    static void Step(SGD optimizer, Tensor parameter, double gradient)
    {
        parameter.Grad = Tensor.Full(parameter.Shape, gradient, DType.Float64);
        optimizer.Step();
    }

    [Test]
    public void APlainStepGoesAgainstTheGradient()
    {
        Tensor w = Learned(1, 2);
        w.Grad = Tensor.From(new double[] { 10, -4 }, DType.Float64);
        new SGD([w], learningRate: 0.5).Step();
        Assert.That(w.ToArray(), Is.EqualTo(new double[] { -4, 4 }));
        Assert.That(w.Grad.ToArray(), Is.EqualTo(new double[] { 10, -4 }), "a step does not touch the gradient");
    }

    [Test]
    public void MomentumKeepsAShareOfTheLastStep()
    {
        Tensor w = Learned(0);
        var optimizer = new SGD([w], learningRate: 0.1, momentum: 0.5);
        Step(optimizer, w, 1);   // v = 1
        Assert.That(w.Item(), Is.EqualTo(-0.1).Within(1e-15));
        Step(optimizer, w, 2);   // v = 0.5 + 2 = 2.5
        Assert.That(w.Item(), Is.EqualTo(-0.35).Within(1e-15));
        Step(optimizer, w, 0);   // v = 1.25
        Assert.That(w.Item(), Is.EqualTo(-0.475).Within(1e-15));
    }

    [Test]
    public void DampeningReducesEveryGradientButTheFirst()
    {
        Tensor w = Learned(0);
        var optimizer = new SGD([w], learningRate: 1, momentum: 0.5, dampening: 0.25);
        Step(optimizer, w, 1);   // v = 1
        Step(optimizer, w, 2);   // v = 0.5 + 0.75·2 = 2
        Assert.That(w.Item(), Is.EqualTo(-3).Within(1e-15));
    }

    [Test]
    public void NesterovLooksAheadAlongTheMomentum()
    {
        Tensor w = Learned(0);
        var optimizer = new SGD([w], learningRate: 1, momentum: 0.5, nesterov: true);
        Step(optimizer, w, 1);   // v = 1, step 1 + 0.5·1 = 1.5
        Assert.That(w.Item(), Is.EqualTo(-1.5).Within(1e-15));
        Step(optimizer, w, 2);   // v = 2.5, step 2 + 1.25 = 3.25
        Assert.That(w.Item(), Is.EqualTo(-4.75).Within(1e-15));
    }

    [Test]
    public void WeightDecayPullsTowardsZeroBeforeTheMomentum()
    {
        Tensor w = Learned(2);
        var optimizer = new SGD([w], learningRate: 0.5, momentum: 0.5, weightDecay: 0.1);
        Step(optimizer, w, 1);   // g = 1 + 0.2 = 1.2, v = 1.2, w = 1.4
        Assert.That(w.Item(), Is.EqualTo(1.4).Within(1e-15));
        Step(optimizer, w, 0);   // g = 0.14, v = 0.6 + 0.14 = 0.74, w = 1.03
        Assert.That(w.Item(), Is.EqualTo(1.03).Within(1e-15));
    }

    [Test]
    public void ParametersWithoutAGradientAreLeftAlone()
    {
        Tensor used = Learned(1), unused = Learned(1);
        var optimizer = new SGD([used, unused], learningRate: 0.1, momentum: 0.9, weightDecay: 0.5);
        Step(optimizer, used, 1);
        Assert.That(unused.Item(), Is.EqualTo(1), "no decay, no momentum");
        Assert.That(used.Item(), Is.LessThan(1));
    }

    [Test]
    public void MomentumWaitsWhileAGradientIsMissing()
    {
        Tensor w = Learned(0);
        var optimizer = new SGD([w], learningRate: 1, momentum: 0.5);
        Step(optimizer, w, 1);
        optimizer.ZeroGrad();
        optimizer.Step();
        Assert.That(w.Item(), Is.EqualTo(-1));
        Step(optimizer, w, 0);
        Assert.That(w.Item(), Is.EqualTo(-1.5), "v = 0.5·1 is still there");
    }

    [Test]
    public void TheLearningRateMayChangeBetweenSteps()
    {
        Tensor w = Learned(0);
        var optimizer = new SGD([w], learningRate: 1);
        Step(optimizer, w, 1);
        optimizer.LearningRate = 0.25;
        Step(optimizer, w, 1);
        Assert.That(w.Item(), Is.EqualTo(-1.25));
        optimizer.LearningRate = 0;
        Step(optimizer, w, 1);
        Assert.That(w.Item(), Is.EqualTo(-1.25));
        Assert.That(() => optimizer.LearningRate = -1, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("learningRate"));
        Assert.That(optimizer.LearningRate, Is.EqualTo(0));
    }

    [TestCase(-0.5)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void SettingsThatAreNotFiniteAreNamed(double bad)
    {
        Tensor[] w = [Learned(1)];
        string value = bad.ToString(CultureInfo.InvariantCulture);
        void Refused(Func<SGD> make, string name) =>
            Assert.That(make, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains(name).And.Message.Contains(value));
        Refused(() => new SGD(w, bad), "learningRate");
        Refused(() => new SGD(w, 1, momentum: bad), "momentum");
        Refused(() => new SGD(w, 1, weightDecay: bad), "weightDecay");
        if (!double.IsFinite(bad)) Refused(() => new SGD(w, 1, dampening: bad), "dampening");
    }

    [Test]
    public void NesterovNeedsMomentumAndNoDampening()
    {
        Assert.That(() => new SGD([Learned(1)], 1, nesterov: true), Throws.ArgumentException.With.Message.Contains("Nesterov"));
        Assert.That(() => new SGD([Learned(1)], 1, momentum: 0.9, dampening: 0.1, nesterov: true), Throws.ArgumentException.With.Message.Contains("dampening"));
    }

    [Test]
    public void ParametersThatCannotBeOptimizedAreNamed()
    {
        Tensor w = Learned(1);
        Assert.That(() => new SGD([], 1), Throws.ArgumentException.With.Message.Contains("nothing to optimize").And.Message.Contains("lists"));
        Assert.That(() => new SGD(new Sequential(new ReLU()).Parameters(), 1), Throws.ArgumentException.With.Message.Contains("nothing to optimize"));
        Assert.That(() => new SGD(null!, 1), Throws.ArgumentNullException);
        Assert.That(() => new SGD([w, null!], 1), Throws.ArgumentNullException.With.Message.Contains("null"));
        Assert.That(() => new SGD([w, Learned(2), w], 1), Throws.ArgumentException.With.Message.Contains("twice"));
        Assert.That(() => new SGD([Tensor.Ones([2])], 1), Throws.ArgumentException.With.Message.Contains("(2,)").And.Message.Contains("RequiresGrad"));
        using var autograd = new Autograd();
        Assert.That(() => new SGD([w * 2], 1), Throws.ArgumentException.With.Message.Contains("computed result").And.Message.Contains("leaf"));
    }

    [Test]
    public void AStepInsideAnOpenScopeRecordsNothing()
    {
        Tensor w = Learned(1, 2);
        var optimizer = new SGD([w], learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1);
        using var autograd = new Autograd();
        autograd.Backward(w.Square().Sum());
        int recorded = autograd.Operations.Count;
        optimizer.Step();
        Assert.That(autograd.Operations, Has.Count.EqualTo(recorded));
        Assert.That(w.RequiresGrad && w.IsLeaf);
        Assert.That(Autograd.IsRecording, "recording goes on after the step");
    }

    [Test]
    public void BackwardOfATapeThatAStepHasOutdatedIsAnErrorThatNamesTheParameter()
    {
        var layer = new Linear(2, 1);
        Assert.That(layer.Parameters(), Has.Count.EqualTo(2));
        var optimizer = new SGD(layer.Parameters(), learningRate: 0.1);
        using var autograd = new Autograd();
        Tensor first = layer.Forward(Tensor.Ones([3, 2])).Sum(), second = layer.Forward(Tensor.Ones([1, 2])).Sum();
        autograd.Backward(first);
        optimizer.Step();
        Assert.That(() => autograd.Backward(second), Throws.InvalidOperationException
            .With.Message.Contains("weight").And.Message.Contains("Linear").And.Message.Contains("changed after").And.Message.Contains("before optimizer.Step()"));
        double[] gradient = layer.Weight.Grad!.ToArray();
        Assert.That(gradient, Is.EqualTo(new double[] { 3, 3 }), "a failed Backward leaves the gradients as they were");
        autograd.Backward(layer.Forward(Tensor.Ones([1, 2])).Sum());
        Assert.That(layer.Weight.Grad!.ToArray(), Is.EqualTo(new double[] { 4, 4 }), "what is computed after the step can be differentiated");
    }

    [Test]
    public void GradientsAccumulateUntilZeroGrad()
    {
        Tensor w = Learned(3);
        var optimizer = new SGD([w], learningRate: 0.1);
        for (int i = 0; i < 2; i++)
        {
            using var autograd = new Autograd();
            autograd.Backward(w.Square());
        }
        Assert.That(w.Grad!.ToArray(), Is.EqualTo(new double[] { 12 }));
        optimizer.ZeroGrad();
        Assert.That(w.Grad, Is.Null);
    }

    [Test]
    public void AGradientThatTheUserKeptIsNotOverwrittenByMomentum()
    {
        Tensor w = Learned(0);
        var optimizer = new SGD([w], learningRate: 1, momentum: 0.5);
        Tensor given = Tensor.From(new double[] { 1 }, DType.Float64);
        w.Grad = given;
        optimizer.Step();
        optimizer.Step();
        Assert.That(given.ToArray(), Is.EqualTo(new double[] { 1 }));
        Assert.That(w.Item(), Is.EqualTo(-2.5));
    }

    [TestCase(DType.Float32, false)]
    [TestCase(DType.Float32, true)]
    [TestCase(DType.Float64, false)]
    [TestCase(DType.Float64, true)]
    public void LongParametersMoveAsEveryElementAloneWould(DType dtype, bool nesterov)
    {
        const double Rate = 0.5, Momentum = 0.75, Decay = 0.125;
        double[] start = [.. Enumerable.Range(0, 37).Select(i => i / 8.0 - 2)];
        double[] w = [.. start], v = new double[37];
        Tensor parameter = Tensor.From(start, dtype);
        parameter.RequiresGrad = true;
        var optimizer = new SGD([parameter], Rate, Momentum, nesterov: nesterov, weightDecay: Decay);
        for (int step = 0; step < 3; step++)
        {
            double[] g = [.. start.Select((_, i) => (i % 5 - 2) / 4.0 + step)];
            parameter.Grad = Tensor.From(g, dtype);
            optimizer.Step();
            for (int i = 0; i < w.Length; i++)
            {
                double decayed = g[i] + Decay * w[i];
                v[i] = step == 0 ? decayed : Momentum * v[i] + decayed;
                w[i] -= Rate * (nesterov ? decayed + Momentum * v[i] : v[i]);
            }
        }
        Assert.That(parameter.ToArray(), Is.EqualTo(w).Within(dtype == DType.Float32 ? 1e-5 : 1e-14));
    }

    [TestCase(DType.Float32, 1e-6)]
    [TestCase(DType.Float64, 1e-14)]
    public void OnePassMakesTheStepsOfTheFormula(DType dtype, double tolerance)
    {
        (double Momentum, double Dampening, bool Nesterov, double WeightDecay)[] settings =
            [(0, 0, false, 0), (0, 0.5, false, 0.1), (0.9, 0, false, 0), (0.9, 0.25, false, 0), (0.9, 0, true, 0), (0.9, 0, true, 0.1), (0.5, 0.25, false, 0.1)];
        foreach (var (momentum, dampening, nesterov, weightDecay) in settings)
        {
            // 37 elements: whole vectors and a rest.
            Tensor start = Tensor.Randn([37], dtype, new Generator(1));
            Tensor[] moved = [.. new[] { false, true }.Select(inOnePass =>
            {
                var w = new Parameter(start);
                var optimizer = new SGD([w], 0.3, momentum, dampening, weightDecay, nesterov) { InOnePass = inOnePass };
                for (int step = 0; step < 4; step++)
                {
                    optimizer.ZeroGrad();
                    using var autograd = new Autograd();
                    autograd.Backward((w * w * w).Sum());
                    optimizer.Step();
                }
                return w;
            })];
            Assert.That(moved[1].ToArray(), Is.EqualTo(moved[0].ToArray()).Within(tolerance), $"momentum {momentum}, dampening {dampening}, Nesterov {nesterov}, decay {weightDecay}");
            Assert.That(moved[1].ToArray(), Is.Not.EqualTo(start.ToArray()).Within(tolerance));
        }
    }

    [Test]
    public void AStepOfSmallParametersAllocatesNothing()
    {
        Parameter[] parameters = [new(Tensor.Ones([300, 300], DType.Float32)), new(Tensor.Ones([5], DType.Float64))];
        var optimizer = new SGD(parameters, 0.1, momentum: 0.9);
        foreach (Parameter parameter in parameters) parameter.Grad = Tensor.OnesLike(parameter);
        optimizer.Step();
        long least = long.MaxValue;
        // The runtime may note something about a method's first calls.
        for (int step = 0; step < 5; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            optimizer.Step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.That(least, Is.Zero);
    }
}
