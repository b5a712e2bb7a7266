using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MyTorch.Kernels;

/// <summary>The vector width of a kernel in bits; <see cref="Scalar"/> computes one number at a time.</summary>
enum VectorWidth { Scalar = 1, Bits128 = 128, Bits256 = 256, Bits512 = 512 }

/// <summary>
/// The vector width of the kernels: the widest of the processor, unless the environment variable <c>MYTORCH_VECTOR</c> (512, 256, 128 or
/// scalar) sets another. Except for matrix products, results do not depend on it, bit for bit.
/// </summary>
static class VectorPath
{
    internal const string Variable = "MYTORCH_VECTOR";

    static VectorWidth s_current;

    /// <summary>The vector width in use. The environment variable is read at the first call.</summary>
    /// <exception cref="InvalidOperationException">
    /// The variable has another value, or a width that the processor does not support.
    /// </exception>
    /// <remarks>
    /// Tests and benchmarks set it to compare widths in one process. Other threads compute the same numbers with either width.
    /// </remarks>
    internal static VectorWidth Current
    {
        // Not a readonly field: an error in a static constructor would reach the user as a TypeInitializationException.
        get => s_current != 0 ? s_current : s_current = Choose(Environment.GetEnvironmentVariable(Variable));
        set => s_current = value;
    }

    /// <summary>The widths that this processor supports, widest first; <see cref="VectorWidth.Scalar"/> is last.</summary>
    internal static IEnumerable<VectorWidth> Available =>
        new[] { VectorWidth.Bits512, VectorWidth.Bits256, VectorWidth.Bits128, VectorWidth.Scalar }.Where(Has);

    // Not Vector512.IsHardwareAccelerated: it is false on processors where .NET prefers 256 bits, although 512 are supported and faster
    // here.
    static bool Has(VectorWidth width) => width switch
    {
        VectorWidth.Bits512 => Avx512F.IsSupported,
        VectorWidth.Bits256 => Vector256.IsHardwareAccelerated,
        VectorWidth.Bits128 => Vector128.IsHardwareAccelerated,
        _ => true,
    };

    /// <summary>The width for a value of the variable; null and empty mean the widest.</summary>
    internal static VectorWidth Choose(string? value)
    {
        if (string.IsNullOrEmpty(value)) return Available.First();
        VectorWidth width = value switch
        {
            "512" => VectorWidth.Bits512,
            "256" => VectorWidth.Bits256,
            "128" => VectorWidth.Bits128,
            "scalar" => VectorWidth.Scalar,
            _ => throw new InvalidOperationException(
                $"{Variable} is '{value}'; it must be 512, 256, 128 or scalar. Unset it for the widest vectors of this processor."),
        };
        if (!Has(width))
            throw new InvalidOperationException(
                $"{Variable} is {value}, but this processor does not support vectors of {value} bits; " +
                $"it supports {string.Join(", ", Available.Select(Word))}. Unset it for the widest.");
        return width;
    }

    /// <summary>The width as a value of the variable.</summary>
    internal static string Word(VectorWidth width) =>
        width == VectorWidth.Scalar ? "scalar" : ((int)width).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
