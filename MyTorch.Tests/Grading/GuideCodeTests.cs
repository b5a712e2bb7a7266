using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>Code that write-ups, hints and guides tell compiles, where a student or an instructor would write it.</summary>
[Category("Long")]
public sealed partial class GuideCodeTests
{
    // What stands around a snippet: a body of each kind to write, with the names that the texts use.
    static readonly (string Assignment, string Member, string Parameters)[] s_places =
    [
        ("hw1", "MyTorch.Autograd.Record", "Operation operation, Adjoints adjoints, Tensor output, Tensor? gradient, Tensor tensor, Tensor input, Tensor leaf, Tensor sum, Tensor contribution, Tensor upstream, bool createGraph, Autograd autograd, Tensor y, Tensor? Grad, IReadOnlyList<Operation> tape"),
        ("hw1", "MyTorch.Operations.SoftmaxCrossEntropy.Backward", "Tensor gradient, Tensor x, Tensor a, Tensor b, Tensor dX, double[] numbers, int C, Autograd autograd, Tensor y"),
        ("hw1", "MyTorch.Operations.Log.Derivative", "Tensor x, Tensor a, Tensor b, double[] numbers"),
        ("hw1", "MyTorch.Operations.ReLU.Passes", "Tensor x, Tensor a, Tensor b"),
        ("hw1", "MyTorch.Optim.SGD.Update(Tensor,Tensor,ParameterGroup,ParameterState)", "Tensor parameter, Tensor gradient, ParameterGroup group, ParameterState state, Tensor leaf"),
        ("hw1p1", "MyTorch.Layers.Linear.Backward", "Tensor a, Tensor b, Tensor z, Tensor dLdZ, double[] numbers"),
        ("hw1p1", "MyTorch.Layers.MLP4.Backward", "Tensor a, Tensor dLdZ"),
        ("hw1p1", "MyTorch.Layers.SGD.Step", "int n"),
    ];

    static IEnumerable<string> Texts(string assignment)
    {
        string folder = Path.Combine(HomeworkContent.Root, "samples", "Homework1", assignment);
        yield return File.ReadAllText(Path.Combine(folder, "writeup.md"));
        yield return File.ReadAllText(Path.Combine(folder, "hints.en.json"));
    }

    // A call, an element or an operation; not a name, a path or a command.
    static ExpressionSyntax? Expression(string code)
    {
        // An abbreviation, a path, an option, a shape.
        if (code.Contains('…') || code.StartsWith("--", StringComparison.Ordinal) || code.StartsWith('(') || code.Contains('/') && !code.Contains(' ')) return null;
        ExpressionSyntax expression = SyntaxFactory.ParseExpression(code, options: SourceTree.Language);
        return !expression.GetDiagnostics().Any() && expression.ToFullString() == code
            && expression is InvocationExpressionSyntax or ElementAccessExpressionSyntax or CollectionExpressionSyntax or BinaryExpressionSyntax { Left: not LiteralExpressionSyntax { RawKind: (int)SyntaxKind.StringLiteralExpression } }
                or PrefixUnaryExpressionSyntax ? expression : null;
    }

    [TestCase("hw1", 30)]
    [TestCase("hw1p1", 6)]
    public void EverySnippetOfATextCompilesInABodyToWrite(string assignment, int atLeast)
    {
        AssignmentFolder folder = AssignmentFolder.Load(Path.Combine(HomeworkContent.Root, "samples", "Homework1", assignment));
        SourceTree source = folder.Reference;
        ExpressionSyntax[] snippets = [.. Texts(assignment).SelectMany(text => Inline().Matches(Fenced().Replace(text, "")))
            .Select(match => match.Groups[1].Value).Distinct().Select(Expression).OfType<ExpressionSyntax>()
            // A body's name with its parentheses.
            .Where(one => !(one is InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0, Expression: IdentifierNameSyntax name } && folder.Assignment.ReadingSet
                .Any(path => source.Members.Values.SelectMany(found => found).Any(member => member.Path == path && member.Name == name.ToString()))))];
        Assert.That(snippets, Has.Length.AtLeast(atLeast), "of what is told, the code");
        var edits = new SourceEdits(source);
        var places = s_places.Where(place => place.Assignment == assignment).ToArray();
        foreach ((int p, var place) in places.Index())
        {
            SourceMember member = source.Find(place.Member)[0];
            string isStatic = member.Syntax.Modifiers.Any(SyntaxKind.StaticKeyword) ? "static " : "";
            edits.AddAfter(member, string.Join("\n", snippets.Select((snippet, i) =>
                $"{isStatic}void Guide_{p}_{i}({place.Parameters}) {{ {(snippet is InvocationExpressionSyntax ? $"{snippet};" : snippet is CollectionExpressionSyntax ? $"Tensor?[] told = {snippet};" : $"var told = {snippet};")} }}")));
            edits.Change(member.Path, new(0, 0), assignment == "hw1" ? "using MyTorch; using MyTorch.Inspection; using MyTorch.Optim; " : "using MyTorch; ");
        }
        SourceTree edited = edits.Apply();
        CSharpCompilation compilation = edited.CompileLibrary();
        var failed = new Dictionary<int, List<string>>();
        foreach (string path in places.Select(place => source.Find(place.Member)[0].Path).Distinct())
            foreach (Diagnostic error in compilation.GetSemanticModel(edited.Syntax(path)).GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error))
            {
                string? method = edited.Syntax(path).GetRoot().FindNode(error.Location.SourceSpan).AncestorsAndSelf().OfType<MethodDeclarationSyntax>().FirstOrDefault()?.Identifier.Text;
                Assert.That(method, Does.StartWith("Guide_"), error.ToString());
                int snippet = int.Parse(method!.Split('_')[2], System.Globalization.CultureInfo.InvariantCulture);
                if (!failed.TryGetValue(snippet, out List<string>? where)) failed[snippet] = where = [];
                where.Add($"{method}: {error.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}");
            }
        Assert.Multiple(() =>
        {
            foreach ((int i, List<string> where) in failed)
                Assert.That(where.Select(one => one.Split(':')[0]).Distinct().Count(), Is.LessThan(places.Length), $"{snippets[i]}\n{string.Join('\n', where)}");
        });
    }

    /// <summary>Blocks of the instructors' guide: C# of which another test compiles the file, and data that is read.</summary>
    [Test]
    public void EveryBlockOfTheGuideIsCodeOfTheFinishedFolderOrData()
    {
        string guide = File.ReadAllText(Path.Combine(HomeworkContent.Root, "samples", "Homework1", "README.md"));
        string finished = Path.Combine(HomeworkContent.Root, "MyTorch.Tests", "Grading", "assignments", "softsign");
        string[] files = [.. Directory.EnumerateFiles(finished, "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];
        int blocks = 0;
        foreach (Match block in Block().Matches(guide))
        {
            string code = block.Groups[2].Value.Trim();
            blocks++;
            if (block.Groups[1].Value == "json") Assert.That(() => JsonNode.Parse(code), Throws.Nothing, code);
            else if (block.Groups[1].Value == "csharp")
                foreach (SyntaxNode part in ((CompilationUnitSyntax)SourceTree.Parse("guide.cs", code).GetRoot()).Members)
                    Assert.That(files.Any(file => SourceTree.Parse("file.cs", file).GetRoot().DescendantNodes().Any(node => SyntaxFactory.AreEquivalent(node, part))), part.ToString());
            else Assert.That(block.Groups[1].Value, Is.EqualTo("sh").Or.Empty, "another language");
        }
        Assert.That(blocks, Is.GreaterThan(4));
    }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Inline();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex("^ *```([a-z]*)\n(.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
