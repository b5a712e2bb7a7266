using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Sandboxing;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>
/// Whether the handout computes what a question asks for: whatever a student could call is called, with all values that are at hand in the
/// body to write, and compared with the reference's answer.
/// </summary>
/// <remarks>
/// The calls run in a separate process, since one may never return, or end the process. A member that does is left out, and the
/// rest is tried again.
/// </remarks>
static class LeakProof
{
    /// <summary>The hidden verb of the searching process.</summary>
    public const string Verb = "search-leaks";

    internal const string JobFile = "job.json", SearchedFile = "MyTorch.dll", HandoutFile = "handout.dll", ProbesFile = "probes.dll",
        FindingsFile = "findings", SkippedFile = "skipped", ProgressFile = "progress", MembersFile = "members";

    /// <summary>How what was not tried begins: members with a parameter of a type, and members with many arguments.</summary>
    internal const string NoValue = "members with a parameter of a type for which there is no value: ",
        Failed = "the search failed: ",
        Threads = "what is left of members that start threads: ",
        Slow = "what is left of members that took too long: ",
        FirstOnly = "members of which the first combinations of arguments were tried only: ",
        Twice = "two calls, to the end of pairs of a member and a parameter that is given a result: ";

    const int MostRestarts = 40;

    static readonly TimeSpan s_most = TimeSpan.FromMinutes(15);

    /// <summary>What is found, member by member of each question; the last has what was not tried of any.</summary>
    /// <param name="folder">The assignment.</param>
    /// <param name="asked">The questions or groups to try; null for all.</param>
    /// <param name="planted">Files that are added to the handout, to see whether they are found.</param>
    /// <param name="effort">How many times the usual calls and seconds are allowed, at least 1.</param>
    public static IEnumerable<LeakFindings> Run(
        AssignmentFolder folder, IReadOnlyCollection<string>? asked = null, SourceTree? planted = null, int effort = 1)
    {
        var sources = new LeakSources(folder, planted);
        TimeSpan most = s_most * effort;
        var job = sources.Job with
        {
            Effort = effort,
            Questions = [.. sources.Job.Questions
                .Where(one => asked is null || asked.Contains(one.Id) || asked.Contains(one.Id.Split('.')[0]))],
        };
        using var scratch = new Scratch();
        CSharpCompilation searched = sources.Searched.CompileLibrary();
        File.WriteAllBytes(Path.Combine(scratch.Folder, SearchedFile), Compiling.Emit(searched));
        File.WriteAllBytes(Path.Combine(scratch.Folder, HandoutFile), Compiling.Emit(sources.Handout.CompileLibrary()));
        File.WriteAllBytes(Path.Combine(scratch.Folder, ProbesFile), Compiling.Emit(Reference.ProbesAndHost(folder.Probes, searched)));
        File.WriteAllText(Path.Combine(scratch.Folder, JobFile), JsonSerializer.Serialize(job));
        var findings = new GrowingLines(Path.Combine(scratch.Folder, FindingsFile));
        var skipped = new List<string>();
        string[] members = [.. job.Questions.SelectMany(one => one.Members.Select(member => member.In(one)))];
        var clock = Stopwatch.StartNew();
        for (int restarts = 0; ; restarts++)
        {
            File.WriteAllLines(Path.Combine(scratch.Folder, SkippedFile), skipped);
            using var process = new LeakProcess(scratch.Folder);
            bool runs = true;
            while (runs && clock.Elapsed < most)
            {
                runs = process.Runs();
                foreach (string line in findings.More()) yield return JsonSerializer.Deserialize<LeakFindings>(line)!;
            }
            if (process.HasSucceeded) break;
            if (runs || restarts == MostRestarts)
            {
                string why = runs ? $"it ended after {most.TotalMinutes} minutes"
                    : $"it ended after {MostRestarts} members that do not return";
                string open = string.Join(", ", members.Skip(findings.Count));
                yield return new LeakFindings("any question", 0, [], [], [$"{Failed}{why}; these were not searched to the end: {open}"]);
                break;
            }
            string at = LastMember(scratch.Folder)
                ?? throw new SourceException($"The search for leaks ended before it began:\n{process.Errors}");
            if (skipped.Contains(at)) throw new SourceException($"The search for leaks does not get past {at}:\n{process.Errors}");
            skipped.Add(at);
        }
        IEnumerable<string> left = skipped.Select(member => $"{member}: it does not return, or ends or breaks the process");
        string[] notTried = [.. left, .. sources.NotTried];
        if (notTried.Length > 0) yield return new LeakFindings("any question", 0, [], [], notTried);
    }

    /// <summary>Two numbers that both processes see: how many calls were begun, and the line of the member that is called.</summary>
    internal static MemoryMappedFile OpenProgress(string folder) => MemoryMappedFile.CreateFromFile(
        new FileStream(Path.Combine(folder, ProgressFile), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), null, 16,
        MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);

    static string? LastMember(string folder)
    {
        int at = BitConverter.ToInt32(File.ReadAllBytes(Path.Combine(folder, ProgressFile)), 8);
        string members = Path.Combine(folder, MembersFile);
        return at > 0 && File.Exists(members) && File.ReadAllLines(members) is { } names && at <= names.Length ? names[at - 1] : null;
    }

    /// <summary>Findings as lines: each leak, or that there is none; then what building blocks give.</summary>
    public static IEnumerable<string> Describe(LeakFindings found)
    {
        foreach (Leak leak in found.Leaks) yield return $"WRONG  {found.Member}: {leak.Expression} gives {leak.Answer}";
        if (found.Leaks.Count == 0 && found.Calls > 0)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"ok     {found.Member}: none of {found.Calls:N0} calls gives its answer away");
        foreach (Leak block in found.Blocks)
            yield return $"       {found.Member}: building blocks give {block.Answer} as {block.Expression}";
        foreach (Leak one in found.Forbidden)
            yield return $"       {found.Member}: what `forbidden` names gives {one.Answer} as {one.Expression}";
        if (found.HasFailed) yield return $"WRONG  {found.Member}: {string.Join("; ", found.NotTried)}";
    }

    /// <summary>What was not tried of all members to write, as lines.</summary>
    public static IEnumerable<string> DescribeNotTried(IReadOnlyList<LeakFindings> all)
    {
        ILookup<string, string> members = all.Where(found => !found.HasFailed)
            .SelectMany(found => found.NotTried.Select(what => (what, found.Member))).ToLookup(pair => pair.what, pair => pair.Member);
        yield return "Not tried:";
        yield return "       expressions of three calls or more; of two, those with whole numbers, a text or a large result as argument";
        yield return "       lists that a member fills, and functions that a returned function returns";
        yield return "       Float32; packages and the platform, such as Math.Tanh";
        string[] kinds = [NoValue, FirstOnly, Slow, Threads, Twice];
        string KindOf(string what) => kinds.FirstOrDefault(kind => what.StartsWith(kind, StringComparison.Ordinal)) ?? "";
        foreach (IGrouping<string, string> kind in members.Select(group => group.Key).GroupBy(KindOf))
            if (kind.Key.Length > 0)
                yield return $"       {kind.Key}{string.Join("; ", kind.Key == Twice
                    ? kind.SelectMany(what => members[what].Select(member => $"{member} {what[kind.Key.Length..]}")).Order()
                    : kind.Select(what => what[kind.Key.Length..]).Order())}";
            else
                foreach (string what in kind) yield return $"       {what} ({string.Join(", ", members[what])})";
    }
}
