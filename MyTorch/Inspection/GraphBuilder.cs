using System.Globalization;
using System.Runtime.InteropServices;

namespace MyTorch.Inspection;

/// <summary>
/// Builds the graph of a tape. If it would have too many nodes, several operations are collapsed into one node with a count.
/// </summary>
/// <remarks>
/// Only consecutive operations of the tape are collapsed. The tape is a topological order, so the collapsed graph has no cycles.
/// </remarks>
sealed class GraphBuilder
{
    readonly TapeGraphOptions _options;
    readonly Autograd _scope;
    readonly TapeLabels _labels;
    readonly Operation[] _operations;
    readonly Dictionary<(int Value, int User), string> _partials = [];
    readonly Dictionary<Tensor, TraceRow> _adjoints = new(ReferenceEqualityComparer.Instance);

    /// <summary>Consecutive operations of the tape that are one node, or several nodes of one group.</summary>
    readonly record struct Stretch(int From, int To, string? Group)
    {
        internal int Count => To - From;
    }

    internal GraphBuilder(Autograd autograd, TapeGraphOptions options)
    {
        (_scope, _options) = (autograd, options);
        _labels = new TapeLabels(autograd, options.Model);
        _operations = _labels.Operations;
        if (options.AdjointsOf is { } output)
        {
            Trace trace = Trace.Of(autograd, output, seeds: []);
            foreach (TraceRow row in trace.Rows) _adjoints.Add(row.Value, row);
            // By the row of the user and of the value that it uses.
            foreach (var edge in trace.Rows.SelectMany(row => row.Partials).GroupBy(partial => (partial.Input, partial.User)))
                _partials.Add(edge.Key, Notation.Sum(edge.Select(partial => Magnitude(partial.Value))));
        }
    }

    internal TapeGraph Build()
    {
        List<Stretch> groups = StretchesByGroup();
        List<Stretch> nodes = [.. groups.SelectMany(SingleOperations)];
        var graph = Assemble(nodes, groups);
        if (graph.NodeCount <= _options.MaxNodes) return graph;

        // Modules are collapsed first, because their names are informative; sweeps only together with runs of single operations.
        nodes = [.. groups.SelectMany(group => group.Group is null || _labels.PassOf(group.From) > 0 ? SingleOperations(group) : [group])];
        graph = Assemble(nodes, groups);
        if (graph.NodeCount <= _options.MaxNodes) return graph;

        nodes = MergeRuns(nodes, longest: 2 * graph.NodeCount / _options.MaxNodes + 1);
        graph = Assemble(nodes, groups);
        if (graph.NodeCount <= _options.MaxNodes) return graph;

        return Assemble(MergeEvenly(nodes, Math.Max(_options.MaxNodes / 2 - 1, 1)), groups);

        static IEnumerable<Stretch> SingleOperations(Stretch group) =>
            Enumerable.Range(group.From, group.Count).Select(i => new Stretch(i, i + 1, group.Group));
    }

    /// <summary>Divides the tape into consecutive operations of one module, of one sweep, or of neither.</summary>
    List<Stretch> StretchesByGroup()
    {
        var stretches = new List<Stretch>();
        for (int i = 0; i < _operations.Length; i++)
        {
            string? group = _labels.GroupOf(i);
            if (stretches.Count > 0 && stretches[^1] is var last && last.Group == group && _labels.PassOf(last.From) == _labels.PassOf(i))
                stretches[^1] = last with { To = i + 1 };
            else stretches.Add(new Stretch(i, i + 1, group));
        }
        return stretches;
    }

    /// <summary>
    /// Merges adjacent operations if the second is the only user of the first and uses no other recorded value, up to a maximum length.
    /// </summary>
    List<Stretch> MergeRuns(List<Stretch> nodes, int longest)
    {
        int[] users = new int[_operations.Length];
        foreach (Operation operation in _operations)
            foreach (Tensor input in operation.Inputs)
                if (IndexOf(input) is >= 0 and int index) users[index]++;

        var merged = new List<Stretch>();
        foreach (Stretch node in nodes)
        {
            bool follows = merged.Count > 0 && merged[^1] is var last && last.Group == node.Group && node.Count == 1 && last.Count < longest
                && _labels.PassOf(last.From) == _labels.PassOf(node.From) && users[last.To - 1] == 1
                && _operations[node.From].Inputs.Select(IndexOf).Where(index => index >= 0).ToArray() is [var only] && only == last.To - 1;
            if (follows) merged[^1] = merged[^1] with { To = node.To };
            else merged.Add(node);
        }
        return merged;
    }

    List<Stretch> MergeEvenly(List<Stretch> nodes, int target)
    {
        int size = (nodes.Count + target - 1) / target;
        int changes = 0;
        for (int i = 1; i < nodes.Count; i++)
            if (_labels.PassOf(nodes[i].From) != _labels.PassOf(nodes[i - 1].From)) changes++;
        // The boundary between the program and a sweep is kept if there are few sweeps.
        bool keepPasses = changes < target / 4;
        if (keepPasses) size = (nodes.Count + target - changes - 1) / (target - changes);

        var merged = new List<Stretch>();
        int taken = 0;
        foreach (Stretch node in nodes)
        {
            if (merged.Count > 0 && taken < size && (!keepPasses || _labels.PassOf(merged[^1].From) == _labels.PassOf(node.From)))
            {
                merged[^1] = new Stretch(merged[^1].From, node.To, merged[^1].Group == node.Group ? node.Group : null);
                taken++;
            }
            else
            {
                merged.Add(node);
                taken = 1;
            }
        }
        return merged;
    }

    /// <summary>Adds the leaves, then the nodes of the operations, and the edges between them, each once.</summary>
    TapeGraph Assemble(List<Stretch> stretches, List<Stretch> groupStretches)
    {
        int[] nodeOfOperation = new int[_operations.Length];
        for (int n = 0; n < stretches.Count; n++)
            for (int i = stretches[n].From; i < stretches[n].To; i++) nodeOfOperation[i] = n;
        // Separate nodes of a group of the tape share that group; so do the parameters of a module.
        var groups = new List<string>();
        int[] groupOfStretch = new int[stretches.Count];
        Array.Fill(groupOfStretch, -1);
        int at = 0;
        foreach (Stretch group in groupStretches)
        {
            int first = at;
            while (at < stretches.Count && stretches[at].From < group.To) at++;
            if (group.Group is null || (at - first < 2 && !(at - first == 1 && stretches[first].Count == 1))) continue;
            for (int n = first; n < at; n++)
                if (stretches[n].Group == group.Group) groupOfStretch[n] = groups.Count;
            groups.Add(group.Group);
        }

        // Inputs that no operation of this scope computed, in the order in which they are first used, with the nodes that use them.
        var users = new Dictionary<Tensor, SortedSet<int>>(ReferenceEqualityComparer.Instance);
        var order = new List<Tensor>();
        for (int i = 0; i < _operations.Length; i++)
            foreach (Tensor input in _operations[i].Inputs)
            {
                if (IndexOf(input) >= 0 || !IsShown(input)) continue;
                if (!users.TryGetValue(input, out SortedSet<int>? set))
                {
                    users.Add(input, set = []);
                    order.Add(input);
                }
                set.Add(nodeOfOperation[i]);
            }

        var swallowed = new int[stretches.Count];
        var leaves = new List<(List<Tensor> Tensors, SortedSet<int> Users)>();
        bool collapsing = stretches.Any(stretch => stretch.Count > 1);
        var bySet = new Dictionary<string, int>();
        foreach (Tensor input in order.OrderBy(tensor => tensor.RequiresGrad ? 1 : 0).ThenBy(tensor => _labels.VariableNumber(tensor)))
        {
            SortedSet<int> set = users[input];
            if (set.Count == 1 && stretches[set.Min].Count > 1)
            {
                if (input.RequiresGrad) swallowed[set.Min]++;
                continue;
            }
            // In a graph that collapses, leaves that are first used by the same node are drawn as one.
            string key = string.Create(CultureInfo.InvariantCulture, $"{set.Min} {input.RequiresGrad}");
            if (collapsing && order.Count > _options.MaxNodes / 4 && bySet.TryGetValue(key, out int known))
            {
                leaves[known].Tensors.Add(input);
                leaves[known].Users.UnionWith(set);
                continue;
            }
            bySet[key] = leaves.Count;
            leaves.Add(([input], [.. set]));
        }

        var nodes = new List<GraphNode>();
        var edges = new List<(int, int)>();
        var partials = new Dictionary<(int, int), string>();
        foreach ((List<Tensor> tensors, SortedSet<int> set) in leaves)
        {
            int group = groupOfStretch[set.Min];
            bool belongs = group >= 0 && tensors.Count == 1 && _labels.NameOf(tensors[0]) is { } name
                && TapeLabels.Shown(name).StartsWith(groups[group] + ".", StringComparison.Ordinal);
            foreach (int user in set)
            {
                edges.Add((nodes.Count, leaves.Count + user));
                if (tensors.Count == 1 && stretches[user].Count == 1
                    && PartialOf(tensors[0], _operations[stretches[user].From]) is { } partial)
                    partials.Add((nodes.Count, leaves.Count + user), partial);
            }
            nodes.Add(tensors.Count == 1 ? Leaf(tensors[0], belongs ? group : -1) : Leaves(tensors));
        }
        for (int n = 0; n < stretches.Count; n++)
            nodes.Add(stretches[n].Count == 1
                ? Single(stretches[n].From, groupOfStretch[n])
                : Several(stretches[n], swallowed[n], groupOfStretch[n]));

        var last = new HashSet<(int, int)>();
        for (int i = 0; i < _operations.Length; i++)
            foreach (Tensor input in _operations[i].Inputs)
                if (IndexOf(input) is >= 0 and int producer && nodeOfOperation[producer] != nodeOfOperation[i]
                    && last.Add((nodeOfOperation[producer], nodeOfOperation[i])))
                {
                    (int From, int To) edge = (leaves.Count + nodeOfOperation[producer], leaves.Count + nodeOfOperation[i]);
                    edges.Add(edge);
                    if (stretches[nodeOfOperation[producer]].Count == 1 && stretches[nodeOfOperation[i]].Count == 1
                        && PartialOf(input, _operations[i]) is { } partial)
                        partials.Add(edge, partial);
                }
        edges.Sort();
        return new TapeGraph(
            TapeLabels.Shown(_options.Title), WithBars(nodes, leaves.Count, stretches), edges, partials, groups, _operations.Length,
            _options.Bars is { } bars ? TapeLabels.Shown(bars.Label) : null);
    }

    /// <summary>The nodes with a bar for the sum of their operations' numbers. Leaves have none.</summary>
    List<GraphNode> WithBars(List<GraphNode> nodes, int leaves, List<Stretch> stretches)
    {
        if (_options.Bars is not { } bars) return nodes;
        double?[] numbers = new double?[stretches.Count];
        for (int n = 0; n < numbers.Length; n++)
        {
            numbers[n] = 0;
            for (int i = stretches[n].From; i < stretches[n].To; i++) numbers[n] += Number(bars, _operations[i]);
        }
        double largest = numbers.Max() ?? 0;
        for (int n = 0; n < numbers.Length; n++)
            nodes[leaves + n] = nodes[leaves + n] with
            {
                BarLabel = TapeLabels.Shown(bars.Label),
                BarText = numbers[n] is { } number
                    ? $"{Notation.Grouped(number)} {TapeLabels.Shown(bars.Unit)}".TrimEnd()
                    : "not counted",
                BarShare = largest > 0 ? numbers[n] / largest : numbers[n],
            };
        return nodes;
    }

    static double? Number(GraphBars bars, Operation operation) => bars.Of(operation) switch
    {
        { } number when !(number >= 0 && double.IsFinite(number)) =>
            throw Invalid.Operation(
                $"TapeGraph: the bar of {operation.Name} is {number}; it must be 0 or more, or null if it is not known."),
        var number => number,
    };

    /// <summary>What an operation contributes to the adjoint of a value that it uses; null if nothing is known of it.</summary>
    string? PartialOf(Tensor value, Operation user) =>
        _adjoints.TryGetValue(value, out TraceRow? row) && _adjoints.TryGetValue(user.Output, out TraceRow? used)
            ? _partials.GetValueOrDefault((row.Index, used.Index))
            : null;

    bool IsShown(Tensor input) => input.RequiresGrad
        ? _options.ShowParameters
        : _options.ShowConstants && (input.ElementCount != 1 || input.Name is not null);

    /// <summary>The index of a result among the operations of this scope; −1 for anything else.</summary>
    int IndexOf(Tensor tensor) => _scope.Recorded(tensor) ? tensor.Producer!.Index - _scope.Start : -1;

    GraphNode Leaf(Tensor tensor, int group) => new()
    {
        Kind = tensor.RequiresGrad ? NodeKind.Leaf : NodeKind.Constant,
        Id = _labels.Reference(tensor),
        Text = _labels.NameOf(tensor) is { } name ? TapeLabels.Shown(name)
            : tensor.Producer is { } producer ? $"{TapeLabels.Shown(producer.Name)}, of a scope around"
            : "",
        Value = ValueOf(tensor),
        Gradient = GradientOf(tensor),
        Adjoint = AdjointOf(tensor),
        Group = group,
    };

    GraphNode Leaves(List<Tensor> tensors) => new()
    {
        Kind = tensors[0].RequiresGrad ? NodeKind.Leaf : NodeKind.Constant,
        Id = $"{_labels.Reference(tensors[0])} … {_labels.Reference(tensors[^1])}",
        Text = tensors[0].RequiresGrad
            ? TapeGraph.Plural(tensors.Count, "leaf", "leaves")
            : TapeGraph.Plural(tensors.Count, "constant"),
        Value = TapeGraph.Plural(tensors.Sum(tensor => tensor.ElementCount), "element"),
    };

    GraphNode Single(int index, int group)
    {
        Operation operation = _operations[index];
        return new GraphNode
        {
            Kind = NodeKind.Operation,
            Id = _labels.Reference(operation.Output),
            Text = _labels.Call(operation),
            Name = operation.Output.Name is { } name ? TapeLabels.Shown(name) : null,
            Value = ValueOf(operation.Output),
            Gradient = GradientOf(operation.Output),
            IsAdjoint = _labels.AdjointOf(operation.Output) is { } of
                ? string.Join(", ", of.Select(tensor => $"adj({_labels.Reference(tensor)})"))
                : null,
            Adjoint = AdjointOf(operation.Output),
            Group = group,
            Pass = _labels.PassOf(index),
            Count = 1,
        };
    }

    GraphNode Several(Stretch stretch, int leaves, int group)
    {
        var counts = new Dictionary<string, int>();
        for (int i = stretch.From; i < stretch.To; i++)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, TapeLabels.Shown(_operations[i].Name), out _)++;
        string kinds = string.Join(", ", counts
            .OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal).Take(3)
            .Select(count => count.Value == 1 ? count.Key : $"{count.Value} {count.Key}"));
        if (counts.Count > 3) kinds += ", …";
        string text = TapeGraph.Plural(stretch.Count, "operation") + (leaves > 0 ? $", {TapeGraph.Plural(leaves, "leaf", "leaves")}" : "");
        Tensor output = _operations[stretch.To - 1].Output;
        return new GraphNode
        {
            Kind = NodeKind.Collapsed,
            Id = $"{_labels.Reference(_operations[stretch.From].Output)} … {_labels.Reference(output)}",
            Text = (stretch.Group is null || group >= 0 ? "" : stretch.Group + ": ") + text,
            Value = kinds,
            Group = group,
            Pass = Enumerable.Range(stretch.From, stretch.Count).All(i => _labels.PassOf(i) == _labels.PassOf(stretch.From))
                ? _labels.PassOf(stretch.From)
                : 0,
            Count = stretch.Count,
        };
    }

    static string ValueOf(Tensor tensor) => tensor.Rank == 0 ? Notation.Short(tensor) : $"{tensor.Shape} {tensor.DType}";

    string? GradientOf(Tensor tensor)
    {
        if (!_options.ShowGradients || AdjointOf(tensor) is not null || tensor.Grad is not { } gradient) return null;
        return Magnitude(gradient);
    }

    string? AdjointOf(Tensor tensor) => _adjoints.GetValueOrDefault(tensor)?.Adjoint is { } adjoint ? Magnitude(adjoint) : null;

    // A scalar is shown as it is, a tensor by its Euclidean norm.
    static string Magnitude(Tensor tensor)
    {
        if (tensor.Rank == 0) return Notation.Short(tensor);
        double squares = 0;
        for (int i = 0; i < tensor.ElementCount; i++) squares += tensor.ValueAt(i) * tensor.ValueAt(i);
        return $"norm {Notation.Short(Math.Sqrt(squares))}";
    }
}
