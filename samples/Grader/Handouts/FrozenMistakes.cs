using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Probes;

namespace MyTorch.Grader.Handouts;

/// <summary>
/// What each known mistake makes of a question's first case, where it answers at all: numbers, so that the handout holds no code of it.
/// </summary>
static class FrozenMistakes
{
    /// <summary>The handout's questions with their known mistakes.</summary>
    public static CheckData In(AssignmentFolder folder, CheckData data)
    {
        using var reference = new Reference(folder, new AssignmentSources(folder));
        // All are needed: compiled at once.
        _ = reference.Pairs;
        var known = new KnownMistakes(reference, folder.Assignment.Questions);
        return data with
        {
            Questions = [.. data.Questions.Select(question => question with { Mistakes = Of(folder, reference, known, question) })]
        };
    }

    static CheckMistake[] Of(AssignmentFolder folder, Reference reference, KnownMistakes known, CheckQuestion question)
    {
        CheckCase first = question.Cases[0];
        Question asked = folder.Assignment.Questions.Single(one => one.Id == question.Id);
        var one = new ProbeCase(0, asked, first.Seed, first.Single, Hidden: false);
        var frozen = new List<CheckMistake>();
        // A mistake has several forms, and two together several ways, which often answer the same.
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach ((int group, IEnumerable<Mistake> mistakes) in known.InOrder(asked).Index())
            foreach (Mistake mistake in mistakes)
                if (Frozen(folder, reference, one, first, mistake, group) is { } made && texts.Add(CaseText.Write(made))
                    && !(mistake.Of.Count > 1 && IsExplained(made)))
                    frozen.Add(made);
        return [.. frozen];

        // Where each of two mistakes shows in other results, nothing has to be known of both together.
        bool IsExplained(CheckMistake both)
        {
            var answered = new AnsweredCase(new Answer(first.Expected), both.Of(first.Expected).Answers[0], one.Tolerance);
            return Diagnosis.Of([answered], [[.. frozen.Where(known => known.Hints.Length == 1).Select(known => known.Of(first.Expected))]])
                .SelectMany(finding => finding.Mistakes).Order().SequenceEqual(both.Hints.Order());
        }
    }

    static string? Thrown(CaseResult answer) =>
        answer.Exception is [var type, ..] ? $"{type[(type.LastIndexOf('.') + 1)..]}: {answer.Message}" : null;

    static CheckMistake? Frozen(AssignmentFolder folder, Reference reference, ProbeCase one, CheckCase first, Mistake mistake, int group)
    {
        CaseResult answer = reference.Run([one], mistake)[0];
        if (answer.Ending is not (Grading.Ending.Completed or Grading.Ending.Threw)
            || !mistake.Of.All(folder.Hints.Mistakes.ContainsKey)) return null;
        Returned[] wrong = [.. first.Expected
            .Select(expected => answer.Returned.FirstOrDefault(got =>
                got.Name == expected.Name && Comparison.Compare(expected, got, one.Tolerance) is not null))
            .OfType<Returned>()];
        string[] missing = [.. first.Expected.Select(right => right.Name).Except(answer.Returned.Select(got => got.Name))];
        return wrong.Length == 0 && missing.Length == 0 ? null
            : new CheckMistake([.. mistake.Of.Select(id => folder.Hints.Mistakes[id])], wrong, missing, Thrown(answer), group);
    }
}
