using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>
/// Tries every reachable member with every value at hand in one call of a member to write, then every member with what those gave, and
/// keeps what equals an answer.
/// </summary>
/// <param name="library">The library.</param>
/// <param name="members">What can be called.</param>
/// <param name="task">The member to write.</param>
/// <param name="own">The class that it is declared in.</param>
/// <param name="call">The call.</param>
/// <param name="effects">How to read the answers that are no results, but something that the call changes.</param>
/// <param name="progress">Is told of each call before it is made.</param>
/// <param name="clock">Since when the member to write is searched for.</param>
sealed class LeakSearch(
    SearchedLibrary library, IReadOnlyList<ReachableMember> members, LeakMember task, Type? own, CallAtHand call,
    IReadOnlyDictionary<string, Func<CallAtHand, object?>> effects, Action<ReachableMember> progress, Stopwatch clock)
{
    // Combinations of arguments of one member; results of each kind: numbers, numbers from building blocks, objects.
    const int MostOfOne = 6000, MostResults = 1000;

    // On a machine with nothing else to do, a member takes milliseconds and the search for an answer some seconds.
    static readonly TimeSpan s_mostOfOne = TimeSpan.FromSeconds(5), s_most = TimeSpan.FromSeconds(60);

    // What throws whatever it is given is given up: at once where the handout lacks what it calls.
    const int MostRefusals = 400, MostUnwritten = 6;

    // What the grader accepts of a Float64 answer.
    const double Absolute = 1e-8, Relative = 1e-6;

    readonly Dictionary<Type, IReadOnlyList<PoolValue>> _candidates = [];
    readonly Dictionary<string, List<Recipe>> _found = [];
    readonly Dictionary<string, double[]> _open = call.Answers.ToDictionary();
    readonly List<PoolValue> _results = [];
    readonly HashSet<string> _known = [];
    readonly Dictionary<string, string> _without = [];
    readonly List<string> _cut = [];

    readonly int[] _kept = new int[3];

    // What gave something of the size of an answer, or may change one.
    readonly HashSet<ReachableMember> _promising = [];
    HashSet<int> _lengths = [];
    Dictionary<string, PoolValue> _atHand = [];
    Pool _pool = null!;
    Functions _functions = null!;
    SavedState _state = null!;

    /// <summary>How many calls were made.</summary>
    public long Calls { get; private set; }

    /// <summary>What computes an answer in this call, by the answer.</summary>
    public IReadOnlyDictionary<string, List<Recipe>> Found => _found;

    /// <summary>The library's static fields, which calls may set.</summary>
    public FieldInfo[] Statics { get; } = StaticsOf(library.Assembly);

    /// <summary>Answers that are at hand without any call.</summary>
    public IReadOnlyDictionary<string, PoolValue> AtHand => _atHand;

    /// <summary>Types of parameters for which there is no value, with how many members have one.</summary>
    public IEnumerable<string> NotTried => _cut.Concat(_without.Values.Distinct().Select(type => LeakProof.NoValue + type));

    static FieldInfo[] StaticsOf(Assembly assembly) => [.. assembly.GetTypes().Where(type => !type.ContainsGenericParameters)
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => !field.IsLiteral && !field.IsInitOnly && !field.FieldType.IsByRefLike && !field.FieldType.IsPointer
            && field.DeclaringType!.Name != "LeakHook" && !field.Name.Contains('<', StringComparison.Ordinal))];

    /// <summary>Tries calls with what is at hand.</summary>
    public void Prepare()
    {
        _pool = new Pool(library, task, own, call);
        _functions = new Functions(library, members, own, call, _pool);
        _state = new SavedState(library, _pool.Values.Select(one => one.Value), Statics);
        _atHand = call.Answers.Select(answer => (answer.Key, Value: _pool.Values.FirstOrDefault(one => one.Numbers is { } numbers
                && library.IsTensor(one.Value) && !effects.ContainsKey(one.Text) && IsSame(numbers, answer.Value))))
            .Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!);
        foreach (PoolValue one in _pool.Values)
            if (one.Numbers is not null) _known.Add(Content(one.Numbers));
        foreach (string at in _atHand.Keys) _open.Remove(at);
        _lengths = [.. _open.Values.Select(one => one.Length)];
    }

    /// <summary>Tries single calls: building blocks first, since what they give is not given away.</summary>
    public void TryOne()
    {
        foreach (ReachableMember member in members.OrderByDescending(one => one.IsBlock)) TryWith(member, MostOfOne);
    }

    /// <summary>Tries calls with the results of others, for the answers that are named.</summary>
    public void TryTwo(IReadOnlyCollection<string> answers)
    {
        foreach (string solved in _open.Keys.Except(answers).ToArray()) _open.Remove(solved);
        if (_open.Count == 0) return;
        HashSet<int> given = [.. _pool.Tensors.Select(one => one.Numbers?.Length ?? 0)];
        PoolValue[] results = [.. _results.OrderByDescending(one => one.Numbers is { } numbers && _lengths.Contains(numbers.Length))
            .ThenByDescending(one => one.Numbers is { } numbers && given.Contains(numbers.Length))];
        bool IsObject(PoolValue one) => one.Numbers is null;
        bool IsOfBlock(PoolValue one) => one.Made!.IsOfBlocks;
        TryAll("building blocks of building blocks", one => one.IsBlock, results.Where(IsOfBlock), most: 80, 100_000);
        TryAll("members of new objects", one => !one.IsBlock, results.Where(IsObject), most: 40, 30_000);
        TryAll("building blocks of other results", one => one.IsBlock, results.Where(one => !IsOfBlock(one) && !IsObject(one)),
            most: 40, 50_000);
        TryAll("other members of results", one => !one.IsBlock && _promising.Contains(one), results.Where(one => !IsObject(one)),
            most: 8, 120_000);
    }

    void TryAll(string what, Func<ReachableMember, bool> isTried, IEnumerable<PoolValue> results, int most, int mostCalls)
    {
        long end = Calls + mostCalls;
        ReachableMember[] tried = [.. members.Where(one => isTried(one) && !one.IsUnwritten)];
        foreach (PoolValue result in results)
        {
            if (Calls >= end)
            {
                _cut.Add(string.Create(CultureInfo.InvariantCulture, $"{what} after the first {mostCalls:N0} calls"));
                return;
            }
            foreach (ReachableMember member in tried)
                for (int at = 0; at < member.Types.Length; at++)
                    if (Fits(result, member.Types[at])) TryWith(member, most, result, at);
        }
    }

    /// <summary>Of what computes an answer, keeps that of which something is true, under one of its values' names.</summary>
    public void Keep(string answer, Func<Recipe, bool> isRight, Func<PoolValue, bool> isAtHand)
    {
        if (_found.TryGetValue(answer, out List<Recipe>? recipes))
            _found[answer] = [.. recipes.Select(recipe => recipe.Variants().FirstOrDefault(isRight)).OfType<Recipe>()];
        if (_atHand.TryGetValue(answer, out PoolValue? value) && !isAtHand(value)) _atHand.Remove(answer);
    }

    void TryWith(ReachableMember member, int most, PoolValue? fixedValue = null, int fixedAt = -1)
    {
        if (clock.Elapsed > s_most)
        {
            Cut($"what was left after {s_most.TotalSeconds} seconds");
            return;
        }
        if (member.Spent > s_mostOfOne || member.IsUnwritten || !member.IsReachableFrom(own ?? typeof(object))
            || _without.ContainsKey(member.Text)) return;
        var lists = new IReadOnlyList<PoolValue>[member.Types.Length];
        for (int i = 0; i < lists.Length; i++)
        {
            lists[i] = i == fixedAt ? [fixedValue!] : CandidatesFor(member, i);
            if (lists[i].Count > 0) continue;
            if (fixedValue is null && !CanBeResult(member.Types[i])) _without.TryAdd(member.Text, ReachableMember.Name(member.Types[i]));
            return;
        }
        if (Shorten(lists, most) && fixedValue is null) Cut(LeakProof.FirstOnly + member.Text);
        TimeSpan start = clock.Elapsed;
        TryCombinations(member, lists, start, isSingle: fixedValue is null);
        member.Spent += clock.Elapsed - start;
        if (member.Spent > s_mostOfOne) Cut(LeakProof.Slow + member.Text);
    }

    void Cut(string what)
    {
        if (!_cut.Contains(what)) _cut.Add(what);
    }

    void TryCombinations(ReachableMember member, IReadOnlyList<PoolValue>[] lists, TimeSpan start, bool isSingle)
    {
        int refusals = 0, unwritten = 0;
        int[] at = new int[lists.Length];
        while (member.Spent + (clock.Elapsed - start) <= s_mostOfOne)
        {
            var arguments = new PoolValue[at.Length];
            for (int i = 0; i < at.Length; i++) arguments[i] = lists[i][at[i]];
            switch (Try(member, arguments))
            {
                case Refusal.None:
                    refusals = unwritten = int.MinValue / 2;
                    break;
                case Refusal.Unwritten when ++unwritten == MostUnwritten:
                    // Of what is given a function, the function may be at fault.
                    if (member.Types.Any(type => typeof(Delegate).IsAssignableFrom(type))) break;
                    if (isSingle) member.IsUnwritten = true;
                    return;
                default:
                    if (++refusals == MostRefusals) return;
                    break;
            }
            int digit = at.Length - 1;
            while (digit >= 0 && ++at[digit] == lists[digit].Count) at[digit--] = 0;
            if (digit < 0) return;
        }
    }

    // The longest lists lose their last values first, which promise least.
    static bool Shorten(IReadOnlyList<PoolValue>[] lists, int most)
    {
        bool shortened = false;
        while (lists.Aggregate(1.0, (product, list) => product * list.Count) > most)
        {
            int longest = Enumerable.Range(0, lists.Length).MaxBy(i => lists[i].Count);
            if (lists[longest].Count <= 1) break;
            lists[longest] = [.. lists[longest].Take(lists[longest].Count - Math.Max(1, lists[longest].Count / 8))];
            shortened = true;
        }
        return shortened;
    }

    enum Refusal
    {
        None,
        Thrown,
        Unwritten,
    }

    Refusal Try(ReachableMember member, PoolValue[] arguments)
    {
        Calls++;
        progress(member);
        var values = new object?[arguments.Length];
        for (int i = 0; i < values.Length; i++) values[i] = arguments[i].Value;
        Refusal refusal = Refusal.None;
        try
        {
            object? result = member.Call(values);
            Judge(member, arguments, values, result);
        }
        catch (NotImplementedException)
        {
            refusal = Refusal.Unwritten;
        }
        // Whatever the library throws at arguments that make no sense.
        catch (Exception)
        {
            refusal = Refusal.Thrown;
        }
        foreach (PoolValue one in arguments)
        {
            if (one.Value is IBuffer { IsChanged: true } buffer) buffer.Reset();
            one.State?.Restore();
        }
        _state.Restore();
        return refusal;
    }

    void Judge(ReachableMember member, PoolValue[] arguments, object?[] values, object? result)
    {
        Keep(member, arguments, Outcome.Returned, 0, result);
        if (library.ItemsOf(result) is { } items)
        {
            CompareAll(member, arguments, items);
            for (int i = 0; i < items.Count; i++) Keep(member, arguments, Outcome.Item, i, items[i]);
        }
        bool leads = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            object? given = arguments[i].Value;
            if (member.Types[i].IsByRef && !ReferenceEquals(values[i], given)) Keep(member, arguments, Outcome.Argument, i, values[i]);
            else if (given is IBuffer { IsChanged: true } || (library.IsTensor(given) || given is double[]) && IsChanged(arguments[i]))
                Keep(member, arguments, Outcome.Argument, i, given, changed: true);
            else leads |= given is not null && library.IsOwn(given.GetType()) && given.GetType().IsClass;
        }
        if (leads && effects.Count > 0) _promising.Add(member);
        if (leads && (member.Result == typeof(void) || member.Result.IsPrimitive)) CompareEffects(member, arguments);
    }

    bool IsChanged(PoolValue one) => one.Numbers is { } before && library.NumbersOf(one.Value) is { } now
        && !now.AsSpan().SequenceEqual(before);

    void Keep(ReachableMember member, PoolValue[] arguments, Outcome outcome, int at, object? value, bool changed = false)
    {
        if (value is null || !changed && Array.Exists(arguments, one => ReferenceEquals(one.Value, value))) return;
        double[]? numbers = library.NumbersOf(value);
        Recipe? recipe = null;
        if (numbers is not null)
            foreach ((string answer, double[] right) in _open)
                if (IsSame(numbers, right)) Add(answer, recipe ??= new Recipe(member, [.. arguments], outcome, at));
        if (Array.Exists(arguments, one => one.Made is not null) || !member.IsBlock && recipe is not null) return;
        // What is computed once more, or is nothing to compute with.
        if (numbers is not null && _lengths.Contains(numbers.Length)) _promising.Add(member);
        Type type = value.GetType();
        bool isOwn = library.IsOwn(type) && type.IsClass && !library.IsTensor(value);
        if (numbers is null ? !isOwn : numbers.Length is 0 or > 4096 || numbers.Any(double.IsNaN)) return;
        if (type.IsPrimitive && numbers?[0] is 0 or 1) return;
        int kind = isOwn ? 2 : member.IsBlock ? 1 : 0;
        if (_kept[kind] >= MostResults) return;
        string identity = numbers is not null ? Content(numbers) : $"{member.Text} {string.Join(',', arguments.Select(one => one.Text))}";
        if (!_known.Add(type.Name + identity)) return;
        if (isOwn && _results.Count(one => one.Value!.GetType() == type) >= 20) return;
        _kept[kind]++;
        object kept = changed && value is Buffer<double> ? numbers! : value;
        _results.Add(new PoolValue("", kept, _ => null)
        {
            Numbers = numbers,
            Made = recipe ?? new Recipe(member, [.. arguments], outcome, at),
            State = changed ? null : new SavedState(library, [kept]),
        });
    }

    static string Content(double[] numbers) => string.Join(' ', numbers.Select(one => one.ToString("G9", CultureInfo.InvariantCulture)));

    void CompareAll(ReachableMember member, PoolValue[] arguments, IReadOnlyList<object?> items)
    {
        if (!_open.TryGetValue(Recorder.All, out double[]? right)) return;
        _promising.Add(member);
        double[] together = [.. items.SelectMany(item => library.NumbersOf(item) ?? [])];
        if (IsSame(together, right)) Add(Recorder.All, new Recipe(member, [.. arguments], Outcome.Returned));
    }

    void CompareEffects(ReachableMember member, PoolValue[] arguments)
    {
        foreach ((string answer, double[] right) in _open)
            if (effects.TryGetValue(answer, out Func<CallAtHand, object?>? read) && library.NumbersOf(read(call)) is { } now
                && IsSame(now, right)) Add(answer, new Recipe(member, [.. arguments], Outcome.Effect));
    }

    void Add(string answer, Recipe recipe)
    {
        List<Recipe> list = _found.TryGetValue(answer, out List<Recipe>? known) ? known : _found[answer] = [];
        if (list.Count < 60) list.Add(recipe);
    }

    public static bool IsSame(double[] got, double[] right)
    {
        if (got.Length != right.Length) return false;
        for (int i = 0; i < got.Length; i++)
            if (!(Math.Abs(got[i] - right[i]) <= Absolute + Relative * Math.Abs(right[i]))) return false;
        return true;
    }

    static bool Fits(PoolValue value, Type type)
    {
        if (type.IsByRef) return false;
        Type given = value.Value!.GetType();
        if (type.IsAssignableFrom(given)) return type != typeof(object);
        return Stub.ElementOf(type) is { } element && given.IsArray && given.GetElementType() == element;
    }

    // Objects of the library's classes are made by other members.
    bool CanBeResult(Type type) => library.IsOwn(type) && type.IsClass;

    IReadOnlyList<PoolValue> CandidatesFor(ReachableMember member, int at)
    {
        Type type = member.Types[at];
        ParameterInfo? parameter = member.ParameterAt(at);
        if (!Stub.CanPass(type, parameter?.IsOut ?? false)) return [];
        if (type.IsByRef)
        {
            if (parameter!.IsOut) return [new PoolValue("out _", null, _ => null)];
            type = type.GetElementType()!;
        }
        IReadOnlyList<PoolValue> fitting = Candidates(type);
        if (parameter is not { IsOptional: true }) return fitting;
        object? value = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        if (value is null && type.IsValueType && Nullable.GetUnderlyingType(type) is null) value = Activator.CreateInstance(type);
        if (value is not null && type.IsEnum) value = Enum.ToObject(type, value);
        var left = new PoolValue("default", value, _ => value);
        return [left, .. fitting.Where(one => !Equals(one.Value, value))];
    }

    IReadOnlyList<PoolValue> Candidates(Type type) =>
        _candidates.TryGetValue(type, out IReadOnlyList<PoolValue>? known) ? known : _candidates[type] = [.. Find(type)];

    IEnumerable<PoolValue> Find(Type type)
    {
        if (type == typeof(object)) return [];
        if (Nullable.GetUnderlyingType(type) is { } inner) return Candidates(inner).Prepend(new PoolValue("null", null, _ => null));
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().Take(8)
            .Select(one => new PoolValue($"{ReachableMember.Name(type)}.{one}", one, _ => one));
        if (typeof(Delegate).IsAssignableFrom(type)) return _functions.Of(type);
        if (type == typeof(float))
            return Candidates(typeof(double)).Select(one =>
                new PoolValue($"(float){one.Text}", (float)(double)one.Value!, at => (float)(double)one.Read(at)!));
        Type? element = Stub.ElementOf(type);
        IEnumerable<PoolValue> fitting = element is not null
            ? _pool.Values.Where(one => one.Value is IBuffer && one.Value.GetType().GetGenericArguments()[0] == element)
            : _pool.Values.Where(one => type.IsInstanceOfType(one.Value));
        // Where something is written to, fresh memory comes first.
        if (Stub.IsWritten(type) || type == typeof(double[]))
            fitting = fitting.OrderBy(one => !one.Text.StartsWith("new double", StringComparison.Ordinal));
        else fitting = fitting.OrderBy(one => one.Text.StartsWith("new double", StringComparison.Ordinal));
        Type listed = element ?? (type.IsArray ? type.GetElementType()!
            : type.IsGenericType && type.IsInterface ? type.GetGenericArguments()[0] : typeof(void));
        if (listed == library.Tensor) fitting = fitting.Concat(Lists());
        if (listed == typeof(int)) fitting = fitting.Concat(Integers());
        if (library.IsOwn(type) && !fitting.Any()) fitting = Converted(type);
        return fitting;
    }

    // [x], [x, y] and, as where an input has no tangent, [x, null].
    IEnumerable<PoolValue> Lists()
    {
        PoolValue nothing = new("null", null, _ => null);
        PoolValue[] some = [.. Candidates(library.Tensor).Take(6)];
        PoolValue[] few = [.. some.Take(4)];
        IEnumerable<PoolValue[]> lists = some.Select(one => (PoolValue[])[one])
            .Concat(few.SelectMany(one => few.Append(nothing).Select(other => (PoolValue[])[one, other])))
            .Concat(few.Select(one => (PoolValue[])[nothing, one]));
        return lists.Select(list => new PoolValue($"[{string.Join(", ", list.Select(one => one.Text))}]",
            Make([.. list.Select(one => one.Value)]), at => Make([.. list.Select(one => one.Read(at))])));

        Array Make(object?[] items)
        {
            var array = Array.CreateInstance(library.Tensor, items.Length);
            items.CopyTo(array, 0);
            return array;
        }
    }

    static IEnumerable<PoolValue> Integers() => new int[][] { [0], [1], [-1], [0, 1] }.Select(list =>
        new PoolValue($"[{string.Join(", ", list)}]", list, _ => list.ToArray()));

    // Of a number, where it stands for another type: Dims, TensorIndex.
    IEnumerable<PoolValue> Converted(Type type)
    {
        foreach (MethodInfo conversion in type.GetMethods(BindingFlags.Static | BindingFlags.Public)
            .Where(one => one.Name == "op_Implicit" && one.ReturnType == type && one.GetParameters().Length == 1))
        {
            Type from = conversion.GetParameters()[0].ParameterType;
            IEnumerable<PoolValue> values = from == typeof(int) || from == typeof(double) ? Candidates(from)
                : from == typeof(int[]) ? Integers() : [];
            foreach (PoolValue value in values.Take(6))
                yield return new PoolValue(value.Text, Convert(value.Value), call => Convert(value.Read(call)));

            object? Convert(object? number) => conversion.Invoke(null, [number]);
        }
    }
}
