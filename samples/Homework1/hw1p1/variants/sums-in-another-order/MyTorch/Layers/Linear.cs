namespace MyTorch.Layers;

public sealed class Linear : Layer
{
    Tensor? _a;

    public Linear(int inFeatures, int outFeatures)
    {
        W = Tensor.Zeros([outFeatures, inFeatures], DType.Float64);
        B = Tensor.Zeros([outFeatures], DType.Float64);
    }

    public Tensor W { get; set; }

    public Tensor B { get; set; }

    public Tensor? DLdW { get; private set; }

    public Tensor? DLdB { get; private set; }

    public override Tensor Forward(Tensor a)
    {
        _a = a;
        Tensor bias = B.Unsqueeze(0);
        return bias + W.MatMul(a.T).T;
    }

    // Example by example, from the last to the first.
    public override Tensor Backward(Tensor dLdZ)
    {
        (DLdW, DLdB) = (Tensor.ZerosLike(W), Tensor.ZerosLike(B));
        Tensor dLdA = Tensor.ZerosLike(_a!);
        for (int n = dLdZ.Shape[0] - 1; n >= 0; n--)
        {
            Tensor gradient = dLdZ[n], example = _a![n];
            DLdW = gradient.Unsqueeze(1) * example + DLdW;
            DLdB = gradient + DLdB;
        }
        for (int o = W.Shape[0] - 1; o >= 0; o--) dLdA = dLdZ[.., o].Unsqueeze(1) * W[o] + dLdA;
        return dLdA;
    }
}
