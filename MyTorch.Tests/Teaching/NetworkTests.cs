using System.Globalization;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Teaching;

namespace MyTorch.Tests.Teaching;

/// <summary>A network in training, step by step, and its pictures.</summary>
public sealed class NetworkTests
{
    static readonly string s_digits = Path.Combine(GeneratedFile.Repository, "data", "digits.csv");

    static IEnumerable<NetworkSettings> All() =>
    [
        new(),
        new() { Data = NetworkData.Moons, Optimizer = NetworkOptimizer.Adam, Init = NetworkInit.XavierNormal, Loss = NetworkLoss.MSE },
        new() { Data = NetworkData.Sine, Layers = [new(5, NetworkActivation.ReLU)], Optimizer = NetworkOptimizer.RMSprop, Standardize = true },
        new() { Data = NetworkData.ThreeSpirals, Layers = [], WeightDecay = 0.01, Optimizer = NetworkOptimizer.Nesterov },
        new() { Data = NetworkData.Xor, ZeroGradients = false, LearningRate = 0.001, Init = NetworkInit.Orthogonal },
    ];

    [TestCaseSource(nameof(All))]
    public void GoesBackToTheSameWeightsAndOnWithTheSameSteps(NetworkSettings settings)
    {
        var run = new NetworkRun(settings);
        for (int i = 0; i < 150; i++) run.Step();
        double[] losses = [.. run.Losses], epochs = [.. run.EpochLosses], weights = [.. run.Model.Parameters().SelectMany(p => p.ToArray())];

        foreach (int step in new[] { 149, 100, 3, 0 })
        {
            int at = run.Restore(step);
            Assert.That(at, Is.InRange(0, step));
            Assert.That(run.StepCount, Is.EqualTo(at));
            Assert.That(run.Losses, Is.EqualTo(losses.Take(at)));
            while (run.StepCount < 150) run.Step();
            Assert.That(run.Losses, Is.EqualTo(losses), $"from step {step}");
            Assert.That(run.EpochLosses, Is.EqualTo(epochs), $"from step {step}");
            Assert.That(run.Model.Parameters().SelectMany(p => p.ToArray()), Is.EqualTo(weights), $"from step {step}");
        }
    }

    [Test]
    public void KeepsABoundedNumberOfStates()
    {
        var run = new NetworkRun(new NetworkSettings { Layers = [new(1)] });
        for (int i = 0; i < 3000; i++)
        {
            run.Step();
            Assert.That(run.Kept, Has.Count.AtMost(NetworkRun.MostKept));
        }
        Assert.That(run.Kept[0], Is.Zero);
        Assert.That(run.Kept[^1], Is.GreaterThan(2990), "the last steps can be taken back at once");
        Assert.That(run.Kept.Zip(run.Kept.Skip(1), (a, b) => b - a).Max(), Is.LessThan(200));
    }

    // The loop of the README, without the class.
    [Test]
    public void HasTheLossesOfTheTrainingLoop()
    {
        var run = new NetworkRun(new NetworkSettings { Data = NetworkData.Spirals, Seed = 5 });
        (Dataset train, _) = Dataset.Spirals(150, 2, 0.1, 5, DType.Float64).Split(0.8, 5);
        var generator = new Generator(5);
        var model = new Sequential(
            new Linear(2, 8, dtype: DType.Float64, generator: generator), new Tanh(), new Linear(8, 8, dtype: DType.Float64, generator: generator),
            new Tanh(), new Linear(8, 2, dtype: DType.Float64, generator: generator));
        var criterion = new CrossEntropyLoss();
        var optimizer = new SGD(model.Parameters(), 0.03, momentum: 0.9);
        var loader = new DataLoader(train, 10, shuffle: true, seed: 5);
        for (int epoch = 0; epoch < 3; epoch++)
            foreach (Batch batch in loader)
            {
                using var autograd = new Autograd();
                Tensor loss = criterion.Forward(model.Forward(batch.Inputs), batch.Labels);
                autograd.Backward(loss);
                optimizer.Step();
                optimizer.ZeroGrad();
                Assert.That(run.Step(), Is.EqualTo(loss.Item()), $"step {run.StepCount}");
            }
        Assert.That(run.Epoch, Is.EqualTo(3));
        Assert.That(run.EpochLosses[0], Is.EqualTo(run.Losses.Take(24).Average()).Within(1e-12));
    }

    [Test]
    public void LearnsWhatItIsMeantToLearn()
    {
        foreach ((NetworkSettings settings, double least) in new[]
        {
            (new NetworkSettings { Data = NetworkData.Spirals, Seed = 1 }, 0.95), (new NetworkSettings { Data = NetworkData.Circles, LearningRate = 0.1 }, 0.9),
            (new NetworkSettings { Data = NetworkData.Xor, LearningRate = 0.1 }, 0.9), (new NetworkSettings { Data = NetworkData.Moons, LearningRate = 0.1 }, 0.9),
            (new NetworkSettings { Data = NetworkData.Function, Noise = 0.02, LearningRate = 0.1 }, 0.9),
        })
        {
            var run = new NetworkRun(settings);
            for (int i = 0; i < 2000 && run.Stop is null; i++) run.Step();
            Assert.That(run.Score(run.Test).Accuracy, Is.GreaterThan(least), $"{settings.Data}");
        }
        var sine = new NetworkRun(new NetworkSettings { Data = NetworkData.Sine, Noise = 0.05 });
        for (int i = 0; i < 3000; i++) sine.Step();
        Assert.That(sine.Score(sine.Test).Loss, Is.LessThan(0.02));
    }

    [Test]
    public void SaysWhyItEnds()
    {
        Assert.That(Ended(new() { LearningRate = 1e200, Momentum = 0, Data = NetworkData.Line, Layers = [] }), Does.Contain("learning rate smaller than 1E+200"));
        Assert.That(Ended(new() { Init = NetworkInit.Zeros, Layers = [new(4, NetworkActivation.ReLU)], Data = NetworkData.Sine, Loss = NetworkLoss.L1 }), Is.Not.Null);
        Assert.That(Ended(new() { Data = NetworkData.Line, Noise = 0, LearningRate = 0.1, Layers = [] }), Does.StartWith("Learned"));
        Assert.That(Ended(new() { Data = NetworkData.Line, Layers = [] }), Does.StartWith("Nothing changes any more"));

        static string? Ended(NetworkSettings settings)
        {
            var run = new NetworkRun(settings);
            for (int i = 0; i < 20_000 && run.Stop is null; i++) run.Step();
            return run.Stop;
        }
    }

    [Test]
    public void StopsAtZeroGradientsAndGoesOnWhenTold()
    {
        // Only the output's bias moves without hidden activations at zero weights; with targets of mean 0 it ends where L1 is flat.
        var run = new NetworkRun(new NetworkSettings { LearningRate = 1e6, Momentum = 0, Layers = [new(4, NetworkActivation.ReLU)], Data = NetworkData.Moons, Loss = NetworkLoss.CrossEntropy });
        for (int i = 0; i < 20_000 && run.Stop is null; i++) run.Step();
        Assert.That(run.Stop, Is.Not.Null);
        run.GoOn();
        Assert.That(run.Stop, Is.Null);
        run.Step();
    }

    [Test]
    public void UphillIsTheOtherWay()
    {
        var down = new NetworkRun(new NetworkSettings { BatchSize = 240, Momentum = 0 });
        var up = new NetworkRun(new NetworkSettings { BatchSize = 240, Momentum = 0, Uphill = true });
        double[] before = down.Layers[0].Weight.ToArray();
        Assert.That(up.Layers[0].Weight.ToArray(), Is.EqualTo(before));
        Assert.That(down.Step(), Is.EqualTo(up.Step()));
        Assert.That(up.Layers[0].Weight.ToArray().Zip(before, (w, b) => w - b), Is.EqualTo(down.Layers[0].Weight.ToArray().Zip(before, (w, b) => b - w)).Within(1e-12));
        Assert.That(down.Step(), Is.LessThan(up.Step()));
    }

    [Test]
    public void ActivationsAreThoseOfTheLayers()
    {
        var run = new NetworkRun(new NetworkSettings { Layers = [new(3, NetworkActivation.Sigmoid), new(4, NetworkActivation.ReLU)] });
        Tensor inputs = run.Train.Inputs;
        IReadOnlyList<Tensor> layers = run.Activations(inputs);
        Assert.That(layers.Select(layer => layer.Shape[1]), Is.EqualTo(new[] { 3, 4, 2 }));
        Assert.That(layers[0].ToArray(), Is.EqualTo(run.Layers[0].Forward(inputs).Sigmoid().ToArray()));
        Assert.That(layers[^1].ToArray(), Is.EqualTo(run.Model.Forward(inputs).ToArray()));
        Assert.That(run.Score(run.Train).Loss, Is.EqualTo(run.Criterion.Forward(layers[^1], run.Train.Labels).Item()));
        Assert.That(run.Score(run.Train, most: 10).Rows, Is.EqualTo(10));
    }

    [Test]
    public void TakesTheRowsOfAFile()
    {
        var settings = new NetworkSettings { Data = NetworkData.Digits, Standardize = true, Points = 200, Layers = [new(10)] };
        Assert.That(() => new NetworkRun(settings), Throws.ArgumentException.With.Message.Contains("needs the rows of a file"));
        Assert.That(() => new NetworkRun(settings, CsvDataset.Load(s_digits, "digit", new CsvOptions { DType = DType.Float32 })),
            Throws.ArgumentException.With.Message.Contains("DType.Float64"));
        var run = new NetworkRun(settings, CsvDataset.Load(s_digits, "digit", new CsvOptions { DType = DType.Float64 }));
        Assert.That(run.Data.Count, Is.EqualTo(200));
        Assert.That(run.Sizes, Is.EqualTo(new[] { 64, 10, 10 }));
        for (int i = 0; i < 200; i++) run.Step();
        Assert.That(run.Score(run.Train).Accuracy, Is.GreaterThan(0.9));
    }

    [Test]
    public void SettingsThatMakeNoNetworkAreNamed()
    {
        foreach ((NetworkSettings settings, string part) in new[]
        {
            (new NetworkSettings { LearningRate = 0 }, "learning rate must be greater than 0"), (new NetworkSettings { Layers = [new(65)] }, "1 to 64 neurons. It was 65"),
            (new NetworkSettings { Momentum = 1 }, "momentum"), (new NetworkSettings { TrainShare = 1 }, "0.1 to 0.9"), (new NetworkSettings { BatchSize = 0 }, "batch size"),
            (new NetworkSettings { Layers = [.. Enumerable.Repeat(new NetworkLayer(2), 7)] }, "6 hidden layers. It was 7"), (new NetworkSettings { Noise = -1 }, "noise"),
            (new NetworkSettings { Data = NetworkData.Function, Function = "x1 + x3" }, "has the variable x3"),
            (new NetworkSettings { Data = NetworkData.Function, Function = "x1, x2" }, "has 2 results"),
            (new NetworkSettings { Data = NetworkData.Function, Function = "x1^2 + 1" }, "positive in the whole square"),
            (new NetworkSettings { Data = NetworkData.Function, Function = "x1 +" }, ""),
            (new NetworkSettings { Data = NetworkData.Sine, Loss = NetworkLoss.CrossEntropy }, "loss for classes"),
            (new NetworkSettings { Optimizer = NetworkOptimizer.Nesterov, Momentum = 0 }, "Nesterov"), (new NetworkSettings { Points = 5 }, "10 to 100,000"),
        })
            Assert.That(() => new NetworkRun(settings), Throws.InstanceOf<ArgumentException>().With.Message.Contains(part), part);
    }

    [Test]
    public void SettingsAreEqualByValue()
    {
        Assert.That(new NetworkSettings { Layers = [new(3), new(4)] }, Is.EqualTo(new NetworkSettings { Layers = [new(3), new(4)] }));
        Assert.That(new NetworkSettings { Layers = [new(3), new(4)] }.GetHashCode(), Is.EqualTo(new NetworkSettings { Layers = [new(3), new(4)] }.GetHashCode()));
        Assert.That(new NetworkSettings { Layers = [new(3), new(4, NetworkActivation.ReLU)] }, Is.Not.EqualTo(new NetworkSettings { Layers = [new(3), new(4)] }));
        Assert.That(new NetworkSettings(), Is.Not.EqualTo(new NetworkSettings { Uphill = true }));
    }

    [Test]
    public void GeneratedDataAreBalancedAndRepeatable()
    {
        foreach (Func<int, double, int, DType?, Dataset> make in new Func<int, double, int, DType?, Dataset>[] { Dataset.Moons, Dataset.Circles, Dataset.Xor })
        {
            Dataset data = make(50, 0.1, 3, DType.Float64);
            Assert.That(data.Labels.ToInt64Array().Sum(), Is.EqualTo(50));
            Assert.That(data.Inputs.Shape, Is.EqualTo(Shape.Create([100, 2])));
            Assert.That(make(50, 0.1, 3, DType.Float64).Inputs.ToArray(), Is.EqualTo(data.Inputs.ToArray()));
            Assert.That(make(50, 0.1, 4, DType.Float64).Inputs.ToArray(), Is.Not.EqualTo(data.Inputs.ToArray()));
            Assert.That(data.Inputs.ToArray(), Has.All.InRange(-1.6, 1.6));
            Assert.That(() => make(0, 0.1, 3, null), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => make(5, double.NaN, 3, null), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
        double[] corners = Dataset.Xor(50, 0, 0, DType.Float64).Inputs.ToArray();
        long[] labels = Dataset.Xor(50, 0).Labels.ToInt64Array();
        for (int i = 0; i < labels.Length; i++) Assert.That(corners[2 * i] * corners[2 * i + 1] < 0, Is.EqualTo(labels[i] == 1));
        Dataset circles = Dataset.Circles(50, 0, 0, DType.Float64);
        double[] radii = [.. Enumerable.Range(0, 100).Select(i => Math.Sqrt(circles.Inputs[i].Square().Sum().Item()))];
        Assert.That(radii.Take(50).Max(), Is.LessThan(0.5));
        Assert.That(radii.Skip(50).Min(), Is.GreaterThan(0.65));
        Dataset line = Dataset.Line(20, 0, 0, DType.Float64), sine = Dataset.Sine(20, 0, 0, DType.Float64);
        Assert.That(line.Targets.ToArray(), Is.EqualTo(line.Inputs.ToArray().Select(x => 0.8 * x + 0.1)).Within(1e-15));
        Assert.That(sine.Targets.ToArray(), Is.EqualTo(sine.Inputs.ToArray().Select(x => 0.8 * Math.Sin(1.5 * Math.PI * x))).Within(1e-15));
        Assert.That(() => Dataset.Line(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Dataset.Sine(5, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void HistogramsCountEveryNumber()
    {
        NetworkHistogram histogram = NetworkHistogram.Of([-1, 0, 0, 0.5, 1, double.NaN], ranges: 4);
        Assert.That((histogram.Low, histogram.High, histogram.Zeros, histogram.NotFinite), Is.EqualTo((-1.0, 1.0, 2, 1)));
        Assert.That(histogram.Counts, Is.EqualTo(new[] { 1, 0, 2, 2 }));
        Assert.That(NetworkHistogram.Of([3, 3], ranges: 3).Counts, Is.EqualTo(new[] { 0, 2, 0 }));
        Assert.That(NetworkHistogram.Of([]).Counts, Has.All.Zero);
        Assert.That(() => NetworkHistogram.Of([1], ranges: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void FunctionsMakeClasses()
    {
        Dataset data = NetworkRun.OfFunction(FunctionText.Parse("x2 - x1^2"), 300, 0, 0);
        double[] points = data.Inputs.ToArray();
        for (int i = 0; i < 300; i++)
            Assert.That(data.Labels.Item(i), Is.EqualTo(points[2 * i + 1] - points[2 * i] * points[2 * i] > 0 ? 1 : 0));
    }

    [Test]
    public void ThePictureHasEveryNeuronAndWeight()
    {
        NetworkPicture picture = NetworkPicture.Of([2, 3, 20, 2], most: 8);
        Assert.That(picture.Neurons, Has.Count.EqualTo(2 + 3 + 8 + 2));
        Assert.That(picture.Weights, Has.Count.EqualTo(2 * 3 + 3 * 8 + 8 * 2));
        Assert.That(picture.NotDrawn(2), Is.EqualTo(12));
        Assert.That(picture.Neurons, Has.All.Matches<PictureNeuron>(n => n!.X > 20 && n.X < picture.Width - 20 && n.Y > 20 && n.Y < picture.Height - 20));
        Assert.That(NetworkPicture.Thickness(-1), Is.EqualTo(NetworkPicture.Thickness(1)).And.GreaterThan(NetworkPicture.Thickness(0.5)));
        Assert.That(NetworkPicture.Thickness(double.NaN), Is.EqualTo(7));
        Assert.That(() => NetworkPicture.Of([2]), Throws.ArgumentException);

        var run = new NetworkRun(new NetworkSettings { Layers = [new(3)] });
        var svg = System.Xml.Linq.XDocument.Parse(NetworkPicture.ToSvg(run));
        Assert.That(svg.Descendants().Count(e => e.Name.LocalName == "path"), Is.EqualTo(2 * 3 + 3 * 2));
        Assert.That(svg.Descendants().Count(e => e.Attribute("class")?.Value == "weight negative"),
            Is.EqualTo(run.Layers.Sum(layer => layer.Weight.ToArray().Count(w => w < 0))));
        string text = NetworkPicture.ToText(run)!;
        Assert.That(text, Does.Contain(run.Layers[1].Weight.Item(1, 2).ToString("0.0000", CultureInfo.InvariantCulture)));
        Assert.That(text.Split('\n').Count(line => line.Contains('|')), Is.EqualTo(3 + 2));
    }
}
