using System.Globalization;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Training;

/// <summary>Recognises usual mistakes in the model, the loss and the optimizer, at the first step.</summary>
static class ModelMistakes
{
    const double Rounding = 1e-3;

    /// <summary>Called after Backward and before the step, in the scope that recorded the batch.</summary>
    internal static IEnumerable<TrainingWarning> Of(Autograd autograd, Tensor output, Tensor[] parameters, Optimizer optimizer, Loss criterion)
    {
        if (criterion is CrossEntropyLoss && output.Shape[1] > 1)
        {
            Operation? made = autograd.Operations.LastOrDefault(op => ReferenceEquals(op.Output, output));
            string? last = IsSoftmax(output, dim: 1) ? "a softmax"
                : made switch { Operations.Sigmoid => "a sigmoid", Operations.Tanh => "a tanh", _ => null };
            if (last is null && IsSoftmax(output, dim: 0))
                yield return new TrainingWarning(Mistake.SoftmaxBeforeCrossEntropy,
                    "The model's outputs are the result of a softmax over the rows of the batch, so a row's outputs depend on the others. " +
                    "Leave it out: CrossEntropyLoss contains the softmax over the classes.");
            if (last is not null)
                yield return new TrainingWarning(Mistake.SoftmaxBeforeCrossEntropy,
                    $"The model's outputs are the result of {last}, and CrossEntropyLoss contains a softmax already: the loss can hardly fall. " +
                    "Leave the last activation out; apply Softmax(1) to the outputs where you need probabilities.");
        }

        Tensor[] without = [.. parameters.Where(p => p is { RequiresGrad: true, Grad: null })];
        Tensor[] unheld = [.. parameters.Except(optimizer.Parameters, ReferenceEqualityComparer.Instance).Cast<Tensor>().Where(p => p.RequiresGrad)];
        if (without.Length > 0)
            yield return new TrainingWarning(Mistake.ParametersNotTrained,
                $"{Counted(without, parameters)} no gradient: {Named(without)}. The forward pass does not use them, or computes with a detached copy, so no step moves them.");
        if (unheld.Length > 0)
            yield return new TrainingWarning(Mistake.ParametersNotTrained,
                $"{Counted(unheld, parameters)} no optimizer: {Named(unheld)}. Make it of all parameters it is given, or set RequiresGrad = false on what is meant to stay.");
        if (autograd.UnownedLeaves(parameters, optimizer.Parameters) is [var leaf, ..])
            yield return new TrainingWarning(Mistake.ParametersNotTrained, leaf.ToString());
    }

    // Whether all numbers are probabilities that sum to 1 along a dimension; with a single row or class that says nothing.
    static bool IsSoftmax(Tensor output, int dim)
    {
        int classes = output.Shape[1], lines = output.Shape[1 - dim], along = output.Shape[dim];
        if (along < 2) return false;
        for (int line = 0; line < lines; line++)
        {
            double sum = 0;
            for (int i = 0; i < along; i++)
            {
                double p = output.ValueAt(dim == 1 ? line * classes + i : i * classes + line);
                if (!(p >= 0 && p <= 1)) return false;
                sum += p;
            }
            if (Math.Abs(sum - 1) > Rounding) return false;
        }
        return true;
    }

    static string Counted(Tensor[] some, Tensor[] all) =>
        string.Create(CultureInfo.InvariantCulture, $"{some.Length} of {all.Length} parameter(s) {(some.Length == 1 ? "has" : "have")}");

    static string Named(Tensor[] tensors) => Cited.List([.. tensors.Select(t => t.Name ?? t.Describe())]);
}
