using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MyTorch.Grader.Grading;

/// <summary>
/// A change that puts one expression in the place of another wherever it stands, as y → x does in y·(1 − y) → x·(1 − x), or g → 1 in
/// g·y → y. It can be made in other code as well: 1 − y·y becomes 1 − x·x.
/// </summary>
/// <param name="was">The expression.</param>
/// <param name="now">What stands in its place.</param>
/// <param name="asFactor">Whether it changes factors only.</param>
sealed class SyntaxRewrite(ExpressionSyntax was, string now, bool asFactor)
{
    /// <summary>What a change may do to one expression; nothing if it does more than that, or leaves the expression in some places.</summary>
    public static IEnumerable<SyntaxRewrite> Of(SyntaxNodeOrToken original, SyntaxNodeOrToken changed)
    {
        var changes = new List<(ExpressionSyntax Was, ExpressionSyntax Now)>();
        if (original.AsNode() is not { } before || changed.AsNode() is not { } after || !Compare(before, after, changes)
            || changes.Count == 0) yield break;
        if (changes.TrueForAll(one => IsSame(one.Was, changes[0].Was) && IsSame(one.Now, changes[0].Now))
            && Places(before, changes[0].Was).Count == changes.Count)
            yield return new SyntaxRewrite(changes[0].Was, $"({changes[0].Now})", asFactor: false);
        ExpressionSyntax?[] factors = [.. changes.Select(one => Factor(one.Was, one.Now))];
        if (factors[0] is { } factor && factors.All(one => one is not null && IsSame(one, factor))
            && Places(before, factor).Count == changes.Count) yield return new SyntaxRewrite(factor, "1.0", asFactor: true);
    }

    /// <summary>Other code with the same change; null if it does not contain the expression.</summary>
    public string? In(SyntaxNodeOrToken code)
    {
        if (code.AsNode() is not { } node) return null;
        List<ExpressionSyntax> places = Places(node, was);
        if (places.Count == 0 || asFactor && !places.TrueForAll(IsFactor)) return null;
        string text = node.ToFullString();
        foreach (ExpressionSyntax place in places.OrderByDescending(place => place.SpanStart))
        {
            int start = place.SpanStart - node.FullSpan.Start;
            text = text[..start] + now + text[(start + place.Span.Length)..];
        }
        return text;
    }

    // The smallest expressions that differ, in pairs; false if something else differs.
    static bool Compare(SyntaxNode before, SyntaxNode after, List<(ExpressionSyntax Was, ExpressionSyntax Now)> changes)
    {
        if (IsSame(before, after)) return true;
        SyntaxNodeOrToken[] one = [.. before.ChildNodesAndTokens()], other = [.. after.ChildNodesAndTokens()];
        int count = changes.Count;
        bool named = before is MemberAccessExpressionSyntax a && after is MemberAccessExpressionSyntax b && !IsSame(a.Name, b.Name);
        if (before.RawKind == after.RawKind && one.Length == other.Length && !named
            && one.Zip(other).All(pair => pair.First.AsNode() is { } x && pair.Second.AsNode() is { } y
                ? Compare(x, y, changes) : SyntaxMerge.IsSame(pair.First, pair.Second))) return true;
        changes.RemoveRange(count, changes.Count - count);
        if (before is not ExpressionSyntax was || after is not ExpressionSyntax now) return false;
        changes.Add((was, now));
        return true;
    }

    // The factor that was left out of a product; null if another thing was done.
    static ExpressionSyntax? Factor(ExpressionSyntax was, ExpressionSyntax now) => was is not BinaryExpressionSyntax product
        || !product.IsKind(SyntaxKind.MultiplyExpression) ? null
        : IsSame(Bare(product.Left), Bare(now)) ? product.Right : IsSame(Bare(product.Right), Bare(now)) ? product.Left : null;

    static ExpressionSyntax Bare(ExpressionSyntax expression) =>
        expression is ParenthesizedExpressionSyntax around ? Bare(around.Expression) : expression;

    static bool IsFactor(ExpressionSyntax place)
    {
        SyntaxNode? around = place.Parent;
        while (around is PrefixUnaryExpressionSyntax or ParenthesizedExpressionSyntax) around = around.Parent;
        return around is BinaryExpressionSyntax product
            && (product.IsKind(SyntaxKind.MultiplyExpression) || product.IsKind(SyntaxKind.DivideExpression));
    }

    // Where an expression stands in the code, without the name of a member.
    static List<ExpressionSyntax> Places(SyntaxNode code, ExpressionSyntax expression) =>
        [.. code.DescendantNodesAndSelf(node => !IsSame(node, expression)).OfType<ExpressionSyntax>().Where(node => IsSame(node, expression)
            && !(node.Parent is MemberAccessExpressionSyntax access && access.Name == node))];

    static bool IsSame(SyntaxNode a, SyntaxNode b) => SyntaxFactory.AreEquivalent(a, b);
}
