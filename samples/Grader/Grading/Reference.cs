using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// The reference in the grader's own process: compiled with every known mistake behind a switch, and asked for the answers that are right,
/// and for those that are usually wrong. Trusted code only.
/// </summary>
sealed partial class Reference : IDisposable
{
    // The attribute is what the SDK writes into every program.
    const string Main = """
        [assembly: System.Runtime.Versioning.TargetFramework(".NETCoreApp,Version=v10.0")]
        return MyTorch.Probes.ProbeHost.Start(args);
        """;

    readonly SwitchedLibrary _library;
    readonly ReferencePairs _pairs;

    public Reference(AssignmentFolder folder, AssignmentSources sources)
    {
        Assignment assignment = folder.Assignment;
        Sources = sources;
        IReadOnlyList<Mistake> read = MistakeFiles.Read(Path.Combine(assignment.Folder, "mistakes"));
        Mistakes = [.. read.Where(mistake => mistake.Of.Count == 1)];
        CSharpCompilation compilation = MistakeGraft.Apply(sources.Reference, read).CompileLibrary();
        byte[] library = Compiling.Emit(compilation);
        // The places of the probes' lines stay here: what a probe throws on the reference is for the author to find.
        using var places = new MemoryStream();
        Probes = Compiling.Emit(ProbesAndHost(folder.Probes, compilation), places);
        _library = new SwitchedLibrary(library, Probes, places.ToArray());
        _pairs = new ReferencePairs(sources.Reference, read, assignment.Questions,
            image => new SwitchedLibrary(image, Probes, places: null));
        foreach (Question question in assignment.Questions)
            if (question.Probe is { } name && !_library.HasProbe(name))
                throw new SourceException($"Question {question.Id}: there is no method static void {name}(Probe probe) in probes/.");
    }

    /// <summary>
    /// The probes and their host, compiled against the reference: whatever is handed in, they mean the library's own types.
    /// </summary>
    public byte[] Probes { get; }

    /// <summary>What it was made of.</summary>
    public AssignmentSources Sources { get; }

    /// <summary>The known mistakes, and right answers in the form that mistakes vary.</summary>
    public IReadOnlyList<Mistake> Mistakes { get; }

    /// <summary>Two known mistakes of one question made at once, where they can be. The first time they take seconds to compile.</summary>
    public IReadOnlyList<Mistake> Pairs => _pairs.Where(_ => true);

    /// <summary>Those of the pairs of which this is true; the others need not be compiled.</summary>
    public IReadOnlyList<Mistake> PairsWhere(Func<Mistake, bool> wanted) => _pairs.Where(wanted);

    /// <summary>The probes with what runs them, against the library that they mean.</summary>
    internal static CSharpCompilation ProbesAndHost(SourceTree probes, CSharpCompilation library)
    {
        bool tensors = library.GetTypeByMetadataName(typeof(Tensor).FullName!) is not null;
        foreach (string name in EmbeddedFiles.Below("InChild/")
            .Where(name => tensors || !name.EndsWith("Probe.Tensors.cs", StringComparison.Ordinal)))
            probes = probes.With(name, EmbeddedFiles.Read(name));
        probes = probes.With("InChild/Main.cs", Main);
        CSharpCompilation compilation = probes.Compile("probes", Compiling.LibraryReferences.Append(library.ToMetadataReference()));
        return compilation.WithOptions(Compiling.Options.WithOutputKind(OutputKind.ConsoleApplication).WithAllowUnsafe(true));
    }

    /// <summary>What the reference answers, or the reference with one mistake in it.</summary>
    public IReadOnlyDictionary<int, CaseResult> Run(IReadOnlyList<ProbeCase> cases, Mistake? mistake = null) =>
        (mistake is null ? _library : _pairs.LibraryOf(mistake) ?? _library).Run(cases, mistake?.Number ?? 0);

    /// <summary>
    /// What is wrong with an answer that should be the right one: "probes/Rules.cs line 12 throws Exception: oops (question 1.2, hidden
    /// case 1)"; null if nothing is.
    /// </summary>
    public static string? Complaint(ProbeCase one, string name, CaseResult? answer)
    {
        string where = $"(question {one.Question.Id}, {name})";
        if (answer is not { Ending: Ending.Completed })
            return answer is null ? $"{one.Question.Probe} does not answer {where}."
                : $"{(Place().Match(answer.Trace) is { Success: true } place ? $"{place.Groups[1].Value} line {place.Groups[2].Value}" : one.Question.Probe)} throws {(answer.Exception is [var type, ..] ? type.Split('.')[^1] : "an exception")}: {answer.Message} {where}";
        return answer.Returned.FirstOrDefault(array => array.Values.Any(double.IsNaN)) is { } broken
            ? $"{one.Question.Probe} returns NaN in {broken.Name} {where}."
            : null;
    }

    // "   at Rules.Multiply(Probe probe) in probes/Rules.cs:line 12"
    [GeneratedRegex(@"\bin (probes/.+):line (\d+)")]
    private static partial Regex Place();

    public void Dispose()
    {
        _library.Dispose();
        _pairs.Dispose();
    }
}
