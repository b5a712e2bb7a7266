using System.CommandLine;
using Samples;
using static Samples.ValueOption;

namespace DifferentialTest;

/// <summary>What to try.</summary>
sealed record Options
{
    internal int Seed { get; init; } = 1;

    internal int Count { get; init; } = 1000;

    /// <summary>The family, or null for all of them.</summary>
    internal string? Only { get; init; }

    /// <summary>One program to run and print, whether it differs or not.</summary>
    internal int? Replay { get; init; }

    internal bool Verbose { get; init; }
}

/// <summary>The options and the sentences about bad ones.</summary>
static class CommandLine
{
    /// <summary>Parses and runs; bad usage is one sentence on <paramref name="error"/> and exit code 2.</summary>
    internal static int Run(string[] args, Func<Options, int> run, TextWriter error)
    {
        Option<int?> seed = Int("--seed", "S", "The seed of the first program; the next programs have the next seeds [default: 1]", 0);
        Option<int?> count = Int("--count", "N", "The number of programs [default: 1000]", 1);
        Option<int?> replay = Int("--replay", "SEED", "Run and print the program of one seed, made as small as possible if it differs. Give the same --only as in the run that found it", 0);
        string[] families = [.. Generator.Families.Select(family => family.Name)];
        Option<string?> only = Choice("--only", families, "Only programs of one family");
        var verbose = new Option<bool>("--verbose") { Description = "Name each program's family and seed as it runs" };

        var root = new RootCommand("Runs random programs with MyTorch and with TorchSharp and compares values, gradients, second derivatives, forward mode and training.");
        foreach (Option option in new Option[] { seed, count, only, replay, verbose }) root.Options.Add(option);
        root.SetAction(parsed => run(new Options
        {
            Seed = parsed.GetValue(seed) ?? 1,
            Count = parsed.GetValue(count) ?? 1000,
            Only = parsed.GetValue(only),
            Replay = parsed.GetValue(replay),
            Verbose = parsed.GetValue(verbose),
        }));
        return ValueOption.Run(root, args, error);
    }
}
