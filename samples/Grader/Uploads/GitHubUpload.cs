using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;
using static MyTorch.Grader.Uploads.UploadArchives;

namespace MyTorch.Grader.Uploads;

/// <summary>The folder .github of a template repository: a workflow that grades each push.</summary>
static class GitHubUpload
{
    // Checking out, installing .NET and compiling need additional time.
    const double SecondsAround = 180;

    public static string Write(Assignment assignment, UploadContents contents, string target)
    {
        string[] runners =
            [.. assignment.Questions.Where(question => !question.Manual && question.Probe is not null)
                .Select(question => GitHubReport.Runner(question.Id))];
        Save(target, ".github/workflows/classroom.yml", Bytes(Template.Fill(
            "Uploads/classroom.yml",
            ("minutes", FormattableString.Invariant($"{Math.Ceiling((assignment.Limits.TotalSeconds + SecondsAround) / 60):0}")),
            ("results", string.Join('\n', runners.Select(Result))),
            ("runners", string.Join(',', runners)))));
        Save(target, ".github/classroom/grade.sh", Bytes(Template.Fill("Uploads/grade.sh")), executable: true);
        Save(target, ".github/classroom/grader.tar", Tar([.. contents.Files(withSecret: false)]));
        return Template.Fill("Uploads/GitHub.md", ("title", assignment.Title));
    }

    static string Result(string runner) => $"          {runner.ToUpperInvariant()}_RESULTS: ${{{{ steps.grade.outputs.{runner} }}}}";
}
