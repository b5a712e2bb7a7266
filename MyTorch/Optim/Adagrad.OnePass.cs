using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Optim;

// The update in one pass over the parameter, with the bits of the formula in Update.
public sealed partial class Adagrad
{
    /// <summary>Whether updates are made in one pass; without, by the formula, which a test compares with it.</summary>
    internal bool InOnePass { get; init; } = true;

    bool MoveInOnePass(Tensor w, Tensor g, ParameterGroup group, ParameterState state)
    {
        if (!InOnePass) return false;
        if (w.DType == DType.Float32) Move<float>(w, g, group, state);
        else Move<double>(w, g, group, state);
        return true;
    }

    static void Move<T>(Tensor w, Tensor g, ParameterGroup group, ParameterState state) where T : unmanaged, INumber<T>
    {
        var rule = new AdagradRule<T>(Rate(group, state.CountStep()), group["eps"], group["weight_decay"]);
        UpdateKernels.Update(rule, w.Change<T>(), g.Memory<T>(), new(Sum(group, state).Change<T>(), default, default));
    }
}
