using MyTorch.Inspection;
using MyTorch.Nn;

namespace MyTorch.Tests.Differentiation;

public class StepperTests
{
    static Tensor Leaf(double value, string? name = null)
    {
        Tensor leaf = Tensor.From(value, DType.Float64);
        leaf.RequiresGrad = true;
        leaf.Name = name;
        return leaf;
    }

    static Tensor Lecture(Tensor x1, Tensor x2)
    {
        Tensor v3 = x1.Log();
        Tensor v4 = x1 * x2;
        Tensor v5 = x2.Sin();
        Tensor v6 = v3 + v4;
        return v6 - v5;
    }

    [Test]
    public void EachStepBackwardsSaysWhatWasAddedWhere()
    {
        Tensor x1 = Leaf(2), x2 = Leaf(5);
        using var autograd = new Autograd();
        Tensor y = Lecture(x1, x2);
        Assert.That(Stepper.Backward(autograd, y).Select(step => step.ToString()), Is.EqualTo(new[]
        {
            "adj(v7) = 1 to start with; backward of v7 = v6 - v5: adj(v6) receives adj(v7) = 1; adj(v6) is now 1; adj(v5) receives -adj(v7) = -1; adj(v5) is now -1",
            "backward of v6 = v3 + v4: adj(v3) receives adj(v6) = 1; adj(v3) is now 1; adj(v4) receives adj(v6) = 1; adj(v4) is now 1",
            "backward of v5 = sin v2: adj(v2) receives adj(v5)·cos v2 = -1·0.2837 = -0.2837; adj(v2) is now -0.2837",
            "backward of v4 = v1·v2: adj(v1) receives adj(v4)·v2 = 1·5 = 5; adj(v1) is now 5; adj(v2) receives adj(v4)·v1 = 1·2 = 2; adj(v2) is now -0.2837 + 2 = 1.716",
            "backward of v3 = ln v1: adj(v1) receives adj(v3)/v1 = 1·0.5 = 0.5; adj(v1) is now 5 + 0.5 = 5.5",
        }));
        Assert.That(x1.Grad!.Item(), Is.EqualTo(5.5));
        Assert.That(x2.Grad!.Item(), Is.EqualTo(2 - Math.Cos(5)).Within(1e-15));
    }

    [Test]
    public void EachStepForwardsSaysValueAndTangent()
    {
        Tensor x1 = Leaf(2, "x1"), x2 = Leaf(5, "x2");
        using var autograd = new Autograd();
        Tensor y = Lecture(x1, x2);
        var seeds = new Dictionary<Tensor, Tensor> { [x1] = Tensor.OnesLike(x1) };
        ForwardStep[] steps = [.. Stepper.Forward(autograd, y, seeds)];
        Assert.That(steps.Select(step => step.Text), Is.EqualTo(new[]
        {
            "v1 = x1 = 2; tangent(v1) = 1",
            "v2 = x2 = 5; tangent(v2) = 0",
            "v3 = ln v1 = ln 2 = 0.6931; tangent(v3) = tangent(v1)/v1 = 1/2 = 0.5",
            "v4 = v1·v2 = 2·5 = 10; tangent(v4) = tangent(v1)·v2 + tangent(v2)·v1 = 1·5 + 0·2 = 5",
            "v5 = sin v2 = sin 5 = -0.9589; tangent(v5) = tangent(v2)·cos v2 = 0·cos 5 = 0",
            "v6 = v3 + v4 = 0.6931 + 10 = 10.69; tangent(v6) = tangent(v3) + tangent(v4) = 0.5 + 5 = 5.5",
            "v7 = v6 - v5 = 10.69 - (-0.9589) = 11.65; tangent(v7) = tangent(v6) - tangent(v5) = 5.5 - 0 = 5.5",
        }));
        Assert.That(steps.Select(step => step.Tangent!.Item()), Is.EqualTo(new[] { 1, 0, 0.5, 5, 0, 5.5, 5.5 }));
        Assert.That(steps[3].ToPrettyText(), Does.Contain("v\u0307₄ = v\u0307₁·v₂ + v\u0307₂·v₁"));
        Assert.That(Stepper.Forward(autograd, y).Last().ToString(), Is.EqualTo("v7 = v6 - v5 = 10.69 - (-0.9589) = 11.65"));
        Assert.That(autograd.Operations, Has.Count.EqualTo(5), "stepping records nothing");
    }

    [Test]
    public void StepsHoldTheNumbers()
    {
        Tensor x1 = Leaf(2), x2 = Leaf(5);
        using var autograd = new Autograd();
        Tensor y = Lecture(x1, x2);
        BackwardStep[] steps = [.. Stepper.Backward(autograd, y)];
        Assert.That(steps.Select(step => step.Index), Is.EqualTo(new[] { 7, 6, 5, 4, 3 }));
        Assert.That(steps.Select(step => step.Operation.Name), Is.EqualTo(new[] { "Subtract", "Add", "Sin", "Multiply", "Log" }));
        Assert.That(steps.Select(step => step.Adjoint.Item()), Is.EqualTo(new double[] { 1, 1, -1, 1, 1 }));
        Assert.That(steps[3].Partials.Select(partial => partial.Sum.Item()), Is.EqualTo(new[] { 5, 2 - Math.Cos(5) }).Within(1e-15));
    }

    [Test]
    public void AllStepsTogetherAreBackward()
    {
        Tensor x = Tensor.Randn([6, 5], DType.Float64, new Generator(2));
        Tensor labels = Tensor.Indices(0, 1, 2, 2, 1, 0);
        double[][] Train(Action<Autograd, Tensor> backward)
        {
            var model = new MLP(5, [7, 4], 3, () => new Tanh(), DType.Float64, new Generator(3));
            using var autograd = new Autograd();
            backward(autograd, new CrossEntropyLoss().Forward(model.Forward(x), labels) + model.Parameters()[0].Square().Sum());
            return [.. model.Parameters().Select(parameter => parameter.Grad!.ToArray())];
        }
        double[][] expected = Train((autograd, loss) => autograd.Backward(loss));
        int count = 0;
        double[][] stepped = Train((autograd, loss) => count = Stepper.Backward(autograd, loss).Count());
        Assert.That(stepped, Is.EqualTo(expected).Within(1e-15));
        Assert.That(count, Is.EqualTo(10));
    }

    [Test]
    public void WhatAStepShowedDoesNotChangeLater()
    {
        Tensor x = Leaf(2);
        using var autograd = new Autograd();
        Tensor y = x * 1 + x * 2 + x * 3 + x * 4;
        double[] sums = [.. Stepper.Backward(autograd, y).ToList().SelectMany(step => step.Partials).Where(p => p.Input == 1).Select(p => p.Sum.Item())];
        Assert.That(sums, Is.EqualTo(new double[] { 4, 7, 9, 10 }));
    }

    [Test]
    public void TheTwoSharesOfOneOperationAreBothSaid()
    {
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor y = x * x;
        Assert.That(Stepper.Backward(autograd, y).Single().Text, Is.EqualTo(
            "adj(v2) = 1 to start with; backward of v2 = v1·v1: adj(v1) receives adj(v2)·v1 = 1·3 = 3; adj(v1) is now 3; adj(v1) receives adj(v2)·v1 = 1·3 = 3; adj(v1) is now 3 + 3 = 6"));
    }

    [Test]
    public void OperationsThatTheOutputDoesNotUseAreSkipped()
    {
        Tensor x = Leaf(1);
        using var autograd = new Autograd();
        Tensor a = x.Exp();
        _ = x.Sin();
        Tensor b = a.Neg();
        _ = x.Sin().Cos();
        Tensor y = b.Square();
        string[] steps = [.. Stepper.Backward(autograd, y).Select(step => step.Text)];
        Assert.That(steps, Has.Length.EqualTo(3));
        Assert.That(steps[1], Does.StartWith("adjoints of v6 to v5 received nothing, so these are skipped; backward of v4 = -v2: "));
        Assert.That(steps[2], Does.StartWith("adj(v3) received nothing, so v3 is skipped; backward of v2 = exp v1: "));
    }

    [Test]
    public void AWalkThatIsBrokenOffChangesNothing()
    {
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        Tensor y = x.Square().Sin();
        Assert.That(Stepper.Backward(autograd, y).First().Operation.Name, Is.EqualTo("Sin"));
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void WalkingTwiceAddsTwice()
    {
        Tensor x = Leaf(3);
        using var autograd = new Autograd();
        IEnumerable<BackwardStep> steps = Stepper.Backward(autograd, x.Square());
        Assert.That(steps.Count() + steps.Count(), Is.EqualTo(2));
        Assert.That(x.Grad!.Item(), Is.EqualTo(12));
    }

    [Test]
    public void TensorsAreToldByShapeAndNorm()
    {
        Tensor x = Tensor.Ones([3, 4], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = (x * 2).Sum();
        string[] steps = [.. Stepper.Backward(autograd, y).Select(step => step.Text)];
        Assert.That(steps[1], Is.EqualTo("backward of v2 = v1·2: adj(v1) receives adj(v2)·2 = (3, 4) norm 6.928; adj(v1) is now (3, 4) norm 6.928"));
    }

    [Test]
    public void WrongArgumentsAreReportedBeforeTheFirstStep()
    {
        using var autograd = new Autograd();
        Tensor y = Tensor.Ones([3]);
        y.RequiresGrad = true;
        Tensor z = y.Sin();
        Assert.That(() => Stepper.Backward(autograd, z), Throws.InvalidOperationException.With.Message.Contains("(3,)"));
        Assert.That(() => Stepper.Backward(autograd, y), Throws.InvalidOperationException.With.Message.Contains("not recorded"));
        Assert.That(() => Stepper.Forward(autograd, y), Throws.InvalidOperationException.With.Message.Contains("not recorded"));
    }

    [Test]
    public void AScopeThatEndsBetweenTwoStepsIsAnError()
    {
        var autograd = new Autograd();
        using IEnumerator<BackwardStep> steps = Stepper.Backward(autograd, Leaf(3).Square().Sin()).GetEnumerator();
        Assert.That(steps.MoveNext(), Is.True);
        autograd.Dispose();
        Assert.That(() => steps.MoveNext(), Throws.InvalidOperationException.With.Message.Contains("ended"));
    }
}
