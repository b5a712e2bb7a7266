using MyTorch.Grader.Assignments;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Recognises known mistakes by their answers. What a mistake answers is computed when it is first needed, by the reference.
/// </summary>
sealed class KnownMistakes(Reference reference, IReadOnlyDictionary<int, CaseResult> expected)
{
    readonly Dictionary<string, IReadOnlyDictionary<int, CaseResult>> _answers = [];

    /// <summary>The known mistake that gives these answers in every case that was answered; null if there is none.</summary>
    public Mistake? Recognise(Question question, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> got)
    {
        var answered = cases.Where(one =>
            got.TryGetValue(one.Id, out CaseResult? answer) && answer.Ending is Ending.Completed or Ending.Threw).ToList();
        if (answered.Count == 0 || answered.All(one => got[one.Id].Threw("System.NotImplementedException"))) return null;
        foreach (Mistake mistake in reference.Mistakes.Where(mistake => mistake.Question == question.Id))
        {
            if (!_answers.TryGetValue(mistake.Id, out var wrong)) _answers[mistake.Id] = wrong = reference.Run(cases, mistake);
            if (answered.All(one => IsSame(one, wrong[one.Id], got[one.Id]))
                && answered.Any(one => !Judge.IsRight(one, expected[one.Id], wrong[one.Id]))) return mistake;
        }
        return null;
    }

    static bool IsSame(ProbeCase one, CaseResult mistaken, CaseResult got) =>
        mistaken.Ending == got.Ending && TypeOf(mistaken) == TypeOf(got) && mistaken.Returned.Count == got.Returned.Count &&
        mistaken.Returned.All(array => got.Returned.FirstOrDefault(other => other.Name == array.Name) is { } other
            && Comparison.IsSame(array, other, one.Tolerance));

    static string? TypeOf(CaseResult result) => result.Exception is [var type, ..] ? type : null;
}
