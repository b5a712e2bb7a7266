using System.Text;
using Kind = MyTorch.Symbolic.Expression.Kind;

namespace MyTorch.Symbolic;

/// <summary>Writes expressions with the fewest parentheses that leave one way to read them.</summary>
static class ExpressionText
{
    // How tightly an expression binds. A negative number binds like a sum: a·(-2).
    const int Sum = 1, Product = 2, Power = 3, Atom = 4;

    internal static string WrittenOut(Expression root) => Write(root, []);

    /// <summary>With parentheses around a product that is the right factor of another: they say which was computed first.</summary>
    internal static string InOrder(Expression root) => Write(root, [], inOrder: true);

    internal static string Shared(Expression root)
    {
        var parts = new Expression.Sharing();
        root = parts.Share([root])[0];
        var uses = new Dictionary<Expression, int>();
        foreach (Expression node in parts.Distinct)
        {
            if (node.Left is { } left) uses[left] = uses.GetValueOrDefault(left) + 1;
            if (node.Right is { } right) uses[right] = uses.GetValueOrDefault(right) + 1;
        }

        // The names of subexpressions must not be names of variables.
        string letter = "s";
        while (parts.Distinct.Any(node => node.Name?.StartsWith(letter, StringComparison.Ordinal) == true)) letter += "s";

        var text = new StringBuilder();
        var names = new Dictionary<Expression, string>();
        foreach (Expression node in parts.Distinct)
        {
            if (node.Left is null || uses.GetValueOrDefault(node) < 2) continue;
            string name = letter + Notation.Number(names.Count + 1);
            text.Append(name).Append(" = ").Append(Write(node, names)).Append('\n');
            names.Add(node, name);
        }
        return text.Append(Write(root, names)).ToString();
    }

    /// <param name="root">The expression to write.</param>
    /// <param name="names">Subexpressions that are written as a name.</param>
    /// <param name="inOrder">Whether a·(b·c) keeps its parentheses, which its value does not need.</param>
    static string Write(Expression root, Dictionary<Expression, string> names, bool inOrder = false)
    {
        var text = new StringBuilder();
        // What remains to be written, the next on top: a text, or a subexpression, how tightly it must bind, and whether a factor follows.
        var rest = new Stack<(Expression? Node, string? Text, int Needed, bool IsFollowed)>();
        rest.Push((root, null, Sum, false));
        while (rest.TryPop(out var next))
        {
            if (next.Node is not { } node)
            {
                text.Append(next.Text);
                continue;
            }
            if (names.TryGetValue(node, out string? name) || (name = node.Name) is not null)
            {
                text.Append(name);
                continue;
            }
            bool parentheses = Binds(node) < next.Needed, followed = next.IsFollowed && !parentheses;
            if (parentheses)
            {
                text.Append('(');
                Then(")");
            }
            switch (node.Is)
            {
                case Kind.Constant: text.Append(Notation.Number(node.Number)); break;
                case Kind.Add: Between(" + ", Sum, Product, false); break;
                case Kind.Subtract: Between(" - ", Sum, Product, false); break;
                case Kind.Multiply: Between("·", Product, inOrder ? Power : Product, true); break;
                case Kind.Divide: Between("/", Product, Power, true); break;
                case Kind.Power: Between("^", Atom, Atom, true); break;
                case Kind.Negate: text.Append('-'); Part(node.Left!, Product, followed); break;
                case Kind.Reciprocal: text.Append("1/"); Part(node.Left!, Power, followed); break;
                case Kind.Square: Then("²"); Part(node.Left!, Atom, true); break;
                case Kind.Log: Function("ln"); break;
                case Kind.Exp: Function("exp"); break;
                case Kind.Sqrt: Function("√"); break;
                case Kind.Sin: Function("sin"); break;
                case Kind.Cos: Function("cos"); break;
                case Kind.Tanh: Function("tanh"); break;
                case Kind.Sigmoid: Function("σ"); break;
            }

            void Then(string piece) => rest.Push((null, piece, 0, false));

            void Part(Expression part, int needed, bool isFollowed) => rest.Push((part, null, needed, isFollowed));

            void Between(string sign, int left, int right, bool isFactor)
            {
                Part(node.Right!, right, isFactor && followed);
                Then(sign);
                Part(node.Left!, left, isFactor);
            }

            // sin x for a name or number; sin(x) where "sin x·y" could be read as the sine of a product.
            void Function(string symbol)
            {
                Expression x = node.Left!;
                bool bare = !followed && symbol != "σ" && (names.ContainsKey(x) || x.Left is null && Binds(x) == Atom);
                text.Append(symbol);
                if (bare && symbol != "√") text.Append(' ');
                else if (!bare)
                {
                    text.Append('(');
                    Then(")");
                }
                Part(x, Sum, false);
            }
        }
        return text.ToString();
    }

    static int Binds(Expression node) => node.Is switch
    {
        Kind.Add or Kind.Subtract or Kind.Negate => Sum,
        Kind.Constant => node.Number < 0 ? Sum : Atom,
        Kind.Multiply or Kind.Divide or Kind.Reciprocal => Product,
        Kind.Power or Kind.Square => Power,
        _ => Atom,
    };
}
