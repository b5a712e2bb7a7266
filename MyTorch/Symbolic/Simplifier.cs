using Kind = MyTorch.Symbolic.Expression.Kind;

namespace MyTorch.Symbolic;

/// <summary>
/// Rewrites expressions from the operands up: each method below makes one kind of expression from simplified operands, as simple as it can.
/// Subexpressions are shared: equal ones are the same object, so <c>==</c> compares them.
/// </summary>
sealed class Simplifier
{
    readonly Expression.Sharing _parts = new();

    internal Expression[] Simplify(IReadOnlyList<Expression> roots)
    {
        var simple = new Dictionary<Expression, Expression>();
        foreach (Expression node in Expression.InOrder(roots))
        {
            Expression a = node.Left is { } left ? simple[left] : null!, b = node.Right is { } right ? simple[right] : null!;
            simple.Add(node, node.Is switch
            {
                Kind.Constant => Number(node.Number),
                Kind.Variable => _parts.Make(Kind.Variable, null, name: node.Name),
                Kind.Add => Add(a, b),
                Kind.Subtract => Subtract(a, b),
                Kind.Multiply => Multiply(a, b),
                Kind.Divide => Divide(a, b),
                Kind.Power => Power(a, b),
                Kind.Negate => Negate(a),
                Kind.Square => Square(a),
                Kind.Reciprocal => Divide(Number(1), a),
                _ => Function(node.Is, a),
            });
        }
        return [.. roots.Select(root => simple[root])];
    }

    Expression Number(double value) => _parts.Make(Kind.Constant, null, number: value);

    static bool IsNumber(Expression x, out double value)
    {
        value = x.Number;
        return x.Is == Kind.Constant;
    }

    static bool Is(Expression x, double value) => x.Is == Kind.Constant && x.Number == value;

    Expression Add(Expression a, Expression b)
    {
        if (IsNumber(a, out double p) && IsNumber(b, out double q)) return Number(p + q);
        if (Is(a, 0)) return b;
        if (Is(b, 0)) return a;
        if (a == b) return Multiply(Number(2), a);
        if (b.Is == Kind.Negate) return Subtract(a, b.Left!);
        if (IsNumber(b, out q) && q < 0) return Subtract(a, Number(-q));
        if (a.Is == Kind.Negate) return Subtract(b, a.Left!);
        return _parts.Make(Kind.Add, a, b);
    }

    Expression Subtract(Expression a, Expression b)
    {
        if (IsNumber(a, out double p) && IsNumber(b, out double q)) return Number(p - q);
        if (Is(a, 0)) return Negate(b);
        if (Is(b, 0)) return a;
        if (a == b) return Number(0);
        if (b.Is == Kind.Negate) return Add(a, b.Left!);
        if (IsNumber(b, out q) && q < 0) return Add(a, Number(-q));
        return _parts.Make(Kind.Subtract, a, b);
    }

    Expression Negate(Expression a)
    {
        if (IsNumber(a, out double p)) return Number(0 - p);
        if (a.Is == Kind.Negate) return a.Left!;
        if (a.Is == Kind.Subtract) return Subtract(a.Right!, a.Left!);
        return _parts.Make(Kind.Negate, a);
    }

    Expression Multiply(Expression a, Expression b)
    {
        if (Is(a, 0) || Is(b, 0)) return Number(0);
        if (Is(a, 1)) return b;
        if (Is(b, 1)) return a;
        if (a.Is == Kind.Negate) return Negate(Multiply(a.Left!, b));
        if (b.Is == Kind.Negate) return Negate(Multiply(a, b.Left!));

        // Signs go outside and numbers to the front, where they meet other numbers.
        (double p, Expression u) = Coefficient(a);
        (double q, Expression v) = Coefficient(b);
        if (p * q < 0) return Negate(Multiply(Scaled(Math.Abs(p), u), Scaled(Math.Abs(q), v)));
        if (q != 1 || (p != 1 && !Is(v, 1) && !Is(u, 1))) return Scaled(p * q, Multiply(u, v));

        if (a == b) return Square(a);
        if (b.Is == Kind.Divide && Is(b.Left!, 1)) return Divide(a, b.Right!);
        if (a.Is == Kind.Divide && Is(a.Left!, 1)) return Divide(b, a.Right!);
        return _parts.Make(Kind.Multiply, a, b);
    }

    /// <summary>The number in front of a product, and the rest.</summary>
    (double Number, Expression Other) Coefficient(Expression x) =>
        IsNumber(x, out double value) ? (value, Number(1))
        : x.Is == Kind.Multiply && IsNumber(x.Left!, out value) ? (value, x.Right!)
        : (1, x);

    /// <summary>A positive number times an expression that has no number in front.</summary>
    Expression Scaled(double factor, Expression x) =>
        factor == 1 ? x : Is(x, 1) ? Number(factor)
        : x.Is == Kind.Divide && Is(x.Left!, 1) ? Divide(Number(factor), x.Right!)
        : _parts.Make(Kind.Multiply, Number(factor), x);

    Expression Divide(Expression a, Expression b)
    {
        if (Is(a, 0) && !Is(b, 0)) return a;
        if (Is(b, 1)) return a;
        if (a == b && !Is(b, 0)) return Number(1);
        if (a.Is == Kind.Negate) return Negate(Divide(a.Left!, b));
        if (b.Is == Kind.Negate) return Negate(Divide(a, b.Left!));
        if (a.Is == Kind.Divide) return Divide(a.Left!, Multiply(a.Right!, b));
        if (b.Is == Kind.Divide) return Divide(Multiply(a, b.Right!), b.Left!);

        (double p, Expression u) = Coefficient(a);
        (double q, Expression v) = Coefficient(b);
        if (p / q < 0) return Negate(Divide(Scaled(Math.Abs(p), u), Scaled(Math.Abs(q), v)));
        // Numbers are divided only if the quotient is an integer: 1/3 stays 1/3.
        if (q != 1 && IsMultiple(p, q)) return Divide(Scaled(p / q, u), v);
        if (p != 1 && IsMultiple(q, p)) return Divide(u, Scaled(q / p, v));

        // The quotient rule gives u·v/v² if the denominator is constant.
        if (u == v && !Is(u, 1)) return Divide(Number(p), Number(q));
        if (Without(u, v) is { } other) return Divide(Scaled(p, other), Number(q));
        if (v.Is == Kind.Square)
        {
            Expression root = v.Left!;
            if (u == root) return Divide(Number(p), Scaled(q, root));
            if (Without(u, root) is { } rest) return Divide(Multiply(Number(p), rest), Multiply(Number(q), root));
        }
        return _parts.Make(Kind.Divide, a, b);
    }

    static bool IsMultiple(double a, double b)
    {
        const double LargestExact = 1L << 53;
        double quotient = a / b;
        return double.IsInteger(quotient) && Math.Abs(quotient) <= LargestExact && quotient * b == a;
    }

    /// <summary>A product without one of its two factors; null if it is not a factor.</summary>
    static Expression? Without(Expression product, Expression factor) =>
        product.Is != Kind.Multiply || Is(factor, 1) ? null
        : product.Right == factor ? product.Left
        : product.Left == factor ? product.Right
        : null;

    Expression Square(Expression a)
    {
        if (IsNumber(a, out double p)) return Number(p * p);
        return a.Is == Kind.Negate ? Square(a.Left!) : _parts.Make(Kind.Square, a);
    }

    Expression Power(Expression a, Expression b) =>
        !IsNumber(b, out double exponent) ? _parts.Make(Kind.Power, a, b)
        : exponent switch
        {
            0 => Number(1),
            1 => a,
            2 => Square(a),
            -1 => Divide(Number(1), a),
            _ => _parts.Make(Kind.Power, a, b),
        };

    Expression Function(Kind kind, Expression a) => (kind, a.Is, a.Number) switch
    {
        (Kind.Log, Kind.Exp, _) => a.Left!,
        (Kind.Log, Kind.Constant, 1) => Number(0),
        (Kind.Exp or Kind.Cos, Kind.Constant, 0) => Number(1),
        (Kind.Sqrt or Kind.Sin or Kind.Tanh, Kind.Constant, 0) => Number(0),
        (Kind.Sqrt, Kind.Constant, 1) => Number(1),
        (Kind.Sigmoid, Kind.Constant, 0) => Number(0.5),
        _ => _parts.Make(kind, a),
    };
}
