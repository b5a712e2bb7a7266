using MyTorch.Differentiation;

namespace MyTorch.Teaching;

/// <summary>A Jacobian and the work to compute it: reverse mode is cheaper for many inputs, forward mode for many outputs.</summary>
/// <param name="Jacobian">∂fᵢ/∂xⱼ, of shape (result's dimensions…, input's dimensions…).</param>
/// <param name="Passes">The number of passes over the tape.</param>
/// <param name="Rules">The number of derivative rules that ran in all passes: one per operation that a pass did not skip.</param>
public sealed record CountedJacobian(Tensor Jacobian, int Passes, long Rules)
{
    /// <summary>In forward mode: one pass per element of the input gives a column.</summary>
    /// <param name="f">A function whose result depends on its input.</param>
    /// <param name="x">The point at which it is computed: floating point, not empty.</param>
    /// <exception cref="InvalidOperationException">The result does not depend on the input.</exception>
    public static CountedJacobian ByForwardMode(Func<Tensor, Tensor> f, Tensor x) => Count(f, x, (autograd, input, output) =>
    {
        var columns = new List<Tensor>();
        long rules = 0;
        foreach (Tensor direction in Differentiate.Units(input))
        {
            var seeds = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [input] = direction };
            ForwardMode pass = ForwardMode.Run(autograd, seeds);
            rules += autograd.Operations.Count(operation => pass.Of(operation.Output) is not null);
            columns.Add((pass.Of(output) ?? Tensor.ZerosLike(output)).Flatten());
        }
        return (Tensor.Stack(columns, 1), columns.Count, rules);
    });

    /// <summary>In reverse mode: one backward pass per element of the result gives a row.</summary>
    /// <inheritdoc cref="ByForwardMode"/>
    public static CountedJacobian ByReverseMode(Func<Tensor, Tensor> f, Tensor x) => Count(f, x, (autograd, input, output) =>
    {
        var rows = new List<Tensor>();
        long rules = 0;
        foreach (Tensor seed in Differentiate.Units(output))
        {
            Adjoints adjoints = autograd.Begin(output, seed, createGraph: false);
            rules += autograd.Steps(adjoints).Count();
            rows.Add(adjoints[input] ?? Tensor.ZerosLike(input));
        }
        return (Tensor.Stack(rows), rows.Count, rules);
    });

    static CountedJacobian Count(
        Func<Tensor, Tensor> f, Tensor x, Func<Autograd, Tensor, Tensor, (Tensor Jacobian, int Passes, long Rules)> run)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(x);
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor input = x.DetachedLeaf();
        Tensor output = f(input);
        autograd.RequireRecorded(output, nameof(CountedJacobian));
        using PauseScope recorded = Autograd.Pause();
        (Tensor jacobian, int passes, long rules) = run(autograd, input, output);
        return new CountedJacobian(jacobian.Reshape([.. output.Shape, .. x.Shape]), passes, rules);
    }
}
