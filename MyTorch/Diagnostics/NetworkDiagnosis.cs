using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Teaching;
using MyTorch.Training;

namespace MyTorch.Diagnostics;

/// <summary>Why a network does not learn.</summary>
public enum NetworkFault
{
    /// <summary>Features have large values or very different scales.</summary>
    UnscaledInputs,

    /// <summary>All neurons of a hidden layer compute the same, as after an initialization with zeros.</summary>
    SameNeurons,

    /// <summary>Layers follow each other without an activation: the network is linear.</summary>
    NoActivation,

    /// <summary>Gradients of earlier steps were not cleared.</summary>
    NoZeroGrad,

    /// <summary>The loss rises by what a step against the gradient would lower it.</summary>
    Uphill,

    /// <summary>Neurons that are 0 for every row, so that no gradient passes.</summary>
    DeadReLU,

    /// <summary>Sigmoids or tanhs so far out that their slope is almost 0.</summary>
    Saturated,

    /// <summary>Gradients that get smaller from layer to layer.</summary>
    VanishingGradient,

    /// <summary>The step is too large: the loss grows or jumps.</summary>
    LearningRateTooLarge,

    /// <summary>The step is too small to change anything.</summary>
    LearningRateTooSmall,

    /// <summary>No gradient arrives in a layer, for another reason.</summary>
    NoGradient,

    /// <summary>The parameters do not move although there are gradients.</summary>
    NothingMoves,
}

/// <summary>Something that keeps a network from learning.</summary>
/// <param name="Fault">What it is, for programs.</param>
/// <param name="Layer">The layer, from 1; null if it is not in one.</param>
/// <param name="Sentence">What was measured, why that hinders, and what to do.</param>
public sealed record NetworkFinding(NetworkFault Fault, int? Layer, string Sentence)
{
    /// <summary>The sentence.</summary>
    public override string ToString() => Sentence;
}

/// <summary>The numbers of a layer by which its health is judged.</summary>
/// <param name="Layer">k, from 1.</param>
/// <param name="Name">The layer with its activation: <c>Linear(2, 8), Tanh</c>.</param>
/// <param name="Output">The mean size of its outputs |y|.</param>
/// <param name="Dead">The number of its neurons whose slope f′ is 0 for every row.</param>
/// <param name="Flat">The share of its slopes f′ that are less than a hundredth of the steepest.</param>
/// <param name="Gradient">The root mean square of the gradients of its weights.</param>
/// <param name="Weight">The root mean square of its weights.</param>
/// <param name="Different">The number of its neurons whose weights differ from those of all neurons before them.</param>
/// <param name="Neurons">The number of its neurons.</param>
public sealed record LayerVitals(
    int Layer, string Name, double Output, int Dead, double Flat, double Gradient, double Weight, int Different, int Neurons);

/// <summary>
/// Why a network in training does not learn, in words and with the numbers that show it: the likeliest cause first.
/// <code>
/// Console.WriteLine(NetworkDiagnosis.Of(model.Layers, inputs, y => criterion.Forward(y, targets), optimizer, losses));
/// </code>
/// </summary>
/// <remarks>
/// It is asked between two steps. It runs the network forward and backward on the batch, and takes steps with other learning rates
/// and takes them back: parameters, gradients and the optimizer are as before afterwards.
/// </remarks>
public sealed class NetworkDiagnosis
{
    // Half of a layer lost is more than chance; a single dead neuron is ordinary.
    const double MostDead = 0.5, MostFlat = 0.5;

    // Of the steepest slope of its function; 0.01 of tanh is beyond ±3.
    const double FlatSlope = 0.01;

    // A gradient that gets this much smaller from the last layer to the first moves the first not at all.
    const double Vanished = 1e-4;

    // Steps that move weights by less than this share of their size need tens of thousands of steps.
    const double TinyStep = 1e-5;

    const double Exploded = 3, Learned = 0.9;

    // A single batch may well raise the loss of all rows a little.
    const double Rises = 1.05;

    const double SmallestShare = 1e-7;

    // If weights that move by 1 % of their size would change the loss by less than this share of it, the slope is flat.
    const double FlatLoss = 1e-3;

    NetworkDiagnosis(IReadOnlyList<NetworkFinding> findings, IReadOnlyList<LayerVitals> layers, double loss, double lossAfterStep) =>
        (Findings, Layers, Loss, LossAfterStep) = (findings, layers, loss, lossAfterStep);

    /// <summary>What was found, the likeliest cause first; empty if nothing is wrong.</summary>
    public IReadOnlyList<NetworkFinding> Findings { get; }

    /// <summary>The numbers of the layers; empty if the network's numbers are not finite.</summary>
    public IReadOnlyList<LayerVitals> Layers { get; }

    /// <summary>The loss of the rows that were examined.</summary>
    public double Loss { get; }

    /// <summary>The loss of the same rows after the next step; NaN if that was not tried, because the network's numbers are not finite.</summary>
    public double LossAfterStep { get; }

    /// <summary>What holds if there is no finding, with the loss before and after the next step.</summary>
    public string Health => LossAfterStep <= Loss
        ? Text($"Nothing is wrong: gradients reach every layer, and the next step lowers the loss from {Loss:G6} to {LossAfterStep:G6}.")
        : Text($"Nothing is wrong: gradients reach every layer. The next step raises the loss from {Loss:G6} to {LossAfterStep:G6}; near a minimum, and after single batches, it goes up and down.");

    /// <summary>The findings, a line each; <see cref="Health"/> if there is none.</summary>
    public override string ToString() => Findings.Count == 0 ? Health : string.Join('\n', Findings);

    /// <summary>Examines a network.</summary>
    /// <param name="layers">Linear layers, each followed by activations or by none.</param>
    /// <param name="inputs">The rows to examine, (N, in).</param>
    /// <param name="loss">The loss of the outputs for these rows, a scalar.</param>
    /// <param name="optimizer">The optimizer that trains it.</param>
    /// <param name="losses">The losses of the steps so far, oldest first; null if they are not known.</param>
    /// <param name="clearsBefore">
    /// Whether the loop clears the gradients before each Backward, so that those of the last step are still there.
    /// </param>
    /// <param name="first">The loss of these rows before the first step; null if the first of <paramref name="losses"/> is of the same rows.</param>
    /// <param name="nextLoss">The loss of the next step's batch, computed by the layers; null if the next step takes these rows.</param>
    /// <exception cref="ArgumentException">The layers are of other kinds, or the batch is not a matrix.</exception>
    public static NetworkDiagnosis Of(
        IReadOnlyList<Module> layers, Tensor inputs, Func<Tensor, Tensor> loss, Optimizer optimizer, IReadOnlyList<double>? losses = null,
        bool clearsBefore = false, double? first = null, Func<Tensor>? nextLoss = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(optimizer);
        losses ??= [];
        // Losses of the same rows follow each other smoothly; those of batches go up and down by themselves.
        bool isOfRows = nextLoss is null;
        nextLoss ??= () => loss(layers.Aggregate(inputs, (value, layer) => layer.Forward(value)));
        var account = BackwardAccount.Of(layers, inputs, loss);
        var findings = new List<NetworkFinding>();
        findings.AddRange(OfInputs(inputs));
        bool isFinite = double.IsFinite(account.Loss) && account.Layers.All(
            layer => layer.Weight.ToArray().All(double.IsFinite) && layer.ByWeight.ToArray().All(double.IsFinite));
        LayerVitals[] vitals = isFinite ? [.. account.Layers.Select(Vitals)] : [];
        findings.AddRange(OfNeurons(account, vitals));
        findings.AddRange(OfTheLoop(layers, account, optimizer, clearsBefore));
        double after = double.NaN;
        if (!isFinite)
        {
            if (losses.Count == 0 || double.IsFinite(losses[0])) findings.Add(NotFinite(losses, optimizer));
        }
        else
        {
            var step = new TriedStep(layers, inputs, loss, nextLoss, optimizer, account.Loss);
            after = step.Whole.Loss;
            // A rate that made the loss grow also drives neurons to where they are flat or dead.
            findings.AddRange(OfGrowth(step, losses, first ?? (losses.Count > 0 ? losses[0] : null), isOfRows, optimizer));
            bool hasDriven = losses.Count > 0 && findings.Exists(finding => finding.Fault == NetworkFault.LearningRateTooLarge);
            findings.AddRange(OfGradients(account, vitals, hasDriven));
            if (findings.Count == 0) findings.AddRange(OfNoGradient(layers, inputs, loss, account));
            if (findings.Count == 0) findings.AddRange(OfStandstill(step, account, losses, optimizer));
        }
        return new NetworkDiagnosis([.. findings], [.. vitals], account.Loss, after);
    }

    static IEnumerable<NetworkFinding> OfInputs(Tensor inputs)
    {
        var table = new Dataset(inputs, Tensor.Zeros([inputs.Shape[0]], inputs.DType), [.. Enumerable.Range(1, inputs.Shape[1]).Select(i => $"x{Notation.Number(i)}")]);
        if (inputs.Shape[0] > 1 && DataMistakes.UnscaledInputs(table) is { } warning)
            yield return new NetworkFinding(NetworkFault.UnscaledInputs, null, warning.Sentence);
    }

    static LayerVitals Vitals(AccountLayer layer)
    {
        double[] slopes = layer.Slopes.ToArray(), weights = layer.Weight.ToArray();
        double steepest = layer.Activation == "Sigmoid" ? 0.25 : 1;
        int neurons = layer.Size, inputs = layer.Weight.Shape[1];
        int dead = Enumerable.Range(0, neurons).Count(j => slopes.Where((_, at) => at % neurons == j).All(slope => slope == 0));
        int different = Enumerable.Range(0, neurons).Select(j =>
            string.Join(' ', weights.Skip(j * inputs).Take(inputs).Append(layer.Bias?.Item(j) ?? 0).Select(weight => BitConverter.DoubleToInt64Bits(weight + 0.0)))).Distinct().Count();
        string name = layer.Activation == "none" ? layer.Linear.Describe() : $"{layer.Linear.Describe()}, {layer.Activation}";
        return new LayerVitals(layer.Number, name, layer.Outputs.ToArray().Average(Math.Abs), dead,
            slopes.Count(slope => Math.Abs(slope) < FlatSlope * steepest) / (double)slopes.Length,
            RootMeanSquare(layer.ByWeight), RootMeanSquare(layer.Weight), different, neurons);
    }

    static double RootMeanSquare(Tensor tensor) => Math.Sqrt(tensor.ToArray().Average(x => x * x));

    static IEnumerable<NetworkFinding> OfNeurons(BackwardAccount account, LayerVitals[] vitals)
    {
        foreach (LayerVitals layer in vitals.Where(layer => layer.Layer < account.Layers.Count && layer is { Neurons: > 1, Different: 1 }))
            yield return new NetworkFinding(NetworkFault.SameNeurons, layer.Layer, Text(
                $"All {layer.Neurons} neurons of layer {layer.Layer} have the same weights{(layer.Weight == 0 ? ", all 0" : "")}: they compute the same, receive the same gradient and stay the same, so the layer counts as one neuron. ")
                + "Initialize with random numbers, as Linear does by itself.");
    }

    static IEnumerable<NetworkFinding> OfTheLoop(
        IReadOnlyList<Module> layers, BackwardAccount account, Optimizer optimizer, bool clearsBefore)
    {
        if (account.Layers.SkipLast(1).FirstOrDefault(layer => layer.Activation is "none" or "Identity") is { } linear)
            yield return new NetworkFinding(NetworkFault.NoActivation, linear.Number, Text(
                $"No activation follows layer {linear.Number}: W₂·(W₁·x + b₁) + b₂ is one matrix and one vector, so layers {linear.Number} and {linear.Number + 1} are together one linear layer. Put a Tanh or ReLU between them."));
        if (clearsBefore) yield break;
        double kept = Math.Sqrt(layers.SelectMany(layer => layer.Parameters()).Sum(p => p.Grad is { } grad ? grad.ToArray().Sum(g => g * g) : 0));
        if (kept == 0) yield break;
        double now = Math.Sqrt(account.Layers.Sum(layer => layer.ByWeight.ToArray().Sum(g => g * g) + (layer.ByBias?.ToArray().Sum(g => g * g) ?? 0)));
        yield return new NetworkFinding(NetworkFault.NoZeroGrad, null, Text(
            $"Between two steps Grad is not empty: its norm is {S(kept)}, and the gradient of this batch has {S(now)}. Backward will add to it, so {optimizer.GetType().Name} follows the sum of old gradients. Call optimizer.ZeroGrad() after each step."));
    }

    static IEnumerable<NetworkFinding> OfGradients(BackwardAccount account, LayerVitals[] vitals, bool hasDriven)
    {
        const string Driven = "This may be a consequence of the learning rate: steps that are too large drive neurons there. Change the rate first.";
        bool isBlocked = false;
        foreach (LayerVitals layer in vitals.Where(layer => account.Layers[layer.Layer - 1].Activation is not "none"))
        {
            string activation = account.Layers[layer.Layer - 1].Activation;
            if (activation is not ("Tanh" or "Sigmoid") && layer.Dead > MostDead * layer.Neurons)
            {
                isBlocked = true;
                yield return new NetworkFinding(NetworkFault.DeadReLU, layer.Layer, Text(
                    $"{layer.Dead} of {layer.Neurons} neurons of layer {layer.Layer} are dead: their z is not positive for any of the {account.Rows} rows, so y and f′ are 0 and no gradient reaches their weights{(layer.Dead == layer.Neurons ? " or any layer before" : "")}. ")
                    + (hasDriven ? Driven : "Start anew with a smaller learning rate, biases of 0, or LeakyReLU."));
            }
            else if (activation is "Tanh" or "Sigmoid" && layer.Flat > MostFlat)
            {
                isBlocked = true;
                double far = account.Layers[layer.Layer - 1].Sums.ToArray().Average(Math.Abs);
                yield return new NetworkFinding(NetworkFault.Saturated, layer.Layer, Text(
                    $"{100 * layer.Flat:F0} % of the {activation} of layer {layer.Layer} are saturated: |z| is {S(far)} on average, where the function is flat and f′ is almost 0, so hardly any gradient passes. ")
                    + (hasDriven ? Driven : "Use smaller initial weights, or standardize the inputs."));
            }
        }
        if (!isBlocked && vitals.Length > 2 && vitals[^1].Gradient > 0 && vitals[0].Gradient < Vanished * vitals[^1].Gradient)
            yield return new NetworkFinding(NetworkFault.VanishingGradient, 1, Text(
                $"The gradient vanishes on its way through {vitals.Length} layers: {S(vitals[^1].Gradient)} in the last, {S(vitals[0].Gradient)} in the first. Each layer multiplies it by w·f′, which is less than 1 here. ")
                + "Use ReLU or Tanh, Xavier or Kaiming initialization, fewer layers or residual connections.");
    }

    static NetworkFinding NotFinite(IReadOnlyList<double> losses, Optimizer optimizer)
    {
        int bad = losses.ToList().FindIndex(loss => !double.IsFinite(loss));
        string course = bad > 0 ? Text($"The loss of the batches went from {S(losses[0])} to {S(losses[bad - 1])} and is NaN or infinite from step {bad + 1} on. ") : "The loss or a weight is NaN or infinite. ";
        return new NetworkFinding(NetworkFault.LearningRateTooLarge, null,
            $"{course}{Text($"The steps are too large (η = {S(Rate(optimizer))}): each jumps beyond the minimum to where the slope is steeper. A NaN never goes away. ")}Start anew with a tenth of the learning rate.");
    }

    static double Rate(Optimizer optimizer) => optimizer.ParameterGroups[0].LearningRate;

    /// <summary>What a step of the optimizer would do to the loss; it is taken back.</summary>
    sealed class TriedStep(
        IReadOnlyList<Module> layers, Tensor inputs, Func<Tensor, Tensor> loss, Func<Tensor> nextLoss, Optimizer optimizer, double now)
    {
        internal double Now => now;

        /// <summary>What the next step's Backward starts from.</summary>
        internal double Next { get; } = ValueOf(nextLoss);

        internal (double Loss, double Moved) Whole { get; } = After(layers, inputs, loss, nextLoss, optimizer, 1);

        /// <summary>The largest share of the learning rate, among powers of ten, with which the step lowers the loss; null if none was found.</summary>
        internal (double Share, double Loss)? Lower
        {
            get
            {
                if (_isSought) return field;
                _isSought = true;
                for (double share = 0.1; share > SmallestShare; share /= 10)
                    if (After(layers, inputs, loss, nextLoss, optimizer, share).Loss is var after && after < now)
                        return field = (share, after);
                return null;
            }
        }

        bool _isSought;

        /// <summary>The Euclidean norm of all weights and biases.</summary>
        internal double Size { get; } = Math.Sqrt(layers.SelectMany(layer => layer.Parameters()).Sum(p => p.ToArray().Sum(w => w * w)));
    }

    const string HowUphill = "Is it Backward(-loss), w + η·g, or a negative learning rate? The step is w − η·g.";

    static IEnumerable<NetworkFinding> OfGrowth(TriedStep step, IReadOnlyList<double> losses, double? first, bool isOfRows, Optimizer optimizer)
    {
        double rate = Rate(optimizer), now = step.Now, whole = step.Whole.Loss;
        double[] last = [.. losses.TakeLast(4)];
        bool rises = isOfRows && last.Length == 4 && last.Zip(last.Skip(1)).All(pair => pair.Second > pair.First);
        // Each step went along the gradient, not against it.
        if (rises && whole < now && last[3] - last[2] is var up && up > 0.3 * (now - whole) && up < 3 * (now - whole))
        {
            yield return new NetworkFinding(NetworkFault.Uphill, null, Text(
                $"The loss rises with every step, last by {S(up)}, and a step against the gradient would lower it by {S(now - whole)}: the loop goes the other way. ")
                + HowUphill);
            yield break;
        }
        // A loss that is not negative is negated where the loop goes up.
        if (step.Next < 0 && now > 0)
        {
            yield return new NetworkFinding(NetworkFault.Uphill, null, Text(
                $"Backward starts from {S(step.Next)}, the negative of a loss, so the step goes along the gradient instead of against it, and takes the loss from {S(now)} to {S(whole)}. ")
                + HowUphill);
            yield break;
        }
        bool grew = losses.Count > 0 && first is { } start && !(now < Exploded * start);
        bool isWorse = grew || !(whole < Exploded * now) || (!HasLearned(losses) && ((isOfRows && Jumps(losses)) || !(whole < Rises * now)));
        if (!(whole <= now) && isWorse && step.Lower is var (share, lower))
            yield return new NetworkFinding(NetworkFault.LearningRateTooLarge, null, Text(
                $"The next step with the learning rate η = {S(rate)} takes the loss from {S(now)} up to {S(whole)}, with η = {S(rate * share)} down to {S(lower)}. The slope is followed farther than it holds. Take η = {S(rate * share)}."));
        else if (grew)
            yield return new NetworkFinding(NetworkFault.LearningRateTooLarge, null, Text(
                $"The loss grew from {S(first!.Value)} before the first step to {S(now)}: steps with the learning rate η = {S(rate)} follow the slope farther than it holds. Start anew with a tenth of the learning rate."));
    }

    static NetworkFinding[] OfNoGradient(IReadOnlyList<Module> layers, Tensor inputs, Func<Tensor, Tensor> loss, BackwardAccount account)
    {
        if (account.Layers.FirstOrDefault(layer => layer.ByWeight.ToArray().All(g => g == 0)) is not { } blocked) return [];
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor div = loss(layers.Aggregate(inputs, (value, layer) => layer.Forward(value)));
        return [new NetworkFinding(NetworkFault.NoGradient, blocked.Number, Text(
            $"No weight of layer {blocked.Number} has a gradient. {autograd.Explain(blocked.Linear.Weight, div).Sentence}"))];
    }

    static IEnumerable<NetworkFinding> OfStandstill(
        TriedStep step, BackwardAccount account, IReadOnlyList<double> losses, Optimizer optimizer)
    {
        (double whole, double moved) = step.Whole;
        // At a minimum steps are tiny too, but there the slope is flat.
        double slope = Math.Sqrt(account.Layers.Sum(layer => layer.ByWeight.ToArray().Sum(g => g * g) + (layer.ByBias?.ToArray().Sum(g => g * g) ?? 0)));
        bool isFlat = 0.01 * step.Size * slope < FlatLoss * Math.Abs(step.Now);
        if (!isFlat && moved < TinyStep * step.Size)
            yield return new NetworkFinding(NetworkFault.LearningRateTooSmall, null, Text(
                $"The next step with the learning rate η = {S(Rate(optimizer))} moves the weights by {S(100 * moved / step.Size)} % of their size and the loss from {step.Now:G8} to {whole:G8}. Multiply the learning rate by ten until the loss moves."));
        else if (losses.Count > 2 && whole < step.Now && losses.All(one => one.Equals(losses[0])))
            yield return new NetworkFinding(NetworkFault.NothingMoves, null, Text(
                $"The loss is {step.Now:G6} to the last digit in all {losses.Count} steps, and a step of {optimizer.GetType().Name} would lower it to {whole:G6}: Backward or Step is not called, or the optimizer holds other parameters."));
    }

    // A loss that falls may rise now and then.
    static bool HasLearned(IReadOnlyList<double> losses) => losses.Count > 10 && losses.TakeLast(10).Average() < Learned * losses[0];

    // A loss that goes up in a third of the steps does not follow its slope.
    static bool Jumps(IReadOnlyList<double> losses)
    {
        double[] last = [.. losses.TakeLast(20)];
        return last.Length > 3 && last.Zip(last.Skip(1)).Count(pair => pair.Second > pair.First) * 3 >= last.Length;
    }

    // The loss after a step with a share of the learning rate, and how far it moved; the step is taken back.
    static (double Loss, double Moved) After(
        IReadOnlyList<Module> layers, Tensor inputs, Func<Tensor, Tensor> loss, Func<Tensor> nextLoss, Optimizer optimizer, double share)
    {
        Tensor[] parameters = [.. layers.SelectMany(layer => layer.Parameters())];
        using var kept = new KeptState(parameters, optimizer);
        using PauseScope pause = Autograd.Pause();
        foreach (Tensor parameter in parameters) parameter.ZeroGrad();
        foreach (ParameterGroup group in optimizer.ParameterGroups) group.LearningRate *= share;
        using (var autograd = new Autograd()) autograd.Backward(nextLoss());
        optimizer.Step();
        double moved = Math.Sqrt(parameters.Select((p, i) => (p.Detach() - kept.Values[i]).ToArray().Sum(d => d * d)).Sum());
        return (loss(layers.Aggregate(inputs, (value, layer) => layer.Forward(value))).Item(), moved);
    }

    static double ValueOf(Func<Tensor> loss)
    {
        using PauseScope pause = Autograd.Pause();
        return loss().Item();
    }

    static string S(double number) => Notation.Short(number);

    static string Text(FormattableString text) => text.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
