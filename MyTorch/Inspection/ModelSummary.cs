using System.Globalization;
using MyTorch.Nn;

namespace MyTorch.Inspection;

/// <summary>One module of a <see cref="ModelSummary"/>.</summary>
/// <param name="Path">The path in the model, <c>layers.0</c>; empty for the model itself.</param>
/// <param name="Description">Its type and settings, <c>Linear(64, 32)</c>.</param>
/// <param name="OutputShape">The shape of the last result that it recorded; null if none was seen.</param>
/// <param name="Parameters">The number of learned numbers in it and all below it.</param>
/// <param name="Operations">The names of the operations that it and all below it recorded, in sequence.</param>
public sealed record ModuleSummary(string Path, string Description, Shape? OutputShape, int Parameters, IReadOnlyList<string> Operations);

/// <summary>
/// A table of a model's modules, outermost first: path, type, output shape, parameters, operations.
/// </summary>
/// <remarks>
/// The model runs once, in evaluation mode so that no running statistic changes, in its own <see cref="Autograd"/> scope, which notes for
/// each operation the module that made it. A module whose <see cref="Module.Forward"/> was not called, or recorded nothing, is
/// marked with "not seen".
/// <code>Console.WriteLine(ModelSummary.Of(model, batch.Inputs));</code>
/// </remarks>
public sealed class ModelSummary
{
    ModelSummary(Shape input, DType dtype, IReadOnlyList<ModuleSummary> modules)
    {
        (InputShape, InputDType, Modules) = (input, dtype, modules);
    }

    /// <summary>The shape of the example.</summary>
    public Shape InputShape { get; }

    /// <summary>The type of the example.</summary>
    public DType InputDType { get; }

    /// <summary>The model and all modules in it, each once.</summary>
    public IReadOnlyList<ModuleSummary> Modules { get; }

    /// <summary>
    /// Runs the model on an example input and notes which operations each module makes. The model and its gradients stay as they are.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="input">One batch of any size.</param>
    /// <exception cref="ArgumentException">The model does not accept the input; the message comes from the module.</exception>
    public static ModelSummary Of(Module model, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        (string Path, Module Module)[] modules = [.. model.NamedModules()];
        var place = new Dictionary<Module, int>(ReferenceEqualityComparer.Instance);
        var placeOf = new Dictionary<string, int>();
        for (int i = 0; i < modules.Length; i++)
        {
            place.TryAdd(modules[i].Module, i);
            placeOf.TryAdd(modules[i].Path, i);
        }
        var recorded = new List<Operation>[modules.Length];
        for (int i = 0; i < modules.Length; i++) recorded[i] = [];

        // Everything that depends on the input is recorded, even before the first parameter.
        Tensor example = input.DetachedLeaf(requiresGrad: input.DType.IsFloat());
        using IDisposable evaluation = model.InEvaluationMode();
        // Under a pause the scope records on a separate tape, so the run records nothing in scopes around it.
        using var pause = Autograd.Pause();
        using var autograd = new Autograd(recordSources: false, recordMakers: true, strict: false);
        model.Forward(example);
        foreach (Operation operation in autograd.Operations)
        {
            int maker = operation.Maker is Module module && place.TryGetValue(module, out int found) ? found : 0;
            foreach (string path in Containing(modules[maker].Path))
                if (placeOf.TryGetValue(path, out int i)) recorded[i].Add(operation);
        }
        return new ModelSummary(input.Shape, input.DType, [.. modules.Select((module, i) => new ModuleSummary(
            module.Path, module.Module.Describe(), recorded[i].Count > 0 ? recorded[i][^1].Output.Shape : (Shape?)null,
            module.Module.ParameterCount, [.. recorded[i].Select(operation => operation.Name)]))]);
    }

    // a.b.c is in itself, in a.b, in a, and in the model.
    static IEnumerable<string> Containing(string path)
    {
        for (int end = path.Length; end > 0; end = path.LastIndexOf('.', end - 1)) yield return path[..end];
        yield return "";
    }

    /// <summary>The table, aligned, with a line about the whole model.</summary>
    public string ToText() => Table().ToText() + Closing();

    /// <summary>The table as Markdown, with a line about the whole model.</summary>
    public string ToMarkdown() => Table().ToMarkdown() + "\n" + Closing();

    /// <summary>The same as <see cref="ToText"/>.</summary>
    public override string ToString() => ToText();

    TextTable Table()
    {
        var table = new TextTable("module", "type", "output", "parameters", "operations");
        foreach (ModuleSummary module in Modules)
            table.Add(
                module.Path.Length == 0 ? "(model)" : Notation.Shown(module.Path),
                Notation.Shown(module.Description),
                module.OutputShape?.ToString() ?? "not seen",
                module.Parameters.ToString("#,0", CultureInfo.InvariantCulture),
                Names(module.Operations));
        return table;
    }

    string Closing()
    {
        string text = $"{TapeGraph.Plural(Modules[0].Parameters, "parameter")}, "
            + $"{TapeGraph.Plural(Modules[0].Operations.Count, "operation")} "
            + $"for an input {InputShape} {InputDType}, in evaluation mode. A module's row counts what is in it.\n";
        if (Modules.Any(module => module.OutputShape is null))
            text += "Not seen: the module's Forward was not called, or recorded nothing.\n";
        return text;
    }

    /// <summary>The count, then the kinds in the order of their first use: <c>3: Linear ×2, ReLU</c>.</summary>
    static string Names(IReadOnlyList<string> operations)
    {
        const int most = 4;
        if (operations.Count == 0) return "0";
        var kinds = operations.CountBy(name => name).ToArray();
        string names = string.Join(", ", kinds.Take(most).Select(kind => kind.Value == 1
            ? Notation.Shown(kind.Key)
            : string.Create(CultureInfo.InvariantCulture, $"{Notation.Shown(kind.Key)} ×{kind.Value}")));
        return string.Create(CultureInfo.InvariantCulture, $"{operations.Count}: {names}{(kinds.Length > most ? ", …" : "")}");
    }
}
