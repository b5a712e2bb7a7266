using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace MyTorch;

/// <summary>
/// A random number generator. The same seed gives the same numbers on every machine, in every run and for every number of threads.
/// Everything random in the library takes a generator, and uses <see cref="Default"/> if it is omitted.
/// </summary>
/// <param name="seed">Any integer; every seed starts a different stream.</param>
/// <remarks>
/// <para>The numbers come from MathNet's xoshiro256** (Blackman and Vigna, 2018).</para>
/// <para>A generator is safe to share between threads, and a tensor or permutation takes consecutive numbers. Which thread gets which
/// numbers depends on timing, so give each thread its own generator for reproducible results.</para>
/// </remarks>
public sealed class Generator(int seed)
{
    [ThreadStatic] static Generator? t_default;

    readonly Xoshiro256StarStar _source = new(seed, threadSafe: false);

    /// <summary>
    /// The calling thread's default generator. Its seed is 0 at first, so a program gives the same numbers in every run.
    /// </summary>
    public static Generator Default => t_default ??= new Generator(0);

    /// <summary>Sets the seed of the calling thread's <see cref="Default"/> generator, as <c>torch.manual_seed</c>.</summary>
    public static void Seed(int seed) => t_default = new Generator(seed);

    /// <summary>A random number from the uniform distribution on [0, 1).</summary>
    public double NextDouble()
    {
        lock (_source) return _source.NextDouble();
    }

    /// <summary>A random number from the standard normal distribution.</summary>
    public double NextGaussian()
    {
        lock (_source) return Normal.Sample(_source, 0, 1);
    }

    /// <summary>The lock for drawing several consecutive numbers.</summary>
    internal object SyncRoot => _source;

    /// <summary>Fills the span with numbers from <see cref="NextDouble"/>.</summary>
    internal void FillUniform(Span<double> values)
    {
        lock (_source)
            foreach (ref double value in values) value = _source.NextDouble();
    }

    /// <summary>Fills the span with numbers from <see cref="NextGaussian"/>.</summary>
    internal void FillGaussian(Span<double> values)
    {
        lock (_source)
            foreach (ref double value in values) value = Normal.Sample(_source, 0, 1);
    }

    /// <summary>A random integer from 0 … <paramref name="maxExclusive"/> − 1, equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxExclusive"/> is not positive.</exception>
    public int Next(int maxExclusive)
    {
        if (maxExclusive <= 0)
            throw Invalid.Setting(nameof(maxExclusive), maxExclusive, "Next: the upper bound must be at least 1.");
        return (int)(NextDouble() * maxExclusive);
    }

    /// <summary>A random permutation of 0 … <paramref name="count"/> − 1 (Fisher-Yates shuffle).</summary>
    public int[] Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        lock (_source)
            for (int i = count - 1; i > 0; i--)
            {
                int j = Next(i + 1);
                (order[i], order[j]) = (order[j], order[i]);
            }
        return order;
    }
}
