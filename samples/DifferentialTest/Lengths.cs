using System.Globalization;
using MyTorch;
using M = MyTorch.Tensor;

namespace DifferentialTest;

/// <summary>A function of the same element in tensors of 1 to 67 elements: value and derivative must have the same bits wherever the element stands.</summary>
sealed record Lengths : Case
{
    const int Longest = 67;

    internal required Op Op { get; init; }

    internal required Settings Settings { get; init; }

    internal required double[] Elements { get; init; }

    internal required bool Single { get; init; }

    internal static Lengths? Draw(int seed, Random random, string family)
    {
        Op[] ops = [.. Ops.All.Where(op => op.Precision == Precision.Function || op.Family is "arithmetic" or "functions")];
        Op op = ops[random.Next(ops.Length)];
        Profile profile = new[] { Profile.Ordinary, Profile.Wide, Profile.Near, Profile.Special }[random.Next(4)];
        using var drawing = new Drawing(random, profile, single: random.NextDouble() < 0.6);
        if (op.Draw(drawing) is not { } choice || choice.Settings.PositionShape.Length > 0 || !Array.TrueForAll(choice.Operands, operand => operand >= 0)) return null;
        double[]?[] drawn = Array.ConvertAll(choice.Operands, drawing.FirstElement);
        if (drawn.Any(element => element is null)) return null;
        return new Lengths
        {
            Seed = seed, Family = family, Op = op, Settings = choice.Settings, Single = drawing.Single, Elements = [.. drawn.Select(element => element![0])],
        };
    }

    internal override Difference? Run()
    {
        (double Value, double[] Gradients)? first = null;
        for (int length = 1; length <= Longest; length++)
        {
            M[] leaves = Array.ConvertAll(Elements, element => M.Full([length], element, Single ? DType.Float32 : DType.Float64));
            foreach (M leaf in leaves) leaf.RequiresGrad = true;
            using var autograd = new Autograd();
            M result = Op.Ours(leaves, Settings);
            if (result.Rank != 1 || result.ElementCount != length) return null;
            if (result.RequiresGrad && !ReferenceEquals(result, leaves[0])) autograd.Backward(result, M.Ones([length], result.DType));
            double[] values = result.ToArray();
            double[][] gradients = Array.ConvertAll(leaves, leaf => leaf.Grad?.ToArray() ?? new double[length]);
            first ??= (values[0], Array.ConvertAll(gradients, gradient => gradient[0]));
            for (int i = 0; i < length; i++)
            {
                if (!Same(values[i], first.Value.Value)) return Found("value", values[i], first.Value.Value, i, length);
                for (int k = 0; k < leaves.Length; k++)
                    if (!Same(gradients[k][i], first.Value.Gradients[k])) return Found("gradient", gradients[k][i], first.Value.Gradients[k], i, length);
            }
        }
        return null;
    }

    static bool Same(double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b) || (double.IsNaN(a) && double.IsNaN(b));

    Difference Found(string what, double got, double alone, int i, int length) => new(
        $"{what} of {Op.Name} by length", string.Create(CultureInfo.InvariantCulture, $"{Settings.Number(got)} at index {i} of {length} equal elements, {Settings.Number(alone)} alone"));

    internal override string Code(Difference difference) =>
        $"// {difference.What}: {difference.Details}\n" + string.Concat(Elements.Select((element, k) => $"Tensor {(char)('a' + k)} = Tensor.Full([length], {Settings.Number(element)}, DType.{(Single ? "Float32" : "Float64")});\n"))
        + $"Tensor v1 = {Printer.Filled(Op.Code, Settings, [.. Elements.Select((_, k) => ((char)('a' + k)).ToString())])};\n";
}
