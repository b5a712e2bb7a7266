using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts;

/// <summary>
/// The files of a handout, in memory: an allow-list of what a student gets. Nothing is copied because it lies somewhere; each file is named
/// here or is a source of the library.
/// </summary>
static partial class HandoutFiles
{
    const string Tensors = "Checking/Probe.Tensors.cs";

    /// <summary>
    /// Sources of the grader that the student's runner is built from. Those in Cases are compiled with the student's code; two of them stand
    /// on both sides.
    /// </summary>
    static readonly (string Folder, string[] Files)[] s_runner =
    [
        ("Check/Cases/",
        [
            "Checking/Probe.cs", Tensors, "Checking/Returned.cs", "Handouts/Check/CaseData.cs", "Handouts/Check/CaseRunner.cs",
            "Handouts/Check/CaseServer.cs", "Handouts/Check/Screen.cs",
        ]),
        ("Check/",
        [
            "Checking/Comparison.cs", "Checking/Diagnosis.cs", "Handouts/Check/CheckData.cs", "Handouts/Check/CasesHere.cs",
            "Handouts/Check/CaseProcess.cs",
            "Handouts/Check/CheckRunner.cs", "Handouts/Check/Tables.cs", "Handouts/Check/CheckWriter.cs", "Handouts/Check/CheckPage.cs",
            "Handouts/Check/Grids.cs", "Handouts/Check/Recognition.cs", "Handouts/Check/StepGraph.cs",
            "Handouts/Check/StudentBuild.cs", "Handouts/Check/Watch.cs", "Handouts/Check/CheckProgram.cs",
            "Handouts/Check/HandinArchive.cs", "Handouts/Check/ForbiddenWords.cs",
            "Handouts/Check/HandoutUpdate.cs", "Handouts/Check/MemberMerge.cs",
        ]),
    ];

    /// <summary>All files by their paths in the handout.</summary>
    /// <param name="folder">The assignment.</param>
    /// <param name="library">The library with its bodies blanked.</param>
    /// <param name="reference">The library with its bodies: what it returns now is what is expected.</param>
    /// <param name="offline">Whether the packages are included.</param>
    public static SortedDictionary<string, string> Of(AssignmentFolder folder, SourceTree library, LoadedHandout reference, bool offline =
        false)
    {
        Assignment assignment = folder.Assignment;
        SourceTree check = CheckSources(folder);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in library.Paths) files[PathOf(assignment, path)] = library[path];
        foreach (string path in check.Paths) files[path] = check[path];
        foreach (string path in assignment.Data) files["Given/" + path] = File.ReadAllText(Path.Combine(folder.Root, path));
        foreach (string path in folder.Try.Paths) files["Try" + path["try".Length..]] = folder.Try[path];
        CheckData data = FrozenMistakes.In(folder, reference.Freeze(Questions(folder, files)));
        files["Check/page.css"] = EmbeddedFiles.Read("Reports/style.css") + EmbeddedFiles.Read("Handouts/check.css");
        files["README.md"] = Readme(folder, data);
        if (assignment.CheatSheet.Count > 0) files["CHEATSHEET.md"] = CheatSheet.Of(folder, library);
        foreach ((string path, string text) in ProjectFiles.Of(folder, offline)) files[path] = text;
        // What a student writes in, as it is handed out: an update tells from it what is the student's.
        foreach (string path in assignment.ReadingSet.Concat(files.Keys.Where(path => path.StartsWith("Try/", StringComparison.Ordinal)
            && path.EndsWith(".cs", StringComparison.Ordinal))).ToArray())
            files["Check/Original/" + path] = files[path];
        files["Check/assignment.json"] = Json(data with
        {
            Own = new SortedDictionary<string, string>(files.Where(file => !data.Given.ContainsKey(file.Key))
                .ToDictionary(file => file.Key, file => HandinArchive.HashOf(file.Value)), StringComparer.Ordinal),
        });
        return files;
    }

    /// <summary>The path of a library file in the handout: files to read and write are under MyTorch/, the others under Given/.</summary>
    public static string PathOf(Assignment assignment, string path) => assignment.ReadingSet.Contains(path) ? path : "Given/" + path;

    /// <summary>The runner and the probes, as the handout's folder Check holds them.</summary>
    public static SourceTree CheckSources(AssignmentFolder folder)
    {
        SourceTree sources = SourceTree.Empty;
        foreach ((string target, string[] paths) in s_runner)
            foreach (string path in paths.Where(path => path != Tensors || folder.HasTensors))
                sources = sources.With(target + Path.GetFileName(path),
                    File.ReadAllText(Path.Combine(folder.Root, "samples", "Grader", path)));
        // A drill for a talk is not a case of the check.
        string[] drill = folder.Assignment.Viva is { } viva ? [.. folder.Probes.Find(viva).Select(member => member.Path)] : [];
        foreach (string path in folder.Probes.Paths.Except(drill)) sources = sources.With("Check/Cases/" + path, folder.Probes[path]);
        foreach (string path in folder.Programs.Paths) sources = sources.With("Check/Cases/" + path, folder.Programs[path]);
        return sources.With("Check/Program.cs",
            "return MyTorch.Check.CheckProgram.Start(args, System.Reflection.Assembly.GetExecutingAssembly());\n");
    }

    static string Json(CheckData data) => JsonSerializer.Serialize(data, CaseText.Options) + "\n";

    static CheckData Questions(AssignmentFolder folder, SortedDictionary<string, string> files)
    {
        Assignment assignment = folder.Assignment;
        var members = Stubs.Blanked(assignment, folder.Reference).ToLookup(pair => pair.Question.Id, pair => pair.Member);
        return new CheckData
        {
            Assignment = assignment.Id,
            Version = assignment.Version,
            Title = assignment.Title,
            Changes = [.. assignment.Changes.Select(change => new CheckChange(change.Key, change.Value))
                .Order(Comparer<CheckChange>.Create((a, b) => Versions.Compare(a.Version, b.Version)))],
            ReadingSet = [.. assignment.ReadingSet],
            Types = [.. folder.Reference.Members.Values.SelectMany(members => members)
                .Where(member => member.Syntax is TypeDeclarationSyntax && assignment.ReadingSet.Contains(member.Path))
                .Select(member => member.FullName).Distinct().Order(StringComparer.Ordinal)],
            Given = new SortedDictionary<string, string>(
                files.Where(file => file.Key.StartsWith("Given/", StringComparison.Ordinal))
                    .ToDictionary(file => file.Key, file => HandinArchive.HashOf(file.Value)), StringComparer.Ordinal),
            Forbidden = new SortedDictionary<string, string>(
                ForbiddenScan.Words(assignment.ReadingSet.Where(files.ContainsKey).Select(path => files[path])), StringComparer.Ordinal),
            Groups = new SortedDictionary<string, string>(assignment.Groups.ToDictionary(group => group.Id, group => group.Title),
                StringComparer.Ordinal),
            Programs = [.. assignment.Groups.Where(group => group.Unlocks is not null)
                .Select(group => new CheckedProgram(group.Id, group.Unlocks!.Id, group.Unlocks.Title, group.Unlocks.Program))],
            Questions = [.. assignment.Questions.Where(question => !question.Manual).Select(question => new CheckQuestion
            {
                Id = question.Id,
                Title = question.Title,
                Points = question.Points,
                Parts = [.. question.Parts.Select(part => new CheckPart(part.Id, part.Title, part.Points, [.. part.Returns]))],
                Probe = question.Probe!,
                DependsOn = [.. question.DependsOn],
                NeedsShapesOnly = question.NeedsShapesOnly,
                Places = [.. question.Blank.SelectMany(folder.Reference.Find).Select(member => $"{member.Path}: {member.ShortName}")],
                Hints = folder.Hints.Questions.TryGetValue(question.Id, out Hint? hint)
                    ? [hint.Idea, hint.Shapes, hint.Formula]
                    : ["", "", ""],
                Seconds = 2 * (question.Seconds ?? assignment.Limits.Seconds),
                Cases = [.. assignment.Seeds.Visible.Select(seed => new CheckCase(seed, false, [], [])),
                    new CheckCase(assignment.Seeds.Visible[0], true, [], [])],
            })],
        };
    }

    static string Readme(AssignmentFolder folder, CheckData data)
    {
        var table = new StringBuilder("| question | points | minutes | where |\n|---|---|---|---|\n");
        foreach (Question question in folder.Assignment.Questions)
        {
            string[] places = data.Questions.FirstOrDefault(one => one.Id == question.Id)?.Places ?? [];
            table.Append(CultureInfo.InvariantCulture,
                $"| {question.Id} {question.Title} | {question.Points} | {question.Minutes} | " +
                $"{string.Join(", ", places.Select(place => $"`{place}`"))} |\n");
        }
        string text = File.ReadAllText(Path.Combine(folder.Path, "writeup.md")).ReplaceLineEndings("\n");
        text = text.Contains("<!-- questions -->", StringComparison.Ordinal)
            ? text.Replace("<!-- questions -->", table.ToString().TrimEnd(), StringComparison.Ordinal)
            : $"{text.TrimEnd()}\n\n## Questions and points\n\n{table}";
        if (data.Changes.Length == 0) return text;
        string changes = string.Join('\n', data.Changes.Reverse().Select(change => $"- **Version {change.Version}**: {change.Text}"));
        return $"{text.TrimEnd()}\n\n## What the versions changed\n\nThis is version {data.Version}. {CheckProgram.UpdateText}\n\n{changes}\n";
    }

    /// <summary>The programs of a handout, each a folder and a project.</summary>
    public static IReadOnlyList<string> Programs(AssignmentFolder folder) => folder.Try.Paths.Count > 0 ? ["Check", "Try"] : ["Check"];

    /// <summary>The packages that the library's tensors need.</summary>
    public static IReadOnlyList<string> Packages(AssignmentFolder folder) =>
        folder.HasTensors ? ["CsvHelper", "MathNet.Numerics", "System.Numerics.Tensors"] : [];
}
