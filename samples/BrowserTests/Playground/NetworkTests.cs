using System.Globalization;
using MyTorch.Teaching;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>The page about a network.</summary>
internal sealed class NetworkTests(Learner learner) : PageTests(learner)
{
    public override async Task All()
    {
        await Test("200 steps have the library's losses", SameLosses);
        await Test("pictures a second", Fluid);
        await Test("windows, light and dark, axe", () => Windows("network", "page=network&seed=1"));
    }

    // The page's losses after 200 steps, one by one, are those that this process computes.
    async Task SameLosses()
    {
        await Open("page=network&seed=3");
        var run = new NetworkRun(new NetworkSettings { Seed = 3 });
        await Until("#steps", "0");
        for (int i = 1; i <= 200; i++)
        {
            await Page.EvaluateExpressionAsync("document.getElementById('one-step').click()");
            string expected = Invariant($"{run.Step():G6}");
            if (i <= 3 || i % 20 == 0) await Until("#steps", i.ToString(CultureInfo.InvariantCulture));
            Equal(Invariant($"the loss of step {i}"), await Text("#loss"), expected);
        }
        Equal("the loss of the test rows", await Text("#test-loss"), Invariant($"{run.Score(run.Test).Loss:G6}"));
        await Page.ClickAsync("#reset");
        await Until("#steps", "0");
        await Page.ClickAsync("#one-step");
        run.Reset();
        Equal("the first loss after going back", await Text("#loss"), Invariant($"{run.Step():G6}"));
    }

    // Printed, not asserted: other work on the machine would decide.
    async Task Fluid()
    {
        await Open("page=network&seed=1");
        await Page.ClickAsync("#train");
        double[] before = await Page.EvaluateExpressionAsync<double[]>("[network.pictures(), performance.now(), Number(document.getElementById('steps').textContent)]");
        await Page.EvaluateExpressionAsync("new Promise(done => setTimeout(done, 4000))");
        double[] after = await Page.EvaluateExpressionAsync<double[]>("[network.pictures(), performance.now(), Number(document.getElementById('steps').textContent)]");
        await Page.ClickAsync("#train");
        double seconds = (after[1] - before[1]) / 1000;
        Console.WriteLine(Invariant($"      {(after[0] - before[0]) / seconds:0.0} pictures and {(after[2] - before[2]) / seconds:0} steps a second"));
        if (after[2] <= before[2]) Problems.Add("the network does not train");
    }
}
