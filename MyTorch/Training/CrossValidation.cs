using System.Globalization;
using MyTorch.Data;
using MyTorch.Inspection;
using MyTorch.Nn;

namespace MyTorch.Training;

/// <summary>
/// Trains a model several times, each time with another part of the rows held out for the test, so that every row is tested once:
/// <c>CrossValidation.Run(train => new MLP(train.FeatureCount, [64], train.OutputCount), data, options, folds: 5)</c>.
/// </summary>
public static class CrossValidation
{
    /// <summary>
    /// Trains and scores a new model for each fold. Missing values are filled and the values standardized by the training rows of the fold
    /// alone.
    /// </summary>
    /// <param name="model">Makes an untrained model for training rows. Give it a seed to get the same result in every run.</param>
    /// <param name="data">All rows, in their original units.</param>
    /// <param name="options">How each model is trained; null for the defaults.</param>
    /// <param name="folds">The number of folds, at least 2. For a classification they are stratified.</param>
    /// <param name="groups">The group of each row, such as a customer: a group is never on both sides. Null: every row by itself.</param>
    /// <param name="progress">Told after each step of each training.</param>
    /// <param name="cancellation">Ends the training; an <see cref="OperationCanceledException"/> follows.</param>
    /// <exception cref="InvalidOperationException">The data is standardized already, so the test rows have leaked into it.</exception>
    /// <exception cref="ArgumentException">The rows cannot be divided so, or an option is outside its range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static CrossValidationResult Run(
        Func<Dataset, Module> model, Dataset data, TrainerOptions? options = null, int folds = 5, IReadOnlyList<string>? groups = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new TrainerOptions();
        if (data.Standardizer is not null)
            throw new InvalidOperationException(
                "CrossValidation: the data is standardized by all rows, so the test rows of each fold have leaked into the training. " +
                "Give the data as it was loaded; each fold is standardized by its own training rows.");
        if (options.Validation is not null)
            throw new ArgumentException(
                "CrossValidation: Validation is set, and would be the same rows in each fold; use ValidationShare, a part of each fold's training rows.",
                nameof(options));
        var results = new List<FoldResult>();
        foreach (var (rawTrain, rawTest) in data.Folds(folds, options.Seed, groups))
        {
            Imputer imputer = Imputer.Fit(rawTrain);
            (Dataset train, Dataset test) = (imputer.Apply(rawTrain), imputer.Apply(rawTest));
            Standardizer scaler = Standardizer.Fit(train);
            (train, test) = (scaler.Apply(train), scaler.Apply(test));
            Module trained = model(train)
                ?? throw new ArgumentException("CrossValidation: the function for the model returned null; it must return a module.", nameof(model));
            TrainingOutcome outcome = Trainer.Fit(trained, train, options, progress, cancellation);
            cancellation.ThrowIfCancellationRequested();
            var (loss, score) = new Evaluator(trained, train, options).Evaluate(test);
            Baselines baselines = Baselines.Of(train, test, options.Seed, cancellation);
            results.Add(new FoldResult
            {
                Fold = results.Count + 1,
                TrainRows = train.Count,
                TestRows = test.Count,
                Score = score,
                Loss = loss,
                TrainScore = outcome.Score,
                Constant = baselines.Constant,
                Linear = baselines.Linear,
                Outcome = outcome,
            });
        }
        return new CrossValidationResult(data.IsClassification, results);
    }
}

/// <summary>One fold of a cross-validation. Scores are accuracy, 0 to 1, or R².</summary>
public sealed record FoldResult
{
    /// <summary>The number of the fold, from 1.</summary>
    public required int Fold { get; init; }

    /// <summary>The number of rows that were trained on.</summary>
    public required int TrainRows { get; init; }

    /// <summary>The number of rows that were held out.</summary>
    public required int TestRows { get; init; }

    /// <summary>The score on the rows held out. R² of a fold of equal targets is not a number.</summary>
    public required double Score { get; init; }

    /// <summary>The mean loss on the rows held out.</summary>
    public required double Loss { get; init; }

    /// <summary>The score on the rows that were trained on.</summary>
    public required double TrainScore { get; init; }

    /// <summary>The score of the constant answer on the rows held out (<see cref="Baselines"/>).</summary>
    public required double Constant { get; init; }

    /// <summary>The score of a linear model on the rows held out (<see cref="Baselines"/>).</summary>
    public required double Linear { get; init; }

    /// <summary>How the training went.</summary>
    public required TrainingOutcome Outcome { get; init; }
}

/// <summary>The folds of a cross-validation, and their mean.</summary>
public sealed class CrossValidationResult
{
    internal CrossValidationResult(bool isClassification, IReadOnlyList<FoldResult> folds)
    {
        (IsClassification, Folds) = (isClassification, [.. folds]);
        Mean = folds.Average(fold => fold.Score);
        Deviation = Math.Sqrt(folds.Sum(fold => (fold.Score - Mean) * (fold.Score - Mean)) / (folds.Count - 1));
    }

    /// <summary>Whether the scores are accuracies; otherwise they are R².</summary>
    public bool IsClassification { get; }

    /// <summary>The folds, in order.</summary>
    public IReadOnlyList<FoldResult> Folds { get; }

    /// <summary>The mean of the folds' scores.</summary>
    public double Mean { get; }

    /// <summary>The sample deviation of the folds' scores, with n − 1.</summary>
    public double Deviation { get; }

    /// <summary>
    /// The standard error of <see cref="Mean"/>, deviation/√folds. The folds share training rows, so it is rather too small.
    /// </summary>
    public double StandardError => Deviation / Math.Sqrt(Folds.Count);

    /// <summary>The mean score of the constant answer.</summary>
    public double MeanConstant => Folds.Average(fold => fold.Constant);

    /// <summary>The mean score of the linear model.</summary>
    public double MeanLinear => Folds.Average(fold => fold.Linear);

    /// <summary>A table with a line per fold, their mean and deviation.</summary>
    public override string ToString()
    {
        string metric = IsClassification ? "accuracy" : "R²";
        var table = new TextTable("fold", "training rows", "test rows", metric, "on training rows", "constant", "linear", "epochs");
        foreach (FoldResult fold in Folds)
            table.Add(Text($"{fold.Fold}"), Text($"{fold.TrainRows}"), Text($"{fold.TestRows}"), Number(fold.Score), Number(fold.TrainScore),
                Number(fold.Constant), Number(fold.Linear), Text($"{fold.Outcome.Epochs}"));
        table.Add("mean", "", "", Number(Mean), Number(Folds.Average(fold => fold.TrainScore)), Number(MeanConstant), Number(MeanLinear), "");
        table.Add("deviation", "", "", Number(Deviation), "", "", "", "");
        return table.ToText().TrimEnd('\n');
    }

    static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
