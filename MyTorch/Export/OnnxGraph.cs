using MyTorch.Serialization;

namespace MyTorch.Export;

/// <summary>A graph in the making: nodes, constants, inputs and outputs, and how they are written as an ONNX model.</summary>
/// <remarks>Field numbers are those of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.</remarks>
sealed class OnnxGraph
{
    // Operators as of ONNX 1.15: the first version with GELU.
    internal const int Opset = 20;

    const int IrVersion = 9;

    // A message of Protocol Buffers has at most 2 GB.
    const long MostBytes = int.MaxValue;

    readonly List<Operator> _nodes = [];
    readonly List<(string Name, Tensor Tensor)> _constants = [];
    readonly Dictionary<Tensor, string> _constantNames = new(ReferenceEqualityComparer.Instance);
    readonly List<(string Name, DType DType, IReadOnlyList<OnnxDim> Dims)> _inputs = [], _outputs = [];
    readonly HashSet<string> _names = [];

    /// <summary>Texts for readers of the file, by key.</summary>
    internal List<(string Key, string Text)> Metadata { get; } = [];

    internal string Input(string name, DType dtype, IReadOnlyList<OnnxDim> dims)
    {
        Reserve(name);
        _inputs.Add((name, dtype, dims));
        return name;
    }

    /// <summary>Keeps a name from being given to another value.</summary>
    internal void Reserve(string name)
    {
        if (!_names.Add(name))
            throw new ArgumentException($"ExportOnnx: two inputs or outputs have the name '{Cited.Text(name)}'. Give each its own in OnnxOptions.");
    }

    /// <summary>Names a value an output of the graph. Its name was reserved.</summary>
    internal void Output(string name, string value, DType dtype, IReadOnlyList<OnnxDim> dims)
    {
        _nodes.Add(new Operator("Identity", name, [value], [name], []));
        _outputs.Add((name, dtype, dims));
    }

    /// <summary>A node with one output, whose name is returned.</summary>
    /// <param name="path">The module's path, which begins the node's name.</param>
    /// <param name="type">The operator, such as Gemm.</param>
    /// <param name="inputs">The names of the operands; an empty one for an optional operand that is left out.</param>
    /// <param name="attributes">The operator's settings, in the order in which they are written.</param>
    internal string Node(string path, string type, IReadOnlyList<string> inputs, params IReadOnlyList<(string Name, object Value)> attributes)
    {
        string name = Unique(path.Length == 0 ? type : $"{path}/{type}");
        _nodes.Add(new Operator(type, name, inputs, [name], attributes));
        return name;
    }

    /// <summary>A constant, once for each tensor.</summary>
    internal string Constant(string name, Tensor tensor)
    {
        if (_constantNames.TryGetValue(tensor, out string? known)) return known;
        name = Unique(name);
        _constants.Add((name, tensor));
        return _constantNames[tensor] = name;
    }

    string Unique(string name)
    {
        string unique = name;
        for (int n = 1; !_names.Add(unique); n++) unique = FormattableString.Invariant($"{name}_{n}");
        return unique;
    }

    /// <summary>Writes the model. The same graph gives the same bytes.</summary>
    internal void Write(Stream stream)
    {
        (byte[] Header, Tensor Tensor)[] constants = [.. _constants.Select(constant => (ConstantHeader(constant.Name, constant.Tensor), constant.Tensor))];
        var before = new ProtobufWriter();
        foreach (Operator node in _nodes) before.Message(1, node.Write);
        before.Text(2, "MyTorch");
        var after = new ProtobufWriter();
        foreach (var input in _inputs) after.Message(11, message => WriteValue(message, input.Name, input.DType, input.Dims));
        foreach (var output in _outputs) after.Message(12, message => WriteValue(message, output.Name, output.DType, output.Dims));

        var model = new ProtobufWriter();
        model.Integer(1, IrVersion);
        model.Text(2, "MyTorch");
        model.Text(3, typeof(OnnxGraph).Assembly.GetName().Version?.ToString(3) ?? "");
        model.Message(8, opset =>
        {
            opset.Text(1, "");
            opset.Integer(2, Opset);
        });
        foreach ((string key, string text) in Metadata)
            model.Message(14, entry =>
            {
                entry.Text(1, key);
                entry.Text(2, text);
            });
        long length = before.Written.Length + after.Written.Length + constants.Sum(constant => constant.Header.Length + Size(constant.Tensor));
        if (length + model.Written.Length + 16 > MostBytes)
            throw new ArgumentException(FormattableString.Invariant(
                $"ExportOnnx: the model has {length:N0} bytes; an ONNX file without external data holds at most {MostBytes:N0}. ") +
                "Save it with Safetensors.Save, or export a smaller model.");
        model.BytesHeader(7, length);
        stream.Write(model.Written);
        stream.Write(before.Written);
        foreach ((byte[] header, Tensor tensor) in constants)
        {
            stream.Write(header);
            StoredType.Write(stream, tensor);
        }
        stream.Write(after.Written);
    }

    static long Size(Tensor tensor) => (long)tensor.ElementCount * StoredType.Of(tensor.DType).Size;

    // A TensorProto as an initializer of the graph, up to its elements, which come last.
    static byte[] ConstantHeader(string name, Tensor tensor)
    {
        var message = new ProtobufWriter();
        foreach (int size in tensor.Shape) message.Integer(1, size);
        message.Integer(2, ElementType(tensor.DType));
        message.Text(8, name);
        message.BytesHeader(9, Size(tensor));
        var field = new ProtobufWriter();
        field.BytesHeader(5, message.Written.Length + Size(tensor));
        return [.. field.Written, .. message.Written];
    }

    static void WriteValue(ProtobufWriter message, string name, DType dtype, IReadOnlyList<OnnxDim> dims)
    {
        message.Text(1, name);
        message.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Integer(1, ElementType(dtype));
            tensor.Message(2, shape =>
            {
                foreach (OnnxDim dim in dims)
                    shape.Message(1, size =>
                    {
                        if (dim.Size is { } known) size.Integer(1, known);
                        else if (dim.Name is { } letter) size.Text(2, letter);
                    });
            });
        }));
    }

    internal static int ElementType(DType dtype) => dtype switch { DType.Float32 => 1, DType.Float64 => 11, DType.Int64 => 7, _ => 9 };

    sealed record Operator(
        string Type, string Name, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<(string Name, object Value)> Attributes)
    {
        internal void Write(ProtobufWriter message)
        {
            foreach (string input in Inputs) message.Text(1, input);
            foreach (string output in Outputs) message.Text(2, output);
            message.Text(3, Name);
            message.Text(4, Type);
            foreach ((string name, object value) in Attributes)
                message.Message(5, attribute =>
                {
                    attribute.Text(1, name);
                    switch (value)
                    {
                        case float number:
                            attribute.Number(2, number);
                            attribute.Integer(20, 1);
                            break;
                        case int integer:
                            attribute.Integer(3, integer);
                            attribute.Integer(20, 2);
                            break;
                        case string text:
                            attribute.Text(4, text);
                            attribute.Integer(20, 3);
                            break;
                        case int[] integers:
                            foreach (int integer in integers) attribute.Integer(8, integer);
                            attribute.Integer(20, 7);
                            break;
                        default: throw new ArgumentException($"An attribute of the type {value.GetType()} cannot be written.", nameof(message));
                    }
                });
        }
    }
}

/// <summary>A dimension: of a known size, with a name that stands for a size (such as batch), or neither.</summary>
readonly record struct OnnxDim(int? Size, string? Name = null);
