using MyTorch.Differentiation;

namespace MyTorch.Tests.Operations;

/// <summary>
/// First and second derivatives of every case of <see cref="OperationTable"/>, and that taking them changes nothing, with the library's
/// sweep and with the naive one.
/// </summary>
[TestFixture(Engines.Tape)]
[TestFixture(Engines.Naive)]
public sealed class OperationGradientTests(string engine)
{
    readonly IBackwardEngine _engine = Engines.Named(engine);

    static IEnumerable<TestCaseData> Cases() => OperationTable.CasesOf(_ => true);

    [Test]
    public void CastCarriesGradientsInTheTypeOfItsInput()
    {
        // Differences cannot see this rule: rounding to Float32 makes a staircase of the function.
        Tensor x = Tensor.From([1.5, -0.1, 3], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor y = x.To(DType.Float32);
        _engine.Backward(autograd, y, Tensor.From([0.25, 2, -1], DType.Float32));
        Assert.That(y.ToArray(), Is.EqualTo(new double[] { 1.5, -0.1f, 3 }));
        Assert.That(x.Grad!.DType, Is.EqualTo(DType.Float64));
        Assert.That(x.Grad.ToArray(), Is.EqualTo(new[] { 0.25, 2, -1 }));
    }

    [TestCaseSource(nameof(Cases))]
    public void HasTheGradientOfDifferences(OperationCase c) =>
        Assert.DoesNotThrow(() => GradientCheck.VerifyMany(at => c.Run([.. at]), c.Inputs, GradientCheckMode.Reverse, seed: 1, _engine.Gradients));

    [TestCaseSource(nameof(Cases))]
    public void HasTheSecondDerivativeOfDifferences(OperationCase c) =>
        Assert.DoesNotThrow(() => GradientCheck.VerifyMany(at => c.Run([.. at]), c.Inputs, GradientCheckMode.Second, seed: 2, _engine.Gradients));

    [TestCaseSource(nameof(Cases))]
    public void ItsRuleChangesNothingAndRepeats(OperationCase c)
    {
        using var autograd = new Autograd();
        Tensor output = c.Run(c.Inputs);
        Tensor upstream = GradientCheck.RandomLike(output, 5);
        (Tensor Tensor, double[] Values)[] before = [.. c.Inputs.Append(output).Append(upstream).Select(tensor => (tensor, tensor.ToArray()))];

        double[][] first = Values(_engine.Gradients(autograd, output, c.Inputs, upstream));
        double[][] again = Values(_engine.Gradients(autograd, output, c.Inputs, upstream));
        double[][] recorded = Values(_engine.Gradients(autograd, output, c.Inputs, upstream, createGraph: true));
        Assert.That(again, Is.EqualTo(first), "a second sweep");
        // Unrecorded, some rules have a kernel that keeps digits which the rule itself loses.
        Assert.That(recorded, Is.EqualTo(first).Within(1e-14), "a recorded sweep");
        foreach ((Tensor tensor, double[] values) in before)
            Assert.That(tensor.ToArray(), Is.EqualTo(values), "a value changed");
    }

    [TestCaseSource(nameof(Cases))]
    public void TwoBackwardsAddUp(OperationCase c)
    {
        Tensor[] inputs = [.. c.Inputs.Select(OperationTable.Fresh)];
        using var autograd = new Autograd();
        Tensor output = c.Run(inputs);
        Tensor upstream = GradientCheck.RandomLike(output, 5);
        _engine.Backward(autograd, output, upstream);
        double[][] once = [.. inputs.Select(input => input.Grad!.ToArray())];
        _engine.Backward(autograd, output, upstream);
        for (int i = 0; i < inputs.Length; i++)
            Assert.That(inputs[i].Grad!.ToArray(), Is.EqualTo(Array.ConvertAll(once[i], g => 2 * g)).Within(1e-15));
    }

    static double[][] Values(Tensor?[] tensors) => [.. tensors.Select(tensor => tensor!.ToArray())];
}
