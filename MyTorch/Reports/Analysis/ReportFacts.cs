using MyTorch.Data;
using MyTorch.Nn;

namespace MyTorch.Reports;

/// <summary>All that the sections of a report say, computed once.</summary>
sealed class ReportFacts
{
    // Shuffling more columns than this one by one says little about each.
    const int MostColumns = 200;

    const int MostLinearWeights = 50_000;

    internal ReportFacts(TrainingReport report, CancellationToken cancellation)
    {
        Report = report;
        Check(report);
        Columns = ColumnView.Of(Test);
        Pixels = PixelGrid.Of(Test.FeatureNames);
        cancellation.ThrowIfCancellationRequested();
        if (IsClassification)
        {
            Classes = new ClassPredictions(Model, Test);
            Score = Classes.Accuracy;
            TrainScore = new ClassPredictions(Model, Train).Accuracy;
            ScoreInterval = report.Interval ?? Data.ScoreInterval.OfShare(Classes.Right, Test.Count);
            PerClass = Classes.PerClass();
        }
        else
        {
            Numbers = new NumberPredictions(Model, Test);
            var train = new NumberPredictions(Model, Train);
            Score = Enumerable.Range(0, Test.OutputCount).Average(Numbers.R2);
            TrainScore = Enumerable.Range(0, Test.OutputCount).Average(train.R2);
            ScoreInterval = report.Interval ?? Numbers.Interval(report.Seed);
        }
        HasScore = double.IsFinite(Score) && double.IsFinite(TrainScore);
        cancellation.ThrowIfCancellationRequested();
        Constant = ConstantAnswer();
        Baselines = report.Baselines.Count > 0 || !report.CompareWithLinear || !HasScore ? report.Baselines : Linear(cancellation);
        SeenInTraining = Overlap.Count(Train, Test);
        if (HasScore) Importance = Importances.Of(Model, Test, Shuffled(), report.Seed, cancellation);
        if (HasScore) Groups = GroupScores.Of(this);
        Checks = TrustChecks.Of(this);
    }

    internal TrainingReport Report { get; }

    internal Module Model => Report.Model;

    internal Dataset Train => Report.Train;

    internal Dataset Test => Report.Test;

    internal bool IsClassification => Test.IsClassification;

    internal IReadOnlyList<ColumnView> Columns { get; }

    /// <summary>The width of the picture if the features are its pixels.</summary>
    internal PixelGrid? Pixels { get; }

    internal ClassPredictions? Classes { get; }

    internal NumberPredictions? Numbers { get; }

    internal IReadOnlyList<ClassCounts> PerClass { get; } = [];

    /// <summary>Accuracy or R² on the test rows.</summary>
    internal double Score { get; }

    internal double TrainScore { get; }

    /// <summary>Whether all outputs are numbers.</summary>
    internal bool HasScore { get; }

    internal ScoreInterval? ScoreInterval { get; }

    /// <summary>The best constant answer of the training rows, and its score on the test rows.</summary>
    internal ReportBaseline Constant { get; }

    /// <summary>The baselines to show besides the constant answer.</summary>
    internal IReadOnlyList<ReportBaseline> Baselines { get; }

    internal int SeenInTraining { get; }

    internal Importances? Importance { get; }

    internal IReadOnlyList<GroupScore> Groups { get; } = [];

    internal IReadOnlyList<TrustCheck> Checks { get; }

    /// <summary>Whether the rows of the test can be found in the file.</summary>
    internal bool HasLines => Test.Lines.Count == Test.Count;

    /// <summary>Whether a value of a test row was missing in the data as it was read, and was filled in.</summary>
    internal bool WasMissing(int row, ColumnView column)
    {
        if (Report.Data is not { MissingCount: > 0 } data || !HasLines || data.File is null || data.File != Test.File) return false;
        _rowOfLine ??= data.Lines.Select((line, i) => (line, i)).DistinctBy(one => one.line).ToDictionary(one => one.line, one => one.i);
        return _rowOfLine.TryGetValue(Test.Lines[row], out int read)
            && column.Features.Any(feature => double.IsNaN(data.Inputs.ValueAt(read * data.FeatureCount + feature)));
    }

    Dictionary<long, int>? _rowOfLine;

    internal string Target => Test.TargetNames.Count == 1 ? Test.TargetNames[0] : $"{Test.TargetNames.Count} numbers";

    internal string Title =>
        Report.Title is { } title
            ? Cited.Text(title, 120)
            : $"Predicting {Cited.Text(Target)}" + (Report.Source is { } source
                ? $" from {Cited.Text(source)}"
                : "");

    /// <summary>The score in words: <c>96.7 %</c> or <c>0.523</c>.</summary>
    internal string Shown(double score) => IsClassification ? Html.Percent(score) : Html.Fixed(score);

    static void Check(TrainingReport report)
    {
        if (report.Train.IsClassification != report.Test.IsClassification || report.Train.OutputCount != report.Test.OutputCount
            || report.Train.FeatureCount != report.Test.FeatureCount)
            throw new ArgumentException(
                $"Report: the training rows are {report.Train} and the test rows {report.Test}; expected the same features and targets. " +
                "Divide one data set with Split, or match the test rows with AlignedWith.");
        if (report.Train.MissingCount > 0 || report.Test.MissingCount > 0)
            throw new ArgumentException(
                "Report: input values are missing (NaN); expected rows as the model takes them. Fill them with the Imputer of the " +
                "training rows, " +
                "and give the rows as they were read as Data.");
    }

    ReportBaseline ConstantAnswer()
    {
        if (!IsClassification)
            return new ReportBaseline("the mean of the training rows for every row", Enumerable.Range(0, Test.OutputCount).Average(OfMean));
        int[] counts = new int[Test.ClassCount];
        foreach (long label in Train.Labels.ToInt64Array()) counts[label]++;
        int most = Array.IndexOf(counts, counts.Max());
        return new ReportBaseline(
            $"always “{Cited.Text(Test.ClassNames[most])}”", (double)Classes!.Truth.Count(label => label == most) / Test.Count);

        double OfMean(int target)
        {
            double mean = TrainMean(target), middle = Numbers!.Truth[target].Average();
            double errors = Numbers.Truth[target].Sum(t => (t - mean) * (t - mean)),
                spread = Numbers.Truth[target].Sum(t => (t - middle) * (t - middle));
            return spread > 0 ? 1 - errors / spread : 0;
        }
    }

    // Nothing if it would take longer than the rest of the report.
    IReadOnlyList<ReportBaseline> Linear(CancellationToken cancellation)
    {
        if ((double)Train.FeatureCount * Train.OutputCount > MostLinearWeights) return [];
        double score = Training.Baselines.Of(Train, Test, Report.Seed, cancellation).Linear;
        cancellation.ThrowIfCancellationRequested();
        return double.IsFinite(score)
            ? [new ReportBaseline(IsClassification ? "a linear model (softmax regression)" : "a linear model", score)]
            : [];
    }

    /// <summary>The mean of a target over the training rows, in the units of the file.</summary>
    internal double TrainMean(int target)
    {
        Tensor values = Train.Standardizer?.InverseTargets(Train.Targets) ?? Train.Targets;
        double sum = 0;
        for (int row = 0; row < Train.Count; row++) sum += values.ValueAt(row * Train.OutputCount + target);
        return sum / Train.Count;
    }

    /// <summary>The columns to shuffle; blocks of neighbouring pixels where the features are a picture.</summary>
    IReadOnlyList<(string Name, int[] Features)> Shuffled()
    {
        if (Pixels is { } grid && Test.FeatureCount > 64) return grid.Blocks(Math.Max(2, grid.Width / 7));
        var columns = Columns.Where(column => column.Features.Length > 0).Select(column => (column.Name, column.Features)).ToArray();
        return columns.Length <= MostColumns ? columns : [];
    }
}
