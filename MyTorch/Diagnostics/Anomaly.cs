using System.Globalization;
using MyTorch.Inspection;
using MyTorch.Operations;

namespace MyTorch.Diagnostics;

/// <summary>An operation computed NaN or ∞ from finite numbers, in a scope opened with <c>detectAnomaly: true</c>.</summary>
public sealed class AnomalyException : InvalidOperationException
{
    internal AnomalyException(GradientReason reason, int position, Operation operation, bool isBackward, string message) : base(message)
    {
        (Reason, Position, Operation, IsBackward) = (reason, position, operation, isBackward);
    }

    /// <summary>What happened: log of zero, 0·∞, an overflow, and so on.</summary>
    public GradientReason Reason { get; }

    /// <summary>The index in <see cref="Autograd.Operations"/>, from 0.</summary>
    public int Position { get; }

    /// <summary>The operation, with its inputs.</summary>
    public Operation Operation { get; }

    /// <summary>Whether its backward rule computed NaN or ∞; else its forward.</summary>
    public bool IsBackward { get; }
}

/// <summary>Throws at the first operation or backward rule that computes NaN or ∞ from finite numbers.</summary>
sealed class AnomalyWatcher : TapeWatcher
{
    internal override void AfterRecording(Operation operation, int position) => Anomaly.ThrowIfMadeForward(operation, position);

    internal override void AfterBackward(Operation operation, int position, Tensor upstream, Tensor?[] gradients) =>
        Anomaly.ThrowIfMadeBackward(operation, position, upstream, gradients);
}

/// <summary>Finds operations and backward rules that compute NaN or ∞ from finite numbers, and the cause.</summary>
static class Anomaly
{
    internal static void ThrowIfMadeForward(Operation operation, int position)
    {
        if (OfForward(operation) is var (reason, what))
            throw new AnomalyException(reason, position, operation, isBackward: false,
                $"Anomaly: {Title(operation)}: {what}. Inputs: {Inputs(operation)}.");
    }

    internal static void ThrowIfMadeBackward(Operation operation, int position, Tensor upstream, Tensor?[] gradients)
    {
        if (OfBackward(operation, upstream, gradients) is var (reason, what))
            throw new AnomalyException(reason, position, operation, isBackward: true,
                $"Anomaly: Backward of {Title(operation)}: {what}. Inputs: {Inputs(operation)}; upstream gradient: " +
                $"{Range(upstream)}.");
    }

    /// <summary><c>v3 = Log(v1) (Program.cs:12)</c>, with the names that a trace shows.</summary>
    internal static string Title(Operation operation) =>
        OperationLine.Equation(operation) + (operation.Source is { } source ? $" ({source})" : "");

    /// <summary>The cause, if the output has NaN but no input has, or ∞ although all inputs are finite; else null.</summary>
    internal static (GradientReason Reason, string What)? OfForward(Operation operation)
    {
        double[] value = operation.Output.ToArray();
        int bad = FirstNotFinite(value);
        if (bad < 0) return null;
        foreach (Tensor input in operation.InputArray)
            if (input.IsLeaf && FirstNaN(input.ToArray()) is var given and >= 0)
                return (GradientReason.InputNotFinite, $"an input, {input.Describe()}, already contains NaN at {At(input, given)}");

        bool infiniteInput = operation.InputArray.Any(input => FirstNotFinite(input.ToArray()) >= 0);
        if (infiniteInput)
        {
            bad = FirstNaN(value);
            if (bad < 0 || operation.InputArray.Any(input => FirstNaN(input.ToArray()) >= 0)) return null;
        }
        (GradientReason reason, string from) = Source(operation, value, bad, infiniteInput);
        return (reason, $"made {Words(value[bad])} at {At(operation.Output, bad)}: {from}");
    }

    static (GradientReason Reason, string From) Source(Operation operation, double[] value, int bad, bool infiniteInput)
    {
        double x = operation.InputArray[0].ElementCount == value.Length ? operation.InputArray[0].ValueAt(bad) : double.NaN;
        switch (operation)
        {
            case Log or BinaryCrossEntropy when x == 0: return (GradientReason.LogOfZero, "log 0");
            case Log when x < 0:
                return (GradientReason.OutsideDomain, string.Create(CultureInfo.InvariantCulture, $"the logarithm of {x:G6}"));
            case Sqrt when x < 0:
                return (GradientReason.OutsideDomain, string.Create(CultureInfo.InvariantCulture, $"the square root of {x:G6}"));
            case Reciprocal when x == 0: return (GradientReason.DivisionByZero, "1/0");
            case Divide when !infiniteInput && Has(operation.InputArray[1], 0):
                return (GradientReason.DivisionByZero, double.IsNaN(value[bad]) ? "0/0" : "a division by 0");
            case Power when !infiniteInput && double.IsNaN(value[bad]):
                return (GradientReason.OutsideDomain, "a power of a negative number");
            case Power when !infiniteInput && Has(operation.InputArray[0], 0):
                return (GradientReason.DivisionByZero, "a negative power of 0");
            case Multiply or MatMul or Operations.Linear when infiniteInput: return (GradientReason.ZeroTimesInfinity, "0·∞");
            case Add or Subtract or Sum or Mean when infiniteInput: return (GradientReason.Undefined, "∞ - ∞");
            case Divide when infiniteInput: return (GradientReason.Undefined, "∞/∞");
        }
        return double.IsNaN(value[bad])
            ? (GradientReason.Undefined, infiniteInput ? "undefined at ∞" : "undefined at these numbers")
            : (GradientReason.Overflow, $"an overflow, more than {operation.Output.DType} holds");
    }

    /// <summary>The cause, if a backward rule returned NaN or ∞ for a finite upstream gradient; else null.</summary>
    internal static (GradientReason Reason, string What)? OfBackward(Operation operation, Tensor upstream, IReadOnlyList<Tensor?> gradients)
    {
        double[]? above = null;
        for (int k = 0; k < gradients.Count; k++)
        {
            if (gradients[k] is not { } gradient || !operation.InputArray[k].RequiresGrad) continue;
            double[] made = gradient.ToArray();
            int bad = FirstNotFinite(made);
            if (bad < 0) continue;
            above ??= upstream.ToArray();
            if (FirstNotFinite(above) >= 0) return null;
            string where = $"made {Words(made[bad])} at {At(gradient, bad)} of the gradient of input {k}";
            double upstreamThere = above.Length == made.Length ? above[bad] : double.NaN;
            if (double.IsNaN(made[bad]))
                return upstreamThere == 0
                    ? (GradientReason.ZeroTimesInfinity, $"{where}: 0·∞, the upstream gradient is 0 and the derivative infinite")
                    : (GradientReason.Undefined, $"{where}: the derivative is undefined at these numbers");
            // The square of this number overflows. With a smaller upstream gradient, the derivative itself must be infinite.
            double large = upstream.DType == DType.Float32 ? 1e19 : 1e154;
            return above.Any(a => Math.Abs(a) > large)
                ? (GradientReason.Overflow, $"{where}: an overflow, more than {upstream.DType} holds")
                : (GradientReason.InfiniteDerivative, $"{where}: the derivative is infinite here" +
                    (operation is Sqrt ? ", as that of √ at 0; add a small number under the root" : ""));
        }
        return null;
    }

    internal static int FirstNotFinite(double[] values) => Array.FindIndex(values, value => !double.IsFinite(value));

    static int FirstNaN(double[] values) => Array.FindIndex(values, double.IsNaN);

    static bool Has(Tensor tensor, double value) => tensor.ToArray().Contains(value);

    static string Words(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";

    internal static string At(Tensor tensor, int element) => $"[{string.Join(", ", tensor.Shape.IndexOf(element))}]";

    static string Inputs(Operation operation) => string.Join("; ", operation.Inputs.Select(
        input => $"{OperationLine.Described(input, operation)}, {Range(input)}"));

    static string Range(Tensor tensor)
    {
        double[] values = [.. tensor.ToArray().Where(double.IsFinite)];
        return values.Length == 0
            ? "no finite value"
            : string.Create(CultureInfo.InvariantCulture, $"values {values.Min():G6} to {values.Max():G6}");
    }
}
