using System.Globalization;

namespace MyTorch.Reports;

/// <summary>The features as a picture: names such as pixel_3_7, row and column from 0, in order.</summary>
sealed record PixelGrid(int Width, int Height)
{
    /// <summary>The picture, if all names are those of pixels; otherwise null.</summary>
    internal static PixelGrid? Of(IReadOnlyList<string> names)
    {
        if (names.Count < 4 || Pixel(names[^1]) is not { } last) return null;
        var (height, width) = (last.Row + 1, last.Column + 1);
        if ((long)height * width != names.Count) return null;
        for (int i = 0; i < names.Count; i++)
            if (Pixel(names[i]) != (i / width, i % width)) return null;
        return new PixelGrid(width, height);
    }

    // pixel_ROW_COLUMN
    static (int Row, int Column)? Pixel(string name)
    {
        string[] parts = name.Split('_');
        return parts.Length == 3 && parts[0] == "pixel" && Part(parts[1]) is { } row && Part(parts[2]) is { } column ? (row, column) : null;
    }

    static int? Part(string digits) =>
        digits.Length <= 5 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>Blocks of side × side pixels, named by rows and columns.</summary>
    internal IReadOnlyList<(string Name, int[] Features)> Blocks(int side)
    {
        var blocks = new List<(string, int[])>();
        for (int top = 0; top < Height; top += side)
            for (int left = 0; left < Width; left += side)
            {
                int bottom = Math.Min(top + side, Height), right = Math.Min(left + side, Width);
                blocks.Add((string.Create(CultureInfo.InvariantCulture, $"rows {top}–{bottom - 1}, columns {left}–{right - 1}"),
                    [.. Enumerable.Range(top, bottom - top).SelectMany(
                        row => Enumerable.Range(left, right - left).Select(column => row * Width + column))]));
            }
        return blocks;
    }

    /// <summary>A picture of grey values from 0 (dark) to 1 (bright), as an address that needs no file: a bitmap of 256 greys.</summary>
    internal string ToDataUri(Func<int, double> value)
    {
        const int head = 14 + 40 + 256 * 4;
        int stride = (Width + 3) / 4 * 4, size = head + stride * Height;
        byte[] bitmap = new byte[size];
        (bitmap[0], bitmap[1]) = ((byte)'B', (byte)'M');
        Put(2, size);
        Put(10, head);
        Put(14, 40);
        Put(18, Width);
        Put(22, Height);
        (bitmap[26], bitmap[28]) = (1, 8);
        for (int grey = 0; grey < 256; grey++)
            for (int channel = 0; channel < 3; channel++) bitmap[54 + 4 * grey + channel] = (byte)grey;
        // The rows of a bitmap begin at the bottom.
        for (int row = 0; row < Height; row++)
            for (int column = 0; column < Width; column++)
                bitmap[head + (Height - 1 - row) * stride + column] = (byte)Math.Round(255 * Math.Clamp(value(row * Width + column), 0, 1));
        return "data:image/bmp;base64," + Convert.ToBase64String(bitmap);

        void Put(int at, int number) => BitConverter.TryWriteBytes(bitmap.AsSpan(at), BitConverter.IsLittleEndian
            ? number
            : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(number));
    }
}
