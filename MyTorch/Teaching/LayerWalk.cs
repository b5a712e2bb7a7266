using System.Globalization;
using System.Text;

namespace MyTorch.Teaching;

/// <summary>The formulas of the lecture's backward pass, in their order within a layer.</summary>
public enum LayerFormula
{
    /// <summary>∂Div/∂yᵢ of the output layer, from the loss.</summary>
    ByOutput,

    /// <summary>∂Div/∂yᵢ⁽ᵏ⁾ = Σⱼ wᵢⱼ⁽ᵏ⁺¹⁾ ∂Div/∂zⱼ⁽ᵏ⁺¹⁾, of a hidden layer.</summary>
    ByY,

    /// <summary>∂Div/∂zᵢ⁽ᵏ⁾ = ∂Div/∂yᵢ⁽ᵏ⁾·f′(zᵢ⁽ᵏ⁾).</summary>
    ByZ,

    /// <summary>∂Div/∂wᵢⱼ⁽ᵏ⁾ = yᵢ⁽ᵏ⁻¹⁾ ∂Div/∂zⱼ⁽ᵏ⁾, where i = 0 is the bias.</summary>
    ByW,
}

/// <summary>One formula of the backward pass for one neuron or weight.</summary>
/// <param name="Formula">Which formula.</param>
/// <param name="Layer">k, from 1.</param>
/// <param name="I">i, from 1; 0 for a bias.</param>
/// <param name="J">j, from 1, for a weight; 0 otherwise.</param>
/// <param name="Tex">The formula with these indices, as TeX.</param>
/// <param name="Numbers">The same with numbers: <c>0.5·(-0.2) = -0.1</c>.</param>
/// <param name="Value">The engine's number.</param>
public sealed record LayerStep(LayerFormula Formula, int Layer, int I, int J, string Tex, string Numbers, double Value);

/// <summary>
/// The lecture's backward pass of a multilayer perceptron for one example, formula by formula: the output layer first, then the others
/// down to the first. All numbers are the engine's.
/// </summary>
/// <remarks>
/// Each layer is y = tanh(z), z = Wy + b, and Div = ½ Σ (y - t)². The lecture's wᵢⱼ goes from i to j and its indices count from 1, so it is
/// W[j-1, i-1] in code; w₀ⱼ is the bias, with y₀ = 1.
/// </remarks>
public sealed class LayerWalk
{
    readonly Tensor[] _y, _z, _dy, _dz, _w, _b, _dw, _db, _slopes;

    LayerWalk(Tensor[] y, Tensor[] z, Tensor[] w, Tensor[] b, Tensor target, Tensor[] gradients, Tensor[] slopes)
    {
        int n = w.Length;
        (_y, _z, _w, _b, _slopes, Target) = (y, z, w, b, slopes, target);
        (_dy, _dz, _dw, _db) = (gradients[..n], gradients[n..(2 * n)], gradients[(2 * n)..(3 * n)], gradients[(3 * n)..]);
        Sizes = [.. y.Select(one => one.ElementCount)];
        Steps = [.. All()];
    }

    /// <summary>The numbers of neurons: of the inputs, then of each layer.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>The target t.</summary>
    public Tensor Target { get; }

    /// <summary>The number of layers, N.</summary>
    public int Layers => _w.Length;

    /// <summary>The formulas in the order in which they are computed.</summary>
    public IReadOnlyList<LayerStep> Steps { get; }

    /// <summary>Runs a network forward and backward.</summary>
    /// <param name="weights">W of each layer, (outputs, inputs).</param>
    /// <param name="biases">b of each layer, (outputs).</param>
    /// <param name="x">The example, (inputs).</param>
    /// <param name="target">t, (outputs).</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static LayerWalk Of(IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor> biases, Tensor x, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(biases);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(target);
        if (weights.Count == 0 || weights.Count != biases.Count)
            throw Invalid.Argument(
                nameof(biases), $"LayerWalk: {weights.Count} weights and {biases.Count} biases; give one of each for every layer.");
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor[] w = [.. weights.Select(one => one.DetachedLeaf())], b = [.. biases.Select(one => one.DetachedLeaf())];
        var y = new List<Tensor> { x.Detach() };
        var z = new List<Tensor>();
        for (int k = 0; k < w.Length; k++)
        {
            z.Add(y[k].Linear(w[k], b[k]));
            y.Add(z[k].Tanh());
        }
        if (target.Shape != y[^1].Shape)
            throw Invalid.Argument(
                nameof(target), $"LayerWalk: the target has shape {target.Shape}, the network's output {y[^1].Shape}; give the same.");
        Tensor div = (y[^1] - target).Square().Sum() * 0.5;
        Tensor?[] gradients = autograd.Gradients(div, [.. y.Skip(1), .. z, .. w, .. b]);
        // f'(z) for each neuron: the derivative of the sum of tanh.
        Tensor[] slopes = [.. z.Select((one, k) => autograd.Gradients(y[k + 1], [one], Tensor.OnesLike(one))[0]!)];
        return new LayerWalk(
            [.. y.Select(one => one.Detach())], [.. z.Select(one => one.Detach())], [.. weights.Select(one => one.Detach())],
            [.. biases.Select(one => one.Detach())], target.Detach(), [.. gradients.Select(one => one!)], slopes);
    }

    /// <summary>yᵢ⁽ᵏ⁾, where k = 0 are the inputs; 1 for i = 0.</summary>
    public double Y(int layer, int i) => i == 0 ? 1 : _y[layer].Item(i - 1);

    /// <summary>zᵢ⁽ᵏ⁾ of a layer k from 1.</summary>
    public double Z(int layer, int i) => _z[layer - 1].Item(i - 1);

    /// <summary>wᵢⱼ⁽ᵏ⁾ from i to j; the bias of j for i = 0.</summary>
    public double W(int layer, int i, int j) => i == 0 ? _b[layer - 1].Item(j - 1) : _w[layer - 1].Item(j - 1, i - 1);

    /// <summary>∂Div/∂yᵢ⁽ᵏ⁾ of a layer k from 1.</summary>
    public double ByY(int layer, int i) => _dy[layer - 1].Item(i - 1);

    /// <summary>∂Div/∂zᵢ⁽ᵏ⁾ of a layer k from 1.</summary>
    public double ByZ(int layer, int i) => _dz[layer - 1].Item(i - 1);

    /// <summary>∂Div/∂wᵢⱼ⁽ᵏ⁾; of the bias of j for i = 0.</summary>
    public double ByW(int layer, int i, int j) => i == 0 ? _db[layer - 1].Item(j - 1) : _dw[layer - 1].Item(j - 1, i - 1);

    /// <summary>f′(zᵢ⁽ᵏ⁾).</summary>
    public double Slope(int layer, int i) => _slopes[layer - 1].Item(i - 1);

    /// <summary>The formulas as TeX, as the lecture writes them.</summary>
    public static string TexOf(LayerFormula formula) => formula switch
    {
        LayerFormula.ByOutput => By("y_i^{(N)}") + " = y_i^{(N)} - t_i",
        LayerFormula.ByY => By("y_i^{(k)}") + @" = \sum_j w_{ij}^{(k+1)}\," + By("z_j^{(k+1)}"),
        LayerFormula.ByZ => By("z_i^{(k)}") + " = " + By("y_i^{(k)}") + @"\, f_k'\bigl(z_i^{(k)}\bigr)",
        _ => By("w_{ij}^{(k)}") + " = y_i^{(k-1)}\\," + By("z_j^{(k)}"),
    };

    IEnumerable<LayerStep> All()
    {
        for (int k = Layers; k >= 1; k--)
        {
            for (int i = 1; i <= Sizes[k]; i++) yield return k == Layers ? OfOutput(i) : OfY(k, i);
            for (int i = 1; i <= Sizes[k]; i++) yield return OfZ(k, i);
            for (int j = 1; j <= Sizes[k]; j++)
                for (int i = 0; i <= Sizes[k - 1]; i++) yield return OfW(k, i, j);
        }
    }

    LayerStep OfOutput(int i) => new(
        LayerFormula.ByOutput, Layers, i, 0, $"{By(At("y", Layers, i))} = {At("y", Layers, i)} - t_{{{i}}}",
        Equal($"{Short(Y(Layers, i))} - {Factor(Target.Item(i - 1))}", ByY(Layers, i)), ByY(Layers, i));

    LayerStep OfY(int k, int i)
    {
        var tex = new StringBuilder(By(At("y", k, i)) + " = ");
        for (int j = 1; j <= Sizes[k + 1]; j++)
            tex.Append(j == 1 ? "" : " + ").Append(CultureInfo.InvariantCulture, $"w_{{{i}{j}}}^{{({k + 1})}}\\,{By(At("z", k + 1, j))}");
        string sum = Notation.Sum(Enumerable.Range(1, Sizes[k + 1]).Select(j => $"{Short(W(k + 1, i, j))}·{Factor(ByZ(k + 1, j))}"));
        return new(LayerFormula.ByY, k, i, 0, tex.ToString(), Equal(sum, ByY(k, i)), ByY(k, i));
    }

    LayerStep OfZ(int k, int i) => new(
        LayerFormula.ByZ, k, i, 0, $"{By(At("z", k, i))} = {By(At("y", k, i))}\\, f'\\bigl({At("z", k, i)}\\bigr)",
        Equal($"{Short(ByY(k, i))}·{Factor(Slope(k, i))}", ByZ(k, i)), ByZ(k, i));

    LayerStep OfW(int k, int i, int j) => new(
        LayerFormula.ByW, k, i, j, $"{By($"w_{{{i}{j}}}^{{({k})}}")} = {At("y", k - 1, i)}\\,{By(At("z", k, j))}",
        Equal($"{Short(Y(k - 1, i))}·{Factor(ByZ(k, j))}", ByW(k, i, j)), ByW(k, i, j));

    static string At(string letter, int layer, int i) => $"{letter}_{{{i}}}^{{({layer})}}";

    static string By(string what) => $@"\frac{{\partial \mathit{{Div}}}}{{\partial {what}}}";

    static string Short(double value) => Notation.Short(value);

    static string Factor(double value) => Notation.InParenthesesIfNegative(Short(value));

    static string Equal(string numbers, double value) => $"{numbers} = {Short(value)}";
}
