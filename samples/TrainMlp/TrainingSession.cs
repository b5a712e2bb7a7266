using System.Diagnostics;
using System.Text.RegularExpressions;
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
    /// <summary>Whether this is still the search for the number of epochs, of which <see cref="Epochs"/> is the most.</summary>
    public bool Searching { get; init; }

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

    /// <summary>The loss before the first epoch, and the mean over each epoch.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    /// <summary>The mean loss on the rows held back in the search for the number of epochs, before the first and after each; empty without a search.</summary>
    public required IReadOnlyList<double> SearchLosses { get; init; }

    /// <summary>After how many epochs the losses of a search are lowest; 0 if none after the first is a number.</summary>
    public static int Lowest(IReadOnlyList<double> searchLosses) => Enumerable.Range(0, searchLosses.Count)
        .Where(epoch => epoch > 0 && double.IsFinite(searchLosses[epoch]))
        .OrderBy(epoch => searchLosses[epoch]).FirstOrDefault();

    /// <summary>The loss of the finished model on all training rows.</summary>
    public required double Loss { get; init; }

    public required double TrainScore { get; init; }

    public required double TestScore { get; init; }

    public required double Seconds { get; init; }
}

/// <summary>
/// One run from file to score, without a word to the console: reads, splits, standardises, trains, judges.
/// </summary>
internal sealed partial class TrainingSession
{
    // What most programs write into a field that has no value; a gap only where the user said what to do about gaps.
    static readonly string[] s_missingMarkers = ["NA", "N/A", "NaN", "null", "?"];

    // Beyond this a network of the sample's kind does not fit a usual machine's memory.
    const long MostParameters = 100_000_000;

    readonly Standardizer _standardizer;

    TrainingSession(Settings settings, string path, Dataset all)
    {
        Settings = settings;
        Path = path;
        All = all;
        var (train, test) = all.Split(1 - settings.TestFraction, settings.Seed);

        // Means to fill gaps with and to standardise with come from the training rows only: the test rows are unseen in every way.
        var imputer = Imputer.Fit(train);
        RawTrain = imputer.Apply(train);
        RawTest = imputer.Apply(test);
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
            throw new UsageException($"--batch {Recipe.Batch} is more than the {TrainRows.Count} rows there are to learn from.");

        long[] sizes = [all.FeatureCount, .. Recipe.Hidden, all.OutputCount];
        long parameters = sizes.Zip(sizes.Skip(1), (inputs, width) => (inputs + 1) * width).Sum();
        if (parameters > MostParameters)
            throw new UsageException(Invariant($"--hidden {string.Join(',', Recipe.Hidden)} makes {parameters:N0} parameters; this sample trains at most {MostParameters:N0}."));
        Model = NewModel();
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
    public Dataset TrainRows { get; }

    /// <summary>The standardised rows to judge with.</summary>
    public Dataset TestRows { get; }

    public Recipe Recipe { get; }

    public MLP Model { get; }

    public bool IsClassification => All.IsClassification;

    /// <summary>"accuracy" or "r2".</summary>
    public string Metric => IsClassification ? "accuracy" : "r2";

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
                MissingMarkers = settings.Missing == "error" ? [] : s_missingMarkers,
                DType = settings.DType == "float64" ? DType.Float64 : DType.Float32,
            };
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
    /// Trains. Asked to stop, it ends after the step it is at, with what was reached.
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
            (outcome, advice) = (Outcome.Diverged, Invariant($"The training diverged: the model's outputs are not all numbers. Try a smaller --lr (it was {Recipe.LearningRate})."));
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

    /// <summary>What the model makes of rows in the file's units: (rows, classes) probabilities, or (rows, 1) values in the target's units.</summary>
    public Tensor Predict(Tensor rawInputs)
    {
        var output = Model.Forward(_standardizer.Apply(rawInputs));
        return IsClassification ? output.Softmax(1) : _standardizer.InverseTargets(output);
    }

    double Score(Dataset rows) => IsClassification ? Metrics.Accuracy(Model, rows) : Metrics.R2(Model, rows);

    // R² compares with the spread of the target, so there has to be one.
    void RequireSpread(Dataset rows, string part, string fix)
    {
        double least = rows.Targets.Min().Item();
        if (rows.Targets.Max().Item() == least)
            throw new UsageException(Invariant($"{Path}, column '{Target}': the target is {least} in every {part} row ({rows.Count}), so there is nothing to predict; {fix}."));
    }

    MLP NewModel() =>
        new(All.FeatureCount, Recipe.Hidden, All.OutputCount, Activations.Factory(Settings.Activation), All.Inputs.DType, new Generator(Settings.Seed));

    SGD NewOptimizer(MLP model) => new(model.Parameters(), Recipe.LearningRate, Recipe.Momentum, weightDecay: Recipe.WeightDecay);

    // Cross-validation: as many models as folds learn side by side, each with another part of the training rows held back. The mean
    // loss on those parts falls and then rises again when the models begin to learn the noise. Once it has been rising for long, the rest is spared.
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

    // The mean loss of an epoch; null if it was stopped. A loss that is not a number ends the epoch at once: no later step could mend it.
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

            // Standardised targets have variance 1, so R² on the rows is 1 less the loss.
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
            return (Outcome.Diverged, Invariant($"The training diverged: the loss was no longer a finite number in epoch {epochs}. Try a smaller --lr (it was {Recipe.LearningRate})."));
        if (epochs < planned)
            return (Outcome.Interrupted, epochs == 0 && Recipe.Folds > 0
                ? "Stopped while choosing the number of epochs: the model is not trained."
                : Invariant($"Stopped after {epochs} of {planned} epochs."));
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

    double ConstantLoss()
    {
        if (!IsClassification) return 1;
        var counts = TrainRows.Labels.ToInt64Array().CountBy(label => label);
        return -counts.Sum(c => (double)c.Value / TrainRows.Count * Math.Log((double)c.Value / TrainRows.Count));
    }

    // The library's sentence, with what the command offers in the place of the library's properties.
    static string InOptions(Exception e)
    {
        string message = e.Message;
        if (e is ArgumentException { ParamName: { } name } && message.IndexOf($" (Parameter '{name}')", StringComparison.Ordinal) is >= 0 and var end)
            message = message[..end];
        foreach (var (library, command) in CommandsWords) message = message.Replace(library, command, StringComparison.Ordinal);
        return CategoriesHint().Replace(message, "leave the column out with --exclude.");
    }

    static readonly (string Library, string Command)[] CommandsWords =
    [
        ("CsvDataset: ", ""),
        ("Split: ", ""),
        ("Imputer.Fit: ", ""),
        ("list it in MissingMarkers and choose Missing = MissingValues.Drop or Mean", "leave the field empty and choose --missing drop or --missing mean"),
        ("Load with DType = DType.Float64, or", "Choose --dtype float64, or"),
        ("Load with DType = DType.Float64", "Choose --dtype float64"),
        ("exclude it (CsvOptions.Exclude)", "leave it out with --exclude"),
        ("Missing = MissingValues.Mean and an Imputer", "--missing mean"),
        ("Missing = MissingValues.Mean", "--missing mean"),
        ("Missing = MissingValues.Drop", "--missing drop"),
        ("Task = LearningTask.Classification", "--task classification"),
        ("Task = LearningTask.Regression", "--task regression"),
        ("set HasHeader = false", "put a row of names above it"),
        ("the delimiter may be another: set CsvOptions.Delimiter", "the delimiter may be another: separate the fields with commas"),
        (" (CsvOptions.Delimiter)", ""),
        ("Exclude the column, or list it in TextColumns if its texts are categories", "Leave the column out with --exclude"),
        ("Exclude the column, or raise CsvOptions.MaxCategories", "Leave the column out with --exclude"),
        ("Exclude it when loading (CsvOptions.Exclude)", "Leave it out with --exclude"),
        ("Take it out of Exclude", "Take it out of --exclude"),
        ("Exclude it", "Leave it out with --exclude"),
    ];

    [GeneratedRegex("name '.*' in TextColumns to take its fields for categories[.]", RegexOptions.Singleline)]
    private static partial Regex CategoriesHint();

    // The command may be run from any folder of the repository, and the program from anywhere.
    static string FindDigits()
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
