using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Reports;

/// <summary>Predictions of classes: confusions, precision and recall, ROC of two classes, calibration.</summary>
static class ClassSection
{
    static readonly double[] s_thresholds = [0.1, 0.25, 0.5, 0.75, 0.9];

    const int MostClassesOfMatrix = 20, MostClasses = 60, MostConfusions = 30;

    internal static void Write(StringBuilder main, ReportFacts facts, ClassPredictions classes)
    {
        if (!facts.HasScore) return;
        Dataset test = facts.Test;
        string[] names = [.. test.ClassNames.Select(name => Cited.Text(name, 30))];
        var present = facts.PerClass.Where(score => score.Rows > 0).ToArray();
        double logLoss = -classes.OfTruth.Average(p => Math.Log(Math.Max(p, 1e-15)));
        main.Append("<section><h2 id=\"predictions\">Predictions on the test rows</h2>\n")
            .Append(CultureInfo.InvariantCulture,
                $"<p>Accuracy {Html.Percent(facts.Score)}; balanced accuracy, the mean recall of the classes, " +
                $"{Html.Percent(present.Average(score => score.Recall))}; mean F1 " +
                $"{Html.Number(present.Average(score => score.F1), 3)}; log loss {Html.Number(logLoss, 4)}.</p>\n");
        main.Append("<div class=\"columns\">\n");
        Matrix(main, classes, names);
        PerClass(main, facts, names);
        main.Append("</div>\n<div class=\"columns\">\n");
        if (classes.OfSecond is not null && classes.Truth.Distinct().Count() == 2) Roc(main, classes, names);
        Calibration(main, classes, names);
        main.Append("</div></section>\n");
    }

    static void Matrix(StringBuilder main, ClassPredictions classes, string[] names)
    {
        var counts = classes.Confusions();
        main.Append("<div><h3>Confusion matrix</h3>\n");
        if (names.Length <= MostClassesOfMatrix)
        {
            const string caption = "Rows of each true class by predicted class; framed cells are right";
            main.Append(CultureInfo.InvariantCulture,
                $"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table " +
                $"class=\"matrix\"><caption>{caption}</caption>\n<thead><tr><th scope=\"col\">true \\ predicted</th>")
                .AppendJoin("", names.Select(name => $"<th scope=\"col\">{Html.Escape(name)}</th>")).Append("</tr></thead>\n<tbody>\n");
            for (int t = 0; t < names.Length; t++)
            {
                main.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Html.Escape(names[t])}</th>");
                for (int p = 0; p < names.Length; p++)
                {
                    int count = counts.GetValueOrDefault((t, p));
                    main.Append(CultureInfo.InvariantCulture,
                        $"<td class=\"{(t == p ? "right" : count == 0 ? "none" : "wrong")}\">{Html.Count(count)}</td>");
                }
                main.Append("</tr>\n");
            }
            main.Append("</tbody></table></div>\n");
        }
        var wrong = counts.Where(pair => pair.Key.Truth != pair.Key.Predicted).OrderByDescending(pair => pair.Value).ThenBy(
            pair => pair.Key).ToArray();
        if (names.Length > 2 && wrong.Length > 0)
        {
            string table = Html.Table(wrong.Length > MostConfusions
                ? $"The {MostConfusions} most frequent of {Html.Count(wrong.Length)} confusions"
                    : "Confusions, the most frequent first",
                ["True class", "Predicted as", "Rows"], wrong.Take(MostConfusions).Select(pair => (IReadOnlyList<string>)[Html.Escape(
                    names[pair.Key.Truth]), Html.Escape(names[pair.Key.Predicted]), Html.Count(pair.Value)]), [2], tall: true);
            main.Append(names.Length > MostClassesOfMatrix
                ? table
                : $"<details><summary>The confusions as a list</summary>{table}</details>\n");
        }
        main.Append("</div>\n");
    }

    static void PerClass(StringBuilder main, ReportFacts facts, string[] names)
    {
        var ordered = facts.PerClass.Count <= MostClasses
            ? facts.PerClass
                : [.. facts.PerClass.Where(score => score.Rows > 0).OrderBy(score => score.Recall).Take(MostClasses)];
        string caption = ordered.Count < facts.PerClass.Count
            ? $"The {ordered.Count} classes of {Html.Count(facts.PerClass.Count)} with the lowest recall"
            : "Each class";
        main.Append("<div><h3>Precision and recall</h3>\n<p class=\"small\">Precision: of the rows predicted as the class, the share " +
            "that is. Recall: of the rows of the class, the share that was found. F1: their harmonic mean.</p>\n");
        main.Append(Html.Table(caption, ["Class", "Rows", "Precision", "Recall", "95 % interval of recall", "F1"], ordered.Select(score =>
        {
            ScoreInterval? interval = score.Rows > 0 ? ScoreInterval.OfShare(score.Right, score.Rows) : null;
            return (IReadOnlyList<string>)[Html.Escape(names[score.Class]), Html.Count(score.Rows), Share(score.Precision),
                Share(score.Recall),
                interval is { } i ? $"{Html.Percent(i.Low)} to {Html.Percent(i.High)}" : "–", Share(score.F1)];
        }), [1, 2, 3, 4, 5], tall: ordered.Count > 20)).Append("</div>\n");

        static string Share(double share) => double.IsFinite(share) ? Html.Percent(share) : "–";
    }

    static void Roc(StringBuilder main, ClassPredictions classes, string[] names)
    {
        var (points, area) = classes.Roc();
        string range = classes.AreaInterval() is { } interval
            ? $" The 95 % interval of the area is {Html.Number(interval.Low, 3)} to {Html.Number(interval.High, 3)}."
            : "";
        var kept = Plot.Thinned(points.Count).Select(i => points[i]).ToArray();
        main.Append(new Plot
        {
            Kind = PlotKind.Line,
            Title = string.Create(CultureInfo.InvariantCulture, $"ROC curve: area {Html.Number(area, 4)}"),
            Description = $"For each threshold of the probability of “{names[1]}”: how many rows of “{names[1]}” are found, and how " +
                $"many of “{names[0]}” are taken for it. An area of 1 is perfect, 0.5 is guessing." + range,
            XLabel = "false positives",
            YLabel = "true positives",
            X = [.. kept.Select(point => point.FalsePositives)],
            Series = [("this model", [.. kept.Select(point => point.TruePositives)]),
                ("guessing", [.. kept.Select(point => point.FalsePositives)])],
            Guide = "guessing",
            Unit = true,
        }.ToHtml());
        Thresholds(main, classes, names);
    }

    // What a decision costs depends on the threshold, and who decides should see some.
    static void Thresholds(StringBuilder main, ClassPredictions classes, string[] names)
    {
        int positives = classes.Truth.Count(label => label == 1);
        main.Append("<div><h3>Other thresholds</h3>\n").Append(
            $"<p class=\"small\">Say “{Html.Escape(names[1])}” from this probability on. The default is 0.5; a lower threshold finds " +
            "more and errs more.</p>\n");
        main.Append(Html.Table($"Thresholds for “{names[1]}”", ["From", "Found", "Missed", "False alarms", "Precision", "Recall"],
            s_thresholds.Select(threshold =>
        {
            int found = 0, alarms = 0;
            for (int i = 0; i < classes.Truth.Length; i++)
                if (classes.OfSecond![i] >= threshold && classes.Truth[i] == 1) found++;
                else if (classes.OfSecond[i] >= threshold) alarms++;
            return (IReadOnlyList<string>)[Html.Number(threshold), Html.Count(found), Html.Count(positives - found), Html.Count(alarms),
                found + alarms > 0 ? Html.Percent((double)found / (found + alarms)) : "–", Html.Percent((double)found / positives)];
        }), [0, 1, 2, 3, 4, 5])).Append("</div>\n");
    }

    static void Calibration(StringBuilder main, ClassPredictions classes, string[] names)
    {
        var (bins, error) = classes.Calibration();
        bool two = classes.OfSecond is not null;
        string what = two ? $"was “{names[1]}”" : "was right";
        var shares = bins.Select(bin => ScoreInterval.OfShare(bin.True, bin.Rows)).ToArray();
        if (bins.Count > 1)
            main.Append(new Plot
            {
                Kind = PlotKind.Line,
                Title = $"Calibration: off by {Html.Percent(error)} on average",
                Description = (two
                    ? $"Rows in ten groups by the probability that the model gave “{names[1]}”, and the share that {what}. "
                    : "Rows in ten groups by the probability that the model gave its answer, and the share that was right. ")
                    + "On the diagonal the probabilities are true. A group of few rows has a wide interval and proves little; the table " +
                    "has the counts.",
                XLabel = two ? $"probability of “{names[1]}”" : "probability it gave",
                YLabel = $"share that {what}",
                X = [0, .. bins.Select(bin => bin.Said), 1],
                Series =
                [
                    ("this model", Between(bins.Select(bin => (double)bin.True / bin.Rows))),
                    ("true probabilities", [0, .. bins.Select(bin => bin.Said), 1]),
                    ("95 % interval, low", Between(shares.Select(share => share.Low))),
                    ("95 % interval, high", Between(shares.Select(share => share.High))),
                ],
                Notes = [("rows", ["", .. bins.Select(bin => Html.Count(bin.Rows)), ""]),
                    (what, ["", .. bins.Select(bin => Html.Count(bin.True)), ""])],
                Guide = "true probabilities",
                Unit = true,
            }.ToHtml());
        main.Append(Plot.Histogram("How sure it is", "The probability that the model gave its answer, for all test rows.", "probability",
            classes.Confidence, 20).ToHtml());

        // The diagonal runs from 0 to 1; the groups lie between.
        static double[] Between(IEnumerable<double> values) => [double.NaN, .. values, double.NaN];
    }
}
