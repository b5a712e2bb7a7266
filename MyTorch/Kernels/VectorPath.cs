using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MyTorch.Kernels;

/// <summary>How wide the vectors of a kernel are, in bits; one number at a time on <see cref="Scalar"/>.</summary>
enum VectorWidth { Scalar = 1, Bits128 = 128, Bits256 = 256, Bits512 = 512 }

/// <summary>
/// The vectors that the kernels compute with: the widest the processor has, unless the environment variable <c>MYTORCH_VECTOR</c>
/// (512, 256, 128 or scalar) names others. Results do not depend on them, bit for bit, but for matrix products.
/// </summary>
static class VectorPath
{
    internal const string Variable = "MYTORCH_VECTOR";

    static VectorWidth s_current;

    /// <summary>The vectors in use. The variable is read at the first call.</summary>
    /// <exception cref="InvalidOperationException">The variable holds another word, or vectors that the processor lacks.</exception>
    /// <remarks>Tests and benchmarks set it, to compare the paths in one process. Threads that read it meanwhile get the same numbers on either.</remarks>
    internal static VectorWidth Current
    {
        // Not a readonly field: an error in a static constructor would reach the user as the failure of a type nobody knows.
        get => s_current != 0 ? s_current : s_current = Choose(Environment.GetEnvironmentVariable(Variable));
        set => s_current = value;
    }

    /// <summary>What this processor can run, widest first; <see cref="VectorWidth.Scalar"/> is always the last.</summary>
    internal static IEnumerable<VectorWidth> Available => new[] { VectorWidth.Bits512, VectorWidth.Bits256, VectorWidth.Bits128, VectorWidth.Scalar }.Where(Has);

    // Where .NET prefers 256 bits for its own loops, Vector512.IsHardwareAccelerated is false, though the instructions are there and pay.
    static bool Has(VectorWidth width) => width switch
    {
        VectorWidth.Bits512 => Avx512F.IsSupported,
        VectorWidth.Bits256 => Vector256.IsHardwareAccelerated,
        VectorWidth.Bits128 => Vector128.IsHardwareAccelerated,
        _ => true,
    };

    /// <summary>The vectors that a value of the variable stands for; null and the empty text mean the widest.</summary>
    internal static VectorWidth Choose(string? value)
    {
        if (string.IsNullOrEmpty(value)) return Available.First();
        VectorWidth width = value switch
        {
            "512" => VectorWidth.Bits512,
            "256" => VectorWidth.Bits256,
            "128" => VectorWidth.Bits128,
            "scalar" => VectorWidth.Scalar,
            _ => throw new InvalidOperationException($"{Variable} is '{value}'; it must be 512, 256, 128 or scalar. Unset it for the widest vectors of this processor."),
        };
        if (!Has(width))
            throw new InvalidOperationException(
                $"{Variable} is {value}, but this processor has no vectors of {value} bits; it has {string.Join(", ", Available.Select(Word))}. Unset it for the widest of them.");
        return width;
    }

    /// <summary>The width as the variable spells it.</summary>
    internal static string Word(VectorWidth width) => width == VectorWidth.Scalar ? "scalar" : ((int)width).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
