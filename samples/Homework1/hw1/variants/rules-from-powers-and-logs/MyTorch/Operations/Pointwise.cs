namespace MyTorch.Operations;

public abstract class PointwiseOperation(Tensor x) : Operation(x)
{
    public abstract Tensor Derivative();

    protected virtual (string Value, string Derivative) Text(string x, string y) => ($"{Name}({x})", $"{Name}′({x})");

    public sealed override string ValueText(params ReadOnlySpan<string> x) => Text(x[0], "").Value;

    public sealed override string DerivativeText(int input, ReadOnlySpan<string> x, string y) => Text(x[0], y).Derivative;

    public override Tensor?[] Backward(Tensor gradient) => [gradient * Derivative()];

    public override Tensor Tangent(Tensor?[] tangents) => Derivative() * tangents[0]!;
}

public sealed class Identity(Tensor x) : Operation(x)
{
    protected override Tensor Forward() => X;

    public override Tensor?[] Backward(Tensor gradient) => [gradient];
}

public sealed class Log(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => Elementwise.Log(X);

    public override Tensor Derivative() => X.Pow(-1);
}

public sealed class Exp(Tensor x) : PointwiseOperation(x)
{
    protected override Tensor Forward() => Elementwise.Exp(X);

    public override Tensor Derivative() => Tensor.Pow(Math.E, X);
}
