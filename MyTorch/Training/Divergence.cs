using System.Globalization;
using MyTorch.Data;
using MyTorch.Diagnostics;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Training;

/// <summary>Says why a training diverged, and what to try.</summary>
static class Divergence
{
    /// <summary>After Backward, in the scope that recorded the batch: the loss or a gradient is not finite, or the loss is far too large.</summary>
    internal static string AtStep(
        double value, Tensor? loss, double before, Autograd autograd, Tensor[] parameters, int epoch, int step, Optimizer optimizer)
    {
        string where = string.Create(CultureInfo.InvariantCulture, $"Training diverged in epoch {epoch}, step {step}: ");
        if (double.IsFinite(value) && loss is not null && parameters.FirstOrDefault(HasBadGradient) is { } bad)
        {
            GradientExplanation cause = autograd.Explain(bad, loss);
            return $"{where}a gradient is not finite. {cause.Sentence}{(IsOfSize(cause.Reason) ? " " + Smaller(optimizer) : "")}";
        }
        if (double.IsFinite(value))
            return string.Create(CultureInfo.InvariantCulture, $"{where}the loss is {value:G4}, from {before:G4} before training. {Smaller(optimizer)}");
        return FirstBad(autograd) is not var (reason, sentence)
            ? $"{where}the loss is {Shown(value)}. {Smaller(optimizer)}"
            : $"{where}the loss is {Shown(value)}. {sentence}{(IsOfSize(reason) ? " " + Smaller(optimizer) : "")}";
    }

    /// <summary>The mean loss of epochs stays far above the one before training.</summary>
    internal static string Grown(double before, double loss, int epoch, Optimizer optimizer) => string.Create(CultureInfo.InvariantCulture,
        $"Training diverged: the loss grew from {before:G4} before training to {loss:G4} in epoch {epoch}. {Smaller(optimizer)}");

    /// <summary>The loss on the validation rows is NaN or infinite although that on the training rows is not.</summary>
    internal static string OfValidation(double loss, int epoch, Optimizer optimizer) => string.Create(CultureInfo.InvariantCulture,
        $"Training diverged: the validation loss is {Shown(loss)} after epoch {epoch}. {Smaller(optimizer)}");

    /// <summary>The loss of the initial model is NaN or infinite.</summary>
    internal static string BeforeTraining(Module model, Dataset train, Evaluator evaluator, double loss)
    {
        using var autograd = new Autograd();
        foreach (Batch batch in new DataLoader(train, Evaluator.RowsPerBatch(train)))
        {
            _ = evaluator.Loss(model.Forward(batch.Inputs), batch);
            if (FirstBad(autograd) is not var (_, sentence)) continue;
            return $"The loss is {Shown(loss)} before the first step, so no gradient can lower it. {sentence}";
        }
        return $"The loss is {Shown(loss)} before the first step, so no gradient can lower it. Are the inputs standardized?";
    }

    // The operation that made the first number that is not finite from finite ones.
    static (GradientReason Reason, string Sentence)? FirstBad(Autograd autograd)
    {
        foreach (Operation operation in autograd.Operations)
            if (Anomaly.OfForward(operation) is var (reason, what)) return (reason, $"In {Anomaly.Title(operation)}: {what}.");
        return null;
    }

    static bool HasBadGradient(Tensor parameter) =>
        parameter.Grad is { } gradient && Anomaly.FirstNotFinite(gradient.ToArray()) >= 0;

    // Numbers that became too large, as against an operation that is undefined at ordinary ones.
    static bool IsOfSize(GradientReason reason) => reason is not (GradientReason.LogOfZero or GradientReason.OutsideDomain
        or GradientReason.DivisionByZero or GradientReason.InfiniteDerivative);

    static string Smaller(Optimizer optimizer) => string.Create(CultureInfo.InvariantCulture,
        $"Try a smaller learning rate (it was {optimizer.ParameterGroups[0].LearningRate}), and check that inputs and targets are standardized.");

    static string Shown(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
}
