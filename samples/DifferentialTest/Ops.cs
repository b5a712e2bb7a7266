using System.Runtime.CompilerServices;
using MyTorch;
using M = MyTorch.Tensor;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

/// <summary>All operations that programs are made of, and the forms in which tables write them.</summary>
static partial class Ops
{
    internal static IReadOnlyList<Op> All { get; } =
        [.. Functions(), .. Arithmetic(), .. Comparisons(), .. Reductions(), .. Products().Select(op => op with { TakesLimits = true }), .. Softmaxes(), .. Shaping(), .. Indexing(), .. Losses()];

    /// <summary>A function of each element.</summary>
    static Op Function(
        string name, Func<M[], Settings, M> ours, Func<T[], Settings, T> theirs, Domain domain = Domain.Any, double slope = 0, double[]? points = null,
        Func<Drawing, Settings>? settings = null, Precision precision = Precision.Function, [CallerArgumentExpression(nameof(ours))] string code = "") =>
        new(name, "functions", drawing =>
        {
            drawing.PreferPoints(points ?? [0]);
            return new Choice([drawing.Any(domain)], settings?.Invoke(drawing) ?? new Settings());
        }, ours, theirs, precision, code) { Slope = slope, Points = points ?? [0] };

    /// <summary>An operation of two operands that broadcast.</summary>
    static Op Binary(
        string name, Func<M[], Settings, M> ours, Func<T[], Settings, T> theirs, Domain left = Domain.Any, Domain right = Domain.Any,
        Precision precision = Precision.Exact, [CallerArgumentExpression(nameof(ours))] string code = "") =>
        new(name, "arithmetic", drawing =>
        {
            int a = drawing.Any(left);
            return new Choice(a, a < 0 ? -1 : drawing.Partner(a, right));
        }, ours, theirs, precision, code);

    /// <summary>An operation of an element and a number.</summary>
    static Op WithNumber(
        string name, Func<M[], Settings, M> ours, Func<T[], Settings, T> theirs, Domain domain = Domain.Any, double[]? numbers = null,
        Precision precision = Precision.Exact, [CallerArgumentExpression(nameof(ours))] string code = "") =>
        new(name, "arithmetic", drawing => new Choice([drawing.Any(domain)], new Settings { A = drawing.Among(numbers ?? [0.5, 2, -1.5, 3, 0.25]) }), ours, theirs, precision, code);

    /// <summary>A reduction over some dimensions, or all.</summary>
    static Op Reduction(
        string name, Func<M[], Settings, M> ours, Func<T[], Settings, T> theirs, Precision precision = Precision.Composite, Domain domain = Domain.Any,
        [CallerArgumentExpression(nameof(ours))] string code = "") =>
        new(name, "reductions", drawing =>
        {
            int x = drawing.Any(domain);
            if (x < 0) return null;
            int[] dims = drawing.SomeDims(x);
            return new Choice([x], new Settings { Dims = dims, Places = Resolved(drawing.Rank(x), dims), Keep = drawing.Chance(0.4), Flag = drawing.Chance(0.5) });
        }, ours, theirs, precision, code);

    /// <summary>An operation along one dimension.</summary>
    static Op Along(
        string name, string family, Func<M[], Settings, M> ours, Func<T[], Settings, T> theirs, Precision precision, int minRank = 1, Domain domain = Domain.Any,
        [CallerArgumentExpression(nameof(ours))] string code = "") =>
        new(name, family, drawing =>
        {
            int x = drawing.Any(domain, minRank);
            return x < 0 ? null : new Choice([x], new Settings { Dim = drawing.Dim(x), Keep = drawing.Chance(0.4), Flag = drawing.Chance(0.5) });
        }, ours, theirs, precision, code);

    /// <summary>Any other operation.</summary>
    static Op Of(
        string name, string family, Func<Drawing, Choice?> draw, Func<M[], Settings, M> ours, Func<T[], Settings, T> theirs, Precision precision,
        [CallerArgumentExpression(nameof(ours))] string code = "") => new(name, family, draw, ours, theirs, precision, code);

    /// <summary>The same operation made by its constructor.</summary>
    static Op By(this Op op, Func<M[], Settings, HandedOver, Operation> construct, [CallerArgumentExpression(nameof(construct))] string code = "") =>
        op with { Construct = construct, ConstructCode = code };

    static long[] AllOr(T x, long[] dims) => dims.Length > 0 ? dims : [.. Enumerable.Range(0, x.shape.Length).Select(d => (long)d)];

    /// <summary>Dimensions as constructors take them: 0 … rank − 1, ascending, and all by name.</summary>
    static int[] Resolved(int rank, int[] dims)
    {
        int[] all = dims.Length == 0 ? [.. Enumerable.Range(0, rank)] : Array.ConvertAll(dims, d => d < 0 ? d + rank : d);
        Array.Sort(all);
        return rank == 0 ? [] : all;
    }
}
