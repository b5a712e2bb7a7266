namespace MyTorch.Nn;

/// <summary>How the per-element losses are combined.</summary>
public enum Reduction
{
    /// <summary>Their mean; with class weights, their sum divided by the sum of the weights.</summary>
    // Not 0: C# converts a literal 0 to any enum, so HuberLoss(0), meant as a threshold, would be a mean.
    Mean = 1,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Not at all: one loss per element or row.</summary>
    None,

    /// <summary>Their sum divided by the batch size; for <see cref="KLDivLoss"/> only.</summary>
    BatchMean,
}
