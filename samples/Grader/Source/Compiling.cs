using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using MyTorch.Grader.Reports;

namespace MyTorch.Grader.Source;

/// <summary>How sources become assemblies without a project file: the options and the references.</summary>
static class Compiling
{
    internal static readonly CSharpCompilationOptions Options = new(
        OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, deterministic: true,
        nullableContextOptions: NullableContextOptions.Annotations, concurrentBuild: true,
        // A grader does not need warnings, and they cost time.
        generalDiagnosticOption: ReportDiagnostic.Suppress);

    /// <summary>The assemblies that the library needs beside the platform's, as files.</summary>
    internal static IReadOnlyList<string> Dependencies { get; } =
        [.. new[] { "CsvHelper", "MathNet.Numerics", "System.Numerics.Tensors" }.Select(name => Assembly.Load(name).Location)];

    static readonly Lazy<IReadOnlyList<string>> s_platform = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => Path.GetDirectoryName(file) == Path.GetDirectoryName(typeof(object).Assembly.Location)),
    ]);

    static readonly Lazy<IReadOnlyList<MetadataReference>> s_libraryReferences = new(() =>
        [.. s_platform.Value.Concat(Dependencies).Select(file => MetadataReference.CreateFromFile(file))]);

    /// <summary>What the library is compiled against.</summary>
    internal static IReadOnlyList<MetadataReference> LibraryReferences => s_libraryReferences.Value;

    /// <summary>The assembly's bytes.</summary>
    /// <param name="compilation">What is compiled.</param>
    /// <param name="places">Receives the lines of its code; may be left out.</param>
    /// <exception cref="SourceException">It does not compile; the message has the first errors with their places.</exception>
    internal static byte[] Emit(CSharpCompilation compilation, Stream? places = null)
    {
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream, places,
            options: places is null ? null : new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        if (result.Success) return stream.ToArray();
        string[] errors = [.. result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5).Select(Describe)];
        throw new SourceException($"{compilation.AssemblyName} does not compile:\n{string.Join('\n', errors)}");
    }

    /// <summary>"MyTorch/Operations/Products.cs(12,9): CS1002: ; expected"; without a place where the error has none.</summary>
    internal static string Describe(Diagnostic diagnostic) =>
        diagnostic.Location.IsInSource ? $"{Describe(diagnostic.Location.GetLineSpan())}: {Said(diagnostic)}" : Said(diagnostic);

    /// <summary>"MyTorch/Operations/Products.cs(12,9)"</summary>
    internal static string Describe(FileLinePositionSpan place) =>
        FormattableString.Invariant($"{place.Path}({place.StartLinePosition.Line + 1},{place.StartLinePosition.Character + 1})");

    /// <summary>"CS1002: ; expected", shortened: names and texts of the source stand in messages, however long they are.</summary>
    internal static string Said(Diagnostic diagnostic) =>
        $"{diagnostic.Id}: {ReportText.Line(diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture), 500)}";
}
