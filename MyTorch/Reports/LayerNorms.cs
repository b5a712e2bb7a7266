using System.Numerics.Tensors;
using MyTorch.Nn;

namespace MyTorch.Reports;

/// <summary>
/// The norms of each layer's weights and gradients from epoch to epoch, and their histograms at up to 16 epochs, for a
/// <see cref="TrainingReport"/>. Gradients that vanish in the first layers or explode, and layers that do not move, are seen in them.
/// </summary>
/// <remarks>
/// Call <see cref="Record"/> in each step, between <c>Backward</c> and <c>Step</c>:
/// <code>
/// var norms = new LayerNorms(model);
/// …
/// autograd.Backward(loss);
/// norms.Record(epoch);
/// optimizer.Step();
/// </code>
/// </remarks>
public sealed class LayerNorms
{
    readonly (string Name, Tensor[] Parameters)[] _layers;
    readonly List<int> _epochs = [], _steps = [];
    readonly List<double[]> _weights = [], _gradients = [];

    // Histograms of so many epochs are kept. With one more, every second one is dropped, and from then on every second epoch is left out.
    const int MostSnapshots = 16;

    readonly List<LayerSnapshot> _snapshots = [];
    int _stride = 1;

    /// <summary>Norms of the layers of a model. A layer is a module that has parameters.</summary>
    /// <param name="model">The model that is trained.</param>
    public LayerNorms(Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _layers = [.. model.NamedParameters()
            .GroupBy(parameter => parameter.Name.LastIndexOf('.') is >= 0 and int dot ? parameter.Name[..dot] : "(model)")
            .Select(layer => (layer.Key, layer.Select(parameter => parameter.Tensor).ToArray()))];
    }

    /// <summary>The layers, by their paths in the model.</summary>
    public IReadOnlyList<string> Layers => [.. _layers.Select(layer => layer.Name)];

    /// <summary>The epochs that were recorded, in order.</summary>
    public IReadOnlyList<int> Epochs => _epochs.AsReadOnly();

    /// <summary>
    /// Adds a step of an epoch: the mean of the gradients' norms over its steps is kept, and at its first step the weights' norms and the
    /// histograms.
    /// </summary>
    /// <param name="epoch">The epoch; not less than the one before.</param>
    /// <exception cref="ArgumentOutOfRangeException">A later epoch was recorded before.</exception>
    public void Record(int epoch)
    {
        if (_epochs.Count > 0 && epoch < _epochs[^1])
            throw Invalid.OutOfRange(
                nameof(epoch), $"LayerNorms: epoch {epoch} was given after epoch {_epochs[^1]}; expected that one or a later one.");
        if (_epochs.Count == 0 || epoch > _epochs[^1])
        {
            _epochs.Add(epoch);
            _steps.Add(0);
            _weights.Add([.. _layers.Select(layer => Norm(layer.Parameters))]);
            _gradients.Add(new double[_layers.Length]);
            Snapshot(epoch);
        }
        int step = ++_steps[^1];
        for (int i = 0; i < _layers.Length; i++)
        {
            double norm = Norm(_layers[i].Parameters.Select(parameter => parameter.Grad).OfType<Tensor>());
            _gradients[^1][i] += (norm - _gradients[^1][i]) / step;
        }
    }

    /// <summary>The norm √(Σ w²) of a layer's weights at the start of each recorded epoch.</summary>
    /// <param name="layer">The index in <see cref="Layers"/>.</param>
    public IReadOnlyList<double> Weights(int layer) => [.. _weights.Select(norms => norms[layer])];

    /// <summary>The norm √(Σ g²) of a layer's gradients, the mean over the steps of each recorded epoch.</summary>
    /// <param name="layer">The index in <see cref="Layers"/>.</param>
    public IReadOnlyList<double> Gradients(int layer) => [.. _gradients.Select(norms => norms[layer])];

    /// <summary>The histograms that were kept, evenly spaced in the epochs, the first one first.</summary>
    internal IReadOnlyList<LayerSnapshot> Snapshots => _snapshots.AsReadOnly();

    /// <summary>The distribution of a layer's weights at this moment.</summary>
    internal Distribution Now(int layer) => Distribution.Of(_layers[layer].Parameters);

    void Snapshot(int epoch)
    {
        if ((_epochs.Count - 1) % _stride != 0) return;
        _snapshots.Add(new LayerSnapshot(epoch, [.. Enumerable.Range(0, _layers.Length).Select(Now)], [.. _layers.Select(layer =>
            Distribution.Of(layer.Parameters.Select(parameter => parameter.Grad).OfType<Tensor>()))]));
        if (_snapshots.Count <= MostSnapshots) return;
        for (int i = _snapshots.Count - 1; i > 0; i--)
            if (i % 2 == 1) _snapshots.RemoveAt(i);
        _stride *= 2;
    }

    static double Norm(IEnumerable<Tensor> tensors)
    {
        double sum = 0;
        foreach (Tensor tensor in tensors)
        {
            double norm = tensor.DType == DType.Float32
                ? TensorPrimitives.Norm(tensor.Read<float>())
                : TensorPrimitives.Norm(tensor.Read<double>());
            sum += norm * norm;
        }
        return Math.Sqrt(sum);
    }
}
