using System.Globalization;
using System.Text;
using CsCheck;
using MyTorch.Data;

namespace MyTorch.Tests.Data;

public class CsvDatasetTests : CsvFiles
{
    [Test]
    public void A_classification_has_inputs_labels_and_names()
    {
        Dataset data = CsvDataset.Load(Write("width,height,kind\n1,2.5,7\n3,-4e1,5\n5,6,7\n"), target: "kind");

        Assert.That(data.Inputs.Shape, Is.EqualTo(Shape.Create([3, 2])));
        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new[] { 1, 2.5, 3, -40, 5, 6 }));
        Assert.That(data.Inputs.DType, Is.EqualTo(Tensor.DefaultDType));
        Assert.That(data.Labels.ToInt64Array(), Is.EqualTo(new[] { 1, 0, 1 }));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "width", "height" }));
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "5", "7" }));
        Assert.That(data.TargetNames, Is.EqualTo(new[] { "kind" }));
        Assert.That((data.Count, data.FeatureCount, data.ClassCount, data.OutputCount, data.SkippedRows), Is.EqualTo((3, 2, 2, 2, 0)));
        Assert.That(data.IsClassification);
        Assert.That(data.ToString(), Is.EqualTo("3 rows, 2 features, 2 classes"));
    }

    [Test]
    public void A_regression_has_a_column_for_its_target()
    {
        Dataset data = CsvDataset.Load(Write("x,y\n1,0.5\n2,1.5\n"), target: "y");

        Assert.That(data.IsClassification, Is.False);
        Assert.That(data.Targets.Shape, Is.EqualTo(Shape.Create([2, 1])));
        Assert.That(data.Targets.ToArray(), Is.EqualTo(new[] { 0.5, 1.5 }));
        Assert.That((data.ClassCount, data.OutputCount), Is.EqualTo((0, 1)));
        Assert.That(data.ToString(), Is.EqualTo("2 rows, 1 feature, 1 target"));
        Assert.That(() => data.Labels, Throws.InvalidOperationException.With.Message.Contains("regression").And.Message.Contains("Targets"));
    }

    [TestCase("y,a,b\n0,1,2\n1,3,4\n")]
    [TestCase("a,y,b\n1,0,2\n3,1,4\n")]
    [TestCase("a,b,y\n1,2,0\n3,4,1\n")]
    [TestCase("a,b,y\n1,2,0\n3,4,1", Description = "no line end after the last row")]
    [TestCase("a,b,y\r\n1,2,0\r\n3,4,1\r\n", Description = "CRLF")]
    [TestCase("\uFEFFa,b,y\n1,2,0\n3,4,1\n", Description = "byte order mark")]
    [TestCase("a;b;y\n1;2;0\n3;4;1\n", Description = "semicolons")]
    [TestCase("a\tb\ty\n1\t2\t0\n3\t4\t1\n", Description = "tabs")]
    [TestCase("\"a\",\"b\",\"y\"\n\"1\",\"2\",\"0\"\n\"3\",4,1\n", Description = "quoted")]
    [TestCase("a, b, y\n1, 2, 0\n 3,4 ,1\n", Description = "blanks")]
    [TestCase("a,b,y\n\n1,2,0\n\n3,4,1\n\n", Description = "empty lines")]
    public void The_same_table_is_read_however_it_is_written(string text)
    {
        Dataset data = CsvDataset.Load(Write(text), target: "y");

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new double[] { 1, 2, 3, 4 }));
        Assert.That(data.Labels.ToInt64Array(), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void A_utf16_file_is_read_by_its_byte_order_mark()
    {
        byte[] bytes = [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("größe,art\n1,ä\n2,ö\n")];

        Dataset data = CsvDataset.Load(Write(bytes), target: "art");

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "größe" }));
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "ä", "ö" }));
    }

    [Test]
    public void Without_a_header_columns_are_numbered_and_the_first_row_counts()
    {
        string file = Write("1,2,0\n3,4,1\n");
        var options = new CsvOptions { HasHeader = false };

        Dataset byName = CsvDataset.Load(file, "column_2", options);
        Dataset byIndex = CsvDataset.Load(file, 2, options);
        Dataset fromEnd = CsvDataset.Load(file, ^3, options);

        Assert.That(byName.Inputs.ToArray(), Is.EqualTo(new double[] { 1, 2, 3, 4 }));
        Assert.That(byName.FeatureNames, Is.EqualTo(new[] { "column_0", "column_1" }));
        Assert.That(byIndex.Inputs.ToArray(), Is.EqualTo(byName.Inputs.ToArray()));
        Assert.That(fromEnd.TargetNames, Is.EqualTo(new[] { "column_0" }));
    }

    [Test]
    public void Several_targets_make_a_regression_in_the_order_named()
    {
        Dataset data = CsvDataset.Load(Write("a,p,q\n1,0,1\n2,1,0\n3,1,1\n"), targets: ["q", "p"]);

        Assert.That(data.Targets.Shape, Is.EqualTo(Shape.Create([3, 2])));
        Assert.That(data.Targets.ToArray(), Is.EqualTo(new double[] { 1, 0, 0, 1, 1, 1 }));
        Assert.That(data.TargetNames, Is.EqualTo(new[] { "q", "p" }));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void Features_are_chosen_in_order_or_excluded_unread()
    {
        string file = Write("id,a,b,y\nfirst,1,2,0\nsecond,3,4,1\n");

        Dataset chosen = CsvDataset.Load(file, "y", new CsvOptions { Features = ["b", "a"] });
        Dataset excluded = CsvDataset.Load(file, "y", new CsvOptions { Exclude = ["id"] });

        Assert.That(chosen.Inputs.ToArray(), Is.EqualTo(new double[] { 2, 1, 4, 3 }));
        Assert.That(excluded.FeatureNames, Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public void Texts_become_one_column_each_and_classes_in_ordinal_order()
    {
        Dataset data = CsvDataset.Load(Write("colour,size,kind\nred,1,b\nblue,2,B\nred,3,a\n"), "kind");

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "colour=blue", "colour=red", "size" }));
        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new double[] { 0, 1, 1, 1, 0, 2, 0, 1, 3 }));
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "B", "a", "b" }));
        Assert.That(data.Labels.ToInt64Array(), Is.EqualTo(new[] { 2, 0, 1 }));
    }

    [Test]
    public void Integer_classes_are_in_numeric_order()
    {
        Dataset data = CsvDataset.Load(Write("x,y\n1,10\n2,9\n3,-1\n4,10.0\n5,-0\n6,0\n"), "y");

        Assert.That(data.ClassNames, Is.EqualTo(new[] { "-1", "0", "9", "10" }));
        Assert.That(data.Labels.ToInt64Array(), Is.EqualTo(new[] { 3, 2, 0, 3, 1, 1 }));
    }

    [TestCase(20, LearningTask.Auto, 20, true)]
    [TestCase(21, LearningTask.Auto, 20, false)]
    [TestCase(21, LearningTask.Auto, 21, true)]
    [TestCase(21, LearningTask.Classification, 20, true)]
    [TestCase(2, LearningTask.Regression, 20, false)]
    public void Few_integers_are_classes_unless_told_otherwise(int values, LearningTask task, int most, bool classes)
    {
        string file = Write("x,y\n" + string.Concat(Enumerable.Range(0, values).Select(i => $"0.5,{i}\n")));

        Dataset data = CsvDataset.Load(file, "y", new CsvOptions { Task = task, MaxIntegerClasses = most });

        Assert.That(data.IsClassification, Is.EqualTo(classes));
        Assert.That(data.ClassCount, Is.EqualTo(classes ? values : 0));
    }

    [Test]
    public void Listed_columns_of_numbers_are_categories()
    {
        Dataset data = CsvDataset.Load(Write("zip,y\n080,0\n80,1\n080,1\n"), "y", new CsvOptions { TextColumns = ["zip"] });

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "zip=080", "zip=80" }));
        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new double[] { 1, 0, 0, 1, 1, 0 }));
    }

    [Test]
    public void Numbers_in_a_column_of_mostly_texts_are_texts()
    {
        Dataset data = CsvDataset.Load(Write("code,y\nA1,0\n12,1\nNaN,1\nB2,1\nC3,0\n"), "y");

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "code=12", "code=A1", "code=B2", "code=C3", "code=NaN" }));
    }

    [Test]
    public void Rows_with_an_empty_field_are_dropped_and_counted()
    {
        string file = Write("a,c,unused,y\n1,u,,0\n,u,1,1\n3,,1,1\n4,v,1,\n5,v,1,1\n");

        Dataset data = CsvDataset.Load(file, "y", new CsvOptions { Missing = MissingValues.Drop, Exclude = ["unused"] });

        Assert.That(data.SkippedRows, Is.EqualTo(3));
        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new double[] { 1, 1, 0, 5, 0, 1 }));
        Assert.That(data.Labels.ToInt64Array(), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(data.MissingCount, Is.Zero);
    }

    [Test]
    public void Empty_fields_are_kept_as_NaN_for_the_imputer()
    {
        string file = Write("a,c,y\n1,u,0\n,v,1\n3,,1\n");

        Dataset data = CsvDataset.Load(file, "y", new CsvOptions { Missing = MissingValues.Mean });

        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new[] { 1, 1, 0, double.NaN, 0, 1, 3, double.NaN, double.NaN }));
        Assert.That(data.MissingCount, Is.EqualTo(3));
    }

    [Test]
    public void Markers_count_as_empty_even_if_they_are_numbers()
    {
        string file = Write("a,y\n1,0\n-999,1\nNA,1\n4,1\n");

        Dataset data = CsvDataset.Load(file, "y", new CsvOptions { MissingMarkers = ["NA", "-999"], Missing = MissingValues.Drop });

        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new double[] { 1, 4 }));
        Assert.That(data.SkippedRows, Is.EqualTo(2));
    }

    [Test]
    public void One_row_is_a_data_set_that_cannot_be_split()
    {
        Dataset data = CsvDataset.Load(Write("x,y\n1,0.5\n"), "y");

        Assert.That(data.Count, Is.EqualTo(1));
        Assert.That(() => data.Split(), Throws.InvalidOperationException.With.Message.Contains("1 row").And.Message.Contains("more rows"));
    }

    [Test, SetCulture("de-DE")]
    public void The_computers_language_makes_no_difference()
    {
        Dataset data = CsvDataset.Load(Write("a,b,y\n1.5,-2.25e-3,0.5\n2.5,1000000.5,1.5\n"), "y", new CsvOptions { DType = DType.Float64 });
        Dataset classes = CsvDataset.Load(Write("a,y\n1.5,0.5\n2.5,-1.5\n"), "y", new CsvOptions { Task = LearningTask.Classification });

        Assert.That(CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator, Is.EqualTo(","), "the test runs under de-DE");
        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new[] { 1.5, -2.25e-3, 2.5, 1000000.5 }));
        Assert.That(data.Targets.ToArray(), Is.EqualTo(new[] { 0.5, 1.5 }));
        Assert.That(classes.ClassNames, Is.EqualTo(new[] { "-1.5", "0.5" }));
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Any_table_of_numbers_comes_back_exactly(DType dtype)
    {
        var table = Gen.Int[1, 6].SelectMany(columns => Gen.Double[-1e30, 1e30].Array[columns + 1].Array[1, 20]);
        var dialect = Gen.Select(Gen.OneOf(',', ';', '\t', '|'), Gen.OneOf("\n", "\r\n"), Gen.Bool, Gen.Bool);

        Gen.Select(table, dialect).Sample((rows, form) =>
        {
            var (delimiter, lineEnd, quoted, lastLineEnd) = form;
            string Field(double value)
            {
                string text = dtype == DType.Float32
                    ? ((float)value).ToString("R", CultureInfo.InvariantCulture)
                    : value.ToString("R", CultureInfo.InvariantCulture);
                return quoted ? $"\"{text}\"" : text;
            }
            IEnumerable<string> lines = rows.Select(row => string.Join(delimiter, row.Select(Field)))
                .Prepend(string.Join(delimiter, rows[0].Select((_, i) => $"c{i}")));
            string path = Path.GetTempFileName();
            try
            {
                File.WriteAllText(path, string.Join(lineEnd, lines) + (lastLineEnd ? lineEnd : ""));
                // A table whose only number is like 843.125 could have thousands points.
                var options = new CsvOptions { Task = LearningTask.Regression, DType = dtype, Delimiter = delimiter, Decimal = '.' };
                Dataset data = CsvDataset.Load(path, ^1, options);

                double Rounded(double value) => dtype == DType.Float32 ? (float)value : value;
                Assert.That(data.Inputs.ToArray(), Is.EqualTo(rows.SelectMany(row => row[..^1]).Select(Rounded)));
                Assert.That(data.Targets.ToArray(), Is.EqualTo(rows.Select(row => Rounded(row[^1]))));
            }
            finally
            {
                File.Delete(path);
            }
        }, iter: 200);
    }

    [Test]
    public void Any_texts_come_back_as_categories_and_classes()
    {
        // Letters, the characters that need quoting, and some beyond ASCII; the first letter keeps a text from being blank or a number.
        var text = Gen.String[Gen.OneOf('a', 'B', ',', ';', '"', '\n', ' ', 'ß', '語', '='), 0, 6].Select(s => "x" + s + "x");

        Gen.Select(text, text).Array[2, 20].Where(rows => rows.Select(r => r.Item2).Distinct().Count() > 1).Sample(rows =>
        {
            static string Quoted(string s) => $"\"{s.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            string path = Path.GetTempFileName();
            try
            {
                File.WriteAllText(path, "f,t\n" + string.Concat(rows.Select(r => $"{Quoted(r.Item1)},{Quoted(r.Item2)}\n")));
                Dataset data = CsvDataset.Load(path, "t", new CsvOptions { Delimiter = ',' });

                long[] labels = data.Labels.ToInt64Array();
                double[] oneHot = data.Inputs.ToArray();
                Assert.That(data.ClassNames, Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
                for (int r = 0; r < rows.Length; r++)
                {
                    Assert.That(data.ClassNames[(int)labels[r]], Is.EqualTo(rows[r].Item2));
                    double[] row = oneHot[(r * data.FeatureCount)..((r + 1) * data.FeatureCount)];
                    Assert.That(row.Sum(), Is.EqualTo(1));
                    Assert.That(data.FeatureNames[Array.IndexOf(row, 1)], Is.EqualTo("f=" + rows[r].Item1));
                }
            }
            finally
            {
                File.Delete(path);
            }
        }, iter: 200);
    }

    [TestCase("iris.csv", "species", "150 rows, 4 features, 3 classes")]
    [TestCase("digits.csv", "digit", "1797 rows, 64 features, 10 classes")]
    [TestCase("breast_cancer.csv", "diagnosis", "569 rows, 30 features, 2 classes")]
    [TestCase("diabetes.csv", "progression", "442 rows, 10 features, 1 target")]
    public void The_real_files_load(string file, string target, string size) =>
        Assert.That(CsvDataset.Load(Real(file), target).ToString(), Is.EqualTo(size));

    [Test]
    public void The_penguins_load_with_gaps_dropped_or_kept()
    {
        Dataset dropped = CsvDataset.Load(Real("penguins.csv"), "species", new CsvOptions { Missing = MissingValues.Drop });
        Dataset kept = CsvDataset.Load(Real("penguins.csv"), "species", new CsvOptions { Missing = MissingValues.Mean });

        Assert.That((dropped.Count, dropped.SkippedRows, dropped.MissingCount), Is.EqualTo((333, 11, 0)));
        Assert.That((kept.Count, kept.SkippedRows), Is.EqualTo((344, 0)));
        Assert.That(kept.FeatureNames, Is.EqualTo(new[] { "island=Biscoe", "island=Dream", "island=Torgersen",
            "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex=FEMALE", "sex=MALE" }));
        Assert.That(kept.ClassNames, Is.EqualTo(new[] { "Adelie", "Chinstrap", "Gentoo" }));
    }
}
