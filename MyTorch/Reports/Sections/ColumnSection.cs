using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Reports;

/// <summary>What the model uses, and what the columns hold.</summary>
static class ColumnSection
{
    const int MostColumns = 100, MostOpen = 15, MostImportant = 100, Bins = 20;

    // Medians and histograms of more rows are taken from so many of them.
    const int MostRows = 100_000;

    internal static void Write(StringBuilder main, ReportFacts facts)
    {
        if (facts.HasScore) Importance(main, facts);
        Profile(main, facts);
    }

    static void Importance(StringBuilder main, ReportFacts facts)
    {
        main.Append("<section><h2 id=\"uses\">What the model uses</h2>\n");
        if (facts.Importance is not { } importance)
        {
            main.Append("<p>The columns are too many, or the model too large, to shuffle one column after the other in a few " +
                "seconds.</p></section>\n");
            return;
        }
        string unit = facts.IsClassification ? "accuracy" : "R²";
        main.Append(CultureInfo.InvariantCulture, $"<p>How much {unit} is lost" +
            $"{(facts.IsClassification ? ", in percentage points," : "")} when the values of a column are shuffled among " +
            $"{Html.Counted(importance.Rows, "test row")}, the mean of {Html.Counted(importance.Repeats, "shuffle")}. ")
            .Append("Columns that say the same share their importance, and one that the model ignores has about 0. Differences smaller " +
                "than the ± may be chance.</p>\n");
        double most = Math.Max(1e-12, importance.Columns.Max(one => one.Loss));
        int open = importance.Columns.Count <= MostOpen + 3 ? importance.Columns.Count : MostOpen;
        main.Append(Table("Importance of the columns", importance.Columns.Take(open)));
        if (open < importance.Columns.Count)
        {
            int last = Math.Min(MostImportant, importance.Columns.Count);
            main.Append(CultureInfo.InvariantCulture, $"<details><summary>The next {last - open}</summary>\n")
                .Append(Table($"Columns {open + 1} to {last} of {Html.Count(importance.Columns.Count)}",
                    importance.Columns.Skip(open).Take(last - open))).Append("</details>\n");
        }
        if (facts.Pixels is { } grid && importance.Map(facts.Test.FeatureCount) is { } map)
            main.Append(CultureInfo.InvariantCulture,
                $"<h3>Where it looks</h3>\n<p class=\"small\">Bright pixels matter most.</p>\n<ul class=\"pictures\"><li><img " +
                $"alt=\"The importance of each pixel; the table has the numbers\" " +
                $"src=\"{grid.ToDataUri(f => Math.Max(0, map[f]) / most)}\"></li></ul>\n");
        main.Append("</section>\n");

        string Table(string caption, IEnumerable<Importance> columns) => Html.Table(caption,
            [facts.Pixels is not null && facts.Test.FeatureCount > 64
                ? "Pixels"
                : "Column", "Loss of " + unit, "± between shuffles", "Compared with the first"],
            columns.Select(one => (IReadOnlyList<string>)
                [Html.Text(one.Name), Shown(one.Loss), importance.Repeats > 1
                    ? Shown(one.Deviation)
                    : "–", Html.Bar(Math.Max(0, one.Loss) / most)]), [1, 2]);

        string Shown(double loss) => facts.IsClassification
            ? (100 * loss).ToString("F1", CultureInfo.InvariantCulture).Replace("-0.0", "0.0", StringComparison.Ordinal)
            : Html.Number(Math.Round(loss, 4), 3);
    }

    static void Profile(StringBuilder main, ReportFacts facts)
    {
        Dataset data = facts.Report.Data ?? facts.Train;
        var columns = ColumnView.Of(data);
        main.Append("<section><h2 id=\"data\">The data</h2>\n<p>")
            .Append(facts.Report.Data is null ? "The training rows: " : facts.Report.Source is { } source ? $"{Html.Text(source)}: " : "")
            .Append(CultureInfo.InvariantCulture,
                $"{Html.Counted(data.Count, "row")}, {Html.Counted(columns.Count, "column")}, " +
                $"{Html.Counted(data.FeatureCount, "feature")}");
        if (data.MissingCount > 0) main.Append(CultureInfo.InvariantCulture, $", {Html.Counted(data.MissingCount, "missing value")}");
        if (data.SkippedRows > 0) main.Append(CultureInfo.InvariantCulture, $"; {Html.Counted(data.SkippedRows, "row")} left out");
        main.Append('.');
        if (data.Count > MostRows)
            main.Append(CultureInfo.InvariantCulture, $" Medians and histograms are from {Html.Count(MostRows)} rows, evenly spaced.");
        main.Append("</p>\n");
        int step = (data.Count + MostRows - 1) / MostRows;
        var units = new OriginalUnits(data);
        var shown = columns.Take(MostColumns).Select(column => Row(data, units, column, step)).ToArray();
        if (columns.Count > MostColumns)
            main.Append(CultureInfo.InvariantCulture,
                $"<p>The first {MostColumns} of {Html.Count(columns.Count)} columns are listed.</p>\n");
        main.Append(Html.Table("Columns", ["Column", "What it is", "Missing", "Least", "Median", "Mean", "Greatest", "Values"], shown,
            [2, 3, 4, 5, 6], tall: shown.Length > 30));
        main.Append("</section>\n");
    }

    static IReadOnlyList<string> Row(Dataset data, OriginalUnits units, ColumnView column, int step)
    {
        string name = Html.Text(column.Name, 60);
        string kind = column.Schema is { } schema ? Html.Text(schema.Description, 300) : "number";
        if (column.Schema is { IsTarget: true }) return Target(data, column, name, kind, step);
        if (column.Features.Length == 0) return [name, kind, "", "", "", "", "", ""];
        if (column is { IsCategory: true, Schema: { } categories })
        {
            int[] counts = new int[column.Features.Length];
            int none = 0;
            for (int row = 0; row < data.Count; row++)
                if (units.Category(row, column) is >= 0 and var category) counts[category]++;
                else none++;
            return [name, kind, None(none), "", "", "", "", Counts(categories.Categories, counts)];
        }
        return column.Days is { } days
            ? [name, kind, .. Numbers(data.Count, row => units.Value(row, days), step, column.Name, column.Date)]
            : [name, kind, .. Numbers(data.Count, row => units.Value(row, column.Features[0]), step, column.Name)];
    }

    static IReadOnlyList<string> Target(Dataset data, ColumnView column, string name, string kind, int step)
    {
        if (data.IsClassification)
        {
            int[] counts = new int[data.ClassCount];
            foreach (long label in data.Labels.ToInt64Array()) counts[label]++;
            return [name, $"target, {Html.Counted(data.ClassCount, "class", "classes")}", "0", "", "", "", "",
                Counts(data.ClassNames, counts)];
        }
        int target = Math.Max(0, data.TargetNames.ToList().IndexOf(column.Name));
        Tensor values = data.Standardizer?.InverseTargets(data.Targets) ?? data.Targets;
        return [name, kind, .. Numbers(data.Count, row => values.ValueAt(row * data.OutputCount + target), step, column.Name)];
    }

    static IReadOnlyList<string> Numbers(int rows, Func<int, double> value, int step, string name, Func<double, string>? shown = null)
    {
        shown ??= number => Html.Grouped(number);
        double least = double.PositiveInfinity, most = double.NegativeInfinity, mean = 0;
        int present = 0;
        for (int row = 0; row < rows; row++)
        {
            double one = value(row);
            if (double.IsNaN(one)) continue;
            present++;
            mean += (one - mean) / present;
            (least, most) = (Math.Min(least, one), Math.Max(most, one));
        }
        if (present == 0) return [None(rows), "", "", "", "", "no value"];
        double[] sample = [.. Enumerable.Range(0, (rows + step - 1) / step).Select(i => value(i * step)).Where(double.IsFinite).Order()];
        var (_, counts) = Histogram.Of(sample, Bins);
        string says = least == most ? "one value"
            : $"Histogram of {Cited.Text(name, 40)} from {shown(least)} to {shown(most)} in {Bins} bins: " +
                $"{string.Join(", ", counts)}";
        double median = sample.Length == 0 ? double.NaN : sample[sample.Length / 2];
        return [None(rows - present), shown(least), shown(median), shown(mean), shown(most),
            least == most ? "constant" : Html.Spark(counts, says)];
    }

    static string Counts(IReadOnlyList<string> names, int[] counts)
    {
        const int most = 6;
        int[] order = [.. Enumerable.Range(0, counts.Length).OrderByDescending(i => counts[i])];
        string text = string.Join(", ", order.Take(most).Select(i => $"{Cited.Text(names[i], 30)} {Html.Count(counts[i])}")) + (
            counts.Length > most ? $" and {Html.Count(counts.Length - most)} more" : "");
        return Html.Spark([.. order.Take(24).Select(i => counts[i])], text) + Html.Escape(text);
    }

    static string None(int count) => Html.Count(count);
}
