using System.Globalization;
using MyTorch.Data;
using MyTorch.Diagnostics;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Training;

/// <summary>Recognises a loss that did not move, and finds the likely cause.</summary>
static class StuckLoss
{
    // A loss that has fallen by less than 0.1 % has not moved.
    const double Moved = 0.999;

    // Steps that change a parameter by less than this fraction change nothing in its seven digits.
    const double SmallestStep = 1e-6;

    internal static TrainingWarning? Of(TrainingHistory history, double final, Module model, Dataset train, Evaluator evaluator, Optimizer optimizer)
    {
        double start = history[0].Loss;
        int epochs = history.Count - 1;
        if (final > Moved * start)
            return Warning($"The loss did not decrease: {start:G4} before training, {final:G4} after {epochs} {(epochs == 1 ? "epoch" : "epochs")}. {Cause()}");

        // With dead units the loss stays at that of the best constant prediction.
        double middle = history[(epochs + 1) / 2].Loss;
        bool flat = epochs >= 2 && Math.Abs(history[epochs].Loss - middle) < 0.01 * middle;
        if (flat && evaluator.ConstantLoss(train) is { } constant && final > Moved * constant)
            return Warning($"The loss stays at {final:G4}, the loss of a constant prediction: nothing was learned from the features. {Cause()}");
        return null;

        string Cause() => StuckLoss.Cause(history, model, train, evaluator, optimizer);
    }

    static string Cause(TrainingHistory history, Module model, Dataset train, Evaluator evaluator, Optimizer optimizer)
    {
        Batch batch = new DataLoader(train, Math.Min(32, train.Count)).First();
        using var autograd = new Autograd();
        optimizer.ZeroGrad();
        Tensor loss;
        using (model.InEvaluationMode()) loss = evaluator.Loss(model.Forward(batch.Inputs), batch);
        try
        {
            if (autograd.Operations.Count == 0)
                return "Likely cause: no operation of the model uses a parameter that requires a gradient.";
            autograd.Backward(loss);
            Tensor[] parameters = [.. model.Parameters()];
            Tensor? weak = parameters.FirstOrDefault(p => p.Grad is null || p.Grad.ToArray().All(g => g == 0));
            if (weak is not null) return $"Likely cause: {autograd.Explain(weak, loss).Sentence}";
            // A schedule may have ended at 0.
            double rate = history.Max(epoch => epoch.LearningRate);
            double size = Math.Sqrt(parameters.Sum(p => p.ToArray().Sum(w => w * w)));
            double step = rate * (optimizer is SGD ? parameters.ClipGradNorm(double.PositiveInfinity) : Math.Sqrt(parameters.Sum(p => p.ElementCount)));
            return step < SmallestStep * size
                ? string.Create(CultureInfo.InvariantCulture, $"Likely cause: the learning rate is too small (it was {rate}).")
                : string.Create(CultureInfo.InvariantCulture, $"Try another learning rate (it was {rate}), more epochs, or other features: these may say nothing about the target.");
        }
        finally
        {
            optimizer.ZeroGrad();
        }
    }

    static TrainingWarning Warning(FormattableString text) => new(Mistake.LossDoesNotMove, text.ToString(CultureInfo.InvariantCulture));
}
