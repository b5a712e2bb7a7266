using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Puts back what a handed-in file no longer declares as the handout does: a class renamed, moved or made internal, a member gone or
/// changed in its signature. What is put back throws <see cref="MissingMemberException"/> with the signature that is expected, so that only
/// its own questions fail.
/// </summary>
static partial class ApiRepair
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
            string due = Namespace((CompilationUnitSyntax)handout.Syntax(path).GetRoot())!;
            if (Namespace(root) is { } given && given != due)
            {
                any = true;
                changes.Change(path, root.FullSpan,
                    Missing(handout[path], $"{path} declares {(given.Length == 0 ? "no namespace" : $"the namespace {given}")}; expected " +
                        $"{due}, and in it"));
                continue;
            }
            var stubs = new List<string>();
            foreach (TypeDeclarationSyntax wanted in TypesOf(handout, path))
            {
                string name = SourceMember.NamesOf(wanted).First();
                var there = taken.Find(name).Where(member => member.Syntax is TypeDeclarationSyntax).ToList();
                if (there.Count > 0 && IsLike(wanted, [.. there.Select(member => (TypeDeclarationSyntax)member.Syntax)]))
                {
                    any |= RepairMembers(changes, wanted, there, taken, name);
                    continue;
                }
                any = true;
                foreach (SourceMember hidden in there) changes.Remove(hidden);
                // As the handout has it: what was given in it works, what was to be written says what is missing.
                stubs.Add(Missing(wanted.WithoutTrivia().ToFullString(), $"{path} lacks {Heading(wanted)}."));
            }
            // All at one place, so as one change.
            string added = string.Join("\n", stubs);
            bool scoped = root.Members.OfType<FileScopedNamespaceDeclarationSyntax>().Any();
            if (stubs.Count > 0)
                changes.Change(path, new(root.EndOfFileToken.SpanStart, 0),
                    scoped ? $"\n{added}\n" : $"\nnamespace {due}\n{{\n{added}\n}}\n");
        }
        return any ? changes.Apply() : taken;
    }

    /// <summary>A handout's file that was not handed in, without the types that other files of the handin declare.</summary>
    public static SourceTree WithoutMoved(SourceTree handout, string path, SourceTree taken)
    {
        var edits = new SourceEdits(handout);
        bool any = false;
        foreach (TypeDeclarationSyntax type in TypesOf(handout, path))
        {
            string name = SourceMember.NamesOf(type).First();
            // A part of one, which has no base, may be all that was added.
            if (!taken.Find(name).Any(member =>
                member.Syntax is TypeDeclarationSyntax whole
                    && (whole.BaseList is not null || !whole.Modifiers.Any(SyntaxKind.PartialKeyword)) && IsLike(type, [whole]))) continue;
            edits.Remove(new SourceMember(name, path, type));
            any = true;
        }
        return any ? edits.Apply() : handout;
    }

    static IEnumerable<TypeDeclarationSyntax> TypesOf(SourceTree source, string path) =>
        source.Syntax(path).GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()
            .Where(type => type.Parent is BaseNamespaceDeclarationSyntax);

    // The one that a file declares: empty where types stand outside any, null where there is no type or several namespaces.
    static string? Namespace(CompilationUnitSyntax root)
    {
        string[] spaces = [.. root.DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
            .OfType<BaseTypeDeclarationSyntax>()
            .Select(type => string.Join('.',
                type.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().Reverse().Select(space => space.Name.ToString()))).Distinct()];
        return spaces is [var one] ? one : null;
    }

    // A sentence that is not at its end goes on with the member: "… and in it Multiply.Backward."
    static string Missing(string text, string said) => Unwritten().Replace(
        text, body => $"new global::System.MissingMemberException({SymbolDisplay.FormatLiteral(said.EndsWith('.') ? said : $"{said} {body.Groups[1].Value}.", quote: true)})");

    // What stands in every body to write: the question, the member, a hint.
    [GeneratedRegex("""new NotImplementedException\("\S+ ([^":]*)(?:[^"\\]|\\.)*"\)""")]
    private static partial Regex Unwritten();

    // "public sealed class Multiply(Tensor a, Tensor b) : BinaryOperation(a, b)"
    static string Heading(TypeDeclarationSyntax type)
    {
        SyntaxToken first = type.Modifiers.Count > 0 ? type.Modifiers[0] : type.Keyword;
        string text = type.SyntaxTree.GetText()
            .ToString(new(first.SpanStart, Math.Max(0, type.OpenBraceToken.SpanStart - first.SpanStart)));
        return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    // What the rest of the library depends on beside members: kind, access, a base, and ways to make one.
    static bool IsLike(TypeDeclarationSyntax wanted, IReadOnlyList<TypeDeclarationSyntax> parts) =>
        parts.Any(part => Reach(part) >= Reach(wanted)) && parts.All(part => part.Kind() == wanted.Kind() && part.Arity == wanted.Arity) &&
        new[] { SyntaxKind.AbstractKeyword, SyntaxKind.StaticKeyword }
            .All(one => parts.Any(part => part.Modifiers.Any(one)) == wanted.Modifiers.Any(one)) &&
        (wanted.BaseList is null || parts.Any(part => part.BaseList is not null)) &&
        Makes(wanted).All(parameters => parts.SelectMany(Makes).Contains(parameters));

    // How far a type is seen: a file, the library, everybody. More than was asked for does no harm.
    static int Reach(TypeDeclarationSyntax type) =>
        type.Modifiers.Any(SyntaxKind.PublicKeyword) ? 2 : type.Modifiers.Any(SyntaxKind.FileKeyword) ? 0 : 1;

    static IEnumerable<string> Makes(TypeDeclarationSyntax type) => type.Members.OfType<ConstructorDeclarationSyntax>()
        .Where(constructor => Access(constructor.Modifiers) is "public" or "protected" or "internal")
        .Select(constructor => constructor.ParameterList)
        .Append(type.ParameterList).OfType<ParameterListSyntax>()
        .Select(list => string.Join(',', list.Parameters.Select(parameter => Plain(parameter.Type?.ToString() ?? ""))));

    // Of a type's name what a caller depends on: without namespaces, and without annotations for null.
    static string Plain(string type) => Qualifiers().Replace(type, "");

    [GeneratedRegex(@"global::|\w+\.|[?\s]")]
    private static partial Regex Qualifiers();

    static bool RepairMembers(SourceEdits changes, TypeDeclarationSyntax wanted, List<SourceMember> there, SourceTree taken, string type)
    {
        bool any = false;
        var missing = new List<string>();
        foreach (MemberDeclarationSyntax member in wanted.Members)
        {
            if (member is not (MethodDeclarationSyntax or PropertyDeclarationSyntax)
                || Access(member.Modifiers) is not ("public" or "protected")) continue;
            var declared = new SourceMember(SourceMember.NamesOf(member).First(), "", member);
            var same = taken.Find(declared.FullName);
            if (same.FirstOrDefault(other =>
                Plain(other.Parameters) == Plain(declared.Parameters) && Face(other.Syntax) == Face(member)) is not null) continue;
            if (same.Count == 0 && Bases(wanted, there, taken).Any(of => taken.Find($"{of}.{declared.Name}").Any(other =>
                !other.Syntax.Modifiers.Any(SyntaxKind.AbstractKeyword)
                    && Plain(other.Parameters) == Plain(declared.Parameters) && Face(other.Syntax) == Face(member)))) continue;
            any = true;
            // One of the same name that stands in the way: of another kind, with the parameters wanted, or overriding nothing any more.
            foreach (SourceMember wrong in same)
                if (wrong.Syntax.Kind() != member.Kind() || Plain(wrong.Parameters) == Plain(declared.Parameters)
                    || wrong.Syntax.Modifiers.Any(SyntaxKind.OverrideKeyword)
                    && !wanted.Members.Any(other => SameSignature(other, wrong.Syntax)))
                    changes.Replace(wrong, "");
            // What was given works again; what was to be written says that it is missing.
            missing.Add(Missing(member.WithoutTrivia().ToFullString(), $"{type} lacks {declared.Signature}."));
        }
        if (missing.Count > 0 && there[0].Syntax is TypeDeclarationSyntax { CloseBraceToken: { RawKind: not 0 } brace })
            changes.Change(there[0].Path, new(brace.SpanStart, 0), string.Join("\n", missing) + "\n");
        return any;
    }

    // The classes between a type and the base that the handout gives it: a student's own, whose members the type inherits.
    static IEnumerable<string> Bases(TypeDeclarationSyntax wanted, IReadOnlyList<SourceMember> there, SourceTree taken)
    {
        var seen = new HashSet<string>();
        string? given = BaseOf(wanted);
        for (string? name = BaseOf([.. there.Select(one => one.Syntax)]); name is not null && name != given && seen.Add(name);)
        {
            // Beside the type, or where no namespace is.
            string space = there[0].FullName[..(there[0].FullName.LastIndexOf('.') + 1)];
            List<SourceMember> declared = [.. taken.Find(space + name).Concat(taken.Find(name)).Where(one => one.Syntax is ClassDeclarationSyntax)];
            foreach (string full in declared.Select(one => one.FullName).Distinct()) yield return full;
            name = BaseOf([.. declared.Select(one => one.Syntax)]);
        }
    }

    // Without type arguments, as declarations are named.
    static string? BaseOf(params IEnumerable<MemberDeclarationSyntax> parts) => parts.OfType<TypeDeclarationSyntax>()
        .Select(part => part.BaseList?.Types[0].Type).OfType<TypeSyntax>().Select(type => Plain(type.ToString()).Split('<')[0]).FirstOrDefault();

    static bool SameSignature(MemberDeclarationSyntax a, MemberDeclarationSyntax b) =>
        SourceMember.NamesOf(a).FirstOrDefault() == SourceMember.NamesOf(b).FirstOrDefault()
            && Plain(new SourceMember("", "", a).Parameters) == Plain(new SourceMember("", "", b).Parameters);

    static string Access(SyntaxTokenList modifiers) =>
        modifiers.FirstOrDefault(one => one.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.InternalKeyword or SyntaxKind.PrivateKeyword).Text ?? "";

    // What a caller compiled against it depends on.
    static string Face(MemberDeclarationSyntax member) =>
        Access(member.Modifiers) + member.Modifiers.Any(SyntaxKind.StaticKeyword) + member switch
        {
            MethodDeclarationSyntax method => Plain(method.ReturnType.ToString()) + method.Arity,
            PropertyDeclarationSyntax property => Plain(property.Type.ToString()),
            _ => "",
        };
}
