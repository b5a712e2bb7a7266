using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Handouts;

/// <summary>
/// The files of a handout, in memory: an allow-list of what a student gets. Nothing is copied because it lies somewhere; each file is named
/// here or is a source of the library.
/// </summary>
static partial class HandoutFiles
{
    /// <summary>Sources of the grader that the student's runner is built from.</summary>
    static readonly string[] s_runner =
    [
        "Checking/Probe.cs", "Checking/Comparison.cs", "Handouts/Check/CheckData.cs", "Handouts/Check/CaseRunner.cs",
        "Handouts/Check/CheckRunner.cs",
        "Handouts/Check/Tables.cs", "Handouts/Check/CheckProgram.cs", "Handouts/Check/HandinArchive.cs",
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
        foreach (string path in folder.Try.Paths) files["Try" + path["try".Length..]] = folder.Try[path];
        CheckData data = WithMistakes(folder, reference.Freeze(Questions(folder, files)));
        files["Check/assignment.json"] = Json(data);
        files["README.md"] = Readme(folder, data);
        files["CHEATSHEET.md"] = CheatSheet.Of(folder, library);
        foreach ((string path, string text) in ProjectFiles.Of(folder, offline)) files[path] = text;
        return files;
    }

    /// <summary>The path of a library file in the handout: files to read and write are under MyTorch/, the others under Given/.</summary>
    public static string PathOf(Assignment assignment, string path) => assignment.ReadingSet.Contains(path) ? path : "Given/" + path;

    /// <summary>The runner and the probes, as the handout's folder Check holds them.</summary>
    public static SourceTree CheckSources(AssignmentFolder folder)
    {
        SourceTree sources = SourceTree.Empty;
        foreach (string path in s_runner)
            sources = sources.With("Check/" + Path.GetFileName(path),
                File.ReadAllText(Path.Combine(folder.Root, "samples", "Grader", path)));
        foreach (string path in folder.Probes.Paths) sources = sources.With("Check/" + path, folder.Probes[path]);
        return sources.With("Check/Program.cs",
            "return MyTorch.Check.CheckProgram.Start(args, System.Reflection.Assembly.GetExecutingAssembly());\n");
    }

    static string Json(CheckData data) => JsonSerializer.Serialize(data, CheckData.Options) + "\n";

    static CheckData Questions(AssignmentFolder folder, SortedDictionary<string, string> files)
    {
        Assignment assignment = folder.Assignment;
        var members = Stubs.Blanked(assignment, folder.Reference).ToLookup(pair => pair.Question.Id, pair => pair.Member);
        return new CheckData
        {
            Assignment = assignment.Id,
            Version = assignment.Version,
            Title = assignment.Title,
            ReadingSet = [.. assignment.ReadingSet],
            Types = [.. folder.Reference.Members.Values.SelectMany(members => members)
                .Where(member => member.Syntax is TypeDeclarationSyntax && assignment.ReadingSet.Contains(member.Path))
                .Select(member => member.FullName).Distinct().Order(StringComparer.Ordinal)],
            Given = new SortedDictionary<string, string>(
                files.Where(file => file.Key.StartsWith("Given/", StringComparison.Ordinal))
                    .ToDictionary(file => file.Key, file => HandinArchive.HashOf(file.Value)), StringComparer.Ordinal),
            Groups = new SortedDictionary<string, string>(assignment.Groups.ToDictionary(group => group.Id, group => group.Title),
                StringComparer.Ordinal),
            Questions = [.. assignment.Questions.Where(question => !question.Manual).Select(question => new CheckQuestion
            {
                Id = question.Id,
                Title = question.Title,
                Points = question.Points,
                Parts = [.. question.Parts.Select(part => new CheckPart(part.Id, part.Title, part.Points, [.. part.Returns]))],
                Probe = question.Probe!,
                DependsOn = [.. question.DependsOn],
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

    // What each known mistake makes of a question's first case, where it answers at all: numbers, so that the handout holds no code of it.
    static CheckData WithMistakes(AssignmentFolder folder, CheckData data)
    {
        using var reference = new Reference(folder, new AssignmentSources(folder));
        return data with
        {
            Questions =
            [.. data.Questions.Select(question =>
                question with { Mistakes =
                    [.. reference.Mistakes.Where(mistake => mistake.Question == question.Id)
                        .SelectMany(mistake => Answers(question, mistake))] })]
        };

        IEnumerable<CheckMistake> Answers(CheckQuestion question, Mistake mistake)
        {
            CheckCase first = question.Cases[0];
            var asked = new ProbeCase(0, folder.Assignment.Questions.Single(one => one.Id == question.Id), first.Seed, first.Single,
                Hidden: false);
            CaseResult answer = reference.Run([asked], mistake)[0];
            if (answer.Ending is not (Grading.Ending.Completed or Grading.Ending.Threw)
                || !folder.Hints.Mistakes.TryGetValue(mistake.Id, out string? hint)) yield break;
            Returned[] wrong = [.. first.Expected
                .Select(expected => answer.Returned.FirstOrDefault(got =>
                    got.Name == expected.Name && Comparison.Compare(expected, got, asked.Tolerance) is not null))
                .OfType<Returned>()];
            if (wrong.Length > 0) yield return new CheckMistake(hint, wrong, answer.Returned.Count);
        }
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
        return text.Contains("<!-- questions -->", StringComparison.Ordinal)
            ? text.Replace("<!-- questions -->", table.ToString().TrimEnd(), StringComparison.Ordinal)
            : $"{text.TrimEnd()}\n\n## Questions and points\n\n{table}";
    }

    /// <summary>The programs of a handout, each a folder and a project.</summary>
    public static IReadOnlyList<string> Programs(AssignmentFolder folder) => folder.Try.Paths.Count > 0 ? ["Check", "Try"] : ["Check"];

    /// <summary>The packages that the library needs.</summary>
    public static IReadOnlyList<string> Packages { get; } = ["CsvHelper", "MathNet.Numerics", "System.Numerics.Tensors"];
}
