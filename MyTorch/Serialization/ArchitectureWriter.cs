using System.Globalization;
using System.Text.Json;
using MyTorch.Nn;

namespace MyTorch.Serialization;

/// <summary>Writes modules as JSON objects; used by the rows of <see cref="Architecture"/>.</summary>
sealed class ArchitectureWriter(Utf8JsonWriter json)
{
    readonly Dictionary<Module, string> _paths = new(ReferenceEqualityComparer.Instance);
    readonly List<Generator> _generators = [];
    string _path = "";

    internal void Write(Module module, string path)
    {
        json.WriteStartObject();
        if (!_paths.TryAdd(module, path)) json.WriteString("same_as", _paths[module]);
        else if (Architecture.KindOf(module.GetType()) is { } kind)
        {
            json.WriteString("type", kind.Type.Name);
            (string before, _path) = (_path, path);
            kind.Write(module, this);
            _path = before;
        }
        else
        {
            json.WriteString("type", Cited.Text(module.GetType().FullName ?? module.GetType().Name, 500));
            json.WriteBoolean("own", true);
        }
        json.WriteEndObject();
    }

    internal ArchitectureWriter Set(string name, int value)
    {
        json.WriteNumber(name, value);
        return this;
    }

    internal ArchitectureWriter Set(string name, int? value) => value is { } number ? Set(name, number) : this;

    // JSON has no infinity, which is a threshold of Softplus. It is written as text.
    internal ArchitectureWriter Set(string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        return this;
    }

    internal ArchitectureWriter Set(string name, bool value)
    {
        json.WriteBoolean(name, value);
        return this;
    }

    internal ArchitectureWriter Set(string name, Shape sizes)
    {
        json.WriteStartArray(name);
        foreach (int size in sizes) json.WriteNumberValue(size);
        json.WriteEndArray();
        return this;
    }

    internal ArchitectureWriter Set(DType dtype)
    {
        json.WriteString("dtype", dtype.ToString());
        return this;
    }

    /// <summary>Which of the model's generators a layer uses, counted from 0; nothing for the thread's.</summary>
    internal ArchitectureWriter SetGenerator(Generator? generator)
    {
        if (generator is null) return this;
        if (!_generators.Contains(generator)) _generators.Add(generator);
        return Set("generator", _generators.IndexOf(generator));
    }

    /// <summary>Modules in a list, whose paths are the list's and their index.</summary>
    internal ArchitectureWriter SetModules(string name, IReadOnlyList<Module> modules, string list)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < modules.Count; i++) Write(modules[i], Join(_path, list, i));
        json.WriteEndArray();
        return this;
    }

    /// <summary>A module in a field, whose path is the field's; nothing for null.</summary>
    internal ArchitectureWriter SetModule(string name, Module? module)
    {
        if (module is null) return this;
        json.WritePropertyName(name);
        Write(module, Join(_path, name));
        return this;
    }

    internal static string Join(string path, string name) => path.Length > 0 ? $"{path}.{name}" : name;

    internal static string Join(string path, string list, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}{(path.Length > 0 ? "." : "")}{list}{(list.Length > 0 ? "." : "")}{index}");
}
