#:project ../../MyTorch/MyTorch.csproj
using System.Runtime.CompilerServices;
using MyTorch;
using MyTorch.Differentiation;
using MyTorch.Nn;
using MyTorch.Optim;
using static Blackboard;

// C# and MyTorch for people who know NumPy. Each line is an expression in NumPy, the same in C#, and the value that C# computes: the page is
// compiled, so what it says is true. At the end, what is different, and what NumPy does not have.

Heading("1. Arrays");
Columns();
Same("np.array([1., 2., 3.])", Tensor.From([1, 2, 3]));
Same("np.array([1, 2])", Tensor.Indices(1, 2));
Same("np.zeros((2, 3)).shape", Tensor.Zeros([2, 3]).Shape);
Same("np.full((2,), 7.)", Tensor.Full([2], 7.0));
Same("np.arange(0, 10, 3)", Tensor.Arange(0, 10, 3));
Same("np.linspace(0, 1, 5)", Tensor.Linspace(0, 1, 5));
Same("np.eye(2)", Tensor.Eye(2));
Same("rng.standard_normal((2, 3)).shape", Tensor.Randn([2, 3], generator: new Generator(0)).Shape);
Tensor a = [[1, 2, 3], [4, 5, 6]];
Same("a.shape", a.Shape);
Same("a.ndim", a.Rank);
Same("a.size", a.ElementCount);
Same("a.dtype", a.DType);
Same("a.astype(np.float64).dtype", a.To(DType.Float64).DType);

Heading("2. Indexing: an int, a range, ^1 for -1");
Columns();
Same("a[0]", a[0]);
Same("a[:, 1]", a[.., 1]);
Same("a[-1, 1:]", a[^1, 1..]);
Same("a[1, ::2]", a[1, TensorIndex.Every(2)]);
Same("a[a > 3]", a[a > 3]);
Same("a[0, 2].item()", a.Item(0, 2));
Same("np.take(a, [2, 0], axis=1)", a.IndexSelect(1, Tensor.Indices(2, 0)));

Heading("3. Arithmetic: element by element, with the same broadcasting");
Columns();
Tensor row = [10, 20, 30];
Same("a + row", a + row);
Same("a * a", a * a);
Same("a / 2", a / 2);
Same("a ** 2", a.Pow(2));
Same("np.exp(row / 10)", (row / 10).Exp());
Same("np.maximum(a, 3)", Tensor.Maximum(a, 3));
Same("np.where(a > 3, a, 0)", Tensor.Where(a > 3, a, 0));
Same("a == 3", a.EqualTo(3));
Same("a @ a.T", a.MatMul(a.T));
Same("row @ row", row.Dot(row));

Heading("4. Reductions: axis is dims, keepdims is keepDim");
Columns();
Same("a.sum()", a.Sum());
Same("a.sum(axis=0)", a.Sum(dims: 0));
Same("a.mean(axis=1, keepdims=True)", a.Mean(dims: 1, keepDim: true));
Same("a.max(axis=1)", a.AMax(1));
Same("a.argmax(axis=1)", a.ArgMax(1));
Same("a.std()", a.Std(unbiased: false));
Same("np.linalg.norm(row)", row.Norm());

Heading("5. Shapes");
Columns();
Same("a.reshape(3, -1)", a.Reshape([3, -1]));
Same("a.T.shape", a.T.Shape);
Same("a[:, None, :].shape", a.Unsqueeze(1).Shape);
Same("np.concatenate([a, a]).shape", Tensor.Concat([a, a]).Shape);
Same("np.stack([a, a]).shape", Tensor.Stack([a, a]).Shape);

Heading("6. What is different");
Say("A number is Float32 unless a type is named, as in PyTorch. Two types do not mix, so that nothing is promoted silently:");
Fails(() => _ = a + a.To(DType.Float64));
Say("A tensor keeps its values: there is no a[0] = 1 and no in-place +=. C#'s += makes a new tensor and gives it the name:");
Tensor b = a, kept = a;
b += 1;
Show(kept[0]);
Show(b[0]);
Say("== compares references, as for every class in C#; compare elements with EqualTo, a tensor with a number by < and >.");
Say("std divides by n - 1 unless unbiased is false, as in PyTorch. Max(dim) returns values and positions; AMax returns values only.");
Say("A shape is written [2, 3], a vector [1, 2]. A matrix product is MatMul: C# has no operator @.");

Heading("7. What NumPy does not have: gradients");
Tensor x = Tensor.From([1, 2], DType.Float64);
x.RequiresGrad = true;                                    // PyTorch: x.requires_grad_()
using (var autograd = new Autograd())                     // PyTorch records always; here a scope says from where to where
{
    Tensor y = (x * x).Sum();
    autograd.Backward(y);                                 // PyTorch: y.backward()
}
Show(x.Grad);
Show(Differentiate.Gradient(x => (x * x).Sum(), Tensor.From([1, 2], DType.Float64)));   // JAX: jax.grad(f)(x)

Heading("8. A training loop, line by line as in PyTorch");
var model = new MLP(2, [8], 1, generator: new Generator(0));              // torch.nn.Sequential(Linear(2, 8), ReLU(), Linear(8, 1))
var criterion = new MSELoss();                                            // torch.nn.MSELoss()
var optimizer = new SGD(model.Parameters(), learningRate: 0.1);           // torch.optim.SGD(model.parameters(), lr=0.1)
Tensor inputs = Tensor.Randn([32, 2], generator: new Generator(1));
Tensor targets = inputs.Sum(dims: 1, keepDim: true);
for (int epoch = 0; epoch <= 100; epoch++)
{
    using var autograd = new Autograd();
    Tensor loss = criterion.Forward(model.Forward(inputs), targets);      // loss = criterion(model(inputs), targets)
    autograd.Backward(loss);                                              // loss.backward()
    optimizer.Step();                                                     // optimizer.step()
    optimizer.ZeroGrad();                                                 // optimizer.zero_grad()
    if (epoch % 50 == 0) Say($"  epoch {epoch,3}  loss {loss.Item():0.0000}");
}

Heading("Try next");
Say("Translate a line of your NumPy code. The compiler finds a call that does not exist before the program runs.");
Heading("Exercise");
Say("Write (a - a.mean(axis=0)) / a.std(axis=0) in C#, so that it agrees with NumPy's numbers.");
Say("Solution: samples/lessons/solutions.md");

static void Columns() => Say($"  {"NumPy",-34}  {"C#",-57}  value");

// The C# column is the code that was compiled, the value what it computed.
static void Same(string numpy, object? value, [CallerArgumentExpression(nameof(value))] string code = "") =>
    Say($"  {numpy,-34}  {code,-57}  {string.Join(" ", (value?.ToString() ?? "").Split('\n').Select(line => line.Trim()))}");
