using System.Globalization;

namespace MyTorch.Nn;

/// <summary>Merges dimensions into one: (N, a, b) → (N, a·b), so that a <see cref="Linear"/> layer can follow.</summary>
/// <param name="startDim">The first dimension to merge; by default the one after the batch.</param>
/// <param name="endDim">The last one; by default the last of the input.</param>
public sealed class Flatten(int startDim = 1, int endDim = -1) : Module
{
    /// <summary>The first dimension to merge.</summary>
    public int StartDim => startDim;

    /// <summary>The last dimension to merge.</summary>
    public int EndDim => endDim;

    /// <summary>(N, a, b) → (N, a·b).</summary>
    /// <exception cref="ArgumentException">The input does not have the dimensions, or the first comes after the last.</exception>
    protected override Tensor ForwardCore(Tensor input) => input.Flatten(startDim, endDim);

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"Flatten({startDim}, {endDim})");
}
