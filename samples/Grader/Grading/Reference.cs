using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>
/// The reference in the grader's own process: compiled once with every known mistake behind a switch, and asked for the answers that are
/// right, and for those that are usually wrong. Trusted code only.
/// </summary>
sealed partial class Reference : IDisposable
{
    // The attribute is what the SDK writes into every program.
    const string Main = """
        [assembly: System.Runtime.Versioning.TargetFramework(".NETCoreApp,Version=v10.0")]
        return MyTorch.Probes.ProbeHost.Start(args);
        """;

    static readonly byte[] s_nonce = new byte[16];
    readonly AssemblyLoadContext _context = new("reference", isCollectible: true);
    readonly MethodInfo _run;
    readonly FieldInfo? _current;

    public Reference(AssignmentFolder folder, AssignmentSources sources)
    {
        Assignment assignment = folder.Assignment;
        Sources = sources;
        IReadOnlyList<Mistake> read = MistakeFiles.Read(Path.Combine(assignment.Folder, "mistakes"));
        Mistakes = [.. read.Where(mistake => mistake.Of.Count == 1)];
        Pairs = [.. read.Where(mistake => mistake.Of.Count > 1), .. MistakePairs.Of(sources.Reference, read, assignment.Questions)];
        CSharpCompilation compilation = WithMistakes();
        byte[] library;
        try
        {
            library = Compiling.Emit(compilation);
        }
        catch (SourceException) when (Broken(compilation) is { Count: > 0 } broken)
        {
            Pairs = [.. Pairs.Where(pair => !broken.Contains(pair))];
            library = Compiling.Emit(compilation = WithMistakes());
        }
        // The places of the probes' lines stay here: what a probe throws on the reference is for the author to find.
        using var places = new MemoryStream();
        Probes = Compiling.Emit(ProbesAndHost(folder.Probes, compilation), places);
        places.Position = 0;

        _context.Resolving += (context, name) =>
            Compiling.Dependencies.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == name.Name) is { } file
                ? context.LoadFromAssemblyPath(file)
                : null;
        Assembly loaded = _context.LoadFromStream(new MemoryStream(library));
        Assembly probes = _context.LoadFromStream(new MemoryStream(Probes), places);
        _run = probes.GetType("MyTorch.Probes.ProbeHost", throwOnError: true)!.GetMethod("Run")!;
        _current = loaded.GetType(MistakeGraft.SwitchType)?.GetField("Current");
        foreach (Question question in assignment.Questions)
            if (question.Probe is { } name && !HasProbe(probes, name))
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

    /// <summary>Two known mistakes of one question made at once, where they can be.</summary>
    public IReadOnlyList<Mistake> Pairs { get; }

    // Pairs that do not compile: one mistake may need what the other takes away.
    HashSet<Mistake> Broken(CSharpCompilation compilation)
    {
        Diagnostic[] errors = [.. compilation.GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error)];
        return [.. Pairs.Where(pair => errors.Any(error => pair.Holds(error.Location.GetMappedLineSpan())))];
    }

    CSharpCompilation WithMistakes() => MistakeGraft.Apply(Sources.Reference, [.. Mistakes, .. Pairs]).CompileLibrary();

    // By its parameter: a helper of the same name with others may stand beside it.
    static bool HasProbe(Assembly probes, string name) =>
        name.LastIndexOf('.') is > 0 and var dot && probes.GetType(name[..dot])?.GetMethod(
            name[(dot + 1)..], BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic,
            [probes.GetType(typeof(Probe).FullName!)!])?.ReturnType == typeof(void);

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
    public IReadOnlyDictionary<int, CaseResult> Run(IReadOnlyList<ProbeCase> cases, Mistake? mistake = null)
    {
        using var records = new MemoryStream();
        lock (_context)
        {
            _current?.SetValue(null, mistake?.Number ?? 0);
            try
            {
                _run.Invoke(null, [new MemoryStream(ProbeCase.Describe(cases, s_nonce)), records, ""]);
            }
            finally
            {
                _current?.SetValue(null, 0);
            }
        }
        records.Position = 0;
        var results = new Dictionary<int, CaseResult>();
        var returned = new List<Returned>();
        while (ProbeRecord.Read(records, s_nonce) is { } record)
            switch (record.Event)
            {
                case ProbeHost.Event.Start:
                    returned = [];
                    break;
                case ProbeHost.Event.Return:
                    returned.Add(record.ReadReturned()!);
                    break;
                case ProbeHost.Event.End:
                    results[record.Case] = new CaseResult { Ending = Ending.Completed, Returned = returned };
                    break;
                case ProbeHost.Event.Threw:
                    IReadOnlyList<string> texts = record.ReadStrings(3);
                    results[record.Case] = new CaseResult
                    {
                        Ending = Ending.Threw,
                        Returned = returned,
                        Exception = texts[0].Split(';', StringSplitOptions.RemoveEmptyEntries),
                        Message = texts[1],
                        Trace = texts[2],
                    };
                    break;
            }
        return results;
    }

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

    public void Dispose() => _context.Unload();
}
