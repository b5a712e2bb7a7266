namespace TrainMlp;

/// <summary>Commands that can be copied into a shell.</summary>
internal static class Shell
{
    /// <summary>How the program is called in the repository.</summary>
    public const string Program = "dotnet run -c Release --project samples/TrainMlp --";

    /// <summary>An argument in double quotes as every shell reads them, or in single ones where a shell would replace a part of it.</summary>
    public static string Quoted(string value)
    {
        if (value.Length > 0 && value.All(c => char.IsLetterOrDigit(c) || "-_./,=:+@".Contains(c, StringComparison.Ordinal))) return value;
        return value.AsSpan().ContainsAny("\"$`\\!") ? $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'" : $"\"{value}\"";
    }
}
