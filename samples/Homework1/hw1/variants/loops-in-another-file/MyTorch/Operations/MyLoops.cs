namespace MyTorch.Operations;

/// <summary>Loops of my own over numbers.</summary>
static class MyLoops
{
    /// <summary>f(g, a, b) for each element; a and b are repeated to g's shape first.</summary>
    public static Tensor Each(Tensor g, Tensor a, Tensor b, Func<double, double, double, double> f)
    {
        double[] gs = g.ToArray(), xs = a.Expand(g.Shape).ToArray(), ys = b.Expand(g.Shape).ToArray();
        var result = new double[gs.Length];
        for (int i = 0; i < result.Length; i++) result[i] = f(gs[i], xs[i], ys[i]);
        return Tensor.From(result, g.Shape, g.DType);
    }

    /// <summary>f(x) for each element.</summary>
    public static Tensor Each(Tensor x, Func<double, double> f)
    {
        double[] result = x.ToArray();
        for (int i = result.Length - 1; i >= 0; i--) result[i] = f(result[i]);
        return Tensor.From(result, x.Shape, x.DType);
    }
}
