// A small program on your own engine: change it as you like, it is not handed in.
//   dotnet run --project Try
using MyTorch;
using MyTorch.Inspection;

// The lecture's example at (2, 5); the rule of sin is given. A number is Float32 unless a type is named.
static Tensor Lecture(Tensor x1, Tensor x2)
{
    var (v3, v4, v5) = (x1.Log(), x1 * x2, x2.Sin());
    return v3 + v4 - v5;
}

// (f(x + h) − f(x − h))/2h: no rule is used, so it finds a wrong one.
static double Slope(Func<Tensor, Tensor> f, double x)
{
    const double h = 1e-5;
    return (f(Tensor.From(x + h, DType.Float64)).Item() - f(Tensor.From(x - h, DType.Float64)).Item()) / (2 * h);
}

Tensor x1 = Tensor.From(2, DType.Float64), x2 = Tensor.From(5, DType.Float64);
x1.RequiresGrad = x2.RequiresGrad = true;
try
{
    using (var autograd = new Autograd())
    {
        Tensor y = Lecture(x1, x2);
        Console.WriteLine("The tape (2.1):");
        Console.WriteLine(autograd);

        Console.WriteLine("\nBackward step by step, by your Propagate and your rules (2.2 and part 1):");
        foreach (BackwardStep step in Stepper.Backward(autograd, y)) Console.WriteLine(step);

        x1.ZeroGrad();
        x2.ZeroGrad();
        y.Backward();
        Console.WriteLine($"\nBy your Backward: dy/dx1 = {x1.Grad}, dy/dx2 = {x2.Grad}");
    }
    Console.WriteLine($"By differences:   dy/dx1 = {Slope(x => Lecture(x, x2), 2):g8}, dy/dx2 = {Slope(x => Lecture(x1, x), 5):g8}");
}
catch (NotImplementedException missing)
{
    Console.WriteLine($"Not written yet: {missing.Message}");
}
