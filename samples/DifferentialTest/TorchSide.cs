using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

/// <summary>What PyTorch makes of a program, in either precision, from the program's inputs or from ones moved by a unit in the last place.</summary>
static class TorchSide
{
    /// <summary>Loads TorchSharp's native library.</summary>
    /// <exception cref="TorchMissingException">It cannot be loaded.</exception>
    internal static void Load()
    {
        try
        {
            // TorchSharp, on its own, answers a failure with pages of what it tried and half a gigabyte of copies.
            NativeLibrary.Load("torch_cpu", typeof(torch).Assembly, null);
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
            set_num_threads(1);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or TypeInitializationException or NotSupportedException)
        {
            string reason = e.Message.Contains("GLIBCXX", StringComparison.Ordinal)
                ? "the system's libstdc++ is too old. That of GCC 13 or later is needed (Debian 12 has GCC 12's)"
                : $"it needs 64-bit Linux or Windows, or macOS on ARM, and the package TorchSharp-cpu restored for it ({e.Message.Split('\n')[0].Trim()})";
            throw new TorchMissingException($"TorchSharp's native library cannot be loaded: {reason}. See samples/DifferentialTest/README.md.");
        }
    }

    /// <param name="program">The program.</param>
    /// <param name="single">Whether to compute in Float32 instead of Float64.</param>
    /// <param name="moved">0, or the seed by which inputs move by a unit in the last place of the program's type.</param>
    internal static Dictionary<string, Observation> Run(TensorProgram program, bool single, int moved = 0)
    {
        using DisposeScope scope = NewDisposeScope();
        ScalarType type = single ? float32 : float64;
        var random = moved == 0 ? null : new Random(moved);
        T[] leaves = Array.ConvertAll(program.Leaves, leaf => Input(leaf, program.Single, type, random));
        var values = new List<T>(leaves);
        foreach (Step step in program.Steps)
        {
            T value = step.Op.Theirs(Array.ConvertAll(step.Operands, operand => values[operand]), step.Settings);
            values.Add(step.Paused ? value.detach() : value);
        }
        var seen = new Dictionary<string, Observation>();
        for (int i = 0; i < program.Steps.Length; i++) See(seen, $"value of {program.NameOf(leaves.Length + i)}", values[leaves.Length + i]);
        Gradients(program, leaves, values, seen);
        return seen;
    }

    /// <summary>One step alone, in Float64, from given operands.</summary>
    internal static Observation Step(Step step, Observation[] operands, bool single, bool absolute = false)
    {
        using DisposeScope scope = NewDisposeScope();
        using var pause = no_grad();
        T[] inputs = Array.ConvertAll(operands, operand => tensor(operand.Values, Settings.LongSizes(operand.Shape)).to(single ? float32 : float64));
        if (absolute) inputs = Array.ConvertAll(inputs, input => input.abs());
        return See("", step.Op.Theirs(inputs, step.Settings));
    }

    static T Input(Leaf leaf, bool single, ScalarType type, Random? random)
    {
        double[] values = leaf.Values;
        if (random is not null)
            values = Array.ConvertAll(values, value => random.Next(3) switch
            {
                0 => value,
                1 => single ? MathF.BitIncrement((float)value) : Math.BitIncrement(value),
                _ => single ? MathF.BitDecrement((float)value) : Math.BitDecrement(value),
            });
        return tensor(values, Settings.LongSizes(leaf.Shape)).to(type).requires_grad_(true);
    }

    static void Gradients(TensorProgram program, T[] leaves, List<T> values, Dictionary<string, Observation> seen)
    {
        T output = values[^1];
        if (!output.requires_grad)
        {
            foreach ((Leaf leaf, T tensor) in program.Leaves.Zip(leaves)) See(seen, $"gradient of {leaf.Name}", zeros_like(tensor));
            return;
        }
        var wanted = new List<(string Name, T Tensor)>(program.Leaves.Zip(leaves).Select(pair => (pair.First.Name, pair.Second)));
        for (int i = 0; i < program.Steps.Length; i++)
            if (program.Steps[i].Retained && values[leaves.Length + i].requires_grad) wanted.Add((program.NameOf(leaves.Length + i), values[leaves.Length + i]));
        T upstream = Pattern(output, TensorProgram.Upstream);
        IList<T> gradients = autograd.grad([output], [.. wanted.Select(pair => pair.Tensor)], [upstream], retain_graph: true, create_graph: program.SecondOrder, allow_unused: true);
        for (int i = 0; i < wanted.Count; i++)
        {
            T gradient = Or(gradients[i], wanted[i].Tensor);
            See(seen, $"gradient of {wanted[i].Name}", program.Backwards == 1 ? gradient : gradient * program.Backwards);
            if (i < leaves.Length && program.SecondOrder) See(seen, $"recorded gradient of {wanted[i].Name}", gradient);
        }
        if (!program.SecondOrder) return;

        T? product = null;
        for (int i = 0; i < leaves.Length; i++)
            if (gradients[i] is { IsInvalid: false, requires_grad: true } gradient)
            {
                T term = (gradient * Pattern(leaves[i], TensorProgram.Direction)).sum();
                product = product is null ? term : product + term;
            }
        T?[] second = product is null ? new T?[leaves.Length] : [.. autograd.grad([product], leaves, retain_graph: true, allow_unused: true)];
        for (int i = 0; i < leaves.Length; i++) See(seen, $"second gradient of {program.Leaves[i].Name}", Or(second[i], leaves[i]));

        // J·v is the derivative of ⟨Jᵀu, v⟩ by u, whatever u is.
        T u = Pattern(output, TensorProgram.Upstream).requires_grad_(true);
        IList<T> transposed = autograd.grad([output], leaves, [u], retain_graph: true, create_graph: true, allow_unused: true);
        T? pushed = null;
        for (int i = 0; i < leaves.Length; i++)
            if (transposed[i] is { IsInvalid: false, requires_grad: true } part)
            {
                T term = (part * Pattern(leaves[i], TensorProgram.Direction)).sum();
                pushed = pushed is null ? term : pushed + term;
            }
        T? tangent = pushed is null ? null : autograd.grad([pushed], [u], allow_unused: true)[0];
        See(seen, $"tangent of {program.NameOf(program.ValueCount - 1)}", Or(tangent, output));
    }

    static T Or(T? gradient, T like) => gradient is null || gradient.IsInvalid ? zeros_like(like) : gradient;

    static T Pattern(T like, Func<int, double> element) =>
        tensor(TensorProgram.Filled((int)like.NumberOfElements, element), like.shape).to(like.dtype);

    static void See(Dictionary<string, Observation> seen, string name, T value) => seen[name] = See(name, value);

    internal static Observation See(string name, T value)
    {
        // PyTorch has gradients that are zero without memory behind them; a copy has some.
        using var pause = no_grad();
        T plain = empty(value.shape, float64).copy_(value.detach());
        // TorchSharp has no accessor for a tensor without elements.
        double[] values = plain.NumberOfElements == 0 ? [] : MemoryMarshal.Cast<byte, double>(plain.bytes).ToArray();
        return new(name, Array.ConvertAll(value.shape, size => (int)size), values);
    }
}

/// <summary>TorchSharp's native library cannot be loaded.</summary>
sealed class TorchMissingException(string message) : Exception(message);
