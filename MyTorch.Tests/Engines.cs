namespace MyTorch.Tests;

/// <summary>A way to turn a recorded tape into gradients, so that one suite can judge both the library's and the naive one.</summary>
public interface IBackwardEngine
{
    /// <summary>Adds gradients to the <c>Grad</c> of the leaves that need one.</summary>
    void Backward(Autograd autograd, Tensor output, Tensor? gradient = null, bool createGraph = false);

    /// <summary>Returns d output / d input, null for an input the output does not depend on.</summary>
    Tensor?[] Gradients(Autograd autograd, Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient = null, bool createGraph = false);
}

/// <summary>The engines a fixture can be run with, by the name that appears in test names.</summary>
public static class Engines
{
    public const string Tape = "tape";
    public const string Naive = "naive";

    public static IBackwardEngine Named(string name) => name switch
    {
        Tape => new TapeEngine(),
        Naive => new NaiveEngine(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Expected tape or naive."),
    };

    /// <summary>Replaces the library's sweep by the naive engine, for all tests of the run.</summary>
    internal static void Install() => Autograd.Replacement = (autograd, adjoints) =>
    {
        if (adjoints.CreateGraph) return NaiveEngine.Walk(autograd, adjoints.Output, adjoints.Seed);
        using (Autograd.Pause()) return NaiveEngine.Walk(autograd, adjoints.Output, adjoints.Seed);
    };

    /// <summary>The library's sweep.</summary>
    sealed class TapeEngine : IBackwardEngine
    {
        public void Backward(Autograd autograd, Tensor output, Tensor? gradient, bool createGraph) =>
            autograd.Backward(output, gradient, createGraph);

        public Tensor?[] Gradients(Autograd autograd, Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient, bool createGraph) =>
            autograd.Gradients(output, inputs, gradient, createGraph);
    }

    /// <summary>
    /// Backward as one would write it on a blackboard: iterate over the tape from its end, ask each operation for its gradients, add
    /// them up in a dictionary. It has no buffers and reuses nothing. What the library's sweep adds to this must not change a number.
    /// </summary>
    sealed class NaiveEngine : IBackwardEngine
    {
        static Dictionary<Tensor, Tensor> Adjoints(Autograd autograd, Tensor output, Tensor? gradient, bool createGraph)
        {
            if (createGraph) return Walk(autograd, output, gradient ?? Tensor.OnesLike(output));
            using (Autograd.Pause()) return Walk(autograd, output, gradient ?? Tensor.OnesLike(output));
        }

        internal static Dictionary<Tensor, Tensor> Walk(Autograd autograd, Tensor output, Tensor seed)
        {
            var adjoint = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [output] = seed };
            foreach (Operation operation in autograd.Operations.ToArray().Reverse())
            {
                if (!adjoint.TryGetValue(operation.Output, out Tensor? upstream)) continue;
                Tensor?[] gradients = operation.RunBackward(upstream);
                autograd.Watcher?.AfterBackward(operation, operation.Index - autograd.Start, upstream, gradients);
                for (int k = 0; k < gradients.Length; k++)
                {
                    Tensor input = operation.Inputs[k];
                    if (!input.RequiresGrad || gradients[k] is not { } returned) continue;
                    operation.Fitted(k, returned);
                    Tensor part = SumTo(returned, input.Shape);
                    adjoint[input] = adjoint.TryGetValue(input, out Tensor? sum) ? sum + part : part;
                }
            }
            return adjoint;
        }

        public void Backward(Autograd autograd, Tensor output, Tensor? gradient, bool createGraph)
        {
            var results = autograd.Operations.Select(operation => operation.Output).ToHashSet(ReferenceEqualityComparer.Instance);
            foreach ((Tensor tensor, Tensor part) in Adjoints(autograd, output, gradient, createGraph))
                if (tensor.RequiresGrad && !results.Contains(tensor))
                    tensor.Grad = tensor.Grad is null ? part : tensor.Grad + part;
        }

        public Tensor?[] Gradients(Autograd autograd, Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradient, bool createGraph)
        {
            Dictionary<Tensor, Tensor> adjoint = Adjoints(autograd, output, gradient, createGraph);
            return [.. inputs.Select(input => adjoint.GetValueOrDefault(input))];
        }

        /// <summary>Reverses broadcasting: sums the leading dimensions the input lacks and those where it has size 1.</summary>
        static Tensor SumTo(Tensor gradient, Shape shape)
        {
            int extra = gradient.Rank - shape.Rank;
            int[] spread = [.. Enumerable.Range(0, gradient.Rank).Where(d => d < extra || (shape[d - extra] == 1 && gradient.Shape[d] != 1))];
            return spread.Length == 0 ? gradient : gradient.Sum(spread).Reshape(shape);
        }
    }
}

/// <summary><c>MYTORCH_BACKWARD=naive dotnet test -c Release</c> runs the whole suite with the naive engine.</summary>
[SetUpFixture]
public sealed class ChosenEngine
{
    [OneTimeSetUp]
    public void Choose()
    {
        string? name = Environment.GetEnvironmentVariable("MYTORCH_BACKWARD");
        if (name == Engines.Naive) Engines.Install();
        else if (!string.IsNullOrEmpty(name) && name != Engines.Tape)
            throw new InvalidOperationException($"MYTORCH_BACKWARD is '{name}'; expected {Engines.Tape} or {Engines.Naive}.");
    }
}
