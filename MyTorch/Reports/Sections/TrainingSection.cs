using System.Globalization;
using System.Text;
using MyTorch.Nn;

namespace MyTorch.Reports;

/// <summary>The curves of the training, the norms and histograms of the layers over time, and the weights at the end.</summary>
static class TrainingSection
{
    const int MostLayers = 6, MostTimes = 8;

    internal static void Write(StringBuilder main, ReportFacts facts)
    {
        TrainingCurves curves = facts.Report.Curves;
        main.Append("<section><h2 id=\"training\">Training</h2>\n");
        if (curves.Epochs > 0 && curves.Loss.Count > 1)
            main.Append(CultureInfo.InvariantCulture,
                $"<p>The training loss went from {Html.Number(curves.Loss[0])} to {Html.Number(curves.Loss[^1])} in " +
                $"{Html.Counted(curves.Epochs, "epoch")}.")
                .Append(curves.BestEpoch is { } best
                    ? $" The model has the parameters of epoch {best}, where the validation loss was lowest."
                        : "").Append("</p>\n");
        else main.Append("<p class=\"quiet\">No losses were given, so there are no curves.</p>\n");
        main.Append("<div class=\"columns\">\n");
        string loss = facts.IsClassification
            ? "Cross entropy, the mean of the rows" : facts.Train.Standardizer is null
                ? "Mean squared error"
                : "Mean squared error of the standardized target";
        Curve("Loss by epoch", $"{loss}; lower is better. A validation loss that rises while the training loss falls shows overfitting.",
            "loss",
            [("training", curves.Loss), ("validation", curves.ValidationLoss)], fromZero: true);
        Curve(facts.IsClassification ? "Accuracy by epoch" : "R² by epoch",
            facts.IsClassification ? "The share of rows that are predicted correctly, 0 to 1."
                : "1 is perfect, 0 is as good as the mean.", facts.IsClassification ? "accuracy" : "R²",
            [("training", curves.Score), ("validation", curves.ValidationScore)], fromZero: false);
        Curve("Learning rate by epoch", "The size of the steps that the optimizer takes.", "learning rate",
            [("learning rate", curves.LearningRate)], fromZero: true);
        int[] chosen = [];
        if (facts.Report.Norms is { Epochs.Count: > 0 } norms)
        {
            int layers = Math.Min(MostLayers, norms.Layers.Count);
            chosen = [.. Enumerable.Range(0, layers).Select(i => layers == 1 ? 0 : i * (norms.Layers.Count - 1) / (layers - 1))];
            string some = layers < norms.Layers.Count ? $" {layers} of {norms.Layers.Count} layers are shown." : "";
            double[] epochs = [.. norms.Epochs.Select(epoch => (double)epoch)];
            main.Append(new Plot
            {
                Kind = PlotKind.Line,
                Title = "Gradients by layer",
                Description = "The norm of each layer's gradients, the mean of an epoch's steps. A layer far below the others hardly " +
                    "learns; a jump shows an unstable step." + some,
                XLabel = "epoch",
                YLabel = "norm",
                X = epochs,
                Series = [.. chosen.Select(layer => (Cited.Text(norms.Layers[layer], 30), norms.Gradients(layer)))],
                Log = true,
            }.ToHtml());
            main.Append(new Plot
            {
                Kind = PlotKind.Line,
                Title = "Weights by layer",
                Description = "The norm of each layer's weights at the start of an epoch. A line that stays flat is a layer that does " +
                    "not move." + some,
                XLabel = "epoch",
                YLabel = "norm",
                X = epochs,
                Series = [.. chosen.Select(layer => (Cited.Text(norms.Layers[layer], 30), norms.Weights(layer)))],
                FromZero = true,
            }.ToHtml());
        }
        main.Append("</div>\n");
        if (facts.Report.Norms is { Snapshots.Count: > 0 } recorded) OverTime(main, recorded, chosen);
        Weights(main, facts.Model);
        main.Append("</section>\n");

        void Curve(string title, string description, string y, (string Name, IReadOnlyList<double> Values)[] series, bool fromZero)
        {
            var known = series.Where(one => one.Values.Count > 1 && one.Values.Any(double.IsFinite)).ToArray();
            if (known.Length == 0) return;
            // A loss that falls a hundredfold is a flat line on an even axis.
            double[] values = [.. known.SelectMany(one => one.Values).Where(double.IsFinite)];
            bool log = y == "loss" && values.Min() > 0 && values.Max() > 100 * values.Min();
            main.Append(new Plot
            {
                Kind = PlotKind.Line,
                Title = title,
                Description = description + (log ? " The axis is logarithmic: a step up is a factor, not a difference." : ""),
                XLabel = "epoch",
                YLabel = y,
                Log = log,
                X = [.. Enumerable.Range(0, known.Max(one => one.Values.Count)).Select(epoch => (double)epoch)],
                Series = known,
                FromZero = fromZero,
            }.ToHtml());
        }
    }

    // A histogram for each of some epochs, one below the other on a common axis, and the quantiles beside it.
    static void OverTime(StringBuilder main, LayerNorms norms, int[] layers)
    {
        LayerSnapshot[] shown = [.. Chosen(norms.Snapshots)];
        main.Append("<details class=\"fold-print\"><summary>Histograms by layer over time</summary>\n" +
            "<p>The weights and biases of a layer, and their gradients, at the first step of an epoch. " +
            "Weights that hardly widen belong to a layer that hardly learns; gradients that " +
            "shrink to a thin line at 0 vanish, and a few far away make unstable steps.</p>\n");
        foreach (int layer in layers)
        {
            string name = Cited.Text(norms.Layers[layer], 40);
            main.Append("<div class=\"columns\">\n")
                .Append(Table($"Weights of {name}",
                    [.. shown.Select(one => (Epoch(one.Epoch), one.Weights[layer])), ("end", norms.Now(layer))]))
                .Append(Table($"Gradients of {name}", [.. shown.Select(one => (Epoch(one.Epoch), one.Gradients[layer]))]))
                .Append("</div>\n");
        }
        main.Append("</details>\n");

        static string Epoch(int epoch) => epoch.ToString(CultureInfo.InvariantCulture);

        static IEnumerable<LayerSnapshot> Chosen(IReadOnlyList<LayerSnapshot> all)
        {
            int most = Math.Min(MostTimes, all.Count);
            return Enumerable.Range(0, most).Select(i => all[most == 1 ? 0 : i * (all.Count - 1) / (most - 1)]);
        }

        static string Table(string caption, IReadOnlyList<(string Epoch, Distribution Values)> times)
        {
            Distribution[] finite = [.. times.Select(time => time.Values).Where(values => values.Count > 0)];
            if (finite.Length == 0) return "";
            double low = finite.Min(values => values.Least), high = finite.Max(values => values.Greatest);
            return Html.Table(caption, ["Epoch", $"From {Html.Number(low, 3)} to {Html.Number(high, 3)}", "Least", "5 %", "Median", "95 %",
                "Greatest"], times.Select(time => (IReadOnlyList<string>)[time.Epoch, .. Cells(time.Values)]), [0, 2, 3, 4, 5, 6]);

            IEnumerable<string> Cells(Distribution values)
            {
                if (values.Count == 0) return ["no number", "", "", "", "", ""];
                IReadOnlyList<double> quantiles = values.Quantiles;
                string says = $"Counts from {Html.Number(values.Least, 3)} to {Html.Number(values.Greatest, 3)}: " +
                    string.Join(", ", values.Counts);
                string bad = values.NotFinite > 0 ? Html.Escape($"{Html.Count(values.NotFinite)} are NaN or infinite") : "";
                return [Html.Density(values.Counts, values.Least, values.Greatest, low, high, says) + bad, Html.Number(quantiles[0], 3),
                    Html.Number(quantiles[1], 3), Html.Number(quantiles[3], 3), Html.Number(quantiles[5], 3), Html.Number(quantiles[6], 3)];
            }
        }
    }

    static void Weights(StringBuilder main, Module model)
    {
        var weights = model.NamedParameters().Where(parameter => parameter.Tensor.Rank >= 2 && parameter.Tensor.ElementCount > 1).ToArray();
        if (weights.Length == 0) return;
        string some = weights.Length > MostLayers ? $" The first {MostLayers} of {weights.Length} are shown." : "";
        main.Append(CultureInfo.InvariantCulture,
            $"<details class=\"fold-print\"><summary>Histograms of the weights at the end</summary>\n<p>Weights near 0 and a few larger " +
            $"ones are usual. Two separate heaps, or single weights far away, are worth a look.{some}</p>\n<div class=\"columns\">\n");
        foreach (var (name, tensor) in weights.Take(MostLayers))
        {
            string shown = Cited.Text(name, 40);
            double[] values = [.. Enumerable.Range(0, tensor.ElementCount).Select(tensor.ValueAt)];
            double zero = values.Count(value => value == 0);
            main.Append(Plot.Histogram($"{shown}, {tensor.Shape}",
                $"Least {Html.Number(values.Min(), 3)}, mean {Html.Number(values.Average(), 3)}, greatest " +
                $"{Html.Number(values.Max(), 3)}." + (zero > 0 ? $" {Html.Counted((long)zero, "weight")} are 0." : ""),
                "weight", values).ToHtml());
        }
        main.Append("</div></details>\n");
    }
}
