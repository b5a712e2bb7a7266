using MyTorch.Data;

namespace MyTorch.Tests.Data;

public class DataLoaderTests
{
    static Dataset Numbered(int rows) => new(
        Tensor.From([.. Enumerable.Range(0, 2 * rows).Select(i => (double)i)], [rows, 2]),
        Tensor.Indices([.. Enumerable.Range(0, rows).Select(i => (long)i)]));

    static long[] Order(DataLoader loader) => [.. loader.SelectMany(batch => batch.Labels.ToInt64Array())];

    [Test]
    public void Batches_hold_all_rows_in_order_the_last_being_short()
    {
        var loader = new DataLoader(Numbered(7), batchSize: 3);
        Batch[] batches = [.. loader];

        Assert.That(loader.BatchCount, Is.EqualTo(3));
        Assert.That(batches.Select(b => b.Count), Is.EqualTo(new[] { 3, 3, 1 }));
        Assert.That(Order(loader), Is.EqualTo(Enumerable.Range(0, 7)));
        Assert.That(batches[1].Inputs.Shape, Is.EqualTo(Shape.Create([3, 2])));
        Assert.That(batches[1].Inputs.ToArray(), Is.EqualTo(new double[] { 6, 7, 8, 9, 10, 11 }));
    }

    [Test]
    public void The_last_batch_can_be_dropped()
    {
        var loader = new DataLoader(Numbered(7), batchSize: 3, dropLast: true);

        Assert.That(loader.BatchCount, Is.EqualTo(2));
        Assert.That(Order(loader), Is.EqualTo(Enumerable.Range(0, 6)));
        Assert.That(new DataLoader(Numbered(6), 3, dropLast: true).Count(), Is.EqualTo(2), "a full last batch stays");
    }

    [Test]
    public void Shuffling_keeps_rows_whole_and_every_row_once()
    {
        var loader = new DataLoader(Numbered(50), batchSize: 8, shuffle: true, seed: 1);

        long[] order = Order(loader);
        Assert.That(order, Is.Not.Ordered);
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, 50)));
        foreach (Batch batch in loader)
        {
            double[] expected = [.. batch.Labels.ToInt64Array().SelectMany(r => new double[] { 2 * r, 2 * r + 1 })];
            Assert.That(batch.Inputs.ToArray(), Is.EqualTo(expected));
        }
    }

    [Test]
    public void A_seed_is_one_order()
    {
        Dataset data = Numbered(50);

        Assert.That(Order(new DataLoader(data, 8, true, seed: 1)), Is.EqualTo(Order(new DataLoader(data, 8, true, seed: 1))));
        Assert.That(Order(new DataLoader(data, 8, true, seed: 1)), Is.EqualTo(Order(new DataLoader(data, 50, true, seed: 1))), "whatever the batch size");
        Assert.That(Order(new DataLoader(data, 8, true, seed: 1)), Is.Not.EqualTo(Order(new DataLoader(data, 8, true, seed: 2))));
    }

    [Test]
    public void Each_enumeration_draws_the_next_order_of_the_seed()
    {
        Dataset data = Numbered(50);
        DataLoader one = new(data, 8, shuffle: true, seed: 1), other = new(data, 8, shuffle: true, seed: 1);

        long[] first = Order(one), second = Order(one), third = Order(one);

        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(third, Is.Not.EqualTo(second));
        Assert.That(new[] { Order(other), Order(other), Order(other) }, Is.EqualTo(new[] { first, second, third }));
        var plain = new DataLoader(data, 8);
        Assert.That(Order(plain), Is.EqualTo(Order(plain)), "without shuffling every enumeration is the same");
    }

    [Test]
    public void Held_batches_never_change()
    {
        Dataset data = Numbered(6);
        var loader = new DataLoader(data, batchSize: 2, shuffle: true, seed: 0);
        var held = new List<Batch>();
        var copies = new List<double[]>();

        for (int epoch = 0; epoch < 3; epoch++)
            foreach (Batch batch in loader)
            {
                held.Add(batch);
                copies.Add(batch.Inputs.ToArray());
            }
        held[0].Inputs.Fill(-1);

        Assert.That(held.Skip(1).Select(b => b.Inputs.ToArray()), Is.EqualTo(copies.Skip(1)));
        Assert.That(data.Inputs.ToArray(), Is.EqualTo(Enumerable.Range(0, 12)), "a batch is not a window on the data set");
    }

    [Test]
    public void A_whole_data_set_as_one_batch_is_no_window_on_it()
    {
        Dataset data = Numbered(3);

        new DataLoader(data, batchSize: 3).Single().Inputs.Fill(-1);

        Assert.That(data.Inputs.ToArray(), Is.EqualTo(Enumerable.Range(0, 6)));
    }

    [Test]
    public void A_batch_size_beyond_the_data_gives_one_smaller_batch_or_says_why_nothing_would_come()
    {
        Assert.That(new DataLoader(Numbered(5), batchSize: 100).Single().Count, Is.EqualTo(5));
        Assert.That(new DataLoader(Numbered(5), batchSize: int.MaxValue).BatchCount, Is.EqualTo(1));
        Assert.That(() => new DataLoader(Numbered(5), batchSize: 100, dropLast: true), Throws.ArgumentException
            .With.Message.Contains("100").And.Message.Contains("5 row(s)").And.Message.Contains("there would be no batch").And.Message.Contains("dropLast: false"));
        Assert.That(() => new DataLoader(Numbered(5), batchSize: 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("0").And.Message.Contains("at least 1"));
    }

    [Test]
    public void A_batch_of_a_regression_has_targets_and_says_so()
    {
        var data = new Dataset(Tensor.From([1, 2], [2, 1]), Tensor.From([3, 4, 5, 6], [2, 2]));

        Batch regression = new DataLoader(data, 1).Last();
        Batch classification = new DataLoader(Numbered(2), 1).First();

        Assert.That(regression.Targets.ToArray(), Is.EqualTo(new double[] { 5, 6 }));
        Assert.That(() => regression.Labels, Throws.InvalidOperationException.With.Message.Contains("Targets"));
        Assert.That(() => classification.Targets, Throws.InvalidOperationException.With.Message.Contains("Labels"));
    }
}
