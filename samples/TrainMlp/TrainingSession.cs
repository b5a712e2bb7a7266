using System.Diagnostics;
using System.Globalization;
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

    /// <summary>Stopped by the user; the result is that of the epochs that were run.</summary>
    Interrupted,

    /// <summary>The loss became NaN or infinite, or grew.</summary>
    Diverged,

    /// <summary>The loss did not decrease, or ended at the loss of a constant prediction.</summary>
    Stuck,
}

/// <summary>
/// The progress of a training: <see cref="Step"/> of <see cref="Steps"/> in an epoch (from 1), with the mean loss and the score of the epoch so far.
/// </summary>
internal readonly record struct TrainingProgress(int Epoch, int Epochs, int Step, int Steps, double Loss, double Score)
{
    /// <summary>Whether this is the search for the number of epochs; <see cref="Epochs"/> is then its upper limit.</summary>
    public bool Searching { get; init; }

    public bool EndOfEpoch => Step == Steps;
}

/// <summary>The result of a training. Scores are accuracy (0 to 1) or R².</summary>
internal sealed record TrainingResult
{
    public required Outcome Outcome { get; init; }

    /// <summary>Unless the outcome is a success: one sentence that says what happened and what to try.</summary>
    public string? Advice { get; init; }

    /// <summary>The number of complete epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>The loss before the first epoch, and the mean over each epoch.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    /// <summary>The validation losses of the search for the number of epochs, before the first epoch and after each; empty without a search.</summary>
    public required IReadOnlyList<double> SearchLosses { get; init; }

    /// <summary>The number of epochs with the lowest validation loss; 0 if no loss after the first is finite.</summary>
    public static int Lowest(IReadOnlyList<double> searchLosses) => Enumerable.Range(0, searchLosses.Count)
        .Where(epoch => epoch > 0 && double.IsFinite(searchLosses[epoch]))
        .OrderBy(epoch => searchLosses[epoch]).FirstOrDefault();

    /// <summary>The loss of the trained model on all training rows.</summary>
    public required double Loss { get; init; }

    public required double TrainScore { get; init; }

    public required double TestScore { get; init; }

    public required double Seconds { get; init; }
}

/// <summary>
/// One run from file to score: loads, splits, standardizes, trains and evaluates. It prints nothing.
/// </summary>
internal sealed class TrainingSession
{
    // A larger network may not fit into the memory of a usual machine.
    const long MostParameters = 100_000_000;

    readonly Standardizer _standardizer;

    TrainingSession(Settings settings, string path, Dataset all)
    {
        Settings = settings;
        Path = path;
        All = all;
        var (train, test) = Split(all, path, settings);
        RequireValues(train);

        // The means that replace missing values and standardize the columns come from the training rows only.
        var imputer = Imputer.Fit(train);
        RawTrain = imputer.Apply(train);
        RawTest = imputer.Apply(test);
        Imputer = imputer;
        if (!all.IsClassification)
        {
            RequireSpread(RawTrain, "training", "use more rows or a smaller --test-fraction");
            RequireSpread(RawTest, "test", "use more rows or a larger --test-fraction");
        }

        _standardizer = Standardizer.Fit(RawTrain);
        TrainRows = _standardizer.Apply(RawTrain);
        TestRows = _standardizer.Apply(RawTest);

        Recipe = Recipe.For(TrainRows, settings);
        if (Recipe.Batch > TrainRows.Count)
            throw new UsageException($"--batch {Recipe.Batch} is larger than the number of training rows, {TrainRows.Count}.");

        long[] sizes = [all.FeatureCount, .. Recipe.Hidden, all.OutputCount];
        long parameters = sizes.Zip(sizes.Skip(1), (inputs, width) => (inputs + 1) * width).Sum();
        if (parameters > MostParameters)
            throw new UsageException(Invariant(
                $"--hidden {string.Join(',', Recipe.Hidden)} gives a model of {parameters:N0} parameters; this sample trains at most {MostParameters:N0}."));
        Model = NewModel();
    }

    public Settings Settings { get; }

    public string Path { get; }

    public string Target => All.TargetNames[0];

    /// <summary>All rows, in the file's units; missing values are NaN.</summary>
    public Dataset All { get; }

    /// <summary>The training rows, in the file's units.</summary>
    public Dataset RawTrain { get; }

    /// <summary>The test rows, in the file's units.</summary>
    public Dataset RawTest { get; }

    /// <summary>What fills missing values with the means of the training rows.</summary>
    public Imputer Imputer { get; }

    /// <summary>The standardized training rows.</summary>
    public Dataset TrainRows { get; }

    /// <summary>The standardized test rows.</summary>
    public Dataset TestRows { get; }

    public Recipe Recipe { get; }

    public MLP Model { get; }

    public bool IsClassification => All.IsClassification;

    /// <summary>"accuracy" or "r2".</summary>
    public string Metric => IsClassification ? "accuracy" : "r2";

    /// <summary>Loads the file that the settings name and creates the model.</summary>
    /// <exception cref="UsageException">The file, its contents or the settings cannot be used.</exception>
    public static TrainingSession Load(Settings settings)
    {
        string path = settings.DataPath ?? FindDigits();
        if (!File.Exists(path))
            throw new UsageException(Directory.Exists(path)
                ? $"{path} is a directory; name a CSV file with --data."
                : $"There is no file {path} (looked for {System.IO.Path.GetFullPath(path)}).");
        try
        {
            var options = ReadingOptions.SplitNames(path, settings.Reading with
            {
                Exclude = settings.Exclude,
                Task = settings.Task switch { "classification" => LearningTask.Classification, "regression" => LearningTask.Regression, _ => LearningTask.Auto },
                Missing = settings.Missing switch { "drop" => MissingValues.Drop, "mean" => MissingValues.Mean, _ => MissingValues.Error },
                DType = settings.DType == "float64" ? DType.Float64 : DType.Float32,
            });
            var all = settings.Target is null ? CsvDataset.Load(path, ^1, options) : CsvDataset.Load(path, settings.Target, options);
            return new TrainingSession(settings, path, all);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            string message = InOptions(e);
            throw new UsageException(message.Contains(path, StringComparison.Ordinal) ? message : $"{path}: {message}");
        }
    }

    /// <summary>
    /// Trains the model. When stopped, it finishes the current step and returns the result so far.
    /// </summary>
    public TrainingResult Train(IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var searchLosses = Recipe.Folds > 0 ? Search(progress, stop) : [];
        int epochs = Recipe.Folds > 0 ? Math.Max(1, TrainingResult.Lowest(searchLosses)) : Recipe.Epochs;
        var optimizer = NewOptimizer(Model);
        var batches = new DataLoader(TrainRows, Recipe.Batch, shuffle: true, seed: Settings.Seed);
        var losses = new List<double> { Loss(Model, TrainRows) };
        while (losses.Count <= epochs && double.IsFinite(losses[^1]))
        {
            var epoch = new TrainingProgress { Epoch = losses.Count, Epochs = epochs };
            if (RunEpoch(Model, optimizer, batches, epoch, progress, stop) is not double loss) break;
            losses.Add(loss);
        }

        clock.Stop();
        double final = Loss(Model, TrainRows);
        var (outcome, advice) = Judge(losses, final, epochs);
        bool usable = outcome != Outcome.Diverged;
        double trainScore = usable ? Score(TrainRows) : double.NaN, testScore = usable ? Score(TestRows) : double.NaN;
        if (usable && !(double.IsFinite(trainScore) && double.IsFinite(testScore)))
            (outcome, advice) = (Outcome.Diverged, Invariant($"Training diverged: the model's outputs contain NaN. Try a smaller --lr (it was {Recipe.LearningRate})."));
        return new TrainingResult
        {
            Outcome = outcome,
            Advice = advice,
            Epochs = losses.Count - 1,
            Losses = losses,
            SearchLosses = searchLosses,
            Loss = final,
            TrainScore = trainScore,
            TestScore = testScore,
            Seconds = clock.Elapsed.TotalSeconds,
        };
    }

    /// <summary>Predictions for rows in the file's units: probabilities (rows, classes), or values (rows, 1) in the target's units.</summary>
    public Tensor Predict(Tensor rawInputs)
    {
        var output = Model.Forward(_standardizer.Apply(rawInputs));
        return IsClassification ? output.Softmax(1) : _standardizer.InverseTargets(output);
    }

    double Score(Dataset rows) => IsClassification ? Metrics.Accuracy(Model, rows) : Metrics.R2(Model, rows);

    // R² divides by the variance of the target, which must not be 0.
    static (Dataset Train, Dataset Test) Split(Dataset all, string path, Settings settings)
    {
        try
        {
            return all.Split(1 - settings.TestFraction, settings.Seed);
        }
        catch (InvalidOperationException)
        {
            throw new UsageException(Invariant(
                $"{path}: {all.Count} row(s) cannot be split into training and test rows. Use more rows, at least two of a class."));
        }
    }

    // Where every value of a feature is missing, no mean can replace them.
    void RequireValues(Dataset train)
    {
        double[] values = train.Inputs.ToArray();
        int features = train.FeatureCount;
        for (int feature = 0; feature < features; feature++)
            if (Enumerable.Range(0, train.Count).All(row => double.IsNaN(values[row * features + feature])))
                throw new UsageException(
                    $"{Path}: the feature '{train.FeatureNames[feature]}' has no value in the training rows. Leave it out with --exclude.");
    }

    void RequireSpread(Dataset rows, string part, string fix)
    {
        double least = rows.Targets.Min().Item();
        if (rows.Targets.Max().Item() == least)
            throw new UsageException(Invariant(
                $"{Path}, column '{Target}': the target is {least} in each of the {rows.Count} {part} rows, so there is nothing to predict; {fix}."));
    }

    MLP NewModel() =>
        new(All.FeatureCount, Recipe.Hidden, All.OutputCount, Activations.Factory(Settings.Activation), All.Inputs.DType, new Generator(Settings.Seed));

    SGD NewOptimizer(MLP model) => new(model.Parameters(), Recipe.LearningRate, Recipe.Momentum, weightDecay: Recipe.WeightDecay);

    // Cross-validation: one model per fold is trained, each with another fold as its validation rows. The mean validation loss
    // falls, and rises again when the models overfit. The search ends when it has been rising for a while.
    List<double> Search(IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        int[] order = new Generator(Settings.Seed).Permutation(TrainRows.Count);
        var folds = Enumerable.Range(0, Recipe.Folds).Select(fold =>
        {
            var learned = TrainRows.Select([.. order.Where((_, i) => i % Recipe.Folds != fold)]);
            var model = NewModel();
            return (Model: model, Optimizer: NewOptimizer(model),
                Batches: new DataLoader(learned, Recipe.Batch, shuffle: true, seed: Settings.Seed),
                HeldBack: TrainRows.Select([.. order.Where((_, i) => i % Recipe.Folds == fold)]));
        }).ToArray();

        var losses = new List<double> { Mean() };
        int best = 0;
        while (losses.Count <= Math.Min(Recipe.Epochs, 2 * best + 20) && double.IsFinite(losses[^1]))
        {
            var epoch = new TrainingProgress { Epoch = losses.Count, Epochs = Recipe.Epochs, Searching = true };
            foreach (var fold in folds)
                if (RunEpoch(fold.Model, fold.Optimizer, fold.Batches, epoch, progress, stop) is null) return losses;
            losses.Add(Mean());
            if (losses[^1] < losses[best]) best = losses.Count - 1;
        }

        return losses;

        double Mean() => folds.Average(fold => Loss(fold.Model, fold.HeldBack));
    }

    // The mean loss of an epoch; null if it was stopped. A NaN loss ends the epoch at once, because no later step recovers from it.
    double? RunEpoch(MLP model, SGD optimizer, DataLoader batches, TrainingProgress epoch, IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        double sum = 0, right = 0;
        int rows = 0, step = 0;
        foreach (var batch in batches)
        {
            if (stop.IsCancellationRequested) return null;
            using var autograd = new Autograd();
            var output = model.Forward(batch.Inputs);
            var loss = IsClassification
                ? new CrossEntropyLoss().Forward(output, batch.Labels)
                : new MSELoss().Forward(output, batch.Targets);
            autograd.Backward(loss);
            optimizer.Step();
            optimizer.ZeroGrad();

            sum += loss.Item() * batch.Count;
            rows += batch.Count;
            if (!double.IsFinite(sum)) return sum;
            if (IsClassification) right += Metrics.Accuracy(output, batch.Labels) * batch.Count;

            // Standardized targets have variance 1, so R² is 1 minus the loss.
            double score = IsClassification ? right / rows : 1 - sum / rows;
            progress?.Report(epoch with { Step = ++step, Steps = batches.BatchCount, Loss = sum / rows, Score = score });
        }

        return sum / rows;
    }

    double Loss(MLP model, Dataset rows)
    {
        var output = model.Forward(rows.Inputs);
        return (IsClassification ? new CrossEntropyLoss().Forward(output, rows.Labels) : new MSELoss().Forward(output, rows.Targets)).Item();
    }

    (Outcome Outcome, string? Advice) Judge(List<double> losses, double final, int planned)
    {
        double start = losses[0];
        int epochs = losses.Count - 1;
        if (losses.Any(l => !double.IsFinite(l)) || !double.IsFinite(final))
            return (Outcome.Diverged, Invariant(
                $"Training diverged: the loss became NaN or infinite in epoch {epochs}. Try a smaller --lr (it was {Recipe.LearningRate})."));
        if (epochs < planned)
            return (Outcome.Interrupted, epochs == 0 && Recipe.Folds > 0
                ? "Stopped while choosing the number of epochs; the model was not trained."
                : Invariant($"Stopped after {epochs} of {planned} epochs."));
        if (final > 2 * start)
            return (Outcome.Diverged, Invariant($"Training diverged: the loss grew from {start:G4} to {final:G4}. Try a smaller --lr (it was {Recipe.LearningRate})."));
        if (final > 0.999 * start)
            return (Outcome.Stuck, Invariant(
                $"The loss did not decrease: {start:G4} before training, {final:G4} after {epochs} epochs. Try another --lr (it was {Recipe.LearningRate}) or more --epochs."));

        // With dead units the loss stays at that of the best constant prediction.
        double middle = losses[(epochs + 1) / 2];
        if (epochs >= 2 && final > 0.999 * ConstantLoss() && Math.Abs(losses[^1] - middle) < 0.01 * middle)
            return (Outcome.Stuck, Invariant(
                $"The loss stays at {final:G4}, the loss of a constant prediction: nothing was learned. Try a smaller --lr (it was {Recipe.LearningRate}) or another --activation."));
        return (Outcome.Completed, null);
    }

    double ConstantLoss()
    {
        if (!IsClassification) return 1;
        var counts = TrainRows.Labels.ToInt64Array().CountBy(label => label);
        return -counts.Sum(c => (double)c.Value / TrainRows.Count * Math.Log((double)c.Value / TrainRows.Count));
    }

    // The library's advice names its own options; the command has others.
    static string InOptions(Exception e) => e switch
    {
        CsvDataException { Issues: [var issue] } => issue.In(ReadingOptions.Word),
        CsvDataException data => Invariant($"{data.File}: {data.Issues.Count} problems.\n") + string.Join('\n', data.Issues.Select(issue => issue.In(ReadingOptions.Word))),
        CsvColumnException column => column.Issue.In(ReadingOptions.Word),
        _ => e.Message,
    };

    // The command may be run from any folder of the repository, and the compiled program from any folder.
    static string FindDigits()
    {
        foreach (string start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                string path = System.IO.Path.Combine(folder.FullName, "data", "digits.csv");
                if (File.Exists(path)) return path;
            }

        throw new UsageException($"data/digits.csv was not found in {Directory.GetCurrentDirectory()} or a folder above it. Name a CSV file with --data.");
    }
}
