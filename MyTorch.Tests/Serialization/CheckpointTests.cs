using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Serialization;

namespace MyTorch.Tests.Serialization;

/// <summary>A resumed training ends with the same bits as one that was not interrupted.</summary>
[TestFixture]
public sealed class CheckpointTests : TestsWithFolder
{
    const int Epochs = SmallTraining.UsualEpochs, Batches = 5;

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void ResumedAfterAnyBatchARunEndsInTheSameBits(DType dtype)
    {
        var whole = new SmallTraining(dtype: dtype);
        whole.Train();
        byte[] expected = whole.Bytes(InFolder("whole"));

        for (int stop = 1; stop <= Epochs * Batches; stop++)
        {
            var first = new SmallTraining(dtype: dtype);
            Assert.That(first.Train(() => first.Checkpoint.Save(InFolder("run")), most: stop), Is.False);

            var second = new SmallTraining(dtype: dtype);
            // A program may have used random numbers before it resumes.
            Tensor.Rand([3]);
            Assert.That(second.Checkpoint.Resume(InFolder("run")), Is.True);
            second.Train();
            Assert.That(second.Bytes(InFolder("resumed")).AsSpan().SequenceEqual(expected), Is.True, $"stopped after {stop} batches");
        }
    }

    [Test]
    public void SavingChangesNothing()
    {
        SmallTraining plain = new(), saving = new();
        Generator.Seed(5);
        plain.Train();
        byte[] expected = plain.Bytes(InFolder("plain"));
        Generator.Seed(5);
        saving.Train(() => saving.Checkpoint.Save(InFolder("each")));
        Assert.That(saving.Bytes(InFolder("saving")), Is.EqualTo(expected));
    }

    [Test]
    public void TheFirstRunHasNothingToResume()
    {
        var run = new SmallTraining();
        Assert.That(run.Checkpoint.Resume(InFolder("none")), Is.False);
        Assert.That(() => run.Checkpoint.Load(InFolder("none")), Throws.TypeOf<ModelFileException>());
    }

    [Test]
    public void ACheckpointIsAModelFileToo()
    {
        var run = new SmallTraining();
        run.Checkpoint.Notes["settings"] = "größe 3";
        run.Train(() => run.Checkpoint.Save(InFolder("run")), most: 7);

        SafetensorsFile file = Safetensors.Load(InFolder("run"));
        Assert.That(file.Tensors.Keys, Is.SupersetOf(new[]
        {
            "0.weight", "1.num_batches_tracked", "optimizer.0.state.0.momentum_buffer", "optimizer.1.param_groups.0.lr",
                "schedule.last_epoch", "generator", "generator.0", "generator.1", "loader", "position", "extra.losses",
        }));
        Assert.That(file.Tensors["position"].ToInt64Array(), Is.EqualTo(new long[] { 1, 2, 19, 4 }));
        Module model = Module.FromFile(InFolder("run"));
        Assert.That(model.StateDict()["0.weight"].ToArray(), Is.EqualTo(run.Model.StateDict()["0.weight"].ToArray()));
        new SmallTraining().Model.Load(InFolder("run"));
        var second = new SmallTraining();
        second.Checkpoint.Load(InFolder("run"));
        Assert.That(second.Checkpoint.Notes["settings"], Is.EqualTo("größe 3"));
    }

    [Test]
    public void ACheckpointThatDoesNotFitChangesNothing()
    {
        var run = new SmallTraining();
        run.Train(() => run.Checkpoint.Save(InFolder("run")), most: 7);
        var fewer = new SmallTraining(rows: 5);
        byte[] before = fewer.Bytes(InFolder("before"));

        Assert.That(() => fewer.Checkpoint.Load(InFolder("run")),
            Throws.TypeOf<ModelFileException>().With.Message.Contains(
            "a run on 19 rows in batches of 4; this one has 5 rows").And.Message.Contains("same data and batch size"));
        Assert.That(fewer.Bytes(InFolder("after")), Is.EqualTo(before));

        var other = new Checkpoint(run.Model, new SGD(run.Model.Parameters(), 0.3));
        string rate = other.Optimizers[0].StateDict()["param_groups.0.lr"].ToString();
        Assert.That(() => other.Load(InFolder("run")), Throws.TypeOf<ModelFileException>().With.Message.Contains("does not fit"));
        Assert.That(other.Optimizers[0].StateDict()["param_groups.0.lr"].ToString(), Is.EqualTo(rate));

        run.Model.Save(InFolder("model"));
        Assert.That(() => run.Checkpoint.Load(InFolder("model")),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("this is not a checkpoint"));
        Assert.That(() => new Checkpoint(new Linear(1, 1)).Load(InFolder("run")),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("of another model").And.Message.Contains(
            "missing: 'weight', 'bias'"));
    }

    [Test]
    public void AFailureInTheLastPartRestoresTheFirst()
    {
        var run = new SmallTraining();
        run.Train(() => run.Checkpoint.Save(InFolder("run")), most: 7);
        SafetensorsFile file = Safetensors.Load(InFolder("run"));
        var damaged = file.Tensors.ToDictionary();
        damaged["generator.1"] = Tensor.Indices(0, 0, 0, 0);
        Safetensors.Save(InFolder("damaged"), damaged, file.Metadata);
        var fresh = new SmallTraining();
        byte[] before = fresh.Bytes(InFolder("before"));

        Assert.That(() => fresh.Checkpoint.Load(InFolder("damaged")),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("not the state of a generator"));
        Assert.That(fresh.Bytes(InFolder("after")), Is.EqualTo(before));
    }

    sealed class Gan : Module
    {
        readonly Linear _generator = new(2, 2), _position = new(2, 2);
        readonly Parameter? _loader;

        public Gan(bool clash) => _loader = clash ? new Parameter(Tensor.Ones([1])) : null;

        protected override Tensor ForwardCore(Tensor input) => _position.Forward(_generator.Forward(input)) * (_loader ?? Tensor.From(1));
    }

    [Test]
    public void ModulesMayHaveTheNamesOfACheckpointsParts()
    {
        var model = new Gan(clash: false);
        new Checkpoint(model).Save(InFolder("gan"));
        var other = new Gan(clash: false);
        new Checkpoint(other).Load(InFolder("gan"));
        Assert.That(other.Forward(Tensor.Ones([1, 2])).ToArray(), Is.EqualTo(model.Forward(Tensor.Ones([1, 2])).ToArray()));
        Assert.That(() => new Checkpoint(new Gan(clash: true)).Save(InFolder("gan")),
            Throws.ArgumentException.With.Message.Contains("'loader'"));
    }

    [Test]
    public void LoaderGoesOnWhereItWasAndIsNotMovedByABreak()
    {
        var data = new Dataset(Tensor.From([.. Enumerable.Range(0, 10).Select(i => (double)i)]).Unsqueeze(1),
            Tensor.From([.. Enumerable.Range(0, 10).Select(i => (double)i)]));
        double[] Rows(DataLoader loader, int most = int.MaxValue) => [.. loader.Take(most).SelectMany(batch => batch.Inputs.ToArray())];
        DataLoader first = new(data, 3, shuffle: true, seed: 4), second = new(data, 3, shuffle: true, seed: 4);
        Rows(first, most: 2);
        Assert.That(first.Position.Returned, Is.Zero, "between two enumerations");
        double[] expected = Rows(first);
        second.Position = (second.Position.Generator, 1);
        Assert.That(Rows(second), Has.Length.EqualTo(7));
        Assert.That(Rows(second), Is.EqualTo(expected));
    }
}
