using MyTorch.Symbolic;

namespace MyTorch.Teaching;

/// <summary>A family of functions whose formulas grow.</summary>
public enum GrowingFunction
{
    /// <summary>x·sin x, with itself in place of x again and again: what is used twice doubles the formula at every level.</summary>
    Nested,

    /// <summary>x1·x2·…·xn, differentiated by all n variables.</summary>
    Product,
}

/// <summary>The operations that the derivatives of a growing function take, counted on its formulas.</summary>
/// <param name="N">The depth of the nesting, or the number of variables.</param>
/// <param name="Function">The function, written out.</param>
/// <param name="FunctionShared">The function, with equal parts computed once.</param>
/// <param name="Rules">The derivatives as the rules build them, terms 0 and factors 1 included, written out.</param>
/// <param name="Simplified">The derivatives simplified, written out.</param>
/// <param name="Shared">The derivatives simplified, with equal parts computed once.</param>
/// <param name="Reverse">
/// The function and its derivatives by reverse accumulation (<see cref="Expression.Gradient"/>), with equal parts computed once.
/// </param>
public sealed record FormulaSize(
    int N, OperationCount Function, OperationCount FunctionShared, OperationCount Rules, OperationCount Simplified, OperationCount Shared,
    OperationCount Reverse);

/// <summary>
/// How formulas grow where symbolic differentiation writes and computes parts again, beside the same on a graph that computes each part
/// once.
/// </summary>
public static class FormulaGrowth
{
    /// <summary>The greatest n.</summary>
    public const int Most = 100;

    /// <summary>A function of the family.</summary>
    /// <param name="family">The family.</param>
    /// <param name="n">The depth of the nesting, or the number of variables, 1 to <see cref="Most"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such family, or n is not 1 to <see cref="Most"/>.</exception>
    public static Expression Function(GrowingFunction family, int n)
    {
        if (n is < 1 or > Most) throw Invalid.Setting(nameof(n), n, "FormulaGrowth: n is 1 to 100, for example 3.");
        switch (family)
        {
            case GrowingFunction.Nested:
                Expression f = Expression.Variable("x");
                for (int depth = 0; depth < n; depth++) f *= f.Sin();
                return f;
            case GrowingFunction.Product:
                return Variables(family, n).Select(Expression.Variable).Aggregate((product, factor) => product * factor);
            default:
                throw Invalid.OutOfRange(nameof(family), $"FormulaGrowth: the family must be Nested or Product; got {(int)family}.");
        }
    }

    /// <summary>The names of its variables: x, or x1 to xn.</summary>
    /// <param name="family">The family.</param>
    /// <param name="n">The depth of the nesting, or the number of variables.</param>
    public static IReadOnlyList<string> Variables(GrowingFunction family, int n) =>
        family == GrowingFunction.Nested ? ["x"] : [.. Enumerable.Range(1, n).Select(i => $"x{Notation.Number(i)}")];

    /// <summary>Counts the operations of the derivatives by all variables.</summary>
    /// <param name="family">The family.</param>
    /// <param name="n">The depth of the nesting, or the number of variables, 1 to <see cref="Most"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such family, or n is not 1 to <see cref="Most"/>.</exception>
    public static FormulaSize Of(GrowingFunction family, int n) => Counted(family, n).Last();

    /// <summary>
    /// The same one variable at a time, so that a page can draw between them: the derivatives by the first variable, by the first two, and
    /// so on to all. <see cref="FormulaSize.Shared"/> and <see cref="FormulaSize.Reverse"/> are counted with the last.
    /// </summary>
    /// <param name="family">The family.</param>
    /// <param name="n">The depth of the nesting, or the number of variables, 1 to <see cref="Most"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such family, or n is not 1 to <see cref="Most"/>.</exception>
    public static IEnumerable<FormulaSize> Counted(GrowingFunction family, int n)
    {
        Expression f = Function(family, n);
        return Each();

        IEnumerable<FormulaSize> Each()
        {
            IReadOnlyList<string> names = Variables(family, n);
            OperationCount function = f.CountOperations(), shared = f.CountOperations(shared: true);
            OperationCount rules = OperationCount.None, simplified = OperationCount.None;
            var partials = new List<Expression>();
            foreach (string name in names)
            {
                Expression partial = f.Derivative(name), simple = partial.Simplify();
                (rules, simplified) = (rules + partial.CountOperations(), simplified + simple.CountOperations());
                partials.Add(simple);
                bool isLast = partials.Count == names.Count;
                yield return new FormulaSize(n, function, shared, rules, simplified,
                    isLast ? Expression.CountOperations(partials, shared: true) : OperationCount.None,
                    isLast ? Expression.CountOperations([f, .. f.Gradient(names)], shared: true) : OperationCount.None);
            }
        }
    }
}
