using MyTorch;
using M = MyTorch.Tensor;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

/// <summary>An operation of both libraries: how its operands are drawn, what each library calls, and how exact the result must be.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="Family">The family that tries it alone.</param>
/// <param name="Draw">Draws operands and settings; null where the program has nothing that fits.</param>
/// <param name="Ours">MyTorch's call.</param>
/// <param name="Theirs">PyTorch's call, or what its documentation defines the operation by.</param>
/// <param name="Precision">How exact the value must be.</param>
/// <param name="Code">The text of <paramref name="Ours"/>, which the printer prints and the test of completeness reads.</param>
sealed record Op(
    string Name, string Family, Func<Drawing, Choice?> Draw, Func<M[], Settings, M> Ours, Func<T[], Settings, T> Theirs, Precision Precision, string Code)
{
    /// <summary>The largest |f′| of a function: near a zero of f′ the derivative's error is measured against it.</summary>
    internal double Slope { get; init; }

    /// <summary>Neighbourhoods that a function must be tried in: zeros, kinks, ends of branches.</summary>
    internal double[] Points { get; init; } = [0];

    /// <summary>The same operation by its public constructor, with what it hands over.</summary>
    internal Func<M[], Settings, HandedOver, Operation>? Construct { get; init; }

    internal string ConstructCode { get; init; } = "";

    /// <summary>Whether special values (NaN, ∞) may be tried. Off where PyTorch documents no rule for them.</summary>
    internal bool TakesSpecials { get; init; } = true;

    /// <summary>Whether it may stand in a longer program.</summary>
    internal bool InChains { get; init; } = true;

    /// <summary>Whether the derivative by special values follows PyTorch's convention. The README says where it does not.</summary>
    internal bool ComparesSpecialGradients { get; init; } = true;

    /// <summary>Whether the library takes the limit where PyTorch's form is ∞·0 and so NaN.</summary>
    internal bool TakesLimits { get; init; }

    /// <summary>Whether the second derivative at a kink, where there is none, follows PyTorch's choice.</summary>
    internal bool ComparesSecondOrderAtKinks { get; init; } = true;

    /// <summary>Whether a first derivative may be NaN where PyTorch's second one, by a mask, is a number. The README names the rules.</summary>
    internal bool KeepsNaN { get; init; }

    /// <summary>The relative error that PyTorch's own rule of second order is known to have. The README names the rules.</summary>
    internal double SecondOrderSlack { get; init; }

    /// <summary>How often it is drawn compared with others.</summary>
    internal double Weight { get; init; } = 1;

    public override string ToString() => Name;
}

/// <summary>Drawn operands and settings.</summary>
sealed record Choice(int[] Operands, Settings Settings)
{
    internal Choice(params int[] operands) : this(operands, new Settings()) { }
}
