#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Differentiation;
using MyTorch.Nn;
using MyTorch.Optim;
using static Blackboard;

// Lesson 09. Training is four lines: forward, loss, backward, step. Backpropagation is reverse mode for one scalar, the loss. It
// computes gradients and nothing else. Making the loss small is the optimizer's work.
// A neuron multiplies each of its inputs by a weight, adds the products and a bias, and applies an activation function to the sum, here
// tanh. A layer is several neurons with the same inputs. Hidden layers are those before the last; the last has no activation. Weights and
// biases are the parameters: random at first, then learned. Without activations all layers together would be one weighted sum: linear.
Tensor.DefaultDType = DType.Float64;
Tensor inputs = [[0, 0], [0, 1], [1, 0], [1, 1]];
Tensor targets = [[0], [1], [1], [0]];                    // exclusive or: no straight line separates the 1s from the 0s
int[] sizes = [2, 4, 3, 1];
var model = new MLP(sizes[0], sizes[1..^1], sizes[^1], () => new Tanh(), generator: new Generator(4));    // 2 inputs, 4 and 3 hidden neurons, 1 output
var criterion = new MSELoss();                            // the mean of the squared differences; also called objective, cost, loss function, or (by the lecture) Div
var optimizer = new SGD(model.Parameters(), learningRate: 0.2, momentum: 0.9);    // a step: -0.2 times the gradient, plus 0.9 times the step before
Linear[] layers = [.. model.Layers.OfType<Linear>()];

Heading("1. The network, and the output of its first layer for the second example");
Say(model);
Tensor example = inputs[1];
Tensor sums = layers[0].Weight.MatMul(example) + layers[0].Bias!;         // z = Wx + b: row j of W has the weights of neuron j
Show(example);
Show(sums);
Show(sums.Tanh());                                        // the input of the second layer
Show(new Tanh().Forward(layers[0].Forward(example)));     // the same, by the layers themselves

Heading("2. The backward pass of that example in numbers, as loops compute them: from the last layer to the first");
List<double[,]> byHand = BackwardPass(shown: 1);
Say("Each line follows from the one above it: dDiv/dz = dDiv/dy f'(z), and dDiv/dy of a layer = its outgoing weights times the next layer's dDiv/dz.");

Heading("3. The gradients of all weights, summed over the four examples: loops against the engine");
using (var autograd = new Autograd()) autograd.Backward(criterion.Forward(model.Forward(inputs), targets));
Table(["from", "to neuron 1 of layer 2", "to neuron 2", "to neuron 3"],
    Enumerable.Range(0, 5).Select(i => new object?[] { i == 0 ? "bias" : $"neuron {i} of layer 1", byHand[2][i, 1], byHand[2][i, 2], byHand[2][i, 3] }));
Show(layers[1].Weight.Grad);                              // the same weights: row j is neuron j, so this is the table's transpose, without the bias
Show(layers[1].Bias!.Grad);
for (int k = 1; k <= layers.Length; k++)
{
    double largest = 0;
    for (int i = 0; i <= sizes[k - 1]; i++)
        for (int j = 1; j <= sizes[k]; j++)
            largest = Math.Max(largest, Math.Abs(byHand[k][i, j]
                - (i == 0 ? layers[k - 1].Bias!.Grad!.Item(j - 1) : layers[k - 1].Weight.Grad!.Item(j - 1, i - 1))));   // w_ij is W[j, i], w_0j the bias
    Say($"  layer {k}: (1 bias + {sizes[k - 1]} weights) x {sizes[k]} neurons, a derivative for each: largest difference {Cell(largest)}");
}
optimizer.ZeroGrad();

Heading("4. What the loops do not cover: an output of softmax depends on every input, so f' is a Jacobian matrix");
Tensor z = [0.2, -1, 0.5], dDivdy = [1, -2, 0.3];         // any scores, and any derivative of the loss Div with respect to their softmax y
Tensor jacobian = Differentiate.Jacobian(z => z.Softmax(0), z);
Show(jacobian);
Show(dDivdy.MatMul(jacobian));                            // the chain rule with the Jacobian
Show(Differentiate.Vjp(z => z.Softmax(0), z, dDivdy));    // the engine's sweep: the same
Show(dDivdy * (jacobian * Tensor.Eye(3)).Sum(dims: 1));   // dDiv/dy times f', element by element, as for tanh: wrong here

Heading("5. Forward, loss, backward, step");
var history = new List<(double Epoch, double Loss)>();
const int Epochs = 300;                                   // an epoch: every example has been used once
for (int epoch = 0; epoch <= Epochs; epoch++)
{
    using var autograd = new Autograd();                  // records what follows, in sequence
    Tensor output = model.Forward(inputs);                // forward
    Tensor loss = criterion.Forward(output, targets);     // loss: the one number from which the sweep starts
    autograd.Backward(loss);                              // backward: every weight's gradient
    optimizer.Step();                                     // step: every weight moves against its gradient
    optimizer.ZeroGrad();                                 // gradients are accumulated until they are cleared
    history.Add((epoch, loss.Item()));
    if (epoch % 50 == 0) Say($"  epoch {epoch,3}  loss {Cell(loss)}");
}
Say("  The loss against the epoch:");
Plot(60, 10, ('*', [.. history]));
Say("  The same with a logarithmic axis, where the small losses can be seen too:");
PlotLogarithmic(60, 14, ('*', [.. history]));

Heading("6. What it learned");
Table(["x1", "x2", "target", "output"], Enumerable.Range(0, 4).Select(n => new object?[]
    { inputs.Item(n, 0), inputs.Item(n, 1), targets.Item(n, 0), Math.Round(model.Forward(inputs).Item(n, 0), 3) }));

Heading("Try next");
Say("Leave out ZeroGrad, or the Step, or the Tanh. What does each break, and how do the plots show it?");
Heading("Exercise");
Say("Replace Tanh by Sigmoid, and f' in BackwardPass with it, until section 3 agrees again to 1e-12. Why would Softmax not fit there?");
Say("Then section 5 hardly learns in 300 epochs: how large can the f' of Sigmoid be, and how large that of Tanh?");
Say("Solution: samples/lessons/solutions.md");

// The lecture's slide in its own letters: k = 1 ... N layers, y[0] the input, y[k][0] = 1 for the bias, w(k, i, j) from i to j.
// The example to be shown prints its numbers.
List<double[,]> BackwardPass(int shown)
{
    int N = layers.Length, examples = inputs.Shape[0];
    double W(int k, int i, int j) => i == 0 ? layers[k - 1].Bias!.Item(j - 1) : layers[k - 1].Weight.Item(j - 1, i - 1);
    List<double[,]> dw = [new double[0, 0], .. Enumerable.Range(1, N).Select(k => new double[sizes[k - 1] + 1, sizes[k] + 1])];
    for (int n = 0; n < examples; n++)
    {
        // Forward: z(k) = sums of y(k-1), y(k) = f(z(k)); f is tanh in the hidden layers, and the last has none.
        double[][] y = [.. sizes.Select(size => new double[size + 1])], dz = [.. sizes.Select(size => new double[size + 1])];
        for (int i = 1; i <= sizes[0]; i++) y[0][i] = inputs.Item(n, i - 1);
        for (int k = 1; k <= N; k++)
            for (int j = 1; j <= sizes[k]; j++)
            {
                y[k - 1][0] = 1;
                double z = 0;
                for (int i = 0; i <= sizes[k - 1]; i++) z += W(k, i, j) * y[k - 1][i];
                y[k][j] = k < N ? Math.Tanh(z) : z;
            }

        // Backward: the output layer first, then k = N-1 ... 1. Div is the mean of the squared differences.
        for (int k = N; k >= 1; k--)
        {
            var dy = new double[sizes[k] + 1];
            for (int i = 1; i <= sizes[k]; i++)
            {
                if (k == N) dy[i] = 2 * (y[N][i] - targets.Item(n, i - 1)) / targets.ElementCount;
                else for (int j = 1; j <= sizes[k + 1]; j++) dy[i] += W(k + 1, i, j) * dz[k + 1][j];
                dz[k][i] = dy[i] * (k < N ? 1 - y[k][i] * y[k][i] : 1);     // f'(z): of tanh, 1 - y^2
            }
            if (n == shown) Say($"  layer {k}: y = {Cell(y[k][1..])};  dDiv/dy = {Cell(dy[1..])};  dDiv/dz = {Cell(dz[k][1..])}");
            for (int i = 0; i <= sizes[k - 1]; i++)
                for (int j = 1; j <= sizes[k]; j++) dw[k][i, j] += y[k - 1][i] * dz[k][j];
        }
    }
    return dw;
}
