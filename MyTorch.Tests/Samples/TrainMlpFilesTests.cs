using System.Text.RegularExpressions;
using TrainMlp;

namespace MyTorch.Tests.Samples;

/// <summary>The files that people have, given to the command: read as they should be, or refused with options that work.</summary>
[TestFixture]
public sealed class TrainMlpFilesTests
{
    static string File(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "Csv", name);

    static TrainingSession Load(params string[] args)
    {
        Settings? settings = null;
        var error = new StringWriter();
        CommandLine.Run(args, given => { settings = given; return 0; }, error);
        Assert.That(settings, Is.Not.Null, error.ToString());
        return TrainingSession.Load(settings!);
    }

    [TestCase("01_thousands_us.csv", 120, 5)]
    [TestCase("02_decimal_comma_semicolon.csv", 120, 5)]
    [TestCase("05_percent_few.csv", 120, 2)]
    [TestCase("07_excel_missing.csv --missing drop", 106, null)]
    [TestCase("07_excel_missing.csv --missing mean", 120, null)]
    [TestCase("08_na_numbers.csv --missing drop", 106, null)]
    [TestCase("08_na_numbers.csv --missing mean", 120, null)]
    [TestCase("12_utf16le.csv", 120, 5)]
    [TestCase("16_latin1_features.csv", 120, 4)]
    [TestCase("18_no_header.csv", 119, 2)]
    [TestCase("18_no_header.csv --no-header", 120, 2)]
    [TestCase("20_duplicate_header.csv", 120, 3)]
    [TestCase("20_duplicate_header.csv --exclude age,income.1", 120, 1)]
    [TestCase("21_unix_time.csv", 400, 2)]
    [TestCase("25_comment_first.csv --comment #", 120, null)]
    [TestCase("25_comment_first.csv --skip-lines 1", 120, null)]
    [TestCase("29_trailing_comma.csv", 120, 5)]
    [TestCase("32_imbalanced.csv", 600, 2)]
    [TestCase("36_unicode_minus.csv", 120, 2)]
    [TestCase("40_target_some_empty.csv --missing mean", 108, null)]
    public void AFileIsRead(string command, int rows, int? features)
    {
        string[] words = command.Split(' ');
        TrainingSession session = Load(["--data", File(words[0]), .. words[1..]]);

        Assert.That(session.All.Count, Is.EqualTo(rows));
        if (features is { } count) Assert.That(session.All.FeatureCount, Is.EqualTo(count));
    }

    [TestCase("07_excel_missing.csv", "--missing drop", "--missing mean")]
    [TestCase("08_na_numbers.csv", "--missing drop", "--missing mean")]
    [TestCase("25_comment_first.csv", "--comment #", "--skip-lines 1")]
    [TestCase("40_target_some_empty.csv", "--missing drop", "--missing mean")]
    [TestCase("52_mostly_na_target.csv", "--missing drop")]
    public void TheOptionsThatARefusalNamesWork(string name, params string[] expected)
    {
        string message = Assert.Throws<UsageException>(() => Load("--data", File(name)))!.Message;
        string[] options = [.. Regex.Matches(message, """(--[a-z-]+) (?:"([^"]*)"|([^\s,"]*[^\s.,"]))""")
            .Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}{match.Groups[3].Value}").Distinct()];

        Assert.That(options, Is.SupersetOf(expected), message);
        foreach (string option in options)
            Assert.That(() => Load(["--data", File(name), .. option.Split(' ', 2)]), Throws.Nothing, option);
    }
}
