using System.Globalization;

namespace MyTorch;

static class Invalid
{
    /// <summary>
    /// The error for a setting outside its range. The framework would append the value in the culture of the thread (−0,5):
    /// here it stands in the message as C# writes it.
    /// </summary>
    internal static ArgumentOutOfRangeException Setting(string name, double value, string rule) =>
        new(name, string.Create(CultureInfo.InvariantCulture, $"{rule} It was {value}."));

    /// <summary>The setting, if it is neither infinite nor NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is.</exception>
    internal static double UnlessFinite(string name, double value, string rule) => double.IsFinite(value) ? value : throw Setting(name, value, rule);
}
