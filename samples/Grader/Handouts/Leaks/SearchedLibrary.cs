using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>The searched library, loaded beside the grader's own: its tensors are reached by reflection only.</summary>
sealed class SearchedLibrary
{
    // Of what a part is a part at most; items of a list; numbers of a description.
    const int DeepestPart = 2, MostItems = 8, MostParts = 32, MostNumbers = 600;

    readonly Func<object?[], object?> _toArray, _shape, _from, _zeros;
    readonly MethodInfo? _sizes;
    readonly Dictionary<Type, bool> _own = [];
    readonly Dictionary<Type, Part[]> _fields = [];
    readonly Dictionary<Type, FieldInfo[]> _allFields = [];
    readonly object? _float64;
    readonly HashSet<string> _given;

    /// <param name="assembly">The compiled source that is searched.</param>
    /// <param name="handout">The handout, compiled by itself.</param>
    public SearchedLibrary(Assembly assembly, Assembly handout)
    {
        Assembly = assembly;
        _given = [.. handout.GetTypes().Select(type => type.FullName!)];
        Hook = assembly.GetType("MyTorch.LeakHook", throwOnError: true)!;
        Tensor = assembly.GetType("MyTorch.Tensor") ?? typeof(NoTensor);
        Shape = assembly.GetType("MyTorch.Shape") ?? typeof(NoTensor);
        if (HasTensors)
        {
            Type dtype = assembly.GetType("MyTorch.DType", throwOnError: true)!;
            _float64 = Enum.Parse(dtype, "Float64");
            _toArray = Stub.Compile(Tensor.GetMethod("ToArray", Type.EmptyTypes)!);
            _shape = Stub.Compile(Tensor.GetProperty("Shape")!.GetMethod!);
            _sizes = Shape.GetMethod("ToArray")!;
            _from = Stub.Compile(Tensor.GetMethod("From",
                [typeof(ReadOnlySpan<double>), Shape, typeof(Nullable<>).MakeGenericType(dtype), typeof(bool)])!);
            _zeros = Stub.Compile(Tensor.GetMethod("ZerosLike", [Tensor, typeof(bool)])!);
        }
        else _toArray = _shape = _from = _zeros = _ => null;
        Main = HasTensors ? [Tensor]
            : [.. assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false, IsGenericType: false, IsNested: false })
                .Take(3)];
    }

    // Stands for the tensors of an assignment that has none.
    sealed class NoTensor;

    public Assembly Assembly { get; }

    public Type Tensor { get; }

    public Type Shape { get; }

    /// <summary>The class that a member to write tells of its calls.</summary>
    public Type Hook { get; }

    /// <summary>Whether it computes with tensors.</summary>
    public bool HasTensors => Tensor != typeof(NoTensor);

    /// <summary>The classes that a type parameter may be.</summary>
    public IReadOnlyList<Type> Main { get; }

    public bool IsTensor(object? value) => value is not null && Tensor.IsInstanceOfType(value);

    /// <summary>Whether a type is the library's, or a probe's that is derived from one.</summary>
    public bool IsOwn(Type type)
    {
        if (_own.TryGetValue(type, out bool known)) return known;
        bool own = false;
        for (Type? level = type; level is not null && !own; level = level.BaseType) own = level.Assembly == Assembly;
        return _own[type] = own;
    }

    /// <summary>Whether the handout declares a type of the library.</summary>
    public bool IsGiven(Type type) =>
        _given.Contains((type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!);

    public int[] Sizes(object tensor) => (int[])_sizes!.Invoke(_shape([tensor]), null)!;

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
            case double[,] numbers: return [.. numbers.Cast<double>()];
            case double[][] rows: return [.. rows.SelectMany(row => row ?? [])];
            case IEnumerable<double> numbers: return [.. numbers.Take(4097)];
            case IEnumerable<float> numbers: return [.. numbers.Take(4097).Select(one => (double)one)];
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

    /// <summary>The sizes of a value that is a matrix; null of everything else.</summary>
    public (int Rows, int Columns)? MatrixOf(object? value) => value switch
    {
        double[,] numbers => (numbers.GetLength(0), numbers.GetLength(1)),
        double[][] { Length: > 0 } rows => (rows.Length, rows[0]?.Length ?? 0),
        _ => IsTensor(value) && Sizes(value!) is [var rows, var columns] ? (rows, columns) : null,
    };

    /// <summary>The numbers of a matrix in the order of its transpose.</summary>
    public static double[] Transposed(double[] numbers, (int Rows, int Columns) matrix)
    {
        var turned = new double[numbers.Length];
        for (int i = 0; i < matrix.Rows; i++)
            for (int j = 0; j < matrix.Columns; j++) turned[j * matrix.Rows + i] = numbers[i * matrix.Columns + j];
        return turned;
    }

    /// <summary>What a new object, list or tuple leads to without a call, and how.</summary>
    public List<(IReadOnlyList<Part> Path, object Value)> PartsOf(object? value)
    {
        var found = new List<(IReadOnlyList<Part>, object)>();
        if (value is not null) Add([], value);
        return found;

        void Add(Part[] path, object whole)
        {
            foreach (Part part in Direct(whole))
            {
                if (found.Count >= MostParts) return;
                if (part.Read(whole) is not { } inner || ReferenceEquals(inner, whole)) continue;
                Part[] longer = [.. path, part];
                found.Add((longer, inner));
                if (longer.Length < DeepestPart) Add(longer, inner);
            }
        }
    }

    IEnumerable<Part> Direct(object whole)
    {
        Type type = whole.GetType();
        if (type.IsPrimitive || type.IsEnum || whole is string or Delegate or Type || type == Tensor || type == Shape || IsTensor(whole))
            return [];
        if (whole is ITuple tuple)
            return Enumerable.Range(0, Math.Min(tuple.Length, MostItems)).Select(i =>
                new Part(Invariant($".Item{i + 1}"), one => one is ITuple other && i < other.Length ? other[i] : null));
        if (type.IsGenericType && type.Namespace!.StartsWith("System", StringComparison.Ordinal)
            && type.Name.Split('`')[0] is "Lazy" or "Task" or "KeyValuePair")
            return type.GetProperties().Where(one => one.Name is "Value" or "Result" or "Key")
                .Select(property => new Part("." + property.Name, one => Get(property, one)));
        if (whole is IDictionary dictionary)
            return Enumerable.Range(0, Math.Min(dictionary.Count, MostItems)).Select(i => new Part(Invariant($".Values.ElementAt({i})"),
                one => ((IDictionary)one).Values.Cast<object?>().ElementAtOrDefault(i)));
        if (whole is IEnumerable items && (!IsOwn(type) || type.IsDefined(typeof(CompilerGeneratedAttribute))))
        {
            if (NumbersOf(whole) is not null && whole is not double[][]) return [];
            bool isList = whole is IList;
            return Enumerable.Range(0, Math.Min(Count(items), MostItems)).Select(i => new Part(
                isList ? Invariant($"[{i}]") : Invariant($".ElementAt({i})"),
                one => ((IEnumerable)one).Cast<object?>().ElementAtOrDefault(i)));
        }
        return IsOwn(type) ? FieldsOf(type) : [];
    }

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    static int Count(IEnumerable items)
    {
        try
        {
            return items.Cast<object?>().Take(MostItems).Count();
        }
        // A sequence is computed while it is read.
        catch (Exception)
        {
            return 0;
        }
    }

    static object? Get(PropertyInfo property, object target)
    {
        try
        {
            return property.GetValue(target);
        }
        catch (TargetInvocationException)
        {
            return null;
        }
    }

    // The fields and auto-properties that are not private.
    Part[] FieldsOf(Type type)
    {
        if (_fields.TryGetValue(type, out Part[]? known)) return known;
        var parts = new List<Part>();
        foreach (FieldInfo field in AllFieldsOf(type))
            if (!field.Name.StartsWith('<'))
            {
                if (!field.IsPrivate) parts.Add(new Part("." + field.Name, field.GetValue));
            }
            else if (field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal) && field.Name[1..field.Name.IndexOf('>')] is var name
                && field.DeclaringType!.GetProperty(name, Fields)?.GetMethod is { IsPrivate: false })
                parts.Add(new Part("." + name, field.GetValue));
        return _fields[type] = [.. parts];
    }

    const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    FieldInfo[] AllFieldsOf(Type type)
    {
        if (_allFields.TryGetValue(type, out FieldInfo[]? known)) return known;
        var all = new List<FieldInfo>();
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
            all.AddRange(level.GetFields(Fields).Where(field => !field.FieldType.IsPointer && !field.FieldType.IsByRefLike));
        return _allFields[type] = [.. all];
    }

    /// <summary>
    /// An object, list or dictionary as numbers: what it holds, and of objects at hand which they are. Equal ones have equal numbers.
    /// </summary>
    /// <param name="value">The object.</param>
    /// <param name="places">The objects at hand.</param>
    public double[] ContentOf(object? value, IReadOnlyDictionary<object, int> places)
    {
        var numbers = new List<double>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Add(value, 0, isWhole: true);
        return [.. numbers];

        void Add(object? one, int depth, bool isWhole = false)
        {
            if (numbers.Count > MostNumbers) return;
            if (one is null) numbers.Add(-1);
            else if (!isWhole && !one.GetType().IsValueType && places.TryGetValue(one, out int place)) numbers.AddRange([-2, place]);
            else if (one is string text) numbers.AddRange([-3, .. text.Take(64).Select(letter => (double)letter)]);
            else if (one is Delegate or Type) numbers.Add(-4);
            else if (one is Enum) numbers.Add(Convert.ToDouble(one, null));
            else if (NumbersOf(one) is { } own)
            {
                if (IsTensor(one)) numbers.AddRange([.. Sizes(one).Select(size => (double)size)]);
                numbers.AddRange([-5, own.Length, .. own]);
            }
            else if (depth > 4 || !one.GetType().IsValueType && !seen.Add(one)) numbers.Add(-6);
            else if (one is ITuple tuple)
                for (int i = 0; i < tuple.Length; i++) Add(tuple[i], depth + 1);
            else if (one is IDictionary entries)
            {
                numbers.AddRange([-7, entries.Count]);
                foreach (DictionaryEntry entry in entries)
                {
                    Add(entry.Key, depth + 1);
                    Add(entry.Value, depth + 1);
                }
            }
            else if (one is IEnumerable items && (!IsOwn(one.GetType()) || ItemsOf(one) is not null))
            {
                int at = numbers.Count, count = 0;
                numbers.AddRange([-8, 0]);
                foreach (object? item in items)
                {
                    if (++count > 64) break;
                    Add(item, depth + 1);
                }
                numbers[at + 1] = count;
            }
            else if (IsOwn(one.GetType()))
            {
                numbers.AddRange([-9, one.GetType().MetadataToken]);
                foreach (FieldInfo field in AllFieldsOf(one.GetType())) Add(field.GetValue(one), depth + 1);
            }
            else numbers.Add(-10);
        }
    }
}
