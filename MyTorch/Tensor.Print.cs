using System.Globalization;
using System.Text;

namespace MyTorch;

// ToString: a scalar as a bare number, other tensors with values, shape and type; large tensors are abbreviated.
public partial class Tensor
{
    const int LargestPrintedWhole = 1000;
    const int MostPrinted = 2000;
    const int DeepestPrinted = 20;
    const int EdgeItems = 3;

    string DebuggerText => Rank == 0 ? ToString() : $"{Notation.Shown(Name ?? "Tensor")} {Shape} {DType}";

    /// <summary>
    /// A scalar as a bare number (<c>5.5</c>); otherwise the values in rows, abbreviated beyond 1000 elements, then shape and type. The
    /// text does not depend on the culture.
    /// </summary>
    public override string ToString()
    {
        if (Rank == 0) return FormatExactly(0);
        // Beyond this many dimensions most have size 1, and nested brackets would fill the text.
        if (Rank > DeepestPrinted) return View([ElementCount]).ValuesText() + TypeText;
        return ValuesText() + TypeText;
    }

    string TypeText => $"  {Shape} {DType}";

    string ValuesText()
    {
        Extent[] extents = Extents();
        string[] texts = FormatAligned(extents);
        var text = new StringBuilder();
        int next = 0;
        Append(text, texts, ref next, dim: 0, extents);
        return text.ToString();
    }

    /// <summary>Which indices of a dimension are printed: the first few and the last few.</summary>
    readonly record struct Extent(int Size, int Head, int Tail)
    {
        internal bool IsWhole => Size <= Head + Tail;

        internal int Shown => Math.Min(Size, Head + Tail);
    }

    /// <summary>
    /// All indices of a small tensor. Of a large tensor three at either end of each dimension, and fewer of the outer dimensions until the
    /// text is short enough. Rows count too, because a tensor without elements may have many.
    /// </summary>
    Extent[] Extents()
    {
        var extents = new Extent[Rank];
        for (int d = 0; d < Rank; d++) extents[d] = new(Shape[d], Shape[d], 0);
        if (Printed(extents) <= LargestPrintedWhole) return extents;
        for (int d = 0; d < Rank; d++) extents[d] = new(Shape[d], EdgeItems, EdgeItems);
        foreach ((int head, int tail) in ((int, int)[])[(1, 1), (1, 0)])
            for (int d = 0; d < Rank && Printed(extents) > MostPrinted; d++) extents[d] = new(Shape[d], head, tail);
        return extents;
    }

    static double Printed(Extent[] extents)
    {
        double count = 1;
        foreach (Extent extent in extents)
        {
            if (extent.Shown == 0) break;
            count *= extent.Shown;
        }
        return count;
    }

    string FormatExactly(int offset) => DType switch
    {
        DType.Float32 => Read<float>()[offset].ToString(CultureInfo.InvariantCulture),
        DType.Float64 => Read<double>()[offset].ToString(CultureInfo.InvariantCulture),
        DType.Int64 => Read<long>()[offset].ToString(CultureInfo.InvariantCulture),
        _ => Read<bool>()[offset] ? "true" : "false",
    };

    void Append(StringBuilder text, string[] texts, ref int next, int dim, Extent[] extents)
    {
        text.Append('[');
        Extent extent = extents[dim];
        bool last = dim == Rank - 1;
        for (int i = 0; i < extent.Size; i++)
        {
            if (i > 0) text.Append(last ? ", " : ",\n" + new string(' ', dim + 1));
            if (!extent.IsWhole && i == extent.Head)
            {
                text.Append("...");
                i = extent.Size - extent.Tail - 1;
                continue;
            }
            if (last) text.Append(texts[next++]);
            else Append(text, texts, ref next, dim + 1, extents);
        }
        text.Append(']');
    }

    // The printed elements only, in order, padded to one width.
    string[] FormatAligned(Extent[] extents)
    {
        var offsets = new List<int>();
        CollectOffsets(offsets, 0, 0, Shape.Strides(), extents);
        if (!DType.IsFloat()) return Pad([.. offsets.Select(FormatExactly)]);

        double[] values = [.. offsets.Select(ValueAt)];
        double[] finite = [.. values.Where(double.IsFinite).Select(Math.Abs)];
        double largest = finite.DefaultIfEmpty().Max();
        double smallest = finite.Where(v => v > 0).DefaultIfEmpty().Min();
        bool scientific = largest >= 1e6 || (smallest > 0 && smallest < 1e-4);
        string format = scientific ? "0.0000e+00" : "0.####";
        return Pad([.. values.Select(v => v.ToString(format, CultureInfo.InvariantCulture))]);
    }

    static string[] Pad(string[] texts)
    {
        int width = texts.Select(t => t.Length).DefaultIfEmpty().Max();
        return [.. texts.Select(t => t.PadLeft(width))];
    }

    void CollectOffsets(List<int> offsets, int dim, int offset, int[] strides, Extent[] extents)
    {
        if (dim == Rank)
        {
            offsets.Add(offset);
            return;
        }
        Extent extent = extents[dim];
        for (int i = 0; i < extent.Size; i++)
        {
            if (!extent.IsWhole && i == extent.Head) i = extent.Size - extent.Tail;
            if (i < extent.Size) CollectOffsets(offsets, dim + 1, offset + i * strides[dim], strides, extents);
        }
    }
}
