using System.Globalization;
using MyTorch.Nn;

namespace MyTorch.Inspection;

/// <summary>
/// What the values and operations of a scope are called in pictures and tables, and the module or sweep that each belongs to.
/// </summary>
sealed class TapeLabels
{
    const int MostArguments = 4;

    readonly ValueNames _names;
    readonly Dictionary<Tensor, string> _parameterNames = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<Module, string> _modulePaths = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<Tensor, List<Tensor>> _adjointOf = new(ReferenceEqualityComparer.Instance);
    readonly Operation[] _operations;
    readonly int[] _pass;

    /// <param name="autograd">The scope, with what it has recorded so far.</param>
    /// <param name="model">The model that the paths of modules begin at; null if it is not known.</param>
    internal TapeLabels(Autograd autograd, Module? model)
    {
        _operations = [.. autograd.Operations];
        _names = ValueNames.Of(autograd.Tape);
        _pass = new int[_operations.Length];
        if (model is not null)
        {
            foreach ((string name, Tensor tensor) in model.NamedParameters()) _parameterNames.TryAdd(tensor, name);
            foreach ((string path, Module module) in model.NamedModules()) _modulePaths.TryAdd(module, path);
        }
        ReadExtensions(autograd);
    }

    /// <summary>The operations of the scope, in sequence.</summary>
    internal Operation[] Operations => _operations;

    // Sweeps are numbered in the order in which they started. An inner sweep ends first and owns its operations.
    void ReadExtensions(Autograd autograd)
    {
        int pass = 0;
        foreach (Extension extension in autograd.Tape.Extensions
            .OrderBy(extension => extension.From).ThenByDescending(extension => extension.To))
        {
            int from = Math.Max(extension.From - autograd.Start, 0), to = Math.Min(extension.To - autograd.Start, _operations.Length);
            if (from >= to) continue;
            pass++;
            for (int i = from; i < to; i++) _pass[i] = pass;
            foreach ((Tensor gradient, Tensor of) in extension.Gradients)
            {
                if (!_adjointOf.TryGetValue(gradient, out List<Tensor>? tensors)) _adjointOf.Add(gradient, tensors = []);
                tensors.Add(of);
            }
        }
    }

    /// <summary>The number of the sweep with createGraph that recorded an operation, from 1; 0 for the program.</summary>
    internal int PassOf(int index) => _pass[index];

    /// <summary>The tensors whose gradient a result is; null for an ordinary result.</summary>
    internal IReadOnlyList<Tensor>? AdjointOf(Tensor result) => _adjointOf.GetValueOrDefault(result);

    /// <summary>The module whose result an operation is part of, or the sweep that recorded it; null if neither is known.</summary>
    internal string? GroupOf(int index)
    {
        if (_pass[index] > 0) return string.Create(CultureInfo.InvariantCulture, $"backward {_pass[index]}");
        Operation operation = _operations[index];
        if (operation.Maker is Module maker)
        {
            if (_modulePaths.TryGetValue(maker, out string? path)) return path.Length == 0 ? null : Shown(path);
            if (ModuleOfParameter(operation) is { } module) return module;
            return Shown(maker.Describe());
        }
        return ModuleOfParameter(operation);
    }

    string? ModuleOfParameter(Operation operation)
    {
        foreach (Tensor input in operation.InputArray)
            if (input.IsLeaf && input.RequiresGrad && NameOf(input) is { } name && name.LastIndexOf('.') is > 0 and int dot)
                return Shown(name[..dot]);
        return null;
    }

    /// <summary>The name of a parameter in the model, else the name that the user gave a tensor; null without a name.</summary>
    internal string? NameOf(Tensor tensor) => _parameterNames.GetValueOrDefault(tensor) ?? tensor.Name;

    /// <summary>3 for v3; 0 for a value that has no such name.</summary>
    internal int VariableNumber(Tensor tensor) => _names.VariableNumber(tensor) ?? 0;

    /// <summary>v3 or c1, as the tape names it; a nameless number's value, else shape and type.</summary>
    internal string Reference(Tensor tensor)
    {
        if (_names.Of(tensor) is { } known) return known;
        if (tensor.Name is { } name) return Shown(name);
        return tensor.Rank == 0 ? tensor.ToString()
            : tensor.ElementCount == 1 ? $"[{tensor.ValueAt(0).ToString(CultureInfo.InvariantCulture)}]"
            : $"{tensor.Shape} {tensor.DType}";
    }

    /// <summary><c>Linear(c1, v1, v2)</c></summary>
    internal string Call(Operation operation)
    {
        string arguments = string.Join(", ", operation.InputArray.Take(MostArguments).Select(Reference));
        int more = operation.InputArray.Length - MostArguments;
        return $"{Shown(operation.Name)}({arguments}{(more > 0 ? $", {Notation.Number(more)} more" : "")})";
    }

    // Not shortened: a path is compared in parts, and boxes grow with their text.
    internal static string Shown(string text) => Cited.Text(text, longest: int.MaxValue);
}
