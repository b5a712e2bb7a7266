using MyTorch.Differentiation;

namespace MyTorch.Teaching;

/// <summary>
/// The chain rule for L(z) and z = g₁(x) + g₂(x) + …, often with one g: ∇ₓL = ∇_zL·(∇ₓg₁ + ∇ₓg₂ + …), (M, K)·(K, D) = (M, D).
/// </summary>
/// <remarks><see cref="Product"/> is computed by a reverse pass for each row, without the derivatives of the branches.</remarks>
public sealed class ChainTrace
{
    readonly Tensor[] _branches;

    ChainTrace(Tensor upstream, Tensor[] branches, Tensor derivative, Tensor product) =>
        (Upstream, _branches, Branches, Derivative, Product) = (upstream, branches, branches.AsReadOnly(), derivative, product);

    /// <summary>∇_zL, (M, K): a row for each of M results L.</summary>
    public Tensor Upstream { get; }

    /// <summary>∇ₓgᵢ for each branch, (K, D).</summary>
    public IReadOnlyList<Tensor> Branches { get; }

    /// <summary>∇ₓz of the sum, (K, D).</summary>
    public Tensor Derivative { get; }

    /// <summary>∇ₓL, (M, D).</summary>
    public Tensor Product { get; }

    /// <summary>Differentiates a sum of functions.</summary>
    /// <param name="branches">The functions, of equal sizes; at least one.</param>
    /// <param name="x">x, (D).</param>
    /// <param name="upstream">∇_zL, (M, K).</param>
    /// <exception cref="ArgumentException">The sizes do not match.</exception>
    public static ChainTrace Of(IReadOnlyList<VectorFunction> branches, Tensor x, Tensor upstream)
    {
        ArgumentNullException.ThrowIfNull(upstream);
        VectorFunction sum = VectorFunction.Sum(branches);
        if (upstream.Rank != 2 || upstream.Shape[1] != sum.Outputs)
            throw Invalid.Argument(
                nameof(upstream), $"ChainTrace: ∇_zL has shape {upstream.Shape}, and z has {sum.Outputs} numbers; " +
                $"it must be (M, {sum.Outputs}), since (M×K)·(K×D) = M×D.");
        using PauseScope pause = Autograd.Pause();
        Tensor[] rows = [.. Enumerable.Range(0, upstream.Shape[0]).Select(m => Differentiate.Vjp(sum.Apply, x, upstream[m]))];
        return new ChainTrace(upstream.Detach(), [.. branches.Select(one => one.Derivative(x))], sum.Derivative(x), Tensor.Stack(rows));
    }

    /// <summary>Where an element of ∇ₓL comes from: a row of ∇_zL times a column of ∇ₓz.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="column">The column, from 0.</param>
    public ElementSum Element(int row, int column) => ElementSum.OfProduct(
        MatrixElement.Of("∇ₓL", Product, row, column), "∇ₓL = ∇_zL·∇ₓz",
        ("∇_zL", Upstream, false), ("∇ₓz", Derivative, false), row, column);

    /// <summary>Where an element of ∇ₓz comes from: the sum over the branches.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="column">The column, from 0.</param>
    public ElementSum DerivativeElement(int row, int column) => new(
        MatrixElement.Of("∇ₓz", Derivative, row, column), "∇ₓz = Σ ∇ₓgᵢ",
        $"the sum of the elements [{Notation.Number(row)},{Notation.Number(column)}] of the branches",
        [.. _branches.Select((one, i) => new ElementTerm(MatrixElement.Of($"∇ₓg{Notation.Number(i + 1)}", one, row, column), null))]);
}
