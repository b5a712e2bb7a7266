namespace MyTorch.Operations;

public sealed class MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => MatrixDispatch.MatMul(A, B, transposeA, transposeB);

    public override Tensor?[] Backward(Tensor gradient) =>
    [
        !A.RequiresGrad ? null
            : transposeA ? B.MatMul(gradient, transposeB, true)
            : gradient.MatMul(B, false, !transposeB),
        !B.RequiresGrad ? null
            : transposeB ? gradient.MatMul(A, true, transposeA)
            : A.MatMul(gradient, !transposeA, false),
    ];
}

internal sealed partial class Linear : Operation
{
    public Linear(Tensor x, Tensor weight, Tensor bias) : base(x, weight, bias) => MatrixDispatch.RequireLinear(x, weight, bias);

    public Linear(Tensor x, Tensor weight) : base(x, weight) => MatrixDispatch.RequireLinear(x, weight, null);

    Tensor Weight => InputArray[1];

    Tensor? Bias => InputArray.Length > 2 ? InputArray[2] : null;

    protected override Tensor Forward()
    {
        int rows = X.Shape[0], inputs = Weight.Shape[1], outputs = Weight.Shape[0];
        double[] x = X.ToArray(), w = Weight.ToArray(), y = new double[rows * outputs];
        for (int n = 0; n < rows; n++)
            for (int o = 0; o < outputs; o++)
            {
                double sum = Bias is null ? 0 : Bias.Item(o);
                for (int i = 0; i < inputs; i++) sum += x[n * inputs + i] * w[o * inputs + i];
                y[n * outputs + o] = sum;
            }
        return Tensor.From(y, [rows, outputs], X.DType);
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        int rows = X.Shape[0], inputs = Weight.Shape[1], outputs = Weight.Shape[0];
        double[] x = X.ToArray(), w = Weight.ToArray(), g = gradient.ToArray();
        double[] dX = new double[x.Length], dW = new double[w.Length], db = new double[outputs];
        for (int n = 0; n < rows; n++)
            for (int o = 0; o < outputs; o++)
            {
                db[o] += g[n * outputs + o];
                for (int i = 0; i < inputs; i++)
                {
                    dX[n * inputs + i] += g[n * outputs + o] * w[o * inputs + i];
                    dW[o * inputs + i] += g[n * outputs + o] * x[n * inputs + i];
                }
            }
        List<Tensor?> result = [Tensor.From(dX, X.Shape, X.DType), Tensor.From(dW, Weight.Shape, X.DType)];
        if (Bias is not null) result.Add(Tensor.From(db, Bias.Shape, X.DType));
        return [.. result];
    }

    // All leading dimensions as one: (…, features) → (rows, features).
    static Tensor Rows(Tensor t) => t.Rank == 2 ? t : t.Reshape([-1, t.Shape[^1]]);
}
