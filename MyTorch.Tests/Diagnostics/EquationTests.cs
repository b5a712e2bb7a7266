using MyTorch.Diagnostics;
using MyTorch.Inspection;
using MyTorch.Symbolic;

namespace MyTorch.Tests.Differentiation;

/// <summary>A message about an operation calls its values as the printed tape and every table call them.</summary>
public class EquationTests
{
    static Tensor Leaf(params double[] values) => Tensor.From(values, DType.Float64, requiresGrad: true);

    /// <summary>"v3 = Log(v1)", from the tape's line "v3 = Log(v1) : (2,) Float64" or "v3 = Log(v1) = 0.5".</summary>
    internal static string PrintedBy(Operation operation)
    {
        string line = operation.ToString();
        return line[..(line.LastIndexOf(')', line.LastIndexOf(operation.Output.Rank == 0 ? " = " : " : ", StringComparison.Ordinal)) + 1)];
    }

    // Three leaves, of which the last is used last: v1, v2, v3, then the results v4 = v1·v2, v5 = ln v4, v6 = v5·v3, v7 = Σv6.
    static Tensor Recorded(Tensor second) => ((Leaf(1, 2) * second).Log() * Leaf(5, 6)).Sum();

    [Test]
    public void TheTraceShowsTheNamesOfTheMessages()
    {
        Tensor second = Leaf(3, 0);
        using var autograd = new Autograd();
        Tensor loss = Recorded(second);
        GradientExplanation explanation = autograd.Explain(second, loss);

        Assert.That(explanation.Sentence, Does.Contain("v5 = Log(v4) made -∞"));
        Assert.That(PrintedBy(autograd.Operations[1]), Is.EqualTo("v5 = Log(v4)"));
        Assert.That(autograd.Check().Unjudged[0].ToString(), Is.EqualTo("v5 = Log(v4): a value is NaN or infinite"));
        Assert.That(TapeGraph.Of(autograd).ToDot(), Does.Contain("v5"));
    }

    [Test]
    public void ANoteKeepsItsNamesAfterTheScope()
    {
        TapeCheck check;
        using (var autograd = new Autograd())
        {
            _ = Recorded(Leaf(3, 0));
            check = autograd.Check();
        }
        Assert.That(check.ToString(), Does.Contain("\n  v5 = Log(v4): a value is NaN or infinite"));
    }

    [Test]
    public void ATensorWithANameIsCalledByIt()
    {
        Tensor weight = Leaf(1, 0);
        weight.Name = "weight";
        using var autograd = new Autograd(detectAnomaly: true);
        Assert.That(() => weight.Log(), Throws.InstanceOf<AnomalyException>().With.Message.StartsWith("Anomaly: v2 = Log(weight): made -∞ at [1]: log 0. Inputs: weight"));
    }

    [Test]
    public void AnAnomalyGivesNamesThatStay()
    {
        using var autograd = new Autograd(detectAnomaly: true);
        Tensor x = Leaf(2, 0);
        AnomalyException error = Assert.Throws<AnomalyException>(() => (x * x).Log())!;
        _ = x * Leaf(3, 4);
        Assert.That(error.Message, Does.StartWith("Anomaly: v3 = Log(v2): "));
        Assert.That(PrintedBy(error.Operation), Is.EqualTo("v3 = Log(v2)"));
        Assert.That(PrintedBy(autograd.Operations[^1]), Is.EqualTo("v5 = Multiply(v1, v4)"));
    }

    [Test]
    public void AnExpressionOfARecordedResultHasTheNamesOfItsScope()
    {
        using var autograd = new Autograd();
        Tensor x = Tensor.From(2, DType.Float64, requiresGrad: true), y = Tensor.From(3, DType.Float64, requiresGrad: true);
        Tensor first = x * 2, result = (first * y).ReLU();
        Assert.That(() => Expression.Of(autograd, result), Throws.InvalidOperationException.With.Message.StartsWith("Expression: ReLU in v5 = ReLU(v4) has no"));
        Assert.That(autograd.Operations.Select(PrintedBy), Is.EqualTo(new[] { "v3 = Multiply(v1, 2)", "v4 = Multiply(v3, v2)", "v5 = ReLU(v4)" }));
    }
}
