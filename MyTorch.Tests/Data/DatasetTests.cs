using CsCheck;
using MyTorch.Data;

namespace MyTorch.Tests.Data;

public class DatasetTests
{
    /// <summary>A classification whose only feature is the row's number, so that rows can be followed.</summary>
    static Dataset Numbered(params long[] labels) =>
        new(Tensor.From([.. Enumerable.Range(0, labels.Length).Select(i => (double)i)], [labels.Length, 1], DType.Float64), Tensor.Indices(labels));

    static Dataset NumberedRegression(int rows)
    {
        Tensor numbers = Tensor.From([.. Enumerable.Range(0, rows).Select(i => (double)i)], [rows, 1], DType.Float64);
        return new Dataset(numbers, numbers);
    }

    [Test]
    public void Labels_make_a_classification()
    {
        var data = new Dataset(Tensor.From([1, 2, 3, 4, 5, 6], [3, 2]), Tensor.Indices([0, 2, 0]));

        Assert.That((data.Count, data.FeatureCount, data.ClassCount, data.OutputCount), Is.EqualTo((3, 2, 3, 3)));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "column_0", "column_1" }));
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "0", "1", "2" }));
        Assert.That(() => data.Targets, Throws.InvalidOperationException.With.Message.Contains("classification").And.Message.Contains("Labels"));
    }

    [Test]
    public void Numbers_make_a_regression_with_a_column_a_target()
    {
        var one = new Dataset(Tensor.From([1, 2], [2, 1]), Tensor.From([3, 4], [2]));
        var two = new Dataset(Tensor.From([1, 2], [2, 1]), Tensor.From([3, 4, 5, 6], [2, 2]), targetNames: ["p", "q"]);

        Assert.That(one.Targets.Shape, Is.EqualTo(Shape.Create([2, 1])));
        Assert.That(two.Targets.Shape, Is.EqualTo(Shape.Create([2, 2])));
        Assert.That((one.OutputCount, two.OutputCount), Is.EqualTo((1, 2)));
        Assert.That(one.TargetNames, Is.EqualTo(new[] { "target" }));
        Assert.That(two.TargetNames, Is.EqualTo(new[] { "p", "q" }));
    }

    [Test]
    public void Tensors_that_do_not_fit_are_refused()
    {
        Tensor inputs = Tensor.From([1, 2, 3, 4, 5, 6], [3, 2]);
        Refused(() => new Dataset(Tensor.Indices([1, 2]), Tensor.Indices([0, 1])), "Int64", ".To(DType.Float32)");
        Refused(() => new Dataset(Tensor.From([1, 2, 3], [3]), Tensor.Indices([0, 1, 1])), "(3,)", "Unsqueeze(1)");
        Refused(() => new Dataset(Tensor.From([1, 2, 3, 4, 5, 6], [1, 3, 2]), Tensor.Indices([0])), "(1, 3, 2)", "Flatten(1)");
        Refused(() => new Dataset(Tensor.Zeros([0, 2]), Tensor.Indices([])), "(0, 2)", "at least one row");
        Refused(() => new Dataset(inputs, Tensor.Indices([0, 1])), "(3, 2)", "(2,)", "3 input rows");
        Refused(() => new Dataset(inputs, Tensor.From(1.0)), "(3, 2)", "()");
        Refused(() => new Dataset(inputs, Tensor.Indices([0, 1, 1], [3, 1])), "(3, 1)", "ArgMax(1)");
        Refused(() => new Dataset(inputs, Tensor.Indices([0, -1, 1])), "row 1", "-1", "expected 0");
        Refused(() => new Dataset(inputs, Tensor.Indices([0, 1, 2]), classNames: ["a", "b"]), "row 2", "is 2", "0 to 1", "2 class names");
        Refused(() => new Dataset(inputs.To(DType.Float32), Tensor.From([1, 2, 3], [3], DType.Float64)), "Float32", "Float64", ".To(DType.Float32)");
        Refused(() => new Dataset(inputs, Tensor.From([0, 1, 1], [3]), classNames: ["a", "b"]), "class names", "Tensor.Indices");
        Refused(() => new Dataset(inputs, Tensor.Indices([0, 1, 1]), featureNames: ["a"]), "1 feature name(s) for 2");
        Refused(() => new Dataset(inputs, Tensor.From([0, 1, 1], [3]), targetNames: ["a", "b"]), "2 target name(s) for 1");
        Refused(() => new Dataset(inputs, Tensor.Zeros([3, 0])), "(3, 0)");
        Refused(() => new Dataset(inputs, Tensor.From([1, 2, 3, 4, double.NaN, 6], [3, 2])), "row 2", "NaN");
    }

    static void Refused(Func<Dataset> make, params string[] named)
    {
        var e = Assert.Catch<ArgumentException>(() => _ = make())!;
        foreach (string part in named) Assert.That(e.Message, Does.Contain(part));
    }

    [Test]
    public void Missing_values_are_counted()
    {
        Dataset data = new(Tensor.From([1, double.NaN, float.MaxValue, float.MaxValue, double.NaN, 2], [3, 2]), Tensor.Indices([0, 1, 0]));

        Assert.That(data.MissingCount, Is.EqualTo(2));
        Assert.That(data.Select(1).MissingCount, Is.Zero);
        Assert.That(data.Select(2, 0).MissingCount, Is.EqualTo(2));
    }

    [Test]
    public void Select_takes_rows_in_order_and_keeps_the_names()
    {
        var data = new Dataset(Tensor.From([1, 2, 3, 4, 5, 6], [3, 2]), Tensor.Indices([0, 2, 1]), ["a", "b"], ["u", "v", "w"]);

        Dataset picked = data.Select(2, 0, 2);

        Assert.That(picked.Inputs.ToArray(), Is.EqualTo(new double[] { 5, 6, 1, 2, 5, 6 }));
        Assert.That(picked.Labels.ToInt64Array(), Is.EqualTo(new[] { 1, 0, 1 }));
        Assert.That(picked.FeatureNames, Is.EqualTo(data.FeatureNames));
        Assert.That(picked.ClassNames, Is.EqualTo(data.ClassNames), "a class without rows stays a class");
        Assert.That(() => data.Select(), Throws.ArgumentException.With.Message.Contains("at least one"));
        Assert.That(() => data.Select(0, 3), Throws.InstanceOf<ArgumentException>().With.Message.Contains("row 3").And.Message.Contains("0 to 2"));
        Assert.That(() => data.Select(-1), Throws.InstanceOf<ArgumentException>().With.Message.Contains("row -1"));
    }

    [Test]
    public void A_split_is_a_partition_stratified_to_within_a_row() =>
        Gen.Select(Gen.Long[0, 4].Array[3, 60], Gen.Double[0.05, 0.95], Gen.Int[0, 1000]).Sample((labels, fraction, seed) =>
        {
            int[] sizes = [.. Enumerable.Range(0, 5).Select(c => labels.Count(l => l == c))];
            if (sizes.Max() < 2) return; // every class has a single row: nothing to share out
            Dataset data = Numbered(labels);

            var (train, test) = data.Split(fraction, seed);

            double[] rows = [.. train.Inputs.ToArray(), .. test.Inputs.ToArray()];
            Assert.That(rows.Order(), Is.EqualTo(Enumerable.Range(0, labels.Length)), "every row is on one side");
            long[] trainLabels = train.Labels.ToInt64Array();
            Assert.That(trainLabels, Is.EqualTo(train.Inputs.ToArray().Select(r => labels[(int)r])), "a row keeps its label");
            for (int c = 0; c < 5; c++)
            {
                int here = trainLabels.Count(l => l == c);
                Assert.That(here, Is.EqualTo(sizes[c] * fraction).Within(1), $"class {c} of {sizes[c]}");
                if (sizes[c] >= 2) Assert.That(here, Is.InRange(1, sizes[c] - 1), $"class {c} is on both sides");
                if (sizes[c] == 1) Assert.That(here, Is.EqualTo(1), $"the only row of class {c} is learned from");
            }
        });

    [Test]
    public void A_split_of_a_regression_is_a_partition()
    {
        var (train, test) = NumberedRegression(11).Split(trainFraction: 0.8, seed: 3);

        Assert.That((train.Count, test.Count), Is.EqualTo((9, 2)));
        double[] rows = [.. train.Targets.ToArray(), .. test.Targets.ToArray()];
        Assert.That(rows.Order(), Is.EqualTo(Enumerable.Range(0, 11)));
        Assert.That(train.Inputs.ToArray(), Is.EqualTo(train.Targets.ToArray()));
    }

    [Test]
    public void The_total_is_right_too()
    {
        // Three classes of 4: 0.7 of each is 2.8, which rounds to 3 for all, but 0.7 of all is 8.4.
        var (train, test) = Numbered(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2).Split(0.7, 0);

        Assert.That((train.Count, test.Count), Is.EqualTo((8, 4)));
    }

    [Test]
    public void A_seed_is_one_split()
    {
        Dataset data = Numbered([.. Enumerable.Range(0, 40).Select(i => i % 2L)]);

        Assert.That(data.Split(0.5, 1).Train.Inputs.ToArray(), Is.EqualTo(data.Split(0.5, 1).Train.Inputs.ToArray()));
        Assert.That(data.Split(0.5, 1).Train.Inputs.ToArray(), Is.Not.EqualTo(data.Split(0.5, 2).Train.Inputs.ToArray()));
        Assert.That(data.Split(0.5, 1).Train.Inputs.ToArray(), Is.Not.Ordered, "rows come shuffled");
    }

    [TestCase(0.0)]
    [TestCase(1.0)]
    [TestCase(-0.5)]
    [TestCase(80.0)]
    [TestCase(double.NaN)]
    public void A_fraction_outside_0_to_1_is_refused(double fraction) =>
        Assert.That(() => NumberedRegression(5).Split(fraction),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("between 0 and 1"));

    [Test]
    public void Too_few_rows_to_split_are_refused()
    {
        Assert.That(() => NumberedRegression(1).Split(), Throws.InvalidOperationException.With.Message.Contains("1 row"));
        Assert.That(() => Numbered(0, 1).Split(), Throws.InvalidOperationException.With.Message.Contains("at least two of a class"));
        var (train, test) = NumberedRegression(2).Split(0.99);
        Assert.That((train.Count, test.Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Spirals_are_arms_that_wind_once_around_the_origin()
    {
        Dataset data = Dataset.Spirals(perClass: 50, classes: 3, noise: 0, seed: 0, dtype: DType.Float64);

        Assert.That(data.ToString(), Is.EqualTo("150 rows, 2 features, 3 classes"));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x", "y" }));
        double[] points = data.Inputs.ToArray();
        long[] labels = data.Labels.ToInt64Array();
        for (int i = 0; i < data.Count; i++)
        {
            double radius = (i % 50 + 1) / 50.0, angle = 2 * Math.PI * (radius + labels[i] / 3.0);
            Assert.That(labels[i], Is.EqualTo(i / 50));
            Assert.That(points[2 * i], Is.EqualTo(radius * Math.Cos(angle)).Within(1e-12));
            Assert.That(points[2 * i + 1], Is.EqualTo(radius * Math.Sin(angle)).Within(1e-12));
        }
    }

    [Test]
    public void Spirals_come_from_their_seed_and_noise_keeps_the_radius()
    {
        Dataset data = Dataset.Spirals(20, 2, noise: 0.3, seed: 5, dtype: DType.Float64);

        Assert.That(data.Inputs.ToArray(), Is.EqualTo(Dataset.Spirals(20, 2, 0.3, 5, DType.Float64).Inputs.ToArray()));
        Assert.That(data.Inputs.ToArray(), Is.Not.EqualTo(Dataset.Spirals(20, 2, 0.3, 6, DType.Float64).Inputs.ToArray()));
        double[] points = data.Inputs.ToArray();
        for (int i = 0; i < data.Count; i++)
            Assert.That(Math.Sqrt(points[2 * i] * points[2 * i] + points[2 * i + 1] * points[2 * i + 1]), Is.EqualTo((i % 20 + 1) / 20.0).Within(1e-12));
    }

    [Test]
    public void Spirals_that_cannot_be_are_refused()
    {
        Assert.That(() => Dataset.Spirals(perClass: 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("0 points"));
        Assert.That(() => Dataset.Spirals(classes: 1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("at least 2"));
        Assert.That(() => Dataset.Spirals(noise: -1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("-1"));
        Assert.That(() => Dataset.Spirals(noise: double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
