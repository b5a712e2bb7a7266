using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MyTorch.Grader.Assignments;

/// <summary>
/// An assignment as its folder describes it: <c>assignment.json</c> beside <c>writeup.md</c>, <c>probes/</c>, <c>mistakes/</c>,
/// <c>variants/</c>, <c>hints.en.json</c>, <c>try/</c> and <c>reference/</c>.
/// </summary>
sealed record Assignment
{
    /// <summary>Where an editor finds the schema of this file; the grader does not read it.</summary>
    [JsonPropertyName("$schema")]
    public string? SchemaFile { get; init; }

    /// <summary>The version of this format; 1.</summary>
    public required int Schema { get; init; }

    /// <summary>What the assignment is called in commands and files: letters, digits and dashes.</summary>
    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>Changes whenever a change may alter a score; hidden seeds depend on it.</summary>
    public required string Version { get; init; }

    /// <summary>
    /// Earlier versions whose handins are graded all the same: what is asked for is the same, and is written with the same signatures.
    /// </summary>
    public IReadOnlyList<string> Accepts { get; init; } = [];

    /// <summary>What each version changed, for the students of an earlier one: by the version.</summary>
    public IReadOnlyDictionary<string, string> Changes { get; init; } = new Dictionary<string, string>();

    /// <summary>The language of the texts: <c>hints.LANGUAGE.json</c>.</summary>
    public string Language { get; init; } = "en";

    /// <summary>The files that a student reads and writes, as paths from the repository's root: at most 8.</summary>
    public required IReadOnlyList<string> ReadingSet { get; init; }

    /// <summary>
    /// The members that a student may need, at most 40, by full name: the handout lists their signatures with their summaries.
    /// </summary>
    public IReadOnlyList<string> CheatSheet { get; init; } = [];

    /// <summary>
    /// The library files that the handout has beside the reading set: files, folders without the folders in them
    /// (<c>MyTorch/Engine/</c>), or patterns (<c>MyTorch/Tensor.*.cs</c>). What no entry names stays out of it.
    /// </summary>
    public required IReadOnlyList<string> Take { get; init; }

    /// <summary>The library files that only the answers use, written as in <see cref="Take"/>: the reference has them, the handout does not.</summary>
    public IReadOnlyList<string> AnswersUse { get; init; } = [];

    /// <summary>
    /// Members taken out of the handout because they state an answer, whatever question it is: <c>MyTorch.Operations.Multiply.Tangent</c>.
    /// </summary>
    public IReadOnlyList<string> Remove { get; init; } = [];

    /// <summary>Public members that no question asks for and that would give an answer away. They stay, without their bodies.</summary>
    public IReadOnlyList<string> Withhold { get; init; } = [];

    /// <summary>
    /// Folders of other assignments, from this one's, whose answers the handout must not give away: what they remove and ask for stays
    /// out of it too, so that a class may be given both in any order.
    /// </summary>
    public IReadOnlyList<string> WithholdAnswersOf { get; init; } = [];

    /// <summary>Types of a program of the checkout, such as a lesson, that belong to the reference.</summary>
    public IReadOnlyList<ProgramType> Types { get; init; } = [];

    /// <summary>Files of the checkout that programs read, such as <c>data/digits.csv</c>. The handout has them under Given/.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Namespaces, types or members that the handed-in code may not use, beside the grader's own list.</summary>
    public IReadOnlyList<string> Forbidden { get; init; } = [];

    /// <summary>The parts of the write-up under which questions stand: "4" is "Linear".</summary>
    public required IReadOnlyList<Group> Groups { get; init; }

    /// <summary>The questions, in the order in which a student works.</summary>
    public required IReadOnlyList<Question> Questions { get; init; }

    /// <summary>
    /// The method in <c>probes/</c> that computes a drill for a talk about a handin, in a separate file: "Viva.Trace"; null for none.
    /// </summary>
    public string? Viva { get; init; }

    public Limits Limits { get; init; } = new();

    public Seeds Seeds { get; init; } = new();

    public Policy Policy { get; init; } = new();

    /// <summary>The folder that the assignment was read from.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    [JsonIgnore]
    public double MaxScore => Questions.Sum(question => question.Points);

    /// <summary>The ids of the questions whose code a question's code needs, directly or not.</summary>
    public IReadOnlySet<string> Needed(Question question)
    {
        var needed = new HashSet<string>();
        var open = new Stack<string>(question.DependsOn);
        while (open.TryPop(out string? id))
            if (needed.Add(id))
                foreach (string other in Questions.FirstOrDefault(one => one.Id == id)?.DependsOn ?? []) open.Push(other);
        return needed;
    }
}

/// <summary>A type of a program that becomes a file of the reference, so that it is written once.</summary>
/// <param name="File">The program, from the checkout's root: "samples/lessons/04-the-algorithm.cs".</param>
/// <param name="Type">The type's name.</param>
/// <param name="Path">The file of the reference: "MyTorch/Engine.cs".</param>
sealed record ProgramType(string File, string Type, string Path);

/// <summary>A group of questions: its number and its title.</summary>
sealed record Group(string Id, string Title)
{
    /// <summary>The program that runs on the student's code when this group and those before it are right; null if none does.</summary>
    public Unlocked? Unlocks { get; init; }
}

/// <summary>A program that runs on the student's own code: <c>run spirals</c>.</summary>
/// <param name="Id">What the student types.</param>
/// <param name="Title">What it shows, as a line of the check says it.</param>
/// <param name="Program">The method in <c>programs/</c>: "Programs.Spirals".</param>
sealed record Unlocked(string Id, string Title, string Program);

/// <summary>A question, which is asked and graded as a whole: <c>check 4.2</c>.</summary>
sealed record Question
{
    /// <summary>Group, dot, number: "4.2".</summary>
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required double Points { get; init; }

    /// <summary>The parts for partial credit; may be empty.</summary>
    public IReadOnlyList<Part> Parts { get; init; } = [];

    /// <summary>
    /// The members whose bodies the student writes, by full name: <c>MyTorch.Operations.Multiply.Backward</c>; with parameter types in
    /// parentheses where the name is overloaded. A member belongs to the first question that names it; later questions may grade it too.
    /// </summary>
    public IReadOnlyList<string> Blank { get; init; } = [];

    /// <summary>Helpers that would give the answer away, taken out of the handout.</summary>
    public IReadOnlyList<string> Remove { get; init; } = [];

    /// <summary>
    /// Members that the student changes to use what they wrote, and what they have for a body until then: code behind an arrow.
    /// </summary>
    public IReadOnlyDictionary<string, string> Begins { get; init; } = new Dictionary<string, string>();

    /// <summary>The method that calls the student's code, in <c>probes/</c>: "Rules.Multiply".</summary>
    public string? Probe { get; init; }

    /// <summary>The questions whose code this one's probe needs.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>
    /// Whether the code of the questions that it depends on has only to run and to return the right shapes: wrong numbers there make
    /// nothing wrong here.
    /// </summary>
    public bool NeedsShapesOnly { get; init; }

    /// <summary>
    /// visible, hidden or after_due_date: whether the student sees shapes, indices and numbers, or the kind of difference.
    /// </summary>
    public string Visibility { get; init; } = "visible";

    /// <summary>How long a student may need, for the write-up.</summary>
    public int Minutes { get; init; } = 10;

    public double? Seconds { get; init; }

    public int? Megabytes { get; init; }

    /// <summary>keep, or blank-derivative: take formulas of a derivative out of the class's documentation.</summary>
    public string Docs { get; init; } = "keep";

    /// <summary>Graded on the whole handin only, never grafted into the reference.</summary>
    public bool Composite { get; init; }

    /// <summary>Graded by a person; points come from <c>manual.csv</c>.</summary>
    public bool Manual { get; init; }

    [JsonIgnore]
    public string Group => Id.Split('.')[0];
}

/// <summary>
/// A part of a question's points, for those of the probe's results whose names are listed; a star stands for any text: "dX*", "* dA".
/// A result that no part lists belongs to all of them.
/// </summary>
sealed record Part(string Id, string Title, double Points, IReadOnlyList<string> Returns);

sealed record Limits
{
    /// <summary>Wall time of one probe.</summary>
    public double Seconds { get; init; } = 5;

    /// <summary>Wall time of the whole grading, compilation included.</summary>
    public double TotalSeconds { get; init; } = 90;

    /// <summary>The managed heap of one child process.</summary>
    public int Megabytes { get; init; } = 256;

    /// <summary>The bytes of a handin.</summary>
    public int HandinMegabytes { get; init; } = 4;
}

sealed record Seeds
{
    /// <summary>The seeds of the cases that stand in the handout.</summary>
    public IReadOnlyList<int> Visible { get; init; } = [1, 2];

    /// <summary>How many cases are drawn from the secret.</summary>
    public int Hidden { get; init; } = 2;
}

sealed record Policy
{
    /// <summary>flag or reject: what a use of a forbidden member leads to.</summary>
    public string Forbidden { get; init; } = "flag";

    /// <summary>stub or zero: what a file that does not compile leads to.</summary>
    public string CompileError { get; init; } = "stub";
}

static class AssignmentJson
{
    /// <summary>Camel case, comments and trailing commas allowed, an unknown member refused.</summary>
    // By reflection: generated code sets members that the text leaves out to null instead of their defaults.
    internal static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };
}
