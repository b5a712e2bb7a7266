namespace MyTorch;

/// <summary>
/// The element type of a tensor. Arithmetic and gradients exist for the two floating-point types; Int64 and Bool only store values.
/// </summary>
public enum DType
{
    /// <summary>32-bit IEEE 754 floating point (C# <see langword="float"/>), the default.</summary>
    Float32,

    /// <summary>64-bit IEEE 754 floating point (C# <see langword="double"/>), which gradient checks need.</summary>
    Float64,

    /// <summary>64-bit integers (C# <see langword="long"/>): class labels and indices.</summary>
    Int64,

    /// <summary>Booleans (C# <see langword="bool"/>): masks, the results of comparisons.</summary>
    Bool,
}

static class DTypes
{
    internal static bool IsFloat(this DType dtype) => dtype is DType.Float32 or DType.Float64;

    internal static Array AllocateZeroed(DType dtype, int count) => dtype switch
    {
        DType.Float32 => new float[count],
        DType.Float64 => new double[count],
        DType.Int64 => new long[count],
        DType.Bool => new bool[count],
        _ => throw Unknown(dtype),
    };

    // From this size an uninitialized array is faster. For a smaller one .NET would discard the rest of the thread's allocation buffer.
    const int UninitializedFrom = 1 << 15;

    /// <summary>An array whose elements may be uninitialized.</summary>
    internal static Array Allocate(DType dtype, int count) => count < UninitializedFrom ? AllocateZeroed(dtype, count) : dtype switch
    {
        DType.Float32 => GC.AllocateUninitializedArray<float>(count),
        DType.Float64 => GC.AllocateUninitializedArray<double>(count),
        DType.Int64 => GC.AllocateUninitializedArray<long>(count),
        DType.Bool => GC.AllocateUninitializedArray<bool>(count),
        _ => throw Unknown(dtype),
    };

    static ArgumentOutOfRangeException Unknown(DType dtype) =>
        new(nameof(dtype), dtype, "Not a DType; use Float32, Float64, Int64 or Bool.");

    internal static DType RequireFloat(this DType dtype, string operation) => dtype.IsFloat()
        ? dtype
        : throw new InvalidOperationException(
            $"{operation}: {dtype} tensors only store values; convert first with .To(DType.Float32) or .To(DType.Float64).");
}
