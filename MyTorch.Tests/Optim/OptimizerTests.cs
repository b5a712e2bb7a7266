using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>The base of optimizers: one that a user derives, groups of parameters, and state that is saved and loaded.</summary>
public sealed class OptimizerTests
{
    /// <summary>Adagrad, as a user would write it: s ← s + g², w ← w − η·g/(√s + ε). Duchi, Hazan and Singer, 2011.</summary>
    sealed class SumOfSquares(IEnumerable<Tensor> parameters, double learningRate, double epsilon = 1e-10) : Optimizer(parameters, learningRate, ("eps", epsilon))
    {
        protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state)
        {
            Tensor sum = (state["sum"] ?? Tensor.ZerosLike(parameter)) + gradient.Square();
            state["sum"] = sum;
            parameter.CopyFrom(parameter - group.LearningRate * gradient / (sum.Sqrt() + group["eps"]));
        }

        protected override Shape? StateShape(string name, Tensor parameter) => name == "sum" ? parameter.Shape : base.StateShape(name, parameter);
    }

    /// <summary>An optimizer that keeps state without declaring it.</summary>
    sealed class Undeclared(IEnumerable<Tensor> parameters) : Optimizer(parameters, 0.1)
    {
        protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state) => state["last"] = gradient.Clone();
    }

    static MLP Net(DType dtype = DType.Float64) => new(2, [8], 2, () => new Tanh(), dtype, new Generator(4));

    static double TrainingStep(MLP model, Optimizer optimizer)
    {
        Tensor x = Tensor.From(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }, model.Parameters()[0].DType);
        using var autograd = new Autograd();
        Tensor loss = new CrossEntropyLoss().Forward(model.Forward(x), Tensor.Indices(0, 1, 1, 0));
        autograd.Backward(loss);
        optimizer.Step();
        optimizer.ZeroGrad();
        return loss.Item();
    }

    static double[] Values(MLP model) => [.. model.Parameters().SelectMany(parameter => parameter.ToArray())];

    [Test]
    public void AUsersOwnOptimizerTrains()
    {
        MLP model = Net();
        var optimizer = new SumOfSquares(model.Parameters(), learningRate: 0.5);
        double first = TrainingStep(model, optimizer), last = 0;
        for (int step = 0; step < 100; step++) last = TrainingStep(model, optimizer);
        Assert.That(first, Is.GreaterThan(0.5));
        Assert.That(last, Is.LessThan(0.01), "exclusive or is learned");
        Assert.That(optimizer.StateDict().Keys, Does.Contain("state.3.sum").And.Contains("param_groups.0.eps"));
    }

    [Test]
    public void AStepOfAUsersOwnOptimizerIsAsWorkedOutByHandAndRecordsNothing()
    {
        var w = new Parameter(Tensor.From([1, 2], DType.Float64));
        var optimizer = new SumOfSquares([w], learningRate: 0.5, epsilon: 0);
        using var autograd = new Autograd();
        foreach (double gradient in (double[])[3, 4])
        {
            w.Grad = Tensor.From([gradient, -gradient], DType.Float64);
            optimizer.Step();
        }
        // 1 − 0.5·3/3 − 0.5·4/√(9 + 16)
        Assert.That(w.ToArray(), Is.EqualTo(new[] { 0.1, 2.9 }).Within(1e-15));
        Assert.That(autograd.Operations, Is.Empty);
    }

    [Test]
    public void StateThatIsNotDeclaredIsNamed()
    {
        var w = new Parameter(1);
        var optimizer = new Undeclared([w]);
        w.Grad = 1;
        Assert.That(optimizer.Step, Throws.ArgumentException.With.Message.Contains("Undeclared").And.Message.Contains("last").And.Message.Contains("StateShape"));
    }

    /// <summary>An optimizer whose state has another shape than it declares.</summary>
    sealed class Misshapen(IEnumerable<Tensor> parameters) : Optimizer(parameters, 0.1)
    {
        protected override void Update(Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state) => state["norm"] = gradient.Sum();

        protected override Shape? StateShape(string name, Tensor parameter) => parameter.Shape;
    }

    [Test]
    public void StateOfAnotherShapeThanDeclaredIsRefusedWithBoth()
    {
        var w = new Parameter(Tensor.Ones([2, 3]));
        var optimizer = new Misshapen([w]);
        w.Grad = Tensor.Ones([2, 3]);
        Assert.That(optimizer.Step, Throws.ArgumentException.With.Message.Contains("the state norm is () Float32").And.Message.Contains("must be (2, 3) Float32"));
    }

    static IEnumerable<TestCaseData> Optimizers()
    {
        foreach (DType dtype in (DType[])[DType.Float32, DType.Float64])
        {
            yield return Case("SGD", parameters => new SGD(parameters, 0.3));
            yield return Case("SGD with momentum", parameters => new SGD(parameters, 0.1, 0.9));
            yield return Case("SGD, Nesterov and decay", parameters => new SGD(parameters, 0.1, 0.9, weightDecay: 1e-3, nesterov: true));
            yield return Case("SGD by the formula", parameters => new SGD(parameters, 0.1, 0.9, 0.1) { InOnePass = false });
            yield return Case("a user's own", parameters => new SumOfSquares(parameters, 0.1));

            yield return Case("Adam", parameters => new Adam(parameters, 0.01));
            yield return Case("Adam, AMSGrad and decay", parameters => new Adam(parameters, 0.01, weightDecay: 1e-3, amsgrad: true));
            yield return Case("Adam by the formula", parameters => new Adam(parameters, 0.01) { InOnePass = false });
            yield return Case("AdamW", parameters => new AdamW(parameters, 0.01));
            yield return Case("RMSprop", parameters => new RMSprop(parameters));
            yield return Case("RMSprop, centered with momentum", parameters => new RMSprop(parameters, momentum: 0.9, centered: true));
            yield return Case("Adagrad", parameters => new Adagrad(parameters, 0.1, learningRateDecay: 0.1, initialAccumulatorValue: 0.1));

            TestCaseData Case(string name, Func<IEnumerable<Tensor>, Optimizer> make) => new TestCaseData(dtype, make).SetName($"TrainingFromLoadedStateGoesOnBitForBit({name}, {dtype})");
        }
    }

    [TestCaseSource(nameof(Optimizers))]
    public void TrainingFromLoadedStateGoesOnBitForBit(DType dtype, Func<IEnumerable<Tensor>, Optimizer> make)
    {
        MLP whole = Net(dtype);
        Optimizer uninterrupted = make(whole.Parameters());
        for (int step = 0; step < 3; step++) TrainingStep(whole, uninterrupted);
        uninterrupted.LearningRate *= 0.3;

        MLP second = Net(dtype);
        foreach ((Tensor to, Tensor from) in second.Parameters().Zip(whole.Parameters())) to.CopyFrom(from);
        Optimizer resumed = make(second.Parameters());
        Dictionary<string, Tensor> saved = uninterrupted.StateDict();
        string[] asSaved = Texts(saved);
        resumed.LoadStateDict(saved);
        for (int step = 0; step < 4; step++)
        {
            TrainingStep(whole, uninterrupted);
            TrainingStep(second, resumed);
        }
        Assert.That(Values(second), Is.EqualTo(Values(whole)));
        Assert.That(resumed.LearningRate, Is.EqualTo(uninterrupted.LearningRate));
        Assert.That(Texts(resumed.StateDict()), Is.EqualTo(Texts(uninterrupted.StateDict())));
        Assert.That(Texts(saved), Is.EqualTo(asSaved), "what was saved is a copy that training does not change");

        static string[] Texts(IReadOnlyDictionary<string, Tensor> state) =>
            [.. state.Select(entry => $"{entry.Key} {entry.Value.Shape} {string.Join(" ", entry.Value.ToArray().Select(BitConverter.DoubleToInt64Bits))}").Order()];
    }

    [Test]
    public void TheNamesOfTheStateArePyTorchs()
    {
        var w = new Parameter(Tensor.Ones([2, 3]));
        var b = new Parameter(Tensor.Ones([3]));
        var optimizer = new SGD([w], 0.1, momentum: 0.9);
        optimizer.AddParameterGroup(new([b]) { LearningRate = 0.01 });
        b.Grad = Tensor.Ones([3]);
        optimizer.Step();
        Dictionary<string, Tensor> saved = optimizer.StateDict();
        Assert.That(saved.Keys, Is.EquivalentTo(new[]
        {
            "param_groups.0.lr", "param_groups.0.momentum", "param_groups.0.dampening", "param_groups.0.weight_decay", "param_groups.0.nesterov", "param_groups.0.params",
            "param_groups.1.lr", "param_groups.1.momentum", "param_groups.1.dampening", "param_groups.1.weight_decay", "param_groups.1.nesterov", "param_groups.1.params",
            "state.1.momentum_buffer",
        }));
        Assert.That(saved["param_groups.1.lr"].Item(), Is.EqualTo(0.01));
        Assert.That(saved["param_groups.1.params"].ToInt64Array(), Is.EqualTo(new[] { 1 }));
        Assert.That(saved["state.1.momentum_buffer"].ToArray(), Is.EqualTo(new[] { 1, 1, 1 }));
    }

    static IEnumerable<TestCaseData> WrongStates()
    {
        yield return Case("a missing option", state => state.Remove("param_groups.0.lr"), "param_groups.0.lr", "missing");
        yield return Case("a missing group", state => state.Remove("param_groups.1.params"), "param_groups.1.params", "missing");
        yield return Case("an unknown option", state => state["param_groups.0.betas"] = 1, "param_groups.0.betas", "momentum");
        yield return Case("an unknown name", state => state["model.weight"] = 1, "model.weight", "state.i.name");
        yield return Case("an unknown state", state => state["state.0.exp_avg"] = Tensor.Ones([2, 3]), "state.0.exp_avg", "no state exp_avg");
        yield return Case("an unknown parameter", state => state["state.2.momentum_buffer"] = Tensor.Ones([2, 3]), "state.2.momentum_buffer", "0 to 1");
        yield return Case("another shape", state => state["state.0.momentum_buffer"] = Tensor.Ones([3, 2]), "state.0.momentum_buffer is (3, 2)", "weight (2, 3)");
        yield return Case("another type", state => state["state.0.momentum_buffer"] = Tensor.Ones([2, 3], DType.Float64), "Float64", "must be (2, 3) Float32");
        yield return Case("other parameters", state => state["param_groups.0.params"] = Tensor.Indices(0, 1), "param_groups.0.params", "group 0");
        yield return Case("an option of two numbers", state => state["param_groups.0.lr"] = Tensor.Ones([2]), "param_groups.0.lr", "one number");
        yield return Case("an option outside its range", state => state["param_groups.1.momentum"] = -1, "momentum", "-1");

        static TestCaseData Case(string name, Action<Dictionary<string, Tensor>> change, params string[] parts) => new TestCaseData(change, parts).SetName($"StateThatDoesNotFitIsNamedAndChangesNothing({name})");
    }

    [TestCaseSource(nameof(WrongStates))]
    public void StateThatDoesNotFitIsNamedAndChangesNothing(Action<Dictionary<string, Tensor>> change, string[] parts)
    {
        var optimizer = new SGD([new Parameter(Tensor.Ones([2, 3])) { Name = "weight" }], 0.25, momentum: 0.5);
        optimizer.AddParameterGroup(new([new Parameter(Tensor.Ones([3])) { Name = "bias" }]) { LearningRate = 0.125 });
        foreach (Tensor parameter in optimizer.Parameters) parameter.Grad = Tensor.OnesLike(parameter);
        optimizer.Step();
        var state = new Dictionary<string, Tensor>(optimizer.StateDict()) { ["param_groups.0.momentum"] = 0.75 };
        change(state);

        Exception? thrown = Assert.Catch<ArgumentException>(() => optimizer.LoadStateDict(state));
        foreach (string part in parts) Assert.That(thrown!.Message, Does.Contain(part));
        Assert.That(optimizer.ParameterGroups[0]["momentum"], Is.EqualTo(0.5));
        Assert.That(optimizer.ParameterGroups[1].LearningRate, Is.EqualTo(0.125));
        Assert.That(optimizer.StateDict()["state.0.momentum_buffer"].ToArray(), Has.All.EqualTo(1));
    }

    [Test]
    public void EachGroupMovesWithItsOwnOptions()
    {
        var body = new Parameter(Tensor.Ones([2], DType.Float64));
        var head = new Parameter(Tensor.Ones([1], DType.Float64));
        var optimizer = new SGD([body], learningRate: 0.5, momentum: 0.5);
        optimizer.AddParameterGroup(new([head]) { LearningRate = 0.25, ["momentum"] = 0 });
        for (int step = 0; step < 2; step++)
        {
            body.Grad = Tensor.OnesLike(body);
            head.Grad = Tensor.OnesLike(head);
            optimizer.Step();
        }
        Assert.That(body.ToArray(), Is.EqualTo(new[] { -0.25, -0.25 }), "1 − 0.5·1 − 0.5·1.5");
        Assert.That(head.Item(), Is.EqualTo(0.5), "1 − 0.25·1 − 0.25·1");
        Assert.That(optimizer.Parameters, Is.EqualTo(new Tensor[] { body, head }));
        Assert.That(() => optimizer.LearningRate, Throws.InvalidOperationException.With.Message.Contains("ParameterGroups[i].LearningRate"));
        optimizer.LearningRate = 0.125;
        Assert.That(optimizer.ParameterGroups.Select(group => group.LearningRate), Has.All.EqualTo(0.125));
        Assert.That(optimizer.LearningRate, Is.EqualTo(0.125));
    }

    [Test]
    public void AGroupThatDoesNotFitIsNamedAndNotAdded()
    {
        var w = new Parameter(1);
        var optimizer = new SGD([w], 0.1);
        Assert.That(() => optimizer.AddParameterGroup(new([new Parameter(2)]) { ["beta"] = 1 }), Throws.ArgumentException.With.Message.Contains("no option beta").And.Message.Contains("weight_decay"));
        Assert.That(() => optimizer.AddParameterGroup(new([new Parameter(2)]) { ["momentum"] = -1 }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("momentum"));
        Assert.That(() => optimizer.AddParameterGroup(new([w])), Throws.ArgumentException.With.Message.Contains("twice"));
        Assert.That(() => optimizer.AddParameterGroup(new([])), Throws.ArgumentException.With.Message.Contains("nothing to optimize"));
        Assert.That(() => optimizer.AddParameterGroup(optimizer.ParameterGroups[0]), Throws.ArgumentException);
        ParameterGroup taken = new SGD([new Parameter(2)], 0.1).ParameterGroups[0];
        Assert.That(() => optimizer.AddParameterGroup(taken), Throws.ArgumentException.With.Message.Contains("belongs to an optimizer already"));
        Assert.That(() => new ParameterGroup([w]).LearningRate, Throws.ArgumentException.With.Message.Contains("lr"));
        Assert.That(optimizer.ParameterGroups, Has.Count.EqualTo(1));
        Assert.That(optimizer.Parameters, Has.Count.EqualTo(1));
    }

    [Test]
    public void AnOptionIsCheckedWhenItIsSet()
    {
        var optimizer = new SGD([new Parameter(1)], 0.1, momentum: 0.5, nesterov: true);
        ParameterGroup group = optimizer.ParameterGroups[0];
        Assert.That(() => group["momentum"] = 0, Throws.ArgumentException.With.Message.Contains("Nesterov"));
        Assert.That(() => group["beta"] = 0, Throws.ArgumentException.With.Message.Contains("no option beta"));
        Assert.That(() => group["beta"], Throws.ArgumentException.With.Message.Contains("lr, momentum"));
        Assert.That(group["momentum"], Is.EqualTo(0.5));
        group["momentum"] = 0.75;
        Assert.That(optimizer.StateDict()["param_groups.0.momentum"].Item(), Is.EqualTo(0.75));
    }
}
