using MyTorch.Optim;

namespace MyTorch.Teaching;

/// <summary>How momentum enters a step.</summary>
public enum MomentumRule
{
    /// <summary>v ← μ·v + g, w ← w − η·v, as PyTorch and <see cref="SGD"/> have it.</summary>
    RateOutside,

    /// <summary>
    /// v ← μ·v + η·g, w ← w − v: a velocity keeps the rate it was gained with. Sutskever, Martens, Dahl and Hinton, 2013.
    /// </summary>
    RateInside,

    /// <summary>v ← μ·v + g, w ← w − η·(g + μ·v): Nesterov's momentum, as PyTorch has it.</summary>
    Nesterov,
}

/// <summary>Settings of a <see cref="Valley"/>.</summary>
public sealed record ValleyOptions
{
    /// <summary>Where it starts.</summary>
    public (double X, double Y) Start { get; init; } = (-2, 1.5);

    /// <summary>η, the learning rate.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>μ, the momentum.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>How momentum enters a step; without momentum all are the same.</summary>
    public MomentumRule Rule { get; init; } = MomentumRule.RateOutside;

    /// <summary>The number of steps.</summary>
    public int Steps { get; init; } = 60;

    /// <summary>The step, from 0, from which η is a tenth; null if it stays.</summary>
    public int? DropAt { get; init; }
}

/// <summary>A point of a path through a <see cref="Valley"/>.</summary>
/// <param name="X">The first coordinate.</param>
/// <param name="Y">The second coordinate.</param>
/// <param name="Loss">The loss there.</param>
/// <param name="Gradient">g, the gradient there.</param>
/// <param name="Velocity">v after the step that starts there; with <see cref="MomentumRule.RateInside"/> it contains η.</param>
public sealed record ValleyPoint(double X, double Y, double Loss, (double X, double Y) Gradient, (double X, double Y) Velocity);

/// <summary>
/// Momentum in a valley: gradient descent on L(x, y) = (x² + 10·y²)/2, ten times as steep across as along, by the library's <see
/// cref="SGD"/>.
/// </summary>
public sealed class Valley
{
    /// <summary>The curvature along x and y: the second derivatives of the loss.</summary>
    public const double Along = 1, Across = 10;

    // Beyond it a path is no longer drawn.
    const double FarAway = 1e6;

    Valley(ValleyOptions options, IReadOnlyList<ValleyPoint> path) => (Options, Path) = (options, path);

    /// <summary>The settings.</summary>
    public ValleyOptions Options { get; }

    /// <summary>The points, the start first. It ends early where the path runs away.</summary>
    public IReadOnlyList<ValleyPoint> Path { get; }

    /// <summary>Whether the path ends farther from the minimum than it began.</summary>
    public bool Diverges => Path[^1].Loss > Path[0].Loss;

    /// <summary>
    /// The learning rate from which the path diverges in any case: 2·(1 + μ)/10, and 2·(1 + μ)/(10·(1 + 2·μ)) with Nesterov's momentum,
    /// for the curvature 10 across.
    /// </summary>
    public double LargestRate => Options.Rule == MomentumRule.Nesterov
        ? 2 * (1 + Options.Momentum) / (Across * (1 + 2 * Options.Momentum))
        : 2 * (1 + Options.Momentum) / Across;

    /// <summary>The loss at a point.</summary>
    public static double LossAt(double x, double y) => (Along * x * x + Across * y * y) / 2;

    /// <summary>Computes a path.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is not finite or outside its range.</exception>
    public static Valley Descend(ValleyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Steps < 1) throw Invalid.OutOfRange(nameof(options), $"Valley: {options.Steps} steps; expected at least 1.");
        if (!double.IsFinite(options.Start.X) || !double.IsFinite(options.Start.Y))
            throw Invalid.OutOfRange(nameof(options), $"Valley: the start ({options.Start.X}, {options.Start.Y}) is not a point; expected finite numbers.");
        Tensor w = Tensor.From([options.Start.X, options.Start.Y], DType.Float64), curvature = Tensor.From([Along, Across], DType.Float64);
        w.RequiresGrad = true;
        bool inside = options.Rule == MomentumRule.RateInside;
        // With the rate inside, the velocity gathers η·g: the gradient is taken of η times the loss, and the step is v itself.
        var optimizer = new SGD([w], inside ? 1 : options.LearningRate, options.Momentum,
            nesterov: options.Rule == MomentumRule.Nesterov && options.Momentum > 0);
        var path = new List<ValleyPoint>();
        for (int step = 0; step <= options.Steps; step++)
        {
            double rate = step >= options.DropAt ? options.LearningRate / 10 : options.LearningRate;
            if (!inside) optimizer.LearningRate = rate;
            double x = w.Item(0), y = w.Item(1), loss;
            (double X, double Y) gradient;
            using (var autograd = new Autograd())
            {
                Tensor div = (curvature * w * w).Sum() / 2;
                loss = div.Item();
                autograd.Backward(div, Tensor.OnesLike(div) * (inside ? rate : 1));
                double factor = inside && rate != 0 ? 1 / rate : 1;
                gradient = (w.Grad!.Item(0) * factor, w.Grad.Item(1) * factor);
            }
            optimizer.Step();
            Tensor velocity = optimizer.StateDict().GetValueOrDefault("state.0.momentum_buffer") ?? w.Grad!.Clone();
            optimizer.ZeroGrad();
            path.Add(new ValleyPoint(x, y, loss, gradient, (velocity.Item(0), velocity.Item(1))));
            if (!(Math.Abs(x) + Math.Abs(y) < FarAway)) break;
        }
        return new Valley(options, [.. path]);
    }

    /// <summary>What happened, in words.</summary>
    public string Explain()
    {
        string bound = $"the bound is η = {Notation.Short(LargestRate)} for this μ";
        if (Diverges) return $"It runs away: across the valley every step overshoots by more than the step before ({bound}).";
        int turns = Path.Zip(Path.Skip(1)).Count(pair => pair.First.Y * pair.Second.Y < 0);
        int near = Path.ToList().FindIndex(point => point.Loss < Path[0].Loss / 1000);
        string reached = near < 0 ? $"after {Notation.Number(Path.Count - 1)} steps the loss is still {Notation.Short(Path[^1].Loss)}" : $"a thousandth of the loss is reached after {Notation.Number(near)} steps";
        string across = turns == 0 ? "It does not cross the valley's floor" : $"It crosses the valley's floor {Notation.Number(turns)} {(turns == 1 ? "time" : "times")}";
        string drop = Options.DropAt is { } at && Options.Momentum > 0
            ? Options.Rule == MomentumRule.RateInside
                ? $" η falls to a tenth at step {Notation.Number(at)}, and the velocity gained before stays as it is."
                : $" η falls to a tenth at step {Notation.Number(at)}, and with it what the whole velocity moves."
            : "";
        return $"{across}; {reached} ({bound}).{drop}";
    }
}
