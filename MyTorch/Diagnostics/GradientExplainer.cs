using System.Globalization;
using MyTorch.Inspection;
using MyTorch.Operations;

namespace MyTorch.Diagnostics;

/// <summary>
/// Traverses a tape from an output back to a tensor, keeps what every backward rule received and returned, and finds why the gradient is as
/// it is.
/// </summary>
sealed class GradientExplainer
{
    // A gradient this many times as large as that of the output counts as exploding, one this many times as small as vanishing.
    const double Enormous = 1e6;
    const double Tiny = 1e-8;

    // An operation that leaves less than this fraction of the gradient is named as the single cause.
    const double Flat = 1e-4;

    readonly Autograd _scope;
    readonly Operation[] _tape;
    readonly Tensor? _output;
    readonly Dictionary<Tensor, Tensor> _adjoints = new(ReferenceEqualityComparer.Instance);
    readonly List<Visit> _visits = [];

    /// <summary>
    /// One backward rule that ran: its upstream gradient, and what it returned for each input, summed to the input's shape.
    /// </summary>
    sealed record Visit(int Position, Operation Operation, Tensor Upstream, Tensor?[] Returned, IReadOnlyList<Tensor?> Raw);

    internal GradientExplainer(Autograd scope, Tensor? output)
    {
        _scope = scope;
        _tape = [.. scope.Operations];
        _output = output ?? (_tape.Length > 0 ? _tape[^1].Output : null);
    }

    internal GradientExplanation Explain(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!tensor.RequiresGrad) return WithoutGrad(tensor);
        GradientExplanation whole = OfTheHistory(tensor);
        return whole.Gradient is not null && _output is not null && !ReferenceEquals(tensor, _output)
            ? WithWhatIsMissing(whole, tensor)
            : whole;
    }

    GradientExplanation OfTheHistory(Tensor tensor)
    {
        if (_output is null)
            return Because(GradientReason.NothingRecorded, Autograd.IsRecording
                ? "No operation has been recorded in this scope: no operation had an input that requires a gradient."
                : "No operation has been recorded in this scope, and recording is paused now.");
        if (ReferenceEquals(tensor, _output))
            return Because(GradientReason.Ordinary, "This is the output itself: its gradient is 1.", gradient: Tensor.OnesLike(tensor));
        if (!_scope.Recorded(_output)) return OutputNotRecorded(_output, _scope.Recorded(tensor));

        Sweep(_output);
        Visit[] path = [.. Path(tensor)];
        if (path.Length == 0) return NoPath(tensor);
        if (!_adjoints.TryGetValue(tensor, out Tensor? gradient)) return NullFromARule(path);

        double[] values = gradient.ToArray();
        if (Anomaly.FirstNotFinite(values) >= 0) return NotFinite(gradient, path);
        double size = Largest(gradient), seed = Largest(_adjoints[_output]);
        if (size == 0) return Zero(gradient, path);
        if (size < Tiny * seed) return Shrunk(gradient, path, seed);
        if (size > Enormous * seed) return Grown(gradient, path, seed);
        return Ordinary(tensor, gradient);
    }

    static GradientExplanation Because(GradientReason reason, string sentence, Visit? at = null, Tensor? gradient = null) =>
        new(reason, gradient, at?.Operation, at?.Position ?? -1, sentence);

    static string Title(Visit visit) => Anomaly.Title(visit.Operation);

    static double Largest(Tensor tensor) => tensor.ToArray().Select(Math.Abs).DefaultIfEmpty().Max();

    static string Text(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    static GradientExplanation WithoutGrad(Tensor tensor)
    {
        if (!tensor.DType.IsFloat())
            return Because(GradientReason.DoesNotRequireGrad,
                $"This is {tensor.Describe()}; only Float32 and Float64 tensors have gradients.");
        return ReasonOf(tensor) is var (reason, how)
            ? Because(reason, $"This tensor does not require a gradient: it {how}. " +
                "If it is a new value of a parameter, write it into the parameter with CopyFrom.")
            : Because(GradientReason.DoesNotRequireGrad,
                "This tensor does not require a gradient: set RequiresGrad = true before the operations that use it.");
    }

    static (GradientReason Reason, string How)? ReasonOf(Tensor tensor) => tensor.HistoryLoss switch
    {
        var how when how.HasFlag(HistoryLoss.NotDifferentiable) => (GradientReason.NotDifferentiable,
            "comes from a comparison, an index (ArgMax) or a conversion to integers, which are not differentiable"),
        var how when how.HasFlag(HistoryLoss.Detached) => (GradientReason.Detached, "was cut off by Detach or Clone"),
        var how when how.HasFlag(HistoryLoss.Paused) => (GradientReason.Paused, "was computed while recording was paused"),
        var how when how.HasFlag(HistoryLoss.OutsideScope) => (GradientReason.OutsideScope,
            $"was computed{Lineage.By(tensor.Lineage)} while no scope was open; open the scope before the forward pass"),
        var how when how.HasFlag(HistoryLoss.ScopeEnded) =>
            (GradientReason.ScopeEnded, $"was computed{Lineage.By(tensor.Lineage)} in a scope that has ended"),
        _ => null,
    };

    /// <summary>
    /// A gradient includes recorded uses only. Where an operation between the tensor and the output also uses a value without gradient
    /// history, the explanation says so. For values computed outside every scope it is known from which tensors; for others only how the
    /// history was lost.
    /// </summary>
    GradientExplanation WithWhatIsMissing(GradientExplanation whole, Tensor tensor)
    {
        (int Position, Tensor Value, bool IsCertain, Lineage? Use)? found = null;
        int others = 0;
        HashSet<Tensor> derived = DerivedFrom(tensor), leading = LeadingToOutput(), seen = new(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < _tape.Length; i++)
        {
            if (!leading.Contains(_tape[i].Output)) continue;
            foreach (Tensor input in _tape[i].Inputs)
            {
                // A condition or labels are not differentiable, whatever they were computed from.
                if (input.RequiresGrad || !input.DType.IsFloat() || input.HistoryLoss == HistoryLoss.None || !seen.Add(input)) continue;
                Lineage? use = tensor.Lineage is { IsMark: true } mark ? input.Lineage?.Find(mark) : null;
                bool isCertain = use is not null || derived.Any(input.SharesMemoryWith);
                if (!isCertain && input is { HistoryLoss: HistoryLoss.OutsideScope, Lineage.IsComplete: true }) continue;
                if (found is not null) others++;
                if (found is null || (isCertain && !found.Value.IsCertain)) found = (i, input, isCertain, use);
            }
        }
        if (found is not var (position, value, certain, at) || ReasonOf(value) is not var (reason, how)) return whole;

        string reads = $"{Anomaly.Title(_tape[position])} reads {value.Describe()}, which";
        string missing = reason switch
        {
            GradientReason.OutsideScope when certain =>
                $"this tensor was also used{Lineage.By(at)} while no scope was open: {reads} was computed there. Uses outside the " +
                $"scope do not count; do them inside it, or pass Detach() if a constant is meant.",
            GradientReason.NotDifferentiable => $"{reads} {how}: if that came from this tensor, that use adds nothing.",
            _ when certain => $"{reads} {how} and has the values of this tensor or of a result of it. That use does not count.",
            _ => $"{reads} {how}: if that came from this tensor, that use does not count.",
        };
        string more = others == 0
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture, $" {others} more values of the computation lost their history too.");
        string partial = certain && reason != GradientReason.NotDifferentiable ? "The gradient is partial" : "The gradient may be partial";
        bool isOrdinary = whole.Reason == GradientReason.Ordinary;
        string rest = isOrdinary
            ? whole.Sentence.Replace("The gradient is finite and of ordinary size: ", "Of what was recorded, ",
                StringComparison.Ordinal)
            : whole.Sentence;
        return whole with
        {
            Reason = isOrdinary ? reason : whole.Reason,
            Operation = isOrdinary ? _tape[position] : whole.Operation,
            Position = isOrdinary ? position : whole.Position,
            IsPartial = true,
            Sentence = $"{(isOrdinary ? "" : rest + " ")}{partial}: {missing}{more}{(isOrdinary ? " " + rest : "")}",
        };
    }

    static GradientExplanation OutputNotRecorded(Tensor output, bool tensorIsRecorded)
    {
        (GradientReason reason, string how) = ReasonOf(output)
            ?? (GradientReason.OutputNotRecorded, "was computed from nothing that requires a gradient, or in another scope");
        if (tensorIsRecorded && output.IsLeaf)
            how = "is a leaf, and the tensor asked about was recorded; are the two arguments swapped? It is Explain(tensor, output)";
        return Because(reason, $"The output, {output.Describe()}, was not recorded in this scope: it {how}.");
    }

    /// <summary>The same traversal as <see cref="Autograd.Backward"/>, which keeps all intermediate gradients.</summary>
    void Sweep(Tensor output)
    {
        _adjoints[output] = Tensor.OnesLike(output);
        foreach ((Operation operation, Tensor adjoint, IReadOnlyList<Tensor?> raw, IReadOnlyList<Contribution> contributions)
            in ObservedAdjoints.Begin(_scope, output, _adjoints[output]).Walk())
        {
            var returned = new Tensor?[raw.Count];
            foreach (Contribution contribution in contributions)
            {
                returned[contribution.Position] = contribution.Value;
                _adjoints[contribution.Input] = contribution.Sum;
            }
            _visits.Add(new Visit(operation.Index - _scope.Start, operation, adjoint, returned, raw));
        }
    }

    /// <summary>
    /// The operations between the tensor and the output, in reverse order, including those whose backward rule did not run.
    /// </summary>
    IEnumerable<Visit> Path(Tensor tensor)
    {
        HashSet<Tensor> from = DerivedFrom(tensor), to = LeadingToOutput();
        Dictionary<Operation, Visit> ran = _visits.ToDictionary(visit => visit.Operation);
        for (int i = _tape.Length - 1; i >= 0; i--)
            if (to.Contains(_tape[i].Output) && _tape[i].Inputs.Any(from.Contains))
                yield return ran.GetValueOrDefault(_tape[i]) is { } visit
                    ? OnlyFrom(visit, from)
                    : new Visit(i, _tape[i], Tensor.ZerosLike(_tape[i].Output), [], []);
    }

    // Gradients of inputs that do not depend on the tensor are not part of its gradient.
    static Visit OnlyFrom(Visit visit, HashSet<Tensor> from) =>
        visit with { Returned = [.. visit.Returned.Select((gradient, k) => from.Contains(visit.Operation.Inputs[k]) ? gradient : null)] };

    HashSet<Tensor> DerivedFrom(Tensor tensor)
    {
        var derived = new HashSet<Tensor>(ReferenceEqualityComparer.Instance) { tensor };
        foreach (Operation operation in _tape)
            if (operation.Inputs.Any(derived.Contains)) derived.Add(operation.Output);
        return derived;
    }

    HashSet<Tensor> LeadingToOutput()
    {
        var leading = new HashSet<Tensor>(ReferenceEqualityComparer.Instance) { _output! };
        for (int i = _tape.Length - 1; i >= 0; i--)
            if (leading.Contains(_tape[i].Output)) leading.UnionWith(_tape[i].Inputs);
        return leading;
    }

    GradientExplanation NoPath(Tensor tensor)
    {
        HashSet<Tensor> derived = DerivedFrom(tensor), leading = LeadingToOutput();
        bool Leads(Operation operation) => leading.Contains(operation.Output);
        var memory = new HashSet<Tensor>(derived.Select(value => value.MemoryOwner), ReferenceEqualityComparer.Instance);
        // Shared memory proves a Detach. For other cuts only the kind is known, not the tensor, and the sentence says so.
        for (int i = 0; i < _tape.Length; i++)
            if (Leads(_tape[i]) && _tape[i].Inputs.FirstOrDefault(
                input => !input.RequiresGrad && memory.Contains(input.MemoryOwner)) is { } copy)
                return new(GradientReason.Detached, null, _tape[i], i,
                    $"The gradient history is cut by Detach: {Anomaly.Title(_tape[i])} reads {copy.Describe()}, which has the " +
                    $"values of this tensor or of a result of it, but not its history.");
        bool isUsed = derived.Count > 1;
        string start = isUsed
            ? "Operations use this tensor, but the output does not depend on their results"
                : "No recorded operation uses this tensor";
        for (int i = 0; i < _tape.Length; i++)
            if (Leads(_tape[i]) && _tape[i].Inputs.FirstOrDefault(
                input => !input.RequiresGrad && input.HistoryLoss != HistoryLoss.None) is { } cut && ReasonOf(cut) is var (reason, how))
                return new(reason, null, _tape[i], i, $"{start}. But {Anomaly.Title(_tape[i])} reads {cut.Describe()}, which {how}: " +
                    (tensor.Lineage is { IsMark: true } mark && cut.Lineage?.Find(mark) is { } use
                        ? $"it came from this tensor{Lineage.By(use)}, and the gradient history is cut there."
                            : "if that came from this tensor, its gradient history is cut there."));
        return isUsed
            ? Because(GradientReason.DoesNotLeadToOutput,
                $"{start}. Was a result overwritten or forgotten, or read as a number with Item() or ToArray()?")
            : Because(GradientReason.Unused, $"{start}. Is it left out of the forward pass, or was it replaced by a copy?");
    }

    static GradientExplanation NullFromARule(Visit[] path)
    {
        Visit at = path.First(visit => visit.Returned.All(gradient => gradient is null));
        return Because(GradientReason.RuleReturnsNull, $"Backward of {Title(at)} returns null for the input that depends on this tensor.",
            at);
    }

    GradientExplanation NotFinite(Tensor gradient, Visit[] path)
    {
        HashSet<Tensor> leading = LeadingToOutput();
        for (int i = 0; i < _tape.Length; i++)
        {
            if (!leading.Contains(_tape[i].Output)) continue;
            if (_tape[i].Inputs.FirstOrDefault(
                input => input.IsLeaf && input.RequiresGrad && Anomaly.FirstNotFinite(input.ToArray()) >= 0) is { } bad)
                return new(GradientReason.InputNotFinite, gradient, _tape[i], i,
                    $"{Anomaly.Title(_tape[i])} reads {bad.Describe()}, which already holds NaN or ∞ at " +
                    $"{Anomaly.At(bad, Anomaly.FirstNotFinite(bad.ToArray()))}.");
            if (Anomaly.OfForward(_tape[i]) is var (reason, what))
                return new(reason, gradient, _tape[i], i, $"The first value that is not finite: {Anomaly.Title(_tape[i])} {what}.");
        }
        foreach (Visit visit in _visits)
            if (Anomaly.OfBackward(visit.Operation, visit.Upstream, visit.Raw) is var (reason, what))
                return Because(reason, $"All values are finite, but not all derivatives: Backward of {Title(visit)} {what}.", visit,
                    gradient);
        return Because(GradientReason.Overflow, "Every contribution is finite, but their sum is not: an overflow.", path[^1], gradient);
    }

    static GradientExplanation Zero(Tensor gradient, Visit[] path)
    {
        Visit? blocker = path.FirstOrDefault(visit => Largest(visit.Upstream) > 0 && Returned(visit) == 0);
        if (blocker is null)
            return Because(GradientReason.Cancelled, "No operation stops the gradient, but the contributions that arrive sum to 0.",
                gradient: gradient);
        (GradientReason reason, string why) = WhyFlat(blocker);
        int others = path.Count(visit => visit != blocker && Largest(visit.Upstream) > 0 && Returned(visit) == 0);
        string more = others == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" {others} more operations between them stop it too.");
        return Because(reason, $"The gradient is 0 after the backward rule of {Title(blocker)}: {why}.{more}", blocker, gradient);
    }

    static double Returned(Visit visit) => visit.Returned.Max(gradient => gradient is null ? 0 : Largest(gradient));

    static double Growth(Visit visit) => Largest(visit.Upstream) is var before and > 0 ? Returned(visit) / before : 1;

    static GradientExplanation Shrunk(Tensor gradient, Visit[] path, double seed)
    {
        Visit flattest = path.MinBy(visit => Returned(visit) > 0 ? Growth(visit) : double.PositiveInfinity)!;
        if (Growth(flattest) < Flat)
        {
            (GradientReason reason, string why) = WhyFlat(flattest);
            return Because(reason, $"The gradient almost vanishes at {Title(flattest)}, " +
                $"from {Text(Largest(flattest.Upstream))} to {Text(Returned(flattest))}: {why}.", flattest, gradient);
        }
        return Because(GradientReason.Vanishing, string.Create(CultureInfo.InvariantCulture,
            $"The gradient shrinks through {path.Length} operations, from {Text(seed)} to {Text(Largest(gradient))}; most at " +
            $"{Title(flattest)}, to {Growth(flattest):G3} of its size."), flattest, gradient);
    }

    static GradientExplanation Grown(Tensor gradient, Visit[] path, double seed)
    {
        Visit steepest = path.MaxBy(Growth)!;
        double size = Largest(gradient), growth = Growth(steepest);
        bool isOne = Math.Log(growth) > 0.5 * Math.Log(size / seed);
        return isOne
            ? Because(GradientReason.SteepOperation, $"The gradient is very large because of {Title(steepest)}, " +
                $"whose derivative at these numbers is up to {Text(growth)}: " +
                $"it grows from {Text(Largest(steepest.Upstream))} to {Text(Returned(steepest))}.", steepest, gradient)
            : Because(GradientReason.Exploding, string.Create(CultureInfo.InvariantCulture,
                $"The gradient explodes through {path.Length} operations, from {Text(seed)} to {Text(size)}; most at " +
                $"{Title(steepest)}, to {growth:G3} times its size."), steepest, gradient);
    }

    static GradientExplanation Ordinary(Tensor tensor, Tensor gradient)
    {
        int zeros = gradient.ToArray().Count(value => value == 0);
        string size = $"its largest element is {Text(Largest(gradient))}" + (zeros == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", {zeros} of {gradient.ElementCount} are 0"));
        if (tensor.Grad is not null)
            return Because(GradientReason.Ordinary, $"The gradient is finite and of ordinary size: {size}.", gradient: gradient);
        return tensor.IsLeaf || tensor.RetainsGrad
            ? Because(GradientReason.BackwardNotCalled,
                $"There is a gradient, {size}, but Grad is null: Backward has not been called, or ZeroGrad was called after it.",
                    gradient: gradient)
            : Because(GradientReason.InnerResult,
                $"There is a gradient, {size}, but this is not a leaf, so its Grad is not stored: call RetainGrad() before Backward.",
                    gradient: gradient);
    }

    /// <summary>Why a backward rule returns 0, or almost 0, for its upstream gradient.</summary>
    static (GradientReason Reason, string Why) WhyFlat(Visit visit)
    {
        Operation operation = visit.Operation;
        switch (operation)
        {
            case ReLU:
                double[] x = operation.Inputs[0].ToArray();
                return (GradientReason.DeadReLU, string.Create(CultureInfo.InvariantCulture,
                    $"a dead ReLU, {x.Count(value => value <= 0)} of its {x.Length} inputs are not positive, among them all through " +
                    $"which a gradient comes"));
            case Sigmoid or BinaryCrossEntropyWithLogits:
                return (GradientReason.SaturatedSigmoid, $"a saturated sigmoid, its inputs reach {Text(Largest(operation.Inputs[0]))}, " +
                    "where its derivative is almost 0; scale the inputs or the initial weights");
            case Tanh:
                return (GradientReason.SaturatedTanh, $"a saturated tanh, its inputs reach {Text(Largest(operation.Inputs[0]))}, " +
                    "where its derivative is almost 0; scale the inputs or the initial weights");
            case Softmax or LogSoftmax or SoftmaxCrossEntropy when IsCertain(operation):
                return (GradientReason.CertainSoftmax,
                    $"a saturated softmax, one class has probability 1, because its logits reach {Text(Largest(operation.Inputs[0]))}");
            case Softmax or LogSoftmax:
                return (GradientReason.Cancelled,
                    "the probabilities of a softmax sum to 1, so a function that treats them all alike has no gradient");
            case Multiply or MatMul or Operations.Linear:
                return (GradientReason.MultipliedByZero, "it multiplies by 0 wherever a gradient arrives");
            case Clamp:
                return (GradientReason.OutOfBounds, "the values are outside the bounds of the clamp");
            case Where or Extreme or Maximum or Minimum or Slice or Gather or IndexSelect:
                return (GradientReason.NotSelected, "it selected other elements than those that come from this tensor");
            default:
                return (GradientReason.ZeroDerivative, "its derivative is 0 at these numbers");
        }
    }

    static bool IsCertain(Operation operation)
    {
        using PauseScope pause = Autograd.Pause();
        double[] probabilities = operation switch
        {
            Softmax => operation.Output.ToArray(),
            LogSoftmax => operation.Output.Exp().ToArray(),
            _ => operation.Inputs[0].Softmax(1).ToArray(),
        };
        return Array.TrueForAll(probabilities, p => p is < 1e-4 or > 1 - 1e-4);
    }
}
