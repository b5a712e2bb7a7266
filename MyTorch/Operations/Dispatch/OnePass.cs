using System.Numerics;
using System.Numerics.Tensors;
using MyTorch.Kernels;

namespace MyTorch.Operations;

// The rules that training uses most, each in one pass into memory that is used again. A test holds each to the rule it stands for.

public sealed partial class ReLU
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, Buffers buffers) => [OnePass.ReLUGradient(X, gradient, buffers.For(X))];
}

public sealed partial class Sigmoid
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, Buffers buffers) => [OnePass.SigmoidGradient(Output, gradient, buffers.For(X))];
}

public sealed partial class Tanh
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, Buffers buffers) => [OnePass.TanhGradient(Output, gradient, buffers.For(X))];
}

public sealed partial class SoftmaxCrossEntropy
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, Buffers buffers) => [OnePass.CrossEntropyGradient(X, labels, gradient, buffers.For(X))];
}

public sealed partial class Sum
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, Buffers buffers) => [Spread(gradient, 1, buffers)];
}

public sealed partial class Mean
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, Buffers buffers) => [Spread(gradient, Folded, buffers)];
}

public abstract partial class Reduction
{
    /// <summary>ȳ/d for every element that was folded into y.</summary>
    private protected Tensor Spread(Tensor gradient, int divisor, Buffers buffers)
    {
        Tensor result = buffers.For(X);
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

public sealed partial class Linear
{
    internal override Tensor?[] BackwardInOnePass(Tensor gradient, Buffers buffers)
    {
        (int outputs, int inputs) = (Weight.Shape[0], Weight.Shape[1]);
        int rows = 1;
        foreach (int size in X.Shape.AsSpan()[..^1]) rows *= size;
        Tensor? dX = null, dW = null;
        if (X.RequiresGrad) OnePass.MatMulInto(dX = buffers.For(X), gradient, false, Weight, false, rows, outputs, inputs);
        if (Weight.RequiresGrad) OnePass.MatMulInto(dW = buffers.For(Weight), gradient, true, X, false, outputs, rows, inputs);
        if (Bias is null) return [dX, dW];
        return [dX, dW, Bias.RequiresGrad ? Reducing.Into(buffers.For(Bias), gradient, Bias.Shape, Moment.Sum) : null];
    }
}

/// <summary>The one seam between these rules and their kernels, by type, into given memory.</summary>
static class OnePass
{
    internal static Tensor ReLUGradient(Tensor x, Tensor gradient, Tensor result) => MapTwo(x, gradient, result, GradientKernels.ReLU, GradientKernels.ReLU);
    internal static Tensor SigmoidGradient(Tensor y, Tensor gradient, Tensor result) => MapTwo(y, gradient, result, GradientKernels.Sigmoid, GradientKernels.Sigmoid);
    internal static Tensor TanhGradient(Tensor y, Tensor gradient, Tensor result) => MapTwo(y, gradient, result, GradientKernels.Tanh, GradientKernels.Tanh);

    static Tensor MapTwo(Tensor a, Tensor b, Tensor z, BinaryRows<float> single, BinaryRows<double> @double)
    {
        if (a.DType == DType.Float32) single(a.Read<float>(), b.Read<float>(), z.Write<float>());
        else @double(a.Read<double>(), b.Read<double>(), z.Write<double>());
        return z;
    }

    internal static Tensor CrossEntropyGradient(Tensor logits, Tensor labels, Tensor gradient, Tensor result)
    {
        if (logits.DType == DType.Float32)
            GradientKernels.SoftmaxCrossEntropy(logits.Read<float>(), labels.Read<long>(), gradient.Read<float>(), result.Write<float>(), logits.Shape[1]);
        else
            GradientKernels.SoftmaxCrossEntropy(logits.Read<double>(), labels.Read<long>(), gradient.Read<double>(), result.Write<double>(), logits.Shape[1]);
        return result;
    }

    /// <summary>C = op(A)·op(B) for matrices, into a given C (m, n); A and B are read as (m, k) and (k, n), transposed where said, whatever their shapes are.</summary>
    internal static void MatMulInto(Tensor c, Tensor a, bool transposeA, Tensor b, bool transposeB, int m, int k, int n)
    {
        if (c.DType == DType.Float32) Run<float>();
        else Run<double>();

        void Run<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Multiply<T>(
            a.Memory<T>(), MatrixLayout.RowMajor(transposeA ? m : k, transposeA), b.Memory<T>(), MatrixLayout.RowMajor(transposeB ? k : n, transposeB), c.Memory<T>(), m, k, n);
    }
}
