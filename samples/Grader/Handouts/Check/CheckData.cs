using System.Text.Json;
using System.Text.Json.Serialization;
using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>The data of a handout about its assignment: <c>Check/assignment.json</c>.</summary>
public sealed record CheckData
{
    /// <summary>Numbers that are not finite are written by name.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The assignment's id.</summary>
    public required string Assignment { get; init; }

    /// <summary>The version that the handout was made from.</summary>
    public required string Version { get; init; }

    /// <summary>The assignment's title.</summary>
    public required string Title { get; init; }

    /// <summary>The files that are handed in.</summary>
    public required string[] ReadingSet { get; init; }

    /// <summary>SHA-256 of each file that is given, by its path in the handout.</summary>
    public required SortedDictionary<string, string> Given { get; init; }

    /// <summary>The questions, in the order in which a student works.</summary>
    public required CheckQuestion[] Questions { get; init; }

    /// <summary>The types of the files that are handed in.</summary>
    public string[] Types { get; init; } = [];

    /// <summary>The public and protected members of each of these types in the handout.</summary>
    public SortedDictionary<string, string[]> Signatures { get; init; } = [];

    /// <summary>The titles of the groups by their ids.</summary>
    public required SortedDictionary<string, string> Groups { get; init; }
}

/// <summary>A question with its visible cases.</summary>
public sealed record CheckQuestion
{
    /// <summary>"4.2"</summary>
    public required string Id { get; init; }

    /// <summary>What the student reads.</summary>
    public required string Title { get; init; }

    /// <summary>Its points.</summary>
    public required double Points { get; init; }

    /// <summary>The parts for partial credit; empty for a question without parts.</summary>
    public required CheckPart[] Parts { get; init; }

    /// <summary>The method that calls the student's code.</summary>
    public required string Probe { get; init; }

    /// <summary>The questions whose code it needs.</summary>
    public required string[] DependsOn { get; init; }

    /// <summary>Where the code is to be written: "MyTorch/Operations/Products.cs: Linear.Backward".</summary>
    public required string[] Places { get; init; }

    /// <summary>Idea, shapes and formula.</summary>
    public required string[] Hints { get; init; }

    /// <summary>Wall time of a case.</summary>
    public required double Seconds { get; init; }

    /// <summary>What the reference returns.</summary>
    public required CheckCase[] Cases { get; init; }

    /// <summary>Wrong answers to the first case that are usual.</summary>
    public CheckMistake[] Mistakes { get; init; } = [];

    /// <summary>The group's id.</summary>
    [JsonIgnore]
    public string Group => Id.Split('.')[0];
}

/// <summary>A part of a question's points.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Title">What the student reads.</param>
/// <param name="Points">Its share.</param>
/// <param name="Returns">Names of results; a star stands for any text.</param>
public sealed record CheckPart(string Id, string Title, double Points, string[] Returns);

/// <summary>A case and what the reference returned.</summary>
/// <param name="Seed">The seed of the probe's random numbers.</param>
/// <param name="Single">Whether it is in Float32.</param>
/// <param name="Expected">The results, in their order.</param>
/// <param name="Steps">The steps that the probe noted: those of the reference.</param>
public sealed record CheckCase(int Seed, bool Single, Returned[] Expected, Noted[] Steps);

/// <summary>A line that the probe noted or printed.</summary>
/// <param name="Text">The line.</param>
/// <param name="Before">The number of results returned before it. It belongs to the results that follow.</param>
public sealed record Noted(string Text, int Before);

/// <summary>A common mistake: its answers to the first case, and its hint.</summary>
/// <param name="Hint">What is wrong, without the code of the solution.</param>
/// <param name="Answers">The results that differ from what is expected.</param>
/// <param name="Returned">How many results there are: fewer than expected if an exception follows.</param>
public sealed record CheckMistake(string Hint, Returned[] Answers, int Returned);
