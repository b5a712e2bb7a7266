using System.Numerics;
using System.Numerics.Tensors;
using MyTorch.Kernels;

namespace MyTorch.Operations;

// Fused backward rules of the operations that training uses most: one pass over memory into a reused buffer. Tests compare each with the
// rule it replaces.

sealed partial class ReLU
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) =>
        [FusedDispatch.ReLUGradient(X, gradient, memory.For(X))];
}

sealed partial class Sigmoid
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) =>
        [FusedDispatch.SigmoidGradient(Output, gradient, memory.For(X))];
}

sealed partial class Tanh
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) =>
        [FusedDispatch.TanhGradient(Output, gradient, memory.For(X))];
}

sealed partial class GELU
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) =>
        [FusedDispatch.GELUGradient(X, gradient, memory.For(X))];
}

public sealed partial class GELUTanh
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) =>
        [FusedDispatch.GELUTanhGradient(X, gradient, memory.For(X))];
}

sealed partial class Swish
{
    // With β = 0 the kernel would compute 0·∞.
    internal override Tensor?[]? BackwardInOnePass(Tensor gradient, GradientMemory memory) =>
        _beta == 0 ? null : [FusedDispatch.SwishGradient(X, gradient, memory.For(X), _beta)];
}

sealed partial class Softplus
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) =>
        [FusedDispatch.SoftplusGradient(X, gradient, memory.For(X), _beta, _threshold)];
}

public sealed partial class SoftmaxCrossEntropy
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) =>
        [FusedDispatch.CrossEntropyGradient(X, labels, gradient, memory.For(X))];
}

public sealed partial class Sum
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) => [Spread(gradient, 1, memory)];
}

public sealed partial class Mean
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory) => [Spread(gradient, ReducedCount, memory)];
}

public abstract partial class DimensionReduction
{
    /// <summary>ȳ/d, repeated for every element that was reduced into y.</summary>
    private protected Tensor Spread(Tensor gradient, int divisor, GradientMemory memory)
    {
        Tensor result = memory.For(X);
        if (X.DType == DType.Float32) Spread<float>(gradient, divisor, result);
        else Spread<double>(gradient, divisor, result);
        return result;
    }

    void Spread<T>(Tensor gradient, int divisor, Tensor result) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T d = T.CreateChecked(divisor);
        if (gradient.ElementCount == 1)
        {
            result.Write<T>().Fill(gradient.Read<T>()[0] / d);
            return;
        }
        Strided.Read(gradient.Read<T>(), 0, KeptShape.StridesFor(X.Shape), X.Shape, result.Write<T>());
        if (divisor != 1) TensorPrimitives.Divide(result.Read<T>(), d, result.Write<T>());
    }
}

sealed partial class Linear
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, GradientMemory memory)
    {
        (int outputs, int inputs) = (Weight.Shape[0], Weight.Shape[1]);
        int rows = 1;
        foreach (int size in X.Shape.AsSpan()[..^1]) rows *= size;
        Tensor? dX = null, dW = null;
        if (X.RequiresGrad) FusedDispatch.MatMulInto(dX = memory.For(X), gradient, false, Weight, false, rows, outputs, inputs);
        if (Weight.RequiresGrad) FusedDispatch.MatMulInto(dW = memory.For(Weight), gradient, true, X, false, outputs, rows, inputs);
        if (Bias is null) return [dX, dW];
        return [dX, dW, Bias.RequiresGrad ? ReductionDispatch.Into(memory.For(Bias), gradient, Bias.Shape, Moment.Sum) : null];
    }
}
