using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using MyTorch;
using MyTorch.Data;
using MyTorch.Nn;
using MyTorch.Optim;
using TorchSharp;
using Workloads;

namespace PeerBenchmark;

/// <summary>
/// An epoch of training on Fashion-MNIST, each library in a separate process, so that its peak memory can be measured.
/// Both hold the pixels as float32, start from the same weights and take the rows in the same order.
/// </summary>
static class Epoch
{
    internal const string Name = "epoch fashion-mnist 784-128-10 b50";

    const string Images = "train-images-idx3-ubyte.gz", LabelsFile = "train-labels-idx1-ubyte.gz";
    internal const int Count = 60_000, BatchSize = 50, WarmUpSteps = 200;
    const int Pixels = 784;

    // The mean loss of the epoch: 1,200 steps let roundings grow.
    const double Tolerance = 0.01;

    internal static MLP NewModel() => new(Pixels, [128], 10, generator: new Generator(1));

    /// <summary>Whether the epoch is asked for and the data is there; otherwise a note says what is missing.</summary>
    internal static bool IsPossible(Settings settings, string name, Action<string> note)
    {
        if (settings.Short && settings.Rows.Count == 0) note($"{name}: left out by --short.");
        else if (!File.Exists(Path.Combine(settings.Fashion, Images)) || !File.Exists(Path.Combine(settings.Fashion, LabelsFile)))
            note($"{name}: skipped, the data is not in {settings.Fashion} (Debian's package dataset-fashion-mnist installs it; --fashion DIR names another place).");
        else return true;
        return false;
    }

    internal static Result? Measure(Settings settings, Action<string> note)
    {
        if (!IsPossible(settings, Name, note)) return null;
        int threads = settings.Threads > 1 && Child(settings, "torch", settings.Threads).Microseconds < Child(settings, "torch", 1).Microseconds ? settings.Threads : 1;
        List<(double, double, double)> ours = [], theirs = [];
        for (int round = 0; round < (settings.Short ? 1 : 3); round++)
        {
            ours.Add(Child(settings, "ours", settings.Threads));
            theirs.Add(Child(settings, "torch", threads));
        }
        return Compare(Name, "TorchSharp", ours, theirs, settings.Threads == threads ? $"{threads}" : $"{settings.Threads}/{threads}");
    }

    /// <summary>The row of a table, of pairs of runs; both sides must have the same mean loss.</summary>
    internal static Result Compare(
        string name, string other, IReadOnlyList<(double Microseconds, double Loss, double PeakBytes)> ours,
        IReadOnlyList<(double Microseconds, double Loss, double PeakBytes)> theirs, string threads)
    {
        if (!(Math.Abs(ours[0].Loss - theirs[0].Loss) <= Tolerance * theirs[0].Loss))
            throw new ComparisonException(string.Create(CultureInfo.InvariantCulture,
                $"{name}: the mean losses of the epoch are {ours[0].Loss:0.#####} with MyTorch and {theirs[0].Loss:0.#####} with {other}, further apart than {Tolerance:0 %}."));
        return new Result(name, Pairs.Median(ours.Select(run => run.Microseconds)), Pairs.Median(theirs.Select(run => run.Microseconds)),
            Pairs.Median(ours.Zip(theirs, (mine, their) => mine.Microseconds / their.Microseconds)), threads,
            string.Create(CultureInfo.InvariantCulture, $"against {other}; peak memory {Peak(ours):0} and {Peak(theirs):0} MB"));

        static double Peak(IEnumerable<(double, double, double PeakBytes)> runs) => Pairs.Median(runs.Select(run => run.PeakBytes / 1e6));
    }

    /// <summary>Measures one side in a separate process.</summary>
    internal static (double Microseconds, double Loss, double PeakBytes) Child(Settings settings, string side, int threads)
    {
        string[] arguments = ["--epoch-side", side, "--threads", threads.ToString(CultureInfo.InvariantCulture), "--fashion", settings.Fashion];
        string program = Environment.ProcessPath!;
        // Started as "dotnet PeerBenchmark.dll", the program is the first argument.
        if (Path.GetFileNameWithoutExtension(program) is "dotnet") arguments = [typeof(Epoch).Assembly.Location, .. arguments];
        using Process child = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string answer = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0) throw new ComparisonException($"{Name}: the process of {side} ended with exit code {child.ExitCode}.");
        double[] numbers = [.. answer.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        return (numbers[0], numbers[1], numbers[2]);
    }

    /// <summary>In the child: trains, and prints microseconds, mean loss and peak memory in bytes.</summary>
    internal static int RunChild(Settings settings)
    {
        Parallelism.Threads = settings.Threads;
        (double seconds, double loss) = settings.EpochSide is "torch" ? Theirs(settings) : Ours(settings);
        using Process self = Process.GetCurrentProcess();
        Console.Write(string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0} {loss:0.######} {self.PeakWorkingSet64}"));
        return 0;
    }

    static (double Seconds, double Loss) Ours(Settings settings)
    {
        Tensor images = Tensor.Zeros([Count, Pixels], DType.Float32);
        long[] labels = new long[Count];
        Read(settings.Fashion, images.Write<float>(), labels);
        var data = new Dataset(images, Tensor.Indices(labels));
        Pass(WarmUpSteps);
        long start = Stopwatch.GetTimestamp();
        double loss = Pass(int.MaxValue);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, loss);

        double Pass(int steps)
        {
            MLP model = NewModel();
            var criterion = new CrossEntropyLoss();
            var optimizer = new SGD(model.Parameters(), Net.LearningRate, Net.Momentum);
            double sum = 0;
            int done = 0;
            foreach (Batch batch in new DataLoader(data, BatchSize, shuffle: true))
            {
                if (done == steps) break;
                using var autograd = new Autograd(reuseMemory: true);
                optimizer.ZeroGrad();
                Tensor loss = criterion.Forward(model.Forward(batch.Inputs), batch.Labels);
                autograd.Backward(loss);
                optimizer.Step();
                sum += loss.Item();
                done++;
            }
            return sum / done;
        }
    }

    static (double Seconds, double Loss) Theirs(Settings settings)
    {
        TorchSide.Load(settings.Threads);
        using torch.Tensor images = torch.empty(Count, Pixels), labels = torch.empty(Count, dtype: torch.int64);
        Read(settings.Fashion, MemoryMarshal.Cast<byte, float>(images.bytes), MemoryMarshal.Cast<byte, long>(labels.bytes));
        Pass(WarmUpSteps);
        long start = Stopwatch.GetTimestamp();
        double loss = Pass(int.MaxValue);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, loss);

        double Pass(int steps)
        {
            using var model = TorchTraining.Model(NewModel());
            using var optimizer = torch.optim.SGD(model.parameters(), Net.LearningRate, Net.Momentum);
            // The order in which DataLoader takes the rows for the seed 0.
            using torch.Tensor order = torch.tensor(Array.ConvertAll(new Generator(0).Permutation(Count), row => (long)row));
            double sum = 0;
            int done = 0;
            for (; done < Math.Min(steps, Count / BatchSize); done++)
            {
                using torch.Tensor rows = order.narrow(0, done * BatchSize, BatchSize);
                using torch.Tensor inputs = images.index_select(0, rows), targets = labels.index_select(0, rows);
                using torch.Tensor loss = TorchTraining.Step(model, optimizer, inputs, targets, isRegression: false);
                sum += loss.item<float>();
            }
            return sum / done;
        }
    }

    /// <summary>Reads pixels, 0 to 1, and classes straight to where they belong.</summary>
    static void Read(string directory, Span<float> images, Span<long> labels)
    {
        byte[] part = new byte[Pixels];
        using (Stream stream = Open(Images, headerLength: 16))
            for (int i = 0; i < images.Length; i += Pixels)
            {
                stream.ReadExactly(part);
                for (int p = 0; p < Pixels; p++) images[i + p] = part[p] / 255f;
            }
        using (Stream stream = Open(LabelsFile, headerLength: 8))
            for (int i = 0; i < labels.Length; i++)
            {
                stream.ReadExactly(part, 0, 1);
                labels[i] = part[0];
            }

        Stream Open(string name, int headerLength)
        {
            var stream = new BufferedStream(new GZipStream(File.OpenRead(Path.Combine(directory, name)), CompressionMode.Decompress), 1 << 16);
            stream.ReadExactly(new byte[headerLength]);
            return stream;
        }
    }
}
