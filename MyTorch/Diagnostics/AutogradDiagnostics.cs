namespace MyTorch.Diagnostics;

/// <summary>Questions about a recorded tape: is every rule right, and where did a gradient go?</summary>
public static class AutogradDiagnostics
{
    /// <summary>
    /// Compares the rules of each recorded operation, one at a time and at its recorded inputs, with central differences of its value,
    /// first to last. Where a check of a whole model can only say that a weight's gradient is wrong, this says which operation made it
    /// wrong.
    /// </summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <returns>What could not be judged: kinks, values that are not finite, digits lost.</returns>
    /// <remarks>
    /// It costs a few evaluations of each operation, more for inputs of up to 32 elements, which move one at a time. Each evaluation is
    /// made by a copy of the operation with other <see cref="Operation.Inputs"/>. A Float32 tape is judged in Float64.
    /// </remarks>
    /// <exception cref="OperationCheckException">
    /// An operation is wrong: "v8 = Sigmoid(v7): rule wrong for input 0: got 0.21, expected 0.19 at [2, 1]". Values have the names of a
    /// <see cref="Inspection.Trace"/> and of the printed tape.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The scope has ended or belongs to another thread, or a tensor was changed after it was recorded.
    /// </exception>
    public static TapeCheck Check(this Autograd autograd)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        autograd.RequireOwnThread(nameof(Check));
        return TapeChecker.Run([.. autograd.Operations]);
    }

    /// <summary>
    /// Why the gradient of a tensor is null, zero, NaN or enormous: names the reason, its operation and, if the scope records sources, its
    /// line.
    /// </summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="tensor">The tensor whose gradient is in question: a leaf, or an inner result.</param>
    /// <param name="output">The loss; the last result recorded if left out.</param>
    /// <exception cref="InvalidOperationException">
    /// The scope has ended or belongs to another thread, or a tensor was changed after it was recorded.
    /// </exception>
    public static GradientExplanation Explain(this Autograd autograd, Tensor tensor, Tensor? output = null)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        autograd.RequireOwnThread(nameof(Explain));
        return new GradientExplainer(autograd, output).Explain(tensor);
    }
}
