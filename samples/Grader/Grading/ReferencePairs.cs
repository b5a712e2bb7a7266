using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// The reference with two known mistakes at once. Where there are hundreds of mistakes there are thousands of pairs, which take far longer to
/// compile than the reference, and a right answer needs none: so they are compiled when they are first asked for, each in one library.
/// </summary>
/// <param name="source">The reference's source.</param>
/// <param name="known">The known mistakes. Where two were put together by hand, they are compiled with the reference.</param>
/// <param name="questions">The questions.</param>
/// <param name="load">Loads a compiled library.</param>
sealed class ReferencePairs(SourceTree source, IReadOnlyList<Mistake> known, IReadOnlyList<Question> questions,
    Func<byte[], SwitchedLibrary> load) : IDisposable
{
    // Each time the whole library is compiled. Who asks more often asks for everything in the end.
    const int MostTimes = 3;

    readonly Lock _lock = new();
    readonly List<SwitchedLibrary> _libraries = [];

    // By their numbers; null where a pair does not compile.
    readonly Dictionary<int, SwitchedLibrary?> _libraryOf = [];
    IReadOnlyList<Mistake>? _made;

    /// <summary>The pairs of which this is true, without those that do not compile.</summary>
    public IReadOnlyList<Mistake> Where(Func<Mistake, bool> wanted)
    {
        lock (_lock)
        {
            _made ??= MistakePairs.Of(source, known, questions);
            Mistake[] asked = [.. _made.Where(wanted)];
            if (asked.Any(IsNew)) Compile([.. (_libraries.Count < MostTimes ? asked : _made).Where(IsNew)]);
            return [.. known.Where(mistake => mistake.Of.Count > 1 && wanted(mistake)),
                .. asked.Where(pair => _libraryOf[pair.Number] is not null)];
        }

        bool IsNew(Mistake pair) => !_libraryOf.ContainsKey(pair.Number);
    }

    /// <summary>The library that has a mistake, if it is one of these pairs.</summary>
    public SwitchedLibrary? LibraryOf(Mistake mistake)
    {
        lock (_lock) return _libraryOf.GetValueOrDefault(mistake.Number);
    }

    void Compile(IReadOnlyList<Mistake> pairs)
    {
        SourceTree grafted = MistakeGraft.Apply(source, pairs);
        CSharpCompilation compilation = grafted.CompileLibrary();
        foreach (Mistake pair in Broken(pairs, grafted, compilation)) _libraryOf[pair.Number] = null;
        Mistake[] whole = [.. pairs.Where(pair => !_libraryOf.ContainsKey(pair.Number))];
        if (whole.Length == 0) return;
        if (whole.Length < pairs.Count) compilation = MistakeGraft.Apply(source, whole).CompileLibrary();
        SwitchedLibrary library = load(Compiling.Emit(compilation));
        _libraries.Add(library);
        foreach (Mistake pair in whole) _libraryOf[pair.Number] = library;
    }

    // Pairs that do not compile: one mistake may need what the other takes away. Their errors stand in the files that they change.
    IReadOnlyList<Mistake> Broken(IReadOnlyList<Mistake> pairs, SourceTree grafted, CSharpCompilation compilation)
    {
        FileLinePositionSpan[] errors = [.. grafted.Paths
            .Where(path => !source.Contains(path) || source.Syntax(path) != grafted.Syntax(path))
            .SelectMany(path => compilation.GetSemanticModel(grafted.Syntax(path)).GetDiagnostics())
            .Where(one => one.Severity == DiagnosticSeverity.Error).Select(error => error.Location.GetMappedLineSpan())];
        return [.. pairs.Where(pair => errors.Any(pair.Holds))];
    }

    public void Dispose()
    {
        foreach (SwitchedLibrary library in _libraries) library.Dispose();
    }
}
