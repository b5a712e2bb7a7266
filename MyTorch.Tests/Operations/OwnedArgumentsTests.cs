using System.Reflection;
using MyTorch.Differentiation;
using MyTorch.Operations;

namespace MyTorch.Tests.Operations;

/// <summary>
/// An operation owns what its constructor was given: whatever the caller does afterwards with an array or a tensor, the gradient is
/// the one of the recorded value, or there is an error that names the operation.
/// </summary>
public sealed class OwnedArgumentsTests
{
    static Tensor Values(params int[] shape)
    {
        Shape of = shape;
        return Tensor.From([.. Enumerable.Range(0, of.ElementCount).Select(i => 0.31 + 0.4 * ((i * 5 % 7) / 7.0))], of, DType.Float64);
    }

    // Arguments for operations that need others than tensors of shape (2, 3) and numbers. The first tensors are operands.
    static readonly Dictionary<string, Func<object?[]>> s_arguments = new()
    {
        ["Cast(Tensor, DType)"] = () => [Values(2, 3), DType.Float32],
        ["Clamp(Tensor, Nullable`1, Nullable`1)"] = () => [Values(2, 3), 0.4, 0.6],
        ["Concat(Tensor[], Int32)"] = () => [new[] { Values(2, 3), Values(2, 3), Values(2, 3) }, 1],
        ["Center(Tensor, Int32[])"] = () => [Values(2, 3, 2), new[] { 1 }],
        ["CumSum(Tensor, Int32, Boolean)"] = () => [Values(2, 3), 1, true],
        ["Expand(Tensor, Shape)"] = () => [Values(3, 1), Shape.Create([2, 3, 4])],
        ["Extreme(Tensor, Int32[], Boolean, Boolean)"] = () => [Values(2, 3, 2), new[] { 1 }, false, true],
        ["Gather(Tensor, Int32, Tensor)"] = () => [Values(3, 3), 0, Tensor.Indices([0, 1, 2], [1, 3])],
        ["IndexAdd(Tensor, Int32, Tensor, Shape)"] = () => [Values(3, 2), 0, Tensor.Indices(2, 0, 2), Shape.Create([4, 2])],
        ["IndexSelect(Tensor, Int32, Tensor)"] = () => [Values(3, 3), 0, Tensor.Indices(2, 0, 2)],
        ["Linear(Tensor, Tensor)"] = () => [Values(4, 3), Values(2, 3)],
        ["Linear(Tensor, Tensor, Tensor)"] = () => [Values(4, 3), Values(2, 3), Values(2)],
        ["LogSoftmax(Tensor, Int32)"] = () => [Values(2, 3), 1],
        ["LogSumExp(Tensor, Int32[], Boolean)"] = () => [Values(2, 3, 2), new[] { 1 }, false],
        ["MatMul(Tensor, Tensor, Boolean, Boolean)"] = () => [Values(3, 4), Values(3, 2), true, false],
        ["Mean(Tensor, Int32[], Boolean)"] = () => [Values(2, 3, 2), new[] { 1 }, false],
        ["Norm(Tensor, Int32[], Boolean)"] = () => [Values(2, 3, 2), new[] { 1 }, false],
        ["Normalize(Tensor, Int32[], Double)"] = () => [Values(2, 3, 2), new[] { 1 }, 0.1],
        ["Permute(Tensor, Int32[])"] = () => [Values(2, 3, 4), new[] { 1, 2, 0 }],
        ["Reshape(Tensor, Shape)"] = () => [Values(2, 3), Shape.Create([3, 2])],
        ["ScatterAdd(Tensor, Int32, Tensor, Shape)"] = () => [Values(2, 3), 1, Tensor.Indices([0, 3, 0, 1, 1, 2], [2, 3]), Shape.Create([2, 4])],
        ["Slice(Tensor, Int32[], Int32[], Shape)"] = () => [Values(4, 4), new[] { 1, 0 }, new[] { 1, 2 }, Shape.Create([2, 2])],
        ["Softmax(Tensor, Int32)"] = () => [Values(2, 3), 1],
        ["SoftmaxCrossEntropy(Tensor, Tensor)"] = () => [Values(3, 4), Tensor.Indices(3, 0, 2)],
        ["StandardDeviation(Tensor, Int32[], Boolean, Boolean)"] = () => [Values(2, 3, 2), new[] { 1 }, false, true],
        ["Sum(Tensor, Int32[], Boolean)"] = () => [Values(2, 3, 2), new[] { 1 }, false],
        ["SumTo(Tensor, Shape)"] = () => [Values(2, 3), Shape.Create([2, 1])],
        ["Unslice(Tensor, Shape, Int32[], Int32[])"] = () => [Values(2, 2), Shape.Create([4, 4]), new[] { 1, 0 }, new[] { 1, 2 }],
        ["Variance(Tensor, Int32[], Boolean, Boolean)"] = () => [Values(2, 3, 2), new[] { 1 }, false, true],
        ["Where(Tensor, Tensor, Tensor)"] = () => [Tensor.Mask([true, false, true, true, false, false], [2, 3]), Values(2, 3), Values(2, 3)],
    };

    static string Signature(ConstructorInfo constructor) =>
        $"{constructor.DeclaringType!.Name}({string.Join(", ", constructor.GetParameters().Select(p => p.ParameterType.Name))})";

    /// <summary>The arguments of the table, or for operands and numbers alone some that suit every function.</summary>
    static object?[] Arguments(ConstructorInfo constructor)
    {
        if (s_arguments.TryGetValue(Signature(constructor), out Func<object?[]>? arguments)) return arguments();
        return [.. constructor.GetParameters().Select(p =>
            p.ParameterType == typeof(Tensor) ? Values(2, 3)
            : p.ParameterType == typeof(double) ? (object)0.7
            : throw new InvalidOperationException($"{Signature(constructor)} is not in s_arguments: add the arguments with which it is tried."))];
    }

    static readonly Dictionary<string, ConstructorInfo> s_constructors =
        OperationTable.Library.SelectMany(type => type.GetConstructors()).ToDictionary(Signature);

    static IEnumerable<string> Constructors => s_constructors.Keys;

    [Test]
    public void TheTableNamesConstructorsThatExist() => Assert.That(s_arguments.Keys, Is.SubsetOf(s_constructors.Keys));

    /// <summary>What a caller can do with an argument afterwards, one at a time.</summary>
    static IEnumerable<(string Name, Action Do)> Changes(object?[] arguments)
    {
        for (int a = 0; a < arguments.Length; a++)
            switch (arguments[a])
            {
                case Array array:
                    for (int i = 0; i < array.Length; i++)
                    {
                        int place = i;
                        if (array is int[] numbers)
                            foreach (int value in (int[])[0, 1, 2, -1, numbers[place] + 1])
                                yield return ($"argument {a}: [{place}] = {value}", () => numbers[place] = value);
                        else if (array is Tensor[] tensors)
                        {
                            yield return ($"argument {a}: another tensor at {place}", () => tensors[place] = Tensor.Full(tensors[place].Shape, 0.9, DType.Float64));
                            yield return ($"argument {a}: null at {place}", () => tensors[place] = null!);
                            yield return ($"argument {a}: Fill at {place}", () => tensors[place].Fill(0.9));
                        }
                        else throw new InvalidOperationException($"Nobody said how to change {array}.");
                    }
                    break;
                case Tensor tensor:
                    yield return ($"argument {a}: Fill(1)", () => tensor.Fill(1));
                    yield return ($"argument {a}: Fill(0)", () => tensor.Fill(0));
                    yield return ($"argument {a}: CopyFrom", () => tensor.CopyFrom(tensor.DType.IsFloat() ? tensor * 0.5 + 0.1 : Tensor.ZerosLike(tensor)));
                    yield return ($"argument {a}: written through a view", () => tensor.Detach().Fill(1));
                    break;
            }
    }

    static IEnumerable<Tensor> TensorsIn(object?[] arguments) =>
        arguments.SelectMany(argument => argument switch { Tensor tensor => [tensor], Tensor[] tensors => tensors, _ => (Tensor[])[] });

    static readonly Dictionary<string, Func<Autograd, Tensor, Tensor[], IEnumerable<Tensor?>>> s_derivatives = new()
    {
        ["gradients"] = (autograd, y, operands) => autograd.Gradients(y, operands, Upstream(y)),
        ["tangent"] = (autograd, y, operands) =>
        {
            using (Autograd.Pause())
                return [ForwardMode.Run(autograd, operands.ToDictionary(x => x, x => Values([.. x.Shape]), (IEqualityComparer<Tensor>)ReferenceEqualityComparer.Instance)).Of(y)];
        },
        ["second derivatives"] = (autograd, y, operands) =>
        {
            Tensor?[] first = autograd.Gradients(y, operands, Upstream(y), createGraph: true);
            return first.SelectMany(g => g is { RequiresGrad: true, IsLeaf: false } ? autograd.Gradients(g.Square().Sum(), operands) : []);
        },
    };

    static Tensor Upstream(Tensor y) => Tensor.From([.. Enumerable.Range(1, y.ElementCount).Select(i => (double)i)], y.Shape, y.DType);

    static double[][] Derivatives(ConstructorInfo constructor, string kind, int change, bool beforeApply, out string what)
    {
        object?[] arguments = Arguments(constructor);
        Tensor[] floats = [.. TensorsIn(arguments).Where(tensor => tensor.DType.IsFloat())];
        foreach (Tensor tensor in floats) tensor.RequiresGrad = true;
        using var autograd = new Autograd();
        var operation = (Operation)constructor.Invoke(arguments);
        Tensor[] operands = [.. operation.Inputs];
        (string Name, Action Do)[] changes = [.. Changes(arguments)];
        what = change < 0 ? "nothing" : changes[change].Name;
        if (change >= 0 && beforeApply) changes[change].Do();
        Tensor y = operation.Apply();
        if (change >= 0 && !beforeApply) changes[change].Do();
        return [y.ToArray(), .. s_derivatives[kind](autograd, y, operands).Select(g => g?.ToArray() ?? [])];
    }

    [Test]
    public void AChangeAfterwardsChangesNoDerivative(
        [ValueSource(nameof(Constructors))] string signature, [Values("gradients", "tangent", "second derivatives")] string kind)
    {
        ConstructorInfo constructor = s_constructors[signature];
        double[][] expected = Derivatives(constructor, kind, -1, false, out _);
        int changes = Changes(Arguments(constructor)).Count(), refused = 0;
        Assert.That(changes, Is.GreaterThan(0));
        for (int i = 0; i < changes; i++)
        {
            string what = "";
            try
            {
                Assert.That(Derivatives(constructor, kind, i, beforeApply: false, out what), Is.EqualTo(expected), what);
            }
            catch (InvalidOperationException e)
            {
                refused++;
                Assert.That(e.Message, Does.Contain(constructor.DeclaringType == typeof(Extreme) ? "AMax" : constructor.DeclaringType!.Name).And.Contain("was changed after"), what);
            }
        }
        Assert.That(refused, Is.GreaterThan(0), "a change of an operand is an error");
    }

    [TestCaseSource(nameof(Constructors))]
    public void AnArrayThatWasGivenIsCopiedAtOnce(string signature)
    {
        ConstructorInfo constructor = s_constructors[signature];
        (string Name, Action)[] changes = [.. Changes(Arguments(constructor))];
        double[][] expected = Derivatives(constructor, "gradients", -1, false, out _);
        for (int i = 0; i < changes.Length; i++)
            if (changes[i].Name.Contains("] = ", StringComparison.Ordinal) || changes[i].Name.Contains("tensor at", StringComparison.Ordinal) || changes[i].Name.Contains("null at", StringComparison.Ordinal))
                Assert.That(Derivatives(constructor, "gradients", i, beforeApply: true, out _), Is.EqualTo(expected), changes[i].Name);
    }

    [TestCaseSource(nameof(Constructors))]
    public void TheInputsCannotBeWritten(string signature)
    {
        ConstructorInfo constructor = s_constructors[signature];
        var operation = (Operation)constructor.Invoke(Arguments(constructor));
        Tensor first = operation.Inputs[0], other = Tensor.From(7, DType.Float64);
        Assert.That(operation.Inputs, Is.Not.InstanceOf<Array>());
        Assert.That(operation.Inputs, Is.SameAs(operation.Inputs), "made once");
        if (operation.Inputs is IList<Tensor> list) Assert.That(() => list[0] = other, Throws.Exception);
        if (operation.Inputs is System.Collections.IList untyped) Assert.That(() => untyped[0] = other, Throws.Exception);
        if (operation.Inputs is System.Collections.ICollection collection) Assert.That(collection.SyncRoot, Is.Not.InstanceOf<Array>());
        Assert.That((operation.Inputs[0], operation.Inputs.Count, operation.Inputs.Single(input => ReferenceEquals(input, first))), Is.EqualTo((first, operation.InputArray.Length, first)));
    }
}
