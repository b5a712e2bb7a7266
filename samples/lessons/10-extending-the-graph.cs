#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Differentiation;
using MyTorch.Inspection;
using MyTorch.Symbolic;
using static Blackboard;

// Lesson 10. There are two ways to compute gradients: on the same graph, or by extending the graph. On the same graph, the sweep reads the
// tape and computes numbers. By extending the graph, the operations of the sweep are recorded too. Then a gradient is a value like any
// other, and can be differentiated.
Tensor.DefaultDType = DType.Float64;
Tensor x = 0.5;
x.RequiresGrad = true;

Heading("1. On the same graph: the tape does not grow");
using (var autograd = new Autograd())
{
    Tensor y = x.Sin() * x;
    int before = autograd.Operations.Count;
    Tensor first = autograd.Gradients(y, [x], createGraph: false)[0]!;
    Say($"  {before} operations before the sweep, {autograd.Operations.Count} after; the gradient {Cell(first)} has no gradient history: {first.Producer is null}");
}

Heading("2. By extending the graph: the adjoints become operations");
using (var autograd = new Autograd())
{
    Tensor y = x.Sin() * x;
    int before = autograd.Operations.Count;
    Tensor first = autograd.Gradients(y, [x], createGraph: true)[0]!;
    int extended = autograd.Operations.Count;
    Say($"  {before} operations before the sweep, {extended} after");
    // A leaf is an input, which no operation computed; "backward 1" is what the first sweep recorded. The 1 in v4 and v5 is adj(v3).
    var graph = TapeGraph.Of(autograd, new() { Title = "The extended graph", ShowGradients = false });
    Say(graph.ToText().TrimEnd());
    Keep("10-extended-graph.svg", graph.ToSvg());                       // .ToMermaid() and .ToDot() draw it too

    Heading("3. So the gradient can be traced, and differentiated again");
    foreach (TraceRow row in Trace.Of(autograd, first).Rows.Where(row => row.Adjoint is not null))
        Say($"  {row.Label} = {row.Expression} = {Cell(row.Value)}, adjoint {Cell(row.Adjoint)}");
    Tensor second = autograd.Gradients(first, [x])[0]!;
    Table(["", "engine", "formula"],
    [
        ["y", y, Math.Sin(0.5) * 0.5],
        ["y'", first, Math.Cos(0.5) * 0.5 + Math.Sin(0.5)],
        ["y''", second, 2 * Math.Cos(0.5) - Math.Sin(0.5) * 0.5],
    ]);
}

Heading("4. And again: x^7, and how the tape grows with every derivative");
using (var autograd = new Autograd())
{
    Tensor derivative = x * x * x * x * x * x * x;
    double formula = Math.Pow(0.5, 7);
    var rows = new List<object?[]> { new object?[] { 0, derivative, formula, autograd.Operations.Count } };
    for (int order = 1; order <= 5; order++)
    {
        derivative = autograd.Gradients(derivative, [x], createGraph: true)[0]!;
        formula *= (8 - order) / 0.5;                                  // the derivative of x^n is n x^n / x
        rows.Add([order, derivative, formula, autograd.Operations.Count]);
    }
    Table(["order", "engine", "formula", "operations on the tape"], rows);
}

Heading("5. An application: Newton's method, which divides the first derivative by the second");
Tensor F(Tensor x) => x.Exp() - 2 * x;                                  // smallest where exp x = 2
Tensor at = 2;
for (int step = 0; step < 6; step++)
{
    Say($"  step {step}: x = {at}");
    at = (at - Differentiate.Gradient(F, at) / Differentiate.Gradient(x => Differentiate.Gradient(F, x), at)).Detach();
}
Say($"  ln 2      = {Math.Log(2)}");

Heading("Try next");
Say("In section 4 replace the product by x.Pow(7): how many operations are on the tape now, and why so few?");
Heading("Exercise");
Say("Add to a loss the square of its gradient (a gradient penalty), and take a gradient step on the sum. Which flag do you need?");
Say("Solution: samples/lessons/solutions.md");
