using MyTorch.Operations;

namespace MyTorch.Teaching;

sealed partial class DrillMistakes
{
    /// <summary>The usual wrong local derivatives of a term's operation.</summary>
    static IEnumerable<(DrillMistakeKind Kind, Term Term, double Local, string Explanation)> Locals(Term term)
    {
        Step step = term.Step;
        double x = step.Operands[0], value = step.Value;
        (DrillMistakeKind, double, string)[] own = step.Operation switch
        {
            Add => [(DrillMistakeKind.OtherOperation, step.Operands[1 - term.Position],
                "that is the rule of a product, and this is a sum.")],
            Subtract => [(DrillMistakeKind.OtherOperation, step.Operands[1 - term.Position],
                "that is the rule of a product, and this is a difference.")],
            Multiply =>
            [
                (DrillMistakeKind.OtherOperand, step.Operands[term.Position],
                    "that is the derivative of the product with respect to the other operand."),
                (DrillMistakeKind.NotDifferentiated, value, "the product itself was used instead of its derivative."),
            ],
            Divide => InQuotient(term),
            Square =>
            [
                (DrillMistakeKind.FactorForgotten, 2, "the slope of a square is not the same everywhere: a factor is missing beside 2."),
                (DrillMistakeKind.PowerRule, x, "the factor from the exponent is missing."),
                (DrillMistakeKind.PowerRule, 2 * value, "the exponent was not reduced by one."),
            ],
            Sqrt =>
            [
                (DrillMistakeKind.PowerRule, 1 / value, "the factor from the exponent is missing."),
                (DrillMistakeKind.FactorForgotten, 0.5, "the slope of a root is not the same everywhere: a factor is missing beside 1/2."),
                (DrillMistakeKind.NotInverted, value / 2, "the root stands in the denominator: a root is steep near 0."),
                (DrillMistakeKind.NotInverted, 2 * value, "the derivative is upside down: a root is steep near 0."),
            ],
            Log =>
            [
                (DrillMistakeKind.NotInverted, x, "the derivative is upside down: a logarithm is steep near 0."),
                (DrillMistakeKind.PowerRule, 1 / (x * x), "the power was reduced once too often."),
                (DrillMistakeKind.Base10, term.Local / Math.Log(10),
                    "that is the derivative of the logarithm to base 10; ln is the natural logarithm."),
            ],
            Exp =>
            [
                (DrillMistakeKind.PowerRule, x * Math.Exp(x - 1),
                    "that is the rule of a power, where the base varies. Here the exponent does."),
                (DrillMistakeKind.FunctionLeftOut, x, "that is the operand; the function is missing."),
            ],
            Power when term.Position == 0 =>
            [
                (DrillMistakeKind.PowerRule, value / x, "the factor from the exponent is missing."),
                (DrillMistakeKind.PowerRule, step.Operands[1] * value, "the exponent was not reduced by one."),
            ],
            Sin or Cos => [(DrillMistakeKind.Degrees, step.Derivative(0, x * Degree),
                "the calculator uses degrees; angles are in radians here.")],
            Tanh => [(DrillMistakeKind.PowerRule, 1 - value, "the output is squared in the derivative of tanh.")],
            Sigmoid =>
            [
                (DrillMistakeKind.FactorForgotten, value, "a factor is missing: the slope of σ is small at both ends."),
                (DrillMistakeKind.FactorForgotten, 1 - value, "a factor is missing: the slope of σ is small at both ends."),
            ],
            _ => [],
        };
        foreach ((DrillMistakeKind kind, double local, string explanation) in own) yield return (kind, term, local, explanation);
        if (!step.IsFunction) yield break;
        yield return (DrillMistakeKind.AtTheOutput, term, step.Derivative(0, value),
            "the derivative was taken at the operation's result; take it at its operand.");
        if (step.Operation is not Exp)
            yield return (DrillMistakeKind.NotDifferentiated, term, value, "the function itself was used instead of its derivative.");
    }

    static (DrillMistakeKind, double, string)[] InQuotient(Term term)
    {
        (double a, double b) = (term.Step.Operands[0], term.Step.Operands[1]);
        (DrillMistakeKind, double, string) other = (DrillMistakeKind.OtherOperand, term.Step.Derivative(1 - term.Position, a, b),
            "that is the derivative of the quotient with respect to the other operand.");
        (DrillMistakeKind, double, string) swapped = (DrillMistakeKind.Swapped, term.Step.Derivative(1 - term.Position, b, a),
            "numerator and denominator are swapped.");
        return term.Position == 0
            ? [other, swapped, (DrillMistakeKind.NotInverted, b, "it is multiplied by the denominator; a quotient is divided by it."),
                (DrillMistakeKind.PowerRule, 1 / (b * b), "the denominator is squared only in its own derivative.")]
            : [other, swapped, (DrillMistakeKind.PowerRule, -a / b, "the derivative with respect to the denominator has its square."),
                (DrillMistakeKind.FactorForgotten, -1 / (b * b), "the numerator is missing."),
                (DrillMistakeKind.NotInverted, -a, "the denominator is missing."),
                (DrillMistakeKind.OtherOperation, a, "that is the rule of a product, and this is a quotient.")];
    }
}
