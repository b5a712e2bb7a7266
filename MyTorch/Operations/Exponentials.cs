namespace MyTorch.Operations;

/// <summary>y = ln(1 + x);  dy/dx = 1/(1 + x)</summary>
/// <inheritdoc/>
public sealed class Log1p(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Log1p(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => 1 / (1 + X);

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"ln(1 + {x})", $"1/(1 + {x})");
}

/// <summary>y = eˣ − 1;  dy/dx = eˣ</summary>
/// <inheritdoc/>
public sealed class Expm1(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Expm1(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => X.Exp();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"exp {x} - 1", $"exp {x}");
}

/// <summary>y = ln σ(x) = −ln(1 + e⁻ˣ);  dy/dx = σ(−x)</summary>
/// <inheritdoc/>
public sealed class LogSigmoid(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.LogSigmoid(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => (-X).Sigmoid();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"ln σ({x})", $"σ(-{x})");
}

/// <summary>y = sinh x = (eˣ − e⁻ˣ)/2;  dy/dx = cosh x</summary>
/// <inheritdoc/>
public sealed class Sinh(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Sinh(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => X.Cosh();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"sinh {x}", $"cosh {x}");
}

/// <summary>y = cosh x = (eˣ + e⁻ˣ)/2;  dy/dx = sinh x</summary>
/// <inheritdoc/>
public sealed class Cosh(Tensor x) : PointwiseOperation(x)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => ElementwiseDispatch.Cosh(X);

    /// <inheritdoc/>
    public override Tensor Derivative() => X.Sinh();

    /// <inheritdoc/>
    protected override (string Value, string Derivative) Text(string x, string y) => ($"cosh {x}", $"sinh {x}");
}
