namespace MyTorch;

// What surrounds a sweep: what it may be asked for, what it begins and ends with.
public sealed partial class Autograd
{
    /// <summary>The start of a <see cref="Backward"/>: the output's gradient is there, no rule has run.</summary>
    internal Adjoints Begin(Tensor output, Tensor? gradient, bool createGraph)
    {
        RequireOwnThread(nameof(Backward));
        RequireRecorded(output, nameof(Backward));
        Tensor seed = Seed(output, gradient);
        return createGraph ? new RecordedAdjoints(this, output, seed) : new Adjoints(this, output, seed, _tape.Memory);
    }

    /// <summary>The start of a <see cref="Gradients"/>, which keeps the adjoints of the inputs.</summary>
    internal Adjoints Begin(Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient, bool createGraph)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        RequireOwnThread(nameof(Gradients));
        bool outputIsInput = inputs.Any(input => ReferenceEquals(input, output));
        if (!outputIsInput) RequireRecorded(output, nameof(Gradients));
        Tensor seed = Seed(output, gradient);
        return createGraph ? new RecordedAdjoints(this, output, seed, inputs) : new Adjoints(this, output, seed, _tape.Memory, inputs);
    }

    /// <summary>The whole sweep, recorded only where the gradients are to be differentiated again.</summary>
    void Run(Adjoints adjoints)
    {
        int before = _tape.Count;
        try
        {
            if (adjoints.CreateGraph) SweepOrReplacement(adjoints);
            else using (Pause()) SweepOrReplacement(adjoints);
        }
        catch (Exception e) when (HasEnded)
        {
            throw EngineErrors.EndedElsewhere(e);
        }
        // The results of an ended scope no longer require a gradient, so a part could be missing.
        if (HasEnded) throw EngineErrors.EndedElsewhere(null);
        if (adjoints is RecordedAdjoints recorded) _tape.NoteExtension(before, recorded);
        else adjoints.End();
    }

    void SweepOrReplacement(Adjoints adjoints)
    {
        if (Replacement is { } other) adjoints.Adopt(other(this, adjoints));
        else if (GradientAccumulated is { } listener && adjoints.SetsGrad) FinishedLeaves.Announce(this, adjoints, listener);
        else Sweep(adjoints);
    }

    /// <summary>
    /// Another way to the adjoints of all tensors, put in the sweep's place by the tests: every test must pass with either.
    /// </summary>
    internal static Func<Autograd, Adjoints, IReadOnlyDictionary<Tensor, Tensor>>? Replacement { get; set; }

    /// <summary>The sweep in slow motion: each operation whose backward rule ran. Between the steps recording goes on.</summary>
    internal IEnumerable<Operation> Steps(Adjoints adjoints)
    {
        for (int i = adjoints.Last; i >= _start; i--)
            if (Step(_tape[i])) yield return _tape[i];

        bool Step(Operation operation)
        {
            if (adjoints.CreateGraph) return Propagate(operation, adjoints);
            using (Pause()) return Propagate(operation, adjoints);
        }
    }

    internal bool Recorded(Tensor tensor) => IndexOf(tensor) >= 0;

    /// <summary>The index on the tape of the operation that computed a tensor; -1 if it was not recorded in this scope.</summary>
    // The operation is asked for once: when another thread ends the scope, the tensor has none from one moment to the next.
    internal int IndexOf(Tensor tensor) =>
        tensor.Producer is { } producer && producer.Tape == _tape && producer.Index >= _start ? producer.Index : -1;

    internal static Autograd ScopeThatRecorded(Tensor output)
    {
        Tape tape = Tape.OfThisThread;
        if (tape.Innermost is null) throw EngineErrors.NoScope(output);
        for (Tape? around = tape; around is not null; around = around.Outer)
            if (around.ScopeThatRecorded(output) is { } scope) return scope;
        return tape.Innermost;
    }

    internal void RequireOwnThread(string action)
    {
        if (HasEnded) throw EngineErrors.ScopeEnded(action, _endedByAnother);
        if (_tape.Thread != Thread.CurrentThread) throw EngineErrors.OtherThread(action, _tape);
    }

    internal void RequireRecorded(Tensor output, string action)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!Recorded(output)) throw EngineErrors.NotRecorded(action, output);
    }

    /// <summary>The gradient that a sweep starts from: the given one, or 1 for a scalar.</summary>
    internal static Tensor Seed(Tensor output, Tensor? gradient, string action = nameof(Backward))
    {
        if (gradient is null) return output.ElementCount == 1 ? Tensor.OnesLike(output) : throw EngineErrors.NotAScalar(action, output);
        if (gradient.Shape != output.Shape || gradient.DType != output.DType) throw EngineErrors.WrongSeed(action, output, gradient);
        return gradient;
    }
}
