using System.Globalization;
using MyTorch.Teaching;
using static System.FormattableString;

namespace BrowserTests.Playground;

/// <summary>The instructors' page: each part of the lecture opens a page on which a change is answered by other numbers.</summary>
internal sealed class InstructorTests(Learner learner) : PageTests(learner)
{
    public override async Task All()
    {
        await Test("instructors: fifteen parts with a question each", Parts);
        foreach (LecturePart part in LecturePart.All) await Test($"instructors: part {part.Number}, {part.Title}", () => Changes(part));
        await Test("instructors: windows, light and dark, axe", () => Windows("instructors", "page=instructors"));
    }

    async Task Parts()
    {
        await Open("page=instructors");
        await Page.WaitForSelectorAsync(".course li");
        string[] shown = await Page.EvaluateExpressionAsync<string[]>("""
            [...document.querySelectorAll('.course > li')].map(part => {
              const text = selector => part.querySelector(selector).textContent;
              return `${text('.lesson-number')} ${text('h2')} ${part.querySelector('.open').getAttribute('href')} ${text('.minutes')}`;
            })
            """);
        Equal("the parts", string.Join("\n", shown),
            string.Join("\n", LecturePart.All.Select(part => Invariant($"{part.Number} {part.Title} #{part.Address} {part.Minutes} min"))));
    }

    async Task Changes(LecturePart part)
    {
        await Open("page=instructors");
        // A lesson that ran before would print the same numbers again.
        if (part.Number == 15) await Page.ReloadAsync();
        await Page.WaitForSelectorAsync($"#part-{Text(part.Number)} .open");
        await Page.ClickAsync($"#part-{Text(part.Number)} .open");
        (string Page, string Watched, Func<Task> Change) seen = part.Number switch
        {
            1 => ("#formula", "#v1", () => Press("ArrowRight")),
            2 => ("#formula", "#v7", () => Type("slide-x1", "3")),
            3 => ("#formula", "#t7", () => Press("End")),
            4 => ("#formula", "#a2", () => Press("End")),
            5 => ("#formula", "#l2", () => Page.ClickAsync("#overwrite")),
            6 => ("#formula", "table.values", () => Press("ArrowRight")),
            7 => ("#ways", "#ways", () => Set("size-m", "12")),
            8 => ("#ways-h", "#h", () => Type("ways-h", "-10")),
            9 => ("#sizes", "#sizes", () => Type("growth", "30")),
            10 => ("#predicted", "#predicted", () => Type("change-d-0", "1.2")),
            11 => ("#product", "#product", () => Type("chain-x-0", "1.4")),
            12 => ("#one-step", "#loss", () => Page.ClickAsync("#one-step")),
            13 => ("#answer-backward", "#answer-backward", () => Page.ClickAsync("#one-step")),
            14 => ("#hessian", "#hessian", () => Type("slide-x1", "3")),
            _ => ("#run-lesson", ".printed", () => Page.ClickAsync("#run-lesson")),
        };
        (string page, string watched, Func<Task> change) = seen;
        await Page.WaitForSelectorAsync(page);
        // What the page computes when it opens is there first.
        await Task.Delay(400);
        string before = await Text(watched) ?? "";
        await change();
        await Until($"{watched}, \"{before}\" at first, is other numbers",
            async () => await Text(watched) is { } now && now != before && now.Any(char.IsAsciiDigit), 40_000);
        if (part.Number == 2) Equal("y at x1 = 3", await Text("#v7"), FunctionTrace.Shown(Trace(3).Rows[^1].Value.Item()));
        if (part.Number == 4) Equal("the adjoint of x2", await Text("#a2"), FunctionTrace.Shown(Trace(2).Rows[1].Adjoint!.Item()));
    }

    static FunctionTrace Trace(double x1) => FunctionTrace.Of(FunctionText.Parse("ln(x1)+x1*x2-sin(x2)"), [x1, 5]);

    async Task Press(string key)
    {
        await Page.EvaluateExpressionAsync("document.activeElement.blur()");
        await Page.Keyboard.PressAsync(key);
    }

    Task Set(string id, string value) => Page.EvaluateFunctionAsync("""
        (id, value) => {
          const field = document.getElementById(id);
          field.value = value;
          field.dispatchEvent(new Event("change", { bubbles: true }));
        }
        """, id, value);

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
