using MyTorch.Nn;

namespace MyTorch.Export;

/// <summary>
/// Adds the layers of a model in evaluation mode to a graph. Attributes of ONNX operators are Float32; in a Float64 model a layer with
/// such an attribute is written as several operators with Float64 constants.
/// </summary>
sealed class OnnxLayers
{
    static readonly int[] s_swapped = [1, 0];

    readonly OnnxGraph _graph;
    readonly DType _dtype;
    readonly Dictionary<Module, string> _paths = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<Tensor, string> _names = new(ReferenceEqualityComparer.Instance);

    internal OnnxLayers(OnnxGraph graph, Module model, DType dtype)
    {
        (_graph, _dtype) = (graph, dtype);
        foreach ((string path, Module module) in model.NamedModules()) _paths[module] = path;
        foreach ((string name, Tensor tensor) in model.NamedParameters().Concat(model.NamedBuffers())) _names.TryAdd(tensor, name);
    }

    /// <summary>Adds a module and returns the name of its output.</summary>
    /// <param name="module">The module.</param>
    /// <param name="x">The name of its input.</param>
    /// <param name="example">Its input for two batch sizes; afterwards its output.</param>
    internal string Add(Module module, string x, ref BatchExample example)
    {
        switch (module)
        {
            case MLP mlp: return Chain(mlp.Layers, x, ref example);
            case Sequential chain when chain.GetType() == typeof(Sequential): return Chain(chain.Modules, x, ref example);
            case Residual residual: return AddResidual(residual, x, ref example);
        }
        BatchExample input = example;
        example = Run(module, input);
        return module switch
        {
            Linear layer => AddLinear(layer, x, input),
            BatchNorm1d layer => AddBatchNorm(layer, x, input),
            LayerNorm layer => AddLayerNorm(layer, x),
            Embedding layer => AddEmbedding(layer, x),
            Flatten => Node(module, "Reshape", x, Constant(module, "shape", Tensor.Indices([.. example.Dims("").Select(dim => (long)(dim.Size ?? -1))]))),
            Identity or Dropout => x,
            ReLU => Node(module, "Relu", x),
            Sigmoid => Node(module, "Sigmoid", x),
            Tanh => Node(module, "Tanh", x),
            SiLU => Node(module, "Mul", x, Node(module, "Sigmoid", x)),
            Swish swish => Node(module, "Mul", x, Node(module, "Sigmoid", Node(module, "Mul", x, Number(module, "beta", swish.Beta)))),
            LeakyReLU leaky => AddLeakyReLU(leaky, x),
            ELU elu => AddELU(elu, x),
            GELU gelu => AddGELU(gelu, x),
            Softplus softplus => AddSoftplus(softplus, x),
            Softmax softmax => _graph.Node(PathOf(module), "Softmax", [x], ("axis", softmax.Dim)),
            LogSoftmax softmax => _graph.Node(PathOf(module), "LogSoftmax", [x], ("axis", softmax.Dim)),
            _ => throw Unknown(module),
        };
    }

    string Chain(IReadOnlyList<Module> modules, string x, ref BatchExample example)
    {
        foreach (Module module in modules) x = Add(module, x, ref example);
        return x;
    }

    BatchExample Run(Module module, BatchExample input)
    {
        if (!Knows(module)) throw Unknown(module);
        try
        {
            return input.Through(module);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException(
                $"ExportOnnx: {Named(module)} does not take its input of shape {input.Text()}: {e.Message} " +
                "Give the shape of one example, without the batch dimension, such as new OnnxOptions { InputShape = [4] }.", e);
        }
    }

    static bool Knows(Module module) => module is Activation or Linear or BatchNorm1d or LayerNorm or Dropout or Embedding or Flatten;

    // The message says what works: the layers of the unknown module in a Sequential.
    ArgumentException Unknown(Module module) => new(
        $"ExportOnnx: {Named(module)} computes its output in C# code, which cannot be written as a graph. Build the model of the layers of MyTorch.Nn, " +
        (module is Sequential ? "here new Sequential([.. module.Modules]), " : "such as new Sequential(layer, new ReLU(), layer) of the same layers, ") +
        "which shares the trained parameters, and export that.");

    string Named(Module module) =>
        (PathOf(module).Length > 0 ? $"the module '{Cited.Text(PathOf(module))}' ({Cited.Text(module.GetType().Name)})" : $"the model {Cited.Text(module.GetType().Name)}");

    string AddResidual(Residual residual, string x, ref BatchExample example)
    {
        BatchExample direct = example;
        string body = Add(residual.Body, x, ref example), shortcut = residual.Shortcut is null ? x : Add(residual.Shortcut, x, ref direct);
        if (example.Two.Shape != direct.Two.Shape)
            throw new ArgumentException($"ExportOnnx: {Named(residual)} adds {direct.Text()} and {example.Text()}; expected the same shape. Give it a shortcut.");
        return Node(residual, "Add", shortcut, body);
    }

    // Gather takes a negative index from the end of the table; here it is an error, as is one after the end, which Gather refuses.
    string AddEmbedding(Embedding layer, string x)
    {
        string negative = Node(layer, "Less", x, Constant(layer, "zero", Tensor.Zeros([], DType.Int64)));
        string checkedIndex = Node(layer, "Where", negative, Constant(layer, "count", Tensor.Indices([layer.Weight.Shape[0]], [])), x);
        return Node(layer, "Gather", Parameter(layer.Weight), checkedIndex);
    }

    string AddLinear(Linear layer, string x, BatchExample input)
    {
        // Gemm is for matrices: Y = X·Wᵀ + b. For more dimensions MatMul takes W transposed.
        string weight = Parameter(layer.Weight);
        string[] bias = layer.Bias is null ? [] : [Parameter(layer.Bias)];
        if (input.Rank == 2) return _graph.Node(PathOf(layer), "Gemm", [x, weight, .. bias], ("transB", 1));
        string y = Node(layer, "MatMul", x, _graph.Node(PathOf(layer), "Transpose", [weight], ("perm", s_swapped)));
        return bias.Length == 0 ? y : Node(layer, "Add", y, bias[0]);
    }

    string AddBatchNorm(BatchNorm1d layer, string x, BatchExample input)
    {
        string mean = Parameter(layer.RunningMean), variance = Parameter(layer.RunningVar);
        if (_dtype == DType.Float32)
        {
            string scale = layer.Weight is null ? Constant(layer, "weight", Tensor.Ones([layer.Features], _dtype)) : Parameter(layer.Weight);
            string bias = layer.Bias is null ? Constant(layer, "bias", Tensor.Zeros([layer.Features], _dtype)) : Parameter(layer.Bias);
            return _graph.Node(PathOf(layer), "BatchNormalization", [x, scale, bias, mean, variance], ("epsilon", (float)layer.Epsilon));
        }
        string spread = Node(layer, "Sqrt", Node(layer, "Add", variance, Number(layer, "epsilon", layer.Epsilon)));
        string y = Node(layer, "Div", Node(layer, "Sub", x, PerFeature(mean)), PerFeature(spread));
        return layer.Weight is null ? y : Node(layer, "Add", Node(layer, "Mul", y, PerFeature(Parameter(layer.Weight))), PerFeature(Parameter(layer.Bias!)));

        // (C) → (C, 1), to broadcast along L.
        string PerFeature(string values) => input.Rank == 2
            ? values
            : Node(layer, "Reshape", values, Constant(layer, "features", Tensor.Indices(layer.Features, 1)));
    }

    string AddLayerNorm(LayerNorm layer, string x)
    {
        int rank = layer.NormalizedShape.Rank;
        if (_dtype == DType.Float32)
        {
            string scale = layer.Weight is null ? Constant(layer, "weight", Tensor.Ones(layer.NormalizedShape, _dtype)) : Parameter(layer.Weight);
            string[] bias = layer.Bias is null ? [] : [Parameter(layer.Bias)];
            return _graph.Node(PathOf(layer), "LayerNormalization", [x, scale, .. bias], ("axis", -rank), ("epsilon", (float)layer.Epsilon));
        }
        string over = Constant(layer, "dims", Tensor.Indices([.. Enumerable.Range(-rank, rank).Select(dim => (long)dim)]));
        string centered = Node(layer, "Sub", x, Mean(x));
        string spread = Node(layer, "Sqrt", Node(layer, "Add", Mean(Node(layer, "Mul", centered, centered)), Number(layer, "epsilon", layer.Epsilon)));
        string y = Node(layer, "Div", centered, spread);
        return layer.Weight is null ? y : Node(layer, "Add", Node(layer, "Mul", y, Parameter(layer.Weight)), Parameter(layer.Bias!));

        string Mean(string values) => Node(layer, "ReduceMean", values, over);
    }

    string AddLeakyReLU(LeakyReLU leaky, string x) => _dtype == DType.Float32
        ? _graph.Node(PathOf(leaky), "LeakyRelu", [x], ("alpha", (float)leaky.Slope))
        : Node(leaky, "Where", Node(leaky, "Less", x, Number(leaky, "zero", 0)), Node(leaky, "Mul", x, Number(leaky, "slope", leaky.Slope)), x);

    string AddELU(ELU elu, string x)
    {
        if (_dtype == DType.Float32) return _graph.Node(PathOf(elu), "Elu", [x], ("alpha", (float)elu.Alpha));
        // The exponential is taken of min(x, 0), so that it does not overflow.
        string zero = Number(elu, "zero", 0), growth = Node(elu, "Sub", Node(elu, "Exp", Node(elu, "Min", x, zero)), Number(elu, "one", 1));
        return Node(elu, "Where", Node(elu, "Less", zero, x), x, Node(elu, "Mul", Number(elu, "alpha", elu.Alpha), growth));
    }

    string AddGELU(GELU gelu, string x)
    {
        if (!gelu.UsesTanh || _dtype == DType.Float32)
            return _graph.Node(PathOf(gelu), "Gelu", [x], ("approximate", gelu.UsesTanh ? "tanh" : "none"));
        // ½x(1 + tanh(√(2/π)(x + 0.044715x³)))
        string cube = Node(gelu, "Mul", Node(gelu, "Mul", x, x), x);
        string inner = Node(gelu, "Add", x, Node(gelu, "Mul", cube, Number(gelu, "cubic", 0.044715)));
        string gate = Node(gelu, "Add", Node(gelu, "Tanh", Node(gelu, "Mul", inner, Number(gelu, "factor", Math.Sqrt(2 / Math.PI)))), Number(gelu, "one", 1));
        return Node(gelu, "Mul", Node(gelu, "Mul", x, Number(gelu, "half", 0.5)), gate);
    }

    string AddSoftplus(Softplus softplus, string x)
    {
        bool plain = softplus.Beta == 1;
        string scaled = plain ? x : Node(softplus, "Mul", x, Beta()), y;
        if (_dtype == DType.Float32) y = Node(softplus, "Softplus", scaled);
        else
        {
            // ln(1 + eᶻ) = max(z, 0) + ln(1 + e^−|z|)
            string tail = Node(softplus, "Exp", Node(softplus, "Neg", Node(softplus, "Abs", scaled)));
            string log = Node(softplus, "Log", Node(softplus, "Add", tail, Number(softplus, "one", 1)));
            y = Node(softplus, "Add", Node(softplus, "Max", scaled, Number(softplus, "zero", 0)), log);
        }
        if (!plain) y = Node(softplus, "Div", y, Beta());
        return Node(softplus, "Where", Node(softplus, "Less", Number(softplus, "threshold", softplus.Threshold), scaled), x, y);

        string Beta() => Number(softplus, "beta", softplus.Beta);
    }

    string PathOf(Module module) => _paths[module];

    string Node(Module module, string type, params string[] inputs) => _graph.Node(PathOf(module), type, inputs);

    string Parameter(Tensor tensor) => _graph.Constant(_names[tensor], tensor);

    string Constant(Module module, string name, Tensor tensor) =>
        _graph.Constant(PathOf(module).Length == 0 ? name : $"{PathOf(module)}/{name}", tensor);

    string Number(Module module, string name, double value) => Constant(module, name, Tensor.From(value, _dtype));
}

/// <summary>
/// A value of the graph for batches of two sizes. What differs between the shapes depends on the size of the batch; the other dimensions
/// are known.
/// </summary>
sealed record BatchExample(Tensor Two, Tensor Three)
{
    internal static BatchExample Of(Shape example, DType dtype) => new(Tensor.Zeros([2, .. example], dtype), Tensor.Zeros([3, .. example], dtype));

    internal int Rank => Two.Rank;

    internal BatchExample Through(Module module) => new(module.Forward(Two), module.Forward(Three));

    internal IReadOnlyList<OnnxDim> Dims(string batch) =>
    [
        .. Enumerable.Range(0, Rank).Select(dim => Two.Shape[dim] == Three.Shape[dim] ? new OnnxDim(Two.Shape[dim])
            : (Two.Shape[dim], Three.Shape[dim]) == (2, 3) ? new OnnxDim(null, batch) : new OnnxDim(null)),
    ];

    /// <summary>(batch, 4)</summary>
    internal string Text() => $"({string.Join(", ", Dims("batch").Select(dim => dim.Size is { } size ? FormattableString.Invariant($"{size}") : dim.Name ?? "?"))})";
}
