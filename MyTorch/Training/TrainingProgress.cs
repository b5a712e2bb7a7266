namespace MyTorch.Training;

/// <summary>
/// The progress of a training: step <paramref name="Step"/> of <paramref name="Steps"/> in an epoch, both counted from 1.
/// </summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">The number of epochs; with early stopping the most.</param>
/// <param name="Step">The step of the epoch, from 1.</param>
/// <param name="Steps">The number of steps of an epoch.</param>
/// <param name="Loss">The mean loss of the epoch so far.</param>
/// <param name="Score">The score of the epoch so far on the rows trained on: accuracy, 0 to 1, or R².</param>
public readonly record struct TrainingProgress(int Epoch, int Epochs, int Step, int Steps, double Loss, double Score)
{
    /// <summary>Whether this is a training of a search for hyperparameters, whose model is not the result.</summary>
    public bool Searching { get; init; }

    /// <summary>What the search tries: <c>learning rate 0.003 (2 of 4)</c>; null if there is nothing to tell.</summary>
    public string? Candidate { get; init; }

    /// <summary>Whether this is the last step of its epoch.</summary>
    public bool EndOfEpoch => Step == Steps;
}

/// <summary>One step of a training, between Backward and the optimizer's step.</summary>
/// <param name="Autograd">The scope that recorded the forward pass; it ends with the step.</param>
/// <param name="Model">The model, whose parameters have gradients.</param>
/// <param name="Optimizer">The optimizer, before its step.</param>
/// <param name="Loss">The loss of the batch.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Step">The step of the epoch, from 1.</param>
/// <param name="GradientNorm">The norm of all gradients together, before clipping.</param>
public sealed record TrainingStep(
    Autograd Autograd, Nn.Module Model, Optim.Optimizer Optimizer, double Loss, int Epoch, int Step, double GradientNorm);
