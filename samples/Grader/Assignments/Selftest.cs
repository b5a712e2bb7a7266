using System.Globalization;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Assignments;

/// <summary>
/// Checks that an assignment grades as it should: the reference, the handout, every known mistake and every correct variant.
/// </summary>
/// <param name="output">Receives a line for each check.</param>
/// <param name="asked">The question or group to try; null for all.</param>
sealed class Selftest(TextWriter output, string? asked)
{
    int _wrong;
    // What the grader says to staff about every handin: that there is no secret, for example.
    string[] _saidOfAll = [];

    /// <returns>0 if nothing is wrong; 1 otherwise.</returns>
    public int Run(string path)
    {
        try
        {
            var folder = AssignmentFolder.Load(path);
            IReadOnlyList<Question> questions = Questions(folder.Assignment);
            (IReadOnlyList<AssignmentProblem> problems, Reference? reference) = AssignmentTrial.Run(folder);
            using Reference? tried = reference;
            foreach (AssignmentProblem problem in problems) Line(false, $"{problem}");
            if (_wrong > 0)
            {
                output.WriteLine($"Correct {(_wrong == 1 ? "it" : "them")} first.");
                return 1;
            }
            using var grader = new HandinGrader(folder, new GradeOptions { Question = asked }, tried);
            TryReference(grader, questions);
            TryHandout(grader);
            TryMistakes(grader, questions);
            TryVariants(grader, folder);
        }
        catch (Exception e) when (e is SourceException or AssignmentException or IOException)
        {
            Line(false, $"{e.Message}");
        }
        output.WriteLine(_wrong == 0 ? "Everything is as it should be." : $"{_wrong} wrong.");
        return _wrong == 0 ? 0 : 1;
    }

    void Line(bool right, FormattableString text)
    {
        if (!right) _wrong++;
        output.WriteLine((right ? "ok     " : "WRONG  ") + text.ToString(CultureInfo.InvariantCulture));
    }

    IReadOnlyList<Question> Questions(Assignment assignment)
    {
        Question[] questions = [.. assignment.Questions.Where(question =>
            asked is null || question.Id == asked || question.Group == asked)];
        return questions.Length > 0 ? questions : throw new SourceException(
            $"There is no question or group {asked}. The questions are {string.Join(", ", assignment.Questions.Select(one => one.Id))}.");
    }

    static bool IsFull(GradeReport report) => report.Status == GradeStatus.Graded && report.Score == report.MaxScore;

    void TryReference(HandinGrader grader, IReadOnlyList<Question> questions)
    {
        double byHand = questions.Where(question => question.Manual).Sum(question => question.Points);
        string more = byHand > 0 ? FormattableString.Invariant($"; {byHand} more by hand") : "";
        GradeReport full = grader.Grade(grader.Sources.Reference);
        Line(IsFull(full), $"the reference gets {full.Score} of {full.MaxScore} points in {full.Seconds:0.0} s{more}{Problem(full)}");
        _saidOfAll = full.Staff.Split('\n');
    }

    void TryHandout(HandinGrader grader)
    {
        GradeReport none = grader.Grade(grader.Sources.Handout);
        bool untouched = none.Questions.SelectMany(question => question.Tests).All(test => test.Outcome == Outcome.NotImplemented);
        Line(none.Status == GradeStatus.Graded && none.Score == 0 && untouched,
            $"the handout gets {none.Score} points, every test not implemented{Problem(none)}");
    }

    void TryMistakes(HandinGrader grader, IReadOnlyList<Question> questions)
    {
        string[] order = [.. questions.Select(question => question.Id)];
        Mistake[] mistakes =
            [.. grader.Mistakes.Where(mistake => order.Contains(mistake.Question))
                .OrderBy(mistake => Array.IndexOf(order, mistake.Question))];
        foreach ((int i, Mistake mistake) in mistakes.Index())
        {
            (double score, double max, string? recognised) = grader.Try(mistake);
            string problem = score >= max ? ": it answers like the reference. Is the code wrong? Then the probe's inputs do not show it"
                : recognised != mistake.Id ? $": it is recognised as {recognised ?? "no known mistake"}"
                : grader.Hint(mistake) == mistake.Id ? ": it has no hint" : "";
            Line(problem.Length == 0, $"[{i + 1}/{mistakes.Length}] mistake {mistake.Id}: {score} of {max} points{problem}");
        }
    }

    void TryVariants(HandinGrader grader, AssignmentFolder folder)
    {
        string variants = Path.Combine(folder.Path, "variants");
        foreach (string variant in Directory.Exists(variants) ? Directory.GetDirectories(variants) : [])
        {
            SourceTree theirs = SourceTree.Load(variant, "MyTorch");
            IEnumerable<(string, string)> reference = folder.Assignment.ReadingSet
                .Where(path => !theirs.Contains(path)).Select(path => (path, grader.Sources.Reference[path]));
            GradeReport report = grader.Grade(() => Handin.Of(reference.Concat(theirs.Paths.Select(path => (path, theirs[path])))));
            Line(IsFull(report), $"variant {Path.GetFileName(variant)}: {report.Score} of {report.MaxScore} points{Problem(report)}");
        }
    }

    string Problem(GradeReport report) => string.Concat(report.Staff.Split('\n').Except(_saidOfAll).Prepend(report.Message)
        .Concat(report.Build.Errors)
        .Concat(report.Questions.SelectMany(question => question.Tests)
            .Where(test => test.Outcome is not (Outcome.Passed or Outcome.NotImplemented))
            .Select(test => $"{test.Id}: {test.Outcome}: {test.Message}"))
        .Where(text => text.Length > 0).Select(text => "\n       " + text));
}
