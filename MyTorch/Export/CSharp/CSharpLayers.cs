using System.Text;
using MyTorch.Nn;
using MyTorch.Serialization;

namespace MyTorch.Export;

/// <summary>The layers of a model for one example as C# source: a statement for each layer, and its weights as fields.</summary>
sealed class CSharpLayers(Module model, int features)
{
    // A line of base64 in the file.
    const int LineLength = 120;

    readonly StringBuilder _fields = new();

    // The variable that the statements change, and the number of copies for residual connections.
    string _x = "x";
    int _copies;

    readonly Dictionary<Tensor, string> _fieldNames = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<Tensor, string> _names = NamesOf(model);
    readonly Dictionary<Module, string> _paths = PathsOf(model);

    /// <summary>The statements, which change the variable x from the features to the outputs.</summary>
    internal List<string> Statements { get; } = [];

    /// <summary>The names of the functions that they call.</summary>
    internal SortedSet<string> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>The weights.</summary>
    internal string Fields => _fields.ToString();

    /// <summary>The number of outputs.</summary>
    internal int Width { get; private set; } = features;

    static Dictionary<Tensor, string> NamesOf(Module model)
    {
        var names = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        foreach ((string name, Tensor tensor) in model.NamedParameters().Concat(model.NamedBuffers())) names.TryAdd(tensor, name);
        return names;
    }

    static Dictionary<Module, string> PathsOf(Module model)
    {
        var paths = new Dictionary<Module, string>(ReferenceEqualityComparer.Instance);
        foreach ((string path, Module module) in model.NamedModules()) paths[module] = path;
        return paths;
    }

    internal void Add(Module module)
    {
        switch (module)
        {
            case MLP mlp:
                foreach (Module layer in mlp.Layers) Add(layer);
                break;
            case Sequential chain when chain.GetType() == typeof(Sequential):
                foreach (Module layer in chain.Modules) Add(layer);
                break;
            case Linear layer:
                RequireWidth(module, layer.Weight.Shape[1]);
                Width = layer.Weight.Shape[0];
                Call("Linear", Field(layer.Weight), Field(layer.Bias), FormattableString.Invariant($"{Width}"));
                break;
            case BatchNorm1d layer:
                RequireWidth(module, layer.Features);
                Call("BatchNorm", Field(layer.RunningMean), Field(layer.RunningVar), Real(layer.Epsilon), Field(layer.Weight), Field(layer.Bias));
                break;
            case LayerNorm layer when layer.NormalizedShape.Rank == 1:
                RequireWidth(module, layer.NormalizedShape[0]);
                Call("LayerNorm", Real(layer.Epsilon), Field(layer.Weight), Field(layer.Bias));
                break;
            case Softmax { Dim: 1 or -1 }: Call("Softmax"); break;
            case LogSoftmax { Dim: 1 or -1 }: Call("LogSoftmax"); break;
            case Residual residual: AddResidual(residual); break;
            case Flatten { StartDim: 1 or -1, EndDim: 1 or -1 } or Identity or Dropout: break;
            case ReLU: Each("ReLU"); break;
            case LeakyReLU leaky: Each("LeakyReLU", Real(leaky.Slope)); break;
            case ELU elu: Each("ELU", Real(elu.Alpha)); break;
            case GELU gelu: Each(gelu.UsesTanh ? "GELUTanh" : "GELU"); break;
            case SiLU: Each("Swish", "1"); break;
            case Swish swish: Each("Swish", CSharpNames.Number(swish.Beta)); break;
            case Sigmoid: Each("Sigmoid"); break;
            case Tanh: Each("Tanh"); break;
            case Softplus softplus: Each("Softplus", CSharpNames.Number(softplus.Beta), Real(softplus.Threshold)); break;
            default: throw Unknown(module);
        }
    }

    // A copy of x is added to what the body makes of x.
    void AddResidual(Residual residual)
    {
        string outer = _x, direct = FormattableString.Invariant($"direct{++_copies}");
        int width = Width;
        Statements.Add($"Real[] {direct} = (Real[]){outer}.Clone();");
        Add(residual.Body);
        (int bodyWidth, Width, _x) = (Width, width, direct);
        if (residual.Shortcut is not null) Add(residual.Shortcut);
        RequireWidth(residual, bodyWidth);
        _x = outer;
        Functions.Add("Plus");
        Statements.Add($"{outer} = Plus({direct}, {outer});");
    }

    // The message says what works.
    ArgumentException Unknown(Module module) => new(module is Softmax or LogSoftmax or LayerNorm or Flatten
        ? $"ExportCSharp: {Named(module)} works along another dimension than the features of one row, and the exported file predicts one row. " +
          "Use the last dimension, or export the model with ExportOnnx."
        : module is Embedding ? $"ExportCSharp: {Named(module)} takes indices, and the features of a row are other numbers. Export the model with ExportOnnx."
        : $"ExportCSharp: {Named(module)} computes its output in C# code that the export does not know. Build the model of the layers of MyTorch.Nn, " +
          $"such as new Sequential({(module is Sequential ? "[.. module.Modules]" : "layer, new ReLU(), layer")}) of the same layers, which shares the trained parameters, and export that.");

    string Named(Module module) => _paths[module].Length > 0
        ? $"the module '{Cited.Text(_paths[module])}' ({Cited.Text(module.GetType().Name)})"
        : $"the model {Cited.Text(module.GetType().Name)}";

    void RequireWidth(Module module, int width)
    {
        if (width != Width)
            throw new ArgumentException(FormattableString.Invariant(
                $"ExportCSharp: {Named(module)} takes {width} number(s) for a row, and gets {Width}. Export the model that was trained on this data."));
    }

    void Call(string function, params string[] arguments)
    {
        Functions.Add(function);
        Statements.Add($"{_x} = {function}({string.Join(", ", arguments.Prepend(_x))});");
    }

    void Each(string function, params string[] arguments)
    {
        Functions.Add(function);
        Functions.Add("Each");
        Statements.Add($"{_x} = Each({_x}, static v => {function}({string.Join(", ", arguments.Prepend("v"))}));");
    }

    static string Real(double value) => $"(Real){(value < 0 ? $"({CSharpNames.Number(value)})" : CSharpNames.Number(value))}";

    string Field(Tensor? tensor)
    {
        if (tensor is null) return "null";
        if (_fieldNames.TryGetValue(tensor, out string? known)) return known;
        string name = $"s_{string.Concat(CSharpNames.Pascal(_names[tensor]))}";
        while (_fieldNames.ContainsValue(name)) name += "_";
        Functions.Add("Numbers");
        using var bytes = new MemoryStream();
        StoredType.Write(bytes, tensor);
        _fields.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n    // {CSharpNames.Comment(_names[tensor])} {tensor.Shape}");
        _fields.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n    static readonly Real[] {name} = Numbers({Base64(bytes.ToArray())});\n");
        return _fieldNames[tensor] = name;
    }

    /// <summary>Bytes as a literal of base64 in short lines, between which a decoder skips the line ends.</summary>
    internal static string Base64(byte[] bytes)
    {
        string text = Convert.ToBase64String(bytes);
        if (text.Length <= LineLength - 40) return $"\"{text}\"u8";
        var literal = new StringBuilder("\"\"\"\n");
        for (int i = 0; i < text.Length; i += LineLength)
            literal.Append("        ").Append(text.AsSpan(i, Math.Min(LineLength, text.Length - i))).Append('\n');
        return literal.Append("        \"\"\"u8").ToString();
    }
}
