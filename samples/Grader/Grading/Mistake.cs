using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// A usual wrong answer to a question, as code: members that stand in for the reference's while its number is switched on.
/// </summary>
/// <param name="Id">Its name: "4.3-transposed"; with what tells it from its other forms: "3.6-threshold with 0.5".</param>
/// <param name="Question">The question that it answers wrongly.</param>
/// <param name="Type">The full name of the type that its members belong to.</param>
/// <param name="Number">Its number in the switch, from 1.</param>
/// <param name="Members">Its members.</param>
/// <param name="Usings">The usings of its file.</param>
sealed record Mistake(string Id, string Question, string Type, int Number,
    IReadOnlyList<MemberDeclarationSyntax> Members, IReadOnlyList<string> Usings)
{
    /// <summary>
    /// The keys of its hint in <c>hints.en.json</c>: one, "4.3-transposed", or those of the mistakes that are put together in it.
    /// </summary>
    public IReadOnlyList<string> Of { get; init; } = [Id];

    /// <summary>Whether it is the first form of its mistake, which stands for all of them.</summary>
    public bool IsFirstForm => Of is [var id] && id == Id;

    /// <summary>
    /// Whether it is the right answer instead, in the form that mistakes vary: where the reference's own form is another, two
    /// mistakes that change different parts of this form are put together.
    /// </summary>
    public bool IsRight { get; init; }

    /// <summary>Whether a place of a file of <c>mistakes/</c> is inside one of its members.</summary>
    public bool Holds(FileLinePositionSpan place) => Members.Select(member => member.SyntaxTree.GetLineSpan(member.FullSpan)).Any(span =>
        span.Path == place.Path && span.StartLinePosition <= place.StartLinePosition && place.StartLinePosition <= span.EndLinePosition);

    /// <summary>The member of a type that a member of a mistake stands in for; null if there is none.</summary>
    internal static SourceMember? Original(SourceTree source, string type, MemberDeclarationSyntax member)
    {
        string name = SourceMember.NamesOf(member).FirstOrDefault() ?? "";
        name = name[(name.LastIndexOf('.') + 1)..];
        string parameters = new SourceMember(name, "", member).Parameters;
        return source.Find($"{type}.{name}")
            .FirstOrDefault(original => original.Parameters == parameters && original.Syntax.Kind() == member.Kind());
    }
}

/// <summary>The known mistakes of an assignment, from the files of its folder <c>mistakes/</c>.</summary>
static class MistakeFiles
{
    /// <summary>
    /// Reads the classes with <c>[Mistake("id", Question = "4.3", Member = "MyTorch.Operations.Linear.Backward")]</c>, and with
    /// <c>[Right("id", …)]</c> the right answers whose form mistakes vary. With <c>Form = "loop"</c> it is another form of a mistake that
    /// has been read; with <c>Values = "1 0.5 -1"</c> it is made once with each of these numbers in the place of <c>Value</c>.
    /// With two ids, <c>"3.1-sign 3.1-softplus"</c>, both are made at once, in code that could not be put together from theirs.
    /// </summary>
    /// <exception cref="SourceException">An attribute lacks a value, or two mistakes have the same id.</exception>
    public static IReadOnlyList<Mistake> Read(string folder)
    {
        var mistakes = new List<Mistake>();
        if (!Directory.Exists(folder)) return mistakes;
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs").Order(StringComparer.Ordinal))
        {
            string name = $"mistakes/{Path.GetFileName(file)}";
            SyntaxTree tree = SourceTree.Parse(name, File.ReadAllText(file));
            if (tree.GetDiagnostics().FirstOrDefault(d => d.Severity == DiagnosticSeverity.Error) is { } error)
                throw new SourceException(Compiling.Describe(error));
            var root = (CompilationUnitSyntax)tree.GetRoot();
            IReadOnlyList<string> usings = [.. root.DescendantNodes().OfType<UsingDirectiveSyntax>().Select(one => one.ToString())];
            foreach (TypeDeclarationSyntax type in root.DescendantNodes().OfType<TypeDeclarationSyntax>())
                foreach (AttributeSyntax attribute in type.AttributeLists.SelectMany(list => list.Attributes)
                    .Where(one => one.Name.ToString() is "Mistake" or "Right"))
                {
                    foreach ((TypeDeclarationSyntax made, string? value) in Made(name, type, attribute))
                    {
                        Mistake mistake = Of(name, made, attribute, mistakes.Count + 1, usings);
                        if (value is not null) mistake = mistake with { Id = $"{mistake.Id} with {value}" };
                        if (mistakes.Exists(other => other.Id == mistake.Id))
                            throw new SourceException($"{name}: two mistakes have the id {mistake.Id}. Rename one.");
                        mistakes.Add(mistake);
                    }
                }
        }
        return mistakes;
    }

    // The code of a mistake with each of its numbers, the first of which is the mistake's own.
    static IEnumerable<(TypeDeclarationSyntax Type, string? Value)> Made(string file, TypeDeclarationSyntax type, AttributeSyntax attribute)
    {
        if (Text(attribute, "Values") is not { } values) return [(type, null)];
        TypeDeclarationSyntax[] all = TypesOf(type.SyntaxTree);
        IdentifierNameSyntax[] places =
            [.. type.DescendantNodes().OfType<IdentifierNameSyntax>().Where(one => one.Identifier.Text == "Value")];
        return values.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((value, i) =>
        {
            SourceText text = type.SyntaxTree.GetText().WithChanges(places.Select(place =>
                new TextChange(place.Span, value.StartsWith('-') ? $"({value})" : value)));
            return (TypesOf(SourceTree.Parse(file, text.ToString()))[Array.IndexOf(all, type)], i == 0 ? null : value);
        });

        static TypeDeclarationSyntax[] TypesOf(SyntaxTree tree) =>
            [.. tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()];
    }

    static Mistake Of(string file, TypeDeclarationSyntax type, AttributeSyntax attribute, int number, IReadOnlyList<string> usings)
    {
        string? id = Text(attribute, null), question = Text(attribute, "Question"), member = Text(attribute, "Member");
        if (id is null || question is null || member is null)
            throw new SourceException($"{file}: a mistake needs [{attribute.Name}(\"id\", Question = \"…\", Member = \"…\")]; given: " +
                $"[{attribute}].");
        string full = member.Split('(')[0];
        string own = id.Replace(" ", " and ", StringComparison.Ordinal) + (Text(attribute, "Form") is { } form ? $", {form}" : "");
        return new Mistake(own, question, full[..full.LastIndexOf('.')], number, [.. type.Members], usings)
        {
            Of = id.Split(' '),
            IsRight = attribute.Name.ToString() == "Right",
        };
    }

    static string? Text(AttributeSyntax attribute, string? name) => attribute.ArgumentList?.Arguments
        .FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.Text == name)?.Expression is LiteralExpressionSyntax literal
            ? literal.Token.ValueText
            : null;
}
