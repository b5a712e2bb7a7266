using System.Globalization;
using System.Text;

namespace MyTorch.Teaching;

/// <summary>A neuron, or an input, of a <see cref="NetworkPicture"/>.</summary>
/// <param name="Layer">0 for the inputs, then 1, 2, …; the last are the outputs.</param>
/// <param name="Index">Its place in the layer, from 0.</param>
/// <param name="X">The middle.</param>
/// <param name="Y">The middle.</param>
public sealed record PictureNeuron(int Layer, int Index, double X, double Y);

/// <summary>A weight of a <see cref="NetworkPicture"/>: a line from a neuron to one of the next layer.</summary>
/// <param name="Layer">The layer to which it leads, from 1.</param>
/// <param name="From">The neuron from which it comes; column of the layer's weight matrix.</param>
/// <param name="To">The neuron to which it leads; row of the weight matrix.</param>
/// <param name="Path">The line, as the attribute <c>d</c> of an SVG path.</param>
public sealed record PictureWeight(int Layer, int From, int To, string Path);

/// <summary>
/// Where the neurons and weights of a network are drawn: inputs on the left, a column for each layer. The width of a line is the size of
/// a weight, and a broken line is a negative one.
/// </summary>
public sealed class NetworkPicture
{
    /// <summary>The side of a neuron's square.</summary>
    public const double NeuronSize = 40;

    const double GapY = 50, Margin = 10, More = 18, Broad = 620;

    readonly double _gap;

    const string Style = """
        .ground{fill:#ffffff}.weight{fill:none;stroke:#b3450b}.negative{stroke:#0b5cad;stroke-dasharray:5 4}
        .neuron{fill:#f4f6f8;stroke:#465160;stroke-width:1.4}text{fill:#1a1f26;font:12px system-ui,sans-serif;text-anchor:middle}
        @media (prefers-color-scheme:dark){.ground{fill:#14171b}.weight{stroke:#f0975a}.negative{stroke:#7db7ee}
        .neuron{fill:#1d2127;stroke:#b4bfcc}text{fill:#e7ebf0}}
        """;

    NetworkPicture(int[] sizes, int most, double broad)
    {
        Sizes = sizes.AsReadOnly();
        int tallest = sizes.Max(size => Math.Min(size, most));
        Height = 2 * Margin + NeuronSize + (tallest - 1) * GapY + (sizes.Any(size => size > most) ? More : 0);
        // Few layers are drawn far apart, so that lines between them can be followed.
        _gap = Math.Clamp((broad - 2 * Margin - NeuronSize) / (sizes.Length - 1), Math.Min(110, broad / 6), 200);
        Width = 2 * Margin + NeuronSize + (sizes.Length - 1) * _gap;
        var neurons = new List<PictureNeuron>();
        var weights = new List<PictureWeight>();
        double middle = Margin + (NeuronSize + (tallest - 1) * GapY) / 2;
        for (int layer = 0; layer < sizes.Length; layer++)
        {
            int shown = Math.Min(sizes[layer], most);
            PictureNeuron[] before = [.. neurons.Where(neuron => neuron.Layer == layer - 1)];
            for (int i = 0; i < shown; i++)
            {
                var neuron = new PictureNeuron(layer, i, Margin + NeuronSize / 2 + layer * _gap, middle + (i - (shown - 1) / 2.0) * GapY);
                neurons.Add(neuron);
                weights.AddRange(before.Select(from => new PictureWeight(layer, from.Index, i, Path(from, neuron))));
            }
        }
        (Neurons, Weights) = (neurons.AsReadOnly(), weights.AsReadOnly());
    }

    /// <summary>The numbers of neurons from the inputs to the outputs.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>The width of the picture.</summary>
    public double Width { get; }

    /// <summary>The height of the picture.</summary>
    public double Height { get; }

    /// <summary>The neurons that are drawn, layer by layer.</summary>
    public IReadOnlyList<PictureNeuron> Neurons { get; }

    /// <summary>
    /// The weights between neurons that are drawn, by layer, then <see cref="PictureWeight.To"/>, then <see cref="PictureWeight.From"/>.
    /// </summary>
    public IReadOnlyList<PictureWeight> Weights { get; }

    /// <summary>Arranges a network.</summary>
    /// <param name="sizes">The numbers of neurons from the inputs to the outputs, as <see cref="NetworkRun.Sizes"/>.</param>
    /// <param name="most">The largest number of neurons of a layer that are drawn; of more, the first are.</param>
    /// <param name="broad">The width for which it is arranged; with many layers it is wider.</param>
    /// <exception cref="ArgumentException">There are fewer than two layers, one is empty, or none of its neurons may be drawn.</exception>
    public static NetworkPicture Of(IReadOnlyList<int> sizes, int most = 8, double broad = Broad)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        if (sizes.Count < 2 || sizes.Any(size => size < 1))
            throw Invalid.Argument(
                nameof(sizes),
                $"NetworkPicture: the layers have {Notation.List(sizes)} neurons; expected inputs and outputs, each 1 or more.");
        if (most < 1) throw Invalid.Setting(nameof(most), most, "NetworkPicture: at least 1 neuron of a layer must be drawn.");
        return new NetworkPicture([.. sizes], most, broad);
    }

    /// <summary>How many letters, 11 pixels high, the name of an input or an output may have beside the names of the next layer.</summary>
    public int NameLength => (int)((Sizes.Count > 2 ? _gap - 8 : (_gap + NeuronSize) / 2 - 8) / 6.6);

    /// <summary>The number of neurons of a layer that are not drawn.</summary>
    /// <param name="layer">0 for the inputs, then 1, 2, ….</param>
    public int NotDrawn(int layer) => Sizes[layer] - Neurons.Count(neuron => neuron.Layer == layer);

    /// <summary>The width of the line of a weight: wider for larger ones, at most 7.</summary>
    public static double Thickness(double weight) => double.IsFinite(weight) ? 0.4 + 6.6 * Math.Tanh(Math.Abs(weight) / 2.5) : 7;

    static string Path(PictureNeuron from, PictureNeuron to)
    {
        double start = from.X + NeuronSize / 2, end = to.X - NeuronSize / 2, bend = (start + end) / 2;
        return string.Create(
            CultureInfo.InvariantCulture, $"M{start:0.#} {from.Y:0.#}C{bend:0.#} {from.Y:0.#} {bend:0.#} {to.Y:0.#} {end:0.#} {to.Y:0.#}");
    }

    /// <summary>A network as a picture, with its weights now. Light and dark follow the reader's system.</summary>
    /// <param name="run">The network.</param>
    public static string ToSvg(NetworkRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        NetworkPicture picture = Of(run.Sizes);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {picture.Width:0.#} {picture.Height:0.#}"
             width="{picture.Width:0.#}" height="{picture.Height:0.#}" role="img">
            <title>A network of {string.Join("-", run.Sizes)} neurons after {run.StepCount} steps</title>
            <desc>Wider lines are larger weights; broken lines are negative ones.</desc>
            <style>{Style}</style>
            <rect class="ground" width="100%" height="100%"/>

            """);
        double[][] weights = [.. run.Layers.Select(layer => layer.Weight.ToArray())];
        foreach (PictureWeight line in picture.Weights)
        {
            double weight = weights[line.Layer - 1][line.To * run.Sizes[line.Layer - 1] + line.From];
            svg.Append(CultureInfo.InvariantCulture,
                $"<path class=\"weight{(weight < 0 ? " negative" : "")}\" d=\"{line.Path}\" " +
                $"stroke-width=\"{Thickness(weight):0.##}\"><title>{weight:G6}</title></path>\n");
        }
        foreach (PictureNeuron neuron in picture.Neurons)
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect class=\"neuron\" x=\"{neuron.X - NeuronSize / 2:0.#}\" y=\"{neuron.Y - NeuronSize / 2:0.#}\" " +
                $"width=\"{NeuronSize}\" height=\"{NeuronSize}\" rx=\"6\"/>" +
                $"<text x=\"{neuron.X:0.#}\" y=\"{neuron.Y + 4:0.#}\">{Name(neuron, run.Sizes.Count)}</text>\n");
        for (int layer = 0; layer < picture.Sizes.Count; layer++)
            if (picture.NotDrawn(layer) is > 0 and int more)
                svg.Append(CultureInfo.InvariantCulture,
                    $"<text x=\"{Margin + NeuronSize / 2 + layer * picture._gap:0.#}\" y=\"{picture.Height - 8:0.#}\">" +
                    $"and {more} more</text>\n");
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>A neuron's short name: x1 for an input, h2 for the second neuron of a hidden layer, y1 for an output.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="layers">The number of layers with the inputs.</param>
    public static string Name(PictureNeuron neuron, int layers)
    {
        ArgumentNullException.ThrowIfNull(neuron);
        return (neuron.Layer == 0 ? "x" : neuron.Layer == layers - 1 ? "y" : "h") + Notation.Number(neuron.Index + 1);
    }

    /// <summary>
    /// The weights and biases of a network as tables, a row for each neuron, for a terminal and for a reader who does not see the
    /// picture.
    /// </summary>
    /// <param name="run">The network.</param>
    public static string ToText(NetworkRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var text = new StringBuilder();
        for (int layer = 0; layer < run.Layers.Count; layer++)
        {
            double[] weights = run.Layers[layer].Weight.ToArray(), biases = run.Layers[layer].Bias!.ToArray();
            int inputs = run.Sizes[layer];
            text.Append(
                CultureInfo.InvariantCulture,
                $"layer {layer + 1}: bias, then the weights from {inputs} {(layer == 0 ? "inputs" : "neurons")}\n");
            for (int j = 0; j < biases.Length; j++)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {j + 1,2}: {biases[j],9:0.0000} |");
                for (int i = 0; i < inputs; i++) text.Append(CultureInfo.InvariantCulture, $" {weights[j * inputs + i],9:0.0000}");
                text.Append('\n');
            }
        }
        return text.ToString();
    }
}
