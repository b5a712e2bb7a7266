namespace MyTorch.Diagnostics;

/// <summary>Why a gradient is as it is.</summary>
public enum GradientReason
{
    /// <summary>It is finite and of ordinary size, and it has been computed.</summary>
    Ordinary,

    /// <summary>Nothing was recorded, so there is no output to start from.</summary>
    NothingRecorded,

    /// <summary>The output was not recorded in this scope.</summary>
    OutputNotRecorded,

    /// <summary>The tensor does not require a gradient.</summary>
    DoesNotRequireGrad,

    /// <summary>No recorded operation has it as an input.</summary>
    Unused,

    /// <summary>Operations use it, but their results do not lead to the output.</summary>
    DoesNotLeadToOutput,

    /// <summary>The way was cut by Detach or Clone. With a gradient: a part of it is missing for that reason, here and in the next four.</summary>
    Detached,

    /// <summary>The way was cut by computing while recording was paused.</summary>
    Paused,

    /// <summary>The way was cut by computing before the scope was opened.</summary>
    OutsideScope,

    /// <summary>The way was cut by the end of an earlier scope.</summary>
    ScopeEnded,

    /// <summary>The way was cut by a comparison, a position or a conversion to integers or truth values.</summary>
    NotDifferentiable,

    /// <summary>A rule returned null for it.</summary>
    RuleReturnsNull,

    /// <summary>It is an inner result, whose gradient is not kept without <see cref="Tensor.RetainGrad"/>.</summary>
    InnerResult,

    /// <summary>The gradient exists, but Backward has not been called, or the gradient was set to zero since.</summary>
    BackwardNotCalled,

    /// <summary>A ReLU got no positive number where a gradient arrived.</summary>
    DeadReLU,

    /// <summary>A sigmoid so far from 0 that it is flat.</summary>
    SaturatedSigmoid,

    /// <summary>A tanh so far from 0 that it is flat.</summary>
    SaturatedTanh,

    /// <summary>A softmax that gives one class all the probability.</summary>
    CertainSoftmax,

    /// <summary>A product whose other factor is 0.</summary>
    MultipliedByZero,

    /// <summary>An operation that chose other elements.</summary>
    NotSelected,

    /// <summary>A value outside the bounds of a clamp.</summary>
    OutOfBounds,

    /// <summary>Another operation whose derivative is 0 here.</summary>
    ZeroDerivative,

    /// <summary>Contributions that sum to 0.</summary>
    Cancelled,

    /// <summary>No single operation, but many that each shrink the gradient.</summary>
    Vanishing,

    /// <summary>An input holds NaN or ∞ already.</summary>
    InputNotFinite,

    /// <summary>The logarithm of 0.</summary>
    LogOfZero,

    /// <summary>A logarithm, root or power of a negative number.</summary>
    OutsideDomain,

    /// <summary>A division by 0.</summary>
    DivisionByZero,

    /// <summary>0·∞.</summary>
    ZeroTimesInfinity,

    /// <summary>A number too large for its type.</summary>
    Overflow,

    /// <summary>A value that is fine, but whose derivative is infinite, as that of √ at 0.</summary>
    InfiniteDerivative,

    /// <summary>Another form without a value, as ∞ − ∞.</summary>
    Undefined,

    /// <summary>Many operations that each enlarge the gradient.</summary>
    Exploding,

    /// <summary>One operation with an enormous derivative.</summary>
    SteepOperation,
}

/// <summary>The answer of <see cref="AutogradDiagnostics.Explain"/>.</summary>
/// <param name="Reason">The reason, for programs.</param>
/// <param name="Gradient">The gradient as computed for the explanation; null if there is none.</param>
/// <param name="Operation">The operation to look at; null where it is no single one.</param>
/// <param name="Position">The place of that operation in <see cref="Autograd.Operations"/>, from 0; −1 without one.</param>
/// <param name="Sentence">The reason in words, with the operation, its source line where recorded, and what to do.</param>
public sealed record GradientExplanation(GradientReason Reason, Tensor? Gradient, Operation? Operation, int Position, string Sentence)
{
    /// <summary>
    /// Whether an operation on the way to the output also reads a value that lost its gradient history and that may come from this tensor: the gradient lacks
    /// that use. The sentence says which.
    /// </summary>
    public bool IsPartial { get; init; }

    /// <summary>The sentence.</summary>
    public override string ToString() => Sentence;
}
