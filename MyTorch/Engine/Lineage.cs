namespace MyTorch;

/// <summary>
/// Which tensors a value was computed from outside every scope, and by which operation, so that an explanation can name them. Tensors are represented by
/// marks, not by references: nothing is kept alive by it. A mark without an operation stands for a tensor that requires a gradient.
/// </summary>
/// <remarks>
/// A new one is made only where an operation brings together what no earlier one did. Evaluating a model a second time, or a loop over its own result,
/// makes none. The size is bounded: beyond it, the older part is forgotten and <see cref="IsComplete"/> is false.
/// </remarks>
sealed class Lineage
{
    const int Most = 256;

    // Stands for what nothing is known of.
    static readonly Lineage s_unknown = new(null, null, null, null, isComplete: false);

    readonly Lineage? _first, _second, _third;
    readonly int _size = 1;
    readonly Type? _type;
    readonly bool _isNamedByType;
    Lineage? _next;

    /// <summary>The mark of a tensor that requires a gradient.</summary>
    internal Lineage() { }

    /// <summary>What an operation computed in a scope that has ended; of the inputs nothing is known.</summary>
    internal Lineage(string operation, string source) => (Operation, Source, IsComplete) = (operation, source, false);

    Lineage(Operation? operation, Lineage? first, Lineage? second, Lineage? third, bool isComplete)
    {
        (_type, Operation) = (operation?.GetType(), operation?.Name);
        _isNamedByType = Operation == _type?.Name;
        (_first, _second, _third, IsComplete) = (first, second, third, isComplete);
        _size += Size(first) + Size(second) + Size(third);
    }

    /// <summary>The operation that read a tensor requiring a gradient; null for the mark of such a tensor.</summary>
    internal string? Operation { get; }

    /// <summary>The file and line of that operation, if its scope recorded them.</summary>
    internal string? Source { get; }

    /// <summary>Whether this stands for one tensor.</summary>
    internal bool IsMark => Operation is null && this != s_unknown;

    /// <summary>Whether every tensor that it was computed from can be found in it.</summary>
    internal bool IsComplete { get; } = true;

    /// <summary>" by Tanh (Program.cs:5)", as far as it is known.</summary>
    internal static string By(Lineage? lineage) =>
        lineage?.Operation is not { } operation ? "" : lineage.Source is { } source ? $" by {operation} ({source})" : $" by {operation}";

    static int Size(Lineage? lineage) => lineage?._size ?? 0;

    /// <summary>The part that a tensor's mark entered by: the operation that read it; null if it is not in it.</summary>
    internal Lineage? Find(Lineage mark)
    {
        if (_first == mark || _second == mark || _third == mark) return this;
        return _first?.Find(mark) ?? _second?.Find(mark) ?? _third?.Find(mark);
    }

    bool Includes(Lineage? other) => other is null || other == this || Find(other) is not null;

    /// <summary>The lineage of the result of an operation that was computed outside every scope.</summary>
    internal static Lineage? Of(Operation operation)
    {
        Lineage? first = null, second = null, third = null;
        bool isCut = false, fits = true;
        foreach (Tensor input in operation.InputArray)
        {
            if (!input.RequiresGrad && (input.HistoryLoss & HistoryLoss.Unintended) == 0) continue;
            isCut |= input.RequiresGrad;
            Lineage source = input.RequiresGrad ? input.Mark() : input.Lineage ?? s_unknown;
            if (source == first || source == second || source == third) continue;
            if (first is null) first = source;
            else if (second is null) second = source;
            else if (third is null) third = source;
            else if (Size(third) + Size(source) < Most) third = new Lineage(operation, third, source, null, IsWhole(third) && IsWhole(source));
            else fits = false;
        }
        if (first is null || (!isCut && second is null)) return first;

        // Where the same was computed before, as in the next evaluation of a model, its lineage serves again.
        if (Volatile.Read(ref first._next) is { } next && next._type == operation.GetType() && next._first == first && next._second == second && next._third == third
            && (next._isNamedByType || next.Operation == operation.Name)) return next;
        return Join(operation, first, second, third, fits);
    }

    static Lineage Join(Operation operation, Lineage first, Lineage? second, Lineage? third, bool fits)
    {
        foreach (Lineage? source in (ReadOnlySpan<Lineage?>)[first, second, third])
            if (source is { Operation: not null } && source.Includes(first) && source.Includes(second) && source.Includes(third)) return source;
        fits &= Size(first) + Size(second) + Size(third) < Most;
        return first._next = fits
            ? new Lineage(operation, first, second, third, IsWhole(first) && IsWhole(second) && IsWhole(third))
            : new Lineage(operation, OnlyMark(first), OnlyMark(second), OnlyMark(third), isComplete: false);
    }

    static bool IsWhole(Lineage? lineage) => lineage?.IsComplete ?? true;

    static Lineage? OnlyMark(Lineage? lineage) => lineage is { IsMark: true } ? lineage : null;
}
