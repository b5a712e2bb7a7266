using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Tests.Kernels;

/// <summary>The packed product against its definition in three loops.</summary>
public class MatrixProductTests
{
    static readonly (bool A, bool B)[] s_transpositions = [(false, false), (false, true), (true, false), (true, true)];

    // Eighths between −2 and 2: their products and sums are exact in any order, so the results must be equal to the bit.
    static T[] Eighths<T>(int count, int seed) where T : INumber<T>
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateChecked(random.Next(-16, 17)) / T.CreateChecked(8))];
    }

    static T[] Fast<T>(T[] a, bool transposeA, T[] b, bool transposeB, int m, int k, int n) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var c = new T[m * n];
        Array.Fill(c, T.NaN);
        MatrixProduct.Multiply<T>(
            a, MatrixLayout.RowMajor(transposeA ? m : k, transposeA), b, MatrixLayout.RowMajor(transposeB ? k : n, transposeB), c, m, k, n);
        return c;
    }

    static T[] Plain<T>(T[] a, bool transposeA, T[] b, bool transposeB, int m, int k, int n) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var c = new T[m * n];
        MatrixProduct.Reference<T>(
            a, MatrixLayout.RowMajor(transposeA ? m : k, transposeA), b, MatrixLayout.RowMajor(transposeB ? k : n, transposeB), c, m, k, n);
        return c;
    }

    static void Compare<T>(int m, int k, int n, int seed) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] a = Eighths<T>(m * k, seed), b = Eighths<T>(k * n, seed + 1);
        foreach ((bool transposeA, bool transposeB) in s_transpositions)
            if (!Fast(a, transposeA, b, transposeB, m, k, n).AsSpan().SequenceEqual(Plain(a, transposeA, b, transposeB, m, k, n)))
                Assert.Fail($"({m}, {k}) x ({k}, {n}), transposed {transposeA}, {transposeB}, {typeof(T).Name}");
    }

    [Test]
    public void EveryHeightOfTheLastTileMeetsEveryTransposition([Values] bool single)
    {
        // Sizes (m, n), even and odd, with a third that runs through all of them too.
        foreach (int m in Enumerable.Range(1, 26).Concat(Enumerable.Range(14, 22).Select(i => 2 * i + 1)))
            for (int n = 1; n <= 70; n += 3)
            {
                int k = 1 + (3 * m + 5 * n) % 70;
                if (single) Compare<float>(m, k, n, m * 71 + n);
                else Compare<double>(m, k, n, m * 71 + n);
            }
    }

    [TestCase(72, 384, 64)]
    [TestCase(73, 385, 65)]
    [TestCase(145, 769, 33)]
    [TestCase(1, 1000, 300)]
    [TestCase(300, 1000, 1)]
    [TestCase(200, 3, 200)]
    [TestCase(7, 20, 8200)]
    [TestCase(144, 385, 64)]
    [TestCase(145, 386, 100)]
    [TestCase(291, 70, 45)]
    [TestCase(12, 400, 70)]
    [TestCase(13, 400, 70)]
    [TestCase(9, 451, 1300)]
    [TestCase(77, 1024, 49)]
    [TestCase(40, 1024, 100)]
    public void SizesAroundTheBlocks(int m, int k, int n)
    {
        Compare<float>(m, k, n, 1);
        Compare<double>(m, k, n, 1);
    }

    [TestCase(0, 3, 4)]
    [TestCase(3, 0, 4)]
    [TestCase(3, 4, 0)]
    public void AnEmptySumIsZero(int m, int k, int n) => Assert.That(Fast(new double[m * k], false, new double[k * n], false, m, k, n), Is.All.EqualTo(0.0));

    [Test]
    public void TheBitsDoNotDependOnTheThreads([Values(2, 3, 7)] int threads)
    {
        int before = Parallelism.Threads;
        try
        {
            var random = new Random(3);
            foreach ((int m, int k, int n) in new[] { (128, 784, 512), (512, 301, 70), (1000, 1100, 3), (33, 700, 397), (40, 500, 1003) })
            {
                float[] a = [.. Enumerable.Range(0, m * k).Select(_ => random.NextSingle() - 0.5f)], b = [.. Enumerable.Range(0, k * n).Select(_ => random.NextSingle() - 0.5f)];
                foreach ((bool transposeA, bool transposeB) in new[] { (false, true), (true, false) })
                {
                    Parallelism.Threads = 1;
                    float[] alone = Fast(a, transposeA, b, transposeB, m, k, n);
                    Parallelism.Threads = threads;
                    Assert.That(Fast(a, transposeA, b, transposeB, m, k, n).AsSpan().SequenceEqual(alone), Is.True, $"({m}, {k}) x ({k}, {n}), {transposeA}");
                }
            }
        }
        finally
        {
            Parallelism.Threads = before;
        }
    }

    [Test]
    public void NaNAndInfinityReachWhatTheyMultiplyAndNothingElse()
    {
        double[] a = Eighths<double>(7 * 5, 1), b = Eighths<double>(5 * 9, 2);
        (a[2 * 5 + 1], b[3 * 9 + 4], b[3 * 9 + 5], a[6 * 5 + 3]) = (double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0);
        double[] fast = Fast(a, false, b, false, 7, 5, 9), plain = Plain(a, false, b, false, 7, 5, 9);
        Assert.That(fast, Is.EqualTo(plain));
        Assert.That(fast.Count(double.IsNaN), Is.GreaterThanOrEqualTo(9).And.LessThan(63), "NaN in row 2 and where 0 met infinity");
        Assert.That(fast[6 * 9 + 4], Is.NaN, "0·∞");
    }

    [Test]
    public void DenormalNumbersAreNotFlushed()
    {
        float tiny = float.Epsilon * 8;
        float[] product = Fast<float>([.. Enumerable.Repeat(tiny, 12)], false, [.. Enumerable.Repeat(0.5f, 12)], false, 3, 4, 3);
        Assert.That(product, Is.All.EqualTo(tiny * 2));
    }

    [TestCase(64, 64, 64)]
    [TestCase(128, 784, 512)]
    [TestCase(300, 400, 200)]
    public void ATransposedOperandIsNeverCopiedAsAWhole(int m, int k, int n)
    {
        int before = Parallelism.Threads;
        Parallelism.Threads = 1;
        try
        {
            float[] a = new float[m * k], b = new float[k * n], c = new float[m * n];
            foreach ((bool transposeA, bool transposeB) in s_transpositions)
            {
                void Multiply() => MatrixProduct.Multiply<float>(
                    a, MatrixLayout.RowMajor(transposeA ? m : k, transposeA), b, MatrixLayout.RowMajor(transposeB ? k : n, transposeB), c, m, k, n);
                Multiply();
                long allocated = GC.GetAllocatedBytesForCurrentThread();
                Multiply();
                Assert.That(GC.GetAllocatedBytesForCurrentThread() - allocated, Is.LessThan(1000), $"bytes, transposed {transposeA}, {transposeB}");
            }
        }
        finally
        {
            Parallelism.Threads = before;
        }
    }

    [Test]
    public void InPaddedTilesToo([Values] bool transposeA, [Values] bool transposeB)
    {
        // One product of odd sizes has borders on both sides, and each special value stands beside the padding.
        const int M = 151, K = 390, N = 67;
        double[] a = Eighths<double>(M * K, 5), b = Eighths<double>(K * N, 6);
        int lastA = transposeA ? (K - 1) * M + M - 1 : M * K - 1, lastB = transposeB ? (N - 1) * K + K - 1 : K * N - 1;
        (a[lastA], b[lastB], b[0]) = (0, double.PositiveInfinity, double.NaN);
        double[] fast = Fast(a, transposeA, b, transposeB, M, K, N);
        Assert.That(fast[^1], Is.NaN, "0·∞");
        Assert.That(fast.AsSpan().SequenceEqual(Plain(a, transposeA, b, transposeB, M, K, N)), Is.True);
    }
}
