using System.Globalization;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests.Conformance;

/// <summary>Checks the cases that run for many steps: optimizers on recorded gradients, and whole training loops.</summary>
public static class OracleTrajectories
{
    /// <summary>
    /// Feeds the recorded gradients of each step to the optimizer and compares the parameters after it. The files keep
    /// neither the data behind the losses nor the starting point; the start follows from the first step, whose formula
    /// has no history, and the losses of whole loops are checked by the training cases.
    /// </summary>
    public static void CheckOptimizer(OracleCase c, DType dtype)
    {
        Tolerance tolerance = Tolerance.OfTrajectory(dtype);
        OracleOptimizerStep[] steps = c.Steps!;
        Assert.That(steps, Is.Not.Empty, "steps");
        var config = new OracleArgs(c.Optimizer.ToString(), c.Config);
        double[] rates = [.. config.NumberSequence("lr").Take(steps.Length)];
        Assert.That(rates, Has.Length.EqualTo(steps.Length), "one learning rate a step");

        Dictionary<string, Tensor> start = Start(steps[0], rates[0], config, dtype);
        SGD optimizer = Create(c.Optimizer.ToString(), start.Values, config, rates[0]);
        for (int t = 0; t < steps.Length; t++)
        {
            optimizer.LearningRate = rates[t];
            foreach ((string name, Tensor parameter) in start)
                parameter.Grad = OracleTensors.Create(steps[t].Grads[name], dtype);
            optimizer.Step();
            foreach ((string name, Tensor parameter) in start)
            {
                OracleTensors.AssertClose($"{name} after step {t + 1}", parameter, steps[t].Params[name], tolerance);
                Assert.That(parameter.Grad!.ToArray(), Is.EqualTo(OracleTensors.Create(steps[t].Grads[name], dtype).ToArray()), "Step changed a gradient");
            }
            optimizer.ZeroGrad();
        }
    }

    /// <summary>Runs the recorded loop with an <see cref="MLP"/>: losses, first gradients, parameters on the way and at the end.</summary>
    public static void CheckTraining(OracleCase c, DType dtype, IBackwardEngine engine)
    {
        Tolerance tolerance = Tolerance.OfTrajectory(dtype);
        int[] layers = c.Layers!;
        var model = new MLP(layers[0], layers[1..^1], layers[^1], Activation(c.Activation), dtype);
        Dictionary<string, Tensor> parameters = Parameters(model, layers.Length - 1);
        foreach ((string name, Tensor parameter) in parameters)
            parameter.CopyFrom(Turned(OracleTensors.Create(c.Initial![name], dtype)));

        string optimizerName = c.Optimizer.GetProperty("name").GetString()!;
        var config = new OracleArgs(optimizerName, c.Optimizer);
        config.Text("name", optimizerName);
        double[] rates = [.. config.NumberSequence("lr").Take(c.Losses!.Length)];
        SGD optimizer = Create(optimizerName, model.Parameters(), config, rates[0]);

        Tensor inputs = OracleTensors.Create(c.X!, dtype);
        Tensor targets = c.Loss == "ce"
            ? Tensor.Indices(Array.ConvertAll(c.Y!.Data, value => (long)value), c.Y.Shape)
            : OracleTensors.Create(c.Y!, dtype);
        Func<Tensor, Tensor, Tensor> criterion = Criterion(c.Loss);

        Assert.That(rates, Is.Not.Empty.And.Length.EqualTo(c.Losses.Length), "a loss and a learning rate for every step");
        for (int t = 0; t < c.Losses.Length; t++)
        {
            optimizer.LearningRate = rates[t];
            (Tensor x, Tensor y) = c.Batches is { } batches ? (Rows(inputs, batches[t]), Rows(targets, batches[t])) : (inputs, targets);
            using var autograd = new Autograd();
            Tensor loss = criterion(model.Forward(x), y);
            OracleTensors.AssertClose($"loss before step {t + 1}", loss.Item(), c.Losses[t], tolerance);
            engine.Backward(autograd, loss);
            if (t == 0) Compare("first gradient of", c.FirstGrads!, name => parameters[name].Grad);
            optimizer.Step();
            optimizer.ZeroGrad();
            if (c.ParamsAfter?.TryGetValue((t + 1).ToString(CultureInfo.InvariantCulture), out Dictionary<string, OracleTensor>? after) == true)
                Compare($"after step {t + 1}, ", after, name => parameters[name]);
        }

        Compare("at the end, ", c.Final!, name => parameters[name]);
        Tensor output = model.Forward(inputs);
        if (c.FinalLossFull is { } final)
            OracleTensors.AssertClose("final loss", criterion(output, targets).Item(), final, tolerance);
        if (c.FinalOutputFirst5 is { } first)
            OracleTensors.AssertClose("final output", output[..first.Shape[0]], first, tolerance);
        if (c.FinalAccuracy is { } accuracy)
            Assert.That(Accuracy(output, targets), Is.EqualTo(accuracy).Within(1e-12), "final accuracy");

        void Compare(string what, Dictionary<string, OracleTensor> expected, Func<string, Tensor?> actual)
        {
            Assert.That(expected.Keys, Is.EquivalentTo(parameters.Keys), what);
            foreach ((string name, OracleTensor tensor) in expected)
                OracleTensors.AssertClose(what + name, actual(name) is { } found ? Turned(found) : null, tensor, tolerance);
        }
    }

    static SGD Create(string name, IEnumerable<Tensor> parameters, OracleArgs config, double learningRate)
    {
        if (name != "SGD") throw new NotSupportedException($"Unknown optimizer '{name}'. Known: SGD.");
        var optimizer = new SGD(
            parameters, learningRate,
            momentum: config.Number("momentum", 0),
            dampening: config.Number("dampening", 0),
            nesterov: config.Flag("nesterov", false),
            weightDecay: config.Number("weight_decay", 0));
        config.EnsureAllUsed();
        return optimizer;
    }

    /// <summary>
    /// The parameters before the first step. There, g' = g + wd·p and the step is g', or g'·(1 + momentum) with Nesterov,
    /// so p₀ = (p₁ + lr·k·g) / (1 - lr·k·wd). The oracle's starts are multiples of 1/256: rounding to them keeps an error of
    /// the first step visible, which the bare formula would cancel.
    /// </summary>
    static Dictionary<string, Tensor> Start(OracleOptimizerStep first, double rate, OracleArgs config, DType dtype)
    {
        double decay = config.Number("weight_decay", 0);
        double k = config.Flag("nesterov", false) ? 1 + config.Number("momentum", 0) : 1;
        var start = new Dictionary<string, Tensor>();
        foreach ((string name, OracleTensor after) in first.Params)
        {
            double[] before = [.. after.Data.Zip(first.Grads[name].Data, (p, g) => (p + rate * k * g) / (1 - rate * k * decay))];
            double[] rounded = Array.ConvertAll(before, p => Math.Round(p * 256) / 256);
            if (before.Zip(rounded).All(pair => Math.Abs(pair.First - pair.Second) < 1e-9)) before = rounded;
            Tensor parameter = Tensor.From(before, after.Shape, dtype);
            parameter.RequiresGrad = true;
            start.Add(name, parameter);
        }
        return start;
    }

    /// <summary>The model's parameters by the oracle's names: w1, b1, w2, ...</summary>
    static Dictionary<string, Tensor> Parameters(MLP model, int layers)
    {
        Tensor[] all = [.. model.Parameters()];
        Assert.That(all, Has.Length.EqualTo(2 * layers), "a weight and a bias a layer");
        return Enumerable.Range(0, layers)
            .SelectMany(i => new[] { ($"w{i + 1}", all[2 * i]), ($"b{i + 1}", all[2 * i + 1]) })
            .ToDictionary(pair => pair.Item1, pair => pair.Item2);
    }

    /// <summary>The oracle keeps weights as (in, out), Linear as (out, in).</summary>
    static Tensor Turned(Tensor tensor) => tensor.Rank == 2 ? tensor.Transpose(0, 1) : tensor;

    static Tensor Rows(Tensor tensor, int[] rows) =>
        tensor.IndexSelect(0, Tensor.Indices(Array.ConvertAll(rows, row => (long)row)));

    static Func<Module> Activation(string? name) => name switch
    {
        "relu" => () => new ReLU(),
        "tanh" => () => new Tanh(),
        "sigmoid" => () => new Sigmoid(),
        "silu" => () => new SiLU(),
        "gelu" => () => new GELU(),
        "elu" => () => new ELU(),
        "leaky_relu" => () => new LeakyReLU(),
        "softplus" => () => new Softplus(),
        _ => throw new NotSupportedException($"Unknown activation '{name}'."),
    };

    static Func<Tensor, Tensor, Tensor> Criterion(string? name) => name switch
    {
        "ce" => new CrossEntropyLoss().Forward,
        "mse" => (output, target) => new MSELoss().Forward(output, target.Reshape(output.Shape)),
        "bce" => (output, target) => new BCEWithLogitsLoss().Forward(output, target.Reshape(output.Shape)),
        _ => throw new NotSupportedException($"Unknown loss '{name}'."),
    };

    static double Accuracy(Tensor output, Tensor targets)
    {
        bool[] right = targets.DType == DType.Int64
            ? [.. output.ArgMax(1).ToInt64Array().Zip(targets.ToInt64Array(), (guess, truth) => guess == truth)]
            : [.. output.ToArray().Zip(targets.ToArray(), (logit, truth) => logit > 0 == truth > 0.5)];
        return right.Count(hit => hit) / (double)right.Length;
    }
}
