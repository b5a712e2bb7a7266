namespace MyTorch.Operations;

/// <summary>
/// C = A·B, (…, m, k)·(…, k, n) → (…, m, n); either matrix may be read transposed, and batch dimensions broadcast.
/// ∂L/∂A = C̄·Bᵀ, ∂L/∂B = Aᵀ·C̄
/// </summary>
/// <param name="a">The left matrix or batch of matrices.</param>
/// <param name="b">The right matrix or batch of matrices.</param>
/// <param name="transposeA">Whether A is transposed in its last two dimensions, without a copy.</param>
/// <param name="transposeB">Whether B is transposed in its last two dimensions.</param>
public sealed class MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false) : BinaryOperation(a, b)
{
    /// <inheritdoc/>
    protected override Tensor Forward() => MatrixDispatch.MatMul(A, B, transposeA, transposeB);

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient) =>
    [
        !A.RequiresGrad ? null
            : transposeA ? B.MatMul(gradient, transposeB, true)
            : gradient.MatMul(B, false, !transposeB),
        !B.RequiresGrad ? null
            : transposeB ? gradient.MatMul(A, true, transposeA)
            : A.MatMul(gradient, !transposeA, false),
    ];

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(
        tangents[0] is { } a ? a.MatMul(B, transposeA, transposeB) : null,
        tangents[1] is { } b ? A.MatMul(b, transposeA, transposeB) : null);

    /// <inheritdoc/>
    protected override (string Value, string? A, string? B) Text(string a, string b, string z) =>
        (Matrices(a, transposeA, b, transposeB), null, null);

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => input == 0
        ? transposeA ? Matrices(x[1], transposeB, upstream, true) : Matrices(upstream, false, x[1], !transposeB)
        : transposeB ? Matrices(upstream, true, x[0], transposeA) : Matrices(x[0], !transposeA, upstream, false);

    static string Matrices(string a, bool transposeA, string b, bool transposeB) =>
        $"{a}{(transposeA ? "ᵀ" : "")}·{b}{(transposeB ? "ᵀ" : "")}";
}

/// <summary>
/// Y = X·Wᵀ + b, (…, in) → (…, out), with weight W (out, in) and bias b (out):
/// dX = dY·W,  dW = dYᵀ·X,  db = the sum of dY's rows
/// </summary>
/// <remarks>
/// The lecture writes z = Wx and row-vector derivatives: ∇ₓL = (∇_zL)·W and ∇_W L = x·(∇_zL), the transpose of the gradient here.
/// </remarks>
internal sealed partial class Linear : Operation
{
    /// <summary>A linear map with a bias.</summary>
    /// <param name="x">The inputs, (…, in).</param>
    /// <param name="weight">W, (out, in).</param>
    /// <param name="bias">b, (out).</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public Linear(Tensor x, Tensor weight, Tensor bias) : base(x, weight, bias) => MatrixDispatch.RequireLinear(x, weight, bias);

    /// <summary>A linear map without a bias.</summary>
    /// <param name="x">The inputs, (…, in).</param>
    /// <param name="weight">W, (out, in).</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public Linear(Tensor x, Tensor weight) : base(x, weight) => MatrixDispatch.RequireLinear(x, weight, null);

    Tensor Weight => InputArray[1];

    Tensor? Bias => InputArray.Length > 2 ? InputArray[2] : null;

    /// <inheritdoc/>
    protected override Tensor Forward()
    {
        Tensor y = MatrixDispatch.MatMul(Rows(X), Weight, false, transposeB: true);
        if (Bias is not null) ElementwiseDispatch.AddRowInPlace(y, Bias);
        return X.Rank == 2 ? y : y.View(X.Shape.With(X.Rank - 1, Weight.Shape[0]));
    }

    /// <inheritdoc/>
    public override Tensor?[] Backward(Tensor gradient)
    {
        Tensor? dX = X.RequiresGrad ? gradient.MatMul(Weight) : null;
        Tensor? dW = Weight.RequiresGrad ? Rows(gradient).MatMul(Rows(X), transposeThis: true) : null;
        if (Bias is null) return [dX, dW];
        Tensor? db = Bias.RequiresGrad ? Rows(gradient).Sum(0) : null;
        return [dX, dW, db];
    }

    /// <inheritdoc/>
    public override Tensor Tangent(Tensor?[] tangents) => Total(
        tangents[0] is { } x ? x.Linear(Weight) : null,
        tangents[1] is { } w ? X.Linear(w) : null,
        Bias is null ? null : tangents[2]);

    // Merges all leading dimensions: (…, features) → (rows, features).
    static Tensor Rows(Tensor t) => t.Rank == 2 ? t : t.Reshape([Shape.Create(t.Shape.AsSpan()[..^1]).ElementCount, t.Shape[^1]]);

    /// <inheritdoc/>
    public override string ValueText(params ReadOnlySpan<string> x) => x.Length == 2 ? $"{x[0]}·{x[1]}ᵀ" : $"{x[0]}·{x[1]}ᵀ + {x[2]}";

    /// <inheritdoc/>
    public override string AdjointText(int input, string upstream, ReadOnlySpan<string> x, string y) => input switch
    {
        0 => $"{upstream}·{x[1]}",
        1 => $"{upstream}ᵀ·{x[0]}",
        _ => $"Σ rows of {upstream}",
    };
}
