
namespace MyTorch.Tests;

/// <summary>
/// Gradients of layers and losses by central differences, against a random non-uniform upstream gradient. Layers read their
/// parameters themselves, so here leaves are moved in place; <see cref="MyTorch.Differentiation.GradientCheck"/> hands moved copies to a
/// function.
/// </summary>
static class NumericalGradient
{
    const double Step = 1e-6;

    /// <summary>
    /// Fails unless the recorded gradient of f with respect to each leaf, which f reads, is the one that differences give.
    /// </summary>
    internal static void AssertMatches(Func<Tensor> f, params Tensor[] leaves)
    {
        Tensor upstream = Tensor.Randn(Quietly(f).Shape, DType.Float64, new Generator(99));
        Tensor?[] gradients;
        using (var autograd = new Autograd())
            gradients = autograd.Gradients(f(), leaves, upstream);

        for (int k = 0; k < leaves.Length; k++)
        {
            Assert.That(gradients[k], Is.Not.Null, $"leaf {k} has no gradient");
            double[] numeric = Differences(() => (Quietly(f) * upstream).Sum().Item(), leaves[k]);
            double[] recorded = gradients[k]!.ToArray();
            for (int i = 0; i < numeric.Length; i++)
                Assert.That(recorded[i], Is.EqualTo(numeric[i]).Within(1e-6 * Math.Max(1, Math.Abs(numeric[i]))), $"leaf {k}, index {i}");
        }
    }

    static double[] Differences(Func<double> f, Tensor leaf)
    {
        double[] at = leaf.ToArray(), slopes = new double[at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            double up = Moved(+Step), down = Moved(-Step);
            slopes[i] = (up - down) / (2 * Step);

            double Moved(double step)
            {
                double[] moved = [.. at];
                moved[i] += step;
                leaf.CopyFrom(Tensor.From(moved, leaf.Shape, DType.Float64));
                return f();
            }
        }
        leaf.CopyFrom(Tensor.From(at, leaf.Shape, DType.Float64));
        return slopes;
    }

    static Tensor Quietly(Func<Tensor> f)
    {
        using (Autograd.Pause()) return f();
    }

    /// <summary>A Float64 leaf that requires a gradient, with values from a seeded normal distribution.</summary>
    internal static Tensor Leaf(Shape shape, int seed)
    {
        Tensor leaf = Tensor.Randn(shape, DType.Float64, new Generator(seed));
        leaf.RequiresGrad = true;
        return leaf;
    }
}
