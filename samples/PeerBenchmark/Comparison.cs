using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MyTorch;
using MyTorch.Kernels;

namespace PeerBenchmark;

/// <summary>The whole run: check all rows, measure them one after the other, print.</summary>
static class Comparison
{
    internal static int Run(Settings settings)
    {
        Row[] rows = [.. Rows.All(settings.Threads).Where(row => settings.Wants(row.Name) && !(row.IsLong && settings.Short && settings.Rows.Count == 0))];
        bool withEpoch = settings.Wants(Epoch.Name), withScikitLearn = settings.Wants(ScikitLearn.Name), withCsv = settings.Wants(Csv.Name);
        if (rows.Length == 0 && !withEpoch && !withScikitLearn && !withCsv)
            throw new ComparisonException($"--rows: no row's name contains {string.Join(" or ", settings.Rows.Select(p => $"\"{p}\""))}. The rows are {Names(settings)}.", 2);

        TorchSide.Load(settings.Threads);
        var report = new Report(settings.Json);
        report.Head(settings);
        foreach (Row row in rows) Check(row);
        if (rows.Length > 0)
            report.Note(string.Create(CultureInfo.InvariantCulture, $"Checked: both sides compute the same, row for row (the losses of the first {Rows.CheckedSteps} steps to {Rows.LossTolerance:0.####%})"));

        report.TableHead(rows.Select(row => row.Name).Append(Epoch.Name));
        foreach (Row row in rows)
        {
            using Work work = row.Prepare();
            report.Add(Pairs.Measure(row, work, settings));
        }
        if (withEpoch) report.Add(Epoch.Measure(settings, report.Note));
        if (withScikitLearn) report.Add(ScikitLearn.Measure(settings, report.Note));
        if (withCsv) report.Add(Csv.Measure(settings, report.Note));
        report.End();
        return 0;
    }

    static string Names(Settings settings) => string.Join(", ", Rows.All(settings.Threads).Select(row => row.Name).Append(Epoch.Name).Append(ScikitLearn.Name).Append(Csv.Name));

    static void Check(Row row)
    {
        Parallelism.Threads = row.Threads ?? Environment.ProcessorCount;
        using Work work = row.Prepare();
        (double difference, double tolerance) = work.Check();
        if (!(difference <= tolerance))
            throw new ComparisonException(string.Create(CultureInfo.InvariantCulture,
                $"{row.Name}: MyTorch and TorchSharp compute different results, {difference:0.##e0} apart where {tolerance:0.##e0} is allowed. Nothing was timed, because one of the two is wrong."));
    }
}

/// <summary>Prints the table while it is made, or the JSON array at the end.</summary>
sealed class Report(bool json)
{
    readonly List<Result> _results = [];
    int _width;

    internal void Head(Settings settings)
    {
        if (json) return;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Processor()}, {Environment.ProcessorCount} logical processors; at most {settings.Threads} threads a side"));
        string widths = string.Join(", ", VectorPath.Available.Select(VectorPath.Word));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Vector paths {widths}, in use {VectorPath.Word(VectorPath.Current)}; caches of a core {Caches.Level1 >> 10} KB and {Caches.Level2 >> 10} KB"));
        foreach (VectorWidth width in VectorPath.Available.Where(width => width is VectorWidth.Bits512 or VectorWidth.Bits256))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Multiply-add limit of one core with {(int)width}-bit vectors: {Limits.Of<float>(1, width) / 1e9:0} GFLOP/s Float32, {Limits.Of<double>(1, width) / 1e9:0} Float64"));
        Console.WriteLine($"MyTorch {typeof(Tensor).Assembly.GetName().Version?.ToString(3)} on {RuntimeInformation.FrameworkDescription}, {TorchSide.Version}; {RuntimeInformation.OSDescription}");
        Console.WriteLine(DateTime.Now.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + "; medians of alternating runs, the ratio is the median of the pairs'");
    }

    internal void TableHead(IEnumerable<string> names)
    {
        _width = names.Max(name => name.Length);
        if (!json) Console.WriteLine($"\n{"work".PadRight(_width)}  {"MyTorch",10}  {"TorchSharp",10}  {"ratio",7}  threads");
    }

    /// <summary>A sentence beside the results.</summary>
    internal void Note(string sentence) => (json ? Console.Error : Console.Out).WriteLine(sentence);

    internal void Add(Result? result)
    {
        if (result is null) return;
        _results.Add(result);
        if (json) return;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Name.PadRight(_width)}  {Time(result.Ours),10}  {Time(result.Theirs),10}  {result.Ratio,7:0.000}  {result.Threads,-7}  {result.Remark}").TrimEnd());
    }

    internal void End()
    {
        if (!json) return;
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (Result result in _results)
            {
                writer.WriteStartObject();
                writer.WriteString("work", result.Name);
                writer.WriteNumber("ours_us", Math.Round(result.Ours, 3));
                writer.WriteNumber("torch_us", Math.Round(result.Theirs, 3));
                writer.WriteNumber("ratio", Math.Round(result.Ratio, 4));
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        Console.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    static string Time(double microseconds) => microseconds switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{Digits(microseconds)} us"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{Digits(microseconds / 1e3)} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Digits(microseconds / 1e6)} s"),
    };

    static string Digits(double value) => value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    // "Intel(R) Xeon(R) Processor" names many: the family and the model tell them apart.
    static string Model()
    {
        const string Linux = "/proc/cpuinfo";
        if (!File.Exists(Linux)) return "";
        string[] lines = File.ReadAllLines(Linux);
        string? family = Value("cpu family"), model = Value("model\t");
        return family is null || model is null ? "" : $" (family {family}, model {model})";

        string? Value(string key)
        {
            string? line = lines.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
            return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
    }

    static string Processor()
    {
        const string Linux = "/proc/cpuinfo";
        string? line = File.Exists(Linux) ? File.ReadLines(Linux).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        string name = line is not null ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
        return name + Model();
    }
}
