using MyTorch.Teaching;

namespace BrowserTests.Playground;

/// <summary>What all pages have around them: the way from page to page, the link to what is seen, "What is this?", the keys.</summary>
internal sealed class ShellTests(Learner learner) : PageTests(learner)
{
    public override async Task All()
    {
        await Test("the link of each page opens what is seen, also after other pages", Links);
        await Test("Back in the browser, to an address without a state", WayBack);
        await Test("nothing moves with the page that is open", Still);
        await Test("what is this? by keyboard and by ear", Explained);
        await Test("Escape leaves the projector when nothing else does", Escape);
        await Test("an address with values that cannot be used says so", Unusable);
    }

    // A state of each page that is not its first, as a person leaves it: by a field, a button or a choice.
    (string Page, string Title, Func<Task> Change, string Part)[] States() =>
    [
        ("function", "A function", () => Type("formula", "x1*x2+sin(x1)"), "f=x1*x2+sin(x1)"),
        ("shapes", "Shapes", () => Page.ClickAsync("#Y-0-1"), "at=Y,0,1"),
        ("network", "A network", () => Change("rate", "0.1"), "lr=0.1"),
        ("cost", "Cost", () => Page.ClickAsync(".sizes .quick button:nth-of-type(3)"), "n=1&m=100"),
        ("puzzles", "Puzzles", () => Page.ClickAsync($"#puzzle-{FormulaPuzzle.All[2].Id}"), FormulaPuzzle.All[2].Id),
        ("lessons", "Lessons", () => Page.ClickAsync(".lesson-list li:nth-child(3) a"), "lesson="),
    ];

    async Task Links()
    {
        await Open("page=function");
        await Page.EvaluateExpressionAsync("navigator.clipboard.writeText = async text => { window.copied = text; }");
        foreach ((string page, string title, Func<Task> change, string part) in States())
        {
            await Turn(title);
            await change();
            await Until($"{title}: the address has the change", async () => (await Hash()).Contains(part, StringComparison.Ordinal));
            string seen = await Hash();
            // By the row of pages to another one and back: the page is as it was left, and so is the link.
            await Turn(page == "cost" ? "Puzzles" : "Cost");
            await Turn(title);
            await Until($"{title}: the address again", async () => Bare(await Hash()) == Bare(seen));
            await Page.ClickAsync("#copy-link");
            await Until($"{title}: copied", async () => await Page.EvaluateExpressionAsync<bool>("!!window.copied"));
            string copied = await Page.EvaluateExpressionAsync<string>("{ const text = window.copied; window.copied = ''; text }");
            Equal($"{title}: the link", Bare(copied[(copied.IndexOf('#', StringComparison.Ordinal) + 1)..]), Bare(seen));
            await Open(copied[(copied.IndexOf('#', StringComparison.Ordinal) + 1)..]);
            Equal($"{title}: the link opened", Bare(await Hash()), Bare(seen));
        }
    }

    // A race goes on while the page is left.
    static string Bare(string address) => string.Join('&', address.Split('&').Where(part => !part.StartsWith("step=",
        StringComparison.Ordinal)));

    Task<string> Hash() => Page.EvaluateExpressionAsync<string>("decodeURIComponent(location.hash.slice(1))");

    async Task Turn(string title)
    {
        await Page.EvaluateFunctionAsync("title => [...document.querySelectorAll('.site nav a')].find(one => one.textContent === " +
            "title).click()", title);
        await Until($"{title} is open", async () => await Text(".site nav [aria-current]") == title);
    }

    Task Change(string id, string value) => Page.EvaluateFunctionAsync("""
        (id, value) => {
          const field = document.getElementById(id);
          field.value = value;
          field.dispatchEvent(new Event("change", { bubbles: true }));
        }
        """, id, value);

    async Task WayBack()
    {
        await Open(FunctionTests.Lecture + "&x1=2&x2=5");
        await Page.EvaluateExpressionAsync("history.replaceState(null, '', location.pathname)");
        await Turn("Shapes");
        await Page.GoBackAsync();
        await Until("the first page", async () => await Text(".site nav [aria-current]") == "A function");
        await Page.WaitForSelectorAsync("#formula");
        await Until("its address", async () => (await Hash()).StartsWith("f=", StringComparison.Ordinal));
        await Page.GoForwardAsync();
        await Until("forward again", async () => await Text(".site nav [aria-current]") == "Shapes");
        if (!(await Hash()).StartsWith("page=shapes&part=", StringComparison.Ordinal)) Problems.Add($"a page's address is {await Hash()}");
    }

    async Task Unusable()
    {
        foreach ((string address, string remark) in new[]
        {
            ("page=network&lr=0,5", "lr=0,5 in the address is not a number. The usual value is shown instead. Is lr=0.5 meant?"),
            ("page=network&opt=adamm", "opt=adamm in the address is not one of sgd, "),
            ("page=network&points=2.5", "points=2.5 in the address is not a whole number from 0."),
            ("f=x1*x2&x1=2,5&x2=5", "x1=2,5 in the address is not a number. The usual value is shown instead. Is x1=2.5 meant?"),
            ("page=shapes&part=layer&n=9", "n=9 in the address is not a whole number from 1 to 5."),
            ("page=shapes&part=layer&X=1,a", "X=1,a in the address is not a list of numbers from -1000000 to 1000000 with commas between them."),
            ("page=cost&n=12&m=2&diamonds=99", "diamonds=99 in the address is not a whole number from 1 to 30."),
            ("page=shapes&part=layers", "part=layers in the address is not one of layer, "),
            ("page=shapes&part=layer&at=dW,77,1", "at=dW,77,1 in the address is not a matrix, a row and a column of it, counted from 0, as dW,1,2."),
            ("page=shapes&part=chain&change.g=nothing", "change.g=nothing in the address is not one of "),
            ("page=lessons&lesson=99", "lesson=99 in the address is not one of all, 0, 1, "),
            ("page=puzzles&puzzle=nothing", "puzzle=nothing in the address is not one of "),
            ("page=nothing", "page=nothing in the address is not one of function, shapes, "),
            ("page=puzzles&drill=derivatives&level=7", "level=7 in the address is not a whole number from 1 to 3."),
        })
        {
            await Open(address);
            await Until(address, async () => (await Text(".address-remarks") ?? "").Contains(remark, StringComparison.Ordinal));
        }
        await Page.ClickAsync("#close-remarks");
        await Until("the remark is closed", async () => await Text(".address-remarks") == "");
        await Open("page=network&lr=0.5");
        await Until("0.5", async () => (await Hash()).Contains("lr=0.5", StringComparison.Ordinal));
        if (await Text(".address-remarks") != "") Problems.Add($"a right address is refused: {await Text(".address-remarks")}");
    }

    async Task Still()
    {
        var places = new HashSet<string>();
        foreach ((string page, string title, _, _) in States())
        {
            await Turn(title);
            // Its button says "Copied" for two seconds.
            if (page == "shapes") await Page.ClickAsync("#copy-link");
            places.Add(await Page.EvaluateExpressionAsync<string>(
                "[...document.querySelectorAll('.site nav a, .tools button')].map(one => " +
                    "Math.round(one.getBoundingClientRect().left)).join()"));
        }
        if (places.Count > 1) Problems.Add($"the head moves from page to page: {string.Join(" | ", places)}");
    }

    async Task Explained()
    {
        await Open(FunctionTests.Lecture + "&x1=2&x2=5");
        await Page.FocusAsync("#explain");
        await Page.Keyboard.PressAsync("Enter");
        await Page.WaitForSelectorAsync("#what");
        if ((await Text("#what .keys"))?.Contains("one step back or on", StringComparison.Ordinal) != true) Problems.Add(
            "the keys are not listed");
        // The panel follows the button, and then what has a frame.
        bool isReached = false;
        for (int i = 0; i < 5 && !isReached; i++)
        {
            await Page.Keyboard.PressAsync("Tab");
            isReached = await Page.EvaluateExpressionAsync<bool>("!!document.activeElement.closest('#what')");
        }
        if (!isReached) Problems.Add("the panel is not reached from its button");
        var words = new HashSet<string>();
        for (int i = 0; i < 60; i++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if (await Text("#what-says h2") is { } word) words.Add(word);
        }
        foreach (string word in new[] { "tangent", "partial adjoint", "chain rule", "node_to_grad", "topological order" })
            if (!words.Contains(word)) Problems.Add($"the Tab key does not reach {word}, but {string.Join(", ", words)}");
        await Page.EvaluateExpressionAsync("document.querySelector('.node[data-row=\"2\"] .adjoint').click()");
        await Until("by ear", async () => (await Text("#what-heard"))?.StartsWith(
            "adjoint: v̄₂ = ∂y/∂v₂ = 1.716. When x₂ grows by 0.01, y rises by about 0.01716.",
            StringComparison.Ordinal) == true);
        // This edge's own sentence, and a word that leads on.
        await Page.EvaluateExpressionAsync("document.querySelector('.on-wire[data-from=\"2\"][data-to=\"4\"]').click()");
        await Until("#what .here", "v₄ = v₁·v₂ uses v₂, and sends back v̄₄·v₁ = 1·2 = 2: its adjoint times v₁, its derivative by v₂.");
        await Page.EvaluateExpressionAsync("[...document.querySelectorAll('#what .word')].find(one => one.textContent === " +
            "'adjoint').click()");
        await Until("#what-says h2", "adjoint");
        await Page.EvaluateExpressionAsync("document.querySelector('#what .choose button').focus()");
        await Page.Keyboard.PressAsync("Enter");
        await Until("the panel closes", async () => await Page.QuerySelectorAsync("#what") is null);
        Equal("the focus is back", await Page.EvaluateExpressionAsync<string>("document.activeElement.id"), "explain");
    }

    async Task Escape()
    {
        await Open(FunctionTests.Lecture + "&x1=2&x2=5&view.row=2,4&view.projector=1");
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        const string Projector = "document.documentElement.dataset.projector ?? 'none'";
        await Page.Keyboard.PressAsync("Escape");
        Equal("first one level up", await Page.EvaluateExpressionAsync<string>(Projector), "true");
        await Page.Keyboard.PressAsync("Escape");
        await Until("the projector ends", async () => await Page.EvaluateExpressionAsync<string>(Projector) == "none");
    }
}
