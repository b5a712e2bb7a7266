using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Source;
using MyTorch.Probes;

namespace MyTorch.Grader.Assignments;

/// <summary>
/// Whether an assignment's code does what it must on the reference: it compiles, its mistakes too, and every probe answers, alike every
/// time, with the results that its question's parts list.
/// </summary>
static class AssignmentTrial
{
    const int MostErrors = 20;

    /// <summary>Everything that is wrong with an assignment that <see cref="AssignmentCheck"/> finds nothing wrong with.</summary>
    /// <param name="folder">The assignment.</param>
    /// <param name="questions">The questions whose probes are run; null for all.</param>
    /// <returns>The problems, and the reference that was tried, for more tries; null if it does not compile.</returns>
    public static (IReadOnlyList<AssignmentProblem> Problems, Reference? Reference) Run(
        AssignmentFolder folder, IReadOnlyList<Question>? questions = null)
    {
        if (MissingFiles.Run(folder) is { Count: > 0 } missing) return ([.. missing.Take(MostErrors)], null);
        var sources = new AssignmentSources(folder);
        Reference reference;
        try
        {
            reference = new Reference(folder, sources);
        }
        catch (SourceException)
        {
            // The message has the first errors only, and does not name the mistake that contains them.
            IReadOnlyList<AssignmentProblem> errors = [.. Compile(folder, sources).Take(MostErrors)];
            if (errors.Count > 0) return (errors, null);
            throw;
        }
        // The drill of a talk is tried as a question without points.
        IReadOnlyList<Question> drill = folder.Assignment.Viva is { } viva && questions is null
            ? [new Question { Id = "viva", Title = "viva", Points = 0, Probe = viva }] : [];
        return ([.. (questions ?? folder.Assignment.Questions).Concat(drill).Where(question => question.Probe is not null)
            .SelectMany(question => Try(folder.Assignment, question, reference))], reference);
    }

    static List<AssignmentProblem> Compile(AssignmentFolder folder, AssignmentSources sources)
    {
        var problems = new List<AssignmentProblem>();
        IReadOnlyList<Mistake> mistakes = [];
        SourceTree grafted = sources.Reference;
        try
        {
            mistakes = MistakeFiles.Read(Path.Combine(folder.Path, "mistakes"));
            grafted = MistakeGraft.Apply(sources.Reference, mistakes);
        }
        catch (SourceException exception)
        {
            problems.Add(new("", "", exception.Message));
        }
        CSharpCompilation library = grafted.CompileLibrary();
        problems.AddRange(Errors(library).Select(error => Problem(folder, mistakes, error)));
        problems.AddRange(Errors(Reference.ProbesAndHost(folder.Probes, library)).Select(error => Problem(folder, mistakes, error)));
        return problems;
    }

    static IEnumerable<Diagnostic> Errors(CSharpCompilation compilation) =>
        compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    static AssignmentProblem Problem(AssignmentFolder folder, IReadOnlyList<Mistake> mistakes, Diagnostic error)
    {
        FileLinePositionSpan place = error.Location.GetMappedLineSpan();
        string file = Compiling.Describe(place);
        if (File.Exists(Path.Combine(folder.Path, "reference", place.Path))) file = "reference/" + file;
        string mistake = mistakes.FirstOrDefault(one => one.Holds(place)) is { } known ? $"mistake {known.Id}" : "";
        return new(file, mistake, Compiling.Said(error));
    }

    static IEnumerable<AssignmentProblem> Try(Assignment assignment, Question question, Reference reference)
    {
        ProbeCase[] cases = [.. assignment.Seeds.Visible.Select((seed, id) =>
            new ProbeCase(id, question, seed, Single: false, Hidden: false))];
        IReadOnlyDictionary<int, CaseResult> first = reference.Run(cases), second = reference.Run(cases);
        string place = $"question {question.Id}";
        foreach (ProbeCase one in cases)
        {
            if (Reference.Complaint(one, FormattableString.Invariant($"visible case {one.Id + 1}"), first[one.Id]) is { } complaint)
            {
                yield return new("", "", complaint);
                yield break;
            }
            if (!Alike(first[one.Id].Returned, second[one.Id].Returned))
            {
                yield return new("probes", question.Probe!,
                    $"two runs of question {question.Id} with one seed differ; draw everything from `probe`.");
                yield break;
            }
        }
        string[] names = [.. cases.SelectMany(one => first[one.Id].Returned).Select(result => result.Name).Distinct()];
        foreach (Part part in question.Parts)
            foreach (string pattern in part.Returns)
                if (!cases.Any(one => first[one.Id].Returned.Any(result => result.IsListedAs(pattern))))
                    yield return new("assignment.json", $"{place}, part {part.Id}",
                        $"no result is named {pattern}; the probe returns {string.Join(", ", names)}.");
    }

    static bool Alike(IReadOnlyList<Returned> a, IReadOnlyList<Returned> b) =>
        a.Count == b.Count && a.Zip(b)
            .All(pair => pair.First.Name == pair.Second.Name && pair.First.Values.AsSpan().SequenceEqual(pair.Second.Values));
}
