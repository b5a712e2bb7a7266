#:project ../../MyTorch/MyTorch.csproj
using System.Globalization;
using MyTorch;
using MyTorch.Inspection;
using MyTorch.Nn;
using MyTorch.Optim;
using static Blackboard;

// Lesson 13. What a step costs. The tape knows each operation of a training step, so it can say exactly what the step costs: the numbers that are
// kept for the backward pass, the gradients, and the multiplications with additions ("multiply-adds") of the matrix products. Bytes and
// multiply-adds are counted, not estimated. Only section 6 measures times: on your machine they differ.
var random = new Generator(0);
var criterion = new CrossEntropyLoss();

Heading("1. The account of one step: 20 inputs, 16 neurons, 5 classes, a batch of 8");
var small = new MLP(20, [16], 5, generator: random);
StepCost account = Account(small, rows: 8, inputs: 20, classes: 5);
Say("  " + account.ToText().TrimEnd().Replace("\n", "\n  "));
Say("By hand, for v5 = Linear(c1, v1, v2), with 4 bytes a number:");
Say("  result     8 * 16 * 4 = 512 bytes: a row for each example, a number for each neuron");
Say("  kept       8 * 20 * 4 = 640 bytes: the gradient of the weight is dY^T X, so the rule reads X, the batch");
Say("  gradients  (20 * 16 + 16) * 4 = 1344 bytes: of the weight and of the bias; the batch needs none");
Say("  forward    8 * 20 * 16 = 2560 multiply-adds: X W^T. Backward again 2560: dY^T X. The second layer also has dX = dY W: twice 640");

Heading("2. What is kept for the backward pass");
Table(["network", "results", "of them read by a backward rule"],
    new (string Name, Func<Tensor, Tensor> Activation)[] { ("ReLU", x => x.ReLU()), ("Tanh", x => x.Tanh()), ("no activation", x => x) }.Select(one =>
    {
        var network = new Network(one.Activation, random);
        StepCost cost = Account(network, rows: 8, inputs: 20, classes: 5);
        return new object?[] { one.Name, cost.Results.Bytes, cost.Saved!.Bytes - cost.Given.Bytes };
    }));
Say("The rule of ReLU reads its input, that of Tanh its output. The next layer reads the output anyway: one array, counted once.");
Say("So with Tanh the sums before the activation are not needed. MyTorch's tape keeps all results until the scope ends, so that they can be looked at.");

Heading("3. Twice the batch");
Table(["batch", "parameters", "gradients", "activations", "without the loss", "multiply-adds"],
    new[] { 8, 16, 32 }.Select(rows => Account(small, rows, inputs: 20, classes: 5) is var cost
        ? new object?[] { rows, cost.Parameters.Bytes, cost.Gradients.Bytes, cost.Activations.Bytes, cost.Activations.Bytes - 4, cost.ForwardMultiplyAdds + cost.BackwardMultiplyAdds }
        : []));
Say("A batch twice as large doubles activations and multiply-adds. Parameters and gradients stay: they belong to the network. (The loss is one number.)");

Heading("4. What the optimizer keeps");
Table(["optimizer", "bytes", "of the parameters", "what"],
    new (string Name, Optimizer Optimizer)[]
    {
        ("SGD", new SGD(small.Parameters(), 0.01)),
        ("SGD with momentum", new SGD(small.Parameters(), 0.01, momentum: 0.9)),
        ("Adam", new Adam(small.Parameters())),
    }.Select(one =>
    {
        StepCost cost = Account(small, rows: 8, inputs: 20, classes: 5, one.Optimizer);
        long bytes = cost.OptimizerState!.Values.Where(memory => memory.Numbers > memory.Tensors).Sum(memory => memory.Bytes);
        return new object?[] { one.Name, bytes, (double)bytes / cost.Parameters.Bytes, string.Join(", ", cost.OptimizerState.Keys) };
    }));
Say("Momentum keeps one number for each parameter, Adam two. (Its count of steps, one number for each array, is left out here.)");
Say("So a parameter costs 2, 3 or 4 numbers in training: itself, its gradient, and what the optimizer keeps. In use it costs one.");

Heading("5. Bars in the picture: what each operation keeps for the backward pass");
using (var autograd = new Autograd(recordSources: true))
{
    Tensor loss = criterion.Forward(small.Forward(Batch(8, 20)), Labels(8, 5));
    StepCost cost = autograd.Cost(new StepCostOptions { Model = small, Output = loss });
    TapeGraph graph = TapeGraph.Of(autograd, new TapeGraphOptions { Title = "What a step keeps", Model = small, Bars = cost.Bars(StepCostPart.SavedBytes) });
    Say(graph.ToText().TrimEnd());
    Keep("13-what-a-step-keeps.svg", graph.ToSvg());                    // .ToDot() and .ToMermaid() have bars of characters
}

Heading("6. Why a small network is all overhead, and a large one all products");
var rowsOfTable = new List<object?[]>();
foreach ((int[] sizes, int rows) in new[] { (new[] { 2, 16, 2 }, 4), ([64, 128, 64, 10], 32), ([256, 512, 256, 10], 64) })
{
    var network = new MLP(sizes[0], sizes[1..^1], sizes[^1], generator: random);
    StepCost cost = Account(network, rows, sizes[0], sizes[^1], measure: true);
    long multiplyAdds = (cost.ForwardMultiplyAdds + cost.BackwardMultiplyAdds)!.Value;
    rowsOfTable.Add([string.Join("-", sizes), rows, cost.Operations.Count, multiplyAdds, multiplyAdds / cost.Operations.Count, Rounded(cost.Microseconds!.Value), Percent(cost.ShareOfLimit!.Value)]);
}
Table(["network", "batch", "operations", "multiply-adds", "for each operation", "microseconds", "share of the limit"], rowsOfTable);
Say("The share of the limit is the time that the multiply-adds alone would take on this processor, of the time that was measured.");
Say("Lessons run without optimization. With it all times are shorter:  dotnet run -c Release samples/lessons/13-what-a-step-costs.cs");
Say("An operation costs about the same for any size: a call, a new tensor, an entry on the tape. In a small network that is nearly all.");
Say("In a large network the products take the time, so only they are worth a fast kernel, and its number of operations hardly matters.");

Heading("Try next");
Say("Drills of this kind, on paper or at the prompt:  dotnet run samples/lessons/drill.cs -- --costs");
Heading("Exercise");
Say("Which batch makes the activations of a network 784-512-256-10 as large as its parameters? Compute it first, then let the account say it.");
Say("Solution: samples/lessons/solutions.md");

// One step, with a Step of the optimizer first if one is given, so that its state is there.
StepCost Account(Module model, int rows, int inputs, int classes, Optimizer? optimizer = null, bool measure = false)
{
    Tensor x = Batch(rows, inputs), labels = Labels(rows, classes);
    if (optimizer is not null)
    {
        using (var first = new Autograd()) first.Backward(criterion.Forward(model.Forward(x), labels));
        optimizer.Step();
        optimizer.ZeroGrad();
    }
    using var autograd = new Autograd(recordSources: true);
    Tensor loss = criterion.Forward(model.Forward(x), labels);
    return autograd.Cost(new StepCostOptions { Model = model, Output = loss, Optimizer = optimizer, Measure = measure, Runs = 3 });
}

Tensor Batch(int rows, int inputs) => Tensor.Randn([rows, inputs], generator: random);

Tensor Labels(int rows, int classes) => Tensor.RandInt(classes, [rows], random);

static string Rounded(double number) => number.ToString("F0", CultureInfo.InvariantCulture);

static string Percent(double share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture) + " %";

/// <summary>Two linear layers with an activation between them.</summary>
sealed class Network(Func<Tensor, Tensor> activation, Generator random) : Module
{
    readonly Linear _first = new(20, 16, generator: random), _second = new(16, 5, generator: random);

    protected override Tensor ForwardCore(Tensor input) => _second.Forward(activation(_first.Forward(input)));
}
