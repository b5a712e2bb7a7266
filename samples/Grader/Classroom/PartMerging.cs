using MyTorch.Grader.Assignments;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>Puts the grades of a class's parts into one folder of results, as if one process had graded them all.</summary>
sealed class PartMerging(AssignmentFolder folder, string handinsAt, string? secret)
{
    const int MostNamed = 5;

    /// <summary>Copies the grades of all handins; refuses parts that are not the whole class, once each.</summary>
    /// <exception cref="SourceException">
    /// A part is missing, double, unfinished or of something else; the message says what to do.
    /// </exception>
    public void Merge(IReadOnlyList<string> parts, IReadOnlyList<ClassroomHandin> handins, GradeStore into)
    {
        Dictionary<int, GradeStore> stores = Stores(parts, out int count);
        foreach ((int number, GradeStore store) in stores.OrderBy(one => one.Key))
            Check(new ClassPart(number, count), store, [.. handins.Where(new ClassPart(number, count).Holds)]);
        foreach (ClassroomHandin handin in handins) into.Take(handin, stores[ClassPart.Of(handin, count)]);
    }

    string Again(ClassPart part, string output) => $"grade {folder.Path} {handinsAt} --part {part} -o {output}";

    Dictionary<int, GradeStore> Stores(IReadOnlyList<string> parts, out int count)
    {
        string mine = folder.Assignment.Id;
        var stores = new Dictionary<int, GradeStore>();
        count = 0;
        foreach (string path in parts)
        {
            if (GradeStore.Claimed(path) is not { } claimed)
                throw new SourceException($"{path} holds no part of a class. Expected a folder that grade --part 3/10 -o DIR has written.");
            if (claimed.Assignment != mine)
                throw new SourceException($"{path} holds grades of {claimed.Assignment}, not of {mine}. Leave it out.");
            if (claimed.Part is not { } part)
                throw new SourceException($"{path} holds the results of a whole class, which need no merging. Leave it out.");
            if (count > 0 && part.Count != count)
                throw new SourceException(FormattableString.Invariant(
                    $"{path} is part {part}, but {parts[0]} is one of {count} parts. Leave out the parts of the other division."));
            count = part.Count;
            if (!stores.TryAdd(part.Number, new GradeStore(path, folder, secret)))
                throw new SourceException($"{path} and {stores[part.Number].Output} are both part {part}. Leave one of them out.");
        }
        int all = count;
        ClassPart[] missing = [.. Enumerable.Range(1, count).Where(number => !stores.ContainsKey(number))
            .Select(number => new ClassPart(number, all))];
        if (missing.Length > 0)
            throw new SourceException($"{Named(missing.Select(part => $"{part}"))} {(missing.Length == 1 ? "is" : "are")} missing. Name " +
                $"every part's folder, or grade what was not graded yet: {Again(missing[0], "DIR")}");
        return stores;
    }

    void Check(ClassPart part, GradeStore store, IReadOnlyList<ClassroomHandin> handins)
    {
        string graded = Path.Combine(store.Output, "grades");
        string[] foreign = [.. Directory.GetDirectories(graded).Select(path => Path.GetFileName(path)!)
            .Except(handins.Select(handin => handin.Key)).Order(StringComparer.Ordinal)];
        if (foreign.Length > 0)
            throw new SourceException($"{store.Output} has grades of {Named(foreign)}, which {(foreign.Length == 1 ? "is" : "are")} not " +
                $"in part {part} of {handinsAt}. Name the folder of handins that was graded; or, if handins were taken out of it, delete " +
                $"the folders of these names in {graded}.");
        ClassroomHandin[] open = [.. handins.Where(handin => !store.IsKept(handin)
            && store.Read(handin)?.Status != GradeStatus.GraderError)];
        if (open.FirstOrDefault(store.HasOtherMarks) is not null)
            throw new SourceException($"{store.Output} was graded with another version of the assignment, another secret or another " +
                $"build of the grader. Use the same for all parts and for merge, and grade it again: {Again(part, store.Output)}");
        if (open.Length > 0)
            throw new SourceException($"Part {part} is not finished: {Named(open.Select(handin => handin.Students[0]))} " +
                $"{(open.Length == 1 ? "is" : "are")} not graded. Continue it: {Again(part, store.Output)}");
    }

    static string Named(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return string.Join(", ", all.Take(MostNamed))
            + (all.Length > MostNamed ? FormattableString.Invariant($" and {all.Length - MostNamed} more") : "");
    }
}
