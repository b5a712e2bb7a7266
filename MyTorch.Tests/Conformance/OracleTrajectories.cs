using System.Globalization;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests.Conformance;

/// <summary>Checks the cases that run for many steps: optimizers on recorded gradients, schedules, and whole training loops.</summary>
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

        Dictionary<string, Tensor> start = Start(c, rates[0], dtype);
        double? clipNorm = config.OptionalNumber("clip_grad_norm"), clipValue = config.OptionalNumber("clip_grad_value");
        double normType = config.Number("norm_type", 2);
        Optimizer optimizer = Create(c.Optimizer.ToString(), start.Values, config, rates[0]);
        for (int t = 0; t < steps.Length; t++)
        {
            optimizer.LearningRate = rates[t];
            foreach ((string name, Tensor parameter) in start)
                parameter.Grad = OracleTensors.Create(steps[t].Grads[name], dtype);
            if (clipNorm is { } largest)
            {
                double norm = optimizer.Parameters.ClipGradNorm(largest, normType);
                if (steps[t].Norm is { } expected) OracleTensors.AssertClose($"norm at step {t + 1}", norm, expected, tolerance);
            }
            if (clipValue is { } bound) optimizer.Parameters.ClipGradValue(bound);
            foreach ((string name, OracleTensor clipped) in steps[t].Clipped ?? [])
                OracleTensors.AssertClose($"clipped gradient of {name} at step {t + 1}", start[name].Grad, clipped, tolerance);
            double[][] gradients = [.. start.Values.Select(parameter => parameter.Grad!.ToArray())];
            optimizer.Step();
            foreach ((string name, Tensor parameter) in start)
                OracleTensors.AssertClose($"{name} after step {t + 1}", parameter, steps[t].Params[name], tolerance);
            Assert.That(start.Values.Select(parameter => parameter.Grad!.ToArray()), Is.EqualTo(gradients), "Step changed a gradient");
            optimizer.ZeroGrad();
        }
    }

    /// <summary>Compares the learning rate of each epoch. The arguments have PyTorch's names.</summary>
    public static void CheckSchedule(OracleCase c, DType dtype)
    {
        var config = new OracleArgs(c.Schedule!, c.Config);
        var optimizer = new SGD([new Parameter(Tensor.Ones([1], dtype))], c.BaseLr!.Value);
        LearningRateSchedule schedule = CreateSchedule(c.Schedule!, optimizer, config);
        config.EnsureAllUsed();
        Assert.That(c.LrByEpoch, Is.Not.Empty);
        foreach (double expected in c.LrByEpoch!)
        {
            // Rates are double numbers whatever the type of the parameters.
            OracleTensors.AssertClose($"learning rate of epoch {schedule.Epoch}", optimizer.LearningRate, expected, Tolerance.OfTrajectory(DType.Float64));
            schedule.Step();
        }
    }

    static LearningRateSchedule CreateSchedule(string name, Optimizer optimizer, OracleArgs config) => PlainName(name) switch
    {
        "step" => new StepDecay(optimizer, config.Integer("step_size"), config.Number("gamma", 0.1)),
        "multistep" => new MultiStepDecay(optimizer, config.Integers("milestones"), config.Number("gamma", 0.1)),
        "exponential" => new ExponentialDecay(optimizer, config.Number("gamma")),
        "cosine" or "cosineannealing" => new CosineAnnealing(optimizer, config.Integer("T_max"), config.Number("eta_min", 0)),
        "cosinewarmrestarts" or "cosineannealingwarmrestarts" => new CosineWarmRestarts(
            optimizer, config.Integer("T_0"), config.OptionalInteger("T_mult") ?? 1, config.Number("eta_min", 0)),
        "linear" or "linearwarmup" or "warmup" => new LinearWarmup(
            optimizer, config.OptionalInteger("total_iters") ?? 5, config.Number("start_factor", 1.0 / 3), config.Number("end_factor", 1)),
        "constant" => new ConstantFactor(optimizer, config.Number("factor", 1.0 / 3), config.OptionalInteger("total_iters") ?? 5),
        "polynomial" => new PolynomialDecay(optimizer, config.OptionalInteger("total_iters") ?? 5, config.Number("power", 1)),
        "onecycle" => OneCycleOf(optimizer, config),
        _ => throw new NotSupportedException(
            $"Unknown schedule '{name}'. Known: step, multistep, exponential, cosine, cosine_warm_restarts, linear, constant, polynomial, one_cycle."),
    };

    /// <summary>StepLR, step_lr and step are one.</summary>
    static string PlainName(string name)
    {
        string plain = name.ToLowerInvariant().Replace("_", "", StringComparison.Ordinal);
        return plain.EndsWith("lr", StringComparison.Ordinal) ? plain[..^2] : plain;
    }

    static OneCycle OneCycleOf(Optimizer optimizer, OracleArgs config)
    {
        if (config.OptionalNumber("max_lr") is { } largest) optimizer.LearningRate = largest;
        return new OneCycle(
            optimizer, config.Integer("total_steps"), config.Number("pct_start", 0.3), config.Number("div_factor", 25), config.Number("final_div_factor", 1e4));
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
        Optimizer optimizer = Create(optimizerName, model.Parameters(), config, rates[0]);

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

    static Optimizer Create(string name, IEnumerable<Tensor> parameters, OracleArgs config, double learningRate)
    {
        double Number(string option, double fallback) => config.Number(option, fallback);
        (double, double) Betas() => config.OptionalNumbers("betas") is [var first, var second] ? (first, second) : (0.9, 0.999);
        Optimizer optimizer = name switch
        {
            "SGD" => new SGD(
                parameters, learningRate, Number("momentum", 0), Number("dampening", 0), Number("weight_decay", 0), config.Flag("nesterov", false)),
            "Adam" => new Adam(parameters, learningRate, Betas(), Number("eps", 1e-8), Number("weight_decay", 0), config.Flag("amsgrad", false)),
            "AdamW" => new AdamW(parameters, learningRate, Betas(), Number("eps", 1e-8), Number("weight_decay", 0.01), config.Flag("amsgrad", false)),
            "RMSprop" => new RMSprop(
                parameters, learningRate, Number("alpha", 0.99), Number("eps", 1e-8), Number("weight_decay", 0), Number("momentum", 0), config.Flag("centered", false)),
            "Adagrad" => new Adagrad(
                parameters, learningRate, Number("lr_decay", 0), Number("weight_decay", 0), Number("initial_accumulator_value", 0), Number("eps", 1e-10)),
            _ => throw new NotSupportedException($"Unknown optimizer '{name}'. Known: SGD, Adam, AdamW, RMSprop, Adagrad."),
        };
        config.EnsureAllUsed();
        return optimizer;
    }

    /// <summary>
    /// The parameters before the first step. There, no optimizer has a history, so p₀ solves p₁ = p₀ − lr·step(g + wd·p₀), by iteration
    /// from p₁. The oracle's starts are multiples of 1/256: rounding to them keeps an error of the first step visible, which the formula
    /// alone would cancel.
    /// </summary>
    static Dictionary<string, Tensor> Start(OracleCase c, double rate, DType dtype)
    {
        OracleOptimizerStep first = c.Steps![0];
        var config = new OracleArgs(c.Optimizer.ToString(), c.Config);
        double decay = config.Number("weight_decay", 0);
        bool decoupled = c.Optimizer.ToString() == "AdamW";
        Func<double, double> step = FirstStep(c.Optimizer.ToString(), config);
        var start = new Dictionary<string, Tensor>();
        foreach ((string name, OracleTensor after) in first.Params)
        {
            double[] gradient = (first.Clipped ?? first.Grads)[name].Data;
            double[] before = [.. after.Data.Zip(gradient, Before)];
            double[] rounded = Array.ConvertAll(before, p => Math.Round(p * 256) / 256);
            if (before.Zip(rounded).All(pair => Math.Abs(pair.First - pair.Second) < 1e-9)) before = rounded;
            Tensor parameter = Tensor.From(before, after.Shape, dtype);
            parameter.RequiresGrad = true;
            start.Add(name, parameter);
        }
        return start;

        double Before(double after, double gradient)
        {
            double p = after;
            for (int i = 0; i < 200; i++)
                p = decoupled ? after + rate * (step(gradient) + decay * p) : after + rate * step(gradient + decay * p);
            return p;
        }
    }

    /// <summary>The step of the first gradient, without the learning rate, by the formulas of the oracle's README.</summary>
    static Func<double, double> FirstStep(string optimizer, OracleArgs config)
    {
        double epsilon = config.Number("eps", optimizer == "Adagrad" ? 1e-10 : 1e-8);
        switch (optimizer)
        {
            case "SGD":
                double factor = config.Flag("nesterov", false) ? 1 + config.Number("momentum", 0) : 1;
                return g => factor * g;
            case "Adam" or "AdamW":
                return g => g / (Math.Abs(g) + epsilon);
            case "RMSprop":
                double rest = 1 - config.Number("alpha", 0.99);
                double share = config.Flag("centered", false) ? rest - rest * rest : rest;
                return g => g / (Math.Sqrt(share * g * g) + epsilon);
            default:
                double sum = config.Number("initial_accumulator_value", 0);
                return g => g / (Math.Sqrt(sum + g * g) + epsilon);
        }
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
