using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Inspection;

/// <summary>Options of <see cref="AutogradCost.Cost"/>.</summary>
public sealed record StepCostOptions
{
    /// <summary>
    /// The result that is differentiated: the loss. Backward then costs nothing for an operation that does not lead to it. Null, the
    /// default, counts the backward rule of every operation.
    /// </summary>
    public Tensor? Output { get; init; }

    /// <summary>
    /// The model whose paths name the modules (<c>layers.0</c>), and whose parameters are counted even if the step does not use them. By
    /// default null: modules follow from the names of parameters.
    /// </summary>
    /// <remarks>
    /// Layers without parameters are found only if the scope was opened with <c>recordSources: true</c>.
    /// </remarks>
    public Module? Model { get; init; }

    /// <summary>The optimizer whose state is counted; null by default.</summary>
    public Optimizer? Optimizer { get; init; }

    /// <summary>
    /// Whether to measure the time of each operation: Forward and the backward rule run again <see cref="Runs"/> times. No gradient, value
    /// or random number changes. False by default.
    /// </summary>
    public bool Measure { get; init; }

    /// <summary>How often each operation runs when its time is measured, 1 or more; 10 by default. The median counts.</summary>
    public int Runs { get; init; } = 10;
}
