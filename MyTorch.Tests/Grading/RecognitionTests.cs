using MyTorch.Check;
using MyTorch.Probes;

namespace MyTorch.Tests.Grading;

/// <summary>What the page about a failing check recognises in a wrong array, and that it recognises nothing where there is nothing.</summary>
public sealed class RecognitionTests
{
    static readonly Tolerance s_tolerance = new(1e-8, 1e-6);

    static Returned Array(int[] shape, params double[] values) => new("dW", shape, "Float64", values);

    static string Of(Returned got, Returned expected, params Returned[] given) => Recognition.Of(got, expected, given, s_tolerance);

    [Test]
    public void ATransposeIsMirrored() =>
        Assert.That(Of(Array([3, 2], 1, 4, 2, 5, 3, 6), Array([2, 3], 1, 2, 3, 4, 5, 6)), Does.Contain("transpose").And.Contains("<svg"));

    [TestCase(2.0, "2 times")]
    [TestCase(0.25, "1/4 of")]
    [TestCase(-1.0, "wrong sign")]
    public void AConstantFactorIsNamed(double factor, string words) => Assert.That(
        Of(Array([3], factor, 2 * factor, -5 * factor), Array([3], 1, 2, -5)), Does.Contain(words).And.Contains("<svg"));

    [Test]
    public void ASumOverAnotherDimensionIsNamedWithoutTheRightOne()
    {
        Returned given = new("dY", [2, 3], "Float64", [1, 2, 3, 4, 5, 6]);
        string said = Of(Array([2], 6, 15), Array([3], 5, 7, 9), given);
        Assert.That(said, Does.Contain("sum over dimension 1 of dY").And.Contains("<svg").And.Not.Contain("dimension 0"));
    }

    [Test]
    public void NothingIsMadeUp() => Assert.That(Of(Array([3], 1, 2, 4), Array([3], 1, 2, 3)), Is.Empty);
}
