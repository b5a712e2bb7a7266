using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Finds what the compiler does not finish. Within one statement it does not stop when it is asked to, and an overflow of its stack cannot
/// be caught: so this runs in a process that is ended then. Each step is told before it is made, and the last one told is the one to blame.
/// </summary>
/// <param name="ground">What lies below the handed-in files.</param>
/// <param name="whole">The handed-in files.</param>
/// <param name="unfinished">What is known from processes before this one; it is left out.</param>
/// <param name="step">Receives each step, and how much time of a processor it may take, in seconds.</param>
sealed class CompilerSurvey(SourceTree ground, SourceTree whole, IReadOnlyList<string> unfinished, Action<string, double> step)
{
    /// <summary>The steps that are about all files at once. Once one of them is not finished, it is made again file by file.</summary>
    const string Declarations = "declarations", Emission = "emission";

    const double LeastSeconds = 5;

    // A slow machine took longer to get here, too.
    readonly double _seconds = Math.Max(LeastSeconds, 1.5 * Environment.CpuUsage.TotalTime.TotalSeconds);

    public void Run()
    {
        SourceTree rest = whole;
        foreach (SourcePiece piece in Pieces(whole, unfinished)) rest = piece.LeftOut(rest, ground);
        Together(Declarations, rest, compilation => compilation.GetDeclarationDiagnostics());
        Bodies(rest);
        Together(Emission, rest, compilation => _ = StudentBuild.Emit(compilation));
        step("", 0);
    }

    // With one file after the other, where all at once were too much.
    void Together(string what, SourceTree rest, Action<CSharpCompilation> compile)
    {
        if (!unfinished.Contains(what)) Make(what, () => compile(StudentBuild.Compile(ground.With(rest))));
        else
        {
            SourceTree taken = SourceTree.Empty;
            foreach (string path in rest.Paths)
            {
                taken = taken.With(path, rest[path]);
                Make(path, () => compile(StudentBuild.Compile(ground.With(taken))));
            }
        }
    }

    void Bodies(SourceTree rest)
    {
        CSharpCompilation compilation = StudentBuild.Compile(ground.With(rest));
        foreach (string path in rest.Paths)
        {
            SemanticModel model = compilation.GetSemanticModel(rest.Syntax(path));
            foreach ((int i, MemberDeclarationSyntax member) in Members(rest, path).Index())
                Make(FormattableString.Invariant($"{path}#{Original(path, i)}"), () => model.GetMethodBodyDiagnostics(member.FullSpan));
        }
    }

    // The member's number in the file as it was handed in: those that are left out, and have no other in their place, are counted too.
    int Original(string path, int number)
    {
        HashSet<SyntaxNode> gone = [.. Pieces(whole, unfinished).Where(piece => piece.Path == path).SelectMany(piece => piece.Nodes)
            .Where(node => !new SourcePiece(path, [node]).IsGiven(ground))];
        return Members(whole, path).Index().Where(one => !gone.Contains(one.Item)).ElementAt(number).Index;
    }

    void Make(string name, Action compile)
    {
        step(name, _seconds);
        try
        {
            compile();
        }
        // What is written about a handin is found out when it is compiled as a whole.
        catch (InsufficientExecutionStackException) { }
    }

    static List<MemberDeclarationSyntax> Members(SourceTree source, string path) => [.. source.Syntax(path).GetRoot().DescendantNodes()
        .OfType<MemberDeclarationSyntax>().Where(member => member is not (BaseNamespaceDeclarationSyntax or BaseTypeDeclarationSyntax
            or EnumMemberDeclarationSyntax))];

    /// <summary>What steps that were not finished are about: files, and members of files.</summary>
    public static IEnumerable<SourcePiece> Pieces(SourceTree whole, IReadOnlyList<string> unfinished)
    {
        foreach (var file in unfinished.Select(one => one.Split('#')).Where(one => whole.Contains(one[0])).GroupBy(one => one[0]))
        {
            List<MemberDeclarationSyntax> members = Members(whole, file.Key);
            yield return file.Any(one => one.Length == 1)
                ? new SourcePiece(file.Key, [])
                : new SourcePiece(file.Key, [.. file.Select(one => members[int.Parse(one[1], CultureInfo.InvariantCulture)])]);
        }
    }
}
