using System.Text;

namespace MyTorch.Export;

/// <summary>
/// The functions of an exported model as C# source. They are the library's kernels for one number at a time, with the same steps and
/// roundings, so that an exported model gives the library's bits: Kernels/Exponentials.cs, Gates.cs and MatrixProduct.cs explain them.
/// </summary>
/// <remarks>‹a|b› stands for a in a Float32 model and for b in a Float64 model.</remarks>
static class CSharpFunctions
{
    static readonly (string Name, string[] Uses, string Code)[] s_all =
    [
        ("Numbers", ["Decoded"], """
            static Real[] Numbers(ReadOnlySpan<byte> base64)
            {
                byte[] bytes = Decoded(base64);
                Real[] numbers = new Real[bytes.Length / sizeof(Real)];
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = BinaryPrimitives.‹ReadSingleLittleEndian|ReadDoubleLittleEndian›(bytes.AsSpan(i * sizeof(Real)));
                return numbers;
            }
            """),
        ("Decoded", [], """
            static byte[] Decoded(ReadOnlySpan<byte> base64)
            {
                byte[] bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
                Base64.DecodeFromUtf8(base64, bytes, out _, out int count);
                return bytes[..count];
            }
            """),
        ("Doubles", ["Decoded"], """
            static double[] Doubles(ReadOnlySpan<byte> base64)
            {
                byte[] bytes = Decoded(base64);
                double[] numbers = new double[bytes.Length / 8];
                for (int i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(i * 8));
                return numbers;
            }
            """),
        ("Each", [], """
            static Real[] Each(Real[] x, Func<Real, Real> function)
            {
                for (int i = 0; i < x.Length; i++) x[i] = function(x[i]);
                return x;
            }
            """),
        ("Plus", [], """
            static Real[] Plus(Real[] x, Real[] y)
            {
                for (int i = 0; i < x.Length; i++) x[i] += y[i];
                return x;
            }
            """),
        ("Linear", [], """
            // Chains of 32 fused multiply-adds, equal blocks of at most ‹448|224› terms; with many blocks their rounding errors are kept.
            static Real[] Linear(Real[] x, Real[] weight, Real[]? bias, int outputs)
            {
                Real[] y = new Real[outputs];
                int blocks = Math.Max(1, (x.Length + ‹447|223›) / ‹448|224›), depth = ((x.Length + blocks - 1) / blocks + 31) / 32 * 32;
                for (int o = 0; o < outputs; o++)
                {
                    Real total = 0, rest = 0;
                    for (int block = 0; block < x.Length; block += depth)
                    {
                        int blockEnd = Math.Min(block + depth, x.Length);
                        Real sum = 0;
                        for (int k = block; k < blockEnd;)
                        {
                            Real chain = 0;
                            for (int end = Math.Min(k + 32, blockEnd); k < end; k++) chain = Real.FusedMultiplyAdd(x[k], weight[o * x.Length + k], chain);
                            sum += chain;
                        }
                        if (block == 0) total = sum;
                        else if (x.Length <= 3072) total += sum;
                        else
                        {
                            Real before = total, added = sum + rest;
                            total = before + added;
                            Real part = total - before;
                            rest = before - (total - part) + (added - part);
                            if (Real.IsNaN(rest)) rest = 0;
                        }
                    }
                    total += rest;
                    y[o] = bias is null ? total : total + bias[o];
                }
                return y;
            }
            """),
        ("BatchNorm", [], """
            static Real[] BatchNorm(Real[] x, Real[] mean, Real[] variance, Real epsilon, Real[]? weight, Real[]? bias)
            {
                for (int i = 0; i < x.Length; i++)
                {
                    x[i] = (x[i] - mean[i]) / Real.Sqrt(variance[i] + epsilon);
                    if (weight is not null) x[i] = x[i] * weight[i] + bias![i];
                }
                return x;
            }
            """),
        ("LayerNorm", ["Sum"], """
            static Real[] LayerNorm(Real[] x, Real epsilon, Real[]? weight, Real[]? bias)
            {
                double mean = MeanOf(x, out double rest);
                Real variance = VarianceOf(x);
                Real spread = Real.Sqrt(variance + epsilon);
                if (!Real.IsFinite(variance))
                {
                    // The squares of large numbers overflow; those of the numbers times a power of two do not.
                    Real c = Real.ScaleB(1, ‹-66|-515›);
                    Real[] small = (Real[])x.Clone();
                    for (int i = 0; i < small.Length; i++) small[i] *= c;
                    spread = Real.Sqrt(VarianceOf(small)) / c;
                }
                for (int i = 0; i < x.Length; i++)
                {
                    x[i] = (Real)(x[i] - mean - rest) / spread;
                    if (weight is not null) x[i] = x[i] * weight[i] + bias![i];
                }
                return x;
            }

            static double MeanOf(Real[] x, out double rest)
            {
                double sum = Sum(x, out rest), mean = sum / x.Length;
                rest = ‹0|double.IsFinite(sum) ? (double.FusedMultiplyAdd(-mean, x.Length, sum) + rest) / x.Length : 0›;
                return mean;
            }

            static Real VarianceOf(Real[] x)
            {
                double mean = MeanOf(x, out double rest);
                double[] squares = new double[x.Length];
                for (int i = 0; i < x.Length; i++)
                {
                    double distance = x[i] - mean - rest;
                    squares[i] = distance * distance;
                }
            ‹    double sum = 0;
                foreach (double square in squares) sum += square;
                return (Real)(sum / x.Length);|    return MeanOf(squares, out rest) + rest;›
            }
            """),
        ("Sum", [], """
            static double Sum(Real[] x, out double rest)
            {
                double sum = 0;
                rest = 0;
                foreach (Real value in x)
                {
                    double next = sum + value;
            ‹|        double part = next - sum;
                    if (x.Length >= 8) rest += sum - (next - part) + (value - part);
            ›        sum = next;
                }
                return sum;
            }
            """),
        ("Softmax", ["ShiftedExp", "Sum"], """
            static Real[] Softmax(Real[] x)
            {
                Real largest = x[0];
                foreach (Real value in x) largest = Real.Max(largest, value);
                Real[] y = new Real[x.Length];
                for (int i = 0; i < x.Length; i++) y[i] = ShiftedExp(x[i], largest);
                Real sum = (Real)(Sum(y, out double rest) + rest);
                for (int i = 0; i < y.Length; i++) y[i] /= sum;
                return y;
            }
            """),
        ("LogSoftmax", ["ShiftedExp", "Sum", "Log1p"], """
            static Real[] LogSoftmax(Real[] x)
            {
                int index = IndexOfLargest(x);
                Real largest = x[index];
                Real[] powers = new Real[x.Length];
                for (int i = 0; i < x.Length; i++) powers[i] = i == index ? 0 : ShiftedExp(x[i], largest);
                Real log = Real.IsFinite(largest) ? Log1p((Real)(Sum(powers, out double rest) + rest)) : Real.NaN;
                for (int i = 0; i < x.Length; i++) x[i] = x[i] - largest - log;
                return x;
            }
            """),
        ("ShiftedExp", ["Exp"], """
            // e^(x − shift) with the rounding error of the difference.
            static Real ShiftedExp(Real x, Real shift)
            {
                Real d = x - shift, taken = x - d, left = d + taken, low = x - left + (taken - shift);
                return Exp(d, low);
            }
            """),
        ("ReLU", [], "static Real ReLU(Real x) => Real.Max(x, 0);"),
        ("LeakyReLU", [], "static Real LeakyReLU(Real x, Real slope) => slope != 0 ? x > 0 ? x : slope * x : x <= 0 ? 0 : x;"),
        ("ELU", ["Expm1"], "static Real ELU(Real x, Real alpha) => 0 < x ? x : alpha * Expm1(x);"),
        ("Sigmoid", ["Exp"], """
            static Real Sigmoid(Real x)
            {
                Real e = Exp(-Real.Abs(x), 0);
                return (x < 0 ? e : 1) / (e + 1);
            }
            """),
        ("Tanh", ["MinusOneOver"], """
            static Real Tanh(Real x)
            {
                Real size = Real.Abs(x), t = MinusOneOver(Least(‹20|40›, size + size), 0);
                return Real.CopySign(t / (t + 2), x);
            }
            """),
        ("Softplus", ["Exp", "Scaled", "LogOnePlus"], """
            static Real Softplus(Real x, double beta, Real threshold)
            {
                Real scaled = Scaled(x, beta, out Real low);
                if (threshold < scaled) return x;
                // A sign of scaled that is + changes that of its rounding error: the exponent is −|scaled|.
                Real z = Exp(-Real.Abs(scaled), Real.IsNegative(scaled) ? low : -low);
                bool large = (Real)0.41421356 < z;
                Real tail = LogOnePlus(large ? Real.FusedMultiplyAdd(z, (Real)0.5, (Real)(-0.5)) : z, large ? 1 : 0);
                return (Most(0, scaled) + tail) / (Real)beta;
            }
            """),
        ("Swish", ["Scaled", "Gate"], """
            static Real Swish(Real x, double beta)
            {
                if (beta == 0) return x * (Real)0.5;
                Real s = Scaled(x, beta, out Real low);
                return Gate(x, s, low);
            }
            """),
        ("GELU", ["Parts", "Scale"], """
            static Real GELU(Real x)
            {
                Real a = Least(‹15|40›, Real.Abs(x)), square = a * a, lost = Real.FusedMultiplyAdd(a, a, -square);
                Real m = Parts(square * (Real)(-0.5), lost * (Real)(-0.5), out Real n);
                Real tail = Tail(a) * a;
                tail = Scale(Real.FusedMultiplyAdd(tail, m, tail), n);
                return Real.CopySign(Most(0, x) - tail, x);
            }

            static Real Tail(Real a)
            {
            ‹    return Polynomial(a, s_tail) / Polynomial(a, s_denominator);|    Real s = a + 4, part = s - a, lost = a - (s - part) + (4 - part), r = 1 / s;
                Real left = Real.FusedMultiplyAdd(-lost, r, Real.FusedMultiplyAdd(-s, r, 1));
                r = Real.FusedMultiplyAdd(r, left, r);
                return Polynomial(Real.FusedMultiplyAdd(-8, r, 1), s_tail) * r;›
            }

            static Real Polynomial(Real x, Real[] coefficients)
            {
                Real p = coefficients[0];
                for (int i = 1; i < coefficients.Length; i++) p = Real.FusedMultiplyAdd(p, x, coefficients[i]);
                return p;
            }

            static readonly Real[] s_tail =
            [
            ‹    4.12214873e-3f, 4.06894088e-2f, 0.183425933f, 0.438590169f, 0.5f,
            ];

            static readonly Real[] s_denominator =
            [
                1.03325807e-2f, 0.101999454f, 0.469966799f, 1.2033565f, 1.67506516f, 1,|    1.3684847248834493e-11, -7.3987681846064287e-10, -2.6158477707101615e-09, 1.9991699190863355e-09, 1.9915636680352491e-08,
                1.3098894001822614e-08, -8.5933338062694984e-08, -1.5474787116331066e-07, 2.7237519902865095e-07, 1.0213980567374288e-06,
                -6.3009566562209843e-07, -5.9201018444776459e-06, 7.1684976346189252e-07, 3.5144664671169938e-05, -1.9083138553226691e-06,
                -0.00023109493098633758, 0.00013334432314042629, 0.0016308184570633869, -0.0034796923686620483, -0.007540188966686602,
                0.060396574891019676, -0.18652185795965889, 0.38713740074221203, -0.60789664197189208, 0.75528513041575152,›
            ];
            """),
        ("GELUTanh", ["Gate"], """
            static Real GELUTanh(Real x)
            {
                Real near = Most(-30, Least(30, x)), square = near * near, squareLow = Real.FusedMultiplyAdd(near, near, -square);
                Real gamma = ‹7.13548139e-2f|7.1354816272600249e-2›, gammaLow = ‹2.39883247e-9f|-6.175149918155315e-19›;
                Real alpha = ‹1.59576917f|1.5957691216057308›, alphaLow = ‹-4.53406805e-8f|-9.9693088091109202e-17›;
                Real cubic = gamma * square, cubicLow = Real.FusedMultiplyAdd(gamma, square, -cubic);
                cubicLow = Real.FusedMultiplyAdd(gamma, squareLow, Real.FusedMultiplyAdd(gammaLow, square, cubicLow));
                Real factor = alpha + cubic, part = factor - alpha, lost = alpha - (factor - part) + (cubic - part);
                Real s = near * factor, low = Real.FusedMultiplyAdd(near, lost + (alphaLow + cubicLow), Real.FusedMultiplyAdd(near, factor, -s));
                return Gate(x, s, low);
            }
            """),
        ("Gate", ["Parts", "Scale"], """
            // x·σ(s), where s comes with its rounding error.
            static Real Gate(Real x, Real s, Real low)
            {
                Real farthest = ‹170|1400›;
                if (farthest <= Real.Abs(s)) low = 0;
                Real m = Parts(-Least(farthest, Real.Abs(s)), Real.IsNegative(s) ? low : -low, out Real n);
                Real denominator = 1 + Scale(m + 1, n);
                x = Real.CopySign(s <= -farthest ? 0 : Real.Abs(x), x);
                return s < 0 ? Scale(Real.FusedMultiplyAdd(x, m, x) / denominator, n) : x / denominator;
            }
            """),
        ("Scaled", [], """
            // βx and its rounding error.
            static Real Scaled(Real x, double beta, out Real low)
            {
                Real b = (Real)beta, s = x * b;
                low = Real.FusedMultiplyAdd(x, (Real)(beta - b), Real.FusedMultiplyAdd(x, b, -s));
                return s;
            }
            """),
        ("Exp", ["Power", "Scale"], """
            // e^(x + low), with low small compared with x.
            static Real Exp(Real x, Real low)
            {
                Real shifted, r;
                if (Real.Abs(x) <= ‹87|708›)
                {
                    r = Reduce(x, out _, out shifted);
                    return FromBits(unchecked(ToBits(Power(r + low)) + (ToBits(shifted) << Mantissa)));
                }
                Real lowest = ‹-104|-746›;
                if (x < lowest) low = 0;
                r = Reduce(Least(‹89|710›, Most(lowest, x)), out Real n, out _);
                return Scale(Power(r + low), n);
            }
            """),
        ("Power", ["Reduce"], """
            // eʳ for small r.
            static Real Power(Real r)
            {
                Real p = s_power[0];
                for (int i = 1; i < s_power.Length; i++) p = Real.FusedMultiplyAdd(p, r, s_power[i]);
                return p;
            }

            static readonly Real[] s_power =
            [
            ‹    1.38142356e-3f, 8.36889818e-3f, 4.16684039e-2f, 0.166665196f, 0.49999994f, 1, 1,|    2.4999735381654174e-8, 2.7630621132895703e-7, 2.755758931658098e-6, 2.480149213562598e-5, 1.9841269501179667e-4,
                1.3888888944469518e-3, 8.333333333497894e-3, 4.166666666652737e-2, 0.16666666666666405, 0.5000000000000011, 1, 1,›
            ];
            """),
        ("Parts", ["MinusOne"], """
            // e^(x + low) = (1 + m)·2ⁿ
            static Real Parts(Real x, Real low, out Real n) => MinusOne(Reduce(x, out n, out _) + low);
            """),
        ("Expm1", ["MinusOneOver"], """
            static Real Expm1(Real x)
            {
                Real half = MinusOneOver(Least(‹89|710›, Most(‹-18|-38›, x)), 1);
                return Real.Abs(x) < (Real)‹2.9802322387695312e-8|5.5511151231257827e-17› ? x : half + half;
            }
            """),
        ("MinusOneOver", ["MinusOne"], """
            // (eˣ − 1)/2ᵈ for d = 0 or 1.
            static Real MinusOneOver(Real x, int d)
            {
                Real r = Reduce(x, out _, out Real shifted);
                Real power = FromBits(unchecked(ToBits(shifted) - (ToBits(Shifter) - Bias + d) << Mantissa));
                return Real.FusedMultiplyAdd(power, MinusOne(r), power - (d == 0 ? 1 : (Real)0.5));
            }
            """),
        ("Reduce", ["Bits"], """
            // x = n·ln 2 + r
            static Real Reduce(Real x, out Real n, out Real shifted)
            {
                shifted = Real.FusedMultiplyAdd(x, (Real)1.4426950408889634, Shifter);
                n = shifted - Shifter;
                Real r = Real.FusedMultiplyAdd(n, ‹-0.693147182f|-0.69314718055994529›, x);
                return Real.FusedMultiplyAdd(n, ‹1.90465421e-9f|-2.3190468138462996e-17›, r);
            }
            """),
        ("MinusOne", ["Reduce"], """
            // eʳ − 1 for small r.
            static Real MinusOne(Real r)
            {
                Real q = s_powers[0];
                for (int i = 1; i < s_powers.Length; i++) q = Real.FusedMultiplyAdd(q, r, s_powers[i]);
                return Real.FusedMultiplyAdd(r * r, q, r);
            }

            static readonly Real[] s_powers =
            [
            ‹    1.99142523e-4f, 1.39409013e-3f, 8.33327323e-3f, 4.16663587e-2f, 0.166666672f, 0.5f,|    2.0924520345663442e-9, 2.5109129171276681e-8, 2.7557242602635234e-7, 2.7557244053056803e-6, 2.4801587360588771e-5,
                1.9841269886155456e-4, 1.3888888888866936e-3, 8.3333333333216793e-3, 4.1666666666666699e-2, 0.16666666666666677, 0.5,›
            ];
            """),
        ("LogOnePlus", [], """
            // k·ln 2 + ln(1 + f)
            static Real LogOnePlus(Real f, Real k)
            {
                Real s = f / (f + 2), z = s * s, p = s_logarithm[0];
                for (int i = 1; i < s_logarithm.Length; i++) p = Real.FusedMultiplyAdd(p, z, s_logarithm[i]);
                Real half = f * f * (Real)0.5, low = k * ‹-1.90465421e-9f|2.3190468138462996e-17›;
                Real ln = f - (half - Real.FusedMultiplyAdd(s, Real.FusedMultiplyAdd(z, p, half), low));
                return Real.FusedMultiplyAdd(k, ‹0.693147182f|0.69314718055994529›, ln);
            }

            static readonly Real[] s_logarithm =
            [
            ‹    0.29859966f, 0.399781972f, 0.6666677f,|    0.14771958563369386, 0.15316807628278373, 0.18183439925468714, 0.22222201358211144, 0.28571428710373986, 0.39999999999588554,
                0.66666666666667018,›
            ];
            """),
        ("Log1p", ["LogOnePlus", "Bits"], """
            // ln(1 + x) for x from 0 to 2³⁰.
            static Real Log1p(Real x)
            {
                Bits field = unchecked(ToBits(x + 1) + ‹0x3F800000 - 0x3F3504F3|0x3FF0000000000000 - 0x3FE6A09E667F3BCD›) >>> Mantissa;
                Real power = FromBits(unchecked(2 * Bias - field << Mantissa));
                return LogOnePlus(Real.FusedMultiplyAdd(x, power, power - 1), field - Bias);
            }
            """),
        ("Scale", ["Bits"], """
            // a·2ⁿ, rounded once.
            static Real Scale(Real a, Real n)
            {
                Bits both = unchecked(ToBits(n + Shifter) - ToBits(Shifter) + 2 * Bias), half = both >>> 1;
                return a * FromBits(half << Mantissa) * FromBits(unchecked(both - half) << Mantissa);
            }
            """),
        ("Bits", [], """
            const Real Shifter = ‹12582912f|6755399441055744.0›;
            const Bits Bias = ‹127|1023›;
            const int Mantissa = ‹23|52›;

            static Bits ToBits(Real x) => BitConverter.‹SingleToInt32Bits|DoubleToInt64Bits›(x);

            static Real FromBits(Bits x) => BitConverter.‹Int32BitsToSingle|Int64BitsToDouble›(x);

            static Real Least(Real a, Real b) => a < b ? a : b;

            static Real Most(Real a, Real b) => a > b ? a : b;
            """),
    ];

    /// <summary>The source of these functions and of those that they use, in a fixed order.</summary>
    internal static string Source(IEnumerable<string> names, bool isSingle)
    {
        var wanted = new HashSet<string>();
        foreach (string name in names) Want(name);
        var text = new StringBuilder();
        foreach (var (name, _, code) in s_all)
            if (wanted.Contains(name)) text.Append(text.Length > 0 ? "\n\n" : "").Append(Chosen(code, isSingle));
        return text.ToString();

        void Want(string name)
        {
            if (!wanted.Add(name)) return;
            foreach (string used in s_all.Single(function => function.Name == name).Uses) Want(used);
        }
    }

    static string Chosen(string code, bool isSingle)
    {
        var text = new StringBuilder();
        foreach (string piece in code.ReplaceLineEndings("\n").Split('‹'))
        {
            int end = piece.IndexOf('›', StringComparison.Ordinal);
            if (end < 0)
            {
                text.Append(piece);
                continue;
            }
            string[] choices = piece[..end].Split('|');
            text.Append(choices[isSingle ? 0 : 1]).Append(piece.AsSpan(end + 1));
        }
        return text.ToString();
    }
}
