using TorchSharp;
using static TorchSharp.torch;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

/// <summary>Which numbers inputs get.</summary>
enum Profile
{
    /// <summary>−2 … 2.</summary>
    Ordinary,

    /// <summary>Multiples of ½ from −2 to 2: equal elements, and elements on kinks.</summary>
    Ties,

    /// <summary>Any magnitude that the type has, denormals included.</summary>
    Wide,

    /// <summary>Close to a point where a function has a zero, a kink or another branch.</summary>
    Near,

    /// <summary>NaN, ±∞, ±0, denormals, the largest numbers, among ordinary ones.</summary>
    Special,

    /// <summary>Ordinary, in shapes that have a dimension of size 0.</summary>
    Empty,
}

/// <summary>The numbers for which an operation is meant.</summary>
enum Domain
{
    Any,
    Positive,
    NonZero,
    Probability,
}

/// <summary>
/// A program while it is drawn. PyTorch computes each step at once, in double precision, so that shapes are known and values do not run
/// away unnoticed.
/// </summary>
sealed class Drawing(Random random, Profile profile, bool single) : IDisposable
{
    const int MaxElements = 3000;
    readonly DisposeScope _scope = NewDisposeScope();
    readonly List<Leaf> _leaves = [];
    readonly List<(Step Step, int Place)> _steps = [];
    readonly List<(T Tensor, bool IsLeaf)> _values = [];
    double[] _points = [0];

    internal Random Random => random;

    internal Profile Profile => profile;

    internal bool Single => single;

    internal int StepCount => _steps.Count;

    internal int[] Shape(int value) => Array.ConvertAll(_values[value].Tensor.shape, size => (int)size);

    internal int Rank(int value) => _values[value].Tensor.shape.Length;

    internal bool Chance(double probability) => random.NextDouble() < probability;

    internal TItem Among<TItem>(params TItem[] items) => items[random.Next(items.Length)];

    /// <summary>A value of the program, or a new input. The last result is preferred, so that programs are chains rather than bundles.</summary>
    internal int Any(Domain domain = Domain.Any, int minRank = 0, int maxRank = 4, Func<int[], bool>? fits = null)
    {
        if (_values.Count > 0 && Chance(0.85))
        {
            IEnumerable<int> candidates = Chance(0.7) ? [_values.Count - 1] : Enumerable.Range(0, _values.Count).OrderBy(_ => random.Next());
            foreach (int candidate in candidates)
                if (Rank(candidate) >= minRank && Rank(candidate) <= maxRank && fits?.Invoke(Shape(candidate)) != false && IsIn(candidate, domain))
                    return candidate;
        }
        for (int attempt = 0; ; attempt++)
        {
            int[] shape = NewShape(minRank, maxRank);
            if (attempt > 200) return -1;
            if (fits?.Invoke(shape) != false) return Fresh(shape, domain);
        }
    }

    /// <summary>A second operand: often of the same shape, sometimes the same value, else of one that broadcasts.</summary>
    internal int Partner(int first, Domain domain = Domain.Any, bool broadcasts = true)
    {
        if (Chance(0.1) && IsIn(first, domain)) return first;
        int[] shape = Shape(first);
        if (_values.Count > 1 && Chance(0.3))
            foreach (int candidate in Enumerable.Range(0, _values.Count).OrderBy(_ => random.Next()))
                if (Shape(candidate).SequenceEqual(shape) && IsIn(candidate, domain)) return candidate;
        if (!broadcasts || Chance(0.4)) return Fresh(shape, domain);
        List<int> other = [.. shape.Select(size => Chance(0.3) ? 1 : size == 1 && Chance(0.5) && profile != Profile.Empty ? random.Next(2, 5) : size)];
        if (Chance(0.3)) other.RemoveRange(0, random.Next(other.Count + 1));
        else if (other.Count < 3 && Chance(0.2)) other.Insert(0, random.Next(1, 4));
        return Fresh([.. other], domain);
    }

    internal int Fresh(int[] shape, Domain domain = Domain.Any)
    {
        double[] values = new double[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = Next(domain);
        return Add(shape, values);
    }

    internal int Add(int[] shape, double[] values)
    {
        for (int i = 0; i < values.Length; i++)
            if (single) values[i] = (float)values[i];
        return Add(new Leaf(((char)('a' + _leaves.Count)).ToString(), shape, values));
    }

    internal int Add(Leaf leaf)
    {
        _leaves.Add(leaf);
        _values.Add((tensor(leaf.Values, Settings.LongSizes(leaf.Shape)), true));
        return _values.Count - 1;
    }

    /// <summary>The first element of an input; null of a result, or where there is none.</summary>
    internal double[]? FirstElement(int value) => _values[value].IsLeaf && _leaves[value].Values.Length > 0 ? [_leaves[value].Values[0]] : null;

    internal void PreferPoints(double[] points) => _points = points;

    /// <summary>Adds a step if PyTorch can compute it and, but for special values, its result stays in an ordinary range.</summary>
    internal bool Append(Op op)
    {
        int before = _values.Count;
        if (op.Draw(this) is { } choice && Array.TrueForAll(choice.Operands, operand => operand >= 0) && Append(new Step(op, choice.Operands, choice.Settings))) return true;
        // Inputs drawn for a step that failed are not needed.
        while (_values.Count > before && _values[^1].IsLeaf)
        {
            _values.RemoveAt(_values.Count - 1);
            _leaves.RemoveAt(_leaves.Count - 1);
        }
        return false;
    }

    internal bool Append(Step step)
    {
        T result;
        try
        {
            result = step.Op.Theirs(Array.ConvertAll(step.Operands, operand => _values[operand].Tensor), step.Settings);
        }
        catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
        if (result.dtype != float64) throw new InvalidOperationException($"{step.Op.Name} makes {result.dtype} with PyTorch.");
        bool ordinary = profile is Profile.Ordinary or Profile.Ties or Profile.Empty;
        if (result.NumberOfElements > MaxElements
            || (ordinary && result.NumberOfElements > 0 && !(result.isfinite().all().item<bool>() && result.abs().max().item<double>() < 1e4)))
        {
            result.Dispose();
            return false;
        }
        _steps.Add((step, _values.Count));
        _values.Add((result, false));
        return true;
    }

    internal TensorProgram Finish(int seed, string family)
    {
        // While the program grew, inputs and results mingled; finished, inputs come first.
        int[] place = new int[_values.Count];
        int leaf = 0, step = _leaves.Count;
        for (int v = 0; v < place.Length; v++) place[v] = _values[v].IsLeaf ? leaf++ : step++;
        return new TensorProgram
        {
            Seed = seed,
            Family = family,
            Single = single,
            Smooth = profile is Profile.Ordinary or Profile.Empty,
            SecondOrder = profile != Profile.Special,
            Leaves = [.. _leaves],
            Steps = [.. _steps.Select(s => s.Step with { Operands = Array.ConvertAll(s.Step.Operands, v => place[v]) })],
        }.WithoutUnused();
    }

    internal int[] NewShape(int minRank, int maxRank)
    {
        int rank = random.Next(minRank, Math.Min(maxRank, minRank + 3) + 1);
        int[] shape = new int[rank];
        for (int d = 0; d < rank; d++) shape[d] = rank <= 1 && Chance(0.3) ? random.Next(1, 70) : Among(1, 2, 2, 3, 3, 4, 5, 7, 9);
        if (rank > 0 && profile == Profile.Empty) shape[random.Next(rank)] = 0;
        return shape;
    }

    /// <summary>A dimension of a value, sometimes counted from the end.</summary>
    internal int Dim(int value)
    {
        int rank = Math.Max(Rank(value), 1), dim = random.Next(rank);
        return Chance(0.3) ? dim - rank : dim;
    }

    /// <summary>Some dimensions of a value, or none, which means all.</summary>
    internal int[] SomeDims(int value)
    {
        int rank = Rank(value);
        if (rank == 0 || Chance(0.25)) return [];
        int[] dims = [.. Enumerable.Range(0, rank).OrderBy(_ => random.Next()).Take(random.Next(1, rank + 1))];
        return Array.ConvertAll(dims, dim => Chance(0.2) ? dim - rank : dim);
    }

    internal long[] PositionsBelow(int size, int count) => [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(size))];

    internal bool[] Choices(int count) => [.. Enumerable.Range(0, count).Select(_ => Chance(0.5))];

    bool IsIn(int value, Domain domain)
    {
        if (domain == Domain.Any || profile is Profile.Special or Profile.Wide or Profile.Near) return true;
        T x = _values[value].Tensor;
        if (x.NumberOfElements == 0) return true;
        double low = x.min().item<double>(), high = x.max().item<double>();
        return domain switch
        {
            Domain.Positive => low > 0.05,
            Domain.NonZero => low > 0.1 || high < -0.1,
            _ => low > 0.01 && high < 0.99,
        };
    }

    double Next(Domain domain)
    {
        double value = profile switch
        {
            Profile.Ties => random.Next(-4, 5) / 2.0,
            Profile.Wide => (Chance(0.5) ? 1 : -1) * Math.Pow(10, single ? -45 + 83.5 * random.NextDouble() : -320 + 628 * random.NextDouble()),
            Profile.Near => Among(_points) + (Chance(0.5) ? 1 : -1) * Math.Pow(10, -(single ? 9 : 18) * random.NextDouble()) * random.NextDouble(),
            Profile.Special => Chance(0.5) ? Special() : 4 * random.NextDouble() - 2,
            _ => 4 * random.NextDouble() - 2,
        };
        // Outside a domain the value is NaN or ∞: with special values that is wanted, with others it would hide everything behind it.
        if (domain == Domain.Probability) return profile == Profile.Special && Chance(0.3) ? Among(0.0, 1.0) : profile == Profile.Ties ? Among(0.25, 0.5, 0.75) : 0.05 + 0.9 * random.NextDouble();
        if (profile == Profile.Special) return value;
        return domain switch
        {
            Domain.Positive => Math.Abs(value) + (profile is Profile.Wide or Profile.Near ? 0 : profile == Profile.Ties ? 0.5 : 0.1),
            Domain.NonZero when profile is not (Profile.Wide or Profile.Near) => value + (value < 0 ? -0.25 : 0.25),
            _ => value,
        };
    }

    double Special() => Among(
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.0, -0.0, 1.0, -1.0,
        single ? float.Epsilon : double.Epsilon, single ? -1e-40 : -1e-310, single ? float.MaxValue : double.MaxValue,
        single ? -float.MaxValue : -double.MaxValue, single ? 88.8 : 710.0, single ? -104.0 : -746.0, 20.0, 1e-4);

    public void Dispose() => _scope.Dispose();
}
