namespace MyTorch.Nn;

/// <summary>
/// Evaluation mode for one flow of code: it is noted in the flow (<see cref="AsyncLocal{T}"/>), not in the modules, so that no other thread sees it and there
/// is nothing to restore.
/// </summary>
sealed class EvaluationMode : IDisposable
{
    static readonly AsyncLocal<EvaluationMode?> s_current = new();

    // While none is open anywhere, asking for the mode of a module costs one read.
    static int s_open;

    readonly EvaluationMode? _around;
    // Null once it has ended: a flow that was started inside may still hold this.
    volatile HashSet<Module>? _modules;

    internal EvaluationMode(Module module)
    {
        _modules = new(module.NamedModules().Select(named => named.Module), ReferenceEqualityComparer.Instance);
        _around = FirstOpen(s_current.Value);
        s_current.Value = this;
        Interlocked.Increment(ref s_open);
    }

    internal static bool Covers(Module module)
    {
        if (Volatile.Read(ref s_open) == 0) return false;
        for (EvaluationMode? mode = s_current.Value; mode is not null; mode = mode._around)
            if (mode._modules?.Contains(module) == true) return true;
        return false;
    }

    static EvaluationMode? FirstOpen(EvaluationMode? mode)
    {
        while (mode is { _modules: null }) mode = mode._around;
        return mode;
    }

    /// <summary>Ends it. May be called twice, and in any order.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _modules, null) is null) return;
        Interlocked.Decrement(ref s_open);
        s_current.Value = FirstOpen(s_current.Value);
    }
}
