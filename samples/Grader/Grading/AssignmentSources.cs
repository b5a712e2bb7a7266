using MyTorch.Grader.Assignments;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Grading;

/// <summary>The three states of an assignment's source: whole, with the reference's bodies but without what the handout leaves out, and as handed out.</summary>
sealed class AssignmentSources
{
    public AssignmentSources(AssignmentFolder folder)
    {
        Library = folder.Reference;
        Handout = Stubs.Of(folder);
        var blanked = Stubs.Blanked(folder.Assignment, Library).Select(pair => pair.Member).ToHashSet();
        var removing = new SourceEdits(Library.Without(path => Stubs.IsLeftOut(folder.Assignment, path)));
        foreach (SourceMember member in Stubs.TakenOut(folder))
            if (!blanked.Contains(member) && !Stubs.IsLeftOut(folder.Assignment, member.Path)) removing.Remove(member);
        Reference = removing.Apply();
    }

    /// <summary>The library of this checkout with the assignment's <c>reference/</c> over it.</summary>
    public SourceTree Library { get; }

    /// <summary>The handout with every body filled in as the reference has it.</summary>
    public SourceTree Reference { get; }

    /// <summary>What the student starts from.</summary>
    public SourceTree Handout { get; }
}
