namespace MyTorch.Layers;

public sealed class MSELoss
{
    Tensor? _a;
    Tensor? _y;

    public Tensor Forward(Tensor a, Tensor y)
    {
        (_a, _y) = (a, y);
        double[] predicted = a.ToArray(), wanted = y.ToArray();
        double sum = 0;
        for (int i = predicted.Length - 1; i >= 0; i--) sum += Math.Pow(predicted[i] - wanted[i], 2);
        return Tensor.From(sum / predicted.Length, a.DType);
    }

    public Tensor Backward() => Numbers.Map(_a!, _y!, (a, y) => (a - y) * 2 / _a!.ElementCount);
}

public sealed class CrossEntropyLoss
{
    Tensor? _gradient;

    public Tensor Forward(Tensor a, Tensor y)
    {
        (int rows, int classes) = (a.Shape[0], a.Shape[1]);
        double[] logits = a.ToArray(), wanted = y.ToArray(), gradient = new double[logits.Length];
        double loss = 0;
        for (int n = 0; n < rows; n++)
        {
            int start = n * classes;
            double largest = logits[start], sum = 0;
            for (int c = 1; c < classes; c++) largest = Math.Max(largest, logits[start + c]);
            for (int c = 0; c < classes; c++) sum += Math.Exp(logits[start + c] - largest);
            for (int c = 0; c < classes; c++)
            {
                double logarithm = logits[start + c] - largest - Math.Log(sum);
                if (wanted[start + c] != 0) loss -= wanted[start + c] * logarithm / rows;
                gradient[start + c] = (Math.Exp(logarithm) - wanted[start + c]) / rows;
            }
        }
        _gradient = Tensor.From(gradient, a.Shape, a.DType);
        return Tensor.From(loss, a.DType);
    }

    public Tensor Backward() => _gradient!;
}
