using System.Globalization;
using MyTorch.Data;
using MyTorch.Distributed;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Training;

/// <summary>What a training does on several ranks besides what it does on one.</summary>
sealed class TrainingRanks : IDisposable
{
    readonly ICommunicator _communicator;
    readonly Module _model;
    readonly TrainerOptions _options;
    readonly Dataset _train;
    readonly DataParallel _parallel;
    readonly Generator[] _generators;

    /// <summary>Compares data, settings and models over the ranks, and gives all the weights of rank 0.</summary>
    TrainingRanks(Module model, Dataset train, Dataset? validation, TrainerOptions options)
    {
        (_communicator, _model, _options, _train) = (options.Communicator!, model, options, train);
        Agreement.Require(_communicator, [.. Settings(options), .. Rows("training", train), .. Rows("validation", validation)]);
        _parallel = new DataParallel(model, _communicator);
        _generators = [.. model.NamedModules().Select(named => named.Module).OfType<Dropout>().Select(layer => layer.Generator)
            .OfType<Generator>().Distinct<Generator>(ReferenceEqualityComparer.Instance)];
        RequireRows();
    }

    /// <summary>Null where this process trains alone.</summary>
    internal static TrainingRanks? Of(Module model, Dataset train, Dataset? validation, TrainerOptions options) =>
        options.Communicator is { Size: > 1 } ? new TrainingRanks(model, train, validation, options) : null;

    internal bool WritesFiles => _communicator.Rank == 0;

    /// <summary>Which part of each batch this rank takes.</summary>
    internal (int Rank, int Size) Part => (_communicator.Rank, _communicator.Size);

    static IEnumerable<(string, string)> Settings(TrainerOptions options)
    {
        yield return ("the number of epochs", Text(options.Epochs));
        yield return ("the batch size", Text(options.BatchSize));
        yield return ("the seed", Text(options.Seed));
        yield return ("the class weights",
            options.BalanceClasses ? "balanced" : string.Join(", ", options.ClassWeights?.Select(weight => Text(weight)) ?? []));
        yield return ("the loss", options.Criterion?.GetType().Name ?? "default");
        yield return ("the limits of gradients", $"norm {Text(options.MaxGradientNorm)}, value {Text(options.MaxGradientValue)}");
        yield return ("the validation share", Text(options.ValidationShare));
        yield return ("what ends the training", $"patience {Text(options.Patience)}, restore best {options.RestoreBest}");
        yield return ("the treatment of the last batch", $"drop {options.DropLast?.ToString() ?? "if needed"}");
        yield return ("whether there is a checkpoint", options.CheckpointPath is null ? "no" : "yes");
        yield return ("whether mistakes are looked for", options.LookForMistakes ? "yes" : "no");
    }

    static IEnumerable<(string, string)> Rows(string which, Dataset? rows)
    {
        yield return ($"the {which} rows", rows?.ToString() ?? "none");
        yield return ($"the features of the {which} rows", rows is null ? "" : string.Join(", ", rows.FeatureNames));
        yield return ($"the classes of the {which} rows", rows is null ? "" : string.Join(", ", rows.ClassNames));
        yield return ($"the numbers of the {which} rows (their fingerprint)",
            rows is null ? "" : $"{rows.Inputs.DType} {Agreement.Fingerprint(rows.Inputs)}");
        yield return ($"the targets of the {which} rows (their fingerprint)", rows is null ? "" : Agreement.Fingerprint(rows.Target));
    }

    /// <summary>Compares what moves the parameters.</summary>
    internal void RequireSame(Optimizer optimizer, LearningRateSchedule? schedule)
    {
        Agreement.Require(_communicator,
            ("the optimizer", $"{optimizer.GetType().Name}: {string.Join("; ", optimizer.ParameterGroups.Select(Described))}"),
            ("the schedule of the learning rate", schedule?.GetType().Name ?? "none"));

        static string Described(ParameterGroup group) =>
            $"{Text(group.Parameters.Count)} parameters with {string.Join(", ", group.Options.Select(option => $"{option.Name} {Text(option.Value)}"))}";
    }

    void RequireRows()
    {
        (int size, int batch) = (_communicator.Size, Math.Min(_options.BatchSize, _train.Count));
        bool normalizes = _model.NamedModules().Any(named => named.Module is BatchNorm1d);
        int each = normalizes ? 2 : 1;
        if (batch < each * size)
            throw Invalid.Argument(nameof(TrainerOptions.BatchSize),
                $"Trainer: {size} ranks share a batch of {batch} row(s){(batch < _options.BatchSize ? ", all there are" : "")}; " +
                $"expected at least {each} for each rank{(normalizes ? ", because BatchNorm1d needs two" : "")}. " +
                $"Use at most {batch / each} rank(s), or BatchSize of at least {each * size}.");
        if (_options.DropLast == false && LeavesOneRow)
            throw Invalid.Argument(nameof(TrainerOptions.DropLast),
                $"Trainer: the last batch has {_train.Count % _options.BatchSize} row(s) for {size} ranks, and BatchNorm1d needs two on each. " +
                $"Leave DropLast out, or use another BatchSize.");
    }

    /// <summary>Whether a rank's part of the last batch is a single row, which batch normalization cannot normalize.</summary>
    internal bool LeavesOneRow => HasSingleRow(_train.Count % _options.BatchSize, _communicator.Size)
        && _train.Count > _options.BatchSize && _model.NamedModules().Any(named => named.Module is BatchNorm1d);

    internal static bool HasSingleRow(int rows, int ranks) => rows > 0 && rows < 2 * ranks;

    /// <summary>
    /// Throws unless the loss of a batch is the mean of the losses of its parts, weighted by what they count: otherwise the sum of the ranks'
    /// gradients would be another gradient than that of the batch.
    /// </summary>
    internal void RequireMean(Evaluator evaluator)
    {
        using PauseScope pause = Autograd.Pause();
        using var mode = _model.InEvaluationMode();
        int rows = Math.Min(_options.BatchSize, _train.Count);
        double whole = double.NaN, sum = 0;
        for (int part = -1; part < _communicator.Size; part++)
        {
            var loader = new DataLoader(_train, rows, shuffle: true, _options.Seed) { Part = part < 0 ? (0, 1) : (part, _communicator.Size) };
            Batch batch = loader.First();
            double weight = evaluator.Weight(batch);
            if (weight == 0) continue;
            double loss = evaluator.Loss(_model.Forward(batch.Inputs), batch).Item();
            if (part < 0) whole = loss;
            else sum += loss * weight / evaluator.WholeWeight(batch);
        }
        if (double.IsFinite(whole) && !(Math.Abs(whole - sum) <= 1e-4 * Math.Max(1, Math.Abs(whole))))
            throw Invalid.Operation(
                $"Trainer: the loss of {rows} rows is {whole:G6}, but the mean of the losses of its {_communicator.Size} parts is {sum:G6}. " +
                $"On several ranks {evaluator.Criterion.GetType().Name} must be a mean over the rows: use Reduction.Mean, and give class " +
                $"weights as TrainerOptions.ClassWeights.");
    }

    /// <summary>The part of the batch that this rank has, times what it counts; sums the gradients over the ranks.</summary>
    internal void Backward(Autograd autograd, Tensor? loss, double share) => _parallel.Backward(autograd, loss, share);

    /// <summary>Adds up the sums of all ranks.</summary>
    /// <returns>Whether a rank was told to stop.</returns>
    internal bool Sum(RunningMean part, bool stop = false)
    {
        double[] sums = [.. part.Sums, stop ? 1 : 0];
        _communicator.AllReduce(sums);
        sums.AsSpan(0, part.Sums.Length).CopyTo(part.Sums);
        return sums[^1] > 0;
    }

    /// <summary>
    /// The generators of an epoch. The ranks draw different numbers, and those of the other ranks follow from those of rank 0, which the
    /// checkpoint holds.
    /// </summary>
    internal Generator BeginEpoch(int seed)
    {
        foreach (Generator generator in _generators)
        {
            Tensor state = generator.GetState();
            _communicator.Broadcast(Agreement.Bytes(state), 0);
            generator.SetState(_communicator.Rank == 0 ? state : new Generator(OfRank(state.ToInt64Array()[0].GetHashCode())).GetState());
        }
        return new Generator(OfRank(seed));
    }

    int OfRank(int seed) => unchecked(seed + _communicator.Rank * 486_187_739);

    /// <summary>Gives all ranks the same running statistics.</summary>
    internal void EndEpoch() => _parallel.AverageBuffers();

    /// <summary>
    /// The file of rank 0, for ranks that may run on machines that do not have it: the path itself on rank 0, and on the others that of a
    /// temporary copy, which does not exist if the file does not.
    /// </summary>
    internal string CopyOfRank0(string path)
    {
        byte[] bytes = WritesFiles && File.Exists(path) ? File.ReadAllBytes(path) : [];
        byte[] length = BitConverter.GetBytes(bytes.Length);
        _communicator.Broadcast(length, 0);
        if (!WritesFiles) bytes = new byte[BitConverter.ToInt32(length)];
        _communicator.Broadcast(bytes, 0);
        if (WritesFiles) return path;
        string copy = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        if (bytes.Length > 0) File.WriteAllBytes(copy, bytes);
        return copy;
    }

    /// <summary>Waits until rank 0 has written its file.</summary>
    internal void Wait() => _communicator.Barrier();

    public void Dispose() => _parallel.Dispose();

    static string Text(double? number) => number?.ToString("R", CultureInfo.InvariantCulture) ?? "none";
}
