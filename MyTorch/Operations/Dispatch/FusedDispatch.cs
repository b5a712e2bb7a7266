using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>The one seam between these rules and their kernels, by type, into given memory.</summary>
static class FusedDispatch
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
