using System.Numerics;
using System.Runtime.CompilerServices;
using MyTorch.Kernels;

namespace MyTorch.Nn;

/// <summary>
/// Computes a chain of layers where nothing is recorded, such as a prediction, without a tensor and an operation for each: what one layer
/// passes to the next is in memory of the thread, and only the result is allocated. The kernels are those of the operations, so the bits
/// are the same.
/// </summary>
/// <param name="layers">The layers, first to last.</param>
sealed class OnePass(IReadOnlyList<Module> layers)
{
    // Numbers of a layer's output. For more of them the new memory costs little beside the arithmetic.
    const int LargestOutput = 1 << 14;

    // Up to so many rows and numbers of a weight a transposed copy of it is kept: to read it takes less than to transpose it for each call.
    const int FewRows = 24;
    const int LargestTurned = 1 << 16;

    readonly Module[] _layers = [.. layers];
    readonly TurnedWeight?[] _turned = new TurnedWeight?[layers.Count];
    Lineage? _lineage;

    /// <summary>The transpose of a weight (out, in), each row padded with zeros to whole vectors.</summary>
    /// <param name="Of">The weight.</param>
    /// <param name="WrittenAt">
    /// The moment of its last change. An optimizer marks a parameter again when it has written it, so that a copy made meanwhile is dropped.
    /// </param>
    /// <param name="Values">The numbers.</param>
    /// <param name="Width">The numbers of a padded row.</param>
    sealed record TurnedWeight(Tensor Of, long WrittenAt, Array Values, int Width);

    /// <summary>Two buffers of the thread: a layer reads one and writes the other.</summary>
    static class Buffers<T>
    {
        [ThreadStatic] internal static T[]? First;
        [ThreadStatic] internal static T[]? Second;
        [ThreadStatic] internal static T[]? Padded;
    }

    /// <summary>The output for an input (N, in); null where the layers themselves must compute it.</summary>
    internal Tensor? Run(Tensor input)
    {
        Tape tape = Tape.OfThisThread;
        bool isPaused = tape.Paused > 0;
        if (!isPaused && (tape.Innermost is not null || Volatile.Read(ref _lineage) is null)) return null;
        if (tape.PauseLease is not null || Lease.OfResult is not null) return null;
        if (input.Rank != 2 || !input.DType.IsFloat()) return null;
        if (input.RequiresGrad || input.HistoryLoss != HistoryLoss.None || !HasNoPast(input)) return null;
        if (Width(input) is not { } width) return null;
        Tensor output = Tensor.Empty([input.Shape[0], width], input.DType);
        if (input.DType == DType.Float32) Compute<float>(input, output);
        else Compute<double>(input, output);
        if (isPaused) output.LoseHistory(HistoryLoss.Paused);
        else output.LoseHistory(HistoryLoss.OutsideScope, Tensor.Clock, _lineage);
        return output;
    }

    /// <summary>Remembers from which parameters the output is computed outside every scope: for each input the same.</summary>
    internal Tensor Learn(Tensor input, Tensor output)
    {
        if (_lineage is null && Tape.OfThisThread is { Paused: 0, Innermost: null } && output.HistoryLoss == HistoryLoss.OutsideScope
            && input is { Rank: 2, RequiresGrad: false, HistoryLoss: HistoryLoss.None } && Width(input) is not null)
            Volatile.Write(ref _lineage, output.Lineage);
        return output;
    }

    static bool HasNoPast(Tensor tensor) => tensor.Producer is null && tensor.Origin is null;

    /// <summary>The size of the outputs; null if a layer is not known here, or does not fit.</summary>
    int? Width(Tensor input)
    {
        int rows = input.Shape[0], width = input.Shape[1];
        bool hasParameters = false;
        foreach (Module layer in _layers)
            switch (layer)
            {
                case Linear linear:
                    if (linear.Weight.Shape[1] != width || !Fits(linear.Weight) || (linear.Bias is { } bias && !Fits(bias))) return null;
                    width = linear.Weight.Shape[0];
                    if ((long)rows * width > LargestOutput || rows == 0) return null;
                    hasParameters = true;
                    break;
                case ReLU or Tanh or Sigmoid or GELU when hasParameters: break;
                default: return null;
            }
        return hasParameters ? width : null;

        bool Fits(Tensor parameter) => parameter.RequiresGrad && parameter.DType == input.DType && HasNoPast(parameter);
    }

    void Compute<T>(Tensor input, Tensor output) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = input.Shape[0];
        ReadOnlyMemory<T> from = input.Memory<T>();
        int width = input.Shape[1];
        for (int i = 0; i < _layers.Length; i++)
        {
            var linear = _layers[i] as Linear;
            int inputs = width;
            if (linear is not null) width = linear.Weight.Shape[0];
            Memory<T> to = i == _layers.Length - 1 ? output.Memory<T>()
                : Buffer(ref i % 2 == 0 ? ref Buffers<T>.First : ref Buffers<T>.Second, LargestOutput).AsMemory(0, rows * width);
            if (linear is null) Activate(_layers[i], from.Span, to.Span);
            else
            {
                Multiply(i, from, linear.Weight, to, rows);
                if (linear.Bias is { } bias) ElementwiseKernels.AddRow(to.Span, bias.Read<T>());
            }
            from = to;
        }
    }

    // y = x·Wᵀ.
    void Multiply<T>(int layer, ReadOnlyMemory<T> x, Tensor weight, Memory<T> y, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = weight.Shape[0], inputs = weight.Shape[1];
        MatrixLayout layoutX = MatrixLayout.RowMajor(inputs, false);
        // An odd number of inputs is packed in any case.
        if (rows > FewRows || weight.ElementCount > LargestTurned || inputs % 2 != 0)
        {
            MatrixProduct.Multiply(x, layoutX, weight.Memory<T>(), MatrixLayout.RowMajor(inputs, true), y, rows, inputs, width);
            return;
        }
        long writtenAt = weight.WrittenAt;
        TurnedWeight? turned = Volatile.Read(ref _turned[layer]);
        if (turned is null || turned.WrittenAt != writtenAt || turned.Of != weight)
            Volatile.Write(ref _turned[layer], turned = Turn<T>(weight, writtenAt));
        Memory<T> target = turned.Width == width
            ? y : Buffer(ref Buffers<T>.Padded, FewRows * turned.Width).AsMemory(0, rows * turned.Width);
        MatrixProduct.Multiply(
            x, layoutX, (T[])turned.Values, MatrixLayout.RowMajor(turned.Width, false), target, rows, inputs, turned.Width);
        if (turned.Width == width) return;
        for (int row = 0; row < rows; row++)
            target.Span.Slice(row * turned.Width, width).CopyTo(y.Span[(row * width)..]);
    }

    static TurnedWeight Turn<T>(Tensor weight, long writtenAt) where T : unmanaged
    {
        const int VectorBytes = 64;
        int outputs = weight.Shape[0], inputs = weight.Shape[1], lanes = VectorBytes / Unsafe.SizeOf<T>();
        int width = (outputs + lanes - 1) / lanes * lanes;
        var turned = new T[inputs * width];
        ReadOnlySpan<T> values = weight.Read<T>();
        for (int j = 0; j < outputs; j++)
            for (int i = 0; i < inputs; i++) turned[i * width + j] = values[j * inputs + i];
        return new(weight, writtenAt, turned, width);
    }

    static T[] Buffer<T>(ref T[]? buffer, int length) => buffer is { } kept && kept.Length >= length ? kept : buffer = new T[length];

    static void Activate<T>(Module layer, ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (layer)
        {
            case ReLU: ElementwiseKernels.ReLU(x, y); break;
            case Tanh: ExponentialKernels.Tanh(x, y); break;
            case Sigmoid: ExponentialKernels.Sigmoid(x, y); break;
            case GELU { UsesTanh: true }: GateKernels.GELUTanh(x, y); break;
            default: GateKernels.GELU(x, y); break;
        }
    }
}

public sealed partial class MLP
{
    [NotRegistered] OnePass? _onePass;

    private protected override Tensor? ForwardInOnePass(Tensor input) => (_onePass ??= new OnePass(_layers)).Run(input);

    private protected override Tensor Computed(Tensor input, Tensor output) => (_onePass ??= new OnePass(_layers)).Learn(input, output);
}

public partial class Sequential
{
    [NotRegistered] OnePass? _onePass;

    // A class derived from this one may compute something else.
    private protected override Tensor? ForwardInOnePass(Tensor input) =>
        GetType() == typeof(Sequential) ? (_onePass ??= new OnePass(_modules)).Run(input) : null;

    private protected override Tensor Computed(Tensor input, Tensor output) =>
        GetType() == typeof(Sequential) ? (_onePass ??= new OnePass(_modules)).Learn(input, output) : output;
}
