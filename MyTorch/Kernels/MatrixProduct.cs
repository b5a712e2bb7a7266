using System.Numerics;
using System.Numerics.Tensors;

namespace MyTorch.Kernels;

/// <summary>How a matrix operand lies in memory: element (row, column) is at <c>offset + row·RowStride + column·ColumnStride</c>.</summary>
readonly record struct MatrixLayout(int RowStride, int ColumnStride)
{
    /// <summary>A row-major matrix with the given number of columns, read as it is or as its transpose.</summary>
    internal static MatrixLayout RowMajor(int columns, bool transposed) => transposed ? new(1, columns) : new(columns, 1);
}

/// <summary>
/// C = A·B for A (m, k) and B (k, n), each read as it lies or transposed, C row-major. Work is split over rows of C, never over k:
/// every element is one sum in the order of k, and the bits do not depend on the number of threads.
/// </summary>
static class MatrixProduct
{
    // Below this many multiply-adds, starting threads costs more than they save.
    const long WorkWorthThreads = 1 << 20;

    internal static void Multiply<T>(
        ReadOnlyMemory<T> a, MatrixLayout layoutA, ReadOnlyMemory<T> b, MatrixLayout layoutB, Memory<T> c, int m, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[]? packed = null;
        if (layoutB.ColumnStride != 1 && n > 1)
        {
            // The row form below wants B's rows in one piece: repack a transposed B once.
            packed = System.Buffers.ArrayPool<T>.Shared.Rent(k * n);
            Strided.Read(b.Span, 0, [layoutB.RowStride, layoutB.ColumnStride], [k, n], packed.AsSpan(0, k * n));
            (b, layoutB) = (packed.AsMemory(0, k * n), new MatrixLayout(n, 1));
        }

        int threads = (int)Math.Min(Math.Min(Parallelism.Threads, m), (long)m * k * n / WorkWorthThreads + 1);
        if (threads <= 1) Rows(a.Span, layoutA, b.Span, layoutB, c.Span, 0, m, k, n);
        else
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t =>
                Rows(a.Span, layoutA, b.Span, layoutB, c.Span, (int)((long)m * t / threads), (int)((long)m * (t + 1) / threads), k, n));

        if (packed is not null) System.Buffers.ArrayPool<T>.Shared.Return(packed);
    }

    /// <summary>Rows [from, to) of C: each is the sum of B's rows, weighted with a row of A.</summary>
    static void Rows<T>(
        ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c, int from, int to, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int row = from; row < to; row++)
        {
            Span<T> target = c.Slice(row * n, n);
            target.Clear();
            for (int i = 0; i < k; i++)
            {
                T weight = a[row * layoutA.RowStride + i * layoutA.ColumnStride];
                TensorPrimitives.MultiplyAdd(b.Slice(i * layoutB.RowStride, n), weight, target, target);
            }
        }
    }

    /// <summary>The three loops of the definition, C[i, j] = Σₗ A[i, l]·B[l, j]: what the fast form is tested against.</summary>
    internal static void Reference<T>(
        ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c, int m, int k, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                T sum = T.Zero;
                for (int l = 0; l < k; l++)
                    sum += a[i * layoutA.RowStride + l * layoutA.ColumnStride] * b[l * layoutB.RowStride + j * layoutB.ColumnStride];
                c[i * n + j] = sum;
            }
    }
}
