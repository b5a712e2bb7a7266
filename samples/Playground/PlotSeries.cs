namespace Playground;

/// <summary>How a series is drawn.</summary>
public enum PlotLook
{
    /// <summary>A line.</summary>
    Line,

    /// <summary>A dashed line.</summary>
    Dash,

    /// <summary>A dotted line.</summary>
    Dot,

    /// <summary>Filled points without a line.</summary>
    Points,

    /// <summary>A line with a ring at each point.</summary>
    Both,
}

/// <summary>A series of a <c>Plot</c>.</summary>
/// <param name="Name">Its name, in the legend and above its column.</param>
/// <param name="Values">A number for each x; NaN and infinite ones leave a gap.</param>
/// <param name="Look">How it is drawn.</param>
/// <param name="Colour">A variable of the style sheets without its dashes, s1 to s6, adjoint, tangent; the next of s1 to s6 if
/// null.</param>
/// <param name="SpansGaps">Whether a line goes on over gaps, as one through two points does.</param>
public sealed record PlotSeries(
    string Name, IReadOnlyList<double> Values, PlotLook Look = PlotLook.Line, string? Colour = null, bool SpansGaps = false);
