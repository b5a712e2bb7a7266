using System.Text.RegularExpressions;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;

namespace MyTorch.Tests;

/// <summary>The code of MyTorch/Docs/optimizers.md, compiled and run.</summary>
public sealed class OptimizersPage
{
    static readonly Dataset s_rows = Dataset.Spirals(60, 3);

    static MLP Model() => new(2, [8], 3, generator: new Generator(1));

    [Test]
    public void EveryCodeBlockIsHere()
    {
        string page = File.ReadAllText(Path.Combine(GeneratedFile.Repository, "MyTorch", "Docs", "optimizers.md"));
        string source = Plain(File.ReadAllText(Path.Combine(GeneratedFile.Repository, "MyTorch.Tests", "Optim", "OptimizersPage.cs")));
        string[] blocks = [.. Regex.Matches(page.ReplaceLineEndings("\n"), "^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline).Select(match => match.Groups[1].Value)];
        Assert.That(blocks, Has.Length.EqualTo(8));
        foreach (string block in blocks) Assert.That(source, Does.Contain(Plain(block)));

        static string Plain(string code) => Regex.Replace(code, @"\s+", " ").Trim();
    }

    static double Train(Module model, Optimizer optimizer, Action? clip = null)
    {
        using var autograd = new Autograd();
        Tensor loss = new CrossEntropyLoss().Forward(model.Forward(s_rows.Inputs), s_rows.Labels);
        autograd.Backward(loss);
        clip?.Invoke();
        optimizer.Step();
        optimizer.ZeroGrad();
        return loss.Item();
    }

    [Test]
    public void AnOptimizerTrains()
    {
        MLP model = Model();
        var optimizer = new AdamW(model.Parameters(), learningRate: 0.003, weightDecay: 0.01);
        double first = Train(model, optimizer), last = 0;
        for (int step = 0; step < 50; step++) last = Train(model, optimizer);
        Assert.That(last, Is.LessThan(0.99 * first));
    }

    [Test]
    public void GroupsHaveDifferentOptions()
    {
        MLP model = Model();
        var optimizer = new AdamW(model.Parameters().Where(p => p.Rank > 1), learningRate: 0.003, weightDecay: 0.01);
        optimizer.AddParameterGroup(new(model.Parameters().Where(p => p.Rank == 1)) { ["weight_decay"] = 0 });
        Assert.That(optimizer.Parameters, Is.EquivalentTo(model.Parameters()));
        Assert.That(optimizer.ParameterGroups.Select(group => group["weight_decay"]), Is.EqualTo(new[] { 0.01, 0 }));
        Assert.That(optimizer.LearningRate, Is.EqualTo(0.003));
    }

    [Test]
    public void WarmUpThenCosineIsSavedAndResumed()
    {
        const int epochs = 12;
        MLP model = Model();
        var optimizer = new AdamW(model.Parameters());
        void TrainOneEpoch() => Train(model, optimizer);
        var schedule = new SequentialSchedule([new LinearWarmup(optimizer, 5), new CosineAnnealing(optimizer, epochs - 5)], [5]);
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            TrainOneEpoch();
            schedule.Step();
        }
        Assert.That(optimizer.LearningRate, Is.EqualTo(0).Within(1e-18));

        Dictionary<string, Tensor> weights = model.StateDict(), moments = optimizer.StateDict(), epochsDone = schedule.StateDict();
        MLP trained = model;
        model = Model();
        optimizer = new AdamW(model.Parameters());
        schedule = new SequentialSchedule([new LinearWarmup(optimizer, 5), new CosineAnnealing(optimizer, epochs - 5)], [5]);
        model.LoadStateDict(weights);
        optimizer.LoadStateDict(moments);
        schedule.LoadStateDict(epochsDone);
        Assert.That(model.Parameters()[0].ToArray(), Is.EqualTo(trained.Parameters()[0].ToArray()));
        Assert.That(optimizer.LearningRate, Is.EqualTo(0).Within(1e-18));
        schedule.Step();
        Assert.That(schedule.Epoch, Is.EqualTo(epochs + 1));
    }

    [Test]
    public void GradientsAreClipped()
    {
        MLP model = Model();
        var optimizer = new SGD(model.Parameters(), learningRate: 0.1);
        using var autograd = new Autograd();
        Tensor loss = 1000 * new CrossEntropyLoss().Forward(model.Forward(s_rows.Inputs), s_rows.Labels);
        double[] before = model.Parameters()[0].ToArray();
        autograd.Backward(loss);
        double norm = model.Parameters().ClipGradNorm(1);
        optimizer.Step();
        optimizer.ZeroGrad();
        Assert.That(norm, Is.GreaterThan(10));
        Assert.That(model.Parameters()[0].ToArray().Zip(before, (now, then) => Math.Abs(now - then)).Max(), Is.LessThanOrEqualTo(0.1).And.GreaterThan(0));
    }

    [Test]
    public void AccumulatedGradientsAreThoseOfTheLargeBatch()
    {
        MLP model = Model(), whole = Model();
        var criterion = new CrossEntropyLoss();
        var loader = new DataLoader(s_rows, s_rows.Count / 4);
        var optimizer = new SGD(model.Parameters(), learningRate: 0.5);
        const int Parts = 4;
        foreach (Batch[] parts in loader.Chunk(Parts))
        {
            foreach (Batch batch in parts)
            {
                using var autograd = new Autograd();
                Tensor loss = criterion.Forward(model.Forward(batch.Inputs), batch.Labels) / parts.Length;
                autograd.Backward(loss);
            }
            optimizer.Step();
            optimizer.ZeroGrad();
        }
        Train(whole, new SGD(whole.Parameters(), learningRate: 0.5));
        foreach ((Tensor accumulated, Tensor expected) in model.Parameters().Zip(whole.Parameters()))
            Assert.That(accumulated.ToArray(), Is.EqualTo(expected.ToArray()).Within(1e-6));
        Assert.That(model.Parameters()[0].ToArray(), Is.Not.EqualTo(Model().Parameters()[0].ToArray()));
    }

    [Test]
    public void InitialValuesAreThoseOfHe()
    {
        MLP model = Model();
        foreach (Linear layer in model.NamedModules().Select(named => named.Module).OfType<Linear>())
        {
            Init.KaimingNormal(layer.Weight, nonlinearity: Nonlinearity.ReLU);
            if (layer.Bias is { } bias) Init.Zeros(bias);
        }
        Assert.That(model.NamedParameters().Where(named => named.Name.EndsWith("bias", StringComparison.Ordinal)).SelectMany(named => named.Tensor.ToArray()), Has.All.Zero);
        Assert.That(model.Parameters()[0].ToArray().Max(Math.Abs), Is.GreaterThan(1 / Math.Sqrt(2)), "beyond the uniform start");
    }
}
