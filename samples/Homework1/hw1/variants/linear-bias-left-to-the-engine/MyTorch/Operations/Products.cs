namespace MyTorch.Operations;

public sealed class MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false) : BinaryOperation(a, b)
{
    protected override Tensor Forward() => Multiplying.MatMul(A, B, transposeA, transposeB);

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

public sealed partial class Linear : Operation
{
    public Linear(Tensor x, Tensor weight, Tensor bias) : base(x, weight, bias) => Multiplying.RequireLinear(x, weight, bias);

    public Linear(Tensor x, Tensor weight) : base(x, weight) => Multiplying.RequireLinear(x, weight, null);

    Tensor Weight => InputArray[1];

    Tensor? Bias => InputArray.Length > 2 ? InputArray[2] : null;

    protected override Tensor Forward()
    {
        Tensor y = Multiplying.MatMul(Rows(X), Weight, false, transposeB: true);
        if (Bias is not null) Elementwise.AddRowInPlace(y, Bias);
        return X.Rank == 2 ? y : y.View(X.Shape.With(X.Rank - 1, Weight.Shape[0]));
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        // The bias was repeated for every row: the engine sums over what was repeated.
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? X.T.MatMul(gradient).T : null;
        return Bias is null ? [dX, dW] : [dX, dW, gradient];
    }

    // All leading dimensions as one: (…, features) → (rows, features).
    static Tensor Rows(Tensor t) => t.Rank == 2 ? t : t.Reshape([-1, t.Shape[^1]]);
}
