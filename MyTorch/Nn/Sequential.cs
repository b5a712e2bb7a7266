namespace MyTorch.Nn;

/// <summary>Modules one after the other. Their parameters are named by place, <c>0.weight</c>, as in PyTorch.</summary>
/// <param name="modules">The modules, first to last; none is null.</param>
public class Sequential(params IReadOnlyList<Module> modules) : Module
{
    readonly Module[] _modules = modules.Contains(null!)
        ? throw new ArgumentNullException(nameof(modules), "Sequential: one of the modules is null.")
        : [.. modules];

    /// <summary>The modules, first to last.</summary>
    public IReadOnlyList<Module> Modules => new ReadOnlyArray<Module>(_modules);

    /// <summary>The output of the last module, each taking the output of the one before.</summary>
    public override Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IDisposable? call = RecordCall();
        foreach (Module module in _modules) input = module.Run(input);
        return _modules.Length > 0 ? input : new Operations.Identity(input).Apply();
    }
}
