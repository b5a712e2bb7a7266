namespace MyTorch.Operations;

/// <summary>Bounds the input of a rule, so that it does not compute 0·∞ = NaN for large inputs.</summary>
static class Limits
{
    /// <summary>
    /// x clamped to [−bound, bound]. The caller chooses a bound where the derivative has reached its limit, so clamping does not change it,
    /// and the products in its rule and in all higher derivatives stay finite. NaN stays NaN.
    /// </summary>
    internal static Tensor Within(Tensor x, double bound)
    {
        Tensor above = x > bound, below = x < -bound;
        // The usual case: no element lies outside, and x itself is returned without a copy.
        if (!above.Read<bool>().Contains(true) && !below.Read<bool>().Contains(true)) return x;
        return Tensor.Where(above, bound, Tensor.Where(below, -bound, x));
    }
}
