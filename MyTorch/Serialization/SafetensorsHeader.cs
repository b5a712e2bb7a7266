using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace MyTorch.Serialization;

/// <summary>A tensor of a safetensors file, as the file's header describes it.</summary>
/// <param name="Name">Its name: <c>layers.0.weight</c>.</param>
/// <param name="StoredAs">Its element type in the file: <c>F32</c>, <c>BF16</c>.</param>
/// <param name="DType">The type of the tensor that is read from it.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="ByteCount">The size of its elements in the file, in bytes.</param>
public sealed record SafetensorsEntry(string Name, string StoredAs, DType DType, Shape Shape, long ByteCount);

/// <summary>What a safetensors file contains, without the elements; see <see cref="Safetensors.ReadHeader(string)"/>.</summary>
public sealed class SafetensorsHeader
{
    // The limit of the reference implementation.
    const int MostBytes = 100_000_000;

    // A header nests three levels; fields that other programs add may nest further.
    const int DeepestJson = 16;

    // As many as PyTorch and NumPy allow.
    const int MostDimensions = 64;

    const string Damaged = "Is the file complete? Copy or save it again.";

    readonly string _file;

    SafetensorsHeader(string file, long dataLength, JsonElement root)
    {
        _file = file;
        var metadata = new Dictionary<string, string>();
        var tensors = new List<(SafetensorsEntry Entry, long Begin, long End)>();
        if (root.ValueKind != JsonValueKind.Object) throw Error($"the header is not a JSON object. {Damaged}");
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Name == Safetensors.MetadataKey) ReadMetadata(property.Value, metadata);
            else tensors.Add(ReadEntry(property.Name, property.Value, dataLength));
        }
        tensors.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        RequireOneAfterAnother(tensors, dataLength);
        (Metadata, Tensors) = (metadata.AsReadOnly(), tensors.ConvertAll(tensor => tensor.Entry).AsReadOnly());
    }

    /// <summary>The texts of <c>__metadata__</c>, by key; empty if the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the order of the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Tensors { get; }

    /// <summary>Reads the header from the beginning of a stream, and leaves the stream at the first element.</summary>
    internal static SafetensorsHeader Read(Stream stream, string file)
    {
        long length = stream.Length - stream.Position;
        if (length < 10)
            throw new ModelFileException(file,
                $"this is not a safetensors file: it has {length} bytes, and the shortest has 10. Was it written to the end?");
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        ulong claimed = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (claimed > MostBytes || claimed > (ulong)length - 8)
            throw new ModelFileException(file,
                $"this is not a safetensors file, or it is incomplete: its first 8 bytes say that the header has {claimed} bytes; expected at most " +
                $"{Math.Min(length - 8, MostBytes)}, as the file has {length}. {Damaged}");
        byte[] header = new byte[(int)claimed];
        stream.ReadExactly(header);
        if (header is not [(byte)'{', ..])
            throw new ModelFileException(file,
                "this is not a safetensors file: the header does not begin with '{'. Was it saved in another format, such as .pt or " +
                ".onnx?");
        if (!Utf8.IsValid(header)) throw new ModelFileException(file, $"the header is not valid UTF-8. {Damaged}");
        try
        {
            using JsonDocument document = JsonDocument.Parse(header, new() { MaxDepth = DeepestJson, AllowDuplicateProperties = false });
            return new SafetensorsHeader(file, length - 8 - header.Length, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // An escaped half of a surrogate pair is an InvalidOperationException.
            throw new ModelFileException(file, $"the header is not valid JSON: {Cited.Message(e.Message)} {Damaged}", e);
        }
    }

    void ReadMetadata(JsonElement element, Dictionary<string, string> metadata)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Error(
            $"{Safetensors.MetadataKey} is {Kind(element)}; expected an object of strings. {Damaged}");
        foreach (JsonProperty text in element.EnumerateObject())
            metadata[text.Name] = text.Value.ValueKind == JsonValueKind.String
                ? text.Value.GetString()!
                : throw Error($"{Safetensors.MetadataKey}: '{Cited.Text(text.Name)}' is {Kind(text.Value)}; expected a string. Write numbers and objects as text.");
    }

    (SafetensorsEntry, long Begin, long End) ReadEntry(string name, JsonElement element, long dataLength)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Error(name, $"is described by {Kind(element)}; expected an object with dtype, shape and data_offsets. {Damaged}");
        JsonElement stored = Field("dtype", JsonValueKind.String, "a string"), shape = Field("shape", JsonValueKind.Array, "an array");
        JsonElement offsets = Field("data_offsets", JsonValueKind.Array, "an array");
        string text = stored.GetString()!;
        StoredType type = StoredType.Of(text)
            ?? throw Error(name, $"has the type '{Cited.Text(text)}'; these are read: {StoredType.Names}. Convert it before saving, in PyTorch with .float().");
        int[] sizes = Sizes(name, shape);
        if (offsets.GetArrayLength() != 2 || !offsets[0].TryGetNonNegative(out long begin) || !offsets[1].TryGetNonNegative(out long end)
            || end < begin)
            throw Error(name, $"has the data_offsets {Cited.Text(offsets.GetRawText())}; expected two whole numbers, begin and end, with 0 ≤ begin ≤ end. {Damaged}");
        if (end > dataLength)
            throw Error(name, $"should end at byte {end} of the data, but the file has only {dataLength} bytes of data. {Damaged}");
        // Two sizes cannot overflow UInt128, and no product that is carried on exceeds the length of the file.
        UInt128 bytes = (UInt128)type.Size;
        foreach (int size in sizes.Contains(0) ? [0] : sizes)
        {
            bytes *= (UInt128)size;
            if (bytes > (UInt128)(end - begin)) break;
        }
        if (bytes != (UInt128)(end - begin))
            throw Error(name, $"has {end - begin} bytes; its shape {Shape.Own(sizes)} and type {text} need {(bytes > (UInt128)(end - begin) ? "more" : $"{bytes}")}. {Damaged}");
        if ((end - begin) / type.Size > Array.MaxLength)
            throw Error(name, $"has {(end - begin) / type.Size} elements; a tensor has at most {Array.MaxLength}. Save it in parts.");
        return (new(name, text, type.Becomes, Shape.Own(sizes), end - begin), begin, end);

        JsonElement Field(string field, JsonValueKind kind, string expected) => !element.TryGetProperty(field, out JsonElement value)
            ? throw Error(name, $"has no {field}. {Damaged}")
            : value.ValueKind == kind ? value : throw Error(name, $"has a {field} that is {Kind(value)}; expected {expected}. {Damaged}");
    }

    int[] Sizes(string name, JsonElement shape)
    {
        int rank = shape.GetArrayLength();
        if (rank > MostDimensions) throw Error(name, $"has {rank} dimensions; a tensor has at most {MostDimensions}. {Damaged}");
        int[] sizes = new int[rank];
        int d = 0;
        foreach (JsonElement size in shape.EnumerateArray())
            sizes[d++] = size.TryGetNonNegative(out long value) && value <= int.MaxValue
                ? (int)value
                : throw Error(name, $"has the size {Cited.Text(size.GetRawText())} in dimension {d - 1}; expected a whole number from 0 to {int.MaxValue}. {Damaged}");
        return sizes;
    }

    void RequireOneAfterAnother(List<(SafetensorsEntry Entry, long Begin, long End)> tensors, long dataLength)
    {
        long at = 0;
        foreach (var (entry, begin, end) in tensors)
        {
            if (begin != at)
                throw Error(entry.Name, $"begins at byte {begin} of the data; expected {at}, where the tensor before it ends" +
                    $"{(begin < at ? ": the two overlap" : "")}. {Damaged}");
            at = end;
        }
        if (at != dataLength) throw Error($"the tensors take {at} bytes, but the file has {dataLength} bytes of data. {Damaged}");
    }

    static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a truth value",
    };

    ModelFileException Error(InvariantText problem) => new(_file, problem);

    ModelFileException Error(string tensor, InvariantText problem) =>
        new(_file, $"the tensor '{Cited.Text(tensor)}' {problem.ToString()}", tensor);
}

static class JsonNumbers
{
    /// <summary>The value, if it is a whole number of at least 0.</summary>
    internal static bool TryGetNonNegative(this JsonElement element, out long value)
    {
        value = -1;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value) && value >= 0;
    }
}
