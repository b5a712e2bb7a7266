using System.Text.Json;

namespace MyTorch.Grader.Viva;

/// <summary>What a talk of five minutes about one handin asks, and the answers.</summary>
sealed record VivaSheet
{
    static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>
    /// What staff must know first, a sentence each: that the handin does not compile, or that nothing of it is the student's.
    /// </summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The drill on the student's code; null if the assignment has none.</summary>
    public VivaDrill? Drill { get; init; }

    /// <summary>Questions about lines of the student's code.</summary>
    public IReadOnlyList<VivaQuestion> Questions { get; init; } = [];

    /// <summary>The student's code with a mistake in it; null if there is no code that is right.</summary>
    public VivaQuestion? Mistake { get; init; }

    public string Write() => JsonSerializer.Serialize(this, s_options) + "\n";

    /// <exception cref="JsonException">The text is not a sheet.</exception>
    public static VivaSheet Read(string text) => JsonSerializer.Deserialize<VivaSheet>(text, s_options) ?? new();
}

/// <summary>A computation on paper with drawn numbers.</summary>
/// <param name="Rows">What is given, and what is asked.</param>
/// <param name="Complaint">How the student's code answers it, where it fails or gives other numbers; empty if it gives the right ones.</param>
sealed record VivaDrill(IReadOnlyList<VivaRow> Rows, string Complaint);

/// <summary>A line of a drill.</summary>
/// <param name="Name">What it is: "v3 = v1 · v2".</param>
/// <param name="Answer">The reference's number.</param>
/// <param name="Got">That of the student's code, if it differs; empty if not.</param>
/// <param name="IsGiven">Whether the sheet tells the number.</param>
sealed record VivaRow(string Name, string Answer, string Got, bool IsGiven);

/// <summary>A question about lines of code.</summary>
/// <param name="Ask">The question.</param>
/// <param name="File">The file that the lines stand in.</param>
/// <param name="Lines">The lines.</param>
/// <param name="Answer">The answer, a sentence each, for staff.</param>
sealed record VivaQuestion(string Ask, string File, IReadOnlyList<VivaLine> Lines, IReadOnlyList<string> Answer);

/// <summary>A line of code.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Text">Its text.</param>
/// <param name="IsAsked">Whether the question is about it.</param>
sealed record VivaLine(int Number, string Text, bool IsAsked);
