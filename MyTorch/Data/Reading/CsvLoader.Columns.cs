namespace MyTorch.Data;

// The columns that are used, and what is not.
partial class CsvLoader<T>
{
    void ChooseColumns()
    {
        CsvHeader header = _layout.Header;
        int[] targets = resolveTargets(header);
        int[] excluded = [.. options.Exclude.Select(name => header.Find(name, nameof(options.Exclude)))];
        var wishes = new Dictionary<int, ColumnWish>();
        foreach ((IReadOnlyList<string> names, ColumnWish wish, string option) in
            new[] { (options.TextColumns, ColumnWish.Text, nameof(options.TextColumns)), (options.NumberColumns, ColumnWish.Number, nameof(options.NumberColumns)),
                (options.DateColumns, ColumnWish.Date, nameof(options.DateColumns)) })
            foreach (string name in names) wishes[header.Find(name, option)] = wish;
        int[] features = options.Features is null
            ? [.. Enumerable.Range(0, header.Names.Length).Except(targets)]
            : [.. options.Features.Select(name => header.Find(name, nameof(options.Features)))];
        RequireOnce(targets, "a target");
        RequireOnce(features, "a feature");
        foreach (int t in targets)
        {
            string name = Cited.Text(header.Names[t]);
            if (features.Contains(t))
                throw new CsvColumnException(new(CsvProblem.ColumnNamedTwice,
                    $"{Cited.Text(File, 500)}: the column '{name}' is both a feature and the target; a model would only copy it.", "Name it once."));
            if (excluded.Contains(t))
                throw new CsvColumnException(new(CsvProblem.ExcludedTarget, $"{Cited.Text(File, 500)}: the target '{name}' is excluded.",
                    "Take it out of {0}.", new CsvFix(nameof(CsvOptions.Exclude), null)));
            if (wishes.GetValueOrDefault(t) == ColumnWish.Date)
                throw new CsvColumnException(new(CsvProblem.TextInTarget,
                    $"{Cited.Text(File, 500)}: the target '{name}' is to be a date, but a model predicts numbers or classes.", "Take it out of {0}.", new CsvFix(nameof(CsvOptions.DateColumns), null)));
        }
        if (_layout.HasRowNames)
        {
            features = [.. features.Except([0])];
            _unused[0] = "names of the rows, for which the header has no name";
        }
        features = [.. features.Except(excluded)];
        if (features.Length == 0)
            ThrowIfAny([new CsvIssue(CsvProblem.NoFeatures,
                $"{Cited.Text(File, 500)}: no feature column is left of the {header.Names.Length} column(s) in the file, besides the target and what is excluded.",
                "If the delimiter is another one, name it with {0}.", new CsvFix(nameof(CsvOptions.Delimiter), null))]);
        _targets = [.. targets.Select(t => Column(t, isTarget: true))];
        _features = [.. features.Select(f => Column(f, isTarget: false))];

        CsvColumn Column(int position, bool isTarget) => new(position, header.Names[position], isTarget, wishes.GetValueOrDefault(position),
            isAsked: options.Features is not null || wishes.ContainsKey(position))
        {
            IsNamedId = header.Unnamed[position] && options.HasHeader || ColumnNames.IsId(header.Names[position]),
        };

        void RequireOnce(int[] positions, string role)
        {
            if (positions.Distinct().Count() == positions.Length) return;
            int twice = positions.First(p => positions.Count(q => q == p) > 1);
            throw new CsvColumnException(new(CsvProblem.ColumnNamedTwice,
                $"{Cited.Text(File, 500)}: the column '{Cited.Text(header.Names[twice])}' is named twice as {role}.", "Name it once."));
        }
    }
}
