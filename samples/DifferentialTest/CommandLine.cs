using System.CommandLine;
using System.Globalization;

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
        Option<int?> seed = Number("--seed", "S", 0, "The seed of the first program; the next programs have the next seeds [default: 1]");
        Option<int?> count = Number("--count", "N", 1, "The number of programs [default: 1000]");
        Option<int?> replay = Number("--replay", "SEED", 0, "Run and print the program of one seed, made as small as possible if it differs. Give the same --only as in the run that found it");
        var only = new Option<string?>("--only")
        {
            HelpName = "FAMILY",
            Description = "Only programs of one family: " + string.Join(", ", Generator.Families.Select(family => family.Name)),
            Arity = ArgumentArity.ExactlyOne,
        };
        only.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !Generator.Families.Any(family => family.Name == result.Tokens[0].Value))
                result.AddError($"Unknown family \"{result.Tokens[0].Value}\"; choose one of {string.Join(", ", Generator.Families.Select(family => family.Name))}.");
        });
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
        var result = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            string message = result.Errors[0].Message;
            error.WriteLine(message.StartsWith("Unrecognized", StringComparison.Ordinal) ? message.TrimEnd('.') + "; --help lists the options." : message);
            return 2;
        }
        return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    static Option<int?> Number(string name, string takes, int least, string description) => new(name)
    {
        HelpName = takes,
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least) return number;
            result.AddError($"{name} takes a whole number from {least}, not \"{text}\".");
            return null;
        },
    };
}
