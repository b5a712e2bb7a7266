using System.Text.Json.Serialization;

namespace MyTorch.Grader.Reports;

/// <summary>
/// What grading found, in one neutral form, <c>grade.json</c>. The formats of all platforms are pure functions of it.
/// </summary>
sealed record GradeReport
{
    public int Schema { get; init; } = 1;

    public required string Assignment { get; init; }

    public required string Title { get; init; }

    public required string Version { get; init; }

    public required GradeStatus Status { get; init; }

    /// <summary>A sentence for the student where <see cref="Status"/> is not graded.</summary>
    public string Message { get; init; } = "";

    /// <summary>What only staff sees: signals, stack traces of the grader, paths.</summary>
    public string Staff { get; init; } = "";

    /// <summary>The points of all questions that the grader grades; <see cref="Manual"/> ones come on top.</summary>
    public double Score => Math.Round(Questions.Sum(question => question.Score), 6);

    public double MaxScore => Math.Round(Questions.Sum(question => question.MaxScore), 6);

    public double Seconds { get; init; }

    /// <summary>A short mark of the hidden seeds, equal for equal secret and version.</summary>
    public string Seed { get; init; } = "";

    /// <summary>SHA-256 of the graded files, names and contents.</summary>
    public string Handin { get; init; } = "";

    /// <summary>When it was handed in, where the platform tells it.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }

    /// <summary>How many cases of each question the student cannot see.</summary>
    public int HiddenCases { get; init; }

    public BuildReport Build { get; init; } = new();

    public IReadOnlyList<QuestionReport> Questions { get; init; } = [];

    public IReadOnlyList<ManualReport> Manual { get; init; } = [];
}

sealed record BuildReport
{
    public bool Ok { get; init; } = true;

    /// <summary>"MyTorch/Operations/Products.cs(12,9): CS1002: ; expected"; at most the first five a file.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    public int Warnings { get; init; }

    /// <summary>Files replaced by the handout's because they are missing or do not compile.</summary>
    public IReadOnlyList<string> StubbedFiles { get; init; } = [];

    /// <summary>Those of them that are missing.</summary>
    public IReadOnlyList<string> MissingFiles { get; init; } = [];

    /// <summary>Files that were handed in but are not graded: "Tensor.cs: it is not graded".</summary>
    public IReadOnlyList<string> IgnoredFiles { get; init; } = [];

    /// <summary>Uses of what the assignment forbids, with file and line.</summary>
    public IReadOnlyList<string> Forbidden { get; init; } = [];

    /// <summary>
    /// Of a copy of the repository: uses of what the handout leaves out, with file and line, where the library's own code has none.
    /// </summary>
    public IReadOnlyList<string> BeyondHandout { get; init; } = [];
}

sealed record QuestionReport
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>The title of the group that the question stands in.</summary>
    public required string Group { get; init; }

    public double Score => Override?.Score ?? Math.Round(Tests.Sum(test => test.Score), 6);

    public double MaxScore => Math.Round(Tests.Sum(test => test.MaxScore), 6);

    /// <summary>Points that a person set in place of the tests' points.</summary>
    public OverrideReport? Override { get; init; }

    public string Visibility { get; init; } = "visible";

    /// <summary>The known mistakes that explain what is wrong.</summary>
    public IReadOnlyList<string> Mistakes { get; init; } = [];

    /// <summary>What a student reads about them: what is wrong, not how it is right.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];

    /// <summary>Whether the better score came from grading this question's members inside the reference.</summary>
    public bool GradedAlone { get; init; }

    /// <summary>
    /// Of a question without code, which others answer together: the first of these that is not right yet; null if there is none, or if
    /// what is wrong is known.
    /// </summary>
    public string? Needs { get; init; }

    /// <summary>
    /// Whether its right answers look as if they were computed by differences or by a complex step. For staff to know: it costs no points.
    /// </summary>
    public bool LooksNumerical { get; init; }

    public IReadOnlyList<TestReport> Tests { get; init; } = [];
}

/// <summary>A part of a question.</summary>
sealed record TestReport
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required Outcome Outcome { get; init; }

    public required double Score { get; init; }

    public required double MaxScore { get; init; }

    public int Ms { get; init; }

    /// <summary>For the student: the smallest failing case, or the kind of difference where the case is hidden.</summary>
    public string Message { get; init; } = "";

    public string Staff { get; init; } = "";
}

/// <summary>Points set by a person: how many, why, and who.</summary>
sealed record OverrideReport(double Score, string Reason, string Author);

sealed record ManualReport(string Id, string Name, double MaxScore, double? Score = null, string? Reason = null, string? Author = null);

[JsonConverter(typeof(JsonStringEnumConverter<GradeStatus>))]
enum GradeStatus
{
    [JsonStringEnumMemberName("graded")] Graded,
    [JsonStringEnumMemberName("compile_error")] CompileError,
    [JsonStringEnumMemberName("invalid_handin")] InvalidHandin,
    [JsonStringEnumMemberName("rejected")] Rejected,
    [JsonStringEnumMemberName("grader_error")] GraderError,
}

[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
enum Outcome
{
    [JsonStringEnumMemberName("passed")] Passed,
    [JsonStringEnumMemberName("failed")] Failed,
    [JsonStringEnumMemberName("error")] Error,
    [JsonStringEnumMemberName("not_implemented")] NotImplemented,
    [JsonStringEnumMemberName("missing_api")] MissingApi,
    [JsonStringEnumMemberName("timeout")] Timeout,
    [JsonStringEnumMemberName("memory")] Memory,
    [JsonStringEnumMemberName("crashed")] Crashed,
    [JsonStringEnumMemberName("exited")] Exited,
    [JsonStringEnumMemberName("not_run")] NotRun,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(GradeReport))]
sealed partial class GradeReportJson : JsonSerializerContext;
