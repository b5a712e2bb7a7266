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

    /// <summary>Puts the parameters into the model, and returns their epoch.</summary>
    internal int Restore()
    {
        _state.Restore();
        return _epoch;
    }
}
