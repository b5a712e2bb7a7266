using MyTorch.Inspection;
using MyTorch.Symbolic;

namespace MyTorch.Teaching;

/// <summary>
/// A pencil-and-paper exercise: the <see cref="Inspection.Trace"/> of a small function with blanks for some values, tangents and adjoints.
/// It has the answers, and the results of common mistakes.
/// <code>
/// Drill drill = Drill.Create(seed: 7, level: 2);
/// foreach (DrillMistake mistake in drill.Cells[0].Explain(-0.28)) Console.WriteLine(mistake);
/// </code>
/// </summary>
/// <remarks>Tangents are ∂/∂v1 throughout. The same seed and level give the same drill on every machine.</remarks>
public sealed class Drill
{
    /// <summary>
    /// The number of levels. Level 1 has three operations on integers, 2 functions such as sin and ln, 3 quotients and more paths.
    /// </summary>
    public const int Levels = 3;

    const int MostInputs = 4;

    Drill(string formula, Trace trace, Generator random)
    {
        Formula = formula;
        Trace = trace;
        Cells = Blanks(trace, random).AsReadOnly();
    }

    /// <summary>
    /// The function as one formula: <c>ln v1 + v1·v2 - sin v2</c>. Its parentheses say in which order the table computes it.
    /// </summary>
    public string Formula { get; }

    /// <summary>The complete table, without blanks.</summary>
    public Trace Trace { get; }

    /// <summary>
    /// The blanks in an order in which they can be filled in: values and tangents from first to last, then adjoints from last to first.
    /// About two thirds of the cells are blank, including every adjoint with several paths.
    /// </summary>
    public IReadOnlyList<DrillCell> Cells { get; }

    /// <summary>The blank in a row and column; null where the table shows the number.</summary>
    /// <param name="index">The number of the value, counted from 1.</param>
    /// <param name="column">The column.</param>
    public DrillCell? Blank(int index, DrillColumn column) => Cells.FirstOrDefault(cell => cell.Index == index && cell.Column == column);

    /// <summary>A drill on a random function that can be computed by hand or with a pocket calculator.</summary>
    /// <param name="seed">The seed; each seed gives a different drill.</param>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
    public static Drill Create(int seed, int level = 1)
    {
        if (level is < 1 or > Levels) throw Invalid.Setting(nameof(level), level, "Drill: the levels are 1, 2 and 3.");
        var random = new Generator(seed);
        DrillProgram program = DrillProgram.Draw(level, random);
        return Of(program.Run, program.Inputs, random);
    }

    /// <summary>A drill on a given function, with blanks drawn from a seed.</summary>
    /// <param name="f">A function of single numbers, made of operations that <see cref="Expression"/> supports.</param>
    /// <param name="inputs">One to four numbers: v1, v2, ….</param>
    /// <param name="seed">The seed of the choice of blanks.</param>
    /// <exception cref="ArgumentException">There are no inputs or more than four.</exception>
    /// <exception cref="InvalidOperationException">
    /// <see cref="Expression"/> does not support an operation, or the result does not depend on any input.
    /// </exception>
    public static Drill Of(Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<double> inputs, int seed)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count is 0 or > MostInputs)
            throw new ArgumentException(
                $"Drill: {inputs.Count} inputs; a table to fill in by hand has one to {MostInputs}.", nameof(inputs));
        return Of(f, inputs, new Generator(seed));
    }

    static Drill Of(Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<double> inputs, Generator random)
    {
        Tensor[] at = [.. inputs.Select(input => Tensor.From(input, DType.Float64))];
        return new Drill(ExpressionText.InOrder(Expression.Of(f, at)), Trace.Of(f, at), random);
    }

    static List<DrillCell> Blanks(Trace trace, Generator random)
    {
        TraceRow[] computed = [.. trace.Rows.Where(row => row.Operation is not null)];
        DrillCell[] cells =
        [
            .. computed.Select(row => Cell(row, DrillColumn.Value, row.Value, row.Expression)),
            .. computed.Select(row => Cell(row, DrillColumn.Tangent, row.Tangents[0], row.TangentFormula)),
            .. trace.Rows.Reverse().Where(row => row.Partials.Count > 0)
                .Select(row => Cell(row, DrillColumn.Adjoint, row.Adjoint!, row.AdjointFormula)),
        ];
        // First the adjoints with several paths, then random cells.
        IEnumerable<int> chosen = random.Permutation(cells.Length)
            .OrderByDescending(i => cells[i].Column == DrillColumn.Adjoint && trace.Rows[cells[i].Index - 1].Partials.Count > 1)
            .Take((2 * cells.Length + 2) / 3);
        return [.. chosen.Order().Select(i => cells[i])];

        DrillCell Cell(TraceRow row, DrillColumn column, Tensor answer, string formula) => new(trace, row, column, answer.Item(), formula);
    }
}

/// <summary>The column of a cell of a <see cref="Drill"/>.</summary>
public enum DrillColumn
{
    /// <summary>v.</summary>
    Value,

    /// <summary>v̇ = ∂v/∂v1, by forward mode.</summary>
    Tangent,

    /// <summary>v̄ = ∂y/∂v, by reverse mode.</summary>
    Adjoint,
}

/// <summary>A blank of a <see cref="Drill"/>: its answer, and the results of common mistakes.</summary>
public sealed class DrillCell
{
    internal DrillCell(Trace trace, TraceRow row, DrillColumn column, double answer, string formula, bool knowsMistakes = true)
    {
        Index = row.Index;
        Column = column;
        Label = column switch
        {
            DrillColumn.Value => row.Label,
            DrillColumn.Tangent => Notation.Tangent(row.Label),
            _ => Notation.Adjoint(row.Label),
        };
        Answer = answer;
        Formula = formula;
        Mistakes =
        [
            .. (knowsMistakes ? new DrillMistakes(trace, row).In(column) : [])
                .Where(mistake => double.IsFinite(mistake.Answer) && !Accepts(mistake.Answer)),
        ];
    }

    /// <summary>The number of the value, counted from 1.</summary>
    public int Index { get; }

    /// <summary>The column of the cell.</summary>
    public DrillColumn Column { get; }

    /// <summary>Its name in formulas: <c>v3</c>, <c>tangent(v3)</c> or <c>adj(v3)</c>.</summary>
    public string Label { get; }

    /// <summary>The right number.</summary>
    public double Answer { get; }

    /// <summary>How it is computed: <c>adj(v5)·cos v2 + adj(v4)·v1</c>.</summary>
    public string Formula { get; }

    /// <summary>The results of common mistakes, most likely first, if they differ from the answer in three digits.</summary>
    public IReadOnlyList<DrillMistake> Mistakes { get; }

    /// <summary>Whether an answer is right to three significant digits; the third may be rounded up or down.</summary>
    public bool Accepts(double answer) => IsClose(answer, Answer);

    /// <summary>
    /// The usual mistakes that give this number to three significant digits; empty if it is right, or if no mistake gives it.
    /// </summary>
    public IReadOnlyList<DrillMistake> Explain(double answer) =>
        Accepts(answer) ? [] : [.. Mistakes.Where(mistake => IsClose(answer, mistake.Answer)).DistinctBy(mistake => mistake.Kind)];

    // 0 has no significant digits, so an answer that rounds to 0.00 is accepted.
    static bool IsClose(double answer, double exact)
    {
        const double Slack = 1 + 1e-9;
        double unit = exact == 0 ? 0.005 : Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(exact))) - 2);
        return Math.Abs(answer - exact) <= unit * Slack;
    }
}
