using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>How far a compilation came: what failed first.</summary>
enum CompileStage
{
    /// <summary>It gave no answer.</summary>
    Nothing,

    /// <summary>There are errors in declarations; bodies were not looked at, whose errors would follow from these.</summary>
    Declarations,

    /// <summary>There are errors in handed-in bodies; given ones were not looked at.</summary>
    Bodies,

    /// <summary>There are errors elsewhere, or such that show only where the assembly is written.</summary>
    Emission,

    Done,
}

/// <summary>Sources compiled, as far as they compile.</summary>
sealed class CompileAttempt
{
    public CompileAttempt(SourceTree ground, SourceTree source, IEnumerable<string> handedIn, CompilerTime time)
    {
        (Ground, Source, Compilation) = (ground, source, StudentBuild.Compile(source));
        try
        {
            time.Limited(stop => Compile(handedIn, stop));
        }
        catch (InsufficientExecutionStackException)
        {
            Failure = "the compiler ran out of stack";
        }
        catch (OperationCanceledException)
        {
            Failure = FormattableString.Invariant($"the compiler took more than {time.SecondsForOne:0.#} s of processor time");
        }
    }

    /// <summary>What lies below the handed-in files: the handout or the reference.</summary>
    public SourceTree Ground { get; }

    public SourceTree Source { get; }

    public CSharpCompilation Compilation { get; }

    public byte[]? Image { get; private set; }

    public CompileStage Stage { get; private set; }

    /// <summary>The errors of the stage that failed, in order of files and places.</summary>
    public IReadOnlyList<Diagnostic> Errors { get; private set; } = [];

    /// <summary>Why the compiler gave no answer; null where it gave one.</summary>
    public string? Failure { get; }

    /// <summary>Whether it came further than another, or as far with fewer errors.</summary>
    public bool IsBetterThan(CompileAttempt other) =>
        Stage > other.Stage || Stage == other.Stage && Stage > CompileStage.Nothing && Errors.Count < other.Errors.Count;

    void Compile(IEnumerable<string> handedIn, CancellationToken stop)
    {
        if (Fails(CompileStage.Declarations, Compilation.GetDeclarationDiagnostics(stop))) return;
        var bodies = handedIn.Where(Source.Contains).Select(Source.Syntax)
            .SelectMany(tree => Compilation.GetSemanticModel(tree).GetMethodBodyDiagnostics(cancellationToken: stop));
        if (Fails(CompileStage.Bodies, bodies)) return;
        (Image, IEnumerable<Diagnostic> said) = StudentBuild.Emit(Compilation, stop);
        if (Image is null) Fails(CompileStage.Emission, said);
        else Stage = CompileStage.Done;
    }

    bool Fails(CompileStage stage, IEnumerable<Diagnostic> said)
    {
        Errors =
        [
            .. said.Where(one => one.Severity == DiagnosticSeverity.Error)
                .OrderBy(PathOf, StringComparer.Ordinal).ThenBy(error => error.Location.SourceSpan.Start),
        ];
        if (Errors.Count > 0 || stage == CompileStage.Emission) Stage = stage;
        return Errors.Count > 0;
    }

    /// <summary>The file that an error stands in; empty if it stands in none.</summary>
    public static string PathOf(Diagnostic error) => error.Location.SourceTree?.FilePath ?? "";
}

/// <summary>
/// The time of a processor that compiling one handin may take. Source can be written to keep a compiler busy for days: one attempt takes a
/// part of it at most, so that others without the source in question can follow.
/// </summary>
/// <param name="seconds">All of it, in seconds.</param>
/// <param name="late">
/// Called where an attempt takes longer, with whether the compiler stopped; within one statement it goes on. May be null.
/// </param>
sealed class CompilerTime(double seconds, Action<bool>? late = null)
{
    const int MillisecondsToLook = 100, Attempts = 3;

    // A statement that ends soon is waited for.
    static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    readonly TimeSpan _start = Environment.CpuUsage.TotalTime;

    /// <summary>How much one attempt may take, in seconds.</summary>
    public double SecondsForOne => seconds / Attempts;

    /// <summary>Whether there is too little left for another attempt that may not be needed.</summary>
    public bool IsShort => (Environment.CpuUsage.TotalTime - _start).TotalSeconds > seconds / 2;

    /// <summary>Runs something that stops when it is asked to, after the time of one attempt.</summary>
    /// <exception cref="OperationCanceledException">It took longer.</exception>
    public void Limited(Action<CancellationToken> run)
    {
        using var stop = new CancellationTokenSource();
        TimeSpan until = Environment.CpuUsage.TotalTime + TimeSpan.FromSeconds(SecondsForOne);
        using var timer = new Timer(_ =>
        {
            TimeSpan used = Environment.CpuUsage.TotalTime;
            if (used < until) return;
            if (used > until + s_grace) late?.Invoke(false);
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException) { }
        }, null, MillisecondsToLook, MillisecondsToLook);
        try
        {
            run(stop.Token);
        }
        catch (OperationCanceledException)
        {
            late?.Invoke(true);
            throw;
        }
    }
}
