using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using MyTorch.Data;
using Workloads;

namespace PeerBenchmark;

/// <summary>Loading a CSV file, against pandas.read_csv, which runs in a Python process that reads it each time it is told to.</summary>
static class Csv
{
    internal const string Name = "csv 60000x785";

    const int Rows = 60_000;

    const string Program = """
        import sys, time
        try:
            import pandas
        except ImportError:
            print("none", flush=True)
            sys.exit()
        print(pandas.__version__, flush=True)
        for line in sys.stdin:
            start = time.perf_counter()
            table = pandas.read_csv(line.strip())
            print((time.perf_counter() - start) * 1e6, table.shape[0], table.shape[1], int(table.iloc[:, 1:].to_numpy().sum()), flush=True)
            del table
        """;

    internal static Result? Measure(Settings settings, Action<string> note)
    {
        if (settings.Short && settings.Rows.Count == 0)
        {
            note($"{Name}: left out by --short.");
            return null;
        }
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".csv");
        using Process? python = Start(settings.Python);
        string? version = python?.StandardOutput.ReadLine();
        if (python is null || version is null or "none")
        {
            note($"{Name}: skipped, {settings.Python} with pandas is not installed (--python FILE names another).");
            return null;
        }
        try
        {
            CsvWork.Write(path, Rows);
            List<double> ours = [], theirs = [], ratios = [];
            // The first pair warms up.
            for (int round = 0; round < (settings.Short ? 2 : 6); round++)
            {
                GC.Collect();
                long start = Stopwatch.GetTimestamp();
                Dataset data = CsvDataset.Load(path, "label");
                double mine = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                python.StandardInput.WriteLine(path);
                string[] answer = (python.StandardOutput.ReadLine() ?? throw new ComparisonException($"{Name}: pandas ended without an answer.")).Split(' ');
                if (round == 0)
                {
                    Check(data, answer);
                    continue;
                }
                double other = double.Parse(answer[0], CultureInfo.InvariantCulture);
                ours.Add(mine);
                theirs.Add(other);
                ratios.Add(mine / other);
            }
            return new Result(Name, Pairs.Median(ours), Pairs.Median(theirs), Pairs.Median(ratios), "1", $"against pandas {version}.read_csv");
        }
        finally
        {
            File.Delete(path);
            python.StandardInput.Close();
            python.WaitForExit();
        }
    }

    static Process? Start(string python)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(python, ["-c", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    static void Check(Dataset data, string[] answer)
    {
        long sum = 0;
        foreach (float value in data.Inputs.ToFloatArray()) sum += (long)value;
        if (answer[1..] is not [var rows, var columns, var total] || rows != $"{data.Count}" || columns != $"{data.FeatureCount + 1}" || total != $"{sum}")
            throw new ComparisonException($"{Name}: MyTorch read {data} of sum {sum}, pandas {string.Join(", ", answer[1..])} (rows, columns, sum).");
    }
}
