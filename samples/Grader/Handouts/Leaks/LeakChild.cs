using System.IO.MemoryMappedFiles;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>The searching process: question by question, and member by member.</summary>
sealed class LeakChild
{
    // Calls of a member that an expression must answer, the first of which is searched.
    const int MostCalls = 4, LargestAnswer = 400, MostLeaks = 20;

    static readonly int[] s_seeds = [1, 2, 3];

    readonly string _folder;
    readonly SearchedLibrary _library;
    readonly Recorder _recorder;
    readonly IReadOnlyList<ReachableMember> _members;
    readonly MemoryMappedViewAccessor _progress;
    long _count;

    LeakChild(string folder, MemoryMappedViewAccessor progress)
    {
        (_folder, _progress) = (folder, progress);
        Job = JsonSerializer.Deserialize<LeakJob>(File.ReadAllText(Path.Combine(folder, LeakProof.JobFile)))!;
        Assembly searched = Load("searched", LeakProof.SearchedFile, out AssemblyLoadContext context);
        Assembly probes = context.LoadFromStream(new MemoryStream(File.ReadAllBytes(Path.Combine(folder, LeakProof.ProbesFile))));
        Assembly handout = Load("handout", LeakProof.HandoutFile, out _);
        _library = new SearchedLibrary(searched, handout);
        _recorder = new Recorder(_library, probes);
        HashSet<string> skipped = [.. File.ReadAllLines(Path.Combine(folder, LeakProof.SkippedFile))];
        List<ReachableMember> all = ReachableMember.All(_library, handout, Job);
        File.WriteAllLines(Path.Combine(folder, LeakProof.MembersFile), all.Select(member => member.Text));
        _members = [.. all.Where(member => !skipped.Contains(member.Text))];
    }

    LeakJob Job { get; }

    Assembly Load(string name, string file, out AssemblyLoadContext context)
    {
        context = new AssemblyLoadContext(name);
        context.Resolving += (self, wanted) =>
            Compiling.Dependencies.FirstOrDefault(path => Path.GetFileNameWithoutExtension(path) == wanted.Name) is { } path
                ? self.LoadFromAssemblyPath(path)
                : null;
        return context.LoadFromStream(new MemoryStream(File.ReadAllBytes(Path.Combine(_folder, file))));
    }

    /// <summary>Searches, and appends the findings of each member to a file of the folder as soon as it has them.</summary>
    public static int Run(string folder)
    {
        using MemoryMappedFile map = LeakProof.OpenProgress(folder);
        using MemoryMappedViewAccessor progress = map.CreateViewAccessor();
        var child = new LeakChild(folder, progress);
        string findings = Path.Combine(folder, LeakProof.FindingsFile);
        int done = File.ReadAllLines(findings).Length;
        foreach ((LeakQuestion question, LeakMember member) in child.Job.Questions
            .SelectMany(question => question.Members.Select(member => (question, member))).Skip(done))
        {
            LeakFindings found;
            try
            {
                found = child.Search(question, member);
            }
            catch (SourceException exception)
            {
                found = new LeakFindings(member.In(question), 0, [], [], [LeakProof.Failed + exception.Message]);
            }
            GrowingLines.Add(findings, JsonSerializer.Serialize(found));
        }
        // Threads that a call started have no say in it.
        Environment.Exit(0);
        return 0;
    }

    void Tick(ReachableMember member)
    {
        _progress.Write(8, member.Number);
        _progress.Write(0, ++_count);
    }

    LeakFindings Search(LeakQuestion question, LeakMember member)
    {
        _recorder.Clear();
        _recorder.Written = number => question.Written.Any(one => one.Number == number);
        HashSet<MethodInfo> answered = [.. question.Written.SelectMany(_recorder.MethodsOf).Select(one => one.GetBaseDefinition())];
        foreach (ReachableMember one in _members)
        {
            (one.IsUnwritten, one.Spent) = (false, TimeSpan.Zero);
            one.IsAnswered = one.Method is MethodInfo method && answered.Contains(method.GetBaseDefinition());
        }
        var clock = new ProcessorClock();
        List<RecordedCall> calls = _recorder.Record(question, member, s_seeds);
        string[] answers = [.. calls.SelectMany(call => call.Answers.Keys).Distinct()];
        var cases = answers.Select(answer => (answer, calls: Informative(calls, answer))).Where(one => one.calls.Count > 1)
            .ToDictionary(one => one.answer, one => one.calls);
        var notTried = answers.Where(answer => !cases.ContainsKey(answer))
            .Select(answer => $"{Described(answer)}: no two of its calls tell it from a coincidence").ToList();
        if (answers.Length == 0) notTried.Add("its answer: nothing that it returns or changes can be seen from its body");
        var leaks = new List<Leak>();
        var blocks = new List<Leak>();
        var forbidden = new List<Leak>();
        long tried = 0;
        var waiting = cases.Keys.ToHashSet();
        while (waiting.Count > 0)
        {
            // The call with the most of the answers that are left; two calls are tried for the first of them only, which has the most.
            RecordedCall first = cases.Where(one => waiting.Contains(one.Key)).SelectMany(one => one.Value.Take(1))
                .MaxBy(call => waiting.Count(call.Answers.ContainsKey))!;
            string[] here = [.. waiting.Where(first.Answers.ContainsKey)];
            RecordedCall asked = first with { Answers = first.Answers.Where(one => here.Contains(one.Key)).ToDictionary() };
            Type? own = _recorder.OwnOf(member);
            _recorder.At(question, member, asked, call =>
            {
                var search = new LeakSearch(_library, _members, member, own, call, _recorder, Tick, clock, Job.Effort);
                search.Prepare();
                search.TryOne();
                var outcome = Judge(question, member, search, cases, here);
                if (tried == 0)
                {
                    search.TryTwo(outcome.Unanswered);
                    if (outcome.Unanswered.Count > 0) outcome = Judge(question, member, search, cases, here);
                }
                else if (outcome.Unanswered.Count > 0)
                {
                    notTried.Add($"two calls for {string.Join(" and ", outcome.Unanswered.Select(Described))}");
                }
                leaks.AddRange(outcome.Leaks);
                blocks.AddRange(outcome.Blocks);
                forbidden.AddRange(outcome.Forbidden);
                notTried.AddRange(search.NotTried);
                tried += search.Calls;
            });
            waiting.ExceptWith(here);
        }
        return new LeakFindings(member.In(question), tried, blocks, [.. leaks.DistinctBy(one => one.Expression)], [.. notTried.Distinct()])
        {
            Forbidden = [.. forbidden.DistinctBy(one => one.Answer)],
        };
    }

    // An expression that gives an answer in fewer calls than building blocks do gives it away; one that gives a step to an answer does, if
    // building blocks do not give it in two.
    (List<Leak> Blocks, List<Leak> Leaks, List<Leak> Forbidden, HashSet<string> Unanswered) Judge(
        LeakQuestion question, LeakMember member, LeakSearch search,
        Dictionary<string, List<RecordedCall>> cases, string[] here)
    {
        Confirm(question, member, search, cases, here);
        var calls = new Dictionary<string, double>();
        foreach (string answer in here)
            calls[answer] = search.AtHand.ContainsKey(answer) ? 0
                : search.Found.GetValueOrDefault(answer)?.Where(one => one.IsOfBlocks).Min(one => (double?)one.Calls)
                    ?? double.PositiveInfinity;
        if (calls.TryGetValue(Recorder.All, out double together))
            calls[Recorder.All] = Math.Min(together, calls.Where(one => one.Key.StartsWith('[')).Sum(one => one.Value));
        var leaks = new List<Leak>();
        var forbidden = new List<Leak>();
        foreach (string answer in here)
        {
            ILookup<bool, Recipe> given = search.Found.GetValueOrDefault(answer, []).Where(one => !one.IsOfBlocks
                && one.Calls < calls[answer] && !(_recorder.Steps.Contains(answer) && double.IsFinite(calls[answer])))
                .ToLookup(one => one.IsForbidden);
            forbidden.AddRange(given[true].OrderBy(one => one.Calls).ThenBy(one => one.Text.Length).Take(1)
                .Select(one => new Leak(one.Text, Described(answer))));
            leaks.AddRange(given[false].OrderBy(one => one.Calls).ThenBy(one => one.Text.Length).DistinctBy(one => one.Key).Take(MostLeaks)
                .Select(one => new Leak(one.Text, Described(answer))));
        }
        var blocks = new List<Leak>();
        foreach (string answer in here)
            if (search.AtHand.TryGetValue(answer, out PoolValue? value)) blocks.Add(new Leak(value.Text, Described(answer)));
            else if (search.Found.GetValueOrDefault(answer)?.Where(one => one.IsOfBlocks).OrderBy(one => one.Calls)
                .ThenBy(one => one.Text.Length).FirstOrDefault() is { } shown) blocks.Add(new Leak(shown.Text, Described(answer)));
        return (blocks, leaks, forbidden, [.. here.Where(answer => double.IsPositiveInfinity(calls[answer]))]);
    }

    // Keeps what gives the answers of the other calls too.
    void Confirm(LeakQuestion question, LeakMember member, LeakSearch search, Dictionary<string, List<RecordedCall>> cases, string[] here)
    {
        foreach (RecordedCall other in here.SelectMany(answer => cases[answer].Skip(1)).Distinct())
            _recorder.At(question, member, other, call =>
            {
                var pool = new Pool(_library, member, _recorder.OwnOf(member), call);
                Dictionary<object, int> numbered = Recorder.Numbered(pool.Values);
                var state = new SavedState(_library, pool.Values.Select(one => one.Value), search.Statics);
                foreach (string answer in here.Where(answer => cases[answer].Skip(1).Contains(other)))
                    search.Keep(answer, recipe =>
                    {
                        Tick(recipe.Member);
                        try
                        {
                            return IsAnswer(recipe, call, answer, numbered);
                        }
                        catch (Exception)
                        {
                            return false;
                        }
                        finally
                        {
                            state.Restore();
                        }
                    }, atHand => _library.NumbersOf(atHand.Read(call)) is { } numbers && LeakSearch.IsSame(numbers, call.Answers[answer]));
            });
    }

    bool IsAnswer(Recipe recipe, CallAtHand call, string answer, Dictionary<object, int> numbered)
    {
        object? value = recipe.Value(_library, call);
        if (recipe.Outcome == Outcome.Effect) value = _recorder.Effects[answer](call);
        double[]? numbers = recipe.Outcome == Outcome.Effect ? _recorder.NumbersAt(answer, value, numbered)
            : answer == Recorder.All ? [.. _library.ItemsOf(value)?.SelectMany(one => _library.NumbersOf(one) ?? []) ?? []]
            : answer == Recorder.Content ? _library.ContentOf(value, numbered)
            : _library.NumbersOf(value);
        if (numbers is null) return false;
        if (recipe.Turn.HasFlag(Turn.Transposed))
        {
            if (_library.MatrixOf(value) is not { } matrix) return false;
            numbers = SearchedLibrary.Transposed(numbers, matrix);
        }
        return LeakSearch.IsSame(numbers, call.Answers[answer], recipe.Turn.HasFlag(Turn.Negated) ? -1 : 1);
    }

    static string Described(string answer) => answer switch
    {
        Recorder.Returned or Recorder.Content => "the returned value",
        Recorder.All => "all that is returned",
        ['[', ..] => $"the returned item {answer}",
        _ => answer,
    };

    // Numbers of which a wrong expression would hardly give all; small ones first, no two alike.
    static List<RecordedCall> Informative(List<RecordedCall> calls, string answer)
    {
        var found = new List<RecordedCall>();
        // Of calls that must change nothing there are as many as of the others.
        var tried = calls.Where(one => one.Answers.TryGetValue(answer, out double[]? numbers)
                && numbers.Length <= LargestAnswer && numbers.All(double.IsFinite) && Told(numbers) > 0)
            .OrderByDescending(one => Math.Min(6, Told(one.Answers[answer]))).ThenBy(one => one.Answers[answer].Length)
            .GroupBy(one => one.Unchanged.Contains(answer)).OrderBy(group => group.Key)
            .SelectMany(group => group.Select((call, i) => (call, i))).OrderBy(pair => pair.i).Select(pair => pair.call);
        foreach (RecordedCall call in tried)
            if (found.Count < MostCalls && !found.Exists(other => LeakSearch.IsSame(other.Answers[answer], call.Answers[answer])))
                found.Add(call);
        return found;
    }

    static int Told(double[] numbers)
    {
        int distinct = numbers.Distinct().Count();
        return distinct > 2 ? distinct : distinct == 2 && numbers.Length > 4 ? 2 : numbers.Any(one => one is not (0 or 1 or -1)) ? 1 : 0;
    }
}
