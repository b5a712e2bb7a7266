using System.Globalization;
using System.Text;
using MyTorch;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using M = MyTorch.Tensor;
using Nn = MyTorch.Nn;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

/// <summary>A layer of a small model: how each side makes it, and how it prints.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sizes">Features in and out.</param>
/// <param name="A">A setting: slope, alpha, beta; above 0 for a bias, factors of a normalization, or an index that stands for nothing.</param>
sealed record Layer(string Name, int[] Sizes, double A = 1)
{
    /// <summary>The function of a residual connection: its layers.</summary>
    internal Layer[] Body { get; init; } = [];

    // A residual connection's, where its sum needs it or its setting asks for it.
    Layer[] Shortcut => Name == "Residual" && (Sizes[0] != Sizes[1] || A > 1) ? [new Layer("Linear", Sizes)] : [];

    internal static readonly string[] Activations =
        ["ReLU", "Tanh", "Sigmoid", "LeakyReLU", "ELU", "GELU", "GELUTanh", "SiLU", "Swish", "Softplus", "Identity", "Softmax", "LogSoftmax", "Dropout"];

    internal string Code(string type) => string.Create(CultureInfo.InvariantCulture, $"{(Name, A) switch
    {
        ("Linear", _) => $"new Nn.Linear({Sizes[0]}, {Sizes[1]}, bias: {(A > 0 ? "true" : "false")}, dtype: {type})",
        ("BatchNorm1d", _) => $"new Nn.BatchNorm1d({Sizes[0]}, affine: {(A > 0 ? "true" : "false")}, dtype: {type})",
        ("LayerNorm", _) => $"new Nn.LayerNorm([{Sizes[0]}], affine: {(A > 0 ? "true" : "false")}, dtype: {type})",
        ("LeakyReLU", _) => $"new Nn.LeakyReLU(slope: {A})",
        ("ELU", _) => $"new Nn.ELU(alpha: {A})",
        ("GELUTanh", _) => "new Nn.GELU(tanh: true)",
        ("Swish", _) => $"new Nn.Swish(beta: {A})",
        ("Softplus", _) => $"new Nn.Softplus(beta: {A})",
        ("Softmax" or "LogSoftmax", _) => $"new Nn.{Name}(dim: -1)",
        ("Dropout", _) => "new Nn.Dropout(p: 0)",
        ("Residual", _) => $"new Nn.Residual({string.Join(", ", [$"new Nn.Sequential({string.Join(", ", Body.Select(layer => layer.Code(type)))})", .. Shortcut.Select(layer => layer.Code(type))])})",
        ("Embedding", _) => $"new Nn.Embedding({Sizes[0]}, {Sizes[1]}, paddingIndex: {(A > 0 ? "0" : "null")}, dtype: {type}), new Nn.Flatten()",
        _ => $"new Nn.{Name}()",
    }}");

    internal Nn.Module Ours(DType type) => Name switch
    {
        "Linear" => new Nn.Linear(Sizes[0], Sizes[1], bias: A > 0, dtype: type),
        "BatchNorm1d" => new Nn.BatchNorm1d(Sizes[0], affine: A > 0, dtype: type),
        "LayerNorm" => new Nn.LayerNorm([Sizes[0]], affine: A > 0, dtype: type),
        "ReLU" => new Nn.ReLU(),
        "Tanh" => new Nn.Tanh(),
        "Sigmoid" => new Nn.Sigmoid(),
        "LeakyReLU" => new Nn.LeakyReLU(slope: A),
        "ELU" => new Nn.ELU(alpha: A),
        "GELU" => new Nn.GELU(),
        "GELUTanh" => new Nn.GELU(tanh: true),
        "SiLU" => new Nn.SiLU(),
        "Swish" => new Nn.Swish(beta: A),
        "Softplus" => new Nn.Softplus(beta: A),
        "Identity" => new Nn.Identity(),
        "Softmax" => new Nn.Softmax(dim: -1),
        "LogSoftmax" => new Nn.LogSoftmax(dim: -1),
        "Dropout" => new Nn.Dropout(p: 0),
        "Residual" => new Nn.Residual(new Nn.Sequential([.. Body.Select(layer => layer.Ours(type))]), Shortcut is [var shortcut] ? shortcut.Ours(type) : null),
        "Embedding" => new Nn.Sequential(new Nn.Embedding(Sizes[0], Sizes[1], paddingIndex: A > 0 ? 0 : null, dtype: type), new Nn.Flatten()),
        _ => throw new InvalidOperationException($"There is no layer {Name}."),
    };

    /// <summary>PyTorch's function of the layer, with its parameters taken from the front of a queue.</summary>
    internal T Theirs(T x, Queue<T> parameters, Queue<T> buffers, bool training)
    {
        T? Next() => A > 0 ? parameters.Dequeue() : null;
        return Name switch
        {
            "Linear" => F.linear(x, parameters.Dequeue(), Next()),
            "BatchNorm1d" => F.batch_norm(x, buffers.Dequeue(), buffers.Dequeue(), Next(), Next(), training, 0.1, 1e-5),
            "LayerNorm" => F.layer_norm(x, [Sizes[0]], Next(), Next(), 1e-5),
            "ReLU" => x.relu(),
            "Tanh" => x.tanh(),
            "Sigmoid" => x.sigmoid(),
            "LeakyReLU" => F.leaky_relu(x, A),
            "ELU" => F.elu(x, A),
            "GELU" => F.gelu(x),
            "GELUTanh" => 0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.pow(3))).tanh()),
            "SiLU" => F.silu(x),
            "Swish" => x * (A * x).sigmoid(),
            "Softplus" => F.softplus(x, A),
            "Softmax" => F.softmax(x, -1),
            "LogSoftmax" => F.log_softmax(x, -1),
            "Residual" => Body.Aggregate(x, Apply) + Shortcut.Aggregate(x, Apply),
            "Embedding" => Vectors(x.flatten(), parameters.Dequeue()),
            _ => x,
        };

        // F.embedding is not in TorchSharp. The vector of index 0 may have no gradient.
        T Vectors(T indices, T table)
        {
            T vectors = table.index_select(0, indices);
            return A > 0 ? where(indices.unsqueeze(1) == 0, vectors.detach(), vectors) : vectors;
        }

        T Apply(T value, Layer layer) => layer.Theirs(value, parameters, buffers, training);
    }

    /// <summary>The shapes of its parameters, in the order in which both sides take them.</summary>
    internal IEnumerable<long[]> Shapes()
    {
        long[] outputs = [Sizes[^1]];
        if (Name == "Linear") yield return [Sizes[1], Sizes[0]];
        if (Name == "Embedding") yield return [Sizes[0], Sizes[1]];
        if (Name is "BatchNorm1d" or "LayerNorm" && A > 0) yield return outputs;
        if (Name is "Linear" or "BatchNorm1d" or "LayerNorm" && A > 0) yield return outputs;
        foreach (long[] shape in Body.Concat(Shortcut).SelectMany(layer => layer.Shapes())) yield return shape;
    }

    /// <summary>It with other sizes.</summary>
    internal Layer Resized(Func<int, int> size) => this with { Sizes = [.. Sizes.Select(size)], Body = [.. Body.Select(layer => layer.Resized(size))] };
}

/// <summary>A small model trained by stochastic gradient descent on both sides, step by step from the same parameters.</summary>
sealed record Training : Case
{
    internal required bool Single { get; init; }

    internal required Layer[] Layers { get; init; }

    internal required int Rows { get; init; }

    internal required bool Classifies { get; init; }

    internal required Descent Descent { get; init; }

    /// <summary>Whether the gradients are not set to null between steps.</summary>
    internal bool Accumulates { get; init; }

    // The first layer may take an index, one a row.
    bool TakesIndices => Layers[0].Name == "Embedding";

    int Inputs => Layers[0].Sizes[0];

    int Outputs => Layers[^1].Sizes[1];

    internal static Training Draw(int seed, Random random, string family)
    {
        var layers = new List<Layer>();
        int size = random.Next(1, 6);
        if (random.Next(6) == 0)
        {
            int count = size;
            size = random.Next(1, 5);
            layers.Add(new Layer("Embedding", [count, size], random.Next(2)));
        }
        for (int i = random.Next(0, 3); i > 0; i--)
        {
            int next = random.Next(1, 8);
            layers.Add(new Layer("Linear", [size, next], random.Next(5)));
            size = next;
            if (random.Next(3) == 0) layers.Add(new Layer(random.Next(2) == 0 ? "BatchNorm1d" : "LayerNorm", [size, size], random.Next(4)));
            layers.Add(Activation(size, random));
            if (random.Next(4) != 0) continue;
            next = random.Next(3) == 0 ? random.Next(1, 8) : size;
            layers.Add(new Layer("Residual", [size, next], random.Next(3)) { Body = [new Layer("Linear", [size, next], random.Next(5)), Activation(next, random)] });
            size = next;
        }
        layers.Add(new Layer("Linear", [size, random.Next(1, 5)], random.Next(5)));
        bool momentum = random.Next(3) > 0, nesterov = momentum && random.Next(3) == 0;
        return new Training
        {
            Seed = seed, Family = family, Single = random.Next(2) == 0, Layers = [.. layers], Rows = random.Next(2, 9), Classifies = random.Next(2) == 0,
            Accumulates = random.Next(6) == 0,
            Descent = new Descent(random.Next(1, 7), random.Next(3) switch { 0 => 0.01, 1 => 0.05, _ => 0.1 }, momentum ? random.Next(2) == 0 ? 0.5 : 0.9 : 0,
                momentum && !nesterov && random.Next(3) == 0 ? 0.25 : 0, nesterov, random.Next(3) == 0 ? 0.01 : 0),
        };
    }

    static Layer Activation(int size, Random random) =>
        new(Layer.Activations[random.Next(Layer.Activations.Length)], [size, size], new[] { 0.5, 1, 1.5 }[random.Next(3)]);

    static double Element(int i, int salt) => (i * 7919L + salt * 104729L) % 1009 / 504.5 - 1;

    internal override Difference? Run()
    {
        List<Observation> mine;
        try
        {
            mine = Ours();
        }
        catch (Exception e)
        {
            return new Difference($"exception {e.GetType().Name}", e.Message);
        }
        var exact = Theirs(single: false, moved: false);
        // A trajectory carries its errors on: what PyTorch loses in the type, and by inputs moved a little, says how far.
        var noise = new List<(List<Observation>, double)> { (Theirs(single: true, moved: false), Single ? 8 : 8 * Math.Pow(2, -29)), (Theirs(Single, moved: true), 8) };
        for (int k = 0; k < mine.Count; k++)
            for (int i = 0; i < mine[k].Values.Length; i++)
            {
                double right = exact[k].Values[i], largest = exact[k].Values.Max(Math.Abs), epsilon = Single ? 1.2e-7 : 2.3e-16;
                double spread = noise.Max(run => Math.Abs(run.Item1[k].Values[i] - right) * run.Item2);
                double spreads = noise.Max(run => run.Item1[k].Values.Zip(exact[k].Values, (a, b) => Math.Abs(a - b)).Max() * run.Item2);
                double tolerance = 32 * epsilon * (largest + 1) + spread + spreads / 4, off = Math.Abs(mine[k].Values[i] - right);
                if (!(off <= tolerance) && !mine[k].Values[i].Equals(right))
                    return new Difference(mine[k].Name, string.Create(CultureInfo.InvariantCulture, $"element {i}: MyTorch {Settings.Number(mine[k].Values[i])}, PyTorch {Settings.Number(right)}; off by {off:G3}, allowed {tolerance:G3}"));
            }
        return null;
    }

    List<Observation> Ours()
    {
        DType type = Single ? DType.Float32 : DType.Float64;
        var model = new Nn.Sequential([.. Layers.Select(layer => layer.Ours(type))]);
        (string Name, M Tensor)[] parameters = [.. model.NamedParameters()];
        for (int p = 0; p < parameters.Length; p++)
            parameters[p].Tensor.CopyFrom(M.From(Start(parameters[p].Tensor.ElementCount, p), parameters[p].Tensor.Shape, type));
        M inputs = TakesIndices
            ? M.Indices(Indices(), [Rows, 1])
            : M.From(TensorProgram.Filled(Rows * Inputs, i => 2 * Element(i, 50)), [Rows, Inputs], type);
        M targets = Classifies
            ? M.Indices(Labels(), [Rows])
            : M.From(TensorProgram.Filled(Rows * Outputs, i => Element(i, 60)), [Rows, Outputs], type);
        Nn.Loss loss = Classifies ? new Nn.CrossEntropyLoss() : new Nn.MSELoss();
        var sgd = new MyTorch.Optim.SGD(
            model.Parameters(), learningRate: Descent.LearningRate, momentum: Descent.Momentum, dampening: Descent.Dampening, nesterov: Descent.Nesterov, weightDecay: Descent.WeightDecay);
        var seen = new List<Observation>();
        for (int step = 1; step <= Descent.Steps; step++)
        {
            using (var autograd = new Autograd())
            {
                if (!Accumulates) sgd.ZeroGrad();
                M value = loss.Forward(model.Forward(inputs), targets);
                autograd.Backward(value);
                seen.Add(new Observation($"loss of step {step}", [], value.ToArray()));
            }
            sgd.Step();
            foreach ((string name, M tensor) in parameters) seen.Add(new Observation($"parameter {name} after step {step}", tensor.Shape.ToArray(), tensor.ToArray()));
            foreach ((string name, M tensor) in model.NamedBuffers()) seen.Add(new Observation($"buffer {name} after step {step}", tensor.Shape.ToArray(), tensor.ToArray()));
        }
        model.Eval();
        seen.Add(new Observation("prediction in evaluation", [Rows, Outputs], model.Forward(inputs).ToArray()));
        return seen;
    }

    List<Observation> Theirs(bool single, bool moved)
    {
        using var scope = NewDisposeScope();
        ScalarType type = single ? float32 : float64;
        double shift = moved ? Single ? 1.2e-7 : 2.3e-16 : 0;
        T Made(double[] values, params long[] shape) => tensor(
            [.. values.Select((v, i) => (Single ? (float)v : v) * (1 + (i % 3 - 1) * shift))], shape).to(type);
        Parameter[] parameters = [.. Layers.SelectMany(layer => layer.Shapes())
            .Select((shape, p) => new Parameter(Made(Start((int)shape.Aggregate(1L, (a, b) => a * b), p), shape)))];
        // The running mean and variance. What counts the batches is not in F.batch_norm.
        T[] buffers = [.. Layers.Where(layer => layer.Name == "BatchNorm1d").SelectMany(layer => new[] { zeros(layer.Sizes[0], type), ones(layer.Sizes[0], type) })];
        T inputs = TakesIndices ? tensor(Indices(), [Rows, 1]) : Made(TensorProgram.Filled(Rows * Inputs, i => 2 * Element(i, 50)), Rows, Inputs);
        T targets = Classifies ? tensor(Labels()) : Made(TensorProgram.Filled(Rows * Outputs, i => Element(i, 60)), Rows, Outputs);
        using var sgd = optim.SGD(parameters, Descent.LearningRate, Descent.Momentum, Descent.Dampening, Descent.WeightDecay, Descent.Nesterov);
        T Forward(bool training)
        {
            T x = inputs;
            var queue = new Queue<T>(parameters);
            var running = new Queue<T>(buffers);
            foreach (Layer layer in Layers) x = layer.Theirs(x, queue, running, training);
            return x;
        }
        var seen = new List<Observation>();
        for (int step = 1; step <= Descent.Steps; step++)
        {
            if (!Accumulates) sgd.zero_grad();
            T output = Forward(training: true);
            T value = Classifies ? F.cross_entropy(output, targets) : F.mse_loss(output, targets);
            value.backward();
            seen.Add(TorchSide.See("", value));
            sgd.step();
            foreach (Parameter parameter in parameters) seen.Add(TorchSide.See("", parameter));
            foreach (T[] running in buffers.Chunk(2))
                foreach (T buffer in (T[])[.. running, tensor((double)step)]) seen.Add(TorchSide.See("", buffer));
        }
        seen.Add(TorchSide.See("", Forward(training: false)));
        return seen;
    }

    static double[] Start(int count, int parameter) => TensorProgram.Filled(count, i => 0.7 * Element(i, parameter + 1));

    long[] Indices() => [.. Enumerable.Range(0, Rows).Select(i => (long)(i * 3 % Inputs))];

    long[] Labels() => [.. Enumerable.Range(0, Rows).Select(i => (long)(i * 5 % Outputs))];

    internal override IEnumerable<Case> Smaller()
    {
        for (int i = 0; i < Layers.Length; i++)
            if (Layers.Length > 1 && Layers[i].Sizes[0] == Layers[i].Sizes[1] && (i > 0 && i < Layers.Length - 1 || Layers[i].Name == "Linear" && Layers[i == 0 ? 1 : i - 1].Name == "Linear"))
                yield return this with { Layers = [.. Layers[..i], .. Layers[(i + 1)..]] };
        if (Descent.Steps > 1) yield return this with { Descent = Descent with { Steps = Descent.Steps - 1 } };
        if (Descent.WeightDecay != 0) yield return this with { Descent = Descent with { WeightDecay = 0 } };
        if (Descent.Nesterov) yield return this with { Descent = Descent with { Nesterov = false } };
        if (Descent.Dampening != 0) yield return this with { Descent = Descent with { Dampening = 0 } };
        if (Descent is { Momentum: not 0, Nesterov: false, Dampening: 0 }) yield return this with { Descent = Descent with { Momentum = 0 } };
        if (Accumulates) yield return this with { Accumulates = false };
        if (Rows > 2) yield return this with { Rows = 2 };
        foreach (int size in Layers.SelectMany(layer => layer.Sizes).Distinct())
            if (size > 1) yield return this with { Layers = [.. Layers.Select(layer => layer.Resized(s => s == size ? size - 1 : s))] };
    }

    internal override string Code(Difference difference)
    {
        string type = Single ? "DType.Float32" : "DType.Float64";
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"// {difference.What}: {difference.Details}\n");
        text.Append("static double Element(int i, int salt) => (i * 7919L + salt * 104729L) % 1009 / 504.5 - 1;\n");
        text.Append(CultureInfo.InvariantCulture, $"var model = new Nn.Sequential({string.Join(", ", Layers.Select(layer => layer.Code(type)))});\n");
        text.Append(CultureInfo.InvariantCulture, $"Tensor[] parameters = [.. model.Parameters()];\nfor (int p = 0; p < parameters.Length; p++)\n    parameters[p].CopyFrom(Tensor.From([.. Enumerable.Range(0, parameters[p].ElementCount).Select(i => 0.7 * Element(i, p + 1))], parameters[p].Shape, {type}));\n");
        text.Append(TakesIndices
            ? $"Tensor inputs = Tensor.Indices([{string.Join(", ", Indices())}], [{Rows}, 1]);\n"
            : $"Tensor inputs = Tensor.From([.. Enumerable.Range(0, {Rows * Inputs}).Select(i => 2 * Element(i, 50))], [{Rows}, {Inputs}], {type});\n");
        text.Append(Classifies
            ? $"Tensor targets = Tensor.Indices({string.Join(", ", Labels())});\n"
            : $"Tensor targets = Tensor.From([.. Enumerable.Range(0, {Rows * Outputs}).Select(i => Element(i, 60))], [{Rows}, {Outputs}], {type});\n");
        text.Append(CultureInfo.InvariantCulture, $"var sgd = new SGD(parameters, learningRate: {Descent.LearningRate}, momentum: {Descent.Momentum}, dampening: {Descent.Dampening}, nesterov: {(Descent.Nesterov ? "true" : "false")}, weightDecay: {Descent.WeightDecay});\n");
        text.Append(CultureInfo.InvariantCulture, $"for (int step = 1; step <= {Descent.Steps}; step++)\n{{\n    using var autograd = new Autograd();\n{(Accumulates ? "" : "    sgd.ZeroGrad();\n")}    autograd.Backward(new {(Classifies ? "Nn.CrossEntropyLoss()" : "Nn.MSELoss()")}.Forward(model.Forward(inputs), targets));\n    sgd.Step();\n}}\n");
        return text.ToString();
    }
}
