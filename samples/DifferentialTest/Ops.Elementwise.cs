using MyTorch;
using MyTorch.Operations;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using M = MyTorch.Tensor;
using T = TorchSharp.torch.Tensor;

namespace DifferentialTest;

// Functions of one element, arithmetic, comparisons.
static partial class Ops
{
    static IEnumerable<Op> Functions() =>
    [
        Function("Neg", (x, s) => x[0].Neg(), (x, s) => x[0].neg(), precision: Precision.Exact),
        Function("Negate", (x, s) => -x[0], (x, s) => -x[0], precision: Precision.Exact),
        Function("Abs", (x, s) => x[0].Abs(), (x, s) => x[0] * SignOf(x[0]).detach(), precision: Precision.Exact),
        Function("Exp", (x, s) => x[0].Exp(), (x, s) => x[0].exp()),
        Function("Log", (x, s) => x[0].Log(), (x, s) => x[0].log(), Domain.Positive, points: [0, 1]),
        Function("Sqrt", (x, s) => x[0].Sqrt(), (x, s) => x[0].sqrt(), Domain.Positive),
        Function("Square", (x, s) => x[0].Square(), (x, s) => x[0].square()),
        Function("Reciprocal", (x, s) => x[0].Reciprocal(), (x, s) => x[0].reciprocal(), Domain.NonZero),
        Function("Sin", (x, s) => x[0].Sin(), (x, s) => x[0].sin(), slope: 1, points: [0, Math.PI, Math.PI / 2, 1e5]),
        Function("Cos", (x, s) => x[0].Cos(), (x, s) => x[0].cos(), slope: 1, points: [0, Math.PI / 2, Math.PI, 1e5]),
        Function("Erf", (x, s) => x[0].Erf(), (x, s) => x[0].erf(), slope: 1.13, points: [0, 0.5, 1, 4]),
        Function("Log1p", (x, s) => x[0].Log1p(), (x, s) => x[0].log1p(), Domain.Positive, points: [0, -1, 1]),
        Function("Expm1", (x, s) => x[0].Expm1(), (x, s) => x[0].expm1(), slope: 1, points: [0, 0.5, -20]),
        Function("Sinh", (x, s) => x[0].Sinh(), (x, s) => x[0].sinh(), points: [0, 1, 88]),
        Function("Cosh", (x, s) => x[0].Cosh(), (x, s) => x[0].cosh(), slope: 1, points: [0, 1, 88]),
        Function("LogSigmoid", (x, s) => x[0].LogSigmoid(), (x, s) => x[0].log_sigmoid(), slope: 1, points: [0, 20, -20, 88]),
        Function("Rsqrt", (x, s) => x[0].Rsqrt(), (x, s) => x[0].rsqrt(), Domain.Positive, points: [0, 1]),
        Function("Tan", (x, s) => x[0].Tan(), (x, s) => x[0].tan(), slope: 1, points: [0, Math.PI / 2, Math.PI, 1e5]),
        Function("Atan", (x, s) => x[0].Atan(), (x, s) => x[0].atan(), slope: 1, points: [0, 1, -1]),
        Function("Floor", (x, s) => x[0].Floor(), (x, s) => x[0].floor(), precision: Precision.Exact, points: [0, 1, -1, 2.5]),
        Function("Ceil", (x, s) => x[0].Ceil(), (x, s) => x[0].ceil(), precision: Precision.Exact, points: [0, 1, -1, 2.5]),
        Function("Round", (x, s) => x[0].Round(), (x, s) => x[0].round(), precision: Precision.Exact, points: [0, 0.5, 1.5, -2.5]),
        Function("IsNaN", (x, s) => x[0].IsNaN().To(x[0].DType), (x, s) => x[0].isnan().to(x[0].dtype), precision: Precision.Exact),
        Function("IsFinite", (x, s) => x[0].IsFinite().To(x[0].DType), (x, s) => x[0].isfinite().to(x[0].dtype), precision: Precision.Exact),
        Function("IsInfinity", (x, s) => x[0].IsInfinity().To(x[0].DType), (x, s) => x[0].abs().eq(double.PositiveInfinity).to(x[0].dtype), precision: Precision.Exact),
        Function("Tanh", (x, s) => x[0].Tanh(), (x, s) => x[0].tanh(), slope: 1, points: [0, 0.5, 1, 9]),
        Function("Sigmoid", (x, s) => x[0].Sigmoid(), (x, s) => x[0].sigmoid(), slope: 0.25, points: [0, 1, 20, -88]),
        Function("ReLU", (x, s) => x[0].ReLU(), (x, s) => x[0].relu(), precision: Precision.Exact),
        Function("LeakyReLU", (x, s) => x[0].LeakyReLU(s.A), (x, s) => F.leaky_relu(x[0], s.A), settings: d => new() { A = d.Among(0.01, 0.25, 1.5) }),
        Function("ELU", (x, s) => x[0].ELU(s.A), (x, s) => F.elu(x[0], s.A), settings: d => new() { A = d.Among(1, 0.5, 2.5) }, slope: 1) with { ComparesSecondOrderAtKinks = false, ComparesSpecialGradients = false },
        Function("GELU", (x, s) => x[0].GELU(), (x, s) => 0.5 * x[0] * (-x[0] / Math.Sqrt(2)).erfc(), slope: 1.13, points: [0, 1, -1, 4]) with { TakesLimits = true },
        Function("GELUTanh", (x, s) => x[0].GELU(tanh: true), (x, s) => x[0] * (2 * Math.Sqrt(2 / Math.PI) * (x[0] + 0.044715 * x[0].pow(3))).sigmoid(), slope: 1.13, points: [0, 1, -1, 4]) with { TakesLimits = true },
        Function("SiLU", (x, s) => x[0].SiLU(), (x, s) => F.silu(x[0]), slope: 1.1, points: [0, -1.2785, 20]) with { TakesLimits = true },
        Function("Swish", (x, s) => x[0].Swish(s.A), (x, s) => x[0] * (s.A * x[0]).sigmoid(), settings: d => new() { A = d.Among(0.5, 1.5, -1) }, slope: 1.1) with { TakesLimits = true },
        Function("Softplus", (x, s) => x[0].Softplus(s.A, s.B), (x, s) => F.softplus(x[0], s.A, s.B), settings: d => new() { A = d.Among(1, 0.5, 3), B = d.Among(20.0, 5) }, points: [0, 5, 20, -20]) with { ComparesSecondOrderAtKinks = false },
        Function("Clamp", (x, s) => x[0].Clamp(s.A, s.B), (x, s) => x[0].clamp(s.A, s.B), settings: d => new() { A = d.Among(-0.5, -1, 0), B = d.Among(0.5, 1, 0) }, precision: Precision.Exact, points: [0, -1, 1, 0.5, -0.5]),
        Function("ClampMin", (x, s) => x[0].Clamp(min: s.A), (x, s) => x[0].clamp(min: s.A), settings: d => new() { A = d.Among(-0.5, 0, 1) }, precision: Precision.Exact),
        Function("ClampMax", (x, s) => x[0].Clamp(max: s.A), (x, s) => x[0].clamp(max: s.A), settings: d => new() { A = d.Among(-0.5, 0, 1) }, precision: Precision.Exact),
        Function("Sign", (x, s) => x[0].Sign(), (x, s) => SignOf(x[0]), precision: Precision.Exact),
        Function("Detach", (x, s) => x[0].Detach(), (x, s) => x[0].detach(), precision: Precision.Exact),
        Function("Clone", (x, s) => x[0].Clone(), (x, s) => x[0].detach().clone(), precision: Precision.Exact),
        Function("Identity", (x, s) => new MyTorch.Nn.Identity().Forward(x[0]), (x, s) => x[0].clone(), precision: Precision.Exact),
        Function("Float32 and back", (x, s) => x[0].To(DType.Float32).To(x[0].DType), (x, s) => x[0].to(float32).to(x[0].dtype), precision: Precision.Exact),
        Function("Float64 and back", (x, s) => x[0].To(DType.Float64).To(x[0].DType), (x, s) => x[0].to(float64).to(x[0].dtype), precision: Precision.Exact),
    ];

    static IEnumerable<Op> Arithmetic() =>
    [
        Binary("Add", (x, s) => x[0] + x[1], (x, s) => x[0] + x[1]),
        Binary("Subtract", (x, s) => x[0] - x[1], (x, s) => x[0] - x[1]),
        Binary("Multiply", (x, s) => x[0] * x[1], (x, s) => x[0] * x[1]),
        Binary("Divide", (x, s) => x[0] / x[1], (x, s) => x[0] / x[1], right: Domain.NonZero),
        Binary("Pow", (x, s) => x[0].Pow(x[1]), (x, s) => PowOf(x[0], x[1]), left: Domain.Positive, precision: Precision.Function),
        Binary("Maximum", (x, s) => M.Maximum(x[0], x[1]), (x, s) => maximum(x[0], x[1])),
        Binary("Minimum", (x, s) => M.Minimum(x[0], x[1]), (x, s) => minimum(x[0], x[1])),
        Of("Pow of any base, whole exponents", "arithmetic", d =>
        {
            int a = d.Any();
            if (a < 0) return null;
            int[] shape = d.Shape(a);
            return new Choice(a, d.Add(shape, [.. Enumerable.Range(0, shape.Aggregate(1, (p, q) => p * q)).Select(_ => (double)d.Random.Next(-2, 4))]));
        }, (x, s) => x[0].Pow(x[1]), (x, s) => PowOf(x[0], x[1]), Precision.Function) with { Weight = 2, KeepsNaN = true },
        WithNumber("Add a number", (x, s) => x[0] + s.A, (x, s) => x[0] + s.A),
        WithNumber("Add to a number", (x, s) => s.A + x[0], (x, s) => s.A + x[0]),
        WithNumber("Subtract a number", (x, s) => x[0] - s.A, (x, s) => x[0] - s.A),
        WithNumber("Subtract from a number", (x, s) => s.A - x[0], (x, s) => s.A - x[0]),
        WithNumber("Multiply by a number", (x, s) => x[0] * s.A, (x, s) => x[0] * s.A),
        WithNumber("Multiply a number", (x, s) => s.A * x[0], (x, s) => s.A * x[0]),
        WithNumber("Divide by a number", (x, s) => x[0] / s.A, (x, s) => x[0] / s.A),
        WithNumber("Divide a number", (x, s) => s.A / x[0], (x, s) => full_like(x[0], s.A) / x[0], Domain.NonZero),
        WithNumber("Pow by a number", (x, s) => x[0].Pow(s.A), (x, s) => x[0].pow(full_like(x[0], s.A)), Domain.Positive, [0, 0.5, 1, 2, 3, -1, -0.5, 2.5], Precision.Function),
        WithNumber("Pow of a number", (x, s) => M.Pow(s.A, x[0]), (x, s) => full_like(x[0], s.A).pow(x[0]), numbers: [0.5, 2, 1, 3], precision: Precision.Function),
        WithNumber("Maximum with a number", (x, s) => M.Maximum(x[0], s.A), (x, s) => maximum(x[0], full_like(x[0], s.A))),
        WithNumber("Maximum of a number", (x, s) => M.Maximum(s.A, x[0]), (x, s) => maximum(full_like(x[0], s.A), x[0])),
        WithNumber("Minimum with a number", (x, s) => M.Minimum(x[0], s.A), (x, s) => minimum(x[0], full_like(x[0], s.A))),
        WithNumber("Minimum of a number", (x, s) => M.Minimum(s.A, x[0]), (x, s) => minimum(full_like(x[0], s.A), x[0])),
    ];

    static IEnumerable<Op> Comparisons() =>
    [
        Binary("<", (x, s) => (x[0] < x[1]).To(x[0].DType), (x, s) => x[0].lt(x[1]).to(x[0].dtype)),
        Binary(">", (x, s) => (x[0] > x[1]).To(x[0].DType), (x, s) => x[0].gt(x[1]).to(x[0].dtype)),
        Binary("<=", (x, s) => (x[0] <= x[1]).To(x[0].DType), (x, s) => x[0].le(x[1]).to(x[0].dtype)),
        Binary(">=", (x, s) => (x[0] >= x[1]).To(x[0].DType), (x, s) => x[0].ge(x[1]).to(x[0].dtype)),
        Binary("EqualTo", (x, s) => x[0].EqualTo(x[1]).To(x[0].DType), (x, s) => x[0].eq(x[1]).to(x[0].dtype)),
        Binary("NotEqualTo", (x, s) => x[0].NotEqualTo(x[1]).To(x[0].DType), (x, s) => x[0].ne(x[1]).to(x[0].dtype)),
        Binary("And, Or, Not", (x, s) => (x[0] < x[1]).And(x[0] > 0).Or((x[1] >= 1).Not()).To(x[0].DType), (x, s) => x[0].lt(x[1]).logical_and(x[0].gt(0)).logical_or(x[1].ge(1).logical_not()).to(x[0].dtype)),
        WithNumber("Compare with a number", (x, s) => (x[0] < s.A).Or(x[0].EqualTo(s.A)).Or((x[0] <= -s.A).And(x[0].NotEqualTo(-1))).To(x[0].DType),
            (x, s) => x[0].lt(s.A).logical_or(x[0].eq(s.A)).logical_or(x[0].le(-s.A).logical_and(x[0].ne(-1))).to(x[0].dtype)),
        Function("Gate by a comparison", (x, s) => M.Where(x[0] > 0, x[0], 0.5), (x, s) => where(x[0].gt(0), x[0], full_like(x[0], 0.5)), precision: Precision.Exact),
        Function("Gate by a comparison, else", (x, s) => M.Where(x[0] > 0, 0.5, x[0]), (x, s) => where(x[0].gt(0), full_like(x[0], 0.5), x[0]), precision: Precision.Exact),
    ];

    // Where the exponent is 0, PyTorch's rule stops at 0, and the mixed second derivative 1/a is lost. aᵇ = 1 + b·ln a + ½(b·ln a)² + …
    // has there the same value and the same derivatives of both orders.
    static T PowOf(T a, T b)
    {
        T stopped = b.eq(0).logical_and(a.gt(0)).logical_and(a.isfinite());
        T exponent = b * where(stopped, a, ones_like(a)).log();
        return where(stopped, 1 + where(stopped, exponent + 0.5 * exponent.square(), zeros_like(exponent)), a.pow(b));
    }

    // The sign of NaN is NaN here, 0 in PyTorch; the README says so.
    static T SignOf(T x) => where(x.isnan(), x.detach(), x.sign());
}
