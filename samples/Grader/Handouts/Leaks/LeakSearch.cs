using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>
/// Tries every reachable member with every value at hand in one call of a member to write, then every member with what those gave, and
/// keeps what equals an answer, up to its sign and transpose.
/// </summary>
/// <param name="library">The library.</param>
/// <param name="members">What can be called.</param>
/// <param name="task">The member to write.</param>
/// <param name="own">The class that it is declared in.</param>
/// <param name="call">The call.</param>
/// <param name="recorder">Has how to read the answers that are no results, but something that the call changes.</param>
/// <param name="progress">Is told of each call before it is made.</param>
/// <param name="clock">The processor time that the member to write was searched for.</param>
/// <param name="effort">How many times the usual calls and seconds are allowed.</param>
sealed class LeakSearch(
    SearchedLibrary library, IReadOnlyList<ReachableMember> members, LeakMember task, Type? own, CallAtHand call, Recorder recorder,
    Action<ReachableMember> progress, ProcessorClock clock, int effort)
{
    // At an effort of 1. Combinations of arguments of one member; calls with results, where lists are compared, and of building blocks in case of doubt.
    const int MostOfOne = 4000, MostOfTwo = 250_000, MostOfContents = 100_000, MostOfBlocks = 200_000;

    // Results of each kind: numbers, numbers from building blocks, objects; and objects of a class.
    const int MostResults = 2500, MostOfType = 30, MostOddOfType = 6;

    const int LargestResult = 4096;

    // On a machine with nothing else to do, a member takes milliseconds and the search for an answer some seconds.
    readonly TimeSpan _mostOfOne = TimeSpan.FromSeconds(2) * effort, _most = TimeSpan.FromSeconds(60) * effort;

    // What throws whatever it is given is given up: at once where the handout lacks what it calls.
    const int MostRefusals = 400, MostUnwritten = 6;

    // Of a member and the place of a result in it, so many calls are made in turn, and fewer where none gave numbers of an answer's size.
    static readonly int[] s_turns = [24, 96, 192, 384, 768, 1536, 6144, 24576, 98304, int.MaxValue];

    const int Unpromising = 8;

    // What starts threads at each call slows all that follows.
    const int MostThreads = 3;
    const string OwnThreads = "/proc/self/task";

    // What the grader accepts of a Float64 answer.
    const double Absolute = 1e-8, Relative = 1e-6;

    readonly Dictionary<Type, IReadOnlyList<PoolValue>> _candidates = [];
    readonly Dictionary<string, List<Recipe>> _found = [];
    readonly Dictionary<string, double[]> _open = call.Answers.ToDictionary();
    readonly List<PoolValue> _results = [];
    readonly HashSet<(Type, ulong, ulong)> _known = [];
    readonly Dictionary<string, string> _without = [];
    readonly List<string> _cut = [];
    readonly Dictionary<(Type, bool), int> _ofType = [];
    readonly IReadOnlyDictionary<string, Func<CallAtHand, object?>> _effects = recorder.Effects;

    readonly int[] _kept = new int[3];

    // Whether the last call gave numbers of an answer's size, or may have changed an answer.
    bool _isPromising;
    bool _isSecond;
    int _level;
    Dictionary<object, int> _places = [];
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

    /// <summary>What was left out: types of parameters for which there is no value, and what the bounds cut off.</summary>
    public IEnumerable<string> NotTried => _cut.Concat(_without.Values.Distinct().Select(type => LeakProof.NoValue + type));

    static FieldInfo[] StaticsOf(Assembly assembly) => [.. assembly.GetTypes().Where(type => !type.ContainsGenericParameters)
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => !field.IsLiteral && !field.IsInitOnly && !field.FieldType.IsByRefLike && !field.FieldType.IsPointer
            && field.DeclaringType!.Name != "LeakHook"
            // What the compiler keeps, but for properties.
            && (!field.Name.Contains('<', StringComparison.Ordinal) || field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal)))];

    /// <summary>Tries calls with what is at hand.</summary>
    public void Prepare()
    {
        _pool = new Pool(library, task, own, call);
        _functions = new Functions(library, members, own, call, _pool);
        _state = new SavedState(library, _pool.Values.Select(one => one.Value), Statics);
        _atHand = call.Answers.Select(answer => (answer.Key, Value: _pool.Values.FirstOrDefault(one => one.Numbers is { } numbers
                && (library.IsTensor(one.Value) || !library.HasTensors) && !_effects.ContainsKey(one.Text)
                && IsSame(numbers, answer.Value))))
            .Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!);
        foreach (PoolValue one in _pool.Values)
            if (one.Numbers is not null) _known.Add(KeyOf(one.Value!, one.Numbers));
        _places = Recorder.Numbered(_pool.Values);
        foreach (string at in _atHand.Keys) _open.Remove(at);
        _lengths = [.. _open.Values.Select(one => one.Length)];
    }

    /// <summary>Tries single calls: building blocks first, since what they give is not given away.</summary>
    public void TryOne()
    {
        foreach (ReachableMember member in members.OrderByDescending(one => one.IsBlock).ThenBy(one => one.IsForbidden)) TryOne(member);
    }

    /// <summary>A member, the parameter that is given a result, and the combinations that are left.</summary>
    sealed class Pair(ReachableMember member, IReadOnlyList<PoolValue>[] lists, IEnumerator<int[]> order)
    {
        public ReachableMember Member => member;

        public IReadOnlyList<PoolValue>[] Lists => lists;

        public IEnumerator<int[]> Order => order;

        /// <summary>Whether it is made of building blocks only, so that it gives nothing away.</summary>
        public bool IsOfBlocks { get; init; }

        public int Tried { get; set; }

        public int Refusals { get; set; }

        public bool IsPromising { get; set; }

        public bool IsDone { get; set; }
    }

    /// <summary>Tries calls with the results of others, for the answers that are named.</summary>
    public void TryTwo(IReadOnlyCollection<string> answers)
    {
        foreach (string solved in _open.Keys.Except(answers).ToArray()) _open.Remove(solved);
        if (_open.Count == 0) return;
        _isSecond = true;
        List<Pair> pairs = PairsOfResults();
        long end = Calls + effort * (long)(recorder.HasContents ? MostOfContents : MostOfTwo);
        bool IsOver() => Calls >= end || clock.Elapsed > _most;
        foreach (int turn in s_turns)
            foreach (Pair pair in pairs.Where(one => !one.IsDone))
            {
                if (IsOver()) break;
                Continue(pair, turn / (pair.IsPromising || pair.Tried == 0 ? 1 : pair.Refusals > 0 ? 2 : Unpromising), end);
            }
        if (IsInDoubt())
        {
            // What building blocks give as well is not given away.
            end = Calls + effort * (long)MostOfBlocks;
            foreach (int turn in s_turns)
                foreach (Pair pair in pairs.Where(one => one.IsOfBlocks && !one.IsDone))
                    if (!IsOver()) Continue(pair, turn, end);
        }
        int left = pairs.Count(one => !one.IsDone);
        if (left > 0)
            Cut(string.Create(CultureInfo.InvariantCulture,
                $"{LeakProof.Twice}{pairs.Count - left:N0} of {pairs.Count:N0} (the others' first " +
                $"{pairs.Where(one => !one.IsDone).Min(one => one.Tried):N0} or more)"));
    }

    // Whether two calls give an answer away, as far as is known.
    bool IsInDoubt() => _open.Keys.Any(answer => _found.TryGetValue(answer, out List<Recipe>? recipes)
        && recipes.Exists(one => !one.IsOfBlocks && one.Calls > 1) && !recipes.Exists(one => one.IsOfBlocks && one.Calls <= 2));

    List<Pair> PairsOfResults()
    {
        HashSet<int> given = [.. _pool.Values.Where(one => library.IsTensor(one.Value)).Select(one => one.Numbers?.Length ?? 0)];
        // What is plain, made of the numbers at hand, and of the size of an answer or of one of them.
        PoolValue[] results = [.. _results.OrderBy(one => one.Level + (one.IsConstant ? 6 : 0)
            + (one.Numbers is not { } numbers || _lengths.Contains(numbers.Length) || given.Contains(numbers.Length) ? 0 : 2))];
        var fitting = new Dictionary<(Type, bool), PoolValue[]>();
        var pairs = new List<Pair>();
        foreach (ReachableMember member in members.OrderBy(one => one.IsBlock)
            .Where(one => !one.IsForbidden && !one.IsUnwritten && !one.StartsThreads && one.IsReachableFrom(own ?? typeof(object))))
            for (int at = 0; at < member.Types.Length; at++)
                foreach (bool ofBlocks in new[] { false, true })
                {
                    Type type = member.Types[at];
                    if (!fitting.TryGetValue((type, ofBlocks), out PoolValue[]? values))
                        fitting[(type, ofBlocks)] = values = [.. results.Where(one => one.Made!.IsOfBlocks == ofBlocks && Fits(one, type))];
                    if (values.Length > 0 && PairOf(member, at, values, ofBlocks) is { } pair) pairs.Add(pair);
                }
        return [.. pairs.OrderBy(one => one.IsOfBlocks)];
    }

    Pair? PairOf(ReachableMember member, int at, PoolValue[] results, bool ofBlocks)
    {
        var lists = new IReadOnlyList<PoolValue>[member.Types.Length];
        for (int i = 0; i < lists.Length; i++)
        {
            lists[i] = i == at ? results : CandidatesFor(member, i);
            if (lists[i].Count == 0) return null;
        }
        return new Pair(member, lists, Combinations.Of([.. lists.Select(list => list.Count)], LaterOf(member)).GetEnumerator())
        {
            IsOfBlocks = member.IsBlock && ofBlocks,
        };
    }

    // Values for a parameter that may be left out come later.
    static int[] LaterOf(ReachableMember member) =>
        [.. member.Types.Select((_, i) => member.ParameterAt(i) is { IsOptional: true } ? 2 : 0)];

    void Continue(Pair pair, int turn, long end)
    {
        long start = Stopwatch.GetTimestamp();
        int threads = Threads();
        while (pair.Tried < turn && Calls < end && !pair.Member.StartsThreads)
        {
            if (pair.Member.Spent + Stopwatch.GetElapsedTime(start) > _mostOfOne)
            {
                Cut(LeakProof.Slow + pair.Member.Text);
                pair.IsDone = true;
                break;
            }
            if (!pair.Order.MoveNext())
            {
                pair.IsDone = true;
                break;
            }
            pair.Tried++;
            _isPromising = false;
            Refusal refusal = Try(pair.Member, ValuesAt(pair.Lists, pair.Order.Current));
            pair.IsPromising |= _isPromising;
            if (refusal == Refusal.None) pair.Refusals = int.MinValue / 2;
            else if (++pair.Refusals == MostRefusals) pair.IsDone = true;
        }
        pair.Member.Spent += Stopwatch.GetElapsedTime(start);
        NoteThreads(pair.Member, threads);
        pair.IsDone |= pair.Member.StartsThreads;
    }

    static PoolValue[] ValuesAt(IReadOnlyList<PoolValue>[] lists, int[] at)
    {
        var values = new PoolValue[at.Length];
        for (int i = 0; i < at.Length; i++) values[i] = lists[i][at[i]];
        return values;
    }

    /// <summary>Of what computes an answer, keeps that of which something is true, under one of its values' names.</summary>
    public void Keep(string answer, Func<Recipe, bool> isRight, Func<PoolValue, bool> isAtHand)
    {
        if (_found.TryGetValue(answer, out List<Recipe>? recipes))
            _found[answer] = [.. recipes.Select(recipe => recipe.Variants().FirstOrDefault(isRight)).OfType<Recipe>()];
        if (_atHand.TryGetValue(answer, out PoolValue? value) && !isAtHand(value)) _atHand.Remove(answer);
    }

    void TryOne(ReachableMember member)
    {
        if (clock.Elapsed > _most)
        {
            Cut($"what was left after {_most.TotalSeconds} seconds of the processor");
            return;
        }
        if (member.IsUnwritten || member.StartsThreads || !member.IsReachableFrom(own ?? typeof(object))) return;
        var lists = new IReadOnlyList<PoolValue>[member.Types.Length];
        for (int i = 0; i < lists.Length; i++)
        {
            lists[i] = CandidatesFor(member, i);
            if (lists[i].Count > 0) continue;
            if (!CanBeResult(member.Types[i])) _without.TryAdd(member.Text, ReachableMember.Name(member.Types[i]));
            return;
        }
        long start = Stopwatch.GetTimestamp();
        int threads = Threads();
        TryCombinations(member, lists, start);
        member.Spent += Stopwatch.GetElapsedTime(start);
        NoteThreads(member, threads);
    }

    void NoteThreads(ReachableMember member, int before)
    {
        if (Threads() < before + MostThreads) return;
        member.StartsThreads = true;
        Cut(LeakProof.Threads + member.Text);
    }

    // Where the system tells without a search.
    static int Threads() => Directory.Exists(OwnThreads) ? Directory.EnumerateDirectories(OwnThreads).Count() : 0;

    void Cut(string what)
    {
        if (!_cut.Contains(what)) _cut.Add(what);
    }

    void TryCombinations(ReachableMember member, IReadOnlyList<PoolValue>[] lists, long start)
    {
        int refusals = 0, unwritten = 0, tried = 0;
        int[] later = LaterOf(member);
        foreach (int[] at in Combinations.Of([.. lists.Select(list => list.Count)], later))
        {
            _level = Combinations.LevelOf(at, later);
            if (member.Spent + Stopwatch.GetElapsedTime(start) > _mostOfOne)
            {
                Cut(LeakProof.Slow + member.Text);
                return;
            }
            if (tried++ == (long)MostOfOne * effort)
            {
                Cut(LeakProof.FirstOnly + member.Text);
                return;
            }
            switch (Try(member, ValuesAt(lists, at)))
            {
                case Refusal.None:
                    refusals = unwritten = int.MinValue / 2;
                    break;
                case Refusal.Unwritten when ++unwritten == MostUnwritten:
                    // Of what is given a function, the function may be at fault.
                    if (member.Types.Any(type => typeof(Delegate).IsAssignableFrom(type))) break;
                    member.IsUnwritten = true;
                    return;
                default:
                    if (++refusals == MostRefusals) return;
                    break;
            }
        }
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
        Weigh(member, arguments, Outcome.Returned, 0, result);
        if (_open.ContainsKey(Recorder.All) && library.ItemsOf(result) is { } items) CompareAll(member, arguments, items);
        bool leads = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            object? given = arguments[i].Value;
            if (member.Types[i].IsByRef && !ReferenceEquals(values[i], given)) Weigh(member, arguments, Outcome.Argument, i, values[i]);
            else if (given is IBuffer { IsChanged: true } || (library.IsTensor(given) || given is double[]) && IsChanged(arguments[i]))
                Weigh(member, arguments, Outcome.Argument, i, given, changed: true);
            else leads |= given is not null && !given.GetType().IsValueType && (library.IsOwn(given.GetType()) || recorder.HasContents);
        }
        if (!leads || _effects.Count == 0) return;
        _isPromising = true;
        if (member.Result == typeof(void) || member.Result.IsPrimitive || recorder.HasContents) CompareEffects(member, arguments);
    }

    bool IsChanged(PoolValue one) => one.Numbers is { } before && library.NumbersOf(one.Value) is { } now
        && !now.AsSpan().SequenceEqual(before);

    // A result, and what it leads to without a call.
    void Weigh(ReachableMember member, PoolValue[] arguments, Outcome outcome, int at, object? value, bool changed = false)
    {
        if (value is null || !changed && Array.Exists(arguments, one => ReferenceEquals(one.Value, value))) return;
        var recipe = new Recipe(member, arguments, outcome, at);
        Keep(recipe, value, changed);
        if (library.NumbersOf(value) is not null && value is not double[][] || _places.ContainsKey(value)) return;
        foreach ((IReadOnlyList<Part> path, object part) in library.PartsOf(value))
            if (part.GetType().IsValueType || !_places.ContainsKey(part)) Keep(recipe with { Path = path }, part, changed: false);
    }

    void Keep(Recipe recipe, object value, bool changed)
    {
        double[]? numbers = library.NumbersOf(value);
        bool isAnswer = false;
        if (numbers is not null)
        {
            foreach ((string answer, double[] right) in _open)
                if (TurnTo(value, numbers, right) is { } turn)
                {
                    Add(answer, recipe with { Turn = turn });
                    isAnswer = true;
                }
            if (_lengths.Contains(numbers.Length)) _isPromising = true;
        }
        else if (recorder.HasContents && _open.TryGetValue(Recorder.Content, out double[]? right))
        {
            _isPromising = true;
            if (IsSame(library.ContentOf(value, _places), right))
            {
                Add(Recorder.Content, recipe);
                isAnswer = true;
            }
        }
        if (_isSecond || recipe.Member.IsForbidden || isAnswer && !recipe.Member.IsBlock) return;
        Type type = value.GetType();
        bool isObject = numbers is null;
        if (isObject ? !(library.IsOwn(type) || value is Delegate or ITuple)
            : numbers!.Length is 0 or > LargestResult || numbers.Any(double.IsNaN)) return;
        // A size that nothing here has.
        if (value is int[] or long[] or bool[] || type.IsPrimitive && numbers![0] is 0 or 1 or > 256 or < -2) return;
        int kind = isObject ? 2 : recipe.Member.IsBlock ? 1 : 0;
        if (_kept[kind] >= MostResults)
        {
            Cut($"results after the first {MostResults} of a kind");
            return;
        }
        // A function cannot be looked into.
        if (value is not Delegate && !_known.Add(KeyOf(value, numbers ?? library.ContentOf(value, _places)))) return;
        // Of objects made of constants, or twice of the same, a few.
        bool isOdd = recipe.Arguments.Any(one => one is { IsConstant: true, Numbers.Length: > 1 })
            || recipe.Arguments.Where(one => one.Numbers?.Length > 1).GroupBy(one => one.Value).Any(group => group.Count() > 1);
        if (isObject && (_ofType[(type, isOdd)] = _ofType.GetValueOrDefault((type, isOdd)) + 1) > (isOdd ? MostOddOfType : MostOfType))
        {
            Cut($"objects after the first {MostOfType} of a class");
            return;
        }
        _kept[kind]++;
        object kept = changed && value is Buffer<double> ? numbers! : value;
        _results.Add(new PoolValue("", kept, _ => null)
        {
            Numbers = numbers,
            Made = recipe,
            Level = _level,
            IsConstant = recipe.Arguments.All(one => one.IsConstant),
            State = changed ? null : new SavedState(library, [kept]),
        });
    }

    // Values that differ by rounding only are one.
    (Type, ulong, ulong) KeyOf(object value, double[] numbers)
    {
        ulong first = (ulong)numbers.Length, second = 17;
        void Mix(uint bits)
        {
            first = (first ^ bits) * 0x9E3779B97F4A7C15;
            first ^= first >> 29;
            second = (second + bits) * 0xC2B2AE3D27D4EB4F;
            second ^= second >> 31;
        }
        foreach (double one in numbers) Mix(BitConverter.SingleToUInt32Bits((float)one + 0f));
        if (library.IsTensor(value))
            foreach (int size in library.Sizes(value)) Mix((uint)size);
        return (value is IBuffer ? typeof(double[]) : value.GetType(), first, second);
    }

    void CompareAll(ReachableMember member, PoolValue[] arguments, IReadOnlyList<object?> items)
    {
        _isPromising = true;
        double[] together = [.. items.SelectMany(item => library.NumbersOf(item) ?? [])];
        if (IsSame(together, _open[Recorder.All])) Add(Recorder.All, new Recipe(member, arguments, Outcome.Returned));
    }

    void CompareEffects(ReachableMember member, PoolValue[] arguments)
    {
        foreach ((string answer, double[] right) in _open)
            if (_effects.TryGetValue(answer, out Func<CallAtHand, object?>? read)
                && recorder.NumbersAt(answer, read(call), _places) is { } now && IsSame(now, right))
                Add(answer, new Recipe(member, arguments, Outcome.Effect));
    }

    void Add(string answer, Recipe recipe)
    {
        List<Recipe> list = _found.TryGetValue(answer, out List<Recipe>? known) ? known : _found[answer] = [];
        if (list.Count < 600 && list.Count(one => one.Key == recipe.Key) < 12) list.Add(recipe);
    }

    // How a result becomes the answer; null if it does not.
    Turn? TurnTo(object value, double[] got, double[] right)
    {
        if (got.Length != right.Length || got.Length == 0) return null;
        // The first number of a transpose is the same, but for its sign.
        if (!(Math.Abs(Math.Abs(got[0]) - Math.Abs(right[0])) <= Absolute + Relative * Math.Abs(right[0]))) return null;
        if (IsSame(got, right)) return Turn.None;
        if (IsSame(got, right, sign: -1)) return Turn.Negated;
        if (library.MatrixOf(value) is not ( > 1, > 1) matrix) return null;
        double[] transposed = SearchedLibrary.Transposed(got, matrix);
        return IsSame(transposed, right) ? Turn.Transposed
            : IsSame(transposed, right, sign: -1) ? Turn.Transposed | Turn.Negated : null;
    }

    public static bool IsSame(double[] got, double[] right, int sign = 1)
    {
        if (got.Length != right.Length) return false;
        for (int i = 0; i < got.Length; i++)
            if (!(Math.Abs(sign * got[i] - right[i]) <= Absolute + Relative * Math.Abs(right[i]))) return false;
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
    bool CanBeResult(Type type) => library.IsOwn(type) || typeof(Delegate).IsAssignableFrom(type);

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
        // A method needs no function to be called.
        if (at == 0 && member.IsFunction) return [.. _pool.Values.Where(one => type.IsInstanceOfType(one.Value))];
        IReadOnlyList<PoolValue> fitting = Candidates(type);
        if (fitting.Count == 0 && type.IsArray && (parameter?.IsDefined(typeof(ParamArrayAttribute)) ?? false))
            return [new PoolValue("[]", Empty(type), _ => Empty(type))];
        if (parameter is not { IsOptional: true }) return fitting;
        object? value = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        if (value is null && type.IsValueType && Nullable.GetUnderlyingType(type) is null) value = Activator.CreateInstance(type);
        if (value is not null && type.IsEnum) value = Enum.ToObject(type, value);
        var left = new PoolValue("default", value, _ => value) { IsConstant = true };
        return [left, .. fitting.Where(one => !Equals(one.Value, value))];
    }

    IReadOnlyList<PoolValue> Candidates(Type type) =>
        _candidates.TryGetValue(type, out IReadOnlyList<PoolValue>? known) ? known : _candidates[type] = [.. Find(type)];

    IEnumerable<PoolValue> Find(Type type)
    {
        if (type == typeof(object)) return [];
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Candidates(inner).Prepend(new PoolValue("null", null, _ => null) { IsConstant = true });
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().Take(8)
            .Select(one => new PoolValue($"{ReachableMember.Name(type)}.{one}", one, _ => one) { IsConstant = true });
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
        // A struct needs no constructor.
        if (library.IsOwn(type) && library.IsGiven(type) && type.IsValueType && !fitting.Any() && !type.IsByRefLike)
            fitting = [new PoolValue($"default({ReachableMember.Name(type)})", Default(type), _ => Default(type)) { IsConstant = true }];
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>) && type.GetGenericArguments()[0] == library.Tensor)
            fitting = fitting.Concat(Lists().Select(list => new PoolValue(list.Text, MakeList(list.Value), at => MakeList(list.Read(at)))));
        return fitting;

        object MakeList(object? items) => Activator.CreateInstance(type, items)!;
    }

    static Array Empty(Type array) => Array.CreateInstance(array.GetElementType()!, 0);

    static object Default(Type type) => Activator.CreateInstance(type)!;

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
        new PoolValue($"[{string.Join(", ", list)}]", list, _ => list.ToArray()) { IsConstant = true });

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
                yield return new PoolValue(value.Text, Convert(value.Value), call => Convert(value.Read(call))) { IsConstant = true };

            object? Convert(object? number) => conversion.Invoke(null, [number]);
        }
    }
}
