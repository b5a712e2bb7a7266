using System.Numerics;
using MyTorch.Optim;

namespace MyTorch
{
    /// <summary>An engine beside the engine: it gathers the sums in a dictionary.</summary>
    static class SecondEngine
    {
        internal static void Run(Autograd tape, Tensor loss, Tensor? start)
        {
            var sums = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [loss] = start ?? Tensor.OnesLike(loss) };
            using (Autograd.Pause())
                foreach (Operation operation in tape.Operations.Reverse())
                {
                    if (!sums.Remove(operation.Output, out Tensor? upstream)) continue;
                    Tensor?[] gradients = operation.Backward(upstream);
                    for (int k = 0; k < gradients.Length; k++)
                        if (gradients[k] is { } one && operation.Inputs[k] is { RequiresGrad: true } input)
                        {
                            one = one.SumTo(input.Shape);
                            sums[input] = sums.TryGetValue(input, out Tensor? sum) ? sum + one : one;
                        }
                }
            foreach ((Tensor leaf, Tensor sum) in sums) leaf.AddToGrad(sum, false);
        }
    }

    /// <summary>An extension method.</summary>
    static class RowLosses
    {
        internal static Tensor RowLossOf(this Tensor logits, Tensor classes)
        {
            Tensor most = logits.AMax(1, keepDim: true);
            return ((logits - most).Exp().Sum(1, keepDim: true).Log() + most - logits.Gather(1, classes.Unsqueeze(1))).Squeeze(1);
        }
    }

    /// <summary>Derivatives by differences, and forwards.</summary>
    static class Differences
    {
        internal static Tensor Central(Func<Tensor, Tensor> function, Tensor at)
        {
            double[] x = at.ToArray(), slopes = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                double before = x[i], h = 1e-5;
                x[i] = before + h;
                double up = function(Tensor.From(x, at.Shape, at.DType)).Item();
                x[i] = before - h;
                double down = function(Tensor.From(x, at.Shape, at.DType)).Item();
                x[i] = before;
                slopes[i] = (up - down) / (2 * h);
            }
            return Tensor.From(slopes, at.Shape, at.DType);
        }

        internal static Tensor? Push(Operation operation, IReadOnlyList<Tensor?> tangents) => operation.Name switch
        {
            "Tanh" => tangents[0]! * (1 - operation.Output * operation.Output),
            "Sigmoid" => tangents[0]! * (operation.Output * (1 - operation.Output)),
            _ => null,
        };
    }
}

namespace MyTorch.Kernels
{
    interface IFunctionOf<T>
    {
        static abstract T At(T x);
    }

    readonly struct SquashSlope<T> : IFunctionOf<T> where T : IBinaryFloatingPointIeee754<T>
    {
        public static T At(T x) => T.One - T.Tanh(x) * T.Tanh(x);
    }

    static class Rows
    {
        /// <summary>Generic over a struct that is the function.</summary>
        internal static void Each<T, F>(ReadOnlySpan<T> from, Span<T> to) where F : struct, IFunctionOf<T>
        {
            for (int i = 0; i < to.Length; i++) to[i] = F.At(from[i]);
        }

        /// <summary>Arrays in, an array out.</summary>
        internal static double[] LossesOf(double[] logits, long[] classes, int width) => [.. classes.Select((own, row) =>
        {
            double[] one = logits[(row * width)..(row * width + width)];
            return Math.Log(one.Sum(x => Math.Exp(x - one.Max()))) + one.Max() - one[own];
        })];

        /// <summary>A span out.</summary>
        internal static void Logistic(ReadOnlySpan<double> x, Span<double> y)
        {
            for (int i = 0; i < x.Length; i++) y[i] = 1 / (1 + Math.Exp(-x[i]));
        }

        /// <summary>Added to what is there.</summary>
        internal static void AddHyperbolic(Span<double> destination, ReadOnlySpan<double> source)
        {
            for (int i = 0; i < source.Length; i++) destination[i] += Math.Tanh(source[i]);
        }

        /// <summary>A function of a number.</summary>
        internal static double SoftStep(double x) => 1 / (1 + Math.Exp(-x));
    }
}

namespace MyTorch.Operations
{
    static class Halves
    {
        /// <summary>On tensors.</summary>
        internal static Tensor Hyperbolic(Tensor t) => 2 / (1 + (-2 * t).Exp()) - 1;

        /// <summary>Two that make the loss together.</summary>
        internal static Tensor LogShares(Tensor scores)
        {
            Tensor shifted = scores - scores.AMax(1, keepDim: true);
            return shifted - shifted.Exp().Sum(1, keepDim: true).Log();
        }

        internal static Tensor Missing(Tensor logs, Tensor classes) => -logs.Gather(1, classes.Unsqueeze(1)).Squeeze(1);

        /// <summary>With a temperature.</summary>
        internal static Tensor Shares(Tensor scores, int dimension, double temperature)
        {
            Tensor shifted = (scores - scores.AMax(dimension, keepDim: true)) / temperature, weights = shifted.Exp();
            return weights / weights.Sum(dimension, keepDim: true);
        }

        /// <summary>The rule with its parameters in another order.</summary>
        internal static Tensor?[] ProductRule(Tensor right, Tensor left, Tensor flow) =>
            [flow.MatMul(right, false, true), left.MatMul(flow, true, false)];

        /// <summary>The step, in place.</summary>
        internal static void Descend(Tensor weights, Tensor slope, ParameterGroup options, ParameterState kept)
        {
            Tensor v = kept["momentum_buffer"] is { } last ? options["momentum"] * last + slope : slope.Clone();
            if (options["momentum"] != 0) kept["momentum_buffer"] = v;
            weights.CopyFrom(weights - options.LearningRate * v);
        }
    }

    /// <summary>A class with a constructor and a method.</summary>
    sealed class Confusion(Tensor scores, Tensor classes)
    {
        internal Tensor Pull(Tensor flow) =>
            (Halves.Shares(scores, 1, 1) - classes.OneHot(scores.Shape[1], scores.DType)) * flow.Unsqueeze(1);
    }

    partial class Sigmoid
    {
        /// <summary>A property.</summary>
        internal Tensor Steepness => Output * (1 - Output);
    }

    public partial class SoftmaxCrossEntropy
    {
        /// <summary>A private helper that was forgotten.</summary>
        Tensor Excess() => Halves.Shares(X, 1, 1) - labels.OneHot(X.Shape[1], X.DType);
    }
}
