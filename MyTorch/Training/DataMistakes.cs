using System.Globalization;
using MyTorch.Data;

namespace MyTorch.Training;

/// <summary>Recognises usual mistakes in the training rows.</summary>
static class DataMistakes
{
    // A standardized column has a root mean square of 1, and a column of 0 and 1 at most 1. Beyond these bounds usual learning rates fail.
    const double Largest = 30, Smallest = 0.01, WidestRatio = 1000;

    // Fewer rows may be ordered by a feature by chance.
    const int FewestRows = 50, FewestRowsOfCategories = 20;

    // So many rows show whether a feature alone tells the target; they are taken evenly from all.
    const int MostRows = 2000;

    // How unlikely it must be, as −ln p, that the rows of each value agree in their class by chance.
    const double Surprising = 30;

    // A correlation as high as this leaves 0.02 % of the variance.
    const double Copied = 0.9999;

    internal static IEnumerable<TrainingWarning> Of(Dataset train)
    {
        if (train.IsClassification && MissingClasses(train) is { } classes) yield return classes;
        if (UnscaledInputs(train) is { } inputs) yield return inputs;
        if (!train.IsClassification && UnscaledTarget(train) is { } target) yield return target;
        if (LeakedTarget(train) is { } leak) yield return leak;
    }

    static TrainingWarning? MissingClasses(Dataset train)
    {
        var rows = new int[train.ClassCount];
        foreach (long label in train.Labels.ToInt64Array()) rows[label]++;
        int[] missing = [.. Enumerable.Range(0, rows.Length).Where(c => rows[c] == 0)];
        if (missing.Length == 0) return null;
        if (missing is [0] && rows.Length > 2)
            return new TrainingWarning(Mistake.LabelsFromOne, Text(
                $"No training row has the label 0, and every label from 1 to {rows.Length - 1} occurs: do the labels count from 1? Class indices count from 0; subtract 1 from each label."));
        string names = Cited.List([.. missing.Select(c => train.ClassNames[c])]);
        return new TrainingWarning(Mistake.ClassMissing, Text(
            $"The training rows have no row of {(missing.Length == 1 ? "the class" : $"{missing.Length} of the {rows.Length} classes,")} {names}: the model cannot learn {(missing.Length == 1 ? "it" : "them")}. ") +
            "Split with Dataset.Split, which has each class in both parts, or leave the class out.");
    }

    static TrainingWarning? UnscaledInputs(Dataset train)
    {
        var (square, deviation) = Spread(train.Inputs, train.Count);
        int widest = Array.IndexOf(square, square.Max());
        double[] varying = [.. deviation.Where(d => d > 0)];
        double ratio = varying.Length == 0 ? 1 : varying.Max() / varying.Min();
        bool large = square[widest] > Largest, small = square[widest] is < Smallest and > 0;
        // Pixels and categories from 0 to 1 are scaled, even if a pixel at the border hardly varies.
        bool between0And1 = train.Inputs.Min().Item() >= 0 && train.Inputs.Max().Item() <= 1;
        if (!large && !small && (ratio <= WidestRatio || between0And1)) return null;
        string what = large || small
            ? Text($"The values of the feature '{Cited.Text(train.FeatureNames[widest])}' are about {square[widest]:G3} in size")
            : Text($"The deviations of the features differ by a factor of {ratio:G3}");
        return new TrainingWarning(Mistake.UnscaledInputs,
            $"{what}; usual learning rates expect features of about 1. Standardize them: var scaler = Standardizer.Fit(train), then scaler.Apply(train) and scaler.Apply(test).");
    }

    static TrainingWarning? UnscaledTarget(Dataset train)
    {
        var (square, deviation) = Spread(train.Targets, train.Count);
        int odd = Array.FindIndex(square, s => s > Largest);
        if (odd < 0) odd = Array.FindIndex(deviation, d => d is < Smallest and > 0);
        return odd < 0 ? null : new TrainingWarning(Mistake.UnscaledTarget, Text(
            $"The target '{Cited.Text(train.TargetNames[odd])}' has values of about {square[odd]:G3} with a deviation of {deviation[odd]:G3}; a network starts near 0 and moves in steps of about the learning rate. ") +
            "Standardize the target: Standardizer.Fit(train) does, and InverseTargets gives predictions in the target's units.");
    }

    /// <summary>The root mean square and the deviation of each column.</summary>
    static (double[] Square, double[] Deviation) Spread(Tensor table, int rows)
    {
        int columns = table.ElementCount / rows;
        double[] sum = new double[columns], squares = new double[columns];
        for (int i = 0; i < table.ElementCount; i++)
        {
            double value = table.ValueAt(i);
            sum[i % columns] += value;
            squares[i % columns] += value * value;
        }
        return ([.. squares.Select(s => Math.Sqrt(s / rows))],
            [.. squares.Zip(sum, (s, total) => Math.Sqrt(Math.Max(0, s / rows - total / rows * (total / rows))))]);
    }

    static TrainingWarning? LeakedTarget(Dataset train)
    {
        if (train.Count < FewestRowsOfCategories || train.OutputCount == 1 && train.IsClassification) return null;
        int taken = Math.Min(train.Count, MostRows);
        int[] rows = [.. Enumerable.Range(0, taken).Select(i => (int)((long)i * train.Count / taken))];
        string? feature = train.IsClassification ? TellsTheClass(train, rows) : TellsTheNumber(train, rows);
        return feature is null ? null : new TrainingWarning(Mistake.TargetLeaked, Text(
            $"The feature '{Cited.Text(feature)}' alone tells '{Cited.Text(train.TargetNames[0])}' in all {taken} rows that were looked at. If it is computed from the target, or known only after it, leave it out (CsvOptions.Exclude)."));
    }

    static string? TellsTheClass(Dataset train, int[] rows)
    {
        long[] labels = train.Labels.ToInt64Array();
        int classes = rows.Select(row => labels[row]).Distinct().Count();
        if (classes < 2) return null;
        Dictionary<long, double> surprise = rows.CountBy(row => labels[row]).ToDictionary(count => count.Key, count => -Math.Log((double)count.Value / rows.Length));

        // The 0/1 columns of a categorical column are one column again: the number of the category.
        foreach (var column in Columns(train))
        {
            bool categorical = column.Features.Length > 1;
            (double Value, long Label)[] pairs = [.. rows.Select(row => (categorical
                ? Largest(row) : train.Inputs.ValueAt(row * train.FeatureCount + column.Features[0]), labels[row]))];
            Array.Sort(pairs);
            int values = 1, runs = 1;
            double surprises = 0;
            bool tells = true;
            var owner = new Dictionary<double, long> { [pairs[0].Value] = pairs[0].Label };
            for (int i = 1; i < pairs.Length && tells; i++)
            {
                if (pairs[i].Value != pairs[i - 1].Value) values++;
                else surprises += surprise[pairs[i].Label];
                if (pairs[i].Label != pairs[i - 1].Label) runs++;
                tells = owner.TryAdd(pairs[i].Value, pairs[i].Label) || owner[pairs[i].Value] == pairs[i].Label;
            }
            if (!tells) continue;
            bool fewValues = (values <= 2 * classes || surprises > Surprising) && pairs.Length >= Math.Max(FewestRowsOfCategories, 5 * values);
            if (fewValues || (!categorical && runs == classes && pairs.Length >= FewestRows)) return column.Name;

            double Largest(int row) => column.Features.MaxBy(feature => train.Inputs.ValueAt(row * train.FeatureCount + feature));
        }
        return null;
    }

    static string? TellsTheNumber(Dataset train, int[] rows)
    {
        if (train.OutputCount != 1) return null;
        double[] y = [.. rows.Select(row => train.Target.ValueAt(row))];
        for (int feature = 0; feature < train.FeatureCount; feature++)
        {
            double[] x = [.. rows.Select(row => train.Inputs.ValueAt(row * train.FeatureCount + feature))];
            if (Math.Abs(Correlation(x, y)) > Copied || (rows.Length >= FewestRows && IsMonotone(x, y))) return train.FeatureNames[feature];
        }
        return null;
    }

    static double Correlation(double[] x, double[] y)
    {
        double meanX = x.Average(), meanY = y.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            (xy, xx, yy) = (xy + dx * dy, xx + dx * dx, yy + dy * dy);
        }
        return xx == 0 || yy == 0 ? 0 : xy / Math.Sqrt(xx * yy);
    }

    // Whether y rises, or falls, with x, and nearly every row has its own x: with few different values that happens by chance.
    static bool IsMonotone(double[] x, double[] y)
    {
        if (x.Distinct().Count() < x.Length / 2 || y.Distinct().Count() < x.Length / 2) return false;
        (double[] keys, double[] values) = ((double[])x.Clone(), (double[])y.Clone());
        Array.Sort(keys, values);
        bool rises = true, falls = true;
        for (int i = 1; i < values.Length; i++)
        {
            if (keys[i] == keys[i - 1] && values[i] != values[i - 1]) return false;
            rises &= values[i] >= values[i - 1];
            falls &= values[i] <= values[i - 1];
        }
        return rises || falls;
    }

    // The features of each column of the file: column=red and column=blue are of the column named column.
    static IEnumerable<(string Name, int[] Features)> Columns(Dataset train) => train.FeatureNames
        .Select((name, feature) => (Name: name.IndexOf('=', StringComparison.Ordinal) is var at and > 0 ? name[..at] : name, Feature: feature))
        .GroupBy(column => column.Name, (name, features) => (name, features.Select(f => f.Feature).ToArray()));

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
