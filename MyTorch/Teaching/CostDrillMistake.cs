namespace MyTorch.Teaching;

/// <summary>The mistakes that a <see cref="CostDrill"/> recognises.</summary>
public enum CostDrillMistakeKind
{
    /// <summary>The bias was left out.</summary>
    BiasForgotten,

    /// <summary>The bias was counted where it costs nothing: adding it is not a multiply-add.</summary>
    BiasCounted,

    /// <summary>Something that does not depend on the batch was multiplied by its size.</summary>
    BatchCounted,

    /// <summary>The size of the batch was left out.</summary>
    BatchForgotten,

    /// <summary>The size of the batch was multiplied twice.</summary>
    BatchCountedTwice,

    /// <summary>Rows and columns, or inputs and outputs, were swapped.</summary>
    Transposed,

    /// <summary>Numbers were counted instead of bytes.</summary>
    NumbersForBytes,

    /// <summary>The size of another element type was used.</summary>
    OtherType,

    /// <summary>Additions and multiplications were counted one by one: a multiply-add is both.</summary>
    CountedAsTwo,

    /// <summary>Of the two gradients of a product one was forgotten.</summary>
    OneGradientForgotten,

    /// <summary>A gradient was counted for the batch, which needs none.</summary>
    GradientOfTheBatch,

    /// <summary>The input's shape or size instead of the output's.</summary>
    InputForOutput,

    /// <summary>Only one of several layers was counted.</summary>
    LayerForgotten,

    /// <summary>The parameters of a layer that is used twice were counted twice.</summary>
    CountedForEachUse,

    /// <summary>A layer that is used twice was computed once only.</summary>
    SecondUseForgotten,

    /// <summary>An array that two rules read was counted twice.</summary>
    SharedCountedTwice,

    /// <summary>Another optimizer's number of copies.</summary>
    OtherOptimizer,

    /// <summary>The dimensions that Flatten merges were not multiplied.</summary>
    NotFlattened,
}

/// <summary>A mistake and its result for one question of a <see cref="CostDrill"/>.</summary>
/// <param name="Kind">Which mistake.</param>
/// <param name="Answer">The resulting answer, <c>28</c> or <c>(4, 5)</c>.</param>
/// <param name="Explanation">What went wrong, in a sentence that does not give the answer away.</param>
public sealed record CostDrillMistake(CostDrillMistakeKind Kind, string Answer, string Explanation)
{
    /// <inheritdoc/>
    public override string ToString() => Explanation;
}
