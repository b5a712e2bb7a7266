using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Teaching;

/// <summary>What is wrong with a training loop.</summary>
public enum LoopMistake
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>ZeroGrad is left out: gradients of all earlier steps are added to those of this one.</summary>
    NoZeroGrad,

    /// <summary>The activations are left out: the network is linear, whatever its depth.</summary>
    NoActivation,

    /// <summary>The sign is wrong: the step goes up the gradient.</summary>
    Uphill,

    /// <summary>Backward is left out: there are no gradients.</summary>
    NoBackward,

    /// <summary>Step is left out: nothing moves.</summary>
    NoStep,
}

/// <summary>
/// The training loop of four lines, forward, loss, backward and step, with a mistake to see what each line is for.
/// <code>
/// var loop = new FourLines(model.Layers, y => criterion.Forward(y, targets), p => new SGD(p, 0.1), inputs, LoopMistake.NoZeroGrad);
/// for (int i = 0; i &lt; 100; i++) loop.Step();
/// Console.WriteLine(loop.Explain());
/// </code>
/// </summary>
public sealed class FourLines
{
    readonly Module[] _layers;
    readonly Func<Tensor, Tensor> _loss;
    readonly Tensor _inputs;
    readonly List<double> _losses = [];

    /// <summary>A loop at its beginning.</summary>
    /// <param name="layers">
    /// The network, which is trained in place; with <see cref="LoopMistake.NoActivation"/> its Linear layers alone are used.
    /// </param>
    /// <param name="loss">The loss of the outputs, a scalar.</param>
    /// <param name="optimizer">Makes the optimizer of the parameters.</param>
    /// <param name="inputs">The batch.</param>
    /// <param name="mistake">The mistake.</param>
    /// <exception cref="ArgumentOutOfRangeException">The mistake is not a member of the enumeration.</exception>
    public FourLines(
        IReadOnlyList<Module> layers, Func<Tensor, Tensor> loss, Func<IReadOnlyList<Tensor>, Optimizer> optimizer, Tensor inputs,
        LoopMistake mistake = LoopMistake.None)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(inputs);
        if (!Enum.IsDefined(mistake)) throw Invalid.OutOfRange(nameof(mistake), $"FourLines: {(int)mistake} is not a mistake; the first, 0, has the name None.");
        (_loss, _inputs, Mistake) = (loss, inputs, mistake);
        _layers = [.. layers.Where(layer => mistake != LoopMistake.NoActivation || layer is not Activation)];
        Optimizer = optimizer([.. _layers.SelectMany(layer => layer.Parameters())]);
    }

    /// <summary>The mistake.</summary>
    public LoopMistake Mistake { get; }

    /// <summary>The layers that are used.</summary>
    public IReadOnlyList<Module> Layers => _layers.AsReadOnly();

    /// <summary>The optimizer.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The losses so far, each before its step.</summary>
    public IReadOnlyList<double> Losses => _losses.AsReadOnly();

    /// <summary>The body of the loop; the line that the mistake changes has a comment.</summary>
    public IReadOnlyList<string> Listing =>
    [
        Mistake == LoopMistake.NoActivation ? "Tensor y = model.Forward(x);      // without activations" : "Tensor y = model.Forward(x);",
        "Tensor loss = criterion.Forward(y, target);",
        Mistake switch
        {
            LoopMistake.NoBackward => "// autograd.Backward(loss);",
            LoopMistake.Uphill => "autograd.Backward(-loss);         // the wrong sign",
            _ => "autograd.Backward(loss);",
        },
        Mistake == LoopMistake.NoStep ? "// optimizer.Step();" : "optimizer.Step();",
        Mistake == LoopMistake.NoZeroGrad ? "// optimizer.ZeroGrad();" : "optimizer.ZeroGrad();",
    ];

    /// <summary>The line of <see cref="Listing"/> that the mistake changes, from 0; null without one.</summary>
    public int? WrongLine => Mistake switch
    {
        LoopMistake.NoActivation => 0,
        LoopMistake.NoBackward or LoopMistake.Uphill => 2,
        LoopMistake.NoStep => 3,
        LoopMistake.NoZeroGrad => 4,
        _ => null,
    };

    /// <summary>One step on the whole batch; returns the loss before it.</summary>
    public double Step() => Step(_inputs, _loss);

    /// <summary>One step on another batch; returns the loss before it.</summary>
    /// <param name="inputs">The batch.</param>
    /// <param name="loss">The loss of the outputs for it.</param>
    public double Step(Tensor inputs, Func<Tensor, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(loss);
        using var autograd = new Autograd();
        Tensor div = loss(_layers.Aggregate(inputs, (value, layer) => layer.Forward(value)));
        if (Mistake == LoopMistake.Uphill) autograd.Backward(div, -Tensor.OnesLike(div));
        else if (Mistake != LoopMistake.NoBackward) autograd.Backward(div);
        if (Mistake != LoopMistake.NoStep) Optimizer.Step();
        if (Mistake != LoopMistake.NoZeroGrad) Optimizer.ZeroGrad();
        _losses.Add(div.Item());
        return _losses[^1];
    }

    /// <summary>What the mistake does, in a sentence with the losses so far.</summary>
    public string Explain()
    {
        string fell = _losses.Count < 2 ? "" : $"The loss went from {Notation.Short(_losses[0])} to {Notation.Short(_losses[^1])} in {Notation.Number(_losses.Count)} steps. ";
        return fell + Mistake switch
        {
            LoopMistake.NoZeroGrad => "Backward adds to Grad. Without ZeroGrad a step follows the sum of all gradients so far, " +
                "so it overshoots as with a momentum of 1, which never forgets.",
            LoopMistake.NoActivation => "W₂·(W₁·x + b₁) + b₂ is one matrix times x plus one vector: without activations all layers together are one " +
                "linear layer, and its boundary is straight.",
            LoopMistake.Uphill => "The gradient points to where the loss grows fastest, so a step along it climbs. The minus in w − η·g makes it fall.",
            LoopMistake.NoBackward => "Without Backward no parameter has a gradient, and Step moves only what has one.",
            LoopMistake.NoStep => "Backward computes gradients and changes no weight. Step is the line that learns.",
            _ => "Forward and loss say how wrong the network is, backward says in which direction each weight matters, step moves it the other way.",
        };
    }
}
