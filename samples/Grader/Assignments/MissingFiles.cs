using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Assignments;

/// <summary>Whether what an assignment takes of the library compiles, and which files it lacks where it does not.</summary>
sealed class MissingFiles
{
    readonly IReadOnlyCollection<string> _paths;
    readonly ILookup<string, SourceMember> _declaring;

    MissingFiles(AssignmentFolder folder)
    {
        SourceTree library = SourceTree.Of(folder.BesideHomework.Select(file => (file.Key, file.Value))).With(folder.Reference);
        _paths = library.Paths;
        _declaring = library.Members.Values.SelectMany(members => members).ToLookup(member => member.Name, StringComparer.Ordinal);
    }

    /// <summary>
    /// The errors of the handout, each with the file that declares what is missing; if there are none, those of the reference that a file
    /// of the library would mend.
    /// </summary>
    public static IReadOnlyList<AssignmentProblem> Run(AssignmentFolder folder)
    {
        SourceTree handout = Stubs.Of(folder);
        return Of("take", handout, all: true) is { Count: > 0 } lacking ? lacking : Of("answersUse", folder.Reference, all: false);

        IReadOnlyList<AssignmentProblem> Of(string place, SourceTree source, bool all)
        {
            Diagnostic[] errors = [.. source.CompileLibrary().GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error)];
            if (errors.Length == 0) return [];
            var missing = new MissingFiles(folder);
            return [.. errors.Where(error => all || missing.IsDeclared(NameAt(error), source))
                .Select(error => new AssignmentProblem("assignment.json", place, missing.Described(error, source)))
                .DistinctBy(problem => problem.Message[problem.Message.IndexOf(':', StringComparison.Ordinal)..])];
        }
    }

    bool IsDeclared(string name, SourceTree source) => _declaring[name].Any(member => !source.Contains(member.Path));

    string Described(Diagnostic error, SourceTree source)
    {
        string name = NameAt(error), needing = error.Location.SourceTree?.FilePath ?? "";
        string what = Compiling.Describe(error);
        string[] declaring = [.. _declaring[name].Where(member => !source.Contains(member.Path)).GroupBy(member => Fit(member, what))
            .OrderByDescending(group => group.Key).FirstOrDefault()?.Select(member => member.Path).Distinct() ?? []];
        string folder = $"MyTorch/{name}/";
        if (declaring.Length == 0 && _paths.Any(path => path.StartsWith(folder, StringComparison.Ordinal)))
            return $"{what}. The handout has no file of {folder}: add those that it needs, or do not take {needing}.";
        return declaring.Length == 0
            ? $"{what}. It does not compile without what the handout leaves out; do not take {needing}, or take what it needs."
            : $"{what}. {name} is declared in {string.Join(" or ", declaring)}: add {(declaring.Length == 1 ? "it" : "one of them")}, or do " +
                $"not take {needing}.";
    }

    // A type of the library before a member; of members, one whose type the message names.
    static int Fit(SourceMember member, string message) => member.Syntax is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax
        ? member.Syntax.Parent is BaseTypeDeclarationSyntax ? 0 : 3
        : message.Contains($"'{member.Owner[(member.Owner.LastIndexOf('.') + 1)..]}'", StringComparison.Ordinal) ? 2
        : member.Syntax.Modifiers.Any(SyntaxKind.VirtualKeyword) ? 1 : 0;

    // The identifier that the compiler cannot bind: the first of the place that it names.
    static string NameAt(Diagnostic error) => error.Location.SourceTree?.GetRoot()
        .DescendantTokens(error.Location.SourceSpan).FirstOrDefault(token => token.IsKind(SyntaxKind.IdentifierToken)).Text ?? "";
}
