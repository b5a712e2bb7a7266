namespace MyTorch;

/// <summary>How many threads the library may use: the one setting that holds for the whole process.</summary>
public static class Parallelism
{
    static int s_threads = Environment.ProcessorCount;

    /// <summary>
    /// The most threads one operation may use, at first the number of processors. Results do not depend on it, bit for bit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public static int Threads
    {
        get => s_threads;
        set => s_threads = value >= 1
            ? value
            : throw Invalid.Setting(nameof(value), value, "Threads: at least 1 thread is needed.");
    }
}
