using MyTorch.Inspection;

namespace MyTorch.Teaching;

/// <summary>
/// What a table of derivatives does not show: that an operation has no value where it stands, or no derivative. Every operation is asked by
/// its values beside the operands, so that none needs a separate rule.
/// </summary>
static class FunctionRemarks
{
    // A difference of slopes that a shorter step does not make smaller is a kink, and no curvature.
    const double Near = 1e-6, Nearer = Near / 8, Stays = 0.7;

    internal static IReadOnlyList<string> Of(FunctionTrace trace)
    {
        var remarks = new List<string>();
        using PauseScope pause = Autograd.Pause();
        for (int row = trace.Function.Variables.Count + 1; row <= trace.Rows.Count; row++)
        {
            TraceRow value = trace.Rows[row - 1];
            int operation = row - trace.Function.Variables.Count - 1;
            if (value.Recorded is not { } recorded || operation >= trace.Function.OperationCount) continue;
            double[] operands = [.. recorded.InputArray.Select(input => input.Item())];
            // What has no value was told where it began.
            if (!operands.All(double.IsFinite)) continue;
            FunctionEdge[] edges = [.. trace.Edges.Where(edge => edge.User == row)];
            string name = $"{value.Label} = {value.Expression}";
            string At() => string.Join(", ",
                edges.Select(edge => $"{trace.Rows[edge.Input - 1].Label} = {Shown(operands[edge.Position])}").Distinct());
            if (!double.IsFinite(value.Value.Item()))
            {
                string what = double.IsNaN(value.Value.Item()) ? "has no value" : "is infinite";
                remarks.Add($"{name} {what} at {At()}, and what the rules still give for it means nothing.");
                continue;
            }
            FunctionStep step = trace.Function.StepOf(trace.Order?[operation] ?? operation);
            foreach (FunctionEdge edge in edges)
                if (Beside(step, operands, edge) is { } found)
                {
                    remarks.Add($"{name} {found} The engine takes {Shown(edge.Local)}.");
                    break;
                }
        }
        return remarks.AsReadOnly();
    }

    static string? Beside(FunctionStep step, double[] operands, FunctionEdge edge)
    {
        double at = operands[edge.Position], size = at == 0 ? 1 : Math.Abs(at), here = Value(at);
        (double left, double right) = Slopes(Near * size);
        string where = $"v{edge.Input} = {Shown(at)}";
        if (double.IsNaN(left) != double.IsNaN(right))
            return $"has values on one side of {where} only, so it has no derivative there.";
        if (double.IsNaN(left)) return $"has no values beside {where}, so it has no derivative there.";
        double apart = Math.Abs(right - left);
        double least = 1e-4 * Math.Max(Math.Abs(left), Math.Abs(right)) + 1e-7 * Math.Max(1, Math.Abs(here));
        if (double.IsFinite(apart) && apart <= least) return null;
        (double nearLeft, double nearRight) = Slopes(Nearer * size);
        if (double.IsFinite(apart) && Math.Abs(nearRight - nearLeft) < Stays * apart) return null;
        return $"has no derivative at {where}: its slope is {Slope(left, nearLeft)} to the left and {Slope(right, nearRight)} to the right.";

        (double, double) Slopes(double h) => ((here - Value(at - h)) / h, (Value(at + h) - here) / h);

        double Value(double operand)
        {
            Tensor[] tensors = [.. operands.Select((other, k) => Tensor.From(k == edge.Position ? operand : other, DType.Float64))];
            return step.Apply(tensors[0], tensors.Length > 1 ? tensors[^1] : null, DType.Float64).Item();
        }
    }

    // One that grows with every shorter step has no bound.
    static string Slope(double slope, double nearer) =>
        Math.Abs(nearer) > 4 * Math.Abs(slope) && Math.Abs(slope) > 100 || double.IsInfinity(slope)
            ? slope < 0 ? "-∞" : "∞"
            : Shown(Math.Round(nearer, 4));

    static string Shown(double value) => Notation.Short(value);
}
