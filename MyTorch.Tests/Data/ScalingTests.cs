using CsCheck;
using MyTorch.Data;

namespace MyTorch.Tests.Data;

/// <summary>The steps fitted on the training rows: <see cref="Imputer"/> and <see cref="Standardizer"/>.</summary>
public class ScalingTests
{
    static Dataset Regression(double[] inputs, int features, double[] targets, DType dtype = DType.Float64)
    {
        int rows = inputs.Length / features;
        return new Dataset(Tensor.From(inputs, [rows, features], dtype), Tensor.From(targets, [rows, targets.Length / rows], dtype));
    }

    [Test]
    public void Columns_get_mean_0_and_deviation_1()
    {
        Dataset data = Regression([1, 10, 3, 10, 5, 40, 7, 20], 2, [0, 0, 0, 8]);

        var scaler = Standardizer.Fit(data);
        Dataset scaled = scaler.Apply(data);

        Assert.That(scaler.Mean.ToArray(), Is.EqualTo(new double[] { 4, 20 }));
        Assert.That(scaler.Scale.ToArray(), Is.EqualTo(new[] { Math.Sqrt(5), Math.Sqrt(150) }).Within(1e-12));
        Assert.That(scaled.Inputs.ToArray()[0], Is.EqualTo(-3 / Math.Sqrt(5)).Within(1e-12));
        Assert.That(scaled.Targets.ToArray(), Is.EqualTo(new[] { -2, -2, -2, 6 }.Select(t => t / Math.Sqrt(12))).Within(1e-12));
        Assert.That(scaled.Standardizer, Is.SameAs(scaler));
        Assert.That(data.Inputs.ToArray()[0], Is.EqualTo(1), "the original is untouched");
    }

    [Test]
    public void The_scale_is_that_of_the_rows_it_was_fitted_on()
    {
        Dataset train = Regression([0, 2], 1, [0, 10]), test = Regression([5], 1, [20]);

        Dataset scaled = Standardizer.Fit(train).Apply(test);

        Assert.That(scaled.Inputs.ToArray(), Is.EqualTo(new[] { 4.0 }));
        Assert.That(scaled.Targets.ToArray(), Is.EqualTo(new[] { 3.0 }));
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void A_constant_column_becomes_0(DType dtype)
    {
        // The mean of a hundred times 0.1 is a rounding error beside 0.1.
        double[] inputs = [.. Enumerable.Repeat(0.1, 100)];
        Dataset data = Regression(inputs, 1, inputs, dtype);

        var scaler = Standardizer.Fit(data);
        Dataset scaled = scaler.Apply(data);

        Assert.That(scaled.Inputs.ToArray(), Is.All.Zero);
        Assert.That(scaled.Targets.ToArray(), Is.All.Zero);
        Assert.That(scaler.Scale.ToArray(), Is.EqualTo(new[] { 1.0 }));
        Assert.That(scaler.InverseTargets(scaled.Targets).ToArray(), Is.EqualTo(data.Targets.ToArray()));
    }

    [Test]
    public void Labels_are_left_alone()
    {
        var data = new Dataset(Tensor.From([1, 3], [2, 1]), Tensor.Indices([0, 5]));

        Dataset scaled = Standardizer.Fit(data).Apply(data);

        Assert.That(scaled.Labels.ToInt64Array(), Is.EqualTo(new[] { 0, 5 }));
        Assert.That(scaled.Inputs.ToArray(), Is.EqualTo(new double[] { -1, 1 }));
    }

    [Test]
    public void Features_or_targets_can_be_left_alone()
    {
        Dataset data = Regression([1, 3], 1, [10, 30]);

        Dataset targetsOnly = Standardizer.Fit(data, features: false).Apply(data);
        var scaler = Standardizer.Fit(data, targets: false);
        Dataset featuresOnly = scaler.Apply(data);

        Assert.That(targetsOnly.Inputs.ToArray(), Is.EqualTo(new double[] { 1, 3 }));
        Assert.That(targetsOnly.Targets.ToArray(), Is.EqualTo(new double[] { -1, 1 }));
        Assert.That(featuresOnly.Inputs.ToArray(), Is.EqualTo(new double[] { -1, 1 }));
        Assert.That(featuresOnly.Targets.ToArray(), Is.EqualTo(new double[] { 10, 30 }));
        Assert.That(scaler.InverseTargets(data.Targets).ToArray(), Is.EqualTo(new double[] { 10, 30 }));
    }

    [Test]
    public void Any_targets_come_back_in_original_units() =>
        Gen.Int[1, 3].SelectMany(targets => Gen.Double[-1e6, 1e6].Array[targets].Array[1, 30]).Sample(rows =>
        {
            double[] targets = [.. rows.SelectMany(r => r)];
            Dataset data = Regression([.. rows.Select(r => r[0])], 1, targets);

            var scaler = Standardizer.Fit(data);
            Dataset scaled = scaler.Apply(data);

            Assert.That(scaled.Inputs.ToArray().Concat(scaled.Targets.ToArray()), Is.All.Matches<double>(double.IsFinite));
            Assert.That(scaler.InverseTargets(scaled.Targets).ToArray(), Is.EqualTo(targets).Within(1e-8));
            Assert.That(scaler.Apply(data.Inputs).ToArray(), Is.EqualTo(scaled.Inputs.ToArray()));
        });

    [Test]
    public void A_standardizer_refuses_what_it_was_not_fitted_on()
    {
        Dataset data = Regression([1, 2, 3, 4], 2, [1, 2]);
        var scaler = Standardizer.Fit(data);
        var classes = new Dataset(data.Inputs, Tensor.Indices([0, 1]));

        Assert.That(() => scaler.Apply(Regression([1, 2, 3], 3, [1])),
            Throws.ArgumentException.With.Message.Contains("(1, 3)").And.Message.Contains("(rows, 2)").And.Message.Contains("same columns"));
        Assert.That(() => scaler.Apply(Regression([1, 2], 2, [1, 2])),
            Throws.ArgumentException.With.Message.Contains("targets").And.Message.Contains("(rows, 1)"));
        Assert.That(() => scaler.InverseTargets(Tensor.From([1, 2], [1, 2], DType.Float64)), Throws.ArgumentException.With.Message.Contains("(1, 2)"));
        Assert.That(() => scaler.InverseTargets(Tensor.From([1, 2], [2], DType.Float64)), Throws.ArgumentException.With.Message.Contains("(2,)"));
        Assert.That(() => scaler.Apply(classes), Throws.ArgumentException.With.Message.Contains("classes").And.Message.Contains("targets: false"));
        Assert.That(() => scaler.Apply(data.Inputs.To(DType.Float32)), Throws.ArgumentException.With.Message.Contains(".To(DType.Float64)"));
    }

    [Test]
    public void Standardising_twice_is_refused()
    {
        Dataset data = Regression([1, 2], 1, [1, 2]);
        var scaler = Standardizer.Fit(data);
        Dataset scaled = scaler.Apply(data);

        Assert.That(() => scaler.Apply(scaled), Throws.InvalidOperationException.With.Message.Contains("already standardized"));
        Assert.That(() => Standardizer.Fit(scaled), Throws.InvalidOperationException.With.Message.Contains("already standardized"));
        Assert.That(() => scaler.Apply(scaled.Select(0)), Throws.InvalidOperationException, "its rows are standardized too");
        Assert.That(() => Imputer.Fit(scaled), Throws.InvalidOperationException.With.Message.Contains("Fill missing values first"));
    }

    [Test]
    public void Missing_values_get_the_mean_of_the_training_rows()
    {
        Dataset train = Regression([1, 10, double.NaN, 20, 4, double.NaN], 2, [1, 2, 3]);
        Dataset test = Regression([double.NaN, double.NaN, 100, 100], 2, [1, 2]);

        var imputer = Imputer.Fit(train);

        Assert.That(imputer.Mean.ToArray(), Is.EqualTo(new[] { 2.5, 15 }));
        Assert.That(imputer.Apply(train).Inputs.ToArray(), Is.EqualTo(new[] { 1, 10, 2.5, 20, 4, 15 }));
        Assert.That(imputer.Apply(test).Inputs.ToArray(), Is.EqualTo(new[] { 2.5, 15, 100, 100 }));
        Assert.That(imputer.Apply(test).MissingCount, Is.Zero);
        Assert.That(test.MissingCount, Is.EqualTo(2), "the original is untouched");
    }

    [Test]
    public void An_imputer_refuses_what_has_no_mean_or_other_columns()
    {
        var hollow = new Dataset(Tensor.From([1, double.NaN, 2, double.NaN], [2, 2]), Tensor.Indices([0, 1]), featureNames: ["full", "hollow"]);

        Assert.That(() => Imputer.Fit(hollow), Throws.InvalidOperationException.With.Message.Contains("'hollow'").And.Message.Contains("Exclude"));
        var imputer = Imputer.Fit(Regression([1, 2], 1, [1, 2]));
        Assert.That(() => imputer.Apply(Regression([1, 2], 2, [1])), Throws.ArgumentException.With.Message.Contains("2 feature(s)").And.Message.Contains("fitted on 1"));
        Assert.That(() => imputer.Apply(Regression([1, 2], 1, [1, 2], DType.Float32)), Throws.ArgumentException.With.Message.Contains("Float32").And.Message.Contains("Float64"));
    }

    [Test]
    public void Filling_after_standardising_is_refused_as_the_means_are_in_other_units()
    {
        Dataset train = Regression([100, 300, 200], 1, [1, 2, 3]);
        Dataset scaled = Standardizer.Fit(train).Apply(Regression([double.NaN, 300], 1, [1, 2]));

        Assert.That(() => Imputer.Fit(train).Apply(scaled), Throws.InvalidOperationException.With.Message.Contains("Imputer.Apply")
            .And.Message.Contains("already standardized").And.Message.Contains("Fill missing values first, then standardize"));
    }

    [Test]
    public void Missing_values_must_be_filled_before_the_rest()
    {
        Dataset data = Regression([1, double.NaN], 1, [1, 2]);

        Assert.That(() => Standardizer.Fit(data), Throws.InvalidOperationException.With.Message.Contains("1 input value(s)").And.Message.Contains("Imputer.Fit(train)"));
        Assert.That(() => new DataLoader(data), Throws.ArgumentException.With.Message.Contains("1 input value(s)").And.Message.Contains("Imputer"));
    }

    [Test]
    public void Nothing_is_recorded()
    {
        Tensor inputs = Tensor.From([1, 2, double.NaN], [3, 1], DType.Float64);
        inputs.RequiresGrad = true;
        using var autograd = new Autograd();

        var data = new Dataset(inputs, Tensor.From([1, 2, 3], [3], DType.Float64));
        data = Imputer.Fit(data).Apply(data);
        var scaler = Standardizer.Fit(data);
        scaler.InverseTargets(scaler.Apply(data).Targets);

        Assert.That(autograd.Operations, Is.Empty);
    }
}
