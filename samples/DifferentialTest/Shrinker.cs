using System.Diagnostics;

namespace DifferentialTest;

/// <summary>Reduces a failing case to the smallest that still fails.</summary>
static class Shrinker
{
    /// <summary>Takes simpler variants as long as one differs in the same kind, or the time is up.</summary>
    internal static (Case Case, Difference Difference) Shrink(Case failing, Difference difference, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        bool smaller = true;
        while (smaller)
        {
            smaller = false;
            foreach (Case candidate in failing.Smaller())
            {
                if (clock.Elapsed > limit) return (failing, difference);
                if (Try(candidate) is not { } found || found.Kind != difference.Kind) continue;
                (failing, difference, smaller) = (candidate, found, true);
                break;
            }
        }
        return (failing, difference);
    }

    // A variant may make no sense to either library; then it is not simpler but another case.
    static Difference? Try(Case candidate)
    {
        try
        {
            return candidate.Run();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }

    internal static IEnumerable<TensorProgram> Smaller(TensorProgram program)
    {
        // Fewer steps: an end cut off, or a step replaced by one of its operands or by an input of its value's shape.
        for (int i = 0; i < program.Steps.Length - 1; i++)
            yield return (program with { Steps = program.Steps[..(i + 1)] }).WithoutUnused();
        if (program.Steps.Length > 1)
            for (int i = program.Steps.Length - 1; i >= 0; i--)
            {
                foreach (int operand in program.Steps[i].Operands.Distinct()) yield return Without(program, i, operand);
                if (AsInput(program, i) is { } input) yield return input;
            }
        if (program.Backwards > 1) yield return program with { Backwards = 1 };
        if (program.Nested) yield return program with { Nested = false };
        for (int i = 0; i < program.Steps.Length; i++)
        {
            Step step = program.Steps[i];
            if (step.Paused) yield return With(program, i, step with { Paused = false });
            if (step.Retained) yield return With(program, i, step with { Retained = false });
        }
        // Smaller shapes: a size is replaced wherever it occurs.
        foreach (int size in program.Leaves.SelectMany(leaf => leaf.Shape).Concat(program.Steps.SelectMany(step => step.Settings.Sizes)).Distinct().OrderDescending())
            foreach (int other in new[] { 1, 2, 3, size / 10, size / 2, size - 1 }.Where(other => other > 0 && other < size).Distinct())
                yield return Resized(program, size, other);
        // Simpler numbers.
        for (int i = 0; i < program.Leaves.Length; i++)
        {
            Leaf leaf = program.Leaves[i];
            if (leaf.Values.Length == 0) continue;
            foreach (double value in new[] { 0, 1, 0.5, leaf.Values[0] })
                if (!Array.TrueForAll(leaf.Values, v => v.Equals(value)) && IsSimpler(leaf, value))
                    yield return With(program, i, leaf with { Values = TensorProgram.Filled(leaf.Values.Length, _ => value), Pattern = null });
            if (leaf.Values.Length > 70) continue;
            for (int k = 0; k < leaf.Values.Length; k++)
                foreach (double value in Simpler(leaf.Values[k]))
                {
                    double[] values = [.. leaf.Values];
                    values[k] = program.Single ? (float)value : value;
                    if (!values[k].Equals(leaf.Values[k])) yield return With(program, i, leaf with { Values = values });
                }
        }
    }

    static bool IsSimpler(Leaf leaf, double value) => !Array.TrueForAll(leaf.Values, v => v.Equals(leaf.Values[0])) || Cost(value) < Cost(leaf.Values[0]);

    static IEnumerable<double> Simpler(double value) => new[] { 0, 1, -1, 0.5, 2, Math.Round(value), Math.Round(value, 1), Shortened(value) }
        .Where(candidate => Cost(candidate) < Cost(value) && double.IsFinite(candidate));

    static double Shortened(double value) =>
        value == 0 || !double.IsFinite(value) ? 0 : double.Parse(value.ToString("G2", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);

    static int Cost(double value) => value switch { 0 when !double.IsNegative(value) => 0, 1 => 1, _ => 1 + Settings.Number(value).Length };

    static TensorProgram With(TensorProgram program, int i, Step step) => program with { Steps = [.. program.Steps.Select((s, k) => k == i ? step : s)] };

    static TensorProgram With(TensorProgram program, int i, Leaf leaf) => program with { Leaves = [.. program.Leaves.Select((l, k) => k == i ? leaf : l)] };

    static TensorProgram Without(TensorProgram program, int i, int operand)
    {
        int place = program.Leaves.Length + i;
        if (place == program.ValueCount - 1) return program;
        int Moved(int v) => v == place ? operand : v > place ? v - 1 : v;
        return (program with { Steps = [.. program.Steps.Where((_, k) => k != i).Select(step => step with { Operands = Array.ConvertAll(step.Operands, Moved) })] }).WithoutUnused();
    }

    static TensorProgram? AsInput(TensorProgram program, int i)
    {
        int place = program.Leaves.Length + i;
        if (place == program.ValueCount - 1) return null;
        Observation value;
        try
        {
            value = OurSide.Run(program).Values[place];
        }
        catch (Exception)
        {
            return null;
        }
        int Moved(int v) => v == place ? program.Leaves.Length : v < program.Leaves.Length ? v : v < place ? v + 1 : v;
        string name = Enumerable.Range(0, 26).Select(k => ((char)('a' + k)).ToString()).First(n => !program.Leaves.Any(leaf => leaf.Name == n));
        return (program with
        {
            Leaves = [.. program.Leaves, new Leaf(name, value.Shape, value.Values)],
            Steps = [.. program.Steps.Where((_, k) => k != i).Select(step => step with { Operands = Array.ConvertAll(step.Operands, Moved) })],
        }).WithoutUnused();
    }

    static TensorProgram Resized(TensorProgram program, int size, int other)
    {
        int[] Sizes(int[] shape) => Array.ConvertAll(shape, s => s == size ? other : s);
        return program with
        {
            Leaves = [.. program.Leaves.Select(leaf => Resize(leaf, Sizes(leaf.Shape), program.Single))],
            Steps = [.. program.Steps.Select(step => step with { Settings = Resize(step.Settings, Sizes, other) })],
        };
    }

    static Leaf Resize(Leaf leaf, int[] shape, bool single)
    {
        if (shape.AsSpan().SequenceEqual(leaf.Shape)) return leaf;
        if (leaf.Pattern is { } pattern) return Leaf.Long(leaf.Name, shape, pattern.Base, pattern.Spread, single);
        return leaf with { Shape = shape, Values = Part(leaf.Values, leaf.Shape, shape) };
    }

    static Settings Resize(Settings settings, Func<int[], int[]> sizes, int other) => settings with
    {
        Sizes = sizes(settings.Sizes),
        PositionShape = sizes(settings.PositionShape),
        Positions = Array.ConvertAll(Part(settings.Positions, settings.PositionShape, sizes(settings.PositionShape)), p => p >= other && other > 0 ? p % other : p),
        ChoiceShape = sizes(settings.ChoiceShape),
        Choices = Part(settings.Choices, settings.ChoiceShape, sizes(settings.ChoiceShape)),
        Numbers = settings.Numbers.Length == 0 ? [] : settings.Numbers[..Math.Min(settings.Numbers.Length, sizes([settings.Numbers.Length])[0])],
    };

    /// <summary>The first elements along each dimension.</summary>
    static TItem[] Part<TItem>(TItem[] values, int[] from, int[] to)
    {
        if (values.Length == 0) return [];
        TItem[] part = new TItem[to.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < part.Length; i++)
        {
            int rest = i, source = 0, stride = 1;
            for (int d = to.Length - 1; d >= 0; d--)
            {
                source += rest % to[d] * stride;
                rest /= to[d];
                stride *= from[d];
            }
            part[i] = values[source];
        }
        return part;
    }
}
