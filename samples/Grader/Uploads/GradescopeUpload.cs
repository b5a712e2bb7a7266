using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;
using static MyTorch.Grader.Uploads.UploadArchives;

namespace MyTorch.Grader.Uploads;

/// <summary>The zip of Gradescope's autograder.</summary>
static class GradescopeUpload
{
    const double SecondsAround = 60;

    public static string Write(Assignment assignment, UploadContents contents, string target)
    {
        string setup = Template.Fill("Uploads/setup.sh", ("major", $"{Environment.Version.Major}"), ("runtime", UploadContents.Runtime));
        Save(target, "autograder.zip", Zip([
            new("setup.sh", Bytes(setup), Executable: true),
            new("run_autograder", Bytes(Template.Fill("Uploads/run_autograder")), Executable: true),
            .. contents.Files()]));
        double points = assignment.Questions.Where(question => !question.Manual).Sum(question => question.Points);
        return Template.Fill(
            "Uploads/Gradescope.md",
            ("title", assignment.Title),
            ("points", ReportText.Points(points)),
            ("by hand", assignment.Questions.Any(question => question.Manual) ? ", and with manual grading" : ""),
            ("minutes", FormattableString.Invariant($"{Math.Ceiling((assignment.Limits.TotalSeconds + SecondsAround) / 60):0}")));
    }
}
