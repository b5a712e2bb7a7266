using MyTorch.Tests.Operations;
using static MyTorch.Tests.ReusedMemory.ExemptTests;
using static MyTorch.Tests.ReusedMemory.ReadersTests;

namespace MyTorch.Tests.ReusedMemory;

/// <summary>Operations of the library and of the user, in memory that holds old numbers.</summary>
public sealed class OperationTests
{
    static IEnumerable<TestCaseData> Cases() => OperationTable.CasesOf(_ => true);

    static (double[] Value, double[]?[] Gradients) Run(OperationCase c, bool reuseMemory)
    {
        Tensor[] inputs = [.. c.Inputs.Select(OperationTable.Fresh)];
        using var autograd = new Autograd(reuseMemory: reuseMemory);
        Tensor y = c.Run(inputs);
        if (y.RequiresGrad) autograd.Backward(y, Tensor.Full(y.Shape, 0.7, y.DType));
        return (y.ToArray(), [.. inputs.Select(input => input.Grad?.ToArray())]);
    }

    [TestCaseSource(nameof(Cases))]
    public void ComputesTheSameBitsInUsedMemory(OperationCase c) => OnDirtyMemory(() =>
    {
        (double[] value, double[]?[] gradients) = Run(c, reuseMemory: false);
        for (int round = 0; round < 2; round++)
        {
            (double[] again, double[]?[] gradientsAgain) = Run(c, reuseMemory: true);
            Assert.That(again, Is.EqualTo(value));
            Assert.That(gradientsAgain, Is.EqualTo(gradients));
            Spoil();
        }
    });

    sealed class Keeping(Tensor x, bool keepsResult = false) : Operation(x)
    {
        internal Tensor? Kept, Upstream, Returned;

        protected override Tensor Forward()
        {
            Kept = X * 3;
            Tensor y = X * 2;
            if (keepsResult) Kept = y;
            return y;
        }

        public override Tensor?[] Backward(Tensor gradient)
        {
            (Upstream, Returned) = (gradient, gradient * 2);
            return [Returned];
        }
    }

    [Test]
    public void AnOperationOfTheUserMayKeepWhatItComputes() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(2, 3);
        for (int i = 0; i < 3; i++)
        {
            var operation = new Keeping(x);
            using (var autograd = new Autograd(reuseMemory: true))
            {
                x.ZeroGrad();
                autograd.Backward((operation.Apply().Exp() * 2).Sum());
            }
            Spoil();
            Ended(x, x => x.Exp() * 5);
            Assert.That(operation.Kept!.ToArray(), Is.EqualTo(x.ToArray().Select(v => 3 * v)));
            Assert.That(operation.Upstream!.ToArray(), Is.EqualTo(x.ToArray().Select(v => 2 * Math.Exp(2 * v))).Within(1e-12));
            Assert.That(operation.Returned!.ToArray(), Is.EqualTo(x.Grad!.ToArray()));
            Refused(() => operation.Output.ToArray());
        }
    });

    [Test]
    public void AnOperationThatKeepsItsResultKeepsAResult() => OnDirtyMemory(() =>
    {
        var operation = new Keeping(Leaf(2, 3), keepsResult: true);
        using (new Autograd(reuseMemory: true)) operation.Apply();
        Refused(() => operation.Kept!.ToArray());
    });

    sealed class Returning(Tensor x, Func<Tensor, Tensor> value) : Operation(x)
    {
        protected override Tensor Forward() => value(X);

        public override Tensor?[] Backward(Tensor gradient) => [gradient];
    }

    [Test]
    public void AnOperationMayReturnATensorOfTheUsers() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(2, 3), mine = Tensor.Ones([2, 3], DType.Float64), parameter = Leaf(2, 3);
        double[] numbers = parameter.ToArray();
        for (int i = 0; i < 2; i++)
        {
            using (new Autograd(reuseMemory: true))
            {
                new Returning(x, _ => mine).Apply();
                new Returning(x, _ => parameter).Apply();
                new Returning(x, x => x).Apply();
                new Returning(x, _ => parameter.Reshape([6])).Apply();
            }
            Spoil();
            Ended(x, x => x.Exp());
            Assert.That(mine.ToArray(), Is.All.EqualTo(1));
            Assert.That(parameter.ToArray(), Is.EqualTo(numbers));
        }
        Tensor? first = null;
        for (int i = 0; i < 2; i++)
            using (new Autograd(reuseMemory: true))
            {
                Tensor y = new Returning(x, x => first ??= x.Exp()).Apply();
                if (i == 1) Refused(() => y.ToArray(), "a result of the scope before");
            }
    });

    [Test]
    public void AnOperationThatEndsTheScopeOrFails() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(2, 3), before = x, inside = x, y = x;
        using (var autograd = new Autograd(reuseMemory: true))
        {
            before = x * 2;
            y = new Returning(x, x =>
            {
                inside = x.Exp();
                autograd.Dispose();
                Refused(() => before.ToArray());
                return inside * 2;
            }).Apply();
        }
        Spoil();
        Ended(x, x => x * 100);
        Assert.That(inside.ToArray(), Is.EqualTo(x.Exp().ToArray()));
        Assert.That(y.ToArray(), Is.EqualTo((x.Exp() * 2).ToArray()), "it was not recorded");

        using (new Autograd(reuseMemory: true))
            Assert.Throws<FormatException>(() => new Returning(x, x =>
            {
                inside = x.Exp();
                throw new FormatException();
            }).Apply());
        Spoil();
        Ended(x, x => x * 100);
        Assert.That(inside.ToArray(), Is.EqualTo(x.Exp().ToArray()));
    });

    [Test]
    public void AnOperationThatDifferentiatesInsideItsForward() => OnDirtyMemory(() =>
    {
        Tensor x = Leaf(2, 3), w = Leaf(2, 3), slope = x;
        double[] numbers = x.Exp().ToArray();
        for (int i = 0; i < 2; i++)
        {
            using (new Autograd(reuseMemory: true))
                new Returning(x, x =>
                {
                    using var inner = new Autograd(reuseMemory: true);
                    slope = inner.Gradients(w.Detach() is var v && Requiring(v) ? (v + x - v).Exp().Sum() : v, [v])[0]!;
                    v.RequiresGrad = false;
                    inner.Backward((w * x.Exp()).Sum());
                    return x * 2;
                }).Apply();
            Spoil();
            Ended(x, x => x * 100);
            Assert.That(w.Grad!.ToArray(), Is.EqualTo(numbers).Within(1e-12));
            Assert.That(slope.ToArray(), Is.Not.Empty);
            w.ZeroGrad();
        }

        static bool Requiring(Tensor tensor) => tensor.RequiresGrad = true;
    });
}
