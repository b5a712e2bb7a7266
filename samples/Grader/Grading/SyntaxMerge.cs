using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MyTorch.Grader.Grading;

/// <summary>Puts two changes of one piece of code together, if they change different parts of it.</summary>
static class SyntaxMerge
{
    // Changes that can be put together in more ways than these are told apart by nothing but luck.
    const int MostWays = 3;

    /// <summary>
    /// The code with both changes, in each way in which they can be put together: e^x → e^(e^x) and e^x → x·e^x make e^(x·e^x) and
    /// x·e^(e^x).
    /// None if they change the same part.
    /// </summary>
    /// <param name="original">The code without either.</param>
    /// <param name="first">The code with one change.</param>
    /// <param name="second">The code with the other.</param>
    public static IReadOnlyList<string> Merge(SyntaxNodeOrToken original, SyntaxNodeOrToken first, SyntaxNodeOrToken second)
    {
        if (IsSame(original, first)) return [second.ToFullString()];
        if (IsSame(original, second) || IsSame(first, second)) return [first.ToFullString()];
        // What is done to the whole of it says more than what its parts have in common by chance.
        string?[] whole = [LeftOut(original, first, second), LeftOut(original, second, first),
            Around(original, first, second), Around(original, second, first),
            .. SyntaxRewrite.Of(original, first).Select(rewrite => rewrite.In(second)),
            .. SyntaxRewrite.Of(original, second).Select(rewrite => rewrite.In(first))];
        return [.. whole.OfType<string>().Concat(InParts(original, first, second)).Distinct().Take(MostWays)];
    }

    static IReadOnlyList<string> InParts(SyntaxNodeOrToken original, SyntaxNodeOrToken first, SyntaxNodeOrToken second)
    {
        if (!original.IsNode || !IsAlike(original, first) || !IsAlike(original, second)) return [];
        SyntaxNodeOrToken[] before = [.. original.ChildNodesAndTokens()], one = [.. first.ChildNodesAndTokens()],
            other = [.. second.ChildNodesAndTokens()];
        if (before.Length == one.Length && before.Length == other.Length)
            return before.Select((child, i) => Merge(child, one[i], other[i])).Aggregate((IReadOnlyList<string>)[""],
                (all, part) => [.. all.SelectMany(text => part.Select(more => text + more)).Take(MostWays)]);
        return original.AsNode() is BlockSyntax && Merge(before, one, other) is { } merged ? [merged] : [];
    }

    // Another operator makes another kind of expression, of the same parts.
    static bool IsAlike(SyntaxNodeOrToken a, SyntaxNodeOrToken b) =>
        a.RawKind == b.RawKind || a.AsNode() is BinaryExpressionSyntax && b.AsNode() is BinaryExpressionSyntax
            || a.AsNode() is AssignmentExpressionSyntax && b.AsNode() is AssignmentExpressionSyntax;

    // One change leaves out what is around a part of the expression, 1 + x → x, and the other is inside this part.
    static string? LeftOut(SyntaxNodeOrToken original, SyntaxNodeOrToken part, SyntaxNodeOrToken changed)
    {
        if (original.AsNode() is not ExpressionSyntax before || part.AsNode() is not ExpressionSyntax left) return null;
        return before.DescendantNodes().Where(node => SyntaxFactory.AreEquivalent(node, left)).Select(node => At(node, before, changed))
            .FirstOrDefault(text => text is not null);
    }

    // What stands in changed code where a node stands in the code before; null if something else around it was changed.
    static string? At(SyntaxNode place, SyntaxNode before, SyntaxNodeOrToken changed)
    {
        SyntaxNodeOrToken at = changed, now = before;
        foreach (SyntaxNode node in place.AncestorsAndSelf().TakeWhile(node => node != before).Reverse())
        {
            SyntaxNodeOrToken[] children = [.. now.ChildNodesAndTokens()], others = [.. at.ChildNodesAndTokens()];
            if (now.AsNode() is ParenthesizedExpressionSyntax && !at.IsKind(SyntaxKind.ParenthesizedExpression))
            {
                now = node;
                continue;
            }
            if (!IsAlike(now, at) || children.Length != others.Length) return null;
            now = node;
            at = others[Array.FindIndex(children, child => child.AsNode() == node)];
        }
        return at.AsNode() is ExpressionSyntax ? at.ToFullString() : null;
    }

    // One change is around the expression, x → x / n, and the other inside it.
    static string? Around(SyntaxNodeOrToken original, SyntaxNodeOrToken around, SyntaxNodeOrToken inside)
    {
        if (original.AsNode() is not ExpressionSyntax before || around.AsNode() is not ExpressionSyntax outer
            || inside.AsNode() is not ExpressionSyntax inner) return null;
        SyntaxNode[] same = [.. outer.DescendantNodes().Where(node => SyntaxFactory.AreEquivalent(node, before))];
        if (same.Length != 1) return null;
        int start = same[0].SpanStart - outer.FullSpan.Start;
        string text = outer.ToFullString();
        return $"{text[..start]}({inner}){text[(start + same[0].Span.Length)..]}";
    }

    // Statements that were added, changed or left out.
    static string? Merge(SyntaxNodeOrToken[] before, SyntaxNodeOrToken[] one, SyntaxNodeOrToken[] other)
    {
        List<Change> ours = Changes(before, one), theirs = Changes(before, other);
        var all = new List<(Change Change, string Text)>();
        foreach (Change change in ours)
            if (theirs.Find(change.Touches) is not { } touched) all.Add((change, change.Text));
            // Both change one statement, and perhaps different parts of it.
            else if (change is { Now: [var mine], Length: 1 } && touched is { Now: [var its], Length: 1 } && change.Start == touched.Start
                && Merge(before[change.Start], mine, its) is [var both, ..]) all.Add((change, both));
            else return null;
        all.AddRange(theirs.Where(change => !ours.Exists(change.Touches)).Select(change => (change, change.Text)));
        var text = new System.Text.StringBuilder();
        int at = 0;
        foreach ((Change change, string now) in all.OrderBy(one => one.Change.Start))
        {
            foreach (SyntaxNodeOrToken child in before[at..change.Start]) text.Append(child.ToFullString());
            text.Append(now);
            at = change.End;
        }
        foreach (SyntaxNodeOrToken child in before[at..]) text.Append(child.ToFullString());
        return text.ToString();
    }

    // What stands in the place of some children, from Start up to but not including End.
    sealed record Change(int Start, int End, SyntaxNodeOrToken[] Now)
    {
        internal int Length => End - Start;

        internal string Text => string.Concat(Now.Select(child => child.ToFullString()));

        // Of two changes of neighbours the order is clear; not of something added beside a change.
        internal bool Touches(Change other) => Start < other.End && other.Start < End
            || (Start == End || other.Start == other.End) && Start <= other.End && other.Start <= End;
    }

    static List<Change> Changes(SyntaxNodeOrToken[] before, SyntaxNodeOrToken[] after)
    {
        // The longest common subsequence: length[i, j] of what begins at i and j.
        int[,] length = new int[before.Length + 1, after.Length + 1];
        for (int i = before.Length - 1; i >= 0; i--)
            for (int j = after.Length - 1; j >= 0; j--)
                length[i, j] = IsSame(before[i], after[j]) ? 1 + length[i + 1, j + 1] : Math.Max(length[i + 1, j], length[i, j + 1]);
        var changes = new List<Change>();
        for (int i = 0, j = 0; i < before.Length || j < after.Length;)
        {
            (int start, int from) = (i, j);
            while ((i < before.Length || j < after.Length) && !(i < before.Length && j < after.Length && IsSame(before[i], after[j])))
                if (j == after.Length || i < before.Length && length[i + 1, j] >= length[i, j + 1]) i++;
                else j++;
            if (start < i || from < j) changes.Add(new(start, i, after[from..j]));
            for (; i < before.Length && j < after.Length && IsSame(before[i], after[j]); i++) j++;
        }
        return changes;
    }

    internal static bool IsSame(SyntaxNodeOrToken a, SyntaxNodeOrToken b) =>
        a.AsNode() is { } x ? b.AsNode() is { } y && SyntaxFactory.AreEquivalent(x, y)
            : b.IsToken && SyntaxFactory.AreEquivalent(a.AsToken(), b.AsToken());
}
