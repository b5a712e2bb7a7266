using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Grading;

/// <summary>Reports before anything was run.</summary>
static class GradeReports
{
    /// <summary>A report without results.</summary>
    public static GradeReport Empty(Assignment assignment) => new()
    {
        Assignment = assignment.Id,
        Title = assignment.Title,
        Version = assignment.Version,
        Status = GradeStatus.Graded,
        HiddenCases = assignment.Seeds.Hidden,
        Manual = [.. assignment.Questions.Where(question => question.Manual)
            .Select(question => new ManualReport(question.Id, question.Title, question.Points))],
    };

    /// <summary>The report of a grader that failed: no points, which is not zero points.</summary>
    /// <param name="assignment">The assignment.</param>
    /// <param name="reason">What staff should know.</param>
    public static GradeReport Failed(Assignment assignment, string reason) => Empty(assignment) with
    {
        Status = GradeStatus.GraderError,
        Message = FailedMessage,
        Staff = reason,
    };

    /// <summary>What a student reads where the grader failed.</summary>
    public const string FailedMessage = "The grader failed. The handin is not the cause, and no points were recorded.";

    /// <summary>A question without tests.</summary>
    public static QuestionReport Of(Assignment assignment, Question question) => new()
    {
        Id = question.Id,
        Name = question.Title,
        Visibility = question.Visibility,
        Group = assignment.Groups.FirstOrDefault(group => group.Id == question.Group)?.Title ?? "",
    };

    /// <summary>A question whose tests were not run, for a reason.</summary>
    public static QuestionReport NotRun(Assignment assignment, Question question, string reason) => Of(assignment, question) with
    {
        Tests =
        [
            .. Judge.Parts(question).Select(part => new TestReport
            {
                Id = part.Id,
                Name = part.Title,
                Outcome = Outcome.NotRun,
                Score = 0,
                MaxScore = part.Points,
                Message = reason,
            }),
        ],
    };
}
