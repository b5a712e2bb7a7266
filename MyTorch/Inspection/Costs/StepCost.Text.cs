using System.Globalization;

namespace MyTorch.Inspection;

// The account as text.
public sealed partial class StepCost
{
    const int Edge = 50;

    /// <summary>
    /// The account as aligned tables: operations, modules, totals. Of a long tape the first and last fifty operations; all are in
    /// <see cref="ToJson"/>.
    /// </summary>
    public string ToText()
    {
        string modules = Modules.Count > 1 ? ModuleTable().ToText() + "\n" : "";
        return $"{OperationTable().ToText()}\n{modules}{MemoryTable().ToText()}\n{Closing()}";
    }

    /// <summary>The same tables as Markdown.</summary>
    public string ToMarkdown()
    {
        string modules = Modules.Count > 1 ? ModuleTable().ToMarkdown() + "\n" : "";
        return $"{OperationTable().ToMarkdown()}\n{modules}{MemoryTable().ToMarkdown()}\n{Closing()}";
    }

    /// <summary>The same as <see cref="ToText"/>.</summary>
    public override string ToString() => ToText();

    TextTable OperationTable()
    {
        var table = new TextTable(
            "value", "operation", "module", "result", "kept", "reads", "gradients", "forward", "backward", "µs forward",
            "µs back", "of limit");
        for (int i = 0; i < Operations.Count; i++)
        {
            if (Operations.Count > 2 * Edge && i == Edge)
            {
                i = Operations.Count - Edge;
                table.AddNote(string.Create(CultureInfo.InvariantCulture, $"… {Operations.Count - 2 * Edge} more operations …"));
            }
            OperationCost cost = Operations[i];
            table.Add(
                cost.Value, cost.Call, cost.Module, Number(cost.ResultBytes), Known(cost.SavedBytes), Reads(cost),
                Number(cost.GradientBytes),
                Known(cost.ForwardMultiplyAdds), Known(cost.BackwardMultiplyAdds), Time(cost.ForwardMicroseconds),
                Time(cost.BackwardMicroseconds), Percent(cost.ShareOfLimit));
        }
        return table;
    }

    TextTable ModuleTable()
    {
        var table = new TextTable(
            "module", "operations", "parameters", "results", "kept", "gradients", "forward", "backward", "µs");
        foreach (ModuleCost module in Modules)
            table.Add(
                module.Path.Length == 0 ? "(none)" : module.Path, Number(module.Operations), Number(module.Parameters),
                Number(module.ResultBytes), Known(module.SavedBytes), Number(module.GradientBytes), Known(module.ForwardMultiplyAdds),
                Known(module.BackwardMultiplyAdds), Time(module.Microseconds));
        return table;
    }

    TextTable MemoryTable()
    {
        var table = new TextTable("memory", "arrays", "numbers", "bytes");
        Add("parameters", Parameters);
        Add("gradients of parameters", Gradients);
        Add("results of operations", Results);
        Add("batch, labels, masks, numbers", Given);
        Add("activations: both together", Activations);
        if (Saved is { } saved) Add("activations that backward rules read", saved);
        foreach ((string name, StepMemory memory) in OptimizerState ?? new Dictionary<string, StepMemory>())
            Add($"optimizer: {Notation.Shown(name)}", memory);
        if (OptimizerState is { Count: 0 }) table.Add("optimizer: nothing before its first Step", "0", "0", "0");
        return table;

        void Add(string what, StepMemory memory) =>
            table.Add(what, Number(memory.Tensors), Number(memory.Numbers), Number(memory.Bytes));
    }

    string Closing()
    {
        string text = $"{TapeGraph.Plural(Operations.Count, "operation")}. " +
            $"Multiply-adds of matrix products: {Known(ForwardMultiplyAdds)} forward, {Known(BackwardMultiplyAdds)} backward.\n" +
            "Columns without another unit are bytes; forward and backward are multiply-adds.\n";
        if (NotCounted.Count > 0)
            text += $"Not counted: {string.Join(", ", NotCounted)}. Such an operation says what it costs by implementing " +
                $"{nameof(ICountedOperation)}.\n";
        if (Operations.Any(cost => !cost.IsReached)) text += "A rule without gradients is not reached: the output does not depend on it.\n";
        if (Microseconds is { } measured)
            text += $"Measured: {Time(measured)} µs. The processor's limit is {Notation.Grouped(MultiplyAddsPerSecond!.Value / 1e9)} " +
                $"billion multiply-adds a second on {TapeGraph.Plural(Parallelism.Threads, "thread")}" +
                (ShareOfLimit is null ? ".\n" : $"; at this limit the products would take {Percent(ShareOfLimit)} of the time.\n");
        return text;
    }

    /// <summary>What a rule reads: <c>c1, v1 (parameter), v5 (counted at v6)</c>.</summary>
    static string Reads(OperationCost cost) => cost.Saved is null ? "" : string.Join(", ", cost.Saved.Select(array =>
        array.Kind == StepTensorKind.Parameter ? $"{array.Value} (parameter)"
        : array.CountedAt is { } other ? $"{array.Value} (counted at {other})"
        : array.Value));

    static string Known(long? number) => number is { } known ? Number(known) : "not counted";

    static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    static string? Time(double? microseconds) => microseconds?.ToString("#,0.0", CultureInfo.InvariantCulture);

    static string? Percent(double? share) => share is { } known ? $"{(100 * known).ToString("0.#", CultureInfo.InvariantCulture)} %" : null;
}
