using System.Globalization;

namespace MyTorch.Probes;

/// <summary>
/// What a probe is given and what it returns: numbers drawn from a seed in, named arrays out. A probe calls the code under test; it never
/// judges it.
/// </summary>
/// <remarks>A probe is a method <c>static void Name(Probe probe)</c> in the assignment's folder <c>probes/</c>.</remarks>
public sealed partial class Probe
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

    /// <summary>Numbers of both signs, small, ordinary or up to a limit, with zeros and equal ones among them.</summary>
    public double[] Mixed(int count, double limit)
    {
        double[] numbers = Numbers(count, -1, 1), scales = [0.05, 1, 3, limit];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = Next() switch
            {
                < 0.1 => 0,
                < 0.2 => numbers[0],
                _ => numbers[i] * scales[Next(0, scales.Length - 1)],
            };
        return numbers;
    }

    /// <summary>
    /// Notes an intermediate step, such as a backward rule that is run. Steps are not graded: where a visible case fails, the student sees
    /// them beside the reference's, with the first that differs.
    /// </summary>
    public void Note(string step) => _noted?.Invoke(step);

    /// <summary>Says in one line what has been achieved. The student sees it if everything is right; it is not compared.</summary>
    public void Tell(string line) => _told?.Invoke(line);

    /// <summary>Shows a number that the code is given for the results that follow.</summary>
    public void Show(string name, double value) => _shown?.Invoke(new Returned(name, [], nameof(DType.Float64), [value]));

    /// <summary>Returns a number.</summary>
    public void Return(string name, double value) => _returned(new Returned(Numbered(name), [], nameof(DType.Float64), [value]));

    string Numbered(string name)
    {
        int count = _names[name] = _names.GetValueOrDefault(name) + 1;
        return count == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name} ({count})");
    }
}
