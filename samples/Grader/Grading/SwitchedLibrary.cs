using System.Reflection;
using System.Runtime.Loader;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Grading;

/// <summary>A library with mistakes behind a switch, loaded with the probes into the grader's own process. Trusted code only.</summary>
sealed class SwitchedLibrary : IDisposable
{
    static readonly byte[] s_nonce = new byte[16];
    readonly AssemblyLoadContext _context = new("reference", isCollectible: true);
    readonly Assembly _probes;
    readonly MethodInfo _run;
    readonly FieldInfo? _current;

    /// <param name="library">The assembly of the library.</param>
    /// <param name="probes">The assembly of the probes and their host.</param>
    /// <param name="places">The lines of the probes' code; may be null.</param>
    public SwitchedLibrary(byte[] library, byte[] probes, byte[]? places)
    {
        _context.Resolving += (context, name) =>
            Compiling.Dependencies.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == name.Name) is { } file
                ? context.LoadFromAssemblyPath(file)
                : null;
        Assembly loaded = _context.LoadFromStream(new MemoryStream(library));
        _probes = _context.LoadFromStream(new MemoryStream(probes), places is null ? null : new MemoryStream(places));
        _run = _probes.GetType("MyTorch.Probes.ProbeHost", throwOnError: true)!.GetMethod("Run")!;
        _current = loaded.GetType(MistakeGraft.SwitchType)?.GetField("Current");
    }

    /// <summary>Whether there is a probe of this name. By its parameter: a helper of the same name with others may stand beside it.</summary>
    public bool HasProbe(string name) =>
        name.LastIndexOf('.') is > 0 and var dot && _probes.GetType(name[..dot])?.GetMethod(
            name[(dot + 1)..], BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic,
            [_probes.GetType(typeof(Probe).FullName!)!])?.ReturnType == typeof(void);

    /// <summary>What the library answers while a mistake is switched on.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="mistake">The mistake's number; 0 for none.</param>
    public IReadOnlyDictionary<int, CaseResult> Run(IReadOnlyList<ProbeCase> cases, int mistake)
    {
        using var records = new MemoryStream();
        lock (_context)
        {
            _current?.SetValue(null, mistake);
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
