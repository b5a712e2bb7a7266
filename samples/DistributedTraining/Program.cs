using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using DistributedTraining;
using MyTorch;
using MyTorch.Data;
using MyTorch.Distributed;
using MyTorch.Nn;
using MyTorch.Optim;
using MyTorch.Training;
using Samples;
using static System.FormattableString;
using static Samples.ValueOption;

// Exit codes: 0 trained; 1 diverged, the ranks differ or MPI does not start; 2 bad usage or no data.
// mpirun gives each rank a terminal, to which .NET would send control sequences.
Environment.SetEnvironmentVariable("TERM", null);
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

var data = Text("--data", "FILE.csv", "The rows. Every rank reads all of them");
data.Required = true;
var target = Text("--target", "COLUMN", "What to predict [default: the last column]");
var hidden = Layers("--hidden", "Sizes of the hidden layers, or none for a linear model [default: 64]");
var epochs = Int("--epochs", "N", "Passes over the training rows [default: 10]", 1);
var batch = Int("--batch", "N", "Rows per step, of all ranks together [default: 64]", 1);
var rate = Real("--lr", "RATE", "The learning rate [default: 0.05]", "a number greater than 0", x => x > 0);
var seed = Int("--seed", "N", "The seed of the weights and of the order of the rows [default: 0]", int.MinValue);
var limit = Real("--max-norm", "NORM", "The largest norm of all gradients together [default: no limit]", "a number greater than 0", x => x > 0);
var norm = new Option<bool>("--batch-norm") { Description = "BatchNorm1d after each hidden layer" };
var single = new Option<bool>("--float32") { Description = "Float32 instead of Float64" };
var checkpoint = Text("--checkpoint", "FILE", "Written after each epoch by rank 0; resumed from if it exists");
var command = new RootCommand("Trains a network on the rows of a CSV file, on as many processes as mpirun starts.") { data, target, hidden,
    epochs, batch, rate, seed, limit, norm, single, checkpoint };
command.SetAction(Start);
return ValueOption.Run(command, args, Console.Error);

int Start(ParseResult chosen)
{
    if (!MpiCommunicator.IsStartedByMpi)
    {
        Console.WriteLine("Not started by mpirun: this process trains alone. For 4 ranks: mpirun -n 4 dotnet DistributedTraining.dll …");
        return Run(chosen, null);
    }
    MpiCommunicator ranks;
    try
    {
        ranks = new MpiCommunicator();
    }
    catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or InvalidOperationException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
    // When a rank dies, mpirun ends the others by this signal.
    using var ended = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ =>
    {
        Console.Error.WriteLine(Invariant($"Rank {ranks.Rank}: another rank has died or mpirun was stopped, so this one ends too.{Resume()}"));
        // At once: a regular end would wait for MPI, which waits for the rank that died.
        Process.GetCurrentProcess().Kill();
    });
    // Of the cores of a machine that are left to this process, each of its ranks takes its part.
    if (int.TryParse(Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_LOCAL_SIZE"), out int here) && here > 0)
        Parallelism.Threads = Math.Max(1, Environment.ProcessorCount / here);
    int code = Run(chosen, ranks);
    MpiCommunicator.Finish();
    return code;

    string Resume() => chosen.GetValue(checkpoint) is { } file && File.Exists(file)
        ? $" The same command resumes from the last complete epoch, in {file}." : " With --checkpoint FILE a run can be resumed.";
}

int Run(ParseResult chosen, MpiCommunicator? ranks)
{
    try
    {
        return Train(chosen, ranks);
    }
    catch (RanksDifferException e)
    {
        // All ranks got it, and end together.
        if (ranks!.Rank == 0) Console.Error.WriteLine(e.Message);
        return 1;
    }
    catch (Exception e) when (ranks is null && e is ArgumentException or InvalidOperationException or IOException)
    {
        Console.Error.WriteLine(e.Message);
        return 2;
    }
    catch (Exception e) when (ranks is not null)
    {
        Console.Error.WriteLine(Invariant($"Rank {ranks.Rank}: {(e is ArgumentException or InvalidOperationException or IOException ? e.Message : e)}"));
        // The others may be waiting for this rank.
        MpiCommunicator.Abort(2);
        return 2;
    }
}

int Train(ParseResult chosen, MpiCommunicator? ranks)
{
    DType type = chosen.GetValue(single) ? DType.Float32 : DType.Float64;
    var options = new CsvOptions { DType = type };
    Dataset rows = chosen.GetValue(target) is { } column
        ? CsvDataset.Load(chosen.GetValue(data)!, column, options)
        : CsvDataset.Load(chosen.GetValue(data)!, ^1, options);
    var (train, test) = rows.Split(0.8, seed: 0);
    var scaler = Standardizer.Fit(train, targets: !train.IsClassification);
    (train, test) = (scaler.Apply(train), scaler.Apply(test));
    Module model = Network(chosen, train, type);

    // Rank 0 speaks for all: every rank has the same losses and the same weights.
    bool speaks = ranks is null or { Rank: 0 };
    if (speaks)
    {
        string library = ranks is null ? "" : $", {ranks.Version}";
        Console.WriteLine(Invariant($"{ranks?.Size ?? 1} rank(s){library}; {train}; {model.ParameterCount:N0} parameters, {type}"));
        if (ranks is { Size: > 1 })
            foreach (string note in DataParallel.Notes(model)) Console.WriteLine("Note: " + note);
    }
    var clock = Stopwatch.StartNew();
    int steps = 0;
    // Where the timing begins: after the first epoch, when everything is compiled.
    (double Seconds, int Steps, double InAllReduce, long Bytes) from = default, now = default;
    TrainingOutcome outcome = Trainer.Fit(model, train, new TrainerOptions
    {
        Communicator = ranks,
        Epochs = chosen.GetValue(epochs) ?? 10,
        BatchSize = chosen.GetValue(batch) ?? 64,
        Seed = chosen.GetValue(seed) ?? 0,
        Optimizer = parameters => new SGD(parameters, chosen.GetValue(rate) ?? 0.05, momentum: 0.9),
        MaxGradientNorm = chosen.GetValue(limit),
        CheckpointPath = chosen.GetValue(checkpoint),
        AfterBackward = _ => steps++,
        AfterEpoch = epoch =>
        {
            if (speaks) Console.WriteLine(Invariant($"epoch {epoch.Epoch}: loss {epoch.Loss:R}, score {epoch.Score:F4}"));
            now = (clock.Elapsed.TotalSeconds, steps, ranks?.InAllReduce.TotalSeconds ?? 0, ranks?.Bytes ?? 0);
            if (from.Steps == 0) from = now;
        },
    });
    if (speaks)
    {
        string score = train.IsClassification ? Invariant($"accuracy {Metrics.Accuracy(model, test):F4}") : Invariant($"R² {Metrics.R2(model, test):F4}");
        Console.WriteLine(Invariant($"final loss {outcome.Loss:R}, on test rows {score}"));
        Console.WriteLine($"weights {Fingerprint(model)}");
        if (now.Steps > from.Steps)
        {
            int timed = now.Steps - from.Steps;
            double step = (now.Seconds - from.Seconds) / timed, sum = (now.InAllReduce - from.InAllReduce) / timed;
            string shared = ranks is null ? ""
                : Invariant($"; in all-reduce {1000 * sum:F3} ms ({100 * sum / step:F0} %), {(now.Bytes - from.Bytes) / timed:N0} bytes a step");
            Console.WriteLine(Invariant($"{timed} steps after the first epoch: {1000 * step:F3} ms a step{shared}"));
        }
    }
    if (outcome.Reason != StopReason.Diverged) return 0;
    if (speaks) Console.Error.WriteLine(outcome.Explanation);
    return 1;
}

Module Network(ParseResult chosen, Dataset train, DType type)
{
    // Different on each rank unless the seed is fixed; rank 0's weights are given to all anyway.
    var random = new Generator(chosen.GetValue(seed) ?? 0);
    int[] sizes = [.. chosen.GetValue(hidden) ?? [64]];
    if (!chosen.GetValue(norm)) return new MLP(train.FeatureCount, sizes, train.OutputCount, () => new ReLU(), dtype: type, generator: random);
    var layers = new List<Module>();
    int inputs = train.FeatureCount;
    foreach (int size in sizes)
    {
        layers.AddRange([new Linear(inputs, size, dtype: type, generator: random), new BatchNorm1d(size, dtype: type), new ReLU()]);
        inputs = size;
    }
    return new Sequential([.. layers, new Linear(inputs, train.OutputCount, dtype: type, generator: random)]);
}

static string Fingerprint(Module model) => Convert.ToHexStringLower(SHA256.HashData(
    [.. model.Parameters().SelectMany(parameter => parameter.ToArray()).SelectMany(BitConverter.GetBytes)]).AsSpan(0, 8));
