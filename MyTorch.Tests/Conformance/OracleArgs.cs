using System.Text.Json;

namespace MyTorch.Tests.Conformance;

/// <summary>
/// The arguments of an operation or optimizer. Every name must be asked for: <see cref="EnsureAllUsed"/> fails a case
/// that carries an argument this suite would otherwise silently ignore.
/// </summary>
public sealed class OracleArgs
{
    readonly string _owner;
    readonly Dictionary<string, JsonElement> _values = [];
    readonly HashSet<string> _unused = [];

    public OracleArgs(string owner, JsonElement json)
    {
        _owner = owner;
        if (json.ValueKind != JsonValueKind.Object) return;
        foreach (JsonProperty property in json.EnumerateObject())
        {
            _values[property.Name] = property.Value;
            _unused.Add(property.Name);
        }
    }

    public double? OptionalNumber(string name) => Find(name) is { } value ? Number(value) : null;

    public double Number(string name) => OptionalNumber(name) ?? throw Missing(name);

    public double Number(string name, double fallback) => OptionalNumber(name) ?? fallback;

    public double[]? OptionalNumbers(string name) => Find(name) is { } value ? [.. value.EnumerateArray().Select(Number)] : null;

    public int Integer(string name) => Find(name)?.GetInt32() ?? throw Missing(name);

    public int? OptionalInteger(string name) => Find(name)?.GetInt32();

    public int[] Integers(string name) => Find(name) is { } value ? Integers(value) : throw Missing(name);

    public bool Flag(string name, bool fallback) => Find(name)?.GetBoolean() ?? fallback;

    public string Text(string name, string fallback) => Find(name)?.GetString() ?? fallback;

    /// <summary>The numbers of a list, or a single number repeated without end (a learning rate by step).</summary>
    public IEnumerable<double> NumberSequence(string name)
    {
        JsonElement value = Find(name) ?? throw Missing(name);
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(Number)]
            : Enumerable.Repeat(Number(value), int.MaxValue);
    }

    /// <summary>null is every dimension, an int is one, a list is several.</summary>
    public Dims Dims(string name) => Find(name) switch
    {
        null => default,
        { ValueKind: JsonValueKind.Number } one => one.GetInt32(),
        { } several => Integers(several),
    };

    /// <summary>Per dimension [start, stop, step] with nulls, or an int that drops the dimension.</summary>
    public TensorIndex[] Slices(string name)
    {
        JsonElement value = Find(name) ?? throw Missing(name);
        return [.. value.EnumerateArray().Select(Slice)];

        static TensorIndex Slice(JsonElement item)
        {
            if (item.ValueKind == JsonValueKind.Number) return item.GetInt32();
            int?[] parts = [.. item.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.Null ? (int?)null : part.GetInt32())];
            return new TensorIndex(parts[0], parts.ElementAtOrDefault(1), parts.ElementAtOrDefault(2) ?? 1);
        }
    }

    public OracleTensor? Tensor(string name) => Find(name) is { } value
        ? new OracleTensor(Integers(value.GetProperty("shape")), [.. value.GetProperty("data").EnumerateArray().Select(Number)])
        : null;

    public void EnsureAllUsed()
    {
        if (_unused.Count > 0)
            throw new NotSupportedException($"{_owner}: unknown argument '{string.Join("', '", _unused)}'.");
    }

    JsonElement? Find(string name)
    {
        _unused.Remove(name);
        return _values.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    ArgumentException Missing(string name) => new($"{_owner}: the argument '{name}' is missing.");

    static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];

    static double Number(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            string other => throw new FormatException($"'{other}' is not a number."),
            null => throw new FormatException("null is not a number."),
        }
        : value.GetDouble();
}
