namespace MyTorch.Teaching;

/// <summary>The mistakes that a <see cref="Drill"/> recognises.</summary>
public enum DrillMistakeKind
{
    /// <summary>Of several contributions only the last to arrive was kept.</summary>
    Overwritten,

    /// <summary>Of several contributions another one was kept.</summary>
    OnlyOnePath,

    /// <summary>The whole number, or one contribution, has the wrong sign.</summary>
    Sign,

    /// <summary>The local derivatives alone: adjoints were not multiplied with the adjoint of the user.</summary>
    UpstreamIgnored,

    /// <summary>The outer derivative alone: the tangent of the operand is missing.</summary>
    InnerDerivativeForgotten,

    /// <summary>Tangents or adjoints were not multiplied by the local derivative.</summary>
    LocalDerivativeForgotten,

    /// <summary>The derivative was taken at the operation's result instead of its operand.</summary>
    AtTheOutput,

    /// <summary>The function instead of its derivative.</summary>
    NotDifferentiated,

    /// <summary>The derivative with respect to the other operand.</summary>
    OtherOperand,

    /// <summary>The two operands were swapped.</summary>
    Swapped,

    /// <summary>
    /// The operation was applied to the tangents themselves: the derivative of a product is not the product of the derivatives.
    /// </summary>
    AppliedToTangents,

    /// <summary>Contributions were multiplied instead of added.</summary>
    Multiplied,

    /// <summary>The value instead of a derivative, or the value of a user instead of its adjoint.</summary>
    ValueForDerivative,

    /// <summary>A tangent instead of an adjoint, or an adjoint instead of a tangent.</summary>
    OtherMode,

    /// <summary>The tangent for another input than v1.</summary>
    OtherInput,

    /// <summary>Angles in degrees instead of radians.</summary>
    Degrees,

    /// <summary>The logarithm to base 10 instead of the natural one.</summary>
    Base10,

    /// <summary>The rule of powers and roots: a factor forgotten, or the exponent not reduced.</summary>
    PowerRule,

    /// <summary>The operand itself: the function was left out.</summary>
    FunctionLeftOut,

    /// <summary>Another operation or its rule: added instead of multiplied, doubled instead of squared.</summary>
    OtherOperation,

    /// <summary>A part of the local derivative is missing, such as x in 2·x.</summary>
    FactorForgotten,

    /// <summary>Multiplied by what the derivative divides by.</summary>
    NotInverted,

    /// <summary>The derivative instead of the value.</summary>
    DerivativeForValue,
}

/// <summary>A mistake and its result in one cell of a <see cref="Drill"/>.</summary>
/// <param name="Kind">Which mistake.</param>
/// <param name="Answer">The resulting number.</param>
/// <param name="Explanation">What went wrong, in a sentence that does not give the answer away.</param>
public sealed record DrillMistake(DrillMistakeKind Kind, double Answer, string Explanation)
{
    /// <inheritdoc/>
    public override string ToString() => Explanation;
}
