using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Check;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts;

/// <summary>
/// A library and the runner with its probes, compiled and loaded beside the grader's own, as a student's machine would have them.
/// </summary>
sealed class LoadedHandout : IDisposable
{
    readonly AssemblyLoadContext _context = new("handout", isCollectible: true);
    readonly Assembly _check;
    readonly byte[] _runner;

    /// <param name="library">The library.</param>
    /// <param name="folder">The assignment.</param>
    /// <param name="program">A folder that receives the program's files as well, to be run as a student would; none if left out.</param>
    public LoadedHandout(SourceTree library, AssignmentFolder folder, string? program = null)
        : this(library.CompileLibrary(), library => Runner(folder, library), program)
    {
    }

    /// <summary>Another library of the same public face, with the runner that was compiled against this one.</summary>
    /// <param name="library">The other library.</param>
    /// <param name="program">A folder that receives the program's files as well; none if left out.</param>
    public LoadedHandout With(SourceTree library, string? program = null) => new(library.CompileLibrary(), _ => _runner, program);

    LoadedHandout(CSharpCompilation library, Func<CSharpCompilation, byte[]> runner, string? program)
    {
        Library = library;
        _runner = runner(library);
        byte[] image = Compiling.Emit(library);
        if (program is not null) WriteProgram(program, image, _runner);
        _context.Resolving += (context, name) =>
            Compiling.Dependencies.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == name.Name) is { } file
                ? context.LoadFromAssemblyPath(file)
                : null;
        _context.LoadFromStream(new MemoryStream(image));
        _check = _context.LoadFromStream(new MemoryStream(_runner));
    }

    static byte[] Runner(AssignmentFolder folder, CSharpCompilation library)
    {
        CSharpCompilation check = HandoutFiles.CheckSources(folder)
            .Compile("Check", Compiling.LibraryReferences.Append(library.ToMetadataReference()));
        return Compiling.Emit(check.WithOptions(check.Options.WithOutputKind(OutputKind.ConsoleApplication)));
    }

    /// <summary>Writes a program that can be started with <c>dotnet exec Check.dll</c>.</summary>
    internal static void WriteProgram(string folder, byte[] library, byte[] runner)
    {
        File.WriteAllBytes(Path.Combine(folder, "MyTorch.dll"), library);
        File.WriteAllBytes(Path.Combine(folder, "Check.dll"), runner);
        foreach (string file in Compiling.Dependencies) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder, "Check.runtimeconfig.json"),
            """{ "runtimeOptions": { "tfm": "net10.0", "framework": { "name": "Microsoft.NETCore.App", "version": "10.0.0" } } }""");
    }

    /// <summary>The library as it was compiled.</summary>
    public CSharpCompilation Library { get; }

    /// <summary>The cases with what this library returns.</summary>
    public CheckData Freeze(CheckData data)
    {
        string frozen = (string)Call("FreezeAll", JsonSerializer.Serialize(data, CaseText.Options))!;
        return CheckRunner.Read(frozen);
    }

    /// <summary>Ending and score of each question by its id.</summary>
    public IReadOnlyDictionary<string, (Check.Ending Ending, double Score, string Message)> Check(CheckData data)
    {
        string results = (string)Call("CheckAll", JsonSerializer.Serialize(data, CaseText.Options))!;
        return JsonSerializer.Deserialize<Dictionary<string, string[]>>(results)!.ToDictionary(
            pair => pair.Key, pair =>
                (Enum.Parse<Check.Ending>(pair.Value[0]), double.Parse(pair.Value[1], CultureInfo.InvariantCulture), pair.Value[2]));
    }

    /// <summary>Runs the student's command.</summary>
    /// <returns>Its exit code.</returns>
    public int Run(string[] args, string data, string root, TextWriter output, bool plain) =>
        (int)_check.GetType("MyTorch.Check.CheckProgram", throwOnError: true)!.GetMethod("RunHere")!.Invoke(null,
            [args, data, _check, root, output, plain])!;

    // Types of that context are not the grader's: only texts pass.
    object? Call(string method, string argument)
    {
        try
        {
            return _check.GetType("MyTorch.Check.CheckRunner", throwOnError: true)!.GetMethod(method)!.Invoke(null, [argument, _check]);
        }
        catch (TargetInvocationException exception) when (exception.InnerException is InvalidOperationException inner)
        {
            throw new SourceException(inner.Message);
        }
    }

    public void Dispose() => _context.Unload();
}
