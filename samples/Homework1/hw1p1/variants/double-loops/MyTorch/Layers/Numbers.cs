namespace MyTorch.Layers;

/// <summary>Tensors element by element, as numbers.</summary>
static class Numbers
{
    public static Tensor Map(Tensor x, Func<double, double> function)
    {
        double[] numbers = x.ToArray();
        for (int i = 0; i < numbers.Length; i++) numbers[i] = function(numbers[i]);
        return Tensor.From(numbers, x.Shape, x.DType);
    }

    public static Tensor Map(Tensor x, Tensor y, Func<double, double, double> function)
    {
        double[] a = x.ToArray(), b = y.ToArray();
        for (int i = 0; i < a.Length; i++) a[i] = function(a[i], b[i]);
        return Tensor.From(a, x.Shape, x.DType);
    }
}
