using MyTorch.Operations;
using static TorchSharp.torch;
using M = MyTorch.Tensor;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

// Operations that move elements: shapes, parts, positions.
static partial class Ops
{
    static IEnumerable<Op> Shaping() =>
    [
        Of("Reshape", "shaping", d =>
        {
            int x = d.Any();
            if (x < 0) return null;
            int[] shape = d.Shape(x);
            int count = shape.Aggregate(1, (a, b) => a * b), first = Enumerable.Range(1, Math.Max(count, 1)).Where(n => count % n == 0).OrderBy(_ => d.Random.Next()).First();
            return new Choice([x], new Settings { Sizes = d.Chance(0.3) ? [count] : d.Chance(0.3) && count > 0 ? [first, -1] : [first, count / first] });
        }, (x, s) => x[0].Reshape(s.Sizes), (x, s) => x[0].reshape(Settings.LongSizes(s.Sizes)), Precision.Exact)
            .By((x, s, h) => new Reshape(x[0], s.Sizes)),
        Along("Flatten", "shaping", (x, s) => x[0].Flatten(s.Dim), (x, s) => x[0].flatten(s.Dim), Precision.Exact),
        Of("Transpose", "shaping", d =>
        {
            int x = d.Any(minRank: 1);
            return x < 0 ? null : new Choice([x], new Settings { Dim = d.Dim(x), Other = d.Dim(x) });
        }, (x, s) => x[0].Transpose(s.Dim, s.Other), (x, s) => x[0].transpose(s.Dim, s.Other), Precision.Exact),
        Of("T", "shaping", d => new Choice(d.Any(minRank: 2, maxRank: 2)), (x, s) => x[0].T, (x, s) => x[0].t(), Precision.Exact),
        Of("Permute", "shaping", d =>
        {
            int x = d.Any(minRank: 2);
            return x < 0 ? null : new Choice([x], new Settings { Dims = [.. Enumerable.Range(0, d.Rank(x)).OrderBy(_ => d.Random.Next())] });
        }, (x, s) => x[0].Permute(s.Dims), (x, s) => x[0].permute(s.LongDims), Precision.Exact)
            .By((x, s, h) => new Permute(x[0], h.Ints(s.Dims))),
        Along("Squeeze", "shaping", (x, s) => x[0].Squeeze(s.Dim), (x, s) => x[0].squeeze(s.Dim), Precision.Exact),
        Of("Unsqueeze", "shaping", d =>
        {
            int x = d.Any(maxRank: 3);
            return x < 0 ? null : new Choice([x], new Settings { Dim = d.Random.Next(-d.Rank(x) - 1, d.Rank(x) + 1) });
        }, (x, s) => x[0].Unsqueeze(s.Dim), (x, s) => x[0].unsqueeze(s.Dim), Precision.Exact),
        Of("Expand", "shaping", d =>
        {
            int x = d.Any(maxRank: 3);
            if (x < 0) return null;
            int[] to = [.. d.Shape(x).Select(size => size == 1 ? d.Random.Next(1, 4) : d.Chance(0.2) ? -1 : size)];
            return new Choice([x], new Settings { Sizes = d.Chance(0.4) ? [d.Random.Next(1, 4), .. to] : to });
        }, (x, s) => x[0].Expand(s.Sizes), (x, s) => x[0].expand(Settings.LongSizes(s.Sizes)), Precision.Exact),
        Of("Index", "shaping", d =>
        {
            int x = d.Any(minRank: 2, fits: shape => shape[0] > 0);
            if (x < 0) return null;
            int first = d.Shape(x)[0], second = d.Shape(x)[1], from = d.Random.Next(second + 1);
            return new Choice([x], new Settings { Dim = d.Random.Next(-first, first), Count = from, Other = d.Random.Next(from, second + 1) });
        }, (x, s) => x[0][s.Dim, s.Count..s.Other], (x, s) => x[0].select(0, s.Dim).slice(0, s.Count, s.Other, 1), Precision.Exact),
        Of("Index by steps", "shaping", d =>
        {
            int x = d.Any(minRank: 1);
            return x < 0 ? null : new Choice([x], new Settings { Count = d.Random.Next(1, 4) });
        }, (x, s) => x[0][MyTorch.TensorIndex.Every(s.Count)], (x, s) => x[0].slice(0, 0, long.MaxValue, s.Count), Precision.Exact),
        Of("Rows", "shaping", d => new Choice(d.Any(minRank: 1, fits: shape => shape[0] > 0)), (x, s) => M.Stack([.. x[0]]).Sum(0), (x, s) => stack(x[0].unbind()).sum(0L), Precision.Sum),
        Of("Slice", "shaping", Part, (x, s) => new Slice(x[0], s.Starts, s.Steps, s.Sizes).Apply(), (x, s) => x[0].as_strided_part(s), Precision.Exact)
            .By((x, s, h) => new Slice(x[0], h.Ints(s.Starts), h.Ints(s.Steps), s.Sizes)),
        Of("Unslice", "shaping", Whole, (x, s) => new Unslice(x[0], s.Sizes, s.Starts, s.Steps).Apply(), (x, s) => x[0].put_in_part(s), Precision.Exact)
            .By((x, s, h) => new Unslice(x[0], s.Sizes, h.Ints(s.Starts), h.Ints(s.Steps))),
        Of("Concat", "shaping", d =>
        {
            int a = d.Any(minRank: 1);
            if (a < 0) return null;
            int dim = d.Random.Next(d.Rank(a));
            int[] shape = d.Shape(a);
            shape[dim] = d.Random.Next(0, 4);
            int b = d.Fresh(shape);
            return new Choice(d.Chance(0.5) ? [a, b] : [b, a, a], new Settings { Dim = d.Chance(0.2) ? dim - d.Rank(a) : dim, Place = dim });
        }, (x, s) => M.Concat(x, s.Dim), (x, s) => cat(x, s.Dim), Precision.Exact)
            .By((x, s, h) => new Concat(h.Tensors(x), s.Place)),
        Along("Flatten to", "shaping", (x, s) => x[0].Flatten(0, s.Dim), (x, s) => x[0].flatten(0, s.Dim), Precision.Exact),
        Function("Squeeze all", (x, s) => x[0].Squeeze(), (x, s) => x[0].squeeze(), precision: Precision.Exact) with { Family = "shaping" },
        Of("Split", "shaping", Cut, (x, s) => M.Concat([.. Enumerable.Reverse(x[0].Split(s.Count, s.Dim))], s.Dim), (x, s) => cat([.. Enumerable.Reverse(x[0].split(s.Count, s.Dim))], s.Dim), Precision.Exact),
        Of("Split by sizes", "shaping", Cut, (x, s) => M.Concat([.. Enumerable.Reverse(x[0].Split(s.Sizes, s.Dim))], s.Dim), (x, s) => cat([.. Enumerable.Reverse(x[0].split(Settings.LongSizes(s.Sizes), s.Dim))], s.Dim), Precision.Exact),
        Of("Chunk", "shaping", Cut, (x, s) => M.Concat([.. Enumerable.Reverse(x[0].Chunk(s.Count, s.Dim))], s.Dim), (x, s) => cat([.. Enumerable.Reverse(x[0].chunk(s.Count, s.Dim))], s.Dim), Precision.Exact),
        Of("Repeat", "shaping", d =>
        {
            int x = d.Any(maxRank: 3);
            return x < 0 ? null : new Choice([x], new Settings { Sizes = [.. Enumerable.Range(0, d.Rank(x) + (d.Chance(0.3) ? 1 : 0)).Select(_ => d.Random.Next(d.Chance(0.1) ? 0 : 1, 4))] });
        }, (x, s) => x[0].Repeat(s.Sizes), (x, s) => x[0].repeat(Settings.LongSizes(s.Sizes)), Precision.Exact),
        Of("Flip", "shaping", d =>
        {
            int x = d.Any(minRank: 1);
            return x < 0 ? null : new Choice([x], new Settings { Dims = [.. Enumerable.Range(0, d.Rank(x)).Where(_ => d.Chance(0.5)).DefaultIfEmpty(0)] });
        }, (x, s) => x[0].Flip(s.Dims), (x, s) => x[0].flip(s.LongDims), Precision.Exact),
        Of("Tril", "shaping", Diagonal, (x, s) => x[0].Tril(s.Dim), (x, s) => x[0].tril(s.Dim), Precision.Exact),
        Of("Triu", "shaping", Diagonal, (x, s) => x[0].Triu(s.Dim), (x, s) => x[0].triu(s.Dim), Precision.Exact),
        Of("Diag", "shaping", d =>
        {
            int x = d.Any(minRank: 1, maxRank: 2, fits: shape => shape.Length == 2 || shape[0] < 40);
            return x < 0 ? null : new Choice([x], new Settings { Dim = d.Random.Next(-3, 4) });
        }, (x, s) => x[0].Diag(s.Dim), (x, s) => DiagOf(x[0], s.Dim), Precision.Exact),
        Of("Stack", "shaping", d =>
        {
            int a = d.Any(maxRank: 3);
            return a < 0 ? null : new Choice([a, d.Partner(a, broadcasts: false), d.Partner(a, broadcasts: false)], new Settings { Dim = d.Random.Next(-d.Rank(a) - 1, d.Rank(a) + 1) });
        }, (x, s) => M.Stack(x, s.Dim), (x, s) => stack(x, s.Dim), Precision.Exact),
    ];

    static IEnumerable<Op> Indexing() =>
    [
        Of("IndexSelect", "indexing", d =>
        {
            int x = d.Any(minRank: 1, fits: shape => Array.TrueForAll(shape, size => size > 0));
            if (x < 0) return null;
            int dim = d.Dim(x), count = d.Profile == Profile.Empty ? 0 : d.Random.Next(1, 6);
            int[] shape = d.Shape(x);
            return new Choice([x], new Settings { Dim = dim, Place = dim < 0 ? dim + shape.Length : dim, Positions = d.PositionsBelow(shape[dim < 0 ? dim + shape.Length : dim], count), PositionShape = [count] });
        }, (x, s) => x[0].IndexSelect(s.Dim, s.Index), (x, s) => x[0].index_select(s.Dim, s.TorchIndex), Precision.Exact)
            .By((x, s, h) => new IndexSelect(x[0], s.Place, h.Positions(s.Index))),
        Of("Gather", "indexing", d =>
        {
            int x = d.Any(minRank: 1, fits: shape => Array.TrueForAll(shape, size => size > 0));
            if (x < 0) return null;
            int dim = d.Random.Next(d.Rank(x));
            int[] shape = d.Shape(x), index = [.. shape.Select((size, i) => i == dim ? d.Random.Next(1, 5) : d.Random.Next(1, size + 1))];
            return new Choice([x], new Settings { Dim = dim, Positions = d.PositionsBelow(shape[dim], index.Aggregate(1, (a, b) => a * b)), PositionShape = index });
        }, (x, s) => x[0].Gather(s.Dim, s.Index), (x, s) => x[0].gather(s.Dim, s.TorchIndex), Precision.Exact)
            .By((x, s, h) => new Gather(x[0], s.Dim, h.Positions(s.Index))),
        Of("IndexAdd", "indexing", d =>
        {
            int x = d.Any(minRank: 1);
            if (x < 0) return null;
            int dim = d.Random.Next(d.Rank(x));
            int[] shape = d.Shape(x), whole = d.Shape(x);
            whole[dim] = d.Random.Next(1, 5);
            return new Choice([x], new Settings { Dim = dim, Positions = d.PositionsBelow(whole[dim], shape[dim]), PositionShape = [shape[dim]], Sizes = whole });
        }, (x, s) => new IndexAdd(x[0], s.Dim, s.Index, s.Sizes).Apply(),
            (x, s) => zeros(Settings.LongSizes(s.Sizes), x[0].dtype).index_add(s.Dim, s.TorchIndex, x[0], 1), Precision.Sum)
            .By((x, s, h) => new IndexAdd(x[0], s.Dim, h.Positions(s.Index), s.Sizes)),
        Of("ScatterAdd", "indexing", d =>
        {
            int x = d.Any(minRank: 1);
            if (x < 0) return null;
            int dim = d.Random.Next(d.Rank(x));
            int[] shape = d.Shape(x), whole = [.. shape.Select((size, i) => i == dim ? d.Random.Next(1, 5) : size + d.Random.Next(2))];
            return new Choice([x], new Settings { Dim = dim, Positions = d.PositionsBelow(whole[dim], shape.Aggregate(1, (a, b) => a * b)), PositionShape = shape, Sizes = whole });
        }, (x, s) => new ScatterAdd(x[0], s.Dim, s.Index, s.Sizes).Apply(),
            (x, s) => zeros(Settings.LongSizes(s.Sizes), x[0].dtype).scatter_add(s.Dim, s.TorchIndex, x[0]), Precision.Sum)
            .By((x, s, h) => new ScatterAdd(x[0], s.Dim, h.Positions(s.Index), s.Sizes)),
        Of("MaskedFill", "indexing", d =>
        {
            int a = d.Any();
            if (a < 0) return null;
            int[] shape = [.. d.Shape(a).Select(size => d.Chance(0.2) ? 1 : size)];
            return new Choice([a], new Settings { A = d.Among(0, 1.5, -2), Choices = d.Choices(shape.Aggregate(1, (p, q) => p * q)), ChoiceShape = shape });
        }, (x, s) => x[0].MaskedFill(s.Mask, s.A), (x, s) => x[0].masked_fill(s.TorchMask, s.A), Precision.Exact),
        Of("Index by a mask", "indexing", d =>
        {
            int a = d.Any(minRank: 1);
            if (a < 0) return null;
            int[] shape = d.Shape(a)[..d.Random.Next(1, d.Rank(a) + 1)];
            return new Choice([a], new Settings { Choices = d.Choices(shape.Aggregate(1, (p, q) => p * q)), ChoiceShape = shape });
        }, (x, s) => x[0][s.Mask], (x, s) => x[0].index(s.TorchMask), Precision.Exact),
        Of("Where of two numbers", "indexing", d => new Choice(d.Any()), (x, s) => x[0] * M.Where(x[0] > 0, 0.5, 2, x[0].DType), (x, s) => x[0] * where(x[0].gt(0), full_like(x[0], 0.5), full_like(x[0], 2)).detach(), Precision.Exact),
        Of("Where", "indexing", d =>
        {
            int a = d.Any();
            if (a < 0) return null;
            int[] shape = [.. d.Shape(a).Select(size => d.Chance(0.2) ? 1 : size)];
            return new Choice([a, d.Partner(a)], new Settings { Choices = d.Choices(shape.Aggregate(1, (p, q) => p * q)), ChoiceShape = shape });
        }, (x, s) => M.Where(s.Mask, x[0], x[1]), (x, s) => where(s.TorchMask, x[0], x[1]), Precision.Exact)
            .By((x, s, h) => new Where(h.Choices(s.Mask), x[0], x[1])),
    ];

    static Choice? Cut(Drawing d)
    {
        int x = d.Any(minRank: 1);
        if (x < 0) return null;
        int dim = d.Dim(x), size = d.Shape(x)[dim < 0 ? dim + d.Rank(x) : dim], first = d.Random.Next(size + 1);
        return new Choice([x], new Settings { Dim = dim, Count = d.Random.Next(1, size + 2), Sizes = [first, size - first] });
    }

    static Choice? Diagonal(Drawing d)
    {
        int x = d.Any(minRank: 2);
        return x < 0 ? null : new Choice([x], new Settings { Dim = d.Random.Next(-3, 4) });
    }

    static T DiagOf(T x, int diagonal) => x.shape.Length == 1 ? x.diag(diagonal) : x.diagonal(diagonal);

    static Choice? Part(Drawing d)
    {
        int x = d.Any(minRank: 1);
        if (x < 0) return null;
        int[] shape = d.Shape(x);
        (int[] starts, int[] steps, int[] sizes) = DrawPart(d, shape);
        return new Choice([x], new Settings { Starts = starts, Steps = steps, Sizes = sizes });
    }

    static Choice? Whole(Drawing d)
    {
        int[] whole = d.NewShape(1, 3);
        (int[] starts, int[] steps, int[] sizes) = DrawPart(d, whole);
        return new Choice([d.Fresh(sizes)], new Settings { Starts = starts, Steps = steps, Sizes = whole });
    }

    static (int[] Starts, int[] Steps, int[] Sizes) DrawPart(Drawing d, int[] whole)
    {
        int[] starts = new int[whole.Length], steps = new int[whole.Length], sizes = new int[whole.Length];
        for (int i = 0; i < whole.Length; i++)
        {
            steps[i] = d.Among(1, 1, 2, -1);
            if (whole[i] == 0) continue;
            starts[i] = d.Random.Next(whole[i]);
            int most = steps[i] > 0 ? (whole[i] - starts[i] + steps[i] - 1) / steps[i] : (starts[i] - steps[i]) / -steps[i];
            sizes[i] = d.Random.Next(1, most + 1);
        }
        return (starts, steps, sizes);
    }

    /// <summary>The places of a part in the whole, laid out flat: both libraries then agree on negative steps, which PyTorch's slices lack.</summary>
    static T FlatPlaces(long[] whole, Settings s, long[] part)
    {
        T places = zeros(part, int64);
        long stride = 1;
        for (int d = whole.Length - 1; d >= 0; d--)
        {
            long[] along = [.. Enumerable.Range(0, whole.Length).Select(i => i == d ? part[d] : 1)];
            places = places + (arange(part[d], int64) * s.Steps[d] + s.Starts[d]).mul(stride).reshape(along);
            stride *= whole[d];
        }
        return places.reshape(-1);
    }

    static T as_strided_part(this T x, Settings s)
    {
        long[] part = Settings.LongSizes(s.Sizes);
        return x.reshape(-1).index_select(0, FlatPlaces(x.shape, s, part)).reshape(part);
    }

    static T put_in_part(this T x, Settings s)
    {
        long[] whole = Settings.LongSizes(s.Sizes);
        return zeros(whole.Aggregate(1L, (a, b) => a * b), x.dtype).index_add(0, FlatPlaces(whole, s, x.shape), x.reshape(-1), 1).reshape(whole);
    }
}
