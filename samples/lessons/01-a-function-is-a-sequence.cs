#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Inspection;
using MyTorch.Symbolic;
using static Blackboard;

// Lesson 01. A function is a sequence of simple operations.
// The lecture's function is y = ln x1 + x1 x2 - sin x2, here at (2, 5). While it runs, every operation is recorded. This sequence of
// operations is all that the next lessons need. Symbolic differentiation works on a formula; this works on any code that runs.
Tensor.DefaultDType = DType.Float64;
Tensor[] at = [2, 5];

Tensor NamedStatements(IReadOnlyList<Tensor> x)
{
    Tensor v1 = x[0], v2 = x[1];
    Tensor v3 = v1.Log();
    Tensor v4 = v1 * v2;
    Tensor v5 = v2.Sin();
    Tensor v6 = v3 + v4;
    Tensor v7 = v6 - v5;
    return v7;
}

Tensor OneLine(IReadOnlyList<Tensor> x) => x[0].Log() + x[0] * x[1] - x[1].Sin();

Heading("1. Five named statements record the lecture's table");
Trace named = Trace.Of(NamedStatements, at);
Print(named);

Heading("2. The one-line form: the same operations in the order in which C# evaluates them");
Trace oneLine = Trace.Of(OneLine, at);
Print(oneLine);

Heading("3. Two orders of one computation");
// Every value must come after the values that it is computed from. Several orders satisfy that: a topological order is not unique.
// From here on all lessons use the lecture's order, with the lecture's numbers v1 to v7.
Say($"named:    {string.Join(", ", named.Rows.Select(row => row.Operation ?? "input"))}");
Say($"one line: {string.Join(", ", oneLine.Rows.Select(row => row.Operation ?? "input"))}");
Say($"the same values, sorted: {Sorted(named).SequenceEqual(Sorted(oneLine))}");
foreach (Trace trace in new[] { named, oneLine })
    Say($"every value comes after its inputs: {trace.Rows.All(row => row.Inputs.All(input => input < row.Index))}");

Heading("4. What the engine keeps: the operations, in sequence");
Tensor x1 = at[0], x2 = at[1];
x1.RequiresGrad = x2.RequiresGrad = true;              // only operations on such tensors, and on results of these, are recorded
using (var autograd = new Autograd())                  // it records until the end of the block: this is the tape
{
    Tensor y = NamedStatements([x1, x2]);
    foreach (Operation operation in autograd.Operations) Say("  " + operation);
    Say($"{autograd.Operations.Count} operations; the {named.Rows.Count - autograd.Operations.Count} inputs are rows of the table, not operations. y = {y}");
}

Heading("5. A loop and an if are not recorded: only the operations that ran are");
Tensor Loop(IReadOnlyList<Tensor> x)
{
    Tensor y = x[0];
    for (int i = 0; i < 3; i++) y = i % 2 == 0 ? y * y : y.Sin();
    return y;
}
Print(Trace.Of(Loop, [0.9]));

Heading("Try next");
Say("Swap two of the named statements that do not use each other and run again: which v is in another row now, and does any number change?");
Heading("Exercise");
Say("Write the sequence of y = (x1 + x2)(x1 + x2) on paper: first with the sum computed twice, then with the sum computed once. Trace both.");
Say("Solution: samples/lessons/solutions.md");

static void Print(Trace trace) => Table(["value", "is", "operation", "uses", "number"],
    trace.Rows.Select(row => new object?[]
        { row.Label, row.Expression, row.Operation ?? "", string.Join(", ", row.Inputs.Select(i => trace.Rows[i - 1].Label)), row.Value }));

static IEnumerable<double> Sorted(Trace trace) => trace.Rows.Select(row => row.Value.Item()).Order();
