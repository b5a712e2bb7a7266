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

    // A correlation as high as this leaves 0.02 % of the variance.
    const double Copied = 0.9999;

    // 0.2 % of the variance: closer than things that are measured apart usually are.
    const double NearlyCopied = 0.999;

    // How often the columns of a file may tell the target by chance: with a single row of a class, every column has a good chance to.
    const double MostByChance = 1e-3;

    // The logarithm of the same for a column of many values, of which some tell the class for honest reasons.
    const double Surprising = -30;

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
        if (rows.Length - missing.Length == 1)
            return new TrainingWarning(Mistake.ClassMissing,
                $"All training rows have the class {Cited.List([train.ClassNames[Array.FindIndex(rows, count => count > 0)]])}: the model learns to answer it always. " +
                "Split with Dataset.Split, which has each class in both parts, or load rows of other classes.");
        if (missing.Length == 0) return null;
        // Names of a file are not counted, so that a label cannot be one too large.
        bool counted = train.Schema is null && train.ClassNames.Select((name, c) => name == c.ToString(CultureInfo.InvariantCulture)).All(same => same);
        if (missing is [0] && rows.Length > 2 && counted)
            return new TrainingWarning(Mistake.LabelsFromOne, Text(
                $"No training row has the label 0, and every label from 1 to {rows.Length - 1} occurs: do the labels count from 1? Class indices count from 0; subtract 1 from each label."));
        string names = Cited.List([.. missing.Select(c => train.ClassNames[c])]);
        return new TrainingWarning(Mistake.ClassMissing, Text(
            $"The training rows have no row of {(missing.Length == 1 ? "the class" : $"{missing.Length} of the {rows.Length} classes,")} {names}: the model cannot learn {(missing.Length == 1 ? "it" : "them")}. ") +
            "Split with Dataset.Split, which has each class in both parts, or leave the class out.");
    }

    internal static TrainingWarning? UnscaledInputs(Dataset train)
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
        (string Sentence, string Feature)? found = train.IsClassification ? TellsTheClass(train, rows) : TellsTheNumber(train, rows);
        if (found is not var (sentence, feature)) return null;
        // A feature of a date is not the column itself.
        string column = train.Schema?.Columns.FirstOrDefault(c => c.Features.Contains(feature))?.Name ?? feature;
        return new TrainingWarning(Mistake.TargetLeaked,
            $"{sentence} If it is computed from the target, or known only after it, leave it out ({new CsvFix(nameof(CsvOptions.Exclude), column)}).")
        { Column = column };
    }

    static (string Sentence, string Feature)? TellsTheClass(Dataset train, int[] rows)
    {
        long[] labels = train.Labels.ToInt64Array();
        int[] sizes = [.. rows.CountBy(row => labels[row]).Select(count => count.Value)];
        int classes = sizes.Length;
        if (classes < 2) return null;
        (string Name, int[] Features)[] columns = [.. Columns(train)];

        // The logarithm of the number of ways to give the rows their classes. Of these, few fit to a column by chance.
        double orders = LogFactorial(rows.Length) - sizes.Sum(LogFactorial), bar = Math.Log(MostByChance / columns.Length);
        foreach (var column in columns)
        {
            bool categorical = column.Features.Length > 1;
            (double Value, long Label)[] pairs = [.. rows.Select(row => (ValueOf(train, row, column.Features), labels[row]))];
            Array.Sort(pairs);
            int values = 1, runs = 1;
            bool tells = true;
            var owner = new Dictionary<double, long> { [pairs[0].Value] = pairs[0].Label };
            for (int i = 1; i < pairs.Length && tells; i++)
            {
                if (pairs[i].Value != pairs[i - 1].Value) values++;
                if (pairs[i].Label != pairs[i - 1].Label) runs++;
                tells = owner.TryAdd(pairs[i].Value, pairs[i].Label) || owner[pairs[i].Value] == pairs[i].Label;
            }
            if (!tells) continue;
            double byChance = values * Math.Log(classes) - orders;
            bool fewValues = byChance < (values <= 2 * classes ? bar : Surprising) && pairs.Length >= Math.Max(FewestRowsOfCategories, 5 * values);
            // One interval for each class; or two for one of them, as where the values of one class are missing and were filled by the mean.
            bool intervals = !categorical && runs <= classes + 1 && pairs.Length >= FewestRows
                && LogFactorial(classes) + (runs > classes ? Math.Log((double)classes * pairs.Length) : 0) - orders < bar;
            if (fewValues || intervals) return Tells(train, column.Name, rows.Length);
        }
        return null;
    }

    static (string Sentence, string Feature)? TellsTheNumber(Dataset train, int[] rows)
    {
        if (train.OutputCount != 1) return null;
        double[] y = [.. rows.Select(row => train.Target.ValueAt(row))];
        (string Name, int[] Features)[] columns = [.. Columns(train)];
        bool varies = rows.Length >= FewestRows && y.Distinct().Count() >= y.Length / 2;
        foreach (var column in columns)
        {
            double[] x = [.. rows.Select(row => ValueOf(train, row, column.Features))];
            double correlation = column.Features.Length > 1 ? 0 : Correlation(x, y);
            if (Math.Abs(correlation) > Copied) return Tells(train, column.Name, rows.Length);
            if (varies && Ranges(x, y, ordered: column.Features.Length == 1, Math.Log(MostByChance / columns.Length)) is { } ranges)
                return ranges > rows.Length / 2
                    ? Tells(train, column.Name, rows.Length)
                    : (Text($"The feature '{Cited.Text(column.Name)}' alone tells the range of '{Cited.Text(train.TargetNames[0])}': ") +
                        Text($"the rows of its {ranges} different values have ranges that do not overlap, ") +
                        Text($"in all {rows.Length} rows that were looked at."), column.Name);
            if (Math.Abs(correlation) > NearlyCopied && rows.Length >= FewestRows)
                return (Text($"The feature '{Cited.Text(column.Name)}' alone nearly tells '{Cited.Text(train.TargetNames[0])}': ") +
                    Text($"their correlation is {correlation:F4} in the {rows.Length} rows that were looked at."), column.Name);
        }
        return null;
    }

    static (string Sentence, string Feature) Tells(Dataset train, string column, int rows) => (Text(
        $"The feature '{Cited.Text(column)}' alone tells '{Cited.Text(train.TargetNames[0])}' in all {rows} rows that were looked at."), column);

    // The 0/1 columns of a categorical column are one column again: the number of the category.
    static double ValueOf(Dataset train, int row, int[] features) => features.Length == 1
        ? train.Inputs.ValueAt(row * train.FeatureCount + features[0])
        : features.MaxBy(feature => train.Inputs.ValueAt(row * train.FeatureCount + feature));

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

    /// <summary>
    /// The number of different values of x, if the ranges of y that belong to them do not overlap; for an ordered x they also rise or fall with
    /// it. Null otherwise, and if that is likely to happen by chance.
    /// </summary>
    static int? Ranges(double[] x, double[] y, bool ordered, double bar)
    {
        (double Least, double Most, int Rows)[] groups = [.. x.Zip(y).GroupBy(pair => pair.First).OrderBy(group => group.Key)
            .Select(group => (group.Min(pair => pair.Second), group.Max(pair => pair.Second), group.Count()))];
        if (groups.Length < 2) return null;
        double orders = LogFactorial(y.Length) - groups.Sum(group => LogFactorial(group.Rows));
        if ((ordered ? Math.Log(2) : LogFactorial(groups.Length)) - orders >= bar) return null;
        if (!ordered) Array.Sort(groups);
        bool rises = true, falls = ordered;
        for (int i = 1; i < groups.Length; i++)
        {
            rises &= groups[i].Least >= groups[i - 1].Most;
            falls &= groups[i].Most <= groups[i - 1].Least;
        }
        return rises || falls ? groups.Length : null;
    }

    // ln n!, by Stirling's series for large n.
    static double LogFactorial(int n)
    {
        if (n > 100) return n * Math.Log(n) - n + 0.5 * Math.Log(2 * Math.PI * n) + 1.0 / (12 * n);
        double sum = 0;
        for (int i = 2; i <= n; i++) sum += Math.Log(i);
        return sum;
    }

    // The features of each column of the file: column=red and column=blue are of the column named column.
    static IEnumerable<(string Name, int[] Features)> Columns(Dataset train) => train.FeatureNames
        .Select((name, feature) => (Name: name.IndexOf('=', StringComparison.Ordinal) is var at and > 0 ? name[..at] : name, Feature: feature))
        .GroupBy(column => column.Name, (name, features) => (name, features.Select(f => f.Feature).ToArray()));

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
