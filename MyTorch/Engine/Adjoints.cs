using MyTorch.Operations;

namespace MyTorch;

/// <summary>
/// The gradients of one sweep: for each tensor the sum of the contributions that have arrived so far, read and written like a dictionary.
/// Buffers, reuse and un-broadcasting hide in here.
/// </summary>
sealed class Adjoints
{
    const int FewLeaves = 16;

    readonly Autograd _scope;
    // None where somebody else is to see the gradients.
    readonly Buffers? _buffers;
    // Results are looked up by their place on the tape, everything else (leaves) by identity.
    readonly Tensor?[] _results;
    readonly List<Tensor> _leaves = [];
    readonly List<Tensor?> _leafSums = [];
    Dictionary<Tensor, int>? _places;
    readonly HashSet<Tensor>? _keep;
    Dictionary<Tensor, Tensor>? _kept;
    List<(Tensor Gradient, Tensor Of)>? _taken;
    Dictionary<Tensor, Tensor>? _observed;

    internal Adjoints(
        Autograd scope, Tensor output, Tensor seed, bool createGraph, IReadOnlyList<Tensor>? keep = null, Action<Contribution>? observer = null)
    {
        _scope = scope;
        _buffers = createGraph || observer is not null ? null : scope.Tape.Buffers;
        Observer = observer;
        (Output, Seed) = (output, seed);
        CreateGraph = createGraph;
        _keep = keep is null ? null : new HashSet<Tensor>(keep, ReferenceEqualityComparer.Instance);
        Last = scope.Recorded(output) ? output.Producer!.Index : -1;
        _results = new Tensor?[Last < 0 ? 0 : Last - scope.Start + 1];
        this[output] = seed;
    }

    /// <summary>The tensor that is differentiated.</summary>
    internal Tensor Output { get; }

    /// <summary>The gradient that the sweep starts from.</summary>
    internal Tensor Seed { get; }

    internal bool CreateGraph { get; }

    /// <summary>
    /// Told of each contribution before it is added. While there is one no sum is changed in place, so that it may keep what it is given.
    /// </summary>
    internal Action<Contribution>? Observer { get; }

    /// <summary>The place of the output on the tape, where the sweep begins; -1 if it is a leaf.</summary>
    internal int Last { get; }

    /// <summary>What a tensor has received so far; null if nothing. The inner results of which it was taken have nothing left.</summary>
    internal Tensor? this[Tensor tensor]
    {
        get
        {
            if (!_scope.Recorded(tensor)) return PlaceOf(tensor) is >= 0 and int place ? _leafSums[place] : null;
            int result = tensor.Producer!.Index - _scope.Start;
            return (result < _results.Length ? _results[result] : null) ?? _kept?.GetValueOrDefault(tensor);
        }
        set
        {
            if (_scope.Recorded(tensor)) _results[tensor.Producer!.Index - _scope.Start] = value;
            else if (PlaceOf(tensor) is >= 0 and int place) _leafSums[place] = value;
            else AddLeaf(tensor, value);
        }
    }

    int PlaceOf(Tensor leaf)
    {
        if (_places is not null) return _places.TryGetValue(leaf, out int place) ? place : -1;
        for (int i = 0; i < _leaves.Count; i++)
            if (ReferenceEquals(_leaves[i], leaf)) return i;
        return -1;
    }

    void AddLeaf(Tensor leaf, Tensor? sum)
    {
        _leaves.Add(leaf);
        _leafSums.Add(sum);
        if (_places is not null) _places.Add(leaf, _leaves.Count - 1);
        else if (_leaves.Count > FewLeaves)
        {
            _places = new(ReferenceEqualityComparer.Instance);
            for (int i = 0; i < _leaves.Count; i++) _places.Add(_leaves[i], i);
        }
    }

    /// <summary>The finished gradient of an operation's output, which no later contribution can reach, taken out; null if none arrived.</summary>
    internal Tensor? Take(Tensor result)
    {
        int place = result.Producer!.Index - _scope.Start;
        if (place < 0)
            throw new InvalidOperationException($"Take: {result.Producer.Name} was recorded in a scope around this one, before its start; the sweep ends at the start.");
        ref Tensor? slot = ref _results[place];
        if (slot is not { } sum) return null;
        slot = null;
        if (CreateGraph) (_taken ??= []).Add((sum, result));
        if (result.RetainsGrad || _keep?.Contains(result) == true) Keep(result, sum);
        return sum;
    }

    void Keep(Tensor result, Tensor sum)
    {
        (_kept ??= new(ReferenceEqualityComparer.Instance))[result] = sum;
        sum.IsAdjointBuffer = false;
        if (result.RetainsGrad) AddLeaf(result, sum);
    }

    /// <summary>
    /// What the rule of an operation makes of the gradient of its output: for each input its contribution, of the input's shape; null for
    /// one that has none or wants none.
    /// </summary>
    internal Tensor?[] Contributions(Operation operation, Tensor upstream)
    {
        if (upstream is null)
            throw new ArgumentNullException(nameof(upstream), $"Contributions: nothing has arrived at the output of {operation.Name} (Take returned null), so there is nothing to undo; pass it over.");
        _buffers?.LendsGrads = _keep is null;
        Tensor?[] returned = _scope.Differentiate(operation, upstream, CreateGraph, _buffers), contributions = returned;
        for (int k = 0; k < returned.Length; k++)
        {
            if (returned[k] is not { } gradient) continue;
            Tensor input = operation.InputArray[k];
            Tensor? contribution = input.RequiresGrad ? Fit(operation, k, input, gradient) : null;
            if (ReferenceEquals(contribution, gradient)) continue;
            // The array is the rule's own and may be used again.
            if (contributions == returned) contributions = [.. returned];
            contributions[k] = contribution;
        }
        if (Observer is not null) Tell(Observer, operation, returned, contributions);
        return contributions;
    }

    /// <summary>sum + contribution; in the memory of one of them if nobody else can reach it.</summary>
    internal Tensor Add(Tensor sum, Tensor contribution)
    {
        if (sum is null) throw new ArgumentNullException(nameof(sum), "Add: nothing was there yet; store the contribution itself.");
        if (contribution is null) throw new ArgumentNullException(nameof(contribution), "Add: the contribution is null, since the input wants none; pass it over.");
        if (_buffers is null) return sum + contribution;
        if (!sum.IsAdjointBuffer && !contribution.IsAdjointBuffer)
        {
            Tensor total = sum + contribution;
            total.IsAdjointBuffer = true;
            return total;
        }
        (Tensor own, Tensor other) = sum.IsAdjointBuffer ? (sum, contribution) : (contribution, sum);
        ElementwiseDispatch.AddInPlace(own, other);
        if (other.IsAdjointBuffer) _buffers.Return(other);
        return own;
    }

    // An input that was repeated by broadcasting receives the sum over its repetitions.
    static Tensor Fit(Operation operation, int position, Tensor input, Tensor gradient)
    {
        RequireFit(operation, position, input, gradient);
        return gradient.Shape == input.Shape ? gradient : gradient.SumTo(input.Shape);
    }

    /// <summary>Refuses a gradient that is neither of its input's type and shape nor of a shape to which that broadcasts.</summary>
    internal static void RequireFit(Operation operation, int position, Tensor input, Tensor gradient)
    {
        if (gradient.DType != input.DType || !input.Shape.BroadcastsTo(gradient.Shape))
            throw new InvalidOperationException(
                $"{Notation.Shown(operation.Name)}.Backward returned a gradient of {gradient.Shape} {gradient.DType} for input {position}, which is {input.Shape} {input.DType}; " +
                "a gradient has its input's type and its shape (or the shape it was broadcast to)." +
                (IsTransposeOf(gradient.Shape, input.Shape) ? " This looks like the derivative; the gradient is its transpose: return it with .T." : ""));
    }

    static bool IsTransposeOf(Shape a, Shape b) => a.Rank == 2 && b.Rank == 2 && a[0] == b[1] && a[1] == b[0];

    void Tell(Action<Contribution> observer, Operation operation, Tensor?[] returned, Tensor?[] contributions)
    {
        _observed ??= new(ReferenceEqualityComparer.Instance);
        for (int k = 0; k < contributions.Length; k++)
        {
            if (contributions[k] is not { } contribution) continue;
            Tensor input = operation.InputArray[k];
            Tensor? before = _observed.GetValueOrDefault(input);
            Tensor sum = _observed[input] = before is null ? contribution : before + contribution;
            observer(new Contribution(operation, k, contribution, before, sum, WasRepeated: !ReferenceEquals(contribution, returned[k])));
        }
    }

    /// <summary>The gradient of a leaf, or of an inner result named at the start, for the caller to keep; null if none arrived.</summary>
    // A rule may hand on its upstream as it is (a sum does): copied, what the caller writes into a gradient reaches nothing else.
    internal Tensor? Finished(Tensor tensor) => CreateGraph ? this[tensor] : this[tensor]?.Clone();

    /// <summary>Takes over sums that were computed elsewhere.</summary>
    internal void Adopt(IReadOnlyDictionary<Tensor, Tensor> sums)
    {
        foreach ((Tensor tensor, Tensor sum) in sums)
        {
            this[tensor] = sum;
            if (tensor.RetainsGrad && _scope.Recorded(tensor)) Keep(tensor, sum);
        }
    }

    /// <summary>With a graph, every gradient of the sweep with the tensor it belongs to: results in the order of the sweep, then leaves.</summary>
    internal IEnumerable<(Tensor Gradient, Tensor Of)> All() => (_taken ?? [])
        .Concat(_leaves.Where(leaf => !_scope.Recorded(leaf)).Select(leaf => (this[leaf]!, leaf)));

    /// <summary>The tensors whose <see cref="Tensor.Grad"/> the sweep adds to: the leaves it reached, and the results that retain theirs.</summary>
    /// <exception cref="InvalidOperationException">None was reached, but a result of a scope around this one was: its tape goes on there.</exception>
    internal List<Tensor> Leaves
    {
        get
        {
            if (_leaves.TrueForAll(ReceivesGrad)) return _leaves;
            List<Tensor> receivers = _leaves.FindAll(ReceivesGrad);
            if (receivers.Count == 0)
                throw new InvalidOperationException(
                    $"Backward: the way back ends at {_leaves[0].Describe()}, which was recorded in a scope around this one, and reaches no leaf. " +
                    "Call Backward on that scope (loss.Backward() finds it), or ask for this gradient with Gradients or RetainGrad().");
            return receivers;
        }
    }

    static bool ReceivesGrad(Tensor tensor) => tensor.IsLeaf || tensor.RetainsGrad;
}

/// <summary>A partial adjoint on its way: what undoing an operation added to the gradient of one of its inputs.</summary>
/// <param name="Operation">The operation that was undone.</param>
/// <param name="Position">Which of its inputs received.</param>
/// <param name="Value">What was added, of the input's shape.</param>
/// <param name="Before">The input's gradient until then; null if nothing had arrived.</param>
/// <param name="Sum">The input's gradient with this contribution.</param>
/// <param name="WasRepeated">Whether broadcasting had repeated the input, so that the rule's result was summed over the repetitions.</param>
readonly record struct Contribution(Operation Operation, int Position, Tensor Value, Tensor? Before, Tensor Sum, bool WasRepeated);
