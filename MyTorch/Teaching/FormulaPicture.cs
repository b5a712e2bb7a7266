using MyTorch.Inspection;
using MyTorch.Symbolic;

namespace MyTorch.Teaching;

/// <summary>A part of a formula in a <see cref="FormulaPicture"/>.</summary>
/// <param name="Text">The sign of its operation, or its name or number.</param>
/// <param name="IsOperation">Whether it is an operation.</param>
/// <param name="IsResult">Whether it is a whole formula.</param>
/// <param name="Uses">How many operations use it.</param>
/// <param name="X">The middle.</param>
/// <param name="Y">The middle.</param>
/// <param name="Width">The width.</param>
public sealed record FormulaBox(string Text, bool IsOperation, bool IsResult, int Uses, double X, double Y, double Width);

/// <summary>
/// Where the parts of formulas are drawn, the results above and the variables below: as trees, in which a part is drawn as often as it is
/// written, or as a graph, in which equal parts are one box.
/// </summary>
public sealed class FormulaPicture
{
    /// <summary>The height of a box.</summary>
    public const double BoxHeight = 30;

    FormulaPicture(double width, double height, FormulaBox[] boxes, string[] wires) =>
        (Width, Height, Boxes, Wires) = (width, height, boxes.AsReadOnly(), wires.AsReadOnly());

    /// <summary>The width of the picture.</summary>
    public double Width { get; }

    /// <summary>The height of the picture.</summary>
    public double Height { get; }

    /// <summary>The boxes.</summary>
    public IReadOnlyList<FormulaBox> Boxes { get; }

    /// <summary>The lines, as the attribute <c>d</c> of an SVG path, from an operation to what it uses.</summary>
    public IReadOnlyList<string> Wires { get; }

    /// <summary>Arranges formulas.</summary>
    /// <param name="formulas">The formulas.</param>
    /// <param name="shared">Whether equal parts are one box; a tree otherwise.</param>
    /// <param name="most">The greatest number of boxes.</param>
    /// <returns>The picture; null if it would have more boxes.</returns>
    public static FormulaPicture? Of(IReadOnlyList<Expression> formulas, bool shared, int most = 80)
    {
        ArgumentNullException.ThrowIfNull(formulas);
        var parts = new List<Expression>();
        var edges = new List<(int From, int To)>();
        var results = new HashSet<int>();
        if (shared)
        {
            Expression[] roots = new Expression.Sharing().Share(formulas);
            List<Expression> order = Expression.InOrder(roots);
            if (order.Count > most) return null;
            // An operation before what it uses.
            order.Reverse();
            var index = new Dictionary<Expression, int>();
            foreach (Expression part in order) index.Add(part, index.Count);
            parts = order;
            foreach (Expression part in order)
                foreach (Expression operand in Operands(part)) edges.Add((index[part], index[operand]));
            results = [.. roots.Select(root => index[root])];
        }
        else
        {
            foreach (Expression formula in formulas)
            {
                results.Add(parts.Count);
                if (!Write(formula)) return null;
            }
        }

        int[] uses = new int[parts.Count];
        foreach ((_, int to) in edges) uses[to]++;
        string[] texts = [.. parts.Select(TextOf)];
        double[] widths = [.. texts.Select(text => Math.Max(BoxHeight, 12 + 8.5 * text.Length))];
        var layout = new LayeredLayout();
        foreach (double width in widths) layout.AddBox(width, BoxHeight);
        foreach ((int from, int to) in edges) layout.AddEdge(from, to);
        layout.Run();
        return new FormulaPicture(layout.Width, layout.Height,
            [
                .. parts.Select((part, i) =>
                    new FormulaBox(texts[i], part.Left is not null, results.Contains(i), uses[i], layout[i].X, layout[i].Y, widths[i])),
            ],
            [.. edges.Select((_, i) => FunctionPicture.Path(layout.Course(i)))]);

        // Every occurrence is a separate part.
        bool Write(Expression formula)
        {
            var rest = new Stack<(Expression Part, int User)>([(formula, -1)]);
            while (rest.TryPop(out (Expression Part, int User) next))
            {
                if (parts.Count == most) return false;
                if (next.User >= 0) edges.Add((next.User, parts.Count));
                foreach (Expression operand in Operands(next.Part).Reverse()) rest.Push((operand, parts.Count));
                parts.Add(next.Part);
            }
            return true;
        }
    }

    static Expression[] Operands(Expression part) =>
        part.Left is not { } left ? [] : part.Right is not { } right ? [left] : [left, right];

    static string TextOf(Expression part) => part.Is switch
    {
        Expression.Kind.Constant => Notation.Short(part.Number),
        Expression.Kind.Variable => part.Name!,
        Expression.Kind.Add => "+",
        Expression.Kind.Subtract or Expression.Kind.Negate => "−",
        Expression.Kind.Multiply => "×",
        Expression.Kind.Divide => "÷",
        Expression.Kind.Power => "^",
        Expression.Kind.Square => "²",
        Expression.Kind.Reciprocal => "1/",
        Expression.Kind.Sqrt => "√",
        Expression.Kind.Log => "ln",
        Expression.Kind.Sigmoid => "σ",
        _ => part.Is.ToString().ToLowerInvariant(),
    };
}
