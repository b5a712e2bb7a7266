using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace TrainMlp;

/// <summary>Small pictures made of characters; with <c>ascii</c> of ASCII characters only. Each line is complete text without colours.</summary>
internal static class Plots
{
    /// <summary>Draws one value per epoch, the first from before training. The axis runs from zero, or the smallest negative value, to the largest.</summary>
    public static IReadOnlyList<string> Curve(IReadOnlyList<double> values, int width, int height, bool ascii)
    {
        double top = values.Where(double.IsFinite).DefaultIfEmpty(1).Max();
        double bottom = Math.Min(0, values.Where(double.IsFinite).DefaultIfEmpty(0).Min());
        if (top <= bottom) top = bottom + 1;
        var labels = Enumerable.Repeat("", height).ToArray();
        labels[height / 2] = Number(top - (top - bottom) * (height / 2) / (height - 1));
        (labels[0], labels[^1]) = (Number(top), Number(bottom));
        int margin = labels.Max(l => l.Length);
        int columns = Math.Max(10, width - margin - 3);

        // A braille character is 2 dots wide and 4 high.
        var (across, down) = ascii ? (1, 1) : (2, 4);
        var dots = new bool[height * down, columns * across];
        int previous = -1;
        for (int x = 0; x < columns * across; x++)
        {
            int y = Row(At(values, x, columns * across), height * down);
            if (y < 0)
            {
                previous = -1;
                continue;
            }

            int from = previous < 0 ? y : previous;
            for (int row = Math.Min(from, y); row <= Math.Max(from, y); row++)
                if (row != from || row == y) dots[row, x] = true;
            previous = y;
        }

        var lines = new List<string>();
        for (int row = 0; row < height; row++)
        {
            var line = new StringBuilder(labels[row].PadLeft(margin)).Append(labels[row].Length > 0 ? ascii ? " +" : " ┤" : ascii ? " |" : " │");
            for (int column = 0; column < columns; column++)
                line.Append(!ascii ? Braille(dots, row, column) : dots[row, column] ? '*' : ' ');
            lines.Add(line.ToString().TrimEnd());
        }

        string last = Invariant($"{values.Count - 1} {(values.Count == 2 ? "epoch" : "epochs")}");
        lines.Add(new string(' ', margin + 1) + (ascii ? "+" : "└") + new string(ascii ? '-' : '─', columns));
        lines.Add(new string(' ', margin + 2) + "0" + last.PadLeft(columns - 1));
        return lines;

        int Row(double value, int rows) => double.IsFinite(value) ? (int)Math.Round((top - value) / (top - bottom) * (rows - 1)) : -1;
    }

    /// <summary>Draws an image row by row, dark for 0 and bright for <paramref name="brightest"/>; a pixel is two characters wide.</summary>
    public static IReadOnlyList<string> Picture(ReadOnlySpan<double> pixels, int width, double brightest, bool ascii)
    {
        string ramp = ascii ? " .:-=+*#%@" : " ░▒▓█";
        var lines = new List<string>();
        for (int start = 0; start < pixels.Length; start += width)
        {
            var line = new StringBuilder();
            foreach (double pixel in pixels.Slice(start, width))
            {
                double share = brightest > 0 && double.IsFinite(pixel) ? Math.Clamp(pixel / brightest, 0, 1) : 0;
                line.Append(ramp[(int)Math.Round(share * (ramp.Length - 1))], 2);
            }

            lines.Add(line.ToString());
        }

        return lines;
    }

    /// <summary>Puts pictures of equal height next to each other, each under its caption.</summary>
    public static IReadOnlyList<string> SideBySide(IReadOnlyList<(string Caption, IReadOnlyList<string> Lines)> pictures, int gap)
    {
        int height = pictures.Max(p => p.Lines.Count);
        return Table(
            [
                [.. pictures.Select(p => p.Caption)],
                .. Enumerable.Range(0, height).Select(row => (string[])[.. pictures.Select(p => row < p.Lines.Count ? p.Lines[row] : "")]),
            ], gap);
    }

    /// <summary>Rows of equally many cells in aligned columns; those that are named as numbers are aligned to the right.</summary>
    public static IReadOnlyList<string> Table(IReadOnlyList<string[]> rows, int gap, Func<int, bool>? isNumber = null)
    {
        int[] widths = [.. rows[0].Select((_, column) => rows.Max(row => row[column].Length))];
        return [.. rows.Select(row => string.Join(new string(' ', gap), row.Select((cell, column) =>
            isNumber?.Invoke(column) == true ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd())];
    }

    /// <summary>
    /// Draws the class predicted at each point of the plane in lower-case letters, and over it the points of known class in capitals.
    /// </summary>
    /// <param name="regions">Class by row (top first) and column; the top row is the greatest y.</param>
    /// <param name="points">Row, column and class of each point; where two coincide the first is drawn.</param>
    public static IReadOnlyList<string> Boundary(int[,] regions, IReadOnlyList<(int Row, int Column, int Class)> points)
    {
        var cells = new char[regions.GetLength(0), regions.GetLength(1)];
        for (int row = 0; row < cells.GetLength(0); row++)
            for (int column = 0; column < cells.GetLength(1); column++)
                cells[row, column] = (char)('a' + regions[row, column]);
        foreach (var (row, column, label) in points.Reverse()) cells[row, column] = (char)('A' + label);
        return [.. Enumerable.Range(0, cells.GetLength(0)).Select(row =>
            string.Concat(Enumerable.Range(0, cells.GetLength(1)).Select(column => cells[row, column])))];
    }

    /// <summary>
    /// Counts by true class (rows) and predicted class (columns), a dot for 0; null if the table would be wider than <paramref name="width"/>.
    /// </summary>
    public static IReadOnlyList<string>? Confusion(int[,] counts, IReadOnlyList<string> names, int width)
    {
        int classes = names.Count;
        int cell = Math.Max(counts.Cast<int>().Max().ToString(CultureInfo.InvariantCulture).Length, names.Max(n => n.Length));
        int margin = Math.Max(4, names.Max(n => n.Length));
        if (margin + 1 + classes * (cell + 1) > width) return null;
        string[] Row(string label, IEnumerable<string> cells) => [label.PadRight(margin + 1), .. cells.Select(text => text.PadLeft(cell))];
        return
        [
            new string(' ', margin + 2) + "predicted",
            .. Table(
                [
                    Row("true", names),
                    .. Enumerable.Range(0, classes).Select(row => Row(names[row], Enumerable.Range(0, classes).Select(column =>
                        counts[row, column] == 0 ? "." : counts[row, column].ToString(CultureInfo.InvariantCulture)))),
                ], gap: 1),
        ];
    }

    /// <summary>A number in at most four significant digits.</summary>
    public static string Number(double value) =>
        Math.Abs(value) is >= 10_000 and < 1e9 ? value.ToString("#,0", CultureInfo.InvariantCulture) : value.ToString("G4", CultureInfo.InvariantCulture);

    // The value of a curve of n values at cell x of so many, on straight lines between the values.
    static double At(IReadOnlyList<double> values, int x, int cells)
    {
        double position = cells > 1 ? (double)x / (cells - 1) * (values.Count - 1) : 0;
        int left = (int)position;
        double share = position - left;
        return share == 0 ? values[left] : values[left] * (1 - share) + values[left + 1] * share;
    }

    static char Braille(bool[,] dots, int row, int column)
    {
        // The order of the dots in Unicode's braille block: down the left, down the right, then the fourth row.
        ReadOnlySpan<(int Down, int Across)> order = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1)];
        int bits = 0;
        for (int i = 0; i < order.Length; i++)
            if (dots[row * 4 + order[i].Down, column * 2 + order[i].Across]) bits |= 1 << i;
        return bits == 0 ? ' ' : (char)(0x2800 + bits);
    }
}
