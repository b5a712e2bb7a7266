using System.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace MyTorch;

/// <summary>
/// A random number generator. The same seed gives the same numbers on every machine, in every run and for every number of threads.
/// Everything random in the library takes a generator, and uses <see cref="Default"/> if it is omitted.
/// </summary>
/// <param name="seed">Any integer; every seed starts a different stream.</param>
/// <remarks>
/// <para>The numbers come from xoshiro256** (Blackman and Vigna, 2018), and are those of MathNet's Xoshiro256StarStar.</para>
/// <para>A generator is safe to share between threads, and a tensor or permutation takes consecutive numbers. Which thread gets which
/// numbers depends on timing, so give each thread its own generator for reproducible results.</para>
/// </remarks>
public sealed class Generator(int seed)
{
    [ThreadStatic] static Generator? t_default;

    readonly Xoshiro256 _source = new(seed);

    /// <summary>
    /// The calling thread's default generator. Its seed is 0 at first, so a program gives the same numbers in every run.
    /// </summary>
    public static Generator Default
    {
        get => t_default ??= new Generator(0);
        internal set => t_default = value;
    }

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

    /// <summary>
    /// The state as a tensor, Int64 (4), from which <see cref="SetState"/> continues with the same numbers, as <c>get_state</c> in PyTorch.
    /// </summary>
    public Tensor GetState()
    {
        lock (_source) return Tensor.Indices(_source.State.AsSpan());
    }

    /// <summary>Continues from a state that <see cref="GetState"/> returned.</summary>
    /// <param name="state">Int64 (4), not all 0.</param>
    /// <exception cref="ArgumentException">This is not the state of a generator.</exception>
    public void SetState(Tensor state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.DType != DType.Int64 || state.Shape != new[] { 4 } || !state.ToInt64Array().AsSpan().ContainsAnyExcept(0))
            throw new ArgumentException(
                $"SetState: {state.Describe()} is not the state of a generator; expected (4,) Int64, not all 0, from GetState().", nameof(state));
        lock (_source) _source.State = state.ToInt64Array();
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

    /// <summary>xoshiro256**, whose state can be read: MathNet does not show that of its generator. The state is seeded by splitmix64.</summary>
    sealed class Xoshiro256 : RandomSource
    {
        ulong _a, _b, _c, _d;

        internal Xoshiro256(int seed) : base(threadSafe: false)
        {
            ulong x = unchecked((ulong)seed);
            (_a, _b, _c, _d) = (SplitMix(ref x), SplitMix(ref x), SplitMix(ref x), SplitMix(ref x));
        }

        internal long[] State
        {
            get => [(long)_a, (long)_b, (long)_c, (long)_d];
            set => (_a, _b, _c, _d) = ((ulong)value[0], (ulong)value[1], (ulong)value[2], (ulong)value[3]);
        }

        protected override double DoSample()
        {
            ulong bits = BitOperations.RotateLeft(_b * 5, 7) * 9, shifted = _b << 17;
            _c ^= _a;
            _d ^= _b;
            _b ^= _c;
            _a ^= _d;
            _c ^= shifted;
            _d = BitOperations.RotateLeft(_d, 45);
            return (bits >> 11) * (1.0 / (1UL << 53));
        }

        static ulong SplitMix(ref ulong x)
        {
            ulong z = x += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
