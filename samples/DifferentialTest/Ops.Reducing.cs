using MyTorch.Operations;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

// Reductions, products, softmax.
static partial class Ops
{
    static IEnumerable<Op> Reductions() =>
    [
        Reduction("Sum", (x, s) => x[0].Sum(s.Dims, s.Keep), (x, s) => x[0].sum(AllOr(x[0], s.LongDims), s.Keep), Precision.Sum)
            .By((x, s, h) => new Sum(x[0], h.Ints(s.Places), s.Keep)) with { Weight = 2 },
        Reduction("Mean", (x, s) => x[0].Mean(s.Dims, s.Keep), (x, s) => x[0].mean(AllOr(x[0], s.LongDims), s.Keep), Precision.Sum)
            .By((x, s, h) => new Mean(x[0], h.Ints(s.Places), s.Keep)) with { Weight = 2 },
        Reduction("AMax", (x, s) => x[0].AMax(s.Dims, s.Keep), (x, s) => x[0].amax(AllOr(x[0], s.LongDims), s.Keep), Precision.Exact)
            .By((x, s, h) => new Extreme(x[0], h.Ints(s.Places), s.Keep, true)) with { TakesLimits = true },
        Reduction("AMin", (x, s) => x[0].AMin(s.Dims, s.Keep), (x, s) => x[0].amin(AllOr(x[0], s.LongDims), s.Keep), Precision.Exact)
            .By((x, s, h) => new Extreme(x[0], h.Ints(s.Places), s.Keep, false)) with { TakesLimits = true },
        Reduction("Var", (x, s) => x[0].Var(s.Dims, s.Flag, s.Keep), (x, s) => x[0].var(AllOr(x[0], s.LongDims), s.Flag, s.Keep))
            .By((x, s, h) => new Variance(x[0], h.Ints(s.Places), s.Keep, s.Flag)),
        Reduction("Std", (x, s) => x[0].Std(s.Dims, s.Flag, s.Keep), (x, s) => x[0].std(AllOr(x[0], s.LongDims), s.Flag, s.Keep))
            .By((x, s, h) => new StandardDeviation(x[0], h.Ints(s.Places), s.Keep, s.Flag)),
        Reduction("LogSumExp", (x, s) => x[0].LogSumExp(s.Dims, s.Keep), (x, s) => LogSumExpOf(x[0], AllOr(x[0], s.LongDims), s.Keep))
            .By((x, s, h) => new LogSumExp(x[0], h.Ints(s.Places), s.Keep)),
        Reduction("Norm", (x, s) => x[0].Norm(2, s.Dims, s.Keep), (x, s) => linalg.vector_norm(x[0], 2, AllOr(x[0], s.LongDims), s.Keep))
            .By((x, s, h) => new Norm(x[0], h.Ints(s.Places), s.Keep)) with { ComparesSpecialGradients = false },
        Reduction("Norm 1", (x, s) => x[0].Norm(1, s.Dims, s.Keep), (x, s) => linalg.vector_norm(x[0], 1, AllOr(x[0], s.LongDims), s.Keep), Precision.Sum) with { ComparesSpecialGradients = false },
        Reduction("Norm ∞", (x, s) => x[0].Norm(double.PositiveInfinity, s.Dims, s.Keep), (x, s) => linalg.vector_norm(x[0], double.PositiveInfinity, AllOr(x[0], s.LongDims), s.Keep), Precision.Exact) with { ComparesSpecialGradients = false },
        Along("CumSum", "reductions", (x, s) => x[0].CumSum(s.Dim), (x, s) => x[0].cumsum(s.Dim), Precision.Sum, minRank: 0),
        Reduction("Any", (x, s) => (x[0] > 1).Any(s.Dims, s.Keep).To(x[0].DType), (x, s) => x[0].gt(1).to(x[0].dtype).sum(AllOr(x[0], s.LongDims), s.Keep).gt(0).to(x[0].dtype), Precision.Exact),
        Reduction("All", (x, s) => (x[0] < 1).All(s.Dims, s.Keep).To(x[0].DType), (x, s) => x[0].lt(1).logical_not().to(x[0].dtype).sum(AllOr(x[0], s.LongDims), s.Keep).eq(0).to(x[0].dtype), Precision.Exact),
        Reduction("Count", (x, s) => (x[0] < 1).Sum(s.Dims, s.Keep).To(x[0].DType), (x, s) => x[0].lt(1).sum(AllOr(x[0], s.LongDims), s.Keep).to(x[0].dtype), Precision.Exact),
        Along("Sort", "reductions", (x, s) => x[0].Sort(s.Dim, s.Flag).Values, (x, s) => x[0].sort(s.Dim, s.Flag, stable: true).Values, Precision.Exact, minRank: 0),
        Along("Place of Sort", "reductions", (x, s) => x[0].Sort(s.Dim, s.Flag).Indices.To(x[0].DType), (x, s) => x[0].sort(s.Dim, s.Flag, stable: true).Indices.to(x[0].dtype), Precision.Exact),
        Of("TopK", "reductions", d =>
        {
            int x = d.Any(minRank: 1);
            if (x < 0) return null;
            int dim = d.Dim(x), size = d.Shape(x)[dim < 0 ? dim + d.Rank(x) : dim];
            return new Choice([x], new Settings { Dim = dim, Count = d.Random.Next(0, size + 1), Flag = d.Chance(0.5) });
        }, (x, s) => x[0].TopK(s.Count, s.Dim, s.Flag).Values, (x, s) => x[0].topk(s.Count, s.Dim, s.Flag).values, Precision.Exact) with { ComparesSpecialGradients = false },
        Reduction("Prod", (x, s) => x[0].Prod(s.Dims, s.Keep), (x, s) => ProdOf(x[0], AllOr(x[0], s.LongDims), s.Keep)) with { TakesSpecials = false },
        Function("Max of all", (x, s) => x[0].Max(), (x, s) => x[0].max(), precision: Precision.Exact),
        Function("Min of all", (x, s) => x[0].Min(), (x, s) => x[0].min(), precision: Precision.Exact),
        Along("Max", "reductions", (x, s) => x[0].Max(s.Dim, s.Keep).Values, (x, s) => x[0].max(s.Dim, s.Keep).values, Precision.Exact, minRank: 0),
        Along("Min", "reductions", (x, s) => x[0].Min(s.Dim, s.Keep).Values, (x, s) => x[0].min(s.Dim, s.Keep).values, Precision.Exact, minRank: 0),
        Along("Place of Max", "reductions", (x, s) => x[0].Max(s.Dim, s.Keep).Indices.To(x[0].DType), (x, s) => x[0].max(s.Dim, s.Keep).indexes.to(x[0].dtype), Precision.Exact),
        Along("Place of Min", "reductions", (x, s) => x[0].Min(s.Dim, s.Keep).Indices.To(x[0].DType), (x, s) => x[0].min(s.Dim, s.Keep).indexes.to(x[0].dtype), Precision.Exact),
        Along("ArgMax", "reductions", (x, s) => x[0].ArgMax(s.Dim, s.Keep).To(x[0].DType), (x, s) => x[0].argmax(s.Dim, s.Keep).to(x[0].dtype), Precision.Exact),
        Along("ArgMin", "reductions", (x, s) => x[0].ArgMin(s.Dim, s.Keep).To(x[0].DType), (x, s) => x[0].argmin(s.Dim, s.Keep).to(x[0].dtype), Precision.Exact),
        Function("ArgMax of all", (x, s) => x[0].ArgMax().To(x[0].DType), (x, s) => x[0].argmax().to(x[0].dtype), precision: Precision.Exact),
        Function("ArgMin of all", (x, s) => x[0].ArgMin().To(x[0].DType), (x, s) => x[0].argmin().to(x[0].dtype), precision: Precision.Exact),
        Of("SumTo", "reductions", d =>
        {
            int x = d.Any();
            if (x < 0) return null;
            int[] to = [.. d.Shape(x).Skip(d.Random.Next(d.Rank(x) + 1)).Select(size => d.Chance(0.4) ? 1 : size)];
            return new Choice([x], new Settings { Sizes = to });
        }, (x, s) => x[0].SumTo(s.Sizes), (x, s) => SumToOf(x[0], s.Sizes), Precision.Sum),
        Of("Normalize", "reductions", d =>
        {
            int x = d.Any(minRank: 1);
            if (x < 0) return null;
            int[] dims = d.SomeDims(x);
            return new Choice([x], new Settings { Dims = dims, Places = Resolved(d.Rank(x), dims), A = d.Among(1e-5, 0.1) });
        }, (x, s) => new Normalize(x[0], s.Places, s.A).Apply(), (x, s) => NormalizeOf(x[0], AllOr(x[0], s.LongDims), s.A), Precision.Composite)
            .By((x, s, h) => new Normalize(x[0], h.Ints(s.Places), s.A)) with { TakesLimits = true },
    ];

    static IEnumerable<Op> Products() =>
    [
        Of("MatMul", "products", d =>
        {
            int a = d.Any(minRank: 1, maxRank: 4);
            if (a < 0) return null;
            int[] left = d.Shape(a);
            int inner = left[^1];
            int n = d.Random.Next(1, 6);
            int[] right = left.Length > 2 && d.Chance(0.5) ? [.. left[..^2].Select(size => d.Chance(0.3) ? 1 : size), inner, n]
                : d.Chance(0.3) ? [inner] : d.Chance(0.2) ? [d.Random.Next(1, 4), inner, n] : [inner, n];
            return new Choice(a, d.Fresh(right));
        }, (x, s) => x[0].MatMul(x[1]), (x, s) => ProductOf(x[0], x[1]), Precision.Sum) with { Weight = 2 },
        Of("MatMul transposed", "products", d =>
        {
            int a = d.Any(minRank: 2, maxRank: 3);
            if (a < 0) return null;
            int[] left = d.Shape(a);
            var s = new Settings { Flag = d.Chance(0.5), Keep = d.Chance(0.5) };
            int inner = s.Flag ? left[^2] : left[^1], n = d.Random.Next(1, 6);
            return new Choice([a, d.Fresh(s.Keep ? [n, inner] : [inner, n])], s);
        }, (x, s) => x[0].MatMul(x[1], transposeThis: s.Flag, transposeOther: s.Keep),
            (x, s) => ProductOf(s.Flag ? x[0].transpose(-1, -2) : x[0], s.Keep ? x[1].transpose(-1, -2) : x[1]), Precision.Sum),
        Of("MatMul with a default written out", "products", d =>
        {
            int a = d.Any(minRank: 1, maxRank: 3);
            if (a < 0) return null;
            int inner = d.Shape(a)[^1];
            return new Choice(a, d.Fresh(d.Chance(0.5) ? [inner] : [inner, d.Random.Next(1, 5)]));
        }, (x, s) => x[0].MatMul(x[1], transposeThis: false), (x, s) => ProductOf(x[0], x[1]), Precision.Sum),
        Of("Dot", "products", d =>
        {
            int a = d.Any(minRank: 1, maxRank: 1);
            return a < 0 ? null : new Choice(a, d.Partner(a, broadcasts: false));
        }, (x, s) => x[0].Dot(x[1]), (x, s) => (x[0] * x[1]).sum(), Precision.Sum),
        Of("Outer", "products", d =>
        {
            int a = d.Any(minRank: 1, maxRank: 1);
            return a < 0 ? null : new Choice(a, d.Fresh([d.Random.Next(0, 6)]));
        }, (x, s) => x[0].Outer(x[1]), (x, s) => x[0].unsqueeze(1) * x[1].unsqueeze(0), Precision.Exact),
        Of("Linear", "products", d =>
        {
            int x = d.Any(minRank: 1, maxRank: 3);
            if (x < 0) return null;
            int outputs = d.Random.Next(1, 6);
            return new Choice(x, d.Fresh([outputs, d.Shape(x)[^1]]), d.Fresh([outputs]));
        }, (x, s) => x[0].Linear(x[1], x[2]), (x, s) => ProductOf(x[0], x[1].t()) + x[2], Precision.Sum) with { Weight = 2 },
        Of("Linear without bias", "products", d =>
        {
            int x = d.Any(minRank: 1, maxRank: 3);
            return x < 0 ? null : new Choice(x, d.Fresh([d.Random.Next(1, 6), d.Shape(x)[^1]]));
        }, (x, s) => x[0].Linear(x[1]), (x, s) => ProductOf(x[0], x[1].t()), Precision.Sum),
    ];

    static IEnumerable<Op> Softmaxes() =>
    [
        Along("Softmax", "softmax", (x, s) => x[0].Softmax(s.Dim), (x, s) => F.softmax(x[0], s.Dim), Precision.Composite, minRank: 0),
        Along("LogSoftmax", "softmax", (x, s) => x[0].LogSoftmax(s.Dim), (x, s) => F.log_softmax(x[0], s.Dim), Precision.Composite, minRank: 0),
    ];

    // TorchSharp ends the process where shapes do not fit, instead of throwing.
    static T ProductOf(T a, T b)
    {
        long[] left = a.shape, right = b.shape;
        bool fits = left.Length > 0 && right.Length > 0 && left[^1] == right[Math.Max(right.Length - 2, 0)];
        for (int d = 3; d <= Math.Min(left.Length, right.Length); d++) fits &= left[^d] == right[^d] || left[^d] == 1 || right[^d] == 1;
        return fits ? a.matmul(b) : throw new ArgumentException("The shapes do not fit.");
    }

    // TorchSharp's logsumexp takes one dimension: the others are joined to it.
    static T LogSumExpOf(T x, long[] dims, bool keep)
    {
        if (x.shape.Length == 0) return x.logsumexp(0);
        long[] over = [.. dims.Select(d => d < 0 ? d + x.shape.Length : d)];
        long[] rest = [.. Enumerable.Range(0, x.shape.Length).Select(d => (long)d).Except(over)];
        T result = x.permute([.. rest, .. over]).reshape([.. rest.Select(d => x.shape[d]), over.Aggregate(1L, (n, d) => n * x.shape[d])]).logsumexp(-1);
        return keep ? result.reshape([.. x.shape.Select((size, d) => over.Contains(d) ? 1 : size)]) : result;
    }

    static T ProdOf(T x, long[] dims, bool keep)
    {
        foreach (long dim in dims.Select(d => d < 0 ? d + x.shape.Length : d).OrderDescending()) x = x.prod(dim, keep);
        return x;
    }

    internal static T SumToOf(T x, int[] shape)
    {
        int lead = x.shape.Length - shape.Length;
        long[] dims = [.. Enumerable.Range(0, x.shape.Length).Where(d => d < lead || (shape[d - lead] == 1 && x.shape[d] != 1)).Select(d => (long)d)];
        return (dims.Length == 0 ? x : x.sum(dims)).reshape(Settings.LongSizes(shape));
    }

    static T NormalizeOf(T x, long[] dims, double epsilon) => (x - x.mean(dims, true)) / (x.var(dims, false, true) + epsilon).sqrt();
}
