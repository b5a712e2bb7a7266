using MyTorch.Kernels;
using MyTorch.Operations;

namespace MyTorch.Tests.Accuracy;

/// <summary>
/// Every element-wise function in both types: its error in units of the last place over the whole range, value and derivative, and that its
/// value depends neither on the length of the tensor nor on the processor's vectors.
/// </summary>
[NonParallelizable]
public sealed class AccuracyTests
{
    static IEnumerable<TestCaseData> Rows() =>
        from row in AccuracyTable.Rows
        from single in new[] { true, false }
        select new TestCaseData(row, single).SetArgDisplayNames(row.Name, single ? "Float32" : "Float64");

    static IEnumerable<Type> Library() => typeof(Operation).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(PointwiseOperation)) && !type.IsAbstract);

    [TestCaseSource(nameof(Library))]
    public void IsInTheTable(Type operation) =>
        Assert.That(AccuracyTable.Rows.Any(row => row.Make(Tensor.Ones([1])).GetType() == operation), Is.True,
            $"{operation.Name}: add it to AccuracyTable.Rows, and run the accuracy command of samples/Benchmarks for MyTorch/Docs/accuracy.md");

    [TestCaseSource(nameof(Rows))]
    public void IsWithinFourUnitsOfTheLastPlace(AccuracyRow row, bool single)
    {
        (Worst value, Worst slope) = AccuracyMeasure.Measure(row, AccuracyMeasure.Samples(single, row.Points ?? []), single);
        Assert.Multiple(() =>
        {
            Assert.That(value.Ulps, Is.LessThanOrEqualTo(AccuracyTable.Bound), $"the value: {value}");
            Assert.That(slope.Ulps, Is.LessThanOrEqualTo(AccuracyTable.Bound), $"the derivative: {slope}");
        });
    }

    [TestCaseSource(nameof(Rows))]
    public void HasTheSameBitsOnEveryPathAndAtEveryLength(AccuracyRow row, bool single)
    {
        double[] x = AccuracyMeasure.Samples(single, row.Points ?? []);
        (double[] values, double[] slopes) = AccuracyMeasure.Run(row, x, single);
        foreach (VectorWidth width in VectorPath.Available)
        {
            (double[] onPath, double[] slopesOnPath) = AccuracyMeasure.On(width, () => AccuracyMeasure.Run(row, x, single));
            Same(x, values, onPath, $"{width}");
            Same(x, slopes, slopesOnPath, $"the derivative, {width}");
            for (int length = 1; length <= 67; length++)
            {
                // Each length begins at another sample, so that special and ordinary numbers occur in every lane of a vector.
                int start = length * 53;
                (onPath, slopesOnPath) = AccuracyMeasure.On(width, () => AccuracyMeasure.Run(row, x[start..(start + length)], single));
                Same(x[start..(start + length)], values[start..(start + length)], onPath, $"{width}, {length} numbers");
                Same(x[start..(start + length)], slopes[start..(start + length)], slopesOnPath, $"the derivative, {width}, {length} numbers");
            }
        }
    }

    static void Same(double[] x, double[] expected, double[] actual, string where)
    {
        for (int i = 0; i < x.Length; i++)
            if (AccuracyMeasure.Bits(actual[i]) != AccuracyMeasure.Bits(expected[i]))
                Assert.Fail(FormattableString.Invariant($"{where}: at {x[i]:R} it is {actual[i]:R}, else {expected[i]:R}"));
    }

    [Test]
    public void SignsOfZeroAndExactValuesAreKept([Values(1, 3, 16, 33)] int length, [Values] bool single)
    {
        DType dtype = single ? DType.Float32 : DType.Float64;
        Assert.Multiple(() =>
        {
            Assert.That(Of(x => x.Exp(), 0), Is.EqualTo(1));
            Assert.That(Of(x => x.Cosh(), 0), Is.EqualTo(1));
            Assert.That(Of(x => x.Sigmoid(), 0), Is.EqualTo(0.5));
            Assert.That(Of(x => x.Log(), 1), Is.EqualTo(0));
            foreach (double zero in new[] { 0, -0.0 })
                foreach (Func<Tensor, Tensor> f in new Func<Tensor, Tensor>[] { x => x.Tanh(), x => x.Expm1(), x => x.Log1p(), x => x.Sinh(), x => x.ELU(), x => x.Sqrt() })
                    Assert.That(BitConverter.DoubleToInt64Bits(Of(f, zero)), Is.EqualTo(BitConverter.DoubleToInt64Bits(zero)));
            // The value of an element must not depend on the length of the tensor.
            Assert.That(Of(x => x.Tanh(), 1e-5), Is.EqualTo(single ? 1e-5f : Math.Tanh(1e-5)).Within(1).Ulps);
        });

        double Of(Func<Tensor, Tensor> f, double at)
        {
            double[] y = f(Tensor.Full([length], at, dtype)).To(DType.Float64).ToArray();
            Assert.That(y.Distinct().Count(), Is.EqualTo(1));
            return y[^1];
        }
    }

    /// <summary>The reference itself, at values known to more digits than a double holds.</summary>
    [Test]
    public void TheReferenceIsRightBeyondDouble()
    {
        // e = 2.718281828459045090795598… as a double, plus the rest of e; likewise ln 3, e¹⁰⁰ and ln(1 + 10⁻⁵).
        Near(DoubleDouble.Exp(1), 2.718281828459045, 1.4456468917292502e-16);
        Near(DoubleDouble.Log(3), 1.0986122886681098, -9.07129723500153e-17);
        Near(DoubleDouble.Log(DoubleDouble.Exp(100)), 100, 0);
        Near(DoubleDouble.Expm1(DoubleDouble.Log1p(1e-5)), 1e-5, 0);
        Near(DoubleDouble.Log1p(DoubleDouble.Expm1(-1e-9)), -1e-9, 0);
        Near(DoubleDouble.Sqrt(2) * DoubleDouble.Sqrt(2), 2, 0);

        static void Near(DoubleDouble x, double high, double low)
        {
            DoubleDouble difference = x - new DoubleDouble(high, low);
            Assert.That(Math.Abs(difference.High / high), Is.LessThan(1e-29));
        }
    }
}
