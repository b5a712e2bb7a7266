using MyTorch.Inspection;

namespace MyTorch.Teaching;

/// <summary>
/// The graph of a function, extended by the operations of its backward sweep: the adjoints are values of the graph, and can be
/// differentiated again.
/// </summary>
public sealed class FunctionExtension
{
    FunctionExtension(TapeGraph graph, double[][] hessian, int operations, int added) =>
        (Graph, Operations, Added, SecondDerivatives) =
            (graph, operations, added, [.. hessian.Select(IReadOnlyList<double> (row) => row.AsReadOnly())]);

    /// <summary>The graph; what the sweep added is a separate group.</summary>
    public TapeGraph Graph { get; }

    /// <summary>∂²L/∂xᵢ∂xⱼ, a row for each variable; L is the result, or the sum of several, each times its adjoint.</summary>
    public IReadOnlyList<IReadOnlyList<double>> SecondDerivatives { get; }

    /// <summary>The number of operations of the function.</summary>
    public int Operations { get; }

    /// <summary>The number of operations that the sweep added.</summary>
    public int Added { get; }

    /// <summary>Extends the graph of a function at a point.</summary>
    public static FunctionExtension Of(FunctionTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        FunctionText f = trace.Function;
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor[] variables = [.. trace.Rows.Take(f.Variables.Count).Select(row => Tensor.From(row.Value.Item(), DType.Float64))];
        for (int i = 0; i < variables.Length; i++) (variables[i].Name, variables[i].RequiresGrad) = (f.Variables[i], true);
        ValueNames.Declare(autograd.Tape, variables);
        Tensor result = Weighted(f.Run(variables), trace.Adjoints);
        int operations = autograd.Operations.Count;
        Tensor?[] first = autograd.Gradients(result, variables, createGraph: true);
        TapeGraph graph = TapeGraph.Of(autograd, new TapeGraphOptions
        {
            Title = $"{f.Text.ReplaceLineEndings("; ")}, and the backward sweep as operations",
        });
        int added = autograd.Operations.Count - operations;

        double[][] hessian = new double[variables.Length][];
        for (int i = 0; i < variables.Length; i++)
            hessian[i] = first[i] is { RequiresGrad: true } gradient && autograd.Recorded(gradient)
                ? [.. autograd.Gradients(gradient, variables).Select(second => second?.Item() ?? 0)]
                : new double[variables.Length];
        return new FunctionExtension(graph, hessian, operations, added);
    }

    static Tensor Weighted(IReadOnlyList<Tensor> outputs, IReadOnlyList<double> adjoints) => outputs.Count == 1 && adjoints[0] == 1
        ? outputs[0]
        : outputs.Select((output, i) => output * adjoints[i]).Aggregate((a, b) => a + b);
}
