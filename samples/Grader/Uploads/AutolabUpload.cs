using System.Text.Json;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;
using static MyTorch.Grader.Uploads.UploadArchives;

namespace MyTorch.Grader.Uploads;

/// <summary>An assessment of Autolab that can be imported, and the image that Tango grades in.</summary>
static class AutolabUpload
{
    const string Handin = "handin.tar";

    // What Autolab takes as the time limit of an autograder, in seconds.
    const double ShortestTimeout = 10, LongestTimeout = 900;

    // The time to start a container, and of the grader's work outside the limit of the whole run.
    const double SecondsAround = 60;

    public static string Write(Assignment assignment, UploadContents contents, string target)
    {
        string name = string.Concat(assignment.Id.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
        byte[] autograde = Tar([.. contents.Files().Select(file => new UploadFile("autograde/" + file.Path, file.Bytes))]);
        byte[] makefile = Bytes(Template.Fill("Uploads/autograde-Makefile", ("handin", Handin)));
        Save(target, "autograde.tar", autograde);
        Save(target, "autograde-Makefile", makefile);
        // An import looks for the one folder at the root before it looks into it.
        Save(target, name + ".tar", Tar([
            new(name + "/", []), new($"{name}/{name}.yml", Bytes(Settings(assignment, name))),
            new($"{name}/{name}.rb", Bytes(Configuration(name))),
            new($"{name}/autograde.tar", autograde), new($"{name}/autograde-Makefile", makefile)]));
        Save(target, "Dockerfile", Bytes(Template.Fill("Uploads/Dockerfile", ("runtime", UploadContents.Runtime))));
        return Template.Fill("Uploads/Autolab.md", ("title", assignment.Title), ("name", name), ("handin", Handin));
    }

    static string Settings(Assignment assignment, string name) => Template.Fill(
        "Uploads/assessment.yml",
        ("name", Quoted(name)),
        ("title", Quoted(assignment.Title)),
        ("handin", Handin),
        ("megabytes", FormattableString.Invariant($"{Math.Max(2, assignment.Limits.HandinMegabytes)}")),
        ("problems", string.Join('\n', assignment.Questions.Select(Problem))),
        ("seconds", FormattableString.Invariant(
            $"{Math.Clamp(Math.Ceiling(assignment.Limits.TotalSeconds) + SecondsAround, ShortestTimeout, LongestTimeout):0}")));

    static string Problem(Question question) => FormattableString.Invariant(
        $"""
        - name: {Quoted(AutolabReport.ProblemName(question.Id, question.Title))}
          description: ''
          max_score: {question.Points:0.0###}
          optional: false
        """).ReplaceLineEndings("\n");

    static string Configuration(string name) =>
        Template.Fill("Uploads/assessment.rb", ("module", char.ToUpperInvariant(name[0]) + name[1..]), ("name", name));

    // A string of JSON is one of YAML.
    static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
