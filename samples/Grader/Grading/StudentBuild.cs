using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Puts the graded files of a handin over the handout and compiles them by the grader's options: projects, props, analyzers and tests of the handin
/// have no part in it. A file that is missing or does not compile is replaced by the handout's, so that the others are still graded.
/// </summary>
sealed class StudentBuild
{
    static readonly EmitOptions s_emit = new(debugInformationFormat: DebugInformationFormat.Embedded);

    StudentBuild() { }

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

    public static StudentBuild Make(Assignment assignment, AssignmentSources sources, Handin handin)
    {
        var ignored = new List<string>();
        var missing = new HashSet<string>();
        var broken = new HashSet<string>();
        var errors = new List<string>();
        int files = 0;

        // What is graded: the reading set, and files that the library does not have.
        var taken = SourceTree.Empty;
        foreach ((string path, string text) in handin.Files)
        {
            string inLibrary = path.StartsWith("Given/", StringComparison.Ordinal) ? path[6..] : path;
            if (!inLibrary.StartsWith("MyTorch/", StringComparison.Ordinal) || inLibrary.Split('/').Any(part => part is "bin" or "obj")) continue;
            if (assignment.ReadingSet.Contains(path) || !sources.Library.Contains(inLibrary) && path == inLibrary)
            {
                if (++files > SourceBounds.MostFiles) throw new InvalidHandinException($"The handin has more than {SourceBounds.MostFiles} C# files below MyTorch.");
                if (SourceBounds.Exceeded(path, text) is { } beyond)
                {
                    errors.Add(beyond);
                    broken.Add(path);
                }
                else taken = taken.With(path, text);
            }
            else if (IsChanged(sources, inLibrary, text)) ignored.Add($"You changed {path}: it is not graded.");
        }
        foreach (string path in assignment.ReadingSet)
            if (!taken.Contains(path) && !broken.Contains(path)) missing.Add(path);

        foreach (string path in taken.Paths)
        {
            List<Diagnostic> wrong = [.. taken.Syntax(path).GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error)];
            if (wrong.Count == 0) continue;
            errors.AddRange(wrong.Take(5).Select(Compiling.Describe));
            broken.Add(path);
        }

        SourceTree whole = ApiRepair.Repair(taken.Without(broken.Contains), sources.Handout, assignment.ReadingSet);
        SourceTree? compiled = null;
        CSharpCompilation? compilation = null;
        byte[]? image = null;
        while (image is null)
        {
            // A whole checkout may use what the handout leaves out.
            List<Diagnostic>? fewest = null;
            foreach (SourceTree ground in new[] { sources.Handout, sources.Library })
            {
                SourceTree all = Completed(ground, sources.Handout, whole.Without(broken.Contains), assignment);
                CSharpCompilation attempt = all.Compile("MyTorch", Compiling.LibraryReferences)
                    .WithOptions(Compiling.Options.WithAllowUnsafe(true));
                using var stream = new MemoryStream();
                EmitResult result = attempt.Emit(stream, options: s_emit);
                if (result.Success)
                {
                    (compiled, compilation, image) = (all, attempt, stream.ToArray());
                    break;
                }
                List<Diagnostic> wrong = [.. result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)];
                if (fewest is null || wrong.Count < fewest.Count) fewest = wrong;
            }
            if (image is not null) break;
            var blamed = fewest!.Select(d => d.Location.GetLineSpan().Path).Where(path => taken.Contains(path) && !broken.Contains(path)).ToHashSet();
            var named = fewest!.Where(d => blamed.Count == 0 || blamed.Contains(d.Location.GetLineSpan().Path)).ToList();
            errors.AddRange(named.GroupBy(d => d.Location.GetLineSpan().Path).OrderBy(group => group.Key, StringComparer.Ordinal)
                .SelectMany(group => group.OrderBy(d => d.Location.SourceSpan.Start).Take(5)).Select(Compiling.Describe).Take(blamed.Count == 0 ? 5 : int.MaxValue));
            // Errors in files that nobody handed in: something that they use is gone.
            if (blamed.Count == 0) blamed = [.. taken.Paths.Where(path => !broken.Contains(path))];
            if (blamed.Count == 0) throw new SourceException($"The handout does not compile:\n{string.Join('\n', errors)}");
            broken.UnionWith(blamed);
        }

        return new StudentBuild
        {
            Source = compiled!,
            Compilation = compilation!,
            Image = image,
            Missing = missing,
            Broken = broken,
            Graded = taken.Paths.Where(path => !broken.Contains(path)).ToHashSet(),
            Report = new BuildReport
            {
                Ok = broken.Count == 0,
                Errors = [.. errors.Distinct()],
                StubbedFiles = [.. missing.Concat(broken).Order(StringComparer.Ordinal)],
                IgnoredFiles = ignored,
            },
        };
    }

    /// <summary>Compiles a variation of the source; null if it does not compile.</summary>
    public static byte[]? TryEmit(SourceTree source)
    {
        using var stream = new MemoryStream();
        return source.Compile("MyTorch", Compiling.LibraryReferences).WithOptions(Compiling.Options.WithAllowUnsafe(true)).Emit(stream, options: s_emit).Success
            ? stream.ToArray()
            : null;
    }

    static SourceTree Completed(SourceTree ground, SourceTree handout, SourceTree taken, Assignment assignment)
    {
        SourceTree all = ground.With(taken);
        foreach (string path in assignment.ReadingSet)
            if (!taken.Contains(path) && handout.Contains(path)) all = all.With(path, handout[path]);
        return all;
    }

    static bool IsChanged(AssignmentSources sources, string path, string text) =>
        !new[] { sources.Library, sources.Handout }.Any(source => source.Contains(path) && Same(source[path], text));

    static bool Same(string a, string b) => a.ReplaceLineEndings("\n").TrimEnd() == b.ReplaceLineEndings("\n").TrimEnd();
}
