using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Tests.Grading;

/// <summary>
/// The assignment of three questions that the grader is tested on, and handins made for it from the reference by small edits.
/// </summary>
static class TinyAssignment
{
    /// <summary>Its folder in this checkout: handins are graded against the checkout's own library.</summary>
    internal static string Folder { get; } = Path.Combine(Here(), "assignments", "tiny");

    /// <summary>It, read once: with it the library's source is parsed.</summary>
    internal static AssignmentFolder Loaded { get; } = AssignmentFolder.Load(Folder);

    static readonly Lazy<Reference> s_reference = new(() => new Reference(Loaded, new AssignmentSources(Loaded)));

    static readonly Lazy<HandinGrader> s_grader = new(() => new HandinGrader(Loaded, new GradeOptions { Secret = "a secret"u8.ToArray() }, Reference));

    static readonly Lazy<GradeReport> s_ofReference = new(() => GradeSource(Grader.Sources.Reference));

    internal static string BadHandins { get; } = Path.Combine(Here(), "bad");

    /// <summary>Its reference, made once: to compile it takes seconds.</summary>
    internal static Reference Reference => s_reference.Value;

    /// <summary>A grader made once: what it prepares is the same for every handin.</summary>
    internal static HandinGrader Grader => s_grader.Value;

    internal static IReadOnlyList<string> ReadingSet { get; } = Loaded.Assignment.ReadingSet;

    static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    /// <summary>The report on the reference.</summary>
    internal static GradeReport OfReference => s_ofReference.Value;

    /// <summary>Grades the reference with these members instead of its members, and these files beside them.</summary>
    /// <param name="members">A source with namespaces, types and members; members that the reference does not have are added.</param>
    /// <param name="files">Further files by their paths, in the place of the reference's.</param>
    internal static GradeReport Grade(string members, params (string Path, string Text)[] files) => GradeSource(Edited(Grader.Sources.Reference, members), files);

    internal static GradeReport GradeSource(SourceTree source, params (string Path, string Text)[] files)
    {
        string folder = Directory.CreateTempSubdirectory("handin").FullName;
        try
        {
            Write(folder, source, files);
            return Grader.Grade(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Writes the reading set of a source, and further files.</summary>
    internal static void Write(string folder, SourceTree source, params (string Path, string Text)[] files)
    {
        foreach ((string path, string text) in ReadingSet.Where(source.Contains).Select(path => (path, source[path])).Concat(files))
        {
            string file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }

    internal static SourceTree Edited(SourceTree source, string members)
    {
        if (members.Length == 0) return source;
        var edits = new SourceEdits(source);
        var root = (CompilationUnitSyntax)SourceTree.Parse("Members.cs", members).GetRoot();
        string usings = string.Concat(root.Usings.Select(one => one.ToString() + " "));
        var changed = new HashSet<string>();
        foreach (TypeDeclarationSyntax type in root.DescendantNodes().OfType<TypeDeclarationSyntax>())
        {
            string added = "";
            SourceMember? last = null;
            foreach (MemberDeclarationSyntax member in type.Members)
            {
                var written = new SourceMember(SourceMember.NamesOf(member).First(), "", member);
                if (source.Find(written.FullName).FirstOrDefault(other => other.Parameters == written.Parameters) is { } original) edits.Replace(last = original, member.ToString());
                else added += "\n" + member;
            }
            last ??= source.Members.Values.SelectMany(all => all).First(other => other.Owner == SourceMember.NamesOf(type).First());
            if (added.Length > 0) edits.AddAfter(last, added);
            if (usings.Length > 0 && changed.Add(last.Path)) edits.Change(last.Path, new(0, 0), usings);
        }
        return edits.Apply();
    }

    internal static TestReport Test(this GradeReport report, string id) => report.Questions.SelectMany(question => question.Tests).Single(test => test.Id == id);

    internal static QuestionReport Question(this GradeReport report, string id) => report.Questions.Single(question => question.Id == id);
}
