using MyTorch.Data;
using MyTorch.Distributed;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Tests.Training;
using MyTorch.Training;

namespace MyTorch.Tests.Distributed;

/// <summary>The trainer on several ranks follows the trainer on one, and refuses what would make it another training.</summary>
public class RankedTrainingTests
{
    static TrainerOptions Options(bool classes) => new()
    {
        Epochs = 3,
        // 90 and 80 rows: a last batch of 6 rows, and of 10.
        BatchSize = classes ? 28 : 14,
        Optimizer = parameters => new SGD(parameters, 0.05, momentum: 0.9),
        Schedule = optimizer => new CosineAnnealing(optimizer, 3),
        ValidationShare = 0.2,
        MaxGradientNorm = 0.5,
        BalanceClasses = classes,
    };

    /// <summary>Trains on every rank; the results of all ranks.</summary>
    internal static (TrainingOutcome Outcome, double[] Weights)[] Fit(
        int ranks, Func<int, Dataset> data, Func<int, TrainerOptions> options, Func<Dataset, Module>? model = null)
    {
        var results = new (TrainingOutcome, double[])[ranks];
        InProcessCommunicator.Run(ranks, communicator =>
        {
            Dataset rows = data(communicator.Rank);
            Module net = model?.Invoke(rows) ?? TrainerTests.Net(rows, seed: communicator.Rank);
            TrainingOutcome outcome = Trainer.Fit(net, rows, options(communicator.Rank) with { Communicator = communicator });
            results[communicator.Rank] = (outcome, [.. net.Parameters().Concat(net.NamedBuffers().Select(b => b.Tensor)).SelectMany(p => p.ToArray())]);
        });
        return results;
    }

    [Test]
    public void AnyNumberOfRanksFollowsTheSameLosses([Values] bool classes)
    {
        Dataset data = classes ? TrainerTests.Clusters(dtype: DType.Float64) : TrainerTests.Curve(dtype: DType.Float64);
        MLP alone = TrainerTests.Net(data);
        TrainingOutcome expected = Trainer.Fit(alone, data, Options(classes));
        double[] weights = [.. alone.Parameters().SelectMany(p => p.ToArray())];
        Assert.That(expected.Reason, Is.EqualTo(StopReason.Finished));
        foreach (int ranks in new[] { 1, 2, 3, 4, 7 })
        {
            var results = Fit(ranks, _ => data, _ => Options(classes));
            foreach ((TrainingOutcome outcome, double[] found) in results)
            {
                Assert.That(outcome.History.Select(e => e.Loss), Is.EqualTo(expected.History.Select(e => e.Loss)).Within(1e-12));
                Assert.That(outcome.History.Select(e => e.ValidationLoss!.Value), Is.EqualTo(expected.History.Select(e => e.ValidationLoss!.Value)).Within(1e-12));
                Assert.That(outcome.History.Select(e => e.Score), Is.EqualTo(expected.History.Select(e => e.Score)).Within(1e-12));
                Assert.That(outcome.History.Select(e => e.GradientNorm), Is.EqualTo(expected.History.Select(e => e.GradientNorm)).Within(1e-12));
                Assert.That((outcome.Loss, outcome.Score, outcome.BestEpoch), Is.EqualTo((results[0].Outcome.Loss, results[0].Outcome.Score, expected.BestEpoch)));
                Assert.That(found, Is.EqualTo(weights).Within(1e-12));
                Assert.That(found, Is.EqualTo(results[0].Weights), "every rank has the same bits");
            }
        }
    }

    [Test]
    public void AFixedNumberOfRanksGivesTheSameBitsInEveryRunAndOneRankThoseOfTheTrainerAlone([Values(1, 3)] int ranks)
    {
        Dataset data = TrainerTests.Clusters();
        Module WithNoise(Dataset rows) => new Sequential(
            new Linear(rows.FeatureCount, 8, generator: new Generator(1)), new BatchNorm1d(8), new Dropout(0.2), new Dropout(0.1, new Generator(5)),
            new Linear(8, rows.OutputCount, generator: new Generator(2)));
        var first = Fit(ranks, _ => data, _ => Options(classes: true), WithNoise);
        var second = Fit(ranks, _ => data, _ => Options(classes: true), WithNoise);
        for (int r = 0; r < ranks; r++)
        {
            Assert.That(second[r].Weights, Is.EqualTo(first[r].Weights));
            Assert.That(second[r].Weights, Is.EqualTo(first[0].Weights));
            Assert.That(second[r].Outcome.History.Select(e => e.Loss), Is.EqualTo(first[0].Outcome.History.Select(e => e.Loss)));
        }
        if (ranks > 1) return;
        Module alone = WithNoise(data);
        TrainingOutcome outcome = Trainer.Fit(alone, data, Options(classes: true));
        Assert.That(first[0].Outcome.History.Select(e => e.Loss), Is.EqualTo(outcome.History.Select(e => e.Loss)));
        Assert.That(first[0].Weights, Is.EqualTo(alone.Parameters().Concat(alone.NamedBuffers().Select(b => b.Tensor)).SelectMany(p => p.ToArray())));
    }

    [Test]
    public void AResumedTrainingEndsWithTheSameBitsAndOnlyRank0NeedsTheFile()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "run.safetensors");
        try
        {
            Dataset data = TrainerTests.Clusters();
            Module Net(Dataset rows) => new Sequential(
                new Linear(rows.FeatureCount, 8, generator: new Generator(1)), new BatchNorm1d(8), new Dropout(0.1, new Generator(5)),
                new Linear(8, rows.OutputCount, generator: new Generator(2)));
            // The other ranks look for another file, which does not exist.
            TrainerOptions Some(int rank, int epochs) =>
                Options(classes: true) with { Epochs = epochs, CheckpointPath = rank == 0 ? path : Path.Combine(folder, "none"), Schedule = null };
            double[] whole = Fit(3, _ => data, _ => Options(classes: true) with { Epochs = 4, Schedule = null }, Net)[0].Weights;
            Fit(3, _ => data, rank => Some(rank, 2), Net);
            var resumed = Fit(3, _ => data, rank => Some(rank, 4), Net);
            Assert.That(resumed.Select(result => result.Weights), Is.All.EqualTo(whole));
            Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { path }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void OtherRowsOrSettingsOnOneRankAreRefusedBeforeTraining()
    {
        Dataset data = TrainerTests.Clusters();
        double[] values = data.Inputs.ToArray();
        values[17] += 0.001;
        Dataset changed = data.With(Tensor.From(values, [data.Count, data.FeatureCount]), null, standardizer: data.Standardizer);
        Refused(rank => rank == 2 ? changed : data, _ => Options(true) with { ValidationShare = 0 },
            "Rank 2 differs from the other ranks in the numbers of the training rows (their fingerprint): 'Float32 ");
        Refused(rank => data, rank => Options(true) with { ValidationShare = 0, Validation = rank == 1 ? changed : data },
            "Rank 1 differs from the other ranks in the numbers of the validation rows (their fingerprint): 'Float32 ");
        Refused(rank => rank == 1 ? data.Select([.. Enumerable.Range(0, 89)]) : data, _ => Options(true),
            "Rank 1 differs from the other ranks in the training rows: '71 rows, 4 features, 3 classes' instead of '72 rows, 4 features, 3 classes'");
        Refused(_ => data, rank => Options(true) with { BatchSize = rank == 0 ? 27 : 28 },
            "Rank 0 differs from the other ranks in the batch size: '27' instead of '28'.");
        Refused(_ => data, rank => Options(true) with { Optimizer = p => new SGD(p, rank == 1 ? 0.5 : 0.05) },
            "Rank 1 differs from the other ranks in the optimizer: 'SGD: 4 parameters with lr 0.5");

        static void Refused(Func<int, Dataset> data, Func<int, TrainerOptions> options, string message) =>
            Assert.That(() => Fit(3, data, options), Throws.InstanceOf<RanksDifferException>().With.Message.StartsWith(message)
                .And.Message.EndsWith("Nothing was trained."));
    }

    [Test]
    public void WhatCannotBeDividedIsRefused()
    {
        Dataset data = TrainerTests.Clusters();
        TrainerOptions plain = new() { Epochs = 1 };
        Module Normalized(Dataset rows) => new Sequential(new Linear(4, 3), new BatchNorm1d(3));

        Refused(4, plain with { BatchSize = 3 }, "Trainer: 4 ranks share a batch of 3 row(s); expected at least 1 for each rank. Use at most 3 rank(s), or BatchSize of at least 4.");
        Refused(4, plain with { BatchSize = 7 }, "because BatchNorm1d needs two", Normalized);
        Refused(4, plain with { BatchSize = 28, DropLast = false }, "Trainer: the last batch has 6 row(s) for 4 ranks, and BatchNorm1d needs two on each.", Normalized);
        Refused(2, plain with { Criterion = new CrossEntropyLoss(Tensor.From([1f, 2, 7])) }, "must be a mean over the rows");
        Refused(2, plain with { Criterion = new CrossEntropyLoss(reduction: Reduction.Sum) }, "must be a mean over the rows");

        // Left out by default, the last batch of 6 rows does no harm.
        Assert.That(Fit(4, _ => data, _ => plain with { BatchSize = 28 }, Normalized)[0].Outcome.Reason, Is.EqualTo(StopReason.Finished));

        void Refused(int ranks, TrainerOptions options, string message, Func<Dataset, Module>? model = null) =>
            Assert.That(() => Fit(ranks, _ => data, _ => options, model), Throws.Exception.With.Message.Contains(message));
    }

    [Test]
    public void ATokenOfOneRankStopsAllInTheSameStep()
    {
        Dataset data = TrainerTests.Clusters();
        using var stop = new CancellationTokenSource();
        var steps = new int[3];
        var reasons = new StopReason[3];
        InProcessCommunicator.Run(3, communicator =>
        {
            int rank = communicator.Rank;
            var options = new TrainerOptions
            {
                Communicator = communicator,
                Epochs = 5,
                AfterBackward = step =>
                {
                    if (++steps[rank] == 4 && rank == 1) stop.Cancel();
                },
            };
            reasons[rank] = Trainer.Fit(TrainerTests.Net(data), data, options, cancellation: rank == 1 ? stop.Token : default).Reason;
        });
        Assert.That(steps, Is.All.EqualTo(4));
        Assert.That(reasons, Is.All.EqualTo(StopReason.Cancelled));
    }

    [Test]
    public void ADivergenceEndsTheTrainingOnAllRanks()
    {
        var results = Fit(3, _ => TrainerTests.Curve(), _ => new() { Epochs = 3, Optimizer = p => new SGD(p, 1e9) });
        Assert.That(results.Select(result => result.Outcome.Reason), Is.All.EqualTo(StopReason.Diverged));
    }
}
