namespace MyTorch.Teaching;

/// <summary>The usual mistake that a wrong answer to a <see cref="DrillQuestion"/> is.</summary>
/// <param name="Kind">The kind in words: <c>only one path</c>.</param>
/// <param name="Explanation">What went wrong, in a sentence that does not give the answer away.</param>
public sealed record DrillRemark(string Kind, string Explanation);

/// <summary>What an answer to a <see cref="DrillQuestion"/> is worth.</summary>
/// <param name="IsRight">Whether it is right.</param>
/// <param name="Problem">Why it cannot be read, as a sentence; null if it can.</param>
/// <param name="Remarks">The usual mistakes that it may be; none if it is right, cannot be read, or is wrong in another way.</param>
public sealed record DrillReply(bool IsRight, string? Problem, IReadOnlyList<DrillRemark> Remarks);

/// <summary>A question of a <see cref="Drill"/> or a <see cref="CostDrill"/>, which is answered by typing.</summary>
public sealed class DrillQuestion
{
    readonly Func<string, DrillReply> _reply;

    DrillQuestion(string label, string formula, string answer, Func<string, DrillReply> reply) =>
        (Label, Formula, Answer, _reply) = (label, formula, answer, reply);

    /// <summary>What is asked for: <c>adj(v3)</c>, or <c>layer 1, Linear(7, 4): parameters</c>.</summary>
    public string Label { get; }

    /// <summary>How it is computed.</summary>
    public string Formula { get; }

    /// <summary>The right answer, as it is shown.</summary>
    public string Answer { get; }

    /// <summary>Reads an answer and compares it.</summary>
    /// <param name="text">What was typed.</param>
    public DrillReply Reply(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _reply(text);
    }

    /// <summary>The questions of a drill, in an order in which they can be answered.</summary>
    public static IReadOnlyList<DrillQuestion> Of(Drill drill)
    {
        ArgumentNullException.ThrowIfNull(drill);
        return [.. drill.Cells.Select(cell => new DrillQuestion(cell.Label, cell.Formula, DrillPaper.Digits(cell.Answer), text =>
            DrillPaper.Read(text, out string problem) is { } answer
                ? new DrillReply(cell.Accepts(answer), null, [.. cell.Explain(answer).Select(one => Remark(one.Kind, one.Explanation))])
                : new DrillReply(false, problem, [])))];
    }

    /// <summary>The questions of a drill about costs, in the order of the layers.</summary>
    public static IReadOnlyList<DrillQuestion> Of(CostDrill drill)
    {
        ArgumentNullException.ThrowIfNull(drill);
        return [.. drill.Questions.Select(question => new DrillQuestion(question.Text, question.Formula, question.Answer, text =>
            question.Understands(text)
                ? new DrillReply(question.Accepts(text), null,
                    [.. question.Explain(text).Select(one => Remark(one.Kind, one.Explanation))])
                : new DrillReply(false, question.IsShape
                    ? $"\"{text}\" is not a shape. Type one such as (5, 4)."
                    : $"\"{text}\" is not a whole number. Type one such as 32 or 7*4+4.", [])))];
    }

    static DrillRemark Remark(Enum kind, string explanation) => new(DrillPaper.Words(kind), explanation);
}
