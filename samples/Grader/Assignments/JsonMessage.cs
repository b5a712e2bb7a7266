using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace MyTorch.Grader.Assignments;

/// <summary>Says what is wrong with a JSON file in the words of its format, not in those of the JSON reader.</summary>
static partial class JsonMessage
{
    /// <summary>"a question has no `minuts`. Did you mean `minutes`?"; what the reader says where there are no better words.</summary>
    public static string Of(JsonException exception, string text)
    {
        string said = exception.Message.Split(" Path:")[0].Split(" LineNumber:")[0];
        string path = exception.Path ?? "";
        string name = path[(path.LastIndexOf('.') + 1)..].TrimEnd('\'', ']');
        if (Unmapped().Match(said) is { Success: true } unmapped)
        {
            string given = unmapped.Groups[1].Value;
            string? nearest = MembersOf(unmapped.Groups[2].Value).MinBy(member => EditDistance.Between(given, member));
            string near = nearest is not null && EditDistance.Between(given, nearest) <= 3 ? $" Did you mean `{nearest}`?" : "";
            return $"{Named(unmapped.Groups[2].Value)} has no `{given}`.{near}";
        }
        if (Missing().Match(said) is { Success: true } missing)
            return $"{Named(missing.Groups[1].Value)} lacks what is required: " +
                $"{missing.Groups[2].Value.Replace("'", "`", StringComparison.Ordinal).TrimEnd('.')}.";
        if (Unconverted().Match(said) is { Success: true } unconverted && name.Length > 0)
            return $"{name} is {Wanted(unconverted.Groups[1].Value)}.";
        if (said.Contains("is invalid after a value", StringComparison.Ordinal) && Next(exception, text) is { } next)
            return $"a comma is missing before {next}.";
        return said;
    }

    static string Named(string type) => Short(type) switch
    {
        nameof(Assignment) => "an assignment",
        nameof(Limits) => "limits",
        nameof(Seeds) => "seeds",
        nameof(Policy) => "policy",
        nameof(Hints) => "the file of hints",
        var other => $"a {other.ToLowerInvariant()}",
    };

    static string Short(string type) => type[(type.LastIndexOf('.') + 1)..];

    static IEnumerable<string> MembersOf(string type) => typeof(Assignment).Assembly.GetType(type)?.GetProperties()
        .Where(property => !property.IsDefined(typeof(JsonIgnoreAttribute), inherit: false))
        .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)) ?? [];

    static string Wanted(string type) => type switch
    {
        "System.Int32" => "a whole number, without quotation marks",
        "System.Double" => "a number, without quotation marks",
        "System.Boolean" => "true or false, without quotation marks",
        "System.String" => "a text, in quotation marks",
        _ when type.StartsWith("System.Nullable`1[System.Int32", StringComparison.Ordinal) => "a whole number, without quotation marks",
        _ when type.StartsWith("System.Nullable`1[System.Double", StringComparison.Ordinal) => "a number, without quotation marks",
        _ when type.Contains("List`1", StringComparison.Ordinal) => "a list, in square brackets",
        _ => "an object, in braces",
    };

    // The text that the reader stumbled over: "points".
    static string? Next(JsonException exception, string text)
    {
        if (exception is not { LineNumber: { } line, BytePositionInLine: { } position }) return null;
        byte[] bytes = Encoding.UTF8.GetBytes(text.Split('\n').ElementAtOrDefault((int)line) ?? "");
        string rest = position < bytes.Length ? Encoding.UTF8.GetString(bytes[(int)position..]).TrimEnd() : "";
        return rest.StartsWith('"') && rest.IndexOf('"', 1) is > 0 and var end ? rest[..(end + 1)]
            : rest.Length > 0 && rest[0] is '{' or '[' ? rest[..1]
            : null;
    }

    [GeneratedRegex("^The JSON property '(.+)' could not be mapped to any .NET member contained in type '(.+)'")]
    private static partial Regex Unmapped();

    [GeneratedRegex("^JSON deserialization for type '(.+)' was missing required properties[^:]*: (.+)$")]
    private static partial Regex Missing();

    [GeneratedRegex("^The JSON value could not be converted to (.+?)\\.?$")]
    private static partial Regex Unconverted();
}
