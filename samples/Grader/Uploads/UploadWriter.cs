using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Uploads;

/// <summary>
/// Makes what an instructor uploads to a platform: the grader that runs now, the library's source, the assignment and the secret, and the
/// platform's own files around them. Everything that grading needs is in it; nothing is restored or downloaded when it runs.
/// </summary>
sealed class UploadWriter(AssignmentFolder folder, byte[]? secret)
{
    /// <summary>Writes the files for a platform into a folder, and a README.md that says how to install them.</summary>
    /// <returns>The text of that README.md.</returns>
    /// <exception cref="SourceException">There is no secret, and the platform's upload needs one.</exception>
    public string Write(string platform, string target)
    {
        Directory.CreateDirectory(target);
        var contents = new UploadContents(folder, secret);
        string steps = platform switch
        {
            "autolab" => AutolabUpload.Write(folder.Assignment, contents, target),
            "gradescope" => GradescopeUpload.Write(folder.Assignment, contents, target),
            _ => GitHubUpload.Write(folder.Assignment, contents, target),
        };
        File.WriteAllText(Path.Combine(target, "README.md"), steps);
        return steps;
    }
}
