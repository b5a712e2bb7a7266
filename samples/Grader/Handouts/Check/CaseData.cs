using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>What the check and the process that runs the student's code tell each other is text, written and read with this.</summary>
public static class CaseText
{
    /// <summary>Numbers that are not finite are written by name.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The question's number at the start of the message of a body that is not written yet.</summary>
    internal static readonly Regex Question = new("^[A-Za-z0-9]+\\.[0-9]+(?= )", RegexOptions.CultureInvariant);

    /// <summary>A value as one line.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>A value of such a line.</summary>
    public static T Read<T>(string line) => JsonSerializer.Deserialize<T>(line, Options)
        ?? throw new InvalidDataException($"A {typeof(T).Name} was expected, and null came.");
}

/// <summary>What is the same for all cases; it comes before the first.</summary>
/// <param name="Root">The folder of the handout.</param>
/// <param name="Bodies">The bodies to write, as "Linear.Backward": an exception is traced to the first of them.</param>
/// <param name="Types">The types whose signatures are asked for.</param>
/// <param name="Capture">Whether what is printed belongs to the answer; it takes the whole process's output for it.</param>
public sealed record CaseSetup(string Root, string[] Bodies, string[] Types, bool Capture);

/// <summary>The outcome of a case.</summary>
public sealed record CaseAnswer
{
    /// <summary>The results, in their order.</summary>
    public List<Returned> Returned { get; init; } = [];

    /// <summary>What the code was given, to be shown where a result of it is wrong.</summary>
    public List<GivenInput> Given { get; init; } = [];

    /// <summary>The steps that the probe noted.</summary>
    public List<Noted> Steps { get; init; } = [];

    /// <summary>What the code printed.</summary>
    public List<Noted> Printed { get; init; } = [];

    /// <summary>What the probe tells of what has been achieved.</summary>
    public List<string> Told { get; init; } = [];

    /// <summary>The exception and its place; null if there was none.</summary>
    public string? Error { get; init; }

    /// <summary>The body to write in which it was thrown, as "Linear.Backward"; null if it is in none.</summary>
    public string? ErrorIn { get; init; }

    /// <summary>The message of a body that is not written yet; it begins with its question.</summary>
    public string? NotWritten { get; init; }

    /// <summary>Whether the code ran out of time.</summary>
    public bool TimedOut { get; init; }

    /// <summary>How the code ended the whole program; null if it did not.</summary>
    public string? Died { get; init; }
}

/// <summary>Something that the code was given.</summary>
/// <param name="Value">The value.</param>
/// <param name="Before">The number of results returned before it. It belongs to the results that follow.</param>
public sealed record GivenInput(Returned Value, int Before);

/// <summary>A case to run.</summary>
/// <param name="Probe">The method that calls the student's code.</param>
/// <param name="Seed">The seed of its random numbers.</param>
/// <param name="Single">Whether it is in Float32.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record CaseRequest(string Probe, int Seed, bool Single, double Seconds);

/// <summary>A line that the probe noted or printed.</summary>
/// <param name="Text">The line.</param>
/// <param name="Before">The number of results returned before it. It belongs to the results that follow.</param>
public sealed record Noted(string Text, int Before);
