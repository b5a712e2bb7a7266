using System.Globalization;
using System.Runtime.CompilerServices;

namespace MyTorch;

/// <summary>
/// Errors whose texts hold numbers that may be negative or have digits after the point. An interpolated string would write them in the culture of the
/// thread (−0,5), and so would the framework where it appends the actual value: here they stand as C# writes them.
/// </summary>
static class Invalid
{
    /// <summary>The error for a setting outside its range.</summary>
    internal static ArgumentOutOfRangeException Setting(string name, double value, string rule) =>
        OutOfRange(name, $"{rule} It was {value}.");

    /// <summary>The setting, if it is neither infinite nor NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is.</exception>
    internal static double UnlessFinite(string name, double value, string rule) => double.IsFinite(value) ? value : throw Setting(name, value, rule);

    /// <summary>The error for an argument outside its range; the text says what it was.</summary>
    internal static ArgumentOutOfRangeException OutOfRange(string name, InvariantText message) => new(name, message.ToString());

    /// <summary>The error for what cannot be done now.</summary>
    internal static InvalidOperationException Operation(InvariantText message) => new(message.ToString());

    /// <summary>The error for an argument that does not fit.</summary>
    internal static ArgumentException Argument(string name, InvariantText message, Exception? cause = null) => new(message.ToString(), name, cause);
}

/// <summary>An interpolated string in the invariant culture: what the compiler makes of one where this type is asked for.</summary>
[InterpolatedStringHandler]
ref struct InvariantText(int literalLength, int formattedCount)
{
    DefaultInterpolatedStringHandler _text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);

    public override string ToString() => _text.ToStringAndClear();
}
