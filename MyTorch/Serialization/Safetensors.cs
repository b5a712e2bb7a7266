using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MyTorch.Serialization;

/// <summary>
/// Tensors by name in a file of the safetensors format, as <c>safetensors.torch.save_file</c> and <c>load_file</c> write and read it.
/// </summary>
/// <remarks>
/// <para>Float32, Float64, Int64 and Bool tensors are written as F32, F64, I64 and BOOL. Of the other types F16 and BF16 are read as
/// Float32, and I8, I16, I32, U8, U16, U32, U64 as Int64. All these conversions are exact; a U64 beyond 2⁶³ − 1 is an error.</para>
/// <para>A damaged or hostile file is an error that names what is wrong. Reading takes memory in proportion to the file's real size, not to
/// what it claims.</para>
/// The format: 8 bytes, the length of the header (little-endian); the header, JSON in UTF-8, with type, shape and position of each tensor;
/// the elements, little-endian, row-major, without gaps. https://huggingface.co/docs/safetensors
/// </remarks>
public static class Safetensors
{
    internal const string MetadataKey = "__metadata__";

    // Elements begin at a multiple of 8 bytes, so that other programs can map them into memory.
    const int Alignment = 8;

    static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Writes tensors to a file. An existing file is replaced when the new one is complete.</summary>
    /// <param name="path">The file, usually with the extension .safetensors.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="metadata">Texts to store with them, by key; none if omitted.</param>
    /// <exception cref="ArgumentException">A name is <c>__metadata__</c> or not valid Unicode, or a tensor is null.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var ordered = Ordered(tensors);
        byte[] header = Header(ordered, metadata);
        WholeFile.Write(path, stream => Write(stream, header, ordered));
    }

    /// <summary>Writes tensors to a stream, from its position on.</summary>
    /// <param name="stream">The stream. It stays open.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="metadata">Texts to store with them, by key; none if omitted.</param>
    /// <exception cref="ArgumentException">A name is <c>__metadata__</c> or not valid Unicode, or a tensor is null.</exception>
    public static void Save(Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string,
        string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var ordered = Ordered(tensors);
        Write(stream, Header(ordered, metadata), ordered);
    }

    /// <summary>Reads all tensors of a file.</summary>
    /// <exception cref="ModelFileException">This is not a safetensors file, or it is damaged.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static SafetensorsFile Load(string path) => Opened(path, Load);

    /// <summary>Reads all tensors from a stream, from its position to its end.</summary>
    /// <param name="stream">A stream that knows its length, such as a FileStream or MemoryStream. It stays open.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="ModelFileException">This is not a safetensors file, or it is damaged.</exception>
    public static SafetensorsFile Load(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek) throw new ArgumentException(
            "Safetensors.Load: the length of the stream is not known; copy it into a MemoryStream first.", nameof(stream));
        try
        {
            var header = SafetensorsHeader.Read(stream, name);
            var tensors = new Dictionary<string, Tensor>(header.Tensors.Count);
            foreach (SafetensorsEntry entry in header.Tensors) tensors[entry.Name] = Read(stream, entry, name);
            return new SafetensorsFile(tensors.AsReadOnly(), header.Metadata);
        }
        catch (EndOfStreamException e)
        {
            throw new ModelFileException(name, "the file became shorter while it was read. Wait until it is written, and read it again.",
                e);
        }
    }

    /// <summary>Reads what a file contains, without the elements: names, types, shapes and metadata.</summary>
    /// <exception cref="ModelFileException">This is not a safetensors file, or it is damaged.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static SafetensorsHeader ReadHeader(string path) => Opened(path, SafetensorsHeader.Read);

    static T Opened<T>(string path, Func<Stream, string, T> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new ModelFileException(path, "this is a folder. Give the name of a file in it.");
        try
        {
            using FileStream stream = File.OpenRead(path);
            return read(stream, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFileException(path, $"there is no such file (looked for {Cited.Text(Path.GetFullPath(path), 500)}).", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ModelFileException(path, "reading the file is not allowed. Change its permissions.", e);
        }
    }

    static Tensor Read(Stream stream, SafetensorsEntry entry, string file)
    {
        Tensor tensor = Tensor.Empty(entry.Shape, entry.DType);
        if (!StoredType.Of(entry.StoredAs)!.Read(stream, tensor))
            throw new ModelFileException(file, $"the tensor '{Cited.Text(entry.Name)}' of the type {entry.StoredAs} has a value that is " +
                $"{(entry.DType == DType.Bool ? "neither 0 nor 1" : $"greater than {long.MaxValue}")}. Correct it where the file was written.", entry.Name);
        return tensor;
    }

    // As the reference implementation orders them: large elements first, so that all are aligned; then by name.
    static (string Name, Tensor Tensor)[] Ordered(IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (name == MetadataKey) throw new ArgumentException(
                $"Safetensors.Save: the name {MetadataKey} is the format's own; rename the tensor.", nameof(tensors));
            RequireUnicode(name, nameof(tensors));
            if (tensor is null) throw new ArgumentException($"Safetensors.Save: the tensor '{Cited.Text(name)}' is null; leave it out.",
                nameof(tensors));
        }
        return [.. tensors.Select(pair => (pair.Key, pair.Value))
            .OrderBy(named => Rank(named.Value.DType)).ThenBy(named => named.Key, StringComparer.Ordinal)];

        static int Rank(DType dtype) => dtype switch { DType.Int64 => 0, DType.Float64 => 1, DType.Float32 => 2, _ => 3 };
    }

    static byte[] Header((string Name, Tensor Tensor)[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                RequireUnicode(key, nameof(metadata));
                RequireUnicode(text, nameof(metadata));
                json.WriteString(key, text);
            }
            json.WriteEndObject();
        }
        long at = 0;
        foreach ((string name, Tensor tensor) in tensors)
        {
            StoredType type = StoredType.Of(tensor.DType);
            json.WriteStartObject(name);
            json.WriteString("dtype", type.Name);
            json.WriteStartArray("shape");
            foreach (int size in tensor.Shape) json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(at);
            json.WriteNumberValue(at += (long)tensor.ElementCount * type.Size);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.Flush();
        int padding = (Alignment - buffer.WrittenCount % Alignment) % Alignment;
        return [.. buffer.WrittenSpan, .. Enumerable.Repeat((byte)' ', padding)];
    }

    static void Write(Stream stream, byte[] header, (string Name, Tensor Tensor)[] tensors)
    {
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach ((_, Tensor tensor) in tensors) StoredType.Write(stream, tensor);
    }

    // The writer of JSON would replace half of a surrogate pair by another character.
    static void RequireUnicode(string text, string parameter)
    {
        try
        {
            s_strict.GetByteCount(text ?? throw new ArgumentException("Safetensors.Save: a name or text is null.", parameter));
        }
        catch (EncoderFallbackException)
        {
            throw new ArgumentException(
                $"Safetensors.Save: '{Cited.Text(text!)}' holds half of a surrogate pair and is not valid Unicode.", parameter);
        }
    }
}

/// <summary>What <see cref="Safetensors.Load(string)"/> read.</summary>
/// <param name="Tensors">The tensors by name, in the order of the file.</param>
/// <param name="Metadata">The texts of <c>__metadata__</c> by key; empty if the file has none.</param>
public sealed record SafetensorsFile(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata);
