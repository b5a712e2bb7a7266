namespace MyTorch.Grader.Reports;

/// <summary>What a page of a class says beside the grader's report.</summary>
sealed record PageDetails
{
    /// <summary>Whose the page is; empty where the reader knows.</summary>
    public string Student { get; init; } = "";

    /// <summary>
    /// By the question's id what was handed in for it; null leaves out code, hidden numbers and everything that only staff may see.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Code { get; init; }

    /// <summary>By the question's id where its code stands, and which questions it needs; may lack questions.</summary>
    public IReadOnlyDictionary<string, QuestionPlace> Places { get; init; } = new Dictionary<string, QuestionPlace>();

    /// <summary>Points lost because the handin was late.</summary>
    public double LatePenalty { get; init; }

    /// <summary>How late it was and what that costs; empty on time.</summary>
    public string LateReason { get; init; } = "";

    /// <summary>What people say about lines of the code.</summary>
    public IReadOnlyList<LineComment> Comments { get; init; } = [];

    /// <summary>The student's requests to look at a question again.</summary>
    public IReadOnlyList<RegradeAnswer> Regrades { get; init; } = [];
}

/// <summary>Where a student works on a question.</summary>
/// <param name="Files">The files and members: "MyTorch/Operations/Products.cs: Linear.Backward".</param>
/// <param name="Needs">The ids of the questions whose code it needs, directly or not, in the order of the assignment.</param>
sealed record QuestionPlace(IReadOnlyList<string> Files, IReadOnlyList<string> Needs);

/// <summary>What a person says about a line of a handin.</summary>
/// <param name="File">The file, as the handin has it.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Text">What is said.</param>
/// <param name="Points">Points added, or taken away if negative; null for a remark.</param>
/// <param name="Code">The lines around it, each with its number.</param>
sealed record LineComment(string File, int Line, string Text, double? Points, IReadOnlyList<(int Number, string Text)> Code);

/// <summary>A student's request to look at a question again, and what came of it.</summary>
/// <param name="Student">Who asked.</param>
/// <param name="Question">The question.</param>
/// <param name="Request">Why the student asked.</param>
/// <param name="Old">The points before; null if there were none.</param>
/// <param name="New">The points now; null if there are none.</param>
/// <param name="Reason">Why they are what they are.</param>
sealed record RegradeAnswer(string Student, string Question, string Request, double? Old, double? New, string Reason);
