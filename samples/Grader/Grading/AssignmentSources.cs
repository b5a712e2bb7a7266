using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>The three states of an assignment's source: whole, with one form of each rule only, and as handed out.</summary>
sealed class AssignmentSources
{
    readonly AssignmentFolder _folder;

    public AssignmentSources(AssignmentFolder folder)
    {
        Library = folder.Reference;
        _folder = folder;
        Handout = Stubs.Of(folder);
        var blanked = Stubs.Blanked(folder.Assignment, Library).Select(pair => pair.Member).ToHashSet();
        var removing = new SourceEdits(Library);
        // Overrides only: a helper may be what the reference's own body is made of.
        foreach (SourceMember member in Stubs.TakenOut(folder))
            if (!blanked.Contains(member) && member.Syntax.Modifiers.Any(SyntaxKind.OverrideKeyword)) removing.Remove(member);
        Reference = removing.Apply();
    }

    /// <summary>The library of this checkout with the assignment's <c>reference/</c> over it.</summary>
    public SourceTree Library { get; }

    /// <summary>The files of the checkout's library that are not part of <see cref="Library"/>, by their paths, as texts.</summary>
    public IReadOnlyDictionary<string, string> BesideHomework => _folder.BesideHomework;

    /// <summary>Whether a file lies in a folder of the library of which the homework compiles no file.</summary>
    public bool IsBeside(string path) => _folder.IsBeside(path);

    /// <summary>
    /// The library without the other forms of its rules, in one pass or forwards, which would do the work of a body that is wrong.
    /// </summary>
    public SourceTree Reference { get; }

    /// <summary>What the student starts from.</summary>
    public SourceTree Handout { get; }
}
