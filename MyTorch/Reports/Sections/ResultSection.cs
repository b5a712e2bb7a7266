using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Reports;

/// <summary>What matters first: the score beside other answers, whether it can be trusted, and the next step.</summary>
static class ResultSection
{
    internal static void Write(StringBuilder main, ReportFacts facts)
    {
        TrainingReport report = facts.Report;
        main.Append(CultureInfo.InvariantCulture,
            $"<header><h1>{Html.Escape(facts.Title)}</h1>\n<p class=\"quiet\">{Html.Escape(Subject(facts))}</p></header>\n");
        main.Append("<section class=\"result\" aria-label=\"The result\">\n");
        if (facts.HasScore)
        {
            main.Append(CultureInfo.InvariantCulture,
                $"<p class=\"score\">{Html.Escape(Headline(facts))}</p>\n<p>{Html.Escape(Meaning(facts))}</p>\n");
            if (facts.Classes is { } classes && Beyond(facts, classes) is { Length: > 0 } more)
                main.Append(CultureInfo.InvariantCulture, $"<p>{Html.Escape(more)}</p>\n");
            main.Append(Scores(facts));
        }
        else main.Append("<p class=\"score\">No score</p>\n<p>Outputs of the model are NaN or infinite.</p>\n");
        main.Append("</section>\n");

        main.Append("<section><h2 id=\"trust\">Can I trust it?</h2>\n<ul class=\"checks\">\n");
        foreach (TrustCheck check in facts.Checks)
        {
            var (kind, word) = check.Verdict switch
            {
                Verdict.Good => ("full", "✓ fine"),
                Verdict.Look => ("look", "◆ look"),
                _ =>
                ("lost", "✗ no")
            };
            main.Append(CultureInfo.InvariantCulture, $"<li><b class=\"{kind}\">{word}</b><span>{Html.Escape(check.Says)}</span></li>\n");
        }
        main.Append("</ul>\n");
        string[] steps = [.. facts.Checks.Select(check => check.Next).OfType<string>().Distinct().Take(4)];
        main.Append("<h2 id=\"next\">The next step</h2>\n");
        if (steps.Length == 0)
            main.Append("<p>Nothing here speaks against the model. Try it on rows that were collected later than these, the way it " +
                "will be used.</p>\n");
        else main.Append("<ol>\n").AppendJoin("", steps.Select(step => $"<li>{Html.Escape(step)}</li>\n")).Append("</ol>\n");
        if (report.Usage is { } usage)
            main.Append(CultureInfo.InvariantCulture,
                $"<p>The model is used so:</p>\n<pre class=\"wrapped\" tabindex=\"0\" role=\"region\" aria-label=\"How the " +
                $"model is used\"><code>{Html.Text(usage, 2000)}</code></pre>\n");
        main.Append("</section>\n");
        main.Append("<nav aria-label=\"Parts of this page\"><ul>")
            .AppendJoin("", Parts(facts).Select(part => $"<li><a href=\"#{part.Id}\">{part.Title}</a></li>")).Append("</ul></nav>\n");
    }

    static IEnumerable<(string Id, string Title)> Parts(ReportFacts facts)
    {
        yield return ("training", "Training");
        if (facts.HasScore)
        {
            yield return ("predictions", "Predictions");
            yield return ("mistakes", facts.IsClassification ? "Worst mistakes" : "Largest errors");
            yield return ("uses", "What the model uses");
        }
        yield return ("data", "The data");
        yield return ("model", "The model");
        yield return ("settings", "How it was made");
    }

    static string Subject(ReportFacts facts)
    {
        TrainingReport report = facts.Report;
        int columns = facts.Columns.Count(column => column.Features.Length > 0);
        string what = facts.IsClassification
            ? $"{Html.Counted(facts.Test.ClassCount, "class", "classes")} of {Cited.Text(facts.Target)}"
            : $"the number {Cited.Text(facts.Target)}";
        string text = $"A model that predicts {what} from {Html.Counted(columns, "column")}. " +
            $"{Html.Counted(facts.Train.Count, "training row")}, {Html.Counted(facts.Test.Count, "test row")}";
        if (report.Split is { } split) text += $" ({Cited.Text(split, 200)})";
        text += ".";
        if (report.Date is { } date) text += $" {Cited.Text(date)}.";
        return text;
    }

    static string Headline(ReportFacts facts) => facts.IsClassification
        ? $"{Html.Percent(facts.Score)} right"
        : facts.Test.OutputCount == 1 ? $"R² {facts.Shown(facts.Score)}" : $"R² {facts.Shown(facts.Score)} on average";

    static string Meaning(ReportFacts facts)
    {
        string interval = facts.ScoreInterval is { } i && double.IsFinite(i.Low)
            ? $" On many more rows of this kind the score would be {facts.Shown(i.Low)} to {facts.Shown(i.High)} (95 % interval)."
            : "";
        if (facts.Classes is { } classes)
            return $"{Html.Count(classes.Right)} of {Html.Counted(classes.Truth.Length, "test row")} were predicted correctly.{interval}";
        NumberPredictions numbers = facts.Numbers!;
        string error = facts.Test.OutputCount == 1
            ? $" Predictions are off by {Html.Grouped(numbers.MeanAbsoluteError(0), 4)} on average, in the units of " +
                $"{Cited.Text(facts.Target)}."
            : "";
        return $"1 is perfect, 0 is as good as predicting the mean.{error}{interval}";
    }

    // What the accuracy hides: classes of different sizes, and how well two classes are told apart at any threshold.
    static string Beyond(ReportFacts facts, ClassPredictions classes)
    {
        ClassCounts[] present = [.. facts.PerClass.Where(score => score.Rows > 0)];
        if (present.Length < 2) return "";
        string text = "";
        if (present.Max(score => score.Rows) >= 3 * present.Min(score => score.Rows))
        {
            ClassCounts rare = present.MinBy(score => score.Recall)!;
            text = $"The classes differ in size: their mean recall (balanced accuracy) is " +
                $"{Html.Percent(present.Average(score => score.Recall))}, and of the rows of " +
                $"“{Cited.Text(facts.Test.ClassNames[rare.Class], 30)}” {Html.Count(rare.Right)} of {Html.Count(rare.Rows)} were found. ";
        }
        if (classes.OfSecond is null) return text.TrimEnd();
        var (_, area) = classes.Roc();
        string range = classes.AreaInterval() is { } interval
            ? $"; 95 % interval {Html.Fixed(interval.Low)} to {Html.Fixed(interval.High)}"
            : "";
        return text + $"A row of “{Cited.Text(facts.Test.ClassNames[1], 30)}” is ranked above one of " +
            $"“{Cited.Text(facts.Test.ClassNames[0], 30)}” in {Html.Percent(area)} of all pairs " +
            $"(ROC AUC {Html.Fixed(area)}{range}; 0.5 is guessing).";
    }

    static string Scores(ReportFacts facts)
    {
        string metric = facts.IsClassification ? "Accuracy" : "R²";
        var rows = new List<IReadOnlyList<string>> { Row("<strong>This model</strong>", facts.Score, facts.ScoreInterval, other: false) };
        rows.AddRange(facts.Baselines.Select(other => Row(Html.Text(Capital(other.Name)), other.Score, null, other: true)));
        rows.Add(Row(Html.Escape(Capital(facts.Constant.Name)), facts.Constant.Score, null, other: true));
        // Rows it has learned from are not a test, so they stand last.
        rows.Add(Row("This model on its training rows", facts.TrainScore, null, other: true));
        return Html.Table("Scores on the test rows", ["Predictor", metric, "From 0 to 1; the line is the 95 % interval"], rows, [1]);

        IReadOnlyList<string> Row(string name, double score, ScoreInterval? interval, bool other) =>
            [name, double.IsFinite(score) ? facts.Shown(score) : "no number", Html.Bar(score, interval, other)];
    }

    static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
