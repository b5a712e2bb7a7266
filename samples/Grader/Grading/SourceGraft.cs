using Microsoft.CodeAnalysis.CSharp.Syntax;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>
/// Puts a student's answer to one question into the reference, so that it is graded with all else right. It brings the question's members,
/// the helpers beside them, the usings of their files, and the files that the student added.
/// </summary>
sealed class SourceGraft
{
    readonly StudentBuild _build;
    readonly SourceTree _reference;
    readonly SourceEdits _edits;
    readonly HashSet<string> _types = [];
    readonly Dictionary<string, HashSet<string>> _usings = [];

    SourceGraft(StudentBuild build, SourceTree reference) => (_build, _reference, _edits) = (build, reference, new SourceEdits(reference));

    /// <summary>The reference with the student's answer; null if a member of the question is missing.</summary>
    public static SourceTree? IntoReference(Question question, SourceTree reference, StudentBuild build, IReadOnlyList<string> readingSet)
    {
        var graft = new SourceGraft(build, WithoutHelpers(question, reference));
        foreach (SourceMember ours in question.Blank.SelectMany(graft._reference.Find))
            if (!graft.Take(ours)) return null;
        graft.AddUsings();
        SourceTree source = graft._edits.Apply();
        foreach (string path in build.Graded)
            if (!readingSet.Contains(path)) source = source.With(path, build.Source[path]);
        return source;
    }

    /// <summary>
    /// The reference without the answers to questions that this one does not need: a rule that is computed by an engine that the student
    /// did not write has no points.
    /// </summary>
    /// <param name="assignment">The assignment.</param>
    /// <param name="question">The question that is graded alone.</param>
    /// <param name="needed">The ids of the questions that it needs, directly or not.</param>
    /// <param name="reference">The reference.</param>
    public static SourceTree WithoutOthers(Assignment assignment, Question question, IReadOnlySet<string> needed, SourceTree reference)
    {
        var kept = assignment.Questions.Where(one => one == question || needed.Contains(one.Id)).ToList();
        HashSet<SourceMember> stay = [.. kept.SelectMany(one => one.Blank.Concat(one.Remove)).SelectMany(reference.Find)];
        var edits = new SourceEdits(reference);
        foreach (Question other in assignment.Questions.Except(kept))
        {
            foreach (SourceMember helper in other.Remove.SelectMany(reference.Find).Where(member => !stay.Contains(member)))
                edits.Remove(helper);
            foreach (SourceMember member in other.Blank.SelectMany(reference.Find).Where(member => !stay.Contains(member)))
                edits.Blank(member, $"{other.Id} {member.ShortName}: question {question.Id} is graded without it");
        }
        return edits.Apply();
    }

    // The helpers that the question's own body is made of are the answer.
    static SourceTree WithoutHelpers(Question question, SourceTree reference)
    {
        var edits = new SourceEdits(reference);
        foreach (SourceMember helper in question.Remove.SelectMany(reference.Find)) edits.Remove(helper);
        return edits.Apply();
    }

    bool Take(SourceMember ours)
    {
        SourceMember? theirs = _build.Source.Find(ours.FullName)
            .FirstOrDefault(member => member.Parameters == ours.Parameters && _build.Graded.Contains(member.Path));
        if (theirs is null) return false;
        _edits.Replace(ours, theirs.Syntax.ToString());
        if (_types.Add(ours.Owner))
        {
            string[] helpers = [.. HelpersBeside(ours)];
            if (helpers.Length > 0) _edits.AddAfter(ours, string.Join("\n\n", helpers));
        }
        if (!_usings.TryGetValue(ours.Path, out HashSet<string>? usings)) _usings[ours.Path] = usings = [];
        usings.UnionWith(UsingsOf((CompilationUnitSyntax)theirs.Syntax.SyntaxTree.GetRoot()));
        return true;
    }

    IEnumerable<string> HelpersBeside(SourceMember ours) => _build.Source.Members.Values.SelectMany(members => members)
        .Where(member => member.Owner == ours.Owner && _build.Graded.Contains(member.Path) && !IsInReference(member))
        .Select(member => member.Syntax).Distinct().Select(helper => helper.ToString());

    bool IsInReference(SourceMember member) => _reference.Find(member.FullName).Any(other => other.Parameters == member.Parameters);

    void AddUsings()
    {
        foreach ((string path, HashSet<string> wanted) in _usings)
        {
            wanted.ExceptWith(UsingsOf((CompilationUnitSyntax)_reference.Syntax(path).GetRoot()));
            if (wanted.Count > 0) _edits.Change(path, new(0, 0),
                string.Concat(wanted.Order(StringComparer.Ordinal).Select(one => one + " ")));
        }
    }

    static IEnumerable<string> UsingsOf(CompilationUnitSyntax file) => file.Usings.Select(one => one.ToString());
}
