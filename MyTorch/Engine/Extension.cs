namespace MyTorch;

/// <summary>The part of a tape that one sweep with <c>createGraph</c> added.</summary>
/// <param name="From">The index of its first operation.</param>
/// <param name="To">The index after its last one.</param>
/// <param name="Gradients">The gradients that it computed, each with the tensor it belongs to.</param>
sealed record Extension(int From, int To, IReadOnlyList<(Tensor Gradient, Tensor Of)> Gradients);

/// <summary>The adjoints of a sweep that is itself recorded. It uses no memory again, and remembers every gradient.</summary>
sealed class RecordedAdjoints(Autograd scope, Tensor output, Tensor seed, IReadOnlyList<Tensor>? keep = null) : Adjoints(scope, output, seed, memory: null, keep)
{
    readonly List<(Tensor Gradient, Tensor Of)> _taken = [];

    internal override bool CreateGraph => true;

    internal override Tensor? Take(Tensor result)
    {
        Tensor? sum = base.Take(result);
        if (sum is not null) _taken.Add((sum, result));
        return sum;
    }

    /// <summary>Every gradient of the sweep with the tensor it belongs to: results in the order of the sweep, then leaves.</summary>
    internal IReadOnlyList<(Tensor Gradient, Tensor Of)> All() => [.. _taken, .. TrueLeaves.Select(leaf => (this[leaf]!, leaf))];
}
