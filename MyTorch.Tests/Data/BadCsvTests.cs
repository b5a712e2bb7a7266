using MyTorch.Data;

namespace MyTorch.Tests.Data;

/// <summary>Every way a file can be unfit to learn from: the message must name the place, the value and the fix.</summary>
public class BadCsvTests : CsvFiles
{
    static readonly CsvOptions s_default = new();

    [TestCase("a,y\n1,0\nx,1\n3,1\n", 3, 2, "a", "x", "not a number", TestName = "Text in a numeric column")]
    [TestCase("a,y\n1,0\n2,1\n3,one\n", 4, 3, "y", "one", "LearningTask.Classification", TestName = "Text in a numeric target")]
    [TestCase("a,y\n1,0\nNaN,1\n3,1\n", 3, 2, "a", "NaN", "MissingValues.Drop", TestName = "NaN in a feature")]
    [TestCase("a,y\n1,0\nnan,1\n3,1\n", 3, 2, "a", "nan", "stands for a missing value", TestName = "nan in a feature")]
    [TestCase("a,y\ninf,0\n2,1\n3,1\n", 2, 1, "a", "inf", "not a finite number", TestName = "inf in a feature")]
    [TestCase("a,y\n1,0\n-Inf,1\n3,1\n", 3, 2, "a", "-Inf", "not a finite number", TestName = "-Inf in a feature")]
    [TestCase("a,y\n1,0\nInfinity,1\n3,1\n", 3, 2, "a", "Infinity", "not a finite number", TestName = "Infinity in a feature")]
    [TestCase("a,y\n1,0\n∞,1\n3,1\n", 3, 2, "a", "∞", "not a", TestName = "∞ in a feature")]
    [TestCase("a,y\n1,0\n1e999,1\n3,1\n", 3, 2, "a", "1e999", "not a finite number", TestName = "A number too large")]
    [TestCase("a,y\n1,0.5\n2,nan\n3,1\n", 3, 2, "y", "nan", "MissingValues.Mean", TestName = "nan in a target")]
    [TestCase("a,y\n1,0\n,1\n3,1\n", 3, 2, "a", "", "MissingValues.Drop", TestName = "Empty feature")]
    [TestCase("a,y\n1,0\n\"\",1\n3,1\n", 3, 2, "a", "", "MissingValues.Mean", TestName = "Empty quoted feature")]
    [TestCase("a,y\n1,0\n2,\n3,1\n", 3, 2, "y", "", "MissingValues.Drop", TestName = "Empty target")]
    [TestCase("a,y\n\"1,000\",0\n2,1\n", 2, 1, "a", "1,000", "Decimal = ','", TestName = "Thousands separators")]
    [TestCase("a,y\r\n\r\n1,0\r\n\r\n\"x\",1\r\n3,1", 5, 2, "a", "x", "not a number", TestName = "Empty lines are counted in the line number")]
    [TestCase("c,a,y\n\"two\nlines\",1,0\nu,x,1\nu,3,1\n", 4, 2, "a", "x", "not a number", TestName = "Lines within quotes are counted")]
    public void A_bad_field_is_named(string text, int line, int row, string column, string value, string fix)
    {
        string file = Write(text);
        var e = Assert.Throws<CsvDataException>(() => CsvDataset.Load(file, "y", s_default))!;

        Assert.That(e.Message, Does.StartWith($"{file}, line {line} (row {row}), column '{column}': ").And.Contains(fix));
        if (value.Length > 0) Assert.That(e.Message, Does.Contain($"'{value}'"));
        Assert.That((e.File, e.Line, e.Row, e.Column, e.Value), Is.EqualTo((file, (long)line, (long)row, column, value)));
    }

    [Test]
    public void An_empty_target_is_never_made_up()
    {
        Dataset data = CsvDataset.Load(Write("a,y\n1,0\n2,\n,1\n"), "y", new CsvOptions { Missing = MissingValues.Mean });

        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new[] { 1, double.NaN }));
        Assert.That((data.SkippedRows, data.Notes.Single(n => n.Problem == CsvProblem.RowsWithoutTarget).Count), Is.EqualTo((1, 1)));
    }

    [TestCase("a,b,y\n1,2,0\n1,2\n", 3, 2, 2, 3, TestName = "A row too short")]
    [TestCase("a,b,y\n1,2,3,4\n1,2,0\n", 2, 1, 4, 3, TestName = "A row too long")]
    public void A_ragged_row_is_named(string text, int line, int row, int fields, int expected)
    {
        string file = Write(text);

        Assert.That(() => CsvDataset.Load(file, "y"), Throws.TypeOf<CsvDataException>()
            .With.Message.StartsWith($"{file}, line {line} (row {row}): ").And.Message.Contains($"{fields} field(s)").And.Message.Contains($"expected {expected}"));
    }

    [Test]
    public void A_ragged_row_without_a_header_is_measured_by_the_first_row()
    {
        string file = Write("1,2,0\n1,2\n");

        Assert.That(() => CsvDataset.Load(file, 2, new CsvOptions { HasHeader = false }),
            Throws.TypeOf<CsvDataException>().With.Message.StartsWith($"{file}, line 2 (row 2): ").And.Message.Contains("first rows"));
    }

    [TestCase("", "empty", TestName = "Empty file")]
    [TestCase("\n\n", "empty", TestName = "Only empty lines")]
    [TestCase("\uFEFF", "empty", TestName = "Only a byte order mark")]
    [TestCase("a,b,y\n", "no rows", TestName = "Header only")]
    [TestCase("a,b,y", "no rows", TestName = "Header only without a line end")]
    [TestCase("y\n1\n2\n", "no feature column", TestName = "Only the target")]
    [TestCase("a,y\nNaN,0\nNaN,1\n", "every field of the column is empty", TestName = "Only NaN in a column")]
    [TestCase("a,y\n1,0\n2,0\n", "class '0'", TestName = "One class only, a number")]
    [TestCase("a,y\n1,u\n2,u\n", "class 'u'", TestName = "One class only, a text")]
    [TestCase("a,y\n1,u\n", "at least two classes", TestName = "One row of one class")]
    [TestCase("a,y\n1,\"0\n2,1\n", "quot", TestName = "A quote that is never closed")]
    [TestCase("a,y\n\"1\"2,0\n2,1\n", "quot", TestName = "Text after a closing quote")]
    public void A_bad_file_is_named(string text, string problem)
    {
        string file = Write(text);

        Assert.That(() => CsvDataset.Load(file, "y"),
            Throws.TypeOf<CsvDataException>().With.Message.StartsWith(file).And.Message.Contains(problem));
    }

    [Test]
    public void An_empty_file_without_a_header_is_named()
    {
        string file = Write("");

        Assert.That(() => CsvDataset.Load(file, 0, new CsvOptions { HasHeader = false }),
            Throws.TypeOf<CsvDataException>().With.Message.StartsWith(file).And.Message.Contains("empty"));
    }

    [Test]
    public void A_missing_file_is_named_with_where_it_was_looked_for()
    {
        Assert.That(() => CsvDataset.Load("no/such.csv", "y"), Throws.TypeOf<FileNotFoundException>()
            .With.Message.Contains("'no/such.csv'").And.Message.Contains(Path.GetFullPath("no/such.csv")));
        Assert.That(() => CsvDataset.Load(Path.GetTempPath(), "y"), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("directory"));
        Assert.That(() => CsvDataset.Load(" ", "y"), Throws.ArgumentException);
    }

    [Test]
    public void An_unknown_column_is_named_with_the_known_ones_and_the_nearest()
    {
        string file = Write("length,width,species\n1,2,0\n3,4,1\n");

        Assert.That(() => CsvDataset.Load(file, "Specie"), Throws.TypeOf<CsvColumnException>().With.Message.Contains(file)
            .And.Message.Contains("'Specie'").And.Message.Contains("Did you mean 'species'?").And.Message.Contains("'length', 'width', 'species'"));
        Assert.That(() => CsvDataset.Load(file, "qqqqqq"), Throws.TypeOf<CsvColumnException>().With.Message.Not.Contains("Did you mean"));
        Assert.That(() => CsvDataset.Load(file, "species", new CsvOptions { Exclude = ["widht"] }),
            Throws.TypeOf<CsvColumnException>().With.Message.Contains("'widht'").And.Message.Contains("Exclude").And.Message.Contains("'width'"));
        Assert.That(() => CsvDataset.Load(file, "species", new CsvOptions { Features = ["weight"] }),
            Throws.TypeOf<CsvColumnException>().With.Message.Contains("'weight'").And.Message.Contains("Features"));
        Assert.That(() => CsvDataset.Load(file, "species", new CsvOptions { TextColumns = ["colour"] }),
            Throws.TypeOf<CsvColumnException>().With.Message.Contains("'colour'").And.Message.Contains("TextColumns"));
        Assert.That(() => CsvDataset.Load(file, 3), Throws.TypeOf<CsvColumnException>().With.Message.Contains("position 3").And.Message.Contains("3 columns"));
        Assert.That(() => CsvDataset.Load(file, ^4), Throws.TypeOf<CsvColumnException>().With.Message.Contains("^4"));
        Assert.That(() => CsvDataset.Load(Write("a b y\n1 2 0\n"), "y"), Throws.TypeOf<CsvColumnException>().With.Message.Contains("'a b y'").And.Message.Contains("CsvOptions.Delimiter"));
    }

    [TestCaseSource(nameof(Problems))]
    public void The_kind_of_problem_is_named_and_the_statement_names_no_option(CsvProblem problem, string text, CsvOptions options)
    {
        string file = Write(text);
        Exception e = Assert.Catch(() => CsvDataset.Load(file, "y", options))!;
        (CsvProblem kind, string statement) = e is CsvDataException data ? (data.Problem, data.Statement) : (((CsvColumnException)e).Problem, ((CsvColumnException)e).Statement);

        Assert.That(kind, Is.EqualTo(problem), e.Message);
        Assert.That(statement, Does.StartWith(file).And.EndsWith("."));
        Assert.That(e.Message, Does.StartWith(statement));
        foreach (string option in (string[])["CsvOptions", "MissingValues", "LearningTask", "TextColumns", "HasHeader", "DType", "Exclude it", "Take it out"])
            Assert.That(statement, Does.Not.Contain(option));
    }

    static IEnumerable<TestCaseData> Problems()
    {
        string letters = string.Concat(Enumerable.Range(0, 30).Select(i => $"t{i},{i % 2}\n"));
        string close = string.Concat(Enumerable.Range(0, 30).Select(i => $"{1_000_000_000 + i},{i % 2}\n"));
        CsvOptions none = new();
        return
        [
            Case(CsvProblem.BrokenQuoting, "a,y\n\"1,0\n2,1\n", none),
            Case(CsvProblem.NoRows, "", none),
            Case(CsvProblem.NoRows, "a,y\n", none),
            Case(CsvProblem.UnknownColumn, "a,b\n1,2\n", none),
            Case(CsvProblem.SingleColumn, "a b y\n1 2 0\n", none),
            Case(CsvProblem.NumericHeader, "1,2\n3,4\n", none),
            Case(CsvProblem.NumericHeader, "1,1\n3,4\n", none),
            Case(CsvProblem.ExcludedTarget, "a,y\n1,0\n", none with { Exclude = ["y"] }),
            Case(CsvProblem.ColumnNamedTwice, "a,y\n1,0\n", none with { Features = ["a", "a"] }),
            Case(CsvProblem.ColumnNamedTwice, "a,y\n1,0\n", none with { Features = ["a", "y"] }),
            Case(CsvProblem.NoFeatures, "a,y\n1,0\n", none with { Exclude = ["a"] }),
            Case(CsvProblem.FieldCount, "a,y\n1,0\n2,1,3\n", none),
            Case(CsvProblem.EmptyField, "a,y\n1,0\n,1\n", none),
            Case(CsvProblem.EmptyTarget, "a,y\n1,0\n2,\n", none),
            Case(CsvProblem.EmptyColumn, "a,y\n,0\n,1\n", none with { Missing = MissingValues.Mean }),
            Case(CsvProblem.NoRowsLeft, "a,b,y\n,1,0\n2,,1\n", none with { Missing = MissingValues.Drop }),
            Case(CsvProblem.AmbiguousNumber, "a,y\n\"1,234\",0\n\"2,345\",1\n", none),
            Case(CsvProblem.NotFinite, "a,y\n1,0\n-inf,1\n3,1\n", none),
            Case(CsvProblem.TooLarge, "a,y\n1,0\n1e300,1\n3,1\n", none with { DType = DType.Float32 }),
            Case(CsvProblem.DigitsLost, "a,y\n" + close, none with { DType = DType.Float32 }),
            Case(CsvProblem.TextAmongNumbers, "a,y\n1,0\nx,1\n3,1\n", none),
            Case(CsvProblem.TextInTarget, "a,y\n1,0\n2,1\n3,one\n", none),
            Case(CsvProblem.TooManyCategories, "a,y\nr,0\ns,1\nt,1\nr,0\n", none with { MaxCategories = 2 }),
            Case(CsvProblem.UniqueTexts, "a,y\n" + letters, none),
            Case(CsvProblem.SingleClass, "a,y\n1,u\n2,u\n", none),
        ];

        static TestCaseData Case(CsvProblem problem, string text, CsvOptions options) => new(problem, text, options);
    }

    [Test]
    public void A_long_list_of_columns_is_cut_short()
    {
        string file = Write(string.Join(",", Enumerable.Range(0, 100).Select(i => $"pixel{i}")) + "\n" + string.Join(",", Enumerable.Range(0, 100)));

        Assert.That(() => CsvDataset.Load(file, "digit"),
            Throws.TypeOf<CsvColumnException>().With.Message.Contains("'pixel18' … 'pixel99' (100 in all)").And.Message.Not.Contains("'pixel19'"));
    }

    [Test]
    public void A_first_row_of_numbers_raises_the_question_of_a_header()
    {
        Assert.That(() => CsvDataset.Load(Write("5.1,3.5,0\n4.9,3,1\n"), "species"), Throws.TypeOf<CsvColumnException>().With.Message.Contains("HasHeader = false"));
        Assert.That(() => CsvDataset.Load(Write("0,0,1\n4,3,1\n"), "species"), Throws.TypeOf<CsvColumnException>().With.Message.Contains("HasHeader = false"));
    }

    [Test]
    public void Contradicting_choices_of_columns_are_refused()
    {
        string file = Write("a,b,y\n1,2,0\n3,4,1\n");

        Assert.That(() => CsvDataset.Load(file, "y", new CsvOptions { Features = ["a", "y"] }),
            Throws.TypeOf<CsvColumnException>().With.Message.Contains("'y'").And.Message.Contains("both a feature and the target"));
        Assert.That(() => CsvDataset.Load(file, "y", new CsvOptions { Exclude = ["y"] }), Throws.TypeOf<CsvColumnException>().With.Message.Contains("Take it out of CsvOptions.Exclude"));
        Assert.That(() => CsvDataset.Load(file, "y", new CsvOptions { Features = ["a", "a"] }), Throws.TypeOf<CsvColumnException>().With.Message.Contains("'a' is named twice"));
        Assert.That(() => CsvDataset.Load(file, ["y", "y"]), Throws.TypeOf<CsvColumnException>().With.Message.Contains("'y' is named twice"));
        Assert.That(() => CsvDataset.Load(file, []), Throws.ArgumentException.With.Message.Contains("at least one column"));
        Assert.That(() => CsvDataset.Load(file, "y", new CsvOptions { Exclude = ["a", "b"] }), Throws.TypeOf<CsvDataException>().With.Message.Contains("no feature column is left"));
        Assert.That(() => CsvDataset.Load(file, ["b", "y"], new CsvOptions { Task = LearningTask.Classification }),
            Throws.TypeOf<CsvColumnException>().With.Message.Contains("2 targets cannot be classes"));
        Assert.That(() => CsvDataset.Load(file, "y", new CsvOptions { DType = DType.Int64 }),
            Throws.ArgumentException.With.Message.Contains("Int64").And.Message.Contains("expected Float32 or Float64"));
    }

    [TestCase('"')]
    [TestCase('\n')]
    [TestCase('→')]
    public void A_delimiter_that_cannot_be_is_refused(char delimiter)
    {
        string file = Write("a,y\n1,0\n2,1\n");

        Assert.That(() => CsvDataset.Load(file, "y", new CsvOptions { Delimiter = delimiter }),
            Throws.ArgumentException.With.Message.Contains("Delimiter").And.Message.Contains("ASCII"));
    }

    [Test]
    public void A_regression_on_texts_is_refused_at_the_first_text()
    {
        string file = Write("a,y\n1,u\n2,v\n");

        Assert.That(() => CsvDataset.Load(file, "y", new CsvOptions { Task = LearningTask.Regression }),
            Throws.TypeOf<CsvDataException>().With.Message.StartsWith($"{file}, line 2 (row 1), column 'y': 'u' is not a number"));
        Assert.That(() => CsvDataset.Load(Write("a,y,z\n1,u,5\n2,v,6\n"), ["z", "y"]),
            Throws.TypeOf<CsvDataException>().With.Message.Contains("line 2 (row 1), column 'y': 'u' is not a number"));
    }

    [Test]
    public void Too_many_categories_are_refused()
    {
        string file = Write("name,y\n" + string.Concat(Enumerable.Range(0, 9).Select(i => $"n{i},{i % 2}\n")));

        Assert.That(() => CsvDataset.Load(file, "y", new CsvOptions { MaxCategories = 8 }), Throws.TypeOf<CsvDataException>()
            .With.Message.StartsWith($"{file}, column 'name': 9 different texts").And.Message.Contains("at most 8").And.Message.Contains("Use it with MaxCategories = 9"));
        Assert.That(CsvDataset.Load(file, "y", new CsvOptions { MaxCategories = 9 }).FeatureCount, Is.EqualTo(9));
    }

    [Test]
    public void A_column_of_texts_that_are_nearly_all_different_is_left_out_unless_it_is_all_there_is()
    {
        string[] rows = [.. Enumerable.Range(0, 40).Select(i => $"c{i % 30},{i % 7},{i % 2}")];
        string file = Write("customer,x,y\n" + string.Join("\n", rows)), alone = Write("customer,y\n" + string.Join("\n", rows.Select(r => r[..r.IndexOf(',')] + r[^2..])));
        Dataset data = CsvDataset.Load(file, "y");

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x" }));
        Assert.That(data.Notes.Single().Message, Does.StartWith($"{file}, column 'customer': 30 different texts, such as 'c0', in 40 rows").And.Contain("The column is left out. To use it").And.Contain("TextColumns"));
        Assert.That(data.Schema!.Find("customer")!.Reason, Is.Not.Null);
        Assert.That(CsvDataset.Load(file, "y", data.Notes.Single().Fixes.Single().ApplyTo(s_default)).FeatureCount, Is.EqualTo(31));
        Assert.That(CsvDataset.Load(file, "y", new CsvOptions { Exclude = ["customer"] }).FeatureCount, Is.EqualTo(1));
        Assert.That(() => CsvDataset.Load(alone, "y"), Throws.TypeOf<CsvDataException>().With.Property("Problem").EqualTo(CsvProblem.UniqueTexts));
    }

    [Test]
    public void Nothing_left_after_dropping_names_the_emptiest_column()
    {
        string file = Write("a,b,y\n1,,0\n,2,1\n3,,1\n"), empty = Write("a,b,y\n1,,0\n,,1\n3,,1\n");
        CsvOptions drop = new() { Missing = MissingValues.Drop };

        Assert.That(() => CsvDataset.Load(file, "y", drop),
            Throws.TypeOf<CsvDataException>().With.Message.StartsWith($"{file}, column 'b': none of the 3 row(s) is left").And.Message.Contains("Exclude"));
        Assert.That(CsvDataset.Load(file, "y", drop with { Exclude = ["b"] }).Count, Is.EqualTo(2));
        Assert.That(CsvDataset.Load(empty, "y", drop).FeatureNames, Is.EqualTo(new[] { "a" }), "a column without values is left out");
        Assert.That(() => CsvDataset.Load(empty, "y", new CsvOptions { Missing = MissingValues.Mean, TextColumns = ["b"] }),
            Throws.TypeOf<CsvDataException>().With.Message.StartsWith($"{empty}, column 'b': every field of the column is empty"));
    }
}
