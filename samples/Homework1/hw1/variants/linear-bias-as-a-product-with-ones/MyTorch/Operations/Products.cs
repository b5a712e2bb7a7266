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
        Tensor product = Weight.MatMul(X.T).T;
        if (Bias is null) return product;
        Tensor ones = Tensor.Ones([X.Shape[0], 1], X.DType);
        return product + ones.MatMul(Bias.Unsqueeze(0));
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor ones = Tensor.Ones([1, gradient.Shape[0]], gradient.DType);
        Tensor? dX = X.RequiresGrad ? Weight.T.MatMul(gradient.T).T : null;
        Tensor? dW = Weight.RequiresGrad ? gradient.T.MatMul(X) : null;
        if (Inputs.Count == 2) return [dX, dW];
        return [dX, dW, Inputs[2].RequiresGrad ? ones.MatMul(gradient).Squeeze(0) : null];
    }

    // All leading dimensions as one: (…, features) → (rows, features).
    static Tensor Rows(Tensor t) => t.Rank == 2 ? t : t.Reshape([-1, t.Shape[^1]]);
}
