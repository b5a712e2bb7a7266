namespace MyTorch.Kernels;

/// <summary>
/// Element-wise kernels on several threads, for rows that are long enough: another thread pays from about ten microseconds of work. The
/// chunks are fixed, and each element is computed alone, so the result does not depend on the number of threads.
/// </summary>
static class LargeRows
{
    const int MinParallel = 1 << 17;
    const int Chunk = 1 << 15;

    /// <summary>y[i] = f(x[i]).</summary>
    internal static void Map<T>(UnaryKernel<T> kernel, ReadOnlyMemory<T> x, Memory<T> y)
    {
        if (y.Length < MinParallel || Parallelism.Threads == 1) kernel(x.Span, y.Span);
        else MapInChunks(kernel, x, y);
    }

    /// <summary>z[i] = f(a[i], b[i]).</summary>
    internal static void Zip<T>(BinaryRows<T> kernel, ReadOnlyMemory<T> a, ReadOnlyMemory<T> b, Memory<T> z)
    {
        if (z.Length < MinParallel || Parallelism.Threads == 1) kernel(a.Span, b.Span, z.Span);
        else ZipInChunks(kernel, a, b, z);
    }

    /// <summary>Applies a kernel of whole rows to the rows of a contiguous matrix.</summary>
    internal static void MapRows<T>(UnaryKernel<T> kernel, ReadOnlyMemory<T> x, Memory<T> y, int columns)
    {
        if (y.Length < MinParallel || Parallelism.Threads == 1) kernel(x.Span, y.Span);
        else RowsInChunks(kernel, x, y, columns);
    }

    // Separate methods: a lambda allocates an object for what it captures, also when it is not reached.
    static void MapInChunks<T>(UnaryKernel<T> kernel, ReadOnlyMemory<T> x, Memory<T> y) =>
        Workers.Run(Parallelism.Threads, (y.Length + Chunk - 1) / Chunk, chunk =>
        {
            int start = chunk * Chunk, length = Math.Min(Chunk, y.Length - start);
            kernel(x.Span.Slice(start, length), y.Span.Slice(start, length));
        });

    static void ZipInChunks<T>(BinaryRows<T> kernel, ReadOnlyMemory<T> a, ReadOnlyMemory<T> b, Memory<T> z) =>
        Workers.Run(Parallelism.Threads, (z.Length + Chunk - 1) / Chunk, chunk =>
        {
            int start = chunk * Chunk, length = Math.Min(Chunk, z.Length - start);
            kernel(a.Span.Slice(start, length), b.Span.Slice(start, length), z.Span.Slice(start, length));
        });

    static void RowsInChunks<T>(UnaryKernel<T> kernel, ReadOnlyMemory<T> x, Memory<T> y, int columns)
    {
        int size = Math.Max(1, Chunk / columns) * columns;
        Workers.Run(Parallelism.Threads, (y.Length + size - 1) / size, chunk =>
        {
            int start = chunk * size, length = Math.Min(size, y.Length - start);
            kernel(x.Span.Slice(start, length), y.Span.Slice(start, length));
        });
    }
}
