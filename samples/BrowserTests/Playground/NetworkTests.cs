using System.Text;
using MyTorch;
using MyTorch.Data;
using MyTorch.Teaching;
using PuppeteerSharp;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>The page about a network.</summary>
internal sealed class NetworkTests(Learner learner) : PageTests(learner)
{
    public override async Task All()
    {
        await Test("200 steps have the library's losses", SameLosses);
        await Test("back to the same weights", Rewind);
        await Test("every kind of data and optimizer trains as in the library", Kinds);
        await Test("an own file", OwnFile);
        await Test("an own file that is refused, read otherwise, left and loaded again", OwnFileOtherwise);
        await Test("names in the drawing", DrawnNames);
        await Test("after a pause all numbers are of the same step", Paused);
        await Test("back and forth has the same gradients", SameGradients);
        await Test("how good it is, beside the library", HowGood);
        await Test("settings, errors and the address", Settings);
        await Test("numbers as they are typed", Typed);
        await Test("it says where a training is going", Trends);
        await Test("a value under the cursor", Cursor);
        await Test("it learns, and says why it stops", Learns);
        await Test("pictures a second", Fluid);
        await Test("a projector, a phone, and the keyboard", Places);
        await Test("windows, light and dark, axe", () => Windows("network", "page=network&seed=1&step=1500"));
        await Test("windows of the digits", () => Windows("digits", "page=network&data=digits&points=300&layers=12&act=relu&lr=0.01&step=100"));
    }

    async Task SameLosses()
    {
        await AsInTheLibrary("page=network&seed=3", new NetworkSettings { Seed = 3 }, 200);
        Equal("the program", await Text("#program"), NetworkProgram.Of(new NetworkSettings { Seed = 3 }).Trim());
        var run = new NetworkRun(new NetworkSettings { Seed = 3 });
        for (int i = 0; i < 200; i++) run.Step();
        Equal("the loss of the test rows", await Text("#test-loss"), Invariant($"{run.Score(run.Test).Loss:G6}"));
        Equal("the loss of the training rows", await Text("#train-loss"), Invariant($"{run.Score(run.Train).Loss:G6}"));
    }

    // The losses of the first steps, one by one, are those that this process computes.
    async Task AsInTheLibrary(string address, NetworkSettings settings, int steps, Dataset? file = null)
    {
        await Open(address + Invariant($"&step={steps}"));
        await Steps(steps);
        var run = new NetworkRun(settings, file);
        string[] expected = [.. Enumerable.Range(1, steps).Select(step => Invariant($"step {step}  loss {run.Step():G6}"))];
        string[] shown = (await Text("#printed") ?? "").Split('\n');
        for (int i = 0; i < Math.Max(expected.Length, shown.Length); i++)
            if (shown.ElementAtOrDefault(i) != expected.ElementAtOrDefault(i))
            {
                Equal(Invariant($"{settings.Data}, line {i + 1} of the losses"), shown.ElementAtOrDefault(i), expected.ElementAtOrDefault(i) ?? "nothing");
                break;
            }
    }

    // Training rests at this step, and all is drawn.
    async Task Steps(int steps) => await Page.WaitForFunctionAsync(
        "steps => document.getElementById('steps')?.textContent === steps && document.getElementById('train').getAttribute('aria-pressed') === 'false' && !document.querySelector('#main[aria-busy]')",
        new WaitForFunctionOptions { Timeout = 60_000 }, Invariant($"{steps}"));

    async Task Rewind()
    {
        await Open("page=network&seed=4&step=57");
        await Steps(57);
        string? loss = await Text("#loss"), test = await Text("#test-loss");
        await Page.ClickAsync("#one-step");
        await Steps(58);
        await Page.ClickAsync("#back-step");
        await Steps(57);
        Equal("the loss after a step and back", await Text("#loss"), loss!);
        Equal("the test loss after a step and back", await Text("#test-loss"), test!);
        // The address is that of what is seen.
        Equal("the address", await Page.EvaluateExpressionAsync<string>("location.hash"), "#page=network&seed=4&step=57");
        await Page.ClickAsync("#reset");
        await Steps(0);
        await Page.EvaluateExpressionAsync("{ const field = document.getElementById('go-to'); field.value = 57; field.dispatchEvent(new Event('change', { bubbles: true })); }");
        await Steps(57);
        Equal("the test loss from the beginning", await Text("#test-loss"), test!);
        await Page.EvaluateExpressionAsync("{ const field = document.getElementById('go-to'); field.value = 'abc'; field.dispatchEvent(new Event('change', { bubbles: true })); }");
        await Until("#no-step", "a whole number, 0 or more");
        await Page.EvaluateExpressionAsync("{ const field = document.getElementById('go-to'); field.value = 58; field.dispatchEvent(new Event('change', { bubbles: true })); }");
        await Steps(58);
        if (await Page.QuerySelectorAsync("#no-step, .says.wrong") is not null) Problems.Add("a wrong step is still named after a right one");
        await Page.ClickAsync("#back-step");
        await Steps(57);
        await Page.ClickAsync("#one-epoch");
        await Steps(72);
    }

    async Task Kinds()
    {
        foreach ((string keys, NetworkSettings settings) in new[]
        {
            ("data=moons&opt=adam&init=xaviernormal", new NetworkSettings { Data = NetworkData.Moons, Optimizer = NetworkOptimizer.Adam, Init = NetworkInit.XavierNormal }),
            ("data=circles&layers=4&act=relu&loss=mse", new NetworkSettings { Data = NetworkData.Circles, Layers = [new(4, NetworkActivation.ReLU)], Loss = NetworkLoss.MSE }),
            ("data=xor&layers=3,2&act=sigmoid,gelu&opt=rmsprop&lr=0.01", new NetworkSettings { Data = NetworkData.Xor, Layers = [new(3, NetworkActivation.Sigmoid), new(2, NetworkActivation.GELU)], Optimizer = NetworkOptimizer.RMSprop, LearningRate = 0.01 }),
            ("data=threespirals&layers=none&decay=0.01&opt=nesterov", new NetworkSettings { Data = NetworkData.ThreeSpirals, Layers = [], WeightDecay = 0.01, Optimizer = NetworkOptimizer.Nesterov }),
            ("data=line&batch=7&opt=adagrad", new NetworkSettings { Data = NetworkData.Line, BatchSize = 7, Optimizer = NetworkOptimizer.Adagrad }),
            ("data=sine&scale=1&act=silu&opt=adamw&lr=0.01", new NetworkSettings { Data = NetworkData.Sine, Standardize = true, Layers = [new(8, NetworkActivation.SiLU), new(8, NetworkActivation.SiLU)], Optimizer = NetworkOptimizer.AdamW, LearningRate = 0.01 }),
            ("data=function&boundary=sin(3*x1)-x2&zerograd=0&lr=0.001", new NetworkSettings { Data = NetworkData.Function, Function = "sin(3*x1)-x2", ZeroGradients = false, LearningRate = 0.001 }),
        })
            await AsInTheLibrary("page=network&" + keys, settings, 40);
        var digits = new NetworkSettings { Data = NetworkData.Digits, Standardize = true, Points = 200, Layers = [new(8, NetworkActivation.ReLU)] };
        string file = Path.Combine(Repository(), "data", "digits.csv");
        await AsInTheLibrary("page=network&data=digits&points=200&layers=8&act=relu", digits, 40, CsvDataset.Load(file, "digit", new CsvOptions { DType = DType.Float64 }));
        if (await Page.QuerySelectorAsync("#confusion") is null) Problems.Add("ten classes have no confusion matrix");
    }

    static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MyTorch.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds MyTorch.sln.");
    }

    async Task OwnFile()
    {
        string folder = Directory.CreateTempSubdirectory("mytorch-own-").FullName;
        try
        {
            await Open("page=network&seed=0");
            await Page.ClickAsync("#use-own");
            IElementHandle field = await Page.WaitForSelectorAsync("#own-file");
            await Until("the focus waits at the file", async () => await Page.EvaluateExpressionAsync<string>("document.activeElement.id") == "own-file");
            string bad = Path.Combine(folder, "bad.csv");
            await File.WriteAllTextAsync(bad, "size,price\n1,2\nmany,3\n2,4\n3,5\n7,1\n");
            await field.UploadFileAsync(bad);
            await Page.WaitForSelectorAsync("#own-error", new WaitForSelectorOptions { Timeout = 20_000 });
            var asked = new NetworkSettings { Data = NetworkData.Own, File = "bad.csv", Target = "price" };
            string problem = "nothing";
            try { NetworkFile.Read(bad, asked); }
            catch (CsvDataException e) { problem = NetworkFile.Problems(e, bad, "bad.csv")[0].Text; }
            if (await Text("#own-remarks") is not { } said || !said.Contains(problem, StringComparison.Ordinal)) Problems.Add($"the page says {await Text("#own-remarks")}, the library {problem}");
            await DoesNotTrain("a file that is refused");

            string good = Path.Combine(folder, "rows.csv");
            var text = new StringBuilder("a,b,kind\n");
            var random = new Generator(1);
            for (int i = 0; i < 10_000; i++)
            {
                double a = 10 * random.NextDouble(), b = 100 * random.NextDouble();
                text.Append(Invariant($"{a:0.###},{b:0.###},{(a * 10 > b ? "low" : "high")}\n"));
            }
            await File.WriteAllTextAsync(good, text.ToString());
            await field.UploadFileAsync(good);
            await Page.WaitForFunctionAsync("() => document.getElementById('own-says')?.textContent.includes(' rows, ')", new WaitForFunctionOptions { Timeout = 60_000 });
            Console.WriteLine($"      {await Text("#own-says")}");
            Dataset rows = CsvDataset.Load(good, "kind", new CsvOptions { DType = DType.Float64, Missing = MissingValues.Mean });
            var settings = new NetworkSettings { Data = NetworkData.Own, File = "rows.csv", Target = "kind", Standardize = true, Points = 10_000 };
            var run = new NetworkRun(settings, rows);
            for (int i = 1; i <= 3; i++)
            {
                await Page.ClickAsync("#one-step");
                await Steps(i);
                Equal(Invariant($"the loss of step {i}"), await Text("#loss"), Invariant($"{run.Step():G6}"));
            }
            Equal("the program", await Text("#program"), NetworkProgram.Of(settings).Trim());
            await Page.SelectAsync("#target", "b");
            await Page.WaitForFunctionAsync("() => document.getElementById('own-says')?.textContent.includes('a number to predict')", new WaitForFunctionOptions { Timeout = 60_000 });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    async Task Settings()
    {
        await Open("page=network&data=moons&seed=2");
        await Set("rate", "0.5");
        await Page.SelectAsync("#optimizer", "Adam");
        await Page.SelectAsync("#activation-1", "ReLU");
        await Page.ClickAsync("#add-layer");
        Equal("the address", await Page.EvaluateExpressionAsync<string>("location.hash"), "#page=network&data=moons&layers=8,8,8&act=relu,tanh,tanh&opt=adam&lr=0.5&seed=2");
        // A refused address stays in the address bar, to be corrected, also if another page was open before.
        await Page.EvaluateExpressionAsync("location.hash = 'page=shapes'");
        await Page.WaitForSelectorAsync("main.shapes");
        await Page.EvaluateExpressionAsync("location.hash = 'page=network&layers=0'");
        await Page.WaitForSelectorAsync(".says.wrong");
        Equal("the refused address", await Page.EvaluateExpressionAsync<string>("location.hash"), "#page=network&layers=0");
        await Open("page=network&data=moons&seed=2");
        await Set("rate", "-1");
        await Page.WaitForSelectorAsync(".says.wrong");
        if ((await Text(".says.wrong"))?.Contains("The learning rate must be greater than 0", StringComparison.Ordinal) != true) Problems.Add($"the error is {await Text(".says.wrong")}");
        await Set("rate", "0.25");
        await Page.WaitForFunctionAsync("() => !document.querySelector('.says.wrong')");
        await Page.SelectAsync("#data", "Function");
        await Page.WaitForSelectorAsync("#boundary");
        await Set("boundary", "x1 + sine(x2)");
        await Page.WaitForSelectorAsync(".says.wrong");
        if (FunctionText.TryParse("x1 + sine(x2)", out _, out FunctionTextException? error)) Problems.Add("sine is a function");
        else if ((await Text(".says.wrong"))?.Contains(NetworkMessage(error!), StringComparison.Ordinal) != true) Problems.Add($"the error is {await Text(".says.wrong")}");
        await Set("boundary", "x1 + sin(x2)");
        await Page.WaitForFunctionAsync("() => !document.querySelector('.says.wrong')");
        string hash = await Page.EvaluateExpressionAsync<string>("location.hash");
        if (!hash.Contains("data=function", StringComparison.Ordinal)) Problems.Add($"the address is {hash}");
    }

    static string NetworkMessage(FunctionTextException error) => error.ParamName is { } name
        ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : error.Message;

    Task Set(string id, string value) => Page.EvaluateFunctionAsync(
        "(id, text) => { const field = document.getElementById(id); field.value = text; field.dispatchEvent(new Event('change', { bubbles: true })); }", id, value);

    async Task Cursor()
    {
        await Open("page=network&data=line&layers=3&step=30");
        await Steps(30);
        await Page.FocusAsync("#plot");
        await Page.Keyboard.PressAsync("ArrowRight");
        string says = await Text("#plot-says") ?? "";
        var run = new NetworkRun(new NetworkSettings { Data = NetworkData.Line, Layers = [new(3)] });
        for (int i = 0; i < 30; i++) run.Step();
        string[] parts = says.Split(" = ");
        double x = double.Parse(parts[1].Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);
        double y = double.Parse(parts[^1], System.Globalization.CultureInfo.InvariantCulture), expected = run.Activations(Tensor.From([x], [1, 1], DType.Float64))[^1].Item(0, 0);
        if (Math.Abs(y - expected) > 1e-3) Problems.Add(Invariant($"the page says {says}, the library {expected}"));
    }

    async Task Learns()
    {
        await Open("page=network&data=line&layers=none&noise=0&lr=0.1&points=60");
        await Page.ClickAsync("#train");
        // The numbers are drawn a moment after it is said.
        await Page.WaitForFunctionAsync("() => !document.querySelector('#main[aria-busy]') && document.getElementById('run-says').textContent.startsWith('Learned')", new WaitForFunctionOptions { Timeout = 60_000 });
        double loss = double.Parse((await Text("#test-loss"))!, System.Globalization.CultureInfo.InvariantCulture);
        if (!(loss < 0.01)) Problems.Add(Invariant($"the loss is {loss}"));
    }

    // The old data do not train under the name of a new file.
    async Task DoesNotTrain(string what)
    {
        await Until($"{what}: Train is off", async () => await Page.EvaluateExpressionAsync<string>("document.getElementById('train').getAttribute('aria-disabled')") == "true");
        await Page.ClickAsync("#train");
        foreach (string reading in new[] { "#steps", "#train-loss", "#test-loss" }) Equal($"{what}, {reading}", await Text(reading), "–");
        if (await Page.QuerySelectorAsync("#plot") is not null) Problems.Add($"{what}: the old picture stays");
    }

    async Task OwnFileOtherwise()
    {
        string folder = Directory.CreateTempSubdirectory("mytorch-own-").FullName;
        try
        {
            await Page.EvaluateExpressionAsync("sessionStorage.clear()");
            await Page.ReloadAsync();
            await Open("page=network&seed=0");
            await Page.WaitForSelectorAsync("#use-own");
            await Page.ClickAsync("#use-own");
            IElementHandle field = await Page.WaitForSelectorAsync("#own-file");
            if (await Page.QuerySelectorAsync("#noise, #points") is not null) Problems.Add("before a file is chosen, settings of generated points are shown");
            string path = Path.Combine(folder, "fruits.csv");
            var text = new StringBuilder("size;sugar;sort\n2,5;;pear\n");
            for (int i = 0; i < 60; i++) text.Append(Invariant($"{i % 7},5;{i * 3 % 11},25;{(i % 7 * 2 > i * 3 % 11 ? "apple" : i == 9 ? "Pear" : "pear")}\n"));
            await File.WriteAllTextAsync(path, text.ToString());
            await field.UploadFileAsync(path);
            await Page.WaitForFunctionAsync("() => document.getElementById('own-says')?.textContent.includes(' rows, ')", new WaitForFunctionOptions { Timeout = 60_000 });
            var settings = new NetworkSettings { Data = NetworkData.Own, File = "fruits.csv", Target = "sort", Standardize = true, Points = 61 };
            NetworkFile file = NetworkFile.Read(path, settings);
            await Remarks(file);
            // Read otherwise, by a button of the page.
            FileChoice choice = file.Remarks.SelectMany(remark => remark.Choices).First(one => one.Fix.Option == nameof(CsvOptions.Missing));
            await Page.EvaluateFunctionAsync("label => [...document.querySelectorAll('#own-remarks button')].find(one => one.textContent === label).click()", choice.Label);
            settings = settings with { Reading = [choice.Fix], Points = 60 };
            NetworkFile without = NetworkFile.Read(path, settings);
            await Page.WaitForFunctionAsync("() => document.getElementById('own-says')?.textContent.startsWith('60 rows')", new WaitForFunctionOptions { Timeout = 60_000 });
            await Remarks(without);
            Equal("the program", await Text("#program"), NetworkProgram.Of(settings).Trim());
            string names = await Text("#network-names") ?? "";
            if (!names.Contains("size, sugar", StringComparison.Ordinal) || !names.Contains("apple", StringComparison.Ordinal)) Problems.Add($"the network's picture says {names}");
            // While it trains, the verdict of the last rest is named as such.
            await Page.ClickAsync("#train");
            await Page.WaitForFunctionAsync("() => document.getElementById('verdict-says').textContent.startsWith('After step 0, before ')");
            await Page.ClickAsync("#train");
            await Page.WaitForFunctionAsync("() => document.getElementById('verdict-says').textContent.startsWith('Right in test')");
            await Page.ClickAsync("#reset");
            // Other data and back: the file is still there.
            await Page.SelectAsync("#data", "Moons");
            await Page.WaitForSelectorAsync("#noise");
            await Page.SelectAsync("#data", "Own");
            await Page.WaitForFunctionAsync("() => document.getElementById('own-says')?.textContent.startsWith('60 rows')");
            await Steps(0);
            // The page loaded again, with the address that it had: without the file it waits, and the browser of this tab has it.
            await Page.ReloadAsync();
            await Page.WaitForFunctionAsync("() => document.getElementById('own-says')?.textContent.includes(' rows, ')", new WaitForFunctionOptions { Timeout = 60_000 });
            await Open("page=network&data=own&file=other.csv&target=y");
            await Page.WaitForSelectorAsync("#own-file");
            if (await Text("#run-says") is not { } asks || !asks.Contains("needs the file other.csv", StringComparison.Ordinal)) Problems.Add($"without the file the page says {await Text("#run-says")}");
            await DoesNotTrain("a file that is not there");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        async Task Remarks(NetworkFile file)
        {
            await Page.WaitForSelectorAsync("#own-remarks");
            string[] shown = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('#own-remarks .lines')].map(one => one.textContent)");
            Equal("what is said of the file", string.Join('|', shown), string.Join('|', file.Remarks.Select(remark => remark.Text)));
        }
    }

    async Task Paused()
    {
        await Open("page=network&seed=5");
        await Steps(0);
        await Page.ClickAsync("#train");
        await Page.EvaluateExpressionAsync("new Promise(done => setTimeout(done, 1500))");
        await Page.ClickAsync("#train");
        await Page.WaitForFunctionAsync("() => !document.querySelector('#main[aria-busy]') && document.getElementById('train').getAttribute('aria-pressed') === 'false'", new WaitForFunctionOptions { Timeout = 30_000 });
        int steps = int.Parse((await Text("#steps"))!, System.Globalization.CultureInfo.InvariantCulture);
        var run = new NetworkRun(new NetworkSettings { Seed = 5 });
        NetworkScore first = run.Score(run.Train), firstTest = run.Score(run.Test);
        for (int i = 0; i < steps; i++) run.Step();
        NetworkScore train = run.Score(run.Train), test = run.Score(run.Test);
        Equal("the training loss", await Text("#train-loss"), Invariant($"{train.Loss:G6}"));
        Equal("the test loss", await Text("#test-loss"), Invariant($"{test.Loss:G6}"));
        Equal("the loss of the batch", await Text("#loss"), Invariant($"{run.Losses[^1]:G6}"));
        Equal("the curves, by ear", await Text("#curves-say"),
            Invariant($"After {steps} steps the loss of the training rows is {train.Loss:G6}, that of the test rows {test.Loss:G6}; before the first step they were {first.Loss:G6} and {firstTest.Loss:G6}. Right are {train.Accuracy:P1} of the training rows and {test.Accuracy:P1} of the test rows."));
        if (await Text("#run-says") is not { } says || !says.Contains(Invariant($"Paused after {steps} step"), StringComparison.Ordinal)) Problems.Add($"the bar says {await Text("#run-says")} at step {steps}");
        await Histograms(run);
        // The legend of the curves has their last numbers.
        string[] legend = await Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('.curves .u-legend .u-value')].map(one => one.textContent)");
        Equal("the legend's step", legend.FirstOrDefault(), Invariant($"{steps}"));
        if (!double.TryParse(legend.ElementAtOrDefault(1), out double shown) || Math.Abs(shown - train.Loss) > 1e-3 * train.Loss) Problems.Add(Invariant($"the legend says {legend.ElementAtOrDefault(1)}, the training loss is {train.Loss}"));
        foreach ((string rows, int at, double right) in new[] { ("training", 5, train.Accuracy!.Value), ("test", 6, test.Accuracy!.Value) })
        {
            if (!double.TryParse(legend.ElementAtOrDefault(at), out double percent) || Math.Abs(percent - 100 * right) > 0.05)
                Problems.Add(Invariant($"the legend says that {legend.ElementAtOrDefault(at)} % of the {rows} rows are right; it is {right:P1}"));
        }
    }

    async Task Histograms(NetworkRun run)
    {
        IReadOnlyList<Tensor> activations = run.Activations(run.Train.Select([.. Enumerable.Range(0, Math.Min(100, run.Train.Count))]).Inputs);
        for (int i = 0; i < run.Layers.Count; i++)
        {
            foreach ((string kind, double[] values) in new[] { ("activations", activations[i].ToArray()), ("gradients", run.Layers[i].Weight.Grad!.ToArray()) })
            {
                NetworkHistogram histogram = NetworkHistogram.Of(values);
                string range = Invariant($"{histogram.Low:G3} … {histogram.High:G3}").Replace('-', '−');
                if (await Text($"#{kind}-{i + 1}") is not { } shown || !shown.StartsWith(range, StringComparison.Ordinal))
                    Problems.Add(Invariant($"the {kind} of layer {i + 1} are {range} at step {run.StepCount}, the page shows {await Text($"#{kind}-{i + 1}")}"));
            }
        }
    }

    async Task SameGradients()
    {
        await Open("page=network&seed=6&step=75");
        await Steps(75);
        var run = new NetworkRun(new NetworkSettings { Seed = 6 });
        for (int i = 0; i < 75; i++) run.Step();
        await Histograms(run);
        await Page.ClickAsync("#back-step");
        await Steps(74);
        await Page.ClickAsync("#one-step");
        await Steps(75);
        await Histograms(run);
        await Page.ClickAsync("#reset");
        await Steps(0);
        Equal("gradients before the first step", await Text("#gradients-1"), "after the first step");
    }

    // No name is cut: on a phone those that do not fit are numbered, and explained below.
    async Task DrawnNames()
    {
        string folder = Directory.CreateTempSubdirectory("mytorch-names-").FullName;
        try
        {
            string path = Path.Combine(folder, "iris.csv");
            await File.WriteAllTextAsync(path, "sepal_length_in_centimetres,sepal_width,sort\n" + string.Concat(Enumerable.Range(0, 40).Select(
                i => Invariant($"{i},{i * 7 % 5},{(i % 3 == 0 ? "versicolor" : "setosa")}\n"))));
            await Open("page=network&seed=0");
            await Page.ClickAsync("#use-own");
            await (await Page.WaitForSelectorAsync("#own-file")).UploadFileAsync(path);
            await Page.WaitForFunctionAsync("() => document.getElementById('own-says')?.textContent.startsWith('40 rows')", new WaitForFunctionOptions { Timeout = 60_000 });
            await Names("sepal_length_in_centimetres sepal_width setosa versicolor", "sepal_length_in_centimetres, sepal_width");
            await Page.SetViewportAsync(new ViewPortOptions { Width = 390, Height = 844 });
            await Names("x1 x2 setosa versicolor", "x1 sepal_length_in_centimetres, x2 sepal_width");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
            await Open("page=network&data=circles&seed=1");
            await Page.EvaluateExpressionAsync("sessionStorage.clear()");
        }
    }

    // The names of inputs and outputs in the drawing, and the list below it. Each name keeps clear of the squares beside it.
    async Task Names(string drawn, string listed)
    {
        await Until($"the names {drawn}", async () => await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('.neuron .name')].map(one => one.textContent).filter(name => !/^h\\d/.test(name)).join(' ')") == drawn);
        if ((await Text("#network-names"))?.Contains($"Inputs: {listed}.", StringComparison.Ordinal) != true) Problems.Add($"the list of names is {await Text("#network-names")}");
        string cut = await Page.EvaluateExpressionAsync<string>("""
            (() => {
              const squares = [...document.querySelectorAll(".neuron")].map(one => one.getBoundingClientRect());
              return [...document.querySelectorAll(".neuron .name")].filter(one => {
                const box = one.getBoundingClientRect(), own = one.parentElement.getBoundingClientRect();
                return one.scrollWidth > one.clientWidth + 1 || box.left < 0 || box.right > innerWidth || squares.some(square => square.left !== own.left && square.left < box.right - 1 && square.right > box.left + 1 && square.top < box.bottom && square.bottom > box.top);
              }).map(one => one.textContent).join();
            })()
            """);
        Equal("names that are cut", cut, "");
        double size = await Page.EvaluateExpressionAsync<double>("document.querySelector('.neuron').getBoundingClientRect().width");
        if (size < 38) Problems.Add(Invariant($"a neuron's square of 40 pixels is drawn {size:0} wide"));
    }

    async Task HowGood()
    {
        foreach ((string keys, NetworkSettings settings) in new[]
        {
            ("seed=2", new NetworkSettings { Seed = 2 }), ("data=threespirals&points=90", new NetworkSettings { Data = NetworkData.ThreeSpirals, Points = 90 }),
            ("data=sine&scale=1", new NetworkSettings { Data = NetworkData.Sine, Standardize = true }),
            // Its outputs are NaN by then.
            ("decay=1000000000", new NetworkSettings { WeightDecay = 1e9 }),
        })
        {
            await Open($"page=network&{keys}&step=120");
            await Steps(120);
            var run = new NetworkRun(settings);
            for (int i = 0; i < 120; i++) run.Step();
            NetworkVerdict verdict = NetworkVerdict.Of(run);
            string said = (await Text("#verdict-says") ?? "").Replace('−', '-');
            if (said != verdict.Explain()) Problems.Add($"{keys}: the page says {said}, the library {verdict.Explain()}");
            if (!verdict.IsClassification) continue;
            int[] cells = await Page.EvaluateExpressionAsync<int[]>("[...document.querySelectorAll('#confusion tbody td')].map(one => Number(one.textContent))");
            Equal($"{keys}: the confusion matrix", string.Join(' ', cells), string.Join(' ', verdict.TestConfusion().Cast<int>()));
        }
    }

    async Task Typed()
    {
        await Open("page=network&data=moons&seed=2");
        await Set("rate", "0,5");
        await Page.WaitForFunctionAsync("() => document.getElementById('rate').value === '0.5'");
        if (!(await Page.EvaluateExpressionAsync<string>("location.hash")).Contains("lr=0.5", StringComparison.Ordinal)) Problems.Add("0,5 is not taken as 0.5");
        foreach ((string id, string text, string why) in new[]
        {
            ("rate", "-1", "The learning rate must be greater than 0"), ("rate", "abc", "is not a number"), ("rate", "1e400", "The learning rate must be greater than 0"),
            ("batch", "0", "The batch size must be at least 1"), ("points", "1e9", "It was 1000000000"), ("points", "12.5", "not a whole number"),
            ("noise", "-1", "The noise must be 0 to 1"), ("share", "2", "The share of training rows must be 0.1 to 0.9"), ("batch", "1e12", "too large"),
        })
        {
            await Set(id, text);
            await Page.WaitForSelectorAsync($"#{id}[aria-invalid=true]");
            string said = await Text($"#{id}-why") ?? "";
            if (!said.Contains(why, StringComparison.Ordinal)) Problems.Add($"{id} = {text}: the page says {said}");
            if ((await Text("main"))!.Contains("Arg_", StringComparison.Ordinal)) Problems.Add($"{id} = {text}: the name of a resource is shown");
            Equal($"what was typed into {id}", await Page.EvaluateFunctionAsync<string>("id => document.getElementById(id).value", id), text);
        }
        // With the next change the fields show what holds.
        await Set("momentum", "0.5");
        await Page.WaitForFunctionAsync("() => !document.querySelector('[aria-invalid]') && document.getElementById('batch').value === '10' && document.getElementById('share').value === '0.8'");
        await Page.FocusAsync("#batch");
        await Page.Keyboard.PressAsync("ArrowUp");
        await Page.WaitForFunctionAsync("() => document.getElementById('batch').value === '11'");
    }

    async Task Trends()
    {
        foreach ((string keys, string trend, string words) in new[]
        {
            ("lr=30&step=60", "Grows", "The training loss grows"), ("lr=3e-7&step=200", "Stands", "hardly moves"),
            ("data=moons&points=40&noise=0.6&lr=0.1&layers=32,32&step=1500", "Overfits", "by heart"),
        })
        {
            await Open($"page=network&{keys}");
            await Until($"{keys}: {trend}", async () => await Page.EvaluateExpressionAsync<string>("document.getElementById('run-says').dataset.trend") == trend
                && (await Text("#run-says"))!.Contains(words, StringComparison.Ordinal), 90_000);
        }
        // Also while it trains.
        await Open("page=network&lr=30");
        await Steps(0);
        await Page.ClickAsync("#train");
        await Until("a growing loss is said while it trains", async () => (await Text("#run-says"))!.Contains("The training loss grows", StringComparison.Ordinal));
        if (await Text("#run-says") is not { } asks || !asks.EndsWith(". Why?", StringComparison.Ordinal)) Problems.Add($"before Why? there is no space: {await Text("#run-says")}");
        await Page.ClickAsync("#run-why");
        await Page.WaitForSelectorAsync("#findings [data-fault=LearningRateTooLarge]");
        Equal("training, after Why?", await Page.EvaluateExpressionAsync<string>("document.getElementById('train').getAttribute('aria-pressed')"), "false");
    }

    // The words and numbers of the bar whose boxes have a point in common.
    const string Overlaps = """
        { const all = [...document.querySelectorAll(".readings dt, .readings dd")].filter(one => one.checkVisibility()).map(one => { const range = document.createRange(); range.selectNodeContents(one); return [one.textContent, range.getBoundingClientRect()]; });
          all.flatMap(([a, p], i) => all.slice(i + 1).filter(([, q]) => p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 4 && q.top < p.bottom - 4).map(([b]) => `${a} and ${b}`)); }
        """;

    // Where things are: what the bar covers, what a phone keeps in sight, what a key reaches.
    async Task Places()
    {
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 720 });
        await Open("page=network&seed=11&view.projector=1");
        await Steps(0);
        double projected = await Page.EvaluateExpressionAsync<double>("document.querySelector('.run').getBoundingClientRect().height");
        bool sticks = await Page.EvaluateExpressionAsync<bool>("getComputedStyle(document.querySelector('.run')).position === 'sticky'");
        if (sticks && projected > 130) Problems.Add(Invariant($"with a projector the bar covers {projected} of 720 pixels"));
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("PageDown");
        await Steps(1);
        await Page.Keyboard.PressAsync("PageUp");
        await Steps(0);
        await Open("page=network&seed=11&view.projector=0");
        await Page.WaitForFunctionAsync("() => !document.querySelector('[data-projector]')");
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
        await Steps(0);

        // Numbers of other lengths move nothing.
        double[] heights = [await Bar(), await At("step=1"), await At("step=1200"), await At("lr=30&step=90")];
        if (heights.Distinct().Count() > 1) Problems.Add($"the bar is {string.Join(", ", heights)} pixels high");

        await Page.SetViewportAsync(new ViewPortOptions { Width = 360, Height = 740, HasTouch = true, IsMobile = true });
        await Open("page=network&seed=12");
        await Steps(0);
        string[] order = await Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('#train, #plot, #loss-curves, #network-title, #rate')].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map(one => one.id)");
        Equal("from top to bottom on a phone", string.Join(' ', order), "train plot loss-curves network-title rate");
        await Page.EvaluateExpressionAsync("document.getElementById('rate').scrollIntoView()");
        string seen = await Page.EvaluateExpressionAsync<string>("['train', 'steps', 'train-loss', 'accuracy'].filter(id => { const box = document.getElementById(id).getBoundingClientRect(); return box.top >= 0 && box.bottom < 80 && box.right <= innerWidth; }).join(' ')");
        Equal("in sight at the learning rate", seen, "train steps train-loss accuracy");
        string[] over = await Page.EvaluateExpressionAsync<string[]>(Overlaps);
        if (over.Length > 0) Problems.Add($"on a phone the numbers of the bar cover each other: {string.Join("; ", over)}");
        // The eight questions fill the window; what is asked for is below them.
        await Page.EvaluateExpressionAsync("document.getElementById('open-why').click()");
        await Until("on a phone the answer is in sight", async () => await Page.EvaluateExpressionAsync<bool>(
            "{ const top = document.getElementById('answer-why')?.getBoundingClientRect().top; top >= 0 && top < innerHeight / 2; }"));
        await Page.EvaluateExpressionAsync("document.getElementById('open-why').click()");
        string small = await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('main button, main select, main input:not([type=checkbox], [type=radio], [type=range])')].filter(one => { const box = one.getBoundingClientRect(); return box.width > 0 && box.height < 24; }).map(one => one.id || one.textContent).join(', ')");
        if (small.Length > 0) Problems.Add($"less than 24 pixels high: {small}");
        await Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });

        await Open("page=network&seed=1&view.panel=backward");
        await Page.WaitForSelectorAsync("#unit-1-1");
        Equal("stops of the Tab key among the neurons", await Page.EvaluateExpressionAsync<string>("String(document.querySelectorAll('.unit[tabindex=\"0\"]').length)"), "1");
        await Page.FocusAsync("#unit-1-1");
        foreach ((string key, string there) in new[] { ("ArrowDown", "unit-1-2"), ("ArrowRight", "unit-2-2"), ("ArrowUp", "unit-2-1") })
        {
            await Page.Keyboard.PressAsync(key);
            await Until($"{key} goes to {there}", async () => await Page.EvaluateExpressionAsync<string>("document.activeElement.id") == there);
        }
        if (await Page.QuerySelectorAsync(".crumbs") is null) Problems.Add("the way up from a neuron is not there");
        // A button that has nothing to do keeps the focus.
        await Open("page=network&seed=1&step=1");
        await Steps(1);
        await Page.FocusAsync("#reset");
        await Page.Keyboard.PressAsync("Enter");
        await Steps(0);
        Equal("the focus after Reset", await Page.EvaluateExpressionAsync<string>("document.activeElement.id"), "reset");

        // When it is laid out: twice the same, a while apart.
        async Task<double> Bar()
        {
            double height, before = -1;
            do
            {
                height = before;
                await Page.EvaluateExpressionAsync("new Promise(done => setTimeout(done, 200))");
                before = await Page.EvaluateExpressionAsync<double>("document.querySelector('.run').getBoundingClientRect().height");
            }
            while (before != height);
            return height;
        }

        async Task<double> At(string keys)
        {
            await Open($"page=network&seed=1&{keys}");
            await Until($"{keys} is reached", async () => keys.EndsWith($"step={await Text("#steps")}", StringComparison.Ordinal), 60_000);
            return await Bar();
        }
    }

    // Asserted is the work for each picture. Times are printed: other work on the machine would decide.
    async Task Fluid()
    {
        await Open("page=network&seed=1");
        await Page.ClickAsync("#train");
        await Page.EvaluateExpressionAsync("new Promise(done => setTimeout(done, 2000))");
        const string Now = "[...network.drawn(), performance.now(), Number(document.getElementById('steps').textContent)]";
        double[] before = await Page.EvaluateExpressionAsync<double[]>(Now);
        await Page.EvaluateExpressionAsync("""
            (window.longest = [], new PerformanceObserver(list => window.longest.push(...list.getEntries().map(one => one.duration))).observe({ entryTypes: ["longtask"] }),
              new Promise(done => setTimeout(done, 6000)))
            """);
        double[] after = await Page.EvaluateExpressionAsync<double[]>(Now);
        double[] longest = await Page.EvaluateExpressionAsync<double[]>("window.longest");
        await Page.ClickAsync("#train");
        double[] done = [.. after.Zip(before, (now, then) => now - then)];
        double seconds = done[3] / 1000;
        Console.WriteLine(Invariant($"      {done[0] / seconds:0.0} pictures, {done[2] / seconds:0.0} other parts and {done[4] / seconds:0} steps a second; {longest.Length} tasks of more than 50 ms, the longest {longest.DefaultIfEmpty(0).Max():0} ms"));
        if (done[4] <= 0 || done[0] < 5) Problems.Add("the network does not train");
        if (done[1] != 1024 * done[0]) Problems.Add(Invariant($"{done[1] / done[0]} points are computed for a picture, instead of 1024"));
        if (done[2] > done[0] + 1) Problems.Add(Invariant($"{done[2]} other parts are drawn with {done[0]} pictures: more than one with each"));
    }
}
