using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>Checks the shapes of a matrix product, broadcasts its batch dimensions, and runs the kernel for the element type.</summary>
static class MatrixDispatch
{
    internal static Tensor MatMul(Tensor a, Tensor b, bool transposeA, bool transposeB)
    {
        ElementwiseDispatch.RequireSameFloat(a, b, nameof(MatMul));
        if (a.Rank < 2 || b.Rank < 2)
            throw new ArgumentException($"MatMul: shapes {a.Shape} and {b.Shape}; both operands need at least two dimensions.");
        (int m, int innerA) = transposeA ? (a.Shape[^1], a.Shape[^2]) : (a.Shape[^2], a.Shape[^1]);
        (int innerB, int n) = transposeB ? (b.Shape[^1], b.Shape[^2]) : (b.Shape[^2], b.Shape[^1]);
        if (innerA != innerB)
            throw new ArgumentException(
                $"MatMul: {a.Shape}{(transposeA ? "ᵀ" : "")} x {b.Shape}{(transposeB ? "ᵀ" : "")}: " +
                $"inner sizes {innerA} and {innerB} differ. " +
                (innerA == n ? "Transpose the right operand?"
                    : m == innerB ? "Transpose the left operand?"
                    : "The left operand must have as many columns as the right operand has rows."));

        var layoutA = MatrixLayout.RowMajor(a.Shape[^1], transposeA);
        var layoutB = MatrixLayout.RowMajor(b.Shape[^1], transposeB);
        if (a.Rank == 2 && b.Rank == 2)
        {
            Tensor product = Tensor.Empty([m, n], a.DType);
            if (a.DType == DType.Float32)
                MatrixProduct.Multiply(a.Memory<float>(), layoutA, b.Memory<float>(), layoutB, product.Memory<float>(), m, innerA, n);
            else
                MatrixProduct.Multiply(a.Memory<double>(), layoutA, b.Memory<double>(), layoutB, product.Memory<double>(), m, innerA, n);
            return product;
        }
        Shape batchA = Shape.Create(a.Shape.AsSpan()[..^2]), batchB = Shape.Create(b.Shape.AsSpan()[..^2]);
        Shape batch = Shape.Broadcast(batchA, batchB, "MatMul, batch dimensions");
        Tensor c = Tensor.Empty([.. batch, m, n], a.DType);
        if (a.DType == DType.Float32) Batches<float>(a, layoutA, batchA, b, layoutB, batchB, c, batch, m, innerA, n);
        else Batches<double>(a, layoutA, batchA, b, layoutB, batchB, c, batch, m, innerA, n);
        return c;
    }

    /// <summary>Checks that X (…, in), W (out, in) and the optional b (out) fit Y = X·Wᵀ + b.</summary>
    internal static void RequireLinear(Tensor x, Tensor weight, Tensor? bias)
    {
        if (weight.Rank != 2)
            throw new ArgumentException($"Linear: the weight has shape {weight.Shape}; it must be (out, in).");
        if (x.Rank == 0 || x.Shape[^1] != weight.Shape[1])
            throw new ArgumentException(
                $"Linear: input {x.Shape} and weight {weight.Shape} do not match: the input's last dimension must be the weight's " +
                $"{weight.Shape[1]} input features.");
        if (bias is not null && (bias.Rank != 1 || bias.ElementCount != weight.Shape[0]))
            throw new ArgumentException(
                $"Linear: the bias has shape {bias.Shape}; the weight's {weight.Shape[0]} output features need ({weight.Shape[0]},).");
        ElementwiseDispatch.RequireSameFloat(x, weight, nameof(Linear));
        if (bias is not null) ElementwiseDispatch.RequireSameFloat(x, bias, nameof(Linear));
    }

    static void Batches<T>(
        Tensor a, MatrixLayout layoutA, Shape batchA, Tensor b, MatrixLayout layoutB, Shape batchB,
        Tensor c, Shape batch, int m, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlyMemory<T> x = a.Memory<T>(), y = b.Memory<T>();
        Memory<T> z = c.Memory<T>();
        int next = 0;
        var rows = new RowWalker(batch, batchA.StridesFor(batch), batchB.StridesFor(batch));
        while (rows.Next())
            for (int i = 0; i < rows.RowLength; i++, next += m * n)
            {
                int matrixA = rows.OffsetA + i * rows.RowStrideA, matrixB = rows.OffsetB + i * rows.RowStrideB;
                MatrixProduct.Multiply(
                    x.Slice(matrixA * m * k, m * k), layoutA, y.Slice(matrixB * k * n, k * n), layoutB, z.Slice(next, m * n), m, k, n);
            }
    }
}
