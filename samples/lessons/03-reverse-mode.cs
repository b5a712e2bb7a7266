#:project ../../MyTorch/MyTorch.csproj
using System.Text.RegularExpressions;
using MyTorch;
using MyTorch.Inspection;
using MyTorch.Symbolic;
using static Blackboard;

// Lesson 03. Reverse mode: iterate over the sequence from its end, and compute for each value how the result changes with it.
// The adjoint of v is dy/dv. The adjoint of the result is 1. The backward rule of an operation multiplies the adjoint of its output by
// its local derivatives, and so contributes a partial adjoint to each input. A value with several users receives several partial adjoints;
// its adjoint is their sum.
Tensor.DefaultDType = DType.Float64;
Tensor[] at = [2, 5];

Tensor F(IReadOnlyList<Tensor> x)
{
    Tensor v3 = x[0].Log(), v4 = x[0] * x[1], v5 = x[1].Sin(), v6 = v3 + v4;
    return v6 - v5;
}

Heading("1. The adjoints, from the last value to the first");
Trace trace = Trace.Of(F, at);
PrintAdjoints(trace);

Heading("2. Several paths: the partial adjoint of each user, then the sum");
PrintPartials(trace);

Heading("3. The engine's sweep, one operation at a time");
Tensor x1 = at[0], x2 = at[1];
x1.RequiresGrad = x2.RequiresGrad = true;
using (var autograd = new Autograd())
{
    Tensor y = F([x1, x2]);
    foreach (BackwardStep step in Stepper.Backward(autograd, y)) PrintStep(step);
}
Say($"One sweep, and every input has its derivative: {Cell(x1.Grad)} and {Cell(x2.Grad)}. Forward mode needs one pass for each input.");
Say($"The last row of forward mode, for comparison: {Cell(trace.Rows[^1].Tangents.Select(tangent => tangent.Item()))}.");

Heading("4. The same in symbols: the sums of section 2 with formulas instead of numbers");
foreach (string input in new[] { "v1", "v2" })
{
    Expression sum = Expression.Of(F, at).Gradient(input)[0];
    Say($"  adj({input}) = {sum} = {sum.Simplify()}");
}

Heading("5. A value used three times, twice by one operation");
Trace knot = Trace.Of(x => { Tensor s = x[0].Sin(); return s * s + s.Exp(); }, [0.5]);
PrintAdjoints(knot);
PrintPartials(knot);

Heading("6. An operation that does not lead to the result receives no adjoint and is skipped");
Tensor x3 = 3;
x3.RequiresGrad = true;
using (var autograd = new Autograd())
{
    Tensor unused = x3.Exp();
    Tensor y = x3 * x3;
    Tensor alsoUnused = y.Sqrt();
    foreach (BackwardStep step in Stepper.Backward(autograd, y)) PrintStep(step);
    Say($"  {autograd.Operations.Count} operations recorded; the derivative of x3 * x3 is {Cell(x3.Grad)}");
}
PrintAdjoints(Trace.Of(x => { Tensor unused = x[0].Exp(); return x[0] * x[0]; }, [3]));

Heading("Try next");
Say("Call .Detach() on v4 inside F, which makes it a constant without gradient history: which adjoints change, and which becomes 'none'?");
Heading("Exercise");
Say("Fill in the adjoints of y = x1 sin(x1 x2) at (2, 5) on paper, with a partial adjoint for every arrow. Then let PrintAdjoints grade you.");
Say("Solution: samples/lessons/solutions.md");

static void PrintAdjoints(Trace trace) => Table(["adjoint", "number", "formula"],
    trace.Rows.Reverse().Select(row => new object?[]
    {
        $"adj({row.Label})", row.Adjoint,
        row.Adjoint is null ? "the result does not depend on it" : row.AdjointFormula == "" ? "the result itself" : row.AdjointFormula,
    }));

// A line for each operation, and below it one for each of its inputs.
static void PrintStep(BackwardStep step) => Say("  " + Regex.Replace(step.Text.Replace("; backward", "\n  backward"), @";? (?=\S+ receives)", "\n    "));

static void PrintPartials(Trace trace) => Table(["from", "to", "partial adjoint", "number", "sum so far"],
    from row in trace.Rows.Reverse()
    from partial in row.Partials
    select new object?[] { trace.Rows[partial.User - 1].Label, row.Label, partial.Formula, partial.Value, partial.Sum });
