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
sealed record RecordedCall(int Seed, int Ordinal, IReadOnlyDictionary<string, double[]> Answers);

/// <summary>Runs probes on the reference's answers, and stops them at calls of members to write.</summary>
sealed class Recorder
{
    /// <summary>The names of answers: what is returned, or all items of it; "[0]" is one of them.</summary>
    public const string Returned = "", All = "all";

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
        foreach (int seed in seeds)
        {
            int ordinal = 0;
            var open = new Stack<(int Ordinal, CallAtHand Call, Dictionary<string, double[]?> Before)>();
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
                open.Push((ordinal++, call, Places(member, call).ToDictionary(one => one.Text, one => one.Numbers)));
            };
            _left = (number, answer) =>
            {
                if (number != member.Number) return;
                (int at, CallAtHand call, Dictionary<string, double[]?> before) = open.Pop();
                Dictionary<string, double[]> answers = Answers(answer);
                foreach (PoolValue place in Places(member, call))
                    if (place.Numbers is { } now && !(before.GetValueOrDefault(place.Text) is { } then && then.AsSpan().SequenceEqual(now))
                        && _library.IsTensor(place.Value) && !ReferenceEquals(place.Value, answer))
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
                calls.Add(new RecordedCall(seed, at, answers));
            };
            Run(question.Probe, seed);
        }
        (_entered, _left, _noted) = (null, null, null);
        return calls;
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

    Dictionary<string, double[]> Answers(object? answer)
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
        return answers;
    }

    /// <summary>The class that a member is declared in.</summary>
    public Type? OwnOf(LeakMember member) => _own.TryGetValue(member.Number, out Type? known) ? known
        : _own[member.Number] = _library.Assembly.GetTypes().FirstOrDefault(type => type.GetMethods(Declared)
            .Any(method => method.Name.EndsWith($"LeakAnswer{member.Number}", StringComparison.Ordinal)));

    /// <summary>The methods of a member's name in its class.</summary>
    public IEnumerable<MethodInfo> MethodsOf(LeakMember member) => OwnOf(member)?.GetMethods(Declared | BindingFlags.Public)
        .Where(method => method.Name == member.Name[(member.Name.LastIndexOf('.') + 1)..]) ?? [];

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
