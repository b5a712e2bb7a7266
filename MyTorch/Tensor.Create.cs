using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;

namespace MyTorch;

// How tensors are made from C# values, and how they go back to MathNet.
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

    /// <summary>A scalar, of shape ().</summary>
    /// <param name="value">The value, rounded to the type.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if left out.</param>
    public static Tensor From(double value, DType? dtype = null) => From([value], Shape.Create([]), dtype);

    /// <summary>A vector, of shape (length,). The array is copied.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if left out.</param>
    public static Tensor From(double[] values, DType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        return From(values, [values.Length], dtype);
    }

    /// <inheritdoc cref="From(double[], DType?)"/>
    public static Tensor From(float[] values, DType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        return From(values, [values.Length], dtype);
    }

    /// <summary>A matrix, of shape (rows, columns). The array is copied.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if left out.</param>
    public static Tensor From(double[,] values, DType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        ReadOnlySpan<double> flat = values.Length == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(ref values[0, 0], values.Length);
        return From(flat, [values.GetLength(0), values.GetLength(1)], dtype);
    }

    /// <summary>A tensor of any shape from its elements in row-major order, which are copied.</summary>
    /// <param name="values">As many elements as the shape has.</param>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if left out.</param>
    /// <exception cref="ArgumentException">The number of elements is not the shape's, or the type is not a floating-point type.</exception>
    public static Tensor From(ReadOnlySpan<double> values, Shape shape, DType? dtype = null)
    {
        Tensor tensor = NewFloat(values.Length, shape, dtype, nameof(From));
        if (tensor.DType == DType.Float64) values.CopyTo(tensor.Write<double>());
        else System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(values, tensor.Write<float>());
        return tensor;
    }

    /// <inheritdoc cref="From(ReadOnlySpan{double}, Shape, DType?)"/>
    public static Tensor From(ReadOnlySpan<float> values, Shape shape, DType? dtype = null)
    {
        Tensor tensor = NewFloat(values.Length, shape, dtype, nameof(From));
        if (tensor.DType == DType.Float32) values.CopyTo(tensor.Write<float>());
        else System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(values, tensor.Write<double>());
        return tensor;
    }

    /// <summary>A vector of Int64 values: class labels, or positions for <see cref="IndexSelect"/> and <see cref="Gather"/>.</summary>
    public static Tensor Indices(params ReadOnlySpan<long> values) => Indices(values, [values.Length]);

    /// <summary>Int64 values of any shape, in row-major order.</summary>
    /// <exception cref="ArgumentException">The number of values is not the shape's.</exception>
    public static Tensor Indices(ReadOnlySpan<long> values, Shape shape)
    {
        RequireCount(values.Length, shape, nameof(Indices));
        return Own(values.ToArray(), shape, DType.Int64);
    }

    /// <summary>A vector of truth values, as comparisons produce them.</summary>
    public static Tensor Mask(params ReadOnlySpan<bool> values) => Mask(values, [values.Length]);

    /// <summary>Truth values of any shape, in row-major order.</summary>
    /// <exception cref="ArgumentException">The number of values is not the shape's.</exception>
    public static Tensor Mask(ReadOnlySpan<bool> values, Shape shape)
    {
        RequireCount(values.Length, shape, nameof(Mask));
        return Own(values.ToArray(), shape, DType.Bool);
    }

    /// <summary>A tensor filled with 0.</summary>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="dtype">Any type; <see cref="DefaultDType"/> if left out.</param>
    public static Tensor Zeros(Shape shape, DType? dtype = null)
    {
        RequireSizes(shape, nameof(Zeros));
        return Zeroed(shape, dtype ?? DefaultDType);
    }

    /// <summary>A tensor filled with 1.</summary>
    /// <inheritdoc cref="Zeros"/>
    public static Tensor Ones(Shape shape, DType? dtype = null) => Full(shape, 1, dtype);

    /// <summary>A tensor filled with one value.</summary>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="value">The value of every element.</param>
    /// <param name="dtype">Any type; <see cref="DefaultDType"/> if left out.</param>
    public static Tensor Full(Shape shape, double value, DType? dtype = null)
    {
        Tensor tensor = Zeros(shape, dtype);
        switch (tensor.DType)
        {
            case DType.Float32: tensor.Write<float>().Fill((float)value); break;
            case DType.Float64: tensor.Write<double>().Fill(value); break;
            case DType.Int64: tensor.Write<long>().Fill(checked((long)value)); break;
            default: tensor.Write<bool>().Fill(value != 0); break;
        }
        return tensor;
    }

    /// <summary>A tensor of 0 with the shape and type of another.</summary>
    public static Tensor ZerosLike(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Zeroed(other.Shape, other.DType);
    }

    /// <summary>A tensor of 1 with the shape and type of another.</summary>
    public static Tensor OnesLike(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Full(other.Shape, 1, other.DType);
    }

    /// <summary>The identity matrix, of shape (size, size).</summary>
    public static Tensor Eye(int size, DType? dtype = null)
    {
        Tensor tensor = Zeros([size, size], dtype ?? DefaultDType);
        double[] flat = new double[tensor.ElementCount];
        for (int i = 0; i < size; i++) flat[i * size + i] = 1;
        return From(flat, tensor.Shape, tensor.DType);
    }

    /// <summary>The vector start, start + step, … up to but without stop.</summary>
    /// <exception cref="ArgumentException">The step is 0 or leads away from stop.</exception>
    public static Tensor Arange(double start, double stop, double step = 1, DType? dtype = null)
    {
        double length = Math.Ceiling((stop - start) / step);
        if (!double.IsFinite(length) || length < 0)
            throw new ArgumentException(FormattableString.Invariant(
                $"Arange: from {start} to {stop} in steps of {step} never arrives; the step needs the sign of stop − start."), nameof(step));
        if (length > int.MaxValue)
            throw new OverflowException(FormattableString.Invariant(
                $"Arange: from {start} to {stop} in steps of {step} are {length} elements; a tensor can hold 2147483647."));
        double[] values = new double[(int)length];
        for (int i = 0; i < values.Length; i++) values[i] = start + i * step;
        return From(values, dtype);
    }

    /// <summary>A tensor of numbers uniform in [0, 1).</summary>
    /// <param name="shape">The sizes of the dimensions.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="DefaultDType"/> if left out. Both take the same numbers from the stream.</param>
    /// <param name="generator">Where the numbers come from; the thread's default if left out.</param>
    public static Tensor Rand(Shape shape, DType? dtype = null, Generator? generator = null)
    {
        generator ??= Generator.Default;
        return Draw(shape, dtype, generator.NextDouble, nameof(Rand));
    }

    /// <summary>A tensor of numbers from the normal distribution with mean 0 and standard deviation 1.</summary>
    /// <inheritdoc cref="Rand"/>
    public static Tensor Randn(Shape shape, DType? dtype = null, Generator? generator = null)
    {
        generator ??= Generator.Default;
        return Draw(shape, dtype, generator.NextGaussian, nameof(Randn));
    }

    static Tensor Draw(Shape shape, DType? dtype, Func<double> next, string operation)
    {
        RequireSizes(shape, operation);
        double[] values = new double[shape.ElementCount];
        for (int i = 0; i < values.Length; i++) values[i] = next();
        Tensor drawn = From(values, shape, dtype);
        // Rounding to Float32 could turn 0.99999999 into the excluded 1.
        return drawn.DType == DType.Float32 && operation == nameof(Rand) ? BelowOne(drawn) : drawn;
    }

    static Tensor BelowOne(Tensor uniform)
    {
        foreach (ref float value in uniform.Write<float>())
            if (value >= 1) value = MathF.BitDecrement(1);
        return uniform;
    }

    /// <summary>A MathNet matrix as a tensor of shape (rows, columns); values are copied from its column-major order.</summary>
    public static Tensor FromMatrix(Matrix<double> matrix, DType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return From(matrix.ToRowMajorArray(), [matrix.RowCount, matrix.ColumnCount], dtype);
    }

    /// <summary>A copy of this matrix for MathNet.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have two dimensions.</exception>
    public Matrix<double> ToMatrix() => Rank == 2
        ? Matrix<double>.Build.DenseOfRowMajor(Shape[0], Shape[1], ToArray())
        : throw new InvalidOperationException($"ToMatrix: {Describe()} has rank {Rank}; a matrix has rank 2. Reshape it first.");

    static Tensor NewFloat(int length, Shape shape, DType? dtype, string operation)
    {
        DType type = dtype ?? DefaultDType;
        if (!type.IsFloat())
            throw new ArgumentException(
                $"{operation}: C# numbers become Float32 or Float64, not {type}; use Tensor.Indices for Int64 and Tensor.Mask for Bool.", nameof(dtype));
        RequireCount(length, shape, operation);
        return Empty(shape, type);
    }

    internal static void RequireSizes(Shape shape, string operation)
    {
        foreach (int size in shape.AsSpan())
            if (size < 0)
                throw new ArgumentException($"{operation}: shape {shape} has the negative size {size}; sizes are 0 or more.", nameof(shape));
    }

    static void RequireCount(int length, Shape shape, string operation)
    {
        RequireSizes(shape, operation);
        if (length != shape.ElementCount)
            throw new ArgumentException(
                $"{operation}: {length} values do not fill the shape {shape}, which has {shape.ElementCount} elements.", nameof(shape));
    }
}

/// <summary>What the compiler calls for <c>Tensor w = [[1, 2], [3, 4]]</c>.</summary>
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
                    $"Tensor literal: the rows have different shapes, {items[0].Shape} and {item.Shape}; every row needs as many entries as the first.");
        return Tensor.Stack(items.ToArray());
    }
}
