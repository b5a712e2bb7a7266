#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Differentiation;
using MyTorch.Inspection;
using MyTorch.Symbolic;
using static Blackboard;

// Lesson 02. Forward mode: iterate over the sequence in its order, and compute for each value how it changes when one input changes.
// The tangent of v is dv/dx1. The tangents of the inputs are chosen: 1 for the input that changes, 0 for the others. Each other tangent
// follows by a rule: the tangent of a product is tangent(a) b + a tangent(b), the tangent of sin a is tangent(a) cos a, and so on.
Tensor.DefaultDType = DType.Float64;
Tensor[] at = [2, 5];

Tensor F(IReadOnlyList<Tensor> x)
{
    Tensor v3 = x[0].Log(), v4 = x[0] * x[1], v5 = x[1].Sin(), v6 = v3 + v4;
    return v6 - v5;
}

Heading("1. The tangents, value by value");
Trace trace = Trace.Of(F, at);
Table(["value", "is", "number", .. trace.Directions],
    trace.Rows.Select(row => (object?[])[row.Label, row.Expression, row.Value, .. row.Tangents]));
Say($"One pass fills one column: one pass for each of the {trace.Directions.Count} inputs.");

Heading("2. The first column in words");
Tensor x1 = at[0], x2 = at[1];
x1.RequiresGrad = x2.RequiresGrad = true;
using (var autograd = new Autograd())
{
    Tensor y = F([x1, x2]);
    var direction = new Dictionary<Tensor, Tensor> { [x1] = 1, [x2] = 0 };
    foreach (ForwardStep step in Stepper.Forward(autograd, y, direction)) Say("  " + step);
}

Heading("3. The same without a tape: dual numbers, each a value with its tangent");
// Forward mode needs no tape. With overloaded operators, any C# function of Dual computes its derivative too.
Dual a = new(2, 1), b = new(5, 0);                       // a changes, b does not
Show(Dual.Log(a) + a * b - Dual.Sin(b));

Heading("4. Any direction, still one pass");
Tensor At(Tensor x) => F([x[0], x[1]]);
(Tensor value, Tensor slope) = Differentiate.Jvp(At, x: new double[] { 2, 5 }, v: new double[] { 3, -1 });    // x: where, v: the tangents
Show(value);
Show(slope);                                             // the change of y for the change (3, -1) of the inputs
double combined = 3 * trace.Rows[^1].Tangents[0].Item() - trace.Rows[^1].Tangents[1].Item();
Show(combined);                                          // 3 and -1 times the columns of section 1: the derivative is linear

Heading("Try next");
Say("Let both inputs have tangent 1 in section 2. What does the last line tell you?");
Heading("Exercise");
Say("Give Dual a division and Tanh (its derivative is 1 - tanh^2), and compute the derivative of tanh(x1 / x2) at (2, 5). Compare with Differentiate.Jvp.");
Say("Solution: samples/lessons/solutions.md");

/// <summary>A value and its tangent; each operator has the value's rule and, beside it, the tangent's.</summary>
readonly record struct Dual(double Value, double Tangent)
{
    public static Dual operator +(Dual a, Dual b) => new(a.Value + b.Value, a.Tangent + b.Tangent);
    public static Dual operator -(Dual a, Dual b) => new(a.Value - b.Value, a.Tangent - b.Tangent);
    public static Dual operator *(Dual a, Dual b) => new(a.Value * b.Value, a.Tangent * b.Value + a.Value * b.Tangent);
    public static Dual Log(Dual a) => new(Math.Log(a.Value), a.Tangent / a.Value);
    public static Dual Sin(Dual a) => new(Math.Sin(a.Value), a.Tangent * Math.Cos(a.Value));
}
