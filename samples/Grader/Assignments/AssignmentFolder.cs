using System.Text.Json;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Assignments;

/// <summary>An assignment with what stands beside it in its folder, read once.</summary>
sealed record AssignmentFolder
{
    public required Assignment Assignment { get; init; }

    /// <summary>The folder, as an absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>The checkout around it.</summary>
    public required string Root { get; init; }

    public required Hints Hints { get; init; }

    /// <summary>
    /// The complete solution: the library of the checkout, with the files of reference/ added or in place of the library's.
    /// </summary>
    public required SourceTree Reference { get; init; }

    /// <summary>
    /// The library's files that no homework compiles, by their paths, as texts: a handin that is a whole checkout has them too.
    /// </summary>
    public required IReadOnlyDictionary<string, string> BesideHomework { get; init; }

    /// <summary>The assignments whose answers are withheld; without those that are not there, as in a package that only grades.</summary>
    public IReadOnlyList<Assignment> Others { get; init; } = [];

    /// <summary>The files of probes/, by their names.</summary>
    public required SourceTree Probes { get; init; }

    /// <summary>The files of try/: a small program that a student may change and run. May be empty.</summary>
    public SourceTree Try { get; init; } = SourceTree.Empty;

    // Reading data, what is done with a trained network, the networks of the playground, sheets of drills. No homework needs it, some of it is completed by source generators, which do not
    // run here, and without it every compilation is shorter.
    static readonly string[] s_besideHomework =
    [
        "MyTorch/Data/", "MyTorch/Training/", "MyTorch/Serialization/", "MyTorch/Export/", "MyTorch/Reports/", "MyTorch/Distributed/",
        "MyTorch/Teaching/Network", "MyTorch/Teaching/BrokenNetwork.cs", "MyTorch/Diagnostics/NetworkDiagnosis.cs",
        "MyTorch/Teaching/DrillPaper.cs", "MyTorch/Teaching/DrillQuestion.cs",
    ];

    /// <summary>Whether a path belongs to the part of the library that no homework compiles.</summary>
    internal static bool IsBesideHomework(string path) => s_besideHomework.Any(folder => path.StartsWith(folder, StringComparison.Ordinal));

    /// <summary>
    /// Reads the folder. Only what cannot be read is refused here; <see cref="AssignmentCheck"/> finds what does not fit together.
    /// </summary>
    /// <exception cref="AssignmentException">A file is missing or is not what its format says.</exception>
    public static AssignmentFolder Load(string folder)
    {
        string path = System.IO.Path.GetFullPath(folder);
        if (File.Exists(path)) path = System.IO.Path.GetDirectoryName(path)!;
        string file = System.IO.Path.Combine(path, "assignment.json");
        if (!File.Exists(file))
            throw new AssignmentException(file, "", $"is not there. Give the folder of an assignment, such as samples/Homework1/hw1.");
        Assignment assignment = Read(file,
            text => JsonSerializer.Deserialize<Assignment>(text, AssignmentJson.Options)) with
        { Folder = path };
        if (assignment.Schema != 1)
            throw new AssignmentException(file, "schema", $"is {assignment.Schema}; this program reads 1.");
        string hints = System.IO.Path.Combine(path, $"hints.{assignment.Language}.json");
        string root;
        try
        {
            root = Repository.Root(path);
        }
        catch (SourceException exception)
        {
            throw new AssignmentException(file, "", exception.Message);
        }
        ILookup<bool, (string Path, string Text)> library = SourceTree.Read(root, "MyTorch").ToLookup(file => IsBesideHomework(file.Path));
        return new AssignmentFolder
        {
            Assignment = assignment,
            Path = path,
            Root = root,
            Hints = File.Exists(hints) ? Read(hints, text => JsonSerializer.Deserialize<Hints>(text, AssignmentJson.Options)) : new Hints(),
            Reference = SourceTree.Of(library[false]).With(SourceTree.Load(System.IO.Path.Combine(path, "reference"), "MyTorch")),
            BesideHomework = library[true].ToDictionary(StringComparer.Ordinal),
            Others = [.. assignment.WithholdAnswersOf.Select(other => FileOf(path, other)).Where(File.Exists)
                .Select(other => Read(other, text => JsonSerializer.Deserialize<Assignment>(text, AssignmentJson.Options)))],
            Probes = SourceTree.Load(path, "probes"),
            Try = SourceTree.Load(path, "try"),
        };
    }

    /// <summary>The description of another assignment, named by its folder.</summary>
    public static string FileOf(string folder, string other) =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, other, "assignment.json"));

    static T Read<T>(string file, Func<string, T?> read)
    {
        string text = File.ReadAllText(file);
        try
        {
            return read(text) ?? throw new AssignmentException(file, "", "holds null; it needs an object.");
        }
        catch (JsonException exception)
        {
            string place = exception.LineNumber is { } line ? FormattableString.Invariant($"line {line + 1}") : "";
            throw new AssignmentException(file, place, JsonMessage.Of(exception, text));
        }
    }
}

/// <summary>An assignment that cannot be used; the message names the file, the place in it and the fix.</summary>
sealed class AssignmentException(string file, string place, string message)
    : Exception($"{System.IO.Path.GetRelativePath(Environment.CurrentDirectory, file)}: {(place.Length > 0 ? place + ": " : "")}{message}");

/// <summary>The texts of an assignment in one language: <c>hints.en.json</c>.</summary>
sealed record Hints
{
    /// <summary>By the question's id: what <c>hint 4.2</c> tells step by step.</summary>
    public IReadOnlyDictionary<string, Hint> Questions { get; init; } = new Dictionary<string, Hint>();

    /// <summary>By the known mistake's id: what its feedback says.</summary>
    public IReadOnlyDictionary<string, string> Mistakes { get; init; } = new Dictionary<string, string>();
}

/// <summary>Three steps of help: none of them is code.</summary>
/// <param name="Idea">In words. It is also a comment in the body to write.</param>
/// <param name="Formula">In symbols.</param>
/// <param name="Shapes">Of every tensor in the formula.</param>
sealed record Hint(string Idea, string Formula, string Shapes);
