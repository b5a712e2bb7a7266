using System.Buffers.Binary;
using System.Text;

namespace MyTorch.Tests.Export;

/// <summary>An ONNX model as text, read field by field. Field numbers are those of onnx.proto.</summary>
public sealed class OnnxFile
{
    /// <summary>Reads a ModelProto.</summary>
    public OnnxFile(ReadOnlySpan<byte> model)
    {
        foreach (var (field, value, bytes) in Fields(model))
            if (field == 8) Opset = Fields(bytes).Single(inner => inner.Field == 2).Value;
            else if (field == 14) Metadata.Add(Text(bytes, 1) + "=" + Text(bytes, 2));
            else if (field == 7)
                foreach (var (part, _, content) in Fields(bytes))
                    if (part == 1) Nodes.Add($"{Text(content, 2)} = {Text(content, 4)}({string.Join(", ", Texts(content, 1))})");
                    else if (part == 5) Constants.Add((Text(content, 8), Fields(content).Single(inner => inner.Field == 9).Bytes));
                    else if (part == 11) Inputs.Add(Value(content));
                    else if (part == 12) Outputs.Add(Value(content));
    }

    /// <summary>The version of the operators.</summary>
    public long Opset { get; }

    /// <summary>As in <c>y = Gemm(x, w, b)</c>.</summary>
    public List<string> Nodes { get; } = [];

    /// <summary>The constants and their raw elements.</summary>
    public List<(string Name, byte[] Elements)> Constants { get; } = [];

    /// <summary>As in <c>input: 1 (batch, 4)</c>, with the number of the element type.</summary>
    public List<string> Inputs { get; } = [];

    /// <summary>As in <see cref="Inputs"/>.</summary>
    public List<string> Outputs { get; } = [];

    /// <summary>As in <c>key=text</c>.</summary>
    public List<string> Metadata { get; } = [];

    static string Value(byte[] info)
    {
        byte[] tensor = Field(Field(info, 2), 1);
        var dims = Fields(Field(tensor, 2)).Select(dim => Fields(dim.Bytes) is [var size, ..]
            ? size.Field == 1 ? FormattableString.Invariant($"{size.Value}") : Encoding.UTF8.GetString(size.Bytes)
            : "?");
        return FormattableString.Invariant($"{Text(info, 1)}: {Fields(tensor).Single(part => part.Field == 1).Value} ({string.Join(", ", dims)})");
    }

    static byte[] Field(byte[] message, int field) => Fields(message).Single(part => part.Field == field).Bytes;

    static string Text(byte[] message, int field) => Texts(message, field).Single();

    static IEnumerable<string> Texts(byte[] message, int field) =>
        Fields(message).Where(part => part.Field == field).Select(part => Encoding.UTF8.GetString(part.Bytes));

    static List<(int Field, long Value, byte[] Bytes)> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new List<(int, long, byte[])>();
        int at = 0;
        while (at < message.Length)
        {
            int key = (int)Varint(message, ref at);
            switch (key & 7)
            {
                case 0:
                    fields.Add((key >> 3, Varint(message, ref at), []));
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    fields.Add((key >> 3, 0, message.Slice(at, length).ToArray()));
                    at += length;
                    break;
                case 5:
                    fields.Add((key >> 3, BinaryPrimitives.ReadInt32LittleEndian(message[at..]), []));
                    at += 4;
                    break;
                default: throw new InvalidDataException($"Wire type {key & 7}.");
            }
        }
        return fields;
    }

    static long Varint(ReadOnlySpan<byte> message, ref int at)
    {
        long value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[at++];
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
