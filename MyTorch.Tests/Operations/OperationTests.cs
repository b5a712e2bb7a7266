using System.Reflection;
using System.Text.RegularExpressions;
using MyTorch.Diagnostics;
using MyTorch.Differentiation;
using MyTorch.Operations;

namespace MyTorch.Tests.Operations;

/// <summary>
/// Every operation of the library, found by reflection: value, rule in both directions, kernels and errors, from the entries of
/// <see cref="OperationTable"/>. What two engines must agree on is in <see cref="OperationGradientTests"/>.
/// </summary>
public sealed class OperationTests
{
    static IEnumerable<TestCaseData> Cases() => OperationTable.CasesOf(_ => true);

    static IEnumerable<TestCaseData> PointwiseCases() => OperationTable.CasesOf(type => type.IsSubclassOf(typeof(PointwiseOperation)));

    // The Cast to Float64 has no value in Float32.
    static IEnumerable<TestCaseData> CasesOfAnyType() => OperationTable.CasesOf(type => type != typeof(Cast));

    static IEnumerable<TestCaseData> OnePassCases() => OperationTable.CasesOf(HasOnePass);

    static IEnumerable<TestCaseData> Errors() =>
        OperationTable.Errors.Select(e => new TestCaseData(e).SetArgDisplayNames(e.ToString()));

    static IEnumerable<Type> Library() => OperationTable.Library;

    static bool HasOnePass(Type operation) =>
        operation.GetMethod(nameof(Operation.BackwardInOnePass), BindingFlags.Instance | BindingFlags.NonPublic)!.DeclaringType != typeof(Operation);

    [TestCaseSource(nameof(Library))]
    public void IsInTheTable(Type operation)
    {
        OperationCase[] cases = [.. OperationTable.Cases.Where(c => c.Operation == operation.Name)];
        Assert.That(cases, Is.Not.Empty, $"{operation.Name}: add its value, inputs and formula to OperationTable.Cases");
        Assert.That(OperationTable.Errors.Any(e => e.Operation == operation.Name), Is.True,
            $"{operation.Name}: add an input it must refuse to OperationTable.Errors");
        Assert.That(WouldShowATranspose(cases), Is.True,
            $"{operation.Name}: add a case with three dimensions or a matrix that is not square; a wrong transpose shows only there");
        if (operation.IsSubclassOf(typeof(BinaryOperation)))
            Assert.That(cases.Any(c => c.Inputs[0].Shape != c.Inputs[1].Shape), Is.True, $"{operation.Name}: add a case in which the operands broadcast");
    }

    // An operation that refuses matrices has nothing to transpose.
    static bool WouldShowATranspose(OperationCase[] cases) =>
        cases.Any(c => c.Inputs.Any(input => input.Rank == 3)) || cases.Any(c => c.Inputs[0].Rank == 2 && c.Inputs[0].Shape[0] != c.Inputs[0].Shape[1])
        || cases.All(RefusesMatrices);

    static bool RefusesMatrices(OperationCase c)
    {
        Tensor[] matrices = [.. c.Inputs.Select(input => input.Rank == 1 ? Tensor.Ones([2, 3], input.DType, requiresGrad: input.RequiresGrad) : input)];
        if (matrices.SequenceEqual(c.Inputs)) return false;
        try
        {
            c.Run(matrices);
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    [Test]
    public void AnOperationOfVectorsOnlyNeedsNoMatrixInTheTable()
    {
        Tensor[] vectors = [Tensor.From([1.0, 2, 3], DType.Float64), Tensor.From([4.0, 5, 6], DType.Float64)];
        OperationCase strict = new("Dot", "vectors", x => x[0].Rank == 1 ? x[0].MatMul(x[1]) : throw new ArgumentException("vectors only"), vectors, v => v[0], "");
        OperationCase lenient = strict with { Run = x => (x[0] * x[1]).Sum() };
        Assert.That(WouldShowATranspose([strict]), Is.True);
        Assert.That(WouldShowATranspose([lenient]), Is.False, "matrices are taken, and none is tried");
        Assert.That(WouldShowATranspose([strict, lenient]), Is.False);
        Assert.That(WouldShowATranspose([lenient with { Inputs = [Tensor.Ones([2, 3]), Tensor.Ones([2, 3])] }]), Is.True);
    }

    [Test]
    public void TheTableNamesOnlyOperationsOfTheLibrary()
    {
        string[] library = [.. Library().Select(type => type.Name)];
        Assert.That(OperationTable.Cases.Select(c => c.Operation).Distinct(), Is.SubsetOf(library));
        Assert.That(OperationTable.Errors.Select(e => e.Operation).Distinct(), Is.SubsetOf(library));
    }

    [TestCaseSource(nameof(Cases))]
    public void HasTheValueOfItsFormula(OperationCase c)
    {
        using var autograd = new Autograd();
        Tensor actual = c.Run(c.Inputs);
        Assert.That(autograd.Operations.Select(operation => operation.GetType().Name), Has.Some.EqualTo(c.Operation), "the operation the case is for");

        NaiveArray expected = c.Value([.. c.Inputs.Select(NaiveArray.Of)]);
        Assert.That(actual.Shape.ToArray(), Is.EqualTo(expected.Shape));
        Assert.That(actual.ToArray(), Is.EqualTo(expected.Data).Within(1e-13));
    }

    [TestCaseSource(nameof(CasesOfAnyType))]
    public void HasTheSameValueInFloat32(OperationCase c)
    {
        Tensor actual = c.Run([.. c.Inputs.Select(input => input.Detach().To(DType.Float32))]);
        Assert.That(actual.DType, Is.EqualTo(DType.Float32));
        Assert.That(actual.ToArray(), Is.EqualTo(c.Value([.. c.Inputs.Select(NaiveArray.Of)]).Data).Within(1e-5));
    }

    [TestCaseSource(nameof(PointwiseCases))]
    public void ItsRuleIsTheUpstreamTimesTheDerivative(OperationCase c)
    {
        using var autograd = new Autograd();
        Tensor output = c.Run(c.Inputs);
        var operation = (PointwiseOperation)autograd.Operations.Last(operation => operation.GetType().Name == c.Operation);
        Tensor upstream = GradientCheck.RandomLike(output, 5);
        Assert.That(operation.Backward(upstream)[0]!.ToArray(), Is.EqualTo((upstream * operation.Derivative()).ToArray()).Within(1e-15));
    }

    [TestCaseSource(nameof(Cases))]
    public void ForwardAndReverseAreTransposesOfEachOther(OperationCase c)
    {
        // ⟨u, J·v⟩ = ⟨Jᵀ·u, v⟩ needs no step size; every subset of changing inputs is a separate case.
        Tensor[] differentiable = [.. c.Inputs.Where(input => input.RequiresGrad)];
        for (int subset = 1; subset < 1 << differentiable.Length; subset++)
        {
            using var autograd = new Autograd();
            Tensor output = c.Run(c.Inputs);
            var directions = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
            for (int i = 0; i < differentiable.Length; i++)
                if ((subset >> i & 1) == 1) directions.TryAdd(differentiable[i], GradientCheck.RandomLike(differentiable[i], 10 + i));
            Tensor u = GradientCheck.RandomLike(output, 5);
            Tensor forward = ForwardMode.Run(autograd, directions).Of(output)!;
            Tensor?[] reverse = autograd.Gradients(output, [.. directions.Keys], u);
            Assert.That(forward.Shape, Is.EqualTo(output.Shape));
            double left = (u * forward).Sum().Item(), right = directions.Values.Zip(reverse, (v, g) => (v * g!).Sum().Item()).Sum();
            Assert.That(left, Is.EqualTo(right).Within(1e-11 * Math.Max(1, Math.Abs(right))), $"inputs {subset:b}");
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void PassesTheCheckOfItsTape(OperationCase c)
    {
        foreach (DType dtype in (DType[])[DType.Float64, DType.Float32])
        {
            Tensor[] inputs = [.. c.Inputs.Select(input => input.DType == DType.Float64 ? input.Detach().To(dtype) : input)];
            for (int k = 0; k < inputs.Length; k++) inputs[k].RequiresGrad = c.Inputs[k].RequiresGrad;
            using var autograd = new Autograd();
            c.Run(inputs);
            TapeCheck check = autograd.Check();
            Assert.That((check.Kinks.Count, check.Unjudged.Count), Is.EqualTo((0, 0)), $"{dtype}: {check}");
        }
    }

    [TestCaseSource(nameof(Library))]
    public void SaysItsTangentItself(Type operation) =>
        Assert.That(operation.GetMethod(nameof(Operation.Tangent))!.DeclaringType, Is.Not.EqualTo(typeof(Operation)),
            $"{operation.Name}: override Tangent; the inherited one calls Backward, which is slow and cannot check it");

    [TestCaseSource(nameof(OnePassCases))]
    public void TheKernelOfOnePassEqualsTheRule(OperationCase c)
    {
        foreach (DType dtype in new[] { DType.Float64, DType.Float32 })
        {
            using var autograd = new Autograd();
            Tensor[] inputs = [.. c.Inputs.Select(input => OperationTable.Fresh(input.Detach().To(dtype), input.RequiresGrad))];
            c.Run(inputs);
            Operation operation = autograd.Operations.Last(operation => operation.GetType().Name == c.Operation);
            Tensor upstream = GradientCheck.RandomLike(operation.Output, 5).To(operation.Output.DType);
            double[] upstreamBefore = upstream.ToArray();
            Tensor?[]? fused = operation.BackwardInOnePass(upstream, new GradientMemory());
            Assert.That(fused, Is.Not.Null);
            foreach ((Tensor? actual, Tensor? expected) in fused!.Zip(operation.Backward(upstream)))
            {
                Assert.That(actual is null, Is.EqualTo(expected is null));
                if (actual is null) continue;
                Assert.That(actual.ToArray(), Is.EqualTo(expected!.ToArray()).Within(dtype == DType.Float64 ? 1e-15 : 1e-6));
                Assert.That(actual.Shape, Is.EqualTo(expected.Shape));
                Assert.That(actual.Gradient.IsBuffer, Is.True, "its memory comes from the buffers");
                actual.Fill(12345);
            }
            Assert.That(upstream.ToArray(), Is.EqualTo(upstreamBefore), "the upstream gradient shares memory with no result");
        }
    }

    [Test]
    public void TheOftenUsedRulesHaveAKernel() =>
        Assert.That(
            Library().Where(HasOnePass).Select(type => type.Name),
            Is.EquivalentTo(new[] { "GELU", "GELUTanh", "Linear", "Mean", "ReLU", "Sigmoid", "SoftmaxCrossEntropy", "Softplus", "Sum", "Swish", "Tanh" }));

    [TestCaseSource(nameof(Cases))]
    public void OverwritingAGradientReachesNothingElse(OperationCase c)
    {
        // Only the library's engine promises this. The naive one returns what the rules return, which may be the upstream gradient itself.
        Tensor[] inputs = [.. c.Inputs.Select(OperationTable.Fresh)];
        using var autograd = new Autograd();
        Tensor output = c.Run(inputs);
        Tensor upstream = GradientCheck.RandomLike(output, 5);
        double[] upstreamBefore = upstream.ToArray(), outputBefore = output.ToArray();
        double[][] inputsBefore = [.. inputs.Select(input => input.ToArray())];

        autograd.Backward(output, upstream);
        double[][] gradients = [.. inputs.Select(input => input.Grad!.ToArray())];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i].Grad!.Fill(12345);
            for (int j = i + 1; j < inputs.Length; j++)
                Assert.That(inputs[j].Grad!.ToArray(), Is.EqualTo(gradients[j]), "another gradient");
        }

        Tensor[] returned = [.. autograd.Gradients(output, inputs, upstream).Select(gradient => gradient!)];
        for (int i = 0; i < returned.Length; i++)
        {
            returned[i].Fill(54321);
            for (int j = i + 1; j < returned.Length; j++)
                Assert.That(returned[j].ToArray(), Is.EqualTo(gradients[j]), "another returned gradient");
        }
        Assert.That(upstream.ToArray(), Is.EqualTo(upstreamBefore), "the upstream gradient");
        Assert.That(output.ToArray(), Is.EqualTo(outputBefore), "the output");
        for (int i = 0; i < inputs.Length; i++)
            Assert.That(inputs[i].ToArray(), Is.EqualTo(inputsBefore[i]), "an input");
    }

    [TestCaseSource(nameof(Errors))]
    public void RefusesWith(OperationError e)
    {
        Assert.That(e.Names, Is.Not.Empty, "name what the message must contain");
        Exception error = Assert.Catch(() => e.Run())!;
        Assert.That(error, Is.InstanceOf<ArgumentException>().Or.InstanceOf<InvalidOperationException>());
        foreach (string name in e.Names)
            Assert.That(error.Message, Does.Contain(name).IgnoreCase);
        Assert.That(Regex.IsMatch(error.Message, @"\w{3,} \w+"), Is.True, "a sentence, not a code");
    }
}
