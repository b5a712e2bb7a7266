namespace MyTorch.Tests.Accuracy;

/// <summary>
/// A number as the sum of two doubles, about 31 digits: what functions in Float64 are measured against. The errors of the operations are a
/// few units of 2⁻¹⁰⁴, those of the functions of 2⁻⁹⁵, which is nothing beside the 2⁻⁵³ of a double.
/// </summary>
public readonly partial record struct DoubleDouble(double High, double Low = 0)
{
    static readonly DoubleDouble s_ln2 = new(0.6931471805599453, 2.3190468138462996e-17);

    public static implicit operator DoubleDouble(double value) => new(value);

    public static DoubleDouble operator +(DoubleDouble a, DoubleDouble b)
    {
        DoubleDouble high = Sum(a.High, b.High), low = Sum(a.Low, b.Low);
        if (!double.IsFinite(high.High)) return new(high.High);
        high = Ordered(high.High, high.Low + low.High);
        return Ordered(high.High, high.Low + low.Low);
    }

    public static DoubleDouble operator -(DoubleDouble a) => new(-a.High, -a.Low);

    public static DoubleDouble operator -(DoubleDouble a, DoubleDouble b) => a + -b;

    public static DoubleDouble operator *(DoubleDouble a, DoubleDouble b)
    {
        double product = a.High * b.High;
        if (!double.IsFinite(product)) return new(product);
        return Ordered(product, Math.FusedMultiplyAdd(a.High, b.High, -product) + (a.High * b.Low + a.Low * b.High));
    }

    public static DoubleDouble operator /(DoubleDouble a, DoubleDouble b)
    {
        double first = a.High / b.High;
        if (!double.IsFinite(first) || double.IsInfinity(b.High)) return new(first);
        DoubleDouble rest = a - b * first;
        double second = rest.High / b.High;
        rest -= b * second;
        return Ordered(first, second) + rest.High / b.High;
    }

    public static bool operator <(DoubleDouble a, DoubleDouble b) => a.High < b.High || (a.High == b.High && a.Low < b.Low);

    public static bool operator >(DoubleDouble a, DoubleDouble b) => b < a;

    public static DoubleDouble Abs(DoubleDouble a) => double.IsNegative(a.High) ? -a : a;

    /// <summary>By one step of Newton from the double root, in double-double.</summary>
    public static DoubleDouble Sqrt(DoubleDouble a)
    {
        double root = Math.Sqrt(a.High);
        return root == 0 || !double.IsFinite(root) ? new(root) : root + (a - (DoubleDouble)root * root) / (2 * root);
    }

    /// <summary>
    /// a·2ⁿ. A result below 2⁻⁹⁶⁰ keeps fewer digits than the others, at worst half a unit of the last place of a denormal.
    /// </summary>
    public static DoubleDouble Scale(DoubleDouble a, int n) => new(Math.ScaleB(a.High, n), Math.ScaleB(a.Low, n));

    /// <summary>eˣ·2ⁿ, finite where eˣ alone is not.</summary>
    public static DoubleDouble Exp(DoubleDouble x, int n = 0)
    {
        if (double.IsNaN(x.High)) return x;
        if (x.High > 800) return new(double.PositiveInfinity);
        if (x.High < -800) return new(0);
        double k = Math.Round(x.High / s_ln2.High);
        return Scale(1 + SmallExpm1(x - s_ln2 * k), (int)k + n);
    }

    public static DoubleDouble Expm1(DoubleDouble x) => Math.Abs(x.High) < 0.35 ? SmallExpm1(x) : Exp(x) - 1;

    // Taylor's series for x/512, doubled nine times by e²ˣ − 1 = (eˣ − 1)(eˣ + 1): no step loses digits of a small x.
    static DoubleDouble SmallExpm1(DoubleDouble x)
    {
        // A tiny x would lose its second half in the division.
        if (Math.Abs(x.High) < 1e-200) return x;
        DoubleDouble r = Scale(x, -9), sum = r / 9;
        for (int n = 8; n >= 2; n--) sum = (1 + sum) * r / n;
        DoubleDouble result = (1 + sum) * r;
        for (int i = 0; i < 9; i++) result *= 2 + result;
        return result;
    }

    public static DoubleDouble Log(DoubleDouble x)
    {
        if (x.High is > 0.5 and < 2) return Log1p(x - 1);
        if (x.High == 0) return new(double.NegativeInfinity);
        if (!(x.High > 0) || double.IsInfinity(x.High)) return new(Math.Log(x.High));
        int exponent = Math.ILogB(x.High);
        return s_ln2 * exponent + Log1p(Scale(Scale(x, -exponent / 2), -exponent + exponent / 2) - 1);
    }

    /// <summary>One step of Newton, y + (1 + t)·e⁻ʸ − 1, where the difference is written so that a small t keeps its digits.</summary>
    public static DoubleDouble Log1p(DoubleDouble t)
    {
        if (t.High == -1 && t.Low == 0) return new(double.NegativeInfinity);
        if (!(t.High >= -1) || double.IsInfinity(t.High)) return new(t.High >= -1 ? t.High : double.NaN);
        if (Math.Abs(t.High) < 1e-200) return t;
        if (t.High > 1e15) return Log(1 + t);
        double u = 1 + t.High, y = u == 1 ? t.High : Math.Log(u) * (t.High / (u - 1));
        DoubleDouble e = Expm1(-y), z = e + t + t * e;
        return y + (z - z * z / 2);
    }

    /// <summary>The difference of this from a number, in units of the last place that the number's type has at this value.</summary>
    /// <param name="actual">The number; of Float32 where <paramref name="single"/> is set.</param>
    /// <param name="single">Whether the type is Float32, else Float64.</param>
    /// <param name="scale">
    /// A value whose unit counts where it is larger than the one at this value: the largest derivative, for rules that lose relative
    /// accuracy near 0.
    /// </param>
    public double Ulps(double actual, bool single, double scale = 0)
    {
        if (double.IsNaN(High) || double.IsNaN(actual)) return double.IsNaN(High) && double.IsNaN(actual) ? 0 : double.PositiveInfinity;
        double largest = single ? float.MaxValue : double.MaxValue, rounded = single ? (float)High : High;
        if (actual == rounded && (Low == 0 || double.IsInfinity(rounded))) return single && !double.IsInfinity(rounded) ? Math.Abs(actual - High) / Unit(High, single) : 0;
        // An exact result beyond the largest number may be rounded to it or to ∞, within the bound.
        if (double.IsInfinity(actual)) return Math.Sign(actual) == Math.Sign(High) ? Math.Max(0, largest - Math.Abs(High)) / Unit(largest, single) : double.PositiveInfinity;
        if (double.IsInfinity(High)) return Math.Sign(actual) == Math.Sign(High) ? (largest - Math.Abs(actual)) / Unit(largest, single) : double.PositiveInfinity;
        return Math.Abs(actual - High - Low) / Unit(Math.Max(Math.Abs(High), scale), single);
    }

    static double Unit(double value, bool single)
    {
        (double smallest, double largest, int bits) = single ? (1.1754943508222875e-38, float.MaxValue, 23) : (2.2250738585072014e-308, double.MaxValue, 52);
        return Math.ScaleB(1, Math.ILogB(Math.Clamp(Math.Abs(value), smallest, largest)) - bits);
    }

    // Knuth's sum: exact, whichever is larger.
    static DoubleDouble Sum(double a, double b)
    {
        double sum = a + b, part = sum - a;
        return new(sum, a - (sum - part) + (b - part));
    }

    // Dekker's sum: exact, where a is not the smaller.
    static DoubleDouble Ordered(double a, double b)
    {
        double sum = a + b;
        return new(sum, b - (sum - a));
    }
}
