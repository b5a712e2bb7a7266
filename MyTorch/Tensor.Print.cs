using System.Globalization;
using System.Text;

namespace MyTorch;

// How tensors look: a scalar bare, anything else with values, shape and type; large ones shortened.
public partial class Tensor
{
    const int LargestPrintedWhole = 1000;
    const int EdgeItems = 3;

    string DebuggerText => Rank == 0 ? ToString() : $"{Name ?? "Tensor"} {Shape} {DType}";

    /// <summary>
    /// A scalar bare (<c>5.5</c>); otherwise the values in rows, shortened beyond 1000 elements, then shape and type.
    /// Numbers are written the same in every culture.
    /// </summary>
    public override string ToString()
    {
        if (Rank == 0) return FormatExactly(0);
        bool shortened = ElementCount > LargestPrintedWhole;
        string[] texts = FormatAligned(shortened);
        var text = new StringBuilder();
        int next = 0;
        Append(text, texts, ref next, dim: 0, shortened);
        return text.Append(CultureInfo.InvariantCulture, $"  {Shape} {DType}").ToString();
    }

    string FormatExactly(int offset) => DType switch
    {
        DType.Float32 => Read<float>()[offset].ToString(CultureInfo.InvariantCulture),
        DType.Float64 => Read<double>()[offset].ToString(CultureInfo.InvariantCulture),
        DType.Int64 => Read<long>()[offset].ToString(CultureInfo.InvariantCulture),
        _ => Read<bool>()[offset] ? "true" : "false",
    };

    void Append(StringBuilder text, string[] texts, ref int next, int dim, bool shortened)
    {
        text.Append('[');
        int size = Shape[dim];
        bool last = dim == Rank - 1;
        for (int i = 0; i < size; i++)
        {
            if (i > 0) text.Append(last ? ", " : ",\n" + new string(' ', dim + 1));
            if (shortened && Skips(size, i))
            {
                text.Append("...");
                i = size - EdgeItems - 1;
                continue;
            }
            if (last) text.Append(texts[next++]);
            else Append(text, texts, ref next, dim + 1, shortened);
        }
        text.Append(']');
    }

    static bool Skips(int size, int i) => size > 2 * EdgeItems && i == EdgeItems;

    // The printed elements only, in order, padded to one width.
    string[] FormatAligned(bool shortened)
    {
        var offsets = new List<int>();
        CollectOffsets(offsets, 0, 0, Shape.Strides(), shortened);
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

    void CollectOffsets(List<int> offsets, int dim, int offset, int[] strides, bool shortened)
    {
        if (dim == Rank)
        {
            offsets.Add(offset);
            return;
        }
        for (int i = 0; i < Shape[dim]; i++)
        {
            if (shortened && Skips(Shape[dim], i)) i = Shape[dim] - EdgeItems;
            CollectOffsets(offsets, dim + 1, offset + i * strides[dim], strides, shortened);
        }
    }
}
