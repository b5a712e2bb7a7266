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
        int rows = a.Shape[0], inputs = W.Shape[1], outputs = W.Shape[0];
        double[] x = a.ToArray(), w = W.ToArray(), b = B.ToArray(), z = new double[rows * outputs];
        for (int n = 0; n < rows; n++)
            for (int o = 0; o < outputs; o++)
            {
                for (int i = 0; i < inputs; i++) z[n * outputs + o] += x[n * inputs + i] * w[o * inputs + i];
                z[n * outputs + o] += b[o];
            }
        return Tensor.From(z, [rows, outputs], a.DType);
    }

    public override Tensor Backward(Tensor dLdZ)
    {
        Tensor ones = Tensor.Ones([1, dLdZ.Shape[0]], dLdZ.DType);
        DLdB = ones.MatMul(dLdZ).Reshape([-1]);
        DLdW = _a!.T.MatMul(dLdZ).T;
        return W.T.MatMul(dLdZ.T).T;
    }
}
