using System.Diagnostics;
using MyTorch;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Reports;
using MyTorch.Training;
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

    /// <summary>The validation loss before training and after each epoch; empty without validation rows.</summary>
    public required IReadOnlyList<double> ValidationLosses { get; init; }

    /// <summary>How the number of epochs was chosen; null if it was given.</summary>
    public required RecipeChoice? Choice { get; init; }

    /// <summary>How the training went; null if it was stopped before it began.</summary>
    public required TrainingOutcome? Training { get; init; }

    /// <summary>The scores of the constant answer and of a linear model on the test rows; null if the training diverged or was stopped.</summary>
    public required Baselines? Baselines { get; init; }

    /// <summary>Where the score on new rows probably is; null if the model has no score.</summary>
    public required ScoreInterval? Interval { get; init; }

    /// <summary>What was noticed in the data, the model and the split.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

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

    // Numbers of a batch whose probabilities are computed, so that thousands of classes do not need gigabytes.
    const int MostElements = 1 << 21;

    TrainingSession(Settings settings, string path, Dataset all, Dataset? testFile)
    {
        Settings = settings;
        Resuming = new Resuming(settings);
        Path = path;
        All = all;
        TestNotes = testFile?.Notes ?? [];
        var (train, test) = Splits.Of(all, path, settings, testFile);
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

        Plan = Plan.For(TrainRows, settings);
        Recipe = Plan.Recipe;
        if (Recipe.BatchSize > TrainRows.Count)
            throw new UsageException($"--batch {Recipe.BatchSize} is larger than the number of training rows, {TrainRows.Count}.");

        long[] sizes = [all.FeatureCount, .. Recipe.Hidden, all.OutputCount];
        long parameters = sizes.Zip(sizes.Skip(1), (inputs, width) => (inputs + 1) * width).Sum();
        if (parameters > MostParameters)
            throw new UsageException(Invariant(
                $"--hidden {string.Join(',', Recipe.Hidden)} gives a model of {parameters:N0} parameters; this sample trains at most {MostParameters:N0}."));
        Model = Recipe.NewModel(TrainRows, settings.Seed);
        Norms = settings.ReportPath is null ? null : new LayerNorms(Model);
    }

    public Settings Settings { get; }

    public string Path { get; }

    public string Target => All.TargetNames[0];

    /// <summary>All rows, in the file's units; missing values are NaN.</summary>
    public Dataset All { get; }

    /// <summary>What was noticed in the file of <c>--test</c>.</summary>
    public IReadOnlyList<CsvIssue> TestNotes { get; }

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

    public Plan Plan { get; }

    /// <summary>The recipe of the training; its number of epochs is chosen by <see cref="Train"/>.</summary>
    public Recipe Recipe { get; private set; }

    public MLP Model { get; }

    /// <summary>What <c>--resume</c> found.</summary>
    public Resuming Resuming { get; }

    /// <summary>The norms of the layers during the training, for <c>--report</c>; null without one.</summary>
    public LayerNorms? Norms { get; }

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
                Keep = [.. new[] { settings.Group, settings.SplitBy }.OfType<string>()],
                Task = settings.Task switch { "classification" => LearningTask.Classification, "regression" => LearningTask.Regression, _ => LearningTask.Auto },
                Missing = settings.Missing switch { "drop" => MissingValues.Drop, "mean" => MissingValues.Mean, _ => MissingValues.Error },
                DType = settings.DType == "float64" ? DType.Float64 : DType.Float32,
            });
            var all = settings.Target is null ? CsvDataset.Load(path, ^1, options) : CsvDataset.Load(path, settings.Target, options);
            return new TrainingSession(settings, path, all, settings.TestPath is null ? null : Splits.TestFile(settings.TestPath, all, options, settings.Missing));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            string message = ReadingOptions.InOptions(e);
            throw new UsageException(message.Contains(path, StringComparison.Ordinal) ? message : $"{path}: {message}");
        }
    }

    /// <summary>
    /// Trains the model. When stopped, it finishes the current step and returns the result so far.
    /// </summary>
    public TrainingResult Train(IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        RecipeChoice? choice = !Plan.Searches ? null
            : Resuming.Choice(Recipe, IsClassification) ?? RecipeSearch.Choose(TrainRows, Recipe, Settings.Seed, Settings.Budget, progress, stop);
        if (choice is not null) Recipe = choice.Recipe;
        bool stoppedEarly = choice is not null && stop.IsCancellationRequested;
        TrainingOutcome training = Fit(choice, stoppedEarly, progress, stop);

        var outcome = training.Reason switch
        {
            StopReason.Cancelled => Outcome.Interrupted,
            StopReason.Diverged => Outcome.Diverged,
            _ when training.Warnings.Any(warning => warning.Mistake == Mistake.LossDoesNotMove) => Outcome.Stuck,
            _ => Outcome.Completed,
        };
        string? advice = outcome switch
        {
            Outcome.Completed => null,
            Outcome.Interrupted when stoppedEarly => "Stopped while choosing the number of epochs; the model was not trained.",
            Outcome.Stuck => string.Join(' ', training.Warnings.Where(warning => warning.Mistake == Mistake.LossDoesNotMove)),
            Outcome.Interrupted when Settings.ResumePath is not null => training.Explanation + " The same command goes on from here.",
            _ => training.Explanation,
        };
        bool usable = outcome != Outcome.Diverged;
        double trainScore = usable ? Score(TrainRows) : double.NaN, testScore = usable ? Score(TestRows) : double.NaN;
        if (usable && !(double.IsFinite(trainScore) && double.IsFinite(testScore)))
            (outcome, usable, advice) = (Outcome.Diverged, false,
                Invariant($"Training diverged: the model's outputs contain NaN. Try a smaller --lr (it was {Recipe.LearningRate})."));
        bool compares = usable && !stop.IsCancellationRequested;
        return new TrainingResult
        {
            Outcome = outcome,
            Advice = advice is null ? null : Word(advice),
            Epochs = training.Epochs,
            Losses = training.History.Losses,
            ValidationLosses = [.. training.History.Select(epoch => epoch.ValidationLoss).OfType<double>()],
            Choice = choice,
            Training = training,
            Baselines = compares ? Baselines.Of(TrainRows, TestRows, Settings.Seed, stop) : null,
            Interval = usable ? Interval() : null,
            Warnings =
                [.. Splits.Warnings(All, Settings), .. training.Warnings.Where(warning => warning.Mistake != Mistake.LossDoesNotMove).Select(Word)],
            Loss = training.Loss,
            TrainScore = trainScore,
            TestScore = testScore,
            Seconds = clock.Elapsed.TotalSeconds,
        };
    }

    TrainingOutcome Fit(RecipeChoice? choice, bool stoppedEarly, IProgress<TrainingProgress>? progress, CancellationToken stop)
    {
        // A choice that was stopped is not the one of an uninterrupted run, so it is not kept.
        TrainerOptions options = Settings.ResumePath is null || stoppedEarly ? Options(Recipe)
            : Options(Recipe) with { CheckpointPath = Settings.ResumePath, CheckpointNotes = Resuming.Notes(Settings, choice) };
        try
        {
            return Trainer.Fit(Model, TrainRows, options, progress, stop);
        }
        catch (IOException e)
        {
            throw new UsageException($"--resume: {e.Message}");
        }
    }

    /// <summary>The trained model's predictions for the test rows: classes, or values in the units of the target.</summary>
    public Tensor TestPredictions => Metrics.Predict(Model, TestRows);

    /// <summary>The root mean squared error on the test rows, in the units of the target.</summary>
    public double RootMeanSquaredError => Metrics.RootMeanSquaredError(TestPredictions, RawTest.Targets);

    public TrainerOptions Options(Recipe recipe) => recipe.ToOptions(Settings.Seed) with
    {
        ValidationShare = Plan.Patience is null ? 0 : Settings.Validation ?? 0.1,
        Patience = Plan.Patience,
        BalanceClasses = Settings.ClassWeights == "balanced" && IsClassification,
        AfterBackward = Norms is { } norms ? step => norms.Record(step.Epoch) : null,
    };

    /// <summary>A confidence interval of the score on the test rows: Wilson's for an accuracy, by bootstrap for R².</summary>
    ScoreInterval? Interval()
    {
        Tensor output = TestPredictions;
        if (IsClassification)
            return ScoreInterval.OfShare((int)Math.Round(Metrics.Accuracy(output, TestRows.Labels) * TestRows.Count), TestRows.Count);
        // With few rows a sample may hold one row only, several times, which has no R².
        return TestRows.Count < 10 ? null
            : ScoreInterval.Bootstrap(output, RawTest.Targets, Metrics.R2, samples: Math.Clamp(2_000_000 / TestRows.Count, 100, 1000), generator: new Generator(0));
    }

    // The library's sentences name its own settings; the command has options for them.
    static string Word(string sentence) => sentence
        .Replace("Try a smaller learning rate", "Try a smaller --lr", StringComparison.Ordinal)
        .Replace("Try another learning rate", "Try another --lr", StringComparison.Ordinal)
        .Replace("the learning rate is too small", "--lr is too small", StringComparison.Ordinal)
        .Replace(", and check that inputs and targets are standardized", "", StringComparison.Ordinal)
        .Replace("more epochs", "more --epochs", StringComparison.Ordinal);

    static string Word(TrainingWarning warning)
    {
        if (warning.Column is not { } column) return Word(warning.Sentence);
        CsvFix exclude = new(nameof(CsvOptions.Exclude), column);
        return Word(warning.Sentence.Replace($"({exclude})", $"with {ReadingOptions.Word(exclude)}", StringComparison.Ordinal));
    }

    /// <summary>Predictions for rows in the file's units: probabilities (rows, classes), or values (rows, 1) in the target's units.</summary>
    public Tensor Predict(Tensor rawInputs) => Answers(_standardizer.Apply(rawInputs));

    Tensor Answers(Tensor inputs)
    {
        Tensor output = Model.Forward(inputs);
        return IsClassification ? output.Softmax(1) : _standardizer.InverseTargets(output);
    }

    /// <summary>The predicted class of each test row, and its probability. Their memory does not grow with the number of classes.</summary>
    public (long[] Classes, double[] Confidence) TestAnswers()
    {
        var (classes, confidence) = (new long[TestRows.Count], new double[TestRows.Count]);
        int row = 0;
        foreach (Batch batch in new DataLoader(TestRows, Math.Clamp(MostElements / All.ClassCount, 1, 1024)))
        {
            Tensor probabilities = Answers(batch.Inputs);
            probabilities.ArgMax(1).ToInt64Array().CopyTo(classes, row);
            probabilities.AMax(1).ToArray().CopyTo(confidence, row);
            row += batch.Count;
        }
        return (classes, confidence);
    }

    double Score(Dataset rows) => IsClassification ? Metrics.Accuracy(Model, rows) : Metrics.R2(Model, rows);

    // Where every value of a feature is missing, no mean can replace them.
    void RequireValues(Dataset train)
    {
        if (train.MissingCount == 0) return;
        for (int feature = 0; feature < train.FeatureCount; feature++)
            if (Array.TrueForAll(train.Inputs[.., feature].ToArray(), double.IsNaN))
                throw new UsageException(
                    $"{Path}: the feature '{train.FeatureNames[feature]}' has no value in the training rows. Leave it out with --exclude.");
    }

    // R² divides by the variance of the target, which must not be 0.
    void RequireSpread(Dataset rows, string part, string fix)
    {
        double least = rows.Targets.Min().Item();
        if (rows.Targets.Max().Item() == least)
            throw new UsageException(Invariant(
                $"{Path}, column '{Target}': the target is {least} in each of the {rows.Count} {part} rows, so there is nothing to predict; {fix}."));
    }

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
