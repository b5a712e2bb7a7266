using System.Runtime.Intrinsics.X86;

namespace MyTorch.Kernels;

/// <summary>The cache sizes of the processor, from which the matrix product takes the sizes of its blocks.</summary>
static class Caches
{
    /// <summary>Bytes of the first-level data cache of one core.</summary>
    internal static readonly int Level1 = Size(1) ?? 32 << 10;

    /// <summary>Bytes of the second-level cache.</summary>
    internal static readonly int Level2 = Size(2) ?? 1 << 20;

    // The instruction CPUID lists the caches, one for each index, in the same format at leaf 4 (Intel) and leaf 0x8000001D (AMD). Other
    // processors, and virtual machines that hide the list, get the defaults above, which are right or too small nearly everywhere.
    static int? Size(int level)
    {
        if (!X86Base.IsSupported) return null;
        foreach (int leaf in (ReadOnlySpan<int>)[4, unchecked((int)0x8000001D)])
        {
            (int highest, _, _, _) = X86Base.CpuId(leaf & unchecked((int)0x80000000), 0);
            if ((uint)highest < (uint)leaf) continue;
            for (int index = 0; index < 8; index++)
            {
                (int a, int b, int c, _) = X86Base.CpuId(leaf, index);
                int type = a & 31;
                if (type == 0) break;
                // Type 2 holds instructions only.
                if (type == 2 || (a >> 5 & 7) != level) continue;
                long ways = (b >> 22 & 1023) + 1, partitions = (b >> 12 & 1023) + 1, line = (b & 4095) + 1, sets = c + 1L;
                long bytes = ways * partitions * line * sets;
                if (bytes is >= 4 << 10 and <= 64 << 20) return (int)bytes;
            }
        }
        return null;
    }
}
