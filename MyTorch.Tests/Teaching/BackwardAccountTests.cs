using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Teaching;

namespace MyTorch.Tests;

/// <summary>The backward pass in the lecture's letters, and one training step opened.</summary>
public class BackwardAccountTests
{
    static IEnumerable<TestCaseData> Networks()
    {
        foreach ((string name, Func<Module> activation) in new (string, Func<Module>)[]
            { ("Tanh", () => new Tanh()), ("ReLU", () => new ReLU()), ("Sigmoid", () => new Sigmoid()), ("GELU", () => new GELU()), ("Identity", () => new Identity()) })
            yield return new TestCaseData(activation).SetArgDisplayNames(name);
    }

    static (MLP Model, Tensor Inputs, Func<Tensor, Tensor> Loss) Network(Func<Module> activation)
    {
        var model = new MLP(3, [5, 4], 2, activation, DType.Float64, new Generator(3));
        Tensor inputs = Tensor.Randn([6, 3], DType.Float64, new Generator(4)), targets = Tensor.Randn([6, 2], DType.Float64, new Generator(5));
        return (model, inputs, y => new MSELoss().Forward(y, targets));
    }

    [TestCaseSource(nameof(Networks))]
    public void EveryNumberIsTheEnginesToTheBit(Func<Module> activation)
    {
        (MLP model, Tensor inputs, Func<Tensor, Tensor> loss) = Network(activation);
        BackwardAccount account = BackwardAccount.Of(model.Layers, inputs, loss);
        Assert.That(model.Parameters().Select(p => p.Grad), Is.All.Null, "asking changes no Grad");
        using var autograd = new Autograd();
        Tensor div = loss(model.Forward(inputs));
        autograd.Backward(div);
        Assert.That(account.Loss, Is.EqualTo(div.Item()));
        Linear[] linear = [.. model.Layers.OfType<Linear>()];
        for (int k = 0; k < linear.Length; k++)
        {
            Assert.That(account.Layers[k].ByWeight.ToArray(), Is.EqualTo(linear[k].Weight.Grad!.ToArray()));
            Assert.That(account.Layers[k].ByBias!.ToArray(), Is.EqualTo(linear[k].Bias!.Grad!.ToArray()));
        }
    }

    // The slide's loops, k = N … 1.
    [TestCaseSource(nameof(Networks))]
    public void TheFormulasWithTheirNumbersGiveTheNumbers(Func<Module> activation)
    {
        (MLP model, Tensor inputs, Func<Tensor, Tensor> loss) = Network(activation);
        BackwardAccount account = BackwardAccount.Of(model.Layers, inputs, loss);
        int formulas = 0;
        for (int k = account.Layers.Count; k >= 1; k--)
        {
            AccountLayer layer = account.Layers[k - 1];
            for (int j = 1; j <= layer.Size; j++)
            {
                for (int row = 0; row < account.Rows; row++)
                {
                    Holds(account.OfSum(k, row, j));
                    Holds(account.BySum(k, row, j));
                    if (k < account.Layers.Count) Holds(account.ByOutput(k, row, j));
                    else Assert.That(account.ByOutput(k, row, j).Terms.Count, Is.Zero, "the loss gives it");
                }
                for (int i = 0; i <= layer.Inputs.Shape[1]; i++) Holds(account.OfWeight(k, i, j));
            }
        }
        Assert.That(formulas, Is.GreaterThan(200));

        void Holds(AccountSum sum)
        {
            formulas++;
            Assert.That(sum.Terms.Sum(term => term.Product), Is.EqualTo(sum.Value).Within(1e-12), sum.ToString());
        }
    }

    [Test]
    public void AnElementOfDWIsNamedAndComesFromTwoColumns()
    {
        (MLP model, Tensor inputs, Func<Tensor, Tensor> loss) = Network(() => new Tanh());
        BackwardAccount account = BackwardAccount.Of(model.Layers, inputs, loss);
        AccountSum cell = account.OfWeight(layer: 2, from: 3, to: 2);
        Assert.That(cell.Left, Is.EqualTo("∂Div/∂w_32^(2)"));
        Assert.That(cell.Value, Is.EqualTo(account.Layers[1].ByWeight.Item(1, 2)));
        Assert.That(cell.Terms.Select(term => term.First), Is.EqualTo(Enumerable.Range(0, 6).Select(n => account.Layers[0].Outputs.Item(n, 2))));
        Assert.That(cell.Terms.Select(term => term.Second), Is.EqualTo(Enumerable.Range(0, 6).Select(n => account.Layers[1].BySums.Item(n, 1))));
        Assert.That(BackwardAccount.ToTex(cell.Left), Is.EqualTo(@"\frac{\partial \mathrm{Div}}{\partial w_{32}^{(2)}}"));
        Assert.That(BackwardAccount.ToTex(account.ByOutput(1, 0, 4).Formula), Is.EqualTo(@"\sum_{j} w_{4j}^{(2)} \cdot \frac{\partial \mathrm{Div}}{\partial z_{j}^{(2)}}"));
    }

    [Test]
    public void ByLayersAndByTapeTheGradientsAreTheSame([Values("ReLU", "Tanh", "Sigmoid", "Identity")] string name)
    {
        (MLP model, Tensor inputs, Func<Tensor, Tensor> loss) = Network(
            () => name switch { "ReLU" => new ReLU(), "Tanh" => new Tanh(), "Sigmoid" => new Sigmoid(), _ => new Identity() });
        LayersAndTape twice = LayersAndTape.Of(BackwardAccount.Of(model.Layers, inputs, loss));
        Assert.That(twice.Largest, Is.LessThan(1e-12));
        Assert.That(twice.Layers.Select(layer => layer.ByLayers.Abs().Max().Item()), Is.All.GreaterThan(1e-3));
        Assert.That(twice.Layers.Select(layer => layer.Layer), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void WrongQuestionsSayWhatIsThere()
    {
        (MLP model, Tensor inputs, Func<Tensor, Tensor> loss) = Network(() => new Tanh());
        BackwardAccount account = BackwardAccount.Of(model.Layers, inputs, loss);
        Assert.That(() => account.OfSum(4, 0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("expected 1 to 3"));
        Assert.That(() => account.OfSum(1, 6, 1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("expected 0 to 5"));
        Assert.That(() => account.OfWeight(1, 4, 1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1 to 3"));
        Assert.That(() => BackwardAccount.Of([new Tanh()], inputs, loss), Throws.ArgumentException.With.Message.Contains("Tanh first"));
        Assert.That(() => BackwardAccount.Of([new Linear(3, 2, dtype: DType.Float64), new Dropout()], inputs, loss), Throws.ArgumentException.With.Message.Contains("Dropout"));
    }

    [Test]
    public void SoftmaxHasNoSlopeOfItsOwn()
    {
        Tensor inputs = Tensor.Randn([2, 3], DType.Float64, new Generator(4));
        BackwardAccount account = BackwardAccount.Of([new Linear(3, 2, dtype: DType.Float64), new Softmax()], inputs, y => y.Square().Sum());
        Assert.That(account.Layers[0].IsElementwise, Is.False);
        Assert.That(account.BySum(1, 0, 1).Terms.Count, Is.Zero);
    }

    static IEnumerable<TestCaseData> Optimizers()
    {
        foreach (Func<IReadOnlyList<Tensor>, Optimizer> make in new Func<IReadOnlyList<Tensor>, Optimizer>[]
            {
                p => new SGD(p, 0.1), p => new SGD(p, 0.1, momentum: 0.9), p => new SGD(p, 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.01),
                p => new SGD(p, 0.1, momentum: 0.9, nesterov: true), p => new Adam(p, 0.01), p => new Adam(p, 0.01, weightDecay: 0.1, amsgrad: true),
                p => new AdamW(p, 0.01, weightDecay: 0.1), p => new RMSprop(p, 0.01), p => new Adagrad(p, 0.01),
            })
            yield return new TestCaseData(make).SetArgDisplayNames(make([new Parameter(Tensor.Ones([1]))]).GetType().Name);
    }

    // The last line is recomputed from the lines above it, as a reader does.
    [TestCaseSource(nameof(Optimizers))]
    public void APreviewSaysWhatTheStepThenDoes(Func<IReadOnlyList<Tensor>, Optimizer> make)
    {
        (MLP model, Tensor inputs, Func<Tensor, Tensor> loss) = Network(() => new Tanh());
        var loop = new FourLines(model.Layers, loss, make, inputs);
        for (int step = 0; step < 3; step++)
        {
            double[][] before = [.. model.Parameters().Select(p => p.ToArray())];
            StepAccount account = StepAccount.Preview(model.Layers, inputs, loss, loop.Optimizer);
            Assert.That(model.Parameters().Select(p => p.ToArray()), Is.EqualTo(before), "it is taken back");
            Assert.That(model.Parameters().Select(p => p.Grad), Is.All.Null);
            Assert.That(account.Loss, Is.EqualTo(loop.Step()));
            Assert.That(account.Changes.Select(change => change.After.ToArray()), Is.EqualTo(model.Parameters().Select(p => p.ToArray())), "to the bit");
            IReadOnlyList<UpdateLine> lines = account.OfWeight(2, 7);
            Assert.That(lines[0].Value, Is.EqualTo(before[2][7]));
            Assert.That(lines[^1].Value, Is.EqualTo(model.Parameters()[2].ToArray()[7]));
            double Last(string name) => lines.Last(line => line.Left == name).Value;
            ParameterGroup group = loop.Optimizer.ParameterGroups[0];
            double w = lines.Count(line => line.Left == "w") == 3 ? lines.Where(line => line.Left == "w").ElementAt(1).Value : lines[0].Value;
            double expected = lines[^1].Symbols switch
            {
                "w − η·g" => w - group.LearningRate * Last("g"),
                "w − η·v" => w - group.LearningRate * Last("v"),
                "w − η·step" => w - group.LearningRate * Last("step"),
                "w − η·m̂/(√v̂ + ε)" => w - group.LearningRate * Last("m̂") / (Math.Sqrt(Last("v̂")) + group["eps"]),
                _ => w - group.LearningRate * Last("g") / (Math.Sqrt(Last("s")) + group["eps"]),
            };
            Assert.That(lines[^1].Value, Is.EqualTo(expected).Within(1e-12), lines[^1].ToString());
        }
    }

    [Test]
    public void AStepIsForwardThenLoss()
    {
        (MLP model, Tensor inputs, Func<Tensor, Tensor> loss) = Network(() => new Tanh());
        StepAccount account = StepAccount.Preview(model.Layers, inputs, loss, new SGD(model.Parameters(), 0.1));
        Assert.That(account.Trace.Rows.Where(row => row.Operation is not null).Select(row => (row.Operation, account.PartOf(row.Index))), Is.EqualTo(new[]
        {
            ("Linear", StepPart.Forward), ("Tanh", StepPart.Forward), ("Linear", StepPart.Forward), ("Tanh", StepPart.Forward), ("Linear", StepPart.Forward),
            ("Subtract", StepPart.Loss), ("Square", StepPart.Loss), ("Mean", StepPart.Loss),
        }));
        Assert.That(account.Backward, Has.Count.EqualTo(8));
        Assert.That(account.Changes.Select(change => change.Name), Is.EqualTo(new[] { "0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias" }));
    }
}
