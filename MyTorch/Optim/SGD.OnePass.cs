using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Optim;

// The step as one pass over the parameter: the formula of Step reads and writes memory several times, which costs more than its arithmetic.
public sealed partial class SGD
{
    /// <summary>Whether steps are made in one pass; without, by the formula, which a test compares with it.</summary>
    internal bool InOnePass { get; init; } = true;

    bool MoveInOnePass(Tensor w, Tensor g, ref Tensor? v)
    {
        if (!InOnePass) return false;
        bool first = v is null;
        if (first && Momentum != 0) v = Tensor.ZerosLike(w);
        if (w.DType == DType.Float32) Move<float>(w, g, v, first);
        else Move<double>(w, g, v, first);
        return true;
    }

    void Move<T>(Tensor w, Tensor g, Tensor? v, bool first) where T : unmanaged, INumber<T>
    {
        OptimizerKernels.Sgd(
            w.Memory<T>(), g.Memory<T>(), v is null ? default : v.Memory<T>(), first,
            SgdSettings<T>.From(LearningRate, Momentum, Dampening, WeightDecay, Nesterov));
        w.MarkWritten();
    }
}
