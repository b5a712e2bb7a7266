namespace MyTorch.Inspection;

/// <summary>
/// The adjoints of an observed sweep: nothing is changed in place, and each contribution is kept together with the new sum.
/// </summary>
sealed class ObservedAdjoints : Adjoints
{
    readonly Autograd _scope;
    readonly bool _overwrite;
    readonly Dictionary<Tensor, Tensor> _sums = new(ReferenceEqualityComparer.Instance);
    List<Contribution> _contributions = [];
    Tensor?[] _returned = [];

    ObservedAdjoints(Autograd scope, Tensor output, Tensor seed, bool overwrite) : base(scope, output, seed, memory: null)
    {
        (_scope, _overwrite) = (scope, overwrite);
        _sums[output] = seed;
    }

    /// <summary>Starts an observed <see cref="Autograd.Backward"/>.</summary>
    internal static ObservedAdjoints Begin(Autograd scope, Tensor output, Tensor? gradient)
    {
        scope.RequireOwnThread(nameof(Autograd.Backward));
        scope.RequireRecorded(output, nameof(Autograd.Backward));
        return new ObservedAdjoints(scope, output, Autograd.Seed(output, gradient), overwrite: false);
    }

    /// <summary>Starts a sweep from several results at once, each with the gradient from which it starts.</summary>
    /// <param name="scope">The scope that recorded the results.</param>
    /// <param name="outputs">The results, all different.</param>
    /// <param name="overwrite">
    /// Whether each contribution replaces the earlier ones instead of being added to them, to show what this mistake leads to.
    /// </param>
    internal static ObservedAdjoints Begin(Autograd scope, IReadOnlyList<(Tensor Output, Tensor Seed)> outputs, bool overwrite)
    {
        scope.RequireOwnThread(nameof(Autograd.Backward));
        foreach ((Tensor output, _) in outputs) scope.RequireRecorded(output, nameof(Autograd.Backward));
        (Tensor last, Tensor start) = outputs.MaxBy(one => one.Output.Producer!.Index);
        var adjoints = new ObservedAdjoints(scope, last, Autograd.Seed(last, start), overwrite);
        foreach ((Tensor output, Tensor seed) in outputs)
            adjoints[output] = adjoints._sums[output] = Autograd.Seed(output, seed);
        return adjoints;
    }

    /// <summary>The sweep of the engine, one operation for each step of the iteration.</summary>
    internal IEnumerable<Visit> Walk()
    {
        foreach (Operation operation in _scope.Steps(this))
        {
            _sums.Remove(operation.Output, out Tensor? adjoint);
            if (_overwrite)
                foreach (Contribution contribution in _contributions) this[contribution.Input] = contribution.Sum;
            yield return new Visit(operation, adjoint!, _returned, _contributions);
            _contributions = [];
        }
    }

    private protected override void Observe(Operation operation, Tensor upstream, Tensor?[] returned, Tensor?[] contributions)
    {
        _returned = returned;
        for (int k = 0; k < contributions.Length; k++)
        {
            if (contributions[k] is not { } contribution) continue;
            Tensor input = operation.InputArray[k];
            Tensor? before = _sums.GetValueOrDefault(input);
            Tensor sum = _sums[input] = before is null || _overwrite ? contribution : before + contribution;
            bool wasRepeated = !ReferenceEquals(contribution, returned[k]);
            _contributions.Add(new Contribution(operation, k, contribution, before, sum, wasRepeated));
        }
    }
}

/// <summary>One operation whose backward rule ran in a sweep.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Adjoint">The gradient of its output.</param>
/// <param name="Returned">The gradients that its backward rule returned, one entry per input.</param>
/// <param name="Contributions">The contributions to the adjoints of inputs that require a gradient, of the shapes of the inputs.</param>
sealed record Visit(Operation Operation, Tensor Adjoint, IReadOnlyList<Tensor?> Returned, IReadOnlyList<Contribution> Contributions);

/// <summary>A partial adjoint: what the backward rule of an operation added to the gradient of one of its inputs.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Position">The position of the input.</param>
/// <param name="Value">The value, of the input's shape.</param>
/// <param name="Before">The input's gradient until then; null if nothing had arrived.</param>
/// <param name="Sum">The input's gradient with this contribution.</param>
/// <param name="WasRepeated">
/// Whether broadcasting repeated the input, so that what the rule returned was summed over the repetitions.
/// </param>
readonly record struct Contribution(Operation Operation, int Position, Tensor Value, Tensor? Before, Tensor Sum, bool WasRepeated)
{
    internal Tensor Input => Operation.InputArray[Position];
}
