using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Serialization;

namespace MyTorch.Tests.Serialization;

/// <summary>
/// A training with everything that has state: batch statistics, dropout of both kinds, momentum, a schedule, shuffling, noise.
/// </summary>
sealed class SmallTraining
{
    public readonly Sequential Model;
    public readonly Checkpoint Checkpoint;
    readonly DataLoader _loader;
    readonly Optimizer[] _optimizers;
    readonly LearningRateSchedule _schedule;
    readonly Generator _noise = new(11);
    readonly int _epochs;

    public const int UsualEpochs = 3;

    public SmallTraining(int rows = 19, DType dtype = DType.Float32, int epochs = UsualEpochs)
    {
        _epochs = epochs;
        Generator.Seed(5);
        var own = new Generator(6);
        Model = new Sequential(new Linear(3, 8, dtype: dtype), new BatchNorm1d(8, dtype: dtype), new ReLU(), new Dropout(0.3),
            new Dropout(0.2, own), new Linear(8, 2, dtype: dtype));
        var x = Tensor.Randn([rows, 3], dtype, new Generator(1));
        var y = Tensor.Indices([.. Enumerable.Range(0, rows).Select(i => (long)(i % 2))]);
        _loader = new DataLoader(new Dataset(x, y), batchSize: 4, shuffle: true, seed: 9);
        Parameter[] all = [.. Model.Parameters().Cast<Parameter>()];
        _optimizers = [new SGD(all[..2], 0.1, momentum: 0.9), new SGD(all[2..], 0.05, momentum: 0.8, weightDecay: 0.01)];
        _schedule = new StepDecay(_optimizers[0], 1);
        Checkpoint = new Checkpoint(Model, _optimizers) { Loader = _loader, Schedule = _schedule, Generators = [_noise] };
        Checkpoint.Extra["losses"] = Tensor.Zeros([1], DType.Float64);
    }

    /// <summary>Trains to the end, or until the given number of batches was used; returns whether it came to the end.</summary>
    public bool Train(Action? afterBatch = null, int most = int.MaxValue)
    {
        int used = 0;
        while (Checkpoint.Epoch < _epochs)
        {
            foreach (Batch batch in _loader)
            {
                using var autograd = new Autograd();
                Tensor noise = Tensor.Randn(batch.Inputs.Shape, batch.Inputs.DType, _noise) * 0.1;
                Tensor loss = new CrossEntropyLoss().Forward(Model.Forward(batch.Inputs + noise), batch.Labels);
                autograd.Backward(loss);
                foreach (Optimizer optimizer in _optimizers)
                {
                    optimizer.Step();
                    optimizer.ZeroGrad();
                }
                Checkpoint.Extra["losses"] = Tensor.From([Checkpoint.Extra["losses"].ToArray()[0] + loss.Item()], DType.Float64);
                afterBatch?.Invoke();
                if (++used == most) return false;
            }
            _schedule.Step();
            Checkpoint.Epoch++;
        }
        return true;
    }

    /// <summary>All state as the bytes of a file.</summary>
    public byte[] Bytes(string path)
    {
        Checkpoint.Save(path);
        return File.ReadAllBytes(path);
    }
}
