using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Optim;

// The update in one pass over the parameter, with the bits of the formula in Update.
public partial class Adam
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

    void Move<T>(Tensor w, Tensor g, ParameterGroup group, ParameterState state) where T : unmanaged, INumber<T>
    {
        bool amsgrad = group["amsgrad"] != 0;
        var rule = new AdamRule<T>(
            group.LearningRate, group["betas.0"], group["betas.1"], group["eps"], group["weight_decay"], DecaysDecoupled, amsgrad,
            state.CountStep());
        UpdateKernels.Update(rule, w.Change<T>(), g.Memory<T>(), new(
            state.OrZeros("exp_avg").Change<T>(), state.OrZeros("exp_avg_sq").Change<T>(),
            amsgrad ? state.OrZeros("max_exp_avg_sq").Change<T>() : default));
    }
}
