namespace MyTorch.Operations;

class Linear
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        double[] dy = gradient.To(DType.Float64).ToArray(), x = X.To(DType.Float64).ToArray(), w = Weight.To(DType.Float64).ToArray();
        int rows = X.Shape[0], inputs = X.Shape[1], outputs = Weight.Shape[0];
        double[] dx = new double[x.Length], dw = new double[w.Length], db = new double[outputs];
        for (int n = rows - 1; n >= 0; n--)
            for (int o = outputs - 1; o >= 0; o--)
            {
                db[o] += dy[n * outputs + o];
                for (int i = inputs - 1; i >= 0; i--)
                {
                    dx[n * inputs + i] += dy[n * outputs + o] * w[o * inputs + i];
                    dw[o * inputs + i] += dy[n * outputs + o] * x[n * inputs + i];
                }
            }
        return [Tensor.From(dx, X.Shape, X.DType), Tensor.From(dw, Weight.Shape, X.DType), Tensor.From(db, [outputs], X.DType)];
    }
}
