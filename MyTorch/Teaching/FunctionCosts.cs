using System.Numerics;
using MyTorch.Differentiation;
using MyTorch.Inspection;
using MyTorch.Symbolic;

namespace MyTorch.Teaching;

/// <summary>One pass of a way to a Jacobian, and what it took.</summary>
/// <param name="Index">The input whose column, or the output whose row, it gives; from 0.</param>
/// <param name="Multiplications">The multiplications that ran in this pass.</param>
/// <param name="Derivatives">
/// A column, ∂yⱼ/∂xᵢ for each output j, from forward mode and differences; a row, for each input i, from reverse mode.
/// </param>
public sealed record CountedPass(int Index, long Multiplications, IReadOnlyList<double> Derivatives);

/// <summary>The formula of one derivative ∂yⱼ/∂xᵢ, and the multiplications to evaluate it.</summary>
/// <param name="ProductRule">As the rules write it down, without simplification.</param>
/// <param name="Simplified">After simplification.</param>
/// <param name="FromOne">
/// As a loop over the other factors that starts from 1, where the output is a product of different variables; null otherwise.
/// </param>
public sealed record SymbolicCost(BigInteger ProductRule, BigInteger Simplified, BigInteger? FromOne);

/// <summary>
/// What the n·m derivatives of a function of n numbers with m results cost, in forward mode, in reverse mode, by differences and in
/// symbols. Each pass runs alone, and its multiplications are counted on the tape.
/// </summary>
/// <remarks>
/// A multiplication is an operation Multiply or Square of single numbers. The passes do not include the values, which every way computes
/// once (<see cref="ValueMultiplications"/>), and differences once more for each input.
/// <code>
/// FunctionCosts costs = FunctionCosts.OfProducts(inputs: 50, outputs: 1);
/// long reverse = costs.ValueMultiplications + costs.Row(0).Multiplications;      // 49 + 98 = 147
/// </code>
/// </remarks>
public sealed class FunctionCosts
{
    /// <summary>The largest number of inputs, and of outputs.</summary>
    public const int Most = 1000;

    readonly Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> _f;
    readonly string[] _names;
    Expression[]? _formulas;
    double[]? _values;

    /// <summary>A function at a point.</summary>
    /// <param name="f">A function of single numbers with one or several results, each of which depends on an input.</param>
    /// <param name="at">A number for each input.</param>
    /// <exception cref="ArgumentException">There is no input, or more than <see cref="Most"/>.</exception>
    /// <exception cref="InvalidOperationException">A result does not depend on any input.</exception>
    public FunctionCosts(Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> f, IReadOnlyList<double> at)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(at);
        if (at.Count is 0 or > Most)
            throw Invalid.Argument(nameof(at),
                $"FunctionCosts: {Notation.Number(at.Count)} inputs; a function has 1 to {Notation.Number(Most)} here.");
        (_f, At) = (f, [.. at]);
        _names = [.. Enumerable.Range(1, at.Count).Select(i => $"v{Notation.Number(i)}")];
        (ValueMultiplications, KeptByReverseMode, KeptByForwardMode, Outputs) = Recorded((autograd, inputs, outputs) =>
        {
            foreach (Tensor output in outputs)
                if (!inputs.Contains(output, ReferenceEqualityComparer.Instance)) autograd.RequireRecorded(output, nameof(FunctionCosts));
            return (Multiplications(autograd, 0), KeptFor(autograd), LiveAtOnce(autograd), outputs.Count);
        });
    }

    /// <summary>
    /// The lecture's product of n numbers, and for several outputs its multiples by the last number:
    /// y₁ = x₁·x₂⋯xₙ, y₂ = y₁·xₙ, y₃ = y₂·xₙ, …. With one output it is a product, with one input the powers x, x², x³, ….
    /// </summary>
    /// <param name="inputs">n, 1 to <see cref="Most"/>.</param>
    /// <param name="outputs">m, 1 to <see cref="Most"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too few or too many of them.</exception>
    public static FunctionCosts OfProducts(int inputs, int outputs)
    {
        if (inputs is < 1 or > Most)
            throw Invalid.Setting(nameof(inputs), inputs, $"FunctionCosts: 1 to {Notation.Number(Most)} inputs are counted.");
        if (outputs is < 1 or > Most)
            throw Invalid.Setting(nameof(outputs), outputs, $"FunctionCosts: 1 to {Notation.Number(Most)} outputs are counted.");
        // Factors around 1, so that a product of a thousand stays a number.
        double[] factors = [1.2, 0.9, 1.1, 0.8, 1.05];
        return new FunctionCosts(x =>
        {
            var results = new List<Tensor>(outputs) { x.Aggregate((product, factor) => product * factor) };
            while (results.Count < outputs) results.Add(results[^1] * x[^1]);
            return results;
        }, [.. Enumerable.Range(0, inputs).Select(i => factors[i % factors.Length])]);
    }

    /// <summary>The point.</summary>
    public IReadOnlyList<double> At { get; }

    /// <summary>n.</summary>
    public int Inputs => At.Count;

    /// <summary>m.</summary>
    public int Outputs { get; }

    /// <summary>The multiplications of the values alone.</summary>
    public long ValueMultiplications { get; }

    /// <summary>The computed values that reverse mode keeps until its sweep, because a rule reads them; inputs exist anyway.</summary>
    public int KeptByReverseMode { get; }

    /// <summary>
    /// The computed values that forward mode has at once, if each is dropped after its last use. Each has its tangent beside it.
    /// </summary>
    public int KeptByForwardMode { get; }

    /// <summary>A pass of forward mode: the column of an input.</summary>
    /// <param name="input">The input, from 0.</param>
    public CountedPass Column(int input)
    {
        Require(input, Inputs, nameof(input), "inputs");
        return Recorded((autograd, inputs, outputs) =>
        {
            int before = autograd.Operations.Count;
            var seed = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance) { [inputs[input]] = Number(1) };
            ForwardMode pass = ForwardMode.Run(autograd, seed);
            return new CountedPass(input, Multiplications(autograd, before), [.. outputs.Select(output => pass.Of(output)?.Item() ?? 0)]);
        });
    }

    /// <summary>A sweep of reverse mode: the row of an output.</summary>
    /// <param name="output">The output, from 0.</param>
    public CountedPass Row(int output)
    {
        Require(output, Outputs, nameof(output), "outputs");
        return Recorded((autograd, inputs, outputs) =>
        {
            int before = autograd.Operations.Count;
            // With createGraph the sweep records what it does, so that it can be counted.
            Tensor?[] row = inputs.Contains(outputs[output], ReferenceEqualityComparer.Instance)
                ? [.. inputs.Select(x => ReferenceEquals(x, outputs[output]) ? Number(1) : null)]
                : autograd.Gradients(outputs[output], inputs, createGraph: true);
            return new CountedPass(output, Multiplications(autograd, before), [.. row.Select(derivative => derivative?.Item() ?? 0)]);
        });
    }

    /// <summary>One more evaluation for a one-sided difference (f(x + h·eᵢ) − f(x))/h: the column of an input.</summary>
    /// <param name="input">The input, from 0.</param>
    /// <param name="step">The step h.</param>
    public CountedPass Difference(int input, double step = 1e-6)
    {
        Require(input, Inputs, nameof(input), "inputs");
        _values ??= Recorded((_, _, outputs) => outputs.Select(output => output.Item()).ToArray());
        return Recorded((autograd, _, outputs) => new CountedPass(input, Multiplications(autograd, 0),
            [.. outputs.Select((output, j) => (output.Item() - _values[j]) / step)]), input, step);
    }

    /// <summary>The formula of ∂yⱼ/∂xᵢ, which symbolic differentiation writes down anew for every derivative.</summary>
    /// <param name="output">The output j, from 0.</param>
    /// <param name="input">The input i, from 0.</param>
    /// <exception cref="InvalidOperationException"><see cref="Expression"/> does not support an operation of the function.</exception>
    public SymbolicCost Symbolic(int output, int input)
    {
        Require(output, Outputs, nameof(output), "outputs");
        Require(input, Inputs, nameof(input), "inputs");
        Expression formula = (_formulas ??= Formulas())[output];
        Expression derivative = formula.Derivative(_names[input]);
        string[]? factors = FactorsOf(formula);
        BigInteger? fromOne = factors is null
            ? null
            : factors.Where(name => name != _names[input])
                .Aggregate(Expression.Constant(1), (product, name) => product * Expression.Variable(name))
                .CountOperations().Multiplications;
        return new SymbolicCost(
            derivative.CountOperations().Multiplications, derivative.Simplify().CountOperations().Multiplications, fromOne);
    }

    // All results from one recording, since they share most of their operations.
    Expression[] Formulas() => Recorded((autograd, inputs, outputs) =>
    {
        var formulas = new Dictionary<Tensor, Expression>(ReferenceEqualityComparer.Instance);
        foreach ((Tensor input, string name) in inputs.Zip(_names)) formulas.Add(input, Expression.Variable(name));
        foreach (Operation operation in autograd.Operations)
            formulas.Add(operation.Output,
                Expression.Apply(operation, Operand(operation.Inputs[0]), Operand(operation.Inputs[^1]))
                ?? throw Invalid.Operation(
                    $"FunctionCosts: {operation.Name} has no derivative in symbols here; Expression.Of lists the operations that have."));
        return outputs.Select(output => formulas[output]).ToArray();

        Expression Operand(Tensor tensor) =>
            formulas.TryGetValue(tensor, out Expression? known) ? known : Expression.Constant(tensor.Item());
    });

    // The variables of v1·v2⋯vn; null if the formula is something else.
    static string[]? FactorsOf(Expression formula)
    {
        var names = new List<string>();
        while (formula.Is == Expression.Kind.Multiply && formula.Right!.Is == Expression.Kind.Variable)
        {
            names.Add(formula.Right.Name!);
            formula = formula.Left!;
        }
        if (formula.Is != Expression.Kind.Variable) return null;
        names.Add(formula.Name!);
        return names.Distinct().Count() == names.Count ? [.. names] : null;
    }

    T Recorded<T>(Func<Autograd, Tensor[], IReadOnlyList<Tensor>, T> count, int changed = -1, double step = 0)
    {
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor[] inputs = [.. At.Select((number, i) => Number(i == changed ? number + step : number))];
        foreach (Tensor input in inputs) input.RequiresGrad = true;
        return count(autograd, inputs, _f(inputs));
    }

    static long Multiplications(Autograd autograd, int from)
    {
        long count = 0;
        IReadOnlyList<Operation> operations = autograd.Operations;
        for (int i = from; i < operations.Count; i++)
            if (operations[i] is Operations.Multiply or Operations.Square) count += operations[i].Output.ElementCount;
        return count;
    }

    static int KeptFor(Autograd autograd)
    {
        var computed = new HashSet<Tensor>(autograd.Operations.Select(operation => operation.Output), ReferenceEqualityComparer.Instance);
        var kept = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (Operation operation in autograd.Operations)
            // A rule that does not say what it reads may read everything.
            kept.UnionWith((LibraryWork.Of(operation)?.Reads ?? [.. operation.Inputs, operation.Output]).Where(computed.Contains));
        return kept.Count;
    }

    // A value lives from its operation to its last user; a result without one is handed out at once.
    static int LiveAtOnce(Autograd autograd)
    {
        IReadOnlyList<Operation> operations = autograd.Operations;
        var lastUse = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < operations.Count; i++)
        {
            lastUse[operations[i].Output] = i;
            foreach (Tensor input in operations[i].Inputs)
                if (lastUse.ContainsKey(input)) lastUse[input] = i;
        }
        int[] ends = new int[operations.Count];
        foreach (int end in lastUse.Values) ends[end]++;
        int live = 0, most = 0;
        foreach (int ended in ends)
        {
            most = Math.Max(most, ++live);
            live -= ended;
        }
        return most;
    }

    static void Require(int index, int count, string parameter, string what)
    {
        if ((uint)index >= count)
            throw Invalid.OutOfRange(parameter,
                $"FunctionCosts: number {Notation.Number(index)} of {Notation.Number(count)} {what}; the first is 0.");
    }

    static Tensor Number(double value) => Tensor.From(value, DType.Float64);
}
