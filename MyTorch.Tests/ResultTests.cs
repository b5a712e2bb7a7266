using System.Reflection;
using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>
/// A result is always another tensor than its operands, found by calling every public method of the library that takes and gives tensors:
/// what is done to a result (a name, RetainGrad, new values) must not reach an operand.
/// </summary>
public sealed class ResultTests
{
    static readonly Dictionary<Type, object[]> s_arguments = new()
    {
        [typeof(int)] = [0, 1],
        [typeof(int?)] = [0],
        [typeof(double)] = [0.5, 2.0],
        [typeof(double?)] = [0.5],
        [typeof(bool)] = [true, false],
        [typeof(DType)] = [DType.Float32, DType.Float64, DType.Int64, DType.Bool],
        [typeof(DType?)] = [DType.Float32],
        [typeof(Dims)] = [default(Dims), (Dims)0],
        [typeof(Shape)] = [Of(3), Of(1), Of(), Of(2, 3), Of(1, 3), Of(1, 1)],
        [typeof(int[])] = [new[] { 0 }, new[] { 0, 1 }],
    };

    static Shape Of(params int[] sizes) => sizes;

    /// <summary>What is meant to share with its operand, and says so.</summary>
    static readonly string[] s_sharing = ["Detach", "get_Grad"];

    /// <summary>What shows its operand's memory under another shape, and says so: writing to it writes to both, as in PyTorch.</summary>
    static readonly string[] s_views = ["Reshape", "Flatten", "Squeeze", "Unsqueeze"];

    static IEnumerable<Tensor> Operands() =>
    [
        Tensor.From(0.5), Tensor.From([0.5]), Tensor.From([0.5, 0.25, 0.75]), Tensor.From([0.5], [1, 1]), Tensor.From([0.5, 0.25, 0.75], [1, 3]),
        Tensor.From([0.5, 0.25, 0.75, 0.1, 0.2, 0.3], [2, 3]), Tensor.Indices(0, 0), Tensor.Indices([0], [1, 1]), Tensor.Indices(0), Tensor.Mask(true), Tensor.Mask(true, false, true),
        Tensor.Zeros([0, 3]), Tensor.From([0.5], DType.Float64),
    ];

    static IEnumerable<TestCaseData> Methods() =>
        from method in typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where Results(method.ReturnType) && !s_sharing.Contains(method.Name) && Takes(method)
        where !method.IsStatic || method.GetParameters().Any(p => p.ParameterType == typeof(Tensor) || p.ParameterType == typeof(IReadOnlyList<Tensor>))
        select new TestCaseData(method).SetArgDisplayNames($"{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))})");

    static bool Results(Type type) => type == typeof(Tensor) || type == typeof((Tensor, Tensor)) || type == typeof(Tensor[]) || type == typeof(IReadOnlyList<Tensor>);

    static bool Takes(MethodInfo method) => method.GetParameters().All(p =>
        p.ParameterType == typeof(Tensor) || p.ParameterType == typeof(IReadOnlyList<Tensor>) || s_arguments.ContainsKey(p.ParameterType) || IsSpan(p.ParameterType));

    // Reflection cannot pass spans; the methods that take them are called by hand below.
    static bool IsSpan(Type type) => type.IsByRefLike;

    static IEnumerable<Tensor> Outcomes(object? result) => result switch
    {
        Tensor tensor => [tensor],
        (Tensor a, Tensor b) => [a, b],
        IEnumerable<Tensor> many => many,
        _ => [],
    };

    static IEnumerable<object?[]> Combinations(ParameterInfo[] parameters, Tensor[] tensors)
    {
        IEnumerable<object?[]> all = [[]];
        foreach (ParameterInfo parameter in parameters)
        {
            object?[] choices = parameter.ParameterType == typeof(Tensor) ? tensors
                : parameter.ParameterType == typeof(IReadOnlyList<Tensor>) ? [new[] { tensors[0] }, tensors]
                : [.. s_arguments[parameter.ParameterType], .. parameter.HasDefaultValue && parameter.DefaultValue is null && !parameter.ParameterType.IsValueType ? new object?[] { null } : []];
            all = [.. all.SelectMany(head => choices.Select(choice => (object?[])[.. head, choice]))];
        }
        return all;
    }

    [TestCaseSource(nameof(Methods))]
    public void IsAnotherTensorThanItsOperands(MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        if (parameters.Any(p => IsSpan(p.ParameterType))) return;
        int called = 0;
        foreach (bool recorded in new[] { false, true })
            foreach (Tensor first in Operands())
                foreach (Tensor second in parameters.Any(p => p.ParameterType == typeof(Tensor)) ? Operands() : [first])
                {
                    Tensor[] tensors = ReferenceEquals(first, second) ? [first] : [first, second];
                    foreach (Tensor tensor in tensors) tensor.RequiresGrad = recorded && tensor.DType.IsFloat();
                    foreach (object?[] arguments in Combinations(parameters, tensors))
                    {
                        using Autograd? autograd = recorded ? new Autograd() : null;
                        object? result;
                        try
                        {
                            result = method.Invoke(method.IsStatic ? null : first, arguments);
                        }
                        catch (TargetInvocationException error) when (error.InnerException is ArgumentException or InvalidOperationException or OverflowException)
                        {
                            continue;
                        }
                        called++;
                        foreach (Tensor outcome in Outcomes(result)) RequireApart(outcome, tensors, written: !recorded && !s_views.Contains(method.Name));
                    }
                }
        Assert.That(called, Is.Positive, "no arguments of this test fit the method: add some");
    }

    static IEnumerable<TestCaseData> Others()
    {
        yield return Row("an index of nothing", x => x[[]]);
        yield return Row("a whole range", x => x[..]);
        yield return Row("Permute in order", x => x.Permute(0, 1));
        yield return Row("Transpose with itself", x => x.Transpose(1, 1));
        yield return Row("a literal of one", x =>
        {
            Tensor literal = [x];
            return literal;
        });
        yield return Row("Concat of one", x => Tensor.Concat([x]));
        yield return Row("SumTo its shape", x => x.SumTo(x.Shape));
        yield return Row("Expand to its shape", x => x.Expand(x.Shape));
        yield return Row("Clamp at nothing", x => new MyTorch.Operations.Clamp(x, null, null).Apply());
        yield return Row("Cast to its type", x => new MyTorch.Operations.Cast(x, x.DType).Apply());
        yield return Row("Identity", x => new Identity().Forward(x));
        yield return Row("Dropout in evaluation", x =>
        {
            var dropout = new Dropout(0.5);
            dropout.Eval();
            return dropout.Forward(x);
        });
        yield return Row("Dropout of nothing", x => new Dropout(0).Forward(x));
        yield return Row("Sequential of nothing", x => new Sequential().Forward(x));
        yield return Row("Prod of one factor", x => x.Prod(0));
        yield return Row("Prod of one factor, kept", x => x.Prod(0, keepDim: true));
        yield return Row("Power 1", x => x.Pow(1));
        yield return Row("a loss of every element", x => new L1Loss(Reduction.None).Forward(x, Tensor.ZerosLike(x)));

        static TestCaseData Row(string name, Func<Tensor, Tensor> run) => new TestCaseData(run).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Others))]
    public void IsAnotherTensorHereToo(Func<Tensor, Tensor> run)
    {
        foreach (bool recorded in new[] { false, true })
        {
            using Autograd? autograd = recorded ? new Autograd() : null;
            Tensor x = Tensor.From([0.5, 0.25], [1, 2]);
            x.RequiresGrad = recorded;
            RequireApart(run(x), [x], written: !recorded);
        }
    }

    static void RequireApart(Tensor result, Tensor[] operands, bool written)
    {
        double[][] before = [.. operands.Select(operand => operand.ToArray())];
        foreach (Tensor operand in operands)
        {
            Assert.That(result, Is.Not.SameAs(operand), "the result is the operand itself");
            operand.Name = null;
        }
        result.Name = "result";
        if (result.DType.IsFloat()) result.RetainGrad();
        foreach (Tensor operand in operands)
            Assert.That((operand.Name, operand.RetainsGrad), Is.EqualTo(((string?)null, false)));
        if (!written) return;
        result.Fill(1);
        result.CopyFrom(Tensor.Full(result.Shape, 0, result.DType));
        for (int i = 0; i < operands.Length; i++)
            Assert.That(operands[i].ToArray(), Is.EqualTo(before[i]), "writing to the result wrote to the operand");
    }

    [Test]
    public void TheSameValuesAreCopiedWhenTheyAreWrittenTo()
    {
        Tensor x = Tensor.From([1.0, 2]);
        Tensor same = x.To(x.DType);
        Assert.That(same.SharesMemoryWith(x), Is.True, "no copy is made for those who only read");
        same.Fill(7);
        Assert.That((x.ToArray(), same.ToArray(), same.SharesMemoryWith(x)), Is.EqualTo((new double[] { 1, 2 }, new double[] { 7, 7 }, false)));
    }

    [Test]
    public void TheGradientOfAProductOfOneFactorIsItsOwn()
    {
        Tensor x = Tensor.From([2.0], [1, 1], DType.Float64);
        x.RequiresGrad = true;
        using var autograd = new Autograd();
        Tensor product = x.Prod(0, keepDim: true);
        product.RetainGrad();
        autograd.Backward((product * 3 + x).Sum());
        Assert.That((x.Grad!.Item(), product.Grad!.Item()), Is.EqualTo((4.0, 3.0)));
    }
}
