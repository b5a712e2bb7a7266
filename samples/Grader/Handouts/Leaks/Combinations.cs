using System.Numerics;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>
/// The combinations of the values of several lists, in the order in which they promise most: the first of all, then those that are far down
/// one list or a little down several, so that a bound on their number leaves out no value of a list.
/// </summary>
static class Combinations
{
    /// <summary>Places in the lists; the array is used again for the next.</summary>
    /// <param name="counts">How many values each list has.</param>
    /// <param name="later">By how much later the values after the first come, list by list.</param>
    public static IEnumerable<int[]> Of(int[] counts, int[] later)
    {
        if (Array.IndexOf(counts, 0) >= 0) yield break;
        int[] at = new int[counts.Length], level = new int[counts.Length];
        // The first value is at level 0; the next two at level 1, the next four at level 2, or later.
        int[] highest = [.. counts.Select((count, i) => count == 1 ? 0 : BitOperations.Log2((uint)count) + later[i])];
        for (int sum = 0; sum <= highest.Sum(); sum++)
            foreach (int[] _ in Splits(level, highest, 0, sum))
            {
                bool isEmpty = false;
                for (int i = 0; i < at.Length; i++)
                {
                    isEmpty |= level[i] > 0 && level[i] <= later[i];
                    at[i] = First(i);
                }
                if (isEmpty) continue;
                while (true)
                {
                    yield return at;
                    int digit = at.Length - 1;
                    while (digit >= 0 && ++at[digit] >= End(digit)) at[digit] = First(digit--);
                    if (digit < 0) break;
                }
            }

        int First(int i) => level[i] == 0 ? 0 : (1 << level[i] - later[i]) - 1;

        int End(int i) => level[i] == 0 ? 1 : Math.Min(counts[i], (1 << level[i] - later[i] + 1) - 1);
    }

    /// <summary>How late a combination comes.</summary>
    public static int LevelOf(int[] at, int[] later)
    {
        int sum = 0;
        for (int i = 0; i < at.Length; i++) sum += at[i] == 0 ? 0 : BitOperations.Log2((uint)at[i] + 1) + later[i];
        return sum;
    }

    // All ways to share a sum among the levels from one on.
    static IEnumerable<int[]> Splits(int[] level, int[] highest, int from, int sum)
    {
        if (from == level.Length)
        {
            if (sum == 0) yield return level;
            yield break;
        }
        int rest = highest[(from + 1)..].Sum();
        for (int own = Math.Max(0, sum - rest); own <= Math.Min(sum, highest[from]); own++)
        {
            level[from] = own;
            foreach (int[] split in Splits(level, highest, from + 1, sum - own)) yield return split;
        }
    }
}
