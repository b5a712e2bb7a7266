using System.Globalization;
using Microsoft.AspNetCore.Components;
using MyTorch.Teaching;

namespace Playground.Shapes;

/// <summary>How this page writes and reads numbers.</summary>
public static class Numbers
{
    /// <summary>Four significant digits.</summary>
    public static string Shown(double value) => FunctionTrace.Shown(value).Replace('-', '−');

    /// <summary>A text with numbers in it.</summary>
    public static string Shown(string text) => text.Replace('-', '−');

    /// <summary>A number as an attribute.</summary>
    public static string Plain(double value) => Math.Round(value, 12).ToString(CultureInfo.InvariantCulture);

    /// <summary>The number that was entered; null for a text that is not a number. A comma is read as a point.</summary>
    public static double? Read(ChangeEventArgs e) => Read((string?)e.Value);

    /// <summary>A number; null for a text that is not one or a number that is larger than <see cref="Most"/>.</summary>
    public static double? Read(string? text) =>
        double.TryParse(text?.Trim().Replace(',', '.').Replace('−', '-'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && Math.Abs(value) <= Most
            ? value
            : null;

    /// <summary>The largest number that is taken: products and sums of such numbers are finite, and are read at a glance.</summary>
    public const double Most = 1e6;

    /// <summary>The whole number that was entered; 0 for a text that is not one.</summary>
    public static int Whole(ChangeEventArgs e) => Read(e) is { } value && Math.Abs(value) < 1e6 ? (int)value : 0;
}
