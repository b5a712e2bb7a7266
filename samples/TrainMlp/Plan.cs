using MyTorch;
using MyTorch.Data;
using MyTorch.Optim;
using MyTorch.Training;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>How the command trains: the library's recipe for the number of rows, with what the user gave in its place.</summary>
internal sealed record Plan
{
    public const double SgdMomentum = 0.9;

    /// <summary>The learning rate of the optimizers that do not scale their steps by the gradients they have seen.</summary>
    public const double SgdRate = 0.03;

    // Early stopping finds the end by itself, so it may start with more epochs than a training without.
    const int StepsWithPatience = 20_000;

    const int UsualPatience = 20;

    public static IReadOnlyList<string> Optimizers { get; } = ["adam", "adamw", "sgd", "rmsprop", "adagrad"];

    public static IReadOnlyList<string> Schedules { get; } = ["cosine", "constant", "linear", "plateau"];

    public required Recipe Recipe { get; init; }

    /// <summary>Whether the number of epochs is chosen by validation first. What the user fixes is not searched for.</summary>
    public required bool Searches { get; init; }

    /// <summary>The optimizer and its settings in words, without the learning rate.</summary>
    public required string OptimizerText { get; init; }

    public required string ScheduleText { get; init; }

    public int? Patience { get; init; }

    public static Plan For(Dataset training, Settings settings)
    {
        // Momentum is a setting of SGD.
        string optimizer = settings.Optimizer ?? (settings.Momentum is null ? "adam" : "sgd");
        if (settings.Momentum is not null && optimizer is not ("sgd" or "rmsprop"))
            throw new UsageException($"--momentum is a setting of sgd and rmsprop, not of {optimizer}. Leave it out, or choose --optimizer sgd.");
        double momentum = settings.Momentum ?? (optimizer == "sgd" ? SgdMomentum : 0), decay = settings.WeightDecay ?? (optimizer == "adamw" ? 0.01 : 0);
        bool stopsEarly = settings.Patience is not null || settings.Validation is not null;
        string schedule = settings.Schedule ?? (stopsEarly ? "constant" : "cosine");
        int rows = training.Count;
        Recipe recipe = Recipe.For(rows) with
        {
            Hidden = settings.Hidden ?? [Recipe.Width],
            Activation = Activations.Factory(settings.Activation),
            Optimizer = (parameters, rate) => Make(optimizer, parameters, rate, momentum, decay),
            Schedule = Scheduled(schedule),
        };
        int batch = settings.Batch ?? recipe.BatchSize;
        recipe = (recipe with
        {
            BatchSize = batch,
            LearningRate = settings.LearningRate ?? (optimizer is "sgd" or "adagrad" ? SgdRate : Recipe.RateFor(batch)),
        }).WithSteps(stopsEarly ? StepsWithPatience : Recipe.UsualSteps, rows);
        if (settings.Epochs is { } epochs) recipe = recipe with { Epochs = epochs };
        return new Plan
        {
            Recipe = recipe,
            Searches = settings.Epochs is null && !stopsEarly,
            OptimizerText = optimizer switch { "adam" => "Adam", "adamw" => "AdamW", "sgd" => "SGD", "rmsprop" => "RMSprop", _ => "Adagrad" }
                + (momentum > 0 ? Invariant($", momentum {momentum}") : "") + (decay > 0 ? Invariant($", weight decay {decay}") : ""),
            ScheduleText = schedule switch
            {
                "cosine" => "falling to 0 along a cosine",
                "linear" => "falling to 0 in a line",
                "plateau" => "a tenth when the loss stops falling",
                _ => "constant",
            },
            Patience = stopsEarly ? settings.Patience ?? UsualPatience : null,
        };
    }

    static Optimizer Make(string name, IReadOnlyList<Tensor> parameters, double rate, double momentum, double decay) => name switch
    {
        "adam" => new Adam(parameters, rate, weightDecay: decay),
        "adamw" => new AdamW(parameters, rate, weightDecay: decay),
        "sgd" => new SGD(parameters, rate, momentum, weightDecay: decay),
        "rmsprop" => new RMSprop(parameters, rate, weightDecay: decay, momentum: momentum),
        _ => new Adagrad(parameters, rate, weightDecay: decay),
    };

    static Func<Optimizer, int, LearningRateSchedule>? Scheduled(string name) => name switch
    {
        "cosine" => (optimizer, epochs) => new CosineAnnealing(optimizer, epochs),
        "linear" => (optimizer, epochs) => new PolynomialDecay(optimizer, epochs),
        "plateau" => (optimizer, _) => new ReduceOnPlateau(optimizer),
        _ => null,
    };
}
