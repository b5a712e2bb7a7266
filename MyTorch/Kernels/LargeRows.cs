namespace MyTorch.Kernels;

/// <summary>
/// Kernels of elements and of rows on several threads, where there are enough elements: another thread pays from about ten microseconds of
/// work. The chunks are fixed, and each element or row is computed alone, so the result does not depend on the number of threads.
/// </summary>
static class LargeRows
{
    const int MinParallel = 1 << 17;
    const int Chunk = 1 << 15;

    /// <summary>Whether several threads may be used and pay for so many elements.</summary>
    internal static bool Pay(int elements) => elements >= MinParallel && Parallelism.Threads > 1;

    /// <summary>y[i] = f(x[i]).</summary>
    internal static void Map<T>(UnaryKernel<T> kernel, ReadOnlyMemory<T> x, Memory<T> y)
    {
        if (Pay(y.Length)) MapInChunks(kernel, x, y);
        else kernel(x.Span, y.Span);
    }

    /// <summary>z[i] = f(a[i], b[i]).</summary>
    internal static void Zip<T>(BinaryRows<T> kernel, ReadOnlyMemory<T> a, ReadOnlyMemory<T> b, Memory<T> z)
    {
        if (Pay(z.Length)) ZipInChunks(kernel, a, b, z);
        else kernel(a.Span, b.Span, z.Span);
    }

    /// <summary>Applies a kernel of whole rows to the rows of a contiguous matrix.</summary>
    internal static void MapRows<T>(UnaryKernel<T> kernel, ReadOnlyMemory<T> x, Memory<T> y, int columns)
    {
        if (Pay(y.Length)) RowsInChunks(kernel, x, y, columns);
        else kernel(x.Span, y.Span);
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

    static void RowsInChunks<T>(UnaryKernel<T> kernel, ReadOnlyMemory<T> x, Memory<T> y, int columns) =>
        InChunks(y.Length / columns, columns, (first, count) =>
            kernel(x.Span.Slice(first * columns, count * columns), y.Span.Slice(first * columns, count * columns)));

    /// <summary>Calls work with the first row and the number of rows of each chunk of a matrix.</summary>
    internal static void InChunks(int rows, int columns, Action<int, int> work)
    {
        int size = Math.Max(1, Chunk / columns);
        Workers.Run(Parallelism.Threads, (rows + size - 1) / size, chunk => work(chunk * size, Math.Min(size, rows - chunk * size)));
    }
}
