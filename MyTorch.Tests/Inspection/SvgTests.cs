using System.Globalization;
using System.Xml.Linq;
using MyTorch.Inspection;

namespace MyTorch.Tests.Drawing;

public class SvgTests
{
    static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    internal static XElement Parse(TapeGraph graph) => XDocument.Parse(graph.ToSvg()).Root!;

    static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    static bool HasClass(XElement element, string name) => element.Attribute("class")?.Value.Split(' ').Contains(name) == true;

    /// <summary>
    /// No two boxes overlap, every text lies within a box, all of it within the picture, and no two texts on edges overlap.
    /// </summary>
    internal static void AssertReadable(TapeGraph graph)
    {
        XElement root = Parse(graph);
        double width = Number(root, "width"), height = Number(root, "height");
        var rects = root.Elements(Svg + "rect").Where(rect => HasClass(rect, "box"))
            .Select(rect => (X: Number(rect, "x"), Y: Number(rect, "y"), W: Number(rect, "width"), H: Number(rect, "height"))).ToArray();
        Assert.That(rects, Has.Length.EqualTo(graph.NodeCount + graph.Nodes.Count(node => node.Kind == NodeKind.Collapsed)));
        for (int i = 0; i < rects.Length; i++)
        {
            Assert.That(rects[i].X, Is.GreaterThanOrEqualTo(0));
            Assert.That(rects[i].X + rects[i].W, Is.LessThanOrEqualTo(width));
            Assert.That(rects[i].Y + rects[i].H, Is.LessThanOrEqualTo(height));
            for (int j = 0; j < i; j++)
            {
                // The second outline of a collapsed node lies 4 beside the first.
                bool twins = j == i - 1 && rects[i].W == rects[j].W && Math.Abs(rects[i].X + 4 - rects[j].X) < 0.02;
                bool apart = rects[i].X + rects[i].W <= rects[j].X || rects[j].X + rects[j].W <= rects[i].X
                    || rects[i].Y + rects[i].H <= rects[j].Y || rects[j].Y + rects[j].H <= rects[i].Y;
                Assert.That(apart || twins, Is.True, $"{rects[i]} {rects[j]}");
            }
        }
        foreach (XElement text in root.Elements(Svg + "text").Where(text => HasClass(text, "middle")))
        {
            // The advance of common monospaced fonts is 0.6 of their size, 13 for heads and 11.5 for the rest.
            double half = text.Value.Length * 0.602 * (HasClass(text, "head") ? 13 : 11.5) / 2, x = Number(text, "x"), y = Number(text, "y");
            Assert.That(rects.Any(rect => rect.X <= x - half && x + half <= rect.X + rect.W && rect.Y < y - 9 && y + 3 < rect.Y + rect.H), Is.True, text.Value);
        }
        AssertApart([.. root.Elements(Svg + "text").Where(text => HasClass(text, "partial"))]);
    }

    static void AssertApart(XElement[] texts)
    {
        for (int i = 0; i < texts.Length; i++)
            for (int j = 0; j < i; j++)
            {
                double width = (texts[i].Value.Length + texts[j].Value.Length) * 0.602 * 11.5 / 2;
                bool apart = Math.Abs(Number(texts[i], "x") - Number(texts[j], "x")) >= width || Math.Abs(Number(texts[i], "y") - Number(texts[j], "y")) >= 11.5;
                Assert.That(apart, Is.True, $"{texts[i]} {texts[j]}");
            }
    }

    [Test]
    public void BoxesStandApartAndHoldTheirTexts()
    {
        AssertReadable(Graphs.TrainingStep(adjoints: true));
        AssertReadable(Graphs.LectureWithAdjoints());
        AssertReadable(Graphs.Lecture());
        AssertReadable(Graphs.Extended());
        AssertReadable(Graphs.TrainingStep());
    }

    [Test]
    public void APictureHasATitleADescriptionAndADarkMode()
    {
        XElement root = Parse(Graphs.TrainingStep());
        XElement title = root.Element(Svg + "title")!, description = root.Element(Svg + "desc")!;
        Assert.That(title.Value, Is.EqualTo("Training step"));
        Assert.That(description.Value, Does.StartWith("5 operations, drawn as 10 nodes"));
        Assert.That(root.Attribute("aria-labelledby")!.Value, Is.EqualTo($"{title.Attribute("id")!.Value} {description.Attribute("id")!.Value}"));
        Assert.That(root.Element(Svg + "style")!.Value, Does.Contain("@media (prefers-color-scheme:dark)"));
    }

    [Test]
    public void TheExtensionDiffersInOutlineNotOnlyInColour()
    {
        TapeGraph graph = Graphs.Extended();
        XElement root = Parse(graph);
        Assert.That(root.Elements(Svg + "rect").Count(rect => HasClass(rect, "backward")), Is.EqualTo(graph.Nodes.Count(node => node.Pass > 0)).And.GreaterThan(5));
        Assert.That(root.Element(Svg + "style")!.Value, Does.Match(@"\.backward\{[^}]*stroke-dasharray"));
        Assert.That(root.Descendants(Svg + "text").Select(text => text.Value), Does.Contain("backward 1").And.Contains("recorded by createGraph"));
    }

    [Test]
    public void ASweepStandsBelowItsProgram()
    {
        XElement[] rects = [.. Parse(Graphs.Extended()).Elements(Svg + "rect")];
        double group = Number(rects.Single(rect => HasClass(rect, "group")), "y");
        Assert.That(rects.Where(rect => HasClass(rect, "operation")).Take(5).Max(rect => Number(rect, "y") + Number(rect, "height")), Is.LessThan(group));
    }

    [Test]
    public void EveryEdgeEndsInOneArrow()
    {
        foreach (TapeGraph graph in new[] { Graphs.Lecture(), Graphs.Extended(), Graphs.TrainingStep() })
            Assert.That(Parse(graph).Elements(Svg + "path").Count(path => HasClass(path, "arrow")), Is.EqualTo(graph.EdgeCount));
    }

    [Test]
    [SetCulture("de-DE")]
    public void NumbersHavePointsInEveryCulture() =>
        Assert.That(Parse(Graphs.Lecture()).Attribute("viewBox")!.Value, Does.Match(@"^0 0 \d+(\.\d+)? \d+(\.\d+)?$"));
}
