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
        Tensor y = X.MatMul(Weight.T);
        return Bias is { } b ? y + b : y;
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dX = gradient.MatMul(Weight), dW = gradient.T.MatMul(X);
        return Bias is null ? [dX, dW] : [dX, dW, gradient.Sum([0])];
    }

    // All leading dimensions as one: (…, features) → (rows, features).
    static Tensor Rows(Tensor t) => t.Rank == 2 ? t : t.Reshape([-1, t.Shape[^1]]);
}
