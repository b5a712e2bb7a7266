using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Teaching;

/// <summary>A part of a training step.</summary>
public enum StepPart
{
    /// <summary>The outputs are computed.</summary>
    Forward,

    /// <summary>The loss is computed from outputs and targets.</summary>
    Loss,

    /// <summary>The gradients are computed, last operation first.</summary>
    Backward,

    /// <summary>The optimizer moves every parameter.</summary>
    Step,
}

/// <summary>
/// One training step opened: the tape of the batch with values and adjoints, and what the optimizer did to each weight.
/// <code>
/// StepAccount step = StepAccount.Preview(model.Layers, inputs, y => criterion.Forward(y, targets), optimizer);
/// foreach (UpdateLine line in step.OfWeight(0, 3)) Console.WriteLine(line);
/// </code>
/// </summary>
public sealed class StepAccount
{
    readonly Optimizer _optimizer;

    StepAccount(
        Optimizer optimizer, double loss, Trace trace, int forwardRows, IReadOnlyList<string> backward, IReadOnlyList<ParameterChange> changes) =>
        (_optimizer, Loss, Trace, ForwardRows, Backward, Changes) = (optimizer, loss, trace, forwardRows, backward, changes);

    /// <summary>The loss before the step.</summary>
    public double Loss { get; }

    /// <summary>The operations with their values and adjoints.</summary>
    public Trace Trace { get; }

    /// <summary>The rows of the trace up to the network's outputs; the others belong to the loss.</summary>
    public int ForwardRows { get; }

    /// <summary>The backward rules in the order in which they ran, each in words.</summary>
    public IReadOnlyList<string> Backward { get; }

    /// <summary>The parameters, each before and after the step.</summary>
    public IReadOnlyList<ParameterChange> Changes { get; }

    /// <summary>Which part of the step computes a row's value.</summary>
    /// <param name="row">The row, from 1.</param>
    public StepPart PartOf(int row) => row <= ForwardRows ? StepPart.Forward : StepPart.Loss;

    /// <summary>
    /// Takes a step and takes it back: parameters, their gradients and the optimizer's state are as before afterwards, to the last bit.
    /// </summary>
    /// <param name="layers">The network.</param>
    /// <param name="inputs">The batch.</param>
    /// <param name="loss">The loss of the outputs, a scalar.</param>
    /// <param name="optimizer">The optimizer of the network's parameters. A learning-rate schedule must not be attached to it.</param>
    /// <param name="clearsBefore">
    /// Whether the loop clears the gradients before Backward; otherwise the step adds to those that are there.
    /// </param>
    public static StepAccount Preview(
        IReadOnlyList<Module> layers, Tensor inputs, Func<Tensor, Tensor> loss, Optimizer optimizer, bool clearsBefore = false)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(optimizer);
        Tensor[] parameters = [.. layers.SelectMany(layer => layer.Parameters())];
        (string Layer, string Name)[] names =
        [
            .. layers.SelectMany((layer, at) => layer.NamedParameters().Select(named => (layer.Describe(), $"{Notation.Number(at)}.{named.Name}"))),
        ];
        using var kept = new KeptState(parameters, optimizer);
        if (clearsBefore) optimizer.ZeroGrad();
        // Paused, so that scopes that are already open record nothing of it.
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor outputs = layers.Aggregate(inputs, (value, layer) => layer.Forward(value)), div = loss(outputs);
        Trace trace = Trace.Of(autograd, div);
        int forward = trace.Rows.FirstOrDefault(row => ReferenceEquals(row.Value, outputs))?.Index ?? 0;
        string[] backward = [.. Stepper.Backward(autograd, div).Select(step => step.ToPrettyText())];
        Tensor?[] gradients = [.. parameters.Select(parameter => parameter.Grad?.Clone())];
        optimizer.Step();
        Dictionary<string, Tensor> after = optimizer.StateDict();
        return new StepAccount(optimizer, div.Item(), trace, forward, [.. backward],
        [
            .. parameters.Select((parameter, i) => new ParameterChange
            {
                Layer = names[i].Layer,
                Name = names[i].Name,
                Before = kept.Values[i],
                Gradient = gradients[i],
                After = parameter.Detach().Clone(),
                StateBefore = StateOf(kept.State, optimizer, parameter),
                StateAfter = StateOf(after, optimizer, parameter),
            }),
        ]);
    }

    static Dictionary<string, Tensor> StateOf(Dictionary<string, Tensor> saved, Optimizer optimizer, Tensor parameter)
    {
        int index = 0;
        while (index < optimizer.Parameters.Count && !ReferenceEquals(optimizer.Parameters[index], parameter)) index++;
        string prefix = $"state.{Notation.Number(index)}.";
        return saved.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value);
    }

    /// <summary>What the optimizer did to one weight, line by line, in symbols and numbers; the last line is the new weight.</summary>
    /// <param name="parameter">The index of the parameter in <see cref="Changes"/>.</param>
    /// <param name="element">The index of the weight in the parameter's elements, row by row.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such parameter or element.</exception>
    public IReadOnlyList<UpdateLine> OfWeight(int parameter, int element)
    {
        if (parameter < 0 || parameter >= Changes.Count)
            throw Invalid.OutOfRange(nameof(parameter), $"StepAccount: parameter {parameter}; expected 0 to {Changes.Count - 1}.");
        ParameterChange change = Changes[parameter];
        if (element < 0 || element >= change.Before.ElementCount)
            throw Invalid.OutOfRange(nameof(element), $"StepAccount: element {element} of {change.Name}; expected 0 to {change.Before.ElementCount - 1}.");
        return [.. UpdateLines.Of(_optimizer, change, element)];
    }
}

/// <summary>A parameter before and after a step.</summary>
public sealed record ParameterChange
{
    /// <summary>The layer: <c>Linear(2, 8)</c>.</summary>
    public required string Layer { get; init; }

    /// <summary>The parameter's name, with the index of its layer: <c>0.weight</c>.</summary>
    public required string Name { get; init; }

    /// <summary>w before the step.</summary>
    public required Tensor Before { get; init; }

    /// <summary>The gradient that the optimizer read; null if there was none.</summary>
    public required Tensor? Gradient { get; init; }

    /// <summary>w after the step.</summary>
    public required Tensor After { get; init; }

    internal IReadOnlyDictionary<string, Tensor> StateBefore { get; init; } = new Dictionary<string, Tensor>();

    internal IReadOnlyDictionary<string, Tensor> StateAfter { get; init; } = new Dictionary<string, Tensor>();
}

/// <summary>A line of an optimizer's rule for one weight.</summary>
/// <param name="Left">What it computes: <c>v</c>.</param>
/// <param name="Symbols">The rule: <c>μ·v + g</c>; empty for a number that is given.</param>
/// <param name="Numbers">The same with numbers.</param>
/// <param name="Value">The result.</param>
public sealed record UpdateLine(string Left, string Symbols, string Numbers, double Value)
{
    /// <summary>The whole line: <c>v = μ·v + g = 0.9·0.2 + 0.1 = 0.28</c>.</summary>
    public override string ToString() => string.Join(" = ", new[] { Left, Symbols, Numbers, Notation.Short(Value) }.Where(part => part.Length > 0));
}

/// <summary>
/// The rules of the optimizers for one weight. What an optimizer keeps is read from its state, the new weight from the parameter.
/// </summary>
static class UpdateLines
{
    internal static IEnumerable<UpdateLine> Of(Optimizer optimizer, ParameterChange change, int element)
    {
        ParameterGroup group = optimizer.ParameterGroups[0];
        double w = At(change.Before), after = At(change.After), rate = group.LearningRate;
        yield return new("w", "", "", w);
        if (change.Gradient is not { } gradient)
        {
            yield return new("w", "w", "no gradient arrived", after);
            yield break;
        }
        double g = At(gradient);
        yield return new("g", "∂L/∂w", "", g);
        double decay = group.Options.FirstOrDefault(option => option.Name == "weight_decay").Value;
        if (decay != 0 && optimizer is not AdamW)
            yield return new("g", "g + λ·w", $"{S(g)} + {S(decay)}·{S(w)}", g += decay * w);
        switch (optimizer)
        {
            case SGD:
                double momentum = group["momentum"], step = g;
                string name = "g";
                if (momentum != 0)
                {
                    double v = State("momentum_buffer", after: true);
                    double factor = 1 - group["dampening"];
                    yield return !change.StateBefore.ContainsKey("momentum_buffer")
                        ? new("v", "g", "", v)
                        : new("v", factor == 1 ? "μ·v + g" : "μ·v + (1 − τ)·g",
                            $"{S(momentum)}·{S(State("momentum_buffer", after: false))} + {(factor == 1 ? "" : S(factor) + "·")}{S(g)}", v);
                    (name, step) = ("v", v);
                    if (group["nesterov"] != 0)
                    {
                        yield return new("step", "g + μ·v", $"{S(g)} + {S(momentum)}·{S(v)}", step = g + momentum * v);
                        name = "step";
                    }
                }
                yield return new("w", $"w − η·{name}", $"{S(w)} − {S(rate)}·{S(step)}", after);
                break;
            case Adam:
                double beta1 = group["betas.0"], beta2 = group["betas.1"], t = change.StateAfter["step"].Item();
                double m = State("exp_avg", after: true), square = State("exp_avg_sq", after: true);
                if (optimizer is AdamW && decay != 0)
                    yield return new("w", "w·(1 − η·λ)", $"{S(w)}·(1 − {S(rate)}·{S(decay)})", w *= 1 - rate * decay);
                yield return new("m", "β₁·m + (1 − β₁)·g", $"{S(beta1)}·{S(State("exp_avg", after: false))} + {S(1 - beta1)}·{S(g)}", m);
                yield return new("v", "β₂·v + (1 − β₂)·g²", $"{S(beta2)}·{S(State("exp_avg_sq", after: false))} + {S(1 - beta2)}·{S(g)}²", square);
                if (group["amsgrad"] != 0)
                    yield return new("v", "the largest v so far", "", square = State("max_exp_avg_sq", after: true));
                double hat1 = m / (1 - Math.Pow(beta1, t)), hat2 = square / (1 - Math.Pow(beta2, t));
                yield return new("m̂", "m/(1 − β₁ᵗ)", $"{S(m)}/(1 − {S(beta1)}^{S(t)})", hat1);
                yield return new("v̂", "v/(1 − β₂ᵗ)", $"{S(square)}/(1 − {S(beta2)}^{S(t)})", hat2);
                yield return new("w", "w − η·m̂/(√v̂ + ε)", $"{S(w)} − {S(rate)}·{S(hat1)}/(√{S(hat2)} + {S(group["eps"])})", after);
                break;
            case RMSprop:
                double s = State("square_avg", after: true), alpha = group["alpha"];
                yield return new("s", "α·s + (1 − α)·g²", $"{S(alpha)}·{S(State("square_avg", after: false))} + {S(1 - alpha)}·{S(g)}²", s);
                if (group["centered"] == 0 && group["momentum"] == 0)
                    yield return new("w", "w − η·g/(√s + ε)", $"{S(w)} − {S(rate)}·{S(g)}/(√{S(s)} + {S(group["eps"])})", after);
                else yield return new("w", "w − η·b", "", after);
                break;
            case Adagrad when group["lr_decay"] == 0:
                double sum = State("sum", after: true);
                yield return new("s", "s + g²", $"{S(State("sum", after: false))} + {S(g)}²", sum);
                yield return new("w", "w − η·g/(√s + ε)", $"{S(w)} − {S(rate)}·{S(g)}/(√{S(sum)} + {S(group["eps"])})", after);
                break;
            default:
                yield return new("w", $"the rule of {optimizer.GetType().Name}", "", after);
                break;
        }

        double At(Tensor tensor) => tensor.ToArray()[element];

        double State(string key, bool after) => (after ? change.StateAfter : change.StateBefore).TryGetValue(key, out Tensor? value) ? At(value) : 0;
    }

    static string S(double number) => Notation.InParenthesesIfNegative(Notation.Short(number));
}

/// <summary>Parameters, their gradients and an optimizer's state, put back when it is disposed.</summary>
sealed class KeptState : IDisposable
{
    readonly Tensor[] _parameters;
    readonly Optimizer _optimizer;
    readonly Tensor?[] _gradients;

    internal KeptState(Tensor[] parameters, Optimizer optimizer)
    {
        (_parameters, _optimizer) = (parameters, optimizer);
        Values = [.. parameters.Select(parameter => parameter.Detach().Clone())];
        _gradients = [.. parameters.Select(parameter => parameter.Grad?.Clone())];
        State = optimizer.StateDict();
    }

    internal Tensor[] Values { get; }

    internal Dictionary<string, Tensor> State { get; }

    public void Dispose()
    {
        for (int i = 0; i < _parameters.Length; i++)
        {
            _parameters[i].CopyFrom(Values[i]);
            if (_gradients[i] is { } gradient) _parameters[i].Grad = gradient;
            else _parameters[i].ZeroGrad();
        }
        _optimizer.LoadStateDict(State);
    }
}
