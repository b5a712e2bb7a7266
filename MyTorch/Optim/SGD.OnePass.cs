using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Optim;

// The update in one pass over the parameter. The formula of Update reads and writes memory several times, which costs more than its
// arithmetic.
public sealed partial class SGD
{
    /// <summary>Whether updates are made in one pass; without, by the formula, which a test compares with it.</summary>
    internal bool InOnePass { get; init; } = true;

    bool MoveInOnePass(Tensor w, Tensor g, ParameterGroup group, ParameterState state)
    {
        if (!InOnePass) return false;
        Tensor? v = null;
        bool first = false;
        if (group["momentum"] != 0)
        {
            v = state["momentum_buffer"];
            first = v is null;
            if (first) state["momentum_buffer"] = v = Tensor.ZerosLike(w);
        }
        if (w.DType == DType.Float32) Move<float>(w, g, v, first, group);
        else Move<double>(w, g, v, first, group);
        return true;
    }

    static void Move<T>(Tensor w, Tensor g, Tensor? v, bool first, ParameterGroup group) where T : unmanaged, INumber<T>
    {
        OptimizerKernels.Sgd(
            w.Change<T>(), g.Memory<T>(), v is null ? default : v.Change<T>(), first,
            SgdSettings<T>.From(group.LearningRate, group["momentum"], group["dampening"], group["weight_decay"], group["nesterov"] != 0));
    }
}
