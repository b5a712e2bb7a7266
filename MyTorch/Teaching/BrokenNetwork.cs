using MyTorch.Data;
using MyTorch.Diagnostics;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Teaching;

/// <summary>
/// A network that does not learn, for the learner to find out why. Its fault is built in; <see cref="NetworkDiagnosis"/> confirms it.
/// <code>
/// BrokenNetwork patient = BrokenNetwork.All[0];
/// FourLines loop = patient.Begin();
/// for (int i = 0; i &lt; BrokenNetwork.Steps; i++) loop.Step();
/// Console.WriteLine(patient.Diagnose(loop));
/// </code>
/// </summary>
public sealed class BrokenNetwork
{
    /// <summary>The steps after which a network is diagnosed.</summary>
    public const int Steps = 40;

    static readonly Lazy<(Tensor Inputs, Tensor Labels)> s_data = new(() =>
    {
        Dataset spirals = Dataset.Spirals(perClass: 20, noise: 0.05, seed: 5, dtype: DType.Float64);
        return (spirals.Inputs, spirals.Labels);
    });

    readonly Func<Module[]> _layers;
    readonly LoopMistake _mistake;
    readonly double _rate, _scale;

    BrokenNetwork(
        NetworkFault fault, string symptom, Func<Module[]> layers, double rate = 0.5, LoopMistake mistake = LoopMistake.None, double scale = 1)
    {
        (Fault, Symptom) = (fault, symptom);
        (_layers, _rate, _mistake, _scale) = (layers, rate, mistake, scale);
    }

    /// <summary>What is wrong with it.</summary>
    public NetworkFault Fault { get; }

    /// <summary>What a user would report, which does not name the fault.</summary>
    public string Symptom { get; }

    /// <summary>The networks, the easier faults first.</summary>
    public static IReadOnlyList<BrokenNetwork> All { get; } =
    [
        new(NetworkFault.LearningRateTooLarge, "The loss jumps up and down and ends far above where it began.", () => Layers(1, () => new Tanh()), rate: 60),
        new(NetworkFault.LearningRateTooSmall, "The loss is the same to the fourth digit after forty steps.", () => Layers(2, () => new Tanh()), rate: 1e-5),
        new(NetworkFault.DeadReLU, "The loss falls to that of a guess and stays there; boundary and neurons look empty.", () =>
        {
            Module[] layers = Layers(3, () => new ReLU());
            Init.Constant(((Linear)layers[0]).Bias!, -5);
            return layers;
        }),
        new(NetworkFault.SameNeurons, "The loss stays at the logarithm of 2, and all neurons show the same picture.", () =>
        {
            Module[] layers = Layers(4, () => new Tanh());
            foreach (Linear linear in layers.OfType<Linear>()) Init.Zeros(linear.Weight);
            foreach (Linear linear in layers.OfType<Linear>()) Init.Zeros(linear.Bias!);
            return layers;
        }),
        new(NetworkFault.Saturated, "Every neuron says 1 or −1, nothing between, and the first layer hardly moves.", () =>
        {
            Module[] layers = Layers(5, () => new Tanh());
            Init.Normal(((Linear)layers[0]).Weight, 0, 200, new Generator(5));
            return layers;
        }, rate: 0.05),
        new(NetworkFault.UnscaledInputs, "Someone changed the unit of x from kilometres to metres, and now nothing is learned.", () => Layers(6, () => new Tanh()), scale: 1000),
        new(NetworkFault.NoActivation, "Two hidden layers, and the boundary is a straight line.", () => [.. Layers(7, () => new Tanh()).Where(layer => layer is Linear)]),
        new(NetworkFault.NoZeroGrad, "The loss falls at first, swings wider and wider, and never settles.", () => Layers(8, () => new Tanh()), mistake: LoopMistake.NoZeroGrad, rate: 0.05),
        new(NetworkFault.Uphill, "With every step the loss rises, smoothly.", () => Layers(9, () => new Tanh()), mistake: LoopMistake.Uphill, rate: 0.02),
        new(NetworkFault.VanishingGradient, "Ten layers, a sensible rate; the last layers change, the first one does not.", () => Layers(10, () => new Sigmoid(), hidden: [4, 4, 4, 4, 4, 4, 4, 4, 4]), rate: 0.1),
    ];

    /// <summary>The rows with which all of them train: (40, 2), or a thousand times as large in the first column.</summary>
    public Tensor Inputs => _scale == 1 ? s_data.Value.Inputs : s_data.Value.Inputs * Tensor.From([_scale, 1.0], DType.Float64);

    /// <summary>The loss of the outputs for these rows, cross entropy of two classes.</summary>
    public static Tensor Loss(Tensor outputs) => new CrossEntropyLoss().Forward(outputs, s_data.Value.Labels);

    /// <summary>A new training; always the same.</summary>
    public FourLines Begin() => new(_layers(), Loss, parameters => new SGD(parameters, _rate), Inputs, _mistake);

    /// <summary>What is measured on a training of it.</summary>
    /// <param name="loop">A training of <see cref="Begin"/>, usually after <see cref="Steps"/> steps.</param>
    public NetworkDiagnosis Diagnose(FourLines loop)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return NetworkDiagnosis.Of(loop.Layers, Inputs, Loss, loop.Optimizer, loop.Losses);
    }

    static Module[] Layers(int seed, Func<Module> activation, int[]? hidden = null) =>
        [.. new MLP(2, hidden ?? [8, 8], 2, activation, DType.Float64, new Generator(seed)).Layers];
}
