using MyTorch.Nn;

namespace TrainMlp;

/// <summary>The activations by the names the user types.</summary>
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
        _ => throw new ArgumentException($"There is no activation \"{name}\"; there are {string.Join(", ", Names)}.", nameof(name)),
    };
}
