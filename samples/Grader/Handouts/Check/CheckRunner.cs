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

    /// <summary>The body of another question, which this one needs, is not written or not right yet.</summary>
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
/// <param name="RightParts">Which of the question's parts are right; null if nothing is known of them.</param>
/// <param name="ErrorIn">The body in which an exception was thrown, as "Linear.Backward"; null if it is in none.</param>
/// <param name="WaitsFor">The id of the question that it waits for; null if it waits for none.</param>
/// <param name="Also">What else is wrong in that case and has no known mistake; null if nothing is.</param>
/// <param name="Was">What is wrong with a question that waits for one that is not right; null if nothing is known.</param>
/// <param name="OnlyThrew">Whether nothing wrong was returned before the exception.</param>
public sealed record QuestionResult(
    CheckQuestion Question, Ending Ending, double Score, string Message, (string[] Got, string[] Expected)? Steps = null,
        string? Hint = null,
    IReadOnlyList<Returned>? Given = null, Returned? Got = null, Returned? Expected = null, IReadOnlyList<string>? Printed = null,
        IReadOnlyList<string>? Told = null, IReadOnlyList<bool>? RightParts = null, string? ErrorIn = null,
        string? WaitsFor = null, string? Was = null, string? Also = null, bool OnlyThrew = false);

/// <summary>Runs the visible cases of a handout, and compares their results with those in <c>Check/assignment.json</c>.</summary>
/// <param name="data">The handout's questions.</param>
/// <param name="cases">Runs the cases.</param>
public sealed class CheckRunner(CheckData data, ICases cases)
{
    readonly Dictionary<string, QuestionResult> _results = [];

    /// <summary>A question's result; each runs once.</summary>
    public QuestionResult this[CheckQuestion question] =>
        _results.TryGetValue(question.Id, out QuestionResult? result) ? result : _results[question.Id] = Blamed(Run(question));

    /// <summary>The questions that a failing one needs and that are not right either, first to last.</summary>
    public IEnumerable<QuestionResult> NotRightBefore(CheckQuestion question) => data.Questions
        .Where(other => question.DependsOn.Contains(other.Id)).Select(other => this[other])
        .Where(result => result.Ending != Ending.Passed && !(question.NeedsShapesOnly && HasTheShape(result)));

    static bool HasTheShape(QuestionResult wrong) => wrong is { Ending: Ending.Failed, Got.Shape: { } got, Expected.Shape: { } expected }
        && got.AsSpan().SequenceEqual(expected);

    // A question that fails where another is to blame waits for that one. It keeps what it scores and what it shows.
    QuestionResult Blamed(QuestionResult result)
    {
        if (result.Ending is not (Ending.Failed or Ending.Error)) return result;
        CheckQuestion question = result.Question;
        // An exception in a body that is not right itself shows no mistake of this question.
        if (result is { OnlyThrew: true, ErrorIn: { } thrower } && !question.Asks(thrower)
            && data.Questions.FirstOrDefault(other => other.Asks(thrower)) is { } asking && this[asking].Ending != Ending.Passed)
            result = result with { Hint = null };
        // A known mistake in this question that gives these very values is to blame for them.
        if (question.Names(result.Hint)) return result;
        string? id = NotRightBefore(question).Select(before => before.Question.Id).FirstOrDefault();
        string why = "which is not right yet";
        if (id is null && result.Ending == Ending.Error && result.ErrorIn is { } body && !question.Composite)
        {
            // The first question that asks for the body in which it was thrown.
            CheckQuestion first = data.Questions.FirstOrDefault(other => other.Asks(body)) ?? question;
            bool asked = question.Asks(body);
            // What is right by itself was called with something wrong.
            if (first != question && this[first].Ending != Ending.Passed
                && (!asked || this[first] is { Ending: Ending.Error } other && other.Message == result.Message))
                (id, why) = (first.Id, asked ? "which ends in the same exception" : $"since its {body} throws an exception");
        }
        return id is null ? result : result with { Ending = Ending.Waiting, Message = $"waiting for {id}, {why}", WaitsFor = id, Was = result.Message };
    }

    QuestionResult Run(CheckQuestion question)
    {
        QuestionResult? first = null;
        CaseAnswer? firstAnswer = null;
        // A part counts if it is right in every case.
        var right = question.Parts.Select(_ => true).ToArray();
        foreach (CheckCase one in question.Cases)
        {
            CaseAnswer answer = cases.Run(new CaseRequest(question.Probe, one.Seed, one.Single, question.Seconds));
            firstAnswer ??= answer;
            List<Returned> returned = answer.Returned;
            if (answer.NotWritten is { } missing)
                return CaseText.Question.Match(missing).Value is var id && id == question.Id
                    ? new QuestionResult(question, Ending.NotImplemented, 0, missing)
                    : new QuestionResult(question, Ending.Waiting, 0, $"waiting for {id}", WaitsFor: id);
            var tolerance = one.Single ? new Tolerance(1e-5, 1e-5) : new Tolerance(1e-8, 1e-6);
            string where = one.Single ? " (in Float32)" : "";
            Difference? difference = null;
            var differences = new List<Difference>();
            int place = 0;
            foreach ((int i, Returned expected) in one.Expected.Index())
            {
                if (Comparison.Compare(expected, returned.Find(got => got.Name == expected.Name), tolerance) is not { } wrong) continue;
                differences.Add(wrong);
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
            IReadOnlyList<Finding> findings = first is null && one == question.Cases[0] ? Explained(question, answer, tolerance) : [];
            string after = returned.Count > 0 ? $", after \"{returned[^1].Name}\"" : "";
            first ??= answer.TimedOut ? new(question, Ending.Timeout, 0,
                    string.Create(CultureInfo.InvariantCulture,
                        $"no answer after {question.Seconds} s{where}{after}: is there a loop that never ends?"), steps, null,
                            Before(answer, place).Values, Printed: printed)
                : answer.Died is { } died ? new(question, Ending.Died, 0, died + where)
                : answer.Error is { } error
                ? new(question, Ending.Error, 0, error + where, steps, Text(findings), Before(answer, place).Values, Printed: printed,
                    ErrorIn: answer.ErrorIn, OnlyThrew: differences.TrueForAll(wrong => !returned.Exists(got => got.Name == wrong.Name)))
                : new(question, Ending.Failed, 0, $"{difference!.Name}: {difference.Detail}{where}", steps, Text(findings),
                    Before(answer, place).Values, returned.Find(got => got.Name == difference.Name), one.Expected[place], printed,
                    Also: Also(difference, differences, findings));
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
            : question.Parts.Where((_, i) => right[i]).Sum(part => part.Points),
            RightParts = first.Ending is Ending.Failed or Ending.Error ? right : null,
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

    /// <summary>Members that were changed or removed.</summary>
    public IEnumerable<string> ChangedSignatures() => cases.Signatures is not { } now ? [] : data.Signatures
        .SelectMany(type => type.Value.Except(now.GetValueOrDefault(type.Key, [])).Select(member => $"{type.Key}: {member}"));

    static string? Text(IReadOnlyList<Finding> findings) =>
        findings.Count == 0 ? null : string.Join(" And another: ", findings.Select(finding => finding.Text(hint => hint)).Distinct());

    const int MostOthers = 3;

    // What is wrong beside the difference that is shown and what the known mistakes explain: one result of a kind.
    static string? Also(Difference shown, List<Difference> differences, IReadOnlyList<Finding> findings)
    {
        if (findings.Any(finding => finding.Results.Count == 0)) return null;
        HashSet<string> said = [.. findings.SelectMany(finding => finding.Results).Append(shown.Name).Select(Kind)];
        string[] others = [.. differences.OrderBy(one => one.Name.Length).Where(one => said.Add(Kind(one.Name)))
            .Select(one => $"{one.Name}: {one.Remark}")];
        return others.Length == 0 ? null
            : string.Join("; ", others.Take(MostOthers)) + (others.Length > MostOthers ? $"; and {others.Length - MostOthers} more" : "");

        // "dX" for "square dX" and "dX without bias".
        string Kind(string name) => differences.Select(one => one.Name).Append(name).Where(kind => Diagnosis.IsOfKind(name, kind))
            .MinBy(kind => kind.Length)!;
    }

    // What explains the wrong answers to the first case by known mistakes.
    static IReadOnlyList<Finding> Explained(CheckQuestion question, CaseAnswer answer, Tolerance tolerance)
    {
        Returned[] expected = question.Cases[0].Expected;
        // The text of an error has the place between the exception's type and its message.
        string? thrown = question.Mistakes.Select(mistake => mistake.Exception).FirstOrDefault(exception => exception is not null
            && answer.Error is { } error && exception.Split(':') is [var type, ..] && error.StartsWith(type, StringComparison.Ordinal)
            && error.EndsWith(exception[type.Length..], StringComparison.Ordinal)) ?? answer.Error;
        return Diagnosis.Of(
            [new AnsweredCase(new Answer(expected), new Answer(answer.Returned, thrown?.Split(' ', ':')[0], thrown ?? ""), tolerance)],
            question.Mistakes.GroupBy(mistake => mistake.Group).OrderBy(group => group.Key)
                .Select(group => (IReadOnlyList<UsualAnswer>)[.. group.Select(mistake => mistake.Of(expected))]));
    }

    static void MarkWrong(CheckQuestion question, bool[] right, Returned wrong)
    {
        bool listed = question.Parts.Any(part => part.Returns.Any(wrong.IsListedAs));
        for (int i = 0; i < right.Length; i++)
            if (!listed || question.Parts[i].Returns.Any(wrong.IsListedAs)) right[i] = false;
    }

    /// <summary>Fills in what the probes return; for the making of a handout, whose probes run on the reference.</summary>
    static CheckCase Freeze(ICases cases, string probe, CheckCase one)
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
        var cases = new CasesHere(probes, read.Setup("", capture: false), TextWriter.Null);
        CheckQuestion[] questions =
            [.. read.Questions.Select(question =>
                question with { Cases = [.. question.Cases.Select(one => Freeze(cases, question.Probe, one))] })];
        return CaseText.Write(read with { Questions = questions, Signatures = new(cases.Signatures!.ToDictionary(), StringComparer.Ordinal) });
    }

    /// <summary>Ending, score and message of each question by its id, as text.</summary>
    public static string CheckAll(string data, Assembly probes)
    {
        CheckData read = Read(data);
        var runner = new CheckRunner(read, new CasesHere(probes, read.Setup("", capture: false), TextWriter.Null));
        return CaseText.Write(read.Questions.ToDictionary(
            question => question.Id,
            question => new[] { runner[question].Ending.ToString(), runner[question].Score.ToString(CultureInfo.InvariantCulture),
                runner[question].Message }));
    }

    /// <summary>Reads Check/assignment.json.</summary>
    public static CheckData Read(string text) => JsonSerializer.Deserialize<CheckData>(text, CaseText.Options)
        ?? throw new InvalidOperationException("Check/assignment.json is empty; take the folder Check from the handout again.");
}
