using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Tests.Data;

/// <summary>New rows are read as the training rows were, or the message says what differs.</summary>
public class NewRowsTests : CsvFiles
{
    static readonly CsvOptions s_single = new() { DType = DType.Float32 };

    DatasetSchema Schema(string target = "kind", string text = "region,age,joined,kind\nnorth,1,2021-01-05,b\nsouth,2,2021-03-06,a\nnorth,3,2022-02-07,b\n", CsvOptions? options = null) =>
        CsvDataset.Load(Write(text), target, options).Schema!;

    NewRows Read(DatasetSchema schema, string text) => NewRows.Load(Write(text), schema, s_single);

    [Test]
    public void The_training_file_itself_is_read_to_the_same_inputs([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        string file = Write("region,age,joined,kind\nnorth,1.1,2021-01-05 13:30,b\nsouth,2,2021-03-06,a\nnorth,-3e2,2022-02-07,b\n");
        CsvOptions options = new() { DType = dtype };
        Dataset train = CsvDataset.Load(file, "kind", options);
        NewRows rows = NewRows.Load(file, train.Schema!, options);

        Assert.That(rows.Inputs.ToArray(), Is.EqualTo(train.Inputs.ToArray()));
        Assert.That(rows.ToDataset().Labels.ToInt64Array(), Is.EqualTo(train.Labels.ToInt64Array()));
        Assert.That(CsvDataset.Load(file, train.Schema!, options).ToString(), Is.EqualTo(train.ToString()));
        Assert.That(rows.Lines, Is.EqualTo(new[] { 2, 3, 4 }));
        Assert.That((rows.Notes.Count, rows.TargetCount, rows.ToString()), Is.EqualTo((0, 3, "3 rows, 8 features, 3 with a target")));
        Assert.That(train.FeatureNames, Is.EqualTo(new[] { "region=north", "region=south", "age", "joined.year", "joined.month", "joined.weekday", "joined.hour", "joined.days" }));
    }

    [Test]
    public void Columns_are_matched_by_name_and_others_are_noted()
    {
        NewRows rows = Read(Schema(), "extra,joined,kind,age,region\n9,2021-01-06,a,7,south\n");

        Assert.That(rows.Inputs.ToArray(), Is.EqualTo(new double[] { 0, 1, 7, 2021, 1, 3, 1 }));
        Assert.That(rows.Notes.Single().Problem, Is.EqualTo(CsvProblem.ExtraColumn));
        Assert.That(rows.Notes.Single().Message, Does.Contain("'extra'"));
    }

    [Test]
    public void A_missing_column_is_an_error_with_the_nearest_name()
    {
        DatasetSchema schema = Schema();
        var e = Assert.Throws<CsvDataException>(() => Read(schema, "Region,kind\nnorth,a\n"))!;

        Assert.That(e.Issues.Select(i => (i.Problem, i.Column)), Is.EqualTo(new[] { (CsvProblem.MissingColumn, "region"), (CsvProblem.MissingColumn, "age"), (CsvProblem.MissingColumn, "joined") }));
        Assert.That(e.Message, Does.Contain("Is it 'Region'?"));
        Assert.That(Read(schema, "region,age,joined\nnorth,1,2021-01-05\n").TargetCount, Is.Zero, "the target may be absent");
    }

    [Test]
    public void An_unknown_category_is_all_zeros_and_noted_and_a_missing_value_is_NaN()
    {
        NewRows rows = Read(Schema(), "region,age,joined,kind\neast,1,2021-01-05,a\nwest,NA,2021-01-05,a\neast,2,,a\n,3,2021-01-05,\n");
        double[] inputs = rows.Inputs.ToArray();

        Assert.That(inputs[..3], Is.EqualTo(new double[] { 0, 0, 1 }));
        Assert.That(inputs[7..10], Is.EqualTo(new[] { 0, 0, double.NaN }));
        Assert.That(inputs[17..21], Is.All.NaN, "a date that is missing");
        Assert.That(inputs[21..23], Is.All.NaN);
        CsvIssue note = rows.Notes.Single();
        Assert.That((note.Problem, note.Column, note.Count), Is.EqualTo((CsvProblem.UnknownCategory, "region", 3)));
        Assert.That(note.Message, Does.Contain("'east', 'west'"));
        Assert.That((rows.TargetCount, rows.ToDataset().SkippedRows), Is.EqualTo((3, 1)));
    }

    [TestCase("region,age,joined\nnorth,old,2021-01-05\n", CsvProblem.TextAmongNumbers, "age", "'old' is not a number")]
    [TestCase("region,age,joined\nnorth,1,soon\n", CsvProblem.NotADate, "joined", "'soon' is not a date")]
    [TestCase("region,age,joined\nnorth,5 €,2021-01-05\n", CsvProblem.MixedNumbers, "age", "the unit is '€'")]
    [TestCase("region,age,joined\nnorth,1e99,2021-01-05\n", CsvProblem.TooLarge, "age", "'1e99'")]
    public void A_field_that_is_no_number_or_date_is_an_error(string text, CsvProblem problem, string column, string part)
    {
        DatasetSchema schema = Schema();
        var e = Assert.Throws<CsvDataException>(() => Read(schema, text))!;

        Assert.That((e.Problem, e.Column), Is.EqualTo((problem, column)));
        Assert.That(e.Message, Does.Contain(part));
    }

    [Test]
    public void All_problems_of_the_rows_are_in_one_exception()
    {
        DatasetSchema schema = Schema();
        var e = Assert.Throws<CsvDataException>(() => Read(schema, "region,age,joined\nnorth,old,2021-01-05\nnorth,1\nnorth,young,2021-01-05\n"))!;

        Assert.That(e.Issues.Select(i => (i.Problem, i.Line, i.Count)), Is.EqualTo(new[] { (CsvProblem.TextAmongNumbers, 2L, 2), (CsvProblem.FieldCount, 3L, 1) }));
    }

    [TestCase("38,5", 38.5)]
    [TestCase("1.234", 1234)]
    [TestCase("\"2.121,88\"", 2121.88)]
    [TestCase("38.5", 38.5, Description = "cannot be a decimal comma")]
    [TestCase("7", 7)]
    public void Numbers_are_read_as_in_the_training_file(string field, double value)
    {
        DatasetSchema schema = Schema("y", "x;y\n1.234,5;a\n38,1;b\n7;a\n");

        Assert.That(schema.Find("x")!.Numbers, Is.EqualTo(new NumberFormat { Decimal = ',', Thousands = '.' }));
        Assert.That(NewRows.Load(Write($"x;y\n{field};a\n"), schema, new CsvOptions { DType = DType.Float64 }).Inputs.ToArray(), Is.EqualTo(new[] { value }));
    }

    [Test, SetCulture("de-DE")]
    public void Targets_are_read_where_they_are_there()
    {
        DatasetSchema classes = Schema("y", "x,y\n1,0\n2,1\n3,1\n"), numbers = Schema("y", "x,y\n1,0.5\n2,1.5\n3,2.5\n");
        NewRows labelled = Read(classes, "x,y\n1,1.0\n2,\n3,2\n4,0\n"), measured = Read(numbers, "x,y\n1,0.25\n2,NA\n3,none yet\n");

        Assert.That(labelled.ToDataset().Labels.ToInt64Array(), Is.EqualTo(new[] { 1, 0 }));
        Assert.That(labelled.ToDataset().Inputs.ToArray(), Is.EqualTo(new double[] { 1, 4 }));
        Assert.That(labelled.Notes.Single().Message, Does.Contain("'2' is not a class"));
        Assert.That(measured.ToDataset().Targets.ToArray(), Is.EqualTo(new[] { 0.25 }));
        Assert.That(() => Read(numbers, "x\n1\n").ToDataset(), Throws.InvalidOperationException.With.Message.Contains("'y'"));
    }

    [Test]
    public void Without_a_header_columns_are_matched_by_position()
    {
        string file = Write("1,2,0\n3,4,1\n5,5,1\n");
        DatasetSchema schema = CsvDataset.Load(file, ^1, new CsvOptions { HasHeader = false }).Schema!;

        Assert.That(NewRows.Load(Write("7,8\n9,1\n"), schema).Inputs.ToArray(), Is.EqualTo(new double[] { 7, 8, 9, 1 }));
    }

    enum Tier { Basic, Gold }

    sealed record Customer(string Region, double? Age, bool Active, Tier Tier, DateTime Joined, int Visits, string Churn);

    static Customer[] Customers => [.. Enumerable.Range(0, 30).Select(i => new Customer(i % 2 == 0 ? "north, \"old\"" : "", i % 5 == 0 ? null : i + 0.5, i % 3 == 0, i % 4 == 0 ? Tier.Gold : Tier.Basic,
        new DateTime(2021, 1, 1).AddHours(30 * i), i % 7, i % 2 == 0 ? "yes" : "no"))];

    [Test]
    public void Objects_become_rows_by_their_properties()
    {
        Dataset data = Dataset.From(Customers, nameof(Customer.Churn), s_single with { Missing = MissingValues.Mean });
        double[] first = data.Inputs.ToArray()[..data.FeatureCount];

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "Region=north, \"old\"", "Age", "Active", "Tier=Basic", "Tier=Gold", "Joined.month", "Joined.weekday", "Joined.hour", "Joined.days", "Visits" }));
        Assert.That(first, Is.EqualTo(new[] { 1, double.NaN, 1, 0, 1, 1, 5, 0, 0, 0 }));
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "no", "yes" }));
        Assert.That(NewRows.From(Customers, data.Schema!, DType.Float32).Inputs.ToArray(), Is.EqualTo(data.Inputs.ToArray()));
        Assert.That(NewRows.From([Customers[1]], data.Schema!).TargetCount, Is.EqualTo(1));
        Assert.That(NewRows.From(Customers, data.Schema!).ToDataset().Labels.ToInt64Array(), Is.EqualTo(data.Labels.ToInt64Array()));
        NewRows odd = NewRows.From([Customers[0] with { Churn = "perhaps" }, Customers[1] with { Region = "south" }], data.Schema!);
        Assert.That((odd.TargetCount, odd.Lines[1]), Is.EqualTo((1, 1L)));
        Assert.That(odd.Notes.Select(note => note.Message), Is.EqualTo(new[]
        {
            "row 0, 'Churn': 'perhaps' is not a class that the model was trained with, so the row counts as one without a target.",
            "row 1, 'Region': the category 'south' was not in the training rows; it counts as none of 'north, \"old\"'.",
        }));
    }

    [Test]
    public void A_column_with_the_name_of_a_category_is_not_mixed_up_with_it()
    {
        string rows = string.Concat(Enumerable.Range(0, 12).Select(i => $"{(i % 2 == 0 ? "red" : "blue")},{i},{i % 3},{i * i}\n"));
        foreach (string header in new[] { "c,c=red,x,y\n", "c,x,c=blue,y\n" })
        {
            Dataset data = CsvDataset.Load(Write(header + rows), "y", new CsvOptions { Task = LearningTask.Regression });
            Assert.That(NewRows.Load(Write(header + rows), data.Schema!).Inputs.ToArray(), Is.EqualTo(data.Inputs.ToArray()));
            string[] names = header.Trim().Split(',');
            Assert.That(NewRows.From([new Dictionary<string, object?> { [names[0]] = "blue", [names[1]] = 1, [names[2]] = 1 }], data.Schema!).Inputs.ToArray(),
                Is.EqualTo(data.Select(1).Inputs.ToArray()));
        }
    }

    // 1.120 is a thousand where another column of the file has decimal commas.
    [Test]
    public void What_one_column_proves_of_the_decimal_separator_holds_for_the_file()
    {
        string text = "a,b,y\n" + string.Concat(Enumerable.Range(0, 12).Select(i => FormattableString.Invariant($"{i}.25,{100 + i}.5,{i % 2}\n")));
        DatasetSchema schema = CsvDataset.Load(Write(text), "y").Schema!;
        double[] Read(string rows, char? separator = null) => NewRows.Load(Write(rows), schema, new CsvOptions { Decimal = separator }).Inputs.ToArray();

        Assert.That(Read("a;b\n7,5;1.120\n"), Is.EqualTo(new[] { 7.5, 1120 }));
        Assert.That(Read("a,b\n7.5,1.120\n"), Is.EqualTo(new[] { 7.5, NewRows.Load(Write("a,b\n7.5,1.12\n"), schema).Inputs[0, 1].Item() }));
        Assert.That(Read("a;b\n7;1.120\n"), Is.EqualTo(new[] { 7, NewRows.Load(Write("a,b\n7,1.12\n"), schema).Inputs[0, 1].Item() }), "as in the training file");
        Assert.That(Read("a;b\n7;1.120\n", ','), Is.EqualTo(new[] { 7.0, 1120 }));
        Assert.That(Read("a;b\n7;1,120\n", '.'), Is.EqualTo(new[] { 7.0, 1120 }));
    }

    [Test]
    public void Without_a_header_positions_count()
    {
        DatasetSchema schema = CsvDataset.Load(Write("a,b,y\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"{i},{100 + i},{i % 2}\n"))), "y").Schema!;
        NewRows rows = NewRows.Load(Write("7,8,1\n9,10,0\n"), schema, new CsvOptions { HasHeader = false });
        Assert.That((rows.Inputs.ToArray(), rows.TargetCount), Is.EqualTo((new double[] { 7, 8, 9, 10 }, 2)));
        Assert.That(() => NewRows.Load(Write("7,8\n9,10\n"), schema, new CsvOptions { HasHeader = false }),
            Throws.TypeOf<CsvDataException>().With.Message.Contains("has 2 of them; the training file had 3"));
    }

    // By a file, by objects and by dictionaries: one meaning, also where the features are in another order than the columns.
    [Test]
    public void Features_in_another_order_are_not_mixed_up()
    {
        string text = "a,b,c,y\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"{i},{100 + 2 * i},{(i % 2 == 0 ? "p" : "q")},{i * i}\n"));
        Dataset data = CsvDataset.Load(Write(text), "y", new CsvOptions { Features = ["c", "b", "a"], Task = LearningTask.Regression });
        double[] expected = [0, 1, 102, 1];
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "c=p", "c=q", "b", "a" }));
        Assert.That(data.Select(1).Inputs.ToArray(), Is.EqualTo(expected));
        Assert.That(NewRows.From([new { A = 1, B = 102, C = "q", Y = 7.0 }], data.Schema!).Inputs.ToArray(), Is.EqualTo(expected));
        Assert.That(NewRows.From([new Dictionary<string, object?> { ["y"] = 3, ["b"] = "102", ["a"] = 1.0, ["c"] = "q" }], data.Schema!).Inputs.ToArray(), Is.EqualTo(expected));
        Assert.That(NewRows.Load(Write("b,c,a\n102,q,1\n"), data.Schema!).Inputs.ToArray(), Is.EqualTo(expected));
    }

    [Test, SetCulture("de-DE")]
    public void Objects_and_their_file_give_the_same_data()
    {
        var rows = Enumerable.Range(0, 40).Select(i => new { X = i / 7.0, Y = (float)i, Flag = i % 2 == 0, Price = 12.5m * i }).ToArray();
        string file = Write("X,Y,Flag,Price\n" + string.Concat(rows.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.X:R},{r.Y:R},{(r.Flag ? 1 : 0)},{r.Price}\n"))));
        CsvOptions options = new() { DType = DType.Float64 };

        Assert.That(Dataset.From(rows, "Price", options).Inputs.ToArray(), Is.EqualTo(CsvDataset.Load(file, "Price", options).Inputs.ToArray()));
        Assert.That(Dataset.From(rows, "Flag").ClassNames, Is.EqualTo(new[] { "False", "True" }));
    }

    [Test]
    public void Objects_that_are_no_rows_are_refused()
    {
        Assert.That(() => Dataset.From(Array.Empty<Customer>(), "Churn"), Throws.ArgumentException.With.Message.Contains("no rows"));
        Assert.That(() => Dataset.From(Customers, "Chorn"), Throws.TypeOf<CsvColumnException>().With.Message.Contains("Did you mean 'Churn'?"));
        Assert.That(() => Dataset.From(new[] { new { A = new StringBuilder(), Y = 1 } }, "Y"), Throws.ArgumentException.With.Message.Contains(".A is a StringBuilder").And.Message.Contains("Select"));
        Assert.That(() => Dataset.From(new Customer[] { null! }, "Churn"), Throws.ArgumentException.With.Message.Contains("row 0 is null"));
        Assert.That(() => Dataset.From(new[] { new { A = double.PositiveInfinity, Y = 1 }, new { A = 1.0, Y = 2 } }, "Y"), Throws.TypeOf<CsvDataException>().With.Property("Problem").EqualTo(CsvProblem.NotFinite));
    }

    // 1,234 is 1234 in one country and 1.234 in another, so a file that proves neither is not read by guess.
    [TestCase("0.5", "1,234", 1.234, 1234)]
    [TestCase("0,5", "1.234", 1.234, 1234)]
    public void A_number_that_was_not_written_so_in_the_training_rows_and_can_be_two_is_an_error(string trained, string given, double small, double large)
    {
        CsvOptions options = new() { DType = DType.Float64 };
        DatasetSchema schema = CsvDataset.Load(Write($"a;y\n{trained};0\n{trained};1\n"), "y", options).Schema!;
        string file = Write($"a;y\n{given};0\n{given};1\n");
        CsvIssue issue = Assert.Throws<CsvDataException>(() => NewRows.Load(file, schema, options))!.Issues.Single();

        Assert.That((issue.Problem, issue.Column), Is.EqualTo((CsvProblem.AmbiguousNumber, "a")));
        Assert.That(issue.Fixes.Select(fix => NewRows.Load(file, schema, fix.ApplyTo(options)).Inputs.ValueAt(0)).Order(), Is.EqualTo(new[] { small, large }));
        Assert.That(NewRows.Load(Write($"a;y\n{trained};0\n"), schema, options).Inputs.ValueAt(0), Is.EqualTo(0.5), "as it was");
        Assert.That(NewRows.Load(Write($"a;y\n{given};0\n{(given.Contains('.') ? "0.25" : "0,25")};1\n"), schema, options).Inputs.ValueAt(0), Is.EqualTo(small), "the column proves it");
    }

    [Test]
    public void Thousands_separators_of_the_training_rows_are_read_again()
    {
        CsvOptions options = new() { DType = DType.Float64 };
        DatasetSchema schema = CsvDataset.Load(Write("a,y\n\"2,121.88\",0\n7.5,1\n"), "y", options).Schema!;

        Assert.That(NewRows.Load(Write("a\n\"1,234\"\n"), schema, options).Inputs.ValueAt(0), Is.EqualTo(1234));
    }

    [TestCase("d.M.yyyy")]
    [TestCase("yyyy-M-d")]
    [TestCase("MMM d, yyyy")]
    public void A_number_is_no_date_where_dates_were_texts_and_an_ISO_date_always_is_one(string format)
    {
        string Date(int day) => new DateTime(2021, 3, day).ToString(format, CultureInfo.InvariantCulture);
        DatasetSchema schema = CsvDataset.Load(Write($"d;x;y\n{Date(13)};1;0\n{Date(24)};2;1\n"), "y").Schema!;
        NewRows Row(object date) => NewRows.From([new Dictionary<string, object?> { ["d"] = date, ["x"] = 1 }], schema, DType.Float64);

        foreach (object number in new object[] { 1, 44300.0, 1.6e12, 20210313L })
            Assert.That(() => Row(number), Throws.ArgumentException.With.Message.Contains("expected a date").And.Message.Contains("2020-01-31"));
        Assert.That(Row("2021-03-20").Inputs.ToArray(), Is.EqualTo(Row(new DateTime(2021, 3, 20)).Inputs.ToArray()));
    }

    [Test]
    public void Numbers_and_dates_that_cannot_be_read_are_in_one_exception()
    {
        var e = Assert.Throws<CsvDataException>(() => Read(Schema(), "region,age,joined\nnorth,old,2021-01-05\nnorth,1,soon\n"))!;

        Assert.That(e.Issues.Select(i => (i.Problem, i.Line)), Is.EqualTo(new[] { (CsvProblem.TextAmongNumbers, 2L), (CsvProblem.NotADate, 3L) }));
    }

    [Test]
    public void Percentages_without_their_sign_are_noted()
    {
        CsvOptions options = new() { DType = DType.Float64 };
        DatasetSchema schema = CsvDataset.Load(Write("a,y\n15%,0\n20 %,1\n"), "y", options).Schema!;
        NewRows plain = NewRows.Load(Write("a\n0.15\n15\n"), schema, options), signed = NewRows.Load(Write("a\n0.15%\n15%\n"), schema, options);

        Assert.That(plain.Inputs.ToArray(), Is.EqualTo(new[] { 0.15, 15 }));
        Assert.That(plain.Notes.Single().Message, Does.Contain("column 'a'").And.Contain("0.15 as 0.15 %").And.Contain("If they are shares"));
        Assert.That((signed.Inputs.ToArray()[0], signed.Notes.Count), Is.EqualTo((0.15, 0)));
    }
}
