using System.Runtime.CompilerServices;

namespace MyTorch.Inspection;

/// <summary>What a tensor that a step uses is.</summary>
public enum StepTensorKind
{
    /// <summary>A leaf that requires a gradient. It exists before and after the step.</summary>
    Parameter,

    /// <summary>The result of an operation of the scope.</summary>
    Result,

    /// <summary>What an operation was given, without a gradient in this scope: a batch, labels, a dropout mask, a number.</summary>
    Given,
}

/// <summary>An array that a backward rule reads.</summary>
/// <param name="Value">Its name on the tape, <c>v3</c> or <c>c1</c>; the name, number or shape of a tensor without one.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">The size of its numbers.</param>
/// <param name="CountedAt">
/// The first operation, by the name of its result, whose rule reads the same array, if that is another one; its bytes are counted there.
/// Null if they are counted here. Views share an array.
/// </param>
public sealed record SavedArray(string Value, StepTensorKind Kind, long Bytes, string? CountedAt);

/// <summary>The cost of one recorded operation. What is null is not known: the operation does not say, or nothing was measured.</summary>
public sealed record OperationCost
{
    internal OperationCost() { }

    /// <summary>The index in <see cref="Autograd.Operations"/>.</summary>
    public required int Index { get; init; }

    /// <summary>The name of the result, <c>v5</c>.</summary>
    public required string Value { get; init; }

    /// <summary>The operation, <c>Linear</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The operation with its operands, <c>Linear(c1, v1, v2)</c>.</summary>
    public required string Call { get; init; }

    /// <summary>
    /// The path of the module, <c>layers.0</c>, or <c>backward 1</c> for what the first sweep with createGraph recorded; null if neither is
    /// known.
    /// </summary>
    public required string? Module { get; init; }

    /// <summary>Whether the cost is known. An operation of yours says it by <see cref="ICountedOperation"/>.</summary>
    public required bool IsCounted { get; init; }

    /// <summary>Whether a Backward reaches it. It does, unless <see cref="StepCostOptions.Output"/> does not depend on it.</summary>
    public required bool IsReached { get; init; }

    /// <summary>The bytes of the result; 0 for a view, which shares the array of its operand.</summary>
    public required long ResultBytes { get; init; }

    /// <summary>The arrays that the backward rule reads.</summary>
    public required IReadOnlyList<SavedArray>? Saved { get; init; }

    /// <summary>
    /// The bytes that are kept for the backward rule: results and given arrays that no earlier operation keeps. Parameters exist anyway.
    /// </summary>
    public long? SavedBytes => Saved?.Sum(array => array.Kind == StepTensorKind.Parameter || array.CountedAt is not null ? 0 : array.Bytes);

    /// <summary>
    /// The bytes of the gradients that the rule contributes, one for each input that requires a gradient, of the input's size.
    /// </summary>
    public required long GradientBytes { get; init; }

    /// <summary>The multiply-adds of matrix products in Forward.</summary>
    public required long? ForwardMultiplyAdds { get; init; }

    /// <summary>The multiply-adds of matrix products in the backward rule.</summary>
    public required long? BackwardMultiplyAdds { get; init; }

    /// <summary>The time of Forward in µs; null unless it was measured.</summary>
    public double? ForwardMicroseconds { get; init; }

    /// <summary>
    /// The time of the backward rule, and of adding its gradients to others, in µs; null unless it was measured, or if Backward does not
    /// reach the operation.
    /// </summary>
    public double? BackwardMicroseconds { get; init; }

    /// <summary>
    /// The multiply-adds per second, as a share of what the processor can do with numbers of this type and with
    /// <see cref="Parallelism.Threads"/> threads, 0 to 1; null unless the time was measured and the cost is known.
    /// </summary>
    public double? ShareOfLimit { get; init; }

    internal IReadOnlyList<(string Name, int Count)> Parameters { get; init; } = [];
}

/// <summary>The cost of the operations of one module, or of one sweep with createGraph; not of the modules inside.</summary>
/// <param name="Path">The path, <c>layers.0</c>; empty for operations outside any module.</param>
/// <param name="Operations">The number of operations.</param>
/// <param name="Parameters">The numbers in parameters that this module is the first to use.</param>
/// <param name="ResultBytes">The sum over its operations.</param>
/// <param name="SavedBytes">The sum; null if an operation is not counted.</param>
/// <param name="GradientBytes">The sum.</param>
/// <param name="ForwardMultiplyAdds">The sum; null if an operation is not counted.</param>
/// <param name="BackwardMultiplyAdds">The sum; null if an operation is not counted.</param>
/// <param name="Microseconds">The measured time forward and back; null unless it was measured.</param>
public sealed record ModuleCost(
    string Path, int Operations, long Parameters, long ResultBytes, long? SavedBytes, long GradientBytes,
    long? ForwardMultiplyAdds, long? BackwardMultiplyAdds, double? Microseconds);

/// <summary>Numbers of one kind in memory.</summary>
/// <param name="Tensors">How many arrays.</param>
/// <param name="Numbers">The elements in them.</param>
/// <param name="Bytes">Their size.</param>
public sealed record StepMemory(int Tensors, long Numbers, long Bytes);

/// <summary>
/// What a recorded step costs: for each operation and each module the bytes of its result, the bytes kept for backward, the gradients and
/// the multiply-adds of matrix products, and in total what parameters, activations, gradients and the optimizer hold.
/// </summary>
/// <remarks>
/// <para>Bytes are those of numbers in arrays. Each array is counted once; views and shared results add nothing. The objects around them,
/// some hundred bytes an operation, are not counted.</para>
/// <para>A multiply-add is one c + a·b of a matrix product, as in <see cref="OperationWork"/>.</para>
/// <para>The account is a snapshot and keeps no tensor alive.</para>
/// </remarks>
public sealed partial class StepCost
{
    readonly ConditionalWeakTable<Operation, OperationCost> _costs;

    internal StepCost(
        IReadOnlyList<OperationCost> operations, ConditionalWeakTable<Operation, OperationCost> costs, IReadOnlyList<ModuleCost> modules)
    {
        (Operations, _costs, Modules) = ([.. operations], costs, [.. modules]);
    }

    /// <summary>The operations, in sequence.</summary>
    public IReadOnlyList<OperationCost> Operations { get; }

    /// <summary>
    /// The modules, in the order in which they first recorded an operation. Their costs add up to those of the operations.
    /// </summary>
    public IReadOnlyList<ModuleCost> Modules { get; }

    /// <summary>The leaves that require a gradient: those of the model, and those that the step uses.</summary>
    public required StepMemory Parameters { get; init; }

    /// <summary>The gradients that a Backward stores in the parameters it reaches.</summary>
    public required StepMemory Gradients { get; init; }

    /// <summary>
    /// The results of the operations. The tape keeps them until the scope ends, also those that no backward rule reads.
    /// </summary>
    public required StepMemory Results { get; init; }

    /// <summary>What the operations were given without a gradient: the batch, labels, dropout masks, numbers.</summary>
    public required StepMemory Given { get; init; }

    /// <summary>Results and given arrays together: what the tape keeps alive, besides parameters.</summary>
    public StepMemory Activations => new(
        Results.Tensors + Given.Tensors, Results.Numbers + Given.Numbers, Results.Bytes + Given.Bytes);

    /// <summary>The part of the activations that backward rules read; null if an operation is not counted.</summary>
    public required StepMemory? Saved { get; init; }

    /// <summary>
    /// What the optimizer remembers of each parameter, by name: <c>momentum_buffer</c>. Null if no optimizer was given; empty before its
    /// first Step, which makes the state.
    /// </summary>
    public required IReadOnlyDictionary<string, StepMemory>? OptimizerState { get; init; }

    /// <summary>The multiply-adds of all products forward; null if an operation is not counted.</summary>
    public long? ForwardMultiplyAdds => Total(operation => operation.ForwardMultiplyAdds);

    /// <summary>The multiply-adds of all products backward; null if an operation is not counted.</summary>
    public long? BackwardMultiplyAdds => Total(operation => operation.BackwardMultiplyAdds);

    /// <summary>The measured time of all operations, forward and back, in µs; null unless it was measured.</summary>
    public double? Microseconds { get; init; }

    /// <summary>
    /// The multiply-adds per second that the processor can do, with the type of the products and with <see cref="Parallelism.Threads"/>
    /// threads, measured by a loop that works on registers only; null unless the time was measured.
    /// </summary>
    public double? MultiplyAddsPerSecond { get; init; }

    /// <summary>
    /// The share of the measured time that the multiply-adds would need at the processor's limit, 0 to 1: the rest is overhead and work on
    /// single elements. Null unless the time was measured and every operation is counted.
    /// </summary>
    public double? ShareOfLimit =>
        (ForwardMultiplyAdds + BackwardMultiplyAdds) / MultiplyAddsPerSecond / (Microseconds / 1e6);

    /// <summary>The names of the operations whose cost is not known, each once.</summary>
    public IReadOnlyList<string> NotCounted =>
        [.. Operations.Where(operation => !operation.IsCounted).Select(operation => operation.Name).Distinct()];

    /// <summary>The cost of an operation of the tape; null if it was recorded later, or on another tape.</summary>
    /// <param name="operation">A recorded operation.</param>
    public OperationCost? Of(Operation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return _costs.TryGetValue(operation, out OperationCost? cost) ? cost : null;
    }

    long? Total(Func<OperationCost, long?> part) => Sum(Operations, part);

    internal static long? Sum(IEnumerable<OperationCost> operations, Func<OperationCost, long?> part)
    {
        long? sum = 0;
        foreach (OperationCost operation in operations) sum += part(operation);
        return sum;
    }
}
