using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;
using MyTorch.Probes;

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
            (IReadOnlyList<AssignmentProblem> problems, Reference? reference) = AssignmentTrial.Run(folder, questions);
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
            TryVariants(grader, folder, questions);
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

    // Right, and exact: of a correct answer staff is not told that it looks numerical.
    static bool IsFull(GradeReport report) => report.Status == GradeStatus.Graded && report.Score == report.MaxScore
        && !report.Questions.Any(question => question.LooksNumerical);

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
            (double score, double max, IReadOnlyList<Finding> findings) = grader.Try(mistake);
            // With another number it need not show in the cases that were drawn.
            if (score >= max && !mistake.IsFirstForm) continue;
            string problem = score >= max ? ": it answers like the reference. Is the code wrong? Then the probe's inputs do not show it"
                : findings is not [{ Mistakes: [var named] }] || named != mistake.Of[0] ? $": it is recognised as {Named(findings)}"
                : grader.Hint(named) == named ? ": it has no hint" : "";
            Line(problem.Length == 0, $"[{i + 1}/{mistakes.Length}] mistake {mistake.Id}: {score} of {max} points{problem}");
        }
        foreach (Mistake right in grader.RightForms.Where(right => order.Contains(right.Question)))
        {
            (double score, double max, _) = grader.Try(right);
            Line(score == max, $"right form {right.Id}: {score} of {max} points");
        }
        TryPairs(grader, [.. mistakes.SelectMany(mistake => mistake.Of).Distinct()]);
    }

    static string Named(IReadOnlyList<Finding> findings) => findings.Count == 0 ? "no known mistake"
        : string.Join("; ", findings.Select(one =>
            string.Join(" or ", one.Mistakes) + (one.Results.Count == 0 ? "" : $" ({one.Results[0]})")));

    // Two at once: each is named, or the one that hides the other, or single mistakes that give all the same values; and no other.
    void TryPairs(HandinGrader grader, IReadOnlyList<string> mistakes)
    {
        (int both, int hidden, int another, int silent) = (0, 0, 0, 0);
        var questions = grader.Mistakes.Where(mistake => mistake.IsFirstForm)
            .ToDictionary(mistake => mistake.Id, mistake => mistake.Question);
        foreach (Mistake pair in grader.PairsWhere(pair => pair.Of.All(mistakes.Contains)))
            foreach (string question in pair.Of.Select(one => questions[one]).Distinct())
            {
                (double score, double max, IReadOnlyList<Finding> findings) = grader.Try(pair, question);
                // One of them makes good what the other does, or does not concern the question.
                if (score >= max) continue;
                if (findings.Count == 0) silent++;
                else if (pair.Of.All(one => findings.Any(finding => finding.Mistakes.Contains(one)))) both++;
                else if (findings.All(finding => finding.Mistakes.Any(pair.Of.Contains))) hidden++;
                else if (findings is [{ Results: [] or [Finding.TheException] }]) another++;
                else Line(false, $"mistakes {pair.Id}: {score} of {max} points in {question}: recognised as {Named(findings)}");
            }
        int all = both + hidden + another + silent;
        if (all == 0) return;
        Line(true, $"two mistakes at once, {all} times: both are named {both} times, the one that hides the other {hidden} times,");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"       others that give all the same values {another} times, none, as too many would give them, {silent} times"));
    }

    // Variants that write different files are one handin, since most of the time is the compiler's; each is tried alone if they fail.
    void TryVariants(HandinGrader grader, AssignmentFolder folder, IReadOnlyList<Question> questions)
    {
        List<(string Name, SourceTree Files)> waiting = [.. folder.Variants];
        waiting.RemoveAll(variant => !Concerns(variant.Files, grader.Sources.Reference, questions));
        while (waiting.Count > 0)
        {
            var together = new List<(string Name, SourceTree Files)>();
            foreach ((string Name, SourceTree Files) variant in waiting)
                if (!together.Exists(other => other.Files.Paths.Any(variant.Files.Contains))) together.Add(variant);
            waiting.RemoveAll(together.Contains);
            GradeReport all = Graded(grader, together.Select(variant => variant.Files));
            foreach ((string name, SourceTree files) in together)
            {
                GradeReport report = IsFull(all) || together.Count == 1 ? all : Graded(grader, [files]);
                Line(IsFull(report), $"variant {name}: {report.Score} of {report.MaxScore} points{Problem(report)}");
            }
        }
    }

    static GradeReport Graded(HandinGrader grader, IEnumerable<SourceTree> variants)
    {
        SourceTree theirs = variants.Aggregate(SourceTree.Empty, (all, files) => all.With(files));
        IEnumerable<(string, string)> reference = grader.Assignment.ReadingSet
            .Where(path => !theirs.Contains(path)).Select(path => (path, grader.Sources.Reference[path]));
        return grader.Grade(() => grader.Checkout(reference.Concat(theirs.Paths.Select(path => (path, theirs[path])))));
    }

    // Whether a variant writes one of the questions' members in another way than the reference. A question without members needs them all.
    static bool Concerns(SourceTree variant, SourceTree reference, IReadOnlyList<Question> questions) =>
        questions.Any(question => question.Blank.Count == 0)
        || questions.SelectMany(question => question.Blank).SelectMany(reference.Find).Any(mine => variant.Contains(mine.Path)
            && !variant.Find(mine.FullName).Any(theirs => SyntaxFactory.AreEquivalent(theirs.Syntax, mine.Syntax)));

    string Problem(GradeReport report) => string.Concat(report.Staff.Split('\n').Except(_saidOfAll).Prepend(report.Message)
        .Concat(report.Build.Errors)
        .Concat(report.Questions.SelectMany(question => question.Tests)
            .Where(test => test.Outcome is not (Outcome.Passed or Outcome.NotImplemented))
            .Select(test => $"{test.Id}: {test.Outcome}: {test.Message}"))
        .Where(text => text.Length > 0).Select(text => "\n       " + text));
}
