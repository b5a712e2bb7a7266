namespace DifferentialTest;

/// <summary>One thing to try, made from a seed: a random program for both libraries, or a question to MyTorch alone whose answer is known.</summary>
abstract record Case
{
    internal int Seed { get; init; }

    internal required string Family { get; init; }

    /// <summary>Runs it and returns what is wrong, or null.</summary>
    internal abstract Difference? Run();

    /// <summary>Simpler variants, the simplest first. The shrinker keeps one that still differs.</summary>
    internal virtual IEnumerable<Case> Smaller() => [];

    /// <summary>The case as C# against MyTorch's public interface, with what is expected.</summary>
    internal abstract string Code(Difference difference);
}

/// <summary>What differs, and by how much.</summary>
/// <param name="What">The kind: "value of v2", "gradient of a", … A smaller case must differ in the same kind.</param>
/// <param name="Details">Both numbers, the index, the tolerance.</param>
sealed record Difference(string What, string Details)
{
    /// <summary>The first word of <see cref="What"/>: names of values change while a program shrinks.</summary>
    internal string Kind => What.Split(' ')[0];
}
