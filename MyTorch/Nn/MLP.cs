using System.Globalization;

namespace MyTorch.Nn;

/// <summary>
/// A multi-layer perceptron: Linear, activation, Linear, …, Linear; (N, in) → (N, out). The last layer has no activation; its outputs are
/// logits in classification and values in regression.
/// </summary>
public sealed partial class MLP : Module
{
    readonly List<Module> _layers = [];

    /// <summary>A network with the given layer sizes.</summary>
    /// <param name="inputs">The number of input features.</param>
    /// <param name="hidden">The sizes of the hidden layers, first to last; empty for a linear model.</param>
    /// <param name="outputs">The number of outputs: classes, or targets of a regression.</param>
    /// <param name="activation">Creates the activation after each hidden layer; <see cref="ReLU"/> if omitted.</param>
    /// <param name="dtype">Float32 or Float64; <see cref="Tensor.DefaultDType"/> if omitted.</param>
    /// <param name="generator">The source of the initial values; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is less than 1.</exception>
    public MLP(
        int inputs, IReadOnlyList<int> hidden, int outputs, Func<Module>? activation = null, DType? dtype = null,
            Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        foreach (int size in hidden)
        {
            _layers.Add(new Linear(inputs, size, dtype: dtype, generator: generator));
            _layers.Add(activation is null
                ? new ReLU()
                : activation() ?? throw new ArgumentException(
                    "MLP: the activation function returned null; it must return a module, such as () => new Tanh().", nameof(activation)));
            inputs = size;
        }
        _layers.Add(new Linear(inputs, outputs, dtype: dtype, generator: generator));
    }

    /// <summary>A network of layers that make one, as they were saved.</summary>
    internal MLP(IEnumerable<Module> layers) => _layers.AddRange(layers);

    /// <summary>The layers, first to last.</summary>
    public IReadOnlyList<Module> Layers => _layers.AsReadOnly();

    /// <summary>(N, in) → (N, out).</summary>
    protected override Tensor ForwardCore(Tensor input)
    {
        foreach (Module layer in _layers) input = layer.Forward(input);
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
