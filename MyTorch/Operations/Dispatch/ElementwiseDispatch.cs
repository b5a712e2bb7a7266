using System.Numerics;
using System.Numerics.Tensors;
using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>
/// Chooses the element-wise kernel for the element type, allocates the result and broadcasts the operands.
/// </summary>
static class ElementwiseDispatch
{
    internal static Tensor Add(Tensor a, Tensor b) => Zip(a, b, nameof(Add), BinaryKernels<float>.Add, BinaryKernels<double>.Add);
    internal static Tensor Subtract(Tensor a, Tensor b) =>
        Zip(a, b, nameof(Subtract), BinaryKernels<float>.Subtract, BinaryKernels<double>.Subtract);
    internal static Tensor Multiply(Tensor a, Tensor b) =>
        Zip(a, b, nameof(Multiply), BinaryKernels<float>.Multiply, BinaryKernels<double>.Multiply);
    internal static Tensor Divide(Tensor a, Tensor b) =>
        Zip(a, b, nameof(Divide), BinaryKernels<float>.Divide, BinaryKernels<double>.Divide);
    internal static Tensor Power(Tensor a, Tensor b) => Zip(a, b, nameof(Power), BinaryKernels<float>.Power, BinaryKernels<double>.Power);
    internal static Tensor Maximum(Tensor a, Tensor b) =>
        Zip(a, b, nameof(Maximum), BinaryKernels<float>.Maximum, BinaryKernels<double>.Maximum);
    internal static Tensor Minimum(Tensor a, Tensor b) =>
        Zip(a, b, nameof(Minimum), BinaryKernels<float>.Minimum, BinaryKernels<double>.Minimum);

    internal static Tensor Negate(Tensor x) => Map(x, nameof(Negate), TensorPrimitives.Negate, TensorPrimitives.Negate);
    internal static Tensor Abs(Tensor x) => Map(x, nameof(Abs), TensorPrimitives.Abs, TensorPrimitives.Abs);
    internal static Tensor Sign(Tensor x) => Map(x, nameof(Sign), ElementwiseKernels.Sign, ElementwiseKernels.Sign);
    internal static Tensor Exp(Tensor x) => Map(x, nameof(Exp), ExponentialKernels.Exp, ExponentialKernels.Exp);
    internal static Tensor Log(Tensor x) => Map(x, nameof(Log), ExponentialKernels.Log, ExponentialKernels.Log);
    internal static Tensor Sqrt(Tensor x) => Map(x, nameof(Sqrt), TensorPrimitives.Sqrt, TensorPrimitives.Sqrt);
    internal static Tensor Square(Tensor x) => Map(x, nameof(Square), ElementwiseKernels.Square, ElementwiseKernels.Square);
    internal static Tensor Reciprocal(Tensor x) => Map(x, nameof(Reciprocal), TensorPrimitives.Reciprocal, TensorPrimitives.Reciprocal);
    internal static Tensor Rsqrt(Tensor x) => Map(x, nameof(Rsqrt), GateKernels.Rsqrt, GateKernels.Rsqrt);
    internal static Tensor Floor(Tensor x) => Map(x, nameof(Floor), TensorPrimitives.Floor, TensorPrimitives.Floor);
    internal static Tensor Ceil(Tensor x) => Map(x, nameof(Ceil), TensorPrimitives.Ceiling, TensorPrimitives.Ceiling);
    internal static Tensor Round(Tensor x) => Map(x, nameof(Round), TensorPrimitives.Round, TensorPrimitives.Round);
    internal static Tensor Sin(Tensor x) => Map(x, nameof(Sin), TrigonometricKernels.Sin, TrigonometricKernels.Sin);
    internal static Tensor Cos(Tensor x) => Map(x, nameof(Cos), TrigonometricKernels.Cos, TrigonometricKernels.Cos);
    internal static Tensor Erf(Tensor x) => Map(x, nameof(Erf), GateKernels.Erf, GateKernels.Erf);
    internal static Tensor ErfSlope(Tensor x) => Map(x, nameof(Erf), GateKernels.ErfSlope, GateKernels.ErfSlope);
    internal static Tensor GELU(Tensor x) => Map(x, nameof(GELU), GateKernels.GELU, GateKernels.GELU);
    internal static Tensor GELUSlope(Tensor x) => Map(x, nameof(GELU), GateKernels.GELUSlope, GateKernels.GELUSlope);
    internal static Tensor GELUTanh(Tensor x) => Map(x, nameof(GELUTanh), GateKernels.GELUTanh, GateKernels.GELUTanh);
    internal static Tensor GELUTanhSlope(Tensor x) => Map(x, nameof(GELUTanh), GateKernels.GELUTanhSlope, GateKernels.GELUTanhSlope);
    internal static Tensor Swish(Tensor x, double beta) =>
        Map(x, nameof(Swish), (from, to) => GateKernels.Swish(from, to, beta), (from, to) => GateKernels.Swish(from, to, beta));
    internal static Tensor SwishSlope(Tensor x, double beta) =>
        Map(x, nameof(Swish), (from, to) => GateKernels.SwishSlope(from, to, beta), (from, to) => GateKernels.SwishSlope(from, to, beta));
    internal static Tensor Tanh(Tensor x) => Map(x, nameof(Tanh), ExponentialKernels.Tanh, ExponentialKernels.Tanh);
    internal static Tensor Sigmoid(Tensor x) => Map(x, nameof(Sigmoid), ExponentialKernels.Sigmoid, ExponentialKernels.Sigmoid);
    internal static Tensor Expm1(Tensor x) => Map(x, nameof(Expm1), ExponentialKernels.Expm1, ExponentialKernels.Expm1);
    internal static Tensor Log1p(Tensor x) => Map(x, nameof(Log1p), ExponentialKernels.Log1p, ExponentialKernels.Log1p);
    internal static Tensor LogSigmoid(Tensor x) => Map(x, nameof(LogSigmoid), ExponentialKernels.LogSigmoid, ExponentialKernels.LogSigmoid);
    internal static Tensor Sinh(Tensor x) => Map(x, nameof(Sinh), ExponentialKernels.Sinh, ExponentialKernels.Sinh);
    internal static Tensor Cosh(Tensor x) => Map(x, nameof(Cosh), ExponentialKernels.Cosh, ExponentialKernels.Cosh);
    internal static Tensor ReLU(Tensor x) => Map(x, nameof(ReLU), ElementwiseKernels.ReLU, ElementwiseKernels.ReLU);

    internal static Tensor ELU(Tensor x, double alpha) => Map(x, nameof(ELU),
        (from, to) => ExponentialKernels.ELU(from, to, alpha), (from, to) => ExponentialKernels.ELU(from, to, alpha));

    internal static Tensor Softplus(Tensor x, double beta, double threshold) => Map(x, nameof(Softplus),
        (from, to) => ExponentialKernels.Softplus(from, to, beta, threshold),
        (from, to) => ExponentialKernels.Softplus(from, to, beta, threshold));

    static Tensor Map(Tensor x, string operation, UnaryKernel<float> single, UnaryKernel<double> @double)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType.RequireFloat(operation));
        // Some kernels do not accept empty spans.
        if (x.ElementCount == 0) return y;
        if (x.DType == DType.Float32) LargeRows.Map(single, x.Memory<float>(), y.Memory<float>());
        else LargeRows.Map(@double, x.Memory<double>(), y.Memory<double>());
        return y;
    }

    /// <summary>
    /// Applies a scalar function to each element, in double precision for both types: for functions without a vector kernel.
    /// </summary>
    internal static Tensor Each(Tensor x, string operation, Func<double, double> function)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType.RequireFloat(operation));
        if (x.DType == DType.Float32)
        {
            ReadOnlySpan<float> from = x.Read<float>();
            Span<float> to = y.Write<float>();
            for (int i = 0; i < to.Length; i++) to[i] = (float)function(from[i]);
        }
        else
        {
            ReadOnlySpan<double> from = x.Read<double>();
            Span<double> to = y.Write<double>();
            for (int i = 0; i < to.Length; i++) to[i] = function(from[i]);
        }
        return y;
    }

    static Tensor Zip(Tensor a, Tensor b, string operation, BinaryKernel<float> single, BinaryKernel<double> @double)
    {
        RequireSameFloat(a, b, operation);
        Shape shape = Shape.Broadcast(a.Shape, b.Shape, operation);
        Tensor z = Tensor.Empty(shape, a.DType);
        if (a.DType == DType.Float32) Run(a, b, z, single);
        else Run(a, b, z, @double);
        return z;
    }

    static void Run<T>(Tensor a, Tensor b, Tensor z, BinaryKernel<T> kernel) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (a.Shape == b.Shape) LargeRows.Zip(kernel.Rows, a.Memory<T>(), b.Memory<T>(), z.Memory<T>());
        else if (b.ElementCount == 1 && z.ElementCount == a.ElementCount) kernel.RowNumber(a.Read<T>(), b.Read<T>()[0], z.Write<T>());
        else if (a.ElementCount == 1 && z.ElementCount == b.ElementCount) kernel.NumberRow(a.Read<T>()[0], b.Read<T>(), z.Write<T>());
        else
            ElementwiseKernels.Broadcast(
                a.Read<T>(), a.Shape.StridesFor(z.Shape), b.Read<T>(), b.Shape.StridesFor(z.Shape), z.Shape, z.Write<T>(), kernel);
    }

    internal static void RequireSameFloat(Tensor a, Tensor b, string operation)
    {
        a.DType.RequireFloat(operation);
        b.DType.RequireFloat(operation);
        RequireSameType(a, b, operation);
    }

    internal static void RequireSameType(Tensor a, Tensor b, string operation)
    {
        if (a.DType != b.DType)
            throw new InvalidOperationException(
                $"{operation}: the operands are {a.DType} {a.Shape} and {b.DType} {b.Shape}; " +
                $"convert one of them, for example with .To(DType.{Wider(a.DType, b.DType)}). " +
                "Types are not promoted automatically. Numbers and arrays become Float32 unless a type is given, as in " +
                "Tensor.From(values, DType.Float64).");
    }

    /// <summary>The elements of a where the condition is true, those of b elsewhere; all three of one shape, any element type.</summary>
    internal static Tensor Where(Tensor condition, Tensor a, Tensor b)
    {
        Tensor z = Tensor.Empty(a.Shape, a.DType);
        ReadOnlySpan<bool> takeA = condition.Read<bool>();
        switch (a.DType)
        {
            case DType.Float32: ElementwiseKernels.Where(takeA, a.Read<float>(), b.Read<float>(), z.Write<float>()); break;
            case DType.Float64: ElementwiseKernels.Where(takeA, a.Read<double>(), b.Read<double>(), z.Write<double>()); break;
            case DType.Int64: ElementwiseKernels.Where(takeA, a.Read<long>(), b.Read<long>(), z.Write<long>()); break;
            default: ElementwiseKernels.Where(takeA, a.Read<bool>(), b.Read<bool>(), z.Write<bool>()); break;
        }
        return z;
    }

    /// <summary>Converts between any two element types: to Int64 towards zero, to Bool true for everything but 0.</summary>
    internal static Tensor Cast(Tensor x, DType dtype)
    {
        if (x.DType.IsFloat() && dtype == DType.Int64) RequireInt64Range(x);
        Tensor y = Tensor.Empty(x.Shape, dtype);
        switch (x.DType)
        {
            case DType.Float32: ElementwiseKernels.Convert(x.Read<float>(), y); break;
            case DType.Float64: ElementwiseKernels.Convert(x.Read<double>(), y); break;
            case DType.Int64: ElementwiseKernels.Convert(x.Read<long>(), y); break;
            default:
                Tensor numbers = Tensor.Empty(x.Shape, DType.Int64);
                ReadOnlySpan<bool> from = x.Read<bool>();
                Span<long> to = numbers.Write<long>();
                for (int i = 0; i < to.Length; i++) to[i] = from[i] ? 1 : 0;
                return dtype == DType.Int64 ? numbers : Cast(numbers, dtype);
        }
        return y;
    }

    // The hardware conversion would silently make NaN class 0.
    static void RequireInt64Range(Tensor x)
    {
        for (int i = 0; i < x.ElementCount; i++)
            if (!(Math.Abs(x.ValueAt(i)) < 1L << 62))
                throw new InvalidOperationException(
                    $"To(Int64): element {i} of {x.Describe()} is {Notation.Number(x.ValueAt(i))}, which Int64 cannot hold. " +
                    "Replace it first, for example with Tensor.Where.");
    }

    static DType Wider(DType a, DType b) => a == DType.Float64 || b == DType.Float64 ? DType.Float64 : a.IsFloat() ? a : b;

    /// <summary>sum += x. The caller owns the buffer of sum: no recorded operation reads it.</summary>
    internal static void AddInPlace(Tensor sum, Tensor x)
    {
        if (sum.DType == DType.Float32) TensorPrimitives.Add(sum.Read<float>(), x.Read<float>(), sum.Write<float>());
        else TensorPrimitives.Add(sum.Read<double>(), x.Read<double>(), sum.Write<double>());
        sum.MarkWritten();
    }

    /// <summary>Adds a row (n) to every row of y (rows, n). The caller has just created y.</summary>
    internal static void AddRowInPlace(Tensor y, Tensor row)
    {
        if (y.DType == DType.Float32) ElementwiseKernels.AddRow(y.Write<float>(), row.Read<float>());
        else ElementwiseKernels.AddRow(y.Write<double>(), row.Read<double>());
    }

    /// <summary>
    /// Compares with broadcasting; both operands have the same type, any of them. The result is Bool and has no gradient.
    /// </summary>
    internal static Tensor Compare(Tensor a, Tensor b, string operation, Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        RequireSameType(a, b, operation);
        Shape shape = Shape.Broadcast(a.Shape, b.Shape, operation);
        Tensor result = Tensor.Empty(shape, DType.Bool).DetachedFrom(a, HistoryLoss.NotDifferentiable).DetachedFrom(b, HistoryLoss.NotDifferentiable);
        switch (a.DType)
        {
            case DType.Float32: Compare<float>(a, b, result, comparison); break;
            case DType.Float64: Compare<double>(a, b, result, comparison); break;
            case DType.Int64: Compare<long>(a, b, result, comparison); break;
            default: Compare(a.To(DType.Int64), b.To(DType.Int64), operation, comparison).Read<bool>().CopyTo(result.Write<bool>()); break;
        }
        return result;
    }

    static void Compare<T>(Tensor a, Tensor b, Tensor result, Comparison comparison) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> x = a.Read<T>(), y = b.Read<T>();
        Span<bool> z = result.Write<bool>();
        int next = 0;
        var rows = new RowWalker(result.Shape, a.Shape.StridesFor(result.Shape), b.Shape.StridesFor(result.Shape));
        while (rows.Next())
            for (int i = 0; i < rows.RowLength; i++)
            {
                T left = x[rows.OffsetA + i * rows.RowStrideA], right = y[rows.OffsetB + i * rows.RowStrideB];
                z[next++] = comparison switch
                {
                    Comparison.Less => left < right,
                    Comparison.LessOrEqual => left <= right,
                    Comparison.Greater => left > right,
                    Comparison.GreaterOrEqual => left >= right,
                    Comparison.Equal => left == right,
                    _ => left != right,
                };
            }
    }
}

enum Comparison { Less, LessOrEqual, Greater, GreaterOrEqual, Equal, NotEqual }
