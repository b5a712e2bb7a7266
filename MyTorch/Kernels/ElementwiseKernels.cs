using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MyTorch.Kernels;

/// <summary>y[i] = f(x[i]); the spans have one length.</summary>
delegate void UnaryKernel<T>(ReadOnlySpan<T> x, Span<T> y);

delegate void BinaryRows<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> z);
delegate void BinaryRowNumber<T>(ReadOnlySpan<T> a, T b, Span<T> z);
delegate void BinaryNumberRow<T>(T a, ReadOnlySpan<T> b, Span<T> z);

/// <summary>z[i] = f(a[i], b[i]), and the forms in which one operand is the same number for the whole row.</summary>
sealed record BinaryKernel<T>(BinaryRows<T> Rows, BinaryRowNumber<T> RowNumber, BinaryNumberRow<T> NumberRow);

/// <summary>The element-wise functions of two operands.</summary>
static class BinaryKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal static readonly BinaryKernel<T> Add = new(
        InPieces(TensorPrimitives.Add), TensorPrimitives.Add, (a, b, z) => TensorPrimitives.Add(b, a, z));

    internal static readonly BinaryKernel<T> Subtract = new(
        InPieces(TensorPrimitives.Subtract), TensorPrimitives.Subtract, TensorPrimitives.Subtract);

    internal static readonly BinaryKernel<T> Multiply = new(
        InPieces(TensorPrimitives.Multiply), TensorPrimitives.Multiply, (a, b, z) => TensorPrimitives.Multiply(b, a, z));

    internal static readonly BinaryKernel<T> Divide = new(
        InPieces(TensorPrimitives.Divide), TensorPrimitives.Divide, TensorPrimitives.Divide);

    // NaN in either operand is the result, as IEEE 754's maximum and minimum say.
    internal static readonly BinaryKernel<T> Maximum = new(
        InPieces(TensorPrimitives.Max), TensorPrimitives.Max, (a, b, z) => TensorPrimitives.Max(b, a, z));

    internal static readonly BinaryKernel<T> Minimum = new(
        InPieces(TensorPrimitives.Min), TensorPrimitives.Min, (a, b, z) => TensorPrimitives.Min(b, a, z));

    // The vectorised power goes through exp and log: inexact, and NaN for negative bases. So one number at a time.
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

    // A square has the same bits whether its exponent is one number or many.
    static T Raise(T a, T b) => b == T.CreateChecked(2) ? a * a : T.Pow(a, b);

    /// <summary>The same function, called for pieces of long operands.</summary>
    static BinaryRows<T> InPieces(BinaryRows<T> function) => (a, b, z) =>
    {
        const int Piece = ElementwiseKernels.Piece;
        for (; z.Length > Piece; a = a[Piece..], b = b[Piece..], z = z[Piece..]) function(a[..Piece], b[..Piece], z[..Piece]);
        function(a, b, z);
    };
}

static class ElementwiseKernels
{
    // TensorPrimitives writes long results past the caches, where the next operation then misses them: measured 1.5 times slower
    // for an addition of a million numbers.
    internal const int Piece = 1 << 12;

    internal static void ReLU<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (; y.Length > Piece; x = x[Piece..], y = y[Piece..]) TensorPrimitives.Max(x[..Piece], T.Zero, y[..Piece]);
        TensorPrimitives.Max(x, T.Zero, y);
    }

    internal static void Square<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TensorPrimitives.Multiply(x, x, y);

    /// <summary>1, −1, or x itself where it is 0 or NaN.</summary>
    internal static void Sign<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<Vector<T>> xs = MemoryMarshal.Cast<T, Vector<T>>(x);
        Span<Vector<T>> ys = MemoryMarshal.Cast<T, Vector<T>>(y);
        for (int i = 0; i < ys.Length; i++)
        {
            Vector<T> negative = Vector.ConditionalSelect(Vector.LessThan(xs[i], Vector<T>.Zero), -Vector<T>.One, xs[i]);
            ys[i] = Vector.ConditionalSelect(Vector.GreaterThan(xs[i], Vector<T>.Zero), Vector<T>.One, negative);
        }
        for (int i = ys.Length * Vector<T>.Count; i < y.Length; i++)
            y[i] = x[i] > T.Zero ? T.One : x[i] < T.Zero ? -T.One : x[i];
    }

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

    /// <summary>Applies a function to operands read with broadcasting strides.</summary>
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
            // Along a row an operand either advances by one or stands still: tensors are contiguous.
            bool aMoves = rows.RowStrideA != 0, bMoves = rows.RowStrideB != 0;
            if (aMoves && bMoves) kernel.Rows(a.Slice(rows.OffsetA, length), b.Slice(rows.OffsetB, length), target);
            else if (aMoves) kernel.RowNumber(a.Slice(rows.OffsetA, length), b[rows.OffsetB], target);
            else kernel.NumberRow(a[rows.OffsetA], b.Slice(rows.OffsetB, bMoves ? length : 1), target);
        }
    }
}
