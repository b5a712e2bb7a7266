namespace MyTorch.Grader.Classroom;

/// <summary>Handins whose own code is the same, or nearly.</summary>
/// <param name="Handins">The handins, in the order of the class.</param>
/// <param name="What">How they are alike.</param>
sealed record LikeHandins(IReadOnlyList<ClassroomHandin> Handins, string What);

/// <summary>
/// Groups the handins of a class that are alike. What equals the handout or the public reference does not count: many students have
/// that. Being alike costs no points; a person has to look.
/// </summary>
static class Likeness
{
    // Less own code than this is alike by chance.
    const int FewestTokens = 60;
    const double Nearly = 0.8;

    /// <param name="handins">The handins, each with the hash of its files and the prints of its members.</param>
    public static IReadOnlyList<LikeHandins> Group(
        IReadOnlyList<(ClassroomHandin Handin, string Hash, IReadOnlyList<MemberPrint> Prints)> handins)
    {
        var code = handins.Select(one => (one.Handin, one.Hash, Own: (MemberPrint[])[.. one.Prints.Where(print => print.Like.Length == 0)]))
            .Where(one => one.Own.Length > 0).ToArray();
        int[] group = [.. Enumerable.Range(0, code.Length)];
        int Root(int i) => group[i] == i ? i : group[i] = Root(group[i]);
        var alike = new double[code.Length];
        for (int i = 0; i < code.Length; i++)
            for (int j = i + 1; j < code.Length; j++)
            {
                double share = code[i].Hash == code[j].Hash ? 2 : Share(code[i].Own, code[j].Own);
                if (share < Nearly) continue;
                (int a, int b) = (Root(i), Root(j));
                alike[a] = new[] { alike[a], alike[b], share }.Where(one => one > 0).Min();
                group[b] = a;
            }
        return [.. code.Select((one, i) => (one.Handin, Root: Root(i))).GroupBy(one => one.Root).Where(all => all.Count() > 1)
            .Select(all => new LikeHandins([.. all.Select(one => one.Handin)], alike[all.Key] switch
            {
                2 => "the same files",
                1 => "the same code but for names, comments and layout",
                _ => FormattableString.Invariant(
                    $"at least {100 * alike[all.Key]:0} % of the code that they wrote is the same, but for names, comments and layout"),
            }))];
    }

    // The share of the larger one's tokens that stand in members which both have.
    static double Share(MemberPrint[] one, MemberPrint[] other)
    {
        int most = Math.Max(Sum(one), Sum(other));
        if (Math.Min(Sum(one), Sum(other)) < FewestTokens) return 0;
        var left = other.GroupBy(print => print.Hash).ToDictionary(same => same.Key, same => same.Count());
        int common = 0;
        foreach (MemberPrint print in one)
            if (left.GetValueOrDefault(print.Hash) is > 0 and var count)
            {
                left[print.Hash] = count - 1;
                common += print.Tokens;
            }
        return (double)common / most;
    }

    static int Sum(MemberPrint[] prints) => prints.Sum(print => print.Tokens);
}
