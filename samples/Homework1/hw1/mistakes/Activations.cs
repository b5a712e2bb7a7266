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
    public override Tensor Derivative() => 1 - Output.Tanh().Square();
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
    protected override Tensor Forward() => Tensor.Minimum(X, Tensor.ZerosLike(X));
}

[Mistake("3.5-step", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => (X > 0).To(X.DType);
}

[Mistake("3.5-leaky", Question = "3.5", Member = "MyTorch.Operations.ReLU.Forward")]
partial class ReLU
{
    protected override Tensor Forward() => X.LeakyReLU(0.01);
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
