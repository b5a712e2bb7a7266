using System.Globalization;
using MyTorch.Differentiation;
using MyTorch.Symbolic;

namespace MyTorch.Tests;

/// <summary>
/// Random expression graphs, differentiated in all six ways. The exact ways may differ by rounding, finite differences by rounding and
/// truncation. The tolerance follows from the graph: an operation rounds its result by ε, and this error reaches the result of the graph
/// multiplied by the adjoint.
/// </summary>
public class SixWaysTests
{
    const int Graphs = 1000;
    const double Epsilon = 1.0 / (1L << 52);

    // One way may need several operations, each of which rounds, where another needs one.
    const double Roundings = 4;

    // A power of two, so that x + h is exact; about the cube root of ε.
    const double Step = 1.0 / (1 << 17);

    /// <summary>An operation and the numbers of its operands among the values so far.</summary>
    readonly record struct Line(Kind Kind, int A, int B);

    enum Kind { Add, Subtract, Multiply, Divide, Power, Negate, Square, Reciprocal, Sqrt, Log, Exp, Sin, Cos, Tanh, Sigmoid }

    const double Half = 0.5, Exponent = 1.5;

    static double Of(Kind kind, double a, double b) => kind switch
    {
        Kind.Add => a + b,
        Kind.Subtract => a - b,
        Kind.Multiply => a * b,
        Kind.Divide => a / b,
        Kind.Power => Math.Pow(a, Exponent),
        Kind.Negate => -a,
        Kind.Square => a * a,
        Kind.Reciprocal => 1 / a,
        Kind.Sqrt => Math.Sqrt(a),
        Kind.Log => Math.Log(a),
        Kind.Exp => Math.Exp(a),
        Kind.Sin => Math.Sin(a),
        Kind.Cos => Math.Cos(a),
        Kind.Tanh => Math.Tanh(a),
        _ => 1 / (1 + Math.Exp(-a)),
    };

    static Tensor Of(Kind kind, Tensor a, Tensor b) => kind switch
    {
        Kind.Add => a + b,
        Kind.Subtract => a - b,
        Kind.Multiply => a * b,
        Kind.Divide => a / b,
        Kind.Power => a.Pow(Exponent),
        Kind.Negate => -a,
        Kind.Square => a.Square(),
        Kind.Reciprocal => a.Reciprocal(),
        Kind.Sqrt => a.Sqrt(),
        Kind.Log => a.Log(),
        Kind.Exp => a.Exp(),
        Kind.Sin => a.Sin(),
        Kind.Cos => a.Cos(),
        Kind.Tanh => a.Tanh(),
        _ => a.Sigmoid(),
    };

    /// <summary>The lesson's engine has eight operations; the others are written with these.</summary>
    static Node Of(Kind kind, Node a, Node b, Func<double, Node> number) => kind switch
    {
        Kind.Add => a + b,
        Kind.Subtract => a - b,
        Kind.Multiply => a * b,
        Kind.Divide => a / b,
        Kind.Power => (number(Exponent) * a.Log()).Exp(),
        Kind.Negate => number(0) - a,
        Kind.Square => a * a,
        Kind.Reciprocal => number(1) / a,
        Kind.Sqrt => (number(Half) * a.Log()).Exp(),
        Kind.Log => a.Log(),
        Kind.Exp => a.Exp(),
        Kind.Sin => a.Sin(),
        Kind.Cos => (a + number(Math.PI / 2)).Sin(),
        Kind.Tanh => a.Tanh(),
        _ => number(1) / (number(1) + (number(0) - a).Exp()),
    };

    /// <summary>
    /// Inputs and operations drawn from a seed, away from poles and without large numbers. Operands are any values so far, so paths fork
    /// and join.
    /// </summary>
    static (double[] Inputs, Line[] Lines) Draw(int seed)
    {
        const double Smallest = 0.1, Largest = 20;
        var random = new Generator(seed);
        double[] inputs = [.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => 0.5 + random.NextDouble())];
        var values = new List<double>(inputs);
        var lines = new Line[2 + random.Next(14)];
        for (int i = 0; i < lines.Length; i++)
            for (bool accepted = false; !accepted;)
            {
                lines[i] = new Line((Kind)random.Next((int)Kind.Sigmoid + 1), random.Next(values.Count), random.Next(values.Count));
                double a = values[lines[i].A], b = values[lines[i].B], value = Of(lines[i].Kind, a, b);
                accepted = Math.Abs(value) <= Largest && lines[i].Kind switch
                {
                    Kind.Divide => Math.Abs(b) >= Smallest,
                    Kind.Reciprocal => Math.Abs(a) >= Smallest,
                    Kind.Sqrt or Kind.Log or Kind.Power => a >= Smallest,
                    _ => true,
                };
                if (accepted) values.Add(value);
            }
        return (inputs, lines);
    }

    static List<T> Run<T>(IEnumerable<T> inputs, Line[] lines, Func<Kind, T, T, T> apply)
    {
        var values = new List<T>(inputs);
        foreach (Line line in lines) values.Add(apply(line.Kind, values[line.A], values[line.B]));
        return values;
    }

    static Tensor Scalar(double value) => Tensor.From(value, DType.Float64);

    static Tensor Variable(double value)
    {
        Tensor variable = Scalar(value);
        variable.RequiresGrad = true;
        return variable;
    }

    [Test]
    public void AThousandRandomGraphsHaveOneDerivative()
    {
        var failures = new List<string>();
        int compared = 0, second = 0, unused = 0;
        for (int seed = 0; seed < Graphs; seed++)
        {
            (double[] at, Line[] lines) = Draw(seed);
            Expression formula = Expression.Of(x => Run(x, lines, Of)[^1], [.. at.Select(Scalar)]);
            string[] names = [.. at.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"v{i + 1}"))];
            Dictionary<string, double> point = names.Zip(at).ToDictionary(pair => pair.First, pair => pair.Second);

            var engine = new Engine();
            List<Node> nodes = Run(at.Select(engine.Variable), lines, (kind, a, b) => Of(kind, a, b, engine.Constant));
            Dictionary<Node, List<double>> nodeToGrad = engine.Gradients(nodes[^1]);
            IReadOnlyList<Expression> symbolic = formula.Gradient(names);

            using var autograd = new Autograd();
            Tensor[] inputs = [.. at.Select(Variable)];
            Tensor y = Run(inputs, lines, Of)[^1];
            Tensor?[] reverse = autograd.Gradients(y, inputs);
            double valueRounding = RoundingOf(autograd, y);

            for (int i = 0; i < at.Length; i++)
            {
                Tensor? forward = ForwardMode.Run(autograd, new Dictionary<Tensor, Tensor> { [inputs[i]] = Scalar(1) }).Of(y);
                if (reverse[i] is not { } gradient)
                {
                    unused++;
                    if (nodeToGrad.ContainsKey(nodes[i]) || forward is not null || symbolic[i].Evaluate(point) != 0)
                        Report($"v{i + 1} does not lead to the result, says reverse mode alone");
                    continue;
                }
                compared++;
                double expected = gradient.Item();
                Expression derivative = formula.Derivative(names[i]);
                Tensor extended = autograd.Gradients(y, inputs, createGraph: true)[i]!;
                double rounding = RoundingOf(autograd, extended);
                Compare("forward mode", forward?.Item(), expected, Roundings * rounding);
                Compare("reverse by extension", extended.Item(), expected, 0);
                Compare("symbolic", derivative.Evaluate(point), expected, Roundings * rounding);
                Compare("symbolic, simplified", derivative.Simplify().Evaluate(point), expected, Roundings * rounding);
                Compare("symbolic, accumulated in reverse", symbolic[i].Evaluate(point), expected, Roundings * rounding);
                Compare("the lesson's engine", nodeToGrad.TryGetValue(nodes[i], out List<double>? partials) ? partials.Sum() : null, expected, Roundings * rounding);

                Expression third = derivative.Derivative(names[i]).Derivative(names[i]);
                Compare("numerical", Numerical.Gradient(x => Run(Moved(i, x), lines, Of)[^1], inputs[i], step: Step).Item(), expected,
                    Truncation(third) + Roundings * (valueRounding / Step + rounding));

                // The extended graph, differentiated with respect to the last input, against differences of the gradient it holds.
                int j = at.Length - 1;
                if (!extended.RequiresGrad || autograd.Gradients(extended, inputs, createGraph: true)[j] is not { } twice) continue;
                second++;
                double differences = Numerical.Gradient(x => Differentiate.Gradients(v => Run(v, lines, Of)[^1], Moved(j, x))[i], inputs[j], step: Step).Item();
                Compare($"second derivative, for v{j + 1} too,", differences, twice.Item(),
                    Truncation(derivative.Derivative(names[j]).Derivative(names[j]).Derivative(names[j])) + Roundings * (rounding / Step + RoundingOf(autograd, twice)));
                Compare($"symbolic second derivative, for v{j + 1} too,", derivative.Derivative(names[j]).Evaluate(point), twice.Item(), Roundings * RoundingOf(autograd, twice));

                void Compare(string way, double? actual, double wanted, double within)
                {
                    if (actual is not { } number || !(Math.Abs(number - wanted) <= within))
                        Report(string.Create(CultureInfo.InvariantCulture, $"by v{i + 1}: {way} has {actual?.ToString("R", CultureInfo.InvariantCulture) ?? "none"}, reverse mode {wanted:R}; they may differ by {within:0.0e+0}"));
                }
            }

            // h²/6 of the third derivative, which is taken at the point itself: between x − h and x + h it is not twice that.
            double Truncation(Expression third) => 2 * Step * Step / 6 * Math.Abs(third.Evaluate(point));

            IReadOnlyList<Tensor> Moved(int which, Tensor value) => [.. inputs.Select((input, k) => k == which ? value : input.Detach())];

            void Report(string what) => failures.Add(string.Create(CultureInfo.InvariantCulture, $"graph {seed} at ({string.Join(", ", at)}), {what}:\n{formula.ToText(shared: true)}"));
        }
        Assert.That(failures, Is.Empty);
        Assert.That(new[] { compared, second, unused }, Is.All.GreaterThan(500));
    }

    /// <summary>How far rounding can move a result: every recorded value by ε of its size, times its adjoint.</summary>
    static double RoundingOf(Autograd autograd, Tensor result)
    {
        if (!result.RequiresGrad) return Epsilon * Math.Abs(result.Item());
        Tensor[] values = [.. autograd.Operations.Select(operation => operation.Output)];
        Tensor?[] adjoints = autograd.Gradients(result, values);
        return Epsilon * values.Zip(adjoints, (value, adjoint) => Math.Abs(value.Item() * (adjoint?.Item() ?? 0))).Sum();
    }
}
