using MyTorch.Inspection;

namespace MyTorch.Teaching;

/// <summary>A random sequence of operations whose values, tangents and adjoints can be computed by hand.</summary>
sealed class DrillProgram
{
    const double LargestValue = 100, LargestDerivative = 200, SmallestAdjoint = 0.05;

    // A sum much smaller than its terms would cancel the digits that a student has written down.
    const double LeastOfTerms = 0.4;

    static readonly Kind
        s_add = new((a, b) => a + b, 2), s_subtract = new((a, b) => a - b, 2),
        s_multiply = new((a, b) => a * b, 2), s_divide = new((a, b) => a / b, 2);

    static readonly Kind[]
        s_simple = [s_add, s_subtract, s_multiply, s_multiply, new((a, _) => a.Square(), 1)],
        s_functions =
        [
            new((a, _) => a.Log(), 1), new((a, _) => a.Exp(), 1), new((a, _) => a.Sin(), 1), new((a, _) => a.Cos(), 1),
            new((a, _) => a.Sqrt(), 1),
        ];

    readonly List<(Kind Kind, int A, int B)> _steps = [];

    DrillProgram(double[] inputs) => Inputs = inputs;

    internal double[] Inputs { get; }

    internal Tensor Run(IReadOnlyList<Tensor> inputs)
    {
        var values = new List<Tensor>(inputs);
        foreach ((Kind kind, int a, int b) in _steps) values.Add(kind.Apply(values[a], values[b]));
        return values[^1];
    }

    /// <summary>Draws programs until one has what its level requires and can be computed by hand.</summary>
    internal static DrillProgram Draw(int level, Generator random)
    {
        while (true)
        {
            (int inputs, int simple, int functions, int quotients) = level switch
            {
                1 => (2, 3, 0, 0),
                2 => (2, 3, 1 + random.Next(2), 0),
                _ => (3, 3, 2, 1),
            };
            // 2 to 6, all different: with a 1, or with equal numbers, many mistakes would give the right answer.
            var program = new DrillProgram([.. random.Permutation(5).Take(inputs).Select(n => n + 2.0)]);
            Kind[] kinds = [.. Drawn(simple, s_simple), .. Drawn(functions, s_functions), .. Enumerable.Repeat(s_divide, quotients)];
            int[] uses = new int[inputs + kinds.Length];
            foreach (int i in random.Permutation(kinds.Length))
            {
                int a = Operand(), b = kinds[i].Operands == 2 ? Operand() : a;
                program._steps.Add((kinds[i], a, b));

                // A value that was used already is drawn again once, so that unused values are preferred and all paths lead to the result.
                int Operand()
                {
                    int known = inputs + program._steps.Count, drawn = random.Next(known);
                    if (uses[drawn] > 0) drawn = random.Next(known);
                    uses[drawn]++;
                    return drawn;
                }
            }
            if (program.HasPaths(uses, level) && program.IsOnPaper()) return program;
        }

        IEnumerable<Kind> Drawn(int count, Kind[] from) => Enumerable.Range(0, count).Select(_ => from[random.Next(from.Length)]);
    }

    // Every value leads to the result, which joins two. Some values have several users: inputs, and at the last level also a computed one.
    // Not all operations are linear.
    bool HasPaths(int[] uses, int level) =>
        !uses.SkipLast(1).Contains(0) && _steps[^1].Kind.Operands == 2 && _steps.Distinct().Count() == _steps.Count
        && _steps.All(step => step.Kind.Operands == 1 || step.A != step.B)
        && !_steps.All(step => step.Kind == s_add || step.Kind == s_subtract)
        && uses.Count(n => n > 1) >= (level == Drill.Levels ? 2 : 1)
        && uses.Skip(Inputs.Length).Any(n => n > 1) == (level == Drill.Levels);

    bool IsOnPaper()
    {
        IReadOnlyList<TraceRow> rows = Trace.Of(Run, [.. Inputs.Select(input => Tensor.From(input, DType.Float64))]).Rows;
        // Equal values hide mistakes; they arise where steps cancel each other.
        return rows.DistinctBy(row => row.Value.Item()).Count() == rows.Count && rows.All(row => IsOnPaper(row, rows));
    }

    static bool IsOnPaper(TraceRow row, IReadOnlyList<TraceRow> rows)
    {
        double[] from = [.. row.Inputs.Select(input => rows[input - 1].Value.Item())];
        double value = row.Value.Item();
        return value != 0 && Math.Abs(value) <= LargestValue
            && row.Adjoint is { } adjoint && Math.Abs(adjoint.Item()) is >= SmallestAdjoint and <= LargestDerivative
            && row.Tangents.All(tangent => Math.Abs(tangent.Item()) <= LargestDerivative)
            && KeepsDigits(row.Partials.Select(partial => partial.Value.Item()))
            && row.Operation switch
            {
                "Add" or "Subtract" => KeepsDigits([from[0], row.Operation == "Add" ? from[1] : -from[1]]),
                "Divide" => IsWhole(from[1], 2, 10),
                "Log" or "Sqrt" => from[0] > 0 && IsWhole(from[0], 2, 25),
                "Exp" => IsWhole(from[0], 1, 3),
                "Sin" or "Cos" => IsWhole(from[0], 1, 10),
                _ => true,
            };
    }

    static bool IsWhole(double number, double least, double most) =>
        double.IsInteger(number) && Math.Abs(number) >= least && Math.Abs(number) <= most;

    static bool KeepsDigits(IEnumerable<double> terms) =>
        terms.All(double.IsInteger) || Math.Abs(terms.Sum()) >= LeastOfTerms * terms.Max(Math.Abs);

    sealed record Kind(Func<Tensor, Tensor, Tensor> Apply, int Operands);
}
