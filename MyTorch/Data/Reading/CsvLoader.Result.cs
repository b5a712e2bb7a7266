using System.Globalization;

namespace MyTorch.Data;

// The data set that is made of the columns.
partial class CsvLoader<T>
{
    /// <summary>The rounding errors of these columns; null if negligible.</summary>
    Tensor? Rest(CsvColumn[] columns)
    {
        if (columns.All(column => column.Rest is null || column.Kind != ColumnKind.Number)) return null;
        int width = columns.Sum(column => column.FeatureCount), at = 0;
        float[] rest = new float[Count * width];
        foreach (CsvColumn column in columns)
        {
            if (column.Rest is not null && column.Kind == ColumnKind.Number)
                for (int i = 0; i < Count; i++) rest[i * width + at] = column.Rest[RowOf(i)];
            at += column.FeatureCount;
        }
        return Tensor.Own(rest, [Count, width], DType.Float32);
    }

    /// <summary>The inputs of the rows that are kept, with categories one-hot encoded and dates in parts; NaN where a value is missing.</summary>
    (T[] Inputs, string[] Names) Inputs()
    {
        string[] names = [.. _features.SelectMany(f => f.Features)];
        if (_kept is null && _features.All(f => f.Kind == ColumnKind.Number)) return (_inputs, names);
        if ((long)Count * names.Length > Array.MaxLength)
            ThrowIfAny([new CsvIssue(CsvProblem.TooManyValues, FormattableString.Invariant(
                $"{Cited.Text(File, 500)}: {Count} rows of {names.Length} features are more than the {Array.MaxLength} values that a tensor holds."),
                "Leave out columns with many categories, or split the file.")]);
        T[] inputs = new T[Count * names.Length];
        for (int i = 0, to = 0; i < Count; i++)
        {
            int r = RowOf(i);
            for (int f = 0; f < _features.Length; f++)
            {
                CsvColumn column = _features[f];
                Span<T> values = inputs.AsSpan(to, column.FeatureCount);
                to += values.Length;
                switch (column.Kind)
                {
                    case ColumnKind.Number:
                        values[0] = _inputs[r * _features.Length + f];
                        break;
                    case ColumnKind.Category when column.Codes[r] < 0:
                        values.Fill(T.NaN);
                        break;
                    case ColumnKind.Category:
                        values[column.Codes[r]] = T.One;
                        break;
                    case ColumnKind.Date:
                        DateParts.Fill(values, column.DateFormat!, column.Ticks[r] == CsvColumn.NoDate ? null : new DateTime(column.Ticks[r]));
                        break;
                }
            }
        }
        return (inputs, names);
    }

    double[] TargetValues()
    {
        if (_kept is null) return [.. _targetValues];
        double[] values = new double[Count * _targets.Length];
        for (int i = 0; i < Count; i++)
            for (int t = 0; t < _targets.Length; t++) values[i * _targets.Length + t] = _targetValues[_kept[i] * _targets.Length + t];
        return values;
    }

    /// <summary>The label of each row and the names of the classes; null for a regression.</summary>
    (long[] Labels, string[] Names)? Classes()
    {
        if (_targets.Length > 1)
            return options.Task != LearningTask.Classification ? null : throw new CsvColumnException(new(CsvProblem.SeveralClassTargets,
                $"{Cited.Text(File, 500)}: {_targets.Length} targets cannot be classes.", "Name one target, or predict numbers with {0}.",
                new CsvFix(nameof(CsvOptions.Task), nameof(LearningTask.Regression))));
        CsvColumn target = _targets[0];
        long[] labels;
        string[] names;
        if (target.IsText)
        {
            labels = [.. Enumerable.Range(0, Count).Select(i => (long)target.Codes[RowOf(i)])];
            names = target.Categories;
        }
        else
        {
            if (options.Task == LearningTask.Regression) return null;
            // Adding 0 turns −0 into 0, which is equal but would be named "-0".
            IReadOnlyList<double> all = _kept is null ? _targetValues : TargetValues();
            double[] values = [.. all.Select(v => v + 0.0).Distinct().Order()];
            bool integers = values.All(double.IsInteger);
            if (options.Task == LearningTask.Auto && !(integers && values.Length <= options.MaxIntegerClasses)) return null;
            var label = values.Select((value, i) => (value, i)).ToDictionary(p => p.value, p => (long)p.i);
            labels = new long[all.Count];
            for (int i = 0; i < labels.Length; i++) labels[i] = label[all[i]];
            names = [.. values.Select(v => v.ToString(CultureInfo.InvariantCulture))];
        }
        if (names.Length == 1)
        {
            string statement = $"every one of the {Count} row(s) has the class '{Cited.Text(names[0])}'; expected at least two classes to tell apart.";
            ThrowIfAny([(target.IsText ? About(target, CsvProblem.SingleClass, statement, "Choose another target.")
                : About(target, CsvProblem.SingleClass, statement, "Choose another target, or predict numbers with {0}.", new CsvFix(nameof(CsvOptions.Task), nameof(LearningTask.Regression))))
                with { Value = names[0] }]);
        }
        return (labels, names);
    }

    DatasetSchema Schema(string[] features, string[] classes) => new()
    {
        Columns = [.. _layout.Header.Names.Select((name, position) => Used.FirstOrDefault(c => c.Position == position) is { } column
            ? new ColumnSchema
            {
                Name = name,
                Kind = column.Kind,
                IsTarget = column.IsTarget,
                Categories = column.IsTarget || column.Kind != ColumnKind.Category ? [] : [.. column.Categories],
                Numbers = column.Kind == ColumnKind.Number ? column.Numbers : null,
                Dates = column.Kind == ColumnKind.Date ? column.DateFormat : null,
                Reason = column.Reason,
                Features = [.. column.Features],
            }
            : new ColumnSchema { Name = name, Kind = ColumnKind.Ignored, Reason = _unused.GetValueOrDefault(position, "as asked") })],
        Targets = [.. _targets.Select(t => new TargetSchema
        {
            Name = t.Name,
            Task = classes.Length > 0 ? LearningTask.Classification : LearningTask.Regression,
            Classes = [.. classes],
        })],
        FeatureNames = [.. features],
        MissingMarkers = [.. options.MissingMarkers],
        HasHeader = options.HasHeader,
    };
}
