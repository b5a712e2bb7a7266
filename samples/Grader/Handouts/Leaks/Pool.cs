using System.Collections;
using System.Globalization;
using System.Reflection;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>A call of a member to write: what it was called on and with, and the lengths of its answers.</summary>
sealed record CallAtHand(object? Self, object?[] Arguments, IReadOnlyDictionary<string, double[]> Answers);

/// <summary>A value at hand in the body to write, and how C# names it there.</summary>
sealed class PoolValue(string text, object? value, Func<CallAtHand, object?> read)
{
    public string Text { get; } = text;

    public object? Value { get; } = value;

    /// <summary>The same of another call.</summary>
    public Func<CallAtHand, object?> Read { get; } = read;

    /// <summary>Its numbers before any call, if it has some.</summary>
    public double[]? Numbers { get; init; }

    /// <summary>Whether it is a private field: nobody but its class sees what a call leaves there.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>How far down the lists of values its arguments stand: what is plain promises more.</summary>
    public int Level { get; init; }

    /// <summary>Whether it holds none of the numbers that an answer is computed from.</summary>
    public bool IsConstant { get; init; }

    /// <summary>How to compute it, where it is not at hand: the result of a call.</summary>
    public Recipe? Made { get; init; }

    /// <summary>What may have been changed by a call with it, where the pool does not know it.</summary>
    public SavedState? State { get; init; }

    /// <summary>Other names of the same value, which may differ in another call: 2 is x.Rank here.</summary>
    public List<PoolValue> Aliases { get; } = [];

    public override string ToString() => Text;
}

/// <summary>
/// The values at hand: the instance, the arguments, what their fields and properties lead to, the numbers of tensors, sizes, small numbers,
/// the constants of the reference's body, and places to write results to.
/// </summary>
sealed class Pool
{
    const int MostTensors = 14, MostObjects = 120, DeepestPlace = 3;

    readonly SearchedLibrary _library;
    readonly LeakMember _member;
    readonly Type? _own;
    readonly List<PoolValue> _values = [];
    readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);

    /// <param name="library">The library.</param>
    /// <param name="member">The member to write.</param>
    /// <param name="own">The class that it is declared in.</param>
    /// <param name="call">The call.</param>
    /// <param name="places">Whether only what the call leads to is wanted, to see what it changes.</param>
    public Pool(SearchedLibrary library, LeakMember member, Type? own, CallAtHand call, bool places = false)
    {
        (_library, _member, _own) = (library, member, own);
        AddPlaces(call);
        if (!places) AddDerived(call);
    }

    /// <summary>All values, the nearest first.</summary>
    public IReadOnlyList<PoolValue> Values => _values;

    public IEnumerable<PoolValue> Tensors => _values.Where(one => _library.IsTensor(one.Value));

    void AddPlaces(CallAtHand call)
    {
        var waiting = new Queue<(PoolValue Place, int Depth)>();
        if (call.Self is not null) Visit("this", call.Self, one => one.Self, 0);
        for (int i = 0; i < call.Arguments.Length; i++)
        {
            int at = i;
            Visit(_member.Parameters[i], call.Arguments[i], one => one.Arguments[at], 0);
        }
        while (waiting.TryDequeue(out (PoolValue Place, int Depth) next) && _values.Count < MostObjects)
            if (next.Depth < DeepestPlace) Expand(next.Place, next.Depth);

        void Visit(string text, object? value, Func<CallAtHand, object?> read, int depth, bool isPrivate = false)
        {
            if (value is null or string or Type) return;
            Type type = value.GetType();
            bool isNumber = type.IsPrimitive || type.IsEnum;
            if (!isNumber && !type.IsValueType && !_seen.Add(value)) return;
            // A property that a base class declares too.
            if (_values.Exists(other => other.Text == text)) return;
            bool isTensor = _library.IsTensor(value);
            if (isTensor && Tensors.Count() >= MostTensors) return;
            if (!isNumber && !isTensor && !_library.IsOwn(type) && value is not (IEnumerable or Delegate)) return;
            if (isNumber && _values.Find(other => Equals(other.Value, value)) is { } known)
            {
                known.Aliases.Add(new PoolValue(text, value, read));
                return;
            }
            var place = new PoolValue(text, value, read)
            {
                Numbers = _library.NumbersOf(value),
                IsPrivate = isPrivate,
                IsConstant = isNumber,
            };
            _values.Add(place);
            if (!isNumber) waiting.Enqueue((place, depth));
        }

        void Expand(PoolValue place, int depth)
        {
            object value = place.Value!;
            Type type = value.GetType();
            if (_library.IsTensor(value))
            {
                PropertyInfo grad = _library.Tensor.GetProperty("Grad")!;
                Visit(place.Text + ".Grad", Get(grad, value), call => Get(grad, place.Read(call)), depth + 1);
                return;
            }
            if (_library.ItemsOf(value) is { } items)
            {
                for (int i = 0; i < Math.Min(items.Count, 6); i++)
                {
                    int at = i;
                    Visit($"{place.Text}[{i}]", items[i],
                        call => _library.ItemsOf(place.Read(call)) is { } list && at < list.Count ? list[at] : null,
                        depth, place.IsPrivate);
                }
                return;
            }
            if (!_library.IsOwn(type) || type == _library.Shape) return;
            foreach ((string name, MemberInfo member) in MembersOf(type))
                if (IsStill(member, value))
                    Visit(Dot(place.Text, name), Get(member, value), call => Get(member, place.Read(call)), depth + 1,
                        member is FieldInfo { IsPrivate: true });
            foreach (PropertyInfo indexer in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Where(one => one.GetIndexParameters() is [{ ParameterType: var by }] && (by == typeof(string) || by == _library.Tensor)))
            {
                bool byText = indexer.GetIndexParameters()[0].ParameterType == typeof(string);
                PoolValue[] keys = byText ? [.. _member.Texts.Select(text => new PoolValue($"\"{text}\"", text, _ => text))] : [.. Tensors];
                foreach (PoolValue key in keys)
                    Visit($"{place.Text}[{key.Text}]", Get(indexer, value, key.Value),
                        call => Get(indexer, place.Read(call), key.Read(call)), depth + 1);
            }
        }
    }

    static string Dot(string text, string name) => text == "this" ? name : $"{text}.{name}";

    // Private fields of the body's class, and what the handout's code can read everywhere.
    IEnumerable<(string Name, MemberInfo Member)> MembersOf(Type type)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        bool isOwn = _own is not null && _own.IsAssignableTo(type) || type.IsAssignableTo(_own);
        for (Type? level = type; level is not null && _library.IsOwn(level); level = level.BaseType)
        {
            if (level.Assembly != _library.Assembly) continue;
            foreach (PropertyInfo property in level.GetProperties(All).Where(one => one.GetIndexParameters().Length == 0))
                if (property.GetMethod is not null && (!property.GetMethod.IsPrivate || level == _own))
                    if (isOwn || !property.GetMethod.IsFamily) yield return (property.Name, property);
            foreach (FieldInfo field in level.GetFields(All))
            {
                // What a class captures of its primary constructor: <labels>P
                bool captured = field.Name.StartsWith('<') && field.Name.EndsWith(">P", StringComparison.Ordinal);
                if (field.Name.StartsWith('<') && !captured) continue;
                if (field.IsPrivate ? level == _own : isOwn || !field.IsFamily)
                    yield return (captured ? field.Name[1..^2] : field.Name, field);
            }
        }
    }

    // To read a property that makes its value is a call, unless it only makes a list of what there is.
    bool IsStill(MemberInfo member, object target)
    {
        if (member is FieldInfo) return true;
        object? first = Get(member, target), second = Get(member, target);
        if (first is null || second is null) return false;
        return first.GetType().IsValueType ? first.Equals(second)
            : ReferenceEquals(first, second) || !_library.IsTensor(first) && _library.ItemsOf(first) is { } items
                && items.SequenceEqual(_library.ItemsOf(second)!, ReferenceEqualityComparer.Instance);
    }

    static object? Get(MemberInfo member, object? target, params object?[] key)
    {
        if (target is null) return null;
        try
        {
            return member is FieldInfo field ? field.GetValue(target) : ((PropertyInfo)member).GetValue(target, key);
        }
        // It throws, or is a span.
        catch (Exception e) when (e is TargetInvocationException or NotSupportedException or ArgumentException)
        {
            return null;
        }
    }

    void AddDerived(CallAtHand call)
    {
        PoolValue[] tensors = [.. Tensors];
        foreach (PoolValue tensor in tensors) AddNumbers(tensor);
        // Places to write to, and the destinations of kernels that add.
        foreach (string answer in call.Answers.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key))
        {
            int length = call.Answers[answer].Length;
            if (_values.Exists(one => one.Numbers?.Length == length && one.Text.StartsWith("new double[", StringComparison.Ordinal)))
                continue;
            Func<CallAtHand, int> count = one => one.Answers.TryGetValue(answer, out double[]? numbers) ? numbers.Length : 1;
            string text = string.Create(CultureInfo.InvariantCulture, $"new double[{length}]");
            Add(text, Buffer<double>.Of(new double[length]), one => Buffer<double>.Of(new double[count(one)]));
            Add(text, new double[length], one => new double[count(one)]);
        }
        foreach (PoolValue tensor in tensors.Where(one => one.Numbers is not null && Is64(one.Value!))
            .DistinctBy(one => string.Join(',', _library.Sizes(one.Value!))).Take(3))
        {
            Add($"Tensor.ZerosLike({tensor.Text})", _library.ZerosLike(tensor.Value!), one => _library.ZerosLike(tensor.Read(one)!));
            Add($"Tensor.OnesLike({tensor.Text})", Ones(tensor.Value!), one => Ones(tensor.Read(one)!));
        }
        foreach (int number in new[] { 1, 0, -1, 2 }) AddNumber(number);
        foreach (double number in _member.Numbers.Where(one => one == Math.Round(one) && Math.Abs(one) < 1000)) AddNumber((int)number);
        foreach (double number in _member.Numbers.Concat([1, 0, -1, 2, 0.5])) AddNumber(number);
        AddNumber(1L);
        AddNumber(0L);
        AddNumber(false);
        AddNumber(true);
        foreach (string text in _member.Texts.Append("")) Add($"\"{text}\"", text, _ => text);
    }

    object Ones(object like) =>
        _library.From([.. Enumerable.Repeat(1.0, _library.Sizes(like).Aggregate(1, (a, b) => a * b))], _library.ShapeOf(like));

    void AddNumber<T>(T number) where T : notnull
    {
        if (_values.Find(other => Equals(other.Value, number)) is { } known)
            known.Aliases.Add(new PoolValue(Written(number), number, _ => number));
        else Add(Written(number), number, _ => number);
    }

    static string Written(object number) => number is bool truth ? truth ? "true" : "false"
        : Convert.ToString(number, CultureInfo.InvariantCulture)!;

    void Add(string text, object value, Func<CallAtHand, object?> read, bool isConstant = true) =>
        _values.Add(new PoolValue(text, value, read) { Numbers = _library.NumbersOf(value), IsConstant = isConstant });

    bool Is64(object tensor) => _library.Tensor.GetProperty("DType")!.GetValue(tensor)!.ToString() == "Float64";

    void AddNumbers(PoolValue tensor)
    {
        if (tensor.Numbers is null) return;
        switch (_library.Tensor.GetProperty("DType")!.GetValue(tensor.Value)!.ToString())
        {
            case "Float64":
                Derive("Read<double>()", one => Buffer<double>.Of(_library.NumbersOf(one)));
                Derive("ToArray()", one => _library.NumbersOf(one)!);
                break;
            case "Int64":
                Derive("Read<long>()", one => Buffer<long>.Of(Array.ConvertAll(_library.NumbersOf(one)!, value => (long)value)));
                Derive("ToInt64Array()", one => Array.ConvertAll(_library.NumbersOf(one)!, value => (long)value));
                Derive("ToInt32s()", one => Buffer<int>.Of(Array.ConvertAll(_library.NumbersOf(one)!, value => (int)value)));
                Derive("ToInt32Array()", one => Array.ConvertAll(_library.NumbersOf(one)!, value => (int)value));
                break;
            case "Bool":
                Derive("Read<bool>()", one => Buffer<bool>.Of(Array.ConvertAll(_library.NumbersOf(one)!, value => value != 0)));
                break;
        }
        Derive("Shape", one => _library.ShapeOf(one));
        int[] sizes = _library.Sizes(tensor.Value!);
        for (int d = 0; d < sizes.Length; d++)
        {
            int at = d;
            Size($"{tensor.Text}.Shape[{d}]", sizes[d], one => _library.Sizes(one) is { } now && at < now.Length ? now[at] : 0);
        }
        Size($"{tensor.Text}.ElementCount", tensor.Numbers.Length, one => _library.NumbersOf(one)!.Length);
        Size($"{tensor.Text}.Rank", sizes.Length, one => _library.Sizes(one).Length);
        Size($"{tensor.Text}.Rank - 1", sizes.Length - 1, one => _library.Sizes(one).Length - 1);

        void Derive(string text, Func<object, object> make) =>
            Add($"{tensor.Text}.{text}", make(tensor.Value!), call => tensor.Read(call) is { } one ? make(one) : null,
                isConstant: text == "Shape");

        void Size(string text, int size, Func<object, int> read)
        {
            object? Read(CallAtHand call) => tensor.Read(call) is { } one ? read(one) : null;
            if (_values.Find(other => Equals(other.Value, size)) is { } known) known.Aliases.Add(new PoolValue(text, size, Read));
            else Add(text, size, Read);
        }
    }
}
