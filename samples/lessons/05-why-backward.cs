#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Differentiation;
using static Blackboard;

// Lesson 05. Why backward? A function of n inputs with m outputs has n m derivatives: how each output changes with each input. The matrix of
// these derivatives, with a row for each output and a column for each input, is the Jacobian. There are three ways to compute it:
//   numerical:    change one input a little and compute the outputs again (lesson 06); one more evaluation for each column
//   forward mode: Jvp, Jacobian times vector; a pass with tangent 1 for one input gives a column
//   reverse mode: Vjp, vector times Jacobian; a sweep with adjoint 1 for one output gives a row
// The function below contains an operation that counts how often its value, its tangent rule and its backward rule run. One run is one pass,
// so the numbers in the tables are counted, not claimed.
Tensor.DefaultDType = DType.Float64;

Tensor ManyToOne(Tensor x) => new CountedSin(x).Apply().Sum(dims: 0, keepDim: true);                 // n inputs, 1 output: a loss
Func<Tensor, Tensor> OneToMany(int m) => x => new CountedSin(x * Tensor.Arange(1, m + 1) / m).Apply();   // 1 input, m outputs: a curve

int[] sizes = [1, 10, 100, 1000];
string[] headings = ["n", "m", "numerical: values", "forward mode: passes", "reverse mode: passes", "forward - reverse", "numerical - reverse"];

Heading("1. n inputs, 1 output: a network's loss");
Table(headings, sizes.Select(n => Count(ManyToOne, Tensor.Rand([n], generator: new Generator(n)), 1)));
Say("The last two columns are the largest differences between the Jacobians that the three ways compute.");
Say("A network has millions of weights and one loss. That is why training uses reverse mode.");

Heading("2. 1 input, m outputs: a curve, a simulation over time");
Table(headings, sizes.Select(m => Count(OneToMany(m), Tensor.Rand([1], generator: new Generator(m)), m)));
Say("Here forward mode needs fewer passes, and no tape.");

Heading("3. Differentiate.Jacobian takes the cheaper of the two");
Table(["n", "m", "forward passes", "reverse passes"],
    new (Func<Tensor, Tensor> F, int N, int M)[] { (ManyToOne, 100, 1), (OneToMany(100), 1, 100) }.Select(one =>
    {
        CountedSin.Reset();
        Differentiate.Jacobian(one.F, Tensor.Rand([one.N], generator: new Generator(0)));
        return new object?[] { one.N, one.M, CountedSin.Tangents, CountedSin.Adjoints };
    }));

Heading("What backward costs instead");
Say("Memory: the sweep needs the values of the forward pass, so the tape keeps them until it ends. Forward mode keeps no earlier value.");
Heading("Try next");
Say("Call Count with n = m = 50 and x => new CountedSin(x).Apply(). Which way needs the fewest passes, and by how much?");
Heading("Exercise");
Say("A function has n inputs and 5 outputs. A forward pass costs as much as two values, a reverse pass as three. From which n on is reverse mode cheaper?");
Say("Solution: samples/lessons/solutions.md");

static object?[] Count(Func<Tensor, Tensor> f, Tensor x, int m)
{
    int n = x.ElementCount;
    const double Step = 1e-6;

    CountedSin.Reset();
    Tensor start = f(x);
    Tensor numerical = Tensor.Stack([.. Units(n).Select(unit => (f(x + Step * unit) - start) / Step)], 1);
    int values = CountedSin.Values;

    CountedSin.Reset();
    Tensor forward = Tensor.Stack([.. Units(n).Select(unit => Differentiate.Jvp(f, x, unit).Tangent)], 1);
    int forwardPasses = CountedSin.Tangents;

    CountedSin.Reset();
    Tensor reverse = Tensor.Stack([.. Units(m).Select(unit => Differentiate.Vjp(f, x, unit))]);
    return [n, m, values, forwardPasses, CountedSin.Adjoints, Largest(forward - reverse), Largest(numerical - reverse)];
}

static Tensor[] Units(int size) => [.. Tensor.Eye(size)];

static double Largest(Tensor difference) => difference.Abs().Max().Item();

/// <summary>y = sin x;  dy/dx = cos x; and how often each was asked for.</summary>
sealed class CountedSin(Tensor x) : Operation(x)
{
    public static int Values, Tangents, Adjoints;

    public static void Reset() => Values = Tangents = Adjoints = 0;

    protected override Tensor Forward()
    {
        Values++;
        return X.Sin();
    }

    public override Tensor Tangent(Tensor?[] tangents)
    {
        Tangents++;
        return tangents[0]! * X.Cos();
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        Adjoints++;
        return [gradient * X.Cos()];
    }
}
