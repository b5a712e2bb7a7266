// Wrong rules of part 1. Each stands for what people really write; the texts to them are in hints.en.json.

[Mistake("1.1-swapped", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * A, gradient * B];
}

[Mistake("1.1-upstream-ignored", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [B, A];
}

[Mistake("1.1-as-a-sum", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient, gradient];
}

[Mistake("1.1-output", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * Output, gradient * Output];
}

[Mistake("1.1-added", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient + B, gradient + A];
}

[Mistake("1.2-sign", Question = "1.2", Member = "MyTorch.Operations.Subtract.Backward")]
partial class Subtract
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient, gradient];
}

[Mistake("1.2-wrong-operand-negative", Question = "1.2", Member = "MyTorch.Operations.Subtract.Backward")]
partial class Subtract
{
    public override Tensor?[] Backward(Tensor gradient) => [-gradient, gradient];
}

[Mistake("1.2-both-negative", Question = "1.2", Member = "MyTorch.Operations.Subtract.Backward")]
partial class Subtract
{
    public override Tensor?[] Backward(Tensor gradient) => [-gradient, -gradient];
}

[Mistake("1.2-upstream-ignored", Question = "1.2", Member = "MyTorch.Operations.Subtract.Backward")]
partial class Subtract
{
    public override Tensor?[] Backward(Tensor gradient) => [Tensor.OnesLike(gradient), -Tensor.OnesLike(gradient)];
}

[Mistake("1.3-sign", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient / B, gradient * A / (B * B)];
}

[Mistake("1.3-not-squared", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient / B, -gradient * A / B];
}

[Mistake("1.3-numerator-forgotten", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient / B, -gradient / (B * B)];
}

[Mistake("1.3-squared-numerator", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient / B, -gradient * A * A / (B * B)];
}

[Mistake("1.3-as-a-product", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * B, gradient * A];
}

[Mistake("1.3-swapped", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [-gradient * A / (B * B), gradient / B];
}

[Mistake("1.3-upstream-ignored", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [Tensor.OnesLike(gradient) / B, -A / (B * B)];
}

[Mistake("1.4-not-inverted", Question = "1.4", Member = "MyTorch.Operations.Log.Derivative")]
partial class Log
{
    public override Tensor Derivative() => X;
}

[Mistake("1.4-at-the-output", Question = "1.4", Member = "MyTorch.Operations.Log.Derivative")]
partial class Log
{
    public override Tensor Derivative() => 1 / Output;
}

[Mistake("1.4-of-the-reciprocal", Question = "1.4", Member = "MyTorch.Operations.Log.Derivative")]
partial class Log
{
    public override Tensor Derivative() => -1 / (X * X);
}

[Mistake("1.4-base-10", Question = "1.4", Member = "MyTorch.Operations.Log.Derivative")]
partial class Log
{
    public override Tensor Derivative() => 1 / (X * Math.Log(10));
}

[Mistake("1.4-value", Question = "1.4", Member = "MyTorch.Operations.Log.Derivative")]
partial class Log
{
    public override Tensor Derivative() => Output;
}

[Mistake("1.4-exponential", Question = "1.4", Member = "MyTorch.Operations.Log.Derivative")]
partial class Log
{
    public override Tensor Derivative() => X.Exp();
}

[Mistake("1.5-power-rule", Question = "1.5", Member = "MyTorch.Operations.Exp.Derivative")]
partial class Exp
{
    public override Tensor Derivative() => X * (X - 1).Exp();
}

[Mistake("1.5-at-the-output", Question = "1.5", Member = "MyTorch.Operations.Exp.Derivative")]
partial class Exp
{
    public override Tensor Derivative() => Output.Exp();
}

[Mistake("1.5-input", Question = "1.5", Member = "MyTorch.Operations.Exp.Derivative")]
partial class Exp
{
    public override Tensor Derivative() => X;
}

[Mistake("1.5-constant", Question = "1.5", Member = "MyTorch.Operations.Exp.Derivative")]
partial class Exp
{
    public override Tensor Derivative() => Tensor.OnesLike(X);
}

[Mistake("1.6-a-not-transposed", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(B.T), A.MatMul(gradient)];
}

[Mistake("1.6-b-not-transposed", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(B), A.T.MatMul(gradient)];
}

[Mistake("1.6-neither-transposed", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(B), A.MatMul(gradient)];
}

[Mistake("1.6-element-by-element", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * B, gradient * A];
}

[Mistake("1.6-order", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [B.T.MatMul(gradient), gradient.MatMul(A.T)];
}

[Mistake("1.6-operands-swapped", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [A.T.MatMul(gradient), gradient.MatMul(B.T)];
}

[Mistake("1.6-results-transposed", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [B.MatMul(gradient.T), gradient.T.MatMul(A)];
}

[Mistake("1.6-upstream-ignored", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [Tensor.OnesLike(gradient).MatMul(B.T), A.T.MatMul(Tensor.OnesLike(gradient))];
}

[Mistake("1.6-reshaped", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) =>
        [gradient.MatMul(B.Reshape([B.Shape[1], B.Shape[0]])), A.Reshape([A.Shape[1], A.Shape[0]]).MatMul(gradient)];
}

[Right("multiply", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * B, gradient * A];
}

[Mistake("1.1-loops-without-broadcast", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        double[] g = gradient.ToArray(), a = A.ToArray(), b = B.ToArray(), da = new double[g.Length], db = new double[g.Length];
        for (int i = 0; i < g.Length; i++)
        {
            da[i] = g[i] * b[i];
            db[i] = g[i] * a[i];
        }
        return [Tensor.From(da, gradient.Shape, gradient.DType), Tensor.From(db, gradient.Shape, gradient.DType)];
    }
}

[Mistake("1.1-loops-wrapped", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient)
    {
        double[] g = gradient.ToArray(), a = A.ToArray(), b = B.ToArray(), da = new double[g.Length], db = new double[g.Length];
        for (int i = 0; i < g.Length; i++)
        {
            da[i] = g[i] * b[i % b.Length];
            db[i] = g[i] * a[i % a.Length];
        }
        return [Tensor.From(da, gradient.Shape, gradient.DType), Tensor.From(db, gradient.Shape, gradient.DType)];
    }
}

[Right("subtract", Question = "1.2", Member = "MyTorch.Operations.Subtract.Backward")]
partial class Subtract
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient, -gradient];
}

[Mistake("1.2-as-a-product", Question = "1.2", Member = "MyTorch.Operations.Subtract.Backward")]
partial class Subtract
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * B, gradient * A];
}

[Mistake("1.2-operands", Question = "1.2", Member = "MyTorch.Operations.Subtract.Backward")]
partial class Subtract
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * A, -gradient * B];
}

[Right("divide", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient / B, -gradient * A / (B * B)];
}

[Mistake("1.3-first-not-inverted", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * B, -gradient * A / (B * B)];
}

[Mistake("1.3-first-squared", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient / (B * B), -gradient * A / (B * B)];
}

[Mistake("1.3-output", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * Output, gradient * Output];
}

[Mistake("1.3-second-not-inverted", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient / B, -gradient * A];
}

[Right("log", Question = "1.4", Member = "MyTorch.Operations.Log.Derivative")]
partial class Log
{
    public override Tensor Derivative() => 1 / X;
}

[Mistake("1.4-sign", Question = "1.4", Member = "MyTorch.Operations.Log.Derivative")]
partial class Log
{
    public override Tensor Derivative() => -1 / X;
}

[Mistake("1.4-squared", Question = "1.4", Member = "MyTorch.Operations.Log.Derivative")]
partial class Log
{
    public override Tensor Derivative() => 1 / (X * X);
}

[Mistake("1.5-sign", Question = "1.5", Member = "MyTorch.Operations.Exp.Derivative")]
partial class Exp
{
    public override Tensor Derivative() => -Output;
}

[Mistake("1.5-inverted", Question = "1.5", Member = "MyTorch.Operations.Exp.Derivative")]
partial class Exp
{
    public override Tensor Derivative() => 1 / Output;
}

[Mistake("1.5-times-the-input", Question = "1.5", Member = "MyTorch.Operations.Exp.Derivative")]
partial class Exp
{
    public override Tensor Derivative() => X * Output;
}

[Right("matmul", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(B.T), A.T.MatMul(gradient)];
}

[Mistake("1.6-order-of-a", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [B.T.MatMul(gradient), A.T.MatMul(gradient)];
}

[Mistake("1.6-order-of-b", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.MatMul(B.T), gradient.MatMul(A.T)];
}

[Mistake("1.6-order-not-transposed", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [B.MatMul(gradient), gradient.MatMul(A)];
}

[Mistake("1.6-gradient-transposed", Question = "1.6", Member = "MyTorch.Operations.MatMul.Backward")]
partial class MatMul
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient.T.MatMul(B.T), A.T.MatMul(gradient.T)];
}

[Mistake("1.3-operands-exchanged", Question = "1.3", Member = "MyTorch.Operations.Divide.Backward")]
partial class Divide
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient / A, -gradient * B / (A * A)];
}

[Mistake("1.1-same-partner", Question = "1.1", Member = "MyTorch.Operations.Multiply.Backward")]
partial class Multiply
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * B, gradient * B];
}

[Mistake("1.2-as-a-product", Form = "with the sign", Question = "1.2", Member = "MyTorch.Operations.Subtract.Backward")]
partial class Subtract
{
    public override Tensor?[] Backward(Tensor gradient) => [gradient * B, -gradient * A];
}

[Right("exp", Question = "1.5", Member = "MyTorch.Operations.Exp.Derivative")]
partial class Exp
{
    public override Tensor Derivative() => Output;
}
