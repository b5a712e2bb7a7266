using MyTorch.Data;
using MyTorch.Nn;

namespace MyTorch.Tests.Data;

public class MetricsTests
{
    /// <summary>A model that is a function, and notes how it was called.</summary>
    sealed class Fixed(Func<Tensor, Tensor> function) : Module
    {
        public List<(int Rows, bool Training, bool Recording)> Calls { get; } = [];

        protected override Tensor ForwardCore(Tensor input)
        {
            Calls.Add((input.Shape[0], Training, Autograd.IsRecording));
            return function(input);
        }
    }

    /// <summary>Five rows whose two features are the scores of two classes; the fourth and fifth score wrong.</summary>
    static Dataset Scores() => new(
        Tensor.From([9, 1, 2, 3, 4, 5, 1, 0, 0, 7], [5, 2]), Tensor.Indices([0, 1, 1, 1, 0]), classNames: ["no", "yes"]);

    static Dataset Line() => new(Tensor.From([1, 2, 3, 4], [4, 1], DType.Float64), Tensor.From([10, 20, 30, 60], [4], DType.Float64));

    [Test]
    public void Accuracy_is_the_share_of_largest_scores_that_are_right()
    {
        Assert.That(Metrics.Accuracy(new Fixed(x => x), Scores()), Is.EqualTo(0.6));
        Assert.That(Metrics.Accuracy(Scores().Inputs, Scores().Labels), Is.EqualTo(0.6));
        Assert.That(Metrics.Accuracy(Tensor.Indices([0, 1, 1]), Tensor.Indices([0, 2, 1])), Is.EqualTo(2.0 / 3));
    }

    [Test]
    public void NaN_is_of_no_class([Values] bool all)
    {
        Dataset data = new(Tensor.From([0, 1, 1, 0, 1, 0], [3, 2]), Tensor.Indices(0, 0, 0), classNames: ["u", "v"]);
        var model = new Fixed(x => all ? x * double.NaN : Tensor.Where(x.EqualTo(0).And(Tensor.From([0, 0, 0, 1, 0, 0], [3, 2]).EqualTo(1)), Tensor.From(double.NaN), x));
        Tensor scores = model.Forward(data.Inputs);
        int row = all ? 0 : 1;

        Assert.That(Metrics.Accuracy(model, data), Is.NaN);
        Assert.That(Metrics.Accuracy(scores, data.Labels), Is.NaN);
        Assert.That(() => Metrics.ConfusionMatrix(model, data), Throws.InvalidOperationException.With.Message.Contains($"row {row} hold NaN"));
        Assert.That(() => Metrics.ConfusionMatrix(scores, data.Labels, 2), Throws.ArgumentException.With.Message.Contains($"row {row} hold NaN"));
        Assert.That(() => Metrics.Predict(model, data), Throws.InvalidOperationException.With.Message.Contains($"row {row} hold NaN").And.Message.Contains("learning rate"));
    }

    [Test]
    public void The_row_of_the_first_NaN_is_counted_over_all_batches()
    {
        Dataset data = new(Tensor.Arange(0, 10).Reshape([5, 2]), Tensor.Indices(0, 1, 0, 1, 0));
        var model = new Fixed(x => Tensor.Where(x.EqualTo(7), Tensor.From(double.NaN), x));

        Assert.That(() => Metrics.Predict(model, data, batchSize: 2), Throws.InvalidOperationException.With.Message.Contains("row 3 hold NaN"));
    }

    [Test]
    public void R2_of_NaN_is_NaN_for_constant_targets_too()
    {
        Tensor constant = Tensor.From([2, 2], [2], DType.Float64), bad = Tensor.From([2, double.NaN], [2], DType.Float64);

        Assert.That(Metrics.R2(bad, constant), Is.NaN);
        Assert.That(Metrics.R2(bad, Tensor.From([1, 2], [2], DType.Float64)), Is.NaN);
        Assert.That(Metrics.R2(constant, constant), Is.EqualTo(1));
    }

    [Test]
    public void R2_of_large_targets_in_Float32_keeps_their_digits()
    {
        double[] years = [.. Enumerable.Range(0, 1000).Select(i => 1.7e9 + 86400.0 * i)];
        Dataset data = new(Tensor.From([.. Enumerable.Range(0, 1000).Select(i => i - 499.5)], [1000, 1], DType.Float32), Tensor.From(years, [1000], DType.Float32));
        var scaler = Standardizer.Fit(data, features: false);
        double deviation = Math.Sqrt((1e6 - 1) / 12);

        Assert.That(Metrics.R2(new Fixed(x => x * (1 / deviation)), scaler.Apply(data)), Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void The_confusion_matrix_has_a_row_for_each_true_class()
    {
        int[,] expected = { { 1, 1 }, { 1, 2 } };

        Assert.That(Metrics.ConfusionMatrix(new Fixed(x => x), Scores()), Is.EqualTo(expected));
        Assert.That(Metrics.ConfusionMatrix(Tensor.Indices([2, 2, 0]), Tensor.Indices([0, 2, 0]), 3), Is.EqualTo(new[,] { { 1, 0, 1 }, { 0, 0, 0 }, { 0, 0, 1 } }));
    }

    [Test]
    public void Confusions_are_the_pairs_that_occur()
    {
        Assert.That(Metrics.Confusions(Tensor.Indices([2, 1, 0, 0, 1]), Tensor.Indices([0, 2, 0, 1, 2])),
            Is.EqualTo(new[] { new Confusion(2, 1, 2), new Confusion(0, 2, 1), new Confusion(1, 0, 1) }));
        Assert.That(Metrics.Confusions(Scores().Inputs, Scores().Labels).Sum(confusion => confusion.Rows), Is.EqualTo(2), "an accuracy of 0.6 of 5 rows");
    }

    // The square of a million numbers would be 8 terabytes.
    [Test]
    public void Many_classes_take_memory_in_proportion()
    {
        const int classes = 1_000_000;
        Tensor labels = Tensor.Indices([0, 5, classes - 1, 5]), predicted = Tensor.Indices([0, 7, classes - 1, 5]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        IReadOnlyList<ClassScore> scores = Metrics.PerClass(predicted, labels, classes);
        Assert.That((scores[5].Recall, scores[7].Precision, scores[classes - 1].F1), Is.EqualTo((0.5, 0.0, 1.0)));
        Assert.That(Metrics.Confusions(predicted, labels), Is.EqualTo(new[] { new Confusion(5, 7, 1) }));
        Assert.That(Metrics.Accuracy(predicted, labels, Tensor.From([1.0, 2, 3, 4])), Is.EqualTo(0.8));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200 * (long)classes));
        Assert.That(() => Metrics.ConfusionMatrix(predicted, labels, classes), Throws.InstanceOf<ArgumentException>().With.Message.Contains("use Confusions"));
    }

    [Test]
    public void Predict_gives_classes_or_targets_in_original_units()
    {
        Dataset line = Line();
        Dataset scaled = Standardizer.Fit(line).Apply(line);

        Assert.That(Metrics.Predict(new Fixed(x => x), Scores()).ToInt64Array(), Is.EqualTo(new[] { 0, 1, 1, 0, 1 }));
        Assert.That(Metrics.Predict(new Fixed(x => x), line).ToArray(), Is.EqualTo(new double[] { 1, 2, 3, 4 }));
        Assert.That(Metrics.Predict(new Fixed(x => x * 0), scaled).ToArray(), Is.All.EqualTo(30).Within(1e-12));
    }

    [Test]
    public void R2_is_1_for_perfect_0_for_the_mean_and_negative_beyond()
    {
        Tensor y = Tensor.From([1, 2, 3, 6], [4], DType.Float64);

        Assert.That(Metrics.R2(y, y), Is.EqualTo(1));
        Assert.That(Metrics.R2(Tensor.From([3, 3, 3, 3], [4], DType.Float64), y), Is.Zero);
        Assert.That(Metrics.R2(Tensor.From([2, 2, 2, 2], [4], DType.Float64), y), Is.EqualTo(1 - 18.0 / 14).Within(1e-12));
    }

    [Test]
    public void R2_is_averaged_over_targets_and_a_constant_target_counts_1_or_0()
    {
        Tensor y = Tensor.From([1, 5, 0.1, 3, 5, 0.1], [2, 3], DType.Float64);
        Tensor predictions = Tensor.From([2, 5, 0.2, 2, 5, 0.1], [2, 3], DType.Float64);

        Assert.That(Metrics.R2(predictions, y), Is.EqualTo((0.0 + 1 + 0) / 3).Within(1e-12));
        // A hundred times 0.1, summed and divided, is not 0.1: the spread must be 0 all the same.
        Tensor constant = Tensor.Full([100], 0.1, DType.Float64);
        Assert.That(Metrics.R2(constant, constant), Is.EqualTo(1));
        Assert.That(Metrics.R2(constant * 1.5, constant), Is.Zero);
    }

    [Test]
    public void R2_is_in_original_units_whether_the_data_or_the_scaler_is_given()
    {
        Dataset line = Line();
        var scaler = Standardizer.Fit(line);
        Dataset scaled = scaler.Apply(line);
        var model = new Fixed(x => x * 0.5);
        double[] x = scaled.Inputs.ToArray(), y = line.Targets.ToArray();
        double deviation = Math.Sqrt(350);
        double errors = Enumerable.Range(0, 4).Sum(i => Math.Pow(y[i] - (30 + deviation * 0.5 * x[i]), 2));

        double expected = 1 - errors / 1400;
        Assert.That(Metrics.R2(model, scaled), Is.EqualTo(expected).Within(1e-12));
        Assert.That(Metrics.R2(model, scaled, scaler), Is.EqualTo(expected).Within(1e-12));
        Assert.That(Metrics.R2(model, line, scaler), Is.EqualTo(expected).Within(1e-12));
        Assert.That(() => Metrics.R2(model, scaled, Standardizer.Fit(line)), Throws.ArgumentException.With.Message.Contains("another Standardizer"));
    }

    [Test]
    public void A_model_is_run_in_batches_in_evaluation_mode_and_put_back()
    {
        var model = new Fixed(x => x);
        using var autograd = new Autograd();

        model.Train();
        Metrics.Accuracy(model, Scores(), batchSize: 2);

        Assert.That(model.Calls, Is.EqualTo(new[] { (2, false, false), (2, false, false), (1, false, false) }));
        Assert.That(model.Training, Is.True);
        Assert.That(Autograd.IsRecording, Is.True);
        model.Eval();
        Metrics.Accuracy(model, Scores());
        Assert.That(model.Training, Is.False, "a model in evaluation mode stays in it");
    }

    [Test]
    public void A_part_that_was_frozen_stays_frozen()
    {
        var frozen = new Dropout(0.5);
        var model = new Sequential(new Dropout(0.5), frozen, new Dropout(0.5));
        frozen.Eval();

        Metrics.Accuracy(model, Scores());

        Assert.That(model.NamedModules().Select(named => named.Module.Training), Is.EqualTo(new[] { true, true, false, true }));
    }

    [Test]
    public void A_model_that_fails_is_put_back_too()
    {
        var model = new Fixed(_ => throw new ArithmeticException());
        model.Train();

        Assert.That(() => Metrics.Accuracy(model, Scores()), Throws.TypeOf<ArithmeticException>());
        Assert.That(model.Training, Is.True);
    }

    [Test]
    public void Batches_make_no_difference()
    {
        Dataset line = Line();

        Assert.That(Metrics.Predict(new Fixed(x => x), line, batchSize: 3).ToArray(), Is.EqualTo(new double[] { 1, 2, 3, 4 }));
        Assert.That(Metrics.R2(new Fixed(x => x), line, batchSize: 3), Is.EqualTo(Metrics.R2(new Fixed(x => x), line)));
    }

    [Test]
    public void Outputs_of_another_shape_are_refused()
    {
        var narrow = new Fixed(x => x[.., 0..1]);

        Assert.That(() => Metrics.Accuracy(narrow, Scores()), Throws.InvalidOperationException
            .With.Message.Contains("Accuracy").And.Message.Contains("(5, 1)").And.Message.Contains("(5, 2)").And.Message.Contains("2 output(s)"));
        Assert.That(() => Metrics.R2(new Fixed(x => x[.., 0]), Line()), Throws.InvalidOperationException
            .With.Message.Contains("(4,)").And.Message.Contains("(4, 1)"));
    }

    [Test]
    public void The_wrong_metric_for_the_task_is_refused()
    {
        Assert.That(() => Metrics.Accuracy(new Fixed(x => x), Line()), Throws.InvalidOperationException.With.Message.Contains("use R2"));
        Assert.That(() => Metrics.ConfusionMatrix(new Fixed(x => x), Line()), Throws.InvalidOperationException.With.Message.Contains("ConfusionMatrix").And.Message.Contains("use R2"));
        Assert.That(() => Metrics.R2(new Fixed(x => x), Scores()), Throws.InvalidOperationException.With.Message.Contains("use Accuracy"));
    }

    [Test]
    public void Predictions_that_do_not_fit_are_refused()
    {
        Tensor labels = Tensor.Indices([0, 1, 1]);

        Assert.That(() => Metrics.Accuracy(Tensor.Indices([0, 1]), labels), Throws.ArgumentException.With.Message.Contains("(2,) Int64").And.Message.Contains("3 label(s)"));
        Assert.That(() => Metrics.Accuracy(Tensor.From([0, 1, 1], [3]), labels), Throws.ArgumentException.With.Message.Contains("(3, classes)"));
        Assert.That(() => Metrics.Accuracy(labels, Tensor.From([0, 1, 1], [3])), Throws.ArgumentException.With.Message.Contains("labels are (3,) Float32"), "swapped");
        Assert.That(() => Metrics.Accuracy(Tensor.Indices([]), Tensor.Indices([])), Throws.ArgumentException.With.Message.Contains("at least one"));
        foreach (long label in new[] { 2, -1 })
        {
            Tensor unknown = Tensor.Indices([0, 1, label]);
            Assert.That(() => Metrics.Accuracy(Tensor.Zeros([3, 2]), unknown), Throws.ArgumentException.With.Message.Contains($"row 2 has the class {label}; expected 0 to 1"), "labels from 1");
            Assert.That(() => Metrics.Confusions(Tensor.Zeros([3, 2]), unknown), Throws.ArgumentException.With.Message.Contains("Count classes from 0"));
        }
        Assert.That(() => Metrics.ConfusionMatrix(labels, Tensor.Indices([0, 1, 3]), 3), Throws.ArgumentException.With.Message.Contains("row 2").And.Message.Contains("0 to 2"));
        Assert.That(() => Metrics.ConfusionMatrix(labels, labels, 0), Throws.InstanceOf<ArgumentException>().With.Message.Contains("at least 1"));
        Tensor column = Tensor.From([1, 2, 3], [3, 1]), vector = Tensor.From([1, 2, 3], [3]);
        Assert.That(() => Metrics.R2(column, vector), Throws.ArgumentException.With.Message.Contains("(3, 1)").And.Message.Contains("(3,)"));
        Assert.That(() => Metrics.R2(labels, vector), Throws.ArgumentException.With.Message.Contains("Int64"));
        Assert.That(() => Metrics.R2(Tensor.From([1.0], [1]), Tensor.From([1.0], [1])), Throws.ArgumentException.With.Message.Contains("two rows"));
    }
}
