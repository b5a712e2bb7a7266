namespace MyTorch.Operations;

public sealed partial class SoftmaxCrossEntropy(Tensor logits, Tensor labels) : Operation(logits)
{
    // Through the log-softmax, which subtracts the largest logit first: log Σ − xₖ would lose a small loss beside large logits.
    protected override Tensor Forward()
    {
        var losses = new double[X.Shape[0]];
        for (int n = 0; n < losses.Length; n++) losses[n] = -Math.Log(Probabilities(n)[Class(n)]) is var loss && double.IsInfinity(loss) ? Far(n) : loss;
        return Tensor.From(losses, [losses.Length], X.DType);
    }

    public override Tensor?[] Backward(Tensor gradient)
    {
        int rows = X.Shape[0], classes = X.Shape[1];
        var result = new double[rows * classes];
        for (int n = 0; n < rows; n++)
        {
            double[] p = Probabilities(n);
            p[Class(n)] -= 1;
            for (int c = 0; c < classes; c++) result[n * classes + c] = gradient.Item(n) * p[c];
        }
        return [Tensor.From(result, X.Shape, X.DType)];
    }

    int Class(int row) => (int)labels.Item(row);

    double[] Probabilities(int row)
    {
        double[] x = X[row].ToArray();
        double largest = x.Max(), sum = 0;
        for (int c = 0; c < x.Length; c++) sum += x[c] = Math.Exp(x[c] - largest);
        for (int c = 0; c < x.Length; c++) x[c] /= sum;
        return x;
    }

    // The probability is 0 in double precision: the loss is the distance to the largest logit.
    double Far(int row) => X[row].ToArray().Max() - X.Item(row, Class(row));
}
