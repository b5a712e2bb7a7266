using MyTorch.Grader.Assignments;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Recognises known mistakes by their answers. What a mistake answers is computed when it is first needed, by the reference.
/// </summary>
sealed class KnownMistakes(Reference reference, IReadOnlyList<Question> questions)
{
    readonly Dictionary<(string Question, int Mistake), IReadOnlyDictionary<int, CaseResult>> _answers = [];

    /// <summary>
    /// The known mistakes that explain what is wrong in these answers: a question's own before those of questions that are answered by the
    /// same code, single ones before two together, and what explains everything before what explains single results.
    /// </summary>
    /// <param name="question">The question.</param>
    /// <param name="cases">All its cases.</param>
    /// <param name="expected">The right answers.</param>
    /// <param name="got">The answers.</param>
    /// <param name="hasTime">Whether there is time to try two mistakes together, which are many.</param>
    public IReadOnlyList<Finding> Explain(Question question, IReadOnlyList<ProbeCase> cases, IReadOnlyDictionary<int, CaseResult> expected,
        IReadOnlyDictionary<int, CaseResult> got, Func<bool> hasTime)
    {
        var answered = cases.Where(one =>
            got.TryGetValue(one.Id, out CaseResult? answer) && answer.Ending is Ending.Completed or Ending.Threw).ToList();
        if (answered.Count == 0 || answered.All(one => got[one.Id].Threw("System.NotImplementedException"))) return [];
        AnsweredCase[] asked =
            [.. answered.Select(one => new AnsweredCase(AnswerOf(expected[one.Id]), AnswerOf(got[one.Id]), one.Tolerance))];
        return Diagnosis.Of(asked, InOrder(question).TakeWhile((_, i) => i < 2 || hasTime()).Select(group => (IReadOnlyList<UsualAnswer>)
            [.. group.Select(mistake => new UsualAnswer(mistake.Of, Answered(question, cases, answered, mistake)))]));
    }

    /// <summary>The mistakes that may be in the answers to a question, likely ones first.</summary>
    public IEnumerable<Mistake>[] InOrder(Question question) =>
    [
        reference.Mistakes.Where(mistake => !mistake.IsRight && mistake.Question == question.Id),
        reference.Mistakes.Where(mistake => !mistake.IsRight && mistake.Question != question.Id && Concerns(question, mistake)),
        Together(question),
    ];

    // Compiled only where it comes to them.
    IEnumerable<Mistake> Together(Question question)
    {
        foreach (Mistake pair in reference.PairsWhere(pair => Concerns(question, pair))) yield return pair;
    }

    bool Concerns(Question question, Mistake mistake) =>
        MistakePairs.AreAnsweredTogether(questions, question.Id, mistake.Question);

    /// <summary>What a mistake answers to a question's cases, to all of them: handins differ in which of them are answered.</summary>
    public IReadOnlyDictionary<int, CaseResult> Answers(Question question, IReadOnlyList<ProbeCase> cases, Mistake mistake)
    {
        if (!_answers.TryGetValue((question.Id, mistake.Number), out var wrong))
            _answers[(question.Id, mistake.Number)] = wrong = reference.Run(cases, mistake);
        return wrong;
    }

    Answer[] Answered(Question question, IReadOnlyList<ProbeCase> cases, IEnumerable<ProbeCase> answered, Mistake mistake)
    {
        IReadOnlyDictionary<int, CaseResult> wrong = Answers(question, cases, mistake);
        return [.. answered.Select(one => AnswerOf(wrong[one.Id]))];
    }

    static Answer AnswerOf(CaseResult result) => new(result.Returned, result.Exception is [var type, ..] ? type : null, result.Message);
}
