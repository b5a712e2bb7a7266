using System.Text.Json;
using System.Text.RegularExpressions;
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
    /// The complete solution: the files of the checkout's library that the assignment takes, for the handout or for its answers, with the
    /// files of reference/ added or in place of the library's.
    /// </summary>
    public required SourceTree Reference { get; init; }

    /// <summary>
    /// The library's other files, by their paths, as texts: a handin that is a whole checkout has them too.
    /// </summary>
    public required IReadOnlyDictionary<string, string> BesideHomework { get; init; }

    /// <summary>The assignments whose answers are withheld; without those that are not there, as in a package that only grades.</summary>
    public IReadOnlyList<Assignment> Others { get; init; } = [];

    /// <summary>The files of probes/, by their names.</summary>
    public required SourceTree Probes { get; init; }

    /// <summary>The files of programs/, which run on the student's code when a group is right. May be empty.</summary>
    public SourceTree Programs { get; init; } = SourceTree.Empty;

    /// <summary>The files of try/: a small program that a student may change and run. May be empty.</summary>
    public SourceTree Try { get; init; } = SourceTree.Empty;

    /// <summary>Right answers in other ways, by their names: the folders of variants/, each with the files that it writes.</summary>
    public IReadOnlyList<(string Name, SourceTree Files)> Variants => field ??=
        System.IO.Path.Combine(Path, "variants") is var variants && Directory.Exists(variants)
            ? [.. Directory.GetDirectories(variants).Order(StringComparer.Ordinal)
                .Select(variant => (System.IO.Path.GetFileName(variant), SourceTree.Load(variant, "MyTorch")))]
            : [];

    /// <summary>Whether the assignment takes the library's tensors. One that does not is small, and needs no packages.</summary>
    public bool HasTensors => Reference.Contains("MyTorch/Tensor.cs");

    /// <summary>Whether the handout has a file of the reference: one to read and write, one of reference/, or one that is taken.</summary>
    public bool IsHandedOut(string path) => Reference.Contains(path) && !(IsTaken(Assignment.AnswersUse, path)
        && !IsTaken(Assignment.Take, path) && !Assignment.ReadingSet.Contains(path));

    /// <summary>Whether a file lies in or below a folder of the library of which this homework compiles no file.</summary>
    public bool IsBeside(string path) => FoldersOf(path).Any(BesideFolders.Contains);

    /// <summary>The library's folders of which this homework compiles no file.</summary>
    IReadOnlySet<string> BesideFolders => field ??=
        BesideHomework.Keys.SelectMany(FoldersOf).Except(Reference.Paths.SelectMany(FoldersOf)).ToHashSet();

    // The file's folder, and those around it.
    static IEnumerable<string> FoldersOf(string path)
    {
        for (int end = path.LastIndexOf('/'); end > 0; end = path.LastIndexOf('/', end - 1)) yield return path[..end];
    }

    /// <summary>
    /// Whether a file is named by a list of files, of folders ("MyTorch/Engine/": its files, but not those of folders within), and of
    /// patterns, in which a star stands for any text within a name.
    /// </summary>
    public static bool IsTaken(IEnumerable<string> entries, string path) => entries.Any(entry => Names(entry, path));

    /// <summary>Whether one entry of such a list names a file.</summary>
    public static bool Names(string entry, string path) =>
        entry == path || entry.EndsWith('/') && path.LastIndexOf('/') == entry.Length - 1 && path.StartsWith(entry, StringComparison.Ordinal)
            || entry.Contains('*', StringComparison.Ordinal) && Regex.IsMatch(path,
                $"^{Regex.Escape(entry).Replace("\\*", "[^/]*", StringComparison.Ordinal)}$", RegexOptions.CultureInvariant);

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
        HashSet<string> named = [.. assignment.ReadingSet];
        string[] entries = [.. assignment.Take, .. assignment.AnswersUse];
        ILookup<bool, (string Path, string Text)> library = SourceTree.Read(root, "MyTorch")
            .ToLookup(file => named.Contains(file.Path) || IsTaken(entries, file.Path));
        return new AssignmentFolder
        {
            Assignment = assignment,
            Path = path,
            Root = root,
            Hints = File.Exists(hints) ? Read(hints, text => JsonSerializer.Deserialize<Hints>(text, AssignmentJson.Options)) : new Hints(),
            Reference = SourceTree.Of(library[true])
                .With(SourceTree.Of(assignment.Types.Select(type => (type.Path, TypeOf(file, root, type)))))
                .With(SourceTree.Load(System.IO.Path.Combine(path, "reference"), "MyTorch")),
            BesideHomework = library[false].ToDictionary(StringComparer.Ordinal),
            Others = [.. assignment.WithholdAnswersOf.Select(other => FileOf(path, other)).Where(File.Exists)
                .Select(other => Read(other, text => JsonSerializer.Deserialize<Assignment>(text, AssignmentJson.Options)))],
            Probes = SourceTree.Load(path, "probes"),
            Programs = SourceTree.Load(path, "programs"),
            Try = SourceTree.Load(path, "try"),
        };
    }

    // A type of a program, as a file of the reference.
    static string TypeOf(string file, string root, ProgramType type)
    {
        string program = System.IO.Path.Combine(root, type.File);
        if (!File.Exists(program)) throw new AssignmentException(file, "types", $"{type.File} is not in the checkout; name it from the root.");
        return SourceTree.Of([(type.File, File.ReadAllText(program))]).Find(type.Type) is [{ } found] ? found.Syntax.ToFullString().Trim() + "\n"
            : throw new AssignmentException(file, "types", $"{type.File} has no type {type.Type}, or several.");
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
