using System.Globalization;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Reports;

namespace MyTorch.Tests.Reports;

/// <summary>The numbers of a report, against formulas and plain computations.</summary>
public sealed class AnalysisTests
{
    [Test]
    public void AreaUnderRocIsTheShareOfPairsInOrder()
    {
        var (model, _, test) = TrainingReportTests.Classification(rows: 400, seed: 7);
        var classes = new ClassPredictions(model, test);
        double pairs = 0, ordered = 0;
        for (int i = 0; i < test.Count; i++)
            for (int j = 0; j < test.Count; j++)
                if (classes.Truth[i] == 1 && classes.Truth[j] == 0)
                {
                    pairs++;
                    ordered += classes.OfSecond![i] > classes.OfSecond[j] ? 1 : classes.OfSecond[i] == classes.OfSecond[j] ? 0.5 : 0;
                }
        var (points, area) = classes.Roc();
        Assert.That(area, Is.EqualTo(ordered / pairs).Within(1e-12).And.InRange(0.8, 0.99));
        Assert.That(points[^1].FalsePositives, Is.EqualTo(1));
        Assert.That(points[^1].TruePositives, Is.EqualTo(1));
    }

    [Test]
    public void EqualProbabilitiesAreOnePointOfTheRoc()
    {
        var (model, _, test) = TrainingReportTests.Classification(rows: 40, seed: 7);
        foreach (Tensor parameter in model.Parameters()) parameter.Fill(0);
        var (points, area) = new ClassPredictions(model, test).Roc();
        Assert.That(points, Has.Count.EqualTo(2));
        Assert.That(area, Is.EqualTo(0.5));
    }

    // Probabilities p as logits (0, ln(p/(1 − p))); two rows share 0.5.
    static ClassPredictions OfTwo()
    {
        double[] p = [0.1, 0.4, 0.35, 0.8, 0.65, 0.5, 0.2, 0.9, 0.5];
        var rows = new Dataset(Tensor.From([.. p.SelectMany(x => new[] { 0, Math.Log(x / (1 - x)) })], [9, 2], DType.Float64),
            Tensor.Indices([0, 0, 1, 1, 0, 1, 0, 1, 0]));
        return new ClassPredictions(new Identity(), rows);
    }

    [Test]
    public void TheIntervalOfTheAreaIsDeLongs()
    {
        // From the definition with all pairs, in NumPy.
        ClassPredictions classes = OfTwo();
        Assert.That(classes.Roc().Area, Is.EqualTo(0.775).Within(1e-12));
        ScoreInterval interval = classes.AreaInterval()!.Value;
        Assert.That((interval.Low, interval.High), Is.EqualTo((0.3251450654752496, 0.9609752116814468)).Using<(double, double)>(
            (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-9 && Math.Abs(a.Item2 - b.Item2) < 1e-9));
    }

    [Test]
    public void CalibrationCountsTheRowsOfEachGroup()
    {
        var (bins, error) = OfTwo().Calibration();
        Assert.That(bins.Select(bin => (bin.Rows, bin.True)), Is.EqualTo(new[] { (1, 0), (1, 0), (1, 1), (1, 0), (2, 1), (1, 0), (1, 1), (1, 1) }));
        Assert.That(bins.Select(bin => bin.Said), Is.EqualTo(new[] { 0.1, 0.2, 0.35, 0.4, 0.5, 0.65, 0.8, 0.9 }).Within(1e-12));
        Assert.That(error, Is.EqualTo((0.1 + 0.2 + 0.65 + 0.4 + 0 + 0.65 + 0.2 + 0.1) / 9).Within(1e-12));
    }

    [Test]
    public void ProbabilitiesAreTheSoftmax()
    {
        var (model, _, test) = TrainingReportTests.Classification(rows: 50, seed: 2);
        var classes = new ClassPredictions(model, test);
        double[] expected = model.Forward(test.Inputs).To(DType.Float64).Softmax(1).ToArray();
        for (int row = 0; row < test.Count; row++)
        {
            Assert.That(classes.OfSecond![row], Is.EqualTo(expected[2 * row + 1]).Within(1e-12));
            Assert.That(classes.OfTruth[row], Is.EqualTo(expected[2 * row + classes.Truth[row]]).Within(1e-12));
            Assert.That(classes.Confidence[row], Is.EqualTo(Math.Max(expected[2 * row], expected[2 * row + 1])).Within(1e-12));
        }
    }

    [Test]
    public void PrecisionAndRecall()
    {
        // Truth 0 0 0 1 1 2, predicted 0 0 1 1 1 0: class 0 has precision 2/3 and recall 2/3, class 1 2/3 and 1, class 2 nothing.
        var test = new Dataset(
            Tensor.From([1.0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0], [6, 3]), Tensor.Indices([0, 0, 0, 1, 1, 2]));
        var scores = new ClassPredictions(new Identity(), test).PerClass();
        Assert.That(scores.Select(s => s.Precision), Is.EqualTo(new[] { 2.0 / 3, 2.0 / 3, double.NaN }));
        Assert.That(scores.Select(s => s.Recall), Is.EqualTo(new[] { 2.0 / 3, 1, 0 }));
        Assert.That(scores.Select(s => s.F1), Is.EqualTo(new[] { 2.0 / 3, 0.8, 0 }).Within(1e-12));
    }

    [Test]
    public void AColumnThatTheModelIgnoresHasNoImportance()
    {
        var (model, _, test) = TrainingReportTests.Classification(rows: 600, seed: 4);
        var importance = Importances.Of(model, test, [("b", [1]), ("a", [0])], 0, default)!;
        Assert.That(importance.Columns.Select(one => one.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(importance.Columns[1].Loss, Is.Zero);
        // Shuffled, the column says nothing, so about half of the rows are right.
        Assert.That(importance.Columns[0].Loss, Is.EqualTo(Metrics.Accuracy(model, test) - 0.5).Within(0.08));
    }

    [Test]
    public void AGroupThatIsPredictedWorseIsNamedAndChanceIsNot()
    {
        // The label is x > 0, except where group is 3: there it is drawn at random.
        var generator = new Generator(1);
        const int rows = 2000;
        double[] inputs = new double[3 * rows];
        long[] labels = new long[rows];
        for (int i = 0; i < rows; i++)
        {
            (inputs[3 * i], inputs[3 * i + 1], inputs[3 * i + 2]) = (generator.NextGaussian(), generator.Next(4), generator.NextGaussian());
            labels[i] = inputs[3 * i + 1] == 3 ? generator.Next(2) : inputs[3 * i] > 0 ? 1 : 0;
        }
        var (train, test) = new Dataset(Tensor.From(inputs, [rows, 3]), Tensor.Indices(labels), ["x", "group", "noise"]).Split(0.5);
        var model = new Sequential(new Linear(3, 2, generator: new Generator(0)));
        model.Parameters()[0].CopyFrom(Tensor.From([-5.0, 0, 0, 5, 0, 0], [2, 3]));
        model.Parameters()[1].Fill(0);
        var facts = new ReportFacts(new TrainingReport { Model = model, Train = train, Test = test, CompareWithLinear = false }, default);
        Assert.That(facts.Groups.Select(group => group.Name), Is.EqualTo(new[] { "group from 3 to 3" }));
        Assert.That(facts.Groups[0].Value, Is.EqualTo(0.5).Within(0.1));
    }

    [Test]
    public void AModelThatAlwaysSaysTheUsualClassIsNotTrusted()
    {
        var generator = new Generator(3);
        double[] inputs = [.. Enumerable.Range(0, 400).Select(_ => generator.NextGaussian())];
        var data = new Dataset(Tensor.From(inputs, [200, 2]), Tensor.Indices([.. Enumerable.Range(0, 200).Select(i => i % 40 == 0 ? 1L : 0L)]),
            ["a", "b"], ["ok", "fraud"]);
        var (train, test) = data.Split(0.5);
        var model = new Sequential(new Linear(2, 2, generator: new Generator(0)));
        model.Parameters()[0].Fill(0);
        model.Parameters()[1].CopyFrom(Tensor.From([4.0, 0]));
        var facts = new ReportFacts(new TrainingReport { Model = model, Train = train, Test = test, CompareWithLinear = false }, default);
        Assert.That(facts.Score, Is.GreaterThan(0.95));
        Assert.That(facts.Checks[0].Verdict, Is.EqualTo(Verdict.Bad));
        Assert.That(facts.Checks[0].Says, Does.Contain("no better than that constant answer"));
        Assert.That(facts.Checks.Single(check => check.Says.Contains("“fraud” 0 of", StringComparison.Ordinal)).Verdict, Is.EqualTo(Verdict.Look));
    }

    [Test]
    public void RowsThatAreAlsoTrainingRowsAreCounted()
    {
        var train = new Dataset(Tensor.From([1.0, 2, 3, 4, 5, 6], [3, 2]), Tensor.Indices([0, 1, 0]));
        var test = new Dataset(Tensor.From([5.0, 6, 4, 3, 1, 2, 1, 2], [4, 2]), Tensor.Indices([0, 1, 1, 0]));
        Assert.That(Overlap.Count(train, test), Is.EqualTo(3));
    }

    [TestCase(1, "100.0\u00A0%")]
    [TestCase(0.99996, "99.996\u00A0%")]
    [TestCase(0.5, "50.0\u00A0%")]
    [TestCase(-0.0001, "0.0\u00A0%")]
    public void NotQuiteAllIsNotAHundred(double share, string expected) => Assert.That(Html.Percent(share), Is.EqualTo(expected));

    [TestCase(0, "0")]
    [TestCase(-0.0, "0")]
    [TestCase(12.3456789, "12.346")]
    [TestCase(1234567, "1234567")]
    [TestCase(99999.96, "100000")]
    [TestCase(0.00012345678, "0.00012346")]
    [TestCase(1.2345678e-7, "1.2346e-7")]
    [TestCase(-2.5e12, "-2.5e12")]
    [TestCase(double.NaN, "NaN")]
    [TestCase(double.NegativeInfinity, "-∞")]
    public void NumbersHaveFiveDigits(double value, string expected) => Assert.That(Html.Number(value), Is.EqualTo(expected));

    [Test]
    public void HistogramCountsEveryValueOnce()
    {
        var (centres, counts) = Histogram.Of([0, 0.1, 0.9, 1, 1, double.NaN, double.PositiveInfinity], 2);
        Assert.That(centres, Is.EqualTo(new[] { 0.25, 0.75 }));
        Assert.That(counts, Is.EqualTo(new[] { 2, 3 }));
    }

    [Test]
    public void NormsOfLayersAreThoseOfTheirParameters()
    {
        var model = new Sequential(new Linear(2, 1, generator: new Generator(0)), new Linear(1, 1, generator: new Generator(1)));
        var norms = new LayerNorms(model);
        Tensor[] parameters = [.. model.Parameters()];
        double weights = Math.Sqrt(parameters[0].Square().Sum().Item() + parameters[1].Square().Sum().Item());
        foreach (double scale in new[] { 1.0, 3.0 })
        {
            parameters[0].Grad = Tensor.From([3 * scale, 0], [1, 2]);
            parameters[1].Grad = Tensor.From([4 * scale], [1]);
            norms.Record(1);
        }
        Assert.That(norms.Layers, Is.EqualTo(new[] { "0", "1" }));
        Assert.That(norms.Gradients(0), Is.EqualTo(new[] { 10.0 }).Within(1e-6), "the mean of 5 and 15");
        Assert.That(norms.Gradients(1), Is.EqualTo(new[] { 0.0 }));
        Assert.That(norms.Weights(0), Is.EqualTo(new[] { weights }).Within(1e-6));
        Assert.That(() => norms.Record(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void DistributionsCountFiniteNumbersAndNameTheOthers()
    {
        Distribution values = Distribution.Of([Tensor.From([.. Enumerable.Range(0, 81).Select(i => (double)i)], DType.Float64), Tensor.From([double.NaN, 20])]);
        Assert.That((values.Count, values.NotFinite, values.Counts.Sum()), Is.EqualTo((82, 1, 82)));
        Assert.That(values.Quantiles, Is.EqualTo(new double[] { 0, 4, 20, 40, 60, 76, 80 }).Within(1));
        Assert.That(values.Counts, Has.Count.EqualTo(40).And.All.InRange(2, 3));
        Distribution none = Distribution.Of([Tensor.From([double.NaN])]);
        Assert.That((none.Count, none.Counts.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void HistogramsOfLongTrainingsAreEvenlySpaced()
    {
        var model = new Linear(2, 1, generator: new Generator(0));
        var norms = new LayerNorms(model);
        for (int epoch = 1; epoch <= 70; epoch++)
        {
            model.Weight.Fill(epoch);
            norms.Record(epoch);
            norms.Record(epoch);
        }
        Assert.That(norms.Snapshots.Select(one => one.Epoch), Is.EqualTo(Enumerable.Range(0, 9).Select(i => 1 + 8 * i)));
        Assert.That(norms.Snapshots.Select(one => one.Weights[0].Greatest), Is.EqualTo(norms.Snapshots.Select(one => (double)one.Epoch)));
        Assert.That(norms.Snapshots[0].Gradients[0].Count, Is.Zero, "no gradient was computed");
    }

    [Test]
    public void DatesAreShownAsDatesAndLinesAreThoseOfTheFile()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "dates.csv");
        try
        {
            File.WriteAllLines(path, ["day,at,x,y", .. Enumerable.Range(0, 40).Select(i => FormattableString.Invariant(
                $"{new DateOnly(2023, 12, 20).AddDays(3 * i):yyyy-MM-dd},{new DateTime(2024, 2, 28, 22, 5, 0).AddHours(7 * i):yyyy-MM-dd HH:mm},{(i == 7 ? "" : (i % 5).ToString(CultureInfo.InvariantCulture))},{(i * i % 7 < 3 ? "a" : "b")}"))]);
            var all = CsvDataset.Load(path, "y", new CsvOptions { Missing = MissingValues.Mean });
            var (train, test) = all.Split(0.5);
            Assert.That(train.Lines.Concat(test.Lines).Order(), Is.EqualTo(Enumerable.Range(2, 40)));
            Imputer imputer = Imputer.Fit(train);
            Standardizer scaler = Standardizer.Fit(imputer.Apply(train));
            Dataset rows = scaler.Apply(imputer.Apply(all));
            var facts = new ReportFacts(new TrainingReport
            {
                Model = new MLP(all.FeatureCount, [], 2, generator: new Generator(0)),
                Train = scaler.Apply(imputer.Apply(train)),
                Test = rows,
                Data = all,
                CompareWithLinear = false,
            }, default);
            var units = new OriginalUnits(rows);
            ColumnView[] columns = [.. facts.Columns];
            Assert.That(units.Text(0, columns[0]), Is.EqualTo("2023-12-20"));
            Assert.That(units.Text(4, columns[0]), Is.EqualTo("2024-01-01"));
            Assert.That(units.Text(1, columns[1]), Is.EqualTo("2024-02-29 05:05"));
            Assert.That(Enumerable.Range(0, 40).Where(row => facts.WasMissing(row, columns[2])), Is.EqualTo(new[] { 7 }));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Test]
    public void PixelsAreRecognisedByTheirNames()
    {
        string[] names = [.. Enumerable.Range(0, 6).Select(i => FormattableString.Invariant($"pixel_{i / 3}_{i % 3}"))];
        Assert.That(PixelGrid.Of(names), Is.EqualTo(new PixelGrid(3, 2)));
        Assert.That(PixelGrid.Of([.. names.Reverse()]), Is.Null);
        Assert.That(PixelGrid.Of(["a", "b", "c", "d"]), Is.Null);
    }
}
