using System.Globalization;

namespace MyTorch.Probes;

/// <summary>
/// What a probe is given and what it returns: numbers drawn from a seed in, named arrays out. A probe calls the code under test; it never
/// judges it.
/// </summary>
/// <remarks>A probe is a method <c>static void Name(Probe probe)</c> in the assignment's folder <c>probes/</c>.</remarks>
public sealed class Probe
{
    readonly Action<Returned> _returned;
    readonly Action<string>? _noted;
    readonly Action<Returned>? _shown;
    readonly Action<string>? _told;
    readonly Dictionary<string, int> _names = [];
    ulong _state;

    /// <summary>Creates the argument of a probe.</summary>
    /// <param name="seed">The seed of all random numbers.</param>
    /// <param name="dtype">The type of the tensors drawn.</param>
    /// <param name="returned">Receives each result as it is returned.</param>
    /// <param name="noted">Receives each step that is noted; may be left out.</param>
    /// <param name="shown">Receives what is shown; may be left out.</param>
    /// <param name="told">Receives what is told; may be left out.</param>
    public Probe(int seed, DType dtype, Action<Returned> returned, Action<string>? noted = null, Action<Returned>? shown = null,
        Action<string>? told = null)
    {
        (Seed, DType, _returned, _noted, _shown, _told) = (seed, dtype, returned, noted, shown, told);
        // Mixed first: the states of neighbouring seeds would be one draw apart, and seed 2 draw what seed 1 drew, shifted by one.
        _state = Mixed(unchecked((ulong)seed * 0xD1342543DE82EF95UL + 0x632BE59BD9B4E019UL));
    }

    /// <summary>The seed of all random numbers.</summary>
    public int Seed { get; }

    /// <summary>The type of the tensors drawn.</summary>
    public DType DType { get; }

    /// <summary>A number in [0, 1), by SplitMix64 (Steele, Lea and Flood, 2014): the same in every process and on every machine.</summary>
    public double Next() => (Mixed(unchecked(_state += 0x9E3779B97F4A7C15UL)) >> 11) * (1.0 / (1UL << 53));

    static ulong Mixed(ulong z)
    {
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return z ^ (z >> 31);
    }

    /// <summary>A whole number from low to high, both included.</summary>
    public int Next(int low, int high) => low + (int)(Next() * (high - low + 1));

    /// <summary>Numbers drawn uniformly, rounded to two decimals so that a failing case can be worked through on paper.</summary>
    public double[] Numbers(int count, double low = -2, double high = 2)
    {
        var numbers = new double[count];
        for (int i = 0; i < count; i++) numbers[i] = Math.Round(low + (high - low) * Next(), 2);
        return numbers;
    }

    /// <summary>A tensor of <see cref="Numbers"/>.</summary>
    public Tensor Draw(Shape shape, double low = -2, double high = 2) => Tensor.From(Numbers(shape.ElementCount, low, high), shape, DType);

    /// <summary>A leaf that requires a gradient.</summary>
    public Tensor DrawLeaf(Shape shape, double low = -2, double high = 2)
    {
        Tensor leaf = Draw(shape, low, high);
        leaf.RequiresGrad = true;
        return leaf;
    }

    /// <summary>Class numbers 0 … classes − 1.</summary>
    public Tensor DrawLabels(int count, int classes)
    {
        var labels = new long[count];
        for (int i = 0; i < count; i++) labels[i] = Next(0, classes - 1);
        return Tensor.Indices(labels);
    }

    /// <summary>Returns a result; null is a result too, and is compared as such. A name that is used again is numbered: "dX (2)".</summary>
    public void Return(string name, Tensor? value) => _returned(value is null
        ? new Returned(Numbered(name), null, "null", [])
        : new Returned(Numbered(name), [.. value.Shape], value.DType.ToString(), value.ToArray()));

    /// <summary>
    /// Notes an intermediate step, such as a backward rule that is run. Steps are not graded: where a visible case fails, the student sees
    /// them beside the reference's, with the first that differs.
    /// </summary>
    public void Note(string step) => _noted?.Invoke(step);

    /// <summary>
    /// Shows what the code is given for the results that follow, as it is now. It is not graded: where one of them is wrong in a visible
    /// case, the student sees it, to compute the case on paper.
    /// </summary>
    public void Show(string name, Tensor value) =>
        _shown?.Invoke(new Returned(name, [.. value.Shape], value.DType.ToString(), value.ToArray()));

    /// <summary>Says in one line what has been achieved. The student sees it if everything is right; it is not compared.</summary>
    public void Tell(string line) => _told?.Invoke(line);

    /// <summary>Returns a number.</summary>
    public void Return(string name, double value) => _returned(new Returned(Numbered(name), [], nameof(DType.Float64), [value]));

    string Numbered(string name)
    {
        int count = _names[name] = _names.GetValueOrDefault(name) + 1;
        return count == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name} ({count})");
    }
}

/// <summary>A result of a probe.</summary>
/// <param name="Name">Its name; parts of a question list names.</param>
/// <param name="Shape">Its shape; null for a null.</param>
/// <param name="DType">The name of its type.</param>
/// <param name="Values">Its elements in row-major order.</param>
public sealed record Returned(string Name, int[]? Shape, string DType, double[] Values)
{
    /// <summary>Whether a part of a question lists this result: by its name, in which a star stands for any text.</summary>
    public bool IsListedAs(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        string[] pieces = pattern.Split('*');
        if (pieces.Length == 1) return Name == pattern;
        if (!Name.StartsWith(pieces[0], StringComparison.Ordinal) || !Name.EndsWith(pieces[^1], StringComparison.Ordinal)) return false;
        int at = pieces[0].Length, end = Name.Length - pieces[^1].Length;
        foreach (string piece in pieces[1..^1])
        {
            int found = at <= end ? Name.IndexOf(piece, at, end - at, StringComparison.Ordinal) : -1;
            if (found < 0) return false;
            at = found + piece.Length;
        }
        return at <= end;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Name}: {(Shape is null ? "null" : $"({string.Join(", ", Shape)}) {DType}")}");
}
