using MyTorch;
using MyTorch.Layers;
using MyTorch.Probes;

/// <summary>A drill for a talk: one row through a linear layer and a ReLU, and back, with small whole numbers that are drawn.</summary>
static class Viva
{
    public static void Pass(Probe probe)
    {
        var linear = new Linear(2, 2);
        Tensor a, gradient = Whole(probe, [1, 2]);
        do
            (a, linear.W, linear.B) = (Whole(probe, [1, 2]), Whole(probe, [2, 2]), Whole(probe, [2]));
        while (!HasBothSigns(a, linear.W, linear.B));
        probe.Return("given A", a);
        probe.Return("given W", linear.W);
        probe.Return("given b", linear.B);
        probe.Return("given dL/dA1", gradient);

        Tensor z = linear.Forward(a);
        probe.Return("Z = A·Wᵀ + b", z);
        var relu = new ReLU();
        probe.Return("A1 = ReLU(Z)", relu.Forward(z));
        Tensor slope = relu.Backward(gradient);
        probe.Return("dL/dZ", slope);
        probe.Return("dL/dA", linear.Backward(slope));
        probe.Return("dL/dW", linear.DLdW);
        probe.Return("dL/db", linear.DLdB);
    }

    // One output passes ReLU and the other does not: with none, every gradient is 0. At 0 its slope is a matter of convention.
    static bool HasBothSigns(Tensor a, Tensor w, Tensor b)
    {
        double[] x = a.ToArray(), weights = w.ToArray(), z = b.ToArray();
        for (int j = 0; j < 2; j++) z[j] += weights[2 * j] * x[0] + weights[2 * j + 1] * x[1];
        return z[0] * z[1] < 0;
    }

    // Without 0, where the slope of ReLU is a matter of convention.
    static Tensor Whole(Probe probe, Shape shape)
    {
        double[] numbers = new double[shape.ElementCount];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = probe.Next(1, 4) * (probe.Next() < 0.5 ? -1 : 1);
        return Tensor.From(numbers, shape, DType.Float64);
    }
}
