using System.Collections;
using System.Reflection;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>A call of a member to write, as a probe made it: where it stands, and what the reference answered.</summary>
/// <param name="Seed">The seed of the probe.</param>
/// <param name="Ordinal">The how manieth call of the member it was.</param>
/// <param name="Answers">The numbers of its answers, by name.</param>
/// <param name="Unchanged">The answers that other calls change and this one does not.</param>
sealed record RecordedCall(int Seed, int Ordinal, IReadOnlyDictionary<string, double[]> Answers, IReadOnlySet<string> Unchanged);

/// <summary>Runs probes on the reference's answers, and stops them at calls of members to write.</summary>
sealed class Recorder
{
    /// <summary>The names of answers: what is returned, or all items of it; "[0]" is one of them.</summary>
    public const string Returned = "", All = "all", Content = "content";

    readonly SearchedLibrary _library;
    readonly MethodInfo _run;
    readonly FieldInfo _closed;
    Action<int, object?, object?[]>? _entered;
    Action<int, object?>? _left;
    Action<string, object?>? _noted;

    public Recorder(SearchedLibrary library, Assembly probes)
    {
        _library = library;
        _run = probes.GetType("MyTorch.Probes.ProbeHost", throwOnError: true)!.GetMethod("Run")!;
        _closed = library.Hook.GetField("Closed")!;
        Set("Entered", new Action<int, object?, object?[]>((number, self, arguments) => _entered?.Invoke(number, self, arguments)));
        Set("Noted", new Action<string, object?>((member, value) => _noted?.Invoke(member, value)));
        Set("Left", new Action<int, object?>((number, answer) => _left?.Invoke(number, answer)));
    }

    void Set(string field, object value) => _library.Hook.GetField(field)!.SetValue(null, value);

    /// <summary>Which members may be called during a search.</summary>
    public Func<int, bool> Written
    {
        set => Set("Written", value);
    }

    /// <summary>Whether what the handout does not have throws.</summary>
    public bool IsClosed
    {
        set => _closed.SetValue(null, value);
    }

    /// <summary>How to read what calls change, by the names of these answers.</summary>
    public Dictionary<string, Func<CallAtHand, object?>> Effects { get; } = [];

    /// <summary>
    /// The names of answers that are steps to others: what is kept in a private field, and what a member returned that was taken out of the
    /// handout.
    /// </summary>
    public HashSet<string> Steps { get; } = [];

    /// <summary>Whether an answer is an object or a list of such, which is compared by what it holds.</summary>
    public bool HasContents { get; private set; }

    /// <summary>The numbers of what a call may have changed.</summary>
    /// <param name="answer">Its name.</param>
    /// <param name="value">It.</param>
    /// <param name="places">The objects at hand.</param>
    public double[]? NumbersAt(string answer, object? value, IReadOnlyDictionary<object, int> places) =>
        _contents.Contains(answer) ? _library.ContentOf(value, places) : _library.NumbersOf(value);

    readonly HashSet<string> _contents = [];

    /// <summary>Forgets what an earlier member to write answered.</summary>
    public void Clear()
    {
        Effects.Clear();
        Steps.Clear();
        _contents.Clear();
        HasContents = false;
    }

    /// <summary>The objects at hand, numbered.</summary>
    public static Dictionary<object, int> Numbered(IEnumerable<PoolValue> values)
    {
        var places = new Dictionary<object, int>(ReferenceEqualityComparer.Instance);
        foreach (PoolValue one in values)
            if (one.Value is { } value && !value.GetType().IsValueType) places.TryAdd(value, places.Count);
        return places;
    }

    void Run(string probe, int seed)
    {
        var question = new Question { Id = "1.1", Title = "", Points = 1, Probe = probe };
        byte[] cases = ProbeCase.Describe([new ProbeCase(0, question, seed, Single: false, Hidden: false)], new byte[16]);
        using var records = new MemoryStream();
        _run.Invoke(null, [new MemoryStream(cases), records, ""]);
        records.Position = 0;
        while (ProbeRecord.Read(records, new byte[16]) is { } record)
            if (record.Event == ProbeHost.Event.Threw && record.ReadStrings(3) is var texts
                && !texts[0].Contains(nameof(SearchDone), StringComparison.Ordinal))
                throw new SourceException($"{probe} throws {texts[0].Split(';')[0]}: {texts[1]}\n{texts[2]}");
    }

    // Ends a probe whose call was searched.
    sealed class SearchDone : Exception;

    /// <summary>All calls of a member with their answers.</summary>
    public List<RecordedCall> Record(LeakQuestion question, LeakMember member, IEnumerable<int> seeds)
    {
        var calls = new List<RecordedCall>();
        var lists = new List<Dictionary<string, double[]>>();
        var changed = new Dictionary<string, Func<CallAtHand, object?>>();
        foreach (int seed in seeds)
        {
            int ordinal = 0;
            var open = new Stack<Recording>();
            var notes = new Dictionary<string, double[]>();
            _noted = (name, value) =>
            {
                if (open.Count > 0 && _library.NumbersOf(value) is { } numbers) notes.TryAdd($"what {name} returns", numbers);
            };
            _entered = (number, self, arguments) =>
            {
                if (number != member.Number) return;
                var call = new CallAtHand(self, arguments, new Dictionary<string, double[]>());
                notes.Clear();
                IReadOnlyList<PoolValue> places = Places(member, call);
                Dictionary<object, int> numbered = Numbered(places);
                open.Push(new Recording(ordinal++, call, places.ToDictionary(one => one.Text, one => one.Numbers), numbered,
                    ListsOf(places, numbered)));
            };
            _left = (number, answer) =>
            {
                if (number != member.Number) return;
                (int at, CallAtHand call, Dictionary<string, double[]?> before, Dictionary<object, int> numbered,
                    Dictionary<string, double[]> listsBefore) = open.Pop();
                Dictionary<string, double[]> answers = Answers(answer, numbered);
                DropBroadcast(call, answer, answers);
                IReadOnlyList<PoolValue> places = Places(member, call);
                foreach (PoolValue place in places)
                    if (place.Numbers is { } now && !(before.GetValueOrDefault(place.Text) is { } then && then.AsSpan().SequenceEqual(now))
                        && (_library.IsTensor(place.Value) || place.Value is double[]) && !ReferenceEquals(place.Value, answer))
                    {
                        answers[place.Text] = now;
                        Effects[place.Text] = place.Read;
                        if (place.IsPrivate) Steps.Add(place.Text);
                    }
                foreach ((string name, double[] numbers) in notes)
                    if (!answers.Values.Any(other => other.AsSpan().SequenceEqual(numbers)))
                    {
                        answers[name] = numbers;
                        Steps.Add(name);
                    }
                Dictionary<string, double[]> listsAfter = ListsOf(places, numbered);
                foreach (PoolValue place in places)
                    if (listsAfter.TryGetValue(place.Text, out double[]? now)
                        && !(listsBefore.GetValueOrDefault(place.Text) is { } then && then.AsSpan().SequenceEqual(now)))
                        changed[place.Text] = place.Read;
                calls.Add(new RecordedCall(seed, at, answers, listsBefore.Where(pair => listsAfter.TryGetValue(pair.Key, out double[]? now)
                    && now.AsSpan().SequenceEqual(pair.Value)).Select(pair => pair.Key).ToHashSet()));
                lists.Add(listsAfter);
            };
            Run(question.Probe, seed);
        }
        (_entered, _left, _noted) = (null, null, null);
        return calls.TrueForAll(one => one.Answers.Count == 0) ? WithLists(calls, lists, changed) : calls;
    }

    // What is known of a call that has not returned.
    sealed record Recording(int Ordinal, CallAtHand Call, Dictionary<string, double[]?> Before, Dictionary<object, int> Numbered,
        Dictionary<string, double[]> ListsBefore);

    // Lists and dictionaries at hand, as numbers.
    Dictionary<string, double[]> ListsOf(IReadOnlyList<PoolValue> places, Dictionary<object, int> numbered) => places
        .Where(place => place.Value is IEnumerable and not Delegate && place.Numbers is null && !_library.IsTensor(place.Value))
        .ToDictionary(place => place.Text, place => _library.ContentOf(place.Value, numbered));

    // Where nothing else is answered, the lists that some calls change are answers, also in the calls that must leave them as they are.
    List<RecordedCall> WithLists(List<RecordedCall> calls, List<Dictionary<string, double[]>> lists,
        Dictionary<string, Func<CallAtHand, object?>> changed)
    {
        foreach ((string place, Func<CallAtHand, object?> read) in changed)
        {
            Effects[place] = read;
            _contents.Add(place);
            HasContents = true;
        }
        return [.. calls.Zip(lists, (one, all) => one with { Answers = all.Where(pair => changed.ContainsKey(pair.Key)).ToDictionary() })];
    }

    IReadOnlyList<PoolValue> Places(LeakMember member, CallAtHand call)
    {
        // A property may call members to write, which the probe did not call.
        IsClosed = true;
        try
        {
            return new Pool(_library, member, OwnOf(member), call, places: true).Values;
        }
        finally
        {
            IsClosed = false;
        }
    }

    // A gradient may have the shape that its input was broadcast to, or the input's: other calls tell the answer.
    void DropBroadcast(CallAtHand call, object? answer, Dictionary<string, double[]> answers)
    {
        if (call.Self?.GetType().GetProperty("Inputs")?.GetValue(call.Self) is not { } list || _library.ItemsOf(list) is not { } inputs
            || _library.ItemsOf(answer) is not { } items || items.Count != inputs.Count) return;
        for (int i = 0; i < inputs.Count; i++)
            if (answers.TryGetValue($"[{i}]", out double[]? numbers) && _library.NumbersOf(inputs[i])?.Length != numbers.Length)
            {
                answers.Remove($"[{i}]");
                answers.Remove(All);
            }
    }

    Dictionary<string, double[]> Answers(object? answer, Dictionary<object, int> numbered)
    {
        var answers = new Dictionary<string, double[]>();
        if (_library.NumbersOf(answer) is { } numbers && answer is not bool) answers[Returned] = numbers;
        else if (_library.ItemsOf(answer) is { } items)
        {
            double[]?[] each = [.. items.Select(_library.NumbersOf)];
            for (int i = 0; i < each.Length; i++)
                if (each[i] is { } one) answers[$"[{i}]"] = one;
            if (answers.Count > 1) answers[All] = [.. each.SelectMany(one => one ?? [])];
        }
        if (answers.Count == 0 && answer is not (null or bool) && !numbered.ContainsKey(answer))
        {
            answers[Content] = _library.ContentOf(answer, numbered);
            HasContents = true;
        }
        return answers;
    }

    /// <summary>The class that a member is declared in.</summary>
    public Type? OwnOf(LeakMember member) => _own.TryGetValue(member.Number, out Type? known) ? known
        : _own[member.Number] = _library.Assembly.GetTypes().FirstOrDefault(type => type.GetMethods(Declared)
            .Any(method => method.Name.EndsWith($"LeakAnswer{member.Number}", StringComparison.Ordinal)));

    /// <summary>The methods of a member's name in its class.</summary>
    public IEnumerable<MethodInfo> MethodsOf(LeakMember member) => OwnOf(member)?.GetMethods(Declared | BindingFlags.Public)
        .Where(method => ReachableMember.WrittenName(method) == member.Name[(member.Name.LastIndexOf('.') + 1)..]) ?? [];

    const BindingFlags Declared = BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    readonly Dictionary<int, Type?> _own = [];

    /// <summary>Runs a probe up to a call, does something there, and ends the probe.</summary>
    public void At(LeakQuestion question, LeakMember member, RecordedCall recorded, Action<CallAtHand> action)
    {
        int ordinal = 0;
        bool done = false;
        Action<int, object?, object?[]>? before = _entered;
        object? closed = _closed.GetValue(null);
        IsClosed = false;
        _entered = (number, self, arguments) =>
        {
            if (done || number != member.Number || ordinal++ != recorded.Ordinal) return;
            done = true;
            IsClosed = true;
            try
            {
                action(new CallAtHand(self, arguments, recorded.Answers));
            }
            // A kernel that is called wrongly may write where it must not: nothing that this process finds from here on is certain.
            catch (Exception e)
            {
                Console.Error.WriteLine(e);
                Environment.Exit(1);
            }
            finally
            {
                IsClosed = false;
            }
            throw new SearchDone();
        };
        Run(question.Probe, recorded.Seed);
        (_entered, IsClosed) = (before, closed is true);
    }
}
