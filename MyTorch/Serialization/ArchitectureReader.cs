using System.Globalization;
using System.Text.Json;
using MyTorch.Nn;

namespace MyTorch.Serialization;

/// <summary>Makes modules from JSON objects.</summary>
sealed class ArchitectureReader(IReadOnlyDictionary<string, Tensor> weights, string file)
{
    readonly Dictionary<string, Module> _made = [];
    readonly Dictionary<int, Generator> _generators = [];

    internal Module Read(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Error(path, "is not an object");
        if (element.TryGetProperty("same_as", out JsonElement other))
            return other.ValueKind == JsonValueKind.String && _made.TryGetValue(other.GetString()!, out Module? made)
                ? made
                : throw Error(path, $"is the same as {Cited.Text(other.GetRawText())}, which does not come before it");
        if (!element.TryGetProperty("type", out JsonElement type) || type.ValueKind != JsonValueKind.String) throw Error(path,
            "has no type");
        string name = type.GetString()!, shown = Cited.Text(name);
        if (element.TryGetProperty("own", out JsonElement own) && own.ValueKind == JsonValueKind.True)
            throw new ModelFileException(file,
                $"{Place(path)} is a {shown}, a class of the program that saved it, so the file alone cannot restore it. Build the model " +
                $"in your program, with the same settings, and load its weights: var model = {(path.Length == 0 ? $"new {shown}(…)" : "…")}; model.Load(\"{Cited.Text(Path.GetFileName(file))}\").");
        if (Architecture.Types.FirstOrDefault(known => known.Name == name) is not { } library)
            throw new ModelFileException(file,
                $"{Place(path)} is a {shown}, which this version of MyTorch does not have. Use the version that wrote the file, or a " +
                $"newer one.");
        LayerKind kind = Architecture.KindOf(library)!;
        var settings = new LayerSettings(this, element, path);
        foreach ((string tensor, Shape shape) in kind.Holds(settings))
        {
            string full = path.Length > 0 ? $"{path}.{tensor}" : tensor;
            if (!weights.TryGetValue(full, out Tensor? saved) || saved.Shape != shape)
                throw new ModelFileException(file,
                    $"{Place(path)} is a {shown} whose {tensor} is {shape}, but '{Cited.Text(full)}' {(saved is null ? "is missing" : $"is {saved.Shape}")}. Save the model again.", full);
        }
        Module module = kind.Build(settings);
        _made[path] = module;
        return module;
    }

    internal Generator GeneratorAt(int index)
    {
        if (!_generators.TryGetValue(index, out Generator? generator)) _generators[index] = generator = new Generator(index);
        return generator;
    }

    internal ModelFileException Error(string path, string problem) =>
        new(file, $"'{ModelFile.ArchitectureKey}': {Place(path)} {problem}. Save the model again.");

    static string Place(string path) => path.Length == 0 ? "the model" : $"the module '{Cited.Text(path)}'";
}

/// <summary>The settings of a layer in JSON. A missing or wrong one is an error.</summary>
sealed class LayerSettings(ArchitectureReader reader, JsonElement element, string path)
{
    internal int Integer(string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out int number)
        ? number
        : throw Wrong(name, "a whole number");

    internal int Whole(string name) => Integer(name) is var number and >= 0 ? number : throw Wrong(name, "a whole number, 0 or more");

    internal int? OptionalWhole(string name) => element.TryGetProperty(name, out _) ? Whole(name) : null;

    internal double Number(string name)
    {
        if (!element.TryGetProperty(name, out JsonElement value)) throw Wrong(name, "a number");
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)) return number;
        return value.ValueKind == JsonValueKind.String && double.TryParse(value.GetString(), NumberStyles.Float,
            CultureInfo.InvariantCulture, out number) && double.IsInfinity(number)
            ? number
            : throw Wrong(name, "a number");
    }

    internal bool Flag(string name) => element.TryGetProperty(name, out JsonElement value)
        && value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw Wrong(name, "true or false");

    internal Shape Sizes(string name)
    {
        if (!element.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.Array
            || value.GetArrayLength() > 64) throw Wrong(name, "sizes");
        return Shape.Own([.. value.EnumerateArray().Select(size => size.TryGetNonNegative(out long n) && n <= int.MaxValue ? (int)n
            : throw Wrong(name, "sizes"))]);
    }

    internal DType DType() => element.TryGetProperty("dtype", out JsonElement value) && value.ValueKind == JsonValueKind.String
        ? value.GetString() switch
        {
            nameof(MyTorch.DType.Float32) => MyTorch.DType.Float32,
            nameof(MyTorch.DType.Float64) => MyTorch.DType.Float64,
            _ => throw Wrong("dtype", "Float32 or Float64"),
        }
        : throw Wrong("dtype", "Float32 or Float64");

    /// <summary>The layer's generator, which it may share with others; null for the thread's.</summary>
    internal Generator? Generator() => element.TryGetProperty("generator", out _) ? reader.GeneratorAt(Whole("generator")) : null;

    internal Module Module(string name) => OptionalModule(name) ?? throw Wrong(name, "a module");

    internal Module? OptionalModule(string name) =>
        element.TryGetProperty(name, out JsonElement module) ? reader.Read(module, ArchitectureWriter.Join(path, name)) : null;

    internal IReadOnlyList<Module> Modules(string name, string list)
    {
        if (!element.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.Array) throw Wrong(name,
            "a list of modules");
        var modules = new List<Module>();
        foreach (JsonElement module in value.EnumerateArray()) modules.Add(
            reader.Read(module, ArchitectureWriter.Join(path, list, modules.Count)));
        return modules;
    }

    ModelFileException Wrong(string name, string expected) => reader.Error(path,
        element.TryGetProperty(name, out JsonElement value) ? $"has {name} {Cited.Text(value.GetRawText())}; expected {expected}"
            : $"has no {name}");
}
