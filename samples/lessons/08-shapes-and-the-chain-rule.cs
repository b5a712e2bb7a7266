#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Differentiation;
using MyTorch.Teaching;
using static Blackboard;

// Lesson 08. Shapes: a derivative maps a small change of the input to the change of the output, dy = (derivative) dx. So for x with D
// numbers and z with K numbers it is a K x D matrix, and for a scalar a row, 1 x D. The gradient is its transpose and has the shape of x.
// The lecture writes derivatives; code stores gradients, since the step x - 0.1 * gradient needs the shape of x. This page shows both layouts.
Tensor.DefaultDType = DType.Float64;
var random = new Generator(0);
const int D = 3, K = 2, M = 4;

Heading("1. The derivative of a function is a matrix, and its shape is known before it is computed");
Tensor x = Tensor.Randn([D], generator: random), W = Tensor.Randn([K, D], generator: random);
Tensor Z(Tensor x) => W.MatMul(x.Tanh());                              // K numbers from D
Tensor Loss(Tensor z) => (z.Square() * z.Exp()).Sum();                 // a scalar from K numbers
Tensor dz = Derivative(Z, x), dL = Derivative(Loss, Z(x));
Table(["function", "from", "to", "derivative", "its transpose"],
[
    ["z(x)", x.Shape, Z(x).Shape, dz.Shape, dz.T.Shape],
    ["L(z)", Z(x).Shape, Loss(Z(x)).Shape, dL.Shape, dL.T.Shape],
    ["L(z(x))", x.Shape, Loss(Z(x)).Shape, Derivative(x => Loss(Z(x)), x).Shape, Derivative(x => Loss(Z(x)), x).T.Shape],
]);
Say($"Only a scalar has a gradient: the transpose of its derivative. For L(z(x)) that is a column; the engine drops the 1 and keeps {x.Shape}, the shape of x.");

Heading("2. The chain rule is a matrix product, so the inner sizes must be equal");
Show(dL);                                                              // 1 x K
Show(dz);                                                              // K x D
Show(dL.MatMul(dz));                                                   // 1 x D: the derivative of L(z(x))
Show(Differentiate.Gradient(x => Loss(Z(x)), x));                      // the engine's gradient: the same numbers, the shape of x
Check("product of the derivatives, transposed", dL.MatMul(dz).T.Reshape([D]), Differentiate.Gradient(x => Loss(Z(x)), x));
Fails(() => _ = dz.MatMul(dL));                                        // the wrong order: the shapes do not fit

Heading("3. The same with M outputs: M x K times K x D is M x D");
Tensor V = Tensor.Randn([M, K], generator: random);
Tensor Y(Tensor z) => V.MatMul(z).Sin();
Show(Derivative(Y, Z(x)).Shape);
Show(Derivative(x => Y(Z(x)), x).Shape);
Check("product of the derivatives", Derivative(Y, Z(x)).MatMul(dz), Derivative(x => Y(Z(x)), x));

Heading("4. z = Wx in the lecture's layout: dL/dx = (dL/dz) W, and dL/dW = x (dL/dz), which is D x K");
Tensor z = W.MatMul(x), row = Derivative(Loss, z);                     // 1 x K
Tensor byX = row.MatMul(W), byW = x.Reshape([D, 1]).MatMul(row);
Table(["", "lecture's derivative", "engine's gradient"],
[
    ["x", byX.Shape, Differentiate.Gradient(x => Loss(W.MatMul(x)), x).Shape],
    ["W", byW.Shape, Differentiate.Gradient(W => Loss(W.MatMul(x)), W).Shape],
]);
Check("x", byX.T.Reshape([D]), Differentiate.Gradient(x => Loss(W.MatMul(x)), x));
Check("W", byW.T, Differentiate.Gradient(W => Loss(W.MatMul(x)), W));

Heading("5. The same in the layout of code: a batch X of N rows, Y = X W^T + b");
Say("From here on dX, as programs name it, is the gradient of L with respect to X, in the shape of X; above, dz was the derivative of z.");
const int N = 5;
Tensor X = Tensor.Randn([N, D], generator: random), b = Tensor.Randn([K], generator: random);
Tensor Layer(Tensor X, Tensor W, Tensor b) => X.MatMul(W.T) + b;
Tensor dY = Differentiate.Gradient(Loss, Layer(X, W, b));              // N x K, a row for each example
Tensor[] engine = Differentiate.Gradients(p => Loss(Layer(p[0], p[1], p[2])), [X, W, b]);
Table(["gradient", "by the formula", "engine"],
[
    ["dX = dY W", dY.MatMul(W).Shape, engine[0].Shape],
    ["dW = dY^T X", dY.T.MatMul(X).Shape, engine[1].Shape],
    ["db = column sums of dY", dY.Sum(dims: 0).Shape, engine[2].Shape],
]);
Check("dX", dY.MatMul(W), engine[0]);
Check("dW", dY.T.MatMul(X), engine[1]);
Check("db", dY.Sum(dims: 0), engine[2]);
Say("One number of dW, as the sum over the examples that it is:");
Show(LinearTrace.Of(X, W, b, dY).Element(LinearMatrix.DW, 1, 2).Text);

Heading("6. Several functions of one x, added: their derivatives are added");
Func<Tensor, Tensor>[] g = [x => x.Sin(), x => x * x, x => x.Exp()];
Tensor sum = g.Select(one => Derivative(one, x)).Aggregate((a, b) => a + b);
Check("z = g1(x) + g2(x) + g3(x)", sum, Derivative(x => g[0](x) + g[1](x) + g[2](x), x));

Heading("7. Operation by operation: its derivative, and the gradients of its inputs, in both layouts");
using (var autograd = new Autograd())
{
    (Tensor weight, Tensor bias) = (W.Clone(), b.Clone());
    weight.RequiresGrad = bias.RequiresGrad = true;
    Tensor loss = Loss(Layer(X, weight, bias).Tanh());
    Table(["operation", "input", "output", "derivative of the operation", "derivative of L", "gradient of L"],
        from operation in autograd.Operations
        from input in operation.Inputs
        where input.RequiresGrad
        let gradient = autograd.Gradients(loss, [input])[0]
        select new object?[] { operation.Name, input.Shape, operation.Output.Shape, $"{operation.Output.ElementCount} x {input.ElementCount}",
            $"1 x {gradient.ElementCount}", gradient.Shape });
}
Say("Permute is what .T records. A derivative of L counts all numbers in one row; for W, which is K x D, the lecture writes it as D x K (section 4).");
Say("The gradient has the shape of its input, always.");

Heading("8. A rule that returns the derivative instead of the gradient is an error");
using (var autograd = new Autograd())
{
    Tensor weight = W.Clone();
    weight.RequiresGrad = true;
    Tensor loss = new Confused(weight, x).Apply().Sum();
    Fails(() => autograd.Backward(loss));
}

Heading("Try next");
Say("Print Derivative(x => x.Tanh(), x) and of x => x.Softmax(0): why is only one of them diagonal?");
Heading("Exercise");
Say("Derive dL/dV and dL/dx for L = sum of (V W x) by shapes alone: which product of which factors has the right shape? Check with the engine.");
Say("Solution: samples/lessons/solutions.md");

// K x D for z (K) of x (D), and 1 x D for a scalar.
static Tensor Derivative(Func<Tensor, Tensor> f, Tensor x) => Differentiate.Jacobian(f, x).Reshape([-1, x.ElementCount]);

static void Check(string what, Tensor formula, Tensor engine) =>
    Say($"  {what}: {formula.Shape} and {engine.Shape}, largest difference {Cell((formula - engine).Abs().Max().Item())}");

/// <summary>z = Wx;  but its rule returns the lecture's layout, D x K</summary>
sealed class Confused(Tensor W, Tensor x) : Operation(W)
{
    protected override Tensor Forward() => X.MatMul(x);

    public override Tensor?[] Backward(Tensor gradient) => [x.Reshape([-1, 1]).MatMul(gradient.Reshape([1, -1]))];
}
