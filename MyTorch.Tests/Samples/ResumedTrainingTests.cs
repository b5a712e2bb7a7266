using System.Diagnostics;
using System.Globalization;
using MyTorch.Training;
using TrainMlp;

namespace MyTorch.Tests.Samples;

/// <summary><c>--resume</c>: the same command goes on where it was killed, and ends with the same bits; what cannot go on is refused.</summary>
[TestFixture]
public sealed class ResumedTrainingTests : TestsWithFolder
{
    string Rows(int rows = 40, int shift = 0)
    {
        string file = InFolder($"rows{rows}-{shift}.csv");
        File.WriteAllText(file, "x,y,kind\n" + string.Concat(Enumerable.Range(0, rows).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"{i % 5 + (i % 3 == 0 ? shift : 0)},{i % 7 - 5 * (i % 2)},{(i * i % 7 < 3 ? "red" : "blue")}\n"))));
        return file;
    }

    Settings Usual => new() { DataPath = Rows(), Target = "kind", Seed = 3, Validation = 0.2, Patience = 500, Epochs = 12, ResumePath = InFolder("run.safetensors") };

    byte[] Bytes(TrainingSession session, TrainingResult result)
    {
        ModelCommands.Save(InFolder("model"), session, result);
        return File.ReadAllBytes(InFolder("model"));
    }

    static (TrainingSession Session, TrainingResult Result) Train(Settings settings, int stopAfter = int.MaxValue)
    {
        using var stop = new CancellationTokenSource();
        var session = TrainingSession.Load(settings);
        return (session, session.Train(new Told(p => { if (!p.Searching && p.Epoch >= stopAfter && p.EndOfEpoch) stop.Cancel(); }), stop.Token));
    }

    sealed class Told(Action<TrainingProgress> what) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => what(value);
    }

    // With early stopping, and with a search for the number of epochs, which a resumed run does not repeat.
    [TestCase(false)]
    [TestCase(true)]
    public void StoppedAndResumedItEndsInTheSameBits(bool searches)
    {
        Settings settings = searches ? Usual with { Epochs = null, Validation = null, Patience = null, Budget = 2 } : Usual;
        var (session, whole) = Train(settings with { ResumePath = null });
        byte[] expected = Bytes(session, whole);

        var (_, stopped) = Train(settings, stopAfter: 4);
        Assert.That((stopped.Outcome, stopped.Epochs, stopped.Training!.ResumedEpochs), Is.EqualTo((Outcome.Interrupted, 4, 0)));
        Assert.That(stopped.Advice, Does.EndWith("The same command goes on from here."));

        bool searched = false;
        session = TrainingSession.Load(settings);
        Assert.That(session.Resuming.Describe(settings), Is.EqualTo($"Resuming from {settings.ResumePath}, after epoch 4."));
        TrainingResult resumed = session.Train(new Told(p => searched |= p.Searching), CancellationToken.None);
        Assert.That((resumed.Training!.ResumedEpochs, searched), Is.EqualTo((4, false)));
        Assert.That(Bytes(session, resumed), Is.EqualTo(expected));
        Assert.That(resumed.Losses, Is.EqualTo(whole.Losses));
        Assert.That(resumed.Warnings, Is.EqualTo(whole.Warnings));
        Assert.That(resumed.Choice?.ToString(), Is.EqualTo(whole.Choice?.ToString()));

        (session, resumed) = Train(settings);
        Assert.That(resumed.Training!.ResumedEpochs, Is.EqualTo(whole.Epochs), "complete: nothing is trained");
        Assert.That(Bytes(session, resumed), Is.EqualTo(expected));
    }

    static readonly (string Named, Func<ResumedTrainingTests, Settings, Settings> Change)[] s_changes =
    [
        ("training rows: 26 of 2 features and 2 classes, hash ", (_, s) => s with { Seed = 4 }),
        ("seed: 3, now 4", (_, s) => s with { Seed = 4 }),
        ("now 32 of 2 features", (t, s) => s with { DataPath = t.Rows(50) }),
        ("training rows: ", (t, s) => s with { DataPath = t.Rows(40, 1) }),
        ("batch size: 32, now 8", (_, s) => s with { Batch = 8 }),
        ("optimizer: Adam, lr 0.003", (_, s) => s with { LearningRate = 0.01 }),
        ("now SGD, lr ", (_, s) => s with { Optimizer = "sgd" }),
        ("layers: Linear(2, 100), ReLU, Linear(100, 2), now Linear(2, 5), ReLU, Linear(5, 2)", (_, s) => s with { Hidden = [5] }),
        ("layers: Linear(2, 100), ReLU, Linear(100, 2), now Linear(2, 100), Tanh", (_, s) => s with { Activation = "tanh" }),
        ("patience: 500, now 6", (_, s) => s with { Patience = 6 }),
        ("class weights: none, now balanced", (_, s) => s with { ClassWeights = "balanced" }),
        ("schedule: none, now CosineAnnealing", (_, s) => s with { Schedule = "cosine" }),
    ];

    [Test]
    public void AnotherTrainingIsRefused()
    {
        Train(Usual, stopAfter: 2);
        byte[] before = File.ReadAllBytes(Usual.ResumePath!);
        foreach (var (named, change) in s_changes)
        {
            string message = Assert.Throws<UsageException>(() => Train(change(this, Usual)), named)!.Message;
            Assert.That(message, Does.Contain(named));
            Assert.That(message, Does.StartWith($"--resume: {Usual.ResumePath}: the checkpoint is of another training. ").And.EndWith("delete the file or name another one."));
        }
        Assert.That(File.ReadAllBytes(Usual.ResumePath!), Is.EqualTo(before));

        // Without a schedule a training may be made longer.
        Assert.That(Train(Usual with { Epochs = 15 }).Result.Epochs, Is.EqualTo(15));
        Assert.That(() => Train(Usual), Throws.TypeOf<UsageException>().With.Message.Contains("has 15 epochs, more than the 12 of this training"));
    }

    [Test]
    public void AFileThatIsNoCheckpointIsNotReplaced()
    {
        foreach (string text in new[] { "", "x,y\n1,2\n" })
        {
            File.WriteAllText(Usual.ResumePath!, text);
            Assert.That(() => Train(Usual), Throws.TypeOf<UsageException>().With.Message.Contains("this is not a safetensors file"));
            Assert.That(File.ReadAllText(Usual.ResumePath!), Is.EqualTo(text));
        }
        File.Delete(Usual.ResumePath!);
        var (session, result) = Train(Usual with { ResumePath = null });
        ModelCommands.Save(Usual.ResumePath!, session, result);
        Assert.That(() => Train(Usual), Throws.TypeOf<UsageException>().With.Message.Contains("is not a checkpoint that --resume wrote, so it is not replaced"));
        Assert.That(() => Train(Usual with { SavePath = Usual.ResumePath }), Throws.TypeOf<UsageException>().With.Message.Contains("name the same file"));
        Assert.That(() => Train(Usual with { KFold = 3 }), Throws.TypeOf<UsageException>().With.Message.Contains("--kfold"));
    }

    [Test]
    public void WhatCannotBeWrittenIsAnError()
    {
        Settings settings = Usual with { ResumePath = InFolder("none/run.safetensors") };
        Assert.That(() => Train(settings), Throws.TypeOf<UsageException>().With.Message.Contains("none does not exist. Make it first."));
    }

    // The number of times may be chosen by MYTORCH_KILLS.
    [Test]
    public void KilledAtARandomMomentItEndsInTheSameBits()
    {
        const int mostEpochs = 60;
        int times = int.Parse(Environment.GetEnvironmentVariable("MYTORCH_KILLS") ?? "1", CultureInfo.InvariantCulture), epochs = 400 * times;
        string path = InFolder("run.safetensors"), model = InFolder("killed.safetensors");
        string[] command = ["--data", Rows(), "--target", "kind", "--epochs", epochs.ToString(CultureInfo.InvariantCulture), "--plain", "--resume", path, "--save", model];
        var random = new Random(times);
        int done = 0;
        for (int i = 0; i < times; i++)
        {
            using Process process = TrainMlpProgramTests.Start(Folder, [], command);
            int until = done + random.Next(1, mostEpochs);
            while ((done = Trainer.ReadCheckpoint(path)?.Epochs ?? 0) < until && !process.HasExited) Thread.Sleep(1);
            Thread.Sleep(random.Next(8));
            Assert.That(process.HasExited, Is.False, process.HasExited ? process.StandardError.ReadToEnd() : "");
            process.Kill();
            process.WaitForExit();
            done = Trainer.ReadCheckpoint(path)!.Epochs;
        }
        using (Process process = TrainMlpProgramTests.Start(Folder, [], command))
        {
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, output);
            Assert.That(output, Does.Contain($"Resuming from {path}, after epoch {done.ToString(CultureInfo.InvariantCulture)}."));
        }

        var (session, whole) = Train(new Settings { DataPath = Rows(), Target = "kind", Epochs = epochs });
        Assert.That(File.ReadAllBytes(model).AsSpan().SequenceEqual(Bytes(session, whole)), Is.True);
    }
}
