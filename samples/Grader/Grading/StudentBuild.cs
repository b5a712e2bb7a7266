using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Puts the graded files of a handin over the handout and compiles them by the grader's options: projects, props, analyzers and tests of
/// the handin have no part in it. A file that is missing or does not compile is replaced by the handout's, so that the others are still
/// graded.
/// </summary>
sealed class StudentBuild
{
    static readonly EmitOptions s_emit = new(debugInformationFormat: DebugInformationFormat.Embedded);

    /// <summary>The source that was compiled.</summary>
    public required SourceTree Source { get; init; }

    public required CSharpCompilation Compilation { get; init; }

    public required byte[] Image { get; init; }

    public required BuildReport Report { get; init; }

    /// <summary>The paths of the handed-in files that were compiled.</summary>
    public required IReadOnlySet<string> Graded { get; init; }

    /// <summary>Files that are the handout's because none was handed in.</summary>
    public required IReadOnlySet<string> Missing { get; init; }

    /// <summary>Files that are the handout's because the handed-in one does not compile.</summary>
    public required IReadOnlySet<string> Broken { get; init; }

    /// <summary>
    /// Declarations that do not compile, for which the handout's stand in where it has any; the rest of their files was compiled.
    /// </summary>
    public required IReadOnlyList<LeftOutDeclaration> Partly { get; init; }

    /// <summary>
    /// Whether it was compiled on the whole library instead of the handout: a copy of the repository that needs what the handout leaves
    /// out.
    /// </summary>
    public required bool OnWholeLibrary { get; init; }

    /// <summary>Compiles what can be compiled of a handin.</summary>
    /// <param name="assignment">The assignment.</param>
    /// <param name="sources">Its sources.</param>
    /// <param name="handin">The handin.</param>
    /// <param name="seconds">How much time of a processor the compiler may take.</param>
    /// <param name="options">What the compiler does not finish, and what to do where it takes longer than it may.</param>
    public static StudentBuild Make(Assignment assignment, AssignmentSources sources, Handin handin, double seconds = 60,
        GradeOptions? options = null) =>
        new StudentCompilation(assignment, sources, handin, new CompilerTime(seconds, options?.Late))
        {
            Unfinished = options?.Unfinished ?? [],
        }.Make();

    /// <summary>Compiles a variation of the source; null if it does not compile.</summary>
    public static byte[]? TryEmit(SourceTree source) => Emit(Compile(source)).Image;

    /// <summary>The source as it is compiled: a student may use unsafe code where the scan for forbidden members lets it pass.</summary>
    internal static CSharpCompilation Compile(SourceTree source) =>
        source.CompileLibrary().WithOptions(Compiling.Options.WithAllowUnsafe(true));

    /// <summary>The assembly, null if there are errors; and what the compiler said.</summary>
    internal static (byte[]? Image, IEnumerable<Diagnostic> Said) Emit(CSharpCompilation compilation, CancellationToken stop = default)
    {
        using var stream = new MemoryStream();
        EmitResult result = compilation.Emit(stream, options: s_emit, cancellationToken: stop);
        return (result.Success ? stream.ToArray() : null, result.Diagnostics);
    }
}
