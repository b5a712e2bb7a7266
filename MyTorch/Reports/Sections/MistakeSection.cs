using System.Globalization;
using System.Text;

namespace MyTorch.Reports;

/// <summary>The test rows that are predicted worst, with their values, and the groups in which the model does worse.</summary>
static class MistakeSection
{
    const int MostRows = 15, MostPictures = 12, MostColumns = 8;

    internal static void Write(StringBuilder main, ReportFacts facts)
    {
        if (!facts.HasScore) return;
        main.Append(CultureInfo.InvariantCulture,
            $"<section><h2 id=\"mistakes\">{(facts.IsClassification ? "Worst mistakes" : "Largest errors")}</h2>\n");
        if (facts.Classes is { } classes) Classes(main, facts, classes);
        else Numbers(main, facts, facts.Numbers!);
        Groups(main, facts);
        main.Append("</section>\n");
    }

    static void Classes(StringBuilder main, ReportFacts facts, ClassPredictions classes)
    {
        int[] wrong = [.. Enumerable.Range(0, classes.Truth.Length).Where(row => classes.Truth[row] != classes.Predicted[row])];
        if (wrong.Length == 0)
        {
            main.Append("<p>Every test row was predicted correctly.</p>\n");
            return;
        }
        string Name(int label) => Cited.Text(facts.Test.ClassNames[label], 30);
        int[] worst = [.. wrong.OrderByDescending(row => classes.Confidence[row]).Take(facts.Pixels is null ? MostRows : MostPictures)];
        string which = worst.Length < wrong.Length
            ? $"The {worst.Length} of {Html.Count(wrong.Length)} wrong predictions of which the model was surest"
            : $"The {Html.Counted(wrong.Length, "wrong prediction")}";
        main.Append(CultureInfo.InvariantCulture, $"<p>{which}. Wrong labels in the file are often among them.</p>\n");
        if (facts.Pixels is { } grid)
        {
            var units = new OriginalUnits(facts.Test);
            double least = double.PositiveInfinity, most = double.NegativeInfinity;
            foreach (int row in worst)
                for (int f = 0; f < facts.Test.FeatureCount; f++)
                    (least, most) = (Math.Min(least, units.Value(row, f)), Math.Max(most, units.Value(row, f)));
            double span = most > least ? most - least : 1;
            main.Append("<ul class=\"pictures\">\n");
            foreach (int row in worst)
            {
                string says = $"{Name(classes.Truth[row])}, predicted as {Name(classes.Predicted[row])} " +
                    $"({Html.Percent(classes.Confidence[row])})";
                main.Append(CultureInfo.InvariantCulture,
                    $"<li><img alt=\"Picture of {(facts.HasLines ? "the row in line" : "test row")} " +
                    $"{(facts.HasLines ? facts.Test.Lines[row] : row + 1)}\" " +
                    $"src=\"{grid.ToDataUri(f => (units.Value(row, f) - least) / span)}\">{Html.Escape(says)}" +
                    $"{(facts.HasLines ? $", line&nbsp;{facts.Test.Lines[row]}" : "")}</li>\n");
            }
            main.Append("</ul>\n");
            return;
        }
        Rows(main, facts, "Wrong predictions, the surest first", ["True", "Predicted", "Its probability", "Of the true class"], worst,
            row =>
            [Html.Escape(Name(classes.Truth[row])), Html.Escape(Name(classes.Predicted[row])), Html.Percent(classes.Confidence[row]),
                Html.Percent(classes.OfTruth[row])], [3, 4]);
    }

    static void Numbers(StringBuilder main, ReportFacts facts, NumberPredictions numbers)
    {
        double[][] errors = [.. numbers.Truth.Select((truth, t) => truth.Zip(numbers.Predicted[t], (y, p) => p - y).ToArray())];
        double[] scales = [.. errors.Select(one => Math.Max(1e-300, Math.Sqrt(one.Average(e => e * e))))];
        int[] worst = [.. Enumerable.Range(0, facts.Test.Count).OrderByDescending(Size).Take(MostRows)];
        if (errors.Length == 1)
            Rows(main, facts, "Test rows with the largest errors", ["True", "Predicted", "Error"], worst, row =>
                [Html.Grouped(numbers.Truth[0][row]), Html.Grouped(numbers.Predicted[0][row]), Html.Grouped(errors[0][row], 4)], [1, 2, 3]);
        else
            Rows(main, facts, "Test rows with the largest errors", ["Target", "True", "Predicted", "Error"], worst, row =>
            {
                int t = Enumerable.Range(0, errors.Length).MaxBy(t => Math.Abs(errors[t][row]) / scales[t]);
                return [Html.Text(facts.Test.TargetNames[t], 30), Html.Grouped(numbers.Truth[t][row]),
                    Html.Grouped(numbers.Predicted[t][row]), Html.Grouped(errors[t][row], 4)];
            }, [2, 3, 4]);

        double Size(int row) => Enumerable.Range(0, errors.Length).Max(t => Math.Abs(errors[t][row]) / scales[t]);
    }

    // Of many columns the most important ones are shown.
    static void Rows(StringBuilder main, ReportFacts facts, string caption, string[] headings, int[] rows,
        Func<int, IReadOnlyList<string>> cells, IReadOnlyList<int> numbers)
    {
        var units = new OriginalUnits(facts.Test);
        ColumnView[] used = [.. facts.Columns.Where(column => column.Features.Length > 0)];
        if (used.Length > MostColumns && facts.Importance is { } importance)
        {
            string[] first = [.. importance.Columns.Take(MostColumns).Select(one => one.Name)];
            used = [.. first.Select(name => used.First(column => column.Name == name))];
            main.Append(CultureInfo.InvariantCulture, $"<p class=\"small\">The {MostColumns} columns that matter most are shown.</p>\n");
        }
        used = [.. used.Take(MostColumns)];
        headings = [facts.HasLines ? "Line" : "Test row", .. headings];
        bool filled = false;
        string table = Html.Table(caption, [.. headings, .. used.Select(column => Cited.Text(column.Name, 30))],
            rows.Select(row => (IReadOnlyList<string>)[Number(row), .. cells(row), .. used.Select(column => Value(row, column))]),
            [0, .. numbers, .. Enumerable.Range(0, used.Length).Where(i => !used[i].IsCategory).Select(i => headings.Length + i)]);
        main.Append(table);
        if (filled) main.Append("<p class=\"small\">* The value was missing, and was filled in.</p>\n");

        string Number(int row) => facts.HasLines
            ? facts.Test.Lines[row].ToString(CultureInfo.InvariantCulture)
            : (row + 1).ToString(CultureInfo.InvariantCulture);

        string Value(int row, ColumnView column)
        {
            bool missing = facts.WasMissing(row, column);
            filled |= missing;
            return Html.Escape(units.Text(row, column)) + (missing ? "&nbsp;*" : "");
        }
    }

    static void Groups(StringBuilder main, ReportFacts facts)
    {
        if (facts.Groups.Count == 0) return;
        main.Append("<h3>Where it does worse</h3>\n<p>Groups of test rows, by category or by quarter of a number, that are predicted " +
            "clearly worse than all rows. The number of groups was allowed for.</p>\n");
        string value = facts.IsClassification ? "Right" : "Mean absolute error";
        main.Append(Html.Table(
            "Groups, the worst first", ["Group", "Test rows", value, "95 % interval"], facts.Groups.Select(group => (IReadOnlyList<string>)
            [Html.Escape(group.Name), Html.Count(group.Rows), Shown(group.Value),
                $"{Shown(group.Interval.Low)} to {Shown(group.Interval.High)}"]), [1, 2, 3]));

        string Shown(double number) => facts.IsClassification ? Html.Percent(number) : Html.Grouped(number, 4);
    }
}
