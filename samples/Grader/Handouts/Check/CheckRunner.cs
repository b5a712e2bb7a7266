using System.Globalization;
using System.Reflection;
using System.Text.Json;
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

    /// <summary>The code ran out of time.</summary>
    Timeout,

    /// <summary>The code ended the program.</summary>
    Died,
}

/// <summary>The result of a question.</summary>
/// <param name="Question">The question.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Score">The points of the parts that are right.</param>
/// <param name="Message">The first thing that is wrong; empty if nothing is.</param>
/// <param name="Steps">The steps of the student's code and of the reference's, where they differ.</param>
/// <param name="Hint">The hint of the known mistake that gives the same answer; null if there is none.</param>
/// <param name="Given">What the code was given that returned the first wrong result, or threw.</param>
/// <param name="Got">That result.</param>
/// <param name="Expected">What it should be.</param>
/// <param name="Printed">What the code printed for that result; for the first case if all are right.</param>
/// <param name="Told">What has been achieved, if all is right.</param>
public sealed record QuestionResult(
    CheckQuestion Question, Ending Ending, double Score, string Message, (string[] Got, string[] Expected)? Steps = null,
        string? Hint = null,
    IReadOnlyList<Returned>? Given = null, Returned? Got = null, Returned? Expected = null, IReadOnlyList<string>? Printed = null,
        IReadOnlyList<string>? Told = null);

/// <summary>Runs the visible cases of a handout, and compares their results with those in <c>Check/assignment.json</c>.</summary>
/// <param name="data">The handout's questions.</param>
/// <param name="run">Runs a case.</param>
public sealed class CheckRunner(CheckData data, Func<CaseRequest, CaseAnswer> run)
{
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
        CaseAnswer? firstAnswer = null;
        // A part counts if it is right in every case.
        var right = question.Parts.Select(_ => true).ToArray();
        foreach (CheckCase one in question.Cases)
        {
            CaseAnswer answer = run(new CaseRequest(question.Probe, one.Seed, one.Single, question.Seconds));
            firstAnswer ??= answer;
            List<Returned> returned = answer.Returned;
            if (answer.NotWritten is { } missing)
                return CaseRunner.Question.Match(missing).Value is var id && id == question.Id
                    ? new QuestionResult(question, Ending.NotImplemented, 0, missing)
                    : new QuestionResult(question, Ending.Waiting, 0, $"waiting for {id}");
            var tolerance = one.Single ? new Tolerance(1e-5, 1e-5) : new Tolerance(1e-8, 1e-6);
            string where = one.Single ? " (in Float32)" : "";
            Difference? difference = null;
            int place = 0;
            foreach ((int i, Returned expected) in one.Expected.Index())
            {
                if (Comparison.Compare(expected, returned.Find(got => got.Name == expected.Name), tolerance) is not { } wrong) continue;
                // A square matrix hides a transposition, so another wrong result is shown if there is one.
                if (difference is null || IsSquare(one.Expected[place]) && !IsSquare(expected)) (difference, place) = (wrong, i);
                MarkWrong(question, right, expected);
            }
            if (difference is null && answer is { Error: null, TimedOut: false, Died: null }) continue;
            if (answer.Error is not null || answer.TimedOut) place = returned.Count;
            // The steps that led to one result.
            int part = one.Steps.Concat(answer.Steps).Where(step => step.Before <= place).Select(step => step.Before).DefaultIfEmpty(0)
                .Max();
            string[] mine = Of(answer.Steps, part), theirs = Of(one.Steps, part), printed = Of(answer.Printed, Before(answer, place).From);
            (string[], string[])? steps = mine.SequenceEqual(theirs) ? null : (mine, theirs);
            string after = returned.Count > 0 ? $", after \"{returned[^1].Name}\"" : "";
            first ??= answer.TimedOut ? new(question, Ending.Timeout, 0,
                    string.Create(CultureInfo.InvariantCulture,
                        $"no answer after {question.Seconds} s{where}{after}: is there a loop that never ends?"), steps, null,
                            Before(answer, place).Values, Printed: printed)
                : answer.Died is { } died ? new(question, Ending.Died, 0, died + where)
                : answer.Error is { } error
                ? new(question, Ending.Error, 0, error + where, steps, Known(), Before(answer, place).Values, Printed: printed)
                : new(question, Ending.Failed, 0, $"{difference!.Name}: {difference.Detail}{where}", steps, Known(),
                    Before(answer, place).Values, returned.Find(got => got.Name == difference.Name), one.Expected[place], printed);
            string? Known() => one == question.Cases[0] ? Recognised(question, returned, tolerance)?.Hint : null;
            // Code that hung or ended the program would do so again.
            if (answer.TimedOut || answer.Died is not null) break;
        }
        if (first is null)
            return new QuestionResult(question, Ending.Passed, question.Points, "",
                Printed: [.. firstAnswer?.Printed.Select(line => line.Text) ?? []], Told: firstAnswer?.Told);
        return first with
        {
            Score = first.Ending is Ending.Timeout or Ending.Died
            ? 0
            : question.Parts.Where((_, i) => right[i]).Sum(part => part.Points)
        };
    }

    static bool IsSquare(Returned value) => value.Shape is [var rows, var columns] && rows == columns;

    static string[] Of(IEnumerable<Noted> lines, int before) => [.. lines.Where(line => line.Before == before).Select(line => line.Text)];

    // The inputs that were shown last before a result, and after which result.
    static (Returned[] Values, int From) Before(CaseAnswer answer, int result)
    {
        int last = answer.Given.Where(given => given.Before <= result).Select(given => given.Before).DefaultIfEmpty(-1).Max();
        return ([.. answer.Given.Where(given => given.Before == last).Select(given => given.Value)], last < 0 ? result : last);
    }

    /// <summary>The public and protected members of types, without overrides.</summary>
    public static SortedDictionary<string, string[]> Signatures(IEnumerable<string> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        var signatures = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (string name in types)
            if (typeof(Tensor).Assembly.GetType(name) is { } type)
                signatures[name] = [.. type.GetMembers(BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                    .OfType<MethodBase>()
                    .Where(member => (member.IsPublic || member.IsFamily || member.IsFamilyOrAssembly)
                        && (member is not MethodInfo method || method.GetBaseDefinition() == method))
                    .Select(member => member.ToString()!.Replace("MyTorch.", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        return signatures;
    }

    /// <summary>Members that were changed or removed.</summary>
    public IEnumerable<string> ChangedSignatures()
    {
        SortedDictionary<string, string[]> now = Signatures(data.Types);
        return data.Signatures.SelectMany(type =>
            type.Value.Except(now.GetValueOrDefault(type.Key, [])).Select(member => $"{type.Key}: {member}"));
    }

    // Whether an answer has the mistake's wrong numbers and elsewhere the right ones, as far as the code ran.
    static CheckMistake? Recognised(CheckQuestion question, List<Returned> returned, Tolerance tolerance) =>
        question.Mistakes.FirstOrDefault(mistake =>
        returned.Count == mistake.Returned && returned.TrueForAll(got =>
            (mistake.Answers.FirstOrDefault(answer => answer.Name == got.Name)
                ?? Array.Find(question.Cases[0].Expected, expected => expected.Name == got.Name)) is { } usual
            && Comparison.IsSame(usual, got, tolerance)));

    static void MarkWrong(CheckQuestion question, bool[] right, Returned wrong)
    {
        bool listed = question.Parts.Any(part => part.Returns.Any(wrong.IsListedAs));
        for (int i = 0; i < right.Length; i++)
            if (!listed || question.Parts[i].Returns.Any(wrong.IsListedAs)) right[i] = false;
    }

    /// <summary>Fills in what the probes return; for the making of a handout, whose probes run on the reference.</summary>
    static CheckCase Freeze(CaseRunner cases, string probe, CheckCase one)
    {
        CaseAnswer answer = cases.Run(new CaseRequest(probe, one.Seed, one.Single, 60));
        if (answer.TimedOut) throw new InvalidOperationException($"{probe}, seed {one.Seed}: no answer from the reference after 60 s.");
        if ((answer.Error ?? answer.NotWritten) is { } error)
            throw new InvalidOperationException($"{probe}, seed {one.Seed}: the reference throws {error}");
        return one with { Expected = [.. answer.Returned], Steps = [.. answer.Steps] };
    }

    /// <summary>Fills in all cases: text in, text out, so that the caller may be of another load context.</summary>
    public static string FreezeAll(string data, Assembly probes)
    {
        CheckData read = Read(data);
        var cases = new CaseRunner(probes, "", []);
        CheckQuestion[] questions =
            [.. read.Questions.Select(question =>
                question with { Cases = [.. question.Cases.Select(one => Freeze(cases, question.Probe, one))] })];
        return JsonSerializer.Serialize(read with { Questions = questions, Signatures = Signatures(read.Types) }, CheckData.Options);
    }

    /// <summary>Ending, score and message of each question by its id, as text.</summary>
    public static string CheckAll(string data, Assembly probes)
    {
        CheckData read = Read(data);
        var runner = new CheckRunner(read, new CaseRunner(probes, "", []).Run);
        return JsonSerializer.Serialize(read.Questions.ToDictionary(
            question => question.Id,
            question => new[] { runner[question].Ending.ToString(), runner[question].Score.ToString(CultureInfo.InvariantCulture),
                runner[question].Message }));
    }

    /// <summary>Reads Check/assignment.json.</summary>
    public static CheckData Read(string text) => JsonSerializer.Deserialize<CheckData>(text, CheckData.Options)
        ?? throw new InvalidOperationException("Check/assignment.json is empty; take the folder Check from the handout again.");
}
