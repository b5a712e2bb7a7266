using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MyTorch.Nn;

/// <summary>
/// A layer, or a network of layers. Tensors that require gradients and modules held in fields, properties, arrays, collections, dictionaries or tuples
/// are found by themselves and named as in PyTorch: <c>layers.0.weight</c>.
/// </summary>
/// <remarks>
/// <para>Names are unique. Two parameters of one name are an error, and so is a layer that would not be found: in a class that is not a module,
/// in a delegate or a static field. What is not meant to be a part is marked with <see cref="NotRegisteredAttribute"/>.</para>
/// Derive from it, hold the layers, and say how the input flows:
/// <code>
/// sealed class Net : Module
/// {
///     readonly Linear _hidden = new(4, 16), _output = new(16, 3);
///     public override Tensor Forward(Tensor input) => _output.Forward(_hidden.Forward(input).ReLU());
/// }
/// </code>
/// </remarks>
[DynamicallyAccessedMembers(StateMembers)]
public abstract partial class Module
{
    bool _training = true;

    /// <summary>Computes the output. Shapes are the module's own matter; most take (N, features).</summary>
    public abstract Tensor Forward(Tensor input);

    /// <summary>
    /// Until the result is disposed, what is recorded is noted as this module's work, for pictures and summaries, if the scope wants to know;
    /// otherwise null, and next to free. The library's own layers do this, and containers do it for what they hold. Begin the Forward of a
    /// module of your own with <c>using var call = RecordCall();</c> if another module of your own calls it.
    /// </summary>
    protected IDisposable? RecordCall() =>
        Tape.OfThisThread is { Innermost.RecordsMakers: true } tape ? new Call(tape, this) : null;

    /// <summary>Forward, as a container calls it: noted.</summary>
    internal Tensor Run(Tensor input)
    {
        using IDisposable? call = RecordCall();
        return Forward(input);
    }

    sealed class Call : IDisposable
    {
        readonly Tape _tape;
        readonly object? _around;

        internal Call(Tape tape, Module module)
        {
            (_tape, _around) = (tape, tape.Maker);
            tape.Maker = module;
        }

        public void Dispose() => _tape.Maker = _around;
    }

    /// <summary>
    /// Whether the module is in training mode, where Dropout drops and BatchNorm1d uses and updates batch statistics. True at first; false inside
    /// <see cref="InEvaluationMode"/>.
    /// </summary>
    public bool Training => _training && !EvaluationMode.Covers(this);

    /// <summary>Puts this module and all in it into training mode, for every thread.</summary>
    public Module Train() => SetTraining(true);

    /// <summary>Puts this module and all in it into evaluation mode, for every thread.</summary>
    public Module Eval() => SetTraining(false);

    /// <summary>
    /// Puts this module and all in it into evaluation mode for the caller alone, until the result is disposed:
    /// <c>using (model.InEvaluationMode()) { … }</c>. Another thread that trains the model meanwhile stays in training mode.
    /// </summary>
    /// <remarks>
    /// It holds for the calling code and what that starts inside the block: tasks, <c>Parallel.For</c>, the code behind an await. Afterwards each module is in
    /// the mode it was in. <see cref="Train"/> and <see cref="Eval"/> inside the block set the mode that holds after it.
    /// </remarks>
    public IDisposable InEvaluationMode() => new EvaluationMode(this);

    Module SetTraining(bool training)
    {
        foreach ((_, Module module) in NamedModules()) module._training = training;
        return this;
    }

    /// <summary>All learned tensors, each once, in the order of their declaration, base classes first. They are given their names.</summary>
    public IReadOnlyList<Tensor> Parameters() => [.. NamedParameters().Select(named => named.Tensor)];

    /// <summary>All learned tensors with their names, such as <c>layers.0.weight</c>.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedParameters()
    {
        var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (Member member in Members())
            if (member is { IsNamed: true, IsBuffer: false, Value: Tensor tensor } && seen.Add(tensor))
            {
                tensor.Name ??= member.Path;
                yield return (member.Path, tensor);
            }
    }

    /// <summary>All tensors that are state but not learned (<see cref="BufferAttribute"/>), with their names, such as <c>norm.running_mean</c>.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedBuffers()
    {
        foreach (Member member in Members())
            if (member.IsBuffer) yield return (member.Path, (Tensor)member.Value);
    }

    /// <summary>This module, under the empty name, and all modules in it, each once.</summary>
    public IEnumerable<(string Name, Module Module)> NamedModules()
    {
        yield return ("", this);
        foreach (Member member in Members())
            if (member.Value is Module module) yield return (member.Path, module);
    }

    /// <summary>Sets the gradients of all parameters to null.</summary>
    public void ZeroGrad()
    {
        foreach (Tensor parameter in Parameters()) parameter.ZeroGrad();
    }

    /// <summary>The number of learned numbers.</summary>
    public int ParameterCount => NamedParameters().Sum(named => named.Tensor.ElementCount);

    /// <summary>One line a module with its parameters' count, indented as they are nested.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        (string Name, Module)[] all = [.. NamedModules()];
        foreach ((string name, Module module) in all)
        {
            int depth = all.Count(outer => name.StartsWith(outer.Name + (outer.Name.Length > 0 ? "." : ""), StringComparison.Ordinal) && outer.Name != name);
            text.Append(' ', 2 * depth);
            if (name.Length > 0) text.Append(CultureInfo.InvariantCulture, $"({name}) ");
            text.Append(module.Describe());
            if (module.ParameterCount > 0) text.Append(CultureInfo.InvariantCulture, $", {module.ParameterCount:#,0} parameters");
            text.Append('\n');
        }
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>The module's type and settings in a word or two, for summaries: <c>Linear(64, 32)</c>.</summary>
    public virtual string Describe() => GetType().Name;
}
