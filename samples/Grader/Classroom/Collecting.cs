using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Handouts;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>
/// A class's code as programs that look for copies want it: a folder for each question, a file in it for each student, and apart the code
/// that all were given.
/// </summary>
static class Collecting
{
    /// <summary>Writes <c>4.2/STUDENT.cs</c> and <c>base/4.2/base.cs</c>; returns how many students were taken.</summary>
    /// <exception cref="SourceException">The folder holds no handins.</exception>
    public static int Write(AssignmentFolder folder, string handins, string target, Action<string> notes)
    {
        Assignment assignment = folder.Assignment;
        if (!Directory.Exists(handins)) throw new SourceException($"There is no folder {handins}.");
        (IReadOnlyList<ClassroomHandin> all, IReadOnlyList<LeftOutHandin> leftOut) = HandinFolder.Read(handins);
        foreach (LeftOutHandin one in leftOut) notes($"{one.Entry}: left out, {one.Reason}");
        if (all.Count == 0) throw new SourceException($"{handins} holds no handins.");
        foreach ((string id, string text) in HandinCode.ByQuestion(assignment, folder.Reference, Stubs.Of(folder)))
            Save(Path.Combine(target, "base", id, "base.cs"), text);
        int taken = 0;
        foreach (ClassroomHandin handin in all)
            try
            {
                var code = HandinCode.ByQuestion(assignment, folder.Reference,
                    HandinCode.Graded(assignment, folder.Reference, Handin.Read(handin.Path, assignment)));
                foreach ((string id, string text) in code) Save(Path.Combine(target, id, handin.Key + ".cs"), text);
                taken++;
            }
            catch (InvalidHandinException e)
            {
                notes($"{string.Join(", ", handin.Students)}: left out. {e.Message}");
            }
        return taken;
    }

    static void Save(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text + "\n");
    }
}
