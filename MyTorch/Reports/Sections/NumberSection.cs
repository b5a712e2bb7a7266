using System.Globalization;
using System.Text;

namespace MyTorch.Reports;

/// <summary>Predictions of numbers: errors, predicted against true, residuals.</summary>
static class NumberSection
{
    const int MostTargets = 4, MostPoints = Plot.MostRows;

    internal static void Write(StringBuilder main, ReportFacts facts, NumberPredictions numbers)
    {
        if (!facts.HasScore) return;
        int targets = facts.Test.OutputCount;
        main.Append("<section><h2 id=\"predictions\">Predictions on the test rows</h2>\n");
        main.Append(Html.Table("Errors, in the units of the target", ["Target", "R²", "Mean absolute error", "Root mean square error",
            "Mean error", "Error of the training mean", "Range of the target"], Enumerable.Range(0, targets).Select(t =>
        {
            double[] truth = numbers.Truth[t];
            double mean = facts.TrainMean(t);
            return (IReadOnlyList<string>)[Html.Text(facts.Test.TargetNames[t]), Html.Number(numbers.R2(t), 3),
                Html.Grouped(numbers.MeanAbsoluteError(t), 4), Html.Grouped(numbers.RootMeanSquare(t), 4),
                Html.Grouped(numbers.Predicted[t].Zip(truth, (p, y) => p - y).Average(), 3), Html.Grouped(
                    truth.Average(y => Math.Abs(y - mean)), 4), $"{Html.Grouped(truth.Min(), 4)} to {Html.Grouped(truth.Max(), 4)}"];
        }), [1, 2, 3, 4, 5, 6]));
        int[] rows = [.. Enumerable.Range(0, facts.Test.Count)];
        if (rows.Length > MostPoints)
        {
            rows = [.. new Generator(facts.Report.Seed).Permutation(rows.Length)[..MostPoints]];
            main.Append(CultureInfo.InvariantCulture,
                $"<p>Points are {Html.Count(MostPoints)} of the {Html.Counted(facts.Test.Count, "test row")}, drawn at random; " +
                $"tables and histograms count all.</p>\n");
        }
        for (int t = 0; t < Math.Min(MostTargets, targets); t++)
            Target(main, facts.Test.TargetNames[t], numbers.Truth[t], numbers.Predicted[t], rows, targets > 1);
        if (targets > MostTargets)
            main.Append(CultureInfo.InvariantCulture, $"<p>The first {MostTargets} of {targets} targets are drawn.</p>\n");
        main.Append("</section>\n");
    }

    static void Target(StringBuilder main, string target, double[] truth, double[] predicted, int[] rows, bool several)
    {
        string name = Cited.Text(target, 30), of = several ? $" of {name}" : "";
        int[] byTruth = [.. rows.OrderBy(row => truth[row])], byPrediction = [.. rows.OrderBy(row => predicted[row])];
        double[] residuals = [.. truth.Zip(predicted, (t, p) => p - t)], sizes = [.. residuals.Select(Math.Abs).Order()];
        main.Append("<div class=\"columns\">\n");
        main.Append(new Plot
        {
            Kind = PlotKind.Scatter,
            Title = $"Predicted against true{of}",
            Description = "Each point is a test row. On the line the prediction is right. A flat cloud means that the model hardly " +
                "tells rows apart.",
            XLabel = $"true {name}",
            YLabel = "predicted",
            X = [.. byTruth.Select(row => truth[row])],
            Series = [("predicted", [.. byTruth.Select(row => predicted[row])]), ("right", [.. byTruth.Select(row => truth[row])])],
            Guide = "right",
        }.ToHtml());
        main.Append(new Plot
        {
            Kind = PlotKind.Scatter,
            Title = $"Residuals{of}",
            Description = "Predicted minus true, by prediction. An even band around 0 is good; a slope or a funnel means that some " +
                "predictions are systematically wrong.",
            XLabel = $"predicted {name}",
            YLabel = "predicted − true",
            X = [.. byPrediction.Select(row => predicted[row])],
            Series = [("residual", [.. byPrediction.Select(row => residuals[row])]), ("right", [.. byPrediction.Select(_ => 0.0)])],
            Guide = "right",
        }.ToHtml());
        main.Append(Plot.Histogram($"Histogram of the residuals{of}",
            $"Half of the predictions are within {Html.Grouped(Quantile(0.5), 3)} of the truth, 90 % within " +
            $"{Html.Grouped(Quantile(0.9), 3)}.", "predicted − true", residuals).ToHtml());
        main.Append("</div>\n");

        double Quantile(double q) => sizes[(int)Math.Ceiling(q * sizes.Length) - 1];
    }
}
