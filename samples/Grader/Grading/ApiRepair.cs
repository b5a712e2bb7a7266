using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Puts back what a handed-in file no longer declares as the handout does: a class renamed, moved or made internal, a member gone or changed in its
/// signature. What is put back throws <see cref="MissingMemberException"/> with the signature that is expected, so that only its own questions fail.
/// </summary>
static class ApiRepair
{
    /// <summary>The handed-in files with missing declarations put back; the same object if nothing is missing.</summary>
    public static SourceTree Repair(SourceTree taken, SourceTree handout, IReadOnlyList<string> readingSet)
    {
        var changes = new SourceEdits(taken);
        bool any = false;
        foreach (string path in readingSet)
        {
            if (!taken.Contains(path) || !handout.Contains(path)) continue;
            var root = (CompilationUnitSyntax)taken.Syntax(path).GetRoot();
            if (Namespace(root) is { } given && Namespace((CompilationUnitSyntax)handout.Syntax(path).GetRoot()) is { } due && given != due)
            {
                any = true;
                string said = SymbolDisplay.FormatLiteral($"{path} declares the namespace {given}; expected {due}. It lacks ", quote: true);
                changes.Change(path, root.FullSpan, handout[path].Replace("new NotImplementedException(", $"new global::System.MissingMemberException({said} + ", StringComparison.Ordinal));
                continue;
            }
            foreach (TypeDeclarationSyntax wanted in handout.Syntax(path).GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>().Where(type => type.Parent is BaseNamespaceDeclarationSyntax))
            {
                string name = SourceMember.NamesOf(wanted).First();
                var there = taken.Find(name).Where(member => member.Syntax is TypeDeclarationSyntax).ToList();
                if (there.Count > 0 && there.Exists(type => Access(type.Syntax.Modifiers) == Access(wanted.Modifiers)))
                {
                    any |= RepairMembers(changes, wanted, there, taken, name);
                    continue;
                }
                any = true;
                foreach (SourceMember hidden in there) changes.Remove(hidden);
                string stub = Stubbed(wanted, name);
                string space = wanted.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().First().Name.ToString();
                changes.Change(path, new(root.EndOfFileToken.SpanStart, 0), Namespace(root) is null ? $"\nnamespace {space}\n{{\n{stub}\n}}\n" : $"\n{stub}\n");
            }
        }
        return any ? changes.Apply() : taken;
    }

    static string? Namespace(CompilationUnitSyntax root) => root.Members.OfType<FileScopedNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString();

    static bool RepairMembers(SourceEdits changes, TypeDeclarationSyntax wanted, List<SourceMember> there, SourceTree taken, string type)
    {
        bool any = false;
        var missing = new List<string>();
        foreach (MemberDeclarationSyntax member in wanted.Members)
        {
            if (member is not (MethodDeclarationSyntax or PropertyDeclarationSyntax) || Access(member.Modifiers) is not ("public" or "protected")) continue;
            var declared = new SourceMember(SourceMember.NamesOf(member).First(), "", member);
            var same = taken.Find(declared.FullName);
            if (same.FirstOrDefault(other => other.Parameters == declared.Parameters && Face(other.Syntax) == Face(member)) is not null) continue;
            any = true;
            // One of the same name that stands in the way: with the parameters wanted, or overriding nothing any more.
            foreach (SourceMember wrong in same)
                if (wrong.Parameters == declared.Parameters || wrong.Syntax.Modifiers.Any(SyntaxKind.OverrideKeyword) && !wanted.Members.Any(other => SameSignature(other, wrong.Syntax)))
                    changes.Replace(wrong, "");
            missing.Add(Stubbed(member, type));
        }
        if (missing.Count > 0 && there[0].Syntax is TypeDeclarationSyntax { CloseBraceToken: { RawKind: not 0 } brace })
            changes.Change(there[0].Path, new(brace.SpanStart, 0), string.Join("\n", missing) + "\n");
        return any;
    }

    static bool SameSignature(MemberDeclarationSyntax a, MemberDeclarationSyntax b) =>
        SourceMember.NamesOf(a).FirstOrDefault() == SourceMember.NamesOf(b).FirstOrDefault() && new SourceMember("", "", a).Parameters == new SourceMember("", "", b).Parameters;

    static string Access(SyntaxTokenList modifiers) =>
        modifiers.FirstOrDefault(one => one.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.InternalKeyword or SyntaxKind.PrivateKeyword).Text ?? "";

    // What a caller compiled against it depends on.
    static string Face(MemberDeclarationSyntax member) => Access(member.Modifiers) + member.Modifiers.Any(SyntaxKind.StaticKeyword) + member switch
    {
        MethodDeclarationSyntax method => method.ReturnType.ToString().Replace(" ", "", StringComparison.Ordinal),
        PropertyDeclarationSyntax property => property.Type.ToString(),
        _ => "",
    };

    static string Throw(SourceMember member) =>
        $"throw new global::System.MissingMemberException({SymbolDisplay.FormatLiteral($"{member.Owner} lacks {member.Signature}.", quote: true)});";

    static string Stubbed(MemberDeclarationSyntax member, string type)
    {
        const string head = "class Holder { ";
        SourceTree holder = SourceTree.Empty.With("one.cs", $"{head}{member.WithoutTrivia().ToFullString()} }}");
        SourceMember inside = holder.Members.Values.SelectMany(all => all).First(one => one.FullName.StartsWith("Holder.", StringComparison.Ordinal));
        string text = Blanked(holder, [inside with { FullName = $"{type}.{inside.Name}" }])["one.cs"];
        return text[head.Length..text.LastIndexOf('}')];
    }

    static string Stubbed(TypeDeclarationSyntax wanted, string type)
    {
        SourceTree holder = SourceTree.Empty.With("one.cs", wanted.WithoutTrivia().ToFullString());
        string space = type[..type.LastIndexOf('.')];
        return Blanked(holder, holder.Members.Values.SelectMany(all => all)
            .Where(member => member.Bodies.Count > 0 && member.Syntax is MethodDeclarationSyntax or PropertyDeclarationSyntax or ConstructorDeclarationSyntax { Initializer: null })
            .Select(member => member with { FullName = $"{space}.{member.FullName}" }))["one.cs"];
    }

    static SourceTree Blanked(SourceTree holder, IEnumerable<SourceMember> members)
    {
        var edits = new SourceEdits(holder);
        foreach (SourceMember member in members)
            foreach (SyntaxNode body in member.Bodies)
                if (body is ArrowExpressionClauseSyntax arrow) edits.Change("one.cs", arrow.Expression.Span, Throw(member).TrimEnd(';'));
                else edits.Change("one.cs", body.Span, $"{{ {Throw(member)} }}");
        return edits.Apply();
    }
}
