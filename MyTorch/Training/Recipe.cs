using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using static System.FormattableString;

namespace MyTorch.Training;

/// <summary>
/// A multilayer perceptron and how it is trained. <see cref="For"/> gives a sound recipe for training rows, and
/// <see cref="RecipeSearch"/> chooses its number of epochs by validation.
/// </summary>
/// <remarks>
/// The defaults were chosen on 45 data sets of 178 to 60,000 rows. With a learning rate that falls to 0 along a cosine, the number of steps is
/// the setting that matters most: few hundred noisy rows overfit after 500 steps, and tens of thousands of rows still improve after 30,000.
/// </remarks>
public sealed record Recipe
{
    /// <summary>The width of the hidden layer if none is given.</summary>
    public const int Width = 100;

    /// <summary>The number of steps of the shortest training that is tried.</summary>
    public const int FewestSteps = 500;

    const int SmallBatch = 32, LargeBatch = 256;

    const double SmallBatchRate = 0.003;

    /// <summary>The number of steps of a training without a search.</summary>
    public const int UsualSteps = 2000;

    /// <summary>The sizes of the hidden layers; empty for a linear model. Default one layer of <see cref="Width"/>.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [Width];

    /// <summary>Makes the activation after each hidden layer. Default ReLU.</summary>
    public Func<Module> Activation { get; init; } = static () => new ReLU();

    /// <summary>Makes the optimizer for parameters and a learning rate. Default Adam.</summary>
    public Func<IReadOnlyList<Tensor>, double, Optimizer> Optimizer { get; init; } = static (parameters, rate) => new Adam(parameters, rate);

    /// <summary>The learning rate of the first epoch. Default 0.003; <see cref="For"/> gives <see cref="RateFor"/> its batches.</summary>
    public double LearningRate { get; init; } = SmallBatchRate;

    /// <summary>Makes the schedule for an optimizer and a number of epochs; null keeps the rate. Default: <see cref="CosineAnnealing"/> to 0.</summary>
    public Func<Optimizer, int, LearningRateSchedule>? Schedule { get; init; } = static (optimizer, epochs) => new CosineAnnealing(optimizer, epochs);

    /// <summary>The number of rows per step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The number of epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>
    /// The recipe for a number of training rows: batches of 32 rows for up to 4,000, larger ones for more, up to 256; the learning rate of
    /// <see cref="RateFor"/>; and about <see cref="UsualSteps"/> steps.
    /// </summary>
    /// <param name="rows">The number of training rows, at least 1.</param>
    public static Recipe For(int rows)
    {
        if (rows < 1) throw Invalid.Setting(nameof(rows), rows, "Recipe: the number of rows must be at least 1.");
        int batch = SmallBatch;
        while (batch < LargeBatch && rows > 128 * batch) batch *= 2;
        return new Recipe { BatchSize = Math.Min(batch, rows), LearningRate = RateFor(batch), Epochs = 1 }.WithSteps(UsualSteps, rows);
    }

    /// <summary>
    /// Adam's learning rate for a batch size: 0.003·√(batch/32), and 0.003 for smaller batches. The gradient of a larger batch is less noisy,
    /// and its steps are fewer.
    /// </summary>
    /// <param name="batchSize">The number of rows per step, at least 1; 256 and more have the rate of 256.</param>
    public static double RateFor(int batchSize)
    {
        if (batchSize < 1) throw Invalid.Setting(nameof(batchSize), batchSize, "Recipe: the batch size must be at least 1.");
        // Two digits, as a rate is written by hand.
        return Math.Round(SmallBatchRate * Math.Sqrt(Math.Clamp(batchSize, SmallBatch, LargeBatch) / (double)SmallBatch), 4);
    }

    /// <summary>The number of steps of an epoch.</summary>
    /// <param name="rows">The number of training rows.</param>
    public int StepsPerEpoch(int rows) => (int)(((long)rows + BatchSize - 1) / BatchSize);

    /// <summary>The same with as many epochs as make about that many steps, at least one.</summary>
    /// <param name="steps">The number of steps.</param>
    /// <param name="rows">The number of training rows.</param>
    public Recipe WithSteps(int steps, int rows) => this with { Epochs = Math.Max(1, (int)Math.Round((double)steps / StepsPerEpoch(rows))) };

    /// <summary>An untrained model for training rows.</summary>
    /// <param name="train">The training rows.</param>
    /// <param name="seed">The seed of its initial values.</param>
    public MLP NewModel(Dataset train, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(train);
        return new MLP(train.FeatureCount, Hidden, train.OutputCount, Activation, train.Inputs.DType, new Generator(seed));
    }

    /// <summary>The options of <see cref="Trainer.Fit"/>.</summary>
    /// <param name="seed">The seed of the order of the rows.</param>
    public TrainerOptions ToOptions(int seed = 0) => new()
    {
        Epochs = Epochs,
        BatchSize = BatchSize,
        Seed = seed,
        Optimizer = parameters => Optimizer(parameters, LearningRate),
        Schedule = Schedule is null ? null : optimizer => Schedule(optimizer, Epochs),
    };

    /// <summary>
    /// About how long a training takes on a usual machine, in seconds: a step costs 40 µs and six operations per parameter and row at 6·10⁹ a
    /// second. It depends on sizes only, so that what is chosen by it is the same on every machine.
    /// </summary>
    /// <param name="train">The training rows.</param>
    public double NominalSeconds(Dataset train)
    {
        ArgumentNullException.ThrowIfNull(train);
        int[] sizes = [train.FeatureCount, .. Hidden, train.OutputCount];
        double parameters = sizes.Zip(sizes.Skip(1), (inputs, width) => (inputs + 1.0) * width).Sum();
        return Epochs * (StepsPerEpoch(train.Count) * 40e-6 + train.Count * parameters * 6 / 6e9);
    }

    /// <summary>The settings in short: <c>100 hidden, learning rate 0.003, batch size 32, 55 epochs</c>.</summary>
    public override string ToString() => Invariant(
        $"{(Hidden.Count == 0 ? "linear" : string.Join('-', Hidden) + " hidden")}, learning rate {LearningRate}, batch size {BatchSize}, {Epochs} epoch(s)");
}
