using System.Globalization;
using System.Numerics;
using MyTorch.Teaching;

namespace Playground.Cost;

/// <summary>Along which line the costs grow.</summary>
public enum Growth
{
    /// <summary>More inputs, one output: a loss.</summary>
    Inputs,

    /// <summary>One input, more outputs: a curve.</summary>
    Outputs,

    /// <summary>As many outputs as inputs.</summary>
    Both,
}

/// <summary>How far both ways are after some passes: the way that has multiplied less goes next.</summary>
/// <param name="IsReverse">Whose pass was the last.</param>
/// <param name="Columns">The passes of forward mode.</param>
/// <param name="Rows">The sweeps of reverse mode.</param>
/// <param name="ForwardWork">The multiplications of forward mode, those of the values included.</param>
/// <param name="ReverseWork">Those of reverse mode.</param>
public readonly record struct RaceStep(bool IsReverse, int Columns, int Rows, long ForwardWork, long ReverseWork);

/// <summary>What the page about costs shows: the address holds all of it.</summary>
public sealed class CostState
{
    /// <summary>The largest number of derivatives that the race fills in.</summary>
    public const int MostCells = 10_000;

    readonly List<CountedPass> _columns = [], _rows = [];
    readonly List<RaceStep> _steps = [];
    readonly Dictionary<(Growth, int), CostCount> _counts = [];

    /// <summary>Many inputs, few outputs.</summary>
    public CostState() => SetSize(12, 2);

    /// <summary>The function that is differentiated.</summary>
    public FunctionCosts Costs { get; private set; } = null!;

    /// <summary>What all ways cost for it.</summary>
    public CostCount Ways { get; private set; } = null!;

    /// <summary>The number of passes and sweeps that are done.</summary>
    public int Step { get; private set; }

    /// <summary>The number of passes and sweeps of both ways together.</summary>
    public int Steps => Costs.Inputs + Costs.Outputs;

    /// <summary>Whether both Jacobians are full.</summary>
    public bool IsAtEnd => Step == Steps;

    /// <summary>Whether somebody stopped at this step, so that a link should too.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Where both ways are.</summary>
    public RaceStep Now => At(Step);

    /// <summary>Along which line the costs grow.</summary>
    public Growth Growth { get; set; }

    /// <summary>Whether counting goes on to a thousand.</summary>
    public bool UpToThousand { get; set; }

    /// <summary>The number of diamonds in the chain.</summary>
    public int Diamonds { get; set; } = 6;

    /// <summary>Takes another function, from the start of the race. The larger size stays within <see cref="MostCells"/>.</summary>
    public void SetSize(int inputs, int outputs)
    {
        inputs = Math.Clamp(inputs, 1, FunctionCosts.Most);
        outputs = Math.Clamp(outputs, 1, Math.Min(FunctionCosts.Most, MostCells / inputs));
        Costs = FunctionCosts.OfProducts(inputs, outputs);
        Ways = new CostCount(inputs, outputs);
        _columns.Clear();
        _rows.Clear();
        _steps.Clear();
        _steps.Add(new RaceStep(false, 0, 0, Costs.ValueMultiplications, Costs.ValueMultiplications));
        (Step, IsHeld) = (0, false);
    }

    /// <summary>Goes to a step. One that nobody was at is computed.</summary>
    public void GoTo(int step)
    {
        Step = Math.Clamp(step, 0, Steps);
        _ = Now;
    }

    /// <summary>A derivative ∂yⱼ/∂xᵢ that forward mode has computed at this step; null if it has not.</summary>
    public double? Forward(int output, int input) => input < Now.Columns ? _columns[input].Derivatives[output] : null;

    /// <summary>A derivative that reverse mode has computed at this step; null if it has not.</summary>
    public double? Reverse(int output, int input) => output < Now.Rows ? _rows[output].Derivatives[input] : null;

    RaceStep At(int step)
    {
        while (_steps.Count <= step)
        {
            RaceStep last = _steps[^1];
            bool reverse = last.Columns == Costs.Inputs || (last.Rows < Costs.Outputs && last.ReverseWork < last.ForwardWork);
            if (reverse) _rows.Add(Costs.Row(last.Rows));
            else _columns.Add(Costs.Column(last.Columns));
            long work = reverse ? _rows[^1].Multiplications : _columns[^1].Multiplications;
            _steps.Add(reverse
                ? last with { IsReverse = true, Rows = last.Rows + 1, ReverseWork = last.ReverseWork + work }
                : last with { IsReverse = false, Columns = last.Columns + 1, ForwardWork = last.ForwardWork + work });
        }
        return _steps[step];
    }

    /// <summary>The current step in words.</summary>
    public string Words()
    {
        (int n, int m) = (Costs.Inputs, Costs.Outputs);
        RaceStep now = Now;
        (string passes, string sweeps) = (Times(n, "pass", "passes"), Times(m, "sweep"));
        if (Step == 0)
            return $"The values are computed: {Times(now.ForwardWork, "multiplication")}. " +
                $"Now both ways fill the same {N(m)} × {N(n)} Jacobian.";
        if (IsAtEnd)
        {
            bool isTie = now.ForwardWork == now.ReverseWork, reverse = now.ReverseWork < now.ForwardWork;
            (long least, long most) = (Math.Min(now.ForwardWork, now.ReverseWork), Math.Max(now.ForwardWork, now.ReverseWork));
            if (isTie) return $"Both ways took {N(least)} multiplications for the same {N(n * m)} derivatives.";
            string winner = reverse ? "Reverse mode" : "Forward mode", loser = reverse ? "forward mode" : "reverse mode";
            (string runs, string others) = reverse ? (sweeps, passes) : (passes, sweeps);
            return $"{winner} took {runs} and {N(least)} multiplications, {loser} {others} and {N(most)}, " +
                $"for the same {N(n * m)} derivatives.";
        }
        (string row, string column) = (N(now.Rows), N(now.Columns));
        return now.IsReverse
            ? $"Reverse mode, sweep {row} of {N(m)}: adjoint 1 for y{row} gives row {row}." +
                (now.Columns == n ? $" Forward mode is done after {passes}." : "")
            : $"Forward mode, pass {column} of {N(n)}: tangent 1 for x{column} gives column {column}." +
                (now.Rows == m ? $" Reverse mode is done after {sweeps}." : "");
    }

    /// <summary>The sizes that are counted, up to a hundred or to a thousand.</summary>
    public IReadOnlyList<int> Sizes => UpToThousand ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] : [1, 2, 5, 10, 20, 50, 100];

    /// <summary>The costs for a size.</summary>
    public CostCount Count(int size)
    {
        if (_counts.TryGetValue((Growth, size), out CostCount? known)) return known;
        return _counts[(Growth, size)] = new CostCount(Growth == Growth.Outputs ? 1 : size, Growth == Growth.Inputs ? 1 : size);
    }

    /// <summary>The state as an address.</summary>
    public Address ToAddress()
    {
        Address address = new Address().Add("page", "cost").Add("n", Costs.Inputs).Add("m", Costs.Outputs);
        if (IsHeld) address.Add("step", Step);
        if (Growth != Growth.Inputs) address.Add("grow", Growth.ToString().ToLowerInvariant());
        if (UpToThousand) address.Add("upto", 1000);
        return address.Add("diamonds", Diamonds);
    }

    /// <summary>Takes the state of an address of this page; another's changes nothing.</summary>
    /// <returns>Whether it was one.</returns>
    public bool FromAddress(Address address)
    {
        if (address.Page != "cost") return false;
        Growth = address.Word<Growth>("grow") ?? Growth.Inputs;
        UpToThousand = address.Count("upto") == 1000;
        Diamonds = address.Count("diamonds", 1, MostDiamonds) ?? Diamonds;
        SetSize(address.Count("n", 1, FunctionCosts.Most) ?? Costs.Inputs, address.Count("m", 1, FunctionCosts.Most) ?? Costs.Outputs);
        if (address.Count("step") is { } step)
        {
            GoTo(step);
            IsHeld = true;
        }
        return true;
    }

    /// <summary>The longest chain of the page.</summary>
    public const int MostDiamonds = 30;

    /// <summary>A whole number with commas between thousands.</summary>
    public static string N(BigInteger number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number and what it counts.</summary>
    public static string Times(BigInteger number, string one, string? many = null) =>
        $"{N(number)} {(number.IsOne ? one : many ?? one + "s")}";
}

/// <summary>
/// The multiplications of every way to the Jacobian of one function, counted piece by piece so that the page answers between them.
/// </summary>
public sealed class CostCount(int inputs, int outputs)
{
    // Beyond it the formulas alone would take minutes.
    const int MostSymbolic = 50_000;

    IEnumerator<bool>? _pieces;

    /// <summary>The ways, in the order of the table.</summary>
    public static IReadOnlyList<string> Ways { get; } =
        ["numerical", "forward mode", "reverse mode", "symbolic, product rule", "symbolic, each from 1", "symbolic, simplified"];

    /// <summary>The multiplications of each way, once they are counted; null before, and where a way is not counted.</summary>
    public BigInteger?[] Totals { get; } = new BigInteger?[Ways.Count];

    /// <summary>How far the largest error of the differences is from 0, against reverse mode; null before they are counted.</summary>
    public double? Error { get; private set; }

    /// <summary>Whether everything is counted that will be.</summary>
    public bool IsDone { get; private set; }

    /// <summary>How many pieces are counted.</summary>
    public int Done { get; private set; }

    /// <summary>How many pieces there are.</summary>
    public int Pieces => 2 * inputs + outputs + (IsSymbolic ? inputs * outputs : 0);

    /// <summary>Whether its formulas are counted.</summary>
    public bool IsSymbolic => (long)inputs * outputs * (inputs + outputs) <= MostSymbolic;

    /// <summary>Counts the next piece: one pass, sweep, evaluation or formula.</summary>
    public void Next()
    {
        _pieces ??= All().GetEnumerator();
        if (_pieces.MoveNext()) Done++;
        else IsDone = true;
    }

    IEnumerable<bool> All()
    {
        // Recorded when it is counted: many sizes are shown before.
        FunctionCosts costs = FunctionCosts.OfProducts(inputs, outputs);
        double error = 0;
        BigInteger reverse = costs.ValueMultiplications, forward = reverse, numerical = reverse;
        var rows = new List<CountedPass>();
        for (int j = 0; j < costs.Outputs; j++)
        {
            rows.Add(costs.Row(j));
            reverse += rows[^1].Multiplications;
            yield return true;
        }
        Totals[2] = reverse;
        for (int i = 0; i < costs.Inputs; i++)
        {
            forward += costs.Column(i).Multiplications;
            yield return true;
        }
        Totals[1] = forward;
        for (int i = 0; i < costs.Inputs; i++)
        {
            CountedPass column = costs.Difference(i);
            numerical += column.Multiplications;
            error = Math.Max(error, rows.Max(row => Math.Abs(column.Derivatives[row.Index] - row.Derivatives[i])));
            yield return true;
        }
        (Totals[0], Error) = (numerical, error);
        if (!IsSymbolic) yield break;
        BigInteger rule = 0, simplified = 0;
        BigInteger? fromOne = 0;
        for (int j = 0; j < costs.Outputs; j++)
            for (int i = 0; i < costs.Inputs; i++)
            {
                SymbolicCost one = costs.Symbolic(j, i);
                (rule, simplified, fromOne) = (rule + one.ProductRule, simplified + one.Simplified, fromOne + one.FromOne);
                yield return true;
            }
        (Totals[3], Totals[4], Totals[5]) = (rule, fromOne, simplified);
    }
}
