using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>
/// The reference in the grader's own process: compiled once with every known mistake behind a switch, and asked for the answers that are right,
/// and for those that are usually wrong. Trusted code only.
/// </summary>
sealed class Reference : IDisposable
{
    static readonly byte[] s_nonce = new byte[16];
    readonly AssemblyLoadContext _context = new("reference", isCollectible: true);
    readonly MethodInfo _run;
    readonly FieldInfo? _current;

    public Reference(AssignmentFolder folder, AssignmentSources sources)
    {
        Assignment assignment = folder.Assignment;
        Mistakes = MistakeGraft.Read(Path.Combine(assignment.Folder, "mistakes"));
        SourceTree source = MistakeGraft.Apply(sources.Reference, Mistakes);
        CSharpCompilation compilation = source.Compile("MyTorch", Compiling.LibraryReferences);
        byte[] library = Compiling.Emit(compilation);
        Probes = CompileProbes(folder.Probes, compilation);

        _context.Resolving += (context, name) =>
            Compiling.Dependencies.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == name.Name) is { } file ? context.LoadFromAssemblyPath(file) : null;
        Assembly loaded = _context.LoadFromStream(new MemoryStream(library));
        Assembly probes = _context.LoadFromStream(new MemoryStream(Probes));
        _run = probes.GetType("MyTorch.Probes.ProbeHost", throwOnError: true)!.GetMethod("Run")!;
        _current = loaded.GetType(MistakeGraft.SwitchType)?.GetField("Current");
        foreach (Question question in assignment.Questions)
            if (question.Probe is { } name && !HasProbe(probes, name))
                throw new SourceException($"Question {question.Id}: there is no method static void {name}(Probe probe) in probes/.");
    }

    /// <summary>The probes and their host, compiled against the reference: whatever is handed in, they mean the library's own types.</summary>
    public byte[] Probes { get; }

    public IReadOnlyList<Mistake> Mistakes { get; }

    static bool HasProbe(Assembly probes, string name) =>
        name.LastIndexOf('.') is > 0 and var dot && probes.GetType(name[..dot])?.GetMethod(
            name[(dot + 1)..], BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic) is not null;

    static byte[] CompileProbes(SourceTree probes, CSharpCompilation library)
    {
        foreach (string name in new[] { "Probe.cs", "ProbeHost.cs", "Sandbox.cs" })
        {
            using Stream stream = typeof(Reference).Assembly.GetManifestResourceStream("Checking/" + name)!;
            using var reader = new StreamReader(stream);
            probes = probes.With("Checking/" + name, reader.ReadToEnd());
        }
        probes = probes.With("Checking/Main.cs", "return MyTorch.Probes.ProbeHost.Start(args);");
        CSharpCompilation compilation = probes.Compile("probes", Compiling.LibraryReferences.Append(library.ToMetadataReference()));
        return Compiling.Emit(compilation.WithOptions(Compiling.Options.WithOutputKind(OutputKind.ConsoleApplication).WithAllowUnsafe(true)));
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

    public void Dispose() => _context.Unload();
}
