using System.Globalization;
using MyTorch.Differentiation;

namespace MyTorch.Tests.Differentiation;

public class NumericalTests
{
    static Tensor X(params double[] values) => Tensor.From(values, DType.Float64);

    static Tensor Lecture(Tensor x) => x[0].Log() + x[0] * x[1] - x[1].Sin();

    // Many coordinates at once: the largest of their rounding errors moves less from step to step than a single one.
    static Tensor Wavy(Tensor x) => (x.Sin().Exp() * (1 + x.Square())).Sum();

    static Tensor Many() => Tensor.From([.. Enumerable.Range(1, 20).Select(i => 0.1 * i)], DType.Float64);

    [TestCase(Difference.Central, 1e-9)]
    [TestCase(Difference.OneSided, 1e-7)]
    public void TheLecturesGradientToWhatTheDifferencePromises(Difference difference, double error)
    {
        double[] gradient = Numerical.Gradient(Lecture, X(2, 5), difference).ToArray();
        Assert.That(gradient, Is.EqualTo(new[] { 5.5, 2 - Math.Cos(5) }).Within(error));
    }

    [Test]
    public void ANumberIsNotTakenForAKindOfDifference()
    {
        Tensor x = Tensor.From([1.0, 2], DType.Float64);
        foreach (Action way in new Action[] { () => Numerical.Gradient(v => v.Sum(), x, 0), () => Numerical.Jacobian(v => v, x, 0) })
            Assert.That(way, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("got 0. If it is the step, write step: 1e-6"));
    }

    [Test]
    public void AGivenStepIsTheLecturesFormula()
    {
        const double h = 1e-3;
        double F(double a, double b) => Math.Log(a) + a * b - Math.Sin(b);
        Assert.That(Numerical.Gradient(Lecture, X(2, 5), Difference.OneSided, h).ToArray(),
            Is.EqualTo(new[] { (F(2 + h, 5) - F(2, 5)) / h, (F(2, 5 + h) - F(2, 5)) / h }).Within(1e-11));
        Assert.That(Numerical.Gradient(Lecture, X(2, 5), Difference.Central, h).ToArray(),
            Is.EqualTo(new[] { (F(2 + h, 5) - F(2 - h, 5)) / (2 * h), (F(2, 5 + h) - F(2, 5 - h)) / (2 * h) }).Within(1e-11));
    }

    [TestCase(Difference.Central, 2 * 6)]
    [TestCase(Difference.OneSided, 6)]
    public void EvaluationsGrowWithTheCoordinates(Difference difference, int expected)
    {
        int evaluations = 0;
        Numerical.Gradient(x => { evaluations++; return x.Square().Sum(); }, Tensor.Ones([2, 3], DType.Float64), difference);
        Assert.That(evaluations, Is.EqualTo(expected + 1), "one more for the value itself");
    }

    [Test]
    public void AJacobianHasTheResultsDimensionsThenTheInputs()
    {
        Tensor x = Tensor.Randn([2, 3], DType.Float64, new Generator(1)), w = Tensor.Randn([3, 4], DType.Float64, new Generator(2));
        Func<Tensor, Tensor> f = t => t.MatMul(w).Tanh();
        Tensor numeric = Numerical.Jacobian(f, x), exact = Differentiate.Jacobian(f, x);
        Assert.That(numeric.Shape, Is.EqualTo((Shape)new[] { 2, 4, 2, 3 }));
        Assert.That(numeric.ToArray(), Is.EqualTo(exact.ToArray()).Within(1e-9));
    }

    [TestCase(1e8)]
    [TestCase(1e-3)]
    [TestCase(-40)]
    public void TheChosenStepFollowsTheSizeOfTheCoordinate(double at)
    {
        double slope = Numerical.Gradient(x => x.Square().Sum(), X(at)).ToArray()[0];
        Assert.That(slope, Is.EqualTo(2 * at).Within(1e-9 * Math.Max(1, Math.Abs(at))));
    }

    [Test]
    public void SinglePrecisionGetsAWiderStep()
    {
        Tensor x = Tensor.From([0.5, -1.25], DType.Float32);
        Tensor gradient = Numerical.Gradient(t => t.Sin().Sum(), x);
        Assert.That(gradient.DType, Is.EqualTo(DType.Float32));
        Assert.That(gradient.ToArray(), Is.EqualTo(new[] { Math.Cos(0.5), Math.Cos(-1.25) }).Within(1e-4));
        Assert.That(Numerical.Gradient(t => t.Sin().Sum(), x, step: 1e-9).ToArray(), Is.EqualTo(new double[2]), "a step below the type's precision moves nothing");
    }

    [Test]
    public void NothingIsRecorded()
    {
        Tensor x = X(1, 2);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Numerical.Gradient(Wavy, x);
        Assert.That(autograd.Operations, Is.Empty);
    }

    [TestCase(1, 1e-11)]
    [TestCase(2, 1e-8)]
    [TestCase(3, 1e-7)]
    [TestCase(4, 1e-5)]
    [TestCase(5, 1e-5)]
    public void HigherDerivativesAgreeWithAutograd(int order, double error)
    {
        Func<Tensor, Tensor> derivative = x => x.Sin() * x.Exp();
        for (int i = 0; i < order; i++)
        {
            Func<Tensor, Tensor> inner = derivative;
            derivative = x => Differentiate.Gradient(inner, x);
        }
        double exact = derivative(Tensor.From(0.7, DType.Float64)).Item();
        Assert.That(Numerical.Derivative(x => x.Sin() * x.Exp(), 0.7, order), Is.EqualTo(exact).Within(error * Math.Abs(exact)));
    }

    [Test]
    public void TheErrorsMakeAV()
    {
        StepErrors errors = Numerical.ErrorsByStep(Wavy, Many());
        Assert.That(errors.Rows.Select(row => row.Step), Is.EqualTo(Enumerable.Range(1, 15).Select(i => Math.Pow(10, -i))).Within(1e-12).Percent);
        Assert.That(errors.Exact.ToArray()[0], Is.EqualTo(Math.Exp(Math.Sin(0.1)) * (Math.Cos(0.1) * 1.01 + 0.2)).Within(1e-14));

        // To the left truncation: a tenth of the step, a tenth of the one-sided error and a hundredth of the central.
        Assert.That(Slope(errors, row => row.OneSided, 1e-2, 1e-6), Is.EqualTo(1).Within(0.02));
        Assert.That(Slope(errors, row => row.Central, 1e-1, 1e-4), Is.EqualTo(2).Within(0.02));
        // To the right rounding: a tenth of the step, ten times the error, for both.
        Assert.That(Slope(errors, row => row.OneSided, 1e-10, 1e-15), Is.EqualTo(-1).Within(0.2));
        Assert.That(Slope(errors, row => row.Central, 1e-8, 1e-15), Is.EqualTo(-1).Within(0.2));
        // The best one-sided step is about √ε and reaches about √ε; the best central one is about ∛ε and reaches about ε^⅔.
        StepError one = errors.Rows.MinBy(row => row.OneSided)!, central = errors.Rows.MinBy(row => row.Central)!;
        Assert.That((one.Step, central.Step), Is.EqualTo((1e-8, 1e-5)).Or.EqualTo((1e-7, 1e-5)).Or.EqualTo((1e-8, 1e-6)).Or.EqualTo((1e-7, 1e-6)));
        Assert.That(one.OneSided, Is.LessThan(1e-5).And.GreaterThan(1e-9));
        Assert.That(central.Central, Is.LessThan(1e-8).And.GreaterThan(1e-12));
    }

    // The slope of the line of least squares through (log step, log error).
    static double Slope(StepErrors errors, Func<StepError, double> error, double from, double to)
    {
        (double X, double Y)[] points = [.. errors.Rows.Where(row => row.Step < from * 1.5 && row.Step > to / 1.5).Select(row => (Math.Log(row.Step), Math.Log(error(row))))];
        double x = points.Average(p => p.X), y = points.Average(p => p.Y);
        return points.Sum(p => (p.X - x) * (p.Y - y)) / points.Sum(p => (p.X - x) * (p.X - x));
    }

    [Test]
    public void TheTableIsPrintedTheSameInEveryCulture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            string[] lines = Numerical.ErrorsByStep(Wavy, Many()).ToString().Split('\n');
            Assert.That(lines, Has.Length.EqualTo(16));
            Assert.That(lines[0], Does.StartWith("step").And.Contain("one-sided").And.Contain("central"));
            Assert.That(lines[1], Does.Match(@"^1e-01 {4}\d\.\de[-+]\d\d {6}\d\.\de[-+]\d\d$"));
            Assert.That(lines[15], Does.StartWith("1e-15"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void MistakesAreNamed()
    {
        Assert.That(() => Numerical.Gradient(x => x, X(1, 2)),
            Throws.InvalidOperationException.With.Message.Contains("(2,)").And.Message.Contains("Numerical.Jacobian"));
        Assert.That(() => Numerical.Gradient(Wavy, X(1), step: 0),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("greater than 0"));
        Assert.That(() => Numerical.Gradient(Wavy, X(1), step: double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Numerical.Derivative(x => x, 1, 7), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("1 to 6"));
        Assert.That(() => Numerical.Gradient(x => x.Sum(), Tensor.Indices([1, 2])), Throws.InvalidOperationException.With.Message.Contains("Int64"));
    }
}
