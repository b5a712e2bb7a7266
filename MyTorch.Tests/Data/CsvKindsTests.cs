using System.IO.Compression;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Tests.Data;

/// <summary>The kinds of files that people have: files of each kind in the folder Csv, and neighbours of it.</summary>
public class CsvKindsTests : CsvFiles
{
    static readonly CsvOptions s_double = new() { DType = DType.Float64 };

    static string Given(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "Csv", name);

    /// <summary>Rows with the row's number for {0}, and 0 or 1 for {1}.</summary>
    static string Rows(string header, int count, Func<int, string> row) => header + "\n" + string.Concat(Enumerable.Range(0, count).Select(i => row(i) + "\n"));

    static double[] Column(Dataset data, string name)
    {
        int at = data.FeatureNames.ToList().IndexOf(name);
        return [.. data.Inputs.ToArray().Where((_, i) => i % data.FeatureCount == at)];
    }

    static CsvDataException Refused(string file, CsvOptions? options = null) => Assert.Throws<CsvDataException>(() => CsvDataset.Load(file, ^1, options))!;

    static CsvIssue Note(Dataset data, CsvProblem problem) => data.Notes.Single(note => note.Problem == problem);

    // Numbers.

    [Test]
    public void Thousands_separators_are_read_where_the_column_proves_them()
    {
        Dataset data = CsvDataset.Load(Given("01_thousands_us.csv"), ^1, s_double);

        Assert.That(Column(data, "income")[..2], Is.EqualTo(new[] { 2121.88, 1662.45 }));
        Assert.That(data.Schema!.Find("income")!.Numbers, Is.EqualTo(new NumberFormat { Thousands = ',' }));
        Assert.That(data.Schema.Describe(), Does.Contain("income: number (written as 1,234.5)"));
        Assert.That(data.Count, Is.EqualTo(120));
    }

    [Test]
    public void Decimal_commas_are_read_where_the_columns_prove_them([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        Dataset data = CsvDataset.Load(Given("02_decimal_comma_semicolon.csv"), ^1, new CsvOptions { DType = dtype });

        Assert.That(Column(data, "age")[..2], Is.EqualTo(new[] { 38.1, 68.9 }).Within(1e-5));
        Assert.That(Column(data, "income")[..2], Is.EqualTo(new[] { 2121.88, 1662.45 }).Within(1e-3));
        Assert.That(data.Schema!.Find("income")!.Numbers, Is.EqualTo(new NumberFormat { Decimal = ',' }));
    }

    [TestCase("größe;preis;art", "{0},5;{0},25;A", TestName = "As many commas in the rows as semicolons")]
    [TestCase("größe;preis", "{0},5;{0},25", TestName = "More commas in the rows than semicolons")]
    [TestCase("Bericht 2024\ngröße;preis;art", "{0},5;{0},25;A", TestName = "A title above the header")]
    [TestCase(null, "{0},5;{0},25", TestName = "No header")]
    [TestCase("größe\tpreis\tart", "{0},5\t{0},25\tA", TestName = "Tabs")]
    public void Decimal_commas_are_not_taken_for_delimiters(string? header, string row)
    {
        string rows = string.Concat(Enumerable.Range(1, 12).Select(i => row.Replace("{0}", i.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal) + "\n"));
        string file = Write((header is null ? "" : header + "\n") + rows);
        var options = s_double with { HasHeader = header is not null, SkipLines = header?.StartsWith("Bericht", StringComparison.Ordinal) == true ? 1 : 0 };

        Dataset data = CsvDataset.Load(file, 1, options with { Task = LearningTask.Regression });

        Assert.That(data.FeatureNames[0], Is.EqualTo(header is null ? "column_0" : "größe"));
        Assert.That(Column(data, data.FeatureNames[0]), Is.EqualTo(Enumerable.Range(1, 12).Select(i => i + 0.5)));
        Assert.That(data.Targets.ToArray(), Is.EqualTo(Enumerable.Range(1, 12).Select(i => i + 0.25)));
    }

    [TestCase("a,b\n1,2\n3,4\n5,6\n")]
    [TestCase("a,b\n\"1;2\",2\n\"3;4\",4\n\"5;6\",6\n")]
    [TestCase("a,b\nx;1,2\nx;2,4\ny;1,6\n")]
    public void A_comma_stays_the_delimiter_where_no_other_fits_as_well(string text)
    {
        Dataset data = CsvDataset.Load(Write(text), "b", s_double with { Task = LearningTask.Regression });

        Assert.That(data.Targets.ToArray(), Is.EqualTo(new double[] { 2, 4, 6 }));
    }

    [TestCase(';', "1.234,5", 1234.5, "2", 2)]
    [TestCase(';', "38,1", 38.1, "-0,5", -0.5)]
    [TestCase('\t', "1.234.567", 1234567, "0,25", 0.25)]
    [TestCase(';', "1 234,5", 1234.5, "12\u00A0345", 12345)]
    [TestCase(';', "1\u202F234,5", 1234.5, "1,5", 1.5)]
    [TestCase(',', "1\u2009234.5", 1234.5, "12 345", 12345)]
    [TestCase('|', "1'234.5", 1234.5, "1\u2019234'567", 1234567)]
    [TestCase('\t', "1,234.5", 1234.5, "1,234,567", 1234567)]
    [TestCase('\t', "12,34,567.5", 1234567.5, "1,234", 1234, Description = "Indian groups")]
    [TestCase(';', "$1,234.50", 1234.5, "$2", 2)]
    [TestCase(';', "1.234,50 €", 1234.5, "-2,5€", -2.5)]
    [TestCase(',', "EUR 5", 5, "EUR 7.5", 7.5)]
    [TestCase(',', "15%", 15, "7.5 %", 7.5)]
    [TestCase(',', "(2878)", -2878, "363", 363)]
    [TestCase(',', "($5.50)", -5.5, "$3", 3)]
    [TestCase(',', "\u22122878", -2878, "363", 363)]
    [TestCase(',', "-$5", -5, "$-7", -7)]
    [TestCase(',', "5-", -5, "7", 7)]
    [TestCase(';', "1,5e3", 1500, "2", 2)]
    [SetCulture("de-DE")]
    public void Numbers_are_read_as_people_write_them(char delimiter, string first, double firstValue, string second, double secondValue)
    {
        string file = Write($"x{delimiter}y\n{first}{delimiter}a\n{second}{delimiter}b\n");

        Assert.That(CsvDataset.Load(file, "y", s_double with { Delimiter = delimiter }).Inputs.ToArray(), Is.EqualTo(new[] { firstValue, secondValue }));
        Assert.That(CsvDataset.Load(Write($"y{delimiter}t\na{delimiter}{first}\nb{delimiter}{second}\n"), "t", s_double with { Task = LearningTask.Regression, Delimiter = delimiter })
            .Targets.ToArray(), Is.EqualTo(new[] { firstValue, secondValue }), "a target too");
    }

    [TestCase("x\ty\n1,234\ta\n5,678\tb\n", "'1,234' can be read as 1234 and as 1.234")]
    [TestCase("x;y\n1.234;a\n950;b\n", "'1.234' can be read as 1.234 and as 1234", Description = "in a file of the kind that has decimal commas")]
    [TestCase("x;z;y\n1.234,5;1.5;a\n950;2;b\n7;3;a\n", null)]
    public void A_number_that_can_be_read_in_two_ways_is_an_error_unless_something_decides_it(string text, string? statement)
    {
        string file = Write(text);
        if (statement is null)
        {
            Assert.That(CsvDataset.Load(file, "y", s_double).Inputs.ToArray(), Is.EqualTo(new[] { 1234.5, 1.5, 950, 2, 7, 3 }), "each column proves its own");
            return;
        }
        CsvDataException e = Refused(file);

        Assert.That(e.Problem, Is.EqualTo(CsvProblem.AmbiguousNumber));
        Assert.That(e.Message, Does.Contain(statement).And.Contain("Decimal = '.'").And.Contain("Decimal = ','"));
        double[] point = Column(CsvDataset.Load(file, "y", e.Issues[0].Fixes[0].ApplyTo(s_double)), "x"), comma = Column(CsvDataset.Load(file, "y", e.Issues[0].Fixes[1].ApplyTo(s_double)), "x");
        Assert.That(new[] { point[0], comma[0] }, Is.EquivalentTo(new[] { 1234, 1.234 }));
    }

    [Test]
    public void Another_column_of_the_file_decides_what_a_comma_is()
    {
        Assert.That(CsvDataset.Load(Write("x;z;y\n1,234;0,5;a\n2,345;1,5;b\n"), "y", s_double).Inputs.ToArray(), Is.EqualTo(new[] { 1.234, 0.5, 2.345, 1.5 }));
        Assert.That(CsvDataset.Load(Write("x\tz\ty\n1,234\t0.5\ta\n2,345\t1.5\tb\n"), "y", s_double).Inputs.ToArray(), Is.EqualTo(new[] { 1234, 0.5, 2345, 1.5 }));
        Assert.That(CsvDataset.Load(Write("x;z;y\n1.234;0,5;a\n2.345;1,5;b\n"), "y", s_double).Inputs.ToArray(), Is.EqualTo(new[] { 1234, 0.5, 2345, 1.5 }));
        Assert.That(CsvDataset.Load(Write("x;z;y\n1.234;0.55;a\n2.345;1.5;b\n"), "y", s_double).Inputs.ToArray(), Is.EqualTo(new[] { 1.234, 0.55, 2.345, 1.5 }));
        Assert.That(CsvDataset.Load(Write("x,y\n1.234,a\n950,b\n"), "y", s_double).Inputs.ToArray(), Is.EqualTo(new[] { 1.234, 950 }), "with commas between fields a point is a point");
    }

    [TestCase("x;y\n\"1,234.5\";a\n2.345,6;b\n", "'2.345,6' is written in another way than '1,234.5' in line 2")]
    [TestCase("x,y\n15%,a\n7,b\n", "has not the unit %")]
    [TestCase("x,y\n7,a\n$15,b\n", "has a unit, other numbers have none")]
    public void A_column_whose_numbers_are_written_in_two_ways_is_an_error(string text, string part)
    {
        CsvDataException e = Refused(Write(text));

        Assert.That(e.Problem, Is.EqualTo(CsvProblem.MixedNumbers));
        Assert.That(e.Message, Does.Contain(part));
    }

    [TestCase("7\08.52")]
    [TestCase("7\0")]
    public void A_zero_byte_is_no_part_of_a_number(string field) =>
        Assert.That(Refused(Write($"x,y\n{field},0\n1,1\n2,1\n3,0\n")).Problem, Is.EqualTo(CsvProblem.TextAmongNumbers));

    [Test]
    public void Percent_is_one_number_and_so_is_the_minus_of_typography()
    {
        Dataset percent = CsvDataset.Load(Given("05_percent_few.csv"), ^1, s_double), minus = CsvDataset.Load(Given("36_unicode_minus.csv"), ^1, s_double);

        Assert.That(percent.FeatureNames, Is.EqualTo(new[] { "discount", "age" }));
        Assert.That(Column(percent, "discount")[..5], Is.EqualTo(new double[] { 40, 10, 20, 10, 0 }));
        Assert.That(percent.Schema!.Find("discount")!.Numbers!.Unit, Is.EqualTo("%"));
        Assert.That(Column(minus, "delta")[..4], Is.EqualTo(new double[] { -2878, -3338, -3796, 363 }));
    }

    [Test]
    public void Texts_that_only_resemble_numbers_stay_texts()
    {
        foreach (string[] texts in new string[][] { ["192.168.1.1", "10.0.0.1"], ["1-2", "3-4"], ["1.2.3", "2.0.0"], ["5 km", "7 km"], ["A1", "B2"], ["1/2", "3/4"], ["12:30", "1:15"] })
            Assert.That(CsvDataset.Load(Write($"x;y\n{texts[0]};a\n{texts[1]};b\n"), "y").FeatureNames, Is.EqualTo(texts.Order(StringComparer.Ordinal).Select(t => $"x={t}")));
    }

    // Missing values.

    [TestCase("07_excel_missing.csv")]
    [TestCase("08_na_numbers.csv")]
    public void Markers_of_a_missing_value_are_named_and_dropped_or_filled(string name)
    {
        CsvDataException e = Refused(Given(name));
        Assert.That(e.Message, Does.Contain("stands for a missing value").And.Contain("Missing = MissingValues.Drop").And.Contain("Missing = MissingValues.Mean"));
        Assert.That((e.Column, e.Issues[0].Count), Is.EqualTo(("income", 14)));

        Dataset[] fixedOnes = [.. e.Issues[0].Fixes.Select(fix => CsvDataset.Load(Given(name), ^1, fix.ApplyTo(new CsvOptions())))];
        Assert.That(fixedOnes.Select(d => (d.Count, d.FeatureCount, d.SkippedRows, d.MissingCount)), Is.EqualTo(new[] { (106, 5, 14, 0), (120, 5, 0, 14) }));
    }

    [TestCase("n/a")]
    [TestCase("nan")]
    [TestCase("null")]
    [TestCase("NONE")]
    [TestCase("#n/a")]
    [TestCase("#Div/0!")]
    [TestCase("-")]
    [TestCase("\u2013")]
    [TestCase(".")]
    [TestCase("?")]
    [TestCase("<NA>")]
    [TestCase("\\N")]
    [TestCase("#WERT!")]
    public void A_marker_among_numbers_is_a_missing_value_in_any_case_and_share(string marker)
    {
        foreach (int every in new[] { 2, 7 })
        {
            string file = Write(Rows("x;y", 40, i => $"{(i % every == 1 ? $"{i},5" : marker)};{(i % 3 == 0 ? "a" : "b")}"));
            Dataset data = CsvDataset.Load(file, "y", s_double with { Missing = MissingValues.Mean });

            Assert.That((data.FeatureCount, data.MissingCount), Is.EqualTo((1, Enumerable.Range(0, 40).Count(i => i % every != 1))));
            Assert.That(Column(data, "x")[1], Is.EqualTo(1.5));
        }
    }

    [Test]
    public void A_marker_among_texts_stays_a_category_unless_said_and_is_noted()
    {
        string file = Write(Rows("country,y", 20, i => $"{(i % 4) switch { 0 => "NA", 1 => "DE", _ => "FR" }},{i % 2}"));
        Dataset data = CsvDataset.Load(file, "y", new CsvOptions { Missing = MissingValues.Drop });
        CsvIssue note = Note(data, CsvProblem.MarkerAmongTexts);

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "country=DE", "country=FR", "country=NA" }));
        Assert.That(note.Message, Does.Contain("'NA' is a category like the others").And.Contain("MissingMarkers = [\"NA\"]"));
        Dataset said = CsvDataset.Load(file, "y", note.Fixes.Aggregate(new CsvOptions(), (options, fix) => fix.ApplyTo(options)));
        Assert.That((said.Count, said.FeatureCount), Is.EqualTo((15, 2)));
    }

    [Test]
    public void A_text_that_must_be_a_marker_is_asked_about()
    {
        string file = Write(Rows("x,y", 60, i => $"{(i % 5 < 3 ? "unknown" : $"{i}.5")},{i % 2}"));
        CsvDataException e = Refused(file);

        Assert.That(e.Problem, Is.EqualTo(CsvProblem.TextAmongNumbers));
        Assert.That(e.Message, Does.Contain("MissingMarkers = [\"unknown\"]").And.Contain("Missing = MissingValues.Drop").And.Contain("TextColumns = [\"x\"]"));
        Assert.That(CsvDataset.Load(file, "y", e.Issues[0].Fixes.Take(2).Aggregate(new CsvOptions(), (options, fix) => fix.ApplyTo(options))).ToString(), Is.EqualTo("24 rows, 1 feature, 2 classes"));
        Assert.That(CsvDataset.Load(file, "y", e.Issues[0].Fixes[2].ApplyTo(new CsvOptions())).FeatureCount, Is.EqualTo(25));
    }

    [Test]
    public void Rows_without_target_are_left_out_and_features_filled()
    {
        Dataset data = CsvDataset.Load(Given("40_target_some_empty.csv"), ^1, new CsvOptions { Missing = MissingValues.Mean });
        Assert.That((data.Count, data.SkippedRows), Is.EqualTo((108, 12)));
        Assert.That(data.MissingCount, Is.GreaterThan(30));
        Assert.That(Note(data, CsvProblem.RowsWithoutTarget).Message, Does.Contain("12 row(s) without a target"));

        Dataset mostly = CsvDataset.Load(Given("52_mostly_na_target.csv"), ^1, new CsvOptions { Missing = MissingValues.Drop });
        Assert.That((mostly.IsClassification, mostly.SkippedRows), Is.EqualTo((false, 134)));
        Assert.That(mostly.Targets.ToArray()[0], Is.EqualTo(1.35).Within(1e-6));
        Assert.That(Refused(Given("52_mostly_na_target.csv")).Problem, Is.EqualTo(CsvProblem.EmptyTarget));
    }

    // Encodings.

    [Test]
    public void Utf16_is_read_like_utf8_and_said()
    {
        Dataset data = CsvDataset.Load(Given("12_utf16le.csv"), ^1);

        Assert.That(data.ToString(), Is.EqualTo("120 rows, 5 features, 2 classes"));
        Assert.That(Note(data, CsvProblem.Encoding).Message, Does.Contain("UTF-16"));
    }

    [Test]
    public void Latin1_is_read_as_windows_1252_and_said()
    {
        Dataset data = CsvDataset.Load(Given("16_latin1_features.csv"), ^1);

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "tier=Bär", "tier=Bör", "tier=Bür", "alter" }));
        CsvIssue note = Note(data, CsvProblem.Encoding);
        Assert.That(note.Message, Does.Contain("line 2").And.Contain("windows-1252").And.Contain("CsvOptions.Encoding"));
        Assert.That(CsvDataset.Load(Given("16_latin1_features.csv"), ^1, new CsvOptions { Encoding = "windows-1252" }).Notes, Is.Empty, "once said, nothing is to be noted");
    }

    static IEnumerable<TestCaseData> Encodings() =>
        from name in (string[])["utf-8", "utf-8 mark", "utf-16le", "utf-16le mark", "utf-16be", "utf-16be mark", "utf-32le mark", "windows-1252"]
        from rows in (int[])[3, 5000]
        select new TestCaseData(name, rows).SetArgDisplayNames(name, $"{rows}");

    [TestCaseSource(nameof(Encodings))]
    public void Every_usual_encoding_gives_the_same_table(string name, int count)
    {
        string text = Rows("größe;stärke €;art", count, i => $"{i % 9},5;{(i % 2 == 0 ? "süß" : "groß")};{(i % 3 == 0 ? "ä" : "ö")}");
        Encoding encoding = name.Split(' ')[0] switch
        {
            "utf-8" => new UTF8Encoding(true),
            "utf-16le" => new UnicodeEncoding(false, true),
            "utf-16be" => new UnicodeEncoding(true, true),
            "utf-32le" => new UTF32Encoding(false, true),
            _ => CodePagesEncodingProvider.Instance.GetEncoding(1252)!,
        };
        byte[] bytes = [.. name.EndsWith("mark", StringComparison.Ordinal) ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)];
        Dataset data = CsvDataset.Load(Write(bytes), "art");

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "größe", "stärke €=groß", "stärke €=süß" }));
        Assert.That(data.ClassNames, Is.EqualTo(new[] { "ä", "ö" }));
        Assert.That((data.Count, Column(data, "größe")[2]), Is.EqualTo((count, 2.5)));
        Assert.That(data.Notes.Count(note => note.Problem == CsvProblem.Encoding), Is.EqualTo(name.StartsWith("utf-8", StringComparison.Ordinal) ? 0 : 1));
    }

    [Test]
    public void What_is_neither_utf8_nor_windows_1252_is_an_error_that_names_the_option_and_the_option_helps()
    {
        byte[] japanese = CodePagesEncodingProvider.Instance.GetEncoding("shift_jis")!.GetBytes("日本,y\n東,0\n西,1\n東,1\n");
        byte[] mixed = [.. "a,y\nä,0\nü,1\nö,0\n"u8, 0xE4, .. ",1\n"u8];
        string file = Write(japanese);
        CsvDataException e = Refused(file);

        Assert.That(e.Problem, Is.EqualTo(CsvProblem.WrongEncoding));
        Assert.That(e.Message, Does.Contain("line 1").And.Contain("CsvOptions.Encoding"));
        Assert.That(CsvDataset.Load(file, "y", new CsvOptions { Encoding = "shift_jis" }).FeatureNames, Is.EqualTo(new[] { "日本=東", "日本=西" }));
        Assert.That(Refused(Write(mixed)).Message, Does.Contain("line 5").And.Contain("though other lines are"));
        Assert.That(Refused(Write(japanese), new CsvOptions { Encoding = "utf-8" }).Problem, Is.EqualTo(CsvProblem.WrongEncoding));
        Assert.That(() => new CsvOptions { Encoding = "klingon" }, Throws.ArgumentException.With.Message.Contains("'klingon'").And.Message.Contains("windows-1252"));
    }

    [Test]
    public void A_character_cut_by_the_end_of_a_block_is_whole()
    {
        // The blocks of the reader have 64 KB; the letter of two bytes lies on every position around their ends.
        foreach (int shift in new[] { 0, 1, 2, 3 })
        {
            string file = Write(new string('x', shift) + "art,y\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"ä{(char)('a' + i % 2)}ü,{i % 2}\n")));
            Assert.That(CsvDataset.Load(file, "y").FeatureNames.Select(n => n[^3..]), Is.EqualTo(new[] { "äaü", "äbü" }));
        }
    }

    [Test]
    public void Gzip_is_read_and_said_and_other_binary_files_are_named()
    {
        string text = Rows("x,y", 50, i => $"{i}.5,{i % 2}");
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(text));
        Dataset data = CsvDataset.Load(Write(packed.ToArray()), "y");
        Assert.That((data.ToString(), data.Notes.Single().Problem), Is.EqualTo(("50 rows, 1 feature, 2 classes", CsvProblem.Encoding)));

        (byte[] Bytes, string Part)[] binary =
        [
            ([.. "PK\u0003\u0004"u8, .. "[Content_Types].xml"u8, 0, 1, 2], ".xlsx"), ([.. "PK\u0003\u0004"u8, .. "table.csv"u8], "zip archive"), ([0xD0, 0xCF, 0x11, 0xE0, 0, 0], ".xls"),
            ([.. "PAR1"u8, 0, 0], "Parquet"), ([.. "%PDF-1.7"u8], "PDF"), ([0x1F, 0x8B, 9, 9, 9, 9, 9, 9, 9, 9, 9], "gzip"), ([.. new byte[100]], "zero bytes"),
            ([.. "<!DOCTYPE html><html>"u8], "web page"),
        ];
        foreach ((byte[] bytes, string part) in binary)
        {
            CsvDataException e = Refused(Write(bytes));
            Assert.That(e.Problem, Is.EqualTo(CsvProblem.NotText));
            Assert.That(e.Message, Does.Contain(part));
        }
    }

    // Headers.

    [Test]
    public void A_first_row_that_looks_like_data_is_noted_and_the_option_reads_it()
    {
        CsvIssue note = Note(CsvDataset.Load(Given("18_no_header.csv"), ^1), CsvProblem.HeaderLooksLikeData);

        Assert.That(note.Message, Does.Contain("line 1").And.Contain("HasHeader = false"));
        Assert.That(CsvDataset.Load(Given("18_no_header.csv"), ^1, note.Fixes[0].ApplyTo(new CsvOptions())).Count, Is.EqualTo(120));
    }

    [TestCase("5.1,3.5,setosa\n4.9,3.0,setosa\n6.2,2.9,virginica\n", true)]
    [TestCase("yes,red,no\nno,red,yes\nyes,blue,no\nno,yes,no\nyes,red,yes\n", true)]
    [TestCase("1;2;0\n3;4;1\n5;6;0\n", true)]
    [TestCase("country,1990,1991,y\nde,1,2,0\nfr,3,4,1\n", false, Description = "years")]
    [TestCase("0,1,2\n0.5,7,0\n1.5,8,1\n", false, Description = "numbers of the columns")]
    [TestCase("yes,no\n1,0\n2,1\n", false)]
    [TestCase("a,b\nx,y\nz,w\n", false)]
    public void Only_what_looks_like_data_is_noted(string text, bool noted) =>
        Assert.That(CsvDataset.Load(Write(text), ^1).Notes.Any(n => n.Problem == CsvProblem.HeaderLooksLikeData), Is.EqualTo(noted));

    [Test]
    public void Columns_of_the_same_name_are_numbered()
    {
        Dataset data = CsvDataset.Load(Given("20_duplicate_header.csv"), ^1);
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "age", "income", "income.1" }));
        Assert.That(Note(data, CsvProblem.RenamedColumn).Message, Does.Contain("'income.1'"));
        Assert.That(CsvDataset.Load(Given("20_duplicate_header.csv"), ^1, new CsvOptions { Exclude = ["income.1"] }).FeatureNames, Is.EqualTo(new[] { "age", "income" }));

        Assert.That(CsvDataset.ColumnNames(Write("a,a,a.1,a,,y\n1,2,3,4,5,0\n2,3,4,5,6,1\n")), Is.EqualTo(new[] { "a", "a.2", "a.1", "a.3", "column_4", "y" }));
    }

    [Test]
    public void A_comment_above_the_header_is_said_and_each_way_to_skip_it_works()
    {
        CsvDataException e = Refused(Given("25_comment_first.csv"));

        Assert.That(e.Problem, Is.EqualTo(CsvProblem.LinesAboveHeader));
        Assert.That(e.Message, Does.Contain("line 1: there is 1 field, and in line 2 there are 4").And.Contain("CommentPrefix = '#'").And.Contain("SkipLines = 1"));
        foreach (CsvFix fix in e.Issues[0].Fixes) Assert.That(CsvDataset.Load(Given("25_comment_first.csv"), ^1, fix.ApplyTo(new CsvOptions())).ToString(), Is.EqualTo("120 rows, 5 features, 2 classes"));
    }

    [TestCase("Sales of 2020\n\nx,z,y\n1,2,0\n3,4,1\n", 2)]
    [TestCase("Report,,\nfrom the till,,\nx,z,y\n1,2,0\n3,4,1\n5,6,1\n", 2)]
    [TestCase("% made by hand\n% second line\nx;z;y\n1;2;0\n3;4;1\n5;6;0\n", 2)]
    [TestCase("title\tof two\nx\tz\tw\ty\n1\t2\t7\t0\n3\t4\t8\t1\n", 1)]
    public void A_title_is_said_with_the_number_of_lines_to_skip(string text, int lines)
    {
        string file = Write(text);
        CsvDataException e = Refused(file);

        Assert.That((e.Problem, e.Issues[0].Fixes[^1]), Is.EqualTo((CsvProblem.LinesAboveHeader, new CsvFix("SkipLines", $"{lines}"))));
        Dataset data = CsvDataset.Load(file, "y", e.Issues[0].Fixes[^1].ApplyTo(s_double));
        Assert.That(data.Inputs.ToArray()[..2], Is.EqualTo(new double[] { 1, 2 }));
    }

    [Test]
    public void Lines_are_counted_from_the_start_of_the_file_also_after_skipped_ones() =>
        Assert.That(Refused(Write("a title\n\nx,y\n1,0\n2,1\nz,1\n4,0\n"), new CsvOptions { SkipLines = 2 }).Message, Does.Contain("line 6 (row 3), column 'x'"));

    [TestCase("29_trailing_comma.csv")]
    public void A_column_without_name_and_value_is_left_out_and_said(string name)
    {
        Dataset data = CsvDataset.Load(Given(name), ^1);

        Assert.That((data.ToString(), data.TargetNames[0]), Is.EqualTo(("120 rows, 5 features, 2 classes", "bought")));
        Assert.That(Note(data, CsvProblem.EmptyColumn).Message, Does.Contain("neither a name nor a value"));
    }

    [TestCase("x,y\n1,0,\n2,1,\n3,1,\n", CsvProblem.EmptyColumn, Description = "only rows end with a comma")]
    [TestCase("x,y,,\n1,0,,\n2,1,,\n3,1,,\n", CsvProblem.EmptyColumn)]
    [TestCase("x,y,\n1,0\n2,1\n3,1\n", CsvProblem.EmptyColumn, Description = "only the header does")]
    [TestCase("x,,y\n1,,0\n2,,1\n3,,1\n", CsvProblem.EmptyColumn)]
    [TestCase("x,note,y\n1,,0\n2,NA,1\n3,,1\n", CsvProblem.EmptyColumn)]
    [TestCase("x,y\n1,0\n,\n2,1\n\n\"\", \n3,1\n", CsvProblem.SkippedLines)]
    [TestCase("x,y\n1,0\nx,y\n2,1\nx,y\n3,1\n", CsvProblem.SkippedLines)]
    [TestCase("\"x\",\"y\"\n\"1\",1,0\n\"2\",2,1\n\"3\",3,1\n", CsvProblem.Ids, Description = "names of the rows, as R writes them")]
    [TestCase("\"\",\"x\",\"y\"\n\"1\",1,0\n\"2\",2,1\n\"3\",3,1\n", CsvProblem.Ids)]
    public void What_is_no_data_is_left_out_and_said(string text, CsvProblem problem)
    {
        Dataset data = CsvDataset.Load(Write(text), "y");

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x" }));
        Assert.That(data.Inputs.ToArray(), Is.EqualTo(new double[] { 1, 2, 3 }));
        Assert.That(data.Labels.ToInt64Array(), Is.EqualTo(new[] { 0, 1, 1 }));
        Assert.That(data.Notes.Single(note => note.Problem != CsvProblem.SingleRowClasses).Problem, Is.EqualTo(problem));
    }

    // Dates.

    [Test]
    public void Unix_time_keeps_its_small_differences()
    {
        Dataset data = CsvDataset.Load(Given("21_unix_time.csv"), ^1, new CsvOptions { DType = DType.Float32 });
        double[] days = Column(data, "time.days");

        Assert.That(days.Distinct().Count(), Is.EqualTo(400));
        Assert.That(days[^1] * 86400, Is.EqualTo(798).Within(1e-3));
        Assert.That(Note(data, CsvProblem.NumbersAsOther).Message, Does.Contain("seconds since 1970").And.Contain("NumberColumns = [\"time\"]"));
        Assert.That(Refused(Given("21_unix_time.csv"), new CsvOptions { NumberColumns = ["time"], DType = DType.Float32 }).Message, Does.Contain("DType = DType.Float64"));
    }

    [TestCase("2021-03-04", "2021-12-25", 4, 3)]
    [TestCase("2021/3/4", "2021/12/25", 4, 3)]
    [TestCase("04.03.2021", "25.12.2021", 4, 3)]
    [TestCase("4/3/2021", "25/12/2021", 4, 3)]
    [TestCase("3/4/2021", "12/25/2021", 4, 3)]
    [TestCase("3-4-21", "12-25-21", 4, 3)]
    [TestCase("4-Mar-2021", "25-Dec-2021", 4, 3)]
    [TestCase("March 4, 2021", "December 25, 2021", 4, 3)]
    [TestCase("20210304", "20211225", 4, 3)]
    [TestCase("2021-03-04T10:30:00Z", "2021-12-25T23:00:00Z", 4, 3)]
    [TestCase("2021-03-04 10:30:00.5+01:00", "2021-12-25 23:00:00+01:00", 4, 3)]
    [TestCase("4.3.2021 10:30", "25.12.2021 23:00", 4, 3)]
    [TestCase("3/4/2021 1:05 PM", "12/25/2021 11:30 AM", 4, 3)]
    [SetCulture("de-DE")]
    public void Dates_become_numbers(string first, string second, int day, int month)
    {
        Dataset data = CsvDataset.Load(Write($"d;y\n{first};0\n{second};1\n{first};1\n"), "y", s_double);

        Assert.That(Column(data, "d.month")[..2], Is.EqualTo(new double[] { month, 12 }));
        Assert.That(Column(data, "d.weekday")[..2], Is.EqualTo(new double[] { new DateTime(2021, month, day).DayOfWeek == DayOfWeek.Thursday ? 4 : -1, 6 }));
        Assert.That(Column(data, "d.days")[1], Is.EqualTo((new DateTime(2021, 12, 25) - new DateTime(2021, month, day)).TotalDays).Within(0.6));
        Assert.That(data.FeatureNames, Has.No.Member("d.year"), "all dates are of one year");
        Assert.That(data.Schema!.Find("d")!.Kind, Is.EqualTo(ColumnKind.Date));
    }

    [Test]
    public void A_date_whose_day_and_month_are_not_clear_is_left_out_and_the_option_decides()
    {
        string file = Write("d,x,y\n3/4/2021,1,0\n5/6/2021,2,1\n7/8/2022,3,1\n");
        CsvIssue note = Note(CsvDataset.Load(file, "y"), CsvProblem.AmbiguousDate);

        Assert.That(note.Message, Does.Contain("'3/4/2021'").And.Contain("DateOrder = DateOrder.DayFirst").And.Contain("left out"));
        Assert.That(note.Fixes.Select(fix => Column(CsvDataset.Load(file, "y", fix.ApplyTo(new CsvOptions())), "d.month")[0]), Is.EqualTo(new double[] { 4, 3 }));
    }

    [Test]
    public void Dates_that_are_asked_for_must_be_dates()
    {
        string file = Write("t,x,y\n1700000000,1,0\n1700003600,2,1\n1700009999,3,1\n");

        Assert.That(CsvDataset.Load(file, "y", s_double with { DateColumns = ["t"] }).FeatureNames, Is.EqualTo(new[] { "t.hour", "t.days", "x" }).Or.Contains("t.days"));
        Assert.That(Refused(file, new CsvOptions { DateColumns = ["x"] }).Problem, Is.EqualTo(CsvProblem.NotADate));
        Assert.That(Refused(Write("d,y\n2021-01-02,0\nsoon,1\n2021-01-04,1\n"), new CsvOptions { DateColumns = ["d"] }).Message, Does.Contain("line 3").And.Contain("'soon' is not a date"));
        Dataset mixed = CsvDataset.Load(Write("d,x,y\n2021-01-02,1,0\nsoon,2,1\n2021-01-04,3,1\n"), "y");
        Assert.That(Note(mixed, CsvProblem.NotADate).Message, Does.Contain("line 3").And.Contain("'soon'").And.Contain("left out"));
        Dataset missing = CsvDataset.Load(Write("d,y\n2021-01-02,0\nNA,1\n2021-02-04,1\n"), "y", s_double with { Missing = MissingValues.Mean });
        Assert.That(Column(missing, "d.month"), Is.EqualTo(new[] { 1, double.NaN, 2 }));
    }

    // Ids and codes.

    [TestCase("id")]
    [TestCase("PassengerId")]
    [TestCase("customer_no")]
    [TestCase("Unnamed: 0")]
    [TestCase("#")]
    [TestCase("rownames")]
    [TestCase("")]
    public void Ids_are_left_out_and_said_unless_asked_for(string name)
    {
        string counted = Write(Rows($"{name},x,y", 30, i => $"{i + 1},{i % 7},{i % 2}")), shuffled = Write(Rows($"{name},x,y", 30, i => $"{100 + i * 7 % 30},{i % 7},{i % 2}"));
        foreach (string file in new[] { counted, shuffled })
        {
            Dataset data = CsvDataset.Load(file, "y");
            Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x" }));
            CsvIssue note = Note(data, CsvProblem.Ids);
            Assert.That(CsvDataset.Load(file, "y", note.Fixes[0].ApplyTo(new CsvOptions())).FeatureCount, Is.EqualTo(2));
            Assert.That(data.Schema!.Columns[0].Kind, Is.EqualTo(ColumnKind.Ignored));
        }
    }

    [Test]
    public void Numbers_that_count_the_rows_are_noted_and_ids_that_repeat_are_features()
    {
        Dataset counts = CsvDataset.Load(Write(Rows("n,x,y", 30, i => $"{i},{i % 7},{i % 2}")), "y"), repeated = CsvDataset.Load(Write(Rows("store_id,x,y", 30, i => $"{i % 4},{i % 7},{i % 2}")), "y");

        Assert.That(counts.FeatureNames, Is.EqualTo(new[] { "n", "x" }));
        Assert.That(Note(counts, CsvProblem.CountsRows).Message, Does.Contain("'n'"));
        Assert.That(repeated.FeatureNames, Is.EqualTo(new[] { "store_id", "x" }));
    }

    [Test]
    public void Codes_with_leading_zeros_are_categories_unless_said_otherwise()
    {
        string file = Write(Rows("zip,y", 30, i => $"0{1230 + i % 3},{i % 2}"));
        Dataset data = CsvDataset.Load(file, "y");

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "zip=01230", "zip=01231", "zip=01232" }));
        Assert.That(CsvDataset.Load(file, "y", Note(data, CsvProblem.NumbersAsOther).Fixes[0].ApplyTo(new CsvOptions())).FeatureNames, Is.EqualTo(new[] { "zip" }));
        Assert.That(CsvDataset.Load(Write(Rows("x,code", 30, i => $"{i % 5},00{i % 3}")), "code").ClassNames, Is.EqualTo(new[] { "000", "001", "002" }));
        Assert.That(CsvDataset.Load(Write("x,y\n0,0\n0.5,1\n10,1\n"), "y").FeatureNames, Is.EqualTo(new[] { "x" }), "0 and 0.5 are numbers");
    }

    [Test]
    public void Too_many_categories_are_left_out_unless_the_limit_is_raised()
    {
        string file = Write(Rows("street,x,y", 900, i => $"s{i % 300},{i % 7},{i % 2}"));
        CsvIssue note = Note(CsvDataset.Load(file, "y"), CsvProblem.TooManyCategories);

        Assert.That(note.Message, Does.Contain("300 different texts").And.Contain("left out").And.Contain("MaxCategories = 300"));
        Assert.That(CsvDataset.Load(file, "y", note.Fixes.Single().ApplyTo(new CsvOptions())).FeatureCount, Is.EqualTo(301));
    }

    [Test]
    public void Where_all_features_have_too_many_categories_one_limit_uses_them_all()
    {
        string file = Write(Rows("from,to,y", 900, i => $"a{i % 303},b{i % 304},{i % 2}"));
        CsvDataException e = Refused(file);

        Assert.That(e.Issues.Select(issue => issue.Fixes.Single()), Is.All.EqualTo(new CsvFix("MaxCategories", "304")));
        Assert.That(e.Message, Does.Contain("no feature remains. Use it with MaxCategories = 304.").And.Not.Contain("Exclude"));
        Assert.That(CsvDataset.Load(file, ^1, e.Issues[0].Fixes[0].ApplyTo(new CsvOptions())).FeatureCount, Is.EqualTo(607));
    }

    [Test]
    public void What_many_columns_have_is_shown_in_full_for_three_of_them()
    {
        string names = string.Join(',', Enumerable.Range(0, 30).Select(c => $"c{c}")), file = Write(Rows(names + ",y", 12, i =>
            string.Join(',', Enumerable.Range(0, 30).Select(c => c < 10 ? (i == 3 ? "NA" : $"{i}.5") : i % 3 == 0 ? "?" : $"{i % 3}{c}x")) + $",{i % 2}"));
        CsvDataException e = Refused(file);
        Dataset data = CsvDataset.Load(file, ^1, new CsvOptions { Missing = MissingValues.Mean });
        string[] lines = e.Message.Split('\n');

        Assert.That((e.Issues.Count, lines.Length), Is.EqualTo((10, 5)));
        Assert.That(lines[1..4], Is.EqualTo(e.Issues.Take(3).Select(issue => issue.Message)));
        Assert.That(lines[4], Is.EqualTo("The same holds for 7 more columns: 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9'."));
        Assert.That((data.Notes.Count, CsvIssue.Lines(data.Notes).Count), Is.EqualTo((20, 4)));
        Assert.That(CsvIssue.Lines([.. data.Notes.Take(4)], fix => "--" + fix.Option), Has.Count.EqualTo(4).And.All.Contains("--MissingMarkers"));
    }

    [Test]
    public void A_constant_column_and_case_variants_are_noted()
    {
        Dataset data = CsvDataset.Load(Write(Rows("c,x,y", 30, i => $"7,{i % 7},{(i % 3) switch { 0 => "yes", 1 => "YES", _ => "no" }}")), "y");

        Assert.That(Note(data, CsvProblem.ConstantColumn).Message, Does.Contain("'c'"));
        Assert.That(Note(data, CsvProblem.CaseVariants).Message, Does.Contain("'YES', 'yes'"));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "c", "x" }));
    }

    [Test]
    public void Classes_of_one_row_and_most_frequent_ones_are_noted()
    {
        Assert.That(Note(CsvDataset.Load(Given("43_singletons.csv"), ^1), CsvProblem.SingleRowClasses).Message, Does.Contain("60 of 61 classes"));
        Assert.That(Note(CsvDataset.Load(Given("32_imbalanced.csv"), ^1), CsvProblem.ImbalancedClasses).Message, Does.Contain("588 of 600 rows (98.0 %)").And.Contain("'ok'"));
    }

    // All of them.

    [Test]
    public void All_problems_of_a_file_are_in_one_exception()
    {
        CsvDataException e = Refused(Write("a,b,c,y\n1,x,$5,0\n2,3,€6,1\nsoon,4,$7,1\n4,5\n5,,$8,0\n6,7,$9,1\n7,8,$2,1\n"));

        Assert.That(e.Issues.Select(i => (i.Problem, i.Column, i.Line)), Is.EqualTo(new (CsvProblem, string?, long)[]
        {
            (CsvProblem.TextAmongNumbers, "b", 2), (CsvProblem.MixedNumbers, "c", 3), (CsvProblem.TextAmongNumbers, "a", 4), (CsvProblem.FieldCount, null, 5), (CsvProblem.EmptyField, "b", 6),
        }));
        Assert.That(e.Message.Split('\n')[0], Does.EndWith(": 5 problems."));
        Assert.That(e.Message.Split('\n'), Has.Length.EqualTo(6));
    }

    [Test]
    public void New_rows_for_a_model_of_the_utf16_file_are_read_by_name()
    {
        Dataset train = CsvDataset.Load(Given("12_utf16le.csv"), ^1);
        NewRows rows = NewRows.Load(Given("51_new_rows.csv"), train.Schema!);

        Assert.That((rows.Count, rows.TargetCount, rows.Inputs.Shape[1]), Is.EqualTo((6, 0, 5)));
        Assert.That(rows.Inputs.ToArray()[..10], Is.EqualTo(new double[] { 38, 2122, 1, 0, 0, 69, 1662, 0, 0, 0 }));
        Assert.That((rows.Notes.Single().Problem, rows.Notes.Single().Count), Is.EqualTo((CsvProblem.UnknownCategory, 3)));
        Assert.That(rows.Notes.Single().Message, Does.Contain("'east'"));
    }

    [TestCase("a,y\n1,0\n,1\n3,1\n")]
    [TestCase("a,y\n1,0\nNA,1\n3,1\n")]
    [TestCase("a,y\n1,0\n2,\n3,1\n")]
    [TestCase("a,y\n1,0\n2,1\n3,one\n")]
    [TestCase("a,y\n1,0\nx,1\n3,1\n4,0\n5,1\n")]
    [TestCase("a\ty\n1,234\t0\n5,678\t1\n")]
    [TestCase("a,b,y\n1,1,0\n15%,2,1\n7,3,1\n")]
    [TestCase("note\na,b,y\n1,2,0\n3,4,1\n")]
    [TestCase("a,y\n1,0.5\n1e300,1.5\n3,2.5\n")]
    [TestCase("a,y\n1,7\n2,7\n")]
    [TestCase("a,b,y\n1,,0\n,2,1\n3,,1\n,4,0\n", MissingValues.Drop)]
    public void Every_fix_that_a_message_names_works(string text, MissingValues missing = MissingValues.Error)
    {
        string file = Write(text);
        CsvOptions options = new() { DType = DType.Float32, Missing = missing };
        CsvIssue issue = Refused(file, options).Issues.Single();

        Assert.That(issue.Fixes, Is.Not.Empty);
        foreach (CsvFix fix in issue.Fixes)
        {
            Assert.That(issue.Message, Does.Contain(fix.ToString()));
            Assert.That(() => CsvDataset.Load(file, ^1, fix.ApplyTo(options)), Throws.Nothing, fix.ToString());
        }
    }

    [Test]
    public void A_fix_that_is_the_users_choice_cannot_be_applied_and_one_of_no_option_neither()
    {
        Assert.That(() => new CsvFix("Encoding", null).ApplyTo(new CsvOptions()), Throws.InvalidOperationException.With.Message.Contains("Encoding"));
        Assert.That(() => new CsvFix("Colour", "red").ApplyTo(new CsvOptions()), Throws.InvalidOperationException.With.Message.Contains("Colour"));
    }

    // What a note says about a column that is left out.

    [TestCase("d,x,y\n2021-01-01,1,0\n2021-01-02,2,1\nsoon,3,1\n2021-01-04,1,0\n", CsvProblem.NotADate)]
    [TestCase("d,x,y\n1/2/2021,1,0\n3/4/2021,2,1\n5/6/2021,3,1\n", CsvProblem.AmbiguousDate)]
    [TestCase("d,x,y\n,1,0\n,2,1\n,3,1\n", CsvProblem.EmptyColumn)]
    public void A_note_that_a_column_is_left_out_does_not_advise_to_leave_it_out(string text, CsvProblem problem)
    {
        CsvIssue note = Note(CsvDataset.Load(Write(text), ^1), problem);

        Assert.That(note.Statement, Does.EndWith("The column is left out."));
        Assert.That(note.Fixes.Select(fix => fix.Option), Does.Not.Contain("Exclude"));
    }

    [Test]
    public void A_column_of_codes_that_are_all_different_is_left_out_in_one_note()
    {
        Dataset data = CsvDataset.Load(Write(Rows("customer_id,x,y", 60, i => $"{i:D6},{i % 7},{i % 2}")), ^1);

        CsvIssue note = data.Notes.Single();
        Assert.That(note.Problem, Is.EqualTo(CsvProblem.UniqueTexts));
        Assert.That(note.Fixes.Select(fix => fix.Option), Is.EqualTo(new[] { "TextColumns", "NumberColumns" }));
    }

    // Targets.

    [Test]
    public void Whole_numbers_of_the_target_are_the_same_class_however_they_are_written()
    {
        string file = Write(Rows("a,y", 40, i => $"{i % 7},{new[] { "1", "1.0", "2", "03" }[i % 4]}"));

        Assert.That(CsvDataset.Load(file, ^1).ClassNames, Is.EqualTo(new[] { "1", "2", "3" }));
    }

    [Test]
    public void Codes_of_the_target_are_classes_and_noted()
    {
        string file = Write(Rows("a,plz", 40, i => $"{i % 7},{new[] { "01067", "1067", "10115" }[i % 3]}"));
        Dataset data = CsvDataset.Load(file, ^1);

        Assert.That(data.ClassNames, Is.EqualTo(new[] { "01067", "10115", "1067" }));
        Assert.That(Note(data, CsvProblem.CaseVariants).Message, Does.Contain("'01067', '1067' are the same number, and are different classes"));
        Assert.That(CsvDataset.Load(file, ^1, Note(data, CsvProblem.NumbersAsOther).Fixes.Single().ApplyTo(s_double)).ClassNames, Is.EqualTo(new[] { "1067", "10115" }));
    }

    [Test]
    public void Dates_and_ids_as_targets_are_noted()
    {
        Dataset dates = CsvDataset.Load(Write(Rows("a,y", 40, i => $"{i % 7},2021-01-{1 + i % 4:D2}")), ^1);
        Dataset ids = CsvDataset.Load(Write(Rows("a,order_id", 40, i => $"{i % 7},{10000 + 7 * i}")), ^1);

        Assert.That(dates.ClassCount, Is.EqualTo(4));
        Assert.That(Note(dates, CsvProblem.NumbersAsOther).Message, Does.Contain("each date is a class"));
        Assert.That(Note(ids, CsvProblem.Ids).Message, Does.Contain("'order_id'").And.Contain("choose another target"));
    }

    // Numbers and dates.

    [TestCase("100 kr", 100, "kr")]
    [TestCase("kr. 1.234,50", 1234.5, "kr.")]
    [TestCase("1 234,50 z\u0142", 1234.5, "z\u0142")]
    [TestCase("Rs. 12.5", 12.5, "Rs.")]
    [TestCase("7 K\u010D", 7, "K\u010D")]
    public void Currency_signs_of_letters_are_units(string text, double number, string unit)
    {
        Dataset data = CsvDataset.Load(Write($"p;x;y\n{text};1;0\n{text};2;1\n"), ^1, s_double);

        Assert.That((data.FeatureNames[0], Column(data, "p")[1], data.Schema!.Find("p")!.Numbers!.Unit), Is.EqualTo(("p", number, unit)));
    }

    [TestCase("5A")]
    [TestCase("krona")]
    [TestCase("1 skr")]
    [TestCase("kr")]
    [TestCase("zip")]
    public void Other_letters_are_texts(string text) =>
        Assert.That(CsvDataset.Load(Write($"p,x,y\n{text},1,0\n{text},2,1\n"), ^1).FeatureNames[0], Is.EqualTo($"p={text}"));

    [Test]
    public void Dates_without_separators_may_have_the_name_of_the_month()
    {
        Dataset data = CsvDataset.Load(Write("d,y\n01JAN2021,0\n31Jan2021,1\n5dec2021,1\n"), ^1, s_double);

        Assert.That(Column(data, "d.days"), Is.EqualTo(new double[] { 0, 30, 338 }));
    }

    [TestCase("m,m,t\na,b,y\n1,2,0\n3,4,1\n5,6,1\n", "a")]
    [TestCase("a,b,y\n[m],[kg],[-]\n1,2,0\n3,4,1\n5,6,1\n", "[m]")]
    public void A_second_line_of_names_or_units_is_one_problem(string text, string name)
    {
        string file = Write(text);
        CsvIssue issue = Refused(file).Issues.Single();

        Assert.That((issue.Problem, issue.Line), Is.EqualTo((CsvProblem.HeaderLooksLikeData, 2L)));
        Assert.That(issue.Message, Does.Contain("Delete the line").And.Contain("SkipLines = 1"));
        Assert.That(CsvDataset.Load(file, ^1, issue.Fixes.Single().ApplyTo(new CsvOptions())).FeatureNames[0], Is.EqualTo(name));
    }

    [TestCase("-999", -999)]
    [TestCase("9999.0", 9999)]
    public void A_number_that_usually_stands_for_a_missing_value_is_noted(string marker, double number)
    {
        string file = Write(Rows("a,b,y", 60, i => $"{(i % 10 == 3 ? marker : $"{i % 13}.5")},{i % 7},{i % 2}"));
        CsvIssue note = Note(CsvDataset.Load(file, ^1), CsvProblem.MarkerAmongTexts);

        Assert.That(note.Message, Does.Contain($"{number} is there 6 times, and the other numbers are 0.5 to 12.5."));
        CsvOptions options = note.Fixes[2].ApplyTo(note.Fixes[0].ApplyTo(s_double));
        Assert.That(CsvDataset.Load(file, ^1, options).MissingCount, Is.EqualTo(6));
    }

    [TestCase("99", "98")]
    [TestCase("999", "600")]
    [TestCase("-998", "5")]
    public void A_number_among_others_of_its_size_is_not(string often, string other) =>
        Assert.That(CsvDataset.Load(Write(Rows("a,b,y", 60, i => $"{(i % 10 == 3 ? often : i % 10 == 4 ? other : $"{i % 13}")},{i % 7},{i % 2}")), ^1).Notes, Is.Empty);
}
