using System.Globalization;

namespace MyTorch.Grader.Handouts.Leaks;

/// <summary>Where a call leaves what it computes.</summary>
enum Outcome
{
    /// <summary>What it returns.</summary>
    Returned,

    /// <summary>One of the items that it returns.</summary>
    Item,

    /// <summary>One of its arguments, which it changes.</summary>
    Argument,

    /// <summary>Something that its arguments lead to.</summary>
    Effect,
}

/// <summary>An expression: a call with values at hand or with the result of another call, and which of its outcomes is meant.</summary>
/// <param name="Member">What is called.</param>
/// <param name="Arguments">What with.</param>
/// <param name="Outcome">Where the result is.</param>
/// <param name="At">Of which item or argument.</param>
sealed record Recipe(ReachableMember Member, IReadOnlyList<PoolValue> Arguments, Outcome Outcome, int At = 0)
{
    /// <summary>The number of calls.</summary>
    public int Calls => 1 + Arguments.Sum(one => one.Made?.Calls ?? 0);

    /// <summary>Whether it is made of building blocks only.</summary>
    public bool IsOfBlocks => Member.IsBlock && Arguments.All(one => one.Made?.IsOfBlocks ?? true);

    /// <summary>The expression as C#.</summary>
    public string Text
    {
        get
        {
            string call = Member.Write([.. Arguments.Select(one => one.Made?.Text ?? one.Text)]);
            return Outcome == Outcome.Item ? string.Create(CultureInfo.InvariantCulture, $"{call}[{At}]") : call;
        }
    }

    /// <summary>Computes it in another call: the result object, and all arguments as they are afterwards.</summary>
    public (object? Result, object?[] Arguments) Run(SearchedLibrary library, CallAtHand call)
    {
        object?[] arguments = [.. Arguments.Select(one => one.Made is { } made ? made.Value(library, call) : one.Read(call))];
        object?[] given = [.. arguments];
        object? result = Member.Call(given);
        return (result, given);
    }

    /// <summary>What it computes in another call.</summary>
    public object? Value(SearchedLibrary library, CallAtHand call)
    {
        (object? result, object?[] arguments) = Run(library, call);
        return Outcome switch
        {
            Outcome.Item => library.ItemsOf(result)?.ElementAtOrDefault(At),
            Outcome.Argument => arguments[At],
            _ => result,
        };
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
