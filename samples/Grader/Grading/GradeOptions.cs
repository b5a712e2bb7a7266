using MyTorch.Grader.Reports;
using MyTorch.Grader.Sandboxing;

namespace MyTorch.Grader.Grading;

/// <summary>How a grading run is set up, beside what the assignment says.</summary>
sealed record GradeOptions
{
    /// <summary>What hidden seeds derive from. Anyone who knows it knows the hidden cases.</summary>
    public byte[] Secret { get; init; } = [];

    /// <summary>Grade only this question, or the questions of this group.</summary>
    public string? Question { get; init; }

    /// <summary>The kernel's layers around children; fewer in tests of what must hold without them.</summary>
    public Layers Layers { get; init; } = Layers.All;

    /// <summary>
    /// Called before a handin is read, with the report that stands if reading and compiling it never ends, and with the processor time, in
    /// seconds, that this may take.
    /// </summary>
    public Action<GradeReport, double>? Reading { get; init; }

    /// <summary>
    /// Called where the compiler takes longer than it may, with whether it stopped. One that goes on can only be ended with its process.
    /// </summary>
    public Action<bool>? Late { get; init; }

    /// <summary>The steps of a <see cref="CompilerSurvey"/> of the handin that were not finished.</summary>
    public IReadOnlyList<string> Unfinished { get; init; } = [];

    /// <summary>How much of the time for the handin was used up by processes before this one, and by getting ready in it.</summary>
    public Func<TimeSpan>? Spent { get; init; }

    /// <summary>Called once the handin is compiled, before any of its code runs.</summary>
    public Action? Compiled { get; init; }

    /// <summary>Called with what is known so far: once the handin is compiled, and after each question.</summary>
    public Action<GradeReport>? Progress { get; init; }
}
