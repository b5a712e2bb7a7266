using System.Globalization;

namespace MyTorch;

/// <summary>The errors of the engine: what was given, what was expected, and what to do.</summary>
static class EngineErrors
{
    internal static ObjectDisposedException TapeIsGone() =>
        new(nameof(Autograd), "This Autograd scope has ended and its tape is gone; read Operations before the end of the using block.");

    internal static InvalidOperationException GivenBack(Tensor tensor) => new(
        $"{tensor.Describe()} was computed in a scope or pause with reuseMemory: true that has ended, or shares memory with such a result. " +
        "The memory was given back and may hold other numbers now. To keep the result, call Clone() on it inside the block, or Item() for a number. " +
        "(Without reuseMemory results stay valid; for the Trainer, set ReuseMemory = false in its options.)");

    internal static InvalidOperationException EndedElsewhere(Exception? cause) =>
        new("Backward: another thread ended this Autograd scope during the sweep. End a scope on the thread that uses it.", cause);

    internal static InvalidOperationException NoScope(Tensor output) => new(
        $"Backward: no Autograd scope is open on this thread. {WhyNotRecorded(output)} " +
        "Open a scope before the forward pass and call Backward inside it: using var autograd = new Autograd();");

    internal static InvalidOperationException ScopeEnded(string action, bool byAnother) => new(byAnother
            ? $"{action}: this Autograd scope was ended early, when a scope opened before it on the same thread ended. " +
              "Two async handlers on one thread do that: during the await of one, the other opens or ends its scope. " +
              "Do not await inside a scope: await first, then open it and do the forward pass, " +
              "Backward and the end of the using block in one go. (Without async: does this scope lack its using?)"
            : $"{action}: this Autograd scope has ended and its tape is gone. Call {action} inside the using block.");

    internal static InvalidOperationException OtherThread(string action, Tape tape) => new(
        $"{action}: this Autograd scope belongs to thread {tape.Thread.ManagedThreadId}, and thread {Environment.CurrentManagedThreadId} " +
        "asked. Open, use and end a scope on one thread; do not await inside it, since the code behind an await may run on another thread.");

    internal static InvalidOperationException NotRecorded(string action, Tensor output) =>
        new($"{action}: {output.Describe()} was not recorded in this scope. {WhyNotRecorded(output)}");

    static string WhyNotRecorded(Tensor output) => output switch
    {
        { Producer.Tape: { } tape } when tape.Thread != Thread.CurrentThread =>
            $"It is recorded in an open scope of thread {tape.Thread.ManagedThreadId}, and this is thread " +
            $"{Environment.CurrentManagedThreadId}: an await inside the scope may have moved the work to another thread.",
        { IsLeaf: false } => "It was recorded in a scope around this one; call Backward on that scope.",
        _ when output.HistoryLoss.HasFlag(HistoryLoss.OutsideScope) =>
            $"It was computed{Lineage.By(output.Lineage)} before the scope was opened or after it had ended. " +
            "A scope records what is computed inside it, while recording is not paused, from a tensor with RequiresGrad.",
        _ when output.HistoryLoss.HasFlag(HistoryLoss.ScopeEnded) =>
            "It was recorded in a scope that has ended. Did the using block end, or, where two async handlers share this thread, " +
            "the scope of the other one? Do not await inside a scope.",
        _ => "It is not the result of an operation recorded here: was it computed before the scope was opened, while recording was paused, " +
            "or only from tensors without RequiresGrad?",
    };

    internal static InvalidOperationException NotAScalar(string action, Tensor output) => new(
        $"{action}: the output is {output.Describe()}, not a scalar. Reduce it with .Sum() or .Mean(), or give the gradient ∂L/∂output.");

    internal static ArgumentException WrongSeed(string action, Tensor output, Tensor gradient) => new(
        $"{action}: the given gradient is {gradient.Shape} {gradient.DType}, the output {output.Shape} {output.DType}; " +
        "they need the same shape and type.", nameof(gradient));

    internal static InvalidOperationException NoLeafReached(Tensor reached) => new(
        $"Backward: the gradient reaches {reached.Describe()}, which was recorded in a scope around this one, and no leaf. " +
        "Call Backward on that scope (loss.Backward() finds it), or ask for this gradient with Gradients or RetainGrad().");

    internal static InvalidOperationException BeforeTheScope(Operation operation) =>
        new($"Take: {operation.Name} was recorded in a scope around this one, before its start; the sweep ends at the start.");

    internal static ArgumentNullException NoUpstream(Operation operation) => Null("upstream",
        $"Contributions: no gradient arrived at the output of {operation.Name} (Take returned null), so its rule has nothing to propagate; skip it.");

    internal static ArgumentNullException NothingToAdd(Tensor? sum) => sum is null
        ? Null("sum", "Add: there is no sum yet; store the contribution itself.")
        : Null("contribution", "Add: the contribution is null, since the input requires no gradient; skip it.");

    internal static ArgumentException CannotAdd(Tensor sum, Tensor contribution) => new(
        $"Add: the sum is {sum.Shape}, the contribution {contribution.Shape}: they belong to different tensors. " +
        "Contribution k belongs to input k of the operation.", nameof(contribution));

    internal static ArgumentNullException NullOperand(Operation operation, int position, int count) =>
        Null("inputs", $"{operation.Name}: operand {position + 1} of {count} is null.");

    internal static InvalidOperationException WrongCount(Operation operation, Tensor?[]? gradients) => new(
        $"{Notation.Shown(operation.Name)}.Backward returned {gradients?.Length.ToString(CultureInfo.InvariantCulture) ?? "null"} gradients " +
        $"for {operation.InputArray.Length} inputs; return one for each input, null where there is none.");

    internal static InvalidOperationException DoesNotFit(Operation operation, int position, Tensor gradient)
    {
        Tensor input = operation.InputArray[position];
        bool isTransposed = gradient.Rank == 2 && input.Rank == 2 && gradient.Shape[0] == input.Shape[1] && gradient.Shape[1] == input.Shape[0];
        return new InvalidOperationException(
            $"{Notation.Shown(operation.Name)}.Backward returned a gradient of {gradient.Shape} {gradient.DType} for input {position}, " +
            $"which is {input.Shape} {input.DType}; a gradient has its input's type and its shape (or the shape it was broadcast to)." +
            (isTransposed ? " This looks like the derivative; the gradient is its transpose: return it with .T." : ""));
    }

    internal static InvalidOperationException Changed(Operation operation, Tensor tensor, string role)
    {
        string name = Notation.Shown(operation.Name);
        return new InvalidOperationException(
            $"{tensor.Describe()}, {role} of {name}, was changed after {name} was recorded, so its gradient would be wrong. " +
            "Call Backward before the change (before optimizer.Step()), or compute the operation again after it.");
    }

    // The parameter is that of the method which throws.
    static ArgumentNullException Null(string parameter, string message) => new(parameter, message);
}
