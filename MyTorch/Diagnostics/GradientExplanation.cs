namespace MyTorch.Diagnostics;

/// <summary>Why a gradient is missing, zero, not finite, very small or very large.</summary>
public enum GradientReason
{
    /// <summary>It has been computed, and it is finite and of ordinary size.</summary>
    Ordinary,

    /// <summary>The scope has recorded no operation.</summary>
    NothingRecorded,

    /// <summary>The output was not recorded in this scope.</summary>
    OutputNotRecorded,

    /// <summary>The tensor does not require a gradient.</summary>
    DoesNotRequireGrad,

    /// <summary>No recorded operation uses it.</summary>
    Unused,

    /// <summary>Operations use it, but the output does not depend on their results.</summary>
    DoesNotLeadToOutput,

    /// <summary>
    /// The gradient history was cut by Detach or Clone. If there is a gradient, this and the next four mean that a part of it is missing.
    /// </summary>
    Detached,

    /// <summary>The gradient history was cut by computing while recording was paused.</summary>
    Paused,

    /// <summary>The gradient history was cut by computing before the scope was opened.</summary>
    OutsideScope,

    /// <summary>The gradient history was lost at the end of an earlier scope.</summary>
    ScopeEnded,

    /// <summary>The gradient history was cut by a comparison, an index or a conversion to Int64 or Bool.</summary>
    NotDifferentiable,

    /// <summary>A backward rule returned null for it.</summary>
    RuleReturnsNull,

    /// <summary>It is not a leaf, so its gradient is not stored without <see cref="Tensor.RetainGrad"/>.</summary>
    InnerResult,

    /// <summary>Backward has not been called, or ZeroGrad was called after it.</summary>
    BackwardNotCalled,

    /// <summary>A dead ReLU: its inputs are not positive wherever a gradient arrives.</summary>
    DeadReLU,

    /// <summary>A saturated sigmoid: its inputs are so large that its derivative is 0.</summary>
    SaturatedSigmoid,

    /// <summary>A saturated tanh: its inputs are so large that its derivative is 0.</summary>
    SaturatedTanh,

    /// <summary>A saturated softmax: one class has probability 1.</summary>
    CertainSoftmax,

    /// <summary>A product whose other factor is 0.</summary>
    MultipliedByZero,

    /// <summary>An operation that selected other elements, such as a maximum.</summary>
    NotSelected,

    /// <summary>Values outside the bounds of a clamp.</summary>
    OutOfBounds,

    /// <summary>Another operation whose derivative is 0 here.</summary>
    ZeroDerivative,

    /// <summary>Contributions that sum to 0.</summary>
    Cancelled,

    /// <summary>A vanishing gradient: many operations that each make it smaller.</summary>
    Vanishing,

    /// <summary>An input contains NaN or ∞.</summary>
    InputNotFinite,

    /// <summary>The logarithm of 0.</summary>
    LogOfZero,

    /// <summary>A logarithm, root or power of a negative number.</summary>
    OutsideDomain,

    /// <summary>A division by 0.</summary>
    DivisionByZero,

    /// <summary>0·∞.</summary>
    ZeroTimesInfinity,

    /// <summary>An overflow: a number too large for its type.</summary>
    Overflow,

    /// <summary>A finite value with an infinite derivative, as that of √ at 0.</summary>
    InfiniteDerivative,

    /// <summary>Another undefined form, such as ∞ − ∞.</summary>
    Undefined,

    /// <summary>An exploding gradient: many operations that each make it larger.</summary>
    Exploding,

    /// <summary>One operation with a very large derivative.</summary>
    SteepOperation,
}

/// <summary>The answer of <see cref="AutogradDiagnostics.Explain"/>.</summary>
/// <param name="Reason">The reason, for programs.</param>
/// <param name="Gradient">The gradient as computed for the explanation; null if there is none.</param>
/// <param name="Operation">The operation that is the cause; null if it is not a single one.</param>
/// <param name="Position">The index of that operation in <see cref="Autograd.Operations"/>, from 0; −1 without one.</param>
/// <param name="Sentence">The reason as a sentence, with the operation, its source line if recorded, and a fix.</param>
public sealed record GradientExplanation(GradientReason Reason, Tensor? Gradient, Operation? Operation, int Position, string Sentence)
{
    /// <summary>
    /// Whether an operation between the tensor and the output also uses a value without gradient history that may have been computed from
    /// this tensor. The gradient does not include that use. The sentence names it.
    /// </summary>
    public bool IsPartial { get; init; }

    /// <summary>The sentence.</summary>
    public override string ToString() => Sentence;
}
