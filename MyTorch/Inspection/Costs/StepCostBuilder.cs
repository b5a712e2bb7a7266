using System.Runtime.CompilerServices;
using MyTorch.Optim;

namespace MyTorch.Inspection;

/// <summary>Reads a tape and adds up what it costs.</summary>
/// <remarks>An array is known by the tensor that owns it, so views and shared results are found to be the same.</remarks>
sealed class StepCostBuilder
{
    readonly Autograd _scope;
    readonly StepCostOptions _options;
    readonly TapeLabels _labels;
    readonly Operation[] _operations;
    readonly Dictionary<Tensor, StepTensorKind> _kinds = new(ReferenceEqualityComparer.Instance);
    // The name of the first result whose rule reads an array.
    readonly Dictionary<Tensor, string> _countedAt = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<Tensor> _parameters = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<Tensor> _reachedParameters = new(ReferenceEqualityComparer.Instance);

    internal StepCostBuilder(Autograd scope, StepCostOptions options)
    {
        (_scope, _options) = (scope, options);
        _labels = new TapeLabels(scope, options.Model);
        _operations = _labels.Operations;
    }

    internal StepCost Build()
    {
        bool[] reached = Reached();
        StepTimes? times = _options.Measure ? StepTimes.Measure(_scope, _operations, _options.Output ?? LastOutput(), _options.Runs) : null;
        var costs = new ConditionalWeakTable<Operation, OperationCost>();
        var all = new OperationCost[_operations.Length];
        for (int i = 0; i < all.Length; i++) costs.Add(_operations[i], all[i] = Of(i, reached[i], times));
        if (_options.Model is { } model) foreach (Tensor parameter in model.Parameters()) _parameters.Add(parameter);
        return new StepCost(all, costs, Modules(all))
        {
            Parameters = Memory(_parameters),
            Gradients = Memory(_reachedParameters),
            Results = Memory(Owners(StepTensorKind.Result)),
            Given = Memory(Owners(StepTensorKind.Given)),
            Saved = all.All(cost => cost.IsCounted)
                ? Memory(_countedAt.Keys.Where(owner => _kinds[owner] != StepTensorKind.Parameter))
                : null,
            OptimizerState = _options.Optimizer is { } optimizer ? StateOf(optimizer) : null,
            Microseconds = times?.Total,
            MultiplyAddsPerSecond = times?.MultiplyAddsPerSecond,
        };
    }

    IEnumerable<Tensor> Owners(StepTensorKind kind) => _kinds.Where(known => known.Value == kind).Select(known => known.Key);

    Tensor LastOutput() => _operations is [.., { Output: { ElementCount: 1 } last }]
        ? last
        : throw Invalid.Argument("options",
            $"Cost: to measure the backward pass, set Output to the loss, a recorded result with one element. " +
            $"{(_operations.Length == 0 ? "Nothing was recorded" : $"The last result is {_operations[^1].Output.Describe()}")}.");

    /// <summary>Which operations lead to the output.</summary>
    bool[] Reached()
    {
        var reached = new bool[_operations.Length];
        if (_options.Output is not { } output)
        {
            Array.Fill(reached, true);
            return reached;
        }
        int last = output.Producer!.Index - _scope.Start;
        reached[last] = true;
        for (int i = last; i >= 0; i--)
            if (reached[i])
                foreach (Tensor input in _operations[i].InputArray)
                    if (_scope.Recorded(input)) reached[input.Producer!.Index - _scope.Start] = true;
        return reached;
    }

    OperationCost Of(int index, bool reached, StepTimes? times)
    {
        Operation operation = _operations[index];
        var parameters = new List<(string, int)>();
        long gradients = 0;
        foreach (Tensor input in operation.InputArray)
        {
            if (!_scope.Recorded(input)) _kinds.TryAdd(input.MemoryOwner, KindOf(input));
            if (!input.RequiresGrad) continue;
            if (reached) gradients += Bytes(input);
            if (!input.IsLeaf) continue;
            if (_parameters.Add(input)) parameters.Add((_labels.Reference(input), input.ElementCount));
            if (reached) _reachedParameters.Add(input);
        }
        foreach (Tensor setting in operation.SettingTensors) _kinds.TryAdd(setting.MemoryOwner, KindOf(setting));
        bool isNew = _kinds.TryAdd(operation.Output.MemoryOwner, StepTensorKind.Result);
        OperationWork? work = LibraryWork.Of(operation);
        string value = _labels.Reference(operation.Output);
        long? backward = reached ? work?.BackwardMultiplyAdds : work is null ? null : 0;
        return new OperationCost
        {
            Index = index,
            Value = value,
            Name = Notation.Shown(operation.Name),
            Call = _labels.Call(operation),
            Module = _labels.GroupOf(index),
            IsCounted = work is not null,
            IsReached = reached,
            ResultBytes = isNew ? Bytes(operation.Output) : 0,
            Saved = work is null ? null : reached ? [.. SavedBy(work, value)] : [],
            GradientBytes = gradients,
            ForwardMultiplyAdds = work?.ForwardMultiplyAdds,
            BackwardMultiplyAdds = backward,
            ForwardMicroseconds = times?.Forward[index],
            BackwardMicroseconds = reached ? times?.Backward[index] : null,
            ShareOfLimit = times?.ShareOfLimit(index, work?.ForwardMultiplyAdds + backward),
            Parameters = parameters,
        };
    }

    IEnumerable<SavedArray> SavedBy(OperationWork work, string value)
    {
        foreach (Tensor tensor in work.Reads.DistinctBy(tensor => tensor.MemoryOwner))
        {
            Tensor owner = tensor.MemoryOwner;
            _kinds.TryAdd(owner, KindOf(tensor));
            bool isFirst = _countedAt.TryAdd(owner, value);
            yield return new SavedArray(_labels.Reference(tensor), _kinds[owner], Bytes(tensor), isFirst ? null : _countedAt[owner]);
        }
    }

    // A view that is no result itself, such as a detached parameter, is what its owner is.
    static StepTensorKind KindOf(Tensor tensor) =>
        tensor is { RequiresGrad: true, IsLeaf: true } || tensor.MemoryOwner is { RequiresGrad: true, IsLeaf: true }
            ? StepTensorKind.Parameter
            : StepTensorKind.Given;

    static ModuleCost[] Modules(OperationCost[] costs) =>
    [
        .. costs.GroupBy(cost => cost.Module ?? "").Select(module => new ModuleCost(
            module.Key,
            module.Count(),
            module.Sum(cost => cost.Parameters.Sum(parameter => (long)parameter.Count)),
            module.Sum(cost => cost.ResultBytes),
            StepCost.Sum(module, cost => cost.SavedBytes),
            module.Sum(cost => cost.GradientBytes),
            StepCost.Sum(module, cost => cost.ForwardMultiplyAdds),
            StepCost.Sum(module, cost => cost.BackwardMultiplyAdds),
            module.First().ForwardMicroseconds is null
                ? null
                : module.Sum(cost => (cost.ForwardMicroseconds ?? 0) + (cost.BackwardMicroseconds ?? 0)))),
    ];

    static Dictionary<string, StepMemory> StateOf(Optimizer optimizer) => optimizer.ParameterGroups
        .SelectMany(group => group.States)
        .SelectMany(state => state)
        .GroupBy(entry => entry.Name)
        .ToDictionary(entries => entries.Key, entries => Memory(entries.Select(entry => entry.Value)));

    static StepMemory Memory(IEnumerable<Tensor> tensors)
    {
        (int count, long numbers, long bytes) = (0, 0, 0);
        foreach (Tensor tensor in tensors)
        {
            count++;
            numbers += tensor.ElementCount;
            bytes += Bytes(tensor);
        }
        return new StepMemory(count, numbers, bytes);
    }

    static long Bytes(Tensor tensor) => (long)tensor.ElementCount * tensor.DType switch
    {
        DType.Float32 => sizeof(float),
        DType.Bool => sizeof(bool),
        _ => sizeof(double),
    };
}
