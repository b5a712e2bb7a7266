using System.Diagnostics;
using System.Globalization;
using System.Text;
using DifferentialTest;

// Exit codes: 0 no difference; 1 differences, or torch cannot be loaded; 2 bad usage.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

try
{
    return CommandLine.Run(args, Session.Run, Console.Error);
}
catch (TorchMissingException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

/// <summary>A run over many seeds, or one.</summary>
static class Session
{
    static readonly TimeSpan s_shrinkLimit = TimeSpan.FromSeconds(20);

    internal static int Run(Options options)
    {
        TorchSide.Load();
        if (Coverage.Missing() is { Count: > 0 } missing)
        {
            Console.Error.WriteLine($"No program uses {string.Join(", ", missing)}. Give each an entry in Ops.*.cs, or exclude it in Coverage.cs with a reason.");
            if (options.Replay is null) return 1;
        }
        int wrong = 0;
        (int seed, int count) = options.Replay is { } one ? (one, 1) : (options.Seed, options.Count);
        var tried = new SortedDictionary<string, (int Tried, int Differ)>(StringComparer.Ordinal);
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < count; i++)
        {
            Case made = Generator.Make(seed + i, options.Only);
            if (options.Verbose) Console.WriteLine($"{made.Seed} {made.Family}");
            Difference? difference = made.Run();
            (int ran, int differ) = tried.GetValueOrDefault(made.Family);
            tried[made.Family] = (ran + 1, differ + (difference is null ? 0 : 1));
            if (difference is not null)
            {
                wrong++;
                Report(made, difference);
            }
            else if (options.Replay is not null)
            {
                Console.WriteLine(made.Code(new Difference("nothing", "both sides agree")));
            }
            if ((i + 1) % 1000 == 0) Console.WriteLine($"{i + 1} of {count} programs, {wrong} differ, {clock.Elapsed.TotalSeconds:0} s");
        }
        Console.WriteLine($"\n{"family",-14}{"programs",10}{"differ",10}");
        foreach ((string family, (int ran, int differ)) in tried) Console.WriteLine($"{family,-14}{ran,10}{differ,10}");
        Console.WriteLine($"{"all",-14}{count,10}{wrong,10}   seeds {seed} to {seed + count - 1}, {clock.Elapsed.TotalSeconds:0} s");
        return wrong > 0 ? 1 : 0;
    }

    static void Report(Case made, Difference difference)
    {
        (Case smallest, Difference last) = Shrinker.Shrink(made, difference, s_shrinkLimit);
        Console.WriteLine($"---- seed {made.Seed}, {made.Family}: {difference.What}: {difference.Details}\n{smallest.Code(last)}");
    }
}
