using MyTorch.Nn;

namespace TrainMlp;

/// <summary>The activations by the names of the command line.</summary>
internal static class Activations
{
    public static IReadOnlyList<string> Names { get; } = ["relu", "tanh", "sigmoid", "gelu", "silu", "leakyrelu", "elu", "softplus", "identity"];

    public static Func<Module> Factory(string name) => name switch
    {
        "relu" => () => new ReLU(),
        "tanh" => () => new Tanh(),
        "sigmoid" => () => new Sigmoid(),
        "gelu" => () => new GELU(),
        "silu" => () => new SiLU(),
        "leakyrelu" => () => new LeakyReLU(),
        "elu" => () => new ELU(),
        "softplus" => () => new Softplus(),
        "identity" => () => new Identity(),
        _ => throw new ArgumentException($"Unknown activation \"{name}\"; choose one of {string.Join(", ", Names)}.", nameof(name)),
    };
}
