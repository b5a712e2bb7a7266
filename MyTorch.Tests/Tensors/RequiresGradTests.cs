namespace MyTorch.Tests;

/// <summary>The argument requiresGrad of everything that creates a tensor, as in PyTorch.</summary>
public class RequiresGradTests
{
    static IEnumerable<TestCaseData> Factories()
    {
        (string Name, Func<bool, Tensor> Make)[] factories =
        [
            ("a number", grad => Tensor.From(2.5, requiresGrad: grad)),
            ("a double[]", grad => Tensor.From(new double[] { 1, 2 }, requiresGrad: grad)),
            ("a float[]", grad => Tensor.From(new float[] { 1, 2 }, requiresGrad: grad)),
            ("a double[,]", grad => Tensor.From(new double[,] { { 1, 2 } }, requiresGrad: grad)),
            ("a float[,]", grad => Tensor.From(new float[,] { { 1, 2 } }, requiresGrad: grad)),
            ("doubles and a shape", grad => Tensor.From([1.0, 2], [2, 1], DType.Float64, grad)),
            ("floats and a shape", grad => Tensor.From([1f, 2], [2, 1], DType.Float64, grad)),
            ("a long[] as Float64", grad => Tensor.From(new long[] { 1, 2 }, DType.Float64, grad)),
            ("an int[,] as Float32", grad => Tensor.From(new int[,] { { 1, 2 } }, DType.Float32, grad)),
            ("ZerosLike", grad => Tensor.ZerosLike(Tensor.From(new float[] { 1, 2 }), grad)),
            ("OnesLike", grad => Tensor.OnesLike(Tensor.From(new float[] { 1, 2 }), grad)),
            ("Zeros", grad => Tensor.Zeros([2], requiresGrad: grad)),
            ("Ones", grad => Tensor.Ones([2], requiresGrad: grad)),
            ("Full", grad => Tensor.Full([2], 0.5, requiresGrad: grad)),
            ("Full with an integer", grad => Tensor.Full([2], 3L, requiresGrad: grad)),
            ("Eye", grad => Tensor.Eye(2, requiresGrad: grad)),
            ("Arange", grad => Tensor.Arange(0, 3, requiresGrad: grad)),
            ("Linspace", grad => Tensor.Linspace(0, 3, 4, requiresGrad: grad)),
            ("Rand", grad => Tensor.Rand([3], generator: new Generator(1), requiresGrad: grad)),
            ("Randn", grad => Tensor.Randn([3], generator: new Generator(1), requiresGrad: grad)),
        ];
        return factories.Select(factory => new TestCaseData(factory.Make).SetArgDisplayNames(factory.Name));
    }

    [TestCaseSource(nameof(Factories))]
    public void TheNewTensorIsALeafThatReceivesAGradient(Func<bool, Tensor> make)
    {
        using var autograd = new Autograd();
        Tensor plain = make(false), leaf = make(true);
        Assert.That((plain.RequiresGrad, leaf.RequiresGrad, leaf.IsLeaf), Is.EqualTo((false, true, true)));
        Assert.That(leaf.ToArray(), Is.EqualTo(plain.ToArray()));
        autograd.Backward((leaf * plain).Sum());
        Assert.That(leaf.Grad!.ToArray(), Is.EqualTo(plain.ToArray()));
    }

    static IEnumerable<Func<Tensor>> OfIntegers() =>
    [
        () => Tensor.Zeros([2], DType.Int64, requiresGrad: true),
        () => Tensor.Full([2], 3L, DType.Int64, requiresGrad: true),
        () => Tensor.From(new long[] { 1, 2 }, requiresGrad: true),
        () => Tensor.OnesLike(Tensor.Indices(1, 2), requiresGrad: true),
    ];

    [TestCaseSource(nameof(OfIntegers))]
    public void IntegersAreRefused(Func<Tensor> make) =>
        Assert.That(() => make(), Throws.InvalidOperationException.With.Message.Contains("Int64").And.Message.Contains("Float32"));
}
