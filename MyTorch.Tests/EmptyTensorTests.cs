using MyTorch.Nn;

namespace MyTorch.Tests;

/// <summary>
/// Operations on tensors without elements: the value of the formula, as in PyTorch, or an error that names the method that was called.
/// </summary>
public sealed class EmptyTensorTests
{
    static readonly Shape[] s_shapes = [[0, 3], [2, 0], [0, 0], [2, 0, 3]];

    static Tensor Empty(Shape shape)
    {
        Tensor x = Tensor.Zeros(shape);
        x.RequiresGrad = true;
        return x;
    }

    static double[] Value(Tensor empty, Func<Tensor, Tensor> function, out Shape shape)
    {
        using var autograd = new Autograd();
        Tensor y = function(empty);
        shape = y.Shape;
        autograd.Backward(y.Sum());
        Assert.That(empty.Grad!.Shape, Is.EqualTo(empty.Shape), "what is computed from nothing is recorded as usual");
        return y.ToArray();
    }

    [TestCaseSource(nameof(s_shapes))]
    public void SumsAre0AndMeansNaN(Shape shape)
    {
        Assert.That(Value(Empty(shape), x => x.Sum(), out _), Is.EqualTo(new double[] { 0 }));
        foreach (Func<Tensor, Tensor> mean in new Func<Tensor, Tensor>[] { x => x.Mean(), x => x.Var(), x => x.Std(), x => x.Var(unbiased: false) })
            Assert.That(Value(Empty(shape), mean, out _), Is.EqualTo(new[] { double.NaN }));
        for (int dim = 0; dim < shape.Rank; dim++)
        {
            int along = dim;
            double[] sums = Value(Empty(shape), x => x.Sum(along), out Shape left), means = Value(Empty(shape), x => x.Mean(along), out _);
            Assert.That(left, Is.EqualTo(shape.Without(dim)));
            Assert.That(sums, Has.Length.EqualTo(left.ElementCount).And.All.Zero);
            Assert.That(means, Has.Length.EqualTo(left.ElementCount).And.All.NaN);
        }
    }

    [TestCaseSource(nameof(s_shapes))]
    public void ExtremesNameTheMethodThatWasCalled(Shape shape)
    {
        Tensor x = Empty(shape);
        (string Name, Action<int> Call)[] calls =
        [
            ("Max", _ => x.Max()), ("Min", _ => x.Min()), ("AMax", _ => x.AMax()), ("ArgMax", _ => x.ArgMax()), ("ArgMin", _ => x.ArgMin()),
            ("Max", dim => x.Max(dim)), ("Min", dim => x.Min(dim)), ("AMax", dim => x.AMax(dim)), ("AMin", dim => x.AMin(dim)), ("ArgMax", dim => x.ArgMax(dim)),
        ];
        for (int i = 0; i < calls.Length; i++)
            for (int dim = 0; dim < shape.Rank; dim++)
            {
                if (i < 5 || shape[dim] == 0)
                    Assert.That(() => calls[i].Call(dim), Throws.InvalidOperationException.With.Message.StartsWith(calls[i].Name + ": ").And.Message.Contains("no elements"));
                else Assert.That(() => calls[i].Call(dim), Throws.Nothing);
            }
    }

    [Test]
    public void ProductsOverNothingAre0()
    {
        Assert.That(Value(Empty([2, 0]), x => x.MatMul(Tensor.Ones([0, 3])), out Shape shape), Is.EqualTo(new double[6]));
        Assert.That(shape, Is.EqualTo(Shape.Create([2, 3])));
        Assert.That(Value(Empty([0, 2]), x => x.MatMul(Tensor.Ones([2, 3])), out shape), Is.Empty);
        Assert.That(shape, Is.EqualTo(Shape.Create([0, 3])));
        Assert.That(Value(Empty([2, 0]), x => x.Linear(Tensor.Ones([3, 0]), Tensor.From([1, 2, 3])), out _), Is.EqualTo(new double[] { 1, 2, 3, 1, 2, 3 }));
        var weight = new Parameter(Tensor.Ones([3, 2]));
        using var autograd = new Autograd();
        autograd.Backward(Tensor.Zeros([0, 2]).Linear(weight, new Parameter(Tensor.Ones([3]))).Sum());
        Assert.That(weight.Grad!.ToArray(), Is.EqualTo(new double[6]));
    }

    [Test]
    public void JoinedWithOthersEmptyOnesAddNothing()
    {
        Assert.That(Value(Empty([0, 2]), x => Tensor.Concat([x, Tensor.From([1, 2], [1, 2])], 0), out _), Is.EqualTo(new double[] { 1, 2 }));
        Assert.That(Value(Empty([2, 0]), x => Tensor.Concat([x, Tensor.Ones([2, 1])], 1), out _), Is.EqualTo(new double[] { 1, 1 }));
    }

    [Test]
    public void LossesOfNoRowsHaveTheMeanNaNAndTheSum0()
    {
        Tensor labels = Tensor.Zeros([0], DType.Int64);
        foreach (var (reduction, expected) in new[] { (Reduction.Mean, double.NaN), (Reduction.Sum, 0.0) })
        {
            Func<Tensor, Tensor>[] losses =
            [
                x => new MSELoss(reduction).Forward(x, x.Detach()), x => new L1Loss(reduction).Forward(x, x.Detach()), x => new HuberLoss(reduction: reduction).Forward(x, x.Detach()),
                x => new BCELoss(reduction: reduction).Forward(x, x.Detach()), x => new BCEWithLogitsLoss(reduction: reduction).Forward(x, x.Detach()),
                x => new CrossEntropyLoss(reduction: reduction).Forward(x, labels), x => new CrossEntropyLoss(Tensor.Ones([3]), reduction: reduction, labelSmoothing: 0.1).Forward(x, labels),
                x => new CrossEntropyLoss(reduction: reduction).Forward(x, x.Detach()), x => new NLLLoss(reduction: reduction).Forward(x, labels), x => new KLDivLoss(reduction: reduction).Forward(x, x.Detach()),
            ];
            foreach (var loss in losses) Assert.That(Value(Empty([0, 3]), loss, out _), Is.EqualTo(new[] { expected }));
        }
    }

    [Test]
    public void PredictionsWithoutClassesAreRefusedByTheLoss()
    {
        Tensor scores = Tensor.Zeros([2, 0]);
        Assert.That(() => new CrossEntropyLoss().Forward(scores, Tensor.Indices(0, 0)), Throws.ArgumentException.With.Message.StartsWith("CrossEntropyLoss: ").And.Message.Contains("no classes"));
        Assert.That(() => new CrossEntropyLoss().Forward(scores, scores), Throws.ArgumentException.With.Message.StartsWith("CrossEntropyLoss: ").And.Message.Contains("no classes"));
        Assert.That(() => new NLLLoss().Forward(scores, Tensor.Indices(0, 0)), Throws.ArgumentException.With.Message.StartsWith("NLLLoss: ").And.Message.Contains("no classes"));
    }

    [Test]
    public void LayersTakeNoRowsOrSayWhyNot()
    {
        Tensor none = Tensor.Zeros([0, 3]);
        Assert.That(new MyTorch.Nn.Linear(3, 2).Forward(none).Shape, Is.EqualTo(Shape.Create([0, 2])));
        Assert.That(new MLP(3, [4], 2).Forward(none).Shape, Is.EqualTo(Shape.Create([0, 2])));
        Assert.That(new Dropout().Forward(none).Shape, Is.EqualTo(none.Shape));
        var norm = new BatchNorm1d(3);
        Assert.That(() => norm.Forward(none), Throws.ArgumentException.With.Message.StartsWith("BatchNorm1d: (0, 3) has no value per feature"));
        Assert.That(() => norm.Forward(Tensor.Zeros([1, 3])), Throws.ArgumentException.With.Message.StartsWith("BatchNorm1d: (1, 3) has one value per feature"));
        norm.Eval();
        Assert.That(norm.Forward(none).Shape, Is.EqualTo(none.Shape));
        Assert.That(norm.RunningMean.ToArray(), Is.EqualTo(new double[3]));
    }

    [Test]
    public void AnIndexOfAnEmptyDimensionSaysSo() =>
        Assert.That(() => Tensor.Zeros([0, 3])[0], Throws.InstanceOf<ArgumentException>().With.Message.Contains("is empty"));
}
