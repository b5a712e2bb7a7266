using MyTorch.Symbolic;

namespace MyTorch.Teaching;

// Puzzles from a seed: two functions, one inside the other or one times the other.
public sealed partial class FormulaPuzzle
{
    sealed record Part(string Name, Func<Tensor, Tensor> Run, Func<Expression, Expression> Write)
    {
        internal Expression Slope(Expression at) =>
            Write(s_x).Derivative("x").Substitute(new Dictionary<string, Expression> { ["x"] = at });
    }

    static readonly Expression s_x = Expression.Variable("x");

    // Above 0 for x from 0.4 to 1.6, so that each may stand inside ln and √.
    static readonly Part[] s_inner =
    [
        new("square", x => x.Square(), x => x.Square()), new("exp", x => x.Exp(), x => x.Exp()),
        new("sqrt", x => x.Sqrt(), x => x.Sqrt()), new("sin", x => x.Sin(), x => x.Sin()),
        new("tanh", x => x.Tanh(), x => x.Tanh()), new("sigmoid", x => x.Sigmoid(), x => x.Sigmoid()),
    ];

    static readonly Part[] s_outer = [.. s_inner, new("ln", x => x.Log(), x => x.Log()), new("cos", x => x.Cos(), x => x.Cos())];

    // What cancels would be no puzzle.
    static readonly (string, string)[] s_inverse = [("ln", "exp"), ("square", "sqrt"), ("sqrt", "square")];

    /// <summary>The seed of a puzzle from <see cref="Create"/>; null for one of <see cref="All"/>.</summary>
    public int? Seed { get; private init; }

    /// <summary>
    /// A puzzle from a seed: f′ of two of the library's functions, one inside the other (chain rule) or one times the other (product rule).
    /// Answer and mistakes come from <see cref="Expression"/>; the grade from the operations' own rules, as always.
    /// </summary>
    /// <param name="seed">The seed; the same seed gives the same puzzle on every machine.</param>
    public static FormulaPuzzle Create(int seed)
    {
        var random = new Generator(seed);
        bool isProduct = random.Next(2) == 0;
        Part f, g;
        do (f, g) = (s_outer[random.Next(s_outer.Length)], s_inner[random.Next(s_inner.Length)]);
        while (f.Name == g.Name || (!isProduct && s_inverse.Contains((f.Name, g.Name))));
        Expression inside = g.Write(s_x), y = isProduct ? f.Write(s_x) * inside : f.Write(inside), right = y.Derivative("x");
        IEnumerable<FormulaMistake> mistakes = isProduct
            ?
            [
                Mistake(FormulaMistakeKind.ProductOfDerivatives, f.Slope(s_x) * g.Slope(s_x),
                    "The derivative of a product is not the product of the derivatives."),
                Mistake(FormulaMistakeKind.OnePath, f.Slope(s_x) * inside,
                    "Only the first factor is differentiated; the second changes too."),
                Mistake(FormulaMistakeKind.OnePath, f.Write(s_x) * g.Slope(s_x),
                    "Only the second factor is differentiated; the first changes too."),
                Mistake(FormulaMistakeKind.Sign, f.Slope(s_x) * inside - f.Write(s_x) * g.Slope(s_x),
                    "A sign is wrong: the two contributions are added."),
                Mistake(FormulaMistakeKind.Sign, -right, "The sign is wrong."),
            ]
            :
            [
                Mistake(FormulaMistakeKind.FactorMissing, f.Slope(inside), "The inner derivative is missing."),
                Mistake(FormulaMistakeKind.WrongPoint, f.Slope(s_x) * g.Slope(s_x),
                    "The outer derivative is taken at x; take it at the inner function."),
                Mistake(FormulaMistakeKind.FactorMissing, g.Slope(s_x), "The outer derivative is missing."),
                Mistake(FormulaMistakeKind.WrongPoint, f.Slope(g.Slope(s_x)), "The inner derivative is a factor, not what stands inside."),
                Mistake(FormulaMistakeKind.Sign, -right, "The sign is wrong."),
            ];
        string title = isProduct ? "A product, at random" : "One function inside another, at random";
        string lesson = isProduct
            ? "Two paths lead from x to y, one through each factor, and their contributions are added."
            : "One path, two local derivatives: each at what stands in its own function, and multiplied.";
        FormulaPuzzle Made(FormulaMistake[] of) => new(
            $"random-{Notation.Number(seed)}", title, $"y = {y}", "What is f'(x)?",
            x => isProduct ? f.Run(x[0]) * g.Run(x[0]) : f.Run(g.Run(x[0])), [new("x", [3], 0.4, 1.6)], [0],
            [right.Simplify().ToString()], lesson, of, isElementwise: true, isDerivative: true)
        { Seed = seed };

        // Some mistakes change nothing here, or two are the same: only what can be told apart has a name.
        FormulaPuzzle all = Made([.. mistakes]);
        return Made([.. all.Mistakes.Where(mistake => all.Grade(mistake.Answer, 1).Mistake == mistake)]);

        static FormulaMistake Mistake(FormulaMistakeKind kind, Expression answer, string explanation) =>
            new(kind, [answer.Simplify().ToString()], explanation);
    }
}
