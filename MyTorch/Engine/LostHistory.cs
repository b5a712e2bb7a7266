using System.Globalization;

namespace MyTorch;

/// <summary>
/// What the tape notes of results that it does not record, and which operands it refuses: those whose gradient history is on another
/// thread or was lost where that can hardly be meant.
/// </summary>
static class LostHistory
{
    /// <summary>Notes why the result of an operation that was not recorded has no gradient history.</summary>
    internal static void Note(Tape tape, Operation operation)
    {
        bool requiresGrad = false;
        HistoryLoss loss = HistoryLoss.None;
        foreach (Tensor input in operation.InputArray)
        {
            loss |= input.HistoryLoss;
            requiresGrad |= input.RequiresGrad;
        }
        if (tape.Paused > 0)
        {
            // A pause says that no gradient is wanted, also of what had lost its history before.
            if (requiresGrad || (loss & HistoryLoss.Unintended) != 0) loss = loss & ~HistoryLoss.Unintended | HistoryLoss.Paused;
            operation.Output.LoseHistory(loss);
            return;
        }
        if (requiresGrad)
        {
            RequireNoLiveTapeElsewhere(tape, operation);
            loss |= tape.Innermost is null ? HistoryLoss.OutsideScope : HistoryLoss.NotDifferentiable;
        }
        if ((loss & HistoryLoss.Unintended) == 0) operation.Output.LoseHistory(loss);
        else operation.Output.LoseHistory(loss, requiresGrad ? Tensor.Clock : LatestOf(operation), Lineage.Of(operation));
    }

    static long LatestOf(Operation operation)
    {
        long latest = 0;
        foreach (Tensor input in operation.InputArray)
            if ((input.HistoryLoss & HistoryLoss.Unintended) != 0) latest = Math.Max(latest, input.HistoryLostAt);
        return latest;
    }

    /// <summary>Notes from which inputs of running Differentiate calls a result was computed.</summary>
    internal static void NoteOrigin(Tape tape, Operation operation)
    {
        Origin? origin = null;
        foreach (Tensor input in operation.InputArray)
            if (input.Origin is not null) origin = Origin.Union(origin, input.Origin);
        if (origin is null) return;
        Tensor output = operation.Output;
        output.Origin = output.Producer is not null ? origin
            : !output.DType.IsFloat() ? null
            : origin.Cut(tape.Paused > 0 ? HistoryLoss.Paused : tape.Innermost is null ? HistoryLoss.OutsideScope : HistoryLoss.Detached);
    }

    /// <summary>Refuses operands whose history is elsewhere or lost, where that can hardly be meant.</summary>
    internal static void RequireOwnInputs(Tape tape, Operation operation)
    {
        RequireNoLiveTapeElsewhere(tape, operation);
        for (int k = 0; k < operation.InputArray.Length; k++)
            if (operation.InputArray[k] is { RequiresGrad: false, HistoryLoss: not HistoryLoss.None } input
                && (input.HistoryLoss & HistoryLoss.Unintended) != 0 && input.DType.IsFloat())
                RefuseUnintended(tape, operation, k, input);
    }

    static void RequireNoLiveTapeElsewhere(Tape tape, Operation operation)
    {
        foreach (Tensor input in operation.InputArray)
            if (input.Producer is { Tape: { } other } && other != tape && other.Thread != tape.Thread)
                throw new InvalidOperationException(
                    $"{operation.Name}: {input.Describe()} is recorded on the live tape of thread {other.Thread.ManagedThreadId}, " +
                    $"but this is thread {tape.Thread.ManagedThreadId}. " +
                    "Stay on one thread inside an Autograd scope (an await may change it), or pass .Detach().");
    }

    static void RefuseUnintended(Tape tape, Operation operation, int position, Tensor input)
    {
        if (tape.Innermost is not { } innermost) return;
        // While a scope is open its thread records: what was computed then and is not on the tape was computed on another thread.
        if (input.HistoryLostAt >= tape.OpenedAt)
            throw new InvalidOperationException(
                $"{Operand()} on another thread while this Autograd scope was open. " +
                "A scope records only its thread, so the gradient would lack that part. " +
                "Compute it on the thread of the scope (no Parallel.For and no await in between), or pass .Detach() if it is meant as a constant.");
        if (innermost.IsStrict)
            throw new InvalidOperationException(
                $"{Operand()} {((input.HistoryLoss & HistoryLoss.OutsideScope) != 0 ? "while no scope was open" : "in a scope that has ended")}, " +
                "from a tensor that requires a gradient: it is a constant here, and this Autograd scope is strict. " +
                "Compute it inside the scope, or pass .Detach() if it is meant as a constant.");

        string Operand() => string.Create(CultureInfo.InvariantCulture,
            $"{operation.Name}: operand {position + 1}, {input.Describe()}, was computed{Lineage.By(input.Lineage)}");
    }
}
