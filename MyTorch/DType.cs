namespace MyTorch;

/// <summary>The type of a tensor's elements. Arithmetic runs in the two floating-point types; the others only store.</summary>
public enum DType
{
    /// <summary>32-bit IEEE 754 floating point (C# <see langword="float"/>), the default.</summary>
    Float32,

    /// <summary>64-bit IEEE 754 floating point (C# <see langword="double"/>), used wherever a gradient is checked.</summary>
    Float64,

    /// <summary>64-bit integers (C# <see langword="long"/>): class labels and indices.</summary>
    Int64,

    /// <summary>Truth values (C# <see langword="bool"/>): masks, the results of comparisons.</summary>
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

    // Clearing an array costs time from here on; for a smaller one .NET would throw away what is left of the thread's piece of memory.
    const int WorthNotClearing = 1 << 15;

    /// <summary>An array of any content.</summary>
    internal static Array Allocate(DType dtype, int count) => count < WorthNotClearing ? AllocateZeroed(dtype, count) : dtype switch
    {
        DType.Float32 => GC.AllocateUninitializedArray<float>(count),
        DType.Float64 => GC.AllocateUninitializedArray<double>(count),
        DType.Int64 => GC.AllocateUninitializedArray<long>(count),
        DType.Bool => GC.AllocateUninitializedArray<bool>(count),
        _ => throw Unknown(dtype),
    };

    static ArgumentOutOfRangeException Unknown(DType dtype) => new(nameof(dtype), dtype, "Not a DType; use Float32, Float64, Int64 or Bool.");

    internal static DType RequireFloat(this DType dtype, string operation) => dtype.IsFloat()
        ? dtype
        : throw new InvalidOperationException(
            $"{operation}: {dtype} tensors only store values; convert first with .To(DType.Float32) or .To(DType.Float64).");
}
