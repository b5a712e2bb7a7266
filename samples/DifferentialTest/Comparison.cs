using System.Globalization;

namespace DifferentialTest;

/// <summary>
/// Compares both sides of a program. The reference is PyTorch in Float64 from the same inputs. What may differ is measured in units in the
/// last place of the program's type; where a computation is badly conditioned, also by what PyTorch itself loses in that type.
/// </summary>
static class Comparison
{
    /// <summary>How many times PyTorch's own error is allowed.</summary>
    const double Factor = 8;

    internal static Difference? Of(TensorProgram program)
    {
        OurRun ours;
        try
        {
            ours = OurSide.Run(program);
        }
        catch (Exception e)
        {
            return new Difference($"exception {e.GetType().Name}", $"MyTorch throws, PyTorch computes: {e.Message}");
        }
        return StepByStep(program, ours) ?? Whole(program, ours);
    }

    /// <summary>Each step alone, from the operands that MyTorch has at that point: nothing is carried over, so the tolerance is narrow.</summary>
    static Difference? StepByStep(TensorProgram program, OurRun ours)
    {
        for (int i = 0; i < program.Steps.Length; i++)
        {
            Step step = program.Steps[i];
            Observation[] operands = Array.ConvertAll(step.Operands, operand => ours.Values[operand]);
            Observation value = ours.Values[program.Leaves.Length + i] with { Name = $"value of {program.NameOf(program.Leaves.Length + i)} = {step.Op.Name}" };
            Observation exact = TorchSide.Step(step, operands, single: false);
            var noise = new Noise(program.Single)
            {
                Runs = step.Op.Precision is Precision.Composite ? [() => TorchSide.Step(step, operands, single: true)] : [],
                // Denormals and overflow: what the type itself makes of the step.
                Narrow = () => TorchSide.Step(step, operands, program.Single),
                Moves = MovesStep(program, step) ? [.. Enumerable.Range(1, 4).Select(seed => (Func<Observation>)(() => TorchSide.Step(step, Moved(operands, program.Single, seed), single: false)))] : [],
                Terms = step.Op.Precision == Precision.Sum ? () => TorchSide.Step(step, operands, single: false, absolute: true) : null,
                Ulps = step.Op.Precision switch { Precision.Exact => 0, Precision.Function => program.Single ? 4 : 6, Precision.Sum => 1, _ => 32 },
                Blur = step.Op.Precision == Precision.Composite && !program.Smooth ? 32 : 0,
                NaNIsOpen = step.Op.TakesLimits,
            };
            if (Compare(value, exact, noise) is { } difference) return difference;
        }
        return null;
    }

    // A double that PyTorch computed is itself rounded: for functions of doubles, the slope counts too.
    static bool MovesStep(TensorProgram program, Step step) => step.Op.Precision switch
    {
        Precision.Function => !program.Single,
        Precision.Composite => program.Smooth,
        _ => false,
    };

    static Observation[] Moved(Observation[] operands, bool single, int seed)
    {
        var random = new Random(seed);
        return Array.ConvertAll(operands, operand => operand with
        {
            Values = Array.ConvertAll(operand.Values, value =>
                single ? random.Next(2) == 0 ? MathF.BitIncrement((float)value) : MathF.BitDecrement((float)value)
                : random.Next(2) == 0 ? Math.BitIncrement(value) : Math.BitDecrement(value)),
        });
    }

    /// <summary>The program from its inputs to its gradients.</summary>
    static Difference? Whole(TensorProgram program, OurRun ours)
    {
        Dictionary<string, Observation> exact = TorchSide.Run(program, single: false);
        var runs = new Dictionary<(bool, int), Dictionary<string, Observation>>();
        Dictionary<string, Observation> Theirs(bool single, int moved) =>
            runs.TryGetValue((single, moved), out var known) ? known : runs[(single, moved)] = TorchSide.Run(program, single, moved);

        bool sharp = program.Steps.Length == 1 && program.Steps[0].Op.Precision is Precision.Function or Precision.Exact && program.Steps[0].Op.Family is "functions" or "arithmetic";
        foreach (Observation mine in ours.Observations)
        {
            if (program.Steps.Length == 1 && mine.Name.StartsWith("value", StringComparison.Ordinal)) continue;
            if (program.Steps.Any(step => !step.Op.ComparesSpecialGradients) && !program.Smooth && !mine.Name.StartsWith("value", StringComparison.Ordinal)) continue;
            bool secondOrder = mine.Name.StartsWith("second", StringComparison.Ordinal) || mine.Name.StartsWith("tangent", StringComparison.Ordinal);
            if (secondOrder && !program.Smooth && program.Steps.Any(step => !step.Op.ComparesSecondOrderAtKinks)) continue;
            var noise = new Noise(program.Single)
            {
                Runs = [() => Theirs(true, 0)[mine.Name]],
                Narrow = () => Theirs(program.Single, 0)[mine.Name],
                Moves = program.Smooth ? [.. Enumerable.Range(1, 4).Select(seed => (Func<Observation>)(() => Theirs(program.Single, seed)[mine.Name]))] : [],
                Ulps = sharp ? 6 : 16,
                Blur = sharp ? 0 : program.Smooth ? 8 : 64,
                Floor = sharp ? (secondOrder ? 16 : 4) * program.Steps[0].Op.Slope : program.Smooth ? 4 : 64,
                Slack = secondOrder ? program.Steps.Max(step => step.Op.SecondOrderSlack) : 0,
                // PyTorch differentiates its rule at a kink and gets NaN; a finite number there is no fault.
                NaNIsOpen = secondOrder || program.Steps.Any(step => step.Op.TakesLimits),
                OurNaNIsOpen = secondOrder && program.Steps.Any(step => step.Op.KeepsNaN),
            };
            if (Compare(mine, exact[mine.Name], noise) is { } difference) return difference;
        }
        return null;
    }

    /// <summary>What a result may be off by. Runs of PyTorch are made only if the narrow tolerance is not enough.</summary>
    sealed class Noise(bool single)
    {
        internal bool Single => single;

        /// <summary>Runs in Float32, whose distance from the reference shows how badly a program is conditioned.</summary>
        internal Func<Observation>[] Runs { get; init; } = [];

        /// <summary>Runs from inputs moved by a unit in the last place.</summary>
        internal Func<Observation>[] Moves { get; init; } = [];

        /// <summary>The run in the program's own type, which knows where it overflows.</summary>
        internal required Func<Observation> Narrow { get; init; }

        /// <summary>The sum of the absolute terms.</summary>
        internal Func<Observation>? Terms { get; init; }

        internal double Ulps { get; init; }

        /// <summary>In ulps of the largest element of the result.</summary>
        internal double Blur { get; init; }

        /// <summary>Relative to the largest element.</summary>
        internal double Slack { get; init; }

        internal bool NaNIsOpen { get; init; }

        /// <summary>Whether NaN of ours is not compared.</summary>
        internal bool OurNaNIsOpen { get; init; }

        /// <summary>In ulps of 1.</summary>
        internal double Floor { get; init; }
    }

    static Difference? Compare(Observation mine, Observation exact, Noise noise)
    {
        if (!mine.Shape.AsSpan().SequenceEqual(exact.Shape))
            return new Difference(mine.Name, $"the shape is {Settings.List(mine.Shape)}, PyTorch's {Settings.List(exact.Shape)}");
        double epsilon = noise.Single ? Math.Pow(2, -23) : Math.Pow(2, -52), tiny = noise.Single ? float.Epsilon : double.Epsilon;
        double largest = 0;
        if (noise.Blur > 0 || noise.Slack > 0)
            foreach (double value in exact.Values) if (double.IsFinite(value)) largest = Math.Max(largest, Math.Abs(value));
        double common = epsilon * (noise.Blur * largest + noise.Floor) + noise.Slack * largest;
        Observation? terms = null, narrow = null;
        List<(Observation Run, double Scale)>? runs = null;
        for (int i = 0; i < mine.Values.Length; i++)
        {
            double got = mine.Values[i], right = noise.Single ? (float)exact.Values[i] : exact.Values[i];
            if (got.Equals(right) || (got == 0 && right == 0) || (noise.NaNIsOpen && double.IsNaN(right)) || (noise.OurNaNIsOpen && double.IsNaN(got))) continue;
            double ulp = Ulp(exact.Values[i], noise.Single), tolerance = noise.Ulps * ulp + common + (noise.Ulps > 0 ? tiny : 0);
            if (Math.Abs(got - exact.Values[i]) <= tolerance) continue;

            if (noise.Terms is not null)
            {
                terms ??= noise.Terms();
                if (!(terms.Values[i] <= (noise.Single ? float.MaxValue : double.MaxValue / 2)) && !double.IsNaN(terms.Values[i]) && !double.IsFinite(got)) continue;
                tolerance += (noise.Single ? 1e-6 : 1e-14) * terms.Values[i];
            }
            if (runs is null)
            {
                runs = [];
                double scale = noise.Single ? 1 : Math.Pow(2, -29);
                foreach (Func<Observation> run in noise.Runs) runs.Add((run(), scale * Factor));
                foreach (Func<Observation> run in noise.Moves) runs.Add((run(), Factor));
            }
            double spread = 0;
            foreach ((Observation run, double scale) in runs)
                if (Math.Abs(run.Values[i] - exact.Values[i]) * scale is var distance && double.IsFinite(distance)) spread = Math.Max(spread, distance);
            tolerance += spread;
            if (Math.Abs(got - exact.Values[i]) <= tolerance) continue;

            narrow ??= noise.Narrow();
            double same = narrow.Values[i];
            // Overflow happens where the type says, not where Float64 would, and near its end one order of factors overflows before another.
            double end = noise.Single ? 1e34 : 1e304;
            bool overflows = (double.IsInfinity(got) || double.IsInfinity(same)) && Math.Abs(got) > end && Math.Abs(right) > end && Math.Sign(got) == Math.Sign(right);
            if (got.Equals(same) || (double.IsNaN(got) && double.IsNaN(same)) || overflows) continue;
            return new Difference(mine.Name, string.Create(CultureInfo.InvariantCulture,
                $"element {i} of {Settings.List(mine.Shape)}: MyTorch {Settings.Number(got)}, PyTorch {Settings.Number(right)} (in Float64 {Settings.Number(exact.Values[i])}, in the type itself {Settings.Number(same)}); off by {Math.Abs(got - exact.Values[i]) / ulp:G4} ulp, allowed {tolerance / ulp:G4}"));
        }
        return null;
    }

    static double Ulp(double value, bool single)
    {
        if (!double.IsFinite(value)) return 0;
        if (!single) return Math.BitIncrement(Math.Abs(value)) - Math.Abs(value);
        float narrow = Math.Min((float)Math.Abs(value), float.MaxValue);
        return narrow == float.MaxValue ? Math.Pow(2, 104) : (double)MathF.BitIncrement(narrow) - narrow;
    }
}
