using System.Numerics;

namespace MyTorch.Tests.Accuracy;

// Angles, and the normal distribution.
public readonly partial record struct DoubleDouble
{
    /// <summary>
    /// π·2¹⁴⁰⁰, by Machin's formula 16·arctan 1/5 − 4·arctan 1/239: enough digits to reduce the largest number of Float64.
    /// </summary>
    static readonly BigInteger s_pi = (16 * InverseTangent(5) - 4 * InverseTangent(239)) >> 64;

    public static DoubleDouble Pi { get; } = new(Math.PI, 1.2246467991473532e-16);

    // arctan(1/n)·2¹⁴⁶⁴
    static BigInteger InverseTangent(int n)
    {
        BigInteger power = (BigInteger.One << 1464) / n, sum = power;
        for (int k = 3; !power.IsZero; k += 2)
        {
            power = -power / (n * n);
            sum += power / k;
        }
        return sum;
    }

    public static DoubleDouble Sin(DoubleDouble x) => Turn(x.High, 0, x);

    public static DoubleDouble Cos(DoubleDouble x) => Turn(x.High, 1, x);

    // x = n·π/2 + r in whole numbers of 2⁻¹⁴⁰⁰, then Taylor's series of r.
    static DoubleDouble Turn(double x, int quarter, DoubleDouble exact)
    {
        if (!double.IsFinite(x)) return new(double.NaN);
        if (Math.Abs(x) < 1e-150) return quarter == 1 ? new(1) : exact;
        int exponent = Math.ILogB(x) - 52;
        var mantissa = new BigInteger(Math.ScaleB(x, -exponent));
        int shift = exponent + 1400;
        BigInteger whole = (shift >= 0 ? mantissa << shift : mantissa >> -shift) + Fixed(exact.Low);
        BigInteger half = s_pi >> 1, n = BigInteger.Divide(2 * whole + half * whole.Sign, 2 * half), rest = whole - n * half;
        DoubleDouble r = FromFixed(rest), z = r * r;
        bool isCosine = ((int)(((n + quarter) % 4) + 4) & 1) == 1, isNegative = ((int)(((n + quarter) % 4) + 4) & 2) == 2;
        DoubleDouble term = isCosine ? new(1) : r, sum = term;
        for (int k = isCosine ? 1 : 2; k < 34; k += 2)
        {
            term = -(term * z) / (k * (k + 1));
            sum += term;
        }
        return isNegative ? -sum : sum;
    }

    static BigInteger Fixed(double x)
    {
        if (x == 0) return BigInteger.Zero;
        int exponent = Math.ILogB(x) - 52, shift = exponent + 1400;
        var mantissa = new BigInteger(Math.ScaleB(x, -exponent));
        return shift >= 0 ? mantissa << shift : mantissa >> -shift;
    }

    static DoubleDouble FromFixed(BigInteger x)
    {
        int bits = (int)BigInteger.Abs(x).GetBitLength(), drop = Math.Max(0, bits - 160);
        BigInteger top = x >> drop;
        double high = (double)top;
        double low = (double)(top - new BigInteger(high));
        // In two steps: the power alone may be too small.
        int n = drop - 1400;
        return Scale(Scale(new DoubleDouble(high) + low, n / 2), n - n / 2);
    }

    /// <summary>One step of Newton from the double value, with the sine and the cosine of that.</summary>
    public static DoubleDouble Atan(DoubleDouble x)
    {
        if (double.IsNaN(x.High) || Math.Abs(x.High) < 1e-150) return x;
        if (Math.Abs(x.High) > 1e30) return x.High > 0 ? Scale(Pi, -1) - 1 / x : -Scale(Pi, -1) - 1 / x;
        double y = Math.Atan(x.High);
        DoubleDouble sine = Sin(y), cosine = Cos(y), d = (x * cosine - sine) / (cosine + x * sine);
        return y + d;
    }

    public static DoubleDouble Erf(DoubleDouble x)
    {
        if (double.IsNaN(x.High)) return x;
        if (Math.Abs(x.High) > 2.5) return x.High > 0 ? 1 - Erfc(x) : Erfc(-x) - 1;
        // 2/√π·e^(−x²)·Σ 2ⁿx^(2n+1)/(1·3·…·(2n+1)): every term has the sign of x.
        DoubleDouble term = x, sum = x, square = x * x;
        for (int n = 1; n < 90; n++)
        {
            term = term * square * 2 / (2 * n + 1);
            sum += term;
        }
        return 2 / Sqrt(Pi) * Exp(-square) * sum;
    }

    /// <summary>
    /// (1 − erf x)·2ⁿ with all its digits: far out e^(−x²)/√π times the continued fraction 1/(x + ½/(x + 1/(x + 1½/(x + …)))).
    /// </summary>
    public static DoubleDouble Erfc(DoubleDouble x, int n = 0)
    {
        if (double.IsNaN(x.High)) return x;
        if (x.High < 2.5) return Scale(1 - Erf(x), n);
        if (x.High > 40) return new(0);
        DoubleDouble fraction = x;
        for (int k = 160; k >= 1; k--) fraction = x + new DoubleDouble(0.5 * k) / fraction;
        return Exp(-(x * x), n) / (Sqrt(Pi) * fraction);
    }
}
