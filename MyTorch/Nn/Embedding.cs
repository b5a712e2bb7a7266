using System.Globalization;

namespace MyTorch.Nn;

/// <summary>
/// A table of vectors, one for each category: indices (…) → (…, dimension). Use it for a column of categories instead of one-hot columns.
/// </summary>
/// <remarks>The gradient of a row is the sum over all positions where its index occurs.</remarks>
public sealed class Embedding : Module
{
    readonly int? _paddingIndex;

    /// <summary>A table with initial values from the normal distribution with mean 0 and deviation 1, as in PyTorch.</summary>
    /// <param name="count">The number of vectors; <c>num_embeddings</c> in PyTorch.</param>
    /// <param name="dimension">The size of a vector; <c>embedding_dim</c> in PyTorch.</param>
    /// <param name="paddingIndex">
    /// The index that stands for nothing: its vector starts with zeros and has no gradient. A negative one counts from the end.
    /// </param>
    /// <param name="dtype">Float32 or Float64; <see cref="Tensor.DefaultDType"/> if omitted.</param>
    /// <param name="generator">The source of the initial values; the thread's default generator if omitted.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is less than 1, or the padding index is out of range.</exception>
    public Embedding(int count, int dimension, int? paddingIndex = null, DType? dtype = null, Generator? generator = null)
    {
        if (count < 1) throw Invalid.Setting(nameof(count), count, "Embedding: the number of vectors must be at least 1.");
        if (dimension < 1) throw Invalid.Setting(nameof(dimension), dimension, "Embedding: the size of a vector must be at least 1.");
        if (paddingIndex is { } padding && (padding < -count || padding >= count))
            throw Invalid.Setting(nameof(paddingIndex), padding, $"Embedding: the padding index must be {-count} to {count - 1} for " +
                $"{count} vectors.");
        _paddingIndex = paddingIndex < 0 ? paddingIndex + count : paddingIndex;
        Weight = new Parameter(Tensor.Randn([count, dimension], dtype, generator));
        if (_paddingIndex is not { } row) return;
        if (Weight.DType == DType.Float32) Weight.Change<float>().Span.Slice(row * dimension, dimension).Clear();
        else Weight.Change<double>().Span.Slice(row * dimension, dimension).Clear();
    }

    /// <summary>The vectors, (count, dimension).</summary>
    public Parameter Weight { get; }

    /// <summary>The index that stands for nothing, counted from 0; null if there is none.</summary>
    public int? PaddingIndex => _paddingIndex;

    /// <summary>Indices (…), Int64 → (…, dimension).</summary>
    /// <exception cref="ArgumentException">The input is not Int64.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range; the message names its row.</exception>
    protected override Tensor ForwardCore(Tensor input)
    {
        (int count, int dimension) = (Weight.Shape[0], Weight.Shape[1]);
        if (input.DType != DType.Int64)
            throw Invalid.Argument(nameof(input), $"Embedding: the input is {input.Shape} {input.DType}; expected indices, Int64. " +
                $"Convert them with .To(DType.Int64).");
        long[] indices = input.ToInt64Array();
        int wrong = Array.FindIndex(indices, index => (ulong)index >= (ulong)count);
        if (wrong >= 0)
        {
            int rows = input.Rank == 0 ? 1 : input.Shape[0];
            throw Invalid.OutOfRange(
                nameof(input),
                $"Embedding: the index {indices[wrong]} in row {wrong / (indices.Length / rows)} of the input {input.Shape} is out " +
                $"of range 0 … {count - 1}; " +
                $"there are {count} vectors. Count categories from 0, or make the Embedding with {Math.Max(indices.Max(), 0) + 1} " +
                $"vectors.");
        }
        Tensor flat = Tensor.Indices(indices), vectors = Weight.IndexSelect(0, flat);
        if (_paddingIndex is { } padding) vectors = Tensor.Where(flat.EqualTo(padding).Unsqueeze(1), vectors.Detach(), vectors);
        return vectors.Reshape([.. input.Shape, dimension]);
    }

    /// <inheritdoc/>
    public override string Describe() => string.Create(
        CultureInfo.InvariantCulture,
            $"Embedding({Weight.Shape[0]}, {Weight.Shape[1]}{(_paddingIndex is { } padding ? $", padding {padding}" : "")})");
}
