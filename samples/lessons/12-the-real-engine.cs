#:project ../../MyTorch/MyTorch.csproj
using System.Diagnostics;
using MyTorch;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;
using static Blackboard;

// Lesson 12. The real engine. This page leads from lesson 04's engine to MyTorch's, part by part: what a part is for, what it costs, and what it
// saves. Lesson 04's engine is correct; its forty lines are at the end of this page again. MyTorch's engine does the same sweep in
// MyTorch/Autograd.cs. The files of MyTorch/Engine add the other parts, and each heading names the class. Operations are counted, bytes are
// what .NET allocates, and times are ratios of the fastest of several runs: on your machine they differ a little.
Tensor.DefaultDType = DType.Float64;
const int Batch = 32, In = 32, Out = 16;
var random = new Generator(0);
Tensor x = Tensor.Randn([Batch, In], generator: random);
Tensor w = Tensor.Randn([Out, In], generator: random), b = Tensor.Randn([Out], generator: random);
w.RequiresGrad = b.RequiresGrad = true;
var summary = new List<object?[]>();

Heading($"1. Tensors instead of numbers (Tensor, Operation): one linear layer with tanh, {In} inputs, {Out} neurons, {Batch} examples");
var (scalarTime, scalarBytes, scalarOperations) = Measure(() =>
{
    var engine = new Engine();
    Node[,] weights = new Node[Out, In];
    for (int j = 0; j < Out; j++)
        for (int i = 0; i < In; i++) weights[j, i] = engine.Variable(w.Item(j, i));
    Node loss = engine.Constant(0);
    for (int n = 0; n < Batch; n++)
        for (int j = 0; j < Out; j++)
        {
            Node sum = engine.Variable(b.Item(j));
            for (int i = 0; i < In; i++) sum += weights[j, i] * engine.Constant(x.Item(n, i));
            loss += sum.Tanh();
        }
    engine.Gradients(loss);
    return engine.Count;
}, runs: 5);
var (tensorTime, tensorBytes, tensorOperations) = Measure(() => Step(x => (x.MatMul(w.T) + b).Tanh()), runs: 50);
Table(["engine", "operations", "bytes allocated", "time"],
[
    ["lesson 04", scalarOperations, scalarBytes, "1"],
    ["MyTorch", tensorOperations, tensorBytes, $"1/{scalarTime / tensorTime:0}"],
]);
Say("An operation on tensors is recorded once for all its numbers, and its backward rule works on whole arrays.");
summary.Add(["tensors", "a shape for every value, a rule on arrays", $"{scalarOperations / tensorOperations} times fewer operations, {scalarTime / tensorTime:0} times faster"]);

Heading("2. A scope (Tape): recording begins and ends");
var model = new MLP(64, [128, 128], 10, generator: random);
Tensor inputs = Tensor.Randn([64, 64], generator: random), labels = Tensor.RandInt(10, [64], random);
Tensor kept;
using (var autograd = new Autograd())
{
    kept = model.Forward(inputs);
    Say($"  inside the scope:  {autograd.Operations.Count} operations on the tape, the output has a gradient history: {kept.Producer is not null}");
}
Say($"  after its end:     the tape is empty, the output has a gradient history: {kept.Producer is not null}");
double inside = Fastest(() => { using var autograd = new Autograd(); model.Forward(inputs); }, 50), outside = Fastest(() => model.Forward(inputs), 50);
Say($"  the time of a forward pass: 1 outside any scope, {inside / outside:0.00} inside");
Say("Lesson 04's engine keeps every value as long as it exists. A scope releases the values of a step at its end; outside a scope nothing is recorded.");
summary.Add(["scopes", "a using block around each step", $"only one step's values are kept; recording makes a forward pass {inside / outside:0.0} times as long"]);

Heading("3. Sums instead of lists (Adjoints): a value with 1000 users");
Engine listEngine = new();
Node shared = listEngine.Variable(0.5), total = listEngine.Constant(0);
for (int i = 0; i < 1000; i++) total += shared.Tanh();
Dictionary<Node, List<double>> lists = listEngine.Gradients(total);
Tensor one = 0.5;
one.RequiresGrad = true;
Say($"  lesson 04: {lists[shared].Count} partial adjoints in the list of the value, {lists.Values.Sum(list => list.Count)} in all lists, kept to the end");
using (var autograd = new Autograd())
{
    Tensor sum = 0;
    for (int i = 0; i < 1000; i++) sum += one.Tanh();
    autograd.Backward(sum);
    Say($"  MyTorch:   1 sum for each value: {Cell(one.Grad)}; lesson 04: {Cell(lists[shared].Sum())}");
}
Say("A partial adjoint is added when it arrives. A sum is dropped as soon as the operation that computed its value has had its turn.");
summary.Add(["sums", "a partial adjoint cannot be read afterwards", $"{lists.Values.Sum(list => list.Count)} numbers less to keep"]);

Heading("4. Memory that is used again (GradientMemory): bytes that a training step allocates");
var criterion = new CrossEntropyLoss();
var optimizer = new SGD(model.Parameters(), learningRate: 0.01);
long adjointBytes = 0;
var steps = new List<long>();
for (int step = 1; step <= 5; step++)
{
    using var autograd = new Autograd();
    Tensor loss = criterion.Forward(model.Forward(inputs), labels);
    adjointBytes = 8 * (autograd.Operations.Sum(operation => (long)operation.Output.ElementCount) + model.Parameters().Sum(parameter => (long)parameter.ElementCount));
    long before = GC.GetAllocatedBytesForCurrentThread();
    autograd.Backward(loss);
    steps.Add(GC.GetAllocatedBytesForCurrentThread() - before);
    optimizer.Step();
    optimizer.ZeroGrad();
}
Say($"  all adjoints and gradients of a step, in new memory: {adjointBytes} bytes");
for (int step = 1; step <= steps.Count; step++) Say($"  Backward in step {step} allocates {steps[step - 1]} bytes");
Say("A buffer that no longer holds an adjoint is used for the next one of its size, in this step and in later ones. No rule may keep such a buffer.");
summary.Add(["gradient memory", "rules about who owns a buffer", $"Backward allocates {steps[^1]} bytes instead of {adjointBytes}"]);

Heading("5. Fused operations and rules: a linear layer as one operation");
var (plainTime, plainBytes, plainOperations) = Measure(() => Step(x => x.MatMul(w.T) + b), runs: 200);
var (fusedTime, fusedBytes, fusedOperations) = Measure(() => Step(x => x.Linear(w, b)), runs: 200);
Table(["layer", "operations", "bytes allocated", "time"],
[
    ["x.MatMul(w.T) + b", plainOperations, plainBytes, "1"],
    ["x.Linear(w, b)", fusedOperations, fusedBytes, $"{fusedTime / plainTime:0.00}"],
]);
Say("One operation computes what three did: no transposed copy, no intermediate result. Its rule is a kernel, so it is written twice:");
Say("once with kernels for the plain sweep, once with operations on tensors, which createGraph records. A test holds both to be equal.");
summary.Add(["fused rules", "a second form of the rule, and a test that both agree", $"{plainBytes - fusedBytes} bytes less, {fusedTime / plainTime:0.00} of the time"]);

Heading("6. Observers outside the plain sweep: Stepper, Trace, createGraph");
double plainSweep = Fastest(() => Train(loss => loss.Backward()), 50);
double steppedSweep = Fastest(() => Train(loss => { foreach (BackwardStep step in Stepper.Backward(Autograd.Current!, loss)) { } }), 5);
double recordedSweep = Fastest(() => Train(loss => Autograd.Current!.Gradients(loss, model.Parameters(), createGraph: true)), 10);
Say($"  the time of a step: 1 with the plain sweep, {recordedSweep / plainSweep:0.0} with createGraph, {steppedSweep / plainSweep:0.0} with Stepper, which describes each operation in words");
Say("The sweep calls a method Observe for each operation. It is empty in the plain sweep; Stepper and Trace override it, so only they pay.");
summary.Add(["observers", "an empty call for each operation", "steps, traces and drawings show the sweep that Backward runs"]);

Heading("7. Checks (Tape, Operation)");
Tensor changed = new double[] { 1, 2 };
changed.RequiresGrad = true;
using (var autograd = new Autograd())
{
    Tensor loss = changed.Square().Sum();
    changed.Fill(5);                                                    // the rule of Square reads its input, which is no longer what it was
    Fails(() => autograd.Backward(loss));
}
double anomalySweep = Fastest(() => Train(loss => loss.Backward(), detectAnomaly: true), 10);
double sourceSweep = Fastest(() => Train(loss => loss.Backward(), recordSources: true), 10);
Say($"  the time of a step: 1 without optional checks, {anomalySweep / plainSweep:0.0} with detectAnomaly, {sourceSweep / plainSweep:0.0} with recordSources");
Say("Every operation compares the times at which its inputs were last written: a few comparisons, always on, against silently wrong gradients.");
Say("Checks that read every value or the call stack are off by default. They are for debugging.");
summary.Add(["checks", "a few comparisons for each operation", "a changed tensor is an error, not a wrong gradient"]);

Heading("8. All parts");
Table(["part", "what it costs", "what it buys"], summary);
Say("The algorithm is still lesson 04's: read MyTorch/Autograd.cs, method Sweep, beside the method Gradients below.");

Heading("Try next");
Say("Change Batch, In and Out to 1, 1, 1. Which parts still pay for themselves, and which engine is faster now?");
Heading("Exercise");
Say("Change Gradients below so that it keeps one sum for each node instead of a list. How many lines change, and what does section 3 report then?");
Say("Solution: samples/lessons/solutions.md");

// A forward pass, a loss and Backward; how many operations were recorded.
int Step(Func<Tensor, Tensor> layer)
{
    using var autograd = new Autograd();
    autograd.Backward(layer(x).Sum());
    int count = autograd.Operations.Count;
    w.ZeroGrad();
    b.ZeroGrad();
    return count;
}

void Train(Action<Tensor> backward, bool detectAnomaly = false, bool recordSources = false)
{
    using var autograd = new Autograd(recordSources, detectAnomaly);
    backward(criterion.Forward(model.Forward(inputs), labels));
    optimizer.ZeroGrad();
}

static double Fastest(Action action, int runs)
{
    action();
    double fastest = double.PositiveInfinity;
    for (int run = 0; run < runs; run++)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
    return fastest;
}

static (double Time, long Bytes, int Operations) Measure(Func<int> action, int runs)
{
    int operations = 0;
    double time = Fastest(() => operations = action(), runs);
    long before = GC.GetAllocatedBytesForCurrentThread();
    action();
    return (time, GC.GetAllocatedBytesForCurrentThread() - before, operations);
}

/// <summary>The engine of lesson 04.</summary>
sealed class Node(Engine tape, double value, params (Node Input, double Derivative)[] edges)
{
    public double Value => value;
    public (Node Input, double Derivative)[] Edges => edges;

    public static Node operator +(Node a, Node b) => a.Result(a.Value + b.Value, (a, 1), (b, 1));
    public static Node operator *(Node a, Node b) => a.Result(a.Value * b.Value, (a, b.Value), (b, a.Value));
    public Node Tanh() => Result(Math.Tanh(Value), (this, 1 - Math.Tanh(Value) * Math.Tanh(Value)));

    Node Result(double result, params (Node, double)[] from) => tape.Record(new Node(tape, result, from));
}

sealed class Engine
{
    readonly List<Node> _operations = [];

    public int Count => _operations.Count;

    public Node Variable(double value) => new(this, value);

    public Node Constant(double value) => new(this, value);

    public Node Record(Node result)
    {
        _operations.Add(result);
        return result;
    }

    public Dictionary<Node, List<double>> Gradients(Node output)
    {
        var nodeToGrad = new Dictionary<Node, List<double>> { [output] = [1] };
        foreach (Node node in Enumerable.Reverse(_operations))
        {
            if (!nodeToGrad.TryGetValue(node, out List<double>? partials)) continue;    // does not lead to the output
            double adjoint = partials.Sum();
            foreach ((Node input, double derivative) in node.Edges)
            {
                if (!nodeToGrad.TryGetValue(input, out List<double>? list)) nodeToGrad[input] = list = [];
                list.Add(adjoint * derivative);
            }
        }
        return nodeToGrad;
    }
}
