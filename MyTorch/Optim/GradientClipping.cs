using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using MyTorch.Kernels;

namespace MyTorch.Optim;

/// <summary>
/// Limits gradients between Backward and Step, against steps that are too large: <c>model.Parameters().ClipGradNorm(1)</c>.
/// </summary>
public static class GradientClipping
{
    // Against division by 0, as in PyTorch. So a clipped norm is a little smaller than the largest.
    const double Epsilon = 1e-6;

    /// <summary>
    /// Scales all gradients by the same factor min(1, c/(norm + 10⁻⁶)), so that the norm of all together is at most c. PyTorch's
    /// <c>clip_grad_norm_</c>; Pascanu, Mikolov and Bengio, 2013.
    /// </summary>
    /// <remarks>
    /// The norm is computed in double precision and cannot overflow for Float32 gradients. A parameter that comes twice counts once; one
    /// without a gradient is skipped. A gradient that the program assigned is replaced; that of Backward is changed in place.
    /// </remarks>
    /// <param name="parameters">The parameters.</param>
    /// <param name="maxNorm">c > 0, the largest norm. ∞ changes nothing, and only measures.</param>
    /// <param name="normType">p of the norm (Σ|g|ᵖ)^(1/p): 1, 2 or ∞ (the largest |g|).</param>
    /// <param name="errorIfNonfinite">
    /// Whether a norm that is NaN or ∞ is an error. If not, the gradients become NaN or 0, as in PyTorch.
    /// </param>
    /// <returns>The norm before scaling; 0 if there is no gradient.</returns>
    /// <exception cref="InvalidOperationException">The norm is NaN or ∞. The gradients are as before.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    public static double ClipGradNorm(
        this IEnumerable<Tensor> parameters, double maxNorm, double normType = 2, bool errorIfNonfinite = true)
    {
        if (!(maxNorm > 0)) throw Invalid.Setting(nameof(maxNorm), maxNorm, $"ClipGradNorm: the largest norm must be greater than 0.");
        if (normType is not (1 or 2 or double.PositiveInfinity))
            throw Invalid.Setting(nameof(normType), normType, $"ClipGradNorm: normType must be 1, 2 or double.PositiveInfinity.");
        Tensor[] withGradient = WithGradient(parameters);
        using PauseScope pause = Autograd.Pause();
        double[] norms = [.. withGradient.Select(parameter => Norm(parameter.Grad!, normType))];
        double norm = Total(norms, normType);
        if (!double.IsFinite(norm) && errorIfNonfinite) throw NotFinite("ClipGradNorm", norm, withGradient, norms);
        double divisor = norm + Epsilon;
        if (maxNorm / divisor < 1 || (double.IsNaN(norm) && maxNorm < double.PositiveInfinity))
            foreach (Tensor parameter in withGradient) Change(parameter, new ScaledBy(maxNorm, divisor));
        return norm;
    }

    /// <summary>Limits each element of the gradients to −c … c. PyTorch's <c>clip_grad_value_</c>.</summary>
    /// <remarks>
    /// An infinite element becomes ±c. A gradient that the program assigned is replaced; that of Backward is changed in place.
    /// </remarks>
    /// <param name="parameters">The parameters. One without a gradient is skipped.</param>
    /// <param name="clipValue">c > 0, the largest absolute value.</param>
    /// <exception cref="InvalidOperationException">A gradient has a NaN. The gradients are as before.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The largest value is not greater than 0.</exception>
    public static void ClipGradValue(this IEnumerable<Tensor> parameters, double clipValue)
    {
        if (!(clipValue > 0))
            throw Invalid.Setting(nameof(clipValue), clipValue, $"ClipGradValue: the largest value must be greater than 0.");
        Tensor[] withGradient = WithGradient(parameters);
        double[] largest = [.. withGradient.Select(parameter => Largest(parameter.Grad!))];
        if (largest.Any(double.IsNaN)) throw NotFinite("ClipGradValue", double.NaN, withGradient, largest);
        for (int i = 0; i < largest.Length; i++)
            if (largest[i] > clipValue) Change(withGradient[i], new LimitedTo(clipValue));
    }

    static Tensor[] WithGradient(IEnumerable<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Tensor[] all = [.. parameters];
        if (all.Contains(null!)) throw new ArgumentNullException(nameof(parameters), "One of the parameters is null.");
        return [.. all.Where(parameter => parameter.Grad is not null).Distinct<Tensor>(ReferenceEqualityComparer.Instance)];
    }

    static double Norm(Tensor gradient, double normType) => normType switch
    {
        1 => gradient.To(DType.Float64).Abs().Sum().Item(),
        2 when gradient.DType == DType.Float32 => Math.Sqrt(Summation.SumOfSquares(gradient.Read<float>())),
        2 => gradient.Norm().Item(),
        _ => Largest(gradient),
    };

    static double Total(double[] norms, double normType)
    {
        double largest = norms.Length == 0 ? 0 : norms.Any(double.IsNaN) ? double.NaN : norms.Max();
        if (normType == 1) return norms.Sum();
        if (normType != 2 || largest == 0 || !double.IsFinite(largest)) return largest;
        double sum = 0;
        foreach (double norm in norms) sum += norm / largest * (norm / largest);
        return largest * Math.Sqrt(sum);
    }

    static double Largest(Tensor gradient) =>
        gradient.ElementCount == 0 ? 0
        : gradient.DType == DType.Float32 ? Math.Abs(TensorPrimitives.MaxMagnitude(gradient.Read<float>()))
        : Math.Abs(TensorPrimitives.MaxMagnitude(gradient.Read<double>()));

    static InvalidOperationException NotFinite(string method, double norm, Tensor[] parameters, double[] norms)
    {
        int first = Array.FindIndex(norms, part => !double.IsFinite(part));
        string cause = first >= 0
            ? $"{parameters[first].Describe()} has a gradient with {(double.IsNaN(norms[first]) ? "NaN" : "∞")}"
            : "the sum of the finite norms overflows";
        return new(string.Create(CultureInfo.InvariantCulture,
            $"{method}: the norm of the gradients is {(double.IsNaN(norm) ? "NaN" : "∞")}, because {cause}. Do not call Step with " +
            $"these gradients. " +
            $"new Autograd(detectAnomaly: true) finds the operation that computes the first NaN; often the learning rate is too " +
            $"large or an " +
            $"input is not scaled."));
    }

    interface IChange
    {
        void Apply<T>(Span<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>;
    }

    readonly struct ScaledBy(double most, double divisor) : IChange
    {
        public void Apply<T>(Span<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T factor = T.CreateTruncating(most / divisor);
            // Numbers below the normal range have few digits, 0 none. x/divisor is at most 1.
            if (T.IsNormal(factor) || T.IsNaN(factor) || double.IsInfinity(divisor)) TensorPrimitives.Multiply(x, factor, x);
            else
                for (int i = 0; i < x.Length; i++) x[i] = T.CreateTruncating(double.CreateTruncating(x[i]) / divisor * most);
        }
    }

    readonly struct LimitedTo(double most) : IChange
    {
        public void Apply<T>(Span<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            TensorPrimitives.Clamp(x, T.CreateTruncating(-most), T.CreateTruncating(most), x);
    }

    static void Change<C>(Tensor parameter, C change) where C : struct, IChange
    {
        if (parameter.Gradient.State != GradientMemory.State.Own) parameter.Grad = parameter.Grad!.Clone();
        Tensor gradient = parameter.Grad!;
        if (gradient.DType == DType.Float32) change.Apply(gradient.Change<float>().Span);
        else change.Apply(gradient.Change<double>().Span);
    }
}
