using System.Reflection;
using MyTorch.Inspection;
using MyTorch.Serialization;

namespace MyTorch.Tests.ReusedMemory;

/// <summary>After a scope with reuseMemory no reader gets a number of its results: each is refused, with what to do instead.</summary>
public sealed class ReadersTests
{
    internal static Tensor Leaf(params int[] shape)
    {
        Tensor leaf = Tensor.Rand(shape, DType.Float64, new Generator(3)) + 0.5;
        leaf.RequiresGrad = true;
        return leaf;
    }

    /// <summary>What was computed from x in a scope that has ended.</summary>
    internal static Tensor Ended(Tensor x, Func<Tensor, Tensor> compute)
    {
        using var autograd = new Autograd(reuseMemory: true);
        return compute(x);
    }

    internal static void Refused(Action read, string what = "")
    {
        InvalidOperationException? error = Assert.Throws<InvalidOperationException>(read, what);
        Assert.That(error!.Message, Does.Contain("reuseMemory").And.Contain("Clone()").And.Contain("Item()"), what);
    }

    // What can be said of a tensor without its numbers.
    static readonly HashSet<string> s_withoutNumbers =
    [
        "GetType", "Equals", "GetHashCode", "get_Shape", "get_DType", "get_ElementCount", "get_Rank", "get_Name", "set_Name", "get_Grad", "set_Grad",
        "get_RequiresGrad", "set_RequiresGrad", "get_IsLeaf", "get_Producer", "RetainGrad", "ZeroGrad", "get_DefaultDType", "set_DefaultDType",
        "ZerosLike", "OnesLike",
    ];

    static object? Argument(ParameterInfo parameter, Tensor subject, Tensor live)
    {
        Type type = parameter.ParameterType;
        if (type == typeof(Tensor) && parameter.Member is MethodInfo { IsStatic: true } method
            && method.GetParameters().First(p => p.ParameterType == typeof(Tensor)).Position == parameter.Position) return subject;
        if (type == typeof(Tensor)) return live;
        if (type == typeof(Shape)) return subject.Shape;
        if (parameter.HasDefaultValue) return parameter.DefaultValue;
        if (type == typeof(DType)) return DType.Float64;
        if (type == typeof(double)) return 0.5;
        if (type == typeof(int)) return parameter.Name is "classes" or "k" or "count" ? 1 : 0;
        if (type == typeof(int[])) return new[] { 0, 0 };
        if (type == typeof(IReadOnlyList<Tensor>)) return new[] { subject, live };
        return null;
    }

    [Test]
    public void EveryMethodOfATensorThatReadsIt()
    {
        // Scalars and square matrices: between them nearly every method has an argument that it accepts.
        int refused = 0;
        var uncovered = new List<string>();
        foreach (MethodInfo method in typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
        {
            if (s_withoutNumbers.Contains(method.Name) || method.ContainsGenericParameters) continue;
            if (method.IsStatic && method.GetParameters().All(p => p.ParameterType != typeof(Tensor) && p.ParameterType != typeof(IReadOnlyList<Tensor>))) continue;
            bool isCovered = false;
            foreach (int[] shape in (int[][])[[3, 3], [3], []])
            {
                if (method.GetParameters().Any(p => p.ParameterType.IsByRefLike)) continue;
                Tensor live = Leaf(shape), other = Leaf(shape);
                if (Call(method, live, other) is not null) continue;
                Exception? error = Call(method, Ended(live, x => x * 2), other);
                Assert.That(error, Is.InstanceOf<InvalidOperationException>(), $"{method} of {live.Shape}");
                Assert.That(error!.Message, Does.Contain("reuseMemory"), $"{method}");
                isCovered = true;
                refused++;
            }
            if (!isCovered) uncovered.Add(method.ToString()!);
        }
        Assert.That(refused, Is.GreaterThan(200), string.Join("\n", uncovered));
        TestContext.Out.WriteLine($"{refused} refused; not called here:\n" + string.Join("\n", uncovered));

        static Exception? Call(MethodInfo method, Tensor subject, Tensor live)
        {
            try
            {
                object? result = method.Invoke(method.IsStatic ? null : subject, [.. method.GetParameters().Select(p => Argument(p, subject, live))]);
                if (result is System.Collections.IEnumerator rows) rows.MoveNext();
                return null;
            }
            catch (TargetInvocationException e)
            {
                return e.InnerException;
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                return e;
            }
        }
    }

    [Test]
    public void ReadersWithSpansAndIndices()
    {
        Tensor y = Ended(Leaf(3, 3), x => x * 2);
        Refused(() => y.Item(0, 0));
        Refused(() => _ = y[0]);
        Refused(() => _ = y[..2, 1]);
        Refused(() => y.Permute(1, 0));
        Refused(() => y.Repeat(2, 1));
        Refused(() => { foreach (Tensor row in y) _ = row.Shape; });
        Refused(() => _ = $"{y}");
        Refused(() => Tensor.Stack([Leaf(3, 3), y]));
        Refused(() => Tensor.Concat([Leaf(3, 3), y]));
        Refused(() => Leaf(3, 3).CopyFrom(y));
        Refused(() => _ = Leaf(3, 3) + y);
        Refused(() => _ = new Nn.Parameter(y));
        Refused(() => new Nn.Linear(3, 2, dtype: DType.Float64).Forward(y));
        Refused(() => new Nn.CrossEntropyLoss().Forward(y, Tensor.Indices(0, 1, 2)));
    }

    [Test]
    public void SavingBackwardDifferentiatingAndDrawing()
    {
        Tensor x = Leaf(2, 2), y = Ended(x, x => x * 2), s = Ended(x, x => x.Sum());
        Refused(() => Safetensors.Save(Stream.Null, new Dictionary<string, Tensor> { ["y"] = y }));
        using var autograd = new Autograd();
        Assert.Throws<InvalidOperationException>(() => autograd.Backward(s));
        Assert.Throws<InvalidOperationException>(() => autograd.Gradients(s, [x]));
        Assert.Throws<InvalidOperationException>(() => s.Backward());
        Refused(() => autograd.Backward((x * y).Sum()));
        Refused(() => MyTorch.Differentiation.Differentiate.Gradient(v => v.Square().Sum(), y));
        Tensor z = x.Exp();
        Refused(() => autograd.Backward(z, y), "as the gradient of the output");
    }

    [Test]
    public void APictureOfTheTapeIsDrawnInsideTheScopeAndCanBeWrittenLater()
    {
        Tensor x = Leaf(2, 2);
        TapeGraph graph;
        string before, table;
        Operation operation;
        using (var autograd = new Autograd(reuseMemory: true))
        {
            autograd.Backward(x.Exp().Sum());
            graph = TapeGraph.Of(autograd);
            before = graph.ToSvg() + graph.ToMermaid();
            operation = autograd.Operations[0];
            table = operation.ToString()!;
        }
        Ended(Leaf(2, 2), x => (x * 100).Exp());
        string? after = null;
        try { after = graph.ToSvg() + graph.ToMermaid(); }
        catch (InvalidOperationException e) { Assert.That(e.Message, Does.Contain("reuseMemory")); }
        Assert.That(after ?? before, Is.EqualTo(before), "the same picture or an error, never another picture");
        string? printed = null;
        try { printed = operation.ToString(); }
        catch (InvalidOperationException e) { Assert.That(e.Message, Does.Contain("reuseMemory")); }
        TestContext.Out.WriteLine($"{table} | {printed}");
        Refused(() => operation.Output.ToArray());
    }

    [Test]
    public void WhatSharesTheMemoryOfAResultIsRefusedToo()
    {
        Tensor x = Leaf(2, 3);
        Tensor reshaped, detached, same, flat, fromView, linear;
        using (var autograd = new Autograd(reuseMemory: true))
        {
            Tensor y = x * 2;
            (reshaped, detached, same, flat) = (y.Reshape([3, 2]), y.Detach(), y.To(DType.Float64), y.Detach().Reshape([6]));
            fromView = flat.Detach().Detach();
            // A result whose memory was allocated in another shape.
            linear = Leaf(2, 2, 3).Linear(Leaf(4, 3), null);
        }
        foreach (Tensor view in (Tensor[])[reshaped, detached, same, flat, fromView, linear, linear.Shape == [2, 2, 4] ? linear : x])
        {
            Refused(() => view.ToArray());
            Refused(() => view.Reshape([-1]));
            Refused(() => view.Detach());
            Refused(() => view.Fill(1));
        }
    }

    [Test]
    public void WritingIsRefusedToo()
    {
        Tensor y = Ended(Leaf(2), x => x * 2);
        Refused(() => y.Fill(0));
        Refused(() => y.CopyFrom(Leaf(2)));
        Refused(() => Leaf(2).Grad = y);
    }

    [Test]
    public void ScalarsAndEveryTypeAreRefusedLikeLargeResults()
    {
        Refused(() => Ended(Leaf(), x => x * 2).Item());
        Refused(() => Ended(Leaf(100_000), x => x * 2).ToArray());
        Refused(() => Ended(Leaf(5), x => x.To(DType.Float32)).ToFloatArray());
    }
}
