using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>
/// Products with a long inner size against exact sums of products: |error| ≤ 10⁻⁶·Σ|aᵢbᵢ| in single, 10⁻¹⁴ in double precision.
/// </summary>
public sealed class LongProductTests
{
    int _threads;

    [SetUp]
    public void RememberThreads() => _threads = Parallelism.Threads;

    [TearDown]
    public void RestoreThreads() => Parallelism.Threads = _threads;

    static double Bound(DType dtype) => dtype == DType.Float32 ? 1e-6 : 1e-14;

    public enum Kind { Constant, OtherConstant, Positive, Mixed }

    static Tensor Data(Shape shape, Kind kind, DType dtype, int seed) => kind switch
    {
        Kind.Constant => Tensor.Full(shape, 0.1, dtype),
        Kind.OtherConstant => Tensor.Full(shape, 1.3374, dtype),
        Kind.Positive => Tensor.Rand(shape, dtype, new Generator(seed)),
        _ => Tensor.Randn(shape, dtype, new Generator(seed)),
    };

    /// <summary>Checks some elements of C = A·B, A (m, k) and B (k, n), with the largest error found in units of the bound.</summary>
    static void Expect(Tensor c, Tensor a, Tensor b, string what) => Expect(a, b, (c, what));

    /// <summary>The same for C computed in several ways; the exact sums are the slow part, and are taken once.</summary>
    static void Expect(Tensor a, Tensor b, params (Tensor C, string What)[] ways)
    {
        (int m, int k, int n) = (a.Shape[0], a.Shape[1], b.Shape[1]);
        foreach ((Tensor c, _) in ways) Assert.That(c.Shape.ToArray(), Is.EqualTo(new[] { m, n }));
        double[] x = a.ToArray(), y = b.ToArray();
        bool equal = !x.AsSpan().ContainsAnyExcept(x[0]) && !y.AsSpan().ContainsAnyExcept(y[0]);
        for (int i = 0; i < m; i += Math.Max(1, m / 3))
            for (int j = 0; j < n; j += Math.Max(1, n / 3))
            {
                ExactSum sum = default;
                if (equal) sum.AddProduct(x[0], y[0], times: k);
                else for (int l = 0; l < k; l++) sum.AddProduct(x[i * k + l], y[l * n + j]);
                foreach ((Tensor c, string what) in ways)
                {
                    double got = c.Item(i, j), error = Math.Abs(got - sum.Value) / sum.Magnitude;
                    if (!(error <= Bound(c.DType)))
                        Assert.Fail($"{what}: element ({i}, {j}) is {got:R}, exactly {sum.Value:R}; the error is {error:E2} of the magnitudes");
                }
            }
    }

    [Test]
    public void LongInnerSizes(
        [Values(1_000, 10_000, 100_000, 1_000_000)] int k, [Values] Kind kind, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        (int m, int n)[] sizes = k switch { 1_000_000 => [(3, 3)], 100_000 => [(1, 1), (7, 33)], _ => [(1, 5), (3, 3), (5, 1), (64, 70)] };
        foreach ((int m, int n) in sizes)
        {
            Tensor a = Data([m, k], kind, dtype, 1), b = Data([k, n], kind, dtype, 2), at = a.T, bt = b.T;
            string what = $"({m}, {k}) x ({k}, {n})";
            Expect(
                a, b, (a.MatMul(b), what), (at.MatMul(b, transposeThis: true), what + ", the left operand transposed"),
                (a.MatMul(bt, transposeOther: true), what + ", the right operand transposed"),
                (at.MatMul(bt, transposeThis: true, transposeOther: true), what + ", both operands transposed"),
                (a.Unsqueeze(0).Expand([2, m, k]).MatMul(b)[1], what + ", a batch"));
        }
    }

    [Test]
    public void VectorsAndMatricesByVectors([Values] Kind kind, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        const int k = 1_000_003;
        Tensor a = Data([k], kind, dtype, 1), b = Data([k], kind, dtype, 2), rows = Data([2, k], kind, dtype, 3);
        Expect(a.MatMul(b).Reshape([1, 1]), a.Reshape([1, k]), b.Reshape([k, 1]), "vector by vector");
        Expect(rows.MatMul(b).Reshape([2, 1]), rows, b.Reshape([k, 1]), "matrix by vector");
        Expect(a.MatMul(rows.T).Reshape([1, 2]), a.Reshape([1, k]), rows.T, "vector by matrix");
    }

    [Test]
    public void TheWeightAndBiasGradientsOfLinearOverAMillionRows([Values] Kind kind, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        const int rows = 1_000_000;
        Tensor x = Data([rows, 3], kind, dtype, 1), upstream = Data([rows, 2], kind, dtype, 2);
        var layer = new Linear(3, 2, dtype: dtype);
        using (var autograd = new Autograd())
            autograd.Backward(layer.Forward(x), upstream);
        Expect(layer.Weight.Grad!, upstream.T, x, "weight");
        Expect(layer.Bias!.Grad!.Reshape([2, 1]), upstream.T, Tensor.Ones([rows, 1], dtype), "bias");
    }

    [Test]
    public void TheBitsDoNotDependOnTheThreads([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Tensor a = Data([20_000, 40], Kind.Mixed, dtype, 1), b = Data([20_000, 70], Kind.Mixed, dtype, 2);
        double[]? first = null;
        foreach (int threads in new[] { 1, 2, 5 })
        {
            Parallelism.Threads = threads;
            double[] c = a.MatMul(b, transposeThis: true).ToArray();
            first ??= c;
            Assert.That(c, Is.EqualTo(first), $"{threads} threads");
        }
    }

    [Test]
    public void InfinitiesAndNaNAreAsIeeeSays([Values(DType.Float32, DType.Float64)] DType dtype, [Values(100, 5000, 50_000)] int k, [Values(1, 3, 40)] int n)
    {
        double Last(params (int Row, double Value)[] special)
        {
            double[] column = new double[k];
            Array.Fill(column, 1);
            foreach ((int row, double value) in special) column[row] = value;
            return Tensor.From(column, [1, k], dtype).MatMul(Tensor.Ones([k, n], dtype)).ToArray()[n - 1];
        }

        Assert.That(Last((1, double.PositiveInfinity)), Is.EqualTo(double.PositiveInfinity));
        Assert.That(Last((1, double.NegativeInfinity), (k - 1, double.NegativeInfinity)), Is.EqualTo(double.NegativeInfinity));
        Assert.That(Last((1, double.PositiveInfinity), (k - 1, double.NegativeInfinity)), Is.NaN);
        Assert.That(Last((k / 2, double.NaN)), Is.NaN);
    }
}
