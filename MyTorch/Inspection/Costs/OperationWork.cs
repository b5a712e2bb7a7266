namespace MyTorch.Inspection;

/// <summary>
/// What one operation asks of memory and processor: what its backward rule reads, and the multiply-adds of its matrix products.
/// </summary>
/// <param name="Reads">
/// The tensors whose values the backward rule reads, besides the upstream gradient: inputs, settings and the output. Empty for a rule that
/// needs shapes only.
/// </param>
/// <param name="ForwardMultiplyAdds">
/// The multiply-adds c + a·b of the matrix products in Forward; 0 without a product. Work on single elements is not counted: it grows with
/// the bytes.
/// </param>
/// <param name="BackwardMultiplyAdds">The same for one run of the backward rule.</param>
public sealed record OperationWork(IReadOnlyList<Tensor> Reads, long ForwardMultiplyAdds, long BackwardMultiplyAdds);

/// <summary>
/// An operation that says what it costs. The library's operations need not implement it. An operation of yours that does not implement it
/// is listed as "not counted" in a <see cref="StepCost"/>.
/// </summary>
public interface ICountedOperation
{
    /// <summary>What this operation costs once it is applied. Inputs that require no gradient cost the backward rule nothing.</summary>
    OperationWork Work { get; }
}
