using MyTorch.Inspection;
using MyTorch.Operations;
using MyTorch.Symbolic;

namespace MyTorch.Teaching;

/// <summary>The mistakes that a <see cref="Drill"/> recognises.</summary>
public enum DrillMistakeKind
{
    /// <summary>Of several contributions only the last to arrive was kept.</summary>
    Overwritten,

    /// <summary>Of several contributions another one was kept.</summary>
    OnlyOnePath,

    /// <summary>The whole number, or one contribution, has the wrong sign.</summary>
    Sign,

    /// <summary>The local derivatives alone: adjoints were not multiplied with the adjoint of the user.</summary>
    UpstreamIgnored,

    /// <summary>The outer derivative alone: the tangent of the operand is missing.</summary>
    InnerDerivativeForgotten,

    /// <summary>Tangents or adjoints were not multiplied by the local derivative.</summary>
    LocalDerivativeForgotten,

    /// <summary>The derivative was taken at the operation's result instead of its operand.</summary>
    AtTheOutput,

    /// <summary>The function instead of its derivative.</summary>
    NotDifferentiated,

    /// <summary>The derivative with respect to the other operand.</summary>
    OtherOperand,

    /// <summary>The two operands were swapped.</summary>
    Swapped,

    /// <summary>
    /// The operation was applied to the tangents themselves: the derivative of a product is not the product of the derivatives.
    /// </summary>
    AppliedToTangents,

    /// <summary>Contributions were multiplied instead of added.</summary>
    Multiplied,

    /// <summary>The value instead of a derivative, or the value of a user instead of its adjoint.</summary>
    ValueForDerivative,

    /// <summary>A tangent instead of an adjoint, or an adjoint instead of a tangent.</summary>
    OtherMode,

    /// <summary>The tangent for another input than v1.</summary>
    OtherInput,

    /// <summary>Angles in degrees instead of radians.</summary>
    Degrees,

    /// <summary>The logarithm to base 10 instead of the natural one.</summary>
    Base10,

    /// <summary>The rule of powers and roots: a factor forgotten, or the exponent not reduced.</summary>
    PowerRule,

    /// <summary>The operand itself: the function was left out.</summary>
    FunctionLeftOut,

    /// <summary>Another operation: added instead of multiplied, doubled instead of squared.</summary>
    OtherOperation,
}

/// <summary>A mistake and its result in one cell of a <see cref="Drill"/>.</summary>
/// <param name="Kind">Which mistake.</param>
/// <param name="Answer">The resulting number.</param>
/// <param name="Explanation">What went wrong, in a sentence that does not give the answer away.</param>
public sealed record DrillMistake(DrillMistakeKind Kind, double Answer, string Explanation)
{
    /// <inheritdoc/>
    public override string ToString() => Explanation;
}

/// <summary>Computes the results of common mistakes for a value of a trace.</summary>
/// <remarks>
/// A tangent and an adjoint are both a sum of products of a given factor and a local derivative: v̇ⱼ = Σᵢ v̇ᵢ·∂vⱼ/∂vᵢ over the
/// operands and v̄ᵢ = Σⱼ v̄ⱼ·∂vⱼ/∂vᵢ over the users. Most mistakes change one ingredient.
/// </remarks>
sealed class DrillMistakes(Trace trace, TraceRow row)
{
    const double Degree = Math.PI / 180;

    /// <summary>An operation of the trace, which can be computed again with other operands.</summary>
    sealed class Step
    {
        static readonly string[] s_names = ["a", "b"];
        readonly Expression _formula;

        internal Step(Trace trace, TraceRow row)
        {
            Row = row;
            Operation = row.Recorded!;
            Operands = [.. Operation.Inputs.Select(input => input.Item())];
            Inputs = [.. Operation.Inputs.Select(input => trace.Rows.FirstOrDefault(other => ReferenceEquals(other.Value, input)))];
            _formula = Expression.Apply(Operation, Expression.Variable(s_names[0]), Expression.Variable(s_names[1]))!;
        }

        internal TraceRow Row { get; }
        internal Operation Operation { get; }
        internal double[] Operands { get; }
        /// <summary>The rows of the operands; null for a constant.</summary>
        internal TraceRow?[] Inputs { get; }
        internal bool IsFunction => Operands.Length == 1 && Operation is not (Negate or Identity);
        internal double Value => Row.Value.Item();

        internal double Evaluate(params double[] at) => _formula.Evaluate(Named(at));

        internal double Derivative(int position, params double[] at) => _formula.Derivative(s_names[position]).Evaluate(Named(at));

        static Dictionary<string, double> Named(double[] at) => s_names.Zip(at).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>One product of the sum: an edge from an operand to the operation that uses it.</summary>
    readonly record struct Term(Step Step, int Position, double Outer)
    {
        internal double Local => Step.Derivative(Position, Step.Operands);
        internal double Product => Outer * Local;
    }

    internal IEnumerable<DrillMistake> In(DrillColumn column) => column switch
    {
        DrillColumn.Value => InValue(new Step(trace, row)),
        DrillColumn.Tangent => InTangent(new Step(trace, row)),
        _ => InAdjoint(),
    };

    static IEnumerable<DrillMistake> InValue(Step step)
    {
        double a = step.Operands[0], b = step.Operands[^1];
        string equation = $"{step.Row.Label} = {step.Row.Expression}";
        if (step.Operation is Sin or Cos)
            yield return new(DrillMistakeKind.Degrees, step.Evaluate(a * Degree),
                "The calculator uses degrees; angles are in radians here.");
        if (step.Operation is Log)
            yield return new(DrillMistakeKind.Base10, Math.Log10(a),
                "That is the logarithm to base 10; ln is the natural logarithm, to base e.");
        if (step.Operation is Square)
            yield return new(DrillMistakeKind.OtherOperation, 2 * a, "That is twice the number; a square is the number times itself.");
        if (step.Operation is Exp)
            yield return new(DrillMistakeKind.OtherOperation, Math.E * a, "That is e times the number; exp x is e to the power x.");
        if (step.Operation is Sqrt)
            yield return new(DrillMistakeKind.OtherOperation, a / 2,
                "That is half the number; its square root is the number whose square it is.");
        if (step.Operation is Multiply)
            yield return new(DrillMistakeKind.OtherOperation, a + b, $"That is the sum; {equation} is a product.");
        if (step.Operation is Add)
            yield return new(DrillMistakeKind.OtherOperation, a * b, $"That is the product; {equation} is a sum.");
        if (step.Operation is Subtract or Divide or Power)
            yield return new(DrillMistakeKind.Swapped, step.Evaluate(b, a), $"The operands are swapped: {equation}.");
        yield return new(DrillMistakeKind.Sign, -step.Value, "The sign is wrong.");
        if (step.IsFunction)
            yield return new(DrillMistakeKind.FunctionLeftOut, a, $"That is the operand; apply the function to it: {equation}.");
    }

    IEnumerable<DrillMistake> InTangent(Step step)
    {
        Term[] terms =
        [
            .. step.Inputs.Index().Where(operand => operand.Item is not null)
                .Select(operand => new Term(step, operand.Index, operand.Item!.Tangents[0].Item())),
        ];
        string own = Notation.Tangent(row.Label);
        for (int k = 0; k < terms.Length && terms.Length > 1; k++)
            yield return new(DrillMistakeKind.OnlyOnePath, terms[k].Product,
                $"Only the change of {Operand(terms[k]).Label} is counted; {row.Label} changes with both operands, and the " +
                $"contributions are added.");
        if (step.Operation is not (Add or Subtract or Negate or Identity))
        {
            double[] tangents =
            [
                .. step.Inputs.Index().Select(operand => operand.Item?.Tangents[0].Item() ?? step.Operands[operand.Index]),
            ];
            yield return new(DrillMistakeKind.AppliedToTangents, step.Evaluate(tangents),
                "The operation was applied to the tangents. Multiply each tangent by the local derivative instead.");
        }
        if (terms.Length == 1)
            yield return new(DrillMistakeKind.InnerDerivativeForgotten, terms[0].Local,
                $"The inner derivative is missing: times {Notation.Tangent(Operand(terms[0]).Label)}.");
        foreach (DrillMistake mistake in InSum(terms, own)) yield return mistake;
        yield return new(DrillMistakeKind.ValueForDerivative, step.Value,
            $"That is the value {row.Label}; {own} says how it changes with v1.");
        if (row.Adjoint is { } adjoint)
            yield return new(DrillMistakeKind.OtherMode, adjoint.Item(),
                $"That is the adjoint {Notation.Adjoint(row.Label)}; the tangent is ∂{row.Label}/∂v1.");
        for (int i = 1; i < row.Tangents.Count; i++)
            yield return new(DrillMistakeKind.OtherInput, row.Tangents[i].Item(),
                $"That is {trace.Directions[i].Replace("∂/", $"∂{row.Label}/", StringComparison.Ordinal)}; here v1 changes.");
    }

    IEnumerable<DrillMistake> InAdjoint()
    {
        string own = Notation.Adjoint(row.Label);
        // In the order of the sweep: later operations first.
        Term[] terms =
        [
            .. from user in trace.Rows.Reverse()
               where user.Adjoint is not null && user.Inputs.Contains(row.Index)
               let step = new Step(trace, user)
               from operand in step.Inputs.Index()
               where ReferenceEquals(operand.Item, row)
               select new Term(step, operand.Index, user.Adjoint!.Item()),
        ];
        string users = string.Join(" and ", terms.Select(term => term.Step.Row.Label).Distinct());
        if (terms.Length > 1)
        {
            string advice = $"{row.Label} is used by {users}; their contributions are added.";
            yield return new(DrillMistakeKind.Overwritten, terms[^1].Product,
                $"Overwritten: only the contribution of {terms[^1].Step.Row.Label} is left. {advice}");
            foreach (Term term in terms.SkipLast(1))
                yield return new(DrillMistakeKind.OnlyOnePath, term.Product,
                    $"One path only: that is the contribution of {term.Step.Row.Label}. {advice}");
            yield return new(DrillMistakeKind.Multiplied, terms.Aggregate(1.0, (product, term) => product * term.Product),
                $"The contributions are multiplied. {advice}");
        }
        yield return new(DrillMistakeKind.UpstreamIgnored, terms.Sum(term => term.Local),
            $"That is the local derivative alone; multiply it by the adjoint of the user, {users}.");
        foreach (DrillMistake mistake in InSum(terms, own)) yield return mistake;
        yield return new(DrillMistakeKind.ValueForDerivative, terms.Sum(term => term.Step.Value * term.Local),
            $"The value of the user was used instead of its adjoint: " +
            $"{string.Join(", ", terms.Select(term => Notation.Adjoint(term.Step.Row.Label)).Distinct())}.");
        yield return new(DrillMistakeKind.ValueForDerivative, row.Value.Item(),
            $"That is the value {row.Label}; {own} says how the result changes with it.");
        yield return new(DrillMistakeKind.OtherMode, row.Tangents[0].Item(),
            $"That is the tangent {Notation.Tangent(row.Label)}; the adjoint is ∂{trace.Rows[^1].Label}/∂{row.Label}.");
    }

    /// <summary>The mistakes that tangents and adjoints have in common.</summary>
    static IEnumerable<DrillMistake> InSum(Term[] terms, string own)
    {
        double right = terms.Sum(term => term.Product);
        yield return new(DrillMistakeKind.Sign, -right, "The sign is wrong.");
        if (terms.Length > 1)
            foreach (Term term in terms)
                yield return new(DrillMistakeKind.Sign, right - 2 * term.Product,
                    $"The contribution from {Operand(term).Label} to {term.Step.Row.Label} has the wrong sign.");

        foreach ((DrillMistakeKind kind, Func<Term, double?> local, string explanation) in s_locals)
            if (terms.Any(term => local(term) is not null))
                yield return new(kind, terms.Sum(term => term.Outer * (local(term) ?? term.Local)), explanation);
        yield return new(DrillMistakeKind.LocalDerivativeForgotten, terms.Sum(term => term.Outer),
            $"The local derivative is missing: {own} contains it as a factor.");
    }

    static TraceRow Operand(Term term) => term.Step.Inputs[term.Position]!;

    /// <summary>A wrong local derivative for each mistake; null where the mistake does not apply to the operation.</summary>
    static readonly (DrillMistakeKind Kind, Func<Term, double?> Local, string Explanation)[] s_locals =
    [
        (DrillMistakeKind.AtTheOutput, term => term.Step.IsFunction ? term.Step.Derivative(0, term.Step.Value) : null,
            "The derivative was taken at the operation's result; take it at its operand."),
        (DrillMistakeKind.NotDifferentiated, term => term.Step.IsFunction && term.Step.Operation is not Exp ? term.Step.Value : null,
            "The function itself was used instead of its derivative."),
        (DrillMistakeKind.OtherOperand,
            term => term.Step.Operands.Length == 2 ? term.Step.Derivative(1 - term.Position, term.Step.Operands) : null,
            "That is the derivative with respect to the other operand: ∂(a·b)/∂a is b, and ∂(a/b)/∂a is 1/b."),
        (DrillMistakeKind.Swapped,
            term => term.Step.Operation is Divide
                ? term.Step.Derivative(1 - term.Position, term.Step.Operands[1], term.Step.Operands[0])
                : null,
            "Numerator and denominator are swapped."),
        (DrillMistakeKind.Degrees,
            term => term.Step.Operation is Sin or Cos ? term.Step.Derivative(0, term.Step.Operands[0] * Degree) : null,
            "The calculator uses degrees; angles are in radians here."),
        (DrillMistakeKind.Base10, term => term.Step.Operation is Log ? term.Local / Math.Log(10) : null,
            "That is the derivative of the logarithm to base 10; ln is the natural logarithm."),
        (DrillMistakeKind.PowerRule,
            term => term.Step.Operation is Square or Sqrt ? term.Local * (term.Step.Operation is Sqrt ? 2 : 0.5) : null,
            "The factor from the exponent is missing: the derivative of x² is 2·x, that of √x is 1/(2·√x)."),
        (DrillMistakeKind.PowerRule, term => term.Step.Operation is Square ? 2 * term.Step.Value : null,
            "The exponent was not reduced by one: the derivative of x² is 2·x."),
        (DrillMistakeKind.PowerRule, term => term.Step.Operation is Divide && term.Position == 1 ? -term.Step.Value : null,
            "The derivative with respect to the denominator has its square: ∂(a/b)/∂b = -a/b²."),
    ];
}
