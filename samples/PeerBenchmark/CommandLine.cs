using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Samples;
using static System.FormattableString;
using static Samples.ValueOption;

namespace PeerBenchmark;

/// <summary>What to measure, and how.</summary>
sealed record Settings
{
    internal bool Json { get; init; }

    /// <summary>Patterns of rows' names; empty for all of them.</summary>
    internal IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>The most threads either side may use.</summary>
    internal int Threads { get; init; } = Environment.ProcessorCount;

    internal bool Short { get; init; }

    /// <summary>Where Fashion-MNIST's four files are.</summary>
    internal string Fashion { get; init; } = "/usr/share/datasets/fashion-mnist";

    /// <summary>The Python to run pandas and scikit-learn with.</summary>
    internal string Python { get; init; } = "python3";

    /// <summary>Set in a process that this program starts to measure one side of the epoch.</summary>
    internal string? EpochSide { get; init; }

    /// <summary>Whether a row was asked for. A pattern is part of its name, or with * the whole of it.</summary>
    internal bool Wants(string name) => Rows.Count == 0 || Rows.Any(pattern => pattern.Contains('*', StringComparison.Ordinal)
        ? Regex.IsMatch(name, "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.IgnoreCase)
        : name.Contains(pattern, StringComparison.OrdinalIgnoreCase));
}

/// <summary>What ends the program: a sentence and an exit code.</summary>
sealed class ComparisonException(string message, int exitCode = 1) : Exception(message)
{
    internal int ExitCode { get; } = exitCode;
}

/// <summary>The options and the sentences about bad ones.</summary>
static class CommandLine
{
    static RootCommand Create(Func<Settings, int> run)
    {
        var ours = new Settings();
        var json = new Option<bool>("--json") { Description = "Print one JSON array of {work, ours_us, torch_us, ratio}, and nothing else" };
        var rows = Text("--rows", "PATTERN[,PATTERN]", "Only rows whose names contain a pattern; a pattern with * must match the whole name [default: all]");
        var threads = Int("--threads", "N",
            Invariant($"The maximum number of threads of each library [default: the number of processors, here {ours.Threads}]"), 1, 1024);
        var brief = new Option<bool>("--short") { Description = "Less than a minute: fewer runs. Products larger than 1024, the epoch and the CSV file run only if --rows names them" };
        var fashion = Text("--fashion", "DIR", $"The folder of Fashion-MNIST's train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz [default: {ours.Fashion}]");
        var python = Text("--python", "FILE", $"A Python with pandas and scikit-learn [default: {ours.Python}]");
        var side = Text("--epoch-side", "SIDE", "");
        side.Hidden = true;

        var root = new RootCommand("Measures MyTorch beside TorchSharp: the same work with both libraries, in turn. Both must compute the same results first.");
        foreach (Option option in new Option[] { json, rows, threads, brief, fashion, python, side }) root.Options.Add(option);
        root.SetAction(parsed => run(new Settings
        {
            Json = parsed.GetValue(json),
            Rows = parsed.GetValue(rows)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
            Threads = parsed.GetValue(threads) ?? ours.Threads,
            Short = parsed.GetValue(brief),
            Fashion = parsed.GetValue(fashion) ?? ours.Fashion,
            Python = parsed.GetValue(python) ?? ours.Python,
            EpochSide = parsed.GetValue(side),
        }));
        return root;
    }

    /// <summary>Parses and runs; bad usage is one sentence on <paramref name="error"/> and exit code 2.</summary>
    internal static int Run(string[] args, Func<Settings, int> run, TextWriter error) => ValueOption.Run(Create(run), args, error);
}
