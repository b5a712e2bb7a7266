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

    // A 1 is added to each row, and b stands as a column beside W: one product does both.
    public override Tensor Forward(Tensor a)
    {
        _a = WithOnes(a);
        return _a.MatMul(Tensor.Concat([W, B.Unsqueeze(1)], 1).T);
    }

    public override Tensor Backward(Tensor dLdZ)
    {
        int inputs = W.Shape[1];
        Tensor both = dLdZ.T.MatMul(_a!);
        DLdW = both[.., ..inputs];
        DLdB = both[.., inputs];
        return dLdZ.MatMul(W);
    }

    static Tensor WithOnes(Tensor a) => Tensor.Concat([a, Tensor.Ones([a.Shape[0], 1], a.DType)], 1);
}
