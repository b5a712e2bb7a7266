using System.Text;
using MyTorch.Inspection;

namespace MyTorch.Tests.Drawing;

/// <summary>The pictures that stand in the lessons' folder, and the page that says in text what each shows.</summary>
public class PictureTests
{
    const string Folder = "samples/lessons/pictures/";

    static readonly (string File, string What, TapeGraph Graph)[] s_pictures =
    [
        ("lecture", "The lecture's function. Values are computed along the arrows. Adjoints are computed against them: the number on an arrow is the partial adjoint, " +
            "what a user of a value contributes to it; `adj` is their sum.",
            Graphs.LectureWithAdjoints(new TapeGraphOptions { Title = "y = ln x1 + x1 x2 - sin x2 at (2, 5)" })),
        ("training-step", "One step of training a small network: from a batch the layers compute the loss; Backward has stored a gradient in each parameter.",
            Graphs.TrainingStep()),
        ("extended-graph", "The same function as the first, after `Gradients(…, createGraph: true)`: the operations of the sweep (dashed) are recorded too, so they can be differentiated again.",
            Graphs.Extended(new TapeGraphOptions { Title = "The same, extended by its own sweep" })),
        ("step-cost", "The training step again. The bar of an operation shows the bytes that it keeps for the backward pass, as a share of the largest; an array that " +
            "two rules read is counted at the first.",
            Graphs.StepCost(new TapeGraphOptions { Title = "What a training step keeps" }, StepCostPart.SavedBytes)),
    ];

    static IEnumerable<TestCaseData> Pictures() => s_pictures.Select(picture => new TestCaseData(picture.File, picture.Graph).SetArgDisplayNames(picture.File));

    [TestCaseSource(nameof(Pictures))]
    public void ThePictureIsWhatTheCodeDraws(string file, TapeGraph graph)
    {
        SvgTests.AssertReadable(graph);
        GeneratedFile.AssertIs($"{Folder}{file}.svg", graph.ToSvg());
    }

    [Test]
    public void ThePageSaysInTextWhatThePicturesShow()
    {
        var page = new StringBuilder("# Pictures of tapes\n\nDrawn by `TapeGraph.Of(autograd).ToSvg()`, and the same as text by `ToText()`. A test writes both.\n");
        foreach ((string file, string what, TapeGraph graph) in s_pictures)
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n## {graph.Title}\n\n{what}\n\n![{graph.Title}]({file}.svg)\n\n```text\n{graph.ToText().TrimEnd()}\n```\n");
        GeneratedFile.AssertIs($"{Folder}README.md", page.ToString());
    }
}
