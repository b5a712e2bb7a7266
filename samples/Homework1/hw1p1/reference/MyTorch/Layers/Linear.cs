namespace MyTorch.Layers;

/// <summary>Z = A·Wᵀ + b for a batch of rows, (N, in) → (N, out).</summary>
public sealed class Linear : Layer
{
    Tensor? _a;

    /// <summary>A layer whose weights are zeros; set <see cref="W"/> and <see cref="B"/>.</summary>
    /// <param name="inFeatures">The numbers of an input row.</param>
    /// <param name="outFeatures">The numbers of an output row.</param>
    public Linear(int inFeatures, int outFeatures)
    {
        W = Tensor.Zeros([outFeatures, inFeatures], DType.Float64);
        B = Tensor.Zeros([outFeatures], DType.Float64);
    }

    /// <summary>W, (out, in).</summary>
    public Tensor W { get; set; }

    /// <summary>b, (out).</summary>
    public Tensor B { get; set; }

    /// <summary>∂L/∂W of the last Backward, (out, in).</summary>
    public Tensor? DLdW { get; private set; }

    /// <summary>∂L/∂b of the last Backward, (out).</summary>
    public Tensor? DLdB { get; private set; }

    /// <summary>Z = A·Wᵀ + b; A is kept for Backward.</summary>
    public override Tensor Forward(Tensor a)
    {
        _a = a;
        return a.MatMul(W.T) + B;
    }

    /// <summary>Sets <see cref="DLdW"/> and <see cref="DLdB"/> and returns ∂L/∂A, (N, in).</summary>
    public override Tensor Backward(Tensor dLdZ)
    {
        DLdW = dLdZ.T.MatMul(_a!);
        DLdB = dLdZ.Sum(0);
        return dLdZ.MatMul(W);
    }
}
