namespace MyTorch.Probes;

/// <summary>What a probe returned in one case, and the exception that ended it.</summary>
/// <param name="Returned">The results; fewer than expected if an exception followed.</param>
/// <param name="Exception">The full name of the exception's type; null if there was none.</param>
/// <param name="Message">The exception's message.</param>
public sealed record Answer(IReadOnlyList<Returned> Returned, string? Exception = null, string Message = "")
{
    /// <summary>The result of a name; null if there is none.</summary>
    public Returned? this[string name] => Returned.FirstOrDefault(one => one.Name == name);
}

/// <summary>A case of a question: what is expected, and what the code answered.</summary>
public sealed record AnsweredCase(Answer Expected, Answer Got, Tolerance Tolerance);

/// <summary>A known mistake, or several made together, and what it answers.</summary>
/// <param name="Mistakes">Their names: one, or those that are put together.</param>
/// <param name="Answers">The answers to the cases, in the order of the cases.</param>
public sealed record UsualAnswer(IReadOnlyList<string> Mistakes, IReadOnlyList<Answer> Answers);

/// <summary>A part of a diagnosis.</summary>
/// <param name="Results">
/// The names of the results that it explains, one for those of its kind; none if it explains all that is wrong.
/// </param>
/// <param name="Mistakes">The mistake. If there are several, each of them gives these values.</param>
/// <param name="Negative">Whether the results are the mistake's with the other sign: a sign is wrong as well.</param>
public sealed record Finding(IReadOnlyList<string> Results, IReadOnlyList<string> Mistakes, bool Negative = false)
{
    /// <summary>Stands among the results for the exception that ended a case.</summary>
    public const string TheException = "the exception";

    const int MostNames = 3;

    /// <summary>A sentence for a student: which results, and what is wrong with them.</summary>
    /// <param name="hint">The text for a mistake.</param>
    public string Text(Func<string, string> hint)
    {
        ArgumentNullException.ThrowIfNull(hint);
        string more = Results.Count > MostNames ? $" and {Results.Count - MostNames} more" : "";
        string where = Results.Count == 0 ? "" : Results is [TheException] ? "Why there is an exception: "
            : $"In {string.Join(", ", Results.Take(MostNames))}{more}: ";
        return where + (Mistakes.Count == 1 ? hint(Mistakes[0])
            : $"Each of these mistakes gives these values. {string.Join(" ", Mistakes.Select((one, i) => $"({i + 1}) {hint(one)}"))}")
            + (Negative ? " And there is a second mistake: the sign is wrong." : "");
    }
}

/// <summary>
/// Explains wrong answers by known mistakes. A mistake is named only where its values are those that were returned, in every case.
/// </summary>
public static class Diagnosis
{
    // One number may be met by chance, and so may some ones.
    const int LeastNumbers = 2, LeastWhole = 4;

    // Where more mistakes give the same values, these values do not say which it is.
    const int MostAlike = 5;

    /// <summary>
    /// The mistakes that explain all that is wrong; if there are none, those that explain single results, the first wrong one first.
    /// </summary>
    /// <param name="cases">The cases that were answered.</param>
    /// <param name="usual">
    /// The known mistakes, likely ones first: of those that explain everything only the first group that has one is asked.
    /// </param>
    public static IReadOnlyList<Finding> Of(IReadOnlyList<AnsweredCase> cases, IEnumerable<IReadOnlyList<UsualAnswer>> usual)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(usual);
        if (!cases.Any(one => one.Expected.Returned.Any(right => IsWrong(one, right.Name)))) return [];
        // Without a wrong number the exception's text must be the same: many mistakes end in one type of exception.
        bool onlyThrows = !cases.Any(one => one.Got.Returned.Any(got => IsWrong(one, got.Name)));
        var all = new List<UsualAnswer>();
        foreach (IReadOnlyList<UsualAnswer> known in usual)
        {
            // So many pairs end in one exception that it does not say which two were made.
            IReadOnlyList<UsualAnswer> group = onlyThrows ? [.. known.Where(one => one.Mistakes.Count == 1)] : known;
            IReadOnlyList<Finding> whole =
                Named([], [.. group.Where(one => cases.Index().All(at => IsSame(at.Item, one.Answers[at.Index], onlyThrows)))]);
            if (whole.Count > 0) return whole;
            all.AddRange(group);
        }
        return ByResult(cases, all);
    }

    // Each mistake explains as many results as it can; what no mistake gives stays unexplained.
    static List<Finding> ByResult(IReadOnlyList<AnsweredCase> cases, List<UsualAnswer> usual)
    {
        List<string> wrong = [.. cases.SelectMany(one => one.Expected.Returned.Where(right => IsWrong(one, right.Name)))
            .Select(right => right.Name).Distinct()];
        List<string> open = [.. wrong];
        List<Finding> findings = [.. Explaining(cases, usual, open, negative: false),
            .. Explaining(cases, [.. usual.Where(one => one.Mistakes.Count == 1)], open, negative: true)];
        List<UsualAnswer> throwing = [.. usual.Where(one => cases.Index().Any(at => ThrowsTheSame(at.Item.Got, one.Answers[at.Index])))];
        // What explains a result may explain the exception too.
        if (throwing.Count > 0 && !throwing.Exists(one => findings.Exists(finding => one.Mistakes.All(finding.Mistakes.Contains))))
        {
            int fewest = throwing.Min(one => one.Mistakes.Count);
            findings.InsertRange(0, Named([Finding.TheException], [.. throwing.Where(one => one.Mistakes.Count == fewest)]));
        }
        return [.. findings.Select(finding => finding.Results is [Finding.TheException] ? finding
            : finding with { Results = finding.Results.Count == wrong.Count ? [] : Kinds(finding.Results, wrong) })];
    }

    // The findings for the open results, which they are taken from.
    static List<Finding> Explaining(IReadOnlyList<AnsweredCase> cases, List<UsualAnswer> usual, List<string> open, bool negative)
    {
        // Two mistakes together show wherever they make something wrong: results that only some of them explain are chance. One mistake may
        // have been made in a part of the code only; but not where more is right of what it makes wrong than it explains.
        var explained = usual.Select(one => (Usual: one, Names: Explained(cases, one, open, negative)))
            .Where(one => one.Names.Count > 0 && (one.Usual.Mistakes.Count == 1
                ? RightInstead(cases, one.Usual) <= one.Names.Count
                : Others(cases, one.Usual) == 0)).ToList();
        var findings = new List<Finding>();
        while (open.Count > 0 && explained.Count > 0)
        {
            // As much as possible by as few mistakes as possible, and rather by one that makes nothing else wrong.
            int most = explained.Max(one => one.Names.Count), fewest = explained.Where(one => one.Names.Count == most)
                .Min(one => one.Usual.Mistakes.Count);
            var best = explained.Where(one => one.Names.Count == most && one.Usual.Mistakes.Count == fewest).ToList();
            if (best.Count > 1)
            {
                int[] others = [.. best.Select(one => Others(cases, one.Usual))];
                best = [.. best.Where((_, i) => others[i] == others.Min())];
            }
            string[] names = [.. open.Where(best[0].Names.Contains)];
            findings.AddRange(Named(names, [.. best.Where(one => one.Names.SetEquals(names)).Select(one => one.Usual)])
                .Select(finding => finding with { Negative = negative }));
            open.RemoveAll(names.Contains);
            foreach (var one in explained) one.Names.ExceptWith(names);
            explained.RemoveAll(one => one.Names.Count == 0);
        }
        return findings;
    }

    // How many results a mistake makes wrong that are right, or wrong in another way, in the answers.
    static int Others(IReadOnlyList<AnsweredCase> cases, UsualAnswer usual) => cases.Index().Sum(at => at.Item.Got.Returned.Count(got =>
        at.Item.Expected[got.Name] is { } right && usual.Answers[at.Index][got.Name] is { } theirs
            && Comparison.Compare(right, theirs, at.Item.Tolerance) is not null && !Comparison.IsSame(theirs, got, at.Item.Tolerance)));

    // How many results a mistake makes wrong that are right in the answers.
    static int RightInstead(IReadOnlyList<AnsweredCase> cases, UsualAnswer usual) => cases.Index().SelectMany(at => at.Item.Expected.Returned
        .Where(right => at.Item.Got[right.Name] is not null && !IsWrong(at.Item, right.Name)
            && usual.Answers[at.Index][right.Name] is { } theirs && Comparison.Compare(right, theirs, at.Item.Tolerance) is not null)
        .Select(right => right.Name)).Distinct().Count();

    // The same message with numbers in it, such as shapes, after as many results: another mistake would hardly end there.
    static bool ThrowsTheSame(Answer got, Answer usual) => got.Exception is not null && got.Exception == usual.Exception
        && got.Message == usual.Message && got.Message.Any(char.IsAsciiDigit) && got.Returned.Count == usual.Returned.Count;

    /// <summary>
    /// Whether a result is the same as another, in another case: "square dB" and "dB of large logits" are of the kind "dB".
    /// </summary>
    public static bool IsOfKind(string name, string kind)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name == kind || name.EndsWith($" {kind}", StringComparison.Ordinal) || name.StartsWith($"{kind} ", StringComparison.Ordinal);
    }

    // "dB" instead of "square dB", "dB" and "drawn dB", if these are all that is wrong with dB.
    static List<string> Kinds(IReadOnlyList<string> results, List<string> wrong)
    {
        var kinds = new List<string>();
        var named = new HashSet<string>();
        foreach (string name in results.OrderBy(name => name.Length))
        {
            if (named.Contains(name)) continue;
            string[] kind = [.. wrong.Where(one => IsOfKind(one, name))];
            kinds.Add(name);
            named.UnionWith(kind.All(results.Contains) ? kind : [name]);
        }
        return [.. kinds.OrderBy(results.ToList().IndexOf)];
    }

    // What all of the candidates have in common is sure; of the rest, one.
    static List<Finding> Named(IReadOnlyList<string> results, IReadOnlyList<UsualAnswer> candidates)
    {
        if (candidates.Count == 0) return [];
        string[] sure = [.. candidates[0].Mistakes.Where(one => candidates.All(other => other.Mistakes.Contains(one)))];
        string[] alike = [.. candidates.SelectMany(one => one.Mistakes).Except(sure).Distinct()];
        var findings = sure.Select(one => new Finding(results, [one])).ToList();
        if (alike.Length > 0 && alike.Length <= MostAlike && candidates.All(one => one.Mistakes.Count == sure.Length + 1))
            findings.Add(new Finding(results, alike));
        return findings;
    }

    // The names of the wrong results that a mistake gives, exactly these values or their negatives, in every case that returned them.
    static HashSet<string> Explained(IReadOnlyList<AnsweredCase> cases, UsualAnswer usual, List<string> wrong, bool negative)
    {
        var same = wrong.Where(name => cases.Index().All(at =>
            at.Item.Got[name] is not { } got || usual.Answers[at.Index][name] is { } theirs
                && (negative ? IsNegative(at.Item, theirs, got) : Comparison.IsSame(theirs, got, at.Item.Tolerance)))
            && cases.Any(one => one.Got[name] is not null)).ToHashSet();
        // All that the mistake makes wrong is wrong in the same way: then a count or a null says enough.
        if (!negative && same.Count > 0 && cases.Index().SelectMany(at => at.Item.Expected.Returned
            .Where(right => Comparison.Compare(right, usual.Answers[at.Index][right.Name], at.Item.Tolerance) is not null))
            .All(right => same.Contains(right.Name))) return same;
        same.RemoveWhere(name => cases.Sum(one => WrongNumbers(one, name).Where(value => value != Math.Round(value)).Distinct().Count())
            < LeastNumbers && cases.Sum(one => WrongNumbers(one, name).Count(value => value != 0)) < LeastWhole);
        return same;
    }

    // A result with nothing but a wrong sign does not show the mistake.
    static bool IsNegative(AnsweredCase one, Returned theirs, Returned got) =>
        Comparison.Compare(one.Expected[theirs.Name]!, theirs, one.Tolerance) is not null
            && Comparison.IsSame(theirs, got with { Values = [.. got.Values.Select(value => -value)] }, one.Tolerance);

    static IEnumerable<double> WrongNumbers(AnsweredCase one, string name)
    {
        if (one.Got[name] is not { Shape: not null } got || one.Expected[name] is not { } right) return [];
        bool sameShape = right.Shape is not null && right.Shape.AsSpan().SequenceEqual(got.Shape);
        return got.Values.Where((value, i) => double.IsFinite(value) && (!sameShape || !one.Tolerance.Accepts(value, right.Values[i])));
    }

    static bool IsWrong(AnsweredCase one, string name) =>
        one.Expected[name] is { } right && Comparison.Compare(right, one.Got[name], one.Tolerance) is not null;

    static bool IsSame(AnsweredCase one, Answer usual, bool toTheLetter) =>
        usual.Exception == one.Got.Exception && (!toTheLetter || usual.Message == one.Got.Message)
            && usual.Returned.Count == one.Got.Returned.Count
            && usual.Returned.All(theirs => one.Got[theirs.Name] is { } got && Comparison.IsSame(theirs, got, one.Tolerance));
}
