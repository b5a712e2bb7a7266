using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace MyTorch.Export;

/// <summary>
/// Writes a message in the wire format of Protocol Buffers: each field is a key (its number and how its value is coded) and the value.
/// Fields are written in the order of the calls. https://protobuf.dev/programming-guides/encoding
/// </summary>
sealed class ProtobufWriter
{
    // The last three bits of a key.
    const int Varint = 0, LengthDelimited = 2, FixedFourBytes = 5;

    readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>The bytes so far.</summary>
    internal ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>A field of the type int32, int64, bool or enum.</summary>
    internal void Integer(int field, long value)
    {
        Key(field, Varint);
        Base128((ulong)value);
    }

    /// <summary>A field of the type float.</summary>
    internal void Number(int field, float value)
    {
        Key(field, FixedFourBytes);
        BinaryPrimitives.WriteSingleLittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }

    /// <summary>A field of the type string.</summary>
    internal void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A field of the type bytes.</summary>
    internal void Bytes(int field, ReadOnlySpan<byte> value)
    {
        BytesHeader(field, value.Length);
        _buffer.Write(value);
    }

    /// <summary>The key and the length of a field of the type bytes or of a message, whose bytes follow.</summary>
    internal void BytesHeader(int field, long length)
    {
        Key(field, LengthDelimited);
        Base128((ulong)length);
    }

    /// <summary>A field that is a message.</summary>
    internal void Message(int field, Action<ProtobufWriter> write)
    {
        var inner = new ProtobufWriter();
        write(inner);
        Bytes(field, inner.Written);
    }

    void Key(int field, int coding) => Base128((ulong)(field << 3 | coding));

    // Seven bits a byte, the lowest first; the eighth bit says that more follow.
    void Base128(ulong value)
    {
        Span<byte> bytes = _buffer.GetSpan(10);
        int count = 0;
        for (; value > 0x7F; value >>= 7) bytes[count++] = (byte)(value | 0x80);
        bytes[count++] = (byte)value;
        _buffer.Advance(count);
    }
}
