using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Optim;

// The update in one pass over the parameter, with the bits of the formula in Update.
public sealed partial class RMSprop
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
        state.CountStep();
        (double momentum, bool centered) = (group["momentum"], group["centered"] != 0);
        var rule = new RMSpropRule<T>(group.LearningRate, group["alpha"], group["eps"], group["weight_decay"], momentum, centered);
        UpdateKernels.Update(rule, w.Change<T>(), g.Memory<T>(), new(
            state.OrZeros("square_avg").Change<T>(),
            centered ? state.OrZeros("grad_avg").Change<T>() : default,
            momentum != 0 ? state.OrZeros("momentum_buffer").Change<T>() : default));
    }
}
