#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Teaching;
using static Blackboard;

// Lesson 04. The whole algorithm. The engine at the end of this page is complete: it knows scalars only, and nothing is left out.
// Its method Gradients is the lecture's slide: node_to_grad maps a node to the list of its partial adjoints.

Heading("1. The lecture's function on the engine of this page");
var tape = new Engine();
Node v1 = tape.Variable(2), v2 = tape.Variable(5);
Node v3 = v1.Log();
Node v4 = v1 * v2;
Node v5 = v2.Sin();
Node v6 = v3 + v4;
Node v7 = v6 - v5;
Dictionary<Node, List<double>> nodeToGrad = tape.Gradients(v7);
Show(v7.Value);
Show(tape.Operations.Count);
Say($"  v1: partial adjoints {Cell(nodeToGrad[v1])}: the derivative is their sum, {Cell(nodeToGrad[v1].Sum())}");
Say($"  v2: partial adjoints {Cell(nodeToGrad[v2])}: the derivative is their sum, {Cell(nodeToGrad[v2].Sum())}");

Heading("2. The dictionary of lists while it fills: a row for each operation, last to first");
Node[] columns = [v7, v6, v5, v4, v3, v2, v1];
var visited = new Queue<string>(["start", "v7 = v6 - v5", "v6 = v3 + v4", "v5 = sin v2", "v4 = v1 v2", "v3 = ln v1"]);
var rows = new List<object?[]>();
tape.Gradients(v7, lists => rows.Add([visited.Dequeue(), .. columns.Select(node => lists.TryGetValue(node, out List<double>? list) ? $"[{Cell(list)}]" : "")]));
Table(["after", "v7", "v6", "v5", "v4", "v3", "v2", "v1"], rows);
Say("When an operation's turn comes, every user of its result has had its turn, so the list is complete: its sum is the adjoint.");

Heading("3. Against MyTorch's engine, on random graphs");
const int Graphs = 1000;
Tensor.DefaultDType = DType.Float64;
int operations = 0, skipped = 0, compared = 0, agreeing = 0;
double largest = 0;
for (int seed = 0; seed < Graphs; seed++)
{
    // The same random program, run once with nodes and once with tensors. Operands are any two values so far, so paths fork and join.
    var engine = new Engine();
    Node[] nodes = Program<Node>(seed, engine.Variable, (op, a, b) => op switch
        { 0 => a + b, 1 => a - b, 2 => a * b, 3 => a / (b * b + engine.Constant(1)), 4 => a.Sin(), 5 => a.Tanh(), 6 => a.Sin().Exp(), _ => (a * a + engine.Constant(1)).Log() });
    Dictionary<Node, List<double>> grads = engine.Gradients(nodes[^1]);

    using var autograd = new Autograd();
    Tensor[] tensors = Program<Tensor>(seed, x => { Tensor variable = x; variable.RequiresGrad = true; return variable; }, (op, a, b) => op switch
        { 0 => a + b, 1 => a - b, 2 => a * b, 3 => a / (b * b + 1), 4 => a.Sin(), 5 => a.Tanh(), 6 => a.Sin().Exp(), _ => (a * a + 1).Log() });
    Tensor?[] expected = autograd.Gradients(tensors[^1], tensors);

    operations += autograd.Operations.Count;
    double difference = 0;
    for (int i = 0; i < nodes.Length; i++)
    {
        // No entry here and null there mean the same: the result does not depend on it, so the sweep skipped it.
        if (grads.ContainsKey(nodes[i]) != expected[i] is not null) throw new InvalidOperationException($"Graph {seed}: the engines disagree on what v{i + 1} leads to.");
        if (expected[i] is not { } gradient) { skipped++; continue; }
        compared++;
        difference = Math.Max(difference, Math.Abs(grads[nodes[i]].Sum() - gradient.Item()) / Math.Max(1, Math.Abs(gradient.Item())));
    }
    largest = Math.Max(largest, difference);
    if (difference < 1e-12) agreeing++;
}
Say($"{Graphs} graphs, {operations} operations: {compared} adjoints compared, {skipped} values skipped by both engines.");
Say($"largest difference, relative: {Cell(largest)}");
Say($"all adjoints the same, to 12 digits, in {agreeing} of the graphs");

Heading("4. Unlike the slide");
Say("The slide sorts the nodes that lead to the result. A tape needs no sorting, since it was written in a possible order;");
Say("but it also holds operations that do not lead to the result. Their lists are missing, and they are skipped.");

Heading("5. A network that learns on the engine of this page: 2 inputs, 4 hidden neurons with tanh, 1 output");
var generator = new Generator(1);
double[] weights = [.. Enumerable.Range(0, 17).Select(_ => 2 * generator.NextDouble() - 1)];          // 4 x (2 weights + 1 bias), then 4 weights + 1 bias
for (int epoch = 0; epoch <= 300; epoch++)
{
    double loss = Network.Step(weights, rate: 0.1);
    if (epoch % 50 == 0) Say($"  epoch {epoch,3}  loss {Cell(loss)}");
}
var trained = new Engine();
Node[] learned = [.. weights.Select(trained.Variable)];
Table(["x1", "x2", "target", "output"],
    Network.Examples.Select(one => new object?[] { one.X1, one.X2, one.Target, Math.Round(Network.Output(trained, learned, one.X1, one.X2).Value, 2) }));

Heading("6. The library's sweep of a function that you write, step by step: dotnet run 04-the-algorithm.cs -- \"exp(x1*x2) + x1\" 0.5 2");
if (!FunctionText.TryParse(args is [var written, ..] ? written : "ln(x1) + x1*x2 - sin(x2)", out FunctionText? function, out FunctionTextException? wrong))
{
    Say($"{wrong.ToUnderlinedText()}\n{wrong.Message}");
    return;
}
double[] point = [.. function.Variables.Select((_, i) => i + 1 < args.Length ? double.Parse(args[i + 1], System.Globalization.CultureInfo.InvariantCulture) : i == 0 ? 2 : 5)];
Walkthrough walk = Walkthrough.Of(FunctionTrace.Of(function, point), Sweep.Adjoints);
for (int i = 0; i < walk.Listing.Count; i++) Say($"  {i + 1}  {walk.Listing[i]}");
for (int i = 0; i < walk.Steps.Count; i++) Say($"  {walk.ToText(i)}");

Heading("Try next");
Say("In Engine.Add, clear the list before list.Add: each partial adjoint overwrites the one before. How many of the graphs still agree? Does the network still learn?");
Heading("Exercise");
Say("Add Sqrt and a power with a constant exponent to the engine and to the random programs. Each takes a method of Node and a case in both");
Say("lists of operations, and Program must draw from 10 operations. Sqrt needs an operand above 0: let it have a * a + 1, as Log does.");
Say("Solution: samples/lessons/solutions.md");

static T[] Program<T>(int seed, Func<double, T> variable, Func<int, T, T, T> apply)
{
    var random = new Generator(seed);
    var values = new List<T>();
    for (int inputs = 1 + random.Next(4); inputs > 0; inputs--) values.Add(variable(random.NextDouble() + 0.5));
    for (int steps = 1 + random.Next(15); steps > 0; steps--)
        values.Add(apply(random.Next(8), values[random.Next(values.Count)], values[random.Next(values.Count)]));
    return [.. values];
}

/// <summary>A network of 2 inputs, 4 hidden neurons with tanh and 1 output, and what it learns. Lesson 09 says what the words mean.</summary>
static class Network
{
    // Exclusive or: 1 where the inputs differ.
    public static (double X1, double X2, double Target)[] Examples => [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)];

    // tanh of four weighted sums, then a weighted sum of these.
    public static Node Output(Engine engine, Node[] w, double x1, double x2)
    {
        Node output = w[16];
        for (int j = 0; j < 4; j++)
            output += w[12 + j] * (w[3 * j] * engine.Constant(x1) + w[3 * j + 1] * engine.Constant(x2) + w[3 * j + 2]).Tanh();
        return output;
    }

    // The sum of the squared errors.
    public static Node Loss(Engine engine, Node[] w) => Examples
        .Select(one => { Node error = Output(engine, w, one.X1, one.X2) - engine.Constant(one.Target); return error * error; })
        .Aggregate((a, b) => a + b);

    // Moves the weights a step against the gradient. Returns the loss before it.
    public static double Step(double[] weights, double rate)
    {
        var engine = new Engine();                                  // a new tape for each step
        Node[] w = [.. weights.Select(engine.Variable)];
        Node loss = Loss(engine, w);
        Dictionary<Node, List<double>> grads = engine.Gradients(loss);
        for (int i = 0; i < weights.Length; i++) weights[i] -= rate * grads[w[i]].Sum();
        return loss.Value;
    }
}

/// <summary>A number on a tape: what it was made of, and its derivative with respect to each of these.</summary>
sealed class Node(Engine tape, double value, params (Node Input, double Derivative)[] edges)
{
    public double Value => value;
    public (Node Input, double Derivative)[] Edges => edges;

    public static Node operator +(Node a, Node b) => a.Result(a.Value + b.Value, (a, 1), (b, 1));
    public static Node operator -(Node a, Node b) => a.Result(a.Value - b.Value, (a, 1), (b, -1));
    public static Node operator *(Node a, Node b) => a.Result(a.Value * b.Value, (a, b.Value), (b, a.Value));
    public static Node operator /(Node a, Node b) => a.Result(a.Value / b.Value, (a, 1 / b.Value), (b, -a.Value / (b.Value * b.Value)));
    public Node Log() => Result(Math.Log(Value), (this, 1 / Value));
    public Node Exp() => Result(Math.Exp(Value), (this, Math.Exp(Value)));
    public Node Sin() => Result(Math.Sin(Value), (this, Math.Cos(Value)));
    public Node Tanh() => Result(Math.Tanh(Value), (this, 1 - Math.Tanh(Value) * Math.Tanh(Value)));

    Node Result(double result, params (Node, double)[] from) => tape.Record(new Node(tape, result, from));
}

/// <summary>The tape: every operation in sequence, and the sweep from the last to the first.</summary>
sealed class Engine
{
    readonly List<Node> _operations = [];

    public IReadOnlyList<Node> Operations => _operations;

    public Node Variable(double value) => new(this, value);

    public Node Constant(double value) => new(this, value);

    public Node Record(Node result)
    {
        _operations.Add(result);
        return result;
    }

    // A watcher sees the lists at the start and after each operation.
    public Dictionary<Node, List<double>> Gradients(Node output, Action<Dictionary<Node, List<double>>>? watch = null)
    {
        var nodeToGrad = new Dictionary<Node, List<double>> { [output] = [1] };
        watch?.Invoke(nodeToGrad);
        foreach (Node node in Enumerable.Reverse(_operations))
        {
            if (!nodeToGrad.TryGetValue(node, out List<double>? partials)) continue;    // does not lead to the output
            double adjoint = partials.Sum();
            foreach ((Node input, double derivative) in node.Edges) Add(nodeToGrad, input, adjoint * derivative);
            watch?.Invoke(nodeToGrad);
        }
        return nodeToGrad;
    }

    // A value that is used twice has two partial adjoints: the list keeps both.
    public static void Add(Dictionary<Node, List<double>> nodeToGrad, Node input, double partial)
    {
        if (!nodeToGrad.TryGetValue(input, out List<double>? list)) nodeToGrad[input] = list = [];
        list.Add(partial);
    }
}
