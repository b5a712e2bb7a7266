using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace MyTorch.Kernels;

/// <summary>y[i] = f(x[i]); the spans have the same length.</summary>
delegate void UnaryKernel<T>(ReadOnlySpan<T> x, Span<T> y);

/// <summary>z[i] = f(a[i], b[i]).</summary>
delegate void BinaryRows<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> z);

/// <summary>z[i] = f(a[i], b).</summary>
delegate void BinaryRowNumber<T>(ReadOnlySpan<T> a, T b, Span<T> z);

/// <summary>z[i] = f(a, b[i]).</summary>
delegate void BinaryNumberRow<T>(T a, ReadOnlySpan<T> b, Span<T> z);

/// <summary>A binary function for two rows, and for a row and a number, which broadcasting needs.</summary>
sealed record BinaryKernel<T>(BinaryRows<T> Rows, BinaryRowNumber<T> RowNumber, BinaryNumberRow<T> NumberRow);

/// <summary>
/// The element-wise functions of two operands, by <see cref="System.Numerics.Tensors.TensorPrimitives"/> except the power.
/// </summary>
static class BinaryKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal static readonly BinaryKernel<T> Add = new(
        InChunks(TensorPrimitives.Add), TensorPrimitives.Add, (a, b, z) => TensorPrimitives.Add(b, a, z));

    internal static readonly BinaryKernel<T> Subtract = new(
        InChunks(TensorPrimitives.Subtract), TensorPrimitives.Subtract, TensorPrimitives.Subtract);

    internal static readonly BinaryKernel<T> Multiply = new(
        InChunks(TensorPrimitives.Multiply), TensorPrimitives.Multiply, (a, b, z) => TensorPrimitives.Multiply(b, a, z));

    internal static readonly BinaryKernel<T> Divide = new(
        InChunks(TensorPrimitives.Divide), TensorPrimitives.Divide, TensorPrimitives.Divide);

    // The result is NaN if either operand is NaN (IEEE 754-2019 maximum and minimum).
    internal static readonly BinaryKernel<T> Maximum = new(
        InChunks(TensorPrimitives.Max), TensorPrimitives.Max, (a, b, z) => TensorPrimitives.Max(b, a, z));

    internal static readonly BinaryKernel<T> Minimum = new(
        InChunks(TensorPrimitives.Min), TensorPrimitives.Min, (a, b, z) => TensorPrimitives.Min(b, a, z));

    // One number at a time: TensorPrimitives.Pow computes exp(b·log a), which is inexact and NaN for a negative base.
    internal static readonly BinaryKernel<T> Power = new(
        (a, b, z) =>
        {
            for (int i = 0; i < z.Length; i++) z[i] = Raise(a[i], b[i]);
        },
        (a, b, z) =>
        {
            if (b == T.CreateChecked(2)) TensorPrimitives.Multiply(a, a, z);
            else
                for (int i = 0; i < z.Length; i++) z[i] = T.Pow(a[i], b);
        },
        (a, b, z) =>
        {
            for (int i = 0; i < z.Length; i++) z[i] = Raise(a, b[i]);
        });

    // aᵇ with b = 2 is a·a in every form, so broadcasting does not change the bits.
    static T Raise(T a, T b) => b == T.CreateChecked(2) ? a * a : T.Pow(a, b);

    /// <summary>The same function, called for chunks of long rows; see <see cref="ElementwiseKernels.Chunk"/>.</summary>
    static BinaryRows<T> InChunks(BinaryRows<T> function) => (a, b, z) =>
    {
        const int Chunk = ElementwiseKernels.Chunk;
        for (; z.Length > Chunk; a = a[Chunk..], b = b[Chunk..], z = z[Chunk..]) function(a[..Chunk], b[..Chunk], z[..Chunk]);
        function(a, b, z);
    };
}

/// <summary>Element-wise functions of rows of numbers, and broadcasting.</summary>
static class ElementwiseKernels
{
    /// <summary>
    /// Elements per call of a TensorPrimitives function. It writes longer results with non-temporal stores, which bypass the caches, so
    /// that the next operation has to read them from memory: an addition of a million numbers was 1.5 times slower.
    /// </summary>
    internal const int Chunk = 1 << 12;

    /// <summary>y = max(x, 0); NaN stays NaN.</summary>
    internal static void ReLU<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (; y.Length > Chunk; x = x[Chunk..], y = y[Chunk..]) TensorPrimitives.Max(x[..Chunk], T.Zero, y[..Chunk]);
        TensorPrimitives.Max(x, T.Zero, y);
    }

    /// <summary>y = x·x.</summary>
    internal static void Square<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TensorPrimitives.Multiply(x, x, y);

    /// <summary>1, −1, or x itself where it is 0 or NaN.</summary>
    internal static void Sign<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vectors.Map(new SignFunction<T>(), x, y);

    /// <summary>z[i] = a[i] where takeA[i], else b[i].</summary>
    internal static void Where<T>(ReadOnlySpan<bool> takeA, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> z)
    {
        for (int i = 0; i < z.Length; i++) z[i] = takeA[i] ? a[i] : b[i];
    }

    /// <summary>Converts numbers to the type of y: to Int64 towards zero, to Bool true for everything but 0.</summary>
    internal static void Convert<T>(ReadOnlySpan<T> x, Tensor y) where T : unmanaged, INumber<T>
    {
        switch (y.DType)
        {
            case DType.Float32: TensorPrimitives.ConvertTruncating(x, y.Write<float>()); break;
            case DType.Float64: TensorPrimitives.ConvertTruncating(x, y.Write<double>()); break;
            case DType.Int64: TensorPrimitives.ConvertTruncating(x, y.Write<long>()); break;
            default:
                Span<bool> truth = y.Write<bool>();
                for (int i = 0; i < truth.Length; i++) truth[i] = !T.IsZero(x[i]);
                break;
        }
    }

    /// <summary>Adds a row (n) to every row of a contiguous matrix (rows, n), in place.</summary>
    internal static void AddRow<T>(Span<T> rows, ReadOnlySpan<T> row) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (; !rows.IsEmpty; rows = rows[row.Length..])
            TensorPrimitives.Add(rows[..row.Length], row, rows[..row.Length]);
    }

    /// <summary>z = f(a, b) with broadcasting: strides are 0 along repeated dimensions.</summary>
    internal static void Broadcast<T>(
        ReadOnlySpan<T> a, int[] stridesA, ReadOnlySpan<T> b, int[] stridesB, Shape shape, Span<T> z, BinaryKernel<T> kernel)
    {
        int next = 0;
        var rows = new RowWalker(shape, stridesA, stridesB);
        int length = rows.RowLength;
        while (rows.Next())
        {
            Span<T> target = z.Slice(next, length);
            next += length;
            // Tensors are contiguous, so along a row the stride of an operand is 1, or 0 where it is repeated.
            bool isRowA = rows.RowStrideA != 0, isRowB = rows.RowStrideB != 0;
            if (isRowA && isRowB) kernel.Rows(a.Slice(rows.OffsetA, length), b.Slice(rows.OffsetB, length), target);
            else if (isRowA) kernel.RowNumber(a.Slice(rows.OffsetA, length), b[rows.OffsetB], target);
            else kernel.NumberRow(a[rows.OffsetA], b.Slice(rows.OffsetB, isRowB ? length : 1), target);
        }
    }
}

/// <summary>1, −1, or x itself where it is 0 or NaN</summary>
readonly struct SignFunction<T> : IUnaryFunction<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V, L>(V x) where V : struct where L : struct, ILanes<T, V>
    {
        V zero = L.Broadcast(Lane<T>.Number(0));
        V notPositive = L.Select(L.Less(x, zero), L.Broadcast(Lane<T>.Number(-1)), x);
        return L.Select(L.Less(zero, x), L.Broadcast(Lane<T>.Number(1)), notPositive);
    }
}
