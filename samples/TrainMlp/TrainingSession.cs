using System.Diagnostics;
using MyTorch;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>How a training ended.</summary>
internal enum Outcome
{
    Completed,

    /// <summary>Stopped by the user; the result is what was reached.</summary>
    Interrupted,

    /// <summary>The loss stopped being a number, or grew.</summary>
    Diverged,

    /// <summary>The loss never moved, or ended where always giving the same answer would be.</summary>
    Stuck,
}

/// <summary>
/// Where the training is: <see cref="Step"/> of <see cref="Steps"/> in an epoch (from 1), with the mean loss and the score of the epoch so far.
/// </summary>
internal readonly record struct TrainingProgress(int Epoch, int Epochs, int Step, int Steps, double Loss, double Score)
{
    public bool EndOfEpoch => Step == Steps;
}

/// <summary>What came out. Scores are accuracy (0 to 1) or R².</summary>
internal sealed record TrainingResult
{
    public required Outcome Outcome { get; init; }

    /// <summary>For an outcome that is not a success: one sentence on what happened and what to try.</summary>
    public string? Advice { get; init; }

    /// <summary>Whole epochs that were run.</summary>
    public required int Epochs { get; init; }

    /// <summary>The epoch whose weights were kept.</summary>
    public required int KeptEpoch { get; init; }

    /// <summary>The loss before the first epoch, and the mean over each epoch.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    /// <summary>The same on the validation rows, after each epoch; null without any.</summary>
    public required IReadOnlyList<double>? ValidationLosses { get; init; }

    /// <summary>The loss of the finished model on all training rows.</summary>
    public required double Loss { get; init; }

    public required double TrainScore { get; init; }

    public required double TestScore { get; init; }

    public required double Seconds { get; init; }
}

/// <summary>
/// One run from file to score, without a word to the console: reads, splits, standardises, trains, judges.
/// </summary>
internal sealed class TrainingSession
{
    // Beyond this a network of the sample's kind does not fit a usual machine's memory.
    private const long MostParameters = 100_000_000;

    private readonly Standardizer _standardizer;
    private readonly Dataset _fit;
    private readonly Dataset? _validation;

    private TrainingSession(Settings settings, string path, Dataset all)
    {
        Settings = settings;
        Path = path;
        All = all;
        var (train, test) = all.Split(1 - settings.TestFraction, settings.Seed);

        // Means to fill gaps with and to standardise with come from the training rows only: the test rows are unseen in every way.
        var imputer = Imputer.Fit(train);
        RawTrain = imputer.Apply(train);
        RawTest = imputer.Apply(test);
        if (!all.IsClassification && RawTest.Targets.Max().Item() == RawTest.Targets.Min().Item())
            throw new UsageException(Invariant($"{path}, column '{Target}': the target is {RawTest.Targets.Max().Item()} in all {RawTest.Count} test rows, and R² needs different values; use more rows or a larger --test-fraction."));
        _standardizer = Standardizer.Fit(RawTrain);
        Train = _standardizer.Apply(RawTrain);
        Test = _standardizer.Apply(RawTest);

        Recipe = Recipe.For(all.IsClassification, Train.Count, settings);
        (_fit, _validation) = Recipe.ValidationFraction > 0 ? Train.Split(1 - Recipe.ValidationFraction, settings.Seed) : (Train, null);
        if (Recipe.Batch > _fit.Count)
            throw new UsageException($"--batch {Recipe.Batch} is more than the {_fit.Count} rows there are to learn from.");

        int outputs = all.IsClassification ? all.ClassCount : 1;
        long[] sizes = [all.FeatureCount, .. Recipe.Hidden, outputs];
        long parameters = sizes.Zip(sizes.Skip(1), (inputs, width) => (inputs + 1) * width).Sum();
        if (parameters > MostParameters)
            throw new UsageException(Invariant($"--hidden {string.Join(',', Recipe.Hidden)} makes {parameters:N0} parameters; this sample trains at most {MostParameters:N0}."));
        Model = new MLP(all.FeatureCount, Recipe.Hidden, outputs, Activations.Factory(settings.Activation), all.Inputs.DType, new Generator(settings.Seed));
    }

    public Settings Settings { get; }

    public string Path { get; }

    public string Target => All.TargetNames[0];

    /// <summary>Everything that was read, in the file's units; gaps are still in it.</summary>
    public Dataset All { get; }

    /// <summary>The rows to learn from, in the file's units.</summary>
    public Dataset RawTrain { get; }

    /// <summary>The rows to judge with, in the file's units.</summary>
    public Dataset RawTest { get; }

    /// <summary>The standardised rows to learn from.</summary>
    public Dataset Train { get; }

    /// <summary>The standardised rows to judge with.</summary>
    public Dataset Test { get; }

    /// <summary>Training rows that only choose the epoch to keep.</summary>
    public int ValidationRows => _validation?.Count ?? 0;

    public Recipe Recipe { get; }

    public MLP Model { get; }

    public bool IsClassification => All.IsClassification;

    /// <summary>"accuracy" or "r2".</summary>
    public string Metric => IsClassification ? "accuracy" : "r2";

    public int ParameterCount => Model.Parameters().Sum(p => p.Count);

    /// <summary>Reads the file that the settings name, and makes everything ready to train.</summary>
    /// <exception cref="UsageException">The file, its contents or the settings cannot be used.</exception>
    public static TrainingSession Load(Settings settings)
    {
        string path = settings.DataPath ?? FindDigits();
        try
        {
            var options = new CsvOptions
            {
                Exclude = settings.Exclude,
                Task = settings.Task switch { "classification" => LearningTask.Classification, "regression" => LearningTask.Regression, _ => LearningTask.Auto },
                Missing = settings.Missing switch { "drop" => MissingValues.Drop, "mean" => MissingValues.Mean, _ => MissingValues.Error },
                DType = settings.DType == "float64" ? DType.Float64 : DType.Float32,
            };
            var all = settings.Target is null ? CsvDataset.Load(path, ^1, options) : CsvDataset.Load(path, settings.Target, options);
            return new TrainingSession(settings, path, all);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            throw new UsageException(InOptions(e));
        }
    }

    /// <summary>
    /// Trains. Asked to stop, it ends after the step it is at, with what was reached.
    /// </summary>
    public TrainingResult Train(IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var optimizer = new SGD(Model.Parameters(), Recipe.LearningRate, Recipe.Momentum, weightDecay: Recipe.WeightDecay);
        var batches = new DataLoader(_fit, Recipe.Batch, shuffle: true, seed: Settings.Seed);
        var losses = new List<double> { Loss(_fit) };
        var validationLosses = _validation is null ? null : new List<double> { Loss(_validation) };
        double least = double.PositiveInfinity;
        int kept = 0;
        double[][]? best = null;

        for (int epoch = 1; epoch <= Recipe.Epochs && !stop.IsCancellationRequested && double.IsFinite(losses[^1]); epoch++)
        {
            if (RunEpoch(epoch, batches, optimizer, progress, stop) is not double loss) break;
            losses.Add(loss);
            kept = epoch;
            if (_validation is null) continue;

            validationLosses!.Add(Loss(_validation));
            if (!(validationLosses[^1] < least)) continue;
            least = validationLosses[^1];
            best = [.. Model.Parameters().Select(p => p.ToArray())];
        }

        clock.Stop();
        if (best is not null)
        {
            kept = validationLosses!.IndexOf(least, 1);
            foreach (var (parameter, values) in Model.Parameters().Zip(best)) parameter.CopyFrom(Tensor.From(values, parameter.Shape, parameter.DType));
        }

        double final = Loss(Train);
        var (outcome, advice) = Judge(losses, final, stop.IsCancellationRequested && losses.Count - 1 < Recipe.Epochs);
        bool usable = outcome != Outcome.Diverged;
        return new TrainingResult
        {
            Outcome = outcome,
            Advice = advice,
            Epochs = losses.Count - 1,
            KeptEpoch = kept,
            Losses = losses,
            ValidationLosses = validationLosses,
            Loss = final,
            TrainScore = usable ? Score(Train) : double.NaN,
            TestScore = usable ? Score(Test) : double.NaN,
            Seconds = clock.Elapsed.TotalSeconds,
        };
    }

    /// <summary>What the model makes of rows in the file's units: (rows, classes) probabilities, or (rows, 1) values in the target's units.</summary>
    public Tensor Predict(Tensor rawInputs)
    {
        var output = Model.Forward(_standardizer.Apply(rawInputs));
        return IsClassification ? output.Softmax(1) : _standardizer.InverseTargets(output);
    }

    private double Score(Dataset rows) => IsClassification ? Metrics.Accuracy(Model, rows) : Metrics.R2(Model, rows);

    // The mean loss of an epoch; null if it was stopped. A loss that is not a number ends the epoch at once: no later step could mend it.
    private double? RunEpoch(int epoch, DataLoader batches, SGD optimizer, IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        double sum = 0, right = 0;
        int rows = 0, step = 0;
        foreach (var batch in batches)
        {
            if (stop.IsCancellationRequested) return null;
            using var autograd = new Autograd();
            var output = Model.Forward(batch.Inputs);
            var loss = IsClassification
                ? new CrossEntropyLoss().Forward(output, batch.Labels)
                : new MSELoss().Forward(output, batch.Targets);
            autograd.Backward(loss);
            optimizer.Step();
            optimizer.ZeroGrad();

            sum += loss.Item() * batch.Count;
            rows += batch.Count;
            if (IsClassification) right += output.ArgMax(1).ToInt64Array().Zip(batch.Labels.ToInt64Array()).Count(pair => pair.First == pair.Second);
            if (!double.IsFinite(sum)) return sum;

            // Standardised targets have variance 1, so R² on the rows is 1 less the loss.
            progress?.Report(new TrainingProgress(epoch, Recipe.Epochs, ++step, batches.BatchCount, sum / rows, IsClassification ? right / rows : 1 - sum / rows));
        }

        return sum / rows;
    }

    private double Loss(Dataset rows)
    {
        var output = Model.Forward(rows.Inputs);
        return (IsClassification ? new CrossEntropyLoss().Forward(output, rows.Labels) : new MSELoss().Forward(output, rows.Targets)).Item();
    }

    private (Outcome Outcome, string? Advice) Judge(List<double> losses, double final, bool interrupted)
    {
        double start = losses[0];
        int epochs = losses.Count - 1;
        if (losses.Any(l => !double.IsFinite(l)) || !double.IsFinite(final))
            return (Outcome.Diverged, Invariant($"The training diverged: the loss was no longer a finite number in epoch {epochs}. Try a smaller --lr (it was {Recipe.LearningRate})."));
        if (interrupted)
            return (Outcome.Interrupted, Invariant($"Stopped after {epochs} of {Recipe.Epochs} epochs."));
        if (final > 2 * start)
            return (Outcome.Diverged, Invariant($"The training diverged: the loss grew from {start:G4} to {final:G4}. Try a smaller --lr (it was {Recipe.LearningRate})."));
        if (final > 0.999 * start)
            return (Outcome.Stuck, Invariant($"The loss never moved: {start:G4} before the training, {final:G4} after {epochs} epochs. Try another --lr (it was {Recipe.LearningRate}) or more --epochs."));

        // Dead units leave a loss that stands still at what the best constant answer has.
        double middle = losses[(epochs + 1) / 2];
        if (epochs >= 2 && final > 0.999 * ConstantLoss() && Math.Abs(losses[^1] - middle) < 0.01 * middle)
            return (Outcome.Stuck, Invariant($"The loss stands still at {final:G4}, where always giving the same answer would be: nothing was learned. Try a smaller --lr (it was {Recipe.LearningRate}) or another --activation."));
        return (Outcome.Completed, null);
    }

    private double ConstantLoss()
    {
        if (!IsClassification) return 1;
        var counts = Train.Labels.ToInt64Array().CountBy(label => label);
        return -counts.Sum(c => (double)c.Value / Train.Count * Math.Log((double)c.Value / Train.Count));
    }

    // The library's sentence, with the names of the command's options in the place of the library's.
    private static string InOptions(Exception e)
    {
        string message = e.Message;
        if (e is ArgumentException { ParamName: { } name } && message.IndexOf($" (Parameter '{name}')", StringComparison.Ordinal) is >= 0 and var end)
            message = message[..end];
        return message
            .Replace("Missing = MissingValues.Mean and an Imputer", "--missing mean")
            .Replace("Missing = MissingValues.Mean", "--missing mean")
            .Replace("Missing = MissingValues.Drop", "--missing drop")
            .Replace("Task = LearningTask.Classification", "--task classification")
            .Replace("Task = LearningTask.Regression", "--task regression");
    }

    // The command may be run from any folder of the repository, and the program from anywhere.
    private static string FindDigits()
    {
        foreach (string start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                string path = System.IO.Path.Combine(folder.FullName, "data", "digits.csv");
                if (File.Exists(path)) return path;
            }

        throw new UsageException($"data/digits.csv is neither in {Directory.GetCurrentDirectory()} nor in a folder above it; name a CSV file with --data.");
    }
}
