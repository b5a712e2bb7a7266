using MyTorch.Inspection;
using MyTorch.Nn;
using Kind = MyTorch.Teaching.CostDrillMistakeKind;

namespace MyTorch.Teaching;

/// <summary>The networks of the <see cref="CostDrill"/>s. Each is built and runs one step; the answers are read from its account.</summary>
sealed class CostDrillNetwork
{
    const string Columns = "The weight of Linear is (out, in): a row for each output.";

    readonly List<CostDrillQuestion> _questions = [];
    readonly int _rows, _size;
    readonly string _type;
    readonly Module _model;
    readonly StepCost _cost;

    CostDrillNetwork(Module model, Tensor batch, DType dtype)
    {
        (_rows, _size, _type, _model) = (batch.Shape[0], dtype == DType.Float32 ? 4 : 8, dtype.ToString(), model);
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd(recordSources: false, recordMakers: true);
        Tensor loss = model.Forward(batch).Mean();
        _cost = autograd.Cost(new StepCostOptions { Model = model, Output = loss });
    }

    /// <summary>Linear, ReLU, Linear.</summary>
    internal static CostDrill TwoLayers(int[] sizes, DType dtype)
    {
        (int n, int a, int b, int c) = (sizes[0], sizes[1], sizes[2], sizes[3]);
        var generator = new Generator(0);
        var model = new Sequential(
            new Linear(a, b, dtype: dtype, generator: generator), new ReLU(), new Linear(b, c, dtype: dtype, generator: generator));
        var network = new CostDrillNetwork(model, Tensor.Zeros([n, a], dtype), dtype);
        network.AskWeight("layer 1", a, b);
        network.AskParameters("layer 1", model.Modules[0], a, b);
        network.AskOutput("layer 1", a, b);
        network.AskResult("layer 1", "0", a, b);
        network.AskForward("layer 1", "0", a, b);
        network.AskBackward("layer 1", "0", a, b, isFirst: true);
        network.AskParameters("layer 3", model.Modules[2], b, c);
        network.AskForward("layer 3", "2", b, c);
        network.AskBackward("layer 3", "2", b, c, isFirst: false);
        network.AskGradients(model.ParameterCount, $"{a}·{b} + {b} + {b}·{c} + {c}", a * b + b * c);
        return network.Drill($"""
            batch    ({n}, {a})
            layer 1  Linear({a}, {b})
            layer 2  ReLU
            layer 3  Linear({b}, {c})
            """);
    }

    /// <summary>Linear, LayerNorm, Tanh, Linear.</summary>
    internal static CostDrill Normalized(int[] sizes, DType dtype)
    {
        (int n, int a, int b, int c) = (sizes[0], sizes[1], sizes[2], sizes[3]);
        var generator = new Generator(0);
        var model = new Sequential(
            new Linear(a, b, dtype: dtype, generator: generator), new LayerNorm([b], dtype: dtype), new Tanh(),
            new Linear(b, c, dtype: dtype, generator: generator));
        var network = new CostDrillNetwork(model, Tensor.Zeros([n, a], dtype), dtype);
        network.AskParameters("layer 1", model.Modules[0], a, b);
        network.Ask($"layer 2, LayerNorm({b}): parameters", [model.Modules[1].ParameterCount], $"{b} + {b}",
            (Kind.BiasForgotten, [b], "It has a weight and a bias for each feature."),
            (Kind.BatchCounted, [2L * b * n], "Parameters do not depend on the batch."));
        network.AskResult("layer 3, Tanh", "2", b, b);
        // Its rule reads its output, and the next layer reads the same array.
        long tanh = network.Of("2").Saved!.Single(array => array.Kind == StepTensorKind.Result).Bytes;
        long together = tanh + network.Of("3").SavedBytes!.Value;
        network.Ask(
            "layers 3 and 4: bytes that both keep for their backward rules, besides parameters", [together], $"{n}·{b}·{network._size}",
            (Kind.SharedCountedTwice, [2 * together],
                "The rule of Tanh reads its output, and Linear reads its input: that is one array, kept once."),
            (Kind.NumbersForBytes, [(long)n * b], $"That is the number of elements; a {network._type} has {network._size} bytes."),
            (Kind.BatchForgotten, [(long)b * network._size], "There is a row for each example of the batch."),
            (Kind.InputForOutput, [together + (long)n * c * network._size], "The output of Linear is not read by its own rule."));
        network.AskOutput("layer 4", b, c);
        network.AskBackward("layer 4", "3", b, c, isFirst: false);
        long numbers = model.ParameterCount, weights = (long)a * b + b * c + b;
        network.AskGradients(numbers, $"{a}·{b} + {b} + {b} + {b} + {b}·{c} + {c}", weights);
        network.AskState("SGD with momentum", copies: 1, numbers, otherCopies: 2);
        network.AskState("Adam, without its counters of steps", copies: 2, numbers, otherCopies: 1);
        return network.Drill($"""
            batch    ({n}, {a})
            layer 1  Linear({a}, {b})
            layer 2  LayerNorm({b})
            layer 3  Tanh
            layer 4  Linear({b}, {c})
            """);
    }

    /// <summary>Embedding, Flatten, Linear, Tanh, and a layer that is used twice.</summary>
    internal static CostDrill Words(int[] sizes, DType dtype)
    {
        (int n, int words, int known, int d, int h) = (sizes[0], sizes[1], sizes[2] + 10, sizes[3], sizes[4]);
        var generator = new Generator(0);
        var twice = new Linear(h, h, dtype: dtype, generator: generator);
        var model = new Sequential(
            new Embedding(known, d, dtype: dtype, generator: generator), new Flatten(),
            new Linear(words * d, h, dtype: dtype, generator: generator), new Tanh(), twice, new Tanh(), twice);
        var network = new CostDrillNetwork(model, Tensor.Zeros([n, words], DType.Int64), dtype);
        network.Ask($"layer 1, Embedding({known}, {d}): parameters", [model.Modules[0].ParameterCount], $"{known}·{d}",
            (Kind.BiasCounted, [(long)known * d + d], "An embedding has no bias."),
            (Kind.BatchCounted, [(long)n * words * d],
                "Those are the vectors that the batch looks up; the table has one for each word it knows."));
        network.AskShape($"layer 1, Embedding({known}, {d}): shape of the output", [n, words, d],
            (Kind.BatchForgotten, [words, d], "There is a result for each example of the batch."),
            (Kind.Transposed, [n, d, words], "The vector of a word is the last dimension."),
            (Kind.InputForOutput, [n, words], "That is the input: each index becomes a vector."));
        network.AskShape("layer 2, Flatten: shape of the output", [n, words * d],
            (Kind.NotFlattened, [n, words + d], "Dimensions that are merged are multiplied."),
            (Kind.NotFlattened, [n, words, d], "Flatten merges all dimensions after the batch."),
            (Kind.BatchForgotten, [words * d], "The dimension of the batch stays."));
        network.Ask("layer 2, Flatten: bytes of the result, in new memory", [network.Of("1").ResultBytes], "0",
            (Kind.InputForOutput, [(long)n * words * d * network._size],
                "A reshaped tensor is a view: it shares the memory of its input."));
        network.Ask($"layer 3, Linear({words * d}, {h}): parameters", [model.Modules[2].ParameterCount], $"{words}·{d}·{h} + {h}",
            (Kind.BiasForgotten, [(long)words * d * h], "The bias is missing: one number for each output."),
            (Kind.NotFlattened, [(long)d * h + h], "Its inputs are all numbers of an example, not those of one word."),
            (Kind.BatchCounted, [n * ((long)words * d * h + h)], "Parameters do not depend on the batch."));
        network.Ask($"layers 5 and 7, the same Linear({h}, {h}): parameters of both together", [twice.ParameterCount], $"{h}·{h} + {h}",
            (Kind.CountedForEachUse, [2L * twice.ParameterCount],
                "It is one layer: its parameters are counted once, however often it is used."),
            (Kind.BiasForgotten, [(long)h * h], "The bias is missing: one number for each output."));
        long product = (long)n * h * h;
        network.Ask(
            "layers 5 and 7: multiply-adds forward of both together", [network.Sum("4", cost => cost.ForwardMultiplyAdds)],
            $"2·{n}·{h}·{h}",
            (Kind.SecondUseForgotten, [product], "Each use is a product, though the parameters are shared."),
            (Kind.BatchForgotten, [2L * h * h], "There is a row for each example of the batch."),
            (Kind.CountedAsTwo, [4 * product], "A multiply-add is one multiplication and one addition together."));
        network.Ask(
            "layers 5 and 7: multiply-adds backward of both together", [network.Sum("4", cost => cost.BackwardMultiplyAdds)],
            $"2·2·{n}·{h}·{h}",
            (Kind.OneGradientForgotten, [2 * product],
                "Each use has two gradients, of its input and of its weight, and each is a product."),
            (Kind.SecondUseForgotten, [2 * product], "Each use runs its own backward rule; the gradients of the weight are added."),
            (Kind.BatchForgotten, [4L * h * h], "There is a row for each example of the batch."));
        long numbers = model.ParameterCount;
        network.AskGradients(numbers, $"{known}·{d} + {words}·{d}·{h} + {h} + {h}·{h} + {h}", numbers - 2 * h);
        return network.Drill($"""
            batch    ({n}, {words}) indices of words
            layer 1  Embedding({known}, {d})
            layer 2  Flatten
            layer 3  Linear({words * d}, {h})
            layer 4  Tanh
            layer 5  Linear({h}, {h})
            layer 6  Tanh
            layer 7  the same layer as layer 5
            """);
    }

    CostDrill Drill(string layers) => new($"{layers}\ntype     {_type}, {_size} bytes a number", _questions);

    void AskWeight(string layer, int inputs, int outputs)
    {
        var linear = (Linear)((Sequential)_model).Modules[0];
        AskShape($"{layer}, Linear({inputs}, {outputs}): shape of the weight", linear.Weight.Shape,
            (Kind.Transposed, [inputs, outputs], Columns),
            (Kind.BatchCounted, [_rows, outputs], "That is the shape of the output; the weight does not depend on the batch."),
            (Kind.InputForOutput, [_rows, inputs], "That is the shape of the input; the weight does not depend on the batch."));
    }

    void AskParameters(string layer, Module module, int inputs, int outputs)
    {
        long weights = (long)inputs * outputs;
        Ask($"{layer}, Linear({inputs}, {outputs}): parameters", [module.ParameterCount], $"{inputs}·{outputs} + {outputs}",
            (Kind.BiasForgotten, [weights], "The bias is missing: one number for each output."),
            (Kind.Transposed, [weights + inputs], "The bias has one number for each output, not for each input."),
            (Kind.BatchCounted, [_rows * (weights + outputs)], "Parameters do not depend on the batch."),
            (Kind.BatchCounted, [weights + (long)_rows * outputs], "There is one bias for all examples of the batch."));
    }

    void AskOutput(string layer, int inputs, int outputs) => AskShape(
        $"{layer}, Linear({inputs}, {outputs}): shape of the output", [_rows, outputs],
        (Kind.Transposed, [outputs, _rows], "A row is an example: the batch is the first dimension."),
        (Kind.BatchForgotten, [outputs], "There is a row for each example of the batch."),
        (Kind.InputForOutput, [_rows, inputs], "That is the shape of the input."),
        (Kind.Transposed, [outputs, inputs], "That is the shape of the weight."));

    void AskResult(string layer, string path, int inputs, int outputs)
    {
        long numbers = (long)_rows * outputs;
        Ask($"{layer}: bytes of the result", [Sum(path, cost => cost.ResultBytes)], $"{_rows}·{outputs}·{_size}",
            (Kind.NumbersForBytes, [numbers], $"That is the number of elements; a {_type} has {_size} bytes."),
            (Kind.BatchForgotten, [(long)outputs * _size], "There is a row for each example of the batch."),
            (Kind.BatchCountedTwice, [_rows * numbers * _size], "The batch is counted twice."),
            (Kind.OtherType, [numbers * (12 - _size)], $"That is the size of another type; a {_type} has {_size} bytes."),
            (Kind.InputForOutput, [(long)_rows * inputs * _size], "That is the size of the input."));
    }

    void AskForward(string layer, string path, int inputs, int outputs)
    {
        long product = (long)_rows * inputs * outputs;
        Ask($"{layer}, Linear({inputs}, {outputs}): multiply-adds forward", [Sum(path, cost => cost.ForwardMultiplyAdds)],
            $"{_rows}·{inputs}·{outputs}",
            (Kind.BatchForgotten, [(long)inputs * outputs], "Each example of the batch is multiplied with the weight."),
            (Kind.BatchCountedTwice, [_rows * product], "The batch is counted twice."),
            (Kind.CountedAsTwo, [2 * product], "A multiply-add is one multiplication and one addition together."),
            (Kind.BiasCounted, [product + (long)_rows * outputs], "Adding the bias multiplies nothing, so it is not a multiply-add."));
    }

    void AskBackward(string layer, string path, int inputs, int outputs, bool isFirst)
    {
        long product = (long)_rows * inputs * outputs;
        Ask($"{layer}, Linear({inputs}, {outputs}): multiply-adds backward", [Sum(path, cost => cost.BackwardMultiplyAdds)],
            isFirst ? $"{_rows}·{inputs}·{outputs}" : $"2·{_rows}·{inputs}·{outputs}",
            isFirst
                ? (Kind.GradientOfTheBatch, [2 * product], "The batch requires no gradient, so only that of the weight is a product.")
                : (Kind.OneGradientForgotten, [product], "There are two gradients, of the input and of the weight, and each is a product."),
            (Kind.BatchForgotten, [(isFirst ? 1L : 2L) * inputs * outputs], "Each example of the batch contributes to the gradients."),
            (Kind.BatchCountedTwice, [_rows * (isFirst ? 1 : 2) * product], "The batch is counted twice."),
            (Kind.CountedAsTwo, [(isFirst ? 2 : 4) * product], "A multiply-add is one multiplication and one addition together."));
    }

    void AskGradients(long numbers, string formula, long weights) =>
        Ask("the whole step: bytes of the gradients that Backward stores", [_cost.Gradients.Bytes], $"({formula})·{_size}",
            (Kind.NumbersForBytes, [numbers], $"That is the number of parameters; a {_type} has {_size} bytes."),
            (Kind.BiasForgotten, [weights * _size], "The biases are parameters too."),
            (Kind.LayerForgotten, [(long)((Sequential)_model).Modules[0].ParameterCount * _size],
                "Every layer with parameters has gradients."),
            (Kind.BatchCounted, [_rows * numbers * _size], "A gradient has the shape of its parameter; those of all examples are added."),
            (Kind.OtherType, [numbers * (12 - _size)], $"That is the size of another type; a {_type} has {_size} bytes."));

    void AskState(string optimizer, int copies, long numbers, int otherCopies) =>
        Ask($"the whole step: bytes that the optimizer keeps: {optimizer}", [copies * numbers * _size],
            copies == 1 ? $"{numbers}·{_size}" : $"{copies}·{numbers}·{_size}",
            (Kind.OtherOptimizer, [otherCopies * numbers * _size], "SGD with momentum keeps one number for each parameter, Adam two."),
            (Kind.OtherOptimizer, [(copies + 1) * numbers * _size], "The parameters themselves are not part of its state."),
            (Kind.NumbersForBytes, [copies * numbers], $"That is the number of elements; a {_type} has {_size} bytes."),
            (Kind.BatchCounted, [_rows * copies * numbers * _size], "The state of an optimizer does not depend on the batch."));

    void Ask(string text, long[] answer, string formula, params IEnumerable<(Kind, long[], string)> mistakes) =>
        _questions.Add(new CostDrillQuestion(text, isShape: false, answer, formula, mistakes));

    void AskShape(string text, Shape answer, params IEnumerable<(Kind, long[], string)> mistakes)
    {
        long[] sizes = [.. answer.ToArray().Select(size => (long)size)];
        _questions.Add(new CostDrillQuestion(text, isShape: true, sizes, answer.ToString(), mistakes));
    }

    OperationCost Of(string path) => _cost.Operations.First(cost => cost.Module == path);

    long Sum(string path, Func<OperationCost, long?> part) =>
        _cost.Operations.Where(cost => cost.Module == path).Sum(cost => part(cost) ?? 0);
}
