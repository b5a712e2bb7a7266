using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using MyTorch.Serialization;

namespace MyTorch.Tests.Serialization;

/// <summary>A training that is killed at random moments, also while it writes its checkpoint, and started again.</summary>
[TestFixture]
public sealed class KilledTrainingTests
{
    const string File = "MYTORCH_KILLED_TRAINING_FILE", Epochs = "MYTORCH_KILLED_TRAINING_EPOCHS";

    // Batches of an epoch; each is followed by a checkpoint and a line of output.
    const int Batches = 5;

    // The killed process is this test program: before its first test it sees the variable, trains instead, and ends.
    [ModuleInitializer]
    internal static void TrainIfAsked()
    {
        if (Environment.GetEnvironmentVariable(File) is not { } path) return;
        var run = new SmallTraining(epochs: int.Parse(Environment.GetEnvironmentVariable(Epochs)!, CultureInfo.InvariantCulture));
        run.Checkpoint.Resume(path);
        run.Train(() =>
        {
            run.Checkpoint.Save(path);
            Console.WriteLine("saved");
        });
        run.Checkpoint.Save(path);
        Environment.Exit(0);
    }

    [Test]
    public void KilledThreeTimesItEndsInTheSameBits() => Kill(times: 3, mostSaves: 5);

    [Test, Category("Long")]
    public void KilledTwentyTimesItEndsInTheSameBits() => Kill(times: 20, mostSaves: 25);

    static void Kill(int times, int mostSaves)
    {
        string folder = Directory.CreateTempSubdirectory("killed").FullName, path = Path.Combine(folder, "run.safetensors");
        // More batches than all killed processes can finish: each saves a few times after the line that decides.
        int epochs = times * (mostSaves + 30) / Batches + 1;
        try
        {
            var whole = new SmallTraining(epochs: epochs);
            whole.Train();
            byte[] expected = whole.Bytes(Path.Combine(folder, "whole.safetensors"));

            var random = new Random(times);
            int killed = 0;
            for (int i = 0; i < times; i++)
            {
                using Process process = Start(path, epochs);
                for (int line = random.Next(1, mostSaves); line > 0; line--) process.StandardOutput.ReadLine();
                Thread.Sleep(random.Next(8));
                if (!process.HasExited) killed++;
                process.Kill();
                process.WaitForExit();
                Assert.That(() => Safetensors.Load(path), Throws.Nothing, "the file is whole at any moment");
            }
            using (Process process = Start(path, epochs))
            {
                process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                Assert.That(process.ExitCode, Is.Zero);
            }

            Assert.That(killed, Is.EqualTo(times));
            Assert.That(System.IO.File.ReadAllBytes(path).AsSpan().SequenceEqual(expected), Is.True);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static Process Start(string path, int epochs)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        // The tests may run as an executable or in dotnet, which is given the assembly.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(
            typeof(KilledTrainingTests).Assembly.Location);
        start.Environment[File] = path;
        start.Environment[Epochs] = epochs.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }
}
