// Wrong values and derivatives of part 3.

[Mistake("3.1-sign", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => 1 / (1 + X.Exp());
}

[Mistake("3.1-one-forgotten", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => 1 / (-X).Exp();
}

[Mistake("3.1-tanh", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => X.Tanh();
}

[Mistake("3.2-value-again", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => Output.Sigmoid() * (1 - Output.Sigmoid());
}

[Mistake("3.2-input-for-output", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => X * (1 - X);
}

[Mistake("3.2-factor-forgotten", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => 1 - Output;
}

[Mistake("3.2-plus", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => Output * (1 + Output);
}

[Mistake("3.2-sign", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => Output * (Output - 1);
}

[Mistake("3.3-sinh", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => (X.Exp() - (-X).Exp()) / 2;
}

[Mistake("3.3-upside-down", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => (X.Exp() + (-X).Exp()) / (X.Exp() - (-X).Exp());
}

[Mistake("3.3-half-the-exponent", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => 2 / (1 + (-X).Exp()) - 1;
}

[Mistake("3.3-sigmoid", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => 1 / (1 + (-X).Exp());
}

[Mistake("3.4-not-squared", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => 1 - Output;
}

[Mistake("3.4-square-of-the-difference", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => (1 - Output).Square();
}

[Mistake("3.4-input-for-output", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => 1 - X * X;
}

[Mistake("3.4-as-sigmoid", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => Output * (1 - Output);
}

[Mistake("3.4-value-again", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => 1 - Output.Tanh() * Output.Tanh();
}

[Mistake("3.4-plus", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => 1 + Output * Output;
}

[Mistake("3.5-absolute", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => X.Abs();
}

[Mistake("3.5-minimum", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => Tensor.Where(X < 0, X, Tensor.ZerosLike(X));
}

[Mistake("3.5-step", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => Tensor.Where(X > 0, Tensor.OnesLike(X), Tensor.ZerosLike(X));
}

[Mistake("3.5-leaky", Values = "0.01 0.1 0.2", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => Tensor.Where(X > 0, X, Value * X);
}

[Mistake("3.6-at-zero", Question = "3.6", Member = "MyTorch.Operations.ReLU.Passes")]
partial class ReLU
{
    public override Tensor Passes() => X >= 0;
}

[Mistake("3.6-reversed", Question = "3.6", Member = "MyTorch.Operations.ReLU.Passes")]
partial class ReLU
{
    public override Tensor Passes() => X <= 0;
}

[Mistake("3.6-everything", Question = "3.6", Member = "MyTorch.Operations.ReLU.Passes")]
partial class ReLU
{
    public override Tensor Passes() => X.EqualTo(X);
}

[Mistake("3.3-parentheses", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => X.Exp() - (-X).Exp() / (X.Exp() + (-X).Exp());
}

[Right("sigmoid", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => 1 / (1 + (-X).Exp());
}

[Mistake("3.1-parentheses", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => 1 / 1 + (-X).Exp();
}

[Mistake("3.1-denominator", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => 1 / (1 - (-X).Exp());
}

[Mistake("3.1-softplus", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => (1 + X.Exp()).Log();
}

[Right("sigmoid-slope", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => Output * (1 - Output);
}

[Mistake("3.2-as-tanh", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => 1 - Output * Output;
}

[Mistake("3.2-output-only", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => Output;
}

[Mistake("3.2-not-multiplied", Question = "3.2", Member = "MyTorch.Operations.Sigmoid.Derivative")]
partial class Sigmoid
{
    public override Tensor Derivative() => Output - 1;
}

[Right("tanh", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => (X.Exp() - (-X).Exp()) / (X.Exp() + (-X).Exp());
}

[Mistake("3.3-cosh", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => (X.Exp() + (-X).Exp()) / 2;
}

[Mistake("3.3-sign", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => ((-X).Exp() - X.Exp()) / (X.Exp() + (-X).Exp());
}

[Right("tanh-slope", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => 1 - Output * Output;
}

[Mistake("3.4-sign", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => Output * Output - 1;
}

[Mistake("3.4-one-forgotten", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => Output * Output;
}

[Mistake("3.4-of-the-square", Question = "3.4", Member = "MyTorch.Operations.Tanh.Derivative")]
partial class Tanh
{
    public override Tensor Derivative() => -2 * Output;
}

[Mistake("3.5-mirrored", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => Tensor.Where(-X > 0, -X, Tensor.ZerosLike(-X));
}

[Mistake("3.5-identity", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => X * 1;
}

[Mistake("3.6-negative-side", Question = "3.6", Member = "MyTorch.Operations.ReLU.Passes")]
partial class ReLU
{
    public override Tensor Passes() => X < 0;
}

[Mistake("3.6-not-zero", Question = "3.6", Member = "MyTorch.Operations.ReLU.Passes")]
partial class ReLU
{
    public override Tensor Passes() => (X.EqualTo(0)).Not();
}

[Mistake("3.6-nothing", Question = "3.6", Member = "MyTorch.Operations.ReLU.Passes")]
partial class ReLU
{
    public override Tensor Passes() => (X.EqualTo(X)).Not();
}

[Mistake("3.1-two", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => 2 / (1 + (-X).Exp());
}

[Mistake("3.1-parentheses 3.1-denominator", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => 1 / 1 - (-X).Exp();
}

[Mistake("3.1-softplus 3.1-sign", Question = "3.1", Member = "MyTorch.Operations.Sigmoid.Forward")]
partial class Sigmoid
{
    protected override Tensor Forward() => (1 + (-X).Exp()).Log();
}

[Mistake("3.3-twice-the-exponent", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => ((2 * X).Exp() - (-(2 * X)).Exp()) / ((2 * X).Exp() + (-(2 * X)).Exp());
}

[Right("tanh-by-sigmoid", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => 2 / (1 + (-2 * X).Exp()) - 1;
}

[Mistake("3.3-one-forgotten", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => 2 / (1 + (-2 * X).Exp());
}

[Mistake("3.3-parentheses 3.3-sign", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => (-X).Exp() - X.Exp() / (X.Exp() + (-X).Exp());
}

[Mistake("3.3-parentheses 3.3-upside-down", Question = "3.3", Member = "MyTorch.Operations.Tanh.Forward")]
partial class Tanh
{
    protected override Tensor Forward() => X.Exp() + (-X).Exp() / (X.Exp() - (-X).Exp());
}

[Right("relu", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => Tensor.Where(X > 0, X, Tensor.ZerosLike(X));
}

[Mistake("3.5-threshold", Values = "1 0.5 0.25 0.1 0.01 2 -1 -0.5", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => Tensor.Where(X > Value, X, Tensor.ZerosLike(X));
}

[Mistake("3.5-step", Form = "1 at 0", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => Tensor.Where(X >= 0, Tensor.OnesLike(X), Tensor.ZerosLike(X));
}

[Right("relu-mask", Question = "3.6", Member = "MyTorch.Operations.ReLU.Passes")]
partial class ReLU
{
    public override Tensor Passes() => X > 0;
}

[Mistake("3.6-threshold", Values = "1 0.5 0.25 0.1 0.01 2 -1 -0.5", Question = "3.6", Member = "MyTorch.Operations.ReLU.Passes")]
partial class ReLU
{
    public override Tensor Passes() => X > Value;
}
