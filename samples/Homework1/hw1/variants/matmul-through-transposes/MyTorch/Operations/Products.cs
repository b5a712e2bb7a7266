namespace MyTorch.Operations;

public sealed class MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => MatrixDispatch.MatMul(A, B, transposeA, transposeB);

    public override Tensor?[] Backward(Tensor gradient)
    {
        // (B·C̄ᵀ)ᵀ and (C̄ᵀ·A)ᵀ
        Tensor left = B.MatMul(gradient.T).T;
        Tensor right = gradient.T.MatMul(A).T;
        return [left, right];
    }
}

internal sealed partial class Linear : Operation
{
    public Linear(Tensor x, Tensor weight, Tensor bias) : base(x, weight, bias) => MatrixDispatch.RequireLinear(x, weight, bias);

    public Linear(Tensor x, Tensor weight) : base(x, weight) => MatrixDispatch.RequireLinear(x, weight, null);

    Tensor Weight => InputArray[1];

    Tensor? Bias => InputArray.Length > 2 ? InputArray[2] : null;

    protected override Tensor Forward()
    {
        Tensor y = MatrixDispatch.MatMul(Rows(X), Weight, false, transposeB: true);
        if (Bias is not null) ElementwiseDispatch.AddRowInPlace(y, Bias);
        return X.Rank == 2 ? y : y.View(X.Shape.With(X.Rank - 1, Weight.Shape[0]));
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? Rows(gradient).MatMul(Rows(X), transposeThis: true) : null;
        if (Bias is null) return [dX, dW];
        Tensor? db = Bias.RequiresGrad ? Rows(gradient).Sum(0) : null;
        return [dX, dW, db];
    }

    // All leading dimensions as one: (…, features) → (rows, features).
    static Tensor Rows(Tensor t) => t.Rank == 2 ? t : t.Reshape([-1, t.Shape[^1]]);
}
