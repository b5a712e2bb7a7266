using MyTorch.Inspection;

namespace MyTorch.Teaching;

/// <summary>
/// A pencil-and-paper exercise: a small network and one training step, and questions about shapes, parameters, bytes and multiply-adds. It
/// has the answers, from the <see cref="StepCost"/> of the network, and the results of common mistakes.
/// <code>
/// CostDrill drill = CostDrill.Create(seed: 7, level: 1);
/// foreach (CostDrillMistake mistake in drill.Questions[0].Explain("28")) Console.WriteLine(mistake);
/// </code>
/// </summary>
/// <remarks>The same seed and level give the same drill on every machine.</remarks>
public sealed class CostDrill
{
    /// <summary>
    /// The number of levels. Level 1 has two linear layers, 2 normalization, tanh and optimizers, 3 an embedding and a layer that is used
    /// twice.
    /// </summary>
    public const int Levels = 3;

    internal CostDrill(string network, IReadOnlyList<CostDrillQuestion> questions) => (Network, Questions) = (network, [.. questions]);

    /// <summary>The network, its batch and its type, one layer a line.</summary>
    public string Network { get; }

    /// <summary>The questions, in the order of the layers; those about the whole step come last.</summary>
    public IReadOnlyList<CostDrillQuestion> Questions { get; }

    /// <summary>A drill on a network of random sizes, all different and at most 9.</summary>
    /// <param name="seed">The seed; each seed gives a different drill.</param>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
    public static CostDrill Create(int seed, int level = 1)
    {
        if (level is < 1 or > Levels) throw Invalid.Setting(nameof(level), level, "CostDrill: the levels are 1, 2 and 3.");
        var random = new Generator(seed);
        // Sizes that are all different: a mistake that takes one for another gives another number.
        int[] sizes = [.. random.Permutation(8).Select(size => (int)size + 2)];
        DType dtype = level == 1 || random.Permutation(2)[0] == 0 ? DType.Float32 : DType.Float64;
        return level switch
        {
            1 => CostDrillNetwork.TwoLayers(sizes, dtype),
            2 => CostDrillNetwork.Normalized(sizes, dtype),
            _ => CostDrillNetwork.Words(sizes, dtype),
        };
    }
}

/// <summary>A question of a <see cref="CostDrill"/>: its answer, and the results of common mistakes.</summary>
public sealed class CostDrillQuestion
{
    readonly long[] _answer;
    readonly (long[] Numbers, CostDrillMistake Mistake)[] _mistakes;

    internal CostDrillQuestion(
        string text, bool isShape, long[] answer, string formula,
        IEnumerable<(CostDrillMistakeKind Kind, long[] Numbers, string Explanation)> mistakes)
    {
        (Text, IsShape, _answer, Formula) = (text, isShape, answer, formula);
        _mistakes =
        [
            .. mistakes.Where(mistake => !mistake.Numbers.AsSpan().SequenceEqual(answer))
                .Select(mistake => (mistake.Numbers, new CostDrillMistake(mistake.Kind, Shown(mistake.Numbers), mistake.Explanation))),
        ];
    }

    /// <summary>The question: <c>layer 1, Linear(7, 4): parameters</c>.</summary>
    public string Text { get; }

    /// <summary>Whether the answer is a shape; otherwise it is a whole number.</summary>
    public bool IsShape { get; }

    /// <summary>The answer: <c>32</c> or <c>(5, 4)</c>.</summary>
    public string Answer => Shown(_answer);

    /// <summary>How it is computed: <c>7·4 + 4</c>.</summary>
    public string Formula { get; }

    /// <summary>The results of common mistakes that differ from the answer, most likely first.</summary>
    public IReadOnlyList<CostDrillMistake> Mistakes => [.. _mistakes.Select(mistake => mistake.Mistake)];

    /// <summary>
    /// Whether an answer is right. A number may be written as sums of products, <c>7*4+4</c>, and with commas between thousands; a shape as
    /// <c>(5, 4)</c>, <c>5,4</c> or <c>5x4</c>.
    /// </summary>
    /// <param name="answer">The answer as it was typed.</param>
    public bool Accepts(string answer) => Read(answer) is { } numbers && numbers.AsSpan().SequenceEqual(_answer);

    /// <summary>Whether an answer can be read as a number, or as a shape where one is asked for.</summary>
    /// <param name="answer">The answer as it was typed.</param>
    public bool Understands(string answer) => Read(answer) is not null;

    /// <summary>The usual mistakes that give this answer; empty if it is right, or if no mistake gives it.</summary>
    /// <param name="answer">The answer as it was typed.</param>
    public IReadOnlyList<CostDrillMistake> Explain(string answer)
    {
        long[]? numbers = Read(answer);
        return [.. _mistakes.Where(mistake => numbers is not null && mistake.Numbers.AsSpan().SequenceEqual(numbers))
            .Select(mistake => mistake.Mistake).DistinctBy(mistake => mistake.Kind)];
    }

    long[]? Read(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (IsShape)
        {
            string[] sizes = answer.Split([' ', ',', '(', ')', '[', ']', 'x', '×'], StringSplitOptions.RemoveEmptyEntries);
            long[] read = [.. sizes.Select(size => Whole(size) ?? -1)];
            return read.Length == 0 || read.Contains(-1) ? null : read;
        }
        long sum = 0;
        foreach (string term in answer.Replace(",", "", StringComparison.Ordinal).Split('+'))
        {
            long product = 1;
            foreach (string factor in term.Split(['*', '·', '×', 'x']))
                // Beyond this no answer lies, and a product could wrap around to one.
                if (Whole(factor.Trim()) is not { } number || number > MostInAnswer || (product *= number) > MostInAnswer) return null;
            sum += product;
        }
        return [sum];
    }

    const long MostInAnswer = 1_000_000_000;

    static long? Whole(string text) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long number)
            ? number
            : null;

    string Shown(long[] numbers) => IsShape
        ? $"({string.Join(", ", numbers.Select(size => Notation.Number(size)))}{(numbers.Length == 1 ? "," : "")})"
        : Notation.Number(numbers[0]);
}
