using System.Globalization;
using System.Text;
using MyTorch.Data;

namespace MyTorch.Tests.Data;

/// <summary>
/// Files that were damaged at random: each is read, or refused with an error that names the file. The long run is chosen by the number of files in
/// MYTORCH_CSV_MUTATIONS, and MYTORCH_CSV_FIRST repeats it from a seed on.
/// </summary>
public class MutatedCsvTests
{
    // The memory that reading a file of a few kilobytes may take; a damaged one must not claim more.
    const long MostBytes = 200_000_000;

    static readonly string[] s_inserted =
    [
        "\"", "\"\"", "\0", ",", ";", "\n", "\r", "\r\n", "\t", "|", "#", "1e999", "-1e308", "99999999999999999999999999", "NaN", "∞", "NA", "2021-02-31", "1,234", "1.234.567,8", "%", "€", "\uFEFF",
        "\u202E", "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"", "sep=;\n", "{0}", "\uFFFD", ",,,,,,,,,,,,,,,,,,,,", "0000", "9999-99-99T99:99:99", "1:", "+", "-", "(", "e5", "'", "\u00A0",
    ];

    static readonly MissingValues[] s_missing = [MissingValues.Error, MissingValues.Drop, MissingValues.Mean];

    [Test]
    public void A_damaged_file_is_read_or_refused()
    {
        string? asked = Environment.GetEnvironmentVariable("MYTORCH_CSV_MUTATIONS");
        int count = asked is null ? 500 : int.Parse(asked, CultureInfo.InvariantCulture);
        int start = int.Parse(Environment.GetEnvironmentVariable("MYTORCH_CSV_FIRST") ?? "0", CultureInfo.InvariantCulture);
        byte[][] files = [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Data", "Csv"), "*.csv").Order().Select(File.ReadAllBytes)];
        DatasetSchema schema = CsvDataset.Load(Path.Combine(AppContext.BaseDirectory, "Data", "Csv", "12_utf16le.csv"), ^1).Schema!;
        string path = Path.Combine(Path.GetTempPath(), $"mytorch-{Guid.NewGuid():N}.csv");
        int read = 0, refused = 0;
        try
        {
            for (int seed = start; seed < start + count; seed++)
            {
                var random = new Random(seed);
                byte[] bytes = Mutated(files[random.Next(files.Length)], random);
                File.WriteAllBytes(path, bytes);
                CsvOptions options = new()
                {
                    Missing = s_missing[random.Next(3)],
                    DType = random.Next(2) == 0 ? DType.Float32 : DType.Float64,
                    HasHeader = random.Next(20) > 0,
                    Decimal = random.Next(8) switch { 0 => '.', 1 => ',', _ => null },
                    SkipLines = random.Next(20) == 0 ? random.Next(3) : 0,
                    CommentPrefix = random.Next(10) == 0 ? '#' : null,
                };
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    if (random.Next(5) == 0) Check(NewRows.Load(path, schema, options));
                    else Check(CsvDataset.Load(path, ^1, options));
                    read++;
                }
                catch (Exception e) when (e is CsvDataException or CsvColumnException)
                {
                    Assert.That(e.Message, Does.StartWith(path), $"seed {seed}");
                    Assert.That(e.Message, Has.Length.LessThan(20_000), $"seed {seed}");
                    Assert.That(e.Message.Where(c => char.IsControl(c) && c != '\n'), Is.Empty, $"seed {seed}");
                    refused++;
                }
                catch (Exception e)
                {
                    Assert.Fail($"seed {seed}, {Convert.ToBase64String(bytes)}: {e}");
                }
                Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MostBytes), $"seed {seed}");
            }
        }
        finally
        {
            File.Delete(path);
        }
        TestContext.Out.WriteLine($"{read} read, {refused} refused");
        Assert.That(read, Is.GreaterThan(count / 50), "not everything may be refused");
        Assert.That(refused, Is.GreaterThan(count / 20));
    }

    static void Check(Dataset data)
    {
        foreach (string name in data.FeatureNames.Concat(data.ClassNames)) Assert.That(name, Is.Not.Null);
        Assert.That(data.Inputs.ToArray().Where(double.IsInfinity), Is.Empty);
        Assert.That(data.Schema!.FeatureNames, Is.EqualTo(data.FeatureNames));
        Assert.That(data.Schema.Describe(), Is.Not.Empty);
        Assert.That(data.Notes.Select(note => note.Message), Has.All.Not.Empty);
    }

    static void Check(NewRows rows) => Assert.That((rows.Inputs.Shape[1], rows.Lines.Count), Is.EqualTo((5, rows.Count)));

    static byte[] Mutated(byte[] file, Random random)
    {
        // A part of the rows, so that a run is quick and damage is dense.
        byte[] bytes = file.Length > 1500 && random.Next(4) > 0 ? file[..(500 + random.Next(1000))] : file;
        for (int times = random.Next(2) == 0 ? 1 : random.Next(2, 5); times > 0; times--)
        {
            int at = random.Next(bytes.Length + 1), length = Math.Min(random.Next(60), bytes.Length - at);
            bytes = random.Next(8) switch
            {
                0 when bytes.Length > 0 => Flip(bytes, random),
                1 => bytes[..at],
                2 => [.. bytes[..at], .. bytes[(at + length)..]],
                3 => [.. bytes[..(at + length)], .. bytes[at..]],
                4 => [.. bytes[..at], .. RandomBytes(random), .. bytes[at..]],
                5 => [.. bytes[..at], .. Enumerable.Repeat(Encoding.UTF8.GetBytes(s_inserted[random.Next(s_inserted.Length)]), random.Next(1, 300)).SelectMany(b => b), .. bytes[at..]],
                6 => Replaced(bytes, random),
                _ => [.. bytes[..at], .. Encoding.UTF8.GetBytes(s_inserted[random.Next(s_inserted.Length)]), .. bytes[at..]],
            };
        }
        return bytes;
    }

    static byte[] Flip(byte[] bytes, Random random)
    {
        byte[] copy = [.. bytes];
        for (int i = random.Next(1, 20); i > 0; i--) copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
        return copy;
    }

    static byte[] RandomBytes(Random random)
    {
        byte[] bytes = new byte[random.Next(1, 30)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>One byte everywhere by another, such as every comma by a quote.</summary>
    static byte[] Replaced(byte[] bytes, Random random)
    {
        if (bytes.Length == 0) return bytes;
        byte from = bytes[random.Next(bytes.Length)], to = (byte)",;\t\"\n .0"[random.Next(8)];
        return [.. bytes.Select(b => b == from ? to : b)];
    }
}
