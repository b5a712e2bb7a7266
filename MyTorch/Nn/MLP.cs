using System.Globalization;

namespace MyTorch.Nn;

/// <summary>Y = X·Wᵀ + b: (…, in) → (…, out).</summary>
public sealed class Linear : Module
{
    /// <summary>A linear layer, initialised uniformly in ±1/√in as PyTorch's.</summary>
    /// <param name="inFeatures">The size of the input's last dimension, at least 1.</param>
    /// <param name="outFeatures">The size of the output's last dimension, at least 1.</param>
    /// <param name="bias">Whether b is added.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="Tensor.DefaultDType"/> if left out.</param>
    /// <param name="generator">Where the initial values come from; the thread's default if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is less than 1.</exception>
    public Linear(int inFeatures, int outFeatures, bool bias = true, DType? dtype = null, Generator? generator = null)
    {
        if (inFeatures < 1)
            throw Invalid.Setting(nameof(inFeatures), inFeatures, "Linear: at least 1 input feature is needed.");
        if (outFeatures < 1)
            throw Invalid.Setting(nameof(outFeatures), outFeatures, "Linear: at least 1 output feature is needed.");
        double bound = 1 / Math.Sqrt(inFeatures);
        Weight = new Parameter((Tensor.Rand([outFeatures, inFeatures], dtype, generator) * 2 - 1) * bound);
        Bias = bias ? new Parameter((Tensor.Rand([outFeatures], dtype, generator) * 2 - 1) * bound) : null;
    }

    /// <summary>W, (out, in).</summary>
    public Parameter Weight { get; }

    /// <summary>b, (out); null in a layer without bias.</summary>
    public Parameter? Bias { get; }

    /// <summary>(…, in) → (…, out).</summary>
    /// <exception cref="ArgumentException">The input's last dimension is not the number of input features.</exception>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IDisposable? call = RecordCall();
        return input.Linear(Weight, Bias);
    }

    /// <inheritdoc/>
    public override string Describe() => $"Linear({Weight.Shape[1]}, {Weight.Shape[0]}{(Bias is null ? ", no bias" : "")})";
}

/// <summary>Modules one after the other. Their parameters are named by place, <c>0.weight</c>, as in PyTorch.</summary>
/// <param name="modules">The modules, first to last; none is null.</param>
public class Sequential(params IReadOnlyList<Module> modules) : Module
{
    readonly Module[] _modules = modules.Contains(null!)
        ? throw new ArgumentNullException(nameof(modules), "Sequential: one of the modules is null.")
        : [.. modules];

    /// <summary>The modules, first to last.</summary>
    public IReadOnlyList<Module> Modules => new ReadOnlyArray<Module>(_modules);

    /// <summary>The output of the last module, each taking the output of the one before.</summary>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IDisposable? call = RecordCall();
        foreach (Module module in _modules) input = module.Run(input);
        return _modules.Length > 0 ? input : new Operations.Identity(input).Apply();
    }
}

/// <summary>
/// A multi-layer perceptron: Linear, activation, Linear, …, Linear; (N, in) → (N, out). The last layer has no activation:
/// its outputs are logits for a classification, values for a regression.
/// </summary>
public sealed class MLP : Module
{
    readonly List<Module> _layers = [];

    /// <summary>A network with the given layer sizes.</summary>
    /// <param name="inputs">The number of input features.</param>
    /// <param name="hidden">The sizes of the hidden layers, first to last; empty for a linear model.</param>
    /// <param name="outputs">The number of outputs: classes, or targets of a regression.</param>
    /// <param name="activation">Makes the activation behind each hidden layer; <see cref="ReLU"/> if left out.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="Tensor.DefaultDType"/> if left out.</param>
    /// <param name="generator">Where the initial values come from; the thread's default if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is less than 1.</exception>
    public MLP(
        int inputs, IReadOnlyList<int> hidden, int outputs, Func<Module>? activation = null, DType? dtype = null, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        foreach (int size in hidden)
        {
            _layers.Add(new Linear(inputs, size, dtype: dtype, generator: generator));
            _layers.Add(activation is null ? new ReLU() : activation() ?? throw new ArgumentException("MLP: the activation function made no module; return one, such as () => new Tanh().", nameof(activation)));
            inputs = size;
        }
        _layers.Add(new Linear(inputs, outputs, dtype: dtype, generator: generator));
    }

    /// <summary>The layers, first to last.</summary>
    public IReadOnlyList<Module> Layers => _layers.AsReadOnly();

    /// <summary>(N, in) → (N, out).</summary>
    public override Tensor Forward(Tensor input)
    {
        using IDisposable? call = RecordCall();
        foreach (Module layer in _layers) input = layer.Run(input);
        return input;
    }

    /// <inheritdoc/>
    public override string Describe() => $"MLP({string.Join("-", Sizes())})";

    IEnumerable<string> Sizes()
    {
        foreach (Linear layer in _layers.OfType<Linear>())
        {
            if (layer == _layers[0]) yield return layer.Weight.Shape[1].ToString(CultureInfo.InvariantCulture);
            yield return layer.Weight.Shape[0].ToString(CultureInfo.InvariantCulture);
        }
    }
}

/// <summary>
/// In training, sets each element to 0 with probability p and divides the others by 1 − p, so that the mean stays; in evaluation changes nothing.
/// </summary>
/// <remarks>Srivastava and others, 2014.</remarks>
public sealed class Dropout : Module
{
    readonly double _p;
    readonly Generator? _generator;

    /// <summary>A dropout layer.</summary>
    /// <param name="p">The probability of being dropped, 0 … 1.</param>
    /// <param name="generator">Where the choice comes from; the thread's default if left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is not in 0 … 1.</exception>
    public Dropout(double p = 0.5, Generator? generator = null)
    {
        if (!(p is >= 0 and <= 1)) throw Invalid.Setting(nameof(p), p, "Dropout: p is a probability, 0 to 1.");
        (_p, _generator) = (p, generator);
    }

    /// <summary>The same shape as the input.</summary>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        input.DType.RequireFloat(nameof(Dropout));
        using IDisposable? call = RecordCall();
        if (!Training || _p == 0) return new Operations.Identity(input).Apply();
        if (_p == 1) return Tensor.Where(Tensor.Full(input.Shape, 0, DType.Bool), input, Tensor.From(0, input.DType));
        Tensor kept = (Tensor.Rand(input.Shape, input.DType, _generator) >= _p).To(input.DType) / (1 - _p);
        kept.Name = "dropout mask";
        return input * kept;
    }

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"Dropout({_p})");
}
