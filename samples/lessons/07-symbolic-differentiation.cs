#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Symbolic;
using static Blackboard;

// Lesson 07. Symbolic differentiation: the rules of calculus turn a formula into the formula of its derivative. The result is exact, and people
// can read it. But a formula has no names for its parts. A part that is used twice is written twice, and computed twice.
// Reverse mode applies the same rules, and keeps each value that it has computed. Here the multiplications of both are counted.
Tensor.DefaultDType = DType.Float64;

Heading("1. The lecture's function as a formula, its derivative as the rules say it, and simplified");
Expression y = Expression.Of(x => x[0].Log() + x[0] * x[1] - x[1].Sin(), [2, 5]);
Show(y);
Show(y.Derivative("v1"));                                   // sum, product and chain rule, 0s and 1s included
Show(y.Derivative("v1").Simplify());
Show(y.Derivative("v2").Simplify());
Show(y.Derivative("v1").Evaluate(new Dictionary<string, double> { ["v1"] = 2, ["v2"] = 5 }));

Heading("2. A product of 4 numbers, by the product rule, simplified, and by reverse mode in symbols");
Say("  The product rule as it stands:");
foreach (string name in Names(4)) Say($"    d/d{name} = {Product(4).Derivative(name)}");
Say("  Simplified:");
foreach (string name in Names(4)) Say($"    d/d{name} = {Product(4).Derivative(name).Simplify()}");
Say("  By reverse mode, the four added up so that they share names:");
Say("    " + Product(4).Gradient(Names(4)).Aggregate((a, b) => a + b).ToText(shared: true).Replace("\n", "\n    "));

Heading("3. The multiplications that all n partial derivatives of a product of n numbers take");
Table(["n", "product rule", "each starts from 1", "simplified", "reverse mode, in symbols", "reverse mode, on the tape"],
    new[] { 2, 5, 10, 50 }.Select(n => new object?[] { n, Multiplications(Raw(n)), Multiplications(Loops(n)),
        Multiplications(Raw(n).Select(partial => partial.Simplify())), Multiplications([Product(n), .. Product(n).Gradient(Names(n))], shared: true), OnTheTape(n) }));
Say("The slide's n(n-1) is the third column: for every partial derivative a loop over the other n-1 numbers that starts from 1.");
Say("The last two include the n-1 of the product itself: reverse mode computes the value and all derivatives for three times the cost of the value.");

Heading("4. How long a formula becomes when it is nested: f is replaced by f sin f, again and again");
Expression f = Expression.Variable("x");
var sizes = new List<object?[]>();
for (int depth = 1; depth <= 50; depth++)
{
    f = f * f.Sin();
    if (depth == 2) Say($"  depth 2, its derivative: {f.Derivative("x").Simplify()}");
    if (depth == 2) Say("  the same, with a name for what is used twice:\n    " + f.Derivative("x").Simplify().ToText(shared: true).Replace("\n", "\n    "));
    if (depth is not (1 or 2 or 3 or 5 or 10 or 20 or 50)) continue;
    Expression derivative = f.Derivative("x").Simplify();
    sizes.Add([depth, (double)f.CountOperations().Total, (double)derivative.CountOperations().Total, derivative.CountOperations(shared: true).Total, TapeLength(depth)]);
}
Table(["depth", "f written out", "its derivative written out", "with shared parts", "tape: forward and back"], sizes);
Say("Written out, each level doubles the formula. With shared parts, and on a tape, each level adds the same few operations.");

Heading("Try next");
Say("Call .Derivative(\"x\") on its own result, order after order, for x / (1 + x^2). Which grows: the raw formula, the simplified, the shared one?");
Heading("Exercise");
Say("Count the divisions for all partial derivatives of a quotient v1 / v2 / ... / v10, by the quotient rule, simplified, and by Gradient.");
Say("Solution: samples/lessons/solutions.md");

static string[] Names(int n) => [.. Enumerable.Range(1, n).Select(i => $"v{i}")];

static Expression Product(int n) => Names(n).Select(Expression.Variable).Aggregate((product, v) => product * v);

static IEnumerable<Expression> Raw(int n) => Names(n).Select(Product(n).Derivative);

static IEnumerable<Expression> Loops(int n) =>
    Names(n).Select(one => Names(n).Where(name => name != one).Aggregate(Expression.Constant(1), (product, name) => product * Expression.Variable(name)));

static object Multiplications(IEnumerable<Expression> formulas, bool shared = false) => Expression.CountOperations(formulas, shared).Multiplications;

// With createGraph the sweep records what it does, so its multiplications lie on the tape beside those of the product.
static int OnTheTape(int n)
{
    Tensor[] v = [.. Enumerable.Range(0, n).Select(i => { Tensor input = 1 + 0.01 * i; input.RequiresGrad = true; return input; })];
    using var autograd = new Autograd();
    Tensor product = v.Aggregate((a, b) => a * b);
    autograd.Gradients(product, v, createGraph: true);
    return autograd.Operations.Count(operation => operation.Name == "Multiply");
}

static int TapeLength(int depth)
{
    Tensor x = 0.5;
    x.RequiresGrad = true;
    using var autograd = new Autograd();
    Tensor f = x;
    for (int i = 0; i < depth; i++) f *= f.Sin();
    autograd.Gradients(f, [x], createGraph: true);
    return autograd.Operations.Count;
}
