using System.Numerics;
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

    readonly Module[] _layers = [.. layers];
    Lineage? _lineage;

    /// <summary>Two buffers of the thread: a layer reads one and writes the other.</summary>
    static class Buffers<T>
    {
        [ThreadStatic] internal static T[]? First;
        [ThreadStatic] internal static T[]? Second;
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
                : (i % 2 == 0 ? Buffer(ref Buffers<T>.First) : Buffer(ref Buffers<T>.Second)).AsMemory(0, rows * width);
            if (linear is null) Activate(_layers[i], from.Span, to.Span);
            else
            {
                MatrixLayout layoutX = MatrixLayout.RowMajor(inputs, false), layoutW = MatrixLayout.RowMajor(inputs, true);
                MatrixProduct.Multiply(from, layoutX, linear.Weight.Memory<T>(), layoutW, to, rows, inputs, width);
                if (linear.Bias is { } bias) ElementwiseKernels.AddRow(to.Span, bias.Read<T>());
            }
            from = to;
        }
    }

    static T[] Buffer<T>(ref T[]? buffer) => buffer ??= new T[LargestOutput];

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
