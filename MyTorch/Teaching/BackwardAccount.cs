using System.Text.RegularExpressions;
using MyTorch.Differentiation;
using MyTorch.Nn;

namespace MyTorch.Teaching;

/// <summary>
/// The backward pass of a network of layers in the lecture's letters, every number read off the engine: for each layer k the outputs
/// y^(k−1) of the layer before it, z = Σ w·y, y = f(z), and the derivatives of the loss Div by y, z, the weights and the biases.
/// <code>
/// BackwardAccount account = BackwardAccount.Of(model.Layers, inputs, y => criterion.Forward(y, targets));
/// Console.WriteLine(account.OfWeight(layer: 2, from: 3, to: 1));
/// </code>
/// </summary>
/// <remarks>
/// The formulas are those of the backward-pass slide: ∂Div/∂z = ∂Div/∂y·f′(z), ∂Div/∂w_ij = y_i·∂Div/∂z_j, ∂Div/∂y_i = Σⱼ w_ij·∂Div/∂z_j.
/// Layers and neurons have the lecture's numbers, from 1, and 0 is the bias; rows of the batch have those of the tensor, from 0.
/// A batch is a sum over its rows. No <see cref="Tensor.Grad"/> is changed.
/// </remarks>
public sealed class BackwardAccount
{
    BackwardAccount(Tensor inputs, Tensor loss, IReadOnlyList<AccountLayer> layers) =>
        (Inputs, Loss, Layers) = (inputs, loss.Item(), layers);

    /// <summary>y^(0): the batch, (N, in).</summary>
    public Tensor Inputs { get; }

    /// <summary>Div, the loss of the batch.</summary>
    public double Loss { get; }

    /// <summary>The layers k = 1 … N, the first at index 0.</summary>
    public IReadOnlyList<AccountLayer> Layers { get; }

    /// <summary>The number of rows of the batch.</summary>
    public int Rows => Inputs.Shape[0];

    /// <summary>Runs a network forward and backward and keeps what the engine computed.</summary>
    /// <param name="layers">Linear layers, each followed by activations or by none, as <see cref="MLP.Layers"/>.</param>
    /// <param name="inputs">The batch, (N, in).</param>
    /// <param name="loss">The loss of the outputs, a scalar: <c>y => criterion.Forward(y, targets)</c>.</param>
    /// <exception cref="ArgumentException">
    /// A layer is neither Linear nor an activation, the first is not Linear, or the batch is not a matrix.
    /// </exception>
    public static BackwardAccount Of(IReadOnlyList<Module> layers, Tensor inputs, Func<Tensor, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(loss);
        if (inputs.Rank != 2)
            throw Invalid.Argument(nameof(inputs), $"BackwardAccount: the batch is {inputs.Shape}; expected a matrix (N, in), a row for each example.");
        if (layers.Count == 0 || layers[0] is not Linear)
            throw Invalid.Argument(nameof(layers), $"BackwardAccount: expected Linear layers with activations between them, the first Linear; " +
                $"got {(layers.Count == 0 ? "no layer" : layers[0].Describe() + " first")}.");
        if (layers.FirstOrDefault(layer => layer is not (Linear or Activation)) is { } other)
            throw Invalid.Argument(nameof(layers), $"BackwardAccount: {other.Describe()} is neither Linear nor an activation; leave it out of the layers.");

        // Paused, so that scopes that are already open record nothing of it.
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        var found = new List<(Linear Linear, List<Module> Activations, Tensor Inputs, Tensor Sums, Tensor Outputs)>();
        Tensor value = inputs;
        foreach (Module layer in layers)
        {
            Tensor before = value;
            value = layer.Forward(before);
            if (layer is Linear linear) found.Add((linear, [], before, value, value));
            else
            {
                found[^1].Activations.Add(layer);
                found[^1] = found[^1] with { Outputs = value };
            }
        }
        Tensor div = loss(value);
        Tensor[] asked = [.. found.SelectMany(one => new[] { one.Sums, one.Outputs, one.Linear.Weight, one.Linear.Bias ?? one.Linear.Weight })];
        Tensor?[] gradients = autograd.Gradients(div, asked);
        return new BackwardAccount(inputs, div, [.. found.Select((one, k) => new AccountLayer
        {
            Number = k + 1,
            Linear = one.Linear,
            Activation = one.Activations.Count == 0 ? "none" : string.Join(", ", one.Activations.Select(activation => activation.Describe())),
            IsElementwise = !one.Activations.Any(activation => activation is Softmax or LogSoftmax),
            Inputs = one.Inputs.Detach(),
            Sums = one.Sums.Detach(),
            Outputs = one.Outputs.Detach(),
            Slopes = Slopes(one.Activations, one.Sums.Detach()),
            Weight = one.Linear.Weight.Detach().Clone(),
            Bias = one.Linear.Bias?.Detach().Clone(),
            BySums = gradients[4 * k] ?? Tensor.ZerosLike(one.Sums),
            ByOutputs = gradients[4 * k + 1] ?? Tensor.ZerosLike(one.Outputs),
            ByWeight = gradients[4 * k + 2] ?? Tensor.ZerosLike(one.Linear.Weight),
            ByBias = one.Linear.Bias is null ? null : gradients[4 * k + 3] ?? Tensor.ZerosLike(one.Linear.Bias),
        })]);
    }

    // f′(z) by the engine's own rules: the sweep from a gradient of ones.
    static Tensor Slopes(List<Module> activations, Tensor sums) => activations.Count == 0 ? Tensor.OnesLike(sums)
        : Differentiate.Vjp(z => activations.Aggregate(z, (value, activation) => activation.Forward(value)), sums, Tensor.OnesLike(sums));

    /// <summary>z_j = Σᵢ w_ij·y_i: what a neuron adds up, its bias first.</summary>
    /// <param name="layer">k, from 1.</param>
    /// <param name="row">The row of the batch, from 0.</param>
    /// <param name="neuron">j, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer, row or neuron.</exception>
    public AccountSum OfSum(int layer, int row, int neuron)
    {
        AccountLayer at = Checked(layer, row, neuron);
        var terms = new List<AccountTerm>();
        if (at.Bias is { } bias) terms.Add(new AccountTerm($"w_0{neuron}^({layer})", "1", bias.Item(neuron - 1), 1));
        for (int i = 1; i <= at.Inputs.Shape[1]; i++)
            terms.Add(new AccountTerm(Weight(layer, i, neuron), $"y_{i}^({layer - 1})", at.Weight.Item(neuron - 1, i - 1), at.Inputs.Item(row, i - 1)));
        return new AccountSum($"z_{neuron}^({layer})", $"Σ_i w_i{neuron}^({layer})·y_i^({layer - 1})", [.. terms], at.Sums.Item(row, neuron - 1));
    }

    /// <summary>∂Div/∂z_i = ∂Div/∂y_i·f′(z_i): through the activation.</summary>
    /// <inheritdoc cref="OfSum"/>
    public AccountSum BySum(int layer, int row, int neuron)
    {
        AccountLayer at = Checked(layer, row, neuron);
        string z = $"z_{neuron}^({layer})", y = $"y_{neuron}^({layer})";
        return new AccountSum($"∂Div/∂{z}", at.IsElementwise ? $"∂Div/∂{y}·f′({z})" : $"Σ_j ∂Div/∂y_j^({layer})·∂y_j^({layer})/∂{z}",
            at.IsElementwise ? [new AccountTerm($"∂Div/∂{y}", $"f′({z})", at.ByOutputs.Item(row, neuron - 1), at.Slopes.Item(row, neuron - 1))] : [],
            at.BySums.Item(row, neuron - 1));
    }

    /// <summary>
    /// ∂Div/∂y_i = Σⱼ w_ij·∂Div/∂z_j over the neurons j of the next layer; of the last layer it is the loss's own derivative, without
    /// terms.
    /// </summary>
    /// <inheritdoc cref="OfSum"/>
    public AccountSum ByOutput(int layer, int row, int neuron)
    {
        AccountLayer at = Checked(layer, row, neuron);
        string left = $"∂Div/∂y_{neuron}^({layer})";
        double value = at.ByOutputs.Item(row, neuron - 1);
        if (layer == Layers.Count) return new AccountSum(left, "", [], value);
        AccountLayer next = Layers[layer];
        return new AccountSum(left, $"Σ_j w_{neuron}j^({layer + 1})·∂Div/∂z_j^({layer + 1})",
        [
            .. Enumerable.Range(1, next.Size).Select(j => new AccountTerm(Weight(layer + 1, neuron, j), $"∂Div/∂z_{j}^({layer + 1})",
                next.Weight.Item(j - 1, neuron - 1), next.BySums.Item(row, j - 1))),
        ], value);
    }

    /// <summary>
    /// ∂Div/∂w_ij = Σ y_i·∂Div/∂z_j over the rows of the batch: the element [j − 1, i − 1] of dW = dZᵀ·Y, from column j of dZ and column
    /// i of Y.
    /// </summary>
    /// <param name="layer">k, from 1.</param>
    /// <param name="from">i, from 1; 0 for the bias, whose y is 1.</param>
    /// <param name="to">j, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer, neuron or weight.</exception>
    public AccountSum OfWeight(int layer, int from, int to)
    {
        AccountLayer at = Checked(layer, 0, to);
        if (from < 0 || from > at.Inputs.Shape[1] || (from == 0 && at.ByBias is null))
            throw Invalid.OutOfRange(nameof(from), $"BackwardAccount: no weight from {from} in layer {layer}; expected 1 to {at.Inputs.Shape[1]}, or 0 for a bias.");
        string y = from == 0 ? "1" : $"y_{from}^({layer - 1})", z = $"∂Div/∂z_{to}^({layer})";
        return new AccountSum($"∂Div/∂{Weight(layer, from, to)}", Rows == 1 ? $"{y}·{z}" : $"Σ_n {y}·{z}",
        [
            .. Enumerable.Range(0, Rows).Select(n => new AccountTerm(y, z, from == 0 ? 1 : at.Inputs.Item(n, from - 1), at.BySums.Item(n, to - 1))),
        ], from == 0 ? at.ByBias!.Item(to - 1) : at.ByWeight.Item(to - 1, from - 1));
    }

    AccountLayer Checked(int layer, int row, int neuron)
    {
        if (layer < 1 || layer > Layers.Count)
            throw Invalid.OutOfRange(nameof(layer), $"BackwardAccount: layer {layer}; expected 1 to {Layers.Count}.");
        if (row < 0 || row >= Rows) throw Invalid.OutOfRange(nameof(row), $"BackwardAccount: row {row}; expected 0 to {Rows - 1}.");
        AccountLayer at = Layers[layer - 1];
        if (neuron < 1 || neuron > at.Size)
            throw Invalid.OutOfRange(nameof(neuron), $"BackwardAccount: neuron {neuron} of layer {layer}; expected 1 to {at.Size}.");
        return at;
    }

    // Two digits stand for two numbers; longer ones need a comma between.
    static string Weight(int layer, int from, int to) => from < 10 && to < 10 ? $"w_{from}{to}^({layer})" : $"w_{from},{to}^({layer})";

    /// <summary>A formula of an account as TeX: ∂Div/∂z_1^(2) becomes a fraction.</summary>
    public static string ToTex(string formula)
    {
        ArgumentNullException.ThrowIfNull(formula);
        string tex = s_symbol.Replace(formula, match => $"{match.Groups[1].Value}_{{{match.Groups[2].Value}}}^{{({match.Groups[3].Value})}}");
        tex = s_derivative.Replace(tex, @"\frac{\partial $1}{\partial $2}");
        return s_sum.Replace(tex, @"\sum_{$1} ").Replace("Div", @"\mathrm{Div}", StringComparison.Ordinal)
            .Replace("f′", "f'", StringComparison.Ordinal).Replace("·", @" \cdot ", StringComparison.Ordinal);
    }

    // Not generated: the library's source then compiles without the SDK's generators.
    static readonly Regex s_symbol = new(@"(\w)_([\w,]+)\^\(([\w+−]+)\)", RegexOptions.CultureInvariant),
        s_derivative = new(@"∂(Div|\w_\{[^}]*\}\^\{[^}]*\})/∂(\w_\{[^}]*\}\^\{[^}]*\})", RegexOptions.CultureInvariant),
        s_sum = new(@"Σ_(\w) ", RegexOptions.CultureInvariant);
}

/// <summary>A layer of a <see cref="BackwardAccount"/>. N is the number of rows, in and out are the sizes of the layer.</summary>
public sealed record AccountLayer
{
    /// <summary>k, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The layer itself.</summary>
    public required Linear Linear { get; init; }

    /// <summary>The activations that follow it, <c>Tanh</c>; "none" without one.</summary>
    public required string Activation { get; init; }

    /// <summary>Whether each y depends on its own z alone. Softmax does not, and then f′ is a matrix.</summary>
    public required bool IsElementwise { get; init; }

    /// <summary>The number of neurons.</summary>
    public int Size => Sums.Shape[1];

    /// <summary>y^(k−1), (N, in): what the layer receives.</summary>
    public required Tensor Inputs { get; init; }

    /// <summary>z^(k), (N, out).</summary>
    public required Tensor Sums { get; init; }

    /// <summary>y^(k) = f(z), (N, out).</summary>
    public required Tensor Outputs { get; init; }

    /// <summary>f′(z), (N, out); ones without an activation.</summary>
    public required Tensor Slopes { get; init; }

    /// <summary>W, (out, in): w_ij is W[j − 1, i − 1].</summary>
    public required Tensor Weight { get; init; }

    /// <summary>b, (out); null without a bias.</summary>
    public required Tensor? Bias { get; init; }

    /// <summary>∂Div/∂y^(k), (N, out).</summary>
    public required Tensor ByOutputs { get; init; }

    /// <summary>∂Div/∂z^(k), (N, out).</summary>
    public required Tensor BySums { get; init; }

    /// <summary>dW, (out, in), the gradient that the engine gives the weight.</summary>
    public required Tensor ByWeight { get; init; }

    /// <summary>db, (out); null without a bias.</summary>
    public required Tensor? ByBias { get; init; }
}

/// <summary>A number of a <see cref="BackwardAccount"/> as a formula, with the numbers that go in.</summary>
/// <param name="Left">What it is: <c>∂Div/∂w_31^(2)</c>.</param>
/// <param name="Formula">In symbols; empty if the loss gives it.</param>
/// <param name="Terms">The products that are added up.</param>
/// <param name="Value">The number, as the engine has it.</param>
public sealed record AccountSum(string Left, string Formula, IReadOnlyList<AccountTerm> Terms, double Value)
{
    const int FewTerms = 12;

    /// <summary>The terms with their numbers, <c>0.5·(-2) + 1·3</c>; of many the first.</summary>
    public string Numbers => string.Join(" + ", Terms.Take(FewTerms).Select(term => $"{Operand(term.First)}·{Operand(term.Second)}"))
        + (Terms.Count > FewTerms ? $" + {Notation.Number(Terms.Count - FewTerms)} more" : "");

    static string Operand(double number) => Notation.InParenthesesIfNegative(Notation.Short(number));

    /// <summary>The whole equation: <c>∂Div/∂z_1^(2) = ∂Div/∂y_1^(2)·f′(z_1^(2)) = 0.5·0.25 = 0.125</c>.</summary>
    public override string ToString() =>
        string.Join(" = ", new[] { Left, Formula, Numbers, Notation.Short(Value) }.Where(part => part.Length > 0));
}

/// <summary>A product in an <see cref="AccountSum"/>.</summary>
/// <param name="FirstName">The first factor in symbols: <c>w_12^(2)</c>.</param>
/// <param name="SecondName">The second factor in symbols.</param>
/// <param name="First">The first factor.</param>
/// <param name="Second">The second factor.</param>
public sealed record AccountTerm(string FirstName, string SecondName, double First, double Second)
{
    /// <summary>The product.</summary>
    public double Product => First * Second;
}
