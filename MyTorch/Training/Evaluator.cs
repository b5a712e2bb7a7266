using MyTorch.Data;
using MyTorch.Nn;

namespace MyTorch.Training;

/// <summary>The loss and the score of a model's outputs: of a batch, or of all rows of a data set in batches.</summary>
sealed class Evaluator
{
    // A batch's inputs and outputs hold at most about this many numbers each, so that thousands of classes do not need gigabytes.
    const int MostElements = 1 << 21;

    const int MostRows = 1024;

    readonly Module _model;
    readonly Loss _criterion;
    readonly double[]? _classWeights;
    readonly bool _reuseMemory;
    readonly TrainingRanks? _ranks;

    /// <param name="model">The model.</param>
    /// <param name="data">The training rows.</param>
    /// <param name="options">The options, for the loss.</param>
    /// <param name="ranks">The ranks that share the work, each evaluating a part of the rows; null for one.</param>
    internal Evaluator(Module model, Dataset data, TrainerOptions options, TrainingRanks? ranks = null)
    {
        (_model, _reuseMemory, _ranks) = (model, options.ReuseMemory, ranks);
        _classWeights = options.ClassWeights is { } given ? [.. given] : options.BalanceClasses ? Balanced(data) : null;
        _criterion = options.Criterion ?? (!data.IsClassification ? new MSELoss()
            : new CrossEntropyLoss(_classWeights is null ? null : Tensor.From(_classWeights, data.Inputs.DType)));
        ReusesBatches = _reuseMemory && options.AfterBackward is null && IsOfTheLibrary(_criterion)
            && model.NamedModules().All(named => IsOfTheLibrary(named.Module));

        static bool IsOfTheLibrary(object part) => part.GetType().Assembly == typeof(Evaluator).Assembly;
    }

    internal Loss Criterion => _criterion;

    /// <summary>
    /// Whether a batch may be in the memory of the last one: if no code but the library's sees it, nobody can keep it.
    /// </summary>
    internal bool ReusesBatches { get; }

    /// <summary>N/(C·n) for a class with n of the N rows, with C classes that have rows; 0 for a class without rows.</summary>
    internal static double[] Balanced(Dataset data) => ClassWeights.Balanced(data.Labels, data.ClassCount, DType.Float64).ToArray();

    /// <summary>The loss of a batch, a scalar.</summary>
    internal Tensor Loss(Tensor output, Batch batch)
    {
        Tensor target = batch.Target;
        RequireShape(output, batch);
        Tensor loss = _criterion.Forward(output, target);
        return loss.Rank == 0 ? loss : throw new InvalidOperationException(
            $"Trainer: {_criterion.GetType().Name} gives {loss.Shape}, one number per row or element; expected a scalar. Use Reduction.Mean.");
    }

    static void RequireShape(Tensor output, Batch batch)
    {
        int expected = batch.Source.OutputCount;
        if (output.Rank == 2 && output.Shape[0] == batch.Count && output.Shape[1] == expected) return;
        throw new InvalidOperationException(
            $"Trainer: the model gives {output.Shape} for a batch of {batch.Count} row(s); expected ({batch.Count}, {expected}), one " +
            $"{(batch.Source.IsClassification ? "score for each class" : "number for each target")}. " +
            $"Give its last layer {expected} output(s).{FromOne(output, batch.Source)}");
    }

    // A model for C classes and labels 1 … C are C + 1 classes.
    static string FromOne(Tensor output, Dataset rows) =>
        rows.IsClassification && output.Rank == 2 && output.Shape[1] == rows.ClassCount - 1 && !rows.Labels.ToInt64Array().Contains(0)
            ? " But no row has the label 0: if the labels count from 1, subtract 1 from each instead."
            : "";

    /// <summary>The loss of the best constant prediction; null where it is not known.</summary>
    internal double? ConstantLoss(Dataset rows)
    {
        if (_criterion is MSELoss)
        {
            double[] values = rows.Target.ToArray();
            int targets = rows.OutputCount;
            return Enumerable.Range(0, targets).Average(t =>
            {
                double[] column = [.. values.Where((_, i) => i % targets == t)];
                double mean = column.Average();
                return column.Average(y => (y - mean) * (y - mean));
            });
        }
        if (_criterion is not CrossEntropyLoss || _classWeights is not null) return null;
        return -rows.Labels.ToInt64Array().CountBy(label => label)
            .Sum(count => (double)count.Value / rows.Count * Math.Log((double)count.Value / rows.Count));
    }

    /// <summary>How much a batch counts in the mean of the losses: its rows, or the sum of their classes' weights.</summary>
    internal double Weight(Batch batch) => Weight(batch.Target);

    /// <summary>The same of the whole batch, of which this may be the part of one rank.</summary>
    internal double WholeWeight(Batch batch) => Weight(batch.WholeTarget);

    double Weight(Tensor target) => _classWeights is null ? target.Shape[0] : target.ToInt64Array().Sum(label => _classWeights[label]);

    /// <summary>The mean loss and the score on all rows, without recording and in evaluation mode.</summary>
    internal (double Loss, double Score) Evaluate(Dataset rows)
    {
        var mean = new RunningMean(this, rows);
        using (_model.InEvaluationMode())
        using (Autograd.Pause())
            foreach (Batch batch in new DataLoader(rows, RowsPerBatch(rows)) { Part = _ranks?.Part ?? (0, 1), ReusesMemory = ReusesBatches })
            {
                if (batch.Count == 0) continue;
                using PauseScope pause = Autograd.Pause(_reuseMemory);
                Tensor output = _model.Forward(batch.Inputs);
                mean.Add(output, batch, Loss(output, batch).Item());
            }
        _ranks?.Sum(mean);
        return (mean.Loss, mean.Score);
    }

    internal static int RowsPerBatch(Dataset rows) => Math.Clamp(MostElements / Math.Max(rows.FeatureCount, rows.OutputCount), 1, MostRows);
}

/// <summary>The mean loss and the score of the batches added so far: accuracy, or R² averaged over the targets.</summary>
sealed class RunningMean
{
    // What the sums hold, in this order; for a regression the squared errors and the squared deviations of each target follow.
    const int Losses = 0, Weights = 1, Right = 2, Rows = 3, NaNs = 4, Errors = 5;

    readonly Evaluator _evaluator;
    readonly double[] _mean;

    internal RunningMean(Evaluator evaluator, Dataset rows)
    {
        _evaluator = evaluator;
        int targets = rows.IsClassification ? 0 : rows.OutputCount;
        (_mean, Sums) = (new double[targets], new double[Errors + 2 * targets]);
        if (targets == 0) return;
        for (int i = 0; i < rows.Target.ElementCount; i++) _mean[i % targets] += rows.Target.ValueAt(i) / rows.Count;
    }

    RunningMean(RunningMean whole) => (_evaluator, _mean, Sums) = (whole._evaluator, whole._mean, new double[whole.Sums.Length]);

    /// <summary>Everything that is counted. Those of several parts add up to those of the whole.</summary>
    internal double[] Sums { get; }

    /// <summary>The mean of the losses, each weighted by its rows.</summary>
    internal double Loss => Sums[Losses] / Sums[Weights];

    /// <summary>The fraction of rows whose class has the largest output, or R². NaN if an output is NaN.</summary>
    internal double Score => Sums[NaNs] > 0 ? double.NaN
        : _mean.Length == 0 ? Sums[Right] / Sums[Rows]
        : Enumerable.Range(Errors, _mean.Length).Average(i => 1 - Sums[i] / Sums[i + _mean.Length]);

    /// <summary>A mean of nothing yet, to be added with <see cref="Add(RunningMean)"/>.</summary>
    internal RunningMean Part() => new(this);

    internal void Add(RunningMean part)
    {
        for (int i = 0; i < Sums.Length; i++) Sums[i] += part.Sums[i];
    }

    internal void Add(Tensor output, Batch batch, double loss)
    {
        double weight = _evaluator.Weight(batch);
        // The mean over rows of weight 0 alone is 0/0.
        if (weight > 0)
        {
            Sums[Losses] += loss * weight;
            Sums[Weights] += weight;
        }
        Sums[Rows] += batch.Count;
        if (_mean.Length == 0) AddClasses(output, batch);
        else AddNumbers(output, batch);
    }

    void AddClasses(Tensor output, Batch batch)
    {
        using PauseScope pause = Autograd.Pause();
        double accuracy = Metrics.Accuracy(output, batch.Labels);
        if (double.IsNaN(accuracy)) Sums[NaNs]++;
        else Sums[Right] += Math.Round(accuracy * batch.Count);
    }

    void AddNumbers(Tensor output, Batch batch)
    {
        int targets = _mean.Length;
        for (int i = 0; i < output.ElementCount; i++)
        {
            double truth = batch.Target.ValueAt(i), error = output.ValueAt(i) - truth, deviation = truth - _mean[i % targets];
            if (double.IsNaN(error)) Sums[NaNs]++;
            Sums[Errors + i % targets] += error * error;
            Sums[Errors + targets + i % targets] += deviation * deviation;
        }
    }
}
