using System.Text.Json.Serialization;
using MyTorch.Probes;

namespace MyTorch.Check;

/// <summary>The data of a handout about its assignment: <c>Check/assignment.json</c>.</summary>
public sealed record CheckData
{
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

    /// <summary>SHA-256 of each other file of the handout but this one, by its path.</summary>
    public SortedDictionary<string, string> Own { get; init; } = [];

    /// <summary>What the versions changed, the earliest first.</summary>
    public CheckChange[] Changes { get; init; } = [];

    /// <summary>What the grader refuses or reports, by the names that code calls it by.</summary>
    public SortedDictionary<string, string> Forbidden { get; init; } = [];

    /// <summary>The questions, in the order in which a student works.</summary>
    public required CheckQuestion[] Questions { get; init; }

    /// <summary>The types of the files that are handed in.</summary>
    public string[] Types { get; init; } = [];

    /// <summary>The public and protected members of each of these types in the handout.</summary>
    public SortedDictionary<string, string[]> Signatures { get; init; } = [];

    /// <summary>The titles of the groups by their ids.</summary>
    public required SortedDictionary<string, string> Groups { get; init; }

    /// <summary>The programs that run on the student's code, in the order of their groups.</summary>
    public CheckedProgram[] Programs { get; init; } = [];

    /// <summary>The questions up to the last one of a program's group: all that it needs.</summary>
    public IEnumerable<CheckQuestion> Before(CheckedProgram program) =>
        Questions[..(Array.FindLastIndex(Questions, question => question.Group == program.Group) + 1)];

    /// <summary>What the process that runs the cases is told first.</summary>
    public CaseSetup Setup(string root, bool capture) =>
        new(root, [.. Questions.SelectMany(question => question.Bodies).Distinct()], Types, capture);
}

/// <summary>What a version of an assignment changed.</summary>
/// <param name="Version">The version.</param>
/// <param name="Text">What is new in it.</param>
public sealed record CheckChange(string Version, string Text);

/// <summary>A program that runs on the student's code.</summary>
/// <param name="Group">It runs when this group and those before it are right.</param>
/// <param name="Id">What the student types.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Method">The method that shows it.</param>
public sealed record CheckedProgram(string Group, string Id, string Title, string Method);

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

    /// <summary>Whether their code has only to run and to return the right shapes.</summary>
    public bool NeedsShapesOnly { get; init; }

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

    /// <summary>Whether it asks for no body, but uses what others ask for.</summary>
    [JsonIgnore]
    public bool Composite => Places.Length == 0;

    /// <summary>The bodies to write, as "Linear.Backward".</summary>
    [JsonIgnore]
    public IEnumerable<string> Bodies => Places.Select(place => place[(place.IndexOf(": ", StringComparison.Ordinal) + 2)..]);

    /// <summary>Whether it asks for a body.</summary>
    public bool Asks(string body) => Bodies.Contains(body);

    /// <summary>Whether a text names a known mistake in this question.</summary>
    public bool Names(string? hint) =>
        hint is not null && Mistakes.Any(mistake => mistake.Group == 0 && mistake.Hints.Any(hint.Contains));
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

/// <summary>A common mistake, or two of them together: the answers to the first case, and the hints.</summary>
/// <param name="Hints">What is wrong, without the code of the solution.</param>
/// <param name="Answers">The results that differ from what is expected.</param>
/// <param name="Missing">The names of the results that are not returned, because an exception comes before them.</param>
/// <param name="Exception">The exception's type and message, as "IndexOutOfRangeException: …"; null if there is none.</param>
/// <param name="Group">
/// 0 for a mistake in this question; mistakes of a higher group are asked only if none of a lower one explains all.
/// </param>
public sealed record CheckMistake(string[] Hints, Returned[] Answers, string[] Missing, string? Exception, int Group)
{
    /// <summary>All that the mistake answers to the first case.</summary>
    /// <param name="expected">What is expected in the first case.</param>
    public UsualAnswer Of(Returned[] expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        Returned[] all = [.. expected.Where(right => !Missing.Contains(right.Name))
            .Select(right => Answers.FirstOrDefault(wrong => wrong.Name == right.Name) ?? right)];
        return new UsualAnswer(Hints, [new Answer(all, Exception?.Split(':')[0], Exception ?? "")]);
    }
}
