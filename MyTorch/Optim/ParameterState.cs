using System.Collections;

namespace MyTorch.Optim;

/// <summary>The state of an <see cref="Optimizer"/> for one parameter: tensors by name, such as <c>momentum_buffer</c>.</summary>
public sealed class ParameterState : IEnumerable<(string Name, Tensor Value)>
{
    readonly Optimizer _optimizer;
    string[] _names = [];
    Tensor[] _values = [];

    internal ParameterState(Optimizer optimizer, Tensor parameter) => (_optimizer, Parameter) = (optimizer, parameter);

    internal Tensor Parameter { get; }

    /// <summary>A tensor by its name; null until it is set.</summary>
    /// <param name="name">The name, one of those for which <see cref="Optimizer.StateShape"/> gives a shape.</param>
    /// <exception cref="ArgumentException">
    /// The optimizer's StateShape does not know the name, or the tensor has another shape or type than it says.
    /// </exception>
    /// <exception cref="ArgumentNullException">The tensor is null.</exception>
    public Tensor? this[string name]
    {
        get => IndexOf(name) is var i and >= 0 ? _values[i] : null;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            string kind = _optimizer.GetType().Name;
            if (_optimizer.ShapeOfState(name, Parameter) is not { } shape)
                throw new ArgumentException(
                    $"{kind}: there is no state {name ?? "null"}; override StateShape so that it returns a shape for this " +
                    $"name.", nameof(name));
            if (value.Shape != shape || value.DType != Parameter.DType)
                throw new ArgumentException(
                    $"{kind}: the state {name} is {value.Shape} {value.DType}; for {Parameter.Describe()} it must be {shape} " +
                    $"{Parameter.DType}.", nameof(value));
            if (IndexOf(name) is var i and >= 0) _values[i] = value;
            else (_names, _values) = ([.. _names, name], [.. _values, value]);
        }
    }

    /// <summary>The tensors that are set, with their names.</summary>
    public IEnumerator<(string Name, Tensor Value)> GetEnumerator()
    {
        for (int i = 0; i < _names.Length; i++) yield return (_names[i], _values[i]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A tensor by its name; zeros of the parameter's shape are set first if there is none.</summary>
    internal Tensor OrZeros(string name) => this[name] ??= Tensor.ZerosLike(Parameter);

    /// <summary>Counts a step in the scalar <c>step</c> and gives its number, from 1.</summary>
    internal double CountStep()
    {
        Tensor step = this["step"] ??= Tensor.Zeros([], Parameter.DType);
        step.Fill(step.Item() + 1);
        return step.Item();
    }

    internal void Clear() => (_names, _values) = ([], []);

    // The names are few and mostly the same literals: looking along them is faster than a dictionary.
    int IndexOf(string name)
    {
        string[] names = _names;
        for (int i = 0; i < names.Length; i++)
            if (ReferenceEquals(names[i], name)) return i;
        return Array.IndexOf(names, name);
    }
}
