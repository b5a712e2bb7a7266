using MyTorch.Teaching;

namespace MyTorch.Tests.Teaching;

/// <summary>Where a function has no value or no derivative, its trace says so; elsewhere it says nothing.</summary>
public class FunctionRemarkTests
{
    static IReadOnlyList<string> Remarks(string text, params double[] at) => FunctionTrace.Of(FunctionText.Parse(text), at).Remarks;

    [TestCase("ln(-x1)", new double[] { 2 }, "v3 = ln v2 has no value at v2 = -2")]
    [TestCase("1/(x1 - x1)", new double[] { 1 }, "v3 = 1/v2 is infinite at v2 = 0")]
    [TestCase("abs(x)", new double[] { 0 }, "has no derivative at v1 = 0: its slope is -1 to the left and 1 to the right. The engine takes ")]
    [TestCase("relu(x)", new double[] { 0 }, "its slope is 0 to the left and 1 to the right")]
    [TestCase("max(x1, x2)", new double[] { 3, 3 }, "its slope is 0 to the left and 1 to the right")]
    [TestCase("min(x1, x2)", new double[] { -3, -3 }, "its slope is 1 to the left and 0 to the right")]
    [TestCase("sqrt(x)", new double[] { 0 }, "has values on one side of v1 = 0 only")]
    [TestCase("x1^x1", new double[] { 0 }, "has no derivative at v1 = 0")]
    [TestCase("(-2)^x", new double[] { 3 }, "has no values beside v1 = 3")]
    public void A_place_without_a_derivative_is_named(string text, double[] at, string said) =>
        Assert.That(Remarks(text, at), Has.Count.EqualTo(1).And.One.Contains(said));

    [Test]
    public void What_follows_from_a_missing_value_is_not_told_again() => Assert.That(Remarks("y = ln(-x1); y*y + sin(y)", 2), Has.Count.EqualTo(1));

    // Steep, curved, tiny and large, and beside a kink, where a fixed step would already see its other side.
    [TestCase("1/x", 1e-4)]
    [TestCase("ln(x)", 1e-9)]
    [TestCase("abs(x)", 1e-8)]
    [TestCase("exp(x^2)", 4)]
    [TestCase("sin(1000*x)", 0.3)]
    [TestCase("x^3", 0)]
    [TestCase("x*1e12", 1e12)]
    [TestCase("sqrt(x)", 1e-6)]
    [TestCase("x^2.5", 1e-3)]
    public void A_derivative_has_no_remark(string text, double at) => Assert.That(Remarks(text, at), Is.Empty);

    [Test]
    public void The_gallery_has_none()
    {
        foreach (GalleryFunction one in FunctionGallery.All) Assert.That(Remarks(one.Text, [.. one.At]), Is.Empty, one.Name);
    }

    [Test]
    public void An_error_against_no_derivative_is_no_number()
    {
        FunctionWays ways = FunctionWays.Of(FunctionTrace.Of(FunctionText.Parse("ln(-x1)"), [2]), 0, 1e-3, DType.Float64);
        Assert.That(ways.Ways.Select(way => way.Error), Is.All.NaN);
        Assert.That(FunctionSecant.Of(FunctionTrace.Of(FunctionText.Parse("ln(-x1)"), [2]), 0, 1e-3, DType.Float64).Slope, Is.NaN);
    }

    [Test]
    public void A_mistake_is_named_beside_what_is_right()
    {
        FunctionTrace wrong = FunctionTrace.Of(FunctionText.Parse("ln(x1) + x1*x2 - sin(x2)"), [2, 5], new() { Overwrite = true });
        Assert.That(Walkthrough.Of(wrong, Sweep.Adjoints).Steps[^1].Text, Is.EqualTo("∂y/∂x1 = adj(v1) = 0.5, wrong: it is 5.5; ∂y/∂x2 = adj(v2) = 2, wrong: it is 1.716"));
        Assert.That(wrong.ChainText(2), Is.EqualTo("∂y/∂v5·∂v5/∂v2 + ∂y/∂v4·∂v4/∂v2"));
        Assert.That(wrong.Edges.Where(wrong.IsLost).Select(edge => (edge.User, edge.Input)), Is.EquivalentTo(new[] { (4, 1), (5, 2) }));
        Assert.That((wrong.Right.Rows[1].Adjoint!.Item(), wrong.Right.Right), Is.EqualTo((2 - Math.Cos(5), wrong.Right)));
        FunctionWay swept = FunctionWays.Of(wrong, 1, 1e-3, DType.Float64).Ways[3];
        Assert.That((swept.Value, swept.Error), Is.EqualTo((2.0, Math.Cos(5))).Within(1e-15));
    }
}
