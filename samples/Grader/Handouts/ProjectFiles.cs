using System.Xml.Linq;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts;

/// <summary>
/// The files of a handout that make it build: projects, their settings and packages' versions. Their texts are in Templates.
/// </summary>
static class ProjectFiles
{
    /// <summary>The files by their paths.</summary>
    /// <param name="folder">The assignment.</param>
    /// <param name="offline">Whether the packages are included, so that nothing is downloaded.</param>
    public static IEnumerable<(string Path, string Text)> Of(AssignmentFolder folder, bool offline)
    {
        yield return ("MyTorch/MyTorch.csproj",
            Template.Fill("Handouts/MyTorch.csproj.template",
            ("packages", References(folder)), ("reading set", ReadingSet(folder.Assignment))));
        yield return ("Check/Check.csproj", Template.Fill("Handouts/Check.csproj.template", ("packages", References(folder))));
        yield return ("check.cs", Template.Fill("Handouts/check.template"));
        foreach (string program in HandoutFiles.Programs(folder).Where(program => program != "Check"))
            yield return ($"{program}/{program}.csproj", Template.Fill("Handouts/Program.csproj.template"));
        yield return ("Directory.Build.props", Template.Fill("Handouts/Directory.Build.props.template"));
        // MSBuild looks for this file in the parent folders too: here the search ends, wherever the handout is unpacked.
        yield return ("Directory.Build.targets", Template.Fill("Handouts/Directory.Build.targets.template"));
        yield return ("Directory.Packages.props",
            Template.Fill("Handouts/Directory.Packages.props.template", ("packages", Versions(folder))));
        yield return ("global.json", Template.Fill("Handouts/global.json.template"));
        yield return (".gitignore", Template.Fill("Handouts/gitignore.template"));
        yield return ("Given/README.md", Template.Fill("Handouts/Given.md"));
        if (offline) yield return ("nuget.config", Template.Fill("Handouts/nuget.config.template"));
    }

    // As paths from the project's folder.
    static string ReadingSet(Assignment assignment) =>
        string.Join(';', assignment.ReadingSet.Select(path => Path.GetRelativePath("MyTorch", path).Replace('\\', '/')));

    static string References(AssignmentFolder folder) =>
        string.Join('\n', HandoutFiles.Packages(folder).Select(name => $"    <PackageReference Include=\"{name}\" />"));

    // The library's own lines for the packages that it needs.
    static string Versions(AssignmentFolder folder) =>
        string.Join('\n', XDocument.Load(Path.Combine(folder.Root, "Directory.Packages.props"))
        .Descendants("PackageVersion").Where(package => HandoutFiles.Packages(folder).Contains(package.Attribute("Include")!.Value))
        .Select(package => "    " + package));
}
