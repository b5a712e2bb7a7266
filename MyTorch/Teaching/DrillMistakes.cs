using MyTorch.Inspection;
using MyTorch.Operations;
using MyTorch.Symbolic;

namespace MyTorch.Teaching;

/// <summary>Computes the results of common mistakes for a value of a trace.</summary>
/// <remarks>
/// A tangent and an adjoint are both a sum of products of a given factor and a local derivative: v̇ⱼ = Σᵢ v̇ᵢ·∂vⱼ/∂vᵢ over the
/// operands and v̄ᵢ = Σⱼ v̄ⱼ·∂vⱼ/∂vᵢ over the users. Most mistakes change one ingredient.
/// </remarks>
sealed partial class DrillMistakes(Trace trace, TraceRow row)
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
        if (step.Operation is Subtract)
            yield return new(DrillMistakeKind.OtherOperation, a + b, $"That is the sum; {equation} is a difference.");
        if (step.Operation is Divide or Power)
            yield return new(DrillMistakeKind.OtherOperation, a * b,
                $"That is the product; {equation} is a {(step.Operation is Divide ? "quotient" : "power")}.");
        if (step.Operation is Sin or Cos)
            yield return new(DrillMistakeKind.OtherOperation, step.Operation is Sin ? Math.Cos(a) : Math.Sin(a),
                $"That is the {(step.Operation is Sin ? "cosine" : "sine")}; {equation}.");
        if (step.Operation is Multiply)
            yield return new(DrillMistakeKind.OtherOperation, a + b, $"That is the sum; {equation} is a product.");
        if (step.Operation is Add)
            yield return new(DrillMistakeKind.OtherOperation, a * b, $"That is the product; {equation} is a sum.");
        if (step.Operation is Subtract or Divide or Power)
            yield return new(DrillMistakeKind.Swapped, step.Evaluate(b, a), $"The operands are swapped: {equation}.");
        yield return new(DrillMistakeKind.Sign, -step.Value, "The sign is wrong.");
        if (step.IsFunction)
        {
            yield return new(DrillMistakeKind.FunctionLeftOut, a, $"That is the operand; apply the function to it: {equation}.");
            yield return new(DrillMistakeKind.DerivativeForValue, step.Derivative(0, a),
                $"That is the derivative of the function; asked for is its value: {equation}.");
        }
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
            double right = terms.Sum(term => term.Product);
            foreach (Term term in terms)
                yield return new(DrillMistakeKind.UpstreamIgnored, right - term.Product + term.Local,
                    $"In the contribution of {term.Step.Row.Label} its adjoint is missing.");
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

        // The same mistake wherever it can be made; then in one contribution, the others right.
        foreach (var same in terms.SelectMany(Locals).GroupBy(one => (one.Kind, one.Explanation)))
        {
            var wrong = same.ToLookup(one => one.Term, one => one.Local);
            yield return new(same.Key.Kind, terms.Sum(term => term.Outer * wrong[term].Append(term.Local).First()),
                char.ToUpperInvariant(same.Key.Explanation[0]) + same.Key.Explanation[1..]);
        }
        yield return new(DrillMistakeKind.LocalDerivativeForgotten, terms.Sum(term => term.Outer),
            $"The local derivative is missing: {own} contains it as a factor.");
        if (terms.Length == 1) yield break;
        foreach (Term term in terms)
        {
            string where = $"In the contribution from {Operand(term).Label} to {term.Step.Row.Label}: ";
            foreach (var one in Locals(term))
                yield return new(one.Kind, right - term.Product + term.Outer * one.Local, where + one.Explanation);
            yield return new(DrillMistakeKind.LocalDerivativeForgotten, right - term.Product + term.Outer,
                where + "the local derivative is missing.");
        }
    }

    static TraceRow Operand(Term term) => term.Step.Inputs[term.Position]!;
}
