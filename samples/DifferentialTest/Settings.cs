using System.Globalization;
using MyTorch;
using static TorchSharp.torch;
using M = MyTorch.Tensor;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

/// <summary>The settings of an operation. Its C# text reads them as <c>s.Dim</c>; the printer puts <see cref="Literal"/> in their place.</summary>
sealed record Settings
{
    public double A { get; init; }

    public double B { get; init; }

    public int Dim { get; init; }

    /// <summary>The same dimension counted from 0.</summary>
    public int Place { get; init; }

    public int Other { get; init; }

    public int Count { get; init; }

    public bool Keep { get; init; }

    public bool Flag { get; init; }

    public int[] Dims { get; init; } = [];

    /// <summary>The same dimensions as constructors take them: counted from 0, ascending, all of them by name.</summary>
    public int[] Places { get; init; } = [];

    public int[] Sizes { get; init; } = [];

    public int[] Starts { get; init; } = [];

    public int[] Steps { get; init; } = [];

    public long[] Positions { get; init; } = [];

    public int[] PositionShape { get; init; } = [];

    public bool[] Choices { get; init; } = [];

    public int[] ChoiceShape { get; init; } = [];

    public double[] Numbers { get; init; } = [];

    public MyTorch.Nn.Reduction Reduction { get; init; }

    public M Index => M.Indices(Positions, Shape.Create(PositionShape));

    public M Mask => M.Mask(Choices, Shape.Create(ChoiceShape));

    /// <summary>Class weights or weights of positive targets, in the type of an operand.</summary>
    public M? WeightLike(M like) => Numbers.Length == 0 ? null : M.From(Numbers, [Numbers.Length], like.DType);

    public M NumbersLike(M like) => WeightLike(like) ?? M.Ones([], like.DType);

    internal T TorchIndex => tensor(Positions, LongSizes(PositionShape));

    internal T TorchMask => tensor(Choices, LongSizes(ChoiceShape));

    internal T? TorchWeightLike(T like) => Numbers.Length == 0 ? null : tensor(Numbers).to(like.dtype);

    internal long[] LongDims => LongSizes(Dims);

    internal TorchSharp.torch.nn.Reduction TorchReduction => Reduction switch
    {
        MyTorch.Nn.Reduction.Mean => TorchSharp.torch.nn.Reduction.Mean,
        MyTorch.Nn.Reduction.Sum => TorchSharp.torch.nn.Reduction.Sum,
        _ => TorchSharp.torch.nn.Reduction.None,
    };

    internal static long[] LongSizes(int[] sizes) => Array.ConvertAll(sizes, size => (long)size);

    /// <summary>A setting as C#.</summary>
    internal string Literal(string property) => property switch
    {
        nameof(Index) => $"Tensor.Indices([{string.Join(", ", Positions)}], {List(PositionShape)})",
        nameof(Mask) => $"Tensor.Mask([{string.Join(", ", Choices.Select(c => c ? "true" : "false"))}], {List(ChoiceShape)})",
        _ => GetType().GetProperty(property)!.GetValue(this) switch
        {
            double number => Number(number),
            bool flag => flag ? "true" : "false",
            int[] list => List(list),
            double[] list => $"[{string.Join(", ", list.Select(Number))}]",
            MyTorch.Nn.Reduction reduction => $"MyTorch.Nn.Reduction.{reduction}",
            var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
        },
    };

    internal static string List(int[] list) => $"[{string.Join(", ", list)}]";

    internal static string Number(double value) => value switch
    {
        double.NaN => "double.NaN",
        double.PositiveInfinity => "double.PositiveInfinity",
        double.NegativeInfinity => "double.NegativeInfinity",
        0 when double.IsNegative(value) => "-0.0",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}

/// <summary>Arrays and tensors that were handed to a constructor, kept in order to change them afterwards.</summary>
sealed class HandedOver
{
    readonly List<Action> _changes = [];

    internal bool AnyTensor { get; private set; }

    public int[] Ints(int[] values)
    {
        int[] handed = [.. values];
        _changes.Add(() =>
        {
            // Swapped or moved by one, the numbers still look like dimensions, starts or steps.
            if (handed.Length > 1 && handed[0] != handed[^1]) Array.Reverse(handed);
            else for (int i = 0; i < handed.Length; i++) handed[i] = handed[i] == 0 ? 1 : handed[i] - 1;
        });
        return handed;
    }

    public M Positions(M positions)
    {
        AnyTensor = true;
        _changes.Add(() => positions.Fill(0));
        return positions;
    }

    public M Choices(M choices)
    {
        AnyTensor = true;
        _changes.Add(() => choices.CopyFrom(choices.Not()));
        return choices;
    }

    public M Numbers(M numbers)
    {
        AnyTensor = true;
        _changes.Add(() => numbers.Fill(7));
        return numbers;
    }

    public M[] Tensors(M[] tensors)
    {
        M[] handed = [.. tensors];
        _changes.Add(() => Array.Fill(handed, M.Ones(tensors[0].Shape, tensors[0].DType)));
        return handed;
    }

    internal void Change()
    {
        foreach (Action change in _changes) change();
    }
}
