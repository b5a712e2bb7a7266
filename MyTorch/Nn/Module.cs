using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace MyTorch.Nn;

/// <summary>A tensor that a module learns. It requires a gradient from the start.</summary>
public sealed class Parameter : Tensor
{
    /// <summary>A parameter that starts from the given values, which are copied.</summary>
    /// <param name="values">A floating-point tensor.</param>
    public Parameter(Tensor values) : base((values ?? throw new ArgumentNullException(nameof(values))).ToTypedArray(), values.Shape, values.DType) => RequiresGrad = true;
}

/// <summary>Marks a tensor of a module that is part of its state but not learned, such as a running mean.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class BufferAttribute : Attribute;

/// <summary>
/// A layer, or a network of layers. Tensors that require gradients and modules held in fields, properties, arrays, lists, dictionaries or tuples
/// are found by themselves and named as in PyTorch: <c>layers.0.weight</c>.
/// </summary>
/// <remarks>
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
public abstract class Module
{
    const DynamicallyAccessedMemberTypes StateMembers = DynamicallyAccessedMemberTypes.AllFields;

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
        foreach ((string path, object member, bool isBuffer) in Members())
            if (!isBuffer && member is Tensor tensor && (tensor is Parameter || (tensor.RequiresGrad && tensor.IsLeaf)) && seen.Add(tensor))
            {
                tensor.Name ??= path;
                yield return (path, tensor);
            }
    }

    /// <summary>All tensors that are state but not learned (<see cref="BufferAttribute"/>), with their names, such as <c>norm.running_mean</c>.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedBuffers()
    {
        foreach ((string path, object member, bool isBuffer) in Members())
            if (isBuffer && member is Tensor tensor) yield return (path, tensor);
    }

    /// <summary>This module, under the empty name, and all modules in it, each once.</summary>
    public IEnumerable<(string Name, Module Module)> NamedModules()
    {
        yield return ("", this);
        foreach ((string path, object member, _) in Members())
            if (member is Module module) yield return (path, module);
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

    /// <summary>Every tensor and module below this one, depth first, with its path; each module once, so that shared layers do not repeat.</summary>
    IEnumerable<(string Path, object Member, bool IsBuffer)> Members()
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance) { this };
        return Visit("", this);

        IEnumerable<(string, object, bool)> Visit(string prefix, Module module)
        {
            foreach ((string name, object? value, bool isBuffer) in module.OwnMembers())
                foreach ((string path, object item) in Spread(Join(prefix, name), value))
                {
                    if (item is Module && !seen.Add(item)) continue;
                    yield return (path, item, isBuffer);
                    if (item is Module inner)
                        foreach (var below in Visit(path, inner)) yield return below;
                }
        }

        IEnumerable<(string, object)> Spread(string path, object? value)
        {
            switch (value)
            {
                case Tensor or Module:
                    yield return (path, value);
                    break;
                case IDictionary map when seen.Add(map):
                    foreach (DictionaryEntry entry in map)
                        foreach (var inner in Spread(Join(path, entry.Key), entry.Value)) yield return inner;
                    break;
                case ITuple tuple:
                    for (int i = 0; i < tuple.Length; i++)
                        foreach (var inner in Spread(Join(path, i), tuple[i])) yield return inner;
                    break;
                // A list that holds itself, or is held twice, is gone through once.
                case IEnumerable items and not string when seen.Add(items):
                    RequireLasting(items, path);
                    int place = 0;
                    foreach (object? item in items)
                        foreach (var inner in Spread(Join(path, place++), item)) yield return inner;
                    break;
            }
        }
    }

    static string Join(string path, object part) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}{(path.Length > 0 && part is not "" ? "." : "")}{part}");

    // A query such as sizes.Select(n => new Linear(n, n)) makes new layers whenever it is read: they would never train.
    void RequireLasting(IEnumerable items, string path)
    {
        if (items is not IEnumerable<Module> layers || items is ICollection or IReadOnlyCollection<object>) return;
        if (!ReferenceEquals(layers.FirstOrDefault(), layers.FirstOrDefault()))
            throw new InvalidOperationException(
                $"{GetType().Name}: {path} makes new layers each time it is read, so none of them would ever train. Keep them: add .ToArray().");
    }

    IEnumerable<(string Name, object? Value, bool IsBuffer)> OwnMembers()
    {
        foreach (FieldInfo field in Fields(GetType()))
        {
            object? value = field.GetValue(this);
            // The second half finds layers in collections of the user's own, such as a class derived from List<Linear>.
            if (!MayHoldState(field.FieldType) && value is not (IEnumerable<Module> or IEnumerable<Tensor>)) continue;
            // PyTorch names the modules of a Sequential by their places alone: net.0.weight.
            string name = field.DeclaringType == typeof(Sequential) ? "" : SnakeCase(field.Name);
            yield return (name, value, field.IsDefined(typeof(BufferAttribute)));
        }
    }

    // Properties are found by the fields behind them; the base class's fields come first.
    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "AllFields on a type keeps the fields of its base types too; the analyzer does not follow BaseType.")]
    static IEnumerable<FieldInfo> Fields([DynamicallyAccessedMembers(StateMembers)] Type type)
    {
        if (type == typeof(Module)) yield break;
        foreach (FieldInfo field in Fields(type.BaseType!)) yield return field;
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            yield return field;
    }

    // Only types that can hold tensors or modules are read, so that a lazy or expensive collection of other things is left alone.
    static bool MayHoldState(Type type) =>
        typeof(Tensor).IsAssignableFrom(type) || typeof(Module).IsAssignableFrom(type) || type == typeof(object)
        || (type.IsArray && MayHoldState(type.GetElementType()!))
        || (type.IsGenericType && (typeof(IEnumerable).IsAssignableFrom(type) || typeof(ITuple).IsAssignableFrom(type))
            ? type.GetGenericArguments().Any(MayHoldState)
            : type.IsInterface);

    /// <summary>The name of a field as PyTorch would write it: _layers → layers, &lt;RunningMean&gt;k__BackingField → running_mean.</summary>
    static string SnakeCase(string field)
    {
        if (field.StartsWith('<')) field = field[1..field.IndexOf('>', StringComparison.Ordinal)];
        field = field.TrimStart('_');
        var name = new StringBuilder();
        for (int i = 0; i < field.Length; i++)
        {
            if (char.IsUpper(field[i]) && i > 0 && !char.IsUpper(field[i - 1]) && field[i - 1] != '_') name.Append('_');
            name.Append(char.ToLowerInvariant(field[i]));
        }
        return name.ToString();
    }
}
