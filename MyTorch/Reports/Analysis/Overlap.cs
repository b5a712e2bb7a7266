using MyTorch.Data;

namespace MyTorch.Reports;

/// <summary>Test rows whose features are all equal to those of a training row: the model may have learned their answer by heart.</summary>
static class Overlap
{
    internal static int Count(Dataset train, Dataset test)
    {
        if (train.FeatureCount != test.FeatureCount) return 0;
        var known = new HashSet<ulong>(train.Count);
        for (int row = 0; row < train.Count; row++) known.Add(Fingerprint(train, row));
        int count = 0;
        for (int row = 0; row < test.Count; row++)
            if (known.Contains(Fingerprint(test, row))) count++;
        return count;
    }

    // 64 bits: two different rows of a million share a fingerprint with a probability of about 1 in 10 million.
    static ulong Fingerprint(Dataset data, int row)
    {
        ulong hash = 14695981039346656037;
        for (int f = 0; f < data.FeatureCount; f++)
        {
            double value = data.Inputs.ValueAt(row * data.FeatureCount + f);
            hash ^= BitConverter.DoubleToUInt64Bits(value == 0 ? 0 : value);
            hash *= 0x9E3779B97F4A7C15;
            hash ^= hash >> 32;
        }
        return hash;
    }
}
