using System.Globalization;
using MyTorch.Data;

namespace MyTorch.Reports;

/// <summary>How well the rows of a group are predicted: the share that is right, or the mean absolute error.</summary>
/// <param name="Name">The group: <c>island = Biscoe</c>, or <c>bmi from 28.1 to 35</c>.</param>
/// <param name="Rows">The number of test rows.</param>
/// <param name="Value">The share that is right, or the mean absolute error in the units of the target.</param>
/// <param name="Interval">The 95 % interval of the value.</param>
sealed record GroupScore(string Name, int Rows, double Value, ScoreInterval Interval);

/// <summary>
/// The groups of test rows, by category or by quarter of a number, that are predicted clearly worse than all rows: the 95 % interval of the
/// group lies on the wrong side of the score of all, even if it is widened for the number of groups (Bonferroni).
/// </summary>
static class GroupScores
{
    static readonly double[] s_quarters = [0.25, 0.5, 0.75];

    const int LeastRows = 20, MostGroups = 8, MostColumns = 200;

    internal static IReadOnlyList<GroupScore> Of(ReportFacts facts)
    {
        if (facts.Columns.Count > MostColumns || facts.Test.OutputCount > 1 && !facts.IsClassification) return [];
        bool[]? right = facts.Classes is { } classes ? [.. classes.Truth.Zip(classes.Predicted, (t, p) => t == p)] : null;
        double[]? errors = facts.Numbers is { } numbers ? [.. numbers.Truth[0].Zip(numbers.Predicted[0], (t, p) => Math.Abs(t - p))] : null;
        double all = right is not null ? facts.Score : errors!.Average();
        var found = new List<GroupScore>();
        var groups = Groups(facts).Where(
            group => group.Rows.Length >= LeastRows && group.Rows.Length <= facts.Test.Count * 9 / 10).ToArray();
        double level = 1 - 0.05 / Math.Max(1, groups.Length), z = ScoreInterval.NormalQuantile((1 + level) / 2);
        foreach (var (name, rows) in groups)
        {
            if (right is not null)
            {
                int count = rows.Count(row => right[row]);
                ScoreInterval interval = ScoreInterval.OfShare(count, rows.Length);
                if (ScoreInterval.OfShare(count, rows.Length, level).High < all)
                    found.Add(new GroupScore(name, rows.Length, (double)count / rows.Length, interval));
            }
            else
            {
                double mean = rows.Average(row => errors![row]);
                double error = Math.Sqrt(rows.Sum(row => (errors![row] - mean) * (errors[row] - mean)) / (rows.Length - 1) / rows.Length);
                if (mean - z * error > all)
                    found.Add(new GroupScore(name, rows.Length, mean, new ScoreInterval(mean - 1.96 * error, mean + 1.96 * error, 0.95)));
            }
        }
        return [.. (right is not null ? found.OrderBy(group => group.Value) : found.OrderByDescending(group => group.Value)).Take(
            MostGroups)];
    }

    static IEnumerable<(string Name, int[] Rows)> Groups(ReportFacts facts)
    {
        if (facts.Pixels is not null) yield break;
        var units = new OriginalUnits(facts.Test);
        int[] rows = [.. Enumerable.Range(0, facts.Test.Count)];
        foreach (ColumnView column in facts.Columns)
        {
            string name = Cited.Text(column.Name, 40);
            if (column is { IsCategory: true, Schema: { } schema })
                foreach (var group in rows.GroupBy(row => units.Category(row, column)).Where(group => group.Key >= 0).OrderBy(
                    group => group.Key))
                    yield return ($"{name} = {Cited.Text(schema.Categories[group.Key], 40)}", [.. group]);
            else if (column.Features.Length == 1)
            {
                double[] values = [.. rows.Select(row => units.Value(row, column.Features[0]))];
                double[] sorted = [.. values.Order()];
                double[] cuts = [.. s_quarters.Select(q => sorted[(int)(q * (sorted.Length - 1))]).Distinct()];
                foreach (var group in rows.GroupBy(row => cuts.Count(cut => values[row] > cut)).OrderBy(group => group.Key))
                    yield return (string.Create(CultureInfo.InvariantCulture,
                        $"{name} from {Html.Number(group.Min(row => values[row]), 4)} to " +
                        $"{Html.Number(group.Max(row => values[row]), 4)}"), [.. group]);
            }
        }
    }
}
