namespace MyTorch.Nn;

/// <summary>Applies modules one after another. Their parameters are named by index, <c>0.weight</c>, as in PyTorch.</summary>
/// <param name="modules">The modules, first to last; not null.</param>
public partial class Sequential(params IReadOnlyList<Module> modules) : Module
{
    readonly Module[] _modules = modules.Contains(null!)
        ? throw new ArgumentNullException(nameof(modules), "Sequential: one of the modules is null.")
        : [.. modules];

    /// <summary>The modules, first to last.</summary>
    public IReadOnlyList<Module> Modules => new ReadOnlyArray<Module>(_modules);

    /// <summary>Passes the input through all modules in order.</summary>
    protected override Tensor ForwardCore(Tensor input)
    {
        foreach (Module module in _modules) input = module.Forward(input);
        return _modules.Length > 0 ? input : new Operations.Identity(input).Apply();
    }
}
