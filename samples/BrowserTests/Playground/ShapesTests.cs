using System.Globalization;
using MyTorch;
using MyTorch.Differentiation;
using MyTorch.Teaching;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>The page about shapes.</summary>
internal sealed class ShapesTests(Learner learner) : PageTests(learner)
{
    // Separate numbers, so that nothing is compared with what happens to be there.
    const string Layer = "page=shapes&part=layer&n=3&d=2&k=2&X=1,2,0,0,0,-1,0.5,0,0,0,3,-2&W=0.5,1,0,0,0,-1,2&b=0.1,0.2&dY=1,2,0,0,0,-1,0.5,0,0,0,2,1";

    static Tensor Matrix(double[,] numbers) => Tensor.From(numbers, DType.Float64);

    static LinearTrace Expected(double[,]? x = null) => LinearTrace.Of(
        Matrix(x ?? new double[,] { { 1, 2 }, { -1, 0.5 }, { 3, -2 } }), Matrix(new double[,] { { 0.5, 1 }, { -1, 2 } }),
        Tensor.From([0.1, 0.2], DType.Float64), Matrix(new double[,] { { 1, 2 }, { -1, 0.5 }, { 2, 1 } }));

    public override async Task All()
    {
        await Test("a newcomer clicks dW[1,2] and reads where it comes from", Newcomer);
        await Test("a layer: every matrix is the library's", Matrices);
        await Test("a layer: keys, changed numbers, sizes", Changes);
        await Test("a batch is a sum", Batch);
        await Test("both layouts", Layouts);
        await Test("neuron by neuron", Backward);
        await Test("a change of x, typed, slid and dragged", Change);
        await Test("Jacobians of every function", Chain);
        await Test("branches", Branches);
        await Test("mistakes", Mistakes);
        await Test("the address holds everything", Addresses);
        await Times();
        foreach (string part in new[] { "layer", "batch", "layouts", "backward", "change", "chain", "branches", "mistakes" })
            await Test($"{part}: windows, light and dark, axe", () => Windows($"shapes-{part}", $"page=shapes&part={part}&step=9"));
        await Test("matrices of five: windows", () => Windows("shapes-five", "page=shapes&part=layer&n=5&d=5&k=5&at=dX,3,1"));
    }

    async Task Newcomer()
    {
        await Open("page=shapes&part=layer&n=4&d=3&k=2&at=Y,0,0");
        await Page.ClickAsync("#dW-1-2");
        await Page.WaitForFunctionAsync("() => document.getElementById('where').textContent.startsWith('Row 1 of dYᵀ times column 2 of X. dW[1,2] = ')");
        Equal("in dY", string.Join(" ", await Marked("dY", "left")), "dY-0-1 dY-1-1 dY-2-1 dY-3-1");
        Equal("in X", string.Join(" ", await Marked("X", "right")), "X-0-2 X-1-2 X-2-2 X-3-2");
        double[] dy = await Column("dY", 1), x = await Column("X", 2);
        Equal("the number", await Text("#chosen-value"), Shown(dy.Zip(x, (a, b) => a * b).Sum()));
        Equal("terms", string.Join(" ", (await Cells(".terms tbody th")).Select(one => one[2..])), "dY[0,1]·X[0,2] dY[1,1]·X[1,2] dY[2,1]·X[2,2] dY[3,1]·X[3,2]");
        Equal("shapes", await Tex(".factors tex-math"), @"\underset{2\times 3}{dW} = \underset{2\times 4}{dY^{\mathrm T}}\cdot\underset{4\times 3}{X}");
        // Only a link looks like one.
        Equal("underlined, though no link", await Page.EvaluateExpressionAsync<string>(
            "[...document.querySelectorAll('main *')].filter(one => !one.closest('a, button') && getComputedStyle(one).textDecorationLine === 'underline').map(one => one.className || one.tagName).join(' ')"), "");
    }

    async Task Matrices()
    {
        await Open(Layer);
        await SameAs(Expected());
        foreach (LinearMatrix matrix in Enum.GetValues<LinearMatrix>().Where(one => !LinearTrace.IsGiven(one)))
        {
            LinearTrace layer = Expected();
            int rows = layer[matrix].Rank == 1 ? 1 : layer[matrix].Shape[0];
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < layer[matrix].Shape[^1]; c++)
                {
                    await Page.ClickAsync(Invariant($"#{LinearTrace.NameOf(matrix)}-{r}-{c}"));
                    ElementSum sum = layer.Element(matrix, r, c);
                    await Until("#where", $"{char.ToUpperInvariant(sum.Words[0])}{sum.Words[1..]}. {sum.Element.Name} = {sum.Numbers.Replace('-', '−')} = {Shown(sum.Element.Value)}");
                    Equal(sum.Text, string.Join(" + ", (await Cells(".terms tbody th")).Select(one => one[2..])), string.Join(" + ", sum.Terms.Select(term => term.Text)));
                    Equal($"{sum.Element.Name} in the table", await Text("#element-sum"), Shown(sum.Element.Value));
                }
        }
    }

    async Task Changes()
    {
        await Open(Layer);
        await Page.ClickAsync("#X-0-0");
        await Until("#where", "X[0,0] is given. It goes into Y[0,0], Y[0,1], dW[0,0], dW[1,0].");
        await Page.Keyboard.PressAsync("ArrowDown");
        await Page.Keyboard.PressAsync("ArrowRight");
        await Until(".why h3 code", "X[1,1]");
        await Page.Keyboard.PressAsync("Enter");
        await Page.WaitForSelectorAsync("#X-edit");
        await Page.Keyboard.DownAsync("Control");
        await Page.Keyboard.PressAsync("a");
        await Page.Keyboard.UpAsync("Control");
        await Page.Keyboard.TypeAsync("-4.25");
        await Page.Keyboard.PressAsync("Enter");
        await Until("#X-1-1", "−4.25");
        await SameAs(Expected(new double[,] { { 1, 2 }, { -1, -4.25 }, { 3, -2 } }));
        Equal("the focus stays", await Page.EvaluateExpressionAsync<string>("document.activeElement.id"), "X-1-1");
        await Type("entry-slide", "1.5");
        await Until("#X-1-1", "1.5");
        await SameAs(Expected(new double[,] { { 1, 2 }, { -1, 1.5 }, { 3, -2 } }));
        await Page.EvaluateExpressionAsync("document.querySelector('input[name=size-n][aria-label=\"N = 1\"]').click()");
        await Page.WaitForFunctionAsync("() => document.querySelectorAll('#X tbody tr').length === 1");
        Equal("dX has X's shape", await Text("#dX .shape"), "1×2");
        await Page.EvaluateExpressionAsync("document.querySelector('input[name=size-n][aria-label=\"N = 3\"]').click()");
        await Until("#X-1-1", "1.5");
    }

    async Task Batch()
    {
        await Open(Layer.Replace("part=layer", "part=batch&added=0", StringComparison.Ordinal));
        LinearTrace layer = Expected();
        for (int n = 1; n <= 3; n++)
        {
            await Page.ClickAsync("#added-forth");
            await Page.WaitForFunctionAsync("n => document.getElementById('added').value == n", n);
            Equal(Invariant($"dW of {n}"), string.Join(" ", await Cells("#so-far td")), Row(layer.Part(0, n)[LinearMatrix.DW]));
            Equal(Invariant($"db of {n}"), string.Join(" ", await Cells("#so-far-b td")), Row(layer.Part(0, n)[LinearMatrix.DB]));
            Equal(Invariant($"what example {n - 1} adds"), string.Join(" ", await Cells(Invariant($"#adds-{n - 1} td"))), Row(layer.Part(n - 1, 1)[LinearMatrix.DW]));
        }
        Equal("in the end", string.Join(" ", await Cells("#so-far td")), Row(layer[LinearMatrix.DW]));
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("Home");
        await Until("#batch-says", "No example has been added yet: dW and db are 0. Press ▶ or →.");
    }

    async Task Layouts()
    {
        await Open(Layer.Replace("part=layer", "part=layouts&example=2", StringComparison.Ordinal));
        LectureDerivatives lecture = Expected().Lecture(2);
        LinearTrace code = Expected().Part(2, 1);
        Equal("∇ₓL", string.Join(" ", await Cells("#l-x td")), Row(lecture.ByX));
        Equal("∇_W L", string.Join(" ", await Cells("#l-dw td")), Row(lecture.ByW));
        Equal("dX", string.Join(" ", await Cells("#c-dx td")), Row(code[LinearMatrix.DX]));
        Equal("dW", string.Join(" ", await Cells("#c-dw td")), Row(code[LinearMatrix.DW]));
        await Page.ClickAsync("#l-dw-1-0");
        await Page.WaitForSelectorAsync("#c-dw-0-1.chosen");
        Equal("transposed", await Text("#c-dw-0-1"), await Text("#l-dw-1-0") ?? "");
        await Page.ClickAsync("#c-dw-1-0");
        await Page.WaitForSelectorAsync("#l-dw-0-1.chosen");
        Equal("shape of the derivative", await Text("#l-dw .shape"), "2×2");
        await Open("page=shapes&part=layouts&n=4&d=3&k=2");
        Equal("shapes", $"{await Text("#l-dw .shape")} {await Text("#c-dw .shape")} {await Text("#l-x .shape")}", "3×2 2×3 1×3");
    }

    async Task Backward()
    {
        await Open("page=shapes&part=backward&n=4&d=3&k=2");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync("Home");
        // The page's network, as its numbers say.
        LayerWalk walk = LayerWalk.Of(
            [Tensor.From([0.5, -1, 1, 0.5, -0.5, 1], [3, 2], DType.Float64), Tensor.From([1, -0.5, 0.5, -1, 0.5, 1], [2, 3], DType.Float64)],
            [Tensor.From([0.1, -0.2, 0.4], DType.Float64), Tensor.From([0, 0.3], DType.Float64)], Tensor.From([1, 0.5], DType.Float64), Tensor.From([1, -1], DType.Float64));
        foreach (LayerStep step in walk.Steps)
        {
            await Page.Keyboard.PressAsync("ArrowRight");
            await Until("#walk-numbers", step.Numbers.Replace('-', '−'));
            Equal("formula", await Tex("#walk-says tex-math"), @"\displaystyle " + step.Tex);
            Equal("lit", await Tex(".formulas .now tex-math"), @"\displaystyle " + LayerWalk.TexOf(step.Formula));
            if (step is { Formula: LayerFormula.ByW, I: > 0 }) Equal("in code", await Text(Invariant($"#walk-w{step.Layer} td.chosen")), Shown(step.Value));
        }
        Equal("all weights are known", Invariant($"{(await Cells("#walk-w1 td, #walk-w2 td, #walk-b1 td, #walk-b2 td")).Count(one => one.Length > 0)}"), "17");
    }

    async Task Change()
    {
        await Open("page=shapes&part=change&change.own=x1*x2%2B sin(x1)&change.x=1,2&dx=0.5,-0.5");
        await SameChange("x1*x2+sin(x1)", [1, 2], [0.5, -0.5]);
        await Type("change-d-0", "1.2");
        await Page.WaitForFunctionAsync("() => document.querySelector('#delta td').textContent.trim() === '1.2'");
        await SameChange("x1*x2+sin(x1)", [1, 2], [1.2, -0.5]);
        Equal("the gradient is the transpose", string.Join(" ", await Cells("#gradient td")), string.Join(" ", await Cells("#derivative td")));
        Equal("its shape", $"{await Text("#derivative .shape")} {await Text("#gradient .shape")}", "1×2 2×1");
        // From the tip to the point (-0.5, 1) of the plane.
        double[] box = await Page.EvaluateExpressionAsync<double[]>("(() => { document.querySelector('.plane').scrollIntoView(); const r = document.querySelector('.plane svg').getBoundingClientRect(); return [r.left, r.top, r.width]; })()");
        await Page.Mouse.MoveAsync((decimal)(box[0] + (180 + 1.2 * 80) / 360 * box[2]), (decimal)(box[1] + (180 + 0.5 * 80) / 360 * box[2]));
        await Page.Mouse.DownAsync();
        await Page.Mouse.MoveAsync((decimal)(box[0] + (180 - 0.5 * 80) / 360 * box[2]), (decimal)(box[1] + (180 - 80) / 360 * box[2]), new PuppeteerSharp.Input.MoveOptions { Steps = 4 });
        await Page.Mouse.UpAsync();
        await Page.WaitForFunctionAsync("() => Math.abs(Number(document.querySelector('#delta td').textContent.replace('−', '-')) + 0.5) < 0.03");
        double[] dragged = [.. (await Cells("#delta td")).Select(Read)];
        await SameChange("x1*x2+sin(x1)", [1, 2], dragged);
        await Type("change-own", "x1*");
        await Page.WaitForSelectorAsync("#change-says strong");
        Equal("the last function stays", Invariant($"{(await Cells("#derivative td")).Length}"), "2");
        await Type("change-own", "x1*x2, x2^2, x1");
        await Page.WaitForFunctionAsync("() => document.querySelectorAll('#derivative tbody tr').length === 3");
        await SameChange("x1*x2, x2^2, x1", [1, 2], dragged);
    }

    async Task SameChange(string text, double[] x, double[] change)
    {
        PredictedChange expected = VectorFunction.Of(FunctionText.Parse(text)).Change(Tensor.From(x, DType.Float64), Tensor.From(change, DType.Float64));
        Equal("∇ₓy", string.Join(" ", await Cells("#derivative td")), Row(expected.Derivative));
        Equal("predicted", string.Join(" ", await Cells("#predicted td")), Row(expected.Predicted));
        Equal("true", string.Join(" ", await Cells("#actual td")), Row(expected.Actual));
    }

    async Task Chain()
    {
        Tensor x = Tensor.From([0.3, -0.6, 1.2], DType.Float64), w = Matrix(new double[,] { { 0.5, 1, -1 }, { -1, 2, 0.25 } });
        foreach ((string name, VectorFunction g) in new (string, VectorFunction)[]
        {
            ("tanh", VectorFunction.Tanh(3)), ("softmax", VectorFunction.Softmax(3)), ("product", VectorFunction.Product(w)), ("layer", VectorFunction.Layer(w)),
            ("own", VectorFunction.Of(FunctionText.Parse("x1*x2 + x3, exp(x2)"))),
        })
        {
            await Open($"page=shapes&part=chain&chain.g={name}&chain.own=x1*x2%2Bx3,exp(x2)&chain.x=0.3,-0.6,1.2&W=0.5,1,-1,0,0,-1,2,0.25&m=3&up=1,2,3,0,0,-1,0.5,1,0,0,2,0,-2&product=2,1");
            Tensor upstream = Matrix(new double[,] { { 1, 2, 3 }, { -1, 0.5, 1 }, { 2, 0, -2 } })[.., ..g.Outputs];
            ChainTrace chain = ChainTrace.Of([g], x, upstream);
            Equal($"{name}: Jacobian", string.Join(" ", await Cells("#jacobian td")), Row(Differentiate.Jacobian(g.Apply, x)));
            Equal($"{name}: product", string.Join(" ", await Cells("#product td")), Row(chain.Product));
            Equal($"{name}: chosen", await Text("#chain-value"), Shown(chain.Product.Item(2, 1)));
            await Page.ClickAsync("#product-1-2");
            await Until("#chain-value", Shown(chain.Product.Item(1, 2)));
            Equal($"{name}: passes", (await Text("#cost"))?.Contains(Invariant($"takes {CountedJacobian.ByReverseMode(g.Apply, x).Passes} backward passes"), StringComparison.Ordinal).ToString(), "True");
        }
        await Page.ClickAsync("#up-1-0");
        await Page.Keyboard.PressAsync("Enter");
        await Page.WaitForSelectorAsync("#up-edit");
        await Page.Keyboard.PressAsync("Escape");
        await Page.WaitForFunctionAsync("() => !document.getElementById('up-edit')");
    }

    async Task Branches()
    {
        await Open("page=shapes&part=branches&branches=skip,sin&point=0.2,0.4,-1&depth=7");
        Tensor x = Tensor.From([0.2, 0.4, -1], DType.Float64), ones = Tensor.Ones([1, 3], DType.Float64);
        VectorFunction skip = VectorFunction.Identity(3), sin = VectorFunction.Sin(3), softmax = VectorFunction.Softmax(3);
        Equal("the unit matrix", string.Join(" ", await Cells("#branch-0 td")), Row(Tensor.Eye(3, DType.Float64)));
        Equal("x + sin x", string.Join(" ", await Cells("#summed td")), Row(ChainTrace.Of([skip, sin], x, ones).Derivative));
        Equal("with", await Text("#with-skip"), Shown(Length(VectorFunction.Sum([skip, sin]).Repeated(7))));
        Equal("without", await Text("#without-skip"), Shown(Length(sin.Repeated(7))));
        await Page.ClickAsync("#branch-softmax");
        await Page.WaitForSelectorAsync("#branch-2");
        Equal("x + sin x + softmax x", string.Join(" ", await Cells("#summed td")), Row(ChainTrace.Of([skip, sin, softmax], x, ones).Derivative));
        await Page.ClickAsync("#branch-skip");
        await Page.WaitForFunctionAsync("() => !document.getElementById('branch-2')");
        Equal("sin x + softmax x", string.Join(" ", await Cells("#summed td")), Row(ChainTrace.Of([sin, softmax], x, ones).Derivative));
        await Page.ClickAsync("#summed-2-1");
        await Until("#summed-value", Shown(softmax.Derivative(x).Item(2, 1)));

        double Length(VectorFunction f) => Math.Sqrt(Differentiate.Vjp(f.Apply, x, Tensor.Ones([3], DType.Float64)).Square().Sum().Item());
    }

    async Task Mistakes()
    {
        await Open("page=shapes&part=mistakes&n=4&d=3&k=2");
        LinearTrace layer = LinearTrace.Of(Tensor.Ones([4, 3], DType.Float64), Tensor.Ones([2, 3], DType.Float64), Tensor.Ones([2], DType.Float64), Tensor.Ones([4, 2], DType.Float64));
        for (int i = 0; i < ShapeMistake.All.Count; i++)
        {
            await Page.ClickAsync(Invariant($"#mistake-{i}"));
            await Until("#mistake-says", $"Error. {ShapeMistake.All[i].Run(layer).Error}");
        }
        await Open("page=shapes&part=mistakes&n=3&d=3&k=3&mistake=0");
        if ((await Text("#mistake-says"))?.Contains("a wrong result", StringComparison.Ordinal) != true) Problems.Add("equal sizes hide the mistake, and the page does not say so");
    }

    async Task Addresses()
    {
        await Open(Layer + "&at=dX,2,1");
        Equal("chosen", await Text(".why h3 code"), "dX[2,1]");
        string address = await Page.EvaluateExpressionAsync<string>("location.hash.slice(1)");
        await Open("page=shapes&part=layer&n=1&d=1&k=1&at=Y,0,0");
        await Until(".why h3 code", "Y[0,0]");
        await Open(address);
        Equal("chosen again", await Text(".why h3 code"), "dX[2,1]");
        await SameAs(Expected());
        await Page.ClickAsync(".parts li:nth-child(2) a");
        await Page.WaitForSelectorAsync("#so-far");
        if (!(await Page.EvaluateExpressionAsync<string>("location.hash")).Contains("X=1,2", StringComparison.Ordinal)) Problems.Add("another part's address has lost the numbers");
        await Page.ClickAsync(".parts li:nth-child(1) a");
        await Until(".why h3 code", "dX[2,1]");
        await Open("page=shapes&part=layer&n=99&d=x&at=dW,77,1&X=1,nonsense,3");
        Equal("nonsense in an address", await Text("#X .shape"), "4×3");
    }

    // Times are printed, not judged: the machine may be busy.
    async Task Times()
    {
        foreach (string sizes in new[] { "n=4&d=3&k=2", "n=5&d=5&k=5" })
        {
            await Open("page=shapes&part=layer&" + sizes);
            double[] times = await Page.EvaluateExpressionAsync<double[]>("""
                (async () => {
                  const times = [];
                  for (const id of ["dW-0-1", "dX-1-1", "Y-2-0", "dW-1-2", "X-0-0"]) {
                    const start = performance.now();
                    document.getElementById(id).click();
                    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                    times.push(performance.now() - start);
                  }
                  return times;
                })()
                """);
            Console.WriteLine(Invariant($"      from a click to the picture, {sizes}: {string.Join(", ", times.Select(time => time.ToString("0", CultureInfo.InvariantCulture)))} ms"));
        }
    }

    async Task SameAs(LinearTrace layer)
    {
        foreach (LinearMatrix matrix in Enum.GetValues<LinearMatrix>())
            Equal(LinearTrace.NameOf(matrix), string.Join(" ", await Cells($"#{LinearTrace.NameOf(matrix)} td")), Row(layer[matrix]));
    }

    // What the cells show, without the numbers of the terms.
    Task<string[]> Cells(string selector) => Page.EvaluateFunctionAsync<string[]>(
        "selector => [...document.querySelectorAll(selector)].map(cell => { const copy = cell.cloneNode(true); if (cell.matches('td')) copy.querySelectorAll('sup').forEach(one => one.remove()); return copy.textContent.trim(); })", selector);

    Task<string[]> Marked(string matrix, string mark) =>
        Page.EvaluateFunctionAsync<string[]>("(id, mark) => [...document.querySelectorAll(`#${id} td.${mark}`)].map(cell => cell.id)", matrix, mark);

    async Task<double[]> Column(string matrix, int column) => [.. (await Cells($"#{matrix} td[data-c=\"{column}\"]")).Select(Read)];

    static double Read(string text) => double.Parse(text.Replace('−', '-'), CultureInfo.InvariantCulture);

    static string Row(Tensor tensor) => string.Join(" ", tensor.ToArray().Select(Shown));

    static string Shown(double number) => FunctionTrace.Shown(number).Replace('-', '−');
}
