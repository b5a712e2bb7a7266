using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MyTorch.Nn;

/// <summary>
/// The base class of layers and models. Parameters and submodules in fields, properties, arrays, collections, dictionaries or tuples are
/// registered automatically and named as in PyTorch: <c>layers.0.weight</c>.
/// </summary>
/// <remarks>
/// <para>Two parameters with the same name are an error. So is a layer that cannot be registered because it is held by an object that is
/// not a module, by a delegate or by a static field. Mark what does not belong to the module with
/// <see cref="NotRegisteredAttribute"/>.</para> To define a model, derive from this class, keep the layers in fields, and override ForwardCore:
/// <code>
/// sealed class Net : Module
/// {
///     readonly Linear _hidden = new(4, 16), _output = new(16, 3);
///     protected override Tensor ForwardCore(Tensor input) => _output.Forward(_hidden.Forward(input).ReLU());
/// }
/// </code>
/// </remarks>
[DynamicallyAccessedMembers(StateMembers)]
public abstract partial class Module
{
    bool _training = true;

    /// <summary>Computes the output, as <c>model(input)</c> in PyTorch. The shapes are those of <see cref="ForwardCore"/>; most modules take (N, features).</summary>
    /// <param name="input">The input.</param>
    /// <remarks>In a scope that notes it, the operations recorded meanwhile count as this module's work, for pictures and summaries.</remarks>
    public Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (ForwardInOnePass(input) is { } output) return output;
        if (Tape.OfThisThread is not { Innermost.RecordsMakers: true } tape) return Computed(input, ForwardCore(input));
        object? caller = tape.Maker;
        tape.Maker = this;
        try
        {
            return ForwardCore(input);
        }
        finally
        {
            tape.Maker = caller;
        }
    }

    /// <summary>
    /// The output without the tensors between the layers, for calls that record nothing; null where <see cref="ForwardCore"/> must compute it.
    /// </summary>
    private protected virtual Tensor? ForwardInOnePass(Tensor input) => null;

    /// <summary>Sees what <see cref="ForwardCore"/> computed, and returns it.</summary>
    private protected virtual Tensor Computed(Tensor input, Tensor output) => output;

    /// <summary>Says how the output is computed, as <c>forward</c> of a module in PyTorch. Callers call <see cref="Forward"/>.</summary>
    /// <param name="input">The input; never null.</param>
    protected abstract Tensor ForwardCore(Tensor input);

    /// <summary>
    /// Whether the module is in training mode, which changes Dropout and BatchNorm1d. True by default; false inside
    /// <see cref="InEvaluationMode"/>.
    /// </summary>
    public bool Training => _training && !EvaluationMode.Covers(this);

    /// <summary>Puts this module and its submodules into training mode, for all threads.</summary>
    public Module Train() => SetTraining(true);

    /// <summary>Puts this module and its submodules into evaluation mode, for all threads.</summary>
    public Module Eval() => SetTraining(false);

    /// <summary>
    /// Puts this module and its submodules into evaluation mode for the calling code only, until the result is disposed:
    /// <c>using (model.InEvaluationMode()) { … }</c>. A thread that trains the model at the same time stays in training mode.
    /// </summary>
    /// <remarks>
    /// It applies to the block and to what is started in it: tasks, <c>Parallel.For</c>, code after an await. After the block each module
    /// is in its previous mode. <see cref="Train"/> and <see cref="Eval"/> inside the block take effect after it.
    /// </remarks>
    public IDisposable InEvaluationMode() => new EvaluationMode(this);

    Module SetTraining(bool training)
    {
        foreach ((_, Module module) in NamedModules()) module._training = training;
        return this;
    }

    /// <summary>All parameters, each once, in the order of declaration, base classes first. Sets their names.</summary>
    public IReadOnlyList<Tensor> Parameters() => [.. NamedParameters().Select(named => named.Tensor)];

    /// <summary>All parameters with their names, such as <c>layers.0.weight</c>.</summary>
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

    /// <summary>All buffers (<see cref="BufferAttribute"/>) with their names, such as <c>norm.running_mean</c>.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedBuffers()
    {
        foreach (Member member in Members())
            if (member.IsBuffer) yield return (member.Path, (Tensor)member.Value);
    }

    /// <summary>This module, with an empty name, and all its submodules, each once.</summary>
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

    /// <summary>The number of elements of all parameters.</summary>
    public int ParameterCount => NamedParameters().Sum(named => named.Tensor.ElementCount);

    /// <summary>One line per module with its number of parameters, indented by nesting.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        (string Name, Module)[] all = [.. NamedModules()];
        foreach ((string name, Module module) in all)
        {
            int depth = all.Count(
                outer => name.StartsWith(outer.Name + (outer.Name.Length > 0 ? "." : ""), StringComparison.Ordinal) && outer.Name != name);
            text.Append(' ', 2 * depth);
            if (name.Length > 0) text.Append(CultureInfo.InvariantCulture, $"({name}) ");
            text.Append(module.Describe());
            if (module.ParameterCount > 0) text.Append(CultureInfo.InvariantCulture, $", {module.ParameterCount:#,0} parameters");
            text.Append('\n');
        }
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>The module's type and settings for summaries: <c>Linear(64, 32)</c>.</summary>
    public virtual string Describe() => GetType().Name;
}
