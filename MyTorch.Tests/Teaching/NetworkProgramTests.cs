using System.Diagnostics;
using System.Globalization;
using MyTorch.Data;
using MyTorch.Teaching;
using MyTorch.Tests.Samples;

namespace MyTorch.Tests.Teaching;

/// <summary>
/// The program that is shown for a network prints the losses of <see cref="NetworkRun"/>: it is built and run, with and without vector
/// instructions.
/// </summary>
public sealed class NetworkProgramTests
{
    static readonly string s_digits = Path.Combine(GeneratedFile.Repository, "data", "digits.csv");

    static IEnumerable<NetworkSettings> All() =>
    [
        new(),
        new()
        {
            Data = NetworkData.Sine, Layers = [new(8, NetworkActivation.GELU), new(4, NetworkActivation.LeakyReLU)], Optimizer = NetworkOptimizer.AdamW, Init = NetworkInit.KaimingNormal,
            Standardize = true, Loss = NetworkLoss.Huber, LearningRate = 0.01, WeightDecay = 0.001, BatchSize = 16, Seed = 7, TrainShare = 0.7, Points = 120,
        },
        new() { Data = NetworkData.Function, Function = "sin(3*x1) - x2", Loss = NetworkLoss.MSE, Optimizer = NetworkOptimizer.Nesterov, ZeroGradients = false, LearningRate = 1e-3, Seed = -2 },
        new() { Data = NetworkData.Digits, Layers = [new(16, NetworkActivation.ReLU)], Standardize = true, Points = 250, Optimizer = NetworkOptimizer.Adam, LearningRate = 0.01, Init = NetworkInit.XavierUniform },
        new()
        {
            Data = NetworkData.Own, File = "own \"rows\".csv", Target = "price", Layers = [new(6, NetworkActivation.Sigmoid)], Standardize = true, Optimizer = NetworkOptimizer.RMSprop, LearningRate = 0.01, Uphill = true,
            Reading = [new CsvFix("MissingMarkers", "0.5"), new CsvFix("MissingMarkers", "4"), new CsvFix("Missing", "Drop")],
        },
    ];

    [Test]
    [Category("Long")]
    public void PrintsTheLossesOfTheRunAlsoWithoutVectorInstructions()
    {
        string folder = Directory.CreateTempSubdirectory("mytorch-network-").FullName;
        try
        {
            string project = Path.Combine(GeneratedFile.Repository, "MyTorch", "MyTorch.csproj");
            File.Copy(s_digits, Path.Combine(folder, "digits.csv"));
            string own = Path.Combine(folder, OperatingSystem.IsWindows() ? "own.csv" : "own \"rows\".csv");
            File.WriteAllText(own, "size,floors,price\n" + string.Concat(Enumerable.Range(0, 60).Select(i => FormattableString.Invariant(
                $"{i * 7 % 31}.5,{(i % 9 == 0 ? "" : (i % 5).ToString(CultureInfo.InvariantCulture))},{100 + 3 * (i * 7 % 31) + 10 * (i % 5)}\n"))));
            int number = 0;
            foreach (NetworkSettings one in All())
            {
                NetworkSettings settings = one.Data == NetworkData.Own ? one with { File = Path.GetFileName(own) } : one;
                Dataset? file = settings.Data switch
                {
                    NetworkData.Digits => CsvDataset.Load(s_digits, "digit", new CsvOptions { DType = DType.Float64 }),
                    NetworkData.Own => CsvDataset.Load(own, "price", settings.FileOptions),
                    _ => null,
                };
                var run = new NetworkRun(settings, file);
                string[] expected = [.. Enumerable.Range(1, 200).Select(step => FormattableString.Invariant($"step {step}  loss {run.Step():G6}"))];

                string name = $"network{number++}", output = Path.Combine(folder, "out", name);
                File.WriteAllText(Path.Combine(folder, $"{name}.cs"), NetworkProgram.Of(settings, run.Data.IsClassification, project: project));
                ProgramRun build = FileBasedPrograms.RunDotnet(folder, "build", $"{name}.cs", "-c", "Release", "-v", "q", "-o", output);
                Assert.That(build.ExitCode, Is.Zero, build.Output + build.Error);
                foreach (bool vectors in new[] { true, false })
                {
                    string[] lines = Start(folder, Path.Combine(output, $"{name}.dll"), vectors).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                    Assert.That(lines.Take(200), Is.EqualTo(expected), $"{settings.Data}, vector instructions: {vectors}");
                    Assert.That(lines, Has.Length.EqualTo(run.Data.IsClassification ? 201 : 200));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static string Start(string folder, string program, bool vectors)
    {
        var start = new ProcessStartInfo("dotnet", [program]) { WorkingDirectory = folder, RedirectStandardOutput = true };
        if (!vectors) start.Environment["DOTNET_EnableHWIntrinsic"] = "0";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd().ReplaceLineEndings("\n");
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output);
        return output;
    }

    [Test]
    public void SaysWhatDiffersFromTheDefaults()
    {
        string program = NetworkProgram.Of(new NetworkSettings
        {
            Layers = [new(3, NetworkActivation.ReLU)],
            Optimizer = NetworkOptimizer.Adam,
            WeightDecay = 0.5,
            Uphill = true,
            ZeroGradients = false,
            BatchSize = 7,
        });
        Assert.That(program, Does.Contain("new Linear(data.FeatureCount, 3, generator: generator), new ReLU(),"));
        Assert.That(program, Does.Contain("new Adam(model.Parameters(), learningRate: 0.03, weightDecay: 0.5)"));
        Assert.That(program, Does.Contain("autograd.Backward(-loss);").And.Contain("batchSize: 7").And.Not.Contain("ZeroGrad"));
        Assert.That(() => NetworkProgram.Of(new NetworkSettings(), steps: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
