using System.Globalization;
using System.Text.Json;
using MyTorch.Data;
using MyTorch.Diagnostics;
using MyTorch.Teaching;
using PuppeteerSharp;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>What the page about a network explains.</summary>
internal sealed class NetworkExplainTests(Learner learner) : PageTests(learner)
{
    const string Network = "page=network&seed=3";

    static readonly NetworkSettings s_settings = new() { Seed = 3 };

    public override async Task All()
    {
        await Test("an address opens a neuron of the backward pass", Neuron);
        await Test("dW[1,2]: where it comes from, and Escape up again", Cell);
        await Test("from the backward pass to the page Shapes", ToShapes);
        await Test("the backward pass forth and back by key", Walk);
        await Test("a step opened, and then taken", Step);
        await Test("make it fail by its learning rate, and see why", Fail);
        await Test("each line of the loop left out", Lines);
        await Test("ten broken networks", Gallery);
        await Test("momentum in a valley", InTheValley);
        await Test("the sweep over learning rates", Sweep);
        await Test("by layers and by tape", Twice);
        foreach ((string name, string view) in new[]
            {
                ("backward", "view.k=2&view.neuron=1&view.cell=1,2"), ("step", "view.parameter=2&view.element=3"), ("why", ""), ("lines", ""), ("valley", ""), ("gallery", ""), ("twice", ""),
            })
            await Test($"{name}: windows, light and dark, axe", () => Windows($"explain-{name}", $"{Network}&view.panel={name}&{view}"));
    }

    static BackwardAccount Account(NetworkRun run) => BackwardAccount.Of(run.Model.Modules, run.NextBatch.Inputs, y => run.Loss(y, run.NextBatch));

    async Task Neuron()
    {
        await Open($"{Network}&view.panel=backward&view.k=2&view.neuron=1");
        BackwardAccount account = Account(new NetworkRun(s_settings));
        Equal("the neuron's ∂Div/∂z", await Text("#neuron-dz b"), Shown(account.BySum(2, 0, 1).Value));
        Equal("its ∂Div/∂y", await Text("#neuron-y b"), Shown(account.ByOutput(2, 0, 1).Value));
        Equal("its z", await Text("#neuron-z b"), Shown(account.OfSum(2, 0, 1).Value));
        if (await Text("#neuron-dz") is not { } equation || !equation.Contains(account.BySum(2, 0, 1).Numbers.Replace('-', '−'), StringComparison.Ordinal))
            Problems.Add($"the numbers {account.BySum(2, 0, 1).Numbers} are not plugged in: {await Text("#neuron-dz")}");
        double[] sizes = await Page.EvaluateExpressionAsync<double[]>(
            "['.units', '.account fit-width'].flatMap(one => { const box = document.querySelector(one).getBoundingClientRect(); return [box.width, box.height]; })");
        if (Math.Abs(sizes[0] - sizes[2]) > 1 || Math.Abs(sizes[1] - sizes[3]) > 1) Problems.Add($"the picture of {sizes[0]} x {sizes[1]} has a box of {sizes[2]} x {sizes[3]}");
        // Something changes, and the number follows.
        await Page.SelectAsync("#explain-row", "4");
        await Until("#neuron-dz b", Shown(account.BySum(2, 4, 1).Value));
        if (!(await Page.EvaluateExpressionAsync<string>("location.hash")).Contains("view.row=4", StringComparison.Ordinal)) Problems.Add("the address does not hold the row");
    }

    async Task Cell()
    {
        await Open($"{Network}&view.panel=backward");
        await Page.ClickAsync("#unit-2-4");
        await Page.WaitForSelectorAsync("#open-product");
        await Page.ClickAsync("#open-product");
        await Page.WaitForSelectorAsync("#dW-1-2");
        // By keys: one stop of the Tab key, and the arrows from there.
        Equal("stops of the Tab key in dW", await Page.EvaluateExpressionAsync<string>("[...document.querySelectorAll('[id^=dW-][tabindex=\"0\"]')].map(one => one.id).join(' ')"), "dW-0-0");
        await Page.FocusAsync("#dW-0-0");
        foreach (string key in new[] { "ArrowDown", "ArrowRight", "ArrowRight" }) await Page.Keyboard.PressAsync(key);
        Equal("the element that the arrows lead to", await Page.EvaluateExpressionAsync<string>("document.activeElement.id"), "dW-1-2");
        await Page.Keyboard.PressAsync("Enter");
        await Page.WaitForSelectorAsync("#cell-terms");
        AccountSum sum = Account(new NetworkRun(s_settings)).OfWeight(layer: 2, from: 3, to: 2);
        Equal("dW[1,2]", await Text("#cell-terms tfoot b"), Shown(sum.Value));
        string[] products = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('#cell-terms tbody tr')].map(row => row.cells[3].textContent)");
        Equal("the terms", JsonSerializer.Serialize(products), JsonSerializer.Serialize(sum.Terms.Select(term => Shown(term.Product))));
        string[] lit = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.matrix')].slice(0, 2).map(one => [...one.querySelectorAll('td.lit')].map(cell => cell.textContent.trim()).join(' '))");
        Equal("the lit row of dZᵀ", lit[0], string.Join(' ', sum.Terms.Select(term => Shown(term.Second))));
        Equal("the lit column of Y", lit[1], string.Join(' ', sum.Terms.Select(term => Shown(term.First))));
        if (await Text("#cell-inside") is not { } words || !words.Contains("row 1 of dZᵀ", StringComparison.Ordinal) || !words.Contains("column 2 of Y", StringComparison.Ordinal))
            Problems.Add("it does not say from which row and column it comes");
        foreach ((string gone, string stays) in new[] { ("#cell-inside", "#dW-1-2"), ("#dW-1-2", "#neuron-inside"), ("#neuron-inside", "#account-step") })
        {
            await Page.Keyboard.PressAsync("Escape");
            await Page.WaitForFunctionAsync("selector => document.querySelector(selector) === null", new WaitForFunctionOptions { Timeout = 20_000 }, gone);
            if (await Page.QuerySelectorAsync(stays) is null) Problems.Add($"Escape closes {stays} with {gone}");
        }
    }

    async Task ToShapes()
    {
        await Open($"{Network}&view.panel=backward");
        await Page.WaitForSelectorAsync("#to-shapes");
        // The bar may cover it while the page scrolls to what was opened.
        await Page.FocusAsync("#to-shapes");
        await Page.Keyboard.PressAsync("Enter");
        await Page.WaitForSelectorAsync("main.shapes #dW-1-2");
    }

    async Task Walk()
    {
        await Open($"{Network}&view.panel=backward&view.at=0");
        BackwardAccount account = Account(new NetworkRun(s_settings));
        await Until("#account-k", "k = N");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        // k = N … 1: by z, by w, by y of the layer before.
        for (int k = 3; k >= 1; k--)
        {
            await Page.Keyboard.PressAsync("ArrowRight");
            await Until("#account-k", $"k = {k}");
            Equal($"k = {k}, lit", await Page.EvaluateExpressionAsync<string>("document.querySelector('.formula.now').dataset.part"), "z");
            string[] rings = await Page.EvaluateFunctionAsync<string[]>("k => [...document.querySelectorAll(`[id^=unit-${k}-] + .under`)].map(one => one.textContent)", k);
            Equal($"∂Div/∂z of layer {k}", string.Join(' ', rings), string.Join(' ', Enumerable.Range(0, account.Layers[k - 1].Size).Select(j => Shown(account.Layers[k - 1].BySums.Item(0, j)))));
            await Page.Keyboard.PressAsync("ArrowRight");
            if (k > 1) await Page.Keyboard.PressAsync("ArrowRight");
        }
        await Page.Keyboard.PressAsync("Home");
        await Until("#account-k", "k = N");
        if (await Page.QuerySelectorAsync(".unit.known") is not null) Problems.Add("derivatives are shown before the first formula");
    }

    async Task Step()
    {
        await Open($"{Network}&view.panel=step&view.parameter=2&view.element=3");
        var run = new NetworkRun(s_settings);
        Batch batch = run.NextBatch;
        StepAccount step = StepAccount.Preview(run.Model.Modules, batch.Inputs, y => run.Loss(y, batch), run.Optimizer, clearsBefore: true);
        string[] results = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('#step-update tbody tr')].map(row => row.cells[2].textContent)");
        Equal("the lines of the update", string.Join(' ', results), string.Join(' ', step.OfWeight(2, 3).Select(line => Shown(line.Value))));
        string[] shapes = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('#step-tape tbody tr')].map(row => row.cells[1].textContent)");
        Equal("the shapes on the tape", string.Join(' ', shapes), string.Join(' ', step.Trace.Rows.Select(row => row.Value.Shape.ToString())));
        Equal("the light", await Text(".light.now b"), "Step");
        foreach (string light in new[] { "Forward", "Loss", "Backward" })
        {
            await Page.ClickAsync($"#light-{light}");
            await Until(".light.now b", light);
        }
        await Page.ClickAsync("#take-step");
        run.Step();
        await Until("#step-update tbody tr:first-child td:last-child", Shown(run.Model.Parameters()[2].ToArray()[3]));
    }

    async Task Fail()
    {
        await Open($"{Network}&view.panel=why");
        await Page.WaitForSelectorAsync("#findings .finding");
        // Another test may have taken steps.
        await Page.ClickAsync("#reset");
        await Until("#steps", "0");
        await Page.WaitForFunctionAsync("() => document.getElementById('why-about').textContent.startsWith('Before its first step')");
        var sound = new NetworkRun(s_settings);
        double first = sound.Score(sound.Train).Loss;
        Equal("a healthy network", await Text("#findings"), sound.Diagnose(first).Health.Replace('-', '−'));
        foreach ((string name, NetworkFault fault, NetworkSettings spoiled) in new[]
        {
            ("learning rate 30", NetworkFault.LearningRateTooLarge, s_settings with { LearningRate = 30 }),
            ("learning rate 0.0000003", NetworkFault.LearningRateTooSmall, s_settings with { LearningRate = 3e-7 }),
            ("uphill", NetworkFault.Uphill, s_settings with { Uphill = true }),
        })
        {
            await Page.EvaluateFunctionAsync("name => [...document.querySelectorAll('.spoil')].find(one => one.textContent.startsWith(name)).click()", name);
            await Page.WaitForFunctionAsync("fault => document.querySelector('#findings [data-fault]')?.dataset.fault === fault && document.getElementById('steps').textContent === '100'",
                new WaitForFunctionOptions { Timeout = 30_000 }, fault.ToString());
            var run = new NetworkRun(spoiled);
            for (int i = 0; i < 100; i++) run.Step();
            NetworkDiagnosis diagnosis = run.Diagnose(first);
            string[] sentences = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('#findings [data-fault]')].map(one => one.textContent)");
            for (int i = 0; i < Math.Max(sentences.Length, diagnosis.Findings.Count); i++)
                if (sentences.ElementAtOrDefault(i)?.Contains(diagnosis.Findings.ElementAtOrDefault(i)?.Sentence.Replace('-', '−') ?? "nothing", StringComparison.Ordinal) != true)
                    Problems.Add($"{name}: the page says {sentences.ElementAtOrDefault(i)}, the library {diagnosis.Findings.ElementAtOrDefault(i)}");
            // One loss for one state, wherever it stands.
            Equal($"{name}: the loss that was examined", Shown(diagnosis.Loss), Shown(run.Score(run.Train).Loss));
            Equal($"{name}: the training loss", await Text("#train-loss"), Invariant($"{diagnosis.Loss:G6}"));
            string about = await Text("#why-about") ?? "";
            if (!about.Contains($"went from {Shown(first)} before the first step to {Shown(diagnosis.Loss)}", StringComparison.Ordinal)) Problems.Add($"{name}: {about}");
        }
        // Repair it stays, whatever is opened meanwhile; and what the page compares with is the network before it was made to fail.
        await Page.ClickAsync("#open-lines");
        await Until("#lines-says", $"{Lines120(LoopMistake.NoZeroGrad).Explain()} Without the mistake: {FunctionTrace.Shown(Lines120(LoopMistake.None).Losses.TakeLast(10).Average())}.".Replace('-', '−'), 30_000);
        await Page.ClickAsync("#open-why");
        await Page.WaitForSelectorAsync("#spoiled");
        await Page.ClickAsync("#repair");
        await Until("#steps", "0");
        await Page.WaitForFunctionAsync("() => !document.querySelector('#findings [data-fault], #spoiled')", new WaitForFunctionOptions { Timeout = 20_000 });
        Equal("the focus after the repair", await Page.EvaluateExpressionAsync<string>("document.activeElement.id"), "train");
        Equal("the learning rate", await Page.EvaluateExpressionAsync<string>("document.getElementById('rate').value"), "0.03");
    }

    static FourLines Lines120(LoopMistake mistake)
    {
        var run = new NetworkRun(s_settings);
        var loop = new FourLines(run.Model.Modules, y => y, _ => run.Optimizer, run.Train.Inputs, mistake);
        var loader = new DataLoader(run.Train, s_settings.BatchSize, shuffle: true, seed: s_settings.Seed);
        while (true)
            foreach (Batch batch in loader)
            {
                loop.Step(batch.Inputs, y => run.Loss(y, batch));
                if (loop.Losses.Count == 120) return loop;
            }
    }

    async Task Lines()
    {
        foreach (LoopMistake mistake in Enum.GetValues<LoopMistake>().Skip(1))
        {
            await Open($"{Network}&view.panel=lines&view.mistake={mistake}");
            FourLines a = Lines120(LoopMistake.None), b = Lines120(mistake);
            await Until("#lines-says", $"{b.Explain()} Without the mistake: {FunctionTrace.Shown(a.Losses.TakeLast(10).Average())}.".Replace('-', '−'), 30_000);
            Equal($"{mistake}, the marked line", await Text("#lines-listing li.wrong code"), b.Listing[b.WrongLine!.Value]);
        }
    }

    async Task Gallery()
    {
        await Open($"{Network}&view.panel=gallery");
        for (int i = 0; i < BrokenNetwork.All.Count; i++)
        {
            BrokenNetwork patient = BrokenNetwork.All[i];
            await Click(Invariant($"#patient-{i + 1}"));
            await Until("#symptom", $"\"{patient.Symptom}\"");
            await Page.WaitForSelectorAsync("input[name=fault]");
            FourLines loop = patient.Begin();
            for (int step = 0; step < BrokenNetwork.Steps; step++) loop.Step();
            // First a wrong name, then the right one.
            NetworkFault other = BrokenNetwork.All[(i + 1) % BrokenNetwork.All.Count].Fault;
            foreach ((NetworkFault guess, string verdict) in new[] { (other, "Not that."), (patient.Fault, "Right:") })
            {
                await Click($"input[name=fault][value={guess}]");
                await Click("#check-fault");
                await Page.WaitForSelectorAsync("#verdict-fault .finding");
                if (await Text("#verdict-fault") is not { } said || !said.StartsWith(verdict, StringComparison.Ordinal)) Problems.Add($"{patient.Fault}, {guess} named: {await Text("#verdict-fault")}");
            }
            string sentence = patient.Diagnose(loop).Findings[0].Sentence.Replace('-', '−');
            if (await Text("#verdict-fault") is not { } right || !right.Contains(sentence, StringComparison.Ordinal)) Problems.Add($"{patient.Fault} is confirmed by {await Text("#verdict-fault")}, not by {sentence}");
        }
    }

    // The bar at the top covers what has been scrolled below it.
    async Task Click(string selector)
    {
        await Page.EvaluateFunctionAsync("selector => document.querySelector(selector).scrollIntoView({ block: 'center' })", selector);
        await Page.ClickAsync(selector);
    }

    async Task InTheValley()
    {
        await Open($"{Network}&view.panel=valley&view.lr=0.05&view.momentum=0.8&view.at=7");
        foreach (MomentumRule rule in Enum.GetValues<MomentumRule>())
        {
            await Page.EvaluateFunctionAsync("i => document.querySelectorAll('input[name=rule]')[i].click()", (int)rule);
            await Same(new ValleyOptions { LearningRate = 0.05, Momentum = 0.8, Rule = rule }, 7);
        }
        await Type("valley-lr", "0.5");
        await Same(new ValleyOptions { LearningRate = 0.5, Momentum = 0.8, Rule = MomentumRule.Nesterov }, 7);
        // A click chooses the start: the minimum, in the middle of the picture.
        await Page.ClickAsync("#valley");
        await Page.WaitForFunctionAsync("() => Math.abs(Number(document.getElementById('valley-x').value)) < 0.05 && Math.abs(Number(document.getElementById('valley-y').value)) < 0.05",
            new WaitForFunctionOptions { Timeout = 20_000 });

        async Task Same(ValleyOptions options, int at)
        {
            Valley valley = Valley.Descend(options);
            await Until("#valley-says", valley.Explain());
            ValleyPoint point = valley.Path[Math.Min(at, valley.Path.Count - 1)];
            Equal($"{options.Rule}, w", await Text("#valley-point tr:nth-child(1) td:nth-child(3)"), Shown(point.Y));
            Equal($"{options.Rule}, v", await Text("#valley-point tr:nth-child(3) td:nth-child(3)"), Shown(point.Velocity.Y));
        }
    }

    async Task Sweep()
    {
        await Open($"{Network}&points=60&layers=4&view.panel=rate");
        await Page.ClickAsync("#sweep");
        await Page.WaitForFunctionAsync("() => document.getElementById('sweep-says')?.textContent.includes('The lowest loss')", new WaitForFunctionOptions { Timeout = 120_000 });
        string[][] rows = await Page.EvaluateExpressionAsync<string[][]>("[...document.querySelectorAll('#sweep-table tbody tr')].map(row => [...row.cells].map(cell => cell.textContent.trim()))");
        foreach (string[] row in rows)
        {
            var run = new NetworkRun(s_settings with { Points = 60, Layers = [new(4)], LearningRate = double.Parse(row[0], CultureInfo.InvariantCulture) });
            double before = run.Score(run.Train).Loss;
            for (int step = 0; step < 100 && (step == 0 || double.IsFinite(run.Losses[^1])); step++) run.Step();
            var swept = new SweptRate(run.Settings.LearningRate, before, run.Score(run.Train).Loss);
            Equal($"the loss before, η = {row[0]}", row[1], Shown(swept.First));
            // Where it diverges, the last bit of a first sum decides the loss a hundred steps later.
            if (!swept.Diverged) Equal($"the loss at η = {row[0]}", row[2], Shown(swept.Last));
            Equal($"the verdict on η = {row[0]}", row[3].StartsWith("learns", StringComparison.Ordinal) ? "learns" : row[3],
                swept.Verdict switch { RateVerdict.Learns => "learns", RateVerdict.HardlyMoves => "too small: hardly moves", _ => "diverges" });
        }
        if (!rows.Any(row => row[3] == "too small: hardly moves") || !rows.Any(row => row[3] == "diverges")) Problems.Add("no rate is too small, or none too large");
        if (await Page.QuerySelectorAsync("progress") is not null) Problems.Add("the progress of a sweep that is over stays");
        if (rows.Length != 12) Problems.Add(Invariant($"{rows.Length} rates instead of 12"));
    }

    async Task Twice()
    {
        await Open($"{Network}&view.panel=twice");
        LayersAndTape twice = LayersAndTape.Of(Account(new NetworkRun(s_settings)));
        string[] shown = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('#twice tbody tr')].map(row => row.cells[3].textContent)");
        Equal("dW[0,0] by tape", string.Join(' ', shown), string.Join(' ', twice.Layers.Select(layer => layer.ByTape.Item(0, 0).ToString("G12", CultureInfo.InvariantCulture).Replace('-', '−'))));
        if (await Text("#twice-says") is not { } says || !says.Contains("less than 1e−12", StringComparison.Ordinal)) Problems.Add($"the gradients differ: {await Text("#twice-says")}");
    }

    async Task Until(string selector, string expected, int milliseconds)
    {
        try
        {
            await Page.WaitForFunctionAsync("(selector, text) => document.querySelector(selector)?.textContent.trim() === text",
                new WaitForFunctionOptions { Timeout = milliseconds }, selector, expected);
        }
        catch (Exception e) when (e is WaitTaskTimeoutException or TimeoutException)
        {
            Equal(selector, await Text(selector), expected);
        }
    }

    static string Shown(double number) => FunctionTrace.Shown(number).Replace('-', '−');
}
