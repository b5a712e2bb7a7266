namespace MyTorch.Operations;

public sealed class MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => MatrixDispatch.MatMul(A, B, transposeA, transposeB);

    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor dB = Tensor.ZerosLike(B), dA = Tensor.ZerosLike(A);
        for (int row = 0; row < A.Shape[0]; row++)
            dB = dB + A[row].Unsqueeze(1) * gradient[row].Unsqueeze(0);
        for (int column = 0; column < B.Shape[1]; column++)
            dA = dA + gradient[.., column].Unsqueeze(1) * B[.., column].Unsqueeze(0);
        return [dA, dB];
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
