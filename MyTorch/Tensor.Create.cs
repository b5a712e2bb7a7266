using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;
using MyTorch.Kernels;
using MyTorch.Operations;

namespace MyTorch;

// Creation from C# values and random numbers, conversion between element types, and MathNet.
public partial class Tensor
{
    /// <summary>A scalar of the default type.</summary>
    public static implicit operator Tensor(double value) => From(value);

    /// <summary>A vector of the default type; the array is copied.</summary>
    public static implicit operator Tensor(double[] values) => From(values);

    /// <summary>A matrix of the default type; the array is copied.</summary>
    public static implicit operator Tensor(double[,] values) => From(values);

    /// <summary>A vector of the default type; the array is copied.</summary>
    public static implicit operator Tensor(float[] values) => From(values);

    /// <summary>A matrix of the default type; the array is copied.</summary>
    public static implicit operator Tensor(float[,] values) => From(values);

    /// <summary>A scalar, of shape ().</summary>
    /// <param name="value">The value, rounded to the type.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if omitted.</param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed.</param>
    public static Tensor From(double value, DType? dtype = null, bool requiresGrad = false) =>
        From([value], Shape.Create([]), dtype, requiresGrad);

    /// <summary>A vector, of shape (length,). The array is copied.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if omitted.</param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed.</param>
    public static Tensor From(double[] values, DType? dtype = null, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        return From(values, [values.Length], dtype, requiresGrad);
    }

    /// <inheritdoc cref="From(double[], DType?, bool)"/>
    public static Tensor From(float[] values, DType? dtype = null, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        return From(values, [values.Length], dtype, requiresGrad);
    }

    /// <summary>A matrix, of shape (rows, columns). The array is copied.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if omitted.</param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed.</param>
    public static Tensor From(double[,] values, DType? dtype = null, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        return From(Flat(values), SizesOf(values), dtype, requiresGrad);
    }

    /// <inheritdoc cref="From(double[,], DType?, bool)"/>
    public static Tensor From(float[,] values, DType? dtype = null, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        return From(Flat(values), SizesOf(values), dtype, requiresGrad);
    }

    /// <summary>A vector of integers, of shape (length,), such as class labels or indices. The array is copied.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="dtype">
    /// Int64 if omitted: unlike other C# numbers, integer arrays do not become <see cref="DefaultDType"/>. Another type converts as
    /// <see cref="To"/> does. The literal <c>Tensor.From([1, 2, 3])</c> does become the default type.
    /// </param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed; only for a floating-point type.</param>
    // Without the lower priority the compiler would choose this overload for the literal From([1, 2, 3]).
    [OverloadResolutionPriority(-1)]
    public static Tensor From(long[] values, DType? dtype = null, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        return FromIntegers((long[])values.Clone(), [values.Length], dtype).Requiring(requiresGrad);
    }

    /// <inheritdoc cref="From(long[], DType?, bool)"/>
    [OverloadResolutionPriority(-1)]
    public static Tensor From(int[] values, DType? dtype = null, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        return FromIntegers(Array.ConvertAll(values, value => (long)value), [values.Length], dtype).Requiring(requiresGrad);
    }

    /// <summary>A matrix of integers, of shape (rows, columns). The array is copied.</summary>
    /// <inheritdoc cref="From(long[], DType?, bool)"/>
    public static Tensor From(long[,] values, DType? dtype = null, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        return FromIntegers(Flat(values).ToArray(), SizesOf(values), dtype).Requiring(requiresGrad);
    }

    /// <inheritdoc cref="From(long[,], DType?, bool)"/>
    public static Tensor From(int[,] values, DType? dtype = null, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        return FromIntegers(Array.ConvertAll(Flat(values).ToArray(), value => (long)value), SizesOf(values), dtype).Requiring(requiresGrad);
    }

    /// <summary>A Bool vector, of shape (length,). The array is copied.</summary>
    public static Tensor From(bool[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Mask(values);
    }

    /// <summary>A Bool matrix, of shape (rows, columns). The array is copied.</summary>
    public static Tensor From(bool[,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Mask(Flat(values), SizesOf(values));
    }

    // A two-dimensional C# array is contiguous, in row-major order.
    static ReadOnlySpan<T> Flat<T>(T[,] values) =>
        values.Length == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(ref values[0, 0], values.Length);

    static Shape SizesOf(Array matrix) => Shape.Create([matrix.GetLength(0), matrix.GetLength(1)]);

    Tensor Requiring(bool requiresGrad)
    {
        if (requiresGrad) RequiresGrad = true;
        return this;
    }

    static Tensor FromIntegers(long[] owned, Shape shape, DType? dtype) => Own(owned, shape, DType.Int64).To(dtype ?? DType.Int64);

    /// <summary>A tensor of any shape from its elements in row-major order, which are copied.</summary>
    /// <param name="values">The elements; their number must be that of the shape.</param>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if omitted.</param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed.</param>
    /// <exception cref="ArgumentException">
    /// The number of elements is not that of the shape, or the type is not a floating-point type.
    /// </exception>
    public static Tensor From(ReadOnlySpan<double> values, Shape shape, DType? dtype = null, bool requiresGrad = false)
    {
        Tensor tensor = NewFloat(values.Length, shape, dtype, nameof(From));
        if (tensor.DType == DType.Float64) values.CopyTo(tensor.Write<double>());
        else System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(values, tensor.Write<float>());
        return tensor.Requiring(requiresGrad);
    }

    /// <inheritdoc cref="From(ReadOnlySpan{double}, Shape, DType?, bool)"/>
    public static Tensor From(ReadOnlySpan<float> values, Shape shape, DType? dtype = null, bool requiresGrad = false)
    {
        Tensor tensor = NewFloat(values.Length, shape, dtype, nameof(From));
        if (tensor.DType == DType.Float32) values.CopyTo(tensor.Write<float>());
        else System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(values, tensor.Write<double>());
        return tensor.Requiring(requiresGrad);
    }

    /// <summary>An Int64 vector: class labels, or indices for <see cref="IndexSelect"/> and <see cref="Gather"/>.</summary>
    public static Tensor Indices(params ReadOnlySpan<long> values) => Indices(values, [values.Length]);

    /// <summary>An Int64 tensor of any shape from its elements in row-major order.</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the shape.</exception>
    public static Tensor Indices(ReadOnlySpan<long> values, Shape shape)
    {
        RequireCount(values.Length, shape, nameof(Indices));
        return Own(values.ToArray(), shape, DType.Int64);
    }

    /// <summary>A Bool vector.</summary>
    public static Tensor Mask(params ReadOnlySpan<bool> values) => Mask(values, [values.Length]);

    /// <summary>A Bool tensor of any shape from its elements in row-major order.</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the shape.</exception>
    public static Tensor Mask(ReadOnlySpan<bool> values, Shape shape)
    {
        RequireCount(values.Length, shape, nameof(Mask));
        return Own(values.ToArray(), shape, DType.Bool);
    }

    /// <summary>A tensor filled with 0.</summary>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="dtype">Any type; <see cref="DefaultDType"/> if omitted.</param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed.</param>
    public static Tensor Zeros(Shape shape, DType? dtype = null, bool requiresGrad = false)
    {
        RequireSizes(shape, nameof(Zeros));
        return Zeroed(shape, dtype ?? DefaultDType).Requiring(requiresGrad);
    }

    /// <summary>A tensor filled with 1.</summary>
    /// <inheritdoc cref="Zeros"/>
    public static Tensor Ones(Shape shape, DType? dtype = null, bool requiresGrad = false) => Full(shape, 1, dtype, requiresGrad);

    /// <summary>A tensor filled with one value.</summary>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="value">The value of every element.</param>
    /// <param name="dtype">Any type; <see cref="DefaultDType"/> if omitted.</param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed.</param>
    /// <exception cref="ArgumentException">The type is Int64 and the value is not an integer or out of range.</exception>
    public static Tensor Full(Shape shape, double value, DType? dtype = null, bool requiresGrad = false)
    {
        Tensor tensor = Zeros(shape, dtype, requiresGrad);
        RequireHeld(value, tensor.DType, nameof(Full));
        switch (tensor.DType)
        {
            case DType.Float32: tensor.Write<float>().Fill((float)value); break;
            case DType.Float64: tensor.Write<double>().Fill(value); break;
            case DType.Int64: tensor.Write<long>().Fill((long)value); break;
            default: tensor.Write<bool>().Fill(value != 0); break;
        }
        return tensor;
    }

    /// <summary>A tensor filled with one integer, exact in Int64.</summary>
    /// <inheritdoc cref="Full(Shape, double, DType?, bool)"/>
    public static Tensor Full(Shape shape, long value, DType? dtype = null, bool requiresGrad = false)
    {
        if ((dtype ?? DefaultDType) != DType.Int64) return Full(shape, (double)value, dtype, requiresGrad);
        Tensor tensor = Zeros(shape, dtype, requiresGrad);
        tensor.Write<long>().Fill(value);
        return tensor;
    }

    // Int64 would silently truncate a fraction, and give an arbitrary number for NaN and values out of range.
    static void RequireHeld(double value, DType dtype, string operation)
    {
        if (dtype == DType.Int64 && !(FitsInt64(value) && Math.Truncate(value) == value))
            throw new ArgumentException(FormattableString.Invariant(
                $"{operation}: Int64 cannot hold {value}; give an integer from -2^63 to 2^63 - 1, or use Float32 or Float64."),
                nameof(value));
    }

    /// <summary>A tensor of 0 with the shape and type of another.</summary>
    /// <param name="other">The tensor whose shape and type are taken.</param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed.</param>
    public static Tensor ZerosLike(Tensor other, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Zeroed(other.Shape, other.DType).Requiring(requiresGrad);
    }

    /// <summary>A tensor of 1 with the shape and type of another.</summary>
    /// <inheritdoc cref="ZerosLike"/>
    public static Tensor OnesLike(Tensor other, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Full(other.Shape, 1, other.DType, requiresGrad);
    }

    /// <summary>The identity matrix, of shape (size, size).</summary>
    public static Tensor Eye(int size, DType? dtype = null, bool requiresGrad = false)
    {
        Tensor tensor = Zeros([size, size], dtype ?? DefaultDType);
        double[] flat = new double[tensor.ElementCount];
        for (int i = 0; i < size; i++) flat[i * size + i] = 1;
        return From(flat, tensor.Shape, tensor.DType, requiresGrad);
    }

    /// <summary>The vector start, start + step, … up to but excluding stop. As <c>torch.arange</c>.</summary>
    /// <exception cref="ArgumentException">The step is 0 or has the wrong sign.</exception>
    public static Tensor Arange(double start, double stop, double step = 1, DType? dtype = null, bool requiresGrad = false)
    {
        double length = Math.Ceiling((stop - start) / step);
        if (!double.IsFinite(length) || length < 0)
            throw new ArgumentException(FormattableString.Invariant(
                $"Arange: from {start} to {stop} in steps of {step} never reaches stop; the step must have the sign of stop - start."),
                nameof(step));
        if (length > int.MaxValue)
            throw new OverflowException(FormattableString.Invariant(
                $"Arange: from {start} to {stop} in steps of {step} has {length} elements; a tensor can hold at most 2147483647."));
        double[] values = new double[(int)length];
        for (int i = 0; i < values.Length; i++) values[i] = start + i * step;
        return From(values, dtype, requiresGrad);
    }

    /// <summary>Evenly spaced numbers from start to end, both included, of shape (steps,). As <c>torch.linspace</c>.</summary>
    /// <param name="start">The first number; the only one for one step.</param>
    /// <param name="end">The last number, reached exactly.</param>
    /// <param name="steps">The number of elements, 0 or more.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if omitted.</param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed.</param>
    /// <exception cref="ArgumentException">start or end is not finite, or steps is negative.</exception>
    public static Tensor Linspace(double start, double end, int steps, DType? dtype = null, bool requiresGrad = false)
    {
        if (!double.IsFinite(start) || !double.IsFinite(end))
            throw new ArgumentException(FormattableString.Invariant($"Linspace: start {start} and end {end} must be finite numbers."));
        if (steps < 0)
            throw new ArgumentOutOfRangeException(
                nameof(steps), FormattableString.Invariant($"Linspace: steps is {steps}; it must be 0 or more."));
        double[] values = new double[steps];
        int last = steps - 1;
        // The first half is computed from start, the second from end, so both ends are exact and the numbers are symmetric.
        for (int i = 0; i < steps; i++)
            values[i] = i <= last / 2 ? start + Part(i) : end - Part(last - i);
        return From(values, dtype, requiresGrad);

        // end − start may overflow.
        double Part(int i)
        {
            double fraction = last == 0 ? 0 : (double)i / last;
            return double.IsFinite(end - start) ? (end - start) * fraction : end * fraction - start * fraction;
        }
    }

    /// <summary>A tensor of random numbers from the uniform distribution on [0, 1). As <c>torch.rand</c>.</summary>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="dtype">
    /// Float32 or Float64; <see cref="DefaultDType"/> if omitted. For one seed both get the same numbers, up to rounding.
    /// </param>
    /// <param name="generator">The source of the random numbers; the thread's default generator if omitted.</param>
    /// <param name="requiresGrad">Whether gradients with respect to the new tensor are computed.</param>
    public static Tensor Rand(Shape shape, DType? dtype = null, Generator? generator = null, bool requiresGrad = false)
    {
        RequireSizes(shape, nameof(Rand));
        double[] values = new double[shape.ElementCount];
        (generator ?? Generator.Default).FillUniform(values);
        Tensor drawn = From(values, shape, dtype);
        // Rounding to Float32 could turn 0.99999999 into the excluded 1.
        return (drawn.DType == DType.Float32 ? BelowOne(drawn) : drawn).Requiring(requiresGrad);
    }

    /// <summary>A tensor of random numbers from the standard normal distribution. As <c>torch.randn</c>.</summary>
    /// <inheritdoc cref="Rand"/>
    public static Tensor Randn(Shape shape, DType? dtype = null, Generator? generator = null, bool requiresGrad = false)
    {
        RequireSizes(shape, nameof(Randn));
        double[] values = new double[shape.ElementCount];
        (generator ?? Generator.Default).FillGaussian(values);
        return From(values, shape, dtype, requiresGrad);
    }

    /// <summary>Random integers from low … high − 1, equally likely, as an Int64 tensor. As <c>torch.randint</c>.</summary>
    /// <param name="low">The smallest integer.</param>
    /// <param name="high">The exclusive upper bound.</param>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="generator">The source of the random numbers; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentException">high is not greater than low.</exception>
    public static Tensor RandInt(long low, long high, Shape shape, Generator? generator = null)
    {
        if (low >= high)
            throw new ArgumentException(FormattableString.Invariant(
                $"RandInt: no integer is at least {low} and less than {high}; high must be greater than low."), nameof(high));
        RequireSizes(shape, nameof(RandInt));
        generator ??= Generator.Default;
        long[] values = new long[shape.ElementCount];
        // Unsigned, because high − low may be larger than the largest long.
        ulong range = unchecked((ulong)high - (ulong)low);
        lock (generator.SyncRoot)
            for (int i = 0; i < values.Length; i++) values[i] = unchecked(low + (long)Below(range, generator));
        return Own(values, shape, DType.Int64);
    }

    /// <summary>Random integers from 0 … high − 1, equally likely, as an Int64 tensor. As <c>torch.randint</c>.</summary>
    /// <inheritdoc cref="RandInt(long, long, Shape, Generator?)"/>
    public static Tensor RandInt(long high, Shape shape, Generator? generator = null) => RandInt(0, high, shape, generator);

    static ulong Below(ulong range, Generator generator)
    {
        if (range <= int.MaxValue) return (ulong)generator.Next((int)range);
        // Rejection sampling above the largest multiple of the range keeps every integer equally likely. Two doubles of 53 random bits give
        // 64.
        ulong limit = ulong.MaxValue - ulong.MaxValue % range;
        while (true)
        {
            ulong bits = (ulong)(generator.NextDouble() * 4294967296) << 32 | (ulong)(generator.NextDouble() * 4294967296);
            if (bits < limit) return bits % range;
        }
    }

    /// <summary>A random permutation of 0 … count − 1, Int64 (count). As <c>torch.randperm</c>.</summary>
    /// <param name="count">The number of integers, 0 or more.</param>
    /// <param name="generator">The source of the random numbers; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">count is negative.</exception>
    public static Tensor RandPerm(int count, Generator? generator = null) => count >= 0
        ? From((generator ?? Generator.Default).Permutation(count))
        : throw new ArgumentOutOfRangeException(
            nameof(count), FormattableString.Invariant($"RandPerm: count is {count}; it must be 0 or more."));

    static Tensor BelowOne(Tensor uniform)
    {
        foreach (ref float value in uniform.Write<float>())
            if (value >= 1) value = MathF.BitDecrement(1);
        return uniform;
    }

    /// <summary>Copies a MathNet matrix into a tensor of shape (rows, columns).</summary>
    public static Tensor FromMatrix(Matrix<double> matrix, DType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return From(matrix.ToRowMajorArray(), [matrix.RowCount, matrix.ColumnCount], dtype);
    }

    /// <summary>Copies this matrix into a MathNet matrix.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have two dimensions.</exception>
    public Matrix<double> ToMatrix() => Rank == 2
        ? Matrix<double>.Build.DenseOfRowMajor(Shape[0], Shape[1], ToArray())
        : throw new InvalidOperationException($"ToMatrix: {Describe()} has rank {Rank}; a matrix has rank 2. Reshape it first.");

    /// <summary>
    /// The values converted to another type. The conversion between floating-point types is recorded. To Int64 it truncates; to Bool
    /// everything but 0 is true. Integers beyond 2^24 are rounded in Float32, beyond 2^53 in Float64.
    /// </summary>
    /// <exception cref="InvalidOperationException">A value that Int64 cannot hold, such as NaN, is converted to Int64.</exception>
    public Tensor To(DType dtype)
    {
        if (dtype == DType) return new Identity(this).Apply();
        return DType.IsFloat() && dtype.IsFloat()
            ? new Cast(this, dtype).Apply()
            : ElementwiseDispatch.Cast(this, dtype).DetachedFrom(this, HistoryLoss.NotDifferentiable);
    }

    /// <summary>One-hot encoding of Int64 classes, (…) → (…, classes).</summary>
    /// <exception cref="InvalidOperationException">The tensor is not Int64.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A class is not in 0 … classes − 1.</exception>
    public Tensor OneHot(int classes, DType? dtype = null)
    {
        RequireIndices(this, classes, nameof(OneHot), "class", $"{classes} classes");
        Tensor rows = Zeros(Shape.Insert(Rank, classes), (dtype ?? DefaultDType).RequireFloat(nameof(OneHot)));
        if (rows.DType == DType.Float32) IndexKernels.MarkClasses(Read<long>(), rows.Write<float>(), classes);
        else IndexKernels.MarkClasses(Read<long>(), rows.Write<double>(), classes);
        return rows;
    }

    static Tensor NewFloat(int length, Shape shape, DType? dtype, string operation)
    {
        DType type = dtype ?? DefaultDType;
        if (!type.IsFloat())
            throw new ArgumentException(
                $"{operation}: C# numbers become Float32 or Float64, not {type}; " +
                "use Tensor.Indices for Int64 and Tensor.Mask for Bool.", nameof(dtype));
        RequireCount(length, shape, operation);
        return Empty(shape, type);
    }

    internal static void RequireSizes(Shape shape, string operation)
    {
        foreach (int size in shape.AsSpan())
            if (size < 0)
                throw Invalid.Argument(nameof(shape), $"{operation}: shape {shape} has the negative size {size}; sizes must be 0 or more.");
    }

    static void RequireCount(int length, Shape shape, string operation)
    {
        RequireSizes(shape, operation);
        if (length != shape.ElementCount)
            throw new ArgumentException(
                $"{operation}: {length} values do not fill the shape {shape}, which has {shape.ElementCount} elements.", nameof(shape));
    }
}

/// <summary>Builds tensors from collection expressions; the compiler calls it for <c>Tensor w = [[1, 2], [3, 4]]</c>.</summary>
public static class TensorLiteral
{
    /// <summary>Stacks the items along a new first dimension; scalars become a vector, vectors a matrix.</summary>
    /// <exception cref="ArgumentException">The items differ in shape or type.</exception>
    public static Tensor Create(ReadOnlySpan<Tensor> items)
    {
        if (items.IsEmpty) return Tensor.Zeros([0]);
        foreach (Tensor item in items)
            if (item.Shape != items[0].Shape)
                throw new ArgumentException(
                    $"Tensor literal: the rows have different shapes, {items[0].Shape} and {item.Shape}; every row must be as long as " +
                    $"the first.");
        return Tensor.Stack(items.ToArray());
    }
}
