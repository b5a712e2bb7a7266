using System.CommandLine;
using System.Globalization;
using MyTorch.Grader.Assignments;
using MyTorch.Grader.Grading;
using MyTorch.Grader.Reports;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Commands;

/// <summary><c>selftest ASSIGNMENT</c>: whether an assignment grades as it should, before a student meets it.</summary>
static class SelftestCommand
{
    public static Command Create()
    {
        var assignment = new Argument<string>("assignment") { Description = "The assignment's folder, which holds assignment.json." };
        var question = new Option<string?>("--question") { Description = "Try only this question (4.2) or group (4)." };
        var command = new Command(
            "selftest", "Tries an assignment: the reference gets every point, the handout none, each known mistake loses points and gets its own hint, no correct variant loses any.")
        { assignment, question };
        command.SetAction(parsed => Run(parsed.GetValue(assignment)!, Console.Out, parsed.GetValue(question)));
        return command;
    }

    /// <summary>Writes a line for each check and what is wrong; 0 if nothing is.</summary>
    internal static int Run(string folder, TextWriter output, string? asked = null)
    {
        int wrong = 0;
        void Line(bool right, FormattableString text)
        {
            if (!right) wrong++;
            output.WriteLine((right ? "ok     " : "WRONG  ") + text.ToString(CultureInfo.InvariantCulture));
        }
        try
        {
            var read = AssignmentFolder.Load(folder);
            IReadOnlyList<Question> questions = [.. read.Assignment.Questions.Where(question => asked is null || question.Id == asked || question.Group == asked)];
            if (questions.Count == 0) throw new SourceException($"There is no question or group {asked}; there are {string.Join(", ", read.Assignment.Questions.Select(one => one.Id))}.");
            foreach (AssignmentProblem problem in AssignmentTrial.Run(read)) Line(false, $"{problem}");
            if (wrong > 0)
            {
                output.WriteLine($"Mend {(wrong == 1 ? "it" : "them")} first.");
                return 1;
            }
            using var grader = new HandinGrader(read, new GradeOptions { Question = asked });
            double byHand = questions.Where(question => question.Manual).Sum(question => question.Points);

            GradeReport full = grader.Grade(grader.Sources.Reference);
            Line(full.Status == GradeStatus.Graded && full.Score == full.MaxScore, $"the reference gets {full.Score} of {full.MaxScore} points in {full.Seconds:0.0} s{(byHand > 0 ? FormattableString.Invariant($"; {byHand} more by hand") : "")}{Problem(full)}");
            GradeReport none = grader.Grade(grader.Sources.Handout);
            bool untouched = none.Questions.SelectMany(question => question.Tests).All(test => test.Outcome == Outcome.NotImplemented);
            Line(none.Status == GradeStatus.Graded && none.Score == 0 && untouched, $"the handout gets {none.Score} points, every test not implemented{Problem(none)}");

            IReadOnlyList<string> order = [.. questions.Select(question => question.Id)];
            IReadOnlyList<Mistake> mistakes = [.. grader.Mistakes.Where(mistake => order.Contains(mistake.Question)).OrderBy(mistake => order.TakeWhile(id => id != mistake.Question).Count())];
            for (int i = 0; i < mistakes.Count; i++)
            {
                Mistake mistake = mistakes[i];
                (double score, double max, string? recognised) = grader.Try(mistake);
                string problem = score >= max ? ": it answers like the reference: is it wrong code? Then the probe's inputs do not show it" : recognised != mistake.Id ? $": it is taken for {recognised ?? "nothing known"}"
                    : grader.Hint(mistake) == mistake.Id ? ": it has no hint" : "";
                Line(problem.Length == 0, $"[{i + 1}/{mistakes.Count}] mistake {mistake.Id}: {score} of {max} points{problem}");
            }

            string variants = Path.Combine(read.Path, "variants");
            foreach (string variant in Directory.Exists(variants) ? Directory.GetDirectories(variants) : [])
            {
                SourceTree theirs = SourceTree.Load(variant, "MyTorch");
                GradeReport report = grader.Grade(() => Handin.Of(
                    read.Assignment.ReadingSet.Where(path => !theirs.Contains(path)).Select(path => (path, grader.Sources.Reference[path])).Concat(theirs.Paths.Select(path => (path, theirs[path])))));
                Line(report.Status == GradeStatus.Graded && report.Score == report.MaxScore, $"variant {Path.GetFileName(variant)}: {report.Score} of {report.MaxScore} points{Problem(report)}");
            }
        }
        catch (Exception e) when (e is SourceException or AssignmentException or IOException)
        {
            Line(false, $"{e.Message}");
        }
        output.WriteLine(wrong == 0 ? "Everything is as it should be." : $"{wrong} wrong.");
        return wrong == 0 ? 0 : 1;
    }

    static string Problem(GradeReport report) => string.Concat(new[] { report.Message, report.Staff }
        .Concat(report.Build.Errors)
        .Concat(report.Questions.SelectMany(question => question.Tests).Where(test => test.Outcome is not (Outcome.Passed or Outcome.NotImplemented)).Select(test => $"{test.Id}: {test.Outcome}: {test.Message}"))
        .Where(text => text.Length > 0).Select(text => "\n       " + text));
}
