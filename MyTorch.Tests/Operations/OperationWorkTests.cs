using MyTorch.Differentiation;
using MyTorch.Inspection;

namespace MyTorch.Tests.Operations;

/// <summary>What each operation, found by reflection, says its rule reads and costs, against what the rule does.</summary>
public sealed class OperationWorkTests
{
    static IEnumerable<Type> Library() => OperationTable.Library;

    [TestCaseSource(nameof(Library))]
    public void TheRuleReadsWhatTheAccountSaysAndNothingElse(Type type)
    {
        bool[] wasRead = [false, false];
        var never = new List<string>();
        foreach (OperationCase c in OperationTable.Cases.Where(c => c.Operation == type.Name))
            foreach ((Operation operation, OperationWork work) in Recorded(c))
            {
                using PauseScope pause = Autograd.Pause();
                Tensor upstream = GradientCheck.RandomLike(operation.Output, 5);
                HashSet<Tensor> reads = new(work.Reads.Select(tensor => tensor.MemoryOwner), ReferenceEqualityComparer.Instance);
                var changed = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (Tensor tensor in operation.Inputs.Append(operation.Output).Concat(operation.SettingTensors).DistinctBy(tensor => tensor.MemoryOwner))
                    if (Changes(operation, upstream, tensor)) changed.Add(tensor.MemoryOwner);
                Assert.That(changed, Is.SubsetOf(reads), $"{c}: the rule reads more than it says");
                foreach (Tensor tensor in reads.Except(changed, ReferenceEqualityComparer.Instance).Cast<Tensor>())
                    never.Add($"{c}, {tensor.Describe()}");
                wasRead[0] |= reads.Count == 0;
                wasRead[1] |= reads.Count > 0 && reads.SetEquals(changed);
            }
        // Ones of a size 1, for example, change nothing whatever they are; in some case each array that is read must matter.
        Assert.That(wasRead, Does.Contain(true), $"said to be read, and no change of it changes a gradient: {string.Join("; ", never)}");
    }

    [TestCaseSource(nameof(Library))]
    public void ItsMultiplyAddsAreThoseOfTheKernel(Type type)
    {
        foreach (OperationCase c in OperationTable.Cases.Where(c => c.Operation == type.Name))
            foreach ((Operation operation, OperationWork work) in Recorded(c))
            {
                using PauseScope pause = Autograd.Pause();
                Tensor upstream = GradientCheck.RandomLike(operation.Output, 5);
                long forward = ProductCounter.Count(() => operation.WithInputs(operation.InputArray).Compute());
                long backward = ProductCounter.Count(() => operation.Backward(upstream));
                long onePass = backward;
                if (operation.BackwardInOnePass(upstream, new GradientMemory()) is not null)
                    onePass = ProductCounter.Count(() => operation.BackwardInOnePass(upstream, new GradientMemory()));
                Assert.That((work.ForwardMultiplyAdds, work.BackwardMultiplyAdds, work.BackwardMultiplyAdds), Is.EqualTo((forward, backward, onePass)), c.ToString());
            }
    }

    [Test]
    public void ProductsHaveMultiplyAddsAndAreTheOnlyOnes()
    {
        string[] products = [.. OperationTable.Cases
            .Where(c => Recorded(c).Any(recorded => recorded.Work.ForwardMultiplyAdds > 0)).Select(c => c.Operation).Distinct()];
        Assert.That(products, Is.EquivalentTo(new[] { "MatMul", "Linear" }));
    }

    /// <summary>The case with each input alone requiring a gradient, and with all.</summary>
    static IEnumerable<(Operation Operation, OperationWork Work)> Recorded(OperationCase c)
    {
        int[] differentiable = [.. Enumerable.Range(0, c.Inputs.Length).Where(k => c.Inputs[k].RequiresGrad)];
        foreach (int[] subset in differentiable.Select(k => (int[])[k]).Append(differentiable))
        {
            Tensor[] inputs = [.. c.Inputs.Select((input, k) => OperationTable.Fresh(input, subset.Contains(k)))];
            using var autograd = new Autograd();
            c.Run(inputs);
            if (autograd.Operations.LastOrDefault(operation => operation.GetType().Name == c.Operation) is not { } operation) continue;
            yield return (operation, LibraryWork.Of(operation) ?? throw new AssertionException($"{c.Operation}: say in LibraryWork what it costs"));
        }
    }

    /// <summary>Whether other numbers in a tensor give another gradient.</summary>
    static bool Changes(Operation operation, Tensor upstream, Tensor tensor)
    {
        double[] before = Gradients(operation, upstream);
        foreach (Action change in Changes(tensor))
        {
            Array kept = tensor.ToKept();
            change();
            double[] after;
            try
            {
                after = Gradients(operation, upstream);
            }
            finally
            {
                tensor.Restore(kept);
            }
            if (!after.AsSpan().SequenceEqual(before)) return true;
        }
        return false;
    }

    static double[] Gradients(Operation operation, Tensor upstream)
    {
        IEnumerable<double> all = operation.Backward(upstream).SelectMany(gradient => gradient?.ToArray() ?? []);
        Tensor?[]? onePass = operation.BackwardInOnePass(upstream, new GradientMemory());
        return [.. all, .. (onePass ?? []).SelectMany(gradient => gradient?.ToArray() ?? [])];
    }

    // Written past the engine, which would notice. Indices stay in range.
    static IEnumerable<Action> Changes(Tensor tensor)
    {
        switch (tensor.DType)
        {
            case DType.Int64:
                yield return () => tensor.Write<long>().Clear();
                yield break;
            case DType.Bool:
                yield return () => { foreach (ref bool value in tensor.Write<bool>()) value = !value; };
                yield break;
            default:
                yield return () => { foreach (ref double value in tensor.Write<double>()) value = 1.7 * value + 0.3; };
                yield return () => { foreach (ref double value in tensor.Write<double>()) value = -value; };
                yield return () =>
                {
                    Span<double> values = tensor.Write<double>();
                    for (int i = 0; i < values.Length; i++) values[i] = 3 * Math.Sin(i + 1);
                };
                yield break;
        }
    }
}

static class KeptValues
{
    internal static Array ToKept(this Tensor tensor) => tensor.DType switch
    {
        DType.Int64 => tensor.Read<long>().ToArray(),
        DType.Bool => tensor.Read<bool>().ToArray(),
        _ => tensor.Read<double>().ToArray(),
    };

    internal static void Restore(this Tensor tensor, Array kept)
    {
        switch (kept)
        {
            case long[] values: values.CopyTo(tensor.Write<long>()); break;
            case bool[] values: values.CopyTo(tensor.Write<bool>()); break;
            default: ((double[])kept).CopyTo(tensor.Write<double>()); break;
        }
    }
}
