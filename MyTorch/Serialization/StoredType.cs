using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MyTorch.Serialization;

/// <summary>An element type of safetensors files, and how its bytes become elements of a tensor.</summary>
/// <param name="Name">Its name in the file: <c>F32</c>.</param>
/// <param name="Size">The bytes of an element.</param>
/// <param name="Becomes">The type of the tensor that is read; every value of the stored type is one of it.</param>
/// <param name="Read">Reads the elements of a tensor from a stream; false if a value is not one of the tensor's type.</param>
sealed record StoredType(string Name, int Size, DType Becomes, Func<Stream, Tensor, bool> Read)
{
    static readonly StoredType[] s_all =
    [
        new("F64", 8, DType.Float64, Same<double>),
        new("F32", 4, DType.Float32, Same<float>),
        new("I64", 8, DType.Int64, Same<long>),
        new("BOOL", 1, DType.Bool, Bools),
        new("F16", 2, DType.Float32, Wider<Half, float>(x => (float)x)),
        new("BF16", 2, DType.Float32, Wider<ushort, float>(x => BitConverter.UInt32BitsToSingle((uint)x << 16))),
        new("I32", 4, DType.Int64, Wider<int, long>(x => x)),
        new("I16", 2, DType.Int64, Wider<short, long>(x => x)),
        new("I8", 1, DType.Int64, Wider<sbyte, long>(x => x)),
        new("U64", 8, DType.Int64, Unsigned),
        new("U32", 4, DType.Int64, Wider<uint, long>(x => x)),
        new("U16", 2, DType.Int64, Wider<ushort, long>(x => x)),
        new("U8", 1, DType.Int64, Wider<byte, long>(x => x)),
    ];

    /// <summary>The names of the types that are read.</summary>
    internal static string Names => string.Join(", ", s_all.Select(type => type.Name));

    /// <summary>The type of this name; null if it is not one that is read.</summary>
    internal static StoredType? Of(string name) => Array.Find(s_all, type => type.Name == name);

    /// <summary>The type as which a tensor is written.</summary>
    internal static StoredType Of(DType dtype) => Array.Find(s_all, type => type.Becomes == dtype)!;

    /// <summary>The bytes of a tensor, in the order of the file.</summary>
    internal static void Write(Stream stream, Tensor tensor)
    {
        switch (tensor.DType)
        {
            case DType.Float32: Write(stream, tensor.Read<float>()); break;
            case DType.Float64: Write(stream, tensor.Read<double>()); break;
            case DType.Int64: Write(stream, tensor.Read<long>()); break;
            default: Write(stream, tensor.Read<bool>()); break;
        }
    }

    // Files are little-endian; so is nearly every machine.
    static void Write<T>(Stream stream, ReadOnlySpan<T> values) where T : unmanaged
    {
        if (BitConverter.IsLittleEndian)
        {
            // The length of a span of bytes is an int.
            const int Most = 1 << 24;
            for (; values.Length > Most; values = values[Most..]) stream.Write(MemoryMarshal.AsBytes(values[..Most]));
            stream.Write(MemoryMarshal.AsBytes(values));
            return;
        }
        T[] swapped = values.ToArray();
        Swap<T>(swapped);
        stream.Write(MemoryMarshal.AsBytes(swapped.AsSpan()));
    }

    static bool Same<T>(Stream stream, Tensor tensor) where T : unmanaged
    {
        Fill(stream, tensor.Write<T>());
        return true;
    }

    static bool Bools(Stream stream, Tensor tensor)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(tensor.Write<bool>());
        Fill(stream, bytes);
        return bytes.IndexOfAnyExceptInRange((byte)0, (byte)1) < 0;
    }

    static bool Unsigned(Stream stream, Tensor tensor)
    {
        Span<long> values = tensor.Write<long>();
        Fill(stream, values);
        return values.IndexOfAnyInRange(long.MinValue, -1) < 0;
    }

    static Func<Stream, Tensor, bool> Wider<TStored, T>(Func<TStored, T> convert) where TStored : unmanaged where T : unmanaged =>
        (stream, tensor) =>
    {
        TStored[] buffer = ArrayPool<TStored>.Shared.Rent(1 << 14);
        try
        {
            for (Span<T> values = tensor.Write<T>(); values.Length > 0;)
            {
                Span<TStored> part = buffer.AsSpan(0, Math.Min(buffer.Length, values.Length));
                Fill(stream, part);
                for (int i = 0; i < part.Length; i++) values[i] = convert(part[i]);
                values = values[part.Length..];
            }
            return true;
        }
        finally
        {
            ArrayPool<TStored>.Shared.Return(buffer);
        }
    };

    static void Fill<T>(Stream stream, Span<T> values) where T : unmanaged
    {
        const int Most = 1 << 24;
        for (Span<T> rest = values; rest.Length > 0; rest = rest[Math.Min(Most, rest.Length)..])
            stream.ReadExactly(MemoryMarshal.AsBytes(rest[..Math.Min(Most, rest.Length)]));
        if (!BitConverter.IsLittleEndian) Swap(values);
    }

    static void Swap<T>(Span<T> values) where T : unmanaged
    {
        switch (Unsafe.SizeOf<T>())
        {
            case 2: BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, ushort>(values), MemoryMarshal.Cast<T, ushort>(values)); break;
            case 4: BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, uint>(values), MemoryMarshal.Cast<T, uint>(values)); break;
            case 8: BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<T, ulong>(values), MemoryMarshal.Cast<T, ulong>(values)); break;
        }
    }
}
