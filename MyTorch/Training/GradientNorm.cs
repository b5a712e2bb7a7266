using System.Numerics;
using System.Numerics.Tensors;

namespace MyTorch.Training;

/// <summary>The norm of all gradients together, √(Σ g²).</summary>
static class GradientNorm
{
    /// <summary>The norm; NaN or infinite only if an element is.</summary>
    internal static double Of(Tensor[] parameters)
    {
        double sum = 0;
        foreach (Tensor parameter in parameters)
            if (parameter.Grad is { } gradient)
                sum += gradient.DType == DType.Float32 ? Squares<float>(gradient) : Squares<double>(gradient);
        if (double.IsFinite(sum)) return Math.Sqrt(sum);

        // Squares overflow long before the numbers do.
        double largest = parameters.Where(p => p.Grad is not null).SelectMany(p => p.Grad!.ToArray()).Max(Math.Abs);
        return !double.IsFinite(largest) ? largest
            : largest * Math.Sqrt(parameters.Where(p => p.Grad is not null).SelectMany(p => p.Grad!.ToArray()).Sum(g => g / largest * (g / largest)));
    }

    /// <summary>Scales down or cuts off gradients that are larger than the options allow.</summary>
    internal static void Clip(Tensor[] parameters, double norm, TrainerOptions options)
    {
        if (options.MaxGradientNorm is { } most && norm > most)
            foreach (Tensor gradient in Gradients(parameters)) gradient.CopyFrom(gradient * (most / norm));
        if (options.MaxGradientValue is { } bound)
            foreach (Tensor gradient in Gradients(parameters)) gradient.CopyFrom(gradient.Clamp(-bound, bound));
    }

    static IEnumerable<Tensor> Gradients(Tensor[] parameters) => parameters.Select(p => p.Grad).OfType<Tensor>();

    static double Squares<T>(Tensor gradient) where T : unmanaged, INumber<T> =>
        double.CreateChecked(TensorPrimitives.SumOfSquares(gradient.Read<T>()));
}
