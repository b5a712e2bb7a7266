#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using static Blackboard;

// One network twice. Homework 1, part 1 writes layers: each has a Forward and a Backward, and a network calls them in order. Homework 1 writes
// an engine: operations are recorded, and one Backward serves every network. Here both compute the gradients of MLP4, the network of part 1 with
// five linear layers (2-4-8-8-4-2), each followed by ReLU; the loss is the mean of the squared differences.
Tensor.DefaultDType = DType.Float64;
int[] sizes = [2, 4, 8, 8, 4, 2];
var random = new Generator(3);
Tensor inputs = Tensor.Randn([6, 2], generator: random), targets = Tensor.Randn([6, 2], generator: random);
(Tensor W, Tensor B)[] parameters = [.. Enumerable.Range(1, 5).Select(k =>
    (Tensor.Randn([sizes[k], sizes[k - 1]], generator: random), Tensor.Rand([sizes[k]], generator: random)))];

Heading("1. By layers: every layer keeps what its Backward needs, and the network calls them last to first");
var layers = new List<Layer>();
foreach ((Tensor w, Tensor b) in parameters) layers.AddRange([new LinearLayer(w, b), new ReluLayer()]);
Tensor a = inputs;
foreach (Layer layer in layers) a = layer.Forward(a);
Tensor lossByLayers = ((a - targets) * (a - targets)).Sum() / a.ElementCount;
Tensor gradient = 2 * (a - targets) / a.ElementCount;                  // dL/dA of the last layer
foreach (Layer layer in Enumerable.Reverse(layers)) gradient = layer.Backward(gradient);
Say($"  loss {lossByLayers}, {layers.Count} calls of Forward, {layers.Count} of Backward");

Heading("2. By tape: the operations are recorded, and the engine runs their rules last to first");
foreach ((Tensor w, Tensor b) in parameters) w.RequiresGrad = b.RequiresGrad = true;
using (var autograd = new Autograd())
{
    Tensor z = inputs;
    foreach ((Tensor w, Tensor b) in parameters) z = (z.MatMul(w.T) + b).ReLU();
    Tensor lossByTape = ((z - targets) * (z - targets)).Sum() / z.ElementCount;
    autograd.Backward(lossByTape);
    Say($"  loss {lossByTape}, {autograd.Operations.Count} operations recorded");
    Say($"  the first layer on the tape: {string.Join(", ", autograd.Operations.Take(4).Select(operation => operation.Name))}");
}

Heading("3. The gradients are the same");
Table(["layer", "dL/dW", "largest element", "difference", "dL/db", "difference"], parameters.Select((p, k) =>
{
    var layer = (LinearLayer)layers[2 * k];
    return new object?[] { k, p.W.Grad!.Shape, p.W.Grad.Abs().Max(), Largest(p.W.Grad - layer.DLdW!), p.B.Grad!.Shape, Largest(p.B.Grad - layer.DLdB!) };
}));
Say($"largest difference {Cell(parameters.Select((p, k) => ((LinearLayer)layers[2 * k], p)).Max(pair => Math.Max(Largest(pair.p.W.Grad! - pair.Item1.DLdW!), Largest(pair.p.B.Grad! - pair.Item1.DLdB!))))}");

Heading("4. Side by side");
Table(["", "by layers (part 1)", "by tape (homework 1)"],
[
    ["what you write", "Forward and Backward of each layer", "one rule for each operation, and the sweep once"],
    ["who keeps the inputs", "each layer, from Forward to Backward", "each operation on the tape, until the scope ends"],
    ["the order of Backward", "written in each network", "the tape's, from its end"],
    ["a value used twice", "its layers must add the gradients", "the engine adds the partial adjoints"],
    ["if, loops, any code", "a new layer", "recorded as it ran"],
    ["gradient of the input", "returned by the first layer's Backward", "computed only if the input requires a gradient"],
]);

Heading("Try next");
Say("Use the same LinearLayer twice in one network of layers: which gradient is wrong, and why is it right on the tape?");
Heading("Exercise");
Say("Add a residual connection, z + (z W^T + b).ReLU() for the layer of 8 neurons, in both forms. How many lines does each take?");
Say("Solution: samples/lessons/solutions.md");

static double Largest(Tensor difference) => difference.Abs().Max().Item();

abstract class Layer
{
    public abstract Tensor Forward(Tensor a);

    public abstract Tensor Backward(Tensor dLdZ);
}

/// <summary>Z = A W^T + b for a batch of rows</summary>
sealed class LinearLayer(Tensor w, Tensor b) : Layer
{
    Tensor? _a;

    public Tensor? DLdW { get; private set; }

    public Tensor? DLdB { get; private set; }

    public override Tensor Forward(Tensor a) => (_a = a).MatMul(w.T) + b;

    public override Tensor Backward(Tensor dLdZ)
    {
        (DLdW, DLdB) = (dLdZ.T.MatMul(_a!), dLdZ.Sum(dims: 0));
        return dLdZ.MatMul(w);
    }
}

/// <summary>A = max(Z, 0)</summary>
sealed class ReluLayer : Layer
{
    Tensor? _z;

    public override Tensor Forward(Tensor z) => Tensor.Maximum(_z = z, 0);

    public override Tensor Backward(Tensor dLdA) => Tensor.Where(_z! > 0, dLdA, 0);
}
