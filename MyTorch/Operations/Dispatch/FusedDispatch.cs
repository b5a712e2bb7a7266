using System.Numerics;
using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>Chooses the fused backward kernel for the element type. Each writes into a given tensor and returns it.</summary>
static class FusedDispatch
{
    internal static Tensor ReLUGradient(Tensor x, Tensor gradient, Tensor result) =>
        Zip(x, gradient, result, GradientKernels.ReLU, GradientKernels.ReLU);

    internal static Tensor SigmoidGradient(Tensor y, Tensor gradient, Tensor result) =>
        Zip(y, gradient, result, GradientKernels.Sigmoid, GradientKernels.Sigmoid);

    internal static Tensor TanhGradient(Tensor y, Tensor gradient, Tensor result) =>
        Zip(y, gradient, result, GradientKernels.Tanh, GradientKernels.Tanh);

    internal static Tensor GELUGradient(Tensor x, Tensor gradient, Tensor result) =>
        Zip(x, gradient, result, GradientKernels.GELU, GradientKernels.GELU);

    internal static Tensor GELUTanhGradient(Tensor x, Tensor gradient, Tensor result) =>
        Zip(x, gradient, result, GradientKernels.GELUTanh, GradientKernels.GELUTanh);

    internal static Tensor SwishGradient(Tensor x, Tensor gradient, Tensor result, double beta) => Zip(x, gradient, result,
        (a, b, z) => GradientKernels.Swish(a, b, z, beta), (a, b, z) => GradientKernels.Swish(a, b, z, beta));

    internal static Tensor SoftplusGradient(Tensor x, Tensor gradient, Tensor result, double beta, double threshold) => Zip(
        x, gradient, result, (a, b, z) => GradientKernels.Softplus(a, b, z, beta, threshold),
        (a, b, z) => GradientKernels.Softplus(a, b, z, beta, threshold));

    static Tensor Zip(Tensor a, Tensor b, Tensor z, BinaryRows<float> single, BinaryRows<double> @double)
    {
        if (a.DType == DType.Float32) LargeRows.Zip(single, a.Memory<float>(), b.Memory<float>(), z.Memory<float>());
        else LargeRows.Zip(@double, a.Memory<double>(), b.Memory<double>(), z.Memory<double>());
        return z;
    }

    internal static Tensor CrossEntropyGradient(Tensor logits, Tensor labels, Tensor gradient, Tensor result)
    {
        if (logits.DType == DType.Float32)
            GradientKernels.SoftmaxCrossEntropy(
                logits.Read<float>(), labels.Read<long>(), gradient.Read<float>(), result.Write<float>(), logits.Shape[1]);
        else
            GradientKernels.SoftmaxCrossEntropy(
                logits.Read<double>(), labels.Read<long>(), gradient.Read<double>(), result.Write<double>(), logits.Shape[1]);
        return result;
    }

    /// <summary>
    /// C = A·B of matrices, each read transposed if asked. A is read as (m, k) and B as (k, n), whatever their shapes: leading dimensions
    /// are merged.
    /// </summary>
    internal static void MatMulInto(Tensor c, Tensor a, bool transposeA, Tensor b, bool transposeB, int m, int k, int n)
    {
        if (c.DType == DType.Float32) Run<float>();
        else Run<double>();

        void Run<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => MatrixProduct.Multiply<T>(
            a.Memory<T>(), MatrixLayout.RowMajor(transposeA ? m : k, transposeA),
            b.Memory<T>(), MatrixLayout.RowMajor(transposeB ? k : n, transposeB), c.Memory<T>(), m, k, n);
    }
}
