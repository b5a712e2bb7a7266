using System.Globalization;

namespace Playground;

/// <summary>The part of an address behind #, which holds the state of a page: <c>page=network&amp;seed=3</c>.</summary>
/// <remarks>A key with a point never is the name of a variable of a function.</remarks>
public sealed class Address
{
    readonly List<KeyValuePair<string, string>> _entries = [];

    /// <summary>The keys and values in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Entries => _entries;

    /// <summary>The page that it opens: of a function if there is one, null if it names none.</summary>
    public string? Page => this["f"] is null ? this["page"] : "function";

    /// <summary>The value of a key; null without one.</summary>
    public string? this[string key] => _entries.FindLast(entry => entry.Key == key).Value;

    /// <summary>A number; null if there is none under the key.</summary>
    public double? Number(string key) =>
        double.TryParse(this[key], NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : null;

    /// <summary>A whole number that is not negative; null if there is none under the key.</summary>
    public int? Count(string key) =>
        int.TryParse(this[key], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>Adds a key with its value.</summary>
    public Address Add(string key, string value)
    {
        _entries.Add(new(key, value));
        return this;
    }

    /// <summary>Adds a number with all its digits.</summary>
    public Address Add(string key, double value) => Add(key, value.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>Reads what stands behind #; parts that are no <c>key=value</c> are left out.</summary>
    public static Address Parse(string text)
    {
        var address = new Address();
        foreach (string part in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
            if (part.IndexOf('=', StringComparison.Ordinal) is > 0 and int at)
                address.Add(Uri.UnescapeDataString(part[..at]), Uri.UnescapeDataString(part[(at + 1)..]));
        return address;
    }

    /// <summary>The text behind #.</summary>
    public override string ToString() => string.Join('&', _entries.Select(entry => $"{Encoded(entry.Key)}={Encoded(entry.Value)}"));

    // The signs of a function stay readable where an address allows them.
    static string Encoded(string text) => Uri.EscapeDataString(text).Replace("%28", "(", StringComparison.Ordinal)
        .Replace("%29", ")", StringComparison.Ordinal).Replace("%2A", "*", StringComparison.Ordinal)
        .Replace("%2B", "+", StringComparison.Ordinal).Replace("%2F", "/", StringComparison.Ordinal)
        .Replace("%2C", ",", StringComparison.Ordinal).Replace("%3B", ";", StringComparison.Ordinal)
        .Replace("%3D", "=", StringComparison.Ordinal);
}
