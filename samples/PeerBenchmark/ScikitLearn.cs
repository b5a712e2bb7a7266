using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MyTorch;
using MyTorch.Nn;
using Workloads;

namespace PeerBenchmark;

/// <summary>
/// The epoch of Fashion-MNIST against scikit-learn's <c>MLPClassifier</c>, which runs in a Python process: from the same weights, with the
/// rows in the same order.
/// </summary>
static class ScikitLearn
{
    internal const string Name = "epoch fashion-mnist 784-128-10 b50, scikit-learn";

    // Weights, biases and the order of the rows come as raw numbers on the standard input.
    const string Program = """
        import gzip, resource, sys, time, warnings
        try:
            import numpy, sklearn
            from sklearn.neural_network import MLPClassifier
        except ImportError:
            print("none")
            sys.exit()
        warnings.simplefilter("ignore")
        folder, rate, momentum, batch, warm_up = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
        def read(name, header):
            with gzip.open(folder + "/" + name) as file:
                return numpy.frombuffer(file.read()[header:], numpy.uint8)
        def take(shape, dtype=numpy.float32):
            count = int(numpy.prod(shape))
            return numpy.frombuffer(sys.stdin.buffer.read(4 * count), dtype).reshape(shape)
        parameters = [take((128, 784)).T, take((10, 128)).T, take((128,)), take((10,))]
        order = take((60000,), numpy.int32)
        x = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 784)[order] / numpy.float32(255)
        y = read("train-labels-idx1-ubyte.gz", 8)[order]
        model = MLPClassifier((128,), solver="sgd", alpha=0, batch_size=batch, learning_rate_init=rate, momentum=momentum,
                              nesterovs_momentum=False, shuffle=False)
        model.partial_fit(x[:batch * warm_up], y[:batch * warm_up], classes=numpy.arange(10))
        for own, given in zip(model.coefs_ + model.intercepts_, parameters):
            own[...] = given
        for velocity in model._optimizer.velocities:
            velocity[...] = 0
        start = time.perf_counter()
        model.partial_fit(x, y)
        seconds = time.perf_counter() - start
        print(sklearn.__version__, seconds * 1e6, model.loss_, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
        """;

    internal static Result? Measure(Settings settings, Action<string> note)
    {
        if (!Epoch.IsPossible(settings, Name, note)) return null;
        List<(double Microseconds, double Loss, double PeakBytes)> ours = [], theirs = [];
        string version = "";
        for (int round = 0; round < (settings.Short ? 1 : 3); round++)
        {
            ours.Add(Epoch.Child(settings, "ours", settings.Threads));
            string[] answer = Answer(settings)?.Split(' ') ?? ["none"];
            if (answer.Length != 4)
            {
                note($"{Name}: skipped, {settings.Python} with scikit-learn is not installed (--python FILE names another).");
                return null;
            }
            version = answer[0];
            double[] numbers = [.. answer[1..].Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
            theirs.Add((numbers[0], numbers[1], numbers[2]));
        }
        return Epoch.Compare(Name, $"scikit-learn {version}", ours, theirs, $"{settings.Threads}");
    }

    // The last line that the process prints; null where it cannot be started or fails.
    static string? Answer(Settings settings)
    {
        MLP model = Epoch.NewModel();
        string[] arguments =
        [
            "-c", Program, settings.Fashion, Net.LearningRate.ToString(CultureInfo.InvariantCulture), Net.Momentum.ToString(CultureInfo.InvariantCulture),
            Epoch.BatchSize.ToString(CultureInfo.InvariantCulture), Epoch.WarmUpSteps.ToString(CultureInfo.InvariantCulture),
        ];
        try
        {
            using Process python = Process.Start(
                new ProcessStartInfo(settings.Python, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            try
            {
                Linear[] layers = [.. model.Layers.OfType<Linear>()];
                foreach (Tensor parameter in layers.Select(layer => layer.Weight).Concat(layers.Select(layer => layer.Bias!)))
                    python.StandardInput.BaseStream.Write(MemoryMarshal.AsBytes<float>(parameter.ToFloatArray()));
                // The order in which DataLoader takes the rows for the seed 0.
                python.StandardInput.BaseStream.Write(MemoryMarshal.AsBytes<int>(new Generator(0).Permutation(Epoch.Count)));
                python.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended early; its answer says why.
            }
            string[] lines = python.StandardOutput.ReadToEnd().Trim().Split('\n');
            python.WaitForExit();
            return python.ExitCode == 0 ? lines[^1] : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
