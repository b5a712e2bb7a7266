using MyTorch.Operations;

namespace MyTorch;

// Comparisons, masks and Where. Bool results have no gradient.
public partial class Tensor
{
    /// <summary>Whether a &lt; b, element by element, with broadcasting.</summary>
    public static Tensor operator <(Tensor a, Tensor b) => ElementwiseDispatch.Compare(a, b, "<", Comparison.Less);

    /// <summary>Whether a &gt; b, element by element, with broadcasting.</summary>
    public static Tensor operator >(Tensor a, Tensor b) => ElementwiseDispatch.Compare(a, b, ">", Comparison.Greater);

    /// <summary>Whether a ≤ b, element by element, with broadcasting.</summary>
    public static Tensor operator <=(Tensor a, Tensor b) => ElementwiseDispatch.Compare(a, b, "<=", Comparison.LessOrEqual);

    /// <summary>Whether a ≥ b, element by element, with broadcasting.</summary>
    public static Tensor operator >=(Tensor a, Tensor b) => ElementwiseDispatch.Compare(a, b, ">=", Comparison.GreaterOrEqual);

    /// <summary>Whether a &lt; b for a number.</summary>
    public static Tensor operator <(Tensor a, double b) => Compare(a, b, "<", Comparison.Less);

    /// <summary>Whether a &gt; b for a number.</summary>
    public static Tensor operator >(Tensor a, double b) => Compare(a, b, ">", Comparison.Greater);

    /// <summary>Whether a ≤ b for a number.</summary>
    public static Tensor operator <=(Tensor a, double b) => Compare(a, b, "<=", Comparison.LessOrEqual);

    /// <summary>Whether a ≥ b for a number.</summary>
    public static Tensor operator >=(Tensor a, double b) => Compare(a, b, ">=", Comparison.GreaterOrEqual);

    /// <summary>Whether a &lt; b for an integer, exactly.</summary>
    public static Tensor operator <(Tensor a, long b) => Compare(a, b, "<", Comparison.Less);

    /// <summary>Whether a &gt; b for an integer, exactly.</summary>
    public static Tensor operator >(Tensor a, long b) => Compare(a, b, ">", Comparison.Greater);

    /// <summary>Whether a ≤ b for an integer, exactly.</summary>
    public static Tensor operator <=(Tensor a, long b) => Compare(a, b, "<=", Comparison.LessOrEqual);

    /// <summary>Whether a ≥ b for an integer, exactly.</summary>
    public static Tensor operator >=(Tensor a, long b) => Compare(a, b, ">=", Comparison.GreaterOrEqual);

    /// <summary>Whether elements are equal, with broadcasting. (<c>==</c> compares references, not elements.)</summary>
    public Tensor EqualTo(Tensor other) => ElementwiseDispatch.Compare(this, other, nameof(EqualTo), Comparison.Equal);

    /// <summary>Whether elements equal a number.</summary>
    public Tensor EqualTo(double value) => Compare(this, value, nameof(EqualTo), Comparison.Equal);

    /// <summary>Whether elements equal an integer, exactly.</summary>
    /// <exception cref="ArgumentException">The elements are floating point and Float64 cannot represent the integer.</exception>
    public Tensor EqualTo(long value) => Compare(this, value, nameof(EqualTo), Comparison.Equal);

    /// <summary>Whether elements differ, with broadcasting.</summary>
    public Tensor NotEqualTo(Tensor other) => ElementwiseDispatch.Compare(this, other, nameof(NotEqualTo), Comparison.NotEqual);

    /// <summary>Whether elements differ from a number.</summary>
    public Tensor NotEqualTo(double value) => Compare(this, value, nameof(NotEqualTo), Comparison.NotEqual);

    /// <summary>Whether elements differ from an integer, exactly.</summary>
    /// <exception cref="ArgumentException">The elements are floating point and Float64 cannot represent the integer.</exception>
    public Tensor NotEqualTo(long value) => Compare(this, value, nameof(NotEqualTo), Comparison.NotEqual);

    static Tensor Compare(Tensor a, double b, string operation, Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(a);
        if (!a.DType.IsFloat())
        {
            if (Math.Truncate(b) == b && FitsInt64(b)) return Compare(a, (long)b, operation, comparison);
            // A double with a fraction is below 2^53, where Float64 represents every integer exactly. A number outside Int64, or NaN,
            // compares with every integer as it does with 0.
            a = FitsInt64(b) ? a.To(DType.Float64) : ZerosLike(a).To(DType.Float64);
        }
        return ElementwiseDispatch.Compare(a, Full(Shape.Create([]), b, a.DType), operation, comparison);
    }

    static Tensor Compare(Tensor a, long b, string operation, Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(a);
        if (!a.DType.IsFloat())
            return ElementwiseDispatch.Compare(a.To(DType.Int64), Full(Shape.Create([]), b, DType.Int64), operation, comparison);
        if (!IsExactDouble(b))
            throw new ArgumentException(FormattableString.Invariant(
                $"{operation}: {a.DType} cannot represent the integer {b} exactly; compare with a double, or compare Int64 elements."),
                nameof(b));
        return Compare(a, (double)b, operation, comparison);
    }

    const double TwoTo63 = 9223372036854775808;

    static bool FitsInt64(double value) => value is >= -TwoTo63 and < TwoTo63;

    static bool IsExactDouble(long value) => FitsInt64(value) && (long)(double)value == value;

    /// <summary>Whether elements are NaN; always false for Int64 and Bool.</summary>
    public Tensor IsNaN() => NotEqualTo(this);

    /// <summary>Whether elements are ∞ or −∞.</summary>
    public Tensor IsInfinity() => EqualTo(double.PositiveInfinity).Or(EqualTo(double.NegativeInfinity));

    /// <summary>Whether elements are finite: neither infinite nor NaN.</summary>
    public Tensor IsFinite() => IsNaN().Or(IsInfinity()).Not();

    /// <summary>Logical and of two masks, with broadcasting.</summary>
    public Tensor And(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Where(this, other, Full(other.Shape, 0, DType.Bool));
    }

    /// <summary>Logical or of two masks, with broadcasting.</summary>
    public Tensor Or(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Where(this, Full(other.Shape, 1, DType.Bool), other);
    }

    /// <summary>Logical not of a mask.</summary>
    public Tensor Not() => DType == DType.Bool
        ? EqualTo(0)
        : throw new InvalidOperationException($"Not: {Describe()} is not a mask; compare it first.");

    /// <summary>Whether |a − b| ≤ absolute + relative·|b| for all elements. NaN is close to NaN, and each infinity to itself.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public bool AllClose(Tensor other, double relative = 1e-5, double absolute = 1e-8)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Shape != Shape)
            throw new ArgumentException($"AllClose: shapes {Shape} and {other.Shape} differ.", nameof(other));
        for (int i = 0; i < ElementCount; i++)
        {
            double a = ValueAt(i), b = other.ValueAt(i);
            double distance = DType == DType.Int64 || other.DType == DType.Int64 ? ExactDistance(this, other, i) : Math.Abs(a - b);
            bool close = double.IsFinite(a) && double.IsFinite(b) ? distance <= absolute + relative * Math.Abs(b) : a.Equals(b);
            if (!close) return false;
        }
        return true;
    }

    // Beyond 2^53 different integers round to the same double, so integers are compared exactly.
    static double ExactDistance(Tensor a, Tensor b, int i)
    {
        return Integer(a) is { } x && Integer(b) is { } y ? (double)Int128.Abs(x - y) : Math.Abs(a.ValueAt(i) - b.ValueAt(i));

        Int128? Integer(Tensor t)
        {
            if (t.DType == DType.Int64) return t.Read<long>()[i];
            double value = t.ValueAt(i);
            return FitsInt64(value) && Math.Truncate(value) == value ? (Int128)value : null;
        }
    }

    /// <summary>Whether any element of a mask is true along dimensions; false if there are no elements.</summary>
    /// <param name="dims">The dimensions to reduce; all by default.</param>
    /// <param name="keepDim">Whether reduced dimensions stay, with size 1.</param>
    /// <exception cref="InvalidOperationException">The tensor is not Bool.</exception>
    public Tensor Any(Dims dims = default, bool keepDim = false) =>
        IntegerReductionDispatch.AnyOrAll(this, dims, keepDim, nameof(Any), all: false);

    /// <summary>Whether all elements of a mask are true along dimensions; true if there are no elements.</summary>
    /// <inheritdoc cref="Any"/>
    public Tensor All(Dims dims = default, bool keepDim = false) =>
        IntegerReductionDispatch.AnyOrAll(this, dims, keepDim, nameof(All), all: true);

    /// <summary>a where a Bool condition is true, b elsewhere, with broadcasting.</summary>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(condition);
        // The backward rule reads the condition again, so the recorded operation keeps a copy that later changes do not affect.
        return new Where(Autograd.IsRecording ? condition.Clone() : condition, a, b).Apply();
    }

    /// <summary>a where a Bool condition is true, a number elsewhere, which takes the tensor's type.</summary>
    /// <exception cref="ArgumentException">The tensor is Int64 or Bool and cannot hold the number.</exception>
    public static Tensor Where(Tensor condition, Tensor a, double b) => Where(condition, a, NumberFor(b, a, nameof(Where)));

    /// <summary>A number where a Bool condition is true, which takes the tensor's type; b elsewhere.</summary>
    /// <exception cref="ArgumentException">The tensor is Int64 or Bool and cannot hold the number.</exception>
    public static Tensor Where(Tensor condition, double a, Tensor b) => Where(condition, NumberFor(a, b, nameof(Where)), b);

    /// <summary>The number a where a Bool condition is true, b elsewhere; of the condition's shape, without gradient.</summary>
    /// <param name="condition">Bool.</param>
    /// <param name="a">The number where the condition is true.</param>
    /// <param name="b">The number elsewhere.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if omitted.</param>
    public static Tensor Where(Tensor condition, double a, double b, DType? dtype = null) =>
        Where(condition, From(a, dtype), From(b, dtype));

    /// <summary>
    /// The tensor with a number wherever a mask is true, with broadcasting. The gradient of replaced elements is 0, even if they are NaN.
    /// </summary>
    /// <param name="mask">Bool; broadcasts with the tensor.</param>
    /// <param name="value">The number; it takes the tensor's type.</param>
    /// <exception cref="InvalidOperationException">The mask is not Bool.</exception>
    /// <exception cref="ArgumentException">
    /// The shapes do not broadcast, or the tensor is Int64 or Bool and cannot hold the number.
    /// </exception>
    public Tensor MaskedFill(Tensor mask, double value)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.DType != DType.Bool)
            throw new InvalidOperationException($"MaskedFill: the mask is {mask.DType}; it must be Bool, the result of a comparison.");
        _ = Shape.Broadcast(Shape, mask.Shape, nameof(MaskedFill));
        return Where(mask, NumberFor(value, this, nameof(MaskedFill)), this);
    }

    // A C# number takes the type of the tensor operand; it throws if that type cannot hold it.
    static Tensor NumberFor(double value, Tensor other, string operation)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.DType.IsFloat()) return From(value, other.DType);
        // 2^63 is the first double that is too large for a long.
        bool fits = other.DType == DType.Int64
            ? Math.Truncate(value) == value && value is >= long.MinValue and < 9223372036854775808.0
            : value is 0 or 1;
        return fits
            ? Full(Shape.Create([]), value, other.DType)
            : throw new ArgumentException(FormattableString.Invariant(
                $"{operation}: {value} is not {(other.DType == DType.Int64 ? "an integer that Int64 can hold" : "0 or 1, the values of Bool")}; ") +
                "convert the tensor first with .To(DType.Float32).", nameof(value));
    }
}
