using System.Text.RegularExpressions;
using MyTorch.Data;
using MyTorch.Distributed;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Training;

namespace MyTorch.Tests.Distributed;

/// <summary>The code of MyTorch/Docs/distributed.md, compiled and run.</summary>
public class DistributedPage
{
    static readonly Dataset s_rows = Dataset.Spirals(60, 3);

    [Test]
    public void EveryCodeBlockIsHere()
    {
        string page = File.ReadAllText(Path.Combine(GeneratedFile.Repository, "MyTorch", "Docs", "distributed.md"));
        string source = Plain(File.ReadAllText(Path.Combine(GeneratedFile.Repository, "MyTorch.Tests", "Distributed", "DistributedPage.cs")));
        string[] blocks = [.. Regex.Matches(page.ReplaceLineEndings("\n"), "^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline).Select(match => match.Groups[1].Value)];
        Assert.That(blocks, Has.Length.EqualTo(2));
        foreach (string block in blocks) Assert.That(source, Does.Contain(Plain(block)));

        static string Plain(string code) => Regex.Replace(code, @"\s+", " ").Trim();
    }

    [Test]
    public void TheTrainerTrainsOnFourRanks()
    {
        Dataset train = s_rows;
        TextWriter console = Console.Out;
        var printed = new StringWriter();
        Console.SetOut(printed);
        try
        {
            InProcessCommunicator.Run(4, ranks =>
            {
                var model = new MLP(train.FeatureCount, [32], train.ClassCount);
                TrainingOutcome outcome = Trainer.Fit(model, train, new TrainerOptions { Communicator = ranks, Epochs = 3, BatchSize = 64 });
                if (ranks.Rank == 0) Console.WriteLine(outcome.Loss);
            });
        }
        finally
        {
            Console.SetOut(console);
        }
        Assert.That(printed.ToString().Trim(), Is.Not.Empty);
    }

    [Test]
    public void AnOwnLoopTrains()
    {
        Dataset train = s_rows;
        Assert.That(Loop, Throws.Nothing);

        void Loop() =>
            InProcessCommunicator.Run(4, ranks =>
            {
                var model = new MLP(train.FeatureCount, [32], train.ClassCount);
                var optimizer = new SGD(model.Parameters(), learningRate: 0.1);
                using var parallel = new DataParallel(model, ranks);                  // gives all the weights of rank 0
                for (int epoch = 0; epoch < 3; epoch++)
                    foreach (var batch in new DataLoader(train, 64, shuffle: true, seed: epoch) { Part = (ranks.Rank, ranks.Size) })
                    {
                        using var autograd = new Autograd();
                        var loss = batch.Count == 0 ? null : new CrossEntropyLoss().Forward(model.Forward(batch.Inputs), batch.Labels);
                        parallel.Backward(autograd, loss, batch.Share);               // gradients of the whole batch, on every rank
                        optimizer.Step();
                        optimizer.ZeroGrad();
                    }
            });
    }
}
