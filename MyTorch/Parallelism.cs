namespace MyTorch;

/// <summary>The number of threads the library uses. It is a setting of the whole process.</summary>
public static class Parallelism
{
    static int s_threads = Environment.ProcessorCount;

    /// <summary>
    /// The maximum number of threads of one operation; by default the number of processors. Results do not depend on it, bit for bit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public static int Threads
    {
        get => s_threads;
        set => s_threads = value >= 1
            ? value
            : throw Invalid.Setting(nameof(value), value, "Threads: must be at least 1.");
    }
}
