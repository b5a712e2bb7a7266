namespace MyTorch.Operations;

/// <summary>What keeps rules right far away from 0, where a factor 0 meets an infinite one.</summary>
static class Limits
{
    /// <summary>
    /// x, held at ±bound beyond it. A derivative that has reached its limit there is the same at the bound, and the products of its rule
    /// and of all higher ones stay finite: at x = ∞ they would be 0·∞. NaN stays NaN.
    /// </summary>
    internal static Tensor Within(Tensor x, double bound)
    {
        Tensor above = x > bound, below = x < -bound;
        // Nearly always nothing lies beyond, and x itself serves.
        if (!above.Read<bool>().Contains(true) && !below.Read<bool>().Contains(true)) return x;
        return Tensor.Where(above, bound, Tensor.Where(below, -bound, x));
    }
}
