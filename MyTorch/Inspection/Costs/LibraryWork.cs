using MyTorch.Operations;

namespace MyTorch.Inspection;

/// <summary>
/// What each operation of the library costs. Tests change every array that a rule is said to read, and every other one, and look whether
/// the gradient changes; and they compare the multiply-adds with those that the kernel of the matrix product is asked for.
/// </summary>
static class LibraryWork
{
    static readonly OperationWork s_shapesOnly = new([], 0, 0);

    /// <summary>The work of an operation; null if it is not of the library and does not say.</summary>
    internal static OperationWork? Of(Operation operation) => operation switch
    {
        ICountedOperation own => Checked(own.Work, operation),

        Identity or Negate or Add or Subtract or Cast or Floor or Ceil or Round or Sum or Mean or Center or CumSum or Reshape or Permute
            or Expand or SumTo or Slice or Unslice or Concat => s_shapesOnly,

        Abs or Log or Log1p or Expm1 or Sinh or Cosh or LogSigmoid or Square or Sin or Cos or Erf or Atan or ReLU or LeakyReLU or ELU
            or Swish or GELU or GELUTanh or Softplus or Huber or SmoothL1 or Clamp or Variance => Reads(Input(operation)),

        Exp or Sqrt or Reciprocal or Tan or Tanh or Sigmoid or Softmax or LogSoftmax => Reads(operation.Output),

        Rsqrt or Extreme or StandardDeviation or LogSumExp or Norm or Normalize => Reads(Input(operation), operation.Output),

        Where or IndexSelect or IndexAdd or Gather or ScatterAdd => new(operation.SettingTensors, 0, 0),

        SoftmaxCrossEntropy => new([Input(operation), .. operation.SettingTensors], 0, 0),

        Maximum or Minimum => new(operation.InputArray, 0, 0),

        Multiply => OfBoth(operation, (_, b) => [b], (a, _) => [a]),

        Divide => OfBoth(operation, (_, b) => [b], (_, b) => [b, operation.Output]),

        Power => OfBoth(operation, (a, b) => [a, b], (a, b) => [a, b, operation.Output]),

        BinaryCrossEntropy => OfBoth(operation, (p, t) => [p, t], (p, _) => [p]),

        BinaryCrossEntropyWithLogits => OfBoth(
            operation, (z, t) => [z, t, .. operation.SettingTensors], (z, _) => [z, .. operation.SettingTensors]),

        Linear => Product(operation, (long)operation.Output.ElementCount * operation.InputArray[1].Shape[1]),

        MatMul => Product(operation, operation.Output.ElementCount * InnerSize(Input(operation).Shape, operation.Output.Shape[^2])),

        _ => null,
    };

    static OperationWork Checked(OperationWork? work, Operation operation) => work switch
    {
        null => throw new InvalidOperationException($"{operation.Name}.Work is null; return what the operation costs."),
        { ForwardMultiplyAdds: >= 0, BackwardMultiplyAdds: >= 0, Reads: { } reads } when !reads.Contains(null!) => work,
        _ => throw Invalid.Operation(
            $"{operation.Name}.Work: {work.ForwardMultiplyAdds} and {work.BackwardMultiplyAdds} multiply-adds; they must be 0 or more, and " +
            $"Reads must be a list without null."),
    };

    static Tensor Input(Operation operation) => operation.InputArray[0];

    // A is (…, m, k), or (…, k, m) if it is read transposed.
    static long InnerSize(Shape a, int m) => m == 0 ? 0 : (long)a[^1] * a[^2] / m;

    static OperationWork Reads(params IReadOnlyList<Tensor> tensors) => new(tensors, 0, 0);

    /// <summary>What the rules of two operands read, each only if its operand requires a gradient.</summary>
    static OperationWork OfBoth(Operation operation, Func<Tensor, Tensor, Tensor[]> ruleOfA, Func<Tensor, Tensor, Tensor[]> ruleOfB)
    {
        (Tensor a, Tensor b) = (operation.InputArray[0], operation.InputArray[1]);
        return new([.. b.RequiresGrad ? ruleOfB(a, b) : [], .. a.RequiresGrad ? ruleOfA(a, b) : []], 0, 0);
    }

    /// <summary>C = A·B: each gradient is a product of the same three sizes, C̄·Bᵀ and Aᵀ·C̄, and reads the other operand.</summary>
    static OperationWork Product(Operation operation, long multiplyAdds)
    {
        OperationWork read = OfBoth(operation, (_, b) => [b], (a, _) => [a]);
        return read with { ForwardMultiplyAdds = multiplyAdds, BackwardMultiplyAdds = multiplyAdds * read.Reads.Count };
    }
}
