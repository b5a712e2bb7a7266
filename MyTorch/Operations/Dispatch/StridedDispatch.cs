using MyTorch.Kernels;

namespace MyTorch.Operations;

/// <summary>
/// Chooses the kernel that copies elements in another order, for every element type: permute, expand, slice, concatenate.
/// </summary>
static class StridedDispatch
{
    /// <summary>
    /// A new tensor of the given shape. Index (i, j, …) reads element <c>offset + i·strides[0] + j·strides[1] + …</c> of x's buffer.
    /// </summary>
    internal static Tensor Read(Tensor x, int offset, int[] strides, Shape shape)
    {
        Tensor y = Tensor.Empty(shape, x.DType);
        switch (x.DType)
        {
            case DType.Float32: Strided.Read(x.Read<float>(), offset, strides, shape, y.Write<float>()); break;
            case DType.Float64: Strided.Read(x.Read<double>(), offset, strides, shape, y.Write<double>()); break;
            case DType.Int64: Strided.Read(x.Read<long>(), offset, strides, shape, y.Write<long>()); break;
            default: Strided.Read(x.Read<bool>(), offset, strides, shape, y.Write<bool>()); break;
        }
        return y;
    }

    /// <summary>
    /// Writes every element of x to the strided position of its index in y, a tensor that no one has read yet. Returns y.
    /// </summary>
    internal static Tensor Write(Tensor x, Tensor y, int offset, int[] strides)
    {
        switch (x.DType)
        {
            case DType.Float32: Strided.Write(x.Read<float>(), y.Write<float>(), offset, strides, x.Shape); break;
            case DType.Float64: Strided.Write(x.Read<double>(), y.Write<double>(), offset, strides, x.Shape); break;
            case DType.Int64: Strided.Write(x.Read<long>(), y.Write<long>(), offset, strides, x.Shape); break;
            default: Strided.Write(x.Read<bool>(), y.Write<bool>(), offset, strides, x.Shape); break;
        }
        return y;
    }
}
