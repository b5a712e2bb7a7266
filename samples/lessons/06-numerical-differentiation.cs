#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Differentiation;
using static Blackboard;

// Lesson 06. Numerical differentiation: the definition of the derivative, with a small step in place of the limit.
// Two errors work against each other. The step is not 0 (truncation): a smaller step is better. Numbers have 16 digits (rounding): the
// difference of two nearly equal values keeps few of them, and a smaller step is worse. Together they draw a V.
Tensor.DefaultDType = DType.Float64;
Tensor at = [2, 5];

Tensor F(Tensor x) => x[0].Log() + x[0] * x[1] - x[1].Sin();

double OneSided(double step) => (F(at + Only(step)).Item() - F(at).Item()) / step;
double Central(double step) => (F(at + Only(step)).Item() - F(at - Only(step)).Item()) / (2 * step);
Tensor Only(double step) => new double[] { step, 0 };                 // x1 moves, x2 does not

Heading("1. The exact derivative, by reverse mode: to the last digit, and without a step to choose");
double exact = Differentiate.Gradient(F, at)[0].Item();
Show(exact);

Heading("2. The error for steps from 1e-1 to 1e-15");
var errors = Enumerable.Range(1, 15).Select(k => Math.Pow(10, -k))
    .Select(step => (Step: step, OneSided: Math.Abs(OneSided(step) - exact), Central: Math.Abs(Central(step) - exact))).ToArray();
Table(["step", "one-sided", "error", "central", "error"],
    errors.Select(e => new object?[] { $"{e.Step:0e+00}", $"{OneSided(e.Step):F11}", e.OneSided, $"{Central(e.Step):F11}", e.Central }));

Heading("3. The V: log10 of the error (up) against log10 of the step (to the right); o one-sided, c central, # both");
Plot(61, 17, ('o', Points(e => e.OneSided)), ('c', Points(e => e.Central)));

(double, double)[] Points(Func<(double Step, double OneSided, double Central), double> error) =>
    [.. errors.Where(e => error(e) > 0).Select(e => (Math.Log10(e.Step), Math.Log10(error(e))))];

Heading("4. The slopes of its right arm: how the error grows with the step while truncation rules");
Say($"one-sided {Cell(Slope(e => e.OneSided, 1e-1, 1e-5))}: its error is O(step)");
Say($"central   {Cell(Slope(e => e.Central, 1e-1, 1e-3))}: its error is O(step^2), for one more value");
Say($"left arm  {Cell(Slope(e => e.OneSided, 1e-10, 1e-14))}: rounding, as 1/step (ragged, since rounding is)");
Say($"best step one-sided {errors.MinBy(e => e.OneSided).Step:0e+00}, best central {errors.MinBy(e => e.Central).Step:0e+00}");

Heading("5. And the cost");
Say("Every input needs a value of its own, or two: lesson 05 counted them. So numerical differentiation does not train networks.");
Say("But it needs no rule at all, so it checks the rules of others: a step near the bottom of the V, never the smallest.");

Heading("Try next");
Say("Take the derivative at x1 = 2000 instead of 2, or use DType.Float32: where does the bottom of the V move, and why?");
Heading("Exercise");
Say("Combine central(h) and central(h/2) so that the h^2 terms cancel (Richardson), and add its arm to the plot.");

double Slope(Func<(double Step, double OneSided, double Central), double> error, double from, double to)
{
    double At(double step) => Math.Log10(error(errors.MinBy(e => Math.Abs(Math.Log10(e.Step / step)))));
    return (At(from) - At(to)) / (Math.Log10(from) - Math.Log10(to));
}
