using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using MyTorch.Differentiation;
using MyTorch.Inspection;

namespace MyTorch.Symbolic;

/// <summary>
/// A formula of real numbers. Symbolic differentiation gives its derivative, which is a formula again. Build it from
/// <see cref="Variable"/>, numbers and arithmetic, or from a recorded tape by <see cref="Of(Autograd, Tensor)"/>.
/// </summary>
/// <remarks>
/// <para>A formula is immutable. Arithmetic and <see cref="Derivative"/> build exactly what their rules say, including terms 0 and factors
/// 1; <see cref="Simplify"/> removes these. So the operations of either form can be counted (<see cref="CountOperations(bool)"/>).</para>
/// <para>A formula may use a subexpression several times. Written out, it is printed and counted each time; shared, once. All methods
/// loop over the distinct subexpressions and do not recurse, so a formula may be deep, and enormous when it is written out.</para>
/// </remarks>
public sealed class Expression
{
    const int MostOperationsWrittenOut = 10_000;

    static readonly string s_supported = string.Join(", ", Enum.GetNames<Kind>().Skip(2));

    internal enum Kind
    {
        Constant, Variable, Add, Subtract, Multiply, Divide, Power, Negate, Log, Exp, Sqrt, Square, Reciprocal, Sin, Cos, Tanh, Sigmoid,
    }

    internal Expression(Kind kind, Expression? left, Expression? right = null, double number = 0, string? name = null) =>
        (Is, Left, Right, Number, Name) = (kind, left, right, number, name);

    internal Kind Is { get; }
    internal Expression? Left { get; }
    internal Expression? Right { get; }
    internal double Number { get; }
    internal string? Name { get; }

    /// <summary>A number.</summary>
    public static Expression Constant(double value) => new(Kind.Constant, null, number: value);

    /// <summary>A number in a formula is a constant: <c>2 * x</c>.</summary>
    public static implicit operator Expression(double value) => Constant(value);

    /// <summary>A variable. Variables of the same name are the same variable.</summary>
    /// <param name="name">The name in texts, in <see cref="Derivative"/> and in <see cref="Evaluate"/>.</param>
    /// <exception cref="ArgumentException">The name is empty or white space.</exception>
    public static Expression Variable(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new(Kind.Variable, null, name: name);
    }

    /// <summary>a + b.</summary>
    public static Expression operator +(Expression a, Expression b) => Binary(Kind.Add, a, b);

    /// <summary>a − b.</summary>
    public static Expression operator -(Expression a, Expression b) => Binary(Kind.Subtract, a, b);

    /// <summary>a · b.</summary>
    public static Expression operator *(Expression a, Expression b) => Binary(Kind.Multiply, a, b);

    /// <summary>a / b.</summary>
    public static Expression operator /(Expression a, Expression b) => Binary(Kind.Divide, a, b);

    /// <summary>−x.</summary>
    public static Expression operator -(Expression x) => Unary(Kind.Negate, x);

    /// <summary>xᵇ.</summary>
    public Expression Pow(Expression exponent) => Binary(Kind.Power, this, exponent);

    /// <summary>The natural logarithm.</summary>
    public Expression Log() => Unary(Kind.Log, this);

    /// <summary>eˣ.</summary>
    public Expression Exp() => Unary(Kind.Exp, this);

    /// <summary>√x.</summary>
    public Expression Sqrt() => Unary(Kind.Sqrt, this);

    /// <summary>x².</summary>
    public Expression Square() => Unary(Kind.Square, this);

    /// <summary>1/x.</summary>
    public Expression Reciprocal() => Unary(Kind.Reciprocal, this);

    /// <summary>The sine of an angle in radians.</summary>
    public Expression Sin() => Unary(Kind.Sin, this);

    /// <summary>The cosine of an angle in radians.</summary>
    public Expression Cos() => Unary(Kind.Cos, this);

    /// <summary>The hyperbolic tangent.</summary>
    public Expression Tanh() => Unary(Kind.Tanh, this);

    /// <summary>The logistic function σ(x) = 1/(1 + e⁻ˣ).</summary>
    public Expression Sigmoid() => Unary(Kind.Sigmoid, this);

    static Expression Unary(Kind kind, Expression x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return new(kind, x);
    }

    static Expression Binary(Kind kind, Expression a, Expression b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return new(kind, a, b);
    }

    /// <summary>Runs a function on copies of scalar inputs, and returns the formula that it recorded.</summary>
    /// <param name="f">The function. Its result is a scalar, computed with operations that an expression supports.</param>
    /// <param name="inputs">
    /// The scalar variables v1, v2, … in this order. If the function branches, their values decide which branch the formula follows.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// An operation that leads to the result is not supported, or has an input or output of more than one number; or every path from an
    /// input to the result is cut.
    /// </exception>
    public static Expression Of(Func<IReadOnlyList<Tensor>, Tensor> f, IReadOnlyList<Tensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(inputs);
        using PauseScope pause = Autograd.Pause();
        using var autograd = new Autograd();
        Tensor[] variables = [.. inputs.Select(input => input.DetachedLeaf())];
        var call = new Differentiate.Call(nameof(Expression), variables);
        ValueNames.Declare(autograd.Tape, call.Inputs);
        Tensor output = call.Result(f(call.Inputs));
        if (call.Inputs.Contains(output, ReferenceEqualityComparer.Instance)) output = new Operations.Identity(output).Apply();
        bool isRecorded = call.IsRecorded(autograd, output);
        // What the function computes from a variable must not become a constant of the formula.
        if (output.Origin is not null && output.ElementCount == 1)
            call.RequireNotCut(output, isRecorded ? autograd.Gradients(output, variables) : new Tensor?[variables.Length]);
        return isRecorded ? Of(autograd, output, variables) : Constant(NumberIn(output));
    }

    /// <summary>The formula of a result that a scope has recorded.</summary>
    /// <param name="autograd">An open scope of this thread.</param>
    /// <param name="output">A scalar recorded in it. The inputs have the names v1, v2, … of a <see cref="Trace"/>.</param>
    /// <exception cref="InvalidOperationException">
    /// The result was not recorded in this scope; or an operation that leads to it is not supported, or has an input or output of more than
    /// one number.
    /// </exception>
    public static Expression Of(Autograd autograd, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(autograd);
        return Of(autograd, output, []);
    }

    static Expression Of(Autograd autograd, Tensor output, Tensor[] first)
    {
        autograd.RequireOwnThread(nameof(Expression));
        autograd.RequireRecorded(output, nameof(Expression));
        var recorded = new Formulas(autograd, output, first);
        var formulas = new Dictionary<Tensor, Expression>(ReferenceEqualityComparer.Instance);
        foreach (Tensor input in recorded.Inputs) formulas.Add(input, Variable(recorded.Label(input)));

        // Operations that do not lead to the output may be unsupported.
        var leads = new HashSet<Tensor>(ReferenceEqualityComparer.Instance) { output };
        foreach (Operation operation in recorded.Operations.Reverse())
            if (leads.Contains(operation.Output)) leads.UnionWith(operation.Inputs);

        foreach (Operation operation in recorded.Operations)
            if (leads.Contains(operation.Output)) formulas.Add(operation.Output, Visit(operation, formulas));
        return formulas[output];
    }

    static Expression Visit(Operation operation, Dictionary<Tensor, Expression> formulas)
    {
        if (!Formulas.IsScalar(operation))
            throw new InvalidOperationException(
                $"Expression: {OperationLine.Equation(operation)} has inputs of shape " +
                $"{string.Join(", ", operation.Inputs.Select(input => input.Shape))} and an output of shape {operation.Output.Shape}; " +
                $"a formula is made of single numbers. Pass each number as a separate input instead of a vector.");
        Expression a = Operand(0), b = operation.Inputs.Count > 1 ? Operand(1) : a;
        return Apply(operation, a, b)
            ?? throw new InvalidOperationException(
                $"Expression: {operation.Name} in {OperationLine.Equation(operation)} has no symbolic derivative here. Supported are " +
                $"{s_supported}. Write the function with these, or differentiate it with Autograd.");

        Expression Operand(int k) => formulas.GetValueOrDefault(operation.Inputs[k]) ?? Constant(NumberIn(operation.Inputs[k]));
    }

    /// <summary>An operation's formula with any operands; null if an expression does not support it.</summary>
    internal static Expression? Apply(Operation operation, Expression a, Expression b) =>
        operation switch
        {
            Operations.Identity => a,
            Operations.Add => a + b,
            Operations.Subtract => a - b,
            Operations.Multiply => a * b,
            Operations.Divide => a / b,
            Operations.Power => a.Pow(b),
            Operations.Negate => -a,
            Operations.Log => a.Log(),
            Operations.Exp => a.Exp(),
            Operations.Sqrt => a.Sqrt(),
            Operations.Square => a.Square(),
            Operations.Reciprocal => a.Reciprocal(),
            Operations.Sin => a.Sin(),
            Operations.Cos => a.Cos(),
            Operations.Tanh => a.Tanh(),
            Operations.Sigmoid => a.Sigmoid(),
            _ => null,
        };

    // The shortest digits that are read as the same number: a Float32 0.1 is 0.1 in a formula, not 0.10000000149011612.
    static double NumberIn(Tensor tensor) => tensor.ElementCount == 1
        ? double.Parse(Notation.Exact(tensor), CultureInfo.InvariantCulture)
        : throw new InvalidOperationException($"Expression: the result is {tensor.Describe()}; a formula stands for a single number.");

    /// <summary>The value at given numbers, in double precision. A shared subexpression is computed once.</summary>
    /// <param name="values">A number for each variable of the formula; other names are ignored.</param>
    /// <exception cref="ArgumentException">A variable has no number.</exception>
    public double Evaluate(IReadOnlyDictionary<string, double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var results = new Dictionary<Expression, double>();
        foreach (Expression node in InOrder([this]))
        {
            double a = node.Left is { } left ? results[left] : 0, b = node.Right is { } right ? results[right] : 0;
            results.Add(node, node.Is switch
            {
                Kind.Constant => node.Number,
                Kind.Variable => values.TryGetValue(node.Name!, out double value)
                    ? value
                    : throw new ArgumentException(
                        $"Evaluate: no number for the variable {node.Name}; given: " +
                        $"{(values.Count == 0 ? "none" : string.Join(", ", values.Keys))}.", nameof(values)),
                Kind.Add => a + b,
                Kind.Subtract => a - b,
                Kind.Multiply => a * b,
                Kind.Divide => a / b,
                Kind.Power => Math.Pow(a, b),
                Kind.Negate => -a,
                Kind.Log => Math.Log(a),
                Kind.Exp => Math.Exp(a),
                Kind.Sqrt => Math.Sqrt(a),
                Kind.Square => a * a,
                Kind.Reciprocal => 1 / a,
                Kind.Sin => Math.Sin(a),
                Kind.Cos => Math.Cos(a),
                Kind.Tanh => Math.Tanh(a),
                Kind.Sigmoid => 1 / (1 + Math.Exp(-a)),
                _ => throw new UnreachableException(),
            });
        }
        return results[this];
    }

    /// <summary>The formula with other formulas in place of variables. Shared subexpressions stay shared.</summary>
    /// <param name="formulas">A formula for each variable to replace; other variables stay.</param>
    public Expression Substitute(IReadOnlyDictionary<string, Expression> formulas)
    {
        ArgumentNullException.ThrowIfNull(formulas);
        var results = new Dictionary<Expression, Expression>();
        foreach (Expression node in InOrder([this]))
        {
            Expression? left = node.Left is { } a ? results[a] : null, right = node.Right is { } b ? results[b] : null;
            results.Add(node, node.Name is { } name && formulas.TryGetValue(name, out Expression? formula) ? formula
                : left == node.Left && right == node.Right ? node
                : new Expression(node.Is, left, right, node.Number, node.Name));
        }
        return results[this];
    }

    /// <summary>
    /// The derivative by the sum, product, quotient and chain rules, without simplification: <c>(x·x)′ = 1·x + x·1</c>.
    /// </summary>
    /// <param name="variable">The variable's name. If the formula does not use it, the derivative is 0, but not simplified.</param>
    public Expression Derivative(string variable)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(variable);
        var derivatives = new Dictionary<Expression, Expression>();
        foreach (Expression node in InOrder([this]))
        {
            Expression a = node.Left ?? node, b = node.Right ?? a;
            Expression da = derivatives.GetValueOrDefault(a)!, db = derivatives.GetValueOrDefault(b)!;
            derivatives.Add(node, node.Is switch
            {
                Kind.Constant => 0,
                Kind.Variable => node.Name == variable ? 1 : 0,
                Kind.Add => da + db,
                Kind.Subtract => da - db,
                Kind.Multiply => da * b + a * db,
                Kind.Divide => (da * b - a * db) / b.Square(),
                Kind.Power when b.Is == Kind.Constant => b * a.Pow(b - 1) * da,
                Kind.Power => b * a.Pow(b - 1) * da + node * a.Log() * db,
                Kind.Negate => -da,
                Kind.Log => da / a,
                Kind.Exp => node * da,
                Kind.Sqrt => da / (2 * node),
                Kind.Square => 2 * a * da,
                Kind.Reciprocal => -(da / a.Square()),
                Kind.Sin => a.Cos() * da,
                Kind.Cos => -(a.Sin() * da),
                Kind.Tanh => (1 - node.Square()) * da,
                Kind.Sigmoid => node * (1 - node) * da,
                _ => throw new UnreachableException(),
            });
        }
        return derivatives[this];
    }

    /// <summary>
    /// All partial derivatives by reverse accumulation: the adjoint of each distinct subexpression is built once, as the sum of its users'
    /// contributions, and its operands reuse it. The formulas share subexpressions with this one and with each other. They are not
    /// simplified.
    /// </summary>
    /// <param name="variables">The variables' names.</param>
    /// <returns>∂/∂v for each name in order; 0 for one that the formula does not use.</returns>
    /// <remarks>This is reverse mode in symbols: the derivatives of <see cref="Derivative"/>, without its repeated work.</remarks>
    public IReadOnlyList<Expression> Gradient(params IReadOnlyList<string> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        var parts = new Sharing();
        Expression root = parts.Share([this])[0];
        var adjoints = new Dictionary<Expression, Expression> { [root] = 1 };
        for (int i = parts.Distinct.Count - 1; i >= 0; i--)
        {
            Expression node = parts.Distinct[i];
            if (node.Left is not { } a || !adjoints.TryGetValue(node, out Expression? u)) continue;
            Expression b = node.Right ?? a;
            (Expression forA, Expression? forB) = node.Is switch
            {
                Kind.Add => (u, u),
                Kind.Subtract => (u, -u),
                Kind.Multiply => (u * b, u * a),
                Kind.Divide => (u / b, -(u * node / b)),
                Kind.Power => (u * (b * a.Pow(b - 1)), u * (node * a.Log())),
                Kind.Negate => (-u, null),
                Kind.Log => (u / a, null),
                Kind.Exp => (u * node, null),
                Kind.Sqrt => (u / (2 * node), null),
                Kind.Square => (u * (2 * a), null),
                Kind.Reciprocal => (-(u * node.Square()), null),
                Kind.Sin => (u * a.Cos(), null),
                Kind.Cos => (-(u * a.Sin()), null),
                Kind.Tanh => (u * (1 - node.Square()), null),
                Kind.Sigmoid => (u * (node * (1 - node)), null),
                _ => throw new UnreachableException(),
            };
            Accumulate(a, forA);
            if (forB is not null) Accumulate(b, forB);
        }
        Dictionary<string, Expression> named = parts.Distinct.Where(node => node.Is == Kind.Variable).ToDictionary(node => node.Name!);
        return
        [
            .. variables.Select(name =>
                named.TryGetValue(name, out Expression? variable) && adjoints.TryGetValue(variable, out Expression? adjoint) ? adjoint : 0),
        ];

        void Accumulate(Expression receiver, Expression contribution)
        {
            // A constant needs no adjoint.
            if (receiver.Is != Kind.Constant)
                adjoints[receiver] = adjoints.TryGetValue(receiver, out Expression? sum) ? sum + contribution : contribution;
        }
    }

    /// <summary>
    /// The formula as a person would write it: without terms 0, factors 1 and double signs; numbers are computed and come first; what
    /// cancels is removed. Equal subexpressions are shared.
    /// </summary>
    /// <remarks>It has the same value wherever the original has one. 0·x is 0 and x/x is 1, also where x is infinite or 0.</remarks>
    public Expression Simplify() => new Simplifier().Simplify([this])[0];

    /// <summary>The number of operations of the formula.</summary>
    /// <param name="shared">
    /// Whether equal subexpressions count once. Otherwise every occurrence counts, as written out; that number may be astronomical.
    /// </param>
    public OperationCount CountOperations(bool shared = false) => CountOperations([this], shared);

    /// <summary>The number of operations of several formulas together, such as all partial derivatives.</summary>
    /// <param name="expressions">The formulas.</param>
    /// <param name="shared">Whether equal subexpressions, of one formula or of several, count once.</param>
    public static OperationCount CountOperations(IEnumerable<Expression> expressions, bool shared = false)
    {
        ArgumentNullException.ThrowIfNull(expressions);
        Expression[] roots = [.. expressions];
        if (shared)
        {
            var parts = new Sharing();
            parts.Share(roots);
            return parts.Distinct.Aggregate(OperationCount.None, (sum, node) => sum + OperationCount.Of(node.Is));
        }
        var counts = new Dictionary<Expression, OperationCount>();
        foreach (Expression node in InOrder(roots))
        {
            OperationCount count = OperationCount.Of(node.Is);
            if (node.Left is { } left) count += counts[left];
            if (node.Right is { } right) count += counts[right];
            counts.Add(node, count);
        }
        return roots.Aggregate(OperationCount.None, (sum, root) => sum + counts[root]);
    }

    /// <summary>
    /// The formula in the notation of <see cref="Trace"/>: <c>1/v1 + v2</c>. If it has more than 10,000 operations, shared subexpressions
    /// get names.
    /// </summary>
    public override string ToString() => ToText(shared: CountOperations().Total > MostOperationsWrittenOut);

    /// <summary>The formula in the notation of <see cref="Trace"/>.</summary>
    /// <param name="shared">
    /// Whether subexpressions that are used more than once get a separate line, <c>s1 = sin x</c>, before the last line with the formula.
    /// Otherwise everything is written out; the text of a formula that shares much may then need more memory than there is.
    /// </param>
    /// <param name="pretty">Whether to write v₁ for <c>v1</c>.</param>
    public string ToText(bool shared = false, bool pretty = false)
    {
        string text = shared ? ExpressionText.Shared(this) : ExpressionText.WrittenOut(this);
        return pretty ? Notation.Pretty(text) : text;
    }

    /// <summary>Every subexpression object of the formulas once, each after its operands.</summary>
    internal static List<Expression> InOrder(IReadOnlyList<Expression> roots)
    {
        var order = new List<Expression>();
        var seen = new HashSet<Expression>();
        var stack = new Stack<(Expression Node, bool OperandsDone)>();
        foreach (Expression root in roots)
        {
            stack.Push((root, false));
            while (stack.TryPop(out (Expression Node, bool OperandsDone) top))
            {
                if (top.OperandsDone) order.Add(top.Node);
                else if (seen.Add(top.Node))
                {
                    stack.Push((top.Node, true));
                    if (top.Node.Right is { } right) stack.Push((right, false));
                    if (top.Node.Left is { } left) stack.Push((left, false));
                }
            }
        }
        return order;
    }

    /// <summary>Creates each subexpression once (hash consing), so that equal subexpressions are the same object.</summary>
    internal sealed class Sharing
    {
        readonly Dictionary<(Kind, Expression?, Expression?, double, string?), Expression> _parts = [];

        /// <summary>The subexpressions created so far, each after its operands.</summary>
        internal List<Expression> Distinct { get; } = [];

        internal Expression Make(Kind kind, Expression? left, Expression? right = null, double number = 0, string? name = null)
        {
            ref Expression? part = ref CollectionsMarshal.GetValueRefOrAddDefault(_parts, (kind, left, right, number, name), out _);
            if (part is null) Distinct.Add(part = new Expression(kind, left, right, number, name));
            return part;
        }

        /// <summary>The same formulas, in which equal subexpressions are one object.</summary>
        internal Expression[] Share(IReadOnlyList<Expression> roots)
        {
            var made = new Dictionary<Expression, Expression>();
            foreach (Expression node in InOrder(roots))
            {
                Expression? left = node.Left is null ? null : made[node.Left], right = node.Right is null ? null : made[node.Right];
                made.Add(node, Make(node.Is, left, right, node.Number, node.Name));
            }
            return [.. roots.Select(root => made[root])];
        }
    }
}

/// <summary>The numbers of operations of a formula, by kind.</summary>
/// <param name="Additions">Sums, differences and changes of sign.</param>
/// <param name="Multiplications">Products and squares.</param>
/// <param name="Divisions">Quotients and reciprocals.</param>
/// <param name="Functions">Powers, roots, logarithms and all other functions.</param>
public sealed record OperationCount(BigInteger Additions, BigInteger Multiplications, BigInteger Divisions, BigInteger Functions)
{
    internal static OperationCount None { get; } = new(0, 0, 0, 0);

    static readonly OperationCount s_addition = None with { Additions = 1 }, s_multiplication = None with { Multiplications = 1 },
        s_division = None with { Divisions = 1 }, s_function = None with { Functions = 1 };

    /// <summary>The number of all operations.</summary>
    public BigInteger Total => Additions + Multiplications + Divisions + Functions;

    /// <summary>The sums of the numbers, kind by kind.</summary>
    public static OperationCount operator +(OperationCount a, OperationCount b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return new(a.Additions + b.Additions, a.Multiplications + b.Multiplications, a.Divisions + b.Divisions, a.Functions + b.Functions);
    }

    internal static OperationCount Of(Expression.Kind kind) => kind switch
    {
        Expression.Kind.Constant or Expression.Kind.Variable => None,
        Expression.Kind.Add or Expression.Kind.Subtract or Expression.Kind.Negate => s_addition,
        Expression.Kind.Multiply or Expression.Kind.Square => s_multiplication,
        Expression.Kind.Divide or Expression.Kind.Reciprocal => s_division,
        _ => s_function,
    };
}
