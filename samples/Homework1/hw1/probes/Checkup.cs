using MyTorch;
using MyTorch.Operations;
using MyTorch.Optim;
using MyTorch.Probes;

/// <summary>
/// Part 7: a check-up of the training, which a broken engine cannot pass even if its losses fall. Each check is a yes or a no. The networks
/// begin with weights that hang on no seed: what is true of them is true in every case.
/// </summary>
static class Checkup
{
    const int Pixels = 64, Hidden = 16, Digits = 10;

    /// <summary>A network of 64, 16 and 10 units with its optimizer.</summary>
    sealed class Network
    {
        readonly Tensor _w1, _b1, _w2, _b2;
        readonly SGD _optimizer;

        public Network(DType type)
        {
            (_w1, _b1) = (Weights([Hidden, Pixels], type), Weights([Hidden], type));
            (_w2, _b2) = (Weights([Digits, Hidden], type), Weights([Digits], type));
            _optimizer = new SGD(Parameters, learningRate: 0.1, momentum: 0.9);
        }

        public Tensor[] Parameters => [_w1, _b1, _w2, _b2];

        public Tensor Logits(Tensor pictures) => pictures.Linear(_w1, _b1).ReLU().Linear(_w2, _b2);

        /// <summary>One step; the loss before it.</summary>
        public double Step(Tensor pictures, Tensor digits)
        {
            using var autograd = new Autograd();
            Tensor loss = new SoftmaxCrossEntropy(Logits(pictures), digits).Apply().Mean();
            _optimizer.ZeroGrad();
            loss.Backward();
            _optimizer.Step();
            return loss.Item();
        }

        // Numbers of both signs without a pattern.
        static Tensor Weights(Shape shape, DType type) => Cases.Leaf(Tensor.From(
            [.. Enumerable.Range(1, shape.ElementCount).Select(i => 0.1 * Math.Sin(12.9898 * i * i))], shape, type));
    }

    /// <summary>Returns a mark for each check.</summary>
    public static void Return(Probe probe, Tensor pictures, Tensor digits)
    {
        DType type = probe.DType;
        (Tensor some, Tensor theirDigits) = (pictures[..16], digits[..16]);
        void Check(string name, bool passed) => probe.Return($"check-up: {name}", Cases.Mark(passed));

        double outside = LossOf(new Network(type).Logits(some), theirDigits), told = new Network(type).Step(some, theirDigits);
        Check("the loss is what the outputs give", Math.Abs(told - outside) < 1e-4);
        Check("the loss at the start is near ln 10", Math.Abs(told - Math.Log(Digits)) < 0.5);

        var network = new Network(type);
        double[][] before = [.. network.Parameters.Select(parameter => parameter.ToArray())];
        double[] losses = [.. Enumerable.Range(0, 5).Select(_ => network.Step(some, theirDigits))];
        Check("every parameter moves", network.Parameters.Zip(before).All(pair => !pair.First.ToArray().SequenceEqual(pair.Second)));
        var again = new Network(type);
        Check("the same weights give the same losses", losses.All(loss => Math.Abs(again.Step(some, theirDigits) - loss) < 1e-6));

        int[] order = [.. Enumerable.Range(0, 16).Reverse()];
        var turned = new Network(type);
        Check("the order of a batch changes nothing", losses.All(loss => Math.Abs(turned.Step(Rows(some, order), Labels(theirDigits, order)) - loss) < 1e-4));

        double last = 0;
        for (int step = 0; step < 150; step++) last = network.Step(some, theirDigits);
        Check("one batch can be learned by heart", last < 0.1);

        // What is learned of labels without meaning is of no use for other pictures.
        var misled = new Network(type);
        Tensor mixed = Labels(digits, [.. Enumerable.Range(0, 32).Select(i => (7 * i + 3) % 32)]);
        for (int step = 0; step < 60; step++) misled.Step(pictures[..32], mixed);
        double right = misled.Logits(pictures[32..]).ArgMax(1).EqualTo(digits[32..]).To(type).Sum().Item();
        Check("from shuffled labels nothing is learned about other pictures", right <= 12);
    }

    // The loss, computed here from the outputs alone.
    static double LossOf(Tensor logits, Tensor digits)
    {
        double[] numbers = logits.ToArray(), classes = digits.ToArray();
        double sum = 0;
        for (int row = 0; row < classes.Length; row++)
        {
            double[] own = numbers[(Digits * row)..(Digits * row + Digits)];
            sum += Math.Log(own.Sum(x => Math.Exp(x - own.Max()))) - (own[(int)classes[row]] - own.Max());
        }
        return sum / classes.Length;
    }

    static Tensor Rows(Tensor pictures, int[] rows)
    {
        double[] pixels = pictures.ToArray();
        return Tensor.From([.. rows.SelectMany(row => pixels[(Pixels * row)..(Pixels * row + Pixels)])], [rows.Length, Pixels], pictures.DType);
    }

    static Tensor Labels(Tensor digits, int[] rows)
    {
        double[] classes = digits.ToArray();
        return Tensor.Indices([.. rows.Select(row => (long)classes[row])]);
    }
}
