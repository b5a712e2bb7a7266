using MyTorch.Differentiation;
using MyTorch.Teaching;

namespace MyTorch.Tests.Differentiation;

/// <summary>Why backward, and when not: the lecture's passes, counted.</summary>
public class CountedJacobianTests
{
    static Tensor Ramp(int n) => Tensor.From([.. Enumerable.Range(0, n).Select(i => 0.1 + i / (double)n)], DType.Float64);

    [Test]
    public void ManyInputsAndOneOutputTakeOneReversePass([Values(1, 10, 100, 1000)] int n)
    {
        Tensor x = Ramp(n);
        var forward = CountedJacobian.ByForwardMode(t => t.Sin().Sum(), x);
        var reverse = CountedJacobian.ByReverseMode(t => t.Sin().Sum(), x);
        Assert.That((forward.Passes, reverse.Passes), Is.EqualTo((n, 1)));
        Assert.That((forward.Rules, reverse.Rules), Is.EqualTo((2L * n, 2L)), "two rules a pass: a sine and a sum");
        Assert.That(reverse.Jacobian.ToArray(), Is.EqualTo(x.Cos().ToArray()).Within(1e-14));
        Assert.That(forward.Jacobian.ToArray(), Is.EqualTo(reverse.Jacobian.ToArray()).Within(1e-14));
    }

    [Test]
    public void OneInputAndManyOutputsTakeOneForwardPass([Values(1, 10, 100, 1000)] int m)
    {
        Tensor x = Tensor.From(0.7, DType.Float64), frequencies = Ramp(m);
        var forward = CountedJacobian.ByForwardMode(t => (frequencies * t).Sin(), x);
        var reverse = CountedJacobian.ByReverseMode(t => (frequencies * t).Sin(), x);
        Assert.That((forward.Passes, reverse.Passes), Is.EqualTo((1, m)));
        Assert.That((forward.Rules, reverse.Rules), Is.EqualTo((2L, 2L * m)));
        Assert.That(forward.Jacobian.ToArray(), Is.EqualTo((frequencies * (0.7 * frequencies).Cos()).ToArray()).Within(1e-14));
        Assert.That(reverse.Jacobian.ToArray(), Is.EqualTo(forward.Jacobian.ToArray()).Within(1e-14));
    }

    [Test]
    public void BothAreTheJacobianInItsShapeAndLeaveNoTrace()
    {
        Tensor w = Tensor.Randn([2, 3], DType.Float64, new Generator(1)), x = Tensor.Randn([3, 4], DType.Float64, new Generator(2));
        using var autograd = new Autograd();
        x.RequiresGrad = true;
        var forward = CountedJacobian.ByForwardMode(t => w.MatMul(t).Tanh(), x);
        var reverse = CountedJacobian.ByReverseMode(t => w.MatMul(t).Tanh(), x);
        Assert.That(autograd.Operations, Is.Empty);
        Assert.That(x.Grad, Is.Null);
        x.RequiresGrad = false;
        double[] expected = Differentiate.Jacobian(t => w.MatMul(t).Tanh(), x).ToArray();
        Assert.That(forward.Jacobian.Shape, Is.EqualTo((Shape)new[] { 2, 4, 3, 4 }));
        Assert.That(reverse.Jacobian.Shape, Is.EqualTo(forward.Jacobian.Shape));
        Assert.That(forward.Jacobian.ToArray(), Is.EqualTo(expected).Within(1e-14));
        Assert.That(reverse.Jacobian.ToArray(), Is.EqualTo(expected).Within(1e-14));
        Assert.That((forward.Passes, reverse.Passes), Is.EqualTo((12, 8)));
    }

    [Test]
    public void TheRuleOfAnUnusedOperationDoesNotRun()
    {
        static Tensor WithWaste(Tensor t)
        {
            _ = t.Exp();
            return t.Sin().Sum();
        }
        Assert.That(CountedJacobian.ByReverseMode(WithWaste, Ramp(3)).Rules, Is.EqualTo(2));
        Assert.That(CountedJacobian.ByForwardMode(WithWaste, Ramp(3)).Rules, Is.EqualTo(9));
    }

    [Test]
    public void AResultThatDoesNotDependOnTheInputIsRefused() =>
        Assert.That(() => CountedJacobian.ByReverseMode(_ => Ramp(2), Ramp(3)), Throws.InvalidOperationException.With.Message.Contains("not recorded"));
}
