using MyTorch;
using MyTorch.Nn;

namespace Interop;

/// <summary>A model to export and to run in both programs.</summary>
/// <param name="Name">How the table calls it.</param>
/// <param name="Make">Makes it, with parameters of the given type.</param>
/// <param name="Shape">The shape of one example.</param>
internal sealed record Case(string Name, Func<DType, Generator, Module> Make, params int[] Shape)
{
    /// <summary>The largest standard deviation of the inputs.</summary>
    public double LargestScale { get; init; } = 60;

    /// <summary>The number of categories, where the inputs are indices.</summary>
    public int? Categories => Make(DType.Float32, new Generator(0)).NamedModules().Select(named => named.Module).OfType<Embedding>().FirstOrDefault()?.Weight.Shape[0];

    static readonly int[] Row = [6], Sequence = [5, 6];

    /// <summary>Every layer of MyTorch.Nn with its options, for a row and for more dimensions, and models of several layers.</summary>
    public static IReadOnlyList<Case> All { get; } =
    [
        .. Both("Identity", (_, _) => new Identity()),
        .. Both("ReLU", (_, _) => new ReLU()),
        .. Both("LeakyReLU", (_, _) => new LeakyReLU()),
        .. Both("LeakyReLU(0.3)", (_, _) => new LeakyReLU(0.3)),
        .. Both("LeakyReLU(-1.5)", (_, _) => new LeakyReLU(-1.5)),
        .. Both("ELU", (_, _) => new ELU()),
        .. Both("ELU(0.7)", (_, _) => new ELU(0.7)),
        .. Both("ELU(-2)", (_, _) => new ELU(-2)),
        .. Both("GELU", (_, _) => new GELU()),
        .. Both("GELU(tanh)", (_, _) => new GELU(tanh: true)),
        .. Both("SiLU", (_, _) => new SiLU()),
        .. Both("Swish", (_, _) => new Swish()),
        .. Both("Swish(1.7)", (_, _) => new Swish(1.7)),
        .. Both("Swish(-0.3)", (_, _) => new Swish(-0.3)),
        .. Both("Swish(0)", (_, _) => new Swish(0)),
        .. Both("Sigmoid", (_, _) => new Sigmoid()),
        .. Both("Tanh", (_, _) => new Tanh()),
        .. Both("Softplus", (_, _) => new Softplus()),
        .. Both("Softplus(2.5)", (_, _) => new Softplus(2.5)),
        .. Both("Softplus(-1)", (_, _) => new Softplus(-1)),
        .. Both("Softplus(1, 0.5)", (_, _) => new Softplus(1, 0.5)),
        .. Both("Softplus(1, ∞)", (_, _) => new Softplus(1, double.PositiveInfinity)),
        .. Both("Softmax", (_, _) => new Softmax()),
        .. Both("Softmax(0)", (_, _) => new Softmax(0)),
        .. Both("Softmax(1)", (_, _) => new Softmax(1)),
        .. Both("LogSoftmax", (_, _) => new LogSoftmax()),
        .. Both("LogSoftmax(-2)", (_, _) => new LogSoftmax(-2)),
        .. Both("LogSoftmax(1)", (_, _) => new LogSoftmax(1)),
        .. Both("Dropout(0.5)", (_, _) => new Dropout(0.5)),
        .. Both("Dropout(1)", (_, _) => new Dropout(1)),
        .. Both("Linear(6, 4)", (dtype, random) => new Linear(6, 4, dtype: dtype, generator: random)),
        .. Both("Linear(6, 1, no bias)", (dtype, random) => new Linear(6, 1, bias: false, dtype, random)),
        // ONNX Runtime adds the 2,000 terms one after another in Float32, so larger ones that cancel would show its rounding.
        new("Linear(2000, 3)", (dtype, random) => new Linear(2000, 3, dtype: dtype, generator: random), 2000) { LargestScale = 8 },
        new("BatchNorm1d(6)", (dtype, random) => Trained(new BatchNorm1d(6, dtype: dtype), random), 6),
        new("BatchNorm1d(6, ε 0.1)", (dtype, random) => Trained(new BatchNorm1d(6, epsilon: 0.1, dtype: dtype), random), 6),
        new("BatchNorm1d(6, plain)", (dtype, random) => Trained(new BatchNorm1d(6, affine: false, dtype: dtype), random), 6),
        new("BatchNorm1d(6)", (dtype, random) => Trained(new BatchNorm1d(6, dtype: dtype), random), 6, 3),
        new("BatchNorm1d(6, plain)", (dtype, random) => Trained(new BatchNorm1d(6, affine: false, dtype: dtype), random), 6, 3),
        .. Both("LayerNorm(6)", (dtype, random) => Trained(new LayerNorm([6], dtype: dtype), random)),
        .. Both("LayerNorm(6, plain)", (dtype, random) => Trained(new LayerNorm([6], affine: false, dtype: dtype), random)),
        new("LayerNorm(5, 6, ε 0.01)", (dtype, random) => Trained(new LayerNorm([5, 6], 0.01, dtype: dtype), random), Sequence),
        .. Both("Flatten", (_, _) => new Flatten()),
        .. Both("Flatten(0)", (_, _) => new Flatten(0)),
        .. Both("Residual", (dtype, random) => new Residual(new Sequential(new Linear(6, 6, dtype: dtype, generator: random), new Tanh()))),
        .. Both("Residual, shortcut", (dtype, random) => new Residual(
            new Sequential(new Linear(6, 3, dtype: dtype, generator: random), new ReLU()), new Linear(6, 3, dtype: dtype, generator: random))),
        new("Embedding(9, 4)", (dtype, random) => new Embedding(9, 4, dtype: dtype, generator: random)),
        new("Embedding, Flatten, Linear", (dtype, random) => new Sequential(
            new Embedding(9, 4, paddingIndex: 2, dtype: dtype, generator: random), new Flatten(), new Linear(12, 2, dtype: dtype, generator: random)), 3),
        .. Both("Sequential()", (_, _) => new Sequential()),
        .. Both("Sequential of Sequential", (dtype, random) => new Sequential(
            new Sequential(new Linear(6, 8, dtype: dtype, generator: random), new Tanh(), new Dropout()), new ELU(),
            new Sequential(new Linear(8, 3, dtype: dtype, generator: random)))),
        new("one layer twice", (dtype, random) => new Linear(6, 6, dtype: dtype, generator: random) is var layer
            ? new Sequential(layer, new GELU(tanh: true), layer)
            : throw new InvalidOperationException(), Row),
        .. from activation in new Func<Module>[] { () => new ReLU(), () => new Tanh(), () => new GELU(), () => new SiLU() }
           select new Case($"MLP(6-16-8-3, {activation().Describe()})",
               (dtype, random) => new MLP(6, [16, 8], 3, activation, dtype, random), Row),
        new("a deep network", (dtype, random) => Trained(new Sequential(
            new Linear(6, 32, dtype: dtype, generator: random), new BatchNorm1d(32, dtype: dtype), new LeakyReLU(0.1), new Dropout(0.2),
            new Linear(32, 32, dtype: dtype, generator: random), new LayerNorm([32], dtype: dtype), new Softplus(0.5), new Dropout(0.2),
            new Linear(32, 4, dtype: dtype, generator: random), new LogSoftmax()), random), Row),
    ];

    static Case[] Both(string name, Func<DType, Generator, Module> make) => [new(name, make, Row), new(name, make, Sequence)];

    // Parameters and running estimates that are neither 0 nor 1.
    static Module Trained(Module module, Generator random)
    {
        foreach ((string name, Tensor tensor) in module.NamedParameters().Concat(module.NamedBuffers()).Where(named => named.Tensor.DType != DType.Int64))
            tensor.CopyFrom(name.EndsWith("running_var", StringComparison.Ordinal)
                ? Tensor.Rand(tensor.Shape, tensor.DType, random) * 3 + 0.1
                : Tensor.Randn(tensor.Shape, tensor.DType, random) * 0.7);
        return module;
    }
}
