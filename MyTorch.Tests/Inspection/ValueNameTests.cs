using MyTorch.Inspection;
using MyTorch.Symbolic;

namespace MyTorch.Tests.Drawing;

/// <summary>A value of a tape has one name, wherever and whenever it is printed.</summary>
public class ValueNameTests
{
    static Tensor Leaf(double value)
    {
        Tensor leaf = Tensor.From(value, DType.Float64);
        leaf.RequiresGrad = true;
        return leaf;
    }

    static string NameIn(string line) => line.Split(" = ")[0];

    [Test]
    public void TheLecturesFunctionHasTheLecturesNamesEverywhere()
    {
        Tensor x1 = Leaf(2), x2 = Leaf(5);
        using var autograd = new Autograd();
        Tensor y = Graphs.LectureFunction(x1, x2);

        string[] lines = ["v3 = Log(v1)", "v4 = Multiply(v1, v2)", "v5 = Sin(v2)", "v6 = Add(v3, v4)", "v7 = Subtract(v6, v5)"];
        Assert.That(autograd.ToString().Split('\n').Select(line => line[..(line.IndexOf(')') + 1)]), Is.EqualTo(lines));
        Assert.That(Trace.Of(autograd, y).Rows.Select(row => $"{row.Label} = {row.Expression}"), Is.EqualTo(new[]
        {
            "v1 = input", "v2 = input", "v3 = ln v1", "v4 = v1·v2", "v5 = sin v2", "v6 = v3 + v4", "v7 = v6 - v5",
        }));
        Assert.That(TapeGraph.Of(autograd).Nodes.Select(node => node.Id), Is.EqualTo(new[] { "v1", "v2", "v3", "v4", "v5", "v6", "v7" }));
        Assert.That(Expression.Of(autograd, y).ToString(), Is.EqualTo("ln v1 + v1·v2 - sin v2"));
    }

    [Test]
    public void WhatWasPrintedEarlyIsPrintedTheSameLaterAndByEveryPrinter()
    {
        Tensor x1 = Leaf(2), x2 = Leaf(5), weights = Tensor.From([1.0, 2], DType.Float64);
        using var autograd = new Autograd();
        var early = new List<string>();
        void Print(Tensor result) => early.Add(result.Producer!.ToString());

        Tensor log = x1.Log();
        Print(log);
        Tensor product = x1 * x2;
        Print(product);
        Tensor sum = log + product;
        Tensor scaled = sum * Leaf(3);
        Print(sum);
        Print(scaled);
        Tensor loss = (scaled * weights).Sum();
        Print(loss);

        Assert.That(early.Select(line => line[..(line.IndexOf(')') + 1)]), Is.EqualTo(new[]
        {
            "v2 = Log(v1)", "v4 = Multiply(v1, v3)", "v6 = Add(v2, v4)", "v7 = Multiply(v6, v5)", "v9 = Sum(v8)",
        }));
        Assert.That(autograd.ToString().Split('\n').Where((_, i) => i != 4), Is.EqualTo(early));

        string[] names = [.. autograd.Operations.Select(operation => NameIn(operation.ToString()))];
        Trace trace = Trace.Of(autograd, loss);
        Assert.That(trace.Rows.Select(row => row.Label), Is.EqualTo((string[])["v1", "v3", "v5", .. names]));
        Assert.That(trace.Rows.Select(row => row.Index), Is.EqualTo(Enumerable.Range(1, 9)));
        Assert.That(trace.Rows[4].Inputs.Select(row => trace.Rows[row - 1].Label), Is.EqualTo(new[] { "v1", "v3" }));
        Assert.That(trace.Rows[0].Partials.Select(partial => trace.Rows[partial.User - 1].Label), Is.EqualTo(new[] { "v4", "v2" }));
        Assert.That(trace.Constants.Select(constant => constant.Label), Is.EqualTo(new[] { "c1" }));
        Assert.That(trace.ToString(), Does.Contain("v4 = v1·v3    v1, v3").And.Contains("v8 = v7·c1"));

        GraphNode[] nodes = [.. TapeGraph.Of(autograd).Nodes];
        Assert.That(nodes.Where(node => node.Kind == NodeKind.Operation).Select(node => node.Id), Is.EqualTo(names));
        Assert.That(nodes.Where(node => node.Kind != NodeKind.Operation).Select(node => node.Id), Is.EqualTo(new[] { "c1", "v1", "v3", "v5" }));
        Assert.That(Stepper.Forward(autograd, loss).Select(step => NameIn(step.Text)), Is.EqualTo(trace.Rows.Select(row => row.Label)));
        Assert.That(Stepper.Backward(autograd, loss).Select(step => step.Text),
            Has.Some.Contains("v4 = v1·v3: ").And.Some.Contains("adj(v1) receives adj(v4)·v3"));
        Assert.That(Expression.Of(autograd, scaled).ToString(), Is.EqualTo("(ln v1 + v1·v3)·v5"));
    }

    [Test]
    public void AnInnerScopePrintsTheNamesOfTheTape()
    {
        Tensor x = Leaf(2);
        using var outer = new Autograd();
        Tensor square = x.Square();
        using var inner = new Autograd();
        Tensor y = square.Sin() * x;

        Assert.That(inner.ToString(), Does.StartWith("v3 = Sin(v2)").And.Contains("v4 = Multiply(v3, v1)"));
        Assert.That(Trace.Of(inner, y).Rows.Select(row => row.Label), Is.EqualTo(new[] { "v2", "v1", "v3", "v4" }));
        Assert.That(outer.ToString(), Does.Contain("v3 = Sin(v2)"));
    }

    [Test]
    public void TheInputsOfATracedFunctionComeFirstWhateverItPrints()
    {
        string? printed = null;
        Trace trace = Trace.Of(x =>
        {
            Tensor sine = x[1].Sin();
            printed = sine.Producer!.ToString();
            return sine * x[0];
        }, [Leaf(2), Leaf(5)]);

        Assert.That(printed, Does.StartWith("v3 = Sin(v2)"));
        Assert.That(trace.Rows.Select(row => $"{row.Label} = {row.Expression}"), Is.EqualTo(new[] { "v1 = input", "v2 = input", "v3 = sin v2", "v4 = v3·v1" }));
    }

    [Test]
    public void AConstantThatRequiresAGradientLaterKeepsItsName()
    {
        Tensor x = Leaf(2), rate = Tensor.From(0.5, DType.Float64), batch = Tensor.From([1.0, 2], DType.Float64);
        rate.Name = "rate";
        using var autograd = new Autograd();
        Tensor scaled = x * rate * batch;
        Assert.That(TapeGraph.Of(autograd).Nodes.Take(2).Select(node => $"{node.Id} {node.Text}"), Is.EqualTo(new[] { "c1 rate", "c2 " }));

        batch.RequiresGrad = true;
        Trace trace = Trace.Of(autograd, (scaled * batch).Sum());

        Assert.That(trace.Rows.Select(row => row.Label), Is.EqualTo(new[] { "v1", "c2", "v2", "v3", "v4", "v5" }));
        Assert.That(trace.Rows[4].Expression, Is.EqualTo("v3·c2"));
        Assert.That(trace.ToString(), Does.Contain("c1 = rate 0.5"));
    }

    [Test]
    public void ATapeThatEndsForgetsItsNames()
    {
        Tensor x = Leaf(2);
        for (int i = 0; i < 2; i++)
        {
            using var autograd = new Autograd();
            Assert.That(x.Sin().Producer!.ToString(), Does.StartWith("v2 = Sin(v1)"));
        }
    }
}
