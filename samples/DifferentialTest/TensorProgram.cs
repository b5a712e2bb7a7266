namespace DifferentialTest;

/// <summary>An input: a leaf tensor, whose numbers are exact in the program's type.</summary>
/// <param name="Name">Its name in the printed program.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its elements in row-major order.</param>
/// <param name="Pattern">Where the elements follow a formula, which keeps long inputs printable: element i is Base + Spread·(7919·i mod 1009)/1009.</param>
sealed record Leaf(string Name, int[] Shape, double[] Values, (double Base, double Spread)? Pattern = null)
{
    internal static Leaf Long(string name, int[] shape, double start, double spread, bool single)
    {
        double[] values = new double[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = start + spread * (i * 7919L % 1009) / 1009;
            if (single) values[i] = (float)values[i];
        }
        return new Leaf(name, shape, values, (start, spread));
    }
}

/// <summary>One operation of a program.</summary>
/// <param name="Op">Which.</param>
/// <param name="Operands">Places of its operands: leaves first, then results of earlier steps.</param>
/// <param name="Settings">Its settings.</param>
sealed record Step(Op Op, int[] Operands, Settings Settings)
{
    /// <summary>Whether it is computed while recording is paused.</summary>
    internal bool Paused { get; init; }

    /// <summary>Whether its gradient is asked for with RetainGrad.</summary>
    internal bool Retained { get; init; }

    /// <summary>Whether it is made by its constructor, and what the constructor was given is changed right after.</summary>
    internal bool HandedOver { get; init; }
}

/// <summary>The settings of stochastic gradient descent.</summary>
sealed record Descent(int Steps, double LearningRate, double Momentum, double Dampening, bool Nesterov, double WeightDecay);

/// <summary>A straight-line program of both libraries. Its result is the last value; the upstream gradient is a fixed pattern.</summary>
sealed record TensorProgram : Case
{
    internal required bool Single { get; init; }

    internal required Leaf[] Leaves { get; init; }

    internal required Step[] Steps { get; init; }

    /// <summary>Whether inputs moved by one unit in the last place tell how sensitive results are. Where values lie on a kink or tie they must not be moved.</summary>
    internal bool Smooth { get; init; }

    /// <summary>Whether second gradients and forward mode are compared as well.</summary>
    internal bool SecondOrder { get; init; } = true;

    /// <summary>How many times Backward runs on the same tape.</summary>
    internal int Backwards { get; init; } = 1;

    /// <summary>Whether the steps run inside a second scope, opened in the first.</summary>
    internal bool Nested { get; init; }

    internal int ValueCount => Leaves.Length + Steps.Length;

    internal string NameOf(int value) => value < Leaves.Length ? Leaves[value].Name : $"v{value - Leaves.Length + 1}";

    /// <summary>Element i of the upstream gradient: of either sign, never 0, exact in both types.</summary>
    internal static double Upstream(int i) => (i * 5 % 8 - 3.5) / 4;

    /// <summary>Element i of the direction in which a gradient is differentiated again and forward mode pushes.</summary>
    internal static double Direction(int i) => ((i * 3 + 1) % 8 - 3.5) / 2;

    internal static double[] Filled(int count, Func<int, double> element)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) values[i] = element(i);
        return values;
    }

    internal override Difference? Run() => Comparison.Of(this);

    internal override IEnumerable<Case> Smaller() => Shrinker.Smaller(this);

    internal override string Code(Difference difference) => Printer.Print(this, difference);

    /// <summary>The program without the steps and leaves that its last value does not depend on.</summary>
    internal TensorProgram WithoutUnused()
    {
        bool[] used = new bool[ValueCount];
        used[^1] = true;
        for (int v = ValueCount - 1; v >= Leaves.Length; v--)
            if (used[v])
                foreach (int operand in Steps[v - Leaves.Length].Operands) used[operand] = true;
        int[] place = new int[ValueCount];
        int next = 0;
        for (int v = 0; v < ValueCount; v++)
            if (used[v]) place[v] = next++;
        return this with
        {
            Leaves = [.. Leaves.Where((_, i) => used[i])],
            Steps = [.. Steps.Where((_, i) => used[Leaves.Length + i]).Select(step => step with { Operands = Array.ConvertAll(step.Operands, v => place[v]) })],
        };
    }
}

/// <summary>An array of numbers that one side came to.</summary>
/// <param name="Name">What it is: "value of v2".</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its elements.</param>
sealed record Observation(string Name, int[] Shape, double[] Values);

/// <summary>How exact a result must be.</summary>
enum Precision
{
    /// <summary>The rounded exact value: moves, choices, one correctly rounded step.</summary>
    Exact,

    /// <summary>A function of one or two elements: a few units in the last place.</summary>
    Function,

    /// <summary>A sum of terms: an error relative to the sum of their absolute values.</summary>
    Sum,

    /// <summary>Several steps, some of which may cancel: a few times the error that PyTorch makes.</summary>
    Composite,
}
