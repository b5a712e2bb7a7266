namespace MyTorch.Teaching;

/// <summary>An element of a matrix or a vector: <c>dW[1,2]</c>, <c>b[1]</c>. Rows and columns count from 0, as in code.</summary>
/// <param name="Matrix">The name of the matrix.</param>
/// <param name="Row">The row; null in a vector.</param>
/// <param name="Column">The column, or the position in a vector.</param>
/// <param name="Value">The number there.</param>
public sealed record MatrixElement(string Matrix, int? Row, int Column, double Value)
{
    /// <summary>The name with its indices, as in code: <c>dW[1,2]</c>.</summary>
    public string Name => Row is { } row
        ? $"{Matrix}[{Notation.Number(row)},{Notation.Number(Column)}]"
        : $"{Matrix}[{Notation.Number(Column)}]";

    internal static MatrixElement Of(string matrix, Tensor values, int row, int column) => values.Rank == 1
        ? new(matrix, null, column, values.Item(column))
        : new(matrix, row, column, values.Item(row, column));
}

/// <summary>One term of an <see cref="ElementSum"/>: a product of two elements, or one element alone.</summary>
/// <param name="Left">The first factor.</param>
/// <param name="Right">The second factor; null where the term is one element.</param>
public sealed record ElementTerm(MatrixElement Left, MatrixElement? Right)
{
    /// <summary>The product.</summary>
    public double Value => Left.Value * (Right?.Value ?? 1);

    /// <summary>The names of the factors: <c>dY[0,1]·X[0,2]</c>.</summary>
    public string Text => Right is null ? Left.Name : $"{Left.Name}·{Right.Name}";

    /// <summary>The factors as numbers: <c>0.5·(-1)</c>.</summary>
    public string Numbers => Right is null
        ? Notation.Short(Left.Value)
        : $"{Notation.Short(Left.Value)}·{Notation.InParenthesesIfNegative(Notation.Short(Right.Value))}";
}

/// <summary>Where an element of a result comes from: the sum of its terms.</summary>
/// <remarks>The value is the engine's; <see cref="Terms"/> add up to it, but for rounding.</remarks>
public sealed class ElementSum
{
    internal ElementSum(MatrixElement element, string rule, string words, ElementTerm[] terms) =>
        (Element, Rule, Words, Terms) = (element, rule, words, terms.AsReadOnly());

    /// <summary>The element.</summary>
    public MatrixElement Element { get; }

    /// <summary>The formula of the whole result: <c>dW = dYᵀ·X</c>.</summary>
    public string Rule { get; }

    /// <summary>Where it comes from: <c>row 1 of dYᵀ times column 2 of X</c>.</summary>
    public string Words { get; }

    /// <summary>Why these terms: what the element takes part in. Empty if nothing is to be said.</summary>
    public string Reason { get; internal init; } = "";

    /// <summary>The terms, in the order of the sum.</summary>
    public IReadOnlyList<ElementTerm> Terms { get; }

    /// <summary>The sum in names: <c>dY[0,1]·X[0,2] + dY[1,1]·X[1,2]</c>.</summary>
    public string Text => Notation.Sum(Terms.Select(term => term.Text));

    /// <summary>The sum in numbers: <c>0.5·(-1) + 2·3</c>.</summary>
    public string Numbers => Notation.Sum(Terms.Select(term => term.Numbers));

    /// <summary>The whole: <c>dW[1,2] = dY[0,1]·X[0,2] + … = 0.5·(-1) + … = 5.5</c>.</summary>
    public override string ToString() => $"{Element.Name} = {Text} = {Numbers} = {Notation.Short(Element.Value)}";

    // The element (row, column) of left·right, either of which may be read transposed.
    internal static ElementSum OfProduct(
        MatrixElement element, string rule, (string Name, Tensor Values, bool Transposed) left,
        (string Name, Tensor Values, bool Transposed) right, int row, int column, MatrixElement? added = null,
        string reason = "")
    {
        int inner = left.Values.Shape[left.Transposed ? 0 : 1];
        IEnumerable<ElementTerm> terms = Enumerable.Range(0, inner).Select(i => new ElementTerm(
            left.Transposed
                ? MatrixElement.Of(left.Name, left.Values, i, row)
                : MatrixElement.Of(left.Name, left.Values, row, i),
            right.Transposed
                ? MatrixElement.Of(right.Name, right.Values, column, i)
                : MatrixElement.Of(right.Name, right.Values, i, column)));
        if (added is not null) terms = terms.Append(new ElementTerm(added, null));
        string words = $"row {Notation.Number(row)} of {left.Name}{Mark(left.Transposed)} times " +
            $"column {Notation.Number(column)} of {right.Name}{Mark(right.Transposed)}{(added is null ? "" : $", plus {added.Name}")}";
        return new ElementSum(element, rule, words, [.. terms]) { Reason = reason };
    }

    static string Mark(bool isTransposed) => isTransposed ? "ᵀ" : "";
}
