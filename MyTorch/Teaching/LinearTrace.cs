namespace MyTorch.Teaching;

/// <summary>The matrices of a linear layer and their gradients.</summary>
public enum LinearMatrix
{
    /// <summary>X, the inputs, (N, D).</summary>
    X,

    /// <summary>W, the weight, (K, D).</summary>
    W,

    /// <summary>b, the bias, (K).</summary>
    B,

    /// <summary>Y = X·Wᵀ + b, the outputs, (N, K).</summary>
    Y,

    /// <summary>dX, the gradient with respect to the inputs, (N, D).</summary>
    DX,

    /// <summary>dW, the gradient with respect to the weight, (K, D).</summary>
    DW,

    /// <summary>db, the gradient with respect to the bias, (K).</summary>
    DB,

    /// <summary>dY, the gradient with respect to the outputs, which the layer receives, (N, K).</summary>
    DY,
}

/// <summary>
/// The derivatives of z = Wx + b for one example in the lecture's layout, where a derivative is the transpose of the gradient.
/// </summary>
/// <param name="ByZ">∇_zL, what the layer receives, (1, K).</param>
/// <param name="ByX">∇ₓL = (∇_zL)·W, (1, D).</param>
/// <param name="ByW">∇_W L = x·(∇_zL), (D, K).</param>
/// <param name="X">x, a column, (D, 1).</param>
public sealed record LectureDerivatives(Tensor ByZ, Tensor ByX, Tensor ByW, Tensor X);

/// <summary>
/// A linear layer Y = X·Wᵀ + b with its gradients, computed by the engine, and each number of them as the sum that it is.
/// <code>
/// LinearTrace layer = LinearTrace.Of(x, w, b, dY);
/// Console.WriteLine(layer.Element(LinearMatrix.DW, 1, 2));    // dW[1,2] = dY[0,1]·X[0,2] + dY[1,1]·X[1,2] = … = 5.5
/// </code>
/// </summary>
/// <remarks>
/// dX = dY·W, dW = dYᵀ·X, db = the sum of dY's rows. The lecture's layout, with derivatives as rows, is <see cref="Lecture"/>.
/// </remarks>
public sealed class LinearTrace
{
    static readonly string[] s_names = ["X", "W", "b", "Y", "dX", "dW", "db", "dY"];
    static readonly string[] s_rules = ["", "", "", "Y = X·Wᵀ + b", "dX = dY·W", "dW = dYᵀ·X", "db = Σ rows of dY", ""];

    readonly Tensor[] _matrices;

    LinearTrace(Tensor[] matrices) => _matrices = matrices;

    /// <summary>N, the number of examples.</summary>
    public int Examples => this[LinearMatrix.X].Shape[0];

    /// <summary>D, the number of input features.</summary>
    public int Inputs => this[LinearMatrix.W].Shape[1];

    /// <summary>K, the number of output features.</summary>
    public int Outputs => this[LinearMatrix.W].Shape[0];

    /// <summary>The numbers of a matrix.</summary>
    public Tensor this[LinearMatrix matrix] => _matrices[(int)matrix];

    /// <summary>Runs a layer forward and backward.</summary>
    /// <param name="x">X, (N, D), floating point.</param>
    /// <param name="weight">W, (K, D).</param>
    /// <param name="bias">b, (K).</param>
    /// <param name="gradient">dY, the gradient of a loss with respect to Y, (N, K).</param>
    /// <exception cref="ArgumentException">The shapes or types do not match.</exception>
    public static LinearTrace Of(Tensor x, Tensor weight, Tensor bias, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(bias);
        ArgumentNullException.ThrowIfNull(gradient);
        if (x.Rank != 2)
            throw new ArgumentException(
                $"LinearTrace: the inputs have shape {x.Shape}; they must be (N, D), a row for each example.", nameof(x));
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor[] leaves = [x.DetachedLeaf(), weight.DetachedLeaf(), bias.DetachedLeaf()];
        Tensor y = leaves[0].Linear(leaves[1], leaves[2]);
        Tensor?[] gradients = autograd.Gradients(y, leaves, gradient);
        return new LinearTrace(
            [x.Detach(), weight.Detach(), bias.Detach(), y.Detach(), gradients[0]!, gradients[1]!, gradients[2]!, gradient.Detach()]);
    }

    /// <summary>The name of a matrix in formulas: <c>dW</c>.</summary>
    public static string NameOf(LinearMatrix matrix) => s_names[(int)matrix];

    /// <summary>The formula of a result: <c>dW = dYᵀ·X</c>; empty for what the layer is given.</summary>
    public static string RuleOf(LinearMatrix matrix) => s_rules[(int)matrix];

    /// <summary>Whether the layer is given this matrix: X, W, b and dY.</summary>
    public static bool IsGiven(LinearMatrix matrix) => s_rules[(int)matrix].Length == 0;

    /// <summary>Where an element of a result comes from.</summary>
    /// <param name="matrix">Y, dX, dW or db.</param>
    /// <param name="row">The row from 0; 0 in the vector db.</param>
    /// <param name="column">The column from 0.</param>
    /// <exception cref="ArgumentException">The layer is given this matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The matrix has no such element.</exception>
    public ElementSum Element(LinearMatrix matrix, int row, int column)
    {
        RequireElement(matrix, row, column);
        MatrixElement element = At(matrix, row, column);
        string rule = RuleOf(matrix);
        return matrix switch
        {
            LinearMatrix.Y => ElementSum.OfProduct(
                element, rule, ("X", this[LinearMatrix.X], false), ("W", this[LinearMatrix.W], true), row, column,
                At(LinearMatrix.B, 0, column), $"Output {N(column)} of example {N(row)}: its features, each times a weight, and a bias."),
            LinearMatrix.DX => ElementSum.OfProduct(
                element, rule, ("dY", this[LinearMatrix.DY], false), ("W", this[LinearMatrix.W], false), row, column,
                reason: $"X[{N(row)},{N(column)}] is used by every output of example {N(row)}, and Y[{N(row)},k] holds " +
                $"X[{N(row)},{N(column)}]·W[k,{N(column)}]. So dY[{N(row)},k] comes back times W[k,{N(column)}], and the outputs add up."),
            LinearMatrix.DW => ElementSum.OfProduct(
                element, rule, ("dY", this[LinearMatrix.DY], true), ("X", this[LinearMatrix.X], false), row, column,
                reason: $"W[{N(row)},{N(column)}] is used by every example, and Y[n,{N(row)}] holds " +
                $"X[n,{N(column)}]·W[{N(row)},{N(column)}]. So dY[n,{N(row)}] comes back times X[n,{N(column)}], and the examples add up."),
            LinearMatrix.DB => new ElementSum(
                element, rule, $"the sum of column {Notation.Number(column)} of dY",
                [.. Enumerable.Range(0, Examples).Select(n => new ElementTerm(At(LinearMatrix.DY, n, column), null))])
            {
                Reason = $"b[{N(column)}] is added to Y[n,{N(column)}] of every example. " +
                    $"So each dY[n,{N(column)}] comes back as it is, and the examples add up.",
            },
            _ => throw new ArgumentException(
                $"LinearTrace: {NameOf(matrix)} is given to the layer and has no terms; ask for Y, dX, dW or db.", nameof(matrix)),
        };
    }

    /// <summary>The elements of the results that an element of X, W, b or dY is a part of.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The matrix has no such element.</exception>
    public IReadOnlyList<MatrixElement> UsersOf(LinearMatrix matrix, int row, int column)
    {
        RequireElement(matrix, row, column);
        IEnumerable<MatrixElement> users = matrix switch
        {
            LinearMatrix.X => Row(LinearMatrix.Y, row).Concat(Column(LinearMatrix.DW, column)),
            LinearMatrix.W => Column(LinearMatrix.Y, row).Concat(Column(LinearMatrix.DX, column)),
            LinearMatrix.B => Column(LinearMatrix.Y, column),
            LinearMatrix.DY => Row(LinearMatrix.DX, row).Concat(Row(LinearMatrix.DW, column)).Append(At(LinearMatrix.DB, 0, column)),
            _ => [],
        };
        return [.. users];

        IEnumerable<MatrixElement> Row(LinearMatrix of, int index) =>
            Enumerable.Range(0, this[of].Shape[1]).Select(c => At(of, index, c));

        IEnumerable<MatrixElement> Column(LinearMatrix of, int index) =>
            Enumerable.Range(0, this[of].Shape[0]).Select(r => At(of, r, index));
    }

    /// <summary>The same layer for a part of the batch alone. The gradients of W and b of all parts add up to those of the batch.</summary>
    /// <param name="first">The first example, from 0.</param>
    /// <param name="count">The number of examples, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch does not have these examples.</exception>
    public LinearTrace Part(int first, int count)
    {
        if (first < 0 || count < 1 || first > Examples - count)
            throw Invalid.OutOfRange(
                nameof(first), $"LinearTrace: examples {first} to {first + count - 1} of a batch of {Examples}; they count from 0.");
        return Of(
            this[LinearMatrix.X][first..(first + count)], this[LinearMatrix.W], this[LinearMatrix.B],
            this[LinearMatrix.DY][first..(first + count)]);
    }

    /// <summary>The derivatives for one example in the lecture's layout.</summary>
    /// <param name="example">The example, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch does not have this example.</exception>
    public LectureDerivatives Lecture(int example)
    {
        LinearTrace one = Part(example, 1);
        Tensor row = one[LinearMatrix.DY], column = one[LinearMatrix.X].T;
        using PauseScope pause = Autograd.Pause();
        return new LectureDerivatives(row, row.MatMul(this[LinearMatrix.W]), column.MatMul(row), column);
    }

    static string N(int number) => Notation.Number(number);

    MatrixElement At(LinearMatrix matrix, int row, int column) => MatrixElement.Of(NameOf(matrix), this[matrix], row, column);

    void RequireElement(LinearMatrix matrix, int row, int column)
    {
        Shape shape = this[matrix].Shape;
        (int rows, int columns) = shape.Rank == 1 ? (1, shape[0]) : (shape[0], shape[1]);
        if (row < 0 || row >= rows || column < 0 || column >= columns)
            throw Invalid.OutOfRange(
                nameof(row), $"LinearTrace: {NameOf(matrix)} has shape {shape} and no element [{row},{column}]; indices count from 0.");
    }
}
