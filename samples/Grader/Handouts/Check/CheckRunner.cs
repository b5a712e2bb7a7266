using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>How a question ended.</summary>
public enum Ending
{
    /// <summary>Everything is as expected.</summary>
    Passed,

    /// <summary>A result differs.</summary>
    Failed,

    /// <summary>The body is not written yet.</summary>
    NotImplemented,

    /// <summary>The body of another question, which this one needs, is not written yet.</summary>
    Waiting,

    /// <summary>The code threw an exception.</summary>
    Error,

    /// <summary>The code did not come back in time.</summary>
    Timeout,
}

/// <summary>What became of a question.</summary>
/// <param name="Question">The question.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Score">The points of the parts that are right.</param>
/// <param name="Message">The first thing that is wrong; empty if nothing is.</param>
/// <param name="Steps">The steps of the student's code and of the reference's, where they differ.</param>
/// <param name="Hint">What a usual mistake has to do with it; null if the answer is like none.</param>
public sealed record QuestionResult(
    CheckQuestion Question, Ending Ending, double Score, string Message, (string[] Got, string[] Expected)? Steps = null, string? Hint = null);

/// <summary>Runs the visible cases of a handout in this process and compares what they return with what stands in <c>Check/assignment.json</c>.</summary>
public sealed class CheckRunner(CheckData data, Assembly probes, string root)
{
    // The question's number at the start of a NotImplementedException's message.
    static readonly Regex s_question = new("^[A-Za-z0-9]+\\.[0-9]+(?= )", RegexOptions.CultureInvariant);

    readonly Dictionary<string, QuestionResult> _results = [];

    /// <summary>A question's result; each runs once.</summary>
    public QuestionResult this[CheckQuestion question] =>
        _results.TryGetValue(question.Id, out QuestionResult? result) ? result : _results[question.Id] = Run(question);

    /// <summary>The questions that a failing one needs and that are not right either, first to last.</summary>
    public IEnumerable<QuestionResult> NotRightBefore(CheckQuestion question) => data.Questions
        .Where(other => question.DependsOn.Contains(other.Id)).Select(other => this[other]).Where(result => result.Ending != Ending.Passed);

    QuestionResult Run(CheckQuestion question)
    {
        QuestionResult? first = null;
        // A part counts if it is right in every case.
        var right = question.Parts.Select(_ => true).ToArray();
        foreach (CheckCase one in question.Cases)
        {
            (List<Returned> returned, List<string> steps, Exception? exception, bool ended) = Call(question.Probe, one, question.Seconds);
            if (exception is NotImplementedException missing && s_question.Match(missing.Message) is { Success: true } match)
                return match.Value == question.Id
                    ? new QuestionResult(question, Ending.NotImplemented, 0, missing.Message)
                    : new QuestionResult(question, Ending.Waiting, 0, $"waiting for {match.Value}");
            var tolerance = one.Single ? new Tolerance(1e-5, 1e-5) : new Tolerance(1e-8, 1e-6);
            string where = string.Create(CultureInfo.InvariantCulture, $"{(one.Single ? "Float32, " : "")}seed {one.Seed}");
            Difference? difference = null;
            foreach (Returned expected in one.Expected)
            {
                if (Comparison.Compare(expected, returned.FirstOrDefault(got => got.Name == expected.Name), tolerance) is not { } wrong) continue;
                difference ??= wrong;
                MarkWrong(question, right, expected);
            }
            if (difference is null && exception is null && ended) continue;
            (string[], string[])? differing = one.Steps.SequenceEqual(steps) ? null : ([.. steps], one.Steps);
            first ??= !ended ? new(question, Ending.Timeout, 0, string.Create(CultureInfo.InvariantCulture, $"no answer after {question.Seconds} s ({where}): is there a loop that never ends?"), differing)
                : exception is not null ? new(question, Ending.Error, 0, $"{Describe(exception)} ({where})", differing)
                : new(question, Ending.Failed, 0, $"{difference!.Name}: {difference.Detail} ({where})", differing,
                    one == question.Cases[0] ? Recognised(question, returned, tolerance)?.Hint : null);
            // What hangs once hangs again, and its thread cannot be ended.
            if (!ended) break;
        }
        if (first is null) return new QuestionResult(question, Ending.Passed, question.Points, "");
        return first with { Score = first.Ending == Ending.Timeout ? 0 : question.Parts.Where((_, i) => right[i]).Sum(part => part.Points) };
    }

    // The same wrong numbers where it is wrong, and the right ones elsewhere.
    static CheckMistake? Recognised(CheckQuestion question, List<Returned> returned, Tolerance tolerance) => question.Mistakes.FirstOrDefault(mistake =>
        question.Cases[0].Expected.All(expected => Comparison.Compare(
            mistake.Answers.FirstOrDefault(answer => answer.Name == expected.Name) ?? expected, returned.FirstOrDefault(got => got.Name == expected.Name), tolerance) is null));

    static void MarkWrong(CheckQuestion question, bool[] right, Returned wrong)
    {
        bool listed = question.Parts.Any(part => part.Returns.Any(wrong.IsListedAs));
        for (int i = 0; i < right.Length; i++)
            if (!listed || question.Parts[i].Returns.Any(wrong.IsListedAs)) right[i] = false;
    }

    /// <summary>Fills in what the probes return; for the making of a handout, whose probes run on the reference.</summary>
    public CheckCase Freeze(string probe, int seed, bool single)
    {
        (List<Returned> returned, List<string> steps, Exception? exception, bool ended) = Call(probe, new CheckCase(seed, single, [], []), 60);
        if (!ended) throw new InvalidOperationException($"{probe}, seed {seed}: no answer from the reference after 60 s.");
        if (exception is not null) throw new InvalidOperationException($"{probe}, seed {seed}: the reference throws {Describe(exception)}", exception);
        return new CheckCase(seed, single, [.. returned], [.. steps]);
    }

    /// <summary>Fills in all cases: text in, text out, so that the caller may be of another load context.</summary>
    public static string FreezeAll(string data, Assembly probes)
    {
        CheckData read = Read(data);
        var runner = new CheckRunner(read, probes, "");
        CheckQuestion[] questions = [.. read.Questions.Select(question => question with
        {
            Cases = [.. question.Cases.Select(one => runner.Freeze(question.Probe, one.Seed, one.Single))],
        })];
        return JsonSerializer.Serialize(read with { Questions = questions }, CheckData.Options);
    }

    /// <summary>Ending, score and message of each question by its id, as text.</summary>
    public static string CheckAll(string data, Assembly probes)
    {
        CheckData read = Read(data);
        var runner = new CheckRunner(read, probes, "");
        return JsonSerializer.Serialize(read.Questions.ToDictionary(
            question => question.Id,
            question => new[] { runner[question].Ending.ToString(), runner[question].Score.ToString(CultureInfo.InvariantCulture), runner[question].Message }));
    }

    (List<Returned>, List<string>, Exception?, bool Ended) Call(string probe, CheckCase one, double seconds)
    {
        int dot = probe.LastIndexOf('.');
        MethodInfo method = probes.GetType(probe[..dot])?.GetMethod(probe[(dot + 1)..], BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            ?? throw new InvalidOperationException($"There is no probe {probe}; take the folder Check from the handout again.");
        List<Returned> returned = [];
        List<string> steps = [];
        Exception? exception = null;
        // A thread of its own: a scope left open does not reach the next case, and a deep recursion has room.
        var thread = new Thread(() =>
        {
            try
            {
                var asked = new Probe(one.Seed, one.Single ? DType.Float32 : DType.Float64, returned.Add, steps.Add);
                method.CreateDelegate<Action<Probe>>()(asked);
            }
            catch (Exception thrown)
            {
                exception = thrown;
            }
        }, 16 << 20);
        thread.IsBackground = true;
        thread.Start();
        return thread.Join(TimeSpan.FromSeconds(seconds)) ? (returned, steps, exception, true) : ([], [], null, false);
    }

    string Describe(Exception exception)
    {
        string[] frames = (exception.StackTrace ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string folder = Path.Combine(root, "MyTorch") + Path.DirectorySeparatorChar;
        string? own = frames.FirstOrDefault(frame => frame.Contains(folder, StringComparison.Ordinal)) ?? frames.FirstOrDefault(frame => frame.Contains(root, StringComparison.Ordinal));
        string place = own is null ? "" : $" at {own[(own.IndexOf(root, StringComparison.Ordinal) + root.Length + 1)..].Replace('\\', '/')}";
        return $"{exception.GetType().Name}{place}: {exception.Message}";
    }

    /// <summary>Reads Check/assignment.json.</summary>
    public static CheckData Read(string text) => JsonSerializer.Deserialize<CheckData>(text, CheckData.Options)
        ?? throw new InvalidOperationException("Check/assignment.json is empty; take the folder Check from the handout again.");
}
