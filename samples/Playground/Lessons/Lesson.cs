using System.Globalization;
using MyTorch.Teaching;

namespace Playground.Lessons;

/// <summary>A lesson in the list.</summary>
/// <param name="Name">The name of its file without <c>.cs</c>.</param>
/// <param name="Title">Its title.</param>
/// <param name="Sentence">What it shows.</param>
/// <param name="Elsewhere">
/// States of other pages that show the same, beside those of the lecture's parts that name it: text and address.
/// </param>
public sealed record Lesson(string Name, string Title, string Sentence, params (string Text, string Address)[] Elsewhere)
{
    /// <summary>The lessons in their order, then the pages beside them.</summary>
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new("00-tensors", "Tensors", "Shapes, broadcasting, the matrix product: the arrays that everything else is made of."),
        new("01-a-function-is-a-sequence", "A function is a sequence",
            "A formula becomes a list of simple operations, and more than one order of them is right."),
        new("02-forward-mode", "Forward mode",
            "Tangents follow the values, and one pass gives the derivatives with respect to one input."),
        new("03-reverse-mode", "Reverse mode", "Adjoints go from the result back to the inputs, and where paths meet they are added."),
        new("04-the-algorithm", "The algorithm",
            "A complete engine in forty lines agrees with MyTorch on a thousand random graphs, and a network learns on it.",
            ("A chain of diamonds: why a sweep does not follow each path", "page=cost&n=4&m=2&diamonds=10")),
        new("05-why-backward", "Why backward?",
            "Passes are counted: reverse mode needs one for each output, forward mode one for each input.") { Seconds = 10 },
        new("06-numerical-differentiation", "Numerical differentiation",
            "A smaller step is better, until rounding makes it worse: the error has the shape of a V."),
        new("07-symbolic-differentiation", "Symbolic differentiation",
            "Formulas of derivatives are exact, and grow; multiplications are counted to see how much."),
        new("08-shapes-and-the-chain-rule", "Shapes and the chain rule",
            "A derivative is a matrix, its gradient the transpose: the chain rule can be checked by shapes alone.",
            ("The lecture's layout and the code's, side by side", "page=shapes&part=layouts"),
            ("Shapes that are confused, and what the library says", "page=shapes&part=mistakes")),
        new("09-training", "Training",
            "Forward, loss, backward, step: the backward pass is written as loops, and equals the engine's gradients.",
            ("The loops of the backward pass, neuron by neuron", "page=shapes&part=backward"),
            ("What is each of the four lines for?", "page=network&view.panel=lines")),
        new("10-extending-the-graph", "Extending the graph",
            "Gradients that are recorded can be differentiated again: second derivatives, and Newton's method."),
        new("11-spirals", "Spirals", "A network draws the boundary between two spirals while it learns them.",
            ("Two spirals, with every weight and picture", "page=network&data=spirals")) { Seconds = 6 },
        new("12-the-real-engine", "The real engine",
            "From lesson 4 to MyTorch, part by part: what each part costs, and what it saves.") { Seconds = 15 },
        new("13-what-a-step-costs", "What a step costs", "Bytes and multiply-adds of a training step are counted, for each operation.",
            ("A drill: count them yourself", "page=puzzles&drill=costs&level=1&seed=1")),
        new("layers-and-tape", "By layers and by tape",
            "The homework's two forms side by side: the same network twice, with the same gradients.",
            ("The same for a network of your own", "page=network&view.panel=twice")),
        new("numpy", "NumPy and C#", "C# and MyTorch for people who know NumPy, expression by expression."),
    ];

    /// <summary>About how long it takes in a browser, in seconds; 0 if that need not be said.</summary>
    public int Seconds { get; init; }

    /// <summary>The name in an address: 4, or numpy.</summary>
    public string Key => char.IsDigit(Name[0])
        ? int.Parse(Name[..2], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
        : Name;

    /// <summary>The parts of the lecture that it shows.</summary>
    public IEnumerable<LecturePart> Parts => LecturePart.All.Where(part => part.Lesson == Name + ".cs");

    /// <summary>Finds a lesson by its key; null if there is none.</summary>
    public static Lesson? Find(string? key) => All.FirstOrDefault(one => one.Key == key || one.Name == key);
}
