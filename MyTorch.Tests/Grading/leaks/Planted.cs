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

    /// <summary>The rule for what is recorded, once more.</summary>
    public sealed partial class Autograd
    {
        internal void Store(Operation operation)
        {
            if (operation.Inputs.Any(input => input.RequiresGrad)) Append(operation);
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

    /// <summary>What returns functions, and static fields that hold one and an object.</summary>
    static class Makers
    {
        internal static readonly Func<Tensor, Tensor> Rule = output => output - output * output;

        internal static readonly Squashing Kept = new();

        internal static Func<Tensor, Tensor> Step() => x => 1 / (1 + (-x).Exp());

        internal static Func<Tensor, Tensor> LossOf(Tensor classes) => scores => Halves.Missing(Halves.LogShares(scores), classes);

        internal static Dictionary<string, Func<Tensor, Tensor>> Table => new() { ["tanh"] = Halves.Hyperbolic };
    }

    sealed class Squashing
    {
        internal Tensor Of(Tensor x) => Halves.Hyperbolic(x);
    }

    /// <summary>Generic methods and classes, whose types are inferred or chosen.</summary>
    static class Anything
    {
        internal static T Squashed<T>(T x) where T : class => (T)(object)Halves.Hyperbolic((Tensor)(object)x);
    }

    static class Anything<T> where T : class
    {
        internal static Tensor Slope(T output) => 1 - (Tensor)(object)output * (Tensor)(object)output;
    }

    /// <summary>The negative, the transpose and both.</summary>
    static class Turned
    {
        internal static Tensor LogLikelihood(Tensor scores, Tensor classes) => -Halves.Missing(Halves.LogShares(scores), classes);

        internal static Tensor Columns(Tensor scores, Tensor classes, Tensor flow) => new Confusion(scores, classes).Pull(flow).T;

        internal static Tensor Downwards(Tensor scores, Tensor classes, Tensor flow) => -Columns(scores, classes, flow);
    }

    /// <summary>Operators, a conversion, an indexer, and what is taken apart.</summary>
    sealed class Classes(Tensor classes)
    {
        internal Tensor this[Tensor scores] => Halves.Missing(Halves.LogShares(scores), classes);

        public static Tensor operator *(Classes own, Tensor scores) => own[scores];
    }

    sealed class Losses(Tensor scores, Tensor classes)
    {
        public static implicit operator Tensor(Losses own) => Halves.Missing(Halves.LogShares(own.Scores), own.Labels);

        Tensor Scores => scores;

        Tensor Labels => classes;

        internal void Deconstruct(out double least, out Tensor all) => (least, all) = (0, this);
    }

    /// <summary>A type within a type.</summary>
    static class Outer
    {
        internal static class Inner
        {
            internal static Tensor Slope(Tensor output) => 1 - output * output;
        }
    }

    /// <summary>Parameters that may be left out, many, and none but of a struct.</summary>
    readonly struct Options
    {
        internal Tensor Slope(Tensor output) => output * (1 - output);

        internal static Tensor Scaled(Tensor output, double factor = 1, bool isFlat = false, int power = 1) =>
            factor * (isFlat ? output : output * (1 - output)).Pow(power);

        internal static Tensor OfAll(params Tensor[] all) => Halves.Missing(Halves.LogShares(all[0]), all[1]);

        internal static Tensor OfMany(params ReadOnlySpan<Tensor> all) => Halves.Missing(Halves.LogShares(all[0]), all[1]);
    }

    /// <summary>Answers in other containers.</summary>
    static class Containers
    {
        static double[] Steps(Tensor x) => [.. x.ToArray().Select(one => 1 / (1 + Math.Exp(-one)))];

        internal static List<double> Listed(Tensor x) => [.. Steps(x)];

        internal static ReadOnlyMemory<double> Remembered(Tensor x) => Steps(x);

        internal static (double First, Tensor All) Paired(Tensor x) => (0, Tensor.From(Steps(x), x.Shape, x.DType));

        internal static bool TryStep(Tensor x, out Tensor? y)
        {
            y = Tensor.From(Steps(x), x.Shape, x.DType);
            return true;
        }

        internal static Dictionary<string, Tensor> Named(Tensor x) => new() { ["y"] = Tensor.From(Steps(x), x.Shape, x.DType) };

        internal static Lazy<Tensor> Later(Tensor x) => new(() => Tensor.From(Steps(x), x.Shape, x.DType));

        internal static Task<Tensor> Promised(Tensor x) => Task.FromResult(Tensor.From(Steps(x), x.Shape, x.DType));

        internal static IEnumerable<Tensor> Yielded(Tensor x)
        {
            yield return x;
            yield return Tensor.From(Steps(x), x.Shape, x.DType);
        }

        internal static double[,] Gridded(Tensor x)
        {
            double[] steps = Steps(x);
            var grid = new double[1, steps.Length];
            for (int i = 0; i < steps.Length; i++) grid[0, i] = steps[i];
            return grid;
        }

        internal static void Overwrite(Tensor x) => x.CopyFrom(Tensor.From(Steps(x), x.Shape, x.DType));
    }

    /// <summary>Forward mode with a pair of tensors: a value and its rate.</summary>
    readonly record struct Dual(Tensor Value, Tensor Rate)
    {
        internal static Dual Ratio(Tensor over, Dual under) =>
            new(over / under.Value, -(over * under.Rate) / (under.Value * under.Value));
    }

    /// <summary>What can be called by way of an interface only.</summary>
    interface ISquash
    {
        Tensor Of(Tensor x);
    }

    sealed class HiddenSquash : ISquash
    {
        Tensor ISquash.Of(Tensor x) => Halves.Hyperbolic(x);
    }

    partial class Tanh
    {
        /// <summary>A private type of the body's class.</summary>
        static class Forgotten
        {
            internal static Tensor Slope(Tensor output) => 1 - output * output;
        }
    }
}
