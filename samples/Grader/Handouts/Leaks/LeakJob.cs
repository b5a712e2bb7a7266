namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>What the searching process is asked: every question with the members to write.</summary>
/// <param name="Questions">The questions that have members to write and a probe.</param>
/// <param name="Blocks">
/// The building blocks, by full name, with parameter types in parentheses where the cheat sheet names one overload only.
/// </param>
/// <param name="Forbidden">What the handed-in code may not use: the grader reports each use.</param>
/// <param name="Stores">The classes, by full name, whose only constructor stores what it is given.</param>
sealed record LeakJob(
    IReadOnlyList<LeakQuestion> Questions, IReadOnlyList<string> Blocks, IReadOnlyList<string> Forbidden, IReadOnlyList<string> Stores)
{
    /// <summary>How many times the usual bounds on calls and seconds are allowed, at least 1.</summary>
    public int Effort { get; init; } = 1;
}

/// <summary>A question of a <see cref="LeakJob"/>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Probe">The method that calls its members.</param>
/// <param name="Members">The members to write.</param>
/// <param name="Written">The members that a student has written before: those of the questions that it depends on.</param>
sealed record LeakQuestion(string Id, string Probe, IReadOnlyList<LeakMember> Members, IReadOnlyList<LeakMember> Written);

/// <summary>A member to write.</summary>
/// <param name="Number">Its number in the compiled source.</param>
/// <param name="Name">Its name with its class: "Multiply.Backward".</param>
/// <param name="Parameters">The names of its parameters.</param>
/// <param name="Texts">The texts that stand in the reference's body, such as keys.</param>
/// <param name="Numbers">The numbers that stand in the reference's body.</param>
sealed record LeakMember(
    int Number, string Name, IReadOnlyList<string> Parameters, IReadOnlyList<string> Texts, IReadOnlyList<double> Numbers)
{
    /// <summary>"1.1 Multiply.Backward"</summary>
    public string In(LeakQuestion question) => $"{question.Id} {Name}";
}

/// <summary>What a search for one member of a question found.</summary>
/// <param name="Member">The question and the member: "1.1 Multiply.Backward".</param>
/// <param name="Calls">How many calls were tried.</param>
/// <param name="Blocks">The answers that building blocks compute in one or two calls, or that are at hand: no leak of them counts.</param>
/// <param name="Leaks">What computes an answer, as C#, each with the answer that it computes.</param>
/// <param name="NotTried">What was left out, and why.</param>
sealed record LeakFindings(
    string Member, long Calls, IReadOnlyList<Leak> Blocks, IReadOnlyList<Leak> Leaks, IReadOnlyList<string> NotTried)
{
    /// <summary>What computes an answer and names what the assignment forbids: the grader reports it.</summary>
    public IReadOnlyList<Leak> Forbidden { get; init; } = [];

    /// <summary>Whether the search came to its end.</summary>
    public bool HasFailed => NotTried.Any(one => one.StartsWith(LeakProof.Failed, StringComparison.Ordinal));
}

/// <summary>An expression that computes an answer.</summary>
/// <param name="Expression">It, as C# in the place of the member's body.</param>
/// <param name="Answer">What it gives: "the returned value", "gradients[0]", "this.DLdW".</param>
sealed record Leak(string Expression, string Answer);
