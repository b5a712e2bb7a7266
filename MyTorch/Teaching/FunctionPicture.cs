using System.Globalization;
using System.Text;
using MyTorch.Inspection;

namespace MyTorch.Teaching;

/// <summary>The box of a value in a <see cref="FunctionPicture"/>.</summary>
/// <param name="Row">The row of the value.</param>
/// <param name="X">The left side.</param>
/// <param name="Y">The upper side.</param>
/// <param name="Width">The width.</param>
/// <param name="Height">The height.</param>
public sealed record PictureBox(int Row, double X, double Y, double Width, double Height);

/// <summary>
/// The line of an edge in a <see cref="FunctionPicture"/>, from the lower side of a value to the upper side of its user; in a horizontal
/// picture from the right side to the left one.
/// </summary>
/// <param name="Edge">The edge.</param>
/// <param name="Path">The line, as the attribute <c>d</c> of an SVG path.</param>
/// <param name="TextX">The middle of its text.</param>
/// <param name="TextY">The middle of its text.</param>
/// <param name="EndX">Where it ends.</param>
/// <param name="EndY">Where it ends.</param>
public sealed record PictureWire(FunctionEdge Edge, string Path, double TextX, double TextY, double EndX, double EndY);

/// <summary>
/// Where the values and edges of a <see cref="FunctionTrace"/> are drawn: variables above, every operation below what it uses; or, for a
/// wide window, variables at the left, every operation to the right of what it uses. The layout is that of
/// <see cref="TapeGraph.ToSvg"/>; what the boxes hold is up to the caller.
/// </summary>
public sealed class FunctionPicture
{
    // Between two rows of boxes: room for one text, or for two above each other where lines are close.
    const double TextGap = 60, WiderTextGap = 76;
    const double LinesApart = 42;

    // Between two columns: beside a text the line is to be seen.
    const double BesideText = 36, WiderBesideText = 56;
    const double HorizontalLinesApart = 26;

    FunctionPicture(double width, double height, bool isHorizontal, PictureBox[] boxes, PictureWire[] wires) =>
        (Width, Height, IsHorizontal, Boxes, Wires) = (width, height, isHorizontal, boxes.AsReadOnly(), wires.AsReadOnly());

    /// <summary>The width of the picture.</summary>
    public double Width { get; }

    /// <summary>The height of the picture.</summary>
    public double Height { get; }

    /// <summary>Whether it is read from left to right, not from top to bottom.</summary>
    public bool IsHorizontal { get; }

    /// <summary>The boxes, by row.</summary>
    public IReadOnlyList<PictureBox> Boxes { get; }

    /// <summary>The lines, in the order of the edges.</summary>
    public IReadOnlyList<PictureWire> Wires { get; }

    /// <summary>Arranges a graph.</summary>
    /// <param name="trace">The graph.</param>
    /// <param name="size">The width and height of the box of a row.</param>
    /// <param name="textSize">The width and height of the text on an edge.</param>
    /// <param name="isHorizontal">Whether it is to be read from left to right, not from top to bottom.</param>
    public static FunctionPicture Of(FunctionTrace trace, Func<int, (double Width, double Height)> size,
        Func<FunctionEdge, (double Width, double Height)> textSize, bool isHorizontal = false)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(size);
        ArgumentNullException.ThrowIfNull(textSize);
        (double Width, double Height)[] sizes = [.. trace.Rows.Select(row => size(row.Index))];
        (double Width, double Height)[] texts = [.. trace.Edges.Select(textSize)];
        double widest = texts.Select(text => text.Width).DefaultIfEmpty(0).Max();
        (FunctionPicture picture, bool hasRoom) = Arranged(trace, sizes, texts, isHorizontal ? widest + BesideText : TextGap, isHorizontal, mayGoAside: false);
        return hasRoom ? picture
            : Arranged(trace, sizes, texts, isHorizontal ? widest + WiderBesideText : WiderTextGap, isHorizontal, mayGoAside: true).Picture;
    }

    // Whether every text has found its own place. A horizontal picture is laid out downwards, with widths for heights, and then mirrored.
    static (FunctionPicture Picture, bool HasRoom) Arranged(FunctionTrace trace, (double Width, double Height)[] sizes,
        (double Width, double Height)[] textSizes, double gap, bool isHorizontal, bool mayGoAside)
    {
        int count = trace.Edges.Count;
        var layout = new LayeredLayout(gapsHoldText: true, gap);
        foreach ((double width, double height) in sizes.Select(Turned)) layout.AddBox(width, height);
        foreach (FunctionEdge edge in trace.Edges) layout.AddEdge(edge.Input - 1, edge.User - 1);
        layout.RunSideBySide(isHorizontal ? HorizontalLinesApart : LinesApart);

        PictureBox[] boxes =
        [
            .. sizes.Select((one, i) => (Size: one, Middle: Turned(layout[i]))).Select((one, i) => new PictureBox(i + 1,
                one.Middle.X - one.Size.Width / 2, one.Middle.Y - one.Size.Height / 2, one.Size.Width, one.Size.Height)),
        ];
        var texts = new List<(double X, double Y, double Width, double Height)>();
        var wires = new PictureWire[count];
        // Where lines cross in their middles, their texts fit beside the crossing only.
        bool hasRoom = Place(isAside: false) || mayGoAside && (Place(isAside: true) || Place(isAside: false));

        (double right, double bottom) = Turned((layout.Width, layout.Height));
        right = Math.Max(right, texts.Select(text => text.X + text.Width / 2).DefaultIfEmpty(0).Max());
        bottom = Math.Max(bottom, texts.Select(text => text.Y + text.Height / 2).DefaultIfEmpty(0).Max());
        return (new FunctionPicture(right, bottom, isHorizontal, boxes, wires), hasRoom);

        // Whether every text has room; a text without any lies where it would be best.
        bool Place(bool isAside)
        {
            texts.Clear();
            return Enumerable.Range(0, count).Aggregate(true, (all, i) => PlaceText(i, isAside) && all);
        }

        bool PlaceText(int i, bool isAside)
        {
            List<(double X, double Y)> course = layout.Course(i);
            (double width, double height) = textSizes[i];
            (double X, double Y)[] positions = [.. LayeredLayout.TextPositions(course).Select(Turned)];
            if (isAside) positions = [.. positions[1..], positions[0]];
            int free = Array.FindIndex(positions, IsFree);
            (double x, double y) = positions[Math.Max(free, 0)];
            texts.Add((x, y, width, height));
            (double endX, double endY) = Turned(course[^1]);
            wires[i] = new PictureWire(trace.Edges[i], Path(course, isHorizontal), x, y, endX, endY);
            return free >= 0;

            bool IsFree((double X, double Y) at) =>
                !texts.Exists(other => Math.Abs(other.X - at.X) < (other.Width + width) / 2 + 3
                    && Math.Abs(other.Y - at.Y) < (other.Height + height) / 2 + 1)
                && !boxes.Any(box => at.X + width / 2 > box.X && at.X - width / 2 < box.X + box.Width
                    && at.Y + height / 2 > box.Y && at.Y - height / 2 < box.Y + box.Height);
        }
        (double X, double Y) Turned((double X, double Y) one) => isHorizontal ? (one.Y, one.X) : one;
    }

    /// <summary>The same picture for a trace of the same function at another point.</summary>
    /// <exception cref="ArgumentException">The trace has other rows or edges than the picture.</exception>
    public FunctionPicture For(FunctionTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        if (trace.Rows.Count != Boxes.Count || trace.Edges.Count != Wires.Count)
            throw new ArgumentException(
                $"FunctionPicture: the trace has {Notation.Number(trace.Rows.Count)} values and " +
                $"{Notation.Number(trace.Edges.Count)} edges, the picture {Notation.Number(Boxes.Count)} and " +
                $"{Notation.Number(Wires.Count)}; make a picture of this function.", nameof(trace));
        return new(Width, Height, IsHorizontal, [.. Boxes], [.. Wires.Select((wire, i) => wire with { Edge = trace.Edges[i] })]);
    }

    internal static string Path(List<(double X, double Y)> course, bool isHorizontal = false)
    {
        var path = new StringBuilder();
        Add('M', course[0]);
        for (int i = 1; i < course.Count; i++)
        {
            ((double fromX, double fromY), (double x, double y)) = (course[i - 1], course[i]);
            // Only the gaps between layers are free for a bend.
            if (i % 2 == 0 && Math.Abs(x - fromX) > 0.05)
            {
                double middle = (fromY + y) / 2;
                Add('C', (fromX, middle));
                Add(' ', (x, middle));
                Add(' ', (x, y));
            }
            else Add('L', (x, y));
        }
        return path.ToString();

        void Add(char before, (double X, double Y) at)
        {
            (double x, double y) = isHorizontal ? (at.Y, at.X) : at;
            path.Append(CultureInfo.InvariantCulture, $"{before}{x:0.#} {y:0.#}");
        }
    }
}
