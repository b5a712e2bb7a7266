#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using static Blackboard;

// Lesson 11. A network learns to tell two spirals apart, and this page draws its predictions while it learns. It uses what the lessons
// before have shown: a batch of points, an MLP, its logits, a loss, a backward sweep and a step.
Dataset data = Dataset.Spirals(perClass: 150, classes: 2, noise: 0.1, seed: 0);
(Dataset train, Dataset test) = data.Split(trainFraction: 0.8, seed: 0);
var model = new MLP(data.FeatureCount, [32, 32], data.ClassCount, generator: new Generator(0));    // two hidden layers of 32 neurons with ReLU: max(0, z)
var criterion = new CrossEntropyLoss();    // the mean of -ln p, p the probability of the right class; takes logits: it contains the softmax
var optimizer = new SGD(model.Parameters(), learningRate: 0.1, momentum: 0.9);

(double X, double Y, int Class)[] points = [.. Enumerable.Range(0, data.Count).Select(n => (data.Inputs.Item(n, 0), data.Inputs.Item(n, 1), (int)data.Labels.Item(n)))];
double right = points.Max(p => Math.Abs(p.X)), top = points.Max(p => Math.Abs(p.Y));

Heading("1. The data and the network");
Show(train.Inputs.Shape);
Show(test.Inputs.Shape);
Say(model);
Draw("The points: A is class 0, B is class 1", boundary: false);

Heading("2. Learning: where the network predicts A (.) and B (:), under the points");
const int Epochs = 100;
var history = new List<(double Epoch, double Loss)>();
for (int epoch = 1; epoch <= Epochs; epoch++)
{
    double total = 0;
    foreach (Batch batch in new DataLoader(train, batchSize: 32, shuffle: true, seed: epoch))
    {
        using var autograd = new Autograd();
        Tensor loss = criterion.Forward(model.Forward(batch.Inputs), batch.Labels);
        autograd.Backward(loss);
        optimizer.Step();
        optimizer.ZeroGrad();
        total += loss.Item() * batch.Inputs.Shape[0];
    }
    history.Add((epoch, total / train.Count));
    if (epoch is 1 or 10 or 30 or Epochs) Draw($"after epoch {epoch}: loss {Cell(total / train.Count)}, {Metrics.Accuracy(model, train):P1} of the training points right", boundary: true);
}

Map("11-boundary.svg", $"The predictions after epoch {Epochs}", right, top, Sides(160, 120), points, [.. data.ClassNames.Select(name => $"class {name}")]);

Heading("3. The loss, epoch by epoch");
Plot(60, 10, ('*', [.. history]));
Picture("11-loss.svg", "The loss while the spirals are learned", "epoch", "loss", ("loss", [.. history]));

Heading("4. Points it has never seen");
Say($"test accuracy {Metrics.Accuracy(model, test):P1} of {test.Count} points");
int[,] confusion = Metrics.ConfusionMatrix(model, test);
Table(["true class", .. test.ClassNames.Select(name => $"given {name}")],
    test.ClassNames.Select((name, i) => (object?[])[name, .. Enumerable.Range(0, test.ClassCount).Select(j => (object)confusion[i, j])]));

Heading("Try next");
Say("Take away the hidden layers ([]): what can the network still draw? Then try [4], [8], and () => new Tanh() as the activation: look at the boundary's corners.");
Heading("Exercise");
Say("Three spirals (classes: 3) and more noise. At which noise does the test accuracy fall behind the training accuracy, and what does the drawing show?");
Say("Solution: samples/lessons/solutions.md");

// The prediction at each point of a grid over the plane, from the upper left: one batch holds all points.
int[,] Sides(int width, int height)
{
    double[] grid = [.. from row in Enumerable.Range(0, height) from column in Enumerable.Range(0, width)
        from value in new[] { (2.0 * column / (width - 1) - 1) * right, (1 - 2.0 * row / (height - 1)) * top } select value];
    long[] named = model.Forward(Tensor.From(grid, [width * height, 2])).ArgMax(dim: 1).ToInt64Array();
    var sides = new int[height, width];
    for (int i = 0; i < named.Length; i++) sides[i / width, i % width] = (int)named[i];
    return sides;
}

void Draw(string title, bool boundary)
{
    const int Width = 64, Height = 24;
    int[,] sides = Sides(Width, Height);
    char[][] picture = [.. Enumerable.Range(0, Height).Select(row => Enumerable.Range(0, Width).Select(column => boundary ? ".:-="[sides[row, column]] : ' ').ToArray())];
    foreach ((double x, double y, int c) in points)
        picture[(int)Math.Round((1 - y / top) / 2 * (Height - 1))][(int)Math.Round((x / right + 1) / 2 * (Width - 1))] = (char)('A' + c);
    Say();
    Say(title);
    foreach (char[] line in picture) Say("  " + new string(line));
}
