namespace MyTorch.Nn;

/// <summary>
/// Evaluation mode for one asynchronous flow. It is stored in an <see cref="AsyncLocal{T}"/>, not in the modules: other threads do not see
/// it, and nothing needs to be restored.
/// </summary>
sealed class EvaluationMode : IDisposable
{
    static readonly AsyncLocal<EvaluationMode?> s_current = new();

    // The number of open blocks in the process: while it is 0, checking a module costs one read.
    static int s_open;

    readonly EvaluationMode? _around;
    // Null after Dispose: a task started inside the block may still hold this object.
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

    /// <summary>Ends the block. Several blocks may be disposed in any order, and each more than once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _modules, null) is null) return;
        Interlocked.Decrement(ref s_open);
        s_current.Value = FirstOpen(s_current.Value);
    }
}
