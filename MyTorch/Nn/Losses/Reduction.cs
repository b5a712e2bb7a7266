namespace MyTorch.Nn;

/// <summary>What a loss makes of the losses of single elements or rows.</summary>
public enum Reduction
{
    /// <summary>Their mean (for weighted classes, divided by the sum of the weights).</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>All of them.</summary>
    None,

    /// <summary>Their sum divided by the number of rows; for <see cref="KLDivLoss"/>.</summary>
    BatchMean,
}
