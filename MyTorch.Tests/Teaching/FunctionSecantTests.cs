using MyTorch.Teaching;

namespace MyTorch.Tests.Teaching;

public class FunctionSecantTests
{
    static readonly FunctionTrace s_lecture = FunctionTrace.Of(FunctionText.Parse("ln(x1) + x1*x2 - sin(x2)"), [2, 5]);

    [Test]
    public void The_curve_is_the_function_relative_to_the_point([Values(0.5, 1e-3)] double step)
    {
        FunctionSecant secant = FunctionSecant.Of(s_lecture, 1, step, DType.Float64);
        for (int i = 0; i < secant.At.Count; i++)
        {
            double x = 5 + secant.At[i] * step;
            Assert.That(secant.Curve[i], Is.EqualTo(2 * x - Math.Sin(x) - (10 - Math.Sin(5))).Within(1e-14));
        }
        Assert.That(secant.At, Is.Ordered);
        Assert.That(secant.At, Is.SupersetOf(new double[] { -1.5, -1, 0, 1, 1.5 }));
    }

    [Test]
    public void Secants_have_the_slopes_of_the_differences_and_the_tangent_that_of_the_adjoint([Values(0, 1)] int variable)
    {
        const double Step = 0.25;
        FunctionSecant secant = FunctionSecant.Of(s_lecture, variable, Step, DType.Float64);
        FunctionWays ways = FunctionWays.Of(s_lecture, variable, Step, DType.Float64);
        double Slope(IReadOnlyList<double> line) => (line[^1] - line[0]) / (3 * Step);
        Assert.That(Slope(secant.OneSided), Is.EqualTo(ways.Ways[0].Value!.Value).Within(1e-12));
        Assert.That(Slope(secant.Central), Is.EqualTo(ways.Ways[1].Value!.Value).Within(1e-12));
        Assert.That(Slope(secant.Tangent), Is.EqualTo(s_lecture.Rows[variable].Adjoint!.Item()).Within(1e-12));
        int middle = secant.At.Count / 2;
        Assert.That(secant.Tangent[middle], Is.Zero);
        Assert.That(secant.OneSided[middle], Is.Zero);
        Assert.That(secant.Curve[middle], Is.Zero);
    }

    [Test]
    public void A_step_below_the_type_gives_a_staircase()
    {
        FunctionSecant secant = FunctionSecant.Of(s_lecture, 1, 1e-7, DType.Float32);
        Assert.That(secant.Curve.Distinct().Count(), Is.LessThan(5), "near 5 a Float32 has neighbours 4.8e-7 apart");
        Assert.That(FunctionSecant.Of(s_lecture, 1, 1e-7, DType.Float64).Curve.Distinct().Count(), Is.GreaterThan(60));
    }

    [Test]
    public void Where_the_function_has_no_value_the_curve_has_none()
    {
        FunctionSecant secant = FunctionSecant.Of(FunctionTrace.Of(FunctionText.Parse("ln(x)"), [0.5]), 0, 1, DType.Float64);
        Assert.That(secant.Curve[0], Is.NaN);
        Assert.That(secant.Before, Is.NaN);
        Assert.That(secant.After, Is.EqualTo(Math.Log(1.5) - Math.Log(0.5)).Within(1e-15));
    }

    [Test]
    public void A_result_that_does_not_depend_on_the_variable_is_a_level_line()
    {
        FunctionTrace trace = FunctionTrace.Of(FunctionText.Parse("a = x1*x2; x2, a"), [2, 5]);
        FunctionSecant secant = FunctionSecant.Of(trace, 0, 0.1, DType.Float64);
        Assert.That(secant.Curve, Is.All.Zero);
        Assert.That(secant.Slope, Is.Zero);
    }

    [Test]
    public void Wrong_settings_are_named()
    {
        Assert.That(() => FunctionSecant.Of(s_lecture, 2, 0.1, DType.Float64),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("variable 2 of 2"));
        Assert.That(() => FunctionSecant.Of(s_lecture, 0, 0, DType.Float64),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("greater than 0"));
        Assert.That(() => FunctionSecant.Of(s_lecture, 0, 0.1, DType.Int64), Throws.Exception);
    }

    [Test]
    public void Other_differences_leave_the_other_ways()
    {
        FunctionWays ways = FunctionWays.Of(s_lecture, 1, 1e-2, DType.Float64), other = ways.At(1e-6, DType.Float32);
        FunctionWays direct = FunctionWays.Of(s_lecture, 1, 1e-6, DType.Float32);
        Assert.That(other.Ways, Is.EqualTo(direct.Ways));
        Assert.That((other.Step, other.ValueBefore, other.ValueAfter), Is.EqualTo((direct.Step, direct.ValueBefore, direct.ValueAfter)));
        Assert.That(other.Ways.Skip(2), Is.EqualTo(ways.Ways.Skip(2)));
        Assert.That(other.Ways[0], Is.Not.EqualTo(ways.Ways[0]));
        Assert.That(() => ways.At(-1, DType.Float64),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("greater than 0"));
    }

    [Test]
    public void An_adjoint_has_its_numbers_plugged_in()
    {
        Assert.That(s_lecture.AdjointText(2), Is.EqualTo("-cos v2 + v1").Or.EqualTo("adj(v5)·cos v2 + adj(v4)·v1"));
        Assert.That(s_lecture.AdjointPluggedIn(2), Is.EqualTo("(-1)·0.2837 + 1·2"));
        Assert.That(s_lecture.AdjointPluggedIn(1), Is.EqualTo("1·5 + 1·0.5"));
        Assert.That(s_lecture.AdjointPluggedIn(6), Is.EqualTo("1"));
        Assert.That(s_lecture.AdjointPluggedIn(7), Is.EqualTo("1"));
        Assert.That(FunctionTrace.Of(s_lecture.Function, [2, 5], new FunctionTraceOptions { Overwrite = true }).AdjointPluggedIn(2),
            Is.EqualTo("1·2"));
    }
}
