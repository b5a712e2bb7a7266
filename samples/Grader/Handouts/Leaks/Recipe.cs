namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>Where a call leaves what it computes.</summary>
enum Outcome
{
    /// <summary>What it returns.</summary>
    Returned,

    /// <summary>One of its arguments, which it changes.</summary>
    Argument,

    /// <summary>Something that its arguments lead to.</summary>
    Effect,
}

/// <summary>What is done with a result, where the answer is its negative or transpose.</summary>
[Flags]
enum Turn
{
    /// <summary>Nothing: it is the answer.</summary>
    None = 0,

    /// <summary>The sign is changed.</summary>
    Negated = 1,

    /// <summary>Rows and columns of a matrix are exchanged.</summary>
    Transposed = 2,
}

/// <summary>What a value leads to without a call: an item, a field, an auto-property.</summary>
/// <param name="Text">It as C#, behind the value: ".Item1", "[0]".</param>
/// <param name="Read">It, of any such value.</param>
sealed record Part(string Text, Func<object, object?> Read);

/// <summary>An expression: a call with values at hand or with the result of another call, and which of its outcomes is meant.</summary>
/// <param name="Member">What is called.</param>
/// <param name="Arguments">What with.</param>
/// <param name="Outcome">Where the result is.</param>
/// <param name="At">Of which argument.</param>
sealed record Recipe(ReachableMember Member, IReadOnlyList<PoolValue> Arguments, Outcome Outcome, int At = 0)
{
    /// <summary>From the result to the part of it that is meant; empty for the result itself.</summary>
    public IReadOnlyList<Part> Path { get; init; } = [];

    /// <summary>What is done with it in the end.</summary>
    public Turn Turn { get; init; }

    /// <summary>The number of calls. To change the sign and to transpose are calls too; to read a field does not count.</summary>
    public int Calls => (Member.Method is null ? 0 : 1) + Arguments.Sum(one => one.Made?.Calls ?? 0)
        + (Turn.HasFlag(Turn.Negated) ? 1 : 0) + (Turn.HasFlag(Turn.Transposed) ? 1 : 0);

    /// <summary>Whether it is made of building blocks only.</summary>
    public bool IsOfBlocks => Member.IsBlock && Arguments.All(one => one.Made?.IsOfBlocks ?? true);

    /// <summary>Whether it names what handed-in code may not use.</summary>
    public bool IsForbidden => Member.IsForbidden || Arguments.Any(one => one.Made?.IsForbidden ?? false);

    /// <summary>What gives the answer away: the member, or what building blocks are called with.</summary>
    public string Key => !Member.IsBlock ? Member.Text
        : $"{Member.Text} {string.Join(' ', Arguments.Select(one => one.Made?.Key).OfType<string>())}";

    /// <summary>The expression as C#.</summary>
    public string Text
    {
        get
        {
            string text = Member.Write([.. Arguments.Select(one => one.Made?.Text ?? one.Text)]);
            if (Path.Count > 0) text = ReachableMember.Grouped(text) + string.Concat(Path.Select(part => part.Text));
            if (Turn.HasFlag(Turn.Transposed)) text = ReachableMember.Grouped(text) + ".T";
            return Turn.HasFlag(Turn.Negated) ? $"-{ReachableMember.Grouped(text)}" : text;
        }
    }

    /// <summary>Computes it in another call, without its last turn.</summary>
    public object? Value(SearchedLibrary library, CallAtHand call)
    {
        object?[] given = [.. Arguments.Select(one => one.Made is { } made ? made.Value(library, call) : one.Read(call))];
        object? result = Member.Call(given);
        object? value = Outcome == Outcome.Argument ? given[At] : result;
        foreach (Part part in Path) value = value is null ? null : part.Read(value);
        return value;
    }

    /// <summary>It with other names of the values that have some.</summary>
    public IEnumerable<Recipe> Variants()
    {
        IEnumerable<PoolValue[]> all = [[]];
        foreach (PoolValue one in Arguments)
        {
            PoolValue[] others = one.Made is { } made
                ? [.. made.Variants().Select(variant => new PoolValue(one.Text, one.Value, one.Read) { Made = variant })]
                : [one, .. one.Aliases];
            all = all.SelectMany(start => others.Select(other => (PoolValue[])[.. start, other]));
        }
        return all.Take(100).Select(arguments => this with { Arguments = arguments });
    }
}
