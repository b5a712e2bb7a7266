using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace MyTorch;

/// <summary>
/// A stream of random numbers. The same seed gives the same numbers on every machine, run and thread count.
/// Everything random in the library takes one; without it, it draws from <see cref="Default"/>.
/// </summary>
/// <param name="seed">Any integer; every seed starts a different stream.</param>
/// <remarks>
/// <para>The numbers come from MathNet's xoshiro256** (Blackman and Vigna, 2018).</para>
/// <para>Several threads may draw from one generator: each number goes to one of them, and a tensor or a permutation is one stretch of the stream. Which
/// thread gets which is left to chance, so for results that repeat give each thread a generator.</para>
/// </remarks>
public sealed class Generator(int seed)
{
    [ThreadStatic] static Generator? t_default;

    readonly Xoshiro256StarStar _source = new(seed, threadSafe: false);

    /// <summary>
    /// The calling thread's own generator. It starts from seed 0, so that a program prints the same numbers on every run.
    /// </summary>
    public static Generator Default => t_default ??= new Generator(0);

    /// <summary>Starts the calling thread's <see cref="Default"/> anew from a seed.</summary>
    public static void Seed(int seed) => t_default = new Generator(seed);

    /// <summary>A number uniform in [0, 1).</summary>
    public double NextDouble()
    {
        lock (_source) return _source.NextDouble();
    }

    /// <summary>A number from the normal distribution with mean 0 and standard deviation 1.</summary>
    public double NextGaussian()
    {
        lock (_source) return Normal.Sample(_source, 0, 1);
    }

    /// <summary>What a thread locks that draws several numbers without another drawing between them.</summary>
    internal object Turn => _source;

    /// <summary>Fills the span with what <see cref="NextDouble"/> would give.</summary>
    internal void FillUniform(Span<double> values)
    {
        lock (_source)
            foreach (ref double value in values) value = _source.NextDouble();
    }

    /// <summary>Fills the span with what <see cref="NextGaussian"/> would give.</summary>
    internal void FillGaussian(Span<double> values)
    {
        lock (_source)
            foreach (ref double value in values) value = Normal.Sample(_source, 0, 1);
    }

    /// <summary>An integer uniform in 0 … <paramref name="maxExclusive"/> − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxExclusive"/> is not positive.</exception>
    public int Next(int maxExclusive)
    {
        if (maxExclusive <= 0)
            throw Invalid.Setting(nameof(maxExclusive), maxExclusive, "Next: the upper bound must be at least 1.");
        return (int)(NextDouble() * maxExclusive);
    }

    /// <summary>The numbers 0 … <paramref name="count"/> − 1 in random order (Fisher and Yates' shuffle).</summary>
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
