using System.Diagnostics;
using PuppeteerSharp;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>The window in which the playground is used, and what was found there.</summary>
internal sealed class Learner(IPage page, string? pictures)
{
    public IPage Page => page;

    /// <summary>The folder for pictures; null for none.</summary>
    public string? Pictures => pictures;

    /// <summary>What the current test found wrong.</summary>
    public List<string> Problems { get; } = [];

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Runs a test and prints a line about it.</summary>
    public async Task Test(string name, Func<Task> test)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await test();
        }
        catch (Exception e) when (e is PuppeteerException or InvalidOperationException or TimeoutException)
        {
            Problems.Add(e.Message);
        }
        if (Problems.Count == 0) Passed++;
        else Failed++;
        string time = Invariant($"{clock.Elapsed.TotalSeconds:0.0} s");
        Console.WriteLine(Problems.Count == 0 ? $"fine: {name}, {time}"
            : $"FAILED: {name}, {time}\n  {string.Join("\n  ", Problems.Take(8))}");
        Problems.Clear();
    }
}
