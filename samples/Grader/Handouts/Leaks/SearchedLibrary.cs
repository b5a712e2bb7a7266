using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>The searched library, loaded beside the grader's own: its tensors are reached by reflection only.</summary>
sealed class SearchedLibrary
{
    readonly Func<object?[], object?> _toArray, _shape, _from, _zeros;
    readonly MethodInfo _sizes;
    readonly Dictionary<Type, bool> _own = [];
    readonly object _float64;

    public SearchedLibrary(Assembly assembly)
    {
        Assembly = assembly;
        Tensor = Type("Tensor");
        Shape = Type("Shape");
        Hook = Type("LeakHook");
        Type dtype = Type("DType");
        _float64 = Enum.Parse(dtype, "Float64");
        _toArray = Stub.Compile(Tensor.GetMethod("ToArray", System.Type.EmptyTypes)!);
        _shape = Stub.Compile(Tensor.GetProperty("Shape")!.GetMethod!);
        _sizes = Shape.GetMethod("ToArray")!;
        _from = Stub.Compile(Tensor.GetMethod("From",
            [typeof(ReadOnlySpan<double>), Shape, typeof(Nullable<>).MakeGenericType(dtype), typeof(bool)])!);
        _zeros = Stub.Compile(Tensor.GetMethod("ZerosLike", [Tensor, typeof(bool)])!);
    }

    public Assembly Assembly { get; }

    public Type Tensor { get; }

    public Type Shape { get; }

    /// <summary>The class that a member to write tells of its calls.</summary>
    public Type Hook { get; }

    Type Type(string name) => Assembly.GetType("MyTorch." + name, throwOnError: true)!;

    public bool IsTensor(object? value) => value is not null && Tensor.IsInstanceOfType(value);

    /// <summary>Whether a type is the library's, or a probe's that is derived from one.</summary>
    public bool IsOwn(Type type)
    {
        if (_own.TryGetValue(type, out bool known)) return known;
        bool own = false;
        for (Type? level = type; level is not null && !own; level = level.BaseType) own = level.Assembly == Assembly;
        return _own[type] = own;
    }

    public int[] Sizes(object tensor) => (int[])_sizes.Invoke(_shape([tensor]), null)!;

    public object ShapeOf(object tensor) => _shape([tensor])!;

    /// <summary>A Float64 tensor.</summary>
    public object From(double[] numbers, object shape) => _from([Buffer<double>.Of(numbers), shape, _float64, false])!;

    public object ZerosLike(object tensor) => _zeros([tensor, false])!;

    /// <summary>The numbers of a tensor, an array, a buffer or a number; null of everything else.</summary>
    public double[]? NumbersOf(object? value)
    {
        switch (value)
        {
            case null or string or Enum: return null;
            case double number: return [number];
            case float or int or long: return [Convert.ToDouble(value, null)];
            case bool truth: return [truth ? 1 : 0];
            case double[] numbers: return [.. numbers];
            case Buffer<double> buffer: return [.. buffer.Span];
            case IBuffer: return null;
            case float[] numbers: return [.. numbers.Select(one => (double)one)];
            case int[] numbers: return [.. numbers.Select(one => (double)one)];
            case long[] numbers: return [.. numbers.Select(one => (double)one)];
            case bool[] numbers: return [.. numbers.Select(one => one ? 1.0 : 0)];
        }
        if (!IsTensor(value)) return null;
        try
        {
            return (double[])_toArray([value])!;
        }
        // Given back, or a number that no double is.
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The items of a list or tuple of tensors or arrays; null of everything else.</summary>
    public IReadOnlyList<object?>? ItemsOf(object? value)
    {
        if (value is null or string or Array { Rank: > 1 } || IsTensor(value)) return null;
        if (value is ITuple tuple) return [.. Enumerable.Range(0, Math.Min(tuple.Length, 8)).Select(i => tuple[i])];
        Type type = value.GetType();
        if (type.IsArray ? IsValue(type.GetElementType()!) : type.GetInterfaces().Any(one =>
            one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) && IsValue(one.GetGenericArguments()[0])))
            return [.. ((IEnumerable)value).Cast<object?>().Take(16)];
        return null;
    }

    bool IsValue(Type type) => Tensor.IsAssignableFrom(type) || type == typeof(double[]) || (IsOwn(type) && type.IsClass);
}
