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

    internal Evaluator(Module model, Dataset data, TrainerOptions options)
    {
        (_model, _reuseMemory) = (model, options.ReuseMemory);
        _classWeights = options.ClassWeights is { } given ? [.. given] : options.BalanceClasses ? Balanced(data) : null;
        _criterion = options.Criterion ?? (!data.IsClassification ? new MSELoss()
            : new CrossEntropyLoss(_classWeights is null ? null : Tensor.From(_classWeights, data.Inputs.DType)));
    }

    internal Loss Criterion => _criterion;

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
    internal double Weight(Batch batch) => _classWeights is null ? batch.Count : batch.Labels.ToInt64Array().Sum(label => _classWeights[label]);

    /// <summary>The mean loss and the score on all rows, without recording and in evaluation mode.</summary>
    internal (double Loss, double Score) Evaluate(Dataset rows)
    {
        var mean = new RunningMean(this, rows);
        using (_model.InEvaluationMode())
        using (Autograd.Pause())
            foreach (Batch batch in new DataLoader(rows, RowsPerBatch(rows)))
            {
                using PauseScope pause = Autograd.Pause(_reuseMemory);
                Tensor output = _model.Forward(batch.Inputs);
                mean.Add(output, batch, Loss(output, batch).Item());
            }
        return (mean.Loss, mean.Score);
    }

    internal static int RowsPerBatch(Dataset rows) => Math.Clamp(MostElements / Math.Max(rows.FeatureCount, rows.OutputCount), 1, MostRows);
}

/// <summary>The mean loss and the score of the batches added so far: accuracy, or R² averaged over the targets.</summary>
sealed class RunningMean
{
    readonly Evaluator _evaluator;
    readonly double[] _mean, _errors, _spread;
    double _losses, _weights;
    int _right, _rows;
    bool _isNaN;

    internal RunningMean(Evaluator evaluator, Dataset rows)
    {
        _evaluator = evaluator;
        int targets = rows.IsClassification ? 0 : rows.OutputCount;
        (_mean, _errors, _spread) = (new double[targets], new double[targets], new double[targets]);
        if (targets == 0) return;
        for (int i = 0; i < rows.Target.ElementCount; i++) _mean[i % targets] += rows.Target.ValueAt(i) / rows.Count;
    }

    /// <summary>The mean of the losses, each weighted by its rows.</summary>
    internal double Loss => _losses / _weights;

    /// <summary>The fraction of rows whose class has the largest output, or R². NaN if an output is NaN.</summary>
    internal double Score => _isNaN ? double.NaN
        : _errors.Length == 0 ? (double)_right / _rows
        : _errors.Zip(_spread, (error, spread) => 1 - error / spread).Average();

    internal void Add(Tensor output, Batch batch, double loss)
    {
        double weight = _evaluator.Weight(batch);
        // The mean over rows of weight 0 alone is 0/0.
        if (weight > 0) (_losses, _weights) = (_losses + loss * weight, _weights + weight);
        _rows += batch.Count;
        if (_errors.Length == 0) AddClasses(output, batch);
        else AddNumbers(output, batch);
    }

    void AddClasses(Tensor output, Batch batch)
    {
        using PauseScope pause = Autograd.Pause();
        double accuracy = Metrics.Accuracy(output, batch.Labels);
        _isNaN |= double.IsNaN(accuracy);
        if (!_isNaN) _right += (int)Math.Round(accuracy * batch.Count);
    }

    void AddNumbers(Tensor output, Batch batch)
    {
        int targets = _errors.Length;
        for (int i = 0; i < output.ElementCount; i++)
        {
            double truth = batch.Target.ValueAt(i), error = output.ValueAt(i) - truth, deviation = truth - _mean[i % targets];
            _isNaN |= double.IsNaN(error);
            _errors[i % targets] += error * error;
            _spread[i % targets] += deviation * deviation;
        }
    }
}
