using MyTorch.Data;
using MyTorch.Teaching;

namespace MyTorch.Tests;

/// <summary>What a learner is told of an own file.</summary>
public class NetworkFileTests : TestsWithFolder
{
    static string Rows(string header, params string[] more) =>
        header + "\n" + string.Join('\n', more) + "\n" + string.Concat(Enumerable.Range(0, 40).Select(i => FormattableString.Invariant(
            $"{i % 7}{(header.Contains(';') ? ',' : '.')}5{(header.Contains(';') ? ';' : ',')}{i * 3 % 11}{(header.Contains(';') ? ';' : ',')}{(i % 2 == 0 ? "apple" : "pear")}\n")));

    (string Path, NetworkSettings Settings) Written(string text, string target = "kind", params CsvFix[] reading)
    {
        string path = Path.Combine(Folder, "copy.csv");
        File.WriteAllText(path, text);
        return (path, new NetworkSettings { Data = NetworkData.Own, File = "fruits.csv", Target = target, Points = 100, Reading = reading });
    }

    [Test]
    public void AnEmptyCellIsSaidWithItsLineAndTheMeanThatFillsIt()
    {
        (string path, NetworkSettings settings) = Written(Rows("size,sugar,kind", "1.5,2,apple", "2.5,,pear"));
        NetworkFile file = NetworkFile.Read(path, settings);
        FileRemark gap = file.Remarks.Single(remark => remark.Text.Contains("empty cell"));
        double mean = Imputer.Fit(file.Rows.Split(settings.TrainShare, settings.Seed).Train).Mean.ToArray()[1];
        Assert.That(gap.Text, Does.Contain("'sugar' (line 3 of the file)").And.Contain(FormattableString.Invariant($"{mean:F3}").TrimEnd('0')));
        NetworkFile without = NetworkFile.Read(path, settings with { Reading = [gap.Choices.Single().Fix] });
        Assert.That((file.Rows.Count, without.Rows.Count), Is.EqualTo((42, 41)));
        Assert.That(without.Remarks.Select(remark => remark.Text), Has.Some.Contains("1 rows with an empty cell are left out").Or.Some.Contains("left out"));
    }

    [Test]
    public void EmptyCellsAreSaidOfTheColumnOfTheFileAndLeftOutByOneChoice()
    {
        (string path, NetworkSettings settings) = Written(
            "day,size,heating,kind\n" + string.Concat(Enumerable.Range(0, 40).Select(i => FormattableString.Invariant(
                $"2025-0{i % 3 + 1}-{i % 28 + 1:00},{(i % 8 == 0 ? "" : $"{i}.5")},{(i % 4 == 0 ? "" : i % 4 == 1 ? "gas" : "oil")},{(i % 2 == 0 ? "apple" : "pear")}\n"))));
        NetworkFile file = NetworkFile.Read(path, settings);
        string[] remarks = [.. file.Remarks.Select(remark => remark.Text)];
        double[] means = Imputer.Fit(file.Rows.Split(settings.TrainShare, settings.Seed).Train).Mean.ToArray();
        string[] names = [.. file.Rows.FeatureNames];
        string Mean(string name) => Notation.Short(means[Array.IndexOf(names, name)]);
        Assert.That(remarks.Where(text => text.Contains("empty cells in")), Is.EqualTo(new[]
        {
            $"5 empty cells in 'size' (lines 2, 10, 18, 26, 34 of the file): filled with the mean of the training rows, {Mean("size")}.",
            "10 empty cells in 'heating' (lines 2, 6, 10, 14, 18, … of the file): each of its inputs is filled with its mean of the training rows: " +
                $"heating=gas {Mean("heating=gas")}, heating=oil {Mean("heating=oil")}.",
        }));
        FileRemark rows = file.Remarks.Single(remark => remark.Choices.Count > 0);
        Assert.That(rows.Text, Is.EqualTo("Rows with an empty cell: 10 of 40."));
        Assert.That(NetworkFile.Read(path, settings with { Reading = [rows.Choices.Single().Fix] }).Rows.Count, Is.EqualTo(30));
        Assert.That(remarks, Has.One.EqualTo("'day' has dates (yyyy-M-d); the inputs made of them are 'day.month', 'day.weekday', 'day.days'."));
    }

    [Test]
    public async Task ReadInPartsItIsTheSame()
    {
        (string path, NetworkSettings settings) = Written("size;day;sort;target\n" + string.Concat(Enumerable.Range(0, 3000).Select(i =>
            FormattableString.Invariant($"{i % 13},25;{i % 28 + 1:00}.03.2021;{(i % 3 == 0 ? "a" : "b")};{(i % 10 == 0 ? "" : $"{i},5")}\n"))), "target");
        int pauses = 0;
        NetworkFile inParts = await NetworkFile.ReadAsync(path, settings, async () =>
        {
            pauses++;
            await Task.Delay(1);
        });
        NetworkFile atOnce = NetworkFile.Read(path, settings);
        Assert.That(pauses, Is.GreaterThanOrEqualTo(1));
        Assert.That(inParts.Rows.Inputs.ToArray(), Is.EqualTo(atOnce.Rows.Inputs.ToArray()));
        Assert.That(inParts.Rows.Targets.ToArray(), Is.EqualTo(atOnce.Rows.Targets.ToArray()));
        Assert.That(inParts.Remarks.Select(remark => remark.Text), Is.EqualTo(atOnce.Remarks.Select(remark => remark.Text)));
        File.AppendAllText(path, "x;y\n");
        Assert.That(async () => await NetworkFile.ReadAsync(path, settings, () => Task.CompletedTask), Throws.InstanceOf<CsvDataException>());
    }

    [Test]
    public void DecimalCommasAndSemicolonsAreSaid()
    {
        (string path, NetworkSettings settings) = Written(Rows("size;sugar;kind"));
        string[] remarks = [.. NetworkFile.Read(path, settings).Remarks.Select(remark => remark.Text)];
        Assert.That(remarks, Has.Some.Contains("semicolons").And.Some.Contains("decimal comma"));
    }

    [Test]
    public void AWarningNamesTheLearnersFileAndOffersWhatCanBeDone()
    {
        (string path, NetworkSettings settings) = Written(Rows("size,sugar,kind", "1.5,2,Pear", "1.5,2,Pear", "n/a,2,pear", "1,1,?", "1,2,?"));
        NetworkFile file = NetworkFile.Read(path, settings);
        Assert.That(file.Remarks.Select(remark => remark.Text), Has.All.Not.Contain("copy.csv").And.All.Not.Contain("= [").And.All.Not.Contain("MissingValues"));
        FileRemark marker = file.Remarks.Single(remark => remark.Text.Contains("'?' is a class"));
        Assert.That((marker.IsWarning, file.Rows.ClassCount), Is.EqualTo((true, 4)));
        FileChoice choice = marker.Choices.Single(one => one.Label == "'?' stands for an empty cell");
        Assert.That(NetworkFile.Read(path, settings with { Reading = [choice.Fix] }).Rows.ClassNames, Is.EqualTo(new[] { "Pear", "apple", "pear" }));
    }

    [Test]
    public void AHeaderThatIsDataCanBeReadAsData()
    {
        (string path, NetworkSettings settings) = Written(Rows("9.5,2,apple"), "apple");
        NetworkFile file = NetworkFile.Read(path, settings);
        FileChoice choice = file.Remarks.SelectMany(remark => remark.Choices).Single(one => one.Label == "the first line is data");
        Assert.That(NetworkFile.Read(path, settings with { Target = "column_2", Reading = [choice.Fix] }).Rows.Count, Is.EqualTo(file.Rows.Count + 1));
    }

    [Test]
    public void AFileThatCannotBeReadSaysWhyAndWhatCanBeDone()
    {
        (string path, NetworkSettings settings) = Written(Rows("size,sugar,kind", "large,2,apple"));
        CsvDataException error = Assert.Throws<CsvDataException>(() => NetworkFile.Read(path, settings))!;
        FileRemark problem = NetworkFile.Problems(error, path, settings.File).Single();
        Assert.That(problem.Text, Does.StartWith("fruits.csv, line 2").And.Not.Contain("copy.csv"));
        Assert.That(problem.Choices, Is.Not.Empty);
        Assert.That(NetworkFile.Problems(new ArgumentException($"{path}: no.", "x"), path, "a.csv").Single().Text, Is.EqualTo("a.csv: no."));
    }
}
