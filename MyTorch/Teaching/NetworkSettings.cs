using System.Globalization;
using MyTorch.Data;

namespace MyTorch.Teaching;

/// <summary>What a network of <see cref="NetworkSettings"/> learns from.</summary>
public enum NetworkData
{
    /// <summary><see cref="Dataset.Spirals"/> with two arms.</summary>
    Spirals,

    /// <summary><see cref="Dataset.Moons"/>.</summary>
    Moons,

    /// <summary><see cref="Dataset.Circles"/>.</summary>
    Circles,

    /// <summary><see cref="Dataset.Xor"/>.</summary>
    Xor,

    /// <summary><see cref="Dataset.Spirals"/> with three arms.</summary>
    ThreeSpirals,

    /// <summary><see cref="Dataset.Line"/>: a regression.</summary>
    Line,

    /// <summary><see cref="Dataset.Sine"/>: a regression.</summary>
    Sine,

    /// <summary>Two classes on both sides of f(x1, x2) = 0, where f is <see cref="NetworkSettings.Function"/>.</summary>
    Function,

    /// <summary>Handwritten digits, 8 × 8 pixels: the file digits.csv.</summary>
    Digits,

    /// <summary>A file of the learner's own: <see cref="NetworkSettings.File"/> and <see cref="NetworkSettings.Target"/>.</summary>
    Own,
}

/// <summary>The activation of a layer.</summary>
public enum NetworkActivation
{
    /// <summary>max(z, 0).</summary>
    ReLU,

    /// <summary>tanh z.</summary>
    Tanh,

    /// <summary>1/(1 + e⁻ᶻ).</summary>
    Sigmoid,

    /// <summary>z, or 0.01·z for negative z.</summary>
    LeakyReLU,

    /// <summary>z, or eᶻ − 1 for negative z.</summary>
    ELU,

    /// <summary>z·Φ(z).</summary>
    GELU,

    /// <summary>z·σ(z).</summary>
    SiLU,

    /// <summary>ln(1 + eᶻ).</summary>
    Softplus,

    /// <summary>z itself: no activation.</summary>
    Identity,
}

/// <summary>How weights begin. Biases begin at 0, but with <see cref="Default"/>.</summary>
public enum NetworkInit
{
    /// <summary>As PyTorch's <c>nn.Linear</c>: uniform in ±1/√in, biases too.</summary>
    Default,

    /// <summary><see cref="Nn.Init.XavierUniform"/>.</summary>
    XavierUniform,

    /// <summary><see cref="Nn.Init.XavierNormal"/>.</summary>
    XavierNormal,

    /// <summary><see cref="Nn.Init.KaimingUniform"/> for ReLU.</summary>
    KaimingUniform,

    /// <summary><see cref="Nn.Init.KaimingNormal"/> for ReLU.</summary>
    KaimingNormal,

    /// <summary><see cref="Nn.Init.Orthogonal"/>.</summary>
    Orthogonal,

    /// <summary>Normal with standard deviation 3: too large.</summary>
    Large,

    /// <summary>0: all neurons of a layer stay the same.</summary>
    Zeros,
}

/// <summary>The loss, as the mean over a batch.</summary>
public enum NetworkLoss
{
    /// <summary>Cross entropy of the logits, for classes.</summary>
    CrossEntropy,

    /// <summary>The mean of squared differences; of classes, to one-hot rows.</summary>
    MSE,

    /// <summary>The mean of absolute differences; of classes, to one-hot rows.</summary>
    L1,

    /// <summary>Huber's loss, squared near 0 and linear elsewhere; of classes, to one-hot rows.</summary>
    Huber,
}

/// <summary>The optimizer.</summary>
public enum NetworkOptimizer
{
    /// <summary>Gradient descent on batches, with momentum if that is not 0.</summary>
    SGD,

    /// <summary>The same with Nesterov's momentum.</summary>
    Nesterov,

    /// <summary>Adam.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,

    /// <summary>RMSprop.</summary>
    RMSprop,

    /// <summary>Adagrad.</summary>
    Adagrad,
}

/// <summary>A hidden layer.</summary>
/// <param name="Neurons">The number of neurons, 1 to <see cref="NetworkSettings.MostNeurons"/>.</param>
/// <param name="Activation">The activation.</param>
public sealed record NetworkLayer(int Neurons, NetworkActivation Activation = NetworkActivation.Tanh);

/// <summary>
/// Everything that decides how a small network learns: its data, its layers, its loss and its optimizer. Two runs with the same settings
/// have the same numbers. <see cref="NetworkRun"/> trains it, and <see cref="NetworkProgram"/> writes it as a C# program.
/// </summary>
public sealed record NetworkSettings
{
    /// <summary>The largest number of hidden layers.</summary>
    public const int MostLayers = 6;

    /// <summary>The largest number of neurons in a hidden layer.</summary>
    public const int MostNeurons = 64;

    /// <summary>The largest number of rows of <see cref="NetworkData.Digits"/>.</summary>
    public const int MostDigits = 1000;

    /// <summary>What it learns from. Default: a circle in a ring, which a small network learns within a few hundred steps.</summary>
    public NetworkData Data { get; init; } = NetworkData.Circles;

    /// <summary>
    /// The number of generated points, or the largest number of rows of a file that are taken; 10 or more, of digits at most 1,000.
    /// Default 300.
    /// </summary>
    public int Points { get; init; } = 300;

    /// <summary>The standard deviation of the noise of generated points, 0 to 1; of spirals, in radians. Default 0.1.</summary>
    public double Noise { get; init; } = 0.1;

    /// <summary>
    /// f(x1, x2) of <see cref="NetworkData.Function"/>, as <see cref="FunctionText"/> reads it: class 1 is where it is positive.
    /// </summary>
    public string Function { get; init; } = "x1^2 + x2^2 - 0.4";

    /// <summary>The name of the file of <see cref="NetworkData.Own"/>, for the program.</summary>
    public string File { get; init; } = "";

    /// <summary>The column of <see cref="File"/> to predict.</summary>
    public string Target { get; init; } = "";

    /// <summary>
    /// How <see cref="File"/> is read, beyond filling what is missing with the mean. Default: as <see cref="CsvOptions"/>.
    /// </summary>
    public IReadOnlyList<CsvFix> Reading { get; init => field = [.. value]; } = [];

    /// <summary>
    /// The options with which <see cref="File"/> is to be loaded: Float64, missing values as means, and <see cref="Reading"/>.
    /// </summary>
    public CsvOptions FileOptions => Reading.Aggregate(
        new CsvOptions { DType = DType.Float64, Missing = MissingValues.Mean }, (options, fix) => fix.ApplyTo(options));

    /// <summary>Whether inputs, and the targets of a regression, get mean 0 and deviation 1, by the training rows. Default false.</summary>
    public bool Standardize { get; init; }

    /// <summary>The fraction of the rows that are trained on, 0.1 to 0.9; the others are test rows. Default 0.8.</summary>
    public double TrainShare { get; init; } = 0.8;

    /// <summary>The hidden layers, first to last; none makes a linear model. Default: 8 and 8 neurons with tanh.</summary>
    public IReadOnlyList<NetworkLayer> Layers { get; init => field = [.. value]; } = [new(8), new(8)];

    /// <summary>How weights begin.</summary>
    public NetworkInit Init { get; init; } = NetworkInit.Default;

    /// <summary>The loss; null for cross entropy of classes and the mean squared error of numbers.</summary>
    public NetworkLoss? Loss { get; init; }

    /// <summary>The optimizer. Default SGD.</summary>
    public NetworkOptimizer Optimizer { get; init; } = NetworkOptimizer.SGD;

    /// <summary>The learning rate, greater than 0. Default 0.03.</summary>
    public double LearningRate { get; init; } = 0.03;

    /// <summary>The momentum of SGD, Nesterov and RMSprop, 0 or more and less than 1. Default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>The weight decay, 0 or more. Default 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Whether weight decay alone makes every weight grow: w ← (1 − ηλ)·w with ηλ above 2.</summary>
    internal bool DecayGrows => Optimizer is NetworkOptimizer.SGD or NetworkOptimizer.Nesterov or NetworkOptimizer.AdamW && LearningRate * WeightDecay > 2;

    /// <summary>The number of rows in a batch, at least 1. Default 10.</summary>
    public int BatchSize { get; init; } = 10;

    /// <summary>The seed of data, split, weights and batches. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>Whether gradients are cleared before each backward pass. Default true; without it they add up.</summary>
    public bool ZeroGradients { get; init; } = true;

    /// <summary>Whether weights move along the gradient instead of against it. Default false.</summary>
    public bool Uphill { get; init; }

    /// <summary>Whether the momentum means anything to the optimizer.</summary>
    public bool HasMomentum => Optimizer is NetworkOptimizer.SGD or NetworkOptimizer.Nesterov or NetworkOptimizer.RMSprop;

    /// <summary>Whether the data come from a file.</summary>
    public bool IsFromFile => Data is NetworkData.Digits or NetworkData.Own;

    /// <summary>Checks that the settings make a network.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it, what it was and what it may be.</exception>
    public void Check()
    {
        Require(Points is >= 10 and <= 100_000, nameof(Points), Points, "The number of points must be 10 to 100,000.");
        if (Data == NetworkData.Digits)
            Require(Points <= MostDigits, nameof(Points), Points, "Of the digits at most the first 1,000 are taken.");
        Require(Noise is >= 0 and <= 1, nameof(Noise), Noise, "The noise must be 0 to 1.");
        Require(TrainShare is >= 0.1 and <= 0.9, nameof(TrainShare), TrainShare, "The share of training rows must be 0.1 to 0.9.");
        Require(Layers.Count <= MostLayers, nameof(Layers), Layers.Count, "There may be 6 hidden layers.");
        foreach (NetworkLayer layer in Layers)
            Require(layer.Neurons is >= 1 and <= MostNeurons, nameof(Layers), layer.Neurons, "A hidden layer must have 1 to 64 neurons.");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate,
            "The learning rate must be greater than 0, such as 0.1.");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "The momentum must be 0 or more and less than 1, such as 0.9.");
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay,
            "The weight decay must be 0 or more, such as 0.001.");
        Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "The batch size must be at least 1.");
        if (Optimizer == NetworkOptimizer.Nesterov)
            Require(Momentum > 0, nameof(Momentum), Momentum, "Nesterov's momentum must be greater than 0, such as 0.9.");
        if (Data == NetworkData.Function) Boundary();
    }

    /// <summary>The loss for classes or for numbers.</summary>
    /// <exception cref="ArgumentException">Cross entropy was chosen for numbers.</exception>
    public NetworkLoss LossFor(bool isClassification) => (Loss, isClassification) switch
    {
        (null, true) => NetworkLoss.CrossEntropy,
        (null, false) => NetworkLoss.MSE,
        (NetworkLoss.CrossEntropy, false) => throw Invalid.Argument(
            nameof(Loss),
            $"Cross entropy is a loss for classes, and these targets are numbers; choose the squared error (MSE), L1 or Huber."),
        _ => Loss.Value,
    };

    /// <summary>The function of <see cref="NetworkData.Function"/>.</summary>
    /// <exception cref="FunctionTextException">The text is not a function.</exception>
    /// <exception cref="ArgumentException">It has other variables than x1 and x2, or several results.</exception>
    public FunctionText Boundary()
    {
        FunctionText function = FunctionText.Parse(Function);
        if (function.Variables.FirstOrDefault(name => name is not ("x1" or "x2")) is { } other)
            throw Invalid.Argument(nameof(Function), $"The function of the boundary has the variable {other}; it may use x1 and x2.");
        if (function.Outputs.Count != 1)
            throw Invalid.Argument(
                nameof(Function),
                $"The function of the boundary has {function.Outputs.Count} results; it must have one, such as x1 - x2^2.");
        return function;
    }

    static void Require(bool holds, string name, double value, string rule)
    {
        if (!holds) throw Invalid.Setting(name, value, rule);
    }

    /// <summary>Whether all settings are the same, layer by layer.</summary>
    public bool Equals(NetworkSettings? other) => other is not null && Parts() == other.Parts();

    /// <inheritdoc/>
    public override int GetHashCode() => Parts().GetHashCode();

    (string, string, NetworkData, int, double, bool, double, NetworkInit, NetworkLoss?, NetworkOptimizer, double, double, double, int, int,
        bool, bool)
        Parts() =>
        (string.Join(',', Layers.Select(layer => string.Create(CultureInfo.InvariantCulture, $"{layer.Neurons} {layer.Activation}"))),
            $"{Function}\n{File}\n{Target}\n{string.Join('\n', Reading)}", Data, Points, Noise, Standardize, TrainShare, Init, Loss, Optimizer,
            LearningRate, Momentum, WeightDecay, BatchSize, Seed, ZeroGradients, Uphill);
}
