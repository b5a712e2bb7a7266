using System.Buffers.Binary;
using System.Text;

namespace BrowserTests.Playground;

/// <summary>A text inside a PNG file: what stands on the page of which it is a picture.</summary>
internal static class PngText
{
    const string Key = "MyTorch page";

    /// <summary>The text of a picture; null if it has none.</summary>
    public static string? Read(byte[] png)
    {
        foreach ((string type, int start, int length) in Chunks(png))
        {
            if (type != "iTXt") continue;
            string text = Encoding.UTF8.GetString(png, start, length);
            // Keyword, two bytes about compression, language and translated keyword, each ended by 0.
            if (text.StartsWith(Key + "\0", StringComparison.Ordinal)) return text[(Key.Length + 5)..];
        }
        return null;
    }

    /// <summary>The picture with a text in it.</summary>
    public static byte[] With(byte[] png, string text)
    {
        byte[] data = Encoding.UTF8.GetBytes($"iTXt{Key}\0\0\0\0\0{text}");
        int end = Chunks(png).First(chunk => chunk.Type == "IEND").Start - 8;
        byte[] chunk = new byte[data.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length - 4);
        data.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 4), Crc(data));
        return [.. png[..end], .. chunk, .. png[end..]];
    }

    static IEnumerable<(string Type, int Start, int Length)> Chunks(byte[] png)
    {
        const int Signature = 8;
        for (int at = Signature; at + 8 <= png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            yield return (Encoding.ASCII.GetString(png, at + 4, 4), at + 8, length);
            at += length + 12;
        }
    }

    // The polynomial of the PNG specification.
    static uint Crc(byte[] data)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in data)
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
