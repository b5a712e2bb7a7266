using System.Globalization;

namespace Playground;

/// <summary>The part of an address behind #, which holds the state of a page: <c>page=network&amp;seed=3</c>.</summary>
/// <remarks>A key with a point never is the name of a variable of a function.</remarks>
public sealed class Address
{
    readonly List<KeyValuePair<string, string>> _entries = [];
    readonly List<string> _remarks = [];

    /// <summary>The keys and values in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Entries => _entries;

    /// <summary>The page that it opens: of a function if there is one, null if it names none.</summary>
    public string? Page => this["f"] is null ? this["page"] : "function";

    /// <summary>The value of a key; null without one.</summary>
    public string? this[string key] => _entries.FindLast(entry => entry.Key == key).Value;

    /// <summary>A sentence for each value that was asked for and could not be used.</summary>
    public IReadOnlyList<string> Remarks => _remarks.AsReadOnly();

    /// <summary>A number within bounds; null without one, with a remark if something else stands there.</summary>
    public double? Number(string key, double least = double.MinValue, double most = double.MaxValue)
    {
        if (this[key] is not { } text) return null;
        if (IsNumber(text, out double number) && number >= least && number <= most) return number;
        Refuse(key, text, $"a number{Bounds(least, most)}", text.Replace(',', '.'));
        return null;
    }

    /// <summary>A whole number within bounds, at first of what is counted; null without one, with a remark if something else stands
    /// there.</summary>
    public int? Count(string key, int least = 0, int most = int.MaxValue)
    {
        if (this[key] is not { } text) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            return number;
        Refuse(key, text, $"a whole number{Bounds(least == int.MinValue ? double.MinValue : least, most == int.MaxValue ? double.MaxValue : most)}");
        return null;
    }

    /// <summary>Numbers within bounds with commas between them; null without any, with a remark if something else is among them.</summary>
    public double[]? Numbers(string key, double least = double.MinValue, double most = double.MaxValue)
    {
        if (this[key] is not { } text) return null;
        string[] parts = text.Split(',');
        double[] numbers = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            if (!IsNumber(parts[i], out numbers[i]) || numbers[i] < least || numbers[i] > most)
            {
                Refuse(key, text, $"a list of numbers{Bounds(least, most)} with commas between them");
                return null;
            }
        return numbers;
    }

    /// <summary>One of the words of an enumeration; null without one, with a remark if something else stands there.</summary>
    public T? Word<T>(string key) where T : struct, Enum => this[key] is { } text ? Word<T>(key, text) : null;

    /// <summary>One of the words of an enumeration in a text that stands under a key; null, with a remark, if it is something else.</summary>
    public T? Word<T>(string key, string text) where T : struct, Enum
    {
        // A number would be read, too, and means nothing to a person.
        foreach (T value in Enum.GetValues<T>())
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase)) return value;
        Refuse(key, text, "one of " + string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant())));
        return null;
    }

    /// <summary>One of some words; null without one, with a remark if something else stands there.</summary>
    public string? Choice(string key, IEnumerable<string> words)
    {
        if (this[key] is not { } text) return null;
        if (words.Contains(text)) return text;
        Refuse(key, text, "one of " + string.Join(", ", words));
        return null;
    }

    /// <summary>Remarks that a value could not be used.</summary>
    /// <param name="key">Where it stands.</param>
    /// <param name="text">What stands there.</param>
    /// <param name="expected">What is expected: "a number".</param>
    /// <param name="instead">What may be meant, if that is a number.</param>
    public void Refuse(string key, string text, string expected, string? instead = null)
    {
        string meant = instead is not null && instead != text && IsNumber(instead, out _) ? $" Is {key}={instead} meant?" : "";
        string remark = $"{key}={text} in the address is not {expected}. The usual value is shown instead.{meant}";
        if (!_remarks.Contains(remark)) _remarks.Add(remark);
    }

    static bool IsNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    static string Bounds(double least, double most) => (least > double.MinValue, most < double.MaxValue) switch
    {
        (true, true) => string.Create(CultureInfo.InvariantCulture, $" from {least} to {most}"),
        (true, false) => string.Create(CultureInfo.InvariantCulture, $" from {least}"),
        (false, true) => string.Create(CultureInfo.InvariantCulture, $" up to {most}"),
        _ => "",
    };

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
