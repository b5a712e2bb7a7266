using MyTorch.Data;
using MyTorch.Diagnostics;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Teaching;

/// <summary>How well a network does on some rows.</summary>
/// <param name="Loss">The loss, of all rows together.</param>
/// <param name="Accuracy">The fraction of rows whose class is right, 0 to 1; of a regression null.</param>
/// <param name="Rows">The number of rows.</param>
public sealed record NetworkScore(double Loss, double? Accuracy, int Rows);

/// <summary>
/// A network in training, one step at a time: every number of it can be read between steps, and it can go back to an earlier step. All is
/// in Float64.
/// <code>
/// var run = new NetworkRun(new NetworkSettings());
/// for (int i = 0; i &lt; 200; i++) Console.WriteLine(run.Step());
/// </code>
/// </summary>
/// <remarks>The losses are those of the program that <see cref="NetworkProgram"/> writes for the same settings.</remarks>
public sealed class NetworkRun
{
    /// <summary>The largest number of states that are kept to go back to.</summary>
    public const int MostKept = 64;

    // The latest states are kept close together, older ones at distances that grow with the number of steps.
    const int Closest = 8, KeptClosest = 4 * Closest;

    // When the mean losses of three times as many epochs, and steps, are the same within two thousandths, training is over.
    const int StillEpochs = 40, StillSteps = 800;

    readonly DataLoader _loader;
    readonly Loss _criterion;
    readonly NetworkLoss _loss;
    readonly List<double> _losses = [], _epochLosses = [];
    readonly SortedDictionary<int, State> _kept = [];
    IEnumerator<Batch> _batches;
    int _watchedFrom;
    double _epochSum;
    int _epochRows, _distance = Closest;

    sealed record State(
        Tensor[] Parameters, Tensor?[] Gradients, Dictionary<string, Tensor> Optimizer, (Tensor? Generator, int Returned) Position,
        int Epoch, int Epochs, double EpochSum, int EpochRows);

    /// <summary>A network before its first step.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="file">The rows of the file, unscaled, Float64: for <see cref="NetworkData.Digits"/> and <see
    /// cref="NetworkData.Own"/>.</param>
    /// <exception cref="ArgumentException">The settings make no network, or a file is missing or not Float64.</exception>
    /// <exception cref="InvalidOperationException">The rows are too few to be split.</exception>
    public NetworkRun(NetworkSettings settings, Dataset? file = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        Settings = settings;
        Data = Rows(settings, file);
        (RawTrain, RawTest) = Data.Split(settings.TrainShare, settings.Seed);
        (Train, Test) = (RawTrain, RawTest);
        if (settings.Data == NetworkData.Own)
        {
            Imputer imputer = Imputer.Fit(Train);
            (Train, Test) = (imputer.Apply(Train), imputer.Apply(Test));
        }
        if (settings.Standardize)
        {
            Standardizer = Standardizer.Fit(Train);
            (Train, Test) = (Standardizer.Apply(Train), Standardizer.Apply(Test));
        }
        Model = MakeModel(settings, Data.FeatureCount, Data.OutputCount);
        Layers = Model.Modules.OfType<Linear>().ToArray().AsReadOnly();
        _loss = settings.LossFor(Data.IsClassification);
        _criterion = _loss switch
        {
            NetworkLoss.CrossEntropy => new CrossEntropyLoss(),
            NetworkLoss.MSE => new MSELoss(),
            NetworkLoss.L1 => new L1Loss(),
            _ => new HuberLoss(),
        };
        Optimizer = MakeOptimizer(settings, Model.Parameters());
        _loader = new DataLoader(Train, settings.BatchSize, shuffle: true, seed: settings.Seed);
        _batches = _loader.GetEnumerator();
        Keep();
    }

    /// <summary>The settings.</summary>
    public NetworkSettings Settings { get; }

    /// <summary>All rows, unscaled.</summary>
    public Dataset Data { get; }

    /// <summary>The training rows, unscaled.</summary>
    public Dataset RawTrain { get; }

    /// <summary>The test rows, unscaled.</summary>
    public Dataset RawTest { get; }

    /// <summary>The training rows as the network gets them.</summary>
    public Dataset Train { get; }

    /// <summary>The test rows as the network gets them.</summary>
    public Dataset Test { get; }

    /// <summary>How rows are scaled; null if they are not.</summary>
    public Standardizer? Standardizer { get; }

    /// <summary>The network: Linear, activation, …, Linear.</summary>
    public Sequential Model { get; }

    /// <summary>Its linear layers, first to last; the last makes the outputs.</summary>
    public IReadOnlyList<Linear> Layers { get; }

    /// <summary>The loss of outputs and targets.</summary>
    public Loss Criterion => _criterion;

    /// <summary>Its optimizer.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The numbers of neurons from the inputs to the outputs.</summary>
    public IReadOnlyList<int> Sizes => [Data.FeatureCount, .. Layers.Select(layer => layer.Weight.Shape[0])];

    /// <summary>The number of steps done.</summary>
    public int StepCount => _losses.Count;

    /// <summary>The number of the epoch of the last step, from 1; 0 before the first step.</summary>
    public int Epoch { get; private set; }

    /// <summary>The number of steps in an epoch.</summary>
    public int StepsPerEpoch => _loader.BatchCount;

    /// <summary>The loss of each step's batch, before that step.</summary>
    public IReadOnlyList<double> Losses => _losses.AsReadOnly();

    /// <summary>The mean loss of each epoch that is over.</summary>
    public IReadOnlyList<double> EpochLosses => _epochLosses.AsReadOnly();

    /// <summary>
    /// The batch of the last step; null before the first, and after going back. The gradients of the parameters are still those of that
    /// step.
    /// </summary>
    public Batch? LastBatch { get; private set; }

    /// <summary>The batch of the next step.</summary>
    public Batch NextBatch
    {
        get
        {
            if (Peeked is not null) return Peeked;
            if (!_batches.MoveNext())
            {
                _batches.Dispose();
                _batches = _loader.GetEnumerator();
                _batches.MoveNext();
            }
            return Peeked = _batches.Current;
        }
    }

    Batch? Peeked { get; set; }

    /// <summary>
    /// Why there is nothing left to do, in a sentence; null while there is. It does not keep <see cref="Step"/> from going on.
    /// </summary>
    public string? Stop { get; private set; }

    /// <summary>One step: forward, loss, backward, and the optimizer's step. Returns the loss of the batch.</summary>
    public double Step()
    {
        Batch batch = NextBatch;
        Peeked = null;
        if (StepCount % StepsPerEpoch == 0) Epoch++;
        // Cleared here and not at the end, so that the gradients of a step can be read after it.
        if (Settings.ZeroGradients) Optimizer.ZeroGrad();
        double value;
        using (var autograd = new Autograd())
        {
            Tensor loss = Loss(Model.Forward(batch.Inputs), batch);
            value = loss.Item();
            autograd.Backward(Settings.Uphill ? -loss : loss);
        }
        Optimizer.Step();
        LastBatch = batch;
        _losses.Add(value);
        _epochSum += value * batch.Count;
        _epochRows += batch.Count;
        if (StepCount % StepsPerEpoch == 0) EndEpoch();
        if (!double.IsFinite(value))
            Stop ??= FormattableString.Invariant(
                $"The loss is {(double.IsNaN(value) ? "NaN" : "infinite")} at step {StepCount}, so no gradient leads anywhere. ") +
                (Settings.DecayGrows
                    ? FormattableString.Invariant($"The weight decay is too large: a step multiplies each weight by 1 − ηλ = {1 - Settings.LearningRate * Settings.WeightDecay:G3}. Take one smaller than {2 / Settings.LearningRate:G3}.")
                    : FormattableString.Invariant($"The steps were too large: take a learning rate smaller than {Settings.LearningRate}."));
        Keep();
        return value;
    }

    /// <summary>The loss of outputs for a batch, as a step computes it; <see cref="Autograd"/> records it.</summary>
    /// <param name="outputs">The outputs of <see cref="Model"/> for the inputs of the batch.</param>
    /// <param name="batch">The batch.</param>
    public Tensor Loss(Tensor outputs, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(batch);
        return LossOf(outputs, Data.IsClassification ? batch.Labels : batch.Targets);
    }

    Tensor LossOf(Tensor outputs, Tensor target) =>
        _criterion.Forward(
            outputs, Data.IsClassification && _loss != NetworkLoss.CrossEntropy ? target.OneHot(Data.ClassCount, DType.Float64) : target);

    /// <summary>Lets <see cref="Stop"/> be found again, after as many epochs as at the beginning.</summary>
    public void GoOn()
    {
        Stop = null;
        _watchedFrom = _epochLosses.Count;
    }

    // What ends a run: nothing to go along, or nothing that changes.
    void EndEpoch()
    {
        double mean = _epochSum / _epochRows;
        (_epochSum, _epochRows) = (0, 0);
        _epochLosses.Add(mean);
        if (Stop is not null) return;
        int epochs = _epochLosses.Count - _watchedFrom;
        if (Model.Parameters().All(parameter => parameter.Grad is null || parameter.Grad.ToArray().All(g => g == 0)))
        {
            Stop = "Every gradient is 0, so no weight moves any more.";
            return;
        }
        if (epochs > 1 && mean < 1e-3 * _epochLosses[0])
        {
            Stop = string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"Learned: the mean loss of epoch {Epoch} is {mean:G3}, less than a thousandth of the first epoch's.");
            return;
        }
        int window = Math.Max(StillEpochs, StillSteps / StepsPerEpoch);
        if (epochs < 3 * window) return;
        // Batches differ, so means of many epochs are compared; two of them are easily the same by chance.
        double first = Mean(3 * window, 2 * window), before = Mean(2 * window, window), now = Mean(window, 0);
        double most = Math.Max(first, Math.Max(before, now)), least = Math.Min(first, Math.Min(before, now));
        if (most - least <= 2e-3 * Math.Abs(most))
            Stop = string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"Nothing changes any more: in the last {3 * window} epochs the mean loss stayed between {least:G4} and {most:G4}.");

        double Mean(int from, int to) => _epochLosses.Skip(_epochLosses.Count - from).Take(from - to).Average();
    }

    /// <summary>Goes back to the beginning: the same weights again.</summary>
    public void Reset() => Restore(0);

    /// <summary>
    /// The steps whose states are kept, ascending: 0, some just before the current one, and older ones at distances that grow with the
    /// number of steps.
    /// </summary>
    public IReadOnlyList<int> Kept => [.. _kept.Keys];

    /// <summary>
    /// Goes back to the latest kept state that is not after a step, with its weights and what the optimizer remembers, to the last bit.
    /// From there the same steps follow again.
    /// </summary>
    /// <param name="step">A number of steps, 0 or more.</param>
    /// <returns>The number of steps of the state, at most <paramref name="step"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public int Restore(int step)
    {
        if (step < 0) throw Invalid.Setting(nameof(step), step, "NetworkRun: a step to go back to must be 0 or more.");
        int at = _kept.Keys.Last(kept => kept <= step);
        State state = _kept[at];
        IReadOnlyList<Tensor> parameters = Model.Parameters();
        for (int i = 0; i < parameters.Count; i++)
        {
            using (Autograd.Pause()) parameters[i].CopyFrom(state.Parameters[i]);
            parameters[i].ZeroGrad();
            if (state.Gradients[i] is { } gradient) parameters[i].AddToGrad(gradient.Clone(), createGraph: false);
        }
        Optimizer.LoadStateDict(state.Optimizer);
        _batches.Dispose();
        _loader.Position = state.Position;
        _batches = _loader.GetEnumerator();
        (Peeked, LastBatch, Stop, Epoch) = (null, null, null, state.Epoch);
        (_epochSum, _epochRows) = (state.EpochSum, state.EpochRows);
        _losses.RemoveRange(at, _losses.Count - at);
        _epochLosses.RemoveRange(state.Epochs, _epochLosses.Count - state.Epochs);
        _watchedFrom = Math.Min(_watchedFrom, _epochLosses.Count);
        foreach (int later in _kept.Keys.Where(kept => kept > at).ToArray()) _kept.Remove(later);
        return at;
    }

    void Keep()
    {
        if (StepCount % Closest != 0) return;
        Tensor[] parameters = [.. Model.Parameters()];
        // Without clearing, gradients are part of what the next step depends on.
        _kept[StepCount] = new State(
            Array.ConvertAll(parameters, parameter => parameter.Detach().Clone()),
            Array.ConvertAll(parameters, parameter => Settings.ZeroGradients ? null : parameter.Grad?.Clone()),
            Optimizer.StateDict(), _loader.Position, Epoch, _epochLosses.Count, _epochSum, _epochRows);
        int old = StepCount - KeptClosest;
        if (old > 0 && old % _distance != 0) _kept.Remove(old);
        if (_kept.Count <= MostKept) return;
        _distance *= 2;
        foreach (int kept in _kept.Keys.Where(kept => kept <= old && kept % _distance != 0).ToArray()) _kept.Remove(kept);
    }

    /// <summary>The loss of rows, and the share of right classes. Nothing is recorded or changed.</summary>
    /// <param name="rows">Rows as the network gets them: <see cref="Train"/> or <see cref="Test"/>.</param>
    /// <param name="most">The largest number of rows; of more, the first are taken, which are in random order.</param>
    public NetworkScore Score(Dataset rows, int most = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using PauseScope pause = Autograd.Pause();
        Dataset some = rows.First(most);
        Tensor outputs = Model.Forward(some.Inputs);
        return new NetworkScore(
            LossOf(outputs, some.IsClassification ? some.Labels : some.Targets).Item(),
            some.IsClassification ? Metrics.Accuracy(outputs, some.Labels) : null, some.Count);
    }

    /// <summary>Examines the network on its training rows, and tries the next step with its batch. Nothing is changed.</summary>
    /// <param name="first">The loss of the same rows before the first step, as <see cref="Score"/> gave it; null before a step.</param>
    /// <param name="most">The largest number of rows; of more, the first are taken.</param>
    public NetworkDiagnosis Diagnose(double? first = null, int most = 1000)
    {
        Dataset rows = Train.First(most);
        Batch next = NextBatch;
        return NetworkDiagnosis.Of(
            Model.Modules, rows.Inputs, outputs => LossOf(outputs, Data.IsClassification ? rows.Labels : rows.Targets), Optimizer, _losses,
            Settings.ZeroGradients, first, () => Loss(Model.Forward(next.Inputs), next) is var loss && Settings.Uphill ? -loss : loss);
    }

    /// <summary>
    /// What every layer makes of inputs: for each of <see cref="Layers"/> the output of its activation, (N, neurons), and at last the
    /// outputs
    /// of the network. Nothing is recorded.
    /// </summary>
    /// <param name="inputs">Inputs as the network gets them, (N, features).</param>
    public IReadOnlyList<Tensor> Activations(Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using PauseScope pause = Autograd.Pause();
        var outputs = new List<Tensor>();
        foreach (Module module in Model.Modules)
        {
            inputs = module.Forward(inputs);
            if (module is not Linear || module == Model.Modules[^1]) outputs.Add(inputs);
        }
        return outputs.AsReadOnly();
    }

    /// <summary>Points in the units of the data, as the network gets them.</summary>
    /// <param name="points">(N, features), unscaled, Float64.</param>
    public Tensor Scaled(Tensor points) => Standardizer is null ? points : Standardizer.Apply(points);

    static Dataset Rows(NetworkSettings settings, Dataset? file)
    {
        int half = settings.Points / 2, third = settings.Points / 3;
        switch (settings.Data)
        {
            case NetworkData.Spirals: return Dataset.Spirals(half, 2, settings.Noise, settings.Seed, DType.Float64);
            case NetworkData.ThreeSpirals: return Dataset.Spirals(third, 3, settings.Noise, settings.Seed, DType.Float64);
            case NetworkData.Moons: return Dataset.Moons(half, settings.Noise, settings.Seed, DType.Float64);
            case NetworkData.Circles: return Dataset.Circles(half, settings.Noise, settings.Seed, DType.Float64);
            case NetworkData.Xor: return Dataset.Xor(half, settings.Noise, settings.Seed, DType.Float64);
            case NetworkData.Line: return Dataset.Line(settings.Points, settings.Noise, settings.Seed, DType.Float64);
            case NetworkData.Sine: return Dataset.Sine(settings.Points, settings.Noise, settings.Seed, DType.Float64);
            case NetworkData.Function: return OfFunction(settings.Boundary(), settings.Points, settings.Noise, settings.Seed);
        }
        if (file is null)
            throw Invalid.Argument(
                nameof(file), $"NetworkRun: {settings.Data} needs the rows of a file; give what CsvDataset.Load returns.");
        if (file.Inputs.DType != DType.Float64)
            throw Invalid.Argument(
                nameof(file), $"NetworkRun: the rows are {file.Inputs.DType}; load them with new CsvOptions {{ DType = DType.Float64 }}.");
        return file.Count <= settings.Points ? file : file.Select([.. Enumerable.Range(0, settings.Points)]);
    }

    /// <summary>
    /// Points of the square −1 … 1 in two classes: 1 where a function of x1 and x2 is positive, else 0. Then both coordinates get noise.
    /// </summary>
    /// <param name="function">A function with one result, of x1, x2 or both.</param>
    /// <param name="count">The number of points, at least 1.</param>
    /// <param name="noise">The standard deviation of the noise.</param>
    /// <param name="seed">The seed of the random numbers.</param>
    /// <returns>The data set, Float64.</returns>
    /// <exception cref="ArgumentException">The function has another variable, or the points are all in one class.</exception>
    public static Dataset OfFunction(FunctionText function, int count, double noise, int seed)
    {
        ArgumentNullException.ThrowIfNull(function);
        var generator = new Generator(seed);
        double[] points = new double[2 * count];
        for (int i = 0; i < points.Length; i++) points[i] = 2 * generator.NextDouble() - 1;
        Tensor table = Tensor.From(points, [count, 2], DType.Float64);
        Tensor[] inputs = [.. function.Variables.Select(name => name switch
        {
            "x1" => table[.., 0],
            "x2" => table[.., 1],
            _ => throw Invalid.Argument(nameof(function), $"The function has the variable {name}; it may use x1 and x2."),
        })];
        double[] values;
        using (Autograd.Pause()) values = function.Run(inputs)[0].ToArray();
        // NaN, as of the logarithm of a negative number, is not positive.
        long[] labels = [.. values.Select(value => value > 0 ? 1L : 0L)];
        if (labels.All(label => label == labels[0]))
            throw Invalid.Argument(
                nameof(function),
                $"{function} is {(labels[0] == 1 ? "positive" : "nowhere positive")} in the whole square from -1 to 1, " +
                $"so that all points have one class; add or subtract a number so that it changes its sign there.");
        for (int i = 0; i < points.Length; i++) points[i] += noise * generator.NextGaussian();
        return new Dataset(Tensor.From(points, [count, 2], DType.Float64), Tensor.Indices(labels), ["x1", "x2"], ["0", "1"], ["f > 0"]);
    }

    static Sequential MakeModel(NetworkSettings settings, int inputs, int outputs)
    {
        var generator = new Generator(settings.Seed);
        var modules = new List<Module>();
        foreach (NetworkLayer layer in settings.Layers)
        {
            modules.Add(new Linear(inputs, layer.Neurons, dtype: DType.Float64, generator: generator));
            modules.Add(layer.Activation switch
            {
                NetworkActivation.ReLU => new ReLU(),
                NetworkActivation.Tanh => new Tanh(),
                NetworkActivation.Sigmoid => new Sigmoid(),
                NetworkActivation.LeakyReLU => new LeakyReLU(),
                NetworkActivation.ELU => new ELU(),
                NetworkActivation.GELU => new GELU(),
                NetworkActivation.SiLU => new SiLU(),
                NetworkActivation.Softplus => new Softplus(),
                _ => new Identity(),
            });
            inputs = layer.Neurons;
        }
        modules.Add(new Linear(inputs, outputs, dtype: DType.Float64, generator: generator));
        var model = new Sequential([.. modules]);
        if (settings.Init == NetworkInit.Default) return model;
        foreach (Linear layer in model.Modules.OfType<Linear>())
        {
            _ = settings.Init switch
            {
                NetworkInit.XavierUniform => Init.XavierUniform(layer.Weight, generator: generator),
                NetworkInit.XavierNormal => Init.XavierNormal(layer.Weight, generator: generator),
                NetworkInit.KaimingUniform => Init.KaimingUniform(layer.Weight, nonlinearity: Nonlinearity.ReLU, generator: generator),
                NetworkInit.KaimingNormal => Init.KaimingNormal(layer.Weight, nonlinearity: Nonlinearity.ReLU, generator: generator),
                NetworkInit.Orthogonal => Init.Orthogonal(layer.Weight, generator: generator),
                NetworkInit.Large => Init.Normal(layer.Weight, deviation: 3, generator: generator),
                _ => Init.Zeros(layer.Weight),
            };
            Init.Zeros(layer.Bias!);
        }
        return model;
    }

    static Optimizer MakeOptimizer(NetworkSettings settings, IReadOnlyList<Tensor> parameters) => settings.Optimizer switch
    {
        NetworkOptimizer.SGD => new SGD(parameters, settings.LearningRate, momentum: settings.Momentum, weightDecay: settings.WeightDecay),
        NetworkOptimizer.Nesterov =>
            new SGD(parameters, settings.LearningRate, momentum: settings.Momentum, weightDecay: settings.WeightDecay, nesterov: true),
        NetworkOptimizer.Adam => new Adam(parameters, settings.LearningRate, weightDecay: settings.WeightDecay),
        NetworkOptimizer.AdamW => new AdamW(parameters, settings.LearningRate, weightDecay: settings.WeightDecay),
        NetworkOptimizer.RMSprop =>
            new RMSprop(parameters, settings.LearningRate, weightDecay: settings.WeightDecay, momentum: settings.Momentum),
        _ => new Adagrad(parameters, settings.LearningRate, weightDecay: settings.WeightDecay),
    };
}
