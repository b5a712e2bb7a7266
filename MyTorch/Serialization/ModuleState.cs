using MyTorch.Nn;

namespace MyTorch.Serialization;

/// <summary>The parameters and buffers of a module by name, and the further names of those that it holds more than once.</summary>
sealed class ModuleState
{
    const int MostListed = 50;

    readonly Dictionary<string, Tensor> _tensors = [];
    readonly Dictionary<string, string> _otherNames = [];

    internal IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    internal void Add(string name, Tensor tensor) => _tensors.Add(name, tensor);

    internal void AddName(string name, string first)
    {
        if (!_tensors.ContainsKey(name)) _otherNames.TryAdd(name, first);
    }

    /// <summary>What is written beside the tensors of a model.</summary>
    internal Dictionary<string, string> Metadata(Module model)
    {
        var metadata = new Dictionary<string, string>(_otherNames);
        metadata[ModelFile.FormatKey] = ModelFile.Format;
        metadata[ModelFile.ArchitectureKey] = Architecture.Write(model);
        return metadata;
    }

    /// <summary>All differences in one text; null if the saved tensors fit.</summary>
    internal string? Mismatch(IReadOnlyDictionary<string, Tensor> saved)
    {
        var parts = new List<string>();
        string[] missing = [.. _tensors.Keys.Where(name => Saved(name, saved) is null)];
        string[] unexpected = [.. saved.Keys.Where(name => !_tensors.ContainsKey(name) && !_otherNames.ContainsKey(name))];
        if (missing.Length > 0) parts.Add($"missing: {Cited.List(missing, MostListed)}");
        if (unexpected.Length > 0) parts.Add($"unexpected: {Cited.List(unexpected, MostListed)}");
        foreach ((string name, Tensor tensor) in saved)
        {
            string first = _otherNames.GetValueOrDefault(name, name);
            if (!_tensors.TryGetValue(first, out Tensor? held)) continue;
            if (tensor is null) parts.Add($"'{Cited.Text(name)}' is null");
            else if (tensor.Shape != held.Shape || tensor.DType != held.DType)
                parts.Add($"'{Cited.Text(name)}' is {tensor.Shape} {tensor.DType}, in this model {held.Shape} {held.DType}");
            else if (first != name && !SameValues(tensor, Saved(first, saved)!))
                parts.Add($"'{Cited.Text(name)}' has other values than '{Cited.Text(first)}', with which it shares its memory in this model");
        }
        return parts.Count == 0 ? null : string.Join("; ", parts) + ". Build the model with the sizes, names and type it was saved with.";
    }

    /// <summary>Copies tensors that fit into the model's.</summary>
    internal void CopyFrom(IReadOnlyDictionary<string, Tensor> saved)
    {
        foreach ((string name, Tensor tensor) in _tensors) tensor.CopyFrom(Saved(name, saved)!);
    }

    Tensor? Saved(string name, IReadOnlyDictionary<string, Tensor> saved)
    {
        if (saved.TryGetValue(name, out Tensor? tensor)) return tensor;
        foreach ((string other, string first) in _otherNames)
            if (first == name && saved.TryGetValue(other, out tensor)) return tensor;
        return null;
    }

    static bool SameValues(Tensor a, Tensor b) => a.Shape == b.Shape && a.DType == b.DType && a.DType switch
    {
        DType.Float32 => a.Read<float>().SequenceEqual(b.Read<float>()),
        DType.Float64 => a.Read<double>().SequenceEqual(b.Read<double>()),
        DType.Int64 => a.Read<long>().SequenceEqual(b.Read<long>()),
        _ => a.Read<bool>().SequenceEqual(b.Read<bool>()),
    };
}
