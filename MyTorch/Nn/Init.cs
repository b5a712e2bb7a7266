namespace MyTorch.Nn;

/// <summary>Which side of a layer keeps its variance.</summary>
public enum Fan
{
    /// <summary>The inputs: activations keep their variance in the forward pass.</summary>
    In,

    /// <summary>The outputs: gradients keep their variance in the backward pass.</summary>
    Out,
}

/// <summary>The function after a layer, for <see cref="Init.Gain"/>.</summary>
public enum Nonlinearity
{
    /// <summary>None: gain 1.</summary>
    Linear,

    /// <summary>Sigmoid: gain 1.</summary>
    Sigmoid,

    /// <summary>Tanh: gain 5/3.</summary>
    Tanh,

    /// <summary>ReLU: gain √2.</summary>
    ReLU,

    /// <summary>LeakyReLU: gain √(2/(1 + slope²)).</summary>
    LeakyReLU,
}

/// <summary>
/// Initial values, as PyTorch's <c>torch.nn.init</c>: each method fills a tensor and returns it. <c>Init.KaimingNormal(layer.Weight,
/// nonlinearity: Nonlinearity.ReLU)</c>.
/// </summary>
/// <remarks>
/// A weight is (out, in), or (out, in, …) with a receptive field: fan in is in·…, fan out is out·…. Random values come from the generator
/// that is given, else from the thread's; the same seed gives the same values.
/// </remarks>
public static class Init
{
    /// <summary>Uniform in low … high.</summary>
    /// <param name="tensor">A floating-point tensor.</param>
    /// <param name="low">The lower end.</param>
    /// <param name="high">The upper end.</param>
    /// <param name="generator">The source; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ends are not finite, or in the wrong order.</exception>
    public static Tensor Uniform(Tensor tensor, double low = 0, double high = 1, Generator? generator = null)
    {
        RequireFloat(tensor, nameof(Uniform));
        RequireFinite(low, nameof(low), nameof(Uniform));
        RequireFinite(high, nameof(high), nameof(Uniform));
        if (low > high) throw Invalid.Setting(nameof(low), low, $"Init.Uniform: low must not be greater than high, which is {high}.");
        return Fill(tensor, Tensor.Rand(tensor.Shape, tensor.DType, generator) * (high - low) + low);
    }

    /// <summary>Normal with a mean and a standard deviation.</summary>
    /// <param name="tensor">A floating-point tensor.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="deviation">The standard deviation, 0 or more; <c>std</c> in PyTorch.</param>
    /// <param name="generator">The source; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is not finite, or the deviation is negative.</exception>
    public static Tensor Normal(Tensor tensor, double mean = 0, double deviation = 1, Generator? generator = null)
    {
        RequireFloat(tensor, nameof(Normal));
        RequireFinite(mean, nameof(mean), nameof(Normal));
        RequireFinite(deviation, nameof(deviation), nameof(Normal));
        if (deviation < 0) throw Invalid.Setting(nameof(deviation), deviation, $"Init.Normal: the deviation must be 0 or more.");
        return Fill(tensor, Tensor.Randn(tensor.Shape, tensor.DType, generator) * deviation + mean);
    }

    /// <summary>One value in all elements.</summary>
    /// <param name="tensor">A floating-point tensor.</param>
    /// <param name="value">The value.</param>
    public static Tensor Constant(Tensor tensor, double value)
    {
        RequireFloat(tensor, nameof(Constant));
        RequireFinite(value, nameof(value), nameof(Constant));
        tensor.Fill(value);
        return tensor;
    }

    /// <summary>0 in all elements.</summary>
    /// <param name="tensor">A floating-point tensor.</param>
    public static Tensor Zeros(Tensor tensor) => Constant(tensor, 0);

    /// <summary>1 in all elements.</summary>
    /// <param name="tensor">A floating-point tensor.</param>
    public static Tensor Ones(Tensor tensor) => Constant(tensor, 1);

    /// <summary>Uniform in ±gain·√(6/(fan in + fan out)): variance 2·gain²/(fan in + fan out). Glorot and Bengio, 2010.</summary>
    /// <param name="weight">(out, in) or (out, in, …).</param>
    /// <param name="gain">The gain of the function that follows; see <see cref="Gain"/>.</param>
    /// <param name="generator">The source; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentException">The weight has fewer than two dimensions, or an empty one.</exception>
    public static Tensor XavierUniform(Tensor weight, double gain = 1, Generator? generator = null) =>
        UniformOf(weight, XavierDeviation(weight, gain, nameof(XavierUniform)), generator);

    /// <summary>Normal with deviation gain·√(2/(fan in + fan out)). Glorot and Bengio, 2010.</summary>
    /// <inheritdoc cref="XavierUniform"/>
    public static Tensor XavierNormal(Tensor weight, double gain = 1, Generator? generator = null) =>
        Normal(weight, 0, XavierDeviation(weight, gain, nameof(XavierNormal)), generator);

    /// <summary>Uniform in ±gain·√(3/fan): variance gain²/fan. He, Zhang, Ren and Sun, 2015.</summary>
    /// <remarks>
    /// The defaults are PyTorch's: a leaky ReLU with slope 0, which is ReLU. With slope √5 it is how PyTorch initializes
    /// <see cref="Linear"/>: ±1/√in.
    /// </remarks>
    /// <param name="weight">(out, in) or (out, in, …).</param>
    /// <param name="slope">The slope of <see cref="Nonlinearity.LeakyReLU"/> for negative numbers; <c>a</c> in PyTorch.</param>
    /// <param name="fan">Which side keeps its variance; <c>mode</c> in PyTorch.</param>
    /// <param name="nonlinearity">The function that follows.</param>
    /// <param name="generator">The source; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentException">The weight has fewer than two dimensions, or an empty one.</exception>
    public static Tensor KaimingUniform(
        Tensor weight, double slope = 0, Fan fan = Fan.In, Nonlinearity nonlinearity = Nonlinearity.LeakyReLU,
            Generator? generator = null) =>
        UniformOf(weight, KaimingDeviation(weight, slope, fan, nonlinearity, nameof(KaimingUniform)), generator);

    /// <summary>Normal with deviation gain/√fan. He, Zhang, Ren and Sun, 2015.</summary>
    /// <inheritdoc cref="KaimingUniform"/>
    public static Tensor KaimingNormal(
        Tensor weight, double slope = 0, Fan fan = Fan.In, Nonlinearity nonlinearity = Nonlinearity.LeakyReLU,
            Generator? generator = null) =>
        Normal(weight, 0, KaimingDeviation(weight, slope, fan, nonlinearity, nameof(KaimingNormal)), generator);

    /// <summary>
    /// A matrix whose rows, or columns if there are more rows, are perpendicular and of length gain: it keeps lengths. Saxe, McClelland and
    /// Ganguli, 2014.
    /// </summary>
    /// <param name="weight">(out, in); with more dimensions all but the first count as in.</param>
    /// <param name="gain">The gain of the function that follows; see <see cref="Gain"/>.</param>
    /// <param name="generator">The source; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentException">The weight has fewer than two dimensions, or an empty one.</exception>
    public static Tensor Orthogonal(Tensor weight, double gain = 1, Generator? generator = null)
    {
        RequireWeight(weight, nameof(Orthogonal));
        RequireFinite(gain, nameof(gain), nameof(Orthogonal));
        int rows = weight.Shape[0], columns = weight.ElementCount / rows, count = Math.Min(rows, columns), length = Math.Max(rows, columns);
        double[][] vectors = [.. Enumerable.Range(0, count).Select(_ => Tensor.Randn([length], DType.Float64, generator).ToArray())];
        for (int i = 0; i < count; i++)
        {
            // Twice: what the first pass leaves by rounding is removed by the second.
            for (int pass = 0; pass < 2; pass++)
                for (int j = 0; j < i; j++)
                {
                    double shadow = vectors[i].Zip(vectors[j], (a, b) => a * b).Sum();
                    for (int k = 0; k < length; k++) vectors[i][k] -= shadow * vectors[j][k];
                }
            double norm = Math.Sqrt(vectors[i].Sum(x => x * x));
            for (int k = 0; k < length; k++) vectors[i][k] /= norm;
        }
        Tensor matrix = Tensor.From([.. vectors.SelectMany(vector => vector)], [count, length], DType.Float64);
        return Fill(weight, ((rows > columns ? matrix.Transpose(0, 1) : matrix) * gain).To(weight.DType).Reshape(weight.Shape));
    }

    /// <summary>
    /// How much larger weights must be before a function, so that it keeps the variance. PyTorch's <c>calculate_gain</c>.
    /// </summary>
    /// <param name="nonlinearity">The function.</param>
    /// <param name="slope">The slope of a leaky ReLU for negative numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slope is not finite.</exception>
    public static double Gain(Nonlinearity nonlinearity, double slope = 0.01)
    {
        RequireFinite(slope, nameof(slope), nameof(Gain));
        return nonlinearity switch
        {
            Nonlinearity.Linear or Nonlinearity.Sigmoid => 1,
            Nonlinearity.Tanh => 5.0 / 3,
            Nonlinearity.ReLU => Math.Sqrt(2),
            Nonlinearity.LeakyReLU => Math.Sqrt(2 / (1 + slope * slope)),
            _ => throw Invalid.Setting(nameof(nonlinearity), (int)nonlinearity, $"Init.Gain: expected a name of {nameof(Nonlinearity)}."),
        };
    }

    static double XavierDeviation(Tensor weight, double gain, string method)
    {
        RequireFinite(gain, nameof(gain), method);
        (double fanIn, double fanOut) = Fans(weight, method);
        return Math.Abs(gain) * Math.Sqrt(2 / (fanIn + fanOut));
    }

    static double KaimingDeviation(Tensor weight, double slope, Fan fan, Nonlinearity nonlinearity, string method)
    {
        (double fanIn, double fanOut) = Fans(weight, method);
        return Gain(nonlinearity, slope) / Math.Sqrt(fan == Fan.In ? fanIn : fanOut);
    }

    // A uniform distribution in ±b has the deviation b/√3.
    static Tensor UniformOf(Tensor weight, double deviation, Generator? generator)
    {
        double bound = Math.Sqrt(3) * deviation;
        return Uniform(weight, -bound, bound, generator);
    }

    static (double In, double Out) Fans(Tensor weight, string method)
    {
        RequireWeight(weight, method);
        double field = (double)weight.ElementCount / weight.Shape[0] / weight.Shape[1];
        return (weight.Shape[1] * field, weight.Shape[0] * field);
    }

    static Tensor Fill(Tensor tensor, Tensor values)
    {
        tensor.CopyFrom(values);
        return tensor;
    }

    static void RequireWeight(Tensor weight, string method)
    {
        RequireFloat(weight, method);
        if (weight.Rank < 2 || weight.ElementCount == 0)
            throw Invalid.Argument(
                nameof(weight), $"Init.{method}: {weight.Describe()} has no fan in and fan out; expected (out, in) or (out, in, …), " +
                    $"not empty. Use Uniform or Zeros for a bias.");
    }

    static void RequireFloat(Tensor tensor, string method)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!tensor.DType.IsFloat())
            throw Invalid.Argument(nameof(tensor), $"Init.{method}: {tensor.Describe()} does not hold floating-point numbers; " +
                $"expected Float32 or Float64.");
    }

    static void RequireFinite(double value, string name, string method)
    {
        if (!double.IsFinite(value)) throw Invalid.Setting(name, value, $"Init.{method}: {name} must be a finite number.");
    }
}
