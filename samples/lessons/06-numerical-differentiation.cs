#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using MyTorch.Differentiation;
using static Blackboard;

// Lesson 06. Numerical differentiation: the definition of the derivative, with a small step in place of the limit.
// It has two errors. Truncation: the step is not 0, so a smaller step is better. Rounding: numbers have 16 digits, and the difference of two
// nearly equal values keeps only few of them, so a smaller step is worse. Plotted against the step, the error has the shape of a V.
Tensor.DefaultDType = DType.Float64;
Tensor at = 2;

Tensor F(Tensor x1, Tensor x2) => x1.Log() + x1 * x2 - x2.Sin();
Tensor OfX1(Tensor x1) => F(x1, 5);                                     // x1 changes, x2 does not

Heading("1. The exact derivative, by reverse mode: correct to the last digit, without a step to choose");
Tensor exact = Differentiate.Gradient(OfX1, at);
Show(exact);

Heading("2. Differences: change x1 a little, and divide the change of the value by the change of x1");
double h = 0.5;                                                         // wide, so that the errors show
Show((OfX1(at + h) - OfX1(at)) / h);                                    // one-sided
Show((OfX1(at + h) - OfX1(at - h)) / (2 * h));                          // central
Show(Numerical.Gradient(OfX1, at, Difference.OneSided, step: h));       // the library does the same, for every input in turn
Show(Numerical.Gradient(OfX1, at, Difference.Central, step: h));

Heading("3. Both for steps from 1e-1 to 1e-15, and their errors");
StepErrors errors = Numerical.ErrorsByStep(OfX1, at);
Table(["step", "one-sided", "error", "central", "error"], errors.Rows.Select(row => new object?[]
    { $"{row.Step:0e+00}", Estimate(Difference.OneSided, row.Step), row.OneSided, Estimate(Difference.Central, row.Step), row.Central }));

string Estimate(Difference difference, double step) => $"{Numerical.Gradient(OfX1, at, difference, step).Item():F11}";

Heading("4. The V: log10 of the error (up) against log10 of the step (to the right); o one-sided, c central, # both");
Plot(61, 17, ('o', Points(row => row.OneSided)), ('c', Points(row => row.Central)));
Picture("06-the-v.svg", "Error of numerical differentiation", "log10 of the step", "log10 of the error",
    ("one-sided", Points(row => row.OneSided)), ("central", Points(row => row.Central)));

(double, double)[] Points(Func<StepError, double> error) => [.. errors.Rows.Where(row => error(row) > 0).Select(row => (Math.Log10(row.Step), Math.Log10(error(row))))];

Heading("5. The slopes of its right arm: how the error grows with the step while truncation rules");
Say($"one-sided {Cell(Slope(row => row.OneSided, 1e-1, 1e-5))}: its error is O(step)");
Say($"central   {Cell(Slope(row => row.Central, 1e-1, 1e-3))}: its error is O(step^2), for one more value");
Say($"left arm  {Cell(Slope(row => row.OneSided, 1e-10, 1e-14))}: rounding, as 1/step (ragged, since rounding is)");
Say($"best step one-sided {errors.Rows.MinBy(row => row.OneSided)!.Step:0e+00}, best central {errors.Rows.MinBy(row => row.Central)!.Step:0e+00}");

Heading("6. And the cost");
Say("Every input needs another evaluation of the function, or two: lesson 05 counts them. That is too slow to train networks.");
Say("But it needs no derivative rule, so it can check rules: with a step near the bottom of the V, not with the smallest step.");

Heading("Try next");
Say("Take the derivative at x1 = 2000 instead of 2, or use DType.Float32: where does the bottom of the V move, and why?");
Heading("Exercise");
Say("Combine central(h) and central(h/2) so that the h^2 terms cancel (Richardson), and add its arm to the plot.");
Say("Solution: samples/lessons/solutions.md");

double Slope(Func<StepError, double> error, double from, double to)
{
    double At(double step) => Math.Log10(error(errors.Rows.MinBy(row => Math.Abs(Math.Log10(row.Step / step)))!));
    return (At(from) - At(to)) / (Math.Log10(from) - Math.Log10(to));
}
