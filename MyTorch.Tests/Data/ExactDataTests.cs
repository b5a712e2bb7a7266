using MyTorch.Data;
using MyTorch.Nn;

namespace MyTorch.Tests.Data;

/// <summary>
/// What a data set must not take without a word: infinite numbers, digits that the type does not keep, ids as labels, other columns than
/// those fitted.
/// </summary>
public class ExactDataTests : CsvFiles
{
    static readonly CsvOptions s_single = new() { DType = DType.Float32 };
    static readonly CsvOptions s_double = new() { DType = DType.Float64 };

    static string Rows(IEnumerable<string> rows) => string.Join("\n", rows) + "\n";

    [TestCase(DType.Float32, double.PositiveInfinity, "is ∞")]
    [TestCase(DType.Float64, double.NegativeInfinity, "is -∞")]
    public void An_infinite_number_is_refused_with_its_row_and_column(DType dtype, double value, string text)
    {
        Tensor good = Tensor.From([1, 2, 3, 4], [2, 2], dtype), bad = Tensor.From([1, double.NaN, 3, value], [2, 2], dtype);

        Assert.That(() => new Dataset(bad, Tensor.Indices(0, 1), ["a", "b"]), Throws.ArgumentException.With.Message.Contains("row 1, column 1 ('b')").And.Message.Contains(text));
        Assert.That(() => new Dataset(good, Tensor.From([1, value], [2], dtype)), Throws.ArgumentException.With.Message.Contains("target in row 1, column 0 ('target')").And.Message.Contains(text));
        Assert.That(() => new Dataset(good, Tensor.From([1, 2, value, 4], [2, 2], dtype), targetNames: ["p", "q"]), Throws.ArgumentException.With.Message.Contains("row 1, column 0 ('p')"));
    }

    [Test]
    public void Large_and_tiny_numbers_are_no_infinite_ones()
    {
        Tensor edge = Tensor.From([float.MaxValue, float.MaxValue, -float.MaxValue, float.Epsilon], [2, 2]);

        Assert.That(new Dataset(edge, Tensor.From([float.MaxValue, float.MaxValue], [2])).MissingCount, Is.Zero);
    }

    [TestCase("a,y\n1,0.5\n2,1e39\n3,1.5\n", "y", TestName = "Target beyond Float32")]
    [TestCase("a,y\n1,0.5\n-1e39,2\n3,1.5\n", "a", TestName = "Feature beyond Float32")]
    [TestCase("a,y\n1,0.5\n\"1e39\",2\n3,1.5\n", "a", TestName = "Quoted feature beyond Float32")]
    public void A_number_beyond_Float32_is_refused_and_Float64_takes_it(string text, string column)
    {
        string file = Write(text);

        Assert.That(() => CsvDataset.Load(file, "y", s_single), Throws.TypeOf<CsvDataException>()
            .With.Message.StartsWith($"{file}, line 3 (row 2), column '{column}': ").And.Message.Contains("1e39").And.Message.Contains("DType.Float64"));
        Assert.That(CsvDataset.Load(file, "y", s_double).Count, Is.EqualTo(3));
    }

    [Test]
    public void Numbers_too_small_for_Float32_are_0_beside_larger_ones() =>
        Assert.That(CsvDataset.Load(Write("a,y\n1e-40,0.5\n1e-50,2.5\n3,1.5\n"), "y", s_single).Inputs.ToArray(), Is.EqualTo(new double[] { 1e-40f, 0, 3 }));

    [Test]
    public void Times_that_become_equal_in_Float32_are_refused_and_Float64_takes_them([Values("t", "y")] string column)
    {
        string file = Write(Rows(Enumerable.Range(0, 100).Select(i => column == "t" ? $"{1_700_000_000 + i},{0.5 + i}" : $"{0.5 + i},{1_700_000_000 + i}").Prepend("t,y")));

        Assert.That(() => CsvDataset.Load(file, "y", s_single), Throws.TypeOf<CsvDataException>().With.Message.Contains($"column '{column}'")
            .And.Message.Contains("100 different numbers from 1700000000 to 1700000099").And.Message.Contains("DType.Float64"));
        Dataset exact = CsvDataset.Load(file, "y", s_double);
        Dataset scaled = Standardizer.Fit(exact).Apply(exact);
        double[] values = (column == "t" ? scaled.Inputs : scaled.Targets).ToArray();
        Assert.That(values[99] - values[98], Is.EqualTo(1 / Math.Sqrt(9999 / 12.0)).Within(1e-9));
    }

    [Test]
    public void Ids_that_become_equal_even_in_Float64_are_refused()
    {
        string file = Write(Rows(Enumerable.Range(0, 100).Select(i => $"{1_234_567_890_123_456_700 + i},{0.5 + i}").Prepend("id,y")));

        Assert.That(() => CsvDataset.Load(file, "y", s_double), Throws.TypeOf<CsvDataException>().With.Message.Contains("column 'id'").And.Message.Contains("Float64, which keeps about 16 digits")
            .And.Message.Contains("Exclude").And.Message.Not.Contains("Load with"));
        Assert.That(CsvDataset.Load(file, "y", s_double with { TextColumns = ["id"] }).FeatureCount, Is.EqualTo(100));
    }

    [Test]
    public void Times_of_a_month_are_scaled_with_all_their_digits([Values] bool split)
    {
        // Every hour of a month: Float32 keeps them apart, but two minutes off.
        double[] times = [.. Enumerable.Range(0, 720).Select(i => 1_700_000_000.0 + 3600 * i)];
        string file = Write(Rows(times.Select((t, i) => $"{(i % 3 == 0 ? "north" : "south")},{t:F0},{i},{t + 0.5:F1}").Prepend("place,t,n,y")));
        Dataset data = CsvDataset.Load(file, "y", s_single);
        Dataset rows = split ? data.Select([.. Enumerable.Range(100, 500)]) : data;
        double[] own = split ? times[100..600] : times;
        double mean = own.Average(), deviation = Math.Sqrt(own.Average(t => (t - mean) * (t - mean)));

        Dataset scaled = Standardizer.Fit(rows).Apply(rows);

        double[] expected = [.. own.Select(t => (t - mean) / deviation)];
        Assert.That(scaled.Inputs.ToArray().Where((_, i) => i % 4 == 2), Is.EqualTo(expected).Within(2e-7));
        Assert.That(scaled.Targets.ToArray(), Is.EqualTo(expected).Within(2e-7));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "place=north", "place=south", "t", "n" }));
        Assert.That(Standardizer.Fit(rows, features: false).Apply(rows).InputsRest, Is.Not.Null, "what was not scaled keeps its digits");
    }

    [Test]
    public void Missing_times_are_filled_with_all_digits()
    {
        double[] times = [.. Enumerable.Range(0, 720).Select(i => 1_700_000_000.0 + 3600 * i)];
        string file = Write(Rows(times.Select((t, i) => $"{(i == 7 ? "" : $"{t:F0}")},{i + 0.5}").Prepend("t,y")));
        Dataset data = CsvDataset.Load(file, "y", s_single with { Missing = MissingValues.Mean });
        Dataset filled = Imputer.Fit(data).Apply(data);
        double[] known = [.. times.Where((_, i) => i != 7)];
        double mean = known.Average(), deviation = Math.Sqrt(known.Sum(t => (t - mean) * (t - mean)) / 720);

        double[] scaled = Standardizer.Fit(filled).Apply(filled).Inputs.ToArray();

        Assert.That(scaled[7], Is.Zero.Within(1e-6));
        Assert.That(scaled[719], Is.EqualTo((times[719] - mean) / deviation).Within(1e-6));
    }

    [Test]
    public void Ordinary_numbers_with_many_digits_are_no_error()
    {
        var random = new Random(1);
        string file = Write(Rows(Enumerable.Range(0, 5000).Select(_ => $"{300 + random.NextDouble():R},{random.NextDouble() * 1e-3:R},{random.NextInt64(1L << 60)},{101325 + random.NextDouble() * 1000:R}").Prepend("k,s,big,y")));

        Dataset data = CsvDataset.Load(file, "y", s_single);

        Assert.That(Standardizer.Fit(data).Apply(data).Inputs.ToArray(), Is.All.InRange(-2, 2));
    }

    [Test]
    public void Ids_are_no_labels_and_numbering_or_naming_them_helps()
    {
        Tensor x = Tensor.Ones([2, 3]);

        Assert.That(() => new Dataset(x, Tensor.Indices(0, 2_000_000_000)), Throws.InstanceOf<ArgumentException>().With.Message.Contains("2000000000")
            .And.Message.Contains("2 row(s)").And.Message.Contains("ids").And.Message.Contains("classNames"));
        Assert.That(() => new Dataset(x, Tensor.Indices(0, 5_000_000_000)), Throws.InstanceOf<ArgumentException>().With.Message.Contains("5000000000"));
        Assert.That(() => new Dataset(x, Tensor.Indices(0, long.MaxValue)), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => new Dataset(x, Tensor.Indices(0, int.MaxValue)), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => new Dataset(x, Tensor.Indices(0, -1)), Throws.InstanceOf<ArgumentException>().With.Message.Contains("row 1 is -1"));
        Assert.That(new Dataset(x, Tensor.Indices(0, 999)).ClassCount, Is.EqualTo(1000));
        Assert.That(new Dataset(x, Tensor.Indices(0, 5000), classNames: [.. Enumerable.Range(0, 5001).Select(i => $"word {i}")]).ClassCount, Is.EqualTo(5001));
        Assert.That(new Dataset(x, Tensor.Indices(0, 1)).ClassCount, Is.EqualTo(2));
    }

    static Dataset Of(string[] features, double[] values, string[] classes, params long[] labels) =>
        new(Tensor.From(values, [labels.Length, features.Length]), Tensor.Indices(labels), features, classes);

    [Test]
    public void Features_are_matched_by_name()
    {
        Dataset train = Of(["a", "b"], [1, 10, 3, 30], ["no", "yes"], 0, 1), test = Of(["b", "a"], [20, 2], ["no", "yes"], 1);
        var scaler = Standardizer.Fit(train);

        Assert.That(scaler.Apply(test).Inputs.ToArray(), Is.All.Zero);
        Assert.That(scaler.Apply(test).FeatureNames, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(test.AlignedWith(train).Inputs.ToArray(), Is.EqualTo(new double[] { 2, 20 }));
        Assert.That(Imputer.Fit(train).Apply(Of(["b", "a"], [double.NaN, 2], ["no", "yes"], 1)).Inputs.ToArray(), Is.EqualTo(new double[] { 2, 20 }));
        Assert.That(scaler.Apply(new Dataset(Tensor.From([2, 20], [1, 2]), Tensor.Indices(1))).Inputs.ToArray(), Is.All.Zero, "without names by position");
    }

    [Test]
    public void Other_categories_than_those_fitted_are_refused_by_name()
    {
        Dataset train = CsvDataset.Load(Write("region,a,y\nnorth,1,u\nsouth,2,v\n"), "y"), test = CsvDataset.Load(Write("region,a,y\neast,1,u\nsouth,2,v\n"), "y");
        Func<Dataset, Dataset>[] all = [Standardizer.Fit(train).Apply, Imputer.Fit(train).Apply, data => data.AlignedWith(train)];

        foreach (var apply in all)
        {
            Assert.That(() => apply(test), Throws.ArgumentException.With.Message.Contains("'region=east' is new").And.Message.Contains("'region=north' is missing").And.Message.Contains("one file"));
            Assert.That(apply(train).FeatureNames, Is.EqualTo(train.FeatureNames));
        }
        Dataset both = CsvDataset.Load(Write("region,a,y\nnorth,1,u\nsouth,2,v\neast,1,u\nsouth,2,v\n"), "y");
        Assert.That(Standardizer.Fit(both.Select(0, 1)).Apply(both.Select(2, 3)).Count, Is.EqualTo(2), "the fix works");
        Assert.That(() => Of(["a", "a"], [1, 2], ["u", "v"], 0).AlignedWith(Of(["a", "b"], [1, 2], ["u", "v"], 0)), Throws.ArgumentException);
        Assert.That(() => Of(["a", "b", "b"], [1, 2, 3], ["u", "v"], 0).AlignedWith(Of(["a", "a", "b"], [1, 2, 3], ["u", "v"], 0)), Throws.ArgumentException.With.Message.Contains("more than once"));
    }

    [Test]
    public void Classes_are_matched_by_name()
    {
        Dataset train = Of(["a"], [1, 2, 3], ["cat", "cow", "dog"], 0, 1, 2), test = Of(["a"], [3, 1], ["cat", "dog"], 1, 0), other = Of(["a"], [3], ["dog", "emu"], 1);
        var scaler = Standardizer.Fit(train);

        Dataset scaled = scaler.Apply(test);
        Assert.That(scaled.Labels.ToInt64Array(), Is.EqualTo(new[] { 2, 0 }));
        Assert.That(scaled.ClassNames, Is.EqualTo(train.ClassNames));
        Assert.That(() => scaler.Apply(other), Throws.ArgumentException.With.Message.Contains("'emu'").And.Message.Contains("'cow'"));
        Dataset unnamed = new(Tensor.From([1], [1, 1]), Tensor.Indices(1));
        Assert.That(scaler.Apply(unnamed).ClassNames, Is.EqualTo(train.ClassNames));
        Assert.That(() => scaler.Apply(new Dataset(Tensor.From([1], [1, 1]), Tensor.Indices(3))), Throws.ArgumentException.With.Message.Contains("'3'"));
        Assert.That(Metrics.Accuracy(new Identity3(), scaled), Is.EqualTo(0.5));
    }

    /// <summary>Says that everything is a cat.</summary>
    sealed class Identity3 : Module
    {
        protected override Tensor ForwardCore(Tensor input) => Tensor.Concat([Tensor.Ones([input.Shape[0], 1]), Tensor.Zeros([input.Shape[0], 2])], 1);
    }

    [Test]
    public void Messages_cite_control_characters_readably_and_briefly()
    {
        const string Escape = "\u001B[31m";
        string long_ = new('x', 100_000);
        string[] files =
        [
            Write($"a,y\n1,0\n{Escape}x,1\n3,1\n"), Write($"a\u0007,y\n1,0\nx,1\n3,1\n"), Write($"a,y\n1,0\n{long_},1\n3,1\n"), Write($"\u202Ea,\u202Ea,y\n1,2,0\n"),
            Write($"a,y\n1,{Escape}\n2,{Escape}\n"), Write($"{Escape}{long_},z\n1,0\n"), Write($"a,y\n1,\"0\n{Escape}2,1\n"), Write($"a,y\n1,0\n\"{Escape}\n1,000\",1\n3,1\n"),
        ];
        foreach (string file in files)
        {
            var e = Assert.Catch(() => CsvDataset.Load(file, "y"))!;
            Assert.That(e.Message.Where(c => char.IsControl(c) || c == '\u202E'), Is.Empty, e.Message);
            Assert.That(e.Message, Has.Length.LessThan(1000));
        }
        Assert.That(() => CsvDataset.Load(files[0], "y"), Throws.TypeOf<CsvDataException>().With.Message.Contains("'\\u001B[31mx'").And.Property("Value").EqualTo(Escape + "x"));
        Assert.That(() => CsvDataset.Load(files[0], Escape), Throws.TypeOf<CsvColumnException>().With.Message.Contains("'\\u001B[31m'"));
        Assert.That(() => CsvDataset.Load(Escape + ".csv", "y"), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("'\\u001B[31m.csv'"));
    }

    [TestCase("plain 'ä€𝄞'", "plain 'ä€𝄞'")]
    [TestCase("a\tb\r\nc\0", "a\\tb\\r\\nc\\0")]
    [TestCase("\u200Bx\u2028\u0085", "\\u200Bx\\u2028\\u0085")]
    public void Cited_text_is_readable(string text, string cited) => Assert.That(Cited.Text(text), Is.EqualTo(cited));

    [Test]
    public void Half_of_a_pair_is_cited_by_its_number() => Assert.That(Cited.Text((char)0xD800 + "x"), Is.EqualTo("\\uD800x"));
}
