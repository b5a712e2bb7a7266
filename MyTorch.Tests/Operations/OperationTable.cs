using System.Runtime.CompilerServices;
using MathNet.Numerics;
using MyTorch.Operations;

namespace MyTorch.Tests.Operations;

/// <summary>
/// One use of an operation: how to run it, on which Float64 inputs (those that require a gradient are differentiated), and
/// the same value by a formula that does not use the library; and the code of the call, as it is written in the table.
/// </summary>
public sealed record OperationCase(
    string Operation, string Name, Func<Tensor[], Tensor> Run, Tensor[] Inputs, Func<NaiveArray[], NaiveArray> Value, string Code)
{
    public override string ToString() => $"{Operation} {Name}";
}

/// <summary>A use that must be refused, and what the message must name.</summary>
public sealed record OperationError(string Operation, string Name, Action Run, string[] Names)
{
    public override string ToString() => $"{Operation} {Name}";
}

/// <summary>
/// The cases of every operation in the library. A new operation without an entry here fails <see cref="OperationTests"/>.
/// </summary>
public static class OperationTable
{
    static int s_seed = 1;

    /// <summary>Every operation there is.</summary>
    public static IEnumerable<Type> Library => typeof(Operation).Assembly.GetTypes()
        // What is private shows a mistake: its rule is wrong.
        .Where(type => type.IsSubclassOf(typeof(Operation)) && !type.IsAbstract && !type.IsNestedPrivate)
        .OrderBy(type => type.Name, StringComparer.Ordinal);

    public static IReadOnlyList<OperationCase> Cases { get; } =
    [
        .. Pointwise("Identity", x => new Identity(x).Apply(), v => v),
        .. Pointwise("Negate", x => -x, v => -v),
        .. Pointwise("Abs", x => x.Abs(), Math.Abs),
        .. Pointwise("Exp", x => x.Exp(), Math.Exp),
        .. Pointwise("Log", x => x.Log(), Math.Log, Positive),
        .. Pointwise("Log1p", x => x.Log1p(), v => Math.Log(1 + v), Positive),
        .. Pointwise("Expm1", x => x.Expm1(), v => Math.Exp(v) - 1),
        .. Pointwise("Sinh", x => x.Sinh(), Math.Sinh),
        .. Pointwise("Cosh", x => x.Cosh(), Math.Cosh),
        .. Pointwise("LogSigmoid", x => x.LogSigmoid(), v => -Math.Log(1 + Math.Exp(-v))),
        .. Pointwise("Sqrt", x => x.Sqrt(), Math.Sqrt, Positive),
        .. Pointwise("Square", x => x.Square(), v => v * v),
        .. Pointwise("Reciprocal", x => x.Reciprocal(), v => 1 / v),
        .. Pointwise("Sin", x => x.Sin(), Math.Sin),
        .. Pointwise("Cos", x => x.Cos(), Math.Cos),
        .. Pointwise("Tanh", x => x.Tanh(), Math.Tanh),
        .. Pointwise("Erf", x => x.Erf(), Integral),
        .. Pointwise("Sigmoid", x => x.Sigmoid(), v => 1 / (1 + Math.Exp(-v))),
        .. Pointwise("ReLU", x => x.ReLU(), v => v > 0 ? v : 0),
        .. Pointwise("LeakyReLU", x => x.LeakyReLU(0.2), v => v > 0 ? v : 0.2 * v),
        .. Pointwise("ELU", x => x.ELU(0.7), v => v > 0 ? v : 0.7 * (Math.Exp(v) - 1)),
        .. Pointwise("Swish", x => new Swish(x, 1.5).Apply(), v => v / (1 + Math.Exp(-1.5 * v))),
        .. Pointwise("GELU", x => x.GELU(), v => v * (1 + Integral(v / Math.Sqrt(2))) / 2),
        .. Pointwise("GELUTanh", x => x.GELU(tanh: true), v => v * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))) / 2),
        .. Pointwise("Softplus", x => x.Softplus(2, 2.5), v => 2 * v > 2.5 ? v : Math.Log(1 + Math.Exp(2 * v)) / 2),
        .. Pointwise("Tan", x => x.Tan(), Math.Tan, x => Leaf(x, random => 2.4 * random.NextDouble() - 1.2)),
        .. Pointwise("Atan", x => x.Atan(), Math.Atan),
        .. Pointwise("Rsqrt", x => x.Rsqrt(), v => 1 / Math.Sqrt(v), Positive),
        .. Pointwise("Floor", x => x.Floor(), Math.Floor),
        .. Pointwise("Ceil", x => x.Ceil(), Math.Ceiling),
        .. Pointwise("Round", x => x.Round(), v => Math.Round(v)),
        .. Pointwise("Huber", x => new Huber(x, 0.9).Apply(), v => Math.Abs(v) <= 0.9 ? v * v / 2 : 0.9 * Math.Abs(v) - 0.405),
        .. Pointwise("SmoothL1", x => new SmoothL1(x, 0.9).Apply(), v => Math.Abs(v) < 0.9 ? v * v / 1.8 : Math.Abs(v) - 0.45),
        .. Pointwise("Clamp", x => x.Clamp(-0.9, 1.1), v => Math.Min(Math.Max(v, -0.9), 1.1)),
        .. Pointwise("Clamp", x => x.Clamp(min: 0.1), v => Math.Max(v, 0.1), name: "from below"),
        .. Pointwise("Clamp", x => x.Clamp(max: 0.1), v => Math.Min(v, 0.1), name: "from above"),

        .. Binary("Add", (a, b) => a + b, (a, b) => a + b),
        .. Binary("Subtract", (a, b) => a - b, (a, b) => a - b),
        .. Binary("Multiply", (a, b) => a * b, (a, b) => a * b),
        .. Binary("Divide", (a, b) => a / b, (a, b) => a / b),
        .. Binary("Power", (a, b) => a.Pow(b), Math.Pow, Positive),
        .. Binary("Maximum", Tensor.Maximum, Math.Max),
        .. Binary("Minimum", Tensor.Minimum, Math.Min),
        .. Pointwise("Power", x => x.Pow(3), v => v * v * v, name: "cubed"),
        .. Pointwise("Power", x => x.Pow(2), v => v * v, name: "squared"),
        .. Pointwise("Power", x => x.Pow(-1.5), v => 1 / (v * Math.Sqrt(v)), Positive, "to -1.5"),
        .. Pointwise("Power", x => Tensor.Pow(2.5, x), v => Math.Exp(v * Math.Log(2.5)), name: "of 2.5"),

        .. Reduction("Sum", (x, dims, keep) => x.Sum(dims, keep), line => line.Sum()),
        .. Reduction("Mean", (x, dims, keep) => x.Mean(dims, keep), line => line.Sum() / line.Length),
        .. Reduction("Extreme", (x, dims, keep) => x.AMax(dims, keep), line => line.Max(), "largest"),
        .. Reduction("Extreme", (x, dims, keep) => x.AMin(dims, keep), line => line.Min(), "smallest"),
        .. Reduction("Variance", (x, dims, keep) => x.Var(dims, true, keep), line => Spread(line, line.Length - 1), "unbiased"),
        .. Reduction("Variance", (x, dims, keep) => x.Var(dims, false, keep), line => Spread(line, line.Length), "population"),
        .. Reduction("StandardDeviation", (x, dims, keep) => x.Std(dims, true, keep), line => Math.Sqrt(Spread(line, line.Length - 1)), "unbiased"),
        .. Reduction("StandardDeviation", (x, dims, keep) => x.Std(dims, false, keep), line => Math.Sqrt(Spread(line, line.Length)), "population"),
        .. Reduction("LogSumExp", (x, dims, keep) => x.LogSumExp(dims, keep), line => Math.Log(line.Sum(Math.Exp))),

        .. Reduction("Norm", (x, dims, keep) => x.Norm(2, dims, keep), line => Math.Sqrt(line.Sum(v => v * v))),
        .. Reduction("Sum", (x, dims, keep) => x.Norm(1, dims, keep), line => line.Sum(Math.Abs), "of absolute values"),
        .. Reduction("Extreme", (x, dims, keep) => x.Norm(double.PositiveInfinity, dims, keep), line => line.Max(Math.Abs), "largest absolute value"),

        .. Lines("CumSum", (x, dim) => x.CumSum(dim), line => [.. line.Select((_, k) => line[..(k + 1)].Sum())]),
        Of("CumSum", "from the end", x => new CumSum(x[0], 1, reverse: true).Apply(), [Any([2, 3, 2])],
            x => x[0].AlongLines(1, line => [.. line.Select((_, k) => line[k..].Sum())])),
        .. Lines("Softmax", (x, dim) => x.Softmax(dim), line => [.. line.Select(v => Math.Exp(v) / line.Sum(Math.Exp))]),
        .. Lines("LogSoftmax", (x, dim) => x.LogSoftmax(dim), line => [.. line.Select(v => v - Math.Log(line.Sum(Math.Exp)))]),

        Of("MatMul", "vectors", x => x[0].MatMul(x[1]), [Any([4]), Any([4])], x => Product(x[0], x[1])),
        Of("MatMul", "matrix and vector", x => x[0].MatMul(x[1]), [Any([2, 4]), Any([4])], x => Product(x[0], x[1])),
        Of("MatMul", "vector and matrix", x => x[0].MatMul(x[1]), [Any([4]), Any([4, 3])], x => Product(x[0], x[1])),
        Of("MatMul", "matrices", x => x[0].MatMul(x[1]), [Any([2, 4]), Any([4, 3])], x => Product(x[0], x[1])),
        Of("MatMul", "a batch and a matrix", x => x[0].MatMul(x[1]), [Any([2, 3, 4]), Any([4, 2])], x => Product(x[0], x[1])),
        Of("MatMul", "a matrix and a batch", x => x[0].MatMul(x[1]), [Any([3, 4]), Any([2, 4, 2])], x => Product(x[0], x[1])),
        Of("MatMul", "a vector and a batch", x => x[0].MatMul(x[1]), [Any([4]), Any([2, 4, 3])], x => Product(x[0], x[1])),
        Of("MatMul", "a batch and a vector", x => x[0].MatMul(x[1]), [Any([2, 3, 4]), Any([4])], x => Product(x[0], x[1])),
        Of("MatMul", "batches that broadcast", x => x[0].MatMul(x[1]), [Any([2, 1, 2, 4]), Any([3, 4, 2])], x => Product(x[0], x[1])),
        Of("MatMul", "left transposed", x => new MatMul(x[0], x[1], transposeA: true).Apply(), [Any([4, 2]), Any([4, 3])], x => Product(Turned(x[0]), x[1])),
        Of("MatMul", "right transposed", x => new MatMul(x[0], x[1], transposeB: true).Apply(), [Any([2, 4]), Any([3, 4])], x => Product(x[0], Turned(x[1]))),
        Of("MatMul", "both transposed", x => new MatMul(x[0], x[1], true, true).Apply(), [Any([4, 2]), Any([3, 4])], x => Product(Turned(x[0]), Turned(x[1]))),
        Of("Linear", "with a bias", x => x[0].Linear(x[1], x[2]), [Any([5, 3]), Any([2, 3]), Any([2])], Affine),
        Of("Linear", "without a bias", x => x[0].Linear(x[1], null), [Any([5, 3]), Any([2, 3])], Affine),
        Of("Linear", "of a vector", x => x[0].Linear(x[1], x[2]), [Any([3]), Any([2, 3]), Any([2])], Affine),
        Of("Linear", "of a batch of matrices", x => x[0].Linear(x[1], x[2]), [Any([2, 4, 3]), Any([2, 3]), Any([2])], Affine),

        Of("Reshape", "to a matrix", x => x[0].Reshape([4, -1]), [Any([2, 3, 4])], x => new([4, 6], x[0].Data)),
        Of("Reshape", "of a scalar", x => x[0].Reshape([1, 1]), [Any([])], x => new([1, 1], x[0].Data)),
        Of("Reshape", "flattened between", x => x[0].Flatten(1, -2), [Any([2, 3, 2, 2])], x => new([2, 6, 2], x[0].Data)),
        Of("Reshape", "squeezed", x => x[0].Squeeze(), [Any([1, 3, 1, 2])], x => new([3, 2], x[0].Data)),
        Of("Permute", "a matrix", x => x[0].T, [Any([3, 4])], x => Turned(x[0])),
        Of("Permute", "a cycle of three", x => x[0].Permute(1, 2, 0), [Any([2, 3, 4])],
            x => NaiveArray.Generate([3, 4, 2], i => x[0][i[2], i[0], i[1]])),
        Of("Permute", "a transposition", x => x[0].Transpose(0, -1), [Any([2, 3, 4])],
            x => NaiveArray.Generate([4, 3, 2], i => x[0][i[2], i[1], i[0]])),
        Of("Expand", "a column", x => x[0].Expand([2, 3, 4]), [Any([3, 1])], x => NaiveArray.Generate([2, 3, 4], x[0].Broadcast)),
        Of("Expand", "a scalar", x => x[0].Expand([3]), [Any([])], x => NaiveArray.Generate([3], x[0].Broadcast)),
        Of("Expand", "repeated in every dimension", x => x[0].Repeat(2, 3), [Any([2, 3])], x => NaiveArray.Generate([4, 9], i => x[0][i[0] % 2, i[1] % 3])),
        Of("Expand", "repeated in new dimensions", x => x[0].Repeat(2, 1, 2), [Any([2])], x => NaiveArray.Generate([2, 1, 4], i => x[0][i[2] % 2])),
        Of("SumTo", "a column", x => new SumTo(x[0], [3, 1]).Apply(), [Any([2, 3, 4])], x => new([3, 1], x[0].Reduce([0, 2], false, line => line.Sum()).Data)),
        Of("Slice", "rows", x => x[0][1..3], [Any([4, 3])], x => NaiveArray.Generate([2, 3], i => x[0][i[0] + 1, i[1]])),
        Of("Slice", "every other from the end", x => x[0][.., new TensorIndex(-5, null, 2)], [Any([2, 6])],
            x => NaiveArray.Generate([2, 3], i => x[0][i[0], 1 + 2 * i[1]])),
        Of("Slice", "one column of three", x => x[0][^1, .., 2], [Any([2, 3, 4])], x => NaiveArray.Generate([3], i => x[0][1, i[0], 2])),
        Of("Slice", "flipped", x => x[0].Flip(0, -1), [Any([2, 3, 4])], x => NaiveArray.Generate([2, 3, 4], i => x[0][1 - i[0], i[1], 3 - i[2]])),
        Of("Slice", "split and joined in another order", x => x[0].Split(2, 1) is var parts ? Tensor.Concat([parts[2], parts[0] * parts[1]], -1) : x[0], [Any([2, 5])],
            x => NaiveArray.Generate([2, 3], i => i[1] == 0 ? x[0][i[0], 4] : x[0][i[0], i[1] - 1] * x[0][i[0], i[1] + 1])),
        Of("Slice", "the diagonal above", x => x[0].Diag(1), [Any([3, 4])], x => NaiveArray.Generate([3], i => x[0][i[0], i[0] + 1])),
        Of("Slice", "the diagonal below", x => x[0].Diag(-1), [Any([4, 2])], x => NaiveArray.Generate([2], i => x[0][i[0] + 1, i[0]])),
        Of("Unslice", "into every other row", x => new Unslice(x[0], [4, 5], [1, 0], [2, 2]).Apply(), [Any([2, 3])],
            x => NaiveArray.Generate([4, 5], i => i[0] % 2 == 1 && i[1] % 2 == 0 ? x[0][i[0] / 2, i[1] / 2] : 0)),
        Of("Unslice", "into a diagonal", x => x[0].Diag(), [Any([3])], x => NaiveArray.Generate([3, 3], i => i[0] == i[1] ? x[0][i[0]] : 0)),
        Of("Unslice", "into a diagonal below", x => x[0].Diag(-2), [Any([2])], x => NaiveArray.Generate([4, 4], i => i[0] == i[1] + 2 ? x[0][i[1]] : 0)),
        Of("Concat", "along rows", x => Tensor.Concat(x), [Any([2, 3]), Any([1, 3])],
            x => NaiveArray.Generate([3, 3], i => i[0] < 2 ? x[0][i] : x[1][i[0] - 2, i[1]])),
        Of("Concat", "along the last of three", x => Tensor.Concat(x, -1), [Any([2, 2, 1]), Any([2, 2, 3])],
            x => NaiveArray.Generate([2, 2, 4], i => i[2] < 1 ? x[0][i] : x[1][i[0], i[1], i[2] - 1])),
        Of("Concat", "stacked", x => Tensor.Stack(x, 1), [Any([2, 3]), Any([2, 3])],
            x => NaiveArray.Generate([2, 2, 3], i => x[i[1]][i[0], i[2]])),
        Of("IndexSelect", "rows, one twice", x => x[0].IndexSelect(0, Tensor.Indices(2, 0, 2)), [Any([3, 4])],
            x => NaiveArray.Generate([3, 4], i => x[0][i[0] == 1 ? 0 : 2, i[1]])),
        Of("IndexSelect", "in the middle", x => x[0].IndexSelect(-2, Tensor.Indices(1, 1)), [Any([2, 3, 2])],
            x => NaiveArray.Generate([2, 2, 2], i => x[0][i[0], 1, i[2]])),
        Of("IndexSelect", "by a mask of rows", x => x[0][Tensor.Mask(true, false, true)], [Any([3, 4])], x => NaiveArray.Generate([2, 4], i => x[0][2 * i[0], i[1]])),
        Of("IndexSelect", "by a mask of elements", x => x[0][Tensor.Mask([false, true, true, true, false, false], [2, 3])], [Any([2, 3])],
            x => NaiveArray.Generate([3], i => x[0].Data[i[0] + 1])),
        Of("IndexSelect", "by a mask between indices", x => x[0][1, Tensor.Mask([true, false, false, true], [2, 2]), 1..], [Any([2, 2, 2, 3])],
            x => NaiveArray.Generate([2, 2], i => x[0][1, i[0], i[0], i[1] + 1])),
        Of("IndexAdd", "rows, one twice", x => new IndexAdd(x[0], 0, Tensor.Indices(2, 0, 2), [4, 2]).Apply(), [Any([3, 2])],
            x => NaiveArray.Generate([4, 2], i => i[0] switch { 0 => x[0][1, i[1]], 2 => x[0][0, i[1]] + x[0][2, i[1]], _ => 0 })),
        Of("Gather", "along columns", x => x[0].Gather(1, Tensor.Indices([0, 3, 3, 1, 2, 2], [3, 2])), [Any([3, 4])],
            x => NaiveArray.Generate([3, 2], i => x[0][i[0], new[,] { { 0, 3 }, { 3, 1 }, { 2, 2 } }[i[0], i[1]]])),
        Of("Gather", "along rows of fewer columns", x => x[0].Gather(0, Tensor.Indices([2, 0], [1, 2])), [Any([3, 4])],
            x => NaiveArray.Generate([1, 2], i => x[0][i[1] == 0 ? 2 : 0, i[1]])),
        Of("Gather", "sorted along rows", x => x[0].Sort().Values, [Any([3, 4])], x => x[0].AlongLines(1, line => [.. line.Order()])),
        Of("Gather", "sorted from the largest", x => x[0].Sort(1, descending: true).Values, [Any([2, 3, 2])], x => x[0].AlongLines(1, line => [.. line.OrderDescending()])),
        Of("Gather", "the two largest", x => x[0].TopK(2).Values, [Any([3, 4])],
            x => NaiveArray.Generate([3, 2], i => Enumerable.Range(0, 4).Select(j => x[0][i[0], j]).OrderDescending().ElementAt(i[1]))),
        Of("Gather", "the two smallest", x => x[0].TopK(2, 0, largest: false).Values, [Any([4, 3])],
            x => NaiveArray.Generate([2, 3], i => Enumerable.Range(0, 4).Select(j => x[0][j, i[1]]).Order().ElementAt(i[0]))),
        Of("ScatterAdd", "along columns", x => new ScatterAdd(x[0], 1, Tensor.Indices([0, 3, 0, 1, 1, 2], [2, 3]), [2, 4]).Apply(), [Any([2, 3])],
            x => NaiveArray.Generate([2, 4], i => (i[0], i[1]) switch
            {
                (0, 0) => x[0][0, 0] + x[0][0, 2],
                (0, 3) => x[0][0, 1],
                (1, 1) => x[0][1, 0] + x[0][1, 1],
                (1, 2) => x[0][1, 2],
                _ => 0,
            })),
        Of("Where", "of one shape", x => Tensor.Where(Tensor.Mask([true, false, true, true, false, false], [2, 3]), x[0], x[1]), [Any([2, 3]), Any([2, 3])],
            x => NaiveArray.Generate([2, 3], i => new[,] { { true, false, true }, { true, false, false } }[i[0], i[1]] ? x[0][i] : x[1][i])),
        Of("Where", "with broadcasting", x => Tensor.Where(Tensor.Mask([true, false], [2, 1]), x[0], x[1]), [Any([3]), Any([2, 1, 1])],
            x => NaiveArray.Generate([2, 2, 3], i => i[1] == 0 ? x[0].Broadcast(i) : x[1].Broadcast(i))),
        Of("Where", "the lower triangle", x => x[0].Tril(-1), [Any([2, 3, 4])], x => NaiveArray.Generate([2, 3, 4], i => i[2] < i[1] ? x[0][i] : 0)),
        Of("Where", "the upper triangle", x => x[0].Triu(1), [Any([4, 3])], x => NaiveArray.Generate([4, 3], i => i[1] > i[0] ? x[0][i] : 0)),
        Of("Where", "filled by a mask", x => x[0].MaskedFill(Tensor.Mask([true, false], [2, 1]), 0.25), [Any([3])],
            x => NaiveArray.Generate([2, 3], i => i[0] == 0 ? 0.25 : x[0][i[1]])),
        Of("Multiply", "of an outer product", x => x[0].Outer(x[1]), [Any([3]), Any([4])], x => NaiveArray.Generate([3, 4], i => x[0][i[0]] * x[1][i[1]])),
        Of("Multiply", "of an inner product", x => x[0].Dot(x[1]), [Any([4]), Any([4])], x => NaiveArray.Generate([], _ => x[0].Data.Zip(x[1].Data, (a, b) => a * b).Sum())),
        Of("Center", "over the batch", x => new Center(x[0], [0]).Apply(), [Any([5, 3])], x => x[0].AlongLines(0, line => [.. line.Select(v => v - line.Average())])),
        Of("Center", "over the features", x => new Center(x[0], [2]).Apply(), [Any([2, 3, 4])], x => x[0].AlongLines(2, line => [.. line.Select(v => v - line.Average())])),
        Of("Normalize", "over the batch", x => new Normalize(x[0], [0], 1e-5).Apply(), [Any([5, 3])], x => x[0].AlongLines(0, line => Standard(line, 1e-5))),
        Of("Normalize", "over the features", x => new Normalize(x[0], [2], 0.01).Apply(), [Any([2, 3, 4])], x => x[0].AlongLines(2, line => Standard(line, 0.01))),
        Of("SoftmaxCrossEntropy", "of rows", x => new SoftmaxCrossEntropy(x[0], Tensor.Indices(3, 0, 2)).Apply(), [Any([3, 4])],
            x => NaiveArray.Generate([3], i => Math.Log(Enumerable.Range(0, 4).Sum(j => Math.Exp(x[0][i[0], j]))) - x[0][i[0], new[] { 3, 0, 2 }[i[0]]])),
        Of("BinaryCrossEntropy", "of probabilities", x => new BinaryCrossEntropy(x[0], x[1]).Apply(), [Probability([3, 4]), Probability([3, 4])],
            x => NaiveArray.Zip(x[0], x[1], (p, t) => -(t * Math.Log(p) + (1 - t) * Math.Log(1 - p)))),
        Of("BinaryCrossEntropy", "with one target", x => new BinaryCrossEntropy(x[0], x[1]).Apply(), [Probability([3, 2]), Probability([2])],
            x => NaiveArray.Zip(x[0], x[1], (p, t) => -(t * Math.Log(p) + (1 - t) * Math.Log(1 - p)))),
        Of("BinaryCrossEntropyWithLogits", "weighing the positive", x => new BinaryCrossEntropyWithLogits(x[0], x[1], Tensor.From([1.5, 3], x[0].DType)).Apply(),
            [Any([3, 2]), Probability([3, 2])], x => NaiveArray.Generate([3, 2], i => LogitLoss(x[0][i], x[1][i], i[1] == 0 ? 1.5 : 3))),
        Of("BinaryCrossEntropyWithLogits", "with one target", x => new BinaryCrossEntropyWithLogits(x[0], x[1], Tensor.From(1, x[0].DType)).Apply(),
            [Any([3, 2]), Probability([2])], x => NaiveArray.Zip(x[0], x[1], (z, t) => LogitLoss(z, t, 1))),
        Of("Cast", "to the type it has", x => new Cast(x[0], DType.Float64).Apply(), [Any([2, 3])], x => x[0]),
    ];

    public static IReadOnlyList<OperationError> Errors { get; } =
    [
        .. new (string Operation, Func<Tensor, Tensor> Run)[]
        {
            ("Negate", x => -x), ("Abs", x => x.Abs()), ("Exp", x => x.Exp()), ("Log", x => x.Log()), ("Sqrt", x => x.Sqrt()),
            ("Square", x => x.Square()), ("Reciprocal", x => x.Reciprocal()), ("Sin", x => x.Sin()), ("Cos", x => x.Cos()),
            ("Tanh", x => x.Tanh()), ("Erf", x => x.Erf()), ("Sigmoid", x => x.Sigmoid()), ("ReLU", x => x.ReLU()),
            ("LeakyReLU", x => x.LeakyReLU()), ("ELU", x => x.ELU()), ("Swish", x => x.SiLU()), ("GELU", x => x.GELU()),
            ("GELUTanh", x => x.GELU(tanh: true)), ("Softplus", x => x.Softplus()), ("Clamp", x => x.Clamp(0, 1)),
            ("Tan", x => x.Tan()), ("Atan", x => x.Atan()), ("Rsqrt", x => x.Rsqrt()), ("Floor", x => x.Floor()), ("Ceil", x => x.Ceil()), ("Round", x => x.Round()),
            ("Huber", x => new Huber(x, 1).Apply()), ("SmoothL1", x => new SmoothL1(x, 1).Apply()),
            ("Log1p", x => x.Log1p()), ("Expm1", x => x.Expm1()), ("Sinh", x => x.Sinh()), ("Cosh", x => x.Cosh()), ("LogSigmoid", x => x.LogSigmoid()),
            ("Sum", x => new Sum(x, [0], false).Apply()), ("Mean", x => new Mean(x, [0], false).Apply()), ("Extreme", x => x.AMax()), ("Variance", x => x.Var()),
            ("Norm", x => x.Norm()), ("CumSum", x => new CumSum(x, 0).Apply()),
            ("StandardDeviation", x => x.Std()), ("LogSumExp", x => x.LogSumExp(default)),
            ("Softmax", x => x.Softmax(0)), ("LogSoftmax", x => x.LogSoftmax(0)),
        }.Select(entry => Error(entry.Operation, "of integers", () => entry.Run(Tensor.Indices(1, 2, 3)), "Int64")),

        .. new (string Operation, Func<Tensor, Tensor, Tensor> Run)[]
        {
            ("Add", (a, b) => a + b), ("Subtract", (a, b) => a - b), ("Multiply", (a, b) => a * b), ("Divide", (a, b) => a / b),
            ("Power", (a, b) => a.Pow(b)), ("Maximum", Tensor.Maximum), ("Minimum", Tensor.Minimum),
        }.SelectMany(entry => new[]
        {
            Error(entry.Operation, "of shapes that do not broadcast", () => entry.Run(Tensor.Zeros([2, 3]), Tensor.Zeros([2])), entry.Operation, "(2, 3)", "(2,)"),
            Error(entry.Operation, "of two types", () => entry.Run(Tensor.Zeros([2], DType.Float32), Tensor.Zeros([2], DType.Float64)), entry.Operation, "Float32", "Float64", ".To("),
        }),

        .. new (string Operation, Func<Tensor, Tensor> Run)[]
        {
            ("Sum", x => x.Sum(2)), ("Mean", x => x.Mean(-3)), ("Extreme", x => x.AMin(2)), ("Variance", x => x.Var(2)),
            ("StandardDeviation", x => x.Std(-3)), ("LogSumExp", x => x.LogSumExp(2)), ("Softmax", x => x.Softmax(2)),
            ("LogSoftmax", x => x.LogSoftmax(-3)), ("Norm", x => x.Norm(2, 2)), ("CumSum", x => x.CumSum(2)),
        }.Select(entry => Error(entry.Operation, "over a dimension that is not there", () => entry.Run(Tensor.Zeros([2, 3])), "(2, 3)", "dimension")),

        Error("CumSum", "made along a dimension that is not there", () => new CumSum(Tensor.Zeros([2, 3]), -1).Apply(), "CumSum", "dimension -1", "(2, 3)", "0 to 1"),
        Error("Identity", "of null", () => new Identity(null!).Apply(), "Identity"),
        Error("MatMul", "of inner sizes that differ", () => Tensor.Zeros([32, 64]).MatMul(Tensor.Zeros([32, 10])), "MatMul", "(32, 64)", "(32, 10)", "Transpose"),
        Error("MatMul", "of batches that differ", () => Tensor.Zeros([2, 3, 4]).MatMul(Tensor.Zeros([3, 4, 2])), "MatMul", "batch"),
        Error("MatMul", "of scalars", () => Tensor.Zeros([]).MatMul(Tensor.Zeros([2])), "MatMul", "()"),
        Error("MatMul", "of two types", () => Tensor.Zeros([2, 2], DType.Float32).MatMul(Tensor.Zeros([2, 2], DType.Float64)), "MatMul", "Float32", "Float64"),
        Error("Linear", "of features that differ", () => Tensor.Zeros([5, 3]).Linear(Tensor.Zeros([2, 4]), null), "Linear", "(5, 3)", "(2, 4)"),
        Error("Linear", "with a bias that does not fit", () => Tensor.Zeros([5, 3]).Linear(Tensor.Zeros([2, 3]), Tensor.Zeros([3])), "Linear", "bias", "(3,)"),
        Error("Reshape", "to another number of elements", () => Tensor.Zeros([2, 3]).Reshape([4]), "Reshape", "(2, 3)", "(4,)"),
        Error("Reshape", "with two unknown sizes", () => Tensor.Zeros([2, 3]).Reshape([-1, -1]), "Reshape", "-1"),
        Error("Reshape", "made with fewer elements", () => new Reshape(Tensor.Zeros([6]), [2]).Apply(), "Reshape", "(6,)", "6 elements", "(2,)", "has 2"),
        Error("Reshape", "made with a negative size", () => new Reshape(Tensor.Zeros([6]), [-2, -3]).Apply(), "Reshape", "(-2, -3)", "negative size -2"),
        Error("Permute", "made with a dimension that is not there", () => new Permute(Tensor.Zeros([2, 3]), [0, 2]).Apply(), "Permute", "(0, 2)", "(2, 3)", "once"),
        Error("Permute", "made with too few dimensions", () => new Permute(Tensor.Zeros([2, 3]), [0]).Apply(), "Permute", "(0)", "2 dimensions", "(2, 3)"),
        Error("Permute", "with a dimension twice", () => Tensor.Zeros([2, 3]).Permute(0, 0), "Permute", "(2, 3)"),
        Error("Expand", "of a size that is not 1", () => Tensor.Zeros([2, 3]).Expand([4, 3]), "Expand", "(2, 3)", "(4, 3)"),
        Error("SumTo", "a shape that does not broadcast", () => new SumTo(Tensor.Zeros([2, 3]), [2]).Apply(), "SumTo", "(2, 3)", "(2,)"),
        Error("Slice", "with too many indices", () => _ = Tensor.Zeros([2, 3])[0, 0, 0], "(2, 3)"),
        Error("Slice", "outside", () => _ = Tensor.Zeros([2, 3])[2], "2", "(2, 3)"),
        Error("Slice", "made with a start outside", () => new Slice(Tensor.Zeros([2, 3]), [0, 3], [1, 1], [2, 1]).Apply(), "Slice", "(2, 1)", "(2, 3)", "dimension 1", "from 3 to 3"),
        Error("Slice", "made with a negative start", () => new Slice(Tensor.Zeros([2, 3]), [1, -1], [1, 1], [1, 2]).Apply(), "Slice", "dimension 1", "from -1 to 0"),
        Error("Slice", "made with a part that ends outside", () => new Slice(Tensor.Zeros([2, 3]), [0, 1], [1, 2], [1, 2]).Apply(), "Slice", "dimension 1", "from 1 to 3", "0 … 2"),
        Error("Slice", "made to run out backwards", () => new Slice(Tensor.Zeros([2, 3]), [0, 1], [1, -1], [1, 3]).Apply(), "Slice", "dimension 1", "from 1 to -1"),
        Error("Slice", "made with a step of 0", () => new Slice(Tensor.Zeros([2, 3]), [0, 0], [1, 0], [2, 3]).Apply(), "Slice", "step", "dimension 1", "0"),
        Error("Slice", "made with a negative size", () => new Slice(Tensor.Zeros([2, 3]), [0, 0], [1, 1], [2, -1]).Apply(), "Slice", "(2, -1)", "negative size -1"),
        Error("Slice", "made with too few starts", () => new Slice(Tensor.Zeros([2, 3]), [0], [1, 1], [2, 3]).Apply(), "Slice", "1 starts", "2 steps", "2 dimensions"),
        Error("Unslice", "of a part that does not fit", () => new Unslice(Tensor.Zeros([3, 2]), [2, 2], [0, 0], [1, 1]).Apply(),
            "Unslice", "(3, 2)", "(2, 2)", "dimension 0", "from 0 to 2"),
        Error("Unslice", "of another rank", () => new Unslice(Tensor.Zeros([2]), [2, 2], [0, 0], [1, 1]).Apply(), "Unslice", "(2,)", "(2, 2)", "2 dimensions"),
        Error("Concat", "of shapes that differ elsewhere", () => Tensor.Concat([Tensor.Zeros([2, 3]), Tensor.Zeros([2, 4])]), "Concat", "(2, 3)", "(2, 4)"),
        Error("Concat", "made along a dimension that is not there", () => new Concat([Tensor.Zeros([2]), Tensor.Zeros([2])], -1).Apply(), "Concat", "dimension -1", "(2,)", "0 to 0"),
        Error("Concat", "of nothing", () => Tensor.Concat([]), "Concat"),
        Error("IndexSelect", "outside", () => Tensor.Zeros([2, 3]).IndexSelect(0, Tensor.Indices(2)), "IndexSelect", "2"),
        Error("IndexSelect", "by numbers that are no indices", () => Tensor.Zeros([2, 3]).IndexSelect(0, Tensor.Zeros([1])), "IndexSelect", "Int64"),
        Error("IndexSelect", "made along a dimension that is not there", () => new IndexSelect(Tensor.Zeros([2, 3]), -1, Tensor.Indices(0)).Apply(), "IndexSelect", "dimension -1", "(2, 3)", "0 to 1"),
        Error("IndexSelect", "made with an index out of range", () => new IndexSelect(Tensor.Zeros([2, 3]), 0, Tensor.Indices(1, -1)).Apply(), "IndexSelect", "index -1", "element 1", "0 … 1"),
        Error("IndexSelect", "made with a matrix of positions", () => new IndexSelect(Tensor.Zeros([2, 3]), 0, Tensor.Indices([0, 1], [1, 2])).Apply(), "IndexSelect", "(1, 2)", "vector"),
        Error("IndexSelect", "made without positions", () => new IndexSelect(Tensor.Zeros([2, 3]), 0, null!).Apply(), "index"),
        Error("IndexAdd", "at an index out of range", () => new IndexAdd(Tensor.Zeros([1, 3]), 0, Tensor.Indices(2), [2, 3]).Apply(), "IndexAdd", "index 2", "0 … 1", "(2, 3)"),
        Error("IndexAdd", "of slices that do not fit", () => new IndexAdd(Tensor.Zeros([1, 4]), 0, Tensor.Indices(0), [2, 3]).Apply(), "IndexAdd", "(1, 4)", "(2, 3)", "(1, 3)"),
        Error("IndexAdd", "of fewer slices than positions", () => new IndexAdd(Tensor.Zeros([1, 3]), 0, Tensor.Indices(0, 1), [2, 3]).Apply(), "IndexAdd", "(1, 3)", "2 indices"),
        Error("IndexAdd", "by numbers that are no indices", () => new IndexAdd(Tensor.Zeros([1]), 0, Tensor.Zeros([1]), [2]).Apply(), "IndexAdd", "Int64"),
        Error("IndexAdd", "of integers", () => new IndexAdd(Tensor.Indices(1), 0, Tensor.Indices(0), [2]).Apply(), "IndexAdd", "Int64"),
        Error("Gather", "outside", () => Tensor.Zeros([2, 3]).Gather(1, Tensor.Indices([3], [1, 1])), "Gather", "3"),
        Error("Gather", "by an index of another rank", () => Tensor.Zeros([2, 3]).Gather(1, Tensor.Indices(1)), "Gather", "(2, 3)", "(1,)"),
        Error("Gather", "made with an index out of range", () => new Gather(Tensor.Zeros([2, 3]), 1, Tensor.Indices([3], [1, 1])).Apply(), "Gather", "index 3", "0 … 2"),
        Error("Gather", "made with a larger index", () => new Gather(Tensor.Zeros([2, 3]), 1, Tensor.Indices([0, 0, 0], [3, 1])).Apply(), "Gather", "(3, 1)", "(2, 3)", "dimension 0"),
        Error("Gather", "made along a dimension that is not there", () => new Gather(Tensor.Zeros([2, 3]), 2, Tensor.Indices([0], [1, 1])).Apply(), "Gather", "dimension 2", "(2, 3)", "0 to 1"),
        Error("ScatterAdd", "at an index out of range", () => new ScatterAdd(Tensor.Zeros([1, 1]), 1, Tensor.Indices([3], [1, 1]), [2, 3]).Apply(), "ScatterAdd", "index 3", "0 … 2"),
        Error("ScatterAdd", "of more elements than positions", () => new ScatterAdd(Tensor.Zeros([2, 1]), 1, Tensor.Indices([0], [1, 1]), [2, 3]).Apply(), "ScatterAdd", "(2, 1)", "(1, 1)"),
        Error("ScatterAdd", "by an index of another rank", () => new ScatterAdd(Tensor.Zeros([1]), 0, Tensor.Indices(0), [2, 3]).Apply(), "ScatterAdd", "(1,)", "(2, 3)"),
        Error("ScatterAdd", "of integers", () => new ScatterAdd(Tensor.Indices(1), 0, Tensor.Indices(0), [2]).Apply(), "ScatterAdd", "Int64"),
        Error("Where", "by numbers", () => Tensor.Where(Tensor.Zeros([2]), Tensor.Zeros([2]), Tensor.Zeros([2])), "Where", "Bool"),
        Error("Where", "of shapes that do not broadcast", () => Tensor.Where(Tensor.Mask(true, false), Tensor.Zeros([3]), Tensor.Zeros([3])), "Where", "(3,)", "(2,)"),
        Error("Center", "of integers", () => new Center(Tensor.Indices(1, 2), [0]).Apply(), "Int64"),
        Error("Center", "over a dimension that is not there", () => new Center(Tensor.Zeros([2, 3]), [2]).Apply(), "dimension 2", "(2, 3)"),
        Error("Normalize", "of integers", () => new Normalize(Tensor.Indices(1, 2), [0], 1e-5).Apply(), "Int64"),
        Error("SoftmaxCrossEntropy", "of a class outside", () => new SoftmaxCrossEntropy(Tensor.Zeros([2, 3]), Tensor.Indices(0, 3)).Apply(), "3"),
        Error("BinaryCrossEntropy", "of integers", () => new BinaryCrossEntropy(Tensor.Indices(1), Tensor.Indices(1)).Apply(), "Int64"),
        Error("BinaryCrossEntropyWithLogits", "of two types", () => new BinaryCrossEntropyWithLogits(
            Tensor.Zeros([2], DType.Float32), Tensor.Zeros([2], DType.Float64), Tensor.From(1)).Apply(), "Float32", "Float64"),
        Error("Cast", "of a tensor whose gradient is wanted, to integers", () =>
        {
            using var autograd = new Autograd();
            autograd.Backward(Any([2]).To(DType.Int64));
        }, "Int64"),
    ];

    /// <summary>The cases of the operations that are asked for, under their names.</summary>
    public static IEnumerable<TestCaseData> CasesOf(Func<Type, bool> asked)
    {
        HashSet<string> names = [.. Library.Where(asked).Select(type => type.Name)];
        return Cases.Where(c => names.Contains(c.Operation)).Select(c => new TestCaseData(c).SetArgDisplayNames(c.ToString()));
    }

    /// <summary>A leaf of the same values, so that a test can write to its gradient.</summary>
    public static Tensor Fresh(Tensor input) => Fresh(input, input.RequiresGrad);

    /// <summary>The same, asked for a gradient or not.</summary>
    public static Tensor Fresh(Tensor input, bool requiresGrad)
    {
        Tensor copy = input.Clone();
        copy.RequiresGrad = requiresGrad;
        return copy;
    }

    static OperationCase Of(string operation, string name, Func<Tensor[], Tensor> run, Tensor[] inputs, Func<NaiveArray[], NaiveArray> value,
        [CallerArgumentExpression(nameof(run))] string code = "") =>
        new(operation, name, run, inputs, value, code);

    static OperationError Error(string operation, string name, Action run, params string[] names) => new(operation, name, run, names);

    static IEnumerable<OperationCase> Pointwise(
        string operation, Func<Tensor, Tensor> run, Func<double, double> value, Func<int[], Tensor>? input = null, string name = "of",
        [CallerArgumentExpression(nameof(run))] string code = "")
    {
        foreach (int[] shape in new int[][] { [], [5], [3, 4], [2, 3, 2] })
            yield return Of(operation, $"{name} {(Shape)shape}", x => run(x[0]), [(input ?? Any)(shape)], x => x[0].Map(value), code);
    }

    static IEnumerable<OperationCase> Binary(
        string operation, Func<Tensor, Tensor, Tensor> run, Func<double, double, double> value, Func<int[], Tensor>? left = null,
        [CallerArgumentExpression(nameof(run))] string code = "")
    {
        foreach ((int[] a, int[] b) in new (int[], int[])[]
                 {
                     ([2, 3], [2, 3]), ([2, 3], [3]), ([3], [2, 3]), ([3, 1], [1, 4]), ([], [2, 3]), ([2, 3], []), ([2, 1, 3], [4, 1]), ([1], []),
                 })
            yield return Of(operation, $"of {(Shape)a} and {(Shape)b}", x => run(x[0], x[1]), [(left ?? Any)(a), Any(b)],
                x => NaiveArray.Zip(x[0], x[1], value), code);
    }

    static IEnumerable<OperationCase> Reduction(
        string operation, Func<Tensor, Dims, bool, Tensor> run, Func<double[], double> value, string name = "of",
        [CallerArgumentExpression(nameof(run))] string code = "")
    {
        foreach ((int[] shape, int[] dims, bool keep) in new (int[], int[], bool)[]
                 {
                     ([5], [0], false), ([3, 4], [], false), ([3, 4], [], true), ([3, 4], [0], false), ([3, 4], [-1], true),
                     ([2, 3, 4], [1], false), ([2, 3, 4], [0, 2], true), ([2, 3, 4], [-1, 1], false),
                 })
            yield return Of(operation, $"{name} {(Shape)shape} over [{string.Join(", ", dims)}]{(keep ? " kept" : "")}",
                x => run(x[0], dims, keep), [Any(shape)], x => x[0].Reduce(dims, keep, value), code);
    }

    static IEnumerable<OperationCase> Lines(string operation, Func<Tensor, int, Tensor> run, Func<double[], double[]> value,
        [CallerArgumentExpression(nameof(run))] string code = "")
    {
        foreach ((int[] shape, int dim) in new (int[], int)[] { ([5], 0), ([3, 4], 0), ([3, 4], -1), ([2, 3, 4], 1) })
            yield return Of(operation, $"of {(Shape)shape} along {dim}", x => run(x[0], dim), [Any(shape)], x => x[0].AlongLines(dim, value), code);
    }

    /// <summary>Values of either sign, 0.3 to 1.7 from zero and apart from each other: no kink or tie lies within a step.</summary>
    static Tensor Any(int[] shape) => Leaf(shape, random => (0.3 + 1.4 * random.NextDouble()) * (random.Next(2) == 0 ? 1 : -1));

    static Tensor Positive(int[] shape) => Leaf(shape, random => 0.3 + 1.4 * random.NextDouble());

    static Tensor Probability(int[] shape) => Leaf(shape, random => 0.1 + 0.8 * random.NextDouble());

    static Tensor Leaf(int[] shape, Func<Random, double> next)
    {
        var random = new Random(s_seed++);
        double[] values = [.. Enumerable.Range(0, ((Shape)shape).ElementCount).Select(_ => next(random))];
        Tensor leaf = Tensor.From(values, shape, DType.Float64);
        leaf.RequiresGrad = true;
        return leaf;
    }

    /// <summary>erf by quadrature of its defining integral.</summary>
    static double Integral(double x) =>
        2 / Math.Sqrt(Math.PI) * Integrate.GaussLegendre(t => Math.Exp(-t * t), 0, x, 64);

    static double Spread(double[] line, int divisor)
    {
        double mean = line.Sum() / line.Length;
        return line.Sum(v => (v - mean) * (v - mean)) / divisor;
    }

    static double[] Standard(double[] line, double epsilon)
    {
        double mean = line.Sum() / line.Length, deviation = Math.Sqrt(Spread(line, line.Length) + epsilon);
        return Array.ConvertAll(line, v => (v - mean) / deviation);
    }

    static double LogitLoss(double z, double t, double positive)
    {
        double p = 1 / (1 + Math.Exp(-z));
        return -(positive * t * Math.Log(p) + (1 - t) * Math.Log(1 - p));
    }

    static NaiveArray Turned(NaiveArray x) => NaiveArray.Generate([x.Shape[1], x.Shape[0]], i => x[i[1], i[0]]);

    /// <summary>NumPy's matmul: a vector is a row on the left and a column on the right; leading dimensions broadcast.</summary>
    static NaiveArray Product(NaiveArray a, NaiveArray b)
    {
        bool row = a.Rank == 1, column = b.Rank == 1;
        if (row) a = new([1, .. a.Shape], a.Data);
        if (column) b = new([.. b.Shape, 1], b.Data);
        int rank = Math.Max(a.Rank, b.Rank), m = a.Shape[^2], k = a.Shape[^1], n = b.Shape[^1];
        int[] batch = [.. Enumerable.Range(0, rank - 2).Select(d => Math.Max(Size(a, d), Size(b, d)))];
        NaiveArray c = NaiveArray.Generate([.. batch, m, n], i =>
            Enumerable.Range(0, k).Sum(l => a.Broadcast(NaiveArray.With(i, rank - 1, l)) * b.Broadcast(NaiveArray.With(i, rank - 2, l))));
        return new([.. batch, .. row ? Array.Empty<int>() : [m], .. column ? Array.Empty<int>() : [n]], c.Data);

        int Size(NaiveArray x, int d) => d < rank - x.Rank ? 1 : x.Shape[d - (rank - x.Rank)];
    }

    /// <summary>x·Wᵀ + b by its definition.</summary>
    static NaiveArray Affine(NaiveArray[] x)
    {
        int outputs = x[1].Shape[0], inputs = x[1].Shape[1];
        return NaiveArray.Generate([.. x[0].Shape[..^1], outputs], i =>
            Enumerable.Range(0, inputs).Sum(k => x[0][NaiveArray.With(i, i.Length - 1, k)] * x[1][i[^1], k]) + (x.Length > 2 ? x[2][i[^1]] : 0));
    }
}
