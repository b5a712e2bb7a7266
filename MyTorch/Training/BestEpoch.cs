using MyTorch.Nn;

namespace MyTorch.Training;

/// <summary>Copies of a model's parameters and buffers, and the model they can be put into again.</summary>
sealed class ModelState
{
    readonly (Tensor Live, Tensor Copy)[] _tensors;

    internal ModelState(Module model) =>
        _tensors = [.. model.Parameters().Concat(model.NamedBuffers().Select(named => named.Tensor)).Select(tensor => (tensor, tensor.Detach().Clone()))];

    internal void Take()
    {
        foreach ((Tensor live, Tensor copy) in _tensors) copy.CopyFrom(live);
    }

    internal IReadOnlyList<Tensor> Copies => [.. _tensors.Select(tensor => tensor.Copy)];

    internal void Restore()
    {
        using PauseScope pause = Autograd.Pause();
        foreach ((Tensor live, Tensor copy) in _tensors) live.CopyFrom(copy);
    }
}

/// <summary>The parameters of the epoch with the lowest validation loss so far.</summary>
sealed class BestEpoch(Module model)
{
    readonly ModelState _state = new(model);
    double _lowest = double.PositiveInfinity;
    int _epoch;

    internal void Offer(int epoch, double loss)
    {
        // The initial parameters are kept only until an epoch is complete: a model that never gets better than chance was still trained.
        if (!double.IsFinite(loss) || (loss >= _lowest && _epoch > 0)) return;
        (_lowest, _epoch) = (loss, epoch);
        _state.Take();
    }

    internal void SaveTo(IDictionary<string, Tensor> saved, string key)
    {
        saved[key] = Tensor.From([_epoch, _lowest], DType.Float64);
        for (int i = 0; i < _state.Copies.Count; i++) saved[Key(key, i)] = _state.Copies[i];
    }

    internal void LoadFrom(IDictionary<string, Tensor> saved, string key)
    {
        if (!saved.TryGetValue(key, out Tensor? best) || Enumerable.Range(0, _state.Copies.Count).Any(i => !saved.ContainsKey(Key(key, i))))
            throw new InvalidOperationException("Trainer: the checkpoint has no best epoch; it was written without validation rows. Resume with the same options.");
        (_epoch, _lowest) = ((int)best.ToArray()[0], best.ToArray()[1]);
        for (int i = 0; i < _state.Copies.Count; i++) _state.Copies[i].CopyFrom(saved[Key(key, i)]);
    }

    static string Key(string key, int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}.{index}");

    /// <summary>Puts the parameters into the model, and returns their epoch.</summary>
    internal int Restore()
    {
        _state.Restore();
        return _epoch;
    }
}
