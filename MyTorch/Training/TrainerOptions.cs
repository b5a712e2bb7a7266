using MyTorch.Data;
using MyTorch.Distributed;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Training;

/// <summary>Options of <see cref="Trainer.Fit"/>. Only <see cref="Epochs"/> and <see cref="Optimizer"/> usually need a thought.</summary>
public sealed record TrainerOptions
{
    /// <summary>The number of passes over the training rows, at least 1. Default 100.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>The number of rows per step, at least 1. Default 32. With fewer rows a step takes them all.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>
    /// Whether to leave out the last batch of an epoch if it is not full. Default null: only a last batch of a single row, and only for a
    /// model with <see cref="BatchNorm1d"/>, which needs two. Rows are shuffled, so each epoch leaves out others.
    /// </summary>
    public bool? DropLast { get; init; }

    /// <summary>
    /// The seed of the order of the rows, the split of <see cref="ValidationShare"/>, and of layers such as <see cref="Dropout"/> that draw
    /// from <see cref="Generator.Default"/>. The same seed gives the same bits. Default 0.
    /// </summary>
    public int Seed { get; init; }

    /// <summary>Makes the optimizer of the model's parameters. Default: <see cref="Adam"/> with learning rate 0.001.</summary>
    public Func<IReadOnlyList<Tensor>, Optimizer> Optimizer { get; init; } = static parameters => new Adam(parameters);

    /// <summary>Makes the schedule of the learning rate, which steps after each epoch. Default null: the learning rate stays.</summary>
    public Func<Optimizer, LearningRateSchedule>? Schedule { get; init; }

    /// <summary>
    /// The loss of the model's outputs. Default null: <see cref="CrossEntropyLoss"/> for a classification, <see cref="MSELoss"/> for a
    /// regression.
    /// </summary>
    public Loss? Criterion { get; init; }

    /// <summary>The weight of each class in the loss, at least 0. Default null: 1. Only for the loss of a classification that the trainer makes.</summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>
    /// Whether each class counts as much as the others in the loss: class c has the weight N/(C·Nₙ), with N rows, C classes that have rows, and
    /// Nₙ rows of class c. Default false.
    /// </summary>
    public bool BalanceClasses { get; init; }

    /// <summary>The largest norm of all gradients together; larger ones are scaled down to it. Default null: no limit.</summary>
    public double? MaxGradientNorm { get; init; }

    /// <summary>The largest absolute value of an element of a gradient; larger ones are cut off. Default null: no limit.</summary>
    public double? MaxGradientValue { get; init; }

    /// <summary>Rows on which the model is evaluated after each epoch. They are not trained on. Default null.</summary>
    public Dataset? Validation { get; init; }

    /// <summary>
    /// The fraction of the rows that <see cref="Trainer.Fit"/> holds out for validation, 0 up to, but not including, 1; instead of
    /// <see cref="Validation"/>. Default 0: none.
    /// </summary>
    public double ValidationShare { get; init; }

    /// <summary>
    /// Stops when the validation loss has not become lower for so many epochs (early stopping), at least 1. Default null: all epochs are run.
    /// </summary>
    public int? Patience { get; init; }

    /// <summary>
    /// Whether the model ends with the parameters of the epoch with the lowest validation loss, if there are validation rows. Default true.
    /// </summary>
    public bool RestoreBest { get; init; } = true;

    /// <summary>
    /// Called after Backward and before the step, while the tape is alive: for norms of gradients, <c>Explain</c>, drawings. Default null.
    /// </summary>
    public Action<TrainingStep>? AfterBackward { get; init; }

    /// <summary>Called after each epoch. To stop the training, cancel its token. Default null.</summary>
    public Action<EpochRecord>? AfterEpoch { get; init; }

    /// <summary>
    /// The file of a <see cref="Serialization.Checkpoint"/> that is written before the first and after each epoch. If it exists, the training
    /// goes on from it and ends with the same bits as one that was not interrupted. A file of other data, another model, other settings or
    /// another version is refused with a <see cref="Serialization.ModelFileException"/> that names the differences; only
    /// <see cref="Epochs"/> may be raised, if there is no schedule. Default null: none.
    /// </summary>
    /// <remarks>
    /// Callbacks, and what the functions for optimizer and schedule do besides making them, are not compared. A complete training is not
    /// repeated: delete the file to train anew.
    /// </remarks>
    public string? CheckpointPath { get; init; }

    /// <summary>
    /// Texts of the program, such as its own settings, that are saved in the checkpoint and must be the same where it is resumed. Default
    /// none.
    /// </summary>
    public IReadOnlyDictionary<string, string> CheckpointNotes { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The ranks that train this model together; each calls <see cref="Trainer.Fit"/> with the same data and options. <see cref="BatchSize"/>
    /// is the number of rows that all ranks together take per step, so the losses do not depend on the number of ranks. Rank 0 writes the
    /// checkpoint and is the only one that needs its file to resume. Default null: this process trains alone.
    /// </summary>
    /// <remarks>
    /// Before training, all data and settings are compared over the ranks. Functions such as <see cref="AfterEpoch"/> are called on each rank
    /// that sets them; a <see cref="System.Threading.CancellationToken"/> that is cancelled on one rank ends the training on all.
    /// </remarks>
    public ICommunicator? Communicator { get; init; }

    /// <summary>
    /// Whether usual mistakes are looked for, in the data, the model and a loss that does not move
    /// (<see cref="TrainingOutcome.Warnings"/>). Default true.
    /// </summary>
    public bool LookForMistakes { get; init; } = true;

    /// <summary>
    /// Whether the memory of a step's results is used again in the next step, as by <c>new Autograd(reuseMemory: true)</c>; it makes large steps
    /// much faster. A result that <see cref="AfterBackward"/> or a module keeps cannot be read after the step, which is an error: keep a
    /// <see cref="Tensor.Clone"/>. Default true.
    /// </summary>
    public bool ReuseMemory { get; init; } = true;

    internal void Check(Dataset data)
    {
        Least(nameof(Epochs), Epochs, 1);
        Least(nameof(BatchSize), BatchSize, 1);
        if (Patience is { } patience) Least(nameof(Patience), patience, 1);
        Positive(nameof(MaxGradientNorm), MaxGradientNorm);
        Positive(nameof(MaxGradientValue), MaxGradientValue);
        if (!(ValidationShare >= 0 && ValidationShare < 1))
            throw Invalid.Setting(nameof(ValidationShare), ValidationShare, "Trainer: the validation share must be 0 up to, but not including, 1, such as 0.1.");
        if (Validation is not null && ValidationShare > 0)
            throw Invalid.Argument(nameof(Validation), $"Trainer: both Validation and ValidationShare are set; expected one of them.");
        if (Patience is not null && Validation is null && ValidationShare == 0)
            throw Invalid.Argument(nameof(Patience), $"Trainer: Patience needs validation rows; set Validation, or ValidationShare = 0.1.");
        if ((ClassWeights is not null || BalanceClasses) && (Criterion is not null || !data.IsClassification))
            throw Invalid.Argument(nameof(ClassWeights), $"Trainer: class weights were asked for, but {(data.IsClassification
                ? "Criterion is set too; give the weights to that loss: new CrossEntropyLoss(weight)."
                : $"the data set ({data}) is a regression; leave ClassWeights and BalanceClasses out.")}");
        if (ClassWeights is not null && BalanceClasses)
            throw Invalid.Argument(nameof(ClassWeights), $"Trainer: both ClassWeights and BalanceClasses are set; expected one of them.");
        if (ClassWeights is not { } weights) return;
        if (weights.Count != data.ClassCount)
            throw Invalid.Argument(nameof(ClassWeights), $"Trainer: {weights.Count} class weight(s) for {data.ClassCount} classes; expected one each.");
        foreach (double weight in weights)
            if (!(weight >= 0 && double.IsFinite(weight)))
                throw Invalid.Setting(nameof(ClassWeights), weight, "Trainer: a class weight must be a finite number, 0 or more.");
        if (weights.All(weight => weight == 0))
            throw Invalid.Argument(nameof(ClassWeights), $"Trainer: all class weights are 0, so no row counts; give at least one class a weight above 0.");
    }

    static void Least(string name, int value, int least)
    {
        if (value < least) throw Invalid.Setting(name, value, $"Trainer: {name} must be at least {least}.");
    }

    static void Positive(string name, double? value)
    {
        if (value is { } set && !(set > 0 && double.IsFinite(set)))
            throw Invalid.Setting(name, set, $"Trainer: {name} must be a finite number greater than 0, or null for no limit.");
    }
}
