using System.Diagnostics;
using System.Globalization;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Serialization;

namespace MyTorch.Training;

/// <summary>One training: <see cref="Epoch"/> is the loop over the batches, <see cref="Run"/> the loop over the epochs.</summary>
sealed class TrainingRun
{
    // A batch loss this many times the loss before training is not an unlucky batch: the parameters have left the range that they can return from.
    const double Runaway = 1e6;

    // An epoch's loss may rise above the initial one while the optimizer warms up, but not in so many epochs in a row.
    const int MostGrownEpochs = 3;

    readonly Module _model;
    readonly Dataset _train;
    readonly Dataset? _validation;
    readonly TrainerOptions _options;
    readonly IProgress<TrainingProgress>? _progress;
    readonly TrainingRanks? _ranks;
    readonly Evaluator _evaluator;
    readonly Optimizer _optimizer;
    readonly LearningRateSchedule? _schedule;
    readonly Tensor[] _parameters;
    readonly TrainingHistory _history = new();
    readonly List<TrainingWarning> _warnings = [];
    readonly Stopwatch _clock = Stopwatch.StartNew();

    // What the runs took that wrote the checkpoint.
    double _secondsBefore;

    string? _divergence;

    internal TrainingRun(Module model, Dataset data, TrainerOptions options, IProgress<TrainingProgress>? progress)
    {
        (_model, _options, _progress) = (model, options, progress);
        (_train, _validation) = Rows(data, options);
        _ranks = TrainingRanks.Of(model, _train, _validation, options);
        _parameters = [.. model.Parameters()];
        _optimizer = options.Optimizer(_parameters)
            ?? throw new ArgumentException("Trainer: Optimizer returned null; it must return an optimizer, such as p => new Adam(p).");
        _schedule = options.Schedule?.Invoke(_optimizer);
        _evaluator = new Evaluator(model, data, options, _ranks);
        _ranks?.RequireSame(_optimizer, _schedule);
        _ranks?.RequireMean(_evaluator);
        if (options.LookForMistakes) _warnings.AddRange(DataMistakes.Of(_train));
    }

    static (Dataset Train, Dataset? Validation) Rows(Dataset data, TrainerOptions options)
    {
        if (options.ValidationShare > 0) return data.Split(1 - options.ValidationShare, options.Seed);
        if (options.Validation is not { } validation) return (data, null);
        if (validation.IsClassification != data.IsClassification)
            throw new ArgumentException(
                $"Trainer: the training rows ({data}) and the validation rows ({validation}) have different tasks; expected the same columns.");
        if (validation.Standardizer != data.Standardizer)
            throw new ArgumentException(
                "Trainer: the validation rows are not scaled as the training rows. Apply the same standardizer to both: " +
                "Standardizer.Fit(train), then Apply(train) and Apply(validation).");
        return (data, validation.AlignedWith(data));
    }

    internal TrainingOutcome Run(CancellationToken cancellation)
    {
        using TrainingRanks? ranks = _ranks;
        var best = _validation is not null && _options.RestoreBest ? new BestEpoch(_model) : null;
        TrainingCheckpoint? checkpoint = _options.CheckpointPath is not { } path ? null
            : new TrainingCheckpoint(path, new Checkpoint(_model, _optimizer) { Schedule = _schedule },
                TrainingIdentity.Of(_model, _train, _validation, _options, _evaluator, _optimizer, _schedule), _ranks);
        bool resumed = checkpoint?.Resume(_history, best, _warnings, _options.Epochs, _validation is not null) == true;
        int done = Math.Max(0, _history.Count - 1);
        if (resumed) _secondsBefore = _history[^1].Seconds;
        else
        {
            var (loss, score) = _evaluator.Evaluate(_train);
            Record(0, loss, score, gradientNorm: 0);
            best?.Offer(0, _history[0].ValidationLoss!.Value);
        }
        double initialLoss = _history[0].Loss;
        if (checkpoint is not null && !resumed && double.IsFinite(initialLoss)) checkpoint.Save(_history, best, _warnings);
        if (!double.IsFinite(initialLoss)) _divergence = Divergence.BeforeTraining(_model, _train, _evaluator, initialLoss);
        StopReason reason = StopReason.Finished;
        int grown = _history.Reverse().TakeWhile(epoch => epoch.Epoch > 0 && epoch.Loss > 2 * initialLoss).Count();
        int bestSoFar = 0;
        foreach (EpochRecord epoch in _history)
            if (epoch.ValidationLoss < _history[bestSoFar].ValidationLoss || bestSoFar == 0) bestSoFar = epoch.Epoch;
        if (_history.Count - 1 - bestSoFar >= _options.Patience) reason = StopReason.Early;
        while (_divergence is null && _history.Count <= _options.Epochs && reason == StopReason.Finished)
        {
            int epoch = _history.Count;
            if (Epoch(epoch, cancellation) is not var (loss, score, norm))
            {
                if (_divergence is null) reason = StopReason.Cancelled;
                break;
            }

            EpochRecord record = Record(epoch, loss, score, norm);
            best?.Offer(epoch, record.ValidationLoss!.Value);
            if (record.ValidationLoss < _history[bestSoFar].ValidationLoss || bestSoFar == 0) bestSoFar = epoch;
            if (record.ValidationLoss is { } validationLoss && !double.IsFinite(validationLoss))
                _divergence = Divergence.OfValidation(validationLoss, epoch, _optimizer);
            else _schedule?.Step(record.ValidationLoss ?? record.Loss);
            _options.AfterEpoch?.Invoke(record);

            grown = loss > 2 * initialLoss ? grown + 1 : 0;
            if (_divergence is null && (grown >= MostGrownEpochs || (grown > 0 && epoch == _options.Epochs)))
                _divergence = Divergence.Grown(initialLoss, loss, epoch, _optimizer);
            else if (epoch - bestSoFar >= _options.Patience) reason = StopReason.Early;
            if (_divergence is null) checkpoint?.Save(_history, best, _warnings);
        }

        if (_divergence is not null) reason = StopReason.Diverged;
        int ends = best?.Restore() ?? _history.Count - 1;
        var (finalLoss, finalScore) = _evaluator.Evaluate(_train);
        if (reason == StopReason.Finished && !double.IsFinite(finalLoss))
            (reason, _divergence) = (StopReason.Diverged, Divergence.Grown(initialLoss, finalLoss, _history.Count - 1, _optimizer));
        if (_options.LookForMistakes && reason is (StopReason.Finished or StopReason.Early)
            && StuckLoss.Of(_history, finalLoss, _model, _train, _evaluator, _optimizer) is { } stuck)
            _warnings.Add(stuck);
        return new TrainingOutcome
        {
            Reason = reason,
            Explanation = Explain(reason, ends),
            History = _history,
            BestEpoch = ends,
            ResumedEpochs = done,
            Loss = finalLoss,
            Score = finalScore,
            Warnings = _warnings,
            Seconds = _secondsBefore + _clock.Elapsed.TotalSeconds,
        };
    }

    /// <summary>One pass over the rows; null if it was stopped, by the token or because the loss or a gradient is NaN or far too large.</summary>
    (double Loss, double Score, double GradientNorm)? Epoch(int epoch, CancellationToken cancellation)
    {
        var batches = new DataLoader(_train, _options.BatchSize, shuffle: true, Seed(epoch), DropLast())
        {
            Part = _ranks?.Part ?? (0, 1),
            ReusesMemory = _evaluator.ReusesBatches,
        };
        Generator.Default = _ranks?.BeginEpoch(Seed(-epoch)) ?? new Generator(Seed(-epoch));
        var mean = new RunningMean(_evaluator, _train);
        double norms = 0;
        int step = 0;
        foreach (Batch batch in batches)
        {
            if (_ranks is null && cancellation.IsCancellationRequested) return null;
            RunningMean part = mean.Part();
            using var autograd = new Autograd(reuseMemory: _options.ReuseMemory);   // record operations until the end of the block
            (Tensor? output, Tensor? loss) = Backward(autograd, batch, part);
            // All ranks stop in the same step.
            if (_ranks?.Sum(part, cancellation.IsCancellationRequested) == true)
            {
                _optimizer.ZeroGrad();
                return null;
            }
            step++;
            double value = _ranks is null ? loss!.Item() : part.Loss;
            double norm = _parameters.ClipGradNorm(double.PositiveInfinity, errorIfNonfinite: false);
            if (!IsSound(value, loss, norm, autograd, epoch, step)) return null;
            if (epoch == 1 && step == 1 && output is not null && _options.LookForMistakes)
                _warnings.AddRange(ModelMistakes.Of(autograd, output, _parameters, _optimizer, _evaluator.Criterion));
            _options.AfterBackward?.Invoke(new TrainingStep(autograd, _model, _optimizer, value, epoch, step, norm));
            if (_options.MaxGradientNorm is { } most) _parameters.ClipGradNorm(most);
            if (_options.MaxGradientValue is { } bound) _parameters.ClipGradValue(bound);
            _optimizer.Step();                                          // step
            _optimizer.ZeroGrad();

            norms += norm;
            mean.Add(part);
            _progress?.Report(new TrainingProgress(epoch, _options.Epochs, step, batches.BatchCount, mean.Loss, mean.Score));
        }
        _ranks?.EndEpoch();
        return (mean.Loss, mean.Score, norms / step);
    }

    /// <summary>Forward, loss and backward. Both results are null on a rank that has no row of this batch.</summary>
    (Tensor? Output, Tensor? Loss) Backward(Autograd autograd, Batch batch, RunningMean part)
    {
        Tensor? output = null, loss = null;
        if (batch.Count > 0)
        {
            output = _model.Forward(batch.Inputs);                      // forward
            loss = _evaluator.Loss(output, batch);                      // loss
            part.Add(output, batch, loss.Item());
        }
        if (_ranks is null) autograd.Backward(loss!);                   // backward
        else if (_evaluator.Weight(batch) is var weight and > 0) _ranks.Backward(autograd, loss, weight / _evaluator.WholeWeight(batch));
        // Rows whose classes have weight 0 have the loss 0/0; they and no rows add nothing to the sum over the ranks.
        else _ranks.Backward(autograd, null, 0);
        return (output, loss);
    }

    /// <summary>Whether training can go on. If not, the parameters are still those before the step, and the cause is known.</summary>
    bool IsSound(double value, Tensor? loss, double norm, Autograd autograd, int epoch, int step)
    {
        if (double.IsFinite(value) && double.IsFinite(norm) && value <= Runaway * Math.Max(_history[0].Loss, 1e-6)) return true;
        _divergence = Divergence.AtStep(value, loss, _history[0].Loss, autograd, _parameters, epoch, step, _optimizer);
        _optimizer.ZeroGrad();
        return false;
    }

    bool DropLast() => _options.DropLast
        ?? (_train.Count > _options.BatchSize && TrainingRanks.HasSingleRow(_train.Count % _options.BatchSize, _ranks?.Part.Size ?? 1)
            && _model.NamedModules().Any(named => named.Module is BatchNorm1d));

    // An epoch's random numbers depend on its number alone, so that a training that is resumed after an epoch goes on with the same ones.
    int Seed(int epoch) => unchecked(_options.Seed * 1_000_003 + epoch);

    EpochRecord Record(int epoch, double loss, double score, double gradientNorm)
    {
        double rate = _optimizer.ParameterGroups[0].LearningRate;
        (double Loss, double Score)? validation = _validation is null ? null : _evaluator.Evaluate(_validation);
        var record = new EpochRecord
        {
            Epoch = epoch,
            Loss = loss,
            Score = score,
            ValidationLoss = validation?.Loss,
            ValidationScore = validation?.Score,
            LearningRate = rate,
            GradientNorm = gradientNorm,
            Seconds = _secondsBefore + _clock.Elapsed.TotalSeconds,
        };
        _history.Add(record);
        return record;
    }

    string Explain(StopReason reason, int ends)
    {
        int epochs = _history.Count - 1;
        string restored = ends < epochs && ends > 0
            ? string.Create(CultureInfo.InvariantCulture, $" The model has the parameters of epoch {ends}, with the lowest validation loss, {_history[ends].ValidationLoss:G4}.")
            : "";
        return reason switch
        {
            StopReason.Diverged => _divergence! + restored,
            StopReason.Cancelled => string.Create(CultureInfo.InvariantCulture, $"Stopped after {epochs} of {_options.Epochs} epochs.") + restored,
            StopReason.Early => string.Create(CultureInfo.InvariantCulture,
                $"Stopped after {epochs} of at most {_options.Epochs} epochs: the validation loss did not become lower for {_options.Patience} epochs.") + restored,
            _ => string.Create(CultureInfo.InvariantCulture, $"All {epochs} epochs were run.") + restored,
        };
    }
}
